"""Who loses: whose place closes and who walks farther, held against the walks; or nobody."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from siteplanner import init, walk
from siteplanner.maps.messages import languages
from siteplanner.plan import Plan, reaching
from siteplanner.project import Project

from .test_writing import words_of

CLOSING = """extends = "care_blocks"
title = "x"
[choice]
count = 1
budget = 40
[choice.sizes.small]
cost = 30
capacity = 5000
[choice.existing_sizes.keep]
cost = 50
capacity = 100
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    project = init(tmp_path_factory.mktemp("losing") / "town")
    (project.root / "scenarios" / "closing.toml").write_text(CLOSING, "utf-8")
    return Project(project.root).run("closing")


def nearest(plan, places):
    doors = walk.doors_of(places, plan.walk.streets)
    return walk.nearest_to(plan.walk, reaching.homes_of(plan.cells), doors)["minutes"]


def test_who_walks_farther_is_counted_home_by_home(plan):
    assert plan.choice.closed.all()
    before = nearest(plan, plan.existing)
    after = nearest(plan, plan.sites.table.loc[plan.choice.table.index])
    people = plan.cells["people"].where(plan.cells["in_area"].astype(bool), 0.0).fillna(0.0)
    more = (after - before).to_numpy()
    table = plan.fairness.changed
    assert table.loc["longer", "people"] == pytest.approx(people[more > 1e-9].sum())
    assert table.loc["longer", "people"] > 100
    assert table.loc["shorter", "people"] == pytest.approx(people[more < -1e-9].sum())
    longer = np.average(more[more > 1e-9], weights=people[more > 1e-9])
    assert table.loc["longer", "mean_minutes"] == pytest.approx(longer, abs=1e-5)
    assert table["nearest_closes"].sum() == pytest.approx(people[before.notna()].sum())
    told = words_of(plan.answer())
    assert f"{table.loc['longer', 'people']:,.0f} people walk farther than today" in told
    assert f"on average {round(longer, 1):g} minutes more, one way" in told
    assert "These 2 existing places close: " in told
    assert "Nobody loses" not in told
    assert "Nobody’s walk" not in told


def test_the_public_is_told_in_tens(plan):
    answer = plan.answer()
    public = dataclasses.replace(
        answer, scenario=answer.scenario.model_copy(update={"audience": "public"})
    )
    longer = plan.fairness.changed.loc["longer", "people"]
    assert longer % 10
    told = words_of(public)
    assert f"{10 * round(longer / 10):,.0f} people walk farther than today" in told
    assert f"{longer:,.0f} people walk farther" not in told
    few = plan.fairness.changed.copy()
    few.loc["longer", "people"] = 4.0
    outcomes = {**answer.outcomes, "changed": few}
    told = words_of(dataclasses.replace(public, outcomes=outcomes))
    assert "fewer than 10 people walk farther than today to the nearest place." in told


def test_a_new_place_for_each_that_closes_leaves_nobody_worse(plan):
    table = plan.fairness.changed.copy()
    table.loc["longer", "people"] = 0.0
    answer = plan.answer()
    cells = answer.cells.assign(served_after=1.0)
    told = words_of(
        dataclasses.replace(answer, cells=cells, outcomes={**answer.outcomes, "changed": table})
    )
    assert "Nobody’s walk to the nearest place gets longer: a new place makes up" in told
    assert "walk farther than today" not in told


def test_nobody_loses_is_said_as_plainly(plan):
    answer = plan.answer()
    table = plan.fairness.changed.copy()
    table[["people", "nearest_closes"]] = 0.0
    labels = answer.existing["label"].str.removesuffix(" (closed)")
    calm = dataclasses.replace(
        answer,
        cells=answer.cells.assign(served_after=1.0),
        existing=answer.existing.assign(label=labels),
        outcomes={**answer.outcomes, "changed": table},
    )
    assert "Nobody loses: no existing place closes, and nobody’s walk" in words_of(calm)
    none = dataclasses.replace(calm, existing=answer.existing.iloc[:0])
    assert "Nobody loses: there is no existing place that could close." in words_of(none)
    before = {name: one for name, one in calm.outcomes.items() if name != "changed"}
    told = words_of(dataclasses.replace(calm, outcomes=before))
    assert "Nobody who has a place within reach today loses it." in told


@pytest.mark.parametrize("code", languages())
def test_in_every_language(plan, code):
    told = words_of(plan.answer(), language=code)
    assert ("walk farther" in told) == (code == "en")
