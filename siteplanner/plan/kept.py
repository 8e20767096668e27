"""Copies of a register read back into a project: ``layers/register.xlsx`` and a report."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from siteplanner import maps, register
from siteplanner.errors import InputError, OutputError, Problem
from siteplanner.plan.registering import (
    BOOK,
    ISSUED,
    KEPT,
    read_before,
    refuse_if_open,
)
from siteplanner.register import Line

REPORT = "register-report.csv"
READ = "read.txt"
"""Which copies were read whole: a run may write over those."""
TOML = "register.toml"
_GUARDED = ("=", "+", "-", "@")
_LAYER = """\
# The site register: what officers have found out. Written by siteplanner register --read.
title = "Site register"
source = "register.xlsx"
kind = "register"
year = {year}
licence = "internal"             # who may have it
attribution = "Planning office"  # who keeps it
"""


@dataclass(frozen=True)
class ReadBack:
    """What became of copies that were read back.

    Parameters
    ----------
    merged
        The register, and a line for every cell that changed, conflicts or was not read.
    written
        Whether anything was written: not where nothing could be read, or nothing is new.
    kept
        Whether there was an earlier register, which is kept beside it.
    report
        Where the report is; None where nothing was written.
    """

    merged: register.Merged
    written: bool
    kept: bool
    report: Path | None

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of the report."""
        return self.merged.lines


def read_back(
    copies: Sequence[Path],
    layers: Path,
    *,
    issued: Path | None = None,
    language: str = "en",
    now: datetime.datetime | None = None,
) -> ReadBack:
    """Read copies of the register, and merge them into the one that the project keeps.

    The earlier register is kept in ``layers/register.kept/``.  If nothing could be read, nothing
    is written.

    Parameters
    ----------
    copies
        Workbooks or CSV files that came back.
    layers
        The project's ``layers/``.
    issued
        The folder that the register was issued in: it says which sites there are, for copies that
        have lost their hidden sheets.
    language
        Of the register that is kept, and to take dates by.
    now
        For the names of what is kept; by default the present moment.

    Returns
    -------
    What changed, what conflicts, and what could not be read.

    Raises
    ------
    InputError
        If a copy cannot be read at all, or somebody has typed into the kept register what nobody
        can read: writing it anew would lose that.
    OutputError
        If it cannot be written, or somebody else has written the register meanwhile; what was
        there is untouched.
    """
    refuse_if_open(layers, BOOK)
    path = layers / BOOK
    before = _digest(path)
    held, lines = register.Register(), tuple[Line, ...]()
    if path.is_file():
        held, lines = register.read_register(path, language)
        _refuse_loss(lines)
    known = {**_issued_sites(issued), **held.names}
    read, problems = [], list[Problem]()
    for one in copies:
        try:
            read.append(register.read_copy(one, known, language))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    merged = register.merge(held, read)
    if not merged.read:
        return ReadBack(merged, written=False, kept=False, report=None)
    now = now or datetime.datetime.now().astimezone()
    stamp = now.strftime("%Y-%m-%d-%H%M%S")
    kept = _write_kept(path, layers / KEPT, stamp, merged)
    files: dict[str, Callable[[Path], None] | None] = {
        REPORT: lambda target: _write_report(merged.lines, target)
    }
    changed = merged.count("changed") > 0 or not before
    if changed:
        files[BOOK] = lambda target: register.write_workbook(_issue(merged, language), target)
    if not (layers / TOML).exists():
        files[TOML] = lambda target: _write_text(_LAYER.format(year=now.year), target)
    last = next(reversed(files))
    files[last] = _only_if_same(path, before, files[last])
    _refuse_if_changed(path, before)
    maps.publish(kept, layers / KEPT)
    maps.publish(files, layers)
    _remember_whole(layers, merged, read)
    earlier = any(name.startswith("register-") for name in kept)
    return ReadBack(merged, written=changed, kept=earlier, report=layers / REPORT)


def _digest(path: Path) -> str:
    """Give the hash of the register that is kept; nothing where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _refuse_if_changed(path: Path, before: str) -> None:
    """Refuse to write over what somebody else has written since it was read."""
    if _digest(path) != before:
        msg = (
            f"{path}: it was changed while the copies were read, as by another register --read; "
            "nothing was written; run it again"
        )
        raise OutputError(msg)


def _only_if_same(
    path: Path, before: str, write: Callable[[Path], None] | None
) -> Callable[[Path], None]:
    """Look once more when all is written beside, before anything is moved in."""

    def last(target: Path) -> None:
        if write is not None:
            write(target)
        _refuse_if_changed(path, before)

    return last


def _refuse_loss(lines: Sequence[Line]) -> None:
    """Refuse to write a register anew of which not all could be read."""
    lost = [one for one in lines if one.what == "not read"]
    if lost:
        raise InputError(
            Problem(f"layers/{BOOK}", one.place, f"found '{one.now:.60}': {one.why}",
                    "mend that cell: it would be lost when copies are read into the register")
            for one in lost[:50]
        )  # fmt: skip


def _issued_sites(folder: Path | None) -> Mapping[str, str]:
    if folder is None:
        return {}
    try:
        found = json.loads((folder / ISSUED).read_text(encoding="utf-8"))["sites"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {str(site): str(name) for site, name in found.items()}


def _issue(merged: register.Merged, language: str) -> register.Issue:
    names = dict(merged.register.names)
    for site in merged.register.sites:
        names.setdefault(site, "")
    index = pd.Index(sorted(names), name="site")
    locked = pd.DataFrame({"name": [names[site] for site in index]}, index=index)
    return register.Issue(locked, merged.register, language)


def _write_kept(
    path: Path, folder: Path, stamp: str, merged: register.Merged
) -> dict[str, Callable[[Path], None] | None]:
    """Keep the earlier register and the report."""
    free, number = stamp, 1
    while (folder / f"register-{free}.xlsx").exists() or (folder / f"report-{free}.csv").exists():
        number += 1
        free = f"{stamp}-{number}"
    files: dict[str, Callable[[Path], None] | None] = {
        f"report-{free}.csv": lambda target: _write_report(merged.lines, target),
    }
    if path.is_file():
        files[f"register-{free}.xlsx"] = lambda target: _write_copy(path, target)
    return files


def _remember_whole(layers: Path, merged: register.Merged, read: Sequence[register.Copy]) -> None:
    """Note which copies were read whole, when all that they held is in the register."""
    spoilt = {one.copy for one in merged.lines if one.what in ("not read", "conflict")}
    whole = {one.sha256 for one in read if one.name not in spoilt} | read_before(layers)
    text = "\n".join([*sorted(whole), ""])
    maps.publish({READ: lambda target: _write_text(text, target)}, layers / KEPT)


def _write_copy(path: Path, target: Path) -> None:
    shutil.copyfile(path, target)


def _write_text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_report(lines: Sequence[Line], path: Path) -> None:
    """Write the report so that a spreadsheet opens it and runs nothing of it."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    names = [one.name for one in fields(Line)]
    writer.writerow({"was": "from", "now": "to"}.get(name, name) for name in names)
    for line in lines:
        cells = [str(getattr(line, name)) for name in names]
        writer.writerow(f"'{one}" if one.startswith(_GUARDED) else one for one in cells)
    path.write_text(out.getvalue(), encoding="utf-8-sig", newline="\n")
