"""Compiled passes over very many sites and weightings, in single precision.

They find what may matter (sites that may be among the best) or what needs no more than a place
in a histogram.  Whoever calls them decides the rest in double precision.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from siteplanner.compiled import kernel

Singles = NDArray[np.float32]
Small = NDArray[np.int32]
Bins = NDArray[np.uint16]
BINS = 1 << 14
"""Steps of the index, from 0 to 1, in which sites are counted."""
BLOCK = 512
WIDE = 4096


@kernel("i8(f4[:,::1], f4[:,::1], f4[::1], i8, i8, i4[::1], i4[::1])")
def search(
    filled: Singles,
    shares: Singles,
    floor: Singles,
    start: int,
    stop: int,
    places: Small,
    rows: Small,
) -> int:
    """List the pairs of weighting and place whose sum reaches the floor of the weighting.

    Parameters
    ----------
    filled
        Criteria (a multiple of 4) × places.
    shares
        Weightings × criteria.
    floor
        One number a weighting.
    start, stop
        The places to look at.
    places, rows
        Take up what is found: the place and the weighting.

    Returns
    -------
    How many were found; -1 where there was no room for all.

    Examples
    --------
    >>> filled = np.zeros((4, 2), np.float32)
    >>> filled[0] = [0.2, 0.9]
    >>> places, rows = np.empty(9, np.int32), np.empty(9, np.int32)
    >>> shares = np.eye(1, 4, dtype=np.float32)
    >>> search(filled, shares, np.array([0.5], np.float32), 0, 2, places, rows), int(places[0])
    (1, 1)
    """
    total = np.empty(BLOCK, np.float32)
    found = 0
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        for row in range(shares.shape[0]):
            for at in range(high - low):
                total[at] = np.float32(0.0)
            for one in range(0, filled.shape[0], 4):
                w, x = shares[row, one], shares[row, one + 1]
                y, z = shares[row, one + 2], shares[row, one + 3]
                a, b = filled[one, low:high], filled[one + 1, low:high]
                c, d = filled[one + 2, low:high], filled[one + 3, low:high]
                for at in range(high - low):
                    total[at] += w * a[at] + x * b[at] + y * c[at] + z * d[at]
            least = floor[row]
            some = 0
            for at in range(high - low):
                some += total[at] >= least
            if some == 0:
                continue
            if found + some > len(places):
                return -1
            for at in range(high - low):
                if total[at] >= least:
                    places[found] = low + at
                    rows[found] = row
                    found += 1
    return found


@kernel("void(f4[:,::1], f4[:,::1], i8, i8, b1, u2[:,::1])")
def fill_bins(
    filled: Singles, shares: Singles, start: int, stop: int, logarithms: bool, bins: Bins
) -> None:
    """Put the index of places into steps, 0 for the lowest, weighting by weighting.

    Parameters
    ----------
    filled
        Criteria (a multiple of 4) × places.
    shares
        Weightings × criteria.
    start, stop
        The places.
    logarithms
        Whether ``filled`` holds logarithms of scores.
    bins
        Weightings × places, takes up the steps.

    Examples
    --------
    >>> filled, bins = np.zeros((4, 2), np.float32), np.empty((1, 2), np.uint16)
    >>> filled[0] = [0.25, 1.0]
    >>> fill_bins(filled, np.eye(1, 4, dtype=np.float32), 0, 2, False, bins)
    >>> bins.tolist()
    [[4096, 16383]]
    """
    total = np.empty(BLOCK, np.float32)
    for low in range(start, stop, BLOCK):
        high = min(low + BLOCK, stop)
        for row in range(shares.shape[0]):
            for at in range(high - low):
                total[at] = np.float32(0.0)
            for one in range(0, filled.shape[0], 4):
                w, x = shares[row, one], shares[row, one + 1]
                y, z = shares[row, one + 2], shares[row, one + 3]
                a, b = filled[one, low:high], filled[one + 1, low:high]
                c, d = filled[one + 2, low:high], filled[one + 3, low:high]
                for at in range(high - low):
                    total[at] += w * a[at] + x * b[at] + y * c[at] + z * d[at]
            if logarithms:
                for at in range(high - low):
                    total[at] = np.exp(total[at])
            mine = bins[row, low:high]
            for at in range(high - low):
                step = np.int32(total[at] * np.float32(BINS))
                mine[at] = min(max(step, np.int32(0)), np.int32(BINS - 1))


@kernel("void(u2[:,::1], b1[::1], f4[:,::1], i8, i8)")
def fill_ranks(
    bins: Bins, ranked: NDArray[np.bool_], ranks: Singles, start: int, stop: int
) -> None:
    """Give the middle rank of every step, for weightings from start to stop.

    Parameters
    ----------
    bins
        Weightings × places: the step of each.
    ranked
        By place, whether it counts.
    ranks
        Weightings × (steps + 1), takes up the ranks; the last column takes up half the
        largest step: how far a rank may be off.
    start, stop
        The weightings.

    Examples
    --------
    >>> ranks = np.empty((1, BINS + 1), np.float32)
    >>> fill_ranks(np.array([[5, 9, 5]], np.uint16), np.ones(3, bool), ranks, 0, 1)
    >>> ranks[0, [9, 5, -1]].tolist()
    [1.0, 2.5, 0.5]
    """
    counts = np.empty(BINS, np.int32)
    for row in range(start, stop):
        counts[:] = 0
        for at in range(bins.shape[1]):
            counts[bins[row, at]] += np.int32(ranked[at])
        above = 0
        largest = 1
        for step in range(BINS - 1, -1, -1):
            ranks[row, step] = above + (counts[step] + 1) / 2
            above += counts[step]
            largest = max(largest, counts[step])
        ranks[row, BINS] = (largest - 1) / 2


@kernel("void(u2[:,::1], f4[:,::1], i8, i8, i8, i8, f4[:,::1])")
def fill_intervals(
    bins: Bins, ranks: Singles, lowest: int, highest: int, start: int, stop: int, found: Singles
) -> None:
    """Give the mean rank of places, and their k-th smallest and largest.

    Parameters
    ----------
    bins
        Weightings × places: the step of each.
    ranks
        Weightings × steps: the rank of each step.
    lowest, highest
        Which rank from the best, and which from the worst, is wanted; from 1.
    start, stop
        The places.
    found
        Three rows × places: mean, ``lowest``-th smallest, ``highest``-th largest rank.

    Examples
    --------
    >>> bins = np.array([[0], [1], [2]], np.uint16)
    >>> ranks = np.tile(np.array([7.0, 4.0, 1.0], np.float32), (3, 1))
    >>> found = np.empty((3, 1), np.float32)
    >>> fill_intervals(bins, ranks, 1, 2, 0, 1, found)
    >>> found.ravel().tolist()
    [4.0, 1.0, 4.0]
    """
    small = np.empty((lowest, WIDE), np.float32)
    large = np.empty((highest, WIDE), np.float32)
    now, other = np.empty(WIDE, np.float32), np.empty(WIDE, np.float32)
    total = np.empty(WIDE, np.float64)
    for low in range(start, stop, WIDE):
        size = min(low + WIDE, stop) - low
        small[:] = np.inf
        large[:] = -np.inf
        total[:] = 0.0
        for row in range(bins.shape[0]):
            mine = bins[row, low : low + size]
            for at in range(size):
                rank = ranks[row, mine[at]]
                total[at] += rank
                now[at] = rank
                other[at] = rank
            for place in range(lowest):
                kept = small[place]
                for at in range(size):
                    least = kept[at] if kept[at] < now[at] else now[at]
                    now[at] = now[at] if kept[at] < now[at] else kept[at]
                    kept[at] = least
            for place in range(highest):
                kept = large[place]
                for at in range(size):
                    most = kept[at] if kept[at] > other[at] else other[at]
                    other[at] = other[at] if kept[at] > other[at] else kept[at]
                    kept[at] = most
        for at in range(size):
            found[0, low + at] = total[at] / bins.shape[0]
            found[1, low + at] = small[lowest - 1, at]
            found[2, low + at] = large[highest - 1, at]


@kernel("void(f8[:,::1], f8[:,::1], i4[::1], i4[::1], f8[::1])")
def exact(
    filled: NDArray[np.float64],
    shares: NDArray[np.float64],
    places: Small,
    rows: Small,
    found: NDArray[np.float64],
) -> None:
    """Add up shares × scores of single pairs, in the order that `weighing` does it.

    Parameters
    ----------
    filled
        Criteria (a multiple of 4) × places.
    shares
        Weightings × criteria.
    places, rows
        The pairs: place and weighting.
    found
        Takes up the sums.

    Examples
    --------
    >>> found, none = np.empty(1), np.zeros(1, np.int32)
    >>> exact(np.full((4, 1), 0.5), np.full((1, 4), 0.25), none, none, found)
    >>> found.tolist()
    [0.5]
    """
    for at in range(len(places)):
        place, row = places[at], rows[at]
        total = 0.0
        for one in range(0, filled.shape[0], 4):
            total = (
                total
                + shares[row, one] * filled[one, place]
                + shares[row, one + 1] * filled[one + 1, place]
                + shares[row, one + 2] * filled[one + 2, place]
                + shares[row, one + 3] * filled[one + 3, place]
            )
        found[at] = total
