"""The network with the scenario's limits and a memory: what measures ask."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siteplanner.model import Notice, Walk
from siteplanner.walk.building import build, named
from siteplanner.walk.cache import Cache, key_of
from siteplanner.walk.catchment import Catchment, Pairs, find_pairs, nearest
from siteplanner.walk.conditions import Conditions
from siteplanner.walk.explaining import Explanation, explain
from siteplanner.walk.network import Network
from siteplanner.walk.profiles import Profile
from siteplanner.walk.snapping import Snapped, snap
from siteplanner.walk.timing import Part

REMEMBERED = 32
"""Catchments and snapped points kept in memory; the oldest goes first."""

NUMBERS = ("u", "v", "length_mm", "time_ms", "back_ms", "row")
"""Columns of a network's edges that are kept between runs."""

Result = TypeVar("Result")


class Walker:
    """Answers who can walk where, each question only once.

    Parameters
    ----------
    network
        The streets, for the scenario's profile.
    walk
        The scenario's ``[walk]``, for its limits.
    cache
        Keeps catchments between runs.

    Examples
    --------
    >>> from siteplanner.walk import PROFILES
    >>> street = gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 1000 0)"], crs="EPSG:32618")
    >>> network = build(street.to_frame("geometry"), PROFILES["adult"])
    >>> walker = Walker(network, Walk(network="streets", limit_m=500))
    >>> homes = gpd.GeoSeries.from_xy([0, 900], [0, 0], crs="EPSG:32618")
    >>> walker.reach(homes, homes).metres.nnz
    2
    """

    def __init__(self, network: Network, walk: Walk, *, cache: Cache | None = None) -> None:
        self.network = network
        self.walk = walk
        self.profile = network.profile
        self.notices = network.notices
        self.streets: gpd.GeoDataFrame | None = network.edges[["geometry"]]
        self._cache = cache
        self._pairs: dict[str, Pairs] = {}
        self._points: dict[str, Snapped] = {}

    def reach(
        self,
        origins: gpd.GeoSeries,
        destinations: gpd.GeoSeries,
        *,
        limit_m: float | None = None,
        limit_min: float | None = None,
    ) -> Catchment:
        """Find who can walk where.

        Parameters
        ----------
        origins, destinations
            Points in the network's CRS; other geometries count at a point inside them.
        limit_m, limit_min
            Longest walk, inclusive; where both are given, both hold.  Where neither is,
            the scenario's limits do.

        Returns
        -------
        The catchment, on the two indexes.

        Raises
        ------
        ValueError
            If a limit is no number of 0 or more, or points are in another CRS.
        """
        if limit_m is None and limit_min is None:
            limit_m, limit_min = self.walk.limit_m, self.walk.limit_min
        starts, aims = self.snapped(origins), self.snapped(destinations)
        limits = f"{limit_m!r} {limit_min!r}"
        key = key_of(
            "pairs", self.network.fingerprint, starts.fingerprint, aims.fingerprint, limits
        )

        def search() -> Pairs:
            stored = _load_pairs(self._cache, key)
            if stored is not None:
                return stored
            found = find_pairs(self.network, starts, aims, limit_m=limit_m, limit_min=limit_min)
            if self._cache is not None:
                self._cache.save(key, _pairs_to_arrays(found))
            return found

        pairs = _remembered(self._pairs, key, search)
        return pairs.labelled(origins.index, destinations.index)

    def nearest(
        self,
        origins: gpd.GeoSeries,
        destinations: gpd.GeoSeries,
        *,
        limit_m: float | None = None,
    ) -> pd.DataFrame:
        """Find the nearest destination of every origin; see `siteplanner.walk.nearest`."""
        starts, aims = self.snapped(origins), self.snapped(destinations)
        return nearest(self.network, starts, aims, limit_m=limit_m)

    def explain(self, origin: Any, destination: Any) -> Explanation:
        """Show the walk between two points by part; see `siteplanner.walk.explain`.

        Parameters
        ----------
        origin, destination
            Shapely points in the network's CRS, such as elements of a geometry column; other
            geometries count at a point inside them.

        Returns
        -------
        The walk and its parts.

        Raises
        ------
        TypeError
            If origin or destination is no geometry, but an id for example.
        ValueError
            If a point is more than 200 m from every street, or no street leads there.
        """
        return explain(self.network, origin, destination)

    def snapped(self, points: gpd.GeoSeries) -> Snapped:
        """Find where points meet the street; see `siteplanner.walk.snap`."""
        shapes = b"".join(one or b"-" for one in shapely.to_wkb(points.to_numpy()))
        key = key_of("points", str(points.crs), shapes, repr(points.index.tolist()))
        return _remembered(self._points, key, lambda: snap(self.network, points))

    def cut_off(self, points: gpd.GeoSeries) -> pd.Series:
        """Say which points are too far from every street to be walked from."""
        return self.snapped(points).table["edge"] < 0

    def remarks(self, points: gpd.GeoSeries) -> tuple[Notice, ...]:
        """Say which points are far from every street."""
        return self.snapped(points).notices


