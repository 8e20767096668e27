"""Cheapest walks between points on streets: bare functions on arrays of whole numbers.

Costs are whole numbers (millimetres or milliseconds), so that "at most" a limit has one
answer.  They may differ by direction.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from siteplanner.walk.batches import Graph
from siteplanner.walk.compact_graph import NARROW, CompactGraph, compact, neighbours_together
from siteplanner.walk.ends import Ends, on_one_edge, straight_along
from siteplanner.walk.gathering import Question, gather

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

THREADS = min(8, os.cpu_count() or 1)
"""Searches at the same time."""
FOREVER = 2**52
"""A limit that no walk reaches."""


def nodes_within(
    graph: csr_array | CompactGraph,
    places: Floats | None,
    *,
    limit: int,
    sources: Ints | None = None,
    threads: int = THREADS,
) -> csr_array:
    """Find every node within a limit of some nodes, and what it costs to get there.

    Parameters
    ----------
    graph
        Cost matrix between nodes (n × n) of whole numbers; row = from node.  To ask often,
        make it compact once (`siteplanner.walk.compact_graph.compact`).
    places
        Coordinates of the nodes in metres (n × 2), to search from neighbours together;
        without them nodes with close numbers are taken for neighbours.  Of a compact graph
        the order is known already.
    limit
        Largest cost, inclusive.
    sources
        Nodes to search from (m); without them all nodes.
    threads
        Searches at the same time.

    Returns
    -------
    Costs (m × n), columns in order; 32 bits wide where limit and costs are below 2**30, else
    64.  The 0 of a node to itself is stored; absent is beyond the limit.

    Raises
    ------
    ValueError
        If a cost is negative or not a whole number.

    Examples
    --------
    >>> street = csr_array(np.array([[0, 5, 0], [5, 0, 9], [0, 9, 0]]))
    >>> found = nodes_within(street, None, limit=9)
    >>> found.indices.tolist(), found.data.tolist(), found.indptr.tolist()
    ([0, 1, 0, 1, 2, 1, 2], [0, 5, 5, 0, 9, 9, 0], [0, 2, 5, 7])
    """
    if isinstance(graph, CompactGraph):
        streets = graph
    else:
        streets = compact(graph, None if places is None else neighbours_together(places))
    size = len(streets)
    sources = np.arange(size) if sources is None else np.asarray(sources)
    streets, limit = _wide_enough(streets, limit, 0)
    rows = np.argsort(streets.rank[sources], kind="stable")
    none = np.zeros(0, dtype=np.int32)
    nothing, once = np.zeros(len(rows) + 1, dtype=np.int32), np.arange(len(rows) + 1)
    kind = streets.costs.dtype
    question = Question(
        (once.astype(np.int32), streets.rank[sources[rows]], np.zeros(len(rows), kind)),
        (np.arange(size + 1, dtype=np.int32), streets.order, np.zeros(size, kind)),
        (nothing, none, none.astype(kind)),
        rows,
        (len(rows), size),
    )
    return gather(streets, question, limit=limit, threads=threads)


def walks_within(
    streets: tuple[CompactGraph, CompactGraph],
    origins: Ends,
    destinations: Ends,
    *,
    limit: int,
    threads: int = THREADS,
) -> csr_array:
    """Find every pair of an origin and a destination within a limit, and its cost.

    The smaller side is searched from, many neighbouring points at once.

    Parameters
    ----------
    streets
        Costs between nodes, and the same with all directions reversed.
    origins, destinations
        Points on the edges of that graph.
    limit
        Largest cost, inclusive.
    threads
        Searches at the same time.

    Returns
    -------
    Costs (points asked for × points asked for), whole numbers, columns in order.
    """
    there, back = streets
    if len(origins) > len(destinations):
        origins, destinations = destinations.turned(), origins.turned()
        turned = walks_within((back, there), origins, destinations, limit=limit, threads=threads)
        return csr_array(turned.T.tocsr())
    farthest = [int(one.max(initial=0)) for one in (origins.to_u, origins.to_v)]
    farthest += [int(one.max(initial=0)) for one in (destinations.from_u, destinations.from_v)]
    graph, limit = _wide_enough(there, limit, sum(farthest))
    origins = origins[np.argsort(graph.rank[origins.u], kind="stable")]
    question = Question(
        _starts(graph, origins, limit),
        _aims(graph, destinations, limit),
        _direct(origins, destinations, limit, graph.costs.dtype),
        origins.row,
        (origins.size, destinations.size),
    )
    return gather(graph, question, limit=limit, threads=threads)


def nearest_of(
    back: CompactGraph, origins: Ends, destinations: Ends, *, limit: int
) -> tuple[Floats, Ints]:
    """Find the cheapest destination for every origin.

    One Dijkstra from all destinations at once.  Every cost is multiplied by one more than
    the number of destinations and carries the destination's number as remainder, so that
    of equally cheap ones the first in ``destinations`` wins, exactly.

    Parameters
    ----------
    back
        Costs between nodes with all directions reversed.
    origins, destinations
        Points on the edges of that graph.
    limit
        Largest cost, inclusive.

    Returns
    -------
    cost
        Of each origin; NaN where no destination is within the limit.
    which
        Position in ``destinations``; -1 where there is none.
    """
    none = np.full(len(origins), np.nan), np.full(len(origins), -1, dtype=np.int64)
    if len(origins) == 0 or len(destinations) == 0:
        return none
    scale = len(destinations) + 1.0
    number = np.arange(1, len(destinations) + 1)
    nodes, costs = _cheapest_per_node(
        back.rank[np.concatenate([destinations.u, destinations.v])],
        np.concatenate(
            [destinations.from_u * scale + number, destinations.from_v * scale + number]
        ),
    )
    size = len(back)
    indptr = np.append(back.indptr, back.indptr[-1] + len(nodes))
    data = np.concatenate([back.costs * scale, costs])
    indices = np.concatenate([back.indices, nodes.astype(np.int32)])
    whole = csr_array((data, indices, indptr), shape=(size + 1, size + 1))
    bound = min(limit, FOREVER / scale) * scale + scale
    (reached,) = dijkstra(whole, directed=True, indices=np.array([size]), limit=bound)
    best = np.minimum(
        reached[back.rank[origins.u]] + origins.to_u * scale,
        reached[back.rank[origins.v]] + origins.to_v * scale,
    )
    one, other = on_one_edge(origins, destinations)
    direct = straight_along(origins[one], destinations[other]) * scale + number[other]
    np.minimum.at(best, one, direct)
    hit = np.floor(best / scale) <= limit
    cost, which = none
    cost[hit] = np.floor(best[hit] / scale)
    which[hit] = (best[hit] - cost[hit] * scale).astype(np.int64) - 1
    return cost, which


def _wide_enough(graph: CompactGraph, limit: int, ends: int) -> tuple[CompactGraph, int]:
    """Give a graph whose costs are wide enough for a limit, and the limit in use.

    No walk costs more than all streets together and the way to them, so a limit needs not
    be more than that.
    """
    if limit >= NARROW:
        limit = min(limit, FOREVER, int(graph.costs.sum(dtype=np.int64)) + ends)
    if limit >= NARROW or graph.costs.dtype != np.int32:
        graph = graph.widened()
    return graph, limit


def _starts(graph: CompactGraph, points: Ends, limit: int) -> Graph:
    """Give the two nodes that every point leads to, as compressed rows."""
    node = graph.rank[np.stack([points.u, points.v], axis=1).ravel()]
    cost = np.minimum(np.stack([points.to_u, points.to_v], axis=1).ravel(), limit + 1)
    first = np.arange(0, len(node) + 1, 2, dtype=np.int32)
    return first, node, cost.astype(graph.costs.dtype)


def _aims(graph: CompactGraph, points: Ends, limit: int) -> Graph:
    """Give the points that every node leads to, as compressed rows."""
    node = graph.rank[np.concatenate([points.u, points.v])]
    cost = np.concatenate([points.from_u, points.from_v])
    chosen = np.flatnonzero(cost <= limit)
    chosen = chosen[np.argsort(node[chosen], kind="stable")]
    first = np.concatenate([[0], np.cumsum(np.bincount(node[chosen], minlength=len(graph)))])
    name = np.concatenate([points.row, points.row])[chosen]
    return first.astype(np.int32), name.astype(np.int32), cost[chosen].astype(graph.costs.dtype)


def _direct(origins: Ends, destinations: Ends, limit: int, kind: np.dtype[Any]) -> Graph:
    """Give the walks along one edge, as compressed rows by origin."""
    one, other = on_one_edge(origins, destinations)
    cost = straight_along(origins[one], destinations[other])
    near = cost <= limit
    first = np.concatenate([[0], np.cumsum(np.bincount(one[near], minlength=len(origins)))])
    name = destinations.row[other[near]].astype(np.int32)
    return first.astype(np.int32), name, cost[near].astype(kind)


def _cheapest_per_node(node: NDArray[Any], cost: Floats) -> tuple[NDArray[Any], Floats]:
    order = np.lexsort((cost, node))
    node, cost = node[order], cost[order]
    first = np.ones(len(node), dtype=bool)
    first[1:] = np.diff(node) != 0
    return node[first], cost[first]
