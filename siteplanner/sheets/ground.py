"""What lies under a map's question: classes of cells, streets and their names, the plan's edge."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from siteplanner.maps.classes import NO_DATA
from siteplanner.sheets.greys import STEPS, UNKNOWN, pens
from siteplanner.sheets.page import Box, Page, Pen
from siteplanner.sheets.scales import Extent
from siteplanner.sheets.themes import Theme

SIMPLER_MM = 0.12
"""Outlines may differ by as much on paper."""
POINT_MM = 1.2
"""Radius of a cell that is a point."""
PLAIN = 8
"""Outlines of so few points stay as they are: squares and hexagons."""
CLOSE_M_PER_MM = 20.0
"""Small streets are drawn up to 1:20,000."""
VERTICES = 45_000
"""Most points of streets on a sheet; the longest are drawn."""
MAIN = ("motorway", "trunk", "primary", "secondary", "tertiary")
STREET_PENS = (Pen(line_pt=0.3, line=0.5), Pen(line_pt=0.5, line=0.4), Pen(line_pt=1.0, line=0.35))
"""Small streets, streets with a name, main roads."""
FAINT = Pen(line_pt=0.15, line=0.62)
EDGE = Pen(line_pt=1.1, line=0.15, dash=(7, 2, 1.5, 2))
NAME_PT = 6.0
BEND = 0.35
"""How far a street may bend away from its name, in sizes of the letters."""


@dataclass(frozen=True)
class View:
    """The ground of a frame, and how it comes to paper."""

    extent: Extent
    frame: Box

    @property
    def window(self) -> BaseGeometry:
        """The ground that is shown."""
        return shapely.box(*self.extent)

    @property
    def m_per_mm(self) -> float:
        """Metres on the ground in a millimetre on paper."""
        return (self.extent[2] - self.extent[0]) / self.frame[2]

    def to_paper(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring points, shape (n, 2), to millimetres on paper."""
        low = np.array(self.extent[:2])
        found: NDArray[np.float64] = np.array(self.frame[:2]) + (points - low) / self.m_per_mm
        return found

    def cut(self, shapes: NDArray[np.object_], simpler_mm: float = 0.0) -> NDArray[np.object_]:
        """Cut shapes off at the frame and bring them to paper, simplified where that is asked."""
        near = shapes[shapely.intersects(shapes, self.window)]
        if not len(near):
            return near
        whole = shapely.within(near, self.window)
        near = near.copy()
        near[~whole] = shapely.clip_by_rect(near[~whole], *self.extent)
        if simpler_mm:
            near = shapely.simplify(near, simpler_mm * self.m_per_mm, preserve_topology=False)
        near = near[~shapely.is_empty(near)]
        found: NDArray[np.object_] = shapely.transform(near, self.to_paper)
        return found


@dataclass
class Taken:
    """The room on a page that holds something already: later signs and names keep off it."""

    shapes: list[BaseGeometry] = field(default_factory=list)

    def free(self, shape: BaseGeometry) -> bool:
        """Say whether a shape touches nothing that is there."""
        return not (self.shapes and bool(shapely.intersects(self.shapes, shape).any()))

    def take(self, shape: BaseGeometry) -> None:
        """Hold the room."""
        self.shapes.append(shape)


def simpler(cells: NDArray[np.object_], m_per_mm: float) -> NDArray[np.object_]:
    """Make cells ready for paper: points become circles, fine outlines lose what nobody sees."""
    points = shapely.get_type_id(cells) == shapely.GeometryType.POINT
    found = cells.copy()
    found[points] = shapely.buffer(cells[points], POINT_MM * m_per_mm, quad_segs=4)
    fine = shapely.get_num_coordinates(found) > PLAIN
    found[fine] = shapely.simplify(found[fine], SIMPLER_MM / 2 * m_per_mm)
    return found


def draw_classes(page: Page, view: View, cells: NDArray[np.object_], theme: Theme) -> None:
    """Draw the cells by class, cells of one class as one shape.

    Parameters
    ----------
    page, view
        Where to.
    cells
        All cells of the answer, from `simpler`.
    theme
        Their classes; nothing is drawn without.
    """
    if theme.classes is None:
        return
    near = shapely.intersects(cells, view.window)
    codes = theme.classes.codes
    for code, pen in (*enumerate(pens(theme.classes.count)), (NO_DATA, UNKNOWN)):
        held = cells[near & (codes == code)]
        if len(held) and pen != STEPS[0]:
            joined = shapely.get_parts(shapely.disjoint_subset_union_all(held))
            page.shapes([shapely.GeometryCollection(list(view.cut(joined)))], pen)


def street_lines(
    view: View, streets: gpd.GeoDataFrame | None, *, over_classes: bool
) -> list[tuple[NDArray[np.object_], Pen]]:
    """Give the streets of a frame with their pens, small ones first.

    Where the map is small, small streets are faint, and left out over classes if there are
    others to find one's way by.
    """
    if streets is None or streets.empty:
        return []
    lines = streets.geometry.to_numpy()
    near = shapely.intersects(lines, view.window)
    lines, levels = lines[near], _levels(streets)[near]
    left, found = VERTICES, list[tuple[NDArray[np.object_], Pen]]()
    close = view.m_per_mm <= CLOSE_M_PER_MM
    for level in (2, 1, 0):
        drawn = view.cut(lines[levels == level], SIMPLER_MM)
        if not len(drawn) or (level == 0 and found and over_classes and not close):
            continue
        counts = shapely.get_num_coordinates(drawn)
        longest = np.argsort(-shapely.length(drawn), kind="stable")
        kept = np.sort(longest[np.cumsum(counts[longest]) <= left])
        left -= int(counts[kept].sum())
        found.append((drawn[kept], STREET_PENS[level] if level or close else FAINT))
    return found[::-1]


