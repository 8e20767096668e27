"""Who can walk where: catchments between two sets of points."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from siteplanner.walk.ends import Ends
from siteplanner.walk.network import Network, time_ms
from siteplanner.walk.search import FOREVER, nearest_of, walks_within
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

    Metres are those of the shortest walk, minutes those of the fastest one from the origin to
    the destination; on flat ground without penalties that is the same walk.  Both include the
    straight bit between a point and its street at both ends.  They are found in whole
    millimetres (and milliseconds).

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
    insist_on_limits(limit_m=limit_m)
    limit = FOREVER if limit_m is None else _whole(limit_m * 1000)
    starts = _ends(network, origins, "length_mm")
    aims = _ends(network, destinations, "length_mm")
    _, back = network.streets("length_mm")
    length, which = nearest_of(back, starts, aims, limit=limit)
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
        If no limit is given, or one is no number of 0 or more.
    """
    if limit_m is None and limit_min is None:
        msg = "no limit; give limit_m, limit_min or both"
        raise ValueError(msg)
    insist_on_limits(limit_m=limit_m, limit_min=limit_min)
    limit_mm = None if limit_m is None else _whole(limit_m * 1000)
    limit_ms = None if limit_min is None else _whole(limit_min * MS_A_MINUTE)
    find = _proportional if network.is_proportional else _both
    mm, ms = find(network, origins, destinations, limit_mm, limit_ms)
    return Pairs(mm.indptr, mm.indices, mm.data.astype(np.int64), ms.astype(np.int64))


def insist_on_limits(**limits: float | None) -> None:
    """Check that limits are numbers; None is no limit.

    Raises
    ------
    ValueError
        If one is not a number of 0 or more.

    Examples
    --------
    >>> insist_on_limits(limit_m=float("nan"))
    Traceback (most recent call last):
    ValueError: limit_m is nan; give a number of 0 or more
    """
    for name, limit in limits.items():
        if limit is not None and not (isinstance(limit, Real) and limit >= 0):
            msg = f"{name} is {limit!r}; give a number of 0 or more"
            raise ValueError(msg)


def _whole(limit: float) -> int:
    """Round a limit down to a whole number, forgiving what decimals cannot say."""
    return int(min(np.floor(limit + 1e-6), FOREVER))


def _ends(network: Network, points: Snapped, cost: str) -> Ends:
    """Cost between every point that is not cut off and both ends of its edge."""
    table = points.table
    row = np.flatnonzero(table["edge"].to_numpy() >= 0)
    edge, along, offset = (
        table[name].to_numpy(dtype=np.int64)[row] for name in ("edge", "along_mm", "offset_mm")
    )
    u, v, length = (network.edges[name].to_numpy()[edge] for name in ("u", "v", "length_mm"))
    there, back = (network.costs(cost, back=way)[edge] for way in (False, True))
    down = up = along
    if cost == "time_ms":
        down, up = (np.rint(along / length * one).astype(np.int64) for one in (there, back))
        offset = time_ms(offset, network.profile.speed_m_s)
    to_v, from_v = offset + there - down, offset + back - up
    ways = offset + up, to_v, offset + down, from_v
    return Ends(row, edge, u, v, offset, down, up, *ways, size=len(table))


def _search(
    network: Network, origins: Snapped, destinations: Snapped, cost: str, limit: int
) -> csr_array:
    starts, aims = (_ends(network, points, cost) for points in (origins, destinations))
    return walks_within(network.streets(cost), starts, aims, limit=limit)


def _proportional(
    network: Network,
    origins: Snapped,
    destinations: Snapped,
    limit_mm: int | None,
    limit_ms: int | None,
) -> tuple[csr_array, NDArray[np.int64]]:
    """Shortest walk of every pair, where it is the fastest one too."""
    speed = network.profile.speed_m_s
    limits = [limit_mm, None if limit_ms is None else int(np.ceil((limit_ms + 1) * speed))]
    walks = _search(
        network, origins, destinations, "length_mm", min(one for one in limits if one is not None)
    )
    ms = time_ms(walks.data, speed)
    if limit_ms is not None and ms.max(initial=0) > limit_ms:
        keep = ms <= limit_ms
        walks, ms = _kept(walks, keep), ms[keep]
    return walks, ms


def _both(
    network: Network,
    origins: Snapped,
    destinations: Snapped,
    limit_mm: int | None,
    limit_ms: int | None,
) -> tuple[csr_array, NDArray[np.int64]]:
    """Shortest and fastest walk of every pair, where they are not the same one."""
    speed = network.profile.speed_m_s
    if limit_mm is not None:
        mm = _search(network, origins, destinations, "length_mm", limit_mm)
        if limit_ms is None:
            return mm, _of_pairs(network, origins, destinations, "time_ms", mm, limit_mm / speed)
        ms = _search(network, origins, destinations, "time_ms", limit_ms)
        one, other = _common(mm, ms)
        keep = np.zeros(mm.nnz, dtype=bool)
        keep[one] = True
        return _kept(mm, keep), ms.data[other]
    assert limit_ms is not None  # noqa: S101
    ms = _search(network, origins, destinations, "time_ms", limit_ms)
    length = _of_pairs(network, origins, destinations, "length_mm", ms, limit_ms * speed)
    mm = csr_array((length, ms.indices, ms.indptr), shape=ms.shape)
    return mm, ms.data


def _of_pairs(
    network: Network,
    origins: Snapped,
    destinations: Snapped,
    cost: str,
    pairs: csr_array,
    guess: float,
) -> NDArray[np.int64]:
    """Find another cost of pairs that are known, with a limit that grows until all have it."""
    starts, aims = (_ends(network, points, cost) for points in (origins, destinations))
    found = np.full(pairs.nnz, -1, dtype=np.int64)
    row = np.repeat(np.arange(pairs.shape[0]), np.diff(pairs.indptr))
    limit = max(guess, 1000.0)
    while (missing := found < 0).any():
        limit *= 1.5
        here = starts[np.isin(starts.row, row[missing])]
        there = aims[np.isin(aims.row, pairs.indices[missing])]
        walks = walks_within(network.streets(cost), here, there, limit=_whole(limit) + 1000)
        one, other = _common(pairs, walks)
        found[one] = walks.data[other]
    return found


def _common(one: csr_array, other: csr_array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the places of pairs that both have, in each of them."""
    keys = []
    for walks in (one, other):
        row = np.repeat(np.arange(walks.shape[0]), np.diff(walks.indptr))
        keys.append(row * walks.shape[1] + walks.indices)
    _, at_one, at_other = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    return at_one, at_other


def _kept(walks: csr_array, keep: NDArray[np.bool_]) -> csr_array:
    """Keep some of the pairs."""
    before = np.concatenate([[0], np.cumsum(keep)]).astype(walks.indptr.dtype)
    indptr = before[walks.indptr]
    return csr_array((walks.data[keep], walks.indices[keep], indptr), shape=walks.shape)


def _least_ms(
    network: Network, origins: Snapped, destinations: Snapped, length_mm: NDArray[np.float64]
) -> NDArray[Any]:
    """Time to the quickest destination, given how far the nearest one is."""
    if network.is_proportional:
        return np.rint(length_mm / network.profile.speed_m_s)
    starts, aims = (_ends(network, points, "time_ms") for points in (origins, destinations))
    _, back = network.streets("time_ms")
    time, _ = nearest_of(back, starts, aims, limit=FOREVER)
    return time
