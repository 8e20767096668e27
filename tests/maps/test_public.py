"""What the public may not learn: every file that a public plan of the starter town writes."""

from __future__ import annotations

import base64
import csv
import json
import re
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import siteplanner as sp
from siteplanner.maps import Answer, cell_table, ranking_table, released, released_table

SCENARIO = """
extends = "care_blocks"
title = "Care blocks, for all to see"
audience = "{audience}"
[need.neighbours]
layer = "cells"
column = "people"
measure = "sum"
zero_at = 0
full_at = 200
[walk]
limit_m = 110
limit_min = 20
[site.children]
title = "Children within reach"
layer = "cells"
column = "census.age_0_14"
measure = "sum"
within = "walk"
zero_at = 0
full_at = 20
[site.share_of_children]
layer = "census"
column = "age_0_14"
of = "residents"
measure = "share"
within = "walk"
zero_at = 0
full_at = 1
[choice]
min_index = 0.0
"""
COUNTING = ("reach", "children")
FILES = {
    "index.html", "sites.gpkg", "ground.gpkg", "map.qgz", "ranking.csv", "plan.json", "run.json",
}  # fmt: skip


class Written:
    """A public plan of the starter town, whole and as it was written."""

    def __init__(self, folder: Path) -> None:
        sp.init(folder / "town")
        for audience in ("internal", "public"):
            text = SCENARIO.format(audience=audience)
            path = folder / "town" / "scenarios" / f"{audience}.toml"
            path.write_text(text, encoding="utf-8")
        project = sp.Project(folder / "town")
        self.folder = folder / "out"
        project.run("internal").save(self.folder)
        self.internal = {one.name for one in self.folder.iterdir()}
        plan = project.run("public")
        plan.save(self.folder)
        self.whole: Answer = plan.answer()
        small = self.whole.site_values[[*COUNTING]]
        self.few = small[(small > 0) & (small < 10)].dropna(how="all").index

    @property
    def page(self) -> Any:
        text = (self.folder / "index.html").read_text("utf-8")
        found = re.search(r'<script type="application/json" id="plan">(.*?)</script>', text)
        assert found
        return json.loads(found[1])

    def numbers(self, pack: dict[str, Any]) -> list[float | None]:
        """Give the numbers of a pack of the page; None where one is unknown."""
        text = (self.folder / "index.html").read_text("utf-8")
        found = re.search(r'id="numbers">(.*?)</script>', text)
        assert found
        block = zlib.decompress(base64.b64decode(found[1]), -15)
        part = block[pack["at"] : pack["at"] + pack["size"]]
        codes = np.frombuffer(part, dtype=f"<u{int(pack['bits']) // 8}")
        unknown = 255 if pack["bits"] == "8" else 65535
        return [None if one == unknown else pack["start"] + pack["step"] * int(one)
                for one in codes]  # fmt: skip

    @property
    def ranking(self) -> pd.DataFrame:
        return pd.read_csv(self.folder / "ranking.csv").set_index("site")

    @property
    def sites(self) -> gpd.GeoDataFrame:
        return gpd.read_file(self.folder / "sites.gpkg", layer="sites").set_index("site")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    written = Written(tmp_path_factory.mktemp("public"))
    assert len(written.few) >= 2, "the scenario has to hold small counts"
    return written


def is_small(table: pd.DataFrame) -> pd.DataFrame:
    return (table > 0) & (table < 10)


