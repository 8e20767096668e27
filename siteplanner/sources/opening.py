"""What is open at a time of the week, what is closed, and what nobody knows."""

from __future__ import annotations

from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siteplanner.model.moment import Moment
from siteplanner.sources.hours import judged

OPEN = "@open"
"""Column of a study's table, where the study is looked at at a time: what counts as open then."""
STATE = "@state"
"""Beside it: ``open``, ``closed`` or ``unknown``."""
STATES = ("open", "closed", "unknown")
_SURE = 1e-9
Table = TypeVar("Table", pd.DataFrame, gpd.GeoDataFrame)


def states(texts: pd.Series, moment: Moment) -> pd.DataFrame:
    """Tell what is open at a time of the week.

    Parameters
    ----------
    texts
        Opening hours as text; missing where unknown.
    moment
        The time, and for what share of it a place has to be open.

    Returns
    -------
    On the index of ``texts``: ``state`` (``open``, ``closed`` or ``unknown``) and
    ``open_share``, 0..1 of the time, NaN where a part of it is unknown.  Where what is known
    settles the state, it is not unknown: half a morning that is closed for sure is no morning.

    Examples
    --------
    >>> texts = pd.Series(["Mo-Sa 08:00-13:00", "Mo-Fr 08:00-17:00", "on demand", None])
    >>> states(texts, Moment(time="Sa 09:00-12:00"))["state"].tolist()
    ['open', 'closed', 'unknown', 'unknown']
    """
    asked = list(moment.half_hours)
    codes, names = pd.factorize(texts)
    share, doubt = np.zeros(len(names) + 1), np.ones(len(names) + 1)  # the last: missing
    for number, name in enumerate(names):
        found = judged(str(name))
        if found is not None:
            is_open, known = (one[asked] for one in found)
            share[number] = (is_open & known).mean()
            doubt[number] = 1 - known.mean()
    least = moment.open_share - _SURE
    state = np.where(share >= least, "open", np.where(share + doubt < least, "closed", "unknown"))
    shown = np.where(doubt > 0, np.nan, share)
    return pd.DataFrame({"state": state[codes], "open_share": shown[codes]}, index=texts.index)


def counts_as_open(state: pd.Series, moment: Moment) -> NDArray[np.bool_]:
    """Tell what counts as open, where the moment says what unknown hours count as.

    Examples
    --------
    >>> state = pd.Series(["open", "closed", "unknown"])
    >>> counts_as_open(state, Moment(time="Sa 09:00-12:00")).tolist()
    [True, False, False]
    """
    counted = ("open", "unknown") if moment.hours_unknown == "open" else ("open",)
    return state.isin(counted).to_numpy(dtype=bool)


def opened(table: Table) -> Table:
    """Give the rows that count as open; all of them where nobody asks for a time.

    Examples
    --------
    >>> opened(pd.DataFrame({"a": [1, 2], OPEN: [True, False]})).columns.tolist()
    ['a']
    """
    if OPEN not in table:
        return table
    return table[table[OPEN].to_numpy(dtype=bool)].drop(columns=[OPEN, STATE], errors="ignore")


def shut(table: Table) -> Table:
    """Give the rows that count as closed; none of them where nobody asks for a time.

    Examples
    --------
    >>> shut(pd.DataFrame({"a": [1, 2], OPEN: [True, False]}))["a"].tolist()
    [2]
    >>> len(shut(pd.DataFrame({"a": [1, 2]})))
    0
    """
    if OPEN not in table:
        return table.iloc[:0]
    return table[~table[OPEN].to_numpy(dtype=bool)]
