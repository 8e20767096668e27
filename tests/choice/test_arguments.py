"""What people give a model: lists and counts as they come, and a sentence for what does not fit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from siteplanner.choice import (
    Rules,
    Solver,
    max_cover,
    p_center,
    p_dispersion,
    p_median,
    set_cover,
)

WALK = np.abs(np.subtract.outer(np.arange(4.0), np.arange(4.0)))
ONES = np.ones(4)
COUNTED = {
    "max_cover": lambda count=2, **more: max_cover(WALK < 2, ONES, count, **more),
    "p_median": lambda count=2, **more: p_median(WALK, ONES, count, **more),
    "p_center": lambda count=2, **more: p_center(WALK, count, **more),
    "p_dispersion": lambda count=2, **more: p_dispersion(WALK, count, **more),
}
MODELS = {**COUNTED, "set_cover": lambda **more: set_cover(WALK < 2, **more)}
INFINITE = [np.inf, 1, 1, 1]


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@pytest.mark.parametrize(
    ("rules", "words"),
    [
        (Rules(fixed=[1.9]), "fixed must be a list of site numbers"),
        (Rules(fixed=1), "fixed must be a list of site numbers"),
        (Rules(fixed=None), "fixed must be a list of site numbers"),
        (Rules(barred=ONES > 0), "barred is true or false a site; give the site numbers instead"),
        (Rules(districts=([0.5, 0, 0, 1], [1, 1])), "must be whole numbers"),
        (Rules(districts=([0, 0, 0, 0],)), "districts must be two lists"),
        (Rules(districts=([0, 0, 0, 0], 1)), "must be a list, one number a district"),
        (Rules(site_cost=ONES, budget="a"), "budget is 'a', it must be a number, 0 or more"),
        (Rules(site_cost=ONES, budget=np.nan), "budget is nan, it must be 0 or more"),
        (Rules(site_cost=list("abcd"), budget=1), "site_cost must be numbers, one a site"),
        (Rules(site_cost=INFINITE), "site_cost is infinite at site 0; give a number"),
        (Rules(min_spacing=[[1]]), r"min_spacing has shape \(1, 1\), there are 4 sites"),
        (Rules(min_spacing=[[1], [1, 2]]), "min_spacing must be site × site"),
        (Rules(backup="one"), "backup"),
        (Rules(score="best"), "score must be numbers, one a site"),
    ],
)
def test_rules_that_do_not_fit_are_refused(model, rules, words):
    with pytest.raises(ValueError, match=words):
        model(rules=rules)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_rules_may_be_lists(model):
    near = [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    lists = Rules(
        fixed=[0],
        barred=[],
        min_spacing=near,
        site_cost=[1, 1, 1, 1],
        budget=3,
        districts=([0, 0, 1, 1], [0, 1]),
        score=[0, 1, 2, 3],
        backup=0.0,
    )
    found = model(rules=lists)
    assert found.proven
    assert found.sites[0] == 0
    assert 1 not in found.sites


@pytest.mark.parametrize("model", COUNTED.values(), ids=COUNTED)
def test_a_count_is_any_whole_number(model):
    assert model(2.0).sites.tolist() == model(2).sites.tolist() == model(np.int64(2)).sites.tolist()
    for count in (np.inf, np.nan, None, "2", True, 2.5):
        with pytest.raises(ValueError, match="it must be a whole number"):
            model(count)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_how_hard_to_look_is_checked(model):
    assert model(solver=Solver(restarts=2.0, nodes=100.0)).proven
    for wrong in ({"restarts": 1.5}, {"nodes": "a"}, {"gap": None}, {"seconds": "a"}, {"seed": -1}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))} is .*, it must be"):
            model(solver=Solver(**wrong))


def test_backup_may_be_written_as_a_decimal():
    assert max_cover(WALK < 2, ONES, 2, rules=Rules(backup=1.0)).objective == 2


def test_tables_may_be_lists():
    table = WALK.tolist()
    assert p_median(table, [1, 1, 1, 1], 2).objective == 2
    assert p_center(table, 2).objective == 1
    assert p_dispersion(table, 2).objective == 3
    assert set_cover((WALK < 2).tolist()).objective == 2


@pytest.mark.parametrize("table", [[[1.0], [1.0, 2.0]], [["near"]]])
def test_what_is_no_table_is_refused(table):
    for ask in (
        lambda: p_median(table, [1], 1),
        lambda: p_center(table, 1),
        lambda: p_dispersion(table, 1),
    ):
        with pytest.raises(ValueError, match="cost is not a table of numbers; give one row"):
            ask()
    for ask in (lambda: max_cover(table, [1], 1), lambda: set_cover(table)):
        with pytest.raises(ValueError, match="reach is not a table of numbers; give one row"):
            ask()


def test_infinite_amounts_are_refused_but_for_capacities():
    for ask in (
        lambda: max_cover(WALK < 2, INFINITE, 2),
        lambda: set_cover(WALK < 2, INFINITE),
        lambda: p_median(WALK, INFINITE, 2),
        lambda: p_center(WALK, 2, demand=INFINITE),
    ):
        with pytest.raises(ValueError, match="demand is infinite at point 0; give a number"):
            ask()
    with pytest.raises(ValueError, match="load is infinite at point 0"):
        max_cover(WALK < 2, ONES, 2, rules=Rules(load=INFINITE, capacity=ONES))
    assert max_cover(WALK < 2, ONES, 1, rules=Rules(capacity=INFINITE)).objective == 2


@pytest.mark.parametrize("share", [None, "half", np.nan, -0.1, 1.1])
def test_a_share_is_a_number_between_0_and_1(share):
    with pytest.raises(ValueError, match=r"share is .*, it must be .*between 0 and 1"):
        set_cover(WALK < 2, share=share)


def test_nothing_to_choose_from_is_refused_by_all_models():
    none = np.zeros((3, 0))
    for ask in (
        lambda: set_cover(none),
        lambda: max_cover(none, np.ones(3), 1),
        lambda: p_median(none, np.ones(3), 1),
        lambda: p_center(none, 1),
        lambda: p_dispersion(np.zeros((0, 0)), 1),
    ):
        with pytest.raises(ValueError, match="there are no sites to choose from"):
            ask()


@pytest.mark.parametrize("form", [sparse.coo_array, sparse.coo_matrix])
def test_entries_of_a_sparse_reach_are_added_up_before_they_are_looked_at(form):
    twice = form((np.ones(3), ([0, 0, 1], [0, 0, 1])), shape=(3, 3))
    for ask in (lambda: max_cover(twice, np.ones(3), 2), lambda: set_cover(twice)):
        with pytest.raises(ValueError, match="reach is not between 0 and 1 at point 0"):
            ask()
    halves = form((np.full(4, 0.5), ([0, 0, 1, 1], [0, 0, 1, 1])), shape=(3, 3))
    assert max_cover(halves, np.ones(3), 2).objective == 2
    assert max_cover(halves, np.ones(3), 2, rules=Rules(capacity=np.ones(3))).objective == 2
    assert halves.nnz == 4


@pytest.mark.parametrize("size", [1e-300, 1e-12, 1e-3, 1e12, 1e300])
def test_amounts_of_any_size_are_told_apart(size):
    demand = np.array([1.0, 3.0, 2.0]) * size
    found = max_cover(np.eye(3), demand, 1)
    assert (found.sites.tolist(), found.proven) == ([1], True)
    assert found.objective == pytest.approx(3 * size, rel=1e-12)
    assert found.gains == pytest.approx([3 * size], rel=1e-12)
    assert found.bound == found.objective
    rules = Rules(capacity=np.full(3, size))
    assert max_cover(np.eye(3), demand, 2, rules=rules).objective == pytest.approx(2 * size)
    found = set_cover(np.eye(3), demand, share=0.6)
    assert found.objective == 2
    assert found.gains == pytest.approx(demand[found.sites], rel=1e-12)
    assert set_cover(np.eye(3), demand, share=0.6, rules=rules).infeasible


def test_tiny_demand_is_named_as_it_was_given():
    found = set_cover(np.array([[1.0], [0.0]]), [1.0, 0.5])
    assert found.infeasible[0] == "No site reaches point 1 (demand 0.5)."
    found = set_cover(np.array([[1.0], [0.0]]), [0.25, 0.125])
    assert found.infeasible[0] == "No site reaches point 1 (demand 0.125)."


def test_how_far_from_the_best_is_said_without_exponents():
    found = p_center(1 - np.eye(3), 2, solver=Solver(gap=1.0))
    assert found.method.endswith("no set that keeps to them is more than 100 % better")
