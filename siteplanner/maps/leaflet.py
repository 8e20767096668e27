"""Leaflet, taken from the package that ships it and checked before use.

The files are found through the package's metadata, so none of its code runs.  Their
SHA-256 are pinned here: another file than the one that was looked at is refused.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from siteplanner.errors import OutputError

PACKAGE = "django-js-lib-leaflet"
FOLDER = "js_lib_leaflet/static/js_lib_leaflet"
SHA256 = {
    "leaflet.js": "db49d009c841f5ca34a888c96511ae936fd9f5533e90d8b2c4d57596f4e5641a",
    "leaflet.css": "a7837102824184820dfa198d1ebcd109ff6d0ff9a2672a074b9a1b4d147d04c6",
    "LICENSE": "596e1b738779bffa372268e9330a0fdd8528da1e3c833b15eee9cb37c6d55a95",
}


def script() -> str:
    """Give Leaflet's script, without its map of sources and its link to the project's site.

    Raises
    ------
    OutputError
        If the file is missing or not the one that was checked.

    Examples
    --------
    >>> "Leaflet 1.9.4" in script(), "sourceMappingURL" in script(), "<a href" in script()
    (True, False, False)
    """
    text = re.sub(r"//# sourceMappingURL=\S*", "", _read("leaflet.js"))
    return re.sub(r'<a href="https://leafletjs\.com"[^>]*>', "<a>", text)


def style() -> str:
    """Give Leaflet's style sheet, without the pictures that it would fetch.

    Raises
    ------
    OutputError
        If the file is missing or not the one that was checked.

    Examples
    --------
    >>> ".leaflet-container" in style(), "url(" in style()
    (True, False)
    """
    return re.sub(r"^.*url\([^)]*\).*\n", "", _read("leaflet.css"), flags=re.MULTILINE)


def licence() -> str:
    """Give Leaflet's licence, which has to go wherever Leaflet goes.

    Raises
    ------
    OutputError
        If the file is missing or not the one that was checked.

    Examples
    --------
    >>> licence().splitlines()[0]
    'BSD 2-Clause License'
    """
    return _read("LICENSE")


@cache
def _read(name: str) -> str:
    try:
        package = distribution(PACKAGE)
    except PackageNotFoundError:
        msg = f"the map needs the package {PACKAGE}, which is not installed; pip install {PACKAGE}"
        raise OutputError(msg) from None
    places = [one for one in package.files or () if one.name == name and _ours(one.as_posix())]
    found = Path(str(places[0].locate())).read_bytes() if places else b""
    if hashlib.sha256(found).hexdigest() != SHA256[name]:
        msg = (
            f"{name} of {PACKAGE} {package.version} is not the file that siteplanner was checked "
            f"with; pip install --force-reinstall {PACKAGE}==1.9.4.1"
        )
        raise OutputError(msg)
    return found.decode("utf-8").replace("\r\n", "\n")


def _ours(path: str) -> bool:
    return path.startswith(FOLDER) or ".dist-info/" in path
