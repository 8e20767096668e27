"""Counts of people: their titles, and the tables of who gains, as numbers and names of words."""

from __future__ import annotations

from typing import Any

import pandas as pd

from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import SMALLEST, counts_people
from siteplanner.maps.times import time_words

COUNTS = {
    "people": "count.people", "people in need": "count.in_need", "demand": "count.in_need",
    "places": "count.places",
}  # fmt: skip
"""Counts that the page has a word for."""
PLAIN_UNITS = frozenset({"people", "persons", "residents", "inhabitants"})
"""Units that do not tell one group from another."""
TABLES = (
    "by_group", "by_phase", "by_decile", "by_minutes", "by_time", "fairness", "saved",
    "just_missed", "changed", "rings",
)  # fmt: skip
"""Tables that the page has a title for; the others are by a layer's areas."""
COLUMNS = frozenset(
    {"place", "group", "phase", "decile", "minutes", "total", "before", "after", "newly"}
    | {"left_out", "share_before", "share_after", "measure", "value_before", "value_after"}
    | {"minutes_each", "ring", "mean_need", "newly_outside", "walk", "nearest_closes"}
    | {"mean_minutes", "time", "open", "closed", "unknown", "people_perhaps"}
)
"""Columns that the page has a word for."""
PLACES = ("area", "around")
Said = str | dict[str, Any]
"""Text from data, or ``{"t": key}``: a message of the page."""


def outcome_tables(shown: Answer, *, whole: Answer) -> list[dict[str, Any]]:
    """Give the tables of outcomes, numbers raw.

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
    """Give a group like ``census.age_0_14`` in plain words.

    A group is called by its column's title, else by its unit where that says more than
    ``people``, else by the column's name.
    """
    layer, dot, last = name.partition(".")
    columns = answer.layers[layer].columns if layer in answer.layers else {}
    if not dot:
        return name
    if last in columns and columns[last].title:
        return columns[last].title
    unit = columns[last].unit if last in columns else ""
    words = last.replace("_", " ") if unit in ("", *PLAIN_UNITS) else unit
    return words[:1].upper() + words[1:]


def count_word(answer: Answer, name: str) -> Said:
    """Give a count column's title, as a message of the page where it is one of ours."""
    return {"t": COUNTS[name]} if name in COUNTS else count_title(answer, name)


def told(whole: pd.Series, shown: pd.Series) -> list[float | str | None]:
    """Give counts to one place, ``<10`` where one is withheld, None where unknown."""
    return [
        _withheld_mark("people", one, other) if pd.isna(other) else round(float(other), 1)
        for one, other in zip(whole, shown, strict=True)
    ]


def _outcome(name: str, table: pd.DataFrame, whole: pd.DataFrame, answer: Answer) -> dict[str, Any]:
    layer = name.removeprefix("by_")
    places = answer.layers[layer].title if layer in answer.layers else layer.replace("_", " ")
    flat, original = _flat(table), _flat(whole)
    head = [str(one) for one in flat.columns]
    keys = table.index.nlevels if "label" not in table.columns else 1
    rows = [
        [
            _label(head[at], value, answer) if at < keys else _cell(head[at], value, other)
            for at, (value, other) in enumerate(zip(row, row_whole, strict=True))
        ]
        for row, row_whole in zip(
            flat.itertuples(index=False, name=None),
            original.itertuples(index=False, name=None),
            strict=True,
        )
    ]
    return {
        "title": {"t": f"outcome.{name}"} if name in TABLES
        else {"t": "outcome.by_place", "place": places},
        "columns": [
            {
                "of": count_word(answer, one.rpartition(" ")[0]) if " " in one else "",
                "word": _column(one.rpartition(" ")[2]),
                "kind": _kind(one, flat[one], at < keys),
            }
            for at, one in enumerate(head)
        ],
        "rows": rows,
    }  # fmt: skip


def _kind(name: str, column: pd.Series, is_key: bool) -> str:
    """Say what a column holds: a ``label``, a ``share``, a ``count`` of people or a ``number``."""
    if is_key or not pd.api.types.is_numeric_dtype(column.dtype):
        return "label"
    if name.startswith("share"):
        return "share"
    return "count" if counts_people(name) else "number"


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """Put the index into columns; where rows have a label, people know them by that."""
    flat = table.reset_index()
    if "label" in table.columns:
        label = flat.pop("label").fillna("").astype(str)
        first = flat.columns[0]
        flat[first] = label.where(label != "", flat[first].astype(str))
        flat = flat.rename(columns={first: "place"})
    return flat


def _column(name: str) -> Said:
    if name in COLUMNS:
        return {"t": f"outcome.{name}"}
    return {"t": COUNTS[name]} if name in COUNTS else name.replace("_", " ")


def _label(column: str, index: Any, answer: Answer) -> Said | float:
    if not isinstance(index, str):
        return float(index) if isinstance(index, int | float) else str(index)
    if column == "place" and index in PLACES:
        return {"t": f"outcome.{index}"}
    if column == "measure":
        return {"t": f"measure.{index}"}
    if column == "ring":
        return {"t": f"ring.{index}"}
    if column == "walk":
        return {"t": f"walk.{index}"}
    if column == "time":
        return time_words(index)
    return count_word(answer, index) if column == "group" else index


def _cell(column: str, value: Any, original: Any) -> float | str | None:
    if pd.isna(value):
        return _withheld_mark(column, original, value)
    if isinstance(value, str | bool) or not isinstance(value, int | float):
        return str(value)
    return round(float(value), 0 if counts_people(column) else 3)


def _withheld_mark(column: str, original: Any, shown: Any) -> str | None:
    """Give ``<10`` for a small count, and other words for what would give one away."""
    if not pd.isna(shown) or pd.isna(original):
        return None
    small = counts_people(column) and 0 < original < SMALLEST
    return f"<{SMALLEST}" if small else "withheld"
