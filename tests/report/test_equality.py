"""The equality page: counts by eye and by brute force, nothing unknown called no effect."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteplanner import InputError, init
from siteplanner.cli import main
from siteplanner.maps import Answer
from siteplanner.model import Column, Layer
from siteplanner.model.layer import Protected
from siteplanner.plan import Plan
from siteplanner.plan.nearest import walks_of
from siteplanner.project import Project
from siteplanner.report import equality_uk
from siteplanner.report.equality_counts import (
    REACH,
    WALKS,
    compare_shares,
    count_groups,
    release,
    shared_out,
)
from siteplanner.report.equality_sections import see
from siteplanner.report.equality_writing import table_of, write
from siteplanner.report.wording import Wording
from siteplanner.sheets.words import languages

from ..maps.conftest import HOSTILE, make_answer, make_scenario

CHILDREN = "census.age_0_14"
CLOSING = """extends = "care_blocks"
title = "One closes"
[choice]
count = 1
budget = 1
[choice.sizes.one]
cost = 1
[choice.existing_sizes.keep]
cost = 9
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(init(tmp_path_factory.mktemp("equality") / "town").root)


@pytest.fixture(scope="module")
def plan(project: Project) -> Plan:
    return project.run("care_blocks")


def walks_for(answer: Answer, before: float = 30.0, after: float = 10.0) -> pd.DataFrame:
    """Let who is served newly walk less; nobody else's walk changes."""
    cells = answer.cells
    now = np.where(cells["served_before"] < cells["served_after"], after, before)
    return pd.DataFrame({"before_min": before, "after_min": now}, index=cells.index)


def marked(answer: Answer, **groups: Any) -> Answer:
    """Say by which characteristic columns of the census are counted."""
    census = answer.layers["census"]
    columns = {
        name: one.model_copy(update={"group": groups.get(name)})
        for name, one in census.columns.items()
    }
    layers = {**answer.layers, "census": census.model_copy(update={"columns": columns})}
    return replace(answer, layers=layers)


def text_of(folder: Any) -> str:
    page = (folder / "equality.html").read_text("utf-8").partition("</style>")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_by_eye(grid3):
    """Nine cells of ten: one column gains, one cell loses, one is not counted."""
    cells = pd.DataFrame(grid3).assign(served_before=0.0, served_after=0.0)
    cells.loc[["a1", "a2", "a3"], "served_after"] = 1.0
    cells.loc["c1", "served_before"] = 1.0
    cells["old"] = [
        4.0,
        0,
        0,
        2.0,
        0,
        0,
        0,
        0,
        np.nan,
    ]  # a1 a2 … by row: a1 b1 c1 a2 b2 c2 a3 b3 c3
    walks = pd.DataFrame({"before_min": 20.0, "after_min": 20.0}, index=cells.index)
    walks.loc[["a1", "a2"], "after_min"] = [5.0, 10.0]
    walks.loc["a3", "before_min"] = np.nan
    walks.loc["c1", "after_min"] = 28.0
    walks.loc["b2"] = np.nan
    before = cells.copy()
    found = count_groups(cells, ["old"], walks)
    pd.testing.assert_frame_equal(cells, before)
    people, old = found.loc["people"], found.loc["old"]
    assert people[list(REACH)].tolist() == [10, 30, 20, 60, 30, 10]
    assert people[list(WALKS)].tolist() == [30, 10, 40, 10]
    assert people[["saved_min", "added_min"]].tolist() == [12.5, 8.0]
    assert old[["total", *REACH]].tolist() == [6, 0, 6, 6, 0, 6, 0]
    assert old[["shorter", "longer", "saved_min"]].tolist() == [6, 0, pytest.approx(80 / 6)]
    assert old[["unknown_cells", "unknown_people"]].tolist() == [1, 10]
    assert np.isnan(old["added_min"])


def test_it_counts_what_the_outcomes_count(plan):
    answer = plan.answer()
    walks = walks_of(plan)
    found = count_groups(answer.cells, [CHILDREN], walks)
    table = answer.outcomes["by_group"]
    for group in ("people", CHILDREN):
        for column in ("total", "before", "after", "newly", "left_out"):
            told = table.loc[("area", group), column]
            assert found.loc[group, column] == pytest.approx(told, abs=1e-5)
    saved = plan.fairness.saved
    assert found.loc["people", "shorter"] == pytest.approx(saved["people"].sum())
    each = saved["minutes"].sum() / saved["people"].sum()
    assert found.loc["people", "saved_min"] == pytest.approx(each)


