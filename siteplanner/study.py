"""The named layers in one metric CRS, kept where they touch the area and its ring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import rasterio
import shapely
from pyproj import CRS, Proj
from pyproj.exceptions import CRSError, ProjError
from rasterio.warp import transform_bounds
from shapely.geometry.base import BaseGeometry

from siteplanner.corrections import correct
from siteplanner.errors import InputError, Problem
from siteplanner.fetched.windows import covers
from siteplanner.model import Layer, Notice, Scenario
from siteplanner.sources.asked import asked_in_vain
from siteplanner.sources.columns import HOURS
from siteplanner.sources.entrances import with_gates
from siteplanner.sources.source import Raster, Source

_COLLECTION = 7  # shapely's type number of a GeometryCollection
_WORST_SCALE = 0.05
"""A CRS that stretches lengths by more than this is refused: 800 m would not be 800 m."""


@dataclass(frozen=True)
class Study:
    """What a scenario looks at, ready to measure on.

    Parameters
    ----------
    crs
        Working CRS, projected, in metres.
    area
        What the plan is about.
    region
        The area and a ring around it as wide as the longest walk.
    tables
        Vector layers by name, in `crs`: the rows that touch the region, kept whole; the column
        ``@gates`` of a layer with ``entrances`` holds those of each row.
    rasters
        Rasters by name, still on disk and in their own CRS.
    layers
        What the layers' files say, by name.
    notices
        What was clipped, mended or dropped on the way.
    gates
        Of layers whose gates have opening hours: the gates with their ``hours``, in `crs`.
    """

    crs: CRS
    area: BaseGeometry
    region: BaseGeometry
    tables: Mapping[str, gpd.GeoDataFrame]
    rasters: Mapping[str, Raster]
    layers: Mapping[str, Layer]
    notices: tuple[Notice, ...]
    gates: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)


def prepare(scenario: Scenario, sources: Mapping[str, Source], *, ring_m: float) -> Study:
    """Bring the layers a scenario names into one CRS and keep what touches the region.

    Parameters
    ----------
    scenario
        Says which layers, which area and which CRS.
    sources
        The layers as read, by name; those the scenario does not name are left out.  Its
        ``[corrections]`` are applied first, so that every later step sees corrected facts.
    ring_m
        Width of the ring around the area: people, streets and places in it count.

    Raises
    ------
    InputError
        If the CRS is not projected and metric, or stretches lengths by over 5 % here; and
        for every layer that has nothing in the region, every value in a ``where`` that no row
        of its layer has, and every correction that touches nothing.
    """
    layers = {name: sources[name].layer for name in scenario.layer_names()}
    outline = _outline(scenario, sources[scenario.area])
    crs, notices = _working_crs(scenario, outline)
    area = shapely.union_all(polygonal(outline.to_crs(crs).array))
    region = area.buffer(ring_m) if ring_m > 0 else area
    shapely.prepare(region)
    sources, remarks, problems = correct(scenario, sources, crs)
    notices += remarks
    problems += asked_in_vain(scenario, sources)
    tables, rasters, timed = {}, {}, {}
    for name in layers:
        source = sources[name]
        if source.raster is not None:
            rasters[name] = source.raster
            problems += _raster_problems(name, source.raster, region, crs)
        if source.table is not None:
            tables[name], remarks = _clipped(name, source.table, region, crs)
            notices += remarks
            if source.layer.entrances:
                gates = sources[source.layer.entrances].table
                if gates is not None:
                    gates_m = gates.geometry.to_crs(crs)
                    tables[name], remarks = with_gates(
                        tables[name], gates_m, region, f"layers/{source.layer.entrances}"
                    )
                    notices += remarks
                    if HOURS in gates:
                        timed[name] = gates[[HOURS]].set_geometry(gates_m)
            if tables[name].empty:
                problems.append(_no_overlap(name, source.table.geometry, region, crs))
    if problems:
        raise InputError(problems)
    return Study(crs, area, region, tables, rasters, layers, tuple(notices), timed)


def region_of(scenario: Scenario, area: Source, *, ring_m: float) -> gpd.GeoSeries:
    """Give the area of a scenario with the ring around it, in the scenario's CRS.

    Raises
    ------
    InputError
        If the area is none, or the CRS does not fit it.
    """
    outline = _outline(scenario, area)
    crs, _ = _working_crs(scenario, outline)
    whole = shapely.union_all(polygonal(outline.to_crs(crs).array))
    return gpd.GeoSeries([whole.buffer(ring_m) if ring_m > 0 else whole], crs=crs)


def polygonal(geometries: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Mend polygons, and let go of the lines and points that cutting or mending leaves.

    Examples
    --------
    >>> bowtie = shapely.from_wkt("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))")
    >>> polygonal(np.array([bowtie]))[0].area
    2.0
    """
    made = np.array(geometries, dtype=object)
    broken = ~shapely.is_valid(made)
    made[broken] = shapely.make_valid(made[broken])
    for place in np.flatnonzero(shapely.get_type_id(made) == _COLLECTION):
        parts = shapely.get_parts(made[place])
        made[place] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    return made


