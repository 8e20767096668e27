"""How far the ranks of sites stand up when the weights change: SMAA-2.

References
----------
Lahdelma, R. and Salminen, P. (2001). SMAA-2: Stochastic multicriteria acceptability analysis
for group decision making. Operations Research 49, 444-454.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from siteplanner.index import DECIMALS
from siteplanner.model.criterion import Criteria
from siteplanner.model.scenario import Aggregation
from siteplanner.robustness.counting import count_ranks
from siteplanner.robustness.many import count_best, find_spans
from siteplanner.robustness.nesting import Floats, Tree, flat, nest
from siteplanner.robustness.overlaps import together
from siteplanner.robustness.weighing import Ready, prepare, values

MOST_SITES = 4_000
"""Up to so many sites every rank of every weighting is counted."""
INTERVAL = 0.9
"""Share of the weightings that a rank interval holds: from 5 to 95 %."""


@dataclass(frozen=True)
class Acceptability:
    """How often each site is where, over many weightings.

    Parameters
    ----------
    table
        By site: ``first`` and ``top``, the shares of the weightings in which it is first and
        among the best ``p``; ``mean_rank``; ``rank_from`` and ``rank_to``, between which nine
        weightings of ten leave it; ``group``, from 1: the intervals of sites in different
        groups do not overlap, and only the groups have an order; ``confidence``, the share of
        first place under the site's own central weights, NaN for sites that are never first.
        NaN throughout for sites of which nothing is known.
    by_rank
        Sites × ranks from 1: the share of the weightings in which a site has a rank.  Sites
        with the same index share their ranks evenly, so that rows and columns add up to 1.
        None where there are too many sites to hold it.
    central
        Sites × criteria: the mean of the weightings that put a site first; only sites that
        are first in some.
    p
        How many sites are among the best.
    weightings
        How many were drawn.
    rank_weightings
        How many of them the ranks come from; ``first`` and ``top`` always come from all.
    rank_error
        A single rank may be off by so much; 0 where every rank was counted.
    """

    table: pd.DataFrame
    by_rank: pd.DataFrame | None
    central: pd.DataFrame
    p: int
    weightings: int
    rank_weightings: int
    rank_error: float


class Shares(NamedTuple):
    """The arrays behind an `Acceptability`, all by site."""

    first: Floats
    top: Floats
    mean: Floats
    low: Floats
    high: Floats
    central: Floats
    by_rank: Floats | None
    rank_weightings: int
    rank_error: float


def smaa(
    scores: pd.DataFrame,
    draws: pd.DataFrame,
    *,
    p: int,
    criteria: Criteria | None = None,
    aggregation: Aggregation = "arithmetic",
) -> Acceptability:
    """Rank all sites under many weightings, and say how far each rank stands up.

    Parameters
    ----------
    scores
        Sites in rows, a column per criterion, 0 to 1; NaN is unknown, and the others carry
        its weight as in `siteplanner.index.weigh`.
    draws
        A row per weighting, a column per criterion: shares of the whole, each row adding up
        to 1.  See `siteplanner.robustness.drawing.draw`.
    p
        How many sites are among the best.
    criteria
        How the criteria nest; by default they stand side by side.
    aggregation
        How scores combine.

    Returns
    -------
    Shares, rank intervals, groups and central weights, on the index of ``scores``.

    Raises
    ------
    ValueError
        If a criterion has no scores, a row of ``draws`` does not add up to 1, a score is
        beyond 0 to 1, or p is below 1.

    References
    ----------
    Lahdelma and Salminen (2001): rank acceptability, central weights, confidence factor.
    Scores are taken as exact here, so the confidence is 1 for a linear index, unless two
    sites share the first place.

    Examples
    --------
    >>> scores = pd.DataFrame({"need": [0.9, 0.1], "land": [0.4, 1.0]}, index=["a", "b"])
    >>> draws = pd.DataFrame({"need": [0.7, 0.6, 0.5, 0.1], "land": [0.3, 0.4, 0.5, 0.9]})
    >>> found = smaa(scores, draws, p=1)
    >>> found.table["first"].tolist(), found.central.loc["b"].round(3).tolist()
    ([0.75, 0.25], [0.1, 0.9])
    """
    names = list(draws.columns)
    missing = [name for name in names if name not in scores]
    if missing:
        msg = f"there are no scores for {', '.join(map(str, missing))}"
        raise ValueError(msg)
    tree = flat(len(names)) if criteria is None else _tree(criteria, names)
    found = shares_of(
        scores[names].to_numpy(dtype=np.float64),
        draws.to_numpy(dtype=np.float64),
        p,
        tree=tree,
        aggregation=aggregation,
    )
    ranked = ~np.isnan(found.mean)
    table = pd.DataFrame(
        {
            "first": found.first,
            "top": found.top,
            "mean_rank": found.mean,
            "rank_from": found.low,
            "rank_to": found.high,
        },
        index=scores.index,
    )
    table[~ranked] = np.nan
    table["group"] = together(found.low, found.high)
    winners = np.flatnonzero(found.first > 0)
    central = found.central[winners]
    table["confidence"] = np.nan
    if found.by_rank is not None and winners.size:
        ready = prepare(scores[names].to_numpy(dtype=np.float64), tree, aggregation)
        table.iloc[winners, -1] = _confidence(ready, winners, central)
    by_rank = None
    if found.by_rank is not None:
        ranks = pd.RangeIndex(1, len(scores) + 1, name="rank")
        by_rank = pd.DataFrame(found.by_rank, index=scores.index, columns=ranks)
    return Acceptability(
        table=table,
        by_rank=by_rank,
        central=pd.DataFrame(central, index=scores.index[winners], columns=names),
        p=p,
        weightings=len(draws),
        rank_weightings=found.rank_weightings,
        rank_error=found.rank_error,
    )


def shares_of(
    scores: Floats,
    weights: Floats,
    p: int,
    *,
    tree: Tree | None = None,
    aggregation: Aggregation = "arithmetic",
) -> Shares:
    """Rank all sites under many weightings, on plain arrays.

    Parameters
    ----------
    scores
        Sites × criteria, 0 to 1; NaN is unknown.
    weights
        Weightings × criteria, rows adding up to 1.
    p
        How many sites are among the best.
    tree
        How the criteria nest; by default they stand side by side.
    aggregation
        How scores combine.

    Returns
    -------
    By site: share of first places and of places among the best, mean rank, rank interval,
    central weights (NaN where never first), and the share of each rank (None where there are
    more than `MOST_SITES`: ranks then come from fewer weightings, see
    `siteplanner.robustness.many`).

    Raises
    ------
    ValueError
        If rows of ``weights`` do not add up to 1, a score is beyond 0 to 1, or p is below 1.

    Examples
    --------
    >>> found = shares_of(np.array([[0.9], [0.4]]), np.ones((5, 1)), 1)
    >>> found.top.tolist(), found.mean.tolist()
    ([1.0, 0.0], [1.0, 2.0])
    """
    if p < 1:
        msg = f"found p = {p}; at least one site is among the best"
        raise ValueError(msg)
    if not len(weights) or (weights < 0).any() or not np.allclose(weights.sum(axis=1), 1.0):
        msg = "the weights of every weighting are at least 0 and add up to 1; found others, or none"
        raise ValueError(msg)
    ready = prepare(scores, tree, aggregation)
    if len(scores) > MOST_SITES:
        return _of_many(ready, weights, p)
    counts = count_ranks(ready, weights)
    by_rank = counts.by_rank / counts.weightings
    first = np.round(by_rank[:, 0], DECIMALS) if len(scores) else np.zeros(0)
    has_rank = by_rank.sum(axis=1)
    divide = np.where(has_rank > 0, has_rank, np.nan)
    upto = np.cumsum(by_rank, axis=1) / divide[:, None]
    ranks = np.arange(1, len(scores) + 1)
    mean = (by_rank @ ranks) / divide
    tail = (1 - INTERVAL) / 2
    low, high = (_first_reaching(upto, share) for share in (tail, 1 - tail))
    with np.errstate(invalid="ignore", divide="ignore"):
        central = counts.first_weights / (first * counts.weightings)[:, None]
    return Shares(
        first=first,
        top=np.round(by_rank[:, :p].sum(axis=1), DECIMALS),
        mean=np.round(mean, DECIMALS),
        low=low,
        high=high,
        central=np.round(central, DECIMALS),
        by_rank=np.round(by_rank, DECIMALS),
        rank_weightings=counts.weightings,
        rank_error=0.0,
    )


def _of_many(ready: Ready, weights: Floats, p: int) -> Shares:
    best, spans = count_best(ready, weights, p), find_spans(ready, weights, level=INTERVAL)
    with np.errstate(invalid="ignore", divide="ignore"):
        central = best.first_weights / best.first[:, None]
    return Shares(
        first=np.round(best.first / len(weights), DECIMALS),
        top=np.round(best.top / len(weights), DECIMALS),
        mean=spans.mean,
        low=spans.low,
        high=spans.high,
        central=np.round(central, DECIMALS),
        by_rank=None,
        rank_weightings=spans.weightings,
        rank_error=spans.error,
    )


def _first_reaching(upto: Floats, share: float) -> Floats:
    """Give the first rank up to which a share of the weightings lies; NaN where there is none."""
    if not upto.size:
        return np.zeros(len(upto))
    found = (upto >= share - 1e-9).argmax(axis=1) + 1.0
    return np.where(np.isnan(upto[:, -1]), np.nan, found)


def _confidence(ready: Ready, winners: np.ndarray, central: Floats) -> Floats:
    """Give each winner's share of the first place under its own central weights."""
    place = np.empty(len(ready.order), dtype=np.int64)
    place[ready.order] = np.arange(len(ready.order))
    value = values(ready, central)
    best = np.nanmax(value, axis=1, keepdims=True)
    at_top = value == best
    own = at_top[np.arange(len(winners)), place[winners]]
    return np.where(own, 1.0 / at_top.sum(axis=1), 0.0)


def _tree(criteria: Criteria, names: list[str]) -> Tree:
    """Nest the columns of the draws as the criteria do."""
    nesting = nest(criteria)
    if set(nesting.names) != set(names):
        said = ", ".join(map(str, sorted(set(nesting.names) ^ set(names), key=str)))
        msg = f"the weightings and the criteria do not name the same: {said}"
        raise ValueError(msg)
    at = {name: number for number, name in enumerate(names)}

    def renumbered(tree: Tree) -> Tree:
        return tuple(
            at[nesting.names[part]] if isinstance(part, int) else renumbered(part) for part in tree
        )

    return renumbered(nesting.tree)
