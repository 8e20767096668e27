"""What somebody changed in a table of places: moved, reshaped, added, deleted, rewritten."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.affinity import translate

from siteplanner.study import polygonal

NEAR_M = 0.001
"""Vertices nearer to each other than this are the same: programs round."""
ALIKE_M = 0.01
"""A shape whose vertices all moved alike, to this, was moved and not reshaped."""
COLUMNS = (
    "id", "name", "change", "column", "from", "to", "moved_m", "area_before_m2", "area_after_m2",
    "changed_m2",
)  # fmt: skip
NO_WORDS = {"column": "", "from": "", "to": ""}
LABEL = "label"
Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class Changed:
    """What is different.

    Parameters
    ----------
    table
        One row a change: ``id``, ``name``, ``change`` (``moved``, ``reshaped``, ``added``,
        ``deleted``, ``attribute`` or ``result``, an attribute that the plan works out itself),
        ``column``, ``from``, ``to`` (text, empty where it is none of an attribute), ``moved_m``,
        ``area_before_m2``, ``area_after_m2`` and ``changed_m2``, NaN where it has none.
    rows
        The rows as they are now, by id; of those that lost their shape the earlier one.
    remarks
        What was mended or could not be taken as it is, a sentence each.
    new_columns
        Columns that are there now and were not.
    """

    table: pd.DataFrame
    rows: gpd.GeoDataFrame
    remarks: tuple[str, ...]
    new_columns: tuple[str, ...] = ()


def compare(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, *, taken: Collection[str]
) -> Changed:
    """Say what is different between two versions of a table.

    Parameters
    ----------
    before
        By id; as it was written.
    after
        As it is now, in the same metric CRS, under the same names; the column named like the
        index of ``before`` has the ids.
    taken
        The columns of ``before`` that a person may change; others are results.

    Examples
    --------
    >>> from shapely import Point
    >>> index = pd.Index(["a"], name="site")
    >>> old = gpd.GeoDataFrame({"label": ["A"]}, index=index, geometry=[Point(0, 0)], crs=32618)
    >>> new = gpd.GeoDataFrame({"site": ["a"], "label": ["B"]}, geometry=[Point(3, 4)], crs=32618)
    >>> compare(old, new, taken={"label"}).table[["change", "from", "to", "moved_m"]].values.tolist()
    [['moved', '', '', 5.0], ['attribute', 'A', 'B', nan]]
    """  # noqa: E501
    rows, remarks = _by_id(before, after)
    same = before.index.intersection(rows.index, sort=False)
    old, new = (plain_shapes(one.loc[same].geometry.to_numpy()) for one in (before, rows))
    gone = shapely.is_missing(new) | shapely.is_empty(new)
    if gone.any():
        remarks.append(f"without a shape now: {gone.sum():,}; the earlier one is kept")
        new[gone] = old[gone]
    broken = (shapely.get_dimensions(new) == 2) & ~shapely.is_valid(new)
    if broken.any():
        remarks.append(f"outlines that cross themselves, mended: {broken.sum():,}")
        new[broken] = polygonal(new[broken])
    shapes = rows.geometry.to_numpy().copy()
    shapes[rows.index.get_indexer(same)] = new
    rows = rows.set_geometry(gpd.GeoSeries(shapes, index=rows.index, crs=before.crs))
    names = _names(before, rows)
    found = [*_shapes(same, old, new), *_words(before, rows, same, taken)]
    found += [{"id": one, "change": "added", **_size(rows, one)} for one in rows.index
              if one not in before.index]  # fmt: skip
    found += [{"id": one, "change": "deleted"} for one in before.index.difference(rows.index)]
    table = pd.DataFrame([{**NO_WORDS, **one} for one in found], columns=list(COLUMNS))
    table["name"] = [names.get(one, "") for one in table["id"]]
    order = ["moved", "reshaped", "added", "deleted", "attribute", "result"]
    rank = table["change"].map(order.index) if len(table) else table["change"]
    table = table.assign(rank=rank).sort_values(["rank", "id", "column"], ignore_index=True)
    numbers = list(COLUMNS[6:])
    table[numbers] = table[numbers].astype(float).round(3)
    fresh = tuple(str(one) for one in rows if one not in before)
    missing = [str(one) for one in before if one not in rows]
    remarks += [f"column '{one}' was deleted: its values are as before" for one in missing]
    return Changed(table.drop(columns="rank"), rows, tuple(remarks), fresh)


def sentences(changes: pd.DataFrame) -> list[str]:
    """Say each change of `Changed.table` in a sentence.

    Examples
    --------
    >>> row = {"id": "a", "name": "A", "change": "moved", "moved_m": 5.0}
    >>> sentences(pd.DataFrame([row], columns=list(COLUMNS)))
    ['A (a): moved by 5.0 m']
    """
    return [
        f"{_called(row)}: {_said(row)}"
        for row in changes.to_dict("records")
    ]  # fmt: skip


def plain_shapes(shapes: Shapes) -> Shapes:
    """Give shapes in two dimensions; those of one part as that part."""
    made: Shapes = shapely.force_2d(np.array(shapes, dtype=object))
    kinds = shapely.get_type_id(made)
    single = (kinds >= shapely.GeometryType.MULTIPOINT) & (shapely.get_num_geometries(made) == 1)
    made[single] = shapely.get_geometry(made[single], 0)
    return made


def text_of(value: Any) -> str:
    """Write a value so that two that mean the same are the same: 3.0 and 3, missing and empty.

    Examples
    --------
    >>> text_of(3.0), text_of(3), text_of(None), text_of(float("nan")), text_of(True)
    ('3', '3', '', '', 'true')
    """
    if value is None or value is pd.NA or (isinstance(value, float) and not np.isfinite(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int | float | np.number):
        number = float(value)
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return "" if pd.isna(value) else str(value)


def _by_id(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Give the rows by id.  A copy of a row has its id too: of two the nearer one is the row."""
    key = str(before.index.name or "id")
    ids = after[key].astype(object) if key in after else pd.Series([None] * len(after))
    ids = pd.Series([text_of(one) for one in ids], dtype=object)
    taken, remarks = {*before.index, *ids} - {""}, list[str]()
    if key not in after:
        remarks.append(f"there is no column '{key}': every row counts as added")
    elif ids.duplicated().any():
        origin = before.geometry.reindex(ids).to_numpy()
        away = shapely.distance(shapely.centroid(origin), shapely.centroid(after.geometry.array))
        order = pd.Series(away).fillna(np.inf).sort_values(kind="stable").index
        again = ids.loc[order].duplicated().loc[ids.index] & (ids != "")
        if again.any():
            remarks.append(
                f"copies of other rows, with their ids: {again.sum():,}; each counts as added"
            )
        ids = ids.mask(again, "")
    free = (name for number in range(1, len(after) + len(taken) + 2)
            if (name := f"added-{number}") not in taken)  # fmt: skip
    index = pd.Index([one or next(free) for one in ids], name=before.index.name, dtype=object)
    return after.drop(columns=key, errors="ignore").set_axis(index), remarks


