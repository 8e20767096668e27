"""The shape of a site: how wide it is."""

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
