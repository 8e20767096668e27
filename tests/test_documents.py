"""Documents that can fail: every key is explained, every command and example runs."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path
from typing import get_args

import geopandas as gpd
import pytest
from shapely.geometry import box

from siteplanner import Layer, Project, Scenario, init, starter
from siteplanner.cli import commands
from siteplanner.model import json_schema
from siteplanner.model.criterion import Measure
from siteplanner.problems.measured import USED_BY

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def keys(schema: dict) -> set[str]:
    tables = [schema, *schema.get("$defs", {}).values()]
    return {key for table in tables for key in table.get("properties", {})}


@pytest.mark.parametrize(("folder", "kind"), [("layers", Layer), ("scenarios", Scenario)])
def test_every_key_is_in_the_folders_readme(folder, kind):
    text = (starter() / folder / "README.md").read_text(encoding="utf-8")
    missing = {key for key in keys(json_schema(kind)) if f"`{key}" not in text}
    assert not missing


def test_what_a_measure_takes_is_what_is_refused_elsewhere():
    """The table of measures says which take ``column`` and ``of``; so do the checks."""
    text = (starter() / "scenarios" / "README.md").read_text(encoding="utf-8")
    table = text.partition("| measure | `layer` | `column` | `of` |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]
    measures = {name: row for row in rows for name in re.findall(r"`(\w+)`", row[0])}
    assert set(measures) == set(get_args(Measure))
    for number, key in ((2, "column"), (3, "of")):
        assert {name for name, row in measures.items() if row[number]} == USED_BY[key]


def test_the_example_of_extends_runs(tmp_path):
    project = init(tmp_path / "town")
    text = (project.root / "scenarios" / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(extends.*?)```", text, flags=re.DOTALL)
    (project.root / "scenarios" / "hexagons.toml").write_text(example, encoding="utf-8")
    project.check()
    found = project.scenario("hexagons")
    assert (found.demand.cells, found.demand.hexagons_m) == (None, 200)
    assert set(found.sites.exclude) == {"emergency"}


def test_every_output_is_in_the_maps_readme(tmp_path):
    text = (ROOT / "maps" / "README.md").read_text(encoding="utf-8")
    project = init(tmp_path / "town")
    for path in project.run("micro_parks").save().iterdir():
        assert f"`{path.name}`" in text


def test_every_command_in_the_readme_exists():
    found = re.findall(r"^(?:\.venv/bin/)?(siteplanner .*)$", "\n".join(blocks("sh")), flags=re.M)
    assert len(found) >= 4
    for line in found:
        words = shlex.split(line.partition(" > ")[0], comments=True)
        command = commands.commands[words[1]]
        command.make_context(words[1], list(words[2:]), resilient_parsing=False)


def test_the_makefile_has_the_two_commands():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in re.findall(r"^make (\w+)", README, flags=re.M):
        assert re.search(rf"^{line}:", makefile, flags=re.M), line


def test_the_python_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(init(tmp_path / "town").root)
    for block in blocks("python"):
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(block, "README.md", "exec"), {})
    assert (tmp_path / "town" / "maps" / "care_blocks" / "index.html").is_file()


def test_the_three_file_story_runs(tmp_path):
    """Do what the README tells a planner with three files of their own to do."""
    project = tmp_path / "mycity"
    for folder in ("layers", "scenarios"):
        (project / folder).mkdir(parents=True)
    (project / "layers" / "area.geojson").write_text(
        '{"type": "Polygon", "coordinates": '
        "[[[-74.10, 4.60], [-74.08, 4.60], [-74.08, 4.62], [-74.10, 4.62], [-74.10, 4.60]]]}"
    )
    people = ["lon;lat;residents;children"]
    people += [f"{-74.099 + 0.001 * n:.3f};{4.601 + 0.001 * n:.3f};40;{n}" for n in range(18)]
    (project / "layers" / "people.csv").write_text("\n".join(people))
    corners = [(-74.095, 4.605), (-74.085, 4.615), (-74.090, 4.602)]
    gpd.GeoDataFrame(
        {"name": ["House 1", "House 2", "House 3"]},
        geometry=[box(x, y, x + 3e-4, y + 3e-4) for x, y in corners],
        crs="EPSG:4326",
    ).to_file(project / "layers" / "buildings.geojson")
    for block in blocks("toml"):
        name = re.match(r"# (\S+)", block).group(1)
        (project / name).write_text(block, encoding="utf-8")
    made = Project(project)
    made.check()
    plan = made.run("first")
    assert len(plan.choice.table) == 2
    assert (plan.save() / "index.html").is_file()
    assert any("as the crow flies" in str(notice) for notice in plan.notices)


def test_no_path_of_this_machine_and_no_cdn():
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if parts[0] in {".git", ".venv", "dist", "build"} or ".cache" in parts:
            continue
        if path.suffix in {".py", ".md", ".toml", ".js", ".html", ".css", ".yml"} and (
            path.is_file() and "maps" not in parts[:1] and path != Path(__file__)
        ):
            text = path.read_text(encoding="utf-8")
            assert "/home/" not in text, path
            if path.suffix in {".js", ".html", ".css"} and "tests" not in parts:
                assert not re.search(r"https?://[a-z.]*(cdn|unpkg|jsdelivr)", text), path
