"""A page that looks like a printed sheet, for tests that need no plan: a picture in a PDF."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib import font_manager
from PIL import Image, ImageDraw, ImageFont

from siteplanner.sheets.boxes import COLUMN_MM, COLUMNS
from siteplanner.sheets.codes import CODE_MM, modules
from siteplanner.sheets.sheet import PAPERS_MM, Sheet, margin_mm

GREYS = (255, 246, 236, 220, 192)
DPI = {"A4": 300.0, "A3": 220.0, "A1": 120.0}


def map_sheet(
    paper: str = "A3", *, scale: float = 10000, version: str = "0a1b2c3d", **other
) -> Sheet:
    """Lay out a map on a page that lies on its long side, its panel at the right."""
    width, height = PAPERS_MM[paper][::-1]
    margin, panel = margin_mm(paper), CODE_MM[paper] + 16
    frame = (margin, margin, width - 2 * margin - panel, height - 2 * margin)
    east, north = 600_000.0, 500_000.0
    extent = (east, north, east + frame[2] * scale / 1000, north + frame[3] * scale / 1000)
    given = {"project": "mini", "scenario": "first", "number": 3, "layer": "need"}  # fmt: skip
    return Sheet(
        **{**given, **other}, version=version, paper=paper, landscape=True,
        crs="EPSG:32618", frame_mm=frame, extent=extent,
    )  # fmt: skip


def question_sheet(rows: int = 18, *, version: str = "5e5e5e5e") -> Sheet:
    """Lay out a question sheet on an upright A4."""
    width, height = PAPERS_MM["A4"]
    margin, below = margin_mm("A4"), CODE_MM["A4"] + 12
    frame = (margin, margin + below, width - 2 * margin, height - 2 * margin - below)
    return Sheet(
        "mini", "first", 4, "questions", version, "A4", False, "EPSG:32618", frame, None, "en", rows
    )  # fmt: skip


def write_pdf(sheet: Sheet, path: Path, *, sites: tuple[str, ...] = (), seed: int = 0) -> Path:
    """Draw a sheet and write it as a PDF that says which sheet it is."""
    import json

    page = draw(sheet, seed=seed)
    page.save(
        path, "PDF", resolution=DPI[sheet.paper], subject=sheet.text(), keywords=json.dumps(sites),
        title="stand-in", producer="tests", creator="tests",
    )  # fmt: skip
    return path


def draw(sheet: Sheet, *, seed: int = 0) -> Image.Image:
    """Draw classes, streets, names, numbers, grid, marks and code, in greys."""
    rng = np.random.default_rng(seed)
    per_mm = DPI[sheet.paper] / 25.4
    width, height = (round(side * per_mm) for side in sheet.size_mm)
    page = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(page)

    def px(x_mm: float, y_mm: float) -> tuple[float, float]:
        return x_mm * per_mm, height - y_mm * per_mm

    left, bottom, wide, high = sheet.frame_mm
    box = (*px(left, bottom + high), *px(left + wide, bottom))
    if sheet.extent is None:
        _table(pen, sheet, px, per_mm)
    else:
        inner = tuple(round(side) for side in box)
        page.paste(_map(inner[2] - inner[0], inner[3] - inner[1], per_mm, rng), inner[:2])
        for place in range(1, 8):
            x, y = left + wide * place / 8, bottom + high * place / 8
            pen.line(
                [px(x, bottom), px(x, bottom + high)], fill=150, width=max(1, round(per_mm / 8))
            )
            pen.line([px(left, y), px(left + wide, y)], fill=150, width=max(1, round(per_mm / 8)))
    pen.rectangle(box, outline=0, width=max(1, round(0.4 * per_mm)))
    x = left + wide + margin_mm(sheet.paper) + 4
    if sheet.extent is not None:
        for line in range(8):
            pen.text(
                px(x, bottom + high - 8 * line),
                "Where is need highest?",
                fill=0,
                font=_font(2.6 * per_mm),
            )
    for mark in sheet.marks():
        _code(page, mark, per_mm)
    return page


def _map(width: int, height: int, per_mm: float, rng: np.random.Generator) -> Image.Image:
    page = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(page)
    cell = 22 * per_mm
    for column in range(int(width / cell) + 1):
        for row in range(int(height / cell) + 1):
            shade = GREYS[rng.integers(len(GREYS))]
            corners = np.array([[0, 0], [1, 0.1], [1.1, 1], [-0.1, 0.9]]) * cell
            start = np.array([column, row]) * cell
            where = corners + start + rng.normal(0, 0.05 * cell, (4, 2))
            pen.polygon([tuple(point) for point in where], fill=shade, outline=150)
            if shade in GREYS[1:4]:
                _hatch(pen, where, per_mm, spacing=(1.2, 1.8, 2.6)[GREYS.index(shade) - 1])
    for _ in range(45):
        line = _wander(rng, width, height, 30 * per_mm)
        main = rng.random() < 0.3
        pen.line(line, fill=255, width=round((1.1 if main else 0.7) * per_mm), joint="curve")
        pen.line(line, fill=30, width=max(1, round((0.5 if main else 0.2) * per_mm)), joint="curve")
    for place in range(30):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        pen.text((x, y), f"Calle {rng.integers(1, 99)}", fill=0, font=_font(2.2 * per_mm))
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        around = [x - 2.4 * per_mm, y - 2.4 * per_mm, x + 2.4 * per_mm, y + 2.4 * per_mm]
        pen.ellipse(around, fill=255, outline=0, width=max(1, round(0.3 * per_mm)))
        pen.text((x, y), str(place + 1), fill=0, font=_font(2.6 * per_mm), anchor="mm")
    return page


def _hatch(pen: ImageDraw.ImageDraw, where: np.ndarray, per_mm: float, spacing: float) -> None:
    low, high = where.min(0), where.max(0)
    for at in np.arange(low[0], high[0], spacing * per_mm):
        pen.line([(at, low[1] + 3), (at + 0.2 * (high[1] - low[1]), high[1] - 3)], fill=90, width=1)


def _wander(rng, width, height, step):
    start = rng.uniform([0, 0], [width, height])
    turn = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.25, 14))
    moves = np.stack([np.cos(turn), np.sin(turn)], 1) * step
    return [tuple(point) for point in start + np.cumsum(moves, 0) - moves.sum(0) / 2]


def _table(pen, sheet: Sheet, px, per_mm: float) -> None:
    left, bottom, wide, high = sheet.frame_mm
    top, right = bottom + high, left + wide
    for row in range(sheet.rows + 2):
        y = top - row * sheet.row_mm
        pen.line([px(left, y), px(right, y)], fill=120, width=max(1, round(0.15 * per_mm)))
    for place, says in enumerate(COLUMNS):
        at = right - COLUMN_MM * (len(COLUMNS) - place - 0.5)
        pen.text(px(at, top - sheet.row_mm / 2), says, fill=0, font=_font(3 * per_mm), anchor="mm")
    for row in range(sheet.rows):
        y = top - sheet.row_mm * (row + 1.5)
        pen.text(
            px(left + 3, y),
            f"{row + 1}  School number {row + 1}",
            fill=0,
            font=_font(3.4 * per_mm),
            anchor="lm",
        )
    for box in sheet.boxes():
        half = box.size_mm / 2
        corners = (*px(box.x_mm - half, box.y_mm + half), *px(box.x_mm + half, box.y_mm - half))
        pen.rectangle(corners, outline=0, width=max(1, round(0.3 * per_mm)))


def _code(page: Image.Image, mark, per_mm: float) -> None:
    dark = modules(mark.text)
    side = round(mark.size_mm * per_mm)
    drawn = Image.fromarray(np.where(dark, 0, 255).astype(np.uint8)).resize((side, side), 0)
    x, y = mark.x_mm * per_mm - side / 2, page.height - mark.y_mm * per_mm - side / 2
    page.paste(drawn, (round(x), round(y)))


def _font(size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_manager.findfont("DejaVu Sans"), max(4, round(size)))
