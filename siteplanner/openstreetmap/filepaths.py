"""How ``openstreetmap.toml`` names a file, so that the project can be moved and passed on."""

from __future__ import annotations

import os
import re
from pathlib import Path

from siteplanner.errors import InputError, Problem

DATA = "SITEPLANNER_DATA"
"""The variable that layers use for data that lie outside of a project."""
_VARIABLE = re.compile(r"\$\{(\w+)\}")


def said_path(path: str, root: Path) -> str:
    """Write where a file lies, as little bound to this machine as can be.

    Parameters
    ----------
    path
        As somebody gave it, from the folder they are in; ``${NAME}`` is left as it is.
    root
        The project.

    Returns
    -------
    Relative to the project where the file lies in it or beside it; with ``${SITEPLANNER_DATA}``
    where it lies there; else from the root of this machine.  Always with ``/``.

    Examples
    --------
    >>> said_path("/plans/porto.osm.pbf", Path("/plans/porto"))
    '../porto.osm.pbf'
    >>> said_path("/plans/porto/edge.geojson", Path("/plans/porto"))
    'edge.geojson'
    >>> said_path("${MAPS}/porto.osm.pbf", Path("/plans/porto"))
    '${MAPS}/porto.osm.pbf'
    """
    if not path or _VARIABLE.search(path):
        return path
    here, home = _absolute(path), _absolute(root)
    for folder, front in ((home, ""), (home.parent, "../")):
        if here.is_relative_to(folder) and folder != folder.parent:
            return front + here.relative_to(folder).as_posix()
    data = os.environ.get(DATA, "")
    if data and here.is_relative_to(_absolute(data)):
        return f"${{{DATA}}}/{here.relative_to(_absolute(data)).as_posix()}"
    return here.as_posix()


def found_path(said: str, root: Path) -> Path:
    """Give the file that ``openstreetmap.toml`` names.

    Parameters
    ----------
    said
        As `said_path` writes it.
    root
        The project.

    Raises
    ------
    InputError
        If it names a variable of the environment that is not set.

    Examples
    --------
    >>> found_path("../porto.osm.pbf", Path("/plans/porto")).as_posix()
    '/plans/porto.osm.pbf'
    """
    for name in _VARIABLE.findall(said):
        if not os.environ.get(name):
            found = f"the environment variable {name} is not set"
            todo = f"set it to the folder that holds the file: export {name}=/path/to/it"
            raise InputError([Problem("openstreetmap.toml", "area", found, todo)])
    filled = _VARIABLE.sub(lambda found: os.environ[found[1]], said)
    return Path(os.path.normpath(root / filled))


def is_bound(said: str) -> bool:
    """Tell whether a path holds on one machine only.

    Examples
    --------
    >>> is_bound("/plans/porto.osm.pbf"), is_bound("C:/maps/porto.osm.pbf")
    (True, True)
    >>> is_bound("../porto.osm.pbf"), is_bound("${MAPS}/porto.osm.pbf"), is_bound("")
    (False, False, False)
    """
    return said.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", said) is not None


def _absolute(path: str | Path) -> Path:
    """Give a path from the root, links left as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100  resolve() would follow links
