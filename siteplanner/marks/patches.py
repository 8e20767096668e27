"""Patches of the known page, found again in a photo: each says how far its place is off."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from siteplanner.marks.aligning import offsets
from siteplanner.marks.viewing import resized, seen_from_above
from siteplanner.marks.warps import Warp
from siteplanner.sheets.sheet import Sheet

COARSE = (20.0, 28.0, 3.0, 0.5, 1.7)
FINE = (10.0, 16.0, 0.9, 0.55, 3.6)
"""Distance of patches, their side, search (mm); least score; most pixels a millimetre: for A3."""
LEAST_TEXTURE = 0.02
"""Contrast that a patch needs along its poorer direction; a single line says nothing about it."""


def page_shifts(
    grey: np.ndarray, sheet: Sheet, warp: Warp, page: np.ndarray, *, fine: bool
) -> tuple[np.ndarray, np.ndarray, float]:
    """Find patches of a page again.

    Parameters
    ----------
    grey
        The photo.
    sheet, warp
        What it shows, and where, as far as is known.
    page
        The page as printed, 0..1.
    fine
        Small patches near where they should be; else large ones, farther off.

    Returns
    -------
    Where the patches lie on paper, shape (n, 2); by how much each is seen elsewhere, shape (n, 2);
    and the share of patches worth looking for that were found.
    """
    step, side, search, least, most = FINE if fine else COARSE
    larger = float(np.hypot(*sheet.size_mm) / 514)
    step, side, search = step * larger, side * larger, search * larger
    middle = np.array([sheet.size_mm]) / 2
    per_mm = float(min(most / larger, warp.pixels_per_mm(middle)[0]))
    expected = ndimage.gaussian_filter(resized(page, sheet, per_mm), 0.6)
    view = seen_from_above(grey[..., None], sheet, warp, per_mm)[..., 0]
    size, pad = 2 * round(side * per_mm / 2), max(2, round(search * per_mm))
    steps = [
        np.arange(size // 2 + pad, length - size // 2 - pad, max(1, round(step * per_mm)))
        for length in expected.shape
    ]
    down, across = (values.ravel() for values in np.meshgrid(*steps, indexing="ij"))
    patterns = _cut(expected, down, across, size)
    worth = _texture(patterns) > LEAST_TEXTURE
    down, across, patterns = down[worth], across[worth], patterns[worth]
    seen = _cut(view, down, across, size + 2 * pad)
    whole = np.isfinite(seen).all((1, 2))
    found = offsets(seen[whole], patterns[whole])
    good = (found[:, 2] >= least) & np.isfinite(found[:, 0])
    at = np.stack([across / per_mm, sheet.size_mm[1] - down / per_mm], 1)[whole][good]
    shifts = found[good, :2] * [1, -1] / per_mm
    return at, shifts, float(good.sum() / max(1, len(worth[worth])))


def _cut(picture: np.ndarray, down: np.ndarray, across: np.ndarray, size: int) -> np.ndarray:
    half = size // 2
    windows = np.lib.stride_tricks.sliding_window_view(picture, (size, size))
    given: np.ndarray = windows[down - half, across - half]
    return given


def _texture(patterns: np.ndarray) -> np.ndarray:
    """Give the smaller eigenvalue of each patch's structure tensor, as contrast.

    J. Shi and C. Tomasi, "Good features to track", CVPR 1994.
    """
    rows, columns = np.gradient(patterns, axis=(1, 2))
    a, b, c = (rows**2).mean((1, 2)), (rows * columns).mean((1, 2)), (columns**2).mean((1, 2))
    smaller = (a + c) / 2 - np.sqrt(((a - c) / 2) ** 2 + b**2)
    given: np.ndarray = np.sqrt(smaller.clip(0))
    return given
