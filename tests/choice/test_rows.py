"""The rules of a choice as rows, and the programs that HiGHS gets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from siteplanner.choice.programs.highs import Program, Solved, settle, solve
from siteplanner.choice.rules.rows import (
    cliques,
    conflicts,
    keeps_to,
    limits_of,
    most_money,
    rows_of,
)
from siteplanner.choice.solution import Rules, Solver


def near(sites: int, *pairs: tuple[int, int]) -> np.ndarray:
    table = np.zeros((sites, sites), dtype=bool)
    for one, other in pairs:
        table[one, other] = True
    return table


def test_each_rule_is_a_row():
    rules = Rules(
        site_cost=np.array([3.0, 4.0, 5.0]),
        budget=7.0,
        districts=(np.array([0, 1, 1]), np.array([0, 1])),
        min_spacing=near(3, (0, 2)),
    )
    rows = rows_of(rules, 3, 2)
    assert rows.names == ("count", "budget", "district 1", "spacing")
    assert rows.matrix.toarray().tolist() == [[1, 1, 1], [3, 4, 5], [0, 1, 1], [1, 0, 1]]
    assert rows.lower.tolist() == [-np.inf, -np.inf, 1, -np.inf]
    assert rows.upper.tolist() == [2, most_money(rules), np.inf, 1]
    assert most_money(rules) == pytest.approx(7, rel=1e-12)


def test_exactly_so_many_sites_binds_from_both_sides():
    rows = rows_of(Rules(), 3, 2, exactly=True)
    assert (rows.lower[0], rows.upper[0]) == (2, 2)
    assert not keeps_to(Rules(), np.array([0]), 3, 2, exactly=True)
    assert keeps_to(Rules(), np.array([0]), 3, 2)


def test_a_district_without_sites_cannot_be_satisfied():
    rules = Rules(districts=(np.array([-1, 0]), np.array([0, 1])))
    assert not keeps_to(rules, np.array([0, 1]), 2, None)


@pytest.mark.parametrize(
    ("rules", "picked", "kept"),
    [
        (Rules(fixed=np.array([1])), [0], False),
        (Rules(fixed=np.array([1])), [0, 1], True),
        (Rules(barred=np.array([0])), [0], False),
        (Rules(site_cost=np.array([0.1, 0.2, 9.0]), budget=0.3), [0, 1], True),
        (Rules(site_cost=np.array([0.1, 0.2, 9.0]), budget=0.29), [0, 1], False),
        (Rules(min_spacing=near(3, (2, 0))), [0, 2], False),
        (Rules(min_spacing=near(3, (2, 0)), fixed=np.array([0, 2])), [0, 2], True),
        (Rules(min_spacing=near(3, (0, 0), (1, 1))), [0, 1], True),
    ],
)
def test_a_set_keeps_to_its_rules(rules, picked, kept):
    assert keeps_to(rules, np.array(picked), 3, 3) is kept


def test_fixed_wins_over_barred():
    lower, upper = limits_of(Rules(fixed=np.array([0]), barred=np.array([0, 1])), 2)
    assert (lower.tolist(), upper.tolist()) == ([1, 0], [1, 0])


@given(st.integers(0, 2**15 - 1), st.integers(0, 2**6 - 1))
def test_cliques_forbid_exactly_the_conflicting_pairs(bits, chosen):
    pairs = [(a, b) for a in range(6) for b in range(a)]
    table = near(6, *(pair for k, pair in enumerate(pairs) if bits >> k & 1))
    both = conflicts(Rules(min_spacing=sparse.csr_array(table)), 6)
    x = np.array([chosen >> k & 1 for k in range(6)])
    apart = not (table & np.outer(x, x)).any()
    assert all(x[group].sum() <= 1 for group in cliques(both)) == apart


def knapsack(**changes: object) -> Program:
    weight = np.array([4.0, 3.0, 2.0, 1.0])
    parts: dict = {
        "cost": np.array([7.0, 5.0, 4.0, 1.0]),
        "rows": sparse.csr_array(weight.reshape(1, -1)),
        "lower": np.array([-np.inf]),
        "upper": np.array([5.0]),
        "whole": np.ones(4, dtype=bool),
        "x_lower": np.zeros(4),
        "x_upper": np.ones(4),
        "maximise": True,
    }
    return Program(**(parts | changes))


def test_a_program_is_solved_and_bounded():
    solved = solve(knapsack())
    assert (solved.objective, solved.bound, solved.optimal) == (9.0, 9.0, True)
    assert solved.x.tolist() == [0, 1, 1, 0]
    relaxed = solve(knapsack(), relaxed=True)
    assert relaxed.bound == pytest.approx(4 + 3 / 4 * 7)
    assert len(relaxed.reduced_cost) == 4


def test_no_values_is_said_and_not_raised():
    solved = solve(knapsack(lower=np.array([11.0]), upper=np.array([np.inf])))
    assert solved.infeasible
    assert len(solved.x) == 0
    assert np.isnan(solved.objective)


@pytest.mark.parametrize("scale", [1e-9, 1e12])
def test_tiny_and_huge_costs_are_compared_as_others_are(scale):
    solved = solve(knapsack(cost=scale * np.array([7.0, 5.0, 4.0, 1.0])))
    assert solved.x.tolist() == [0, 1, 1, 0]
    assert solved.bound == pytest.approx(9 * scale, rel=1e-12)


def test_a_start_may_be_given_in_part():
    start = np.array([0.0, 1.0, np.nan, np.nan])
    assert solve(knapsack(), start=start).objective == 9


def test_an_answer_within_the_gap_is_not_called_the_optimum():
    random = np.random.default_rng(3)
    many = random.integers(10, 60, 40).astype(float)
    program = Program(
        many + random.integers(0, 9, 40), sparse.csr_array(many.reshape(1, -1)),
        np.array([-np.inf]), np.array([333.0]), np.ones(40, dtype=bool), np.zeros(40),
        np.ones(40), maximise=True,
    )  # fmt: skip
    loose = solve(program, Solver(gap=0.5))
    assert loose.bound > loose.objective
    assert not loose.optimal
    exact = solve(program)
    assert exact.optimal
    assert loose.bound >= exact.objective >= loose.objective


def test_a_bound_is_never_worse_than_the_set_itself():
    off = Solved(np.ones(1), 10.0, 9.0, optimal=False, infeasible=False)
    assert settle(off, 10.0, maximise=True) == (10.0, True)
    assert settle(off, 8.0, maximise=False) == (8.0, True)
    assert settle(off, 8.0, maximise=True) == (9.0, False)
