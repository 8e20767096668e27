"""How long a printed sheet takes and how large it is: a made-up city of hexagons, and Bogotá."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

from running import DATA, ROOT, Clock, Engine, Job, Run, Verdict

GOAL_S, GOAL_MB = 2.0, 1.0


def made_up(clock: Clock, folder: Path, cells: int, sites: int, **wanted: Any) -> dict[str, Any]:
    """Print the usual layers of a city of hexagons."""
    from bench_page import made_up as city

    return _printed(clock, folder, city(cells, 4, sites), None, wanted)


def bogota(clock: Clock, folder: Path, **wanted: Any) -> dict[str, Any]:
    """Print the usual layers of the care blocks in Bogotá, streets with their names."""
    from siteplanner import Project

    os.environ["SITEPLANNER_DATA"] = str(DATA)
    city = folder / "bogota"
    shutil.copytree(ROOT / "tests" / "cities" / "bogota", city, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("maps"))  # fmt: skip
    layer = city / "layers" / "streets.toml"
    text = layer.read_text(encoding="utf-8")
    if "label" not in text:
        layer.write_text(f'label = "via"\n{text}', encoding="utf-8")
    plan = Project(city).run("care_blocks")
    return _printed(clock, folder, plan.answer(), plan.study.tables["streets"], wanted)


def _printed(
    clock: Clock, folder: Path, answer: Any, names: Any, wanted: dict[str, Any]
) -> dict[str, Any]:
    from siteplanner.sheets.pages import Wanted
    from siteplanner.sheets.writing import bind, draw

    path = folder / "sheet.pdf"
    warm = bind(answer, Wanted(paper="A4", layers=("sites",)), project="bench", names=None)
    draw(warm, warm.jobs[0])[0].save(path, title="", subject="")  # fonts are loaded now
    seconds, sizes = [], []
    with clock.running():
        book = bind(answer, Wanted(**wanted), project="bench", names=names)
        for job in book.jobs:
            start = time.process_time()
            page, sheet, title = draw(book, job)
            page.save(path, title=title, subject=sheet.text())
            seconds.append(time.process_time() - start)
            sizes.append(path.stat().st_size / 1e6)
    return {
        "sheets": len(sizes),
        "s_a_sheet": sum(seconds) / len(seconds),
        "slowest_s": max(seconds),
        "largest_MB": max(sizes),
    }


def _judge(runs: dict[str, Run]) -> list[Verdict]:
    (mine,) = runs.values()
    mean, size = mine.found["s_a_sheet"], mine.found["largest_MB"]
    return [
        Verdict(f"s CPU a sheet ≤ {GOAL_S:g}", f"{mean:.2f}", mean <= GOAL_S),
        Verdict(f"MB a sheet ≤ {GOAL_MB:g}", f"{size:.2f}", size <= GOAL_MB),
    ]


def jobs(*, quick: bool) -> list[Job]:
    """Give the jobs: one paper of a made-up city, or all papers and Bogotá."""
    town = {"cells": 10_000, "sites": 200, "paper": "A3"}
    found = [
        Job("sheets of 10,000 hexagons, A3",
            [Engine("siteplanner", "bench_sheets:made_up", town, packages=("matplotlib",))], _judge)
    ]  # fmt: skip
    if quick:
        return found
    cards = {"layers": ("sites",), "per_site": True, "sites": 20}
    for title, wanted in (
        ("A3", {"paper": "A3"}),
        ("A4", {"paper": "A4"}),
        ("A1", {"paper": "A1"}),
        ("A3, an atlas at 1:20,000", {"paper": "A3", "scale": 20_000, "layers": ("need",)}),
        ("cards", cards),
    ):
        engine = Engine("siteplanner", "bench_sheets:bogota", wanted, packages=("matplotlib",))
        found.append(Job(f"sheets of Bogotá, {title}", [engine], _judge))
    return found
