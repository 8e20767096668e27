"""The shape of the ground: how wide a site is, how steep a slope."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import shapely

Numbers: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

WIDTH_TOLERANCE_M = 0.01


def width_m(polygons: npt.NDArray[np.object_]) -> Numbers:
    """Measure how wide polygons are: the diameter of the largest circle that fits inside.

    Parameters
    ----------
    polygons
        In a projected, metric CRS.

    Returns
    -------
    Metres, at most 0.02 m too small; NaN for what is not a polygon.

    Examples
    --------
    >>> width_m(np.array([shapely.box(0, 0, 100, 16), shapely.Point(0, 0)])).tolist()
    [16.0, nan]
    """
    result = np.full(len(polygons), np.nan)
    flat = shapely.area(polygons) > 0
    radius = shapely.maximum_inscribed_circle(polygons[flat], tolerance=WIDTH_TOLERANCE_M)
    result[flat] = 2 * shapely.length(radius)
    return result


def slope_percent(elevation: Numbers, cell_m: tuple[float, float]) -> Numbers:
    """Measure the slope of the ground from the eight neighbours of each cell.

    Parameters
    ----------
    elevation
        Metres, rows × columns; NaN is unknown.
    cell_m
        Width and height of a cell.

    Returns
    -------
    Rise over run in percent, same shape; NaN on the rim and beside unknown cells.

    References
    ----------
    Horn, B. K. P. (1981). Hill shading and the reflectance map. Proceedings of the IEEE,
    69(1), 14-47. https://doi.org/10.1109/PROC.1981.11918

    Examples
    --------
    >>> ramp = np.tile([0.0, 1.0, 2.0], (3, 1))
    >>> slope_percent(ramp, (10, 10))[1, 1].item()
    10.0
    """
    result = np.full(elevation.shape, np.nan)
    if min(elevation.shape) < 3:
        return result
    north, middle, south = elevation[:-2], elevation[1:-1], elevation[2:]
    down = north + 2 * middle + south
    across = (down[:, 2:] - down[:, :-2]) / (8 * cell_m[0])
    rows = north - south
    along = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / (8 * cell_m[1])
    unknown = np.isnan(middle[:, 1:-1])
    result[1:-1, 1:-1] = np.where(unknown, np.nan, 100 * np.hypot(across, along))
    return result