def test_cells_of_an_earlier_internal_run_are_gone(written):
    assert written.internal == {*FILES, "cells.gpkg"}
    assert {one.name for one in written.folder.iterdir()} == FILES
    with pytest.raises(ValueError, match="not for the public"):
        cell_table(written.whole)


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("ranking", ("{}_value", "{}_score", "{}_contribution")),
        ("sites", ("value_{}", "score_{}", "contribution_{}")),
    ],
)
def test_no_small_count_follows_from_a_table_of_sites(written, file, names):
    table, whole = getattr(written, file), written.whole
    assert not is_small(table[["people_reached", "need_reached"]].astype(float)).any(axis=None)
    for name in COUNTING:
        value, score, contribution = (table[one.format(name)] for one in names)
        hidden = is_small(whole.site_values[[name]])[name].reindex(table.index)
        assert value[hidden].isna().all()
        assert score[hidden].isna().all()
        assert contribution[hidden].isna().all()
        assert table["index"][hidden].isna().all()
        assert value[~hidden].notna().sum() == whole.site_values[name][~hidden].notna().sum()
    share = whole.site_values["share_of_children"].reindex(table.index)
    few = share * whole.sites["people_reached"].reindex(table.index)
    small = is_small(few.to_frame("few"))["few"]
    assert small.any()
    assert table[names[0].format("share_of_children")][small].isna().all()


@pytest.mark.parametrize("file", ["ranking", "sites"])
def test_counts_of_sites_are_told_in_tens(written, file):
    table = getattr(written, file)
    for name in ("people_reached", "need_reached"):
        counts = table[name].astype(float).dropna()
        assert len(counts)
        assert set(counts % 10) == {0.0}


def test_two_versions_do_not_give_a_family_away(public_answer):
    sites, grown = public_answer.sites, public_answer.sites.copy()
    grown["people_reached"] += 3
    two = [
        released(replace(public_answer, sites=one)).sites["people_reached"]
        for one in (sites, grown)
    ]
    assert set((two[1] - two[0]).dropna()) <= {0.0, 10.0}


def test_no_sentence_tells_a_small_count(written):
    for column in {"why", "why_not"} & set(written.sites):
        for text in written.sites[column].fillna(""):
            assert not re.search(r"(?:add|adds|reaches|least) \(?[1-9][ ,.;)]", text), text
    few = written.sites.loc[written.few, "why_not"].fillna("")
    assert few.str.contains("few people").any()
    assert not few.str.contains("%").any()


def test_the_page_carries_no_number_of_a_cell_and_no_small_count(written):
    page, whole = written.page, written.whole
    for layer in page["layers"]:
        if layer["on"] == "cells":
            assert not {"values", "scores"} & set(layer)
        if layer["id"] in ("need.neighbours", "people"):
            assert layer["breaks"][0] == 10
        if layer["id"] == "demand":
            assert layer["smallest"] == 10
    at = {name: number for number, name in enumerate(page["sites"]["ids"])}
    for name in COUNTING:
        small = is_small(whole.site_values[[name]])[name]
        rows = {at[site] for site in small.index[small]}
        assert set(page["sites"]["small"][name]) == rows
        assert rows <= set(page["sites"]["withheld"])
        pack = page["sites"]["values"][name]
        assert {row for row, one in enumerate(written.numbers(pack)) if one is None} >= rows
    assert all(page["sites"]["index"][row] is None for row in page["sites"]["withheld"])
    for one in (*page["sites"]["people"], *page["sites"]["need"]):
        assert one == "<10" or not 0 < one < 10


def counts_in(rows: Any) -> list[float]:
    """Find the numbers of a JSON value that count people, by the names of their keys."""
    counts = re.compile(r"total|before|after|newly|left_out|people|demand|need_reached")
    if isinstance(rows, list):
        return [one for row in rows for one in counts_in(row)]
    found = []
    for key, value in rows.items() if isinstance(rows, dict) else ():
        if (
            isinstance(value, int | float)
            and counts.search(key)
            and not re.match("share|value|mean", key)
        ):
            found.append(value)
        found += counts_in(value)
    return found


def test_plan_json_tells_no_small_count(written):
    plan = json.loads((written.folder / "plan.json").read_text("utf-8"))
    counts = counts_in(plan.get("outcomes", {})) + counts_in(plan.get("choice", {}))
    assert counts
    assert not [one for one in counts if 0 < one < 10]


