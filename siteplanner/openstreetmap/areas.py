"""The area of a plan, in degrees: from a box, a file of polygons, or the extent of a file."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError
from shapely import MultiPolygon, Polygon
from shapely.geometry import box

from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.openstreetmap.extents import box_problems

DEGREES = "EPSG:4326"
SIMPLE_M = 25.0
"""How far the outline of what is asked for may lie from the true ring: servers want few corners."""
TINY_KM2 = 1e-4
SETTLEMENTS = frozenset(
    ["borough", "city", "district", "hamlet", "island", "municipality", "neighbourhood", "quarter",
     "suburb", "town", "village"]
)  # fmt: skip
"""Values of ``place`` that a plan may be made for."""
MIDDLE = (0.5, 99.5)
"""Percentiles of the starts of streets that bound a file whose head does not say: roads that run
far out would make it too large."""


def bbox_area(bbox: Sequence[float]) -> Polygon:
    """Make the area of west, south, east, north.

    Raises
    ------
    InputError
        If they are no such box.

    Examples
    --------
    >>> bbox_area((24.93, 60.16, 24.95, 60.18)).bounds
    (24.93, 60.16, 24.95, 60.18)
    >>> bbox_area((24.95, 60.16, 24.93, 60.18))
    Traceback (most recent call last):
    siteplanner.errors.InputError: --bbox: 24.95 60.16 24.93 60.18: west is not below east; write west south east north, in degrees
    """  # noqa: E501
    found = box_problems(bbox)
    if found:
        raise InputError(found)
    west, south, east, north = bbox
    return box(west, south, east, north)


def outline_area(path: Path) -> Polygon | MultiPolygon:
    """Read the polygons of a file as one area, in degrees.

    Raises
    ------
    InputError
        If the file cannot be read, or has no polygon or no coordinate system.
    """
    name = path.name
    if not path.is_file():
        raise InputError([Problem(name, "", "no such file", "name a file of polygons")])
    try:
        table = pyogrio.read_dataframe(path)
    except (DataSourceError, DataLayerError, OSError, ValueError) as error:
        found = f"it cannot be read ({str(error).splitlines()[0]:.80})"
        todo = "name a GeoJSON, GeoPackage or Shapefile with the outline"
        raise InputError([Problem(name, "", found, todo)]) from None
    if not isinstance(table, gpd.GeoDataFrame) or table.geometry.isna().all():
        raise InputError([Problem(name, "", "it has no shapes", "name a file of polygons")])
    if table.crs is None:
        todo = "save it as GeoJSON in degrees"
        raise InputError([Problem(name, "", "it does not say its coordinate system", todo)])
    shapes = table.geometry.to_crs(DEGREES).dropna()
    parts = shapely.get_parts(shapely.make_valid(shapes.to_numpy()))
    parts = shapely.get_parts(parts)
    parts = parts[shapely.get_dimensions(parts) == 2]
    if not len(parts):
        found = f"its shapes are no polygons ({shapes.geom_type.iloc[0]})"
        raise InputError([Problem(name, "", found, "draw the edge of the area as a polygon")])
    return whole(shapely.union_all(parts), name)


def file_area(path: Path, place: str) -> Polygon | MultiPolygon:
    """Find a boundary by its name inside an OpenStreetMap file, or give the file's extent.

    Parameters
    ----------
    path
        The file.
    place
        A name as in ``Porto, Portugal``, of which the part before the comma counts; empty for
        the extent that the file states, or else that of 99 in 100 of its streets, each way.

    Raises
    ------
    InputError
        If no whole boundary of the file has that name, or the file cannot be read.
    """
    try:
        return _named_in(path, place) if place else _extent(path)
    except (RuntimeError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: Exception) -> InputError:
    """Give the error for a file that is cut short or of another kind."""
    if not path.is_file():
        return InputError([Problem(path.name, "", "no such file", "name an .osm.pbf file")])
    found = f"it cannot be read as OpenStreetMap data ({str(error).splitlines()[0]:.80})"
    return InputError([Problem(path.name, "", found, "download it again: it may be cut short")])


def whole(area: Any, where: str) -> Polygon | MultiPolygon:
    """Refuse an area without any ground."""
    if area.is_empty or square_km(area) < TINY_KM2:
        raise InputError([Problem(where, "", "the area has no size", "give a larger one")])
    result: Polygon | MultiPolygon = area
    return result


def square_km(area: Any) -> float:
    """Measure an area in degrees, on a sphere, to about a percent.

    Examples
    --------
    >>> round(square_km(box(0, 0, 1, 1)))
    12364
    """
    flat = shapely.transform(
        area,
        lambda at: np.column_stack([at[:, 0] * 111.195, np.sin(np.radians(at[:, 1])) * 6371.009]),
    )  # Lambert's cylindrical equal-area projection
    return float(flat.area)


def around(area: Polygon | MultiPolygon, ring_m: float) -> Polygon | MultiPolygon:
    """Widen an area by a ring, with few corners.

    Examples
    --------
    >>> wide = around(box(0.0, 0.0, 0.01, 0.01), 1000)
    >>> [round(one, 3) for one in wide.bounds]
    [-0.009, -0.009, 0.019, 0.019]
    """
    shapes = gpd.GeoSeries([area], crs=DEGREES)
    crs = shapes.estimate_utm_crs()
    wide = shapes.to_crs(crs).simplify(SIMPLE_M).buffer(ring_m + SIMPLE_M, quad_segs=4)
    back: Polygon | MultiPolygon = wide.simplify(SIMPLE_M).buffer(0).to_crs(DEGREES).iloc[0]
    return back


def _named_in(path: Path, place: str) -> Polygon | MultiPolygon:
    wanted = place.split(",")[0].strip().casefold()
    names: set[str] = set()
    found: list[tuple[int, Any]] = []
    torn = False
    wkb = osmium.geom.WKBFactory()
    boundaries = osmium.filter.KeyFilter("boundary", "place")
    for one in osmium.FileProcessor(str(path)).with_areas().with_filter(boundaries):
        tags = dict(one.tags)
        if tags.get("boundary") != "administrative" and tags.get("place") not in SETTLEMENTS:
            continue
        named = wanted in {tags.get(key, "").casefold() for key in ("name", "name:en")}
        if not isinstance(one, osmium.osm.Area):
            torn |= named
            continue
        names.add(tags.get("name", ""))
        if named:
            level = tags.get("admin_level", "")
            shape = shapely.from_wkb(wkb.create_multipolygon(one))
            found.append((int(level) if level.isdigit() else 99, shape))
    if found:
        return whole(min(found, key=lambda one: (one[0], -one[1].area))[1], path.name)
    todo = "give --bbox W S E N or --area FILE"
    what = (
        "the file has that name, but not its whole boundary" if torn else "no such boundary in it"
    )
    if names - {""} and not torn:
        todo = f"{nearest_names(place, names - {''})}; or {todo}"
    raise InputError([Problem(path.name, place, what, todo)])


def _extent(path: Path) -> Polygon | MultiPolygon:
    with osmium.io.Reader(str(path), osmium.osm.NODE) as reader:
        stated = reader.header().box()
        if stated.valid() and stated.size() > 0:
            low, high = stated.bottom_left, stated.top_right
            return whole(box(low.lon, low.lat, high.lon, high.lat), path.name)
    lon, lat = array("d"), array("d")
    ways = osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations()
    ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    way: Any
    for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
        if len(way.nodes) and way.nodes[0].location.valid():
            lon.append(way.nodes[0].lon)
            lat.append(way.nodes[0].lat)
    if not lon:
        raise InputError([Problem(path.name, "", "it has no streets", "check the extract")])
    west, east = np.percentile(lon, MIDDLE)
    south, north = np.percentile(lat, MIDDLE)
    return whole(box(west, south, east, north), path.name)
