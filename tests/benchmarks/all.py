"""Measure every engine against its peers, and print a table.

Run ``make bench``, or ``python tests/benchmarks/all.py --only walks,choice``; ``--quick``
takes the small sizes only.  Every engine runs in a process of its own, with compiled code
already compiled, and what takes little is run three times.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import tempfile
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from running import Job, Run, best_of, run

GROUPS = (
    "streets",
    "walks",
    "choice",
    "areas",
    "inputs",
    "start",
    "plan",
    "page",
    "robustness",
    "sheets",
)
ALWAYS = ("numpy", "scipy", "numba", "highspy", "osmium", "shapely")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes only")
    parser.add_argument("--only", default=",".join(GROUPS), help="groups, with commas between")
    parser.add_argument("--job", default="", help="only jobs whose title has these words")
    parser.add_argument("--ours", action="store_true", help="no peers")
    parser.add_argument("--repeats", type=int, default=3, help="runs of what takes little")
    options = parser.parse_args()
    packages = set(ALWAYS)
    rows: list[str] = []
    goals: list[str] = []
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        for group in options.only.split(","):
            for job in importlib.import_module(f"bench_{group}").jobs(quick=options.quick):
                if options.job not in job.title:
                    continue
                runs = _runs(job, Path(name), options.repeats, ours=options.ours)
                rows += _rows(job, runs)
                goals += _goals(job, runs)
                packages |= {one for engine in job.engines for one in engine.packages}
    print(f"\n{_machine()}; {', '.join(_versions(packages))}\n")
    print("| job | engine | CPU s | wall s | peak MiB | × ours (CPU) | found |")
    print("|---|---|--:|--:|--:|--:|---|")
    print("\n".join(rows))
    print("\n| job | goal | reached | |\n|---|---|---|---|")
    print("\n".join(goals))


def _runs(job: Job, folder: Path, repeats: int, *, ours: bool) -> dict[str, Run]:
    print(f"{job.title} …", flush=True)
    for engine in job.prepare:
        ready = run(engine, folder)
        if ready.failed:
            return {job.engines[0].name: ready}
    runs = {}
    for engine in job.engines[:1] if ours else job.engines:
        runs[engine.name] = best_of(engine, folder, repeats)
        print(f"  {engine.name}: {_said(runs[engine.name])}", flush=True)
    return runs


def _said(one: Run) -> str:
    if one.failed:
        return one.failed
    return f"{one.cpu_s:.3g} s CPU, {one.wall_s:.3g} s, {one.peak_mib:.0f} MiB; {_words(one)}"


def _words(one: Run) -> str:
    return ", ".join(f"{name} {_number(value)}" for name, value in one.found.items())


def _number(value: object) -> str:
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3g}"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:,.0f}"
    return str(value)


def _rows(job: Job, runs: dict[str, Run]) -> Iterable[str]:
    ours = next(iter(runs.values()))
    for name, one in runs.items():
        if one.failed:
            yield f"| {job.title} | {name} | | | | | {one.failed} |"
            continue
        ratio = one.cpu_s / ours.cpu_s
        numbers = f"{one.cpu_s:.3g} | {one.wall_s:.3g} | {one.peak_mib:,.0f} | {ratio:.3g}"
        yield f"| {job.title} | {name} | {numbers} | {_words(one)} |"


def _goals(job: Job, runs: dict[str, Run]) -> Iterable[str]:
    failed = next((one.failed for one in runs.values() if one.failed), "")
    try:
        verdicts = job.judge(runs)
    except (KeyError, StopIteration):
        yield f"| {job.title} | not judged: {failed or 'without peers'} | | |"
        return
    for one in verdicts:
        reached = {True: "yes", False: "**no**", None: "not known"}[one.reached]
        yield f"| {job.title} | {one.goal} | {one.number} | {reached} |"


def _machine() -> str:
    return f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _versions(packages: Iterable[str]) -> Iterable[str]:
    for name in sorted(packages):
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} not installed"


if __name__ == "__main__":
    main()
