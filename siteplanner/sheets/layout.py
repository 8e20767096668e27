"""Where things stand on a sheet: the frame of the map, its title, its key, its notes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from siteplanner.sheets.codes import CODE_MM, EDGE_MM, MARK_MM, gap_mm, margin_mm
from siteplanner.sheets.page import Box
from siteplanner.sheets.sheet import PAPERS_MM

SIZES = {"A4": 0.82, "A3": 1.0, "A1": 1.75}
"""How large letters and signs are drawn."""
SIDE_MM = {"A4": 64.0, "A3": 84.0, "A1": 150.0}
"""Width of the column beside a map that lies on its long side."""
CARD_MAP_MM = 100.0
BAR_MM = 80.0


@dataclass(frozen=True)
class Layout:
    """The boxes of a sheet, each left, bottom, width, height in millimetres.

    Parameters
    ----------
    paper, landscape
        Which page.
    frame
        The map, or the table of a question sheet.
    title, how
        The question, and what to do; above the frame, left and right of its middle mark.
    credits
        Whom the data is from; below the frame.
    bar
        The scale bar.
    key, notes, unknown, name
        The legend; ruled lines to write on; what the map does not know; what the sheet is called.
    photo
        Of a candidate card: where a photo is glued on.
    """

    paper: str
    landscape: bool
    frame: Box
    title: Box
    how: Box
    credits: Box
    bar: Box
    key: Box
    notes: Box
    unknown: Box
    name: Box
    photo: Box = (0.0, 0.0, 0.0, 0.0)

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the page."""
        return page_mm(self.paper, landscape=self.landscape)

    def pt(self, size: float, least: float = 6.0) -> float:
        """Give a size of letters in points, larger on larger paper.

        Examples
        --------
        >>> map_layout("A3", landscape=True).pt(8), map_layout("A4", landscape=True).pt(6)
        (8.0, 6.0)
        """
        return round(max(size * SIZES[self.paper], least) * 2) / 2

    def mm(self, length: float) -> float:
        """Give a length in millimetres, larger on larger paper."""
        return round(length * SIZES[self.paper], 2)


def page_mm(paper: str, *, landscape: bool) -> tuple[float, float]:
    """Give the width and the height of a page.

    Examples
    --------
    >>> page_mm("A4", landscape=True)
    (297.0, 210.0)
    """
    width, height = PAPERS_MM[paper]
    return (height, width) if landscape else (width, height)


def map_layout(paper: str, *, landscape: bool) -> Layout:
    """Lay out a map: its key beside it where the page lies, below it where the page stands.

    Examples
    --------
    >>> map_layout("A3", landscape=True).frame[2:]
    (287.14, 242.14)
    >>> map_layout("A3", landscape=False).frame[2:]
    (242.14, 319.71)
    """
    return _beside(paper) if landscape else _below(paper)


def question_layout(paper: str) -> Layout:
    """Lay out a question sheet: as a map on a page that stands, with more room for notes."""
    layout = _below(paper)
    left, bottom, _, high = layout.key
    _, _, width, low = layout.name
    right = layout.name[0] + width
    notes = (left, bottom + low, right - left, high - low)
    return replace(layout, notes=notes, name=(left, bottom, right - left, low))


def card_layout(paper: str = "A4") -> Layout:
    """Lay out a candidate card: a small map above, and below it words, a photo and notes."""
    width, height = page_mm(paper, landscape=False)
    margin = margin_mm(paper)
    map_mm = CARD_MAP_MM * SIZES[paper] / SIZES["A4"]
    frame = (margin, height - margin - map_mm, width - 2 * margin, map_mm)
    boxes = _rows(paper, frame)
    top = frame[1] - margin + EDGE_MM - 2
    code = CODE_MM[paper] + 2 + gap_mm(paper)
    edge = EDGE_MM + 2
    inner = width - 2 * edge
    words = (edge, EDGE_MM + code + 2, inner * 0.52, top - EDGE_MM - code - 2)
    photo = (edge + inner * 0.55, words[1], inner * 0.45, words[3])
    bar_mm = 13.0
    notes = (edge, edge, inner - code - 38, code - bar_mm - 4)
    bar = (edge, edge + notes[3] + 2, notes[2], bar_mm)
    name = (notes[0] + notes[2] + 3, edge, 33.0, code - 2)
    rest = boxes | {"bar": bar, "unknown": boxes["bar"], "photo": photo}
    return Layout(paper, False, frame, key=words, notes=notes, name=name, **rest)


def _beside(paper: str) -> Layout:
    width, height = page_mm(paper, landscape=True)
    margin, side = margin_mm(paper), SIDE_MM[paper]
    frame = (margin, margin, width - 2 * margin + EDGE_MM - side, height - 2 * margin)
    edge = EDGE_MM + 2
    left = frame[0] + frame[2] + margin - EDGE_MM + gap_mm(paper)
    column = width - edge - left
    code = CODE_MM[paper] + gap_mm(paper)
    size = SIZES[paper]
    key = (left, height - edge - 84 * size, column, 84 * size)
    unknown = (left, edge + code + 2 * size, column, 56 * size)
    notes_low = unknown[1] + unknown[3] + 3 * size
    notes = (left, notes_low, column, key[1] - notes_low - 2 * size)
    name = (left, edge, column - code, code)
    return Layout(
        paper, True, frame, key=key, notes=notes, unknown=unknown, name=name, **_rows(paper, frame)
    )  # fmt: skip


def _below(paper: str) -> Layout:
    width, height = page_mm(paper, landscape=False)
    margin, edge, size = margin_mm(paper), EDGE_MM + 2, SIZES[paper]
    code = CODE_MM[paper]
    low = margin - EDGE_MM + edge + code + gap_mm(paper)
    frame = (margin, low, width - 2 * margin, height - margin - low)
    inner = width - 2 * edge
    key = (edge, edge, 0.33 * inner, code)
    left = edge + key[2] + 4 * size
    middle = width - edge - code - gap_mm(paper) - left
    name_mm, bar_mm = 12 * size, 14.6 * size
    bar = (left, edge + code - bar_mm, middle, bar_mm)
    notes = (left, edge + name_mm, middle, code - bar_mm - name_mm - size)
    rows = _rows(paper, frame)
    return Layout(
        paper, False, frame, key=key, notes=notes, name=(left, edge, middle, name_mm),
        **(rows | {"bar": bar, "unknown": rows["bar"]}),
    )  # fmt: skip


def _rows(paper: str, frame: Box) -> dict[str, Box]:
    """Give the boxes in the rows of the marks: title and how above, credits and bar below."""
    left, bottom, width, height = frame
    gap, mark = gap_mm(paper), MARK_MM[paper]
    half = width / 2 - mark / 2 - gap
    above, below = bottom + height + gap, bottom - gap - mark
    right = left + width - half
    letters = 3.2 * SIZES[paper]  # of the grid, between frame and text
    lift = max(0.0, letters - gap)
    return {
        "title": (left, above + lift, half, mark - lift),
        "how": (right, above + lift, half, mark - lift),
        "credits": (left, below, half, mark - lift),
        "bar": (right, below, half, mark - lift),
    }
