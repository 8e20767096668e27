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


def test_kolm_pollak_weighs_long_walks_more():
    found = choose({"model": "kolm_pollak", "count": 1, "aversion": 2.0})
    assert found.table.index.tolist() == ["mid"]
    assert found.phases["objective"].iloc[0] < 2
    assert "as bad as" in found.comes_to
    beside = choose(
        {"model": "kolm_pollak", "count": 1, "unserved_min": 9},
        existing_min=np.array([2.0, 1.0, 0.0, 1.0, 2.0]),
    )
    assert beside.table.index.tolist() == ["west"]


def test_fairest_serves_the_tenth_that_is_served_least():
    tenth = np.array([1, 1, 1, 1, 2])
    found = choose({"model": "fairest", "count": 1}, tenth=tenth)
    assert found.phases["objective"].iloc[0] == pytest.approx(
        100 * max(min(PEOPLE[:4] @ REACH.toarray()[:4, site] / PEOPLE[:4].sum(),
                      REACH.toarray()[4, site]) for site in range(3)))  # fmt: skip
    with pytest.raises(ValueError, match="tenth"):
        choose({"model": "fairest", "count": 1})


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


NEVER = np.array([10.0, 0.0, 30.0, 5.0, 5.0])
"""Nobody lives in the second cell."""


def test_set_cover_counts_capacity_where_a_cell_has_no_demand():
    rule = Choice(model="set_cover", share=0.6, capacity=30)
    found = choice.choose(
        rule,
        index=pd.Series([0.5, 0.6, 0.7], index=["west", "mid", "east"]),
        reach=REACH,
        demand=NEVER,
        served=np.zeros(5),
        ground=choice.Ground(people=NEVER, capacity=np.full(3, 30.0)),
    )
    assert found.table.index.tolist() == ["mid"]
    assert found.phases["objective"].tolist() == [1]


def test_set_cover_with_costs_comes_to_money_and_not_to_sites():
    cost = np.array([4.0, 9.0, 4.0])
    found = choose({"model": "set_cover", "share": 0.7, "cost": 9}, cost=cost)
    assert (found.comes_to, found.phases["objective"].tolist()) == ("in cost", [9])
    assert choose({"model": "set_cover", "share": 0.7}).comes_to == "sites"


def test_a_closed_place_serves_nobody_after_and_its_people_count_as_lost():
    rule = {
        "count": 1,
        "budget": 2,
        "existing": "open",
        "sizes": {"small": {"cost": 2, "capacity": 30}},
        "existing_sizes": {"keep": {"cost": 1, "capacity": 10}},
    }
    standing = sparse.csr_array(np.array([[1.0, 0], [1, 0], [0, 0], [0, 1], [0, 1]]))
    found = choose(
        rule,
        served=np.array([1.0, 1.0, 0.0, 1.0, 1.0]),
        existing_reach=standing,
        existing=("hall", "hall"),
    )
    assert found.existing.tolist() == ["closed", "closed"]
    assert found.table["new_demand"].to_dict() == {"mid": 55}  # beside the places that go on
    assert found.phases["new_demand"].tolist() == [55 - 40]
    assert found.why["mid"] == (
        "It reaches 55 people in need whom no existing place that goes on reaches."
    )
    poor = choose(
        rule | {"budget": 0.5},
        served=np.array([1.0, 1.0, 0.0, 1.0, 1.0]),
        existing_reach=standing,
        existing=("hall", "school"),
    )
    assert poor.phases["new_demand"].tolist() == [-40]
    dear = "Its cheapest size costs 2, and only 0.5 of the budget of 0.5 is left."
    assert poor.why_not["mid"].endswith(dear)
    assert poor.fewer == "all 3 cost more than is left of the budget"


def test_a_phase_cannot_be_in_all_districts_yet():
    rule = {"count": [1, 2], "districts": "districts", "per_district": 1}
    found = choose(rule, district=np.array([0, 0, 1]))
    assert not found.infeasible
    assert found.table["phase"].to_dict() == {"mid": 1, "east": 2}


def test_where_one_phase_has_no_set_it_is_named():
    minutes = stored(WALKS, WALKS <= 2)
    found = choice.choose(
        Choice(model="p_center", count=[1, 2], barred=["mid"]),
        index=pd.Series([0.5, 0.6, 0.7], index=["west", "mid", "east"]),
        reach=REACH,
        demand=PEOPLE,
        served=np.zeros(5),
        ground=choice.Ground(minutes=minutes),
    )
    assert found.table["phase"].tolist() == [2, 2]
    assert found.infeasible[0].startswith("In phase 1 (count 1): ")
    assert not any("phase 2" in one for one in found.infeasible)
    assert found.why_not["mid"] == "The scenario strikes it out."
    assert "no set of sites" not in found.method


@pytest.mark.parametrize(
    ("rule", "advice"),
    [
        ({"model": "p_median", "count": 3}, "give unserved_min"),
        ({"model": "p_center", "count": 3}, "raise the limit of [walk] (limit_m, limit_min)"),
        ({"model": "set_cover"}, "set share = 0.78 or less"),
    ],
)
def test_a_cell_out_of_reach_is_named_and_every_site_says_that_there_is_no_set(rule, advice):
    reach = stored(np.ones((5, 3)), (WALKS <= 1) & (HOMES[:, None] > 0))
    demand = np.array([15.0, 20.0, 30.0, 0.0, 5.0])
    found = choice.choose(
        Choice(**rule),
        index=pd.Series([0.5, 0.6, 0.7], index=["west", "mid", "east"]),
        reach=reach,
        demand=demand,
        served=np.zeros(5),
        ground=choice.Ground(
            minutes=stored(WALKS + 1, reach.toarray() > 0),
            cells=("North", "Mill Lane", "Centre", "Hill", "South"),
        ),
    )
    assert found.infeasible[0] == "No site reaches cell North (15 people in need)."
    assert any(advice in one for one in found.infeasible)
    assert "demand" not in " ".join(found.infeasible)
    said = f"No set keeps to the rules. {found.infeasible[0]}"
    assert found.why_not.tolist() == [said] * 3


