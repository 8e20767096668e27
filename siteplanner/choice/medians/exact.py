"""The exact search for medians, on the sites that prices could not rule out.

One variable says of a group of sites that none of it is chosen; it costs what the people whose
nearest sites these are must then walk on.  Points that share a group share the variable.

Cornuéjols, G., Nemhauser, G. and Wolsey, L. (1980). A canonical representation of simple plant
location problems. SIAM Journal on Algebraic and Discrete Methods 1, 261-272.
García, S., Labbé, M. and Marín, A. (2011). Solving large p-median problems with a radius
formulation. INFORMS Journal on Computing 23, 546-556.
Church, R. (2008). BEAMR: an exact and approximate model for the p-median problem.
Computers & Operations Research 35, 417-426.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.medians.costs import Costs, widened
from siteplanner.choice.programs.highs import Program
from siteplanner.choice.rules.rows import limits_of, rows_of
from siteplanner.choice.solution import Floats, Ints, Rules

LARGEST = 400_000
"""Most pairs of point and site that an exact search is begun with."""
TRIED = 20
"""Most pairs that are looked at, as a multiple, before those behind a sure site are left out."""
SEED = 20_240_501
"""For the random names of sites."""


@dataclass(frozen=True)
class Groups:
    """Who would walk on if none of a group of sites were chosen.

    Parameters
    ----------
    constant
        What it costs if everyone's nearest site is chosen.
    extra
        What it costs more if no site of a group is chosen (one number a group).
    rows
        Groups × (sites, then groups): 1 for a group, 1 for the sites by which it is larger
        than a smaller one, -1 for that smaller one.
    least
        Smallest value of each row.
    must
        Groups of which some site must be chosen.
    """

    constant: float
    extra: Floats
    rows: sparse.csr_array
    least: Floats
    must: npt.NDArray[np.bool_]


def groups_of(
    costs: Costs,
    weight: Floats,
    unserved: float | None,
    kept: npt.NDArray[np.bool_],
    forced: npt.NDArray[np.bool_],
    *,
    most: int = LARGEST,
) -> Groups | None:
    """List the groups of nearest sites.

    Parameters
    ----------
    costs
        What it costs to get to each site.
    weight
        Amount of demand at each point.
    unserved
        What a unit costs that is not served; None where all must be.
    kept
        Sites that may still be chosen.
    forced
        Sites that are chosen for certain: nobody walks farther than to the nearest one.
    most
        Most pairs of point and site.

    Returns
    -------
    The groups; None where there are too many pairs to begin.

    Examples
    --------
    >>> from siteplanner.choice.medians.costs import costs_of
    >>> two = costs_of(sparse.csr_array(np.array([[1.0, 3.0], [1.0, 2.0]])))
    >>> some = np.ones(2, dtype=bool)
    >>> groups = groups_of(two, np.ones(2), None, some, ~some)
    >>> groups.constant, groups.extra.tolist(), groups.must.tolist()
    (2.0, [3.0, 0.0], [False, True])
    """
    if int(np.diff(costs.columns.indptr)[kept].sum()) > TRIED * most:
        return None
    row, site, cost, ends_forced = _pairs(costs, kept, forced)
    if len(row) > most:
        return None
    first = np.flatnonzero(np.diff(row, prepend=-1))
    last = np.append(first[1:], len(row))[: len(first)] - 1
    is_end = np.ones(len(row), dtype=bool)  # of a level: sites that cost the same
    is_end[:-1] = (np.diff(row) != 0) | (np.diff(cost) != 0)
    is_last = np.zeros(len(row), dtype=bool)
    is_last[last] = True
    step = np.append(cost[1:], 0.0) - cost
    step[is_last] = 0.0 if unserved is None else unserved - cost[is_last]
    step[is_last & ends_forced] = 0.0
    must = is_last & ~ends_forced & (unserved is None)
    wanted = is_end & ((step > 0) | must)
    constant = float(weight[row[first]] @ cost[first])
    if unserved is not None:
        bare = np.ones(costs.points, dtype=bool)
        bare[row] = False
        constant += float(weight[bare].sum()) * unserved
    name = _names(row, site, first)
    at = np.flatnonzero(wanted)
    group, head = _same(name[at])
    more = np.bincount(group, weights=weight[row[at]] * step[at], minlength=len(head))
    extra = more.astype(float)
    needed = np.zeros(len(head), dtype=bool)
    needed[group[must[at]]] = True
    rows, least = _chain(row, site, at, group, head, first, costs.sites)
    return Groups(constant, extra, rows, least, needed)


def program_of(groups: Groups, rules: Rules, count: int, kept: npt.NDArray[np.bool_]) -> Program:
    """Put sites, groups and rules together.

    The first variables are the sites; the last one is 1, and costs what cannot be helped.
    """
    sites, more = len(kept), len(groups.extra)
    rows = rows_of(rules, sites, count)
    wide = widened(rows.matrix, sites + more + 1)
    tied = widened(groups.rows, sites + more + 1)
    lower, upper = limits_of(rules, sites)
    upper = np.where(kept, upper, 0.0)
    return Program(
        cost=np.concatenate([np.zeros(sites), groups.extra, [groups.constant]]),
        rows=sparse.csr_array(sparse.vstack([wide, tied], format="csr")),
        lower=np.concatenate([rows.lower, groups.least]),
        upper=np.concatenate([rows.upper, np.full(len(groups.least), np.inf)]),
        whole=np.arange(sites + more + 1) < sites,
        x_lower=np.concatenate([np.minimum(lower, upper), np.zeros(more), [1.0]]),
        x_upper=np.concatenate([upper, np.where(groups.must, 0.0, 1.0), [1.0]]),
        budget=rows.budget,
    )


def _pairs(
    costs: Costs, kept: npt.NDArray[np.bool_], forced: npt.NDArray[np.bool_]
) -> tuple[Ints, Ints, Floats, npt.NDArray[np.bool_]]:
    """Give point, site and cost of the pairs that matter, and which points a site is sure for.

    Pairs behind the nearest forced site are left out.
    """
    row = np.repeat(np.arange(costs.points), np.diff(costs.start))
    inside = kept[costs.site]
    row, site, cost = row[inside], costs.site[inside].astype(np.int64), costs.cost[inside]
    is_forced = forced[site]
    limit = np.full(costs.points, np.inf)
    np.minimum.at(limit, row[is_forced], cost[is_forced])
    near = cost <= limit[row]
    row, site, cost = row[near], site[near], cost[near]
    return row, site, cost, np.isfinite(limit)[row]


def _names(row: Ints, site: Ints, first: Ints) -> npt.NDArray[np.uint64]:
    """Name the group of a point's sites up to each pair, by two random numbers a site."""
    lots = np.random.default_rng(SEED)
    high = np.iinfo(np.uint64).max
    lot = lots.integers(0, high, size=(int(site.max(initial=0)) + 1, 2), dtype=np.uint64)
    total = np.cumsum(lot[site], axis=0, dtype=np.uint64)
    before = np.zeros((len(first), 2), dtype=np.uint64)
    before[1:] = total[first[1:] - 1]
    length = np.diff(np.append(first, len(row)))
    return np.asarray(total - np.repeat(before, length, axis=0))


