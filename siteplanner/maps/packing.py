"""Geometry and numbers, small: 16-bit steps within the map's frame, in base64."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

STEPS = 65535
"""Steps across the frame: over 20 km one step is 0.3 m."""
UNKNOWN = 65535
"""Stands for NaN among packed values."""
NONE_IN_REACH = 65534
"""Stands for infinity among packed values: there is none within reach."""


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

    def steps(self, coordinates: NDArray[np.float64]) -> NDArray[np.uint16]:
        """Turn (longitude, latitude) pairs, shape (n, 2), into whole steps from the corner."""
        low = np.array([self.west, self.south])
        size = np.array([self.east, self.north]) - low
        share = np.clip((coordinates - low) / size, 0, 1)
        steps: NDArray[np.uint16] = np.round(share * STEPS).astype(np.uint16)
        return steps


def packed(numbers: NDArray[Any]) -> dict[str, str]:
    """Pack whole numbers, none negative, as 8, 16 or 32 bits each.

    Examples
    --------
    >>> packed(np.array([1, 2, 300]))
    {'bits': '16', 'data': 'AQACACwB'}
    """
    top = int(numbers.max(initial=0))
    bits = 8 if top < 2**8 else 16 if top < 2**16 else 32
    data = np.ascontiguousarray(numbers, dtype=f"<u{bits // 8}").tobytes()
    return {"bits": str(bits), "data": base64.b64encode(data).decode("ascii")}


def packed_values(values: NDArray[np.float64]) -> dict[str, Any]:
    """Pack numbers as 65,534 even steps between the smallest and the largest.

    Whole numbers that fit stay exact.  NaN is `UNKNOWN`, infinity is `NONE_IN_REACH`.

    Examples
    --------
    >>> packed_values(np.array([10.0, 12.0, np.nan]))
    {'start': 10.0, 'step': 1.0, 'bits': '16', 'data': 'AAACAP//'}
    """
    known = np.isfinite(values)
    low = float(values[known].min(initial=np.inf)) if known.any() else 0.0
    high = float(values[known].max(initial=-np.inf)) if known.any() else 0.0
    whole = bool(np.all(values[known] == np.round(values[known]))) and high - low < NONE_IN_REACH
    step = (0.0 if whole else float((high - low) / (NONE_IN_REACH - 1))) or 1.0
    counted = np.full(len(values), UNKNOWN, dtype=np.uint16)
    counted[np.isposinf(values)] = NONE_IN_REACH
    counted[known] = np.round((values[known] - low) / step).astype(np.uint16)
    return {"start": low, "step": step, **packed(counted)}


def packed_points(places: gpd.GeoSeries, frame: Frame) -> dict[str, Any]:
    """Pack points given in EPSG:4326."""
    coordinates = shapely.get_coordinates(places.to_numpy())
    return {"kind": "points", "steps": packed(frame.steps(coordinates).ravel())}


def packed_polygons(places: gpd.GeoSeries, frame: Frame) -> dict[str, Any]:
    """Pack polygons given in EPSG:4326: rings, rings per polygon, polygons per row.

    The last vertex of a ring, which repeats the first, is left out.  Counts that are 1
    throughout are left out as well.
    """
    whole = np.array(
        [shapely.MultiPolygon(_polygons_in(one)) for one in places.to_numpy()], dtype=object
    )
    _, coordinates, offsets = shapely.to_ragged_array(whole)
    rings, polygons, rows = (np.asarray(one, dtype=np.int64) for one in offsets)
    keep = np.ones(len(coordinates), dtype=bool)
    keep[rings[1:] - 1] = False
    return {
        "kind": "polygons",
        "steps": packed(frame.steps(coordinates[keep, :2]).ravel()),
        "vertices": packed(np.diff(rings) - 1),
        "rings": _unless_one(np.diff(polygons)),
        "polygons": _unless_one(np.diff(rows)),
    }


def packed_lines(places: gpd.GeoSeries, frame: Frame) -> dict[str, Any]:
    """Pack lines given in EPSG:4326, near ones beside each other."""
    lines = gpd.GeoSeries(shapely.get_parts(places.to_numpy()), crs=places.crs)
    lines = lines[shapely.get_type_id(lines.to_numpy()) == shapely.GeometryType.LINESTRING]
    if len(lines):
        order = lines.hilbert_distance().to_numpy().argsort(kind="stable")
        lines = lines.iloc[order]
    coordinates = shapely.get_coordinates(lines.to_numpy())
    vertices = shapely.get_num_coordinates(lines.to_numpy())
    return {
        "kind": "lines",
        "steps": packed(frame.steps(coordinates).ravel()),
        "vertices": packed(vertices),
    }


def _polygons_in(geometry: Any) -> list[Any]:
    parts: list[Any] = list(shapely.get_parts(geometry)) if geometry is not None else []
    return [one for one in parts if one.geom_type == "Polygon" and not one.is_empty]


def _unless_one(counts: NDArray[np.int64]) -> dict[str, str] | None:
    return None if (counts == 1).all() else packed(counts)
