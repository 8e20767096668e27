"""The command line as a planner meets it: exit codes, sentences, nothing lost."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from siteplanner import init
from siteplanner.cli import commands


@pytest.fixture
def town(tmp_path) -> Path:
    return init(tmp_path / "town").root


def siteplanner(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "siteplanner", *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding=environment.get("PYTHONIOENCODING", "utf-8"),
        timeout=300,
    )


def test_a_first_hour(tmp_path):
    made = siteplanner("init", "x", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert "siteplanner run care_blocks" in made.stdout
    listed = siteplanner("list", cwd=tmp_path / "x")
    assert "care_blocks" in listed.stdout
    checked = siteplanner("check", cwd=tmp_path / "x")
    assert checked.returncode == 0, checked.stderr
    assert "no problems" in checked.stdout
    run = siteplanner("run", "care_blocks", cwd=tmp_path / "x", NO_COLOR="1")
    assert run.returncode == 0, run.stderr
    assert run.stdout.rstrip().endswith(f"Open {Path('maps/care_blocks/index.html')}")
    assert "walk" in run.stderr.split()
    assert "\x1b" not in run.stdout + run.stderr
    answer = tmp_path / "x" / "maps" / "care_blocks"
    assert json.loads((answer / "run.json").read_text())["seconds"] > 0


def test_a_project_without_the_town(tmp_path):
    made = siteplanner("init", "mine", "--empty", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert made.stdout.rstrip().endswith("Next: cd mine && siteplanner check")
    listed = siteplanner("list", cwd=tmp_path / "mine").stdout
    assert listed.count("none yet: see ") == 2
    checked = siteplanner("check", cwd=tmp_path / "mine")
    assert "0 scenarios and 0 layers: no problems" in checked.stdout
    layer = tmp_path / "mine" / "layers" / "area.toml"
    layer.write_text('title = "Area"\nsource = "area.geojson"\nkind = "polygons"\n')
    (layer.parent / "area.geojson").write_text(
        '{"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}'
    )
    checked = siteplanner("check", cwd=tmp_path / "mine")
    assert "0 scenarios and 1 layer: no problems" in checked.stdout


def test_a_terminal_need_not_know_every_letter(town):
    for path in ("layers/town.toml", "scenarios/micro_parks.toml"):
        text = (town / path).read_text(encoding="utf-8")
        text = re.sub("^title = .*$", 'title = "\u6751\u59d4\u4f1a"', text, count=1, flags=re.M)
        (town / path).write_text(text, encoding="utf-8")
    for verb in (["list"], ["run", "micro_parks"]):
        result = siteplanner(*verb, cwd=town, PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
        assert result.returncode == 0, result.stderr
    assert "???" in siteplanner("list", cwd=town, PYTHONIOENCODING="cp1252").stdout


def test_show_prints_the_scenario_as_it_will_be_run(town):
    (town / "scenarios" / "more.toml").write_text(
        'extends = "micro_parks"\n[choice]\ncount = 7\n', encoding="utf-8"
    )
    shown = siteplanner("show", "more", cwd=town).stdout
    assert "count = [\n    7,\n]" in shown
    assert "[need." in shown
    # what is shown is a scenario again
    (town / "scenarios" / "again.toml").write_text(shown, encoding="utf-8")
    assert siteplanner("show", "again", cwd=town).stdout == shown


def test_a_mistake_is_a_sentence_and_exit_code_2(town):
    result = siteplanner("run", "care_block", cwd=town)
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1] == (
        "scenarios: care_block: no such scenario; did you mean 'care_blocks'?"
    )
    assert "Traceback" not in result.stderr
    assert "Traceback" in siteplanner("--debug", "run", "care_block", cwd=town).stderr


def test_a_wrong_command_is_exit_code_2(town):
    assert siteplanner("rum", cwd=town).returncode == 2
    assert siteplanner("run", cwd=town).returncode == 2


def test_root_names_a_project_elsewhere(town, tmp_path):
    assert "care_blocks" in siteplanner("--root", str(town), "list", cwd=tmp_path).stdout


def test_version(tmp_path):
    assert re.search(r"\d+\.\d+\.\d+", siteplanner("--version", cwd=tmp_path).stdout)


def test_our_own_fault_is_exit_code_1(town, monkeypatch, capsys):
    def broken(self):
        raise RuntimeError("oh")

    monkeypatch.setattr("siteplanner.project.Project.check", broken)
    from siteplanner.cli import main

    with pytest.raises(SystemExit) as caught:
        main(["--root", str(town), "check"])
    assert caught.value.code == 1
    assert "siteplanner went wrong: RuntimeError: oh" in capsys.readouterr().err


def test_where_nothing_can_be_written_the_last_answer_is_whole(town):
    assert siteplanner("run", "micro_parks", cwd=town).returncode == 0
    answer = town / "maps" / "micro_parks"
    before = {path.name: path.read_bytes() for path in answer.iterdir()}
    (town / "blocked").write_text("a file, not a folder")
    result = siteplanner("run", "micro_parks", "--out", "blocked/here", cwd=town)
    assert result.returncode == 2
    assert "blocked" in result.stderr
    assert "Traceback" not in result.stderr
    assert {path.name: path.read_bytes() for path in answer.iterdir()} == before


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
@pytest.mark.parametrize("step", ["layers", "measures", "maps"])
def test_ctrl_c_is_exit_code_130_and_loses_nothing(town, step):
    assert siteplanner("run", "micro_parks", cwd=town).returncode == 0
    answer = town / "maps" / "micro_parks"
    before = {path.name: path.read_bytes() for path in answer.iterdir()}
    process = subprocess.Popen(
        [sys.executable, "-m", "siteplanner", "run", "micro_parks"],
        cwd=town,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:
        if line.strip() == step:
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert {path.name: path.read_bytes() for path in answer.iterdir()} == before
    assert [path.name for path in (town / "maps").iterdir()] == ["micro_parks"]


def test_every_command_has_help_and_stands_in_the_readme():
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    for name, command in commands.commands.items():
        assert command.help, name
        assert f"`siteplanner {name}" in readme, name