def _same(name: npt.NDArray[np.uint64]) -> tuple[Ints, Ints]:
    """Give equal names one number; say the number of each, and where each is first."""
    order = np.lexsort((np.arange(len(name)), name[:, 1], name[:, 0]))
    fresh = np.ones(len(name), dtype=bool)
    fresh[1:] = (np.diff(name[order], axis=0) != 0).any(axis=1)
    number = np.empty(len(name), dtype=np.int64)
    number[order] = np.cumsum(fresh) - 1
    return number, order[fresh]


def _chain(
    row: Ints, site: Ints, at: Ints, group: Ints, head: Ints, first: Ints, sites: int
) -> tuple[sparse.csr_array, Floats]:
    """Write each group as the next smaller one of the same point and the sites between."""
    point_start = np.zeros(int(row.max(initial=-1)) + 1, dtype=np.int64)
    point_start[row[first]] = first
    place = at[head]
    begin = point_start[row[place]]
    follows = (head > 0) & (row[at[head - 1]] == row[place])
    smaller = np.where(follows, group[head - 1], -1)
    begin = np.where(follows, at[head - 1] + 1, begin)
    length = place + 1 - begin
    number = np.repeat(np.arange(len(head)), length)
    inside = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    members = site[np.repeat(begin, length) + inside]
    own, has = np.arange(len(head)), np.flatnonzero(follows)
    entries = np.concatenate([np.ones(len(members) + len(own)), -np.ones(len(has))])
    at_row = np.concatenate([number, own, has])
    at_column = np.concatenate([members, sites + own, sites + smaller[has]])
    shape = (len(head), sites + len(head))
    rows = sparse.csr_array(sparse.coo_array((entries, (at_row, at_column)), shape=shape))
    return rows, np.where(follows, 0.0, 1.0)
