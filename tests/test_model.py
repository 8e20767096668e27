"""The file boundary: every problem of a file at once, each as one sentence."""

from __future__ import annotations

import json

import pytest

from siteplanner.errors import InputError
from siteplanner.model import Layer, Scenario, json_schema, read_layer, read_scenario

LAYER = """
title = "Planning units"
source = "units.geojson"
kind = "polygons"
[columns.people]
kind = "count"
"""
SCENARIO = """
title = "Parks"
area = "city"
[demand]
hexagons_m = 200
people = "census.residents"
[need.poverty]
layer = "units"
column = "stratum"
measure = "mean"
zero_at = 4
full_at = 1
[walk]
network = "streets"
limit_m = 500
[sites]
layer = "lots"
[site.reach]
measure = "need_reached"
zero_at = 0
full_at = 3000
[choice]
count = [5, 10]
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "layers").mkdir()
    (tmp_path / "scenarios").mkdir()
    return tmp_path


def layer(project, text):
    path = project / "layers" / "units.toml"
    path.write_text(text, encoding="utf-8")
    return read_layer(path)


def scenario(project, text, name="parks"):
    path = project / "scenarios" / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return read_scenario(path)


def problems(read, *arguments):
    with pytest.raises(InputError) as caught:
        read(*arguments)
    return [str(problem) for problem in caught.value.problems]


def test_a_file_takes_its_name_from_itself(project):
    assert layer(project, LAYER).name == "units"
    assert scenario(project, SCENARIO).name == "parks"


def test_one_number_is_a_list_of_one(project):
    found = scenario(project, SCENARIO.replace("[5, 10]", "7"))
    assert found.choice.count == (7,)
    assert found.sites.layer == ("lots",)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("zero_at = 4", "zero_at = 1", "need.poverty: zero_at and full_at are both 1; give two"),
        ("zero_at = 4", "", "need.poverty: found no zero_at or full_at; a linear score needs both"),
        ("full_at = 1", "full_at = 1\nweight = -1", "need.poverty.weight: found -1; write a"),
        ("full_at = 1", "full_at = 1\nweihgt = 2", "unknown key; did you mean 'weight'?"),
        ("[5, 10]", "[10, 5]", "choice.count: found [10, 5]; give whole numbers from 1 up"),
        ("[5, 10]", "[0, 5]", "choice.count: found [0, 5]; give whole numbers from 1 up"),
        ("hexagons_m = 200", "", "demand: found none of them; give exactly one of cells"),
        ("limit_m = 500", "", "walk: found no limit; give limit_m, limit_min or both"),
        ("limit_m = 500", "limit_m = 0", "walk.limit_m: found 0; input should be greater than 0"),
        ('layer = "lots"', "", "sites: give exactly one of layer, grid_m; mend it"),
        ("count = [5, 10]", "", "found [sites], but no [choice] count; add it"),
        ('area = "city"', "", "area: the key is missing; add it"),
        ("= \"mean\"", "= \"average\"", "need.poverty.measure: found 'average'; write 'value', "),
        ("[walk]", "[walk]\ndecay = \"plateau\"", "walk: decay is plateau; give plateau_m and"),
        ("[5, 10]", "3\nmodel = \"spaced\"", "choice: model is spaced; give spacing_m"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_sentence(project, old, new, sentence):
    found = problems(scenario, project, SCENARIO.replace(old, new))
    assert len(found) == 1
    assert found[0].startswith("scenarios/parks.toml")
    assert sentence in found[0]


def test_all_problems_of_a_file_come_at_once(project):
    text = SCENARIO.replace("zero_at = 4", "zero_at = 1\nweight = -1").replace("area", "aera", 1)
    found = "\n".join(problems(scenario, project, text))
    assert "aera: unknown key; did you mean 'area'?" in found
    assert "weight: found -1" in found
    assert "zero_at and full_at are both 1" in found


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"title = ", "layers/units.toml: not TOML: "),
        (b"title = '\xff'", "layers/units.toml: byte 9 is not UTF-8; save the file as UTF-8"),
        (b"", "layers/units.toml: title: the key is missing; add it"),
        (b"name = 'x'", "layers/units.toml: name: found 'x'; delete the key"),
    ],
)
def test_a_broken_file_is_named(project, content, sentence):
    path = project / "layers" / "units.toml"
    path.write_bytes(content)
    assert sentence in "\n".join(problems(read_layer, path))


def test_a_byte_order_mark_is_no_problem(project):
    assert layer(project, "\ufeff" + LAYER).title == "Planning units"


def test_a_missing_file_offers_the_nearest(project):
    layer(project, LAYER)
    found = problems(read_layer, project / "layers" / "unit.toml")
    assert found == ["layers/unit.toml: no such file; did you mean 'units'?"]


def test_extends_changes_only_what_it_says(project):
    scenario(project, SCENARIO)
    text = 'extends = "parks"\ntitle = "Far"\n[walk]\nlimit_m = 900\n[need.poverty]\nweight = 3\n'
    far = scenario(project, text, name="far")
    assert (far.name, far.title, far.walk.limit_m, far.walk.network) == (
        "far", "Far", 900, "streets",
    )  # fmt: skip
    assert far.need["poverty"].weight == 3
    assert far.need["poverty"].zero_at == 4


def test_extends_goes_one_level(project):
    scenario(project, SCENARIO)
    scenario(project, 'extends = "parks"', name="b")
    found = problems(scenario, project, 'extends = "b"', "c")
    assert found == [
        "scenarios/c.toml: extends: 'b' itself extends 'parks'; extend that one: "
        "only one level is allowed"
    ]
    found = problems(scenario, project, 'extends = "park"', "c")
    assert "no scenario 'park'; did you mean 'parks'?" in found[0]


def test_groups_nest(project):
    text = SCENARIO + (
        "[need.care]\nweight = 2\n[need.care.criteria.children]\nlayer = 'units'\n"
        "column = 'c'\nzero_at = 0\nfull_at = 1\n"
    )
    names = [name for _, name, _ in scenario(project, text).criteria()]
    assert names == ["poverty", "children", "reach"]
    broken = text.replace("column = 'c'", "colunm = 'c'")
    found = problems(scenario, project, broken)
    assert found[0].endswith(
        "need.care.criteria.children.colunm: unknown key; did you mean 'column'?"
    )


def test_a_map_of_need_has_no_sites(project):
    found = scenario(project, SCENARIO.partition("[walk]")[0])
    assert found.sites is None
    assert found.layer_names() == ("census", "city", "units")


@pytest.mark.parametrize("kind", [Layer, Scenario])
def test_the_schema_explains_every_key(kind):
    schema = json_schema(kind)
    assert "name" not in schema["properties"]
    tables = [schema, *schema["$defs"].values()]
    for table in tables:
        for key, found in table.get("properties", {}).items():
            assert found.get("description") or "$ref" in json.dumps(found), key