def build_cached(
    table: gpd.GeoDataFrame,
    profile: Profile,
    cache: Cache | None,
    conditions: Conditions | None = None,
) -> Network:
    """Make the walking network, or take it from the cache; see `siteplanner.walk.build`.

    Parameters
    ----------
    table
        Street lines in a projected CRS in metres.
    profile
        Who walks.
    cache
        Keeps networks between runs; None builds anew.
    conditions
        Heights, penalties and barriers; without them all streets are flat and alike.

    Returns
    -------
    The same network either way.

    Raises
    ------
    InputError
        If nothing can be walked on, or the CRS is not in metres.
    """
    conditions = conditions or Conditions()
    if cache is None:
        return build(table, profile, conditions)
    columns = [name for name in ("u", "v", "steps", "bridge") if name in table]
    parts = [np.asarray(table[name].astype(object).map(repr), dtype=str) for name in columns]
    about_rows = [name for name, one in conditions.penalties.items() if one.layer is None]
    key = key_of(
        "network",
        repr(profile),
        str(table.crs),
        b"".join(one or b"-" for one in shapely.to_wkb(table.geometry.to_numpy())),
        *columns,
        *(part.tobytes() for part in parts),
        conditions.fingerprint,
        *(conditions.rows(name, table).tobytes() for name in about_rows),
    )
    stored = cache.load(key)
    if stored is not None:
        return _network_from_arrays(stored, table, profile)
    network = build(table, profile, conditions)
    cache.save(key, _network_to_arrays(network))
    return network


def _remembered(memory: dict[str, Result], key: str, make: Callable[[], Result]) -> Result:
    if key not in memory:
        while len(memory) >= REMEMBERED:
            memory.pop(next(iter(memory)))
        memory[key] = make()
    return memory[key]


def _pairs_to_arrays(pairs: Pairs) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = dict(vars(pairs))
    for name in ("length_mm", "time_ms"):
        if arrays[name].max(initial=0) < 2**32:
            arrays[name] = arrays[name].astype(np.uint32)
    return arrays


def _load_pairs(cache: Cache | None, key: str) -> Pairs | None:
    arrays = cache.load(key) if cache is not None else None
    if arrays is None:
        return None
    costs = {name: arrays[name].astype(np.int64) for name in ("length_mm", "time_ms")}
    return Pairs(arrays["indptr"], arrays["indices"], **costs)


def _network_to_arrays(network: Network) -> dict[str, NDArray[Any]]:
    _, coordinates, (offsets,) = shapely.to_ragged_array(network.edges.geometry.to_numpy())
    notices = json.dumps([asdict(one) for one in network.notices])
    parts = json.dumps([(one.name, one.title) for one in network.parts])
    costs = {f"part {n}": np.stack([one.ms, one.back_ms]) for n, one in enumerate(network.parts)}
    return {
        "nodes": network.nodes,
        "coordinates": coordinates,
        "offsets": offsets,
        "notices": np.array(notices),
        "parts": np.array(parts),
        **{name: network.edges[name].to_numpy() for name in NUMBERS},
        **costs,
    }


def _network_from_arrays(
    arrays: dict[str, NDArray[Any]], table: gpd.GeoDataFrame, profile: Profile
) -> Network:
    geometry = shapely.from_ragged_array(
        shapely.GeometryType.LINESTRING, arrays["coordinates"], (arrays["offsets"],)
    )
    numbers = {name: arrays[name] for name in NUMBERS}
    edges = gpd.GeoDataFrame(numbers, geometry=geometry, crs=table.crs)
    notices = tuple(
        Notice(**{**one, "examples": tuple(one["examples"])})
        for one in json.loads(str(arrays["notices"]))
    )
    parts = tuple(
        Part(name, title, *arrays[f"part {number}"])
        for number, (name, title) in enumerate(json.loads(str(arrays["parts"])))
    )
    return Network(arrays["nodes"], named(edges, table), profile, notices, parts)
