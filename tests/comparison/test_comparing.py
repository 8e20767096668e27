"""Plans side by side: on the starter town, and by hand."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import siteplanner as sp
from siteplanner import InputError, Project
from siteplanner.comparison import compare, differing
from siteplanner.comparison.words import summary
from siteplanner.project import init


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Project:
    folder = tmp_path_factory.mktemp("town") / "town"
    init(folder)
    return Project(folder)


def extend(town, name, text):
    whole = f'extends = "care_blocks"\ntitle = "{name}"\n{text}\n'
    (town.root / "scenarios" / f"{name}.toml").write_text(whole, encoding="utf-8")
    return town.run(name)


@pytest.fixture(scope="module")
def plans(town):
    first = town.run("care_blocks")
    barred = first.choice.table.index[0]
    return first, extend(town, "without", f'[choice]\nbarred = ["{barred}"]'), extend(
        town, "far", "[walk]\nlimit_m = 1000"
    )  # fmt: skip


def test_the_files_differ_where_they_do(plans):
    found = sp.compare(*plans).differences
    assert found.columns.tolist() == ["care_blocks", "without", "far"]
    assert set(found.index) == {"title", "choice.barred", "walk.limit_m"}
    assert found.loc["walk.limit_m"].tolist() == ["800", "800", "1000"]
    assert found.loc["choice.barred", "care_blocks"] == "not there"


def test_sites_come_in_and_go_out(plans):
    found = sp.compare(*plans)
    first, without, _ = plans
    barred = first.choice.table.index[0]
    assert found.went_out("without").index.tolist().count(barred) == 1
    own, other = set(first.choice.table.index), set(without.choice.table.index)
    assert set(found.came_in("without").index) == other - own
    assert set(found.went_out("without").index) == own - other
    assert found.overlap.loc["care_blocks", "without"] == pytest.approx(
        len(own & other) / len(own | other), abs=1e-6
    )
    assert found.sites["without moved"].fillna(0).eq(0).all()
    assert (np.diag(found.overlap) == 1).all()
    assert (np.diag(found.tau) == 1).all()


def test_outcomes_stand_side_by_side(plans):
    found = sp.compare(*plans).outcomes
    for plan in plans:
        own = plan.outcomes.by_group["newly"]
        pd.testing.assert_series_equal(found[f"{plan.scenario.name} newly"], own, check_names=False)
    more = found["far newly"] - found["care_blocks newly"]
    pd.testing.assert_series_equal(found["far more"], more, check_names=False)


def test_it_is_summed_up_in_words(plans):
    found = sp.compare(*plans)
    text = "\n".join(summary(found))
    assert "walk.limit_m: 800 in care_blocks, 800 in without, 1000 in far." in text
    newly = plans[0].outcomes.by_group["newly"]["area", "people"]
    assert f"newly reaches {newly:,.0f} people in the area" in text
    assert re.search(
        r"“without” newly reaches [\d,]+ people in the area, [\d,]+ (fewer|more)", text
    )
    assert "leaves out" in text
    assert repr(found) == text


def test_a_plan_held_against_its_own_copy_has_no_differences(plans):
    answer = plans[0].answer()
    copy = replace(answer, scenario=answer.scenario.model_copy(update={"name": "copy"}))
    found = compare(answer, copy)
    assert found.differences.empty
    assert summary(found)[0] == "The files do not differ."
    assert "chooses the same sites" in "\n".join(summary(found))
    assert found.tau.loc["care_blocks", "copy"] == 1


def test_one_public_plan_makes_all_public(town, plans):
    public = extend(town, "shown", 'audience = "public"')
    found = sp.compare(plans[0], public)
    assert found.sites.index.equals(compare(plans[0].answer(), public.answer()).sites.index)
    numbers = found.outcomes[["care_blocks newly", "shown newly"]].to_numpy(dtype=float)
    assert (np.isnan(numbers) | (numbers % 10 == 0)).all()


def test_a_map_of_need_has_no_sites_to_compare(town, plans):
    bare = extend(town, "bare", 'unset = ["sites", "site", "choice.count", "profiles"]')
    found = sp.compare(plans[0], bare)
    assert "chooses no sites" in "\n".join(summary(found)) or "bare newly" in found.outcomes
    assert found.tau.isna().to_numpy().any()


def test_what_cannot_be_compared_is_said(town, plans):
    answer = plans[0].answer()
    with pytest.raises(InputError, match="nothing to compare"):
        sp.compare()
    with pytest.raises(InputError, match="1 plan to compare"):
        sp.compare(plans[0])
    with pytest.raises(InputError, match="care_blocks twice"):
        sp.compare(plans[0], plans[0])
    elsewhere = replace(
        answer,
        area=answer.area.buffer(500),
        scenario=answer.scenario.model_copy(update={"name": "elsewhere"}),
    )
    with pytest.raises(InputError, match="its area is not that of 'care_blocks'"):
        compare(answer, elsewhere)


def test_a_weight_that_one_file_leaves_out_is_one():
    said = {
        "before": {"site": {"families": {"title": "Families"}}, "choice": {"budget": 3e6}},
        "now": {"site": {"families": {"title": "Families", "weight": 2.0}}},
    }
    found = differing.side_by_side(said)
    assert found.loc["site.families.weight"].tolist() == ["1", "2"]
    assert found.loc["choice.budget"].tolist() == ["3000000", "not there"]
