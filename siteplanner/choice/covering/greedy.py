"""Maximal covering, one site after the other: quick, explained, a heuristic."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.solution import Floats, Ints, Rules, Solution
from siteplanner.compiled import kernel

Small = npt.NDArray[np.int32]

METHOD = (
    "picked one after the other, each time the place that newly reaches most people in need "
    "(greedy): a heuristic, another set may reach more, but none more than the bound"
)


def greedy_cover(
    reach: sparse.csr_array,
    demand: Floats,
    count: int,
    *,
    rules: Rules | None = None,
    served: Floats | None = None,
) -> Solution:
    """Pick sites that together reach much demand, each demand once.

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
    would add nothing.  The bound is what is reached at the start, or at the end, plus the
    largest gains left there, which no set of ``count`` sites can pass.

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
    >>> greedy_cover(reach, np.array([5.0, 4.0, 3.0]), 2).sites.tolist()
    [1, 2]
    """
    rules = rules or Rules()
    columns = sparse.csc_array(reach, dtype=float)
    demand = _checked(columns, demand, count)
    best = np.zeros(columns.shape[0]) if served is None else np.array(served, dtype=float)
    rank = rank_of(rules.score, columns.shape[1])
    free = np.ones(columns.shape[1], dtype=bool)
    free[rules.barred] = False
    free[rules.fixed] = False
    first = in_given_order(columns, demand, rules.fixed, best)
    best = reached(columns, list(rules.fixed), best)
    left = max(0, min(count - len(rules.fixed), int(free.sum())))
    start, row, worth = columns.indptr, columns.indices, columns.data * demand[columns.indices]
    sites, gains = pick(start, row, worth, best * demand, np.flatnonzero(free), left, rank)
    bound, so_far = np.inf, float(first.sum())
    for now, added in ((best, 0.0), (reached(columns, list(sites), best), float(gains.sum()))):
        hope = np.sort(gains_left(columns, demand, now)[free])[::-1][:left]
        bound = min(bound, so_far + added + float(hope.sum()))
    objective = so_far + float(gains.sum())
    return Solution(
        sites=np.concatenate([np.asarray(rules.fixed, dtype=np.int64), sites]),
        objective=objective,
        gains=np.concatenate([first, gains]),
        bound=max(objective, bound),
        proven=bool(bound - objective <= 1e-9 * max(1.0, objective)),
        method=METHOD,
    )


def rank_of(score: Floats | None, sites: int) -> Ints:
    """Give the place of each site among equals: higher scores first, then lower numbers.

    Examples
    --------
    >>> rank_of(np.array([0.5, 0.9, 0.5]), 3)
    array([1, 0, 2])
    """
    rank = np.empty(sites, dtype=np.int64)
    value = np.zeros(sites) if score is None else np.asarray(score, dtype=float)
    rank[np.lexsort((np.arange(sites), -value))] = np.arange(sites)
    return rank


def pick(
    start: npt.NDArray[np.integer],
    row: npt.NDArray[np.integer],
    worth: Floats,
    best: Floats,
    among: Ints,
    count: int,
    rank: Ints,
) -> tuple[Ints, Floats]:
    """Pick sites one after the other, each time the one that adds most.

    What a site adds never grows while others are picked, so it is only computed again when its
    last value is the largest (lazy greedy).

    Parameters
    ----------
    start, row, worth
        Rows × sites, compressed by site: what a row comes to when a site serves it.
    best
        What each row comes to already.
    among
        Sites that may be picked.
    count
        Most sites.
    rank
        One number a site: of equals the lowest is picked.

    Returns
    -------
    The sites, and what each added, rounded to 1e-9; fewer where the rest add nothing.

    References
    ----------
    Minoux, M. (1978). Accelerated greedy algorithms for maximizing submodular set functions.
    Optimization Techniques, Springer, 234-243.

    Examples
    --------
    >>> reach = sparse.csc_array(np.array([[1.0, 1.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 3.0]]))
    >>> pick(reach.indptr, reach.indices, reach.data, np.zeros(3), np.arange(3), 2, np.arange(3))
    (array([1, 2]), array([5., 3.]))
    """
    hope = np.full(len(start) - 1, -1.0)
    hope[among] = np.inf
    sites, gains = np.empty(count, dtype=np.int64), np.empty(count)
    number = _pick(
        np.ascontiguousarray(start, dtype=np.int32),
        np.ascontiguousarray(row, dtype=np.int32),
        np.ascontiguousarray(worth, dtype=float),
        np.array(best, dtype=float),
        np.ascontiguousarray(rank, dtype=np.int64),
        hope,
        sites,
        gains,
    )
    return sites[:number], gains[:number]


def in_given_order(reach: sparse.csc_array, demand: Floats, sites: Ints, served: Floats) -> Floats:
    """Give what each site adds to those before it.

    Examples
    --------
    >>> reach = sparse.csc_array(np.array([[1.0, 1.0], [0.0, 1.0]]))
    >>> in_given_order(reach, np.array([5.0, 4.0]), np.array([0, 1]), np.zeros(2))
    array([5., 4.])
    """
    gains, best = np.zeros(len(sites)), np.array(served, dtype=float)
    for step, site in enumerate(sites):
        rows = slice(reach.indptr[site], reach.indptr[site + 1])
        points = reach.indices[rows]
        more = np.maximum(reach.data[rows] - best[points], 0.0)
        gains[step] = round(float(more @ demand[points]), 9)
        best[points] += more
    return gains


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


@kernel("i8(i4[::1], i4[::1], f8[::1], f8[::1], i8[::1], f8[::1], i8[::1], f8[::1])")
def _pick(
    start: Small, row: Small, worth: Floats, best: Floats, rank: Ints, hope: Floats,
    sites: Ints, gains: Floats,
) -> int:  # fmt: skip
    for step in range(sites.size):
        fresh = -1
        while True:
            top = 0
            for site in range(1, hope.size):
                if hope[site] > hope[top] or (hope[site] == hope[top] and rank[site] < rank[top]):
                    top = site
            if hope[top] <= 0.0:
                return step
            if top == fresh:
                break
            more = 0.0
            for place in range(start[top], start[top + 1]):
                more += max(0.0, worth[place] - best[row[place]])
            hope[top] = np.rint(more * 1e9) / 1e9
            fresh = top
        sites[step], gains[step] = top, hope[top]
        hope[top] = -1.0
        for place in range(start[top], start[top + 1]):
            best[row[place]] = max(best[row[place]], worth[place])
    return sites.size


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
