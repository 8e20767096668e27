"""The QGIS project: the layers, classes, colours and words of the page, and nothing else."""

from __future__ import annotations

import json
import re
import sqlite3
import xml.etree.ElementTree as ET
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from siteplanner.maps import cell_table, publish, released, site_tables, writers
from siteplanner.maps.classes import NO_DATA
from siteplanner.maps.ground import ground_tables
from siteplanner.maps.qgis import project_text
from siteplanner.maps.qgis_symbols import conditions, rgba, unknown
from siteplanner.maps.qgis_words import ProjectWords
from siteplanner.maps.styles import Style, cell_styles, site_styles

from .conftest import HOSTILE, make_answer, make_scenario

WRITTEN_BY_QGIS = json.loads(Path(__file__).with_name("qgis_3_22.json").read_text("utf-8"))
NOT_HEADLESS = "/qgis/mapcanvas"
"""What QGIS writes only where it has a window."""
LATER = {"nativeFormat"}
"""Attributes that later versions write, and 3.22 reads past."""


class Written:
    """An answer in a folder, with its project."""

    def __init__(self, folder: Path, answer: Any) -> None:
        self.folder, self.answer = folder, answer
        wanted = (".gpkg", ".qgz")
        publish({k: v for k, v in writers(answer).items() if k.endswith(wanted)}, folder)
        with zipfile.ZipFile(folder / "map.qgz") as archive:
            assert archive.namelist() == ["map.qgs"]
            self.text = archive.read("map.qgs").decode("utf-8")
        self.root = ET.fromstring(self.text)
        self.layers = {
            one.findtext("id", ""): one for one in self.root.iterfind("projectlayers/maplayer")
        }

    def layer(self, style: str) -> ET.Element:
        """Give the layer of a style, whatever its geometry."""
        plain = re.sub("[^0-9A-Za-z]", "_", style)
        (found,) = (
            one for name, one in self.layers.items()
            if re.fullmatch(rf"siteplanner_{plain}_(Point|Line|Polygon)_\w{{8}}", name)
        )  # fmt: skip
        return found

    def rules(self, style: str) -> list[tuple[str, str, str]]:
        """Give condition, label and colour of each rule."""
        layer = self.layer(style)
        symbols = {one.get("name"): one for one in layer.iterfind("renderer-v2/symbols/symbol")}
        return [
            (one.get("filter", ""), one.get("label", ""), colour_of(symbols[one.get("symbol")]))
            for one in layer.iterfind("renderer-v2/rules/rule")
        ]

    def codes(self, style: str) -> list[list[int]]:
        """Say for each row of the file, in the order of the file, which rules hold there."""
        source = self.layer(style).findtext("datasource", "")
        path, _, table = source.partition("|layername=")
        with closing(sqlite3.connect(self.folder / path)) as file:
            held = [
                {row for (row,) in file.execute(f'select fid from "{table}" where {when}')}
                for when, _, _ in self.rules(style)
            ]
            rows = [row for (row,) in file.execute(f'select fid from "{table}" order by fid')]
        return [[at for at, one in enumerate(held) if row in one] for row in rows]


def colour_of(symbol: ET.Element) -> str:
    """Give the fill of a symbol; of a place in a polygon, of the marker inside."""
    for one in symbol.iter("Option"):
        if one.get("name") == "color":
            return one.get("value", "")
    return ""


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Written:
    return Written(tmp_path_factory.mktemp("qgis") / "care_blocks", make_answer())


def styles_of(answer: Any) -> list[Style]:
    return [*cell_styles(answer), *site_styles(released(answer))]


@pytest.mark.parametrize("name", ["answer", "far_answer"])
def test_every_layer_has_the_classes_of_the_page(name, request, tmp_path):
    answer = request.getfixturevalue(name)
    written = Written(tmp_path / "a", answer)
    words = ProjectWords("en")
    seen = [one for one in styles_of(answer) if not one.empty]
    assert {one.words["group_key"] for one in seen} == {
        "map.group_need", "map.group_people", "map.group_reach", "map.group_site",
    }  # fmt: skip
    for style in seen:
        rules = written.rules(style.id)
        classes = style.classes
        assert [one for _, _, one in rules][: classes.count] == [rgba(c) for c in classes.colours]
        assert [one for _, one, _ in rules][: classes.count] == words.classes(classes)
        expected = [[classes.count] if code == NO_DATA else [int(code)] for code in classes.codes]
        assert written.codes(style.id) == expected, style.id


