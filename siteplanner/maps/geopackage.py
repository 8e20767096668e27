"""GeoPackages that come out the same, byte for byte, every time."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from pyogrio.errors import CRSError, DataLayerError, DataSourceError, GeometryError

CURRENT_DATE = "2000-01-01T00:00:00.000Z"
"""Written into the files instead of today's date, which would make no two runs alike."""

GEOPACKAGE = "1.2"
"""Version of the format: QGIS 3.22 warns of later ones."""

FULL_BYTES = 2**24
"""With less than this free on the disk, a file that cannot be written is one too many."""


def write_gpkg(layers: Mapping[str, gpd.GeoDataFrame], path: Path) -> None:
    """Write layers into a fresh GeoPackage; the same tables give the same bytes.

    The file is made anew in a temporary folder and then takes the place of ``path``.  The
    index of a table becomes its first column.  SQLite takes ``Name`` and ``name`` for the same
    column: a second one gets a number.

    Parameters
    ----------
    layers
        Tables by layer name; NaN and infinity become NULL.
    path
        The file to write, ending in ``.gpkg``.

    Raises
    ------
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> from shapely import Point
    >>> table = gpd.GeoDataFrame({"people": [3.0]}, index=pd.Index(["a"], name="cell"),
    ...                          geometry=[Point(0, 0)], crs="EPSG:32618")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_gpkg({"cells": table}, Path(folder) / "cells.gpkg")
    ...     list(gpd.read_file(Path(folder) / "cells.gpkg", layer="cells").columns)
    ['cell', 'people', 'geometry']
    """  # fmt: skip
    prefix = f".{path.stem}-"
    with (
        tempfile.TemporaryDirectory(prefix=prefix, dir=path.parent) as folder,
        _fixed_date(),
        _disk_errors(Path(folder)),
    ):
        fresh = Path(folder) / path.name
        for name, table in layers.items():
            pyogrio.write_dataframe(
                _plain(table),
                fresh,
                layer=name,
                driver="GPKG",
                append=fresh.exists(),
                dataset_options=None if fresh.exists() else {"VERSION": GEOPACKAGE},
                promote_to_multi=True,
            )
        fresh.replace(path)


@contextmanager
def _fixed_date() -> Iterator[None]:
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": CURRENT_DATE})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Turn what GDAL says of a disk that takes no more into the error Python has for it."""
    try:
        yield
    except (CRSError, GeometryError):
        raise
    except (DataSourceError, DataLayerError) as error:
        if shutil.disk_usage(folder).free < FULL_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise OSError(errno.EIO, str(error)) from error


def names_in_file(table: gpd.GeoDataFrame) -> dict[str, str]:
    """Give the name that `write_gpkg` gives each column; the index comes first.

    Examples
    --------
    >>> table = gpd.GeoDataFrame({"Name": ["a"], "name": ["b"]}, geometry=[None])
    >>> names_in_file(table.rename_axis("site"))
    {'site': 'site', 'Name': 'Name', 'name': 'name_2'}
    """
    names = [table.index.name or "id", *(one for one in table if one != table.geometry.name)]
    return dict(zip(map(str, names), _told_apart(names), strict=True))


def _told_apart(names: list[Hashable]) -> list[str]:
    """Give names that SQLite can tell apart, and from those of the row and its geometry."""
    taken = {"fid", "geom"}
    found = []
    for one in names:
        name = base = str(one)
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{base}_{number}"
        taken.add(name.casefold())
        found.append(name)
    return found


def _plain(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Turn the index into a column and the names into ones that SQLite can tell apart."""
    geometry = table.geometry
    index = pd.Series(table.index, name=table.index.name or "id")
    columns = [index, *(table[one].reset_index(drop=True) for one in table if one != geometry.name)]
    plain: dict[str, pd.Series] = {}
    names = _told_apart([one.name for one in columns])
    for name, column in zip(names, columns, strict=True):
        if pd.api.types.is_float_dtype(column.dtype):
            column = column.replace([np.inf, -np.inf], np.nan)
        plain[name] = column
    return gpd.GeoDataFrame(plain, geometry=geometry.to_numpy(), crs=table.crs)
