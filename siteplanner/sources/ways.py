"""Walkable ways of an OpenStreetMap file, as arrays.

Osmium reads the file and puts places to nodes in its own compiled code, and writes the ways
down as text (OPL, one way a line) that numpy reads back in blocks: several times quicker
than asking for every node of every way from Python.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray

from siteplanner.sources.walk_filter import KEYS, is_walkable

KEPT = ("highway", "bridge", "tunnel", "lit", "surface")
"""Tags that are kept of every way."""
BLOCK_BYTES = 8_000_000
NOWHERE = 999
"""Stands for the degrees of a node that is not in the file, while they are text."""
_TAGS = re.compile(rb"(?: T|,)(%s)=([^, ]*)" % "|".join(sorted({*KEYS, *KEPT})).encode())
_ESCAPED = re.compile("%([0-9a-f]+)%")
_COMMAS = bytes.maketrans(b"xy", b",,")


@dataclass(frozen=True)
class Ways:
    """Walkable ways as they stand in the file, node by node.

    Parameters
    ----------
    way
        OSM id of each way (n).
    tags
        For each key of ``KEPT``, the value of each way, None where it has none (n).
    owner
        Number of the way, 0..n-1, of each of its nodes (k).
    node
        OSM id of each node (k).
    lonlat
        Where it is, in degrees; NaN where the file does not have the node (k × 2).
    left_out
        How many ways with a highway tag the walk filter left out.
    """

    way: NDArray[np.int64]
    tags: dict[str, NDArray[np.object_]]
    owner: NDArray[np.int32]
    node: NDArray[np.int64]
    lonlat: NDArray[np.float64]
    left_out: int


def read_ways(path: Path) -> Ways:
    r"""Read the ways that people may walk on.

    Nodes are read before ways, in two passes, because some files have ways first.

    Parameters
    ----------
    path
        OpenStreetMap PBF or XML.

    Returns
    -------
    The ways, in the order of the file.

    Raises
    ------
    RuntimeError
        If the file is cut short or of another format.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     town = Path(folder) / "town.opl"
    ...     _ = town.write_text("n1 x2.5 y1\nn2 x2.5 y2\nw7 Thighway=path Nn1,n2,n3\n")
    ...     ways = read_ways(town)
    >>> ways.way.tolist(), ways.node.tolist(), ways.lonlat[:, 1].tolist()
    ([7], [1, 2, 3], [1.0, 2.0, nan])
    """
    ids: list[int] = []
    kept: list[tuple[str | None, ...]] = []
    sizes: list[int] = []
    refs = [np.empty(0, dtype=np.int64)]
    places = [np.empty((0, 2))]
    left_out = 0
    with tempfile.TemporaryDirectory(prefix="siteplanner") as folder:
        text = Path(folder) / "ways.opl"
        _write_ways(path, text)
        for lines in _blocks(text):
            inside = []
            for line in lines:
                head, _, nodes = line.rstrip().partition(b" N")
                is_in, tags = _judged(*_TAGS.findall(head))
                if not is_in:
                    left_out += 1
                    continue
                ids.append(int(head[1 : head.index(b" ")]))
                kept.append(tags)
                sizes.append(nodes.count(b"n"))
                inside.append(nodes)
            found = _numbers(b",".join(filter(None, inside)))
            refs.append(found[:, 0].astype(np.int64))
            places.append(found[:, 1:].copy())
    columns = np.array(kept, dtype=object).reshape(-1, len(KEPT)).T
    return Ways(
        way=np.array(ids, dtype=np.int64),
        tags=dict(zip(KEPT, columns, strict=True)),
        owner=np.repeat(np.arange(len(ids), dtype=np.int32), sizes),
        node=np.concatenate(refs),
        lonlat=np.concatenate(places),
        left_out=left_out,
    )


def _write_ways(path: Path, text: Path) -> None:
    """Write every way with a highway tag as a line of text, with the places of its nodes."""
    located = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    located.ignore_errors()
    with osmium.io.Reader(str(path), osmium.osm.NODE) as nodes:
        osmium.apply(nodes, located)
    opl = osmium.io.File(str(text), "opl,locations_on_ways=true,add_metadata=none")
    with (
        osmium.SimpleWriter(opl) as writer,
        osmium.io.Reader(str(path), osmium.osm.WAY) as ways,
    ):
        osmium.apply(ways, osmium.filter.KeyFilter("highway"), located, writer)


def _blocks(text: Path) -> Iterator[list[bytes]]:
    with text.open("rb") as lines:
        while block := lines.readlines(BLOCK_BYTES):
            yield block


@lru_cache(maxsize=16_384)
def _judged(*tags: tuple[bytes, bytes]) -> tuple[bool, tuple[str | None, ...]]:
    """Tell whether ways with these tags are walkable, and what is kept of the tags."""
    words = {key.decode(): _plain(value.decode()) for key, value in tags}
    return is_walkable(*map(words.get, KEYS)), tuple(map(words.get, KEPT))


def _plain(value: str) -> str:
    """Take back OPL's way of writing blanks, commas and the like: ``%20%``."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)


def _numbers(nodes: bytes) -> NDArray[np.float64]:
    """Read ``n1x2.5y1,n2xy`` as rows of id, longitude and latitude; unknown is NaN."""
    plain = nodes.replace(b"xy", b"x%dy%d" % (NOWHERE, NOWHERE)).translate(_COMMAS, b"n")
    rows = np.fromstring(plain, sep=",").reshape(-1, 3)
    rows[rows[:, 1] == NOWHERE, 1:] = np.nan
    return rows
