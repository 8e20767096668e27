"""The p-median: sites from which everybody's walks together are shortest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from siteplanner.choice.medians.bound import Pace, Prices, most_worth, price_out, ruled_out
from siteplanner.choice.medians.capacity import share_out
from siteplanner.choice.medians.case import ALMOST, Case, case_of, finished, no_answer
from siteplanner.choice.medians.costs import table_of
from siteplanner.choice.medians.exact import LARGEST, groups_of, program_of
from siteplanner.choice.medians.reach_all import ReachAll
from siteplanner.choice.medians.search import Medians, Shakes, grow, improve, settle_ties, shake
from siteplanner.choice.medians.tree import Question, branch
from siteplanner.choice.programs.highs import settle, solve
from siteplanner.choice.programs.optima import all_optima
from siteplanner.choice.rules.brake import Brake
from siteplanner.choice.rules.checking import (
    insist,
    number_of,
    wrong_amounts,
    wrong_cost,
    wrong_count,
    wrong_solver,
)
from siteplanner.choice.rules.exchanges import Exchanges
from siteplanner.choice.rules.faults import wrong_rules
from siteplanner.choice.rules.plain import plain_rules, plain_solver, plain_table, with_loads
from siteplanner.choice.rules.rows import keeps_to
from siteplanner.choice.solution import Ints, Rules, Solution, Solver

FIRST_STEPS = 0.4
"""Share of the steps that are taken before a set is built from the prices."""
EVEN = 1e-9
"""Costs this close, as a share, are equally good."""
AGAIN = 0.1
"""Length of the first step after a pause."""
BRANCHES = 1_500
"""Branches bounded by prices, before a program is tried."""
LARGEST_AFTER = 30_000
"""Most pairs of point and site that a program is then begun with."""
POOL = 6
"""Sites that newcomers are first drawn from, as a multiple of the count."""


def p_median(
    cost: Any,
    demand: npt.ArrayLike,
    count: int,
    *,
    unserved_cost: float | None = None,
    rules: Rules | None = None,
    solver: Solver | None = None,
) -> Solution:
    """Choose sites so that all demand together gets to its cheapest site at least cost.

    Parameters
    ----------
    cost
        Demand × sites, for one unit of demand: sparse (a stored 0 costs nothing, an absent
        pair has no path) or dense (NaN: no path).
    demand
        Amount at each demand point, not negative.
    count
        Most sites, fixed ones included; fewer are chosen where more would save nothing.
    unserved_cost
        What a unit of demand costs that is not served, because no chosen site can be reached or
        is cheaper; None where everybody with demand must be served.
    rules
        What binds.  Under capacity a demand point may be split between sites.
    solver
        How hard to look.

    Returns
    -------
    The set and what it costs.  ``gains`` are what each site saves, added in this order.

    Raises
    ------
    ValueError
        If a shape does not match, a number is out of range, or backup is asked for.

    References
    ----------
    Hakimi, S. (1964). Optimum locations of switching centers and the absolute centers and
    medians of a graph. Operations Research 12, 450-459.
    ReVelle, C. and Swain, R. (1970). Central facilities location. Geographical Analysis 2, 30-42.

    Examples
    --------
    >>> cost = np.array([[1.0, 5.0, 4.0], [6.0, 2.0, 4.0], [7.0, 3.0, 4.0]])
    >>> best = p_median(cost, np.array([10.0, 10.0, 10.0]), 1)
    >>> best.sites, best.objective, best.proven
    (array([1]), 100.0, True)
    """
    rules, solver = rules or Rules(), solver or Solver()
    cost = plain_table(cost, "cost")
    insist(wrong_cost(cost))
    points, sites = cost.shape
    insist(
        wrong_amounts(demand, points, "demand"),
        wrong_count(count, sites, np.size(rules.fixed)),
        wrong_rules(rules, sites, points, refused={"backup": "a p-median serves everybody once"}),
        wrong_solver(solver),
        _wrong_unserved(unserved_cost),
    )
    solver, amounts = plain_solver(solver), np.asarray(demand, dtype=float)
    rules = with_loads(plain_rules(rules), amounts)
    case = case_of(table_of(cost), amounts, min(int(count), sites), unserved_cost, rules)
    if len(case.lonely):
        return no_answer(case)
    return _answer(case, solver) if rules.capacity is None else share_out(case, solver)


def _wrong_unserved(unserved: Any) -> list[str]:
    number = number_of(unserved)
    if unserved is None or (number is not None and 0 <= number < np.inf):
        return []
    return [f"unserved_cost is {unserved!r}, it must be 0 or more, or None"]


def _answer(case: Case, solver: Solver) -> Solution:
    brake = Brake(solver.seconds)
    medians = Medians(case.merged(), case.count)
    grow(medians, case.moves)
    improve(medians, case.moves)
    if not _is_valid(case, medians):
        found, certain = _some_valid_set(case, medians, solver)
        if found is None:
            return no_answer(case, certain=certain)
        medians.become(found)
        improve(medians, case.moves)
    prices = _search(case, medians, solver, brake)
    bound = case.rounded(prices.bound)
    sets: tuple[Ints, ...] = ()
    if solver.nodes and (solver.all_optima or medians.total - bound > solver.gap * medians.total):
        if case.rules.only_lists:
            bound = max(bound, _branched(case, medians, prices, solver, brake))
        left = medians.total - bound > max(solver.gap, EVEN) * medians.total
        if left or solver.all_optima or not case.rules.only_lists:
            exact = _exact(case, medians, prices, replace(solver, seconds=brake.left))
            bound, sets = max(bound, exact.bound), exact.sets
            brake.used |= exact.stopped
    settle_ties(medians, case.moves)
    return finished(case, medians.sites, bound, sets, stopped=brake.used)


def _is_valid(case: Case, medians: Medians) -> bool:
    if case.unserved is None and (medians.first < 0).any():
        return False
    plain = case.rules.only_lists
    return plain or keeps_to(case.rules, medians.sites, case.sites, case.count)


def _some_valid_set(case: Case, medians: Medians, solver: Solver) -> tuple[Ints | None, bool]:
    """Find any set that keeps to the rules and serves whom it must; or tell that none does."""
    asked = ReachAll(case, medians.costs, solver)
    if case.unserved is None:
        return asked.within(np.finfo(float).max)
    solved = solve(asked.program(np.empty(0, dtype=np.int64), np.inf), solver)
    if not len(solved.x):
        return None, solved.infeasible
    return np.flatnonzero(solved.x).astype(np.int64), True


def _search(case: Case, medians: Medians, solver: Solver, brake: Brake) -> Prices:
    """Look for good sets and for good prices by turns; each helps the other."""
    moves = case.moves
    near, after = medians.near, np.where(medians.second < 0, medians.near, medians.next)
    nothing = np.zeros(case.sites)
    prices = Prices(-np.inf, 0.5 * (near + after), nothing, nothing)
    for share, length in ((FIRST_STEPS, 1.0), (1.0 - FIRST_STEPS, AGAIN)):
        least = max(float(case.is_whole) * ALMOST, solver.gap * medians.total)
        prices = price_out(
            medians.served, moves,
            price=prices.price, target=medians.total, goal=medians.total - least,
            steps=int(share * solver.dual_steps), pace=Pace(length), brake=brake,
        )  # fmt: skip
        if medians.total - case.rounded(prices.bound) <= solver.gap * medians.total:
            break
        _follow(medians, moves, prices)
    else:
        pool = np.flatnonzero(moves.open)
        if len(pool):
            pool = pool[np.argsort(-prices.worth[pool], kind="stable")[: POOL * case.count]]
            shake(medians, moves, pool, shakes=Shakes(solver.restarts, solver.seed, brake))
    return prices


def _follow(medians: Medians, moves: Exchanges, prices: Prices) -> None:
    """Begin again from the sites that are worth most, and keep that where it is better."""
    if not moves.plain:
        return
    before, total = medians.sites, medians.total
    medians.become(np.flatnonzero(most_worth(prices.worth, moves)[1] == 1))
    improve(medians, moves)
    if medians.total >= total:
        medians.become(before)


def _branched(case: Case, medians: Medians, prices: Prices, solver: Solver, brake: Brake) -> float:
    """Search by branches; the set becomes the best one found."""
    question = Question(
        medians.served, case.moves,
        total=medians.total, step=float(case.is_whole), gap=solver.gap,
    )  # fmt: skip
    searched = branch(question, prices, nodes=min(solver.nodes, BRANCHES), brake=brake)
    if searched.sites is not None:
        medians.become(searched.sites)
    return case.rounded(searched.bound)


@dataclass(frozen=True)
class _Exact:
    bound: float
    sets: tuple[Ints, ...] = ()
    stopped: bool = False


def _exact(case: Case, medians: Medians, prices: Prices, solver: Solver) -> _Exact:
    """Search what the prices leave open; the set becomes the best one found."""
    kept, forced = ruled_out(prices, medians.total, case.moves)
    most = LARGEST_AFTER if case.rules.only_lists and not solver.all_optima else LARGEST
    groups = groups_of(medians.costs, medians.weight, case.unserved, kept, forced, most=most)
    if groups is None:
        return _Exact(-np.inf)
    rules = replace(case.rules, fixed=np.flatnonzero(forced))
    program = program_of(groups, rules, case.count, kept)
    start = np.full(len(program.cost), np.nan)
    start[: case.sites] = medians.slot >= 0
    solved = solve(program, solver, start=start)
    if len(solved.x):
        found = np.flatnonzero(solved.x[: case.sites]).astype(np.int64)
        if case.cost_of(found) < medians.total * (1 - EVEN):
            medians.become(found)
    bound, proven = settle(solved, case.cost_of(medians.sites), maximise=False)
    if not (proven and solver.all_optima):
        return _Exact(case.rounded(bound), stopped=solved.stopped)
    sets, _ = all_optima(program, case.sites, medians.total, case.cost_of, solver=solver)
    return _Exact(bound, sets, solved.stopped)
