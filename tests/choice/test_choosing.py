"""A set by eye, by brute force, and the sentences that explain it."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from siteplanner import choice
from siteplanner.choice.covering.greedy import greedy_cover
from siteplanner.model import Choice


def cover(rows: list[list[float]]) -> sparse.csr_array:
    return sparse.csr_array(np.array(rows, dtype=float))


def best_by_brute_force(reach, demand, served, count):
    best = 0.0
    for sites in itertools.combinations(range(reach.shape[1]), count):
        together = np.maximum(reach[:, sites].max(axis=1), served)
        best = max(best, float(((together - served) * demand).sum()))
    return best


@st.composite
def cases(draw):
    cells, sites = draw(st.integers(1, 8)), draw(st.integers(1, 6))
    values = st.sampled_from([0.0, 0.0, 0.5, 1.0])
    reach = draw(st.lists(values, min_size=cells * sites, max_size=cells * sites))
    demand = draw(st.lists(st.integers(0, 9), min_size=cells, max_size=cells))
    served = draw(st.lists(st.sampled_from([0.0, 0.0, 0.5, 1.0]), min_size=cells, max_size=cells))
    count = draw(st.integers(1, sites))
    shape = (cells, sites)
    return np.array(reach).reshape(shape), np.array(demand, float), np.array(served), count


@given(cases())
@settings(max_examples=300, deadline=None)
def test_greedy_is_below_the_best_and_its_bound_above(case):
    reach, demand, served, count = case
    solution = choice.max_cover(sparse.csr_array(reach), demand, count, served=served)
    best = best_by_brute_force(reach, demand, served, count)
    assert solution.objective <= best + 1e-9
    assert solution.objective >= (1 - 1 / np.e) * best - 1e-9
    assert solution.bound >= best - 1e-9
    if solution.proven:
        assert solution.objective == pytest.approx(best)


def test_the_greedy_bound_holds_where_greedy_misses_the_best():
    random = np.random.default_rng(7)
    missed = 0
    for _ in range(400):
        reach = (random.random((12, 7)) < 0.35).astype(float)
        demand = random.integers(1, 9, 12).astype(float)
        solution = greedy_cover(sparse.csr_array(reach), demand, 3)
        best = best_by_brute_force(reach, demand, np.zeros(12), 3)
        missed += solution.objective < best
        assert solution.objective <= best <= solution.bound
        assert choice.max_cover(sparse.csr_array(reach), demand, 3).objective == best
    assert missed > 10


@given(cases())
@settings(max_examples=100, deadline=None)
def test_nobody_is_counted_twice(case):
    reach, demand, served, count = case
    solution = choice.max_cover(sparse.csr_array(reach), demand, count, served=served)
    after = choice.reached(sparse.csc_array(reach), solution.sites, served)
    assert solution.objective == pytest.approx(float(((after - served) * demand).sum()))


def test_greedy_can_miss_the_best_set_and_says_so():
    # c covers two of each half; a and b together cover all
    reach = cover([[1, 0, 0], [1, 0, 1], [1, 0, 1], [0, 1, 1], [0, 1, 1], [0, 1, 0]])
    solution = greedy_cover(reach, np.ones(6), 2)
    assert solution.objective == 5
    assert solution.bound == 6  # what the other two reach together
    assert not solution.proven
    assert "heuristic" in solution.method
    best = choice.max_cover(reach, np.ones(6), 2)
    assert (best.objective, best.proven) == (6, True)


def test_ties_go_to_the_higher_index_then_the_earlier_site():
    reach = cover([[1, 1, 1]])
    score = np.array([0.1, 0.9, 0.9])
    rules = choice.Rules(score=score)
    assert choice.max_cover(reach, np.ones(1), 1, rules=rules).sites.tolist() == [1]


def test_existing_places_leave_only_what_is_new():
    reach = cover([[1, 0], [0, 1]])
    solution = choice.max_cover(reach, np.array([9.0, 4.0]), 1, served=np.array([1.0, 0.0]))
    assert solution.sites.tolist() == [1]
    assert solution.objective == 4


def test_fixed_sites_are_in_and_barred_ones_out():
    reach = cover([[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    rules = choice.Rules(fixed=np.array([2]), barred=np.array([0]))
    solution = choice.max_cover(reach, np.array([9.0, 4.0, 1.0]), 2, rules=rules)
    assert solution.sites.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("demand", "count", "message"),
    [
        ([1.0], 1, r"demand has shape \(1,\), there are 2 points"),
        ([1.0, -1.0], 1, "demand is negative or unknown at point 1"),
        ([1.0, np.nan], 1, "demand is negative or unknown at point 1"),
        ([1.0, 1.0], 0, "count is 0; choose at least one site"),
    ],
)
def test_the_kernel_refuses(demand, count, message):
    with pytest.raises(ValueError, match=message):
        choice.max_cover(cover([[1], [1]]), np.array(demand), count)


def sites(*values: float) -> pd.Series:
    return pd.Series(values, index=[f"s{n}" for n in range(len(values))])


def test_phases_are_nested_and_say_what_they_reach():
    reach = cover(np.eye(3).tolist())
    chosen = choice.choose(
        Choice(count=[1, 3]),
        index=sites(0.5, 0.5, 0.5),
        reach=reach,
        demand=np.array([1.0, 7.0, 3.0]),
        served=np.zeros(3),
    )
    assert chosen.table.index.tolist() == ["s1", "s2", "s0"]
    assert chosen.table["phase"].tolist() == [1, 2, 2]
    assert chosen.phases["new_demand"].tolist() == [7, 11]
    assert chosen.phases["gap"].tolist() == [0, 0]


def test_every_site_left_out_has_its_reason():
    reach = cover([[1, 1, 0, 1, 1], [1, 0, 0, 1, 1], [0, 1, 0, 0, 0]])
    chosen = choice.choose(
        Choice(count=1, min_index=0.3, barred=["s4"]),
        index=sites(0.5, 0.9, 0.4, 0.2, 0.8),
        reach=reach,
        demand=np.array([6.0, 3.0, 2.0]),
        served=np.zeros(3),
    )
    assert chosen.table.index.tolist() == ["s0"]
    assert chosen.why_not["s1"] == (
        "75 % of the people in need that it would reach are reached by the chosen sites "
        "(75 % by s0); it would add 2, every chosen site newly reaches at least 9."
    )
    assert chosen.why_not["s2"] == "Nobody in need would be newly within reach of it."
    assert chosen.why_not["s3"] == "Its index, 20, is below the 30 asked."
    assert chosen.why_not["s4"] == "The scenario strikes it out."


def test_a_site_that_adds_nobody_is_not_picked():
    chosen = choice.choose(
        Choice(count=2),
        index=sites(0.5, 0.9),
        reach=cover([[1, 1], [1, 0]]),
        demand=np.array([5.0, 1.0]),
        served=np.zeros(2),
    )
    assert chosen.table.index.tolist() == ["s0"]
    assert chosen.phases["sites"].tolist() == [1]
    nobody = choice.choose(
        Choice(count=1),
        index=sites(0.5),
        reach=cover([[1]]),
        demand=np.zeros(1),
        served=np.zeros(1),
    )
    assert nobody.table.empty
    assert np.isnan(nobody.phases["gap"].iloc[0])


def test_every_phase_keeps_the_rules_in_its_bound():
    reach = cover(np.eye(4).tolist())
    chosen = choice.choose(
        Choice(count=[1, 2], barred=["s0"]),
        index=sites(0.5, 0.5, 0.5, 0.5),
        reach=reach,
        demand=np.array([90.0, 5.0, 4.0, 1.0]),
        served=np.zeros(4),
    )
    assert chosen.phases["bound"].tolist() == [5, 9]


def test_sentences_use_the_names_people_know():
    labels = pd.Series(["Mill", "Hall", "School"], index=["s0", "s1", "s2"])
    chosen = choice.choose(
        Choice(count=1),
        index=sites(0.5, 0.5, 0.5),
        reach=cover([[1, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 1]]),
        demand=np.array([2.0, 2.0, 2.0, 6.0]),
        served=np.zeros(4),
        labels=labels,
    )
    assert chosen.table["label"].tolist() == ["Mill"]
    assert chosen.why["s0"] == "It newly reaches 6 people in need."
    assert "(100 % by Mill)" in chosen.why_not["s1"]
    assert chosen.why_not["s2"] == (
        "It would add 6, no more than the chosen site that adds least (6): it comes next."
    )


def test_unknown_index_is_never_chosen():
    chosen = choice.choose(
        Choice(count=1),
        index=sites(np.nan, 0.1),
        reach=cover([[1, 0], [0, 1]]),
        demand=np.array([9.0, 1.0]),
        served=np.zeros(2),
    )
    assert chosen.table.index.tolist() == ["s1"]
    assert "not known" in chosen.why_not["s0"]


def test_top_and_spaced_follow_the_index():
    common = {
        "index": sites(0.9, 0.8, 0.1),
        "reach": cover([[1, 1, 0], [0, 0, 1]]),
        "demand": np.array([5.0, 1.0]),
        "served": np.zeros(2),
    }
    top = choice.choose(Choice(model="top", count=2), **common)
    assert top.table.index.tolist() == ["s0", "s1"]
    assert top.table["new_demand"].tolist() == [5, 0]
    near = cover([[0, 1, 0], [1, 0, 0], [0, 0, 0]])
    ground = choice.Ground(near=near)
    apart = choice.choose(Choice(model="spaced", spacing_m=300, count=2), ground=ground, **common)
    assert apart.table.index.tolist() == ["s0", "s2"]
    assert apart.why_not["s1"] == "It is too near to s0, picked before it."


def test_an_unknown_name_is_refused():
    with pytest.raises(KeyError, match="s9"):
        choice.choose(
            Choice(count=1, fixed=["s9"]),
            index=sites(0.5),
            reach=cover([[1]]),
            demand=np.ones(1),
            served=np.zeros(1),
        )
