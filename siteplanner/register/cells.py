"""Raw cells of a copy as values: numbers, dates, choices and words, or why they are none.

A value is kept as text, float, or an ISO date (text); None stands for unknown.
"""

from __future__ import annotations

import datetime
import difflib
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from siteplanner.register.columns import CHECKED, LOG, OFFICERS, Column
from siteplanner.register.wording import Words, folded, options_of
from siteplanner.sources.ledger import printable

Value: TypeAlias = str | float | None
DAY_FIRST = frozenset({"es", "pt"})
LEFT_OUT = "(left out here)"
FIRST_YEAR, LAST_YEAR = 1950, 2100
_COLUMNS = frozenset(one.key for one in (*OFFICERS, *LOG))
_ISO = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?(?:[T ].*)?")
_SHORT = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})")
_DATE = re.compile(rf"{_ISO.pattern.removesuffix('(?:[T ].*)?')}|{_SHORT.pattern}")
_SIGNS = re.compile(r"^(?:R\$|COP|BRL|USD|EUR|[$€£¥])\s*|\s*(?:R\$|COP|BRL|USD|EUR|[$€£¥])$")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.\w")
_DIGITS = re.compile(r"\d(?:[\s().\-/+]{0,2}\d){6,}")
_SUM = re.compile(r"[$€£]\s*\d[\d.,]*|(?<![\d.,])\d{1,3}(?:[.,]\d{3})*[.,]000(?![\d.,]*\d)")
"""Sums of money, which are no telephone numbers: with their sign, or round thousands."""
_THREE = re.compile(r"[+-]?\d{1,3}([.,])\d{3}")
_DOT = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?(?:[eE][+-]?\d+)?")
_UNKNOWN = frozenset({"-", "–", "—", "?", "n/a", "s/d", "nd", "n.d."})
_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#¿NOMBRE?")


@dataclass(frozen=True)
class Formula:
    """A cell that holds a formula; what a spreadsheet last made of it is not looked at."""

    text: str


@dataclass(frozen=True)
class Covered:
    """A cell of a merged area that reaches over several rows."""

    area: str
    value: Any = None


Raw: TypeAlias = Any
"""Text, number, date, bool, `Formula`, `Covered`, or None."""


def is_blank(raw: Raw) -> bool:
    """Say whether nothing stands in a cell.

    Examples
    --------
    >>> is_blank("  "), is_blank(0)
    (True, False)
    """
    return raw is None or (isinstance(raw, str) and not raw.strip())


def shown(raw: Raw) -> str:
    """Write a raw cell for a report.

    Examples
    --------
    >>> shown(Formula("=1+1")), shown(1200.0), shown(None)
    ('=1+1', '1200', '')
    """
    if isinstance(raw, Formula):
        return printable(raw.text)
    if isinstance(raw, Covered):
        return shown(raw.value)
    if isinstance(raw, datetime.datetime | datetime.date):
        return raw.isoformat()[:10]
    if isinstance(raw, float):
        return f"{raw:.15g}"
    return "" if raw is None else printable(str(raw))


def repeated(raw: Raw, key: str = "") -> str:
    """Write a raw cell for a report, but for words that could point at a person.

    Examples
    --------
    >>> repeated("call 300 123 4567", "reason"), repeated("1.200.000", "capital_cost")
    ('(left out here)', '1.200.000')
    """
    free = key in CHECKED or key not in _COLUMNS
    return LEFT_OUT if free and isinstance(raw, str) and personal(raw) else shown(raw)


def values_of(
    column: Column, cells: Sequence[Raw], language: str
) -> tuple[list[Value], dict[int, str]]:
    """Read the cells of one column.

    Parameters
    ----------
    column
        What should stand there.
    cells
        From top to bottom.
    language
        Of the copy: whether 5/3 is in March.

    Returns
    -------
    values
        One a cell; None where nothing stands there or it could not be read.
    wrong
        By place: why it could not be read, and what to do.

    Examples
    --------
    >>> from siteplanner.register.columns import BY_KEY
    >>> values_of(BY_KEY["status"], ["rechazado", " Visited", None, "no"], "es")[0]
    ['rejected', 'visited', None, None]
    >>> cost = BY_KEY["capital_cost"]
    >>> values_of(cost, [1200, "1.234,5", "1,234.5"], "es")[0]
    [1200.0, 1234.5, 1234.5]
    >>> values_of(cost, ["1.234", "1.234,5", "1,234.5"], "es")[1]
    {0: '1.234 can be read in two ways; write the number without separators of thousands'}
    """
    values: list[Value] = [None] * len(cells)
    wrong: dict[int, str] = {}
    texts: dict[int, str] = {}
    for place, raw in enumerate(cells):
        if is_blank(raw):
            continue
        refused = _never(raw)
        if refused:
            wrong[place] = refused
        elif column.kind in ("number", "year") and isinstance(raw, str):
            text = _SIGNS.sub("", raw.strip())
            if text.casefold() not in _UNKNOWN:
                texts[place] = text
        else:
            values[place], why = _one(column, raw, language)
            if why:
                wrong[place] = why
    for place, number, why in _numbers(texts):
        values[place], why = (None, why) if why else _within(column, number)
        if why:
            wrong[place] = why
    return values, wrong


