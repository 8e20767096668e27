"""An OpenStreetMap extract into a simplified walk graph."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from networks import PORTO
from running import Clock, Engine, Job, Run, Verdict

SAME = 1e-6
"""Lengths may differ by this share: the plain reader adds the great circle as we do."""


def ours(clock: Clock, folder: Path, pbf: str) -> dict[str, Any]:
    """Go all the way to the network that walks are searched on."""
    import osmium  # noqa: F401

    from siteplanner.sources.streets import read_streets
    from siteplanner.walk import PROFILES, build

    with clock.running():
        streets = read_streets(folder / pbf)[0].to_crs("EPSG:32629")
        network = build(streets, PROFILES["adult"])
    return {"edges": len(network.edges), "km": network.edges["length_mm"].sum() / 1e6}


def reader_only(clock: Clock, folder: Path, pbf: str) -> dict[str, Any]:
    """Read the street table, all pieces of the network, lengths on the globe."""
    import shapely

    from siteplanner.sources.streets import read_streets

    with clock.running():
        table, _, _ = read_streets(folder / pbf)
    lonlat, edge = shapely.get_coordinates(table.geometry.to_numpy(), return_index=True)
    return {"edges": len(table), "km": float(_km(lonlat, edge[1:] == edge[:-1]))}


def plain_reader(clock: Clock, folder: Path, pbf: str) -> dict[str, Any]:
    """Loop over the ways in Python, way by way and node by node, with the same filter."""
    import osmium

    from siteplanner.sources.walk_filter import KEYS, is_walkable

    with clock.running():
        store = osmium.index.create_map("flex_mem")
        uses: dict[int, int] = {}
        pieces = []
        for way in osmium.FileProcessor(str(folder / pbf)).with_locations(store):
            if not way.is_way() or "highway" not in way.tags:
                continue
            if not is_walkable(*[way.tags.get(key) for key in KEYS]):
                continue
            piece: list[tuple[int, float, float]] = []
            for node in way.nodes:
                if not node.location.valid():
                    pieces.append(piece)
                    piece = []
                elif not piece or piece[-1][0] != node.ref:
                    piece.append((node.ref, node.lon, node.lat))
                    uses[node.ref] = uses.get(node.ref, 0) + 1
            pieces.append(piece)
        pieces = [piece for piece in pieces if len(piece) > 1]
        edges = sum(sum(uses[one[0]] > 1 for one in piece[1:-1]) + 1 for piece in pieces)
    lonlat = np.array([one[1:] for piece in pieces for one in piece])
    sizes = [len(piece) for piece in pieces]
    owner = np.repeat(np.arange(len(pieces)), sizes)
    return {"edges": edges, "km": float(_km(lonlat, owner[1:] == owner[:-1]))}


def _km(lonlat: Any, joined: Any) -> Any:
    """Add up great circles between joined neighbours (haversine, mean radius)."""
    lon, lat = np.radians(lonlat).T
    half = np.sin(np.diff(lat) / 2) ** 2
    half += np.cos(lat[1:]) * np.cos(lat[:-1]) * np.sin(np.diff(lon) / 2) ** 2
    return (2 * 6371.0088 * np.arcsin(np.sqrt(half)))[joined].sum()


def pyrosm(clock: Clock, folder: Path, pbf: str) -> dict[str, Any]:
    import igraph  # noqa: F401
    from pyrosm import OSM

    with clock.running():
        osm = OSM(str(folder / pbf))
        nodes, edges = osm.get_network(network_type="walking", nodes=True)
        graph = osm.to_graph(nodes, edges, graph_type="igraph")  # it simplifies by itself
    return {"edges": graph.ecount() // 2, "km": sum(graph.es["length"]) / 2000}


def osmnx(clock: Clock, folder: Path, pbf: str) -> dict[str, Any]:
    """Turn the PBF into XML within the time, for OSMnx cannot read PBF; no walk filter."""
    import osmium
    import osmnx as ox

    with clock.running(), tempfile.TemporaryDirectory() as own:
        xml = Path(own) / "porto.osm"
        with osmium.SimpleWriter(xml) as writer:
            for one in osmium.FileProcessor(folder / pbf):
                writer.add(one)
        graph = ox.convert.to_undirected(ox.graph_from_xml(xml))
    km = sum(length for *_, length in graph.edges(data="length")) / 1000
    return {"edges": len(graph.edges), "km": km}


def _judge(runs: dict[str, Run]) -> list[Verdict]:
    mine = runs["siteplanner"]
    verdicts = []
    goals = {"pyrosm → igraph": 3.0, "OSMnx from XML": 20.0}
    for name, goal in goals.items():
        if name in runs:
            peer = runs[name]
            times = peer.cpu_s / mine.cpu_s
            enough = None if peer.failed else times >= goal
            verdicts.append(Verdict(f"≥ {goal:g} × {name}", f"{times:.1f} ×", enough))
    if "pyrosm → igraph" in runs:
        peer = runs["pyrosm → igraph"]
        share, own = mine.peak_mib / peer.peak_mib, mine.own_mib / peer.own_mib
        number = f"{share:.2f} ×; beyond what was imported {own:.2f} ×"
        verdicts.append(Verdict("memory ≤ 0.2 × pyrosm", number, share <= 0.2))
    table, plain = runs["its street table"].found, runs["plain pyosmium loop"].found
    same = table["edges"] == plain["edges"] and abs(table["km"] / plain["km"] - 1) < SAME
    number = f"{table['edges']:,} and {plain['edges']:,}, {table['km']:,.1f} and {plain['km']:,.1f}"
    return [*verdicts, Verdict("edges and km of a plain reader", number, same)]


def jobs(*, quick: bool) -> list[Job]:
    name = "tiled.osm.pbf"
    real = {"pbf": str(PORTO)}
    found = [Job("PBF to walk graph, Porto 3 MB", _engines(real, osmnx=not quick), _judge)]
    if quick:
        return found
    tile = Engine("tiles", "networks:tile", {"times": 10, "name": name})
    tiled = _engines({"pbf": name}, osmnx=False)
    return [*found, Job("PBF to walk graph, 32 MB", tiled, _judge, prepare=[tile])]


def _engines(arguments: dict[str, str], *, osmnx: bool) -> list[Engine]:
    peers = [Engine("OSMnx from XML", "bench_streets:osmnx", arguments, packages=["osmnx"])]
    return [
        Engine("siteplanner", "bench_streets:ours", arguments, packages=["osmium"]),
        Engine("its street table", "bench_streets:reader_only", arguments),
        Engine("plain pyosmium loop", "bench_streets:plain_reader", arguments),
        Engine("pyrosm → igraph", "bench_streets:pyrosm", arguments, packages=["pyrosm", "igraph"]),
        *(peers if osmnx else []),
    ]
