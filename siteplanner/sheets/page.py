"""One page of paper, drawn in millimetres from its lower left corner, in black and grey.

Whatever is drawn is also counted into the page's `Page.version`: two pages look alike exactly
if they have the same one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.artist import Artist
from matplotlib.backends.backend_pdf import FigureCanvasPdf, PdfPages
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from siteplanner.sheets.lettering import MM_PER_POINT, Letters, quiet_fonts

Box = tuple[float, float, float, float]
"""Left, bottom, width, height in millimetres."""
LINE_HEIGHT = 1.3
"""From one line of text to the next, in sizes of its letters."""
SETTINGS: dict[Any, Any] = {
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "hatch.linewidth": 0.35,
    "path.simplify": False,
    "text.usetex": False,
    "axes.unicode_minus": True,
}


@dataclass(frozen=True)
class Pen:
    """How something is drawn: greys go from 0 (black) to 1 (white).

    Parameters
    ----------
    fill
        Grey of the inside, or a colour such as ``"#213d6b"``; None leaves it open.
    hatch
        A pattern of matplotlib's, such as ``"//"``.
    hatch_grey
        Grey of the pattern's lines.
    line_pt
        Width of the line; 0 draws none.
    line
        Grey or colour of the line.
    dash
        Lengths of dashes and gaps in points; empty for a whole line.
    """

    fill: float | str | None = None
    hatch: str = ""
    hatch_grey: float = 0.35
    line_pt: float = 0.0
    line: float | str = 0.0
    dash: tuple[float, ...] = ()


class Page:
    """A page that is being drawn.

    Parameters
    ----------
    size_mm
        Width and height.
    letters
        The fonts.

    Examples
    --------
    >>> page = Page((210.0, 297.0), Letters(("DejaVu Sans",)))
    >>> page.rectangle((10, 10, 80, 2), Pen(fill=0.0))
    >>> page.write(10, 20, "80 mm", 8)
    >>> len(page.version)
    8
    """

    def __init__(self, size_mm: tuple[float, float], letters: Letters) -> None:
        self.size_mm = size_mm
        self.letters = letters
        self._drawn: list[Callable[[], Artist]] = []
        self._seen = hashlib.sha256(repr(size_mm).encode())

    @property
    def version(self) -> str:
        """Eight hexadecimal digits that stand for everything drawn so far."""
        return self._seen.hexdigest()[:8]

    def shapes(self, shapes: Iterable[BaseGeometry] | NDArray[Any], pen: Pen) -> None:
        """Draw lines or polygons, given in millimetres, as one."""
        points, codes = _outline(np.asarray(list(shapes), dtype=object))
        self._path(points, codes, pen)

    def rectangle(self, box: Box, pen: Pen) -> None:
        """Draw a rectangle."""
        left, bottom, width, height = box
        corners = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
        points = np.array([left, bottom]) + np.array(corners) * [width, height]
        codes = np.array([1, 2, 2, 2, 79], dtype=np.uint8)
        self._path(points, codes, pen)

    def line(self, points: Any, pen: Pen) -> None:
        """Draw one line through points, shape (n, 2)."""
        found = np.asarray(points, dtype=float)
        codes = np.full(len(found), Outline.LINETO, dtype=np.uint8)
        codes[0] = Outline.MOVETO
        self._path(found, codes, pen)

    def circle(self, x: float, y: float, radius: float, pen: Pen) -> None:
        """Draw a circle."""
        made = Outline.unit_circle()
        points = np.asarray(made.vertices, dtype=float) * radius + [x, y]
        self._path(points, np.asarray(made.codes, dtype=np.uint8), pen)

    def modules(self, dark: NDArray[np.bool_], x: float, y: float, size: float) -> None:
        """Draw the dark modules of a square code around its centre."""
        padded = np.pad(dark, ((0, 0), (1, 1))).astype(np.int8)
        rows, starts = np.nonzero(np.diff(padded, axis=1) == 1)
        _, ends = np.nonzero(np.diff(padded, axis=1) == -1)
        one = shapely.union_all(shapely.box(starts, -rows - 1, ends, -rows))
        corner = np.array([x - size / 2, y + size / 2])
        made = shapely.transform(one, lambda at: corner + at * size / len(dark))
        self.shapes([made], Pen(fill=0.0))

    def write(  # noqa: PLR0913 where, what and how
        self,
        x: float,
        y: float,
        text: str,
        size_pt: float,
        *,
        bold: bool = False,
        align: str = "left",
        level: str = "baseline",
        angle: float = 0.0,
        grey: float = 0.0,
    ) -> None:
        """Write one line as it is; ``align`` and ``level`` say what lies on the point."""
        line = self.letters.plain(text)
        if not line:
            return
        at = _points(np.array([[x, y]]))[0]
        self._note("text", at.tolist(), line, size_pt, bold, align, level, round(angle, 2), grey)
        self._drawn.append(
            lambda: Text(
                x=at[0],
                y=at[1],
                text=line,
                fontproperties=self.letters.font(size_pt, bold=bold),
                ha=align,
                va=level,
                rotation=angle,
                rotation_mode="anchor",
                color=str(grey),
                parse_math=False,
                transform=IdentityTransform(),
            )
        )

    def paragraph(
        self, box: Box, text: str, size_pt: float, *, bold: bool = False, least_pt: float = 0.0
    ) -> float:
        """Write a text into a box from its top, smaller down to ``least_pt`` if it has to be.

        Returns
        -------
        The height that it took, in millimetres.
        """
        left, bottom, width, height = box
        line = self.letters.plain(text)
        if not line or height <= 0:
            return 0.0
        size = size_pt
        while True:
            step = size * LINE_HEIGHT * MM_PER_POINT
            fits = max(1, int(height / step + 1e-6))
            lines = self.letters.wrapped(line, size, width, bold=bold, most=fits)
            whole = not lines or not lines[-1].endswith("…")
            if whole or size - 0.5 < (least_pt or size_pt):
                break
            size -= 0.5
        for at, one in enumerate(lines):
            self.write(left, bottom + height - at * step - step * 0.76, one, size, bold=bold)
        return len(lines) * step

    def save(self, path: Path, *, title: str, subject: str) -> None:
        """Write the page as a PDF; the same page gives the same bytes."""
        bind([self], path, title=title, subject=subject)

    def _figure(self) -> Figure:
        width, height = self.size_mm
        figure = Figure(figsize=(width / 25.4, height / 25.4), dpi=72)
        figure.patch.set_visible(False)
        for order, made in enumerate(self._drawn):
            artist = made()
            artist.set_zorder(order)
            figure.add_artist(artist)
        return figure

    def _path(self, points: NDArray[np.float64], codes: NDArray[np.uint8], pen: Pen) -> None:
        if not len(points):
            return
        at = _points(points)
        self._note("path", pen, at.tobytes(), codes.tobytes())
        self._drawn.append(
            lambda: PathPatch(
                Outline(at, codes),
                transform=IdentityTransform(),
                facecolor="none" if pen.fill is None else str(pen.fill),
                edgecolor=str(pen.hatch_grey if pen.hatch else pen.line),
                hatch=pen.hatch or None,
                linewidth=pen.line_pt,
                linestyle=(0, pen.dash) if pen.dash else "solid",
                joinstyle="round",
                capstyle="butt",
            )
        )

    def _note(self, *drawn: object) -> None:
        for one in drawn:
            self._seen.update(one if isinstance(one, bytes) else repr(one).encode())
            self._seen.update(b"\0")


def bind(pages: Sequence[Page], path: Path, *, title: str, subject: str) -> None:
    """Write pages as one PDF; the same pages give the same bytes."""
    about = {"Title": title, "Subject": subject, "CreationDate": None}
    with (
        mpl.rc_context(SETTINGS),
        quiet_fonts(),
        PdfPages(path, metadata=about) as book,
    ):
        for page in pages:
            canvas = FigureCanvasPdf(page._figure())  # noqa: SLF001
            canvas.print_pdf(book)  # type: ignore[no-untyped-call]


def _points(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn millimetres into points, held to a hundredth: 0.004 mm."""
    found: NDArray[np.float64] = np.round(np.asarray(points, dtype=float) / MM_PER_POINT, 2)
    return found + 0.0  # no minus zero


def _outline(shapes: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Give the points of lines and rings one after the other, and what each does."""
    parts = shapely.get_parts(shapes[~shapely.is_empty(shapes)]) if len(shapes) else shapes
    kind = shapely.get_type_id(parts) if len(parts) else np.zeros(0)
    rings = shapely.get_rings(parts[kind == shapely.GeometryType.POLYGON]) if len(parts) else parts
    lines = parts[kind == shapely.GeometryType.LINESTRING] if len(parts) else parts
    drawn = np.concatenate([rings, lines]) if len(parts) else parts
    if not len(drawn):
        return np.zeros((0, 2)), np.zeros(0, dtype=np.uint8)
    counts = shapely.get_num_coordinates(drawn)
    ends = np.cumsum(counts)
    codes = np.full(ends[-1], Outline.LINETO, dtype=np.uint8)
    codes[ends - counts] = Outline.MOVETO
    codes[ends[: len(rings)] - 1] = Outline.CLOSEPOLY
    return shapely.get_coordinates(drawn), codes
