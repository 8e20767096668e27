from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteplanner.model import Walk
from siteplanner.sources.streets import read_streets
from siteplanner.walk import (
    PROFILES,
    Catchment,
    Network,
    Snapped,
    StraightWalker,
    Walker,
    build,
    gathering,
    nearest,
    reach,
    snap,
)
from siteplanner.walk.network import time_ms

ADULT = PROFILES["adult"]


def as_dict(catchment: Catchment, what: str = "metres") -> dict[tuple[object, object], float]:
    found = getattr(catchment, what).tocoo()
    pairs = zip(found.coords[0], found.coords[1], found.data, strict=True)
    return {(catchment.rows[i], catchment.columns[j]): float(value) for i, j, value in pairs}


def walk_by_eye(streets, points, a, b, **limits):
    network = build(streets, ADULT)
    return reach(network, snap(network, points(a)), snap(network, points(b)), **limits)


def test_round_the_corner(town, points):
    found = walk_by_eye(town, points, (30, 0), (100, 60), limit_m=1000)
    assert found.metres.toarray().tolist() == [[70 + 60]]
    assert found.minutes.toarray().tolist() == [[97_015 / 60_000]]


def test_two_people_on_one_street_do_not_go_by_its_ends(town, points):
    assert walk_by_eye(town, points, (30, 5), (80, 2), limit_m=99).metres.data.tolist() == [57]


def test_a_detour_can_beat_the_street_itself(lines, points):
    streets = lines([(0, 0), (0, 500), (10, 500), (10, 0)], [(0, 0), (10, 0)])
    assert walk_by_eye(streets, points, (0, 20), (10, 20), limit_m=99).metres.data.tolist() == [50]


def test_the_limit_in_metres_is_inclusive_to_the_millimetre(lines, points):
    streets = lines(*[[(x, 0), (x + 100, 0)] for x in range(0, 2000, 100)])
    places = points((800, 0), (800.001, 0), (0, 0))
    network = build(streets, ADULT)
    home = snap(network, points((0, 0), (1900, 0)))
    found = reach(network, home, snap(network, places), limit_m=800)
    assert as_dict(found) == {(0, 0): 800.0, (0, 2): 0.0}
    assert found.metres.nnz == 2  # the zero is stored: it is no walk, not no pair
    assert found.metres.data.tolist() == [800, 0]


def test_the_limit_in_minutes_is_inclusive_and_both_limits_hold(lines, points):
    network = build(lines([(0, 0), (2000, 0)]), ADULT)
    home = snap(network, points((0, 0)))
    places = snap(network, points((804, 0), (804.001, 0), (805, 0), (600, 0)))
    by_time = reach(network, home, places, limit_min=10)
    assert as_dict(by_time, "minutes") == {(0, 0): 10.0, (0, 3): pytest.approx(7.4627, abs=1e-4)}
    both = reach(network, home, places, limit_min=10, limit_m=700)
    assert as_dict(both) == {(0, 3): 600.0}
    assert as_dict(reach(network, home, places, limit_min=99, limit_m=804)).keys() == {
        (0, 0), (0, 3),
    }  # fmt: skip


def test_labels_and_sparsity(town, points):
    network = build(town, ADULT)
    homes = snap(network, points((0, 0), (200, 200), (999, 999), index=["h", "i", "j"]))
    shops = snap(network, points((100, 100), (100, 0), index=["s", "t"]))
    found = reach(network, homes, shops, limit_m=200)
    assert found.rows.tolist() == ["h", "i", "j"]
    assert found.columns.tolist() == ["s", "t"]
    assert as_dict(found) == {("h", "s"): 200.0, ("h", "t"): 100.0, ("i", "s"): 200.0}
    assert np.array_equal(found.metres.indices, found.minutes.indices)
    assert np.array_equal(found.metres.indptr, found.minutes.indptr)


