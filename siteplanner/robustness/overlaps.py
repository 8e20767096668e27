"""Sites against each other: who beats whom how often, and whose ranks cannot be told apart."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from siteplanner.model.scenario import Aggregation
from siteplanner.robustness.nesting import Flags, Floats, Ints, Tree
from siteplanner.robustness.weighing import prepare, values

BATCH = 1 << 21


def wins(
    scores: Floats,
    weights: Floats,
    *,
    tree: Tree | None = None,
    aggregation: Aggregation = "arithmetic",
) -> Floats:
    """Say in which share of the weightings each site beats each other one.

    Parameters
    ----------
    scores
        Sites × criteria, 0 to 1; NaN is unknown.  Every pair is compared: take the sites that
        matter, not all.
    weights
        Weightings × criteria, rows adding up to 1.
    tree
        How the criteria nest; by default they stand side by side.
    aggregation
        How scores combine.

    Returns
    -------
    Sites × sites: share of the weightings in which the row's index is higher by at least
    1e-12.  What ``found[a, b] + found[b, a]`` lacks to 1 are ties.  NaN with sites of which
    nothing is known.

    Examples
    --------
    >>> scores = np.array([[0.9, 0.4], [0.1, 1.0]])
    >>> wins(scores, np.array([[0.7, 0.3], [0.5, 0.5], [0.1, 0.9]])).round(3).tolist()
    [[0.0, 0.667], [0.333, 0.0]]
    """
    ready = prepare(scores, tree, aggregation)
    count = np.zeros((len(scores), len(scores)))
    size = max(1, BATCH // max(len(scores), 1) ** 2)
    for start in range(0, len(weights), size):
        found = values(ready, weights[start : start + size])
        count += (found[:, :, None] > found[:, None, :]).sum(axis=0)
    result = np.empty_like(count)
    result[np.ix_(ready.order, ready.order)] = count / max(len(weights), 1)
    unknown = np.isnan(scores).all(axis=1)
    result[unknown] = result[:, unknown] = np.nan
    return result


def pairwise(
    scores: pd.DataFrame,
    draws: pd.DataFrame,
    among: Sequence[Hashable],
    *,
    tree: Tree | None = None,
    aggregation: Aggregation = "arithmetic",
) -> pd.DataFrame:
    """Say in which share of the weightings each of some sites beats each other one.

    Parameters
    ----------
    scores
        Sites in rows, a column per criterion, 0 to 1; NaN is unknown.
    draws
        A row per weighting, a column per criterion.
    among
        The sites to compare.
    tree
        How the criteria nest; by default they stand side by side.
    aggregation
        How scores combine.

    Returns
    -------
    Sites × sites, as `wins` has it.

    Examples
    --------
    >>> scores = pd.DataFrame({"need": [0.9, 0.1], "land": [0.4, 1.0]}, index=["a", "b"])
    >>> draws = pd.DataFrame({"need": [0.7, 0.6, 0.5, 0.1], "land": [0.3, 0.4, 0.5, 0.9]})
    >>> pairwise(scores, draws, ["a", "b"]).loc["a", "b"].item()
    0.75
    """
    some = scores.loc[list(among), list(draws.columns)]
    found = wins(
        some.to_numpy(dtype=np.float64),
        draws.to_numpy(dtype=np.float64),
        tree=tree,
        aggregation=aggregation,
    )
    return pd.DataFrame(found, index=some.index, columns=some.index)


def together(low: Floats, high: Floats) -> Ints:
    """Group sites whose rank intervals overlap, so that only the groups have an order.

    Two sites are in the same group where their intervals overlap, or where a chain of
    overlapping ones joins them.

    Parameters
    ----------
    low, high
        Rank interval by site, both ends inclusive; NaN for sites without a rank.

    Returns
    -------
    The group of each site, from 1 for the best; 0 for sites without a rank.

    Examples
    --------
    >>> together(np.array([4.0, 1, 2]), np.array([5.0, 2, 3])).tolist()
    [2, 1, 1]
    """
    order = np.argsort(low, kind="stable")
    order = order[~np.isnan(low[order])]
    group = np.zeros(len(low), dtype=np.int64)
    if order.size:
        so_far = np.maximum.accumulate(high[order])
        new = low[order][1:] > so_far[:-1]
        group[order] = 1 + np.append(0, np.cumsum(new))
    return group


def overlapping(low: Floats, high: Floats) -> Flags:
    """Say of every two sites whether their rank intervals overlap.

    Parameters
    ----------
    low, high
        Rank interval by site, both ends inclusive.

    Returns
    -------
    Sites × sites; False with sites without a rank.

    Examples
    --------
    >>> overlapping(np.array([4.0, 1, 2]), np.array([5.0, 2, 3])).tolist()[1]
    [False, True, True]
    """
    return np.asarray((low[:, None] <= high[None, :]) & (low[None, :] <= high[:, None]))
