"""Top-p shares and rank intervals of very many sites, in little memory.

Who is among the best is exact: a floor that the p-th best certainly reaches leaves few sites a
weighting, and those are weighed in double precision.  Mean and interval of the rank come from
an evenly thinned part of the weightings, and from a histogram of the index: each rank is right
to half a step of it, which is said.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from siteplanner.index import DECIMALS
from siteplanner.robustness.nesting import Floats, Ints, renormalised
from siteplanner.robustness.sweeping import (
    BINS,
    Singles,
    exact,
    fill_bins,
    fill_intervals,
    fill_ranks,
    search,
)
from siteplanner.robustness.weighing import Kind, Ready, values
from siteplanner.walk.search import THREADS

ROOM = 4_000_000
"""Pairs of site and weighting that a thread takes up at once, or one for every site."""
PROBES = 8
"""Weightings, far from each other, whose best sites say how good a site has to be."""
SEEDS = 4
"""Best sites kept of each probe, as a multiple of p."""
RANKED = 100_000_000
"""Ranks that are looked at for means and intervals."""
FEWEST, MOST = 100, 400
"""Weightings that they come from, at least and at most."""
LOW_GROUND = np.float32(-1e4)
"""Stands for the logarithm of 0 where single precision only has to be too high."""


class Best(NamedTuple):
    """Who is among the best.

    ``top`` and ``first``: by site, in how many weightings, ties shared.  ``first_weights``:
    sites × criteria, the sum of the weightings in which a site is first.
    """

    top: Floats
    first: Floats
    first_weights: Floats


@dataclass(frozen=True)
class Spans:
    """Where ranks lie.

    Parameters
    ----------
    mean, low, high
        By site: mean rank, and between which ranks nine weightings of ten leave it; NaN for
        sites of which nothing is known.
    weightings
        How many of the weightings were looked at.
    error
        A single rank may be off by so much.
    """

    mean: Floats
    low: Floats
    high: Floats
    weightings: int
    error: float


def count_best(ready: Ready, weights: Floats, top: int, *, threads: int = THREADS) -> Best:
    """Count, exactly, in how many weightings each site is among the best.

    Parameters
    ----------
    ready
        Scores, from `siteplanner.robustness.weighing.prepare`.
    weights
        Weightings × criteria, rows adding up to 1.
    top
        How many are among the best.  Sites with the same index share the last places.
    threads
        Parts of the sites at the same time.

    Returns
    -------
    The counts.

    Examples
    --------
    >>> from siteplanner.robustness.weighing import prepare
    >>> ready = prepare(np.array([[0.5], [0.9], [0.5]]))
    >>> count_best(ready, np.ones((4, 1)), 2).top.tolist()
    [2.0, 4.0, 2.0]
    """
    weights = np.ascontiguousarray(weights, dtype=np.float64)
    sites = len(ready.order)
    best = Best(np.zeros(sites), np.zeros(sites), np.zeros((sites, weights.shape[1])))
    if ready.order.size:
        filled = _single(ready)
        floor = _floor(ready, filled, weights, min(top, sites))
        _batch(_Hunt(ready, filled, top, max(threads, 1)), weights, floor, best)
    return best


class _Hunt(NamedTuple):
    ready: Ready
    filled: Singles
    top: int
    threads: int


def _single(ready: Ready) -> Singles:
    """Scores in single precision, logarithms of 0 as what is certainly not too low."""
    filled = ready.filled.astype(np.float32)
    if ready.zero is not None:
        filled[: len(ready.zero)][ready.zero > 0] = LOW_GROUND
    return filled


def _floor(ready: Ready, filled: Singles, weights: Floats, top: int) -> Singles:
    """Give what the p-th best certainly reaches, by weighting: of some sites, the p-th best."""
    sites = len(ready.order)
    picked = [int(np.argmin(((weights - weights.mean(axis=0)) ** 2).sum(axis=1)))]
    far = np.abs(weights - weights[picked[0]]).sum(axis=1)
    while len(picked) < min(PROBES, len(weights)):
        picked.append(int(far.argmax()))
        far = np.minimum(far, np.abs(weights - weights[picked[-1]]).sum(axis=1))
    take = min(sites, max(SEEDS * top, 100))
    seeds = []
    for row in picked:
        value = np.empty(sites, dtype=np.float32)
        for kind in ready.kinds:
            shares = _shares(ready, kind, weights[row : row + 1]).astype(np.float32)[0]
            value[kind.start : kind.stop] = shares @ filled[:, kind.start : kind.stop]
        seeds.append(np.argpartition(value, sites - take)[sites - take :])
    chosen = np.unique(np.concatenate(seeds))
    few = _only(ready, chosen)
    floor = np.empty(len(weights))
    size = max(1, (1 << 22) // len(chosen))
    for start in range(0, len(weights), size):
        value = np.nan_to_num(values(few, weights[start : start + size]), nan=-1.0)
        value.partition(len(chosen) - top, axis=1)
        floor[start : start + size] = value[:, len(chosen) - top]
    return _lowered(ready, floor)


def _lowered(ready: Ready, floor: Floats) -> Singles:
    """Lower the floor by what single precision may be off; -inf where there is none."""
    with np.errstate(divide="ignore"):
        level = np.log(floor.clip(0.0)) if ready.aggregation == "geometric" else floor
    slack = (len(ready.filled) + 4) * 2 * np.finfo(np.float32).eps
    found = level - slack * np.abs(np.where(np.isfinite(level), level, 0.0)) - 1e-6
    return np.where(floor < 0, -np.inf, found).astype(np.float32)


def _only(ready: Ready, places: Ints) -> Ready:
    """Keep some places, in their order."""
    kinds, start = [], 0
    for kind in ready.kinds:
        inside = int(((places >= kind.start) & (places < kind.stop)).sum())
        if inside:
            kinds.append(Kind(kind.known, start, start + inside))
        start += inside
    zero = None if ready.zero is None else np.ascontiguousarray(ready.zero[:, places])
    filled = np.ascontiguousarray(ready.filled[:, places])
    return Ready(filled, zero, ready.order[places], tuple(kinds), ready.tree, ready.aggregation)


def _shares(ready: Ready, kind: Kind, weights: Floats) -> Floats:
    shares = np.zeros((len(weights), len(ready.filled)))
    shares[:, : weights.shape[1]] = renormalised(weights, kind.known, ready.tree)
    return shares


def _batch(hunt: _Hunt, weights: Floats, floor: Singles, best: Best) -> None:
    """Count for some weightings; halve them where too many sites come into question."""
    found = _candidates(hunt, weights, floor)
    if found is None:
        half = len(weights) // 2
        _batch(hunt, weights[:half], floor[:half], best)
        _batch(hunt, weights[half:], floor[half:], best)
        return
    place, row, value = found
    order = np.argsort(row, kind="stable")
    ends = np.searchsorted(row[order], np.arange(len(weights) + 1))
    for number, (start, stop) in enumerate(pairwise(ends)):
        own = order[start:stop]
        if own.size == 0:
            continue
        site, mine = hunt.ready.order[place[own]], value[own]
        last = min(hunt.top, len(mine))
        least = np.partition(mine, len(mine) - last)[len(mine) - last]
        above, level = mine > least, mine == least
        best.top[site[above]] += 1.0
        best.top[site[level]] += (last - above.sum()) / level.sum()
        first = site[mine == mine.max()]
        best.first[first] += 1 / len(first)
        best.first_weights[first] += weights[number] / len(first)


def _candidates(
    hunt: _Hunt, weights: Floats, floor: Singles
) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats] | None:
    """List places that may be among the best, with their exact index; None: no room."""
    ready, room = hunt.ready, max(ROOM, -(-len(hunt.ready.order) // hunt.threads))
    buffers = [(np.empty(room, np.int32), np.empty(room, np.int32)) for _ in range(hunt.threads)]
    parts: list[tuple[NDArray[np.int32], NDArray[np.int32], Floats]] = []
    total = 0
    with ThreadPoolExecutor(hunt.threads) as pool:
        for kind in ready.kinds:
            shares = _shares(ready, kind, weights)
            nothing = shares.sum(axis=1) == 0
            least = np.where(nothing, np.float32(np.inf), floor)
            single = shares.astype(np.float32)
            cuts = np.linspace(kind.start, kind.stop, hunt.threads + 1).astype(int)

            def work(
                part: int, single: Singles = single, least: Singles = least, cuts: Ints = cuts
            ) -> int:
                ends = int(cuts[part]), int(cuts[part + 1])
                return search(hunt.filled, single, least, *ends, *buffers[part])

            for part, count in enumerate(pool.map(work, range(hunt.threads))):
                total += count
                if count < 0 or (total > 2 * room * hunt.threads and len(weights) > 1):
                    return None
                place, row = (one[:count].copy() for one in buffers[part])
                found = np.empty(count)
                exact(ready.filled, shares, place, row, found)
                parts.append((place, row, _finished(ready, shares, place, row, found)))
    place, row, value = (np.concatenate(one) for one in zip(*parts, strict=True))
    return place, row, value


def _finished(
    ready: Ready,
    shares: Floats,
    place: NDArray[np.int32],
    row: NDArray[np.int32],
    found: Floats,
) -> Floats:
    if ready.aggregation == "geometric":
        found = np.exp(found)
        if ready.zero is not None:
            hit = np.zeros(len(found), dtype=bool)
            for one, zero in enumerate(ready.zero):
                hit |= (zero[place] > 0) & (shares[row, one] > 0)
            found[hit] = 0.0
    return np.clip(np.round(found, DECIMALS), 0.0, 1.0)


def find_spans(
    ready: Ready, weights: Floats, *, level: float = 0.9, threads: int = THREADS
) -> Spans:
    """Find mean and interval of the rank of every site.

    Parameters
    ----------
    ready
        Scores, from `siteplanner.robustness.weighing.prepare`.
    weights
        Weightings × criteria; where sites are many, every so manieth is looked at.
    level
        Share of the weightings that the interval holds: of 0.9 it is from 5 to 95 %.
    threads
        Parts at the same time.

    Returns
    -------
    Mean, low and high rank by site, and how exact they are.

    Examples
    --------
    >>> from siteplanner.robustness.weighing import prepare
    >>> found = find_spans(prepare(np.array([[0.5], [0.9], [0.1]])), np.ones((100, 1)))
    >>> found.mean.tolist(), found.weightings, found.error
    ([2.0, 1.0, 3.0], 100, 0.0)
    """
    sites, most = len(ready.order), min(MOST, max(FEWEST, RANKED // max(len(ready.order), 1)))
    kept = np.unique(np.linspace(0, len(weights) - 1, min(most, len(weights))).astype(int))
    weights = np.ascontiguousarray(weights[kept], dtype=np.float64)
    filled = _single(ready)
    bins = np.empty((len(kept), sites), dtype=np.uint16)
    ranked = np.zeros(sites, dtype=bool)
    for kind in ready.kinds:
        ranked[kind.start : kind.stop] = kind.known.any()
    ranks = np.empty((len(kept), BINS + 1), dtype=np.float32)
    found = np.empty((3, sites), dtype=np.float32)
    tail = (1 - level) / 2
    lowest = max(1, int(np.ceil(tail * len(kept) - 1e-9)))
    highest = len(kept) - int(np.ceil((1 - tail) * len(kept) - 1e-9)) + 1
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        logs = ready.aggregation == "geometric"
        for kind in ready.kinds:
            shares = _shares(ready, kind, weights).astype(np.float32)
            cuts = _cuts(kind.start, kind.stop, threads)

            def bin_part(ends: tuple[int, int], shares: Singles = shares) -> None:
                fill_bins(filled, shares, ends[0], ends[1], logs, bins)

            list(pool.map(bin_part, cuts))

        def rank_part(ends: tuple[int, int]) -> None:
            fill_ranks(bins, ranked, ranks, ends[0], ends[1])

        def span_part(ends: tuple[int, int]) -> None:
            fill_intervals(bins, ranks, lowest, highest, ends[0], ends[1], found)

        list(pool.map(rank_part, _cuts(0, len(kept), threads)))
        list(pool.map(span_part, _cuts(0, sites, threads)))
    found[:, ~ranked] = np.nan
    back = np.empty((3, sites))
    back[:, ready.order] = found
    return Spans(back[0], back[1], back[2], len(kept), float(ranks[:, BINS].max(initial=0.0)))


def _cuts(start: int, stop: int, parts: int) -> list[tuple[int, int]]:
    ends = np.linspace(start, stop, max(parts, 1) + 1).astype(int)
    return [(int(low), int(high)) for low, high in pairwise(ends)]
