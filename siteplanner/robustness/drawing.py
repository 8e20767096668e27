"""Weightings of a scenario's criteria: drawn level by level where they nest in groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.model import Group
from siteplanner.model.criterion import Criteria
from siteplanner.model.criterion import names as names_of
from siteplanner.robustness.nesting import Floats, nest, taking_part
from siteplanner.robustness.weights import around, ordered, within

WHERE = "weights"
Limits = Mapping[str, tuple[float, float]]
Orders = Sequence[Sequence[str]]


def draw(
    criteria: Criteria,
    count: int,
    *,
    seed: int = 0,
    spread: float | None = None,
    limits: Limits | None = None,
    orders: Orders | None = None,
) -> pd.DataFrame:
    """Draw weightings of a scenario's criteria, level by level.

    Without ``spread``, ``limits`` and ``orders`` every weighting is as likely as any other, in
    each group and among the groups.  A criterion without data, or with a weight of 0, stays
    out.

    Parameters
    ----------
    criteria
        The tree of criteria and groups.
    count
        Weightings.
    seed
        The same seed gives the same weightings.
    spread
        Draw around the weights of the scenario: standard deviation as a share of the weight.
    limits
        Name of a criterion or group to its smallest and largest share (0 to 1) among its
        neighbours; others are free.
    orders
        Names of neighbours, the one that matters most first.

    Returns
    -------
    A row per ``draw`` and a column per criterion that takes part: shares of the whole.

    Raises
    ------
    InputError
        If a name is not known, an order mixes levels, or no weighting keeps to the limits; all
        problems at once.
    ValueError
        If more than one of ``spread``, ``limits`` and ``orders`` is given, or nothing weighs.

    Examples
    --------
    >>> from siteplanner.model import Criterion
    >>> ends = {"zero_at": 0, "full_at": 1}
    >>> criteria = {"poverty": Criterion(**ends), "density": Criterion(**ends)}
    >>> drawn = draw(criteria, 1000, orders=[["poverty", "density"]])
    >>> bool((drawn["poverty"] >= drawn["density"]).all())
    True
    """
    if sum(one is not None for one in (spread, limits, orders)) > 1:
        msg = "give one of spread, limits and orders"
        raise ValueError(msg)
    nesting = nest(criteria)
    problems = _problems(criteria, limits or {}, orders or ())
    if problems:
        raise InputError(problems)
    rng = np.random.default_rng(seed)
    asked = {"spread": spread, "limits": limits or {}, "orders": orders or ()}
    shares = _levels(criteria, np.ones(count), asked, rng)
    table = pd.DataFrame(shares, columns=list(nesting.names))
    return table.rename_axis("draw").rename_axis("criterion", axis="columns")


def _levels(
    criteria: Criteria, above: Floats, asked: dict[str, Any], rng: np.random.Generator
) -> dict[str, Floats]:
    siblings = taking_part(criteria)
    names, count = list(siblings), len(above)
    at = {name: number for number, name in enumerate(names)}
    orders = [
        np.array([at[name] for name in one]) for one in asked["orders"] if set(one) <= set(names)
    ]
    limits = {name: ends for name, ends in asked["limits"].items() if name in at}
    if asked["spread"] is not None:
        given = np.array([one.weight for one in siblings.values()])
        drawn = around(given, asked["spread"], count, rng)
    elif limits:
        ends = np.array([limits.get(name, (0.0, 1.0)) for name in names], dtype=np.float64)
        drawn = within(ends[:, 0], ends[:, 1], count, rng)
    else:
        drawn = ordered(orders, count, len(names), rng)
    found: dict[str, Floats] = {}
    for name, one in siblings.items():
        mine = above * drawn[:, at[name]]
        if isinstance(one, Group):
            found |= _levels(one.criteria, mine, asked, rng)
        else:
            found[name] = mine
    return found


def _problems(criteria: Criteria, limits: Limits, orders: Orders) -> list[Problem]:
    levels = list(_siblings(criteria))
    home = {name: number for number, names in enumerate(levels) for name in names}
    named = [*limits, *(name for one in orders for name in one)]
    known = list(names_of(criteria))
    found = []
    for name in dict.fromkeys(named):
        if name not in known:
            todo = nearest_names(name, home)
            found.append(Problem(WHERE, name, "there is no such criterion or group", todo))
        elif name not in home:
            found.append(Problem(WHERE, name, "it has no data or no weight", "leave it out"))
        elif named.count(name) > 1:
            found.append(Problem(WHERE, name, "it is named more than once", "name it once"))
    for one in orders:
        if len({home[name] for name in one if name in home}) > 1:
            said = " ≥ ".join(one)
            todo = "compare criteria of the same group, or groups that stand side by side"
            found.append(Problem(WHERE, said, "these are not neighbours", todo))
    wrong = {
        name for name, (low, high) in limits.items() if name in home and not 0 <= low <= high <= 1
    }
    for name in sorted(wrong):
        low, high = limits[name]
        said = f"found an interval from {low:g} to {high:g}"
        found.append(Problem(WHERE, name, said, "write shares between 0 and 1, the smaller first"))
    for names in levels:
        ends = [limits.get(name, (0.0, 1.0)) for name in names]
        low, high = sum(one[0] for one in ends), sum(one[1] for one in ends)
        if not wrong & set(names) and (low > 1 + 1e-12 or high < 1 - 1e-12):
            said = f"the lower ends add up to {100 * low:.4g} %, "
            said += f"the upper ends to {100 * high:.4g} %"
            todo = "widen them: weights that keep to all of them have to add up to 100 %"
            found.append(Problem(WHERE, ", ".join(names), said, todo))
    return found


def _siblings(criteria: Criteria) -> Iterator[list[str]]:
    inside = taking_part(criteria)
    yield list(inside)
    for one in inside.values():
        if isinstance(one, Group):
            yield from _siblings(one.criteria)
