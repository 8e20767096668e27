"""A scenario held against its layers: each mismatch is one sentence with what to do."""

from __future__ import annotations

import pytest

from siteplanner import problems
from siteplanner.model import Column, Join, Layer, Scenario

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
        layer("dem", "raster", columns={"height": Column(**{"from": "1"})}),
    )
}
GOOD = {
    "name": "s",
    "title": "S",
    "area": "town",
    "demand": {"hexagons_m": 200, "people": "census.people", "groups": ["census.children"]},
    "need": {
        "poverty": {
            "layer": "units",
            "column": "stratum",
            "measure": "mean",
            "zero_at": 4,
            "full_at": 1,
        }
    },
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
    ],
)  # fmt: skip
def test_each_mismatch_has_its_sentence(changes, sentence):
    sentences = found(changes)
    assert any(sentence in one for one in sentences), sentences
    assert all(one.startswith("scenarios/s.toml: ") for one in sentences)


def test_all_come_at_once():
    assert len(found({"area": "x", "walk.profile": "y", "choice.existing": "z"})) == 3


def test_a_map_of_need_cannot_walk():
    changes = {
        "walk": None, "sites": None, "site": {}, "choice": {},
        "need.poverty": {"layer": "schools", "measure": "nearest", "zero_at": 1, "full_at": 0},
    }  # fmt: skip
    sentence = "scenarios/s.toml: need.poverty: 'nearest' walks, but there is no [walk]; add [walk]"
    assert found(changes) == [sentence]
