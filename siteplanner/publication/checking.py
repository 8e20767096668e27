"""A published folder held against its manifest, file by file."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from siteplanner.publication.manifest import FILE, Manifest, first_changed
from siteplanner.publication.staging import files_in

Kind = Literal["changed", "missing", "extra", "link", "manifest", "input", "rebuilt", "unproved"]
LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
"""What file browsers leave behind."""
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was published.

    Parameters
    ----------
    kind
        ``changed``, ``missing``, ``extra`` and ``link`` are about a file of the folder,
        ``manifest`` about ``published.json`` itself, ``input`` about data of the project,
        ``rebuilt`` about a file that comes out otherwise today, ``unproved`` about what could not
        be made again at all.
    path
        The file.
    said
        What was found.

    Examples
    --------
    >>> print(Difference("missing", "ranking.csv", "it is missing"))
    ranking.csv: it is missing
    """

    kind: Kind
    path: str
    said: str

    def __str__(self) -> str:
        return f"{self.path}: {self.said}"


def against_manifest(folder: Path, manifest: Manifest) -> list[Difference]:
    """Find every file that is not as it was published.

    Parameters
    ----------
    folder
        A published folder.
    manifest
        Its own.

    Returns
    -------
    Files that were changed (with the line, of a text), that are missing, and that were added;
    links are never followed.
    """
    found = []
    if not manifest.whole:
        said = "it was changed after it was sealed: what it says of the other files is not proved"
        found.append(Difference("manifest", FILE, said))
    known = manifest.files
    there = files_in(folder)
    for name in there:
        if name != FILE and name not in known and Path(name).name.lower() not in LITTER:
            what = "a link" if (folder / name).is_symlink() else "a file"
            found.append(Difference("extra", name, f"{what} that was not published"))
    for name, one in known.items():
        found += _file(folder / name, name, one)
    return found


def said_of_text(old: bytes, new: bytes) -> str:
    r"""Say where two texts first differ, and what stands there.

    Examples
    --------
    >>> said_of_text(b"a\nnow 12\n", b"a\nnow 13\n")
    'line 2: here “now 12”, made again “now 13”'
    """
    pairs = (one.decode("utf-8", "replace").split("\n") for one in (old, new))
    first, second = pairs
    for number in range(max(len(first), len(second))):
        one, other = (
            lines[number] if number < len(lines) else "nothing" for lines in (first, second)
        )
        if one != other:
            start = max(_same(one, other) - 20, 0)
            told = [f"{'…' if start else ''}{text[start : start + 60]}" for text in (one, other)]
            return f"line {number + 1}: here “{told[0]}”, made again “{told[1]}”"
    return "in no line"


def same_rows(one: Path, other: Path) -> bool:
    """Say whether two GeoPackages hold the same rows, though their bytes differ.

    Parameters
    ----------
    one, other
        The files; what cannot be read has no rows in common with anything.
    """
    import pyogrio

    try:
        names = [sorted(map(str, pyogrio.list_layers(path)[:, 0])) for path in (one, other)]
        return names[0] == names[1] and all(
            pyogrio.read_dataframe(one, layer=name).equals(
                pyogrio.read_dataframe(other, layer=name)
            )
            for name in names[0]
        )
    except (OSError, ValueError, RuntimeError):
        return False


def sha256_of(path: Path) -> str:
    """Hash the bytes of a file, piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _file(path: Path, name: str, one: dict[str, Any]) -> Iterator[Difference]:
    try:
        mode = path.lstat().st_mode
    except OSError:
        yield Difference("missing", name, "it is missing")
        return
    if not stat.S_ISREG(mode) or _behind_a_link(path, name):
        yield Difference("link", name, "it is a link or no plain file: what was published is not")
        return
    try:
        if sha256_of(path) == one["sha256"]:
            return
        said = "it was changed"
        if isinstance(one.get("lines"), str):
            line = first_changed(path.read_bytes(), one["lines"])
            said = f"it was changed{f', first in line {line}' if line else ''}"
        elif path.stat().st_size != one.get("bytes"):
            said = f"it was changed: it has {path.stat().st_size:,} bytes, not {one['bytes']:,}"
    except OSError as error:
        said = f"it cannot be read ({error.strerror})"
    yield Difference("changed", name, said)


def _behind_a_link(path: Path, name: str) -> bool:
    """Say whether a folder on the way to a file of the published folder is a link."""
    above = Path(name).parents
    return any(one.is_symlink() for one in list(path.parents)[: len(above) - 1])


def _same(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
