"""Timetables: a feed small enough to count by hand, and feeds that are none."""

from __future__ import annotations

import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteplanner.errors import InputError
from siteplanner.model import read_layer
from siteplanner.model.timetable import WEEKDAYS
from siteplanner.sources import departures
from siteplanner.sources.calendars import Calendar, busiest, is_quiet

FEED = {
    "stops.txt": """stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station
A,Avenida,4.60,-74.10,0,
B,Banco,4.61,-74.10,,
C,Centro,4.62,-74.10,0,
S,Sur station,4.63,-74.10,1,
S1,Sur platform 1,4.6301,-74.10,0,S
S2,Sur platform 2,4.6302,-74.10,0,S
SE,Sur entrance,4.6303,-74.10,2,S
""",
    "routes.txt": "route_id,route_type\nR,3\nM,1\n",
    "trips.txt": """route_id,service_id,trip_id
R,wk,t1
R,wk,t2
R,wk,t3
M,wk,t4
R,sa,t5
R,wk,t6
R,x,t7
""",
    "stop_times.txt": """trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type
t1,07:00:00,07:00:00,A,1,0
t1,,,B,5,0
t1,07:20:00,07:20:00,C,10,0
t2,06:55:00,06:55:00,A,1,
t2,07:05:00,07:05:00,B,2,
t2,07:15:00,07:15:00,C,3,
t3,24:30:00,24:30:00,A,1,
t3,25:00:00,25:00:00,B,2,
t4,00:00:00,00:00:00,S1,1,
t4,00:05:00,00:05:00,S2,2,
t4,00:12:00,00:12:00,C,3,
t5,10:00:00,10:00:00,C,1,
t5,10:10:00,10:10:00,A,2,
t6,08:00:00,08:00:00,A,1,1
t6,08:10:00,08:10:00,B,2,
t6,08:20:00,08:20:00,C,3,
t7,09:00:00,09:00:00,A,1,
t7,09:10:00,09:10:00,C,2,
""",
    "frequencies.txt": "trip_id,start_time,end_time,headway_secs\nt4,06:00:00,08:00:00,600\n",
    "calendar.txt": f"""service_id,{",".join(WEEKDAYS)},start_date,end_date
wk,1,1,1,1,1,0,0,20261101,20261130
sa,0,0,0,0,0,1,0,20261101,20261130
""",
    "calendar_dates.txt": "service_id,date,exception_type\nx,20261103,1\nwk,20261104,2\n",
}
KEYS = {
    "id": "stop_id",
    "label": "stop_name",
    "columns": {"departures_per_h": "value", "mode": "category"},
}


@pytest.fixture
def feed(folder):
    """Zip a feed, some of its files changed (None: left out); give the zip's name."""

    def make(changed=None, folder_in_zip="", name="gtfs.zip"):
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, text in {**FEED, **(changed or {})}.items():
                if text is not None:
                    archive.writestr(folder_in_zip + part, text)
        return name

    return make


@pytest.fixture
def stops(feed, reading):
    def read(changed=None, folder_in_zip="", **keys):
        return reading(feed(changed, folder_in_zip), **{**KEYS, **keys})

    return read


def times_12(table):
    return {row: round(12 * one, 6) for row, one in table["departures_per_h"].items() if one}


# By hand


def test_departures_of_the_busiest_weekday(stops):
    """3 November has one trip more than other days; nobody boards where a trip ends."""
    source = stops()
    table = source.table
    assert list(table.index) == ["A", "B", "C", "S1", "S2"]
    assert times_12(table) == {"A": 2, "B": 3, "S1": 6, "S2": 6}
    assert table["departures_per_h"]["C"] == 0
    assert table["mode"].to_dict() == {
        "A": "bus", "B": "bus", "C": "bus", "S1": "metro", "S2": "metro",
    }  # fmt: skip
    assert table.crs == "EPSG:4326"
    assert (table.geometry["A"].x, table.geometry["A"].y) == (-74.10, 4.60)
    said = "\n".join(str(one) for one in source.notices)
    assert "Tuesday 2026-11-03, 07:00 to 19:00, the weekday with most trips" in said
    assert "1 of 18 rows mended: times that the feed leaves out" in said
    assert "2 of 7 rows dropped: stations, entrances" in said


@pytest.mark.parametrize(
    ("timetable", "counts"),
    [
        ({"day": "saturday"}, {"C": 1}),
        ({"day": "2026-11-02"}, {"A": 1, "B": 3, "S1": 6, "S2": 6}),
        ({"day": "monday"}, {"A": 1, "B": 3, "S1": 6, "S2": 6}),
        ({"day": "tuesday", "from": "06:00", "to": "18:00"}, {"A": 3, "B": 3, "S1": 12, "S2": 12}),
        ({"stations": True}, {"A": 2, "B": 3, "S": 12}),
    ],
)
def test_another_day_other_hours_and_stations(stops, timetable, counts):
    assert times_12(stops(timetable=timetable).table) == counts


def test_of_days_with_as_many_trips_the_first_counts(stops):
    assert "Monday 2026-11-02" in str(stops(timetable={"day": "monday"}).notices)


