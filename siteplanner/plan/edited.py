"""From places edited in QGIS to a layer that plans can read, and a report of what changed."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyogrio
import tomli_w
from pyogrio.errors import DataLayerError, DataSourceError

from siteplanner import maps
from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.maps.geopackage import names_in_file, write_gpkg
from siteplanner.plan.changed import LABEL, Changed, compare, sentences
from siteplanner.plan.redrawn import apply, described, rows_of
from siteplanner.sites.finding import rows_in_layer

if TYPE_CHECKING:
    from siteplanner.plan.plan import Plan

TABLES = ("sites", "existing", "excluded")
"""Layers of ``sites.gpkg``, in this order."""


@dataclass(frozen=True)
class Edited:
    """A layer that was written from places that somebody edited.

    Parameters
    ----------
    name
        Of the new layer: ``<layer>_edited``, or the next free name.
    source
        The layer it comes from; empty for the points of a grid.
    file
        The GeoPackage.
    report
        The table of changes, a CSV.
    changes
        One row a change, as `siteplanner.plan.changed.Changed` has them.
    sentences
        The same in words.
    remarks
        What was mended, is not taken over, or is unknown now.
    """

    name: str
    source: str
    file: Path
    report: Path
    changes: pd.DataFrame
    sentences: tuple[str, ...]
    remarks: tuple[str, ...]


def take_back(
    plan: Plan, file: Path, layer: str | None = None, *, on: datetime.date | None = None
) -> list[Edited]:
    """Write places that were edited in QGIS as new layers of the project.

    The file is held against what the plan would write now.  A shape, a name and the columns of
    the layer itself are taken over; the plan's results (rank, index and so on) are not, but
    told.  No layer is ever written over: the new one is ``<layer>_edited`` or the next free name.

    Parameters
    ----------
    plan
        The plan that the file is an answer of.
    file
        A GeoPackage: the ``sites.gpkg`` of the answer, or a copy of it.
    layer
        ``sites``, ``existing`` or ``excluded``; by default all of them that the file has.
    on
        The day that the notes of the layer tell; today.

    Returns
    -------
    What was written, a layer each; nothing where nothing has changed.

    Raises
    ------
    InputError
        If the file cannot be read, or has no such layer.
    OutputError
        If a layer cannot be written; nothing is changed then.
    """
    written = maps.site_tables(plan.answer())
    on = on or datetime.datetime.now(datetime.UTC).date()
    parts: dict[str, list[Changed]] = {}
    for name, table in _read(Path(file), layer, plan).items():
        before = written[name]
        called = {new: old for old, new in names_in_file(before).items()}
        after = table.rename(columns=called).drop(columns="fid", errors="ignore")
        own = _own(plan, name, before)
        before, after = _filled(before, after, own)
        changed = compare(before, after, taken={LABEL, *own})
        for owner, part in _by_owner(changed, before, _layers_of(plan, name)):
            parts.setdefault(owner, []).append(part)
    usable = {owner: changes for owner, changes in parts.items() if _takes_any(changes)}
    if parts and not usable:
        found = "only results of the plan were changed, as "
        found += sentences(next(iter(parts.values()))[0].table)[0]
        todo = "edit shapes, names or columns of the layer itself; weights stand in the scenario"
        raise InputError([Problem(str(file), "", found, todo)])
    return [_write(plan, owner, changes, on) for owner, changes in usable.items()]


def check(file: Path, layer: str | None = None) -> dict[str, str]:
    """See which layers of places a file has, before anything takes long.

    Parameters
    ----------
    file
        A GeoPackage.
    layer
        ``sites``, ``existing`` or ``excluded``; by default all of them that the file has.

    Returns
    -------
    By each of those: what the file calls it.  A file with one layer may call it as it likes.

    Raises
    ------
    InputError
        If the file cannot be read, or has no such layer.
    """
    if layer is not None and layer not in TABLES:
        found, todo = f"no layer '{layer:.40}' of an answer", nearest_names(layer, TABLES)
        raise InputError([Problem("edited", "--layer", found, todo)])
    try:
        names = [str(one) for one in pyogrio.list_layers(file)[:, 0]]
    except (DataSourceError, OSError) as error:
        found = f"it cannot be read ({error})" if file.exists() else "no such file"
        todo = "name the GeoPackage that was edited, as maps/SCENARIO/sites.gpkg"
        raise InputError([Problem(str(file), "", found, todo)]) from None
    if layer is not None and len(names) == 1:
        return {layer: names[0]}
    wanted = {one: one for one in TABLES if one in names and layer in (None, one)}
    if not wanted:
        found = f"it has no layer {layer or 'sites, existing or excluded'}; it has "
        found += ", ".join(names) or "none"
        todo = "say with --layer which places they are, and give a file with one layer"
        raise InputError([Problem(str(file), "", found, todo)])
    return wanted


def _read(file: Path, layer: str | None, plan: Plan) -> dict[str, gpd.GeoDataFrame]:
    """Read the tables of places in a file, in the CRS of the plan."""
    read = {}
    for one, name in check(file, layer).items():
        table = _table(file, name)
        if table.crs is None:
            found = f"layer '{name}' has no CRS"
            raise InputError([Problem(str(file), "", found, "set it in QGIS and save again")])
        read[one] = table.to_crs(plan.study.crs)
    return read


def _table(file: Path, name: str) -> gpd.GeoDataFrame:
    try:
        table = gpd.read_file(file, layer=name)
    except (DataSourceError, DataLayerError, OSError) as error:
        found = f"layer '{name}' cannot be read ({error})"
        raise InputError([Problem(str(file), "", found, "save it again in QGIS")]) from None
    if not isinstance(table, gpd.GeoDataFrame):
        found = f"layer '{name}' has no shapes"
        raise InputError([Problem(str(file), "", found, "name a layer of places")])
    return table


def _layers_of(plan: Plan, name: str) -> list[str]:
    """Name the layers that a table of places comes from; ``grid`` for the points of a grid."""
    if name == "existing":
        return [plan.scenario.choice.existing] if plan.scenario.choice.existing else []
    return list(plan.scenario.sites.layer) or ["grid"] if plan.scenario.sites else []


def _own(plan: Plan, name: str, places: pd.DataFrame) -> pd.DataFrame:
    """Give the columns that the layers themselves have, by the ids of a table of places."""
    tables, columns = list[pd.DataFrame](), dict[str, None]()
    if name == "existing":  # all of one layer, which may have a column of that name
        places = places.drop(columns="layer", errors="ignore")
    for layer in _layers_of(plan, name):
        source = plan.sources.get(layer)
        if source is not None and source.table is not None:
            table = pd.DataFrame(source.table)[list(source.layer.columns)]
            columns.update(dict.fromkeys(map(str, table)))
            at = rows_in_layer(places, layer, table.index)
            if (at >= 0).any():
                tables.append(table.iloc[at[at >= 0]].set_axis(places.index[at >= 0]))
    whole = pd.concat(tables) if tables else pd.DataFrame(index=places.index)
    return whole.reindex(columns=list(columns))


def _filled(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, own: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Hold a column that somebody added under the name of one of the layer against that one.

    A cell that was left empty there stays what it is in the layer.
    """
    key = str(before.index.name or "id")
    for column in map(str, own):
        if column in after and column not in before and key in after:
            before = before.assign(**{column: own[column].reindex(before.index)})
            there = after[key].map(before[column])
            after = after.assign(**{column: after[column].astype(object).fillna(there)})
    return before, after


