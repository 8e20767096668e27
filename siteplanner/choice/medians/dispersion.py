"""The p-dispersion: sites that keep as far apart as possible."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse

from siteplanner.choice.medians.costs import table_of
from siteplanner.choice.programs.asking import Asked
from siteplanner.choice.programs.highs import Program, solve
from siteplanner.choice.programs.optima import all_optima
from siteplanner.choice.programs.refusals import no_set, not_found
from siteplanner.choice.programs.tidying import worded
from siteplanner.choice.rules.brake import Brake
from siteplanner.choice.rules.checking import (
    insist,
    wrong_cost,
    wrong_count,
    wrong_solver,
)
from siteplanner.choice.rules.exchanges import Exchanges
from siteplanner.choice.rules.faults import wrong_rules
from siteplanner.choice.rules.plain import plain_rules, plain_solver, plain_table
from siteplanner.choice.rules.rows import keeps_to, limits_of, rows_of
from siteplanner.choice.solution import Floats, Ints, Rules, Solution, Solver

REFUSED = {
    "capacity": "sites that keep apart serve nobody",
    "backup": "sites that keep apart serve nobody",
}
"""Rules that make no sense here, and why."""


def p_dispersion(
    cost: Any, count: int, *, rules: Rules | None = None, solver: Solver | None = None
) -> Solution:
    """Choose exactly so many sites that the two nearest of them are as far apart as possible.

    Parameters
    ----------
    cost
        Site × site: sparse (a stored 0 costs nothing, an absent pair has no path) or dense
        (NaN: no path).  Two sites with no path between them are infinitely far apart; where
        the way back differs, the cheaper one counts.  The diagonal does not matter.
    count
        Number of sites, fixed ones included.
    rules
        What binds.  Two fixed sites count like any other two.
    solver
        How hard to look.

    Returns
    -------
    The set, and the smallest cost between two of its sites: infinite where no two have a path,
    or for one site.  ``gains`` are what each site adds to the smallest cost, so never more
    than 0; NaN for the first two, which nothing compares with.

    Raises
    ------
    ValueError
        If a shape does not match, a number is out of range, or capacity or backup is asked for.

    References
    ----------
    Kuby, M. (1987). Programming models for facility dispersion: the p-dispersion and maxisum
    dispersion problems. Geographical Analysis 19, 315-329.
    Sayah, D. and Irnich, S. (2017). A new compact formulation for the discrete p-dispersion
    problem. European Journal of Operational Research 256, 62-67.

    Examples
    --------
    >>> along = np.array([0.0, 1.0, 4.0, 6.0])
    >>> best = p_dispersion(np.abs(along[:, None] - along), 3)
    >>> best.sites, best.objective
    (array([0, 3, 2]), 2.0)
    """
    rules, solver = rules or Rules(), solver or Solver()
    cost = plain_table(cost, "cost")
    insist(wrong_cost(cost))
    rows, sites = cost.shape
    square = [] if rows == sites else [f"cost has shape {np.shape(cost)}, it needs site × site"]
    insist(
        square,
        wrong_count(count, sites, np.size(rules.fixed)),
        wrong_rules(rules, sites, sites, refused=REFUSED),
        wrong_solver(solver),
    )
    rules, solver = plain_rules(rules), plain_solver(solver)
    apart = _both_ways(cost, sites)
    return _Spread(apart, int(count), rules, solver).solution()


def _both_ways(cost: Any, sites: int) -> Floats:
    """Give the cheaper way between each two sites; infinite where there is none."""
    table = table_of(cost)
    apart = np.full((sites, sites), np.inf)
    apart[np.repeat(np.arange(sites), np.diff(table.indptr)), table.indices] = table.data
    apart = np.asarray(np.minimum(apart, apart.T))
    np.fill_diagonal(apart, np.inf)
    return apart


class _Spread:
    """The question, for one distance after the other."""

    def __init__(self, apart: Floats, count: int, rules: Rules, solver: Solver) -> None:
        self.apart, self.count, self.rules, self.solver = apart, count, rules, solver
        self.sites = len(apart)
        self.brake = Brake(solver.seconds)
        self.moves = Exchanges(rules, self.sites, count)

    def solution(self) -> Solution:
        found = solve(self.program(-np.inf), self.solver)
        if not len(found.x):
            asked = Asked(self.rules, self.sites, self.count, exactly=True)
            return no_set(asked) if found.infeasible else not_found()
        chosen = np.flatnonzero(np.round(found.x)).astype(np.int64)
        spread = self.farthest()
        if spread is not None and self.nearest_two(spread) > self.nearest_two(chosen):
            chosen = spread
        chosen, bound = self.narrowed_down(chosen)
        objective = self.nearest_two(chosen)
        proven = bound <= objective
        chosen = self.preferred(chosen, objective)
        order, gains = self.in_order(chosen)
        sets: tuple[Ints, ...] = ()
        if proven and self.solver.all_optima:
            sets, _ = all_optima(
                self.program(objective), self.sites, 0.0,
                lambda one: float(self.nearest_two(one) < objective), solver=self.solver,
            )  # fmt: skip
        return Solution(
            sites=order,
            objective=objective,
            gains=gains,
            bound=objective if proven else bound,
            proven=proven,
            method=worded(objective, bound, proven=proven, stopped=self.brake.used),
            optima=sets,
        )

    def program(self, least: float) -> Program:
        """Write the question whether sites can keep so far apart; two fixed ones need not."""
        near = sparse.csr_array(self.apart < least)
        if self.rules.min_spacing is not None:
            near = sparse.csr_array((near + sparse.csr_array(self.rules.min_spacing)) != 0)
        rules = replace(self.rules, min_spacing=near)
        rows = rows_of(rules, self.sites, self.count, exactly=True)
        lower, upper = limits_of(self.rules, self.sites)
        whole = np.ones(self.sites, dtype=bool)
        return Program(
            np.zeros(self.sites), rows.matrix, rows.lower, rows.upper, whole, lower, upper,
            budget=rows.budget,
        )  # fmt: skip

    def nearest_two(self, chosen: Ints) -> float:
        """Give the smallest cost between two sites of a set."""
        return float(self.apart[np.ix_(chosen, chosen)].min(initial=np.inf))

    def farthest(self) -> Ints | None:
        """Add the farthest site again and again, from several beginnings; give the best set."""
        begins = [self.rules.fixed]
        if not len(self.rules.fixed):
            able = np.flatnonzero(self.moves.joining(self.rules.fixed))
            step = max(1, len(able) // max(1, self.solver.restarts))
            begins = [able[k : k + 1] for k in range(0, len(able), step)]
        best, most = None, -np.inf
        for begin in begins:
            chosen = begin
            while len(chosen) < self.count and self.moves.joining(chosen).any():
                room = self.apart[chosen].min(axis=0, initial=np.inf)
                room = np.where(self.moves.joining(chosen), room, -np.inf)
                chosen = np.append(chosen, np.argmax(room))
            if keeps_to(self.rules, chosen, self.sites, self.count, exactly=True):
                least = self.nearest_two(chosen)
                if least > most:
                    best, most = chosen, least
        return best

    def narrowed_down(self, chosen: Ints) -> tuple[Ints, float]:
        """Halve the distances that are still open until one is left."""
        able = np.flatnonzero(self.moves.open)
        between = np.unique(self.apart[np.ix_(able, able)])
        between = np.unique(np.append(between, np.inf))
        cannot = int(np.searchsorted(between, self.nearest_two(self.rules.fixed), side="right"))
        best = int(np.searchsorted(between, self.nearest_two(chosen)))
        high = cannot
        while best + 1 < high and not self.brake.pulled():
            least = float(between[best])
            if np.isfinite(between[cannot - 1]) and (
                between[cannot - 1] - least <= self.solver.gap * least
            ):
                break
            middle = (best + high) // 2
            limited = replace(self.solver, gap=0.0, seconds=self.brake.left)
            solved = solve(self.program(float(between[middle])), limited)
            if len(solved.x):
                chosen = np.flatnonzero(np.round(solved.x)).astype(np.int64)
                best = int(np.searchsorted(between, self.nearest_two(chosen)))
            else:
                cannot = middle if solved.infeasible and cannot == high else cannot
                high = middle
        return chosen, float(between[cannot - 1])

    def preferred(self, chosen: Ints, least: float) -> Ints:
        """Exchange sites, where that costs nothing, for a higher score or a lower number."""
        score, number = self.moves.score, np.arange(self.sites)
        changed = True
        while changed:
            changed = False
            free = self.moves.exchanging(chosen)
            for slot, site in enumerate(chosen.tolist()):
                others = np.delete(chosen, slot)
                fits = self.apart[others].min(axis=0, initial=np.inf) >= least
                ahead = (score > score[site]) | ((score == score[site]) & (number < site))
                able = np.flatnonzero(free[slot] & ahead & fits)
                if len(able) and self.nearest_two(others) >= least:
                    chosen = np.append(others, able[np.lexsort((able, -score[able]))[0]])
                    changed = True
                    break
        return np.sort(chosen)

    def in_order(self, chosen: Ints) -> tuple[Ints, Floats]:
        """Order a set: fixed sites, else the two farthest apart, then always the farthest."""
        order = self.rules.fixed.tolist()
        left = np.setdiff1d(chosen, self.rules.fixed)
        if not order and len(left) > 1:
            pairs = np.triu(self.apart[np.ix_(left, left)] + 1.0, k=1)
            first, second = divmod(int(np.argmax(pairs)), len(left))
            order, left = [int(left[first]), int(left[second])], np.delete(left, [first, second])
        while len(left):
            pick = int(np.argmax(self.apart[np.ix_(order, left)].min(axis=0, initial=np.inf)))
            order.append(int(left[pick]))
            left = np.delete(left, pick)
        least = [self.nearest_two(np.array(order[:k])) for k in range(1, len(order) + 1)]
        gains = np.full(len(order), np.nan)
        for k in range(2, len(order)):
            gains[k] = least[k] - least[k - 1] if least[k] < least[k - 1] else 0.0
        return np.array(order, dtype=np.int64), gains