def _outline(scenario: Scenario, source: Source) -> gpd.GeoSeries:
    """Give the area's polygons; where they cannot be a place on Earth, say so."""
    where = f"layers/{scenario.area}.toml"
    if source.table is None or source.layer.kind != "polygons":
        found = f"the area of '{scenario.name}' is a layer of kind {source.layer.kind}"
        raise InputError([Problem(where, "kind", found, "bound the plan by a polygon layer")])
    outline = source.table.geometry
    outline = outline[~(outline.isna() | outline.is_empty)]
    if outline.empty:
        raise InputError([Problem(where, "", "the area has no polygon", "give it one")])
    mistake = _declared_wrongly(outline)
    if mistake:
        raise InputError([Problem(where, "crs", _extent(outline, outline.crs), mistake)])
    return outline


def _working_crs(scenario: Scenario, outline: gpd.GeoSeries) -> tuple[CRS, list[Notice]]:
    where, key, extent = f"scenarios/{scenario.name}.toml", "crs", _extent(outline, outline.crs)
    crs = _utm(outline) if scenario.crs == "auto" else _given_crs(scenario)
    if crs is None:
        found = f"no UTM zone fits the area ({extent})"
        raise InputError([Problem(where, key, found, "give an EPSG code")])
    if not np.isfinite(outline.to_crs(crs).total_bounds).all():
        found = f"the area ({extent}) has no place in {_name(crs)}"
        raise InputError([Problem(where, key, found, "write 'auto' or check the area")])
    stretch = _stretch(crs, outline)
    if abs(stretch) > _WORST_SCALE:
        found = f"{_name(crs)} draws lengths here up to {abs(stretch):.0%} too "
        found += "long" if stretch > 0 else "short"
        todo = "write 'auto', choose a CRS made for this place, or plan a smaller area"
        raise InputError([Problem(where, key, found, todo)])
    notices = [Notice("study", "info", 0, 0, f"working CRS {_name(crs)} ({crs.name})")]
    west, _, east, _ = outline.to_crs(4326).total_bounds
    valid = crs.area_of_use
    if scenario.crs == "auto" and valid and not (valid.west <= west and east <= valid.east):
        reason = (
            f"the area lies in more than one UTM zone; that of its centre, {_name(crs)}, is "
            f"used, and lengths are off by up to {abs(stretch):.1%}"
        )
        notices.append(Notice("study", "info", 0, 0, reason))
    return crs, notices


def _utm(outline: gpd.GeoSeries) -> CRS | None:
    try:
        return CRS(outline.estimate_utm_crs())
    except (RuntimeError, CRSError, ProjError):
        return None


def _given_crs(scenario: Scenario) -> CRS:
    where = f"scenarios/{scenario.name}.toml"
    try:
        crs = CRS.from_user_input(scenario.crs)
    except CRSError:
        found, todo = f"found '{scenario.crs}'", "write 'auto' or a code like 'EPSG:32618'"
        raise InputError([Problem(where, "crs", found, todo)]) from None
    units = {axis.unit_name for axis in crs.axis_info[:2]}
    if not crs.is_projected or units != {"metre"}:
        what = "geographic" if crs.is_geographic else "not a projected CRS in metres"
        found = f"{scenario.crs} ({crs.name}) is {what}, in {' and '.join(sorted(units))}"
        raise InputError([Problem(where, "crs", found, "write 'auto' or a metric one")])
    return crs


def _stretch(crs: CRS, outline: gpd.GeoSeries) -> float:
    """Give the largest relative error of lengths over the area; 0 where it is not known."""
    west, south, east, north = outline.to_crs(4326).total_bounds
    lons, lats = np.meshgrid(np.linspace(west, east, 3), np.linspace(south, north, 3))
    try:
        factors = Proj(crs).get_factors(lons.ravel(), lats.ravel())
    except (ProjError, CRSError):
        return 0.0
    scales = np.concatenate([factors.meridional_scale, factors.parallel_scale]) - 1
    scales = scales[np.isfinite(scales)]
    return float(scales[np.argmax(np.abs(scales))]) if scales.size else 0.0


