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
from siteplanner.choice.rules.rows import conflicts, limits_of, most_money
from siteplanner.choice.solution import Ints, amount

SERVING_ALL = "serving everybody"
"""What a share of all demand is called, beside other rules."""
LARGEST = 64
"""Times a capacity beyond which no more is asked whether it would do."""


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
    found = _found(asked)
    return tuple(dict.fromkeys(found)) or ("The rules contradict each other.",)


def _found(asked: Asked) -> list[str]:
    dear, free = _dear_fixed(asked), _without(asked, "the budget")
    if dear and free.solved().infeasible:
        return dear + _found(free)
    found = _short_districts(asked) + _out_of_reach(asked)
    for change in _CHANGES.values():
        found += change(asked)
    found += _smaller_share(asked)
    return found or _pairs_of_rules(asked)


def _dear_fixed(asked: Asked) -> list[str]:
    """Say that the fixed sites alone cost more than the budget."""
    rules, most = asked.rules, most_money(asked.rules)
    if most is None or rules.site_cost is None or rules.site_cost[rules.fixed].sum() <= most:
        return []
    alone = amount(float(rules.site_cost[rules.fixed].sum()))
    return [f"The fixed sites alone cost {alone}, the budget is {amount(rules.budget or 0.0)}."]


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
            name = asked.rules.called.district(number)
            asks = f"{name[0].upper()}{name[1:]} asks for {_sites(int(least))}"
            found.append(f"{asks}, but only {there} may be chosen there.")
    return found


def _districts_need(asked: Asked) -> tuple[int, str]:
    """Count the sites that districts and fixed sites need, and say so where count is fewer."""
    if asked.rules.districts is None or asked.count is None or _short_districts(asked):
        return 0, ""
    district, minimum = asked.rules.districts
    standing = asked.rules.called.standing
    asks = int(minimum[_wanting(asked)].sum())
    outside = ~np.isin(district[asked.rules.fixed], np.flatnonzero(minimum > 0))
    need = int(np.maximum(minimum, 0).sum()) + int(outside.sum())
    if need <= asked.count:
        return 0, ""
    other = need - asks - standing
    more = f" and {_sites(other)} elsewhere {_are(other)} fixed" if other else ""
    count = asked.count - standing
    return need, f"The districts ask for {_sites(asks)}{more}, count is {count}: {need - standing}"


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
    let_in = f" unless {asked.rules.called.barred} sites are let in"
    for mask, barred in ((by_none, ""), (by_barred, let_in)):
        points = np.flatnonzero(mask)
        if len(points):
            much = asked.rules.called.much(float(asked.demand[points].sum()) / asked.unit)
            found.append(f"{few} {_points(asked, points)} ({much}){barred}.")
    return found


def _count(asked: Asked) -> list[str]:
    if asked.count is None:
        return []
    need, said = _districts_need(asked)
    free = replace(asked, count=None, exactly=False)
    solved = free.solved(price=np.ones(asked.sites))
    if not len(solved.x):
        return [f"{said} would do for the districts."] if said else []
    least, standing = round(solved.objective), asked.rules.called.standing
    if said and least == need:
        return [f"{said} would do."]
    found = [f"{said} would do for the districts."] if said else []
    if least > asked.count:
        count = asked.count - standing
        said = f"The count of {count} is too small: {_sites(least - standing)} would do."
        return [*found, said]
    if not asked.exactly:
        return []
    most = free.solved(price=-np.ones(asked.sites))
    largest = -round(most.objective) if len(most.x) else asked.count
    if largest < asked.count:
        count, most_new = asked.count - standing, largest - standing
        return [f"No {_sites(count)} keep to everything else: {most_new} is the most."]
    return []


def _budget(asked: Asked) -> list[str]:
    rules, most = asked.rules, most_money(asked.rules)
    if most is None or rules.budget is None or rules.site_cost is None:
        return []
    alone = float(rules.site_cost[rules.fixed].sum())
    solved = _without(asked, "the budget").solved(price=rules.site_cost)
    least = float(rules.site_cost @ np.round(solved.x[: asked.sites])) if len(solved.x) else 0.0
    if least <= most:
        return []
    fixed = f"; the fixed sites alone cost {amount(alone)}" if alone > most else ""
    small = f"The budget of {amount(rules.budget)} is too small"
    return [
        f"{small}: the cheapest set that keeps to everything else costs {amount(least)}{fixed}."
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
    wanting = _wanting(asked)
    if rules.districts is None or not len(wanting):
        return []
    district, minimum = rules.districts
    if not _without(asked, "the districts").holds():
        return []
    for number in wanting:
        for less in range(1, int(minimum[number]) + 1):
            own = minimum.copy()
            own[number] -= less
            if replace(asked, rules=replace(rules, districts=(district, own))).holds():
                return [
                    f"The districts ask for too much: {_times(less, 'site')} fewer in "
                    f"{rules.called.district(number)} would do."
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
    names = rules.called.sites
    who = listed([names[one] for one in needed] if names else needed, "site")
    return [f"With {rules.called.barred} {who} let in there is a set."] if len(needed) else []


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
    called, wanted = asked.rules.called, _percent(asked.share)
    most = f"At most {_percent(share)} of the {called.demand} can be served"
    return [f"{most}, {wanted} is asked for{called.help(share)}."]


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
    if name in ("the share", SERVING_ALL):
        return replace(asked, share=0.0)
    changed: dict[str, dict[str, Any]] = {
        "the budget": {"budget": None},
        "the spacing": {"min_spacing": None},
        "the districts": {"districts": _standing_only(asked)},
        "the capacities": {"capacity": None, "load": None},
        "the backup": {"backup": 0},
        "the barred sites": {"barred": np.empty(0, dtype=np.int64)},
    }
    return replace(asked, rules=replace(rules, **changed[name]))


def _pairs_of_rules(asked: Asked) -> list[str]:
    """Pairs of rules of which neither alone is to blame."""
    names = [*_CHANGES]
    if asked.reach is not None:
        names.append(SERVING_ALL if asked.share >= 1 else "the share")
    for one, other in itertools.combinations(names, 2):
        if _without(_without(asked, one), other).holds():
            return [f"No single rule is to blame: {one} and {other} together leave no set."]
    return ["More than two rules together leave no set."]


def _wanting(asked: Asked) -> Ints:
    """Give the numbers of the districts that somebody asked a site for."""
    numbers: Any = (
        [] if asked.rules.districts is None else np.flatnonzero(asked.rules.districts[1] > 0)
    )
    names = asked.rules.called.districts
    return np.array([one for one in numbers if not names or names[one]], dtype=np.int64)


def _standing_only(asked: Asked) -> tuple[Ints, Ints] | None:
    """Let go what districts ask for; places that stand must still take one of their sizes."""
    if asked.rules.districts is None or not asked.rules.called.standing:
        return None
    district, minimum = asked.rules.districts
    asked_for = np.isin(np.arange(len(minimum)), _wanting(asked))
    return district, np.where(asked_for, 0, minimum)


def _points(asked: Asked, numbers: Ints) -> str:
    names = asked.rules.called.points
    return listed([names[one] for one in numbers], "cell") if names else listed(numbers)


def _sites(number: int) -> str:
    return _times(number, "site")


def _times(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"
