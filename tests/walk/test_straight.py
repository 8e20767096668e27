"""Walks without streets: by eye, against brute force, and the label they carry."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from siteplanner.model import Walk
from siteplanner.walk import PROFILES, StraightWalker

CRS = "EPSG:32618"


def points(*places: tuple[float, float]) -> gpd.GeoSeries:
    x, y = zip(*places, strict=True)
    return gpd.GeoSeries.from_xy(x, y, index=[f"p{n}" for n in range(len(x))], crs=CRS)


def walker(**limits: float) -> StraightWalker:
    return StraightWalker(PROFILES["adult"], Walk(**limits))


def test_the_limit_is_inclusive_and_a_walk_of_zero_is_kept():
    found = walker(limit_m=500).reach(points((0, 0)), points((0, 0), (300, 400), (300, 400.01)))
    assert found.metres.indices.tolist() == [0, 1]
    assert found.metres.data.tolist() == [0, 500]


def test_both_limits_hold():
    ten_minutes_m = 10 * 60 * PROFILES["adult"].speed_m_s
    found = walker(limit_m=5000, limit_min=10).reach(
        points((0, 0)), points((ten_minutes_m - 1, 0), (ten_minutes_m + 1, 0))
    )
    assert found.metres.nnz == 1
    assert found.minutes.data[0] < 10


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=1, max_size=25))
def test_brute_force(places):
    homes, shops = points(*places), points(*places[: 1 + len(places) // 2])
    found = walker(limit_m=400).reach(homes, shops)
    expected = np.array([[one.distance(other) for other in shops] for one in homes])
    dense = np.full(expected.shape, np.nan)
    row = np.repeat(np.arange(len(homes)), np.diff(found.metres.indptr))
    dense[row, found.metres.indices] = found.metres.data
    assert (np.isnan(dense) == (expected > 400)).all()
    np.testing.assert_allclose(dense[row, found.metres.indices], found.metres.data)
    nearest = walker(limit_m=400).nearest(homes, shops)
    np.testing.assert_allclose(nearest["metres"], expected.min(axis=1), atol=0.001)


def test_nobody_within_the_limit():
    found = walker(limit_m=10).nearest(points((0, 0)), points((50, 0)), limit_m=10)
    assert found["metres"].isna().all()
    assert found["nearest"].tolist() == [None]


def test_it_says_that_it_is_no_walk_on_streets():
    assert "as the crow flies" in str(walker(limit_m=10).notices[0])


def test_a_walk_is_explained_as_the_catchment_counts_it():
    places = points((0, 0), (300, 400))
    walks = walker(limit_m=500)
    found = walks.explain(*places)
    counted = walks.reach(places.iloc[:1], places.iloc[1:])
    assert (found.metres, found.minutes) == (counted.metres.data[0], counted.minutes.data[0])
    assert found.table["what"].tolist() == ["as the crow flies"]
    assert found.table.geometry[0].length == 500
    assert found.sentence == "6 min: 6 on the flat"
    square = places.iloc[1].buffer(10, cap_style="square")
    assert walks.explain(places.iloc[0], square).metres == 500
