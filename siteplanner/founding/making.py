"""A project from OpenStreetMap: made, gone on with after an interruption, and taken anew."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import shapely

from siteplanner import fetched
from siteplanner import openstreetmap as osm
from siteplanner.errors import InputError, Problem
from siteplanner.founding.beginning import begun, check_area, leaving_nothing, said_area
from siteplanner.founding.differences import keep, tell
from siteplanner.founding.drafts import (
    boundary_draft,
    outline_table,
    people_draft,
    streets_draft,
    theme_draft,
)
from siteplanner.founding.first import write_scenarios
from siteplanner.founding.layers import Origin, unwritable, write_file, write_table
from siteplanner.project import CACHE, Project, init
from siteplanner.sources.streets import read_streets

Say = Callable[[str], None]
STREETS = "streets.osm.pbf"
FEW = 0.1
"""Buildings that house fewer people than this share of what streets suggest are not all mapped."""


@dataclass(frozen=True)
class Asking:
    """How a project is made.

    Parameters
    ----------
    server
        Who is asked, where there is no file.
    agree
        Called with a sentence and asked whether to go on, where the area is very large.
    say
        Called with a sentence as each step begins.
    """

    server: osm.Server
    agree: Callable[[str], bool] = lambda _: False
    say: Say = lambda _: None


@dataclass(frozen=True)
class _City:
    """What was taken: the area, the file to read, and what is known of it."""

    area: Any
    ring: Any
    path: Path
    source: str
    date: str


def found(folder: Path | str, area: osm.Area, asking: Asking | None = None) -> Project:
    """Make a project from OpenStreetMap, with a boundary, layers and three scenarios.

    The same call on a folder where it was interrupted goes on: what was fetched is not fetched
    again, and an ``openstreetmap.toml`` that was changed meanwhile is kept.

    Parameters
    ----------
    folder
        A new or empty folder.
    area
        Where.
    asking
        Whom to ask; by default OSMnx's servers, and never for a very large area.

    Returns
    -------
    The project.

    Raises
    ------
    InputError
        If the folder holds something else, the area or the file is wrong, there are no streets,
        or the server does not answer.
    OutputError
        If it cannot be written.
    """
    asking = asking or Asking(osm.Server.from_environment())
    root = Path(folder)
    area = said_area(area, root)
    settings = begun(root, area)
    with leaving_nothing(root, gone_on=settings is not None):
        if settings is None:
            settings = osm.parse_settings(osm.settings_text(area))
            check_area(root, settings, asking.say)
            init(root, empty=True)
            _write(root / osm.FILE, osm.settings_text(area))
        asking.say("area")
        there = _write_layers(root, settings, _taken(root, settings, asking), asking)
    asking.say("scenarios")
    write_scenarios(root, there)
    return Project(root)


def refresh(root: Path, asking: Asking | None = None) -> tuple[str, ...]:
    """Take everything anew by the rules of ``openstreetmap.toml``; scenarios are left alone.

    Parameters
    ----------
    root
        The project.
    asking
        Whom to ask.

    Returns
    -------
    A sentence for each layer that changed.

    Raises
    ------
    InputError
        As `found`; the layers are as they were then.
    OutputError
        If it cannot be written.
    """
    asking = asking or Asking(osm.Server.from_environment())
    settings = osm.read_settings(root / osm.FILE)
    check_area(root, settings, asking.say)
    layers = root / "layers"
    cache = root / CACHE / "openstreetmap"
    if not (cache / "again").exists():  # else an interrupted refresh goes on
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(parents=True)
        _write(cache / "again", "")
    before = keep(layers, cache / "before")
    _write_layers(root, settings, _taken(root, settings, asking), asking)
    said = tuple(tell(before, layers))
    (cache / "again").unlink()
    shutil.rmtree(cache / "before", ignore_errors=True)
    return said


def _taken(root: Path, settings: osm.Settings, asking: Asking) -> _City:
    area, said = _outline(root, settings, asking)
    ring = osm.around(area, settings.ring_m)
    if settings.area.file:
        path = osm.found_path(settings.area.file, root)
        return _City(area, ring, path, path.name, said)
    question = osm.size_question(ring, len(settings.themes) + 1)
    if question and not asking.agree(question):
        todo = "choose a smaller area, take a file with --osm, or add --yes to go on"
        raise InputError([Problem(settings.area.title, "", question, todo)])
    cache = root / CACHE / "openstreetmap"
    answers = osm.download(ring, settings, cache, asking.server, asking.say)
    asking.say("merging")
    path = cache / "city.osm.pbf"
    date = osm.merge_answers(sorted({one for part in answers.values() for one in part}), path)
    source = "OpenStreetMap, by Overpass and Nominatim"
    return _City(area, ring, path, source, date)


def _outline(root: Path, settings: osm.Settings, asking: Asking) -> tuple[Any, str]:
    area = settings.area
    if area.bbox is not None:
        return osm.bbox_area(area.bbox), ""
    if area.outline:
        return osm.outline_area(osm.found_path(area.outline, root)), ""
    if area.file:
        return osm.file_area(osm.found_path(area.file, root), area.place), ""
    cache = root / CACHE / "openstreetmap"
    return osm.ask_place(area.place, cache, asking.server, asking.say), ""


def _write_layers(
    root: Path, settings: osm.Settings, city: _City, asking: Asking
) -> dict[str, osm.Made]:
    """Read the file and write every layer; give the tables."""
    layers = root / "layers"
    kept = fetched.kept_folder(layers)
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(kept, error) from None
    asking.say("streets")
    bounds = city.ring.bounds
    streets = osm.write_streets(city.path, kept / STREETS, bounds, settings.walk_filter)
    if not streets.taken:
        todo = "check the area, and the walk filter in openstreetmap.toml"
        raise InputError([Problem(city.source, "", "no street that people may walk on", todo)])
    asking.say("layers")
    elements = osm.read_elements(city.path, settings, bounds)
    made = osm.make_tables(elements, settings, city.ring)
    named = osm.named_streets(kept / STREETS)
    for name in made:
        if settings.themes[name].name_by_street:
            made[name] = osm.call(made[name], named)
    made["people"], basis = _people(made, settings, kept / STREETS)
    date = city.date or elements.date
    digest = hashlib.sha256(shapely.to_wkb(city.area)).hexdigest()
    origin = Origin(city.source, date, fetched.now(), digest)
    title = settings.area.title
    stated = bool(settings.area.place or settings.area.outline)
    edge = outline_table(city.area, title)
    write_table(boundary_draft(title, found=stated), edge, origin, layers)
    draft = streets_draft(settings, streets)
    write_file(draft, STREETS, streets.taken, origin, layers)
    for name, one in made.items():
        asking.say(name)
        draft = (
            people_draft(settings, one, basis)
            if name == "people"
            else theme_draft(settings, name, made)
        )
        write_table(draft, one.table, origin, layers)
    return {"boundary": osm.Made(edge), **made}


def _people(
    made: dict[str, osm.Made], settings: osm.Settings, streets: Path
) -> tuple[osm.Made, str]:
    """Guess people from buildings, or from streets where hardly any building is mapped."""
    rules = settings.people
    by_streets = osm.from_streets(read_streets(streets)[0], rules)
    if rules.buildings in made:
        public = made["public_buildings"].table.index if "public_buildings" in made else ()
        by_homes = osm.from_buildings(made[rules.buildings].table, rules, public=public)
        enough = FEW * by_streets.table["residents"].sum()
        if by_homes.table["residents"].sum() > enough:
            return by_homes, "buildings"
        why = "Hardly any homes are mapped as buildings here."
        by_streets = replace(by_streets, notes=(why, *by_streets.notes))
    if by_streets.table.empty:
        what = "there are neither homes nor residential streets to guess people from"
        todo = "choose a larger area, or change [people] in openstreetmap.toml"
        raise InputError([Problem(settings.area.title, "", what, todo)])
    return by_streets, "streets"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise unwritable(path, error) from None
