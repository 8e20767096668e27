"""The officer's day on the starter town: out, filled in, back, and into the next plan."""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from desk import columns, logged, rows, typed

from siteplanner import InputError, problems
from siteplanner.choice.ground import rules_of
from siteplanner.cli import commands
from siteplanner.errors import OutputError
from siteplanner.model import FromRegister
from siteplanner.plan import kept, registered, registering
from siteplanner.register import read_register

AFTER = """\
extends = "care_blocks"
title = "After the check"
[register]
bar = ["rejected"]
fix = ["building"]
cost = true
cost_unknown = 500
[choice]
budget = 1500
"""
NOW = datetime.datetime(2026, 3, 9, 12, 0, 0)


def command(project, *words):
    done = CliRunner().invoke(commands, ["--root", str(project.root), *map(str, words)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def scenario(project, name, text):
    (project.root / "scenarios" / f"{name}.toml").write_text(text, encoding="utf-8")
    return name


@pytest.fixture(scope="module")
def desk(town_of_the_desk):
    """Issue the register, let an officer work, read it back."""
    project = town_of_the_desk
    said = command(project, "register", "care_blocks", "--language", "es")
    path = project.root / "maps" / "care_blocks" / "register" / "register.xlsx"
    assert f"--read {path}" in said
    copy = typed(path, {
        ("P26", "status"): "rechazado", ("P26", "reason"): "sin título", ("P26", "who"): "Rosa P.",
        ("P26", "when"): datetime.date(2026, 3, 5), ("P27", "status"): "rechazado",
        ("P24", "status"): "rechazado", ("P24", "reason"): "=1+1", ("P14", "gate"): "obra",
        ("P14", "capital_cost"): 1100, ("P14", "price_year"): 2024, ("P29", "capital_cost"): 300,
        ("P29", "price_year"): 2025, ("P29", "capacity"): 900, ("P14", "capacity"): 400,
    }, project.root / "officer.xlsx")  # fmt: skip
    logged(copy, [{"site": "P26", "kind": "objeción", "said": "el río"}])
    done = kept.read_back([copy], project.root / "layers", language="es", now=NOW)
    return project, path, done


@pytest.fixture(scope="module")
def after(desk):
    project = desk[0]
    return project.run(scenario(project, "after", AFTER))


def test_every_place_is_in_it_possible_or_ruled_out(desk, after):
    _, path, _ = desk
    sheet = openpyxl.load_workbook(path).worksheets[0]
    at, row = columns(sheet), rows(sheet)
    assert set(row) == set(after.sites.table.index) | set(after.sites.excluded.index)
    best, out = after.ranking.index[0], after.sites.excluded.index[0]
    assert sheet.cell(3, 1).value == best
    assert sheet.cell(3, at["index"]).value == round(100 * after.ranking["index"].iloc[0], 1)
    assert sheet.cell(row[best], at["candidate"]).value == "posible"
    assert sheet.cell(row[out], at["why_out"]).value == after.sites.excluded["reason"][out]
    assert sheet.cell(row[out], at["index"]).value is None
    assert sheet.cell(row[best], at["width_m"]).value > 10
    assert "address" not in at  # no layer of the town has any


def test_what_came_back_is_kept_with_a_report(desk):
    project, _, done = desk
    layers = project.root / "layers"
    held, lines = read_register(layers / "register.xlsx")
    assert lines == ()
    assert held.sites["P26"] == {
        "status": "rejected",
        "reason": "sin título",
        "who": "Rosa P.",
        "when": "2026-03-05",
    }
    assert [one["said"] for one in held.log.values()] == ["el río"]
    report = (layers / "register-report.csv").read_text(encoding="utf-8-sig")
    assert '"changed","officer.xlsx"' in report
    assert '"\'=1+1"' in report
    assert done.merged.count("not read") == 1
    assert 'kind = "register"' in (layers / "register.toml").read_text(encoding="utf-8")


def test_the_scenario_bars_fixes_and_prices(after):
    chosen = after.choice.table
    assert not {"P26", "P27", "P24"} & set(chosen.index)
    assert chosen.loc["P14", "fixed"]
    costs = {site: {"P14": 1100.0, "P29": 300.0}.get(site, 500.0) for site in chosen.index}
    assert sum(costs.values()) <= 1500
    assert after.why_not("P26") == (
        "The site register says: rejected on 2026-03-05. Reason given: sin título."
    )
    assert after.why_not("P27") == "The site register says: rejected."
    said = "\n".join(map(str, after.notices))
    assert "3 of 20 possible sites are out by the site register" in said
    assert "15 of 20 rows flagged: they have no cost in the site register: 500 is assumed" in said
    assert "costs are in prices of 2024, 2025" in said


def test_those_out_bind_the_search_itself(after):
    rule = problems.by_id(after.scenario, after.sites)
    ids = after.sites.table.index.to_numpy(dtype=object)
    made = rules_of(rule, ids, after.place.index.value.to_numpy(), after.ground)
    assert {"P24", "P26", "P27"} <= set(ids[made.barred])
    assert list(ids[made.fixed]) == ["P14"]


def test_the_answer_says_so_and_never_who(after, tmp_path):
    folder = after.save(tmp_path / "after")
    layer = json.loads((folder / "plan.json").read_text(encoding="utf-8"))["layers"]["register"]
    assert layer["title"] == "Site register"
    assert len(layer["sha256"]) == 64
    for path in folder.iterdir():
        assert b"Rosa P." not in path.read_bytes(), path.name
    assert after.answer().walks.lacking["P26"].startswith("The site register says: rejected")


def test_weighed_anew_the_register_still_binds(after):
    sets = after.sets(2).sites
    assert not {"P26", "P27", "P24"} & set(sets.index[sets["anywhere"] > 0])


def test_sites_without_a_cost_are_out_and_it_is_told(after):
    rule = FromRegister(bar=["rejected"], cost=True)
    bare = after.scenario.model_copy(update={"site_register": rule})
    numbers, out, said = registered.bound(bare, after.sites, {"cost": None, "capacity": None})
    ids = list(after.sites.table.index)
    assert numbers["cost"][ids.index("P14")] == 1100
    assert numbers["capacity"] is None
    assert set(out) == set(ids) - {"P14", "P29"}
    assert out["P28"] == ("unpriced", "Its cost is not known to the site register.")
    assert out["P26"][0] == "rejected"
    assert any("15 of 20" in str(one) and "cannot be chosen" in str(one) for one in said)


def test_room_from_the_register(desk):
    project = desk[0]
    text = 'extends = "care_blocks"\ntitle = "x"\n[register]\ncapacity = true\n'
    plan = project.run(scenario(project, "rooms", text))
    assert set(plan.choice.table.index) == {"P29"}  # P14 has room too, and would reach nobody more
    assert plan.why_not("P28") == "Its capacity is not known to the site register."
    assert plan.choice.comes_to == "people in need newly served within the capacity"
    assert plan.answer().scenario.choice.capacity == "capacity"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[register]\nbar = ["rejectd"]', "bar names 'rejectd'"),
        ('[register]\nlayer = "schools"', "layer 'schools' has points"),
        ("[register]\ncost = true", "there is no budget to hold it against"),
        ("[choice]\nbudget = 5", "but nothing costs"),
        ("[register]\ncost_unknown = 3", "but cost is not taken from the register"),
        ('[register]\ncapacity = true\n[choice]\ncapacity = 5', "choice.capacity says it as well"),
        ('[register]\nbar = ["rejected"]\n[choice]\nfixed = ["P26"]', "register says rejected"),
        ('[register]\nfix = ["building"]\n[choice]\nbarred = ["P14"]', "register says building"),
        ('[register]\nfix = ["rejected", "building"]', "but the first phase has 1"),
    ],
)  # fmt: skip
def test_what_a_scenario_cannot_ask_of_it(desk, after, text, found):
    project = desk[0]
    name = scenario(project, "wrong", f'extends = "care_blocks"\ntitle = "x"\n{text}\n')
    layers = {one: project.layer(one) for one in project.layer_names}
    try:
        said = problems.find(project.scenario(name), layers)
        if not said:
            problems.by_id(project.scenario(name), after.sites)
    except InputError as error:
        said = error.problems
    (project.root / "scenarios" / "wrong.toml").unlink()
    assert any(found in str(one) for one in said)


