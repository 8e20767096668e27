"""A good set within rules: greedy, then exchanges, with every rule kept at every step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.rules.rows import Rows, limits_of, rows_of
from siteplanner.choice.solution import Floats, Ints, Rules

PASSES = 300_000_000
"""Numbers of a reach matrix that a search may read before it ends with what it has."""
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Field:
    """What demand gets from sites, where a point counts by its (backup + 1)-th best site.

    Parameters
    ----------
    columns
        Demand × sites, 0..1.
    demand
        Amount at each point.
    served
        0..1 a point: how fully it is served already.
    backup
        Further sites beside the first.
    room
        Demand that a site can serve alone; infinite without a capacity.
    """

    columns: sparse.csc_array
    demand: Floats
    served: Floats
    backup: int = 0
    room: Floats | None = None

    def nothing(self) -> Floats:
        """Give the best values before any site is chosen: (backup + 1) × demand."""
        top = np.zeros((self.backup + 1, self.columns.shape[0]))
        top[0] = np.maximum(top[0], self.served if self.backup == 0 else 0.0)
        return top

    def added(self, top: Floats, site: int) -> Floats:
        """Give the best values once a site is chosen too."""
        rows = slice(self.columns.indptr[site], self.columns.indptr[site + 1])
        points, value = self.columns.indices[rows], self.columns.data[rows].astype(float)
        top = top.copy()
        for rank in range(self.backup + 1):
            before = top[rank, points]
            top[rank, points] = np.maximum(before, value)
            value = np.minimum(before, value)
        return top

    def of(self, sites: Ints | list[int]) -> Floats:
        """Give the best values of a set."""
        top = self.nothing()
        for site in sites:
            top = self.added(top, int(site))
        return top

    def worth(self, top: Floats) -> float:
        """Give the demand that these best values come to, beside what was served before."""
        already = self.served if self.backup == 0 else 0.0
        return float(self.demand @ (top[-1] - already))

    def gains(self, top: Floats, *, hopeful: bool = False) -> Floats:
        """Give what each site would add.

        Parameters
        ----------
        top
            The best values so far.
        hopeful
            Whether a site that only brings a point nearer to its backup counts by half.
        """
        points, value = self.columns.indices, self.columns.data.astype(float)
        total = np.zeros(len(points))
        share = 1.0
        for rank in range(self.backup, -1, -1):
            ceiling = np.inf if rank == 0 else top[rank - 1, points]
            total += share * np.maximum(np.minimum(value, ceiling) - top[rank, points], 0.0)
            share = 0.5 * share if hopeful else 0.0
        site = np.repeat(np.arange(self.columns.shape[1]), np.diff(self.columns.indptr))
        more = np.bincount(site, total * self.demand[points], minlength=self.columns.shape[1])
        more = more.round(9)
        return np.asarray(more if self.room is None else np.minimum(more, self.room))


@dataclass(frozen=True)
class Ground:
    """Which sites the rules still let in, given those that are chosen."""

    rows: Rows
    lower: Floats
    upper: Floats
    count: int

    def open_to(self, x: Floats) -> Mask:
        """Tell for each site whether no upper limit is passed when it is chosen too.

        Sites are kept back for districts that have too few.
        """
        matrix = self.rows.matrix
        left = self.rows.upper - matrix @ x
        row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        over = matrix.data > (left + self.rows.slack)[row]
        may = (x < 1) & (self.upper > 0)
        may[matrix.indices[over]] = False
        lacking = self.lacking(x)
        slots = self.count - round(float(x.sum()))
        if slots <= lacking.sum():
            may &= self.wanted(x)
        return may

    def wanted(self, x: Floats) -> Mask:
        """Tell which sites would help a row that still needs some."""
        return np.asarray((self.rows.matrix.T @ (self.lacking(x) > 0)) > 0)

    def lacking(self, x: Floats) -> Floats:
        """Give how many sites each row still needs."""
        return np.asarray(np.maximum(self.rows.lower - self.rows.matrix @ x, 0.0))


def ground_of(rules: Rules, sites: int, count: int) -> Ground:
    """Put the rules in the form that a search asks."""
    lower, upper = limits_of(rules, sites)
    return Ground(rows_of(rules, sites, count), lower, upper, count)


def good_set(field: Field, rules: Rules, count: int, *, guide: Floats | None = None) -> Ints | None:
    """Find a good set that keeps to the rules.

    The better of two greedy sets, by gain and by gain for the money, is improved: each site in
    turn is left out and the set filled up again.

    Parameters
    ----------
    field
        What demand gets from sites.
    rules
        What binds; capacity only through the field.
    count
        Most sites.
    guide
        0..1 a site: how much a relaxation would like it; gains count by it.

    Returns
    -------
    Site numbers, or None where the search met no set that keeps to the rules.

    References
    ----------
    Khuller, S., Moss, A. and Naor, J. (1999). The budgeted maximum coverage problem.
    Information Processing Letters 70, 39-45.
    Teitz, M. and Bart, P. (1968). Heuristic methods for estimating the generalized vertex
    median of a weighted graph. Operations Research 16, 955-961.
    """
    sites = field.columns.shape[1]
    ground = ground_of(rules, sites, count)
    price = np.ones(sites)
    if rules.site_cost is not None and rules.budget is not None:
        price = np.maximum(rules.site_cost, 1e-9)
    like = np.ones(sites) if guide is None else np.maximum(guide, 1e-6)
    best: Ints | None = None
    most = -np.inf
    for weight in (like, like / price)[: 1 if rules.budget is None else 2]:
        x = _filled(field, ground, ground.lower.copy(), weight)
        if ground.rows.hold(x) and field.worth(field.of(np.flatnonzero(x))) > most:
            best = np.flatnonzero(x)
            most = field.worth(field.of(best))
    if best is None:
        return None
    weights = [np.ones(sites)] if rules.budget is None else [np.ones(sites), 1 / price]
    return _exchanged(field, ground, best, weights)


def _filled(field: Field, ground: Ground, x: Floats, weight: Floats) -> Floats:
    """Add sites while one may be added that adds something, or that a district needs."""
    top = field.of(np.flatnonzero(x))
    while True:
        may = ground.open_to(x)
        if not may.any():
            return x
        gains = np.where(may, field.gains(top, hopeful=True) * weight, -1.0)
        site = int(np.argmax(gains))
        if gains[site] <= 0:
            needed = ground.wanted(x) & may
            if not needed.any():
                return x
            site = int(np.argmax(needed))
        x[site] = 1.0
        top = field.added(top, site)


def cheap_cover(
    field: Field, ground: Ground, price: Floats, enough: Callable[[Ints], bool]
) -> Ints | None:
    """Add what serves most for the money until it is enough; then leave out what is not needed.

    Parameters
    ----------
    field
        What demand gets from sites.
    ground
        The rules.
    price
        What each site costs.
    enough
        Whether a set serves enough.

    Returns
    -------
    Site numbers, or None where the search met no set that is enough.

    References
    ----------
    Chvátal, V. (1979). A greedy heuristic for the set-covering problem.
    Mathematics of Operations Research 4, 233-235.
    """
    x = ground.lower.copy()
    top = field.of(np.flatnonzero(x))
    weight = 1.0 / np.maximum(price, 1e-9)
    while not enough(np.flatnonzero(x)) or not ground.rows.hold(x):
        may = ground.open_to(x)
        gains = np.where(may, field.gains(top, hopeful=True) * weight, -1.0)
        if not may.any() or (gains.max() <= 0 and ground.rows.hold(x)):
            return None
        if gains.max() <= 0:
            gains = np.where(may & ground.wanted(x), 1.0, -1.0)
            if gains.max() <= 0:
                return None
        best = int(np.argmax(gains))
        x[best] = 1.0
        top = field.added(top, best)
    for site in sorted(np.flatnonzero(x).tolist(), key=lambda one: (-price[one], -one)):
        if ground.lower[site] < 1:
            x[site] = 0.0
            if not (ground.rows.hold(x) and enough(np.flatnonzero(x))):
                x[site] = 1.0
    return np.flatnonzero(x).astype(np.int64)


def _exchanged(field: Field, ground: Ground, best: Ints, weights: list[Floats]) -> Ints:
    most = field.worth(field.of(best))
    left = PASSES // max(field.columns.nnz * (field.backup + 1), 1)
    better = True
    while better:
        better = False
        for out in best[ground.lower[best] < 1]:
            for weight in weights:
                x = np.zeros(len(ground.upper))
                x[best] = 1.0
                x[out] = 0.0
                before = x.sum()
                ground.upper[out] = 0.0
                x = _filled(field, ground, x, weight)
                ground.upper[out] = 1.0
                left -= int(x.sum() - before) + 2
                now = field.worth(field.of(np.flatnonzero(x)))
                if now > most + 1e-9 * max(1.0, most) and ground.rows.hold(x):
                    best, most, better = np.flatnonzero(x), now, True
                    break
                if left < 0:
                    return best
            if better:
                break
    return best
