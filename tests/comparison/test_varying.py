"""Space drawn otherwise: each variant is a whole run, and the plan stays what it was."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from siteplanner.comparison import doubting, variants

from .conftest import ASKED


@pytest.fixture
def town(hexagon_town):
    return hexagon_town


@pytest.fixture
def plan(hexagon_plan):
    return hexagon_plan


@pytest.fixture
def varied(varied_plan):
    return varied_plan


def test_an_offset_shifts_the_cells_and_keeps_the_people(town, plan):
    shifted = town.run("shifted")
    west = [one.cells.geometry.iloc[0].bounds[0] % 200 for one in (plan, shifted)]
    assert abs(west[1] - west[0]) % 200 == pytest.approx(100, abs=1e-6)
    assert shifted.cells["people"].sum() == pytest.approx(plan.cells["people"].sum(), rel=0.02)


def test_what_is_varied(plan):
    found = [(one.choice, one.said) for one in variants.variants_of(plan, 50.0)]
    assert len(found) == len(set(found))
    many = {one: sum(choice == one for choice, _ in found) for one, _ in found}
    # 3 sizes × 3 shifts, less itself; 3 draws and the steps: nothing else has 1 % of the length
    assert many == {"cells": 8, "limit": 3, "who walks": 3, "streets": 4, "edge": 1}
    assert ("streets", "no steps mapped") in found
    assert {said for _, said in found} >= set(ASKED)


def test_a_variant_equals_a_run_of_that_scenario(town, plan, varied):
    shifted = town.run("shifted")
    key = ("cells", "hexagons of 200 m, shifted 100 m east and 0 m north")
    own, other = set(plan.choice.table.index), set(shifted.choice.table.index)
    assert varied.variants.loc[key, "same_set"] == pytest.approx(
        len(own & other) / len(own | other)
    )


def test_the_tables_hang_together(plan, varied):
    known = varied.variants[varied.variants["failed"] == ""]
    assert known["same_set"].between(0, 1).all()
    assert set(varied.sites.index[varied.sites["chosen"]]) == set(plan.choice.table.index)
    assert (varied.sites["best_rank"] <= varied.sites["worst_rank"]).all()
    assert varied.choices["same_set"].is_monotonic_increasing
    went = known["went_out"].str.split(", ").explode()
    lost = {one for one in went if one}
    shares = varied.sites.set_index("label")["share"]
    assert all(shares[one] < 1 for one in lost)


def test_a_wider_area_looks_at_sites_that_the_plan_does_not_know(plan, varied):
    outside = varied.site_flips[~varied.site_flips.index.isin(plan.sites.table.index)]
    assert outside["best_rank"].isna().all()
    assert (outside["chosen"] == 0).all()
    row = varied.variants.loc["edge"].iloc[0]
    assert 0 <= row["same_set"] <= 1
    assert row["failed"] == ""


def test_it_reaches_the_page_and_a_map(plan, varied, hexagon_sure, tmp_path):
    sure, sets = hexagon_sure, plan.sets(2)
    folder = doubting.write(plan, sure, sets, varied, tmp_path / "out")
    sites, cells = (gpd.read_file(folder / "flips.gpkg", layer=one) for one in ("sites", "cells"))
    assert sites.set_index("site")["share"].to_dict() == varied.sites["share"].to_dict()
    assert cells.crs == plan.study.crs
    assert len(cells) == len(varied.cell_flips) > 0
    text = (folder / "index.html").read_text("utf-8")
    assert "How space is drawn" in text
    assert (varied.farthest is not None) == ("Where the answer flips" in text)
    assert (folder / "space.csv").is_file()
    doubting.write(plan, sure, sets, None, folder)  # without space: nothing old is left
    assert not {"flips.gpkg", "space.csv"} & {one.name for one in folder.iterdir()}


def test_a_lattice_without_an_offset_is_where_it_was():
    from siteplanner.cells import hexagons

    assert np.isclose(hexagons(box(40, 20, 45, 60), 100).iloc[0].centroid.x, 0)
