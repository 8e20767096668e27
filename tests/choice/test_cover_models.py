"""Maximal covering with rules: by eye, published answers, properties, wrong arguments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from siteplanner.choice.covering.maximal import max_cover
from siteplanner.choice.programs.covers import by_level, merged
from siteplanner.choice.programs.highs import solve
from siteplanner.choice.rules.rows import keeps_to
from siteplanner.choice.rules.search import Field, good_set
from siteplanner.choice.solution import Rules, Solver

LINE = sparse.csr_array(np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 1.0]]))
"""Four points on a street; site k reaches points k - 1 and k."""
PEOPLE = np.array([8.0, 4.0, 2.0, 1.0])


def answer(found):
    return found.sites.tolist(), found.objective, found.proven


def random_case(seed: int, points: int = 60, sites: int = 25):
    random = np.random.default_rng(seed)
    reach = sparse.csr_array((random.random((points, sites)) < 0.15).astype(float))
    rules = Rules(
        site_cost=random.integers(1, 9, sites).astype(float),
        budget=20.0,
        min_spacing=np.triu(random.random((sites, sites)) < 0.1, 1),
        districts=(random.integers(0, 3, sites), np.array([1, 1, 0])),
        fixed=np.array([3]),
    )
    return reach, random.integers(1, 50, points).astype(float), rules


def test_the_budget_binds():
    rules = Rules(site_cost=np.array([3.0, 9.0, 3.0, 3.0]), budget=6.0)
    assert answer(max_cover(LINE, PEOPLE, 4, rules=rules)) == ([0, 2], 14.0, True)


def test_sites_keep_apart():
    near = np.zeros((4, 4), dtype=bool)
    near[1, 2] = near[1, 3] = True
    found = max_cover(LINE, PEOPLE, 2, rules=Rules(min_spacing=near))
    assert answer(found) == ([0, 2], 14.0, True)


def test_each_district_gets_its_sites():
    rules = Rules(districts=(np.array([0, 0, 0, 1]), np.array([0, 1])))
    found = max_cover(LINE, PEOPLE, 2, rules=rules)
    assert answer(found) == ([1, 3], 15.0, True)
    assert found.gains.tolist() == [12, 3]


def test_a_point_counts_once_enough_sites_reach_it():
    found = max_cover(LINE, PEOPLE, 3, rules=Rules(backup=1))
    assert answer(found) == ([1, 0, 2], 12.0, True)
    assert found.gains.tolist() == [0, 8, 4]


def test_a_fixed_site_is_half_of_a_backup():
    found = max_cover(LINE, PEOPLE, 2, rules=Rules(backup=1, fixed=np.array([3])))
    assert answer(found) == ([3, 2], 2.0, True)


def test_demand_is_split_between_sites_that_have_room():
    both = sparse.csr_array(np.ones((1, 2)))
    rules = Rules(capacity=np.array([6.0, 3.0]))
    found = max_cover(both, np.array([10.0]), 2, rules=rules)
    assert answer(found) == ([0, 1], 9.0, True)
    assert found.gains.tolist() == [6, 3]
    np.testing.assert_allclose(found.flows.toarray(), [[0.6, 0.3]])
    assert found.assignment.tolist() == [0]


def test_a_load_is_what_fills_a_site():
    rules = Rules(capacity=np.array([5.0]), load=np.array([5.0, 1.0]))
    found = max_cover(sparse.csr_array(np.ones((2, 1))), np.array([10.0, 4.0]), 1, rules=rules)
    assert found.objective == pytest.approx(4 + 10 * 4 / 5)


def test_what_is_served_already_fills_no_site():
    rules = Rules(capacity=np.array([6.0]))
    found = max_cover(np.ones((2, 1)), [10.0, 4.0], 1, rules=rules, served=[0.9, 0.0])
    assert found.objective == pytest.approx(5)


def test_the_best_reach_counts():
    reach = np.array([[0.5, 1.0, 0.0], [0.5, 0.0, 0.8]])
    rules = Rules(site_cost=np.ones(3), budget=1.0)
    assert answer(max_cover(reach, [10.0, 10.0], 3, rules=rules)) == ([0], 10.0, True)
    rules = replace(rules, budget=2.0)
    assert answer(max_cover(reach, [10.0, 10.0], 3, rules=rules)) == ([1, 2], 18.0, True)


def test_fixed_sites_come_first_in_their_order():
    rules = Rules(fixed=np.array([3, 0]), site_cost=np.ones(4), budget=3.0)
    found = max_cover(LINE, PEOPLE, 3, rules=rules)
    assert found.sites.tolist() == [3, 0, 1]
    assert found.gains.tolist() == [3, 8, 4]


def test_ties_go_to_the_score_then_to_the_lower_number():
    same = sparse.csr_array(np.ones((1, 3)))
    rules = Rules(site_cost=np.ones(3), budget=1.0)
    assert max_cover(same, [5.0], 3, rules=rules).sites.tolist() == [0]
    rules = replace(rules, score=np.array([0.1, 0.9, 0.9]))
    assert max_cover(same, [5.0], 3, rules=rules).sites.tolist() == [1]


def test_sites_that_add_nothing_are_left_out():
    rules = Rules(site_cost=np.ones(4), budget=9.0)
    assert max_cover(LINE, PEOPLE, 4, rules=rules).sites.tolist() == [1, 3]


def test_all_best_sets_are_listed():
    rules = Rules(site_cost=np.ones(4), budget=9.0)
    found = max_cover(LINE, [1.0, 1, 1, 1], 2, rules=rules, solver=Solver(all_optima=True))
    assert [one.tolist() for one in found.optima] == [[1, 3]]
    alone = max_cover(LINE, [1.0, 1, 1, 1], 1, rules=rules, solver=Solver(all_optima=True))
    assert [one.tolist() for one in alone.optima] == [[1], [2], [3]]


def test_best_sets_may_hold_one_another():
    rules = Rules(site_cost=np.ones(4), budget=9.0)
    found = max_cover(LINE, PEOPLE, 3, rules=rules, solver=Solver(all_optima=True))
    assert [one.tolist() for one in found.optima] == [[0, 1, 3], [0, 2, 3], [1, 2, 3], [1, 3]]


def test_only_what_is_added_counts():
    rules = Rules(site_cost=np.ones(4), budget=1.0)
    found = max_cover(LINE, PEOPLE, 4, rules=rules, served=[0.75, 0.75, 0.0, 0.0])
    assert answer(found) == ([1], 3.0, True)
    assert found.bound == 3
    found = max_cover(LINE, PEOPLE, 4, rules=rules, served=[1.0, 0.75, 0.0, 0.0])
    assert answer(found) == ([2], 3.0, True)


def test_no_set_is_an_answer():
    rules = Rules(districts=(np.array([0, 0, 1, 1]), np.array([2, 1])))
    found = max_cover(LINE, PEOPLE, 2, rules=rules)
    assert found.sites.size == 0
    assert np.isnan(found.objective)
    assert found.proven
    assert "The districts ask for 3 sites, count is 2: 3 would do." in found.infeasible


def test_without_an_exact_search_there_is_an_honest_bound():
    reach, demand, rules = random_case(1)
    best = max_cover(reach, demand, 5, rules=rules)
    quick = max_cover(reach, demand, 5, rules=rules, solver=Solver(nodes=0))
    assert quick.objective <= best.objective <= quick.bound + 1e-6


@pytest.mark.parametrize("seed", range(12))
def test_a_poor_start_is_made_good(seed, monkeypatch):
    reach, demand, rules = random_case(seed)
    rules = replace(rules, min_spacing=None, districts=None)
    whole = max_cover(reach, demand, 25, rules=rules)
    monkeypatch.setitem(max_cover.__globals__, "DIRECT", 0)
    monkeypatch.setitem(good_set.__globals__, "_exchanged", lambda field, ground, best, w: best)
    assert max_cover(reach, demand, 25, rules=rules).objective == whole.objective


@pytest.mark.parametrize("seed", range(8))
def test_the_way_of_large_cases_gives_the_same_answer(seed, monkeypatch):
    reach, demand, rules = random_case(seed)
    whole = max_cover(reach, demand, 5, rules=rules)
    monkeypatch.setitem(max_cover.__globals__, "DIRECT", 0)
    by_relaxing = max_cover(reach, demand, 5, rules=rules)
    assert by_relaxing.proven
    assert by_relaxing.objective == whole.objective
    monkeypatch.setitem(max_cover.__globals__, "RELAXED", 0)
    loose = max_cover(reach, demand, 5, rules=rules)
    assert loose.objective <= whole.objective <= loose.bound


@pytest.mark.parametrize("rule", ["capacity", "backup"])
def test_large_cases_have_a_bound_under_every_rule(rule, monkeypatch):
    reach, demand, rules = random_case(1)
    more = {"capacity": np.full(25, 180.0)} if rule == "capacity" else {"backup": 1}
    rules = replace(rules, **more)
    whole = max_cover(reach, demand, 5, rules=rules)
    assert whole.proven
    monkeypatch.setitem(max_cover.__globals__, "DIRECT", 0)
    monkeypatch.setitem(max_cover.__globals__, "RELAXED", 0)
    loose = max_cover(reach, demand, 5, rules=rules)
    assert loose.objective <= whole.objective <= loose.bound
    if rule == "capacity":
        assert loose.bound == 5 * 180
    assert loose.bound < demand.sum()


@pytest.mark.parametrize("seed", range(20))
def test_the_search_keeps_to_the_rules(seed):
    reach, demand, rules = random_case(seed)
    field = Field(sparse.csc_array(reach), demand, np.zeros(len(demand)))
    found = good_set(field, rules, 6)
    assert found is not None
    assert keeps_to(rules, found, 25, 6)


def test_the_same_question_has_the_same_answer_and_leaves_its_arguments_alone():
    reach, demand, rules = random_case(4)
    before = (reach.toarray(), demand.copy(), rules.site_cost.copy(), rules.min_spacing.copy())
    one, other = (max_cover(reach, demand, 5, rules=rules) for _ in range(2))
    assert one.sites.tolist() == other.sites.tolist()
    assert one.bound == other.bound
    after = (reach.toarray(), demand, rules.site_cost, rules.min_spacing)
    for a, b in zip(before, after, strict=True):
        np.testing.assert_array_equal(a, b)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_more_of_anything_never_serves_fewer(seed):
    reach, demand, rules = random_case(seed, 20, 10)
    least = max_cover(reach, demand, 4, rules=rules)
    if least.infeasible:
        return
    assert 3 in least.sites
    assert least.gains.sum() == pytest.approx(least.objective)
    assert max_cover(reach, demand, 5, rules=rules).objective >= least.objective
    richer = replace(rules, budget=25.0)
    assert max_cover(reach, demand, 4, rules=richer).objective >= least.objective
    nearer = replace(rules, min_spacing=None)
    assert max_cover(reach, demand, 4, rules=nearer).objective >= least.objective
    without = replace(rules, barred=least.sites[1:2])
    poorer = max_cover(reach, demand, 4, rules=without)
    assert poorer.infeasible or poorer.objective <= least.objective
    assert not np.isin(least.sites[1:2], poorer.sites).any()


def test_equal_levels_share_one_variable_and_lose_nothing():
    random = np.random.default_rng(0)
    reach = sparse.csr_array(random.choice([0, 0, 0.25, 0.5, 1.0], (30, 8)))
    demand = random.integers(1, 9, 30).astype(float)
    block = by_level(reach, demand)
    assert len(block.worth) < reach.nnz
    rows, kind = merged(reach)
    np.testing.assert_array_equal(rows.toarray()[kind], reach.toarray())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"reach": np.array([[1.5]])}, "reach is not between 0 and 1 at point 0"),
        ({"reach": np.array([[np.nan]])}, "reach is not between 0 and 1 at point 0"),
        ({"reach": np.array([1.0])}, "reach has 1 dimensions"),
        ({"demand": [1.0]}, r"demand has shape \(1,\), there are 4 points"),
        ({"demand": [1.0, np.nan, -1, 0]}, "demand is negative or unknown at points 1 and 2"),
        ({"count": 0}, "count is 0"),
        ({"count": 1.5}, "count is 1.5"),
        ({"served": [0, 0, 0, 2.0]}, "served is not between 0 and 1 at point 3"),
        ({"fixed": [4]}, "fixed names site 4, there are sites 0 to 3"),
        ({"fixed": [1, 1]}, "fixed names site 1 more than once"),
        ({"fixed": [0, 1, 2]}, "count is 2, but 3 sites are fixed"),
        ({"barred": [-1]}, "barred names site -1"),
        ({"budget": 3.0}, "a budget needs site_cost"),
        ({"budget": np.nan, "site_cost": np.ones(4)}, "budget is nan"),
        ({"site_cost": np.ones(3)}, r"site_cost has shape \(3,\), there are 4 sites"),
        ({"capacity": -np.ones(4)}, "capacity is negative or unknown at sites 0, 1, 2 and 3"),
        ({"load": np.ones(3)}, r"load has shape \(3,\), there are 4 points"),
        ({"score": np.full(4, np.nan)}, "score is unknown at sites"),
        ({"min_spacing": np.ones((3, 3))}, r"min_spacing has shape \(3, 3\)"),
        ({"districts": (np.zeros(4, int), np.empty(0, int))}, "district 0 has no minimum"),
        ({"districts": (np.zeros(4, int), np.array([-1]))}, "minimum is negative for district 0"),
        ({"backup": -1}, "backup is -1"),
        ({"backup": 1, "capacity": np.ones(4)}, "capacity and backup cannot be asked for"),
        ({"backup": 1, "served": np.zeros(4)}, "served and backup cannot be used together"),
        ({"reach": 0.5 * LINE, "capacity": np.ones(4)}, "cannot be used with partial reach"),
        ({"solver": Solver(gap=-1)}, "gap is -1"),
        ({"solver": Solver(seconds=0)}, "seconds is 0"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    own = {"reach", "demand", "count", "served", "solver"}
    rules = Rules(**{name: value for name, value in arguments.items() if name not in own})
    given = {"reach": LINE, "demand": PEOPLE, "count": 2, "rules": rules}
    given |= {name: value for name, value in arguments.items() if name in own}
    with pytest.raises(ValueError, match=message):
        max_cover(**given)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ValueError, match=r"demand has shape.*count is 0.*budget needs site_cost"):
        max_cover(LINE, [1.0], 0, rules=Rules(budget=1.0))


@pytest.mark.data
@pytest.mark.parametrize(
    ("count", "people"),
    [(1, 448_255), (2, 671_938), (3, 791_499), (4, 875_247), (5, 927_402)],
)
def test_san_francisco_by_a_budget(real_data, count, people):
    reach, demand = san_francisco(real_data)
    rules = Rules(site_cost=np.ones(16), budget=float(count))
    found = max_cover(reach, demand, 16, rules=rules)
    assert (found.objective, found.proven, len(found.sites)) == (people, True, count)


def san_francisco(real_data):
    folder = real_data / "facility_location" / "sf_spopt"
    walks = pd.read_csv(folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv")
    table = walks.pivot_table(index="DestinationName", columns="name", values="distance")
    people = walks.groupby("DestinationName")["demand"].first().reindex(table.index)
    return (table.to_numpy() <= 5000).astype(float), people.to_numpy(float)


def test_a_relaxation_bounds_the_program():
    reach, demand, rules = random_case(5)
    from siteplanner.choice.programs.covers import program_of

    program = program_of(rules, 5, by_level(reach, demand), 25)
    assert solve(program, relaxed=True).bound >= solve(program).objective - 1e-6
