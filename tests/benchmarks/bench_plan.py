"""How long does a whole answer take: Bogotá's care blocks, cold and warm, as a process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from running import DATA, ROOT, Clock, Engine, Job, Run, Verdict

CITY = ROOT / "tests" / "cities" / "bogota"


def whole(clock: Clock, folder: Path, scenario: str, cold: bool) -> dict[str, Any]:
    """Run a scenario; cold without the cache of networks and catchments."""
    root = folder / "bogota"
    if not root.exists():
        shutil.copytree(CITY, root, ignore=shutil.ignore_patterns("maps", ".cache"))
    if cold:
        shutil.rmtree(root / ".cache", ignore_errors=True)
    words = [sys.executable, "-m", "siteplanner", "--root", str(root), "run", scenario]
    with clock.running():
        environment = os.environ | {"SITEPLANNER_DATA": str(DATA)}
        subprocess.run(words, check=True, capture_output=True, env=environment)
    return {}


def _judge(goal_s: float) -> Any:
    def judge(runs: dict[str, Run]) -> list[Verdict]:
        (mine,) = runs.values()
        number = f"{mine.wall_s:.1f} s, {mine.peak_mib:.0f} MiB"
        enough = mine.wall_s <= goal_s and mine.peak_mib <= 2048
        return [Verdict(f"≤ {goal_s:g} s, ≤ 2 GiB", number, enough)]

    return judge


def jobs(*, quick: bool) -> list[Job]:
    kinds = [("warm", 10.0)] if quick else [("cold", 60.0), ("warm", 10.0)]
    return [
        Job(
            f"a whole answer, Bogotá's care blocks, {kind}",
            [
                Engine(
                    "siteplanner",
                    "bench_plan:whole",
                    {"scenario": "care_blocks", "cold": kind == "cold"},
                )
            ],
            _judge(goal_s),
        )
        for kind, goal_s in kinds
    ]
