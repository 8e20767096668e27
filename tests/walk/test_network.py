from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, MultiLineString, Point

from siteplanner.errors import InputError
from siteplanner.walk import PROFILES, build, nearest, snap

ADULT = PROFILES["adult"]


def test_a_town_by_eye(town):
    before = town.copy()
    network = build(town, ADULT)
    assert len(network.nodes) == 9
    assert (network.edges["length_mm"] == 100_000).all()
    assert (network.edges["time_ms"] == 74_627).all()  # 100 m at 1.34 m/s
    assert network.crs == town.crs
    assert [str(one) for one in network.notices] == [
        f"walk: adult walks 1.34 m/s ({ADULT.reference})"
    ]
    pd.testing.assert_frame_equal(town, before)


def test_edges_run_from_u_to_v(town):
    network = build(town, ADULT)
    for _, edge in network.edges.iterrows():
        assert edge.geometry.coords[0] == tuple(network.nodes[edge["u"]])
        assert edge.geometry.coords[-1] == tuple(network.nodes[edge["v"]])


def test_ends_within_ten_centimetres_are_one_place(lines):
    network = build(lines([(0, 0), (100, 0)], [(100.06, 0.04), (200, 0)]), ADULT)
    assert len(network.nodes) == 3
    apart = build(lines([(0, 0), (100, 0)], [(100.2, 0), (150, 0)]), ADULT)
    assert len(apart.edges) == 1


def test_the_largest_piece_is_kept_and_the_rest_reported(lines):
    streets = lines(
        [(0, 0), (5000, 0)], [(5000, 0), (9800, 0)], [(0, 500), (100, 500)], [(0, 900), (60, 900)]
    )
    network = build(streets, ADULT)
    assert network.edges["length_mm"].tolist() == [5_000_000, 4_800_000]
    said = [str(one) for one in network.notices]
    assert said[0] == (
        "walk: 2 of 4 rows dropped: 2 pieces (0.2 km, 1.6% of the length) "
        "that no street joins to the rest"
    )


def test_crossing_lines_are_cut_where_they_cross(lines):
    network = build(lines([(0, 50), (100, 50)], [(50, 0), (50, 100)]), ADULT)
    assert len(network.edges) == 4
    assert (network.edges["length_mm"] == 50_000).all()
    assert any("cut where they cross into 4" in one.reason for one in network.notices)
    assert any("bridges are not known" in one.reason for one in network.notices)


def test_a_bridge_stays_apart_and_joins_at_its_ends(lines):
    ring = [[(0, 0), (200, 0)], [(200, 0), (200, 200)], [(200, 200), (0, 200)], [(0, 200), (0, 0)]]
    street, bridge = [(-50, 100), (250, 100)], [(100, 0), (100, 200)]
    streets = lines(*ring, street, bridge, bridge=[False] * 5 + [True])
    network = build(streets, ADULT)
    homes = gpd.GeoSeries([Point(100, 60)], crs=streets.crs)
    places = gpd.GeoSeries([Point(120, 100)], crs=streets.crs)
    walk = nearest(network, snap(network, homes), snap(network, places))["metres"].item()
    # down the bridge, along the ring, up to the street that passes below, and back along it
    assert walk == 60 + 100 + 100 + 80
    everything = build(streets.drop(columns="bridge"), ADULT)
    walk = nearest(everything, snap(everything, homes), snap(everything, places))["metres"].item()
    assert walk == 40 + 20


def test_lines_that_join_well_are_not_cut(lines):
    joined = [[(x, 0), (x + 100, 0)] for x in range(0, 1000, 100)]
    network = build(lines(*joined, [(950, 0.3), (950, 10)]), ADULT)
    assert len(network.edges) == 10


def test_two_towns_that_nothing_joins_are_left_as_drawn(lines):
    network = build(lines([(0, 0), (100, 0)], [(0, 900), (90, 900)]), ADULT)
    assert network.edges["length_mm"].tolist() == [100_000]
    assert not any("cut where they cross" in one.reason for one in network.notices)


