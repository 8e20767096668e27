"""Crossings, streets, blocks and uses around a place, by eye on a grid of streets."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString, Point, box

from siteplanner.measures import frank_2010, measure
from siteplanner.model import Walk
from siteplanner.walk import PROFILES, Walker, build

AREA = box(0, 0, 1000, 1000)


@pytest.fixture
def town(setting, table):
    """Give streets every 200 m, both ways, from 0 to 1,000 m; the study ends there."""
    lines = [LineString([(at, 0), (at, 1000)]) for at in range(0, 1001, 200)]
    lines += [LineString([(0, at), (1000, at)]) for at in range(0, 1001, 200)]
    pieces = gpd.GeoSeries(lines, crs="EPSG:32618").union_all()
    streets = gpd.GeoDataFrame(geometry=list(pieces.geoms), crs="EPSG:32618")
    walk = Walk(network="streets", profile="adult", limit_m=150)
    uses = table(
        {"w": box(0, 0, 500, 1000), "e": box(500, 0, 750, 1000), "u": box(750, 0, 1000, 1000)},
        use=["homes", "shops", None],
    )
    blocks = table({"small": box(0, 0, 100, 100), "large": box(100, 0, 300, 200)})
    made = setting({"uses": uses, "blocks": blocks}, {"uses": {"use": "category"}}, walk=walk)
    made.study.region = AREA
    return replace(made, walker=Walker(build(streets, PROFILES["adult"]), walk))


@pytest.fixture
def places(table):
    return table(
        {"middle": Point(400, 400), "block": box(420, 420, 580, 580), "far": Point(3e3, 0)}
    )


def circle_km2(radius_m: float) -> float:
    return Point(0, 0).buffer(radius_m, quad_segs=32).area / 1e6


def test_intersections(town, look, criterion, places):
    found = look(criterion("intersections", limit_m=210), town, places)
    assert found[0] == pytest.approx(5 / circle_km2(210))  # itself and its four neighbours
    assert found[1] == pytest.approx(4 / circle_km2(210))  # four corners, 141 m away
    assert np.isnan(found[2])  # beyond the study
    assert look(criterion("intersections", limit_m=0.5), town, places)[1] == 0


def test_a_node_of_two_streets_is_no_intersection(town, look, criterion, table):
    corner, side = table({"c": Point(20, 20)}), table({"s": Point(20, 200)})
    assert look(criterion("intersections", limit_m=50), town, corner) == [0]
    assert look(criterion("intersections", limit_m=50), town, side)[0] > 0


def test_the_scenarios_limit_is_the_radius_in_minutes_too(town, look, criterion, places):
    one = look(criterion("intersections"), town, places)
    assert one[:2] == look(criterion("intersections", limit_m=150), town, places)[:2]
    assert one[0] > 0
    minutes = 150 / 60 / PROFILES["adult"].speed_m_s
    again = look(criterion("intersections", limit_min=minutes), town, places)
    assert one[0] == pytest.approx(again[0])


def test_street_length(town, look, criterion, places):
    found = look(criterion("street_length", limit_m=100), town, places)
    assert found[0] == pytest.approx(0.4 / circle_km2(100), rel=1e-3)
    assert found[1] == 0
    own = look(criterion("street_length", within="place"), town, places)
    assert np.isnan(own[0])  # a point has no ground
    assert own[1] == 0


def test_of_the_place_itself(town, look, criterion, table):
    district = table({"d": box(100, 100, 700, 500)})
    assert look(criterion("intersections", within="place"), town, district) == [6 / 0.24]
    length_km = 3 * 0.4 + 2 * 0.6
    assert look(criterion("street_length", within="place"), town, district) == pytest.approx(
        [length_km / 0.24]
    )


def test_the_part_inside_the_study_speaks(town, look, criterion, table):
    edge = table({"w": Point(1, 500), "out": Point(-60, 500)})
    found = look(criterion("street_length", limit_m=100), town, edge)
    assert found[0] == pytest.approx(0.2 / (circle_km2(100) / 2), rel=0.02)
    assert np.isnan(found[1])  # more than half of the circle lies outside


def test_block_size_of_faces_and_of_a_layer(town, look, criterion, places):
    assert look(criterion("block_size", limit_m=160), town, places)[:2] == [4, 4]
    found = look(criterion("block_size", layer="blocks", limit_m=600), town, places)
    assert found[:2] == [2.5, 4]  # the median of 1 and 4; the small one is too far from the other
    assert np.isnan(look(criterion("block_size", layer="blocks", limit_m=9), town, places)).all()


def test_mix(town, look, criterion, table):
    places = table({"homes": Point(250, 500), "line": Point(500, 500), "half": Point(740, 500)})
    one = criterion("mix", layer="uses", column="use", limit_m=100)
    found = look(one, town, places)
    assert found[:2] == [0, 1]
    assert found[2] == 0  # more than half of the land is known, all of it shops
    unknown = table({"u": Point(760, 500)})
    assert np.isnan(look(one, town, unknown)).all()
    three = {"use": ["homes", "shops", "offices"]}
    one = criterion("mix", layer="uses", column="use", limit_m=100, where=three)
    assert look(one, town, places)[1] == pytest.approx(np.log(2) / np.log(3))


def test_without_streets_nothing_is_known(setting, look, criterion, places):
    town = setting()
    town.study.region = AREA
    for name in ("intersections", "street_length", "block_size"):
        town = replace(town, walker=_Straight(town.walker))
        assert np.isnan(look(criterion(name, limit_m=100), town, places)).all()


class _Straight:
    """Walk as the other one does, and know no streets."""

    def __init__(self, other) -> None:
        self.other = other

    def __getattr__(self, name):
        return getattr(self.other, name)


def test_indices_are_made_of_criteria_beside_them(town, look, criterion, table):
    places = table({"a": Point(400, 400), "b": Point(500, 500), "c": Point(450, 500)})
    parts = {
        "intersections": "junctions", "residential_density": "homes", "land_use_mix": "uses"
    }  # fmt: skip
    criteria = {
        "frank": criterion("frank_2010", parts=parts),
        "junctions": criterion("intersections", limit_m=210),
        "homes": criterion("street_length", limit_m=120),
        "uses": criterion("mix", layer="uses", column="use", limit_m=100),
    }
    found = measure(criteria, places, town)
    assert list(found) == list(criteria)
    by_hand = frank_2010(found["junctions"], found["homes"], found["uses"])
    assert found["frank"].tolist() == by_hand.tolist()
