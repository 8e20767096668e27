"""Where a walk to a place ends: at its gates, where streets meet its edge, or inside it.

A park or a campus is reached at its edge, never in its middle.  In this order:

1. A place whose layer knows gates (``entrances``) is reached at them.
2. A polygon or line longer round its edge than `SMALL_M` is reached where streets cross its
   edge, run along it or end within `TOUCH_M` of it.
3. Where no street does, and where there are no streets, at doors every `SPACING_M` along the
   edge.
4. A smaller one, a building on one street, is reached at a point inside it; so is a point.

The best door counts.  Where no gates are given, no wall is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy import sparse

from siteplanner.sources.entrances import GATES
from siteplanner.walk.catchment import Catchment
from siteplanner.walk.straight import StraightWalker
from siteplanner.walk.walker import Walker

SMALL_M = 400.0
"""Up to this length of its edge a place is one point."""
SPACING_M = 100.0
"""Metres between two doors along an edge."""
TOUCH_M = 10.0
"""A street that ends this near to an edge leads to it: maps draw a street's middle."""

Shapes = NDArray[np.object_]
Positions = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Doors:
    """The points at which places are reached on foot.

    Parameters
    ----------
    points
        Points, numbered from 0, those of a place side by side.
    owner
        For each point, the position of its place.
    places
        Labels of the places; a place without geometry has no door.
    how
        By place: ``gates``, ``streets``, ``edge`` (along it), ``inside``, ``point``,
        ``closed`` where it has gates and none is open, or nothing where there is no geometry.
    """

    points: gpd.GeoSeries
    owner: Positions
    places: pd.Index
    how: Shapes

    @property
    def is_one_each(self) -> bool:
        """Whether every place has exactly one door."""
        return np.array_equal(self.owner, np.arange(len(self.places)))


def doors_of(
    places: gpd.GeoDataFrame | gpd.GeoSeries, streets: gpd.GeoDataFrame | None = None
) -> Doors:
    """Find the points at which places are reached on foot.

    Parameters
    ----------
    places
        Points, lines or polygons in a projected, metric CRS; a table may know its gates
        (column ``@gates``, see `siteplanner.sources.entrances`).
    streets
        Street lines in the same CRS; None where walks are as the crow flies.

    Returns
    -------
    The doors, in the order of the places.

    Examples
    --------
    >>> from shapely import LineString, Point, box
    >>> kiosk_and_park = gpd.GeoSeries([Point(0, 0), box(0, 0, 150, 100)])
    >>> doors_of(kiosk_and_park).owner.tolist()
    [0, 1, 1, 1, 1, 1]
    >>> path = gpd.GeoDataFrame(geometry=[LineString([(75, 50), (75, 300)])])
    >>> doors = doors_of(kiosk_and_park, path)
    >>> doors.how.tolist(), doors.points[1]
    (['point', 'streets'], <POINT (75 100)>)
    """
    geometry = shapely.force_2d(places.geometry.to_numpy())
    there = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    extended = there & (shapely.get_dimensions(geometry) > 0)
    edge = np.where(shapely.get_dimensions(geometry) == 2, shapely.boundary(geometry), geometry)
    how = np.where(extended, "inside", np.where(there, "point", "")).astype(object)
    found = []
    gates, owner, closed = _gates(places, extended)
    how[owner] = "gates"
    how[closed] = "closed"
    found.append((owner, gates))
    large = extended & (how == "inside") & (shapely.length(edge) > SMALL_M)
    if streets is not None:
        owner, points = _met(edge, np.flatnonzero(large), streets)
        how[owner] = "streets"
        found.append((owner, points))
    how[large & (how == "inside")] = "edge"
    found.append(_along(edge, np.flatnonzero(how == "edge")))
    single = np.flatnonzero((how == "inside") | (how == "point"))
    found.append((single, shapely.point_on_surface(geometry[single])))
    owner = np.concatenate([one for one, _ in found])
    points = np.concatenate([those for _, those in found])
    order = np.argsort(owner, kind="stable")
    return Doors(gpd.GeoSeries(points[order], crs=places.crs), owner[order], places.index, how)


def one_inside(places: gpd.GeoDataFrame | gpd.GeoSeries) -> Doors:
    """Give every place one door, a point inside it: people at home start there.

    Examples
    --------
    >>> block = gpd.GeoSeries([shapely.box(0, 0, 200, 200)], index=["b"])
    >>> one_inside(block).points[0]
    <POINT (100 100)>
    """
    points = gpd.GeoSeries(places.geometry.representative_point().to_numpy(), crs=places.crs)
    how = np.full(len(places), "inside", dtype=object)
    return Doors(points, np.arange(len(places)), places.index, how)


def walks_to(
    walker: Walker | StraightWalker,
    origins: gpd.GeoSeries | Doors,
    places: Doors,
    *,
    limit_m: float | None = None,
    limit_min: float | None = None,
) -> Catchment:
    """Find the walks to places, each to its best door.

    Parameters
    ----------
    walker
        Finds walks between points.
    origins
        Points, or places that are left by their best door.
    places
        Where to.
    limit_m, limit_min
        Longest walk; both hold.  None and None: the scenario's limits.

    Returns
    -------
    Walks within the limits, origins × places.  Where a place has several doors, the fewest
    metres and the fewest minutes of any of them.
    """
    starts = origins.points if isinstance(origins, Doors) else origins
    rows = origins.places if isinstance(origins, Doors) else origins.index
    found = walker.reach(starts, places.points, limit_m=limit_m, limit_min=limit_min)
    minutes, metres = found.minutes, found.metres
    if not places.is_one_each or (isinstance(origins, Doors) and not origins.is_one_each):
        start = origins.owner if isinstance(origins, Doors) else np.arange(len(origins))
        shape = (len(rows), len(places.places))
        minutes = _least(minutes, start, places.owner, shape)
        metres = _least(metres, start, places.owner, shape)
    return Catchment(minutes, metres, rows, places.places)


