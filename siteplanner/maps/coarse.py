"""Numbers of single cells, so coarse that a public page may carry them."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from siteplanner.maps.packing import packed, packed_values

SMALLEST = 10
"""Counts are told in tens."""
STEPS = 20
"""Scores are told in twentieths."""


def coarse_counts(counts: NDArray[np.float64], cells: gpd.GeoDataFrame) -> dict[str, Any]:
    """Pack counts of people in tens; what is left over is handed to the next cell.

    Neighbours follow each other (along a Hilbert curve), so that a small count is merged with
    those beside it and the total stays right to the last ten.

    Parameters
    ----------
    counts
        One a cell; NaN is unknown and told as 0.
    cells
        The cells, in the order of ``counts``.

    Examples
    --------
    >>> from shapely import Point
    >>> street = gpd.GeoDataFrame(geometry=[Point(x, 0) for x in range(4)], crs=32618)
    >>> merged(np.array([4.0, 4.0, 4.0, 31.0]), street).tolist()
    [0, 0, 10, 30]
    """
    return {"start": 0.0, "step": 1.0, "coarse": SMALLEST, **packed_values(
        merged(counts, cells).astype(np.float64))}  # fmt: skip


def merged(counts: NDArray[np.float64], cells: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Give counts in tens, what is left over handed on; see `coarse_counts`."""
    order = np.argsort(cells.geometry.hilbert_distance().to_numpy(), kind="stable")
    so_far = np.cumsum(np.nan_to_num(counts[order]))
    tens = np.floor(so_far / SMALLEST + 1e-9).astype(np.int64)
    found = np.zeros(len(counts), dtype=np.int64)
    found[order] = SMALLEST * np.diff(tens, prepend=0)
    return found


def coarse_scores(scores: NDArray[np.float64]) -> dict[str, Any]:
    """Pack scores of 0..1 in twentieths; 255 is unknown.

    Examples
    --------
    >>> coarse_scores(np.array([0.51, np.nan]))["step"]
    0.05
    """
    steps = np.where(np.isnan(scores), 255, np.round(np.nan_to_num(scores) * STEPS))
    return {"start": 0.0, "step": 1 / STEPS, **packed(steps.astype(np.uint8))}