def test_english_labels_are_those_of_the_classes(far_answer):
    for style in styles_of(far_answer):
        if style.classes.kind != "yes_no":
            assert ProjectWords("en").classes(style.classes) == list(style.classes.labels)


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.floats(-1e6, 1e6, allow_subnormal=False), st.just(np.nan), st.just(np.inf),
            st.integers(0, 9).map(float),
        ),
        min_size=1, max_size=60,
    ),
    st.sampled_from([1, 100]),
    st.sampled_from([None, 10.0]),
)  # fmt: skip
def test_each_row_falls_under_the_rule_of_its_class(values, factor, smallest):
    array = np.array(values)
    style = Style("x", "cells", {}, "value_x", array, factor, smallest=smallest)
    rules = [*conditions(style, "value_x", "score_x"), unknown(style, "value_x", "score_x")]
    with closing(sqlite3.connect(":memory:")) as file:
        file.execute("create table t (at integer, value_x double, score_x double)")
        rows = [
            (at, one if np.isfinite(one) else None, None if np.isnan(one) else 0.5)
            for at, one in enumerate(values)
        ]
        file.executemany("insert into t values (?, ?, ?)", rows)
        for code, when in enumerate(rules):
            held = {at for (at,) in file.execute(f"select at from t where {when}")}
            wanted = NO_DATA if code == len(rules) - 1 else code
            assert held == set(np.flatnonzero(style.classes.codes == wanted).tolist()), when


def test_a_value_on_a_break_belongs_to_the_upper_class():
    style = Style("x", "cells", {}, "x", np.arange(71.0))
    assert conditions(style, "x")[:2] == ['"x" < 10.0', '"x" >= 10.0 AND "x" < 20.0']


def test_the_tree_lies_as_the_page_does(written):
    def names(group: ET.Element) -> list[Any]:
        return [
            one.get("name") if one.tag == "layer-tree-layer" else (one.get("name"), names(one))
            for one in group
            if one.tag.startswith("layer-tree")
        ]

    tree = written.root.find("layer-tree-group")
    assert names(tree) == [
        ("On top", ["The chosen sites", "Existing places"]),
        ("Possible sites", ["All possible sites", "Site index", "People in need",
                            "Way to a station"]),
        "Ruled out",
        "Edge of the plan",
        "Streets",
        ("What the map shows", [
            ("Need", ["Need", "Poverty"]),
            ("People", ["People", "Children", "People in need"]),
            ("Within reach on foot", ["Within reach today", "Within reach with the chosen sites"]),
        ]),
    ]  # fmt: skip
    shown = [
        one.get("name") for one in tree.iter("layer-tree-layer")
        if one.get("checked") == "Qt::Checked"
    ]  # fmt: skip
    assert shown == ["The chosen sites", "Existing places", "All possible sites",
                     "Edge of the plan", "Streets", "Need", "People",
                     "Within reach today"]  # fmt: skip
    groups = {one.get("name"): one for one in tree.iter("layer-tree-group")}
    assert groups["Need"].get("checked") == "Qt::Checked"
    assert groups["People"].get("checked") == "Qt::Unchecked"
    assert groups["What the map shows"].get("mutually-exclusive") == "1"


def test_a_folder_can_be_moved(written):
    assert str(written.folder) not in written.text
    for one in written.layers.values():
        path, _, table = one.findtext("datasource", "").partition("|layername=")
        assert path.startswith("./")
        assert not gpd.read_file(written.folder / path, layer=table).empty
    absolute = written.root.findtext("properties/Paths/Absolute")
    assert absolute == "false"


def test_the_same_answer_gives_the_same_bytes(written, tmp_path):
    again = Written(tmp_path / "again" / "care_blocks", make_answer())
    one, two = ((each.folder / "map.qgz").read_bytes() for each in (written, again))
    assert one == two


def test_ids_are_different_and_the_tree_has_every_layer(written):
    ids = [one.get("id") for one in written.root.iter("layer-tree-layer")]
    assert len(set(ids)) == len(ids)
    assert set(ids) == set(written.layers)