numbers = st.one_of(st.just(np.nan), st.floats(0, 500))
minutes = st.one_of(st.just(np.nan), st.sampled_from([0.0, 5.0, 5.0 + 1e-12, 20.0]))
shares = st.sampled_from([0.0, 0.3, 1.0])


@settings(deadline=None, max_examples=20)
@given(
    st.lists(
        st.tuples(numbers, numbers, shares, shares, minutes, minutes, st.booleans()), min_size=1,
        max_size=8,
    )
)  # fmt: skip
def test_it_is_what_a_plain_loop_counts(rows):
    names = ["people", "g", "served_before", "served_after", "before_min", "after_min", "in_area"]
    table = pd.DataFrame(rows, columns=names)
    found = count_groups(table.iloc[:, [0, 1, 2, 3, 6]], ["g"], table[["before_min", "after_min"]])
    for at, group in ((0, "people"), (1, "g")):
        row = dict.fromkeys(("total", *REACH, *WALKS), 0.0)
        for one in rows:
            n, was, now, b, a = one[at], one[2], one[3], one[4], one[5]
            if not one[6] or np.isnan(n):
                continue
            row["total"] += n
            row["before"] += n * was
            row["after"] += n * now
            row["gained"] += n * max(now - was, 0)
            row["lost"] += n * max(was - now, 0)
            first, last = np.isnan(b), np.isnan(a)
            if first and last:
                kind = "none"
            elif first or (not last and b - a > 1e-9):
                kind = "shorter"
            elif last or a - b > 1e-9:
                kind = "longer"
            else:
                kind = "same"
            row[kind] += n
        row["newly"], row["left_out"] = row["after"] - row["before"], row["total"] - row["after"]
        for name, value in row.items():
            assert found.loc[group, name] == pytest.approx(value, abs=1e-5), name
        assert row["gained"] - row["lost"] == pytest.approx(row["newly"])


counted = st.one_of(st.integers(0, 60), st.integers(0, 3000)).map(float)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(*[counted] * 4), min_size=1, max_size=4))
def test_no_small_count_is_released_or_follows(rows):
    table = pd.DataFrame(rows, columns=list(WALKS))
    table["total"] = table.sum(axis=1)
    table["saved_min"] = 7.3
    public = release(table)
    for number, row in enumerate(rows):
        told = public.iloc[number]
        if any(0 < one < 10 for one in row):
            assert told[[*WALKS, "saved_min"]].isna().all()
        else:
            assert (told[list(WALKS)] % 10 == 0).all()
        assert np.isnan(told["total"]) == (0 < sum(row) < 10)


def test_what_loses_is_hidden_with_what_it_follows_from():
    row = {"total": 900.0, "before": 400.0, "after": 700.0, "newly": 300.0, "left_out": 200.0,
           "gained": 304.0, "lost": 4.0}  # fmt: skip
    public = release(pd.DataFrame([row])).iloc[0]
    assert public[list(REACH)].isna().all()
    assert public["total"] == 900


def test_a_difference_is_told_only_where_counts_carry_it():
    table = pd.DataFrame(
        {"total": [10_000, 1000, 1000, 40, np.nan], "before": 0.0,
         "newly": [5000, 400, 495, 15, 3], "after": [5000, 600, 505, 25, 3]},
        index=["all", "fewer", "near", "small", "hidden"], dtype=float,
    )  # fmt: skip
    found = compare_shares(table)
    assert found["newly_verdict"].tolist() == ["", "less", "alike", "alike", ""]
    assert found["after_verdict"].tolist() == ["", "more", "alike", "alike", ""]
    assert found.loc["fewer", ["newly_differs", "newly_people"]].tolist() == [-0.1, 100]
    city = table.assign(total=1e6, newly=[5e5, 4.95e5, 4.85e5, 4.9e5, np.nan])
    told = compare_shares(city)["newly_verdict"].tolist()
    assert told == ["", "alike", "less", "less", ""]  # half a point is no difference, of any city
    thousand = table.assign(total=[10_000, 100, 100, 40, 1], newly=[5000, 39, 50, 20, 1])
    assert compare_shares(thousand)["newly_verdict"]["fewer"] == "less"
    assert compare_shares(thousand, step=30)["newly_verdict"]["fewer"] == "alike"  # by rounding


