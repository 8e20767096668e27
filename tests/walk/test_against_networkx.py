"""Catchments against networkx: every point a node of its own in the middle of its street."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from siteplanner.model import read_layer
from siteplanner.sources import read_all
from siteplanner.walk import PROFILES, Network, Snapped, build, nearest, reach, snap
from siteplanner.walk.network import time_ms

CITIES = Path(__file__).parents[1] / "cities"
CRS = "EPSG:32618"


def graph_of(network: Network, sides: dict[str, Snapped], cost: str) -> nx.MultiDiGraph:
    """Cut every street at every point on it, for both directions apart.

    Nodes are the junctions' numbers, ``("street", side, row)`` where a point meets its
    street, and ``(side, row)`` for the point itself.
    """
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(len(network.nodes)))
    stops: dict[int, list[tuple[int, object]]] = {}
    for side, points in sides.items():
        columns = points.table[["edge", "along_mm", "offset_mm"]].to_numpy(dtype=np.int64)
        for row, (edge, along, offset) in enumerate(columns.tolist()):
            graph.add_node((side, row))
            if edge < 0:
                continue
            if cost == "time_ms":
                offset = round_half_even(offset / network.profile.speed_m_s)
            stops.setdefault(edge, []).append((along, ("street", side, row)))
            graph.add_edge(("street", side, row), (side, row), weight=offset)
            graph.add_edge((side, row), ("street", side, row), weight=offset)
    edges = network.edges
    there = edges[cost].tolist()
    back = edges["back_ms"].tolist() if cost == "time_ms" and "back_ms" in edges else there
    ends = zip(edges["u"].tolist(), edges["v"].tolist(), edges["length_mm"].tolist(), strict=True)
    for number, (u, v, length) in enumerate(ends):
        inside = sorted(stops.get(number, []), key=lambda stop: stop[0])
        for (at, one), (then, other) in pairwise([(0, u), *inside, (length, v)]):
            for start, end, whole in ((one, other, there[number]), (other, one, back[number])):
                part = round_half_even(then / length * whole) - round_half_even(at / length * whole)
                graph.add_edge(start, end, weight=part)
    return graph


def round_half_even(value: float) -> int:
    return int(np.rint(value))


def walks(
    network: Network, origins: Snapped, destinations: Snapped, cost: str, limit: float = np.inf
) -> np.ndarray:
    """Whole millimetres or milliseconds from every origin to every destination; else infinite."""
    graph = graph_of(network, {"from": origins, "to": destinations}, cost)
    found = np.full((len(origins.table), len(destinations.table)), np.inf)
    cutoff = None if np.isinf(limit) else limit
    for row in range(len(found)):
        reached = nx.single_source_dijkstra_path_length(graph, ("from", row), cutoff=cutoff)
        for stop, walk in reached.items():
            if isinstance(stop, tuple) and stop[0] == "to":
                found[row, stop[1]] = walk
    return found


def as_whole(matrix: csr_array, units: int) -> np.ndarray:
    """A catchment's matrix as whole millimetres or milliseconds; infinite where not stored."""
    stored = matrix.tocoo()
    found = np.full(matrix.shape, np.inf)
    found[stored.coords] = np.rint(stored.data * units)
    return found


def by_hand(seed: int) -> Network:
    """Crooked streets with loops, parallel edges and separate pieces; times both ways."""
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 14))
    size = float(random.choice([500, 500, 500, 2_000_000]))  # metres; the last needs 64 bits
    places = random.uniform(0, size, (count, 2)).round(3)
    lines, ends = [], []
    for _ in range(int(random.integers(1, 28))):
        u, v = random.integers(0, count, 2)
        if ends and random.random() < 0.15:
            u, v = ends[-1] if random.random() < 0.5 else ends[-1][::-1]  # a parallel edge
        bends = random.uniform(0, size, (int(random.integers(u == v, 3)), 2)).round(3)
        lines.append(np.array([places[u], *bends, places[v]]))
        ends.append((int(u), int(v)))
    geometry = shapely.linestrings(np.concatenate(lines), indices=np.repeat(
        np.arange(len(lines)), [len(one) for one in lines]))  # fmt: skip
    edges = gpd.GeoDataFrame(ends, columns=["u", "v"], geometry=geometry, crs=CRS)
    length = np.maximum(np.ceil(shapely.length(geometry) * 1000), 1).astype(np.int64)
    flat = np.maximum(time_ms(length, PROFILES["adult"].speed_m_s), 1)
    edges["length_mm"], edges["time_ms"] = length, flat
    kind = seed % 4
    if kind and (kind < 3 or seed % 8 == 3):  # else times follow length, at least one way
        edges["time_ms"] = np.rint(flat * random.uniform(0.6, 3, len(edges))).astype(np.int64)
    if kind >= 2:
        factor = random.choice([0.5, 1, 1, 2.5], len(edges))
        edges["back_ms"] = np.maximum(np.rint(edges["time_ms"] * factor), 1).astype(np.int64)
    return Network(places, edges, PROFILES["adult"])


