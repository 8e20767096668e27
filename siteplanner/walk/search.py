"""Cheapest walks between points on streets: bare functions on arrays of whole numbers.

Costs are whole numbers (millimetres or milliseconds) held as floats, which are exact up
to 2**53, so that "at most" a limit has one answer.  Streets are walked both ways.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK = 128
"""Origins that are searched from over the same cut-out of the graph."""
CELLS = 4_000_000
"""Most numbers in one dense working table: 32 MB."""
FOREVER = 2.0**52
"""A limit that no walk reaches."""


@dataclass(frozen=True)
class Ends:
    """Points on streets, by what it costs to walk from them to both ends of their edge.

    Parameters
    ----------
    row
        Number of each point among all that were asked for (n).
    edge, u, v
        Its edge and that edge's two nodes (n each).
    along
        Cost from ``u`` to where it meets the edge (n).
    offset
        Cost from the point to the street (n).
    to_u, to_v
        Cost from the point to both nodes (n each).
    """

    row: Ints
    edge: Ints
    u: Ints
    v: Ints
    along: Floats
    offset: Floats
    to_u: Floats
    to_v: Floats

    def __len__(self) -> int:
        return len(self.row)

    def __getitem__(self, chosen: Ints | slice) -> Ends:
        return Ends(*(getattr(self, field.name)[chosen] for field in fields(self)))


def walks_within(
    graph: csr_array,
    places: Floats,
    origins: Ends,
    destinations: Ends,
    *,
    limit: float,
    radius_m: float,
) -> tuple[Ints, Ints, Ints]:
    """Find every pair of an origin and a destination within a limit, and its cost.

    Bounded Dijkstra from one virtual node per origin, over the part of the graph that is
    near enough to matter; the smaller side is searched from.

    Parameters
    ----------
    graph
        Symmetric cost matrix between nodes (n × n).
    places
        Coordinates of the nodes in metres (n × 2).
    origins, destinations
        Points on the edges of that graph.
    limit
        Largest cost, inclusive.
    radius_m
        No walk within the limit leads farther away than this, in metres as the crow flies.

    Returns
    -------
    origin, destination
        Row numbers of the pairs, by origin, then destination (k each).
    cost
        Whole numbers (k).
    """
    if len(origins) > len(destinations):
        turned = walks_within(graph, places, destinations, origins, limit=limit, radius_m=radius_m)
        return _sorted_pairs(turned[1], turned[0], turned[2])
    limit = min(limit, FOREVER)
    found = []
    order = _neighbours_together(places[origins.u], radius_m)
    for start in range(0, len(order), BLOCK):
        block = origins[order[start : start + BLOCK]]
        found += _from_block(graph, places, block, destinations, limit, radius_m)
    if not found:
        return (np.zeros(0, dtype=np.int64),) * 3
    return _sorted_pairs(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def nearest_of(
    graph: csr_array, origins: Ends, destinations: Ends, *, limit: float
) -> tuple[Floats, Ints]:
    """Find the cheapest destination for every origin.

    One Dijkstra from all destinations at once.  Every cost is multiplied by one more than
    the number of destinations and carries the destination's number as remainder, so that
    of equally cheap ones the first in ``destinations`` wins, exactly.

    Parameters
    ----------
    graph
        Symmetric cost matrix between nodes (n × n).
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
    scaled = csr_array((graph.data * scale, graph.indices, graph.indptr), shape=graph.shape)
    node, cost_in = _cheapest_per_node(
        np.concatenate([destinations.u, destinations.v]),
        np.concatenate([destinations.to_u * scale + number, destinations.to_v * scale + number]),
    )
    bound = min(limit, FOREVER / scale) * scale + scale
    source = graph.shape[0]
    whole = _with_rows(scaled, np.array([len(node)]), node, cost_in)
    (reached,) = dijkstra(whole, directed=True, indices=np.array([source]), limit=bound)
    best = np.minimum(
        reached[origins.u] + origins.to_u * scale, reached[origins.v] + origins.to_v * scale
    )
    one, other = _on_one_edge(origins, destinations)
    direct = _straight_along(origins[one], destinations[other]) * scale + number[other]
    np.minimum.at(best, one, direct)
    hit = np.floor(best / scale) <= limit
    cost, which = none
    cost[hit] = np.floor(best[hit] / scale)
    which[hit] = (best[hit] - cost[hit] * scale).astype(np.int64) - 1
    return cost, which


def _neighbours_together(places: Floats, radius_m: float) -> Ints:
    """Order points so that neighbours follow each other: north along strips."""
    width = max(radius_m, 1.0)
    strip = np.floor(places[:, 0] / width) if np.isfinite(width) else np.zeros(len(places))
    return np.lexsort((places[:, 1], strip))


