"""Set covering: the fewest, or the cheapest, sites that reach everyone, or a share of all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.covering.bounded import cover
from siteplanner.choice.covering.row_weighting import smaller_cover
from siteplanner.choice.programs.asking import Asked, full_only
from siteplanner.choice.programs.flows import main_site, share_out
from siteplanner.choice.programs.highs import Program, Solved, settle, solve
from siteplanner.choice.programs.optima import all_optima, without
from siteplanner.choice.programs.refusals import no_set, not_found
from siteplanner.choice.programs.tidying import (
    best_site,
    in_order,
    in_order_within,
    preferred,
    worded,
)
from siteplanner.choice.rules import checking, plain
from siteplanner.choice.rules.faults import wrong_rules
from siteplanner.choice.rules.rows import limits_of
from siteplanner.choice.rules.search import Field, cheap_cover, ground_of
from siteplanner.choice.solution import Floats, Ints, Rules, Solution, Solver

DIRECT = 5_000
"""Numbers in a program up to which HiGHS gets it as it is."""
BRANCHED = 50_000
"""Numbers in a program, once it is narrowed, up to which it is searched exactly."""
RELAXED = 300_000
"""Numbers in a program up to which its linear relaxation is solved."""
EFFORT = 300
"""Looks of HiGHS, see there: covers have many equal sets, so that long searches rarely pay."""
STEPS = 4_000
"""Exchanges of the local search for each of `Solver.restarts`."""
ROUNDS = 50
"""Sets that may turn out to serve too little by a rounding error before the search gives up."""
SLACK = 1e-9
"""Share of all demand by which a sum may be too small, for rounding."""


def set_cover(
    reach: Any,
    demand: npt.ArrayLike | None = None,
    *,
    share: float = 1.0,
    rules: Rules | None = None,
    solver: Solver | None = None,
) -> Solution:
    """Choose the fewest sites, or the cheapest ones, that serve a share of all demand.

    Parameters
    ----------
    reach
        Demand × sites, sparse or dense, true or false or 0..1: how fully a site reaches a
        demand point.  Under capacity 0 or 1 only.
    demand
        Amount at each demand point, not negative; by default 1 a point.  Points without demand
        need not be reached.
    share
        Share of the demand to serve, 0..1.  A point counts by its best reach (under backup by
        its next best, and so on), so that with a share of 1 each needs a reach of 1.
    rules
        What binds; where ``site_cost`` is given, the cheapest set is sought, else the smallest.
    solver
        How hard to look.

    Returns
    -------
    The set; its number of sites or its cost; a bound; and what each site adds to the demand
    served, as ``gains``.

    Raises
    ------
    ValueError
        If an argument does not fit; all that is wrong is said at once.

    References
    ----------
    Toregas, C., Swain, R., ReVelle, C. and Bergman, L. (1971). The location of emergency
    service facilities. Operations Research 19, 1363-1373.

    Examples
    --------
    >>> found = set_cover(np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1]]))
    >>> found.sites.tolist(), found.objective, found.proven
    ([1, 2], 2.0, True)
    """
    solver = solver or Solver()
    task, solver = _task(reach, demand, share, rules, solver), plain.plain_solver(solver)
    found, solved = _searched(task, solver)
    if found is None:
        return no_set(task.asked) if solved.infeasible else not_found()
    return _with_optima(task, _answer(task, found, solved), solver)


@dataclass(frozen=True)
class Task:
    """A question whose arguments are in order."""

    asked: Asked
    field: Field
    price: Floats

    @property
    def rules(self) -> Rules:
        """What binds."""
        return self.asked.rules

    @property
    def sites(self) -> int:
        """Number of sites."""
        return self.asked.sites

    def serves(self, sites: Ints) -> float:
        """Compute the demand that a set serves."""
        if self.rules.capacity is None:
            return self.field.worth(self.field.of(sites))
        return share_out(self.reach, self.field.demand, self.rules, sites)[0]

    @property
    def reach(self) -> sparse.csr_array:
        """Demand × sites."""
        if self.asked.reach is None:
            msg = "a cover needs a reach"
            raise TypeError(msg)
        return self.asked.reach

    def enough(self, sites: Ints) -> bool:
        """Tell whether a set serves the share asked for."""
        total = self.asked.total
        return self.serves(sites) >= self.asked.share * total - SLACK * max(1.0, total)


def _task(
    reach: Any,
    demand: npt.ArrayLike | None,
    share: float,
    rules: Rules | None,
    solver: Solver,
) -> Task:
    reach = plain.plain_table(reach, "reach")
    checking.insist(checking.wrong_reach(reach))
    points, sites = reach.shape
    rules = rules or Rules()
    given = np.ones(points) if demand is None else demand
    found = checking.wrong_amounts(given, points, "demand")
    found += checking.wrong_sites(sites) + wrong_rules(rules, sites, points)
    found += checking.wrong_number(share, "share", most=1.0)
    matrix = sparse.csr_array(reach, dtype=float, copy=True)
    matrix.eliminate_zeros()
    if rules.capacity is not None and (matrix.data < 1).any():
        found.append("capacity needs a reach of 0 or 1; it cannot be used with partial reach")
    checking.insist(found, checking.wrong_solver(solver))
    rules, amount = plain.plain_rules(rules), np.asarray(given, dtype=float)
    rules, unit = plain.with_loads(rules, amount), plain.unit_of(amount)
    amount = amount * unit
    asked = Asked(rules, sites, None, reach=matrix, demand=amount, share=float(share), unit=unit)
    columns = sparse.csc_array(matrix)
    field = Field(columns, amount, np.zeros(points), rules.backup, rules.capacity)
    price = np.ones(sites) if rules.site_cost is None else rules.site_cost
    return Task(asked, field, price)


def _searched(task: Task, solver: Solver) -> tuple[Ints | None, Solved]:
    """Search until a set serves enough exactly, and not only within HiGHS's tolerance."""
    program = task.asked.program(price=task.price)
    big = program.rows.nnz > DIRECT
    start = _start(task, solver, big=big)
    solved = Solved(np.empty(0), float("nan"), 0.0, optimal=False, infeasible=False)
    if program.rows.nnz <= RELAXED and (big or not solver.nodes):
        relaxed = solve(program, solver, relaxed=True, method="ipm")
        if relaxed.infeasible:
            return None, relaxed
        if len(relaxed.x):
            guided = _start(task, solver, big=big, guide=relaxed.x[: task.sites])
            start = _cheaper(task, start, guided)
        if start is not None:
            start = _fewer(task, start, relaxed.bound, solver)
        solved = replace(relaxed, bound=_whole_up(relaxed.bound, task.price), optimal=False)
        if start is not None and _close(task, start, solved.bound, solver.gap):
            return start, solved
        if start is not None and len(relaxed.x):
            task = _narrowed(task, start, relaxed)
            program = task.asked.program(price=task.price)
    if start is not None and (program.rows.nnz > BRANCHED or not solver.nodes):
        return start, solved
    least = solved.bound
    for _ in range(ROUNDS):
        begin = None if start is None else _values(program, start, task.sites)
        solved = solve(program, solver, start=begin, effort=EFFORT, invent=not big)
        if not len(solved.x):
            break
        sites = np.flatnonzero(np.round(solved.x[: task.sites])).astype(np.int64)
        if task.enough(sites):
            return sites, replace(solved, bound=max(least, _whole_up(solved.bound, task.price)))
        program = without(program, sites, task.sites)
    if start is not None and solved.infeasible:
        return start, replace(solved, bound=float(task.price[start].sum()), infeasible=False)
    return start, replace(solved, bound=max(least, solved.bound))


