"""Every model with every rule, on 500 small cases each, against every set tried one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from siteplanner import choice
from siteplanner.choice import Rules, Solution, Solver

MODELS = ("max_cover", "set_cover", "p_median", "p_center", "p_dispersion")
MAXIMISE = {"max_cover", "p_dispersion"}
CASES = range(500)


@dataclass(frozen=True)
class Case:
    """One question: a model's arrays, the rules, and what else it is asked."""

    model: str
    matrix: Any
    demand: np.ndarray | None
    count: int | None
    rules: Rules
    extra: dict[str, Any] = field(default_factory=dict)
    options: frozenset[str] = frozenset()

    def solve(self, solver: Solver) -> Solution:
        arguments = {"rules": self.rules, "solver": solver, **self.extra}
        if self.model == "set_cover":
            return choice.set_cover(self.matrix, self.demand, **arguments)
        if self.model == "p_center":
            return choice.p_center(self.matrix, self.count, demand=self.demand, **arguments)
        if self.model == "p_dispersion":
            return choice.p_dispersion(self.matrix, self.count, **arguments)
        return getattr(choice, self.model)(self.matrix, self.demand, self.count, **arguments)

    def values(self, oracle) -> np.ndarray:
        if self.model == "set_cover":
            share = self.extra.get("share", 1.0)
            return oracle.set_cover(self.matrix, self.demand, share, self.rules)
        if self.model == "p_center":
            return oracle.p_center(self.matrix, self.count, self.rules, self.demand)
        if self.model == "p_dispersion":
            return oracle.p_dispersion(self.matrix, self.count, self.rules)
        name = oracle.max_cover if self.model == "max_cover" else oracle.p_median
        return name(self.matrix, self.demand, self.count, self.rules, **self.extra)


def make_case(model: str, seed: int) -> Case:
    random = np.random.default_rng([sorted(MODELS).index(model), seed])
    points, sites = int(random.integers(1, 10)), int(random.integers(1, 7))
    points = sites if model == "p_dispersion" else points
    whole = bool(random.random() < 0.6)  # whole numbers have ties
    chance = lambda share: bool(random.random() < share)  # noqa: E731
    demand = random.integers(0, 10, points).astype(float)
    demand = demand if whole else np.where(demand == 0, 0, random.random(points) * 90)
    options = {"whole"} if whole else {"decimals"}
    rules, used = some_rules(random, sites, demand, model, whole=whole)
    options |= used
    count: int | None = int(random.integers(1, sites + 1))
    count = sites + int(random.integers(1, 3)) if chance(0.08) else count
    if model == "p_dispersion" and chance(0.6):
        count = min(count, 3)
    count = max(count, len(rules.fixed))
    extra: dict[str, Any] = {}
    if model in ("max_cover", "set_cover"):
        filled = [0.2, 0.4, 0.7] if model == "max_cover" else [0.5, 0.8, 1.0]
        reach = random.random((points, sites)) < random.choice(filled)
        matrix: Any = reach.astype(float)
        if rules.capacity is None and chance(0.4):
            options.add("partial")
            matrix *= random.choice([0.25, 0.5, 1.0], reach.shape)
            matrix *= 1.0 if whole else random.choice([1.0, 0.37], reach.shape)
    else:
        matrix = random.integers(0, 30, (points, sites)).astype(float)
        matrix = matrix if whole else np.where(matrix == 0, 0, random.random(matrix.shape) * 3e3)
        matrix[random.random(matrix.shape) < random.choice([0, 0, 0.15, 0.4])] = np.nan
    if model == "max_cover" and rules.backup == 0 and chance(0.3):
        options.add("served")
        parts = [0.0, 1.0] if rules.capacity is not None else [0.0, 0.0, 0.25, 0.5, 1.0]
        extra["served"] = random.choice(parts, points)
    if model == "set_cover":
        count = None
        if chance(0.8 if "partial" in options else 0.5):
            options.add("share")
            extra["share"] = float(random.choice([0.3, 0.5, 0.75, 0.9]))
        if rules.load is None and chance(0.3):
            options.add("points")
            demand = None
    if model == "p_center" and rules.load is None and chance(0.5):
        demand = None
    if model == "p_median" and chance(0.5):
        options.add("unserved_cost")
        largest = 1.0 if np.isnan(matrix).all() else float(np.nanmax(matrix))
        extra["unserved_cost"] = largest * float(random.choice([0.4, 1.0, 3.0]))
    if model == "p_dispersion":
        upper = np.triu(matrix, 1)
        matrix = upper + upper.T
    options |= {"count too large"} if count is not None and count > sites else set()
    matrix = in_some_form(matrix, random, is_reach=model in ("max_cover", "set_cover"))
    return Case(model, matrix, demand, count, rules, extra, frozenset(options))


