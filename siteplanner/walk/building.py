"""From street lines to the network of a profile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from siteplanner.errors import InputError, Problem
from siteplanner.model import Notice
from siteplanner.walk.network import Network, time_ms
from siteplanner.walk.noding import connected_share, join_ends, node_lines
from siteplanner.walk.profiles import Profile

CONNECTED_SHARE = 0.95
"""Lines whose ends join less of the length than this are cut where they cross."""


def build(table: gpd.GeoDataFrame, profile: Profile) -> Network:
    """Make the walking network of a profile from street lines.

    Where the table has whole-number columns ``u`` and ``v``, they name the nodes.
    Otherwise line ends at most 10 cm apart are one node; and where the largest connected
    piece then holds less than 95 % of the length, lines are cut wherever they cross
    (bridges and tunnels, by the column ``bridge``, join only at their ends).  The largest
    connected piece is kept.

    Parameters
    ----------
    table
        LineStrings or MultiLineStrings in a projected CRS in metres; optional columns
        ``u``, ``v``, ``steps`` (true where there are steps) and ``bridge``.
    profile
        Who walks; steps are left out for those who cannot use them.

    Returns
    -------
    The network; its notices count every row that was dropped or cut.

    Raises
    ------
    InputError
        If nothing can be walked on, or the CRS is not in metres.

    Examples
    --------
    >>> from siteplanner.walk.profiles import PROFILES
    >>> streets = gpd.GeoSeries.from_wkt(
    ...     ["LINESTRING (0 0, 100 0)", "LINESTRING (100 0, 100 50)"], crs="EPSG:32618"
    ... ).to_frame("geometry")
    >>> network = build(streets, PROFILES["adult"])
    >>> network.edges["length_mm"].tolist()
    [100000, 50000]
    """
    _check_metric(table)
    lines, notices = _usable(table)
    tail, head, places, noding = _topology(lines, table, profile)
    length_mm = np.rint(shapely.length(noding.geometry) * 1000).astype(np.int64)
    tail, head = _contract(tail, head, length_mm)
    real = length_mm > 0
    if not real.any():
        raise InputError([_nothing("no street is longer than a millimetre")])
    if not real.all():
        reason = "the street has no length; its ends are one place"
        notices.append(Notice("walk", "dropped", int((~real).sum()), len(real), reason))
    share, inside, pieces = connected_share(tail[real], head[real], length_mm[real])
    if pieces > 1:
        notices.append(_pieces_notice(length_mm[real], inside, pieces, share))
    kept = np.flatnonzero(real)[inside]
    used, ends = np.unique(np.concatenate([tail[kept], head[kept]]), return_inverse=True)
    u, v = ends.reshape(2, -1).astype(np.int64)
    edges = gpd.GeoDataFrame(
        {
            "u": u,
            "v": v,
            "length_mm": length_mm[kept],
            "time_ms": np.maximum(time_ms(length_mm[kept], profile.speed_m_s), 1),
        },
        geometry=noding.geometry[kept],
        crs=table.crs,
    )
    speed = f"{profile.name} walks {profile.speed_m_s:g} m/s ({profile.reference})"
    notices += [*noding.notices, Notice("walk", "info", 0, 0, speed)]
    return Network(places[used], edges, profile, tuple(notices))


@dataclass(frozen=True)
class _Lines:
    """Single lines with what the graph needs to know about them."""

    geometry: NDArray[Any]
    steps: NDArray[np.bool_]
    bridge: NDArray[np.bool_]
    names: NDArray[np.int64] | None  # (n, 2) where the table names the nodes
    notices: tuple[Notice, ...] = ()


def _check_metric(table: gpd.GeoDataFrame) -> None:
    crs = table.crs
    if crs is None or not crs.is_projected or crs.axis_info[0].unit_name != "metre":
        found = f"the streets are in {crs.name if crs else 'no CRS'}"
        raise InputError([Problem("[walk]", "network", found, "work in a projected CRS in metres")])


def _nothing(why: str) -> Problem:
    todo = "give a network layer with streets inside the area"
    return Problem("[walk]", "network", f"nothing to walk on: {why}", todo)


def _usable(table: gpd.GeoDataFrame) -> tuple[_Lines, list[Notice]]:
    """Take the table apart into single lines; drop what is no line."""
    notices: list[Notice] = []
    geometry = shapely.force_2d(table.geometry.to_numpy())
    line_types = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
    good = np.isin(shapely.get_type_id(geometry), line_types) & ~shapely.is_empty(geometry)
    if not good.all():
        reason = "the geometry is empty or not a line"
        bad = table.index[~good]
        examples = tuple(str(one) for one in bad[:3])
        notices.append(Notice("walk", "dropped", len(bad), len(table), reason, examples))
    if not good.any():
        raise InputError([_nothing("the network has no lines here")])
    parts, row = shapely.get_parts(geometry[good], return_index=True)
    rows = np.flatnonzero(good)[row]
    names = None
    if _names_nodes(table) and len(parts) == good.sum():
        names = table[["u", "v"]].to_numpy(dtype=np.int64)[rows]
        names = names if _names_hold(names, parts) else None
    steps, bridge = (_flag(table, name)[rows] for name in ("steps", "bridge"))
    return _Lines(parts, steps, bridge, names), notices


def _names_nodes(table: gpd.GeoDataFrame) -> bool:
    return all(end in table and pd.api.types.is_integer_dtype(table[end]) for end in ("u", "v"))


def _names_hold(names: NDArray[np.int64], lines: NDArray[Any]) -> bool:
    """Tell whether every node name stands for one place (within a metre)."""
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1)])
    _, first, number = np.unique(names.T.reshape(-1), return_index=True, return_inverse=True)
    return bool((np.abs(ends - ends[first][number]) <= 1.0).all())


def _flag(table: gpd.GeoDataFrame, name: str) -> NDArray[np.bool_]:
    if name not in table:
        return np.zeros(len(table), dtype=bool)
    column = table[name]
    return np.asarray(column.where(column.notna(), False).astype(bool))


def _topology(
    lines: _Lines, table: gpd.GeoDataFrame, profile: Profile
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], _Lines]:
    """Give both ends of every walkable line, the places, and the lines themselves."""
    walkable = _without_steps(lines, profile)
    if walkable.names is not None:
        _, first, number = np.unique(
            walkable.names.T.reshape(-1), return_index=True, return_inverse=True
        )
        points = [shapely.get_point(walkable.geometry, at) for at in (0, -1)]
        places = shapely.get_coordinates(np.concatenate(points))[first]
        tail, head = number.reshape(2, -1).astype(np.int64)
        return tail, head, places, walkable
    tail, head, places = join_ends(walkable.geometry)
    all_tail, all_head, _ = join_ends(lines.geometry)
    before, _, _ = connected_share(all_tail, all_head, shapely.length(lines.geometry))
    if before >= CONNECTED_SHARE:
        return tail, head, places, walkable
    cut = node_lines(walkable.geometry, walkable.bridge)
    cut_tail, cut_head, cut_places = join_ends(cut)
    after, _, _ = connected_share(cut_tail, cut_head, shapely.length(cut))
    plain, _, _ = connected_share(tail, head, shapely.length(walkable.geometry))
    if after <= plain:
        return tail, head, places, walkable
    reason = (
        f"line ends alone connect {before:.1%} of the streets, so {len(lines.geometry):,} lines "
        f"were cut where they cross into {len(cut):,}; this connects {after:.1%}"
    )
    if "bridge" not in table:
        reason += "; bridges are not known, so streets on bridges meet those below"
    empty = np.zeros(len(cut), dtype=bool)
    notice = Notice("walk", "info", 0, 0, reason)
    noded = _Lines(cut, empty, empty, None, (*walkable.notices, notice))
    return cut_tail, cut_head, cut_places, noded


def _without_steps(lines: _Lines, profile: Profile) -> _Lines:
    if profile.steps or not lines.steps.any():
        return lines
    keep = ~lines.steps
    if not keep.any():
        raise InputError([_nothing(f"all of it is steps, which '{profile.name}' cannot use")])
    reason = f"steps, which '{profile.name}' cannot use"
    notice = Notice("walk", "dropped", int((~keep).sum()), len(keep), reason)
    names = None if lines.names is None else lines.names[keep]
    kept = _Lines(lines.geometry[keep], lines.steps[keep], lines.bridge[keep], names)
    return replace(kept, notices=(notice,))


def _contract(
    tail: NDArray[np.int64], head: NDArray[np.int64], length_mm: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Make one node of two that an edge without length joins."""
    none = length_mm == 0
    if not none.any():
        return tail, head
    size = int(max(tail.max(), head.max())) + 1
    joined = coo_array((np.ones(none.sum()), (tail[none], head[none])), shape=(size, size))
    _, group = connected_components(joined, directed=False)
    _, first = np.unique(group, return_index=True)
    stands_for = first[group].astype(np.int64)
    return stands_for[tail], stands_for[head]


def _pieces_notice(
    length_mm: NDArray[np.int64], inside: NDArray[np.bool_], pieces: int, share: float
) -> Notice:
    lost_km = length_mm[~inside].sum() / 1e6
    many = f"{pieces - 1:,} pieces" if pieces > 2 else "one piece"
    reason = (
        f"{many} ({lost_km:,.1f} km, {1 - share:.1%} of the length) "
        "that no street joins to the rest"
    )
    return Notice("walk", "dropped", int((~inside).sum()), len(inside), reason)
