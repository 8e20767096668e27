"""What a set of sites must do, as a program: for the search, and for why there is no set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siteplanner.choice.programs.backing import backed_up
from siteplanner.choice.programs.covers import (
    Block,
    added_up,
    by_level,
    each_reached,
    merged,
    program_of,
)
from siteplanner.choice.programs.flows import shared_out
from siteplanner.choice.programs.highs import Program, Solved, solve
from siteplanner.choice.solution import Floats, Rules, Solver

LOOK = Solver(nodes=1_000)
"""How hard to look for any set at all."""
PAIRS = 50_000_000
"""Pairs of points that may be compared in search of those that others make needless."""


@dataclass(frozen=True)
class Asked:
    """What a set must do: keep to rules, and serve a share of demand.

    Parameters
    ----------
    rules
        What binds.
    sites
        Number of sites.
    count
        Most sites; None for as many as one likes.
    exactly
        Whether it must be just ``count`` sites.
    reach
        Demand × sites, 0..1; None where demand need not be served.
    demand
        Amount at each point; points without demand need nothing.
    share
        Share of the demand that must be served.
    unit
        By what amounts of demand were multiplied, so that none is lost in rounding.
    """

    rules: Rules
    sites: int
    count: int | None
    exactly: bool = False
    reach: sparse.csr_array | None = None
    demand: Floats | None = None
    share: float = 1.0
    unit: float = 1.0

    @property
    def total(self) -> float:
        """All demand."""
        return 0.0 if self.demand is None else float(self.demand.sum())

    def block(self, *, countable: bool) -> Block | None:
        """Give what ties demand to the sites, with demand served as a number if asked."""
        if self.reach is None or self.demand is None:
            return None
        rules, here = self.rules, self.demand > 0
        reach, demand = sparse.csr_array(self.reach[here]), self.demand[here]
        if rules.capacity is not None:
            load = demand if rules.load is None else rules.load[here]
            price = np.divide(demand, load, out=np.zeros(len(load)), where=load > 0)
            reach, kind = merged(reach, price)
            return shared_out(reach, added_up(demand, kind), added_up(load, kind), rules.capacity)
        if self.share >= 1 and not countable:
            return each_reached(hardest(full_only(reach)), rules.backup + 1)
        reach, kind = merged(reach)
        if rules.backup:
            return backed_up(reach, added_up(demand, kind), rules.backup, rules.fixed)
        return by_level(reach, added_up(demand, kind))

    def solved(self, *, price: Floats | None = None, most: bool = False) -> Solved:
        """Find a set that keeps to everything: a cheapest one, or one that serves most."""
        return solve(self.program(price=price, most=most), LOOK)

    def program(self, *, price: Floats | None = None, most: bool = False) -> Program:
        """Write it as a program: for a cheapest set, or for one that serves most."""
        block = self.block(countable=most)
        counts = block is not None and len(block.worth) > 0
        return program_of(
            self.rules,
            self.count,
            block,
            self.sites,
            least=self.share * self.total if counts and not most else None,
            price=None if most else (np.zeros(self.sites) if price is None else price),
            exactly=self.exactly,
        )

    def holds(self) -> bool:
        """Tell whether a set was found that keeps to everything."""
        return len(self.solved().x) > 0


def full_only(reach: sparse.csr_array) -> sparse.csr_array:
    """Leave out sites that reach a point only in part."""
    full = reach.copy()
    full.data = (full.data >= 1).astype(float)
    full.eliminate_zeros()
    return full


def hardest(reach: sparse.csr_array) -> sparse.csr_array:
    """Leave out points that are reached whenever some other point is.

    Parameters
    ----------
    reach
        Demand × sites, ones where a site reaches a point.

    Returns
    -------
    The points whose sites are not also all sites of another point, in their order.

    References
    ----------
    Toregas, C. and ReVelle, C. (1973). Binary logic solutions to a class of location problem.
    Geographical Analysis 5, 145-155.

    Examples
    --------
    >>> hardest(sparse.csr_array(np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 1.0]]))).toarray()
    array([[0., 1.]])
    """
    kinds, _ = merged(reach)
    size = np.diff(kinds.indptr)
    if float((np.diff(sparse.csc_array(kinds).indptr).astype(float) ** 2).sum()) > PAIRS:
        return kinds
    shared = sparse.coo_array(kinds @ sparse.csr_array(kinds.T))
    one, other = shared.coords
    within = (shared.data >= size[other]) & (one != other) & (size[other] > 0)
    needless = np.zeros(len(size), dtype=bool)
    needless[one[within]] = True
    return sparse.csr_array(kinds[~needless])
