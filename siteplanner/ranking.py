"""The order of the sites, its ties, and how far the data can tell sites apart at all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from siteplanner.index import DECIMALS


def rank(index: pd.Series) -> pd.DataFrame:
    """Rank sites by their index, the highest first.

    Sites whose index is the same to 1e-12 share the better rank, and the ranks after them
    are left out: 1, 1, 3.

    Parameters
    ----------
    index
        The index by site, 0 to 1; NaN where nothing is known.

    Returns
    -------
    A row per site, by rank and then by id: ``rank`` (from 1; missing where the index is
    unknown, and those rows come last), ``index``, ``of`` (how many sites have a rank).

    Examples
    --------
    >>> rank(pd.Series({"c": 0.5, "b": 0.5, "a": 0.9, "d": 0.1}))[["rank", "index"]]
       rank  index
    a     1    0.9
    b     2    0.5
    c     2    0.5
    d     4    0.1
    """
    value = index.astype("float64").round(DECIMALS)
    table = pd.DataFrame(
        {
            "rank": value.rank(method="min", ascending=False).astype("Int64"),
            "index": value,
            "of": int(value.notna().sum()),
        },
        index=index.index,
    )
    return table.sort_index(kind="stable").sort_values("rank", kind="stable", na_position="last")


def alike(scores: pd.DataFrame) -> pd.Series:
    """Label the sites that the data cannot tell apart: those with the same scores throughout.

    Parameters
    ----------
    scores
        Sites in rows, a column per criterion; two unknown scores (NaN) count as the same.

    Returns
    -------
    By site, the smallest id among the sites with the very same scores (to 1e-12); a site
    that stands alone is labelled with its own id.

    Examples
    --------
    >>> alike(pd.DataFrame({"need": [0.2, 0.2, 0.7]}, index=["b", "a", "c"])).to_dict()
    {'b': 'a', 'a': 'a', 'c': 'c'}
    """
    if scores.shape[1] == 0:
        labels = [scores.index.min()] * len(scores)
        return pd.Series(labels, index=scores.index, name="alike", dtype=scores.index.dtype)
    rounded = scores.astype("float64").round(DECIMALS) + 0.0
    keys = [rounded[name] for name in rounded.columns]
    ids = scores.index.to_series()
    return ids.groupby(keys, dropna=False, sort=False).transform("min").rename("alike")


def separation(scores: pd.DataFrame) -> pd.DataFrame:
    """Say how well each criterion tells the sites apart.

    Parameters
    ----------
    scores
        Sites in rows, a column per criterion (scores or measured values); NaN is unknown.

    Returns
    -------
    A row per criterion: ``distinct`` known numbers (to 1e-12), ``known`` sites, and
    ``largest_tie``, the most sites that share one number.

    Examples
    --------
    >>> table = pd.DataFrame({"need": [0.2, 0.2, 0.7, np.nan]})
    >>> separation(table).loc["need"].to_dict()
    {'distinct': 2, 'known': 3, 'largest_tie': 2}
    """
    rows = {}
    for name in scores.columns:
        counts = scores[name].astype("float64").round(DECIMALS).value_counts()
        rows[name] = (len(counts), int(counts.sum()), int(counts.max()) if len(counts) else 0)
    columns = ["distinct", "known", "largest_tie"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns, dtype=np.int64)
    return table.rename_axis("criterion")
