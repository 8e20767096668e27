"""Layers that lie elsewhere, end too soon, or come in several reference systems."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod, Transformer
from shapely.geometry.base import BaseGeometry

from siteplanner.diagnosis.finding import Finding
from siteplanner.model import Scenario
from siteplanner.sources import Source
from siteplanner.study import Study

_EARTH = Geod(ellps="WGS84")
_AWAY_M = 50_000.0
"""So far from the edge of the plan nobody walks."""
_ALONG = 40
"""Points along each side of the grid on which gaps are looked for."""
_ENOUGH = 0.95
_RING = 0.5
"""A layer ends at the edge if it covers this much less of the ring than of the area."""
_STREET_M = 300.0
_BLOCK_M = 100.0
"""Streets and squares between city blocks are no gaps."""


def of_crs(sources: Mapping[str, Source]) -> Iterator[Finding]:
    """Find layers of one project in several projected systems, or several kinds of degrees."""
    named: dict[bool, dict[str, list[str]]] = {True: {}, False: {}}
    for name, source in sources.items():
        if source.crs is not None:
            crs = CRS(source.crs)
            code = crs.to_authority()
            called = ":".join(code) if code else crs.name
            named[crs.is_projected].setdefault(called, []).append(name)
    for systems in named.values():
        if len(systems) > 1:
            said = "; ".join(f"{crs}: {', '.join(names)}" for crs, names in systems.items())
            what = f"the layers come in {len(systems)} reference systems of one kind ({said})"
            todo = "they are brought together, but see that none was only declared so by mistake"
            yield Finding("odd", "layers/", what, todo)


def of_places(sources: Mapping[str, Source], areas: Collection[str]) -> Iterator[Finding]:
    """Find layers whose middle lies far from the plan, and whether their axes are swapped.

    Parameters
    ----------
    sources
        The layers that can be read, by name.
    areas
        The layers that are the area of a scenario; without any, all layers are held against
        the middle of them all.
    """
    middles = {name: at for name, one in sources.items() if (at := _middle(one)) is not None}
    there = [middles[name] for name in areas if name in middles]
    if not there and len(middles) < 3:
        return
    lon, lat = np.median(np.array(there or list(middles.values())), axis=0)
    size_m = max((_size_m(sources[name]) for name in areas if name in middles), default=0.0)
    for name, (own_lon, own_lat) in middles.items():
        away = float(_EARTH.inv(own_lon, own_lat, lon, lat)[2])
        if away <= _AWAY_M + size_m:
            continue
        what = f"it lies {away / 1000:,.0f} km from the {'area' if there else 'other layers'}"
        todo = "give the layer of this place, or see whether crs is the right one"
        if abs(own_lon) <= 90 and _EARTH.inv(own_lat, own_lon, lon, lat)[2] <= _AWAY_M + size_m:
            what += ", and would lie there with longitude and latitude exchanged"
            todo = "exchange the two in the file, or in coordinates"
        yield Finding("wrong", f"layers/{name}.toml", what, todo)


def of_ground(scenario: Scenario, ground: Study) -> Iterator[tuple[float, Finding]]:
    """Find layers of a scenario that leave out part of the area, or end at its edge.

    Yields
    ------
    The share that is covered, with what is to be said.  Looked at are the layers of people, of
    need that is averaged, and of streets, on a grid of 40 × 40 points.
    """
    inside, around = _grid(ground.area), _grid(ground.region)
    around = around[~shapely.intersects(ground.area, around)]
    people = {one.partition(".")[0] for one in (scenario.demand.people, *scenario.demand.groups)}
    need = {
        name
        for level, _, one in scenario.criteria()
        if level == "need" and one.has_data and one.measure in ("value", "mean", "share")
        for name in one.layer
    }
    streets = {scenario.walk.network} if scenario.walk and scenario.walk.network else set()
    wide = ground.region.area > 1.01 * ground.area.area
    for name in sorted({*people, *need, *streets} & {*ground.tables, *ground.rasters}):
        shapes, within_m, what = _shapes(ground, name)
        if shapes is None:
            if name in people and wide and _ends(ground, name):
                yield 0.0, _at_the_edge(name, 0.0)
            continue
        private = ground.layers[name].private is not None
        covered = _share(inside, shapes, within_m)
        if covered < _ENOUGH and not private:
            todo = "see whether that is water or empty land, or whether data are missing there"
            found = f"{what} {covered:.0%} of the area".replace("%", " %")
            yield covered, Finding("odd", f"layers/{name}.toml", found, todo)
        if name in {*people, *streets} and wide and len(around):
            ring = _share(around, shapes, within_m)
            if ring < covered * _RING:
                yield ring, _at_the_edge(name, ring)


def _at_the_edge(name: str, ring: float) -> Finding:
    what = (
        "it ends at the edge of the area: of the ring around it that people walk, it has "
        f"{ring:.0%}".replace("%", " %")
    )
    todo = "take it for more than the area, so that who lives just outside counts"
    return Finding("odd", f"layers/{name}.toml", what, todo)


def _shapes(ground: Study, name: str) -> tuple[NDArray[np.object_] | None, float, str]:
    """Give what covers the ground, how near counts, and the words for it; None for points."""
    if name in ground.rasters:
        import rasterio

        raster = ground.rasters[name]
        with rasterio.open(raster.path) as opened:
            box = gpd.GeoSeries([shapely.box(*opened.bounds)], crs=raster.crs)
        return np.array(box.to_crs(ground.crs).array, dtype=object), 0.0, "it covers"
    shapes = ground.tables[name].geometry.to_numpy()
    dimension = shapely.get_dimensions(shapes).max(initial=0)
    if dimension == 2:
        return shapes, _BLOCK_M, f"it covers, to within {_BLOCK_M:g} m,"
    if dimension == 1:
        return shapes, _STREET_M, f"it has a street within {_STREET_M:g} m on"
    return None, 0.0, ""


def _ends(ground: Study, name: str) -> bool:
    return bool(shapely.intersects(ground.area, ground.tables[name].geometry.to_numpy()).all())


def _grid(region: BaseGeometry) -> NDArray[np.object_]:
    """Give points of a grid that lie in a region."""
    west, south, east, north = region.bounds
    x, y = np.meshgrid(
        np.linspace(west, east, 2 * _ALONG + 1)[1::2],
        np.linspace(south, north, 2 * _ALONG + 1)[1::2],
    )
    points = np.asarray(shapely.points(x.ravel(), y.ravel()), dtype=object)
    found: NDArray[np.object_] = points[shapely.intersects(region, points)]
    return found


def _share(points: NDArray[np.object_], shapes: NDArray[np.object_], within_m: float) -> float:
    if not len(points):
        return 1.0
    tree = shapely.STRtree(shapes)
    if within_m:
        found = tree.query(points, predicate="dwithin", distance=within_m)[0]
    else:
        found = tree.query(points, predicate="intersects")[0]
    return len(np.unique(found)) / len(points)


def _middle(source: Source) -> tuple[float, float] | None:
    """Give the median longitude and latitude of a layer's rows; None where they have none."""
    crs = source.crs
    if source.table is not None and len(source.table):
        bounds = source.table.geometry.bounds.to_numpy()
        x, y = np.median(bounds[:, [0, 2]]), np.median(bounds[:, [1, 3]])
    elif source.raster is not None:
        import rasterio

        with rasterio.open(source.raster.path) as opened:
            west, south, east, north = opened.bounds
        x, y = (west + east) / 2, (south + north) / 2
    else:
        return None
    if crs is None:
        return None
    lon, lat = Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y)
    return (float(lon), float(lat)) if np.isfinite([lon, lat]).all() else None


def _size_m(source: Source) -> float:
    if source.table is None:
        return 0.0
    west, south, east, north = source.table.geometry.to_crs(4326).total_bounds
    return float(_EARTH.inv(west, south, east, north)[2])
