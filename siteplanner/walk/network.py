"""The streets as a graph with two whole-number costs on every edge."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from scipy.sparse import csr_array

from siteplanner.model import Notice
from siteplanner.walk.profiles import Profile


@dataclass(frozen=True, eq=False)
class Network:
    """The connected streets that a profile can walk on; undirected.

    Parameters
    ----------
    nodes
        Easting and northing of every node (n × 2), in metres.
    edges
        One row per street edge, numbered from 0: ``u``, ``v`` (rows of ``nodes``),
        ``length_mm`` and ``time_ms`` (whole numbers, at least 1), ``geometry``
        (a LineString from ``u`` to ``v``).
    profile
        Who walks.
    notices
        What was dropped, mended or assumed.

    Notes
    -----
    Costs are whole millimetres and milliseconds, so that "at most 800 m" is exact.
    """

    nodes: NDArray[np.float64]
    edges: gpd.GeoDataFrame
    profile: Profile
    notices: tuple[Notice, ...] = ()

    @property
    def crs(self) -> CRS:
        """The projected CRS the network is in."""
        return CRS(self.edges.crs)

    @cached_property
    def is_proportional(self) -> bool:
        """Whether time is length over the profile's speed on every edge."""
        expected = time_ms(self.edges["length_mm"].to_numpy(), self.profile.speed_m_s)
        return bool(np.array_equal(expected, self.edges["time_ms"].to_numpy()))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything that can change a walk."""
        digest = hashlib.sha256(f"{self.profile.speed_m_s!r}{self.crs.to_wkt()}".encode())
        for column in ("u", "v", "length_mm", "time_ms"):
            digest.update(self.edges[column].to_numpy().tobytes())
        digest.update(self.nodes.tobytes())
        digest.update(shapely.get_coordinates(self.edges.geometry.array).tobytes())
        return digest.hexdigest()

    def graph(self, cost: str) -> csr_array:
        """Give the symmetric matrix of the cheapest edge between any two nodes.

        Parameters
        ----------
        cost
            ``length_mm`` or ``time_ms``.

        Returns
        -------
        Matrix (n × n) of whole numbers held as floats; absent is no edge.
        """
        if cost not in self._graphs:
            u, v, weight = (self.edges[name].to_numpy() for name in ("u", "v", cost))
            self._graphs[cost] = _cheapest(u, v, weight, len(self.nodes))
        return self._graphs[cost]

    @cached_property
    def _graphs(self) -> dict[str, csr_array]:
        return {}


def time_ms(length_mm: NDArray[Any], speed_m_s: float) -> NDArray[np.int64]:
    """Turn millimetres into whole milliseconds at a steady speed.

    Examples
    --------
    >>> time_ms(np.array([0, 804_000]), 1.34)
    array([     0, 600000])
    """
    return np.rint(length_mm / speed_m_s).astype(np.int64)


def _cheapest(
    u: NDArray[np.int64], v: NDArray[np.int64], cost: NDArray[np.int64], size: int
) -> csr_array:
    """Keep the cheapest of parallel edges, both ways; adding them up would be wrong."""
    start, end = np.concatenate([u, v]), np.concatenate([v, u])
    weight = np.concatenate([cost, cost]).astype(np.float64)
    order = np.lexsort((weight, end, start))
    start, end, weight = start[order], end[order], weight[order]
    first = np.ones(len(start), dtype=bool)
    first[1:] = (np.diff(start) != 0) | (np.diff(end) != 0)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(start[first], minlength=size))])
    return csr_array((weight[first], end[first], indptr), shape=(size, size))
