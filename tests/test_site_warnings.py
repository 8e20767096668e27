"""Warnings: the site stays in, and says what to look into there."""

from __future__ import annotations

import geopandas as gpd
import geopandas.testing
import numpy as np
import pytest
import rasterio
from pyproj import CRS
from rasterio.transform import from_origin
from shapely import Point, box

from siteplanner import sites
from siteplanner.errors import InputError
from siteplanner.model import Choice, Column, Criterion, Demand, Layer, Scenario, Sites, Walk
from siteplanner.problems.finding import find
from siteplanner.sources import Raster
from siteplanner.study import Study

UTM = CRS.from_epsg(32618)
COLUMNS = {"tenure": Column(kind="category"), "floors": Column(), "height": Column(unit="m")}


def scenario(**rules) -> Scenario:
    return Scenario(
        name="parks", title="Parks", area="city",
        demand=Demand(squares_m=100, people="lots.floors"),
        need={"p": Criterion(layer="lots", column="floors", zero_at=4, full_at=1)},
        sites=Sites(**({} if "grid_m" in rules else {"layer": "lots"}), **rules),
        site={"r": Criterion(layer="lots", column="floors", zero_at=0, full_at=1)},
        choice=Choice(count=1), walk=Walk(network="streets", limit_m=500),
    )  # fmt: skip


@pytest.fixture
def study(tmp_path) -> Study:
    """Give three lots of 100 m side by side; flood on the western half of the second."""
    path = tmp_path / "low.tif"
    with rasterio.open(
        path, "w", driver="GTiff", crs=UTM.to_wkt(), transform=from_origin(0, 100, 100, 100),
        width=3, height=1, count=1, dtype="float32", nodata=-9,
    ) as dataset:  # fmt: skip
        dataset.write(np.array([[[0.0, 2.5, -9]]], dtype="float32"))
    lots = gpd.GeoDataFrame(
        {"label": ["", "", ""], "tenure": ["public", "private", "public"], "floors": [1.0, 2, 9]},
        index=["a", "b", "c"],
        geometry=[box(x, 0, x + 100, 100) for x in (0, 100, 200)],
        crs=UTM,
    ).rename_axis("id")
    flood = gpd.GeoDataFrame(geometry=[box(110, 0, 150, 100)], index=["f"], crs=UTM)
    layers = {
        name: Layer(name=name, title=title, source="x", kind="polygons", columns=COLUMNS)
        for name, title in (("lots", "Lots"), ("flood", "Flood of 2019"), ("low", "Hollows"))
    }
    area = box(0, 0, 300, 100)
    return Study(
        UTM, area, area, {"lots": lots, "flood": flood},
        {"low": Raster(path, UTM, {"height": 1}, -9)}, layers, (),
    )  # fmt: skip


def warnings_of(found):
    return found.table["warnings"].to_dict()


def test_a_site_in_the_flood_stays_in_and_says_so(study):
    found = sites.find(scenario(warn={"flood": {"layer": "flood"}}), study)
    assert list(found.table.index) == ["a", "b", "c"]
    assert len(found.excluded) == 0
    assert warnings_of(found) == {"a": "", "b": "flood: touches Flood of 2019", "c": ""}
    (said,) = [str(one) for one in found.notices]
    assert said == "sites: 1 of 3 rows flagged: they stay in with a warning: flood (for example b)"


def test_several_warnings_stand_side_by_side(study):
    rules = {
        "flood": {"layer": "flood", "min_share": 0.2, "reason": "floods"},
        "hollow": {"layer": "low", "column": "height", "above": 1, "reason": "water stands"},
        "owner": {"where": {"tenure": ["private"]}, "reason": "not ours"},
        "high": {"column": "floors", "above": 5},
    }
    found = warnings_of(sites.find(scenario(warn=rules), study))
    assert found == {
        "a": "",
        "b": (
            "floods: 40% covered by Flood of 2019; water stands: 2.5 m is above 1 m; "
            "not ours: tenure is private"
        ),
        "c": "high: 9 is above 5",
    }


def test_what_is_not_known_is_counted_not_warned_of(study):
    rule = {"layer": "low", "column": "height", "above": 1}
    found = sites.find(scenario(warn={"hollow": rule}), study)
    assert warnings_of(found)["c"] == ""
    said = [str(one) for one in found.notices]
    assert any("1 of 3 rows flagged: hollow: not known there" in one for one in said)


def test_who_is_out_is_not_warned_of(study):
    rules = {"exclude": {"flood": {"layer": "flood"}}, "warn": {"flood": {"layer": "flood"}}}
    found = sites.find(scenario(**rules), study)
    assert list(found.excluded.index) == ["b"]
    assert "warnings" not in found.excluded
    assert set(warnings_of(found).values()) == {""}


def test_without_warnings_nothing_changes(study):
    before = study.tables["lots"].copy()
    plain = sites.find(scenario(), study)
    assert "warnings" not in plain.table
    sites.find(scenario(warn={"flood": {"layer": "flood"}}), study)
    gpd.testing.assert_geodataframe_equal(study.tables["lots"], before)


def test_points_of_a_grid_can_be_warned_of(study):
    found = sites.find(scenario(grid_m=50, warn={"flood": {"layer": "flood"}}), study)
    met = found.table[found.table["warnings"] != ""]
    assert set(met.geometry.x) == {150.0}
    assert met.geometry.iloc[0] == Point(150, met.geometry.iloc[0].y)
    with pytest.raises(InputError, match=r"sites\.warn\.own: grid points have no columns"):
        sites.find(scenario(grid_m=50, warn={"own": {"column": "floors", "above": 1}}), study)


def test_mistakes_are_said_with_their_key(study):
    rules = {
        "nothing": {},
        "unknown": {"layer": "flod"},
        "raster": {"layer": "low"},
        "number": {"layer": "flood", "above": 3},
    }
    layers = {**study.layers, "low": study.layers["low"].model_copy(update={"kind": "raster"})}
    text = "\n".join(str(one) for one in find(scenario(warn=rules), layers))
    assert "sites.warn.nothing: it warns of nothing; add a layer, where or column" in text
    assert "sites.warn.unknown.layer: no layer 'flod'; did you mean 'flood'" in text
    assert "sites.warn.raster: there is no number to compare with" in text
    assert "sites.warn.number.above" in text
    assert "flood" in scenario(warn={"flood": {"layer": "flood"}}).layer_names()
