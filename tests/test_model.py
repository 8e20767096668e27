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
        ("limit_m = 500", "limit_m = 0", "walk.limit_m: found 0; write a number above 0"),
        ('layer = "lots"', "", "sites: give exactly one of layer, grid_m; mend it"),
        ("count = [5, 10]", "", "found [sites], but no [choice] count; add it"),
        ('area = "city"', "", "area: the key is missing; add it"),
        ("= \"mean\"", "= \"average\"", "need.poverty.measure: found 'average'; write 'value', "),
        ("[walk]", "[walk]\ndecay = \"plateau\"", "walk: decay is plateau; give plateau_m and"),
        ("[5, 10]", "3\nmodel = \"spaced\"", "choice: model is spaced; give spacing_m"),
        ("zero_at = 4", "zero_at = nan", "need.poverty.zero_at: found nan; write an ordinary num"),
        ("full_at = 1", "full_at = inf", "need.poverty.full_at: found inf; write an ordinary num"),
        ("limit_m = 500", "limit_m = inf", "walk.limit_m: found inf; write an ordinary number"),
        ("zero_at = 4", "zero_at = 4\nweight = '2'", "weight: found '2'; write a number, without"),
        ("[5, 10]", "[5.5]", "choice.count.0: found 5.5; write a whole number, without quotes"),
        ("[5, 10]", "true", "choice.count.0: found true; write a whole number, without quotes"),
        ("[5, 10]", "5\nmin_index = 20", "found 20; write a number from 0 to 1 (0.2 for 20 of 1"),
        ("[5, 10]", "5\nfixed = ['a', 'a']", "choice.fixed: 'a' stands there twice; name each"),
        ("[5, 10]", "5\nfixed = [4]", 'choice.fixed.0: found 4; write it in quotes: "4"'),
        ('"lots"', "['lots', 'lots']", "sites.layer: 'lots' stands there twice; name each once"),
        ("= 200", "= 200\ngroups = ['c.a', 'c.a']", "demand.groups: 'c.a' stands there twice"),
        ("= 200", "= 1e300", "demand.hexagons_m: found 1e+300; write a number of at most 100000"),
        ('"lots"', "'lots'\nexclude.a = 'b'", "exclude.a: found 'b'; make it a table: [sites.exc"),
        ('"lots"', "'lots'\nexclude = 'b'", "make it a table: [sites.exclude.<name>]"),
        ('"lots"', "'lots'\nwhere = 'b'", "sites.where: found 'b'; write which column has which"),
        ('"lots"', "'lots'\nwhere.use = 'b'", "sites.where.use: found 'b'; make it a list: ['b']"),
        ('"lots"', "'lots'\nwhere.use = [{}]", "use.0: found a table; write text in quotes, a nu"),
        ('area = "city"', "area = ['city']", "area: found ['city']; write one text, in quotes"),
        ('area = "city"', "area = 2020-01-01", 'found 2020-01-01; write it in quotes: "2020'),
        ("[choice]", "[outcomes]\nminutes = [nan]\n[choice]", "outcomes.minutes.0: found nan"),
        ("[choice]", "[outcomes]\nminutes = [-1]\n[choice]", "found -1; write a number above 0"),
        ("[choice]", "[outcomes]\nminutes = [5, 5]\n[choice]", "minutes: 5.0 stands there twice"),
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
        (b"title = '\xff'", "layers/units.toml: line 1 is not UTF-8; save the file as UTF-8"),
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


def test_unset_takes_keys_out_of_what_is_extended(project):
    text = SCENARIO.replace("[site.reach]", "[sites.exclude.flood]\nlayer = 'flood'\n[site.reach]")
    scenario(project, text)
    text = (
        'extends = "parks"\nunset = ["demand.hexagons_m", "sites.exclude.flood", "need.poverty"]\n'
        "[demand]\nsquares_m = 100\n[need.poverty]\nstatus = 'no data'\n"
    )
    found = scenario(project, text, name="squares")
    assert (found.demand.hexagons_m, found.demand.squares_m) == (None, 100)
    assert found.sites.exclude == {}
    assert found.need["poverty"].layer == ()  # the whole table went before the new one came
    assert not hasattr(found, "unset")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('extends = "parks"\nunset = ["demand.cells"]', "has no 'demand.cells'; did you mean 'dem"),
        ('extends = "parks"\nunset = ["sties.layer"]', "has no 'sties.layer'; "),
        ('extends = "parks"\nunset = ["title.x"]', "the scenario it extends has no 'title.x'"),
        ('extends = "parks"\nunset = "demand"', "unset: it is no list of keys; write a list"),
        ('extends = "parks"\nunset = [3]', "unset: it is no list of keys; write a list of keys"),
        (SCENARIO.replace("[demand]", "unset = ['walk']\n[demand]"), "unset: there is no extends"),
        (SCENARIO.replace("area", "unest = []\narea"), "unknown key; did you mean 'unset'"),
    ],
)
def test_what_cannot_be_unset_is_said(project, text, sentence):
    scenario(project, SCENARIO)
    found = problems(scenario, project, text, "b")
    assert len(found) == 1
    assert sentence in found[0]


