"""Gates: which points of one layer let people into the places of another."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from siteplanner.errors import Problem
from siteplanner.model import Layer, Notice
from siteplanner.sources.ledger import Ledger, offer

GATES = "@gates"
"""Column of a study's table: the gates of each row as one MultiPoint, missing where none."""
NEAR_M = 25.0
"""A gate up to this far from a place's edge belongs to it."""


def wrong_entrances(layers: Mapping[str, Layer]) -> list[tuple[str, Problem]]:
    """Find layers whose gates are no layer of points, or that have no edge to put gates in.

    Examples
    --------
    >>> parks = Layer(name="parks", title="P", source="p.gpkg", kind="polygons", entrances="gate")
    >>> gates = Layer(name="gates", title="G", source="g.gpkg", kind="points")
    >>> print(wrong_entrances({"parks": parks, "gates": gates})[0][1])
    layers/parks.toml: entrances: no layer 'gate'; did you mean 'gates'?
    """
    wrong = []
    for name, layer in layers.items():
        if layer.entrances is None:
            continue
        ledger, gates = Ledger(layer), layers.get(layer.entrances)
        if _kind(layer, layers) not in ("polygons", "lines"):
            found = f"a layer of {_kind(layer, layers)} has no edge"
            ledger.in_toml("entrances", found, "delete the key: it is for polygons and lines")
        elif gates is None:
            found = f"no layer '{layer.entrances}'"
            ledger.in_toml("entrances", found, offer(layer.entrances, layers))
        elif _kind(gates, layers) != "points":
            found = f"layer '{layer.entrances}' has {_kind(gates, layers)}"
            ledger.in_toml("entrances", found, "name a layer of points")
        wrong += [(name, problem) for problem in ledger.problems]
    return wrong


def with_gates(
    places: gpd.GeoDataFrame, gates: gpd.GeoSeries, region: BaseGeometry, where: str
) -> tuple[gpd.GeoDataFrame, list[Notice]]:
    """Give every gate to the place it lies in, or else to the nearest within `NEAR_M`.

    Parameters
    ----------
    places
        Polygons or lines in a metric CRS.
    gates
        Points in the same CRS.
    region
        Gates beyond it are not missed where they belong to nothing.
    where
        What a notice is about.

    Returns
    -------
    The table with one column more, ``@gates``, and a notice for the gates that belong to no
    place.

    Examples
    --------
    >>> from shapely import Point, box
    >>> parks = gpd.GeoDataFrame(geometry=[box(0, 0, 100, 100), box(500, 0, 600, 100)])
    >>> gates = gpd.GeoSeries([Point(50, 110), Point(100, 20), Point(300, 0)])
    >>> table, notices = with_gates(parks, gates, box(0, 0, 999, 999), "layers/parks")
    >>> table["@gates"].tolist()
    [<MULTIPOINT ((50 110), (100 20))>, None]
    >>> print(notices[0])
    layers/parks: 1 of 3 rows flagged: gates that lie in no place and over 25 m from every edge; nobody uses them (for example 2)
    """  # noqa: E501
    points = gates.to_numpy()
    usable = np.flatnonzero(~(shapely.is_missing(points) | shapely.is_empty(points)))
    points = shapely.point_on_surface(shapely.force_2d(points))
    tree = shapely.STRtree(places.geometry.to_numpy())
    gate, place = tree.query_nearest(points[usable], max_distance=NEAR_M, all_matches=True)
    gate = usable[gate]
    result: NDArray[np.object_] = np.full(len(places), None, dtype=object)
    order = np.lexsort((gate, place))
    owners, first = np.unique(place[order], return_index=True)
    for owner, those in zip(owners, np.split(gate[order], first)[1:], strict=True):
        result[owner] = shapely.multipoints(points[those])
    lost = np.setdiff1d(usable, gate)
    here = lost[shapely.intersects(region, points[lost])]
    notices = []
    if len(here):
        reason = (
            f"gates that lie in no place and over {NEAR_M:g} m from every edge; nobody uses them"
        )
        examples = tuple(str(one) for one in gates.index[here[:3]])
        notices.append(Notice(where, "flagged", len(here), len(gates), reason, examples))
    return places.assign(**{GATES: result}), notices


def _kind(layer: Layer, layers: Mapping[str, Layer]) -> str:
    """Give what a layer's rows are; a joined table takes it from the other layer."""
    if layer.kind != "table":
        return layer.kind
    joined = layer.join and layers.get(layer.join.layer)
    return joined.kind if joined else "points"
