"""Streets that take longer, streets that take time to cross, and what nobody crosses."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import box

from siteplanner.errors import InputError
from siteplanner.model import Penalty, Walk
from siteplanner.sources.window import Window
from siteplanner.walk import (
    PROFILES,
    Cache,
    Conditions,
    Walker,
    build,
    build_cached,
    nearest,
    snap,
    walker,
)
from siteplanner.walk.penalties import blocked, crossing_charges, share_inside

ADULT = PROFILES["adult"]
MAIN = Penalty(where={"highway": ["primary"]}, crossing_s=20)
FLAT_100_M = 74_627


@pytest.fixture
def crossroads(lines) -> gpd.GeoDataFrame:
    """A lane from south to north over a main road from west to east, 100 m each way."""
    ways = [[(0, -100), (0, 0)], [(0, 0), (0, 100)], [(-100, 0), (0, 0)], [(0, 0), (100, 0)]]
    kinds = ["residential", "residential", "primary", "primary"]
    return lines(*ways, highway=kinds, lit=["yes", "no", None, "yes"])


def with_penalties(table, **penalties):
    return build(table, ADULT, Conditions(penalties=penalties))


def minutes(network, points, one, other) -> float:
    a, b = snap(network, points(one)), snap(network, points(other))
    return nearest(network, a, b)["minutes"].item()


def test_crossing_by_hand(crossroads, points):
    network = with_penalties(crossroads, main=MAIN)
    assert (network.edges["time_ms"] - FLAT_100_M).tolist() == [10_000, 10_000, 0, 0]
    assert (network.edges["back_ms"] - FLAT_100_M).tolist() == [10_000, 10_000, 0, 0]
    plain = build(crossroads, ADULT)
    extra = {
        way: minutes(network, points, *ends) - minutes(plain, points, *ends)
        for way, ends in {
            "across": ((0, -100), (0, 100)),
            "along": ((-100, 0), (100, 0)),
            "into": ((0, -100), (100, 0)),
        }.items()
    }
    for way, seconds in (("across", 20), ("along", 0), ("into", 10)):
        assert extra[way] * 60 == pytest.approx(seconds, abs=0.002), way
    (part,) = network.parts
    assert (part.name, part.ms.tolist()) == ("crossings", [10_000, 10_000, 0, 0])


def test_a_lane_between_two_main_roads_pays_at_both_ends():
    tail, head = np.array([0, 0, 1, 1]), np.array([1, 2, 3, 1])
    main = np.array([False, True, True, False])
    assert crossing_charges(tail, head, main, 30.0).tolist() == [30, 0, 0, 30]


def test_a_factor_holds_where_the_column_says(crossroads):
    network = with_penalties(crossroads, unlit=Penalty(where={"lit": ["no"]}, factor=1.5))
    assert network.edges["time_ms"].tolist() == [
        FLAT_100_M, round(1.5 * FLAT_100_M), FLAT_100_M, FLAT_100_M,
    ]  # fmt: skip
    assert not network.is_proportional


def test_a_factor_holds_on_the_part_inside_a_zone(crossroads):
    unsafe = Penalty(layer="unsafe", factor=3, title="Unsafe at night")
    zones = np.array([box(-1, 60, 1, 90), box(-1, 70, 1, 150)])
    conditions = Conditions(penalties={"unsafe": unsafe}, zones={"unsafe": zones})
    network = build(crossroads, ADULT, conditions)
    slower = network.edges["time_ms"].to_numpy() / FLAT_100_M
    assert slower == pytest.approx([1, 1 + 0.4 * 2, 1, 1], abs=1e-4)
    assert [(one.name, one.title) for one in network.parts] == [("unsafe", "Unsafe at night")]


def test_zones_are_counted_once_and_may_be_wider():
    street = shapely.from_wkt(["LINESTRING (0 0, 100 0)", "LINESTRING (0 50, 100 50)"])
    places = shapely.points([[20, 0], [30, 0]])
    assert share_inside(street, places, 10.0).round(2).tolist() == [0.3, 0.0]
    rows = shapely.linestrings([[[0, 3], [100, 3]]])
    assert share_inside(street, rows, 4.0).tolist() == [1.0, 0.0]
    assert share_inside(street, places[:0], 4.0).tolist() == [0.0, 0.0]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_shares_like_one_by_one(seed):
    random = np.random.default_rng(seed)
    lines = shapely.linestrings(random.uniform(0, 100, (12, 4, 2)))
    corners = random.uniform(0, 100, (7, 2))
    zones = shapely.box(*corners.T, *(corners + random.uniform(1, 60, (7, 2))).T)
    union = shapely.union_all(zones)
    wanted = [line.intersection(union).length / line.length for line in lines]
    assert share_inside(lines, zones) == pytest.approx(wanted, abs=1e-9)


def test_penalties_multiply_and_their_parts_add_up(crossroads):
    """Time is base × 1.5 × 1.2, with the crossing on top; every part is told."""
    penalties = {
        "unlit": Penalty(where={"lit": ["no"]}, factor=1.5),
        "lane": Penalty(where={"highway": ["residential"]}, factor=1.2),
        "main": MAIN,
    }
    heights = Window(np.add.outer(np.arange(40, 0, -1.0), np.zeros(40)), (-200, -200, 200, 200),
                     CRS.from_epsg(32618))  # fmt: skip
    network = build(crossroads, ADULT, Conditions(heights, penalties))
    edge = network.edges.iloc[1]
    base = FLAT_100_M * np.exp(3.5 * 0.1)  # 10 % up to the north
    assert edge["time_ms"] == pytest.approx(base * 1.5 * 1.2 + 10_000, abs=1)
    assert [one.name for one in network.parts] == ["slope", "unlit", "lane", "crossings"]
    assert [one.ms[1] for one in network.parts] == pytest.approx(
        [base - FLAT_100_M, base * 0.5, base * 1.5 * 0.2, 10_000], abs=1
    )
    for column, name in (("time_ms", "ms"), ("back_ms", "back_ms")):
        total = FLAT_100_M + sum(getattr(one, name) for one in network.parts)
        assert network.edges[column].tolist() == total.tolist()


def test_barriers_are_crossed_on_bridges_only(lines):
    streets = lines(
        [(0, 0), (0, 100)], [(0, 0), (300, 0)], [(0, 100), (300, 100)], [(300, 0), (300, 100)],
        bridge=[False, False, False, True],
    )  # fmt: skip
    rail = np.array([shapely.LineString([(-50, 50), (400, 50)])])
    network = build(streets, ADULT, Conditions(barriers={"railway": rail}))
    assert network.edges["length_mm"].tolist() == [300_000, 300_000, 100_000]
    assert str(network.notices[0]) == (
        "walk: 1 of 4 rows dropped: they meet 'railway', which is crossed only on bridges and "
        "in tunnels"
    )
    unknown = build(streets.drop(columns="bridge"), ADULT, Conditions(barriers={"railway": rail}))
    assert len(unknown.edges) == 1
    assert "bridges are not known, so none is left" in str(unknown.notices[0])
    everywhere = np.array([box(-999, -999, 999, 999)])
    with pytest.raises(InputError, match="meet 'sea', which is crossed only on bridges"):
        build(streets.iloc[:3], ADULT, Conditions(barriers={"sea": everywhere}))


def test_what_meets_a_barrier():
    streets = shapely.from_wkt([
        "LINESTRING (0 0, 10 0)",  # ends on the bank
        "LINESTRING (0 0, 11 0)",  # goes into the water
        "LINESTRING (10 0, 10 50)",  # along the bank
        "LINESTRING (0 70, 0 80)",  # ends on the rails
        "LINESTRING (0 71, 0 90)",
    ])  # fmt: skip
    water, rails = box(10, -9, 20, 60), shapely.LineString([(-9, 70), (9, 70)])
    assert blocked(streets, np.array([water])).tolist() == [False, True, False, False, False]
    assert blocked(streets, np.array([rails, water])).tolist() == [False, True, False, True, False]


def test_cut_streets_keep_what_they_are(lines):
    """Lines without junctions are cut where they cross; each piece is of its own street."""
    streets = lines(
        [(0, 50), (100, 50)], [(50, 0), (50, 100)], [(20, 0), (20, 50)],
        name=["High Street", "Mill Lane", "Steps"], steps=[False, False, True],
        highway=["primary", "residential", "steps"],
    )  # fmt: skip
    network = with_penalties(streets, main=MAIN)
    told = network.edges[["row", "street", "length_mm"]].sort_values(["row", "length_mm"])
    assert told["street"].tolist() == ["High Street"] * 3 + ["Mill Lane"] * 2 + ["Steps"]
    assert told["row"].tolist() == [0, 0, 0, 1, 1, 2]
    by_name = {one.name: one.ms for one in network.parts}
    assert by_name["steps"][network.edges["row"] == 2].tolist() == [round(50_000 / 1.34)]
    assert by_name["crossings"][network.edges["row"] == 1].tolist() == [10_000, 10_000]
    assert by_name["crossings"][network.edges["row"] == 0].tolist() == [0, 0, 0]


def test_of_streets_on_top_of_each_other_the_first_counts(lines):
    one, across = [(0, 50), (100, 50)], [(50, 0), (50, 100)]
    network = build(lines(one, across, one, across[::-1], name=["a", "b", "c", "d"]), ADULT)
    assert sorted(network.edges["street"]) == ["a", "a", "b", "b"]


def test_a_network_with_conditions_comes_back_from_the_cache(lines, tmp_path, monkeypatch):
    ways = [[(0, -100), (0, 0)], [(0, 0), (0, 100)], [(-100, 0), (0, 0)], [(0, 0), (100, 0)]]
    streets = lines(*ways, highway=["a", "b", "primary", "primary"], name=["x", "x", None, "y"])
    hills = np.random.default_rng(1).normal(0, 9, (40, 40)).cumsum(axis=1)
    around, crs = (-200, -200, 200, 200), CRS.from_epsg(32618)
    heights = Window(hills, around, crs)
    zones = {"park": np.array([box(-5, 20, 5, 60)])}
    penalties = {"main": MAIN, "park": Penalty(layer="parks", factor=1.3)}
    conditions = Conditions(
        heights, penalties, zones, {"r": shapely.linestrings([[[9, 50], [99, 50]]])}
    )
    cache = Cache(tmp_path)
    first = build_cached(streets, ADULT, cache, conditions)
    assert [one.name for one in first.parts] == ["slope", "park", "crossings"]
    monkeypatch.setattr(walker, "build", None)  # from here on, building is an error
    again = build_cached(streets, ADULT, cache, conditions)
    pd.testing.assert_frame_equal(again.edges, first.edges)
    assert again.notices == first.notices
    assert again.fingerprint == first.fingerprint
    for one, other in zip(again.parts, first.parts, strict=True):
        assert (one.name, one.title) == (other.name, other.title)
        assert one.ms.tolist() == other.ms.tolist()
        assert one.back_ms.tolist() == other.back_ms.tolist()
    higher = Window(hills + 1e-9, around, crs)
    slower = Penalty(where=MAIN.where, crossing_s=21)
    moved = {"park": np.array([box(-5, 20, 5, 61)])}
    for table, changed in [
        (streets, None),
        (streets, Conditions(higher, penalties, zones, conditions.barriers)),
        (streets, Conditions(heights, penalties, moved, conditions.barriers)),
        (streets, Conditions(heights, penalties, zones)),
        (streets, Conditions(heights, {**penalties, "main": slower}, zones, conditions.barriers)),
        (streets.assign(highway="primary"), conditions),
    ]:  # fmt: skip
        with pytest.raises(TypeError):
            build_cached(table, ADULT, cache, changed)
    other = streets.assign(name="z")  # only a name: the walks are the same
    assert set(build_cached(other, ADULT, cache, conditions).edges["street"]) == {"z"}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_faster_profile_reaches_a_superset(random_network, points, seed):
    streets = random_network(seed).edges[["u", "v", "geometry"]]
    random = np.random.default_rng(seed)
    streets = streets.assign(highway=random.choice(["primary", "path"], len(streets)))
    hills = Window(random.normal(0, 5, (40, 40)).cumsum(axis=0), (-100, -100, 600, 600),
                   CRS.from_epsg(32618))  # fmt: skip
    conditions = Conditions(hills, {"main": Penalty(where={"highway": ["primary"]}, crossing_s=15,
                                                    factor=1.4)})  # fmt: skip
    homes, shops = (points(*random.uniform(0, 500, (6, 2)).tolist()) for _ in range(2))
    found = []
    for profile in (PROFILES["older_person"], ADULT):
        network = build(streets, profile, conditions) if seed % 5 else build(streets, profile)
        asked = Walker(network, Walk(network="s", limit_min=6)).reach(homes, shops)
        found.append(asked.minutes.tocoo())
    slow, fast = (set(zip(one.row.tolist(), one.col.tolist(), strict=True)) for one in found)
    assert slow <= fast


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"where": {"a": ["b"]}}, "it costs nothing; give a factor above 1, or crossing_s"),
        ({"factor": 2}, "it is about no street; give where or layer"),
        ({"layer": "x", "factor": 0.9}, "greater than or equal to 1"),
        ({"layer": "x", "crossing_s": -1}, "greater than or equal to 0"),
    ],
)
def test_a_penalty_says_something(keys, sentence):
    with pytest.raises(ValueError, match=sentence):
        Penalty(**keys)
