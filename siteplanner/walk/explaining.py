"""One walk, drawn and taken apart: where it goes, and what its minutes are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from siteplanner.walk.network import Network, time_ms
from siteplanner.walk.snapping import snap

MS_A_MINUTE = 60_000
WORDS = {
    "flat": "on the flat",
    "steps": "on steps",
    "slope": "for the slope",
    "crossings": "for crossings",
    "way": "to and from the street",
}
"""How the sentence names parts; penalties go by their titles."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """A walk and its parts.

    Parameters
    ----------
    table
        One row per stretch of a street, in the order walked, and one for the straight way to
        the first street and from the last: ``what`` (``to the street``, ``street``, ``from
        the street``), ``street`` and ``highway`` where the network knows them, ``metres``,
        ``minutes``, ``time_ms``, then its parts in whole milliseconds, which add up to
        ``time_ms``: ``flat_ms``, ``way_ms``, and what else there is (``steps_ms``,
        ``slope_ms``, ``crossings_ms``, one for each penalty); ``geometry`` (LineStrings).
    minutes, metres
        Of the whole walk; the minutes are exactly those of a catchment.
    parts
        Milliseconds of every part, whole walk: ``flat``, ``way``, ``steps`` and so on.
    titles
        What the parts are called.
    """

    table: gpd.GeoDataFrame
    minutes: float
    metres: float
    parts: pd.Series
    titles: dict[str, str]

    @property
    def sentence(self) -> str:
        """Say it: ``18 min: 14 on the flat, 3 for the slope, 1 for crossings``."""
        whole = whole_minutes(self.parts.to_numpy())
        total = int(whole.sum())
        if total == 0:
            return "less than a minute"
        said = []
        for name, minutes in zip(self.parts.index, whole.tolist(), strict=True):
            words = WORDS.get(str(name), f"for {self.titles.get(str(name), str(name))}")
            if minutes > 0:
                said.append(f"{minutes} {words}")
            elif minutes < 0:
                said.append(f"{-minutes} less {words}")
        return f"{total} min: {', '.join(said)}"


class _Leg(NamedTuple):
    """A walk along one edge, from one place on it to another."""

    edge: int
    start_mm: int
    end_mm: int


def explain(network: Network, origin: Any, destination: Any) -> Explanation:
    """Show the walk between two points, with its minutes by part.

    It is the walk that a catchment counts the minutes of: the shortest one, or, where slopes
    or penalties make them differ, the quickest one from origin to destination.

    Parameters
    ----------
    network
        The streets.
    origin, destination
        Shapely points in the network's CRS; other geometries count at a point inside them.

    Returns
    -------
    The walk and its parts.

    Raises
    ------
    TypeError
        If origin or destination is no geometry.
    ValueError
        If a point is more than 200 m from every street, or no street leads there.

    Examples
    --------
    >>> from siteplanner.walk import PROFILES, build
    >>> street = gpd.GeoSeries.from_wkt(["LINESTRING (0 0, 1000 0)"], crs="EPSG:32618")
    >>> network = build(street.to_frame("geometry"), PROFILES["adult"])
    >>> found = explain(network, shapely.Point(100, 0), shapely.Point(904, 0))
    >>> found.minutes, found.sentence
    (10.0, '10 min: 10 on the flat')
    """
    points = gpd.GeoSeries(two_places(origin, destination), crs=network.crs)
    snapped = snap(network, points).table
    if (snapped["edge"] < 0).any():
        which = " and ".join(
            name
            for name, edge in zip(("origin", "destination"), snapped["edge"], strict=True)
            if edge < 0
        )
        msg = f"the {which} is more than 200 m from every street"
        raise ValueError(msg)
    start, aim = (_Leg(*row) for row in snapped[["edge", "along_mm", "along_mm"]].to_numpy())
    legs = _legs(network, start, aim)
    offsets = snapped["offset_mm"].to_numpy()
    length_mm = np.array([abs(leg.end_mm - leg.start_mm) for leg in legs], dtype=np.int64)
    if network.is_proportional:  # as in a catchment: the whole length is turned into time
        stops = np.cumsum([0, offsets[0], *length_mm, offsets[1]])
        spent = np.diff(time_ms(stops, network.profile.speed_m_s))
        way_ms, leg_ms = spent[[0, -1]], spent[1:-1]
    else:
        way_ms = time_ms(offsets, network.profile.speed_m_s)
        leg_ms = np.array([_spent(network, "time_ms", leg) for leg in legs], dtype=np.int64)
    table = _streets(network, legs, length_mm, leg_ms)
    table = _with_ways(table, _ways(network, snapped, points), offsets, way_ms)
    total_ms, total_mm = int(table["time_ms"].sum()), int(length_mm.sum() + offsets.sum())
    names = ["flat", "way", *(one.name for one in network.parts)]
    sums = pd.Series({name: int(table[f"{name}_ms"].sum()) for name in names})
    titles = {one.name: one.title for one in network.parts}
    return Explanation(table, total_ms / MS_A_MINUTE, total_mm / 1000, sums, titles)


def two_places(origin: Any, destination: Any) -> list[BaseGeometry]:
    """Check that a walk is asked for between two geometries.

    Raises
    ------
    TypeError
        If one of them is something else, such as the id of a site.

    Examples
    --------
    >>> two_places(shapely.Point(0, 0), shapely.Point(3, 4))
    [<POINT (0 0)>, <POINT (3 4)>]
    """
    for name, place in (("origin", origin), ("destination", destination)):
        if not isinstance(place, BaseGeometry):
            found = repr(place) if isinstance(place, (str, int, float)) else type(place).__name__
            msg = (
                f"the {name} is {found}; give a shapely point in the network's CRS, such as an "
                "element of the geometry column of a table"
            )
            raise TypeError(msg)
    return [origin, destination]


def whole_minutes(parts_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Round parts to whole minutes that add up to the rounded whole.

    Every part is rounded down, and what is missing goes to the largest remainders.

    Examples
    --------
    >>> whole_minutes(np.array([90_000, 70_000, 20_000])).tolist()
    [2, 1, 0]
    """
    down, rest = np.divmod(parts_ms, MS_A_MINUTE)
    missing = int((parts_ms.sum() + MS_A_MINUTE // 2) // MS_A_MINUTE - down.sum())
    down[np.argsort(-rest, kind="stable")[:missing]] += 1
    return np.asarray(down)


def _legs(network: Network, start: _Leg, aim: _Leg) -> list[_Leg]:
    """Find the cheapest walk, edge by edge; legs without length are left out."""
    cost = "length_mm" if network.is_proportional else "time_ms"
    edges = network.edges
    u, v, length = (edges[name].to_numpy() for name in ("u", "v", "length_mm"))
    first = [(u[start.edge], 0), (v[start.edge], length[start.edge])]
    last = [(u[aim.edge], 0), (v[aim.edge], length[aim.edge])]
    reached, before = dijkstra(
        network.graph(cost), indices=[int(node) for node, _ in first], return_predecessors=True
    )
    best, way = np.inf, list[_Leg]()
    if start.edge == aim.edge:
        way = [_Leg(start.edge, start.end_mm, aim.end_mm)]
        best = _spent(network, cost, way[0])
    for row, (_, out_at) in enumerate(first):
        out = _Leg(start.edge, start.end_mm, int(out_at))
        for node, in_at in last:
            into = _Leg(aim.edge, int(in_at), aim.end_mm)
            total = _spent(network, cost, out) + reached[row, node]
            total += _spent(network, cost, into)
            if total < best:
                best = total
                between = _between(network, cost, _nodes(before[row], int(node)))
                way = [out, *between, into]
    if not np.isfinite(best):
        msg = "no street leads from the origin to the destination"
        raise ValueError(msg)
    return [leg for leg in way if leg.start_mm != leg.end_mm]


def _spent(network: Network, cost: str, leg: _Leg) -> int:
    """Give what a leg costs; along an edge the cost grows with the length."""
    edges = network.edges
    length = int(edges["length_mm"].iloc[leg.edge])
    if cost == "length_mm":
        return abs(leg.end_mm - leg.start_mm)
    whole = int(edges["time_ms" if leg.end_mm > leg.start_mm else "back_ms"].iloc[leg.edge])
    one, other = (np.rint(at / length * whole) for at in (leg.start_mm, leg.end_mm))
    return abs(int(other) - int(one))


def _nodes(before: NDArray[np.int32], node: int) -> list[int]:
    """Follow predecessors back to where the search began."""
    way = [node]
    while before[way[-1]] >= 0:
        way.append(int(before[way[-1]]))
    return way[::-1]


def _between(network: Network, cost: str, nodes: list[int]) -> Iterator[_Leg]:
    """Give the cheapest edge between each two nodes; of equal ones the first."""
    u, v, length = (network.edges[name].to_numpy() for name in ("u", "v", "length_mm"))
    back_name = "length_mm" if cost == "length_mm" else "back_ms"
    there, back = (network.edges[name].to_numpy() for name in (cost, back_name))
    wanted = set(nodes)
    touched = np.flatnonzero(np.isin(u, list(wanted)) & np.isin(v, list(wanted)))
    cheapest: dict[tuple[int, int], tuple[int, int, bool]] = {}
    for edge in touched.tolist():
        for key, spent, forward in (
            ((int(u[edge]), int(v[edge])), int(there[edge]), True),
            ((int(v[edge]), int(u[edge])), int(back[edge]), False),
        ):
            if key not in cheapest or spent < cheapest[key][0]:
                cheapest[key] = (spent, edge, forward)
    for one, other in pairwise(nodes):
        _, edge, forward = cheapest[one, other]
        whole = int(length[edge])
        yield _Leg(edge, 0, whole) if forward else _Leg(edge, whole, 0)


def _streets(
    network: Network, legs: list[_Leg], length_mm: NDArray[np.int64], leg_ms: NDArray[np.int64]
) -> gpd.GeoDataFrame:
    """Make a row of every stretch on one street."""
    edge = np.array([leg.edge for leg in legs], dtype=np.int64)
    forward = np.array([leg.end_mm > leg.start_mm for leg in legs], dtype=bool)
    edges = network.edges
    whole = np.where(forward, edges["time_ms"].to_numpy()[edge], edges["back_ms"].to_numpy()[edge])
    columns: dict[str, Any] = {"length_mm": length_mm, "time_ms": leg_ms}
    columns["flat_ms"], columns["way_ms"] = leg_ms.copy(), np.zeros_like(leg_ms)
    for part in network.parts:
        ms = np.where(forward, part.ms[edge], part.back_ms[edge])
        columns[f"{part.name}_ms"] = np.rint(leg_ms * (ms / whole)).astype(np.int64)
        columns["flat_ms"] -= columns[f"{part.name}_ms"]
    known = [name for name in ("street", "highway") if name in edges]
    told = edges[known].iloc[edge].astype(object).reset_index(drop=True)
    told = told.where(told.notna(), "")
    other = (told != told.shift()).any(axis=1) if known else pd.Series(data=False, index=told.index)
    stretch = other.cumsum().to_numpy()
    numbers = pd.DataFrame(columns).groupby(stretch, sort=True).sum()
    firsts = np.unique(stretch, return_index=True)[1]
    lines = [_line(network, leg) for leg in legs]
    shapes = [
        _joined([lines[at] for at in np.flatnonzero(stretch == number)]) for number in numbers.index
    ]
    table = pd.concat(
        [told.iloc[firsts].reset_index(drop=True), numbers.reset_index(drop=True)], axis=1
    )
    table.insert(0, "what", "street")
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=network.crs))


