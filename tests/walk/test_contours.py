"""Areas within a walk: from streets really reached, cut where the limit is met."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geoseries_equal
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import Point

from siteplanner.model import Walk
from siteplanner.sources.window import Window
from siteplanner.walk import PROFILES, Conditions, Walker, build, isochrones

ADULT = PROFILES["adult"]


def test_a_cross_by_eye(lines, points):
    arms = [[(0, 0), (x, y)] for x, y in ((500, 0), (-500, 0), (0, 500), (0, -500))]
    network = build(lines(*arms), ADULT)
    areas = isochrones(network, points((100, 0), index=["here"]), metres=[50, 300], street_m=10)
    assert areas["origin"].tolist() == ["here", "here"]
    assert areas["metres"].tolist() == [50, 300]
    assert areas.crs == network.crs
    small, large = areas.geometry
    assert small.bounds == pytest.approx((40, -10, 160, 10))
    assert small.area == pytest.approx(100 * 20 + np.pi * 100, rel=0.01)
    assert large.bounds == pytest.approx((-210, -210, 410, 210))
    # 600 m along, 400 m across, less where they overlap; four round ends
    assert large.area == pytest.approx(600 * 20 + 400 * 20 - 400 + 2 * np.pi * 100, rel=0.01)
    assert large.convex_hull.area > 4 * large.area


def test_the_way_to_the_street_is_walked_too(lines, points):
    network = build(lines([(0, 0), (500, 0)]), ADULT)
    place = points((100, 60))
    nothing, part, more = isochrones(network, place, metres=[0, 40, 70], street_m=10).geometry
    assert nothing.bounds == pytest.approx((90, 50, 110, 70))
    assert part.bounds == pytest.approx((90, 10, 110, 70))
    assert more.bounds == pytest.approx((80, -10, 120, 70))


def test_nobody_walks_from_where_no_street_is(lines, points):
    network = build(lines([(0, 0), (500, 0)]), ADULT)
    areas = isochrones(network, points((100, 0), (100, 300)), minutes=[5])
    assert areas.is_empty.tolist() == [False, True]


def test_minutes_go_by_the_profile(lines, points):
    streets = lines([(0, 0), (4000, 0)])
    widths = {}
    for name in ("adult", "older_person"):
        area = isochrones(build(streets, PROFILES[name]), points((2000, 0)), minutes=[10])
        widths[name] = area.total_bounds[2] - 2000 - 40
    assert widths == pytest.approx({"adult": 804, "older_person": 456}, abs=0.1)


def test_uphill_from_a_place_is_downhill_to_it(lines, points):
    x = np.arange(-195, 4200, 10.0)
    hill = Window(np.tile(0.1 * x, (40, 1)), (-200, -200, 4200, 200), CRS.from_epsg(32618))
    network = build(lines([(0, 0), (4000, 0)]), ADULT, Conditions(hill))
    place = points((2000, 0))
    away = isochrones(network, place, minutes=[10], street_m=10)
    here = isochrones(network, place, minutes=[10], street_m=10, towards=True)
    west, _, east, _ = away.total_bounds
    assert east - 2010 == pytest.approx(804 * np.exp(-0.35), rel=0.01)
    assert 1990 - west == pytest.approx(804, rel=0.01)  # 10 % down is as quick as the flat
    assert here.total_bounds[[0, 2]] == pytest.approx([4000 - east, 4000 - west], abs=0.1)


def test_small_holes_are_filled(town, points):
    network = build(town, ADULT)
    block = {"metres": [900], "street_m": 10}  # four blocks of 80 m inside
    everything = isochrones(network, points((0, 0)), **block).geometry.iloc[0]
    assert everything.contains(Point(50, 50))
    streets = isochrones(network, points((0, 0)), **block, hole_m2=6000).geometry.iloc[0]
    assert not streets.contains(Point(50, 50))
    assert len(streets.interiors) == 4


def test_together_is_the_union(town, points):
    network = build(town, ADULT)
    places = points((0, 0), (200, 200), (900, 900))
    each = isochrones(network, places, metres=[30, 60])
    both = isochrones(network, places, metres=[60, 30], together=True)
    assert both.columns.tolist() == ["metres", "geometry"]
    assert both["metres"].tolist() == [30, 60]
    for limit, area in zip(both["metres"], both.geometry, strict=True):
        union = each.geometry[each["metres"] == limit].union_all()
        assert area.symmetric_difference(union).area < 1e-6


def test_what_is_asked_has_to_make_sense(town, points):
    network = build(town, ADULT)
    with pytest.raises(ValueError, match="give minutes or metres, one of the two"):
        isochrones(network, points((0, 0)))
    with pytest.raises(ValueError, match="give minutes or metres, one of the two"):
        isochrones(network, points((0, 0)), minutes=[1], metres=[2])
    with pytest.raises(ValueError, match="found the limit -3; give limits of at least 0"):
        isochrones(network, points((0, 0)), minutes=[5, -3])
    assert len(isochrones(network, points((0, 0)), minutes=[])) == 0


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_who_is_reached_is_inside_and_limits_are_nested(random_network, points, seed):
    random = np.random.default_rng(seed)
    network = random_network(seed)
    home = points(tuple(random.uniform(0, 500, 2)))
    shops = points(*random.uniform(0, 500, (8, 2)).tolist())
    walks = Walker(network, Walk(network="s", limit_m=9))
    if walks.cut_off(home).any():
        return
    limits = sorted(random.uniform(0, 900, 3).tolist())
    areas = isochrones(network, home, metres=limits, street_m=25).geometry
    assert areas.is_valid.all()
    met = walks.snapped(shops).table
    for limit, area in zip(limits, areas, strict=True):
        metres = walks.reach(home, shops, limit_m=limit).metres
        for number in metres.indices[metres.indptr[0] : metres.indptr[1]]:
            edge = network.edges.iloc[met["edge"].iloc[number]]
            at = edge.geometry.interpolate(met["along_mm"].iloc[number] / 1000)
            assert area.distance(at) < 0.1
    small, middle, large = areas
    assert small.difference(middle).area < 1e-6
    assert middle.difference(large).area < 1e-6
    alone = isochrones(network, home, metres=limits[2:], street_m=25).geometry.iloc[0]
    assert small.difference(alone.buffer(0.5)).area < 1e-6
    again = isochrones(network, home, metres=limits, street_m=25)
    assert_geoseries_equal(again.geometry, areas)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_street_beyond_the_limit_counts(random_network, points, seed):
    """Every place on the streets that the area's own streets reach is within the limit."""
    random = np.random.default_rng(seed)
    network = random_network(seed)
    home = points(tuple(random.uniform(0, 500, 2)))
    walks = Walker(network, Walk(network="s", limit_m=9))
    if walks.cut_off(home).any():
        return
    limit = float(random.uniform(0, 700))
    area = isochrones(network, home, metres=[limit], street_m=0.5, hole_m2=0).geometry.iloc[0]
    for edge in random.integers(0, len(network.edges), 6):
        line = network.edges.geometry.iloc[edge]
        place = gpd.GeoSeries(
            [line.interpolate(random.uniform(), normalized=True)], crs=network.crs
        )
        walk = walks.nearest(home, place)["metres"].item()
        inside = shapely.distance(area, place.iloc[0]) == 0
        alone = (network.edges.geometry.distance(place.iloc[0]) < 1).sum() == 1
        if walk > limit + 1 and alone and line.is_simple:
            assert not inside
        elif walk < limit - 1:
            assert inside