def _by_owner(
    changed: Changed, before: gpd.GeoDataFrame, layers: list[str]
) -> Iterator[tuple[str, Changed]]:
    """Part the changes by the layer that a row comes from; an added row may name its own."""
    ids = changed.table["id"]
    said = pd.Series("", index=ids.index, dtype=object)
    for table in (changed.rows, before):
        if "layer" in table:
            said = said.where(said != "", ids.map(table["layer"]).fillna("").astype(str))
    owner = said.where(said.isin(layers), layers[0]) if layers else said
    for one in layers:
        part = changed.table[owner == one]
        if len(part):
            yield one, replace(changed, table=part.reset_index(drop=True))


def _takes_any(changes: list[Changed]) -> bool:
    return any((one.table["change"] != "result").any() for one in changes)


def _write(plan: Plan, owner: str, changes: list[Changed], on: datetime.date) -> Edited:
    """Write one layer, its TOML and the report."""
    source = plan.sources.get(owner)
    table = rows_of(plan, source)
    remarks = [one for changed in changes for one in changed.remarks]
    for changed in changes:
        table, more = apply(table, changed, source)
        remarks += more
    told = pd.concat([one.table for one in changes], ignore_index=True)
    folder = plan.folder.resolve().parent.parent / "layers"
    name = _free(folder, f"{owner if source else 'sites'}_edited")
    text = tomli_w.dumps(described(source, table, name, _note(owner, told, on)))
    report = f"{name}.changes.csv"
    files: dict[str, Callable[[Path], None] | None] = {
        f"{name}.gpkg": partial(write_gpkg, {name: table}),
        f"{name}.toml": partial(_put, text),
        report: partial(maps.write_csv, told),
    }
    maps.publish(files, folder)
    return Edited(
        name=name,
        source=owner if source else "",
        file=folder / f"{name}.gpkg",
        report=folder / report,
        changes=told,
        sentences=tuple(sentences(told)),
        remarks=tuple(dict.fromkeys([*remarks, *_stale(plan, owner)])),
    )


def _note(owner: str, told: pd.DataFrame, on: datetime.date) -> str:
    counts = told[told["change"] != "result"].groupby("change", sort=False)["id"].nunique()
    words = {"attribute": "rewritten"}
    said = ", ".join(f"{count:,} {words.get(str(kind), kind)}" for kind, count in counts.items())
    return f"Edited in QGIS on {on.isoformat()}, from {owner}: {said or 'nothing taken over'}."


def _stale(plan: Plan, owner: str) -> list[str]:
    """Say so if the layer has changed since the answer was written."""
    try:
        text = (plan.folder / "plan.json").read_text(encoding="utf-8")
        before = json.loads(text)["layers"][owner]["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    if owner not in plan.sources or plan.sources[owner].sha256 == before:
        return []
    return [f"layers/{owner} has changed since the answer was written: some of this is no edit"]


def _free(folder: Path, base: str) -> str:
    """Give the first name of a layer that nothing has yet."""
    number, name = 1, base
    while any((folder / f"{name}{one}").exists() for one in (".gpkg", ".toml", ".changes.csv")):
        number += 1
        name = f"{base}_{number}"
    return name


def _put(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