def _fewer(task: Task, start: Ints, bound: float, solver: Solver) -> Ints:
    """Look for fewer sites that reach the share: the best sets of so many sites, by halving."""
    asked = task.asked
    same = len(np.unique(task.price)) == 1
    if asked.share >= 1 or not same or not task.rules.only_lists or not np.isfinite(bound):
        return start
    low = max(int(np.ceil(bound / max(task.price[0], 1e-9) - 1e-6)), len(task.rules.fixed), 1)
    field, some = task.field, replace(solver, all_optima=False, nodes=0)
    while low < len(start):
        middle = (low + len(start) - 1) // 2
        found = cover(
            field.columns,
            field.demand,
            field.served,
            middle,
            fixed=task.rules.fixed,
            barred=task.rules.barred,
            solver=some,
        ).sites
        if task.enough(found):
            start = found
        else:
            low = middle + 1
    return start


def _narrowed(task: Task, start: Ints, relaxed: Solved) -> Task:
    """Bar the sites that no set cheaper than the one at hand can have."""
    cost = float(task.price[start].sum())
    slack = 1e-6 * max(1.0, cost)
    more = relaxed.bound + np.maximum(relaxed.reduced_cost[: task.sites], 0.0)
    out = more > (cost - 1 + slack if _are_whole(task.price) else cost + slack)
    out[start] = False
    out[task.rules.fixed] = False
    keep = sparse.diags_array((~out).astype(float))
    reach = sparse.csr_array(task.reach @ keep)
    reach.eliminate_zeros()
    barred = np.union1d(task.rules.barred, np.flatnonzero(out)).astype(np.int64)
    rules = replace(task.rules, barred=barred)
    return replace(task, asked=replace(task.asked, reach=reach, rules=rules))


