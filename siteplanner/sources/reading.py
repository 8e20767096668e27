"""One layer, from file to `Source`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from siteplanner.errors import InputError
from siteplanner.model import Column, Layer
from siteplanner.model.layer import AREA, FLOOR_AREA
from siteplanner.sources import files
from siteplanner.sources.astray import flag_far_off
from siteplanner.sources.columns import INSIDE, as_text, check_columns, declared, wanted_columns
from siteplanner.sources.credibility import check_totals, in_shares
from siteplanner.sources.files import Located
from siteplanner.sources.inside import elsewhere
from siteplanner.sources.joins import join
from siteplanner.sources.ledger import Ledger, offer
from siteplanner.sources.matching import Matching, Table, match
from siteplanner.sources.measured import with_measured
from siteplanner.sources.pairs import Side
from siteplanner.sources.positions import (
    check_positions,
    coordinate_columns,
    from_coordinates,
    from_text,
    hint_columns,
    place_of,
    settle_crs,
)
from siteplanner.sources.rasters import read_raster
from siteplanner.sources.repair import mend, name_rows, without_duplicates
from siteplanner.sources.source import Rows, Source
from siteplanner.sources.streets import read_streets
from siteplanner.sources.tables import read_table
from siteplanner.sources.terrain import CACHE, derive, with_units
from siteplanner.sources.totals import total_rows
from siteplanner.sources.transit import is_feed, read_stops
from siteplanner.sources.vectors import OSM, read_vectors
from siteplanner.sources.withholding import withheld


def read(layer: Layer, folder: Path, *, others: Mapping[str, Source] | None = None) -> Source:
    r"""Read one layer.

    Parameters
    ----------
    layer
        What the planner wrote about it.
    folder
        The folder of its TOML, usually ``<project>/layers``.
    others
        Layers that are read already, by name; a table with ``[join]`` needs the one it
        names.

    Returns
    -------
    The layer's rows or its raster, in the file's own reference system, and a notice for
    everything that was dropped, mended or deserves a look.

    Raises
    ------
    InputError
        If the file cannot be used, with every problem found in it.

    Examples
    --------
    >>> import tempfile
    >>> layer = Layer(name="kiosks", title="Kiosks", source="kiosks.csv", kind="points", id="no",
    ...               columns={"users": Column(kind="count")})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     text = "no;lon;lat;users\n016;-74,08;4,61;12\n017;-74,09;4,62;many\n"
    ...     _ = (Path(folder) / "kiosks.csv").write_text(text)
    ...     source = read(layer, Path(folder))
    >>> source.table["users"].to_dict()
    {'016': 12.0, '017': nan}
    >>> print(source.notices[0])
    layers/kiosks: 1 of 2 rows flagged: 'users' is not a number there and counts as unknown (for example many)
    """  # noqa: E501
    ledger = Ledger(layer)
    located = files.locate(ledger, folder)
    if layer.kind == "raster":
        raster, digest = read_raster(ledger, located), files.fingerprint(located)
        if layer.derive is None:
            return Source(layer, None, raster, tuple(ledger.notices), digest)
        raster = derive(ledger, raster, digest, folder.parent / CACHE)
        return Source(with_units(layer), None, raster, tuple(ledger.notices), digest, written=layer)
    if layer.kind == "network":
        return _read_network(ledger, located)
    if layer.kind == "register":
        digest = files.fingerprint(located)
        return Source(layer, None, None, tuple(ledger.notices), digest, path=located.path)
    others = others or {}
    table, matching = _read_rows(ledger, located, folder, others)
    if located.suffix in OSM:
        _ask_for_credit(ledger, len(table))
    digest = files.fingerprint(located)
    made = Source(in_shares(layer), table, None, (), digest, written=layer, matching=matching)
    if layer.inside is not None:
        made = _held_inside(ledger, made, folder, others)
    made = replace(made, notices=tuple(ledger.notices))
    return made if layer.private is None else withheld(made)


def look_at_join(
    layer: Layer, folder: Path, *, others: Mapping[str, Source] | None = None
) -> Matching:
    """Hold the keys of a table against the layer it joins, whether it can be joined or not.

    Parameters
    ----------
    layer
        A table with ``[join]``.
    folder
        The folder of its TOML.
    others
        The layers read already, by name; the one that it joins among them.

    Returns
    -------
    Every row of both sides, what became of it, and the pairs that are likely.

    Raises
    ------
    InputError
        If the layer has no ``[join]``, or the table or its key cannot be read.
    """
    ledger = Ledger(layer)
    if layer.join is None:
        raise ledger.refuse_key("join", "the layer joins no other", "add [join], or name another")
    rows = _raw(ledger, files.locate(ledger, folder))
    check_columns(ledger, [str(name) for name in rows.table.columns])
    return _matched(ledger, rows, folder, others or {})[1]


def _read_network(ledger: Ledger, located: Located) -> Source:
    if located.suffix not in files.STREETS:
        todo = 'name an OSM or GraphML file, or write kind = "lines"'
        found = f"'{located.path.name}' is no street network"
        raise ledger.refuse_key("source", found, todo)
    try:
        table, rules, notices = read_streets(located.path)
    except InputError as error:
        problems = [replace(problem, where=ledger.file) for problem in error.problems]
        raise InputError(problems) from None
    _ask_for_credit(ledger, len(table))
    said = (*(replace(one, where=ledger.name) for one in notices), *ledger.notices)
    table = table.sort_index()
    return Source(ledger.layer, table, None, said, files.fingerprint(located), rules)


def _ask_for_credit(ledger: Ledger, rows: int) -> None:
    """Flag OpenStreetMap data that nobody is credited for; made-up streets are nobody's."""
    if ledger.layer.attribution.strip() or ledger.layer.fictional:
        return
    reason = (
        'OpenStreetMap data must be credited: write attribution = "© OpenStreetMap contributors" '
        'and licence = "ODbL-1.0"'
    )
    ledger.notice("flagged", rows, rows, reason)


