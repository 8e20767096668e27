"""All files of an answer, or none: what was there before survives every failure."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from siteplanner.errors import OutputError

Writers = Mapping[str, Callable[[Path], None] | None]
SIGN = "plan.json"
"""The file by which a folder is known to hold an answer of ours."""


def publish(files: Writers, folder: Path) -> None:
    """Write files beside a folder first, then move them in together.

    Every file is written completely into a temporary folder next to ``folder``.  Only when
    all are there does each take the place of the old one, in one step of the file system.
    If anything fails, or the run is interrupted, the old files are put back and nothing
    temporary is left.  Other files in the folder are not touched.

    An answer (files with a ``plan.json`` among them) takes the place of an older answer only:
    a folder that holds one of its files but no ``plan.json`` of ours is somebody else's.

    Parameters
    ----------
    files
        For each file name (no folders in it) what writes it to the path it is given; None for
        a file of an older answer that has to go.
    folder
        Where they belong; made if it is not there.

    Raises
    ------
    OutputError
        If a file cannot be written or moved, or the folder holds somebody else's files.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     folder = Path(home) / "maps" / "parks"
    ...     publish({"note.txt": lambda path: path.write_text("hello", "utf-8") and None}, folder)
    ...     (folder / "note.txt").read_text("utf-8")
    'hello'
    """
    for name in files:
        if Path(name).name != name:
            msg = f"a plain file name is needed, found {name!r}"
            raise ValueError(msg)
    _refuse_strangers(files, folder)
    made: list[Path] = []
    try:
        _publish(files, folder, made)
    except BaseException as error:
        for one in reversed(made):
            if one.is_dir() and not any(one.iterdir()):
                one.rmdir()
        if isinstance(error, OSError) and not isinstance(error, OutputError):
            reason = error.strerror or str(error)
            msg = f"{folder}: could not be written ({reason}); what was there before is untouched; "
            raise OutputError(msg + _todo(error)) from error
        raise


def _refuse_strangers(files: Writers, folder: Path) -> None:
    """Keep files that no answer of ours has put there from being written over."""
    theirs = [name for name in files if (folder / name).exists()]
    if SIGN not in files or not theirs or _is_ours(folder / SIGN):
        return
    msg = (
        f"{folder}: holds '{theirs[0]}', and no plan.json says that it is an answer of "
        "siteplanner; nothing was written; name another folder, or move the file away"
    )
    raise OutputError(msg)


def _is_ours(sign: Path) -> bool:
    try:
        return b'"siteplanner"' in sign.read_bytes()
    except OSError:
        return False


def _publish(files: Writers, folder: Path, made: list[Path]) -> None:
    for one in reversed((folder, *folder.parents)):
        if not one.exists():
            one.mkdir()
            made.append(one)
    stage = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        new, old = stage / "new", stage / "old"
        new.mkdir()
        old.mkdir()
        for name, write in files.items():
            if write is not None:
                write(new / name)
        names = [name for name, write in files.items() if write is None or (new / name).exists()]
        _swap(names, new, old, folder)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _swap(names: list[str], new: Path, old: Path, folder: Path) -> None:
    """Move each new file in, or take an old one out; put all back if one of the moves fails."""
    moved: list[str] = []
    try:
        for name in names:
            if (folder / name).exists():
                _keep(folder / name, old / name)
            moved.append(name)
            if (new / name).exists():
                (new / name).replace(folder / name)
            else:
                (folder / name).unlink(missing_ok=True)
    except BaseException:
        for name in reversed(moved):
            if (old / name).exists():
                (old / name).replace(folder / name)
            elif not (new / name).exists():
                (folder / name).unlink(missing_ok=True)
        raise


def _keep(path: Path, copy: Path) -> None:
    """Hold on to a file under a second name, without a moment in which it is gone."""
    try:
        os.link(path, copy)
    except OSError:
        shutil.copy2(path, copy)


def _todo(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "free some space on the disk and run again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "make the folder writable, or close the program that has a file of it open"
    return "mend that and run again"
