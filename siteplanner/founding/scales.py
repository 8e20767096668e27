"""Scales of a first scenario, from where people may live: a guess to begin with."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.signal import fftconvolve
from shapely.geometry.base import BaseGeometry

STEP_M = 50.0
DETOUR = 1.3
"""A walk is about so much longer than the straight line: a common rule of thumb."""
HIGH_NEED = 0.75
"""What a person counts where need is high, as it is around the best sites."""
MOST_CELLS = 15_000


def people_around(
    at_m: NDArray[np.float64], people: NDArray[np.float64], limit_m: float
) -> NDArray[np.float64]:
    """Add up the people around each of them, as the crow flies, on squares of 50 m.

    Parameters
    ----------
    at_m
        Where they are, in metres (n × 2).
    people
        How many (n).
    limit_m
        Of a walk; the circle is narrower by the usual detour.

    Returns
    -------
    People around each (n).

    Examples
    --------
    >>> at = np.array([[0.0, 0.0], [100.0, 0.0], [5000.0, 0.0]])
    >>> people_around(at, np.array([1.0, 2.0, 4.0]), 500).tolist()
    [3.0, 3.0, 4.0]
    """
    cell = np.floor((at_m - at_m.min(axis=0)) / STEP_M).astype(np.int64)
    grid = np.zeros(cell.max(axis=0) + 1)
    np.add.at(grid, (cell[:, 0], cell[:, 1]), people)
    reach = int(limit_m / DETOUR / STEP_M)
    away = np.arange(-reach, reach + 1)
    disc = (away[:, None] ** 2 + away[None, :] ** 2 <= reach**2).astype(float)
    around = np.maximum(fftconvolve(grid, disc, mode="same"), 0)
    return np.asarray(np.round(around[cell[:, 0], cell[:, 1]], 6))


def density_scale(people: gpd.GeoDataFrame, limit_m: float) -> tuple[int, int]:
    """Give how many people 1 in 10 has fewer of around, and 1 in 10 more.

    Parameters
    ----------
    people
        Points in metres with ``residents``.
    limit_m
        The longest walk.

    Returns
    -------
    Two different round numbers.
    """
    count = people["residents"].to_numpy(dtype=float)
    around = people_around(_places(people.geometry.to_numpy()), count, limit_m)
    order = np.argsort(around, kind="stable")
    share = np.cumsum(count[order]) / count.sum()
    low, high = (rounded(around[order][np.searchsorted(share, one)]) for one in (0.1, 0.9))
    return low, max(high, low + 1)


def reach_scale(
    people: gpd.GeoDataFrame,
    limit_m: float,
    *,
    existing: NDArray[Any] | None = None,
    sites: NDArray[Any] | None = None,
) -> int:
    """Guess how many people in need the best 1 in 20 sites newly reaches.

    Parameters
    ----------
    people
        Points in metres with ``residents``.
    limit_m
        The longest walk.
    existing
        Shapes of the places that already serve; whoever is near one is not newly reached.
    sites
        Shapes of the possible sites; without them, the sites are where people are.

    Returns
    -------
    A round number, at least 1.
    """
    points = people.geometry.to_numpy()
    count = people["residents"].to_numpy(dtype=float).copy()
    if existing is not None and len(existing):
        near, _ = shapely.STRtree(existing).query(
            points, predicate="dwithin", distance=limit_m / DETOUR
        )
        count[np.unique(near)] = 0.0
    if sites is None or not len(sites):
        around = people_around(_places(points), count, limit_m)
    else:
        at = np.vstack([_places(points), _places(shapely.point_on_surface(sites))])
        everybody = np.concatenate([count, np.zeros(len(sites))])
        around = people_around(at, everybody, limit_m)[len(points) :]
    return max(rounded(HIGH_NEED * np.quantile(around, 0.95)), 1)


def _places(points: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(shapely.get_coordinates(points))


def rounded(number: float) -> int:
    """Round to two digits, whole.

    Examples
    --------
    >>> rounded(12345), rounded(7.6), rounded(0)
    (12000, 8, 0)
    """
    if number < 1:
        return 0
    step: int = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return round(float(number) / step) * step


def hexagons_m(area: BaseGeometry) -> int:
    """Give the width of hexagons that keeps their number below `MOST_CELLS`, 100 m at least.

    Parameters
    ----------
    area
        In metres.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> hexagons_m(box(0, 0, 1000, 1000)), hexagons_m(box(0, 0, 30_000, 30_000))
    (100, 300)
    """
    least = math.sqrt(area.area / MOST_CELLS / (math.sqrt(3) / 2))
    return max(100, math.ceil(least / 50) * 50)