def _read_rows(
    ledger: Ledger, located: Located, folder: Path, others: Mapping[str, Source]
) -> tuple[gpd.GeoDataFrame, Matching | None]:
    rows = _raw(ledger, located)
    names = [str(name) for name in rows.table.columns]
    if not len(rows.table):
        raise ledger.refuse_file("the layer has no rows", "check the file, or name another one")
    measured = [AREA, FLOOR_AREA] if ledger.layer.kind == "polygons" else []
    check_columns(ledger, [*names, *measured])
    if ledger.layer.join is not None:
        return _joined(ledger, rows, folder, others)
    rows = _placed(ledger, rows, names)
    rows = without_duplicates(ledger, rows)
    crs = settle_crs(ledger, rows.crs, default=_default_crs(located))
    assert rows.geometry is not None  # noqa: S101  _placed has seen to it
    possible = check_positions(ledger, rows.geometry, crs)
    geometry = mend(ledger, rows.geometry[possible])
    raw = with_measured(ledger, rows.table.loc[geometry.index], geometry, crs)
    table = declared(ledger, raw)
    ids = None if ledger.layer.id is None else as_text(raw[ledger.layer.id])
    check_totals(ledger, table, table.get("label") if ids is None else ids)
    index, keep = name_rows(ledger, ids, table, geometry, crs)
    result = gpd.GeoDataFrame(table[keep], geometry=geometry[keep].to_numpy(), crs=crs)
    result = result.set_axis(index).sort_index()
    flag_far_off(ledger, result)
    return result, None


def _raw(ledger: Ledger, located: Located) -> Rows:
    if is_feed(ledger, located):
        return read_stops(ledger, located)
    if located.suffix in files.TABLES:
        wanted = {column for _, column in wanted_columns(ledger)}
        return read_table(ledger, located, wanted)
    if located.suffix in (*files.VECTORS, *OSM):
        return read_vectors(ledger, located)
    todo = "write another kind, or name another file"
    found = f"'{located.path.name}' cannot be read as {ledger.layer.kind}"
    raise ledger.refuse_key("kind", found, todo)


def _default_crs(located: Located) -> str | None:
    """Of GeoJSON (RFC 7946) and OSM."""
    return "EPSG:4326" if located.suffix in (".geojson", ".json", *OSM) else None


def _placed(ledger: Ledger, rows: Rows, names: list[str]) -> Rows:
    """Give the rows of a table a geometry."""
    if ledger.layer.wkt is not None:
        return from_text(ledger, rows, ledger.layer.wkt)
    if rows.geometry is not None and ledger.layer.coordinates is None:
        return rows
    columns = coordinate_columns(ledger, names)
    if columns is None:
        todo = hint_columns(ledger, names)
        raise ledger.refuse_key("source", "the table does not say where its rows lie", todo)
    return from_coordinates(ledger, rows, columns)


