"""What lies on a place's own ground, by eye on nine cells of 100 m."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely import Point, box

from siteplanner.measures import measure

WEST, EAST = box(0, 0, 140, 300), box(140, 0, 300, 300)
SOUTH_ROW = [0, 1, 2]  # a1, b1, c1


@pytest.fixture
def halves(table):
    """Give two halves of the town; their border cuts column b at 40 m."""
    return table(
        {"east": EAST, "west": WEST},
        stratum=[3.0, 1.0],
        children=[96.0, 42.0],
        people=[480.0, 420.0],
        rate=[0.2, 0.1],
    )


@pytest.fixture
def town(setting, halves):
    kinds = {"stratum": "value", "children": "count", "people": "count", "rate": "rate"}
    return setting({"halves": halves}, {"halves": kinds})


def test_value_is_that_of_the_polygon_the_point_lies_in(town, look, criterion):
    one = criterion("value", layer="halves", column="stratum")
    assert look(one, town) == [1, 3, 3] * 3


def test_value_where_no_polygon_lies_is_unknown(setting, halves, look, criterion):
    town = setting({"halves": halves.loc[["west"]]})
    found = look(criterion("value", layer="halves", column="stratum"), town)
    assert found[0] == 1
    assert np.isnan(found[1:3]).all()


def test_a_cell_that_is_a_row_of_the_layer_has_its_own_number(setting, grid3, look, criterion):
    layer = grid3.rename_axis("id").assign(rank=np.arange(9.0)).sort_index()
    cover = layer.iloc[[0]].set_axis(["0"]).assign(rank=99.0, geometry=[box(0, 0, 300, 300)])
    layer = gpd.GeoDataFrame(pd.concat([layer, cover]).sort_index(), crs=grid3.crs)
    town = setting({"blocks": layer}, {"blocks": {"rank": "value"}})
    for measure_name in ("value", "mean"):
        one = criterion(measure_name, layer="blocks", column="rank")
        assert look(one, town) == list(range(9))


def test_the_same_id_elsewhere_is_another_place(setting, table, look, criterion):
    layer = table({"a1": box(200, 200, 300, 300), "z": box(0, 0, 100, 100)}, floors=[7.0, 2.0])
    town = setting({"houses": layer})
    found = look(criterion("value", layer="houses", column="floors"), town)
    assert (found[0], found[8]) == (2, 7)


def test_mean_weighs_by_area(town, look, criterion):
    one = criterion("mean", layer="halves", column="stratum")
    assert look(one, town) == [1, 2.2, 3] * 3  # 0.4 x 1 + 0.6 x 3


@pytest.mark.parametrize(("unknown", "middle"), [("west", 3.0), ("east", np.nan)])
def test_mean_is_unknown_where_most_of_the_area_is(
    setting, halves, look, criterion, unknown, middle
):
    halves.loc[unknown, "stratum"] = np.nan
    found = look(criterion("mean", layer="halves", column="stratum"), setting({"halves": halves}))
    assert found[1] == pytest.approx(middle, nan_ok=True)


def test_share_of_counts_moves_both_by_area(town, look, criterion):
    # b1: west gives 40 x 100 of 140 x 300 m, east 60 x 100 of 160 x 300 m
    west, east = 4000 / 42000, 6000 / 48000
    b1 = (42 * west + 96 * east) / (420 * west + 480 * east)
    found = look(criterion("share", layer="halves", column="children", of="people"), town)
    assert found == pytest.approx([0.1, b1, 0.2] * 3)


def test_share_leaves_out_a_unit_of_which_only_one_count_is_known(setting, halves, look, criterion):
    halves.loc["west", "children"] = np.nan
    town = setting({"halves": halves}, {"halves": {"children": "count", "people": "count"}})
    found = look(criterion("share", layer="halves", column="children", of="people"), town)
    assert found[:3] == pytest.approx([np.nan, 0.2, 0.2], nan_ok=True)


def test_share_of_nobody_is_unknown(setting, halves, look, criterion):
    halves["people"] = 0.0
    town = setting({"halves": halves}, {"halves": {"children": "count", "people": "count"}})
    one = criterion("share", layer="halves", column="children", of="people")
    assert np.isnan(look(one, town)).all()


def test_share_of_a_rate_is_its_mean(town, look, criterion):
    found = look(criterion("share", layer="halves", column="rate"), town)
    assert found == pytest.approx([0.1, 0.4 * 0.1 + 0.6 * 0.2, 0.2] * 3)


def test_share_of_area_counts_ground_once(setting, table, look, criterion):
    parks = table({"p": box(0, 0, 150, 50), "q": box(0, 0, 50, 100), "r": box(0, 0, 50, 50)})
    found = look(criterion("share_of_area", layer="parks"), setting({"parks": parks}))
    assert found == [0.75, 0.25, 0, 0, 0, 0, 0, 0, 0]


def test_places_that_are_points(town, look, criterion, table):
    places = table({"s": Point(20, 20), "t": Point(250, 20), "u": Point(999, 20)})
    for name, column, expected in (
        ("value", "stratum", [1, 3, np.nan]),
        ("mean", "stratum", [1, 3, np.nan]),
        ("share", "rate", [0.1, 0.2, np.nan]),
    ):
        one = criterion(name, layer="halves", column=column)
        assert look(one, town, places) == pytest.approx(expected, nan_ok=True)
    assert look(criterion("share_of_area", layer="halves"), town, places) == [1, 1, 0]
    one = criterion("share", layer="halves", column="children", of="people")
    assert look(one, town, places) == pytest.approx([0.1, 0.2, np.nan], nan_ok=True)


def test_where_keeps_only_some_rows(town, look, criterion):
    one = criterion("share_of_area", layer="halves", where={"stratum": [3]})
    assert look(one, town)[:3] == [0, 0.6, 1]


def test_sum_count_and_kinds_at_the_place(setting, table, look, criterion):
    shops = table(
        {"s": Point(10, 10), "t": Point(20, 20), "u": Point(250, 20)},
        staff=[2.0, 3.0, 4.0],
        trade=["bread", "books", None],
    )
    town = setting({"shops": shops})
    assert look(criterion("sum", layer="shops", column="staff", within="place"), town)[:3] == [
        5,
        0,
        4,
    ]
    assert look(criterion("count", layer="shops", within="place"), town)[:3] == [2, 0, 1]
    one = criterion("count", layer="shops", within="place", of="cells.people")
    assert look(one, town)[:3] == [200, 0, 100]
    one = criterion("kinds", layer="shops", column="trade", within="place")
    assert look(one, town)[:3] == [2, 0, 0]


def test_sum_at_the_place_shares_a_count_by_area(town, look, criterion):
    found = look(criterion("sum", layer="halves", column="people", within="place"), town)
    assert found[:3] == pytest.approx([100, 40 + 60, 100])
    assert sum(found) == pytest.approx(900)


class TestRaster:
    """A raster of 100 m pixels, the first row the northern one."""

    PIXELS = ((7, 8, 9), (4, 5, -1), (1, 2, 3))

    def test_value_is_that_of_the_pixel(self, setting, raster, look, criterion):
        town = setting(rasters={"heat": raster(self.PIXELS, nodata=-1)})
        found = look(criterion("value", layer="heat", column="heat"), town)
        assert found == pytest.approx([1, 2, 3, 4, 5, np.nan, 7, 8, 9], nan_ok=True)

    def test_mean_weighs_pixels_by_their_part_in_the_place(
        self, setting, raster, look, criterion, table
    ):
        town = setting(rasters={"heat": raster(self.PIXELS, nodata=-1)})
        places = table(
            {
                "half": box(50, 0, 150, 100),
                "edge": box(150, 100, 250, 200),
                "off": box(900, 0, 950, 50),
            }
        )
        found = look(criterion("mean", layer="heat", column="heat"), town, places)
        assert found == pytest.approx([1.5, 5, np.nan], nan_ok=True)

    def test_a_place_half_off_the_raster_has_the_mean_of_the_rest(
        self, setting, raster, look, criterion, table
    ):
        town = setting(rasters={"heat": raster(self.PIXELS)})
        places = table({"west": box(-50, 0, 50, 100), "dot": Point(-10, 50)})
        found = look(criterion("mean", layer="heat", column="heat"), town, places)
        assert found == pytest.approx([1, np.nan], nan_ok=True)

    def test_counts_add_up(self, setting, raster, look, criterion, table):
        town = setting(rasters={"heat": raster(self.PIXELS)})
        places = table({"two": box(50, 0, 150, 100)})
        one = criterion("sum", layer="heat", column="heat", within="place")
        assert look(one, town, places) == [1.5]


def test_contract(town, grid3, criterion):
    criteria = {
        "b": criterion("mean", layer="halves", column="stratum"),
        "a": criterion("value", layer="halves", column="rate"),
        "none": criterion("value", status="no data"),
    }
    before = town.cells.copy(deep=True), town.study.tables["halves"].copy(deep=True)
    found = measure(criteria, town.cells, town)
    assert list(found.columns) == ["b", "a", "none"]
    assert found.index.equals(grid3.index)
    assert found.index.name == "cell"
    assert found["none"].isna().all()
    assert (found.dtypes == np.float64).all()
    assert_geodataframe_equal(town.cells, before[0])
    assert_geodataframe_equal(town.study.tables["halves"], before[1])


def test_no_places_at_all(town, grid3, criterion):
    criteria = {
        "m": criterion("mean", layer="halves", column="stratum"),
        "s": criterion("share_of_area", layer="halves"),
        "c": criterion("count", layer="halves"),
        "n": criterion("nearest", layer="halves"),
    }
    assert measure(criteria, grid3.iloc[:0], town).shape == (0, 4)
