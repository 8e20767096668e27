"""How many vehicles depart from each stop on one day, between two times."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DAY_S = 86_400
MODES = ("metro", "rail", "tram", "bus", "trolleybus", "ferry", "cable car", "funicular", "other")
"""Where a stop has two kinds with as many departures each, the one named first here counts."""
_RUNS = ("first_s", "headway_s", "runs")
_ROUTES = {
    0: "tram", 1: "metro", 2: "rail", 3: "bus", 4: "ferry", 5: "tram", 6: "cable car",
    7: "funicular", 11: "trolleybus", 12: "rail",
}  # fmt: skip
_HUNDREDS = {
    1: "rail", 2: "bus", 4: "metro", 5: "metro", 6: "metro", 7: "bus", 8: "trolleybus", 9: "tram",
    10: "ferry", 12: "ferry", 13: "cable car", 14: "funicular",
}  # fmt: skip


def mode_of(route_type: str) -> str:
    """Say what drives on a route, from the number that GTFS has for it, or the extended one.

    Examples
    --------
    >>> mode_of("1"), mode_of("3"), mode_of("704"), mode_of("1700"), mode_of("x")
    ('metro', 'bus', 'bus', 'other', 'other')
    """
    text = route_type.strip()
    if not text.isdecimal():
        return "other"
    number = int(text)
    return _ROUTES.get(number) or _HUNDREDS.get(number // 100, "other")


def seconds(texts: pd.Series) -> pd.Series:
    """Read times of a service day; those past midnight go on after 24:00.

    Examples
    --------
    >>> seconds(pd.Series(["07:05:00", " 25:00:30", "", "7h30"])).tolist()
    [25500.0, 90030.0, nan, nan]
    """
    row, words = _different(texts)
    found = words.str.extract(r"^\s*(\d{1,3}):([0-5]\d):([0-5]\d)\s*$").astype(float)
    return pd.Series((found[0] * 3600 + found[1] * 60 + found[2]).to_numpy()[row], texts.index)


def numbers(texts: pd.Series) -> pd.Series:
    """Read whole or broken numbers; NaN where there is none.

    Examples
    --------
    >>> numbers(pd.Series(["5", "", "x"])).tolist()
    [5.0, nan, nan]
    """
    row, words = _different(texts)
    found = pd.to_numeric(words, errors="coerce").astype(float)
    return pd.Series(found.to_numpy()[row], texts.index)


def _different(texts: pd.Series) -> tuple[NDArray[np.int64], pd.Series]:
    """Give each different text once, and which one each row has."""
    row, words = pd.factorize(texts)
    return row, pd.Series(words).astype(str)


def filled_in(trip: NDArray[Any], time_s: Floats) -> Floats:
    """Fill times between two that are known, evenly from stop to stop.

    Parameters
    ----------
    trip
        Of each row; the rows of a trip follow each other in its order.
    time_s
        Seconds; NaN where the timetable says nothing.

    Returns
    -------
    Seconds; NaN before the first known time of a trip and after its last.

    Examples
    --------
    >>> filled_in(np.array([1, 1, 1, 2]), np.array([0.0, np.nan, 60, np.nan])).tolist()
    [0.0, 30.0, 60.0, nan]
    """
    known = np.flatnonzero(~np.isnan(time_s))
    gaps = np.flatnonzero(np.isnan(time_s))
    result = time_s.copy()
    if not len(known) or not len(gaps):
        return result
    after = np.searchsorted(known, gaps)
    inside = (after > 0) & (after < len(known))
    gaps, after = gaps[inside], after[inside]
    left, right = known[after - 1], known[after]
    same = (trip[left] == trip[gaps]) & (trip[right] == trip[gaps])
    gaps, left, right = gaps[same], left[same], right[same]
    share = (gaps - left) / (right - left)
    result[gaps] = time_s[left] + share * (time_s[right] - time_s[left])
    return result


def runs_between(
    first_s: Floats, headway_s: Floats, runs: Floats, window_s: tuple[float, float]
) -> Floats:
    """Count the departures of each row that fall between two times, the end not included.

    Parameters
    ----------
    first_s
        The first departure of each row.
    headway_s
        Seconds from one to the next.
    runs
        How many there are in all.
    window_s
        From when to when.

    Returns
    -------
    Counts; 0 where the time is unknown.

    Examples
    --------
    >>> every_10_min = [np.array([one]) for one in (25_000.0, 600.0, 6.0)]
    >>> runs_between(*every_10_min, (25_200, 27_000)).tolist()  # 07:06:40, 07:16:40, 07:26:40
    [3.0]
    """
    first, last = (np.ceil((edge - first_s) / headway_s) for edge in window_s)
    found = np.clip(last, 0, runs) - np.clip(first, 0, runs)
    return np.asarray(np.nan_to_num(found))


def boardings(times: pd.DataFrame, trips: pd.DataFrame, every: pd.DataFrame) -> pd.DataFrame:
    """List where people can board, and how often.

    Parameters
    ----------
    times
        Sorted by trip and stop: ``trip_id``, ``stop_id``, ``time_s`` (NaN where unknown) and
        ``boards`` (boolean).  Nobody boards at the last stop of a trip.
    trips
        Index ``trip_id``: ``service_id`` and ``mode``.
    every
        A row for each spell in which a trip runs again and again: ``trip_id``, ``start_s``,
        ``end_s``, ``headway_s``.  Its own times only say then how long it takes.

    Returns
    -------
    ``stop_id``, ``service_id``, ``mode``, ``first_s``, ``headway_s``, ``runs``.
    """
    trip = pd.factorize(times["trip_id"])[0]
    last = np.append(trip[1:] != trip[:-1], True) if len(trip) else np.zeros(0, dtype=bool)
    start = times["time_s"].groupby(trip, sort=False).transform("first")
    told = times.assign(after_s=times["time_s"] - start)[times["boards"] & ~last]
    told = told[told["time_s"].notna()]
    told = told.astype({"trip_id": str, "stop_id": str}).join(trips, on="trip_id")
    repeated = told["trip_id"].isin(every["trip_id"])
    once = told[~repeated].assign(headway_s=1.0, runs=1.0, first_s=told["time_s"][~repeated])
    again = told[repeated].merge(every, on="trip_id")
    again["first_s"] = again["start_s"] + again["after_s"]
    again["runs"] = np.ceil((again["end_s"] - again["start_s"]) / again["headway_s"])
    wanted = ["stop_id", "service_id", "mode", *_RUNS]
    return pd.concat([once[wanted], again[wanted]], ignore_index=True)


def count(
    rows: pd.DataFrame, running: tuple[set[str], ...], window_s: tuple[int, int]
) -> pd.DataFrame:
    """Count departures by stop and mode on one day.

    Parameters
    ----------
    rows
        As `boardings` gives them.
    running
        The services of the day, of the day before, and so on: their times past 24:00 fall on
        this day.
    window_s
        Seconds from midnight: from, and to (not included).

    Returns
    -------
    Index ``stop_id``, a column per mode; only stops with a departure.
    """
    total = np.zeros(len(rows))
    first, headway, runs = (rows[name].to_numpy(dtype=float) for name in _RUNS)
    for before, services in enumerate(running):
        on = rows["service_id"].isin(services).to_numpy()
        window = (window_s[0] + before * DAY_S, window_s[1] + before * DAY_S)
        total += np.where(on, runs_between(first, headway, runs, window), 0.0)
    return by_mode(rows.assign(runs=total))


def by_mode(rows: pd.DataFrame) -> pd.DataFrame:
    """Add up the runs of each stop, a column per mode; only stops with any.

    Examples
    --------
    >>> rows = pd.DataFrame({"stop_id": ["a", "a", "b"], "mode": "bus", "runs": [2.0, 1, 0]})
    >>> by_mode(rows)["bus"].to_dict()
    {'a': 3.0}
    """
    some = rows[rows["runs"] > 0]
    table = some.pivot_table(index="stop_id", columns="mode", values="runs", aggfunc="sum")
    return table.reindex(columns=list(MODES)).fillna(0.0)
