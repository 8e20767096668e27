"""Counts from a raster onto cells, by the exact share of each raster cell."""

from __future__ import annotations

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from siteplanner.cells.books import Books
from siteplanner.cells.ground import Ground
from siteplanner.cells.overlap import overlaps
from siteplanner.model import Notice
from siteplanner.sources.window import view_window, zonal

Numbers: TypeAlias = npt.NDArray[np.float64]
_STRAIGHT_M = 250.0
"""An edge this long bends by less than 2 mm in another system, far from the poles."""


def from_raster(layer: str, columns: list[str], ground: Ground) -> tuple[Numbers, list[Notice]]:
    """Sum up a raster of counts on cells.

    Parameters
    ----------
    layer, columns
        The raster, and its columns.
    ground
        The cells: polygons, in any CRS; the raster keeps its own.

    Returns
    -------
    Cells × columns, NaN where nothing is known; and the account of each.  A raster cell on an
    edge counts by the share of its own area, so that all of them together keep the total.  A
    number below 0 is unknown.
    """
    raster, study = ground.study.rasters[layer], ground.study
    region = gpd.GeoSeries([study.region], crs=study.crs)
    cell, _, shapes = overlaps(region.to_numpy(), ground.cells.to_numpy())
    within = gpd.GeoSeries(shapes, crs=study.crs)  # as for polygons: nobody from beyond
    within, whole = _dense(within), _dense(region)
    values = np.full((len(ground.cells), len(columns)), np.nan)
    notices = list[Notice]()
    for place, column in enumerate(columns):
        window = view_window(raster, column, region)
        values[cell, place] = zonal(window, within, "sum")
        total = np.nan_to_num(zonal(window, whole, "sum"))
        on_cells = np.nansum(values[:, place])
        books = Books(f"{layer}.", [column], total, unplaced=total - on_cells)
        notices += books.account(values[:, [place]], ground.in_area)
    return values, notices


def _dense(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Add points to long edges, which are no straight lines in the raster's own system."""
    dense = shapely.segmentize(shapes.to_numpy(), _STRAIGHT_M)
    return gpd.GeoSeries(dense, index=shapes.index, crs=shapes.crs)


def mean_of_raster(layer: str, column: str, ground: Ground) -> Numbers:
    """Average a raster over each cell, by the exact share of each raster cell."""
    raster, study = ground.study.rasters[layer], ground.study
    region = gpd.GeoSeries([study.region], crs=study.crs)
    return zonal(view_window(raster, column, region), ground.cells.set_crs(study.crs), "mean")
