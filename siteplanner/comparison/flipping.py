"""Where an answer flips when space is drawn otherwise: by cell, and by site."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siteplanner.maps import Answer
from siteplanner.maps.audience import is_public

HALF = 0.5
"""A cell is within reach if at least half of it is: with a hard limit, all or nothing."""
Floats = NDArray[np.float64]
Key = tuple[str, str]


def reached_at(points: NDArray[np.object_], cells: gpd.GeoDataFrame, served: Floats) -> Floats:
    """Look up at points how fully the cells of another plan are reached.

    Parameters
    ----------
    points
        Shapely points.
    cells
        The other plan's cells, polygons or points, in the same CRS.
    served
        How fully each is reached, 0..1.

    Returns
    -------
    By point: that of the cell it lies in (the first of several); NaN where it lies in none.

    Examples
    --------
    >>> cells = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs=32618)
    >>> reached_at(shapely.points([[0.5, 0.5], [2.0, 2.0]]), cells, np.array([1.0])).tolist()
    [1.0, nan]
    """
    found = np.full(len(points), np.nan)
    tree = shapely.STRtree(cells.geometry.to_numpy())
    point, cell = tree.query(points, predicate="intersects")
    order = np.lexsort((-cell, point))  # the first cell is written last
    found[point[order]] = served[cell[order]]
    return found


def flips_at(cells: gpd.GeoDataFrame, reached: Mapping[Key, Floats]) -> gpd.GeoDataFrame:
    """Give the cells that are within reach in some variants and not in others.

    Parameters
    ----------
    cells
        The plan's, with ``in_area`` and ``served_after``.
    reached
        By variant: how fully each of the plan's cells is reached, 0..1; NaN is unknown.

    Returns
    -------
    Index ``cell``, those whose answer flips: ``reached`` by the plan (0 or 1), ``variants`` that
    know it, ``share`` of these in which it is within reach, and ``flips``, the share in which it
    is otherwise than in the plan.
    """
    inside = cells["in_area"].to_numpy(dtype=bool)
    served = cells["served_after"].to_numpy(dtype=float)
    table = np.array(list(reached.values()), dtype=float).reshape(len(reached), len(cells))
    known = ~np.isnan(table)
    many = known.sum(axis=0)
    share = np.where(known, table >= HALF, 0).sum(axis=0) / np.maximum(many, 1)
    own = served >= HALF
    found = gpd.GeoDataFrame(
        {
            "reached": own.astype(np.int64),
            "variants": many,
            "share": share.round(6),
            "flips": np.where(own, 1 - share, share).round(6),
        },
        index=cells.index.rename("cell"),
        geometry=cells.geometry.to_numpy(),
        crs=cells.crs,
    )
    here = inside & ~np.isnan(served) & (many > 0) & (found["flips"].to_numpy() > 0)
    return found[here]


def layers_for(
    answer: Answer, sites: gpd.GeoDataFrame, cells: gpd.GeoDataFrame
) -> dict[str, gpd.GeoDataFrame]:
    """Give the layers of ``flips.gpkg`` as the plan's audience may have them.

    Parameters
    ----------
    answer
        The plan's answer.
    sites, cells
        Where it flips: what `siteplanner.comparison.varying` gives.

    Returns
    -------
    ``sites`` and ``cells``; nothing of single cells is for the public.
    """
    found = {"sites": sites}
    if not is_public(answer):
        found["cells"] = cells
    return found


def site_flips(sites: pd.DataFrame, geometry: Mapping[str, Any], crs: Any) -> gpd.GeoDataFrame:
    """Put sites and how often sets have them on a map.

    Parameters
    ----------
    sites
        Index ``site``: ``chosen`` by the plan and ``share`` of the variants whose set has it.
    geometry
        By site.
    crs
        Of the geometry.

    Returns
    -------
    The table, with ``flips``: the share of the variants that answer otherwise than the plan.
    """
    flips = sites["share"].where(~sites["chosen"], 1 - sites["share"])
    table = sites.assign(chosen=sites["chosen"].astype(int), flips=flips.round(6))
    shapes = [geometry[str(one)] for one in table.index]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=crs)
