"""Streets that can be followed by eye, and random ones with an independent answer."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString

from siteplanner.walk import PROFILES, Network, Snapped, build

CRS = "EPSG:32618"


def make_lines(*lines: list[tuple[float, float]], **columns: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=[LineString(one) for one in lines], crs=CRS)


def make_points(*places: tuple[float, float], index: list[str] | None = None) -> gpd.GeoSeries:
    x, y = zip(*places, strict=True)
    return gpd.GeoSeries.from_xy(x, y, index=index, crs=CRS)


def make_random_network(seed: int) -> Network:
    """Crooked edges between random places, with loops and parallel edges."""
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 14))
    places = random.integers(0, 500, size=(count, 2)).astype(float)
    lines, ends = [], []
    for _ in range(int(random.integers(1, 30))):
        u, v = random.integers(0, count, size=2)
        bends = random.integers(0, 500, size=(int(random.integers(1, 3)), 2))
        lines.append(LineString([places[u], *bends.astype(float), places[v]]))
        ends.append((u, v))
    table = gpd.GeoDataFrame(ends, columns=["u", "v"], geometry=lines, crs=CRS)
    return build(table, PROFILES["adult"])


def put_anywhere(network: Network, count: int, random: np.random.Generator) -> Snapped:
    """Points at random on random edges, some at an end, some cut off."""
    edge = random.integers(0, len(network.edges), size=count)
    length = network.edges["length_mm"].to_numpy()[edge]
    along = (random.choice([0, 0.25, 1, -1], size=count) * length).astype(np.int64)
    along = np.where(along < 0, random.integers(0, length + 1), along)
    offset = random.choice([0, 0, 1234, 50_000], size=count)
    edge = np.where(random.random(count) < 0.1, -1, edge)
    columns = {"edge": edge, "along_mm": along, "offset_mm": offset, "status": "near"}
    labels = pd.Index([f"p{number}" for number in range(count)])
    return Snapped(pd.DataFrame(columns, index=labels))


def whole_walks(
    network: Network, origins: Snapped, destinations: Snapped, cost: str = "length_mm"
) -> np.ndarray:
    """All walks by networkx, every edge cut at every point on it; inf where there is none."""
    graph = nx.MultiGraph()
    edges = network.edges
    stops = {number: [(0, u), (edges[cost].iloc[number], v)]
             for number, (u, v) in enumerate(zip(edges["u"], edges["v"], strict=True))}  # fmt: skip
    for side, points in (("from", origins), ("to", destinations)):
        for row, (edge, along, offset) in enumerate(
            points.table[["edge", "along_mm", "offset_mm"]].to_numpy()
        ):
            graph.add_node((side, row))
            if edge < 0:
                continue
            if cost == "time_ms":
                length = edges["length_mm"].iloc[edge]
                along = np.rint(along / length * edges[cost].iloc[edge])
                offset = np.rint(offset / network.profile.speed_m_s)
            stops[edge].append((along, ("street", side, row)))
            graph.add_edge(("street", side, row), (side, row), weight=int(offset))
    for on_edge in stops.values():
        at, end = on_edge[0], on_edge[1]
        between = sorted(on_edge[2:], key=lambda stop: stop[0])
        for (a, one), (b, other) in zip([at, *between], [*between, end], strict=True):
            graph.add_edge(one, other, weight=int(b - a))
    found = np.full((len(origins.table), len(destinations.table)), np.inf)
    for row in range(len(origins.table)):
        reached = nx.single_source_dijkstra_path_length(graph, ("from", row))
        for column in range(len(destinations.table)):
            found[row, column] = reached.get(("to", column), np.inf)
    return found


@pytest.fixture(scope="session")
def lines() -> Callable[..., gpd.GeoDataFrame]:
    return make_lines


@pytest.fixture(scope="session")
def points() -> Callable[..., gpd.GeoSeries]:
    return make_points


@pytest.fixture(scope="session")
def random_network() -> Callable[[int], Network]:
    return make_random_network


@pytest.fixture(scope="session")
def anywhere() -> Callable[..., Snapped]:
    return put_anywhere


@pytest.fixture(scope="session")
def oracle() -> Callable[..., np.ndarray]:
    return whole_walks


@pytest.fixture
def town() -> gpd.GeoDataFrame:
    """Three streets of 200 m each way, 100 m apart: nine junctions, twelve edges."""
    across = [[(x, y), (x + 100, y)] for y in (0, 100, 200) for x in (0, 100)]
    along = [[(x, y), (x, y + 100)] for x in (0, 100, 200) for y in (0, 100)]
    return make_lines(*across, *along)