def test_a_repeated_trip_takes_its_time_from_stop_to_stop(stops):
    """It leaves the first platform at 07:00, and the second five minutes later."""
    found = stops(timetable={"from": "07:04", "to": "07:06"}).table["departures_per_h"]
    assert (found["S1"], found["S2"]) == (0, pytest.approx(30))


def test_a_station_stands_where_the_feed_says(stops):
    table = stops(timetable={"stations": True}).table
    assert list(table.index) == ["A", "B", "C", "S"]
    assert table.geometry["S"].y == 4.63
    assert table["mode"]["S"] == "metro"


def test_what_departs_after_midnight_belongs_to_the_next_day(stops):
    """The bus of Monday's 24:30 leaves on Tuesday at half past midnight."""
    night = {"from": "00:00", "to": "02:00"}
    found = stops(timetable={**night, "day": "2026-11-03"}).table["departures_per_h"]
    assert found["A"] == 0.5
    found = stops(timetable={**night, "day": "2026-11-02"}).table["departures_per_h"]
    assert found["A"] == 0  # there is no service on Sunday the 1st
    found = stops(timetable={**night, "day": "2026-11-07"}).table["departures_per_h"]
    assert found["A"] == 0.5  # Friday's


def test_a_feed_in_a_folder_with_a_mark_of_its_bytes_and_spaces(stops):
    changed = {"routes.txt": "﻿route_id, route_type\nR, 3\nM ,1\n"}
    assert times_12(stops(changed, folder_in_zip="bogota/").table)["S1"] == 6


def test_a_long_feed_is_read_in_parts(stops, monkeypatch):
    whole = stops()
    monkeypatch.setattr("siteplanner.sources.transit.AT_ONCE", 4)
    parts = stops()
    assert parts.table.equals(whole.table)
    assert parts.notices == whole.notices


def test_only_dates_and_no_weeks(stops):
    changed = {
        "calendar.txt": None,
        "calendar_dates.txt": "service_id,date,exception_type\nwk,20261105,1\n",
    }
    source = stops(changed)
    assert times_12(source.table) == {"A": 1, "B": 3, "S1": 6, "S2": 6}
    assert "2026-11-05" in str(source.notices)


def test_the_keys_as_toml(tmp_path):
    text = 'title = "Stops"\nsource = "gtfs.zip"\nkind = "points"\n[timetable]\n'
    (tmp_path / "stops.toml").write_text(text + "day = 2026-11-03\nfrom = 06:00:00\nto = '9:30'\n")
    timetable = read_layer(tmp_path / "stops.toml").timetable
    assert (timetable.day, timetable.window_s, timetable.hours) == (
        "2026-11-03",
        (21600, 34200),
        3.5,
    )


# Brute force


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 3000), st.integers(1, 700), st.integers(0, 40),
    st.integers(0, 3000), st.integers(1, 3000),
)  # fmt: skip
def test_repeated_runs_one_by_one(first, headway, runs, start, length):
    each = [first + k * headway for k in range(runs)]
    expected = sum(start <= one < start + length for one in each)
    numbers = [np.array([float(one)]) for one in (first, headway, runs)]
    assert departures.runs_between(*numbers, (start, start + length)).tolist() == [expected]


# Bad feeds


def test_all_that_is_missing_is_said_at_once(feed, refused):
    changed = {
        "stop_times.txt": None,
        "routes.txt": "route_id\nR\n",
        "trips.txt": "route_id,service_id,trip_id\n",
        "calendar.txt": None,
        "calendar_dates.txt": None,
    }
    text = refused(feed(changed), **KEYS)
    assert "stop_times.txt: the file is missing" in text
    assert "routes.txt: it lacks the column 'route_type'" in text
    assert "trips.txt: it has no rows" in text
    assert "both it and calendar_dates.txt are missing" in text


@pytest.mark.parametrize(
    ("changed", "keys", "said"),
    [
        ({"calendar.txt": FEED["calendar.txt"].splitlines()[0], "calendar_dates.txt": None}, {},
         "calendar.txt: no service has a day on which it runs"),
        ({}, {"timetable": {"day": "sunday"}}, "nothing runs on any sunday"),
        ({}, {"timetable": {"day": "2026-11-04"}}, "nothing runs on 2026-11-04"),
        ({}, {"timetable": {"day": "2027-03-01"}}, "the feed goes from 2026-11-01 to 2026-11-30"),
        ({"stop_times.txt": ""}, {}, "stop_times.txt: the file is empty"),
        ({"stop_times.txt": FEED["stop_times.txt"].replace(":", "h")}, {}, "no time of a known"),
        ({"stops.txt": FEED["stops.txt"].replace("stop_lat", "lat")}, {}, "'stop_lat'"),
        ({"trips.txt": 'route_id,service_id,trip_id\nR,"wk,t1\n'}, {}, "trips.txt: it is damaged"),
        ({"stops.txt": FEED["stops.txt"].encode("utf-16")}, {}, "stops.txt: it is not UTF-8"),
    ],
)  # fmt: skip
def test_feeds_that_are_none(feed, refused, changed, keys, said):
    assert said in refused(feed(changed), **{**KEYS, **keys})


