"""Streets that people may walk on, from OpenStreetMap files and GraphML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from numpy.typing import NDArray

from siteplanner.errors import InputError, Problem
from siteplanner.model import Notice
from siteplanner.sources.walk_filter import KEYS, RULES, is_walkable

OSM_ENDINGS = (".pbf", ".osm", ".osm.gz", ".osm.bz2")


def read_streets(path: Path) -> tuple[gpd.GeoDataFrame, tuple[str, ...], tuple[Notice, ...]]:
    """Read the walkable streets of a network file.

    Parameters
    ----------
    path
        OpenStreetMap PBF or XML (``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2``), or
        GraphML as OSMnx writes it (``.graphml``).

    Returns
    -------
    table
        One row per street between two junctions, in EPSG:4326: ``u``, ``v`` (node ids),
        ``steps``, ``bridge`` (also tunnels), ``highway``, ``geometry`` (a LineString from
        ``u`` to ``v``).  The index ``id`` is way and number along it.
    rules
        The walk filter, in words.
    notices
        What was left out or cut.

    Raises
    ------
    InputError
        If the file is missing, empty, cut short, of another format, or has no streets.
    """
    path = Path(path)
    name = path.name.lower()
    if not path.is_file():
        raise _problem(path, "no such file", "check the layer's source")
    if path.stat().st_size == 0:
        raise _problem(path, "the file is empty (0 bytes)", "download it again")
    if name.endswith(".graphml"):
        table, notices = _from_graphml(path)
    elif name.endswith(OSM_ENDINGS):
        table, notices = _from_osm(path)
    else:
        known = ", ".join((*OSM_ENDINGS, ".graphml"))
        raise _problem(path, "not a network format we know", f"give one of {known}")
    if table.empty:
        raise _problem(path, "it has no street that people may walk on", "check the extract")
    return table, RULES, notices


def _problem(path: Path, found: str, todo: str) -> InputError:
    return InputError([Problem(path.name, "", found, todo)])


@dataclass
class _Ways:
    """Walkable ways as they stand in the file, node by node."""

    way: NDArray[np.int64]  # OSM id, per way
    tags: pd.DataFrame  # highway, steps, bridge, per way
    owner: NDArray[np.int64]  # number of the way, per node
    node: NDArray[np.int64]  # OSM id, per node
    lonlat: NDArray[np.float64]  # NaN where the file does not have the node
    left_out: int


def _from_osm(path: Path) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    try:
        ways = _read_ways(path)
    except (RuntimeError, UnicodeDecodeError) as error:
        found = f"cannot be read as OpenStreetMap data ({error})"
        todo = "download it again: it may be cut short"
        raise _problem(path, found, todo) from None
    missing = np.isnan(ways.lonlat[:, 0])
    notices = []
    total = len(ways.way) + ways.left_out
    if ways.left_out:
        reason = "the walk filter leaves the way out"
        notices.append(Notice(path.name, "dropped", ways.left_out, total, reason))
    if missing.any():
        cut = np.unique(ways.owner[missing])
        reason = "some of the way's nodes are not in the file; it was cut there"
        examples = tuple(str(one) for one in ways.way[cut[:3]])
        notices.append(Notice(path.name, "mended", len(cut), total, reason, examples))
    return _split_at_junctions(ways, ~missing), tuple(notices)


def _read_ways(path: Path) -> _Ways:
    """Read nodes, then ways; two passes, because some files have ways first."""
    store = osmium.index.create_map("flex_mem")
    located = osmium.NodeLocationsForWays(store)
    located.ignore_errors()
    with osmium.io.Reader(str(path), osmium.osm.NODE) as reader:
        osmium.apply(reader, located)
    highways = (
        osmium.FileProcessor(str(path), osmium.osm.WAY)
        .with_filter(osmium.filter.KeyFilter("highway"))
        .with_filter(located)
    )
    shape = osmium.geom.WKBFactory()
    every = osmium.geom.ALL
    ids: list[int] = []
    nodes: list[int] = []
    tags, sizes, shapes = [], [], []
    broken: dict[int, list[tuple[float, float]]] = {}
    left_out = 0
    for way in cast("Iterable[osmium.osm.Way]", highways):
        get = way.tags.get
        values = [get(key) for key in KEYS]
        if not is_walkable(*values):
            left_out += 1
            continue
        refs = [node.ref for node in way.nodes]
        try:
            shapes.append(shape.create_linestring(way, every))
        except (osmium.InvalidLocationError, RuntimeError):  # a node is missing, or just one
            broken[len(ids)] = [
                (one.lon, one.lat) if one.location.valid() else (np.nan, np.nan)
                for one in way.nodes
            ]
        ids.append(way.id)
        tags.append((values[0], get("bridge"), get("tunnel")))
        nodes += refs
        sizes.append(len(refs))
    owner = np.repeat(np.arange(len(ids)), sizes)
    lonlat = np.empty((len(owner), 2))
    odd = np.isin(owner, list(broken))
    lonlat[~odd] = shapely.get_coordinates(shapely.from_wkb(shapes))
    lonlat[odd] = np.array([one for way in broken.values() for one in way]).reshape(-1, 2)
    node = np.array(nodes, dtype=np.int64)
    return _Ways(np.array(ids, dtype=np.int64), _tags(tags), owner, node, lonlat, left_out)


def _tags(rows: list[tuple[Any, Any, Any]]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=["highway", "bridge", "tunnel"], dtype=object)
    above = [~found[name].isin(["no"]) & found[name].notna() for name in ("bridge", "tunnel")]
    columns = {
        "steps": (found["highway"] == "steps").to_numpy(dtype=bool),
        "bridge": (above[0] | above[1]).to_numpy(dtype=bool),
        "highway": found["highway"].astype(str).to_numpy(dtype=object),
    }
    return pd.DataFrame(columns)


def _split_at_junctions(ways: _Ways, there: NDArray[np.bool_]) -> gpd.GeoDataFrame:
    """Cut ways where they meet, end, or lack a node, into one row per street edge."""
    owner, node = ways.owner, ways.node
    breaks = np.ones(len(node), dtype=bool)
    breaks[1:] = (owner[1:] != owner[:-1]) | ~there[:-1]
    piece = np.cumsum(breaks)[there]
    owner, node, lonlat = owner[there], node[there], ways.lonlat[there]
    new = np.ones(len(node), dtype=bool)
    new[1:] = (piece[1:] != piece[:-1]) | (node[1:] != node[:-1])
    piece, owner, node, lonlat = piece[new], owner[new], node[new], lonlat[new]

    _, number, uses = np.unique(node, return_inverse=True, return_counts=True)
    junction = uses[number] > 1
    junction[:1] = junction[-1:] = True
    junction[1:] |= piece[1:] != piece[:-1]
    junction[:-1] |= piece[1:] != piece[:-1]
    at = np.flatnonzero(junction)
    same = piece[at[:-1]] == piece[at[1:]]
    start, end = at[:-1][same], at[1:][same]

    size = end - start + 1
    edge = np.repeat(np.arange(len(start)), size)
    skipped = np.repeat(np.cumsum(size) - size, size)
    vertex = np.repeat(start, size) + np.arange(len(edge)) - skipped
    way = owner[start]
    table = gpd.GeoDataFrame(
        {"u": node[start], "v": node[end], **ways.tags.iloc[way].reset_index(drop=True)},
        geometry=shapely.linestrings(lonlat[vertex], indices=edge) if len(start) else [],
        crs="EPSG:4326",
    )
    order = np.arange(len(way))
    first = np.maximum.accumulate(np.where(np.diff(way, prepend=-1) != 0, order, 0))
    labels = zip(ways.way[way].tolist(), (order - first).tolist(), strict=True)
    table.index = pd.Index([f"{one}-{k}" for one, k in labels], name="id", dtype=str)
    return table


def _from_graphml(path: Path) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    import osmnx as ox  # here, because it is slow to import and seldom needed

    try:
        graph = ox.load_graphml(path)
        undirected = ox.convert.to_undirected(graph)
        edges = ox.convert.graph_to_gdfs(undirected, nodes=False).to_crs("EPSG:4326")
    except Exception as error:
        found = f"cannot be read as GraphML with coordinates ({error})"
        raise _problem(path, found, "save it with osmnx.save_graphml") from None
    total = len(edges)
    edges = edges[[_edge_is_walkable(row) for row in edges.to_dict("records")]]
    notices = []
    if len(edges) < total:
        reason = "the walk filter leaves the street out"
        notices.append(Notice(path.name, "dropped", total - len(edges), total, reason))
    tags = [
        tuple(_first(row.get(key)) for key in ("highway", "bridge", "tunnel"))
        for row in edges.to_dict("records")
    ]
    ends = {end: edges.index.get_level_values(end).to_numpy(dtype=np.int64) for end in "uv"}
    table = gpd.GeoDataFrame(
        {**ends, **_tags(tags)}, geometry=edges.geometry.to_numpy(), crs="EPSG:4326"
    )
    labels = ["-".join(str(part) for part in key) for key in edges.index]
    table.index = pd.Index(labels, name="id", dtype=str)
    return table, tuple(notices)


def _first(value: Any) -> Any:
    """Take one of the values that OSMnx puts in a list where it merges ways."""
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, str) else None


def _edge_is_walkable(row: dict[str, Any]) -> bool:
    values = [_first(row.get(key)) for key in KEYS]
    return is_walkable(values[0] or "road", *values[1:])
