"""Reports counted on squares, and squares with too few joined until there are enough.

Squares belong to blocks of 2 × 2, 4 × 4 and 8 × 8, which lie where the grid puts them.  Squares
are joined inside such a block only, so that one report more or less changes nothing beyond the
block of 8 × 8 that it lies in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]
LEVELS = 3
"""How often four blocks make the next larger one."""
STEP = 10
"""Counts are told in tens."""
REPORTS = "@reports"
"""Column of a private layer's table: how many rows of the file each area stands for, in tens."""


class _Area:
    """Squares that are told as one."""

    def __init__(self, squares: list[tuple[int, int]], count: int) -> None:
        self.squares = sorted(squares)
        self.count = count

    def block(self, level: int) -> tuple[int, int]:
        column, row = self.squares[0]
        return column >> level, row >> level

    def joined(self, other: _Area) -> _Area:
        return _Area([*self.squares, *other.squares], self.count + other.count)


def areas_of(columns: Places, rows: Places, at_least: int) -> Places:
    """Give every report an area with enough reports in it.

    In each block the squares with too few are joined; where that is still too few, they are
    joined with the area of the block that has fewest reports, or wait for the next larger block.

    Parameters
    ----------
    columns, rows
        The square that each report lies on.
    at_least
        How many reports an area needs.

    Returns
    -------
    By report, the number of its area, from 0, sorted by the first square of each; -1 for
    reports whose block of 8 × 8 squares has too few altogether.

    Examples
    --------
    >>> columns = np.array([0] * 12 + [1] * 3 + [40])
    >>> areas_of(columns, np.zeros(16, dtype=int), 10).tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1]
    """
    if not len(columns):
        return np.zeros(0, dtype=np.intp)
    squares, of_report, counts = np.unique(
        np.column_stack([columns, rows]), axis=0, return_inverse=True, return_counts=True
    )
    single = [
        _Area([(int(square[0]), int(square[1]))], int(count))
        for square, count in zip(squares, counts, strict=True)
    ]
    done = [one for one in single if one.count >= at_least]
    waiting = [one for one in single if one.count < at_least]
    for level in range(1, LEVELS + 1):
        done, waiting = _next_level(done, waiting, level, at_least)
    done.sort(key=lambda one: one.squares)
    number = {square: place for place, one in enumerate(done) for square in one.squares}
    found = np.array([number.get((int(c), int(r)), -1) for c, r in squares], dtype=np.intp)
    return found[of_report.ravel()]


def _next_level(
    done: list[_Area], waiting: list[_Area], level: int, at_least: int
) -> tuple[list[_Area], list[_Area]]:
    """Join what waits inside each block, then with what is done there."""
    together: dict[tuple[int, int], _Area] = {}
    for one in waiting:
        block = one.block(level)
        together[block] = one.joined(together[block]) if block in together else one
    still = []
    for block, one in together.items():
        there = [other for other in done if other.block(level) == block]
        if one.count >= at_least:
            done = [*done, one]
        elif there:
            least = min(there, key=lambda other: (other.count, other.squares))
            done = [*(other for other in done if other is not least), least.joined(one)]
        else:
            still.append(one)
    return done, still


def in_tens(counts: NDArray[np.int64], blocks: Places) -> NDArray[np.int64]:
    """Round counts to tens; what is left over is handed on to the next area of the block.

    Parameters
    ----------
    counts
        Of each area, 10 or more.
    blocks
        The block of 8 × 8 squares of each.

    Returns
    -------
    Tens, 10 or more each; those of a block come to its own total, rounded down.

    Examples
    --------
    >>> in_tens(np.array([14, 17, 12, 19]), np.array([0, 0, 0, 1])).tolist()
    [10, 20, 10, 10]
    """
    found = np.zeros(len(counts), dtype=np.int64)
    for block in np.unique(blocks):
        those = np.flatnonzero(blocks == block)
        found[those] = STEP * np.diff(np.cumsum(counts[those]) // STEP, prepend=0)
    return found


def in_words(count: int) -> str:
    """Say a count so coarsely that one report more or less hardly ever shows.

    Examples
    --------
    >>> in_words(3), in_words(1_238)
    ('fewer than 10', 'about 1,230')
    """
    return f"fewer than {STEP}" if count < STEP else f"about {count // STEP * STEP:,}"


def coarse(value: float) -> float:
    """Round a number to two significant digits; NaN stays unknown.

    Examples
    --------
    >>> coarse(12_345.0), coarse(0.0347), coarse(0.0)
    (12000.0, 0.035, 0.0)
    """
    return float(f"{value:.2g}")
