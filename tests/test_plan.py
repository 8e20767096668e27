"""A whole plan: what must hold whatever the weights, the order of rows, or one more street."""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from siteplanner import InputError, Project, init


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Path:
    return init(tmp_path_factory.mktemp("town") / "town").root


@pytest.fixture(scope="module", params=["care_blocks", "micro_parks", "community_hubs"])
def plan(request, town):
    return Project(town).run(request.param)


@pytest.fixture
def care(town):
    """Run the care blocks with some lines of the scenario changed."""

    def run(**changes: str):
        text = (town / "scenarios" / "care_blocks.toml").read_text(encoding="utf-8")
        for old, new in changes.values():
            assert old in text
            text = text.replace(old, new)
        path = town / "scenarios" / "changed.toml"
        path.write_text(text, encoding="utf-8")
        try:
            return Project(town).run("changed")
        finally:
            path.unlink()

    return run


def test_why_adds_up_for_every_site(plan):
    for site in plan.ranking.index:
        contributions = plan.why(site)["contribution"]
        whole = contributions.sum()
        if plan.scenario.index.site == "geometric":
            whole = math.prod(contributions.dropna())
        assert whole == pytest.approx(plan.ranking.loc[site, "index"], abs=1e-12)


def test_every_site_is_chosen_or_has_a_reason(plan):
    chosen = set(plan.choice.table.index)
    for site in plan.ranking.index:
        assert (plan.why_not(site) == "") == (site in chosen)
    for site in plan.sites.excluded.index:
        assert plan.why_not(site).startswith("It was ruled out: ")


def test_a_site_answers_to_its_name(plan):
    labels = plan.sites.table["label"]
    for site, label in labels[~labels.duplicated(keep=False)].head(5).items():
        pd.testing.assert_frame_equal(plan.why(label), plan.why(site))
    out = plan.sites.excluded.index
    if len(out):
        with pytest.raises(KeyError, match="It was ruled out"):
            plan.why(out[0])


def test_an_unknown_site_is_offered_the_nearest(plan):
    name = str(plan.ranking.index[0])
    with pytest.raises(KeyError, match=f"no site '{re.escape(name)}x'; did you mean"):
        plan.why(name + "x")
    with pytest.raises(KeyError, match="no site"):
        plan.why_not(name + "x")


def test_scores_and_index_are_between_0_and_1(plan):
    for level in (plan.need, plan.place):
        for table in (level.scores, level.index.value.to_frame()):
            values = table.to_numpy(dtype=float)
            assert ((values >= 0) & (values <= 1) | np.isnan(values)).all()


def test_what_the_set_newly_reaches_is_counted_once(plan):
    newly = (plan.cells["served_after"] - plan.cells["served_before"]) * plan.cells["demand"]
    assert newly.sum() == pytest.approx(plan.choice.table["new_demand"].sum())
    phases = plan.choice.phases
    assert (phases["bound"] >= phases["new_demand"] - 1e-6).all()


def test_outcomes_equal_the_cells(plan):
    cells = plan.cells[plan.cells["in_area"]]
    people = plan.outcomes.by_group.loc[("area", "people")]
    assert people["after"] == pytest.approx((cells["people"] * cells["served_after"]).sum())
    assert people["total"] == pytest.approx(people["after"] + people["left_out"])


def test_need_reached_of_one_site_by_hand(plan):
    site = plan.ranking.index[0]
    point = plan.sites.table.geometry.representative_point().loc[[site]]
    homes = plan.cells.geometry.representative_point()
    from siteplanner.walk import fade

    weight = fade(plan.walk.reach(homes, point), plan.scenario.walk).toarray().ravel()
    new = weight * (1 - plan.cells["served_before"]) * plan.cells["demand"].fillna(0)
    assert plan.sites.table.loc[site, "need_reached"] == pytest.approx(new.sum())


def test_scaling_all_weights_changes_nothing(care):
    base, scaled = care(), care(a=("weight = 2", "weight = 14"), b=("weight = 1\n", "weight = 7\n"))
    pd.testing.assert_frame_equal(base.ranking, scaled.ranking)
    assert base.choice.table.equals(scaled.choice.table)


