"""What heights say of the ground: how steep it is, where water stands, and where it runs."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Numbers: TypeAlias = npt.NDArray[np.float64]
CellSize: TypeAlias = tuple[float | Numbers, float | Numbers]
"""Width and height of a cell in metres; arrays have a number for each row."""

_MILLIMETRES = 1000.0
_INNER = (slice(1, -1), slice(1, -1))
_LEAVES, _NOWHERE = np.uint8(0), np.uint8(247)
_NO_LINE = -1e9
_STEPS = {
    1: (0, 1), 2: (1, 1), 4: (1, 0), 8: (1, -1), 16: (0, -1), 32: (-1, -1), 64: (-1, 0),
    128: (-1, 1),
}  # fmt: skip
"""The code of each direction, from east clockwise, and its step in rows and columns."""


def slope_percent(elevation: Numbers, cell_m: CellSize) -> Numbers:
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
    width, height = (_by_row(one)[1:-1] if np.ndim(one) else one for one in cell_m)
    north, middle, south = elevation[:-2], elevation[1:-1], elevation[2:]
    down = north + 2 * middle + south
    across = (down[:, 2:] - down[:, :-2]) / (8 * width)
    rows = north - south
    along = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / (8 * height)
    unknown = np.isnan(middle[:, 1:-1])
    result[1:-1, 1:-1] = np.where(unknown, np.nan, 100 * np.hypot(across, along))
    return result


def depression_m(elevation: Numbers) -> Numbers:
    """Measure how deep water can stand before it runs over: the depth of hollows without outlet.

    Water leaves over the rim of the raster and into cells of unknown height.

    Parameters
    ----------
    elevation
        Metres, rows × columns; NaN is unknown.  Whole millimetres count.

    Returns
    -------
    Metres, same shape: 0 where water runs off; NaN where the height is unknown.

    References
    ----------
    Wang, L. and Liu, H. (2006). An efficient method for identifying and filling surface
    depressions in digital elevation models. International Journal of Geographical Information
    Science, 20(2), 193-213. https://doi.org/10.1080/13658810500433453

    Examples
    --------
    >>> depression_m(np.array([[5.0, 5, 5], [4, 2, 5], [5, 5, 5]]))[1].tolist()
    [0.0, 2.0, 0.0]
    """
    level = _in_millimetres(elevation)
    filled, _ = _flooded(level)
    return np.asarray((filled - level).astype(np.float64) / _MILLIMETRES)


def flow_accumulation_m2(elevation: Numbers, cell_m: CellSize) -> Numbers:
    """Measure how much ground drains through each cell, its own included.

    Hollows are filled first; from each cell all water runs to the lowest of its eight
    neighbours, by slope (D8), and over level ground towards its outlet.

    Parameters
    ----------
    elevation
        Metres, rows × columns; NaN is unknown.
    cell_m
        Width and height of a cell.

    Returns
    -------
    Square metres, same shape; NaN where the height is unknown.

    References
    ----------
    O'Callaghan, J. F. and Mark, D. M. (1984). The extraction of drainage networks from digital
    elevation data. Computer Vision, Graphics, and Image Processing, 28(3), 323-344.
    https://doi.org/10.1016/S0734-189X(84)80011-0

    Examples
    --------
    >>> flow_accumulation_m2(np.array([[3.0, 2, 1]]), (10, 10)).tolist()
    [[100.0, 200.0, 300.0]]
    """
    if np.isnan(elevation).all():
        return np.full(elevation.shape, np.nan)
    routes, _ = _routes(elevation, cell_m)
    return _accumulated(routes, elevation, cell_m)[_INNER]


def height_above_drainage_m(elevation: Numbers, cell_m: CellSize, drains_m2: float) -> Numbers:
    """Measure how high each cell lies above the drainage line that its water runs to (HAND).

    Hollows are filled first, so a hollow is as high as its outlet.

    Parameters
    ----------
    elevation
        Metres, rows × columns; NaN is unknown.
    cell_m
        Width and height of a cell.
    drains_m2
        A cell is part of a drainage line if at least so much ground drains through it.

    Returns
    -------
    Metres, same shape: 0 on drainage lines; NaN where the height is unknown, and where water
    leaves the raster before it meets such a line.

    References
    ----------
    Rennó, C. D. et al. (2008). HAND, a new terrain descriptor using SRTM-DEM. Remote Sensing of
    Environment, 112(9), 3469-3481. https://doi.org/10.1016/j.rse.2008.03.018

    Nobre, A. D. et al. (2011). Height Above the Nearest Drainage, a hydrologically relevant new
    terrain model. Journal of Hydrology, 404(1-2), 13-29.
    https://doi.org/10.1016/j.jhydrol.2011.03.051

    Examples
    --------
    >>> height_above_drainage_m(np.array([[3.0, 2, 1]]), (10, 10), 200).tolist()
    [[1.0, 0.0, 0.0]]
    """
    if np.isnan(elevation).all():
        return np.full(elevation.shape, np.nan)
    routes, filled = _routes(elevation, cell_m)
    lines = _accumulated(routes, elevation, cell_m) >= drains_m2
    drain = np.where(lines, filled.astype(np.float64), _NO_LINE)
    drain = routes.fillnodata(drain, _NO_LINE, direction="up")
    height = (filled - drain) / _MILLIMETRES
    return np.asarray(np.where(drain == _NO_LINE, np.nan, height)[_INNER])


def _by_row(size: float | Numbers) -> Any:
    return np.asarray(size, dtype=np.float64)[:, np.newaxis] if np.ndim(size) else size


def _in_millimetres(elevation: Numbers) -> npt.NDArray[np.float32]:
    """Give heights as whole millimetres, which 32 bits hold exactly up to 16 km."""
    return np.asarray(np.round(elevation * _MILLIMETRES), dtype=np.float32)


def _flooded(level: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], Any]:
    """Fill hollows; give with it a way out for every cell, though not the steepest."""
    from pyflwdir.dem import fill_depressions  # compiled when it is first needed

    filled, ways_out = fill_depressions(level, nodata=np.nan)
    return filled, ways_out


def _routes(elevation: Numbers, cell_m: CellSize) -> tuple[Any, npt.NDArray[np.float32]]:
    """Let the water of each cell run down the steepest way; give the filled heights as well.

    Both have one row and column of unknown ground more on each side.

    Where no neighbour is lower, water leaves over the rim if there is one; else, on level
    ground and on the surface of filled hollows, it takes the way out that the filling found.
    Each step goes lower, or on to a cell that was reached before on the same level, so that no
    water runs in a circle.
    """
    import pyflwdir

    level = np.pad(_in_millimetres(elevation), 1, constant_values=np.nan)
    filled, direction = _flooded(level)
    width, height = (_by_row(one) for one in cell_m)
    rows, columns = elevation.shape
    here, way = filled[_INNER], direction[_INNER]
    steepest = np.zeros(here.shape)
    rim = np.zeros(here.shape, dtype=bool)
    for code, (down, right) in _STEPS.items():
        there = filled[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]
        rim |= np.isnan(there)
        fall = (here - there) / np.hypot(down * height, right * width)
        steeper = fall > steepest  # never where one of the two is unknown
        steepest[steeper] = fall[steeper]
        way[steeper] = code
    way[rim & (steepest == 0)] = _LEAVES
    way[np.isnan(here)] = _NOWHERE
    return pyflwdir.from_array(direction, ftype="d8", check_ftype=False), filled


def _accumulated(routes: Any, elevation: Numbers, cell_m: CellSize) -> Numbers:
    width, height = (_by_row(one) for one in cell_m)
    own = np.broadcast_to(np.asarray(width * height, dtype=np.float64), elevation.shape)
    known = np.pad(~np.isnan(elevation), 1)
    found = routes.accuflux(np.pad(own, 1), nodata=-1.0)
    return np.asarray(np.where(known, found, np.nan))
