"""From the columns of a file to the columns a layer declares."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from siteplanner.model import Column
from siteplanner.sources.credibility import credible
from siteplanner.sources.hours import weeks
from siteplanner.sources.ledger import Ledger, listed, offer
from siteplanner.sources.numerals import Numbers, to_numbers
from siteplanner.sources.weekly import UNREAD, week_texts

_TAKEN = ("geometry", "label")
HOURS = "hours"
"""Column of a table whose layer names ``hours``: the text as it is in the file."""
INSIDE = "@inside"
"""Column of a table whose layer has ``[inside]``: the area that a row names."""


def check_columns(ledger: Ledger, names: list[str]) -> None:
    """See that every column the layer names is in the file.

    Parameters
    ----------
    ledger
        Of the layer.
    names
        The file's columns.

    Raises
    ------
    InputError
        With the nearest name of every column that is not there.
    """
    for key, wanted in wanted_columns(ledger):
        if wanted not in names:
            ledger.in_toml(key, f"{ledger.file} has no column '{wanted}'", offer(wanted, names))
    for name in (*_TAKEN, HOURS) if ledger.layer.hours else _TAKEN:
        if name in ledger.layer.columns:
            todo = 'give it another name and keep from = "…"'
            ledger.in_toml(f"columns.{name}", f"'{name}' is a name siteplanner uses itself", todo)
    ledger.stop_if_wrong()


def wanted_columns(ledger: Ledger) -> Iterator[tuple[str, str]]:
    """Give (key of the TOML, column of the file) for every column the layer names."""
    layer = ledger.layer
    if layer.id is not None:
        yield "id", layer.id
    if layer.label is not None:
        yield "label", layer.label
    if isinstance(layer.hours, str):
        yield "hours", layer.hours
    elif layer.hours is not None:
        for days, name in layer.hours.items():
            yield f"hours.{days}", name
    if layer.wkt is not None:
        yield "wkt", layer.wkt
    for name in layer.coordinates or ():
        yield "coordinates", name
    if layer.join is not None:
        yield "join.key", layer.join.key
    if layer.inside is not None:
        yield "inside.column", layer.inside.column
    for name, column in layer.columns.items():
        yield f"columns.{name}", column.source or name
        if column.floors is not None:
            yield f"columns.{name}.floors", column.floors


def declared(ledger: Ledger, table: pd.DataFrame) -> pd.DataFrame:
    """Take the declared columns, under their names and as what they are.

    Parameters
    ----------
    ledger
        Of the layer.
    table
        The columns of the file.

    Returns
    -------
    On the index of ``table``: counts, rates and values as float64 (NaN unknown), categories
    as text (missing where unknown), ``label``, where the layer names a label or an id, and
    ``hours``, where it names them (text, missing where unknown).

    Raises
    ------
    InputError
        If nothing is known in a column, its numbers can be read in two ways, or a rate is
        not one.
    """
    found = {
        name: _one(ledger, name, column, table[column.source or name])
        for name, column in ledger.layer.columns.items()
    }
    ledger.stop_if_wrong()
    _remark_empty(ledger, table)
    label = ledger.layer.label or ledger.layer.id
    if label is not None:
        found["label"] = as_text(table[label]).fillna("")
    if ledger.layer.hours is not None:
        found[HOURS] = _hours(ledger, table, ledger.layer.hours)
    if ledger.layer.inside is not None:
        found[INSIDE] = as_text(table[ledger.layer.inside.column])
    return pd.DataFrame(found, index=table.index)


def as_text(column: pd.Series) -> pd.Series:
    """Write a column as text that keeps what it says; missing and blank cells are missing.

    Examples
    --------
    >>> as_text(pd.Series([16.0, None])).tolist()
    ['16', nan]
    >>> as_text(pd.Series(["016", " "])).tolist()
    ['016', nan]
    """
    known = column.notna()
    if pd.api.types.is_float_dtype(column.dtype) or column.dtype == object:
        text = column[known].map(_word)
    else:
        text = column[known].astype(str)
    text = text[text.str.strip() != ""] if len(text) else text
    empty = pd.Series(float("nan"), index=column.index, dtype=object)
    empty[text.index] = text.astype(object)
    return empty.astype("str") if pd.__version__ >= "3" else empty


def _word(cell: object) -> str:
    whole = isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15
    return str(int(cell)) if whole else str(cell)  # type: ignore[call-overload]


def _one(ledger: Ledger, name: str, column: Column, cells: pd.Series) -> pd.Series:
    if column.kind == "category":
        words = as_text(cells)
        if len(words) and words.isna().all():
            todo = "name another column, or leave it out"
            ledger.in_file(str(cells.name), f"the column for '{name}' is empty", todo)
        return words
    read = to_numbers(cells)
    values = read.number
    if len(read.ambiguous):
        shown = str(read.ambiguous.iloc[0])
        plain = shown.replace(",", "")
        found = f"'{shown}' can mean {plain} or {shown.replace(',', '.')}"
        ledger.in_file(str(cells.name), found, "write the numbers without thousands separators")
        return values
    if len(values) and values.isna().all():
        words = pd.concat([read.unreadable, read.unsaid]).drop_duplicates()
        what = f"such as {listed(words)}" if len(words) else "every cell is empty"
        found = f"the column for '{name}' holds no number, {what}"
        ledger.in_file(str(cells.name), found, 'name another column, or write kind = "category"')
        return values
    _remark(ledger, name, cells, read)
    return credible(ledger, name, column, cells, read)


def _remark(ledger: Ledger, name: str, cells: pd.Series, read: Numbers) -> None:
    """Count the cells that hold no number."""
    total = len(cells)
    if read.decimal == ",":
        ledger.remark(f"'{name}' is read with a decimal comma (1.234,5)")
    reason = f"'{name}' is not a number there and counts as unknown"
    ledger.notice("flagged", len(read.unreadable), total, reason, read.unreadable.unique())
    reason = f"'{name}' has a word or sign for unknown there"
    ledger.notice("flagged", len(read.unsaid), total, reason, read.unsaid.unique())


def _hours(ledger: Ledger, table: pd.DataFrame, named: str | dict[str, str]) -> pd.Series:
    """Give the opening hours of each row as one text; missing where nothing is said."""
    closed, total = ledger.layer.hours_empty == "closed", len(table)
    if isinstance(named, str):
        texts = as_text(table[named])
        if closed:
            reason = "they give no hours: closed, as hours_empty says"
            ledger.notice("flagged", int(texts.isna().sum()), total, reason)
            texts = texts.fillna("off")
        _remark_hours(ledger, texts)
        return texts
    cells = {days: as_text(table[name]) for days, name in named.items()}
    texts, empty = week_texts(cells, empty_is_closed=closed)
    unread = texts[texts.str.contains(UNREAD, regex=False, na=False)]
    reason = "hours of some days cannot be read: when they are open then is unknown"
    ledger.notice("flagged", len(unread), total, reason, unread.value_counts().index)
    missing = int(texts.isna().sum())
    ledger.notice("flagged", missing, total, "they give no hours: unknown, not closed")
    for days, count in empty.items():
        said = "closed, as hours_empty says" if closed else "unknown, not closed"
        ledger.notice("flagged", count, total, f"'{named[days]}' is empty: on {days} {said}")
    return as_text(texts)


def _remark_hours(ledger: Ledger, texts: pd.Series) -> None:
    """Count the rows whose hours say nothing about a week: unknown, not closed."""
    _, known = weeks(texts)
    unread = texts[~known & texts.notna().to_numpy()]
    reason = "their hours cannot be read as those of a week: when they are open is unknown"
    ledger.notice("flagged", len(unread), len(texts), reason, unread.value_counts().index)
    missing = int(texts.isna().sum())
    ledger.notice("flagged", missing, len(texts), "they give no hours: unknown, not closed")


def _remark_empty(ledger: Ledger, table: pd.DataFrame) -> None:
    """Count the rows whose counts are empty; columns that are empty together are said at once."""
    alike: dict[bytes, list[str]] = {}
    for name, column in ledger.layer.columns.items():
        if column.kind == "count":
            cells = table[column.source or name]
            empty = cells.isna()
            if not pd.api.types.is_numeric_dtype(cells.dtype):
                empty |= cells.astype(str).str.strip() == ""
            alike.setdefault(empty.to_numpy(dtype=bool).tobytes(), []).append(name)
    for mask, names in alike.items():
        rows = table.index[np.frombuffer(mask, dtype=bool)]
        what = f"{listed(names, len(names))} {'is' if len(names) == 1 else 'are'} empty there"
        shown = (f"row {row + 1}" for row in rows)
        ledger.notice("flagged", len(rows), len(table), f"{what}: unknown, not zero", shown)
