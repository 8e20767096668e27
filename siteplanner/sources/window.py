"""The part of a raster that a study looks at, and its cells summed up by zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.warp
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from pyproj import CRS
from rasterio.windows import Window as Pixels
from rasterio.windows import from_bounds

from siteplanner.sources.source import Raster

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Window:
    """A rectangle of raster cells in memory.

    Parameters
    ----------
    values
        Rows × columns, the northernmost row first; NaN is unknown.
    bounds
        West, south, east, north, in `crs`.
    crs
        Where the cells lie.
    """

    values: Values
    bounds: tuple[float, float, float, float]
    crs: CRS

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell, in the unit of `crs`."""
        west, south, east, north = self.bounds
        rows, columns = self.values.shape
        return (east - west) / columns, (north - south) / rows


def read_window(raster: Raster, column: str | None, around: gpd.GeoSeries) -> Window:
    """Read the cells of a raster that lie around some geometries.

    Parameters
    ----------
    raster
        As `siteplanner.sources.read` gives it.
    column
        Declared name of the band; None where the raster declares one at most.
    around
        Geometries in any CRS.  Two cells more on each side are read, where there are any.

    Returns
    -------
    The cells in the raster's own CRS; a count below 0 is unknown.  Without any cell there: one
    unknown cell.
    """
    band = raster.bands[column] if column else next(iter(raster.bands.values()), 1)
    with rasterio.open(raster.path) as opened:
        box = around.to_crs(raster.crs).total_bounds
        near = from_bounds(*box, transform=opened.transform)
        top, left = np.floor([near.row_off, near.col_off]) - 2
        bottom = np.ceil(near.row_off + near.height) + 2
        right = np.ceil(near.col_off + near.width) + 2
        top, bottom = np.clip([top, bottom], 0, opened.height)
        left, right = np.clip([left, right], 0, opened.width)
        if bottom <= top or right <= left:
            west, south, east, north = (float(edge) for edge in box)
            return Window(np.full((1, 1), np.nan), (west, south, east, north), raster.crs)
        pixels = Pixels(left, top, right - left, bottom - top)
        values = opened.read(band, window=pixels, out_dtype="float64")
        values[opened.read_masks(band, window=pixels) == 0] = np.nan
        if raster.nodata is not None:
            values[values == raster.nodata] = np.nan
        if column in raster.counts:
            values[values < 0] = np.nan
        return Window(values, opened.window_bounds(pixels), raster.crs)


def warp(window: Window, crs: CRS) -> Window:
    """Resample a window bilinearly into another CRS; the same window where it is in it.

    Examples
    --------
    >>> window = Window(np.ones((2, 2)), (0, 0, 20, 20), CRS.from_epsg(32618))
    >>> warp(window, CRS.from_epsg(32618)) is window
    True
    """
    if window.crs == crs:
        return window
    rows, columns = window.values.shape
    transform = rasterio.transform.from_bounds(*window.bounds, columns, rows)
    source, target = window.crs.to_wkt(), crs.to_wkt()
    onto, width, height = rasterio.warp.calculate_default_transform(
        source, target, columns, rows, *window.bounds
    )
    values = np.full((height, width), np.nan)
    rasterio.warp.reproject(
        window.values, values, src_transform=transform, src_crs=source, src_nodata=np.nan,
        dst_transform=onto, dst_crs=target, dst_nodata=np.nan,
        resampling=rasterio.warp.Resampling.bilinear,
    )  # fmt: skip
    return Window(values, rasterio.transform.array_bounds(height, width, onto), crs)


def zonal(window: Window, zones: gpd.GeoSeries, how: Literal["sum", "mean"]) -> Values:
    """Sum or average the raster cells inside polygons, by the exact share of each cell.

    Parameters
    ----------
    window
        Where the cells are.
    zones
        Polygons in any CRS; points take the cell they lie in.
    how
        ``sum`` for counts, ``mean`` for rates and values.

    Returns
    -------
    A number per zone; NaN where nothing is known there.

    Examples
    --------
    >>> from shapely import box
    >>> window = Window(np.array([[1., 2.], [3., np.nan]]), (0, 0, 2, 2), CRS.from_epsg(32618))
    >>> zones = gpd.GeoSeries([box(0, 0, 1.5, 1), box(1.1, 0, 2, 1)], crs=32618)
    >>> zonal(window, zones, "sum").tolist()
    [3.0, nan]
    """
    moved = zones.to_crs(window.crs)
    result = np.full(len(moved), np.nan)
    points = (moved.geom_type == "Point").to_numpy()
    if points.any():
        result[points] = _at_points(window, moved[points])
    if not points.all():
        polygons = gpd.GeoDataFrame(geometry=moved[~points].to_numpy(), crs=window.crs)
        known = np.ma.masked_invalid(window.values)
        cells = NumPyRasterSource(known, *window.bounds, srs_wkt=window.crs.to_wkt())
        found = exact_extract(cells, polygons, [how, "count"], output="pandas")
        result[~points] = found[how].where(found["count"] > 0).to_numpy()
    return result


def _at_points(window: Window, points: gpd.GeoSeries) -> Values:
    west, _, _, north = window.bounds
    width, height = window.cell
    columns = np.floor((points.x.to_numpy() - west) / width)
    rows = np.floor((north - points.y.to_numpy()) / height)
    inside = (rows >= 0) & (rows < window.values.shape[0])
    inside &= (columns >= 0) & (columns < window.values.shape[1])
    found = np.full(len(points), np.nan)
    found[inside] = window.values[rows[inside].astype(int), columns[inside].astype(int)]
    return found