def test_node_names_are_the_topology(lines):
    streets = lines(
        [(0, 50), (100, 50)], [(100, 50), (100, 90)], [(50, 0), (50, 100)],
        u=[7, 8, 1], v=[8, 9, 2],
    )  # fmt: skip
    network = build(streets, ADULT)
    assert network.edges["length_mm"].tolist() == [100_000, 40_000]  # crossings are no junctions


def test_columns_called_u_and_v_that_name_no_places_are_not_believed(lines):
    streets = lines([(0, 0), (100, 0)], [(100, 0), (100, 90)], u=[1, 1], v=[2, 2])
    assert len(build(streets, ADULT).nodes) == 3


def test_wheelchairs_avoid_steps(lines):
    streets = lines([(0, 0), (100, 0)], [(0, 0), (0, 80), (100, 80), (100, 0)], steps=[True, False])
    assert len(build(streets, ADULT).edges) == 2
    network = build(streets, PROFILES["wheelchair"])
    assert network.edges["length_mm"].tolist() == [260_000]
    assert any("steps, which 'wheelchair' cannot use" in str(one) for one in network.notices)
    with pytest.raises(InputError, match="all of it is steps, which 'wheelchair' cannot use"):
        build(streets[streets["steps"]], PROFILES["wheelchair"])


def test_a_street_without_length_joins_its_ends(lines):
    streets = lines(
        [(0, 0), (100, 0)], [(100, 0), (100, 0)], [(100, 0), (100, 70)], u=[1, 2, 3], v=[2, 3, 4]
    )
    network = build(streets, ADULT)
    assert network.edges["length_mm"].tolist() == [100_000, 70_000]
    assert len(network.nodes) == 3
    assert any("the street has no length" in one.reason for one in network.notices)


def test_multi_lines_come_apart_and_what_is_no_line_is_counted():
    shapes = [
        MultiLineString([[(0, 0), (100, 0)], [(100, 0), (100, 50)]]),
        None,
        Point(0, 0),
        LineString(),
    ]
    network = build(gpd.GeoDataFrame(geometry=shapes, crs="EPSG:32618"), ADULT)
    assert network.edges["length_mm"].tolist() == [100_000, 50_000]
    assert str(network.notices[0]) == (
        "walk: 3 of 4 rows dropped: the geometry is empty or not a line (for example 1, 2, 3)"
    )


@pytest.mark.parametrize("vertex", [0, 1, 2])
def test_a_street_without_a_place_is_named(lines, vertex):
    bent = [(0.0, 0.0), (50.0, 10.0), (100.0, 0.0)]
    bent[vertex] = (50.0, float("nan"))
    with np.errstate(invalid="ignore"):
        table = lines([(0, 0), (0, 100)], bent).set_axis(["good", "bent"])
        many = lines([(0, 0), (0, 100)], *[bent] * 5)
    with pytest.raises(ValueError, match=r"a street has a coordinate that is not .*\(row bent\)"):
        build(table, ADULT)
    with pytest.raises(ValueError, match=r"5 streets have .*\(row 1, 2, 3 and 2 more\); repair"):
        build(many, ADULT)


def test_nothing_to_walk_on_is_said(lines):
    with pytest.raises(InputError, match=r"\[walk\]: network: nothing to walk on: .* no lines"):
        build(lines().set_crs("EPSG:32618"), ADULT)
    with pytest.raises(InputError, match="no street is longer than a millimetre"):
        build(lines([(0, 0), (0, 0)]), ADULT)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2263", None])
def test_degrees_and_feet_are_refused(town, crs):
    with pytest.raises(InputError, match="work in a projected CRS in metres"):
        build(town.set_crs(crs, allow_override=True), ADULT)


def test_parallel_streets_keep_the_cheaper(lines):
    streets = lines([(0, 0), (100, 0)], [(0, 0), (50, 200), (100, 0)], u=[1, 1], v=[2, 2])
    graph = build(streets, ADULT).graph("length_mm").toarray()
    assert np.array_equal(graph, [[0, 100_000], [100_000, 0]])