@pytest.mark.parametrize("name", ["../layers/town", "x" * 5000, "\\u0000", "", ".parks"])
def test_extends_names_a_scenario_of_this_folder(project, name):
    scenario(project, SCENARIO)
    (project / "scenarios" / ".parks.toml").write_bytes(b"\xff")
    found = problems(scenario, project, f'extends = "{name}"', "b")
    assert len(found) == 1
    assert "scenarios/b.toml: extends: no scenario '" in found[0]
    assert "parks" in found[0].rpartition("; ")[2]


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5000 + "]" * 5000,
        "a = " + "[" * 100 + "]" * 100,
        "[a" + ".a" * 5000 + "]",
        "a = " + "{a=" * 100 + "1" + "}" * 100,
    ],
)
def test_what_nests_too_deeply_is_refused(project, text):
    found = problems(scenario, project, text)
    assert found == ["scenarios/parks.toml: tables or lists are nested too deeply; make it flatter"]


def test_names_that_no_file_may_have(project):
    path = project / "layers" / "cells.toml"
    path.write_text(LAYER)
    assert "the name 'cells' is taken" in problems(read_layer, path)[0]
    found = problems(scenario, project, SCENARIO, "x" * 101)
    assert found[0].endswith("the file's name has 101 characters; use at most 100")


def test_a_bare_number_is_an_epsg_code(project):
    assert scenario(project, "crs = 32618\n" + SCENARIO).crs == "EPSG:32618"
    assert layer(project, "crs = 4326\n" + LAYER).crs == "EPSG:4326"


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        (
            "kind = 'rate'\nof = 'peple'",
            "'peple', which is no count of this layer; did you mean",
        ),
        (
            "kind = 'rate'\nof = 'poor'",
            "'poor', which is no count of this layer; known are: people",
        ),
        ("kind = 'value'\nof = 'people'", "column 'poor' is a value, but has of; delete of"),
    ],
)
def test_a_rate_is_of_a_count_of_its_layer(project, column, sentence):
    assert sentence in problems(layer, project, f"{LAYER}[columns.poor]\n{column}\n")[0]
    good = layer(project, LAYER + "[columns.poor]\nkind = 'rate'\nof = 'people'\n")
    assert good.columns["poor"].of == "people"


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("fictional = 'yes'", "fictional: found 'yes'; write true or false, without quotes"),
        ("year = '2020'", "year: found '2020'; write a whole number, without quotes"),
        ("nodata = nan", "nodata: found nan; write an ordinary number, or leave the key out"),
        ("coordinates = 'lon'", "coordinates: found 'lon'; make it a list: ['lon']"),
    ],
)
def test_a_layer_has_plain_values(project, key, sentence):
    assert problems(layer, project, f"{key}\n{LAYER}") == [f"layers/units.toml: {sentence}"]


def test_extends_goes_one_level(project):
    scenario(project, SCENARIO)
    scenario(project, 'extends = "parks"', name="b")
    found = problems(scenario, project, 'extends = "b"', "c")
    assert found == [
        "scenarios/c.toml: extends: 'b' itself extends 'parks'; extend 'parks': "
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


def test_the_schema_has_the_key_that_only_files_have():
    assert json_schema(Scenario)["properties"]["unset"]["type"] == "array"
    assert "unset" not in json_schema(Layer)["properties"]


@pytest.mark.parametrize("kind", [Layer, Scenario])
def test_the_schema_explains_every_key(kind):
    schema = json_schema(kind)
    assert "name" not in schema["properties"]
    tables = [schema, *schema["$defs"].values()]
    for table in tables:
        for key, found in table.get("properties", {}).items():
            assert found.get("description") or "$ref" in json.dumps(found), key
