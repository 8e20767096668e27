"""A project folder: made, listed, checked, run; and what happens when things are missing."""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
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


def test_init_without_the_town(tmp_path):
    project = init(tmp_path / "mine", empty=True)
    assert (project.layer_names, project.scenario_names) == ((), ())
    found = sorted(str(path.relative_to(project.root)) for path in project.root.rglob("*.*"))
    assert found == [".gitignore", "layers/README.md", "scenarios/README.md"]
    assert project.check() == ()


def test_init_never_overwrites(town):
    with pytest.raises(InputError, match="it already holds something; name a new or an empty"):
        init(town)


def test_init_where_it_cannot_write(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="name a folder that can be written"):
        init(tmp_path / "file" / "town")


def test_names_that_no_file_system_takes(tmp_path, town):
    with pytest.raises(OutputError, match="name a folder that can be written"):
        init(tmp_path / ("x" * 5000))
    with pytest.raises(InputError, match="no folder layers/"):
        Project(tmp_path / ("x" * 5000))
    assert problems(town, "run", "x" * 5000)[0].startswith(f"scenarios: {'x' * 60}: no such")
    assert problems(town, "run", "../layers/town")[0].startswith("scenarios: ../layers/town: no ")
    assert problems(town, "run", "scenarios/care_blocks.toml")[0].endswith("mean 'care_blocks'?")


def test_hidden_files_are_left_alone(town):
    for part in ("layers", "scenarios"):
        (town / part / "._x.toml").write_bytes(b"\xff\x00")
    project = Project(town)
    assert not any(name.startswith(".") for name in (*project.layer_names, *project.scenario_names))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_check_says_what_run_would_refuse(town):
    """All scenarios at once: the CRS, the ground, the sites, and the sites by name."""
    change(town / "scenarios" / "care_blocks.toml", '"auto"', '"banana"')
    change(town / "scenarios" / "micro_parks.toml", "min_area_m2 = 800", "min_area_m2 = 3900")
    change(town / "scenarios" / "community_hubs.toml", "count = 2", 'count = 2\nfixed = ["P99"]')
    found = problems(town)
    keys = [
        "scenarios/care_blocks.toml: crs: found 'banana'; ",
        "scenarios/community_hubs.toml: choice.fixed: no ",
        "scenarios/micro_parks.toml: sites: none of ",
    ]
    assert [one.startswith(key) for one, key in zip(found, keys, strict=True)] == [True] * 3
    for name, key in zip(("care_blocks", "community_hubs", "micro_parks"), keys, strict=True):
        (refused,) = problems(town, "run", name)
        assert refused.startswith(key)


def test_check_says_that_a_layer_lies_elsewhere(town):
    path = town / "layers" / "flood_zone.geojson"
    table = gpd.read_file(path)
    table.set_geometry(table.translate(20, 20)).to_file(path, driver="GeoJSON")
    found = problems(town)
    assert len(found) == 1
    assert "layers/flood_zone.toml: no overlap with the area" in found[0]


def test_a_broken_scenario_does_not_hide_its_layers(town):
    change(town / "scenarios" / "micro_parks.toml", "title =", "titel =")
    (town / "scenarios" / "more.toml").write_text('extends = "micro_parks"\nweihgt = 2\n')
    (town / "layers" / "parks.toml").write_text("title = 3")
    (town / "layers" / "streams.geojson").write_bytes(b"")
    (town / "layers" / "services.toml").write_text("title = 3")  # another scenario's
    (town / "layers" / "clinics.geojson").unlink()
    for name, mistake in (("micro_parks", "titel: unknown key"), ("more", "weihgt: unknown key")):
        found = "\n".join(problems(town, "run", name))
        assert f"scenarios/{name}.toml: {mistake}" in found
        for part in ("layers/parks.toml: title", "layers/streams.geojson", "clinics"):
            assert part in found
    change(town / "scenarios" / "micro_parks.toml", '"services"', '"schools"')
    assert "layers/services.toml" not in "\n".join(problems(town, "run", "micro_parks"))


def test_scenarios_that_extend_each_other(town):
    (town / "scenarios" / "a.toml").write_text('extends = "b"')
    (town / "scenarios" / "b.toml").write_text('extends = "a"')
    assert "'b' itself extends 'a'" in problems(town, "run", "a")[0]


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
    assert "layers/town.toml: kind: found 'polygon'; did you mean 'polygons'? " in found
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
    assert names == {
        "index.html", "sites.gpkg", "cells.gpkg", "ground.gpkg", "map.qgz", "ranking.csv",
        "plan.json",
    }  # fmt: skip
    for name in sorted(names):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name