def personal(text: str) -> str:
    """Say what in a text could point at a person; empty where nothing does.

    Examples
    --------
    >>> personal("ask ana@example.org"), personal("cc 1.020.345.678")
    ('an e-mail address', 'a telephone or identity number')
    >>> personal("on 2026-03-05: 1,200,000 for the roof, $ 3.450.200 in all")
    ''
    """
    if _MAIL.search(text):
        return "an e-mail address"
    if _DIGITS.search(_SUM.sub(" x ", _DATE.sub(" ", text))):
        return "a telephone or identity number"
    return ""


def _never(raw: Raw) -> str:
    if isinstance(raw, Formula):
        return "it is a formula, and what it came to is not trusted; write the value itself"
    if isinstance(raw, Covered):
        return f"it is part of the merged cells {raw.area}; unmerge them and fill in each row"
    if isinstance(raw, str) and raw.strip().upper() in _ERRORS:
        return "it is an error of the spreadsheet; write the value itself"
    return ""


def _one(column: Column, raw: Raw, language: str) -> tuple[Value, str]:
    if column.kind == "text":
        return _text(column, raw)
    if column.kind == "choice":
        return _choice(column, raw)
    if column.kind == "date":
        return _day(raw, language)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None, "it is no number; write a number"
    return _within(column, float(raw))


def _text(column: Column, raw: Raw) -> tuple[Value, str]:
    return _cleaned(raw if isinstance(raw, str) else shown(raw), column.key in CHECKED)


@lru_cache(maxsize=1 << 16)
def _cleaned(text: str, checked: bool) -> tuple[Value, str]:
    text = unicodedata.normalize("NFC", text).strip()
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]", "", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")
    found = personal(text) if checked else ""
    if found:
        return None, f"it seems to hold {found}; leave out whatever points at a person"
    return text or None, ""


def _choice(column: Column, raw: Raw) -> tuple[Value, str]:
    known = options_of(column)
    value = known.get(folded(raw))
    if value is not None:
        return value, ""
    near = difflib.get_close_matches(folded(raw), known, n=1)
    todo = f"did you mean '{near[0]}'?" if near else f"choose {', '.join(column.options)}"
    return None, f"it is none of the list; {todo}"


def _day(raw: Raw, language: str) -> tuple[Value, str]:
    if isinstance(raw, datetime.datetime | datetime.date):
        return _sane(raw.year, raw.month, raw.day)
    if not isinstance(raw, str):
        return None, "it is a number, not a date; write it as 2026-03-31"
    text = raw.strip()
    if iso := _ISO.fullmatch(text):
        return _sane(*(int(part) for part in iso.groups()))
    short = _SHORT.fullmatch(text)
    if short is None:
        return None, "it is no date; write it as 2026-03-31"
    first, second, year = (int(part) for part in short.groups())
    if first <= 12 and second <= 12 and first != second and language not in DAY_FIRST:
        return None, f"{text} can be two days; write it as 2026-03-31"
    month_first = second > 12
    return _sane(year, first, second) if month_first else _sane(year, second, first)


def _sane(year: int, month: int, day: int) -> tuple[Value, str]:
    try:
        found = datetime.date(year, month, day)
    except ValueError:
        return None, "there is no such day; write it as 2026-03-31"
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None, f"the year {year} cannot be meant; write it as 2026-03-31"
    return found.isoformat(), ""


def _within(column: Column, number: float) -> tuple[Value, str]:
    if not math.isfinite(number):
        return None, "it is no number; write a number"
    if column.kind == "year" and number % 1:
        return None, "it is no year; write a year, such as 2026"
    if column.least is not None and number < column.least:
        return None, f"it is below {column.least:g}; write {column.least:g} or more"
    if column.most is not None and number > column.most:
        return None, f"it is above {column.most:g}; write {column.most:g} or less"
    return float(number), ""


def _numbers(texts: dict[int, str]) -> Iterator[tuple[int, float, str]]:
    """Read numbers that stand there as text; what has two readings, like 1.234, is not guessed."""
    for place, text in texts.items():
        bare = re.sub(r"[\s\u00a0\u202f']", "", text)
        if not _THREE.fullmatch(bare):
            way = _way(bare) or "."
            fits = (_COMMA if way == "," else _DOT).fullmatch(bare)
            why = "" if fits else "it is no number; write a number"
            yield place, _float(bare, way) if fits else math.nan, why
        else:
            why = f"{text} can be read in two ways"
            yield place, math.nan, f"{why}; write the number without separators of thousands"


def _float(bare: str, way: str) -> float:
    return float(bare.replace("." if way == "," else ",", "").replace(way, "."))


def _way(text: str) -> str:
    """Give the sign in front of the decimals, where a number shows it.

    Examples
    --------
    >>> _way("1.234,5"), _way("1,234,567"), _way("1200")
    (',', '.', '')
    """
    bare = re.sub(r"[\s']", "", text)
    signs = [one for one in bare if one in ".,"]
    if not signs:
        return ""
    if len(set(signs)) == 1 and len(signs) > 1:
        return "," if signs[0] == "." else "."
    return signs[-1]


def label(column: Column, value: Value, words: Words) -> Value:
    """Give a kept value as the workbook of a language shows it.

    Examples
    --------
    >>> from siteplanner.register.columns import BY_KEY
    >>> label(BY_KEY["gate"], "open", Words("es"))
    'abierto'
    """
    return words.option(column.key, value) if column.options and isinstance(value, str) else value
