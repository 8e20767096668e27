"""The p-median under capacity: demand points are split between sites that still have room.

Sridharan, R. (1995). The capacitated plant location problem. European Journal of Operational
Research 87, 203-213.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from siteplanner.choice.medians.case import Case, no_answer
from siteplanner.choice.medians.shipping import Freight, program_of, ship
from siteplanner.choice.programs.flows import main_site
from siteplanner.choice.programs.highs import settle, solve
from siteplanner.choice.programs.optima import all_optima
from siteplanner.choice.programs.tidying import worded
from siteplanner.choice.solution import Floats, Ints, Solution, Solver

SAME = 1e-9
"""Costs this close, as a share, are equally good."""


def share_out(case: Case, solver: Solver) -> Solution:
    """Choose sites and share demand out among them, each within its capacity.

    Parameters
    ----------
    case
        What was asked, with capacities.
    solver
        How hard to look.

    Returns
    -------
    The set; ``flows`` says who goes where.
    """
    rules = case.rules
    load = case.demand if rules.load is None else rules.load
    capacity = np.zeros(0) if rules.capacity is None else rules.capacity
    freight = Freight(case.table, case.weight, load[case.points], capacity, case.unserved)
    program = program_of(freight, rules, case.count)
    solved = solve(program, replace(solver, nodes=max(solver.nodes, 1)))
    if not len(solved.x):
        return no_answer(case, certain=solved.infeasible)
    sites, objective = _without_useless(
        case, freight, np.flatnonzero(solved.x[: case.sites]).astype(np.int64)
    )
    flows = ship(freight, sites)[1]
    order = case.in_order(sites)[0]
    gains = _gains(freight, order)
    bound, proven = settle(solved, objective, maximise=False)
    sets: tuple[Ints, ...] = ()
    if proven and solver.all_optima:

        def cost_of(chosen: Ints) -> float:
            return ship(freight, chosen)[0]

        sets, _ = all_optima(program, case.sites, objective, cost_of, solver=solver)
    everyone = case.for_everyone(flows)
    return Solution(
        sites=order,
        objective=objective,
        gains=gains,
        bound=bound,
        proven=proven,
        method=worded(objective, bound, proven=proven, stopped=solved.stopped),
        assignment=main_site(everyone),
        flows=everyone,
        optima=sets,
    )


def _without_useless(case: Case, freight: Freight, sites: Ints) -> tuple[Ints, float]:
    """Leave out sites that save nothing and that no rule needs, the lowest score first."""
    total = ship(freight, sites)[0]
    score = case.moves.score
    for site in sorted(sites.tolist(), key=lambda one: (score[one], -one)):
        fewer = sites[sites != site]
        if case.moves.spares(sites, site):
            without = ship(freight, fewer)[0]
            if without <= total * (1 + SAME):
                sites, total = fewer, min(total, without)
    return sites, total


def _gains(freight: Freight, order: Ints) -> Floats:
    """Give what each site saves; NaN as long as the sites before it cannot serve everybody."""
    paid = [ship(freight, order[:k])[0] for k in range(len(order) + 1)]
    before = np.array([cost if np.isfinite(cost) else np.nan for cost in paid])
    return np.asarray(before[:-1] - before[1:])
