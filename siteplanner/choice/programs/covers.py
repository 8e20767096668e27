"""Covering as a mixed-integer program: sites, what ties demand to them, and the rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siteplanner.choice.programs.highs import Program
from siteplanner.choice.rules.rows import limits_of, rows_of
from siteplanner.choice.solution import Floats, Ints, Rules


@dataclass(frozen=True)
class Block:
    """Variables beside the sites, each 0..1, and the rows that tie them to the sites.

    Parameters
    ----------
    rows
        Constraints × (sites, then further variables).
    lower, upper
        One number a constraint.
    worth
        Demand served by each further variable.
    free
        Which further variables only count, so that they have no largest value.
    whole
        Whether the further variables must be whole numbers.
    constant
        Demand served whatever else is chosen.
    """

    rows: sparse.csr_array
    lower: Floats
    upper: Floats
    worth: Floats
    free: Ints
    whole: bool = False
    constant: float = 0.0


def merged(reach: sparse.csr_array, *amounts: Floats) -> tuple[sparse.csr_array, Ints]:
    """Find demand points that the same sites reach equally well, and need nothing apart.

    Parameters
    ----------
    reach
        Demand × sites, with sorted columns.
    amounts
        Numbers in which merged points must agree too.

    Returns
    -------
    One row for each kind of point, in the order in which they first appear; and the number of
    the kind of each point.

    Examples
    --------
    >>> rows, kind = merged(sparse.csr_array(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])))
    >>> rows.shape, kind.tolist()
    ((2, 2), [0, 1, 0])
    """
    known: dict[bytes, int] = {}
    kind = np.empty(reach.shape[0], dtype=np.int64)
    apart = np.column_stack(amounts) if amounts else np.empty((reach.shape[0], 0))
    for point, (a, b) in enumerate(zip(reach.indptr, reach.indptr[1:], strict=False)):
        key = reach.indices[a:b].tobytes() + b"/" + reach.data[a:b].tobytes()
        kind[point] = known.setdefault(key + b"/" + apart[point].tobytes(), len(known))
    first = np.unique(kind, return_index=True)[1]
    return sparse.csr_array(reach[first]), kind


def added_up(amounts: Floats, kind: Ints) -> Floats:
    """Add up the amounts of the points of each kind.

    Examples
    --------
    >>> added_up(np.array([1.0, 2.0, 4.0]), np.array([0, 1, 0]))
    array([5., 2.])
    """
    return np.asarray(np.bincount(kind, weights=amounts), dtype=float)


def by_level(reach: sparse.csr_array, demand: Floats, served: Floats | None = None) -> Block:
    """Let each demand point be served once, at the level of its best chosen site.

    Sites that reach a point equally well share one variable: it is at most the number of them
    that are chosen, and the variables of a point are at most 1 together.  The relaxation is as
    tight as one variable for each pair.

    Parameters
    ----------
    reach
        Demand × sites, 0..1.
    demand
        Amount at each point.
    served
        0..1 a point: how fully it is served already.

    References
    ----------
    Church, R. and ReVelle, C. (1974). The maximal covering location problem.
    Papers of the Regional Science Association 32, 101-118.
    Berman, O. and Krass, D. (2002). The generalized maximal covering location problem.
    Computers & Operations Research 29, 563-581.

    Examples
    --------
    >>> block = by_level(sparse.csr_array(np.array([[1.0, 0.5, 0.5]])), np.array([10.0]))
    >>> block.worth
    array([ 5., 10.])
    """
    point, site, value = pairs_of(reach)
    already = np.zeros(reach.shape[0]) if served is None else served
    kept = (value > already[point]) & (demand[point] > 0)
    point, site, value = point[kept], site[kept], value[kept]
    order = np.lexsort((value, point))
    point, site, value = point[order], site[order], value[order]
    fresh = np.ones(len(point), dtype=bool)
    fresh[1:] = (np.diff(point) != 0) | (np.diff(value) != 0)
    level = np.cumsum(fresh) - 1
    owner, height = point[fresh], value[fresh]
    sites, levels = reach.shape[1], len(owner)
    several = np.flatnonzero(np.bincount(owner, minlength=reach.shape[0]) > 1)
    place = np.full(reach.shape[0], -1)
    place[several] = np.arange(len(several))
    shared = np.flatnonzero(place[owner] >= 0)
    parts = [
        (level, site, np.ones(len(site))),
        (np.arange(levels), sites + np.arange(levels), -np.ones(levels)),
        (levels + place[owner[shared]], sites + shared, np.ones(len(shared))),
    ]
    rows = stacked(parts, (levels + len(several), sites + levels))
    lower = np.concatenate([np.zeros(levels), np.full(len(several), -np.inf)])
    upper = np.concatenate([np.full(levels, np.inf), np.ones(len(several))])
    worth = demand[owner] * (height - already[owner])
    return Block(rows, lower, upper, worth, np.empty(0, dtype=np.int64))


def each_reached(reach: sparse.csr_array, times: int) -> Block:
    """Let so many chosen sites reach each demand point.

    Examples
    --------
    >>> each_reached(sparse.csr_array(np.array([[1.0, 1.0]])), 2).lower
    array([2.])
    """
    rows = reach.copy()
    rows.data = np.ones(len(rows.data))
    least = np.full(reach.shape[0], float(times))
    nothing = np.empty(0)
    return Block(rows, least, np.full(len(least), np.inf), nothing, nothing.astype(np.int64))


def program_of(
    rules: Rules,
    count: int | None,
    block: Block | None,
    sites: int,
    *,
    least: float | None = None,
    price: Floats | None = None,
    exactly: bool = False,
) -> Program:
    """Put sites, rules and demand together.

    Parameters
    ----------
    rules
        What binds.
    count
        Most sites; None for as many as one likes.
    block
        What ties demand to the sites; None where demand does not matter.
    sites
        Number of sites.
    least
        Least demand to serve; None where any will do.
    price
        What each site costs: then the cheapest set is sought, else the one that serves most.
    exactly
        Whether it must be just ``count`` sites.

    Returns
    -------
    The program; its first variables are the sites.
    """
    rows = rows_of(rules, sites, count, exactly=exactly)
    worth = np.empty(0) if block is None else block.worth
    more = len(worth)
    point, site, value = pairs_of(rows.matrix)
    wide = stacked([(point, site, value)], (len(rows.lower), sites + more))
    matrices, lower, upper = [wide], [rows.lower], [rows.upper]
    if block is not None:
        matrices.append(block.rows)
        lower.append(block.lower)
        upper.append(block.upper)
    if least is not None and block is not None:
        served = np.concatenate([np.zeros(sites), worth])
        matrices.append(sparse.csr_array(served.reshape(1, -1)))
        lower.append(np.array([least - block.constant]))
        upper.append(np.array([np.inf]))
    x_lower, x_upper = limits_of(rules, sites)
    top = np.ones(more)
    if block is not None:
        top[block.free] = np.inf
    whole = np.zeros(sites + more, dtype=bool)
    whole[:sites] = True
    whole[sites:] = block is not None and block.whole
    whole[sites:][np.isinf(top)] = False
    cost = np.zeros(sites) if price is None else price
    return Program(
        cost=np.concatenate([cost, worth if price is None else np.zeros(more)]),
        rows=sparse.csr_array(sparse.vstack(matrices, format="csr")),
        lower=np.concatenate(lower),
        upper=np.concatenate(upper),
        whole=whole,
        x_lower=np.concatenate([x_lower, np.zeros(more)]),
        x_upper=np.concatenate([x_upper, top]),
        maximise=price is None,
        budget=rows.budget,
    )


def pairs_of(reach: sparse.csr_array) -> tuple[Ints, Ints, Floats]:
    """Give the point, the site and the value of each stored pair."""
    point = np.repeat(np.arange(reach.shape[0]), np.diff(reach.indptr))
    return point, reach.indices.astype(np.int64), np.asarray(reach.data, dtype=float)


def stacked(parts: list[tuple[Ints, Ints, Floats]], shape: tuple[int, int]) -> sparse.csr_array:
    """Give the matrix whose entries are these rows, columns and values."""
    row, column, value = (np.concatenate([part[k] for part in parts]) for k in range(3))
    return sparse.csr_array(sparse.coo_array((value, (row, column)), shape=shape))
