"""A report says how often places stay in the best set if that was tried for this very plan."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from siteplanner import init
from siteplanner.comparison import doubting
from siteplanner.plan import Plan, tried
from siteplanner.project import Project
from siteplanner.report import writing

from .test_writing import words_of

NEVER = "has not been tried. To try it, run “siteplanner robustness care_blocks”"
OTHER = "was tried for another state of this plan"


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    made = init(tmp_path_factory.mktemp("tried") / "town")
    return Project(made.root).run("care_blocks")


@pytest.fixture(scope="module")
def file(plan: Plan) -> Path:
    """Write what `siteplanner robustness` would."""
    folder = plan.folder / tried.FOLDER
    return doubting.write(plan, plan.robustness(), plan.sets(8), None, folder) / tried.FILE


def told(plan: Plan, folder: Path) -> str:
    return words_of(plan.answer(), sure=tried.surely(plan, folder))


def test_never_tried_is_said_with_what_to_do(plan, tmp_path):
    assert tried.read(plan, tmp_path).state == "never"
    words = told(plan, tmp_path)
    assert NEVER in words
    assert "Stays in the proposal" not in words
    assert "Rank by points, in 9 of 10 weightings" in words


def test_what_was_tried_is_in_the_report(plan, file):
    found = tried.read(plan, file.parent)
    assert found.state == "tried"
    assert found.weightings == (4, 4)
    table = plan.sets(8).sites["around"]
    assert found.in_set.to_dict() == pytest.approx(table.to_dict(), abs=1e-9)
    words = told(plan, file.parent)
    assert "These stand up: Water works" in words
    assert "Looked for again under 4 weightings of need and places near those" in words
    assert "Water works | 100% | " in words
    assert "without it the best set is" in words
    assert NEVER not in words
    assert OTHER not in words


def test_a_report_looks_for_it_by_itself(plan, file, monkeypatch):
    given = {}
    monkeypatch.setattr(writing, "write", lambda *of, **how: given.update(how))
    plan.report()
    assert given["sure"]["state"] == "tried"
    assert given["sure"]["sites"]["in_set"].loc["P27"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"choice": {"count": (1, 2)}}, {"index": {"site": "geometric"}}, {"audience": "public"},
        {"robustness": {"seed": 5}},
    ],
)  # fmt: skip
def test_another_scenario_is_another_plan(plan, file, change):
    scenario = plan.scenario
    for key, value in change.items():
        part = getattr(scenario, key)
        new = part.model_copy(update=value) if isinstance(value, dict) else value
        scenario = scenario.model_copy(update={key: new})
    other = dataclasses.replace(plan, scenario=scenario)
    assert tried.read(other, file.parent).state == "other"
    assert OTHER in told(other, file.parent)


def test_other_words_are_no_other_plan_but_other_data_are(plan, file):
    retitled = plan.scenario.model_copy(update={"title": "New", "notes": ("x",), "language": "es"})
    same = dataclasses.replace(plan, scenario=retitled)
    assert tried.read(same, file.parent).state == "tried"
    sources = dict(plan.sources)
    sources["census"] = dataclasses.replace(sources["census"], sha256="0" * 64)
    other = dataclasses.replace(plan, sources=sources)
    assert tried.read(other, file.parent).state == "other"
    chosen = plan.choice.table.iloc[:-1]
    fewer = dataclasses.replace(plan, choice=dataclasses.replace(plan.choice, table=chosen))
    assert tried.read(fewer, file.parent).state == "other"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "\ufeff{}", '{"plan": 3}', "[" * 100_000],
)
def test_a_broken_file_is_no_error(plan, tmp_path, text):
    (tmp_path / tried.FILE).write_text(text, "utf-8")
    assert tried.read(plan, tmp_path).state == "other"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tables", {}), ("tables", {"set": [{"site": "P27", "around": 7}]}), ("weightings", None),
        ("tables", {"set": [{"site": "P27", "around": 1}, {"site": "P27", "around": 1}]}),
        ("report", 5),
    ],
)  # fmt: skip
def test_a_file_that_somebody_changed_is_not_believed(plan, file, tmp_path, key, value):
    content = json.loads(file.read_text("utf-8")) | {key: value}
    (tmp_path / tried.FILE).write_text(json.dumps(content), "utf-8")
    assert tried.read(plan, tmp_path).state == "other"


def test_a_folder_in_place_of_the_file_is_no_error(plan, tmp_path):
    (tmp_path / tried.FILE).mkdir()
    assert tried.read(plan, tmp_path).state == "other"
    shutil.rmtree(tmp_path)
    assert tried.read(plan, tmp_path).state == "never"
