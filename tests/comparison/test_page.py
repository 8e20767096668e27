"""The page of a comparison: one file, escaped, with what differs; and its command."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import siteplanner as sp
from siteplanner import Project
from siteplanner.cli import main
from siteplanner.comparison import compare
from siteplanner.comparison.writing import render, write
from siteplanner.project import init

HOSTILE = "<script>alert(1)</script> & \"'=1+1"


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Project:
    folder = tmp_path_factory.mktemp("town") / "town"
    init(folder)
    text = 'extends = "care_blocks"\ntitle = "Far"\n[walk]\nlimit_m = 1000\n[choice]\ncount = 2\n'
    (folder / "scenarios" / "far.toml").write_text(text, encoding="utf-8")
    return Project(folder)


@pytest.fixture(scope="module")
def plans(town):
    return town.run("care_blocks"), town.run("far")


def test_the_page_tells_who_gains_and_fetches_nothing(plans):
    text = render(sp.compare(*plans), room=sp.negotiate(plans[0]))
    assert "newly reaches" in text
    assert "What each group would choose" in text
    assert not re.search(r"""(?:src|href)\s*=|url\(|@import|<script""", text)
    signs = [f'<g class="{one}">' for one in ("both", "came", "went")]
    count = len(set(plans[0].choice.table.index) | set(plans[1].choice.table.index))
    assert sum(text.count(one) for one in signs) == count
    assert text == render(sp.compare(*plans), room=sp.negotiate(plans[0]))


def test_text_from_data_stays_text(plans):
    answer = plans[0].answer()
    bad = replace(
        answer,
        sites=answer.sites.assign(label=HOSTILE),
        scenario=answer.scenario.model_copy(update={"title": HOSTILE, "name": "bad"}),
    )
    text = render(compare(answer, bad))
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_the_files_are_written_together(plans, tmp_path):
    folder = write(sp.compare(*plans), tmp_path / "both")
    assert {one.name for one in folder.iterdir()} == {"index.html", "sites.csv"}
    assert (folder / "sites.csv").read_text("utf-8-sig").startswith('"site","label"')


def test_the_command_writes_and_tells(town, capsys):
    with pytest.raises(SystemExit) as left:
        main(["--root", str(town.root), "compare", "care_blocks", "far"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert "walk.limit_m: 800 in care_blocks, 1000 in far." in said
    assert (town.root / "maps" / "care_blocks-and-far" / "index.html").is_file()


def test_one_scenario_with_groups_is_a_room(town, capsys):
    with pytest.raises(SystemExit) as left:
        main(["--root", str(town.root), "compare", "care_blocks"])
    assert left.value.code == 0
    assert "The carers' group: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "words"),
    [(["community_hubs"], "name two or more"), (["far", "far"], "far twice"),
     (["care_blocks", "nowhere"], "no such scenario")],
)  # fmt: skip
def test_what_cannot_be_compared_leaves_with_2(town, capsys, names, words):
    with pytest.raises(SystemExit) as left:
        main(["--root", str(town.root), "compare", *names])
    assert left.value.code == 2
    assert words in capsys.readouterr().err
