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

_SAMPLE = 512


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
            with rasterio.open(located.path) as dataset:
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
    bands = _bands(ledger, dataset)
    nodata = _nodata(ledger, dataset)
    ledger.stop_if_wrong()
    for name, band in bands.items():
        _check_band(ledger, dataset, name, band, nodata)
    ledger.stop_if_wrong()
    return Raster(located.path, crs, bands, nodata)


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
        return
    for _, window in dataset.block_windows(band):
        if _known(dataset.read(band, window=window), nodata):
            return
    todo = "name another band or file, or mend nodata"
    ledger.in_file(f"band {band}", f"nothing is known in the band for '{name}'", todo)


def _block(shape: tuple[int, int], row: int, column: int, size: tuple[int, int]) -> Window:
    top, left = row * size[0], column * size[1]
    return Window(left, top, min(size[1], shape[1] - left), min(size[0], shape[0] - top))


def _known(cells: Any, nodata: float | None) -> bool:
    known = (
        ~np.isnan(cells) if np.issubdtype(cells.dtype, np.floating) else np.ones(cells.shape, bool)
    )
    if nodata is not None and not np.isnan(nodata):
        known &= cells != nodata
    return bool(known.any())
