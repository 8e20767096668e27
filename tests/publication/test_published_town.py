"""Versions of the made-up town: published whole or not at all, and proved a year later."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import sqlite3
import stat
from pathlib import Path

import pandas as pd
import pytest

from siteplanner import InputError, OutputError, Project, init, publication
from siteplanner.cli import main
from siteplanner.publication import gathering, listing, publishing, staging
from siteplanner.publication.decisions import TEMPLATE
from siteplanner.publication.manifest import FILE
from siteplanner.register import Issue, Register, write_workbook

FIRST, SECOND, PUBLIC = "2026-03-committee", "2026-09-council", "2026-10-public"
SECRET = "Ana Pérez says"
OFFICER = "Benito Juárez"
DECISION = f"""
body = "Council"
date = 2026-09-15
outcome = "approved with changes"
text = "Two of three, <b>now</b>."
reasons = ["Need is there."]
signed_by = ["Director of planning"]
about = "{FIRST}"
[[sites]]
site = "River market"
outcome = "deferred"
reason = "No clear title."
"""


def held() -> Register:
    """Give what officers and people said of the town's places."""
    sites = {
        "P16": {"status": "rejected", "reason": "no title", "who": OFFICER, "remarks": "call back"},
        "P07": {"status": "visited", "capital_cost": 1200.0, "who": OFFICER},
    }
    log = {
        f"e{number}": {"site": "P16", "kind": "objection", "said": f"Too loud, {number}."}
        | ({"answer": "There will be a wall."} if number < 3 else {})
        for number in range(12)
    }
    log["e99"] = {"site": "P07", "kind": "support", "said": "At last."}
    return Register(sites, {"P16": "River market", "P07": "Escuela del Molino"}, log)


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Project:
    """Publish three versions: with data and report; after a change; for the public."""
    project = init(tmp_path_factory.mktemp("city") / "town")
    scenarios = project.root / "scenarios"
    publication.publish(
        project, "care_blocks", FIRST, publication.Wanted(sheets=False, with_data=True)
    )
    text = (scenarios / "care_blocks.toml").read_text("utf-8")
    (scenarios / "open.toml").write_text(
        f'# {SECRET} it is a secret\nextends = "care_blocks"\naudience = "public"\n', "utf-8"
    )
    changed = re.sub(r"limit_m = \d+", "limit_m = 600", text)
    assert changed != text
    (scenarios / "care_blocks.toml").write_text(f"# {SECRET}\n{changed}", "utf-8")
    decision = project.root / "decision.toml"
    decision.write_text(DECISION, "utf-8")
    ids = ["P07", "P16"]
    locked = pd.DataFrame({"name": [held().names[one] for one in ids]}, index=ids)
    write_workbook(Issue(locked, held()), project.root / "layers" / "register.xlsx")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathering.Wanted, "made", lambda _: {"report": None, "sheets": None})
        wanted = publication.Wanted(decision=decision, sheets=False)
        publication.publish(project, "care_blocks", SECOND, wanted)
        wanted = publication.Wanted(sheets=False, language="es")
        publication.publish(project, "open", PUBLIC, wanted)
    return project


