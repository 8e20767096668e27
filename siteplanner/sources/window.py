"""The part of a raster that a study looks at, and its cells summed up by zone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import rasterio
import rasterio.warp
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource, RasterSource
from pyproj import CRS
from rasterio.windows import Window as Pixels
from rasterio.windows import from_bounds

from siteplanner.sources.rasters import CACHE_BYTES
from siteplanner.sources.source import Raster

Values = npt.NDArray[np.float64]
AT_ONCE = 16_000_000
"""Raster cells that are held in memory at once, 128 MB; more are read part by part."""


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


@dataclass(frozen=True)
class Unread:
    """A rectangle of raster cells that is too large for memory and stays on disk.

    Parameters
    ----------
    raster, column
        Which band.
    pixels
        Which of its cells.
    bounds
        West, south, east, north, in `crs`.
    """

    raster: Raster
    column: str | None
    pixels: Pixels
    bounds: tuple[float, float, float, float]

    @property
    def crs(self) -> CRS:
        """Where the cells lie."""
        return self.raster.crs


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
    with rasterio.open(raster.path) as opened:
        box = around.to_crs(raster.crs).total_bounds
        pixels = _pixels(opened, box)
        if pixels is None:
            west, south, east, north = (float(edge) for edge in box)
            return Window(np.full((1, 1), np.nan), (west, south, east, north), raster.crs)
        values = _cells(opened, raster, column, pixels)
        return Window(values, opened.window_bounds(pixels), raster.crs)


def view_window(raster: Raster, column: str | None, around: gpd.GeoSeries) -> Window | Unread:
    """Read the cells around some geometries, or leave them on disk where they are very many.

    Parameters
    ----------
    raster, column, around
        As for `read_window`.

    Returns
    -------
    What `zonal` takes: either way it finds the same numbers.
    """
    with rasterio.open(raster.path) as opened:
        pixels = _pixels(opened, around.to_crs(raster.crs).total_bounds)
        if pixels is not None and pixels.width * pixels.height > AT_ONCE:
            return Unread(raster, column, pixels, opened.window_bounds(pixels))
    return read_window(raster, column, around)


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


def zonal(window: Window | Unread, zones: gpd.GeoSeries, how: Literal["sum", "mean"]) -> Values:
    """Sum or average the raster cells inside polygons, by the exact share of each cell.

    Parameters
    ----------
    window
        Where the cells are; those left on disk are read part by part.
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
        at = _at_points if isinstance(window, Window) else _at_points_unread
        result[points] = at(window, moved[points])  # type: ignore[arg-type]
    if not points.all():
        polygons = gpd.GeoDataFrame(geometry=moved[~points].to_numpy(), crs=window.crs)
        found = _extracted(window, polygons, how)
        result[~points] = found[how].where(found["count"] > 0).to_numpy()
    return result


def _extracted(
    window: Window | Unread, polygons: gpd.GeoDataFrame, how: Literal["sum", "mean"]
) -> Any:
    asked: list[str] = [how, "count"]
    if isinstance(window, Window):
        known = np.ma.masked_invalid(window.values)
        cells = NumPyRasterSource(known, *window.bounds, srs_wkt=window.crs.to_wkt())
        return exact_extract(cells, polygons, asked, output="pandas")
    with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES), rasterio.open(window.raster.path) as opened:
        return exact_extract(
            _OnDisk(window, opened), polygons, asked, output="pandas", max_cells_in_memory=AT_ONCE
        )


class _OnDisk(RasterSource):  # type: ignore[misc]
    """Cells that are read as they are asked for."""

    def __init__(self, window: Unread, opened: Any) -> None:
        super().__init__()
        self.window, self.opened = window, opened

    def res(self) -> tuple[float, float]:
        west, south, east, north = self.window.bounds
        pixels = self.window.pixels
        return (east - west) / pixels.width, (north - south) / pixels.height

    def extent(self) -> tuple[float, float, float, float]:
        return self.window.bounds

    def srs_wkt(self) -> str:
        return str(self.window.crs.to_wkt())

    def nodata_value(self) -> None:
        return None

    def read_window(self, left: int, top: int, width: int, height: int) -> Any:
        whole = self.window.pixels
        part = Pixels(whole.col_off + left, whole.row_off + top, width, height)
        values = _cells(self.opened, self.window.raster, self.window.column, part)
        return np.ma.masked_invalid(values, copy=False)


def _pixels(opened: Any, box: Any) -> Pixels | None:
    """Give the cells around a box and two more on each side; None where there are none."""
    near = from_bounds(*box, transform=opened.transform)
    top, left = np.floor([near.row_off, near.col_off]) - 2
    bottom = np.ceil(near.row_off + near.height) + 2
    right = np.ceil(near.col_off + near.width) + 2
    top, bottom = np.clip([top, bottom], 0, opened.height)
    left, right = np.clip([left, right], 0, opened.width)
    if bottom <= top or right <= left:
        return None
    return Pixels(left, top, right - left, bottom - top)


def _cells(opened: Any, raster: Raster, column: str | None, pixels: Pixels) -> Values:
    """Read some cells; what is unknown is NaN."""
    band = raster.bands[column] if column else next(iter(raster.bands.values()), 1)
    values: Values = opened.read(band, window=pixels, out_dtype="float64")
    values[opened.read_masks(band, window=pixels) == 0] = np.nan
    if raster.nodata is not None:
        values[values == raster.nodata] = np.nan
    if column in raster.counts:
        values[values < 0] = np.nan
    return values


def _at_points(window: Window, points: gpd.GeoSeries) -> Values:
    rows, columns, inside = _places(window.bounds, window.values.shape, points)
    found = np.full(len(points), np.nan)
    found[inside] = window.values[rows[inside], columns[inside]]
    return found


def _at_points_unread(window: Unread, points: gpd.GeoSeries) -> Values:
    """Read the rows that have points, strip by strip."""
    pixels = window.pixels
    shape = (int(pixels.height), int(pixels.width))
    rows, columns, inside = _places(window.bounds, shape, points)
    found = np.full(len(points), np.nan)
    deep = max(1, AT_ONCE // shape[1])
    with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES), rasterio.open(window.raster.path) as opened:
        for strip in np.unique(rows[inside] // deep):
            here = np.flatnonzero(inside & (rows // deep == strip))
            top, bottom = rows[here].min(), rows[here].max() + 1
            left, right = columns[here].min(), columns[here].max() + 1
            part = Pixels(pixels.col_off + left, pixels.row_off + top, right - left, bottom - top)
            values = _cells(opened, window.raster, window.column, part)
            found[here] = values[rows[here] - top, columns[here] - left]
    return found


def _places(
    bounds: tuple[float, float, float, float], shape: tuple[int, ...], points: gpd.GeoSeries
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Give row and column of each point, and whether there is such a cell."""
    west, south, east, north = bounds
    width, height = (east - west) / shape[1], (north - south) / shape[0]
    columns = np.floor((points.x.to_numpy() - west) / width)
    rows = np.floor((north - points.y.to_numpy()) / height)
    inside = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    rows, columns = (np.where(inside, one, 0).astype(np.int64) for one in (rows, columns))
    return rows, columns, inside
