"""Drawings in millimetres, from their lower left corner: on a page of paper, or as SVG."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from siteplanner.sheets.lettering import MM_PER_POINT, Letters
from siteplanner.sheets.page import Page, Pen

INK = "#1c2733"
NEED = ("#faf7ef", "#f0e4c8", "#e2c98f", "#cfa557", "#a8782c")
"""From least need to most: light to dark, and no blue."""
PENS: dict[str, Pen] = {
    **{f"need{at}": Pen(fill=colour) for at, colour in enumerate(NEED)},
    "unknown": Pen(fill="#dcdcdc"),
    "small_street": Pen(line_pt=0.2, line="#b9b3a6"),
    "street": Pen(line_pt=0.35, line="#a09a8d"),
    "main_street": Pen(line_pt=0.8, line="#8a8478"),
    "edge": Pen(line_pt=1.0, line=INK, dash=(6, 2)),
    "chosen": Pen(fill="#213d6b", line_pt=0.8, line="#ffffff"),
    "existing": Pen(fill="#ffffff", line_pt=1.1, line=INK),
    "track": Pen(fill="#eceae4"),
    "before": Pen(fill="#7b8797"),
    "gain": Pen(fill="#213d6b"),
    "loss": Pen(fill="#ffffff", line_pt=0.8, line=INK),
    "frame": Pen(line_pt=0.7, line=INK),
    "swatch": Pen(line_pt=0.4, line="#8a8478"),
}


@dataclass(frozen=True)
class Line:
    """A line of text at a point; white on the dark sign of a site."""

    x: float
    y: float
    text: str
    size_pt: float
    align: str = "left"
    bold: bool = False
    white: bool = False


@dataclass(frozen=True)
class Dot:
    """A circle."""

    x: float
    y: float
    radius: float
    pen: str


@dataclass(frozen=True, eq=False)
class Shapes:
    """Lines or polygons that are drawn as one."""

    geometry: NDArray[Any]
    pen: str


@dataclass(frozen=True, eq=False)
class Drawing:
    """A drawing that is being made.

    Parameters
    ----------
    width, height
        Its size in millimetres.
    parts
        What is drawn, the first lowest.

    Examples
    --------
    >>> drawing = Drawing(80, 10)
    >>> drawing.box(0, 0, 40, 5, "gain")
    >>> drawing.write(0, 7, "A & B", 8)
    >>> drawing.svg("bars").count("&amp;")
    1
    """

    width: float
    height: float
    parts: list[Line | Dot | Shapes] = field(default_factory=list)

    def box(self, left: float, bottom: float, width: float, height: float, pen: str) -> None:
        """Draw a rectangle; nothing where it has no width."""
        if width > 0:
            made = shapely.box(left, bottom, left + width, bottom + height)
            self.parts.append(Shapes(np.array([made], dtype=object), pen))

    def shapes(self, geometry: NDArray[Any], pen: str) -> None:
        """Draw lines or polygons."""
        if len(geometry):
            self.parts.append(Shapes(geometry, pen))

    def dot(self, x: float, y: float, radius: float, pen: str) -> None:
        """Draw a circle."""
        self.parts.append(Dot(x, y, radius, pen))

    def write(self, x: float, y: float, text: str, size_pt: float, **how: Any) -> None:
        """Write a line; ``how``: ``align``, ``bold``, ``white``."""
        self.parts.append(Line(x, y, text, size_pt, **how))

    def onto(self, page: Page, left: float, bottom: float) -> None:
        """Draw it on a page."""
        for part in self.parts:
            if isinstance(part, Line):
                at = (left + part.x, bottom + part.y)
                page.write(
                    *at, part.text, part.size_pt, bold=part.bold, align=part.align,
                    grey=1.0 if part.white else 0.1,
                )  # fmt: skip
            elif isinstance(part, Dot):
                page.circle(left + part.x, bottom + part.y, part.radius, PENS[part.pen])
            else:
                moved = shapely.transform(part.geometry, lambda at: at + np.array([left, bottom]))
                page.shapes(moved, PENS[part.pen])

    def svg(self, title: str) -> str:
        """Give it as an ``<svg>`` element that also stands as a file of its own.

        Text from data is escaped; there is no style sheet and no script in it.
        """
        said = html.escape(title)
        inside = "".join(self._element(part) for part in self.parts)
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            f'aria-label="{said}" viewBox="0 0 {self.width:g} {self.height:g}">'
            f"<title>{said}</title>{inside}</svg>"
        )

    def _element(self, part: Line | Dot | Shapes) -> str:
        if isinstance(part, Line):
            anchor = {"left": "start", "center": "middle", "right": "end"}[part.align]
            weight = ' font-weight="bold"' if part.bold else ""
            colour = "#ffffff" if part.white else INK
            return (
                f'<text x="{part.x:.2f}" y="{self.height - part.y:.2f}" text-anchor="{anchor}" '
                f'font-family="system-ui, Arial, sans-serif" fill="{colour}"{weight} '
                f'font-size="{part.size_pt * MM_PER_POINT:.2f}">{html.escape(part.text)}</text>'
            )
        if isinstance(part, Dot):
            return (
                f'<circle cx="{part.x:.2f}" cy="{self.height - part.y:.2f}" '
                f'r="{part.radius:.2f}"{_look(PENS[part.pen])}/>'
            )
        return f'<path d="{self._outline(part.geometry)}"{_look(PENS[part.pen])}/>'

    def _outline(self, shapes: NDArray[Any]) -> str:
        found = []
        for part in shapely.get_parts(shapes, return_index=False):
            for one in shapely.get_parts([part]):
                closed = one.geom_type == "Polygon"
                rings = shapely.get_rings([one]) if closed else [one]
                for ring in rings:
                    at = shapely.get_coordinates(ring)[: -1 if closed else None]
                    points = "L".join(f"{x:.2f} {self.height - y:.2f}" for x, y in at)
                    found.append(f"M{points}{'Z' if closed else ''}")
        return "".join(found)


def fitted(letters: Letters, text: str, size_pt: float, width_mm: float) -> str:
    """Cut a text to one line of a width."""
    lines = letters.wrapped(letters.plain(text), size_pt, width_mm, most=1)
    return lines[0] if lines else ""


def _look(pen: Pen) -> str:
    fill = "none" if pen.fill is None else str(pen.fill)
    look = f' fill="{fill}" fill-rule="evenodd"'
    if pen.line_pt:
        look += f' stroke="{pen.line}" stroke-width="{pen.line_pt * MM_PER_POINT:.2f}"'
    if pen.dash:
        dash = " ".join(f"{one * MM_PER_POINT:.2f}" for one in pen.dash)
        look += f' stroke-dasharray="{dash}"'
    return look
