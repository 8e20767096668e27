"""Monitoring from a folder to a page: what it says, what it keeps, what it refuses."""

from __future__ import annotations

import datetime
import html
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import siteplanner
from siteplanner import InputError, publication, sources
from siteplanner.cli import main
from siteplanner.maps import messages as page_messages
from siteplanner.monitoring import Asked, Baseline, monitor, read_baseline
from siteplanner.monitoring.baseline import PLAN
from siteplanner.monitoring.lessons import Seen, learned, who_comes
from siteplanner.monitoring.visitors import Visitors, beyond_of
from siteplanner.monitoring.wording import MonitoringWords
from siteplanner.project import Project
from siteplanner.publication.manifest import write_manifest
from siteplanner.report.wording import Wording

from .conftest import write_openings

ROOM = Path(siteplanner.__file__).parent / "monitoring"
MESSAGES = {
    code: json.loads((ROOM / "messages" / f"{code}.json").read_text("utf-8"))
    for code in page_messages.languages()
}
DAY = datetime.date(2026, 9, 30)
VISITORS = """title = "Visitors"
source = "visitors.csv"
kind = "points"
id = "no"
[private]
cell_m = 500
keep_text = ["site"]
[columns.site]
kind = "category"
"""


def text_of(folder: Path) -> str:
    page = (folder / "index.html").read_text("utf-8").partition("</style>")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def copied(published: Path, folder: Path, **changes: object) -> Path:
    """Copy a published folder, with other content of its plan."""
    shutil.copytree(published, folder, ignore=shutil.ignore_patterns("*.html", "cells.gpkg"))
    content = json.loads((folder / PLAN).read_text("utf-8")) | changes
    (folder / PLAN).write_text(json.dumps(content), "utf-8")
    return folder


def visit(project: Project, today) -> None:
    """Let 300 people come from where they live, half of them to the first place."""
    cells = today.cells[today.cells["people"] > 0]
    rng = np.random.default_rng(0)
    at = rng.choice(len(cells), 300, p=(cells["people"] / cells["people"].sum()).to_numpy())
    homes = cells.representative_point().iloc[at].to_crs(4326)
    rows = [f"{no},{'P27' if no % 2 else 'P16'},{home.x:.6f},{home.y:.6f}"
            for no, home in enumerate(homes)]  # fmt: skip
    (project.root / "layers" / "visitors.csv").write_text(
        "\n".join(["no,site,lon,lat", *rows, ""]), "utf-8"
    )
    (project.root / "layers" / "visitors.toml").write_text(VISITORS, "utf-8")


def test_the_layer_that_the_readme_tells_is_one_like_any_other(town):
    write_openings(town, "P27,2026-05-04,", "Kiosk,,")
    layers = {one: town.layer(one) for one in ("openings", "public_buildings")}
    read = sources.read_all(layers, town.root / "layers")
    assert list(read["openings"].table.index)
    assert any("Kiosk" in str(one) or "1 of 2" in str(one) for one in read["openings"].notices)


def test_from_a_folder_to_a_page(town, published, today, promised, tmp_path):
    visit(town, today)
    first = promised["choice"]["sites"][0]
    assert first["site"] == "P27"
    write_openings(
        town, "P27,2026-05-04,", "Library,2026-06-01,", "Care block Town Hall,,2026-08-15"
    )
    project = Project(town.root)
    asked = Asked(attendance="visitors", on=DAY)
    found = monitor(project, published, asked, out=tmp_path / "m")
    again = monitor(project, published, asked, out=tmp_path / "again")
    names = ["index.html", "monitoring.json", "origins.csv", "phases.csv", "sites.csv"]
    assert sorted(one.name for one in found.folder.iterdir()) == names
    for name in names:
        assert (found.folder / name).read_bytes() == (again.folder / name).read_bytes()
    said = text_of(found.folder)
    need = f"{promised['outcomes']['by_phase'][0]['people in need newly']:,.0f}"
    assert f"Phase 1: on 2026-09-30 1 of 1 planned places are open. They bring {need}" in said
    assert f"of {need} promised (100%)" in said
    assert "Opened and not planned: Library." in said
    assert "closed since: Care block Town Hall." in said
    assert "Planned, and nothing says that they have opened" in said
    assert re.search(r"between \d+% and \d+% come from beyond the walk", said)
    assert "invented to show" in said
    origins = pd.read_csv(found.folder / "origins.csv", encoding="utf-8-sig")
    assert (origins["visitors"] % 10 == 0).all()
    assert set(origins["visited"]) == {"Water works", "River market"}
    assert (found.phases["reached_need"] <= found.phases["today_need"] + 1e-6).all()
    kept = json.loads((found.folder / "monitoring.json").read_text("utf-8"))
    assert set(kept["layers"]) == {"openings", "visitors"}
    assert all(len(one["sha256"]) == 64 for one in kept["layers"].values())


