"""Opening hours: from the words of a file to the half hours of a week.

Read are OpenStreetMap's ``opening_hours`` and plain Spanish, Portuguese or English, as
authorities write it: ``Lunes a viernes de 8:00 am a 4:30 pm``, ``Segunda a sexta, das 8h às
17h``.  A text is read whole or not at all: hours by appointment, once a month or on days that
it does not name are unknown, and unknown is not closed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from opening_hours import OpeningHours, State, validate

HALF_HOURS = 336
"""Of a week, from Monday midnight."""
WEEKS = 52
FIRST = datetime(2024, 1, 1)
"""A Monday; public holidays are not known and count as any other day."""

Hours = NDArray[np.bool_]

_CODES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_DAYS = {
    "Mo": "lunes lun segundas? seg mondays?",
    "Tu": "martes mar tercas? ter tuesdays?",
    "We": "miercoles mie mier quartas? qua wednesdays?",
    "Th": "jueves jue quintas? qui thursdays?",
    "Fr": "viernes vie sextas? sex fridays?",
    "Sa": "sabados? sab saturdays?",
    "Su": "domingos? dom sundays?",
    "Mo-Su": "diario diariamente daily",
}
_EVERY_DAY = r"\b(?:todos\s+(?:los|os)\s+dias|every\s+day)\b"
_ALL_DAY = r"\b(?:las\s+|as\s+)?24\s*(?:horas|hours|hs?|hrs?)\b"
_ALWAYS = "0:00h a 24:00h"
_TOKEN = re.compile(
    r"(?P<time>\b\d{1,2}(?:[:h.]\d{2})?(?:\s*(?:horas?|hrs?|hs?|min))*(?:\s*(?:am|pm|m)\b)?)"
    r"|(?P<word>[a-z]+)|(?P<mark>[-;,:./]+)|(?P<other>\S)"
)
_TIME = re.compile(r"(\d{1,2})(?:[:h.](\d{2}))?\s*([a-z]*?)\s*(am|pm|m)?$")
_TO = frozenset({"a", "al", "hasta", "ate", "as", "to", "until", "-"})
_AND = frozenset({"y", "e", "and", ",", ";", ".", "/", "-"})
_IDLE = frozenset({"de", "da", "das", "desde", "from", "los", "las", "os", "feira", "feiras"})
_SURE = 7 * 60
"""Without am or pm, hours from here on are the morning's."""


def week(text: str) -> Hours | None:
    """Read opening hours as the half hours of a week.

    Parameters
    ----------
    text
        OpenStreetMap's ``opening_hours``, or Spanish, Portuguese or English.

    Returns
    -------
    336 half hours from Monday midnight: true where it is open from beginning to end in more
    than half of a year's weeks.  None where the text does not say it.

    Examples
    --------
    >>> monday = week("Mo-Fr 08:00-12:00; Sa 09:00-13:00")[:48]
    >>> np.flatnonzero(monday)[[0, -1]] / 2
    array([ 8. , 11.5])
    >>> bool((week("Lunes a viernes de 8:00 a.m. a 12:00 m.")[:48] == monday).all())
    True
    >>> week("A demanda") is None
    True
    """
    found = judged(text)
    return None if found is None or not found[1].all() else found[0].copy()


def judged(text: str) -> tuple[Hours, Hours] | None:
    """Read opening hours that may leave some days in doubt.

    Parameters
    ----------
    text
        As for `week`; ``Sa unknown`` leaves a day open.

    Returns
    -------
    Whether each half hour of the week is open, see `week`, and whether that is known; None
    where nothing can be read.

    Examples
    --------
    >>> is_open, known = judged("Mo-Fr 08:00-12:00; Sa unknown")
    >>> float(is_open.sum() / 2), float(known.sum() / 2)
    (20.0, 144.0)
    """
    return _judged(" ".join(text.split()))


