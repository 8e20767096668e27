"""From street lines to the network of a profile."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from siteplanner.errors import InputError, Problem
from siteplanner.model import Notice
from siteplanner.walk.closing import closed_to
from siteplanner.walk.conditions import Conditions
from siteplanner.walk.lines import Lines, nothing, topology, usable
from siteplanner.walk.network import Network, time_ms
from siteplanner.walk.noding import connected_share
from siteplanner.walk.penalties import MAIN_SHARE, blocked, crossing_charges, share_inside
from siteplanner.walk.profiles import Profile
from siteplanner.walk.slope import Slopes, slopes_of
from siteplanner.walk.timing import Slowdown, time_edges

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
NAMES = {"street": ("name", "label"), "highway": ("highway",)}
"""Columns of edges that say what a street is, and where a street table has that."""


def build(
    table: gpd.GeoDataFrame, profile: Profile, conditions: Conditions | None = None
) -> Network:
    """Make the walking network of a profile from street lines.

    Where the table has whole-number columns ``u`` and ``v``, they name the nodes.
    Otherwise line ends at most 10 cm apart are one node; and where the largest connected
    piece then holds less than 95 % of the length, lines are cut wherever they cross
    (bridges and tunnels, by the column ``bridge``, join only at their ends).  The largest
    connected piece is kept.

    Streets that meet a barrier are left out unless they are bridges or tunnels; so are
    streets steeper than the profile can manage, both ways.  Slopes, penalties and crossings
    lengthen the time of what is left.

    Parameters
    ----------
    table
        LineStrings or MultiLineStrings in a projected CRS in metres; optional columns
        ``u``, ``v``, ``steps`` (true where there are steps), ``bridge``, those that a penalty
        looks at, and ``name`` (or ``label``) and ``highway`` to tell streets by.
    profile
        Who walks; steps are left out for those who cannot use them.
    conditions
        Heights, penalties, barriers and what is closed; without them all streets are flat and
        alike.

    Returns
    -------
    The network; its notices count every row that was dropped or cut.

    Raises
    ------
    InputError
        If nothing can be walked on, or the CRS is not in metres.
    ValueError
        If a line has a coordinate that is not a number.
    KeyError
        If a penalty looks at a column that the table does not have.

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
    conditions = conditions or Conditions()
    known = "bridge" in table
    tail, head, places, noding = topology(usable(table), profile, bridges_known=known)
    notices = list(noding.notices)
    length_mm = np.rint(shapely.length(noding.geometry) * 1000).astype(np.int64)
    tail, head = _contract(tail, head, length_mm)
    real = length_mm > 0
    if not real.any():
        raise nothing("no street is longer than a millimetre")
    if not real.all():
        reason = "the street has no length; its ends are one place"
        notices.append(Notice("walk", "dropped", int((~real).sum()), len(real), reason))
    edges = noding.only(real)
    ends = tail[real], head[real]
    slopes = None
    if conditions.heights is not None:
        slopes = slopes_of(edges.geometry, ends, edges.bridge, conditions.heights, table.crs)
    passable, said = _passable(edges, slopes, profile, conditions, bridges_known=known)
    notices += said
    share, inside, pieces = connected_share(
        ends[0][passable], ends[1][passable], length_mm[real][passable]
    )
    if pieces > 1:
        notices.append(_pieces_notice(length_mm[real][passable], inside, pieces, share))
    kept = np.flatnonzero(passable)[inside]
    used, numbers = np.unique(np.concatenate([one[kept] for one in ends]), return_inverse=True)
    u, v = numbers.reshape(2, -1).astype(np.int64)
    length_mm, streets = length_mm[real][kept], edges.only(kept)
    flat_ms = np.maximum(time_ms(length_mm, profile.speed_m_s), 1)
    there, back, parts = time_edges(
        flat_ms,
        steps=streets.steps,
        slopes=None if slopes is None else slopes.only(kept),
        **_slowed(table, streets, u, v, conditions),
    )
    columns = {
        "u": u, "v": v, "length_mm": length_mm, "time_ms": there, "back_ms": back,
        "row": streets.row,
    }  # fmt: skip
    if slopes is not None:
        notices += _unknown_heights(slopes.known[kept])
    speed = f"{profile.name} walks {profile.speed_m_s:g} m/s ({profile.reference})"
    notices.append(Notice("walk", "info", 0, 0, speed))
    made = gpd.GeoDataFrame(columns, geometry=streets.geometry, crs=table.crs)
    return Network(places[used], named(made, table), profile, tuple(notices), parts)