def _from_block(
    graph: csr_array,
    places: Floats,
    block: Ends,
    destinations: Ends,
    limit: float,
    radius_m: float,
) -> list[tuple[Ints, Ints, Ints]]:
    """Search from neighbouring origins over the nodes that any of them can reach."""
    corners = places[np.concatenate([block.u, block.v])]
    low, high = corners.min(axis=0) - radius_m, corners.max(axis=0) + radius_m
    inside = np.flatnonzero(((places >= low) & (places <= high)).all(axis=1))
    size = len(inside)
    local = np.full(len(places), size)
    local[inside] = np.arange(size)
    near = np.flatnonzero((local[destinations.u] < size) | (local[destinations.v] < size))
    if len(near) == 0:
        return []
    aims = destinations[near]
    no_nodes, no_costs = np.zeros(0, dtype=np.int64), np.zeros(0)
    one = np.zeros(1, dtype=np.int64)
    part = _with_rows(graph[inside][:, inside], one, no_nodes, no_costs)
    step = max(1, CELLS // max(size + BLOCK, len(near)))
    return [
        _from_chunk(part, local, block[begin : begin + step], aims, limit)
        for begin in range(0, len(block), step)
    ]


def _from_chunk(
    part: csr_array, local: Ints, chunk: Ends, aims: Ends, limit: float
) -> tuple[Ints, Ints, Ints]:
    """Search from each origin; the last node of ``part`` is one that nobody reaches."""
    whole = _with_rows(part, *_both_ends(chunk, local))
    sources = np.arange(part.shape[0], whole.shape[0])
    reached = dijkstra(whole, directed=True, indices=sources, limit=limit)
    walk = reached[:, local[aims.u]]
    walk += aims.to_u
    by_v = reached[:, local[aims.v]]
    by_v += aims.to_v
    np.minimum(walk, by_v, out=walk)
    one, other = _on_one_edge(chunk, aims)
    direct = _straight_along(chunk[one], aims[other])
    walk[one, other] = np.minimum(walk[one, other], direct)
    row, column = np.nonzero(walk <= limit)
    cost = walk[row, column].astype(np.int64)
    return chunk.row[row], aims.row[column], cost


def _both_ends(chunk: Ends, local: Ints) -> tuple[Ints, Ints, Floats]:
    """Give the edges out of every origin: to both nodes, or to one where the edge is a loop."""
    two = chunk.u != chunk.v
    kept = np.stack([np.ones_like(two), two], axis=1)
    nodes = np.stack([local[chunk.u], local[chunk.v]], axis=1)
    to_first = np.where(two, chunk.to_u, np.minimum(chunk.to_u, chunk.to_v))
    costs = np.stack([to_first, chunk.to_v], axis=1)
    return kept.sum(axis=1), nodes[kept], costs[kept]


def _cheapest_per_node(node: Ints, cost: Floats) -> tuple[Ints, Floats]:
    order = np.lexsort((cost, node))
    node, cost = node[order], cost[order]
    first = np.ones(len(node), dtype=bool)
    first[1:] = np.diff(node) != 0
    return node[first], cost[first]


def _with_rows(graph: csr_array, counts: Ints, nodes: Ints, costs: Floats) -> csr_array:
    """Add nodes that lead into the graph and that nothing leads to."""
    indptr = np.concatenate([graph.indptr, graph.indptr[-1] + np.cumsum(counts)])
    indices = np.concatenate([graph.indices, nodes.astype(graph.indices.dtype)])
    data = np.concatenate([graph.data, costs])
    size = graph.shape[0] + len(counts)
    return csr_array((data, indices, indptr), shape=(size, size))


def _on_one_edge(origins: Ends, destinations: Ends) -> tuple[Ints, Ints]:
    """Pair origins and destinations that are on the same edge."""
    by_edge = np.argsort(destinations.edge, kind="stable")
    edges = destinations.edge[by_edge]
    first = np.searchsorted(edges, origins.edge, side="left")
    count = np.searchsorted(edges, origins.edge, side="right") - first
    one = np.repeat(np.arange(len(origins)), count)
    skipped = np.repeat(np.cumsum(count) - count, count)
    return one, by_edge[np.repeat(first, count) + np.arange(len(one)) - skipped]


def _straight_along(origins: Ends, destinations: Ends) -> Floats:
    """Walk along the shared edge, without going by its ends."""
    between = np.abs(origins.along - destinations.along)
    return np.asarray(between + origins.offset + destinations.offset)


def _sorted_pairs(origin: Ints, destination: Ints, cost: Ints) -> tuple[Ints, Ints, Ints]:
    width = int(destination.max(initial=0)) + 1
    order = np.argsort(origin * width + destination, kind="stable")
    return origin[order], destination[order], cost[order]
