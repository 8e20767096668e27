"""Rasters derived from heights: slope, hollows, running water, height above drainage."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from pyproj import CRS, Geod
from rasterio.errors import RasterioError
from rasterio.windows import Window

from siteplanner.errors import InputError
from siteplanner.model import Layer
from siteplanner.sources import relief
from siteplanner.sources.ledger import Ledger
from siteplanner.sources.relief import CellSize, Numbers
from siteplanner.sources.source import Raster

CACHE = Path(".cache", "terrain")
"""Where derived rasters are kept, beside ``layers/``."""
MOST_CELLS = 25_000_000
"""Water is followed over so many cells at most: about 2 GB of memory."""
AT_ONCE = 4_000_000
"""Cells whose slope is measured at once."""
TILE = 256
"""Rows and columns of the blocks that a derived raster is kept in."""
LOWEST_M, HIGHEST_M = -500.0, 9_000.0
"""Lower and higher than any ground on Earth: what lies beyond are no heights in metres."""
UNITS = {
    "slope_percent": "%",
    "depression_m": "m",
    "flow_accumulation_m2": "m²",
    "height_above_drainage_m": "m",
}
_MADE = {
    "slope_percent": "slope of the ground, from the eight neighbours of each square (Horn 1981)",
    "depression_m": "depth of hollows without an outlet, filled until they run over",
    "flow_accumulation_m2": "ground that drains through each square, by the steepest way down",
    "height_above_drainage_m": "height above the drainage line that the water runs to (HAND)",
}
_UNKNOWN = "SITEPLANNER_UNKNOWN"
_DRAINS = "height_above_drainage_m"


def derive(ledger: Ledger, raster: Raster, digest: str, folder: Path) -> Raster:
    """Make the raster that a layer derives from its heights, or take it from the cache.

    Parameters
    ----------
    ledger
        Of a layer with ``derive``; what was made is said there.
    raster
        The heights in metres.
    digest
        Hash of their file.
    folder
        Where derived rasters are kept; it is made if need be.  Where nothing can be written,
        the raster is made anew for this run alone.

    Returns
    -------
    A raster on the same grid, with one band under each name that the layer declares; NaN where
    it is unknown.

    Raises
    ------
    InputError
        If the heights are none, too many to follow water over, or tell nothing.
    """
    layer = ledger.layer
    band = next(iter(raster.bands.values()), 1)
    kept = folder / f"{layer.derive}-{_key(layer, raster, band, digest)}.tif"
    missing = _unknown(kept)
    if missing is None:
        with rasterio.open(raster.path) as heights:
            _check_grid(ledger, heights)
            kept, missing = _keep(ledger, heights, (raster, band), kept)
    _say(ledger, missing)
    return Raster(kept, raster.crs, dict.fromkeys(raster.bands, 1), float("nan"))


def with_units(layer: Layer) -> Layer:
    """Give the columns of a derived raster the unit of what is derived, where they have none.

    Examples
    --------
    >>> from siteplanner.model import Column
    >>> layer = Layer(name="steep", title="Steep", source="dem.tif", kind="raster",
    ...               derive="slope_percent", columns={"slope": Column()})
    >>> with_units(layer).columns["slope"].unit
    '%'
    """
    columns = {
        name: one if one.unit else one.model_copy(update={"unit": UNITS[str(layer.derive)]})
        for name, one in layer.columns.items()
    }
    return layer.model_copy(update={"columns": columns})


def cell_size_m(transform: Any, crs: CRS, rows: int) -> CellSize:
    """Measure the cells of a grid: in degrees they are narrower, the farther from the equator.

    Parameters
    ----------
    transform
        Of the grid, north up.
    crs
        Projected in any unit of length, or in degrees.
    rows
        How many rows it has.

    Returns
    -------
    Width and height in metres; on a grid in degrees a number for each row, along the ellipsoid.

    Examples
    --------
    >>> from rasterio import Affine
    >>> cell_size_m(Affine(10, 0, 0, 0, -10, 0), CRS("EPSG:32618"), 3)
    (10.0, 10.0)
    >>> width, height = cell_size_m(Affine(0.5, 0, 0, 0, -0.5, 60.25), CRS("EPSG:4326"), 1)
    >>> width.round().tolist(), height.round().tolist()
    ([27900.0], [55706.0])
    """
    width, height = abs(float(transform.a)), abs(float(transform.e))
    if not crs.is_geographic:
        factor = crs.axis_info[0].unit_conversion_factor or 1.0
        return width * factor, height * factor
    degree = float(np.degrees(crs.axis_info[0].unit_conversion_factor or np.radians(1.0)))
    middle = (transform.f - height * (np.arange(rows) + 0.5)) * degree
    half = height * degree / 2
    west, east = np.zeros(rows), np.full(rows, width * degree)
    ellipsoid = crs.get_geod() or Geod(ellps="WGS84")
    *_, across = ellipsoid.inv(west, middle, east, middle)
    *_, along = ellipsoid.inv(west, middle - half, west, middle + half)
    return np.asarray(across), np.asarray(along)


def _key(layer: Layer, raster: Raster, band: int, digest: str) -> str:
    """Hash all that the derived raster depends on, this code included."""
    code = [Path(str(one)).read_bytes() for one in (__file__, relief.__file__)]
    asked = (layer.derive, layer.drains_m2, digest, band, raster.nodata, raster.crs.to_wkt())
    told = repr((*asked, *(version(one) for one in ("numpy", "pyflwdir"))))
    return hashlib.sha256(b"".join([told.encode(), *code])).hexdigest()[:16]


def _unknown(kept: Path) -> int | None:
    """Give how many cells of a kept raster are unknown; None where there is none, or no whole."""
    if not kept.is_file():
        return None
    try:
        with rasterio.open(kept) as opened:
            height, width = opened.shape
            opened.read(1, window=Window(width - 1, height - 1, 1, 1))
            return int(opened.tags()[_UNKNOWN])
    except (RasterioError, OSError, KeyError, ValueError):
        return None


def _blocks(
    ledger: Ledger, opened: Any, raster: Raster, band: int
) -> Iterator[tuple[int, Numbers]]:
    """Give the derived numbers, and the row where they begin: slopes strip by strip."""
    size = cell_size_m(opened.transform, raster.crs, opened.height)
    if ledger.layer.derive != "slope_percent":
        heights = _heights(ledger, opened, raster, band, (0, opened.height))
        yield 0, _of_water(ledger.layer, heights, size)
        return
    for first, last in _strips(opened.height, opened.width):
        rows = max(first - 1, 0), min(last + 1, opened.height)
        heights = _heights(ledger, opened, raster, band, rows)
        width, height = (_of_rows(one, rows) for one in size)
        slope = relief.slope_percent(heights, (width, height))
        yield first, slope[first - rows[0] : last - rows[0]]


def _of_rows(size: float | Numbers, rows: tuple[int, int]) -> float | Numbers:
    return size[rows[0] : rows[1]] if isinstance(size, np.ndarray) else size


def _check_grid(ledger: Ledger, opened: Any) -> None:
    turned = opened.transform
    if turned.b or turned.d or turned.a < 0 or turned.e > 0:
        todo = "warp it to a grid with north up: gdalwarp in.tif out.tif"
        raise ledger.refuse_file("the grid of heights is turned or upside down", todo)
    cells = opened.width * opened.height
    if ledger.layer.derive != "slope_percent" and cells > MOST_CELLS:
        found = f"{cells:,} heights are too many to follow water over"
        todo = (
            f"cut out the basin that your area drains to, or use larger squares: at most "
            f"{MOST_CELLS:,}"
        )
        raise ledger.refuse_file(found, todo)


def _heights(
    ledger: Ledger, opened: Any, raster: Raster, band: int, rows: tuple[int, int]
) -> Numbers:
    window = Window(0, rows[0], opened.width, rows[1] - rows[0])
    found = opened.read(band, window=window, masked=True).astype("float64").filled(np.nan)
    if raster.nodata is not None:
        found[found == raster.nodata] = np.nan
    known = found[np.isfinite(found)]
    if known.size and (known.min() < LOWEST_M or known.max() > HIGHEST_M):
        text = f"its numbers go from {known.min():,.0f} to {known.max():,.0f}"
        todo = "write which number means unknown (nodata = …), or turn feet into metres"
        raise ledger.refuse_file(f"{text}: no heights in metres", todo)
    found[np.isinf(found)] = np.nan
    return np.asarray(found)


def _strips(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    step = max(AT_ONCE // columns // TILE * TILE, TILE)
    for first in range(0, rows, step):
        yield first, min(first + step, rows)


def _of_water(layer: Layer, heights: Numbers, size: CellSize) -> Numbers:
    if layer.derive == "depression_m":
        return relief.depression_m(heights)
    if layer.derive == "flow_accumulation_m2":
        return relief.flow_accumulation_m2(heights, size)
    return relief.height_above_drainage_m(heights, size, float(layer.drains_m2 or 0))


def _nothing(ledger: Ledger) -> InputError:
    if ledger.layer.derive == _DRAINS:
        found = f"nowhere does {ledger.layer.drains_m2:,.0f} m² of ground drain through one square"
        return ledger.refuse_key("drains_m2", found, "write less, or give heights of a larger area")
    todo = "give a raster of at least 3 × 3 squares whose heights are known"
    return ledger.refuse_file("the heights tell nothing about the ground", todo)


def _keep(
    ledger: Ledger, heights: Any, read_from: tuple[Raster, int], kept: Path
) -> tuple[Path, int]:
    """Write the raster under a temporary name and move it; into a temporary folder if need be.

    Gives with it how many squares are unknown, if it tells heights above drainage.
    """
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=kept.parent, suffix=".tmp")
    except OSError:
        kept = Path(tempfile.mkdtemp(prefix="siteplanner-")) / kept.name
        handle, name = tempfile.mkstemp(dir=kept.parent, suffix=".tmp")
    os.close(handle)
    profile = {
        "driver": "GTiff", "width": heights.width, "height": heights.height, "count": 1,
        "dtype": "float32", "nodata": float("nan"), "crs": read_from[0].crs.to_wkt(),
        "transform": heights.transform, "compress": "deflate", "tiled": True,
        "blockxsize": TILE, "blockysize": TILE, "BIGTIFF": "IF_SAFER",
    }  # fmt: skip
    known = 0
    try:
        with rasterio.open(name, "w", **profile) as opened:
            for row, values in _blocks(ledger, heights, *read_from):
                window = Window(0, row, heights.width, len(values))
                opened.write(values.astype(np.float32), 1, window=window)
                known += int(np.isfinite(values).sum())
            missing = heights.width * heights.height - known
            missing = missing if ledger.layer.derive == _DRAINS else 0
            opened.update_tags(**{_UNKNOWN: str(missing)})
        if not known:
            raise _nothing(ledger)
        Path(name).replace(kept)
    finally:
        Path(name).unlink(missing_ok=True)
    return kept, missing


def _say(ledger: Ledger, missing: int) -> None:
    derived = str(ledger.layer.derive)
    text = f"made from the heights of {ledger.file}: {_MADE[derived]}"
    if derived == _DRAINS:
        text += f"; a drainage line begins where {ledger.layer.drains_m2:,.0f} m² drain through"
    ledger.remark(text)
    if derived in ("flow_accumulation_m2", _DRAINS):
        ledger.remark("water that comes from beyond the edge of the raster is not counted")
    if missing:
        reason = (
            f"on {missing:,} squares nothing is known: the height is missing, or the water leaves "
            "the raster before it meets a drainage line"
        )
        ledger.remark(reason)