def named(edges: gpd.GeoDataFrame, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add what the street table knows edges by: ``street`` and ``highway``, where it has them.

    Parameters
    ----------
    edges
        With a column ``row``, the row number in the table.
    table
        The street table.

    Returns
    -------
    The edges with one categorical column more for each.
    """
    found = {}
    for column, sources in NAMES.items():
        source = next((one for one in sources if one in table), None)
        if source is not None:
            words = table[source].astype("str").astype("category")
            found[column] = words.iloc[edges["row"].to_numpy()].set_axis(edges.index)
    return edges.assign(**found) if found else edges


def _check_metric(table: gpd.GeoDataFrame) -> None:
    crs = table.crs
    if crs is None or not crs.is_projected or crs.axis_info[0].unit_name != "metre":
        found = f"the streets are in {crs.name if crs else 'no CRS'}"
        raise InputError([Problem("[walk]", "network", found, "work in a projected CRS in metres")])


def _contract(tail: Ints, head: Ints, length_mm: Ints) -> tuple[Ints, Ints]:
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


def _passable(
    streets: Lines,
    slopes: Slopes | None,
    profile: Profile,
    conditions: Conditions,
    *,
    bridges_known: bool,
) -> tuple[Flags, list[Notice]]:
    """Tell which streets are neither barred nor too steep, and count those that are."""
    passable, notices = np.ones(len(streets.row), dtype=bool), []
    for name, barrier in conditions.barriers.items():
        met = blocked(streets.geometry, barrier) & ~streets.bridge
        reason = f"they meet '{name}', which is crossed only on bridges and in tunnels"
        if not bridges_known:
            reason += "; bridges are not known, so none is left"
        notices += _left_out(met, reason)
        passable &= ~met
    for name, places in conditions.closed.items():
        met = closed_to(streets.geometry, places) & ~streets.bridge
        notices += _left_out(met, f"they lead through '{name}', which is closed then")
        passable &= ~met
    steepest = profile.steepest_percent
    if slopes is not None and steepest is not None:
        steep = slopes.steepest > steepest / 100 + 1e-9  # where not known: not steep
        reason = f"they are steeper than {steepest:.4g} %, which '{profile.name}' cannot manage"
        notices += _left_out(steep, reason)
        passable &= ~steep
    if not passable.any():
        raise nothing(f"{notices[-1].reason}, and that is all streets")
    return passable, notices


def _left_out(out: Flags, reason: str) -> list[Notice]:
    count = int(out.sum())
    return [Notice("walk", "dropped", count, len(out), reason)] if count else []


def _slowed(
    table: gpd.GeoDataFrame, streets: Lines, u: Ints, v: Ints, conditions: Conditions
) -> dict[str, Any]:
    """Find where penalties hold, and what crossings cost."""
    slowdowns, crossing_s = [], np.zeros(len(u))
    for name, penalty in conditions.penalties.items():
        if penalty.layer is None:
            share = conditions.rows(name, table)[streets.row].astype(np.float64)
        else:
            share = share_inside(streets.geometry, conditions.zones[name], penalty.within_m)
        if penalty.factor > 1:
            title = penalty.title or name.replace("_", " ")
            slowdowns.append(Slowdown(name, title, penalty.factor, share))
        if penalty.crossing_s:
            crossing_s += crossing_charges(u, v, share >= MAIN_SHARE, penalty.crossing_s)
    return {"slowdowns": slowdowns, "crossing_s": crossing_s if crossing_s.any() else None}


def _unknown_heights(known: NDArray[np.float64]) -> list[Notice]:
    unknown = int((known < 1).sum())
    reason = "their height is not known everywhere; there they count as flat"
    return [Notice("walk", "flagged", unknown, len(known), reason)] if unknown else []


def _pieces_notice(length_mm: Ints, inside: Flags, pieces: int, share: float) -> Notice:
    lost_km = length_mm[~inside].sum() / 1e6
    many = f"{pieces - 1:,} pieces" if pieces > 2 else "one piece"
    reason = (
        f"{many} ({lost_km:,.1f} km, {1 - share:.1%} of the length) "
        "that no street joins to the rest"
    )
    return Notice("walk", "dropped", int((~inside).sum()), len(inside), reason)
