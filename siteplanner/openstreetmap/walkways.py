"""The walkable streets of an OpenStreetMap file, as a small file of their own."""

from __future__ import annotations

import sys
import tempfile
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import osmium

from siteplanner.openstreetmap.areas import unreadable
from siteplanner.openstreetmap.settings import WalkFilter
from siteplanner.openstreetmap.tags import lets_in
from siteplanner.sources.walk_filter import KEYS, is_walkable
from siteplanner.sources.ways import KEPT

HELD = tuple(dict.fromkeys((*KEPT, *KEYS, "name")))
"""Tags of a street that are kept: what the run looks at, and its name."""


@dataclass(frozen=True)
class Streets:
    """What was done with the ways that have the tag ``highway``.

    Parameters
    ----------
    taken
        Ways written.
    left_out
        Ways that the walk filter leaves out.
    let_in
        Of those written, ways that the project's own rules let in; they got ``foot=yes``.
    """

    taken: int
    left_out: int
    let_in: int


def write_streets(
    source: Path,
    target: Path,
    bounds: tuple[float, float, float, float],
    rules: WalkFilter,
) -> Streets:
    """Write the ways that people may walk on, with their nodes and without who drew them.

    The same file and rules give the same bytes.

    Parameters
    ----------
    source
        PBF or XML.
    target
        The PBF to write; an older one is replaced once the new one is whole.
    bounds
        West, south, east, north: ways without a node inside are left aside.
    rules
        The project's walk filter.

    Returns
    -------
    How many ways were taken and left out.

    Raises
    ------
    InputError
        If the file is missing, cut short or of another kind.
    """
    taken = _Taken()
    left_out = let_in = 0
    ways = osmium.FileProcessor(str(source), osmium.osm.NODE | osmium.osm.WAY).with_locations()
    ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    try:
        way: Any
        for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
            nodes = [(one.ref, one.lon, one.lat) for one in way.nodes if one.location.valid()]
            if not _touches(nodes, bounds):
                continue
            tags = dict(way.tags)
            if not lets_in(tags, rules):
                left_out += 1
                continue
            held = {key: tags[key] for key in HELD if key in tags}
            if not is_walkable(tags["highway"], *(tags.get(key) for key in KEYS[1:])):
                held["foot"] = "yes"
                let_in += 1
            taken.add(way.id, held, [one.ref for one in way.nodes], nodes)
    except (RuntimeError, UnicodeDecodeError) as error:
        raise unreadable(source, error) from None
    if taken.ids:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
            fresh = Path(folder) / "streets.osm.pbf"
            taken.write(fresh)
            fresh.replace(target)
    return Streets(len(taken.ids), left_out, let_in)


class _Taken:
    """Ways and the places of their nodes, held small until all are known."""

    def __init__(self) -> None:
        self.ids = array("q")
        self.ends = array("q", [0])
        self.refs = array("q")
        self.tags: list[tuple[str, ...]] = []
        self.nodes = array("q")
        self.lonlat = array("d")

    def add(
        self,
        number: int,
        tags: dict[str, str],
        refs: list[int],
        nodes: list[tuple[int, float, float]],
    ) -> None:
        """Take one way."""
        self.ids.append(number)
        self.tags.append(tuple(sys.intern(word) for pair in tags.items() for word in pair))
        self.refs.extend(refs)
        self.ends.append(len(self.refs))
        for ref, lon, lat in nodes:
            self.nodes.append(ref)
            self.lonlat.append(lon)
            self.lonlat.append(lat)

    def write(self, path: Path) -> None:
        """Write nodes and ways, each once, in the order of their ids."""
        number, first = np.unique(np.array(self.nodes), return_index=True)
        lonlat = np.array(self.lonlat).reshape(-1, 2)[first]
        make = osmium.osm.mutable
        plain = osmium.io.File(str(path), "pbf,add_metadata=false")
        with osmium.SimpleWriter(plain) as writer:
            for node, lon, lat in zip(
                number.tolist(), lonlat[:, 0].tolist(), lonlat[:, 1].tolist(), strict=True
            ):
                writer.add_node(make.Node(id=node, location=(lon, lat)))
            for at in np.argsort(np.array(self.ids), kind="stable").tolist():
                words = self.tags[at]
                refs = self.refs[self.ends[at] : self.ends[at + 1]].tolist()
                tags = dict(zip(words[::2], words[1::2], strict=True))
                writer.add_way(make.Way(id=self.ids[at], nodes=refs, tags=tags))


def _touches(
    nodes: list[tuple[int, float, float]], bounds: tuple[float, float, float, float]
) -> bool:
    west, south, east, north = bounds
    return any(west <= lon <= east and south <= lat <= north for _, lon, lat in nodes)
