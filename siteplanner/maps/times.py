"""Times of the week in words that a page can say in any language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from siteplanner.model.moment import AFTER_DARK, parts_of

Said = str | dict[str, Any]
DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
"""Days as messages call them: ``day.mo``."""


def time_words(title: str) -> Said:
    """Give the title of a moment as a message of the page, made of others.

    Parameters
    ----------
    title
        As `siteplanner.model.Moment.title` writes it.

    Returns
    -------
    ``{"t": key, …}``; the text itself where it is no time of the week.

    Examples
    --------
    >>> time_words("Sa 09:00-12:00")
    {'t': 'time.hours', 'days': {'t': 'day.sa'}, 'hours': '09:00–12:00'}
    >>> time_words("noon")
    'noon'
    """
    time = title.removesuffix(f", {AFTER_DARK}")
    try:
        parts = parts_of(time)
    except ValueError:
        return title
    said = _listed([_part(days, spans) for days, spans in parts])
    return said if time == title else {"t": "time.dark", "time": said}


def _part(days: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> Said:
    hours = ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in spans)
    return {"t": "time.hours", "days": _listed([_range(*one) for one in days]), "hours": hours}


def _range(first: int, last: int) -> Said:
    start, end = ({"t": f"day.{code}"} for code in (DAYS[first], DAYS[last]))
    return start if first == last else {"t": "time.range", "first": start, "last": end}


def _listed(words: Sequence[Said]) -> Said:
    said = words[0]
    for one in words[1:]:
        said = {"t": "time.list", "first": said, "last": one}
    return said


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
