"""Travel costs between demand points and sites: read once, cheapest site first in every row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.solution import Floats, Ints

Small = npt.NDArray[np.int32]

BLOCK = 1_000_000
"""Most cells that are sorted at once."""


@dataclass(frozen=True)
class Costs:
    """What it costs to get from demand points to sites, both by point and by site.

    Parameters
    ----------
    start
        Where each point's sites begin in ``site`` and ``cost`` (points + 1).
    site
        Site numbers, by point, cheapest first, then by number.
    cost
        What these cost.
    columns
        The same as points × sites; a stored 0 costs nothing, an absent pair has no path.
    """

    start: Ints
    site: Small
    cost: Floats
    columns: sparse.csc_array

    @property
    def points(self) -> int:
        """How many demand points there are."""
        return len(self.start) - 1

    @property
    def sites(self) -> int:
        """How many sites there are."""
        return int(self.columns.shape[1])


@dataclass(frozen=True)
class Served:
    """Who is to be served, and at what cost.

    Parameters
    ----------
    costs
        What it costs to get to each site.
    weight
        Amount of demand at each point, more than 0.
    cap
        What a point pays for one unit that is not served.
    """

    costs: Costs
    weight: Floats
    cap: Floats


def table_of(cost: Any) -> sparse.csr_array:
    """Read costs, sparse or dense, as one sparse table.

    Parameters
    ----------
    cost
        Points × sites.  Sparse: a stored 0 costs nothing, an absent pair has no path.
        Dense: NaN or infinite has no path.

    Returns
    -------
    The table; the caller's own where nothing had to be changed.

    Raises
    ------
    ValueError
        If a cost is negative, or a stored one is not a number.

    Examples
    --------
    >>> table_of(np.array([[0.0, np.nan], [2.0, 1.0]])).nnz
    3
    """
    if sparse.issparse(cost):
        given: Any = cost
        table: Any = sparse.csr_array(given)
        if not table.has_canonical_format:
            table = table.copy()
            table.sum_duplicates()
        table = sparse.csr_array(table, dtype=float)
        if np.isnan(table.data).any():
            msg = f"{int(np.isnan(table.data).sum())} stored costs are not a number"
            raise ValueError(msg)
        if np.isinf(table.data).any():
            table = kept(table, np.isfinite(table.data))
    else:
        dense = np.asarray(cost, dtype=float)
        if dense.ndim != 2:
            msg = f"cost has {dense.ndim} dimensions; give points × sites"
            raise ValueError(msg)
        finite = np.isfinite(dense)
        start = np.concatenate([[0], np.cumsum(finite.sum(axis=1))])
        if (dense == -np.inf).any():
            msg = "some costs are negative"
            raise ValueError(msg)
        table = sparse.csr_array((dense[finite], np.nonzero(finite)[1], start), shape=dense.shape)
    if table.nnz and table.data.min() < 0:
        msg = f"{int((table.data < 0).sum())} costs are negative"
        raise ValueError(msg)
    found: sparse.csr_array = table
    return found


def kept(table: sparse.csr_array, which: npt.NDArray[np.bool_]) -> sparse.csr_array:
    """Keep some of the stored entries, zeros among them.

    Examples
    --------
    >>> kept(sparse.csr_array(np.array([[3.0, 4.0]])), np.array([False, True])).indices.tolist()
    [1]
    """
    if which.all():
        return table
    before = np.concatenate([[0], np.cumsum(which)])
    parts = table.data[which], table.indices[which], before[table.indptr]
    return sparse.csr_array(parts, shape=table.shape)


def widened(table: sparse.csr_array, columns: int) -> sparse.csr_array:
    """Give a table more columns, empty ones.

    Examples
    --------
    >>> widened(sparse.csr_array(np.array([[3.0]])), 3).shape
    (1, 3)
    """
    parts = table.data, table.indices, table.indptr
    return sparse.csr_array(parts, shape=(table.shape[0], columns))


def costs_of(table: sparse.csr_array) -> Costs:
    """Sort each row by cost, and keep the table by site too.

    Examples
    --------
    >>> costs_of(sparse.csr_array(np.array([[3.0, 1.0, 2.0]]))).site.tolist()
    [1, 2, 0]
    """
    start = table.indptr.astype(np.int64)
    site = np.empty(table.nnz, dtype=np.int32)
    cost = np.empty(table.nnz)
    length = np.diff(start)
    order = np.argsort(length, kind="stable")
    order = order[np.searchsorted(length[order], 1) :]
    begin = 0
    while begin < len(order):
        widest = int(length[order[min(begin + BLOCK // 64, len(order)) - 1]])
        rows = order[begin : begin + max(1, BLOCK // widest)]
        begin += len(rows)
        width = int(length[rows[-1]])
        at = start[rows, None] + np.arange(width)
        inside = np.arange(width) < length[rows, None]
        at[~inside] = 0
        values = np.where(inside, table.data[at], np.inf)
        turn = np.argsort(values, axis=1, kind="stable")
        to = at[inside]
        site[to] = table.indices[np.take_along_axis(at, turn, axis=1)[inside]]
        cost[to] = np.take_along_axis(values, turn, axis=1)[inside]
    return Costs(start, site, cost, sparse.csc_array(table))


def alike(table: sparse.csr_array) -> Ints:
    """Give, for each point, the first point with the very same costs.

    Examples
    --------
    >>> alike(sparse.csr_array(np.array([[3.0, 1.0], [2.0, 1.0], [3.0, 1.0]])))
    array([0, 1, 0])
    """
    points = table.shape[0]
    length = np.diff(table.indptr)
    first = np.arange(points)
    filled = np.flatnonzero(length)
    ends = [table.indptr[filled], table.indptr[filled + 1] - 1]
    signs = [length, *(np.full(points, -1.0) for _ in range(4))]
    for k, at in enumerate(ends):
        signs[1 + 2 * k][filled] = table.indices[at]
        signs[2 + 2 * k][filled] = table.data[at]
    order = np.lexsort((first, *signs))
    fresh = np.ones(points, dtype=bool)
    fresh[1:] = False
    for sign in signs:
        fresh[1:] |= np.diff(sign[order]) != 0
    for group in np.split(order, np.flatnonzero(fresh)[1:]):
        known: dict[bytes, int] = {}
        for point in group if len(group) > 1 else ():
            part = slice(table.indptr[point], table.indptr[point + 1])
            name = table.indices[part].tobytes() + table.data[part].tobytes()
            first[point] = known.setdefault(name, int(point))
    return first


def narrowed(costs: Costs, which: npt.NDArray[np.bool_]) -> Costs:
    """Forget the costs of all but some sites; the numbers of the sites stay.

    Examples
    --------
    >>> costs = costs_of(sparse.csr_array(np.array([[3.0, 1.0, 2.0]])))
    >>> narrowed(costs, np.array([True, False, True])).site.tolist()
    [2, 0]
    """
    inside = which[costs.site]
    before = np.concatenate([[0], np.cumsum(inside)])
    columns = costs.columns
    length = np.where(which, np.diff(columns.indptr), 0)
    stored = np.repeat(which, np.diff(columns.indptr))
    indptr = np.concatenate([[0], np.cumsum(length)]).astype(columns.indptr.dtype)
    parts = columns.data[stored], columns.indices[stored], indptr
    return Costs(
        before[costs.start],
        costs.site[inside],
        costs.cost[inside],
        sparse.csc_array(parts, shape=columns.shape),
    )


def cheapest(columns: sparse.csc_array, sites: Iterable[int], cap: Floats) -> Floats:
    """Give what each point pays to get to the cheapest of some sites.

    Parameters
    ----------
    columns
        Points × sites.
    sites
        Column numbers.
    cap
        What each point pays where no site is cheaper.

    Returns
    -------
    One number a point.

    Examples
    --------
    >>> costs = costs_of(sparse.csr_array(np.array([[3.0, 1.0], [2.0, 5.0]])))
    >>> cheapest(costs.columns, [1], np.array([9.0, 4.0]))
    array([1., 4.])
    """
    best = np.array(cap, dtype=float)
    for site in sites:
        rows = slice(columns.indptr[site], columns.indptr[site + 1])
        points = columns.indices[rows]
        best[points] = np.minimum(best[points], columns.data[rows])
    return best


def nearest_site(columns: sparse.csc_array, sites: Ints, limit: float = np.inf) -> Ints:
    """Give the cheapest of some sites for each point; of equal ones the lower number.

    Parameters
    ----------
    columns
        Points × sites.
    sites
        Column numbers.
    limit
        Nobody goes to a site that costs more.

    Returns
    -------
    A column number a point; -1 where no site can be reached.

    Examples
    --------
    >>> costs = costs_of(sparse.csr_array(np.array([[3.0, 1.0], [2.0, 5.0]])))
    >>> nearest_site(costs.columns, np.array([1, 0]), limit=1.5)
    array([ 1, -1])
    """
    best = np.full(columns.shape[0], np.inf)
    which = np.full(columns.shape[0], -1, dtype=np.int64)
    for site in np.sort(sites):
        rows = slice(columns.indptr[site], columns.indptr[site + 1])
        points, cost = columns.indices[rows], columns.data[rows]
        nearer = (cost < best[points]) & (cost <= limit)
        best[points[nearer]] = cost[nearer]
        which[points[nearer]] = site
    return which
