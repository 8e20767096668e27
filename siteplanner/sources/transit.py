"""The stops of a timetable in the form of GTFS, with their departures per hour."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

import pandas as pd
from pandas.api.types import union_categoricals
from pyproj import CRS

from siteplanner.errors import InputError
from siteplanner.model.timetable import WEEKDAYS, Timetable
from siteplanner.sources.calendars import DAY, Calendar, busiest, dates_of, is_quiet
from siteplanner.sources.departures import (
    boardings,
    by_mode,
    count,
    filled_in,
    mode_of,
    numbers,
    seconds,
)
from siteplanner.sources.files import Located
from siteplanner.sources.ledger import Ledger, listed
from siteplanner.sources.positions import from_coordinates
from siteplanner.sources.source import Rows
from siteplanner.sources.zips import feed_of

PER_HOUR, MODE = "departures_per_h", "mode"
AT_ONCE = 500_000
"""Rows of a file that are read at once."""
LARGEST = 4 << 30
"""Bytes that a feed may have once unpacked."""
_WEEK = ("service_id", "start_date", "end_date", *WEEKDAYS)
NEEDED: Mapping[str, tuple[str, ...]] = {
    "stops.txt": ("stop_id", "stop_lat", "stop_lon"),
    "stop_times.txt": ("trip_id", "stop_id", "stop_sequence", "departure_time"),
    "trips.txt": ("trip_id", "route_id", "service_id"),
    "routes.txt": ("route_id", "route_type"),
}
OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "calendar.txt": _WEEK,
    "calendar_dates.txt": ("service_id", "date", "exception_type"),
    "frequencies.txt": ("trip_id", "start_time", "end_time", "headway_secs"),
}
_PLACE, _STATION = ("", "0"), "1"
_NOBODY = "1"
"""Of ``pickup_type``: nobody can board."""


def is_feed(ledger: Ledger, located: Located) -> bool:
    """Say whether a file is a timetable.

    Raises
    ------
    InputError
        If the layer has a timetable and the file is none.
    """
    layer, found = ledger.layer, False
    if located.member and layer.table is None and layer.kind == "points":
        with zipfile.ZipFile(located.path) as archive:
            found = bool(feed_of(archive.namelist(), asked=layer.timetable is not None))
    if layer.timetable is not None and not found:
        what = f"'{located.path.name}' is no timetable"
        todo = "name the zip of a GTFS feed, or delete [timetable]"
        raise ledger.refuse_key("timetable", what, todo)
    return found


def read_stops(ledger: Ledger, located: Located) -> Rows:
    """Read the stops of a feed, and count what departs there.

    Parameters
    ----------
    ledger
        Of the layer; the day that is counted is said there.
    located
        A file in the zip of the feed.

    Returns
    -------
    All columns of ``stops.txt`` as text, ``departures_per_h`` (0 where nothing departs) and
    ``mode`` (what most departures are; where nothing departs then, those of the whole feed;
    missing where nobody ever boards), with points.

    Raises
    ------
    InputError
        With all that is missing in the feed, or if nothing runs on the day asked for.
    """
    timetable = ledger.layer.timetable or Timetable()
    feed = _read(ledger, located)
    stops = feed["stops.txt"].drop_duplicates("stop_id").reset_index(drop=True)
    trips, every = _trips(ledger, feed), _every(ledger, feed)
    rows = boardings(_times(ledger, feed, stops), trips, every)
    ledger.stop_if_wrong()
    calendar = _calendar(ledger, feed)
    runs = _runs(trips, every)
    day = _day(ledger, calendar, runs, timetable.day)
    _say_day(ledger, day, timetable)
    running = tuple(calendar.running(day - before * DAY) for before in range(3))
    counted = count(rows, running, timetable.window_s)
    return _placed(ledger, stops, (counted, by_mode(rows)), timetable)


def _read(ledger: Ledger, located: Located) -> dict[str, pd.DataFrame]:
    """Read the files of the feed that count; say all at once which are missing."""
    tables: dict[str, pd.DataFrame] = {}
    folder = PurePosixPath(located.member).parent
    with zipfile.ZipFile(located.path) as archive:
        sizes = {one.filename: one.file_size for one in archive.infolist()}
        there = {name: str(folder / name) for name in (*NEEDED, *OPTIONAL)}
        if sum(sizes.get(name, 0) for name in there.values()) > LARGEST:
            found = f"unpacked it would have more than {LARGEST >> 30} GB"
            raise ledger.refuse_file(found, "do not trust it; fetch the feed of your city alone")
        for name, columns in {**NEEDED, **OPTIONAL}.items():
            if there[name] in sizes:
                table = _table(ledger, archive, there[name], columns)
                if table is not None:
                    tables[name] = table
            elif name in NEEDED:
                todo = "fetch the feed again: a GTFS feed has to have it"
                ledger.in_file(name, "the file is missing in the zip", todo)
        if not any(there[name] in sizes for name in ("calendar.txt", "calendar_dates.txt")):
            todo = "fetch the feed again: a GTFS feed has one of them"
            ledger.in_file("calendar.txt", "both it and calendar_dates.txt are missing", todo)
    ledger.stop_if_wrong()
    return tables


def _table(
    ledger: Ledger, archive: zipfile.ZipFile, path: str, columns: tuple[str, ...]
) -> pd.DataFrame | None:
    """Read one file as text, blanks as empty text; None where it cannot be used."""
    name = PurePosixPath(path).name
    wanted = {*columns, "arrival_time", "pickup_type"}
    try:
        with archive.open(path) as stream:
            table = _together(
                pd.read_csv(
                    stream,
                    dtype=str,
                    keep_default_na=False,
                    encoding="utf-8-sig",
                    index_col=False,
                    skipinitialspace=True,
                    usecols=None if name == "stops.txt" else lambda one: one.strip() in wanted,
                    chunksize=AT_ONCE,
                )
            )
    except pd.errors.EmptyDataError:
        ledger.in_file(name, "the file is empty", "fetch the feed again")
        return None
    except UnicodeDecodeError:
        ledger.in_file(name, "it is not UTF-8", "save it as UTF-8, as GTFS asks")
        return None
    except (pd.errors.ParserError, zipfile.BadZipFile, zlib.error, EOFError, OSError):
        ledger.in_file(name, "it is damaged, or no table with commas", "fetch the feed again")
        return None
    missing = [one for one in columns if one not in table]
    if missing:
        noun = "column" if len(missing) == 1 else "columns"
        todo = "fetch the feed again: GTFS asks for it"
        ledger.in_file(name, f"it lacks the {noun} {listed(missing, 9)}", todo)
        return None
    if name in NEEDED and not len(table):
        ledger.in_file(name, "it has no rows", "fetch the feed again")
        return None
    return table


def _together(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Strip texts part by part; a long file keeps each different text once, to spare memory."""
    tables = []
    for part in parts:
        bare = pd.DataFrame({str(one).strip(): part[one].str.strip() for one in part})
        tables.append(bare)
        if len(part) == AT_ONCE or len(tables) > 1:
            tables[-1] = bare.astype("category")
    if len(tables) == 1:
        return tables[0].astype(str)
    columns = tables[0].columns
    return pd.DataFrame({one: union_categoricals([t[one] for t in tables]) for one in columns})