def test_the_page_of_the_town(plan, tmp_path):
    folder = plan.equality(tmp_path / "e")
    said = text_of(folder)
    assert "Children under 15: 73% newly have a place within reach, of everybody 64%" in said
    assert "the counts cannot tell the two apart" in said
    assert "Nobody walks farther" in said
    assert "Nothing is known by 8 characteristics: Disability, Gender" in said
    assert "Age: not known" not in said
    assert said.count("That does not mean that it makes no difference") == 8
    assert "no effect" not in said
    assert "a carer with a small child" in said
    table = pd.read_csv(folder / "equality.csv", encoding="utf-8-sig")
    assert set(table["characteristic"].dropna()) == set(get_args(Protected))
    unknown = table[table["known"] == "no"]
    assert len(unknown) == 8
    assert unknown[["total", "newly", "shorter", "lost"]].isna().all(axis=None)


def test_places_that_close_make_walks_longer(plan):
    answer = plan.answer()
    cells = answer.cells
    walks = walks_of(plan)
    closed = cells.assign(served_after=cells["served_before"].where(cells["people"] < 150, 0.0))
    walks = walks.assign(after_min=walks["before_min"] + (closed["served_after"] < 1) * 4)
    seen = see(replace(answer, cells=closed), walks, Wording("en"))
    lost = cells.loc[cells["in_area"] & (cells["people"] >= 150) & (cells["served_before"] == 1)]
    assert seen.table.loc["people", "lost"] == pytest.approx(lost["people"].sum())
    assert seen.table.loc["people", "added_min"] == pytest.approx(4.0)
    assert seen.table.loc["people", "gained"] == 0


def test_a_closed_place_is_left_out_of_the_walks(project):
    """Where a place closes, the walk afterwards goes to another one, or farther."""
    file = project.root / "scenarios" / "closing.toml"
    file.write_text(CLOSING, "utf-8")
    closing = Project(project.root).run("closing")
    assert closing.choice.closed.any()
    seen = see(closing.answer(), walks_of(closing), Wording("en"))
    row = seen.table.loc["people"]
    assert row["longer"] > 0
    assert row["lost"] > 0
    assert row["newly"] == pytest.approx(row["gained"] - row["lost"], abs=1e-5)


def test_a_map_of_need_gains_nobody_anything(project, tmp_path):
    file = project.root / "scenarios" / "need.toml"
    text = 'extends = "care_blocks"\ntitle = "Need"\n'
    file.write_text(text + 'unset = ["sites", "site", "choice", "profiles", "walk"]\n', "utf-8")
    folder = Project(project.root).run("need").equality(tmp_path)
    said = text_of(folder)
    assert "not who gains" in said
    assert "newly have" not in said
    assert "reached today" not in said


def test_without_sites_nobody_gains_or_loses(project, tmp_path):
    file = project.root / "scenarios" / "today.toml"
    text = 'extends = "care_blocks"\ntitle = "Today"\n'
    file.write_text(text + 'unset = ["sites", "site", "choice.count", "profiles"]\n', "utf-8")
    said = text_of(Project(project.root).run("today").equality(tmp_path))
    assert "proposes nothing to build: nobody gains or loses" in said
    assert "at everybody’s share" not in said
    assert "Disability: not known" in said


def test_the_public_learns_no_small_count(tmp_path):
    inner = marked(make_answer(), age_0_14="age")
    few = inner.cells.copy()
    few["served_before"] = few["served_after"]
    few.loc["00-01", "served_after"] = 1.0
    few[CHILDREN] = few[CHILDREN].where(few.index != "00-01", 7.0)
    inner = replace(inner, cells=few)
    outer = replace(inner, scenario=make_scenario(audience="public"))
    walks = walks_for(inner)
    assert see(inner, walks, Wording("en")).told.loc[CHILDREN, "newly"] == 7
    seen = see(outer, walks, Wording("en"))
    assert seen.told.loc[CHILDREN, [*REACH, *WALKS]].isna().all()
    write(outer, walks, tmp_path)
    said = text_of(tmp_path)
    assert "Children | " not in said
    assert "fewer than 10" in said
    assert "withheld" in said
    table = pd.read_csv(tmp_path / "equality.csv", encoding="utf-8-sig")
    row = table[table["group"] == CHILDREN].iloc[0]
    assert row[["before", "after", "newly", "shorter", "share_newly"]].isna().all()
    assert row["total"] % 10 == 0


