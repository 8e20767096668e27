"""Phases: the best order in which sets can grow, and what it costs that they must.

Whoever builds five places now and ten in all cannot move the five.  The best ten need not hold
the best five: a nested sequence gives something up in some phase.  Here that is the `regret`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from siteplanner.choice.solution import Ints, Rules, Solution

Solve = Callable[[int, Rules], Solution]
"""Finds a set of so many sites within rules."""


@dataclass(frozen=True)
class Nested:
    """A growing set, phase by phase, beside the best set of each size alone.

    Parameters
    ----------
    nested
        The set of each phase; each holds the one before it.
    alone
        The best set found of each size, free of the other phases; its bound holds for the
        nested set too.
    regret
        Of each phase: the share of what the best set alone comes to that nesting gives up;
        0 where it costs nothing, NaN where no set keeps to the rules.
    start
        The phase that was solved first; the others were fitted around it.
    """

    nested: tuple[Solution, ...]
    alone: tuple[Solution, ...]
    regret: tuple[float, ...]
    start: int


def grow(
    solve: Solve, counts: Sequence[int], sites: int, rules: Rules, *, minimise: bool = False
) -> Nested:
    """Find the nested sequence of sets that gives up least, on average over the phases.

    Every phase in turn is solved alone; later phases are grown from it and earlier ones are
    picked out of it.  The sequence with the smallest mean regret wins; of equal ones that
    which starts from the earliest phase.

    Parameters
    ----------
    solve
        Finds a set of so many sites within rules.
    counts
        Sites in all at the end of each phase, rising.
    sites
        Number of sites there are.
    rules
        What binds in every phase.  Where more sites are fixed than an early phase holds,
        that phase takes the first of them.  What districts ask for binds in the last phase:
        an early one cannot be everywhere yet.
    minimise
        Whether less is better.

    Returns
    -------
    The sequence.

    References
    ----------
    Nested sequences of location problems: Roodman, G. and Schwarz, L. (1975), Optimal and
    heuristic facility phase-out strategies, AIIE Transactions 7, 177-184.

    Examples
    --------
    >>> from scipy import sparse
    >>> from siteplanner.choice import max_cover
    >>> reach = sparse.csr_array(np.array([[1, 0, 1], [1, 0, 0], [0, 1, 0], [0, 1, 1]]))
    >>> def solve(count, rules):
    ...     return max_cover(reach, np.array([3.0, 2.0, 2.0, 3.0]), count, rules=rules)
    >>> found = grow(solve, [1, 2], 3, Rules())
    >>> [one.sites.tolist() for one in found.nested], found.regret
    ([[0], [0, 1]], (0.16666666666666666, 0.0))
    """
    lists = [
        replace(rules, fixed=rules.fixed[:count], districts=rules.districts if last else None)
        for count, last in zip(counts, [False] * (len(counts) - 1) + [True], strict=True)
    ]
    alone = [solve(count, own) for count, own in zip(counts, lists, strict=True)]
    best: Nested | None = None
    for start in range(len(counts)):
        nested = _around(solve, counts, sites, lists, alone, start)
        alone = [_better(a, b, minimise) for a, b in zip(alone, nested, strict=True)]
        regret = tuple(_regret(a, b) for a, b in zip(nested, alone, strict=True))
        if best is None or _is_less(_cost(regret), _cost(best.regret)):
            best = Nested(tuple(nested), tuple(alone), regret, start)
    if best is None:
        msg = "there is no phase; give at least one count"
        raise ValueError(msg)
    regret = tuple(_regret(a, b) for a, b in zip(best.nested, alone, strict=True))
    bounded = tuple(_bounded(a, b) for a, b in zip(best.nested, alone, strict=True))
    return Nested(bounded, tuple(alone), regret, best.start)


def order_of(sequence: Nested) -> Ints:
    """Give the sites of the last phase in the order in which the phases bring them.

    Examples
    --------
    >>> def set_of(*sites):
    ...     return Solution(np.array(sites), 1.0, np.ones(len(sites)), 1.0, True, "")
    >>> both = (set_of(2), set_of(0, 2))
    >>> order_of(Nested(both, both, (0.0, 0.0), 0)).tolist()
    [2, 0]
    """
    order: list[int] = []
    for one in sequence.nested:
        known = set(order)
        order += [site for site in one.sites.tolist() if site not in known]
    return np.array(order, dtype=np.int64)


def _around(
    solve: Solve,
    counts: Sequence[int],
    sites: int,
    lists: Sequence[Rules],
    alone: Sequence[Solution],
    start: int,
) -> list[Solution]:
    """Solve one phase alone, pick the earlier ones out of it, and grow the later ones."""
    nested = {start: alone[start]}
    for phase in range(start - 1, -1, -1):
        outside = np.setdiff1d(np.arange(sites), nested[phase + 1].sites)
        own = lists[phase]
        barred = np.union1d(own.barred, np.setdiff1d(outside, own.fixed))
        nested[phase] = solve(counts[phase], replace(own, barred=barred.astype(np.int64)))
    for phase in range(start + 1, len(counts)):
        own, before = lists[phase], nested[phase - 1].sites
        more = own.fixed[~np.isin(own.fixed, before)]
        fixed = np.concatenate([before, more]).astype(np.int64)
        nested[phase] = solve(counts[phase], replace(own, fixed=fixed))
    return [nested[phase] for phase in range(len(counts))]


def _better(one: Solution, other: Solution, minimise: bool) -> Solution:
    """Keep the better of two sets of one size, with the bound of the first."""
    if other.infeasible:
        return one
    if one.infeasible:
        return other
    sign = -1.0 if minimise else 1.0
    if sign * other.objective <= sign * one.objective:
        return one
    return _bounded(other, one)


def _bounded(nested: Solution, alone: Solution) -> Solution:
    """Give a nested set the bound of its size: the nested one's own is of narrower rules."""
    if nested.infeasible:
        return nested
    proven = abs(alone.bound - nested.objective) <= 1e-9 * max(1.0, abs(nested.objective))
    return replace(nested, bound=alone.bound, proven=proven)


def _regret(nested: Solution, alone: Solution) -> float:
    if nested.infeasible or alone.infeasible:
        return float("nan")
    if alone.objective == 0:
        return 0.0
    return abs(alone.objective - nested.objective) / abs(alone.objective)


def _cost(regret: tuple[float, ...]) -> tuple[int, float]:
    """Count the phases without a set, and give the mean regret of the others."""
    known = [one for one in regret if not np.isnan(one)]
    return len(regret) - len(known), float(np.mean(known)) if known else 0.0


def _is_less(one: tuple[int, float], other: tuple[int, float]) -> bool:
    return one[0] < other[0] or (one[0] == other[0] and one[1] < other[1] - 1e-12)
