"""Whether those who need it most have more or less of it: concentration and slope."""

from __future__ import annotations

import numpy.typing as npt

from siteplanner.equity.people import known, middle_ranks, not_negative


def concentration(amount: npt.ArrayLike, people: npt.ArrayLike, by: npt.ArrayLike) -> float:
    """Measure on which side of an order an amount gathers: below 0 those at its beginning.

    Parameters
    ----------
    amount
        What each person of a place has, not negative.
    people
        People at each place.
    by
        The order, least first: ordered by income, a negative index says that poor people have
        more; ordered by need, that people of little need have more.

    Returns
    -------
    The concentration index, -1 to 1; its size is never above that of `gini`.

    Raises
    ------
    ValueError
        If an amount is negative, nobody has anything, or nobody is left.

    References
    ----------
    Kakwani, N., Wagstaff, A. and van Doorslaer, E. (1997). Socioeconomic inequalities in health.
    Journal of Econometrics 77, 87-103.

    Examples
    --------
    >>> round(concentration([1, 2, 3, 4, 10], [10, 20, 30, 25, 15], [5, 4, 3, 2, 1]), 6)
    -0.334615
    """
    values, persons, order = known(amount, people, by)
    not_negative(values, "the concentration index")
    share = persons / persons.sum()
    mean = share @ values
    ranks = middle_ranks(order, persons)
    return float(2 / mean * (share @ ((values - mean) * (ranks - 0.5))))


def erreygers(
    amount: npt.ArrayLike,
    people: npt.ArrayLike,
    by: npt.ArrayLike,
    *,
    least: float = 0.0,
    most: float = 1.0,
) -> float:
    """Correct the concentration index for amounts that cannot pass two limits, such as shares.

    Parameters
    ----------
    amount
        What each person of a place has, between ``least`` and ``most``.
    people
        People at each place.
    by
        The order, least first.
    least, most
        The limits.

    Returns
    -------
    The corrected index, -1 to 1.  Unlike `concentration`, being within reach and being left out
    give the same number with opposite signs.

    Raises
    ------
    ValueError
        If an amount lies beyond the limits, or nobody is left.

    References
    ----------
    Erreygers, G. (2009). Correcting the concentration index. Journal of Health Economics 28,
    504-515.

    Examples
    --------
    >>> erreygers([1, 0], [50, 50], [1, 2]), erreygers([0, 1], [50, 50], [1, 2])
    (-1.0, 1.0)
    """
    values, persons, order = known(amount, people, by)
    if (values < least).any() or (values > most).any():
        msg = f"found amounts beyond {least:g} and {most:g}: give the limits of this amount"
        raise ValueError(msg)
    share = persons / persons.sum()
    ranks = middle_ranks(order, persons)
    return float(8 * (share @ (values * (ranks - 0.5))) / (most - least))


def slope_index(amount: npt.ArrayLike, people: npt.ArrayLike, by: npt.ArrayLike) -> float:
    """Measure the gap between the two ends of an order, by a straight line through all people.

    Parameters
    ----------
    amount
        What each person of a place has.
    people
        People at each place.
    by
        The order, least first.

    Returns
    -------
    The slope over the ranks 0 to 1: how much more the last has than the first.  NaN where all
    stand level.

    Raises
    ------
    ValueError
        If nobody is left.

    References
    ----------
    Preston, S., Haines, M. and Pamuk, E. (1981). Effects of industrialization and urbanization on
    mortality in developed countries; as the slope index of inequality in Mackenbach, J. and
    Kunst, A. (1997). Social Science & Medicine 44, 757-771.

    Examples
    --------
    >>> slope_index([0.0, 1.0], [50, 50], [1, 2])
    2.0
    """
    values, persons, order = known(amount, people, by)
    share = persons / persons.sum()
    ranks = middle_ranks(order, persons) - 0.5
    spread = share @ ranks**2
    return float(share @ (values * ranks) / spread) if spread > 0 else float("nan")
