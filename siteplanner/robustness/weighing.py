"""The index of every site under many weightings, to the last digit as `siteplanner.index` has it.

Sites that know the same criteria share their weights, so they are put together.  The sum over
criteria is done in the same order for every site: sites with the same scores have the same index
in every weighting, bit by bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from siteplanner.compiled import kernel
from siteplanner.index import DECIMALS
from siteplanner.model.scenario import Aggregation
from siteplanner.robustness.nesting import Flags, Floats, Ints, Tree, flat, renormalised

MOST_CRITERIA = 62
"""What a site knows is a bit a criterion of one number."""
STEP = 10.0**DECIMALS


@dataclass(frozen=True)
class Kind:
    """Sites that know the same criteria: ``known`` by criterion, and from where to where."""

    known: Flags
    start: int
    stop: int


@dataclass(frozen=True)
class Ready:
    """Scores made ready to be weighed many times.

    Parameters
    ----------
    filled
        Criteria × sites, sites in ``order``: scores, or their logarithms where the index is
        geometric; 0 where nothing is known.  Rows of 0 fill up to a multiple of 4.
    zero
        Criteria × sites: where a score is 0 and the index geometric; None where there is none.
    order
        Number of the site in each place.
    kinds
        The sites that know the same.
    tree
        How the criteria nest.
    aggregation
        ``arithmetic`` or ``geometric``.
    """

    filled: Floats
    zero: Floats | None
    order: Ints
    kinds: tuple[Kind, ...]
    tree: Tree
    aggregation: Aggregation


def prepare(
    scores: Floats, tree: Tree | None = None, aggregation: Aggregation = "arithmetic"
) -> Ready:
    """Make scores ready to be weighed many times.

    Parameters
    ----------
    scores
        Sites × criteria, 0 to 1; NaN is unknown.
    tree
        How the criteria nest; by default they stand side by side.
    aggregation
        How scores combine.

    Returns
    -------
    Scores, put together by what is known.

    Raises
    ------
    ValueError
        If a score is beyond 0 to 1, or there are more than 62 criteria.

    Examples
    --------
    >>> prepare(np.array([[0.5, np.nan], [1.0, 0.5], [0.2, np.nan]])).order.tolist()
    [0, 2, 1]
    """
    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim != 2 or not 0 < scores.shape[1] <= MOST_CRITERIA:
        msg = f"scores are sites × criteria, of which there can be 1 to {MOST_CRITERIA}; "
        msg += f"found the shape {scores.shape}"
        raise ValueError(msg)
    known = ~np.isnan(scores)
    if ((scores < 0) | (scores > 1)).any():
        msg = "found scores beyond 0 to 1; scale them first"
        raise ValueError(msg)
    marks = known @ (1 << np.arange(scores.shape[1], dtype=np.int64))
    order = np.argsort(marks, kind="stable")
    ends = np.flatnonzero(np.diff(marks[order], prepend=-1, append=-1))
    kinds = tuple(
        Kind(known[order[start]], int(start), int(stop)) for start, stop in pairwise(ends)
    )
    filled, zero = np.where(known, scores, 0.0), None
    if aggregation == "geometric":
        at_zero = scores == 0
        filled = np.log(np.where(at_zero | ~known, 1.0, scores))
        zero = np.ascontiguousarray(at_zero[order].T, dtype=np.float64) if at_zero.any() else None
    rows = -(-scores.shape[1] // 4) * 4
    table = np.zeros((rows, len(scores)))
    table[: scores.shape[1]] = filled[order].T
    return Ready(table, zero, order, kinds, tree or flat(scores.shape[1]), aggregation)


def values(ready: Ready, weights: Floats) -> Floats:
    """Weigh every site under many weightings.

    Parameters
    ----------
    ready
        Scores, from `prepare`.
    weights
        Weightings × criteria: shares of the whole, rows adding up to 1.

    Returns
    -------
    Weightings × sites in ``ready.order``: the index, 0 to 1, rounded to 1e-12; NaN where
    nothing that weighs is known.

    Examples
    --------
    >>> ready = prepare(np.array([[0.5, np.nan], [1.0, 0.5]]))
    >>> values(ready, np.array([[0.5, 0.5], [0.2, 0.8]])).tolist()
    [[0.5, 0.75], [0.5, 0.6]]
    """
    weights = np.asarray(weights, dtype=np.float64)
    result = np.empty((len(weights), len(ready.order)))
    for kind in ready.kinds:
        shares = np.zeros((len(weights), len(ready.filled)))
        shares[:, : weights.shape[1]] = renormalised(weights, kind.known, ready.tree)
        _weigh(result, ready.filled, shares, kind.start, kind.stop)
        here = result[:, kind.start : kind.stop]
        if ready.aggregation == "geometric":
            np.exp(here, out=here)
            if ready.zero is not None:
                zero = ready.zero[:, kind.start : kind.stop]
                here[(shares[:, : len(zero)] > 0).astype(np.float64) @ zero > 0] = 0.0
        np.round(here, DECIMALS, out=here)
        np.clip(here, 0.0, 1.0, out=here)
        here[shares.sum(axis=1) == 0] = np.nan
    return result


def indices(
    scores: Floats,
    weights: Floats,
    tree: Tree | None = None,
    aggregation: Aggregation = "arithmetic",
) -> Floats:
    """Weigh every site under many weightings, sites in the order they came in.

    Parameters
    ----------
    scores
        Sites × criteria, 0 to 1; NaN is unknown.
    weights
        Weightings × criteria, rows adding up to 1.
    tree
        How the criteria nest; by default they stand side by side.
    aggregation
        How scores combine.

    Returns
    -------
    Weightings × sites: the index, 0 to 1, rounded to 1e-12; NaN where nothing is known.

    Examples
    --------
    >>> indices(np.array([[1.0, 0.5], [0.5, np.nan]]), np.array([[0.5, 0.5]])).tolist()
    [[0.75, 0.5]]
    """
    ready = prepare(scores, tree, aggregation)
    result = np.empty((len(weights), len(scores)))
    result[:, ready.order] = values(ready, weights)
    return result


def sorted_keys(ready: Ready, weights: Floats) -> Ints:
    """Put the sites of every weighting into their order, ties and all.

    A key holds the index (how far below 1, in steps of 1e-12) and after it the number of the
    site in 23 bits, so that plain sorting of whole numbers gives order and ties at once.

    Parameters
    ----------
    ready
        Scores, from `prepare`.
    weights
        Weightings × criteria.

    Returns
    -------
    Weightings × sites: keys, the best site first; sites without an index have keys from
    `UNRANKED` on.

    Examples
    --------
    >>> keys = sorted_keys(prepare(np.array([[0.2], [0.9], [0.2]])), np.array([[1.0]]))
    >>> (keys & SITE).tolist(), (np.diff(keys >> BITS) == 0).tolist()
    ([[1, 0, 2]], [[False, True]])
    """
    found = values(ready, weights)
    keys = np.empty(found.shape, dtype=np.int64)
    _pack(found, ready.order, keys)
    keys.sort(axis=1)
    return keys


BITS = 23
SITE = (1 << BITS) - 1
UNRANKED = ((1 << 40) - 1) << BITS


@kernel("void(f8[:,::1], f8[:,::1], f8[:,::1], i8, i8)")
def _weigh(
    result: NDArray[np.float64],
    filled: NDArray[np.float64],
    shares: NDArray[np.float64],
    start: int,
    stop: int,
) -> None:
    """Add up shares × scores for the sites from start to stop, four criteria at a time."""
    for block in range(start, stop, 1024):
        end = min(block + 1024, stop)
        for row in range(shares.shape[0]):
            total = result[row, block:end]
            for site in range(end - block):
                total[site] = 0.0
            for at in range(0, shares.shape[1], 4):
                w, x = shares[row, at], shares[row, at + 1]
                y, z = shares[row, at + 2], shares[row, at + 3]
                a, b = filled[at, block:end], filled[at + 1, block:end]
                c, d = filled[at + 2, block:end], filled[at + 3, block:end]
                for site in range(end - block):
                    total[site] = (
                        total[site] + w * a[site] + x * b[site] + y * c[site] + z * d[site]
                    )


@kernel("void(f8[:,::1], i8[::1], i8[:,::1])")
def _pack(found: NDArray[np.float64], order: Ints, keys: Ints) -> None:
    """Join the index, in steps of 1e-12 below 1, and the number of the site."""
    for row in range(found.shape[0]):
        for at in range(found.shape[1]):
            value = found[row, at]
            if value == value:
                below = np.int64(np.rint((1.0 - value) * STEP))
                keys[row, at] = (below << BITS) | order[at]
            else:
                keys[row, at] = UNRANKED | order[at]
