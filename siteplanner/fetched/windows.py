"""Of a large raster on the web, only the cells around the plan's area."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import geopandas as gpd
import numpy as np
import rasterio
from pyproj import CRS
from rasterio.enums import MaskFlags
from rasterio.errors import RasterioError
from rasterio.warp import transform_bounds
from rasterio.windows import Window, from_bounds

from siteplanner.fetched.addresses import TroubleError
from siteplanner.fetched.asking import answering, knows_head, last_changed
from siteplanner.fetched.downloads import Bytes, download
from siteplanner.fetched.kinds import suffix_of

MARGIN = 4
"""Cells more on each side than the area needs: slopes look at neighbours."""
STRIP_BYTES = 32_000_000
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Cut:
    """The part of a raster that was kept.

    Parameters
    ----------
    extent
        Of the whole raster, in its own CRS.
    date, etag
        As the server says them; empty where it does not.
    """

    extent: Bounds
    date: str
    etag: str


def fetch_window(
    address: str,
    around: gpd.GeoSeries,
    target: Path,
    *,
    crs: str | None = None,
    limit_bytes: int,
    progress: Bytes,
) -> Cut:
    """Read the cells around an area by HTTP ranges, and store them as a GeoTIFF.

    A server that cannot send ranges is asked for the whole file, which is then cut.

    Parameters
    ----------
    address
        Of a GeoTIFF, best a cloud-optimised one, with everything filled in.
    around
        The area, in any CRS.
    target
        Where the GeoTIFF is written.
    crs
        Of a raster that does not say its own.
    limit_bytes
        The most that the kept cells may have, unpacked; and the most that may be fetched.
    progress
        Called with cells' bytes written, and of how many.

    Returns
    -------
    What the whole raster was.

    Raises
    ------
    TroubleError
        If it cannot be had, or does not touch the area.
    """
    with answering(address, {"Range": "bytes=0-2047"}) as answer:
        said = {name.lower(): value for name, value in answer.headers.items()}
        head = next(answer.iter_content(2048), b"")
        suffix, onward = suffix_of(answer.url, said, head), str(answer.url)
        ranges = answer.status_code == 206
    if suffix not in (".tif", ".tiff"):
        raise TroubleError("what the server sent is no GeoTIFF", "give the address of a .tif")
    if not ranges:
        whole = target.with_name(f"{target.name}.part")
        try:
            got = download(address, whole, limit_bytes=limit_bytes, progress=progress)
            extent = cut(str(got.path), around, target, crs, limit_bytes, progress)
        finally:
            whole.unlink(missing_ok=True)
        return Cut(extent, got.date, got.etag)
    plain, options = _for_gdal(onward)
    if not knows_head(onward):
        options["CPL_VSIL_CURL_USE_HEAD"] = "NO"
    with _quiet(), rasterio.Env(**options):
        extent = cut(f"/vsicurl/{plain}", around, target, crs, limit_bytes, progress)
    return Cut(extent, last_changed(said), said.get("etag", ""))


def cut(
    source: str,
    around: gpd.GeoSeries,
    target: Path,
    crs: str | None,
    limit_bytes: int,
    progress: Bytes,
) -> Bounds:
    """Copy the cells of a raster that lie around an area, strip by strip.

    Parameters
    ----------
    source
        Path, or what GDAL takes for one.
    around, target, crs, limit_bytes, progress
        As for `fetch_window`.

    Returns
    -------
    West, south, east, north of the whole raster, in its own CRS.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a raster without a position, looked at later
            with rasterio.open(source) as opened:
                window = _window(opened, around, crs)
                size = window.width * window.height * opened.count
                size *= np.dtype(opened.dtypes[0]).itemsize
                if size > limit_bytes:
                    found = f"the area's part of the raster has {size / 1e9:.1f} GB, and the limit "
                    found += f"is {limit_bytes / 1e9:g} GB"
                    todo = "plan a smaller area, or allow more: siteplanner fetch --limit-gb …"
                    raise TroubleError(found, todo)
                _copied(opened, window, target, size, progress)
                west, south, east, north = (float(edge) for edge in opened.bounds)
                return west, south, east, north
    except (RasterioError, OSError, ValueError):
        target.unlink(missing_ok=True)
        found = "the raster cannot be read: it is damaged, or the connection broke"
        raise TroubleError(found, "run siteplanner fetch again; or look at the file") from None


def covers(inner: Bounds, copy: Bounds, whole: Bounds, slack: float) -> bool:
    """Tell whether a copy has all the cells that a region needs and the whole raster has.

    Parameters
    ----------
    inner, copy, whole
        Bounds of the region, of the kept copy and of the raster it was cut from, in one CRS.
    slack
        What does not matter: a cell's width.

    Examples
    --------
    >>> covers((2, 2, 8, 8), (1, 1, 9, 9), (0, 0, 100, 100), 0.1)
    True
    >>> covers((2, 2, 20, 8), (1, 1, 9, 9), (0, 0, 100, 100), 0.1)
    False
    >>> covers((2, 2, 20, 8), (1, 1, 9, 9), (0, 0, 9, 100), 0.1)
    True
    """
    west, south = max(inner[0], whole[0]), max(inner[1], whole[1])
    east, north = min(inner[2], whole[2]), min(inner[3], whole[3])
    if west >= east or south >= north:
        return True
    return (
        copy[0] <= west + slack
        and copy[1] <= south + slack
        and copy[2] >= east - slack
        and copy[3] >= north - slack
    )


