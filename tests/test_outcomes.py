"""People counted by eye; sums that must hold whatever the city."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from siteplanner import outcomes


@pytest.fixture
def town(grid3):
    """Nine cells of ten people; need falls from 0.9 (a1) to 0.1 (c3); the north is the ring."""
    need = np.linspace(0.9, 0.1, 9)
    return grid3.assign(
        children=2.0, need=need, demand=10 * need, in_area=[*[True] * 6, *[False] * 3]
    )


@pytest.fixture
def served(town):
    """a1 was served; b1 and the whole north are newly served, c1 by half."""
    before = pd.Series(0.0, index=town.index)
    before["a1"] = 1.0
    first = before.copy()
    first["b1"] = 1.0
    second = first.copy()
    second[["c1", "a3", "b3", "c3"]] = [0.5, 1, 1, 1]
    return pd.DataFrame({"before": before, "phase 1": first, "phase 2": second})


def test_people_by_eye(town, served):
    table = outcomes.count(town, groups=["children"], served=served).by_group
    people = table.loc[("area", "people")]
    assert people.to_dict() == {
        "total": 60, "before": 10, "after": 25, "newly": 15, "left_out": 35,
    }  # fmt: skip
    assert table.loc[("around", "people"), "newly"] == 30
    assert table.loc[("area", "children"), "newly"] == 3
    assert table.loc[("area", "people in need"), "newly"] == pytest.approx(8 + 7 / 2)


def test_phases_add_up(town, served):
    table = outcomes.count(town, groups=[], served=served).by_phase
    assert table["people newly"].tolist() == [10, 15]


def test_left_out_names_the_cells_most_need_first(town, served):
    left = outcomes.count(town, groups=[], served=served).left_out
    assert left.index.tolist() == ["a2", "b2", "c2", "c1"]
    assert left.loc["c1", "people"] == 5


def test_deciles_by_eye(town, served):
    table = outcomes.count(town, groups=[], served=served).by_decile
    assert table.index.tolist() == [1, 3, 5, 6, 8, 10]
    assert table.loc[1, "share_before"] == 1
    assert table["total"].sum() == 60


def test_minutes_side_by_side(town, served):
    minutes = pd.DataFrame({"before": np.nan, "after": [5, 12, 18, 25, np.nan, 10, 1, 1, 1]})
    minutes.index = town.index
    table = outcomes.count(
        town, groups=[], served=served, minutes=minutes, limits_min=[10, 15, 20]
    ).by_minutes
    assert table["people after"].tolist() == [20, 30, 40]
    assert table["people newly"].tolist() == [20, 30, 40]


def test_people_by_district(town, served):
    districts = gpd.GeoDataFrame(
        {"label": ["West", "East"]},
        index=["w", "e"],
        geometry=[box(0, 0, 150, 300), box(150, 0, 300, 300)],
        crs=town.crs,
    )
    table = outcomes.count(town, groups=[], served=served, places={"d": districts}).by_place["d"]
    assert table.loc["w", "label"] == "West"
    assert table["people total"].sum() == 60
    assert table.loc["w", "people newly"] + table.loc["e", "people newly"] == 15


def test_unknown_is_left_out_not_zero(town, served):
    town.loc["b1", ["people", "demand"]] = np.nan
    table = outcomes.count(town, groups=[], served=served).by_group
    assert table.loc[("area", "people"), "total"] == 50
    assert table.loc[("area", "people"), "newly"] == 5


def test_input_is_untouched(town, served):
    town_before, served_before = town.copy(), served.copy()
    outcomes.count(town, groups=["children"], served=served)
    pd.testing.assert_frame_equal(town, town_before)
    pd.testing.assert_frame_equal(served, served_before)


people = st.lists(st.integers(1, 50), min_size=1, max_size=30)


@given(people, st.randoms(use_true_random=False))
def test_deciles_hold_everybody_and_follow_need(counts, random):
    counts = np.array(counts, dtype=float)
    need = np.array([random.choice([0.0, 0.2, 0.5, 0.9, np.nan]) for _ in counts])
    decile = outcomes.need_decile(need, counts)
    known = ~np.isnan(need)
    assert ((decile == 0) == ~known).all()
    assert ((decile[known] >= 1) & (decile[known] <= 10)).all()
    for one in np.flatnonzero(known):
        assert (decile[known][need[known] < need[one]] >= decile[one]).all()
        assert (decile[known][need[known] == need[one]] == decile[one]).all()


def test_ten_equal_people_are_ten_tenths():
    need = np.linspace(1, 0.1, 10)
    assert outcomes.need_decile(need, np.ones(10)).tolist() == list(range(1, 11))
