"""Which files an answer is made from: as the manifest calls them, and where a copy of them lies."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import tomli_w

from siteplanner.diagnosis.licences import terms
from siteplanner.errors import InputError, Problem
from siteplanner.fetched import is_remote, record_path, shown
from siteplanner.model import Layer
from siteplanner.project import Project, with_others
from siteplanner.sources import files
from siteplanner.sources.ledger import Ledger

DEPTH = 8
"""How many folders above the project a layer's source may lie and still be packed."""
_VARIABLE = re.compile(r"\$\{(\w+)\}/(.+)", re.DOTALL)
_FORBIDS = re.compile(
    r"proprietary|all rights reserved|confidential|restricted|internal use|not for distribution"
    r"|todos los derechos|todos os direitos",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Part:
    """A file that a layer is read from.

    Parameters
    ----------
    layer
        Name of the layer.
    said
        What the manifest calls it: relative to the project (``layers/lots.csv``, ``../lots.csv``),
        ``${NAME}/lots.csv``, or an absolute path.
    found
        Where it lies here.

    Examples
    --------
    >>> names = ("data/a.csv", "${CITY}/a.csv", "../a.csv")
    >>> [Part("lots", said, Path("x")).place for said in names]
    ['data/a.csv', 'variables/CITY/a.csv', 'outside/1/a.csv']
    """

    layer: str
    said: str
    found: Path

    @property
    def variable(self) -> tuple[str, str] | None:
        """The environment variable that the path starts from, and the rest of the path."""
        match = _VARIABLE.fullmatch(self.said)
        return (match[1], match[2]) if match else None

    @property
    def place(self) -> str | None:
        """Where a copy of it lies inside ``project/``; None of an absolute path."""
        if self.variable is not None:
            return f"variables/{'/'.join(self.variable)}"
        path = PurePosixPath(self.said)
        if path.is_absolute() or re.match(r"[A-Za-z]:", self.said):
            return None
        up = sum(one == ".." for one in path.parts)
        rest = "/".join(path.parts[up:])
        return f"outside/{up}/{rest}" if up else rest


def used_layers(project: Project, scenario: str) -> dict[str, Layer]:
    """Read the files of the layers that a scenario looks at, by name.

    Raises
    ------
    InputError
        With every problem of these files.
    """
    known, found = dict[str, Layer](), list[Problem]()
    for name in project.layer_names:
        try:
            known[name] = project.layer(name)
        except InputError as error:
            found += error.problems
    names = project.scenario(scenario).layer_names()
    used = with_others(known, names)
    wrong = {f"layers/{one}.toml" for one in {*used, *names}}
    if mine := [one for one in found if one.where in wrong]:
        raise InputError(mine)
    return dict(sorted(used.items()))


def parts_of(layers: Mapping[str, Layer], root: Path) -> list[Part]:
    """Find every file that layers are read from.

    Parameters
    ----------
    layers
        By name.
    root
        The project's folder.

    Returns
    -------
    The files, layer by layer; a shapefile has several.

    Raises
    ------
    InputError
        With every file that is missing or damaged.
    """
    parts, wrong = list[Part](), list[Problem]()
    for layer in layers.values():
        try:
            path = files.locate(Ledger(layer), root / "layers").path
        except InputError as error:
            wrong += error.problems
            continue
        first = _said(layer, path)
        beside = PurePosixPath(first).parent
        parts += [
            Part(layer.name, first if one == path else str(beside / one.name), one)
            for one in files.parts_of(path)
        ]
    if wrong:
        raise InputError(wrong)
    return parts


def refuse_to_pack(layers: Mapping[str, Layer], parts: Sequence[Part], audience: str) -> None:
    """Refuse to pack data that would not be found again, or that the audience may not see.

    Raises
    ------
    InputError
        With every problem.
    """
    wrong = []
    if audience == "public":
        todo = (
            "publish it without --with-data, or publish for the office: a scenario with "
            'extends = "…" and audience = "internal"'
        )
        found = "the scenario is for the public, and the data behind it hold small counts of people"
        wrong.append(Problem("publish", "--with-data", found, todo))
    for part in parts:
        place = part.place
        above = re.match(r"outside/(\d+)/", place or "")
        strange = place is None or "${" in place or ".." in PurePosixPath(place).parts
        if strange or (above is not None and int(above[1]) > DEPTH):
            found = f"'{layers[part.layer].source:.80}' is a path of this machine only"
            todo = "put the file into layers/, or write ${NAME}/file and set NAME"
            wrong.append(Problem(f"layers/{part.layer}.toml", "source", found, todo))
    if wrong:
        raise InputError(wrong)


def frozen_texts(
    project: Project, scenario: str, layers: Mapping[str, Layer], *, public: bool
) -> dict[str, bytes]:
    """Give the files of a project that say what the answer is, as they are now.

    Parameters
    ----------
    project, scenario, layers
        What is published.
    public
        Leave out remarks: not everybody may read them.  Who may log in to a database is told
        to nobody.

    Returns
    -------
    Bytes by path inside the project.
    """
    names = [scenario]
    extended = project.scenario(scenario).extends
    names += [extended] if extended else []
    found = {}
    for name in names:
        text = (project.root / "scenarios" / f"{name}.toml").read_bytes()
        found[f"scenarios/{name}.toml"] = _without_remarks(text) if public else text
    for layer in layers.values():
        text = (project.root / "layers" / f"{layer.name}.toml").read_bytes()
        bare = public or shown(layer.source) != layer.source
        found[f"layers/{layer.name}.toml"] = _without_remarks(text) if bare else text
        if is_remote(layer.source):
            record = record_path(project.root / "layers", layer.name)
            found[f"layers/fetched/{record.name}"] = record.read_bytes()
    return found


def unclear_licences(layers: Mapping[str, Layer]) -> Iterator[tuple[str, str]]:
    """Name the layers whose licence does not plainly let their data be passed on.

    Yields
    ------
    The name of the layer, and what is unclear: ``unknown``, ``forbids`` or ``limits``.

    Examples
    --------
    >>> said = {"a": "CC-BY-4.0", "b": "not stated", "c": "CC-BY-NC-4.0", "d": "Confidential"}
    >>> layers = {name: Layer(name=name, title=name, source="a.csv", kind="table", licence=one)
    ...           for name, one in said.items()}
    >>> list(unclear_licences(layers))
    [('b', 'unknown'), ('c', 'limits'), ('d', 'forbids')]
    """
    for name, layer in layers.items():
        if layer.fictional or layer.kind == "register":  # nobody's, and the office's own
            continue
        asks = terms(layer.licence)
        if _FORBIDS.search(layer.licence):
            yield name, "forbids"
        elif "unknown" in asks:
            yield name, "unknown"
        elif asks & {"non-commercial", "no derivatives"}:
            yield name, "limits"


def where_it_lies(part: Mapping[str, object], root: Path | None) -> Path | None:
    """Find a file of a manifest in a project and its environment.

    Parameters
    ----------
    part
        One of ``inputs[].files``.
    root
        The project's folder; None where there is none.

    Returns
    -------
    Where it should lie; None where nobody can say.
    """
    said = str(part["path"])
    match = _VARIABLE.fullmatch(said)
    if match:
        start = os.environ.get(match[1])
        return Path(root or "", "layers", start, match[2]) if start else None
    path = Path(said)
    return path if path.is_absolute() else None if root is None else root / path


def _said(layer: Layer, path: Path) -> str:
    """Give the path of a layer's file as the manifest writes it."""
    if is_remote(layer.source):
        return f"layers/fetched/{path.name}"
    source = layer.source.replace("\\", "/") if os.sep == "\\" else layer.source
    match = _VARIABLE.fullmatch(source)
    if match:
        return f"${{{match[1]}}}/{os.path.normpath(match[2]).replace(os.sep, '/')}"
    if Path(source).is_absolute() or "${" in source:
        return path.as_posix()
    return os.path.normpath(f"layers/{source}").replace(os.sep, "/")


def _without_remarks(text: bytes) -> bytes:
    found = tomllib.loads(text.decode("utf-8-sig"))
    if isinstance(found.get("source"), str):
        found["source"] = shown(found["source"])
    return tomli_w.dumps(found).encode("utf-8")
