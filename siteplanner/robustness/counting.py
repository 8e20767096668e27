"""Counts of ranks over many weightings: who is how often where.

Sites with the same index share the ranks they take up: two sites on ranks 1 and 2 have half of
each.  So the counts of a site add up to the weightings, and those of a rank too.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from siteplanner.compiled import kernel
from siteplanner.robustness.nesting import Floats, Ints
from siteplanner.robustness.weighing import BITS, SITE, UNRANKED, Ready, sorted_keys
from siteplanner.walk.search import THREADS

BATCH = 1 << 19
"""Numbers of a batch of weightings: what fits beside the counts into a processor's cache."""


@dataclass(frozen=True)
class Counts:
    """What many weightings come to.

    Parameters
    ----------
    by_rank
        Sites × ranks: in how many weightings the site has the rank, ties shared.
    first_weights
        Sites × criteria: sum of the weightings in which the site is first, ties shared.
    weightings
        How many.
    """

    by_rank: Floats
    first_weights: Floats
    weightings: int


def count_ranks(ready: Ready, weights: Floats, *, threads: int = THREADS) -> Counts:
    """Count the ranks of every site over many weightings.

    Parameters
    ----------
    ready
        Scores, from `siteplanner.robustness.weighing.prepare`.
    weights
        Weightings × criteria, rows adding up to 1.
    threads
        Batches at the same time.

    Returns
    -------
    The counts.  A site without an index in a weighting has no rank there.

    Examples
    --------
    >>> from siteplanner.robustness.weighing import prepare
    >>> ready = prepare(np.array([[0.5], [0.9], [0.5]]))
    >>> count_ranks(ready, np.ones((4, 1))).by_rank.tolist()
    [[0.0, 2.0, 2.0], [4.0, 0.0, 0.0], [0.0, 2.0, 2.0]]
    """
    sites, (weightings, criteria) = len(ready.order), weights.shape
    weights = np.ascontiguousarray(weights, dtype=np.float64)
    size = max(1, BATCH // max(sites, 1))
    starts = list(range(0, weightings, size))

    def work(own: list[int]) -> tuple[NDArray[np.int32], Floats, Floats]:
        alone = np.zeros((sites, sites), dtype=np.int32)
        shared = np.zeros((sites, sites + 1))
        first = np.zeros((sites, criteria))
        for start in own:
            batch = weights[start : start + size]
            _count(sorted_keys(ready, batch), batch, alone, shared, first)
        return alone, shared, first

    shares = [starts[first::threads] for first in range(max(1, min(threads, len(starts))))]
    with ThreadPoolExecutor(len(shares)) as pool:
        parts = list(pool.map(work, shares))
    alone, shared, first = parts[0]
    for other in parts[1:]:
        alone += other[0]
        shared += other[1]
        first += other[2]
    np.cumsum(shared, axis=1, out=shared)
    by_rank = np.maximum(np.round(alone.T + shared[:, :-1], 9), 0.0)
    return Counts(by_rank, first, weightings)


@kernel("void(i8[:,::1], f8[:,::1], i4[:,::1], f8[:,::1], f8[:,::1])")
def _count(
    keys: Ints,
    weights: Floats,
    alone: NDArray[np.int32],
    shared: Floats,
    first: Floats,
) -> None:
    """Add the ranks of a batch; ``shared`` holds where a share of ranks begins and ends.

    Row by row the ties, which are taken out of the keys.  What is left goes rank by rank, so
    that only one row of counts is written to at a time.
    """
    weightings, sites = keys.shape
    for row in range(weightings):
        at = 0
        while at < sites and keys[row, at] < UNRANKED:
            end = at + 1
            value = keys[row, at] >> BITS
            while end < sites and keys[row, end] >> BITS == value:
                end += 1
            if at == 0:
                for place in range(end):
                    site = keys[row, place] & SITE
                    for one in range(weights.shape[1]):
                        first[site, one] += weights[row, one] / end
            if end > at + 1:
                for place in range(at, end):
                    site = keys[row, place] & SITE
                    shared[site, at] += 1.0 / (end - at)
                    shared[site, end] -= 1.0 / (end - at)
                    keys[row, place] = -1
            at = end
        keys[row, at:] = -1
    for rank in range(sites):
        for row in range(weightings):
            if keys[row, rank] >= 0:
                alone[rank, keys[row, rank] & SITE] += 1
