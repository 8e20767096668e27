"""What holds for every choice, whatever the numbers; and middle cases against scipy's milp."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from siteplanner import choice
from siteplanner.choice import Rules, Solution, Solver

MODELS = ("max_cover", "set_cover", "p_median", "p_center", "p_dispersion")
WITH_COUNT = [model for model in MODELS if model != "set_cover"]
seeds = given(seed=st.integers(0, 10**6))
often = settings(max_examples=40, deadline=None)


def solve(model: str, matrix, demand, count, *, rules=None, **options: Any) -> Solution:
    """Ask any model with the same arguments; what it has no use for is left out."""
    kernel = getattr(choice, model)
    options["rules"] = rules or Rules()
    if model == "set_cover":
        return kernel(matrix, demand, **options)
    if model == "p_center":
        return kernel(matrix, count, demand=demand, **options)
    if model == "p_dispersion":
        return kernel(matrix, count, **options)
    return kernel(matrix, demand, count, **options)


def make(model: str, seed: int, points: int = 12, sites: int = 7):
    """Draw a plain case that some set solves: matrix, demand, count."""
    random = np.random.default_rng(seed)
    demand = random.integers(0, 20, points).astype(float)
    count = int(random.integers(1, sites))
    if model in ("max_cover", "set_cover"):
        reach = random.random((points, sites)) < random.choice([0.2, 0.4])
        parts = random.choice([0.25, 0.5, 1.0], reach.shape)
        matrix = np.where(reach, parts if seed % 2 and model == "max_cover" else 1.0, 0.0)
        if model == "set_cover":
            matrix[np.arange(points), random.integers(0, sites, points)] = 1.0
        return matrix, demand, count
    matrix = random.integers(0, 50, (points, sites)).astype(float)
    if model == "p_dispersion":
        upper = np.triu(random.integers(1, 50, (sites, sites)), 1).astype(float)
        return upper + upper.T, demand, count
    return matrix, demand, count


def some_rules(seed: int, sites: int, count: int) -> Rules:
    random = np.random.default_rng(seed)
    fixed = random.permutation(sites)[: int(random.integers(0, min(count, 2) + 1))]
    return Rules(fixed=fixed, barred=random.permutation(sites)[: int(random.integers(0, 3))])


@pytest.mark.parametrize("model", WITH_COUNT)
@often
@seeds
def test_more_sites_are_never_worse(model, seed):
    matrix, demand, _ = make(model, seed)
    values = [solve(model, matrix, demand, count).objective for count in range(1, 6)]
    better = np.diff(values[1:] if model == "p_dispersion" else values)
    slack = 1e-9 * np.nanmax(np.abs(values[1:]))
    # apart from dispersion, where one more can only be nearer to the others
    assert (better >= -slack if model == "max_cover" else better <= slack).all()


@pytest.mark.parametrize("model", MODELS)
@often
@seeds
def test_fixed_sites_are_in_and_barred_ones_out(model, seed):
    matrix, demand, count = make(model, seed)
    rules = some_rules(seed, matrix.shape[1], count)
    found = solve(model, matrix, demand, count, rules=rules)
    if found.infeasible:
        assert set(rules.barred) - set(rules.fixed)  # without them there is always a set
        return
    assert found.sites[: len(rules.fixed)].tolist() == rules.fixed.tolist()
    assert not (set(rules.barred) - set(rules.fixed)) & set(found.sites.tolist())
    assert len(set(found.sites.tolist())) == len(found.sites)
    free = solve(model, matrix, demand, count)
    sign = 1 if model in ("max_cover", "p_dispersion") else -1
    assert sign * found.objective <= sign * free.objective + 1e-9  # rules never help


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("form", ["dense", "sparse"])
def test_the_callers_arrays_are_only_read(model, form):
    """They are not changed; and they may be such as cannot be, as those of pandas."""
    for seed in range(12):
        matrix, demand, count = make(model, seed)
        sites = matrix.shape[1]
        random = np.random.default_rng(seed)
        near = np.triu(random.random((sites, sites)) < 0.1, 1)
        given_rules = {
            "fixed": np.array([2]),
            "barred": np.array([0, 2]),
            "site_cost": random.random(sites),
            "budget": 0.7 * sites,
            "min_spacing": near | near.T,
            "districts": (np.arange(sites) % 2, np.array([0, 1])),
            "score": random.random(sites),
        }
        if seed % 2 and model != "p_dispersion" and np.isin(matrix, (0, 1)).all():
            given_rules["capacity"] = np.full(sites, demand.sum())
            given_rules["load"] = demand / 2
        if seed % 3 == 0:
            given_rules = {"fixed": np.array([2]), "barred": np.array([0, 2])}
        asked = matrix.copy() if form == "dense" else sparse.csr_array(matrix)
        arrays = [demand, *(one for one in given_rules.values() if isinstance(one, np.ndarray))]
        arrays += list(given_rules.get("districts", ()))
        arrays += [asked] if form == "dense" else [asked.data, asked.indices, asked.indptr]
        copies = [one.copy() for one in arrays]
        free = solve(model, asked, demand, count, rules=Rules(**given_rules))
        for one, copy in zip(arrays, copies, strict=True):
            assert np.array_equal(one, copy)
            one.flags.writeable = False
        again = solve(model, asked, demand, count, rules=Rules(**given_rules))
        assert again.sites.tolist() == free.sites.tolist()


@pytest.mark.parametrize("model", MODELS)
@often
@seeds
def test_the_same_question_has_the_same_answer(model, seed):
    matrix, demand, count = make(model, seed)
    one, other = (solve(model, matrix, demand, count) for _ in range(2))
    assert (one.objective, one.bound, one.proven) == (other.objective, other.bound, other.proven)
    assert one.method == other.method
    for name in ("sites", "gains", "assignment"):
        assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)


@pytest.mark.parametrize("model", MODELS)
@often
@seeds
def test_numbering_changes_nothing(model, seed):
    matrix, demand, count = make(model, seed)
    random = np.random.default_rng(seed)
    site = random.permutation(matrix.shape[1])
    point = site if model == "p_dispersion" else random.permutation(len(matrix))
    moved = matrix[point][:, site]
    here = solve(model, matrix, demand, count)
    there = solve(model, moved, None if model == "p_dispersion" else demand[point], count)
    assert there.objective == pytest.approx(here.objective, rel=1e-12)
    back = Rules(fixed=site[there.sites])  # the other answer, taken here, is as good
    if len(there.sites):
        same = solve(model, matrix, demand, len(there.sites), rules=back)
        assert same.objective == pytest.approx(here.objective, rel=1e-12)


@pytest.mark.parametrize("model", ["max_cover", "set_cover", "p_median", "p_center"])
@often
@seeds
def test_the_unit_of_demand_does_not_matter(model, seed):
    matrix, demand, count = make(model, seed)
    one, thousand = (solve(model, matrix, scale * demand, count) for scale in (1.0, 1000.0))
    scale = 1000 if model in ("max_cover", "p_median") else 1
    assert thousand.objective == pytest.approx(scale * one.objective, rel=1e-12)
    tiny = solve(model, matrix, demand * 1e-6, count)
    assert tiny.objective == pytest.approx(one.objective * (1e-6 if scale > 1 else 1), rel=1e-9)
    assert tiny.proven


@pytest.mark.parametrize("model", ["max_cover", "set_cover", "p_median", "p_center"])
@often
@seeds
def test_two_points_in_one_place_are_as_one(model, seed):
    matrix, demand, count = make(model, seed)
    half = np.concatenate([demand, demand[:3] / 4])
    half[:3] = demand[:3] * 0.75
    split = solve(model, np.vstack([matrix, matrix[:3]]), half, count)
    whole = solve(model, matrix, demand, count)
    assert split.objective == pytest.approx(whole.objective, rel=1e-12)


@pytest.mark.parametrize("model", ["max_cover", "set_cover", "p_median", "p_center"])
@often
@seeds
def test_nobody_living_there_changes_nothing(model, seed):
    matrix, demand, count = make(model, seed)
    worst = np.zeros if model in ("max_cover", "set_cover") else lambda n: np.full(n, np.nan)
    more = np.vstack([matrix, worst(matrix.shape[1])])
    empty = solve(model, more, np.append(demand, 0.0), count)
    assert empty.objective == pytest.approx(solve(model, matrix, demand, count).objective)
    assert empty.assignment[-1] == -1


@pytest.mark.parametrize("model", ["max_cover", "set_cover", "p_median", "p_center"])
@often
@seeds
def test_a_worse_copy_of_a_site_changes_nothing(model, seed):
    matrix, demand, count = make(model, seed)
    copy = matrix[:, :1] * 0.5 if model in ("max_cover", "set_cover") else matrix[:, :1] + 1
    more = np.hstack([matrix, copy])
    assert solve(model, more, demand, count).objective == pytest.approx(
        solve(model, matrix, demand, count).objective, rel=1e-12
    )


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("form", [sparse.csc_array, sparse.coo_array, sparse.csr_matrix, "mixed"])
def test_every_form_of_matrix_is_read_alike(model, form):
    for seed in range(6):
        matrix, demand, count = make(model, seed)
        expected = solve(model, matrix, demand, count)
        row, column = np.indices(matrix.shape).reshape(2, -1)
        if model in ("max_cover", "set_cover"):
            row, column = np.nonzero(matrix)
        data = matrix[row, column]
        if form == "mixed":  # columns of a row in no order
            order = np.lexsort((np.random.default_rng(seed).random(len(row)), row))
            indptr = np.searchsorted(row, np.arange(len(matrix) + 1))
            asked = sparse.csr_array((data[order], column[order], indptr), shape=matrix.shape)
        else:
            asked = form(sparse.coo_array((data, (row, column)), shape=matrix.shape))
        found = solve(model, asked, demand, count)
        assert found.sites.tolist() == expected.sites.tolist()
        assert found.objective == expected.objective
        whole = solve(model, asked.astype(np.int64), demand.astype(np.int64), count)
        if np.array_equal(matrix, np.rint(matrix)):
            assert whole.objective == expected.objective


@pytest.mark.parametrize("model", MODELS)
def test_of_equal_sites_the_higher_score_then_the_lower_number(model):
    alike = 5.0 - 5.0 * np.eye(4) if model == "p_dispersion" else np.ones((3, 4))
    score = np.array([0.1, 0.3, 0.9, 0.9])
    count = 2 if model == "p_dispersion" else 1
    plain = solve(model, alike, np.ones(3), count)
    assert plain.sites.tolist() == [0, 1][:count]
    scored = solve(model, alike, np.ones(3), count, rules=Rules(score=score))
    assert sorted(scored.sites.tolist()) == [2, 3][:count]


@often
@seeds
def test_covering_is_a_median_of_zeros_and_ones(seed):
    """Hillsman's edit: what is not covered costs one."""
    matrix, demand, count = make("max_cover", 2 * (seed // 2))
    covered = solve("max_cover", matrix, demand, count)
    missed = solve("p_median", 1 - matrix, demand, count)
    assert covered.objective + missed.objective == pytest.approx(demand.sum(), rel=1e-12)


@often
@seeds
def test_a_center_is_the_least_radius_that_so_many_sites_cover(seed):
    matrix, _, count = make("p_center", seed)
    radius = solve("p_center", matrix, None, count).objective
    assert solve("set_cover", (matrix <= radius).astype(float), None, None).objective <= count
    nearer = solve("set_cover", (matrix < radius).astype(float), None, None)
    assert nearer.infeasible or nearer.objective > count


@often
@seeds
def test_the_fewest_sites_reach_all_that_can_be_asked(seed):
    matrix, demand, _ = make("set_cover", seed)
    demand = demand + 1
    fewest = solve("set_cover", matrix, demand, None)
    count = int(fewest.objective)
    assert solve("max_cover", matrix, demand, count).objective == demand.sum()
    if count > 1:
        assert solve("max_cover", matrix, demand, count - 1).objective < demand.sum()


@pytest.mark.parametrize("model", ["max_cover", "p_median", "p_center"])
@settings(max_examples=15, deadline=None)
@seeds
def test_more_room_and_money_are_never_worse(model, seed):
    matrix, demand, count = make(model, 2 * (seed // 2))
    random = np.random.default_rng(seed)
    sites = matrix.shape[1]
    rules = Rules(
        capacity=random.integers(0, int(demand.sum()) + 2, sites).astype(float),
        site_cost=random.integers(1, 9, sites).astype(float),
        budget=float(random.integers(3, 20)),
    )
    sign = 1 if model == "max_cover" else -1
    worst = sign * -np.inf
    small = solve(model, matrix, demand, count, rules=rules)
    for more in (
        replace(rules, capacity=rules.capacity * 1.5),
        replace(rules, budget=rules.budget * 1.5),
        replace(rules, capacity=None),
    ):
        large = solve(model, matrix, demand, count, rules=more)
        before = worst if small.infeasible else small.objective
        after = worst if large.infeasible else large.objective
        assert sign * after >= sign * before - 1e-6


CAPACITY = Rules(capacity=np.full(3, 9.0))
BACKUP = Rules(backup=1)
MATRIX = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0]])


@pytest.mark.parametrize(
    ("model", "matrix", "rules", "options"),
    [
        ("max_cover", MATRIX / 2, CAPACITY, {}),
        ("set_cover", MATRIX / 2, CAPACITY, {}),
        ("max_cover", MATRIX, replace(CAPACITY, backup=1), {}),
        ("set_cover", MATRIX, replace(CAPACITY, backup=1), {}),
        ("max_cover", MATRIX, BACKUP, {"served": np.array([1.0, 0.0, 0.0])}),
        ("p_median", MATRIX, BACKUP, {}),
        ("p_center", MATRIX, BACKUP, {}),
        ("p_dispersion", MATRIX, BACKUP, {}),
        ("p_dispersion", MATRIX, CAPACITY, {}),
        ("p_dispersion", MATRIX[:2], Rules(), {}),
        *((model, MATRIX, Rules(fixed=np.array([0, 1, 2])), {}) for model in WITH_COUNT),
        *((model, MATRIX, Rules(fixed=np.array([3])), {}) for model in MODELS),
        *((model, MATRIX, Rules(site_cost=np.ones(2), budget=1.0), {}) for model in MODELS),
        *((model, -MATRIX, Rules(), {}) for model in MODELS),
    ],
)
def test_what_makes_no_sense_is_refused(model, matrix, rules, options):
    with pytest.raises(ValueError, match=r"\w+ .*\w+"):
        solve(model, matrix, np.ones(len(matrix)), 2, rules=rules, **options)


@pytest.mark.parametrize("model", ["max_cover", "set_cover", "p_median", "p_center"])
@pytest.mark.parametrize("demand", [[1.0, -1.0, 1.0], [1.0, np.nan, 1.0], [1.0, 1.0]])
def test_wrong_demand_is_refused(model, demand):
    with pytest.raises(ValueError, match="demand"):
        solve(model, MATRIX, np.array(demand), 2)


@pytest.mark.parametrize("model", WITH_COUNT)
def test_no_site_at_all_is_refused(model):
    with pytest.raises(ValueError, match="count is 0"):
        solve(model, MATRIX, np.ones(3), 0)


def by_milp(cost, whole, rows) -> float:
    """Minimise; NaN where nothing holds."""
    size = len(cost)
    limits = [LinearConstraint(sparse.csr_array(a), low, high) for a, low, high in rows]
    found = milp(cost, integrality=whole, bounds=Bounds(np.zeros(size), np.ones(size)),
                 constraints=limits, options={"mip_rel_gap": 0, "time_limit": 60})  # fmt: skip
    assert found.status in (0, 2), found.message
    return float(found.fun) if found.status == 0 else float("nan")


def middle(seed: int, points: int = 150, sites: int = 30):
    """Places in a square of 1000 m, demand, and two rules on the sites."""
    random = np.random.default_rng(seed)
    place, home = random.uniform(0, 1000, (sites, 2)), random.uniform(0, 1000, (points, 2))
    apart = np.hypot(*(home[:, None] - place[None]).transpose(2, 0, 1))
    between = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    demand = random.integers(0, 100, points).astype(float)
    cost = random.integers(2, 12, sites).astype(float)
    options: dict[str, Any] = {}
    if seed % 3 == 0:
        options |= {"site_cost": cost, "budget": 30.0}
    if seed % 3 == 1:
        options |= {"min_spacing": between < 250, "fixed": np.array([5])}
    return apart, demand, Rules(**options), random


def rows_on_sites(rules: Rules, sites: int, others: int, count: int | None) -> list[Any]:
    """The count, budget, spacing and fixed sites as rows; the sites' variables come first."""

    def wide(row):
        return np.concatenate([row, np.zeros((len(row), others))], axis=1)

    rows = [(wide(np.ones((1, sites))), 0, count)] if count is not None else []
    if rules.budget is not None:
        rows.append((wide(rules.site_cost[None]), 0, rules.budget))
    for site in rules.fixed:
        rows.append((wide(np.eye(sites)[[site]]), 1, 1))
    if rules.min_spacing is not None:
        a, b = np.nonzero(np.triu(rules.min_spacing, 1))
        rows.append((wide(np.eye(sites)[a] + np.eye(sites)[b]), 0, 1))
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_middle_max_cover_equals_milp(seed):
    apart, demand, rules, _ = middle(seed)
    reach = (apart < 220).astype(float)
    rules = replace(rules, backup=seed % 2)
    points, sites = reach.shape
    covered = np.hstack([reach, -(1 + seed % 2) * np.eye(points)])
    rows = [(covered, 0, np.inf), *rows_on_sites(rules, sites, points, 5)]
    best = -by_milp(np.concatenate([np.zeros(sites), -demand]), np.ones(sites + points), rows)
    found = solve("max_cover", sparse.csr_array(reach), demand, 5, rules=rules)
    assert found.proven
    assert found.objective == pytest.approx(best, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_middle_partial_cover_equals_milp(seed):
    """Reach fades in five steps: a point counts once for each step that a chosen site has."""
    apart, demand, rules, _ = middle(seed, points=80, sites=20)
    steps = np.array([0.2, 0.4, 0.6, 0.8, 1.0])
    reach = np.zeros(apart.shape)
    for step, radius in zip(steps, (400, 330, 260, 190, 120), strict=True):
        reach[apart < radius] = step
    points, sites = reach.shape
    levels = [(reach >= step - 1e-9).astype(float) for step in steps]
    rows: list[Any] = rows_on_sites(rules, sites, 5 * points, 4)
    for number, level in enumerate(levels):
        own = np.zeros((points, 5 * points))
        own[:, number * points : (number + 1) * points] = -np.eye(points)
        rows.append((np.hstack([level, own]), 0, np.inf))
    worth = np.concatenate([np.zeros(sites), np.tile(-0.2 * demand, 5)])
    best = -by_milp(worth, np.ones(len(worth)), rows)
    found = solve("max_cover", sparse.csr_array(reach), demand, 4, rules=rules)
    assert found.proven
    assert found.objective == pytest.approx(best, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("capacity", [False, True])
def test_middle_median_equals_milp(seed, capacity):
    apart, demand, rules, random = middle(seed, points=60, sites=15)
    if capacity:
        rules = replace(rules, capacity=random.integers(600, 2000, 15).astype(float))
    points, sites = apart.shape
    pairs = points * sites
    each = np.arange(pairs)
    own = np.zeros((points, pairs))
    own[each // sites, each] = 1
    opened = np.zeros((pairs, sites))
    opened[each, each % sites] = 1
    rows = [
        (np.hstack([np.zeros((points, sites)), own]), 1, 1),
        (np.hstack([opened, -np.eye(pairs)]), 0, np.inf),
        *rows_on_sites(rules, sites, pairs, 5),
    ]
    if capacity:
        used = np.zeros((sites, pairs))
        used[each % sites, each] = demand[each // sites]
        rows.append((np.hstack([np.diag(rules.capacity), -used]), 0, np.inf))
    spent = np.concatenate([np.zeros(sites), (demand[:, None] * apart).ravel()])
    whole = np.concatenate([np.ones(sites), np.zeros(pairs)])
    best = by_milp(spent, whole, rows)
    found = solve("p_median", apart, demand, 5, rules=rules)
    assert found.proven
    assert bool(found.infeasible) == bool(np.isnan(best))
    if not found.infeasible:
        assert found.objective == pytest.approx(best, rel=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_middle_set_cover_equals_milp(seed):
    apart, demand, rules, _ = middle(seed)
    reach = (apart < 260).astype(float)
    share = 0.9 if seed % 2 else 1.0
    points, sites = reach.shape
    rules = replace(rules, budget=None)
    reach[np.arange(points), apart.argmin(axis=1)] = 1.0
    if rules.min_spacing is not None:
        share = 0.8
    covered = np.hstack([reach, -np.eye(points)])
    enough = np.concatenate([np.zeros(sites), demand])[None]
    rows = [(covered, 0, np.inf), (enough, share * demand.sum() - 1e-7, np.inf)]
    rows += rows_on_sites(rules, sites, points, None)
    cost = np.ones(sites) if rules.site_cost is None else rules.site_cost
    best = by_milp(np.concatenate([cost, np.zeros(points)]), np.ones(sites + points), rows)
    found = solve("set_cover", sparse.csr_array(reach), demand, None, rules=rules, share=share)
    assert found.proven
    assert bool(found.infeasible) == bool(np.isnan(best))
    if not found.infeasible:
        assert found.objective == pytest.approx(best, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["max_cover", "p_median"])
def test_a_large_case_is_honest_about_its_gap(model):
    """With a little work only: the bound still holds against the best that was found with more."""
    apart, demand, _, _ = middle(99, points=1500, sites=150)
    asked = sparse.csr_array((apart < 120).astype(float)) if model == "max_cover" else apart
    little = Solver(nodes=0, dual_steps=5, restarts=0)
    quick = solve(model, asked, demand, 12, solver=little)
    good = solve(model, asked, demand, 12)
    sign = 1 if model == "max_cover" else -1
    assert sign * quick.objective <= sign * good.objective + 1e-6
    assert sign * quick.bound >= sign * good.objective - 1e-6
    assert good.proven
    assert good.gap <= 1e-9
