"""Choices by the index alone: the best ones, or the best ones that keep apart."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from siteplanner.choice.solution import Floats, Ints, Rules


def top(score: Floats, count: int, *, rules: Rules | None = None) -> Ints:
    """Pick the sites with the highest score.

    Parameters
    ----------
    score
        One number a site; NaN is never picked.
    count
        Sites to pick, fixed ones included.
    rules
        Fixed sites come first, barred ones never.

    Returns
    -------
    Site numbers, best first; ties by the lower number.

    Examples
    --------
    >>> top(np.array([0.2, 0.9, 0.9, np.nan]), 2).tolist()
    [1, 2]
    """
    return spaced(score, count, near=sparse.csr_array((len(score), len(score))), rules=rules)


def spaced(
    score: Floats, count: int, *, near: sparse.csr_array, rules: Rules | None = None
) -> Ints:
    """Pick the sites with the highest score of which no two are near each other.

    Parameters
    ----------
    score
        One number a site; NaN is never picked.
    count
        Sites to pick, fixed ones included.
    near
        Site × site, stored where two sites are too near; the diagonal does not matter.
    rules
        Fixed sites come first, however near; barred ones never.

    Returns
    -------
    Site numbers in the order they were picked; fewer than ``count`` where no more fit.

    Examples
    --------
    >>> near = sparse.csr_array(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]]))
    >>> spaced(np.array([0.9, 0.8, 0.1]), 2, near=near).tolist()
    [0, 2]
    """
    rules = rules or Rules()
    near = sparse.csr_array(near)
    free = ~np.isnan(score)
    free[rules.barred] = False
    order = [*rules.fixed.tolist(), *np.argsort(-np.nan_to_num(score, nan=-1.0), kind="stable")]
    picked: list[int] = []
    for position, site in enumerate(order):
        if len(picked) == count:
            break
        if position < len(rules.fixed) or free[site]:
            picked.append(int(site))
            free[near.indices[near.indptr[site] : near.indptr[site + 1]]] = False
            free[site] = False
    return np.array(picked, dtype=np.int64)
