"""Geometry, small: whole steps within a frame, and cells that are all alike as one shape."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from siteplanner.maps.packing import packed

STEPS = 65535
"""Steps across the frame: over 20 km one step is 0.3 m."""
ALIKE = 0.01
"""Shapes that differ by less than this share of their size are alike."""
FEWEST_ALIKE = 50
"""Fewer cells than this are not worth a common shape."""


@dataclass(frozen=True)
class Frame:
    """The rectangle of longitudes and latitudes that coordinates are counted within.

    Examples
    --------
    >>> Frame(0.0, 0.0, 1.0, 1.0).steps(np.array([[0.0, 1.0], [0.5, 0.5]])).tolist()
    [[0, 65535], [32768, 32768]]
    """

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def around(cls, *tables: gpd.GeoSeries) -> Frame:
        """Make the frame that holds all the geometry given, in EPSG:4326."""
        bounds = np.array([one.total_bounds for one in tables if len(one)], dtype=float)
        bounds = bounds[np.isfinite(bounds).all(axis=1)]
        west, south = bounds[:, :2].min(axis=0) - 1e-6
        east, north = bounds[:, 2:].max(axis=0) + 1e-6
        return cls(*(round(float(one), 7) for one in (west, south, east, north)))

    def exactly(self, coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn (longitude, latitude) pairs into steps from the corner, with their fractions."""
        low = np.array([self.west, self.south])
        size = np.array([self.east, self.north]) - low
        found: NDArray[np.float64] = (coordinates - low) / size * STEPS
        return found

    def steps(self, coordinates: NDArray[np.float64]) -> NDArray[np.uint16]:
        """Turn (longitude, latitude) pairs, shape (n, 2), into whole steps from the corner."""
        found: NDArray[np.uint16] = _whole(self.exactly(coordinates))
        return found


def packed_points(places: gpd.GeoSeries, frame: Frame) -> dict[str, Any]:
    """Pack points given in EPSG:4326."""
    coordinates = shapely.get_coordinates(places.to_numpy())
    return {"kind": "points", "steps": packed_path(frame.steps(coordinates))}


def packed_polygons(places: gpd.GeoSeries, frame: Frame) -> dict[str, Any]:
    """Pack polygons given in EPSG:4326: rings, rings per polygon, polygons per row.

    The last vertex of a ring, which repeats the first, is left out.  Counts that are 1
    throughout are left out as well.
    """
    coordinates, rings, polygons, rows = _ragged(places.to_numpy())
    keep = np.ones(len(coordinates), dtype=bool)
    keep[rings[1:] - 1] = False
    return {
        "kind": "polygons",
        "steps": packed_path(frame.steps(coordinates[keep])),
        "vertices": packed(np.diff(rings) - 1),
        "rings": _unless_one(np.diff(polygons)),
        "polygons": _unless_one(rows),
    }


def packed_cells(places: gpd.GeoSeries, frame: Frame) -> dict[str, Any]:
    """Pack cells: polygons, points where there is none, or one shape and where it stands.

    Squares and hexagons of one size are moved copies of each other: they take four bytes each.
    Those that differ, like the ones cut at the edge, are polygons beside them.
    """
    if not has_polygons(places):
        return packed_points(places.representative_point(), frame)
    centres, shape, alike = _lattice(places, frame)
    if alike.sum() < FEWEST_ALIKE:
        return packed_polygons(places, frame)
    others = np.flatnonzero(~alike)
    return {
        "kind": "alike",
        "shape": [round(float(one), 2) for one in shape.ravel()],
        "steps": packed_path(_whole(centres[alike])),
        "others": None if not len(others) else
        {"at": packed(others)} | packed_polygons(places.iloc[others], frame),
    }  # fmt: skip


def packed_lines(places: gpd.GeoSeries, frame: Frame) -> dict[str, Any]:
    """Pack lines given in EPSG:4326, near ones beside each other."""
    lines = shapely.get_parts(places.to_numpy())
    lines = lines[shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING]
    vertices = shapely.get_num_coordinates(lines)
    coordinates = frame.steps(shapely.get_coordinates(lines))
    first = np.cumsum(vertices) - vertices
    order = np.argsort(_along_a_curve(coordinates[first]), kind="stable")
    rows = np.repeat(first[order] - (np.cumsum(vertices[order]) - vertices[order]), vertices[order])
    return {
        "kind": "lines",
        "steps": packed_path(coordinates[rows + np.arange(len(rows))]),
        "vertices": packed(vertices[order]),
    }


