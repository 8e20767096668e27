"""Openings and closures: every row is looked at, and none is lost."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from siteplanner import InputError
from siteplanner.model import Column, Layer
from siteplanner.monitoring import counting
from siteplanner.monitoring.baseline import Baseline
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
    ends = [b for a, b in spans if a is None and b is not None]
    state = state_on(pd.DataFrame(spans, columns=["opened", "closed"], dtype=object), on)
    covers = any(
        a is not None
        and a <= on
        and (on < b if b is not None else not any(a < end <= on for end in ends))
        for a, b in spans
    )
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


def test_a_closing_in_a_row_of_its_own_ends_what_opened_before(baseline, tmp_path):
    site = baseline.planned.index[0]
    head = "site,opened,closed"
    rows = [f"{site},2026-05-01,", f"{site},,2026-09-01"]
    for month, state in ((4, "not_open"), (6, "open"), (9, "closed")):
        found = settled(read(tmp_path, *rows, head=head), baseline, datetime.date(2026, month, 1))
        assert found["state"][site] == state
    again = read(tmp_path, *rows, f"{site},2026-09-20,", head=head)
    assert settled(again, baseline, DAY)["state"][site] == "open"


@pytest.fixture
def shared(baseline) -> Baseline:
    """Let the first existing place have the id of the first planned one."""
    ids = [baseline.planned.index[0], *baseline.existing.index[1:]]
    return replace(baseline, existing=baseline.existing.set_axis(ids))


def test_an_id_of_two_places_is_refused_unless_the_row_tells_which(shared, tmp_path):
    site = shared.planned.index[0]
    for rows, head in (
        ([f"{site},2026-05-01,", f"{site},,2026-06-01"], "site,opened,closed"),
        ([f"{site},2026-05-01,0,0", f"{site},2026-06-01,,"], "site,opened,lon,lat"),
        ([f"{site},2026-05-01,school", f"{site},2026-06-01,unplanned"], "site,opened,kind"),
    ):
        with pytest.raises(InputError) as error:
            settled(read(tmp_path, *rows, head=head), shared, DAY)
        assert len(error.value.problems) == 2
        assert (
            f"layers/openings.csv: row 2, site: '{site}' is a planned site and an existing place; "
            "say which in a column kind: planned or existing"
        ) in str(error.value)


def test_two_places_of_one_id_keep_their_own_states(shared, today, tmp_path):
    site = shared.planned.index[0]
    head = "site,opened,closed,kind"
    said = read(tmp_path, f"{site},2026-05-01,,planned", f"{site},,2026-06-01,existing", head=head)
    spots = [table.to_crs(4326).geometry.iloc[0].representative_point()
             for table in (shared.planned, shared.existing)]  # fmt: skip
    rows = [f"{site},,2026-05-01,,,{spots[0].x},{spots[0].y}",
            f"{site},,,2026-06-01,,{spots[1].x},{spots[1].y}"]  # fmt: skip
    for openings in (said, read(tmp_path, *rows)):
        found = settled(openings, shared, DAY)
        own = found.loc[[site]].set_index("kind")
        assert own["state"].to_dict() == {"planned": "open", "existing": "closed"}
    spots = [None if at == 1 else one for at, one in enumerate(found.geometry)]
    found = found.set_geometry(gpd.GeoSeries(spots, index=found.index, crs=found.crs))  # 1: lost
    reach = counting.reach_of(today, found)
    table = counting.by_site(found, reach).set_index("kind", append=True)["today_need"]
    every = settled(said, shared, DAY)
    alone = counting.by_site(every, counting.reach_of(today, every))
    alone = alone.set_index("kind", append=True)["today_need"]
    assert table[site, "planned"] == alone[site, "planned"] > 0
    assert table[[(site, "existing"), (found.index[1], "planned")]].isna().all()
    assert counting.by_phase(shared, found, reach)["open_sites"].tolist() == [1, 1]


def test_a_possible_place_that_stands_already_is_one_place(baseline, tmp_path):
    """It is in both layers under one id: no row of it needs to say which."""
    place = baseline.existing.iloc[[0]][["label", "geometry"]].to_crs(baseline.others.crs)
    others = gpd.GeoDataFrame(pd.concat([baseline.others, place]), crs=baseline.others.crs)
    row = f"{place.index[0]},,2026-06-01"
    openings = read(tmp_path, row, head="site,opened,closed")
    found = settled(openings, replace(baseline, others=others), DAY)
    assert found.loc[place.index[0], ["kind", "state"]].tolist() == ["existing", "closed"]
