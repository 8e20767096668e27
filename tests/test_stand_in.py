"""Where floors stand in for people, every answer says so."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box

from siteplanner import Project
from siteplanner.errors import InputError

PROXY = "square metres of floor, in place of people"
AREA = 'title = "Edge"\nsource = "area.gpkg"\nkind = "polygons"\n'
BUILDINGS = """
title = "Buildings"
source = "buildings.gpkg"
kind = "polygons"
id = "no"
proxy = "square metres of floor, in place of people"
[columns.floor_area]
from = "@floor_area_m2"
floors = "building:levels"
floors_unknown = 2
unit = "m2"
kind = "count"
[columns.levels]
from = "building:levels"
"""
SCENARIO = """
title = "Where the floors are"
area = "area"
[demand]
squares_m = 100
people = "buildings.floor_area"
[need.low]
layer = "buildings"
column = "levels"
measure = "mean"
zero_at = 5
full_at = 1
"""


@pytest.fixture
def town(tmp_path: Path) -> Project:
    for part in ("layers", "scenarios"):
        (tmp_path / part).mkdir()
    squares = [box(500_010 + 100 * n, 510_010, 500_030 + 100 * n, 510_030) for n in range(4)]
    table = {"no": list("abcd"), "building:levels": ["1", "3", None, "5"]}
    buildings = gpd.GeoDataFrame(table, geometry=squares, crs=32618)
    buildings.to_file(tmp_path / "layers" / "buildings.gpkg")
    edge = gpd.GeoDataFrame(geometry=[box(500_000, 510_000, 500_400, 510_100)], crs=32618)
    edge.to_file(tmp_path / "layers" / "area.gpkg")
    (tmp_path / "layers" / "area.toml").write_text(AREA)
    (tmp_path / "layers" / "buildings.toml").write_text(BUILDINGS)
    (tmp_path / "scenarios" / "first.toml").write_text(SCENARIO)
    return Project(tmp_path)


def test_the_label_reaches_the_page_the_summary_and_plan_json(town):
    plan = town.run("first")
    assert plan.cells["people"].sum() == pytest.approx(400 * (1 + 3 + 2 + 5), rel=0.01)
    folder = plan.save()
    page = (folder / "index.html").read_text(encoding="utf-8")
    traced = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    sentence = f"people stand-in: no people are counted here but {PROXY}"
    assert traced["layers"]["buildings"]["proxy"] == PROXY
    assert sentence in traced["notices"]
    assert f"Buildings: {PROXY}" in page
    assert sentence in page
    assert sentence in plan.summary()
    assert (
        "1 of 4 rows flagged: 'building:levels' is not known there (25 %): 2 assumed"
        in "\n".join(traced["notices"])
    )


def test_without_a_label_there_is_no_answer(town):
    path = town.root / "layers" / "buildings.toml"
    path.write_text(path.read_text().replace(f'proxy = "{PROXY}"\n', ""))
    for ask in (town.check, lambda: town.run("first")):
        with pytest.raises(InputError, match="counts square metres in place of people; say so in"):
            ask()