def test_rows_that_do_not_fit_are_counted(stops):
    more = "t9,07:00:00,07:00:00,A,1,\nt1,07:30:00,07:30:00,Z,20,\nt2,7h,7h,C,4,\n"
    changed = {
        "stop_times.txt": FEED["stop_times.txt"] + more,
        "frequencies.txt": FEED["frequencies.txt"] + "t4,09:00:00,08:00:00,600\n",
        "calendar_dates.txt": FEED["calendar_dates.txt"] + "x,tomorrow,1\n",
    }
    source = stops(changed)
    assert times_12(source.table)["A"] == 2
    said = "\n".join(str(one) for one in source.notices)
    assert "2 of 21 rows dropped: times of a trip or a stop that the feed does not have" in said
    assert "1 of 21 rows flagged: times that cannot be read" in said
    assert "1 of 2 rows dropped: spells of frequencies.txt" in said
    assert "1 of 3 rows dropped: rows of calendar_dates.txt" in said


def test_a_timetable_needs_a_feed(write, refused):
    name = write("stops.csv", "lon,lat\n-74.1,4.6\n")
    text = refused(name, timetable={})
    assert "timetable: 'stops.csv' is no timetable; name the zip of a GTFS feed" in text


def test_a_feed_that_unpacks_to_too_much(feed, refused, monkeypatch):
    monkeypatch.setattr("siteplanner.sources.transit.LARGEST", 1000)
    assert "do not trust it" in refused(feed(), **KEYS)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('day = "sometimes"', "write a day of the week, 'weekday' or a date"),
        ('day = "Saturday"', "did you mean 'saturday'"),
        ('from = "7 am"', "write hours and minutes"),
        ('from = "19:00"\nto = "07:00"', "let it end after it begins"),
        ("noon = 3", "noon"),
    ],
)
def test_keys_that_do_not_fit(keys, said, tmp_path):
    text = 'title = "Stops"\nsource = "gtfs.zip"\nkind = "points"\n[timetable]\n'
    (tmp_path / "stops.toml").write_text(text + keys)
    with pytest.raises(InputError) as caught:
        read_layer(tmp_path / "stops.toml")
    assert said in str(caught.value)


def test_the_feed_itself_is_left_alone(feed, reading, folder):
    name = feed()
    before = (folder / name).read_bytes()
    reading(name, **KEYS)
    assert (folder / name).read_bytes() == before


def test_a_zip_with_one_table_is_still_a_table(folder, reading):
    with zipfile.ZipFile(folder / "one.zip", "w") as archive:
        archive.writestr("stops.txt", "lon,lat,people\n-74.1,4.6,5\n")
    assert reading("one.zip", columns={"people": "count"}).table["people"].tolist() == [5]


def weekly(first, last):
    dates = {"start_date": [pd.Timestamp(first)], "end_date": [pd.Timestamp(last)]}
    week = pd.DataFrame({"service_id": ["w"], **dates, **{key: [True] for key in WEEKDAYS}})
    none = pd.DataFrame(
        {"service_id": pd.Series(dtype=str), "date": pd.Series(dtype="datetime64[ns]"),
         "runs": pd.Series(dtype=bool)}
    )  # fmt: skip
    return Calendar(week, none)


@pytest.mark.parametrize(
    ("first", "last", "day"),
    [
        ("2027-01-01", "2027-12-31", "2027-01-07"),  # not Friday, 1 January
        ("2026-12-21", "2027-02-28", "2027-01-07"),
        ("2026-05-01", "2026-06-30", "2026-05-04"),
        ("2026-12-21", "2026-12-31", "2026-12-21"),  # there is no other
        ("2026-11-02", "2026-12-31", "2026-11-02"),
    ],
)
def test_of_equal_days_one_that_people_call_usual(first, last, day):
    found = busiest(weekly(first, last), pd.Series({"w": 5.0}), "weekday")
    assert found == pd.Timestamp(day)


def test_more_trips_count_more_than_a_usual_day():
    calendar = weekly("2027-01-01", "2027-12-31")
    more = pd.DataFrame({"service_id": ["x"], "date": [pd.Timestamp(2027, 1, 1)], "runs": [True]})
    found = busiest(Calendar(calendar.weekly, more), pd.Series({"w": 5.0, "x": 1.0}), "weekday")
    assert found == pd.Timestamp(2027, 1, 1)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 700), st.integers(0, 60))
def test_the_day_has_most_trips_and_is_usual_if_any_is(start, length):
    """Held against every day of the period."""
    first = pd.Timestamp(2026, 1, 1) + pd.Timedelta(days=start)
    last = first + pd.Timedelta(days=length)
    found = busiest(weekly(first, last), pd.Series({"w": 5.0}), "weekday")
    days = [day for day in pd.date_range(first, last) if day.weekday() < 5]
    if not days:
        assert found is None
        return
    usual = [day for day in days if not is_quiet(day)]
    assert found == (usual or days)[0]
