"""What a project takes from OpenStreetMap, and by which rules: its ``openstreetmap.toml``."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from siteplanner.errors import InputError, Problem
from siteplanner.model.base import Frozen, Names, Number, Texts, YesNo, as_list
from siteplanner.model.files import line_of
from siteplanner.model.wording import say_all

FILE = "openstreetmap.toml"
"""In the root of a project, not in ``layers/``: it is no layer."""
THEMES = Path(__file__).with_name("themes.toml")
TAKEN = ("boundary", "streets", "people", "cells")
"""Names of layers that are made without a theme, or not at all."""
_NAME = re.compile("[a-z][a-z0-9_]{0,39}")
_HEAD = """\
# What this project takes from OpenStreetMap, and how. Change it, then take everything again:
#   siteplanner fetch --refresh
# Data © OpenStreetMap contributors, ODbL 1.0: https://www.openstreetmap.org/copyright

"""

Values = Annotated[tuple[str, ...], BeforeValidator(as_list)] | Literal[True]
Tags = dict[str, Values]


class Area(Frozen):
    """Where: exactly one way to say it, and the file if there is one.

    Examples
    --------
    >>> Area(place="Fortaleza, Brazil").title
    'Fortaleza, Brazil'
    """

    place: str = ""
    """A place as people write it; with a file, the name of a boundary in it."""
    bbox: tuple[Number, Number, Number, Number] | None = None
    """West, south, east, north, in degrees."""
    outline: str = ""
    """A file of polygons."""
    file: str = ""
    """An OpenStreetMap file; without one, the servers are asked."""

    @property
    def title(self) -> str:
        """What to call it."""
        return self.place or Path(self.outline or self.file or "the area").name.split(".")[0]

    @model_validator(mode="after")
    def _said_once(self) -> Area:
        given = [key for key in ("place", "bbox", "outline") if getattr(self, key)]
        if len(given) > 1 or not (given or self.file):
            msg = f"found {' and '.join(given) or 'none of them'}; give one of place, bbox, outline"
            raise ValueError(msg)
        return self


class WalkFilter(Frozen):
    """Which ways people may walk on."""

    never: Names
    """Values of ``highway`` that are no street."""
    only_if_foot_says_so: Names
    """Values of ``highway`` that are out unless ``foot`` lets people in."""
    foot_may: Names
    """Values of ``foot`` that let people in, whatever else is said."""
    foot_may_not: Names
    """Values of ``foot`` that keep them out."""
    access_shut: Names
    """Values of ``access`` that keep them out where ``foot`` says nothing."""


class People(Frozen):
    """How people are guessed from buildings, or from streets where there are none."""

    buildings: str = "buildings"
    """The theme of buildings."""
    homes: Names
    """Values of ``building`` that people live in."""
    floors_if_unknown: Number = Field(gt=0, le=100)
    """Floors of a home that nobody counted."""
    m2_per_person: Number = Field(gt=0)
    """Floor area per person."""
    street_m_per_person: Number = Field(gt=0)
    """Metres of residential street per person, where there are no buildings."""


class Theme(Frozen):
    """What becomes one layer.

    Examples
    --------
    >>> Theme(title="Schools", kind="points", tags={"amenity": "school"}).tags
    {'amenity': ('school',)}
    """

    title: str
    """What a reader of the map sees."""
    kind: Literal["points", "lines", "polygons"]
    """Points take areas too, at a point inside."""
    tags: Tags = Field(min_length=1)
    """An element needs one of these."""
    also: Tags = Field(default_factory=dict)
    """And all of these."""
    without: Tags = Field(default_factory=dict)
    """And none of these."""
    keep: Names = ()
    """Further tags that become columns."""
    hours: YesNo = False
    """Whether opening hours are kept."""
    edge_of: str = ""
    """A theme of polygons: only points on their edge are taken."""
    name_by_street: YesNo = False
    """Whether places without a name are called by what they are and the nearest street."""
    large_m2: Number | None = Field(default=None, gt=0)
    """Polygons this large get the size ``large``, others ``small``."""
    open_at: Tags = Field(default_factory=dict)
    """Lines are interrupted at nodes with one of these."""
    notes: Texts = ()
    """What a reader must know."""


class Settings(Frozen):
    """The whole file."""

    name: str = "openstreetmap"
    """The file's own name."""
    area: Area
    ring_m: Number = Field(ge=0, le=20_000)
    """Metres round the area that are taken as well."""
    walk_filter: WalkFilter
    people: People
    themes: dict[str, Theme]

    @model_validator(mode="after")
    def _names(self) -> Settings:
        for name, theme in self.themes.items():
            if not _NAME.fullmatch(name) or name in TAKEN:
                msg = f"a theme cannot be called {name!r:.50}; use small letters, digits and _"
                raise ValueError(msg)
            if theme.edge_of and theme.edge_of not in self.themes:
                msg = f"'{name}' lies on the edge of '{theme.edge_of}', which is no theme; name one"
                raise ValueError(msg)
        return self


def settings_text(area: Area) -> str:
    """Write the file of a new project: its area, and the themes everybody begins with.

    Examples
    --------
    >>> 'place = "Porto"' in settings_text(Area(place="Porto"))
    True
    """
    said = {key: value for key, value in area.model_dump(mode="json").items() if value}
    themes = THEMES.read_text(encoding="utf-8")
    rules, _, rest = themes.partition("# Which ways")
    return f"{_HEAD}{rules}{tomli_w.dumps({'area': said})}\n# Which ways{rest}"


def read_settings(path: Path) -> Settings:
    """Read ``openstreetmap.toml``.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    The settings.

    Raises
    ------
    InputError
        With every problem of the file.
    """
    try:
        return parse_settings(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        todo = "make a project with it: siteplanner init FOLDER --place NAME"
        raise InputError([Problem(FILE, "", "no such file", todo)]) from None
    except UnicodeDecodeError as error:
        what = f"line {line_of(error)} is not UTF-8"
        raise InputError([Problem(FILE, "", what, "save it as UTF-8")]) from None
    except OSError as error:
        raise InputError([Problem(FILE, "", str(error.strerror), "make it readable")]) from None


def parse_settings(text: str) -> Settings:
    """Read the text of such a file.

    Raises
    ------
    InputError
        With every problem of it.

    Examples
    --------
    >>> parse_settings(settings_text(Area(place="Porto"))).themes["schools"].tags
    {'amenity': ('school',)}
    >>> parse_settings("ring_m = 5 5")
    Traceback (most recent call last):
    siteplanner.errors.InputError: openstreetmap.toml: not TOML: ...
    """
    try:
        found: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        todo = "mend it there: text goes in quotes, lists in [ ], one key = value a line"
        raise InputError([Problem(FILE, "", f"not TOML: {error}", todo)]) from None
    try:
        return Settings.model_validate(found)
    except ValidationError as error:
        raise InputError(say_all(Settings, FILE, found, error)) from None
