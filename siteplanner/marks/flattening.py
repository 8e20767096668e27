"""A photo laid flat: where each point of the sheet is seen, to a fraction of a millimetre.

First the codes that could be read give a homography.  With it every mark is looked for where it
should be, read or not, and found to part pixels.  A polynomial takes up what curl and lens leave
over; where the printed page is known, so do hundreds of its own patches, folds included.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from siteplanner.marks.aligning import offsets
from siteplanner.marks.codes import Seen
from siteplanner.marks.patches import page_shifts
from siteplanner.marks.warps import Warp, bent_shift, fit_homography, planes_at, smooth_shift
from siteplanner.sheets.codes import Mark, modules
from siteplanner.sheets.sheet import Sheet

LEAST_SCORE = 0.6
"""Below this correlation a mark counts as hidden."""
QUIET = 2
"""White modules that are looked at round a mark."""
FLAT_MM = 0.25
"""Where the marks fit better than this, patches need not be looked for from afar."""
ENOUGH_FOR_CURL = 6
"""With fewer marks nothing is said about curl."""


@dataclass(frozen=True, eq=False)
class Flat:
    """A photo laid flat.

    Parameters
    ----------
    warp
        The way from paper to photo.
    marks
        Which marks were found, the large code among them.
    residual_mm
        What is left over on paper (root mean square), the large errors included.
    matched
        Share of the known page's patches that were found again; NaN where it is not known.
    """

    warp: Warp
    marks: tuple[str, ...]
    residual_mm: float
    matched: float


def lay_flat(
    grey: np.ndarray, sheet: Sheet, seen: Sequence[Seen], page: np.ndarray | None = None
) -> Flat:
    """Find where each point of a sheet is seen.

    Parameters
    ----------
    grey
        The photo, shape (height, width).
    sheet
        What it shows.
    seen
        At least two of its codes.
    page
        The page as it was printed, 0..1, any resolution; None where it is not known.

    Returns
    -------
    The way from paper to photo, and how good it is.

    Raises
    ------
    ValueError
        If fewer than two codes were read.
    """
    if len(seen) < 2:
        msg = "at least two codes have to be read"
        raise ValueError(msg)
    marks = {mark.corner: mark for mark in sheet.marks()}
    known = [(marks[one.corner].corners_mm(), one.corners_px) for one in seen]
    warp = Warp(fit_homography(*(np.concatenate(side) for side in zip(*known, strict=True))))
    read = {
        one.corner: Warp(fit_homography(marks[one.corner].corners_mm(), one.corners_px))
        for one in seen
    }
    points, pixels, found = _all_marks(grey, warp, marks, read)
    if len(found) < 2:
        points, pixels = (np.concatenate(side) for side in zip(*known, strict=True))
    warp = Warp(fit_homography(points, pixels))
    shifts = warp.to_paper(pixels) - points  # the page lies there instead
    if len(found) >= ENOUGH_FOR_CURL:
        centre = warp.to_paper(np.array(grey.shape[::-1]) / 2)
        warp = Warp(warp.homography, bent_shift(points, shifts, sheet.size_mm, centre))
    left = warp.to_paper(pixels) - points
    spare = max(1.0, len(points) - (10.5 if warp.shift_mm is not None else 4))
    flat = Flat(warp, found, float(np.sqrt((left**2).sum() / spare)), float("nan"))
    return flat if page is None else _with_page(grey, sheet, flat, (points, shifts), page)


def _with_page(
    grey: np.ndarray,
    sheet: Sheet,
    flat: Flat,
    of_marks: tuple[np.ndarray, np.ndarray],
    page: np.ndarray,
) -> Flat:
    """Let patches of the known page say where they lie, in two steps from coarse to fine."""
    points, shifts = of_marks
    warp = flat.warp
    plain = Warp(warp.homography)
    larger = np.hypot(*sheet.size_mm) / 514
    matched, residual = 0.0, np.inf
    for fine in (True,) if flat.residual_mm < FLAT_MM else (False, False, False, True):
        at, more, share = page_shifts(grey, sheet, warp, page, fine=fine)
        if not fine and share < matched + 0.02:
            continue
        more = plain.to_paper(warp.to_photo(at + more)) - at  # beyond the plane, all in all
        all_points, all_shifts = np.concatenate([points, at]), np.concatenate([shifts, more])
        reach = (11.0 if fine else 24.0) * larger
        weights, residual = _trust(all_points, all_shifts, reach)
        smooth = smooth_shift(all_points, all_shifts, weights, sheet.size_mm, reach)
        warp, matched = Warp(warp.homography, smooth), share
    return Flat(warp, flat.marks, residual, matched)


def _trust(points: np.ndarray, shifts: np.ndarray, reach_mm: float) -> tuple[np.ndarray, float]:
    """Give those shifts less weight that do not fit their neighbours, and what is left over."""
    weights = np.ones(len(points))
    for _ in range(3):
        fitted = planes_at(points, points, shifts, weights, reach_mm)
        left = np.hypot(*(shifts - fitted).T)
        spread = max(1.5 * float(np.median(left)), 0.05)
        weights = 1 / (1 + (left / (2 * spread)) ** 4)
    return weights, float(np.sqrt((left[weights > 0.05] ** 2).mean()))


def _all_marks(
    grey: np.ndarray, warp: Warp, marks: dict[str, Mark], read: dict[str, Warp]
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Find every mark that can be seen: those that were read at once, the others from them."""
    placed: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for corner, own in read.items():
        got = _measured(grey, own, marks[corner], 1.2)
        if got is not None:
            placed[corner] = got
    for search_mm in (4.0, 2.5):
        if len(placed) >= 2:
            points, pixels = (np.concatenate(side) for side in zip(*placed.values(), strict=True))
            warp = Warp(fit_homography(points, pixels))
        for corner in [corner for corner in marks if corner not in placed]:
            got = _measured(grey, warp, marks[corner], search_mm)
            if got is not None:
                placed[corner] = got
    if not placed:
        return np.empty((0, 2)), np.empty((0, 2)), ()
    points, pixels = (np.concatenate(side) for side in zip(*placed.values(), strict=True))
    return points, pixels, tuple(corner for corner in marks if corner in placed)


