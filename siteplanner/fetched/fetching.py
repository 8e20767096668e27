"""One layer, or all of a project, from its address to the copy that runs read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import geopandas as gpd
import pandas as pd

from siteplanner.errors import InputError, OutputError, Problem
from siteplanner.fetched import asking, databases, downloads, windows
from siteplanner.fetched.addresses import (
    DATABASE,
    WEB,
    TroubleError,
    filled_in,
    host,
    scheme,
    shown,
    variables,
)
from siteplanner.fetched.changes import told
from siteplanner.fetched.copies import asked, kept_copy
from siteplanner.fetched.record import (
    Record,
    file_sha256,
    kept_folder,
    now,
    read_record,
    write_record,
)
from siteplanner.model import Layer

Look = Callable[[Layer, Path], pd.DataFrame | None]
"""Reads the rows of a file; raises `InputError` where it is damaged."""
Progress = Callable[[str, int, int | None], None]
"""Told the layer, how much has come (bytes, or rows of a database), and of how much."""


@dataclass(frozen=True)
class Outcome:
    """What became of one layer.

    Parameters
    ----------
    layer
        Its name.
    kind
        ``fetched`` for the first time, ``kept`` as it was, ``changed`` for a newer copy,
        ``failed``: what was there is still there.
    said
        What to tell, a sentence each.
    problem
        Where it failed.
    """

    layer: str
    kind: Literal["fetched", "kept", "changed", "failed"]
    said: tuple[str, ...] = ()
    problem: Problem | None = None


def everywhere(_name: str) -> None:
    """Give no area: all of a raster is wanted."""


def silent(_layer: str, _done: int, _total: int | None) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class Way:
    """How to fetch.

    Parameters
    ----------
    look
        Reads the rows of what has come.
    area
        Gives the area that a raster is needed for; None: all of it.
    refresh
        Also what is kept already.
    limit_bytes
        The most that one layer may have.
    progress
        Called while data come.
    """

    look: Look
    area: Callable[[str], gpd.GeoSeries | None] = everywhere
    refresh: bool = False
    limit_bytes: int = downloads.LIMIT_BYTES
    progress: Progress = silent


@dataclass(frozen=True)
class _Come:
    path: Path
    suffix: str
    date: str = ""
    etag: str = ""
    area_sha256: str = ""
    extent: windows.Bounds | None = None


def fetch_layer(layer: Layer, layers: Path, way: Way) -> Outcome:
    """Fetch the data of one layer, unless a good copy is kept already.

    The copy that was there stays until the new one is whole; it is replaced in one step.

    Parameters
    ----------
    layer
        Its source is an address.
    layers
        The project's ``layers/``.
    way
        How.

    Returns
    -------
    What became of it; a failure is told there, not raised.

    Raises
    ------
    OutputError
        If the disk is full or may not be written.
    """
    try:
        address = filled_in(layer.source)
        old = _kept(layer, layers)
        if old is not None and not way.refresh:
            return Outcome(layer.name, "kept", _whether_newer(layer, address, old))
        if kept_folder(layers).is_symlink():
            todo = "delete the link: copies are kept in the project itself"
            raise TroubleError("layers/fetched is a link that leads elsewhere", todo)
        kept_folder(layers).mkdir(parents=True, exist_ok=True)
        with _fetched(layer, address, layers, way) as come:
            return _taken_in(layer, come, layers, way)
    except TroubleError as error:
        return _failed(layer, error.key, error.found, error.todo)
    except InputError as error:
        first = error.problems[0]
        return _failed(layer, "source", f"what came is no good: {first.found}", first.todo)
    except OSError as error:
        if isinstance(error, OutputError):
            raise
        message = f"layers/fetched: could not be written ({error.strerror}); what was there before "
        raise OutputError(message + "is untouched; free some space and fetch again") from None


def origin(layer: Layer) -> str:
    """Say which server a layer comes from, and which variables it was told.

    Examples
    --------
    >>> origin(Layer(name="a", title="A", kind="table", source="https://x.org/a.csv?key=${KEY}"))
    'x.org, which was told KEY of the environment'
    """
    given = variables(layer.source)
    tail = f", which was told {' and '.join(given)} of the environment" if given else ""
    return f"{host(shown(layer.source))}{tail}"


def _kept(layer: Layer, layers: Path) -> Record | None:
    """Give the record of a good copy; None where one has to be fetched."""
    try:
        return kept_copy(layer, layers)[1]
    except (TroubleError, InputError):
        return None


def _whether_newer(layer: Layer, address: str, old: Record) -> tuple[str, ...]:
    """Tell whether the server has another version than the kept one."""
    day = old.fetched[:10]
    if scheme(layer.source) in DATABASE:
        return (f"kept as it was on {day}; --refresh reads the database again",)
    try:
        found = asking.newer(address, old.etag, old.data_date)
    except TroubleError as error:
        return (f"kept as it was on {day}; whether it has changed is not known: {error.found}",)
    if found is None:
        return (f"kept as it was on {day}; the server does not say whether it has changed",)
    if found:
        return (f"kept as it was on {day}, but the server has another version: --refresh takes it",)
    return (f"kept as it was on {day}; the server has no newer version",)


@contextmanager
def _fetched(layer: Layer, address: str, layers: Path, way: Way) -> Iterator[_Come]:
    """Have the data under a temporary name, which is gone afterwards."""
    folder = kept_folder(layers)
    new = folder / f".{layer.name}.new"
    part = folder / f".{layer.name}.part"
    try:
        yield _come(layer, address, way, new, part)
    finally:
        for path in folder.iterdir():
            if path.name.startswith(new.name):
                path.unlink(missing_ok=True)


def _come(layer: Layer, address: str, way: Way, new: Path, part: Path) -> _Come:
    def progress(done: int, total: int | None) -> None:
        way.progress(layer.name, done, total)

    if scheme(layer.source) in DATABASE:
        target = new.with_name(f"{new.name}.parquet")
        table = databases.read_database(
            address,
            table=layer.table,
            query=layer.query,
            limit_bytes=way.limit_bytes,
            progress=progress,
        )
        databases.write_copy(table, target)
        return _Come(target, ".parquet")
    if scheme(layer.source) not in WEB:
        todo = "download the file into layers/ and write its name"
        raise TroubleError(f"found the address '{shown(layer.source):.80}'", todo)
    around = way.area(layer.name) if layer.kind == "raster" else None
    if around is not None:
        target = new.with_name(f"{new.name}.tif")
        cut = windows.fetch_window(
            address,
            around,
            target,
            crs=layer.crs,
            limit_bytes=way.limit_bytes,
            progress=progress,
        )
        digest = hashlib.sha256(around.to_wkb(hex=True).str.cat().encode()).hexdigest()
        return _Come(target, ".tif", cut.date, cut.etag, digest, cut.extent)
    got = downloads.download(address, part, limit_bytes=way.limit_bytes, progress=progress)
    target = new.with_name(f"{new.name}{got.suffix}")
    got.path.replace(target)
    downloads.forget(part)
    return _Come(target, got.suffix, got.date, got.etag)


def _taken_in(layer: Layer, come: _Come, layers: Path, way: Way) -> Outcome:
    """Look at what has come, and let it take the place of the older copy."""
    rows = way.look(layer, come.path)
    digest = file_sha256(come.path)
    old = _readable(layer, layers)
    if layer.sha256 not in (None, digest) and not way.refresh:
        raise TroubleError(
            "the data at the address are others than the layer says",
            f'if this is the edition you want, write sha256 = "{digest}" and fetch again',
            "sha256",
        )
    said = [*_differences(layer, old, come, rows, digest, layers, way)]
    if scheme(layer.source) == "http" and not asking.is_inside(host(layer.source)):
        said.append("it came without https: somebody on the way could have changed it")
    if layer.sha256 != digest:
        said.append(f'to hold it fast, write in layers/{layer.name}.toml: sha256 = "{digest}"')
    record = Record(
        layer=layer.name,
        source=shown(layer.source),
        copy=f"{layer.name}{come.suffix}",
        sha256=digest,
        fetched=now(),
        data_date=come.date,
        query=asked(layer),
        area_sha256=come.area_sha256,
        rows=None if rows is None else len(rows),
        extent=come.extent,
        etag=come.etag,
    )
    come.path.chmod(0o644)
    come.path.replace(kept_folder(layers) / record.copy)
    write_record(record, layers)
    if old is not None and old.copy != record.copy:
        (kept_folder(layers) / old.copy).unlink(missing_ok=True)
    return Outcome(layer.name, "fetched" if old is None else "changed", tuple(said))


def _readable(layer: Layer, layers: Path) -> Record | None:
    try:
        return read_record(layers, layer.name)
    except InputError:
        return None


def _differences(
    layer: Layer,
    old: Record | None,
    come: _Come,
    rows: pd.DataFrame | None,
    digest: str,
    layers: Path,
    way: Way,
) -> Iterator[str]:
    """Say what is new against the older copy."""
    size = come.path.stat().st_size
    there = f"{len(rows):,} rows" if rows is not None else f"{size / 1e6:,.1f} MB"
    path = kept_folder(layers) / old.copy if old is not None else None
    if old is None or path is None or not path.is_file():
        yield f"{there}, {'of ' + come.date if come.date else 'of a day that nobody says'}"
        return
    if digest == old.sha256:
        yield f"{there}: the same bytes as on {old.fetched[:10]}"
        return
    if layer.kind == "raster":
        yield windows.cells_told(path, come.path)
        return
    try:
        before = way.look(layer, path)
    except InputError:
        before = None
    if before is None or rows is None:
        yield f"{there}, before {path.stat().st_size / 1e6:,.1f} MB: other bytes"
        return
    yield told(before, rows, layer.id, layer.label, examples=layer.private is None)


def _failed(layer: Layer, key: str, found: str, todo: str) -> Outcome:
    problem = Problem(f"layers/{layer.name}.toml", key, found, todo)
    return Outcome(layer.name, "failed", (), problem)
