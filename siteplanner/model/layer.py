"""A layer: a fact about the world, and where it came from."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from siteplanner.errors import nearest_names
from siteplanner.model.base import Code, Frozen, Number, Texts, Whole, YesNo
from siteplanner.model.moment import HoursColumns
from siteplanner.model.private import Private
from siteplanner.model.statements import refusal
from siteplanner.model.timetable import Timetable

LayerKind = Literal["points", "lines", "polygons", "raster", "table", "network", "register"]
ColumnKind = Literal["count", "rate", "value", "category"]
Derived = Literal[
    "slope_percent", "depression_m", "flow_accumulation_m2", "height_above_drainage_m"
]
Protected = Literal[
    "age", "disability", "gender_reassignment", "marriage_and_civil_partnership",
    "pregnancy_and_maternity", "race", "religion_or_belief", "sex", "sexual_orientation",
]  # fmt: skip
"""The protected characteristics of the Equality Act 2010 of the United Kingdom, section 4."""
AREA = "@area_m2"
"""As a column's ``from``: the area of the polygon itself."""
FLOOR_AREA = "@floor_area_m2"
"""As a column's ``from``: the area of the polygon, times its floors."""


def _column_name(found: object) -> object:
    """Read a bare number as a column's name: ``from = 1`` is a raster's first band."""
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else found


def _fingerprint(found: str) -> str:
    """Take the SHA-256 of a file, as ``sha256sum`` writes it."""
    if not re.fullmatch("[0-9a-f]{64}", found.lower()):
        msg = f"found {found!r:.30}; write the 64 digits and letters a to f that sha256sum prints"
        raise ValueError(msg)
    return found.lower()


_SLIP = re.compile(
    r"\s*(?:(https?)(?::(?!//[^/])|//)|postgres(?:ql)?(?::(?!//)|//))[/\\]*", re.IGNORECASE
)
"""An address whose colon and two slashes are not as they have to be."""


def _address(found: str) -> str:
    """Take a path or an address; an address has a colon and two slashes."""
    slip = _SLIP.match(found)
    if slip and slip[1]:
        server = found[slip.end() :].replace("\\", "/").rpartition("@")[2]
        msg = f"it is no path and no address; write https://{server:.80}"
        raise ValueError(msg.replace("https:", f"{slip[1].lower()}:"))
    if slip:
        msg = "it is no path and no address; write postgresql://server/database"
        raise ValueError(msg)
    return found


Fingerprint = Annotated[str, AfterValidator(_fingerprint)]
Address = Annotated[str, AfterValidator(_address)]
SourceColumn = Annotated[str, BeforeValidator(_column_name)]


class Column(Frozen):
    """One column of a layer: a number (or word) with its unit and its kind.

    Examples
    --------
    >>> Column(**{"from": "estrato_prom", "unit": "1 to 6", "kind": "value"}).kind
    'value'
    """

    source: SourceColumn | None = Field(default=None, alias="from")
    """Name in the file (a raster's band number); by default the column's own name."""
    unit: str = ""
    """What one unit is: ``people``, ``m2``, ``1 (lowest) to 6``."""
    kind: ColumnKind = "value"
    """``count`` adds up, ``rate`` is a share of the column ``of``, ``value`` averages,
    ``category`` is a word."""
    of: str | None = None
    """For a rate: the count column of the same layer that it is a share of."""
    title: str = ""
    """Plain words for maps; by default the column's name."""
    group: Protected | None = None
    """For a count or a rate of people: by which characteristic they are counted, as ``age``."""
    floors: str | None = None
    """For ``@floor_area_m2``: the column of the file that counts the floors."""
    floors_unknown: Number | None = Field(default=None, gt=0)
    """How many floors a building has whose floors are not known; else its area is unknown."""

    @model_validator(mode="after")
    def _group_of_people(self) -> Column:
        if self.group is not None and self.kind not in ("count", "rate"):
            msg = f"group is for a count or a rate of people, found kind {self.kind}; delete group"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _floors_of_floor_area(self) -> Column:
        if self.source == FLOOR_AREA and self.floors is None:
            msg = f'"{FLOOR_AREA}" needs to know the floors; add floors = "…", a column of the file'
            raise ValueError(msg)
        if self.source != FLOOR_AREA and (self.floors or self.floors_unknown):
            msg = f'floors are only for from = "{FLOOR_AREA}"; delete them'
            raise ValueError(msg)
        return self


class Join(Frozen):
    """A table gets its geometry from another layer through a shared key.

    Examples
    --------
    >>> Join(layer="planning_units", key="UPZ").layer
    'planning_units'
    """

    layer: str
    """The layer that has the geometry."""
    key: str
    """Column of this table that holds the key."""
    to: str | None = None
    """Column of the other layer's file that holds the key; by default its id."""
    pairs: dict[str, str] = Field(default_factory=dict)
    """Keys that differ in the two files and mean the same: the one here, the one there."""


class Inside(Frozen):
    """A column that says which area of another layer each row lies in.

    Examples
    --------
    >>> Inside(layer="districts", column="localidad").to is None
    True
    """

    layer: str
    """The polygon layer of the areas."""
    column: str
    """Column of this file that names the area."""
    to: str | None = None
    """Column of the other layer's file with those names; by default its label or its id."""


