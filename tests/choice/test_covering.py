"""Covering at scale: every part against every set tried one by one, and the whole against HiGHS."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse

from siteplanner.choice.covering import bounded
from siteplanner.choice.covering.bounded import cover
from siteplanner.choice.covering.dual import Dual
from siteplanner.choice.covering.finishing import finish, program_of_core
from siteplanner.choice.covering.greedy import gains_left, greedy_cover, pick, rank_of, reached
from siteplanner.choice.covering.interchange import even_exchanges, exchange
from siteplanner.choice.covering.reduction import core_of, narrowed, without_dominated
from siteplanner.choice.programs.highs import solve
from siteplanner.choice.solution import Solver

NONE = np.empty(0, dtype=np.int64)
EFFORTS = {
    "default": Solver(),
    "no exact search": Solver(nodes=0),
    "exact search only": Solver(dual_steps=0, restarts=0),
    "exchanges only": Solver(dual_steps=0, restarts=0, nodes=0),
    "shakes only": Solver(dual_steps=0, nodes=0),
    "good enough": Solver(gap=0.05),
}


def random_case(seed, *, points=12, sites=8, partial=None):
    """Give reach, demand, served, fixed, barred and count, with ties, gaps and zeros."""
    random = np.random.default_rng(seed)
    points, sites = random.integers(1, points + 1), random.integers(1, sites + 1)
    partial = seed % 2 if partial is None else partial
    values = [0.25, 0.5, 0.75, 1.0] if partial else [1.0]
    reach = random.choice(values, (points, sites)) * (random.random((points, sites)) < 0.35)
    if seed % 3 == 0:
        demand = random.integers(0, 4, points).astype(float)
    else:
        demand = random.random(points) * 10.0 ** random.integers(-3, 6)
    served = random.choice([0.0, 0.0, 0.3, 1.0], points) if seed % 5 < 2 else np.zeros(points)
    order = random.permutation(sites)
    fixed = order[: random.integers(0, 1 + sites // 3)] if seed % 4 == 0 else NONE
    barred = order[len(fixed) :][: random.integers(0, 1 + sites // 3)]
    count = max(1, len(fixed)) + random.integers(0, 4)
    return reach, demand, served, fixed.astype(np.int64), barred.astype(np.int64), int(count)


def worth_of(reach, demand, served, sites):
    together = np.maximum(reach[:, list(sites)].max(axis=1, initial=0.0), served)
    return float(((together - served) * demand).sum())


def best_by_brute_force(reach, demand, served, fixed, barred, count):
    open_sites = np.setdiff1d(np.arange(reach.shape[1]), np.concatenate([fixed, barred]))
    more = min(count - len(fixed), len(open_sites))
    return max(
        worth_of(reach, demand, served, [*fixed, *others])
        for others in itertools.combinations(open_sites, more)
    )


def solved(case, solver=None, score=None):
    reach, demand, served, fixed, barred, count = case
    return cover(
        sparse.csc_array(reach),
        demand,
        served,
        count,
        fixed=fixed,
        barred=barred,
        score=score,
        solver=solver,
    )


def open_core(case):
    reach, demand, served, *_, count = case
    columns = sparse.csc_array(reach)
    return core_of(columns, demand, served, np.arange(reach.shape[1]), count)


@pytest.mark.parametrize("effort", EFFORTS)
def test_against_every_set(effort):
    solver, proofs = EFFORTS[effort], 0
    seeds = range(300 if effort == "default" else 100)
    for seed in seeds:
        case = random_case(seed)
        reach, demand, served, fixed, barred, count = case
        best = best_by_brute_force(*case)
        near = pytest.approx(best, rel=1e-9, abs=1e-12)
        found = solved(case, solver)
        assert found.objective == pytest.approx(worth_of(reach, demand, served, found.sites))
        assert found.bound >= best * (1 - 1e-12)
        assert found.objective <= best * (1 + 1e-12)
        assert found.bound >= found.objective
        assert len(found.sites) <= count
        assert found.sites[: len(fixed)].tolist() == fixed.tolist()
        assert not set(found.sites) & set(barred)
        if found.proven:
            assert found.objective == near
            assert found.bound == found.objective
        proofs += found.proven
        if solver.gap:
            assert found.gap <= solver.gap
    always = effort in ("default", "exact search only")
    assert proofs == len(seeds) if always else 0 < proofs <= len(seeds)


@pytest.mark.parametrize("seed", range(8))
def test_against_highs_on_the_whole_model(seed):
    random = np.random.default_rng(seed)
    places, sites = random.random((400, 2)), random.random((70, 2))
    apart = np.abs(places[:, np.newaxis] - sites).sum(axis=2)
    reach = np.where(apart < 0.16, 1.0 if seed % 2 else np.round(1 - apart, 2 + seed % 4), 0.0)
    demand = random.lognormal(3.5, 0.9, 400)
    demand = np.round(demand) if seed < 4 else demand * 10.0 ** (3 - seed)
    columns = sparse.csc_array(reach)
    found = cover(columns, demand, np.zeros(400), 8, fixed=NONE, barred=NONE)
    assert found.proven
    whole = program_of_core(core_of(columns, demand, np.zeros(400), np.arange(70), 8))
    exact = optimize.milp(
        -whole.cost,
        integrality=whole.whole.astype(int),
        bounds=optimize.Bounds(0, 1),
        constraints=optimize.LinearConstraint(whole.rows, whole.lower, whole.upper),
        options={"mip_rel_gap": 0.0},
    )
    assert found.objective == pytest.approx(-exact.fun, rel=1e-7)


def town(seed, *, points=80, sites=16):
    """Give places in a square that is too small for its sites, so that greedy goes wrong."""
    random = np.random.default_rng(seed)
    places, sites = random.random((points, 2)), random.random((sites, 2))
    apart = np.abs(places[:, np.newaxis] - sites).sum(axis=2)
    demand = np.round(random.lognormal(3.5, 0.9, points), seed % 3)
    return (apart < 0.35).astype(float), demand, np.zeros(points), NONE, NONE, 4


def test_a_poor_set_to_begin_with_does_no_harm(monkeypatch):
    monkeypatch.setattr(bounded, "exchange", lambda core, picked, **_: picked)
    monkeypatch.setattr(bounded._Search, "_shake", lambda *_: None)
    monkeypatch.setattr(bounded, "SMALLER", 1.0)
    shrunk = []
    smaller = bounded.narrowed
    monkeypatch.setattr(
        bounded, "narrowed", lambda *given: shrunk.append(len(given[2])) or smaller(*given)
    )
    worse = 0
    for seed in range(60):
        case = town(seed)
        best = best_by_brute_force(*case)
        found = solved(case)
        assert found.objective == pytest.approx(best)
        assert found.proven
        found = solved(case, Solver(nodes=0))
        assert found.objective <= best * (1 + 1e-12)
        assert found.bound >= best * (1 - 1e-12)
        worse += found.objective < best - 1e-6
    assert worse > 5
    assert sum(shrunk) > 5


def test_by_eye():
    reach = np.array([[1, 0, 1, 0], [1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], dtype=float)
    case = (reach, np.array([3.0, 4.0, 2.0, 2.0]), np.zeros(4), NONE, NONE, 2)
    found = solved(case)
    assert found.sites.tolist() == [1, 2]
    assert found.gains.tolist() == [6.0, 5.0]
    assert found.assignment.tolist() == [2, 1, 1, 2]
    assert (found.objective, found.bound, found.proven) == (11.0, 11.0, True)
    assert found.method.startswith("the best of all sets")
    greedy = greedy_cover(sparse.csr_array(reach), case[1], 2)
    assert greedy.sites.tolist() == [0, 1]
    assert greedy.objective == 9.0


def test_fixed_come_first_and_the_rest_by_what_it_adds():
    reach = np.eye(4)
    case = (reach, np.array([1.0, 8.0, 4.0, 2.0]), np.zeros(4), np.array([3, 0]), NONE, 4)
    found = solved(case)
    assert found.sites.tolist() == [3, 0, 1, 2]
    assert found.gains.tolist() == [2.0, 1.0, 8.0, 4.0]


def test_sites_that_add_nothing_stay_out():
    reach = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
    found = solved((reach, np.array([3.0, 4.0]), np.zeros(2), NONE, NONE, 3))
    assert found.sites.tolist() == [0]
    assert found.proven


def test_what_is_served_already_counts_no_more():
    reach = np.array([[1.0, 0.0], [0.0, 1.0]])
    found = solved((reach, np.array([9.0, 4.0]), np.array([0.9, 0.0]), NONE, NONE, 1))
    assert found.sites.tolist() == [1]
    assert solved((reach, np.ones(2), np.ones(2), NONE, NONE, 1)).objective == 0


@pytest.mark.parametrize(("score", "expected"), [([0.1, 0.9, 0.5], 1), ([0.5, 0.5, 0.5], 0)])
def test_ties_go_to_the_higher_score_then_to_the_lower_number(score, expected):
    reach = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    case = (reach, np.array([4.0, 4.0]), np.zeros(2), NONE, NONE, 1)
    assert solved(case, score=np.array(score)).sites.tolist() == [expected]
    assert solved(case).sites.tolist() == [0]


def test_among_equal_sets_no_exchange_has_a_better_score():
    for seed in range(60):
        reach, demand, served, *_ = case = random_case(3 * seed, partial=False)
        case = (*case[:3], NONE, NONE, case[-1])
        score = np.random.default_rng(seed).integers(0, 4, reach.shape[1]).astype(float)
        rank = rank_of(score, reach.shape[1])
        found = solved(case, score=score)
        if len(found.sites) < case[-1]:
            continue
        for out in found.sites:
            for new in np.setdiff1d(np.arange(reach.shape[1]), found.sites):
                other = [new, *np.setdiff1d(found.sites, out)]
                equal = worth_of(reach, demand, served, other) >= found.objective - 1e-12
                assert not (equal and rank[new] < rank[out])


def test_each_bound_of_the_relaxation_holds():
    strict = 0
    for seed in range(150):
        case = (*random_case(seed)[:3], NONE, NONE, random_case(seed)[-1])
        core = without_dominated(open_core(case), np.arange(case[0].shape[1]))
        if core.count >= len(core.sites):
            continue
        sets = np.array(list(itertools.combinations(range(len(core.sites)), core.count)))
        values = np.array([core.worth(one) for one in sets])
        dual = Dual(core, np.full(len(core.sites), 0.5))
        for _ in range(4):
            dual.walk(10)
            assert dual.bound >= values.max()
            for site in range(len(core.sites)):
                has = (sets == site).any(axis=1)
                assert dual.bound_with[site] >= values[has].max()
                assert dual.bound_without[site] >= values[~has].max(initial=0.0)
            strict += (dual.bound_with < values.max()).any()
    assert strict > 20


@pytest.mark.parametrize("seed", [0, 1, 2, *range(4, 11)])  # in 3 every site fits
def test_the_relaxation_comes_to_what_highs_finds(seed):
    core = open_core((*random_case(seed, points=60, sites=25)[:3], NONE, NONE, 3))
    assert core.count < len(core.sites)
    dual = Dual(core, np.full(len(core.sites), 0.5))
    dual.walk(4000)
    relaxed = solve(program_of_core(core), relaxed=True)
    assert dual.bound == pytest.approx(relaxed.objective, rel=1e-4)
    assert dual.value == pytest.approx(relaxed.objective, rel=1e-4)
    assert dual.value <= dual.bound


def test_prices_are_carried_into_a_smaller_model():
    core = open_core((*random_case(5, points=60, sites=25)[:3], NONE, NONE, 4))
    dual = Dual(core, np.full(len(core.sites), 0.3))
    dual.walk(400)
    again = Dual(dual.priced(), dual.share)
    assert again.price == pytest.approx(dual.price)


def test_merged_and_narrowed_models_give_sets_the_same_worth():
    merges = 0
    for seed in range(200):
        reach, demand, served, *_, count = random_case(seed)
        core = open_core((reach, demand, served, NONE, NONE, count))
        merges += len(core.row_start) - 1 < ((demand > 0) & (reach > 0).any(axis=1)).sum()
        random = np.random.default_rng(seed)
        kept = random.random(len(core.sites)) < 0.7
        taken = np.flatnonzero(random.random(len(core.sites)) < 0.2)
        small = narrowed(core, kept, taken)
        assert small.count == core.count - len(taken)
        assert small.sites.tolist() == np.setdiff1d(np.flatnonzero(kept), taken).tolist()
        for number in range(min(4, len(small.sites) + 1)):
            some = random.permutation(len(small.sites))[:number]
            together = np.concatenate([taken, small.sites[some]]).astype(np.int64)
            direct = worth_of(reach, demand, served, together)
            assert core.worth(together) == pytest.approx(direct)
            assert core.worth(taken) + small.worth(some) == pytest.approx(direct)
    assert merges > 20


def test_leaving_out_dominated_sites_keeps_the_best_worth():
    dropped = 0
    for seed in range(200):
        case = random_case(seed)
        core = open_core((*case[:3], NONE, NONE, case[-1]))
        small = without_dominated(core, np.arange(len(core.sites)))
        dropped += len(core.sites) - len(small.sites)
        for count in (1, 2, 3):
            best = [
                max(model.worth(np.array(one)) for one in itertools.combinations(sites, count))
                if len(sites := range(len(model.sites))) >= count
                else model.total
                for model in (core, small)
            ]
            assert best[0] == pytest.approx(best[1])
    assert dropped > 200


@pytest.mark.parametrize("shakes", [0, 20])
def test_no_single_exchange_is_better(shakes):
    for seed in range(120):
        core = open_core((*random_case(seed)[:3], NONE, NONE, 3))
        if len(core.sites) <= 3:
            continue
        start = np.arange(3)
        weight = np.ones(len(core.sites))
        found = exchange(core, start, weight=weight, shakes=shakes, seed=seed)
        worth = core.worth(found)
        assert len(set(found.tolist())) == 3
        assert worth >= core.worth(start) - 1e-9 * core.total
        for out, new in itertools.product(found, np.setdiff1d(np.arange(len(core.sites)), found)):
            other = np.append(np.setdiff1d(found, out), new)
            assert core.worth(other) <= worth + 1e-9 * core.total


def test_even_exchanges_change_nothing_but_the_rank():
    for seed in range(100):
        core = open_core((*random_case(seed)[:3], NONE, NONE, 2))
        if len(core.sites) <= 2:
            continue
        rank = np.random.default_rng(seed).permutation(len(core.sites))
        start = np.array([0, 1])
        found = even_exchanges(core, start, rank)
        assert core.worth(found) == pytest.approx(core.worth(start))
        assert rank[found].sum() <= rank[start].sum()


def test_the_exact_end_is_exact_with_a_start_and_without():
    for seed in range(40):
        core = open_core((*random_case(seed)[:3], NONE, NONE, 3))
        if len(core.sites) <= 3:
            continue
        sets = itertools.combinations(range(len(core.sites)), 3)
        best = max(core.worth(np.array(one)) for one in sets)
        for start in (NONE, np.arange(3)):
            picked, bound, _ = finish(core, start, Solver())
            assert core.worth(picked) == pytest.approx(best)
            assert bound == pytest.approx(best)


@given(st.integers(0, 10_000))
@settings(max_examples=100, deadline=None)
def test_lazy_greedy_is_greedy(seed):
    reach, demand, served, *_ = random_case(seed)
    columns, best = sparse.csc_array(reach), served.copy()
    random = np.random.default_rng(seed)
    rank = random.permutation(reach.shape[1])
    among = np.flatnonzero(random.random(reach.shape[1]) < 0.8)
    worth = columns.data * demand[columns.indices]
    sites, gains = pick(columns.indptr, columns.indices, worth, best * demand, among, 4, rank)
    left = among.tolist()
    for site, gain in zip(sites, gains, strict=True):
        hope = gains_left(columns, demand, best)
        assert hope[site] == pytest.approx(max(hope[left]))
        assert gain == pytest.approx(hope[site], abs=1e-8)
        if seed % 3 == 0:
            assert site == min(left, key=lambda one: (-hope[one], rank[one]))
        left.remove(site)
        best = reached(columns, [site], best)
    if len(sites) < 4 and left:
        assert gains_left(columns, demand, best)[left].max() <= 1e-8


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_one_more_site_never_reaches_less(seed):
    reach, demand, served, fixed, barred, count = random_case(seed)
    few = solved((reach, demand, served, fixed, barred, count))
    more = solved((reach, demand, served, fixed, barred, count + 1))
    assert more.objective >= few.objective * (1 - 1e-9)


def test_the_same_question_has_the_same_answer_and_leaves_its_arrays_alone():
    case = random_case(4, points=80, sites=30)
    columns = sparse.csc_array(case[0])
    arrays = [columns.data, columns.indices, *case[1:5]]
    before = [one.copy() for one in arrays]
    found = [cover(columns, *case[1:3], case[5], fixed=case[3], barred=case[4]) for _ in range(2)]
    assert found[0].sites.tolist() == found[1].sites.tolist()
    assert found[0].bound == found[1].bound
    for one, old in zip(arrays, before, strict=True):
        assert np.array_equal(one, old)


def test_the_emergency_brake_is_told():
    random = np.random.default_rng(1)
    reach = (random.random((300, 80)) < 0.1).astype(float)
    case = (reach, random.random(300), np.zeros(300), NONE, NONE, 10)
    found = solved(case, Solver(seconds=1e-9))
    assert "cut short by the time limit" in found.method
    assert not found.proven
    assert found.objective <= found.bound