def test_nobodys_edits_are_written_over(desk, after, monkeypatch, tmp_path):
    folder = tmp_path / "register"
    layers = desk[0].root / "layers"
    first, said = after.issue_register(folder, layers=layers)
    assert (first.name, said) == ("register.xlsx", ())
    again, said = after.issue_register(folder, layers=layers)
    assert (again.name, said) == ("register.xlsx", ())  # nobody had touched it
    typed(first, {("P28", "status"): "visited"})
    theirs = first.read_bytes()
    other, said = after.issue_register(folder, layers=layers)
    assert other.name == "register-2.xlsx"
    assert "was not read back" in said[0] or "were not read back" in said[0]
    assert first.read_bytes() == theirs


def test_a_copy_in_conflict_changes_nothing_until_somebody_decides(desk, tmp_path):
    path = desk[1]
    layers = tmp_path / "layers"
    layers.mkdir()
    one = typed(path, {("P28", "status"): "visitado"}, tmp_path / "one.xlsx")
    two = typed(path, {("P28", "status"): "rechazado", ("P29", "status"): "visitado"},
                tmp_path / "two.xlsx")  # fmt: skip
    done = kept.read_back([one, two], layers, now=NOW)
    held, _ = read_register(layers / "register.xlsx")
    assert held.sites == {"P29": {"status": "visited"}}
    assert {(line.copy, line.now) for line in done.lines if line.what == "conflict"} == {
        ("one.xlsx", "visited"), ("two.xlsx", "rejected")}  # fmt: skip
    decided = typed(layers / "register.xlsx", {("P28", "status"): "visited"}, tmp_path / "d.xlsx")
    kept.read_back([decided], layers, now=NOW)
    assert read_register(layers / "register.xlsx")[0].sites["P28"] == {"status": "visited"}
    assert (layers / "register.kept" / "register-2026-03-09-120000-2.xlsx").is_file() or (
        layers / "register.kept" / "register-2026-03-09-120000.xlsx").is_file()  # fmt: skip


