"""Streets as three short arrays, in an order in which neighbours lie next to each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

NARROW = 2**30
"""Costs and limits below this are held in 32 bits, and so is the sum of two."""


@dataclass(frozen=True, eq=False)
class CompactGraph:
    """Costs between neighbouring nodes, with the nodes renumbered.

    Parameters
    ----------
    indptr, indices, costs
        Compressed rows (n + 1, k, k): row = from node.  Costs are whole numbers, 32 bits wide
        where all are below 2**30, else 64.
    order
        The caller's number of every node (n).
    rank
        The number here of every node of the caller's (n).
    """

    indptr: NDArray[np.int32]
    indices: NDArray[np.int32]
    costs: NDArray[Any]
    order: NDArray[np.int32]
    rank: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.order)

    def widened(self) -> CompactGraph:
        """Give the same graph with costs 64 bits wide."""
        return replace(self, costs=self.costs.astype(np.int64))


def compact(graph: csr_array, order: NDArray[Any] | None = None) -> CompactGraph:
    """Renumber a graph's nodes and hold its costs as narrow whole numbers.

    Parameters
    ----------
    graph
        Cost matrix between nodes (n × n) of whole numbers, not negative; row = from node;
        a stored 0 is a step that costs nothing, absent is no edge.
    order
        The nodes in their new order (n); without it they stay as they are.

    Returns
    -------
    The same graph.

    Raises
    ------
    ValueError
        If a cost is negative or not a whole number.

    Examples
    --------
    >>> one_way = csr_array(np.array([[0, 7], [0, 0]]))
    >>> turned = compact(one_way, np.array([1, 0]))
    >>> turned.indptr.tolist(), turned.indices.tolist(), turned.costs.tolist()
    ([0, 0, 1], [0], [7])
    """
    least, most = graph.data.min(initial=0), graph.data.max(initial=0)
    whole = least >= 0 and most < 2**53  # neither holds for NaN
    costs = graph.data.astype(np.int32 if most < NARROW else np.int64) if whole else graph.data
    if not whole or not np.array_equal(costs, graph.data):
        msg = "a cost between nodes is negative or not a whole number"
        raise ValueError(msg)
    size = graph.shape[0]
    if order is None:
        same = np.arange(size, dtype=np.int32)
        indptr, indices = graph.indptr.astype(np.int32), graph.indices.astype(np.int32)
        return CompactGraph(indptr, indices, costs, same, same)
    rank = np.empty(size, dtype=np.int32)
    rank[order] = np.arange(size, dtype=np.int32)
    counts = np.diff(graph.indptr)[order]
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    shift = (graph.indptr[:-1][order] - indptr[:-1]).astype(np.int32)
    place = np.arange(len(costs), dtype=np.int32) + np.repeat(shift, counts)
    indices = rank[graph.indices[place]]
    return CompactGraph(indptr, indices, costs[place], order.astype(np.int32), rank)


def neighbours_together(places: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order points along a Z-curve, so that neighbours mostly follow each other.

    Parameters
    ----------
    places
        Coordinates (n × 2).

    Returns
    -------
    Row numbers in the new order (n); of points in one cell of the curve the first comes first.

    References
    ----------
    Morton, G. (1966). A computer oriented geodetic data base and a new technique in file
    sequencing. IBM.

    Examples
    --------
    >>> neighbours_together(np.array([[0.0, 0], [9, 9], [0, 1], [9, 8]])).tolist()
    [0, 2, 3, 1]
    """
    if len(places) == 0:
        return np.zeros(0, dtype=np.int64)
    low = places.min(axis=0)
    width = float((places.max(axis=0) - low).max()) or 1.0
    cell = ((places - low) / width * 0xFFFF).astype(np.uint32)
    for bits, kept in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        cell = (cell | (cell << np.uint32(bits))) & np.uint32(kept)
    return np.argsort(cell[:, 0] | (cell[:, 1] << np.uint32(1)), kind="stable")
