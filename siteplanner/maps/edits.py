"""What somebody edited in an answer is kept: a run never writes over it.

QGIS changes the bytes of a GeoPackage by opening it.  So what is compared is its content, row by
row, with what the last run wrote and noted in ``run.json``.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from siteplanner.errors import OutputError

WATCHED = ("sites.gpkg", "cells.gpkg", "ground.gpkg", "map.qgz")
"""The files of an answer that a program may edit."""
RUN = "run.json"
_COPIES = "*-edited-*"
_SIDE = ("-wal", "-shm")


@dataclass(frozen=True)
class Kept:
    """What a run keeps of the answer before it.

    Parameters
    ----------
    copies
        By the name of an edited file: where it is kept.  For the public also by the name of a
        copy that an earlier run kept beside the answer: where it is moved to.
    beside
        Whether that is the folder of the answer; an answer for the public has a folder of its
        own for them, because what was edited may not be for the public.
    folder
        The folder of the answer.

    Examples
    --------
    >>> Kept({"sites.gpkg": Path("maps/parks/sites-edited-1.gpkg")}, folder=Path("maps/parks")).said
    ('sites.gpkg had been edited: it is kept as maps/parks/sites-edited-1.gpkg',)
    """

    copies: Mapping[str, Path] = field(default_factory=dict)
    beside: bool = True
    folder: Path = field(default=Path())

    @property
    def said(self) -> tuple[str, ...]:
        """Say in a sentence each what is kept, and where."""
        return tuple(
            f"{name} had been edited: it is kept as {path.as_posix()}"
            if name in WATCHED
            else f"{name} may not be for the public: it was moved, and is kept as {path.as_posix()}"
            for name, path in self.copies.items()
        )

    def writers(self) -> dict[str, Callable[[Path], None] | None]:
        """Give what writes the copies, for `siteplanner.maps.publish`; those beside the answer.

        Where they have a folder of their own: None for each copy that has to go from the answer.
        """
        if not self.beside:
            return {name: None for name in self.copies if name not in WATCHED}
        return {path.name: partial(_copy, self.folder / name) for name, path in self.copies.items()}

    def put_away(self) -> None:
        """Write the copies that have a folder of their own."""
        if self.beside:
            return
        for name, path in self.copies.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            _copy(self.folder / name, path)


def kept_edits(folder: Path, *, public: bool) -> Kept:
    """Find the files of an answer that somebody has edited since they were written.

    Parameters
    ----------
    folder
        The folder of the answer; it need not be there.
    public
        Whether the answer that takes its place is for the public.

    Returns
    -------
    The edited files, and where they are to be kept: the next free ``sites-edited-1.gpkg``.  For
    the public also the copies of earlier runs that lie in the folder.

    Raises
    ------
    OutputError
        If a GeoPackage is open in another program: it cannot be replaced safely.
    """
    try:
        there = folder.is_dir()
    except OSError:  # a name too long for the file system
        there = False
    if not there:
        return Kept(folder=folder)
    edited = [name for name in WATCHED if _is_edited(folder, name)]
    home = folder.with_name(f"{folder.name}-edited") if public else folder
    copies = {name: _free(home, Path(name)) for name in edited}
    if public:
        taken = {path.name for path in copies.values()}
        for name in _copies_in(folder):
            copies[name] = _unused(home, name, taken)
            taken.add(copies[name].name)
    return Kept(copies, not public, folder)


def said_in(folder: Path) -> tuple[str, ...]:
    """Say what the run that wrote an answer kept of the one before, a sentence each."""
    kept = _read(folder).get("kept")
    if not isinstance(kept, dict):
        return ()
    copies = {str(name): folder / str(path) for name, path in kept.items()}
    return Kept({name: Path(os.path.normpath(path)) for name, path in copies.items()}).said


def noting(content: Mapping[str, Any], kept: Kept | None = None) -> Callable[[Path], None]:
    """Give what writes ``run.json``: with what was written beside it, to compare with later.

    Parameters
    ----------
    content
        Date, duration and so on.
    kept
        What was kept of the answer before.

    Returns
    -------
    A function of the path; the other files have to be written first.
    """

    def write(path: Path) -> None:
        made = {name: path.with_name(name) for name in WATCHED}
        written = {name: noted(one) for name, one in made.items() if one.exists()}
        whole: dict[str, Any] = {**content, "written": written}
        if kept is not None and kept.copies:
            whole["kept"] = {
                name: Path(os.path.relpath(one, kept.folder)).as_posix()
                for name, one in kept.copies.items()
            }
        text = json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False)
        path.write_text(text + "\n", encoding="utf-8", newline="\n")

    return write


def noted(path: Path) -> dict[str, str]:
    """Give the fingerprints of a file: of its bytes and, of a GeoPackage, of its content.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    found = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    with suppress(sqlite3.Error):
        found["content"] = content_of(path)
    return found


