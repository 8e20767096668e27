"""Street lines taken apart, and joined to a graph: which lines, and between which nodes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siteplanner.errors import InputError, Problem
from siteplanner.model import Notice
from siteplanner.walk.noding import connected_share, join_ends, lines_under, node_lines
from siteplanner.walk.profiles import Profile

CONNECTED_SHARE = 0.95
"""Lines whose ends join less of the length than this are cut where they cross."""
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Lines:
    """Single lines with what the graph needs to know about them.

    Parameters
    ----------
    geometry
        LineStrings (n).
    row
        Row number of the street table that each came from (n).
    steps, bridge
        Whether there are steps, and whether it is a bridge or a tunnel (n each).
    names
        Where the table names the nodes, those at both ends (n × 2).
    notices
        What was left out or cut.
    """

    geometry: NDArray[Any]
    row: Ints
    steps: NDArray[np.bool_]
    bridge: NDArray[np.bool_]
    names: Ints | None
    notices: tuple[Notice, ...] = ()

    def only(self, keep: NDArray[Any]) -> Lines:
        """Keep some lines."""
        names = None if self.names is None else self.names[keep]
        kept = (self.geometry[keep], self.row[keep], self.steps[keep], self.bridge[keep])
        return Lines(*kept, names, self.notices)


def nothing(why: str) -> InputError:
    """Give the error that there is nothing to walk on."""
    todo = "give a network layer with streets inside the area"
    return InputError([Problem("[walk]", "network", f"nothing to walk on: {why}", todo)])


def usable(table: gpd.GeoDataFrame) -> Lines:
    """Take a table apart into single lines; drop and count what is no line.

    Raises
    ------
    InputError
        If there is no line.
    ValueError
        If a line has a coordinate that is not a number.
    """
    notices: tuple[Notice, ...] = ()
    geometry = shapely.force_2d(table.geometry.to_numpy())
    line_types = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
    good = np.isin(shapely.get_type_id(geometry), line_types) & ~shapely.is_empty(geometry)
    if not good.all():
        reason = "the geometry is empty or not a line"
        bad = table.index[~good]
        examples = tuple(str(one) for one in bad[:3])
        notices = (Notice("walk", "dropped", len(bad), len(table), reason, examples),)
    if not good.any():
        raise nothing("the network has no lines here")
    _insist_on_places(table, geometry, good)
    parts, part_of = shapely.get_parts(geometry[good], return_index=True)
    rows = np.flatnonzero(good)[part_of]
    names = None
    if _names_nodes(table) and len(parts) == good.sum():
        names = table[["u", "v"]].to_numpy(dtype=np.int64)[rows]
        names = names if _names_hold(names, parts) else None
    steps, bridge = (_flag(table, name)[rows] for name in ("steps", "bridge"))
    return Lines(parts, rows, steps, bridge, names, notices)


def _insist_on_places(
    table: gpd.GeoDataFrame, geometry: NDArray[Any], good: NDArray[np.bool_]
) -> None:
    places, line = shapely.get_coordinates(geometry[good], return_index=True)
    bad = np.unique(line[~np.isfinite(places).all(axis=1)])
    if len(bad):
        rows = [str(one) for one in table.index[good][bad[:3]]]
        many = "a street has" if len(bad) == 1 else f"{len(bad):,} streets have"
        more = f" and {len(bad) - 3:,} more" if len(bad) > 3 else ""
        msg = (
            f"{many} a coordinate that is not a number (row {', '.join(rows)}{more}); repair the "
            "geometry or leave the rows out"
        )
        raise ValueError(msg)


def topology(
    lines: Lines, profile: Profile, *, bridges_known: bool
) -> tuple[Ints, Ints, NDArray[np.float64], Lines]:
    """Join the lines that a profile can use to a graph.

    Parameters
    ----------
    lines
        All lines.
    profile
        Who walks.
    bridges_known
        Whether the table says which lines are bridges.

    Returns
    -------
    tail, head
        Number of the node where each line begins and ends (n each).
    places
        Easting and northing of the nodes.
    lines
        The lines themselves (n), cut where they cross if their ends alone join too little.

    Raises
    ------
    InputError
        If the profile can use none of them.
    """
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
    if not bridges_known:
        reason += "; bridges are not known, so streets on bridges meet those below"
    source = lines_under(cut, walkable.geometry, walkable.bridge)
    noded = replace(
        walkable.only(source),
        geometry=cut,
        names=None,
        notices=(*walkable.notices, Notice("walk", "info", 0, 0, reason)),
    )
    return cut_tail, cut_head, cut_places, noded


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


def _without_steps(lines: Lines, profile: Profile) -> Lines:
    if profile.steps or not lines.steps.any():
        return lines
    keep = ~lines.steps
    if not keep.any():
        raise nothing(f"all of it is steps, which '{profile.name}' cannot use")
    reason = f"steps, which '{profile.name}' cannot use"
    notice = Notice("walk", "dropped", int((~keep).sum()), len(keep), reason)
    return replace(lines.only(keep), notices=(*lines.notices, notice))