def nearest_to(
    walker: Walker | StraightWalker,
    origins: gpd.GeoSeries | Doors,
    places: Doors,
    *,
    limit_m: float | None = None,
) -> pd.DataFrame:
    """Find the nearest place of every origin, at its best door.

    Parameters
    ----------
    walker
        Finds walks between points.
    origins
        Points, or places that are left by their best door.
    places
        Where to; at least one door.
    limit_m
        Longest walk in metres; None is no limit.

    Returns
    -------
    On the origins' labels: ``metres`` and ``minutes``, each the fewest; NaN where there is none.
    """
    if not isinstance(origins, Doors):
        return walker.nearest(origins, places.points, limit_m=limit_m)[["metres", "minutes"]]
    walks = walker.nearest(origins.points, places.points, limit_m=limit_m)
    best = walks[["metres", "minutes"]].groupby(origins.owner).min()
    return best.reindex(np.arange(len(origins.places))).set_axis(origins.places)


def front_doors(places: Doors, streets: gpd.GeoDataFrame | None) -> gpd.GeoSeries:
    """Give one door of every place: of several, the one nearest to a street.

    Parameters
    ----------
    places
        Their doors.
    streets
        Street lines; None takes the first door.

    Returns
    -------
    Points on the places' labels; missing where a place has none.
    """
    points = places.points.to_numpy()
    away_m = np.zeros(len(points))
    if streets is not None and len(streets) and not places.is_one_each:
        tree = shapely.STRtree(streets.geometry.to_numpy())
        (door, _), metres = tree.query_nearest(points, all_matches=False, return_distance=True)
        away_m[door] = metres
    order = np.lexsort((np.arange(len(points)), away_m, places.owner))
    owners, first = np.unique(places.owner[order], return_index=True)
    result = np.full(len(places.places), None, dtype=object)
    result[owners] = points[order[first]]
    return gpd.GeoSeries(result, index=places.places, crs=places.points.crs)


def _gates(
    places: gpd.GeoDataFrame | gpd.GeoSeries, extended: NDArray[np.bool_]
) -> tuple[Shapes, Positions, Positions]:
    """Give the gates that a table knows, whose they are, and the places without an open one."""
    if not isinstance(places, gpd.GeoDataFrame) or GATES not in places:
        return np.empty(0, dtype=object), np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    known = np.flatnonzero(places[GATES].notna().to_numpy() & extended)
    gates = np.array(places[GATES].to_numpy()[known], dtype=object)
    points, which = shapely.get_parts(gates, return_index=True)
    return points, known[which], known[shapely.is_empty(gates)]


def _met(edge: Shapes, which: Positions, streets: gpd.GeoDataFrame) -> tuple[Positions, Shapes]:
    """Find where streets cross edges, run along them or end near them, each point once."""
    if not len(which):
        return which, np.empty(0, dtype=object)
    lines, tree = streets.geometry.to_numpy(), streets.sindex
    place, line = tree.query(edge[which], predicate="intersects")
    pieces, pair = shapely.get_parts(
        shapely.intersection(edge[which[place]], shapely.force_2d(lines[line])), return_index=True
    )
    beside = shapely.get_dimensions(pieces) == 1
    number, spread = _along(pieces, np.flatnonzero(beside), ends=True)
    at, line = tree.query(edge[which], predicate="dwithin", distance=TOUCH_M)
    near = shapely.force_2d(lines[line])
    ends = np.concatenate([shapely.get_point(near, 0), shapely.get_point(near, -1)])
    at = np.tile(at, 2)
    close = shapely.dwithin(edge[which[at]], ends, TOUCH_M)
    at, ends = at[close], ends[close]
    touched = shapely.line_interpolate_point(
        edge[which[at]], shapely.line_locate_point(edge[which[at]], ends)
    )
    owner = which[np.concatenate([place[pair[~beside]], place[pair[number]], at])]
    points = np.concatenate([pieces[~beside], spread, touched])
    x, y = np.round(shapely.get_coordinates(points), 3).T
    _, first = np.unique(np.column_stack([owner, x, y]), axis=0, return_index=True)
    return owner[first], points[first]


def _along(lines: Shapes, which: Positions, *, ends: bool = False) -> tuple[Positions, Shapes]:
    """Set points along lines, at most `SPACING_M` apart; with both ends where asked."""
    steps = np.maximum(np.ceil(shapely.length(lines[which]) / SPACING_M), 1).astype(np.intp)
    number = steps + 1 if ends else steps
    owner = np.repeat(which, number)
    first = np.repeat(np.cumsum(number) - number, number)
    along = (np.arange(len(owner)) - first) / np.repeat(steps, number)
    return owner, shapely.line_interpolate_point(lines[owner], along, normalized=True)


def _least(
    walks: sparse.csr_array, start: Positions, end: Positions, shape: tuple[int, int]
) -> sparse.csr_array:
    """Keep the shortest walk of all doors of two places; a stored 0 is a walk of nothing."""
    rows = start[np.repeat(np.arange(walks.shape[0]), np.diff(walks.indptr))]
    columns = end[walks.indices]
    order = np.lexsort((walks.data, columns, rows))
    rows, columns, data = rows[order], columns[order], walks.data[order]
    first = np.ones(len(data), dtype=bool)
    first[1:] = (np.diff(rows) != 0) | (np.diff(columns) != 0)
    ends = np.searchsorted(rows[first], np.arange(shape[0] + 1))
    return sparse.csr_array((data[first], columns[first], ends), shape=shape)
