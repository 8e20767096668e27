"""Gates: whose they are, which are nobody's, and what is refused at the door."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import MultiPoint, Point, box

from siteplanner.errors import InputError
from siteplanner.model import Layer
from siteplanner.sources import read_all
from siteplanner.sources.entrances import GATES, NEAR_M, with_gates, wrong_entrances

EVERYWHERE = box(-1e6, -1e6, 1e6, 1e6)


def layer(name: str, kind: str, **keys: object) -> Layer:
    return Layer(name=name, title=name, source=f"{name}.geojson", kind=kind, **keys)


def parks(*shapes: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs="EPSG:32618")


def gates(*where: tuple[float, float]) -> gpd.GeoSeries:
    return gpd.GeoSeries([Point(*one) for one in where], crs="EPSG:32618")


def owned(places: gpd.GeoDataFrame, points: gpd.GeoSeries) -> list[list[list[float]]]:
    table, _ = with_gates(places, points, EVERYWHERE, "layers/parks")
    return [[] if one is None else shapely.get_coordinates(one).tolist() for one in table[GATES]]


def test_inside_or_within_25_m_of_the_nearest_edge():
    two = parks(box(0, 0, 100, 100), box(110, 0, 200, 100))
    assert owned(two, gates((50, 50))) == [[[50, 50]], []]
    assert owned(two, gates((50, 125))) == [[[50, 125]], []]
    assert owned(two, gates((50, 125.01))) == [[], []]
    assert owned(two, gates((107, 50))) == [[], [[107, 50]]]  # 3 m off the second, 7 off the first
    assert owned(two, gates((105, 50))) == [[[105, 50]], [[105, 50]]]  # as near to both


def test_gates_of_no_place_are_counted_within_the_region_only():
    one = parks(box(0, 0, 100, 100))
    points = gates((0, 0), (500, 500), (5000, 5000))
    points = gpd.GeoSeries([*points, None], crs=points.crs)
    _, notices = with_gates(one, points, box(0, 0, 1000, 1000), "layers/gates")
    assert [(note.count, note.total, note.examples) for note in notices] == [(1, 4, ("1",))]


def test_brute_force():
    rng = np.random.default_rng(8)
    places = parks(*(box(x, y, x + 60, y + 40) for x, y in rng.uniform(0, 500, (12, 2))))
    points = gates(*rng.uniform(0, 560, (60, 2)))
    table, _ = with_gates(places, points, EVERYWHERE, "x")
    for number, shape in enumerate(places.geometry):
        mine = [
            point
            for point in points
            if point.distance(shape) <= NEAR_M
            and point.distance(shape) == places.distance(point).min()
        ]
        found = table[GATES].iloc[number]
        assert (found is None and not mine) or found.equals(MultiPoint(mine))


def test_the_callers_table_stays():
    places = parks(box(0, 0, 100, 100))
    with_gates(places, gates((0, 0)), EVERYWHERE, "x")
    assert list(places.columns) == ["geometry"]


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        ([layer("p", "polygons", entrances="g")], "no layer 'g'"),
        (
            [layer("p", "polygons", entrances="g"), layer("g", "polygons")],
            "layer 'g' has polygons; name a layer of points",
        ),
        (
            [layer("p", "points", entrances="g"), layer("g", "points")],
            "a layer of points has no edge",
        ),
    ],
)
def test_refused_at_the_door(layers, sentence, tmp_path):
    named = {one.name: one for one in layers}
    (problem,) = [one for _, one in wrong_entrances(named)]
    assert sentence in str(problem)
    assert str(problem).startswith("layers/p.toml: entrances: ")
    with pytest.raises(InputError, match="entrances"):
        read_all(named, tmp_path)


def test_lines_and_joined_tables_may_have_gates():
    joined = layer("t", "table", entrances="g", join={"layer": "p", "key": "k"})
    named = {"p": layer("p", "polygons"), "t": joined, "g": layer("g", "points")}
    named["l"] = replace_entrances(layer("l", "lines"))
    assert wrong_entrances(named) == []


def replace_entrances(one: Layer) -> Layer:
    return one.model_copy(update={"entrances": "g"})
