"""Edited places as a layer: the rows of the layer they come from, with the changes made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siteplanner.maps.geopackage import names_in_file
from siteplanner.model.layer import AREA, FLOOR_AREA
from siteplanner.plan.changed import LABEL, Changed, plain_shapes, text_of
from siteplanner.sources.columns import HOURS

if TYPE_CHECKING:
    from siteplanner.model import Column
    from siteplanner.plan.plan import Plan
    from siteplanner.sources import Source

KINDS = ("points", "lines", "polygons")
"""By the number of dimensions."""
COPIED = ("licence", "attribution", "year", "proxy", "fictional", "entrances", "agreed")
"""What the edited layer says as the one it comes from does."""


def rows_of(plan: Plan, source: Source | None) -> gpd.GeoDataFrame:
    """Give the rows of a layer as its file has them; of a grid, all its points.

    Parameters
    ----------
    plan
        Has the grid.
    source
        The layer; None for a grid.

    Returns
    -------
    Index ``id``, text; in the CRS of the layer.
    """
    if source is not None and source.table is not None:
        table = source.table.copy()
    else:
        found = plan.sites
        parts = [found.table, found.excluded] if found is not None else []
        table = gpd.GeoDataFrame(pd.concat(parts)[[LABEL, "geometry"]], crs=plan.study.crs)
    return table.set_axis(table.index.astype(str).astype(object).rename("id"))


def apply(
    table: gpd.GeoDataFrame, changed: Changed, source: Source | None
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Give a layer with changes made to its rows; results of the plan are not taken over.

    Parameters
    ----------
    table
        The rows of the layer, as `rows_of` gives them.
    changed
        What is different.
    source
        The layer; None for a grid.

    Returns
    -------
    The rows, and what is unknown now, a sentence each.
    """
    table = table.copy()
    rows = changed.rows.to_crs(table.crs)
    prefix = f"{source.layer.name}:" if source else ""
    there = {one: one if one in table.index else str(one).removeprefix(prefix)
             for one in changed.table["id"]}  # fmt: skip
    ids = {str(kind): list(dict.fromkeys(part))
           for kind, part in changed.table.groupby("change")["id"]}  # fmt: skip
    for one in (*ids.get("moved", []), *ids.get("reshaped", [])):
        shape = plain_shapes(rows.loc[[one]].geometry.to_numpy())[0]
        table.loc[[there[one]], table.geometry.name] = gpd.GeoSeries(
            [shape], index=[there[one]], crs=table.crs
        )
    floors = [name for name, one in _columns(source).items() if one.source == FLOOR_AREA]
    remarks = []
    if floors and "reshaped" in ids:
        table.loc[[there[one] for one in ids["reshaped"]], floors] = np.nan
        remarks.append(f"{', '.join(floors)}: unknown now where the outline changed")
    rewritten = changed.table[changed.table["change"] == "attribute"]
    for column, part in rewritten.groupby("column"):
        values = rows.loc[part["id"], column].set_axis([there[one] for one in part["id"]])
        table = _rewritten(table, str(column), values)
    table = table.drop(index=[there[one] for one in ids.get("deleted", [])])
    if "added" in ids:
        table = _with_added(table, rows.loc[ids["added"]], changed.new_columns)
    return table.sort_index(), remarks


def _rewritten(table: gpd.GeoDataFrame, column: str, values: pd.Series) -> gpd.GeoDataFrame:
    """Give a table with other values in some cells of a column; one it does not have is added."""
    numeric = pd.api.types.is_numeric_dtype(values.dtype)
    if column not in table:
        table = table.assign(**{column: np.nan if numeric else ""})
    if pd.api.types.is_numeric_dtype(table[column].dtype):
        table.loc[values.index, column] = pd.to_numeric(values, errors="coerce").astype(float)
    else:
        table.loc[values.index, column] = [text_of(one) for one in values]
    return table


def _with_added(
    table: gpd.GeoDataFrame, rows: gpd.GeoDataFrame, new_columns: tuple[str, ...]
) -> gpd.GeoDataFrame:
    """Give a table with rows at its end; of what they do not say nothing is known."""
    shapes = plain_shapes(rows.geometry.to_numpy())
    fresh = gpd.GeoDataFrame(
        {table.geometry.name: shapes}, index=rows.index.astype(object), crs=table.crs
    ).set_geometry(table.geometry.name, crs=table.crs)
    both = pd.concat([table, fresh])
    both = gpd.GeoDataFrame(both, crs=table.crs).set_geometry(table.geometry.name)
    for column in rows:
        if column in new_columns or (column in table and column != rows.geometry.name):
            both = _rewritten(both, str(column), rows[column])
    if LABEL in both:
        both[LABEL] = both[LABEL].fillna("")
    return both


def described(
    source: Source | None, table: gpd.GeoDataFrame, name: str, note: str
) -> dict[str, Any]:
    """Give the content of a layer's TOML: what the layer it comes from says, and a note.

    Parameters
    ----------
    source
        The layer that it comes from; None for a grid.
    table
        Its rows.
    name
        Its name.
    note
        What its readers have to know.
    """
    layer = source.layer if source else None
    names = names_in_file(table)
    flat = shapely.get_dimensions(table.geometry.to_numpy())
    kind = layer.kind if layer and layer.kind in KINDS else KINDS[int(max(flat.max(), 0))]
    title = f"{layer.title if layer else 'Possible sites'} (edited)"
    found: dict[str, Any] = {"title": title, "source": f"{name}.gpkg", "kind": kind, "id": "id"}
    if LABEL in table:
        found["label"] = names[LABEL]
    if HOURS in table:
        found["hours"] = names[HOURS]
    said = layer.model_dump(mode="json") if layer else {}
    found |= {key: said[key] for key in COPIED if said.get(key) not in (None, "", False)}
    found["notes"] = [*(layer.notes if layer else ()), note]
    columns = dict(_told_columns(source, table, names))
    return found | ({"columns": columns} if columns else {})


def _told_columns(
    source: Source | None, table: gpd.GeoDataFrame, names: dict[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Describe the columns that hold anything: those of the layer, and those that are new."""
    known = _columns(source)
    held = {str(one) for one in table if table[one].notna().any()}
    for name, column in known.items():
        if name in held:
            told = column.model_dump(mode="json", exclude_defaults=True, by_alias=True)
            if column.source != AREA:
                told = {key: value for key, value in told.items() if not key.startswith("floors")}
                told["from"] = names[name]
            if column.of is not None and column.of not in held:
                told = {**told, "kind": "value"}
                del told["of"]
            yield name, told
    for name in held - {*known, LABEL, HOURS, str(table.geometry.name)}:
        numeric = pd.api.types.is_numeric_dtype(table[name].dtype)
        yield name, {"from": names[name], "kind": "value" if numeric else "category"}


def _columns(source: Source | None) -> dict[str, Column]:
    return dict(source.layer.columns) if source else {}