def _measured(
    grey: np.ndarray, warp: Warp, mark: Mark, search_mm: float
) -> tuple[np.ndarray, np.ndarray] | None:
    """Find a mark, first as a whole, then each quarter; None if it is not to be seen."""
    centre = np.array([mark.x_mm, mark.y_mm])
    seen_at = warp.to_photo(centre[None])[0]
    if not (0 < seen_at[0] < grey.shape[1] and 0 < seen_at[1] < grey.shape[0]):
        return None
    per_mm = float(np.clip(1.3 * warp.pixels_per_mm(centre[None])[0], 1.0, 12.0))
    pattern = _drawn(mark, per_mm)
    whole = _window(grey, warp, centre, pattern.shape, per_mm, search_mm)
    across, down, score = offsets(whole[None], pattern[None])[0]
    if not score >= LEAST_SCORE or np.isnan(across):
        return None
    moved = centre + np.array([across, -down]) / per_mm
    half = pattern.shape[0] // 2
    near_mm = 4 / per_mm
    around = _window(grey, warp, moved, pattern.shape, per_mm, near_mm)
    pad = (around.shape[0] - pattern.shape[0]) // 2
    parts, windows, middles = [], [], []
    for up in (0, 1):
        for right in (0, 1):
            rows = slice(0, half) if up else slice(pattern.shape[0] - half, pattern.shape[0])
            columns = slice(pattern.shape[1] - half, pattern.shape[1]) if right else slice(0, half)
            parts.append(pattern[rows, columns])
            windows.append(
                around[rows.start : rows.stop + 2 * pad, columns.start : columns.stop + 2 * pad]
            )
            from_middle = [
                (columns.start + columns.stop - pattern.shape[1]) / 2,
                (pattern.shape[0] - rows.start - rows.stop) / 2,
            ]
            middles.append(centre + np.array(from_middle) / per_mm)
    found = offsets(np.stack(windows), np.stack(parts))
    good = (found[:, 2] >= LEAST_SCORE) & np.isfinite(found[:, 0])
    if not good.any():
        return None
    points = np.array(middles)[good]
    there = points + (moved - centre) + found[good, :2] * [1, -1] / per_mm
    return points, warp.to_photo(there)


def _drawn(mark: Mark, per_mm: float) -> np.ndarray:
    """Draw a mark with a white edge, 0..1, softened as a lens would."""
    dark = np.pad(modules(mark.text), QUIET)
    side_mm = mark.size_mm * dark.shape[0] / (dark.shape[0] - 2 * QUIET)
    count = 2 * round(side_mm * per_mm / 2)
    fine = 4
    at = (np.arange(count * fine) + 0.5 - count * fine / 2) / (fine * per_mm)  # mm from the middle
    module = (at / side_mm + 0.5) * dark.shape[0]
    place = np.floor(module).astype(int).clip(0, dark.shape[0] - 1)
    drawn = 1.0 - dark[np.ix_(place, place)]
    drawn = drawn.reshape(count, fine, count, fine).mean((1, 3))
    return ndimage.gaussian_filter(drawn, 0.7)


def _window(
    grey: np.ndarray,
    warp: Warp,
    centre_mm: np.ndarray,
    shape: tuple[int, ...],
    per_mm: float,
    search_mm: float,
) -> np.ndarray:
    """Look at the photo round a point of paper, as if from straight above."""
    pad = max(2, round(search_mm * per_mm))
    rows, columns = (np.arange(side + 2 * pad) + 0.5 - side / 2 - pad for side in shape)
    across, down = np.meshgrid(columns / per_mm, rows / per_mm)
    points = centre_mm + np.stack([across, -down], 2)
    x, y = np.moveaxis(warp.to_photo(points), -1, 0) - 0.5
    return ndimage.map_coordinates(grey, np.stack([y, x]), order=1, mode="nearest", output=float)
