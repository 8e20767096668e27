"""Everybody within a walk of everybody: all nodes of street networks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from networks import load
from running import Clock, Engine, Job, Run, Verdict

SAMPLE = 200
"""So many origins, drawn by lot, are compared pair by pair with NetworkX."""


def drawn(nodes: int) -> Any:
    return np.random.default_rng(7).choice(nodes, min(SAMPLE, nodes), replace=False)


def ours(
    clock: Clock, folder: Path, network: str, limit_m: int, origins: int = 0, threads: int = 2
) -> dict[str, Any]:
    import siteplanner.compiled
    from siteplanner.walk.search import nodes_within

    streets = load(folder, network)
    graph = streets.graph()
    sources = None
    if origins:
        sources = np.random.default_rng(5).choice(graph.shape[0], origins, replace=False)
    siteplanner.compiled.load()
    with clock.running():
        found = nodes_within(
            graph, streets.places, limit=limit_m * 1000, sources=sources, threads=threads
        )
    answer = {"pairs": int(found.nnz), "nodes": graph.shape[0]}
    if sources is None:
        part = found[drawn(graph.shape[0])]
        answer |= {"sampled": int(part.nnz), "sampled_mm": int(part.data.sum(dtype=np.int64))}
    return answer


def by_networkx(clock: Clock, folder: Path, network: str, limit_m: int) -> dict[str, Any]:
    """Search from a sample of origins; the time is scaled up to all of them."""
    import networkx as nx

    streets = load(folder, network)
    graph = nx.Graph()
    ends = (streets.u.tolist(), streets.v.tolist(), streets.length_mm.tolist())
    for u, v, length in zip(*ends, strict=True):
        if u != v and length < graph.get_edge_data(u, v, {"mm": length + 1})["mm"]:
            graph.add_edge(u, v, mm=length)
    found = total = 0
    origins = drawn(len(streets.places)).tolist()
    with clock.running():
        for one in origins:
            walks = nx.single_source_dijkstra_path_length(
                graph, one, cutoff=limit_m * 1000, weight="mm"
            )
            found += len(walks)
            total += sum(walks.values())
    times = len(streets.places) / len(origins)
    clock.cpu_s, clock.wall_s = clock.cpu_s * times, clock.wall_s * times
    return {"sampled": found, "sampled_mm": total, "scaled from": len(origins)}


def by_heap(clock: Clock, folder: Path, network: str, limit_m: int) -> dict[str, Any]:
    """Compiled Dijkstra with a binary heap, one origin after the other, neighbours in order."""
    from siteplanner.walk.compact_graph import compact, neighbours_together

    os.environ["NUMBA_CACHE_DIR"] = str(folder / "numba")
    streets = load(folder, network)
    graph = compact(streets.graph(), neighbours_together(streets.places))
    search = _compiled()
    size = graph.indptr.size - 1
    arrays = (graph.indptr, graph.indices, graph.costs.astype(np.int64))
    search(*arrays, np.arange(1), 1000)
    with clock.running():
        start, node, cost = search(*arrays, np.arange(size), limit_m * 1000)
    rows = graph.rank[drawn(size)]
    parts = [cost[start[row] : start[row + 1]] for row in rows]
    sampled = sum(len(one) for one in parts)
    mm = int(sum(one.sum(dtype=np.int64) for one in parts))
    return {"pairs": len(node), "sampled": sampled, "sampled_mm": mm}


def _compiled() -> Any:  # noqa: C901  one loop, so that no call slows the peer down
    import numba

    @numba.njit(nogil=True)
    def search(indptr, indices, costs, sources, limit):  # noqa: C901
        size = indptr.size - 1
        far = np.full(size, limit + 1)
        start = np.zeros(sources.size + 1, np.int64)
        node, cost = np.empty(1024, np.int32), np.empty(1024, np.int32)
        keys, names = np.empty(4096, np.int64), np.empty(4096, np.int32)
        touched = np.empty(size, np.int32)
        total = 0
        for row in range(sources.size):
            seen = 1
            touched[0] = sources[row]
            far[sources[row]] = 0
            keys[0], names[0], queued = 0, sources[row], 1
            while queued:
                key, at = keys[0], names[0]
                queued -= 1
                last, name, place = keys[queued], names[queued], 0
                while True:
                    child = 2 * place + 1
                    if child >= queued:
                        break
                    if child + 1 < queued and keys[child + 1] < keys[child]:
                        child += 1
                    if keys[child] >= last:
                        break
                    keys[place], names[place] = keys[child], names[child]
                    place = child
                keys[place], names[place] = last, name
                if key > far[at]:
                    continue
                if total == node.size:
                    more_node, more_cost = (
                        np.empty(2 * total, np.int32),
                        np.empty(2 * total, np.int32),
                    )
                    more_node[:total], more_cost[:total] = node, cost
                    node, cost = more_node, more_cost
                node[total], cost[total] = at, key
                total += 1
                for edge in range(indptr[at], indptr[at + 1]):
                    to, new = indices[edge], key + costs[edge]
                    if new > limit or new >= far[to]:
                        continue
                    if far[to] > limit:
                        touched[seen] = to
                        seen += 1
                    far[to] = new
                    place = queued
                    queued += 1
                    while place and keys[(place - 1) // 2] > new:
                        parent = (place - 1) // 2
                        keys[place], names[place] = keys[parent], names[parent]
                        place = parent
                    keys[place], names[place] = new, to
            for one in range(seen):
                far[touched[one]] = limit + 1
            start[row + 1] = total
        return start, node[:total], cost[:total]

    return search


def nearest(clock: Clock, folder: Path, network: str, facilities: int) -> dict[str, Any]:
    """Ask for every node; the compact graph is made once per network, and not timed."""
    from siteplanner.walk.compact_graph import compact, neighbours_together
    from siteplanner.walk.search import nearest_of

    graph, chosen = _facilities(folder, network, facilities)
    streets = compact(graph, neighbours_together(load(folder, network).places))
    everybody, places = _at_nodes(np.arange(graph.shape[0])), _at_nodes(chosen)
    with clock.running():
        cost, _ = nearest_of(streets, everybody, places, limit=1_200_000)
    return {"reached": int(np.isfinite(cost).sum()), "mm": int(np.nansum(cost))}


def _at_nodes(node: Any) -> Any:
    from siteplanner.walk.ends import Ends

    zero = np.zeros(len(node), dtype=np.int64)
    row = np.arange(len(node))
    return Ends(row, node, node, node, *[zero] * 7, size=len(node))


def nearest_by_scipy(clock: Clock, folder: Path, network: str, facilities: int) -> dict[str, Any]:
    from scipy.sparse.csgraph import dijkstra

    graph, chosen = _facilities(folder, network, facilities)
    with clock.running():
        cost, _, _ = dijkstra(
            graph, indices=chosen, min_only=True, limit=1_200_000, return_predecessors=True
        )
    near = np.isfinite(cost)
    return {"reached": int(near.sum()), "mm": int(cost[near].sum())}


def _facilities(folder: Path, network: str, facilities: int) -> tuple[Any, Any]:
    graph = load(folder, network).graph()
    chosen = np.random.default_rng(11).choice(graph.shape[0], facilities, replace=False)
    return graph, np.sort(chosen)


def _all_nodes(runs: dict[str, Run]) -> list[Verdict]:
    mine = runs["siteplanner"]
    verdicts = []
    for name, goal in (("networkx", 30.0), ("compiled heap", 3.0)):
        times = runs[name].cpu_s / mine.cpu_s
        verdicts.append(Verdict(f"≥ {goal:g} × {name}", f"{times:.1f} ×", times >= goal))
    same = all(
        one.found[key] == mine.found[key]
        for one in runs.values()
        for key in ("sampled", "sampled_mm")
    )
    verdicts.append(Verdict("same pairs and millimetres", "same" if same else "not the same", same))
    allowed = (8 * mine.found["pairs"] + 100 * mine.found["nodes"]) / 2**20
    number = f"{mine.own_mib:.0f} of {allowed:.0f} MiB"
    return [*verdicts, Verdict("8 B a pair + 100 B a node", number, mine.own_mib <= allowed)]


def _million(runs: dict[str, Run]) -> list[Verdict]:
    mine = runs["siteplanner"]
    number = f"{mine.cpu_s:.1f} s CPU, {mine.wall_s:.1f} s, {mine.peak_mib:.0f} MiB, "
    number += f"{mine.cpu_s / mine.found['pairs'] * 1e9:.0f} ns a pair"
    enough = mine.wall_s <= 60 and mine.peak_mib <= 3 * 1024
    return [Verdict("≤ 60 s, ≤ 3 GiB", number, enough)]


def _nearest(runs: dict[str, Run]) -> list[Verdict]:
    mine, scipy = runs["siteplanner"], runs["scipy min_only"]
    times = mine.cpu_s / scipy.cpu_s
    same = mine.found == scipy.found
    number = f"{times:.2f} × its time, {'same' if same else 'not the same'}"
    return [Verdict("no slower than scipy min_only", number, same and times <= 1.1)]


def jobs(*, quick: bool) -> list[Job]:
    porto = Engine("Porto", "networks:store_porto", {"name": "porto"})
    sizes = [("Porto", "porto", porto)]
    if quick:
        small = Engine("made up", "networks:make", {"nodes": 10_000, "name": "s10k"})
        return [_all_job("10k nodes", "s10k", small), _nearest_job("10k nodes", "s10k", 50, small)]
    large = Engine("made up", "networks:make", {"nodes": 100_000, "name": "s100k"})
    largest = Engine("made up", "networks:make", {"nodes": 1_000_000, "name": "s1M"})
    sizes.append(("100k nodes", "s100k", large))
    million = {"network": "s1M", "limit_m": 800, "origins": 100_000}
    return [
        *[_all_job(*one) for one in sizes],
        Job(
            "100k of 1M nodes, 800 m",
            [Engine("siteplanner", "bench_walks:ours", million)],
            _million,
            prepare=[largest],
        ),
        _nearest_job("100k nodes", "s100k", 500, large),
        _nearest_job("1M nodes", "s1M", 5_000, largest),
    ]


def _all_job(title: str, network: str, prepare: Engine) -> Job:
    asked = {"network": network, "limit_m": 800}
    return Job(
        f"all nodes within 800 m, {title}",
        [
            Engine("siteplanner", "bench_walks:ours", asked),
            Engine("networkx", "bench_walks:by_networkx", asked, packages=["networkx"]),
            Engine("compiled heap", "bench_walks:by_heap", asked),
        ],
        _all_nodes,
        prepare=[prepare],
    )


def _nearest_job(title: str, network: str, facilities: int, prepare: Engine) -> Job:
    asked = {"network": network, "facilities": facilities}
    return Job(
        f"nearest of {facilities:,}, {title}",
        [
            Engine("siteplanner", "bench_walks:nearest", asked),
            Engine("scipy min_only", "bench_walks:nearest_by_scipy", asked),
        ],
        _nearest,
        prepare=[prepare],
    )