def weeks(texts: pd.Series) -> tuple[Hours, Hours]:
    """Read a column of opening hours.

    Parameters
    ----------
    texts
        Text; missing where unknown.

    Returns
    -------
    hours
        Rows × 336 half hours, see `week`; all false where it is not known.
    known
        By row, whether the hours are known.

    Examples
    --------
    >>> hours, known = weeks(pd.Series(["24/7", "Esporádico", None]))
    >>> hours.sum(axis=1).tolist(), known.tolist()
    ([336, 0, 0], [True, False, False])
    """
    codes, names = pd.factorize(texts)
    read = [week(str(name)) for name in names]
    table = np.zeros((len(read) + 1, HALF_HOURS), dtype=bool)
    for row, one in enumerate(read):
        if one is not None:
            table[row] = one
    sure = np.array([*(one is not None for one in read), False])
    return table[codes], sure[codes]


def overlap_hours(one: Hours, other: Hours) -> NDArray[np.float64]:
    """Count the hours a week in which both are open.

    Parameters
    ----------
    one, other
        Half hours on the last axis; all other axes are broadcast.

    Returns
    -------
    Hours; both have to be known, which the caller sees to.

    Examples
    --------
    >>> course, nursery = week("Tu,Th 14:00-17:00"), week("Mo-Fr 07:00-16:30")
    >>> float(overlap_hours(course, nursery))
    5.0
    """
    both = np.logical_and(one, other)
    return np.asarray(np.count_nonzero(both, axis=-1) / 2, dtype=np.float64)


def as_osm(text: str) -> str | None:
    """Write opening hours in plain words as OpenStreetMap does.

    Parameters
    ----------
    text
        Spanish, Portuguese or English.

    Returns
    -------
    ``opening_hours``; None where a word is not understood, days or times are missing, or
    a time could be of the morning as well as of the afternoon.

    Examples
    --------
    >>> as_osm("Jueves de 7:30 am a 9:30 am y los sábados de 9:00 am a 11:00 am")
    'Th 07:30-09:30; Sa 09:00-11:00'
    >>> as_osm("Segunda a sexta-feira, das 8h às 12h e das 13h30 às 17h")
    'Mo-Fr 08:00-12:00,13:30-17:00'
    >>> as_osm("Dos jueves al mes de 8:00 am a 11:00 am") is None
    True
    """
    plain = _plain(text)
    if plain == _ALWAYS:
        return "24/7"
    tokens = list(_tokens(plain))
    rules: list[str] = []
    while tokens:
        while tokens and tokens[0] in _AND:
            tokens.pop(0)
        days = _days(tokens)
        times = _times(tokens) if days else None
        if not days or not times:
            return None
        rules.append(f"{days} {','.join(times)}")
    return "; ".join(rules) or None


@lru_cache(maxsize=4096)
def _judged(text: str) -> tuple[Hours, Hours] | None:
    for written in (text, as_osm(text)):
        if written is None or not re.search(r"\d:\d\d|24/7|\b(?:off|closed)\b", written):
            continue
        if re.search("sun(?:rise|set)|dawn|dusk", written):
            continue
        if validate(written):
            return _open(OpeningHours(written))
    return None


