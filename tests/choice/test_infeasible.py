"""Where no set keeps to the rules: what binds, and the smallest change that helps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from siteplanner.choice.covering.fewest import set_cover
from siteplanner.choice.medians.dispersion import p_dispersion
from siteplanner.choice.programs.asking import Asked
from siteplanner.choice.programs.infeasible import reasons
from siteplanner.choice.solution import Rules

LINE = sparse.csr_array(np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [0, 0, 0, 1.0]]))
"""Four points on a street; site k reaches points k - 1 and k."""
PEOPLE = np.array([8.0, 4.0, 2.0, 1.0])


def why(rules: Rules, count: int | None = None, **more: object) -> tuple[str, ...]:
    return reasons(Asked(rules, sites=4, count=count, **more))


def reaching(rules: Rules, count: int | None = None, share: float = 1.0) -> tuple[str, ...]:
    return why(rules, count, reach=LINE, demand=PEOPLE, share=share)


def near(*pairs: tuple[int, int]) -> np.ndarray:
    table = np.zeros((4, 4), dtype=bool)
    for one, other in pairs:
        table[one, other] = True
    return table


ALL = near(*((a, b) for a in range(4) for b in range(a)))


def test_a_count_that_is_too_small():
    assert reaching(Rules(), 1) == (
        "The count of 1 is too small: 2 sites would do.",
        "At most 80 % of the demand can be served, 100 % is asked for.",
    )


def test_a_budget_that_is_too_small():
    rules = Rules(site_cost=np.array([1.0, 40.0, 60.0, 90.0]), budget=100.0)
    assert reaching(rules)[0] == (
        "The budget of 100 is too small: the cheapest set that keeps to everything else costs 130."
    )
    assert not reaching(replace(rules, budget=130.0))[0].startswith("The budget")


def test_fixed_sites_that_cost_too_much():
    rules = Rules(site_cost=np.array([8.0, 1, 1, 1]), budget=5.0, fixed=np.array([0]))
    assert why(rules, 2) == (
        "The budget of 5 is too small: the cheapest set that keeps to everything else costs 8; "
        "the fixed sites alone cost 8.",
    )


def test_districts_that_ask_for_more_than_the_count():
    rules = Rules(districts=(np.array([0, 0, 1, 1]), np.array([2, 1])))
    assert why(rules, 2) == (
        "The districts ask for 3 sites, count is 2: 3 would do.",
        "The districts ask for too much: 1 site fewer in district 0 would do.",
    )


def test_a_district_with_too_few_sites():
    rules = Rules(districts=(np.array([0, 0, 1, -1]), np.array([0, 2])), barred=np.array([0]))
    assert why(rules, 4)[0] == ("District 1 asks for 2 sites, but only 1 may be chosen there.")


def test_sites_that_do_not_keep_apart():
    assert why(Rules(min_spacing=ALL), 3, exactly=True) == (
        "No 3 sites keep to everything else: 1 is the most.",
        "The spacing between sites leaves no set; without it there is one, for example with 3 "
        "pairs of sites too near each other.",
    )


def test_spacing_against_reach():
    assert reaching(Rules(min_spacing=ALL))[0].startswith("The spacing between sites leaves no")


def test_points_that_no_site_reaches_are_named():
    lost = LINE.toarray()
    lost[[1, 3]] = 0
    found = why(Rules(), None, reach=sparse.csr_array(lost), demand=PEOPLE)
    assert found == (
        "No site reaches points 1 and 3 (demand 5).",
        "At most 66.67 % of the demand can be served, 100 % is asked for.",
    )


def test_points_that_only_barred_sites_reach():
    found = reaching(Rules(barred=np.array([3])))
    assert found[0] == "No site reaches point 3 (demand 1) unless barred sites are let in."
    assert "With barred site 3 let in there is a set." in found


def test_sites_that_can_take_on_too_little():
    rules = Rules(capacity=np.full(4, 3.5))
    found = reaching(rules)
    assert found[0] == "The sites take too little: 1.15 times their capacity would do."
    assert found[1].startswith("At most 90 %")


def test_too_much_backup():
    assert reaching(Rules(backup=1))[:2] == (
        "Fewer than 2 sites reach point 3 (demand 1).",
        "A backup of 1 is too much: 0 would do.",
    )


def test_a_share_out_of_reach():
    lost = LINE.toarray()
    lost[0] = 0
    found = why(Rules(), None, reach=sparse.csr_array(lost), demand=PEOPLE, share=0.9)
    assert found == ("At most 46.67 % of the demand can be served, 90 % is asked for.",)


def test_two_rules_that_must_both_give_way():
    reach = sparse.csr_array(np.array([[1.0, 0, 0, 0], [0, 0, 0, 0]]))
    rules = Rules(districts=(np.array([0, 0, 1, 1]), np.array([2, 0])), min_spacing=near((0, 1)))
    demand = np.array([8.0, 4.0])
    assert why(rules, reach=reach, demand=demand, share=0.8) == (
        "No single rule is to blame: the spacing and the share together leave no set.",
    )


def test_fixed_sites_that_cost_too_much_and_what_else_is_wrong():
    rules = Rules(
        site_cost=np.array([9.0, 9.0, 1.0, 1.0]),
        budget=17.0,
        fixed=np.array([0, 1]),
        districts=(np.array([0, 0, 1, 1]), np.array([0, 2])),
        min_spacing=near((2, 3)),
    )
    dear, spacing, *_ = why(rules, 4)
    assert dear == "The fixed sites alone cost 18, the budget is 17."
    assert spacing.startswith("The spacing between sites leaves no set")


def test_fixed_sites_that_cost_too_much_and_a_share_out_of_reach():
    rules = Rules(fixed=np.array([0]), site_cost=np.array([2.0]), budget=1.0)
    dear = "The fixed sites alone cost 2, the budget is 1."
    found = set_cover([[1.0], [0.0]], [1, 1], share=0.8, rules=rules)
    most = "At most 50 % of the demand can be served, 80 % is asked for."
    assert found.infeasible == (dear, most)
    assert set_cover([[1.0], [0.0]], [1, 1], rules=rules).infeasible[:2] == (
        dear,
        "No site reaches point 1 (demand 1).",
    )


def test_amounts_of_money_have_no_exponents():
    rules = Rules(site_cost=np.array([1e8 + 1, 2e8]), budget=1e8, fixed=np.array([0]))
    assert reasons(Asked(rules, sites=2, count=1)) == (
        "The budget of 100,000,000 is too small: the cheapest set that keeps to everything else "
        "costs 100,000,001; the fixed sites alone cost 100,000,001.",
    )


def test_no_so_many_sites_can_be_paid():
    cost = np.array([[0, 1, 5], [1, 0, 5], [5, 5, 0.0]])
    found = p_dispersion(cost, 2, rules=Rules(site_cost=[1e7, 2e7, 1e7 + 1], budget=2e7))
    assert found.proven
    assert found.infeasible[0] == "No 2 sites keep to everything else: 1 is the most."


@pytest.mark.parametrize("seed", range(25))
def test_the_change_that_is_named_does_help(seed):
    random = np.random.default_rng(seed)
    reach = sparse.csr_array((random.random((12, 8)) < 0.3).astype(float))
    reach = sparse.csr_array(reach[np.diff(reach.indptr) > 0])
    cost = random.integers(1, 9, 8).astype(float)
    least = set_cover(reach, rules=Rules(site_cost=cost)).objective
    rules = Rules(site_cost=cost, budget=least - 1)
    found = set_cover(reach, rules=rules)
    assert found.infeasible[0].endswith(f"costs {least:g}.")
    assert set_cover(reach, rules=replace(rules, budget=least)).objective == least