def packed_path(steps: NDArray[np.uint16]) -> dict[str, str]:
    """Pack (across, up) steps as the moves from one to the next, which compress well.

    First all moves across, then all moves up, modulo 65,536; of each first the low bytes,
    then the high ones.

    Examples
    --------
    >>> packed_path(np.array([[5, 300], [7, 300]], dtype=np.uint16))
    {'bits': 'path', 'data': 'BQIAACwAAQA='}
    """
    moves = np.diff(steps.astype("<u2"), axis=0, prepend=np.zeros((1, 2), dtype="<u2"))
    planes = np.ascontiguousarray(moves.T).view(np.uint8).reshape(2, -1, 2).transpose(0, 2, 1)
    return {"bits": "path", "data": base64.b64encode(planes.tobytes()).decode("ascii")}


def has_polygons(places: gpd.GeoSeries) -> bool:
    """Say whether any of the places has an extent."""
    kinds = shapely.get_type_id(places.to_numpy())
    return bool(np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
                .any())  # fmt: skip


def _ragged(
    shapes: NDArray[Any],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give coordinates, where rings and polygons end, and how many polygons each row has."""
    parts, row = shapely.get_parts(shapes, return_index=True)
    usable = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    rows = np.bincount(row[usable], minlength=len(shapes))
    if not usable.any():
        none = np.zeros(1, dtype=np.int64)
        return np.empty((0, 2)), none, none, rows
    _, coordinates, (rings, polygons) = shapely.to_ragged_array(parts[usable], include_z=False)
    return coordinates, rings.astype(np.int64), polygons.astype(np.int64), rows


def _lattice(
    places: gpd.GeoSeries, frame: Frame
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Find the commonest shape: the centre of each row, the shape, and who has it."""
    shapes = places.to_numpy()
    vertices = shapely.get_num_coordinates(shapes)
    single = (shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON) & (
        shapely.get_num_interior_rings(shapes) == 0
    )
    alike = single & (vertices > 3) & ~shapely.is_empty(shapes)
    if not alike.any():
        return np.empty((0, 2)), np.empty((0, 2)), alike
    common = int(np.bincount(vertices[alike]).argmax())
    alike &= vertices == common
    rings = frame.exactly(shapely.get_coordinates(shapes[alike])).reshape(-1, common, 2)[:, :-1]
    rings = _from_the_foot(rings)
    centres = np.zeros((len(shapes), 2))
    centres[alike] = rings.mean(axis=1)
    around = rings - centres[alike][:, None, :]
    shape = np.median(around, axis=0)
    near = np.maximum(1.0, ALIKE * np.ptp(shape, axis=0))
    alike[alike] = (np.abs(around - shape) <= near).all(axis=(1, 2))
    return centres, shape, alike


def _from_the_foot(rings: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn rings anticlockwise, and let each begin at its lowest vertex, the left of two."""
    x, y = rings[..., 0], rings[..., 1]
    ahead = np.roll(rings, -1, axis=1)
    area = (x * ahead[..., 1] - ahead[..., 0] * y).sum(axis=1)
    rings = np.where((area < 0)[:, None, None], rings[:, ::-1], rings)
    first = (rings[..., 1] + 0.1 * rings[..., 0]).argmin(axis=1)
    turn = (first[:, None] + np.arange(rings.shape[1])) % rings.shape[1]
    return np.take_along_axis(rings, turn[..., None], axis=1)


def _along_a_curve(steps: NDArray[np.uint16]) -> NDArray[np.uint32]:
    """Give places a number such that near ones mostly follow each other (Morton's Z-order)."""
    spread = np.zeros(len(steps), dtype=np.uint32)
    for bit in range(16):
        for axis in (0, 1):
            one = (steps[:, axis].astype(np.uint32) >> np.uint32(bit)) & np.uint32(1)
            spread |= one << np.uint32(2 * bit + axis)
    return spread


def _whole(steps: NDArray[np.float64]) -> NDArray[np.uint16]:
    return np.clip(np.round(steps), 0, STEPS).astype(np.uint16)


def _unless_one(counts: NDArray[np.int64]) -> dict[str, str] | None:
    return None if (counts == 1).all() else packed(counts)
