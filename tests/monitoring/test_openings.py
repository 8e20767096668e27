"""Openings and closures: every row is looked at, and none is lost."""

from __future__ import annotations

import datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from siteplanner import InputError
from siteplanner.model import Column, Layer
from siteplanner.monitoring.openings import Openings, read_openings, settled, state_on

DAY = datetime.date(2026, 9, 30)
HEAD = "site,name,opened,closed,capacity,lon,lat"


def layer(name: str = "openings.csv", **more: object) -> Layer:
    return Layer(name="openings", title="O", source=name, kind="table", **more)


def read(folder: Path, *rows: str, head: str = HEAD, **more: object) -> Openings:
    (folder / "openings.csv").write_text("\n".join([head, *rows, ""]), "utf-8")
    return read_openings([layer(**more)], folder)


days = st.dates(datetime.date(2025, 1, 1), datetime.date(2027, 12, 31))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.none() | days, st.none() | days), max_size=4), days)
def test_the_state_is_what_the_days_say(spans, on):
    spans = [(a, b) for a, b in spans if a is None or b is None or a <= b]
    state = state_on(pd.DataFrame(spans, columns=["opened", "closed"], dtype=object), on)
    covers = any(a is not None and a <= on and (b is None or on < b) for a, b in spans)
    assert (state == "open") == covers
    if not spans:
        assert state == "not_open"
    if state == "unknown":
        assert any(a is None and (b is None or b > on) for a, b in spans)


def test_every_row_is_kept(tmp_path):
    found = read(
        tmp_path, "P1,,2026-05-01,,300,,", "P2,,,,,,", "x,Kiosk,2026-05-01 00:00:00,,,-27.0,-20.0"
    ).rows
    assert found["site"].tolist() == ["P1", "P2", "x"]
    assert found["opened"].tolist() == [datetime.date(2026, 5, 1), None, datetime.date(2026, 5, 1)]
    assert found["capacity"].isna().tolist() == [False, True, True]
    assert found.geometry.isna().tolist() == [True, True, False]
    assert found.geometry[2].equals(Point(-27.0, -20.0))


def test_a_workbook_and_other_names_of_columns(tmp_path):
    table = pd.DataFrame({"id": ["P1", "P2"], "start": [pd.Timestamp("2026-05-01"), None]})
    table.to_excel(tmp_path / "o.xlsx", index=False)
    columns = {"opened": Column(**{"from": "start", "kind": "category"})}
    found = read_openings([layer("o.xlsx", id="id", columns=columns)], tmp_path).rows
    assert found["site"].tolist() == ["P1", "P2"]
    assert found["opened"].tolist() == [datetime.date(2026, 5, 1), None]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("P1,,31/09/2026,,,,", "row 2, opened: '31/09/2026' is no date; write year, month, day"),
        ("P1,,2026-02-30,,,,", "'2026-02-30' is no date"),
        ("P1,,soon,,,,", "'soon' is no date"),
        ("P1,,2026-05-01,2026-04-01,,,", "closed on 2026-04-01, before it opened on 2026-05-01"),
        (",,2026-05-01,,,,", "row 2: it names no site"),
        ("P1,,2026-05-01,,many,,", "row 2, capacity: 'many' is no number"),
    ],
)
def test_a_row_that_cannot_be_is_named(tmp_path, row, said):
    with pytest.raises(InputError) as error:
        read(tmp_path, row)
    assert said in str(error.value)


def test_all_wrong_rows_are_named_at_once(tmp_path):
    with pytest.raises(InputError) as error:
        read(tmp_path, "P1,,x,,,,", "P2,,y,z,,,", ",,2026-01-01,,,,")
    assert len(error.value.problems) == 4


def test_a_file_without_the_columns(tmp_path):
    with pytest.raises(InputError, match="no column 'opened'") as error:
        read(tmp_path, "P1,2026-05-01", head="site,openend")
    assert "did you mean 'openend'?" in str(error.value)
    with pytest.raises(InputError, match=r"openings.csv"):
        read_openings([layer("gone/openings.csv")], tmp_path)


def test_places_are_found_by_id_or_by_a_name_of_their_own(baseline, tmp_path):
    planned = baseline.planned
    first, last = planned.index[0], planned["label"].iloc[-1]
    rows = [f"{first},,2026-05-01,,,,", f"{last},,,,,,", "Library,,2026-06-01,2026-07-01,,,",
            "Kiosk,,2026-05-01,,,-27.001,-19.998", "Van,,2026-05-01,,,,",
            "Care block Town Hall,,,2026-08-15,,,"]  # fmt: skip
    found = settled(read(tmp_path, *rows), baseline, DAY)
    kinds = found["kind"].value_counts()
    assert dict(kinds) == {"planned": 3, "unplanned": 3, "existing": len(baseline.existing)}
    assert found["state"][first] == "open"
    assert found["state"][planned.index[-1]] == "unknown"
    assert found["state"][planned.index[1]] == "not_open"
    assert found["state"]["Care block Town Hall"] == "closed"
    assert set(found["state"][found["kind"] == "existing"]) == {"open", "closed"}
    library = found[found["label"] == "Library"].iloc[0]
    assert (library["kind"], library["state"]) == ("unplanned", "closed")
    assert found.geometry["Van"] is None
    assert found.geometry["Kiosk"].distance(planned.geometry.iloc[0]) < 5000
    before = settled(read(tmp_path, *rows), baseline, datetime.date(2026, 1, 1))
    assert before["state"][first] == "not_open"