def test_a_limit_is_needed(town, points):
    with pytest.raises(ValueError, match="no limit; give limit_m, limit_min or both"):
        walk_by_eye(town, points, (0, 0), (0, 0))


@pytest.mark.parametrize("limit", [float("nan"), -1.0, "500"])
def test_a_limit_is_a_number(town, points, limit):
    walks = Walker(build(town, ADULT), Walk(network="streets", limit_m=150))
    straight = StraightWalker(ADULT, Walk(limit_m=150))
    homes = points((0, 0))
    for walker in (walks, straight):
        for name in ("limit_m", "limit_min"):
            with pytest.raises(ValueError, match=f"{name} is .*; give a number of 0 or more"):
                walker.reach(homes, homes, **{name: limit})
        with pytest.raises(ValueError, match=r"limit_m is .*; give a number of 0 or more"):
            walker.nearest(homes, homes, limit_m=limit)


def test_nobody_anywhere(town, points):
    network = build(town, ADULT)
    nobody, somebody = points((0, 0)).iloc[:0], points((0, 0))
    for a, b in [(nobody, somebody), (somebody, nobody), (nobody, nobody)]:
        found = reach(network, snap(network, a), snap(network, b), limit_m=10)
        assert found.metres.shape == (len(a), len(b))
        assert nearest(network, snap(network, a), snap(network, b))["metres"].isna().all()


def test_nearest_by_eye(town, points):
    network = build(town, ADULT)
    homes = snap(network, points((0, 30), (100, 100), (999, 999), index=["a", "b", "c"]))
    shops = snap(network, points((200, 100), (0, 100), (0, 35), index=["s", "t", "u"]))
    found = nearest(network, homes, shops, limit_m=100)
    assert found["nearest"].tolist() == ["u", "s", None]  # s and t are equally near to b
    assert found["metres"].tolist()[:2] == [5, 100]
    assert found["minutes"].tolist()[:2] == [round(5000 / 1.34) / 60_000, 74_627 / 60_000]
    assert found.loc["c", ["metres", "minutes"]].isna().all()
    assert nearest(network, homes, shops, limit_m=99)["nearest"].tolist() == ["u", None, None]
    assert nearest(network, homes, shops)["nearest"].tolist() == ["u", "s", None]


@pytest.mark.parametrize("seed", range(200))
def test_equal_to_networkx_on_random_networks(seed, random_network, anywhere, oracle, monkeypatch):
    random = np.random.default_rng(1000 + seed)
    monkeypatch.setattr(gathering, "TABLE", int(random.integers(1, 60)))
    network = random_network(seed)
    origins = anywhere(network, int(random.integers(1, 12)), random)
    destinations = anywhere(network, int(random.integers(1, 12)), random)
    walks = oracle(network, origins, destinations)
    limit = float(random.choice([0, 150, 400, 900, 1e6]))
    if random.random() < 0.5 and np.isfinite(walks).any():
        limit = float(random.choice(walks[np.isfinite(walks)])) / 1000  # exactly somebody's walk
    found = reach(network, origins, destinations, limit_m=limit)
    dense = np.full(walks.shape, np.inf)
    rows = np.repeat(np.arange(len(origins.table)), np.diff(found.metres.indptr))
    dense[rows, found.metres.indices] = np.rint(found.metres.data * 1000)
    assert np.array_equal(dense, np.where(walks <= round(limit * 1000), walks, np.inf))

    closest = nearest(network, origins, destinations, limit_m=limit)
    shortest = walks.min(axis=1)
    expected = np.where(shortest <= round(limit * 1000), shortest / 1000, np.nan)
    assert np.array_equal(closest["metres"], expected, equal_nan=True)
    first = [f"p{one}" for one in walks.argmin(axis=1)]
    assert [a for a in closest["nearest"] if a] == [
        b for b, metres in zip(first, expected, strict=True) if not np.isnan(metres)
    ]


