"""The exact search for medians where nothing binds but the count: branches bounded by prices.

Beasley, J. (1985). A note on solving large p-median problems. European Journal of Operational
Research 21, 270-273.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np

from siteplanner.choice.medians.bound import Pace, Prices, most_worth, price_out, ruled_out
from siteplanner.choice.medians.case import ALMOST
from siteplanner.choice.medians.costs import Served, cheapest, narrowed
from siteplanner.choice.rules.brake import Brake
from siteplanner.choice.rules.exchanges import Exchanges, Flags
from siteplanner.choice.solution import Floats, Ints, Rules

STEPS = 40
"""Steps of price at each branch."""
PACE = Pace(length=0.1, patience=4)
"""How long these are."""
EVEN = 1e-10
"""Costs this close, as a share, are equally good."""
FEWEST = 200
"""Branches that must be possible for the search to begin."""
WORK = 1_000_000_000
"""Most pairs of point and site that the whole search may look at."""


@dataclass(frozen=True)
class Searched:
    """What a search came to.

    Parameters
    ----------
    sites
        The best set found; None where none is better than the one it began with.
    total
        What the best set costs.
    bound
        No set costs less.
    nodes
        Branches that were opened.
    """

    sites: Ints | None
    total: float
    bound: float
    nodes: int


def branch(question: Question, prices: Prices, *, nodes: int, brake: Brake) -> Searched:
    """Put sites in or out, one at a time; the branch with the lowest bound comes first.

    Parameters
    ----------
    question
        What to search.
    prices
        Prices at the root.
    nodes
        Most branches.
    brake
        Ends it where time is up.

    Returns
    -------
    The best set, and a bound on all.
    """
    root = ruled_out(prices, question.goal, question.moves)
    if STEPS * prices.pairs * FEWEST > WORK:
        return Searched(None, question.total, prices.bound, 0)
    question.narrow(root[0])
    heap: list[tuple[float, int, _Branch]] = []
    opened, closed = 0, np.inf

    def add(branch: _Branch) -> None:
        nonlocal opened, closed
        opened += 1
        one = question.bounded(branch)
        if one.is_settled or one.bound >= question.goal:
            closed = min(closed, one.bound)
        else:
            heapq.heappush(heap, (one.bound, opened, one))

    add(_Branch(prices.bound, *root, prices.price, prices.often, is_settled=False))
    while heap:
        bound, _, lowest = heapq.heappop(heap)
        if bound >= question.goal or opened >= nodes or question.work > WORK or brake.pulled():
            closed = min(closed, bound)
            break
        free = np.flatnonzero(lowest.may & ~lowest.must)
        site = free[np.argmin(np.abs(lowest.often[free] - 0.5))]
        for is_in in (True, False):
            may, must = lowest.may.copy(), lowest.must.copy()
            may[site], must[site] = is_in, is_in
            add(replace(lowest, may=may, must=must))
    return Searched(question.best, question.total, min(question.goal, closed), opened)


@dataclass(frozen=True)
class _Branch:
    bound: float
    may: Flags
    must: Flags
    price: Floats
    often: Floats
    is_settled: bool


class Question:
    """What to search, and the best set so far.

    Parameters
    ----------
    served
        Who is to be served, and what it costs to get to each site.
    moves
        Sites that are fixed or open, and their count.
    total
        What a known set costs.
    step
        Two sets that differ in cost do so by this much at least; 0 where nothing is known.
    gap
        Good enough, as a share of the cost.
    """

    def __init__(
        self, served: Served, moves: Exchanges, *, total: float, step: float, gap: float
    ) -> None:
        self.served, self.moves = served, moves
        self.total, self.step, self.gap = total, step, gap
        self.best: Ints | None = None
        self.work = 0

    @property
    def goal(self) -> float:
        """A bound from which on no set can be better than the best, or worth looking for."""
        better = max(self.step * ALMOST, EVEN * self.total)
        return min(self.total - better, self.total * (1 - self.gap))

    def narrow(self, may: Flags) -> None:
        """Forget sites that cannot be in the best set."""
        self.served = replace(self.served, costs=narrowed(self.served.costs, may))

    def bounded(self, branch: _Branch) -> _Branch:
        """Raise the bound of a branch, and settle what it settles."""
        may, must = branch.may, branch.must
        if must.sum() > self.moves.count:
            return replace(branch, bound=np.inf, is_settled=True)
        ends = self._ends(may, must)
        if ends is not None:
            return replace(branch, bound=self._tried(ends), is_settled=True)
        moves = Exchanges(
            Rules(fixed=np.flatnonzero(must), barred=np.flatnonzero(~may)),
            len(may), self.moves.count,
        )  # fmt: skip
        prices = price_out(
            self.served, moves,
            price=branch.price, target=self.total, goal=self.goal, steps=STEPS, pace=PACE,
        )  # fmt: skip
        self.work += prices.work
        self._tried(np.flatnonzero(most_worth(prices.worth, moves)[1]))
        bound = max(branch.bound, prices.bound)
        if bound < self.goal:
            may, must = ruled_out(prices, self.goal, moves)
        ends = self._ends(may, must)
        if ends is not None:
            bound = max(bound, self._tried(ends))
        return _Branch(bound, may, must, prices.price, prices.often, ends is not None)

    def _ends(self, may: Flags, must: Flags) -> Ints | None:
        """Give the only set that a branch still holds, if it holds only one."""
        if may.sum() <= self.moves.count:
            return np.flatnonzero(may)
        return np.flatnonzero(must) if must.sum() == self.moves.count else None

    def _tried(self, sites: Ints) -> float:
        total = float(
            self.served.weight @ cheapest(self.served.costs.columns, sites, self.served.cap)
        )
        if total < self.total * (1 - EVEN):
            self.best, self.total = sites.astype(np.int64), total
        return total
