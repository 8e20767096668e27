"""The p-center: sites from which nobody has far to go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from siteplanner.choice.medians.case import Case, case_of, no_answer
from siteplanner.choice.medians.center_capacity import ReachAllWithin
from siteplanner.choice.medians.costs import cheapest, costs_of, table_of
from siteplanner.choice.medians.reach_all import ReachAll
from siteplanner.choice.programs.flows import main_site
from siteplanner.choice.programs.optima import all_optima
from siteplanner.choice.programs.tidying import worded
from siteplanner.choice.rules.brake import Brake
from siteplanner.choice.rules.checking import (
    insist,
    wrong_amounts,
    wrong_cost,
    wrong_count,
    wrong_solver,
)
from siteplanner.choice.rules.exchanges import Exchanges
from siteplanner.choice.rules.faults import wrong_rules
from siteplanner.choice.rules.plain import plain_rules, plain_solver, plain_table, with_loads
from siteplanner.choice.solution import Floats, Ints, Rules, Solution, Solver


def p_center(
    cost: Any,
    count: int,
    *,
    demand: npt.ArrayLike | None = None,
    rules: Rules | None = None,
    solver: Solver | None = None,
) -> Solution:
    """Choose sites so that the largest cost from any demand point to its site is smallest.

    Parameters
    ----------
    cost
        Demand × sites: sparse (a stored 0 costs nothing, an absent pair has no path) or dense
        (NaN: no path).
    count
        Most sites, fixed ones included; fewer are chosen where fewer do as well.
    demand
        Amount at each demand point: only points with demand matter, and all of these the same.
        Under capacity it is what a point takes of it, if the rules give no load.
    rules
        What binds.  Under capacity a demand point may be split between sites.
    solver
        How hard to look.

    Returns
    -------
    The set, and the largest cost.  ``gains`` are by how much each site lowers it.

    Raises
    ------
    ValueError
        If a shape does not match, a number is out of range, or backup is asked for.

    References
    ----------
    Minieka, E. (1970). The m-center problem. SIAM Review 12, 138-139.

    Examples
    --------
    >>> cost = np.array([[1.0, 5.0, 4.0], [6.0, 2.0, 4.0], [7.0, 3.0, 4.0]])
    >>> best = p_center(cost, 1)
    >>> best.sites, best.objective, best.proven
    (array([2]), 4.0, True)
    """
    rules, solver = rules or Rules(), solver or Solver()
    cost = plain_table(cost, "cost")
    insist(wrong_cost(cost))
    points, sites = cost.shape
    given = np.ones(points) if demand is None else demand
    insist(
        wrong_amounts(given, points, "demand"),
        wrong_count(count, sites, np.size(rules.fixed)),
        wrong_rules(rules, sites, points, refused={"backup": "a p-center serves everybody once"}),
        wrong_solver(solver),
    )
    solver, amounts = plain_solver(solver), np.asarray(given, dtype=float)
    rules = with_loads(plain_rules(rules), amounts)
    case = case_of(table_of(cost), amounts, min(int(count), sites), None, rules)
    if len(case.lonely):
        return no_answer(case)
    brake = Brake(solver.seconds)
    found = _narrowed_down(case, solver, brake)
    if found.sites is None:
        return no_answer(case, certain=found.certain)
    return _finished(case, found, solver, brake)


@dataclass(frozen=True)
class _Found:
    """The best radius, the largest one that is too small for certain, and who asked."""

    sites: Ints | None
    radius: float
    bound: float
    certain: bool
    asked: ReachAll | ReachAllWithin


def _narrowed_down(case: Case, solver: Solver, brake: Brake) -> _Found:
    """Halve the radii that are still open until one is left."""
    costs = costs_of(case.table)
    kind = ReachAll if case.rules.capacity is None else ReachAllWithin
    asked = kind(case, costs, solver)
    radii = np.unique(costs.cost)
    if not len(radii):
        radii = np.zeros(1)
    sites, certain = asked.within(float(radii[-1]))
    if sites is None:
        return _Found(None, np.nan, np.nan, certain, asked)
    radius = asked.radius_of(sites)
    nearest = float(costs.cost[costs.start[:-1]].max(initial=0.0))
    least = low = int(np.searchsorted(radii, nearest))  # below this no radius will do for certain
    high = int(np.searchsorted(radii, radius))
    while low < high and not brake.pulled():
        if radius - radii[least] <= solver.gap * radius:
            break
        middle = (low + high) // 2
        fewer, certain = asked.within(float(radii[middle]))
        if fewer is not None:
            sites, radius = fewer, asked.radius_of(fewer)
            high = int(np.searchsorted(radii, radius))
            continue
        least = middle + 1 if certain and least == low else least
        low = middle + 1
    return _Found(sites, radius, float(radii[min(least, high)]), True, asked)


def _finished(case: Case, found: _Found, solver: Solver, brake: Brake) -> Solution:
    asked, radius = found.asked, found.radius
    assert found.sites is not None  # noqa: S101

    def holds(sites: Ints) -> bool:
        return asked.radius_of(sites) <= radius

    sites = _preferred(found.sites, case.moves, holds)
    objective, proven = asked.radius_of(sites), found.bound >= radius
    order, gains = _in_order(case, sites, asked.radius_of)
    flows = asked.flows(order)
    sets: tuple[Ints, ...] = ()
    if proven and solver.all_optima:
        program = asked.program(np.arange(asked.costs.points), radius)
        sets, _ = all_optima(program, case.sites, 0.0, lambda s: float(not holds(s)), solver=solver)
    stopped = brake.used or asked.stopped
    return Solution(
        sites=order,
        objective=objective,
        gains=gains,
        bound=objective if proven else found.bound,
        proven=proven,
        method=worded(objective, found.bound, proven=proven, stopped=stopped),
        assignment=case.assignment(order) if flows is None else main_site(flows),
        flows=flows,
        optima=sets,
    )


def _preferred(sites: Ints, moves: Exchanges, holds: Callable[[Ints], bool]) -> Ints:
    """Give the set, among equally good ones next to it, that ties prefer.

    Sites that are not needed are left out, the lowest score first; then each gives way to one
    with a higher score or, with the same score, a lower number.
    """
    score = moves.score
    for site in sorted(sites.tolist(), key=lambda one: (score[one], -one)):
        fewer = sites[sites != site]
        if moves.spares(sites, site) and holds(fewer):
            sites = fewer
    number = np.arange(len(score))
    changed = True
    while changed:
        changed = False
        free = moves.exchanging(sites)
        for slot, site in enumerate(sites.tolist()):
            ahead = (score > score[site]) | ((score == score[site]) & (number < site))
            able = np.flatnonzero(free[slot] & ahead)
            for other in able[np.lexsort((able, -score[able]))]:
                swapped = np.append(np.delete(sites, slot), other)
                if holds(swapped):
                    sites, changed = swapped, True
                    break
            if changed:
                break
    return np.sort(sites)


def _in_order(case: Case, sites: Ints, radius_of: Callable[[Ints], float]) -> tuple[Ints, Floats]:
    """Order a set, fixed sites first, and give by how much each lowers the largest cost."""
    fixed = case.rules.fixed
    order = fixed.tolist()
    left = np.setdiff1d(sites, fixed).tolist()
    columns = case.reached_by(sites)
    place = {int(site): k for k, site in enumerate(sites)}
    far = float(columns.data.max(initial=0.0)) + 1.0
    while left:
        now = cheapest(columns, [place[one] for one in order], np.full(len(case.points), far))
        after = [cheapest(columns, [place[one]], now) for one in left]
        worst = [(part.max(initial=0.0), part.sum()) for part in after]
        pick = min(range(len(left)), key=lambda k: (*worst[k], left[k]))
        order.append(left.pop(pick))
    radii = [radius_of(np.array(order[:k], dtype=np.int64)) for k in range(len(order) + 1)]
    known = np.where(np.isfinite(radii), radii, np.nan)
    return np.array(order, dtype=np.int64), known[:-1] - known[1:]
