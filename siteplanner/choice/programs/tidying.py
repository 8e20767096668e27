"""The last touches on a set of sites: nothing useless, ties as promised, in order of gain."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from siteplanner.choice.programs.flows import share_out
from siteplanner.choice.rules.search import PASSES, Field, Ground
from siteplanner.choice.solution import Floats, Ints, Rules

SAME = 1e-9
"""Amounts this close, as a share, are the same."""
LEAST_PERCENT = 0.01
"""Percentages below this are written as this."""
WHOLE_PERCENT = 10
"""Percentages from here on are written as whole ones."""


def preferred(
    field: Field,
    ground: Ground,
    sites: Ints,
    score: Floats,
    *,
    least: float | None = None,
    price: Floats | None = None,
) -> Ints:
    """Give the set, among equally good ones next to it, that ties prefer.

    A site that adds nothing and that no rule needs is left out, the lowest score first.  Then
    each site gives way to one that does as well and has a higher score or, with the same score,
    a lower number.

    Parameters
    ----------
    field
        What demand gets from sites.
    ground
        The rules.
    sites
        Site numbers.
    score
        One number a site.
    least
        Demand that the set must serve; by default what it serves now.
    price
        What a site costs; no dearer one takes its place.

    Returns
    -------
    Site numbers, sorted.
    """
    total = len(field.columns.data) * (field.backup + 1)
    if total * len(sites) * len(sites) > PASSES:
        return np.sort(sites)
    value = field.worth(field.of(sites)) if least is None else least
    slack = SAME * max(1.0, value)
    x = np.zeros(field.columns.shape[1])
    x[sites] = 1.0
    for site in sorted(sites.tolist(), key=lambda one: (score[one], -one)):
        if ground.lower[site] < 1:
            x[site] = 0.0
            enough = field.worth(field.of(np.flatnonzero(x))) >= value - slack
            if not (enough and ground.rows.hold(x)):
                x[site] = 1.0
    changed = True
    while changed:
        changed = False
        for site in np.flatnonzero((x > 0) & (ground.lower < 1)):
            x[site] = 0.0
            top = field.of(np.flatnonzero(x))
            ahead = (score > score[site]) | ((score == score[site]) & (np.arange(len(x)) < site))
            as_good = field.gains(top) >= value - field.worth(top) - slack
            if price is not None:
                as_good &= price <= price[site]
            able = np.flatnonzero(ahead & as_good & ground.open_to(x))
            for other in able[np.lexsort((able, -score[able]))]:
                x[other] = 1.0
                if ground.rows.hold(x):
                    changed = True
                    break
                x[other] = 0.0
            if changed:
                break
            x[site] = 1.0
    return np.flatnonzero(x)


def in_order(field: Field, sites: Ints, fixed: Ints, score: Floats) -> tuple[Ints, Floats]:
    """Order a set: fixed sites first, then each time the one that adds most.

    Returns
    -------
    The sites, and what each adds in that order; the sum is what the set comes to.

    Examples
    --------
    >>> reach = sparse.csc_array(np.array([[1.0, 1.0], [0.0, 1.0]]))
    >>> field = Field(reach, np.array([5.0, 4.0]), np.zeros(2))
    >>> in_order(field, np.array([0, 1]), np.empty(0, dtype=int), np.zeros(2))
    (array([1, 0]), array([9., 0.]))
    """
    chosen = sparse.csc_array(field.columns[:, sites])
    own = Field(chosen, field.demand, field.served, field.backup)
    left = dict.fromkeys(range(len(sites)))
    place = {int(site): number for number, site in enumerate(sites)}
    order, gains = [], []
    top = own.nothing()
    for step in range(len(sites)):
        if step < len(fixed):
            best = place[int(fixed[step])]
        else:
            more, hope = own.gains(top), own.gains(top, hopeful=True)
            best = min(
                left, key=lambda one: (-more[one], -hope[one], -score[sites[one]], sites[one])
            )
        before = own.worth(top)
        top = own.added(top, best)
        order.append(int(sites[best]))
        gains.append(own.worth(top) - before)
        del left[best]
    return np.array(order, dtype=np.int64), np.array(gains)


def in_order_within(
    reach: sparse.csr_array, demand: Floats, rules: Rules, sites: Ints, score: Floats
) -> tuple[Ints, Floats]:
    """Order a set under capacity: fixed sites first, then each time the one that adds most.

    What a site adds can only shrink while others are added, so a site whose old gain is below
    the best new one need not be looked at again.

    References
    ----------
    Minoux, M. (1978). Accelerated greedy algorithms for maximizing submodular set functions.
    Optimization Techniques, Springer, 234-243.
    """
    order = [int(site) for site in rules.fixed]
    values = [0.0]
    for number in range(len(order)):
        values.append(share_out(reach, demand, rules, np.array(order[: number + 1]))[0])
    left = {int(site): np.inf for site in sites if int(site) not in order}
    while left:
        fresh: set[int] = set()
        while True:
            best = min(left, key=lambda one: (-left[one], -score[one], one))
            if best in fresh:
                break
            with_it = share_out(reach, demand, rules, np.array([*order, best]))[0]
            left[best] = round(with_it - values[-1], 9)
            fresh.add(best)
        order.append(best)
        values.append(values[-1] + left.pop(best))
    return np.array(order, dtype=np.int64), np.diff(values)


def best_site(columns: sparse.csc_array, sites: Ints) -> Ints:
    """Give the chosen site that reaches each point best; the first one of equals, -1 for none.

    Examples
    --------
    >>> best_site(sparse.csc_array(np.array([[0.5, 1.0], [1.0, 1.0], [0, 0]])), np.array([0, 1]))
    array([ 1,  0, -1])
    """
    best = np.zeros(columns.shape[0])
    assignment = np.full(len(best), -1, dtype=np.int64)
    for site in sites:
        rows = slice(columns.indptr[site], columns.indptr[site + 1])
        better = columns.data[rows] > best[columns.indices[rows]]
        points = columns.indices[rows][better]
        best[points] = columns.data[rows][better]
        assignment[points] = site
    return assignment


def worded(objective: float, bound: float, *, proven: bool, stopped: bool) -> str:
    """Say how good a set is, and how that is known.

    Examples
    --------
    >>> worded(100.0, 102.0, proven=False, stopped=False)
    'found by a search within the rules; no set that keeps to them is more than 2 % better'
    >>> worded(1.0, 2.5, proven=False, stopped=False)[-17:]
    'than 150 % better'
    """
    cut = ", cut short by the time limit" if stopped else ""
    if proven:
        return f"the best of all sets that keep to the rules, proven by an exact search{cut}"
    if objective <= 0 or not np.isfinite(bound):
        return f"found by a search within the rules{cut}; how far from the best is not known"
    gap = 100 * abs(bound - objective) / abs(objective)
    return (
        f"found by a search within the rules{cut}; no set that keeps to them is more than "
        f"{_percent(gap)} better"
    )


def _percent(share: float) -> str:
    """Write a percentage without exponents: two digits, or whole."""
    if share < LEAST_PERCENT:
        return f"{LEAST_PERCENT:g} %"
    return f"{share:.2g} %" if share < WHOLE_PERCENT else f"{share:,.0f} %"
