"""Mixed-integer programs, solved by HiGHS: sparse rows in, values and their bound out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.programs.money import eased, overspent
from siteplanner.choice.rules.brake import Brake
from siteplanner.choice.solution import Floats, Solver

WHOLE = 1e-6
"""How far from a whole number HiGHS may leave a whole variable."""
EFFORT = 8_000
"""Stored numbers of a program for which one node of `Solver.nodes` stands for one look."""
LOOKS = 10
"""Fewest looks of HiGHS at whether it should stop, before it is stopped."""
INVENTIONS = (
    "mip_heuristic_run_feasibility_jump",
    "mip_heuristic_run_rens",
    "mip_heuristic_run_rins",
    "mip_heuristic_run_root_reduced_cost",
)
"""Searches of HiGHS for good values."""
TIGHT = 1e-9
"""Bound and objective this close, as a share, are the same."""
ROUNDS = 1_000
"""Sets that may turn out to cost more than the budget before the search gives up."""
LARGEST_COST = 1e6
"""Costs beyond this are scaled, since HiGHS compares with absolute tolerances."""


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
    budget
        The row that is a budget for whole variables of 0 or 1, which is kept to exactly; None
        for no budget.

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
    whole: npt.NDArray[np.bool_]
    x_lower: Floats
    x_upper: Floats
    maximise: bool = False
    budget: int | None = None

    def with_row(self, row: Floats, lower: float, upper: float) -> Program:
        """Give the program with one more constraint."""
        more = sparse.csr_array(np.asarray(row, dtype=float).reshape(1, -1))
        return replace(
            self,
            rows=sparse.csr_array(sparse.vstack([self.rows, more], format="csr")),
            lower=np.append(self.lower, lower),
            upper=np.append(self.upper, upper),
        )


@dataclass(frozen=True)
class Solved:
    """What HiGHS found.

    Parameters
    ----------
    x
        The best values found, whole variables rounded; empty where there are none.
    objective
        Of these values; NaN where there are none.
    bound
        Nothing is better than this; infinite where nothing is known.
    optimal
        Whether this is the optimum, and not only within the gap asked for.
    infeasible
        Whether it is certain that no values hold.
    reduced_cost
        Of each variable, where the program was solved as a linear one.
    row_price
        Of each row, where the program was solved as a linear one.
    stopped
        Whether the emergency brake ended the search.
    """

    x: Floats
    objective: float
    bound: float
    optimal: bool
    infeasible: bool
    reduced_cost: Floats = field(default_factory=lambda: np.empty(0))
    row_price: Floats = field(default_factory=lambda: np.empty(0))
    stopped: bool = False


def solve(
    program: Program,
    solver: Solver | None = None,
    *,
    start: Floats | None = None,
    relaxed: bool = False,
    method: str = "choose",
    effort: int = EFFORT,
    invent: bool = True,
) -> Solved:
    """Solve a program, as a mixed-integer one or as its linear relaxation.

    A mixed-integer search ends at `Solver.nodes` branches.  Since a branch of a large program
    takes longer, it also ends when HiGHS has looked often enough at whether it should stop:
    the more seldom, the more numbers the program stores.  Both are counts, so that the same
    program has the same answer on every machine.

    Parameters
    ----------
    program
        What to solve.
    solver
        Gap, nodes, seconds and seed.
    start
        Values that hold, to begin from; NaN for HiGHS to fill in.
    relaxed
        Whether to let whole variables be fractions.
    method
        HiGHS's solver for linear programs: ``choose``, ``simplex``, ``ipm``.
    effort
        Stored numbers for which one node of ``solver.nodes`` stands for one look.
    invent
        Whether HiGHS looks for good values itself; it does not look at whether it should stop
        meanwhile, which may be long in large programs.

    Returns
    -------
    The values, their objective and the bound.
    """
    solver = solver or Solver()
    brake = Brake(solver.seconds)
    asked = _eased(program, loose=not relaxed)
    for _ in range(ROUNDS):
        limited = replace(solver, seconds=brake.left)
        highs, scale = _asked(asked, limited, relaxed=relaxed, method=method, invent=invent)
        if not relaxed:
            _limit(highs, max(LOOKS, solver.nodes * effort // max(program.rows.nnz, 1)))
            if start is not None:
                known = np.flatnonzero(~np.isnan(start))
                highs.setSolution(len(known), known.astype(np.int32), np.asarray(start)[known])
        highs.run()
        solved = _read(highs, program, scale, relaxed=relaxed)
        cut = None if relaxed or not len(solved.x) else _too_dear(program, solved.x)
        if cut is None:
            return solved
        asked = asked.with_row(*cut)
    return replace(solved, x=np.empty(0), objective=float("nan"), optimal=False)


def settle(solved: Solved, objective: float, *, maximise: bool) -> tuple[float, bool]:
    """Give the bound of a set whose objective was computed anew, and whether it is proven.

    HiGHS keeps to rows within a tolerance, so its own objective may differ in the last digits
    from that of the set it means.

    Parameters
    ----------
    solved
        What HiGHS found.
    objective
        What the set comes to, computed from the set.
    maximise
        Whether more is better.

    Returns
    -------
    A bound that is not worse than the objective, and whether both are the same.

    Examples
    --------
    >>> settle(Solved(np.ones(1), 3.0000001, 3.0000001, True, False), 3.0, maximise=True)
    (3.0, True)
    """
    slack = WHOLE * max(1.0, abs(objective))
    if solved.optimal and abs(solved.bound - objective) <= slack:
        return objective, True
    bound = max(solved.bound, objective) if maximise else min(solved.bound, objective)
    return bound, abs(bound - objective) <= TIGHT * max(1.0, abs(objective))


def _eased(program: Program, *, loose: bool) -> Program:
    """Give the program with its budget as HiGHS can tell amounts apart."""
    if program.budget is None:
        return program
    rows, upper = sparse.csr_array(program.rows, copy=True), program.upper.copy()
    own = slice(rows.indptr[program.budget], rows.indptr[program.budget + 1])
    price, most = eased(rows.data[own], float(upper[program.budget]), loose=loose)
    rows.data[own], upper[program.budget] = price, most
    return replace(program, rows=rows, upper=upper)


def _too_dear(program: Program, x: Floats) -> tuple[Floats, float, float] | None:
    """Give a row that cuts off values which cost more than the budget; None where none do."""
    if program.budget is None:
        return None
    own = slice(program.rows.indptr[program.budget], program.rows.indptr[program.budget + 1])
    variable, price = program.rows.indices[own], program.rows.data[own]
    most = float(program.upper[program.budget])
    found = overspent(price, most, np.flatnonzero(np.round(x[variable])))
    if found is None:
        return None
    row = np.zeros(len(program.cost))
    row[variable[found[0]]] = 1.0
    return row, -np.inf, found[1] - 1.0


def _asked(
    program: Program, solver: Solver, *, relaxed: bool, method: str, invent: bool
) -> tuple[highspy.Highs, float]:
    """Put a program to HiGHS, and say by what its costs were multiplied."""
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    options: dict[str, Any] = {
        "output_flag": False,
        "threads": 1,
        "random_seed": solver.seed,
        "mip_rel_gap": solver.gap,
        "mip_abs_gap": 1e-9,
        "mip_max_nodes": max(solver.nodes, 1),
        "mip_feasibility_tolerance": WHOLE,
        "solver" if relaxed else "mip_lp_solver": method,
    }
    if not invent:
        options |= dict.fromkeys(INVENTIONS, False) | {"mip_heuristic_effort": 0.0}
    if solver.seconds is not None:
        options["time_limit"] = float(solver.seconds)
    for name, value in options.items():
        highs.setOptionValue(name, value)
    scale = _scale(program.cost)
    highs.passModel(_as_lp(program, scale, relaxed=relaxed))
    return highs, scale


def _scale(cost: Floats) -> float:
    """Give a power of two that brings the largest cost into 1..1e6: exact in binary."""
    largest = float(np.abs(cost).max(initial=0.0))
    if largest == 0 or 1 <= largest <= LARGEST_COST:
        return 1.0
    return float(2.0 ** -np.floor(np.log2(largest / (1 if largest < 1 else LARGEST_COST))))


def _limit(highs: highspy.Highs, looks: int) -> None:
    """Stop HiGHS after so many looks: they come at the same places of every run."""
    left = [looks]

    def look(event: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            event.data_in.user_interrupt = True

    highs.cbMipInterrupt += look


def _as_lp(program: Program, scale: float, *, relaxed: bool) -> highspy.HighsLp:
    rows = sparse.csr_array(program.rows)
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = rows.shape
    sense = highspy.ObjSense.kMaximize if program.maximise else highspy.ObjSense.kMinimize
    lp.sense_ = sense
    lp.col_cost_ = np.asarray(program.cost, dtype=float) * scale
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


def _read(highs: highspy.Highs, program: Program, scale: float, *, relaxed: bool) -> Solved:
    status = highs.getModelStatus()
    known = highspy.HighsModelStatus
    info = highs.getInfo()
    has_values = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    found = highs.getSolution()
    x = np.array(found.col_value, dtype=float) if has_values else np.empty(0)
    worst = np.inf if program.maximise else -np.inf
    bound = worst
    if relaxed and has_values and status == known.kOptimal:
        bound = float(info.objective_function_value) / scale
    elif not relaxed and np.isfinite(info.mip_dual_bound):
        bound = float(info.mip_dual_bound) / scale
    if has_values and not relaxed:
        x[program.whole] = np.round(x[program.whole])
    objective = float(program.cost @ x) if has_values else float("nan")
    closed = relaxed or info.mip_gap <= TIGHT
    return Solved(
        x=x,
        objective=objective,
        bound=bound,
        optimal=status == known.kOptimal and closed,
        infeasible=status in (known.kInfeasible, known.kUnboundedOrInfeasible),
        reduced_cost=_prices(found.col_dual, scale, relaxed=relaxed),
        row_price=_prices(found.row_dual, scale, relaxed=relaxed),
        stopped=status == known.kTimeLimit,
    )


def _prices(values: Any, scale: float, *, relaxed: bool) -> Floats:
    return np.array(values, dtype=float) / scale if relaxed else np.empty(0)