def test_nothing_is_written_where_nothing_can_be_read(desk, tmp_path):
    layers = tmp_path / "layers"
    layers.mkdir()
    (tmp_path / "bad.csv").write_text("Site,Name,Status\nzz,Nobody,rejected\n")
    done = kept.read_back([tmp_path / "bad.csv"], layers, issued=desk[1].parent)
    assert (done.written, done.report) == (False, None)
    assert list(layers.iterdir()) == []
    (tmp_path / "worse.xlsx").write_bytes(b"no")
    with pytest.raises(InputError, match="no whole workbook"):
        kept.read_back([tmp_path / "bad.csv", tmp_path / "worse.xlsx"], layers)
    assert list(layers.iterdir()) == []


def test_a_register_that_is_open_is_left_alone(desk, tmp_path):
    path = desk[1]
    layers = tmp_path / "layers"
    layers.mkdir()
    (layers / "~$register.xlsx").write_bytes(b"somebody")
    with pytest.raises(OutputError, match="open in a spreadsheet"):
        kept.read_back([path], layers)


def test_a_kept_register_that_nobody_can_read_whole_is_not_written_anew(desk, tmp_path):
    path = desk[1]
    layers = tmp_path / "layers"
    kept.read_back([typed(path, {("P28", "status"): "visitado"}, tmp_path / "a.xlsx")], layers)
    typed(layers / "register.xlsx", {("P29", "status"): "perhaps"})
    before = (layers / "register.xlsx").read_bytes()
    with pytest.raises(InputError, match=r"perhaps.*none of the list"):
        kept.read_back([typed(path, {("P28", "status"): "rechazado"}, tmp_path / "b.xlsx")], layers)
    assert (layers / "register.xlsx").read_bytes() == before


