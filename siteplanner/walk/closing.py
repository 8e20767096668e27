"""Streets that nobody walks while a park, a passage or a gate is closed."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

DEEP_M = 5.0
"""Streets that go this deep into a closed polygon lead through it; maps draw edges no better."""
AT_M = 1.0
"""A gate this near to a street stands on it."""


def closed_to(lines: NDArray[Any], places: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which streets lead through places that are closed.

    Parameters
    ----------
    lines
        Streets, LineStrings in metres (n).
    places
        Polygons (parks), lines (fences) and points (gates) that are closed.

    Returns
    -------
    Whether each street goes more than `DEEP_M` into a polygon (into a narrow one, half as deep
    as its widest circle), meets a line or passes a point within `AT_M` (n).

    Examples
    --------
    >>> streets = shapely.from_wkt(["LINESTRING (0 0, 99 0)", "LINESTRING (0 50, 99 50)"])
    >>> closed_to(streets, shapely.from_wkt(["POLYGON ((9 2, 90 2, 90 90, 9 90, 9 2))"])).tolist()
    [False, True]
    >>> closed_to(streets, shapely.from_wkt(["POINT (50 0.5)"])).tolist()
    [True, False]
    """
    met = np.zeros(len(lines), dtype=bool)
    parts = shapely.get_parts(places)
    parts = parts[~shapely.is_empty(parts)]
    tree = shapely.STRtree(lines)
    dimension = shapely.get_dimensions(parts)
    _, line = tree.query(_core(parts[dimension == 2]), predicate="intersects")  # polygons
    met[line] = True
    _, line = tree.query(parts[dimension == 1], predicate="intersects")
    met[line] = True
    _, line = tree.query(parts[dimension == 0], predicate="dwithin", distance=AT_M)
    met[line] = True
    return met


def _core(polygons: NDArray[Any]) -> NDArray[Any]:
    """Take `DEEP_M` off the edge of polygons, less where they are narrow."""
    if not len(polygons):
        return polygons
    radius_m = shapely.length(shapely.maximum_inscribed_circle(polygons))
    return np.asarray(shapely.buffer(polygons, -np.minimum(DEEP_M, radius_m / 2)))