def test_cells_after_one_that_nobody_lives_in_keep_their_names():
    reach = stored(np.ones((5, 3)), (WALKS <= 1) & (HOMES[:, None] < 4))
    found = choice.choose(
        Choice(model="set_cover"),
        index=pd.Series([0.5, 0.6, 0.7], index=["west", "mid", "east"]),
        reach=reach,
        demand=NEVER,
        served=np.zeros(5),
        ground=choice.Ground(cells=("a", "b", "c", "d", "e")),
    )
    assert found.infeasible[0] == "No site reaches cell e (fewer than 10 people in need)."


def test_districts_are_called_by_their_names_and_what_stands_is_not_in_the_count():
    rule = {"count": 1, "districts": "districts", "per_district": 1}
    ground = {"district": np.array([0, 0, 1]), "districts": ("Norte", "Sur")}
    said = "The districts ask for 2 sites, count is 1: 2 would do."
    assert said in choose(rule, **ground).infeasible
    standing = np.array([2.0, 1.0, 0.0, 1.0, 2.0])
    for more in ({"model": "p_median", "unserved_min": 9}, {"model": "p_center"}):
        found = choose(rule | more, existing_min=standing, **ground)
        assert said in found.infeasible, more
    sized = choose(
        rule
        | {
            "existing": "open",
            "sizes": {"small": {"capacity": 30}},
            "existing_sizes": {"keep": {"capacity": 10}},
        },
        existing_reach=sparse.csr_array(np.ones((5, 2))),
        existing=("hall", "school"),
        **ground,
    )
    assert said in sized.infeasible
    two = rule | {"count": 3, "fixed": ["west", "mid"], "cost": 1, "budget": 2}
    found = choose(two, cost=np.ones(3), **ground)
    assert any("1 site fewer in Sur would do" in one for one in found.infeasible)


def test_what_holds_the_others_back_is_told_by_rule():
    found = choose({"count": 3, "cost": 1, "budget": 1.5}, cost=np.ones(3))
    assert found.table.index.tolist() == ["mid"]
    assert found.why_not["west"] == (
        "67 % of the people in need that it would reach are reached by the chosen sites (67 % by "
        "mid); it would add 10, but it costs 1, and only 0.5 of the budget of 1.5 is left."
    )
    assert found.fewer == "the other 2 cost more than is left of the budget"
    near = sparse.csr_array(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]]))
    apart = choose({"count": 3, "spacing_m": 250}, near=near)
    assert apart.fewer == "of the other 1, 1 is too near to a site of the set"
    full = choose({"count": 1, "capacity": 12}, capacity=np.full(3, 12.0))
    assert full.fewer == ""
    others = full.why_not.str.contains("within the capacity")
    assert others.any()
    assert not full.why_not.str.contains("it would add").any()


def test_a_site_forced_by_a_district_is_not_what_others_are_held_against():
    reach = sparse.csr_array(np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 0]]))
    found = choice.choose(
        Choice(count=2, districts="districts", per_district=1),
        index=pd.Series([0.5, 0.5, 0.5], index=["a", "b", "c"]),
        reach=reach,
        demand=np.array([9.0, 4.0, 1.0]),
        served=np.zeros(3),
        ground=choice.Ground(district=np.array([0, 0, 1])),
    )
    assert set(found.table.index) == {"a", "c"}
    assert found.why_not["b"] == (
        "It would add 4, but no set with it was found that keeps to the rules and reaches more."
    )


def test_where_a_case_is_too_large_to_explain_cells_are_still_cells(monkeypatch):
    monkeypatch.setattr("siteplanner.choice.medians.case.EXPLAINED", 0)
    found = choice.choose(
        Choice(model="p_center", count=2),
        index=pd.Series([0.5, 0.6, 0.7], index=["west", "mid", "east"]),
        reach=REACH,
        demand=PEOPLE,
        served=np.zeros(5),
        ground=choice.Ground(
            minutes=stored(WALKS, WALKS < 1),
            existing_min=np.array([np.nan, np.nan, 0.0, np.nan, np.nan]),
            cells=("a", "b", "c", "d", "e"),
        ),
    )
    (said,) = found.infeasible
    assert said.startswith("2 cells with people in need cannot get to any site")
    assert "raise the limit of [walk] (limit_m, limit_min)" in said


def test_more_families_than_there_are_is_an_error():
    services = choice.Services(np.array([0, 1]), ("courses", "child care"))
    near = sparse.csr_array(np.ones((1, 2)))
    with pytest.raises(ValueError, match="3 families are asked for, but there are 2"):
        choice.bundle(near, services, choice.Wanted(at_least=3))


def test_nobody_in_need_is_no_error_for_any_model():
    for rule in ({"model": "set_cover"}, {"count": 1}, {"model": "p_center", "count": 1}):
        found = choice.choose(
            Choice(**rule),
            index=pd.Series([0.5, 0.6, 0.7], index=["west", "mid", "east"]),
            reach=REACH,
            demand=np.zeros(5),
            served=np.zeros(5),
            ground=choice.Ground(minutes=MINUTES),
        )
        assert not found.infeasible