def draw_streets(page: Page, view: View, streets: gpd.GeoDataFrame | None) -> None:
    """Draw the streets of a frame, see `street_lines`."""
    for lines, pen in street_lines(view, streets, over_classes=True):
        page.shapes(lines, pen)


def named_parts(
    view: View, names: gpd.GeoDataFrame | None
) -> list[tuple[str, NDArray[np.object_]]]:
    """Give the streets of a frame that have a name, each with its pieces, longest first.

    Parameters
    ----------
    view
        The frame.
    names
        Lines with a ``label``, in the system of the view; None where no names are known.
    """
    if names is None or "label" not in names or names.empty:
        return []
    labels = names["label"].fillna("").astype(str).str.strip().to_numpy()
    lines = names.geometry.to_numpy()
    near = (labels != "") & shapely.intersects(lines, view.window)
    labels, lines = labels[near], lines[near]
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.r_[True, labels[order][1:] != labels[order][:-1]][: len(order)])
    found = []
    for same in np.split(order, starts[1:]) if len(order) else ():
        parts = view.cut(lines[same])
        whole = shapely.get_parts(shapely.line_merge(shapely.union_all(parts)))
        whole = whole[np.argsort(-shapely.length(whole), kind="stable")]
        found.append((-float(shapely.length(whole).sum()), str(labels[same[0]]), whole))
    return [(label, whole) for _, label, whole in sorted(found, key=lambda one: one[:2])]


def draw_names(page: Page, streets: list[tuple[str, NDArray[np.object_]]], taken: Taken,
               size_pt: float = NAME_PT) -> int:  # fmt: skip
    """Write the names of streets along them, where they fit and touch nothing.

    Parameters
    ----------
    page
        Where to.
    streets
        From `named_parts`.
    taken
        Room that holds something; the names are added.
    size_pt
        Size of the letters.

    Returns
    -------
    How many were written.
    """
    written = 0
    for label, parts in streets:
        text = page.letters.plain(label)
        width = page.letters.width_mm(text, size_pt)
        spot = _spot(parts, width + 1.0, size_pt * 0.353, taken) if text else None
        if spot is None:
            continue
        x, y, angle, room = spot
        taken.take(room)
        page.shapes([room], Pen(fill=1.0))
        page.write(x, y, text, size_pt, align="center", level="center_baseline", angle=angle)
        written += 1
    return written


def draw_edge(page: Page, view: View, area: BaseGeometry) -> None:
    """Draw the outline of the plan."""
    edges = view.cut(np.array([shapely.boundary(area)], dtype=object), SIMPLER_MM)
    page.shapes(edges, EDGE)


def _levels(streets: gpd.GeoDataFrame) -> NDArray[np.int64]:
    """Say how much a street matters: 2 a main road, 1 one with a name, 0 another."""
    levels = np.zeros(len(streets), dtype=np.int64)
    if "label" in streets:
        levels[streets["label"].fillna("").astype(str).str.strip().to_numpy() != ""] = 1
    if "highway" in streets:
        kind = streets["highway"].fillna("").astype(str).str.removesuffix("_link")
        levels[kind.isin(MAIN).to_numpy()] = 2
    return levels


def _spot(
    parts: NDArray[np.object_], width: float, height: float, taken: Taken
) -> tuple[float, float, float, BaseGeometry] | None:
    """Find a straight and free piece of a street: its middle, its angle and the room."""
    for line in parts[:6]:
        length = shapely.length(line)
        if length < width:
            return None
        for share in (0.5, 0.35, 0.65, 0.2, 0.8):
            middle = min(max(share * length, width / 2), length - width / 2)
            at = shapely.line_interpolate_point(line, middle + width * np.linspace(-0.5, 0.5, 9))
            points = shapely.get_coordinates(at)
            along = points[-1] - points[0]
            if np.hypot(*along) < 0.97 * width:
                continue
            across = np.array([-along[1], along[0]]) / np.hypot(*along)
            if np.abs((points - points[0]) @ across).max() > BEND * height:
                continue
            if along[0] < 0 or (along[0] == 0 and along[1] < 0):
                along = -along
            x, y = points[4]
            angle = float(np.degrees(np.arctan2(along[1], along[0])))
            room = _turned(x, y, width, height * 1.15, along)
            if taken.free(room):
                return float(x), float(y), angle, room
    return None


def _turned(
    x: float, y: float, width: float, height: float, along: NDArray[np.float64]
) -> BaseGeometry:
    unit = along / np.hypot(*along)
    right, up = unit * width / 2, np.array([-unit[1], unit[0]]) * height / 2
    centre = np.array([x, y])
    corners = [centre - right - up, centre + right - up, centre + right + up, centre - right + up]
    return shapely.Polygon(corners)
