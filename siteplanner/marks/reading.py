"""One photo, read: laid flat, its light and its page taken away, and what is left named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import ndimage
from shapely.geometry import Point

from siteplanner.marks.covering import reaching_in
from siteplanner.marks.flattening import Flat, lay_flat
from siteplanner.marks.found import Found
from siteplanner.marks.hues import lightest
from siteplanner.marks.known import Page, rendered
from siteplanner.marks.lighting import to_linear, tone, white_balanced
from siteplanner.marks.photos import Photo
from siteplanner.marks.recognising import Known, check_flat, check_light, recognise
from siteplanner.marks.stickers import find_spots
from siteplanner.marks.strokes import find_strokes
from siteplanner.marks.ticks import find_ticks
from siteplanner.marks.viewing import resized, seen_from_above
from siteplanner.sheets.sheet import Sheet

PER_MM = {"A4": 5.0, "A3": 4.0, "A1": 2.0}
"""Pixels a millimetre of the flat view; whole ones for every paper's sides."""
UNKNOWN_PAGE = 0.85
"""How sure a mark can be where the page is not known."""


@dataclass(frozen=True, eq=False)
class Read:
    """What one photo says.

    Parameters
    ----------
    photo
        Its file name.
    sheet
        The sheet it shows.
    found
        The marks on it.
    flat
        How it was laid flat.
    view
        The sheet from above with white paper, 0..255, shape (rows, columns, 3).
    per_mm
        Pixels a millimetre of the view.
    error_mm
        95 of 100 marks lie nearer than this to their place on paper.
    page_known
        Whether the printed page was at hand.
    covered
        Share of the frame over which something lies that reaches in from beyond the paper's edge,
        such as a hand; what is under it is not read.
    """

    photo: str
    sheet: Sheet
    found: tuple[Found, ...]
    flat: Flat
    view: np.ndarray = field(repr=False)
    per_mm: float
    error_mm: float
    page_known: bool
    covered: float = 0.0


def read_photo(photo: Photo, known: Known) -> Read:
    """Read one photo of a sheet.

    Parameters
    ----------
    photo
        The photo.
    known
        Project, pages and sheets that may be expected.

    Returns
    -------
    The marks on it.

    Raises
    ------
    InputError
        With one sentence: why it is refused, and how to take it again.
    """
    grey = (photo.pixels @ np.array([0.299, 0.587, 0.114], dtype=np.float32)).astype(np.uint8)
    sheet, seen = recognise(photo, grey, known)
    per_mm = PER_MM[sheet.paper]
    page = known.pages.get(sheet.tag)
    drawn = _drawn(page, sheet, per_mm)
    flat = lay_flat(grey, sheet, seen, drawn)
    check_flat(photo, flat)
    view = seen_from_above(to_linear(photo.pixels), sheet, flat.warp, per_mm)
    balanced, paper = white_balanced(view, per_mm, drawn)
    check_light(photo, paper)
    inside = inside_frame(sheet, per_mm, balanced.shape)
    expected = None if drawn is None else _expected(balanced, per_mm, inside, drawn)
    things = reaching_in(balanced, per_mm, expected)
    balanced[things] = np.nan
    most = 1.0 if drawn is not None else UNKNOWN_PAGE
    found = tuple(
        replace(one, confidence=round(one.confidence * most, 2), photo=photo.name)
        for one in _all_kinds(balanced, per_mm, sheet, inside, expected)
    )
    middle = np.array([sheet.size_mm]) / 2
    pixel_mm = 1 / float(flat.warp.pixels_per_mm(middle)[0])
    error_mm = 2.5 * float(np.hypot(max(flat.residual_mm, 0.06), 0.35 * pixel_mm))
    shown = (np.nan_to_num(balanced, nan=0.6).clip(0, 1) * 255).astype(np.uint8)
    covered = float(things[inside].mean())
    return Read(photo.name, sheet, found, flat, shown, per_mm, error_mm, drawn is not None, covered)


def inside_frame(sheet: Sheet, per_mm: float, shape: tuple[int, ...]) -> np.ndarray:
    """Say which pixels of a view lie inside the frame."""
    left, bottom, width, height = sheet.frame_mm
    top = sheet.size_mm[1] - bottom - height
    inside = np.zeros(shape[:2], dtype=bool)
    rows = slice(round(top * per_mm), round((top + height) * per_mm))
    inside[rows, round(left * per_mm) : round((left + width) * per_mm)] = True
    return inside


def _drawn(page: Page | None, sheet: Sheet, per_mm: float) -> np.ndarray | None:
    return None if page is None else resized(rendered(page, per_mm), sheet, per_mm)


def _expected(
    balanced: np.ndarray, per_mm: float, inside: np.ndarray, drawn: np.ndarray
) -> np.ndarray:
    """Give how dark the page should look, copier and lens included."""
    soft = ndimage.gaussian_filter(drawn, 0.25 * per_mm)
    return tone(np.where(inside, lightest(balanced), np.nan), soft)


def _all_kinds(
    balanced: np.ndarray,
    per_mm: float,
    sheet: Sheet,
    inside: np.ndarray,
    expected: np.ndarray | None,
) -> Iterator[Found]:
    if sheet.rows:
        yield from find_ticks(balanced, per_mm, sheet)
        return
    inside = inside & np.isfinite(balanced[..., 0])
    spots, covered = find_spots(balanced, per_mm, inside)
    for spot in spots:
        point = Point(spot.x_mm, sheet.size_mm[1] - spot.y_mm)
        yield Found(
            "sticker", spot.colour, spot.confidence, point,
            width_mm=round(spot.width_mm, 1), note=spot.note,
        )  # fmt: skip
    yield from find_strokes(balanced, per_mm, inside & ~covered, expected)
