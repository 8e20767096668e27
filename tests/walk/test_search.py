"""Searches on bare graphs, against scipy's Dijkstra."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from siteplanner.walk import gathering
from siteplanner.walk.compact_graph import compact, neighbours_together
from siteplanner.walk.search import FOREVER, nodes_within


def make_grid(side: int, *, seed: int = 0, directed: bool = False) -> tuple[csr_array, np.ndarray]:
    """A quarter of the streets of a grid are missing, and nodes are numbered at random."""
    random = np.random.default_rng(seed)
    number = random.permutation(side * side).reshape(side, side)
    u = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    v = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    kept = random.random(len(u)) < 0.76
    u, v = u[kept], v[kept]
    there = random.integers(40_000, 130_000, size=len(u)).astype(float)
    back = random.integers(40_000, 130_000, size=len(u)).astype(float) if directed else there
    ends = np.concatenate([u, v]), np.concatenate([v, u])
    graph = csr_array((np.concatenate([there, back]), ends), shape=(side * side,) * 2)
    places = np.empty((side * side, 2))
    places[number.ravel()] = 87.0 * np.stack(np.divmod(np.arange(side * side), side), axis=1)
    return graph, places


def dense(found: csr_array) -> np.ndarray:
    """All costs, inf where none is stored."""
    costs = np.full(found.shape, np.inf)
    costs[np.repeat(np.arange(found.shape[0]), np.diff(found.indptr)), found.indices] = found.data
    return costs


def expected(graph: csr_array, sources: np.ndarray, limit: float) -> np.ndarray:
    costs = dijkstra(graph, indices=sources)
    return np.where(costs <= limit, costs, np.inf)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("limit", [0, 300_000, 800_000, 10_000_000])
def test_equal_to_scipy(limit, directed):
    graph, places = make_grid(45, seed=limit, directed=directed)
    before = graph.copy()
    found = nodes_within(graph, places, limit=limit)
    assert np.array_equal(dense(found), expected(graph, np.arange(45**2), limit))
    assert found.data.dtype == np.int32
    assert found.has_canonical_format  # columns rise in every row
    assert (found.diagonal() == 0).all()
    assert found.nnz >= 45**2  # and the zero is stored
    assert all(np.array_equal(getattr(graph, one), getattr(before, one))
               for one in ("data", "indices", "indptr"))  # fmt: skip


def test_some_sources_in_any_order_and_twice():
    graph, places = make_grid(30)
    sources = np.array([700, 3, 3, 899, 0])
    found = nodes_within(graph, places, limit=500_000, sources=sources)
    assert np.array_equal(dense(found), expected(graph, sources, 500_000))
    nobody = nodes_within(graph, places, limit=500_000, sources=sources[:0])
    assert nobody.shape == (0, 900)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_neither_threads_nor_rooms_nor_numbering_change_anything(threads, monkeypatch):
    graph, places = make_grid(40, seed=1)
    whole = nodes_within(graph, places, limit=600_000, threads=1)
    monkeypatch.setattr(gathering, "BLOCK", 70)
    monkeypatch.setattr(gathering, "TABLE", 50)
    monkeypatch.setattr(gathering, "CHUNK", 20)
    monkeypatch.setattr(gathering, "PARTS", 7)
    streets = compact(graph, np.random.default_rng(1).permutation(1600))
    for found in (
        nodes_within(graph, places, limit=600_000, threads=threads),
        nodes_within(graph, None, limit=600_000, threads=threads),
        nodes_within(streets, None, limit=600_000, threads=threads),
    ):
        assert np.array_equal(found.indptr, whole.indptr)
        assert np.array_equal(found.indices, whole.indices)
        assert np.array_equal(found.data, whole.data)


def test_limits_and_costs_that_do_not_fit_in_32_bits():
    graph, places = make_grid(8, seed=2)
    far = csr_array((graph.data * 1e6, graph.indices, graph.indptr), shape=graph.shape)
    found = nodes_within(far, places, limit=FOREVER)
    assert found.data.dtype == np.int64
    assert np.array_equal(dense(found), expected(far, np.arange(64), np.inf))
    limit = int(np.median(found.data))
    near = nodes_within(far, places, limit=limit)
    assert np.array_equal(dense(near), expected(far, np.arange(64), limit))
    # a limit that no walk reaches needs no wide numbers
    assert nodes_within(graph, places, limit=FOREVER).data.dtype == np.int32
    long = 2.0**30 - 1
    road = csr_array(np.diag([long] * 2, 1) + np.diag([long] * 2, -1))
    assert nodes_within(road, None, limit=FOREVER).data.max() == 2 * long
    edge = csr_array(np.array([[0, 2.0**30 - 1], [2.0**30 - 1, 0]]))
    assert nodes_within(edge, None, limit=2**30 - 1).data.tolist() == [0, 2**30 - 1, 2**30 - 1, 0]
    assert nodes_within(edge, None, limit=2**30 - 2).data.tolist() == [0, 0]


def test_steps_that_cost_nothing_loops_and_islands():
    ends = np.array([0, 1, 1, 1, 4]), np.array([1, 0, 1, 2, 5])
    graph = csr_array((np.array([0.0, 0, 7, 5, 9]), ends), shape=(6, 6))
    costs = dense(nodes_within(graph, None, limit=6))
    assert costs[0].tolist() == [0, 0, 5, np.inf, np.inf, np.inf]
    assert costs[3].tolist() == [np.inf] * 3 + [0] + [np.inf] * 2
    assert costs[4].tolist() == [np.inf] * 4 + [0, np.inf]


@pytest.mark.parametrize("cost", [-1.0, 2.5, np.nan])
def test_costs_that_are_no_whole_numbers_are_refused(cost):
    with pytest.raises(ValueError, match="negative or not a whole number"):
        nodes_within(csr_array(np.array([[0, cost], [1, 0]])), None, limit=9)


@pytest.mark.parametrize("seed", range(20))
def test_equal_to_networkx_where_directions_differ(seed):
    random = np.random.default_rng(seed)
    graph = nx.gnm_random_graph(30, 70, seed=seed, directed=True)
    for _, _, edge in graph.edges(data=True):
        edge["weight"] = int(random.integers(0, 50))
    matrix = nx.to_scipy_sparse_array(graph, weight="weight", format="csr", dtype=float)
    limit = int(random.integers(1, 120))
    found = nodes_within(csr_array(matrix), None, limit=limit)
    rows = np.repeat(np.arange(30), np.diff(found.indptr))
    pairs = {(a, b): c for a, b, c in zip(rows, found.indices, found.data, strict=True)}
    assert pairs == {
        (a, b): cost
        for a in range(30)
        for b, cost in nx.single_source_dijkstra_path_length(graph, a, cutoff=limit).items()
    }


def test_neighbours_follow_each_other():
    places = np.random.default_rng(0).uniform(0, 1000, size=(4000, 2))
    order = neighbours_together(places)
    assert np.array_equal(np.sort(order), np.arange(4000))
    steps = np.hypot(*np.diff(places[order], axis=0).T)
    assert np.median(steps) < 25  # 16 m apart on average; 500 m at random
    assert neighbours_together(places[:0]).tolist() == []
    assert neighbours_together(places[[0, 0]]).tolist() == [0, 1]
