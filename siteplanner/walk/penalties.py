"""Which streets take longer: how much of each lies in a zone, and what is crossed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MAIN_SHARE = 0.5
"""A street with at least this share of its length in a zone is one of the zone's streets."""


def share_inside(lines: NDArray[Any], zones: NDArray[Any], within_m: float = 0.0) -> Floats:
    """Give the share of each line's length that lies in zones, counted once.

    Parameters
    ----------
    lines
        LineStrings in metres (n).
    zones
        Polygons; or, with ``within_m``, polygons, lines and points.
    within_m
        So far around a zone counts as well.

    Returns
    -------
    Shares, 0..1 (n).

    Examples
    --------
    >>> street = shapely.linestrings([[[0, 0], [100, 0]]])
    >>> twice = np.array([shapely.box(60, -1, 80, 1), shapely.box(70, -1, 90, 1)])
    >>> share_inside(street, twice).round(3).tolist()
    [0.3]
    """
    share = np.zeros(len(lines))
    wide = shapely.buffer(zones, within_m) if within_m else np.asarray(zones)
    parts = shapely.get_parts(shapely.union_all(wide))
    if not len(parts):
        return share
    tree = shapely.STRtree(lines)
    zone, line = tree.query(parts, predicate="intersects")
    whole_zone, whole = tree.query(parts, predicate="covers")
    size = len(lines)
    cut = ~np.isin(zone * size + line, whole_zone * size + whole)
    zone, line = zone[cut], line[cut]
    inside_m = shapely.length(shapely.intersection(lines[line], parts[zone]))
    np.add.at(share, line, inside_m / shapely.length(lines[line]))
    share[whole] = 1.0
    return np.minimum(share, 1.0)


def crossing_charges(tail: Ints, head: Ints, main: NDArray[np.bool_], crossing_s: float) -> Floats:
    """Charge the crossing of some streets to the streets that lead up to them.

    Half of the seconds is charged at each end of an edge that is not itself such a street,
    where that end is a node of such a street.  So who walks across pays once, half before and
    half after; who turns into the street, or only comes to it, pays half; who walks along
    it pays nothing.

    Parameters
    ----------
    tail, head
        Nodes at both ends of every edge (n each).
    main
        Whether an edge is such a street (n).
    crossing_s
        Seconds it takes to cross.

    Returns
    -------
    Seconds for every edge, the same both ways (n).

    Examples
    --------
    >>> tail, head = np.array([0, 1, 1, 1]), np.array([1, 2, 3, 4])
    >>> crossing_charges(tail, head, np.array([False, False, True, True]), 20.0).tolist()
    [10.0, 10.0, 0.0, 0.0]
    """
    on_main = np.zeros(int(max(tail.max(), head.max())) + 1, dtype=bool)
    on_main[tail[main]] = on_main[head[main]] = True
    ends = on_main[tail].astype(np.int64) + on_main[head]
    return np.where(main, 0.0, ends * crossing_s / 2)


def blocked(lines: NDArray[Any], barrier: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell which lines meet a barrier.

    Parameters
    ----------
    lines
        LineStrings in metres (n).
    barrier
        Lines, met where a street touches them at all, and polygons, met where it goes inside.

    Returns
    -------
    Whether each line meets the barrier (n).

    Examples
    --------
    >>> streets = shapely.from_wkt(["LINESTRING (0 0, 9 0)", "LINESTRING (0 5, 4 5)"])
    >>> blocked(streets, shapely.from_wkt(["LINESTRING (6 -9, 6 9)"])).tolist()
    [True, False]
    """
    met = np.zeros(len(lines), dtype=bool)
    tree = shapely.STRtree(lines)
    for rows in _by_dimension(barrier):
        row, line = tree.query(rows, predicate="intersects")
        if shapely.get_dimensions(rows[0]) == 2:
            line = line[~shapely.touches(rows[row], lines[line])]
        met[line] = True
    return met


def _by_dimension(barrier: NDArray[Any]) -> Iterator[NDArray[Any]]:
    parts = shapely.get_parts(barrier)
    for dimension in (1, 2):
        those = parts[shapely.get_dimensions(parts) == dimension]
        if len(those):
            yield those
