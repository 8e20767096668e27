"""Thick pen strokes: an outline that closes is an area, one that does not is a line.

Thin strokes are notes, which nobody but a person can read; they are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import shapely
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from siteplanner.marks.found import Found
from siteplanner.marks.hues import COLOURS, colour_of, hue_deg, lightest, saturation

LEAST_SATURATION = 0.25
THICK_MM = 1.6
"""Strokes this wide are meant for the map; a ballpoint pen's are less than half of it."""
GAP_MM = 3.0
"""An outline may be open by this much."""
LEAST_AREA_MM2 = 180.0
LEAST_LENGTH_MM = 22.0
DARK = 0.4
"""Black ink is darker than the known page by this much."""


def find_strokes(
    balanced: np.ndarray,
    per_mm: float,
    allowed: np.ndarray,
    expected: np.ndarray | None = None,
) -> Iterator[Found]:
    """Find areas and lines drawn with a thick pen.

    Parameters
    ----------
    balanced
        The view with white paper at 1, shape (rows, columns, 3); NaN where nothing is seen.
    per_mm
        Pixels a millimetre.
    allowed
        Where to look: inside the frame, and not on a sticker.
    expected
        How dark the page itself is; black strokes are found only where this is known.

    Yields
    ------
    Areas and lines, colour by colour; millimetres from the lower left corner.
    """
    picture = np.nan_to_num(balanced, nan=1.0).clip(0, 1)
    grey = lightest(picture)
    strong = (saturation(picture) > LEAST_SATURATION) & allowed & (grey > 0.12)
    place = np.full(strong.shape, -1)
    place[strong] = colour_of(hue_deg(picture[strong]))
    for number, colour in enumerate(COLOURS):
        yield from _of_colour(place == number, colour, per_mm)
    if expected is not None:
        ink = (expected - grey > DARK) & (grey < 0.4) & allowed & ~strong
        yield from _of_colour(ink, "black", per_mm)


def _of_colour(mask: np.ndarray, colour: str, per_mm: float) -> Iterator[Found]:
    if mask.sum() < LEAST_LENGTH_MM * THICK_MM * per_mm**2 / 2:
        return
    reach = max(1, round(GAP_MM / 2 * per_mm))
    grown = ndimage.distance_transform_edt(~np.pad(mask, reach)) <= reach
    labels, _ = ndimage.label(grown)
    for number, where in enumerate(ndimage.find_objects(labels), 1):
        sides = [one.stop - one.start - 2 * reach for one in where]
        if np.hypot(*sides) < 0.5 * LEAST_LENGTH_MM * per_mm:
            continue
        part = np.pad(labels[where] == number, 1)
        origin = where[1].start - reach - 1, where[0].start - reach - 1
        ink = np.pad(np.pad(mask, reach)[where], 1) & part
        found = _read(part, ink, origin, mask.shape[0], per_mm)
        if found is not None:
            kind, shape, width = found
            sure = min(0.9, 0.5 + 0.1 * width)
            yield Found(kind, colour, round(sure, 2), shape, width_mm=round(width, 1))


def _read(
    grown: np.ndarray, ink: np.ndarray, origin: tuple[int, int], rows: int, per_mm: float
) -> tuple[str, BaseGeometry, float] | None:
    """Say whether a stroke is an area, a line or neither."""
    depth = ndimage.distance_transform_edt(ink)
    ridge = depth[(depth == ndimage.maximum_filter(depth, 3)) & (depth > 0)]
    width = 2 * float(np.percentile(ridge, 60)) / per_mm
    thick = (depth > THICK_MM / 2 * per_mm).sum() / max(1, ink.sum())
    if width < THICK_MM or thick < 0.05:
        return None
    filled = ndimage.binary_fill_holes(grown)
    inner = (filled & ~grown).sum() / per_mm**2

    def to_mm(points: np.ndarray) -> np.ndarray:
        return (points + origin) * [1, -1] / per_mm + [0, rows / per_mm]

    if inner >= LEAST_AREA_MM2 * 0.5:
        back = (GAP_MM + width) / 2 * per_mm
        outline = _outline(ndimage.distance_transform_edt(filled) > back)
        if outline is None:
            return None
        shape = shapely.transform(outline, to_mm).simplify(0.4)
        good = shape.is_valid and shape.area >= LEAST_AREA_MM2
        return ("area", shape, width) if good else None
    middle = _middle_line(ink, depth)
    if middle is None:
        return None
    line = shapely.transform(middle, to_mm).simplify(0.5)
    return ("line", line, width) if line.length >= LEAST_LENGTH_MM else None


def _outline(region: np.ndarray) -> Polygon | None:
    """Give the outer edge of the largest part of a region, in pixels."""
    from rasterio import features

    found = [
        Polygon(shape["coordinates"][0])
        for shape, _ in features.shapes(region.astype(np.uint8), mask=region)
    ]
    return max(found, key=lambda one: float(one.area)) if found else None


def _middle_line(ink: np.ndarray, depth: np.ndarray) -> LineString | None:
    """Give the longest way through a stroke that keeps to its middle, in pixels."""
    labels, count = ndimage.label(ink, np.ones((3, 3)))
    if not count:
        return None
    largest = int(np.bincount(labels.ravel())[1:].argmax()) + 1
    rows, columns = np.nonzero(labels == largest)
    number = np.full(ink.shape, -1)
    number[rows, columns] = np.arange(len(rows))
    cost = 1 + 3 / np.maximum(depth[rows, columns], 0.5) ** 2
    starts, ends, lengths = [], [], []
    for down, across in ((0, 1), (1, 0), (1, 1), (1, -1)):
        there = np.roll(number, (-down, -across), (0, 1))[rows, columns]
        linked = there >= 0
        start, end = np.nonzero(linked)[0], there[linked]
        starts.append(start)
        ends.append(end)
        lengths.append(np.hypot(down, across) * (cost[start] + cost[end]) / 2)
    graph = coo_array(
        (np.concatenate(lengths), (np.concatenate(starts), np.concatenate(ends))),
        shape=(len(rows), len(rows)),
    ).tocsr()
    first = int(dijkstra(graph, directed=False, indices=[0])[0].argmax())
    away, before = dijkstra(graph, directed=False, indices=[first], return_predecessors=True)
    at, way = int(away[0].argmax()), []
    while at >= 0:
        way.append((columns[at] + 0.5, rows[at] + 0.5))
        at = int(before[0, at])
    return LineString(way) if len(way) > 1 else None
