"""Rows made sound: duplicates, broken geometry, names. Everything is counted."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from siteplanner.sources.ledger import Ledger
from siteplanner.sources.source import Rows

Geometries = NDArray[np.object_]
_DIMENSIONS = {"points": 0, "lines": 1, "polygons": 2}
_NAMES = ("points", "lines", "polygons")
_DIMENSION_OF_TYPE = np.array([0, 1, 1, 2, 0, 1, 2, 3])
_MULTIPOINT = 4
_COLLECTION = 7


def without_duplicates(ledger: Ledger, rows: Rows) -> Rows:
    """Drop rows that repeat another one in every column and in their geometry.

    Parameters
    ----------
    ledger
        Of the layer.
    rows
        As the file has them; two rows that differ in any column of the file both stay.

    Returns
    -------
    The rows that remain.
    """
    table = rows.table
    maybe, cells = np.ones(len(table), dtype=bool), table
    if rows.geometry is not None:
        shapes: Geometries = rows.geometry.to_numpy(dtype=object)
        maybe = pd.DataFrame(shapely.bounds(shapes)).duplicated(keep=False).to_numpy()
        cells = table[maybe].assign(**{"\0shape": shapely.to_wkb(shapes[maybe], hex=True)})
    if not maybe.any():
        return rows
    again = cells.astype(str).duplicated()
    keep = pd.Series(data=True, index=table.index)
    keep[again.index[again]] = False
    numbers = (f"row {number + 1}" for number in np.flatnonzero(~keep.to_numpy())[:3])
    reason = "another row says exactly the same"
    ledger.notice("dropped", int((~keep).sum()), len(keep), reason, numbers)
    geometry = None if rows.geometry is None else rows.geometry[keep]
    return Rows(table[keep], geometry, rows.crs)


def mend(ledger: Ledger, geometry: pd.Series) -> pd.Series:
    """Repair geometries and keep them of the layer's kind.

    Empty geometries and those of another kind go, invalid ones are made valid, mixed
    collections keep their parts of the right kind, heights are left out.

    Parameters
    ----------
    ledger
        Of the layer.
    geometry
        As the file has it.

    Returns
    -------
    The rows that remain: two-dimensional, valid, of the layer's kind (of a table: as they
    are).

    Raises
    ------
    InputError
        If no row is of the layer's kind, or none remains.
    """
    total = len(geometry)
    shapes: Geometries = geometry.to_numpy(dtype=object).copy()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    ledger.notice("dropped", int((~there).sum()), total, "they have no geometry")
    dimension = _DIMENSIONS.get(ledger.layer.kind)
    types = shapely.get_type_id(shapes)
    wrong = np.zeros(total, dtype=bool)
    if dimension is not None:
        wrong = there & (types != _COLLECTION) & (_DIMENSION_OF_TYPE[types] != dimension)
        _refuse_kind(ledger, types, there, wrong)
    flat = there & ~wrong
    high = flat & shapely.has_z(shapes)
    shapes[high] = shapely.force_2d(shapes[high])
    ledger.notice("mended", int(high.sum()), total, "their heights (Z) are left out")
    _make_sound(ledger, shapes, flat, types)
    left = flat & ~shapely.is_missing(shapes)
    ledger.notice(
        "dropped", int((flat & ~left).sum()), total, "nothing is left of them once mended"
    )
    if not left.any():
        found = f"none of {total} rows has a geometry" if total else "the layer has no rows"
        raise ledger.refuse_file(found, "check the file, or name another one")
    if dimension == 0:
        _one_point_each(ledger, shapes, left)
    return pd.Series(shapes[left], index=geometry.index[left], dtype=object)


def _refuse_kind(
    ledger: Ledger, types: NDArray[Any], there: NDArray[np.bool_], wrong: NDArray[np.bool_]
) -> None:
    """Refuse points where polygons are needed; a few of them are dropped."""
    if not wrong.any():
        return
    kinds, counts = np.unique(_DIMENSION_OF_TYPE[types[wrong]], return_counts=True)
    called = _NAMES[int(kinds[np.argmax(counts)])]
    if wrong.sum() == there.sum():
        found = f"{ledger.file} holds {called}, but the layer's kind is {ledger.layer.kind}"
        todo = f'write kind = "{called}", or name a file of {ledger.layer.kind}'
        raise ledger.refuse_key("kind", found, todo)
    reason = f"they are {called}, not {ledger.layer.kind}"
    ledger.notice("dropped", int(wrong.sum()), len(wrong), reason)


def _make_sound(
    ledger: Ledger, shapes: Geometries, there: NDArray[np.bool_], types: NDArray[Any]
) -> None:
    """Make valid in place; what is left of a row keeps the dimension it had."""
    dimension = _DIMENSIONS.get(ledger.layer.kind)
    total = len(shapes)
    valid = shapely.is_valid(shapes)
    invalid = there & ~valid
    reasons = shapely.is_valid_reason(shapes[invalid][:3])
    shown = (str(one).partition("[")[0] for one in reasons)
    mixed = there & (types == _COLLECTION)
    for place in np.flatnonzero(invalid | mixed):
        shape = shapes[place]
        wanted = dimension if dimension is not None else int(shapely.get_dimensions(shape))
        shapes[place] = _of_dimension(shapely.make_valid(shape), wanted)
    ledger.notice("mended", int(invalid.sum()), total, "their geometry was invalid", shown)
    kind = ledger.layer.kind if dimension is not None else "parts of highest dimension"
    reason = f"of mixed collections only the {kind} are kept"
    ledger.notice("mended", int(mixed.sum()), total, reason)


def _of_dimension(shape: Any, dimension: int) -> Any:
    """Keep the parts of one dimension, as one geometry; None if there are none."""
    if shapely.get_type_id(shape) != _COLLECTION:
        return shape if shapely.get_dimensions(shape) == dimension else None
    parts = np.atleast_1d(shape)
    while (shapely.get_type_id(parts) > 3).any():
        parts = shapely.get_parts(parts)
    parts = parts[(shapely.get_dimensions(parts) == dimension) & ~shapely.is_empty(parts)]
    if len(parts) <= 1:
        return parts[0] if len(parts) else None
    if dimension == 2:
        return shapely.union_all(parts)
    return shapely.multilinestrings(parts) if dimension == 1 else shapely.multipoints(parts)


def _one_point_each(ledger: Ledger, shapes: Geometries, there: NDArray[np.bool_]) -> None:
    """Take one point of a multipoint, in place: the one nearest to its middle."""
    several = there & (shapely.get_num_geometries(shapes) > 1)
    shapes[several] = shapely.point_on_surface(shapes[several])
    alone = there & (shapely.get_type_id(shapes) == _MULTIPOINT)
    shapes[alone] = shapely.get_geometry(shapes[alone], 0)
    reason = "they hold several points; the one nearest to the middle stands for all"
    ledger.notice("mended", int(several.sum()), len(shapes), reason)


def name_rows(
    ledger: Ledger, ids: pd.Series | None, table: pd.DataFrame, geometry: pd.Series, crs: CRS
) -> tuple[pd.Index, pd.Series]:
    """Give every row a name that stays when the file is shuffled.

    Parameters
    ----------
    ledger
        Of the layer.
    ids
        The id column as text; None where the layer has none.
    table
        Declared columns; they put rows with the same id or geometry in a fixed order.
    geometry
        On the same index.
    crs
        Its units say how far coordinates are rounded: 1e-7 degrees or 1 mm.

    Returns
    -------
    names
        Unique text, called ``id``, for the rows that stay: the id, or 12 hexadecimal digits
        of the SHA-256 of the rounded, normalised geometry; then ``-2``, ``-3``, … for rows
        that would have the same.
    keep
        False for rows that repeat another one's id, geometry and declared columns.

    Raises
    ------
    InputError
        If the id column is empty.
    """
    keep = pd.Series(data=True, index=table.index)
    names = _own_names(ledger, ids, geometry, crs)
    twice = names.duplicated(keep=False)
    if not twice.any():
        return _index(names), keep
    shape = _shape_names(geometry[twice], crs)
    content = ["\0".join(map(str, row)) for row in table[twice].itertuples(index=False)]
    order = pd.DataFrame({"name": names[twice], "shape": shape, "content": content})
    order = order.sort_values(["name", "shape", "content"], kind="stable")
    if ids is not None:
        again = order.duplicated() & ids[order.index].notna()
        keep[order.index[again]] = False
        reason = f"another row has the same '{ledger.layer.id}', geometry and columns"
        ledger.notice("dropped", int(again.sum()), len(ids), reason, order["name"][again])
        order = order[~again]
        clash = order["name"].duplicated()
        reason = f"their '{ledger.layer.id}' is taken by another row; a number is added"
        ledger.notice("flagged", int(clash.sum()), len(ids), reason, order["name"][clash].unique())
    names = names.copy()
    names[order.index] = _numbered(order["name"].tolist(), set(names[~twice]))
    return _index(names[keep]), keep


def _own_names(ledger: Ledger, ids: pd.Series | None, geometry: pd.Series, crs: CRS) -> pd.Series:
    """Take the ids, and the hash of the geometry where there is none."""
    if ids is None:
        return _shape_names(geometry, crs)
    unnamed = ids.isna()
    if unnamed.all():
        raise ledger.refuse_key("id", f"the column '{ledger.layer.id}' is empty", "name another")
    names = ids.astype(object)
    if unnamed.any():
        names[unnamed] = shape = _shape_names(geometry[unnamed], crs)
        reason = f"'{ledger.layer.id}' is empty there; a hash of the geometry names them"
        ledger.notice("flagged", int(unnamed.sum()), len(ids), reason, shape)
    return names


def _index(names: pd.Series) -> pd.Index:
    index: pd.Index = pd.Index(names.tolist(), name="id")
    return index


def _numbered(names: list[str], taken: set[str]) -> list[str]:
    """Add -2, -3, … to names that come again; names themselves are never given twice."""
    taken = taken | set(names)
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        new = name
        while seen[name] > 1 and (new := f"{name}-{seen[name]}") in taken:
            seen[name] += 1
        taken.add(new)
        result.append(new)
    return result


def _shape_names(geometry: pd.Series, crs: CRS) -> pd.Series:
    """Hash geometries, alike for one ring drawn from another corner or as a multipolygon."""
    shapes: Geometries = geometry.to_numpy(dtype=object).copy()
    single = (shapely.get_type_id(shapes) > 3) & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    digits = 7 if crs.is_geographic else 3
    coordinates = np.round(shapely.get_coordinates(shapes), digits) + 0.0  # no negative zero
    shapes = shapely.normalize(shapely.set_coordinates(shapes, coordinates))
    wkb = shapely.to_wkb(shapes, byte_order=1, output_dimension=2)
    names = [hashlib.sha256(one).hexdigest()[:12] for one in wkb]
    return pd.Series(names, index=geometry.index, dtype=object)