class Layer(Frozen):
    """A source, its kind, its columns, and its year, licence and attribution.

    Examples
    --------
    >>> layer = Layer(name="schools", title="Schools", source="schools.geojson", kind="points")
    >>> layer.kind
    'points'
    """

    name: str
    """The layer's name: the name of its file without ``.toml``."""
    title: str
    """What a reader of the map sees."""
    source: Address
    """Path beside this file, ``${VARIABLE}/…``, or an address: ``https://…``, ``postgresql://…``."""
    kind: LayerKind
    """points, lines, polygons, raster, table, network or register."""
    id: str | None = None
    """Column that names a row; without it a hash of the geometry does."""
    label: str | None = None
    """Column with the name people know a place by."""
    hours: HoursColumns | None = None
    """Column with opening hours, as text; or a column for each day, ``{ Mo-Fr = "workdays" }``."""
    hours_empty: Literal["unknown", "closed"] = "unknown"
    """What an empty cell of opening hours means."""
    entrances: str | None = None
    """For polygons and lines: the point layer of the gates that people go in by."""
    crs: Code | None = None
    """Only where the file does not say: ``EPSG:4326``."""
    year: Whole | None = None
    """Year of the data."""
    licence: str = ""
    """Short licence name, best as SPDX."""
    attribution: str = ""
    """Whom the map has to credit."""
    columns: dict[str, Column] = Field(default_factory=dict)
    """The columns that scenarios may use."""
    join: Join | None = None
    """For a table: the layer it takes its geometry from."""
    inside: Inside | None = None
    """Which column names the area that a row lies in: rows that lie elsewhere are flagged."""
    table: str | None = None
    """Layer inside a GeoPackage, sheet of a workbook, file inside a zip, or a database's table."""
    query: str | None = None
    """For a database: the SELECT that gives the rows, in place of ``table``."""
    sha256: Fingerprint | None = None
    """The SHA-256 that the data must have, 64 letters and digits; other data is refused."""
    coordinates: tuple[str, str] | None = None
    """Columns of a table with easting and northing, or longitude and latitude."""
    wkt: str | None = None
    """Column of a table with well-known text."""
    nodata: Number | None = None
    """Only where a raster does not say which value means unknown."""
    derive: Derived | None = None
    """For a raster of heights in metres: what is made of it."""
    drains_m2: Number | None = Field(default=None, gt=0)
    """For height above drainage: so much ground drains through a drainage line."""
    timetable: Timetable | None = None
    """For the zip of a GTFS feed: which departures are counted."""
    proxy: str = ""
    """If these numbers stand in for others, what for what; printed on the map."""
    fictional: YesNo = False
    """True for made-up data; printed on the map."""
    agreed: YesNo | None = None
    """For marks of a workshop: whether those who made them agreed that they are published."""
    private: Private | None = None
    """For votes, answers, reports: how coarse they become before anything else sees them."""
    notes: Texts = ()
    """What a reader must know: gaps, age, known errors; printed on the map."""

    @model_validator(mode="after")
    def _asks(self) -> Layer:
        if self.query is None:
            return self
        if not self.source.startswith(("postgresql://", "postgres://")):
            msg = "query is for a database, and the source is none; delete query"
            raise ValueError(msg)
        if self.table is not None:
            msg = "both table and query say which rows; delete one of them"
            raise ValueError(msg)
        if refusal(self.query):
            msg = f"query {refusal(self.query)}"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _registers(self) -> Layer:
        if self.kind != "register":
            return self
        own = ("columns", "id", "label", "join", "inside", "coordinates", "wkt", "query", "private")
        given = [name for name in own if getattr(self, name)]
        if given:
            msg = f"a register has columns of its own, found {given[0]}; delete it"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _empty_hours(self) -> Layer:
        if self.hours is None and self.hours_empty != "unknown":
            msg = 'hours_empty is about no column; add hours = "…", or delete it'
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _derives(self) -> Layer:
        wrong = ""
        if self.derive is not None and self.kind != "raster":
            wrong = 'derive is for a raster of heights; delete it, or write kind = "raster"'
        elif self.derive is not None and len(self.columns) > 1:
            wrong = "derive makes one number; declare one column, and a layer for each derive"
        elif self.derive is not None and any(c.kind != "value" for c in self.columns.values()):
            wrong = 'what derive makes is no count, rate or category; write kind = "value"'
        elif self.derive == "height_above_drainage_m" and self.drains_m2 is None:
            wrong = (
                "height above drainage needs drains_m2, how much ground drains through a "
                "drainage line; write drains_m2 = 1_000_000 for 1 km², or less for small streams"
            )
        elif self.drains_m2 is not None and self.derive != "height_above_drainage_m":
            wrong = 'drains_m2 is for derive = "height_above_drainage_m"; delete it'
        elif self.timetable is not None and self.kind != "points":
            wrong = 'timetable is for the stops of a GTFS feed; write kind = "points"'
        if wrong:
            raise ValueError(wrong)
        return self

    @model_validator(mode="after")
    def _keeps_private(self) -> Layer:
        if self.private is None:
            return self
        if self.kind in ("raster", "network") or self.timetable is not None:
            msg = f"private is for rows that people made, found kind {self.kind}; delete it"
            raise ValueError(msg)
        told = self.private.sensitive
        words = {name for name, one in self.columns.items() if one.kind == "category"}
        for name in (*self.private.keep_text, *((told.column,) if told else ())):
            if name not in words:
                msg = f"private names '{name}', which is no category column of this layer"
                raise ValueError(f"{msg}; {nearest_names(name, words)}")
        return self

    @model_validator(mode="after")
    def _shares(self) -> Layer:
        for name, column in self.columns.items():
            if column.of is None:
                continue
            if column.kind != "rate":
                msg = f"column '{name}' is a {column.kind}, but has of; delete of"
                raise ValueError(msg)
            whole = self.columns.get(column.of)
            if whole is None or whole.kind != "count":
                counts = [key for key, one in self.columns.items() if one.kind == "count"]
                msg = (
                    f"column '{name}' is a share of '{column.of}', which is no count of this layer"
                )
                raise ValueError(f"{msg}; {nearest_names(column.of, counts)}")
        return self