@pytest.fixture
def offline(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something goes online")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def folder_of(town: Project, name: str) -> Path:
    return publication.published_folder(town) / name


def copied(town: Project, name: str, where: Path) -> Path:
    return Path(shutil.copytree(folder_of(town, name), where / name))


def _opened(path: Path) -> sqlite3.Connection:
    path.chmod(0o644)
    return sqlite3.connect(path)


def text_of(folder: Path) -> str:
    return "\n".join(
        (folder / one).read_text("utf-8")
        for one in staging.files_in(folder)
        if Path(one).suffix in {".html", ".csv", ".json", ".toml", ".svg"}
    )


def quick(folder: Path) -> list[str]:
    return [str(one) for one in publication.verify(folder, rebuild=False).differences]


def test_a_folder_holds_all_that_was_shown_and_no_more(town):
    folder = folder_of(town, FIRST)
    manifest = publication.read_manifest(folder)
    there = staging.files_in(folder)
    assert sorted([*manifest.files, FILE]) == there
    wanted = {"index.html", "plan.json", "run.json", "ranking.csv", "sites.gpkg", "cells.gpkg",
              "record.html", "report/report.pdf", "project/scenarios/care_blocks.toml",
              "project/layers/streets.osm", "project/layers/census.toml"}  # fmt: skip
    assert wanted <= set(there)
    assert not [one for one in there if "nurseries" in one or "micro_parks" in one]
    assert {manifest.files[one]["rebuilt"] for one in ("run.json", "record.html")} == {False}
    assert not any(stat.S_IMODE((folder / one).stat().st_mode) & 0o222 for one in there)
    beside = {one.name for one in publication.published_folder(town).iterdir()}
    assert beside == {FIRST, SECOND, PUBLIC, "index.html", "public.html"}


def test_what_is_published_is_what_a_run_writes(town, tmp_path):
    scenario = town.root / "scenarios" / "care_blocks.toml"
    now = scenario.read_bytes()
    packed = folder_of(town, FIRST) / "project" / "scenarios" / "care_blocks.toml"
    scenario.write_bytes(packed.read_bytes())
    try:
        made = town.run("care_blocks").save(tmp_path / "answer")
    finally:
        scenario.write_bytes(now)
    for path in made.iterdir():
        if path.name not in staging.UNLIKE:
            assert path.read_bytes() == (folder_of(town, FIRST) / path.name).read_bytes(), path


def test_a_copy_elsewhere_is_made_again_to_the_byte_without_network(town, tmp_path, offline):
    found = publication.verify(copied(town, FIRST, tmp_path))
    assert [str(one) for one in found.differences] == []
    assert {"index.html", "plan.json", "sites.gpkg", "report/report.pdf"} <= set(found.rebuilt)
    assert not {"run.json", "record.html"} & set(found.rebuilt)


def test_one_changed_byte_of_any_file_is_named(town, tmp_path):
    folder = copied(town, FIRST, tmp_path)
    for number, name in enumerate(publication.read_manifest(folder).files):
        path = folder / name
        content = bytearray(path.read_bytes())
        place = number * 7919 % len(content)
        content[place] ^= 1
        path.chmod(0o644)
        path.write_bytes(bytes(content))
        (said,) = quick(folder)
        assert said.startswith(f"{name}: it was changed"), said
        content[place] ^= 1
        path.write_bytes(bytes(content))
    assert quick(folder) == []


def test_tampering_is_told_with_line_and_words_by_the_command(town, tmp_path, capsys):
    """The rest of a public folder is proved from its project, though its TOML has no remarks."""
    folder = copied(town, PUBLIC, tmp_path)
    path = folder / "ranking.csv"
    path.chmod(0o644)
    lines = path.read_text("utf-8-sig").split("\n")
    lines[2] = lines[2].replace("0.", "0.9", 1)
    path.write_text("\n".join(lines), "utf-8-sig", newline="\n")
    with contextlib.closing(_opened(folder / "sites.gpkg")) as opened, opened:
        opened.execute("UPDATE gpkg_contents SET last_change = '2027-01-01T00:00:00Z'")
    with pytest.raises(SystemExit) as left:
        main(["--root", str(tmp_path), "verify", str(folder), "--project", str(town.root)])
    said = capsys.readouterr().out
    assert left.value.code == 2
    assert "ranking.csv: it was changed, first in line 3" in said
    assert "ranking.csv: made again it is as it was published; it differs in line 3: here “" in said
    assert "sites.gpkg: made again it is as it was published; its bytes differ, its rows do" in said
    assert "NOT proved, 4 differences" in said


def test_without_its_data_a_folder_is_proved_from_the_project(town, tmp_path):
    folder = copied(town, SECOND, tmp_path)
    assert quick(folder) == []
    found = publication.verify(folder)
    assert {one.kind for one in found.differences} == {"input", "unproved"}
    assert "name it with --project" in str(found.differences[0])
    census = town.root / "layers" / "census.csv"
    aside = tmp_path / "census.csv"
    shutil.copy2(census, aside)
    with census.open("a", encoding="utf-8") as stream:
        stream.write("\n")
    (town.root / "layers" / "town.geojson").rename(tmp_path / "town.geojson")
    try:
        said = [str(one) for one in publication.verify(folder_of(town, SECOND)).differences]
    finally:
        shutil.copy2(aside, census)
        (tmp_path / "town.geojson").rename(town.root / "layers" / "town.geojson")
    assert said == [
        "layers/census.csv (layer census): it is not the file of that day: its bytes are others",
        "layers/town.geojson (layer town): it is missing",
        "the answer: it was not made again: what it was made from is not all there, or was changed",
    ]


def test_packed_data_that_was_changed_is_not_used(town, tmp_path):
    folder = copied(town, FIRST, tmp_path)
    path = folder / "project" / "layers" / "census.csv"
    path.chmod(0o644)
    path.write_text("block,residents\n", "utf-8")
    (folder / "project" / "layers" / "town.geojson").unlink()
    said = [str(one) for one in publication.verify(folder).differences]
    assert said[-1].startswith("the answer: it was not made again")
    named = [one.partition(": ")[0] for one in said[:-1]]
    assert sorted(set(named)) == ["project/layers/census.csv", "project/layers/town.geojson"]


def test_nothing_published_is_ever_changed(town):
    before = (folder_of(town, FIRST) / FILE).read_bytes()
    for name in (FIRST, FIRST.upper()):
        with pytest.raises(InputError, match=f"take another name: {name}-2"):
            publication.publish(town, "care_blocks", name)
    assert (folder_of(town, FIRST) / FILE).read_bytes() == before


@pytest.mark.parametrize("name", ["", "a/b", "..", ".a", "CON", "a b", "nul.txt", "x" * 90, "ab."])
def test_a_name_that_is_no_folder_everywhere_is_refused(town, name):
    with pytest.raises(InputError, match="use letters, digits"):
        publication.publish(town, "care_blocks", name)


def test_a_publication_that_fails_leaves_nothing(tmp_path, monkeypatch):
    project = init(tmp_path / "town")
    calls = []

    def fail(*_: object, **__: object) -> None:
        calls.append(sorted(one.name for one in publication.published_folder(project).iterdir()))
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(staging, "answer", fail)
    with pytest.raises(OutputError, match="nothing was published"):
        publication.publish(project, "care_blocks", FIRST)
    assert len(calls[0]) == 1
    assert list((project.root / "maps").iterdir()) == []


def test_data_that_changes_meanwhile_stops_it(town, monkeypatch):
    streets = town.root / "layers" / "streets.osm"
    before = streets.read_bytes()

    def meddle(own, scenario, folder, made, **_):
        streets.write_bytes(before + b"\n")
        return own

    monkeypatch.setattr(staging, "answer", meddle)
    monkeypatch.setattr(Project, "folder", town.root / "maps" / "none", raising=False)
    try:
        with pytest.raises(OutputError, match=r"layers/streets.osm: was changed while"):
            publication.publish(town, "care_blocks", "2027")
    finally:
        streets.write_bytes(before)
    assert not folder_of(town, "2027").exists()


def test_the_list_says_what_changed_newest_first(town):
    page = (publication.published_folder(town) / "index.html").read_text("utf-8")
    assert re.findall(r"<h2>(.*?)</h2>", page) == [PUBLIC, SECOND, FIRST]
    assert 'lang="es"' in page
    assert "En el escenario, walk.limit_m: antes 800, ahora 600." in page
    assert "Lugares que " in page or "El conjunto de lugares es el mismo" in page
    assert "&lt;b&gt;now&lt;/b&gt;" in page
    assert "<b>now" not in page
    assert "<script" not in page
    assert f'href="{FIRST}/report/report.html"' in page
    for name in (FIRST, SECOND, PUBLIC):
        assert publication.read_manifest(folder_of(town, name)).seal in page


def test_the_public_list_has_only_public_versions(town):
    page = (publication.published_folder(town) / "public.html").read_text("utf-8")
    assert re.findall(r"<h2>(.*?)</h2>", page) == [PUBLIC]
    assert FIRST not in page


def test_versions_stay_comparable_when_the_project_is_gone(town, tmp_path):
    alone = tmp_path / "archive"
    shutil.copytree(publication.published_folder(town), alone)
    (alone / "broken").mkdir()
    (alone / "broken" / FILE).write_text("{", "utf-8")
    shutil.rmtree(alone / FIRST / "project")
    page = listing.write_list(alone).read_text("utf-8")
    assert "walk.limit_m: antes 800, ahora 600" in page
    assert re.findall(r"<h2>(.*?)</h2>", page)[-1] == "broken"
    assert "no se puede leer: broken/published.json" in page


def test_the_decision_is_kept_with_ids_and_held_against_what_was_seen(town):
    folder = folder_of(town, SECOND)
    told = json.loads((folder / "decision.json").read_text("utf-8"))
    assert told["sites"] == [
        {"site": "P16", "outcome": "deferred", "reason": "No clear title.", "label": "River market"}
    ]
    assert told["about_seal"] == publication.read_manifest(folder_of(town, FIRST)).seal
    assert "plan.json" in told["about_differs"]
    page = (folder / "record.html").read_text("utf-8")
    assert "Council, 2026-09-15: approved with changes." in page
    assert "Signed by: Director of planning." in page
    assert "River market: put off. No clear title." in page
    assert f"another plan than that of {FIRST}" in page


def test_a_decision_about_an_unknown_version_or_place_publishes_nothing(town, tmp_path):
    path = tmp_path / "decision.toml"
    path.write_text(DECISION.replace(FIRST, "2025-01-none"), "utf-8")
    with pytest.raises(InputError, match=f"published are: {FIRST}, {SECOND}, {PUBLIC}"):
        publication.publish(town, "care_blocks", "2027", publication.Wanted(decision=path))
    assert not folder_of(town, "2027").exists()


def test_the_register_goes_along_without_the_names_of_officers(town):
    folder = folder_of(town, SECOND)
    register = (folder / "register" / "register.csv").read_text("utf-8-sig")
    assert "no title" in register
    assert "call back" in register
    assert OFFICER not in text_of(folder)
    said = pd.read_csv(folder / "register" / "consultation.csv")
    assert len(said) == 13
    assert "Too loud, 5." in said["said"].tolist()
    consultation = publication.read_manifest(folder).content["consultation"]
    assert (consultation["entries"], consultation["answered"]) == (13, 3)
    assert [one["objection"] for one in consultation["sites"]] == [0, 12]


def test_the_public_sees_no_small_count_no_remark_and_nothing_that_was_said(town):
    folder = folder_of(town, PUBLIC)
    assert not (folder / "cells.gpkg").exists()
    text = text_of(folder)
    for word in (SECRET, OFFICER, "call back", "Too loud", "At last"):
        assert word not in text, word
    consultation = publication.read_manifest(folder).content["consultation"]
    assert consultation["entries"] is None
    assert [(one["objection"], one["support"]) for one in consultation["sites"]] == [
        (0, None), (10, 0)
    ]  # fmt: skip
    answers = pd.read_csv(folder / "register" / "consultation.csv")
    assert answers.to_dict("records") == [
        {"site": "P16", "name": "River market", "answer": "There will be a wall."}
    ]
    assert SECRET in text_of(folder_of(town, SECOND))


def test_data_are_not_packed_for_the_public(town):
    with pytest.raises(InputError, match="small counts of people"):
        publication.publish(town, "open", "2027", publication.Wanted(with_data=True))
    assert not folder_of(town, "2027").exists()


def test_another_answer_is_told_with_the_likely_reason(town, monkeypatch, capsys):
    """A later version of siteplanner, which writes another plan.json."""
    from siteplanner.plan import provenance

    def later(own, scenario, new, made, **_):
        for name, one in publication.read_manifest(folder_of(town, SECOND)).files.items():
            if one["rebuilt"]:
                shutil.copy(folder_of(town, SECOND) / name, staging._room_for(new / name))
        (new / "plan.json").chmod(0o644)
        text = (new / "plan.json").read_text("utf-8")
        (new / "plan.json").write_text(text.replace("0.1.0", "9.9.9", 1), "utf-8")
        (new / "more.csv").write_text("x")

    monkeypatch.setattr(staging, "answer", later)
    monkeypatch.setattr(provenance, "version", lambda: "9.9.9")
    with pytest.raises(SystemExit) as left:
        main(["--root", str(town.root), "verify", SECOND])
    said = capsys.readouterr().out
    assert left.value.code == 2
    assert 'plan.json: made again, it differs in line 2: here “ "siteplanner": "0.1.0",”' in said
    assert "siteplanner 0.1.0 then, 9.9.9 now: this is the likely reason" in said
    assert "more.csv: it is made now, and was not published" in said
    assert "sites.gpkg" not in said


def test_the_template_is_printed_and_a_version_needs_a_name(capsys, tmp_path):
    with pytest.raises(SystemExit) as left:
        main(["publish", "--template"])
    assert left.value.code == 0
    assert capsys.readouterr().out == TEMPLATE
    for arguments in (["publish"], ["publish", "care_blocks"]):
        with pytest.raises(SystemExit) as left:
            main(["--root", str(tmp_path), *arguments])
        assert left.value.code == 2
        assert "siteplanner publish SCENARIO --as" in capsys.readouterr().err


def test_the_command_finds_a_version_by_its_name(town, capsys):
    with pytest.raises(SystemExit) as left:
        main(["--root", str(town.root), "verify", FIRST, "--no-rebuild"])
    assert left.value.code == 0
    assert f"{FIRST}, published " in capsys.readouterr().out
    assert publishing.RECORD == "record.html"