def _cheaper(task: Task, one: Ints | None, other: Ints | None) -> Ints | None:
    if one is None or other is None:
        return one if other is None else other
    return other if task.price[other].sum() < task.price[one].sum() else one


def _start(task: Task, solver: Solver, *, big: bool, guide: Floats | None = None) -> Ints | None:
    """Find a good cover: greedy and, where only lists bind, by local search."""
    reach = full_only(task.reach) if task.asked.share >= 1 else task.reach
    field = replace(task.field, columns=sparse.csc_array(reach))
    price = task.price if guide is None else task.price / np.maximum(guide, 1e-6)
    ground = ground_of(task.rules, task.sites, task.sites)
    start = cheap_cover(field, ground, price, task.enough)
    whole = task.asked.share >= 1 and task.rules.capacity is None
    if start is None or not whole or not replace(task.rules, backup=0).only_lists:
        return start
    rows = task.asked.block(countable=False)
    upper = limits_of(task.rules, task.sites)[1]
    if rows is None:
        return start
    points = sparse.csr_array(rows.rows @ sparse.diags_array(upper))
    points.eliminate_zeros()
    steps = solver.restarts * (STEPS if big else STEPS // 20)
    return smaller_cover(
        points,
        start,
        np.maximum(task.price, 1e-9),
        times=task.rules.backup + 1,
        fixed=task.rules.fixed,
        steps=steps,
        seed=solver.seed,
    )


def _values(program: Program, start: Ints, sites: int) -> Floats:
    begin = np.full(len(program.cost), np.nan)
    begin[:sites] = 0.0
    begin[start] = 1.0
    return begin


def _whole_up(bound: float, price: Floats) -> float:
    """Where all prices are whole numbers, so is what a set costs."""
    if np.isfinite(bound) and _are_whole(price):
        return float(np.ceil(bound - 1e-6 * max(1.0, abs(bound))))
    return bound


def _are_whole(price: Floats) -> bool:
    return bool(np.all(price == np.round(price)))


def _close(task: Task, sites: Ints, bound: float, gap: float) -> bool:
    cost = float(task.price[sites].sum())
    return cost - bound <= max(gap, 1e-9) * max(cost, 1e-9)


def _answer(task: Task, sites: Ints, solved: Solved) -> Solution:
    rules, demand = task.rules, task.field.demand
    score = np.zeros(task.sites) if rules.score is None else rules.score
    flows = None
    if rules.capacity is None:
        ground = ground_of(rules, task.sites, task.sites)
        least = task.asked.share * task.asked.total
        sites = preferred(task.field, ground, sites, score, least=least, price=task.price)
        order, gains = in_order(task.field, sites, rules.fixed, score)
        assignment = best_site(task.field.columns, order)
    else:
        order, gains = in_order_within(task.reach, demand, rules, sites, score)
        flows = share_out(task.reach, demand, rules, order)[1]
        assignment = main_site(flows)
    objective = float(task.price[order].sum())
    bound, proven = settle(solved, objective, maximise=False)
    return Solution(
        sites=order,
        objective=objective,
        gains=gains / task.asked.unit,
        bound=bound,
        proven=proven,
        method=worded(objective, bound, proven=proven, stopped=solved.stopped),
        assignment=assignment,
        flows=flows,
    )


def _with_optima(task: Task, found: Solution, solver: Solver) -> Solution:
    if not solver.all_optima or not found.proven:
        return found

    def cost_of(sites: Ints) -> float:
        return float(task.price[sites].sum()) if task.enough(sites) else float("nan")

    program = task.asked.program(price=task.price)
    sets, complete = all_optima(program, task.sites, found.objective, cost_of, solver=solver)
    more = "" if complete else f"; only {len(sets)} of the best sets are listed"
    return replace(found, optima=sets, method=found.method + more)
