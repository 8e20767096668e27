"""Who can walk where: catchments between two sets of points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siteplanner.walk.network import Network, time_ms
from siteplanner.walk.search import FOREVER, Ends, nearest_of, walks_within
from siteplanner.walk.snapping import Snapped

MS_A_MINUTE = 60_000


@dataclass(frozen=True, eq=False)
class Catchment:
    """Every pair of an origin and a destination within reach.

    Parameters
    ----------
    minutes, metres
        Sparse matrices, origins × destinations, with the same pairs stored.  A stored 0
        is a walk of zero; a pair that is not stored is beyond the limit.  Adding,
        comparing or densifying them loses that difference.
    rows
        Labels of the origins.
    columns
        Labels of the destinations.
    """

    minutes: csr_array
    metres: csr_array
    rows: pd.Index
    columns: pd.Index


@dataclass(frozen=True)
class Pairs:
    """The same as a catchment, in whole numbers and without labels.

    Parameters
    ----------
    indptr, indices
        Compressed rows, as in scipy.
    length_mm, time_ms
        Cost of every stored pair.
    """

    indptr: NDArray[Any]
    indices: NDArray[Any]
    length_mm: NDArray[np.int64]
    time_ms: NDArray[np.int64]

    def labelled(self, rows: pd.Index, columns: pd.Index) -> Catchment:
        """Turn whole numbers into minutes and metres, with labels."""
        minutes, metres = (
            csr_array((data, self.indices, self.indptr), shape=(len(rows), len(columns)))
            for data in (self.time_ms / MS_A_MINUTE, self.length_mm / 1000)
        )
        return Catchment(minutes, metres, rows, columns)


def reach(
    network: Network,
    origins: Snapped,
    destinations: Snapped,
    *,
    limit_m: float | None = None,
    limit_min: float | None = None,
) -> Catchment:
    """Find who can walk where.

    The walk is the shortest one; it includes the straight bit between a point and its
    street at both ends.  It is found in whole millimetres (and milliseconds).

    Parameters
    ----------
    network
        The streets.
    origins, destinations
        Points snapped to that network.
    limit_m
        Longest walk in metres, inclusive.
    limit_min
        Longest walk in minutes, inclusive; where both are given, both hold.

    Returns
    -------
    The catchment.  Points that are cut off have no pairs.

    Raises
    ------
    ValueError
        If no limit is given.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from siteplanner.walk import PROFILES, build, snap
    >>> street = gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 1000 0)"], crs="EPSG:32618")
    >>> network = build(street.to_frame("geometry"), PROFILES["adult"])
    >>> homes = gpd.GeoSeries.from_xy([0, 150, 900], [0, 0, 0], crs="EPSG:32618")
    >>> shops = gpd.GeoSeries.from_xy([150], [0], index=["shop"], crs="EPSG:32618")
    >>> catchment = reach(network, snap(network, homes), snap(network, shops), limit_m=150)
    >>> catchment.metres.data, catchment.metres.indices, catchment.metres.indptr.tolist()
    (array([150.,   0.]), array([0, 0], dtype=int32), [0, 1, 2, 2])
    """
    pairs = find_pairs(network, origins, destinations, limit_m=limit_m, limit_min=limit_min)
    return pairs.labelled(origins.table.index, destinations.table.index)


def nearest(
    network: Network, origins: Snapped, destinations: Snapped, *, limit_m: float | None = None
) -> pd.DataFrame:
    """Find the nearest destination of every origin, by metres walked.

    Parameters
    ----------
    network
        The streets.
    origins, destinations
        Points snapped to that network.
    limit_m
        Longest walk in metres, inclusive; without it there is none.

    Returns
    -------
    On the origins' index: ``metres``, ``minutes`` (the fewest to any destination; both NaN
    where nothing is within the limit), ``nearest`` (label of the destination that is
    nearest in metres; of equally near ones the first; None where there is none).

    Examples
    --------
    >>> import geopandas as gpd
    >>> from siteplanner.walk import PROFILES, build, snap
    >>> street = gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 804 0)"], crs="EPSG:32618")
    >>> network = build(street.to_frame("geometry"), PROFILES["adult"])
    >>> home = gpd.GeoSeries.from_xy([0], [0], crs="EPSG:32618")
    >>> shops = gpd.GeoSeries.from_xy([804], [0], index=["shop"], crs="EPSG:32618")
    >>> nearest(network, snap(network, home), snap(network, shops))
       metres  minutes nearest
    0   804.0     10.0    shop
    """
    limit = FOREVER if limit_m is None else _whole(limit_m * 1000)
    starts = _ends(network, origins, "length_mm")
    aims = _ends(network, destinations, "length_mm")
    length, which = nearest_of(network.graph("length_mm"), starts, aims, limit=limit)
    metres, minutes = np.full((2, len(origins.table)), np.nan)
    label = np.full(len(origins.table), None, dtype=object)
    hit = which >= 0
    row = starts.row[hit]
    metres[row] = length[hit] / 1000
    minutes[row] = _least_ms(network, origins, destinations, length)[hit] / MS_A_MINUTE
    label[row] = destinations.table.index.to_numpy(dtype=object)[aims.row[which[hit]]]
    nearest_label = pd.Series(label, index=origins.table.index, dtype=object)
    columns = {"metres": metres, "minutes": minutes, "nearest": nearest_label}
    return pd.DataFrame(columns, index=origins.table.index)


def find_pairs(
    network: Network,
    origins: Snapped,
    destinations: Snapped,
    *,
    limit_m: float | None = None,
    limit_min: float | None = None,
) -> Pairs:
    """Find who can walk where, in whole numbers and without labels; see `reach`.

    Raises
    ------
    ValueError
        If no limit is given.
    """
    if limit_m is None and limit_min is None:
        msg = "no limit; give limit_m, limit_min or both"
        raise ValueError(msg)
    limit_mm = FOREVER if limit_m is None else _whole(limit_m * 1000)
    limit_ms = FOREVER if limit_min is None else _whole(limit_min * MS_A_MINUTE)
    speed = network.profile.speed_m_s
    if network.is_proportional:
        bound = min(limit_mm, np.ceil((limit_ms + 1) * speed))
        row, column, mm = _search(network, origins, destinations, "length_mm", bound)
        ms = time_ms(mm, speed)
        keep = (mm <= limit_mm) & (ms <= limit_ms)
        row, column, mm, ms = row[keep], column[keep], mm[keep], ms[keep]
    else:
        row, column, mm, ms = _both(network, origins, destinations, limit_mm, limit_ms)
    counts = np.bincount(row, minlength=len(origins.table))
    indptr = np.concatenate([[0], np.cumsum(counts)])
    index_type = np.int32 if max(len(row), len(destinations.table)) < 2**31 else np.int64
    return Pairs(indptr.astype(index_type), column.astype(index_type), mm, ms)


def _whole(limit: float) -> float:
    """Round a limit down to a whole number, forgiving what decimals cannot say."""
    return float(np.floor(limit + 1e-6))


def _ends(network: Network, points: Snapped, cost: str) -> Ends:
    """Cost from every point that is not cut off to both ends of its edge."""
    table = points.table
    row = np.flatnonzero(table["edge"].to_numpy() >= 0)
    edge = table["edge"].to_numpy()[row]
    edges = network.edges
    length = edges["length_mm"].to_numpy()[edge].astype(np.float64)
    whole = edges[cost].to_numpy()[edge].astype(np.float64)
    along = table["along_mm"].to_numpy()[row].astype(np.float64)
    offset = table["offset_mm"].to_numpy()[row].astype(np.float64)
    if cost == "time_ms":
        along = np.rint(along / length * whole)
        offset = np.rint(offset / network.profile.speed_m_s)
    u, v = (edges[end].to_numpy()[edge] for end in ("u", "v"))
    return Ends(row, edge, u, v, along, offset, offset + along, offset + whole - along)


def _search(
    network: Network, origins: Snapped, destinations: Snapped, cost: str, limit: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    metres_a_unit = _fastest_m(network) if cost == "time_ms" else 1e-3
    # rounding to whole units and joined line ends may make a walk look a little shorter
    radius_m = np.inf if limit >= FOREVER else limit * metres_a_unit * 1.05 + 10.0
    return walks_within(
        network.graph(cost),
        network.nodes,
        _ends(network, origins, cost),
        _ends(network, destinations, cost),
        limit=limit,
        radius_m=float(radius_m),
    )


def _both(
    network: Network, origins: Snapped, destinations: Snapped, limit_mm: float, limit_ms: float
) -> tuple[NDArray[np.int64], ...]:
    """Shortest and fastest walk of every pair, where they are not the same one."""
    speed = network.profile.speed_m_s
    length, time = (network.edges[one].to_numpy() for one in ("length_mm", "time_ms"))
    slowest = max(float((time / length).max()), 1 / speed)
    fastest = max(float((length / time).max()), speed)
    limits = {
        "length_mm": min(limit_mm, np.ceil((limit_ms + 1) * fastest)),
        "time_ms": min(limit_ms, np.ceil((limit_mm + 1) * slowest)),
    }
    width = len(destinations.table)
    keys, costs = [], []
    for cost, limit in limits.items():
        row, column, found = _search(network, origins, destinations, cost, limit)
        keys.append(row * width + column)
        costs.append(found)
    both, at_mm, at_ms = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    row, column = np.divmod(both, max(width, 1))
    return row, column, costs[0][at_mm], costs[1][at_ms]


def _fastest_m(network: Network) -> float:
    """Metres a millisecond on the fastest edge."""
    length, time = (network.edges[one].to_numpy() for one in ("length_mm", "time_ms"))
    return max(float((length / time).max()), network.profile.speed_m_s) / 1000


def _least_ms(
    network: Network, origins: Snapped, destinations: Snapped, length_mm: NDArray[np.float64]
) -> NDArray[Any]:
    """Time to the nearest destination, given how far the nearest one is."""
    if network.is_proportional:
        return np.rint(length_mm / network.profile.speed_m_s)
    starts, aims = (_ends(network, points, "time_ms") for points in (origins, destinations))
    time, _ = nearest_of(network.graph("time_ms"), starts, aims, limit=FOREVER)
    return time
