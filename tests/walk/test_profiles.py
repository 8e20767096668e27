from __future__ import annotations

from typing import Any

import pytest

from siteplanner.model import Criterion, Scenario, Walk
from siteplanner.walk import PROFILES, longest_m, profile_of


def scenario(**changes: Any) -> Scenario:
    base: dict[str, Any] = {
        "name": "s",
        "title": "S",
        "area": "city",
        "demand": {"hexagons_m": 200, "people": "census.residents"},
        "need": {"poor": {"layer": "u", "column": "c", "zero_at": 0, "full_at": 1}},
        "walk": {"network": "streets", "limit_m": 800, "limit_min": 20},
        "sites": {"layer": "lots"},
        "site": {"reach": {"measure": "need_reached", "zero_at": 0, "full_at": 3000}},
        "choice": {"count": 3},
        "outcomes": {"minutes": []},
    }
    return Scenario.model_validate({**base, **changes})


def test_speeds_are_the_published_ones() -> None:
    speeds = {name: one.speed_m_s for name, one in PROFILES.items()}
    assert speeds == {
        "adult": 1.34, "older_person": 0.76, "carer_with_child": 0.92, "wheelchair": 0.92,
    }  # fmt: skip
    assert [name for name, one in PROFILES.items() if not one.steps] == ["wheelchair"]
    assert all(one.reference for one in PROFILES.values())
    assert "assumption" in PROFILES["wheelchair"].reference


def test_half_a_mile_takes_an_adult_ten_minutes() -> None:
    assert PROFILES["adult"].speed_m_s * 600 == pytest.approx(1609.344 / 2, abs=1)


def test_a_mistyped_profile_is_offered_the_nearest_name() -> None:
    with pytest.raises(ValueError, match="no profile 'adlut'; did you mean 'adult'"):
        profile_of(Walk(network="streets", profile="adlut", limit_m=1))


def test_longest_walk_of_two_limits_is_the_one_that_holds_both() -> None:
    assert longest_m(scenario()) == 800
    older = {"network": "s", "profile": "older_person", "limit_m": 999, "limit_min": 20}
    assert longest_m(scenario(walk=older)) == pytest.approx(912)


def test_longest_walk_looks_at_outcomes_and_criteria() -> None:
    assert longest_m(scenario(outcomes={"minutes": [10, 15]})) == pytest.approx(15 * 60 * 1.34)
    near = {"layer": "bus", "measure": "nearest", "zero_at": 1500, "full_at": 0}
    assert longest_m(scenario(site={"bus": near})) == 1500
    assert longest_m(scenario(site={"bus": {**near, "limit_m": 900}})) == 900
    by_time = {**near, "by": "walk_min", "zero_at": 30}
    assert longest_m(scenario(site={"bus": by_time})) == pytest.approx(30 * 60 * 1.34)
    assert longest_m(scenario(site={"bus": {**near, "status": "no data"}})) == 800


def test_a_map_of_need_alone_looks_only_as_far_as_the_crow_flies() -> None:
    far = Criterion(layer="bus", measure="nearest", by="straight_m", zero_at=600, full_at=0)
    no_walk = scenario().model_copy(update={"walk": None, "need": {"bus": far}, "site": {}})
    assert longest_m(no_walk) == 600
    assert longest_m(no_walk.model_copy(update={"need": {}})) == 0
