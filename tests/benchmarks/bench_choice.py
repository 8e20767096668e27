"""Choosing sites: ours against SciPy, HiGHS alone and spopt, on made-up cities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from instances import city, costs, reach
from running import Clock, Engine, Job, Run, Verdict

NEAREST_SITES = 500
"""p-median: so many sites are known for each home, for all engines but HiGHS."""


def cover(
    clock: Clock, folder: Path, homes: int, sites: int, count: int, **limits: float
) -> dict[str, Any]:
    import siteplanner.compiled
    from siteplanner.choice import Solver, max_cover

    town = city(homes, sites, count)
    table = reach(town)
    siteplanner.compiled.load()
    with clock.running():
        found = max_cover(table, town.people, count, solver=Solver(**limits))
    return _found(found)


def median(
    clock: Clock, folder: Path, homes: int, sites: int, count: int, **limits: float
) -> dict[str, Any]:
    import siteplanner.compiled
    from siteplanner.choice import Solver, p_median

    town = city(homes, sites, count)
    table = costs(town, NEAREST_SITES)
    siteplanner.compiled.load()
    with clock.running():
        found = p_median(table, town.people, count, solver=Solver(**limits))
    return _found(found)


def _found(found: Any) -> dict[str, Any]:
    answer = {"objective": found.objective, "bound": found.bound, "gap": found.gap}
    return answer | {"proven": bool(found.proven), "sites": len(found.sites)}


def cover_by_scipy(clock: Clock, folder: Path, homes: int, sites: int, count: int) -> dict:
    from scipy import optimize, sparse

    town = city(homes, sites, count)
    table = reach(town).astype(float)
    with clock.running():
        rows = sparse.vstack([_linked(table), _counted(homes, sites)], format="csr")
        upper = np.append(np.zeros(homes), count)
        found = optimize.milp(
            np.append(np.zeros(sites), -town.people),
            constraints=optimize.LinearConstraint(rows, -np.inf, upper),
            integrality=np.append(np.ones(sites), np.zeros(homes)),
            bounds=optimize.Bounds(0, 1),
        )
    gap = (-found.mip_dual_bound + found.fun) / -found.fun
    proven = found.status == 0
    return {"objective": -found.fun, "bound": -found.mip_dual_bound, "gap": gap, "proven": proven}


def cover_by_highs(
    clock: Clock, folder: Path, homes: int, sites: int, count: int, seconds: float
) -> dict[str, Any]:
    from scipy import sparse

    town = city(homes, sites, count)
    table = reach(town).astype(float)
    with clock.running():
        rows = sparse.vstack([_linked(table), _counted(homes, sites)], format="csr")
        upper = np.append(np.zeros(homes), count)
        cost = np.append(np.zeros(sites), -town.people)
        return _highs(cost, rows, np.full(homes + 1, -np.inf), upper, sites, seconds)


def median_by_highs(
    clock: Clock, folder: Path, homes: int, sites: int, count: int, nearest: int, **limits: float
) -> dict[str, Any]:
    from scipy import sparse

    town = city(homes, sites, count)
    table = costs(town, nearest).tocoo()
    with clock.running():
        pairs = np.arange(table.nnz)
        one = np.ones(table.nnz)
        served = sparse.csr_array(
            (one, (table.row, sites + pairs)), shape=(homes, sites + len(one))
        )
        to_site = sparse.csr_array((one, (pairs, table.col)), shape=(len(one), sites))
        open_ = sparse.hstack([-to_site, sparse.eye_array(len(one))], format="csr")
        rows = sparse.vstack([served, open_, _counted(len(one), sites)], format="csr")
        lower = np.concatenate([np.ones(homes), np.full(len(one) + 1, -np.inf)])
        upper = np.concatenate([np.ones(homes), np.zeros(len(one)), [count]])
        cost = np.append(np.zeros(sites), town.people[table.row] * table.data)
        return _highs(cost, rows, lower, upper, sites, **limits)


def _linked(table: Any) -> Any:
    """Reached, less the chosen sites that reach it, is at most nothing."""
    from scipy import sparse

    return sparse.hstack([-table, sparse.eye_array(table.shape[0])], format="csr")


def _counted(others: int, sites: int) -> Any:
    from scipy import sparse

    return sparse.csr_array(np.append(np.ones(sites), np.zeros(others))[None, :])


def _highs(
    cost: Any, rows: Any, lower: Any, upper: Any, whole: int, seconds: float, gap: float = 1e-6
) -> dict[str, Any]:
    """Minimise; the first ``whole`` variables are 0 or 1, the others between."""
    import highspy

    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = rows.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(len(cost)), np.ones(len(cost))
    lp.row_lower_, lp.row_upper_ = lower, upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = rows.indptr, rows.indices
    lp.a_matrix_.value_ = rows.data
    kinds = (highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous)
    lp.integrality_ = [kinds[number >= whole] for number in range(len(cost))]
    highs = highspy.Highs()
    settings = {"output_flag": False, "threads": 1, "time_limit": seconds, "mip_rel_gap": gap}
    for name, value in settings.items():
        highs.setOptionValue(name, value)
    highs.passModel(lp)
    highs.run()
    info = highs.getInfo()
    best, bound = abs(info.objective_function_value), abs(info.mip_dual_bound)
    proven = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    gap = abs(bound - best) / best if best else float("inf")
    return {"objective": best, "bound": bound, "gap": gap, "proven": proven}


def cover_by_spopt(
    clock: Clock, folder: Path, homes: int, sites: int, count: int, seconds: float
) -> dict[str, Any]:
    """Build spopt's model, and solve it by PuLP's HiGHS; ``seconds`` 0: only build."""
    import pulp
    from spopt.locate import MCLP

    town = city(homes, sites, count)
    far = np.where(reach(town).toarray(), 1.0, 2.0)
    with clock.running():
        model = MCLP.from_cost_matrix(far, town.people, 1.0, count)
        if not seconds:
            return {}
        model.solve(pulp.HiGHS(msg=False, timeLimit=seconds, threads=1))
    status = pulp.LpStatus[model.problem.status]
    return {"objective": float(pulp.value(model.problem.objective)), "says": f'"{status}"'}


def model_build(clock: Clock, folder: Path, homes: int, sites: int, count: int) -> dict[str, Any]:
    """Build the sparse model that HiGHS gets."""
    from siteplanner.choice.programs.covers import by_level, program_of
    from siteplanner.choice.solution import Rules

    town = city(homes, sites, count)
    table = reach(town).astype(float)
    with clock.running():
        program = program_of(Rules(), count, by_level(table, town.people), sites)
    return {"rows": program.rows.shape[0], "numbers": program.rows.nnz}


def _gap_judge(goal: str, gap: float, limit_s: float, limit_mib: float) -> Any:
    def judge(runs: dict[str, Run]) -> list[Verdict]:
        ours = runs["siteplanner"]
        number = f"{ours.found['gap']:.2g} in {ours.cpu_s:.3g} s, {ours.peak_mib:.0f} MiB"
        enough = ours.found["gap"] <= gap and ours.cpu_s <= limit_s and ours.peak_mib <= limit_mib
        return [Verdict(goal, number, bool(enough))]

    return judge


def _small(runs: dict[str, Run]) -> list[Verdict]:
    ours, milp = runs["siteplanner"], runs["scipy milp"]
    number = f"proven: {ours.found['proven']}, {ours.cpu_s / milp.cpu_s:.2f} × its time"
    enough = ours.found["proven"] and ours.cpu_s <= milp.cpu_s
    return [Verdict("proven, no slower than scipy milp", number, enough)]


def _median_small(runs: dict[str, Run]) -> list[Verdict]:
    ours, highs = runs["siteplanner"], runs["HiGHS, 40 nearest sites"]
    times = highs.cpu_s / ours.cpu_s
    number = f"gap {ours.found['gap']:.2g}, {times:.0f} ×"
    enough = ours.found["gap"] <= 1e-4 and times >= 100
    return [Verdict("gap ≤ 1e-4, ≥ 100 × HiGHS", number, enough)]


def _build(runs: dict[str, Run]) -> list[Verdict]:
    spopt = next(run for name, run in runs.items() if name.startswith("spopt"))
    if spopt.failed:
        return [Verdict("≥ 500 × spopt", spopt.failed, None)]
    times = spopt.cpu_s / runs["siteplanner"].cpu_s
    return [Verdict("≥ 500 × spopt", f"{times:.0f} ×", times >= 500)]


def jobs(*, quick: bool) -> list[Job]:
    one = {"homes": 1_000, "sites": 200, "count": 10}
    found = [
        Job(
            "MCLP 1k × 200, p = 10",
            [
                Engine("siteplanner", "bench_choice:cover", one),
                Engine("scipy milp", "bench_choice:cover_by_scipy", one, 120, ["scipy"]),
                Engine(
                    "spopt, HiGHS",
                    "bench_choice:cover_by_spopt",
                    one | {"seconds": 60},
                    packages=["spopt", "pulp", "highspy"],
                ),
            ],
            _small,
        ),
        Job(
            "p-median 1k × 200, p = 10",
            [
                Engine("siteplanner", "bench_choice:median", one | {"gap": 1e-4}),
                Engine(
                    "HiGHS, 40 nearest sites",
                    "bench_choice:median_by_highs",
                    one | {"nearest": 40, "seconds": 120, "gap": 1e-4},
                    packages=["highspy"],
                ),
            ],
            _median_small,
        ),
    ]
    if quick:
        return found
    ten = {"homes": 10_000, "sites": 1_000, "count": 20}
    fifty = {"homes": 50_000, "sites": 2_000, "count": 45}
    hundred = {"homes": 100_000, "sites": 5_000, "count": 45}
    return [
        *found,
        Job(
            "MCLP 10k × 1k, p = 20",
            [
                Engine("siteplanner", "bench_choice:cover", ten | {"gap": 1e-4}),
                Engine("HiGHS, ≤ 120 s", "bench_choice:cover_by_highs", ten | {"seconds": 120}),
            ],
            _gap_judge("gap ≤ 1e-4 in ≤ 5 s", 1e-4, 5, np.inf),
        ),
        Job(
            "MCLP 50k × 2k, p = 45",
            [Engine("siteplanner", "bench_choice:cover", fifty | {"gap": 0.03})],
            _gap_judge("gap ≤ 3 % in ≤ 10 s, ≤ 1 GiB", 0.03, 10, 1024),
        ),
        Job(
            "MCLP 50k × 2k, p = 45, closer",
            [Engine("siteplanner", "bench_choice:cover", fifty | {"gap": 0.01})],
            _gap_judge("stretch: gap ≤ 1 % in ≤ 20 s", 0.01, 20, 1024),
        ),
        Job(
            "MCLP 100k × 5k, p = 45",
            [Engine("siteplanner", "bench_choice:cover", hundred | {"gap": 0.04})],
            _gap_judge("gap ≤ 4 % in ≤ 30 s, ≤ 1 GiB", 0.04, 30, 1024),
        ),
        Job(
            "MCLP 100k × 5k, p = 45, closer",
            [Engine("siteplanner", "bench_choice:cover", hundred | {"gap": 0.02})],
            _gap_judge("stretch: gap ≤ 2 % in ≤ 60 s", 0.02, 60, 1024),
        ),
        Job(
            "p-median 100k × 5k, p = 45",
            [Engine("siteplanner", "bench_choice:median", hundred | {"gap": 0.025})],
            _gap_judge("gap ≤ 2.5 % in ≤ 120 s, ≤ 4 GiB", 0.025, 120, 4096),
        ),
        Job(
            "MCLP model 10k × 1k",
            [
                Engine("siteplanner", "bench_choice:model_build", ten),
                Engine(
                    "spopt, built only",
                    "bench_choice:cover_by_spopt",
                    ten | {"seconds": 0},
                    packages=["spopt", "pulp"],
                ),
            ],
            _build,
        ),
    ]
