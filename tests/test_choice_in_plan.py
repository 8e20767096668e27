"""What a scenario asks of the choice, from its file to the plan, on the starter town."""

from __future__ import annotations

import json

import pytest

from siteplanner import Project
from siteplanner.project import init

MODELS = {
    "p_median": 'model = "p_median"\nunserved_min = 30',
    "p_center": 'model = "p_center"',
    "p_dispersion": 'model = "p_dispersion"',
    "backup": "backup = 1",
    "capacity": "capacity = 500",
    "districts": 'count = 4\ndistricts = "districts"\nper_district = 1',
    "spacing": "spacing_m = 900",
}


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Project:
    folder = tmp_path_factory.mktemp("town") / "town"
    init(folder)
    layer = folder / "layers" / "care_blocks_open.toml"
    lines = layer.read_text(encoding="utf-8").splitlines()
    unnamed = "\n".join(line for line in lines if not line.startswith(("label", "id")))
    layer.write_text(unnamed, encoding="utf-8")
    return Project(folder)


def run(town: Project, name: str, choice: str, more: str = ""):
    text = f'extends = "care_blocks"\ntitle = "x"\n{more}\n[choice]\n{choice}\n'
    (town.root / "scenarios" / f"{name}.toml").write_text(text, encoding="utf-8")
    return town.run(name)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_runs_from_its_file(town, name):
    plan = run(town, name, MODELS[name])
    phases = plan.choice.phases
    assert (
        plan.choice.comes_to in plan.summary()
        or plan.choice.infeasible
        or name
        in (
            "districts",
            "spacing",
        )
    )
    assert (phases["gap"].dropna() >= 0).all()
    if plan.choice.infeasible:
        assert name == "p_center"
        assert plan.choice.infeasible[0] in plan.summary()
    else:
        assert len(plan.choice.table) >= 1


def test_capacity_counts_people_and_none_where_they_are_not_known(town):
    plan = run(town, "small", "count = 1\ncapacity = 100")
    assert plan.cells["people"].isna().any()
    assert 0 < plan.choice.phases["objective"].iloc[-1] <= 100


def test_sizes_and_what_becomes_of_existing_places_are_told(town, tmp_path):
    sizes = (
        "count = 2\nbudget = 6\n[choice.sizes.small]\ncost = 1\ncapacity = 600\n"
        "[choice.sizes.large]\ncost = 3\ncapacity = 3000\n"
        "[choice.existing_sizes.keep]\ncapacity = 800\n"
    )
    plan = run(town, "sizes", sizes)
    assert set(plan.choice.table["size"]) <= {"small", "large"}
    assert set(plan.choice.existing) <= {"keep", "closed"}
    assert len(plan.choice.existing) == len(plan.existing)
    plan.save(tmp_path / "out")
    told = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))["choice"]
    assert told["existing"] == plan.choice.existing.to_dict()
    assert all(site["size"] for site in told["sites"])


def test_companions_rule_sites_out_and_stand_beside_the_others(town):
    beside = '[choice.companions]\nlayer = "services"\ncolumn = "family"\nat_least = 3'
    plan = run(town, "beside", f"count = 2\n{beside}\nlimit_min = 8")
    lacking = [one for one in plan.choice.why_not if "cannot be an anchor" in one]
    assert lacking
    for site, services in plan.choice.table["beside"].items():
        assert services.count("(") >= 3
        assert f"Beside it: {services}." in plan.choice.why[site]


def test_where_no_set_keeps_to_the_rules_the_answer_says_what_would_do(town, tmp_path):
    many = 'count = 1\ndistricts = "planning_units"\nper_district = 1'
    plan = run(town, "many", many)
    assert plan.choice.table.empty
    assert any("9 would do" in one for one in plan.choice.infeasible)
    assert "9 would do" in plan.summary()
    assert plan.choice.why_not.str.contains("9 would do").any()
    assert "No set keeps to the rules" in plan.to_html()
    assert plan.save(tmp_path / "out").is_dir()


def test_set_cover_needs_no_count(town):
    plan = run(town, "fewest", 'model = "set_cover"\nshare = 0.5', 'unset = ["choice.count"]')
    assert plan.choice.comes_to == "sites"
    people = plan.cells[["demand", "served_after"]].dropna()
    assert (people["demand"] * people["served_after"]).sum() >= 0.5 * people["demand"].sum()
