"""Several ways to build a place, and to go on with one that stands: small, large, enlarge, close.

Every way is a column of its own, and at most one column of a place can be chosen.  An existing
place must take one of its ways; to close it is one of them, and reaches nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from siteplanner.choice.covering.maximal import max_cover
from siteplanner.choice.naming import only
from siteplanner.choice.solution import Called, Floats, Ints, Rules, Solution, Solver
from siteplanner.model import Size

CLOSED = "closed"
"""What an existing place is where none of its sizes is chosen."""


@dataclass(frozen=True)
class Ways:
    """All ways to build or go on with places, one column each.

    Parameters
    ----------
    place
        Number of the place: the sites first, then the existing places.
    size
        Name of each way.
    cost
        What each costs.
    capacity
        What each can take on; None where nothing is counted.
    sites
        Number of sites.
    """

    place: Ints
    size: tuple[str, ...]
    cost: Floats
    capacity: Floats | None
    sites: int


def ways_of(
    sites: int, existing: int, sizes: Mapping[str, Size], existing_sizes: Mapping[str, Size]
) -> Ways:
    """List every way of every place.

    Parameters
    ----------
    sites, existing
        How many there are.
    sizes
        Ways to build a site.
    existing_sizes
        Ways to go on with an existing place, to close it not among them.

    Returns
    -------
    The ways, site by site, then existing place by existing place.

    Examples
    --------
    >>> ways = ways_of(1, 1, {"small": Size(cost=2)}, {"keep": Size()})
    >>> ways.size, ways.place.tolist()
    (('small', 'keep', 'closed'), [0, 1, 1])
    """
    new = list(sizes.items()) or [("built", Size())]
    old = [*existing_sizes.items(), (CLOSED, Size(capacity=0))] if existing_sizes else []
    listed = [(site, *one) for site in range(sites) for one in new]
    listed += [(sites + place, *one) for place in range(existing) for one in old]
    capacity = np.array([np.inf if one.capacity is None else one.capacity for *_, one in listed])
    counted = any(one.capacity is not None for one in [*sizes.values(), *existing_sizes.values()])
    return Ways(
        place=np.array([place for place, _, _ in listed], dtype=np.int64),
        size=tuple(name for _, name, _ in listed),
        cost=np.array([one.cost for *_, one in listed], dtype=float),
        capacity=capacity if counted else None,
        sites=sites,
    )


def cover_in_sizes(
    reach: sparse.csr_array,
    demand: Floats,
    count: int,
    ways: Ways,
    *,
    rules: Rules,
    solver: Solver,
    served: Floats | None = None,
) -> tuple[Solution, pd.Series]:
    """Pick places and their sizes so that together they serve as much demand as possible.

    Parameters
    ----------
    reach
        Demand × places: the sites, then the existing places, 0 or 1.
    demand
        Amount at each demand point.
    count
        New sites.
    ways
        Their sizes.
    rules
        What binds the sites; costs and capacities come from the ways.
    solver
        How hard to look.
    served
        0..1 a demand point: how fully others serve it already.

    Returns
    -------
    The solution in columns of ``ways``, and the size of every place that is chosen or stands,
    on the numbers of the places.

    Examples
    --------
    >>> reach = sparse.csr_array(np.ones((1, 1)))
    >>> ways = ways_of(1, 0, {"small": Size(cost=1, capacity=4), "large": Size(cost=3,
    ...     capacity=9)}, {})
    >>> found, size = cover_in_sizes(reach, np.array([8.0]), 1, ways,
    ...     rules=Rules(budget=3.0), solver=Solver())
    >>> found.objective, size.to_dict()
    (8.0, {0: 'large'})
    """  # fmt: skip
    columns = sparse.csc_array(reach, dtype=float)[:, ways.place]
    closed = np.array([name == CLOSED for name in ways.size])
    columns = (columns @ sparse.diags_array((~closed).astype(float))).tocsr()
    columns.eliminate_zeros()
    same = sparse.csr_array(
        (np.ones(len(ways.place)), (np.arange(len(ways.place)), ways.place)),
        shape=(len(ways.place), reach.shape[1]),
    )
    pairs = same @ same.T
    if rules.min_spacing is not None:
        near: Any = sparse.csr_array(rules.min_spacing).astype(float)
        more = reach.shape[1] - near.shape[0]
        whole_near: Any = sparse.block_diag([near, sparse.csr_array((more, more))], format="csr")
        pairs = pairs + same @ whole_near @ same.T
    standing = reach.shape[1] - ways.sites
    district = np.where(ways.place >= ways.sites, ways.place - ways.sites, -1)
    minimum = np.ones(standing, dtype=np.int64)
    if rules.districts is not None:
        own, least = rules.districts
        new = ways.place < ways.sites
        inside = own[np.minimum(ways.place, ways.sites - 1)]
        district = np.where(new & (inside >= 0), inside + standing, district)
        minimum = np.concatenate([minimum, least])
    score = None if rules.score is None else np.append(rules.score, np.zeros(standing))[ways.place]
    load = demand if rules.load is None else rules.load
    capacity = ways.capacity
    if capacity is not None:
        capacity = np.where(np.isinf(capacity), float(np.nan_to_num(load).sum()), capacity)
    whole = replace(
        rules,
        barred=np.flatnonzero(np.isin(ways.place, rules.barred)).astype(np.int64),
        site_cost=ways.cost,
        capacity=capacity,
        load=load if capacity is not None else None,
        min_spacing=sparse.csr_array(pairs),
        districts=(district.astype(np.int64), minimum) if len(minimum) else None,
        score=score,
        called=_called(rules.called, ways, standing),
    )
    found = max_cover(columns, demand, count + standing, rules=whole, solver=solver, served=served)
    names = pd.Series([ways.size[one] for one in found.sites], index=ways.place[found.sites])
    return found, names


def _called(called: Called, ways: Ways, standing: int) -> Called:
    """Name each way after its place; an existing place is no district that somebody asks for."""
    return replace(
        called,
        sites=only(called.sites, ways.place),
        districts=("",) * standing + called.districts if called.districts or standing else (),
        standing=standing,
    )
