"""Budgets that are kept to, to the last unit of money, however large the amounts are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from siteplanner.choice import Rules, Solver, max_cover, p_center, p_median, set_cover
from siteplanner.choice.programs.highs import Program, solve
from siteplanner.choice.programs.money import eased, overspent
from siteplanner.choice.rules.exchanges import Exchanges
from siteplanner.choice.rules.rows import keeps_to, most_money

BEST = "the best of all sets that keep to the rules, proven by an exact search"


def test_a_set_that_is_hardly_too_dear_does_not_hide_those_that_are_not():
    cost = np.array([[0, 1, 5], [1, 0, 5], [5, 5, 0.0]])
    found = p_center(cost, 2, rules=Rules(site_cost=[1e7, 2e7, 1e7 + 1], budget=2e7))
    assert (found.objective, found.method) == (5.0, BEST)
    assert len(found.sites) == 1
    rules = Rules(site_cost=[1e9, 1e9 + 1, 1e9], budget=2e9, capacity=[8.0, 14.0, 3.0], load=[5.0])
    found = p_center(np.array([[4.5, 0.18, 0.09]]), 3, rules=rules)
    assert (found.sites.tolist(), found.objective, found.proven) == ([1], 0.18, True)


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("model", ["max_cover", "set_cover", "p_median", "p_center"])
def test_large_amounts_give_what_trying_every_set_gives(model, seed, oracle):
    random = np.random.default_rng([seed, len(model)])
    sites, count = 5, 3
    large = float(random.choice([1e5, 1e7, 1e9, 1e11]))
    price = large + random.integers(0, 4, sites)
    if seed % 2:
        price = large * random.integers(1, 4, sites) + random.choice([0, 0.25, 1], sites)
    some = random.permutation(sites)[: int(random.integers(1, count + 1))]
    budget = float(price[some].sum() + random.choice([0, 0, -1, 0.5]))
    rules, every = Rules(site_cost=price, budget=budget), Solver(all_optima=True)
    reach = (random.random((6, sites)) < 0.5).astype(float)
    walk, demand = random.integers(0, 9, (6, sites)).astype(float), np.ones(6)
    if model == "set_cover":
        found = set_cover(reach, demand, share=0.6, rules=rules, solver=every)
        values = oracle.set_cover(reach, demand, 0.6, rules)
    elif model == "max_cover":
        found = max_cover(reach, demand, count, rules=rules, solver=every)
        values = oracle.max_cover(reach, demand, count, rules)
    elif model == "p_median":
        found = p_median(walk, demand, count, rules=rules, solver=every)
        values = oracle.p_median(walk, demand, count, rules)
    else:
        found = p_center(walk, count, rules=rules, solver=every)
        values = oracle.p_center(walk, count, rules)
    best = oracle.best_of(values, maximise=model == "max_cover")
    assert found.proven
    assert bool(found.infeasible) == bool(np.isnan(best.value))
    if not found.infeasible:
        assert found.objective == best.value
        assert keeps_to(rules, found.sites, sites, None)


def test_the_same_sets_can_be_paid_by_every_part():
    rules = Rules(site_cost=np.array([1e9 + 2, 0.0]), budget=1e9 + 1)
    assert not keeps_to(rules, np.array([0]), 2, 1)
    assert Exchanges(rules, 2, 1).joining(np.empty(0, dtype=np.int64)).tolist() == [False, True]
    found = max_cover([[1.0]], [3], 1, rules=Rules(fixed=[0], site_cost=[1e9 + 2], budget=1e9 + 1))
    assert found.infeasible
    assert "inf" not in found.method


def test_cents_that_do_not_add_up_in_binary_are_forgiven():
    rules = Rules(site_cost=np.array([0.1, 0.2]), budget=0.3)
    assert 0.1 + 0.2 > 0.3
    assert keeps_to(rules, np.array([0, 1]), 2, 2)
    found = max_cover(np.eye(2), [1, 1], 2, rules=rules)
    assert (found.objective, found.proven) == (2.0, True)
    tiny = Rules(site_cost=np.array([0.1, 0.2]) * 1e-12, budget=0.25e-12)
    assert max_cover(np.eye(2), [1, 1], 2, rules=tiny).objective == 1


@pytest.mark.parametrize("seed", range(40))
def test_eased_amounts_let_in_the_same_sets(seed, oracle):
    random = np.random.default_rng(seed)
    large = float(random.choice([1e-9, 1.0, 1e4, 1e9, 1e15]))
    price = large * random.integers(0, 20, 6).astype(float)
    price += 0.0 if seed % 3 else large * random.random(6)
    rules = Rules(site_cost=price, budget=float(large * random.integers(0, 60)))
    most = most_money(rules)
    handy, budget = eased(price, most, loose=False)
    loose = eased(price, most)[1]
    assert budget <= loose <= max(budget * 1.00002, budget + 0.5)
    picked = oracle.all_sets(6)
    payable = picked @ price <= most
    assert (picked[payable] @ handy <= budget * (1 + 1e-12)).all()
    assert (picked[~payable] @ handy > budget * (1 - 1e-12)).all()
    for chosen in map(np.flatnonzero, picked):
        found = overspent(price, most, chosen)
        assert (found is None) == (price[chosen].sum() <= most)
        if found is not None:
            group, many = found
            assert not (payable & (picked[:, group].sum(axis=1) >= many)).any()
            assert np.isin(chosen, group).sum() >= many


def test_highs_keeps_to_a_budget_exactly():
    price = 1e9 + np.arange(8.0)
    program = Program(
        cost=np.ones(8),
        rows=sparse.csr_array(price.reshape(1, -1)),
        lower=np.array([-np.inf]),
        upper=np.array([3e9]),
        whole=np.ones(8, dtype=bool),
        x_lower=np.zeros(8),
        x_upper=np.ones(8),
        maximise=True,
        budget=0,
    )
    solved = solve(program)
    assert (solved.objective, solved.bound, solved.optimal) == (2.0, 2.0, True)