def test_a_copy_counts_as_read_only_when_its_register_is_written(desk, after, tmp_path):
    layers = tmp_path / "layers"
    (layers / "register-report.csv").mkdir(parents=True)  # as a report that is open in Excel
    path, _ = after.issue_register(tmp_path / "register", layers=layers)
    typed(path, {("P28", "status"): "visited"})
    theirs = path.read_bytes()
    with pytest.raises(OutputError):
        kept.read_back([path], layers, now=NOW)
    again, said = after.issue_register(tmp_path / "register", layers=layers)
    assert (again.name, len(said)) == ("register-2.xlsx", 1)
    assert path.read_bytes() == theirs
    (layers / "register-report.csv").rmdir()
    assert kept.read_back([path], layers, now=NOW).written
    assert read_register(layers / "register.xlsx")[0].sites["P28"] == {"status": "visited"}
    again, said = after.issue_register(tmp_path / "register", layers=layers)
    assert (again.name, said) == ("register.xlsx", ())


@pytest.mark.parametrize("moment", ["merge", "write_workbook"])
def test_of_two_who_read_at_once_the_second_has_to_run_again(desk, tmp_path, monkeypatch, moment):
    layers = tmp_path / "layers"
    ana = typed(desk[1], {("P28", "status"): "visitado"}, tmp_path / "ana.xlsx")
    luis = typed(desk[1], {("P29", "status"): "rechazado"}, tmp_path / "luis.xlsx")
    real = getattr(kept.register, moment)

    def meanwhile(*given):
        monkeypatch.setattr(kept.register, moment, real)
        kept.read_back([luis], layers, now=NOW)
        return real(*given)

    monkeypatch.setattr(kept.register, moment, meanwhile)
    with pytest.raises(OutputError, match=r"changed while.*nothing was written; run it again"):
        kept.read_back([ana], layers, now=NOW)
    read = (layers / "register.kept" / "read.txt").read_text("utf-8").split()
    assert len(read) == 1
    assert read_register(layers / "register.xlsx")[0].sites == {"P29": {"status": "rejected"}}
    kept.read_back([ana], layers, now=NOW)
    assert set(read_register(layers / "register.xlsx")[0].sites) == {"P28", "P29"}


def test_an_address_is_that_of_the_sites_own_layer(after):
    """Of layers whose ids collide only in rows that the scenario leaves out."""
    places = after.sites.table.iloc[:2].assign(layer=["halls", "lots"])
    ids = pd.Index(["1", "2"], name="site")
    halls = pd.DataFrame({"address": ["Hall street 1", "Hall street 2"]}, index=[1, 2])
    lots = pd.DataFrame({"Dirección": ["Lot street 1", "Lot street 2"]}, index=[1, 2])
    plan = SimpleNamespace(
        scenario=SimpleNamespace(sites=SimpleNamespace(layer=("halls", "lots"))),
        study=SimpleNamespace(tables={"halls": halls, "lots": lots}),
    )
    for index in (ids, pd.Index(["halls:1", "lots:2"])):
        table = registering._place(plan, places.set_axis(index))
        assert table["address"].tolist() == ["Hall street 1", "Lot street 2"]


def test_for_the_public_nobody_is_named(after, desk, tmp_path):
    public = after.scenario.model_copy(update={"audience": "public"})
    plan = dataclasses.replace(after, scenario=public)
    path = plan.register(tmp_path / "shown", layers=desk[0].root / "layers")
    sheet = openpyxl.load_workbook(path).worksheets[0]
    at = columns(sheet)
    assert "who" not in at
    assert "sin título" in [cell.value for row in sheet for cell in row]
    assert not any("Rosa" in str(cell.value) for row in sheet for cell in row)
    assert "Rosa" not in Path(path).with_name("register.csv").read_text(encoding="utf-8")
    shown = {sheet.cell(row, at["people_reached"]).value for row in range(3, 20)}
    assert all(one is None or one % 10 == 0 for one in shown)
    phases = {sheet.cell(row, 1).value: sheet.cell(row, at["phase"]).value for row in range(3, 23)}
    chosen = {site: one for site, one in phases.items() if one is not None}
    assert chosen == after.choice.table["phase"].to_dict()


def test_the_command_reads_back_and_tells(desk):
    project = desk[0]
    said = command(project, "register", "care_blocks", "--read", project.root / "officer.xlsx")
    assert "0 cells changed" in said
    assert "1 cell not read" in said
    assert "P24 reason '' -> '=1+1'" in said
    assert "layers/register.xlsx stays as it is" in said
