"""The proof that a published folder is what was shown: held against its seal, and made again."""

from __future__ import annotations

import importlib.metadata
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siteplanner.errors import InputError, Problem, SiteplannerError
from siteplanner.plan import provenance
from siteplanner.plan.making import Progress, silent
from siteplanner.publication import packing, staging
from siteplanner.publication.checking import (
    Difference,
    against_manifest,
    said_of_text,
    same_rows,
    sha256_of,
)
from siteplanner.publication.manifest import TEXTS, Manifest, is_inside, read_manifest

LARGEST_TEXT = 2**26
ANSWER = "the answer"
"""What a difference is about that is about no single file."""
SHORTEST_SEAL = 12


@dataclass(frozen=True)
class Verified:
    """What came of a proof.

    Parameters
    ----------
    manifest
        Of the folder.
    differences
        All that is not as it was published.
    rebuilt
        Files that were made again and are the same to the byte.
    versions
        What has another version today: name, then, now.
    remarks
        What else to know.

    Examples
    --------
    >>> Verified(Manifest({}, ""), ()).ok
    True
    """

    manifest: Manifest
    differences: tuple[Difference, ...]
    rebuilt: tuple[str, ...] = ()
    versions: tuple[tuple[str, str, str], ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


def verify(
    folder: Path,
    *,
    rebuild: bool = True,
    project: Path | None = None,
    seal: str = "",
    font: Path | None = None,
    progress: Progress = silent,
) -> Verified:
    """Prove that a published folder is as it was published.

    Every file is held against the manifest.  Then the answer is made again, in a temporary
    folder, from what lies in ``project/`` and, where the data were not packed, from the project,
    each of whose files has to be the one of that day; the two are compared byte for byte.
    Nothing goes online, and nothing in the folder is changed.

    Parameters
    ----------
    folder
        The published folder.
    rebuild
        Whether the answer is made again.
    project
        Where data that were not packed lie; by default the project that the folder lies in.
    seal
        What the minutes say it is, or its beginning.
    font
        A font file, where one was named at publication.
    progress
        Called with the name of each step.

    Returns
    -------
    What differs, if anything.

    Raises
    ------
    InputError
        If the folder has no manifest that can be read, or the seal is none.
    """
    manifest = read_manifest(folder)
    found = [*_sealed(manifest, seal), *against_manifest(folder, manifest)]
    if not rebuild:
        remark = "nothing was made again: only the fingerprints were looked at"
        return Verified(manifest, tuple(found), remarks=(remark,))
    versions = tuple(_versions(manifest))
    home = project if project is not None else _around(folder)
    same, other = list[str](), list[Difference]()
    try:
        texts, broken = _texts(folder, manifest)
        parts, other = _parts(folder, manifest, home)
        if broken or other:
            said = "it was not made again: what it was made from is not all there, or was changed"
            other.append(Difference("unproved", ANSWER, said))
        else:
            same, other = _made_again(folder, manifest, texts, parts, font, progress)
    except (SiteplannerError, OSError) as error:
        said = f"it could not be made again: {error}"
        other.append(Difference("unproved", ANSWER, said))
    return Verified(manifest, tuple(found + other), tuple(same), versions)


def _sealed(manifest: Manifest, seal: str) -> Iterator[Difference]:
    """Hold the seal of the minutes against the folder's own."""
    wanted = "".join(seal.split()).lower()
    if not wanted:
        return
    if len(wanted) < SHORTEST_SEAL or not set(wanted) <= set("0123456789abcdef"):
        todo = f"write the seal of the minutes, or at least its first {SHORTEST_SEAL} signs"
        raise InputError([Problem("verify", "--seal", f"found '{seal:.40}'", todo)])
    if not manifest.seal.startswith(wanted):
        said = f"its seal is {manifest.seal}, not {wanted}: it is not the folder of the minutes"
        yield Difference("manifest", "published.json", said)


def _around(folder: Path) -> Path | None:
    """Give the project that a published folder lies in."""
    above = folder.resolve().parents
    if len(above) > 2 and (above[0].name, above[1].name) == ("published", "maps"):
        return above[2]
    return None


def _texts(folder: Path, manifest: Manifest) -> tuple[dict[str, bytes], bool]:
    """Read the scenario and the layers' files; say whether one is not as it was."""
    names = [
        name.removeprefix("project/")
        for name in manifest.files
        if name.startswith(("project/scenarios/", "project/layers/"))
        and name.endswith((".toml", ".json"))
    ]
    packed = {one["packed"] for part in manifest.inputs for one in part.get("files", ())}
    texts, broken = dict[str, bytes](), False
    for name in names:
        path = folder / "project" / name
        if f"project/{name}" in packed:
            continue
        if path.is_symlink() or not path.is_file():
            broken = True
            continue
        broken |= sha256_of(path) != manifest.files[f"project/{name}"]["sha256"]
        texts[name] = path.read_bytes()
    return texts, broken


def _parts(
    folder: Path, manifest: Manifest, home: Path | None
) -> tuple[list[packing.Part], list[Difference]]:
    """Find the data that the answer was made from, and hold them against their fingerprints."""
    parts, missing = list[packing.Part](), list[Difference]()
    for layer in manifest.inputs:
        for one in layer.get("files", ()):
            said, packed = str(one["path"]), one.get("packed")
            path = folder / packed if packed else packing.where_it_lies(one, home)
            where = str(packed or f"{said} (layer {layer.get('layer')})")
            if path is None or not path.is_file() or (packed and path.is_symlink()):
                what = "it is missing" if packed or path else _nowhere(said)
                if not packed:
                    missing.append(Difference("input", where, what))
                else:
                    missing.append(Difference("missing", where, what))
            elif sha256_of(path) != one["sha256"]:
                if not packed:
                    what = "it is not the file of that day: its bytes are others"
                    missing.append(Difference("input", where, what))
            else:
                parts.append(packing.Part(str(layer.get("layer")), said, path))
    return parts, missing


def _nowhere(said: str) -> str:
    if said.startswith("${"):
        name = said[2:].partition("}")[0]
        return f"the environment variable {name} is not set: set it to the folder of the data"
    return "nobody says where the project is: name it with --project"


def _made_again(
    folder: Path,
    manifest: Manifest,
    texts: Mapping[str, bytes],
    parts: Sequence[packing.Part],
    font: Path | None,
    progress: Progress,
) -> tuple[list[str], list[Difference]]:
    """Make the answer again, and compare."""
    made = {
        key: {one: _option(one, options.get(one), font) for one in ("language", "paper", "font")}
        if isinstance(options, Mapping)
        else None
        for key, options in manifest.content["made"].items()
    }
    robustness = folder / "robustness"
    with (
        tempfile.TemporaryDirectory(prefix="siteplanner-") as stage,
        staging.laid_out(texts, parts, name=_plain(manifest.project)) as own,
    ):
        new = Path(stage) / "new"
        staging.answer(
            own,
            manifest.scenario,
            new,
            made,
            robustness=robustness if robustness.is_dir() else None,
            progress=progress,
        )
        progress("compare")
        return _compared(folder, manifest, new)


def _option(name: str, value: object, font: Path | None) -> str | None:
    """Give an option of a manifest; a font is looked for where the caller says."""
    if name == "font":
        return str(font) if font is not None and value else None
    return value if isinstance(value, str) else None


def _compared(folder: Path, manifest: Manifest, new: Path) -> tuple[list[str], list[Difference]]:
    same, other = list[str](), list[Difference]()
    wanted = [name for name, one in manifest.files.items() if one.get("rebuilt")]
    for name in wanted:
        old, again = folder / name, new / name
        if not again.is_file():
            other.append(Difference("rebuilt", name, "it is not made any more"))
        elif sha256_of(again) == manifest.files[name]["sha256"]:
            same.append(name)
            if old.is_file() and not old.is_symlink() and sha256_of(old) != sha256_of(again):
                said = f"made again it is as it was published; {_where(old, again)}"
                other.append(Difference("changed", name, said))
        else:
            other.append(Difference("rebuilt", name, f"made again, {_where(old, again)}"))
    for name in staging.files_in(new):
        if name not in manifest.files:
            other.append(Difference("rebuilt", name, "it is made now, and was not published"))
    return same, other


def _where(old: Path, new: Path) -> str:
    """Say where a file first differs from the one that was made again."""
    if old.is_symlink() or not old.is_file():
        return "it cannot be held against a file that is not there"
    one, other = old.read_bytes(), new.read_bytes()
    if old.suffix.lower() in TEXTS and max(len(one), len(other)) <= LARGEST_TEXT:
        return f"it differs in {said_of_text(one, other)}"
    if old.suffix.lower() == ".gpkg" and same_rows(old, new):
        return "its bytes differ, its rows do not: a program such as QGIS has opened it"
    pairs = zip(one, other, strict=False)
    first = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    return f"it differs from byte {first + 1:,} on"


def _versions(manifest: Manifest) -> Iterator[tuple[str, str, str]]:
    """Name what has another version than when it was published."""
    then: dict[str, Any] = {
        "siteplanner": manifest.content.get("siteplanner"),
        **manifest.content["libraries"],
    }
    for name, version in then.items():
        try:
            now = (
                provenance.version() if name == "siteplanner" else importlib.metadata.version(name)
            )
        except importlib.metadata.PackageNotFoundError:
            now = "none"
        if str(version) != now:
            yield str(name), str(version), now


def _plain(name: str) -> str:
    """Give a name that can be a folder's here, whatever a manifest says."""
    return name if is_inside(name) and "/" not in name else "project"
