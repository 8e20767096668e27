"""`siteplanner joins`: what fits, from the command line and from Python."""

from __future__ import annotations

import csv

import pytest
from click.testing import CliRunner

from siteplanner import Project, init
from siteplanner.cli import commands
from siteplanner.errors import InputError


@pytest.fixture
def town(tmp_path):
    """Give the made-up town, three of its census keys written as a spreadsheet would."""
    project = init(tmp_path / "town")
    path = project.root / "layers" / "census.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    for number in (1, 2):
        key, comma, rest = lines[number].partition(",")
        lines[number] = f" {key.lower()}{comma}{rest}"
    lines[3] = "nowhere" + lines[3][lines[3].index(",") :]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return project


def joins(project, *arguments):
    return CliRunner().invoke(commands, ["--root", str(project.root), "joins", *arguments])


def test_the_command_shows_what_fits_and_what_could(town):
    said = joins(town).output
    found = town.matching("census")
    assert said == f"{found}\n"
    assert "census joins city_blocks: 191 of 194 rows matched, 3 not there; 3 of 194 rows" in said
    assert said.count("the same but for capitals") == 2


def test_the_pairs_can_be_copied_into_the_layer(town):
    path = town.root / "layers" / "census.toml"
    pairs = joins(town, "census").output.partition("\n")[2]
    path.write_text(path.read_text(encoding="utf-8") + "\n" + pairs, encoding="utf-8")
    assert town.matching("census").table["state"].value_counts().to_dict() == {
        "matched": 191, "confirmed": 2, "not there": 1, "no row": 1
    }  # fmt: skip


def test_every_row_as_a_table(town, tmp_path):
    assert joins(town, "--csv", str(tmp_path / "joins.csv")).exit_code == 0
    with (tmp_path / "joins.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 194 + 3
    assert [one["state"] for one in rows].count("matched") == 191
    assert rows[2]["key"] == "nowhere"


def test_what_joins_nothing(town):
    with pytest.raises(InputError, match="no such layer; did you mean 'census'"):
        town.matching("censsus")
    with pytest.raises(InputError, match=r"layers/town.toml: join: the layer joins no other"):
        town.matching("town")
    empty = Project(town.root)
    (town.root / "layers" / "census.toml").unlink()
    assert joins(empty).output == "no layer has [join]\n"
