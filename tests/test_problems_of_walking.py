"""What is wrong with ``[walk]``: slopes, penalties and barriers held against the layers."""

from __future__ import annotations

import geopandas as gpd
import pytest

from siteplanner import InputError, problems
from siteplanner.model import Column, Layer, Scenario, read_scenario
from siteplanner.sources import Source
from siteplanner.sources.asked import asked_in_vain


def layer(name: str, kind: str, **columns) -> Layer:
    return Layer(name=name, title=name, source=f"{name}.x", kind=kind, columns=columns)


LAYERS = {
    one.name: one
    for one in (
        layer("town", "polygons", people=Column(kind="count"), use=Column(kind="category")),
        layer("streets", "network"),
        layer("lanes", "lines", light=Column(kind="category")),
        layer("lamps", "points"),
        layer("railway", "lines"),
        layer("dem", "raster", height=Column(**{"from": "1"})),
        layer("pop", "raster", n=Column(kind="count", **{"from": "1"}), m=Column(**{"from": "2"})),
    )
}


def scenario(**walk) -> Scenario:
    return Scenario.model_validate({
        "name": "s", "title": "S", "area": "town",
        "demand": {"cells": "town", "people": "town.people"},
        "need": {"a": {"layer": "town", "column": "people", "measure": "sum", "within": "place",
                       "zero_at": 0, "full_at": 1}},
        "walk": {"network": "streets", "limit_m": 500, **walk},
    })  # fmt: skip


def found(**walk) -> list[str]:
    return [str(one) for one in problems.find(scenario(**walk), LAYERS)]


def penalty(**keys) -> dict:
    return {"penalties": {"a": {"factor": 2, **keys}}}


@pytest.mark.parametrize(
    ("walk", "sentence"),
    [
        ({"elevation": "demm"}, "walk.elevation: no layer 'demm'; did you mean 'dem'?"),
        ({"elevation": "town"}, "elevation: layer 'town' has polygons; name a layer of raster"),
        ({"elevation": "pop"}, "layer 'pop' declares 2 columns; name a raster that declares hei"),
        ({"steepest_percent": 8}, "walk.steepest_percent: slopes are not known; name a raster of"),
        ({"network": None, "elevation": "dem"}, "walk.elevation: there are no streets, so nothin"),
        ({"network": None, "barriers": "railway"}, "walk.barriers: there are no streets, so noth"),
        ({"network": None, **penalty(layer="town")}, "walk.penalties: there are no streets, so n"),
        ({"barriers": "lamps"}, "walk.barriers: layer 'lamps' has points; name a layer of lines "),
        ({"barriers": ["railway", "x"]}, "walk.barriers: no layer 'x'"),
        ({"barriers": "streets"}, "walk.barriers: 'streets' is the network itself"),
        (penalty(layer="twon"), "walk.penalties.a.layer: no layer 'twon'; did you mean 'town'?"),
        (penalty(layer="dem"), "penalties.a.layer: layer 'dem' has raster; name a layer of lines"),
        (penalty(layer="lamps"), "a: 'lamps' has points, and no street lies inside them; say how"),
        (penalty(layer="town", where={"uses": ["x"]}), "declares no column 'uses'; did you mean "),
        (penalty(where={"lid": ["no"]}), "a.where.lid: streets of a network have no column 'lid'"),
        (penalty(where={"lit": ["no"]}, within_m=3), "a.within_m: it is about a layer, and there"),
        (
            {"network": "lanes", **penalty(where={"lights": ["no"]})},
            "a.where.lights: layer 'lanes' declares no column 'lights'; did you mean 'light'?",
        ),
        ({"penalties": {"slope": {"layer": "town", "factor": 2}}}, "walk is called 'slope'; give"),
    ],
)
def test_each_mismatch_has_its_sentence(walk, sentence):
    sentences = found(**walk)
    assert any(sentence in one for one in sentences), sentences
    assert all(one.startswith("scenarios/s.toml: ") for one in sentences)


@pytest.mark.parametrize(
    "walk",
    [
        {"elevation": "dem", "steepest_percent": 8},
        {"barriers": ["railway", "town"]},
        penalty(where={"lit": ["no"], "highway": ["path"]}),
        penalty(layer="lamps", within_m=20),
        penalty(layer="town", where={"use": ["x"]}),
        {"network": "lanes", **penalty(where={"light": ["no"]})},
    ],
)
def test_what_is_well_is_left_alone(walk):
    assert found(**walk) == []


def test_every_layer_of_a_walk_is_read():
    wanted = scenario(elevation="dem", barriers=["railway"], **penalty(layer="lamps", within_m=9))
    assert wanted.layer_names() == ("dem", "lamps", "railway", "streets", "town")
    assert wanted.walk.layers == ("streets", "dem", "railway", "lamps")


def test_words_that_no_street_has_are_told():
    streets = gpd.GeoDataFrame({"lit": ["yes", "no", None]}, geometry=gpd.GeoSeries([None] * 3))
    zones = gpd.GeoDataFrame({"use": ["bar"]}, geometry=gpd.GeoSeries([None]))
    sources = {
        name: Source(LAYERS[name], table, None, (), "")
        for name, table in (("streets", streets), ("town", zones))
    }
    penalties = {
        "unlit": {"factor": 2, "where": {"lit": ["no", "none"]}},
        "bars": {"factor": 2, "layer": "town", "where": {"use": ["bars"]}},
    }
    said = [str(one) for one in asked_in_vain(scenario(penalties=penalties), sources)]
    assert said == [
        "scenarios/s.toml: walk.penalties.unlit.where.lit: no row of streets has lit = 'none'; "
        "did you mean 'no'?",
        "scenarios/s.toml: walk.penalties.bars.where.use: no row of town has use = 'bars'; "
        "did you mean 'bar'?",
    ]


def test_unknown_keys_of_a_penalty_are_told(tmp_path):
    folder = tmp_path / "scenarios"
    folder.mkdir()
    (folder / "s.toml").write_text(
        'title = "S"\narea = "town"\n[demand]\ncells = "town"\npeople = "town.people"\n'
        "[need]\n[walk]\nlimit_m = 9\n"
        '[walk.penalties.main]\nlayer = "town"\nfactor = 2\ncrosing_s = 3\n'
    )
    with pytest.raises(InputError) as caught:
        read_scenario(folder / "s.toml")
    assert [str(one) for one in caught.value.problems] == [
        "scenarios/s.toml: walk.penalties.main.crosing_s: unknown key; did you mean 'crossing_s'?"
    ]