def test_a_criterion_of_weight_zero_is_as_if_absent(care):
    without = care(a=("[choice]", "[choice]"))
    extra = (
        '[site.extra]\nlayer = "clinics"\nmeasure = "nearest"\nzero_at = 900\nfull_at = 0\n'
        "weight = 0\n\n[choice]"
    )
    with_zero = care(a=("[choice]", extra))
    pd.testing.assert_frame_equal(without.ranking, with_zero.ranking)


def test_one_site_less_never_reverses_two_others(care):
    base = care()
    fewer = care(a=("min_area_m2 = 600", "min_area_m2 = 900"))
    both = [site for site in base.ranking.index if site in fewer.ranking.index]
    assert 1 < len(both) < len(base.ranking)
    order = base.ranking.loc[both, "index"]
    pd.testing.assert_series_equal(order, fewer.ranking.loc[both, "index"])


def test_barring_and_fixing_a_site(care):
    base = care()
    first = base.choice.table.index[0]
    barred = care(a=("min_index = 0.2", f'min_index = 0.2\nbarred = ["{first}"]'))
    assert first not in barred.choice.table.index
    assert barred.why_not(first) == "The scenario strikes it out."
    fixed = care(a=("min_index = 0.2", f'min_index = 0.2\nfixed = ["{base.ranking.index[-1]}"]'))
    assert base.ranking.index[-1] in fixed.choice.table.index


def test_a_ruled_out_site_cannot_be_fixed(care):
    out = care().sites.excluded.index[0]
    with pytest.raises(InputError, match=f"choice.fixed: '{out}' is ruled out: .*; change that"):
        care(a=("min_index = 0.2", f'min_index = 0.2\nfixed = ["{out}"]'))


def test_a_site_can_be_barred_by_its_name(care):
    first = care().choice.table.iloc[0]
    barred = care(a=("min_index = 0.2", f'min_index = 0.2\nbarred = ["{first["label"]}"]'))
    assert first.name not in barred.choice.table.index


def test_an_index_that_nobody_has_is_said(care):
    plan = care(a=("min_index = 0.2", "min_index = 1.0"), b=("full_at = 2800", "full_at = 99999"))
    assert plan.choice.table.empty
    assert "none has an index of 100 or more, the best has" in plan.summary()
    assert "nan" not in plan.summary()


def test_unknown_need_lowers_the_confidence_of_the_sites_that_reach_it(town, tmp_path):
    other = tmp_path / "gaps"
    shutil.copytree(town, other, ignore=shutil.ignore_patterns(".cache", "maps"))
    path = other / "layers" / "planning_units.geojson"
    table = gpd.read_file(path)
    column = next(name for name in table if "strat" in name)
    table.loc[0, column] = None
    table.to_file(path, driver="GeoJSON")
    plan, gaps = Project(town).run("care_blocks"), Project(other).run("care_blocks")
    lower = gaps.place.index.confidence < plan.place.index.confidence - 0.01
    assert lower.any()
    assert not lower.all()
    assert re.search(r"poverty is not known for [\d,]+ people", gaps.summary())


def test_an_unknown_count_of_a_group_is_unknown_demand(town, tmp_path):
    other = tmp_path / "group"
    shutil.copytree(town, other, ignore=shutil.ignore_patterns(".cache", "maps"))
    path = other / "layers" / "census.csv"
    table = pd.read_csv(path, dtype=str)
    table.loc[:40, "age_0_14"] = ""
    table.to_csv(path, index=False)
    scenario = other / "scenarios" / "care_blocks.toml"
    text = scenario.read_text(encoding="utf-8")
    scenario.write_text(
        text.replace("[need.poverty]\n", '[need.poverty]\ngroup = "census.age_0_14"\n'),
        encoding="utf-8",
    )
    plan = Project(other).run("care_blocks")
    unknown = plan.cells["census.age_0_14"].isna()
    matters = unknown & (plan.need.index.contributions["poverty"] > 0)
    assert matters.sum() > 20
    assert plan.cells.loc[matters, "demand"].isna().all()
    known = plan.cells["demand"].dropna()
    assert (known <= plan.cells["people"].loc[known.index] + 1e-9).all()


