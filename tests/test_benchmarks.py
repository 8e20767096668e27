"""The benchmarks still run: small sizes, ours alone, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "benchmarks" / "all.py"


def run(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--quick", "--ours", "--repeats", "1", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("group", "job", "found"),
    [
        ("choice", "MCLP 1k", "objective 26,481"),  # as SciPy and HiGHS find too
        ("walks", "all nodes", "pairs 1,404,528, nodes 10,164"),  # as a plain heap finds too
    ],
)
def test_a_small_benchmark_runs(group, job, found):
    table = run("--only", group, "--job", job)
    assert found in table
    assert "failed" not in table
