"""A bound on what any set can reach: prices on demand, and shares of sites that answer them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from siteplanner.choice.covering.reduction import Core, Small
from siteplanner.choice.solution import Floats
from siteplanner.compiled import kernel

MARGIN = 1e-10
"""Share by which a bound is raised, far more than rounding can have taken from it."""
CHECK = 40
"""Steps between two looks at the bound."""


class Dual:
    """The linear relaxation of a covering model, solved from both sides at once.

    Each level of demand has a price, 0..1 of its worth; each site a share, 0..1, no more than
    ``count`` in all.  Whatever the prices are, what demand is worth above its price, plus the
    dearest ``count`` sites at these prices, is a bound on every set.  Shares move towards sites
    that are dear, prices down where the shares serve a level more than once.

    Each step is one of the primal-dual hybrid gradient method, in its reflected form, drawn
    back to where it began (Halpern's iteration), with a new beginning when bound and value have
    come nearer; step lengths are set by row and column.

    Parameters
    ----------
    core
        The model, with prices if it has any.
    share
        Where the shares begin.
    weight
        How quickly prices move in relation to shares.

    References
    ----------
    Chambolle, A. and Pock, T. (2011). A first-order primal-dual algorithm for convex problems
    with applications to imaging. J. Math. Imaging and Vision 40, 120-145.
    Pock, T. and Chambolle, A. (2011). Diagonal preconditioning for first order primal-dual
    algorithms in convex optimization. ICCV, 1762-1769.
    Lu, H. and Yang, J. (2024). Restarted Halpern PDHG for linear programming. arXiv:2407.16144.

    Examples
    --------
    Three sites in a ring, two to choose, each pair of neighbours shares a place: the best set
    misses nothing.

    >>> from scipy import sparse
    >>> from siteplanner.choice.covering.reduction import core_of
    >>> reach = sparse.csc_array(np.array([[1.0, 1, 0], [0, 1, 1], [1, 0, 1]]))
    >>> dual = Dual(core_of(reach, np.full(3, 2.0), np.zeros(3), np.arange(3), 2), np.ones(3))
    >>> dual.walk(200)
    >>> round(dual.bound, 6), round(dual.value, 6)
    (6.0, 6.0)
    """

    def __init__(self, core: Core, share: Floats, *, weight: float = 3.0) -> None:
        self.core = core
        self.weight = weight
        self.bound = np.inf
        self.value = -np.inf
        self.share = share.astype(float)
        self.price = _level_prices(core) if len(core.price) else np.full(core.levels, 0.5)
        self.bound_with = np.full(len(core.sites), np.inf)
        self.bound_without = np.full(len(core.sites), np.inf)
        begin = np.repeat(core.row_start[:-1], core.levels_by_row)
        self._length: Floats = (core.level_end - begin).astype(float)
        sums = np.bincount(core.row_site, core.row_worth, minlength=len(core.sites))
        self._sums: Floats = sums.astype(float)
        self._at = self.share.copy(), self.price.copy()
        self._from = self.share.copy(), self.price.copy()
        self._steps = self._since = 0
        self._gap = self._last_gap = np.inf

    def walk(self, steps: int) -> None:
        """Take so many steps; note the best bound and the best shares on the way."""
        for begin in range(0, steps, CHECK):
            self._stride(min(CHECK, steps - begin))

    def priced(self) -> Core:
        """Give the model with the prices of the best bound at each place."""
        core = self.core
        last = np.repeat(core.row_level[1:], core.levels_by_row)
        paid = np.append(np.cumsum((core.level_step * self.price)[::-1])[::-1], 0.0)
        by_level = paid[:-1] - paid[last]
        return replace(core, price=np.repeat(by_level, np.diff(core.level_end, prepend=0)))

    def _stride(self, steps: int) -> None:
        core = self.core
        share, price = np.empty(len(core.sites)), np.empty(core.levels)
        _walk(
            core.row_start, core.row_site, core.row_level, core.level_end, core.level_step,
            self._length, self._sums, float(core.count), self.weight, *self._at, *self._from,
            share, price, self._since, steps,
        )  # fmt: skip
        self._since += steps
        self._steps += steps
        value = self._value_of(share)
        gap = self._bound_at(price) - value
        if value > self.value:
            self.value, self.share = value, share
        nearer = gap < 0.2 * self._gap or self._last_gap < gap < 0.8 * self._gap
        if nearer or self._since > 0.36 * self._steps:
            self._begin_again(share, price)
            self._gap, self._last_gap = gap, np.inf
        else:
            self._last_gap = gap

    def _begin_again(self, share: Floats, price: Floats) -> None:
        moved = float(((share - self._from[0]) ** 2 * self._sums).sum())
        paid = float(((price - self._from[1]) ** 2 * self.core.level_step * self._length).sum())
        if moved > 0 and paid > 0:
            self.weight = float(np.sqrt(self.weight * np.clip(np.sqrt(paid / moved), 1e-3, 1e3)))
        self._at = share.copy(), price.copy()
        self._from = share.copy(), price.copy()
        self._since = 0

    def _bound_at(self, price: Floats) -> float:
        core = self.core
        dear = np.zeros(len(core.sites))
        _spread(
            core.row_start, core.row_site, core.row_level, core.level_end, core.level_step, price,
            dear,
        )  # fmt: skip
        order = np.argsort(-dear, kind="stable")
        top = order[: core.count]
        bound = float((core.level_step * (1.0 - price)).sum() + dear[top].sum())
        bound += MARGIN * bound
        # a site that is not among the dearest pushes the least dear of them out
        with_it = bound - dear[top[-1]] + dear
        with_it[top] = bound
        without = np.full(len(dear), bound)
        without[top] += (dear[order[core.count]] if core.count < len(order) else 0.0) - dear[top]
        np.minimum(self.bound_with, with_it, out=self.bound_with)
        np.minimum(self.bound_without, without, out=self.bound_without)
        if bound < self.bound:
            self.bound, self.price = bound, price
        return bound

    def _value_of(self, share: Floats) -> float:
        core = self.core
        sums = np.append(0.0, np.cumsum(share[core.row_site]))
        served = sums[core.level_end] - sums[np.repeat(core.row_start[:-1], core.levels_by_row)]
        return float((core.level_step * np.minimum(served, 1.0)).sum())


def _level_prices(core: Core) -> Floats:
    """Read the price of each level from the prices at the places that serve it."""
    at_level = core.price[core.level_end - 1]
    lower = np.append(at_level[1:], 0.0)
    lower[core.row_level[1:] - 1] = 0.0
    share: npt.NDArray[np.float64] = np.clip((at_level - lower) / core.level_step, 0.0, 1.0)
    return share


_LEVELS = "i4[::1], i4[::1], i4[::1], i4[::1], f8[::1]"


@kernel(f"void({_LEVELS}, f8[::1], f8[::1])")
def _spread(
    row_start: Small, row_site: Small, row_level: Small, level_end: Small, level_step: Floats,
    price: Floats, dear: Floats,
) -> None:  # fmt: skip
    """Add up what each site would earn at these prices."""
    for row in range(row_start.size - 1):
        paid, end = 0.0, row_start[row + 1]
        for level in range(row_level[row + 1] - 1, row_level[row] - 1, -1):
            paid += level_step[level] * price[level]
            begin = row_start[row] if level == row_level[row] else level_end[level - 1]
            for place in range(begin, end):
                dear[row_site[place]] += paid
            end = begin


@kernel("f8(f8[::1], f8[::1], f8, f8, f8)")
def _cut(ahead: Floats, sums: Floats, weight: float, count: float, cut: float) -> float:
    """Find the price that cuts all shares so that they come to the count: Newton, bracketed."""
    low, high, total = 0.0, 0.0, 0.0
    for site in range(ahead.size):
        total += min(1.0, ahead[site] / (weight * sums[site]))
        high = max(high, ahead[site])
    if total <= count:
        return 0.0
    for _ in range(60):
        if not low < cut < high:
            cut = 0.5 * (low + high)
        total, slope = 0.0, 0.0
        for site in range(ahead.size):
            left = (ahead[site] - cut) / (weight * sums[site])
            total += min(1.0, max(0.0, left))
            if 0.0 < left < 1.0:
                slope += 1.0 / (weight * sums[site])
        if abs(total - count) <= 1e-12 * count:
            break
        if total > count:
            low = cut
        else:
            high = cut
        cut = cut + (total - count) / slope if slope > 0.0 else -1.0
    return cut


@kernel(
    f"void({_LEVELS}, f8[::1], f8[::1], f8, f8, f8[::1], f8[::1], f8[::1], f8[::1], f8[::1], "
    "f8[::1], i8, i8)"
)
def _walk(  # noqa: PLR0913
    row_start: Small, row_site: Small, row_level: Small, level_end: Small, level_step: Floats,
    length: Floats, sums: Floats, count: float, weight: float, share: Floats, price: Floats,
    share0: Floats, price0: Floats, new_share: Floats, new_price: Floats, since: int, steps: int,
) -> None:  # fmt: skip
    dear = np.zeros(share.size)
    ahead = np.empty(share.size)
    cut = 0.0
    _spread(row_start, row_site, row_level, level_end, level_step, price, dear)
    for step in range(since, since + steps):
        keep = (step + 1.0) / (step + 2.0)
        # shares: towards dear sites; where they pass the count, all are cut by the same price
        for site in range(share.size):
            dear[site] += share[site] * weight * sums[site]
        cut = _cut(dear, sums, weight, count, cut)
        for site in range(share.size):
            new = min(1.0, max(0.0, (dear[site] - cut) / (weight * sums[site])))
            new_share[site] = new
            ahead[site] = 2.0 * new - share[site]
            share[site] = keep * ahead[site] + (1.0 - keep) * share0[site]
            dear[site] = 0.0
        # prices: down where shares serve a level more than once, up where less
        for row in range(row_start.size - 1):
            served, begin = 0.0, row_start[row]
            for level in range(row_level[row], row_level[row + 1]):
                for place in range(begin, level_end[level]):
                    served += ahead[row_site[place]]
                begin = level_end[level]
                new = min(1.0, max(0.0, price[level] + weight * (1.0 - served) / length[level]))
                new_price[level] = new
                price[level] = keep * (2.0 * new - price[level]) + (1.0 - keep) * price0[level]
            paid, end = 0.0, row_start[row + 1]
            for level in range(row_level[row + 1] - 1, row_level[row] - 1, -1):
                paid += level_step[level] * price[level]
                begin = row_start[row] if level == row_level[row] else level_end[level - 1]
                for place in range(begin, end):
                    dear[row_site[place]] += paid
                end = begin
