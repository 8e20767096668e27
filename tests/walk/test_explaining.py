"""One walk taken apart: its parts are the catchment's minutes, to the millisecond."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from siteplanner.model import Penalty, Walk
from siteplanner.sources.window import Window
from siteplanner.walk import PROFILES, Conditions, StraightWalker, Walker, build, explain
from siteplanner.walk.explaining import whole_minutes

ADULT = PROFILES["adult"]
UTM = CRS.from_epsg(32618)


@pytest.fixture
def hillside(lines):
    """Home, 268 m up a hill at 10 %, over a main road, 134 m of steps on the flat, the shop."""
    streets = lines(
        [(0, 0), (0, 268)], [(0, 268), (0, 402)], [(-200, 268), (0, 268)], [(0, 268), (200, 268)],
        name=["Hill Street", "Long Steps", "Ring Road", "Ring Road"],
        highway=["residential", "steps", "primary", "primary"],
        steps=[False, True, False, False],
    )  # fmt: skip
    y = np.arange(995, -205, -10.0)[:, None]
    heights = np.clip(np.broadcast_to(y, (120, 80)), None, 268) * 0.1
    penalties = {
        "main": Penalty(where={"highway": ["primary"]}, crossing_s=60),
        "steps_cost": Penalty(where={"highway": ["steps"]}, factor=1.5, title="tiring steps"),
    }
    bounds = (-400, -200, 400, 1000)
    return build(streets, ADULT, Conditions(Window(heights, bounds, UTM), penalties))


def test_a_walk_by_hand(hillside):
    found = explain(hillside, shapely.Point(13.4, 0), shapely.Point(0, 402))
    table = found.table
    assert table["what"].tolist() == ["to the street", "street", "street"]
    assert table["street"].tolist() == ["", "Hill Street", "Long Steps"]
    assert table["highway"].tolist() == ["", "residential", "steps"]
    assert table["metres"].tolist() == pytest.approx([13.4, 268, 134])
    assert found.metres == pytest.approx(13.4 + 268 + 134)
    parts = found.parts / 1000
    assert parts["way"] == 10
    assert parts["flat"] == 200
    assert parts["steps"] == 100
    assert parts["slope"] == pytest.approx(200 * (np.exp(0.35) - 1), rel=0.01)
    assert parts["steps_cost"] == pytest.approx(50, abs=1)
    assert parts["crossings"] == 60
    assert found.minutes == pytest.approx(parts.sum() / 60)
    assert found.sentence == (
        "8 min: 3 on the flat, 2 on steps, 1 for the slope, 1 for tiring steps, 1 for crossings"
    )
    assert table.geometry.iloc[1].coords[:] == [(0, 0), (0, 268)]
    assert table.crs == hillside.crs


def test_downhill_takes_less(hillside):
    down = explain(hillside, shapely.Point(0, 268), shapely.Point(0, 0))
    up = explain(hillside, shapely.Point(0, 0), shapely.Point(0, 268))
    assert down.minutes < up.minutes
    assert down.parts["flat"] == up.parts["flat"] == 200_000
    gentle = explain(hillside, shapely.Point(0, 100), shapely.Point(0, 60))
    assert gentle.table["street"].tolist() == ["Hill Street"]
    assert gentle.table.geometry.iloc[0].coords[:] == [(0, 100), (0, 60)]


def test_less_for_the_slope_is_said(lines):
    y = np.arange(9995, -205, -10.0)[:, None]
    heights = Window(np.broadcast_to(y * 0.05, (1020, 40)).copy(), (-200, -200, 200, 10_000), UTM)
    network = build(lines([(0, 0), (0, 1608)]), ADULT, Conditions(heights))
    down = explain(network, shapely.Point(0, 1608), shapely.Point(0, 0))
    assert down.sentence == "17 min: 20 on the flat, 3 less for the slope"
    assert down.parts["slope"] < 0


def test_on_the_same_street_nobody_goes_round(town):
    network = build(town, ADULT)
    found = explain(network, shapely.Point(20, 5), shapely.Point(70, -5))
    assert found.metres == 60
    assert found.table["metres"].tolist() == [5, 50, 5]
    assert found.table["what"].tolist() == ["to the street", "street", "from the street"]
    here = explain(network, shapely.Point(20, 0), shapely.Point(20, 0))
    assert (here.minutes, here.metres, len(here.table)) == (0, 0, 0)
    assert here.sentence == "less than a minute"
    beside = explain(network, shapely.Point(20, 5), shapely.Point(20, 0))
    assert beside.table["what"].tolist() == ["to the street"]


def test_who_is_far_from_every_street_is_told(town):
    network = build(town, ADULT)
    with pytest.raises(ValueError, match="the destination is more than 200 m from every street"):
        explain(network, shapely.Point(0, 0), shapely.Point(900, 0))


def test_a_walker_explains(town):
    network = build(town, ADULT)
    walks = Walker(network, Walk(network="s", limit_m=500))
    found = walks.explain(shapely.box(0, 0, 10, 10), shapely.Point(200, 200))
    assert found.metres == explain(network, shapely.Point(5, 5), shapely.Point(200, 200)).metres


def test_whole_minutes_add_up():
    assert whole_minutes(np.array([29_999])).tolist() == [0]
    assert whole_minutes(np.array([840_000, 170_000, 70_000, 0])).tolist() == [14, 3, 1, 0]
    assert whole_minutes(np.array([90_000, -40_000])).tolist() == [2, -1]


def conditions(seed: int) -> Conditions | None:
    """Flat; or slopes; or slopes, crossings and a penalty."""
    random = np.random.default_rng(seed)
    hills = random.normal(0, 6, (40, 40)).cumsum(axis=0)
    window = Window(hills, (-100, -100, 600, 600), UTM)
    main = Penalty(where={"highway": ["primary"]}, crossing_s=15, factor=1.37)
    return [None, Conditions(window), Conditions(window, {"main": main}),
            Conditions(penalties={"main": main})][seed % 4]  # fmt: skip


LONGEST_MIN = 10_000


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_parts_are_the_catchments_minutes(random_network, points, seed):
    random = np.random.default_rng(seed)
    streets = random_network(seed).edges[["u", "v", "geometry"]]
    kinds = random.choice(["primary", "steps", "path"], len(streets))
    streets = streets.assign(highway=kinds, steps=kinds == "steps", name=kinds)
    network = build(streets, ADULT, conditions(seed))
    homes, shops = (points(*random.uniform(0, 500, (3, 2)).round(1).tolist()) for _ in range(2))
    walks = Walker(network, Walk(network="s", limit_min=LONGEST_MIN))
    asked = walks.reach(homes, shops)
    cut = walks.cut_off(homes), walks.cut_off(shops)
    for row, home in enumerate(homes):
        for column, shop in enumerate(shops):
            if cut[0][row] or cut[1][column]:
                continue
            found = walks.explain(home, shop)
            if found.minutes > LONGEST_MIN:  # made-up hills can be walls
                assert asked.minutes[row, column] == 0
                continue
            assert found.minutes == asked.minutes[row, column]
            table = found.table
            names = [f"{one}_ms" for one in found.parts.index]
            assert (table[names].sum(axis=1) == table["time_ms"]).all()
            assert found.parts.sum() == table["time_ms"].sum()
            if network.is_proportional:
                assert found.metres == pytest.approx(asked.metres[row, column], abs=1e-9)
            shapes = table.geometry.to_numpy()
            for one, other in pairwise(shapes):
                assert (
                    shapely.distance(shapely.get_point(one, -1), shapely.get_point(other, 0)) < 0.01
                )
            assert table.length.sum() == pytest.approx(found.metres, abs=0.1)


def test_input_stays(town):
    network = build(town, ADULT)
    before = network.edges.copy()
    explain(network, shapely.Point(0, 0), shapely.Point(200, 200))
    assert_geodataframe_equal(network.edges, before)


def test_an_id_is_no_place(town):
    place = shapely.Point(0, 0)
    streets = Walker(build(town, ADULT), Walk(network="streets", limit_m=500))
    for walker in (streets, StraightWalker(ADULT, Walk(limit_m=500))):
        with pytest.raises(TypeError, match=r"the destination is 'P26'; give a shapely point"):
            walker.explain(place, "P26")
        with pytest.raises(TypeError, match=r"the origin is NoneType; give a shapely point"):
            walker.explain(None, place)
        with pytest.raises(TypeError, match=r"the origin is GeoSeries; give a shapely point"):
            walker.explain(town.geometry, place)
        with pytest.raises(ValueError, match=r"more than 200 m|is empty"):
            walker.explain(shapely.Point(), place)
