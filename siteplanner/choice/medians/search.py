"""Good sets of medians: greedy adding and best interchange, with everyone's two nearest sites.

Resende, M. and Werneck, R. (2004). A hybrid heuristic for the p-median problem. Journal of
Heuristics 10, 59-88: what an exchange saves is what the new site saves, less what the old one's
people lose, plus what the new one spares exactly these people.  All three are kept in tables
that follow every exchange; only points whose two nearest sites change are touched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from siteplanner.choice.medians.costs import Served, Small
from siteplanner.choice.rules.brake import Brake
from siteplanner.choice.rules.exchanges import Exchanges
from siteplanner.choice.solution import Floats, Ints
from siteplanner.compiled import kernel

TOUCHED = 12_000_000
"""Points that all shakes together may look at anew."""
LONGEST = 4
"""Most shakes, as a multiple of the patience."""
LEAST = 1e-9
"""Smallest saving, as a share of the cost, that is worth an exchange."""


@dataclass(frozen=True)
class Shakes:
    """How often a good set is shaken.

    Parameters
    ----------
    patience
        Times in a row without success after which it ends.
    seed
        For the lots.
    brake
        Ends it where time is up.
    """

    patience: int
    seed: int
    brake: Brake


class Medians:
    """A set of sites, what it costs everybody, and what each exchange would save.

    Parameters
    ----------
    served
        Who is to be served, and what it costs to get to each site.
    count
        Most sites.

    Examples
    --------
    >>> from scipy import sparse
    >>> from siteplanner.choice.medians.costs import costs_of
    >>> costs = costs_of(sparse.csr_array(np.array([[1.0, 5.0], [5.0, 2.0], [5.0, 2.0]])))
    >>> medians = Medians(Served(costs, np.ones(3), np.full(3, 9.0)), 2)
    >>> medians.put(0, 1)
    >>> medians.total, medians.gain.tolist()
    (9.0, [4.0, 0.0])
    """

    def __init__(self, served: Served, count: int) -> None:
        self.served, self.costs = served, served.costs
        self.weight, self.cap = served.weight, served.cap
        points, sites = self.costs.points, self.costs.sites
        self.chosen: Ints = np.full(count, -1, dtype=np.int64)
        self.slot = np.full(sites, -1, dtype=np.int32)
        self.first = np.full(points, -1, dtype=np.int32)
        self.second = np.full(points, -1, dtype=np.int32)
        self.near, self.next = self.cap.copy(), self.cap.copy()
        self.loss, self.gain = np.zeros(count), np.zeros(sites)
        self.spared = np.zeros((count, sites))
        self.touched = 0
        self._tabulate(np.arange(points), 1.0)

    @property
    def total(self) -> float:
        """What the set costs everybody together."""
        return float(self.weight @ self.near)

    @property
    def sites(self) -> Ints:
        """The set, in the order of its slots."""
        return self.chosen[self.chosen >= 0]

    def put(self, slot: int, site: int) -> None:
        """Put a site into a slot, in place of the one that is there; -1 empties the slot."""
        touched = np.zeros(self.costs.points, dtype=bool)
        out = self.chosen[slot]
        if out >= 0:
            touched = (self.first == slot) | (self.second == slot)
        if site >= 0:
            columns = self.costs.columns
            rows = slice(columns.indptr[site], columns.indptr[site + 1])
            points = columns.indices[rows]
            touched[points[columns.data[rows] < self.next[points]]] = True
        rows_touched = np.flatnonzero(touched)
        self.touched += len(rows_touched)
        self._tabulate(rows_touched, -1.0)
        if out >= 0:
            self.slot[out] = -1
        if site >= 0:
            self.slot[site] = slot
        self.chosen[slot] = site
        costs = self.costs
        _two_nearest(
            rows_touched, costs.start, costs.site, costs.cost, self.slot, self.cap,
            self.first, self.second, self.near, self.next,
        )  # fmt: skip
        self._tabulate(rows_touched, 1.0)

    def savings(self, site: int | None = None) -> Floats:
        """Give what each exchange saves, slots × sites, or for one site a number a slot."""
        if site is not None:
            return np.asarray(self.gain[site] - self.loss + self.spared[:, site])
        return np.asarray(self.gain - self.loss[:, None] + self.spared)

    def become(self, sites: Ints) -> None:
        """Turn into another set, keeping what both have in common."""
        wanted = set(sites.tolist())
        new = [site for site in sites.tolist() if self.slot[site] < 0]
        for slot, site in enumerate(self.chosen.tolist()):
            if site not in wanted and (new or site >= 0):
                self.put(slot, new.pop(0) if new else -1)

    def kept(self) -> list[npt.NDArray[Any]]:
        """Give copies of all that an exchange changes."""
        return [part.copy() for part in self._parts()]

    def restore(self, kept: list[npt.NDArray[Any]]) -> None:
        """Go back to what was kept."""
        for part, old in zip(self._parts(), kept, strict=True):
            part[...] = old

    def _parts(self) -> list[npt.NDArray[Any]]:
        return [
            self.chosen, self.slot, self.first, self.second, self.near, self.next,
            self.loss, self.gain, self.spared,
        ]  # fmt: skip

    def _tabulate(self, rows: Ints, sign: float) -> None:
        costs = self.costs
        _tabulate(
            rows, sign, costs.start, costs.site, costs.cost, self.weight,
            self.first, self.near, self.next, self.loss, self.gain, self.spared,
        )  # fmt: skip


def grow(medians: Medians, moves: Exchanges) -> None:
    """Put in the fixed sites, then one after the other the site that saves most.

    It stops where nothing more may be added or would save anything.

    Parameters
    ----------
    medians
        The set, which is changed.
    moves
        What the rules allow.
    """
    for slot, site in enumerate(moves.fixed.tolist()):
        medians.put(slot, site)
    for slot in range(len(moves.fixed), moves.count):
        free = moves.joining(medians.sites)
        gain = np.where(free, medians.gain, -1.0)
        site = int(np.argmax(gain))
        needed = moves.missing(medians.sites).sum() > 0
        if not free.any() or (gain[site] <= LEAST * medians.total and not needed):
            return
        if needed and moves.district is not None and gain[site] <= 0:
            lacking = moves.missing(medians.sites)[moves.district] > 0
            site = int(np.argmax(np.where(lacking & (moves.district >= 0), gain, -2.0)))
        medians.put(slot, site)


def improve(medians: Medians, moves: Exchanges) -> None:
    """Exchange one site for another, the best exchange first, while that saves anything.

    Parameters
    ----------
    medians
        The set, which is changed.
    moves
        What the rules allow.
    """
    while True:
        before = medians.total
        saved = np.where(moves.exchanging(medians.chosen), medians.savings(), -np.inf)
        slot, site = divmod(int(np.argmax(saved)), saved.shape[1])
        if not saved[slot, site] > LEAST * before:
            return
        out = int(medians.chosen[slot])
        medians.put(slot, site)
        if medians.total >= before:  # rounding: the tables promised what is not there
            medians.put(slot, out)
            return


def settle_ties(medians: Medians, moves: Exchanges) -> None:
    """Leave out sites that save nothing; exchange sites for a higher score, or a lower number.

    Only what costs nothing is done.

    Parameters
    ----------
    medians
        The set, which is changed.
    moves
        What the rules allow.
    """
    for slot in sorted(range(moves.count), key=lambda one: moves.score[medians.chosen[one]]):
        before, out = medians.total, int(medians.chosen[slot])
        if out >= 0 and medians.loss[slot] <= LEAST * before and moves.spares(medians.sites, out):
            medians.put(slot, -1)
            if medians.total > before * (1 + 1e-12):
                medians.put(slot, out)
    number = np.arange(medians.costs.sites)
    for _ in range(len(number)):
        before = medians.total
        free = moves.exchanging(medians.chosen)
        free[medians.chosen < 0] = False
        ours = medians.chosen[:, None]
        better = moves.score > moves.score[ours]
        better |= (moves.score == moves.score[ours]) & (number < ours)
        even = free & better & (np.abs(medians.savings()) <= LEAST * before)
        if not even.any():
            return
        slots, sites = np.nonzero(even)
        best = np.lexsort((slots, sites, -moves.score[sites]))[0]
        out = int(medians.chosen[slots[best]])
        medians.put(int(slots[best]), int(sites[best]))
        if medians.total > before * (1 + 1e-12):
            medians.put(int(slots[best]), out)
            return


def shake(medians: Medians, moves: Exchanges, pool: Ints, *, shakes: Shakes) -> None:
    """Put in a few sites by lot and improve again, many times; keep the best set.

    Newcomers take the place of a site drawn by lot, or, every other time, of the site that is
    missed least.

    Parameters
    ----------
    medians
        The set, which is changed; it never gets worse.
    moves
        What the rules allow.
    pool
        Sites from which newcomers are drawn every other time, and from all open ones else.
    shakes
        How often.
    """
    lots = np.random.default_rng(shakes.seed)
    best, total, failed = medians.kept(), medians.total, 0
    everything, enough = np.flatnonzero(moves.open), medians.touched + TOUCHED
    for turn in range(LONGEST * shakes.patience):
        if failed >= shakes.patience or medians.touched > enough or shakes.brake.pulled():
            return
        new: list[int] = []
        drawn = pool if turn % 4 < 2 else everything
        for _ in range(int(lots.integers(2, 4))):
            site = int(drawn[lots.integers(0, len(drawn))])
            able = moves.exchanging(medians.chosen)[:, site] & ~np.isin(medians.chosen, new)
            slot = int(lots.integers(0, moves.count))
            if turn % 2 and able.any():
                slot = int(np.argmax(np.where(able, medians.savings(site), -np.inf)))
            if able[slot]:
                medians.put(slot, site)
                new.append(site)
        improve(medians, moves)
        if medians.total < total * (1 - LEAST):
            best, total, failed = medians.kept(), medians.total, 0
        else:
            medians.restore(best)
            failed += 1


@kernel("void(i8[::1],i8[::1],i4[::1],f8[::1],i4[::1],f8[::1],i4[::1],i4[::1],f8[::1],f8[::1])")
def _two_nearest(  # noqa: PLR0913
    rows: Ints, start: Ints, site: Small, cost: Floats, slot: Small, cap: Floats,
    first: Small, second: Small, near: Floats, next_near: Floats,
) -> None:  # fmt: skip
    for row in rows:
        one, other = -1, -1
        near[row], next_near[row] = cap[row], cap[row]
        for k in range(start[row], start[row + 1]):
            taken = slot[site[k]]
            if taken >= 0:
                if one < 0:
                    one = taken
                    near[row] = cost[k]
                else:
                    other = taken
                    next_near[row] = cost[k]
                    break
        first[row], second[row] = one, other


@kernel(
    "void(i8[::1],f8,i8[::1],i4[::1],f8[::1],f8[::1],i4[::1],f8[::1],f8[::1],"
    "f8[::1],f8[::1],f8[:,::1])"
)
def _tabulate(  # noqa: PLR0913
    rows: Ints, sign: float, start: Ints, site: Small, cost: Floats, weight: Floats,
    first: Small, near: Floats, next_near: Floats, loss: Floats, gain: Floats, spared: Floats,
) -> None:  # fmt: skip
    for row in rows:
        one, a, b, w = first[row], near[row], next_near[row], sign * weight[row]
        if one >= 0:
            loss[one] += w * (b - a)
        for k in range(start[row], start[row + 1]):
            c = cost[k]
            if c >= b:
                break
            if c < a:
                gain[site[k]] += w * (a - c)
                if one >= 0:
                    spared[one, site[k]] += w * (b - a)
            else:
                spared[one, site[k]] += w * (b - c)
