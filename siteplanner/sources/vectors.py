"""GeoPackage, GeoJSON, Shapefile, FlatGeobuf, GeoParquet and OSM features."""

from __future__ import annotations

import re
import warnings
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio import raw
from pyogrio.errors import CRSError, DataLayerError, DataSourceError, FeatureError, FieldError
from pyproj import CRS

from siteplanner.errors import InputError
from siteplanner.sources.columns import wanted_columns
from siteplanner.sources.files import Located
from siteplanner.sources.ledger import Ledger, listed, offer
from siteplanner.sources.source import Rows

OSM = (".pbf", ".osm")
_OTHER = "other_tags"
_TAG = re.compile(r"[\w:-]+")
__OSM_LAYERS = {"points": "points", "lines": "lines", "polygons": "multipolygons"}
_BROKEN = (
    CRSError,
    DataLayerError,
    DataSourceError,
    FeatureError,
    FieldError,
    OSError,
    ValueError,
    pa.ArrowException,
    shapely.errors.ShapelyError,
)


def read_vectors(ledger: Ledger, located: Located) -> Rows:
    """Read all rows of a vector file, or of one layer of it.

    Parameters
    ----------
    ledger
        Of the layer; remarks of GDAL go there.
    located
        The file.

    Returns
    -------
    The rows.  A geometry that cannot be read at all is None.

    Raises
    ------
    InputError
        If the file is damaged, or holds several layers and none is named.
    """
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            if located.suffix in (".parquet", ".geoparquet"):
                rows = _from_parquet(located)
            else:
                rows = _from_gdal(ledger, located)
    except InputError:
        raise
    except _BROKEN as error:
        found = f"the file cannot be read ({_first_line(error)})"
        todo = "it is damaged, cut off or of another kind: fetch or save it again"
        raise ledger.refuse_file(found, todo) from None
    for said in dict.fromkeys(_first_line(one.message) for one in caught):
        ledger.remark(f"GDAL says: {said}")
    return rows


def _from_parquet(located: Located) -> Rows:
    with located.open() as stream:
        try:
            table = gpd.read_parquet(stream)
        except ValueError as error:
            if "geo metadata" not in str(error):
                raise
            stream.seek(0)
            return Rows(pd.read_parquet(stream).reset_index(drop=True))
    table = table.reset_index(drop=True)
    geometry = pd.Series(table.geometry.to_numpy(), index=table.index, dtype=object)
    return Rows(pd.DataFrame(table.drop(columns=table.geometry.name)), geometry, table.crs)


def _from_gdal(ledger: Ledger, located: Located) -> Rows:
    layer = _layer_inside(ledger, located)
    count = located.suffix not in OSM
    if not count:
        _check_osm(ledger, located)
    encoding = _encoding(ledger, located)
    info = pyogrio.read_info(
        located.gdal, layer=layer, encoding=encoding, force_feature_count=count
    )
    options: dict[str, Any] = {"layer": layer, "encoding": encoding}
    if located.suffix in OSM:
        options["where"] = _tagged(ledger, [str(name) for name in info["fields"]])
    fid = info.get("fid_column") or ""
    wanted = {one.source or name for name, one in ledger.layer.columns.items()}
    options["return_fids"] = bool(fid) and fid in {*wanted, ledger.layer.id}
    meta, arrow = raw.read_arrow(located.gdal, **options)
    table = arrow.to_pandas()
    if count and len(table) < info["features"]:  # GDAL has met an error, and Arrow kept it quiet
        found = f"only {len(table):,} of its {info['features']:,} rows can be read"
        raise ledger.refuse_file(found, "it is damaged or cut off: fetch or save it again")
    named = meta["geometry_name"] or "wkb_geometry"
    has_geometry = named in table.columns and info["geometry_type"] is not None
    geometry = None
    if has_geometry:
        try:
            shapes = _shapes(ledger, table[named].to_numpy(dtype=object))
        except NotImplementedError:  # arcs; this way of reading draws them straight
            wkb = raw.read(located.gdal, **{**options, "columns": [], "return_fids": False})[2]
            shapes = _shapes(ledger, wkb)
            ledger.remark("its curves are drawn as short straight lines")
        geometry = pd.Series(shapes, index=table.index, dtype=object)
    kept = [str(name) for name in meta["fields"]]
    if options["return_fids"]:
        kept.append(fid)
    table.columns = [str(name) for name in table.columns]
    if located.suffix in OSM:
        more = _further_tags(ledger, table)
        table = table.assign(**more)
        kept += list(more)
    return Rows(table[kept], geometry, _own_crs(located, meta["crs"]))