def _open(hours: OpeningHours) -> tuple[Hours, Hours]:
    """Look at every week of a year: when it is open, and when that is not in doubt."""
    end = FIRST + timedelta(weeks=WEEKS)
    sure = np.zeros(WEEKS * HALF_HOURS * 30 + 1, dtype=np.int64)
    doubt: NDArray[np.int64] | None = None
    for start, stop, state, comment in hours.intervals(FIRST, end):
        in_doubt = state == State.UNKNOWN or (state == State.OPEN and comment)
        if in_doubt and doubt is None:
            doubt = np.zeros_like(sure)
        minutes = doubt if in_doubt else sure if state == State.OPEN else None
        if minutes is not None:
            minutes[int((start - FIRST).total_seconds()) // 60] += 1
            minutes[int((min(stop, end) - FIRST).total_seconds()) // 60] -= 1
    found = _by_minute(sure).all(axis=2).sum(axis=0) > WEEKS / 2
    known: Hours = np.ones(HALF_HOURS, dtype=np.bool_)
    if doubt is not None:
        known = np.asarray(~_by_minute(doubt).any(axis=(0, 2)), dtype=np.bool_)
    for one in (found, known):
        one.flags.writeable = False  # kept for the next row with the same text
    return np.asarray(found), np.asarray(known)


def _by_minute(changes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell of each minute whether it is in a span: weeks × half hours × 30."""
    inside = np.cumsum(changes[:-1]) > 0
    return np.asarray(inside.reshape(WEEKS, HALF_HOURS, 30))


def _plain(text: str) -> str:
    """Write without capitals, accents and the points of a.m. and p.m."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(one for one in apart if not unicodedata.combining(one))
    plain = re.sub("[–—]", "-", plain)
    plain = re.sub(r"(?<![a-z])([ap])\s?\.\s?m\b\.?", r"\1m", plain)
    plain = re.sub(r"(\d\s?)m\.", r"\1m", plain)
    plain = re.sub(_EVERY_DAY, "diario", plain)
    return re.sub(_ALL_DAY, _ALWAYS, plain).strip()


def _tokens(text: str) -> Iterator[str]:
    """Give days as their codes, times as ``t`` and minutes, and the words between."""
    for found in _TOKEN.finditer(text):
        word = found.group()
        if found["time"]:
            yield f"t{word}"
        elif found["word"]:
            day = next((code for code, names in _DAYS.items() if _is_one(word, names)), word)
            if word not in _IDLE:
                yield day
        elif found["mark"] != ":":
            yield word[0]


def _is_one(word: str, names: str) -> bool:
    return any(re.fullmatch(name, word) for name in names.split())


def _days(tokens: list[str]) -> str:
    """Take days from the front: single ones, ranges, lists; nothing where there are none."""
    found: list[str] = []
    while tokens and (tokens[0] in _CODES or tokens[0] == "Mo-Su"):
        day = tokens.pop(0)
        if len(tokens) > 1 and tokens[0] in _TO and tokens[1] in _CODES:
            day += f"-{tokens[1]}"
            del tokens[:2]
        found.append(day)
        while tokens and tokens[0] in _AND:
            tokens.pop(0)
    return ",".join(found)


def _times(tokens: list[str]) -> list[str] | None:
    """Take spans of time from the front; None where one of them is in doubt."""
    found = []
    while tokens and tokens[0].startswith("t"):
        if len(tokens) < 3 or tokens[1] not in _TO or not tokens[2].startswith("t"):
            return None
        span = _span(tokens[0][1:], tokens[2][1:])
        if span is None:
            return None
        found.append(
            "{:02d}:{:02d}-{:02d}:{:02d}".format(*divmod(span[0], 60), *divmod(span[1], 60))
        )
        del tokens[:3]
        while tokens and tokens[0] in _AND:
            tokens.pop(0)
    return found


def _span(start: str, end: str) -> tuple[int, int] | None:
    """Give two times as minutes of the day; half a day that only one of them names is shared."""
    first, last = _TIME.match(start.strip()), _TIME.match(end.strip())
    if first is None or last is None:
        return None
    begin, stop = _minutes(first, first[4]), _minutes(last, last[4])
    if begin is None or stop is None:
        return None
    if last[4] and not first[4]:
        shared = _minutes(first, last[4])
        begin = shared if shared is not None and shared < stop else begin
    elif not last[4] and not first[3] and not last[3]:
        told = first[4] == "am" or begin >= _SURE or stop >= 13 * 60
        if first[4] == "pm" and stop < 12 * 60:
            stop += 12 * 60
        elif not told:
            return None
    return (begin, stop) if 0 <= begin < stop <= 24 * 60 else None


def _minutes(found: re.Match[str], half: str | None) -> int | None:
    hour, minute = int(found[1]), int(found[2] or 0)
    if minute > 59 or hour > 24 or (half in ("am", "pm") and not 1 <= hour <= 12):
        return None
    if half in ("am", "pm"):
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour * 60 + minute