def test_every_column_is_in_plain_words_with_its_unit(written):
    aliases = {
        one.get("field"): one.get("name") for one in written.layer("index").iterfind("aliases/*")
    }
    assert aliases["value_station"] == "Way to a station (m)"
    assert aliases["contribution_reach"] == "People in need: part of the index (0 to 1)"
    assert aliases["area_m2"] == "Area (m²)"
    unnamed = [field for field, name in aliases.items() if field == name]
    assert unnamed == []
    cells = {
        one.get("field"): one.get("name") for one in written.layer("need").iterfind("aliases/*")
    }
    assert cells["census.age_0_14"] == "Children (people)"
    editable = {
        one.get("name") for one in written.layer("index").iterfind("editable/*")
        if one.get("editable") == "1"
    }  # fmt: skip
    assert editable == {"label"}


def test_a_name_at_both_levels_keeps_its_own_title(answer, tmp_path):
    criteria = answer.criteria.rename(index={"station": "poverty"})
    tables = {
        name: getattr(answer, name).rename(columns={"station": "poverty"})
        for name in ("site_values", "site_scores", "contributions")
    }
    written = Written(tmp_path / "a", replace(answer, criteria=criteria, **tables))
    for style, title in (("need", "Poverty (share)"), ("index", "Way to a station (m)")):
        aliases = {one.get("field"): one.get("name")
                   for one in written.layer(style).iterfind("aliases/*")}  # fmt: skip
        assert aliases["value_poverty"] == title


def test_the_project_says_what_it_is_and_from_what(written):
    told = written.root.findtext("projectMetadata/abstract", "")
    for words in ("care_blocks", "siteplanner 0.1.0", "Statistics office", "CC-BY-4.0", "2018",
                  "Hills are ignored."):  # fmt: skip
        assert words in told
    layer = written.layer("need")
    rights = [one.text for one in layer.iterfind("resourceMetadata/rights")]
    assert "Statistics office" in rights
    assert layer.findtext("srs/spatialrefsys/authid") == "EPSG:32618"
    west, east = (
        float(written.root.findtext(f"mapcanvas/extent/{one}")) for one in ("xmin", "xmax")
    )
    assert west < written.answer.area.bounds[0] < written.answer.area.bounds[2] < east


def test_the_public_sees_what_sites_gpkg_holds(public_answer, tmp_path):
    values = public_answer.site_values.copy()
    values.loc["b1", "reach"] = 7.0
    public_answer = replace(public_answer, site_values=values)
    written = Written(tmp_path / "public", public_answer)
    sources = {one.findtext("datasource") for one in written.layers.values()}
    files = {one.partition("|")[0] for one in sources}
    assert files == {"./sites.gpkg", "./ground.gpkg"}
    assert not (written.folder / "cells.gpkg").exists()
    assert "What the map shows" not in written.text
    rules = written.rules("site.reach")
    assert rules[-1][1] == "no data, or withheld"
    shown = {one.id: one for one in site_styles(released(public_answer))}
    whole = {one.id: one for one in site_styles(public_answer)}
    told = re.findall(r"\d+(?:\.\d+)?", " ".join(label for _, label, _ in rules))
    assert "7" not in told, "b1 reaches 7 people"
    assert shown["site.reach"].classes.breaks != whole["site.reach"].classes.breaks
    tables = ground_tables(public_answer)
    assert [list(one.columns) for one in tables.values()] == [["geometry"], ["geometry"]]


def test_a_map_of_need_has_no_sites(need_answer, tmp_path):
    written = Written(tmp_path / "need", need_answer)
    names = {one.findtext("layername") for one in written.layers.values()}
    assert {"Need", "Poverty", "Existing places"} <= names
    assert not {"All possible sites", "The chosen sites", "Ruled out"} & names


def test_places_of_two_kinds_are_two_layers(answer, tmp_path):
    existing = answer.existing.copy()
    existing.loc["e2", "geometry"] = Point(existing.geometry["e2"]).buffer(40)
    written = Written(tmp_path / "a", replace(answer, existing=existing))
    sources = {one.findtext("datasource") for one in written.layers.values()}
    assert {"./sites.gpkg|layername=existing|geometrytype=Point",
            "./sites.gpkg|layername=existing|geometrytype=Polygon"} <= sources  # fmt: skip


def test_cells_may_be_points(answer, tmp_path):
    cells = answer.cells.set_geometry(answer.cells.centroid)
    written = Written(tmp_path / "a", replace(answer, cells=cells))
    assert written.layer("need").get("geometry") == "Point"
    assert written.layer("need").find("renderer-v2/symbols/symbol").get("type") == "marker"


