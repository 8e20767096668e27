"""The exact end of a covering search: what is left of the model, given to HiGHS."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from siteplanner.choice.covering.reduction import Core
from siteplanner.choice.programs.highs import Program, Solved, settle, solve
from siteplanner.choice.solution import Floats, Ints, Solver

LARGEST = 40_000
"""Places of a model up to which HiGHS gets it; in larger ones it would not pass its root."""
EFFORT = 5_000_000
"""Over the places of a model: what a node of `Solver.nodes` stands for, see `highs.solve`."""


def finish(core: Core, start: Ints, solver: Solver) -> tuple[Ints, float, Solved]:
    """Search a covering model exactly.

    Parameters
    ----------
    core
        The model.
    start
        A good set (places in ``core.sites``) to begin from; empty for none.
    solver
        Gap, nodes, seconds and seed.

    Returns
    -------
    The better of the two sets, a bound on every set, and what HiGHS said.

    Examples
    --------
    >>> from siteplanner.choice.covering.reduction import core_of
    >>> reach = sparse.csc_array(np.array([[1.0, 0, 1], [1, 1, 0], [0, 1, 0], [0, 0, 1]]))
    >>> core = core_of(reach, np.array([3.0, 3, 2, 2]), np.zeros(4), np.arange(3), 2)
    >>> picked, bound, _ = finish(core, np.array([0, 1]), Solver())
    >>> sorted(picked.tolist()), bound
    ([1, 2], 10.0)
    """
    sites, levels = len(core.sites), core.levels
    begin = np.zeros(sites + levels)
    begin[start] = 1.0
    begin[sites:] = np.nan
    solved = solve(
        program_of_core(core),
        solver,
        start=begin if len(start) else None,
        effort=EFFORT // max(core.size, 1),
    )
    picked = np.asarray(start, dtype=np.int64)
    if len(solved.x):
        found = np.flatnonzero(solved.x[:sites] > 0.5)
        if len(found) <= core.count and core.worth(found) > core.worth(picked):
            picked = found
    bound, _ = settle(solved, core.worth(picked), maximise=True)
    return picked, bound, solved


def program_of_core(core: Core) -> Program:
    """Write a covering model as a program: sites first, then the levels of all rows.

    A level is served where one of its own sites is chosen or the next higher level is served.

    Parameters
    ----------
    core
        The model.

    Returns
    -------
    The program.

    References
    ----------
    Church, R. and ReVelle, C. (1974). The maximal covering location problem.
    Papers of the Regional Science Association 32, 101-118.
    """
    sites, levels = len(core.sites), core.levels
    level = np.arange(levels)
    own = np.repeat(level, np.diff(core.level_end, prepend=0))
    lower = np.setdiff1d(level, core.row_level[:-1])
    row = np.concatenate([own, level, lower, np.full(sites, levels)])
    column = np.concatenate([core.row_site, sites + level, sites + lower - 1, np.arange(sites)])
    value = np.concatenate([-np.ones(core.size), np.ones(levels), -np.ones(len(lower))])
    value = np.concatenate([value, np.ones(sites)])
    whole = np.zeros(sites + levels, dtype=bool)
    whole[:sites] = True
    return Program(
        cost=np.concatenate([np.zeros(sites), core.level_step]),
        rows=sparse.csr_array((value, (row, column)), shape=(levels + 1, sites + levels)),
        lower=np.full(levels + 1, -np.inf),
        upper=np.append(np.zeros(levels), float(core.count)),
        whole=whole,
        x_lower=np.zeros(sites + levels),
        x_upper=np.ones(sites + levels),
        maximise=True,
    )


def gap_left(solver: Solver, base: float, value: float, *, whole: bool) -> Solver:
    """Say how near the end is near enough for what is left of a model.

    Parameters
    ----------
    solver
        The gap asked for, as a share of ``base + value``.
    base
        What sites come to that are in already.
    value
        What a good set of the others comes to.
    whole
        Whether a set can only be better by one, or more.

    Examples
    --------
    >>> gap_left(Solver(gap=0.01), 60.0, 40.0, whole=False).gap
    0.025
    """
    least = 0.99 if whole else 0.0
    gap = max(solver.gap * (base + value), least) / max(value, 1e-9)
    return replace(solver, gap=gap)


def rounded(bound: float, *, whole: bool) -> float:
    """Round a bound down where only whole numbers can be reached.

    Examples
    --------
    >>> rounded(17.4, whole=True), rounded(17.4, whole=False)
    (17.0, 17.4)
    """
    return float(np.floor(bound + 1e-6)) if whole and np.isfinite(bound) else bound


def all_whole(worth: Floats) -> bool:
    """Tell whether all amounts are whole numbers that are added without rounding.

    Examples
    --------
    >>> all_whole(np.array([1.0, 2.0])), all_whole(np.array([0.5]))
    (True, False)
    """
    return bool((worth == np.rint(worth)).all() and worth.sum() < 2.0**50)
