"""The p-median: by eye, published optima, brute force, rules, and honest bounds."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog
from scipy.sparse.csgraph import shortest_path

from siteplanner.choice.medians.bound import most_worth, price_out, ruled_out
from siteplanner.choice.medians.case import case_of
from siteplanner.choice.medians.costs import alike, costs_of, narrowed, table_of
from siteplanner.choice.medians.exact import groups_of
from siteplanner.choice.medians.median import p_median
from siteplanner.choice.medians.search import Medians, grow, improve
from siteplanner.choice.rules.exchanges import Exchanges
from siteplanner.choice.solution import Rules, Solver

LINE = np.abs(np.arange(5.0)[:, None] - np.arange(5.0))
"""Five places along a street, one apart."""


def stored(cost):
    """Give the same costs as a sparse table that stores its zeros."""
    known = ~np.isnan(cost)
    start = np.concatenate([[0], np.cumsum(known.sum(axis=1))])
    return sparse.csr_array((cost[known], np.nonzero(known)[1], start), shape=cost.shape)


def cost_by_hand(cost, demand, sites, unserved=None):
    total = 0.0
    for row, amount in zip(cost, demand, strict=True):
        ways = [row[site] for site in sites if not np.isnan(row[site])]
        ways += [] if unserved is None else [unserved]
        total += amount * min(ways, default=np.inf) if amount else 0.0
    return total


def shipped_by_hand(cost, demand, sites, capacity, load, unserved=None):
    """Solve the transport problem as a plain linear program."""
    who = np.flatnonzero(demand > 0)
    pairs = [(i, j) for i in who for j in sites if not np.isnan(cost[i, j])]
    extra = who if unserved is not None else []
    if not len(who):
        return 0.0
    if not pairs and not len(extra):
        return np.inf
    paid = [demand[i] * cost[i, j] for i, j in pairs] + [demand[i] * unserved for i in extra]
    full = np.array([[float(i == k) for i, _ in pairs] + [float(i == k) for i in extra]
                     for k in who])  # fmt: skip
    room = np.array([[load[i] * (j == k) for i, j in pairs] + [0.0] * len(extra) for k in sites])
    room = room.reshape(len(sites), len(paid))
    found = linprog(paid, A_ub=room, b_ub=capacity[list(sites)], A_eq=full, b_eq=np.ones(len(who)),
                    bounds=(0, 1))  # fmt: skip
    return found.fun if found.status == 0 else np.inf


def allowed(sites, count, rules):
    chosen, fixed = set(sites), set(rules.fixed.tolist())
    if len(chosen) > count or not fixed <= chosen or chosen & set(rules.barred.tolist()) - fixed:
        return False
    if rules.budget is not None and rules.site_cost[list(sites)].sum() > rules.budget:
        return False
    if rules.min_spacing is not None and any(
        rules.min_spacing[a, b] and not {a, b} <= fixed for a, b in itertools.combinations(sites, 2)
    ):
        return False
    if rules.districts is not None:
        home, least = rules.districts
        return all((home[list(sites)] == k).sum() >= few for k, few in enumerate(least))
    return True


def best_by_hand(cost_of, sites, count, rules):
    sets = [
        one
        for size in range(min(count, sites) + 1)
        for one in itertools.combinations(range(sites), size)
        if allowed(one, count, rules)
    ]
    costs = [cost_of(one) for one in sets]
    best = min(costs, default=np.inf)
    slack = 1e-7 * max(1.0, best) if np.isfinite(best) else 0.0
    return best, [one for one, paid in zip(sets, costs, strict=True) if paid <= best + slack]


def drawn(seed, *, capacity=False):
    lots = np.random.default_rng(seed)
    sites, points = int(lots.integers(2, 7)), int(lots.integers(1, 9))
    cost = lots.integers(0, 9, (points, sites)) * lots.choice([1.0, 1.37])
    cost[lots.random(cost.shape) < lots.choice([0.0, 0.3])] = np.nan
    demand = lots.integers(0, 5, points).astype(float)
    count = int(lots.integers(1, sites + 1))
    more = {}
    if lots.random() < 0.3:
        more["fixed"] = lots.permutation(sites)[: int(lots.integers(1, count + 1))]
    if lots.random() < 0.3:
        more["barred"] = lots.permutation(sites)[: int(lots.integers(0, sites))]
    if lots.random() < 0.3:
        more |= {"site_cost": lots.integers(0, 5, sites).astype(float)}
        more["budget"] = float(lots.integers(1, 12))
    if lots.random() < 0.3:
        near = lots.random((sites, sites)) < 0.3
        more["min_spacing"] = near | near.T
    if lots.random() < 0.3:
        more["districts"] = (lots.integers(-1, 2, sites), lots.integers(0, 3, 2))
    if capacity:
        more["capacity"] = lots.integers(0, 12, sites).astype(float)
        if lots.random() < 0.3:
            more["load"] = lots.integers(0, 4, points).astype(float)
    unserved = None if lots.random() < 0.5 else float(lots.integers(0, 9))
    return cost, demand, count, Rules(**more), unserved


def test_by_eye():
    best = p_median(LINE, np.ones(5), 2)
    assert best.objective == 3.0
    assert best.proven
    assert best.bound == 3.0
    assert best.assignment.tolist() == [
        best.sites[np.argmin(LINE[k, best.sites])] for k in range(5)
    ]


def test_an_absent_pair_is_no_path_and_a_stored_zero_is_free():
    cost = sparse.csr_array((np.array([0.0, 4.0]), np.array([0, 1]), np.array([0, 1, 2])), (2, 2))
    assert p_median(cost, np.ones(2), 2).objective == 4.0
    alone = p_median(cost, np.ones(2), 1)
    assert alone.sites.size == 0
    assert np.isnan(alone.objective)
    assert alone.proven
    assert "2 sites would do" in alone.infeasible[0]


def test_who_cannot_be_served_costs_what_it_costs():
    cost = np.array([[1.0, np.nan], [np.nan, 9.0]])
    best = p_median(cost, np.array([2.0, 3.0]), 2, unserved_cost=5.0)
    assert best.objective == 2 * 1 + 3 * 5
    assert best.sites.tolist() == [0]  # the other one costs more than not being served
    assert best.assignment.tolist() == [0, -1]
    assert best.gains.tolist() == [2 * (5 - 1)]


def test_demand_that_nobody_reaches_is_infeasible_in_words():
    answer = p_median(np.array([[1.0], [np.nan]]), np.array([1.0, 7.0]), 1)
    assert "7" in answer.infeasible[0]
    assert "point 1" in answer.infeasible[0]
    without = p_median(np.array([[1.0], [np.nan]]), np.array([1.0, 0.0]), 1)
    assert without.objective == 1.0


def test_fixed_sites_come_first_in_their_order_and_gains_say_what_each_saves():
    best = p_median(LINE, np.ones(5), 3, rules=Rules(fixed=np.array([4, 0]), barred=np.array([2])))
    assert best.sites[:2].tolist() == [4, 0]
    assert 2 not in best.sites
    assert np.isnan(best.gains[0])
    assert best.gains[1] == 6.0  # 10 from place 4 alone, 4 from both ends
    assert best.gains[1:].sum() == 10.0 - best.objective


def test_ties_prefer_the_higher_score_then_the_lower_number():
    cost = np.array([[2.0, 2.0, 2.0]])
    assert p_median(cost, np.ones(1), 1).sites.tolist() == [0]
    score = np.array([0.1, 0.9, 0.9])
    assert p_median(cost, np.ones(1), 1, rules=Rules(score=score)).sites.tolist() == [1]


def test_a_site_that_saves_nothing_is_left_out():
    assert len(p_median(np.array([[1.0, 2.0]]), np.ones(1), 2).sites) == 1


@pytest.mark.parametrize("seed", range(80))
def test_equals_brute_force(seed):
    cost, demand, count, rules, unserved = drawn(seed)
    best, sets = best_by_hand(
        lambda one: cost_by_hand(cost, demand, one, unserved), cost.shape[1], count, rules
    )
    given_cost = stored(cost) if seed % 2 else cost
    answer = p_median(given_cost, demand, count, unserved_cost=unserved, rules=rules,
                      solver=Solver(all_optima=True))  # fmt: skip
    assert answer.proven
    assert bool(answer.infeasible) == np.isinf(best)
    if np.isfinite(best):
        assert answer.objective == pytest.approx(best, rel=1e-9)
        assert [tuple(one.tolist()) for one in answer.optima] == sorted(sets)
        assert tuple(sorted(answer.sites.tolist())) in sets


@pytest.mark.parametrize("seed", range(25))
def test_equals_brute_force_under_capacity(seed):
    cost, demand, count, rules, unserved = drawn(seed, capacity=True)
    load = demand if rules.load is None else rules.load
    best, sets = best_by_hand(
        lambda one: shipped_by_hand(cost, demand, one, rules.capacity, load, unserved),
        cost.shape[1], count, rules,
    )  # fmt: skip
    answer = p_median(cost, demand, count, unserved_cost=unserved, rules=rules)
    assert answer.proven
    assert bool(answer.infeasible) == np.isinf(best)
    if np.isfinite(best):
        assert answer.objective == pytest.approx(best, rel=1e-7, abs=1e-7)
        assert tuple(sorted(answer.sites.tolist())) in sets
        taken = load @ answer.flows.toarray()
        assert (taken <= rules.capacity + 1e-6).all()
        served = np.asarray(answer.flows.sum(axis=1))
        assert (served[demand > 0] >= 1 - 1e-6).all() or unserved is not None


def test_capacity_splits_a_point():
    rules = Rules(capacity=np.array([4.0, 9.0]))
    answer = p_median(np.array([[1.0, 3.0]]), np.array([10.0]), 2, rules=rules)
    assert answer.objective == pytest.approx(22.0)
    assert answer.flows.toarray().round(9).tolist() == [[0.4, 0.6]]
    assert answer.assignment.tolist() == [1]


@pytest.mark.parametrize("seed", range(30))
def test_the_bound_holds_without_an_exact_search(seed):
    lots = np.random.default_rng(seed)
    cost, demand = lots.random((30, 12)), lots.random(30)
    cost[lots.random(cost.shape) < 0.2] = np.nan
    count = int(lots.integers(2, 5))
    exact = p_median(cost, demand, count, unserved_cost=2.0)
    quick = p_median(cost, demand, count, unserved_cost=2.0, solver=Solver(nodes=0, restarts=2))
    assert exact.proven
    assert quick.bound <= exact.objective * (1 + 1e-9)
    assert quick.objective >= exact.objective * (1 - 1e-9)
    assert quick.gap < 0.2


def test_the_price_bound_never_passes_the_best_set_nor_rules_it_out():
    for seed in range(20):
        lots = np.random.default_rng(seed)
        cost, demand = lots.integers(0, 50, (14, 8)).astype(float), lots.integers(1, 9, 14) * 1.0
        best, sets = best_by_hand(lambda one, c=cost, w=demand: cost_by_hand(c, w, one), 8, 3,
                                  Rules())  # fmt: skip
        case = case_of(table_of(cost), demand, 3, None, Rules())
        served = case.merged()
        prices = price_out(served, case.moves, price=np.full(len(served.weight), 10.0),
                           target=best, steps=200)  # fmt: skip
        assert best * 0.8 < prices.bound <= best * (1 + 1e-9)
        may, must = ruled_out(prices, best, case.moves)
        assert all(may[list(one)].all() for one in sets if len(one) == 3)
        assert all(set(np.flatnonzero(must)) <= set(one) for one in sets if len(one) == 3)


def test_most_worth_keeps_to_the_budget():
    rules = Rules(site_cost=np.array([4.0, 2.0, 2.0]), budget=5.0)
    value, part = most_worth(np.array([8.0, 3.0, 2.0]), Exchanges(rules, 3, 3))
    assert value == pytest.approx(8.0 + 3.0 / 2)
    assert part == pytest.approx([1.0, 0.5, 0.0])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_tables_follow_every_exchange(seed, count):
    lots = np.random.default_rng(seed)
    cost = lots.integers(0, 20, (12, 6)).astype(float)
    served = case_of(table_of(cost), np.ones(12), count, 25.0, Rules()).merged()
    moves = Exchanges(Rules(), 6, count)
    medians = Medians(served, count)
    grow(medians, moves)
    for _ in range(5):
        out, new = int(lots.integers(0, count)), int(lots.integers(0, 6))
        if medians.slot[new] >= 0:
            continue
        saved = medians.savings()[out, new]
        before = medians.total
        medians.put(out, new)
        assert before - medians.total == pytest.approx(saved, abs=1e-9)
    improve(medians, moves)
    assert not (np.where(moves.exchanging(medians.chosen), medians.savings(), -1) > 1e-6).any()


def test_more_sites_never_cost_more():
    lots = np.random.default_rng(5)
    cost = np.abs(lots.random(40)[:, None] - lots.random(15))
    demand = lots.random(40)
    paid = [p_median(cost, demand, count).objective for count in range(1, 8)]
    assert (np.diff(paid) <= 1e-12).all()


def test_the_same_question_has_the_same_answer_and_is_left_alone():
    lots = np.random.default_rng(6)
    cost, demand = lots.random((30, 12)), lots.random(30)
    table = stored(cost)
    kept = [part.copy() for part in (table.data, table.indices, table.indptr, demand)]
    rules = Rules(fixed=np.array([3]), barred=np.array([3, 4]))
    one, other = (p_median(table, demand, 4, rules=rules) for _ in range(2))
    assert one.sites.tolist() == other.sites.tolist()
    assert 3 in one.sites
    for before, now in zip(kept, (table.data, table.indices, table.indptr, demand), strict=True):
        assert np.array_equal(before, now)


def test_the_gap_asked_for_ends_the_search():
    lots = np.random.default_rng(7)
    cost, demand = lots.random((60, 30)), lots.random(60)
    rough = p_median(cost, demand, 5, solver=Solver(gap=0.2))
    assert rough.gap <= 0.2
    assert not rough.proven
    assert "% better" in rough.method


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"demand": np.array([1.0])}, "demand has shape"),
        ({"demand": np.array([1.0, -1.0])}, "negative"),
        ({"count": 0}, "count is 0"),
        ({"unserved_cost": -1.0}, "unserved_cost is -1.0"),
        ({"unserved_cost": np.nan}, "unserved_cost is nan"),
        ({"rules": Rules(backup=1)}, "backup"),
        ({"cost": np.array([[1.0, -2.0], [1.0, 1.0]])}, "cost is negative"),
        ({"rules": Rules(fixed=np.array([0, 1]))}, "2 sites are fixed"),
    ],
)
def test_wrong_arguments_are_refused(change, words):
    asked = {"cost": np.ones((2, 2)), "demand": np.ones(2), "count": 1} | change
    with pytest.raises(ValueError, match=words):
        p_median(asked.pop("cost"), asked.pop("demand"), asked.pop("count"), **asked)


def test_points_alike_are_merged_and_tables_sorted():
    cost = np.array([[3.0, 1.0], [3.0, 1.0], [3.0, 2.0], [np.nan, 1.0]])
    table = table_of(cost)
    assert alike(table).tolist() == [0, 0, 2, 3]
    sorted_rows = costs_of(table)
    assert sorted_rows.cost.tolist() == [1.0, 3.0, 1.0, 3.0, 2.0, 3.0, 1.0]
    part = narrowed(sorted_rows, np.array([False, True]))
    assert part.cost.tolist() == [1.0, 1.0, 2.0, 1.0]
    assert part.columns.toarray()[:, 1].tolist() == [1.0, 1.0, 2.0, 1.0]


def test_groups_stop_at_a_site_that_is_sure():
    costs = costs_of(table_of(np.array([[1.0, 2.0, 3.0]])))
    every = np.ones(3, dtype=bool)
    groups = groups_of(costs, np.ones(1), None, every, np.array([False, True, False]))
    assert groups.constant == 1.0
    assert groups.extra.tolist() == [1.0]


def orlib(folder: Path, number: int):
    lines = [line.split() for line in (folder / f"pmed{number}.txt").read_text().splitlines()]
    nodes, _, count = (int(word) for word in lines[0])
    edge = np.zeros((nodes, nodes))
    for a, b, length in lines[1:]:  # the last of several edges counts
        edge[int(a) - 1, int(b) - 1] = edge[int(b) - 1, int(a) - 1] = float(length)
    return shortest_path(sparse.csr_array(edge), directed=False), count


@pytest.mark.data
@pytest.mark.parametrize(
    ("number", "optimum"),
    [(1, 5819), (2, 4093), (3, 4250), (6, 7824), (7, 5631), (11, 7696), (16, 8162), (21, 9138)],
)
def test_or_library(real_data, number, optimum):
    cost, count = orlib(real_data / "facility_location" / "orlib", number)
    answer = p_median(cost, np.ones(len(cost)), count)
    assert answer.objective == optimum
    assert answer.proven


@pytest.mark.data
def test_san_francisco(real_data):
    folder = real_data / "facility_location" / "sf_spopt"
    name = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    with (folder / name).open() as file:
        rows = list(csv.DictReader(file))
    with (folder / "SF_demand_205_centroid_uniform_weight.csv").open() as file:
        tracts = {
            row["NAME"]: (k, float(row["POP2000"])) for k, row in enumerate(csv.DictReader(file))
        }
    stores = sorted({int(row["name"].split("_")[1]) for row in rows})
    cost = np.full((205, 16), np.nan)
    for row in rows:
        store = stores.index(int(row["name"].split("_")[1]))
        cost[tracts[row["DestinationName"]][0], store] = float(row["distance"])
    demand = np.array([people for _, people in tracts.values()])
    answer = p_median(cost, demand, 4)
    assert answer.objective == pytest.approx(2_848_268_129.7145, abs=1e-3)
    assert sorted(stores[site] for site in answer.sites) == [2, 11, 12, 15]
    assert answer.proven
