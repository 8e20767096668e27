"""GeoTIFF: opened and looked at, its cells stay on disk."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import rasterio
from pyproj import CRS
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.windows import Window

from siteplanner.errors import InputError
from siteplanner.sources.files import RASTERS, Located
from siteplanner.sources.ledger import Ledger, offer
from siteplanner.sources.positions import settle_crs
from siteplanner.sources.source import Raster

CACHE_BYTES = 64_000_000
"""What GDAL may keep of the blocks that it has unpacked; by itself it takes 5 % of all memory."""
_SAMPLE = 512
_FAR = 5.0
"""So many times the range of all others away, a number is hardly one of them."""


def read_raster(ledger: Ledger, located: Located) -> Raster:
    """Open a GeoTIFF and see that it can be used.

    Parameters
    ----------
    ledger
        Of the layer.
    located
        The file.

    Returns
    -------
    The raster.

    Raises
    ------
    InputError
        If it is damaged, has no position or reference system, lacks a declared band, or
        nothing is known in one.
    """
    if located.suffix not in RASTERS:
        todo = "name a GeoTIFF (.tif), or write another kind"
        raise ledger.refuse_key("source", f"'{located.path.name}' is no raster", todo)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a missing position, which is looked at here
            with rasterio.Env(GDAL_CACHEMAX=CACHE_BYTES), rasterio.open(located.path) as dataset:
                return _looked_at(ledger, located, dataset)
    except InputError:
        raise
    except (RasterioError, OSError, ValueError):
        todo = "it is damaged, cut off or no GeoTIFF: fetch it again"
        raise ledger.refuse_file("the raster cannot be read", todo) from None


def _looked_at(ledger: Ledger, located: Located, dataset: Any) -> Raster:
    own = CRS.from_wkt(dataset.crs.to_wkt()) if dataset.crs else None
    crs = settle_crs(ledger, own)
    if dataset.transform.is_identity:
        todo = "save it as a GeoTIFF with its georeference, or put its .tfw beside it"
        ledger.in_file("", "the raster does not say where it lies", todo)
    elif crs.is_geographic:
        _check_degrees(ledger, dataset.bounds)
    bands = _bands(ledger, dataset)
    nodata = _nodata(ledger, dataset)
    ledger.stop_if_wrong()
    for name, band in bands.items():
        _check_band(ledger, dataset, name, band, nodata)
    ledger.stop_if_wrong()
    counts = frozenset(name for name in bands if ledger.layer.columns[name].kind == "count")
    return Raster(located.path, crs, bands, nodata, counts, cut_from=ledger.cut_from)


def _check_degrees(ledger: Ledger, bounds: Any) -> None:
    """Refuse degrees that are no place on Earth: swapped axes, or metres."""
    east, north = (max(abs(low), abs(high)) for low, high in (bounds[::2], bounds[1::2]))
    if north <= 91 and east <= 361:
        return
    found = f"it covers longitudes {bounds[0]:.6g} to {bounds[2]:.6g} and latitudes "
    found += f"{bounds[1]:.6g} to {bounds[3]:.6g}"
    if north <= 361 and east <= 91:
        todo = "longitude and latitude look swapped: save it with its axes the right way round"
    else:
        todo = "these look like metres, declared as degrees: mend its reference system"
    ledger.in_file("", found, todo)


def _bands(ledger: Ledger, dataset: Any) -> dict[str, int]:
    """Find the band of each declared column: its number, or its description in the file."""
    described = {text: band for band, text in enumerate(dataset.descriptions, start=1) if text}
    bands = {}
    for name, column in ledger.layer.columns.items():
        wanted = column.source or name
        if wanted in described:
            bands[name] = described[wanted]
        elif wanted.isdecimal() and 1 <= int(wanted) <= dataset.count:
            bands[name] = int(wanted)
        elif column.source is None and dataset.count == 1:
            bands[name] = 1
        else:
            known = [*described, *(str(band) for band in range(1, dataset.count + 1))]
            found = f"the raster has {dataset.count} bands and none is '{wanted}'"
            ledger.in_toml(f"columns.{name}.from", found, offer(wanted, known))
    return bands


def _nodata(ledger: Ledger, dataset: Any) -> float | None:
    own, said = dataset.nodata, ledger.layer.nodata
    if own is None and said is None:
        ledger.remark("the raster names no value for unknown (nodata): every number counts")
    if own is not None and said is not None and own != said:
        both_nan = np.isnan(own) and np.isnan(said)
        if not both_nan:
            found = f"the layer says {said:g}, but {ledger.file} itself says {own:g}"
            ledger.in_toml("nodata", found, "delete the key, or mend the file if it is wrong")
    return own if own is not None else said


def _check_band(ledger: Ledger, dataset: Any, name: str, band: int, nodata: float | None) -> None:
    """Read the last block, which a cut file lacks, and look for one cell that is known."""
    height, width = dataset.shape
    rows, columns = dataset.block_shapes[band - 1]
    dataset.read(
        band,
        window=_block(dataset.shape, (height - 1) // rows, (width - 1) // columns, (rows, columns)),
    )
    small = (min(height, _SAMPLE), min(width, _SAMPLE))
    sample = dataset.read(band, out_shape=small, resampling=Resampling.nearest)
    if _known(sample, nodata):
        _remark_odd(ledger, name, _known_cells(sample, nodata))
        _doubt_nodata(ledger, name, sample, nodata)
        return
    for _, window in dataset.block_windows(band):
        if _known(dataset.read(band, window=window), nodata):
            return
    todo = "name another band or file, or mend nodata"
    ledger.in_file(f"band {band}", f"nothing is known in the band for '{name}'", todo)


def _doubt_nodata(ledger: Ledger, name: str, cells: Any, nodata: float | None) -> None:
    """Flag a sign for unknown that may be a number like the others."""
    if nodata is None or np.isnan(nodata):
        return
    signs = cells == nodata
    others = cells[~signs & ~np.isnan(cells.astype("float64"))]
    share = f"{signs.mean():.0%} of its cells"
    if nodata == 0 and ledger.layer.columns[name].kind == "count" and signs.any():
        ledger.remark(
            f"0 is its sign for unknown, so that '{name}' is unknown, not none, in {share}: if 0 "
            "means none, save it with another nodata"
        )
    elif signs.any() and others.size and others.min() < nodata < others.max():
        ledger.remark(
            f"its sign for unknown, {nodata:g}, lies among the numbers of '{name}' "
            f"({others.min():g} to {others.max():g}) and stands in {share}: is it a number too?"
        )


def _block(shape: tuple[int, int], row: int, column: int, size: tuple[int, int]) -> Window:
    top, left = row * size[0], column * size[1]
    return Window(left, top, min(size[1], shape[1] - left), min(size[0], shape[0] - top))


def _known(cells: Any, nodata: float | None) -> bool:
    return bool(_known_cells(cells, nodata).size)


def _known_cells(cells: Any, nodata: float | None) -> Any:
    known = (
        ~np.isnan(cells) if np.issubdtype(cells.dtype, np.floating) else np.ones(cells.shape, bool)
    )
    if nodata is not None and not np.isnan(nodata):
        known &= cells != nodata
    return cells[known]


def _remark_odd(ledger: Ledger, name: str, known: Any) -> None:
    """Flag numbers that can hardly be meant, among the cells that were looked at."""
    if ledger.layer.columns[name].kind == "count":
        below = known[known < 0]
        if below.size:
            low = float(below.min())
            reason = (
                f"'{name}' is below 0 there (lowest {low:g}), which no count is: they count as "
                f"unknown; if that number stands for unknown, write nodata = {low:g}"
            )
            ledger.notice("flagged", below.size, known.size, reason)
        return
    odd = stand_in(known)
    if odd is not None:
        reason = (
            f"'{name}' is {odd:g} there, far from all other numbers: if that stands for unknown, "
            f"write nodata = {odd:g}"
        )
        ledger.notice("flagged", int((known == odd).sum()), known.size, reason)


def stand_in(known: Any) -> float | None:
    """Find a number that stands far from all others, and comes more than once.

    Parameters
    ----------
    known
        Numbers, none missing.

    Returns
    -------
    The lowest or the highest number, if it is at least twice there and lies further from the
    others than five times the range that they span; None where there is none.

    Examples
    --------
    >>> stand_in(np.array([2541.0, 2630.5, -9999.0, -9999.0, 2600.0]))
    -9999.0
    >>> stand_in(np.array([0.0, 0.0, 3.0, 4.0]))
    """
    values, counts = np.unique(known, return_counts=True)
    values = values.astype("float64")
    if len(values) < 3:
        return None
    for end, next_one, other in ((0, 1, -1), (-1, -2, 0)):
        gap, span = abs(values[end] - values[next_one]), abs(values[next_one] - values[other])
        if counts[end] > 1 and gap > _FAR * max(span, 1.0):
            return float(values[end])
    return None
