"""Weights that the numbers themselves suggest: for asking "what if", never by default.

They reward criteria that differ much from place to place, not those that matter, and change
with the area that is looked at.
"""

from __future__ import annotations

import numpy as np

from siteplanner.robustness.nesting import Floats
from siteplanner.scores import min_max


def entropy(values: Floats) -> Floats:
    r"""Weigh criteria by how unevenly they are spread over the places.

    With :math:`p = x / \sum x` and :math:`e = -\sum p \ln p / \ln m` the weights are
    proportional to :math:`1 - e`.

    Parameters
    ----------
    values
        Places × criteria, at least 0, at least two places; every criterion has a number above
        0.

    Returns
    -------
    Weights adding up to 1; even ones where no criterion differs.

    Raises
    ------
    ValueError
        If a number is unknown or negative, a criterion is 0 throughout, or there is only one
        place.

    References
    ----------
    Shannon, C. (1948). A mathematical theory of communication. Bell System Technical Journal
    27.  Zeleny, M. (1982). Multiple criteria decision making, McGraw-Hill.

    Examples
    --------
    >>> table = np.array([[250, 16, 12], [200, 16, 8], [300, 32, 16], [275, 32, 8]])
    >>> entropy(table).round(6).tolist()
    [0.095957, 0.507852, 0.396191]
    """
    array = _known(values)
    if (array < 0).any() or (array.sum(axis=0) == 0).any():
        msg = "entropy needs numbers of at least 0, and one above it in every criterion"
        raise ValueError(msg)
    part = array / array.sum(axis=0)
    logs = np.log(np.where(part > 0, part, 1.0))
    uneven = np.maximum(1 + (part * logs).sum(axis=0) / np.log(len(array)), 0.0)
    return _shares(np.where(uneven > 1e-12, uneven, 0.0))


def critic(values: Floats) -> Floats:
    """Weigh criteria by how much they vary and how little they repeat the others: CRITIC.

    Criteria are scaled from smallest to largest; a criterion's worth is its standard deviation
    (of a sample) times the sum of one minus its correlations.

    Parameters
    ----------
    values
        Places × criteria, at least two places.

    Returns
    -------
    Weights adding up to 1; a criterion that does not vary weighs nothing, and even ones where
    none does.

    Raises
    ------
    ValueError
        If a number is unknown, or there is only one place.

    References
    ----------
    Diakoulaki, D., Mavrotas, G. and Papayannakis, L. (1995). Determining objective weights in
    multiple criteria problems: the CRITIC method. Computers & Operations Research 22, 763-770.

    Examples
    --------
    >>> table = np.array([[250, 16, 12], [200, 16, 8], [300, 32, 16], [275, 32, 8]])
    >>> critic(table).round(6).tolist()
    [0.175338, 0.410976, 0.413686]
    """
    array = _known(values)
    varies = np.ptp(array, axis=0) > 0
    worth = np.zeros(array.shape[1])
    if varies.any():
        scaled = np.column_stack([min_max(one) for one in array[:, varies].T])
        related = np.atleast_2d(np.corrcoef(scaled, rowvar=False))
        conflict = (1 - related).sum(axis=0) if varies.sum() > 1 else np.ones(1)
        worth[varies] = scaled.std(axis=0, ddof=1) * np.maximum(conflict, 0.0)
    return _shares(worth)


def _known(values: Floats) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or len(array) < 2 or not np.isfinite(array).all():
        msg = "weights from data need known numbers at two places at least"
        raise ValueError(msg)
    return array


def _shares(worth: Floats) -> Floats:
    if worth.sum() <= 1e-12:
        return np.full(len(worth), 1 / len(worth))
    return np.asarray(worth / worth.sum())
