"""Capacity: demand points are shared out among sites, each within what it can take on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siteplanner.choice.medians.costs import widened
from siteplanner.choice.programs.highs import Program, solve
from siteplanner.choice.rules.rows import limits_of, rows_of
from siteplanner.choice.solution import Floats, Ints, Rules

STRONG = 300_000
"""Pairs of point and site up to which each share is also held below its own site."""
TINY = 1e-9
"""Shares below this are rounding."""


@dataclass(frozen=True)
class Freight:
    """Points to serve, sites that may serve them, and what each can take on.

    Parameters
    ----------
    table
        What it costs to get to each site, points × sites, stored zeros among them.
    weight
        Amount of demand at each point.
    load
        What each point takes of a capacity.
    capacity
        One number a site.
    unserved
        What a unit costs that is not served; None where all must be.

    Examples
    --------
    >>> cost = sparse.csr_array(np.array([[1.0, 3.0]]))
    >>> one = np.array([10.0])
    >>> freight = Freight(cost, one, one, np.array([4.0, 9.0]), None)
    >>> ship(freight, np.array([0, 1]))[0], ship(freight, np.array([0]))[0]
    (22.0, inf)
    """

    table: sparse.csr_array
    weight: Floats
    load: Floats
    capacity: Floats
    unserved: float | None

    @property
    def sites(self) -> int:
        """How many sites there are."""
        return int(self.table.shape[1])


def ship(freight: Freight, sites: Ints) -> tuple[float, sparse.csr_array]:
    """Serve all points from some sites as cheaply as their capacities allow.

    Parameters
    ----------
    freight
        The question.
    sites
        Chosen sites.

    Returns
    -------
    What it costs, infinite where not all can be served; and points × sites: the share of
    each point that each site serves.

    References
    ----------
    Hitchcock, F. (1941). The distribution of a product from several sources to numerous
    localities. Journal of Mathematics and Physics 20, 224-230.
    """
    chosen = np.zeros(freight.sites)
    chosen[sites] = 1.0
    open_ones = Rules(fixed=np.asarray(sites), barred=np.flatnonzero(chosen == 0))
    program = program_of(freight, open_ones, None, tied=False)
    solved = solve(program, relaxed=True)
    if not len(solved.x) or not np.isfinite(solved.bound):
        return float("inf"), sparse.csr_array(freight.table.shape, dtype=float)
    flows = flows_of(freight, solved.x)
    served = np.minimum(flows.sum(axis=1), 1.0)
    point = np.repeat(np.arange(flows.shape[0]), np.diff(flows.indptr))
    paid = float(freight.weight[point] @ (flows.data * _costs_at(freight.table, flows)))
    if freight.unserved is not None:
        paid += float(freight.weight @ (1.0 - served)) * freight.unserved
    return paid, flows


def program_of(
    freight: Freight, rules: Rules, count: int | None, *, tied: bool | None = None
) -> Program:
    """Write the sites, the shares of each pair, the unserved shares and the rules.

    The first variables are the sites, then one for each stored pair.

    Parameters
    ----------
    freight
        The question.
    rules
        What binds.
    count
        Most sites.
    tied
        Whether each share is held below its own site: more rows, a tighter relaxation.
    """
    table, sites = freight.table, freight.sites
    points, pairs = table.shape[0], table.nnz
    point = np.repeat(np.arange(points), np.diff(table.indptr))
    site = table.indices.astype(np.int64)
    tied = pairs <= STRONG if tied is None else tied
    last = points if freight.unserved is not None else 0
    room = np.minimum(
        freight.capacity, np.bincount(site, weights=freight.load[point], minlength=sites)
    )
    flow = sites + np.arange(pairs)
    held = np.arange(pairs) if tied else np.flatnonzero(freight.load[point] == 0)
    parts = [
        (point, flow, np.ones(pairs)),
        (np.arange(last), sites + pairs + np.arange(last), np.ones(last)),
        (points + site, flow, freight.load[point]),
        (points + np.arange(sites), np.arange(sites), -room),
        (points + sites + np.arange(len(held)), flow[held], np.ones(len(held))),
        (points + sites + np.arange(len(held)), site[held], -np.ones(len(held))),
    ]
    row, column, value = (np.concatenate([part[k] for part in parts]) for k in range(3))
    shape = (points + sites + len(held), sites + pairs + last)
    own = sparse.csr_array(sparse.coo_array((value, (row, column)), shape=shape))
    rows = rows_of(rules, sites, count)
    wide = widened(rows.matrix, shape[1])
    lower, upper = limits_of(rules, sites)
    paid = freight.weight[point] * table.data
    unserved = freight.weight * (freight.unserved or 0.0)
    return Program(
        cost=np.concatenate([np.zeros(sites), paid, unserved[:last]]),
        rows=sparse.csr_array(sparse.vstack([wide, own], format="csr")),
        lower=np.concatenate([rows.lower, np.ones(points), np.full(sites + len(held), -np.inf)]),
        upper=np.concatenate([rows.upper, np.ones(points), np.zeros(sites + len(held))]),
        whole=np.arange(shape[1]) < sites,
        x_lower=np.concatenate([lower, np.zeros(pairs + last)]),
        x_upper=np.concatenate([upper, np.ones(pairs + last)]),
        budget=rows.budget,
    )


def flows_of(freight: Freight, x: Floats) -> sparse.csr_array:
    """Read points × sites from the values of a program: the share that each site serves.

    Examples
    --------
    >>> one = np.ones(1)
    >>> freight = Freight(sparse.csr_array(np.array([[1.0, 3.0]])), one, one, np.ones(2), None)
    >>> flows_of(freight, np.array([1.0, 1.0, 0.25, 0.75])).toarray()
    array([[0.25, 0.75]])
    """
    table = freight.table
    share = np.clip(x[freight.sites : freight.sites + table.nnz], 0.0, 1.0)
    share[share < TINY] = 0.0
    flows = sparse.csr_array((share, table.indices, table.indptr), shape=table.shape)
    flows = flows.copy()
    flows.eliminate_zeros()
    return flows


def _costs_at(table: sparse.csr_array, flows: sparse.csr_array) -> Floats:
    """Give the costs of the pairs that carry anything."""
    width = table.shape[1]
    at = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr)) * width + table.indices
    wanted = np.repeat(np.arange(table.shape[0]), np.diff(flows.indptr)) * width + flows.indices
    return np.asarray(table.data[np.searchsorted(at, wanted)])