def test_the_public_learns_no_small_count(town, published, tmp_path):
    scenario = json.loads((published / PLAN).read_text("utf-8"))["scenario"]
    folder = copied(published, tmp_path / "p", scenario={**scenario, "audience": "public"})
    write_openings(
        town, "P07,2026-05-04,", "Library,2026-06-01,", "Care block Town Hall,,2026-08-15"
    )
    found = monitor(Project(town.root), folder, Asked(on=DAY), out=tmp_path / "m")
    for table in (found.phases, found.sites):
        for column in table:
            if str(column).endswith(("_need", "_people")):
                known = table[column].dropna()
                assert ((known % 10 == 0) | (known == 0)).all(), column
    said = text_of(found.folder)
    assert "counted in tens" in said
    assert "Whether anybody comes" in said
    assert "No attendance was given" in said


def test_the_public_has_sums_of_what_is_told_only(baseline):
    """Of 33 and 24 visitors the public is told 30 and 20: neither 57 nor 33 of 57 follows."""
    origins = pd.DataFrame({"visitors": [33.0, 24.0], "share_within": [1.0, 0.0], "label": "x",
                            "people": 0.0, "reached_people": 0.0, "per_1000": np.nan},
                           index=["a", "b"])  # fmt: skip
    found = Visitors(origins, 57.0, beyond_of(origins["visitors"], origins["share_within"]), 0, 0.0)
    nothing = pd.DataFrame({"promised_need": [np.nan], "today_need": np.nan, "reached_need": np.nan,
                            "kind": "", "state": "", "opened": ""})  # fmt: skip
    for audience, sum_, share in (("internal", 57, "42%"), ("public", 50, "40%")):
        scenario = baseline.scenario.model_copy(update={"audience": audience})
        seen = Seen(replace(baseline, scenario=scenario), DAY, MonitoringWords("en"),
                    nothing, nothing, nothing, found)  # fmt: skip
        said = next(iter(who_comes(seen)))
        assert f"Of {sum_} visitors" in said
        assert share in said
        assert any(share in one for one in learned(seen))


def test_a_published_manifest_gives_name_and_day(published, tmp_path):
    folder = copied(published, tmp_path / "2026-03-committee")
    content = {
        "format": "siteplanner-published-1", "name": "2026-03-committee",
        "published": "2026-03-02T10:11:12+00:00", "project": "town", "scenario": "care_blocks",
        "audience": "internal", "made": {}, "libraries": {}, "inputs": [], "files": [],
    }  # fmt: skip
    seal = write_manifest(content, folder / "published.json")
    found = read_baseline(folder)
    assert (found.name, found.published, found.seal) == ("2026-03-committee", "2026-03-02", seal)
    assert publication.read_manifest(folder).name == found.name
    (folder / "published.json").write_text("{}", "utf-8")
    with pytest.raises(InputError):
        read_baseline(folder)


def test_the_judgements_are_those_of_that_day(published, tmp_path):
    folder = copied(published, tmp_path / "p")
    (folder / "project" / "scenarios").mkdir(parents=True)
    file = folder / "project" / "scenarios" / "care_blocks.toml"
    file.write_text((published.parents[1] / "scenarios" / "care_blocks.toml").read_text("utf-8"))
    found = read_baseline(folder)
    assert isinstance(found, Baseline)
    assert found.scenario == read_baseline(published).scenario
    file.write_text("title = ", "utf-8")
    with pytest.raises(InputError, match="not TOML"):
        read_baseline(folder)


