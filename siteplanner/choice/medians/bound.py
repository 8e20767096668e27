"""A bound on every set of medians, by prices that demand points would pay to be served.

Cornuéjols, G., Fisher, M. and Nemhauser, G. (1977). Location of bank accounts to optimize float.
Management Science 23, 789-810.  The rule that each point is served just once is priced; what
is left falls apart by site: a site is worth what all points would pay beyond their cost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from siteplanner.choice.medians.costs import Served, Small
from siteplanner.choice.rules.brake import Brake
from siteplanner.choice.rules.exchanges import Exchanges
from siteplanner.choice.solution import Floats, Ints
from siteplanner.compiled import kernel

WORK = 1_500_000_000
"""Most pairs of point and site that the steps may look at together."""
SHORTER = 0.6
"""Length of the steps that follow where there was no progress, as a share."""
SHORTEST = 1e-3
"""Length, as a share of what is left to the target, at which the search ends."""
MEMORY = 0.7
"""Share of the last direction in the next one."""
OFTEN = 0.9
"""Share of the past in how often a site was in the set."""
LEAST = 1e-10
"""Gap at which nothing is left to prove."""
PROGRESS = 1e-5
"""Share of the bound that counts as progress."""


@dataclass(frozen=True)
class Prices:
    """Prices, what sites are worth at them, and the bound that they prove.

    Parameters
    ----------
    bound
        No set costs less.
    price
        What a unit of demand pays to be served, one number a point.
    worth
        What all points together would pay to each site beyond their cost.
    often
        How often each site was in the set that is worth most, of late.
    work
        Pairs of point and site that were looked at, in all.
    pairs
        And in the last step.
    """

    bound: float
    price: Floats
    worth: Floats
    often: Floats
    work: int = 0
    pairs: int = 0


@dataclass(frozen=True)
class Pace:
    """How long the steps are.

    Parameters
    ----------
    length
        Of the first ones, as a share of what is left to the target.
    patience
        Steps without progress before they become shorter.
    """

    length: float = 1.0
    patience: int = 15


def most_worth(worth: Floats, moves: Exchanges) -> tuple[float, Floats]:
    """Give the most that a set of sites can be worth, and how much of each site is in it.

    The count and the budget are looked at one at a time, parts of sites are let in, and
    the smaller number holds: spacing and districts could only make it smaller still.

    Examples
    --------
    >>> from siteplanner.choice.solution import Rules
    >>> most_worth(np.array([3.0, 5.0, 4.0]), Exchanges(Rules(fixed=np.array([0])), 3, 2))
    (8.0, array([1., 1., 0.]))
    """
    part = moves.is_fixed.astype(float)
    free = np.flatnonzero(moves.open & ~moves.is_fixed)
    left = min(moves.count - len(moves.fixed), len(free))
    if 0 < left < len(free):
        free_best = free[np.argsort(-worth[free], kind="stable")[:left]]
        part[free_best] = 1.0
    elif left > 0:
        part[free] = 1.0
    value = float(worth @ part)
    if moves.budget is None:
        return value, part
    money = moves.budget - moves.cost[moves.fixed].sum()
    bought = moves.is_fixed.astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(worth[free] > 0, worth[free] / moves.cost[free], 0.0)
    order = free[np.argsort(-rate, kind="stable")]
    before = np.cumsum(moves.cost[order]) - moves.cost[order]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(moves.cost[order] > 0, (money - before) / moves.cost[order], 1.0)
    bought[order] = np.clip(share, 0.0, 1.0)
    if float(worth @ bought) < value:
        return float(worth @ bought), bought
    return value, part


def ruled_out(
    prices: Prices, target: float, moves: Exchanges
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Tell which sites may be in a set that costs no more than the target, and which must.

    A site whose joining (leaving) would lift the bound above the target cannot join (leave).

    Returns
    -------
    Sites that may be in, and sites that are in for certain, the fixed ones among them.
    """
    part = most_worth(prices.worth, moves)[1]
    free = moves.open & ~moves.is_fixed
    if moves.budget is not None or not np.isfinite(prices.bound):
        return moves.open.copy(), moves.is_fixed.copy()
    inside, outside = free & (part > 0), free & (part == 0)
    slack = target * (1 + 1e-9) + 1e-9 - prices.bound
    full = len(moves.fixed) + inside.sum() >= moves.count
    weakest = float(prices.worth[inside].min(initial=np.inf)) if full else 0.0
    if full and not inside.any():  # all places are taken by fixed sites
        return moves.is_fixed.copy(), moves.is_fixed.copy()
    next_best = float(prices.worth[outside].max(initial=0.0))
    never = outside & (weakest - prices.worth > slack)
    always = inside & (prices.worth - next_best > slack)
    return moves.open & ~never, moves.is_fixed | always