def _shapes(ids: pd.Index, old: Shapes, new: Shapes) -> Iterator[dict[str, Any]]:
    """Say which shapes moved, and which became others."""
    other = ~shapely.equals_exact(old, new, tolerance=NEAR_M)
    other[other] = ~shapely.equals_exact(
        shapely.normalize(old[other]), shapely.normalize(new[other]), tolerance=NEAR_M
    )
    for at in map(int, np.flatnonzero(other)):
        one, two = old[at], new[at]
        start, end = shapely.centroid(one), shapely.centroid(two)
        across, up = end.x - start.x, end.y - start.y
        found: dict[str, Any] = {"id": ids[at], "moved_m": float(np.hypot(across, up))}
        back = translate(two, -across, -up)
        if shapely.equals_exact(shapely.normalize(back), shapely.normalize(one), ALIKE_M):
            yield found | {"change": "moved"}
            continue
        areas: dict[str, Any] = {}
        if shapely.get_dimensions(one) == shapely.get_dimensions(two) == 2:
            differs = shapely.symmetric_difference(polygonal(np.array([one]))[0], two)
            areas = {"area_before_m2": one.area, "area_after_m2": two.area,
                     "changed_m2": differs.area}  # fmt: skip
        yield found | {"change": "reshaped"} | areas


def _words(
    before: gpd.GeoDataFrame, rows: gpd.GeoDataFrame, ids: pd.Index, taken: Collection[str]
) -> Iterator[dict[str, Any]]:
    """Say which attributes are others."""
    columns = [one for one in rows if one != rows.geometry.name]
    for column in columns:
        new = [text_of(one) for one in rows.loc[ids, column]]
        known = column in before
        old = [text_of(one) for one in before.loc[ids, column]] if known else [""] * len(ids)
        change = "attribute" if column in taken or not known else "result"
        for at, (one, two) in enumerate(zip(old, new, strict=True)):
            if one != two:
                yield {"id": ids[at], "change": change, "column": column, "from": one, "to": two}


def _size(rows: gpd.GeoDataFrame, one: str) -> dict[str, float]:
    shape = rows.geometry.loc[one]
    flat = shape is not None and shapely.get_dimensions(shape) == 2
    return {"area_after_m2": float(shape.area)} if flat else {}


def _names(before: gpd.GeoDataFrame, rows: gpd.GeoDataFrame) -> dict[Any, str]:
    found: dict[Any, str] = {}
    for table in (rows, before):
        if LABEL in table:
            found |= {one: text_of(label) for one, label in table[LABEL].items()}
    return found


def _called(row: dict[Any, Any]) -> str:
    same = not row["name"] or row["name"] == row["id"]
    return str(row["id"]) if same else f"{row['name']} ({row['id']})"


def _said(row: dict[Any, Any]) -> str:
    change, moved = row["change"], f"{row['moved_m']:,.1f} m"
    if change == "moved":
        return f"moved by {moved}"
    if change == "reshaped" and pd.isna(row["changed_m2"]):
        return f"drawn anew, its middle {moved} away"
    if change == "reshaped":
        sizes = f"{row['area_before_m2']:,.0f} m² before, {row['area_after_m2']:,.0f} m² now"
        return f"reshaped by {row['changed_m2']:,.0f} m² ({sizes})"
    if change in ("added", "deleted"):
        return str(change)
    said = f"{row['column']} was '{row['from']}', is '{row['to']}'"
    return said if change == "attribute" else f"{said}: a result of the plan, not taken over"
