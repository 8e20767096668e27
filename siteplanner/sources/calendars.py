"""Which services of a timetable run on which day, and the day that is counted."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siteplanner.model.timetable import WEEKDAYS

DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """When services run.

    Parameters
    ----------
    weekly
        A row a service and period: ``service_id``, ``start_date`` and ``end_date`` (both
        included), and a column of booleans for each day of the week.
    exceptions
        A row a service and day: ``service_id``, ``date``, and ``runs`` (boolean), which stands
        whatever the week says.
    """

    weekly: pd.DataFrame
    exceptions: pd.DataFrame

    def running(self, day: pd.Timestamp) -> set[str]:
        """Name the services that run on a day.

        Examples
        --------
        >>> week = pd.DataFrame({"service_id": ["w"], "start_date": [pd.Timestamp(2026, 11, 2)],
        ...                      "end_date": [pd.Timestamp(2026, 11, 30)]})
        >>> week = week.assign(**{day: day != "sunday" for day in WEEKDAYS})
        >>> none = pd.DataFrame({"service_id": ["w"], "date": [pd.Timestamp(2026, 11, 3)],
        ...                      "runs": [False]})
        >>> calendar = Calendar(week, none)
        >>> [calendar.running(pd.Timestamp(2026, 11, day)) for day in (1, 2, 3, 8)]
        [set(), {'w'}, set(), set()]
        """
        week = self.weekly
        on = (week["start_date"] <= day) & (day <= week["end_date"]) & week[WEEKDAYS[day.weekday()]]
        today = self.exceptions[self.exceptions["date"] == day]
        added, taken = (set(today["service_id"][today["runs"] == runs]) for runs in (True, False))
        return (set(week["service_id"][on]) | added) - taken

    def period(self) -> tuple[pd.Timestamp, pd.Timestamp] | None:
        """Give the first and the last day on which anything can run; None if there is none."""
        added = self.exceptions["date"][self.exceptions["runs"]]
        dates = pd.concat([self.weekly["start_date"], self.weekly["end_date"], added]).dropna()
        return (dates.min(), dates.max()) if len(dates) else None


def busiest(calendar: Calendar, trips: pd.Series, asked: str) -> pd.Timestamp | None:
    """Find the day with most trips.

    Parameters
    ----------
    calendar
        When services run.
    trips
        How many trips each service has; index ``service_id``.
    asked
        A day of the week, or ``weekday`` for Monday to Friday.

    Returns
    -------
    Of the days with most trips the first that is no `is_quiet` one, if there is one; None where
    nothing runs on any such day.
    """
    period = calendar.period()
    if period is None:
        return None
    wanted = range(5) if asked == "weekday" else [WEEKDAYS.index(asked)]
    best: tuple[float, bool] = (0.0, False)
    found: pd.Timestamp | None = None
    for day in _turning_days(calendar):
        if day.weekday() in wanted and period[0] <= day <= period[1]:
            count = float(trips.reindex(sorted(calendar.running(day))).sum())
            if count > 0 and (count, not is_quiet(day)) > best:
                best, found = (count, not is_quiet(day)), day
    return found


def is_quiet(day: pd.Timestamp) -> bool:
    """Tell whether a day is one on which few people travel, whatever a feed says of it.

    Many feeds give the usual service for 1 January and 25 December.  Between 20 December and
    6 January, and on 1 May, no day counts as a usual one.

    Examples
    --------
    >>> [is_quiet(pd.Timestamp(2026, *day)) for day in ((1, 1), (1, 7), (5, 1), (12, 25))]
    [True, False, True, True]
    """
    date = (day.month, day.day)
    return date >= (12, 20) or date <= (1, 6) or date == (5, 1)


def dates_of(texts: pd.Series) -> pd.Series:
    """Read days as GTFS writes them, ``20261103``; NaT where it is no day.

    Examples
    --------
    >>> dates_of(pd.Series(["20261103", "20261331", ""])).tolist()
    [Timestamp('2026-11-03 00:00:00'), NaT, NaT]
    """
    read = {text: _date(str(text)) for text in texts.unique()}
    return pd.to_datetime(texts.map(read)).astype("datetime64[ns]")


def _date(text: str) -> pd.Timestamp:
    try:
        return pd.Timestamp(datetime.datetime.strptime(text.strip(), "%Y%m%d"))
    except ValueError:
        return pd.NaT  # type: ignore[return-value]


def _turning_days(calendar: Calendar) -> list[pd.Timestamp]:
    """Give four weeks of days after each one on which the services change: no others differ."""
    week, other = calendar.weekly, calendar.exceptions["date"]
    turns = pd.concat([week["start_date"], week["end_date"] + DAY, other, other + DAY]).dropna()
    first: NDArray[np.datetime64] = np.unique(turns.to_numpy(dtype="datetime64[D]"))
    days = np.unique((first[:, np.newaxis] + np.arange(28)).ravel())
    return [pd.Timestamp(day) for day in days]
