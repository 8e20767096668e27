"""The manifest of a published folder: ``published.json``, what it lists, and its seal."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from siteplanner.errors import InputError, Problem

FILE = "published.json"
FORMAT = "siteplanner-published-1"
LARGEST_BYTES = 32 * 2**20
"""A manifest of a hundred thousand files is smaller."""
MOST_LINES = 20_000
"""Lines of a text file for which the manifest has a mark each."""
TEXTS = frozenset({".csv", ".html", ".json", ".md", ".svg", ".toml", ".txt"})
_SEAL = re.compile(rb'\n "seal": "([0-9a-f]{64})"\n\}\n\Z')
_MARK = 4
_KEYS: Mapping[str, type] = {
    "name": str, "published": str, "project": str, "scenario": str, "audience": str,
    "inputs": list, "files": list, "made": dict, "libraries": dict,
}  # fmt: skip


@dataclass(frozen=True)
class Manifest:
    """What a published folder says of itself.

    Parameters
    ----------
    content
        All of ``published.json``, as it was read.
    seal
        SHA-256 of the bytes in front of the seal: whoever has it from the minutes of a meeting
        can tell whether the folder is the one that was shown there.
    whole
        False where the seal does not fit the bytes: somebody has changed the manifest itself.

    Examples
    --------
    >>> Manifest({"name": "2026-03-committee", "scenario": "care_blocks"}, "ab" * 32).name
    '2026-03-committee'
    """

    content: Mapping[str, Any]
    seal: str
    whole: bool = True

    @property
    def name(self) -> str:
        """What the version was published as."""
        return str(self.content["name"])

    @property
    def published(self) -> str:
        """Day and time, UTC, as ISO 8601 writes it."""
        return str(self.content["published"])

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        return str(self.content["scenario"])

    @property
    def audience(self) -> str:
        """``internal`` or ``public``."""
        return str(self.content["audience"])

    @property
    def project(self) -> str:
        """Name of the project's folder."""
        return str(self.content["project"])

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """Every file of the folder but the manifest: by path, with bytes and sha256."""
        return {str(one["path"]): one for one in self.content["files"]}

    @property
    def inputs(self) -> list[dict[str, Any]]:
        """The layers, each with its files."""
        return list(self.content["inputs"])


def write_manifest(content: Mapping[str, Any], path: Path) -> str:
    r"""Write ``published.json`` and seal it.

    Parameters
    ----------
    content
        Plain lists, dicts, numbers and texts, without a seal.
    path
        The file.

    Returns
    -------
    The seal, 64 letters and digits.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     seal = write_manifest({"name": "a"}, Path(folder) / FILE)
    ...     text = (Path(folder) / FILE).read_text("utf-8")
    >>> text.endswith(f' "seal": "{seal}"\n}}\n')
    True
    """
    text = json.dumps({**content, "seal": ""}, indent=1, ensure_ascii=False, allow_nan=False)
    front = text.removesuffix('"\n}').encode("utf-8")
    seal = hashlib.sha256(front).hexdigest()
    path.write_bytes(front + f'{seal}"\n}}\n'.encode())
    return seal