def follows_length(network: Network) -> bool:
    """Whether a walk's time is its length over the speed, rounded once; else once a street."""
    flat = time_ms(network.edges["length_mm"].to_numpy(), network.profile.speed_m_s)
    times = [network.edges[one] for one in ("time_ms", "back_ms") if one in network.edges]
    return all(np.array_equal(flat, one) for one in times)


def put(network: Network, count: int, random: np.random.Generator, prefix: str) -> Snapped:
    """Points on random edges: at a node, two at one place, in between, or cut off."""
    edge = random.integers(0, len(network.edges), count)
    edge = np.where(random.random(count) < 0.3, edge[0], edge)  # several on one street
    length = network.edges["length_mm"].to_numpy()[edge]
    share = random.choice([0, 1, 0.25, 0.25, -1, -1], count)
    along = np.where(share < 0, random.integers(0, length + 1), share * length).astype(np.int64)
    offset = np.where(random.random(count) < 0.5, 0, random.integers(0, 60_000, count))
    edge = np.where(random.random(count) < 0.1, -1, edge)
    status = np.where(edge < 0, "cut off", "near")
    columns = {"edge": edge, "along_mm": along, "offset_mm": offset, "status": status}
    table = pd.DataFrame(columns, index=[f"{prefix}{number}" for number in range(count)])
    return Snapped(table)


@pytest.mark.parametrize("seed", range(200))
def test_random_streets_with_points_anywhere(seed):
    random = np.random.default_rng(50_000 + seed)
    network = by_hand(seed)
    origins = put(network, int(random.integers(1, 12)), random, "o")
    destinations = put(network, int(random.integers(1, 12)), random, "d")
    metres = walks(network, origins, destinations, "length_mm")
    minutes = walks(network, origins, destinations, "time_ms")
    if follows_length(network):
        minutes = np.rint(metres / network.profile.speed_m_s)
    for limits in some_limits(metres, minutes, random):
        found = reach(network, origins, destinations, **limits)
        here = np.isfinite(metres) & (metres <= limits.get("limit_m", np.inf) * 1000 + 1e-6)
        here &= minutes <= limits.get("limit_min", np.inf) * 60_000 + 1e-6
        assert found.rows.tolist() == origins.table.index.tolist()
        assert found.columns.tolist() == destinations.table.index.tolist()
        assert np.array_equal(as_whole(found.metres, 1000), np.where(here, metres, np.inf))
        assert np.array_equal(as_whole(found.minutes, 60_000), np.where(here, minutes, np.inf))
        assert found.metres.nnz == found.minutes.nnz == here.sum()
    check_nearest(network, origins, destinations, metres, minutes)


def some_limits(metres, minutes, random) -> Iterator[dict[str, float]]:
    """No walk too long; exactly somebody's walk; one limit or both."""
    finite = np.isfinite(metres)
    yield {"limit_m": 1e9}
    yield {"limit_m": 0.0}
    if finite.any():
        somebody_m = float(random.choice(metres[finite])) / 1000
        somebody_min = float(random.choice(minutes[finite])) / 60_000
        yield {"limit_m": somebody_m}
        yield {"limit_min": somebody_min}
        yield {"limit_m": somebody_m, "limit_min": somebody_min}
        just_less = (somebody_m * 1000 - 1) / 1000
        yield {"limit_m": max(just_less, 0.0)}


