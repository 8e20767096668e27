"""Inequality of amounts among people, whoever has them: Gini, Theil, Palma."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from siteplanner.equity.people import Floats, known, middle_ranks, not_negative


def gini(amount: npt.ArrayLike, people: npt.ArrayLike) -> float:
    """Measure how unequally an amount is shared: 0 all have the same, near 1 one has all.

    Parameters
    ----------
    amount
        What each person of a place has, not negative; NaN unknown, left out.
    people
        People at each place.

    Returns
    -------
    Half the mean difference between two people, as a share of the mean.

    Raises
    ------
    ValueError
        If an amount is negative, nobody has anything, or nobody is left.

    References
    ----------
    Gini, C. (1912). Variabilità e mutabilità; in the form of Lerman, R. and Yitzhaki, S. (1989).
    Improving the accuracy of estimates of Gini coefficients. Journal of Econometrics 42, 43-47.

    Examples
    --------
    >>> round(gini([1, 2, 3, 4, 10], [10, 20, 30, 25, 15]), 6)
    0.334615
    """
    values, persons = known(amount, people)
    not_negative(values, "the Gini index")
    share = persons / persons.sum()
    mean = share @ values
    return float(2 / mean * (share @ ((values - mean) * (middle_ranks(values, persons) - 0.5))))


def theil(amount: npt.ArrayLike, people: npt.ArrayLike) -> float:
    """Measure inequality so that it adds up from parts of a city: 0 all have the same.

    Parameters
    ----------
    amount
        What each person of a place has, not negative; 0 counts as nothing (0 ln 0 = 0).
    people
        People at each place.

    Returns
    -------
    Theil's T, 0 to ln(people).

    Raises
    ------
    ValueError
        If an amount is negative, nobody has anything, or nobody is left.

    References
    ----------
    Theil, H. (1967). Economics and Information Theory. North-Holland.

    Examples
    --------
    >>> theil([3, 3], [10, 20]), round(theil([0, 2], [10, 10]), 6)
    (0.0, 0.693147)
    """
    values, persons = known(amount, people)
    not_negative(values, "Theil's index")
    share = persons / persons.sum()
    ratio = values / (share @ values)
    logs = np.log(ratio, out=np.zeros_like(ratio), where=ratio > 0)
    return max(0.0, float(share @ (ratio * logs)))


def palma(amount: npt.ArrayLike, people: npt.ArrayLike, by: npt.ArrayLike) -> float:
    """Compare what the best-off tenth have with what the worst-off four tenths have.

    Parameters
    ----------
    amount
        What each person of a place has: places within reach, minutes.
    people
        People at each place; a place that lies across a tenth's edge is split.
    by
        What makes people well off, more is better: income per head, not per household.

    Returns
    -------
    Mean of the top tenth divided by the mean of the bottom four tenths; NaN where these have
    nothing.

    Raises
    ------
    ValueError
        If nobody is left.

    References
    ----------
    Palma, J. G. (2011). Homogeneous middles vs. heterogeneous tails. Development and Change 42,
    87-153; for access to places as in Pereira, R. and Herszenhut, D. (2023), Introduction to
    urban accessibility, Ipea.

    Examples
    --------
    >>> palma([1, 2, 4], [40, 50, 10], [100, 200, 300])
    4.0
    """
    values, persons, order = known(amount, people, by)
    top = _mean_between(values, persons, order, (0.9, 1.0))
    bottom = _mean_between(values, persons, order, (0.0, 0.4))
    return top / bottom if bottom > 0 else float("nan")


def _mean_between(
    values: Floats, people: Floats, order: Floats, between: tuple[float, float]
) -> float:
    """Give the mean over people between two shares of the order; places of one value are mixed."""
    _, kind = np.unique(order, return_inverse=True)
    level = np.bincount(kind, weights=people) / people.sum()
    upper = np.cumsum(level)
    inside = np.minimum(upper, between[1]) - np.maximum(upper - level, between[0])
    inside = np.clip(inside, 0, None) / level
    weight = people * inside[kind]
    return float(weight @ values / weight.sum())