def test_text_that_means_harm_stays_text(hostile_answer, tmp_path):
    written = Written(tmp_path / "bad", hostile_answer)
    assert "\x00" not in written.text
    title = written.root.findtext("title")
    assert "<img src=x" in title
    assert list(written.root.find("title")) == []
    assert any(HOSTILE[1][:20] in (one.get("name") or "") for one in written.root.iter("alias"))


@pytest.mark.parametrize("language", ["es", "pt", "zh"])
def test_a_project_speaks_the_language_of_its_scenario(language, tmp_path):
    written = Written(tmp_path / "a", make_answer(make_scenario(language=language)))
    words = ProjectWords(language)
    names = {one.findtext("layername") for one in written.layers.values()}
    assert {words.say("map.need"), words.say("list.set"), words.say("map.streets")} <= names
    aliases = {one.get("field"): one.get("name")
               for one in written.layer("index").iterfind("aliases/*")}  # fmt: skip
    english = ProjectWords("en")
    same = {name for name in aliases if f"alias.{name}" in english.own
            and aliases[name] == english.say(f"alias.{name}")}  # fmt: skip
    assert same == set()


def test_the_words_of_every_language_are_whole():
    english = ProjectWords("en").own
    fields = {key: set(re.findall(r"\{\w+\}", text)) for key, text in english.items()}
    for code in ("es", "pt", "zh"):
        own = ProjectWords(code).own
        assert {key: set(re.findall(r"\{\w+\}", text)) for key, text in own.items()} == fields


def spelled(node: ET.Element, path: str, found: dict[str, set[str]]) -> dict[str, set[str]]:
    """Give the attributes of every element by its path; groups and symbols may nest."""
    group = node.tag == "layer-tree-group" and path.endswith("layer-tree-group")
    path = path if group else f"{path}/{node.tag}"
    if "/symbol/layer" in path and node.tag == "symbol":
        path = path[: path.index("/symbol/layer")] + "/symbol"
    found.setdefault(path, set()).update(node.attrib)
    if node.tag == "Option" and node.get("name") and "/symbol/layer" in path:
        found.setdefault(f"{path}@names", set()).add(str(node.get("name")))
    for child in node:
        spelled(child, path, found)
    return found


def test_everything_is_spelled_as_a_real_qgis_writes_it(written):
    """Held against what QGIS 3.22 wrote when it had opened and saved such a project."""
    for path, names in spelled(written.root, "", {}).items():
        if path.startswith(NOT_HEADLESS):
            continue
        assert path in WRITTEN_BY_QGIS, path
        assert names - LATER <= set(WRITTEN_BY_QGIS[path]), path


def test_the_project_needs_no_more_than_the_tables(answer):
    tables = {
        "sites.gpkg": site_tables(answer),
        "cells.gpkg": {"cells": cell_table(answer)},
        "ground.gpkg": ground_tables(answer),
    }
    assert project_text(answer, tables) == project_text(answer, tables)


LEGEND = """(id) => new Promise((done) => {
  document.querySelector(`#layers input[value="${id}"]`).click();
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const box = document.querySelector("#legend .shown");
    done([box.querySelector("h2").textContent, box.querySelector("p").textContent,
      Array.from(box.querySelectorAll("ul:not(.keys) li"), (one) => [one.textContent,
        getComputedStyle(one.firstChild).backgroundColor])]);
  }));
})"""


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_draws_the_same_classes(language, open_page, tmp_path):
    """The legend of every layer in a real browser: title, unit, labels and colours."""
    answer = make_answer(make_scenario(language=language))
    cells = answer.cells.copy()
    cells.loc["02-02", ["people", "demand"]] = np.nan  # how many live there is not known: not 0
    answer = replace(answer, cells=cells)
    page = open_page(answer).page
    written = Written(tmp_path / "project", answer)
    words = ProjectWords(language)
    for style in styles_of(answer):
        if style.empty:
            continue
        title, notes, rows = page.evaluate(LEGEND, style.id)
        ours = [
            [label, f"rgb({', '.join(colour.split(',')[:3])})"]
            for _, label, colour in written.rules(style.id)
        ]
        assert rows == ours, style.id
        assert title == written.layer(style.id).findtext("layername")
        assert notes.startswith(words.unit_of(style.words))