def check_nearest(network, origins, destinations, metres, minutes) -> None:
    found = nearest(network, origins, destinations)
    least = metres.min(axis=1)
    hit = np.isfinite(least)
    assert np.array_equal(np.rint(found["metres"].to_numpy()[hit] * 1000), least[hit])
    quickest = minutes.min(axis=1)
    assert np.array_equal(np.rint(found["minutes"].to_numpy()[hit] * 60_000), quickest[hit])
    assert found.loc[~hit, ["metres", "minutes"]].isna().all(axis=None)
    first = destinations.table.index.to_numpy()[metres.argmin(axis=1)]
    assert found["nearest"].tolist() == [a if b else None for a, b in zip(first, hit, strict=True)]


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_random_streets_with_points_snapped(seed):
    """The same from places on the ground: `snap` finds the nearest street by trying all."""
    random = np.random.default_rng(seed)
    network = by_hand(seed)
    network = network if network.nodes.max() < 1000 else by_hand(seed + 1000)
    a, b = (gpd.GeoSeries.from_xy(*random.uniform(-60, 560, (2, 9)), crs=CRS) for _ in range(2))
    origins, destinations = snap(network, a), snap(network, b)
    lines = network.edges.geometry.to_numpy()
    for points, snapped in ((a, origins.table), (b, destinations.table)):
        away = shapely.distance(points.to_numpy()[:, None], lines[None])
        on = snapped["edge"].to_numpy() >= 0
        assert np.array_equal(on, away.min(axis=1) <= 200)
        least = away.min(axis=1)[on]
        assert np.allclose(snapped["offset_mm"][on], least * 1000, atol=0.51)
        own = away[np.flatnonzero(on), snapped["edge"][on]]
        assert np.allclose(own, least, atol=1e-9)
        along = shapely.line_locate_point(lines[snapped["edge"][on]], points.to_numpy()[on])
        assert np.allclose(snapped["along_mm"][on], along * 1000, atol=1.5)
    found = reach(network, origins, destinations, limit_m=900)
    metres = walks(network, origins, destinations, "length_mm")
    assert np.array_equal(as_whole(found.metres, 1000), np.where(metres <= 900_000, metres, np.inf))