def _check_osm(ledger: Ledger, located: Located) -> None:
    """Go through the file once, because GDAL takes a cut for the end."""
    try:
        for _ in osmium.FileProcessor(str(located.path), osmium.osm.RELATION):
            pass
    except (RuntimeError, UnicodeDecodeError) as error:
        found = f"cannot be read as OpenStreetMap data ({_first_line(error)})"
        raise ledger.refuse_file(found, "fetch it again: it may be cut off") from None


def _shapes(ledger: Ledger, wkb: NDArray[np.object_]) -> NDArray[np.object_]:
    """Read geometries; a ring that is not closed is closed, what cannot be read is None."""
    shapes: NDArray[np.object_] = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"))
    broken = shapely.is_missing(shapes) & ~pd.isna(wkb)
    if broken.any() and shapely.__version__ >= "2.1":
        shapes[broken] = shapely.from_wkb(wkb[broken], on_invalid="fix")
    closed = broken & ~shapely.is_missing(shapes)
    ledger.notice("mended", int(closed.sum()), len(shapes), "their rings were not closed")
    return shapes


def _layer_inside(ledger: Ledger, located: Located) -> str:
    """Take the layer that ``table`` names, or the only one there is."""
    found = {str(name): kind for name, kind in pyogrio.list_layers(located.gdal)}
    wanted = None if located.member else ledger.layer.table
    if wanted is None and located.suffix in OSM:
        wanted = __OSM_LAYERS.get(ledger.layer.kind)
    if wanted is not None:
        if wanted not in found:
            raise ledger.refuse_key("table", f"the file has no '{wanted}'", offer(wanted, found))
        return wanted
    if ledger.layer.join is None and any(kind is not None for kind in found.values()):
        found = {name: kind for name, kind in found.items() if kind is not None}
    if not found:
        raise ledger.refuse_file("the file holds no layer", "fetch or save it again")
    if len(found) > 1:
        todo = f"write table = one of {listed(found, 9)}"
        raise ledger.refuse_key("table", f"the file holds {len(found)} layers", todo)
    return next(iter(found))


def _tagged(ledger: Ledger, fields: list[str]) -> str | None:
    """Of OSM take only what carries a declared tag: GDAL lists every building and bench."""
    names = [one.source or name for name, one in ledger.layer.columns.items()]
    tags = {name: f'"{name}" IS NOT NULL' for name in names if name in fields}
    if _OTHER in fields:
        further = [name for name in names if name not in fields and _TAG.fullmatch(name)]
        tags |= {name: f"{_OTHER} LIKE '%\"{name}\"=>%'" for name in further}
    if not tags:
        return None
    ledger.remark(f"only elements with a tag {listed(tags, 9)} are read")
    return " OR ".join(tags.values())


def _further_tags(ledger: Ledger, table: pd.DataFrame) -> dict[str, pd.Series]:
    """Give the tags that the layer names and GDAL keeps together in one column."""
    found: dict[str, pd.Series] = {}
    for _, tag in wanted_columns(ledger):
        if tag not in table and tag not in found and _OTHER in table and _TAG.fullmatch(tag):
            pattern = rf'(?:^|,)"{re.escape(tag)}"=>"((?:[^"\\]|\\.)*)"'
            values = table[_OTHER].astype("str").str.extract(pattern, expand=False)
            if values.notna().any():
                found[tag] = values.str.replace(r"\\(.)", r"\1", regex=True)
    return found


def _own_crs(located: Located, said: str | None) -> CRS | None:
    """Tell what the file says from what GDAL assumes of a GeoJSON that says nothing."""
    if said is None or (located.suffix in (".geojson", ".json") and not _states_crs(located)):
        return None
    return CRS.from_user_input(said)


def _states_crs(located: Located) -> bool:
    with located.open() as stream:
        head = stream.read(1 << 14)
        size = stream.seek(0, 2)
        stream.seek(max(0, size - (1 << 12)))
        return bool(re.search(rb'"crs"\s*:\s*\{', head + stream.read()))


def _encoding(ledger: Ledger, located: Located) -> str | None:
    """Guess the alphabet of a shapefile that does not say: UTF-8, or else Windows'."""
    if located.suffix != ".shp" or located.part(".cpg"):
        return None
    body = (located.part(".dbf") or b"")[32:]
    text = body[body.find(b"\r") + 1 :]
    if text.isascii():
        return None
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        ledger.remark("the .dbf is not UTF-8 and there is no .cpg: it is read as Windows-1252")
        return "CP1252"
    return "UTF-8"


def _first_line(said: object) -> str:
    text = str(said).strip().splitlines() or [type(said).__name__]
    return re.sub(r"/vsi\w+/\S*/|(?<!\w)/\S*/", "", text[0])[:160]
