"""A time of the week that a plan is looked at, and the columns of a weekly table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from siteplanner.model.base import Frozen, Number, YesNo

CODES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
"""Days as OpenStreetMap writes them."""
HALF_HOURS_A_DAY = 48
DAY_HOURS = 24
AFTER_DARK = "after dark"
Part: TypeAlias = tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]
"""Ranges of days (0 is Monday) and spans of minutes from midnight."""

_NAMES: Mapping[str, str] = {
    "Mo": "monday mon lunes lun segunda segunda-feira seg 星期一 周一",
    "Tu": "tuesday tue martes mar terca terca-feira ter 星期二 周二",
    "We": "wednesday wed miercoles mie quarta quarta-feira qua 星期三 周三",
    "Th": "thursday thu jueves jue quinta quinta-feira qui 星期四 周四",
    "Fr": "friday fri viernes vie sexta sexta-feira sex 星期五 周五",
    "Sa": "saturday sat sabado sab 星期六 周六",
    "Su": "sunday sun domingo dom 星期日 周日",
}
_CODE = "|".join(CODES)
_DAYS = rf"(?:{_CODE})(?:-(?:{_CODE}))?(?:\s*,\s*(?:{_CODE})(?:-(?:{_CODE}))?)*"
_SPAN = r"\d{1,2}:\d\d\s*-\s*\d{1,2}:\d\d"
_PART = re.compile(rf"({_DAYS})\s+({_SPAN}(?:\s*,\s*{_SPAN})*)")
_EXAMPLE = '"Sa 09:00-12:00"'
_COLUMNS = '{ Mo-Fr = "column", Sa = "column" }'


def parts_of(time: str) -> tuple[Part, ...]:
    """Read days and hours of a week, as a scenario writes them.

    Parameters
    ----------
    time
        As OpenStreetMap writes opening hours, but only days and hours: ``Sa 09:00-12:00``,
        ``Mo-Fr 18:00-20:00; Sa,Su 10:00-12:00``.

    Returns
    -------
    For each part its ranges of days, 0 is Monday, and its spans in minutes from midnight.

    Raises
    ------
    ValueError
        If it cannot be read, goes past midnight, or is finer than half hours; the message says
        how to write it.

    Examples
    --------
    >>> parts_of("Mo-Fr 18:00-20:00")
    ((((0, 4),), ((1080, 1200),)),)
    """
    return tuple(_part(one.strip(), time) for one in time.strip().rstrip(";").split(";"))


def day_keys(found: object) -> object:
    """Read the column of opening hours, or the columns of a weekly table by their days.

    Examples
    --------
    >>> day_keys({"Mo-Fr": "laborables", "Sa": "sabado"})
    {'Mo-Fr': 'laborables', 'Sa': 'sabado'}
    """
    if not isinstance(found, dict):
        if found is not None and not isinstance(found, str):
            msg = 'no column is named; write hours = "column", or ' + _COLUMNS
            raise ValueError(msg)
        return found
    seen: dict[int, str] = {}
    for days, column in found.items():
        if not re.fullmatch(_DAYS, days):
            msg = f"no day is called '{days:.30}'; {_day_todo(days, _COLUMNS)}"
            raise ValueError(msg)
        if not isinstance(column, str):
            msg = f'no column is named for {days}; write {days} = "column"'
            raise ValueError(msg)
        for first, last in _day_ranges(days):
            for day in _days_between(first, last):
                if day in seen:
                    msg = f"{CODES[day]} has two columns, {seen[day]} and {column}; keep one"
                    raise ValueError(msg)
                seen[day] = column
    if not found:
        msg = f"no day has a column; write {_COLUMNS}"
        raise ValueError(msg)
    return found


def _written(found: str) -> str:
    """Write a time of the week one way, whatever spaces it has."""
    return "; ".join(
        f"{','.join(_range(*one) for one in days)} {','.join(_clocks(*one) for one in spans)}"
        for days, spans in parts_of(found)
    )


class Moment(Frozen):
    """A time of the week that a plan is looked at: what is closed then does not count.

    Examples
    --------
    >>> Moment(time="Sa  9:00-12:00").title
    'Sa 09:00-12:00'
    >>> len(Moment(time="Mo-Fr 18:00-20:00").half_hours)
    20
    """

    time: Annotated[str, AfterValidator(_written)]
    """Days and hours of a week: ``Sa 09:00-12:00``."""
    open_share: Number = Field(default=1.0, gt=0, le=1)
    """A place counts if it is open for at least this share of that time."""
    hours_unknown: Literal["closed", "open"] = "closed"
    """What a place whose hours nobody knows counts as."""
    dark: YesNo = False
    """True: it is dark then, and penalties with ``after_dark`` hold."""

    @property
    def title(self) -> str:
        """What tables call it."""
        return f"{self.time}, {AFTER_DARK}" if self.dark else self.time

    @property
    def half_hours(self) -> tuple[int, ...]:
        """Numbers of its half hours, 0 is the first of Monday, each once and rising."""
        found = {
            HALF_HOURS_A_DAY * day + number
            for days, spans in parts_of(self.time)
            for first, last in days
            for day in _days_between(first, last)
            for start, end in spans
            for number in range(start // 30, end // 30)
        }
        return tuple(sorted(found))


def as_moment(found: object) -> object:
    """Read a time alone as a moment: ``at = "Sa 09:00-12:00"``.

    Examples
    --------
    >>> as_moment("Sa 09:00-12:00")
    {'time': 'Sa 09:00-12:00'}
    """
    return {"time": found} if isinstance(found, str) else found


def as_moments(found: object) -> object:
    """Read one moment as a list of one.

    Examples
    --------
    >>> as_moments("Sa 09:00-12:00")
    ['Sa 09:00-12:00']
    """
    return [found] if isinstance(found, str | dict) else found


def each_moment_once(moments: tuple[Moment, ...]) -> tuple[Moment, ...]:
    """Refuse a list that asks for the same time twice.

    Examples
    --------
    >>> each_moment_once((Moment(time="Sa 09:00-12:00"), Moment(time="Sa 09:00-12:00")))
    Traceback (most recent call last):
    ValueError: 'Sa 09:00-12:00' stands there twice; name each once
    """
    titles = [one.title for one in moments]
    for place, title in enumerate(titles):
        if title in titles[:place]:
            msg = f"'{title}' stands there twice; name each once"
            raise ValueError(msg)
    return moments


At = Annotated[Moment, BeforeValidator(as_moment)]
"""A moment, or its time alone."""
Moments = Annotated[tuple[At, ...], BeforeValidator(as_moments), AfterValidator(each_moment_once)]
"""Moments; one needs no list."""
HoursColumns = Annotated[str | dict[str, str], BeforeValidator(day_keys)]
"""The column with opening hours, or a column for each day."""


def _part(part: str, whole: str) -> Part:
    found = _PART.fullmatch(part)
    shown = whole.replace("; ", ";")
    if found is None:
        msg = f"found '{shown:.60}'; {_day_todo(part, _EXAMPLE)}"
        raise ValueError(msg)
    spans = tuple(_span(one.strip(), found[1], shown) for one in found[2].split(","))
    return _day_ranges(found[1]), spans


def _day_todo(part: str, example: str) -> str:
    """Say how days are written; of a day in another language, what it is called here."""
    apart = unicodedata.normalize("NFKD", part)
    plain = "".join(one for one in apart if not unicodedata.combining(one))
    names = {name: code for code, known in _NAMES.items() for name in known.split()}
    names |= {code.casefold(): code for code in CODES}
    for word in re.findall(r"[^\W\d_]+(?:-feira)?", plain):
        if word == "PH":
            return "leave PH out: public holidays are not known"
        if word not in CODES and word.casefold() in names:
            return f"write {names[word.casefold()]} for {word}: {example}"
    return f"write days as {', '.join(CODES)}, as in {example}"


def _day_ranges(days: str) -> tuple[tuple[int, int], ...]:
    found = []
    for one in days.split(","):
        first, _, last = one.strip().partition("-")
        found.append((CODES.index(first), CODES.index(last or first)))
    return tuple(found)


def _days_between(first: int, last: int) -> Iterator[int]:
    """Give the days of a range; one that begins later than it ends goes over Sunday."""
    for step in range((last - first) % len(CODES) + 1):
        yield (first + step) % len(CODES)


def _span(span: str, days: str, shown: str) -> tuple[int, int]:
    start, end = (_minutes(one.strip(), shown) for one in span.split("-"))
    if end == start:
        msg = f"found '{shown:.60}', which ends when it begins; let it end later"
        raise ValueError(msg)
    if end < start:
        first = _day_ranges(days)[0][0]
        late, early = _clocks(start, DAY_HOURS * 60), _clocks(0, end)
        after = CODES[(first + 1) % len(CODES)]
        todo = (
            f'write it as two: "{CODES[first]} {late}; {after} {early}"'
            if end
            else (f'write 24:00 for midnight: "{CODES[first]} {late}"')
        )
        msg = f"found '{shown:.60}', which goes past midnight; {todo}"
        raise ValueError(msg)
    return start, end


def _minutes(clock: str, shown: str) -> int:
    hour, minute = (int(one) for one in clock.split(":"))
    if hour * 60 + minute > DAY_HOURS * 60 or minute > 59:
        msg = f"found '{shown:.60}', and no day has {clock}; write 00:00 to 24:00"
        raise ValueError(msg)
    if minute % 30:
        msg = f"found '{shown:.60}'; write full or half hours, as {hour:02d}:00 or {hour:02d}:30"
        raise ValueError(msg)
    return hour * 60 + minute


def _range(first: int, last: int) -> str:
    return CODES[first] if first == last else f"{CODES[first]}-{CODES[last]}"


def _clocks(start: int, end: int) -> str:
    return "{:02d}:{:02d}-{:02d}:{:02d}".format(*divmod(start, 60), *divmod(end, 60))
