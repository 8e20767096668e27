"""Other ways to bring values to one scale, and to bring scores to one index.

A planner's plan uses one of each.  These are for asking how much that choice matters.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd

from siteplanner.robustness.nesting import Floats, Tree, flat
from siteplanner.robustness.weighing import indices
from siteplanner.scores import min_max, percentile

Scale = Literal["min_max", "percentile", "z"]
Way = Literal["arithmetic", "geometric", "topsis"]
SCALES: tuple[Scale, ...] = get_args(Scale)
WAYS: tuple[Way, ...] = get_args(Way)


def rescale(values: Floats, how: Scale, *, falling: bool = False) -> Floats:
    """Bring one criterion's values to a scale relative to this run.

    Parameters
    ----------
    values
        One number a site, in any unit; NaN stays NaN.
    how
        ``min_max``: from the smallest to the largest, 0 to 1.  ``percentile``: place in the
        order over how many there are.  ``z``: deviations from the mean in standard deviations
        (of the sites, not of a sample); 0 throughout where all are the same.
    falling
        Whether less is better.

    Returns
    -------
    Scores; ``z`` is not between 0 and 1, and is only good for adding up.

    References
    ----------
    OECD and JRC (2008). Handbook on Constructing Composite Indicators, step 5.

    Examples
    --------
    >>> rescale(np.array([2.0, 4.0, 6.0]), "z").round(3).tolist()
    [-1.225, 0.0, 1.225]
    >>> rescale(np.array([2.0, 4.0, 6.0]), "min_max", falling=True).tolist()
    [1.0, 0.5, 0.0]
    """
    array = np.asarray(values, dtype=np.float64)
    if how == "min_max":
        return min_max(array, falling=falling)
    if how == "percentile":
        return percentile(array, falling=falling)
    finite = array[np.isfinite(array)]
    if not finite.size:
        return np.full(array.shape, np.nan)
    bounded = np.clip(array, finite.min(), finite.max())
    spread = finite.std()
    scaled = (bounded - finite.mean()) / spread if spread > 0 else bounded * 0.0
    return np.asarray(-scaled if falling else scaled) + 0.0


def aggregate(scores: Floats, weights: Floats, way: Way, tree: Tree | None = None) -> Floats:
    """Bring scores to one index, in another way than the plan's.

    Parameters
    ----------
    scores
        Sites × criteria.  From 0 to 1, but ``arithmetic`` takes any; NaN is unknown.
    weights
        By criterion, adding up to 1.
    way
        ``arithmetic`` and ``geometric`` as in `siteplanner.index`; ``topsis``: how near a site
        is to the best of all criteria, and how far from the worst.
    tree
        How the criteria nest; by default they stand side by side.  Not for ``topsis``.

    Returns
    -------
    The index by site; NaN where nothing is known, for ``topsis`` where anything is unknown.

    Raises
    ------
    ValueError
        If scores beyond 0 to 1 are to be multiplied.

    Examples
    --------
    >>> aggregate(np.array([[-1.0, 2.0]]), np.array([0.5, 0.5]), "arithmetic").tolist()
    [0.5]
    """
    scores = np.asarray(scores, dtype=np.float64)
    tree = tree or flat(len(weights))
    if way == "topsis":
        return topsis(scores, weights)
    known = scores[~np.isnan(scores)]
    low, high = known.min(initial=0.0), known.max(initial=1.0)
    if way == "arithmetic" and (low < 0 or high > 1):
        scaled = (scores - low) / (high - low)
        found = indices(scaled, weights[None, :], tree)[0]
        return np.asarray(low + (high - low) * found)
    return np.asarray(indices(scores, weights[None, :], tree, way)[0])


def topsis(scores: Floats, weights: Floats) -> Floats:
    """Give the closeness of every site to the best there is: TOPSIS.

    Columns are divided by their length, weighed, and the distances to the best and to the
    worst number of every column compared: d- / (d+ + d-).

    Parameters
    ----------
    scores
        Sites × criteria, more is better, at least 0.
    weights
        By criterion; only the proportions matter.

    Returns
    -------
    0 to 1 by site, 1 for one that is best throughout; NaN where a score is unknown, and 0.5
    where all sites are the same.

    References
    ----------
    Hwang, C. and Yoon, K. (1981). Multiple attribute decision making. Springer.

    Examples
    --------
    >>> table = np.array([[250.0, 16, 12], [200, 16, 8], [300, 32, 16], [275, 32, 8]])
    >>> topsis(table, np.ones(3)).round(6).tolist()
    [0.347571, 0.0, 1.0, 0.497378]
    """
    array = np.asarray(scores, dtype=np.float64)
    result = np.full(len(array), np.nan)
    known = ~np.isnan(array).any(axis=1)
    if not known.any():
        return result
    own = array[known]
    length = np.sqrt((own**2).sum(axis=0))
    weighed = own / np.where(length > 0, length, 1.0) * (weights / np.sum(weights))
    away = np.sqrt(((weighed - weighed.max(axis=0)) ** 2).sum(axis=1))
    above = np.sqrt(((weighed - weighed.min(axis=0)) ** 2).sum(axis=1))
    both = away + above
    result[known] = np.where(both > 0, above / np.where(both > 0, both, 1.0), 0.5)
    return result


def rescaled(values: pd.DataFrame, how: Scale, *, falling: pd.Series) -> pd.DataFrame:
    """Bring all criteria to a scale relative to this run.

    Parameters
    ----------
    values
        Sites in rows, a column per criterion, each in its own unit; NaN is unknown.
    how
        See `rescale`.
    falling
        By criterion, whether less is better.

    Returns
    -------
    Scores, on the index and columns of ``values``.

    Examples
    --------
    >>> values = pd.DataFrame({"price": [10.0, 20.0]})
    >>> rescaled(values, "min_max", falling=pd.Series({"price": True}))["price"].tolist()
    [1.0, 0.0]
    """
    columns = {
        name: rescale(values[name].to_numpy(dtype=np.float64), how, falling=bool(falling[name]))
        for name in values.columns
    }
    return pd.DataFrame(columns, index=values.index)
