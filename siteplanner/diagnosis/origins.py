"""The file that a project was taken from: whether another machine would find it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from siteplanner.diagnosis.finding import Finding, from_problem
from siteplanner.errors import InputError

FILE = "openstreetmap.toml"


def of_openstreetmap(root: Path) -> Iterator[Finding]:
    """Find what keeps a project from being taken anew from its OpenStreetMap file.

    Parameters
    ----------
    root
        The project.

    Yields
    ------
    A line for each file that ``openstreetmap.toml`` names and that is not there, or lies where
    only this machine would look; one for each mistake in it.
    """
    if not (root / FILE).is_file():
        return
    from siteplanner.openstreetmap import read_settings  # here: reading PBF is for few projects

    try:
        area = read_settings(root / FILE).area
        yield from _of_path("file", area.file, root)
        yield from _of_path("outline", area.outline, root)
    except InputError as error:
        yield from (from_problem(one, readable=True) for one in error.problems)


def _of_path(key: str, said: str, root: Path) -> Iterator[Finding]:
    from siteplanner.openstreetmap import found_path, is_bound

    if not said:
        return
    if is_bound(said):
        what = f"area.{key} lies on this machine alone: {said}"
        todo = (
            f"put the file into the project, or write {key} = "
            f'"${{NAME}}/{Path(said).name}" and set NAME in the environment'
        )
        yield Finding("odd", FILE, what, todo)
    if not found_path(said, root).is_file():
        what = f"the file that area.{key} names is not there: {said}"
        todo = "runs do not need it; to take the layers anew, put it there or name another"
        yield Finding("odd", FILE, what, todo)
