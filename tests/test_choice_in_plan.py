"""What a scenario asks of the choice, from its file to the plan, on the starter town."""

from __future__ import annotations

import json
import re

import pytest

from siteplanner import InputError, Project
from siteplanner.project import init

MODELS = {
    "p_median": 'model = "p_median"\nunserved_min = 30',
    "kolm_pollak": 'model = "kolm_pollak"\nunserved_min = 30\naversion = 1.5',
    "fairest": 'model = "fairest"',
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


def test_closed_places_serve_nobody_after_and_are_named(town, tmp_path):
    dear = (
        "count = 2\nbudget = 9\n[choice.sizes.small]\ncost = 30\ncapacity = 500\n"
        "[choice.existing_sizes.keep]\ncost = 50\ncapacity = 100\n"
    )
    plan = run(town, "closing", dear)
    assert set(plan.choice.existing) == {"closed"}
    people = plan.outcomes.by_group.loc[("area", "people")]
    assert (people["before"] > 3000, people["after"], people["newly"] < 0) == (True, 0, True)
    assert (plan.cells["served_after"].fillna(0) == 0).all()
    need = plan.cells["demand"].fillna(0) * (
        plan.cells["served_after"] - plan.cells["served_before"]
    )
    assert plan.choice.phases["new_demand"].iloc[0] == pytest.approx(need.sum())
    assert plan.outcomes.by_minutes["people after"].max() == 0
    said = plan.summary()
    for name in plan.choice.existing.index:
        assert f"{name}  (an existing place, closed)" in said
        assert name in plan.answer().choice_note
    assert "with 2 places closed, put places out of reach for" in said
    assert plan.answer().existing["label"].str.endswith("(closed)").all()
    assert "none of the 2 sites asked for is picked: all 20 cost more than is left" in said
    assert not plan.choice.why_not.str.contains("newly").any()
    assert plan.save(tmp_path / "out").is_dir()


def test_more_families_than_there_are_is_refused(town):
    many = '[choice.companions]\nlayer = "services"\ncolumn = "family"\nat_least = 4'
    with pytest.raises(InputError, match="4 families are asked for, but there are 3 within the"):
        run(town, "families", many)


def test_a_budget_that_binds_is_what_is_said(town):
    plan = run(town, "dear", "count = 5\ncost = 10\nbudget = 25")
    spent = [one.reason for one in plan.notices if "together" in one.reason]
    first, second = plan.choice.table["label"]
    told = f"the chosen sites cost 20 together of a budget of 25 ({first}: 10; {second}: 10)"
    assert spent == [told]
    (said,) = [str(one) for one in plan.notices if one.where == "choice"]
    assert re.search(
        r"only 2 of the 5 sites asked for are picked: of the other 18, \d+ cost more than is left "
        r"of the budget and \d+ would newly reach nobody in need",
        said,
    )


def test_an_answer_without_a_set_says_so_first_and_in_full(town):
    rule = 'count = 2\ndistricts = "districts"\nper_district = 1'
    plan = run(town, "none", rule)
    lines = plan.summary().splitlines()
    assert lines[1] == "  no set of sites keeps to the rules:"
    assert lines[2] == "    The districts ask for 4 sites, count is 2: 4 would do."
    assert all(f"    {one}" in lines for one in plan.choice.infeasible)
    assert "  phase 1: no set" in lines
    note = plan.answer().choice_note
    assert note.startswith("No set of sites keeps to the rules. The districts ask for 4 sites")
    assert "The set was" not in note


def test_a_cell_out_of_reach_is_called_by_its_id(town):
    out = set()
    for name, model in (
        ("all", 'model = "set_cover"'),
        ("median", 'model = "p_median"\ncount = 3'),
    ):
        unset = 'unset = ["choice.count"]' if name == "all" else ""
        out.add(run(town, f"reach_{name}", model, unset).choice.infeasible[0])
    (said,) = out
    cell = re.fullmatch(r"No site reaches cell (\w+) \(39 people in need\)\.", said)
    assert cell is not None


def test_set_cover_with_a_capacity_runs_where_nobody_lives_in_some_cells(town):
    rule = 'model = "set_cover"\nshare = 1.0\ncapacity = 100'
    plan = run(town, "room", rule, 'unset = ["choice.count"]')
    assert any("set share = 0.38 or less" in one for one in plan.choice.infeasible)


def test_early_phases_need_not_be_in_all_districts(town):
    plan = run(town, "growing", 'count = [2, 6]\ndistricts = "districts"\nper_district = 1')
    assert not plan.choice.infeasible
    assert plan.choice.phases["sites"].tolist() == [2, 6]
    assert not plan.choice.why_not.str.contains(r"\(0\)").any()


def test_amounts_have_no_exponents_and_one_site_is_one(town):
    plan = run(town, "far", 'model = "p_median"\ncount = 2\nunserved_min = 3000')
    assert re.search(r"it comes to \d,\d{3},\d{3} minutes on foot", plan.summary())
    few = run(town, "few", 'model = "set_cover"\nshare = 0.4', 'unset = ["choice.count"]')
    assert "it comes to 1 site, and" in few.summary()
    money = run(
        town, "money", 'model = "set_cover"\nshare = 0.4\ncost = 10', 'unset = ["choice.count"]'
    )
    assert "it comes to 10 in cost" in money.summary()


def test_a_bound_is_told_for_as_many_sites_as_were_asked_for(town):
    plan = run(town, "apart", 'model = "spaced"\ncount = 5\nspacing_m = 3000')
    assert len(plan.choice.table) == 1
    assert "no other set of 5 of the sites" in plan.summary()
    assert "only 1 of the 5 sites asked for is picked: the other 19 are too near" in plan.summary()


def test_within_reach_and_served_are_told_apart(town):
    said = run(town, "rooms", "count = 2\ncapacity = 500").summary()
    assert "people in need on foot; there is not room for all of them: it comes to 719" in said
    assert "within walking reach, whether there is room for them or not:" in said


def test_a_phase_without_a_set_is_named_and_the_other_told(town):
    plan = run(town, "one_of_two", 'model = "p_dispersion"\ncount = [2, 19]\nspacing_m = 700')
    first, second = plan.choice.phases["sites"]
    assert (first, second) == (2, 0)
    assert all(one.startswith("In phase 2 (count 19): ") for one in plan.choice.infeasible)
    lines = plan.summary().splitlines()
    assert lines[1] == "  in some phases no set of sites keeps to the rules:"
    assert "  phase 2: no set" in lines
    assert any(line.startswith("  phase 1: 2 sites in all newly reach ") for line in lines)
    note = plan.answer().choice_note
    assert "In some phases no set of sites keeps to the rules. In phase 2" in note
    assert "The set was no set" not in note


def test_what_new_sites_reach_is_held_against_what_closing_costs(town):
    trade = (
        "count = 2\nbudget = 60\n[choice.sizes.small]\ncost = 30\ncapacity = 5000\n"
        "[choice.existing_sizes.keep]\ncost = 29\ncapacity = 1000\n"
    )
    plan = run(town, "trade", trade)
    assert plan.choice.closed.all()
    assert "  phase 1: 2 sites in all, with 2 places closed, reach 2,686 more" in plan.summary()
    assert "It reaches 2,686 more people in need than before on foot" in plan.answer().choice_note
    need = plan.outcomes.by_group.xs("people in need", level="group")["newly"].sum()
    assert plan.choice.phases["new_demand"].iloc[-1] == pytest.approx(need)
    assert plan.choice.table["new_demand"].sum() > need
    assert plan.choice.why.str.contains("whom no existing place that goes on").all()
