"""Times of the week: read, refused, and held against opening hours minute by minute."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from siteplanner.errors import InputError
from siteplanner.model import Layer, Moment, Walk
from siteplanner.model.moment import CODES, parts_of
from siteplanner.sources.hours import judged, week
from siteplanner.sources.opening import counts_as_open, states
from siteplanner.sources.reading import read
from siteplanner.sources.weekly import week_texts
from siteplanner.walk.closing import closed_to

clock = st.integers(0, 47).flatmap(lambda a: st.tuples(st.just(a), st.integers(a + 1, 48)))
days = st.tuples(st.integers(0, 6), st.integers(0, 6))


def written(part: tuple[tuple[int, int], list[tuple[int, int]]]) -> str:
    (first, last), spans = part
    said = CODES[first] if first == last else f"{CODES[first]}-{CODES[last]}"
    hours = [f"{a // 2:02d}:{a % 2 * 30:02d}-{b // 2:02d}:{b % 2 * 30:02d}" for a, b in spans]
    return f"{said} {','.join(hours)}"


times = st.lists(
    st.tuples(days, st.lists(clock, min_size=1, max_size=2)), min_size=1, max_size=2
).map(lambda parts: "; ".join(map(written, parts)))


def oracle(time: str) -> set[int]:
    """Read a time by hand: which half hours of the week it has."""
    found = set()
    for part in time.split("; "):
        said, hours = part.split(" ")
        first, _, last = said.partition("-")
        day, end = CODES.index(first), CODES.index(last or first)
        while True:
            for span in hours.split(","):
                a, b, c, d = map(int, re.findall(r"\d\d", span))
                found |= {48 * day + n for n in range(2 * a + b // 30, 2 * c + d // 30)}
            if day == end:
                break
            day = (day + 1) % 7
    return found


@given(times)
@settings(max_examples=60, deadline=None)
def test_a_time_has_the_half_hours_that_it_says(time):
    moment = Moment(time=time)
    assert set(moment.half_hours) == oracle(time)
    assert Moment(time=moment.time).half_hours == moment.half_hours
    assert parts_of(moment.time) == parts_of(time)


@given(times, st.lists(st.one_of(times, st.none(), st.just("on demand")), min_size=1, max_size=3),
       st.sampled_from([0.25, 0.5, 1.0]))  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_what_is_open_is_what_brute_force_finds(time, hours, share):
    moment = Moment(time=time, open_share=share)
    found = states(pd.Series(hours, dtype=object), moment)
    asked = oracle(time)
    for text, state, part in zip(hours, found["state"], found["open_share"], strict=True):
        is_open = None if text is None else week(text)
        if is_open is None:
            assert (state, np.isnan(part)) == ("unknown", True)
            continue
        count = sum(bool(is_open[one]) for one in asked)
        assert part == pytest.approx(count / len(asked))
        assert state == ("open" if count >= share * len(asked) - 1e-9 else "closed")


def test_a_smaller_share_and_open_for_unknown_never_close_a_place():
    texts = pd.Series(["Sa 09:00-10:30", "Sa 09:00-12:00", "Mo-Fr 08:00-12:00; Sa unknown", None])
    counted = {
        (share, unknown): set(np.flatnonzero(counts_as_open(states(texts, one)["state"], one)))
        for share in (1.0, 0.5)
        for unknown in ("closed", "open")
        for one in [Moment(time="Sa 09:00-12:00", open_share=share, hours_unknown=unknown)]
    }
    assert counted[1.0, "closed"] == {1}
    assert counted[0.5, "closed"] == {0, 1}
    assert counted[1.0, "open"] == {1, 2, 3}
    assert counted[0.5, "open"] == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("text", "time", "state"),
    [
        ("Fr 20:00-02:00", "Sa 00:00-02:00", "open"),  # past midnight
        ("Su 20:00-02:00", "Mo 00:00-02:00", "open"),  # past the end of the week
        ("24/7", "Su 23:00-24:00", "open"),
        ("off", "Mo 09:00-10:00", "closed"),
        ("Mo-Fr 08:00-12:00; Sa unknown", "Mo-Fr 09:00-10:00", "open"),
        ("Mo-Fr 08:00-12:00; Sa unknown", "Sa 09:00-10:00", "unknown"),
        ("Mo-Fr 08:00-12:00; Sa unknown", "Su 09:00-10:00", "closed"),
        ("Mo-Fr 08:00-12:00; Sa unknown", "Sa,Su 09:00-10:00", "closed"),  # Sunday settles it
        ("Lunes a viernes de 8:00 am a 5:00 pm", "Mo 16:30-17:00", "open"),
        ("Segunda a sexta, das 8h às 17h", "Mo 17:00-17:30", "closed"),
    ],
)
def test_hours_at_a_time(text, time, state):
    assert states(pd.Series([text]), Moment(time=time))["state"].tolist() == [state]


@pytest.mark.parametrize(
    ("time", "todo"),
    [
        ("", "write days as Mo, Tu, We, Th, Fr, Sa, Su"),
        ("09:00-12:00", "write days as Mo"),
        ("Mo-Fr", "write days as Mo"),
        ("sábado 09:00-12:00", "write Sa for sabado"),
        ("Terça-feira 09:00-12:00", "write Tu for Terca-feira"),
        ("Saturday 09:00-12:00", "write Sa for Saturday"),
        ("星期六 09:00-12:00", "write Sa for 星期六"),
        ("sa 09:00-12:00", "write Sa for sa"),
        ("PH 09:00-12:00", "public holidays are not known"),
        ("Fr 22:00-02:00", 'write it as two: "Fr 22:00-24:00; Sa 00:00-02:00"'),
        ("Su 22:00-00:00", 'write 24:00 for midnight: "Su 22:00-24:00"'),
        ("Sa 09:00-09:00", "let it end later"),
        ("Sa 09:00-09:45", "write full or half hours, as 09:00 or 09:30"),
        ("Sa 09:00-25:00", "write 00:00 to 24:00"),
        ("Sa 09:60-10:00", "write 00:00 to 24:00"),
        ("Sa 09:00-12:00; x" * 40, "write days as Mo"),
    ],
)
def test_a_time_that_cannot_be_read_says_how_to_write_it(time, todo):
    with pytest.raises(ValidationError) as error:
        Moment(time=time)
    (said,) = error.value.errors()
    assert todo in str(said["ctx"]["error"])


WEEK = """\
title = "Clinics"
source = "clinics.csv"
kind = "points"
id = "name"
coordinates = ["lon", "lat"]
hours = { Mo-Fr = "laborables", Sa = "sabado" }
"""
ROWS = """\
name,lon,lat,laborables,sabado
full,-74.0,4.0,08:00-12:00,9h a 13h
empty,-74.1,4.0,8:00 a.m. a 4:30 p.m.,
none,-74.2,4.0,,
odd,-74.3,4.0,con cita previa,09:00-13:00
shut,-74.4,4.0,24 horas,cerrado
"""


def layer(tmp_path, text: str = WEEK, rows: str = ROWS, suffix: str = "csv") -> Layer:
    import tomllib

    path = tmp_path / f"clinics.{suffix}"
    path.write_text(rows, encoding="utf-8")
    return Layer(name="clinics", **tomllib.loads(text))


def test_a_weekly_table_is_read_day_by_day(tmp_path):
    source = read(layer(tmp_path), tmp_path)
    hours = source.table["hours"]
    assert hours["full"] == "Mo-Fr 08:00-12:00; Sa 09:00-13:00; Su unknown"
    assert pd.isna(hours["none"])
    for time, found in {
        "Sa 09:00-12:00": {"full": "open", "empty": "unknown", "odd": "open", "shut": "closed"},
        "Mo 09:00-12:00": {"full": "open", "empty": "open", "odd": "unknown", "shut": "open"},
        "Su 09:00-12:00": dict.fromkeys(("full", "empty", "odd", "shut"), "unknown"),
    }.items():
        state = states(hours, Moment(time=time))["state"]
        assert state.drop("none").to_dict() == found
        assert state["none"] == "unknown"
    said = "\n".join(map(str, source.notices))
    assert "1 of 5 rows flagged: hours of some days cannot be read" in said
    assert "1 of 5 rows flagged: they give no hours: unknown, not closed" in said
    assert "1 of 5 rows flagged: 'sabado' is empty: on Sa unknown, not closed" in said


def test_an_empty_cell_is_closed_where_the_layer_says_so(tmp_path):
    source = read(layer(tmp_path, WEEK + 'hours_empty = "closed"\n'), tmp_path)
    for time in ("Sa 09:00-12:00", "Su 09:00-12:00", "Mo 09:00-12:00"):
        state = states(source.table["hours"], Moment(time=time))["state"]
        assert state["none"] == "closed"
        assert state["odd"] == {"Mo": "unknown", "Sa": "open", "Su": "closed"}[time[:2]]
    assert "closed, as hours_empty says" in "\n".join(map(str, source.notices))
    plain = WEEK.replace('{ Mo-Fr = "laborables", Sa = "sabado" }', '"laborables"')
    texts = read(layer(tmp_path, plain + 'hours_empty = "closed"\n'), tmp_path).table["hours"]
    assert texts["none"] == "off"


def test_a_weekly_table_from_excel_reads_alike(tmp_path):
    source = read(layer(tmp_path), tmp_path)
    pd.read_csv(tmp_path / "clinics.csv").to_excel(tmp_path / "clinics.xlsx", index=False)
    text = WEEK.replace("clinics.csv", "clinics.xlsx")
    again = read(layer(tmp_path, text), tmp_path)
    assert again.table["hours"].equals(source.table["hours"])


def test_a_missing_column_of_a_weekly_table_is_named(tmp_path):
    text = WEEK.replace('"sabado"', '"sabados"')
    with pytest.raises(InputError, match=r"hours.Sa: .* has no column 'sabados'; did you mean"):
        read(layer(tmp_path, text), tmp_path)


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ({"lunes": "a"}, "no day is called 'lunes'; write Mo for lunes"),
        ({"Mo": "a", "Mo-Fr": "b"}, "Mo has two columns, a and b"),
        ({}, "no day has a column"),
        ({"Mo": 3}, "no column is named for Mo"),
        (7, "no column is named"),
    ],
)
def test_a_weekly_table_that_cannot_be_is_refused(hours, said):
    with pytest.raises(ValidationError, match=re.escape(said)):
        Layer(name="a", title="A", source="a.csv", kind="table", hours=hours)


def test_what_empty_cells_mean_needs_hours():
    with pytest.raises(ValidationError, match="hours_empty is about no column"):
        Layer(name="a", title="A", source="a.csv", kind="table", hours_empty="closed")


@given(st.lists(st.one_of(st.none(), st.text(max_size=12)), min_size=1, max_size=4), st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_cell_of_a_weekly_table_breaks_the_reading(cells, closed):
    """Whatever a cell says, the other days keep their hours."""
    said = pd.Series(cells, dtype=object)
    hours = pd.Series("08:00-12:00", index=said.index, dtype=object)
    texts, _ = week_texts({"Mo": said, "Tu": hours}, empty_is_closed=closed)
    for text in texts:
        found = judged(text)
        assert found is not None
        assert found[0][48:96].sum() == 8
        assert found[1][48:96].all()


def test_half_known_hours_are_no_hours_of_a_week():
    assert week("Mo-Fr 08:00-12:00; Sa unknown") is None
    is_open, known = judged("Mo-Fr 08:00-12:00; Sa unknown")
    assert (is_open.sum(), (~known).sum()) == (40, 48)
    with pytest.raises(ValueError, match="read-only"):
        is_open[0] = True


def test_streets_that_are_closed_are_those_that_lead_inside():
    streets = shapely.from_wkt([
        "LINESTRING (0 0, 100 0)",  # along the edge
        "LINESTRING (0 3, 100 3)",  # the edge is drawn a little off
        "LINESTRING (50 -50, 50 0)",  # up to the gate
        "LINESTRING (50 0, 50 40)",  # in
        "LINESTRING (0 50, 100 50)",  # through
        "LINESTRING (0 200, 100 200)",
    ])  # fmt: skip
    park = shapely.from_wkt(["POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))"])
    assert closed_to(streets, park).tolist() == [False, False, False, True, True, False]
    alley = shapely.from_wkt(["POLYGON ((48 -30, 52 -30, 52 -10, 48 -10, 48 -30))"])
    assert closed_to(streets, alley).tolist() == [False, False, True, False, False, False]
    gate = shapely.from_wkt(["POINT (50 20.5)", "POINT EMPTY"])
    assert closed_to(streets, gate).tolist() == [False, False, False, True, False, False]
    fence = shapely.from_wkt(["LINESTRING (40 60, 60 60)", "LINESTRING (40 210, 40 190)"])
    assert closed_to(streets, fence).tolist() == [False, False, False, False, False, True]
    assert not closed_to(streets, park[:0]).any()


def test_penalties_hold_by_light():
    unlit = {"unlit": {"where": {"lit": ["no"]}, "factor": 2, "after_dark": True}}
    hill = {"hill": {"where": {"surface": ["mud"]}, "factor": 2}}
    walk = Walk(network="streets", limit_m=500, penalties=unlit | hill)
    assert list(walk.by_light(dark=True).penalties) == ["unlit", "hill"]
    assert list(walk.by_light(dark=False).penalties) == ["hill"]
    assert walk.by_light(dark=True) is walk
