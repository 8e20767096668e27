"""The sheet as seen from straight above, in pixels that are the same part of a millimetre."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from siteplanner.marks.warps import LATTICE_MM, Warp, lattice
from siteplanner.sheets.sheet import Sheet


def pixels_of(sheet: Sheet, per_mm: float) -> tuple[int, int]:
    """Give how many rows and columns a sheet has at a resolution."""
    width, height = sheet.size_mm
    return round(height * per_mm), round(width * per_mm)


def seen_from_above(photo: np.ndarray, sheet: Sheet, warp: Warp, per_mm: float) -> np.ndarray:
    """Look at a photo as if from straight above.

    Parameters
    ----------
    photo
        Shape (height, width, channels).
    sheet, warp
        What it shows, and where.
    per_mm
        Pixels a millimetre of the view.

    Returns
    -------
    Shape (rows, columns, channels), float32, first row at the top; NaN where the photo ends.
    """
    rows, columns = pixels_of(sheet, per_mm)
    nodes = lattice(sheet.size_mm)
    there = warp.to_photo(nodes) - 0.5
    up = (sheet.size_mm[1] - (np.arange(rows) + 0.5) / per_mm) / LATTICE_MM
    across = (np.arange(columns) + 0.5) / per_mm / LATTICE_MM
    x, y = (between(there[..., axis], up, across) for axis in (0, 1))
    inside = (x > -0.5) & (y > -0.5) & (x < photo.shape[1] - 0.5) & (y < photo.shape[0] - 0.5)
    view = np.empty((rows, columns, photo.shape[2]), np.float32)
    for channel in range(photo.shape[2]):
        seen = ndimage.map_coordinates(
            photo[..., channel], np.stack([y, x]), order=1, mode="nearest", output=np.float32
        )
        view[..., channel] = np.where(inside, seen, np.nan)
    return view


def resized(page: np.ndarray, sheet: Sheet, per_mm: float) -> np.ndarray:
    """Bring a page of any resolution to a view's pixels, softened so that no detail is missed.

    The upper left corners of both lie on each other; a part of a pixel at the other edges is no
    matter, as nothing is stretched.
    """
    rows, columns = pixels_of(sheet, per_mm)
    larger = page.shape[1] / sheet.size_mm[0] / per_mm
    if abs(larger - 1) < 1e-6 and page.shape == (rows, columns):
        return page.astype(np.float32)
    soft = ndimage.gaussian_filter(page.astype(np.float32), 0.4 * max(larger - 1, 0))
    down, across = ((np.arange(count) + 0.5) * larger - 0.5 for count in (rows, columns))
    last = np.array(page.shape) - 1
    return between(soft, down.clip(0, last[0]), across.clip(0, last[1]))


def between(nodes: np.ndarray, up: np.ndarray, across: np.ndarray) -> np.ndarray:
    """Read a lattice along rows and columns, by straight lines between its nodes.

    Parameters
    ----------
    nodes
        Shape (rows, columns).
    up, across
        Where to read, counted in nodes; beyond the edge the line through the last two holds.

    Examples
    --------
    >>> nodes = np.array([[0.0, 2.0], [4.0, 6.0]])
    >>> between(nodes, np.array([0.5]), np.array([0.0, 0.25])).tolist()
    [[2.0, 2.5]]
    """
    low, part = _places(up, nodes.shape[0])
    lines = nodes[low] * (1 - part)[:, None] + nodes[low + 1] * part[:, None]
    left, part = _places(across, nodes.shape[1])
    steps = np.diff(lines, axis=1).astype(np.float32)
    given: np.ndarray = steps.take(left, 1)
    given *= part.astype(np.float32)
    given += lines.astype(np.float32).take(left, 1)
    return given


def _places(values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    low = np.floor(values).astype(int).clip(0, count - 2)
    return low, values - low
