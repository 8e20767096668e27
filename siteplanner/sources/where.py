"""The rows of a table that a scenario's ``where`` asks for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

_Values = TypeVar("_Values")


def select(table: gpd.GeoDataFrame, where: Mapping[str, Iterable[object]]) -> gpd.GeoDataFrame:
    """Keep the rows whose columns have one of the listed values.

    Numbers are compared as numbers, words as words: ``3`` and ``"3"`` both find ``3.0`` in
    a column of numbers and ``"3"`` in a column of words.  ``true`` finds a true value, and
    the words ``true`` and ``True``.

    Parameters
    ----------
    table
        A layer's rows; it stays as it is.
    where
        Column to the values that are kept.  A row has to satisfy every column; an unknown
        value (NaN) satisfies none.  Empty keeps all rows.

    Returns
    -------
    The rows that remain, in their order and with their index.

    Raises
    ------
    KeyError
        If the table has no such column.

    Examples
    --------
    >>> from shapely import Point
    >>> table = gpd.GeoDataFrame(
    ...     {"use": ["school", "park", None], "floors": [1.0, 2.0, 2.0]},
    ...     index=["a", "b", "c"], geometry=[Point(0, 0)] * 3)
    >>> list(select(table, {"use": ["school", "park"], "floors": [2]}).index)
    ['b']
    >>> len(select(table, {}))
    3
    """  # fmt: skip
    keep = np.ones(len(table), dtype=bool)
    for column, allowed in where.items():
        keep &= _is_one_of(table[column], allowed)
    return table[keep]


def of_layer(where: Mapping[str, _Values], layer: str, layers: Iterable[str]) -> dict[str, _Values]:
    """Give what is asked of one of several layers.

    A column asks all of them, ``layer.column`` that layer only.

    Examples
    --------
    >>> where = {"lots.owner": ["public"], "marks.says": ["needed"], "year": [2024]}
    >>> of_layer(where, "marks", ["lots", "marks"])
    {'says': ['needed'], 'year': [2024]}
    """
    found, layers = dict[str, _Values](), set(layers)
    for key, values in where.items():
        name, dot, column = key.partition(".")
        if not dot or name not in layers:
            found[key] = values
        elif name == layer:
            found[column] = values
    return found


def unmatched(
    table: gpd.GeoDataFrame, where: Mapping[str, Iterable[object]]
) -> list[tuple[str, object, tuple[str, ...]]]:
    """Find the wanted values that no row has: most often a misspelt word.

    Parameters
    ----------
    table
        A layer's rows.
    where
        As for `select`.

    Returns
    -------
    For each such value, in the order of ``where``: its column, the value, and up to three
    values of the column that are spelt much like it, the nearest first; none where nothing
    is near.

    Raises
    ------
    KeyError
        If the table has no such column.

    Examples
    --------
    >>> from shapely import Point
    >>> table = gpd.GeoDataFrame({"uso": ["escola", "parque"]}, geometry=[Point(0, 0)] * 2)
    >>> unmatched(table, {"uso": ["Escola", "parque", "xyz"]})
    [('uso', 'Escola', ('escola',)), ('uso', 'xyz', ())]
    """
    return [
        (column, value, _nearest(table[column], value))
        for column, allowed in where.items()
        for value in allowed
        if not _is_one_of(table[column], [value]).any()
    ]


def _nearest(column: pd.Series, value: object) -> tuple[str, ...]:
    """Give the values spelt most like one; capitals and spaces at the ends do not matter."""
    known = [word for one in column.dropna().unique() if (word := _words(one)[-1]).strip()]
    folded: dict[str, list[str]] = {}
    for word in sorted(known):
        folded.setdefault(word.strip().casefold(), []).append(word)
    wanted = _words(value)[-1].strip().casefold()
    close = difflib.get_close_matches(wanted, folded, n=3, cutoff=0.6)
    return tuple(word for one in close for word in folded[one])[:3]


def _is_one_of(column: pd.Series, allowed: Iterable[object]) -> NDArray[np.bool_]:
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        numbers = {number for value in allowed if (number := _number(value)) is not None}
        found = column.astype("float64").isin(numbers)
    else:
        words = {word for value in allowed for word in _words(value)}
        found = column.astype("object").map(str, na_action="ignore").isin(words)
    return (found & column.notna()).to_numpy(dtype=bool)


def _number(value: object) -> float | None:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, bool):
        return (str(value), str(value).lower())
    if isinstance(value, float) and value.is_integer():
        return (str(value), str(int(value)))
    return (str(value),)