def test_a_site_ruled_out_is_known_by_its_name_too(care):
    out = care().sites.excluded
    label = next(one for one in out["label"] if (out["label"] == one).sum() == 1)
    with pytest.raises(InputError, match=f"choice.fixed: '{re.escape(label)}' is ruled out: "):
        care(a=("min_index = 0.2", f'min_index = 0.2\nfixed = ["{label}"]'))


def test_a_map_of_need_counts_people_by_district(town, tmp_path):
    text = (town / "scenarios" / "care_blocks.toml").read_text(encoding="utf-8")
    path = town / "scenarios" / "by_district.toml"
    path.write_text(text.partition("[walk]")[0] + '[outcomes]\nby = ["districts"]\n')
    try:
        made = Project(town).run("by_district")
        folder = made.save(tmp_path / "out")
    finally:
        path.unlink()
    table = made.outcomes.by_place["districts"]
    assert list(table) == ["label", "people total", "people in need total"]
    total = made.cells.loc[made.cells["in_area"], "people"].sum()
    assert table["people total"].sum() == pytest.approx(total, rel=0.02)
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert table["label"].iloc[0] in page


def test_a_plan_without_streets_says_so_where_it_is_read(town, tmp_path):
    text = (town / "scenarios" / "care_blocks.toml").read_text(encoding="utf-8")
    path = town / "scenarios" / "straight.toml"
    path.write_text(text.replace('network = "streets"\n', ""), encoding="utf-8")
    try:
        made = Project(town).run("straight")
    finally:
        path.unlink()
    assert "as the crow flies" in made.summary()
    assert any("as the crow flies" in one for one in made.answer().limits)
    page = (made.save(tmp_path / "out") / "index.html").read_text(encoding="utf-8")
    assert '"straight":true' in page  # the page says "as the crow flies" in its reader's words


def test_without_streets_or_limits_nobody_is_said_to_be_served(town):
    text = (town / "scenarios" / "care_blocks.toml").read_text(encoding="utf-8")
    path = town / "scenarios" / "only_need.toml"
    path.write_text(text.partition("[walk]")[0] + '[choice]\nexisting = "care_blocks_open"\n')
    try:
        assert Project(town).run("only_need").cells["served_before"].isna().all()
    finally:
        path.unlink()


def test_shuffled_rows_give_the_same_answer(town, tmp_path):
    other = tmp_path / "shuffled"
    shutil.copytree(town, other, ignore=shutil.ignore_patterns(".cache", "maps"))
    random = np.random.default_rng(5)
    for path in (other / "layers").glob("*.geojson"):
        table = gpd.read_file(path)
        table.iloc[random.permutation(len(table))].to_file(path, driver="GeoJSON")
    for path in (other / "layers").glob("*.csv"):
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([head, *random.permutation(rows)]) + "\n", encoding="utf-8")
    for scenario in ("care_blocks", "micro_parks"):
        base, shuffled = Project(town).run(scenario), Project(other).run(scenario)
        pd.testing.assert_frame_equal(base.ranking, shuffled.ranking)
        pd.testing.assert_frame_equal(base.choice.table, shuffled.choice.table)


def test_a_plan_shows_itself(plan):
    shown = plan._repr_html_()
    assert plan.scenario.title in shown
    assert "newly reach" in plan.summary()
    assert "<script" not in shown


def test_a_map_of_need_chooses_nothing(town, tmp_path):
    text = (town / "scenarios" / "care_blocks.toml").read_text(encoding="utf-8")
    path = town / "scenarios" / "only_need.toml"
    path.write_text(text.partition("[walk]")[0] + '[choice]\nexisting = "care_blocks_open"\n')
    made = Project(town).run("only_need")
    path.unlink()
    assert made.choice is None
    assert len(made.existing) == 2
    folder = made.save(tmp_path / "out")
    assert "Need" in (folder / "index.html").read_text(encoding="utf-8")
    assert "people" in made.summary()
