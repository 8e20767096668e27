"""A budget that HiGHS keeps to, to the last unit of money.

HiGHS compares with absolute tolerances, and takes what is almost a whole number for one.  So it
is given amounts that it can tell apart and a little more money than there is; what it then
spends too much is cut off.
"""

from __future__ import annotations

import numpy as np

from siteplanner.choice.solution import Floats, Ints

LOOSE = 1e-5
"""Share of a budget that HiGHS may spend beyond it, before that is cut off."""
LARGEST = 2.0**16
"""The most that a budget is when HiGHS gets it."""
WHOLE = 2.0**53
"""Up to here every whole number has its own floating-point number."""


def eased(price: Floats, most: float, *, loose: bool = True) -> tuple[Floats, float]:
    """Give prices and a budget of handy size that let in the same sets, and hardly any more.

    Whole prices are counted in the largest unit that divides them all.

    Parameters
    ----------
    price
        What each site costs, not negative.
    most
        The budget.
    loose
        Whether there is to be a little more money than there is.

    Returns
    -------
    Prices and the budget.

    Examples
    --------
    >>> eased(np.array([1e7, 2e7, 9e7]), 4e7, loose=False)
    (array([1., 2., 5.]), 4.0)
    """
    payable = price <= most
    most = min(most, float(price.sum()))
    unit = _unit(price[payable])
    if unit and most / unit <= LARGEST:
        steps = float(np.floor(most / unit))
        more = min(0.5, LOOSE * max(steps, 1.0)) if loose else 0.0
        return np.where(payable, price / unit, steps + 1.0), steps + more
    scale = 2.0 ** np.floor(np.log2(LARGEST) - np.log2(most))
    more = 1.0 + LOOSE if loose else 1.0
    return np.where(payable, price * scale, 2.0 * most * scale), most * scale * more


def overspent(price: Floats, most: float, chosen: Ints) -> tuple[Ints, int] | None:
    """Find a group of sites of which so many cannot be paid, where a set costs too much.

    Parameters
    ----------
    price
        What each site costs.
    most
        The budget.
    chosen
        The set.

    Returns
    -------
    The group, and how many of it together cost too much, whichever they are; the set has as
    many.  None where the set can be paid.

    References
    ----------
    Balas, E. (1975). Facets of the knapsack polytope. Mathematical Programming 8, 146-164.

    Examples
    --------
    >>> overspent(np.array([5.0, 6.0, 7.0, 1.0]), 10.0, np.array([1, 2, 3]))
    (array([0, 1, 2]), 2)
    """
    if price[chosen].sum() <= most:
        return None
    dearest = chosen[np.argsort(-price[chosen], kind="stable")]
    many = int(np.argmax(np.cumsum(price[dearest]) > most)) + 1
    group = dearest[:many]
    while True:
        rest = np.delete(group, np.argmax(price[group]))
        cheaper = (price < price[group].max()) & (price[rest].sum() + price > most)
        cheaper[rest] = False
        if not cheaper.any():
            break
        able = np.flatnonzero(cheaper)
        group = np.append(rest, able[np.argmin(price[able])])
    inside = price >= price[group].max()
    inside[group] = True
    return np.flatnonzero(inside), many


def _unit(price: Floats) -> float:
    """Give the largest number that divides all prices; 0 where they are not whole numbers."""
    if (price != np.rint(price)).any() or price.max(initial=0.0) > WHOLE:
        return 0.0
    return float(np.gcd.reduce(price.astype(np.int64))) or 1.0
