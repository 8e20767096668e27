"""Ranks under many weightings against NumPy's matrix product alone; sets looked for again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from running import Clock, Engine, Job, Run, Verdict

GRID = """extends = "care_blocks"
title = "Many places"
unset = ["sites", "site", "profiles", "choice.min_index"]
[walk]
limit_m = 300
[sites]
grid_m = {grid_m}
[site.reach]
measure = "need_reached"
zero_at = 0
full_at = 2800
weight = 2
[site.families]
layer = "services"
column = "family"
measure = "kinds"
limit_min = 15
zero_at = 0
full_at = 3
[choice]
count = [10]
"""
"""The made-up town with a possible site on every point of a grid."""
CRITERIA = 12
TOP = 100
BLOCK = 4096
"""Sites of a block of the matrix product; the product of all would not fit into memory."""


def _town(sites: int, draws: int) -> tuple[Any, Any]:
    random = np.random.default_rng(5)
    scores = random.random((sites, CRITERIA))
    scores[:, 1:] = 0.6 * scores[:, 1:] + 0.4 * scores[:, :1]  # criteria are related
    return scores, random.dirichlet(np.ones(CRITERIA), draws)


def acceptability(clock: Clock, folder: Path, sites: int, draws: int) -> dict[str, Any]:
    import siteplanner.compiled
    from siteplanner.robustness import shares_of

    scores, weights = _town(sites, draws)
    siteplanner.compiled.load()
    with clock.running():
        found = shares_of(scores, weights, TOP)
    often = int((found.top > 0.5).sum())
    known = {"top in over half": often, "ranks from": found.rank_weightings}
    return known | {"rank error": found.rank_error, "sum": round(float(found.top.sum()), 6)}


def product(clock: Clock, folder: Path, sites: int, draws: int, kind: str) -> dict[str, Any]:
    scores, weights = (one.astype(kind) for one in _town(sites, draws))
    across = np.ascontiguousarray(weights.T)
    into = np.empty((BLOCK, draws), dtype=kind)
    with clock.running():
        for start in range(0, sites, BLOCK):
            block = scores[start : start + BLOCK]
            np.matmul(block, across, out=into[: len(block)])
    return {}


def sorting(clock: Clock, folder: Path, sites: int, draws: int) -> dict[str, Any]:
    """Rank as one would in NumPy: a product and an argsort per weighting."""
    scores, weights = _town(sites, draws)
    top = np.zeros(sites)
    with clock.running():
        for one in weights:
            top[np.argsort(-(scores @ one))[:TOP]] += 1
    return {"top in over half": int((top / draws > 0.5).sum()), "sum": float(top.sum() / draws)}


def sets(
    clock: Clock, folder: Path, weightings: int, grid_m: float, workers: int
) -> dict[str, Any]:
    """Put a set of ten to the test: other weightings, without each site, other counts."""
    from siteplanner import Project, init

    root = folder / f"town_{grid_m:g}"
    if not root.exists():
        init(root)
        (root / "scenarios" / "grid.toml").write_text(GRID.format(grid_m=grid_m), "utf-8")
    plan = Project(root).run("grid")
    with clock.running():
        found = plan.sets(weightings, workers=workers)
    own = found.sites[found.sites["chosen"]]
    firm = int((own["around"] >= 0.9).sum())
    return {"sites": len(plan.ranking), "sets": 2 * (weightings // 2), "firm of 10": firm}


def _sets(runs: dict[str, Run]) -> list[Verdict]:
    mine = runs["siteplanner, 2 processes"]
    return [Verdict("≤ 120 s on 2 cores", f"{mine.wall_s:.1f} s", mine.wall_s <= 120)]


def _small(runs: dict[str, Run]) -> list[Verdict]:
    mine = runs["siteplanner"]
    number = f"{mine.cpu_s:.2f} s of processor, {mine.wall_s:.2f} s, {mine.peak_mib:,.0f} MiB"
    return [Verdict("≤ 2 s of processor time", number, mine.cpu_s <= 2)]


def _large(runs: dict[str, Run]) -> list[Verdict]:
    mine = runs["siteplanner"]
    found = [Verdict("≤ 2 GiB", f"{mine.peak_mib:,.0f} MiB", mine.peak_mib <= 2048)]
    for name in ("product alone, doubles", "product alone, singles"):
        times = mine.cpu_s / runs[name].cpu_s
        found.append(Verdict(f"≤ 2 × the {name}", f"{times:.2f} × its processor time", times <= 2))
    return found


def jobs(*, quick: bool) -> list[Job]:
    small = {"sites": 2_000, "draws": 1_000 if quick else 10_000}
    large = {"sites": 50_000 if quick else 1_000_000, "draws": 1_000}
    plain = "bench_robustness:product"
    return [
        Job(
            f"ranks of {small['sites']:,} sites under {small['draws']:,} weightings",
            [
                Engine("siteplanner", "bench_robustness:acceptability", small),
                Engine("product alone, doubles", plain, small | {"kind": "f8"}),
                Engine("numpy argsort", "bench_robustness:sorting", small),
            ],
            _small,
        ),
        Job(
            f"top {TOP} of {large['sites']:,} sites under {large['draws']:,} weightings",
            [
                Engine("siteplanner", "bench_robustness:acceptability", large),
                Engine("product alone, doubles", plain, large | {"kind": "f8"}),
                Engine("product alone, singles", plain, large | {"kind": "f4"}),
                Engine("numpy argsort", "bench_robustness:sorting", large),
            ],
            _large,
        ),
        _sets_job(20 if quick else 200),
    ]


def _sets_job(weightings: int) -> Job:
    size = {"weightings": weightings, "grid_m": 82.0}
    return Job(
        f"sets of 10 of some 500 sites under {weightings} weightings",
        [
            Engine("siteplanner, 2 processes", "bench_robustness:sets", size | {"workers": 2}),
            Engine("siteplanner, 1 process", "bench_robustness:sets", size | {"workers": 1}),
        ],
        _sets,
    )
