"""All files of an answer, or none: what was there before survives every failure."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from siteplanner.errors import OutputError


def publish(files: Mapping[str, Callable[[Path], None]], folder: Path) -> None:
    """Write files beside a folder first, then move them in together.

    Every file is written completely into a temporary folder next to ``folder``.  Only when
    all are there does each take the place of the old one, in one step of the file system.
    If anything fails, or the run is interrupted, the old files are put back and nothing
    temporary is left.  Other files in the folder are not touched.

    Parameters
    ----------
    files
        For each file name (no folders in it) what writes it to the path it is given.
    folder
        Where they belong; made if it is not there.

    Raises
    ------
    OutputError
        If a file cannot be written or moved.

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


def _publish(files: Mapping[str, Callable[[Path], None]], folder: Path, made: list[Path]) -> None:
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
            write(new / name)
        _swap([name for name in files if (new / name).exists()], new, old, folder)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _swap(names: list[str], new: Path, old: Path, folder: Path) -> None:
    """Move each new file in; put the old ones back if one of the moves fails."""
    moved: list[str] = []
    try:
        for name in names:
            if (folder / name).exists():
                _keep(folder / name, old / name)
            moved.append(name)
            (new / name).replace(folder / name)
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
