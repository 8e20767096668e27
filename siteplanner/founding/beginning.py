"""What happens before anything is taken: the area is looked at, an interrupted try gone on with."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from siteplanner import openstreetmap as osm
from siteplanner.errors import InputError, OutputError, Problem
from siteplanner.project import CACHE

MOSTLY = 0.95
"""A box with less than this share inside the file is told to reach beyond it."""

MADE = (osm.FILE, ".gitignore", "layers/README.md", "scenarios/README.md",
        "layers/fetched/streets.osm.pbf")  # fmt: skip
"""Files of a project before its first layer is whole."""


def said_area(area: osm.Area, root: Path) -> osm.Area:
    """Name the files of an area from the project, where they lie in it or beside it.

    Examples
    --------
    >>> said_area(osm.Area(file="/plans/porto.osm.pbf"), Path("/plans/porto")).file
    '../porto.osm.pbf'
    """
    held = {key: osm.said_path(getattr(area, key), root) for key in ("outline", "file")}
    return area.model_copy(update=held)


def begun(root: Path, area: osm.Area) -> osm.Settings | None:
    """Give the settings of a project whose making was interrupted; None where there is none.

    Raises
    ------
    InputError
        If it was begun for another area.
    """
    path = root / osm.FILE
    try:
        there = path.is_file()
        unfinished = there and not any((root / "scenarios").glob("*.toml"))
    except OSError:
        return None
    if not unfinished:
        return None  # a finished one is refused by init, as any folder that holds something
    settings = osm.read_settings(path)
    bound = osm.is_bound(settings.area.file or settings.area.outline)
    if (said_area(settings.area, root) if bound else settings.area) != area:
        what = f"the folder was begun for {settings.area.title}"
        todo = "name a new folder, or ask for the same area to go on"
        raise InputError([Problem(str(root), "", what, todo)])
    return settings


@contextmanager
def leaving_nothing(root: Path, *, gone_on: bool) -> Iterator[None]:
    """Take away what a failure would leave behind, unless something was fetched or changed.

    What was there before stays: folders, and files of anybody else.

    Parameters
    ----------
    root
        The project that is being made.
    gone_on
        Whether it was begun before.
    """
    missing = [one for one in (root, *root.absolute().parents) if not one.exists()]
    ours = gone_on or not root.exists() or (root.is_dir() and not any(root.iterdir()))
    try:
        yield
    except (InputError, OutputError, KeyboardInterrupt):
        if ours and root.is_dir() and _is_clear(root):
            for path in root.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for folder in missing:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
        raise


def check_area(root: Path, settings: osm.Settings, say: Callable[[str], None]) -> None:
    """Find what is wrong with the files and the box before anything is made.

    Parameters
    ----------
    root
        The project; it need not be there yet.
    settings
        What is to be taken.
    say
        Called with a sentence where the area reaches beyond the file.

    Raises
    ------
    InputError
        With every problem of them.
    """
    area = settings.area
    found: list[Problem] = []
    for said in filter(None, (area.file, area.outline)):
        if not osm.found_path(said, root).is_file():
            todo = "check the name; a PBF comes from download.geofabrik.de or extract.bbbike.org"
            found.append(Problem(said, "", "no such file", todo))
    if found or not area.file or not (area.bbox or area.outline):
        found += osm.box_problems(area.bbox) if area.bbox else []
    else:
        found += _against_file(root, area, say)
    if found:
        raise InputError(found)


def _against_file(root: Path, area: osm.Area, say: Callable[[str], None]) -> Iterator[Problem]:
    """Hold a box or an outline against what the file covers."""
    path = osm.found_path(area.file, root)
    extent = osm.file_area(path, "").bounds
    if area.bbox is not None:
        wrong = osm.box_problems(area.bbox, extent, path.name)
        yield from wrong
        bounds = area.bbox
    else:
        outline = osm.found_path(area.outline, root)
        bounds = osm.outline_area(outline).bounds
        wrong = []
        if not osm.overlap(bounds, extent):
            what = f"it lies outside {path.name}, which covers {osm.written(extent)}"
            todo = "name an outline inside it, or take another file"
            wrong = [Problem(outline.name, "", f"{what} (west south east north)", todo)]
            yield from wrong
    if not wrong and osm.overlap(bounds, extent) < MOSTLY:
        say(f"the area reaches beyond {path.name}, which covers {osm.written(extent)}")


def _is_clear(root: Path) -> bool:
    """Tell whether nothing in a folder is worth keeping: neither data nor anybody's own."""
    for path in root.rglob("*"):
        part = path.relative_to(root).as_posix()
        if path.is_file() and part not in MADE and not part.startswith(f"{CACHE}/"):
            return False
    if (root / osm.FILE).is_file():
        text = (root / osm.FILE).read_text(encoding="utf-8")
        if text != osm.settings_text(osm.read_settings(root / osm.FILE).area):
            return False
    answers = (root / CACHE / "openstreetmap").glob(f"*/{osm.DONE}")  # of the place alone: nothing
    return not any(answers)
