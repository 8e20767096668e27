"""From bare lines to a graph: which line ends are one place, and where lines cross."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely.ops import substring

TOLERANCE_M = 0.1
"""Line ends this near to each other are one place."""


def join_ends(
    lines: NDArray[Any], *, tolerance_m: float = TOLERANCE_M
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Give a number to every place where lines begin and end.

    Parameters
    ----------
    lines
        LineStrings (n), in metres.
    tolerance_m
        Ends at most this far apart are one place.

    Returns
    -------
    tail, head
        Number of the place where each line begins and ends (n each).
    places
        Their coordinates in metres, one row each.

    Examples
    --------
    >>> lines = shapely.from_wkt(["LINESTRING (0 0, 9 0)", "LINESTRING (9.05 0, 9 9)"])
    >>> tail, head, places = join_ends(lines)
    >>> bool(head[0] == tail[1]), len(places)
    (True, 3)
    """
    ends = [shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1)]
    spots, spot = np.unique(np.concatenate(ends), axis=0, return_inverse=True)
    close = cKDTree(spots).query_pairs(tolerance_m, output_type="ndarray")
    joined = coo_array((np.ones(len(close)), (close[:, 0], close[:, 1])), shape=(len(spots),) * 2)
    _, place = connected_components(joined, directed=False)
    _, first = np.unique(place, return_index=True)
    number = place[spot.reshape(-1)].astype(np.int64)
    return number[: len(lines)], number[len(lines) :], spots[first]


def connected_share(
    tail: NDArray[np.int64], head: NDArray[np.int64], length: NDArray[Any]
) -> tuple[float, NDArray[np.bool_], int]:
    """Find the largest connected piece of a graph, by length.

    Parameters
    ----------
    tail, head
        Place numbers of every edge's ends (n each).
    length
        Length of every edge, in any unit (n).

    Returns
    -------
    share
        Share of the length in the largest piece, 0..1.
    inside
        Whether an edge belongs to it (n).
    pieces
        Number of pieces.

    Examples
    --------
    >>> a, b = np.array([0, 1, 5]), np.array([1, 2, 6])
    >>> connected_share(a, b, np.array([30.0, 60.0, 10.0]))
    (0.9, array([ True,  True, False]), 2)
    """
    places = int(max(tail.max(), head.max())) + 1
    graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(places, places))
    _, piece = connected_components(graph, directed=False)
    numbers, piece_of_edge = np.unique(piece[tail], return_inverse=True)
    by_piece = np.bincount(piece_of_edge, weights=length, minlength=len(numbers))
    largest = int(by_piece.argmax())
    total = float(by_piece.sum())
    share = float(by_piece[largest]) / total if total else 1.0
    return share, piece_of_edge == largest, len(numbers)


def node_lines(
    lines: NDArray[Any], apart: NDArray[np.bool_], *, tolerance_m: float = TOLERANCE_M
) -> NDArray[Any]:
    """Cut lines wherever they cross or touch, except bridges and tunnels.

    Parameters
    ----------
    lines
        LineStrings (n), in metres.
    apart
        Lines that cross others without meeting them (n); they join only at their ends.
    tolerance_m
        A line ending this near to another one touches it.

    Returns
    -------
    LineStrings between crossings.  Lines on top of each other become one.

    Examples
    --------
    >>> cross = shapely.from_wkt(["LINESTRING (0 5, 9 5)", "LINESTRING (4 0, 4 9)"])
    >>> len(node_lines(cross, np.array([False, False])))
    4
    >>> len(node_lines(cross, np.array([False, True])))
    2
    """
    level = shapely.get_parts(shapely.union_all(lines[~apart], grid_size=tolerance_m))
    level = level[shapely.get_type_id(level) == shapely.GeometryType.LINESTRING]
    bridges = lines[apart]
    ends = np.concatenate([shapely.get_point(bridges, 0), shapely.get_point(bridges, -1)])
    return np.concatenate([_split(level, ends, tolerance_m), bridges])


def lines_under(
    cut: NDArray[Any], lines: NDArray[Any], apart: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Find which line every piece was cut from, after `node_lines`.

    Parameters
    ----------
    cut
        The pieces (k).
    lines, apart
        What they were cut from (n each).

    Returns
    -------
    Number of the line under the middle of each piece; of several the first (k).

    Examples
    --------
    >>> cross = shapely.from_wkt(["LINESTRING (0 5, 9 5)", "LINESTRING (4 0, 4 9)"])
    >>> level = np.array([False, False])
    >>> sorted(lines_under(node_lines(cross, level), cross, level).tolist())
    [0, 0, 1, 1]
    """
    bridges, level = np.flatnonzero(apart), np.flatnonzero(~apart)
    pieces = cut[: len(cut) - len(bridges)]
    middle = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    piece, line = shapely.STRtree(lines[level]).query_nearest(middle, all_matches=True)
    order = np.lexsort((line, piece))
    _, first = np.unique(piece[order], return_index=True)
    return np.concatenate([level[line[order][first]], bridges])


def _split(lines: NDArray[Any], points: NDArray[Any], tolerance_m: float) -> NDArray[Any]:
    """Cut lines at the points that lie on them, away from their ends."""
    if len(lines) == 0 or len(points) == 0:
        return lines
    point, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=tolerance_m)
    along = shapely.line_locate_point(lines[line], points[point])
    inside = (along > tolerance_m) & (along < shapely.length(lines[line]) - tolerance_m)
    pieces: list[Any] = []
    hit = np.unique(line[inside])
    for number in hit:
        cuts = np.unique(along[inside & (line == number)])
        stops = [0.0, *cuts, lines[number].length]
        pieces += [substring(lines[number], start, end) for start, end in pairwise(stops)]
    return np.concatenate([np.delete(lines, hit), np.array(pieces, dtype=object)])