def cells_told(old: Path, new: Path) -> str:
    """Say how a newer copy of a raster differs from the older one.

    Returns
    -------
    Half a sentence.
    """
    try:
        with rasterio.open(old) as before, rasterio.open(new) as after:
            here, there = (before.transform, before.shape), (after.transform, after.shape)
            if here != there or before.count != after.count:
                return (
                    f"{after.width:,} × {after.height:,} cells, before "
                    f"{before.width:,} × {before.height:,}: of another extent or cell size"
                )
            changed = 0
            for strip in _strips(Window(0, 0, after.width, after.height), after):
                one, two = before.read(window=strip), after.read(window=strip)
                same = (one == two) | ((one != one) & (two != two))
                changed += int((~same).sum())
            total = after.width * after.height * after.count
            return f"{changed:,} of {total:,} cells have other numbers"
    except (RasterioError, OSError, ValueError):
        return "the older copy cannot be compared"


def _for_gdal(address: str) -> tuple[str, dict[str, Any]]:
    """Take user and password out of an address, and give GDAL's settings for it."""
    parts = urlsplit(address)
    front, _, rest = parts.netloc.rpartition("@")
    options: dict[str, Any] = {
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "CPL_VSIL_CURL_NON_CACHED": "/vsicurl/",
        "GDAL_HTTP_CONNECTTIMEOUT": "10",
        "GDAL_HTTP_TIMEOUT": "120",
        "GDAL_HTTP_MAX_RETRY": "2",
        "GDAL_HTTP_RETRY_DELAY": "1",
        "GDAL_HTTP_USERAGENT": "siteplanner",
    }
    if front:
        options["GDAL_HTTP_USERPWD"] = unquote(front)
    return urlunsplit(parts._replace(netloc=rest)), options


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep GDAL's remarks out of every log: they hold addresses, and those may hold words."""
    logger, refuse = logging.getLogger("rasterio._env"), logging.Filter("nobody")
    logger.addFilter(refuse)
    try:
        yield
    finally:
        logger.removeFilter(refuse)


def _window(opened: Any, around: gpd.GeoSeries, crs: str | None) -> Window:
    own = CRS.from_wkt(opened.crs.to_wkt()) if opened.crs else None
    if own is None and crs is None:
        todo = 'write crs = "EPSG:…" as its publisher says'
        raise TroubleError("the raster does not say its reference system", todo, "crs")
    turned = opened.transform.b or opened.transform.d
    if turned:
        todo = "download it, turn it north up (gdalwarp) and put it into layers/"
        raise TroubleError("the raster is turned against north", todo)
    bounds = transform_bounds(
        around.crs, own or CRS.from_user_input(crs), *around.total_bounds, densify_pts=21
    )
    near = from_bounds(*bounds, transform=opened.transform)
    top, left = np.floor([near.row_off, near.col_off]) - MARGIN
    bottom = np.ceil(near.row_off + near.height) + MARGIN
    right = np.ceil(near.col_off + near.width) + MARGIN
    top, bottom = (int(one) for one in np.clip([top, bottom], 0, opened.height))
    left, right = (int(one) for one in np.clip([left, right], 0, opened.width))
    if bottom <= top or right <= left:
        said = ", ".join(f"{edge:.6g}" for edge in opened.bounds)
        todo = "name the raster of this place; or its coordinates are swapped"
        raise TroubleError(f"the raster does not touch the area: it covers {said}", todo)
    return Window(left, top, right - left, bottom - top)


def _copied(opened: Any, window: Window, target: Path, size: int, progress: Bytes) -> None:
    profile = {
        "driver": "GTiff",
        "width": window.width,
        "height": window.height,
        "count": opened.count,
        "dtype": opened.dtypes[0],
        "crs": opened.crs,
        "transform": opened.window_transform(window),
        "nodata": opened.nodata,
        "tiled": True,
        "blockxsize": 256,
        "blockysize": 256,
        "compress": "deflate",
        "bigtiff": "if_safer",
    }
    masked = MaskFlags.per_dataset in opened.mask_flag_enums[0]
    done = 0
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(target, "w", **profile) as made:
        for strip in _strips(window, opened):
            cells = opened.read(window=strip)
            place = Window(
                strip.col_off - window.col_off,
                strip.row_off - window.row_off,
                strip.width,
                strip.height,
            )
            made.write(cells, window=place)
            if masked:
                made.write_mask(opened.dataset_mask(window=strip), window=place)
            done += cells.nbytes
            progress(done, size)
        for band, text in enumerate(opened.descriptions, start=1):
            if text:
                made.set_band_description(band, text)
        made.scales, made.offsets = opened.scales, opened.offsets


def _strips(window: Window, opened: Any) -> Iterator[Window]:
    """Give the window in strips, each of whole rows of blocks and little memory."""
    rows = max(opened.block_shapes[0][0], 256)
    line = window.width * opened.count * np.dtype(opened.dtypes[0]).itemsize
    rows *= max(1, int(STRIP_BYTES // max(1, line * rows)))
    top, bottom = window.row_off, window.row_off + window.height
    while top < bottom:
        end = min(bottom, (top // rows + 1) * rows)
        yield Window(window.col_off, top, window.width, end - top)
        top = end
