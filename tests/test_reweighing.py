"""Other weights, other answers: the quick way must equal a whole new run."""

from __future__ import annotations

import pandas as pd
import pytest

from siteplanner import Project
from siteplanner.plan.reweighing import Reweigher, with_weights
from siteplanner.project import init


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Project:
    folder = tmp_path_factory.mktemp("town") / "town"
    init(folder)
    return Project(folder)


@pytest.fixture(scope="module")
def plan(town):
    return town.run("care_blocks")


def in_file(weights):
    return "\n".join(
        f"[{level}.{name}]\nweight = {weight}"
        for level, those in weights.items()
        for name, weight in those.items()
    )


CASES = {
    "nothing": {"need": {}, "site": {}},
    "poverty first": {"need": {"poverty": 5}, "site": {}},
    "sites": {"need": {}, "site": {"reach": 0.5}},
}


@pytest.mark.parametrize("name", CASES)
def test_it_equals_a_whole_new_run(town, plan, name):
    weights = CASES[name]
    found = Reweigher(plan)(**weights, choose=True)
    text = f'extends = "care_blocks"\ntitle = "x"\n{in_file(weights)}\n'
    (town.root / "scenarios" / "other.toml").write_text(text, encoding="utf-8")
    whole = town.run("other")
    pd.testing.assert_series_equal(found.need, whole.need.index.value)
    pd.testing.assert_series_equal(found.demand, whole.cells["demand"], check_names=False)
    pd.testing.assert_series_equal(found.index, whole.place.index.value)
    pd.testing.assert_frame_equal(found.scores, whole.place.scores)
    assert found.chosen.table.index.tolist() == whole.choice.table.index.tolist()
    assert found.chosen.phases["objective"].tolist() == whole.choice.phases["objective"].tolist()


def test_a_limit_of_its_own_is_measured_anew(town):
    text = 'extends = "care_blocks"\ntitle = "x"\n[site.reach]\nlimit_m = 500\n'
    (town.root / "scenarios" / "near.toml").write_text(text, encoding="utf-8")
    near = town.run("near")
    found = Reweigher(near)(need={"poverty": 3})
    both = text + "[need.poverty]\nweight = 3\n"
    (town.root / "scenarios" / "near.toml").write_text(both, encoding="utf-8")
    pd.testing.assert_series_equal(found.index, town.run("near").place.index.value)


def test_the_plan_stays_as_it_is(plan):
    before = plan.place.scores.copy(), plan.cells["demand"].copy(), plan.scenario
    Reweigher(plan)(need={"poverty": 9})
    pd.testing.assert_frame_equal(before[0], plan.place.scores)
    pd.testing.assert_series_equal(before[1], plan.cells["demand"])
    assert plan.scenario == before[2]


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"need": {"povrety": 1}}, "no need criterion 'povrety'.*poverty"),
        ({"site": {"reach": -1}}, "from 0 up"),
        ({"site": {"reach": float("nan")}}, "from 0 up"),
    ],
)
def test_what_cannot_be_weighed_is_said(plan, weights, words):
    with pytest.raises(ValueError, match=words):
        Reweigher(plan)(**weights)


def test_no_weight_at_all_is_said(plan):
    names = dict.fromkeys(with_weights(plan.scenario, {}, {}).need, 0.0)
    with pytest.raises(ValueError, match="weight above 0"):
        Reweigher(plan)(need=names)


def test_a_plan_without_sites_cannot_be_weighed(town):
    text = 'extends = "care_blocks"\ntitle = "x"\n'
    text += 'unset = ["sites", "site", "choice.count", "profiles"]\n'
    (town.root / "scenarios" / "bare.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="no sites"):
        Reweigher(town.run("bare"))
