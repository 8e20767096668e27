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
from siteplanner.walk.compact_graph import CompactGraph, compact, neighbours_together
from siteplanner.walk.profiles import Profile
from siteplanner.walk.timing import Part


@dataclass(frozen=True, eq=False)
class Network:
    """The connected streets that a profile can walk on, both ways.

    Parameters
    ----------
    nodes
        Easting and northing of every node (n × 2), in metres.
    edges
        One row per street edge, numbered from 0: ``u``, ``v`` (rows of ``nodes``),
        ``length_mm``, ``time_ms`` (from ``u`` to ``v``) and ``back_ms`` (from ``v`` to ``u``;
        without it as ``time_ms``), whole numbers and at least 1, ``geometry`` (a LineString
        from ``u`` to ``v``).
    profile
        Who walks.
    notices
        What was dropped, mended or assumed.
    parts
        What the time is made of besides walking on flat ground; see `siteplanner.walk.timing`.

    Notes
    -----
    Costs are whole millimetres and milliseconds, so that "at most 800 m" is exact.
    """

    nodes: NDArray[np.float64]
    edges: gpd.GeoDataFrame
    profile: Profile
    notices: tuple[Notice, ...] = ()
    parts: tuple[Part, ...] = ()

    @property
    def crs(self) -> CRS:
        """The projected CRS the network is in."""
        return CRS(self.edges.crs)

    @cached_property
    def is_proportional(self) -> bool:
        """Whether time is length over the profile's speed on every edge, both ways."""
        expected = time_ms(self.edges["length_mm"].to_numpy(), self.profile.speed_m_s)
        costs = (self.costs("time_ms", back=back) for back in (False, True))
        return all(np.array_equal(expected, one) for one in costs)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything that can change a walk."""
        digest = hashlib.sha256(f"{self.profile.speed_m_s!r}{self.crs.to_wkt()}".encode())
        for column in ("u", "v", "length_mm", "time_ms"):
            digest.update(self.edges[column].to_numpy().tobytes())
        digest.update(self.costs("time_ms", back=True).tobytes())
        digest.update(self.nodes.tobytes())
        digest.update(shapely.get_coordinates(self.edges.geometry.array).tobytes())
        return digest.hexdigest()

    def costs(self, cost: str, *, back: bool = False) -> NDArray[np.int64]:
        """Give the cost of every edge, from ``u`` to ``v`` or back.

        Parameters
        ----------
        cost
            ``length_mm`` or ``time_ms``.
        back
            From ``v`` to ``u``.
        """
        name = "back_ms" if back and cost == "time_ms" and "back_ms" in self.edges else cost
        found: NDArray[np.int64] = self.edges[name].to_numpy(dtype=np.int64)
        return found

    def graph(self, cost: str) -> csr_array:
        """Give the matrix of the cheapest edge from any node (row) to any other (column).

        Parameters
        ----------
        cost
            ``length_mm`` (symmetric) or ``time_ms`` (may differ by direction).

        Returns
        -------
        Matrix (n × n) of whole numbers held as floats; absent is no edge.
        """
        if cost not in self._graphs:
            u, v = (self.edges[name].to_numpy() for name in ("u", "v"))
            there, back = self.costs(cost), self.costs(cost, back=True)
            self._graphs[cost] = _cheapest(u, v, there, back, len(self.nodes))
        return self._graphs[cost]

    def streets(self, cost: str) -> tuple[CompactGraph, CompactGraph]:
        """Give the same matrix in the compact form that searches use, and its transpose.

        Parameters
        ----------
        cost
            ``length_mm`` or ``time_ms``.

        Returns
        -------
        Both directions; the same graph twice where all costs are the same both ways.
        """
        if cost not in self._streets:
            graph = self.graph(cost)
            there = compact(graph, self._order)
            back = self.costs(cost, back=True)
            alike = np.array_equal(self.costs(cost), back)
            turned = there if alike else compact(csr_array(graph.T.tocsr()), self._order)
            self._streets[cost] = there, turned
        return self._streets[cost]

    @cached_property
    def _order(self) -> NDArray[np.int64]:
        return neighbours_together(self.nodes)

    @cached_property
    def _graphs(self) -> dict[str, csr_array]:
        return {}

    @cached_property
    def _streets(self) -> dict[str, tuple[CompactGraph, CompactGraph]]:
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
    u: NDArray[np.int64],
    v: NDArray[np.int64],
    there: NDArray[np.int64],
    back: NDArray[np.int64],
    size: int,
) -> csr_array:
    """Keep the cheapest of parallel edges, each way; adding them up would be wrong."""
    start, end = np.concatenate([u, v]), np.concatenate([v, u])
    weight = np.concatenate([there, back]).astype(np.float64)
    order = np.lexsort((weight, end, start))
    start, end, weight = start[order], end[order], weight[order]
    first = np.ones(len(start), dtype=bool)
    first[1:] = (np.diff(start) != 0) | (np.diff(end) != 0)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(start[first], minlength=size))])
    return csr_array((weight[first], end[first], indptr), shape=(size, size))
