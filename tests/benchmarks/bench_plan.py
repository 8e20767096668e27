"""How long does a whole answer take: Bogotá's care blocks, cold and warm, as a process.

Run ``python tests/benchmarks/bench_plan.py``.  Cold: no cache of networks and catchments;
warm: a second run.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
CITY = ROOT / "tests" / "cities" / "bogota"
DATA = os.environ.get("SITEPLANNER_DATA", str(ROOT.parent / "shared" / "data"))
GOALS = {"cold": (60.0, 2048.0), "warm": (10.0, 2048.0)}


def timed(root: Path, scenario: str) -> tuple[float, float, float]:
    """Run a scenario in a process of its own.

    Returns
    -------
    Wall seconds, processor seconds, peak memory in MiB.
    """
    started = time.perf_counter()
    words = [sys.executable, "-m", "siteplanner", "--root", str(root), "run", scenario]
    with Path(os.devnull).open("w") as quiet:
        environment = {**os.environ, "SITEPLANNER_DATA": DATA}
        process = subprocess.Popen(words, stdout=quiet, stderr=quiet, env=environment)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(words)} left with {process.returncode}")
    wall_s = time.perf_counter() - started
    return wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main(scenario: str = "care_blocks", runs: int = 3) -> None:
    """Print a table of medians."""
    found: dict[str, list[tuple[float, float, float]]] = {"cold": [], "warm": []}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "bogota"
        shutil.copytree(CITY, root, ignore=shutil.ignore_patterns("maps", ".cache"))
        for _ in range(runs):
            shutil.rmtree(root / ".cache", ignore_errors=True)
            found["cold"].append(timed(root, scenario))
            found["warm"].append(timed(root, scenario))
    print(f"Bogotá, {scenario}, median of {runs}")
    print(f"{'':6}{'wall s':>8}{'cpu s':>8}{'MiB':>8}   goal")
    for kind, rows in found.items():
        wall_s, cpu_s, mib = (statistics.median(column) for column in zip(*rows, strict=True))
        goal_s, goal_mib = GOALS[kind]
        goal = f"{goal_s:g} s, {goal_mib:g} MiB"
        print(f"{kind:6}{wall_s:8.1f}{cpu_s:8.1f}{mib:8.0f}   {goal}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