@pytest.mark.parametrize("seed", range(30))
def test_times_that_do_not_follow_length(seed, random_network, anywhere, oracle):
    random = np.random.default_rng(seed)
    network = random_network(seed)
    slower = random.integers(2, 5, size=len(network.edges))
    edges = network.edges.assign(time_ms=network.edges["time_ms"] * slower)
    edges["back_ms"] = edges["time_ms"]
    network = replace(network, edges=edges)
    origins, destinations = (anywhere(network, 8, random) for _ in range(2))
    walks = oracle(network, origins, destinations)
    times = oracle(network, origins, destinations, cost="time_ms")
    for limits in ({"limit_m": 500}, {"limit_min": 9}, {"limit_m": 500, "limit_min": 9}):
        found = reach(network, origins, destinations, **limits)
        here = (walks <= 1000 * limits.get("limit_m", np.inf)) & np.isfinite(walks)
        here &= times <= 60_000 * limits.get("limit_min", np.inf)
        rows = np.repeat(np.arange(8), np.diff(found.metres.indptr))
        assert {*zip(rows, found.metres.indices, strict=True)} == {
            *zip(*here.nonzero(), strict=True)
        }
        assert np.array_equal(np.rint(found.metres.data * 1000), walks[here])
        assert np.array_equal(np.rint(found.minutes.data * 60_000), times[here])


def directed(network: Network, random: np.random.Generator) -> Network:
    """The same streets, but slower, and not equally slow both ways."""
    there, back = random.integers(2, 7, size=(2, len(network.edges)))
    ms = network.edges["time_ms"]
    return replace(network, edges=network.edges.assign(time_ms=ms * there, back_ms=ms * back))


def cut_up(network: Network, origins: Snapped, destinations: Snapped) -> np.ndarray:
    """All times by networkx, one way at a time, every edge cut at every point on it."""
    graph = nx.DiGraph()

    def step(a, b, ms):
        if not graph.has_edge(a, b) or graph[a][b]["weight"] > ms:
            graph.add_edge(a, b, weight=int(ms))

    edges = network.edges[["u", "v", "length_mm", "time_ms", "back_ms"]].to_numpy()
    stops = {number: [(0, ("node", u)), (mm, ("node", v))]
             for number, (u, v, mm, _, _) in enumerate(edges)}  # fmt: skip
    for side, points in enumerate((origins, destinations)):
        for row, (edge, along, offset) in enumerate(
            points.table[["edge", "along_mm", "offset_mm"]].to_numpy()
        ):
            graph.add_node((side, row))
            if edge >= 0:
                away = np.rint(offset / network.profile.speed_m_s)
                step((side, row), ("street", side, row), away)
                step(("street", side, row), (side, row), away)
                stops[edge].append((along, ("street", side, row)))
    for number, on_edge in stops.items():
        _, _, mm, there, back = edges[number]
        between = sorted(on_edge[2:], key=lambda stop: stop[0])
        line = [on_edge[0], *between, on_edge[1]]
        for (a, one), (b, other) in pairwise(line):
            step(one, other, np.rint(b / mm * there) - np.rint(a / mm * there))
            step(other, one, np.rint(b / mm * back) - np.rint(a / mm * back))
    found = np.full((len(origins.table), len(destinations.table)), np.inf)
    for row in range(len(found)):
        for (side, *place), ms in nx.single_source_dijkstra_path_length(graph, (0, row)).items():
            if side == 1:
                found[row, place[0]] = ms
    return found


