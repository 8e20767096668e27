"""Amounts, people and order, brought together: what every measure begins with."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def known(*columns: npt.ArrayLike) -> tuple[Floats, ...]:
    """Keep the rows that every column knows and that have people; the second column is people.

    Parameters
    ----------
    columns
        Amounts, people, and what else goes with them; one number a place.  NaN is unknown.

    Returns
    -------
    The columns as floats, without the rows where one of them is NaN or people are 0.

    Raises
    ------
    ValueError
        If the columns are not equally long, people are negative, a number is infinite, or no
        row is left.

    Examples
    --------
    >>> known([1.0, float("nan"), 3.0], [10.0, 20.0, 0.0])
    (array([1.]), array([10.]))
    """
    arrays = [np.asarray(column, dtype=float).ravel() for column in columns]
    if len({len(one) for one in arrays}) > 1:
        msg = f"columns of {', '.join(str(len(one)) for one in arrays)} rows: give one row a place"
        raise ValueError(msg)
    if any(np.isinf(one).any() for one in arrays):
        msg = "found an infinite number: write NaN where a number is not known"
        raise ValueError(msg)
    if (arrays[1] < 0).any():
        msg = "found negative counts of people: write NaN where a count is not known"
        raise ValueError(msg)
    there = ~np.isnan(np.column_stack(arrays)).any(axis=1) & (arrays[1] > 0)
    if not there.any():
        msg = "nobody is left: no place has people and all numbers known"
        raise ValueError(msg)
    return tuple(one[there] for one in arrays)


def not_negative(amount: Floats, measure: str) -> None:
    """Refuse amounts below zero, and amounts that are zero everywhere.

    Raises
    ------
    ValueError
        Naming the measure.

    Examples
    --------
    >>> not_negative(np.array([1.0, -2.0]), "the Gini index")
    Traceback (most recent call last):
    ValueError: the Gini index is not defined for negative amounts; 1 of 2 are below 0
    """
    below = int((amount < 0).sum())
    if below:
        msg = f"{measure} is not defined for negative amounts; {below} of {len(amount)} are below 0"
        raise ValueError(msg)
    if not amount.any():
        msg = f"{measure} is not defined where nobody has anything"
        raise ValueError(msg)


def middle_ranks(by: Floats, people: Floats) -> Floats:
    """Give the share of people below each place, and half of those who stand level with it.

    Parameters
    ----------
    by
        What places are ordered by, least first; equal values share one rank.
    people
        People at each place.

    Returns
    -------
    Ranks between 0 and 1.

    Examples
    --------
    >>> middle_ranks(np.array([5.0, 1.0, 5.0]), np.array([10.0, 20.0, 10.0]))
    array([0.75, 0.25, 0.75])
    """
    _, kind = np.unique(by, return_inverse=True)
    level = np.bincount(kind, weights=people)
    before = np.cumsum(level) - level
    return np.asarray((before + level / 2)[kind] / people.sum(), dtype=float)
