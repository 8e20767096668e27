"""Candidate sites: each one that is out keeps its first reason."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import geopandas.testing
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from rasterio.transform import from_origin
from shapely import LineString, Point, Polygon, box

from siteplanner import sites
from siteplanner.errors import InputError
from siteplanner.model import Choice, Column, Criterion, Demand, Layer, Scenario, Sites, Walk
from siteplanner.sources import Raster
from siteplanner.study import Study

UTM = CRS.from_epsg(32618)
COLUMNS = MappingProxyType(
    {"tenure": Column(kind="category"), "height": Column(unit="m"), "floors": Column()}
)
AREA = box(0, 0, 300, 300)


def scenario(**rules) -> Scenario:
    return Scenario(
        name="parks", title="Parks", area="city",
        demand=Demand(squares_m=100, people="lots.people"),
        need={"p": Criterion(layer="lots", column="people", zero_at=4, full_at=1)},
        sites=Sites(**{"layer": "lots", **rules} if "grid_m" not in rules else rules),
        site={"r": Criterion(layer="lots", column="people", zero_at=0, full_at=1)},
        choice=Choice(count=1), walk=Walk(network="streets", limit_m=500),
    )  # fmt: skip


def table(shapes, index=None, **columns) -> gpd.GeoDataFrame:
    names = index or [f"u{place}" for place in range(len(shapes))]
    return gpd.GeoDataFrame(columns, index=names, geometry=list(shapes), crs=UTM).rename_axis("id")


def study_of(rasters=None, area=AREA, **tables) -> Study:
    layers = {
        name: Layer(name=name, title=name.title(), source="x", kind="polygons", columns={**COLUMNS})
        for name in [*tables, *(rasters or {})]
    }
    return Study(UTM, area, area.buffer(100), tables, rasters or {}, layers, ())


@pytest.fixture
def lots(grid3) -> gpd.GeoDataFrame:
    """Give nine lots, a1 (south west) to c3, of which a1 is 10 m wide and c3 is 60 × 60."""
    lots = table(grid3.geometry.to_list(), grid3.index.to_list(), label="")
    lots.loc["a1", "geometry"] = box(0, 0, 10, 100)
    lots.loc["c3", "geometry"] = box(200, 200, 260, 260)
    lots.loc["b2", "label"] = "Main square"
    lots["tenure"] = ["public"] * 5 + ["private"] * 3 + [None]
    lots["floors"] = [1.0, 2, 3, 4, 5, 6, 7, 8, np.nan]
    return lots


def out(found: sites.Candidates) -> dict[str, str]:
    return found.excluded["reason"].to_dict()


def told(found: sites.Candidates) -> list[str]:
    return [str(one) for one in found.notices]


def test_every_lot_of_the_area_is_a_candidate(lots):
    found = sites.find(scenario(), study_of(lots=lots))
    assert found.table.index.tolist() == ["a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2", "c3"]
    assert found.table.index.name == "site"
    assert list(found.table.columns) == ["label", "geometry", "layer", "area_m2", "width_m"]
    assert list(found.excluded.columns) == [*found.table.columns, "reason"]
    assert found.table["label"].loc[["a1", "b2"]].tolist() == ["a1", "Main square"]
    assert found.table["layer"].unique().tolist() == ["lots"]
    assert found.table["area_m2"]["c3"] == 3600
    assert found.table["width_m"].isna().all()
    assert found.table.crs == UTM
    assert len(found.excluded) == 0


def test_lots_outside_the_area_are_out(lots):
    found = sites.find(scenario(), study_of(lots=lots, area=box(0, 0, 300, 100)))
    assert found.table.index.tolist() == ["a1", "b1", "c1"]
    assert set(out(found).values()) == {"outside the area"}
    assert told(found)[0].startswith("sites: 6 of 9 rows dropped: they lie outside the area")


def test_area_and_width_rule_lots_out_in_words(lots):
    found = sites.find(
        scenario(min_area_m2=3600, max_area_m2=9999, min_width_m=20), study_of(lots=lots)
    )
    assert found.table.index.tolist() == ["c3"]
    assert out(found)["a1"] == "area 1,000 m² is below 3,600 m²"
    assert out(found)["b2"] == "area 10,000 m² is above 9,999 m²"
    assert found.table["width_m"]["c3"] == pytest.approx(60, abs=0.03)
    assert "sites: 1 of 9 rows dropped: their area is below 3,600 m² (for example a1)" in told(
        found
    )


def test_width_is_measured_last_and_only_where_it_decides(lots):
    found = sites.find(scenario(min_width_m=60, max_area_m2=5000), study_of(lots=lots))
    assert found.table.index.tolist() == ["c3"]
    assert out(found)["a1"] == "width 10.0 m is below 60 m"
    assert found.excluded["width_m"].drop("a1").isna().all()


def test_width_is_that_of_the_widest_place():
    courtyard = Polygon(
        [(0, 0), (30, 0), (30, 30), (0, 30)], [[(5, 5), (25, 5), (25, 25), (5, 25)]]
    )
    shapes = np.array([courtyard, box(0, 0, 100, 16), Point(0, 0).buffer(10, quad_segs=90)])
    # in the corner of the courtyard, the circle touches two sides and the inner corner
    corner = 2 * 5 * np.sqrt(2) / (1 + np.sqrt(2))
    assert sites.width_m(shapes) == pytest.approx([corner, 16, 20], abs=0.03)


def test_points_are_not_asked_for_area_or_width():
    given = study_of(lots=table([Point(50, 50), Point(900, 0)]))
    found = sites.find(scenario(min_area_m2=600, min_width_m=16), given)
    assert found.table.index.tolist() == ["u0"]
    assert np.isnan(found.table["area_m2"]["u0"])
    assert any("1 of 1 rows flagged: they are points" in one for one in told(found))


def test_a_grid_is_tied_to_the_origin():
    found = sites.find(scenario(grid_m=100), study_of(area=box(100, 110, 310, 200)))
    assert found.table.index.tolist() == ["g1_2", "g2_2", "g3_2"]
    assert found.table.geometry["g3_2"] == Point(300, 200)
    assert found.table["layer"].unique().tolist() == ["grid"]
    assert found.table["label"].tolist() == found.table.index.tolist()


def test_where_picks_rows_and_counts_the_others(lots):
    found = sites.find(scenario(where={"tenure": ["private"]}), study_of(lots=lots))
    assert len(found.table) == 3
    assert "layers/lots: 6 of 9 rows dropped: not one of the rows that [sites] asks for" in told(
        found
    )


def test_ids_that_clash_begin_with_their_layer():
    one, other = table([Point(1, 1), Point(2, 2)]), table([Point(3, 3)])
    found = sites.find(scenario(layer=["lots", "more"]), study_of(lots=one, more=other))
    assert found.table.index.tolist() == ["lots:u0", "lots:u1", "more:u0"]
    assert found.table["layer"].tolist() == ["lots", "lots", "more"]
    assert any("share ids" in one for one in told(found))
    apart = sites.find(
        scenario(layer=["lots", "more"]), study_of(lots=one, more=table([Point(3, 3)], ["v"]))
    )
    assert apart.table.index.tolist() == ["u0", "u1", "v"]


def excluded_by(lots, rule, **layers) -> dict[str, str]:
    given = study_of(lots=lots, **layers)
    return out(sites.find(scenario(exclude={"flood_zone": rule}), given))


def test_lots_that_touch_a_layer_are_out(lots):
    flood = table([box(110, 110, 120, 120)])
    found = excluded_by(lots, {"layer": "flood"}, flood=flood)
    assert found == {"b2": "flood zone: touches Flood"}
    assert excluded_by(lots, {"layer": "flood", "reason": "wet"}, flood=flood) == {
        "b2": "wet: touches Flood"
    }


@pytest.mark.parametrize("shape", [LineString([(0, 330), (300, 330)]), Point(250, 290)])
def test_lots_near_lines_and_points_are_out(lots, shape):
    found = excluded_by(lots, {"layer": "river", "within_m": 30}, river=table([shape]))
    expected = {"a3", "b3"} if shape.geom_type == "LineString" else {"c3"}
    assert set(found) == expected
    assert set(found.values()) == {"flood zone: within 30 m of River"}


def test_overlapping_zones_count_once_towards_a_share(lots):
    twice = [box(100, 100, 140, 200), box(110, 100, 140, 200)]  # 40 % of b2, not 70 %
    zones = table([*twice, box(0, 100, 40, 200), box(30, 100, 60, 200)])
    rule = {"layer": "zones", "min_share": 0.5}
    assert excluded_by(lots, rule, zones=zones) == {"a2": "flood zone: 60% covered by Zones"}


def test_a_share_may_be_of_ground_near_a_line(lots):
    line = table([LineString([(150, -100), (150, 400)])])
    rule = {"layer": "street", "min_share": 0.5, "within_m": 30}
    found = excluded_by(lots, rule, street=line)
    assert set(found) == {"b1", "b2", "b3"}
    assert found["b2"] == "flood zone: 60% covered by Street or 30 m around"


def test_a_point_site_in_a_zone_is_wholly_covered():
    given = table([Point(50, 50), Point(150, 50)])
    found = excluded_by(
        given, {"layer": "zone", "min_share": 0.9}, zone=table([box(0, 0, 100, 100)])
    )
    assert found == {"u0": "flood zone: 100% covered by Zone"}


def test_only_the_rows_that_where_names_rule_out(lots):
    zones = table([box(10, 110, 20, 120), box(110, 110, 120, 120)], tenure=["a", "b"])
    rule = {"layer": "zones", "where": {"tenure": ["b"]}}
    assert set(excluded_by(lots, rule, zones=zones)) == {"b2"}
    given = study_of(lots=lots, zones=zones)
    rule = {"layer": "zones", "where": {"tenure": ["zzz"]}}
    found = sites.find(scenario(exclude={"flood_zone": rule}), given)
    assert len(found.table) == 9
    assert any("no row of the layer has the values asked for" in one for one in told(found))


def test_the_lots_own_columns_rule_out(lots):
    found = excluded_by(lots, {"where": {"tenure": ["private"]}})
    assert found == dict.fromkeys(("c2", "a3", "b3"), "flood zone: tenure is private")
    found = excluded_by(lots, {"column": "floors", "above": 6, "below": 2})
    assert found == {
        "a1": "flood zone: 1 is below 2",
        "b3": "flood zone: 8 is above 6",
        "a3": "flood zone: 7 is above 6",
    }


def test_an_unknown_number_rules_nothing_out_but_is_flagged(lots):
    given = study_of(lots=lots)
    found = sites.find(scenario(exclude={"tall": {"column": "floors", "above": 0}}), given)
    assert found.table.index.tolist() == ["c3"]
    assert any("tall: not known there, so not applied (for example c3)" in t for t in told(found))


def test_the_first_reason_stays(lots):
    rules = {
        "wet": {"layer": "flood"},
        "tall": {"column": "floors", "above": 0},
    }
    given = study_of(lots=lots, flood=table([box(110, 110, 120, 120)]))
    found = sites.find(scenario(exclude=rules), given)
    assert out(found)["b2"] == "wet: touches Flood"
    turned = sites.find(scenario(exclude=dict(reversed(rules.items()))), given)
    assert out(turned)["b2"] == "tall: 5 is above 0"


def write(path: Path, values, crs: CRS = UTM, cell: float = 10, west: float = -50) -> Raster:
    values = np.array(values, dtype="float32")
    shape = from_origin(west, 350 if crs == UTM else 0.01, cell, cell)
    profile = {"driver": "GTiff", "width": values.shape[1], "height": values.shape[0]}
    with rasterio.open(
        path, "w", crs=crs.to_wkt(), transform=shape, count=1, dtype="float32", nodata=-9, **profile
    ) as file:
        file.write(values[None])
    return Raster(path, crs, {"height": 1}, -9)


def test_a_raster_rules_out_by_mean_or_at_the_point(tmp_path, lots):
    values = np.zeros((40, 40))
    values[:, 15:20] = 8  # x from 100 to 150
    given = study_of(rasters={"water": write(tmp_path / "a.tif", values)}, lots=lots)
    rule = {"layer": "water", "column": "height", "above": 3}
    found = sites.find(scenario(exclude={"wet": rule}), given)
    assert out(found) == dict.fromkeys(("b1", "b2", "b3"), "wet: 4 m is above 3 m")
    points = table([Point(125, 50), Point(151, 50), Point(0, 0)])
    given = study_of(rasters=given.rasters, lots=points)
    assert out(sites.find(scenario(exclude={"wet": rule}), given)) == {
        "u0": "wet: 8 m is above 3 m"
    }


@pytest.mark.parametrize("crs", [UTM, CRS.from_epsg(4326)])
def test_steep_ground_is_out(tmp_path, lots, crs):
    """Ground that rises eastwards by 20 % from x = 200 and is flat west of it."""
    x = np.arange(-45.0, 355, 10)
    heights = np.tile(np.clip(0.2 * (x - 200), 0, None), (40, 1))
    raster = write(tmp_path / "a.tif", heights)
    if crs != UTM:
        raster = warped(raster, crs)
    given = study_of(rasters={"ground": raster}, lots=lots)
    rule = {"layer": "ground", "slope_above_percent": 12}
    found = sites.find(scenario(exclude={"steep": rule}), given)
    assert set(out(found)) == {"c1", "c2", "c3"}
    slope = float(out(found)["c2"].removeprefix("steep: ").removesuffix(" % is above 12 %"))
    assert slope == pytest.approx(19.5, abs=0.3)


def warped(raster: Raster, crs: CRS) -> Raster:
    """Write the same ground in another CRS."""
    from rasterio.warp import Resampling, calculate_default_transform, reproject

    path = raster.path.with_name("warped.tif")
    with rasterio.open(raster.path) as file:
        shape, width, height = calculate_default_transform(
            file.crs, crs.to_wkt(), file.width, file.height, *file.bounds
        )
        values = np.full((height, width), -9, dtype="float32")
        reproject(
            file.read(1), values, src_transform=file.transform, src_crs=file.crs, src_nodata=-9,
            dst_transform=shape, dst_crs=crs.to_wkt(), dst_nodata=-9,
            resampling=Resampling.bilinear,
        )  # fmt: skip
    with rasterio.open(
        path, "w", driver="GTiff", crs=crs.to_wkt(), transform=shape, count=1, dtype="float32",
        nodata=-9, width=width, height=height,
    ) as file:  # fmt: skip
        file.write(values[None])
    return Raster(path, crs, {"height": 1}, -9)


@settings(max_examples=30)
@given(st.floats(-2, 2), st.floats(-2, 2), st.floats(5, 50), st.floats(5, 50))
def test_a_plane_has_its_own_slope(east, north, width, height):
    x, y = np.meshgrid(np.arange(5) * width, -np.arange(4) * height)
    found = sites.slope_percent(east * x + north * y, (width, height))
    assert found[1:-1, 1:-1] == pytest.approx(100 * np.hypot(east, north), abs=1e-6)
    assert np.isnan(found[0]).all()
    assert np.isnan(found[:, -1]).all()


def test_slope_beside_unknown_ground_is_unknown():
    heights = np.zeros((5, 5))
    heights[0, 0] = np.nan
    found = sites.slope_percent(heights, (10, 10))
    assert np.isnan(found[1, 1])
    assert found[2, 2] == 0
    heights = np.zeros((3, 3))
    heights[1, 1] = np.nan
    assert np.isnan(sites.slope_percent(heights, (10, 10))).all()


def test_no_site_left_says_what_each_rule_took(lots):
    rules = {"min_area_m2": 5000, "exclude": {"tall": {"column": "floors", "above": 0}}}
    with pytest.raises(InputError, match="none of 9 possible sites is left") as error:
        sites.find(scenario(**rules), study_of(lots=lots))
    assert str(error.value) == (
        "scenarios/parks.toml: sites: none of 9 possible sites is left (their area is below "
        "5,000 m²: 2; tall: is above 0: 7); loosen a rule, or give other layers or a larger area"
    )


def test_grid_points_have_no_columns_and_must_not_be_too_many():
    given = study_of()
    with pytest.raises(InputError, match=r"sites.exclude.tall: grid points have no columns"):
        sites.find(scenario(grid_m=50, exclude={"tall": {"column": "floors", "above": 1}}), given)
    with pytest.raises(InputError, match=r"sites.grid_m: a grid of 0.01 m would have more than"):
        sites.find(scenario(grid_m=0.01), given)


def test_sites_that_share_a_name_are_told_apart_from_north_to_south(lots):
    lots.loc[["a1", "b3", "c2"], "label"] = "School"
    found = sites.find(scenario(), study_of(lots=lots)).table["label"]
    assert found[["b3", "c2", "a1"]].tolist() == ["School [1]", "School [2]", "School [3]"]
    assert found["b2"] == "Main square"
    one_out = {
        "exclude": {"tall": {"column": "floors", "above": 7}}
    }  # b3 and c3 have 8 and no floors
    left = sites.find(scenario(**one_out), study_of(lots=lots)).table["label"]
    assert left["c2"] == "School [2]"  # a rule renames nobody


def test_inputs_stay_as_they_are(lots):
    before = lots.copy(deep=True)
    found = sites.find(scenario(min_width_m=20), study_of(lots=lots))
    found.table["label"] = "x"
    geopandas.testing.assert_geodataframe_equal(lots, before)


def test_the_order_of_rows_changes_nothing(lots):
    rules = {"min_width_m": 20, "exclude": {"tall": {"column": "floors", "above": 5}}}
    one = sites.find(scenario(**rules), study_of(lots=lots))
    other = sites.find(scenario(**rules), study_of(lots=lots.iloc[::-1]))
    geopandas.testing.assert_geodataframe_equal(one.table, other.table)
    geopandas.testing.assert_geodataframe_equal(one.excluded, other.excluded)


@pytest.mark.data
def test_bogota_lots(real_data: Path):
    folder = real_data / "bogota"
    lots = gpd.read_file(folder / "lotes_sin_direccion_200_50000m2.gpkg").to_crs(UTM)
    area = gpd.read_file(folder / "area_estudio.geojson").to_crs(UTM)
    given = study_of(lots=table(lots.geometry), area=shapely.union_all(area.geometry.array))
    wide = sites.find(scenario(min_area_m2=600, min_width_m=16), given)
    assert len(wide.table) == pytest.approx(783, abs=5)
    assert len(wide.table) + len(wide.excluded) == 3124
    assert (wide.table["width_m"] > 15.9).all()
    sized = sites.find(scenario(min_area_m2=800, max_area_m2=3900), given)
    assert len(sized.table) == 577
