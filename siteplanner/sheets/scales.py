"""How much ground goes on a sheet: scales, and the pages of an atlas."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

NICE = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0, 10.0)
SMALLEST, LARGEST = 100, 10_000_000
"""Scales beyond these are mistakes."""
Extent = tuple[float, float, float, float]


@dataclass(frozen=True)
class Tile:
    """The ground of one page of an atlas: its place among the pages, from the upper left."""

    row: int
    column: int
    extent: Extent


def nice_scale(least: float) -> int:
    """Give the nearest scale with round numbers that shows at least so much.

    Examples
    --------
    >>> nice_scale(45_690), nice_scale(10_000), nice_scale(10_001)
    (50000, 10000, 12500)
    """
    power = 10 ** math.floor(math.log10(least))
    found = next(one for one in NICE if one * power >= least * (1 - 1e-9))
    return int(found * power + 0.5)


def fitting_scale(area: BaseGeometry, frame_mm: tuple[float, float]) -> int:
    """Give the scale at which an area fits a frame of so many millimetres.

    Examples
    --------
    >>> fitting_scale(shapely.box(0, 0, 2000, 1000), (200.0, 200.0))
    12500
    """
    xmin, ymin, xmax, ymax = area.bounds
    room = 1.02  # an edge on the frame would look cut off
    least = max((xmax - xmin) / frame_mm[0], (ymax - ymin) / frame_mm[1]) * 1000 * room
    return nice_scale(max(least, SMALLEST))


def extent_around(x: float, y: float, frame_mm: tuple[float, float], scale: float) -> Extent:
    """Give the ground that a frame shows around a point, its corner on whole metres.

    Examples
    --------
    >>> extent_around(1000.4, 500.0, (200.0, 100.0), 10000)
    (0.0, 0.0, 2000.0, 1000.0)
    """
    width, height = (one * scale / 1000 for one in frame_mm)
    xmin, ymin = float(round(x - width / 2)), float(round(y - height / 2))
    return xmin, ymin, round(xmin + width, 2), round(ymin + height, 2)


def whole_extent(area: BaseGeometry, frame_mm: tuple[float, float], scale: float) -> Extent:
    """Give the ground that a frame shows around the middle of an area."""
    xmin, ymin, xmax, ymax = area.bounds
    return extent_around((xmin + xmax) / 2, (ymin + ymax) / 2, frame_mm, scale)


def count_tiles(area: BaseGeometry, frame_mm: tuple[float, float], scale: float) -> int:
    """Count the pages of an atlas, empty ones too, without making them.

    Examples
    --------
    >>> count_tiles(shapely.box(0, 0, 2000, 1000), (200.0, 200.0), 5000)
    2
    """
    columns, rows = _counts(area, frame_mm, scale)
    return columns * rows


def tiles(area: BaseGeometry, frame_mm: tuple[float, float], scale: float) -> list[Tile]:
    """Cut an area into pages that lie side by side, row by row; empty ones are left out.

    Examples
    --------
    >>> [one.extent for one in tiles(shapely.box(0, 0, 2000, 1000), (200.0, 200.0), 5000)]
    [(0.0, 0.0, 1000.0, 1000.0), (1000.0, 0.0, 2000.0, 1000.0)]
    """
    columns, rows = _counts(area, frame_mm, scale)
    width, height = (one * scale / 1000 for one in frame_mm)
    xmin, ymin, xmax, ymax = area.bounds
    left = round((xmin + xmax) / 2 - columns * width / 2)
    top = round((ymin + ymax) / 2 + rows * height / 2)
    found = []
    for row, column in np.ndindex(rows, columns):
        low, west = top - (row + 1) * height, left + column * width
        extent = tuple(round(one, 2) for one in (west, low, west + width, low + height))
        if shapely.intersection(area, shapely.box(*extent)).area > 0:
            found.append(Tile(row, column, extent))
    return found


def _counts(area: BaseGeometry, frame_mm: tuple[float, float], scale: float) -> tuple[int, int]:
    xmin, ymin, xmax, ymax = area.bounds
    width, height = (one * scale / 1000 for one in frame_mm)
    return (
        max(1, math.ceil((xmax - xmin) / width - 1e-9)),
        max(1, math.ceil((ymax - ymin) / height - 1e-9)),
    )
