"""A question for medians, made ready: who must be served, from where, and at what cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from siteplanner.choice.medians.costs import Served, alike, cheapest, costs_of, kept, nearest_site
from siteplanner.choice.programs.asking import Asked
from siteplanner.choice.programs.refusals import no_set, not_found, nothing
from siteplanner.choice.programs.tidying import worded
from siteplanner.choice.rules.exchanges import Exchanges
from siteplanner.choice.solution import Floats, Ints, Rules, Solution

EXPLAINED = 2_000_000
"""Most pairs of point and site for which the smallest helpful change is looked for."""
ALMOST = 0.999
"""What is above a whole number by this much is the next one."""
LARGEST_WHOLE = 1e9
"""Up to here sums are exact enough to tell whole numbers apart."""
SAME = 1e-9
"""Costs this close, as a share, are equally good."""
PENALTY = 2.0
"""What one unserved point costs, as a share of the longest walks of all others together."""


@dataclass(frozen=True)
class Case:
    """What was asked.

    Parameters
    ----------
    full
        All points × sites.
    demand
        Amount at each point.
    points
        Numbers of the points with demand.
    table
        These points × sites; only sites that may be chosen and that are worth going to.
    count
        Most sites.
    unserved
        What a unit costs that is not served; None where all must be.
    rules
        What binds.
    """

    full: sparse.csr_array
    demand: Floats
    points: Ints
    table: sparse.csr_array
    count: int
    unserved: float | None
    rules: Rules

    @property
    def weight(self) -> Floats:
        """Amount of demand at each point that has any."""
        return self.demand[self.points]

    @property
    def sites(self) -> int:
        """How many sites there are."""
        return int(self.table.shape[1])

    @cached_property
    def moves(self) -> Exchanges:
        """What the rules allow to do to a set."""
        return Exchanges(self.rules, self.sites, self.count)

    @property
    def lonely(self) -> Ints:
        """Points that must be served and cannot."""
        alone = np.diff(self.table.indptr) == 0
        return np.asarray(self.points[alone & (self.unserved is None)])

    def merged(self) -> Served:
        """Merge points with the very same costs, and sort what is left.

        Where all must be served, the cap is so high that serving one point more is always
        worth it.
        """
        same_as = alike(self.table)
        heads, number = np.unique(same_as, return_inverse=True)
        weight = np.bincount(number, weights=self.weight, minlength=len(heads)).astype(float)
        table = self.table if len(heads) == len(same_as) else self.table[heads]
        costs = costs_of(sparse.csr_array(table))
        if self.unserved is not None:
            return Served(costs, weight, np.full(len(heads), float(self.unserved)))
        farthest = costs.cost[costs.start[1:] - 1] if len(heads) else np.zeros(0)
        penalty = PENALTY * max(float(weight @ farthest), 1.0)
        return Served(costs, weight, farthest + penalty / weight)

    @cached_property
    def is_whole(self) -> bool:
        """Whether every set costs a whole number, and one that is not too large to tell."""
        amounts = (self.table.data, self.weight, np.array([self.unserved or 0.0]))
        largest = max(float(self.table.data.max(initial=0.0)), self.unserved or 0.0)
        if float(self.weight.sum()) * largest > LARGEST_WHOLE:
            return False
        return all(bool((part == np.rint(part)).all()) for part in amounts)

    def rounded(self, bound: float) -> float:
        """Round a bound up where every set costs a whole number."""
        return float(np.ceil(bound - (1 - ALMOST) / 2)) if self.is_whole else bound

    def cost_of(self, sites: Ints) -> float:
        """Compute what a set costs; infinite where it leaves out anyone who must be served."""
        cap = np.full(len(self.points), np.inf if self.unserved is None else self.unserved)
        if not len(cap):
            return 0.0
        return float(self.weight @ cheapest(self.reached_by(sites), range(len(sites)), cap))

    def reached_by(self, sites: Ints) -> sparse.csc_array:
        """Give the points with demand × these sites."""
        return sparse.csc_array(self.table[:, sites])

    def assignment(self, sites: Ints) -> Ints:
        """Give each point its cheapest site of a set; -1 where it is not served."""
        limit = np.inf if self.unserved is None else self.unserved
        order = np.sort(sites)
        place = nearest_site(sparse.csc_array(self.full[:, order]), np.arange(len(order)), limit)
        return np.where(place >= 0, order[place], -1) if len(order) else place

    def for_everyone(self, flows: sparse.csr_array) -> sparse.csr_array:
        """Give flows a row for each point, empty for points without demand."""
        length = np.zeros(self.full.shape[0], dtype=np.int64)
        length[self.points] = np.diff(flows.indptr)
        start = np.concatenate([[0], np.cumsum(length)])
        return sparse.csr_array((flows.data, flows.indices, start), shape=self.full.shape)

    def in_order(self, sites: Ints) -> tuple[Ints, Floats]:
        """Put a set in the order in which each site saves most, fixed ones first.

        Returns
        -------
        The sites, and what each saves; NaN as long as someone is left out who must be served.
        """
        fixed, weight = self.rules.fixed, self.weight
        sites = np.concatenate([fixed, np.setdiff1d(sites, fixed)])
        columns = self.reached_by(sites)
        best = np.full(len(weight), self.unserved or 0.0)
        if self.unserved is None:
            far = float(columns.data.max(initial=0.0))
            best = far + PENALTY * max(far * float(weight.sum()), 1.0) / weight
        cap, left = best, list(range(len(sites)))
        order: list[int] = []
        gains: list[float] = []
        while left:
            options = left[:1] if len(order) < len(fixed) else left
            saved = [_saved(columns, one, best, weight) for one in options]
            pick = int(np.argmax(np.round(saved, 9)))
            served = self.unserved is not None or bool((best < cap).all())
            order.append(options[pick])
            gains.append(saved[pick] if served else np.nan)
            best = cheapest(columns, [options[pick]], best)
            left.remove(options[pick])
        return sites[np.array(order, dtype=np.int64)], np.array(gains, dtype=float)


def _saved(columns: sparse.csc_array, one: int, best: Floats, weight: Floats) -> float:
    rows = slice(columns.indptr[one], columns.indptr[one + 1])
    points = columns.indices[rows]
    return float(weight[points] @ np.maximum(best[points] - columns.data[rows], 0.0))


def case_of(
    full: sparse.csr_array, demand: Floats, count: int, unserved: float | None, rules: Rules
) -> Case:
    """Leave out points without demand, and sites that are barred or cost too much to get to.

    Examples
    --------
    >>> full = sparse.csr_array(np.array([[1.0, 9.0], [2.0, 3.0]]))
    >>> case = case_of(full, np.array([4.0, 0.0]), 1, 5.0, Rules())
    >>> case.points.tolist(), case.table.indices.tolist(), case.cost_of(np.array([1]))
    ([0], [0], 20.0)
    """
    points = np.flatnonzero(demand > 0)
    table = full if len(points) == full.shape[0] else sparse.csr_array(full[points])
    closed = np.zeros(full.shape[1], dtype=bool)
    closed[rules.barred] = True
    closed[rules.fixed] = False
    if closed.any() or unserved is not None:
        wanted = ~closed[table.indices]
        if unserved is not None:
            wanted &= table.data < unserved
        table = kept(table, wanted)
    return Case(full, demand, points, table, count, unserved, rules)


def no_answer(case: Case, *, certain: bool = True) -> Solution:
    """Say why no set keeps to the rules; or that none was found, where it is not certain."""
    if not certain:
        return not_found()
    if case.full.nnz > EXPLAINED:
        alone = len(case.lonely)
        called = case.rules.called
        count = case.count - called.standing
        why = f"No {count} sites that keep to the rules serve everybody{called.help(1.0)}."
        if alone:
            what = "cells with people in need" if called.points else "demand points"
            why = f"{alone:,} {what} cannot get to any site that may be chosen{called.help(1.0)}."
        return nothing((why,))
    if case.unserved is not None:
        return no_set(Asked(case.rules, case.sites, case.count))
    reach = case.full.copy()
    reach.data = np.ones(reach.nnz)
    return no_set(Asked(case.rules, case.sites, case.count, reach=reach, demand=case.demand))


def finished(
    case: Case, sites: Ints, bound: float, sets: tuple[Ints, ...], *, stopped: bool
) -> Solution:
    """Make an answer of a set: its cost, computed from the set, its order, and who goes where."""
    order, gains = case.in_order(sites)
    objective = case.cost_of(order)
    slack = SAME * max(1.0, abs(objective))
    proven = bool(objective - bound <= slack)
    bound = objective if proven else bound
    return Solution(
        sites=order,
        objective=objective,
        gains=gains,
        bound=bound,
        proven=proven,
        method=worded(objective, bound, proven=proven, stopped=stopped),
        assignment=case.assignment(order),
        optima=sets,
    )
