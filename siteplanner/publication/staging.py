"""A project laid out again in a folder of its own, and the answer that it gives there."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from siteplanner.errors import InputError, Problem
from siteplanner.plan import Plan, tried
from siteplanner.plan.making import Progress, silent
from siteplanner.project import CACHE, Project
from siteplanner.publication.packing import DEPTH, Part

UNLIKE = frozenset({"run.json"})
"""Files of an answer that differ between two runs."""
_VARIABLE = re.compile(r"(?!LD_|DYLD_|PYTHON|GDAL_|PROJ_|NUMBA_)[A-Z][A-Z0-9_]*")
_OF_THE_SYSTEM = frozenset({"PATH", "HOME", "TMP", "TEMP", "TMPDIR", "SHELL", "USER", "APPDATA"})
_FOUND = re.compile(
    r"(index|robustness)\.html|robustness\.json|flips\.gpkg|[a-z_]+\.csv|[a-z_]+\.svg"
)
"""Files that ``siteplanner robustness`` writes."""


@contextmanager
def laid_out(
    texts: Mapping[str, bytes],
    parts: Sequence[Part],
    *,
    name: str,
    inside: Path | None = None,
    cache: Path | None = None,
) -> Iterator[Project]:
    """Lay a project out, and take it away afterwards.

    While it is there, environment variables that layers start from lead to it, so that nothing
    else is read.

    Parameters
    ----------
    texts
        Its TOML files and records: bytes by path inside the project.
    parts
        Where the data lie; they are linked, or copied where that cannot be.
    name
        Of the project's folder: printed sheets carry it.
    inside
        The folder to make it in; by default one for temporary files.
    cache
        The ``.cache`` of the project itself, to be used here too.

    Yields
    ------
    The project.

    Raises
    ------
    InputError
        If a path would lie outside that folder, or a variable is one of the system's.
    """
    with tempfile.TemporaryDirectory(prefix=".siteplanner-", dir=inside) as made:
        top = Path(made).resolve()
        home = top.joinpath(*(["up"] * DEPTH), name)
        for folder in ("layers", "scenarios"):
            (home / folder).mkdir(parents=True)
        for path, content in texts.items():
            _room_for(home / path).write_bytes(content)
        variables = dict[str, str]()
        for part in parts:
            if part.variable is not None:
                variable, rest = part.variable
                if not _VARIABLE.fullmatch(variable) or variable in _OF_THE_SYSTEM:
                    raise _refused(part, "starts from a variable of the system")
                start = top / "variables" / variable
                variables[variable] = str(start)
                _link(part.found, _within(start, rest, part))
            elif part.place is not None:
                _link(part.found, _within(top, os.path.relpath(home / part.said, top), part))
        if cache is not None and cache.is_dir():
            with suppress(OSError):  # it only saves time
                (home / CACHE).symlink_to(cache.resolve(), target_is_directory=True)
        with _environment(variables):
            yield Project(home)


def answer(
    project: Project,
    scenario: str,
    folder: Path,
    made: Mapping[str, Any],
    *,
    robustness: Path | None = None,
    progress: Progress = silent,
    started: float | None = None,
) -> Plan:
    """Answer a scenario, and write all that is published of it.

    Parameters
    ----------
    project, scenario
        What is answered.
    folder
        Where the answer goes.
    made
        What is made of it: ``report`` and ``sheets``, each with its options, or None.
    robustness
        A folder with what ``siteplanner robustness`` has found, for the report; left aside where
        that is about another plan.
    progress
        Called with the name of each step.
    started
        `time.perf_counter` at the start, for ``run.json``.

    Returns
    -------
    The plan.
    """
    plan = project.run(scenario, progress=progress)
    progress("maps")
    plan.save(folder, started=started)
    if made.get("report") is not None:
        progress("report")
        if robustness is not None and tried.read(plan, robustness).state == "tried":
            copy_found(robustness, plan.folder / tried.FOLDER)
        plan.report(folder / "report", **_options(made["report"]))
    if made.get("sheets") is not None:
        progress("sheets")
        plan.sheets(folder / "sheets", **_options(made["sheets"]))
    return plan


def files_in(folder: Path) -> list[str]:
    """Name every file in a folder and the folders in it, sorted; links are not followed.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as home:
    ...     _ = _room_for(Path(home) / "report" / "a.txt").write_text("a")
    ...     files_in(Path(home))
    ['report/a.txt']
    """
    found = []
    for start, folders, names in os.walk(folder, followlinks=False):
        links = [one for one in folders if Path(start, one).is_symlink()]
        found += [Path(start, one).relative_to(folder).as_posix() for one in (*names, *links)]
    return sorted(found)


def copy_found(found: Path, folder: Path) -> None:
    """Copy what ``siteplanner robustness`` has written; other files beside it stay where they are.

    Parameters
    ----------
    found, folder
        From where to where.
    """
    for path in sorted(found.iterdir()):
        if _FOUND.fullmatch(path.name) and path.is_file() and not path.is_symlink():
            shutil.copy2(path, _room_for(folder / path.name))


def _within(top: Path, said: str, part: Part) -> Path:
    """Give a path below a folder; refuse one that leaves it."""
    path = Path(os.path.normpath(top / said))
    if not path.is_relative_to(top) or path == top:
        raise _refused(part, "lies outside the project and what is around it")
    return path


def _refused(part: Part, found: str) -> InputError:
    todo = "do not trust this folder: take it from your archive again"
    return InputError(
        [Problem(f"layers/{part.layer}.toml", "source", f"'{part.said:.80}' {found}", todo)]
    )


def _options(said: Mapping[str, Any]) -> dict[str, Any]:
    """Give options without those that nobody set; a font is a path."""
    options = {key: value for key, value in said.items() if value is not None}
    if "font" in options:
        options["font"] = Path(str(options["font"]))
    return options


def _room_for(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _link(found: Path, path: Path) -> None:
    if path.exists():
        return  # two layers are read from one file
    try:
        os.link(found.resolve(), _room_for(path))
    except OSError:
        shutil.copy2(found, path)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def plain_name(name: str) -> bool:
    """Say whether a name can be a folder's on any machine.

    Examples
    --------
    >>> [plain_name(one) for one in ("2026-03-committee", "a/b", "..", "CON", "index.html")]
    [True, False, False, False, False]
    """
    reserved = re.match(r"(con|prn|aux|nul|(com|lpt)\d)(\.|$)", name.lower())
    plain = re.fullmatch(r"[^\W_][\w.-]{0,79}", name)
    page = name.lower().endswith((".html", ".htm"))  # pages lie beside the versions
    return plain is not None and reserved is None and not page and not name.endswith(".")
