"""Private layers: exact rows become counts on squares, and nothing exact gets out."""

from __future__ import annotations

import json
import struct

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from siteplanner import init
from siteplanner.errors import InputError
from siteplanner.sources.squares import LEVELS, REPORTS, areas_of, in_tens

CELL = 500
CRS = "EPSG:32618"


def reports(counts, **columns):
    """Make reports by square: {(column, row): count}, scattered inside it."""
    random = np.random.default_rng(7)
    points = [
        (CELL * (column + x), CELL * (row + y))
        for (column, row), count in counts.items()
        for x, y in random.uniform(0.01, 0.99, (count, 2))
    ]
    table = {"no": [f"r{n}" for n in range(len(points))], **columns}
    return gpd.GeoDataFrame(table, geometry=[shapely.Point(p) for p in points], crs=CRS)


@pytest.fixture
def kept(folder, reading):
    """Read reports as a private layer of squares of 500 m."""

    def read(table, private=None, **keys):
        table.to_file(folder / "r.gpkg")
        columns = keys.pop("columns", {})
        return reading(
            "r.gpkg", id="no", private={"cell_m": CELL, **(private or {})}, columns=columns, **keys
        )

    return read


def told(source):
    return dict(zip(source.table.index, source.table[REPORTS], strict=True))


squares = st.dictionaries(
    st.tuples(st.integers(-20, 20), st.integers(-20, 20)), st.integers(1, 30), max_size=40
)


def spread(counts):
    pairs = [pair for pair, count in counts.items() for _ in range(count)]
    return np.array(pairs, dtype=np.intp).reshape(-1, 2).T


@settings(max_examples=150, deadline=None)
@given(squares, st.integers(10, 25))
def test_every_area_has_enough_and_nobody_is_lost(counts, at_least):
    columns, rows = spread(counts)
    area = areas_of(columns, rows, at_least)
    found = np.bincount(area[area >= 0])
    assert (found >= at_least).all()
    assert found.sum() + (area < 0).sum() == sum(counts.values())
    one_area = pd.DataFrame({"c": columns, "r": rows, "a": area}).groupby(["c", "r"])["a"].nunique()
    assert (one_area == 1).all()  # a square is never cut
    block = [columns >> LEVELS, rows >> LEVELS]
    left = pd.Series(area < 0).groupby(block).agg(["any", "size"])
    assert (left.loc[left["any"], "size"] < at_least).all()  # nothing is left out that need not be


@settings(max_examples=150, deadline=None)
@given(squares, st.randoms(use_true_random=False))
def test_the_order_of_the_file_makes_no_difference(counts, random):
    columns, rows = spread(counts)
    order = list(range(len(columns)))
    random.shuffle(order)
    assert (areas_of(columns, rows, 10)[order] == areas_of(columns[order], rows[order], 10)).all()


@settings(max_examples=100, deadline=None)
@given(squares, st.tuples(st.integers(-20, 20), st.integers(-20, 20)))
def test_one_report_more_changes_nothing_beyond_its_block(counts, extra):
    before, after = dict(counts), dict(counts)
    after[extra] = after.get(extra, 0) + 1

    def by_square(of):
        columns, rows = spread(of)
        area = areas_of(columns, rows, 10)
        sets = {}
        for column, row, one in zip(columns, rows, area, strict=True):
            sets.setdefault(one, set()).add((column, row))
        return {
            square: frozenset(there) if one >= 0 else None
            for one, there in sets.items()
            for square in there
        }

    far = [square for square in before if (square[0] >> LEVELS, square[1] >> LEVELS)
           != (extra[0] >> LEVELS, extra[1] >> LEVELS)]  # fmt: skip
    first, second = by_square(before), by_square(after)
    assert all(first[square] == second[square] for square in far)


@given(st.lists(st.tuples(st.integers(10, 90), st.integers(0, 3)), max_size=20))
def test_tens_keep_the_total_of_each_block(pairs):
    counts = np.array([one for one, _ in pairs], dtype=np.int64)
    blocks = np.array([one for _, one in pairs], dtype=np.intp)
    tens = in_tens(counts, blocks)
    assert (tens % 10 == 0).all()
    assert (tens >= 10).all()
    for block in set(blocks.tolist()):
        assert tens[blocks == block].sum() == counts[blocks == block].sum() // 10 * 10


