"""Burdens and lacks of access: one long walk weighs more than two short ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from siteplanner.equity.people import known


def kolm_pollak_aversion(burden: npt.ArrayLike, people: npt.ArrayLike, epsilon: float) -> float:
    """Turn an aversion that knows no unit into one for these burdens.

    Parameters
    ----------
    burden
        What each person of a place bears: minutes, metres; not negative.
    people
        People at each place.
    epsilon
        Aversion to inequality, above 0: 1 is common, 0.5 mild, 2 strong.

    Returns
    -------
    κ = ε Σ p x / Σ p x², in 1 / unit of the burden.  Use one κ for all plans that are compared.

    Raises
    ------
    ValueError
        If ``epsilon`` is not above 0, nobody bears anything, or nobody is left.

    References
    ----------
    Logan, T., Anderson, M., Williams, T. and Conrow, L. (2021). Measuring inequalities in urban
    systems: an approach for evaluating the distribution of amenities and burdens. Computers,
    Environment and Urban Systems 86, 101590.

    Examples
    --------
    >>> round(kolm_pollak_aversion([100, 200, 300, 400, 800], [1, 1, 1, 1, 1], 1.0), 6)
    0.001915
    """
    values, persons = known(burden, people)
    if not epsilon > 0:
        msg = f"found an aversion of {epsilon:g}: give one above 0"
        raise ValueError(msg)
    square = float(persons @ values**2)
    if square == 0:
        msg = "nobody bears anything: there is no inequality to be averse to"
        raise ValueError(msg)
    return float(epsilon * (persons @ values) / square)


def kolm_pollak(burden: npt.ArrayLike, people: npt.ArrayLike, aversion: float) -> float:
    """Give the burden that, borne by all alike, would be as bad as what people bear now.

    Parameters
    ----------
    burden
        What each person of a place bears: minutes, metres.
    people
        People at each place.
    aversion
        κ of `kolm_pollak_aversion`, in 1 / unit of the burden, above 0.

    Returns
    -------
    The equally distributed equivalent, in the unit of the burden: never below the mean, and the
    farther above it the more unequal the burdens are.

    Raises
    ------
    ValueError
        If ``aversion`` is not above 0, or nobody is left.

    References
    ----------
    Kolm, S.-C. (1976). Unequal inequalities. Journal of Economic Theory 12, 416-442.
    Pollak, R. (1971). Additive utility functions and linear Engel curves. Review of Economic
    Studies 38, 401-414.  For burdens as in Logan and others (2021).

    Examples
    --------
    >>> walks, people = [100, 200, 300, 400, 800], [1, 1, 1, 1, 1]
    >>> round(kolm_pollak(walks, people, kolm_pollak_aversion(walks, people, 1.0)), 3)
    422.648
    """
    values, persons = known(burden, people)
    if not aversion > 0:
        msg = f"found an aversion of {aversion:g}: give one above 0"
        raise ValueError(msg)
    largest = values.max()
    mean = float(persons @ np.exp(aversion * (values - largest)) / persons.sum())
    return float(largest + np.log(mean) / aversion)


def access_poverty(
    access: npt.ArrayLike, people: npt.ArrayLike, line: float, *, power: float = 1.0
) -> float:
    """Measure how many people have too little access, and how far they fall short.

    Parameters
    ----------
    access
        What each person of a place has.
    people
        People at each place.
    line
        The least that counts as enough, above 0; below it people are poor in access.
    power
        0 counts them, 1 adds how far they fall short as a share of the line, 2 makes large gaps
        count more.

    Returns
    -------
    The index of Foster, Greer and Thorbecke, 0 to 1 where access is not negative.

    Raises
    ------
    ValueError
        If ``line`` is not above 0, ``power`` is negative, or nobody is left.

    References
    ----------
    Foster, J., Greer, J. and Thorbecke, E. (1984). A class of decomposable poverty measures.
    Econometrica 52, 761-766.

    Examples
    --------
    >>> [access_poverty([0, 5, 10], [1, 1, 2], 10, power=power) for power in (0, 1, 2)]
    [0.5, 0.375, 0.3125]
    """
    values, persons = known(access, people)
    if not line > 0 or power < 0:
        msg = (
            f"found a line of {line:g} and a power of {power:g}: a line above 0, a power from 0 up"
        )
        raise ValueError(msg)
    poor = values < line
    gap = np.where(poor, (line - values) / line, 0.0)
    return float(persons @ np.where(poor, gap**power, 0.0) / persons.sum())
