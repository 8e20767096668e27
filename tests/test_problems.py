"""A scenario held against its layers: each mismatch is one sentence with what to do."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest

from siteplanner import InputError, problems
from siteplanner.model import Column, Join, Layer, Scenario
from siteplanner.sites import Candidates

COLUMNS = {
    "people": Column(kind="count"),
    "children": Column(kind="count"),
    "stratum": Column(kind="value"),
    "poor": Column(kind="rate", of="people"),
    "use": Column(kind="category"),
}


def layer(name: str, kind: str, **more) -> Layer:
    return Layer(name=name, title=name, source=f"{name}.x", kind=kind, **more)


LAYERS = {
    one.name: one
    for one in (
        layer("town", "polygons"),
        layer("units", "polygons", columns=COLUMNS),
        layer("streets", "network"),
        layer("buildings", "polygons", columns={"use": COLUMNS["use"]}),
        layer("schools", "points"),
        layer("census", "table", join=Join(layer="units", key="k"), columns=COLUMNS),
        layer("phase", "polygons"),
        layer("pop", "raster", columns={"n": Column(kind="count", **{"from": "1"})}),
        layer("dem", "raster", columns={"height": Column(**{"from": "1"})}),
    )
}
POVERTY = {"layer": "units", "column": "stratum", "measure": "mean", "zero_at": 4, "full_at": 1}
NEAREST = {"layer": "schools", "measure": "nearest", "zero_at": 900, "full_at": 100}
SCALE = {"zero_at": 0, "full_at": 1}
OFF = {"status": "no data"}


def exclusion(**keys) -> dict:
    return {"sites.exclude": {"a": keys}}


GOOD = {
    "name": "s",
    "title": "S",
    "area": "town",
    "demand": {"hexagons_m": 200, "people": "census.people", "groups": ["census.children"]},
    "need": {"poverty": POVERTY},
    "walk": {"network": "streets", "limit_m": 500},
    "sites": {"layer": "buildings", "where": {"use": ["public"]}},
    "site": {"reach": {"measure": "need_reached", "zero_at": 0, "full_at": 9}},
    "choice": {"count": 2, "existing": "schools"},
}


def found(changes: dict) -> list[str]:
    """Give the problems of the good scenario with ``{"need.poverty.layer": …}`` changed."""
    data = {**GOOD}
    for path, value in changes.items():
        *tables, key = path.split(".")
        here = data
        for table in tables:
            here[table] = dict(here[table])
            here = here[table]
        here[key] = value
    return [str(one) for one in problems.find(Scenario.model_validate(data), LAYERS)]


def test_a_good_scenario_has_none():
    assert found({}) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"area": "twon"}, "area: no layer 'twon'; did you mean 'town'?"),
        ({"area": "schools"}, "area: layer 'schools' has points; name a layer of polygons"),
        ({"demand.people": "census"}, "demand.people: found 'census'; write layer.column"),
        (
            {"demand.people": "census.peple"},
            "layer 'census' declares no column 'peple'; did you mean 'people'?",
        ),
        (
            {"demand.people": "census.stratum"},
            "column 'census.stratum' is a value; name a column that is a count",
        ),
        (
            {"demand.people": "streets.people"},
            "layer 'streets' has lines; name a layer of points or polygons or raster",
        ),
        (
            {"need.poverty.column": "people"},
            "need.poverty.column: column 'units.people' is a count; name a column that is a rate",
        ),
        ({"need.poverty.column": None}, "need.poverty: 'mean' needs a column"),
        ({"need.poverty.layer": ()}, "need.poverty: it names no layer"),
        ({"need.poverty.layer": ("units", "census")}, "'mean' takes one layer, found 2; name one"),
        ({"need.poverty.weight": 0}, "need: the weights sum to 0; give at least one a weight"),
        ({"need.poverty.status": "no data"}, "need: no criterion has data; give at least one"),
        ({"need.poverty.measure": "need_reached"}, "need cannot measure need; use it under"),
        ({"need.poverty.group": "census.poor"}, "no group 'census.poor' in [demand]"),
        (
            {"need.poverty.measure": "share", "need.poverty.column": "children"},
            "need.poverty: a share of a count needs the whole; add of",
        ),
        (
            {"need.poverty.measure": "balance", "need.poverty.column": None},
            "'balance' needs the supply that a person should have",
        ),
        ({"walk.profile": "adlt"}, "walk.profile: no profile 'adlt'; did you mean 'adult'?"),
        ({"walk.network": "schools"}, "layer 'schools' has points; name a layer of lines or net"),
        ({"sites.layer": ("streets",)}, "layer 'streets' has lines; name a layer of points or"),
        (
            {"sites.where": {"usage": ["x"]}},
            "sites.where.usage: layer 'buildings' declares no column 'usage'; did you mean 'use'?",
        ),
        (
            {"sites.where": {}, "sites.layer": ("schools",), "sites.exclude": {"a": {"where": {}}}},
            "sites.exclude.a: it rules nothing out; add a layer, where or column",
        ),
        (
            {"sites.exclude": {"steep": {"layer": "dem", "column": "heigth", "above": 3}}},
            "declares no column 'heigth'; did you mean 'height'?",
        ),
        ({"choice.existing": "school"}, "choice.existing: no layer 'school'; did you mean"),
        ({"outcomes": {"by": ["schools"]}}, "outcomes.by: layer 'schools' has points"),
        (
            {"site.reach": {"layer": "cells", "column": "census.children", "measure": "sum",
                            "zero_at": 0, "full_at": 1, "where": {"zone": ["a"]}}},
            "site.reach.where.zone: the cells have no column 'zone'",
        ),
        ({"need": {}}, "need: it has no criterion; add one: [need.<name>]"),
        ({"need.care": {"criteria": {}}}, "need.care: the group has no criterion; add one: [need."),
        (
            {"need.a": {"criteria": {"x": OFF}}, "need.b": {"criteria": {"x": OFF}}},
            "need: 2 criteria are called 'x': need.a.criteria.x and need.b.criteria.x; give each",
        ),
        (
            {"need.care": {"criteria": {"x": {**POVERTY, "column": "stratums"}}}},
            "need.care.criteria.x.column: layer 'units' declares no column 'stratums'",
        ),
        ({"site.reach.layer": "schools"}, "site.reach.layer: 'need_reached' reads people and need"),
        ({"need.poverty.by": "walk_m"}, "need.poverty.by: 'mean' does not use it; delete the key"),
        ({"need.poverty.of": "people"}, "of: 'mean' does not use it; delete the key: it is for co"),
        ({"need.poverty.per_head": 3}, "need.poverty.per_head: 'mean' does not use it; delete"),
        ({"need.poverty.limit_m": 3}, "need.poverty.limit_m: the criterion does not walk; delete"),
        ({"need.poverty.limit_min": 3}, "poverty.limit_min: the criterion does not walk; delete"),
        (
            {"need.near": {**NEAREST, "by": "straight_m", "limit_min": 3}},
            "need.near.limit_min: the criterion does not walk",
        ),
        ({"need.near": {**NEAREST, "within": "place"}}, "'nearest' always looks around the place"),
        ({"need.near": {**NEAREST, "column": "x"}}, "need.near.column: 'nearest' does not use it"),
        (
            {"need.near": {**NEAREST, "measure": "count", "of": "foo.bar"}},
            "need.near.of: found 'foo.bar'; known are: cells.census.children, cells.people",
        ),
        (
            {"need.poverty.measure": "share", "need.poverty.column": "poor",
             "need.poverty.of": "people"},
            "need.poverty.of: 'units.poor' is a share already; delete the key",
        ),
        (
            {"need.x": {**POVERTY, "layer": "cells", "column": "people", "measure": "share"}},
            "need.x: a share of a count needs the whole; add of",
        ),
        (
            {"need.x": {**POVERTY, "layer": "pop", "column": "n", "measure": "share", "of": "n"}},
            "need.x.layer: a share of two counts cannot be read from a raster",
        ),
        (
            {"need.x": {**POVERTY, "layer": "dem", "column": "height", "where": {"a": ["b"]}}},
            "need.x.where: layer 'dem' is a raster: it has no rows; delete it",
        ),
        (
            {"need.x": {**NEAREST, "layer": ["schools", "buildings"], "measure": "kinds",
                        "column": "use"}},
            "need.x.column: kinds of several layers are the layers themselves",
        ),
        ({"site.reach.group": "census.children"}, "site.reach.group: a group is for need only"),
        (
            {"need.poverty.group": "census.children", "index": {"need": "geometric"}},
            "need.poverty.group: a group needs scores that add up, but [index] need is geometric",
        ),
        ({"walk.plateau_m": 3}, "walk.plateau_m: decay is none, which has no plateau; delete"),
        (
            {"site.x": {"measure": "frank_2010", "zero_at": 0, "full_at": 1}},
            "site.x.parts: 'frank_2010' needs intersections; add parts",
        ),
        (
            {"site.x": {"measure": "epa_walkability", "zero_at": 0, "full_at": 1,
                        "parts": {"transit": "reach"}}},
            "site.x.parts.transit: 'epa_walkability' has no such part; did you mean 'transit_m'?",
        ),
        (
            {"site.x": {"measure": "frank_2010", "zero_at": 0, "full_at": 1,
                        "parts": {"intersections": "reech"}}},
            "site.x.parts.intersections: no criterion 'reech' beside this one; did you mean",
        ),
        (
            {"site.off": OFF, "site.x": {"measure": "frank_2010", "zero_at": 0, "full_at": 1,
                                         "parts": {"land_use_mix": "off"}}},
            "site.x.parts.land_use_mix: 'off' is no data; name a criterion with data",
        ),
        (
            {"site.x": {"measure": "intersections", "layer": "units", "zero_at": 0, "full_at": 1}},
            "site.x.layer: 'intersections' reads the streets of [walk], no layer; delete the key",
        ),
        (
            {"walk": {"limit_m": 500},
             "site.x": {"measure": "street_length", "zero_at": 0, "full_at": 1}},
            "site.x: 'street_length' measures streets, but [walk] names no network; add network",
        ),
        (
            {"walk": {"limit_m": 500},
             "site.x": {"measure": "block_size", "zero_at": 0, "full_at": 1}},
            "add network under [walk], or name a layer of blocks",
        ),
        (
            {"site.x": {"measure": "mix", "layer": "units", "column": "people",
                        "zero_at": 0, "full_at": 1}},
            "site.x.column: column 'units.people' is a count; name a column that is a category",
        ),
        (
            {"site.x": {"measure": "block_size", "layer": "schools", "zero_at": 0, "full_at": 1}},
            "site.x.layer: layer 'schools' has points; name a layer of polygons",
        ),
        (
            {"site.x": {"measure": "mix", "layer": "units", "column": "use", "within": "place",
                        "limit_m": 50, "zero_at": 0, "full_at": 1}},
            "site.x.limit_m: the criterion does not walk; delete the key",
        ),
        (
            {"need.poverty.parts": {"intersections": "reach"}},
            "need.poverty.parts: 'mean' does not use it; delete the key",
        ),
        ({"choice.model": "top", "choice.spacing_m": 3}, "spacing_m: model is top, which does"),
        ({"choice.fixed": ["a"], "choice.barred": ["a"]}, "choice.fixed: 'a' is barred as well"),
        ({"choice.fixed": ["a", "b", "c"]}, "3 sites are fixed, but the first phase has 2; fix fe"),
        (
            {"choice.existing": None, "choice.existing_where": {"a": ["b"]}},
            "choice.existing_where: there are no existing places; name their layer",
        ),
        ({"outcomes": {"by": ["phase"]}}, "people are told by 'phase' already; rename layers/ph"),
        ({"sites.layer": (), "sites.grid_m": 9}, "sites.where: points of a grid have no columns"),
        (exclusion(layer="dem"), "sites.exclude.a: there is no number to compare with; add above"),
        (exclusion(layer="dem", above=1, slope_above_percent=2), "above_percent are two rules"),
        (exclusion(layer="dem", above=0, within_m=2), "exclude.a.within_m: 'dem' is a raster"),
        (exclusion(layer="dem", above=0, min_share=0.2), "a.min_share: 'dem' is a raster; delete"),
        (exclusion(layer="dem", above=0, where={"x": ["y"]}), "a.where: layer 'dem' is a raster"),
        (exclusion(layer="units", above=0), "a.above: 'units' has polygons, which a site touches"),
        (exclusion(layer="units", slope_above_percent=0), "a.slope_above_percent: 'units' has p"),
        (exclusion(layer="units", column="stratum"), "'units' has polygons, no numbers on the gro"),
        (exclusion(column="use"), "sites.exclude.a: there is no number to compare with; add above"),
        (exclusion(where={"use": ["x"]}, below=0), "'below' needs the column that it is abou"),
        (exclusion(where={"use": ["x"]}, within_m=2), "a.within_m: it is about a layer, and there"),
        (exclusion(column="use", above=2), "column 'buildings.use' is a category; name a column"),
    ],
)  # fmt: skip
def test_each_mismatch_has_its_sentence(changes, sentence):
    sentences = found(changes)
    assert any(sentence in one for one in sentences), sentences
    assert all(one.startswith("scenarios/s.toml: ") for one in sentences)


@pytest.mark.parametrize(
    "changes",
    [
        {"need.care": {"criteria": {"x": OFF}}},
        {"need.care": {"criteria": {"x": {"criteria": {"y": OFF}}, "z": OFF}}},
        {"need.near": {**NEAREST, "measure": "count", "of": "cells.census.children"}},
        {"need.near": {**NEAREST, "by": "straight_m", "limit_m": 500}},
        {"need.poverty.within": "walk", "need.poverty.limit_m": 300},
        {"need.poverty.group": "census.children"},
        {"choice.fixed": ["a", "b"]},
        {"walk.decay": "plateau", "walk.plateau_m": 100},
        exclusion(layer="dem", above=0),
        exclusion(layer="units", within_m=3, min_share=0.1),
        {"site.x": {"measure": "intersections", "limit_m": 900, "zero_at": 0, "full_at": 9}},
        {"site.x": {"measure": "block_size", "within": "place", "zero_at": 9, "full_at": 1}},
        {"need.x": {"measure": "mix", "layer": "units", "column": "use", **SCALE}},
        {
            "site.reach.weight": 1,
            "site.x": {
                "measure": "frank_2010", "zero_at": -4, "full_at": 4,
                "parts": {
                    "intersections": "reach", "residential_density": "reach",
                    "land_use_mix": "reach",
                },
            },
        },
    ],
)  # fmt: skip
def test_what_is_well_is_left_alone(changes):
    assert found(changes) == []


def test_a_group_without_data_has_no_weight():
    changes = {"need.care": {"weight": 3, "criteria": {"x": OFF}}, "need.poverty.weight": 0}
    assert found(changes) == [
        "scenarios/s.toml: need: the weights sum to 0; give at least one a weight above 0"
    ]
    changes = {"need": {"care": {"criteria": {"x": OFF}}}}
    assert found(changes) == [
        "scenarios/s.toml: need: no criterion has data; give at least one a layer"
    ]


def candidates() -> Candidates:
    points = gpd.GeoSeries.from_xy(range(4), range(4), crs=32618)
    table = gpd.GeoDataFrame({"label": ["Hall", "Hall", "Depot", "Barn"]}, geometry=points)
    table.index = pd.Index(["a", "b", "c", "d"], name="site")
    return Candidates(table.iloc[:3], table.iloc[3:].assign(reason="too small"), ())


def test_sites_are_named_by_id_or_by_a_name_of_their_own():
    wanted = {**GOOD, "choice": {"count": 2, "fixed": ["Depot"], "barred": ["a"]}}
    choice = problems.by_id(Scenario.model_validate(wanted), candidates())
    assert (choice.fixed, choice.barred) == (("c",), ("a",))


def test_sites_that_cannot_be_named():
    wanted = {**GOOD, "choice": {"count": 2, "fixed": ["d", "Hall"], "barred": ["e"]}}
    with pytest.raises(InputError) as caught:
        problems.by_id(Scenario.model_validate(wanted), candidates())
    said = [str(one).removeprefix("scenarios/s.toml: ") for one in caught.value.problems]
    assert said == [
        "choice.fixed: 'd' is ruled out: too small; change that rule, or take the site off the list",  # noqa: E501
        "choice.fixed: no site 'Hall'; known are: Depot, a, b, c",
        "choice.barred: no site 'e'; known are: Depot, a, b, c",
    ]


def test_all_come_at_once():
    assert len(found({"area": "x", "walk.profile": "y", "choice.existing": "z"})) == 3


def test_a_map_of_need_cannot_walk():
    changes = {
        "walk": None, "sites": None, "site": {}, "choice": {},
        "need.poverty": {"layer": "schools", "measure": "nearest", "zero_at": 1, "full_at": 0},
    }  # fmt: skip
    sentence = "scenarios/s.toml: need.poverty: 'nearest' walks, but there is no [walk]; add [walk]"
    assert found(changes) == [sentence]
