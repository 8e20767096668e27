"""Doors: gates, streets that meet an edge, the edge itself, a point inside."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPoint, Point, Polygon, box

from siteplanner.model import Walk
from siteplanner.sources.entrances import GATES
from siteplanner.walk import (
    PROFILES,
    StraightWalker,
    Walker,
    build,
    doors_of,
    front_doors,
    nearest_to,
    one_inside,
    walks_to,
)
from siteplanner.walk.doors import SPACING_M

CRS = "EPSG:32618"
PARK = box(0, 0, 200, 100)  # 600 m round: too large for one point


def places(*shapes: object, gates: list[object] | None = None) -> gpd.GeoDataFrame:
    index = [f"p{number}" for number in range(len(shapes))]
    table = gpd.GeoDataFrame(geometry=list(shapes), index=index, crs=CRS)
    return table if gates is None else table.assign(**{GATES: np.array(gates, dtype=object)})


def streets(*lines: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[LineString(one) for one in lines], crs=CRS)


def corners(doors) -> set[tuple[float, float]]:
    return {(x, y) for x, y in shapely.get_coordinates(doors.points.to_numpy()).round(3).tolist()}


class TestWhere:
    def test_streets_that_cross_the_edge(self):
        through = streets([(-50, 50), (250, 50)])
        doors = doors_of(places(PARK), through)
        assert doors.how.tolist() == ["streets"]
        assert corners(doors) == {(0, 50), (200, 50)}

    def test_streets_that_end_near_the_edge(self):
        dead_end, too_far = [(100, 300), (100, 109)], [(150, 300), (150, 111)]
        assert corners(doors_of(places(PARK), streets(dead_end, too_far))) == {(100, 100)}

    def test_a_street_along_the_edge_has_a_door_at_least_every_100_m(self):
        doors = doors_of(places(PARK), streets([(-20, 0), (150, 0)]))
        assert corners(doors) == {(0, 0), (75, 0), (150, 0)}

    def test_no_street_meets_it(self):
        doors = doors_of(places(PARK), streets([(0, 500), (200, 500)]))
        assert doors.how.tolist() == ["edge"]
        assert len(doors.points) == 6
        assert doors.points.distance(PARK.boundary).max() == 0

    def test_without_streets_a_large_place_is_reached_along_its_edge(self):
        park = box(0, 0, 1000, 500).difference(box(200, 200, 400, 300))
        doors = doors_of(places(park, Point(5, 5)))
        assert doors.points[doors.owner == 0].distance(park.boundary).max() < 1e-9
        assert np.bincount(doors.owner).tolist() == [36, 1]  # 3,000 m outside, 600 round the pond
        assert doors.how.tolist() == ["edge", "point"]

    def test_a_small_place_is_reached_inside_though_a_street_crosses_it(self):
        doors = doors_of(places(box(0, 0, 50, 50)), streets([(-50, 25), (250, 25)]))
        assert doors.how.tolist() == ["inside"]
        assert doors.points[0].equals(Point(25, 25))

    def test_gates_come_first_for_small_and_large(self):
        gate = MultiPoint([(0, 10)])
        two = places(PARK, box(0, 0, 20, 20), PARK, gates=[gate, gate, None])
        doors = doors_of(two, streets([(-50, 50), (250, 50)]))
        assert doors.how.tolist() == ["gates", "gates", "streets"]
        assert doors.owner.tolist() == [0, 1, 2, 2]

    def test_a_line_is_a_place_too(self):
        doors = doors_of(places(LineString([(0, 0), (500, 0)])), streets([(90, -50), (90, 50)]))
        assert corners(doors) == {(90, 0)}

    def test_points_and_missing_places(self):
        doors = doors_of(places(Point(1, 2), None, Polygon()), streets([(0, 0), (9, 9)]))
        assert doors.how.tolist() == ["point", "", ""]
        assert doors.owner.tolist() == [0]

    def test_nothing_is_changed(self):
        table = places(PARK, gates=[MultiPoint([(0, 10)])])
        before = table.copy()
        doors_of(table, streets([(-50, 50), (250, 50)]))
        assert table.equals(before)

    @given(st.lists(st.tuples(*[st.floats(-300, 500)] * 4), min_size=1, max_size=8))
    def test_every_large_place_has_doors_and_all_lie_on_its_edge(self, ends):
        lines = [[(a, b), (c, d)] for a, b, c, d in ends if (a, b) != (c, d)]
        doors = doors_of(places(PARK, PARK), streets(*lines) if lines else None)
        assert set(doors.owner.tolist()) == {0, 1}
        assert doors.points.distance(PARK.boundary).max() < 1e-6
        first, second = (corners_of(doors, number) for number in (0, 1))
        assert first == second


def corners_of(doors, number: int) -> list[list[float]]:
    return shapely.get_coordinates(doors.points[doors.owner == number].to_numpy()).tolist()


@pytest.fixture
def ring():
    """Give a walker on a street 20 m south of a park, with a path into the park's east side."""
    table = streets([(-500, -20), (220, -20)], [(220, -20), (220, 50)], [(220, 50), (150, 50)])
    walk = Walk(network="streets", limit_m=900)
    return Walker(build(table, PROFILES["adult"]), walk)