@pytest.mark.parametrize("seed", range(60))
def test_times_that_differ_by_direction(seed, random_network, anywhere, oracle):
    random = np.random.default_rng(seed)
    network = directed(random_network(seed), random)
    origins = anywhere(network, int(random.integers(1, 12)), random)
    destinations = anywhere(network, int(random.integers(1, 12)), random)
    walks, times = (f(network, origins, destinations) for f in (oracle, cut_up))
    assert np.array_equal(np.isfinite(walks), np.isfinite(times))
    for limits in ({"limit_m": 500}, {"limit_min": 9}, {"limit_m": 500, "limit_min": 20}):
        found = reach(network, origins, destinations, **limits)
        here = (walks <= 1000 * limits.get("limit_m", np.inf)) & np.isfinite(walks)
        here &= times <= 60_000 * limits.get("limit_min", np.inf)
        rows = np.repeat(np.arange(len(here)), np.diff(found.metres.indptr))
        assert np.array_equal(np.argwhere(here), np.stack([rows, found.metres.indices], axis=1))
        assert np.array_equal(np.rint(found.metres.data * 1000), walks[here])
        assert np.array_equal(np.rint(found.minutes.data * 60_000), times[here])

    closest = nearest(network, origins, destinations, limit_m=800)
    near = walks.min(axis=1) <= 800_000
    assert np.array_equal(closest["metres"][near], walks.min(axis=1)[near] / 1000)
    assert np.array_equal(np.rint(closest["minutes"][near] * 60_000), times.min(axis=1)[near])
    assert closest.loc[~near, ["metres", "minutes"]].isna().all(axis=None)


@pytest.mark.parametrize("seed", range(20))
def test_reversing_the_slopes_swaps_the_directions(seed, random_network, anywhere):
    random = np.random.default_rng(seed)
    network = directed(random_network(seed), random)
    edges = network.edges
    swapped = edges.assign(time_ms=edges["back_ms"], back_ms=edges["time_ms"])
    other = replace(network, edges=swapped)
    same = np.array_equal(edges["time_ms"], edges["back_ms"])
    assert (other.fingerprint == network.fingerprint) == same
    steeper = replace(network, edges=edges.assign(back_ms=edges["back_ms"] + 1))
    assert steeper.fingerprint != network.fingerprint
    origins, destinations = anywhere(network, 9, random), anywhere(network, 6, random)
    there = reach(network, origins, destinations, limit_min=15)
    back = reach(other, destinations, origins, limit_min=15)
    assert as_dict(there, "minutes") == {
        (a, b): minutes for (b, a), minutes in as_dict(back, "minutes").items()
    }


def shuffled(network: Network, random: np.random.Generator) -> tuple[Network, np.ndarray]:
    """The same streets with edges and nodes renumbered; and where every edge went."""
    node, edge = random.permutation(len(network.nodes)), random.permutation(len(network.edges))
    nodes = np.empty_like(network.nodes)
    nodes[node] = network.nodes
    edges = network.edges.assign(u=node[network.edges["u"]], v=node[network.edges["v"]])
    where = np.empty(len(edge), dtype=np.int64)
    where[edge] = np.arange(len(edge))
    return replace(network, nodes=nodes, edges=edges.iloc[edge].reset_index(drop=True)), where


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_numbering_changes_nothing(seed, random_network, anywhere):
    random = np.random.default_rng(seed)
    network = random_network(seed)
    origins, destinations = anywhere(network, 7, random), anywhere(network, 5, random)
    other, where = shuffled(network, random)
    moved = []
    for one in (origins, destinations):
        edge = one.table["edge"].to_numpy()
        moved.append(Snapped(one.table.assign(edge=np.where(edge < 0, -1, where[edge]))))
    here = reach(network, origins, destinations, limit_m=700)
    there = reach(other, *moved, limit_m=700)
    assert as_dict(here) == as_dict(there)
    pd.testing.assert_frame_equal(nearest(network, origins, destinations), nearest(other, *moved))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_another_street_or_facility_never_lengthens_a_walk(seed, random_network, anywhere, lines):
    random = np.random.default_rng(seed)
    network = random_network(seed)
    homes, shops = anywhere(network, 7, random), anywhere(network, 5, random)
    one, other = random.integers(0, len(network.nodes), size=2)
    bend = tuple(random.integers(0, 500, size=2).astype(float))
    new = lines([tuple(network.nodes[one]), bend, tuple(network.nodes[other])])
    length = max(1, round(float(new.length.iloc[0]) * 1000))
    time = time_ms(np.array([length]), 1.34)
    new = new.assign(u=one, v=other, length_mm=length, time_ms=time, back_ms=time, row=-1)
    edges = gpd.GeoDataFrame(
        pd.concat([network.edges, new[network.edges.columns]], ignore_index=True)
    )
    before = as_dict(reach(network, homes, shops, limit_m=600))
    after = as_dict(reach(replace(network, edges=edges), homes, shops, limit_m=600))
    assert all(after[pair] <= walk for pair, walk in before.items())

    fewer = Snapped(shops.table.iloc[:3])
    few, all_of_them = (nearest(network, homes, some)["metres"] for some in (fewer, shops))
    assert (all_of_them.fillna(np.inf) <= few.fillna(np.inf)).all()


