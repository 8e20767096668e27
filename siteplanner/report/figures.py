"""Figures that a council can paste: the map of the proposal, and the bars of who gains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from siteplanner.maps.classes import NO_DATA, classed_evenly
from siteplanner.report.drawing import Drawing, fitted
from siteplanner.report.telling import Told
from siteplanner.sheets.ground import FAINT, View, simpler, street_lines

WIDTH_MM = 170.0
TALLEST_MM = 100.0
KEY_MM = 16.0
SIMPLER_MM = 0.15
STREET_PENS = {0.3: "small_street", 0.5: "street", 1.0: "main_street"}
"""What the streets of sheets are called here, by their width in points."""
RADIUS_MM = 2.6
BAR_MM = 4.2
STEP_MM = 6.4


@dataclass(frozen=True)
class Bar:
    """One bar of who gains: its name, and the shares within reach, 0..1; NaN unknown."""

    name: str
    before: float
    after: float


def draw_map(told: Told) -> Drawing:
    """Draw need, streets, the existing places and the proposed ones with their numbers.

    Parameters
    ----------
    told
        The report.

    Returns
    -------
    A drawing as wide as the text; need in five even classes, so that two reports can be compared.
    """
    shown = told.shown
    west, south, east, north = shown.area.bounds
    pad = 0.02 * max(east - west, north - south, 1.0)
    west, south, east, north = west - pad, south - pad, east + pad, north + pad
    scale = min(WIDTH_MM / (east - west), TALLEST_MM / (north - south))
    width, height = (east - west) * scale, (north - south) * scale
    drawing = Drawing(WIDTH_MM, height + KEY_MM)
    left = (WIDTH_MM - width) / 2
    view = View((west, south, east, north), (left, KEY_MM, width, height))
    _need(drawing, view, told)
    for lines, pen in street_lines(view, shown.streets, over_classes=True):
        if pen != FAINT:  # so small a map is only darkened by them
            drawing.shapes(lines, STREET_PENS.get(pen.line_pt, "street"))
    edges = view.cut(np.array([shapely.boundary(shown.area)], dtype=object), SIMPLER_MM)
    drawing.shapes(edges, "edge")
    drawing.box(left, KEY_MM, width, height, "frame")
    shown_there = shown.existing.geometry[shown.existing.intersects(view.window)]
    for x, y in _points(view, list(shown_there)):
        drawing.box(x - 1.1, y - 1.1, 2.2, 2.2, "existing")
    spots = _points(view, list(told.chosen.geometry))
    small = len(spots) > 30
    radius = RADIUS_MM * (0.75 if small else 1.0)
    for number in range(len(spots), 0, -1):  # number 1 on top
        x, y = spots[number - 1]
        drawing.dot(x, y, radius, "chosen")
        drawing.write(x, y - radius * 0.38, str(number), 6 if small else 8, align="center",
                      bold=True, white=True)  # fmt: skip
    _key(drawing, told)
    return drawing


def draw_bars(told: Told, bars: Sequence[Bar]) -> Drawing:
    """Draw a bar for each: within reach today, what the plan adds, and both in words.

    Parameters
    ----------
    told
        The report.
    bars
        From top to bottom.
    """
    words = told.words
    drawing = Drawing(WIDTH_MM, STEP_MM * len(bars) + 9.0)
    left, across = 56.0, 78.0
    for at, bar in enumerate(bars):
        y = drawing.height - STEP_MM * (at + 1)
        drawing.write(left - 2, y + 1.2, fitted(told.letters, bar.name, 8, left - 4), 8,
                      align="right")  # fmt: skip
        drawing.box(left, y, across, BAR_MM, "track")
        before, after = (float(np.clip(np.nan_to_num(one), 0, 1))
                         for one in (bar.before, bar.after))  # fmt: skip
        drawing.box(left, y, across * min(before, after), BAR_MM, "before")
        gain = "gain" if after >= before else "loss"
        drawing.box(left + across * min(before, after), y, across * abs(after - before), BAR_MM,
                    gain)  # fmt: skip
        none = words.say("unknown")
        said = f"{words.percent(bar.before, none=none)} → {words.percent(bar.after, none=none)}"
        drawing.write(left + across + 3, y + 1.2, said, 8)
    x = left
    losing = any(one.after < one.before for one in bars)
    for pen, key in (("before", "bars.before"), ("gain", "bars.gain"), ("loss", "bars.loss")):
        if pen == "loss" and not losing:
            continue
        drawing.box(x, 1.2, 5, 3.2, pen)
        text = fitted(told.letters, words.say(key), 8, 50)
        drawing.write(x + 6.5, 1.8, text, 8)
        x += 12 + told.letters.width_mm(text, 8)
    return drawing


def _need(drawing: Drawing, view: View, told: Told) -> None:
    cells = told.shown.cells
    classes = classed_evenly(cells["need"].to_numpy(dtype=float))
    codes = np.where(cells["people"].fillna(0.0).to_numpy(dtype=float) > 0, classes.codes, NO_DATA)
    shapes = simpler(cells.geometry.to_numpy(), view.m_per_mm)
    near = shapely.intersects(shapes, view.window)
    for code, pen in (*((at, f"need{at}") for at in range(5)), (NO_DATA, "unknown")):
        held = shapes[near & (codes == code)]
        if not len(held):
            continue
        joined = shapely.get_parts(shapely.disjoint_subset_union_all(held))
        drawing.shapes(view.cut(joined, SIMPLER_MM), pen)


def _points(view: View, shapes: Sequence[BaseGeometry]) -> list[tuple[float, float]]:
    """Give a point of each shape on paper, kept within the frame."""
    left, bottom, width, height = view.frame
    found = []
    for shape in shapes:
        if shape is None or shape.is_empty:
            continue
        x, y = view.to_paper(shapely.get_coordinates(shapely.point_on_surface(shape)))[0]
        found.append(
            (float(np.clip(x, left, left + width)), float(np.clip(y, bottom, bottom + height)))
        )
    return found


def _key(drawing: Drawing, told: Told) -> None:
    words, letters = told.words, told.letters
    x, y, size = 0.0, KEY_MM - 6.5, 7.5

    def said(text: str, room: float) -> None:
        nonlocal x
        line = fitted(letters, text, size, room)
        drawing.write(x, y + 0.6, line, size)
        x += letters.width_mm(line, size) + 4

    said(words.say("map.least"), 40)
    x -= 2
    for at in range(5):
        drawing.box(x, y, 6, 3.2, f"need{at}")
        drawing.box(x, y, 6, 3.2, "swatch")
        x += 6
    x += 2
    said(words.say("map.most"), 40)
    drawing.box(x, y, 6, 3.2, "unknown")
    x += 8
    said(words.say("legend.gap_withheld" if told.public else "map.unknown"), 60)
    x, y = 0.0, KEY_MM - 13.0
    if len(told.chosen):
        drawing.dot(x + 2, y + 1.6, 2.0, "chosen")
        x += 6
        said(words.say("map.chosen"), 60)
    if len(told.shown.existing):
        drawing.box(x + 0.5, y + 0.5, 2.2, 2.2, "existing")
        x += 5
        said(words.say("map.existing"), 50)
    drawing.shapes(np.array([shapely.LineString([(x, y + 1.6), (x + 9, y + 1.6)])], dtype=object),
                   "edge")  # fmt: skip
    x += 11
    said(words.say("key.area"), 50)