def test_by_eye(kept):
    counts = {(1200, 1000): 14, (1201, 1000): 3, (1201, 1001): 4, (1203, 1003): 25, (1300, 1000): 5}
    source = kept(reports(counts))
    assert told(source) == {"p1200_1000": 20.0, "p1203_1003": 20.0}
    # 14 + 7 = 21 and 25: of 46, 20 and 20 by the tens of their block; 6 + 5 are on no area
    joined = source.table.geometry["p1200_1000"]
    assert joined.area == 3 * CELL**2
    assert joined.bounds == (600_000, 500_000, 601_000, 501_000)
    said = "\n".join(map(str, source.notices))
    assert "about 50 rows are told as counts in tens, on 2 areas" in said
    assert "1 of the areas are several squares that had too few" in said
    assert "about 10 rows are on no area" in said
    assert source.layer.kind == "polygons"
    assert source.written.kind == "points"


def test_words_sums_and_means(kept):
    kinds = ["dumping"] * 20 + ["vacancy"] * 12 + ["rare"] * 3
    sums = [100.0] * 20 + [1.0] * 11 + [900.0] + [5.0] * 3
    ages = [40.0] * 20 + [50.0] * 5 + [np.nan] * 7 + [1.0] * 3
    table = reports({(1200, 1000): 35}, kind=kinds, money=sums, age=ages, text=["my name"] * 35)
    columns = {"kind": "category", "money": "count", "age": "value", "text": "category"}
    source = kept(table, {"keep_text": ["kind"]}, columns=columns, label="text")
    found = source.table
    assert list(found.columns) == ["kind", "money", "age", REPORTS, "geometry"]
    assert list(found.index) == ["p1200_1000 dumping", "p1200_1000 vacancy"]
    assert found["money"].iloc[0] == 2000
    assert np.isnan(found["money"].iloc[1])  # one gave nearly all of it
    assert found["age"].iloc[0] == 40
    assert np.isnan(found["age"].iloc[1])  # only five said
    assert "text" not in source.layer.columns
    assert "'text' may be free text and is left out" in "\n".join(map(str, source.notices))


def test_sensitive_rows_are_one_total(kept):
    kinds = ["dumping"] * 20 + ["Eviction "] * 30 + [None] * 10
    table = reports({(1200, 1000): 60}, kind=kinds)
    private = {"keep_text": ["kind"], "sensitive": {"column": "kind", "values": ["eviction"]}}
    source = kept(table, private, columns={"kind": "category"})
    assert told(source) == {"p1200_1000 dumping": 20.0}
    said = "\n".join(map(str, source.notices))
    assert "about 40 rows are of a sensitive 'kind' ('eviction', or not said)" in said


def test_a_misspelt_sensitive_word_does_not_let_anybody_through(kept):
    table = reports({(1200, 1000): 40}, kind=["Eviction"] * 40)
    private = {"keep_text": ["kind"], "sensitive": {"column": "kind", "values": ["evicton"]}}
    with pytest.raises(InputError, match="no row has 'evicton', and some have 'Eviction'"):
        kept(table, private, columns={"kind": "category"})


def test_nothing_of_few_reports_may_be_told(kept):
    with pytest.raises(InputError, match="nowhere are there 10 rows near each other"):
        kept(reports({(1200, 1000): 9}))


def test_what_reading_found_is_not_quoted(kept):
    table = reports({(1200, 1000): 20}, people=["1"] * 19 + ["ask Rosa, flat 12"])
    source = kept(table, columns={"people": "count"})
    assert not any("Rosa" in str(one) for one in source.notices)
    told = "\n".join(str(one) for one in source.notices)
    assert "fewer than 10 rows were flagged while reading" in told


