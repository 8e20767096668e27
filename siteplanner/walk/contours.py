"""How far people get on foot, as areas for a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra
from shapely.ops import substring

from siteplanner.walk.network import Network
from siteplanner.walk.snapping import snap

STREET_M = 40.0
"""How far on both sides of a street its area goes."""
HOLE_M2 = 10_000.0
"""Smaller holes, inside a block, are filled."""
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def isochrones(
    network: Network,
    points: gpd.GeoSeries,
    *,
    minutes: Sequence[float] | None = None,
    metres: Sequence[float] | None = None,
    towards: bool = False,
    together: bool = False,
    street_m: float = STREET_M,
    hole_m2: float = HOLE_M2,
) -> gpd.GeoDataFrame:
    """Draw how far people get on foot from points.

    An area is what lies within ``street_m`` of the streets that are really reached; a street
    is cut where the limit is met.  Of a limit of 0 only the surroundings of the point are
    left.  A larger limit's area holds a smaller one's.

    Parameters
    ----------
    network
        The streets.
    points
        In the network's CRS; other geometries count at a point inside them.
    minutes, metres
        The limits; give one of the two.
    towards
        Walk to the points instead of from them: who reaches a place.  It matters on slopes.
    together
        One area for all points: what is reached from any of them.
    street_m
        How far on both sides of a street its area goes, in metres.
    hole_m2
        Smaller holes are filled, in square metres.

    Returns
    -------
    One row per point and limit, points in their order and limits rising: ``origin`` (label of
    the point; not where they are together), ``minutes`` or ``metres`` (the limit),
    ``geometry`` (Polygon or MultiPolygon; empty for a point more than 200 m from every
    street).

    Raises
    ------
    ValueError
        If not exactly one kind of limit is given, a limit is below 0, or the points are in
        another CRS.

    Examples
    --------
    >>> from siteplanner.walk import PROFILES, build
    >>> street = gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 1000 0)"], crs="EPSG:32618")
    >>> network = build(street.to_frame("geometry"), PROFILES["adult"])
    >>> place = gpd.GeoSeries.from_xy([500], [0], crs="EPSG:32618")
    >>> areas = isochrones(network, place, metres=[100, 200], street_m=30)
    >>> areas.total_bounds.tolist()
    [270.0, -30.0, 730.0, 30.0]
    """
    given = [one for one in (minutes, metres) if one is not None]
    if len(given) != 1:
        msg = "give minutes or metres, one of the two"
        raise ValueError(msg)
    limits = sorted(set(given[0]))
    if any(one < 0 for one in limits):
        msg = f"found the limit {limits[0]:g}; give limits of at least 0"
        raise ValueError(msg)
    cost, unit = ("time_ms", 60_000) if metres is None else ("length_mm", 1000)
    roads = _Roads.of(network, cost, towards=towards)
    starts = _starts(network, points, cost)
    whole = [float(np.floor(limit * unit + 1e-6)) for limit in limits]
    reached = [
        None if one is None else (one, _cost_of_nodes(roads, one, max(whole, default=0.0)))
        for one in starts
    ]
    groups = [reached] if together else [[one] for one in reached]
    rows: list[Any] = []
    for group in groups:
        smaller: Any = shapely.Polygon()
        for limit in whole:
            lines = [
                line for one in group if one is not None for line in _walked(roads, *one, limit)
            ]
            area = shapely.union_all(shapely.buffer(np.array(lines, dtype=object), street_m))
            smaller = shapely.union(_filled(area, hole_m2), smaller)
            rows.append(smaller)
    name = "minutes" if metres is None else "metres"
    columns: dict[str, Any] = {name: [float(one) for one in limits] * len(groups)}
    if not together:
        columns = {"origin": np.repeat(points.index.to_numpy(), len(limits)), **columns}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(rows, crs=network.crs))


class _Roads(NamedTuple):
    """Edges, and what they cost in the direction that is searched."""

    graph: Any
    lines: NDArray[Any]
    u: Ints
    v: Ints
    there: Floats
    back: Floats

    @classmethod
    def of(cls, network: Network, cost: str, *, towards: bool) -> _Roads:
        graph, edges = network.graph(cost), network.edges
        back = "length_mm" if cost == "length_mm" else "back_ms"
        costs = [edges[name].to_numpy(dtype=np.float64) for name in (cost, back)]
        there, back_cost = costs[::-1] if towards else costs
        u, v = (edges[name].to_numpy() for name in ("u", "v"))
        way = graph.T.tocsr() if towards else graph
        return cls(way, edges.geometry.to_numpy(), u, v, there, back_cost)


class _Start(NamedTuple):
    """A point, where it meets its street, and what it costs to get there."""

    point: Any
    edge: int
    share: float  # of the edge's length, from u
    offset: float


def _starts(network: Network, points: gpd.GeoSeries, cost: str) -> list[_Start | None]:
    table = snap(network, points).table
    inside = np.array(points.to_numpy(), dtype=object)
    length = network.edges["length_mm"].to_numpy()
    speed = network.profile.speed_m_s if cost == "time_ms" else 1.0
    starts: list[_Start | None] = []
    for point, edge, along, offset in zip(
        inside, table["edge"], table["along_mm"], table["offset_mm"], strict=True
    ):
        if edge < 0:
            starts.append(None)
            continue
        spot = point if point.geom_type == "Point" else shapely.point_on_surface(point)
        starts.append(_Start(spot, int(edge), along / length[edge], float(np.rint(offset / speed))))
    return starts


def _cost_of_nodes(roads: _Roads, start: _Start, limit: float) -> Floats:
    """Give what it costs to get to every node; inf beyond the limit."""
    edge = start.edge
    ends = [int(roads.u[edge]), int(roads.v[edge])]
    first = [
        start.offset + np.rint(start.share * roads.back[edge]),
        start.offset + roads.there[edge] - np.rint(start.share * roads.there[edge]),
    ]
    found = dijkstra(roads.graph, indices=ends, limit=limit)
    cost = np.min(found + np.array(first)[:, None], axis=0)
    return np.where(cost <= limit, cost, np.inf)


def _walked(roads: _Roads, start: _Start, cost: Floats, limit: float) -> list[Any]:
    """Give the lines that are walked on within the limit."""
    met = shapely.line_interpolate_point(roads.lines[start.edge], start.share, normalized=True)
    if start.offset >= limit:
        way = shapely.LineString([start.point, met])
        share = limit / start.offset if start.offset else 0.0
        return [substring(way, 0.0, share, normalized=True)]
    lines: list[Any] = [shapely.LineString([start.point, met])]
    left = limit - start.offset
    low = start.share - left / roads.back[start.edge]
    high = start.share + left / roads.there[start.edge]
    street = roads.lines[start.edge]
    lines.append(substring(street, max(low, 0.0), min(high, 1.0), normalized=True))
    from_u = np.maximum((limit - cost[roads.u]) / roads.there, 0.0)
    from_v = np.maximum((limit - cost[roads.v]) / roads.back, 0.0)
    some = np.isfinite(cost[roads.u]) | np.isfinite(cost[roads.v])
    whole = some & (from_u + from_v >= 1)
    lines += list(roads.lines[whole])
    for edge in np.flatnonzero(some & ~whole & (from_u > 0)):
        lines.append(substring(roads.lines[edge], 0.0, from_u[edge], normalized=True))
    for edge in np.flatnonzero(some & ~whole & (from_v > 0)):
        lines.append(substring(roads.lines[edge], 1 - from_v[edge], 1.0, normalized=True))
    return lines


def _filled(area: Any, hole_m2: float) -> Any:
    """Fill small holes."""
    parts = []
    for part in shapely.get_parts(area):
        holes = shapely.get_rings(part)[1:]
        large = [hole for hole in holes if shapely.Polygon(hole).area >= hole_m2]
        parts.append(shapely.Polygon(part.exterior, large))
    return shapely.union_all(parts)