def _clipped(
    name: str, table: gpd.GeoDataFrame, region: BaseGeometry, crs: CRS
) -> tuple[gpd.GeoDataFrame, list[Notice]]:
    """Reproject a table and keep the rows that touch the region, whole."""
    where, notices, total = f"layers/{name}", list[Notice](), len(table)
    moved = table.to_crs(crs)
    finite = np.isfinite(moved.geometry.bounds.to_numpy()).all(axis=1)
    if not finite.all():
        reason = f"their coordinates have no place in {_name(crs)}"
        notices.append(_counted(where, "dropped", moved.index[~finite], total, reason))
    moved = moved[finite]
    shapes = np.array(moved.geometry, dtype=object)
    broken = (shapely.get_dimensions(shapes) == 2) & ~shapely.is_valid(shapes)
    if broken.any():
        shapes[broken] = polygonal(shapes[broken])
        moved = moved.set_geometry(gpd.GeoSeries(shapes, index=moved.index, crs=crs))
        reason = "their polygons crossed themselves after reprojection"
        notices.append(_counted(where, "mended", moved.index[broken], total, reason))
    touches = shapely.intersects(region, shapes)
    if not touches.all():
        reason = "they lie outside the area and the ring around it that people walk"
        notices.append(_counted(where, "clipped", moved.index[~touches], total, reason))
    return moved[touches].copy(), notices


def _counted(
    where: str,
    kind: Literal["dropped", "mended", "clipped"],
    rows: pd.Index,
    total: int,
    reason: str,
) -> Notice:
    examples = tuple(str(row) for row in rows[:3])
    return Notice(where, kind, len(rows), total, reason, examples)


def _raster_problems(name: str, raster: Raster, region: BaseGeometry, crs: CRS) -> list[Problem]:
    with rasterio.open(raster.path) as opened:
        own, cell = opened.bounds, max(opened.res)
    bounds = transform_bounds(crs, raster.crs, *region.bounds, densify_pts=21)
    if raster.cut_from and not covers(bounds, own, raster.cut_from, 2 * cell):
        todo = f"run: siteplanner fetch {name} --refresh"
        found = "the kept copy was cut for a smaller area or shorter walks"
        return [Problem(f"layers/{name}.toml", "source", found, todo)]
    if shapely.box(*own).intersects(shapely.box(*bounds)):
        return []
    corners = gpd.GeoSeries([shapely.box(*own)], crs=raster.crs)
    return [_no_overlap(name, corners, region, crs)]


def _no_overlap(name: str, layer: gpd.GeoSeries, region: BaseGeometry, crs: CRS) -> Problem:
    around = gpd.GeoSeries([region], crs=crs).to_crs(layer.crs)
    found = "no overlap with the area and its ring: the layer covers "
    found += f"{_extent(layer, layer.crs)}, the region {_extent(around, layer.crs)}"
    todo = _declared_wrongly(layer)
    if not todo and _overlaps_swapped(layer, around):
        pair = "longitude and latitude" if layer.crs.is_geographic else "easting and northing"
        todo = f"{pair} look swapped: exchange them in the source"
    todo = todo or "give the layer of this place, or check 'crs' and the area"
    return Problem(f"layers/{name}.toml", "", found, todo)


def _declared_wrongly(layer: gpd.GeoSeries) -> str:
    """Say so where the numbers cannot be what the CRS says; else nothing."""
    west, south, east, north = np.abs(layer.total_bounds)
    degrees = max(west, east) <= 180 and max(south, north) <= 90
    if layer.crs.is_geographic and (max(west, east) > 360 or max(south, north) > 180):
        return f"these look like metres, declared as degrees ({_name(layer.crs)}): mend 'crs'"
    if layer.crs.is_geographic and max(south, north) > 90:
        return "longitude and latitude look swapped: exchange them in the source"
    if layer.crs.is_projected and degrees:
        return f"these look like degrees, declared as metres ({_name(layer.crs)}): mend 'crs'"
    return ""


def _overlaps_swapped(layer: gpd.GeoSeries, around: gpd.GeoSeries) -> bool:
    bounds = layer.bounds.to_numpy()
    west, south, east, north = around.total_bounds
    swapped = (
        (bounds[:, 1] <= east) & (bounds[:, 3] >= west)
        & (bounds[:, 0] <= north) & (bounds[:, 2] >= south)
    )  # fmt: skip
    return bool(swapped.any())


def _extent(layer: gpd.GeoSeries, crs: CRS) -> str:
    west, south, east, north = layer.total_bounds
    digits = 4 if crs.is_geographic else 0
    x, y = ("lon", "lat") if crs.is_geographic else ("easting", "northing")
    across = f"{west:.{digits}f} to {east:.{digits}f}"
    along = f"{south:.{digits}f} to {north:.{digits}f}"
    return f"{x} {across}, {y} {along}"


def _name(crs: CRS) -> str:
    code = crs.to_authority()
    return ":".join(code) if code else str(crs.name)
