"""Capacity: who is served by which chosen site, where none may serve more than it can."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from siteplanner.choice.programs.covers import Block, pairs_of, stacked
from siteplanner.choice.programs.highs import Program, solve
from siteplanner.choice.solution import Floats, Ints, Rules

STRONG = 20_000
"""Pairs of demand and site up to which each flow is also held below its own site."""
TINY = 1e-9
"""Shares below this are rounding."""


def shared_out(reach: sparse.csr_array, demand: Floats, load: Floats, capacity: Floats) -> Block:
    """Let chosen sites share demand out among them, each within its capacity.

    One variable for each pair, in the order of the stored pairs: the share of the point that
    the site serves.

    Parameters
    ----------
    reach
        Demand × sites, 0 or 1.
    demand
        Amount at each point.
    load
        What each point takes of a capacity.
    capacity
        One number a site.

    References
    ----------
    Current, J. and Storbeck, J. (1988). Capacitated covering models.
    Environment and Planning B 15, 153-163.

    Examples
    --------
    >>> one = np.array([10.0])
    >>> shared_out(sparse.csr_array(np.array([[1.0]])), one, one, np.array([4.0])).rows.toarray()
    array([[ 0.,  1.],
           [-4., 10.],
           [-1.,  1.]])
    """
    point, site, _ = pairs_of(reach)
    (points, sites), pairs = reach.shape, len(point)
    room = np.minimum(capacity, np.bincount(site, weights=load[point], minlength=sites))
    flow = sites + np.arange(pairs)
    tied = np.arange(pairs) if pairs <= STRONG else np.flatnonzero(load[point] == 0)
    third = points + sites + np.arange(len(tied))
    parts = [
        (point, flow, np.ones(pairs)),
        (points + site, flow, load[point]),
        (points + np.arange(sites), np.arange(sites), -room),
        (third, flow[tied], np.ones(len(tied))),
        (third, site[tied], -np.ones(len(tied))),
    ]
    rows = stacked(parts, (points + sites + len(tied), sites + pairs))
    upper = np.concatenate([np.ones(points), np.zeros(sites + len(tied))])
    lower = np.full(len(upper), -np.inf)
    return Block(rows, lower, upper, demand[point], np.empty(0, dtype=np.int64))


def share_out(
    reach: sparse.csr_array, demand: Floats, rules: Rules, sites: Ints
) -> tuple[float, sparse.csr_array]:
    """Serve as much demand as chosen sites can within their capacities.

    Parameters
    ----------
    reach
        Demand × sites, 0 or 1.
    demand
        Amount at each point.
    rules
        Capacity, and load where it is not the demand.
    sites
        Chosen sites.

    Returns
    -------
    The demand served, and demand × sites: the share of each point that each site serves.

    Examples
    --------
    >>> rules = Rules(capacity=np.array([4.0, 9.0]))
    >>> served, shares = share_out(sparse.csr_array(np.ones((1, 2))), np.array([10.0]), rules,
    ...                            np.array([0, 1]))
    >>> served, float(shares.sum())
    (10.0, 1.0)
    """  # fmt: skip
    if rules.capacity is None:
        msg = "demand is shared out only under a capacity"
        raise ValueError(msg)
    load = demand if rules.load is None else rules.load
    chosen = sparse.csr_array(sparse.csc_array(reach)[:, sites])
    point, site, _ = pairs_of(chosen)
    kept = demand[point] > 0
    point, site = point[kept], site[kept]
    points, pairs = reach.shape[0], np.arange(len(point))
    room = np.minimum(
        rules.capacity[sites], np.bincount(site, weights=load[point], minlength=len(sites))
    )
    parts = [(point, pairs, np.ones(len(point))), (points + site, pairs, load[point])]
    upper = np.concatenate([np.ones(points), room])
    solved = solve(
        Program(
            cost=demand[point],
            rows=stacked(parts, (points + len(sites), len(point))),
            lower=np.full(len(upper), -np.inf),
            upper=upper,
            whole=np.zeros(len(point), dtype=bool),
            x_lower=np.zeros(len(point)),
            x_upper=np.ones(len(point)),
            maximise=True,
        ),
        relaxed=True,
    )
    share = np.clip(solved.x, 0.0, 1.0) if len(point) else np.empty(0)
    share[share < TINY] = 0.0
    flows = stacked([(point, sites[site], share)], (points, reach.shape[1]))
    flows.eliminate_zeros()
    return float(demand[point] @ share), flows


def main_site(flows: sparse.csr_array) -> Ints:
    """Give the site that serves most of each demand point; -1 where none does.

    Examples
    --------
    >>> main_site(sparse.csr_array(np.array([[0.2, 0.7], [0.0, 0.0]])))
    array([ 1, -1])
    """
    found = np.full(flows.shape[0], -1, dtype=np.int64)
    point, site, share = pairs_of(flows)
    order = np.lexsort((-site, share, point))
    found[point[order]] = site[order]
    return found