def test_degrees_become_squares_in_metres_and_the_table_is_not_changed(kept):
    table = reports({(1200, 1000): 20, (1201, 1000): 20}).to_crs(4326)
    source = kept(table)
    assert source.table.crs == CRS
    assert told(source) == {"p1200_1000": 20.0, "p1201_1000": 20.0}


def test_a_map_projection_that_stretches_makes_no_smaller_squares(kept):
    points = reports({(1200, 13_200): 60}).to_crs(3857)  # 60° north: Web Mercator doubles lengths
    source = kept(points)
    assert source.table.crs == CRS
    assert told(source) == {"p1200_13200": 60.0}


def test_rows_with_no_place_on_the_map_are_only_in_the_total(kept):
    table = pd.concat([reports({(1200, 1000): 20}).to_crs(4326), gpd.GeoDataFrame(
        {"no": ["x"]}, geometry=[shapely.Point(100, 0)], crs=4326)])  # fmt: skip
    source = kept(table)
    assert told(source) == {"p1200_1000": 20.0}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"private": {"cell_m": 50}}, "cell_m: found 50"),
        ({"private": {"cell_m": 500, "at_least": 3}}, "at_least: found 3"),
        ({"private": {"cell_m": 500, "keep_text": ["kind"]}}, "'kind', which is no category"),
        ({"private": {"cell_m": 500, "sensitive": {"column": "k", "values": ["x"]}}}, "'k', which"),
        ({"private": {"cell_m": 500, "sensitive": {"column": "k", "values": []}}}, "values"),
        ({"private": {}}, "cell_m"),
        ({"private": {"cell_m": 500}, "kind": "raster"}, "private is for rows that people made"),
    ],
)
def test_keys_that_cannot_be_meant(tmp_path, keys, said):
    from siteplanner.model import read_layer

    lines = {"title": "R", "source": "r.csv", "kind": "points", **keys}
    private = lines.pop("private")
    text = "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())
    text += "[private]\n"
    for key, value in private.items():
        shown = json.dumps(value)
        if isinstance(value, dict):
            inner = ", ".join(f"{k} = {json.dumps(v)}" for k, v in value.items())
            shown = "{" + inner + "}"
        text += f"{key} = {shown}\n"
    (tmp_path / "r.toml").write_text(text)
    with pytest.raises(InputError) as caught:
        read_layer(tmp_path / "r.toml")
    assert said in str(caught.value)


LAYER = """
title = "Reports"
source = "reports.csv"
kind = "points"
id = "no"
crs = "EPSG:4326"
coordinates = ["lon", "lat"]
[private]
cell_m = 200
keep_text = ["kind"]
sensitive = { column = "kind", values = ["eviction"] }
[columns.kind]
kind = "category"
[columns.told]
kind = "category"
[columns.pledged]
kind = "count"
unit = "COP"
"""
SCENARIO = """
extends = "care_blocks"
title = "With reports"
[need.reports]
layer = "reports"
measure = "count"
of = "cells.people"
where = { kind = ["dumping"] }
zero_at = 0
full_at = 50
[need.here]
layer = "reports"
measure = "count"
within = "place"
zero_at = 0
full_at = 10
[site.pledges]
layer = "reports"
column = "pledged"
measure = "sum"
within = "walk"
zero_at = 0
full_at = 100000
[site.around]
layer = "reports"
measure = "count"
limit_m = 400
zero_at = 0
full_at = 100
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Give the town with 300 reports, and what was reported."""
    project = init(tmp_path_factory.mktemp("private") / "town")
    random = np.random.default_rng(3)
    west, south, east, north = gpd.read_file(project.root / "layers" / "town.geojson").total_bounds
    lon = np.round(random.uniform(west, east, 300), 7)
    lat = np.round(random.uniform(south, north, 300), 7)
    table = pd.DataFrame({"no": [f"rep{n:04d}" for n in range(300)], "lon": lon, "lat": lat})
    table["kind"] = random.choice(["dumping", "vacancy", "eviction"], 300, p=[0.7, 0.2, 0.1])
    table["told"] = [f"secret words {n:04d}" for n in range(300)]
    table["pledged"] = random.integers(1000, 2000, 300)
    table.to_csv(project.root / "layers" / "reports.csv", index=False)
    (project.root / "layers" / "reports.toml").write_text(LAYER)
    (project.root / "scenarios" / "told.toml").write_text(SCENARIO)
    return project, table


