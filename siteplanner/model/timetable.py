"""Which departures of a timetable are counted."""

from __future__ import annotations

import datetime
import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from siteplanner.errors import nearest_names
from siteplanner.model.base import Frozen, YesNo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS = ("weekday", *WEEKDAYS)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")


def _as_day(found: object) -> object:
    """Read a date as TOML has it: ``day = 2026-11-03``."""
    return found.isoformat() if isinstance(found, datetime.date) else found


def _as_clock(found: object) -> object:
    """Read a time as TOML has it: ``from = 07:00:00``."""
    return found.isoformat("minutes") if isinstance(found, datetime.time) else found


def _day(found: str) -> str:
    if found in DAYS:
        return found
    try:
        return datetime.date.fromisoformat(found).isoformat()
    except ValueError:
        msg = f"found '{found:.30}'; write a day of the week, 'weekday' or a date: 2026-11-03"
        near = nearest_names(found.casefold(), DAYS)
        raise ValueError(f"{msg}; {near}" if near.startswith("did you") else msg) from None


def _clock(found: str) -> str:
    if not _CLOCK.fullmatch(found):
        msg = f"found '{found:.30}'; write hours and minutes: \"07:00\""
        raise ValueError(msg)
    return found


Clock = Annotated[str, BeforeValidator(_as_clock), AfterValidator(_clock)]


class Timetable(Frozen):
    """Which departures of a timetable are counted: on which day, from when to when.

    Examples
    --------
    >>> Timetable(day="saturday").hours
    12.0
    """

    day: Annotated[str, BeforeValidator(_as_day), AfterValidator(_day)] = "weekday"
    """``weekday`` or a day of the week: the one with most trips in the feed; or a date."""
    start: Clock = Field(default="07:00", alias="from")
    """Departures from this time on are counted."""
    end: Clock = Field(default="19:00", alias="to")
    """Departures before this time are counted."""
    stations: YesNo = False
    """True: platforms of a station are one place, at the station."""

    @model_validator(mode="after")
    def _forward(self) -> Timetable:
        if self.hours <= 0:
            msg = f"it goes from {self.start} to {self.end}; let it end after it begins"
            raise ValueError(msg)
        return self

    @property
    def window_s(self) -> tuple[int, int]:
        """First second that counts, and the first that no longer does, from midnight."""
        first, last = (
            3600 * int(one.split(":")[0]) + 60 * int(one.split(":")[1])
            for one in (self.start, self.end)
        )
        return first, last

    @property
    def hours(self) -> float:
        """How many hours are counted."""
        first, last = self.window_s
        return (last - first) / 3600
