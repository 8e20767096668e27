"""Hexagons and squares that are the same for the same place on every run."""

from __future__ import annotations

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

Places: TypeAlias = npt.NDArray[np.intp]


def hexagons(region: BaseGeometry, width_m: float) -> gpd.GeoSeries:
    """Lay hexagons, points up, over a region.

    Parameters
    ----------
    region
        Polygons in a projected, metric CRS.
    width_m
        Distance between two opposite flat sides.

    Returns
    -------
    The hexagons that share ground with the region, sorted by id ``h<column>_<row>``, without
    a CRS.  The lattice is tied to the origin of the CRS.

    Examples
    --------
    >>> cells = hexagons(shapely.box(40, 20, 45, 60), 100)
    >>> list(cells.index), round(cells.area.iloc[0])
    (['h0_0', 'h0_1'], 8660)
    """
    half, step = width_m / 2, width_m / (2 * np.sqrt(3))
    columns, rows = lattice_steps(region, width_m, 3 * step, margin_m=width_m + step)
    corners = np.array([(0, 2), (1, 1), (1, -1), (0, -2), (-1, -1), (-1, 1), (0, 2)])
    centres = np.column_stack([2 * columns + (rows & 1), 3 * rows])
    rings = (centres[:, None, :] + corners) * (half, step)  # neighbours share corners exactly
    return _touching(region, shapely.polygons(rings), "h", columns, rows)


def squares(region: BaseGeometry, side_m: float) -> gpd.GeoSeries:
    """Lay squares over a region.

    Parameters
    ----------
    region
        Polygons in a projected, metric CRS.
    side_m
        Side of a square.

    Returns
    -------
    The squares that share ground with the region, sorted by id ``s<column>_<row>``, without
    a CRS.  The lattice is tied to the origin of the CRS.

    Examples
    --------
    >>> list(squares(shapely.box(10, 10, 150, 90), 100).index)
    ['s0_0', 's1_0']
    """
    columns, rows = lattice_steps(region, side_m, side_m, margin_m=side_m)
    west, south = columns * side_m, rows * side_m
    boxes = shapely.box(west, south, (columns + 1) * side_m, (rows + 1) * side_m)
    return _touching(region, boxes, "s", columns, rows)


def lattice_steps(
    region: BaseGeometry, across_m: float, along_m: float, *, margin_m: float = 0.0
) -> tuple[Places, Places]:
    """Give column and row of every lattice point in the bounds of a region.

    Parameters
    ----------
    region
        Geometry in a projected, metric CRS, whose origin is point (0, 0).
    across_m, along_m
        Distance between columns and between rows.
    margin_m
        How far the bounds are widened.

    Examples
    --------
    >>> columns, rows = lattice_steps(shapely.box(90, 90, 210, 110), 100, 100)
    >>> columns.tolist(), rows.tolist()
    ([1, 2], [1, 1])
    """
    west, south, east, north = region.bounds
    columns = _steps(west - margin_m, east + margin_m, across_m)
    rows = _steps(south - margin_m, north + margin_m, along_m)
    grid = np.meshgrid(columns, rows)
    return grid[0].ravel(), grid[1].ravel()


def named(prefix: str, columns: Places, rows: Places) -> list[str]:
    """Name lattice points.

    Examples
    --------
    >>> named("h", np.array([1, -2]), np.array([3, 4]))
    ['h1_3', 'h-2_4']
    """
    pairs = zip(columns.tolist(), rows.tolist(), strict=True)
    return [f"{prefix}{column}_{row}" for column, row in pairs]


def _steps(low: float, high: float, step: float) -> Places:
    return np.arange(np.ceil(low / step), np.floor(high / step) + 1).astype(np.intp)


def _touching(
    region: BaseGeometry,
    shapes: npt.NDArray[np.object_],
    prefix: str,
    columns: Places,
    rows: Places,
) -> gpd.GeoSeries:
    shapely.prepare(region)
    near = shapely.intersects(region, shapes)
    near[near] = ~shapely.touches(region, shapes[near])  # a shared edge is no shared ground
    names = named(prefix, columns[near], rows[near])
    return gpd.GeoSeries(shapes[near], index=names).sort_index()
