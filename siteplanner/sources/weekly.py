"""Opening hours from a weekly table: a column for each day, or for several."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import pandas as pd
from opening_hours import validate

from siteplanner.model.moment import CODES, parts_of
from siteplanner.sources.hours import as_osm, judged

CLOSED = frozenset({"closed", "off", "cerrado", "cerrada", "fechado", "fechada", "休息", "关闭"})
"""Words of a cell that is closed all day."""
_CLOCKS = re.compile(r"\d\d:\d\d-\d\d:\d\d(?:,\d\d:\d\d-\d\d:\d\d)*")
"""Hours from 00:00 to 24:00; what is written otherwise may be of the afternoon."""
UNREAD = ' unknown "'
"""Stands before what a cell says that nobody can read."""
LONGEST = 60
"""Characters that are kept of such a cell."""
_QUOTES = frozenset("\"'\\")
ANY_DAY = "lunes"
"""A day that stands in while the hours of a cell are read."""


def week_texts(
    cells: Mapping[str, pd.Series], *, empty_is_closed: bool
) -> tuple[pd.Series, dict[str, int]]:
    """Write the cells of a weekly table as the opening hours of OpenStreetMap.

    Parameters
    ----------
    cells
        By day or days (``Mo``, ``Mo-Fr``): hours as text, missing where the cell is empty.
    empty_is_closed
        Whether an empty cell, and a day without a column, is closed; else it is unknown.

    Returns
    -------
    One text a row; missing where every cell is empty and that is unknown.  And, by day or
    days, how many cells are empty, among the rows that have any hours.

    Examples
    --------
    >>> cells = {"Mo-Fr": pd.Series(["8h a 12h", None]), "Sa": pd.Series([None, None])}
    >>> texts, empty = week_texts(cells, empty_is_closed=False)
    >>> texts.tolist()
    ['Mo-Fr 08:00-12:00; Sa unknown; Su unknown', nan]
    >>> week_texts(cells, empty_is_closed=True)[0].tolist()[1]
    'Mo-Fr off; Sa off; Su off'
    """
    table = pd.DataFrame(dict(cells))
    word = "off" if empty_is_closed else "unknown"
    parts = [
        (table[days].map(lambda cell, days=days: _rule(days, cell), na_action="ignore"), days)
        for days in table
    ]
    written = [part.astype(object).where(part.notna(), f"{days} {word}") for part, days in parts]
    for day in _days_left(table.columns):
        written.append(pd.Series(f"{day} {word}", index=table.index, dtype=object))
    rows = ["; ".join(row) for row in zip(*written, strict=True)]
    texts = pd.Series(rows, index=table.index, dtype=object)
    some = table.notna().any(axis=1)
    empty = {str(days): int((table[days].isna() & some).sum()) for days in table}
    return texts if empty_is_closed else texts.where(some, float("nan")), empty


def _days_left(keys: pd.Index) -> list[str]:
    """Give the days that no column is about."""
    told: set[int] = set()
    for key in keys:
        ((ranges, _),) = parts_of(f"{key} 00:00-24:00")
        for first, last in ranges:
            told |= {(first + step) % 7 for step in range((last - first) % 7 + 1)}
    return [code for number, code in enumerate(CODES) if number not in told]


@lru_cache(maxsize=4096)
def _rule(days: str, cell: str) -> str:
    """Write one cell as a rule; a cell that nobody can read is unknown, with what it says."""
    text = " ".join(cell.split())
    if text.casefold().strip(".") in CLOSED:
        return f"{days} off"
    plain = re.sub(r"\s*([-–,])\s*", r"\1", text).replace("–", "-")
    if _CLOCKS.fullmatch(plain) and validate(f"{days} {plain}"):
        return f"{days} {plain}"
    read = as_osm(f"{ANY_DAY} {text}")
    if read == "24/7" or (read is not None and ";" not in read and read.startswith("Mo ")):
        return f"{days} {read.removeprefix('Mo ')}" if read != "24/7" else f"{days} 00:00-24:00"
    said = "".join(one if one.isprintable() and one not in _QUOTES else "·" for one in text)
    rule = f'{days}{UNREAD}{said[:LONGEST]}"'
    return rule if validate(rule) and judged(rule) is not None else f'{days}{UNREAD}?"'
