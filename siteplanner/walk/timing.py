"""What the time on a street is made of: flat ground, slope, steps, crossings, penalties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from siteplanner.walk.slope import Slopes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Part:
    """One part of the time on every edge; what no part has is walking on flat ground.

    Parameters
    ----------
    name
        ``steps``, ``slope``, ``crossings``, or the name of a penalty.
    title
        Plain words.
    ms, back_ms
        Whole milliseconds from ``u`` to ``v``, and back (n each).  Of a slope they are
        negative where walking downhill is quicker.
    """

    name: str
    title: str
    ms: Ints
    back_ms: Ints


@dataclass(frozen=True, eq=False)
class Slowdown:
    """Where a penalty multiplies the time.

    Parameters
    ----------
    name, title
        Of the penalty.
    factor
        The time there is multiplied by this.
    share
        Share of every edge where it holds, 0..1 (n).
    """

    name: str
    title: str
    factor: float
    share: Floats


def time_edges(
    flat_ms: Ints,
    *,
    steps: NDArray[np.bool_] | None = None,
    slopes: Slopes | None = None,
    slowdowns: Sequence[Slowdown] = (),
    crossing_s: Floats | None = None,
) -> tuple[Ints, Ints, tuple[Part, ...]]:
    """Add up the time on every edge, both ways, and keep its parts.

    The time on flat ground is multiplied by the pace on the slope, then by every penalty in
    turn (``1 + share × (factor - 1)``); crossings are added last.  Every sum is rounded to
    whole milliseconds and is at least 1, so that parts add up to the time exactly.

    Parameters
    ----------
    flat_ms
        Time on flat ground (n).
    steps
        Where there are steps (n).
    slopes
        What the ground does to every edge.
    slowdowns
        What multiplies the time, in turn.
    crossing_s
        Seconds for crossings that every edge is charged, the same both ways (n).

    Returns
    -------
    time_ms, back_ms
        Whole milliseconds from ``u`` to ``v``, and back (n each).
    parts
        Those that are not 0 everywhere.

    Examples
    --------
    >>> dark = Slowdown("unlit", "Unlit", 1.5, np.array([0.0, 0.5]))
    >>> there, back, parts = time_edges(np.array([60_000, 60_000]), slowdowns=[dark])
    >>> there.tolist(), parts[0].ms.tolist()
    ([60000, 75000], [0, 15000])
    """
    paces = (slopes.pace, slopes.pace_back) if slopes is not None else (1.0, 1.0)
    (time_ms, there), (back_ms, back) = (
        _one_way(flat_ms, pace, slowdowns, crossing_s) for pace in paces
    )
    names = [("slope", "slope"), *((one.name, one.title) for one in slowdowns)]
    names.append(("crossings", "crossings"))
    parts = [
        Part(name, title, ms, back_part)
        for (name, title), ms, back_part in zip(names, there, back, strict=True)
    ]
    if steps is not None:
        on_steps = np.where(steps, flat_ms, 0)
        parts.insert(0, Part("steps", "steps", on_steps, on_steps))
    used = tuple(one for one in parts if one.ms.any() or one.back_ms.any())
    return time_ms, back_ms, used


def _one_way(
    flat_ms: Ints, pace: Any, slowdowns: Sequence[Slowdown], crossing_s: Floats | None
) -> tuple[Ints, list[Ints]]:
    """Give the whole time, and what each step adds to the one before."""
    time = flat_ms * pace
    sums = [flat_ms, _whole(time)]
    for one in slowdowns:
        time = time * (1 + one.share * (one.factor - 1))
        sums.append(_whole(time))
    sums.append(_whole(time + (0.0 if crossing_s is None else crossing_s * 1000)))
    return sums[-1], [after - before for before, after in pairwise(sums)]


def _whole(time: Floats) -> Ints:
    return np.maximum(np.rint(time), 1).astype(np.int64)
