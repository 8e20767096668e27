"""Mixed-integer programs, solved by HiGHS: sparse rows in, a set and its bound out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from siteplanner.choice.solution import Floats, Solver

WHOLE = 1e-6
"""How far from a whole number HiGHS may leave a whole variable."""


@dataclass(frozen=True)
class Program:
    """Minimise (or maximise) ``cost @ x`` where ``lower <= rows @ x <= upper``.

    Parameters
    ----------
    cost
        One number a variable.
    rows
        Constraints × variables.
    lower, upper
        One number a constraint; infinite where a side is open.
    whole
        Which variables are whole numbers.
    x_lower, x_upper
        Smallest and largest value of each variable.
    maximise
        Whether more is better.

    Examples
    --------
    >>> one = Program(np.array([3.0, 2.0]), sparse.csr_array(np.array([[1.0, 1.0]])),
    ...               np.array([-np.inf]), np.array([1.0]), np.array([True, True]),
    ...               np.zeros(2), np.ones(2), maximise=True)
    >>> solved = solve(one)
    >>> solved.objective, solved.x.tolist(), solved.optimal
    (3.0, [1.0, 0.0], True)
    """  # fmt: skip

    cost: Floats
    rows: sparse.csr_array
    lower: Floats
    upper: Floats
    whole: np.ndarray
    x_lower: Floats
    x_upper: Floats
    maximise: bool = False


@dataclass(frozen=True)
class Solved:
    """What HiGHS found.

    Parameters
    ----------
    x
        The best values found; empty where there are none.
    objective
        Of these values; NaN where there are none.
    bound
        Nothing is better than this; infinite where nothing is known.
    optimal
        Whether this is the optimum.
    infeasible
        Whether it is certain that no values hold.
    reduced_cost
        Of each variable, where the program was solved as a linear one.
    stopped
        Whether the emergency brake ended the search.
    """

    x: Floats
    objective: float
    bound: float
    optimal: bool
    infeasible: bool
    reduced_cost: Floats = field(default_factory=lambda: np.empty(0))
    stopped: bool = False


def solve(
    program: Program,
    solver: Solver | None = None,
    *,
    start: Floats | None = None,
    relaxed: bool = False,
    method: str = "choose",
) -> Solved:
    """Solve a program, as a mixed-integer one or as its linear relaxation.

    Parameters
    ----------
    program
        What to solve.
    solver
        Gap, nodes, seconds and seed.
    start
        Values that hold, to begin from.
    relaxed
        Whether to let whole variables be fractions.
    method
        HiGHS's solver for linear programs: ``choose``, ``simplex``, ``ipm``.

    Returns
    -------
    The values, their objective and the bound.
    """
    solver = solver or Solver()
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    options: dict[str, Any] = {
        "output_flag": False,
        "threads": 1,
        "random_seed": solver.seed,
        "mip_rel_gap": solver.gap,
        "mip_abs_gap": 1e-9,
        "mip_max_nodes": max(solver.nodes, 1),
        "mip_feasibility_tolerance": WHOLE,
        "solver": method,
    }
    if solver.seconds is not None:
        options["time_limit"] = float(solver.seconds)
    for name, value in options.items():
        highs.setOptionValue(name, value)
    highs.passModel(_as_lp(program, relaxed=relaxed))
    if start is not None and not relaxed:
        values = highspy.HighsSolution()
        values.col_value = np.asarray(start, dtype=float).tolist()
        highs.setSolution(values)
    highs.run()
    return _read(highs, program, relaxed=relaxed)


def _as_lp(program: Program, *, relaxed: bool) -> highspy.HighsLp:
    rows = sparse.csr_array(program.rows)
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = rows.shape
    sense = highspy.ObjSense.kMaximize if program.maximise else highspy.ObjSense.kMinimize
    lp.sense_ = sense
    lp.col_cost_ = np.asarray(program.cost, dtype=float)
    lp.col_lower_, lp.col_upper_ = program.x_lower, program.x_upper
    lp.row_lower_, lp.row_upper_ = program.lower, program.upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = rows.indptr.astype(np.int32)
    lp.a_matrix_.index_ = rows.indices.astype(np.int32)
    lp.a_matrix_.value_ = rows.data.astype(float)
    if not relaxed:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(one)] for one in program.whole]
    return lp


def _read(highs: highspy.Highs, program: Program, *, relaxed: bool) -> Solved:
    status = highs.getModelStatus()
    known = highspy.HighsModelStatus
    info = highs.getInfo()
    has_values = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    optimal = status == known.kOptimal
    found = highs.getSolution()
    x = np.array(found.col_value, dtype=float) if has_values else np.empty(0)
    objective = float(info.objective_function_value) if has_values else float("nan")
    if relaxed:
        worst = np.inf if program.maximise else -np.inf
        bound = objective if optimal else worst
    else:
        bound = objective if optimal and info.mip_gap == 0 else float(info.mip_dual_bound)
    return Solved(
        x=x,
        objective=objective,
        bound=bound,
        optimal=optimal,
        infeasible=status in (known.kInfeasible, known.kUnboundedOrInfeasible),
        reduced_cost=np.array(found.col_dual, dtype=float) if relaxed else np.empty(0),
        stopped=status == known.kTimeLimit,
    )
