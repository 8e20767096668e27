"""Sums and means of numbers of which some are unknown.

One rule throughout: what is known speaks as long as it is at least half of the whole; where
more than half is unknown, so is the answer.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[np.float64]


def known_sum(
    weights: sparse.csr_array, values: Array, *, extent: sparse.csr_array | None = None
) -> Array:
    """Add up the values of every row's entries, each times its weight.

    Parameters
    ----------
    weights
        Rows × columns; an entry that is stored takes part, even with weight 0.
    values
        By column; NaN is unknown.
    extent
        What each entry counts for when it is asked whether most of a row is unknown: an area.
        By default every entry counts the same.

    Returns
    -------
    By row: the sum over the known values, 0 where there are no entries, NaN where more than
    half of the entries are unknown.

    Examples
    --------
    >>> weights = sparse.csr_array([[1.0, 1.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    >>> known_sum(weights, np.array([2.0, 3.0, np.nan])).tolist()
    [5.0, nan, 0.0]
    """
    known = ~np.isnan(values)
    entries = stored(weights) if extent is None else extent
    total: Array = weights @ np.where(known, values, 0.0)
    unknown: Array = entries @ (~known).astype(float)
    return np.where(unknown > entries @ known.astype(float), np.nan, total)


def known_mean(weights: sparse.csr_array, values: Array) -> Array:
    """Average the values of every row's entries, weighted.

    Parameters
    ----------
    weights
        Rows × columns, at least 0: an area, people.
    values
        By column; NaN is unknown.

    Returns
    -------
    By row: the mean over the known values; NaN where there is no weight, or where more than
    half of it lies on unknown values.

    Examples
    --------
    >>> weights = sparse.csr_array([[1.0, 3.0, 0.0], [1.0, 0.0, 3.0], [0.0, 0.0, 0.0]])
    >>> known_mean(weights, np.array([2.0, 4.0, np.nan])).tolist()
    [3.5, nan, nan]
    """
    known = ~np.isnan(values)
    total: Array = weights @ np.where(known, values, 0.0)
    weight: Array = weights @ known.astype(float)
    unknown: Array = weights @ (~known).astype(float)
    return quotient(np.where(unknown > weight, np.nan, total), weight)


def quotient(part: Array, whole: Array) -> Array:
    """Divide; NaN where the whole is 0 or either is unknown.

    Examples
    --------
    >>> quotient(np.array([1.0, 0.0]), np.array([4.0, 0.0])).tolist()
    [0.25, nan]
    """
    result = np.full(len(part), np.nan)
    np.divide(part, whole, out=result, where=whole > 0)
    return result


def stored(matrix: sparse.csr_array) -> sparse.csr_array:
    """Give 1 for every entry that is stored, a stored 0 too.

    Examples
    --------
    >>> walks = sparse.csr_array(([0.0, 7.0], ([0, 0], [0, 2])), shape=(1, 3))
    >>> stored(walks).toarray().tolist()
    [[1.0, 0.0, 1.0]]
    """
    return with_data(matrix, np.ones(len(matrix.data)))


def with_data(matrix: sparse.csr_array, data: Array) -> sparse.csr_array:
    """Give other numbers to the stored entries of a matrix, in their order.

    Examples
    --------
    >>> with_data(sparse.csr_array([[2.0, 0.0]]), np.array([5.0])).toarray().tolist()
    [[5.0, 0.0]]
    """
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