def test_no_small_count_is_text_in_any_file(written):
    """Small sums have odd fractions: none of them may stand anywhere, rounded or not."""
    small = written.whole.site_values[[*COUNTING]].to_numpy().ravel()
    odd = [one for one in small if 0 < one < 10 and abs(one - round(one)) > 1e-3]
    assert odd
    with (written.folder / "ranking.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    texts = [(written.folder / name).read_text("utf-8") for name in ("index.html", "plan.json")]
    for one in odd:
        assert not [cell for cell in cells if cell.startswith(f"{one:.4f}"[:5])]
        assert not [text for text in texts if f"{one:.6f}"[:7] in text]


def test_one_table_hides_what_follows_from_another_column():
    table = pd.DataFrame(
        {
            "people total": [100.0, 100.0],
            "people before": [40.0, 40.0],
            "people after": [47.0, 90.0],
            "people newly": [7.0, 50.0],
            "people left_out": [53.0, 10.0],
            "people in need newly": [20.0, 20.0],
            "share_after": [0.47, 0.9],
        }
    )
    first, second = released_table(table).to_numpy().tolist()
    assert first[0] == 100
    assert np.isnan(first[1:5]).all()
    assert first[5] == 20
    assert np.isnan(first[6])
    assert second == table.iloc[1].tolist()
    phases = pd.DataFrame({"sites": [2], "new_demand": [4.0], "bound": [30.0], "gap": [6.5]})
    assert released_table(phases).iloc[0].fillna(-1).tolist() == [2, -1, 30, -1]


def test_numbers_of_places_are_no_counts_of_people(public_answer):
    sites = public_answer.sites.assign(new_demand=[4.0, *[np.nan] * 7], floors=3)
    shown = released(replace(public_answer, sites=sites)).sites
    assert shown["new_demand"].isna().all()
    assert (shown["floors"] == 3).all()
    assert (shown["rank"] == sites["rank"]).all()


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("90 % are reached by School 4; it would add 4, the last one adds 300.",
         "It would add few people."),
        ("90 % are reached by School 4; it would add 40, every one reaches at least 50.", None),
        ("90 % are reached by School 4; it would add 40, every one reaches at least 5.",
         "It would add few people."),
        ("It is too near to School 4, picked before it.", None),
    ],
)  # fmt: skip
def test_sentences_lose_small_counts_and_keep_names(public_answer, told, shown):
    sites = public_answer.sites.assign(why_not=["", "", "", told, *[""] * 4])
    ranking = ranking_table(replace(public_answer, sites=sites)).set_index("site")
    assert ranking.loc["b3", "why_not"] == (shown or told)


def test_sentences_about_the_plan_lose_small_counts(public_answer):
    note = "Picked by hand. It newly reaches 7 people in need; no set of 2 could reach more than 8."
    notice = "need: 1 of 9 rows flagged: need is unknown for 4 people: they are not in the demand"
    shown = released(replace(public_answer, choice_note=note, notices=(notice,)))
    assert shown.choice_note == "Picked by hand. It newly reaches fewer than 10 people in need."
    assert "unknown for fewer than 10 people" in shown.notices[0]
    assert "1 of 9 rows" in shown.notices[0]


def test_the_index_is_withheld_where_a_score_follows_from_it(public_answer):
    values = public_answer.site_values.copy()
    values.loc["b3", "reach"] = 4.0
    why_not = public_answer.sites["why_not"].mask(
        public_answer.sites.index == "b3", "Its index, 12, is below the 20 asked."
    )
    sites = public_answer.sites.assign(why_not=why_not)
    answer = replace(public_answer, site_values=values, sites=sites)
    shown = released(answer)
    assert np.isnan(shown.sites.loc["b3", "index"])
    assert shown.sites.loc["b3", "why_not"] == "Its index is below the 20 asked."
    assert np.isnan(shown.contributions.loc["b3", "reach"])
    assert shown.contributions.loc["b3", "station"] == answer.contributions.loc["b3", "station"]
    assert shown.sites["index"].isna().sum() == 1
