"""The light on a sheet, taken away: paper becomes white, whatever shone on it.

Light multiplies in linear light (IEC 61966-2-1 says how a picture's numbers become that), so the
view is divided by the light on white paper, which is seen nearly everywhere on a sheet.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from siteplanner.marks.viewing import between

WHITE_AT = 0.97
"""Parts of the known page lighter than this are bare paper."""
BLOCK_MM = 9.0


def white_balanced(
    view: np.ndarray, per_mm: float, page: np.ndarray | None = None
) -> tuple[np.ndarray, float]:
    """Divide a view by the light that fell on its paper.

    Parameters
    ----------
    view
        Red, green, blue in linear light, 0..1 (`to_linear`), shape (rows, columns, 3); NaN where
        nothing is seen.
    per_mm
        Pixels a millimetre.
    page
        The known page, 0..1, same rows and columns; None where it is not known.

    Returns
    -------
    The view with white paper at 1 (a picture's numbers again, not linear light), NaN where nothing
    is seen; and how bright the paper was, 0..255, at the median.

    Examples
    --------
    >>> view = to_linear(np.full((40, 40, 3), [200, 180, 120], dtype=np.uint8))
    >>> balanced, paper = white_balanced(view, 1.0)
    >>> balanced[20, 20].round(2).tolist(), paper
    ([1.0, 1.0, 1.0], 180.0)
    """
    light = view
    white = np.stack([_paper(light[..., one], per_mm, page) for one in range(3)], 2)
    balanced = to_picture(light / np.maximum(white, 1e-4))
    paper = float(to_picture(np.nanmedian(white[::7, ::7, 1]))) * 255
    return balanced, round(paper, 1)


def to_linear(picture: np.ndarray) -> np.ndarray:
    """Turn a picture's numbers, whole ones 0..255, into light, 0..1 (IEC 61966-2-1)."""
    given: np.ndarray = _LINEAR[picture]
    return given


def to_picture(light: np.ndarray) -> np.ndarray:
    """Turn light into a picture's numbers, 0..1 and up to 1.2; NaN stays.

    Examples
    --------
    >>> [f"{one:.2f}" for one in to_picture(to_linear(np.array([0, 51, 255])))]
    ['0.00', '0.20', '1.00']
    """
    place = (np.nan_to_num(light, nan=0.0) * _STEPS).clip(0, len(_PICTURE) - 1)
    given: np.ndarray = _PICTURE[place.astype(np.int32)]
    return np.where(np.isnan(light), np.float32(np.nan), given)


def _curve(light: np.ndarray) -> np.ndarray:
    bright = 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, light * 12.92, bright)


_NUMBERS = np.arange(256) / 255
_LINEAR = np.where(
    _NUMBERS <= 0.04045, _NUMBERS / 12.92, ((_NUMBERS + 0.055) / 1.055) ** 2.4
).astype(np.float32)
_STEPS = 8192
_PICTURE = _curve((np.arange(int(1.5 * _STEPS)) + 0.25) / _STEPS).astype(np.float32)


def tone(seen: np.ndarray, page: np.ndarray) -> np.ndarray:
    """Give how dark each part of the page should look, toner and copier included.

    For each grey of the page the median of what is seen there; a curve that only rises.

    Parameters
    ----------
    seen
        Balanced grey, 1 is paper; NaN where nothing is seen.
    page
        The page, softened as the photo is; same shape.

    Returns
    -------
    What was to be seen; same shape.
    """
    levels = np.linspace(0, 1, 18)
    some = seen[::2, ::2]  # enough for a median
    known = np.isfinite(some)
    some, place = some[known], np.digitize(page[::2, ::2][known], levels[1:-1])
    medians = []
    for level in range(len(levels) - 1):
        here = some[place == level]
        medians.append(float(np.median(here)) if len(here) > 50 else np.nan)
    middles, curve = (levels[1:] + levels[:-1]) / 2, np.array(medians)
    full = np.isfinite(curve)
    if full.sum() < 2:
        return page
    rising = np.maximum.accumulate(np.interp(middles, middles[full], curve[full]))
    given: np.ndarray = np.interp(page, middles, rising).astype(np.float32)
    return given


def _paper(light: np.ndarray, per_mm: float, page: np.ndarray | None) -> np.ndarray:
    """Give the light on white paper at every pixel: a high share of each block, smoothed."""
    side = max(4, round(BLOCK_MM * per_mm))
    rows, columns = (int(np.ceil(length / side)) for length in light.shape)
    padded = np.full((rows * side, columns * side), np.nan, dtype=np.float32)
    bare = light
    if page is not None:
        bare = np.where(page > WHITE_AT, light, np.nan)
    padded[: light.shape[0], : light.shape[1]] = bare
    blocks = padded.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(rows, columns, -1)
    every = max(1, blocks.shape[2] // 150)
    blocks = np.sort(blocks[..., every // 2 :: every], axis=2)  # NaN last
    count = np.isfinite(blocks).sum(2)
    place = (count * 0.75).astype(int).clip(0, blocks.shape[2] - 1)
    level = np.take_along_axis(blocks, place[..., None], 2)[..., 0]
    level[count < 8] = np.nan
    level = _filled(level)
    level = ndimage.percentile_filter(level, 60, size=3, mode="nearest")
    level = ndimage.gaussian_filter(level, 0.7, mode="nearest")
    level = np.pad(level, 1, mode="edge")
    down, across = ((np.arange(length) + 0.5) / side + 0.5 for length in light.shape)
    return between(level, down, across)


def _filled(level: np.ndarray) -> np.ndarray:
    """Put the nearest known block's level where a block shows no paper."""
    unknown = ~np.isfinite(level)
    if unknown.all():
        return np.full_like(level, 1e-3)
    if not unknown.any():
        return level
    near = ndimage.distance_transform_edt(unknown, return_distances=False, return_indices=True)
    return np.asarray(level[tuple(near)])