def _line(network: Network, leg: _Leg) -> Any:
    length = int(network.edges["length_mm"].iloc[leg.edge])
    street = network.edges.geometry.iloc[leg.edge]
    return substring(street, leg.start_mm / length, leg.end_mm / length, normalized=True)


def _joined(lines: list[Any]) -> Any:
    """Make one line of lines that follow each other."""
    corners = shapely.get_coordinates(lines)
    moved = np.ones(len(corners), dtype=bool)
    moved[1:] = (np.diff(corners, axis=0) != 0).any(axis=1)
    return shapely.linestrings(corners[moved])


def _ways(network: Network, snapped: pd.DataFrame, points: gpd.GeoSeries) -> list[Any]:
    """Draw the straight ways between points and the street."""
    edges = network.edges.iloc[snapped["edge"]]
    share = snapped["along_mm"].to_numpy() / edges["length_mm"].to_numpy()
    met = shapely.line_interpolate_point(edges.geometry.to_numpy(), share, normalized=True)
    inside = np.array(points.to_numpy(), dtype=object)
    flat = shapely.get_type_id(inside) != shapely.GeometryType.POINT
    inside[flat] = shapely.point_on_surface(inside[flat])
    ends = shapely.get_coordinates([inside[0], met[0], met[1], inside[1]]).reshape(2, 2, 2)
    return [shapely.LineString(one) for one in ends]


def _with_ways(
    table: gpd.GeoDataFrame,
    ways: list[Any],
    offsets: NDArray[np.int64],
    way_ms: NDArray[np.int64],
) -> gpd.GeoDataFrame:
    """Add the ways to and from the street, where they have a length, and what readers want."""
    known = [name for name in ("street", "highway") if name in table]
    numbers = [str(name) for name in table if str(name).endswith("_ms")]
    columns: dict[str, Any] = {
        "what": ["to the street", "from the street"],
        **dict.fromkeys(known, ""),
        "length_mm": offsets,
        **dict.fromkeys(numbers, 0),
        "time_ms": way_ms,
        "way_ms": way_ms,
    }
    both = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(ways, crs=table.crs))
    walked = [both.iloc[:1][offsets[:1] > 0], table, both.iloc[1:][offsets[1:] > 0]]
    whole = pd.concat([one for one in walked if len(one)] or [table], ignore_index=True)
    whole = whole.assign(metres=whole["length_mm"] / 1000, minutes=whole["time_ms"] / MS_A_MINUTE)
    order = ["what", *known, "metres", "minutes", *numbers, "geometry"]
    return gpd.GeoDataFrame(whole[order], crs=table.crs)