@pytest.fixture(scope="module")
def plan(town):
    return town[0].run("told")


def test_counts_are_moved_to_cells_by_area(plan):
    told_of = plan.sources["reports"].table.to_crs(plan.study.crs)
    for cell in plan.cells.index[::25]:
        ground = plan.cells.geometry[cell]
        shares = told_of.intersection(ground).area / told_of.area
        assert plan.need.measures["here"][cell] == pytest.approx((shares * told_of[REPORTS]).sum())


def test_counts_and_sums_within_a_walk(plan):
    told_of = plan.sources["reports"].table
    assert told_of[REPORTS].sum() >= 100
    assert "eviction" not in set(told_of["kind"])
    assert 0 < plan.place.measures["around"].max() <= told_of[REPORTS].sum()
    assert 0 < plan.place.measures["pledges"].max() <= told_of["pledged"].sum()
    assert (plan.need.measures["reports"].dropna() >= 0).all()


def test_who_takes_part_is_held_against_need(plan):
    said = [str(one) for one in plan.notices if "who took part" in str(one)]
    assert [one.split()[1] for one in said] == ["reports", "here"]
    scores = plan.need.scores[plan.cells["people"] > 0]
    rho = scores[["reports", "poverty"]].rank().dropna().corr().iloc[0, 1]
    assert f"poverty {rho:+.2f} (over ".replace("-", "−") in said[0]
    assert "here" not in said[0].split("goes with")[1].split()


@pytest.mark.parametrize("audience", ["internal", "public"])
def test_nothing_exact_is_in_any_output(town, plan, audience):
    project, table = town
    path = project.root / "scenarios" / "told.toml"
    if audience == "public":
        path.write_text(f'audience = "public"\n{SCENARIO}')
        plan = project.run("told")
    folder = plan.save()
    path.write_text(SCENARIO)
    points = gpd.GeoSeries.from_xy(table["lon"], table["lat"], crs=4326)
    metric = shapely.get_coordinates(points.to_crs(plan.study.crs).to_numpy())
    needles = [word.encode() for word in (*table["no"], *table["told"])]
    degrees = shapely.get_coordinates(points.to_numpy())
    pairs = [[f"{abs(one):.7f}"[:-2].encode() for one in pair] for pair in degrees]
    pairs += [[f"{one:.2f}"[:-1].encode() for one in pair] for pair in metric]
    doubles = [struct.pack("<d", one) for one in (*table["lon"], *table["lat"], *metric.ravel())]
    files = [one for one in folder.rglob("*") if one.is_file()]
    assert {one.suffix for one in files} >= {".html", ".json", ".csv", ".gpkg"}
    for one in files:
        content = one.read_bytes()
        assert not [needle for needle in (*needles, *doubles) if needle in content], one
        assert not [pair for pair in pairs if pair[0] in content and pair[1] in content], one


def test_a_scenario_that_asks_for_exact_places(town):
    project, _ = town
    wrong = SCENARIO.replace('measure = "count"\nlimit_m', 'measure = "nearest"\nlimit_m')
    wrong += '[sites]\nlayer = "reports"\n[site.words]\nlayer = "reports"\nmeasure = "count"\n'
    wrong += 'where = { told = ["x"] }\nzero_at = 0\nfull_at = 1\n'
    (project.root / "scenarios" / "wrong.toml").write_text(wrong)
    try:
        with pytest.raises(InputError) as caught:
            project.run("wrong")
    finally:
        (project.root / "scenarios" / "wrong.toml").unlink()
    said = str(caught.value)
    assert "sites.layer: layer 'reports' is private: its rows have no exact place" in said
    assert "site.around.measure: layer 'reports' is private, and 'nearest' asks for exact" in said
    assert "leaves the words of 'told' out" in said
