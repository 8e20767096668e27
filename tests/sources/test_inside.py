"""Rows that say where they lie, and rows that lie far from all others."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box

from siteplanner.errors import InputError
from siteplanner.sources import read, read_all
from siteplanner.sources.astray import far_off

WEST, SOUTH = 600_000, 510_000


@pytest.fixture
def city(folder, layer):
    """Three districts of 1 km from west to east, and places that say in which they lie."""
    squares = [box(WEST + 1000 * n, SOUTH, WEST + 1000 * (n + 1), SOUTH + 1000) for n in range(3)]
    names = {"name": ["Engativá", " Suba", "Los Mártires"], "code": ["010", "011", "014"]}
    table = gpd.GeoDataFrame({**names, "old": ["A", "B", "C"]}, geometry=squares, crs=32618)
    table.to_file(folder / "districts.gpkg")

    def make(places, says, *, kind="points", areas=None, **inside):
        rows = gpd.GeoDataFrame(
            {"n": [f"p{n}" for n in range(len(says))], "district": says},
            geometry=list(places), crs=32618,
        ).to_crs(4326)  # fmt: skip
        rows.to_file(folder / "places.gpkg")
        inside = {"layer": "districts", "column": "district", **inside}
        areas = {"id": "code", "label": "name"} if areas is None else areas
        return {
            "places": layer("places.gpkg", kind, name="places", id="n", inside=inside),
            "districts": layer("districts.gpkg", "polygons", name="districts", **areas),
        }

    return make


def at(*metres):
    return [Point(WEST + x, SOUTH + 500) for x in metres]


def said(source):
    return "\n".join(str(one) for one in source.notices)


def test_rows_that_lie_elsewhere_are_named_with_both_names_and_stay(city, folder):
    layers = city(at(500, 1600, 1030, 500), ["ENGATIVA", "engativá", "Engativá", "Los Martires"])
    source = read_all(layers, folder)["places"]
    assert source.table.index.tolist() == ["p0", "p1", "p2", "p3"]
    assert source.table.columns.tolist() == ["label", "geometry"]
    assert source.elsewhere.round(-1).to_dict("index") == {
        "p3": {"says": "Los Martires", "lies_in": "Engativá", "away_m": 1500},
        "p1": {"says": "engativá", "lies_in": "Suba", "away_m": 600},
        "p2": {"says": "Engativá", "lies_in": "Suba", "away_m": 30},
    }
    assert said(source) == (
        "layers/places: 3 of 4 rows flagged: 'district' names one of 'districts' and they lie in "
        "another: p3 says Los Martires, lies in Engativá, 1,500 m from it; p1 says engativá, lies "
        "in Suba, 600 m from it; p2 says Engativá, lies in Suba, 30 m from it (within 100 m of "
        "it: 1)"
    )


def test_rows_in_no_area_and_names_of_no_area(city, folder):
    layers = city(at(-5000, 500, 500, 1500), ["Suba", "Subba", None, "011"])
    source = read_all(layers, folder)["places"]
    assert source.elsewhere["lies_in"].to_dict() == {"p0": ""}
    assert said(source) == (
        "layers/places: 1 of 3 rows flagged: they name a 'district' and lie in none of "
        "'districts': p0 says Suba, lies 6,002 m from it\n"
        "layers/places: 1 of 3 rows flagged: no area of 'districts' is called 'Subba' (did you "
        "mean 'Suba'?)"
    )


def test_codes_fit_with_and_without_their_zeros(city, folder):
    assert said(read_all(city(at(500, 1500), ["10", "011"]), folder)["places"]) == ""
    layers = city(at(500, 1500), ["10", "010"], areas={"id": "code"})
    assert "p1 says 010, lies in 011" in said(read_all(layers, folder)["places"])


def test_another_column_of_the_areas(city, folder):
    layers = city(at(500, 500), ["a", "B"], to="old")
    assert "p1 says B, lies in A" in said(read_all(layers, folder)["places"])
    with pytest.raises(InputError) as caught:
        read_all(city(at(500), ["a"], to="older"), folder)
    assert "layers/places.toml: inside.to: layers/districts.gpkg has no column 'older'" in str(
        caught.value
    )


def test_a_row_on_the_edge_is_in_both(city, folder):
    source = read_all(city(at(1000, 1000), ["Suba", "Engativá"]), folder)["places"]
    assert len(source.elsewhere) == 0


def test_lines_and_polygons_are_looked_at_by_a_point_inside(city, folder):
    ways = [
        LineString([(WEST + x, SOUTH + 500), (WEST + x + 300, SOUTH + 500)]) for x in (100, 900)
    ]
    source = read_all(city(ways, ["Engativá", "Engativá"], kind="lines"), folder)["places"]
    assert source.elsewhere.index.tolist() == ["p1"]
    yards = [one.buffer(10) for one in ways]
    source = read_all(city(yards, ["Engativá", "Engativá"], kind="polygons"), folder)["places"]
    assert source.elsewhere.index.tolist() == ["p1"]


@pytest.mark.parametrize(
    ("inside", "sentence"),
    [
        ({"layer": "district"}, "inside.layer: no layer 'district'; did you mean 'districts'?"),
        ({"layer": "places"}, "inside.layer: it is the layer itself; name another layer"),
        ({"column": "distritc"}, "inside.column: layers/places.gpkg has no column 'distritc'"),
    ],
)
def test_what_names_nothing_is_refused(city, folder, inside, sentence):
    with pytest.raises(InputError) as caught:
        read_all(city(at(500), ["Suba"], **inside), folder)
    assert sentence in str(caught.value)


def test_layers_that_wait_for_each_other(city, folder):
    layers = city(at(500), ["Suba"])
    back = {"layer": "places", "column": "name"}
    districts = layers["districts"].model_copy(
        update={"inside": type(layers["places"].inside)(**back)}
    )
    with pytest.raises(InputError, match=r"inside.layer: it has points"):
        read_all({**layers, "districts": districts}, folder)
    yards = city([one.buffer(5) for one in at(500)], ["Suba"], kind="polygons")
    with pytest.raises(InputError) as caught:
        read_all({**yards, "districts": districts}, folder)
    assert "wait for each other in a circle: places → districts → places" in str(caught.value)


def test_a_layer_that_is_read_alone_is_not_held_against_anything(city, folder):
    source = read(city(at(500), ["Suba"])["places"], folder)
    assert source.elsewhere is None
    assert source.table.columns.tolist() == ["label", "geometry"]


def test_rows_in_another_country_are_flagged_and_stay(folder, layer, write):
    rows = "".join(f"{n},{-74 + n / 1000},{4.6 + n / 1000}\n" for n in range(20))
    name = write("p.csv", f"n,lon,lat\n{rows}far,14.5,40.7\nnear,-74.1,4.6\n")
    source = read(layer(name, "points", id="n"), folder)
    assert len(source.table) == 22
    assert said(source) == (
        "layers/things: 1 of 22 rows flagged: they lie 9,553 km from the middle of the "
        "layer, far from all others: are their coordinates right? (for example far (9,553 km))"
    )


def test_far_off_needs_rows_enough_and_most_of_them_together():
    lon = np.array([0.0] * 9 + [50.0])
    assert far_off(lon[1:], lon[1:] * 0).max() == 0
    assert far_off(lon, lon * 0)[-1] > 5e6
    assert far_off(np.array([0.0] * 9 + [50.0] * 3), np.zeros(12)).max() == 0


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=40))
def test_never_more_than_a_fifth_is_far_off(points):
    lon, lat = np.array(points).reshape(-1, 2).T
    found = far_off(lon, lat)
    assert (found >= 0).all()
    assert (found > 0).sum() <= 0.2 * len(points)
