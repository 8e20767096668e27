"""The elements of an OpenStreetMap file that the themes of a project take, in one reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import osmium
import shapely

from siteplanner.openstreetmap.areas import unreadable
from siteplanner.openstreetmap.settings import Settings, Theme
from siteplanner.openstreetmap.tags import first_match, taken_as

HOURS = "opening_hours"
_WKB = osmium.geom.WKBFactory()


@dataclass
class Taken:
    """What one theme takes, as columns that grow.

    Parameters
    ----------
    ids
        ``node/1``, ``way/2`` or ``relation/3``.
    words
        By tag that is kept: its value, None where an element does not have it.
    shapes
        Well-known binary, in degrees.
    broken
        Elements whose shape cannot be drawn: nodes are missing, or rings are not closed.
    """

    ids: list[str] = field(default_factory=list)
    words: dict[str, list[str | None]] = field(default_factory=dict)
    shapes: list[bytes] = field(default_factory=list)
    broken: int = 0

    def add(self, name: str, words: Mapping[str, str | None], shape: bytes) -> None:
        """Take one element."""
        self.ids.append(name)
        for key, value in words.items():
            self.words.setdefault(key, []).append(value)
        self.shapes.append(shape)


@dataclass(frozen=True)
class Elements:
    """What a file has for a project.

    Parameters
    ----------
    taken
        By theme.
    openings
        By theme of lines with ``open_at``: longitude and latitude of such nodes.
    date
        Day of the newest element, or what the file's head says; empty where nobody says.
    """

    taken: dict[str, Taken]
    openings: dict[str, list[tuple[float, float]]]
    date: str


def kept_tags(theme: Theme) -> tuple[str, ...]:
    """Give the tags that become columns beside ``tag``.

    Examples
    --------
    >>> kept_tags(Theme(title="L", kind="points", tags={"amenity": "library"}, hours=True))
    ('name', 'opening_hours')
    """
    return ("name", *theme.keep, *((HOURS,) if theme.hours else ()))


def read_elements(
    path: Path, settings: Settings, bounds: tuple[float, float, float, float]
) -> Elements:
    """Read what the themes take from a file.

    Nodes and areas become points; areas, made of closed ways or of relations, polygons; ways
    become lines.  The file is streamed: memory holds the places of its nodes and what is taken.

    Parameters
    ----------
    path
        PBF or XML.
    settings
        The project's.
    bounds
        West, south, east, north: elements wholly beyond are left aside.

    Returns
    -------
    The elements.

    Raises
    ------
    InputError
        If the file is missing, cut short or of another kind.
    """
    found = Elements(
        {name: Taken() for name in settings.themes},
        {name: [] for name, theme in settings.themes.items() if theme.open_at},
        "",
    )
    newest = ""
    try:
        stated = _stated_date(path)
        for one in _tagged(path, settings):
            newest = _look_at(one, settings.themes, bounds, found, newest)
    except (RuntimeError, UnicodeDecodeError) as error:
        raise unreadable(path, error) from None
    return Elements(found.taken, found.openings, stated or newest)


def _stated_date(path: Path) -> str:
    with osmium.io.Reader(str(path), osmium.osm.NOTHING) as reader:
        return str(reader.header().get("osmosis_replication_timestamp") or "")[:10]


def _tagged(path: Path, settings: Settings) -> Iterator[Any]:
    """Go through all elements with a tag that a theme looks for; areas come after ways."""
    keys = {key for theme in settings.themes.values() for key in (*theme.tags, *theme.open_at)}
    processor = osmium.FileProcessor(str(path)).with_areas()
    return iter(processor.with_filter(osmium.filter.KeyFilter(*sorted(keys))))


def _look_at(
    one: Any,
    themes: Mapping[str, Theme],
    bounds: tuple[float, float, float, float],
    found: Elements,
    newest: str,
) -> str:
    """Let every theme look at an element; give the day of the newest so far."""
    letter = one.type_str()
    if letter == "r":  # its area comes by itself
        return newest
    tags = dict(one.tags)
    shape: bytes | None = None
    drawn = False
    for name, theme in themes.items():
        if letter == "n" and theme.open_at and first_match(tags, theme.open_at):
            found.openings[name].append((one.lon, one.lat))
        if not _fits(letter, theme.kind):
            continue
        tag = taken_as(tags, theme)
        if not tag:
            continue
        if not drawn:
            shape, drawn = _drawn(one, letter), True
        if shape is None:
            found.taken[name].broken += 1
        elif _inside(shape, bounds):
            words = {"tag": tag, **{key: tags.get(key) for key in kept_tags(theme)}}
            found.taken[name].add(_id(one, letter), words, shape)
            newest = max(newest, _day(one))
    return newest


def _fits(letter: str, kind: str) -> bool:
    return letter in {"points": "na", "lines": "w", "polygons": "a"}[kind]


def _drawn(one: Any, letter: str) -> bytes | None:
    try:
        if letter == "w":
            return _line(one)
        draw = _WKB.create_point if letter == "n" else _WKB.create_multipolygon
        return bytes.fromhex(str(draw(one)))
    except (osmium.InvalidLocationError, RuntimeError):  # nodes that are not in the file
        return None


def _line(way: Any) -> bytes | None:
    """Draw a way, cut where the file does not have its nodes."""
    runs: list[list[tuple[float, float]]] = [[]]
    for node in way.nodes:
        if node.location.valid():
            runs[-1].append((node.lon, node.lat))
        else:
            runs.append([])
    lines = [run for run in runs if len(run) > 1]
    if not lines:
        return None
    shape = shapely.linestrings(lines[0]) if len(lines) == 1 else shapely.MultiLineString(lines)
    return bytes(shapely.to_wkb(shape))


def _inside(shape: bytes, bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = shapely.from_wkb(shape).bounds
    return west <= bounds[2] and east >= bounds[0] and south <= bounds[3] and north >= bounds[1]


def _id(one: Any, letter: str) -> str:
    if letter == "a":
        return f"{'way' if one.from_way() else 'relation'}/{one.orig_id()}"
    return f"{'node' if letter == 'n' else 'way'}/{one.id}"


def _day(one: Any) -> str:
    year = one.timestamp.year
    return f"{one.timestamp:%Y-%m-%d}" if year > 1970 else ""
