"""One layer, or all of a project, from file to `Source`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
from pyproj import CRS

from siteplanner.errors import InputError, Problem
from siteplanner.model import Column, Layer
from siteplanner.sources import files
from siteplanner.sources.columns import as_text, check_columns, declared, wanted_columns
from siteplanner.sources.credibility import check_totals, in_shares
from siteplanner.sources.entrances import wrong_entrances
from siteplanner.sources.files import Located
from siteplanner.sources.joins import join
from siteplanner.sources.ledger import Ledger, offer
from siteplanner.sources.positions import (
    check_positions,
    coordinate_columns,
    from_coordinates,
    from_text,
    hint_columns,
    settle_crs,
)
from siteplanner.sources.rasters import read_raster
from siteplanner.sources.repair import mend, name_rows, without_duplicates
from siteplanner.sources.source import Rows, Source
from siteplanner.sources.streets import read_streets
from siteplanner.sources.tables import read_table
from siteplanner.sources.vectors import OSM, read_vectors

AREA = "@area_m2"
"""As a column's ``from``: the area of the polygon itself."""
EQUAL_AREA = "EPSG:6933"


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
        raster = read_raster(ledger, located)
        return Source(layer, None, raster, tuple(ledger.notices), files.fingerprint(located))
    if layer.kind == "network":
        return _read_network(ledger, located)
    table = _read_rows(ledger, located, folder, others or {})
    if located.suffix in OSM:
        _ask_for_credit(ledger, len(table))
    said, digest = tuple(ledger.notices), files.fingerprint(located)
    return Source(in_shares(layer), table, None, said, digest, written=layer)


def read_all(layers: Mapping[str, Layer], folder: Path) -> dict[str, Source]:
    """Read the layers of a project, tables after the layers they join.

    Parameters
    ----------
    layers
        By name; a layer that another one joins has to be among them.
    folder
        The folder of their TOML files.

    Returns
    -------
    A source for every layer, in the order of ``layers``.

    Raises
    ------
    InputError
        With the problems of all layers.
    """
    problems = [*_wrong_joins(layers), *wrong_entrances(layers)]
    barred = {name for name, _ in problems}
    found = [problem for _, problem in problems]
    read_so_far: dict[str, Source] = {}
    waiting = [name for name in layers if name not in barred]
    while waiting:
        ready = [name for name in waiting if _joins(layers[name]) not in waiting]
        for name in ready:
            target = _joins(layers[name])
            if target is not None and target not in read_so_far:
                continue  # what is wrong there is said already
            try:
                read_so_far[name] = read(layers[name], folder, others=read_so_far)
            except InputError as error:
                found.extend(error.problems)
        waiting = [name for name in waiting if name not in ready]
    if found:
        raise InputError(found)
    return {name: read_so_far[name] for name in layers}


def _joins(layer: Layer) -> str | None:
    return None if layer.join is None else layer.join.layer


def _wrong_joins(layers: Mapping[str, Layer]) -> list[tuple[str, Problem]]:
    """Find layers that join an unknown layer, or themselves in a circle."""
    wrong = []
    for name, layer in layers.items():
        ledger = Ledger(layer)
        target = _joins(layer)
        if target is not None and target not in layers:
            ledger.in_toml("join.layer", f"no layer '{target}'", offer(target, layers))
        chain = [name]
        while target is not None and target in layers and target not in chain:
            chain.append(target)
            target = _joins(layers[target])
        if target == name:
            circle = " → ".join([*chain, name])
            todo = "let one of them have its own geometry"
            ledger.in_toml("join.layer", f"the layers join in a circle: {circle}", todo)
        wrong += [(name, problem) for problem in ledger.problems]
    return wrong


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
) -> gpd.GeoDataFrame:
    rows = _raw(ledger, located)
    names = [str(name) for name in rows.table.columns]
    if not len(rows.table):
        raise ledger.refuse_file("the layer has no rows", "check the file, or name another one")
    check_columns(ledger, [*names, AREA] if ledger.layer.kind == "polygons" else names)
    if ledger.layer.join is not None:
        return _joined(ledger, rows, folder, others).sort_index()
    rows = _placed(ledger, rows, names)
    rows = without_duplicates(ledger, rows)
    crs = settle_crs(ledger, rows.crs, default=_default_crs(located))
    assert rows.geometry is not None  # noqa: S101  _placed has seen to it
    possible = check_positions(ledger, rows.geometry, crs)
    geometry = mend(ledger, rows.geometry[possible])
    raw = _with_area(ledger, rows.table.loc[geometry.index], geometry, crs)
    table = declared(ledger, raw)
    ids = None if ledger.layer.id is None else as_text(raw[ledger.layer.id])
    check_totals(ledger, table, table.get("label") if ids is None else ids)
    index, keep = name_rows(ledger, ids, table, geometry, crs)
    result = gpd.GeoDataFrame(table[keep], geometry=geometry[keep].to_numpy(), crs=crs)
    return result.set_axis(index).sort_index()


def _with_area(
    ledger: Ledger, raw: pd.DataFrame, geometry: gpd.GeoSeries, crs: CRS
) -> pd.DataFrame:
    """Add the area of each polygon, where a column of the layer is read from it."""
    if AREA not in {column.source for column in ledger.layer.columns.values()}:
        return raw
    plain = gpd.GeoSeries(geometry.to_numpy(), index=geometry.index, crs=crs)
    return raw.assign(**{AREA: plain.to_crs(EQUAL_AREA).area})


def _raw(ledger: Ledger, located: Located) -> Rows:
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
) -> gpd.GeoDataFrame:
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
    rows = without_duplicates(ledger, Rows(rows.table))
    table = declared(ledger, rows.table)
    keys = _keys_of(ledger, other, wanted.to, folder, others)
    joined = join(ledger, table, rows.table[wanted.key], other, keys)
    check_totals(ledger, joined, pd.Series(joined.index, index=joined.index))
    return joined


def _keys_of(
    ledger: Ledger, other: Source, to: str | None, folder: Path, others: Mapping[str, Source]
) -> pd.Series:
    """Give the key of each row of the other layer: its id, or any column of its file."""
    assert other.table is not None  # noqa: S101  the caller has seen to it
    index = other.table.index
    if to is None and other.layer.id is None:
        found = f"'{other.layer.name}' has no id to match"
        raise ledger.refuse_key("join.to", found, "name the column of its file: to = …")
    if to is None or to == other.layer.id:
        return pd.Series(index, index=index)
    key = Column(kind="category", **{"from": to})
    layer = other.written or other.layer
    again = layer.model_copy(update={"columns": {**layer.columns, "\0key": key}})
    try:
        table = read(again, folder, others=others).table
    except InputError as error:
        problem = error.problems[0]
        raise ledger.refuse_key("join.to", problem.found, problem.todo) from None
    assert table is not None  # noqa: S101  it is the same layer again
    keys: pd.Series = table["\0key"].reindex(index)
    return keys
