"""Counts of people in plain words: their titles, and the tables of who gains."""

from __future__ import annotations

from typing import Any

import pandas as pd

from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import SMALLEST, counts_people
from siteplanner.maps.classes import number_text

COUNTS = {
    "people": "People",
    "people in need": "People in need (weighed)",
    "demand": "People in need (weighed)",
}
PLAIN_UNITS = frozenset({"people", "persons", "residents", "inhabitants"})
"""Units that do not tell one group from another."""
TABLES = {
    "by_group": "Who gains, by group",
    "by_phase": "Who gains, by phase",
    "by_decile": "Who gains, by need: 1 is the tenth of people with most need",
    "by_minutes": "Within reach at different walking times",
}
HEADINGS = {
    "total": "all",
    "before": "reached today",
    "after": "reached with the plan",
    "newly": "newly reached",
    "left_out": "still left out",
    "share_before": "share reached today",
    "share_after": "share reached with the plan",
    "decile": "tenth",
}
PLACES = {"area": "In the area", "around": "Around it, within a walk"}


def outcome_tables(shown: Answer, *, whole: Answer) -> list[dict[str, Any]]:
    """Put the tables of outcomes into words.

    Parameters
    ----------
    shown
        The answer as its audience may have it.
    whole
        The whole answer, to tell a withheld number from an unknown one.
    """
    return [
        _outcome(name, table, whole.outcomes[name], shown) for name, table in shown.outcomes.items()
    ]


def count_title(answer: Answer, name: str) -> str:
    """Give a count column in plain words: ``people`` or a group like ``census.age_0_14``.

    A group is called by its column's title, else by its unit where that says more than
    ``people``, else by the column's name.
    """
    if name in COUNTS:
        return COUNTS[name]
    layer, dot, last = name.partition(".")
    columns = answer.layers[layer].columns if layer in answer.layers else {}
    if not dot:
        return name
    if last in columns and columns[last].title:
        return columns[last].title
    unit = columns[last].unit if last in columns else ""
    words = last.replace("_", " ") if unit in ("", *PLAIN_UNITS) else unit
    return words[:1].upper() + words[1:]


def told(whole: pd.Series, shown: pd.Series) -> list[float | str | None]:
    """Give counts to one place, ``<10`` where one is withheld, None where unknown."""
    return [
        _withheld_mark("people", one, other) if pd.isna(other) else round(float(other), 1)
        for one, other in zip(whole, shown, strict=True)
    ]


def _outcome(name: str, table: pd.DataFrame, whole: pd.DataFrame, answer: Answer) -> dict[str, Any]:
    layer = name.removeprefix("by_")
    title = TABLES.get(name) or "Who gains, by " + (
        answer.layers[layer].title if layer in answer.layers else layer.replace("_", " ")
    )
    flat, original = _flat(table), _flat(whole)
    head = [str(one) for one in flat.columns]
    keys = table.index.nlevels if "label" not in table.columns else 1
    rows = [
        [
            _label(value, answer) if at < keys else _text(head[at], value, other)
            for at, (value, other) in enumerate(zip(row, row_whole, strict=True))
        ]
        for row, row_whole in zip(
            flat.itertuples(index=False, name=None),
            original.itertuples(index=False, name=None),
            strict=True,
        )
    ]
    is_number = [pd.api.types.is_numeric_dtype(dtype) for dtype in flat.dtypes]
    return {
        "title": title,
        "columns": [_heading(one, answer) for one in head],
        "numbers": [at >= keys and one for at, one in enumerate(is_number)],
        "rows": rows,
    }


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """Put the index into columns; where rows have a label, people know them by that."""
    flat = table.reset_index()
    if "label" in table.columns:
        label = flat.pop("label").fillna("").astype(str)
        first = flat.columns[0]
        flat[first] = label.where(label != "", flat[first].astype(str))
        flat = flat.rename(columns={first: "place"})
    return flat


def _heading(name: str, answer: Answer) -> str:
    """Put a column's name into plain words: ``people left_out`` is ``People still left out``."""
    first, space, last = name.rpartition(" ")
    first = count_title(answer, first) if first else ""
    words = f"{first}{space}{HEADINGS.get(last, last.replace('_', ' '))}".strip()
    return words[:1].upper() + words[1:]


def _label(index: Any, answer: Answer) -> str:
    if isinstance(index, str):
        return PLACES.get(index) or count_title(answer, index)
    return number_text(index) if isinstance(index, int | float) else str(index)


def _text(column: str, value: Any, original: Any) -> str:
    if pd.isna(value):
        return _withheld_mark(column, original, value) or "not known"
    if isinstance(value, str | bool) or not isinstance(value, int | float):
        return str(value)
    if column.startswith("share"):
        return f"{100 * value:.1f} %"
    if counts_people(column):
        return f"{value:,.0f}"
    return number_text(float(value))


def _withheld_mark(column: str, original: Any, shown: Any) -> str | None:
    """Give ``<10`` for a small count, and other words for what would give one away."""
    if not pd.isna(shown) or pd.isna(original):
        return None
    small = counts_people(column) and 0 < original < SMALLEST
    return f"<{SMALLEST}" if small else "withheld"
