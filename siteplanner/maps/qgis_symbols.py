"""Symbols and rules of a QGIS project: the colours and classes of the page, as XML.

QGIS counts a value on a break to the lower class, and draws nothing where a value is unknown;
the page does neither.  So classes are rules with a condition each, and unknown has its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from xml.etree.ElementTree import Element, SubElement

from siteplanner.maps.classes import NO_DATA
from siteplanner.maps.styles import Style

GAP, INK, PAPER, EXISTING = "#f4f2ec", "#1c2733", "#ffffff", "#b3261e"
"""The page's colours of no data, of outlines, of other sites and of existing places."""
OURS = uuid.UUID("6f1d7a52-0a1e-5c0b-9d2f-7369746570ab")
"""What the keys of rules are made from: the same rule has the same key every time."""
POINT, LINE, POLYGON = "Point", "Line", "Polygon"
"""Kinds of geometry, as QGIS calls them."""
Rule = tuple[str, str, Element]
"""Condition, label and symbol; an empty condition holds for every row."""
Paint = Callable[[str], Element]
"""Makes a symbol of a colour."""


def conditions(style: Style, column: str, score: str | None = None) -> list[str]:
    """Give the condition of each class, lowest first: QGIS and SQLite both read it.

    Parameters
    ----------
    style
        The layer.
    column
        The column of the file that has its values; unknown and infinite are NULL there.
    score
        The column with their scores, which tells none within reach (it has one) from unknown.

    Examples
    --------
    >>> import numpy as np
    >>> style = Style("served", "cells", {}, "served", np.arange(4) / 4, 100, even=True)
    >>> conditions(style, "served")[:2]
    ['"served" < 0.2', '"served" >= 0.2 AND "served" < 0.4']
    """
    classes = style.classes
    name = quoted(column)
    shown = name if style.even or style.factor == 1 else f"{name} * {style.factor}"
    breaks = [float(one) / (style.factor if style.even else 1) for one in classes.breaks]
    if classes.kind == "values":
        found = [f"{shown} = {one!r}" for one in breaks]
    elif not breaks:
        found = [f"{name} IS NOT NULL"]
    else:
        below = [f"{shown} < {one!r}" for one in breaks] + [""]
        above = ["", *(f"{shown} >= {one!r}" for one in breaks)]
        found = [" AND ".join(filter(None, pair)) for pair in zip(above, below, strict=True)]
    if classes.far:
        found.append(f"{name} IS NULL AND {quoted(score or column)} IS NOT NULL")
    return found


def unknown(style: Style, column: str, score: str | None = None) -> str:
    """Give the condition under which a value is not known.

    Examples
    --------
    >>> import numpy as np
    >>> unknown(Style("need", "cells", {}, "need", np.array([1.0])), "need")
    '"need" IS NULL'
    """
    found = f"{quoted(column)} IS NULL"
    far = style.classes.far and score is not None
    return f"{found} AND {quoted(score)} IS NULL" if far and score else found


def class_rules(
    style: Style, columns: Mapping[str, str], labels: list[str], gap: str, paint: Paint
) -> list[Rule]:
    """Give a rule to each class of a layer and, where a value is unknown, one to those.

    Parameters
    ----------
    style
        The layer.
    columns
        Names in the file by names in the table.
    labels
        What each class holds, lowest first.
    gap
        What to call the unknown.
    paint
        Makes the symbol of a class.
    """
    column = columns[style.column]
    score = columns.get(f"score_{style.criterion}")
    found = [
        (when, label, paint(colour))
        for when, label, colour in zip(
            conditions(style, column, score), labels, style.classes.colours, strict=True
        )
    ]
    if (style.classes.codes == NO_DATA).any():
        found.append((unknown(style, column, score), gap, paint(GAP)))
    return found


def renderer(rules: list[Rule], name: str) -> Element:
    """Give the renderer of a layer.

    Parameters
    ----------
    rules
        In the order of the legend.
    name
        The layer's, from which keys are made.
    """
    found = Element("renderer-v2", type="RuleRenderer", symbollevels="0", enableorderby="0",
                    forceraster="0", referencescale="-1")  # fmt: skip
    root = SubElement(found, "rules", key=key_of(name))
    symbols = SubElement(found, "symbols")
    for at, (when, label, symbol) in enumerate(rules):
        told = {"filter": when} if when else {}
        SubElement(root, "rule", told, symbol=str(at), label=label, key=key_of(f"{name} {at}"))
        symbol.set("name", str(at))
        symbols.append(symbol)
    return found


