"""What stands around every map: grid, title, key, scale bar, notes, credits and the codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from siteplanner.sheets.codes import gap_mm, modules
from siteplanner.sheets.grid import COLUMNS, ROWS
from siteplanner.sheets.layout import BAR_MM, Layout
from siteplanner.sheets.lettering import MM_PER_POINT
from siteplanner.sheets.page import LINE_HEIGHT, Box, Page, Pen
from siteplanner.sheets.sheet import Sheet
from siteplanner.sheets.words import Words

GRID = Pen(line_pt=0.35, line=0.45, dash=(4, 4))
RULE = Pen(line_pt=0.4, line=0.6)
FRAME = Pen(line_pt=1.3)
BOX = Pen(line_pt=0.7, line=0.3)
PARTS = 4
SWATCH_MM = (11.0, 6.0)

Sign = Callable[[Page, Box], None]


@dataclass(frozen=True)
class KeyRow:
    """One row of a key: what draws its sign into a box, and what it means."""

    sign: Sign
    text: str


def swatch(pen: Pen) -> Sign:
    """Give what draws a class: its grey and pattern in a frame."""

    def draw(page: Page, box: Box) -> None:
        page.rectangle(box, pen)
        page.rectangle(box, BOX)

    return draw


def draw_grid(page: Page, layout: Layout) -> None:
    """Draw the reference grid over the map."""
    left, bottom, width, height = layout.frame
    for at in range(1, len(COLUMNS)):
        x = left + width * at / len(COLUMNS)
        page.line([(x, bottom), (x, bottom + height)], GRID)
    for at in range(1, len(ROWS)):
        y = bottom + height * at / len(ROWS)
        page.line([(left, y), (left + width, y)], GRID)


def draw_frame(page: Page, layout: Layout, *, lettered: bool = True) -> None:
    """Draw the frame, with the letters and numbers of the grid on its four sides."""
    left, bottom, width, height = layout.frame
    page.rectangle(layout.frame, FRAME)
    if not lettered:
        return
    gap, size = gap_mm(layout.paper), layout.pt(8)
    for at, name in enumerate(COLUMNS):
        x = left + width * (at + 0.5) / len(COLUMNS)
        for y in (bottom - gap / 2, bottom + height + gap / 2):
            page.write(x, y, name, size, bold=True, align="center", level="center_baseline")
    for at, name in enumerate(ROWS):
        y = bottom + height * (1 - (at + 0.5) / len(ROWS))
        for x in (left - gap / 2, left + width + gap / 2):
            page.write(x, y, name, size, bold=True, align="center", level="center_baseline")


def draw_neighbours(page: Page, layout: Layout, neighbours: dict[str, int]) -> None:
    """Say beside the frame on which page the map goes on: ``N``, ``E``, ``S``, ``W``."""
    left, bottom, width, height = layout.frame
    gap, size = gap_mm(layout.paper), layout.pt(7)
    spots = {
        "N": (left + width / 4, bottom + height + gap / 2, "▲"),
        "S": (left + width / 4, bottom - gap / 2, "▼"),
        "W": (left - gap / 2, bottom + height / 4, "◀"),
        "E": (left + width + gap / 2, bottom + height / 4, "▶"),
    }
    for side, number in neighbours.items():
        x, y, arrow = spots[side]
        text = f"{arrow} {number}"
        angle = 90.0 if side in "EW" else 0.0
        text = text if side != "W" else f"▲ {number}"
        text = text if side != "E" else f"▼ {number}"
        page.write(x, y, text, size, align="center", level="center_baseline", angle=angle)


def draw_head(page: Page, layout: Layout, title: str, how: str) -> None:
    """Write the question above the map, and what to do with the sheet."""
    page.paragraph(layout.title, title, layout.pt(16), bold=True, least_pt=layout.pt(8))
    page.paragraph(layout.how, how, layout.pt(9.5), least_pt=layout.pt(6.5))


def draw_bar(page: Page, layout: Layout, scale: float, words: Words) -> None:
    """Draw the scale bar, 80 mm long, with what it means and how to check it."""
    left, bottom, width, height = layout.bar
    size = layout.pt(7)
    step = size * LINE_HEIGHT * MM_PER_POINT
    start = left + max(2.0, (width - BAR_MM) / 2) if width < BAR_MM + 12 else left + 4.0
    thick = 1.8
    top = bottom + height - step - 0.4
    for part in range(PARTS):
        box = (start + part * BAR_MM / PARTS, top - thick, BAR_MM / PARTS, thick)
        page.rectangle(box, Pen(fill=0.0 if part % 2 == 0 else 1.0, line_pt=0.5))
    metres = BAR_MM * scale / 1000
    unit, each = ("km", 1000.0) if metres >= 2000 else ("m", 1.0)
    for share in (0.0, 0.5, 1.0):
        text = words.number(metres * share / each) + (f" {unit}" if share == 1 else "")
        page.write(start + share * BAR_MM, top + 0.7, text, size, align="center")
    said = words.say("scale", n=words.number(round(scale)), paper=layout.paper)
    check = words.say("scale.check", mm=f"{BAR_MM:g}")
    room = (left, bottom, width, top - thick - bottom - 0.6)
    page.paragraph(room, f"{said}. {check}", size, least_pt=6.0)


def draw_key(
    page: Page, layout: Layout, title: str, unit: str, rows: Sequence[KeyRow], words: Words
) -> None:
    """Draw the key from the top of its box, and the north arrow in its corner."""
    left, bottom, width, height = layout.key
    head, text_pt = layout.pt(10), layout.pt(8)
    arrow = layout.mm(11)
    top = bottom + height
    page.paragraph(
        (left, top - 8 * head / 10, width - arrow, 8 * head / 10), title, head, bold=True
    )
    _north(page, left + width - arrow / 2, top, arrow, words)
    low = top - head * LINE_HEIGHT * MM_PER_POINT - 0.8
    used = 0.0
    if unit:
        room = (left, low - layout.mm(9), width - arrow, layout.mm(9))
        used = page.paragraph(room, unit, text_pt, least_pt=6.0) + 0.8
    low -= used
    if not rows:
        return
    across, high = (layout.mm(one) for one in SWATCH_MM)
    step = min(high + layout.mm(1.6), (low - bottom) / len(rows))
    high = min(high, step * 0.8)
    for row in rows:
        row.sign(page, (left, low - high, across, high))
        text_mm = 2 * text_pt * LINE_HEIGHT * MM_PER_POINT
        beside = arrow if low > top - 1.1 * arrow else 0.0
        across_text = width - across - 2 - beside
        lines = page.letters.wrapped(page.letters.plain(row.text), text_pt, across_text)
        one_line = len(lines) == 1 or step < text_mm
        size = text_pt if len(lines) == 1 else max(6.0, text_pt - 1)
        tall = size * LINE_HEIGHT * MM_PER_POINT * (1 if one_line else 2)
        room = (left + across + 2, low - high / 2 - tall / 2, across_text, tall)
        page.paragraph(room, row.text, size, least_pt=min(size, 5.5))
        low -= step


def draw_notes(page: Page, layout: Layout, words: Words) -> None:
    """Draw ruled lines to write on."""
    left, bottom, width, height = layout.notes
    size = layout.pt(9)
    top = bottom + height - size * MM_PER_POINT
    page.write(left, top, words.say("notes.title"), size, bold=True)
    gap = layout.mm(8)
    for y in np.arange(top - gap, bottom, -gap):
        page.line([(left, float(y)), (left + width, float(y))], RULE)


def draw_unknown(page: Page, layout: Layout, remarks: Iterable[str], words: Words) -> None:
    """Say what the map does not know, as many remarks as there is room for."""
    left, bottom, width, height = layout.unknown
    size, head = layout.pt(6.5, 5.5), layout.pt(8)
    page.write(left, bottom + height - head * MM_PER_POINT, words.say("unknown.title"), head,
               bold=True)  # fmt: skip
    low = bottom + height - head * LINE_HEIGHT * MM_PER_POINT - 0.8
    step = size * LINE_HEIGHT * MM_PER_POINT
    said = list(remarks)
    for at, one in enumerate(said):
        text = page.letters.plain(f"• {one}")
        need = len(page.letters.wrapped(text, size, width)) * step
        last = at == len(said) - 1
        if low - need - (0 if last else step) < bottom:
            more = words.say("unknown.more", n=len(said) - at)
            page.paragraph((left, bottom, width, low - bottom), more, size, least_pt=5.0)
            return
        low -= page.paragraph((left, low - need, width, need), text, size)


def draw_name(page: Page, layout: Layout, name: str, version: str, words: Words) -> None:
    """Write what the sheet is called, in words, and how to photograph it."""
    left, bottom, width, height = layout.name
    size = layout.pt(9)
    room = (left, bottom, width, height)
    used = page.paragraph(room, name, size, bold=True, least_pt=6.0)
    small = layout.pt(6.5, 5.5)
    room = (left, bottom, width, height - used)
    used += page.paragraph(room, words.say("name.version", version=version), small)
    room = (left, bottom, width, height - used)
    page.paragraph(room, words.say("name.photo"), small, least_pt=5.0)


def draw_codes(page: Page, sheet: Sheet) -> None:
    """Draw the registration marks and the large code where the sheet says."""
    for mark in sheet.marks():
        page.modules(modules(mark.text), mark.x_mm, mark.y_mm, mark.size_mm)


def _north(page: Page, x: float, top: float, size: float, words: Words) -> None:
    tip, foot = top - size * 0.05, top - size * 0.62
    wing = size * 0.2
    page.line([(x, tip), (x - wing, foot), (x, foot + wing * 0.7), (x + wing, foot), (x, tip)],
              Pen(fill=0.0, line_pt=0.3))  # fmt: skip
    letter = size * 0.8
    page.write(x, top - size * 0.95, words.say("north"), letter, bold=True, align="center")
