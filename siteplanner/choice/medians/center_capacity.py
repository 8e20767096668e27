"""The p-center under capacity: who is served within a radius, where sites fill up."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from siteplanner.choice.medians.case import Case
from siteplanner.choice.medians.costs import Costs, kept
from siteplanner.choice.medians.shipping import Freight, program_of, ship
from siteplanner.choice.programs.highs import Program, solve
from siteplanner.choice.solution import Ints, Solver


class ReachAllWithin:
    """The question whether some set serves everybody within a radius and its capacities.

    Parameters
    ----------
    case
        Count and rules, capacity among them; what a point takes of it is its load, or else its
        demand.
    costs
        What it costs to get to each site.
    solver
        Nodes and seconds of each search.

    Examples
    --------
    >>> from siteplanner.choice.medians.costs import costs_of
    >>> from siteplanner.choice.medians.case import case_of
    >>> from siteplanner.choice.solution import Rules
    >>> table = sparse.csr_array(np.array([[1.0, 5.0], [1.0, 2.0], [1.0, 2.0]]))
    >>> case = case_of(table, np.ones(3), 2, None, Rules(capacity=np.array([2.0, 2.0])))
    >>> asked = ReachAllWithin(case, costs_of(table), Solver())
    >>> asked.within(1.0), asked.within(2.0)
    ((None, True), (array([0, 1]), True))
    """

    def __init__(self, case: Case, costs: Costs, solver: Solver) -> None:
        self.case, self.costs, self.solver = case, costs, solver
        self.stopped = False
        load = case.demand if case.rules.load is None else case.rules.load
        self.load = load[case.points]

    def within(self, radius: float) -> tuple[Ints | None, bool]:
        """Find a set that serves everybody within a radius.

        Returns
        -------
        The set, or None; and whether that is certain.
        """
        solved = solve(self.program(np.arange(self.costs.points), radius), self.solver)
        self.stopped |= solved.stopped
        if not len(solved.x):
            return None, solved.infeasible
        sites = np.flatnonzero(np.round(solved.x[: self.costs.sites])).astype(np.int64)
        return (sites, True) if self.radius_of(sites) <= radius else (None, False)

    def radius_of(self, sites: Ints) -> float:
        """Give the smallest radius within which a set serves everybody; infinite if none does."""
        part = np.zeros(self.costs.sites, dtype=bool)
        part[sites] = True
        radii = np.unique(self.case.table.data[part[self.case.table.indices]])
        if not len(radii):
            return 0.0 if self.costs.points == 0 else float("inf")
        low, high = 0, len(radii)
        while low < high:
            middle = (low + high) // 2
            if np.isfinite(ship(self._freight(float(radii[middle])), sites)[0]):
                high = middle
            else:
                low = middle + 1
        return float(radii[low]) if low < len(radii) else float("inf")

    def flows(self, sites: Ints) -> sparse.csr_array:
        """Say who goes where: all points × sites, the share of a point that a site serves."""
        shares = ship(self._freight(self.radius_of(sites)), sites)[1]
        return self.case.for_everyone(shares)

    def program(self, _: Ints, radius: float) -> Program:
        """Write the question for all points."""
        program = program_of(self._freight(radius), self.case.rules, self.case.count)
        program.cost[:] = 0.0
        return program

    def _freight(self, radius: float) -> Freight:
        table = kept(self.case.table, self.case.table.data <= radius)
        capacity = self.case.rules.capacity
        room = np.zeros(self.costs.sites) if capacity is None else capacity
        return Freight(table, np.ones(len(self.load)), self.load, room, None)
