from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import Point, box

from siteplanner.walk import PROFILES, build, snap


@pytest.fixture
def network(lines):
    return build(lines([(0, 0), (1000, 0)], [(1000, 0), (1000, 500)]), PROFILES["adult"])


def test_the_nearest_point_on_the_nearest_edge_not_the_nearest_junction(network, points):
    found = snap(network, points((490, 30), (990, 200))).table
    assert found[["edge", "along_mm", "offset_mm"]].to_numpy().tolist() == [
        [0, 490_000, 30_000], [1, 200_000, 10_000],
    ]  # fmt: skip


def test_limits_of_75_and_200_metres_are_inclusive(network, points):
    places = points((100, 75), (100, 75.002), (100, 200), (100, 200.002), index=list("abcd"))
    snapped = snap(network, places)
    assert snapped.table["status"].tolist() == ["near", "far", "far", "cut off"]
    assert snapped.table["edge"].tolist() == [0, 0, 0, -1]
    assert [(one.kind, one.count, one.total, one.examples) for one in snapped.notices] == [
        ("flagged", 2, 4, ("b", "c")), ("flagged", 1, 4, ("d",)),
    ]  # fmt: skip


def test_a_tie_goes_to_the_lowest_edge(network, points):
    found = snap(network, points((1010, -10), (1000, 0), (980, 20))).table
    assert found["edge"].tolist() == [0, 0, 0]
    assert found["along_mm"].tolist() == [1_000_000, 1_000_000, 980_000]


def test_missing_places_are_cut_off_and_areas_count_at_a_point_inside(network):
    places = gpd.GeoSeries(
        [None, Point(), Point(float("nan"), 1), box(90, 10, 110, 30)], crs=network.crs
    )
    found = snap(network, places).table
    assert found["edge"].tolist() == [-1, -1, -1, 0]
    assert found.loc[3, ["along_mm", "offset_mm"]].tolist() == [100_000, 20_000]


def test_another_crs_is_refused(network, points):
    with pytest.raises(ValueError, match="the points are in EPSG:4326 and the streets in"):
        snap(network, points((0, 0)).set_crs("EPSG:4326", allow_override=True))


def test_no_points_at_all(network):
    assert snap(network, gpd.GeoSeries([], crs=network.crs)).table.empty
