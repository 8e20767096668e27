"""Where people and places meet the street: the nearest point on the nearest edge."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siteplanner.model import Notice
from siteplanner.walk.network import Network

FAR_M = 75.0
"""Farther from a street than this is flagged."""
CUT_OFF_M = 200.0
"""Farther than this, nobody gets to the street."""


@dataclass(frozen=True, eq=False)
class Snapped:
    """Points and where they meet the street.

    Parameters
    ----------
    table
        On the points' index: ``edge`` (number of the street edge, -1 where cut off),
        ``along_mm`` (from the edge's ``u`` to the meeting point), ``offset_mm`` (straight
        to the street; it counts as walked), ``status`` (``near``, ``far``, ``cut off``).
        Where cut off, ``along_mm`` and ``offset_mm`` are 0 and mean nothing.
    notices
        How many are far or cut off.
    """

    table: pd.DataFrame
    notices: tuple[Notice, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the positions, without the labels."""
        columns = self.table[["edge", "along_mm", "offset_mm"]].to_numpy(dtype=np.int64)
        return hashlib.sha256(columns.tobytes()).hexdigest()


def snap(network: Network, points: gpd.GeoSeries) -> Snapped:
    """Find the nearest point on the nearest street edge.

    Parameters
    ----------
    network
        The streets.
    points
        Points in the network's CRS; other geometries count at a point inside them.
        Missing and empty ones are cut off.

    Returns
    -------
    One row per point, in the points' order.  Of equally near edges the one with the
    lowest number is taken.

    Raises
    ------
    ValueError
        If the points are in another CRS.

    Examples
    --------
    >>> from siteplanner.walk import PROFILES, build
    >>> street = gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 100 0)"], crs="EPSG:32618")
    >>> network = build(street.to_frame("geometry"), PROFILES["adult"])
    >>> homes = gpd.GeoSeries.from_xy([20, 50, 50], [5, 90, 999], crs="EPSG:32618")
    >>> snap(network, homes).table
       edge  along_mm  offset_mm   status
    0     0     20000       5000     near
    1     0     50000      90000      far
    2    -1         0          0  cut off
    """
    if points.crs != network.crs:
        msg = f"the points are in {points.crs} and the streets in {network.crs}; reproject them"
        raise ValueError(msg)
    edge, along, offset = snap_points(
        network.edges.geometry.to_numpy(),
        network.edges["length_mm"].to_numpy(),
        _as_points(points),
    )
    status = np.where(edge < 0, "cut off", np.where(offset > FAR_M * 1000, "far", "near"))
    table = pd.DataFrame(
        {"edge": edge, "along_mm": along, "offset_mm": offset, "status": status.astype(object)},
        index=points.index,
    )
    return Snapped(table, _notices(table["status"]))


def snap_points(
    lines: NDArray[np.object_], length_mm: NDArray[np.int64], points: NDArray[np.object_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Find, for every point, the nearest line, and how far along and away it is.

    Parameters
    ----------
    lines, length_mm
        LineStrings and their whole-millimetre lengths (n each).
    points
        Points, or None (m).

    Returns
    -------
    edge
        Number of the line, -1 where none is within 200 m (m).
    along_mm, offset_mm
        Whole millimetres from the line's start, and from the point to the line (m each).

    Examples
    --------
    >>> line, point = shapely.linestrings([[[0, 0], [10, 0]]]), shapely.points([[4, 3]])
    >>> [int(one[0]) for one in snap_points(line, np.array([10_000]), point)]
    [0, 4000, 3000]
    """
    edge = np.full(len(points), -1, dtype=np.int64)
    along, offset = np.zeros_like(edge), np.zeros_like(edge)
    (point, line), away_m = shapely.STRtree(lines).query_nearest(
        points, max_distance=CUT_OFF_M + 0.001, return_distance=True, all_matches=True
    )
    order = np.lexsort((line, point))
    point, line, away_m = point[order], line[order], away_m[order]
    first = np.ones(len(point), dtype=bool)
    first[1:] = np.diff(point) != 0
    away_mm = np.rint(away_m * 1000).astype(np.int64)
    first &= away_mm <= CUT_OFF_M * 1000
    point, line = point[first], line[first]
    edge[point] = line
    offset[point] = away_mm[first]
    along_mm = np.rint(shapely.line_locate_point(lines[line], points[point]) * 1000)
    along[point] = np.clip(along_mm, 0, length_mm[line])
    return edge, along, offset


def _as_points(points: gpd.GeoSeries) -> NDArray[np.object_]:
    found: NDArray[np.object_] = np.array(points.to_numpy(), dtype=object)
    is_point = shapely.get_type_id(found) == shapely.GeometryType.POINT
    if not is_point.all():
        found[~is_point] = shapely.point_on_surface(found[~is_point])
    found[shapely.is_empty(found)] = None
    x, y = shapely.get_x(found), shapely.get_y(found)
    found[~(np.isfinite(x) & np.isfinite(y))] = None
    return found


def _notices(status: pd.Series) -> tuple[Notice, ...]:
    reasons = {
        "far": f"more than {FAR_M:g} m from every street; the way there counts as walked",
        "cut off": f"more than {CUT_OFF_M:g} m from every street, or without a place; "
        "nobody walks there",
    }
    notices = []
    for word, reason in reasons.items():
        found = status.index[status == word]
        if len(found):
            examples = tuple(str(one) for one in found[:3])
            notices.append(Notice("walk", "flagged", len(found), len(status), reason, examples))
    return tuple(notices)