def test_folders_that_are_none(published, tmp_path):
    with pytest.raises(InputError, match=r"there is no plan\.json"):
        read_baseline(tmp_path / "nowhere")
    odd = '{"siteplanner": "1", "scenario": {}}'
    kinds = {"[": "no JSON", "[]": "no answer of siteplanner", odd: "none of this version"}
    for content, said in kinds.items():
        (tmp_path / PLAN).write_text(content, "utf-8")
        with pytest.raises(InputError, match=said):
            read_baseline(tmp_path)
    need = copied(published, tmp_path / "need", choice={"sites": []})
    with pytest.raises(InputError, match="nothing was promised"):
        read_baseline(need)
    other = {"sites": [{"site": "elsewhere", "label": "E", "phase": 1}]}
    with pytest.raises(InputError, match="does not hold the proposed site 'elsewhere'"):
        read_baseline(copied(published, tmp_path / "other", choice=other))
    broken = copied(published, tmp_path / "broken")
    (broken / "sites.gpkg").write_bytes(b"no database")
    with pytest.raises(InputError, match="cannot be read"):
        read_baseline(broken)
    (broken / "sites.gpkg").unlink()
    with pytest.raises(InputError, match=r"no sites\.gpkg"):
        read_baseline(broken)


def test_layers_and_languages_that_are_none(town, published, tmp_path):
    project = Project(town.root)
    for asked, said in ((Asked(openings=("opening",)), "no layer 'opening'.*openings"),
                        (Asked(attendance="visits"), "--attendance: no layer 'visits'"),
                        (Asked(language="xx"), "no language 'xx'")):  # fmt: skip
        with pytest.raises(InputError, match=said):
            monitor(project, published, asked, out=tmp_path / "m")
    bare = town.root.parent / "bare"
    shutil.copytree(town.root, bare, ignore=shutil.ignore_patterns("maps", "census.*"))
    with pytest.raises(InputError, match="census: the published plan looks at it"):
        monitor(Project(bare), published, Asked(on=DAY), out=tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_the_command(town, published, capsys, tmp_path):
    write_openings(town, "P27,2026-05-04,")
    root = ["--root", str(town.root), "monitor", str(published)]
    with pytest.raises(SystemExit) as left:
        main([*root, "--on", "30/9/2026"])
    assert left.value.code == 2
    assert "monitor: --on: '30/9/2026' is no day" in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        main([*root, "--on", "2026-09-30", "--language", "pt"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert "Fase 1: em 2026-09-30 estão abertos 1 de 1" in said
    assert "index.html" in said
    assert (town.root / "maps" / "monitoring" / "care_blocks" / "phases.csv").is_file()


@pytest.mark.parametrize("code", list(MESSAGES))
def test_every_language_has_every_word(code):
    assert set(MESSAGES[code]) == set(MESSAGES["en"])
    for key, text in MESSAGES[code].items():
        names = [set(re.findall(r"\{(\w+)\}", one)) for one in (text, MESSAGES["en"][key])]
        assert names[0] == names[1], key
    python = "\n".join(one.read_text("utf-8") for one in sorted(ROOM.glob("*.py")))
    words = MonitoringWords(code)
    for key in set(re.findall(r'say\(\s*"([a-z_.]+)"', python)):
        assert (
            key in MESSAGES[code] or f"{key}#other" in MESSAGES[code] or Wording(code).has(key)
        ), key
    starts = tuple(re.findall(r'f"([a-z_]+\.)\{', python))
    keys = {one.partition("#")[0] for one in MESSAGES["en"]}
    assert [one for one in keys if f'"{one}"' not in python and not one.startswith(starts)] == []
    assert words.say("unknown_open", n=1) == MESSAGES[code]["unknown_open#one"]
