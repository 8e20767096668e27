"""The first run compiles all kernels; later ones read them from where they are kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from running import ROOT, Clock, Engine, Job, Run, Verdict

START = """
from time import process_time as cpu_s
import siteplanner, siteplanner.compiled
imported_s = cpu_s()
print(siteplanner.compiled.load(), imported_s, cpu_s() - imported_s)
"""


def start(clock: Clock, folder: Path) -> dict[str, Any]:
    """Start Python, import all of siteplanner, and have every kernel ready."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(folder / "kernels")}
    with clock.running():
        done = subprocess.run(
            [sys.executable, "-c", START],
            env=environment,
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
    compiled, import_s, load_s = done.stdout.split()
    return {"compiled": int(compiled), "import_s": float(import_s), "load_s": float(load_s)}


def imports(clock: Clock, folder: Path, words: str) -> dict[str, Any]:
    with clock.running():
        subprocess.run([sys.executable, "-c", words], cwd=ROOT, check=True, capture_output=True)
    return {}


def forget(clock: Clock, folder: Path) -> None:
    import shutil

    shutil.rmtree(folder / "kernels", ignore_errors=True)


def _first(runs: dict[str, Run]) -> list[Verdict]:
    (mine,) = runs.values()
    load_s = mine.found["load_s"]
    number = f"{load_s:.1f} s CPU for {mine.found['compiled']} kernels"
    return [Verdict("all kernels compiled in ≤ 15 s", number, load_s <= 15)]


def _later(runs: dict[str, Run]) -> list[Verdict]:
    mine = runs["siteplanner"]
    nothing_new = mine.found["compiled"] == 0
    both_s = mine.found["import_s"] + mine.found["load_s"]
    alone = runs["the libraries alone"]
    number = f"{both_s:.2f} s CPU; the libraries alone {alone.cpu_s:.2f} s"
    return [Verdict("import + load ≤ 1 s", number, nothing_new and both_s <= 1)]


def jobs(*, quick: bool) -> list[Job]:
    libraries = "import numba, geopandas, osmium, rasterio, scipy.sparse.csgraph, highspy"
    return [
        Job(
            "first start, nothing compiled",
            [Engine("siteplanner, empty cache", "bench_start:start")],
            _first,
            prepare=[Engine("forget", "bench_start:forget")],
        ),
        Job(
            "later starts",
            [
                Engine("siteplanner", "bench_start:start"),
                Engine("the libraries alone", "bench_start:imports", {"words": libraries}),
            ],
            _later,
        ),
    ]
