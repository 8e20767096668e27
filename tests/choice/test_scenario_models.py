"""Every model a scenario can name, by eye: a street of five homes and three sites."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from siteplanner import choice
from siteplanner.model import Choice

# homes at 0, 1, 2, 3, 4 (hundred metres); sites at 0, 2, 4; a walk of 1 is a minute
HOMES, SITES = np.arange(5.0), np.array([0.0, 2.0, 4.0])
WALKS = np.abs(HOMES[:, None] - SITES)


def stored(values, kept):
    row, column = np.nonzero(kept)
    return sparse.csr_array((values[row, column], (row, column)), shape=values.shape)


REACH = stored(np.ones((5, 3)), WALKS <= 1)
MINUTES = stored(WALKS, WALKS <= 3)
PEOPLE = np.array([10.0, 20.0, 30.0, 5.0, 5.0])


def choose(rule: dict, *, served=None, **ground):
    index = pd.Series([0.5, 0.6, 0.7], index=["west", "mid", "east"])
    return choice.choose(
        Choice(**rule),
        index=index,
        reach=REACH,
        demand=PEOPLE,
        served=np.zeros(5) if served is None else served,
        ground=choice.Ground(people=PEOPLE, minutes=MINUTES, **ground),
    )


def test_max_cover_takes_the_middle():
    found = choose({"count": 1})
    assert found.table.index.tolist() == ["mid"]
    assert found.phases["objective"].tolist() == [55]
    assert found.phases["gap"].tolist() == [0]


def test_phases_say_what_nesting_gives_up():
    # the best one is mid (55); the best two without mid reach 30 + 10, with it 55 + 10
    found = choose({"count": [1, 2]})
    assert found.table.index.tolist() == ["mid", "west"]
    assert found.phases["regret"].tolist() == [0, 0]


def test_nesting_costs_where_the_best_pair_leaves_the_best_one_out():
    reach = sparse.csr_array(np.array([[1, 0, 1], [1, 0, 0], [0, 1, 0], [0, 1, 1]]))
    found = choice.choose(
        Choice(count=[1, 2]),
        index=pd.Series([0.5, 0.5, 0.5], index=["a", "b", "c"]),
        reach=reach,
        demand=np.array([3.0, 2.0, 2.0, 3.0]),
        served=np.zeros(4),
    )
    # c reaches 6 alone, a and b reach 5 each and 10 together, c with either only 8
    assert set(found.table.index) == {"a", "b"}
    assert found.phases["alone"].tolist() == [6, 10]
    assert found.phases["regret"].tolist() == pytest.approx([1 / 6, 0])
    assert found.phases["bound"].tolist() == [6, 10]


def test_set_cover_finds_the_number():
    assert len(choose({"model": "set_cover"}).table) == 3
    some = choose({"model": "set_cover", "share": 0.7})
    assert some.table.index.tolist() == ["mid"]
    assert some.phases["objective"].tolist() == [1]


def test_set_cover_counts_whom_existing_places_reach():
    served = np.array([1.0, 0, 0, 0, 1.0])
    found = choose({"model": "set_cover"}, served=served)
    assert found.table.index.tolist() == ["mid"]


def test_p_median_walks_least():
    found = choose({"model": "p_median", "count": 1, "unserved_min": 9})
    # west: 0 + 20 + 60 + 15 + 45; mid: 20 + 20 + 0 + 5 + 10; east: 90 + 60 + 60 + 5 + 0
    assert found.table.index.tolist() == ["mid"]
    assert found.phases["objective"].tolist() == [55]


def test_p_median_with_an_existing_place_keeps_it_out_of_the_sites():
    found = choose(
        {"model": "p_median", "count": 1, "unserved_min": 9},
        existing_min=np.array([2.0, 1.0, 0.0, 1.0, 2.0]),
    )
    assert found.table.index.tolist() == ["west"]
    assert found.phases["objective"].tolist() == [0 + 20 + 0 + 5 + 10]
    assert found.phases["sites"].tolist() == [1]


def test_p_center_has_the_shortest_longest_walk():
    found = choose({"model": "p_center", "count": 1})
    assert found.table.index.tolist() == ["mid"]
    assert found.phases["objective"].tolist() == [2]


def test_p_center_with_no_set_says_so():
    minutes = stored(WALKS, WALKS <= 1)
    found = choice.choose(
        Choice(model="p_center", count=1),
        index=pd.Series([0.5, 0.6, 0.7], index=["west", "mid", "east"]),
        reach=REACH,
        demand=PEOPLE,
        served=np.zeros(5),
        ground=choice.Ground(minutes=minutes),
    )
    assert found.table.empty
    assert found.infeasible
    assert np.isnan(found.phases["gap"].iloc[0])


def test_p_dispersion_keeps_apart():
    between = np.abs(SITES[:, None] - SITES) * 100
    found = choose({"model": "p_dispersion", "count": 2}, between_m=sparse.csr_array(between))
    assert set(found.table.index) == {"west", "east"}
    assert found.phases["objective"].tolist() == [400]


def test_budget_binds():
    found = choose({"count": 2, "cost": 1, "budget": 1}, cost=np.ones(3))
    assert found.table.index.tolist() == ["mid"]


def test_capacity_is_counted_in_people():
    found = choose({"count": 1, "capacity": 12}, capacity=np.full(3, 12.0))
    assert found.phases["objective"].tolist() == [12]
    assert "within the capacity" in found.comes_to


def test_backup_counts_an_existing_place():
    existing = sparse.csr_array(np.ones((5, 1)))
    found = choose({"count": 1, "backup": 1}, existing_reach=existing)
    assert found.table.index.tolist() == ["mid"]
    assert found.phases["objective"].tolist() == [55]


def test_spacing_binds_every_model_and_is_the_reason():
    near = sparse.csr_array(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]]))
    found = choose({"count": 3, "spacing_m": 250}, near=near)
    assert set(found.table.index) == {"mid", "east"}
    assert found.why_not["west"] == "It is too near to mid, which is in the set."


def test_each_district_gets_its_site():
    rule = {"count": 2, "districts": "districts", "per_district": 1}
    found = choose(rule, district=np.array([0, 0, 1]))
    assert set(found.table.index) == {"mid", "east"}


def test_a_site_without_companions_is_out_and_says_what_is_missing():
    found = choose({"count": 1}, lacking={"mid": "no child care within the walk"})
    assert found.table.index.tolist() == ["west"]
    assert found.why_not["mid"] == "It cannot be an anchor: no child care within the walk."


def test_sizes_are_chosen_with_the_sites():
    sizes = {"small": {"cost": 1, "capacity": 20}, "large": {"cost": 3, "capacity": 60}}
    rich = choose({"count": 1, "budget": 3, "sizes": sizes})
    assert rich.table["size"].to_dict() == {"mid": "large"}
    assert rich.phases["objective"].tolist() == [55]
    poor = choose({"count": 2, "budget": 2, "sizes": sizes})
    assert poor.table["size"].tolist() == ["small", "small"]
    assert poor.phases["objective"].tolist() == [40]


def test_a_size_counts_people_and_not_people_in_need():
    found = choice.choose(
        Choice(count=1, budget=1, sizes={"small": {"cost": 1, "capacity": 20}}),
        index=pd.Series([0.5, 0.6, 0.7], index=["west", "mid", "east"]),
        reach=REACH,
        demand=PEOPLE / 2,
        served=np.zeros(5),
        ground=choice.Ground(people=PEOPLE),
    )
    assert found.phases["objective"].tolist() == [10]  # 20 people at a need of a half


def test_an_existing_place_is_closed_where_another_use_of_the_money_serves_more():
    rule = {
        "count": 1,
        "budget": 2,
        "existing": "open",
        "sizes": {"small": {"cost": 2, "capacity": 30}},
        "existing_sizes": {"keep": {"cost": 1, "capacity": 10}},
    }
    found = choose(rule, existing_reach=sparse.csr_array(np.ones((5, 1))), existing=("hall",))
    assert found.existing.to_dict() == {"hall": "closed"}
    assert found.phases["objective"].tolist() == [30]


def test_an_existing_place_is_enlarged_where_that_pays_more():
    rule = {
        "count": 1,
        "budget": 2,
        "existing": "open",
        "sizes": {"small": {"cost": 2, "capacity": 5}},
        "existing_sizes": {"keep": {"capacity": 10}, "enlarge": {"cost": 2, "capacity": 40}},
    }
    existing = sparse.csr_array(np.ones((5, 1)))
    found = choose(rule, existing_reach=existing, existing=("hall",))
    assert found.existing.to_dict() == {"hall": "enlarge"}
    assert found.table.empty
    assert found.phases["objective"].tolist() == [40]


def test_the_callers_arrays_stay_as_they_are():
    before = (REACH.copy(), MINUTES.copy(), PEOPLE.copy())
    choose({"count": 2})
    choose({"model": "p_median", "count": 2, "unserved_min": 9})
    assert (before[0] != REACH).nnz == 0
    assert (before[1] != MINUTES).nnz == 0
    assert (before[2] == PEOPLE).all()
