"""Overpass's answers as one OpenStreetMap file, so that there is one way to read either."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import osmium

_LETTERS = {"node": "n", "way": "w", "relation": "r"}


def merge_answers(answers: Iterable[Path], target: Path) -> str:
    """Write the elements of all answers into one PBF, each once, in order.

    Parameters
    ----------
    answers
        JSON files as Overpass gives them.
    target
        The PBF; an older one is replaced once the new one is whole.

    Returns
    -------
    Day of the data, the oldest of all answers; empty where none says.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     said = {"osm3s": {"timestamp_osm_base": "2026-01-02T03:04:05Z"}, "elements": [
    ...         {"type": "node", "id": 7, "lat": 1.0, "lon": 2.0, "tags": {"amenity": "school"}}]}
    ...     paths = [Path(folder) / name for name in ("a.json", "b.json")]
    ...     _ = [path.write_text(json.dumps(said)) for path in paths]
    ...     print(merge_answers(paths, Path(folder) / "city.osm.pbf"))
    ...     [str(one) for one in osmium.FileProcessor(str(Path(folder) / "city.osm.pbf"))]
    2026-01-02
    ['n7: location=2.0000000/1.0000000 tags={amenity=school}']
    """
    dates = []
    merged = osmium.MergeInputReader()
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        for number, path in enumerate(answers):
            found = json.loads(path.read_text(encoding="utf-8"))
            dates.append(str(found.get("osm3s", {}).get("timestamp_osm_base", ""))[:10])
            part = Path(folder) / f"{number}.osm.pbf"
            with osmium.SimpleWriter(str(part)) as writer:
                for element in found.get("elements", ()):
                    _write(writer, element)
            merged.add_file(str(part))
        fresh = Path(folder) / "city.osm.pbf"
        with osmium.SimpleWriter(str(fresh)) as writer:
            merged.apply(writer, simplify=True)
        fresh.replace(target)
    return min(filter(None, dates), default="")


def _write(writer: osmium.SimpleWriter, element: dict[str, Any]) -> None:
    number, tags = element["id"], element.get("tags", {})
    make = osmium.osm.mutable
    if element["type"] == "node":
        at = (element["lon"], element["lat"])
        writer.add_node(make.Node(id=number, location=at, tags=tags))
    elif element["type"] == "way":
        writer.add_way(make.Way(id=number, nodes=element.get("nodes", []), tags=tags))
    elif element["type"] == "relation":
        members = [
            (_LETTERS[one["type"]], one["ref"], one.get("role", ""))
            for one in element.get("members", [])
        ]
        writer.add_relation(make.Relation(id=number, members=members, tags=tags))
