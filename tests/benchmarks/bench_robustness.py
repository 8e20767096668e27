"""Ranks under many weightings: ours against NumPy's matrix product alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from running import Clock, Engine, Job, Run, Verdict

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
    ]
