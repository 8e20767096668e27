"""``siteplanner sheets`` as a facilitator meets it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from siteplanner import Project, init
from siteplanner.cli import commands
from siteplanner.errors import InputError

from .conftest import Ruler


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return init(tmp_path_factory.mktemp("home") / "town").root


def ask(town, *arguments):
    return CliRunner().invoke(commands, ["--root", str(town), "sheets", *arguments])


def test_sheets_of_the_made_up_town(town):
    done = ask(town, "care_blocks", "--paper", "A4", "--layers", "need,questions", "--fit")
    assert done.exit_code == 0, done.output
    folder = town / "maps" / "care_blocks" / "sheets"
    assert f"2 sheets in {folder}" in done.output
    assert "80 mm bar" in done.output
    found = json.loads((folder / "sheets.json").read_text("utf-8"))
    assert found["project"] == "town"
    text = Ruler(folder / "001_need.pdf").text
    assert "made up" in text
    assert not list((town / "maps" / "care_blocks").glob("*.json"))  # the answer is not touched


def test_from_python_too(town, tmp_path):
    plan = Project(town).run("micro_parks")
    folder = plan.sheets(tmp_path / "out", layers=("sites",), scale=20_000)
    assert [path.name for path in folder.glob("*.pdf")] == ["001_sites.pdf"]
    with pytest.raises(InputError, match="no layer 'stes' to print; did you mean 'sites'"):
        plan.sheets(tmp_path / "out", layers=("stes",))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--paper", "A5"], "no paper 'A5'"),
        (["--scale", "0"], "found 0; write a number"),
        (["--scale", "big"], "found 'big'; write a number"),
        (["--scale", "1:5000", "--fit"], "both --scale and --fit"),
        (["--language", "xx"], "no language 'xx'"),
        (["--sites", "0"], "found 0"),
    ],
)
def test_what_is_wrong_is_said_before_the_long_part(town, arguments, said):
    done = ask(town, "care_blocks", *arguments)
    assert isinstance(done.exception, InputError)
    assert said in str(done.exception)


def test_far_too_many_pages_are_refused_with_a_hint(town):
    done = ask(town, "care_blocks", "--scale", "1:100")
    assert "sheets, the most is 200; ask for fewer layers, or a scale of 1:" in str(done.exception)


def test_no_such_scenario(town):
    done = ask(town, "care_block")
    assert "no such scenario" in str(done.exception)


@pytest.mark.data
def test_bogota_in_spanish(real_data, tmp_path, monkeypatch):
    monkeypatch.setenv("SITEPLANNER_DATA", str(real_data))
    town = tmp_path / "bogota"
    shutil.copytree(Path(__file__).parents[1] / "cities" / "bogota", town,
                    ignore=shutil.ignore_patterns("maps"))  # fmt: skip
    layer = town / "layers" / "streets.toml"
    text = layer.read_text("utf-8")
    if "label" not in text:
        layer.write_text(f'label = "via"\n{text}', "utf-8")
    done = ask(town, "care_blocks", "--layers", "reach,sites,questions", "--language", "es")
    assert done.exit_code == 0, done.exception
    folder = town / "maps" / "care_blocks" / "sheets"
    for path in folder.glob("*.pdf"):
        assert path.stat().st_size < 1_000_000
    text = Ruler(folder / "001_reach.pdf").text
    assert "¿Quién no tiene manzana del cuidado a 800 m y 20 minutos a pie?" in text
    assert "AVENIDA" in text
    assert "DANE" in text
