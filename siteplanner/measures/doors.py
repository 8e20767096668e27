"""Where a walk to a place ends: points for points, the edge for what is too large for one.

A park is reached at its edge, not in its middle.  A polygon or line longer round its edge than
`SMALL_M` gets a door every `SPACING_M` metres along it, and the best door counts; a smaller
one is reached at a point inside it.  No gate layer is needed, and no wall is known.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse

from siteplanner.walk import AnyWalker, Catchment

SMALL_M = 400.0
"""Up to this length of its edge a place is one point."""
SPACING_M = 100.0
"""Metres between two doors along a longer edge."""


def doors_of(places: gpd.GeoSeries) -> tuple[gpd.GeoSeries, NDArray[np.intp]]:
    """Give the points at which places are reached on foot.

    Parameters
    ----------
    places
        Points, lines or polygons in a projected, metric CRS.

    Returns
    -------
    The points, numbered from 0, and for each the position of its place in ``places``.

    Examples
    --------
    >>> from shapely import Point, box
    >>> kiosk_and_park = gpd.GeoSeries([Point(0, 0), box(0, 0, 150, 100)])
    >>> points, owner = doors_of(kiosk_and_park)
    >>> owner.tolist()
    [0, 1, 1, 1, 1, 1]
    >>> points[1], points[2]
    (<POINT (150 0)>, <POINT (150 100)>)
    """
    geometry = places.to_numpy()
    areal = shapely.get_dimensions(geometry) == 2
    edge = np.where(areal, shapely.boundary(geometry), geometry)
    length = shapely.length(edge)
    large = length > SMALL_M
    inside = np.flatnonzero(~large & ~(shapely.is_missing(geometry) | shapely.is_empty(geometry)))
    number = np.ceil(length[large] / SPACING_M).astype(int)
    owner = np.repeat(np.flatnonzero(large), number)
    first = np.repeat(np.cumsum(number) - number, number)
    along = (np.arange(len(owner)) - first) / np.repeat(number, number)
    points = shapely.line_interpolate_point(edge[owner], along, normalized=True)
    owners = np.concatenate([inside, owner])
    found = np.concatenate([shapely.point_on_surface(geometry[inside]), points])
    order = np.argsort(owners, kind="stable")
    return gpd.GeoSeries(found[order], crs=places.crs), owners[order]


def walks_to(
    walker: AnyWalker,
    origins: gpd.GeoSeries,
    places: gpd.GeoSeries,
    *,
    limit_m: float | None = None,
    limit_min: float | None = None,
) -> Catchment:
    """Find the walks from points to places, each to its best door.

    Parameters
    ----------
    walker
        Finds walks between points.
    origins
        Points.
    places
        Points, lines or polygons, see `doors_of`.
    limit_m, limit_min
        Longest walk; both hold.  None and None: the scenario's limits.

    Returns
    -------
    Walks within the limits, origins × places.  Where a place has several doors, the fewest
    metres and the fewest minutes of any of them.
    """
    points, owner = doors_of(places)
    found = walker.reach(origins, points, limit_m=limit_m, limit_min=limit_min)
    if len(points) == len(places):
        return Catchment(found.minutes, found.metres, origins.index, places.index)
    minutes = _least(found.minutes, owner, len(places))
    metres = _least(found.metres, owner, len(places))
    return Catchment(minutes, metres, origins.index, places.index)


def _least(walks: sparse.csr_array, owner: NDArray[np.intp], places: int) -> sparse.csr_array:
    """Keep the shortest of all doors of a place; a stored 0 is a walk of nothing."""
    rows = np.repeat(np.arange(walks.shape[0]), np.diff(walks.indptr))
    columns = owner[walks.indices]
    order = np.lexsort((walks.data, columns, rows))
    rows, columns, data = rows[order], columns[order], walks.data[order]
    first = np.ones(len(data), dtype=bool)
    first[1:] = (np.diff(rows) != 0) | (np.diff(columns) != 0)
    ends = np.searchsorted(rows[first], np.arange(walks.shape[0] + 1))
    shape = (walks.shape[0], places)
    return sparse.csr_array((data[first], columns[first], ends), shape=shape)
