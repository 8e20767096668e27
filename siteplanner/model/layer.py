"""A layer: a fact about the world, and where it came from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from siteplanner.errors import nearest_names
from siteplanner.model.base import Code, Frozen, Number, Texts, Whole, YesNo

LayerKind = Literal["points", "lines", "polygons", "raster", "table", "network"]
ColumnKind = Literal["count", "rate", "value", "category"]


def _column_name(found: object) -> object:
    """Read a bare number as a column's name: ``from = 1`` is a raster's first band."""
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else found


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
    source: str
    """Path beside this file, or ``${VARIABLE}/…``."""
    kind: LayerKind
    """points, lines, polygons, raster, table or network."""
    id: str | None = None
    """Column that names a row; without it a hash of the geometry does."""
    label: str | None = None
    """Column with the name people know a place by."""
    hours: str | None = None
    """Column with opening hours, as text."""
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
    table: str | None = None
    """Layer inside a GeoPackage, sheet of a workbook, or file inside a zip."""
    coordinates: tuple[str, str] | None = None
    """Columns of a table with easting and northing, or longitude and latitude."""
    wkt: str | None = None
    """Column of a table with well-known text."""
    nodata: Number | None = None
    """Only where a raster does not say which value means unknown."""
    proxy: str = ""
    """If these numbers stand in for others, what for what; printed on the map."""
    fictional: YesNo = False
    """True for made-up data; printed on the map."""
    notes: Texts = ()
    """What a reader must know: gaps, age, known errors; printed on the map."""

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