def read_manifest(folder: Path | str) -> Manifest:
    """Read what a published folder says of itself.

    Parameters
    ----------
    folder
        A folder that ``siteplanner publish`` wrote.

    Returns
    -------
    The manifest.  Its paths stay inside the folder.

    Raises
    ------
    InputError
        If the folder has no manifest, it is too large, is no manifest, or names a file outside
        the folder.
    """
    path = Path(folder) / FILE
    text = _bytes_of(path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise _refused(path, "it is damaged: it cannot be read as JSON") from None
    found = _what_is_wrong(content)
    if found:
        raise _refused(path, found)
    sealed = _SEAL.search(text)
    seal = sealed[1].decode() if sealed else ""
    front = text[: sealed.start(1)] if sealed else b""
    whole = bool(sealed) and hashlib.sha256(front).hexdigest() == seal
    return Manifest(content, seal, whole)


def described(path: Path, name: str) -> dict[str, Any]:
    """Describe a file for the manifest.

    Parameters
    ----------
    path
        The file.
    name
        What it is called inside the folder.

    Returns
    -------
    ``path``, ``bytes``, ``sha256``; of a text ``lines`` as well: see `marks_of`.
    """
    content = path.read_bytes()
    found: dict[str, Any] = {
        "path": name,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    if path.suffix.lower() in TEXTS and content.count(b"\n") < MOST_LINES:
        found["lines"] = marks_of(content)
    return found


def marks_of(content: bytes) -> str:
    r"""Give each line of a text a mark of four letters, so that a changed line can be named.

    Examples
    --------
    >>> one, other = marks_of(b"a\nb\n"), marks_of(b"a\nc\n")
    >>> len(one), one[:4] == other[:4], one[4:8] == other[4:8]
    (12, True, False)
    """
    return "".join(f"{zlib.crc32(line) & 0xFFFF:04x}" for line in content.split(b"\n"))


def first_changed(content: bytes, marks: str) -> int | None:
    r"""Name the first line, from 1, whose mark is another; None where all marks are the same.

    Examples
    --------
    >>> first_changed(b"a\nx\n", marks_of(b"a\nb\n"))
    2
    """
    now = marks_of(content)
    for start in range(0, max(len(now), len(marks)), _MARK):
        if now[start : start + _MARK] != marks[start : start + _MARK]:
            return start // _MARK + 1
    return None


def is_inside(name: object) -> bool:
    r"""Say whether a path of a manifest is plain and stays inside the folder.

    Examples
    --------
    >>> [is_inside(one) for one in ("a/b.csv", "../a", "/etc/passwd", "a\\b", "C:/a", "", "a//b")]
    [True, False, False, False, False, False, False]
    """
    if not isinstance(name, str) or not name or set(name) & set("\\:\0"):
        return False
    path = PurePosixPath(name)
    plain = str(path) == name and bool(path.parts)
    return plain and not path.is_absolute() and ".." not in path.parts


def _bytes_of(path: Path) -> bytes:
    if path.is_symlink():
        raise _refused(path, "it is a link to another file")
    try:
        if path.stat().st_size > LARGEST_BYTES:
            most = LARGEST_BYTES // 2**20
            raise _refused(path, f"it has more than {most} MiB: it is no manifest of ours")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        found = (
            "there is no published.json here: it is no published folder, or a part of it is gone"
        )
        todo = "name a folder of maps/published/"
        raise InputError([Problem(str(path.parent), "", found, todo)]) from None
    except OSError as error:
        raise _refused(path, f"it cannot be read ({error.strerror})") from None


def _what_is_wrong(content: object) -> str:
    """Say in half a sentence why something is no manifest; empty where it is one."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        said = str(content.get("format")) if isinstance(content, dict) else "nothing"
        return f"it is no manifest of this version: format '{said:.40}'"
    for key, kind in _KEYS.items():
        if not isinstance(content.get(key), kind):
            return f"its '{key}' is missing, or no {kind.__name__}"
    inside = [one for part in content["inputs"] for one in _files_of(part)]
    if not all(isinstance(one, dict) for one in (*content["files"], *content["inputs"], *inside)):
        return "its lists hold something other than tables"
    for one in content["files"]:
        if not is_inside(one.get("path")):
            return f"it names a file outside the folder: '{one.get('path')!s:.60}'"
    for one in inside:
        packed = one.get("packed")
        if packed is not None and not (is_inside(packed) and packed.startswith("project/")):
            return f"it names a file outside the folder: '{packed!s:.60}'"
    listed = (*content["files"], *inside)
    if not all(isinstance(one.get("sha256"), str) and "path" in one for one in listed):
        return "it lists files without a path or a sha256"
    return ""


def _files_of(part: object) -> list[Any]:
    files = part.get("files") if isinstance(part, dict) else None
    return files if isinstance(files, list) else []


def _refused(path: Path, found: str) -> InputError:
    where = f"{path.parent.name}/{path.name}"
    return InputError([Problem(where, "", found, "take the folder from your archive again")])