def area_of(colour: str) -> Element:
    """Give the symbol of cells: filled, without a visible edge."""
    edge = {"outline_color": rgba(colour), "outline_width": "0.1", "outline_style": "solid"}
    fill = {"color": rgba(colour), "style": "solid", **edge, "outline_width_unit": "MM"}
    return _symbol("fill", _layer("SimpleFill", fill))


def dot_of(colour: str, size_mm: float = 1.6) -> Element:
    """Give the symbol of cells that are points."""
    return _symbol("marker", _marker("circle", colour, colour, size_mm, 0.1))


def sign(kind: str, name: str, colour: str, *, size_mm: float, edge: tuple[str, float]) -> Element:
    """Give a sign for places of any geometry: on polygons it stands inside, with their outline.

    Parameters
    ----------
    kind
        `POINT`, `LINE` or `POLYGON`.
    name
        ``circle`` or ``square``, ``cross2``.
    colour
        What it is filled with.
    size_mm
        Its size on the screen.
    edge
        Colour and width in millimetres of its edge.
    """
    marker = _marker(name, colour, edge[0], size_mm, edge[1])
    if kind == POINT:
        return _symbol("marker", marker)
    if kind == LINE:
        return line_of(colour if colour != PAPER else INK, 0.8)
    outline = _layer("SimpleLine", _line(edge[0], 0.2))
    inside = _layer("CentroidFill", {"point_on_surface": "1", "point_on_all_parts": "0",
                                     "clip_points": "0"})  # fmt: skip
    mark = _symbol("marker", marker)
    mark.set("name", "@0@1")
    inside.append(mark)
    return _symbol("fill", outline, inside)


def line_of(colour: str, width_mm: float, *, dashed: bool = False, alpha: int = 255) -> Element:
    """Give the symbol of a line."""
    return _symbol(
        "line", _layer("SimpleLine", _line(colour, width_mm, dashed=dashed, alpha=alpha))
    )


def edge_of(colour: str, width_mm: float) -> Element:
    """Give the symbol of a dashed edge around a polygon, with nothing inside."""
    return _symbol("fill", _layer("SimpleLine", _line(colour, width_mm, dashed=True)))


def rgba(colour: str, alpha: int = 255) -> str:
    """Write a colour as QGIS does.

    Examples
    --------
    >>> rgba("#ffe945")
    '255,233,69,255'
    """
    return ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5)) + f",{alpha}"


def quoted(column: str) -> str:
    """Quote the name of a column.

    Examples
    --------
    >>> quoted('size "S"')[:7]
    '"size "'
    """
    return '"' + column.replace('"', '""') + '"'


def options(parent: Element, values: Mapping[str, str]) -> None:
    """Add a map of options to an element."""
    whole = SubElement(parent, "Option", type="Map")
    for name, value in values.items():
        SubElement(whole, "Option", type="QString", name=name, value=value)


def key_of(name: str) -> str:
    """Give the key of a rule or a layer: the same name has the same key every time."""
    return f"{{{uuid.uuid5(OURS, name)}}}"


def _symbol(kind: str, *layers: Element) -> Element:
    found = Element("symbol", type=kind, name="0", alpha="1", clip_to_extent="1", force_rhr="0")
    found.extend(layers)
    return found


def _layer(name: str, values: Mapping[str, str]) -> Element:
    found = Element("layer", {"class": name, "enabled": "1", "locked": "0", "pass": "0"})
    options(found, values)
    return found


def _marker(name: str, colour: str, edge: str, size_mm: float, edge_mm: float) -> Element:
    return _layer("SimpleMarker", {
        "name": name, "color": rgba(colour), "size": str(size_mm), "size_unit": "MM",
        "outline_color": rgba(edge), "outline_width": str(edge_mm), "outline_width_unit": "MM",
        "outline_style": "solid", "scale_method": "diameter",
    })  # fmt: skip


def _line(
    colour: str, width_mm: float, *, dashed: bool = False, alpha: int = 255
) -> dict[str, str]:
    return {
        "line_color": rgba(colour, alpha), "line_width": str(width_mm), "line_width_unit": "MM",
        "line_style": "dash" if dashed else "solid", "joinstyle": "bevel", "capstyle": "flat",
    }  # fmt: skip
