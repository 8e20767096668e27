"""Shares of people as the public may have them: made of counts in tens, never finer."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from siteplanner.maps.coarse import SMALLEST

ENDS = {"reached_most_need": 0, "reached_least_need": -1}
"""Measures of fairness that are the share reached of the first and of the last tenth."""


def coarse_share(table: pd.DataFrame, column: str) -> pd.Series:
    """Tell a column that follows from counts no finer than counts in tens allow.

    Parameters
    ----------
    table
        The whole table; ``share_after`` is made of its ``after`` and ``total``, where it has
        them, and told in hundredths where not.
    column
        Its name; what is neither a share nor a percentage stays.

    Examples
    --------
    >>> table = pd.DataFrame({"total": [1078.0], "after": [891.0], "share_after": [0.826531]})
    >>> coarse_share(table, "share_after").tolist()
    [0.824074074]
    """
    exact = table[column].astype(float)
    first, _, part = column.partition("_")
    if first == "share" and {part, "total"} <= set(table.columns):
        total = _tens(table["total"].astype(float))
        made = _tens(table[part].astype(float)) / total.where(total > 0)
        return made.round(9).mask(exact.isna())
    if "share" in column:
        return exact.round(2)
    return exact.round() if "percent" in column else exact


def coarse_pair(total: float, before: float, after: float) -> tuple[float | None, float | None]:
    """Give the shares reached before and after; None where a count behind them is small.

    Examples
    --------
    >>> coarse_pair(1078.0, 0.0, 891.0), coarse_pair(1078.0, 0.0, 1071.0)
    ((0.0, 0.8241), (None, None))
    """
    parts = [total, before, after, after - before, total - before, total - after]
    counts = pd.Series(parts, dtype=float).round(6)
    whole, *both = _tens(counts.iloc[:3])
    if not total > 0 or _small(counts).any():
        return None, None
    return round(float(both[0] / whole), 4), round(float(both[1] / whole), 4)


def reached_in(cells: gpd.GeoDataFrame) -> tuple[float, float, float]:
    """Count the people in the area, and those of them within reach before and after."""
    inside = cells[cells["in_area"].astype(bool)]
    people = inside["people"].astype(float)
    before, after = (
        float((people * inside[name].astype(float)).sum())
        for name in ("served_before", "served_after")
    )
    return float(people.sum()), before, after


def coarse_fairness(
    tables: Mapping[str, pd.DataFrame], cells: gpd.GeoDataFrame
) -> dict[str, pd.DataFrame]:
    """Make the shares among the measures of fairness follow the table by tenths.

    Parameters
    ----------
    tables
        Tables of outcomes, already as the public may have them.
    cells
        The cells of the whole answer.

    Returns
    -------
    The same tables but ``fairness``: the tenths with most and least need are told as in
    ``by_decile``, withheld where that withholds them, and so is their gap; concentration is
    told in hundredths, and withheld where few people are within reach or left out.
    """
    if "fairness" not in tables:
        return dict(tables)
    fair = tables["fairness"].astype(float)
    tenths = tables.get("by_decile", pd.DataFrame())
    for column in fair.columns:
        share = f"share_{str(column).removeprefix('value_')}"
        told = {
            name: float(tenths[share].iloc[at]) if share in tenths else np.nan
            for name, at in ENDS.items()
        }
        most, least = told.values()
        told["gap"] = round(most - least, 6)
        if "concentration" in fair.index:
            known = coarse_pair(*reached_in(cells))[0] is not None
            exact = float(fair[column]["concentration"])
            told["concentration"] = round(exact, 2) if known else np.nan
        for name in fair.index.intersection(pd.Index(list(told))):
            if not np.isnan(fair.loc[name, column]):
                fair.loc[name, column] = round(told[name], 6)
    return {**tables, "fairness": fair}


def coarse_phases(phases: pd.DataFrame, comes_to: str) -> pd.DataFrame:
    """Tell what the set of each phase comes to, and how far from the best it can be, in tens.

    Parameters
    ----------
    phases
        ``objective``, ``bound`` and ``gap``; perhaps ``new_demand``, ``alone``, ``regret``.
    comes_to
        What the objective counts; only people are told in tens.  A percentage of them is
        withheld.

    Returns
    -------
    A copy with NaN where a count, or the people between the set and its bound, are few.

    Examples
    --------
    >>> phases = pd.DataFrame({"objective": [812.4, 812.4], "bound": [812.4, 816.0],
    ...                        "gap": [0.0, 0.0044]})
    >>> coarse_phases(phases, "people in need newly reached").to_numpy().tolist()
    [[810.0, 810.0, 0.0], [810.0, nan, nan]]
    """
    told = phases.copy()
    amounts = [one for one in ("objective", "bound", "gap", "regret") if one in told]
    hidden = pd.Series(False, index=told.index)
    if "new_demand" in told:
        hidden = _small(told["new_demand"].astype(float))
    if comes_to.startswith("%"):
        hidden |= True
    elif comes_to.startswith("people"):
        exact = phases["objective"].astype(float).round(6)
        more = (phases["bound"].astype(float) - exact).round(6)
        told["objective"] = _tens(exact)
        told["bound"] = told["objective"] + _tens(more)
        told["gap"] = (_tens(more) / told["objective"].where(exact != 0)).mask(phases["gap"].isna())
        hidden |= _small(exact)
        if {"alone", "regret"} <= set(phases.columns):
            alone = phases["alone"].astype(float)
            lost = _tens((phases["regret"].astype(float) * alone).round(6))
            told["regret"] = (lost / _tens(alone).where(alone != 0)).mask(phases["regret"].isna())
            told.loc[(alone == 0) & phases["regret"].notna(), "regret"] = 0.0
            told["alone"] = _tens(alone)
    for name in amounts:
        told[name] = told[name].astype(float).mask(hidden)
    return told


def _small(counts: pd.Series) -> pd.Series:
    return (counts.abs() > 0) & (counts.abs() < SMALLEST)


def _tens(counts: pd.Series) -> pd.Series:
    """Withhold small counts, and tell the others in tens."""
    return SMALLEST * (counts.mask(_small(counts)) / SMALLEST).round()
