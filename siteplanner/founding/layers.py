"""The files of a layer from OpenStreetMap: its data, its TOML, and where it is from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import tomli_w

from siteplanner import fetched
from siteplanner.errors import OutputError
from siteplanner.maps import write_gpkg
from siteplanner.openstreetmap.naming import CALLED

LICENCE = "ODbL-1.0"
CREDIT = "© OpenStreetMap contributors"
HOURS = "opening_hours"
_HEAD = (
    "# Taken from OpenStreetMap by the rules in openstreetmap.toml.\n"
    "# Change what you like: as long as nobody does ({}), a refresh writes it anew.\n"
)
_UNTOUCHED = re.compile(_HEAD.replace(".", r"\.").replace("({})", r"\((\w+)\)"))
_OWN = ("name", CALLED, HOURS, "geometry")
_PLAIN = {
    "tag": ("category", "", "Tag in OpenStreetMap"),
    "size": ("category", "", "Size"),
    "residents": ("count", "people, guessed", "People, guessed"),
    "floor_m2": ("count", "m2", "Floor area of homes, guessed"),
    "building_levels": ("value", "floors", "Floors"),
}


@dataclass(frozen=True)
class Origin:
    """Where the data of all layers comes from.

    Parameters
    ----------
    source
        Server or file.
    date
        Day of the data; empty where nobody says.
    fetched
        Day and time it was taken.
    area_sha256
        Hash of the area it was asked for.
    """

    source: str
    date: str
    fetched: str
    area_sha256: str


@dataclass(frozen=True)
class Draft:
    """What a layer's TOML says, but for what all of them say.

    Parameters
    ----------
    name
        Of the layer.
    title, kind
        As in a layer.
    query
        What was asked for, in words.
    proxy
        If its numbers stand in for others, what for what.
    notes
        What a reader must know.
    entrances
        The layer of its gates, if there is one.
    """

    name: str
    title: str
    kind: str
    query: str
    proxy: str = ""
    notes: tuple[str, ...] = ()
    entrances: str = ""


def write_table(
    draft: Draft, table: gpd.GeoDataFrame, origin: Origin, layers: Path
) -> fetched.Record:
    """Write a layer of rows: GeoPackage, TOML and record.

    A TOML that somebody has changed stays: only its year follows the data.

    Parameters
    ----------
    draft
        What it says.
    table
        Index ``id``; in degrees.
    origin
        Where it is from.
    layers
        The project's ``layers/``.

    Returns
    -------
    The record.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    copy = f"{draft.name}.gpkg"
    path = fetched.kept_folder(layers) / copy
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_gpkg({draft.name: table}, path)
    except OSError as error:
        raise unwritable(path, error) from None
    _write_toml(draft, copy, origin, layers, _columns(table, draft.kind))
    return _record(draft, copy, origin, layers, len(table))


def write_file(draft: Draft, copy: str, rows: int, origin: Origin, layers: Path) -> fetched.Record:
    """Write TOML and record of a file that is already in ``layers/fetched/``."""
    _write_toml(draft, copy, origin, layers, {})
    return _record(draft, copy, origin, layers, rows)


def unwritable(path: Path, error: OSError) -> OutputError:
    """Give the error for a file that cannot be written."""
    reason = error.strerror or type(error).__name__
    return OutputError(f"{path}: could not be written ({reason}); make room or name another folder")


def _columns(table: gpd.GeoDataFrame, kind: str) -> dict[str, Any]:
    """Declare the columns, and the few keys that depend on them."""
    said: dict[str, Any] = {"id": "id"}
    for name in ("name", CALLED):
        if name in table and table[name].notna().any():
            said["label"] = name
    if HOURS in table and table[HOURS].notna().any():
        said["hours"] = HOURS
    columns = {}
    for name in table:
        if name in _OWN:
            continue
        sort, unit, title = _PLAIN.get(name, ("category", "", name.replace("_", " ").capitalize()))
        columns[name] = {"kind": sort, **({"unit": unit} if unit else {}), "title": title}
    if kind == "polygons":
        columns["area_m2"] = {"from": "@area_m2", "unit": "m2", "kind": "count", "title": "Area"}
    return {**said, "columns": columns}


def _write_toml(
    draft: Draft, copy: str, origin: Origin, layers: Path, found: Mapping[str, Any]
) -> None:
    path = layers / f"{draft.name}.toml"
    said: dict[str, Any] = {
        "title": draft.title,
        "source": f"{fetched.kept_folder(layers).name}/{copy}",
        "kind": draft.kind,
        **{key: found[key] for key in ("id", "label", "hours") if key in found},
    }
    if draft.entrances:
        said["entrances"] = draft.entrances
    if origin.date:
        said["year"] = int(origin.date[:4])
    said |= {"licence": LICENCE, "attribution": CREDIT}
    if draft.proxy:
        said["proxy"] = draft.proxy
    if draft.notes:
        said["notes"] = list(draft.notes)
    if found.get("columns"):
        said["columns"] = found["columns"]
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if text and not _is_as_written(text):
            if origin.date:
                text = re.sub(
                    r"^year = \d+", f"year = {origin.date[:4]}", text, count=1, flags=re.M
                )
        else:
            body = tomli_w.dumps(said)
            text = _HEAD.format(_mark_of(body)) + body
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(text, encoding="utf-8", newline="\n")
        fresh.replace(path)
    except OSError as error:
        raise unwritable(path, error) from None


def _is_as_written(text: str) -> bool:
    """Tell whether nobody has changed a TOML since it was written."""
    head = _UNTOUCHED.match(text)
    return head is not None and head[1] == _mark_of(text[head.end() :])


def _mark_of(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8")).hexdigest()[:12]


def _record(draft: Draft, copy: str, origin: Origin, layers: Path, rows: int) -> fetched.Record:
    record = fetched.Record(
        layer=draft.name,
        source=origin.source,
        copy=copy,
        sha256=fetched.file_sha256(fetched.kept_folder(layers) / copy),
        fetched=origin.fetched,
        data_date=origin.date,
        query=draft.query,
        area_sha256=origin.area_sha256,
        rows=rows,
    )
    fetched.write_record(record, layers)
    return record
