"""Where the answer flips: looked up by brute force, counted by eye, and masked for the public."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from siteplanner.comparison import doubting, flipping

NAN = float("nan")
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?")


def test_a_point_has_what_the_cell_around_it_has():
    rng = np.random.default_rng(3)
    corners = rng.uniform(0, 10, (30, 2))
    cells = gpd.GeoDataFrame(
        geometry=[shapely.box(x, y, x + 2, y + 1) for x, y in corners], crs=32618
    )
    served, points = rng.random(30), shapely.points(rng.uniform(0, 12, (200, 2)))
    found = flipping.reached_at(points, cells, served)
    for point, value in zip(points, found, strict=True):
        first = next((at for at in range(30) if cells.geometry[at].intersects(point)), None)
        assert np.isnan(value) if first is None else value == served[first]


def test_flips_by_eye(grid3):
    cells = grid3.assign(served_after=[1.0, 1, 1, 0, 0, 0, NAN, 1, 0])
    cells.loc[cells.index[8], "in_area"] = False
    reached = {
        ("limit", "a"): np.array([1.0, 0, NAN, 0, 1, 0, 1, 1, 1]),
        ("limit", "b"): np.array([0.6, 0, NAN, 0, 1, NAN, 1, 1, 1]),
        ("cells", "c"): np.array([1.0, 1, NAN, 0, 0, 0, 1, 0.4, 1]),
    }
    found = flipping.flips_at(cells, reached)
    assert found[["reached", "variants", "share", "flips"]].to_dict("index") == {
        cells.index[1]: {"reached": 1, "variants": 3, "share": 0.333333, "flips": 0.666667},
        cells.index[4]: {"reached": 0, "variants": 3, "share": 0.666667, "flips": 0.666667},
        cells.index[7]: {"reached": 1, "variants": 3, "share": 0.666667, "flips": 0.333333},
    }  # unknown in all variants, unknown in the plan, and outside the area: not told


def test_a_site_flips_where_sets_answer_otherwise():
    sites = pd.DataFrame({"chosen": [True, False], "share": [0.75, 0.5]}, index=["a", "b"])
    found = flipping.site_flips(sites, {"a": shapely.Point(0, 0), "b": shapely.Point(1, 1)}, 32618)
    assert found["flips"].tolist() == [0.25, 0.5]
    assert found["chosen"].tolist() == [1, 0]


@pytest.fixture(scope="module")
def folder(public_plan, public_sets, hexagon_sure, varied_plan, tmp_path_factory) -> Path:
    where = tmp_path_factory.mktemp("public")
    return doubting.write(public_plan, hexagon_sure, public_sets, varied_plan, where)


def told(file: Path) -> str:
    """Give all numbers and words of a file, without the coordinates of a drawing."""
    if file.suffix != ".gpkg":
        text = file.read_text("utf-8-sig")
        return re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL)
    layers = [gpd.read_file(file, layer=name) for name, _ in pyogrio.list_layers(file)]
    return " ".join(one.drop(columns="geometry").to_csv(float_format="%.9g") for one in layers)


def withheld(plan, sets) -> set[float]:
    """Give every exact number of people that the public must not have: in tens it may."""
    cells, sites = plan.cells, plan.sites.table
    tables = [
        cells[["people", "demand", *plan.scenario.demand.groups]],
        sites[["people_reached", "need_reached"]],
        plan.choice.table[["new_demand"]], plan.choice.phases[["objective", "new_demand"]],
        sets.sites[["lost", "lost_share"]], sets.by_count[["new_demand", "more"]],
        plan.outcomes.by_group, plan.outcomes.by_phase, plan.outcomes.by_decile[["newly"]],
    ]  # fmt: skip
    every = np.concatenate([one.to_numpy(dtype=float).ravel() for one in tables])
    return {float(one) for one in every[np.isfinite(every)] if abs(one) > 1e-6}


def test_no_file_for_the_public_holds_an_exact_count(folder, public_plan, public_sets):
    secret = withheld(public_plan, public_sets)
    odd = np.array(sorted(one for one in secret if abs(one - round(one, 1)) > 1e-6))
    whole = {f"{one:,.0f}" for one in secret if one > 100 and round(one) % 10}
    assert len(odd) > 300
    files = sorted(folder.iterdir())
    assert {"flips.gpkg", "robustness.json", "by_count.csv", "index.html"} <= {
        one.name for one in files
    }
    for file in files:
        words = NUMBER.findall(told(file))
        assert len(words) > 1, file.name
        numbers = {one for one in words if "." in one and len(one.partition(".")[2]) > 2}
        for one in numbers:
            value = float(one.replace(",", ""))
            at = np.abs(odd - value) <= 1e-6 * np.maximum(1, np.abs(odd))
            assert not at.any(), (file.name, one)
        assert not whole & set(words), file.name


def test_what_the_public_gets_is_in_tens(folder):
    tables = json.loads((folder / "robustness.json").read_text("utf-8"))["tables"]
    for name, columns in (("set", ["lost"]), ("by_count", ["new_demand", "more"])):
        for row in tables[name]:
            assert all(row[one] is None or row[one] % 10 == 0 for one in columns), name
    assert any(row["new_demand"] for row in tables["by_count"])


def test_the_public_gets_no_single_cell(folder, public_plan, hexagon_plan, varied_plan):
    assert [name for name, _ in pyogrio.list_layers(folder / "flips.gpkg")] == ["sites"]
    parts = varied_plan.site_flips, varied_plan.cell_flips
    assert list(flipping.layers_for(hexagon_plan.answer(), *parts)) == ["sites", "cells"]
    assert list(flipping.layers_for(public_plan.answer(), *parts)) == ["sites"]
    assert "worse" not in " ".join(
        one for one in told(folder / "index.html").splitlines() if "without it" in one
    )
