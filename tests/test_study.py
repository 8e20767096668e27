"""The study: one metric CRS, what touches the region, and what is said about the rest."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import geopandas.testing
import numpy as np
import pytest
import rasterio
from pyproj import CRS
from rasterio.transform import from_origin
from shapely import LineString, Point, box, transform

from siteplanner import study
from siteplanner.errors import InputError
from siteplanner.model import Criterion, Demand, Layer, Scenario
from siteplanner.sources import Raster, Source

UTM = "EPSG:32618"


def scenario(**change) -> Scenario:
    """Give a scenario that names the layers city, people and units."""
    given = {
        "name": "parks", "title": "Parks", "area": "city",
        "demand": Demand(squares_m=100, people="people.residents"),
        "need": {"p": Criterion(layer="units", column="stratum", zero_at=4, full_at=1)},
    }  # fmt: skip
    return Scenario(**{**given, **change})


def source(name: str, shapes: list, crs: str = UTM, kind: str = "polygons") -> Source:
    """Give a layer as read: ids a, b, c, …."""
    layer = Layer(name=name, title=name.title(), source=f"{name}.geojson", kind=kind)
    names = [chr(ord("a") + place) for place in range(len(shapes))]
    table = gpd.GeoDataFrame({"number": 1.0}, index=names, geometry=shapes, crs=crs)
    return Source(layer, table.rename_axis("id"), None, (), "0" * 64)


@pytest.fixture
def town() -> dict[str, Source]:
    """Give an area of 300 m, a point layer and a polygon layer."""
    x, y = 600_000, 500_000
    return {
        "city": source("city", [box(x, y, x + 300, y + 300)]),
        "people": source("people", [Point(x + 10, y + 10), Point(x - 400, y)], kind="points"),
        "units": source("units", [box(x - 1000, y, x + 10, y + 10)]),
        "unasked": source("unasked", [Point(0, 0)]),
    }


def lonlat(one: Source) -> Source:
    return Source(one.layer, one.table.to_crs(4326), None, (), one.sha256)


def messages(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [str(problem) for problem in error.value.problems]


def test_keeps_rows_that_touch_the_region_whole_and_counts_the_rest(town):
    made = study.prepare(scenario(), town, ring_m=100)
    assert list(made.tables) == ["city", "people", "units"]
    assert list(made.tables["people"].index) == ["a"]
    assert made.tables["people"].index.name == "id"
    assert made.tables["units"].geometry.iloc[0].bounds[0] == 599_000
    clipped = [one for one in made.notices if one.kind == "clipped"]
    assert [(one.where, one.count, one.total) for one in clipped] == [("layers/people", 1, 2)]
    assert clipped[0].examples == ("b",)


def test_region_is_the_area_and_a_ring_around_it(town):
    made = study.prepare(scenario(), town, ring_m=500)
    assert made.area.area == pytest.approx(90_000)
    assert made.region.bounds == (599_500, 499_500, 600_800, 500_800)
    assert list(made.tables["people"].index) == ["a", "b"]
    assert study.prepare(scenario(), town, ring_m=0).region.equals(made.area)


def test_inputs_stay_as_they_are(town):
    before = {name: one.table.copy(deep=True) for name, one in town.items()}
    made = study.prepare(scenario(), town, ring_m=100)
    made.tables["units"]["number"] = 99.0
    for name, one in town.items():
        geopandas.testing.assert_geodataframe_equal(one.table, before[name])


def test_auto_picks_the_utm_zone_of_the_area(town):
    in_degrees = {name: lonlat(one) for name, one in town.items() if name != "unasked"}
    made = study.prepare(scenario(), in_degrees, ring_m=100)
    assert made.crs == CRS.from_epsg(32618)
    assert made.area.area == pytest.approx(90_000, rel=1e-6)
    assert any("EPSG:32618" in one.reason for one in made.notices)


def test_an_area_in_two_zones_is_worked_on_in_that_of_its_centre():
    city = source("city", [box(5.5, 60, 6.8, 60.2)], crs="EPSG:4326")
    people = source("people", [Point(6.1, 60.1)], crs="EPSG:4326", kind="points")
    town = {"city": city, "people": people, "units": city}
    made = study.prepare(scenario(), town, ring_m=100)
    assert made.crs == CRS.from_epsg(32632)
    reasons = [one.reason for one in made.notices]
    assert any("more than one UTM zone" in one and "EPSG:32632" in one for one in reasons)


@pytest.mark.parametrize(
    ("crs", "message"),
    [
        ("EPSG:4326", "geographic, in degree; write 'auto'"),
        ("EPSG:2229", "not a projected CRS in metres, in US survey foot"),
        ("EPSG:99999999", "crs: found 'EPSG:99999999'; write 'auto' or a code"),
        ("EPSG:32622", "draws lengths here up to .* too long; write 'auto'"),
        ("EPSG:32633", "has no place in EPSG:32633; write 'auto' or check the area"),
    ],
)
def test_refuses_a_crs_that_cannot_measure_metres_here(town, crs, message):
    with pytest.raises(InputError, match=f"scenarios/parks.toml: crs: .*{message}|{message}"):
        study.prepare(scenario(crs=crs), town, ring_m=100)


def test_refuses_web_mercator_far_from_the_equator():
    city = source("city", [box(24.8, 60.1, 25.1, 60.3)], crs="EPSG:4326")
    with pytest.raises(InputError, match=r"EPSG:3857 draws lengths here up to 10\d% too long"):
        study.prepare(
            scenario(crs="EPSG:3857"), {"city": city, "people": city, "units": city}, ring_m=0
        )


def test_rows_without_a_place_in_the_crs_are_dropped_and_counted(town):
    points = [Point(-74.1, 4.52), Point(-74.1, 1e9)]
    area = source("city", [box(-74.2, 4.5, -74, 4.6)], crs="EPSG:4326")
    town |= {"city": area, "units": area}
    town["people"] = source("people", points, crs="EPSG:4326", kind="points")
    made = study.prepare(scenario(), town, ring_m=100)
    assert list(made.tables["people"].index) == ["a"]
    counted = [one for one in made.notices if one.kind != "info"]
    assert [(one.where, one.kind, one.count, one.examples) for one in counted] == [
        ("layers/people", "dropped", 1, ("b",))
    ]


def test_all_layers_without_overlap_are_named_at_once(town):
    town["people"] = source("people", [Point(0, 0)], kind="points")
    town["units"] = source("units", [box(0, 0, 1000, 1000)])
    with pytest.raises(InputError, match="no overlap with the area") as error:
        study.prepare(scenario(), town, ring_m=100)
    people, units = messages(error)
    assert people.startswith("layers/people.toml: no overlap with the area and its ring")
    assert units.startswith("layers/units.toml")
    assert "the layer covers easting 0 to 1000, northing 0 to 1000" in units
    assert "the region easting 599900 to 600400, northing 499900 to 500400" in units


def test_swapped_longitude_and_latitude_are_recognised(town):
    points = lonlat(town["people"])
    points.table.geometry = transform(points.table.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    town["people"] = points
    with pytest.raises(InputError, match="longitude and latitude look swapped"):
        study.prepare(scenario(), town, ring_m=100)


def test_metres_declared_as_degrees_are_recognised(town):
    wrong = town["people"].table.set_crs(4326, allow_override=True)
    town["people"] = Source(town["people"].layer, wrong, None, (), "")
    with pytest.raises(InputError, match="these look like metres, declared as degrees"):
        study.prepare(scenario(), town, ring_m=100)


def test_degrees_declared_as_metres_are_recognised(town):
    wrong = lonlat(town["units"]).table.set_crs(UTM, allow_override=True)
    town["units"] = Source(town["units"].layer, wrong, None, (), "")
    with pytest.raises(InputError, match=r"degrees, declared as metres \(EPSG:32618\)"):
        study.prepare(scenario(), town, ring_m=100)


def test_an_area_with_the_wrong_crs_is_the_problem_itself(town):
    wrong = town["city"].table.set_crs(4326, allow_override=True)
    town["city"] = Source(town["city"].layer, wrong, None, (), "")
    with pytest.raises(InputError, match=r"^layers/city.toml: crs: .* declared as degrees"):
        study.prepare(scenario(), town, ring_m=100)


def test_an_area_of_points_is_refused(town):
    town["city"] = town["people"]
    with pytest.raises(InputError, match="kind points; bound the plan by a polygon layer"):
        study.prepare(scenario(), town, ring_m=100)


@pytest.mark.parametrize(("west", "fits"), [(600_100, True), (700_000, False)])
def test_rasters_have_to_overlap_too(town, tmp_path: Path, west, fits):
    path = tmp_path / "people.tif"
    profile = {"driver": "GTiff", "width": 2, "height": 2, "count": 1, "dtype": "float32"}
    shape = from_origin(west, 500_200, 100, 100)
    with rasterio.open(path, "w", crs=UTM, transform=shape, **profile) as file:
        file.write(np.ones((1, 2, 2), dtype="float32"))
    layer = Layer(name="people", title="People", source="people.tif", kind="raster")
    raster = Raster(path, CRS.from_epsg(32618), {"residents": 1}, None)
    town["people"] = Source(layer, None, raster, (), "")
    if fits:
        assert study.prepare(scenario(), town, ring_m=0).rasters == {"people": raster}
    else:
        with pytest.raises(InputError, match=r"layers/people.toml: no overlap .* easting 700000"):
            study.prepare(scenario(), town, ring_m=0)


def test_lines_that_only_cross_the_region_are_kept_whole(town):
    streets = source("units", [LineString([(0, 500_100), (10**6, 500_100)])], kind="lines")
    made = study.prepare(scenario(), town | {"units": streets}, ring_m=0)
    assert made.tables["units"].length.iloc[0] == 10**6


def test_polygonal_lets_go_of_what_is_not_a_polygon():
    collection = gpd.GeoSeries.from_wkt(
        ["GEOMETRYCOLLECTION (POINT (0 0), POLYGON ((0 0, 2 0, 2 2, 0 0)))"]
    )
    made = study.polygonal(collection.to_numpy())
    assert made[0].geom_type == "Polygon"
    assert made[0].area == 2


def test_prepares_named_layers_only(town):
    asked = SimpleNamespace(
        layer_names=lambda: ("city",), area="city", crs="auto", name="x",
        criteria=lambda: iter(()), sites=None, walk=None, corrections={},
        choice=SimpleNamespace(existing=None, companions=None),
    )  # fmt: skip
    assert list(study.prepare(asked, town, ring_m=0).tables) == ["city"]


@pytest.mark.data
def test_bogota_streets_and_units(real_data: Path):
    folder = real_data / "bogota"
    files = {"city": "area_estudio.geojson", "people": "colegios.geojson", "units": "upz.geojson"}
    town = {}
    for name, file in files.items():
        table = gpd.read_file(folder / file)
        table.index = table.index.astype(str)
        layer = Layer(name=name, title=name, source=file, kind="polygons")
        town[name] = Source(layer, table, None, (), "")
    made = study.prepare(scenario(), town, ring_m=800)
    assert made.crs == CRS.from_epsg(32618)
    for name, table in town.items():
        clipped = sum(one.count for one in made.notices if one.where == f"layers/{name}")
        assert len(made.tables[name]) + clipped == len(table.table)
    assert len(made.tables["units"]) < 112
