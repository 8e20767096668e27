"""The page as text: what it may not hold, what it must, and that it never changes by itself."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from siteplanner.errors import OutputError
from siteplanner.maps import leaflet, render
from siteplanner.maps.page import json_block
from siteplanner.model import Column


class Parsed(HTMLParser):
    """The elements of a page, with the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.bodies: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.elements[-1] if self.elements else ("", {})
        if data.strip() and tag in ("script", "style", "title", "h1"):
            self.bodies.append((tag, attributes, data))

    def texts(self, tag: str) -> list[str]:
        return [body for name, _, body in self.bodies if name == tag]

    @property
    def data(self) -> Any:
        return next(
            json.loads(body)
            for _, attributes, body in self.bodies
            if attributes.get("id") == "plan"
        )


def test_no_address_outside_the_file(hostile_answer):
    text = render(hostile_answer)
    page = Parsed(text)
    for _, attributes in page.elements:
        for name in ("src", "href", "action", "data", "poster", "srcset", "style"):
            value = attributes.get(name) or ""
            assert value == "data:," or value.startswith("#") or not value
        assert not [name for name in attributes if name.startswith("on")]
    assert not re.search(r"""(?:src|href)\s*=\s*["']?\s*(?:https?:)?//""", text)
    assert not re.search(r"""url\(\s*["']?\s*(?:https?:)?//""", text)
    assert not re.search(r"@import|\bimport\s*[({\"']|sourceMappingURL", text)
    for style in page.texts("style"):
        assert "url(" not in style


def test_policy_names_exactly_the_scripts_and_styles_of_the_page(answer):
    text = render(answer)
    page = Parsed(text)
    policy = next(
        attributes["content"]
        for tag, attributes in page.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    for kind in ("script", "style"):
        bodies = [
            body
            for tag, attributes, body in page.bodies
            if tag == kind and "type" not in attributes
        ]
        hashes = [
            f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'"
            for one in bodies
        ]
        assert rules[f"{kind}-src"].split() == hashes
        assert len(hashes) == 2
    assert rules["default-src"] == "'none'"
    assert "\r" not in text


def test_same_answer_gives_the_same_bytes(answer):
    assert render(answer) == render(answer)


def test_hostile_text_stays_inside_the_json_block(hostile_answer):
    text = render(hostile_answer)
    assert text.count("</script>") == 4
    assert text.count("<img") == 0
    assert text.isascii() or "window.hacked=2</script>" not in text
    assert Parsed(text).data["sites"]["labels"][0].startswith("<img src=x")


def test_json_block_survives_every_reader():
    hostile = {"a": "</script><!-- & \u2028 \U0001f3e0"}
    block = json_block(hostile)
    assert block.isascii()
    assert not set("<>&") & set(block)
    assert json.loads(block) == hostile


def test_page_says_what_it_must(answer):
    data = Parsed(render(answer)).data
    method = data["method"]
    assert method["choice"] == answer.choice_note
    assert method["limits"] == ["Hills are ignored."]
    assert method["own"] == ["Planning units: income stands for poverty"]
    assert method["excluded"] == [
        {"n": 2, "why": "on flood land", "alike": True},
        {"n": 2, "why": "396 m² is below 600 m²", "alike": False},
    ]
    assert [one["proxy"] for one in method["sources"]] == ["", "", "income stands for poverty"]
    assert [one["year"] for one in method["sources"]] == [2018] * 3
    assert "BSD 2-Clause" in method["leaflet"]
    assert data["about"]["credits"] == ["Statistics office", "OpenStreetMap contributors"]


@pytest.mark.parametrize(
    ("column", "title"),
    [
        (Column(unit="people", kind="count", title="Children"), "Children"),
        (Column(unit="people under 15", kind="count"), "People under 15"),
        (Column(unit="people", kind="count"), "Age 0 14"),
    ],
)
def test_a_group_has_a_plain_name(answer, column, title):
    census = answer.layers["census"]
    census = census.model_copy(update={"columns": {**census.columns, "age_0_14": column}})
    data = Parsed(render(replace(answer, layers={**answer.layers, "census": census}))).data
    assert [one["title"] for one in data["layers"] if one["id"] == "census.age_0_14"] == [title]
    assert data["method"]["outcomes"][0]["rows"][1][1] == title


def test_a_place_without_a_label_is_told_by_its_id(answer):
    units = answer.outcomes["by_units"].assign(label=["North", np.nan])
    data = Parsed(render(replace(answer, outcomes={"by_units": units}))).data
    assert [row[0] for row in data["method"]["outcomes"][0]["rows"]] == ["North", "u2"]


def test_people_in_need_are_said_to_be_weighed(answer):
    table = pd.DataFrame({"people in need newly": [308.2]}, index=pd.Index([1], name="phase"))
    data = Parsed(render(replace(answer, outcomes={"by_phase": table}))).data
    assert data["method"]["outcomes"][0]["columns"][1] == {
        "of": {"t": "count.in_need"}, "word": {"t": "outcome.newly"}, "kind": "count",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "owed"),
    [
        ({"source": "streets.osm.pbf", "attribution": ""}, True),
        ({"source": "streets.OSM.bz2", "attribution": "City of Dosorillas"}, True),
        ({"source": "streets.osm", "attribution": "© OpenStreetMap contributors"}, False),
        ({"source": "streets.osm", "attribution": "", "fictional": True}, False),
        ({"source": "streets.gpkg", "attribution": ""}, False),
    ],
)
def test_openstreetmap_is_credited(answer, changes, owed):
    layers = {**answer.layers, "streets": answer.layers["streets"].model_copy(update=changes)}
    shown = Parsed(render(replace(answer, layers=layers))).data["about"]["credits"]
    assert ("© OpenStreetMap contributors, ODbL" in shown) == owed


