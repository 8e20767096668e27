"""How slopes change the time of a walk: heights along streets, and Tobler's function."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from scipy.ndimage import gaussian_filter
from scipy.sparse import csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve

from siteplanner.sources.window import Window

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STRETCH_M = 10.0
"""Slopes are means over stretches of at least this length; a shorter street is one stretch."""
SMOOTH_M = 7.0
"""Standard deviation of the smoothing of heights, or 0.7 of a raster cell if that is more."""
SAMPLES = 1_000_000
"""Most heights that are looked up at once."""


@dataclass(frozen=True)
class Slopes:
    """What the ground does to every street.

    Parameters
    ----------
    pace, pace_back
        Time from the street's start to its end, and back, over the time on flat ground (n
        each); 1 where the ground is not known.
    steepest
        Steepest stretch, rise over run, never negative (n); NaN where it is not known.
    known
        Share of the street's stretches whose heights are known, 0..1 (n).
    """

    pace: Floats
    pace_back: Floats
    steepest: Floats
    known: Floats

    def only(self, keep: NDArray[Any]) -> Slopes:
        """Keep some streets."""
        return Slopes(*(getattr(self, one.name)[keep] for one in fields(self)))


def tobler_factor(slope: NDArray[Any] | float) -> Floats:
    """Give the speed on a slope over the speed on flat ground, by Tobler's function.

    ``exp(-3.5 |S + 0.05|) / exp(-3.5 × 0.05)``: 1 on flat ground, most (1.19) 5 % downhill.

    Parameters
    ----------
    slope
        Rise over run in the direction of the walk; downhill is negative.

    Returns
    -------
    Factors of the same shape; NaN where the slope is.

    References
    ----------
    Tobler, W. (1993). Three presentations on geographical analysis and modeling. National
    Center for Geographic Information and Analysis, Technical Report 93-1.

    Examples
    --------
    >>> (5.0367 * tobler_factor(np.array([0.0, 0.1, -0.05, -0.1]))).round(2).tolist()
    [5.04, 3.55, 6.0, 5.04]
    """
    return np.asarray(np.exp(-3.5 * (np.abs(np.asarray(slope) + 0.05) - 0.05)))


def smooth(values: Floats, cell_m: tuple[float, float]) -> Floats:
    """Even heights out, so that the noise of a raster does not become slopes.

    A bell with a standard deviation of 7 m, or of 0.7 of a cell if that is more.  Even
    slopes stay as they are.  Cells near the rim, and near unknown ones, are not changed.

    Parameters
    ----------
    values
        Heights in metres, rows × columns; NaN is unknown.
    cell_m
        Width and height of a cell in metres.

    Returns
    -------
    Heights of the same shape.

    Examples
    --------
    >>> ramp = np.tile(np.arange(9.0), (9, 1))
    >>> bool(np.allclose(smooth(ramp, (10, 10)), ramp))
    True
    """
    sigma = [max(SMOOTH_M / size, 0.7) for size in (cell_m[1], cell_m[0])]
    known = np.isfinite(values)
    weight = gaussian_filter(known.astype(np.float64), sigma, mode="constant", truncate=3.0)
    evened = gaussian_filter(np.where(known, values, 0.0), sigma, mode="constant", truncate=3.0)
    return np.asarray(np.where(known & (weight > 1 - 1e-9), evened, values))


def bilinear(window: Window, x: Floats, y: Floats) -> Floats:
    """Read heights between the centres of the four cells around each place.

    Parameters
    ----------
    window
        Heights; NaN is unknown.
    x, y
        Places in the window's CRS (n each).

    Returns
    -------
    Heights (n); NaN outside the window, and where one of the cells that count is unknown.
    Within half a cell of the rim the outermost cells count.

    Examples
    --------
    >>> heights = Window(np.array([[1.0, 3.0], [1.0, 3.0]]), (0, 0, 20, 20), CRS(32618))
    >>> bilinear(heights, np.array([5.0, 10.0, 20.0, 21.0]), np.full(4, 7.0)).tolist()
    [1.0, 2.0, 3.0, nan]
    """
    west, south, east, north = window.bounds
    width, height = window.cell
    rows, columns = window.values.shape
    inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    across = np.clip((np.where(inside, x, west) - west) / width - 0.5, 0, columns - 1)
    down = np.clip((north - np.where(inside, y, north)) / height - 0.5, 0, rows - 1)
    left, top = np.floor(across).astype(np.int64), np.floor(down).astype(np.int64)
    right_share, low_share = across - left, down - top
    found = np.zeros(len(x))
    for row, by_row in ((top, 1 - low_share), (np.minimum(top + 1, rows - 1), low_share)):
        for column, by_column in (
            (left, 1 - right_share),
            (np.minimum(left + 1, columns - 1), right_share),
        ):
            share = by_row * by_column
            found += np.where(share > 0, share * window.values[row, column], 0.0)
    return np.where(inside, found, np.nan)


def slopes_of(
    lines: NDArray[Any],
    ends: tuple[Ints, Ints],
    bridge: NDArray[np.bool_],
    heights: Window,
    crs: CRS,
) -> Slopes:
    """Find what slopes do to the time on every street, both ways.

    Heights are read at both ends of stretches of 10 m or a little more, evened out
    (`smooth`) and between cells (`bilinear`); Tobler's function is averaged over the
    stretches.  Bridges and tunnels are straight between the places where they meet the
    ground, over all their pieces.  A stretch whose height is not known counts as flat.

    Parameters
    ----------
    lines
        LineStrings in metres (n).
    ends
        Number of the node where each line begins, and where it ends (n each).
    bridge
        Whether a line is a bridge or a tunnel (n).
    heights
        Heights in metres, in a CRS of their own.
    crs
        Of the lines.

    Returns
    -------
    The slopes of all lines.
    """
    onto = Transformer.from_crs(crs, heights.crs, always_xy=True)
    ground = Window(smooth(heights.values, _cell_m(heights, crs)), heights.bounds, heights.crs)

    def height_at(points: NDArray[Any]) -> Floats:
        x, y = shapely.get_coordinates(points).T
        if heights.crs != crs:
            x, y = onto.transform(x, y)
        return bilinear(ground, x, y)

    length_m = shapely.length(lines)
    pace, pace_back = np.ones((2, len(lines)))
    result = Slopes(pace, pace_back, np.full(len(lines), np.nan), np.zeros(len(lines)))
    stretches = np.maximum(np.floor(length_m / STRETCH_M), 1).astype(np.int64)
    level = np.flatnonzero(~bridge)
    block = np.cumsum(stretches[level] + 1) // SAMPLES
    for number in np.unique(block):
        some = level[block == number]
        _along(result, some, lines[some], stretches[some], height_at)
    if bridge.any():
        tail, head = (one[bridge] for one in ends)
        on_land = np.unique(np.concatenate([one[~bridge] for one in ends]))
        points = [shapely.get_point(lines[bridge], at) for at in (0, -1)]
        nodes, first, number = np.unique(
            np.concatenate([tail, head]), return_index=True, return_inverse=True
        )
        deck = height_at(np.concatenate(points)[first])
        tail, head = number.reshape(2, -1)
        deck = _straight(deck, np.isin(nodes, on_land), tail, head, length_m[bridge])
        rise = (deck[head] - deck[tail]) / length_m[bridge]
        _settle(result, np.flatnonzero(bridge), np.ones(len(rise), dtype=np.int64), rise)
    return result


def _cell_m(window: Window, crs: CRS) -> tuple[float, float]:
    """Measure a cell in the middle of a window in the metres of another CRS."""
    west, south, east, north = window.bounds
    width, height = window.cell
    x, y = (west + east) / 2, (south + north) / 2
    back = Transformer.from_crs(window.crs, crs, always_xy=True)
    easting, northing = back.transform([x, x + width, x], [y, y, y + height])
    sides = (np.hypot(easting[at] - easting[0], northing[at] - northing[0]) for at in (1, 2))
    across, up = (float(side) for side in sides)
    return across, up


def _along(
    result: Slopes, which: Ints, lines: NDArray[Any], stretches: Ints, height_at: Any
) -> None:
    """Read heights along lines, and settle their slopes."""
    count = stretches + 1
    owner = np.repeat(np.arange(len(lines)), count)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    points = shapely.line_interpolate_point(lines[owner], place / stretches[owner], normalized=True)
    height = height_at(points)
    inner = owner[1:] == owner[:-1]
    run = (shapely.length(lines) / stretches)[owner[1:][inner]]
    _settle(result, which, stretches, np.diff(height)[inner] / run)


def _settle(result: Slopes, which: Ints, stretches: Ints, slope: Floats) -> None:
    """Average over the stretches of each line; unknown ones are flat."""
    starts = np.cumsum(stretches) - stretches
    known = np.isfinite(slope)
    there = np.where(known, slope, 0.0)
    result.pace[which] = np.add.reduceat(1 / tobler_factor(there), starts) / stretches
    result.pace_back[which] = np.add.reduceat(1 / tobler_factor(-there), starts) / stretches
    result.known[which] = np.add.reduceat(known.astype(np.float64), starts) / stretches
    steepest = np.maximum.reduceat(np.abs(there), starts)
    result.steepest[which] = np.where(result.known[which] > 0, steepest, np.nan)


def _straight(
    height: Floats, fixed: NDArray[np.bool_], tail: Ints, head: Ints, length_m: Floats
) -> Floats:
    """Lay bridges straight between the nodes on the ground, also where they are in pieces.

    At every other node the deck has no bend: the heights around it, weighed by one over the
    distance, balance.  Pieces that nowhere meet the ground keep its heights.
    """
    fixed = fixed & np.isfinite(height)
    size, stiffness = len(height), 1 / length_m
    rows, columns = np.concatenate([tail, head]), np.concatenate([head, tail])
    pull = csr_array((np.tile(stiffness, 2), (rows, columns)), shape=(size, size))
    anchored = _joined_to(fixed, pull)
    free = np.flatnonzero(~fixed & anchored)
    if not len(free):
        return height
    balance: csr_array = (diags_array(pull.sum(axis=1)) - pull).tocsr()
    held = np.flatnonzero(fixed)
    straight = height.copy()
    known = balance[free][:, held] @ height[held]
    straight[free] = spsolve(balance[free][:, free].tocsc(), -known)
    return straight


def _joined_to(fixed: NDArray[np.bool_], pull: csr_array) -> NDArray[np.bool_]:
    """Tell which nodes hang together with a fixed one."""
    _, piece = connected_components(pull, directed=False)
    return np.isin(piece, piece[fixed])
