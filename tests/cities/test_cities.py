"""The real cities' projects: their files fit together, and none of the data is in here."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from siteplanner import problems
from siteplanner.model import read_layer, read_scenario
from siteplanner.model.scenario import CELLS

CITIES = Path(__file__).parent
NAMES = ("bogota", "helsinki", "sao_paulo")
OWN = {"helsinki/layers/centre.geojson"}  # drawn by hand for the trial
TEXT = {".toml", ".md"}


def layers_of(city):
    return {
        path.stem: read_layer(path) for path in sorted((CITIES / city / "layers").glob("*.toml"))
    }


def scenarios_of(city):
    return [read_scenario(path) for path in sorted((CITIES / city / "scenarios").glob("*.toml"))]


@pytest.mark.parametrize("city", NAMES)
def test_scenarios_fit_the_layers(city):
    found = [
        one for scenario in scenarios_of(city) for one in problems.find(scenario, layers_of(city))
    ]
    assert found == []


@pytest.mark.parametrize("city", NAMES)
def test_every_layer_is_used_and_says_whose_it_is(city):
    layers = layers_of(city)
    scenarios = scenarios_of(city)
    used = {name for scenario in scenarios for name in scenario.layer_names()}
    used |= {
        name for one in scenarios for _, _, criterion in one.criteria() for name in criterion.layer
    }
    used |= {one.join.layer for one in layers.values() if one.join}
    assert set(layers) == used - {CELLS}
    for layer in layers.values():
        assert layer.licence, layer.name
        assert layer.attribution, layer.name


@pytest.mark.parametrize("city", NAMES)
def test_every_criterion_says_where_its_weight_comes_from(city):
    for scenario in scenarios_of(city):
        for level, name, criterion in scenario.criteria():
            assert "reference" in criterion.model_fields_set, f"{scenario.name}: {level}.{name}"


def test_no_data_is_copied_into_the_project():
    for city in NAMES:
        for path in sorted((CITIES / city).rglob("*")):
            inside = path.relative_to(CITIES).as_posix()
            if path.is_dir() or f"{city}/maps/" in inside or f"{city}/.cache/" in inside:
                continue
            assert path.suffix in TEXT or inside in OWN, inside
    for path in CITIES.glob("*/layers/*.toml"):
        source = tomllib.loads(path.read_text(encoding="utf-8"))["source"]
        own = f"{path.parents[1].name}/layers/{source}" in OWN
        assert source.startswith("${SITEPLANNER_DATA}/") or own, path


def test_the_inverted_column_of_bogota_is_not_declared():
    columns = layers_of("bogota")["accessible_schools"].columns
    assert all(column.source != "sector" for column in columns.values())


def test_one_programme_of_each_kind_for_bogota_and_a_map_of_need():
    scenarios = {scenario.name: scenario for scenario in scenarios_of("bogota")}
    assert {"care_blocks", "city_need", "community_hubs", "micro_parks"} <= set(scenarios)
    assert scenarios["city_need"].sites is None
    assert scenarios["city_need"].need == scenarios["care_blocks"].need
