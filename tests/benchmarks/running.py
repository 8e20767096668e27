"""Run every engine in a process of its own, and say what it took."""

from __future__ import annotations

import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DATA = Path(os.environ.get("SITEPLANNER_DATA", ROOT.parent / "shared" / "data"))
MEMORY = 14 * 2**30
"""No engine may ask for more address space than this (bytes)."""
SHORT_S = 5.0
"""What takes less processor time than this is run three times; the median counts."""


@dataclass(frozen=True)
class Engine:
    """A way to do a job: ``module:function`` called with a clock and arguments."""

    name: str
    call: str
    arguments: dict[str, Any] = field(default_factory=dict)
    limit_s: float = 900.0
    packages: Sequence[str] = ()


@dataclass(frozen=True)
class Run:
    """What an engine took and found; ``failed`` says why there is nothing."""

    cpu_s: float = float("nan")
    wall_s: float = float("nan")
    peak_mib: float = float("nan")
    own_mib: float = float("nan")
    found: dict[str, Any] = field(default_factory=dict)
    failed: str = ""


@dataclass(frozen=True)
class Verdict:
    """A goal, the number that was reached, and whether that is enough (None: not known)."""

    goal: str
    number: str
    reached: bool | None


Judge = Callable[[dict[str, Run]], list[Verdict]]


@dataclass(frozen=True)
class Job:
    """Something to be done by several engines; the first is ours."""

    title: str
    engines: Sequence[Engine]
    judge: Judge
    prepare: Sequence[Engine] = ()


class Clock:
    """Measures what happens within ``with clock:``; imports and making data stay outside."""

    cpu_s = wall_s = start_mib = float("nan")

    @contextmanager
    def running(self) -> Iterator[None]:
        self.start_mib = peak_mib()
        cpu, wall = _cpu_s(), time.perf_counter()
        yield
        self.cpu_s, self.wall_s = _cpu_s() - cpu, time.perf_counter() - wall


def _cpu_s() -> float:
    """Processor seconds of this process, its threads and the children it waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def peak_mib() -> float:
    """Largest memory this process, or one of its children, has had."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(one).ru_maxrss for one in who) / 1024


def run(engine: Engine, folder: Path) -> Run:
    """Run an engine once."""
    words = json.dumps({"call": engine.call, "arguments": engine.arguments, "folder": str(folder)})
    command = [sys.executable, "-W", "ignore", str(HERE / "running.py"), words]
    environment = os.environ | {"NUMBA_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=engine.limit_s,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return Run(failed=f"stopped after {engine.limit_s:g} s")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return Run(failed=f"failed ({done.returncode}): {last[:150]}")
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def best_of(engine: Engine, folder: Path, repeats: int) -> Run:
    """Run an engine, again where it is short; give the run of median processor time."""
    runs = [run(engine, folder)]
    while len(runs) < repeats and not runs[-1].failed and runs[-1].cpu_s < SHORT_S:
        runs.append(run(engine, folder))
    middle = statistics.median_low([one.cpu_s for one in runs])
    return next((one for one in runs if one.cpu_s == middle), runs[-1])


def _child(words: str) -> None:
    task = json.loads(words)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))
    module, function = task["call"].split(":")
    clock = Clock()
    engine = getattr(importlib.import_module(module), function)
    found = engine(clock, Path(task["folder"]), **task["arguments"]) or {}
    peak = peak_mib()
    own = peak - clock.start_mib
    answer = {"cpu_s": clock.cpu_s, "wall_s": clock.wall_s, "peak_mib": peak, "own_mib": own}
    print("\n" + json.dumps(answer | {"found": found}))


if __name__ == "__main__":
    _child(sys.argv[1])