def content_of(path: Path) -> str:
    """Give the fingerprint of what a GeoPackage holds: its layers, columns and rows.

    Parameters
    ----------
    path
        A GeoPackage.

    Returns
    -------
    A SHA-256.  Opening the file in QGIS does not change it; an edited value or vertex does.

    Raises
    ------
    sqlite3.Error
        If it is no GeoPackage.
    """
    digest = hashlib.sha256()
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as file:
        for text in _rows(file):
            digest.update(text.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


def _rows(file: sqlite3.Connection) -> Iterator[str]:
    tables = file.execute("SELECT table_name, srs_id FROM gpkg_contents ORDER BY table_name")
    for name, crs in tables.fetchall():
        quoted = '"' + str(name).replace('"', '""') + '"'
        rows = file.execute(f"SELECT * FROM {quoted} ORDER BY 1")  # noqa: S608  quoted above
        yield repr((name, crs, [column[0] for column in rows.description]))
        yield from map(repr, rows)


def _is_edited(folder: Path, name: str) -> bool:
    """Say whether a file holds other than the last run wrote, as far as that was noted."""
    path = folder / name
    if not path.is_file():
        return False
    before = _written(folder).get(name)
    if not isinstance(before, dict):
        run = folder / RUN  # of an older version: a file that is younger was touched since
        return not run.exists() or path.stat().st_mtime > run.stat().st_mtime
    wal = _wal(path)
    if not wal.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == before.get("sha256"):
        return False
    try:
        same = content_of(path) == before.get("content")
    except sqlite3.Error:
        same = False
    _refuse_if_open(path)
    return not same


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _refuse_if_open(path: Path) -> None:
    if _wal(path).exists():
        msg = (
            f"{path}: it is open in another program, as QGIS; nothing was written; "
            "save the edits, stop editing there, and run again"
        )
        raise OutputError(msg)


def _copies_in(folder: Path) -> list[str]:
    """Name the copies of what was edited that lie in the folder of an answer."""
    found = [one for one in sorted(folder.glob(_COPIES)) if one.is_file()]
    for one in found:
        if _wal(one).exists():
            with suppress(sqlite3.Error):
                content_of(one)  # takes in what a program left behind
            _refuse_if_open(one)
    return [one.name for one in found if one.exists() and not one.name.endswith(_SIDE)]


def _read(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _written(folder: Path) -> dict[str, Any]:
    written = _read(folder).get("written")
    return written if isinstance(written, dict) else {}


def _free(folder: Path, name: Path) -> Path:
    """Give the next name that nothing has yet."""
    number = 1
    while (path := folder / f"{name.stem}-edited-{number}{name.suffix}").exists():
        number += 1
    return path


def _unused(folder: Path, name: str, taken: Set[str]) -> Path:
    """Give the name itself, or the next one that nothing has yet."""
    path, number = folder / name, 1
    while path.exists() or path.name in taken:
        number += 1
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    return path


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
