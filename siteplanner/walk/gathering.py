"""Searches from blocks of starts in threads, and their pairs as one sparse matrix.

Starts are searched from in an order in which neighbours follow each other, but rows are
wanted in the caller's order.  Pairs wait in the pool part by part (a part is a range of rows)
and a part's memory is given back as soon as its rows are in place, so that there are never
two copies of all pairs.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siteplanner.walk.batches import LANES, Graph, move_rows, search_block
from siteplanner.walk.compact_graph import CompactGraph

BLOCK = 4096
"""Starts a thread searches from before it hands over what it found, at most."""
TABLE = 2**18
"""Pairs a thread has room for before it hands them over: 2 MB."""
CHUNK = 2**15
"""Pairs there is room for in the smallest piece of the pool: 256 kB."""
PARTS = 32
"""Ranges of rows that pairs are kept apart by."""


@dataclass(frozen=True, eq=False)
class Question:
    """What is searched for, as compressed rows of whole numbers; see `batches.search_block`.

    Parameters
    ----------
    starts
        By start: nodes it leads to and what they cost.
    aims
        By node: destinations it leads to and what they cost.
    direct
        By start: destinations it leads to without passing any node, and what they cost.
    rows
        Row of every start in the answer (m).
    shape
        Rows and columns of the answer.
    """

    starts: Graph
    aims: Graph
    direct: Graph
    rows: NDArray[np.int64]
    shape: tuple[int, int]


def gather(graph: CompactGraph, question: Question, *, limit: int, threads: int) -> csr_array:
    """Find every destination within a limit of every start.

    Parameters
    ----------
    graph
        The streets; its costs are as wide as all costs of the question.
    question
        Starts, neighbours following each other, and destinations.
    limit
        Largest cost, inclusive; below 2**30 where costs are 32 bits wide.
    threads
        Searches at the same time, at least 1.

    Returns
    -------
    Costs (rows × columns), columns in order; a stored 0 costs nothing, absent is beyond the
    limit.
    """
    count = len(question.rows)
    size = min(BLOCK, max(LANES, -(-count // threads // LANES) * LANES))
    blocks = [(low, min(low + size, count)) for low in range(0, count, size)]
    pool = _Pool(question.shape[0], graph.costs.dtype, PARTS if count > PARTS * LANES else 1)

    def work(share: list[tuple[int, int]]) -> None:
        for rows, found in _pairs(graph, question, share, limit):
            pool.add(rows, found)

    shares = [blocks[first::threads] for first in range(min(threads, len(blocks)))]
    if len(shares) == 1:
        work(shares[0])
    else:
        with ThreadPoolExecutor(max(1, len(shares))) as executor:
            list(executor.map(work, shares))
    return pool.matrix(question.shape)


def _pairs(
    graph: CompactGraph, question: Question, blocks: list[tuple[int, int]], limit: int
) -> Iterator[tuple[NDArray[np.int64], Graph]]:
    """Search from blocks of starts; the arrays that come out are used again for the next."""
    arrays = graph.indptr, graph.indices, graph.costs
    asked = question.starts, question.aims, question.direct
    scratch = np.full(len(graph), -1, np.int32), np.full(question.shape[1], -1, np.int32)
    first = np.zeros(BLOCK + 1, dtype=np.int64)
    index, cost = np.empty(TABLE, np.int32), np.empty(TABLE, graph.costs.dtype)
    for low, high in blocks:
        at = low
        while at < high:
            done, _ = search_block(arrays, *asked, (at, high), limit, scratch, (first, index, cost))
            if done == at:  # there is no room for a single batch
                index, cost = (
                    np.empty(2 * len(index), np.int32),
                    np.empty(2 * len(cost), cost.dtype),
                )
            else:
                yield question.rows[at:done], (first[: done - at + 1], index, cost)
            at = done


@dataclass(eq=False)
class _Chunk:
    """Memory that the system takes back at once, and the rows in it, one after the other."""

    index: NDArray[np.int32]
    cost: NDArray[Any]
    used: int = 0
    rows: list[NDArray[np.int64]] = field(default_factory=list)
    counts: list[NDArray[np.int64]] = field(default_factory=list)

    @classmethod
    def of(cls, pairs: int, kind: np.dtype[Any]) -> _Chunk:
        memory = mmap.mmap(-1, pairs * (4 + kind.itemsize))
        cost = np.frombuffer(memory, kind, pairs)
        return cls(np.frombuffer(memory, np.int32, pairs, offset=pairs * kind.itemsize), cost)


class _Pool:
    """Rows of pairs in any order, until all are there."""

    def __init__(self, rows: int, kind: np.dtype[Any], parts: int) -> None:
        self.kind = kind
        self.share = max(1, -(-rows // parts))
        self.parts: list[list[_Chunk]] = [[] for _ in range(parts)]
        self.lock = Lock()

    def add(self, rows: NDArray[np.int64], found: Graph) -> None:
        """Copy compressed rows, one for each of ``rows``."""
        first, index, cost = found
        order = np.argsort(rows, kind="stable")
        part_of = rows[order] // self.share
        begins = np.flatnonzero(np.diff(part_of, prepend=-1))
        for begin, end in zip(begins, [*begins[1:], len(rows)], strict=True):
            chosen = order[begin:end]
            counts = first[chosen + 1] - first[chosen]
            chunk, at = self._reserve(int(part_of[begin]), rows[chosen], counts)
            to = at + np.cumsum(counts) - counts
            move_rows(first[chosen], counts, (index, cost), to, (chunk.index, chunk.cost))

    def _reserve(
        self, part: int, rows: NDArray[np.int64], counts: NDArray[np.int64]
    ) -> tuple[_Chunk, int]:
        """Find room for some rows; only this is done by one thread at a time."""
        needed = int(counts.sum())
        with self.lock:
            chunks = self.parts[part]
            if not chunks or chunks[-1].used + needed > len(chunks[-1].index):
                held = sum(len(one.index) for one in chunks)
                chunks.append(_Chunk.of(max(CHUNK, needed, held // 2), self.kind))
            chunk = chunks[-1]
            at = chunk.used
            chunk.used += needed
            chunk.rows.append(rows)
            chunk.counts.append(counts)
        return chunk, at

    def matrix(self, shape: tuple[int, int]) -> csr_array:
        """Put all rows in their place and give the memory of each part back."""
        sizes = np.zeros(shape[0], dtype=np.int64)
        for chunk in (one for part in self.parts for one in part):
            sizes[np.concatenate(chunk.rows)] = np.concatenate(chunk.counts)
        indptr = np.concatenate([[0], np.cumsum(sizes)])
        index, cost = np.empty(indptr[-1], np.int32), np.empty(indptr[-1], self.kind)
        for part in self.parts:
            while part:
                chunk = part.pop()
                counts = np.concatenate(chunk.counts)
                to = indptr[np.concatenate(chunk.rows)]
                first = np.cumsum(counts) - counts
                move_rows(first, counts, (chunk.index, chunk.cost), to, (index, cost))
        if indptr[-1] < 2**31:
            indptr = indptr.astype(np.int32)
        return csr_array((cost, index, indptr), shape=shape)
