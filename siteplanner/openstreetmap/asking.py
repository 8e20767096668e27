"""Live data: a place's outline from Nominatim and its elements from Overpass, through OSMnx.

OSMnx cuts large areas into pieces, waits for its turn and keeps every answer that came in
whole; so whoever stops and comes back does not ask twice.  Nothing here runs unless somebody
asks for it: neither on import nor in a run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import shapely
from shapely import MultiPolygon, Polygon

from siteplanner.errors import InputError, Problem
from siteplanner.openstreetmap.areas import square_km, whole
from siteplanner.openstreetmap.patience import Server, patiently, trouble
from siteplanner.openstreetmap.settings import Settings, Theme

STREETS = "streets"
LARGE_KM2 = 2500.0
"""What a server is asked for in one piece; more is asked about first."""
MB_PER_KM2 = 2.0
"""Answers of a built-up area, a guess from above: a dense European centre has about that."""
DONE = "done.json"


def ask_place(place: str, cache: Path, server: Server, say: Callable[[str], None]) -> Any:
    """Ask Nominatim for the outline of a place.

    Parameters
    ----------
    place
        As people write it: ``Fortaleza, Brazil``.
    cache
        Folder for answers.
    server
        Who is asked.
    say
        Called with a sentence when it has to wait.

    Returns
    -------
    A polygon in degrees.

    Raises
    ------
    InputError
        If there is no such place, it is a point, or the server does not answer.
    """
    import osmnx as ox

    def ask() -> Any:
        return ox.geocoder.geocode_to_gdf(place)

    where, todo = "--place", "write it as on a map, with the country, or give --bbox W S E N"
    try:
        found = patiently(ask, cache / "place", server, say, "place")
    except TypeError:
        what = "OpenStreetMap knows it as a point, without an outline"
        todo = "name the town or district it is in, or give --bbox W S E N"
        raise InputError([Problem(where, place, what, todo)]) from None
    except ox._errors.InsufficientResponseError:  # noqa: SLF001  there is no other name for it
        raise InputError([Problem(where, place, "OpenStreetMap has no such place", todo)]) from None
    return whole(shapely.make_valid(found.geometry.iloc[0]), place)


def download(
    area: Polygon | MultiPolygon,
    settings: Settings,
    cache: Path,
    server: Server,
    say: Callable[[str], None],
) -> dict[str, list[Path]]:
    """Ask Overpass for the streets and for what each theme takes.

    A theme that has come in whole is not asked for again, until its tags or the area change.

    Parameters
    ----------
    area
        With its ring, in degrees.
    settings
        The project's.
    cache
        Folder for answers, one folder a theme.
    server
        Who is asked.
    say
        Called with a sentence for each theme, and when it has to wait.

    Returns
    -------
    By theme, the files with Overpass's answers.

    Raises
    ------
    InputError
        If the server does not answer, or not in whole; what came in is kept.
    """
    parts: dict[str, Theme | None] = {STREETS: None, **settings.themes}
    answers = {}
    for number, (name, theme) in enumerate(parts.items(), start=1):
        folder = cache / f"{name}-{_key(area, theme, server)}"
        if (folder / DONE).is_file():
            say(f"{name}: already here ({number} of {len(parts)})")
        else:
            say(f"{name} ({number} of {len(parts)})")
            _fetch(area, name, theme, folder, server, say)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / DONE).write_text("{}", encoding="utf-8")
        answers[name] = sorted(path for path in folder.glob("*.json") if path.name != DONE)
    return answers


def size_question(area: Polygon | MultiPolygon, themes: int) -> str:
    """Say how much would be asked for, where that is much; empty where it is not.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> size_question(box(0, 0, 0.1, 0.1), 18)
    ''
    >>> size_question(box(0, 0, 5, 5), 18)
    'The area has 308,716 km²: about 2,220 requests, and up to 603 GB if all of it is built up'
    """
    size = square_km(area)
    if size <= LARGE_KM2:
        return ""
    requests = round(themes * (size / LARGE_KM2), -1)
    return (
        f"The area has {size:,.0f} km²: about {requests:,.0f} requests, and up to "
        f"{size * MB_PER_KM2 / 1024:,.0f} GB if all of it is built up"
    )


def _fetch(
    area: Any,
    name: str,
    theme: Theme | None,
    folder: Path,
    server: Server,
    say: Callable[[str], None],
) -> None:
    import osmnx as ox

    _drop_broken(folder)

    def ask() -> None:
        try:
            if theme is None:
                only = '["highway"]["area"!~"yes"]'
                ox.graph.graph_from_polygon(area, custom_filter=only, simplify=False)
            else:
                ox.features.features_from_polygon(area, _asked_for(theme))
        except InterruptedError:  # as asked: the answers are kept, and read by us
            pass

    try:
        patiently(ask, folder, server, say, name, only_keep=True)
    except ox._errors.InsufficientResponseError:  # noqa: SLF001
        raise trouble(server.overpass, name, "answered something that is no data") from None


def _asked_for(theme: Theme) -> dict[str, bool | str | list[str]]:
    """Give the tags that a theme looks for, those of its openings too."""
    asked: dict[str, bool | str | list[str]] = {}
    for key, values in (*theme.tags.items(), *theme.open_at.items()):
        before = asked.get(key, [])
        both = isinstance(before, list) and values is not True
        asked[key] = [*before, *values] if both else True  # type: ignore[misc]
    return asked


def _key(area: Any, theme: Theme | None, server: Server) -> str:
    asked = {} if theme is None else {"tags": theme.tags, "open_at": theme.open_at}
    text = json.dumps([shapely.to_wkt(area, rounding_precision=6), asked, server.overpass])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _drop_broken(folder: Path) -> None:
    """Drop answers that were not written to their end, as when the power went."""
    for path in folder.glob("*.json"):
        try:
            json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            path.unlink()
