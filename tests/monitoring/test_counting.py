"""Promised against reached: what a set reaches, whoever counts it."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from shapely import Point, box

from siteplanner import InputError
from siteplanner.maps.audience import in_tens
from siteplanner.model import Column, Layer
from siteplanner.model.private import Private
from siteplanner.monitoring import counting
from siteplanner.monitoring.openings import OPEN, Openings, settled
from siteplanner.monitoring.visitors import beyond_of, count_visitors
from siteplanner.sources import Source

from .test_openings import DAY

KINDS = ["existing", "planned", "planned", "unplanned"]


def made(share: list[list[float]], states: list[str], people: list[float]) -> counting.Reach:
    """Give cells × four places: one that stood, two planned for phases 1 and 2, one unplanned."""
    places = gpd.GeoDataFrame(
        {"kind": KINDS, "state": states, "phase": [np.nan, 1, 2, np.nan], "label": list("epqu"),
         "need_reached": np.nan},
        index=list("epqu"), geometry=[Point(0, 0)] * 4, crs=32618,
    )  # fmt: skip
    amount = np.array(people)
    inside = np.ones(len(amount), dtype=bool)
    return counting.Reach(sparse.csc_array(np.array(share)), places, amount, amount / 2, inside)


def test_by_eye(baseline):
    """Four cells of 100: the old place has the first, each other place one more."""
    reach = made(np.eye(4).tolist(), [OPEN, OPEN, "not_open", OPEN], [100.0] * 4)
    phases = pd.DataFrame({"planned": [1.0, 2.0], "promised_people": [100.0, 200.0],
                           "promised_need": [50.0, np.nan]}, index=[1, 2])  # fmt: skip
    table = counting.by_phase(replace(baseline, phases=phases, closing=()), reach.places, reach)
    assert table["open_sites"].tolist() == [1, 1]
    assert table["today_people"].tolist() == [100, 200]
    assert table["reached_people"].tolist() == [100, 100]
    assert table["reached_need"].tolist() == [50, 50]
    assert np.isnan(table["promised_need"][2])
    closes = counting.by_phase(
        replace(baseline, phases=phases, closing=("e",)), reach.places, reach
    )
    assert closes["today_people"].tolist() == [0, 100]  # the plan itself closes the old one
    both = counting.altogether(reach)
    assert both["net_people"] == 200
    assert both["more_people"] == 100
    closed = made(np.eye(4).tolist(), ["closed", OPEN, "not_open", OPEN], [100.0] * 4)
    for closing, reached in (((), 100), (("e",), 0)):  # 100 found a place, 100 lost theirs
        plan = replace(baseline, phases=phases, closing=closing)
        table = counting.by_phase(plan, closed.places, closed)
        assert table["reached_people"].tolist() == [reached] * 2
    assert closes["reached_people"].tolist() == [100, 100]  # not closed yet
    both = counting.altogether(closed)
    assert (both["net_people"], both["lost_people"]) == (100, 100)
    sites = counting.by_site(closed.places, closed)
    assert sites.loc[["p", "q", "u"], "today_need"].tolist() == [50, 50, 50]
    assert np.isnan(sites.loc["e", "today_need"])
    assert "e" not in counting.by_site(reach.places, reach).index


shares = st.lists(
    st.lists(st.sampled_from([0.0, 0.4, 1.0]), min_size=4, max_size=4), min_size=1, max_size=5
)


@settings(deadline=None, max_examples=20)
@given(shares, st.lists(st.sampled_from([OPEN, "closed", "unknown"]), min_size=4, max_size=4))
def test_it_is_what_a_plain_loop_counts(share, states):
    reach = made(share, states, [10.0 * (1 + at) for at in range(len(share))])
    found = counting.altogether(reach)
    net = lost = more = 0.0
    for at, row in enumerate(share):
        n = 10.0 * (1 + at)
        now = max((s for s, state in zip(row, states, strict=True) if state == OPEN), default=0)
        ours = max((s for s, state in zip(row[:3], states[:3], strict=True) if state == OPEN),
                   default=0)  # fmt: skip
        net += n * (now - row[0])
        lost += n * max(row[0] - now, 0)
        more += n * (now - ours)
    assert found["net_people"] == pytest.approx(net)
    assert found["lost_people"] == pytest.approx(lost)
    assert found["more_people"] == pytest.approx(more)


def test_what_was_promised_is_what_all_planned_places_bring(baseline, today, promised):
    """The same data, the same walks: the promise is kept to the last person."""
    nothing = gpd.GeoDataFrame(
        {"site": [], "name": [], "opened": [], "closed": [], "capacity": []}, geometry=[], crs=4326
    )
    places = settled(Openings(nothing, {}), baseline, DAY)
    reach = counting.reach_of(today, places)
    table = counting.by_phase(baseline, places, reach)
    told = promised["outcomes"]["by_phase"]
    assert table["promised_people"].tolist() == [one["people newly"] for one in told]
    assert table["today_people"].tolist() == pytest.approx([one["people newly"] for one in told])
    assert table["today_need"].tolist() == pytest.approx(table["promised_need"].tolist(), abs=1e-5)
    assert table["reached_people"].tolist() == [0, 0]
    assert table["open_sites"].tolist() == [0, 0]
    alone = counting.by_site(places, reach)
    assert alone["today_need"].tolist() == pytest.approx(alone["promised_need"].tolist(), abs=1e-5)


def test_the_public_has_tens_and_nothing_that_tells_more():
    table = pd.DataFrame({"visitors": [20.0], "people": [41.0], "reached_people": [38.0],
                          "share_within": [38 / 41], "per_1000": [1000 * 20 / 38]})  # fmt: skip
    public = counting.released(table, in_tens).iloc[0]
    assert public[["people", "reached_people"]].tolist() == [40, 40]
    assert public["per_1000"] == 500
    assert public["share_within"] == 1
    small = counting.released(table.assign(reached_people=4.0), in_tens).iloc[0]
    assert small[["reached_people", "share_within", "per_1000"]].isna().all()


def square(x: float, y: float, side: float = 400.0) -> object:
    return box(x, y, x + side, y + side)


def attending(today, rows: list[tuple[float, str]], **more: object) -> Source:
    """Give visitors by origin: squares side by side from the south west of the area."""
    west, south, *_ = today.study.area.bounds
    columns = {"visitors": Column(kind="count"), "site": Column(kind="category")}
    layer = Layer(name="attendance", title="A", source="a.csv", kind="polygons",
                  **({"columns": columns} | more))  # fmt: skip
    table = gpd.GeoDataFrame(
        {"visitors": [n for n, _ in rows], "site": [site for _, site in rows]},
        index=[f"o{at}" for at in range(len(rows))],
        geometry=[square(west + 400 * at, south + 400) for at in range(len(rows))],
        crs=today.study.crs,
    )
    return Source(layer, table, None, (), "0" * 64)


@pytest.fixture(scope="module")
def opened(baseline, today):
    rows = pd.DataFrame({"site": [baseline.planned.index[0]], "name": "", "capacity": np.nan,
                         "opened": [DAY], "closed": [None]})  # fmt: skip
    table = gpd.GeoDataFrame(rows, geometry=[None], crs=4326)
    return counting.reach_of(today, settled(Openings(table, {}), baseline, DAY))


def test_visitors_by_origin(today, opened):
    first = str(opened.places.index[0])
    found = count_visitors(
        attending(today, [(40.0, ""), (9.0, ""), (np.nan, ""), (25.0, first)]), today, opened
    )
    assert found.withheld == 2
    assert found.visitors == 65
    assert list(found.origins.index) == ["o0", "o3"]
    assert (found.origins["visitors"] >= 10).all()
    assert found.origins["visited"].tolist() == ["", opened.places["label"].iloc[0]]
    low, high = found.beyond
    assert 0 <= low <= high <= 1
    reached = opened.people * opened.best(opened.places["state"] == OPEN)
    assert found.silent_people <= np.nansum(reached[opened.inside])


def test_an_origin_counts_the_people_of_its_own_cells(today, opened):
    whole = today.study.area.buffer(50)
    source = attending(today, [(50.0, "")])
    table = source.table.set_geometry([whole], crs=today.study.crs)
    found = count_visitors(replace(source, table=table), today, opened)
    row = found.origins.iloc[0]
    points = today.cells.representative_point().within(whole).to_numpy()
    served = opened.best(opened.places["state"] == OPEN)
    assert row["people"] == pytest.approx(np.nansum(opened.people[points]))
    assert row["reached_people"] == pytest.approx(np.nansum((opened.people * served)[points]))
    assert found.beyond == (0.0, 1.0)  # partly within reach: nobody can tell
    assert found.silent_people == 0


def test_who_lives_at_points_is_unknown(today, opened):
    source = attending(today, [(50.0, ""), (20.0, "")])
    table = source.table
    table = table.set_geometry([table.geometry.iloc[0].centroid, table.geometry.iloc[1]])
    origins = count_visitors(replace(source, table=table), today, opened).origins
    assert origins.loc["o0", ["people", "reached_people", "per_1000"]].isna().all()
    assert 0 <= origins["share_within"]["o0"] <= 1
    home = today.cells[today.cells["people"] > 0].representative_point().iloc[[0, 0]]
    table = source.table.set_geometry(home.to_numpy(), crs=today.cells.crs)
    origins = count_visitors(replace(source, table=table), today, opened).origins
    assert origins[["people", "reached_people"]].isna().all(axis=None)  # on a home by chance


def test_places_that_are_called_the_same_keep_their_own_reach(today, opened):
    places = opened.places.assign(label="School")
    reach = replace(opened, places=places)
    whole = [today.study.area.buffer(50)] * 2
    found = []
    for sites in (list(places.index[:2]), list(places.index[1::-1])):
        source = attending(today, [(50.0, str(one)) for one in sites])
        table = source.table.set_geometry(whole, crs=today.study.crs)
        origins = count_visitors(replace(source, table=table), today, reach).origins
        found.append(origins["reached_people"].tolist())
    assert found[0] == found[1][::-1]
    assert found[0][0] != found[0][1]


def test_single_people_have_to_be_private(today, opened):
    source = attending(today, [(1.0, "")], columns={})
    with pytest.raises(InputError, match="each row is one person") as error:
        count_visitors(source, today, opened)
    assert "[private] cell_m = 500" in str(error.value)
    two = {"a": Column(kind="count"), "b": Column(kind="count")}
    with pytest.raises(InputError, match="none of them is called visitors"):
        count_visitors(attending(today, [(1.0, "")], columns=two), today, opened)


def test_a_private_layer_counts_its_reports(today, opened):
    source = attending(today, [(30.0, ""), (20.0, "")], columns={}, private=Private(cell_m=400))
    table = source.table.rename(columns={"visitors": "@reports"})
    found = count_visitors(replace(source, table=table), today, opened)
    assert found.visitors == 50
    for label, row in found.origins.set_index("label").iterrows():
        assert label == f"{row['lat']:.4f}, {row['lon']:.4f}"  # where it lies, on any map


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(10, 500), st.sampled_from([0.0, 0.3, 1.0])), max_size=6))
def test_the_share_from_beyond_lies_between_its_ends(rows):
    visitors = pd.Series([float(n) for n, _ in rows])
    within = pd.Series([share for _, share in rows], dtype=float)
    low, high = beyond_of(visitors, within)
    if not rows:
        assert np.isnan(low)
        assert np.isnan(high)
        return
    even = float((visitors * (1 - within)).sum() / visitors.sum())
    assert low - 1e-9 <= even <= high + 1e-9