def test_uphill_and_down_by_eye():
    """134 m from u to v, uphill: 200 s up and 50 s down; a quarter of the way takes a quarter."""
    edges = gpd.GeoDataFrame(
        {"u": [0], "v": [1], "length_mm": [134_000], "time_ms": [200_000], "back_ms": [50_000]},
        geometry=gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 134 0)"], crs=CRS),
    )
    network = Network(np.array([[0.0, 0.0], [134.0, 0.0]]), edges, PROFILES["adult"])
    assert network.graph("time_ms").toarray().tolist() == [[0, 200_000], [50_000, 0]]
    assert network.graph("length_mm").toarray().tolist() == [[0, 134_000], [134_000, 0]]
    low, high = (
        snap(network, gpd.GeoSeries.from_xy([x], [y], index=[name], crs=CRS))
        for x, y, name in ((0, 0, "low"), (33.5, 13.4, "high"))
    )
    up, down = reach(network, low, high, limit_m=200), reach(network, high, low, limit_m=200)
    assert as_whole(up.minutes, 60_000).tolist() == [[50_000 + 10_000]]
    assert as_whole(down.minutes, 60_000).tolist() == [[12_500 + 10_000]]
    assert up.metres.data.tolist() == down.metres.data.tolist() == [33.5 + 13.4]
    assert reach(network, low, high, limit_min=0.9).minutes.nnz == 0
    assert reach(network, high, low, limit_min=0.9).minutes.nnz == 1


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_another_street_never_lengthens_a_walk(seed):
    random = np.random.default_rng(seed)
    network = by_hand(seed)
    origins, destinations = put(network, 7, random, "o"), put(network, 6, random, "d")
    new = network.edges.iloc[[0]].copy()
    u, v = random.integers(0, len(network.nodes), 2)
    bend = random.uniform(0, 500, 2)
    new.geometry = [shapely.LineString([network.nodes[u], bend, network.nodes[v]])]
    length = int(np.ceil(new.length.iloc[0] * 1000)) + 1
    new = new.assign(u=u, v=v, length_mm=length, time_ms=max(1, length // 3))
    if "back_ms" in new:
        new["back_ms"] = max(1, length // 5)
    both = gpd.GeoDataFrame(pd.concat([network.edges, new], ignore_index=True))
    more = replace(network, edges=both)
    before = reach(network, origins, destinations, limit_m=1e9)
    after = reach(more, origins, destinations, limit_m=1e9)
    assert (as_whole(after.metres, 1000) <= as_whole(before.metres, 1000)).all()
    # where times follow length they are rounded once a walk, elsewhere once a street
    slack = len(network.edges) if follows_length(network) else 0
    assert (as_whole(after.minutes, 60_000) <= as_whole(before.minutes, 60_000) + slack).all()
    few, many = (nearest(one, origins, destinations)["metres"] for one in (network, more))
    assert (many.fillna(np.inf) <= few.fillna(np.inf)).all()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), limit_min=st.floats(0, 15))
def test_a_faster_profile_reaches_a_superset(seed, limit_min):
    random = np.random.default_rng(seed)
    hand = by_hand(seed)
    origins, destinations = put(hand, 7, random, "o"), put(hand, 6, random, "d")
    length = hand.edges["length_mm"].to_numpy()
    steep = random.uniform(0.7, 3, (2, len(length))) if seed % 2 else np.ones((2, len(length)))
    found, metres = [], []
    for name in ("older_person", "carer_with_child", "adult"):  # 0.76, 0.92, 1.34 m/s
        there, back = (np.maximum(time_ms(length * one, PROFILES[name].speed_m_s), 1)
                       for one in steep)  # fmt: skip
        edges = hand.edges.assign(time_ms=there, back_ms=back)
        network = replace(hand, edges=edges, profile=PROFILES[name])
        caught = reach(network, origins, destinations, limit_min=limit_min)
        found.append(as_whole(caught.minutes, 60_000))
        metres.append(as_whole(caught.metres, 1000))
    for slow, fast in pairwise(found):
        assert (fast <= slow).all()
    for slow, fast in pairwise(metres):
        within = np.isfinite(slow)
        assert np.array_equal(slow[within], fast[within])


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_reversing_the_slope_swaps_directions(seed):
    random = np.random.default_rng(seed)
    network = by_hand(seed - seed % 4 + 2)  # with times both ways
    origins, destinations = put(network, 7, random, "o"), put(network, 6, random, "d")
    there, back = network.edges["time_ms"], network.edges["back_ms"]
    reversed_slope = replace(network, edges=network.edges.assign(time_ms=back, back_ms=there))
    limits = {"limit_min": float(random.choice([2, 8, 1e5]))}
    out = reach(network, origins, destinations, **limits)
    home = reach(reversed_slope, destinations, origins, **limits)
    for name, units in (("metres", 1000), ("minutes", 60_000)):
        one, other = as_whole(getattr(out, name), units), as_whole(getattr(home, name), units)
        assert np.array_equal(one, other.T)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_without_times_back_both_directions_are_alike(seed):
    random = np.random.default_rng(seed)
    network = by_hand(seed - seed % 4 + 1)
    assert "back_ms" not in network.edges
    origins, destinations = put(network, 6, random, "o"), put(network, 6, random, "d")
    alike = replace(network, edges=network.edges.assign(back_ms=network.edges["time_ms"]))
    here, there = (reach(one, origins, destinations, limit_min=9) for one in (network, alike))
    back = reach(network, destinations, origins, limit_min=9)
    one, other, third = (as_whole(some.minutes, 60_000) for some in (here, there, back))
    assert np.array_equal(one, other)
    assert np.array_equal(one, third.T)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_callers_data_stay_as_they_are_and_answers_repeat(seed):
    random = np.random.default_rng(seed)
    network = by_hand(seed)
    origins, destinations = put(network, 6, random, "o"), put(network, 6, random, "d")
    edges, nodes = network.edges.copy(deep=True), network.nodes.copy()
    tables = [one.table.copy(deep=True) for one in (origins, destinations)]
    first = reach(network, origins, destinations, limit_m=700, limit_min=12)
    close = nearest(network, origins, destinations, limit_m=700)
    fresh = replace(network)  # nothing that was worked out before
    again = reach(fresh, origins, destinations, limit_m=700, limit_min=12)
    pd.testing.assert_frame_equal(close, nearest(fresh, origins, destinations, limit_m=700))
    for name in ("metres", "minutes"):
        one, other = getattr(first, name), getattr(again, name)
        assert np.array_equal(one.indptr, other.indptr)
        assert np.array_equal(one.indices, other.indices)
        assert np.array_equal(one.data, other.data)
    pd.testing.assert_frame_equal(network.edges, edges)
    assert np.array_equal(network.nodes, nodes)
    for one, table in zip((origins, destinations), tables, strict=True):
        pd.testing.assert_frame_equal(one.table, table)


REAL = {"bogota": "carer_with_child", "sao_paulo": "adult", "helsinki": "wheelchair"}
POINTS = {"bogota": 800, "sao_paulo": 300, "helsinki": 150}  # the smaller the city, the fewer


@pytest.fixture(scope="module")
def streets_of(real_data):
    """Read a city's streets as its project does, once."""
    read: dict[str, Network] = {}

    def network(city: str) -> Network:
        if city not in read:
            layer = read_layer(CITIES / city / "layers" / "streets.toml")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("SITEPLANNER_DATA", str(real_data))
                table = read_all({"streets": layer}, CITIES / city / "layers")["streets"].table
            read[city] = build(table.to_crs(table.estimate_utm_crs()), PROFILES[REAL[city]])
        return read[city]

    return network


def around_town(network: Network, random: np.random.Generator, count: int) -> tuple[Snapped, ...]:
    """Pairs of places some hundred metres apart, everywhere in the city."""
    around = network.nodes[random.integers(0, len(network.nodes), count)]
    return tuple(
        snap(
            network,
            gpd.GeoSeries.from_xy(
                *(around + random.normal(0, 250, around.shape)).T, crs=network.crs
            ),
        )
        for _ in range(2)
    )


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("city", REAL)
def test_a_thousand_pairs_in_a_real_city(streets_of, city):
    random = np.random.default_rng(7)
    network = streets_of(city)
    assert len(network.edges) > 1_000
    origins, destinations = around_town(network, random, POINTS[city])
    metres = walks(network, origins, destinations, "length_mm", limit=1_200_000)
    found = reach(network, origins, destinations, limit_m=1200)
    assert np.array_equal(as_whole(found.metres, 1000), metres)
    assert np.isfinite(metres).sum() > 1000
    minutes = np.rint(metres / network.profile.speed_m_s)
    assert follows_length(network)
    assert np.array_equal(as_whole(found.minutes, 60_000), minutes)
    close = nearest(network, origins, destinations, limit_m=1200)["metres"].to_numpy()
    least = metres.min(axis=1)
    assert np.array_equal(np.rint(close * 1000)[np.isfinite(least)], least[np.isfinite(least)])
    assert np.isnan(close[np.isinf(least)]).all()


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("city", REAL)
def test_a_thousand_pairs_across_a_real_city(streets_of, city):
    """However far: 20 origins, 50 destinations, and no limit that matters."""
    network = streets_of(city)
    origins, destinations = around_town(network, np.random.default_rng(8), 50)
    origins = Snapped(origins.table.iloc[:20])
    metres = walks(network, origins, destinations, "length_mm")
    found = reach(network, origins, destinations, limit_m=1e6)
    assert np.array_equal(as_whole(found.metres, 1000), metres)
    assert np.isfinite(metres).mean() > 0.5


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("city", REAL)
def test_a_thousand_pairs_in_a_city_of_made_up_hills(streets_of, city):
    """Heights by a wave over the city; uphill twice as slow, downhill a little quicker."""
    network = streets_of(city)
    x, y = (network.nodes - network.nodes.min(axis=0)).T
    height_m = 60 * np.sin(x / 700) * np.cos(y / 500)
    edges = network.edges
    u, v = edges["u"].to_numpy(), edges["v"].to_numpy()
    slope = (height_m[v] - height_m[u]) / (edges["length_mm"].to_numpy() / 1000)
    flat = time_ms(edges["length_mm"].to_numpy(), network.profile.speed_m_s)
    for column, steep in (("time_ms", slope), ("back_ms", -slope)):
        factor = np.clip(1 + 6 * steep, 0.9, 4.0)
        edges = edges.assign(**{column: np.maximum(np.rint(flat * factor), 1).astype(np.int64)})
    hilly = replace(network, edges=edges)
    assert (edges["time_ms"] != edges["back_ms"]).mean() > 0.5
    origins, destinations = around_town(hilly, np.random.default_rng(9), POINTS[city])
    minutes = walks(hilly, origins, destinations, "time_ms", limit=15 * 60_000)
    found = reach(hilly, origins, destinations, limit_min=15)
    assert np.array_equal(as_whole(found.minutes, 60_000), minutes)
    # nobody walks farther than 15 minutes downhill
    metres = walks(hilly, origins, destinations, "length_mm", limit=1_400_000)
    here = np.isfinite(minutes)
    assert np.isfinite(metres[here]).all()
    assert np.array_equal(as_whole(found.metres, 1000)[here], metres[here])
    assert np.isfinite(minutes).sum() > 1000
