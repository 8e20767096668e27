"""Ticks in the boxes of a question sheet: ink where the page has none, in any colour."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from shapely.geometry import Point

from siteplanner.marks.found import Found
from siteplanner.marks.hues import COLOURS, colour_of, hue_deg, saturation
from siteplanner.sheets.sheet import Sheet

INSET_MM = 0.8
"""The box's own line, and a little misplacement, are left out."""
PAPER = 0.15
"""Less ink than this is the paper's own unevenness."""
LEAST_INK, FILLED_INK = 0.045, 0.6
"""Share of a box that a tick covers at least; more than the second is a box blacked out."""


def find_ticks(balanced: np.ndarray, per_mm: float, sheet: Sheet) -> Iterator[Found]:
    """Find ticked boxes.

    Parameters
    ----------
    balanced
        The view with white paper at 1, shape (rows, columns, 3); NaN where nothing is seen.
    per_mm
        Pixels a millimetre.
    sheet
        A question sheet.

    Yields
    ------
    One mark for each ticked box, row by row.
    """
    height = sheet.size_mm[1]
    for box in sheet.boxes():
        half = box.size_mm / 2 - INSET_MM
        rows = slice(
            round((height - box.y_mm - half) * per_mm), round((height - box.y_mm + half) * per_mm)
        )
        columns = slice(round((box.x_mm - half) * per_mm), round((box.x_mm + half) * per_mm))
        part = balanced[rows, columns]
        if not np.isfinite(part).all():
            continue
        lightest = float(np.percentile(part.min(2), 95))
        ink = (min(lightest, 1.0) - part.min(2) - PAPER).clip(0) / (1 - PAPER)
        share = float(ink.mean()) / 0.7
        if share < LEAST_INK and float(part.min(2).mean()) > 0.5:
            continue
        filled = share > FILLED_INK or float(part.min(2).mean()) < 0.35
        sure = min(0.98, 0.5 + 3 * (share - LEAST_INK))
        yield Found(
            "tick",
            _colour(part, ink),
            0.3 if filled else round(sure, 2),
            Point(box.x_mm, box.y_mm),
            box.row,
            box.says,
            note="box filled in: taken back?" if filled else "",
        )


def _colour(part: np.ndarray, ink: np.ndarray) -> str:
    dark = ink >= np.percentile(ink, 85)
    strength = saturation(part[dark])
    if float(np.median(strength)) < 0.3:
        return "black"
    turns = np.exp(1j * np.radians(hue_deg(part[dark])))
    return COLOURS[int(colour_of(np.degrees(np.angle(turns.mean())) % 360))]