def test_fading_reach_keeps_its_shares(answer):
    cells = answer.cells.copy()
    cells["served_after"] = cells["served_after"] * 0.6
    layers = {one["id"]: one for one in Parsed(render(replace(answer, cells=cells))).data["layers"]}
    assert layers["served_after"]["unit_key"] == "map.unit_share"
    sharp = {one["id"]: one for one in Parsed(render(answer)).data["layers"]}["served_after"]
    assert sharp["unit_key"] == "map.unit_yes_no"
    assert "values" not in sharp


def test_outcomes_are_numbers_with_the_names_of_their_words(answer):
    group, units, minutes = Parsed(render(answer)).data["method"]["outcomes"]
    assert group["title"] == {"t": "outcome.by_group"}
    kinds = [one["kind"] for one in group["columns"]]
    assert kinds == ["label", "label", "count", "count", "share"]
    assert [one["word"]["t"] for one in group["columns"]] == [
        f"outcome.{one}" for one in ("place", "group", "total", "before", "share_after")
    ]
    assert group["rows"][0] == [{"t": "outcome.area"}, {"t": "count.people"}, 9000, 3000, 0.667]
    assert units["title"] == {"t": "outcome.by_place", "place": "Planning units"}
    assert [row[0] for row in units["rows"]] == ["North", "u2"]
    assert minutes["rows"] == [[10, 4000], [15, 6000]]


def test_criterion_without_data_stays_and_the_others_are_shown_rescaled(answer):
    answer.criteria.loc["land", "share"] = 0.0  # whoever gives no data a share of nothing
    criteria = {one["name"]: one for one in Parsed(render(answer)).data["criteria"]}
    assert criteria["land"]["share"] is None
    assert criteria["reach"]["written"] == pytest.approx(0.5)
    assert criteria["reach"]["share"] == pytest.approx(2 / 3, abs=1e-6)


def test_fictional_layers_are_named(answer):
    layers = dict(answer.layers)
    layers["units"] = layers["units"].model_copy(update={"fictional": True})
    data = Parsed(render(replace(answer, layers=layers))).data
    assert data["about"]["made_up"] == ["Planning units"]


def test_public_page_holds_no_number_of_a_cell(public_answer, answer):
    data = Parsed(render(public_answer)).data
    layers = {one["id"]: one for one in data["layers"]}
    for layer in layers.values():
        if layer["on"] == "cells":
            assert not {"values", "scores", "by_score"} & layer.keys()
    assert layers["people"]["breaks"][0] == 10
    assert data["sites"]["people"][1] == "<10"
    assert data["sites"]["people"][0] == 1830  # in tens
    outcome = data["method"]["outcomes"][0]
    assert outcome["rows"][1] == [{"t": "outcome.area"}, "Children", 1800, "<10", "withheld"]
    inside = {one["id"]: one for one in Parsed(render(answer)).data["layers"]}
    assert {"values", "by_score"} & inside["need.poverty"].keys()
    assert inside["people"]["count"] == "people"


def test_an_answer_with_nothing_in_it_still_gives_a_page(answer):
    empty = replace(
        answer,
        sites=answer.sites.iloc[:0],
        existing=answer.existing.iloc[:0],
        excluded=answer.excluded.iloc[:0],
        streets=None,
        cells=answer.cells.assign(need=np.nan, demand=np.nan, people=np.nan),
        outcomes={},
        **{
            name: getattr(answer, name).iloc[:0]
            for name in ("site_values", "site_scores", "contributions", "confidence")
        },
    )
    data = Parsed(render(empty)).data
    assert data["summary"]["kind"] == "none_left"
    assert data["summary"]["before"] is None


def test_spots_with_most_need_have_their_label_and_are_lived_in(need_answer, answer):
    cells = need_answer.cells.copy()
    cells["label"] = [f"Block {number}" for number in range(len(cells))]
    best = cells["need"].where(cells["in_area"]).idxmax()
    data = Parsed(render(replace(need_answer, cells=cells))).data
    assert data["neediest"][0]["name"] == cells.loc[best, "label"]
    cells.loc[best, "people"] = 0
    data = Parsed(render(replace(need_answer, cells=cells))).data
    assert data["neediest"][0]["name"] != cells.loc[best, "label"]
    assert len(data["neediest"]) == 10
    assert Parsed(render(answer)).data["neediest"] == []


def test_a_map_of_need_alone(need_answer):
    data = Parsed(render(need_answer)).data
    assert [one["id"] for one in data["layers"]] == [
        "need", "need.poverty", "need.carers", "people", "census.age_0_14", "demand",
    ]  # fmt: skip
    assert data["summary"]["kind"] == "need"


def test_points_can_be_cells(answer):
    cells = answer.cells.copy()
    cells["geometry"] = cells.geometry.centroid
    assert Parsed(render(replace(answer, cells=cells))).data["cells"]["kind"] == "points"


def test_the_answer_is_not_changed(answer):
    before = {name: getattr(answer, name).copy() for name in ("cells", "sites", "site_values")}
    render(answer)
    for name, table in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(getattr(answer, name)))


def test_another_leaflet_is_refused(monkeypatch):
    leaflet._read.cache_clear()
    monkeypatch.setitem(leaflet.SHA256, "leaflet.js", "0" * 64)
    with pytest.raises(OutputError, match=r"leaflet.js .* is not the file .* pip install"):
        leaflet.script()
    leaflet._read.cache_clear()