def _trips(ledger: Ledger, feed: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Give service and mode of each trip."""
    routes = feed["routes.txt"].drop_duplicates("route_id").set_index("route_id")["route_type"]
    trips = feed["trips.txt"].drop_duplicates("trip_id").set_index("trip_id")
    kinds = {kind: mode_of(kind) for kind in routes.unique()}
    mode = trips["route_id"].map(routes).map(kinds)
    reason = "trips on a route that routes.txt does not have: what drives there is unknown"
    ledger.notice("flagged", int(mode.isna().sum()), len(trips), reason, trips.index[mode.isna()])
    return pd.DataFrame({"service_id": trips["service_id"], "mode": mode.fillna("other")})


def _times(ledger: Ledger, feed: Mapping[str, pd.DataFrame], stops: pd.DataFrame) -> pd.DataFrame:
    """Give the times of each trip in its order, those between two known ones filled in."""
    table = feed["stop_times.txt"]
    number = numbers(table["stop_sequence"])
    text = table["departure_time"]
    time_s = seconds(text)
    unread = time_s.isna() & (text != "")
    if "arrival_time" in table:
        time_s = time_s.where(text != "", seconds(table["arrival_time"]))
    known = table["trip_id"].isin(feed["trips.txt"]["trip_id"])
    known &= table["stop_id"].isin(stops["stop_id"]) & number.notna()
    reason = "times of a trip or a stop that the feed does not have, or without a place in it"
    ledger.notice("dropped", int((~known).sum()), len(table), reason, table["trip_id"][~known])
    reason = "times that cannot be read (GTFS writes 07:05:00)"
    ledger.notice("flagged", int(unread.sum()), len(table), reason, text[unread].unique())
    boards = table["pickup_type"] != _NOBODY if "pickup_type" in table else True
    times = pd.DataFrame({"trip_id": table["trip_id"], "stop_id": table["stop_id"]})
    times = times.assign(number=number, time_s=time_s, boards=boards)[known]
    times = times.sort_values(["trip_id", "number"], kind="stable", ignore_index=True)
    codes = pd.factorize(times["trip_id"])[0]
    filled = filled_in(codes, times["time_s"].to_numpy())
    blank = int((times["time_s"].isna() & ~pd.isna(filled)).sum())
    reason = "times that the feed leaves out, filled in evenly between two stops with a time"
    ledger.notice("mended", blank, len(table), reason)
    times["time_s"] = filled
    if times["time_s"].isna().all():
        found = "no time of a known trip at a known stop can be read"
        ledger.in_file("stop_times.txt", found, "fetch the feed again")
    return times


def _every(ledger: Ledger, feed: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Give the spells in which a trip is repeated."""
    table = feed.get("frequencies.txt", pd.DataFrame(columns=list(OPTIONAL["frequencies.txt"])))
    headway = numbers(table["headway_secs"])
    found = pd.DataFrame({"trip_id": table["trip_id"], "headway_s": headway})
    found["start_s"], found["end_s"] = seconds(table["start_time"]), seconds(table["end_time"])
    sound = (found["headway_s"] > 0) & (found["end_s"] > found["start_s"])
    reason = "spells of frequencies.txt without a start, an end after it, and a headway above 0"
    ledger.notice("dropped", int((~sound).sum()), len(found), reason, table["trip_id"][~sound])
    return found[sound]


def _calendar(ledger: Ledger, feed: Mapping[str, pd.DataFrame]) -> Calendar:
    week = feed.get("calendar.txt", pd.DataFrame(columns=list(_WEEK)))
    dates = feed.get(
        "calendar_dates.txt", pd.DataFrame(columns=list(OPTIONAL["calendar_dates.txt"]))
    )
    weekly = pd.DataFrame({"service_id": week["service_id"]})
    for name in ("start_date", "end_date"):
        weekly[name] = dates_of(week[name])
    for name in WEEKDAYS:
        weekly[name] = (week[name] == "1").astype(bool)
    exceptions = pd.DataFrame({"service_id": dates["service_id"], "date": dates_of(dates["date"])})
    exceptions["runs"] = (dates["exception_type"] == "1").astype(bool)
    for name, table in (("calendar.txt", weekly), ("calendar_dates.txt", exceptions)):
        wrong = table.isna().any(axis=1)
        reason = f"rows of {name} without a day that can be read (GTFS writes 20261103)"
        ledger.notice("dropped", int(wrong.sum()), len(table), reason, table["service_id"][wrong])
    return Calendar(weekly.dropna(ignore_index=True), exceptions.dropna(ignore_index=True))


def _runs(trips: pd.DataFrame, every: pd.DataFrame) -> pd.Series:
    """Count the trips of each service, repeated ones as often as they run."""
    repeated = (every["end_s"] - every["start_s"]) / every["headway_s"]
    runs = repeated.groupby(every["trip_id"]).sum().reindex(trips.index).fillna(1.0)
    return runs.groupby(trips["service_id"]).sum()


def _day(ledger: Ledger, calendar: Calendar, runs: pd.Series, asked: str) -> pd.Timestamp:
    dated = asked[0].isdecimal()
    day = pd.Timestamp(asked) if dated else busiest(calendar, runs, asked)
    if day is not None and calendar.running(day) & set(runs.index):
        return day
    period = calendar.period()
    if period is None:
        found = "no service has a day on which it runs"
        raise _refusal(ledger, "calendar.txt", found, "fetch a feed that holds now")
    first, last = (one.date().isoformat() for one in period)
    todo = f"ask for another day: timetable.day = … (the feed goes from {first} to {last})"
    found = f"nothing runs on {asked}" if dated else f"nothing runs on any {asked}"
    raise ledger.refuse_key("timetable.day", found, todo)


def _refusal(ledger: Ledger, key: str, found: str, todo: str) -> InputError:
    ledger.in_file(key, found, todo)
    return InputError(ledger.problems)


def _say_day(ledger: Ledger, day: pd.Timestamp, asked: Timetable) -> None:
    name = WEEKDAYS[day.weekday()].capitalize()
    dated = asked.day[0].isdecimal()
    why = "" if dated else f", the {asked.day} with most trips in the feed"
    if is_quiet(day) and not dated:
        why += " (hardly a usual day: better name one, timetable.day = …)"
    ledger.remark(
        f"departures are those of {name} {day.date().isoformat()}, {asked.start} to "
        f"{asked.end}{why}; each departure at each stop counts, in both directions"
    )


def _placed(
    ledger: Ledger,
    stops: pd.DataFrame,
    departing: tuple[pd.DataFrame, pd.DataFrame],
    timetable: Timetable,
) -> Rows:
    """Give the stops (or stations) as rows with points."""
    counted, ever = departing
    kind = stops["location_type"] if "location_type" in stops else pd.Series("", stops.index)
    parent = stops["parent_station"] if "parent_station" in stops else pd.Series("", stops.index)
    kept = kind.isin(_PLACE)
    if timetable.stations:
        stations = set(stops["stop_id"][kind == _STATION])
        at = parent.where(parent.isin(stations) & kept, stops["stop_id"])
        at.index = pd.Index(stops["stop_id"])
        counted, ever = (one.groupby(at.reindex(one.index).to_numpy()).sum() for one in departing)
        kept = (kept & ~parent.isin(stations)) | stops["stop_id"].isin(at[at.isin(stations)])
    what = "platforms, entrances" if timetable.stations else "stations, entrances"
    reason = f"{what} and ways inside: each place where people board counts once"
    ledger.notice("dropped", int((~kept).sum()), len(stops), reason, stops["stop_id"][~kept])
    rows: Any = stops[kept].reset_index(drop=True)
    total = counted.sum(axis=1).reindex(rows["stop_id"]).fillna(0.0).to_numpy()
    that_day, any_day = (one.idxmax(axis=1).reindex(rows["stop_id"]) for one in (counted, ever))
    most = that_day.fillna(any_day).to_numpy()
    rows = rows.replace("", None).assign(**{PER_HOUR: total / timetable.hours, MODE: most})
    placed = from_coordinates(ledger, Rows(rows), ("stop_lon", "stop_lat"))
    return Rows(placed.table, placed.geometry, CRS("EPSG:4326"))
