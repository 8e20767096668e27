"""Maximal covering, one site after the other: quick, explained, a heuristic."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from siteplanner.choice.solution import Floats, Ints, Rules, Solution

METHOD = (
    "picked one after the other, each time the place that newly reaches most people in need "
    "(greedy): a heuristic, another set may reach more, but none more than the bound"
)


def max_cover(
    reach: sparse.csr_array,
    demand: Floats,
    count: int,
    *,
    rules: Rules | None = None,
    served: Floats | None = None,
) -> Solution:
    """Pick sites that together reach as much demand as possible, each demand once.

    Demand within reach of several sites counts by its best reach, so nobody is counted
    twice.  The first ``k`` sites are the greedy answer for ``k``: phases are nested.

    Parameters
    ----------
    reach
        Demand × sites, 0..1: how fully a site reaches a demand point.
    demand
        Amount at each demand point, not negative.
    count
        Sites to pick, fixed ones included.
    rules
        Fixed and barred sites, and the score that breaks ties.
    served
        0..1 a demand point: how fully existing places reach it already.

    Returns
    -------
    The sites in the order they were picked; fewer than ``count`` where the rest are barred or
    would add nothing.  The bound is the smallest over all steps of what is reached there plus
    the largest gains left, which no set of ``count`` sites can pass.

    Raises
    ------
    ValueError
        If a shape does not match, or an amount is negative or not a number.

    References
    ----------
    Church, R. and ReVelle, C. (1974). The maximal covering location problem.
    Papers of the Regional Science Association 32, 101-118.
    Nemhauser, G., Wolsey, L. and Fisher, M. (1978). An analysis of approximations for
    maximizing submodular set functions. Mathematical Programming 14, 265-294.

    Examples
    --------
    >>> reach = sparse.csr_array(np.array([[1, 1, 0], [0, 1, 0], [0, 0, 1]]))
    >>> max_cover(reach, np.array([5.0, 4.0, 3.0]), 2).sites.tolist()
    [1, 2]
    """
    rules = rules or Rules()
    columns = sparse.csc_array(reach, dtype=float)
    demand = _checked(columns, demand, count)
    best = np.zeros(columns.shape[0]) if served is None else np.array(served, dtype=float)
    score = np.zeros(columns.shape[1]) if rules.score is None else np.asarray(rules.score)
    free = np.ones(columns.shape[1], dtype=bool)
    free[rules.barred] = False
    free[rules.fixed] = True
    picked: list[int] = []
    added: list[float] = []
    bound = np.inf
    for step in range(min(count, int(free.sum()))):
        gains = np.where(free, gains_left(columns, demand, best), -1.0)
        if step < len(rules.fixed):
            site = int(rules.fixed[step])
        else:
            largest = np.sort(gains[free])[::-1][: count - len(rules.fixed)]
            bound = min(bound, sum(added) + float(largest.sum()))
            site = int(np.lexsort((-score, -gains))[0])
            if gains[site] <= 0:
                break
        picked.append(site)
        added.append(float(gains[site]))
        free[site] = False
        rows = slice(columns.indptr[site], columns.indptr[site + 1])
        best[columns.indices[rows]] = np.maximum(best[columns.indices[rows]], columns.data[rows])
    objective = float(sum(added))
    bound = max(objective, bound) if np.isfinite(bound) else objective
    proven = bool(bound - objective <= 1e-9 * max(1.0, objective))
    return Solution(np.array(picked, np.int64), objective, np.array(added), bound, proven, METHOD)


def gains_left(reach: sparse.csc_array, demand: Floats, best: Floats) -> Floats:
    """Give what each site would add to demand that is reached to ``best`` already.

    Parameters
    ----------
    reach
        Demand × sites, 0..1.
    demand
        Amount at each demand point.
    best
        0..1 a demand point: how fully it is reached already.

    Returns
    -------
    One number a site, rounded to 1e-9 so that equal gains are ties.

    Examples
    --------
    >>> reach = sparse.csc_array(np.array([[1.0, 0.5], [0.0, 1.0]]))
    >>> gains_left(reach, np.array([10.0, 4.0]), np.array([0.4, 0.0]))
    array([6., 5.])
    """
    site = np.repeat(np.arange(reach.shape[1]), np.diff(reach.indptr))
    more = np.maximum(reach.data - best[reach.indices], 0.0) * demand[reach.indices]
    return np.asarray(np.bincount(site, weights=more, minlength=reach.shape[1]).round(9))


def reached(reach: sparse.csc_array, sites: Ints | list[int], served: Floats) -> Floats:
    """Give how fully each cell is reached by existing places and these sites together.

    Parameters
    ----------
    reach
        Cells × sites, 0..1.
    sites
        Column numbers.
    served
        0..1 a cell: how fully existing places reach it.

    Returns
    -------
    0..1 a cell: the best of all.

    Examples
    --------
    >>> reached(sparse.csc_array(np.array([[1.0, 0.5], [0.0, 0.5]])), [1], np.array([0.7, 0.0]))
    array([0.7, 0.5])
    """
    best = np.array(served, dtype=float)
    for site in sites:
        rows = slice(reach.indptr[site], reach.indptr[site + 1])
        cells = reach.indices[rows]
        best[cells] = np.maximum(best[cells], reach.data[rows])
    return best


def _checked(reach: sparse.csc_array, demand: Floats, count: int) -> Floats:
    demand = np.asarray(demand, dtype=float)
    if demand.shape != (reach.shape[0],):
        msg = f"demand has shape {demand.shape}, reach has {reach.shape[0]} rows"
        raise ValueError(msg)
    if count < 1:
        msg = f"count is {count}; pick at least one site"
        raise ValueError(msg)
    if not np.all(demand >= 0):
        msg = f"{int((~(demand >= 0)).sum())} amounts of demand are negative or unknown"
        raise ValueError(msg)
    return demand
