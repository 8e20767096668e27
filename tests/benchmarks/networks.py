"""Street networks to search: made up, of any size, and Porto's; and PBF files of any size."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from running import DATA, Clock

PORTO = DATA / "porto" / "porto.osm.pbf"
SPACING_M, JITTER_M, GONE = 85.0, 25.0, 0.24


class Streets(NamedTuple):
    """Nodes (metres) and edges (whole millimetres) of an undirected network."""

    places: Any
    u: Any
    v: Any
    length_mm: Any

    def graph(self) -> Any:
        """Give the symmetric matrix of lengths; the shortest of parallel edges."""
        from scipy.sparse import csr_array

        tail, head = np.concatenate([self.u, self.v]), np.concatenate([self.v, self.u])
        length = np.concatenate([self.length_mm, self.length_mm])
        order = np.lexsort((length, head, tail))
        tail, head, length = tail[order], head[order], length[order]
        first = np.ones(len(tail), dtype=bool)
        first[1:] = (np.diff(tail) != 0) | (np.diff(head) != 0)
        first &= tail != head
        size = len(self.places)
        cells = (length[first].astype(float), (tail[first], head[first]))
        return csr_array(cells, shape=(size, size))


def load(folder: Path, name: str) -> Streets:
    with np.load(folder / f"{name}.npz") as stored:
        return Streets(*(stored[field] for field in Streets._fields))


def make(clock: Clock, folder: Path, nodes: int, name: str) -> None:
    """Store a perturbed grid with a share of its edges gone, numbered in no order."""
    draw = np.random.default_rng(1)
    side = int(np.sqrt(nodes * 1.03))
    step = np.arange(side) * SPACING_M
    easting = step[:, None] + draw.uniform(-JITTER_M, JITTER_M, (side, side))
    northing = step[None, :] + draw.uniform(-JITTER_M, JITTER_M, (side, side))
    number = np.arange(side * side).reshape(side, side)
    u = np.concatenate([number[:-1].ravel(), number[:, :-1].ravel()])
    v = np.concatenate([number[1:].ravel(), number[:, 1:].ravel()])
    there = draw.random(len(u)) > GONE
    shuffled = draw.permutation(side * side)
    places = np.empty((side * side, 2))
    places[shuffled] = np.stack([easting.ravel(), northing.ravel()], axis=1)
    _store(folder / name, places, shuffled[u[there]], shuffled[v[there]])


def store_porto(clock: Clock, folder: Path, name: str) -> None:
    """Store Porto's walk network, as our reader gives it."""
    from siteplanner.sources.streets import read_streets
    from siteplanner.walk import PROFILES, build

    table, _, _ = read_streets(PORTO)
    network = build(table.to_crs("EPSG:32629"), PROFILES["adult"])
    edges = network.edges
    length_mm = edges["length_mm"].to_numpy()
    _store(folder / name, network.nodes, edges["u"].to_numpy(), edges["v"].to_numpy(), length_mm)


def _store(path: Path, places: Any, u: Any, v: Any, length_mm: Any = None) -> None:
    """Keep the largest connected piece."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if length_mm is None:
        length_mm = np.rint(1000 * np.hypot(*(places[u] - places[v]).T)).astype(np.int64)
    size = len(places)
    _, piece = connected_components(coo_array((np.ones(len(u)), (u, v)), shape=(size, size)))
    kept = piece == np.bincount(piece).argmax()
    number = np.cumsum(kept) - 1
    inside = kept[u]
    ends = (number[u[inside]], number[v[inside]])
    np.savez(path, places=places[kept], u=ends[0], v=ends[1], length_mm=length_mm[inside])


def tile(clock: Clock, folder: Path, times: int, name: str) -> None:
    """Write Porto many times side by side, every copy with numbers of its own."""
    import osmium
    from osmium.osm.mutable import Node, Way

    apart, apart_deg = 10**11, 0.4
    nodes, ways = [], []
    for one in osmium.FileProcessor(str(PORTO), osmium.osm.NODE | osmium.osm.WAY):
        tags = dict(one.tags)
        if one.is_node():
            nodes.append((one.id, one.lon, one.lat, tags))
        else:
            ways.append((one.id, [node.ref for node in one.nodes], tags))
    with osmium.SimpleWriter(str(folder / name), overwrite=True) as writer:
        for copy in range(times):
            more, east = copy * apart, copy * apart_deg
            for number, lon, lat, tags in nodes:
                writer.add_node(Node(id=number + more, location=(lon + east, lat), tags=tags))
        for copy in range(times):
            more = copy * apart
            for number, refs, tags in ways:
                writer.add_way(Way(id=number + more, nodes=[r + more for r in refs], tags=tags))
