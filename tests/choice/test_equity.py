"""Equity as the objective: against all sets of eight sites, and by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import sparse

from siteplanner import equity
from siteplanner.choice import Rules, fairest_cover, frontier, kolm_pollak_median
from siteplanner.choice.medians.even import aversion_of

SITES = 8


def sets_of(count, rules):
    """Give every set of exactly so many sites that keeps to fixed and barred sites."""
    for chosen in itertools.combinations(range(SITES), count):
        if set(rules.fixed) <= set(chosen) and not set(rules.barred) & set(chosen):
            yield np.array(chosen)


def cover_case(seed):
    rng = np.random.default_rng(seed)
    points = 14
    reach = (rng.random((points, SITES)) < 0.3).astype(float)
    if seed % 3 == 0:
        reach *= rng.choice([0.5, 1.0], size=reach.shape)
    demand = rng.integers(0, 9, points).astype(float)
    demand[rng.integers(points)] = 20.0
    group = rng.integers(-1, 3, points)
    served = np.where(rng.random(points) < 0.2, rng.choice([0.5, 1.0], points), 0.0)
    fixed = rng.choice(SITES, rng.integers(0, 2), replace=False)
    barred = np.setdiff1d(rng.choice(SITES, rng.integers(0, 3), replace=False), fixed)
    rules = Rules(fixed=fixed.astype(np.int64), barred=barred.astype(np.int64))
    return reach, demand, group, served, rules


def shares(case, chosen):
    reach, demand, group, served, _ = case
    best = np.maximum(served, reach[:, chosen].max(axis=1, initial=0.0))
    return [
        float(demand[group == one] @ best[group == one] / demand[group == one].sum())
        for one in range(3)
        if demand[group == one].sum() > 0
    ]


def newly(case, chosen):
    reach, demand, _, served, _ = case
    best = np.maximum(served, reach[:, chosen].max(axis=1, initial=0.0))
    return float(demand @ (best - served))


@pytest.mark.parametrize("seed", range(60))
def test_the_worst_served_group_is_served_best(seed):
    case = cover_case(seed)
    reach, demand, group, served, rules = case
    count = 2 + seed % 3
    found = fairest_cover(reach, demand, group, count, served=served, rules=rules)
    every = list(sets_of(count, rules))
    best = max(min(shares(case, one), default=1.0) for one in every)
    assert found.objective == pytest.approx(best, abs=1e-6)
    assert min(shares(case, found.sites), default=1.0) == pytest.approx(best, abs=1e-6)
    assert found.bound >= best - 1e-6
    ties = [one for one in every if min(shares(case, one), default=1.0) >= best - 1e-6]
    assert newly(case, found.sites) == pytest.approx(max(newly(case, one) for one in ties))
    assert len(found.sites) <= count
    assert not set(rules.barred) & set(found.sites)


@pytest.mark.parametrize("seed", range(20))
def test_groups_can_be_held_against_something_else(seed):
    case = cover_case(seed)
    reach, demand, group, served, rules = case
    whole = np.array([10.0, 20.0, 0.0])
    found = fairest_cover(reach, demand, group, 3, served=served, whole=whole, rules=rules)

    def least(chosen):
        best = np.maximum(served, reach[:, chosen].max(axis=1, initial=0.0))
        part = [float(demand[group == one] @ best[group == one]) for one in range(2)]
        there = [one for one in range(2) if demand[group == one].sum() > 0]
        return min((part[one] / whole[one] for one in there), default=1.0)

    best = max(least(one) for one in sets_of(3, rules))
    assert least(found.sites) == pytest.approx(best, abs=1e-5)


@pytest.mark.parametrize("seed", range(20))
def test_no_set_of_the_frontier_is_passed_in_both_ways(seed):
    case = cover_case(seed)
    reach, demand, group, served, rules = case
    found = frontier(reach, demand, group, 3, served=served, rules=rules, steps=4)
    marks = [(newly(case, one.sites), min(shares(case, one.sites), default=1.0)) for one in found]
    every = [(newly(case, one), min(shares(case, one), default=1.0)) for one in sets_of(3, rules)]
    for much, fair in marks:
        assert not any(a > much + 1e-6 and b > fair + 1e-5 for a, b in every)
    assert marks[0][0] == pytest.approx(max(a for a, _ in every))
    assert marks[-1][1] == pytest.approx(max(b for _, b in every), abs=1e-5)
    assert all(a > b for a, b in itertools.pairwise([much for much, _ in marks]))


def walk_case(seed):
    rng = np.random.default_rng(seed)
    points = 10
    walks = rng.integers(0, 40, (points, SITES)).astype(float)
    walks[rng.random(walks.shape) < 0.3] = np.nan
    demand = rng.integers(0, 9, points).astype(float)
    demand[0] = 5.0
    return walks, demand


def equivalent(walks, demand, chosen, kappa, unserved):
    one = walks[:, chosen]
    nearest = np.where(np.isnan(one), np.inf, one).min(axis=1, initial=np.inf)
    return equity.kolm_pollak(np.minimum(nearest, unserved), demand, kappa)


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("seed", range(20))
def test_the_equivalent_walk_is_shortest(seed, epsilon):
    walks, demand = walk_case(seed)
    rules = Rules(fixed=np.array([seed % SITES]), barred=np.array([(seed + 1) % SITES]))
    found = kolm_pollak_median(walks, demand, 3, aversion=epsilon, unserved_cost=60.0, rules=rules)
    stored = sparse.csr_array(
        (walks[~np.isnan(walks)], np.nonzero(~np.isnan(walks))[1],
         np.append(0, np.cumsum((~np.isnan(walks)).sum(axis=1)))), shape=walks.shape,
    )  # fmt: skip
    kappa = aversion_of(stored, demand, epsilon, 60.0)
    best = min(equivalent(walks, demand, one, kappa, 60.0) for one in sets_of(3, rules))
    own = equivalent(walks, demand, found.sites, kappa, 60.0)
    assert own == pytest.approx(best)
    assert found.objective == pytest.approx(best)
    assert found.bound <= best + 1e-6
    assert found.proven
    assert found.gains.sum() == pytest.approx(60.0 - best)


def test_a_stronger_aversion_shortens_the_longest_walk():
    walks = np.array([[1.0, 10.0]] * 20 + [[30.0, 10.0]])
    demand = np.ones(21)
    longest = [
        float(np.nanmin(walks[:, kolm_pollak_median(walks, demand, 1, aversion=one).sites], axis=1)
              .max()) for one in (0.01, 3.0)
    ]  # fmt: skip
    assert longest == [30.0, 10.0]


@pytest.mark.parametrize(
    ("does", "words"),
    [
        (lambda: kolm_pollak_median([[1.0]], [1.0], 1, aversion=0.0), "above 0"),
        (lambda: kolm_pollak_median([[1.0], [9000.0]], [100.0, 1e-9], 1), "alone would"),
        (
            lambda: kolm_pollak_median([[1.0]], [1.0], 1, rules=Rules(capacity=np.array([1.0]))),
            "no capacity",
        ),
        (lambda: fairest_cover([[1.0]], [1.0], [0.5], 1), "one whole number from -1 up"),
        (lambda: fairest_cover([[1.0]], [1.0], [0, 1], 1), "for each of 1 points"),
        (lambda: fairest_cover([[1.0]], [1.0], [0], 1, rules=Rules(backup=1)), "backup"),
        (lambda: frontier([[1.0]], [1.0], [0], 1, steps=1), "at least 2"),
    ],
)
def test_what_does_not_fit_is_said(does, words):
    with pytest.raises(ValueError, match=words):
        does()


def test_rules_that_no_set_keeps_to_are_told():
    rules = Rules(site_cost=np.array([5.0]), budget=1.0, fixed=np.array([0]))
    found = fairest_cover([[1.0]], [1.0], [0], 1, rules=rules)
    assert found.infeasible
    assert not len(found.sites)
    assert frontier([[1.0]], [1.0], [0], 1, rules=rules)[0].infeasible


def test_nobody_in_any_group_is_no_trouble():
    found = fairest_cover([[1.0, 0.0], [0.0, 1.0]], [3.0, 4.0], [-1, -1], 1)
    assert found.sites.tolist() == [1]


def test_a_group_with_nobody_in_it_is_held_against_nothing():
    reach, demand, group = [[1.0, 0.0], [0.0, 1.0]], [5.0, 0.0], [0, 1]
    found = fairest_cover(reach, demand, group, 1, whole=[5.0, 4.0])
    assert (found.sites.tolist(), found.objective) == ([0], 1.0)
