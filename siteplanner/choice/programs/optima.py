"""All best sets, and not only one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from siteplanner.choice.programs.highs import WHOLE, Program, solve
from siteplanner.choice.solution import Ints, Solver

MOST = 10_000
"""Sets that are listed at most."""
SAME = 1e-9
"""Objectives this close, as a share, are equally good."""


def all_optima(
    program: Program,
    sites: int,
    best: float,
    worth: Callable[[Ints], float],
    *,
    solver: Solver | None = None,
    most: int = MOST,
) -> tuple[tuple[Ints, ...], bool]:
    """List every set of sites that is as good as the best.

    The program is solved again and again, each time without the sets found before, until it
    has no more.

    Parameters
    ----------
    program
        The model; its first variables are the sites, whole and 0..1.
    sites
        Number of sites.
    best
        The objective of the best set.
    worth
        Computes the objective of a set (sorted site numbers) from the set itself; what differs
        from ``best`` is left out.
    solver
        Nodes for each search.
    most
        Sets to list at most.

    Returns
    -------
    The sets, each sorted, in lexicographic order; and whether they are all there are.

    References
    ----------
    Balas, E. and Jeroslow, R. (1972). Canonical cuts on the unit hypercube.
    SIAM Journal on Applied Mathematics 23, 61-69.

    Examples
    --------
    >>> from scipy import sparse
    >>> one = Program(np.ones(3), sparse.csr_array(np.ones((1, 3))), np.array([1.0]),
    ...               np.array([np.inf]), np.ones(3, dtype=bool), np.zeros(3), np.ones(3))
    >>> sets, complete = all_optima(one, 3, 1.0, lambda chosen: float(len(chosen)))
    >>> [chosen.tolist() for chosen in sets], complete
    ([[0], [1], [2]], True)
    """  # fmt: skip
    solver = replace(solver or Solver(), gap=0.0)
    slack = WHOLE * max(1.0, abs(best))
    limits = (best - slack, np.inf) if program.maximise else (-np.inf, best + slack)
    bounded = program.with_row(program.cost, *limits)
    bounded = replace(bounded, cost=np.zeros(len(program.cost)))
    found: list[Ints] = []
    while len(found) < most:
        solved = solve(bounded, solver)
        if solved.infeasible:
            return _sorted(found), True
        if not len(solved.x):
            return _sorted(found), False
        x = np.round(solved.x[:sites])
        chosen = np.flatnonzero(x).astype(np.int64)
        if abs(worth(chosen) - best) <= SAME * max(1.0, abs(best)):
            found.append(chosen)
        bounded = without(bounded, chosen, sites)
    return _sorted(found), False


def without(program: Program, chosen: Ints, sites: int) -> Program:
    """Give the program without one set of sites."""
    row = np.zeros(len(program.cost))
    row[:sites] = 1.0
    row[chosen] = -1.0
    return program.with_row(row, 1.0 - len(chosen), np.inf)


def _sorted(found: list[Ints]) -> tuple[Ints, ...]:
    return tuple(sorted(found, key=lambda chosen: tuple(chosen.tolist())))