def _joined(
    ledger: Ledger, rows: Rows, folder: Path, others: Mapping[str, Source]
) -> tuple[gpd.GeoDataFrame, Matching]:
    table, matching, keys = _matched(ledger, rows, folder, others)
    assert ledger.layer.join is not None  # noqa: S101  the caller has seen to it
    joined = join(ledger, table, matching, others[ledger.layer.join.layer], keys)
    check_totals(ledger, joined, pd.Series(joined.index, index=joined.index))
    return joined.sort_index(), matching


def _matched(
    ledger: Ledger, rows: Rows, folder: Path, others: Mapping[str, Source]
) -> tuple[pd.DataFrame, Matching, pd.Series]:
    """Give the declared columns of a table, where its rows belong, and the other's keys."""
    wanted = ledger.layer.join
    assert wanted is not None  # noqa: S101  the caller has seen to it
    other = others.get(wanted.layer)
    if other is None:
        raise ledger.refuse_key(
            "join.layer", f"no layer '{wanted.layer}'", offer(wanted.layer, others)
        )
    if other.table is None:
        found = f"'{wanted.layer}' is a raster"
        raise ledger.refuse_key("join.layer", found, "name a layer of polygons, lines or points")
    place = place_of(ledger, rows)
    rows = without_duplicates(ledger, Rows(rows.table))
    table = declared(ledger, rows.table)
    keys = as_text(_keys_of(ledger, other, wanted.to, folder, others))
    ours = Table(
        key=rows.table[wanted.key],
        name=table.get("label"),
        place=None if place is None else place[table.index],
        total=total_rows(ledger.layer, table, _called(rows.table[wanted.key], table)),
        counts=_counts(ledger.layer, table),
    )
    there = Side(keys, other.table.get("label"), other.table.geometry)
    return table, match(ledger.layer.name, ours, wanted.layer, there, wanted.pairs), keys


def _counts(layer: Layer, table: pd.DataFrame) -> pd.DataFrame | None:
    """Give what can be added up; of a private layer nothing is told."""
    names = [name for name, one in layer.columns.items() if one.kind == "count" and name in table]
    return table[names] if names and layer.private is None else None


def _called(key: pd.Series, table: pd.DataFrame) -> pd.DataFrame:
    called = as_text(key).to_frame("key")
    return called.assign(name=table["label"]) if "label" in table.columns else called


def _held_inside(
    ledger: Ledger, made: Source, folder: Path, others: Mapping[str, Source]
) -> Source:
    """Hold the rows against the areas they name, and take that column away again."""
    inside = made.layer.inside
    assert inside is not None  # noqa: S101  the caller has seen to it
    assert made.table is not None  # noqa: S101
    table = made.table.drop(columns=INSIDE)
    areas = others.get(inside.layer)
    if areas is None or areas.table is None:
        return replace(made, table=table)
    index = pd.Series(areas.table.index, index=areas.table.index)
    names = [index]
    if inside.to is not None:
        names = [_keys_of(ledger, areas, inside.to, folder, others, key="inside.to")]
    elif "label" in areas.table.columns:
        names = [areas.table["label"].replace("", None), index]
    found = elsewhere(ledger, made.table[INSIDE], table, areas.table, names)
    return replace(made, table=table, elsewhere=found)


def _came_twice(index: pd.Index) -> bool:
    """Say whether ids may have been told apart by a number, as ``016-2``."""
    known = set(index)
    stems = (name.rpartition("-") for name in index)
    return any(stem in known for stem, _, number in stems if number.isdecimal())


def _keys_of(
    ledger: Ledger, other: Source, to: str | None, folder: Path, others: Mapping[str, Source],
    *, key: str = "join.to",
) -> pd.Series:  # fmt: skip
    """Give the key of each row of the other layer: its id, or any column of its file."""
    assert other.table is not None  # noqa: S101  the caller has seen to it
    index = other.table.index
    if to is None and other.layer.id is None:
        found = f"'{other.layer.name}' has no id to match"
        raise ledger.refuse_key(key, found, "name the column of its file: to = …")
    to = to or other.layer.id
    if to == other.layer.id and not _came_twice(index):
        return pd.Series(index, index=index)
    column = Column(kind="category", **{"from": to})
    layer = other.written or other.layer
    more = {"columns": {**layer.columns, "\0key": column}, "inside": None}
    again = layer.model_copy(update=more)
    try:
        table = read(again, folder, others=others).table
    except InputError as error:
        problem = error.problems[0]
        raise ledger.refuse_key(key, problem.found, problem.todo) from None
    assert table is not None  # noqa: S101  it is the same layer again
    keys: pd.Series = table["\0key"].reindex(index)
    return keys
