"""Numbers out of text, whichever way the planner's computer wrote them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

_UNKNOWN = frozenset(
    "- -- – — . .. na n/a n.a. #n/a <na> nan null none nil unknown s/d sd".split()  # noqa: SIM905
) | {"", "sin dato", "sem dados"}
_SPACES = r"[\s\u00a0\u2007\u202f']"
_DOT = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"  # 1,234.5
_COMMA = r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?"  # 1.234,5


@dataclass(frozen=True)
class Numbers:
    """A column read as numbers.

    Parameters
    ----------
    number
        float64 on the index of the column; NaN where there is no number.
    unreadable
        The cells that hold something else than a number or a word for *unknown*.
    decimal
        ``","`` where the column writes 1.234,5; else ``"."``.
    ambiguous
        Cells like ``1,234``, if the column does not show what its comma means.
    unsaid
        The cells that hold a word or sign for *unknown*: ``n/a``, ``-``.
    """

    number: pd.Series
    unreadable: pd.Series
    decimal: str
    ambiguous: pd.Series
    unsaid: pd.Series


def to_numbers(column: pd.Series) -> Numbers:
    """Read a column as numbers, with a decimal comma where the column shows one.

    Parameters
    ----------
    column
        Numbers, text, or a mixture, as a workbook has it.

    Returns
    -------
    The numbers, and what could not be read.

    Examples
    --------
    >>> to_numbers(pd.Series(["1.234,5", "7", "n/a"])).number.tolist()
    [1234.5, 7.0, nan]
    >>> to_numbers(pd.Series(["1,234.5", "7", "many"])).unreadable.tolist()
    ['many']
    >>> to_numbers(pd.Series(["1,234", "7"])).ambiguous.tolist()
    ['1,234']
    """
    nothing = column[:0]
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        unknown = pd.Series(np.nan, index=column.index, dtype="float64")
        return Numbers(unknown, column[column.notna()], ".", nothing, nothing)
    if pd.api.types.is_numeric_dtype(column.dtype):
        values = pd.Series(column.to_numpy(dtype="float64", na_value=np.nan), index=column.index)
        infinite = np.isinf(values)
        return Numbers(values.mask(infinite), column[infinite], ".", nothing, nothing)
    values = _plain(column)
    rest = column[values.isna() & column.notna()]
    unsaid = nothing
    if len(rest):
        words = rest.astype(str).str.strip().str.lower()
        unsaid = rest[words.isin(_UNKNOWN - {""})]
        rest = rest[~words.isin(_UNKNOWN)]
    if rest.empty:
        return Numbers(values, nothing, ".", nothing, unsaid)
    text = _only_text(column)
    bare = text.astype(str).str.replace(_SPACES, "", regex=True)
    decimal, ambiguous = _decimal_of(bare)
    if ambiguous.any():
        return Numbers(values, nothing, ".", text[ambiguous], unsaid)
    parsed = _parsed(bare, decimal)
    values = values.copy()
    values[text.index] = parsed.where(parsed.notna(), values[text.index])
    return Numbers(values, rest[values[rest.index].isna()], decimal, nothing, unsaid)


def _plain(column: pd.Series) -> pd.Series:
    """Read what needs no thought; NaN for the rest."""
    values = pd.to_numeric(column, errors="coerce")
    values = pd.Series(values.to_numpy(dtype="float64", na_value=np.nan), index=column.index)
    return values.mask(np.isinf(values))


def _only_text(column: pd.Series) -> pd.Series:
    """Leave out what a workbook already holds as a number, and what is missing."""
    if column.dtype == object:
        return column[[isinstance(cell, str) for cell in column]]
    return column[column.notna()]


def _decimal_of(bare: pd.Series) -> tuple[str, pd.Series]:
    """Tell ``.`` from ``,`` by the cells that allow one reading only."""
    dot, comma = bare.str.fullmatch(_DOT), bare.str.fullmatch(_COMMA)
    only_dot, only_comma = int((dot & ~comma).sum()), int((comma & ~dot).sum())
    either = dot & comma & bare.str.contains(",", regex=False)
    if only_comma > only_dot:
        return ",", either & False
    if only_dot:
        return ".", either & False
    return ".", either


def _parsed(bare: pd.Series, decimal: str) -> pd.Series:
    fits = bare.str.fullmatch(_COMMA if decimal == "," else _DOT)
    thousands = "." if decimal == "," else ","
    bare = bare.str.replace(thousands, "", regex=False).str.replace(decimal, ".", regex=False)
    return pd.to_numeric(bare.where(fits), errors="coerce").astype("float64")