def compare_with_networkx(network: Network, random: np.random.Generator, count: int) -> None:
    """Walks between random points, one pair at a time, by an independent way round."""
    graph = nx.Graph()
    for u, v, mm in network.edges[["u", "v", "length_mm"]].to_numpy():
        if not graph.has_edge(u, v) or graph[u][v]["weight"] > mm:
            graph.add_edge(u, v, weight=int(mm))
    # neighbours, so that most of the pairs are within the limit
    around = network.nodes[random.integers(0, len(network.nodes), size=count)]
    a, b = (
        snap(network, gpd.GeoSeries.from_xy(*(around + random.normal(0, 250, around.shape)).T,
                                            crs=network.crs))
        for _ in range(2)
    )  # fmt: skip
    found = as_dict(reach(network, a, b, limit_m=1200))
    within = 0
    for pair in range(count):
        one, other = (some.table.iloc[pair] for some in (a, b))
        if min(one["edge"], other["edge"]) < 0:
            assert (pair, pair) not in found
            continue
        walk = np.inf
        if one["edge"] == other["edge"]:
            walk = abs(one["along_mm"] - other["along_mm"])
        for end, cost in ends(network, one):
            reached = nx.single_source_dijkstra_path_length(graph, end, cutoff=2_000_000)
            for target, rest in ends(network, other):
                walk = min(walk, cost + reached.get(target, np.inf) + rest)
        walk += one["offset_mm"] + other["offset_mm"]
        within += walk <= 1_200_000
        assert found.get((pair, pair), np.inf) == (walk / 1000 if walk <= 1_200_000 else np.inf)
    assert within > count / 4


def ends(network: Network, point: pd.Series) -> list[tuple[int, int]]:
    edge = network.edges.iloc[point["edge"]]
    left = edge["length_mm"] - point["along_mm"]
    return [(edge["u"], point["along_mm"]), (edge["v"], left)]


@pytest.mark.data
def test_bogota_equals_networkx_and_hangs_together(real_data):
    streets = gpd.read_file(real_data / "bogota" / "vias_area_estudio.gpkg").to_crs("EPSG:32618")
    network = build(streets, PROFILES["carer_with_child"])
    assert len(network.edges) == pytest.approx(41_995, abs=5)
    assert network.edges["length_mm"].sum() / len(streets) > 0.98 * streets.length.mean() * 1000
    compare_with_networkx(network, np.random.default_rng(1), 200)


@pytest.mark.data
@pytest.mark.parametrize("file", ["sao_paulo/spo_osm.pbf", "helsinki/Helsinki.osm.pbf"])
def test_openstreetmap_cities_equal_networkx(real_data, file):
    table, _, _ = read_streets(real_data / file)
    network = build(table.to_crs(table.estimate_utm_crs()), ADULT)
    assert network.edges["length_mm"].sum() / 1000 > 0.98 * table.to_crs(network.crs).length.sum()
    compare_with_networkx(network, np.random.default_rng(2), 60)
