"""A project folder: made, listed, checked, run; and what happens when things are missing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from siteplanner import InputError, OutputError, Project, init, starter


@pytest.fixture
def town(tmp_path) -> Path:
    return init(tmp_path / "town").root


def problems(project: Path, verb: str = "check", *arguments: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        getattr(Project(project), verb)(*arguments)
    return [str(one) for one in caught.value.problems]


def test_init_makes_a_project_that_checks(town):
    project = Project(town)
    assert {"care_blocks", "community_hubs", "micro_parks"} <= set(project.scenario_names)
    project.check()
    assert sorted(path.name for path in town.iterdir()) == [
        ".gitignore", "layers", "maps", "scenarios",
    ]  # fmt: skip


def test_init_never_overwrites(town):
    with pytest.raises(InputError, match="it already holds something; name a new or an empty"):
        init(town)


def test_init_where_it_cannot_write(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="name a folder that can be written"):
        init(tmp_path / "file" / "town")


def test_a_folder_that_is_no_project(tmp_path):
    with pytest.raises(InputError, match="no folder layers/ and no folder scenarios/ here"):
        Project(tmp_path)


def test_a_scenario_that_is_not_there(town):
    assert problems(town, "run", "care_block") == [
        "scenarios: care_block: no such scenario; did you mean 'care_blocks'?"
    ]


def test_check_names_every_problem_of_the_project(town):
    scenario = town / "scenarios" / "care_blocks.toml"
    scenario.write_text(scenario.read_text().replace("title =", "titel =", 1))
    layer = town / "layers" / "town.toml"
    layer.write_text(layer.read_text().replace("polygons", "polygon"))
    (town / "layers" / "parks.geojson").write_bytes(b"")
    found = "\n".join(problems(town))
    assert "scenarios/care_blocks.toml: titel: unknown key; did you mean 'title'" in found
    assert "layers/town.toml: kind: found 'polygon'; write 'points', " in found
    assert "layers/parks.geojson" in found
    assert "no layer 'town'" not in found


def test_run_asks_only_for_what_it_uses(town):
    (town / "layers" / "unused.toml").write_text("title = 3")
    assert Project(town).run("micro_parks").choice is not None
    (town / "layers" / "vacant_lots.toml").write_text("title = 3")
    assert all("layers/vacant_lots.toml" in one for one in problems(town, "run", "micro_parks"))


def test_a_missing_layer_is_never_filled_in_from_the_starter(town):
    (town / "layers" / "vacant_lots.toml").unlink()
    found = problems(town, "run", "micro_parks")
    assert any("no layer 'vacant_lots'" in one for one in found)


def test_the_starter_is_small_and_says_that_it_is_made_up():
    files = [path for part in ("layers", "scenarios") for path in (starter() / part).iterdir()]
    assert sum(path.stat().st_size for path in files) < 200_000
    project = Project(starter())
    assert all(project.layer(name).fictional for name in project.layer_names)


def test_only_the_command_line_assumes_the_working_directory(town, tmp_path, monkeypatch):
    away = tmp_path / "away"
    away.mkdir()
    monkeypatch.chdir(away)
    folder = Project(town).run("micro_parks").save()
    assert folder == town / "maps" / "micro_parks"
    assert list(away.iterdir()) == []


def test_a_moved_project_gives_the_same_answer(town, tmp_path):
    first = Project(town).run("micro_parks").save()
    moved = tmp_path / "elsewhere"
    shutil.copytree(town, moved, ignore=shutil.ignore_patterns(".cache", "maps"))
    second = Project(moved).run("micro_parks").save()
    names = {path.name for path in first.iterdir()} - {"run.json"}
    assert names == {"index.html", "sites.gpkg", "cells.gpkg", "ranking.csv", "plan.json"}
    for name in sorted(names):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
