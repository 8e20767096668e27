"""Set covering: by eye, published answers, large cases, wrong arguments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from siteplanner.choice.covering.fewest import set_cover
from siteplanner.choice.covering.row_weighting import smaller_cover
from siteplanner.choice.programs.asking import hardest
from siteplanner.choice.solution import Rules, Solver

LINE = sparse.csr_array(np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 1.0]]))
"""Four points on a street; site k reaches points k - 1 and k."""


def answer(found):
    return found.sites.tolist(), found.objective, found.proven


def random_reach(seed: int, points: int = 150, sites: int = 60) -> sparse.csr_array:
    """Points and sites in a square; a site reaches what is near, and each point has one."""
    random = np.random.default_rng(seed)
    here, there = random.random((points, 2)), random.random((sites, 2))
    apart = np.abs(here[:, None] - there[None]).sum(axis=2)
    near = apart < 0.2
    near[np.arange(points), apart.argmin(axis=1)] = True
    return sparse.csr_array(near.astype(float))


def test_the_fewest_sites_reach_everybody():
    found = set_cover(LINE)
    assert answer(found) == ([1, 3], 2.0, True)
    assert found.gains.tolist() == [2, 2]
    assert found.assignment.tolist() == [1, 1, 3, 3]


def test_a_share_of_the_demand_may_do():
    found = set_cover(LINE, [8.0, 4.0, 2.0, 1.0], share=0.8)
    assert answer(found) == ([1], 1.0, True)
    assert answer(set_cover(LINE, [8.0, 4.0, 2.0, 1.0], share=0.81))[1] == 2


def test_a_share_of_nothing_needs_no_site():
    assert answer(set_cover(LINE, share=0.0)) == ([], 0.0, True)


def test_points_without_demand_need_not_be_reached():
    assert answer(set_cover(LINE, [1.0, 1.0, 0.0, 0.0])) == ([1], 1.0, True)


def test_the_cheapest_set_is_not_the_smallest():
    rules = Rules(site_cost=np.array([1.0, 9.0, 1.0, 2.0]))
    assert answer(set_cover(LINE, rules=rules)) == ([2, 0, 3], 4.0, True)


def test_each_point_is_reached_twice():
    twice = LINE[:3]
    assert answer(set_cover(twice, rules=Rules(backup=1)))[1:] == (4.0, True)


def test_reach_in_part_is_not_reach_where_all_is_asked_for():
    reach = np.array([[0.9, 1.0, 0.0], [0.9, 0.0, 1.0]])
    assert answer(set_cover(reach)) == ([1, 2], 2.0, True)
    assert answer(set_cover(reach, share=0.9)) == ([0], 1.0, True)


def test_a_site_serves_no_more_than_it_can():
    both = sparse.csr_array(np.ones((3, 3)))
    rules = Rules(capacity=np.array([4.0, 3.0, 2.0]))
    found = set_cover(both, [2.0, 2.0, 2.0], rules=rules)
    assert answer(found)[1:] == (2.0, True)
    served = found.flows.toarray() * np.array([[2.0]])
    assert (served.sum(axis=0) <= rules.capacity + 1e-9).all()
    np.testing.assert_allclose(served.sum(axis=1), 2)


def test_rules_bind_here_too():
    near = np.zeros((4, 4), dtype=bool)
    near[1, 3] = True
    rules = Rules(min_spacing=near)
    assert answer(set_cover(LINE, rules=rules)) == ([2, 0, 3], 3.0, True)
    rules = Rules(districts=(np.array([0, 1, 0, 1]), np.array([2, 0])))
    assert answer(set_cover(LINE, rules=rules)) == ([2, 0, 3], 3.0, True)
    assert answer(set_cover(LINE, rules=Rules(fixed=np.array([2]))))[0][0] == 2


def test_ties_go_to_the_score_then_to_the_lower_number():
    same = np.ones((1, 3))
    assert set_cover(same).sites.tolist() == [0]
    assert set_cover(same, rules=Rules(score=np.array([0, 1.0, 1.0]))).sites.tolist() == [1]


def test_all_best_sets_are_listed():
    found = set_cover(LINE[:3], solver=Solver(all_optima=True))
    assert [one.tolist() for one in found.optima] == [[0, 2], [1, 2], [1, 3]]


@pytest.mark.parametrize("share", [1.0, 0.85])
@pytest.mark.parametrize("prices", [None, "whole", "decimal"])
def test_the_way_of_large_cases_gives_the_same_answer(share, prices, monkeypatch):
    reach, random = random_reach(1), np.random.default_rng(1)
    cost = {"whole": random.integers(1, 9, 60) * 1.0, "decimal": random.random(60)}.get(prices)
    whole = set_cover(reach, share=share, rules=Rules(site_cost=cost))
    monkeypatch.setitem(set_cover.__globals__, "DIRECT", 0)
    by_relaxing = set_cover(reach, share=share, rules=Rules(site_cost=cost))
    assert by_relaxing.objective == pytest.approx(whole.objective)
    assert by_relaxing.proven
    monkeypatch.setitem(set_cover.__globals__, "BRANCHED", 0)
    loose = set_cover(reach, share=share, rules=Rules(site_cost=cost))
    assert loose.bound <= whole.objective <= loose.objective
    assert loose.gap < 0.15
    assert loose.proven == (loose.bound == loose.objective)


@pytest.mark.parametrize("seed", range(12))
def test_a_poor_start_is_made_good(seed, monkeypatch):
    reach = random_reach(seed)
    cost = np.random.default_rng(seed).integers(1, 4, 60).astype(float)
    rules = Rules(site_cost=cost)
    whole = set_cover(reach, rules=rules)
    monkeypatch.setitem(set_cover.__globals__, "DIRECT", 0)
    again = set_cover(reach, rules=rules, solver=Solver(restarts=0))
    assert again.proven
    assert again.objective == whole.objective


def test_without_an_exact_search_there_is_an_honest_bound():
    quick = set_cover(random_reach(2), solver=Solver(nodes=0))
    best = set_cover(random_reach(2))
    assert best.proven
    assert quick.bound <= best.objective <= quick.objective


@pytest.mark.parametrize("seed", range(10))
def test_points_left_out_are_reached_anyway(seed):
    reach = random_reach(seed, 60, 20)
    few = hardest(reach)
    assert few.shape[0] < reach.shape[0]
    random = np.random.default_rng(seed)
    for _ in range(30):
        x = (random.random(20) < 0.6).astype(float)
        assert ((few @ x) >= 1).all() == ((reach @ x) >= 1).all()
        assert ((few @ x) >= 2).all() == ((reach @ x) >= 2).all()


@pytest.mark.parametrize("times", [1, 2])
def test_the_local_search_finds_the_smallest_cover_of_small_cases(times):
    reach = random_reach(3, 80, 40)
    reach = sparse.csr_array(reach[np.diff(reach.indptr) >= times])
    found = smaller_cover(
        reach, np.arange(40), np.ones(40), times=times, fixed=np.array([5]), steps=3_000, seed=0
    )
    x = np.zeros(40)
    x[found] = 1
    assert ((reach @ x) >= times).all()
    assert 5 in found
    best = set_cover(reach, rules=Rules(fixed=np.array([5]), backup=times - 1))
    assert best.proven
    assert len(found) == best.objective


@pytest.mark.parametrize("seed", range(6))
def test_the_local_search_comes_near_the_smallest_cover_in_few_steps(seed):
    reach = random_reach(seed, 400, 150)
    best = set_cover(reach, solver=Solver(gap=0.03))
    nothing = np.empty(0, dtype=np.int64)
    found = smaller_cover(
        reach, np.arange(150), np.ones(150), times=1, fixed=nothing, steps=600, seed=seed
    )
    assert len(found) <= best.objective + 1


def test_the_local_search_minds_prices():
    price = np.array([1.0, 9.0, 1.0, 2.0])
    nothing = np.empty(0, dtype=np.int64)
    found = smaller_cover(LINE, np.arange(4), price, times=1, fixed=nothing, steps=500, seed=0)
    assert found.tolist() == [0, 2, 3]


def test_the_same_question_has_the_same_answer_and_leaves_its_arguments_alone():
    reach = random_reach(4)
    before = reach.toarray()
    one, other = (set_cover(reach) for _ in range(2))
    assert one.sites.tolist() == other.sites.tolist()
    np.testing.assert_array_equal(before, reach.toarray())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 0.95))
def test_a_larger_share_never_needs_fewer_sites(seed, share):
    reach = random_reach(seed, 25, 12)
    some, most = set_cover(reach, share=share), set_cover(reach)
    assert some.objective <= most.objective
    assert some.gains.sum() >= share * 25 - 1e-6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"share": 1.2}, r"share is 1.2, it must be between 0 and 1"),
        ({"share": float("nan")}, "share is nan"),
        ({"demand": [1.0, 1.0]}, r"demand has shape \(2,\)"),
        ({"reach": np.array([[-1.0]])}, "reach is not between 0 and 1 at point 0"),
        ({"reach": 0.5 * LINE, "rules": Rules(capacity=np.ones(4))}, "partial reach"),
        ({"rules": Rules(budget=1.0)}, "a budget needs site_cost"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        set_cover(**({"reach": LINE} | arguments))


@pytest.mark.data
def test_san_francisco_needs_eight_stores_in_one_of_eight_ways(real_data):
    folder = real_data / "facility_location" / "sf_spopt"
    name = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    walks = pd.read_csv(folder / name)
    table = walks.pivot_table(index="DestinationName", columns="name", values="distance")
    reach = (table.to_numpy() <= 5000).astype(float)
    found = set_cover(reach, solver=Solver(all_optima=True))
    assert (found.objective, found.proven, len(found.optima)) == (8, True, 8)
    for one in found.optima:
        assert reach[:, one].any(axis=1).all()
