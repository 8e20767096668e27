"""Rows that sum up the others: "Total", or the name of the whole city."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from siteplanner.model import Layer

_ROUNDING = 0.005
"""How far a total may lie off the sum of the others."""
_ENOUGH = 10
"""Rows from which on one row should not hold as much as all others."""
_ENOUGH_WITH_WORD = 3
"""The same where the row is called a total."""
_WORD = re.compile(
    r"\b(sub)?tota(l|ls|les|is|le|ux|li)\b|\b(suma|soma|somme|sum|summe|gesamt|insgesamt)\b|合计|总计",
    re.IGNORECASE,
)


def total_rows(layer: Layer, table: pd.DataFrame, called: pd.DataFrame) -> pd.Index:
    """Find the row of a table that is the sum of all others.

    Parameters
    ----------
    layer
        Says which columns are counts.
    table
        Its declared columns.
    called
        Key and name of each row, as text, on the same index.

    Returns
    -------
    The rows, none or one, in which every known count is the sum of the others within 0.5 %.

    Examples
    --------
    >>> from siteplanner.model import Column
    >>> layer = Layer(name="a", title="A", source="a.csv", kind="table",
    ...               columns={"people": Column(kind="count")})
    >>> table = pd.DataFrame({"people": [1.0, 2.0, 3.0, 6.0]})
    >>> called = pd.DataFrame({"key": ["n", "s", "e", "Total"]})
    >>> total_rows(layer, table, called).tolist()
    [3]
    >>> total_rows(layer, table, called.replace("Total", "w")).tolist()  # may be a place
    []
    """
    counts = [name for name, one in layer.columns.items() if one.kind == "count"]
    found: set[object] = set()
    for name in counts:
        known = table[name][table[name] > 0]
        if len(known) <= _ENOUGH_WITH_WORD:
            continue
        place = int(known.argmax())
        rest = known.sum() - known.iloc[place]
        if abs(known.iloc[place] - rest) > _ROUNDING * rest:
            if known.index[place] in found or not found:
                return table.index[:0]
            continue
        found.add(known.index[place])
    if len(found) != 1:
        return table.index[:0]
    row = next(iter(found))
    words = called[called.index == row].to_numpy().ravel()
    is_called = any(_WORD.search(one) for one in words if isinstance(one, str))
    others = int(np.isfinite(table[counts]).any(axis=1).sum()) - 1
    if not is_called and others < _ENOUGH:
        return table.index[:0]
    return pd.Index([row])