def price_out(
    served: Served,
    moves: Exchanges,
    *,
    price: Floats,
    target: float,
    steps: int,
    goal: float | None = None,
    pace: Pace | None = None,
    brake: Brake | None = None,
) -> Prices:
    """Raise the bound step by step along a deflected subgradient.

    Parameters
    ----------
    served
        Who is to be served, and what it costs to get to each site.
    moves
        Sites that are fixed or open, their count and budget.
    price
        First prices.
    target
        What some set costs.
    steps
        Most steps.
    goal
        A bound that is good enough; the target by default.
    pace
        How long the steps are.
    brake
        Ends the steps where time is up.

    Returns
    -------
    The best prices found.

    References
    ----------
    Held, M., Wolfe, P. and Crowder, H. (1974). Validation of subgradient optimization.
    Mathematical Programming 6, 62-88.
    Camerini, P., Fratta, L. and Maffioli, F. (1975). On improving relaxation methods by modified
    gradient techniques. Mathematical Programming Study 3, 26-34.
    """
    pace = pace or Pace()
    costs, weight = served.costs, served.weight
    worth, times = np.zeros(costs.sites), np.zeros(costs.points)
    often = np.zeros(costs.sites)
    best = Prices(-np.inf, price, worth, often)
    goal = target * (1 - LEAST) if goal is None else goal
    length, waited, mark, work, pairs = pace.length, 0, -np.inf, 0, 0
    direction = np.zeros(costs.points)
    for _ in range(steps):
        pairs = _worth(price, costs.start, costs.site, costs.cost, weight, worth)
        work += pairs
        value, part = most_worth(worth, moves)
        bound = float(weight @ price) - value
        often = OFTEN * often + (1 - OFTEN) * part
        waited += 1
        if bound > best.bound:
            best = Prices(bound, price, worth.copy(), often)
        if bound > mark + PROGRESS * abs(bound):
            mark, waited = bound, 0
        if waited >= pace.patience:
            length, waited = length * SHORTER, 0
        if best.bound >= goal or length < pace.length * SHORTEST or work > WORK:
            break
        if brake is not None and brake.pulled():
            break
        _serve(price, costs.start, costs.site, costs.cost, part, times)
        direction = 1.0 - times + MEMORY * direction
        size = float(weight @ (direction * direction))
        if size == 0:
            break
        price = np.clip(price + length * (target - bound) / size * direction, 0.0, served.cap)
    return replace(best, often=often, work=work, pairs=pairs)


@kernel("i8(f8[::1],i8[::1],i4[::1],f8[::1],f8[::1],f8[::1])")
def _worth(
    price: Floats, start: Ints, site: Small, cost: Floats, weight: Floats, worth: Floats
) -> int:
    work = 0
    worth[:] = 0.0
    for row in range(len(price)):
        top, w = price[row], weight[row]
        for k in range(start[row], start[row + 1]):
            work += 1
            c = cost[k]
            if c >= top:
                break
            worth[site[k]] += w * (top - c)
    return work


@kernel("void(f8[::1],i8[::1],i4[::1],f8[::1],f8[::1],f8[::1])")
def _serve(
    price: Floats, start: Ints, site: Small, cost: Floats, part: Floats, times: Floats
) -> None:
    for row in range(len(price)):
        total = 0.0
        for k in range(start[row], start[row + 1]):
            if cost[k] >= price[row]:
                break
            total += part[site[k]]
        times[row] = total
