"""Walks as the crow flies, for a project that has no streets yet."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from siteplanner.model import Notice, Walk
from siteplanner.walk.catchment import Catchment, insist_on_limits
from siteplanner.walk.explaining import MS_A_MINUTE, Explanation, two_places
from siteplanner.walk.profiles import Profile

NOTICE = Notice(
    "walk as the crow flies",
    "info",
    0,
    0,
    "no streets are given, so walks are measured as the crow flies: real walks are longer, and "
    "rivers, railways and walls do not count; do not compare the result with one on streets",
)


class StraightWalker:
    """Answers who can walk where as if the ground were open; see `siteplanner.walk.Walker`.

    Parameters
    ----------
    profile
        Who walks, for the minutes.
    walk
        The scenario's ``[walk]``, for its limits.

    Examples
    --------
    >>> from siteplanner.walk import PROFILES
    >>> walker = StraightWalker(PROFILES["adult"], Walk(limit_m=500))
    >>> homes = gpd.GeoSeries.from_xy([0, 300], [0, 400], crs="EPSG:32618")
    >>> walker.reach(homes, homes.iloc[:1]).metres.data
    array([  0., 500.])
    """

    streets: gpd.GeoDataFrame | None = None

    def __init__(self, profile: Profile, walk: Walk) -> None:
        self.profile = profile
        self.walk = walk
        self.notices: tuple[Notice, ...] = (NOTICE,)

    def reach(
        self,
        origins: gpd.GeoSeries,
        destinations: gpd.GeoSeries,
        *,
        limit_m: float | None = None,
        limit_min: float | None = None,
    ) -> Catchment:
        """Find who can walk where; see `siteplanner.walk.Walker.reach`."""
        if limit_m is None and limit_min is None:
            limit_m, limit_min = self.walk.limit_m, self.walk.limit_min
        insist_on_limits(limit_m=limit_m, limit_min=limit_min)
        speed_m_min = 60 * self.profile.speed_m_s
        given = [limit_m, None if limit_min is None else limit_min * speed_m_min]
        limit = min(one for one in given if one is not None)
        starts, aims = _trees(origins), _trees(destinations)
        pairs = starts.sparse_distance_matrix(aims, limit + 0.001, output_type="ndarray")
        metres = np.round(pairs["v"], 3)  # whole millimetres, as on streets
        kept = metres <= limit
        order = np.lexsort((pairs["j"][kept], pairs["i"][kept]))
        row, column = pairs["i"][kept][order], pairs["j"][kept][order]
        indptr = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(origins)))])
        values, shape = metres[kept][order], (len(origins), len(destinations))
        return Catchment(
            csr_array((values / speed_m_min, column, indptr), shape=shape),
            csr_array((values, column, indptr), shape=shape),
            origins.index,
            destinations.index,
        )

    def nearest(
        self,
        origins: gpd.GeoSeries,
        destinations: gpd.GeoSeries,
        *,
        limit_m: float | None = None,
    ) -> pd.DataFrame:
        """Find the nearest destination of every origin; see `siteplanner.walk.nearest`."""
        insist_on_limits(limit_m=limit_m)
        metres, number = _trees(destinations).query(
            _trees(origins).data, distance_upper_bound=np.inf if limit_m is None else limit_m + 1e-3
        )
        metres = np.where(np.isfinite(metres), np.round(metres, 3), np.nan)
        names = np.array([*destinations.index, None], dtype=object)
        return pd.DataFrame(
            {
                "metres": metres,
                "minutes": metres / (60 * self.profile.speed_m_s),
                "nearest": names[np.where(np.isnan(metres), len(destinations), number)],
            },
            index=origins.index,
        )

    def explain(self, origin: Any, destination: Any) -> Explanation:
        """Show the straight walk between two points; see `siteplanner.walk.Walker.explain`.

        Its table has one row, ``as the crow flies``, and no CRS.
        """
        starts, aims = (
            shapely.get_coordinates(shapely.point_on_surface(place))
            for place in two_places(origin, destination)
        )
        if not (len(starts) and len(aims)):
            msg = "the origin or the destination is empty; give two points"
            raise ValueError(msg)
        metres = round(float(np.hypot(*(aims[0] - starts[0]))), 3)
        minutes = metres / (60 * self.profile.speed_m_s)
        ms = round(minutes * MS_A_MINUTE)
        line = shapely.LineString([starts[0], aims[0]])
        row = {"metres": metres, "minutes": minutes, "time_ms": ms, "flat_ms": ms}
        table = gpd.GeoDataFrame({"what": ["as the crow flies"], **row}, geometry=[line])
        return Explanation(table, minutes, metres, pd.Series({"flat": ms}), {})

    def cut_off(self, points: gpd.GeoSeries) -> pd.Series:
        """Say which points cannot be walked from: on open ground none."""
        return pd.Series(data=False, index=points.index)

    def remarks(self, points: gpd.GeoSeries) -> tuple[Notice, ...]:  # noqa: ARG002
        """Say which points are far from every street: on open ground none."""
        return ()


def _trees(points: gpd.GeoSeries) -> KDTree:
    return KDTree(shapely.get_coordinates(shapely.point_on_surface(points.to_numpy())))
