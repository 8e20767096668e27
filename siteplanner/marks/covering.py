"""What lies on a sheet but is no mark: a hand, a sleeve, a phone at its edge.

Whoever puts a sticker or draws does so on the paper; whatever reaches in from beyond its edge, in
one colour and without a gap, is a thing that lies there.  It is left out, with what is under it.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from siteplanner.marks.hues import COLOURS, colour_of, hue_deg, lightest, saturation

LEAST_SATURATION = 0.2
"""Less than a sticker's, so that no pale part of a hand is missed."""
EDGE_MM = 2.5
"""A thing that comes nearer to the edge of the paper than this comes from beyond it."""
AROUND_MM = 1.5
"""So much round a thing is left out as well: its shine, and its shadow."""
SLACK_DEG = 9.0
DARK = 0.4


def reaching_in(
    balanced: np.ndarray, per_mm: float, expected: np.ndarray | None = None
) -> np.ndarray:
    """Find what reaches in from beyond the edge of the paper.

    Parameters
    ----------
    balanced
        The view with white paper at 1, shape (rows, columns, 3); NaN where nothing is seen.
    per_mm
        Pixels a millimetre.
    expected
        How dark the page itself is; black things are found only where this is known.

    Returns
    -------
    Where it lies, shape (rows, columns).

    Examples
    --------
    >>> view = np.ones((60, 80, 3))
    >>> view[20:30, :30] = view[20:30, 60:70] = (0.7, 0.45, 0.35)
    >>> there = reaching_in(view, 1.0)
    >>> bool(there[25, 20]), bool(there[25, 65])
    (True, False)
    """
    rows, columns = balanced.shape[:2]
    half = balanced[: rows // 2 * 2, : columns // 2 * 2]
    half = half.reshape(rows // 2, 2, columns // 2, 2, 3).mean((1, 3))
    seen = np.isfinite(half[..., 0])
    half = np.where(seen[..., None], half, 1.0).clip(0, 1)
    beyond = _rim(seen, EDGE_MM * per_mm / 2)
    grey = lightest(half)
    strong = seen & (saturation(half) > LEAST_SATURATION)
    hues = hue_deg(half[strong])
    there = np.zeros(seen.shape, dtype=bool)
    for place in range(len(COLOURS)):
        mask = np.zeros(seen.shape, dtype=bool)
        mask[strong] = _near_hue(hues, place)
        there |= _joined(mask, beyond)
    if expected is not None:
        page = expected[: rows // 2 * 2 : 2, : columns // 2 * 2 : 2]
        there |= _joined(seen & (page - grey > DARK) & (grey < 0.4), beyond)
    if not there.any():
        return np.zeros((rows, columns), dtype=bool)
    near = ndimage.distance_transform_edt(~there) <= AROUND_MM * per_mm / 2
    there |= near & ~strong  # a sticker beside a finger stays whole
    whole = np.repeat(np.repeat(there, 2, 0), 2, 1)
    return np.pad(whole, ((0, rows % 2), (0, columns % 2)), mode="edge")


def _rim(seen: np.ndarray, width: float) -> np.ndarray:
    """Say where the edge of what is seen of the paper is near."""
    return np.asarray(ndimage.distance_transform_edt(np.pad(seen, 1))[1:-1, 1:-1] <= width)


def _near_hue(hues: np.ndarray, place: int) -> np.ndarray:
    near: np.ndarray = colour_of(hues) == place
    for step in (-SLACK_DEG, SLACK_DEG):
        near |= colour_of((hues + step) % 360) == place
    return near


def _joined(mask: np.ndarray, beyond: np.ndarray) -> np.ndarray:
    """Give those parts of a mask that come near to the edge."""
    if not (mask & beyond).any():
        return np.zeros_like(mask)
    labels, count = ndimage.label(mask)
    chosen = np.zeros(count + 1, dtype=bool)
    chosen[labels[beyond]] = True
    chosen[0] = False
    return chosen[labels]