def test_what_the_data_have_and_nobody_counts_is_said(tmp_path):
    layer = Layer(name="survey", title="S", source="s.csv", kind="points",
                  columns={"women": Column(kind="count", group="sex")})  # fmt: skip
    answer = make_answer()
    answer = replace(answer, layers={**answer.layers, "survey": layer})
    offered = {"clinic.disabled": "disability"}
    write(answer, walks_for(answer), tmp_path, offered=offered)
    said = text_of(tmp_path)
    assert "Sex: not counted by this plan, though the data have it (survey.women)" in said
    assert "Disability: not counted by this plan, though the data have it (clinic.disabled)" in said
    assert "Age: not known" in said
    assert "by no characteristic of the list: Children" in said


def test_groups_counted_on_the_cells_themselves_are_not_shared_out(plan):
    assert shared_out(plan.answer()) == {}


def test_a_share_of_larger_areas_is_said_to_be_one():
    answer = marked(make_answer(), age_0_14="age")
    census = answer.layers["census"]
    rate = Column(kind="rate", group="age", title="Children")
    columns = {**census.columns, "age_0_14": rate}
    layers = {**answer.layers, "census": census.model_copy(update={"columns": columns})}
    seen = see(replace(answer, layers=layers), walks_for(answer), Wording("en"))
    from siteplanner.report.equality_sections import unknown

    (block,) = unknown(seen)
    assert any(
        "Children: known for the areas of “Census blocks” only" in one for one in block.items
    )


@pytest.mark.parametrize("code", languages())
def test_the_headings_of_the_united_kingdom(tmp_path, code):
    answer = marked(make_answer(), age_0_14="age")
    write(answer, walks_for(answer), tmp_path, template="uk", language=code)
    page = (tmp_path / "equality.html").read_text("utf-8")
    heads = [html.unescape(one) for one in re.findall(r"<h2>(.*?)</h2>", page)]
    known = [equality_uk.OUTLINE, equality_uk.EVIDENCE, *equality_uk.LIMBS, equality_uk.IMPACTS,
             equality_uk.MITIGATION, equality_uk.REVIEW, equality_uk.DECLARATION]  # fmt: skip
    assert heads == known
    words = Wording(code)
    assert page.count(html.escape(words.say("eq.yours"))) == 7
    for one in get_args(Protected):
        assert html.escape(words.say(f"characteristic.{one}")) in page


def test_hostile_words_stay_words(tmp_path):
    answer = make_answer(make_scenario(title=HOSTILE[0]))
    census = answer.layers["census"]
    columns = {"age_0_14": Column(kind="count", title=HOSTILE[0], group="age"),
               "residents": census.columns["residents"]}  # fmt: skip
    layers = {**answer.layers, "census": census.model_copy(update={"columns": columns})}
    write(replace(answer, layers=layers), walks_for(answer), tmp_path, offered={HOSTILE[0]: "sex"})
    inside = (tmp_path / "equality.html").read_text("utf-8").partition("</style>")[2]
    assert not re.search(r"<(script|img|iframe|a|b|i)\b", inside)
    assert not re.search(r"<[^>]+\son\w+\s*=", inside)


def test_the_same_answer_gives_the_same_bytes(tmp_path):
    answer = marked(make_answer(), age_0_14="age")
    for one in "ab":
        write(answer, walks_for(answer), tmp_path / one, language="zh")
    for name in ("equality.html", "equality.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_plan_without_groups_says_so():
    scenario = make_scenario()
    demand = scenario.demand.model_copy(update={"groups": ()})
    answer = make_answer(scenario.model_copy(update={"demand": demand}))
    seen = see(answer, walks_for(answer), Wording("en"))
    assert list(seen.table.index) == ["people"]
    assert len(table_of(seen)) == 10


def test_bad_input(tmp_path):
    answer = make_answer()
    for wrong in ({"language": "xx"}, {"template": "fr"}):
        with pytest.raises(InputError, match=r"no (language|template) '(xx|fr)'"):
            write(answer, None, tmp_path / "e", **wrong)
    assert not (tmp_path / "e").exists()
    for keys, said in (({"kind": "value", "group": "age"}, "a count or a rate of people"),
                        ({"kind": "count", "group": "gender"}, "gender_reassignment")):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            Column(**keys)


def test_the_command(project, capsys):
    root = str(project.root)
    with pytest.raises(SystemExit) as left:
        main(["--root", root, "equality", "care_blocks", "--language", "klingon"])
    assert left.value.code == 2
    assert "equality: --language: no language 'klingon'" in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        main(["--root", root, "equality", "care_blocks", "--language", "es", "--template", "uk"])
    assert left.value.code == 0
    assert "equality.html" in capsys.readouterr().out
    said = text_of(project.root / "maps" / "care_blocks" / "equality")
    assert "Niños" not in said  # what the planner's own files say stays
    assert "no se sabe" in said