class TestWalks:
    def test_the_walk_ends_at_the_gate_not_in_the_middle(self, ring):
        home = gpd.GeoSeries.from_xy([-500], [-20], index=["h"], crs=CRS)
        doors = doors_of(places(PARK), ring.streets)
        assert corners(doors) == {(200, 50)}
        found = walks_to(ring, home, doors)
        assert found.metres.toarray().tolist() == [[720 + 70 + 20]]
        west = doors_of(places(PARK, gates=[MultiPoint([(0, 0)])]), ring.streets)
        assert walks_to(ring, home, west).metres.toarray().tolist() == [[500 + 20]]

    def test_the_best_door_counts(self):
        walker = StraightWalker(PROFILES["adult"], Walk(limit_m=120))
        doors = doors_of(places(box(100, 0, 300, 200), Point(0, 0)))
        homes = gpd.GeoSeries.from_xy([0, 100, 900], [0, 100, 900], crs=CRS)
        found = walks_to(walker, homes, doors)
        assert found.metres.indptr.tolist() == [0, 2, 3, 3]
        assert found.metres.indices.tolist() == [0, 1, 0]
        assert found.metres.data.tolist() == [100, 0, 0]
        assert found.columns.tolist() == ["p0", "p1"]

    def test_of_places_that_are_left_by_a_door_too(self):
        walker = StraightWalker(PROFILES["adult"], Walk(limit_m=120))
        both = doors_of(places(PARK, box(300, 0, 500, 100), Point(0, -50)))
        found = walks_to(walker, both, both).metres.toarray()
        assert found.tolist() == [[0, 100, 50], [100, 0, 0], [50, 0, 0]]
        walks = nearest_to(walker, both, one_inside(places(Point(600, 0), Point(0, -60))))
        assert walks["metres"].tolist() == [60, 100, 10]
        assert walks.index.tolist() == ["p0", "p1", "p2"]

    def test_all_pairs_are_the_least_over_doors(self):
        rng = np.random.default_rng(4)
        shapes = [box(x, y, x + 150, y + 120) for x, y in rng.uniform(0, 900, (6, 2))]
        doors = doors_of(places(*shapes, Point(3, 3)))
        walker = StraightWalker(PROFILES["adult"], Walk(limit_m=400))
        homes = gpd.GeoSeries.from_xy(*rng.uniform(0, 1000, (2, 30)), crs=CRS)
        found = walks_to(walker, homes, doors).metres.toarray()
        for home in range(30):
            for place in range(7):
                own = doors.points[doors.owner == place]
                least = own.distance(homes[home]).min()
                assert found[home, place] == pytest.approx(least if least <= 400 else 0, abs=1e-3)

    def test_the_front_door_is_the_one_at_the_street(self, ring):
        doors = doors_of(places(PARK), None)
        assert len(doors.points) == 600 / SPACING_M
        front = front_doors(doors, ring.streets)
        assert front.index.tolist() == ["p0"]
        nearest = doors.points.distance(ring.streets.union_all())
        assert front["p0"].distance(ring.streets.union_all()) == nearest.min() < nearest.max()
        assert front_doors(doors_of(places(None)), ring.streets).isna().all()
