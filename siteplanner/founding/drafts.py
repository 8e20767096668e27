"""The layers of a new project, in the order in which they are written."""

from __future__ import annotations

import json
from collections.abc import Mapping

import geopandas as gpd

from siteplanner.founding.layers import Draft
from siteplanner.openstreetmap import Made, Settings, Streets

OSM_NOTE = "What nobody has mapped is missing: in some quarters that is much."
PROXY = {
    "buildings": "floor area of homes, footprint × floors, in place of residents",
    "streets": "length of residential streets, in place of residents",
}


def boundary_draft(title: str, *, found: bool) -> Draft:
    """Say what the outline of the plan is."""
    notes = () if found else ("It is the box that was asked for, or that of the file.",)
    return Draft("boundary", f"Edge of the plan: {title}", "polygons", title, notes=notes)


def streets_draft(settings: Settings, streets: Streets) -> Draft:
    """Say what the streets are, and which of them are left out."""
    notes = [f"The walk filter leaves {streets.left_out:,} of {_all(streets):,} ways out."]
    if streets.let_in:
        notes.append(
            f"{streets.let_in:,} ways are in by the rules of openstreetmap.toml alone; here they "
            "have the tag foot=yes."
        )
    query = json.dumps(settings.walk_filter.model_dump(), sort_keys=True)
    title = "Streets and paths"
    return Draft("streets", title, "network", f"highway; {query}", notes=tuple(notes))


def people_draft(settings: Settings, made: Made, basis: str) -> Draft:
    """Say what the guessed people are."""
    query = json.dumps(settings.people.model_dump(), sort_keys=True)
    title = "People, guessed from homes" if basis == "buildings" else "People, guessed from streets"
    return Draft("people", title, "points", query, proxy=PROXY[basis], notes=made.notes)


def theme_draft(settings: Settings, name: str, made: Mapping[str, Made]) -> Draft:
    """Say what a theme's layer is."""
    theme = settings.themes[name]
    gates = [
        other for other, one in settings.themes.items() if one.edge_of == name and other in made
    ]
    query = json.dumps(
        theme.model_dump(include={"tags", "also", "without", "open_at"}, exclude_defaults=True),
        sort_keys=True,
    )
    notes = (*theme.notes, *made[name].notes, OSM_NOTE)
    entrances = gates[0] if gates else ""
    return Draft(name, theme.title, theme.kind, query, notes=notes, entrances=entrances)


def outline_table(area: object, title: str) -> gpd.GeoDataFrame:
    """Make the table of the boundary, one row."""
    table = gpd.GeoDataFrame({"name": [title]}, geometry=[area], crs="EPSG:4326")
    table.index = table.index.map(str).rename("id")
    return table


def _all(streets: Streets) -> int:
    return streets.taken + streets.left_out
