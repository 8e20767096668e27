"""Whether there is a set of sites from which everybody is within a radius.

Most points need not be looked at: only those that a set left out are put to the exact search.

Chen, D. and Chen, R. (2009). New relaxation-based algorithms for the optimal solution of the
continuous and discrete p-center problems. Computers & Operations Research 36, 1646-1655.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.medians.case import Case
from siteplanner.choice.medians.costs import Costs, cheapest
from siteplanner.choice.programs.highs import Program, solve
from siteplanner.choice.rules.rows import limits_of, rows_of
from siteplanner.choice.solution import Ints, Solver

TOGETHER = 25
"""Points that are added to the question at once."""


class ReachAll:
    """The question whether some set reaches everybody, for one radius after the other.

    Parameters
    ----------
    case
        Count and rules; capacity and backup are not looked at.
    costs
        What it costs to get to each site.
    solver
        Nodes and seconds of each search.

    Examples
    --------
    >>> from siteplanner.choice.medians.costs import costs_of
    >>> from siteplanner.choice.medians.case import case_of
    >>> from siteplanner.choice.solution import Rules
    >>> table = sparse.csr_array(np.array([[1.0, 5.0], [5.0, 2.0], [5.0, 2.0]]))
    >>> asked = ReachAll(case_of(table, np.ones(3), 1, None, Rules()), costs_of(table), Solver())
    >>> asked.within(2.0), asked.within(5.0)
    ((None, True), (array([0]), True))
    """

    def __init__(self, case: Case, costs: Costs, solver: Solver) -> None:
        self.costs, self.solver, self.count = costs, solver, case.count
        self.rows = rows_of(case.rules, costs.sites, case.count)
        self.lower, self.upper = limits_of(case.rules, costs.sites)
        self.asked: list[int] = []
        self.stopped = False

    def within(self, radius: float) -> tuple[Ints | None, bool]:
        """Find a set that reaches everybody within a radius.

        Returns
        -------
        The set, or None; and whether that is certain.
        """
        everyone = np.full(self.costs.points, np.inf)
        start = np.flatnonzero(self.lower > 0)
        left = cheapest(self.costs.columns, start, everyone) > radius
        apart = self._apart(left, np.arange(self.costs.points), radius, self.count + 1)
        if len(apart) > self.count - len(start):
            return None, True
        self._ask(apart)
        while True:
            solved = solve(self.program(np.array(self.asked, dtype=np.int64), radius), self.solver)
            self.stopped |= solved.stopped
            if not len(solved.x):
                return None, solved.infeasible
            sites = np.flatnonzero(solved.x[: self.costs.sites] > 0.5).astype(np.int64)
            cost = cheapest(self.costs.columns, sites, everyone)
            left = cost > radius
            if not left.any():
                return sites, True
            self._ask(self._apart(left, np.argsort(-cost, kind="stable"), radius, TOGETHER))

    def radius_of(self, sites: Ints) -> float:
        """Give the largest cost from any point to its nearest site of a set."""
        nobody = np.full(self.costs.points, np.inf)
        return float(cheapest(self.costs.columns, sites.tolist(), nobody).max(initial=0.0))

    def flows(self, _: Ints) -> None:
        """Say that everybody goes to the nearest site."""

    def program(self, points: Ints, radius: float) -> Program:
        """Write the question for some points: each is reached, and the rules are kept to."""
        start = self.costs.start
        ends = [int(start[i] + self._near(i, radius)) for i in points]
        length = np.array([end - start[i] for i, end in zip(points, ends, strict=True)], np.int64)
        at = [self.costs.site[start[i] : end] for i, end in zip(points, ends, strict=True)]
        indices = np.concatenate(at) if at else np.zeros(0, dtype=np.int32)
        indptr = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
        shape = (len(points), self.costs.sites)
        reach = sparse.csr_array((np.ones(len(indices)), indices, indptr), shape=shape)
        return Program(
            cost=np.zeros(self.costs.sites),
            rows=sparse.csr_array(sparse.vstack([self.rows.matrix, reach], format="csr")),
            lower=np.concatenate([self.rows.lower, np.ones(len(points))]),
            upper=np.concatenate([self.rows.upper, np.full(len(points), np.inf)]),
            whole=np.ones(self.costs.sites, dtype=bool),
            x_lower=self.lower,
            x_upper=self.upper,
            budget=self.rows.budget,
        )

    def _near(self, point: int, radius: float) -> int:
        part = self.costs.cost[self.costs.start[point] : self.costs.start[point + 1]]
        return int(np.searchsorted(part, radius, side="right"))

    def _ask(self, points: Ints) -> None:
        known = set(self.asked)
        self.asked += [int(point) for point in points if int(point) not in known]

    def _apart(self, left: npt.NDArray[np.bool_], order: Ints, radius: float, most: int) -> Ints:
        """Pick points of which no two can be reached from the same site."""
        taken = np.zeros(self.costs.sites, dtype=bool)
        taken[self.upper == 0] = True
        closed = taken.copy()
        found = []
        for point in order[left[order]]:
            begin = self.costs.start[point]
            near = self.costs.site[begin : begin + self._near(int(point), radius)]
            if not (taken[near] & ~closed[near]).any():
                taken[near] = True
                found.append(int(point))
                if len(found) == most:
                    break
        return np.array(found, dtype=np.int64)
