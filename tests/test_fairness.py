"""Fairness, by eye on a street of five homes, and by what must always hold."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from siteplanner import equity, fairness

NAN = float("nan")


def street(people, need, in_area=True):
    count = len(people)
    people, need = np.array(people, float), np.array(need, float)
    return gpd.GeoDataFrame(
        {"people": people, "children": people / 2, "need": need, "demand": people * need,
         "in_area": in_area},
        geometry=[box(at, 0, at + 1, 1) for at in range(count)], crs=32618,
        index=pd.Index([f"c{at}" for at in range(count)], name="cell"),
    )  # fmt: skip


def walks_of(cells, before, after, new):
    columns = {}
    for name, metres in (("before", before), ("after", after), ("new", new)):
        columns[f"{name}_m"] = np.array(metres, float)
        columns[f"{name}_min"] = np.array(metres, float) / 75
    return pd.DataFrame(columns, index=cells.index)


@pytest.fixture
def judged():
    """Give five homes of ten people, need from 1 to 0; a new site beside the first one."""
    cells = street([10, 10, 10, 10, 10], [1.0, 0.8, 0.5, 0.2, 0.0], [True] * 4 + [False])
    served = pd.DataFrame(
        {"before": [0, 0, 0, 1, 1], "phase 1": [1, 0, 0, 1, 1]}, index=cells.index, dtype=float
    )
    walks = walks_of(
        cells, [2000, 1500, 820, 300, 75], [75, 850, 820, 300, 75], [75, 850, 1500, 1700, NAN]
    )
    return fairness.judge(
        cells, groups=["children"], served=served, walks=walks, limit_m=800.0, limit_min=None
    )


def test_both_ends_and_the_gap(judged):
    measures = judged.measures
    assert measures.loc["reached_most_need"].tolist() == [0, 1]
    assert measures.loc["reached_least_need"].tolist() == [1, 1]
    assert measures.loc["gap"].tolist() == [-1, 0]


def test_reach_gathers_where_need_is_low_before_and_in_both_places_after(judged):
    before, after = judged.measures.loc["concentration"]
    # ranks of the four homes by need: .125 .375 .625 .875, the last one neediest
    assert before == pytest.approx(8 * (0.125 - 0.5) / 4)
    assert after == pytest.approx(0)


def test_walks_and_their_even_equivalent(judged):
    mean, even = judged.measures.loc["mean_walk_min"], judged.measures.loc["even_walk_min"]
    minutes = np.array([2000, 1500, 820, 300]) / 75
    assert mean["before"] == pytest.approx(minutes.mean(), abs=1e-6)
    kappa = equity.kolm_pollak_aversion(minutes, np.ones(4), 1.0)
    assert even["before"] == pytest.approx(equity.kolm_pollak(minutes, np.ones(4), kappa), abs=1e-6)
    later = np.array([75, 850, 820, 300]) / 75  # held against each other with the same aversion
    assert even["after"] == pytest.approx(equity.kolm_pollak(later, np.ones(4), kappa), abs=1e-6)


def test_minutes_saved_by_tenth(judged):
    assert judged.saved["people"].tolist() == [10, 10]
    assert judged.saved["minutes"].tolist() == pytest.approx(
        [10 * (2000 - 75) / 75, 10 * (1500 - 850) / 75], abs=1e-5
    )
    assert judged.saved["minutes_each"].iloc[1] == pytest.approx(650 / 75, abs=1e-6)


def test_who_just_misses(judged):
    missed = judged.just_missed
    assert missed.loc["people"].tolist() == [10, 20]  # 820 m; then 850 m too
    assert missed.loc["children"].tolist() == [5, 10]
    assert missed.loc["people in need"].tolist() == [5, 13]


def test_rings_around_the_new_sites(judged):
    rings = judged.rings
    assert rings["people"].tolist() == [10, 20, 20]
    assert rings["mean_need"].tolist() == pytest.approx([1.0, 0.65, 0.1])
    assert rings["newly"].tolist() == [10, 0, 0]
    assert rings["newly_outside"].tolist() == [0, 0, 0]


def test_whose_walk_changes_and_whose_place_closes():
    cells = street([10, 20, 30, 40, 50, 60], [1.0, 0.5, 0.5, 0.5, 0.5, 0.5])
    served = pd.DataFrame({"before": 0.0, "phase 1": 0.0}, index=cells.index)
    before, after = [750, 300, 300, NAN, 300, NAN], [300, 300, 750, 300, NAN, NAN]
    walks = walks_of(cells, before, after, after)
    walks["staying_min"] = np.array([750, 600, 750, NAN, NAN, NAN]) / 75
    asked = {"groups": [], "served": served, "limit_m": 800.0, "limit_min": None}
    found = fairness.judge(cells, walks=walks, **asked).changed
    assert found["people"].to_dict() == {
        "shorter": 10, "same": 20, "longer": 30, "first": 40, "cut_off": 50, "unknown": 60,
    }  # fmt: skip
    assert found["demand"].tolist() == [10, 10, 15, 20, 25, 30]
    # the first home's place goes on; the second has a new one as near as the one that closes
    assert found["nearest_closes"].tolist() == [0, 20, 30, 0, 50, 0]
    assert found["mean_minutes"].iloc[:3].tolist() == [-6, 0, 6]
    assert found["mean_minutes"].iloc[3:].isna().all()
    without = fairness.judge(cells, walks=walks.drop(columns="staying_min"), **asked).changed
    assert (without["nearest_closes"] == 0).all()


def test_where_nobody_loses_that_is_told_as_nobody():
    cells = street([10, 20], [1.0, 0.5])
    served = pd.DataFrame({"before": 0.0, "phase 1": 0.0}, index=cells.index)
    walks = walks_of(cells, [300, 300], [300, 150], [300, 150])
    found = fairness.judge(
        cells, groups=[], served=served, walks=walks, limit_m=None, limit_min=20.0
    ).changed
    assert found["people"].to_dict() == {"shorter": 20, "same": 10, "longer": 0}


def test_both_limits_hold():
    cells = street([10, 10], [1.0, 0.5])
    served = pd.DataFrame({"before": [0.0, 0.0], "phase 1": [0.0, 0.0]}, index=cells.index)
    walks = walks_of(cells, [810, 700], [810, 700], [810, 700])
    walks["after_min"] = [10.0, 21.0]
    found = fairness.judge(
        cells, groups=[], served=served, walks=walks, limit_m=800.0, limit_min=20.0
    )
    assert found.just_missed.loc["people", "after"] == 20
    walks["after_min"] = [25.0, 23.0]
    found = fairness.judge(
        cells, groups=[], served=served, walks=walks, limit_m=800.0, limit_min=20.0
    )
    assert found.just_missed.loc["people", "after"] == 0


def test_unknown_people_and_homes_without_a_path_are_left_out():
    cells = street([10, NAN, 10], [1.0, 0.5, NAN])
    served = pd.DataFrame({"before": [0.0, 0, 0], "phase 1": [1.0, 1, 1]}, index=cells.index)
    walks = walks_of(cells, [NAN, 100, 100], [NAN, 100, 100], [NAN, 50, 50])
    found = fairness.judge(
        cells, groups=[], served=served, walks=walks, limit_m=800.0, limit_min=None
    )
    assert found.measures.loc["people_no_path"].tolist() == [10, 10]
    assert found.measures.loc["mean_walk_min", "after"] == pytest.approx(100 / 75, abs=1e-6)
    assert found.measures.loc["reached_most_need", "after"] == 1


def test_nobody_at_all_is_no_trouble():
    cells = street([NAN, 0], [NAN, 0.5])
    served = pd.DataFrame({"before": [0.0, 0], "phase 1": [0.0, 0]}, index=cells.index)
    walks = walks_of(cells, [NAN, NAN], [NAN, NAN], [NAN, NAN])
    found = fairness.judge(
        cells, groups=[], served=served, walks=walks, limit_m=None, limit_min=20.0
    )
    assert found.saved.empty
    assert found.measures.loc["gap"].isna().all()


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.floats(0, 1), st.floats(0, 3000),
                          st.floats(0, 3000)), min_size=1, max_size=12))  # fmt: skip
def test_nobody_is_counted_twice(rows):
    people, need, before, new = (list(one) for one in zip(*rows, strict=True))
    cells = street(people, need)
    after = np.minimum(before, new)
    served = pd.DataFrame(
        {"before": np.array(before) <= 800, "phase 1": after <= 800},
        index=cells.index, dtype=float,
    )  # fmt: skip
    walks = walks_of(cells, before, after, new)
    copy = cells.copy(), served.copy(), walks.copy()
    found = fairness.judge(
        cells, groups=["children"], served=served, walks=walks, limit_m=800.0, limit_min=None
    )
    assert found.rings["people"].sum() == pytest.approx(sum(people))
    assert found.rings["newly"].iloc[1:].sum() == pytest.approx(0)
    assert found.changed["people"].sum() == pytest.approx(sum(people))
    assert found.changed.loc["longer", "people"] == 0  # nothing closes
    assert found.saved["people"].sum() <= sum(people) + 1e-6
    assert (found.just_missed["after"] <= cells[["people", "children"]].sum().max() + 1e-6).all()
    for one, other in zip(copy, (cells, served, walks), strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other))
