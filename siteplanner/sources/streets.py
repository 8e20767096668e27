"""Streets that people may walk on, from OpenStreetMap files and GraphML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siteplanner.errors import InputError, Problem
from siteplanner.model import Notice
from siteplanner.sources.walk_filter import KEYS, RULES, is_walkable
from siteplanner.sources.ways import KEPT, Ways, read_ways

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
        ``steps``, ``bridge`` (also tunnels), the tags ``highway``, ``lit`` and ``surface``
        (NaN where the street has none), ``geometry`` (a LineString from ``u`` to ``v``).
        The index ``id`` is way and number along it.
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


def _from_osm(path: Path) -> tuple[gpd.GeoDataFrame, tuple[Notice, ...]]:
    try:
        ways = read_ways(path)
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


def _tags(columns: Mapping[str, NDArray[np.object_]]) -> dict[str, NDArray[Any]]:
    """Give the columns of a table of streets from the tags of its rows (None: no tag)."""
    highway = columns["highway"]
    above = np.zeros(len(highway), dtype=bool)
    for name in ("bridge", "tunnel"):
        above |= ~pd.isna(columns[name]) & (columns[name] != "no")
    words = {name: columns[name] for name in ("highway", "lit", "surface")}
    return {"steps": np.asarray(highway == "steps", dtype=bool), "bridge": above, **words}


def _split_at_junctions(ways: Ways, there: NDArray[np.bool_]) -> gpd.GeoDataFrame:
    """Cut ways where they meet, end, or lack a node, into one row per street edge."""
    owner, node, lonlat = ways.owner, ways.node, ways.lonlat
    opens = np.ones(len(node), dtype=bool)  # a piece begins at this node
    opens[1:] = (owner[1:] != owner[:-1]) | ~there[:-1]
    if not there.all():
        opens, owner, node, lonlat = opens[there], owner[there], node[there], lonlat[there]
    new = opens.copy()
    new[1:] |= node[1:] != node[:-1]
    if not new.all():
        opens, owner, node, lonlat = opens[new], owner[new], node[new], lonlat[new]

    junction = _is_shared(node) | opens
    junction[:-1] |= opens[1:]
    junction[-1:] = True
    at = np.flatnonzero(junction)
    same = ~opens[at[1:]]
    start, end = at[:-1][same], at[1:][same]
    way = owner[start]
    tags = {name: column[way] for name, column in _tags(ways.tags).items()}
    table = gpd.GeoDataFrame(
        {"u": node[start], "v": node[end], **tags},
        geometry=_lines(lonlat, start, end),
        crs="EPSG:4326",
    )
    order = np.arange(len(way))
    first = np.maximum.accumulate(np.where(np.diff(way, prepend=-1) != 0, order, 0))
    labels = zip(ways.way[way].tolist(), (order - first).tolist(), strict=True)
    table.index = pd.Index([f"{one}-{k}" for one, k in labels], name="id", dtype=str)
    return table


def _is_shared(node: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which nodes come more than once."""
    order = np.argsort(node)
    again = np.zeros(len(node) + 1, dtype=bool)
    again[1:-1] = node[order[1:]] == node[order[:-1]]
    shared = np.empty(len(node), dtype=bool)
    shared[order] = again[1:] | again[:-1]
    return shared


def _lines(
    lonlat: NDArray[np.float64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[Any]:
    """Draw a line along the nodes from each start to its end."""
    if not len(start):
        return np.empty(0, dtype=object)
    size = end - start + 1
    edge = np.repeat(np.arange(len(start)), size)
    vertex = np.arange(len(edge)) + np.repeat(start - np.cumsum(size) + size, size)
    return np.asarray(shapely.linestrings(lonlat[vertex], indices=edge))


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
    rows = edges.to_dict("records")
    tags = {
        key: np.array([_first(row.get(key)) for row in rows], dtype=object).reshape(-1)
        for key in KEPT
    }
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
