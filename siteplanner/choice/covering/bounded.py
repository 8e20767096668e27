"""Maximal covering at metropolitan size: the best set, or a good one and its bound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from siteplanner.choice.covering.dual import CHECK, Dual
from siteplanner.choice.covering.finishing import LARGEST, all_whole, finish, gap_left, rounded
from siteplanner.choice.covering.greedy import in_given_order, pick, rank_of, reached
from siteplanner.choice.covering.interchange import even_exchanges, exchange
from siteplanner.choice.covering.reduction import Core, core_of, narrowed, without_dominated
from siteplanner.choice.rules.brake import Brake
from siteplanner.choice.solution import Floats, Ints, Solution, Solver

ROUND = 200
"""Steps of the relaxation between two sets that are read from it."""
SUPPORT = 1e-3
"""Smallest share at which a site is worth a try."""
NEAR = 0.05
"""The relaxation is solved when what is missing is this share of what divides it from the set."""
SMALLER = 0.9
"""Share of its size to which a model must shrink before it is written anew."""
TIGHT = 1e-9
"""Bound and objective this close, as a share, are the same."""


def cover(
    columns: sparse.csc_array,
    demand: Floats,
    served: Floats,
    count: int,
    *,
    fixed: Ints,
    barred: Ints,
    score: Floats | None = None,
    solver: Solver | None = None,
) -> Solution:
    """Find the sites that together reach most demand, each demand by its best reach.

    What cannot change the answer is left out.  A greedy set is improved by exchanges; the
    linear relaxation gives a bound, further sets to improve, and the sites that no better set
    has.  When little is left, an exact search ends it.

    Parameters
    ----------
    columns
        Demand × sites, 0..1: how fully a site reaches a demand point.
    demand
        Amount at each demand point, not negative, no NaN.
    served
        0..1 a demand point: how fully existing places reach it already.
    count
        Most sites, fixed ones included; at least as many as are fixed.
    fixed
        Sites that are in, in this order.
    barred
        Sites that are out, unless they are fixed.
    score
        One number a site; of equal sites the one with the higher score is preferred, then the
        one with the lower number.
    solver
        How hard to look; no work at all (``dual_steps``, ``restarts`` and ``nodes`` 0) gives
        the greedy set, improved by exchanges.

    Returns
    -------
    The set: fixed sites, then the others, each time the one that adds most; sites that would
    add nothing are left out.

    References
    ----------
    Church, R. and ReVelle, C. (1974). The maximal covering location problem.
    Papers of the Regional Science Association 32, 101-118.
    Galvão, R. and ReVelle, C. (1996). A Lagrangean heuristic for the maximal covering location
    problem. European Journal of Operational Research 88, 114-123.

    Examples
    --------
    >>> reach = sparse.csc_array(np.array([[1.0, 0, 1], [1, 1, 0], [0, 1, 0], [0, 0, 1]]))
    >>> none = np.empty(0, dtype=np.int64)
    >>> found = cover(reach, np.array([3.0, 4, 2, 2]), np.zeros(4), 2, fixed=none, barred=none)
    >>> found.sites.tolist(), found.objective, found.bound, found.proven
    ([1, 2], 11.0, 11.0, True)
    """
    fixed = np.asarray(fixed, dtype=np.int64)
    is_open = np.ones(columns.shape[1], dtype=bool)
    is_open[np.asarray(barred, dtype=np.int64)] = False
    is_open[fixed] = False
    rank = rank_of(score, columns.shape[1])
    best = reached(columns, fixed, served)
    core = core_of(columns, demand, best, np.flatnonzero(is_open), count - len(fixed))
    search = _Search(core, rank[core.sites], solver or Solver())
    search.run()
    chosen = even_exchanges(core, np.searchsorted(core.sites, search.picked), rank[core.sites])
    worth = columns.data * demand[columns.indices]
    sites, gains = pick(
        columns.indptr, columns.indices, worth, best * demand, core.sites[chosen], len(chosen),
        rank,
    )  # fmt: skip
    sites = np.concatenate([fixed, sites])
    together = reached(columns, sites, served)
    objective = float(demand @ (together - served))
    bound = max(objective, float(demand @ (best - served)) + search.bound)
    proven = bound - objective <= TIGHT * max(1.0, objective)
    return Solution(
        sites=sites,
        objective=objective,
        gains=np.concatenate([in_given_order(columns, demand, fixed, served), gains]),
        bound=objective if proven else bound,
        proven=proven,
        method=_method(objective, bound, proven=proven, stopped=search.brake.used),
        assignment=_assignment(columns, np.sort(sites)),
    )


class _Search:
    """A covering model on its way to a proof: it shrinks, the set improves, the bound falls."""

    def __init__(self, core: Core, rank: Ints, solver: Solver) -> None:
        self.solver = solver
        self.brake = Brake(solver.seconds)
        self.whole = all_whole(core.row_worth)
        self.rank = dict(zip(core.sites.tolist(), rank.tolist(), strict=True))
        self.core = without_dominated(core, rank)
        self.taken = np.empty(0, dtype=np.int64)
        self.base = 0.0
        self.picked = np.empty(0, dtype=np.int64)
        self.value = 0.0
        self.bound = core.total if core.count > 0 else 0.0
        self.shakes = solver.restarts

    @property
    def done(self) -> bool:
        """Whether no set can be better by more than the gap asked for."""
        slack = max(self.solver.gap * self.value, TIGHT * max(1.0, self.value))
        return rounded(self.bound, whole=self.whole) <= self.value + slack

    def run(self) -> None:
        core = self.core
        if core.count <= 0 or not core.size:
            return
        self._offer(core, exchange(core, self._greedy(core)))
        dual: Dual | None = Dual(core, self._begin())
        steps = float(self.solver.dual_steps)
        while dual is not None and steps > 0 and not (self.done or self.brake.pulled()):
            steps -= ROUND * dual.core.size / core.size  # a smaller model has shorter steps
            for _ in range(0, ROUND, CHECK):
                dual.walk(CHECK)
                self._lower(self.base + dual.bound)
                if self.done or self.brake.pulled():
                    break
            missing = dual.bound - dual.value
            dual = self._read(dual)
            if missing <= NEAR * (self.bound - self.value):
                break
        exact = self.solver.nodes > 0 and 0 < self.core.size <= LARGEST
        if dual is not None and not exact:
            self._shake(dual, self.shakes)
        if exact and not (self.done or self.brake.pulled()):
            self._finish()
        self.bound = max(self.value, rounded(self.bound, whole=self.whole))

    def _greedy(self, core: Core) -> Ints:
        rows, sites = len(core.row_start) - 1, np.arange(len(core.sites))
        rank = np.array([self.rank[site] for site in core.sites.tolist()], dtype=np.int64)
        return pick(
            core.site_start, core.site_row, core.site_worth, np.zeros(rows), sites,
            min(core.count, len(sites)), rank,
        )[0]  # fmt: skip

    def _begin(self) -> Floats:
        """Begin half with the set and half with all sites alike."""
        core = self.core
        share = np.full(len(core.sites), 0.5 * min(1.0, core.count / len(core.sites)))
        share[np.isin(core.sites, self.picked)] += 0.5
        return share

    def _offer(self, core: Core, picked: Ints) -> None:
        value = self.base + core.worth(picked)
        if value > self.value * (1 + 1e-12) or not len(self.picked):
            self.value = value
            self.picked = np.sort(np.concatenate([self.taken, core.sites[picked]]))

    def _lower(self, bound: float) -> None:
        self.bound = min(self.bound, max(bound, self.value))

    def _read(self, dual: Dual) -> Dual | None:
        """Improve the set that the shares suggest, and leave out what no better set has."""
        if self.done:
            return dual
        self._shake(dual, max(1, self.solver.restarts // 8) if self.shakes else 0)
        core, room = self.core, self.value - self.base
        out, into = dual.bound_with <= room, dual.bound_without <= room
        if not self._worth_it(core, ~out, into):
            return dual
        taken = np.flatnonzero(into)
        self.base += core.worth(taken)
        self.taken = np.concatenate([self.taken, core.sites[taken]])
        share = dict(zip(core.sites.tolist(), dual.share.tolist(), strict=True))
        core = narrowed(dual.priced(), ~out, taken)
        if core.size:
            rank = np.array([self.rank[site] for site in core.sites.tolist()], dtype=np.int64)
            core = without_dominated(core, rank)
        self.core = core
        if core.count >= len(core.sites) or not core.size:
            self._offer(core, np.arange(len(core.sites))[: max(core.count, 0)])
            self._lower(self.value)
            return None
        begin = np.array([share[site] for site in core.sites.tolist()])
        return Dual(core, begin, weight=dual.weight)

    @staticmethod
    def _worth_it(core: Core, kept: np.ndarray, into: np.ndarray) -> bool:
        stays = kept & ~into
        size = int(np.diff(core.site_start)[stays].sum())
        return size <= SMALLER * core.size

    def _shake(self, dual: Dual, shakes: int) -> None:
        """Round the shares to a set, and search around it among sites that have a share."""
        core, share = dual.core, dual.share
        picked = np.argsort(-share, kind="stable")[: core.count]
        kept = share > SUPPORT
        own = np.flatnonzero(np.isin(core.sites, self.picked))
        if shakes and len(own) == core.count and self.shakes < self.solver.restarts:
            picked = own
        kept[picked] = True
        near = narrowed(replace(core, price=np.empty(0)), kept, np.empty(0, dtype=np.int64))
        number = np.cumsum(kept) - 1
        weight = share[kept] + 1e-9
        shakes = min(shakes, self.shakes)
        self.shakes -= shakes
        seed = self.solver.seed + self.shakes
        found = exchange(near, number[picked], weight=weight, shakes=shakes, seed=seed)
        self._offer(core, np.flatnonzero(kept)[found])

    def _finish(self) -> None:
        core = self.core
        start = np.flatnonzero(np.isin(core.sites, self.picked))
        if len(start) + len(self.taken) != len(self.picked):
            start = exchange(core, self._greedy(core))
        room = self.value - self.base
        solver = replace(self.solver, seconds=self.brake.left)
        solver = gap_left(solver, self.base, room, whole=self.whole)
        picked, bound, solved = finish(core, start, solver)
        self._offer(core, picked)
        self._lower(self.base + bound)
        self.brake.used |= solved.stopped


def _method(objective: float, bound: float, *, proven: bool, stopped: bool) -> str:
    cut = ", cut short by the time limit" if stopped else ""
    if proven:
        return f"the best of all sets: none of as many places reaches more, as was proven{cut}"
    if objective <= 0:
        return f"found by exchanging places{cut}; how far from the best is not known"
    gap = 100 * (bound / objective - 1)
    return (
        f"found by exchanging places, guided by a linear relaxation{cut}; no set of as many "
        f"places reaches more than {gap:.2g} % more"
    )


def _assignment(columns: sparse.csc_array, sites: Ints) -> Ints:
    """Give the site that reaches each demand point best, the first of equals; -1 for none."""
    best = np.zeros(columns.shape[0])
    found = np.full(columns.shape[0], -1, dtype=np.int64)
    for site in sites:
        places = slice(columns.indptr[site], columns.indptr[site + 1])
        points, reach = columns.indices[places], columns.data[places]
        better = reach > best[points]
        best[points[better]] = reach[better]
        found[points[better]] = site
    return found
