"""How much of one set of polygons lies on another."""

from __future__ import annotations

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse

from siteplanner.study import polygonal

Shapes: TypeAlias = npt.NDArray[np.object_]
Geometries: TypeAlias = gpd.GeoSeries | Shapes
Places: TypeAlias = npt.NDArray[np.intp]


def area_shares(sources: Geometries, targets: Geometries) -> sparse.csr_array:
    """Measure how much of every target lies on every source.

    Parameters
    ----------
    sources, targets
        Valid polygons in one projected, metric CRS.  Empty and missing ones overlap nothing.

    Returns
    -------
    Sparse matrix, targets × sources, of intersection areas in m².  Pairs that do not
    overlap, or only touch, are absent.

    Examples
    --------
    >>> from shapely import box
    >>> units = np.array([box(0, 0, 10, 10), box(10, 0, 20, 10)])
    >>> cells = np.array([box(0, 0, 5, 5), box(8, 0, 12, 5)])
    >>> area_shares(units, cells).toarray()
    array([[25.,  0.],
           [10., 10.]])
    """
    rows, columns, shared = overlaps(sources, targets)
    shape = (len(targets), len(sources))
    return sparse.csr_array((shapely.area(shared), (rows, columns)), shape=shape)


def overlaps(sources: Geometries, targets: Geometries) -> tuple[Places, Places, Shapes]:
    """Cut every target by every source.

    Only pairs whose edges cross are cut; where one lies within the other, it is the answer.

    Parameters
    ----------
    sources, targets
        Valid polygons in one projected, metric CRS.

    Returns
    -------
    Positions of the target and of the source, and the polygon they share, for every pair
    that shares some area; ordered by target, then source.

    Examples
    --------
    >>> from shapely import box
    >>> cells = np.array([box(0, 0, 5, 5), box(8, 0, 12, 5)])
    >>> target, source, shared = overlaps(np.array([box(0, 0, 10, 10)]), cells)
    >>> target.tolist(), source.tolist(), shapely.area(shared).tolist()
    ([0, 1], [0, 0], [25.0, 10.0])
    """
    sources, targets = np.array(sources, dtype=object), np.array(targets, dtype=object)
    rows, columns = shapely.STRtree(sources).query(targets)
    shapely.prepare(sources)
    meets = shapely.intersects(sources[columns], targets[rows])
    rows, columns = rows[meets], columns[meets]
    shared = targets[rows]
    cut = np.flatnonzero(~shapely.covers(sources[columns], shared))
    ours, theirs = targets[rows[cut]], sources[columns[cut]]
    inside = _bounds_within(theirs, ours)
    inside[inside] = shapely.covers(ours[inside], theirs[inside])
    shared[cut[inside]] = theirs[inside]
    shared[cut[~inside]] = polygonal(shapely.intersection(ours[~inside], theirs[~inside]))
    found = shapely.area(shared) > 0
    order = np.lexsort((columns[found], rows[found]))
    return rows[found][order], columns[found][order], shared[found][order]


def _bounds_within(inner: Shapes, outer: Shapes) -> npt.NDArray[np.bool_]:
    a, b = shapely.bounds(inner), shapely.bounds(outer)
    return np.asarray((a[:, :2] >= b[:, :2]).all(axis=1) & (a[:, 2:] <= b[:, 2:]).all(axis=1))
