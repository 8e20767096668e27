"""How much of an index goes with each of its criteria, and whether they measure one thing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from siteplanner.robustness.nesting import Floats

BINS = 20
"""Most parts that places are put into for the correlation ratio; each has at least 5."""


def influence(scores: pd.DataFrame, index: pd.Series, weights: pd.Series) -> pd.DataFrame:
    r"""Hold each criterion's weight against the share of the index's variance that goes with it.

    The main effect of a criterion is :math:`S_i = V[E(I | x_i)] / V[I]`, its correlation ratio
    with the index; in a straight line it is the squared correlation.  Where criteria are
    correlated the effects do not add up to 1, so they are compared by their shares.

    Parameters
    ----------
    scores
        Places in rows, a column per criterion; NaN is unknown.
    index
        The index by place.
    weights
        By criterion, as shares of the whole.

    Returns
    -------
    By criterion: ``weight``, ``correlation``, ``linear``, ``ratio``, ``influence``, ``times``,
    as in `Diagnosis`.

    References
    ----------
    Paruolo, Saisana and Saltelli (2013).

    Examples
    --------
    >>> scores = pd.DataFrame({"a": [0.0, 0, 1, 1], "b": [0.0, 0.1, 0, 0.1]})
    >>> found = influence(scores, scores.mean(axis=1), pd.Series({"a": 0.5, "b": 0.5}))
    >>> found["linear"].round(3).tolist(), found["times"].round(2).tolist()
    ([0.99, 0.01], [1.98, 0.02])
    """
    value = index.reindex(scores.index).to_numpy(dtype=np.float64)
    rows = {}
    for name in weights.index:
        x = scores[name].to_numpy(dtype=np.float64)
        both = ~(np.isnan(x) | np.isnan(value))
        r = correlation(x[both], value[both])
        ratio = correlation_ratio(x[both], value[both])
        rows[name] = (weights[name], r, r**2, ratio)
    table = pd.DataFrame.from_dict(
        rows, orient="index", columns=["weight", "correlation", "linear", "ratio"], dtype=float
    )
    effect = table["ratio"].fillna(table["linear"])
    total = effect.sum()
    table["influence"] = effect / total if total > 0 else np.nan
    table["times"] = table["influence"] / table["weight"].where(table["weight"] > 0)
    return table.rename_axis("criterion")


def correlation_ratio(x: Floats, y: Floats) -> float:
    """Give the share of the variance of y between parts of equal size along x.

    Corrected for the number of parts (epsilon squared), which by chance alone would leave
    some; never below the squared correlation in a straight line.

    Parameters
    ----------
    x, y
        Known numbers, the same length.  Equal numbers of x are never parted.

    Returns
    -------
    0 to 1; NaN where fewer than 20 numbers say anything or one of the two does not vary.

    References
    ----------
    Kelley, T. (1935). An unbiased correlation ratio measure. Proceedings of the National
    Academy of Sciences 21, 554-559.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 201)
    >>> round(correlation_ratio(x, x**2), 2), round(float(np.corrcoef(x, x**2)[0, 1] ** 2), 2)
    (0.99, 0.0)
    """
    parts = min(BINS, len(x) // 5)
    if parts < 4 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    cuts = np.unique(np.quantile(x, np.linspace(0, 1, parts + 1)[1:-1]))
    part = np.searchsorted(cuts, x, side="left")
    size = np.bincount(part).astype(np.float64)
    mean = np.bincount(part, y) / np.where(size > 0, size, 1.0)
    groups = int((size > 0).sum())
    if len(y) <= groups:
        return float("nan")
    within = ((y - mean[part]) ** 2).sum() / (len(y) - groups)
    raw = 1 - within / y.var(ddof=1)
    return float(np.clip(max(raw, correlation(x, y) ** 2), 0.0, 1.0))


def cronbach_alpha(scores: Floats) -> float:
    """Say how far criteria measure one and the same thing.

    Parameters
    ----------
    scores
        Places × criteria on one scale; rows with something unknown are left out.

    Returns
    -------
    (Q / (Q - 1)) (1 - sum of variances / variance of the sum); NaN for fewer than 2 criteria
    or places, or where nothing varies.

    References
    ----------
    Cronbach, L. (1951). Coefficient alpha and the internal structure of tests.
    Psychometrika 16, 297-334.

    Examples
    --------
    >>> cronbach_alpha(np.array([[0.0, 0.1], [0.5, 0.4], [1.0, 0.9]])).__round__(3)
    0.984
    """
    array = np.asarray(scores, dtype=np.float64)
    array = array[~np.isnan(array).any(axis=1)]
    if array.shape[0] < 2 or array.shape[1] < 2:
        return float("nan")
    whole = array.sum(axis=1).var(ddof=1)
    if whole <= 0:
        return float("nan")
    number = array.shape[1]
    return float(number / (number - 1) * (1 - array.var(axis=0, ddof=1).sum() / whole))


def correlation(x: Floats, y: Floats) -> float:
    """Give Pearson's correlation; NaN for fewer than 3 numbers, or where one does not vary.

    Examples
    --------
    >>> correlation(np.array([1.0, 2, 3]), np.array([1.0, 2, 3])).__round__(6)
    1.0
    """
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])
