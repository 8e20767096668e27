"""From elements to the tables of layers: clipped, each place once, gates on edges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siteplanner.openstreetmap.areas import DEGREES
from siteplanner.openstreetmap.elements import HOURS, Elements, Taken, kept_tags
from siteplanner.openstreetmap.settings import Settings, Theme

EDGE_M = 3.0
"""A gate up to this far from the edge of a park is one of its gates."""
OPENING_M = 5.0
"""A line is interrupted this far to both sides of a level crossing."""


@dataclass(frozen=True)
class Made:
    """A table and what was done to make it.

    Parameters
    ----------
    table
        Index ``id`` (``way/12``), sorted; columns ``tag``, ``name``, further tags with ``_`` for
        ``:``, and ``geometry`` in degrees.
    notes
        Sentences: what was counted on the way.
    """

    table: gpd.GeoDataFrame
    notes: tuple[str, ...] = field(default=())


def column_name(tag: str) -> str:
    """Give the column that a tag becomes.

    Examples
    --------
    >>> column_name("operator:type")
    'operator_type'
    """
    return tag.replace(":", "_").replace("-", "_")


def make_tables(elements: Elements, settings: Settings, area: shapely.Geometry) -> dict[str, Made]:
    """Make the table of every theme that has a row.

    Parameters
    ----------
    elements
        What the file has.
    settings
        The project's.
    area
        The area with its ring, in degrees: what does not meet it is left aside.

    Returns
    -------
    By theme; themes without any row are not there.
    """
    crs = gpd.GeoSeries([area], crs=DEGREES).estimate_utm_crs()
    made: dict[str, Made] = {}
    first = sorted(settings.themes, key=lambda name: bool(settings.themes[name].edge_of))
    for name in first:  # edges before the gates on them
        theme, taken = settings.themes[name], elements.taken[name]
        table = _table(taken, theme)
        table = table[shapely.intersects(area, table.geometry.to_numpy())]
        notes = [_count(taken.broken, "left out: some of its nodes are not in the file")]
        if theme.kind == "points":
            table, notes_of = _points(table)
            notes.append(notes_of)
        if theme.edge_of:
            parks = made.get(theme.edge_of)
            table = table[:0] if parks is None else _on_edge(table, parks.table, crs)
        if theme.open_at:
            table, notes_of = _opened(table, elements.openings[name], crs)
            notes.append(notes_of)
        if theme.large_m2 is not None:
            large = table.to_crs(crs).area >= theme.large_m2
            table["size"] = np.where(large, "large", "small")
        if len(table):
            made[name] = Made(table, tuple(filter(None, notes)))
    return {name: made[name] for name in settings.themes if name in made}


def _count(number: int, what: str) -> str:
    return f"{number:,} {'element' if number == 1 else 'elements'} {what}." if number else ""


def _table(taken: Taken, theme: Theme) -> gpd.GeoDataFrame:
    shapes = shapely.make_valid(shapely.from_wkb(np.array(taken.shapes, dtype=object)))
    wanted = ("tag", *kept_tags(theme))
    none = [None] * len(taken.ids)
    words = {column_name(key): taken.words.get(key, none) for key in wanted}
    table = gpd.GeoDataFrame(
        pd.DataFrame(words, dtype="str"), geometry=np.asarray(shapes, dtype=object), crs=DEGREES
    )
    table.index = pd.Index(taken.ids, name="id", dtype="str")
    table = table[~table.index.duplicated()].sort_index()
    always = ["tag", "name", *([column_name(HOURS)] if theme.hours else []), "geometry"]
    return table[[one for one in table if one in always or table[one].notna().any()]].copy()


def _points(table: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, str]:
    """Take a point inside each area, and leave out points that say an area once more."""
    shapes = table.geometry.to_numpy()
    is_area = shapely.get_dimensions(shapes) == 2
    areas, nodes = np.flatnonzero(is_area), np.flatnonzero(~is_area)
    twice = _said_by(table["name"], shapes, nodes, areas)
    kept = np.setdiff1d(np.arange(len(table)), twice)
    points = shapely.point_on_surface(shapes[kept])
    result = table.iloc[kept].set_geometry(np.asarray(points, dtype=object), crs=table.crs)
    return result, _count(len(twice), "left out: the area round it says the same")


def _said_by(
    name: pd.Series, shapes: NDArray[Any], nodes: NDArray[Any], areas: NDArray[Any]
) -> NDArray[Any]:
    """Give nodes inside an area that has the same name, or where one of them has none."""
    area, node = shapely.STRtree(shapes[nodes]).query(shapes[areas], predicate="intersects")
    one, other = name.iloc[nodes[node]].to_numpy(), name.iloc[areas[area]].to_numpy()
    same = pd.isna(one) | pd.isna(other) | (one == other)
    return np.unique(nodes[node[np.asarray(same, dtype=bool)]])


def _on_edge(points: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, crs: Any) -> gpd.GeoDataFrame:
    edges = shapely.boundary(parks.to_crs(crs).geometry.to_numpy())
    near, _ = shapely.STRtree(edges).query(
        points.to_crs(crs).geometry.to_numpy(), predicate="dwithin", distance=EDGE_M
    )
    return points.iloc[np.unique(near)]


def _opened(
    lines: gpd.GeoDataFrame, openings: list[tuple[float, float]], crs: Any
) -> tuple[gpd.GeoDataFrame, str]:
    """Interrupt lines at level crossings and fords, where people do get across."""
    if not openings or lines.empty:
        return lines, ""
    at = gpd.GeoSeries(shapely.points(openings), crs=DEGREES).to_crs(crs).buffer(OPENING_M)
    shapes = lines.to_crs(crs).geometry.to_numpy()
    gap, line = shapely.STRtree(shapes).query(at.to_numpy(), predicate="intersects")
    for row in np.unique(line):
        shapes[row] = shapely.difference(
            shapes[row], shapely.union_all(at.to_numpy()[gap[line == row]])
        )
    cut = gpd.GeoSeries(shapes, index=lines.index, crs=crs).to_crs(DEGREES)
    count = len(np.unique(gap))
    note = f"Level crossings and fords where it is open: {count:,}." if count else ""
    result = lines.set_geometry(cut)
    return result[~result.is_empty], note


def words_of(made: Mapping[str, Made], name: str, column: str = "tag") -> tuple[str, ...]:
    """Give the different words of a column, sorted; none where there is no such table."""
    if name not in made or column not in made[name].table:
        return ()
    return tuple(sorted(made[name].table[column].dropna().unique()))
