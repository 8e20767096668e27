"""A report on A4 pages, in exact millimetres: blocks flow from the top, tables over pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from siteplanner.report.blocks import Block, Bullets, Figure, Heading, Paragraph, Table
from siteplanner.sheets.lettering import MM_PER_POINT, Letters
from siteplanner.sheets.page import LINE_HEIGHT, Page, Pen

A4 = (210.0, 297.0)
SIDE, TOP, BOTTOM = 20.0, 20.0, 22.0
WIDTH = A4[0] - 2 * SIDE
HEADINGS = {1: 20.0, 2: 14.5, 3: 10.5}
TEXT, LEAD, SOFT, CELL, FOOT = 10.0, 11.5, 8.5, 8.5, 7.5
GAP = 2.6
INDENT = 5.0
RULE = Pen(line_pt=0.3, line=0.75)
HEAD_RULE = Pen(line_pt=0.7, line=0.35)
ACCENT = Pen(line_pt=1.2, line="#213d6b")
HANGING = "，。；：、！？）》”"
"""Signs of Chinese that hang over the end of a line rather than begin the next."""
KEPT = 75.0
"""A table up to so high stays on one page."""
AFTER_HEADING = 24.0
"""Room that a heading wants below it, in millimetres."""


@dataclass
class Flow:
    """Pages that are being filled from the top."""

    letters: Letters
    pages: list[Page] = field(default_factory=list)
    y: float = 0.0

    @property
    def page(self) -> Page:
        """The page that is being filled."""
        return self.pages[-1]

    def turn(self) -> None:
        """Begin a new page."""
        self.pages.append(Page(A4, self.letters))
        self.y = A4[1] - TOP

    def need(self, height: float) -> None:
        """Begin a new page where so many millimetres are not left."""
        whole = A4[1] - TOP - BOTTOM
        if not self.pages or (self.y - min(height, whole) < BOTTOM - 1e-6):
            self.turn()

    def lines(self, text: str, size: float, width: float, *, bold: bool = False) -> Sequence[str]:
        """Break a text into lines."""
        lines: list[str] = []
        for line in self.letters.wrapped(
            self.letters.plain(text), size, width, bold=bold, most=400
        ):
            kept = line.lstrip(HANGING)
            if lines and kept != line:  # such a sign never begins a line
                lines[-1] += line[: len(line) - len(kept)]
            lines += [kept] if kept or not lines else []
        return lines

    def write(self, lines: Sequence[str], size: float, left: float = SIDE, *, bold: bool = False,
              grey: float = 0.1) -> None:  # fmt: skip
        """Write lines, each on the page that has room for it."""
        for line in lines:
            self.need(step(size))
            self.y -= step(size)
            self.page.write(left, self.y + 0.24 * step(size), line, size, bold=bold, grey=grey)


def step(size_pt: float) -> float:
    """Give the height of a line in millimetres."""
    return size_pt * LINE_HEIGHT * MM_PER_POINT


def lay_out(blocks: Sequence[Block], letters: Letters, *, foot: str) -> list[Page]:
    """Draw blocks on as many pages as they need.

    Parameters
    ----------
    blocks
        The report.
    letters
        The fonts.
    foot
        What stands at the foot of each page, beside its number.

    Returns
    -------
    The pages.

    Raises
    ------
    siteplanner.errors.InputError
        If no font here has a letter of the text.

    Examples
    --------
    >>> letters = Letters(("DejaVu Sans",))
    >>> len(lay_out([Paragraph("one two " * 2000)], letters, foot="a town"))
    4
    """
    flow = Flow(letters)
    flow.turn()
    for block in blocks:
        if isinstance(block, Heading):
            _heading(flow, block)
        elif isinstance(block, Paragraph):
            _paragraph(flow, block)
        elif isinstance(block, Bullets):
            _bullets(flow, block)
        elif isinstance(block, Figure):
            _figure(flow, block)
        else:
            _table(flow, block)
    for number, page in enumerate(flow.pages, start=1):
        page.line([(SIDE, BOTTOM - 6), (A4[0] - SIDE, BOTTOM - 6)], RULE)
        said = letters.wrapped(letters.plain(foot), FOOT, WIDTH - 20, most=1)
        page.write(SIDE, BOTTOM - 11, said[0] if said else "", FOOT, grey=0.35)
        number_of = f"{number} / {len(flow.pages)}"
        page.write(A4[0] - SIDE, BOTTOM - 11, number_of, FOOT, align="right", grey=0.35)
    return flow.pages


def _heading(flow: Flow, block: Heading) -> None:
    size = HEADINGS[block.level]
    lines = flow.lines(block.text, size, WIDTH, bold=True)
    before = 0.0 if flow.y >= A4[1] - TOP - 1e-6 else {1: 0.0, 2: 8.0, 3: 4.0}[block.level]
    flow.need(before + len(lines) * step(size) + AFTER_HEADING)
    if flow.y < A4[1] - TOP - 1e-6:
        flow.y -= before
    if block.level == 2:
        flow.page.line([(SIDE, flow.y), (SIDE + WIDTH, flow.y)], ACCENT)
        flow.y -= 1.5
    flow.write(lines, size, bold=True)
    flow.y -= 1.5


def _paragraph(flow: Flow, block: Paragraph) -> None:
    size = LEAD if block.lead else SOFT if block.soft else TEXT
    lines = flow.lines(block.text, size, WIDTH, bold=block.lead)
    flow.need(step(size) * min(len(lines), 2))
    flow.write(lines, size, bold=block.lead, grey=0.35 if block.soft else 0.1)
    flow.y -= GAP


def _bullets(flow: Flow, block: Bullets) -> None:
    for item in block.items:
        lines = flow.lines(item, TEXT, WIDTH - INDENT)
        if not lines:
            continue
        flow.need(step(TEXT) * min(len(lines), 2))
        flow.page.circle(SIDE + 1.6, flow.y - 0.55 * step(TEXT), 0.55, Pen(fill=0.1))
        flow.write(lines, TEXT, SIDE + INDENT)
        flow.y -= 0.8
    flow.y -= GAP - 0.8


def _figure(flow: Flow, block: Figure) -> None:
    caption = flow.lines(block.caption, SOFT, WIDTH)
    flow.need(block.drawing.height + 2 + len(caption) * step(SOFT))
    flow.y -= block.drawing.height
    block.drawing.onto(flow.page, SIDE, flow.y)
    flow.y -= 1.0
    flow.write(caption, SOFT, grey=0.35)
    flow.y -= GAP + 1


def _table(flow: Flow, block: Table) -> None:
    shares = np.array(block.widths, dtype=float)
    across = WIDTH * shares / shares.sum()
    heads = _cells(flow, block.heads, across, bold=True)
    high = max((len(one) for one in heads), default=0) * step(CELL) + 2
    first = _high(_cells(flow, block.rows[0], across)) if block.rows else 0.0
    title = flow.lines(block.title, CELL + 1, WIDTH, bold=True) if block.title else ()
    above = len(title) * step(CELL + 1) + high
    whole = above + sum(_high(_cells(flow, row, across)) for row in block.rows)
    flow.need(whole if whole <= KEPT else above + 2 * max(first, step(CELL) + 1.6))
    flow.write(title, CELL + 1, bold=True)
    _row(flow, heads, across, block.numbers, bold=True)
    for row in block.rows:
        cells = _cells(flow, row, across)
        if flow.y - _high(cells) < BOTTOM:
            flow.turn()
            _row(flow, heads, across, block.numbers, bold=True)
        _row(flow, cells, across, block.numbers)
    flow.y -= GAP + 1.5


def _cells(
    flow: Flow, row: Sequence[str], across: Sequence[float], *, bold: bool = False
) -> list[Sequence[str]]:
    return [
        flow.lines(text, CELL, float(room) - 2.5, bold=bold)
        for text, room in zip(row, across, strict=True)
    ]


def _high(cells: Sequence[Sequence[str]]) -> float:
    return max((len(one) for one in cells), default=0) * step(CELL) + 1.6


def _row(
    flow: Flow, cells: Sequence[Sequence[str]], across: Sequence[float],
    numbers: Sequence[bool], *, bold: bool = False,
) -> None:  # fmt: skip
    """Draw a row; heads stand on the line below them, other cells hang from the line above."""
    tall = max((len(one) for one in cells), default=0)
    left = SIDE
    for lines, room, is_number in zip(cells, across, numbers, strict=True):
        x = left + float(room) - 2.5 if is_number else left
        lower = tall - len(lines) if bold else 0
        for at, line in enumerate(lines):
            y = flow.y - 0.8 - (lower + at + 1) * step(CELL) + 0.24 * step(CELL)
            flow.page.write(x, y, line, CELL, bold=bold, align="right" if is_number else "left",
                            grey=0.1)  # fmt: skip
        left += float(room)
    flow.y -= _high(cells)
    flow.page.line([(SIDE, flow.y), (SIDE + WIDTH, flow.y)], HEAD_RULE if bold else RULE)
