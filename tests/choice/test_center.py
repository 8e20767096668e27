"""The p-center: by eye, published optimum, brute force, rules."""

from __future__ import annotations

import csv
import itertools

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from siteplanner.choice.medians.center import p_center
from siteplanner.choice.solution import Rules, Solver

LINE = np.abs(np.arange(7.0)[:, None] - np.arange(7.0))


def farthest(cost, demand, sites):
    ways = [
        min((row[site] for site in sites if not np.isnan(row[site])), default=np.inf)
        for row, amount in zip(cost, demand, strict=True)
        if amount > 0
    ]
    return max(ways, default=0.0)


def fits(cost, load, sites, capacity, radius):
    who = np.flatnonzero(load >= 0)
    pairs = [(i, j) for i in who for j in sites if cost[i, j] <= radius]
    if {i for i, _ in pairs} != set(who):
        return False
    full = np.array([[float(i == k) for i, _ in pairs] for k in who])
    room = np.array([[load[i] * (j == k) for i, j in pairs] for k in sites])
    return linprog(np.zeros(len(pairs)), A_ub=room, b_ub=capacity[list(sites)], A_eq=full,
                   b_eq=np.ones(len(who)), bounds=(0, 1)).status == 0  # fmt: skip


def test_by_eye():
    answer = p_center(LINE, 2)
    assert answer.objective == 2.0
    assert answer.proven
    assert LINE[np.arange(7), answer.assignment].max() == 2.0
    assert p_center(LINE, 7).objective == 0.0


def test_only_points_with_demand_matter_and_all_the_same():
    demand = np.array([100.0, 0, 1, 0, 0, 0, 0])
    answer = p_center(LINE, 1, demand=demand)
    assert answer.objective == 1.0
    assert answer.sites.tolist() == [1]


def test_gains_are_by_how_much_the_largest_cost_falls():
    answer = p_center(LINE, 2, rules=Rules(fixed=np.array([0])))
    assert answer.sites[0] == 0
    assert answer.objective == 2.0
    assert np.isnan(answer.gains[0])
    assert answer.gains[1] == 6.0 - 2.0


def test_nobody_near_is_an_answer():
    cost = sparse.csr_array((np.array([0.0]), np.array([0]), np.array([0, 1, 1])), (2, 2))
    answer = p_center(cost, 2)
    assert answer.sites.size == 0
    assert "point 1" in answer.infeasible[0]
    two = p_center(np.array([[1.0, np.nan], [np.nan, 1.0]]), 1)
    assert "2 sites would do" in two.infeasible[0]
    assert two.proven


def test_ties_prefer_the_higher_score_then_the_lower_number():
    cost = np.full((2, 3), 4.0)
    assert p_center(cost, 2).sites.tolist() == [0]
    assert p_center(cost, 2, rules=Rules(score=np.array([0.0, 1.0, 2.0]))).sites.tolist() == [2]


@pytest.mark.parametrize("seed", range(80))
def test_equals_brute_force(seed):
    lots = np.random.default_rng(seed)
    sites, points = int(lots.integers(2, 8)), int(lots.integers(1, 9))
    cost = lots.integers(0, 12, (points, sites)).astype(float)
    cost[lots.random(cost.shape) < lots.choice([0.0, 0.3])] = np.nan
    demand = lots.integers(0, 3, points).astype(float)
    count = int(lots.integers(1, sites + 1))
    fixed = lots.permutation(sites)[: int(lots.integers(0, 2))]
    barred = lots.permutation(sites)[: int(lots.integers(0, 2))]
    price, money = lots.integers(0, 4, sites).astype(float), float(lots.integers(3, 12))
    near = lots.random((sites, sites)) < 0.1
    rules = Rules(fixed=fixed, barred=barred, site_cost=price, budget=money,
                  min_spacing=near | near.T)  # fmt: skip
    out = set(barred.tolist()) - set(fixed.tolist())
    sets = [
        one
        for size in range(count + 1)
        for one in itertools.combinations(range(sites), size)
        if set(fixed.tolist()) <= set(one) and not out & set(one)
        and price[list(one)].sum() <= money
        and not any((near | near.T)[a, b] for a, b in itertools.combinations(one, 2))
    ]  # fmt: skip
    radii = [farthest(cost, demand, one) for one in sets]
    best = min(radii, default=np.inf)
    answer = p_center(cost, count, demand=demand, rules=rules, solver=Solver(all_optima=True))
    assert answer.proven
    assert bool(answer.infeasible) == np.isinf(best)
    if np.isfinite(best):
        assert answer.objective == best
        assert farthest(cost, demand, answer.sites) == best
        optima = sorted(one for one, radius in zip(sets, radii, strict=True) if radius == best)
        assert [tuple(one.tolist()) for one in answer.optima] == optima


@pytest.mark.parametrize("seed", range(25))
def test_equals_brute_force_under_capacity(seed):
    lots = np.random.default_rng(seed)
    sites, points = int(lots.integers(2, 6)), int(lots.integers(1, 7))
    cost = lots.integers(0, 9, (points, sites)).astype(float)
    load = lots.integers(1, 5, points).astype(float)
    capacity = lots.integers(2, 15, sites).astype(float)
    count = int(lots.integers(1, sites + 1))
    sets = [one for n in range(1, count + 1) for one in itertools.combinations(range(sites), n)]
    best = min(
        (radius for radius in np.unique(cost) for one in sets
         if fits(cost, load, one, capacity, radius)), default=np.inf,
    )  # fmt: skip
    answer = p_center(cost, count, demand=load, rules=Rules(capacity=capacity))
    assert bool(answer.infeasible) == np.isinf(best)
    if np.isfinite(best):
        assert answer.objective == best
        flows = answer.flows.toarray()
        assert np.allclose(flows.sum(axis=1), 1)
        assert (load @ flows <= capacity + 1e-6).all()
        assert cost[flows > 0].max() <= best


def test_larger_ones_equal_the_covering_question():
    lots = np.random.default_rng(3)
    people, places = lots.random((300, 2)), lots.random((60, 2))
    cost = np.hypot(*(people[:, None] - places[None]).transpose(2, 0, 1))
    answer = p_center(cost, 6)
    assert answer.proven
    radii = np.unique(cost)
    smaller = radii[np.searchsorted(radii, answer.objective) - 1]
    reach = LinearConstraint((cost <= smaller).astype(float), lb=1)
    fewest = milp(np.ones(60), constraints=reach, integrality=np.ones(60), bounds=Bounds(0, 1))
    assert fewest.fun > 6.5


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"demand": np.ones(3)}, "demand has shape"),
        ({"rules": Rules(backup=1)}, "backup"),
        ({"rules": Rules(budget=1.0)}, "site_cost"),
    ],
)
def test_wrong_arguments_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        p_center(np.ones((2, 2)), 1, **change)


@pytest.mark.data
def test_san_francisco(real_data):
    folder = real_data / "facility_location" / "sf_spopt"
    name = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    with (folder / name).open() as file:
        rows = list(csv.DictReader(file))
    stores = sorted({int(row["name"].split("_")[1]) for row in rows})
    tracts = sorted({row["DestinationName"] for row in rows})
    cost = np.full((205, 16), np.nan)
    for row in rows:
        store = stores.index(int(row["name"].split("_")[1]))
        cost[tracts.index(row["DestinationName"]), store] = float(row["distance"])
    answer = p_center(cost, 4)
    assert answer.objective == pytest.approx(7403.0638, abs=1e-4)
    assert sorted(stores[site] for site in answer.sites) == [7, 11, 13, 15]
    assert answer.proven
