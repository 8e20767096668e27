"""Where rows lie: coordinates, well-known text, reference systems and their mistakes."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from siteplanner.errors import InputError
from siteplanner.sources.ledger import Ledger, offer
from siteplanner.sources.numerals import to_numbers
from siteplanner.sources.source import Rows

LONGITUDES = ("lon", "long", "lng", "longitude", "longitud")
LATITUDES = ("lat", "latitude", "latitud")
_DEGREES = "EPSG:4326"


def coordinate_columns(ledger: Ledger, names: list[str]) -> tuple[str, str] | None:
    """Say which columns hold the coordinates: those the layer names, or lon and lat.

    Returns
    -------
    Easting and northing, or longitude and latitude; None where the table has neither.
    """
    if ledger.layer.coordinates is not None:
        return ledger.layer.coordinates
    folded = {name.casefold(): name for name in reversed(names)}
    east = next((folded[one] for one in LONGITUDES if one in folded), None)
    north = next((folded[one] for one in LATITUDES if one in folded), None)
    return (east, north) if east is not None and north is not None else None


def from_coordinates(ledger: Ledger, rows: Rows, columns: tuple[str, str]) -> Rows:
    """Make points of two columns.

    Parameters
    ----------
    ledger
        Of the layer.
    rows
        The table.
    columns
        Easting and northing, or longitude and latitude.

    Returns
    -------
    The rows with points; None where a coordinate is unknown.  Columns that are called
    longitude and latitude are in EPSG:4326 unless the layer says otherwise.

    Raises
    ------
    InputError
        If the order is turned round or the numbers cannot be read.
    """
    east, north = columns
    if east.casefold() in LATITUDES and north.casefold() in LONGITUDES:
        todo = f'write ["{north}", "{east}"]: easting or longitude comes first'
        raise ledger.refuse_key("coordinates", f"found [{east}, {north}]", todo)
    read = [_coordinate(ledger, rows.table[name], name) for name in columns]
    ledger.stop_if_wrong()
    x, y = read
    points = np.full(len(x), None, dtype=object)
    known = ~(np.isnan(x) | np.isnan(y))
    points[known] = shapely.points(x[known], y[known])
    named = east.casefold() in LONGITUDES and north.casefold() in LATITUDES
    crs = CRS.from_user_input(_DEGREES) if named and not ledger.layer.crs else None
    return Rows(rows.table, pd.Series(points, index=rows.table.index, dtype=object), crs)


def _coordinate(ledger: Ledger, column: pd.Series, name: str) -> NDArray[np.float64]:
    read = to_numbers(column)
    if len(read.ambiguous):
        found = f"'{read.ambiguous.iloc[0]}' can mean two numbers"
        ledger.in_file(name, found, "write coordinates with a decimal point")
    elif read.number.isna().all():
        found = f"no cell holds a coordinate, but for example '{column.iloc[0]}'"
        ledger.in_file(name, found, "name the columns with numbers: coordinates = [east, north]")
    values: NDArray[np.float64] = read.number.to_numpy(dtype="float64")
    return values


def place_of(ledger: Ledger, rows: Rows) -> gpd.GeoSeries | None:
    """Give the own places of a table's rows, where it has any; nothing here is a problem.

    Parameters
    ----------
    ledger
        Of the layer; nothing is noted there.
    rows
        A table that takes its geometry from another layer, and may yet have coordinates or
        shapes of its own.

    Returns
    -------
    Geometries, None where unknown; None where the table has none or does not say in which
    reference system they are.
    """
    scratch = Ledger(ledger.layer)
    try:
        if rows.geometry is None:
            columns = coordinate_columns(scratch, [str(name) for name in rows.table.columns])
            if columns is None:
                return None
            rows = from_coordinates(scratch, rows, columns)
        crs = settle_crs(scratch, rows.crs)
    except InputError:
        return None
    assert rows.geometry is not None  # noqa: S101  from_coordinates has seen to it
    return gpd.GeoSeries(rows.geometry, crs=crs)


def from_text(ledger: Ledger, rows: Rows, column: str) -> Rows:
    """Make geometries of a column with well-known text, with or without ``SRID=…;``.

    Raises
    ------
    InputError
        If no cell can be read.
    """
    text = rows.table[column].astype(object).where(rows.table[column].notna(), None)
    pattern = re.compile(r"\s*SRID=(\d+);", re.IGNORECASE)
    codes = {found[1] for cell in text if cell and (found := pattern.match(str(cell)))}
    bare = np.array([cell and pattern.sub("", str(cell)) for cell in text], dtype=object)
    shapes = shapely.from_wkt(bare, on_invalid="ignore")
    if len(shapes) and np.all(shapely.is_missing(shapes)):
        shown = f"no cell holds well-known text, but for example '{str(text.iloc[0])[:40]}'"
        todo = "write for example POINT (-74.08 4.61)"
        ledger.in_file(column, shown, todo)
        ledger.stop_if_wrong()
    crs = CRS.from_epsg(int(codes.pop())) if len(codes) == 1 else None
    return Rows(rows.table, pd.Series(shapes, index=rows.table.index, dtype=object), crs)


def settle_crs(ledger: Ledger, own: CRS | None, *, default: str | None = None) -> CRS:
    """Choose between what the file says and what the layer says.

    Parameters
    ----------
    ledger
        Of the layer, whose ``crs`` may stand in where the file says nothing.
    own
        What the file says.
    default
        What its format assumes where nobody says anything.

    Returns
    -------
    The reference system of the coordinates.

    Raises
    ------
    InputError
        If nobody says, the layer's is unknown to PROJ, or the two differ.
    """
    said = ledger.layer.crs
    if said is None:
        if own is None and default is None:
            todo = 'ask whoever made it and write crs = "EPSG:…" into the layer'
            raise ledger.refuse_file("the file does not say its reference system (CRS)", todo)
        return own or CRS.from_user_input(default)
    try:
        stated = CRS.from_user_input(said)
    except CRSError:
        todo = 'write a code like "EPSG:4326"'
        raise ledger.refuse_key("crs", f"unknown reference system '{said}'", todo) from None
    if own is not None and not _same(own, stated):
        found = f"the layer says {said}, but {ledger.file} itself says {_called(own)}"
        raise ledger.refuse_key("crs", found, "delete the key, or mend the file if it is wrong")
    return own or stated


def check_positions(ledger: Ledger, geometry: pd.Series, crs: CRS) -> pd.Series:
    """Find coordinates that cannot be what the reference system says.

    Parameters
    ----------
    ledger
        Of the layer.
    geometry
        Geometries; None and empty ones pass.
    crs
        Their reference system.

    Returns
    -------
    True where the coordinates are possible.

    Raises
    ------
    InputError
        If most are impossible: metres declared as degrees, degrees declared as metres,
        longitude and latitude swapped.
    """
    bounds = shapely.bounds(geometry.to_numpy(dtype=object))
    there = ~shapely.is_missing(geometry.to_numpy(dtype=object)) & ~np.isnan(bounds).all(axis=1)
    if not there.any():
        return pd.Series(data=True, index=geometry.index)
    x, y = np.abs(bounds[:, [0, 2]]).max(axis=1), np.abs(bounds[:, [1, 3]]).max(axis=1)
    possible = np.isfinite(x) & np.isfinite(y)
    if crs.is_geographic:
        possible &= (x <= 360) & (y <= 90)
    else:
        _refuse_degrees(ledger, bounds[there & possible], crs)
    wrong = there & ~possible
    if 2 * wrong.sum() >= there.sum():
        _refuse_impossible(ledger, x[wrong], y[wrong], crs)
    reason = f"their coordinates are impossible in {_called(crs)}"
    shown = (f"{x0:g}, {y0:g}" for x0, y0 in bounds[wrong][:3, :2])
    ledger.notice("dropped", int(wrong.sum()), len(geometry), reason, shown)
    return pd.Series(~wrong, index=geometry.index)


def _refuse_impossible(
    ledger: Ledger, x: NDArray[np.float64], y: NDArray[np.float64], crs: CRS
) -> None:
    called = _called(crs)
    if np.median(x) > 360 or np.median(y) > 360:
        found = f"{called} is in degrees, but the coordinates look like metres ({x[0]:g}, {y[0]:g})"
        todo = 'name the projected system they are in: crs = "EPSG:…"'
    else:
        found = f"latitudes beyond 90 ({y[0]:g}): longitude and latitude are swapped"
        todo = "write longitude first, in the file or in coordinates = [lon, lat]"
    if not np.isfinite(x).any() or not np.isfinite(y).any():
        found, todo = "no coordinate is a finite number", "fetch or save the file again"
    raise ledger.refuse_file(found, todo)


def _refuse_degrees(ledger: Ledger, bounds: NDArray[np.float64], crs: CRS) -> None:
    """Refuse degrees declared as metres: tiny numbers that lie, as degrees, where crs is for."""
    if not len(bounds) or crs.area_of_use is None:
        return
    west, south = np.nanmin(bounds[:, 0]), np.nanmin(bounds[:, 1])
    east, north = np.nanmax(bounds[:, 2]), np.nanmax(bounds[:, 3])
    use = crs.area_of_use
    if use.west <= west and east <= use.east and use.south <= south and north <= use.north:
        found = f"{_called(crs)} is in metres, but the coordinates look like degrees"
        todo = f'({west:g}, {south:g}): write crs = "EPSG:4326" if they are'
        raise ledger.refuse_file(found + f" ({west:g}, {south:g})", todo.partition(": ")[2])


def _same(one: CRS, other: CRS) -> bool:
    """Compare by what counts: whether the same numbers land at the same spot (within 1 m)."""
    if one.equals(other, ignore_axis_order=True):
        return True
    if one.is_geographic != other.is_geographic:
        return False
    use = one.area_of_use
    if use is None:
        return False
    try:
        there = Transformer.from_crs(_DEGREES, one, always_xy=True)
        back = Transformer.from_crs(other, _DEGREES, always_xy=True)
        lon, lat = (use.west + use.east) / 2, (use.south + use.north) / 2
        again = back.transform(*there.transform(lon, lat))
    except ProjError:
        return False
    return bool(np.hypot(again[0] - lon, again[1] - lat) < 1e-5)


def _called(crs: CRS) -> str:
    code = crs.to_authority()
    return ":".join(code) if code else str(crs.name)


def hint_columns(ledger: Ledger, names: list[str]) -> str:
    """Say what a table without a place could name.

    Examples
    --------
    >>> from siteplanner.model import Layer
    >>> layer = Layer(name="a", title="A", source="a.csv", kind="table")
    >>> hint_columns(Ledger(layer), ["x", "people"])
    'give coordinates = [east, north], wkt = column, or [join] (known are: people, x)'
    """
    del ledger
    known = offer("\0", names)
    return f"give coordinates = [east, north], wkt = column, or [join] ({known})"
