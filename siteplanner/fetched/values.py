"""What a database gives, as plain numbers and words."""

from __future__ import annotations

import datetime
import decimal
import json

import pandas as pd


def plain(column: pd.Series) -> pd.Series:
    """Make a column of plain numbers, booleans or text of what a database gives.

    Parameters
    ----------
    column
        Python objects; None is unknown.

    Returns
    -------
    Whole numbers and booleans stay what they are where every row has one; decimals become
    floats, dates ISO 8601, everything else text.

    Examples
    --------
    >>> plain(pd.Series([decimal.Decimal("1.5"), None], dtype=object)).tolist()
    [1.5, nan]
    >>> plain(pd.Series([1, 2], dtype=object)).dtype.name
    'int64'
    >>> plain(pd.Series([datetime.date(2020, 1, 2), ["a"]], dtype=object)).tolist()
    ['2020-01-02', '["a"]']
    """
    known = column.dropna()
    kinds = {type(one) for one in known}
    if kinds == {bool} or kinds == {int}:
        whole = len(known) == len(column)
        fits = kinds == {bool} or known.map(lambda one: abs(one) < 2**63).all()
        if whole and fits:
            return column.astype("bool" if kinds == {bool} else "int64")
    if kinds and kinds <= {int, float, decimal.Decimal}:
        return column.astype("float64")
    return column.map(_word, na_action="ignore").astype("str")


def _word(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