def some_rules(random, sites: int, demand, model: str, *, whole: bool) -> tuple[Rules, set[str]]:
    """Draw each rule by lot, so that all combinations come up."""
    chance = lambda share: bool(random.random() < share)  # noqa: E731
    given: dict[str, Any] = {}
    if chance(0.35):
        given["fixed"] = random.permutation(sites)[: int(random.integers(1, 3))]
    if chance(0.35):
        given["barred"] = random.permutation(sites)[: int(random.integers(1, 3))]
    if chance(0.3):
        cost = random.integers(0 if chance(0.2) else 1, 9, sites).astype(float)
        given["site_cost"] = cost if whole else cost + random.random(sites)
        if chance(0.8):
            most = int(given["site_cost"].sum()) + 2
            low, high = (0, most // 2 + 1) if model == "set_cover" else (most // 3, most)
            given["budget"] = float(random.integers(low, high))
    if model in ("max_cover", "set_cover") and chance(0.25):
        given["backup"] = int(random.integers(1, 3))
    elif model != "p_dispersion" and chance(0.35):
        mean = max(demand.sum(), 1.0) / sites
        room = random.integers(0, 2 + int(random.choice([2, 6]) * mean), sites).astype(float)
        given["capacity"] = room if whole else room * 1.01
        if chance(0.3):
            load = random.integers(0, 9, len(demand)) + (0.0 if whole else 0.3)
            given["load"] = np.where(demand > 0, load, 0.0)
    if chance(0.3):
        near = np.triu(random.random((sites, sites)) < random.choice([0.2, 0.5]))
        near = near | near.T
        given["min_spacing"] = near if chance(0.5) else sparse.csr_array(near.astype(float))
    if chance(0.25):
        districts = int(random.integers(1, 4))
        least = random.integers(0, 3, districts) * random.integers(0, 2, districts)
        given["districts"] = (random.integers(-1, districts, sites), least)
    if chance(0.3):
        given["score"] = random.random(sites)
    return Rules(**given), {*given}


def in_some_form(matrix: np.ndarray, random, *, is_reach: bool) -> Any:
    """Give a matrix dense or sparse, and a reach of zeros and ones perhaps as a boolean one."""
    form = random.integers(3)
    if is_reach:
        if form == 0 and np.isin(matrix, (0, 1)).all():
            return sparse.csr_array(matrix.astype(bool))
        return matrix if form == 1 else sparse.csr_array(matrix)
    if form == 0:
        return matrix
    row, column = np.nonzero(~np.isnan(matrix))
    return sparse.csr_array((matrix[row, column], (row, column)), shape=matrix.shape)


def test_the_cases_try_every_option():
    seen = {model: Counter() for model in MODELS}
    for model in MODELS:
        for seed in CASES:
            seen[model].update(make_case(model, seed).options)
    common = {"whole", "decimals", "fixed", "barred", "site_cost", "budget", "min_spacing",
              "districts", "score"}  # fmt: skip
    own = {
        "max_cover": {"partial", "backup", "capacity", "load", "served", "count too large"},
        "set_cover": {"partial", "backup", "capacity", "load", "share", "points"},
        "p_median": {"capacity", "load", "unserved_cost", "count too large"},
        "p_center": {"capacity", "load", "count too large"},
        "p_dispersion": {"count too large"},
    }
    for model, names in own.items():
        assert min(seen[model][name] for name in names | common) >= 15, seen[model]


@pytest.mark.parametrize("seed", CASES)
@pytest.mark.parametrize("model", MODELS)
def test_equal_to_trying_every_set(model, seed, oracle):
    case = make_case(model, seed)
    values = case.values(oracle)
    best = oracle.best_of(values, maximise=model in MAXIMISE)
    every = seed % 3 == 0
    solution = case.solve(Solver(all_optima=every))
    assert bool(solution.infeasible) == bool(np.isnan(best.value)), (best, solution)
    assert solution.proven
    assert solution.method
    if solution.infeasible:
        assert solution.sites.size == solution.gains.size == 0
        assert np.isnan(solution.objective)
        assert np.isnan(solution.bound)
        assert all(isinstance(one, str) and one for one in solution.infeasible)
        return
    assert oracle.is_close(solution.objective, best.value), (best, solution)
    assert oracle.is_close(solution.bound, best.value), (best, solution)
    assert tuple(sorted(solution.sites.tolist())) in best.sets, (best, solution)
    assert solution.sites.tolist()[: len(case.rules.fixed)] == case.rules.fixed.tolist()
    assert solution.gains.shape == solution.sites.shape
    if model == "max_cover":
        assert oracle.is_close(float(solution.gains.sum()), best.value), solution
    if every:
        assert tuple(tuple(one.tolist()) for one in solution.optima) == best.sets
    if model in ("p_median", "p_center") and case.rules.capacity is None:
        check_savings(case, solution, oracle)
    check_who_goes_where(case, solution, oracle)


def check_savings(case: Case, solution: Solution, oracle) -> None:
    """What a site saves is what the sites before it come to, less what they do with it."""
    plain = replace(case, rules=Rules(), count=oracle.dense(case.matrix).shape[1])
    values = plain.values(oracle)
    for place in range(1, len(solution.sites)):
        before, after = (
            values[oracle.number_of(solution.sites[:end])] for end in (place, place + 1)
        )
        saved = solution.gains[place]
        assert np.isnan(saved) == np.isnan(before - after)
        if not np.isnan(saved):
            assert saved == pytest.approx(before - after, rel=1e-6, abs=1e-6)


def check_who_goes_where(case: Case, solution: Solution, oracle) -> None:
    """Everybody is sent to the best chosen site; under capacity no site takes on too much."""
    if case.model == "p_dispersion":
        return
    is_reach = case.model in ("max_cover", "set_cover")
    matrix = oracle.dense(case.matrix, 0.0 if is_reach else np.inf)
    chosen = np.zeros(matrix.shape[1], dtype=bool)
    chosen[solution.sites] = True
    sent = solution.assignment
    assert sent.shape == (len(matrix),)
    assert chosen[sent[sent >= 0]].all()
    at = np.flatnonzero(sent >= 0)
    able = matrix > 0 if is_reach else np.isfinite(matrix)
    assert able[at, sent[at]].all()
    if case.rules.capacity is not None:
        check_flows(case, solution, matrix, able & chosen)
    elif is_reach and case.rules.backup == 0 and "served" not in case.extra:
        best = np.where(chosen, matrix, 0.0).max(axis=1, initial=0.0)
        assert np.array_equal(sent >= 0, best > 0)
        assert np.array_equal(matrix[at, sent[at]], best[at])
    elif not is_reach:
        best = np.where(chosen, matrix, np.inf).min(axis=1, initial=np.inf)
        best[best > case.extra.get("unserved_cost", np.inf)] = np.inf
        matters = np.ones(len(matrix), bool) if case.demand is None else case.demand > 0
        assert np.array_equal((sent >= 0)[matters], np.isfinite(best)[matters])
        assert np.array_equal(matrix[at, sent[at]], best[at])


def check_flows(case: Case, solution: Solution, matrix: np.ndarray, able: np.ndarray) -> None:
    assert solution.flows is not None
    share = solution.flows.toarray()
    assert share.shape == matrix.shape
    demand = np.ones(len(matrix)) if case.demand is None else case.demand
    load = demand if case.rules.load is None else case.rules.load
    assert (share >= 0).all()
    assert (share[~able] == 0).all()
    assert (share.sum(axis=1) <= 1 + 1e-6).all()
    assert (load @ share <= case.rules.capacity + 1e-6 * np.maximum(1, case.rules.capacity)).all()
    served = share.sum(axis=1)
    largest = share.max(axis=1, initial=0.0)
    at = np.flatnonzero(solution.assignment >= 0)
    assert np.allclose(share[at, solution.assignment[at]], largest[at], atol=1e-9)
    if case.model == "max_cover":
        left = demand * (1 - case.extra.get("served", 0.0))
        assert left @ served == pytest.approx(solution.objective, rel=1e-6, abs=1e-6)
    elif case.model == "set_cover":
        least = case.extra.get("share", 1.0) * demand.sum()
        assert demand @ served >= least - 1e-6 * max(1.0, least)
    elif case.model == "p_median":
        spent = float((demand @ np.where(share > 0, share * np.where(able, matrix, 0), 0)).sum())
        spent += float(demand @ (1 - served)) * case.extra.get("unserved_cost", 0.0)
        assert spent == pytest.approx(solution.objective, rel=1e-6, abs=1e-6)
        if "unserved_cost" not in case.extra:
            assert np.allclose(served[demand > 0], 1, atol=1e-6)
    else:
        assert np.allclose(served[demand > 0], 1, atol=1e-6)
        used = matrix[(share > 1e-6) & (demand > 0)[:, None]]
        assert used.max(initial=0.0) <= solution.objective + 1e-9


@pytest.mark.parametrize("solver", [Solver(nodes=0), Solver(gap=0.2)], ids=["nodes=0", "gap=0.2"])
@pytest.mark.parametrize("model", MODELS)
def test_an_answer_that_is_not_proven_is_honest(model, solver, oracle):
    proven = 0
    for seed in range(60):
        case = make_case(model, 10_000 + seed)
        best = oracle.best_of(case.values(oracle), maximise=model in MAXIMISE)
        found = case.solve(solver)
        if found.infeasible:
            # without a search it may not find any set, but may not be sure that there is none
            assert np.isnan(best.value) or (solver.nodes == 0 and not found.proven), seed
            continue
        assert not np.isnan(best.value)
        sign = 1 if model in MAXIMISE else -1
        slack = 1e-9 * max(1.0, abs(best.value)) if np.isfinite(best.value) else 0.0
        assert sign * found.objective <= sign * best.value + slack, (seed, best, found)
        assert sign * found.bound >= sign * best.value - slack, (seed, best, found)
        if solver.gap:
            assert found.gap <= solver.gap + 1e-9 or found.proven, (seed, best, found)
        if found.proven:
            proven += 1
            assert oracle.is_close(found.objective, best.value), (seed, best, found)
        check_who_goes_where(case, found, oracle)
    assert proven > 0


def test_what_can_be_served_is_what_a_linear_program_says(oracle):
    random = np.random.default_rng(5)
    for _ in range(60):
        points, sites = int(random.integers(1, 7)), int(random.integers(1, 5))
        reaches = random.random((points, sites)) < 0.5
        worth = random.integers(0, 9, points).astype(float)
        load = np.where(worth > 0, random.integers(0, 6, points), 0).astype(float)
        room = random.integers(0, 12, sites).astype(float)
        served = oracle.most_served(reaches, worth, load, room)
        for number, picked in enumerate(oracle.all_sets(sites)):
            row, column = np.nonzero(reaches & picked)
            if not len(row):
                assert served[number] == 0
                continue
            each = np.arange(len(row))
            once = sparse.csr_array((np.ones(len(row)), (row, each)), shape=(points, len(row)))
            full = sparse.csr_array((load[row], (column, each)), shape=(sites, len(row)))
            limits = np.concatenate([np.ones(points), room])
            flow = linprog(-worth[row], A_ub=sparse.vstack([once, full]), b_ub=limits)
            assert served[number] == pytest.approx(-flow.fun, abs=1e-9)


def test_the_oracle_by_eye(oracle):
    reach = np.array([[1, 0, 0], [1, 1, 0], [0, 0.5, 1]])
    demand = np.array([4.0, 2.0, 8.0])
    values = oracle.max_cover(reach, demand, 1, Rules())
    assert oracle.best_of(values, maximise=True) == oracle.Best(8.0, ((2,),))
    both = oracle.max_cover(reach, demand, 3, Rules(backup=1))
    assert oracle.best_of(both, maximise=True) == oracle.Best(6.0, ((0, 1, 2),))
    small = Rules(capacity=np.array([3.0, 9.0, 5.0]))
    cut = oracle.max_cover(reach > 0, demand, 2, small)
    assert oracle.best_of(cut, maximise=True) == oracle.Best(12.0, ((0, 1),))
    assert np.isnan(oracle.set_cover(reach, demand, 1.0, Rules(barred=np.array([0])))).all()
    all_of_it = oracle.set_cover(reach, None, 1.0, Rules())
    assert oracle.best_of(all_of_it, maximise=False) == oracle.Best(2.0, ((0, 2),))
    cost = np.array([[0, 9], [7, 1], [3, np.nan]])
    assert oracle.p_median(cost, demand, 2, Rules())[1:].tolist()[0] == 0 + 14 + 24
    assert oracle.p_center(cost, 2, Rules()).tolist()[1::2] == [7, 3]
    roomy = replace(Rules(), capacity=np.array([12.0, 2.0]))
    assert oracle.p_median(cost, demand, 2, roomy)[3] == 0 + 2 + 24
    assert oracle.p_center(cost, 2, replace(roomy, capacity=np.array([13.0, 1.0])), demand)[3] == 7
    apart = np.array([[0, 5, 2], [5, 0, 9], [2, 9, 0.0]])
    assert oracle.best_of(oracle.p_dispersion(apart, 2, Rules()), maximise=True).sets == ((1, 2),)
    apart[0, 1] = apart[1, 0] = np.nan
    no_way = oracle.best_of(oracle.p_dispersion(apart, 2, Rules()), maximise=True)
    assert no_way == oracle.Best(float("inf"), ((0, 1),))
