"""From a number in its own unit to a score from 0 to 1.

``linear`` and ``logistic`` are fixed: a score depends on the place's own number and on the
scenario's ``zero_at`` and ``full_at``, never on which other places are in the run.
``min_max``, ``percentile`` and ``imd_exponential`` are relative: one added place may change
everybody's score.  A scenario has to ask for them by name.

An unknown number (NaN) has an unknown score.  An infinite one ("no such place can be reached
at all") takes the score of its end of the scale.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from siteplanner.model import Criterion

Array = NDArray[np.float64]

LOGISTIC_STEEPNESS = 2 * np.log(99)
"""Puts the logistic score at 0.01 for ``zero_at`` and at 0.99 for ``full_at``."""
IMD_CONSTANT = 23
"""Chosen by the index's authors so that a tenth of all areas scores above 50 of 100."""


def score(values: pd.DataFrame, criteria: Mapping[str, Criterion]) -> pd.DataFrame:
    """Score every place on every criterion.

    Parameters
    ----------
    values
        Places in rows, a column per criterion, each in its own unit; NaN is unknown.
    criteria
        Name to criterion; a criterion without data scores NaN and needs no column.

    Returns
    -------
    Scores from 0 (``zero_at``) to 1 (``full_at``) on the index of ``values``, in the order of
    ``criteria``; NaN where the number is unknown.

    Examples
    --------
    >>> values = pd.DataFrame({"stratum": [1.0, 4.0, np.nan]}, index=["a", "b", "c"])
    >>> poverty = Criterion(layer="units", column="stratum", zero_at=5, full_at=1)
    >>> score(values, {"stratum": poverty})["stratum"].tolist()
    [1.0, 0.25, nan]
    """
    unknown = np.full(len(values), np.nan)
    columns = {
        name: _score(values[name].to_numpy(dtype=np.float64), one) if one.has_data else unknown
        for name, one in criteria.items()
    }
    return pd.DataFrame(columns, index=values.index, columns=list(criteria), dtype=np.float64)


def linear(values: ArrayLike, *, zero_at: float, full_at: float) -> Array:
    """Score in a straight line between two numbers, and flat beyond them.

    Parameters
    ----------
    values
        Numbers in any unit; NaN stays NaN.
    zero_at, full_at
        The numbers that score 0 and 1, in the same unit; either may be the larger one.

    Returns
    -------
    Scores from 0 to 1, in the shape of ``values``.

    Examples
    --------
    >>> linear([100, 300, 500, np.inf], zero_at=500, full_at=100).tolist()
    [1.0, 0.5, 0.0, 0.0]
    """
    along = (np.asarray(values, dtype=np.float64) - zero_at) / (full_at - zero_at)
    return np.clip(along, 0.0, 1.0) + 0.0  # + 0.0 turns -0.0 into 0.0


def logistic(values: ArrayLike, *, zero_at: float, full_at: float) -> Array:
    r"""Score along an S-curve: steep half way, nearly flat near both ends.

    With :math:`t = (v - zero\_at) / (full\_at - zero\_at)` the score is
    :math:`1 / (1 + \exp(-k (t - 1/2)))`, where :math:`k = 2 \ln 99` puts it at 0.01 for
    ``zero_at``, 0.5 half way and 0.99 for ``full_at``.  It never quite stops rising.

    Parameters
    ----------
    values
        Numbers in any unit; NaN stays NaN.
    zero_at, full_at
        The numbers that score 0.01 and 0.99; either may be the larger one.

    Returns
    -------
    Scores from 0 to 1, in the shape of ``values``.

    Examples
    --------
    >>> logistic([0, 5, 10], zero_at=0, full_at=10).round(2).tolist()
    [0.01, 0.5, 0.99]
    """
    along = (np.asarray(values, dtype=np.float64) - zero_at) / (full_at - zero_at)
    return np.asarray(expit(LOGISTIC_STEEPNESS * (along - 0.5)))


def min_max(values: ArrayLike, *, falling: bool = False) -> Array:
    """Score between the smallest and the largest number of this run.

    Parameters
    ----------
    values
        One number per place; NaN stays NaN.  Infinite numbers take their end of the scale
        and do not stretch it.
    falling
        Whether the smallest number is the best one.

    Returns
    -------
    Scores from 0 to 1.  Where all known numbers are the same there is no scale: 0.5 for all.

    Examples
    --------
    >>> min_max([2, 3, 6]).tolist()
    [0.0, 0.25, 1.0]
    >>> min_max([2, 2]).tolist()
    [0.5, 0.5]
    """
    array = np.asarray(values, dtype=np.float64)
    finite = array[np.isfinite(array)]
    if finite.size == 0 or finite.min() == finite.max():
        flat = np.where(np.isnan(array), np.nan, 0.5)
        flat[np.isposinf(array)] = 1.0
        flat[np.isneginf(array)] = 0.0
        return 1.0 - flat if falling else flat
    ends = (finite.max(), finite.min()) if falling else (finite.min(), finite.max())
    return linear(array, zero_at=ends[0], full_at=ends[1])


def percentile(values: ArrayLike, *, falling: bool = False) -> Array:
    """Score by the place in the order: rank / n, the best at 1.

    Parameters
    ----------
    values
        One number per place; NaN stays NaN and is not counted in n.
    falling
        Whether the smallest number is the best one.

    Returns
    -------
    Scores above 0 up to 1; equal numbers share the mean of their ranks.

    Examples
    --------
    >>> percentile([10, 30, 20, 20]).tolist()
    [0.25, 1.0, 0.625, 0.625]
    """
    array = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(array)
    result = np.full(array.shape, np.nan)
    if known.any():
        ranks = pd.Series(array[known]).rank(ascending=not falling)
        result[known] = ranks / known.sum()
    return result


def imd_exponential(percentiles: ArrayLike) -> Array:
    r"""Stretch the upper end of percentile scores, as the English Indices of Deprivation do.

    :math:`X = -23 \ln(1 - R (1 - e^{-100/23})) / 100`.  The tenth of the places with most need
    takes the upper half of the scale, so that little need on one criterion cancels less of
    much need on another.

    Parameters
    ----------
    percentiles
        R, from above 0 to 1 for the most deprived; NaN stays NaN.

    Returns
    -------
    Scores from 0 to 1; the published scale is 100 times that.

    References
    ----------
    Smith, T. et al. (2015). The English Indices of Deprivation 2015: Technical report,
    sections 3.6-3.7 and appendix F. Department for Communities and Local Government.

    Examples
    --------
    >>> (100 * imd_exponential([0.1, 0.5, 1])).round(4).tolist()
    [2.3903, 15.6468, 100.0]
    """
    share = np.asarray(percentiles, dtype=np.float64)
    stretched = -IMD_CONSTANT * np.log1p(share * np.expm1(-100 / IMD_CONSTANT)) / 100
    return np.asarray(np.clip(stretched, 0.0, 1.0) + 0.0)


def _score(values: Array, criterion: Criterion) -> Array:
    zero_at, full_at = criterion.zero_at, criterion.full_at
    if criterion.score in ("linear", "logistic"):
        if zero_at is None or full_at is None:
            msg = f"a {criterion.score} score needs zero_at and full_at"
            raise ValueError(msg)
        if criterion.score == "linear":
            return linear(values, zero_at=zero_at, full_at=full_at)
        return logistic(values, zero_at=zero_at, full_at=full_at)
    falling = zero_at is not None and full_at is not None and full_at < zero_at
    if criterion.score == "min_max":
        return min_max(values, falling=falling)
    order = percentile(values, falling=falling)
    return imd_exponential(order) if criterion.score == "imd_exponential" else order
