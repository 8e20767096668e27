"""What a layer becomes when its file has been read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from siteplanner.model import Layer, Notice

if TYPE_CHECKING:
    from siteplanner.sources.matching import Matching


@dataclass(frozen=True)
class Rows:
    """Rows as a file has them: nothing is dropped, renamed or converted yet.

    Parameters
    ----------
    table
        All columns of the file, without geometry.
    geometry
        Shapely geometries on the same index; None where the file has none.
    crs
        What the file itself says; None where it says nothing.
    """

    table: pd.DataFrame
    geometry: pd.Series | None = None
    crs: CRS | None = None


@dataclass(frozen=True)
class Raster:
    """A raster that stays on disk until somebody needs its cells.

    Parameters
    ----------
    path
        The file, for rasterio.
    crs
        Where its cells lie.
    bands
        Declared column name to band number, from 1.
    nodata
        The value that means unknown; None where every number counts (NaN never does).
    counts
        The columns that are counts: a number below 0 is unknown there.
    cut_from
        West, south, east, north of the raster that this one was cut from, in the same CRS;
        None where it is whole.
    """

    path: Path
    crs: CRS
    bands: Mapping[str, int]
    nodata: float | None
    counts: frozenset[str] = frozenset()
    cut_from: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Source:
    """A layer together with the rows its file holds.

    Parameters
    ----------
    layer
        What the planner wrote about it, with the units of the numbers as read.
    table
        Rows of every layer but a raster.  Index ``id``: text, sorted, unique.  Columns: the
        declared ones under their declared names, ``label`` (text, empty where unknown; only
        where the layer names a label or an id), ``hours`` (text; only where the layer names
        them) and ``geometry``.  Numbers are float64 and
        NaN where unknown; words are text and missing where unknown.
    raster
        Of a raster layer.
    notices
        Every row that was dropped, mended or flagged, counted.
    sha256
        Of the bytes of the file, or of all parts of a shapefile.
    rules
        Of a network: which streets it takes, in words.
    written
        The layer as the planner wrote it, where ``layer`` has other units: rates in percent
        are read as shares.
    matching
        Of a table with ``[join]``: every row of both sides, and what became of it.
    elsewhere
        Of a layer with ``[inside]``: the rows that lie in another area than they say, with
        ``says``, ``lies_in`` and ``away_m``.
    path
        Of a site register: its file, which `siteplanner.register` reads.
    """

    layer: Layer
    table: gpd.GeoDataFrame | None
    raster: Raster | None
    notices: tuple[Notice, ...]
    sha256: str
    rules: tuple[str, ...] = ()
    written: Layer | None = None
    matching: Matching | None = None
    elsewhere: pd.DataFrame | None = None
    path: Path | None = None

    @property
    def crs(self) -> Any:
        """Coordinate reference system of the rows or cells, as the file has it."""
        if self.raster is not None:
            return self.raster.crs
        return None if self.table is None else self.table.crs
