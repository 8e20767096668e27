"""Numbers that can be read but cannot be meant: thousands, percent, totals, less than none."""

from __future__ import annotations

import re

import pandas as pd

from siteplanner.model import Column, Layer
from siteplanner.sources.ledger import Ledger, listed
from siteplanner.sources.numerals import Numbers

_PERCENT = re.compile(r"\s*(%|percent\w*)", re.IGNORECASE)
_THOUSANDS = r"[+-]?[1-9]\d{0,2}\.\d{3}"
_ROUNDING = 0.005
"""How far a rate may lie beyond 0 and 1, and a total off the sum of the others."""
_ENOUGH = 10
"""Rows with somebody in them from which on one row should not hold a third."""
_ENOUGH_WITH_WORD = 4
"""The same where the row is called a total."""


def credible(
    ledger: Ledger, name: str, column: Column, cells: pd.Series, read: Numbers
) -> pd.Series:
    """Hold the numbers of a column against what its kind allows.

    Parameters
    ----------
    ledger
        Of the layer.
    name
        Declared name of the column.
    column
        What the planner wrote about it.
    cells
        The column as the file has it.
    read
        Its numbers.

    Returns
    -------
    The numbers.  A negative count is unknown, a rate in percent is divided by 100.  What
    cannot be mended is a problem in the ledger.
    """
    if column.kind == "count":
        return _count(ledger, name, cells, read)
    if column.kind == "rate":
        return _rate(ledger, name, column, read.number)
    return read.number


def in_shares(layer: Layer) -> Layer:
    """Give a layer's columns the units that their numbers have once read.

    Examples
    --------
    >>> poor = Column(kind="rate", unit="% of homes")
    >>> layer = Layer(name="a", title="A", source="a.csv", kind="points", columns={"poor": poor})
    >>> in_shares(layer).columns["poor"].unit
    'share of homes'
    """
    columns = {
        name: column.model_copy(update={"unit": _PERCENT.sub("share", column.unit, count=1)})
        if _in_percent(column)
        else column
        for name, column in layer.columns.items()
    }
    return layer.model_copy(update={"columns": columns})


def check_totals(ledger: Ledger, table: pd.DataFrame, names: pd.Series | None) -> None:
    """Look for a row that holds the sum of the others, and would double the city.

    Parameters
    ----------
    ledger
        Of the layer; a row with a third of all is flagged there.
    table
        The declared columns of the rows that stay.
    names
        What a row is called, on the same index; None to call it by its place in the file.

    Raises
    ------
    InputError
        If a row holds as much as all others together, within 0.5 %.
    """
    doubled: dict[str, list[str]] = {}
    counts = [name for name, one in ledger.layer.columns.items() if one.kind == "count"]
    for name in counts:
        known = table[name][table[name] > 0]
        if len(known) < _ENOUGH_WITH_WORD:
            continue
        place = int(known.argmax())
        most, rest = known.iloc[place], known.sum() - known.iloc[place]
        row = known.index[place]
        called = f"row {row + 1}" if names is None else f"row {listed([names[row]])}"
        enough = _ENOUGH_WITH_WORD if "total" in called.casefold() else _ENOUGH
        if len(known) < enough:
            continue
        if abs(most - rest) <= _ROUNDING * rest:
            doubled.setdefault(called, []).append(name)
        elif most * 3 >= most + rest:
            reason = f"{called} alone holds {most / (most + rest):.0%} of '{name}'"
            ledger.notice("flagged", 1, len(table), reason.replace("%", " %"))
    for called, columns in doubled.items():
        what = ", ".join(columns)
        found = f"{called} alone holds as many {what} as all others together: a total row"
        ledger.in_file("", found, "delete it")
    ledger.stop_if_wrong()


def _count(ledger: Ledger, name: str, cells: pd.Series, read: Numbers) -> pd.Series:
    values = read.number
    unclear = _perhaps_thousands(cells[values.notna()]) if read.decimal == "." else cells[:0]
    if len(unclear):
        shown = str(unclear.iloc[0]).strip()
        found = f"'{shown}' can mean {shown.replace('.', '')} or {shown}"
        todo = "write the numbers without thousands separators"
        ledger.in_file(str(cells.name), found, f"{todo}, or decimals as {shown}0")
        return values
    negative = values < 0
    shown_numbers = (f"{one:g}" for one in values[negative])
    reason = f"negative counts in '{name}', taken as unknown"
    ledger.notice("flagged", int(negative.sum()), len(values), reason, shown_numbers)
    if not (values >= 0).any():
        found = f"the count '{name}' has no number that is not negative"
        ledger.in_file(str(cells.name), found, 'name another column, or write kind = "value"')
    return values.mask(negative)


def _perhaps_thousands(cells: pd.Series) -> pd.Series:
    """Give the cells like ``1.234``, if no other cell shows that its point is a decimal one."""
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return cells[:0]
    text = cells[[isinstance(cell, str) and "." in cell for cell in cells]].astype(str).str.strip()
    return text if text.str.fullmatch(_THOUSANDS).all() else text[:0]


def _rate(ledger: Ledger, name: str, column: Column, values: pd.Series) -> pd.Series:
    low, high = values.min(), values.max()
    percent = _in_percent(column)
    if percent:
        known = int(values.notna().sum())
        reason = f"'{name}' is in percent ({low:g} to {high:g}) and divided by 100"
        ledger.notice("mended", known, len(values), reason)
        values = values / 100
    if values.min() >= -_ROUNDING and values.max() <= 1 + _ROUNDING:
        return values
    unit, whole = (" %", 100) if percent else ("", 1)
    found = f"values from {low:g} to {high:g}{unit} in a rate, which is 0 to {whole}{unit}"
    todo = 'write unit = "%" if they are percent, or kind = "value"'
    if values.min() < -_ROUNDING:
        todo = 'empty the cells if that means unknown, or write kind = "value"'
    elif percent:
        todo = 'mend the numbers, or write kind = "value"'
    ledger.in_toml(f"columns.{name}", found, todo)
    return values


def _in_percent(column: Column) -> bool:
    return column.kind == "rate" and _PERCENT.match(column.unit) is not None
