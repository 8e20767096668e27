"""The p-dispersion: by eye, brute force, rules."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import sparse

from siteplanner.choice.medians.dispersion import p_dispersion
from siteplanner.choice.solution import Rules, Solver

LINE = np.abs(np.arange(7.0)[:, None] - np.arange(7.0))


def closest(cost, sites):
    ways = [
        value
        for a, b in itertools.combinations(sites, 2)
        for value in (cost[a, b], cost[b, a])
        if not np.isnan(value)
    ]
    return min(ways, default=np.inf)


def test_by_eye():
    answer = p_dispersion(LINE, 3)
    assert answer.objective == 3.0
    assert sorted(answer.sites.tolist()) == [0, 3, 6]
    assert answer.proven
    assert np.isnan(answer.gains[:2]).all()
    assert answer.gains[2] == 3.0 - 6.0


def test_no_path_is_infinitely_far_and_the_cheaper_way_counts():
    cost = sparse.csr_array(np.array([[0.0, 5.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))
    cost.eliminate_zeros()
    assert p_dispersion(cost, 3).objective == 2.0
    apart = p_dispersion(cost, 2)
    assert apart.objective == np.inf
    assert apart.sites.tolist() == [0, 2]
    assert apart.proven


def test_a_stored_zero_is_near():
    cost = sparse.csr_array((np.array([0.0]), np.array([1]), np.array([0, 1, 1])), (2, 2))
    assert p_dispersion(cost, 2).objective == 0.0


def test_fixed_sites_count_like_any_other():
    answer = p_dispersion(LINE, 3, rules=Rules(fixed=np.array([1, 0])))
    assert answer.objective == 1.0
    assert answer.sites[:2].tolist() == [1, 0]
    assert answer.proven


def test_too_many_is_infeasible_in_words():
    answer = p_dispersion(LINE, 8)
    assert answer.infeasible
    assert answer.proven
    assert np.isnan(answer.objective)


def test_ties_prefer_the_higher_score_then_the_lower_number():
    cost = np.full((4, 4), 3.0)
    assert sorted(p_dispersion(cost, 2).sites.tolist()) == [0, 1]
    score = np.array([0.0, 2.0, 1.0, 5.0])
    assert sorted(p_dispersion(cost, 2, rules=Rules(score=score)).sites.tolist()) == [1, 3]


@pytest.mark.parametrize("seed", range(100))
def test_equals_brute_force(seed):
    lots = np.random.default_rng(seed)
    sites = int(lots.integers(2, 9))
    cost = lots.integers(0, 15, (sites, sites)).astype(float)
    cost[lots.random(cost.shape) < lots.choice([0.0, 0.4])] = np.nan
    count = int(lots.integers(1, sites + 1))
    fixed = lots.permutation(sites)[: int(lots.integers(0, min(count, 3) + 1))]
    barred = np.setdiff1d(lots.permutation(sites)[: int(lots.integers(0, 2))], fixed)
    home, least = lots.integers(-1, 2, sites), lots.integers(0, 2, 2)
    rules = Rules(fixed=fixed, barred=barred, districts=(home, least))
    sets = [
        one
        for one in itertools.combinations(range(sites), count)
        if set(fixed.tolist()) <= set(one) and not set(barred.tolist()) & set(one)
        and all((home[list(one)] == k).sum() >= few for k, few in enumerate(least))
    ]  # fmt: skip
    answer = p_dispersion(cost, count, rules=rules, solver=Solver(all_optima=True))
    assert answer.proven
    assert bool(answer.infeasible) == (not sets)
    if sets:
        best = max(closest(cost, one) for one in sets)
        assert answer.objective == best
        assert closest(cost, answer.sites) == best
        optima = sorted(one for one in sets if closest(cost, one) == best)
        assert [tuple(one.tolist()) for one in answer.optima] == optima


@pytest.mark.parametrize(
    ("cost", "rules", "words"),
    [
        (np.ones((2, 3)), Rules(), "site × site"),
        (np.ones((2, 2)), Rules(capacity=np.ones(2)), "capacity"),
        (np.ones((2, 2)), Rules(backup=1), "backup"),
    ],
)
def test_wrong_arguments_are_refused(cost, rules, words):
    with pytest.raises(ValueError, match=words):
        p_dispersion(cost, 1, rules=rules)
