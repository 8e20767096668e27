"""Covering for those who are served least: the set whose worst-served group is served best."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.programs.asking import Asked
from siteplanner.choice.programs.covers import Block, added_up, by_level, merged, program_of
from siteplanner.choice.programs.highs import Program, Solved, settle, solve
from siteplanner.choice.programs.refusals import no_set, not_found
from siteplanner.choice.programs.tidying import best_site, in_order, worded
from siteplanner.choice.rules import checking, plain
from siteplanner.choice.rules.faults import wrong_rules
from siteplanner.choice.rules.search import Field
from siteplanner.choice.solution import Floats, Ints, Rules, Solution, Solver

SLACK = 1e-6
"""By how much a share may fall short of one that was asked for."""


def fairest_cover(
    reach: Any,
    demand: npt.ArrayLike,
    group: npt.ArrayLike,
    count: int,
    *,
    served: npt.ArrayLike | None = None,
    whole: npt.ArrayLike | None = None,
    rules: Rules | None = None,
    solver: Solver | None = None,
) -> Solution:
    """Choose sites so that the group that is served least is served as well as can be.

    Among such sets, the one that serves most demand in all is taken.

    Parameters
    ----------
    reach
        Demand × sites, 0..1.
    demand
        Amount at each demand point, not negative.
    group
        Number of the group each point belongs to, from 0; -1 for none.
    count
        Most sites, fixed ones included.
    served
        0..1 a demand point: how fully existing places serve it already; it counts.
    whole
        What each group's served demand is a share of, one number a group; by default all of its
        demand.  Groups of 0 are held against nothing.
    rules
        What binds; no capacity and no backup.
    solver
        How hard to look.

    Returns
    -------
    The set.  ``objective`` and ``bound`` are the share of its demand that the worst-served group
    has served, 0..1; ``gains`` are the demand that each site adds.

    Raises
    ------
    ValueError
        If an argument does not fit; all that is wrong is said at once.

    References
    ----------
    Rawls, J. (1971). A Theory of Justice.  Ogryczak, W. (2000). Inequality measures and equitable
    approaches to location problems. European Journal of Operational Research 122, 374-391.

    Examples
    --------
    >>> reach = np.array([[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 0, 1]])
    >>> found = fairest_cover(reach, [9.0, 9.0, 2.0, 4.0], [0, 0, 1, 1], 2)
    >>> found.sites.tolist(), round(found.objective, 6), found.proven
    ([0, 2], 0.666667, True)
    """
    task = _task(reach, demand, group, served, rules, count)
    if whole is not None:
        task = replace(task, whole=_wholes(whole, task.group))
    solver = plain.plain_solver(solver or Solver())
    first = solve(task.program(None), solver)
    if first.infeasible:
        return no_set(Asked(task.rules, task.sites, task.count))
    if not len(first.x):
        return not_found()
    chosen = _sites(first, task)
    least = task.least(chosen)
    second = solve(task.program(least - SLACK), solver)
    if len(second.x) and task.least(_sites(second, task)) >= least - 2 * SLACK:
        chosen = max((_sites(second, task), chosen), key=task.worth)
    score = np.zeros(task.sites) if task.rules.score is None else task.rules.score
    order, gains = in_order(task.field, chosen, task.rules.fixed, score)
    objective = task.least(order)
    bound, proven = settle(first, objective, maximise=True)
    return Solution(
        sites=order,
        objective=objective,
        gains=gains,
        bound=min(bound, 1.0) if whole is None else bound,
        proven=proven,
        method=worded(objective, bound, proven=proven, stopped=first.stopped),
        assignment=best_site(task.field.columns, order),
    )


def frontier(
    reach: Any,
    demand: npt.ArrayLike,
    group: npt.ArrayLike,
    count: int,
    *,
    served: npt.ArrayLike | None = None,
    rules: Rules | None = None,
    solver: Solver | None = None,
    steps: int = 5,
) -> tuple[Solution, ...]:
    """Go from the set that serves most to the one that is fairest, in steps between.

    Parameters
    ----------
    reach, demand, group, count, served, rules, solver
        As for `fairest_cover`.
    steps
        Sets that are looked for, both ends among them; at least 2.

    Returns
    -------
    Sets of which none serves at least as much as another and is at least as fair; ``objective``
    and ``bound`` are the demand newly served, least fair first.

    References
    ----------
    Haimes, Y., Lasdon, L. and Wismer, D. (1971). On a bicriterion formulation of the problems of
    integrated system identification and system optimization (the ε-constraint method). IEEE
    Transactions on Systems, Man, and Cybernetics 1, 296-297.

    Examples
    --------
    >>> reach = np.array([[1, 0, 0], [1, 0, 1], [0, 1, 0], [0, 0, 1]])
    >>> ends = frontier(reach, [9.0, 9.0, 2.0, 4.0], [0, 0, 1, 1], 1)
    >>> [(one.sites.tolist(), one.objective) for one in ends]
    [([0], 18.0), ([2], 13.0)]
    """
    if steps < 2:
        msg = f"found {steps} steps: give at least 2, one for each end"
        raise ValueError(msg)
    task = _task(reach, demand, group, served, rules, count)
    solver = plain.plain_solver(solver or Solver())
    fair = fairest_cover(reach, demand, group, count, served=served, rules=rules, solver=solver)
    if fair.infeasible or not len(fair.sites):
        return (fair,)
    most = _serving_most(task, None, solver)
    low, high = task.least(most.sites), fair.objective
    found = [most]
    for share in np.linspace(low, high, steps)[1:]:
        found.append(_serving_most(task, float(share) - SLACK, solver))
    return _undominated(found, task)


@dataclass(frozen=True)
class _Task:
    reach: sparse.csr_array
    field: Field
    group: Ints
    rules: Rules
    count: int
    whole: Floats | None = None

    @property
    def sites(self) -> int:
        return int(self.reach.shape[1])

    def against(self, total: npt.NDArray[Any]) -> Floats:
        """Give what each group is held against: 0 for nothing."""
        given = total if self.whole is None else np.where(total > 0, self.whole[: len(total)], 0.0)
        return np.asarray(given, dtype=float)

    def shares(self, sites: Ints) -> Floats:
        """Give the share of its demand that each group has served."""
        best = np.maximum(self.field.of(sites)[0], self.field.served)
        inside = self.group >= 0
        weights = self.field.demand[inside]
        whole = self.against(np.bincount(self.group[inside], weights=weights))
        part = np.bincount(self.group[inside], weights=weights * best[inside])
        return np.asarray(part[whole > 0] / whole[whole > 0], dtype=float)

    def least(self, sites: Ints) -> float:
        shares = self.shares(sites)
        return float(shares.min()) if len(shares) else 1.0

    def worth(self, sites: Ints) -> float:
        return float(self.field.worth(self.field.of(sites)))

    def block(self) -> tuple[Block, Ints, Floats, Floats]:
        """Tie demand to the sites; the group of each variable; demand and what is served."""
        here = self.field.demand > 0
        reach = sparse.csr_array(self.reach[here])
        demand, served = self.field.demand[here], self.field.served[here]
        group = self.group[here]
        rows, kind = merged(reach, served, group.astype(float))
        first = np.unique(kind, return_index=True)[1]
        amount = added_up(demand, kind)
        block = by_level(rows, amount, served[first])
        owner = _owners(rows, amount, served[first])
        groups = int(group.max(initial=-1)) + 1
        inside = group >= 0
        whole = np.bincount(group[inside], weights=demand[inside], minlength=groups)
        done = np.bincount(group[inside], weights=(demand * served)[inside], minlength=groups)
        return block, group[first][owner], self.against(whole), done.astype(float)

    def program(self, least: float | None) -> Program:
        """Write it down: for the best least share, or for most demand above a least share."""
        block, group, whole, done = self.block()
        program = program_of(self.rules, self.count, block, self.sites)
        levels = len(block.worth)
        there = np.flatnonzero(whole > 0)
        place = np.full(len(whole) + 1, -1)  # the last one is that of points without a group
        place[there] = np.arange(len(there))
        inside = np.flatnonzero(place[group] >= 0)
        parts = (place[group[inside]], self.sites + inside, block.worth[inside])
        shape = (len(there), self.sites + levels)
        shares = sparse.csr_array(sparse.coo_array((parts[2], parts[:2]), shape=shape))
        if least is not None:
            return replace(
                program,
                rows=sparse.csr_array(sparse.vstack([program.rows, shares], format="csr")),
                lower=np.concatenate([program.lower, least * whole[there] - done[there]]),
                upper=np.concatenate([program.upper, np.full(len(there), np.inf)]),
            )
        wide = sparse.block_array(
            [
                [program.rows, None],
                [shares, sparse.csr_array(-whole[there].reshape(-1, 1))],
            ],
            format="csr",
        )
        return replace(
            program,
            cost=np.append(np.zeros(len(program.cost)), 1.0),
            rows=sparse.csr_array(wide),
            lower=np.concatenate([program.lower, -done[there]]),
            upper=np.concatenate([program.upper, np.full(len(there), np.inf)]),
            whole=np.append(program.whole, False),
            x_lower=np.append(program.x_lower, 0.0),
            x_upper=np.append(program.x_upper, 1.0 if self.whole is None else np.inf),
        )


def _wholes(whole: npt.ArrayLike, group: Ints) -> Floats:
    """Check what groups are held against."""
    amounts = np.asarray(whole, dtype=float)
    if amounts.ndim != 1 or len(amounts) <= int(group.max(initial=-1)) or not (amounts >= 0).all():
        msg = "whole needs one number from 0 up for each group"
        raise ValueError(msg)
    return amounts


def _owners(rows: sparse.csr_array, demand: Floats, served: Floats) -> Ints:
    """Give the point of each variable that `by_level` makes."""
    point = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    value = np.asarray(rows.data, dtype=float)
    kept = (value > served[point]) & (demand[point] > 0)
    pairs = np.unique(np.column_stack([point[kept], value[kept]]), axis=0)
    return pairs[:, 0].astype(np.int64) if len(pairs) else np.empty(0, dtype=np.int64)


def _sites(solved: Solved, task: _Task) -> Ints:
    return np.flatnonzero(np.round(solved.x[: task.sites])).astype(np.int64)


def _serving_most(task: _Task, least: float | None, solver: Solver) -> Solution:
    """Find the set that serves most demand, all groups above a share."""
    solved = solve(task.program(-1.0 if least is None else least), solver)
    if not len(solved.x):
        return not_found()
    score = np.zeros(task.sites) if task.rules.score is None else task.rules.score
    order, gains = in_order(task.field, _sites(solved, task), task.rules.fixed, score)
    objective = task.worth(order)
    bound, proven = settle(solved, objective, maximise=True)
    method = worded(objective, bound, proven=proven, stopped=solved.stopped)
    assignment = best_site(task.field.columns, order)
    return Solution(order, objective, gains, bound, proven, method, assignment)


def _undominated(found: list[Solution], task: _Task) -> tuple[Solution, ...]:
    """Leave out sets that another one equals or passes in both ways."""
    kept: list[Solution] = []
    marks: list[tuple[float, float]] = []
    for one in sorted(
        (one for one in found if len(one.sites)), key=lambda one: -round(one.objective, 6)
    ):
        mark = (one.objective, task.least(one.sites))
        if all(mark[1] > other[1] + SLACK for other in marks):
            kept.append(one)
            marks.append(mark)
    return tuple(kept)


def _task(
    reach: Any,
    demand: npt.ArrayLike,
    group: npt.ArrayLike,
    served: npt.ArrayLike | None,
    rules: Rules | None,
    count: int,
) -> _Task:
    table = plain.plain_table(reach, "reach")
    checking.insist(checking.wrong_reach(table))
    points, sites = table.shape
    rules = rules or Rules()
    found = checking.wrong_amounts(demand, points, "demand")
    found += checking.wrong_count(count, sites, np.size(rules.fixed))
    refused = {"backup": "each group is served once", "capacity": "a share counts who is reached"}
    found += wrong_rules(rules, sites, points, refused=refused)
    if served is not None:
        found += checking.wrong_parts(served, points, "served")
    numbers = np.asarray(group)
    if numbers.shape != (points,) or numbers.dtype.kind not in "iu" or (numbers < -1).any():
        found.append(f"group needs one whole number from -1 up for each of {points} points")
    checking.insist(found)
    matrix = sparse.csr_array(table, dtype=float, copy=True)
    matrix.eliminate_zeros()
    matrix.sort_indices()
    already = np.zeros(points) if served is None else np.asarray(served, dtype=float)
    field = Field(sparse.csc_array(matrix), np.asarray(demand, dtype=float), already, 0, None)
    own = plain.plain_rules(rules)
    return _Task(matrix, field, numbers.astype(np.int64), own, min(int(count), sites))
