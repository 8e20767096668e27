"""Why no set of sites keeps to the rules, and the smallest change that would help."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse

from siteplanner.choice.programs.asking import Asked, full_only
from siteplanner.choice.rules.checking import listed
from siteplanner.choice.rules.rows import conflicts, limits_of
from siteplanner.choice.solution import Ints, Solution

METHOD = "no set of sites keeps to all the rules"
LARGEST = 64
"""Times a capacity beyond which no more is asked whether it would do."""


def no_set(asked: Asked) -> Solution:
    """Give the answer that there is no set, with its reasons."""
    return replace(_nothing(), infeasible=reasons(asked))


def not_found() -> Solution:
    """Give the answer that the search ended before it knew whether there is a set."""
    return replace(
        _nothing(),
        proven=False,
        method="the search ended before it found a set that keeps to the rules",
        infeasible=("No set was found within the work allowed; there may be one.",),
    )


def _nothing() -> Solution:
    return Solution(
        sites=np.empty(0, dtype=np.int64),
        objective=float("nan"),
        gains=np.empty(0),
        bound=float("nan"),
        proven=True,
        method=METHOD,
    )


def reasons(asked: Asked) -> tuple[str, ...]:
    """Say why no set keeps to all rules, and what change would help.

    First what no set at all can do: points that no site reaches, districts with too few sites.
    Then each rule in turn is let go: where a set then exists, the smallest change of that rule
    is looked for.  Where no single rule is to blame, pairs of rules are let go.

    Parameters
    ----------
    asked
        The rules, and what demand must be served.

    Returns
    -------
    At least one sentence.

    Examples
    --------
    >>> from siteplanner.choice.solution import Rules
    >>> rules = Rules(site_cost=np.array([5.0, 8.0]), budget=4.0,
    ...               districts=(np.array([0, 0]), np.array([1])))
    >>> reasons(Asked(rules, sites=2, count=1))[0]
    'The budget of 4 is too small: the cheapest set that keeps to everything else costs 5.'
    """  # fmt: skip
    found = _short_districts(asked) + _out_of_reach(asked)
    for change in _CHANGES.values():
        found += change(asked)
    found += _smaller_share(asked)
    if not found:
        found = _pairs_of_rules(asked)
    return tuple(dict.fromkeys(found)) or ("The rules contradict each other.",)


def _short_districts(asked: Asked) -> list[str]:
    """Districts that ask for more sites than may be chosen there."""
    if asked.rules.districts is None:
        return []
    district, minimum = asked.rules.districts
    upper = limits_of(asked.rules, asked.sites)[1]
    found = []
    for number, least in enumerate(minimum):
        there = int((upper[district == number] > 0).sum())
        if there < least:
            found.append(
                f"District {number} asks for {_sites(int(least))}, but only {there} may be chosen "
                "there."
            )
    asks = int(np.maximum(minimum, 0).sum())
    if asked.count is not None and not found:
        outside = int((~np.isin(district[asked.rules.fixed], np.flatnonzero(minimum > 0))).sum())
        if asks + outside > asked.count:
            more = f" and {_sites(outside)} elsewhere {_are(outside)} fixed" if outside else ""
            found.append(
                f"The districts ask for {_sites(asks)}{more}, count is {asked.count}: "
                f"{asks + outside} would do for the districts."
            )
    return found


def _out_of_reach(asked: Asked) -> list[str]:
    """Points that too few sites reach, whichever are chosen."""
    if asked.reach is None or asked.demand is None or asked.share < 1:
        return []
    whole = asked.reach if asked.rules.capacity is not None else full_only(asked.reach)
    pattern = sparse.csr_array(whole, copy=True)
    pattern.data = (pattern.data > 0).astype(float)
    upper = limits_of(asked.rules, asked.sites)[1]
    times = asked.rules.backup + 1
    found = []
    now = np.asarray(pattern @ (upper > 0))
    ever = np.asarray(pattern @ np.ones(asked.sites))
    by_none = (asked.demand > 0) & (ever < times)
    by_barred = (asked.demand > 0) & (now < times) & ~by_none
    few = "No site reaches" if times == 1 else f"Fewer than {times} sites reach"
    for mask, barred in ((by_none, ""), (by_barred, " unless barred sites are let in")):
        points = np.flatnonzero(mask)
        if len(points):
            amount = asked.demand[points].sum()
            found.append(f"{few} {listed(points)} (demand {amount:,.6g}){barred}.")
    return found


def _count(asked: Asked) -> list[str]:
    if asked.count is None:
        return []
    free = replace(asked, count=None, exactly=False)
    solved = free.solved(price=np.ones(asked.sites))
    if not len(solved.x):
        return []
    least = round(solved.objective)
    if least > asked.count:
        return [f"The count of {asked.count} is too small: {_sites(least)} would do."]
    if not asked.exactly:
        return []
    most = free.solved(price=-np.ones(asked.sites))
    largest = -round(most.objective)
    if largest < asked.count:
        return [f"No {_sites(asked.count)} keep to everything else: {largest} is the most."]
    return []


def _budget(asked: Asked) -> list[str]:
    rules = asked.rules
    if rules.budget is None or rules.site_cost is None:
        return []
    alone = float(rules.site_cost[rules.fixed].sum())
    free = replace(asked, rules=replace(rules, budget=None))
    solved = free.solved(price=rules.site_cost)
    if not len(solved.x) or solved.objective <= rules.budget:
        return []
    least = float(rules.site_cost @ np.round(solved.x[: asked.sites]))
    fixed = f"; the fixed sites alone cost {alone:,.6g}" if alone > rules.budget else ""
    return [
        f"The budget of {rules.budget:,.6g} is too small: the cheapest set that keeps to "
        f"everything else costs {least:,.6g}{fixed}."
    ]


def _spacing(asked: Asked) -> list[str]:
    rules = asked.rules
    if rules.min_spacing is None:
        return []
    free = replace(asked, rules=replace(rules, min_spacing=None))
    solved = free.solved()
    if not len(solved.x):
        return []
    chosen = np.flatnonzero(np.round(solved.x[: asked.sites]))
    near = sparse.csr_array(conflicts(rules, asked.sites)[chosen][:, chosen])
    pairs = near.nnz // 2
    return [
        "The spacing between sites leaves no set; without it there is one, for example with "
        f"{_times(pairs, 'pair')} of sites too near each other."
    ]


def _districts(asked: Asked) -> list[str]:
    rules = asked.rules
    if rules.districts is None or not (rules.districts[1] > 0).any():
        return []
    district, minimum = rules.districts
    if not replace(asked, rules=replace(rules, districts=None)).holds():
        return []
    for number in np.flatnonzero(minimum > 0):
        for less in range(1, int(minimum[number]) + 1):
            own = minimum.copy()
            own[number] -= less
            if replace(asked, rules=replace(rules, districts=(district, own))).holds():
                return [
                    f"The districts ask for too much: {_times(less, 'site')} fewer in district "
                    f"{number} would do."
                ]
    return ["The districts ask for too much: without their smallest numbers there is a set."]


def _capacity(asked: Asked) -> list[str]:
    rules, capacity = asked.rules, asked.rules.capacity
    if capacity is None or asked.reach is None:
        return []
    free = replace(asked, rules=replace(rules, capacity=None, load=None))
    if not free.holds():
        return []

    def would_do(factor: float) -> bool:
        more = replace(rules, capacity=capacity * factor)
        return replace(asked, rules=more).holds()

    low, high = 1.0, 2.0
    while not would_do(high):
        low, high = high, 2 * high
        if high > LARGEST:
            return ["The sites take too little: without capacities there is a set."]
    while high - low > 0.01 * low:
        middle = (low + high) / 2
        low, high = (low, middle) if would_do(middle) else (middle, high)
    return [f"The sites take too little: {high:.3g} times their capacity would do."]


def _backup(asked: Asked) -> list[str]:
    rules = asked.rules
    for backup in range(rules.backup - 1, -1, -1):
        if replace(asked, rules=replace(rules, backup=backup)).holds():
            return [f"A backup of {rules.backup} is too much: {backup} would do."]
    return []


def _barred(asked: Asked) -> list[str]:
    rules = asked.rules
    if not len(rules.barred):
        return []
    free = replace(asked, rules=replace(rules, barred=np.empty(0, dtype=np.int64)))
    price = np.zeros(asked.sites)
    price[rules.barred] = 1.0
    solved = free.solved(price=price)
    if not len(solved.x):
        return []
    needed: Ints = np.flatnonzero(np.round(solved.x[: asked.sites]) * price)
    return [f"With barred {listed(needed, 'site')} let in there is a set."] if len(needed) else []


def _smaller_share(asked: Asked) -> list[str]:
    if asked.reach is None or asked.total <= 0:
        return []
    solved = replace(asked, share=0.0).solved(most=True)
    if not len(solved.x):
        return []
    block = asked.block(countable=True)
    served = solved.objective + (0.0 if block is None else block.constant)
    share = served / asked.total
    if share >= asked.share:
        return []
    return [
        f"At most {_percent(share)} of the demand can be served, {_percent(asked.share)} is "
        "asked for."
    ]


_CHANGES: dict[str, Callable[[Asked], list[str]]] = {
    "the count": _count,
    "the budget": _budget,
    "the spacing": _spacing,
    "the districts": _districts,
    "the capacities": _capacity,
    "the backup": _backup,
    "the barred sites": _barred,
}


def _without(asked: Asked, name: str) -> Asked:
    rules = asked.rules
    if name == "the count":
        return replace(asked, count=None, exactly=False)
    changed: dict[str, dict[str, Any]] = {
        "the budget": {"budget": None},
        "the spacing": {"min_spacing": None},
        "the districts": {"districts": None},
        "the capacities": {"capacity": None, "load": None},
        "the backup": {"backup": 0},
        "the barred sites": {"barred": np.empty(0, dtype=np.int64)},
    }
    return replace(asked, rules=replace(rules, **changed[name]))


def _pairs_of_rules(asked: Asked) -> list[str]:
    """Pairs of rules of which neither alone is to blame."""
    for one, other in itertools.combinations(_CHANGES, 2):
        if _without(_without(asked, one), other).holds():
            return [f"No single rule is to blame: {one} and {other} together leave no set."]
    return ["More than two rules together leave no set."]


def _sites(number: int) -> str:
    return _times(number, "site")


def _times(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"
