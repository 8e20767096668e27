"""What goes back to a workshop: counts, moves and words that are true, on pages that print."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pypdfium2 as pdfium
import pytest
from shapely import Point

from siteplanner import InputError
from siteplanner.maps import Answer
from siteplanner.model import Correction, Criterion, Layer, Scenario
from siteplanner.plan import Plan
from siteplanner.project import init
from siteplanner.sheets import tally
from siteplanner.sheets.changes import Change, compare, default_before
from siteplanner.sheets.sentences import changed, told
from siteplanner.sheets.words import Words

MM = 72 / 25.4
EN = Words("en")


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return init(tmp_path_factory.mktemp("told") / "town").run("micro_parks")


@pytest.fixture(scope="module")
def before(plan: Plan) -> Answer:
    return plan.answer()


def marks(answer: Answer, *, group: str = "") -> dict[str, gpd.GeoDataFrame]:
    """Give twelve marks of support and four of objection on sheet 3, one by hand."""
    point = answer.area.representative_point()
    table = gpd.GeoDataFrame(
        {
            "says": ["support"] * 12 + ["objection"] * 4 + ["needed"],
            "people": [1.0] * 16 + [30.0],
            "sheet": ["3"] * 16 + [None],
        },
        geometry=[Point(point.x + place, point.y) for place in range(17)],
        crs=answer.crs,
    )
    return {"workshop": table}


def after_of(before: Answer, *, audience: str = "internal", agreed: bool = False) -> Answer:
    """Give an answer in which one site of the set gave way to another, which has the marks."""
    sites = before.sites.copy()
    gone = sites["order"].idxmin()
    new = sites.index[sites["phase"].isna() & sites["rank"].notna()][0]
    sites.loc[new, ["phase", "order"]] = sites.loc[gone, ["phase", "order"]].to_numpy()
    sites.loc[gone, ["phase", "order"]] = pd.NA
    first, second = sites["rank"][gone], sites["rank"][new]
    sites.loc[[gone, new], "rank"] = [second, first]
    sites.loc[new, "why_not"] = ""
    votes = pd.DataFrame({"support": 0.0, "objection": 0.0}, index=sites.index)
    votes.loc[new, "support"], votes.loc[gone, "objection"] = 12.0, 4.0
    usual = {"layer": "workshop", "measure": "count", "zero_at": 0, "full_at": 10}
    counted = {name: Criterion(**usual, within="walk", limit_m=100) for name in votes}
    scenario = before.scenario.model_copy(
        update={
            "name": "heard", "title": "Heard", "extends": "micro_parks", "audience": audience,
            "site": {**before.scenario.site, **counted},
        }
    )  # fmt: skip
    row = before.criteria_of("site").iloc[0]
    rows = [row.rename(name).copy() for name in votes]
    for one in rows:
        one["title"], one["unit"] = str(one.name).capitalize(), "places"
    layer = Layer(name="workshop", title="Workshop", source="w.gpkg", kind="points", agreed=agreed)
    scores = before.site_scores.assign(support=0.0, objection=0.0)
    return replace(
        before,
        scenario=scenario,
        sites=sites,
        layers={**before.layers, "workshop": layer},
        criteria=pd.concat([before.criteria, pd.DataFrame(rows)]),
        site_values=before.site_values.join(votes),
        site_scores=scores,
    )


@pytest.fixture
def change(before: Answer) -> Change:
    return compare(before, after_of(before), marks(before))


def test_marks_are_counted_by_sheet_and_by_what_they_say(change):
    assert change.tally["marks"].to_dict() == {
        (0, "needed"): 1, (3, "objection"): 4, (3, "support"): 12
    }  # fmt: skip
    assert change.tally["people"].to_dict() == {
        (0, "needed"): 30, (3, "objection"): 4, (3, "support"): 12
    }  # fmt: skip
    assert told(change, EN) == [
        "“support”: marks 12, people 12.",
        "“objection”: marks 4, people 4.",
        "“needed”: marks 1, people 30.",
    ]


def test_who_came_in_went_out_and_stayed(change, before):
    gone = before.sites["order"].idxmin()
    stayed = before.sites.index[before.sites["phase"].notna()].difference([gone])
    assert list(change.went_out.index) == [gone]
    assert len(change.came_in) == 1
    assert set(change.stayed.index) == set(stayed)
    said = changed(change, EN)
    new = change.came_in.iloc[0]
    assert said[0] == (
        f"New in the proposal: {new['label']}. It was number {new['rank_before']} by points and is "
        f"now number {new['rank_after']}. Counted there: Support 12."
    )
    assert said[1].startswith(f"No longer in the proposal: {before.sites['label'][gone]}.")
    assert "Counted there: Objection 4." in said[1]
    assert not any("also differ" in one for one in said)


def test_what_else_differs_is_said(before):
    after = after_of(before)
    choice = after.scenario.choice.model_copy(update={"count": (3,)})
    moved = after.scenario.model_copy(update={"choice": choice})
    change = compare(before, replace(after, scenario=moved), marks(before))
    assert change.other == ("choice",)
    assert changed(change, EN)[-1] == (
        "The two plans also differ in: choice. Not all that changed comes from the workshop."
    )


def test_the_same_plan_twice_says_that_nothing_changed(before):
    same = replace(after_of(before), sites=before.sites)
    assert changed(compare(before, same, marks(before)), EN)[0] == "The proposal stays as it was."


def test_a_site_that_is_gone_and_one_that_is_new(before):
    after = after_of(before)
    gone, renamed = before.sites["order"].dropna().sort_values().index[1:3]
    sites = after.sites.drop(index=gone).rename(index={renamed: "new"})
    keep = {"site_values": after.site_values.drop(index=gone).rename(index={renamed: "new"})}
    change = compare(before, replace(after, sites=sites, **keep), marks(before))
    said = " ".join(changed(change, EN))
    assert "It was not a possible place before." in said
    assert said.count("It is no longer a possible place.") >= 1
    assert change.sites.loc["new", "newly_possible"]
    assert change.sites.loc[gone, "ruled_out"]


def test_corrections_are_told_with_their_reason(before):
    after = after_of(before)
    one = Correction(layer="workshop", of="streets", drop=True, reason="fenced off")
    scenario = after.scenario.model_copy(update={"corrections": {"fence": one}})
    notice = (
        "layers/streets: 2 of 300 rows dropped: corrected by 'fence': fenced off (for example 1)"
    )
    change = compare(before, replace(after, scenario=scenario, notices=(notice,)), marks(before))
    assert change.other == ()
    title = after.layers["streets"].title
    assert told(change, EN)[-1] == (f"{title}: entries corrected: 2. You told us: fenced off.")


def test_the_public_sees_no_points_and_no_small_counts(before):
    hidden = compare(before, after_of(before, audience="public"), marks(before))
    assert hidden.points.empty
    assert np.isnan(hidden.tally["people"][3, "objection"])
    assert np.isnan(hidden.tally["marks"][3, "objection"])
    assert hidden.tally["marks"][3, "support"] == 10
    assert hidden.votes["objection"].isna().sum() == 1
    assert "“objection”: marks fewer than 10, people fewer than 10." in told(hidden, EN)
    assert "Counted there: Objection fewer than 10." in " ".join(changed(hidden, EN))
    told_all = compare(before, after_of(before, audience="public", agreed=True), marks(before))
    assert told_all.points.empty
    assert told_all.tally["marks"][3, "objection"] == 4
    assert told_all.votes["objection"].max() == 4


def test_what_cannot_be_compared(before):
    after = after_of(before)
    with pytest.raises(
        InputError, match=r"scenarios/heard.toml: it looks at no marks of a workshop"
    ):
        compare(before, after, {})
    with pytest.raises(InputError, match=r"area: 'micro_parks' and 'heard' are about two areas"):
        compare(replace(before, area=before.area.buffer(50)), after, marks(before))
    alone = Scenario.model_copy(before.scenario, update={"extends": None})
    with pytest.raises(InputError, match="name the plan before: --before SCENARIO"):
        default_before(alone)


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_the_pages_print(change, tmp_path, language):
    folder = tally.write(change, tmp_path / "told", language=language)
    assert sorted(path.name for path in folder.iterdir()) == [
        "changes.pdf",
        "tally.csv",
        "tally.pdf",
    ]
    sizes = {"changes.pdf": (420, 297), "tally.pdf": (210, 297)}
    for name, size in sizes.items():
        with pdfium.PdfDocument(folder / name) as document:
            assert len(document) == 1
            page = document[0]
            assert page.get_size() == pytest.approx([one * MM for one in size], abs=0.5)
            text = page.get_textpage().get_text_bounded()
        words = Words(language)
        assert "support" in text
        assert words.say("told.title" if name == "changes.pdf" else "told.tally")[:12] in text
        assert (folder / name).stat().st_size < 1_000_000


def test_the_same_change_gives_the_same_bytes(change, tmp_path):
    first, second = (tally.write(change, tmp_path / name) for name in ("a", "b"))
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_the_table_opens_in_a_spreadsheet(change, tmp_path):
    folder = tally.write(change, tmp_path / "told")
    with (folder / "tally.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[1] == {"sheet": "3", "says": "objection", "marks": "4", "people": "4"}


def test_hostile_and_long_words_print_as_they_are(before, tmp_path):
    table = marks(before)["workshop"]
    table["says"] = ["=cmd()|$x^2$ <b>" + "long " * 80] * 16 + ["كلمة"]
    change = compare(before, after_of(before), {"workshop": table})
    folder = tally.write(change, tmp_path / "told")
    with pdfium.PdfDocument(folder / "changes.pdf") as document:
        assert "$x^2$ <b>" in document[0].get_textpage().get_text_bounded()
    assert "'=cmd()" in (folder / "tally.csv").read_text("utf-8-sig")


def test_very_many_things_said_still_fit_and_say_how_many_are_left(before, tmp_path):
    table = marks(before)["workshop"]
    many = pd.concat([table] * 12, ignore_index=True)
    many["says"] = [f"thing {place}" for place in range(len(many))]
    change = compare(before, after_of(before), {"workshop": gpd.GeoDataFrame(many, crs=table.crs)})
    folder = tally.write(change, tmp_path / "told")
    with pdfium.PdfDocument(folder / "tally.pdf") as document:
        assert "more." in document[0].get_textpage().get_text_bounded()


def test_what_went_in_stays_as_it_was(before):
    after = after_of(before)
    table = marks(before)
    copies = [before.sites.copy(), after.sites.copy(), table["workshop"].copy()]
    compare(before, after, table)
    for found, copy in zip((before.sites, after.sites, table["workshop"]), copies, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(copy))


def test_nothing_is_written_where_a_font_lacks_letters(change, tmp_path):
    with pytest.raises(InputError, match="font"):
        tally.write(change, tmp_path / "told", font=Path(__file__))
    assert not (tmp_path / "told").exists()
