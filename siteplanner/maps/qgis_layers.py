"""Which layers a QGIS project has, in which order: those of the page's map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import geopandas as gpd
import numpy as np
import shapely

from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import is_public, released
from siteplanner.maps.geopackage import names_in_file
from siteplanner.maps.qgis_symbols import (
    EXISTING,
    INK,
    LINE,
    PAPER,
    POINT,
    POLYGON,
    Rule,
    area_of,
    class_rules,
    dot_of,
    edge_of,
    line_of,
    sign,
)  # fmt: skip
from siteplanner.maps.qgis_words import ProjectWords
from siteplanner.maps.styles import cell_styles, site_styles

KINDS = (POINT, LINE, POLYGON)
"""By the number of dimensions of a geometry."""
Tables = Mapping[str, Mapping[str, gpd.GeoDataFrame]]
"""Tables by file and layer, as they are written: ``{"sites.gpkg": {"sites": …}}``."""


@dataclass(frozen=True)
class Shown:
    """One layer of the project.

    Parameters
    ----------
    id
        No other has it.
    title
        What the tree calls it.
    on
        The file, without its ending.
    table
        The layer of the file.
    rules
        How it is drawn.
    kind
        Kind of its geometry.
    unit
        What its numbers are in.
    shown
        Whether it is ticked.
    numbered
        Whether the number in the set stands on it.
    split
        Whether the file's layer has other kinds of geometry too.
    """

    id: str
    title: str
    on: str
    table: str
    rules: list[Rule]
    kind: str
    unit: str = ""
    shown: bool = True
    numbered: bool = False
    split: bool = False


@dataclass(frozen=True)
class Group:
    """Layers and groups under a title; of an exclusive one only one is shown at a time.

    Parameters
    ----------
    title
        What the tree calls it; empty at the top.
    parts
        From top to bottom.
    exclusive
        Whether only one of them is shown at a time.
    shown
        Whether it is ticked.
    """

    title: str
    parts: list[Group | Shown]
    exclusive: bool = False
    shown: bool = True


def tree_of(answer: Answer, tables: Tables, words: ProjectWords) -> Group:
    """Order the layers from top to bottom, as the page's map lies.

    Parameters
    ----------
    answer
        The whole answer.
    tables
        What stands in the GeoPackages.
    words
        The language.
    """
    parts: list[Group | Shown] = []
    on_top = [*_chosen(tables, words), *_existing(tables, words)]
    if on_top:
        parts.append(Group(words.say("map.on_top"), list(on_top)))
    parts += _sites(answer, tables, words)
    out = tables["sites.gpkg"]["excluded"]
    title = words.say("method.ruled_out")
    parts += [
        Shown(f"excluded_{kind}", title, "sites", "excluded",
               [("", title, sign(kind, "cross2", "#8c8880", size_mm=2.2, edge=("#8c8880", 0.4)))],
               kind, shown=False, split=split)
        for kind, split in _kinds(out)
    ]  # fmt: skip
    edge = words.say("legend.edge")
    edge = edge[:1].upper() + edge[1:]
    ground = tables["ground.gpkg"]
    parts.append(Shown("area", edge, "ground", "area",
                        [("", edge, edge_of(INK, 0.5))], POLYGON))  # fmt: skip
    if "streets" in ground:
        title = words.say("map.streets")
        white = line_of(PAPER, 0.2, alpha=140)
        parts.append(Shown("streets", title, "ground", "streets", [("", title, white)], LINE))
    if not is_public(answer):
        parts.append(_cells(answer, tables, words))
    return Group("", parts)


def _chosen(tables: Tables, words: ProjectWords) -> Iterator[Shown]:
    """Show the set as the page does: white badges with a number."""
    table = tables["sites.gpkg"]["sites"]
    if not table["order"].notna().any():
        return
    title, label = words.say("list.set"), words.say("legend.chosen")
    for kind, split in _kinds(table):
        badge = sign(kind, "circle", PAPER, size_mm=5.6, edge=(INK, 0.5))
        yield Shown(f"chosen_{kind}", title, "sites", "sites",
                     [('"order" IS NOT NULL', label, badge)], kind, numbered=True,
                     split=split)  # fmt: skip


def _existing(tables: Tables, words: ProjectWords) -> Iterator[Shown]:
    title, label = words.say("map.existing_places"), words.say("legend.existing")
    for kind, split in _kinds(tables["sites.gpkg"]["existing"]):
        square = sign(kind, "square", EXISTING, size_mm=2.6, edge=(PAPER, 0.3))
        yield Shown(f"existing_{kind}", title, "sites", "existing",
                     [("", label, square)], kind, split=split)  # fmt: skip


def _sites(answer: Answer, tables: Tables, words: ProjectWords) -> list[Group | Shown]:
    """Show all possible sites, plain or coloured by their index or one of its criteria."""
    table = tables["sites.gpkg"]["sites"]
    columns = names_in_file(table)
    gap = words.say("legend.gap_withheld" if is_public(answer) else "legend.gap")
    found: list[Group | Shown] = []
    for kind, split in _kinds(table):
        plain = sign(kind, "circle", PAPER, size_mm=1.9, edge=(INK, 0.3))
        title, label = words.say("map.all_sites"), words.say("legend.other")
        found.append(Shown(f"sites_{kind}", title, "sites", "sites",
                            [('"order" IS NULL', label, plain)], kind, split=split))  # fmt: skip
        for style in (one for one in site_styles(released(answer)) if not one.empty):

            def paint(colour: str, kind: str = kind) -> Element:
                return sign(kind, "circle", colour, size_mm=2.9, edge=(INK, 0.3))

            rules = class_rules(style, columns, words.classes(style.classes), gap, paint)
            found.append(Shown(f"{style.id}_{kind}", words.title(style.words), "sites",
                                "sites", rules, kind, words.unit_of(style.words), shown=False,
                                split=split))  # fmt: skip
    return [Group(words.say("map.group_site"), found, exclusive=True)] if found else []


def _cells(answer: Answer, tables: Tables, words: ProjectWords) -> Group:
    """Show cells by need, people and reach: one layer at a time, as on the page."""
    table = tables["cells.gpkg"]["cells"]
    columns, gap = names_in_file(table), words.say("legend.gap_cells")
    groups: dict[str, list[Group | Shown]] = {}
    for kind, split in _kinds(table):
        paint = {POINT: dot_of, LINE: lambda colour: line_of(colour, 0.5)}.get(kind, area_of)
        for style in (one for one in cell_styles(answer) if not one.empty):
            rules = class_rules(style, columns, words.classes(style.classes), gap, paint)
            layers = groups.setdefault(style.words["group_key"], [])
            first = style.id == "need" or (bool(groups) and not layers)
            layers.append(Shown(f"{style.id}_{kind}", words.title(style.words), "cells",
                                 "cells", rules, kind, words.unit_of(style.words), shown=first,
                                 split=split))  # fmt: skip
    parts: list[Group | Shown] = [
        Group(words.say(key), layers, exclusive=True, shown=not at)
        for at, (key, layers) in enumerate(groups.items())
    ]
    return Group(words.say("map.layers"), parts, exclusive=True)


def _kinds(table: gpd.GeoDataFrame) -> list[tuple[str, bool]]:
    """Give the kinds of geometry in a table, and whether there is more than one."""
    known = table.geometry[~(table.geometry.isna() | table.geometry.is_empty)]
    found = np.unique(shapely.get_dimensions(known.to_numpy()))
    return [(KINDS[one], len(found) > 1) for one in found]


def layers_of(group: Group) -> Iterator[Shown]:
    """Give the layers of a group and of those in it, from top to bottom."""
    for one in group.parts:
        if isinstance(one, Group):
            yield from layers_of(one)
        else:
            yield one
