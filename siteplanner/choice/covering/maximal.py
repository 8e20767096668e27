"""Maximal covering with every rule: the sites that together serve most demand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.covering.bounded import cover
from siteplanner.choice.programs.asking import Asked
from siteplanner.choice.programs.backing import backed_up
from siteplanner.choice.programs.covers import Block, added_up, by_level, merged, program_of
from siteplanner.choice.programs.flows import main_site, share_out, shared_out
from siteplanner.choice.programs.highs import Solved, settle, solve
from siteplanner.choice.programs.optima import all_optima
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
from siteplanner.choice.rules.rows import most_money
from siteplanner.choice.rules.search import Field, good_set, ground_of
from siteplanner.choice.solution import Floats, Ints, Rules, Solution, Solver

DIRECT = 20_000
"""Numbers in a program up to which HiGHS gets it as it is."""
BRANCHED = 50_000
"""Numbers in a program, once it is narrowed, up to which it is searched exactly."""
RELAXED = 150_000
"""Numbers in a program up to which its linear relaxation is solved."""


def max_cover(
    reach: Any,
    demand: npt.ArrayLike,
    count: int,
    *,
    rules: Rules | None = None,
    solver: Solver | None = None,
    served: npt.ArrayLike | None = None,
) -> Solution:
    """Choose at most ``count`` sites that together serve as much demand as possible.

    A demand point counts once, by its best reach among the chosen sites; under backup by its
    next best, and so on; under capacity by the share of it that the chosen sites can take on.

    Parameters
    ----------
    reach
        Demand × sites, sparse or dense, true or false or 0..1: how fully a site reaches a
        demand point.  Under capacity 0 or 1 only.
    demand
        Amount at each demand point, not negative.
    count
        Most sites, fixed ones included; where there are fewer, all are taken.
    rules
        What binds beside the count.
    solver
        How hard to look.
    served
        0..1 a demand point: how fully existing places serve it already.  Only what is added
        counts; under capacity, what is served takes nothing of a capacity.

    Returns
    -------
    The set, its order and gains; demand served; a bound; and a proof where there is one.

    Raises
    ------
    ValueError
        If an argument does not fit; all that is wrong is said at once.

    References
    ----------
    Church, R. and ReVelle, C. (1974). The maximal covering location problem.
    Papers of the Regional Science Association 32, 101-118.

    Examples
    --------
    >>> reach = np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1]])
    >>> found = max_cover(reach, [5.0, 4.0, 3.0], 2)
    >>> found.sites.tolist(), found.objective, found.proven
    ([1, 2], 12.0, True)
    """
    solver = solver or Solver()
    task = _task(reach, demand, count, rules, solver, served)
    return plain.in_own_unit(_found(task, plain.plain_solver(solver)), task.unit)


@dataclass(frozen=True)
class Task:
    """A question whose arguments are in order; amounts of demand are multiplied by ``unit``."""

    reach: sparse.csr_array
    field: Field
    rules: Rules
    count: int
    unit: float

    @property
    def sites(self) -> int:
        """Number of sites."""
        return int(self.reach.shape[1])

    @property
    def score(self) -> Floats:
        """One number a site, for ties."""
        return np.zeros(self.sites) if self.rules.score is None else self.rules.score

    def block(self) -> Block:
        """Tie demand to the sites, points that are alike as one."""
        field, rules = self.field, self.rules
        here = field.demand > 0
        reach, demand = sparse.csr_array(self.reach[here]), field.demand[here]
        if rules.capacity is not None:
            load = demand if rules.load is None else rules.load[here]
            price = np.divide(demand, load, out=np.zeros(len(load)), where=load > 0)
            reach, kind = merged(reach, price)
            return shared_out(reach, added_up(demand, kind), added_up(load, kind), rules.capacity)
        if rules.backup:
            reach, kind = merged(reach)
            return backed_up(reach, added_up(demand, kind), rules.backup, rules.fixed)
        served = field.served[here]
        reach, kind = merged(reach, served)
        already = np.zeros(reach.shape[0])
        already[kind] = served
        return by_level(reach, added_up(demand, kind), already)

    def worth(self, sites: Ints) -> float:
        """Compute what a set comes to."""
        if self.rules.capacity is not None:
            return share_out(self.reach, self.field.demand, self.rules, sites)[0]
        return self.field.worth(self.field.of(sites))


def _task(
    reach: Any,
    demand: npt.ArrayLike,
    count: int,
    rules: Rules | None,
    solver: Solver,
    served: npt.ArrayLike | None,
) -> Task:
    reach = plain.plain_table(reach, "reach")
    checking.insist(checking.wrong_reach(reach))
    points, sites = reach.shape
    rules = rules or Rules()
    found = checking.wrong_amounts(demand, points, "demand")
    found += checking.wrong_count(count, sites, np.size(rules.fixed))
    found += wrong_rules(rules, sites, points)
    if served is not None:
        found += checking.wrong_parts(served, points, "served")
        if rules.backup:
            found.append("served and backup cannot be used together")
    matrix = sparse.csr_array(reach, dtype=float, copy=True)
    matrix.eliminate_zeros()
    if rules.capacity is not None and (matrix.data < 1).any():
        found.append("capacity needs a reach of 0 or 1; it cannot be used with partial reach")
    checking.insist(found, checking.wrong_solver(solver))
    rules = plain.plain_rules(rules)
    amount = np.asarray(demand, dtype=float)
    already = np.zeros(points) if served is None else np.asarray(served, dtype=float)
    rules, unit = plain.with_loads(rules, amount), plain.unit_of(amount)
    if rules.load is not None:
        rules = replace(rules, load=rules.load * (1 - already))
    if rules.capacity is not None:
        amount, already = amount * (1 - already), np.zeros(points)
    columns = sparse.csc_array(matrix)
    field = Field(columns, amount * unit, already, rules.backup, rules.capacity)
    return Task(matrix, field, rules, min(int(count), sites), unit)


def _found(task: Task, solver: Solver) -> Solution:
    if task.rules.only_lists:
        found = cover(
            task.field.columns,
            task.field.demand,
            task.field.served,
            task.count,
            fixed=task.rules.fixed,
            barred=task.rules.barred,
            score=task.rules.score,
            solver=replace(solver, all_optima=False),
        )
        found = replace(found, assignment=best_site(task.field.columns, found.sites))
        return _with_optima(task, found, solver)
    return _ruled(task, solver)


def _ruled(task: Task, solver: Solver) -> Solution:
    """Search within rules: a good set, a relaxation, and the exact search on what is left."""
    start = good_set(task.field, task.rules, task.count)
    if start is None:
        alone = task.field.gains(task.field.nothing(), hopeful=True)
        some = program_of(task.rules, task.count, None, task.sites)
        some = replace(some, cost=alone)
        found = solve(some, solver)
        if found.infeasible:
            return no_set(Asked(task.rules, task.sites, task.count))
        if not len(found.x):
            return not_found()
        start = np.flatnonzero(np.round(found.x))
    sites, solved, constant = _searched(task, start, solver)
    return _answer(task, sites, solved, constant, solver)


def _searched(task: Task, start: Ints, solver: Solver) -> tuple[Ints, Solved, float]:
    """Give the best set found, and what HiGHS knows of a bound."""
    block = task.block()
    program = program_of(task.rules, task.count, block, task.sites)
    most = task.worth(start)
    if program.rows.nnz > RELAXED:
        return start, _loose(task, solver), 0.0
    if program.rows.nnz > DIRECT or not solver.nodes:
        relaxed = solve(program, solver, relaxed=True, method="ipm")
        if not len(relaxed.x):
            return start, _loose(task, solver), 0.0
        relaxed = replace(relaxed, optimal=False)
        guided = good_set(task.field, task.rules, task.count, guide=relaxed.x[: task.sites])
        if guided is not None and task.worth(guided) > most:
            start, most = guided, task.worth(guided)
        top = relaxed.bound + block.constant
        close = top - most <= solver.gap * max(most, 1e-9)
        if close or not solver.nodes:
            return start, relaxed, block.constant
        slack = 1e-6 * max(1.0, most)
        # a site that costs the relaxation more than the gap is in no better set
        out = top + np.minimum(relaxed.reduced_cost[: task.sites], 0.0) < most - slack
        out &= program.x_lower[: task.sites] < 1
        if out.any() and not len(np.intersect1d(start, np.flatnonzero(out))):
            barred = np.union1d(task.rules.barred, np.flatnonzero(out))
            task = _narrowed(task, barred.astype(np.int64))
            block = task.block()
            program = program_of(task.rules, task.count, block, task.sites)
        if program.rows.nnz > BRANCHED:
            return start, relaxed, top - relaxed.bound
    begin = np.full(len(program.cost), np.nan)
    begin[: task.sites] = 0.0
    begin[start] = 1.0
    solved = solve(program, solver, start=begin)
    if len(solved.x):
        chosen = np.flatnonzero(np.round(solved.x[: task.sites])).astype(np.int64)
        if task.worth(chosen) > most:
            start = chosen
    return start, solved, block.constant


def _loose(task: Task, solver: Solver) -> Solved:
    """Give a bound for what is too large to relax: what the best set without rules reaches."""
    rules, count = task.rules, task.count
    most = most_money(rules)
    if most is not None and rules.site_cost is not None:
        price = np.sort(np.delete(rules.site_cost, np.union1d(rules.fixed, rules.barred)))
        cost = rules.site_cost[rules.fixed].sum() + np.cumsum(price)
        many = len(rules.fixed) + int((cost <= most).sum())
        count = max(1, min(count, many))
    field = task.field
    some = replace(solver, all_optima=False, nodes=0)
    free = cover(
        field.columns,
        field.demand,
        field.served,
        count,
        fixed=rules.fixed,
        barred=rules.barred,
        solver=some,
    )
    bound = free.bound
    if rules.capacity is not None and rules.load is not None and (rules.load > 0).all():
        # what each site can take on at most, of the demand that is worth most for its load
        each = rules.capacity * float((field.demand / rules.load).max(initial=0.0))
        bound = min(bound, float(np.sort(each)[::-1][:count].sum()))
    return Solved(np.empty(0), float("nan"), bound, optimal=False, infeasible=False)


def _narrowed(task: Task, barred: Ints) -> Task:
    """Leave barred sites out of the reach, so that more points are alike."""
    keep = np.ones(task.sites)
    keep[barred] = 0.0
    reach = sparse.csr_array(task.reach @ sparse.diags_array(keep))
    reach.eliminate_zeros()
    return replace(task, reach=reach, rules=replace(task.rules, barred=barred))


def _answer(task: Task, sites: Ints, solved: Solved, constant: float, solver: Solver) -> Solution:
    rules = task.rules
    ground = ground_of(rules, task.sites, task.count)
    flows = None
    if rules.capacity is None:
        sites = preferred(task.field, ground, sites, task.score)
        order, gains = in_order(task.field, sites, rules.fixed, task.score)
        assignment = best_site(task.field.columns, order)
        objective = task.worth(order)
    else:
        order, gains = in_order_within(task.reach, task.field.demand, rules, sites, task.score)
        objective, flows = share_out(task.reach, task.field.demand, rules, order)
        assignment = main_site(flows)
    shifted = replace(solved, bound=solved.bound + constant)
    bound, proven = settle(shifted, objective, maximise=True)
    found = Solution(
        sites=order,
        objective=objective,
        gains=gains,
        bound=bound,
        proven=proven,
        method=worded(objective, bound, proven=proven, stopped=solved.stopped),
        assignment=assignment,
        flows=flows,
    )
    return _with_optima(task, found, solver)


def _with_optima(task: Task, found: Solution, solver: Solver) -> Solution:
    if not solver.all_optima or not found.proven or found.infeasible:
        return found
    block = task.block()
    program = program_of(task.rules, task.count, block, task.sites)
    shifted = found.objective - block.constant
    sets, complete = all_optima(
        program, task.sites, shifted, lambda one: task.worth(one) - block.constant, solver=solver
    )
    if not sets:
        return replace(found, optima=(np.sort(found.sites),))
    more = "" if complete else f"; only {len(sets)} of the best sets are listed"
    return replace(found, optima=sets, method=found.method + more)
