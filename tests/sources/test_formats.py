"""Every format gives the same table."""

from __future__ import annotations

import struct
import zipfile

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import LineString, MultiPoint, Point

from siteplanner.model import Notice
from siteplanner.sources import read_all

COLUMNS = {
    "residents": {"from": "people", "kind": "count"},
    "share": {"kind": "rate", "of": "residents"},
}
VECTORS = {
    "blocks.gpkg": lambda table, path: table.to_file(path, layer="blocks"),
    "blocks.geojson": lambda table, path: table.to_file(path, RFC7946="NO"),
    "blocks.shp": lambda table, path: table.to_file(path),
    "blocks.fgb": lambda table, path: table.to_file(path, SPATIAL_INDEX="NO"),
    "blocks.parquet": lambda table, path: table.to_parquet(path),
}


def zipped(folder, name, *members):
    with zipfile.ZipFile(folder / name, "w") as archive:
        for one in members:
            archive.write(folder / one, one)
            (folder / one).unlink()
    return name


def write_vector(folder, blocks, name):
    VECTORS[name](blocks, folder / name)
    return name


@pytest.mark.parametrize("name", VECTORS)
def test_polygons_read_alike_from_every_vector_format(folder, blocks, reading, name):
    write_vector(folder, blocks, name)
    source = reading(name, "polygons", id="code", label="name", columns=COLUMNS)
    table = source.table
    assert list(table.columns) == ["residents", "share", "label", "geometry"]
    assert table.index.name == "id"
    assert list(table.index) == ["001", "002", "003"]
    assert table["residents"].dtype == table["share"].dtype == np.float64
    assert table["residents"].tolist() == [10.0, 20.0, 30.0]
    np.testing.assert_array_equal(table["share"], [np.nan, 0.25, 0.5])
    assert table["label"].tolist() == ["São João", "", "Ñemby"]
    assert table.crs == "EPSG:32618"
    assert table.loc["003"].geometry.bounds == (600_200, 510_000, 600_300, 510_100)
    assert source.raster is None
    assert source.notices == ()


@pytest.mark.parametrize("inside", ["blocks.shp", "blocks.gpkg", "blocks.geojson"])
def test_zipped_files_read_like_bare_ones(folder, blocks, reading, inside):
    write_vector(folder, blocks, inside)
    stem = inside.partition(".")[0]
    members = [one.name for one in sorted(folder.glob(f"{stem}.*"))]
    name = zipped(folder, "town data.zip", *members)
    table = reading(name, "polygons", id="code", columns=COLUMNS).table
    assert table["residents"].to_dict() == {"001": 10.0, "002": 20.0, "003": 30.0}
    assert table.crs == "EPSG:32618"


def test_a_file_inside_a_zip_is_named(folder, blocks, reading, refused):
    for name in ("one.geojson", "two.geojson"):
        blocks.to_file(folder / name, RFC7946="NO")
    name = zipped(folder, "both.zip", "one.geojson", "two.geojson")
    assert "write table = one of 'one.geojson', 'two.geojson'" in refused(name, "polygons")
    assert "did you mean 'two.geojson'" in refused(name, "polygons", table="tow.geojson")
    assert len(reading(name, "polygons", table="two").table) == 3


def test_a_zipped_csv_is_a_table(folder, write, reading):
    write("a.csv", "lon,lat\n-74.08,4.61\n")
    assert len(reading(zipped(folder, "a.zip", "a.csv")).table) == 1


def test_a_layer_inside_a_geopackage_is_named(folder, blocks, reading, refused):
    for name in ("old", "new"):
        blocks.to_file(folder / "two.gpkg", layer=name)
    assert "write table = one of 'old', 'new'" in refused("two.gpkg", "polygons")
    assert "did you mean 'new'?" in refused("two.gpkg", "polygons", table="New")
    assert len(reading("two.gpkg", "polygons", table="new").table) == 3


def test_curves_are_drawn_straight(folder, reading):
    arc = struct.pack("<BII10d", 1, 8, 5, 0, 0, 1, 1, 2, 0, 1, -1, 0, 0)  # a circle, radius 1
    wkb = np.array([struct.pack("<BII", 1, 10, 1) + arc], dtype=object)
    pyogrio.raw.write(
        folder / "a.gpkg", wkb, [], [], geometry_type="Unknown", crs="EPSG:32618", driver="GPKG"
    )
    source = reading("a.gpkg", "polygons")
    assert source.table.geometry.iloc[0].area == pytest.approx(np.pi, rel=0.01)
    assert "its curves are drawn as short straight lines" in str(source.notices[0])


def test_a_table_inside_a_geopackage(folder, blocks, layer):
    blocks.to_file(folder / "town.gpkg", layer="blocks")
    people = pd.DataFrame({"code": ["001", "003"], "people": [4, 5]})
    pyogrio.write_dataframe(people, folder / "town.gpkg", layer="people", append=True)
    units = layer("town.gpkg", "polygons", name="units", id="code")
    table = layer(
        "town.gpkg",
        "table",
        name="people",
        table="people",
        columns={"people": "count"},
        join={"layer": "units", "key": "code"},
    )
    sources = read_all({"people": table, "units": units}, folder)
    assert sources["people"].table["people"].to_dict() == {"001": 4.0, "003": 5.0}


def test_a_geopackage_fid_can_be_the_id(folder, blocks, reading):
    blocks.to_file(folder / "blocks.gpkg")
    assert list(reading("blocks.gpkg", "polygons", id="fid").table.index) == ["1", "2", "3"]


def test_lines_and_points(folder, reading):
    lines = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (9, 9)])], crs="EPSG:4326")
    lines.to_file(folder / "lines.geojson")
    assert reading("lines.geojson", "lines").table.geom_type.tolist() == ["LineString"]
    points = gpd.GeoDataFrame(geometry=[MultiPoint([(1, 1)])], crs="EPSG:4326")
    points.to_file(folder / "points.geojson")
    assert reading("points.geojson", "points").table.geom_type.tolist() == ["Point"]


def test_geojson_without_crs_is_in_degrees(write, reading):
    text = '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[-74,4]}}'
    assert reading(write("a.geojson", text)).table.crs == "EPSG:4326"


def test_geojson_without_crs_believes_the_layer(write, reading):
    text = '{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[6e5,5e5]}}'
    assert reading(write("a.geojson", text), crs="EPSG:32618").table.crs == "EPSG:32618"


def test_only_declared_columns_come_in(folder, blocks, reading):
    blocks.to_file(folder / "blocks.gpkg")
    assert list(reading("blocks.gpkg", "polygons").table.columns) == ["geometry"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "no,lon,lat,people\n016,-74.08,4.61,1234.5\n007,-74.09,4.62,8\n"),
        ("a.csv", 'no;lon;lat;people\n016;-74,08;4,61;"1.234,5"\n007;-74,09;4,62;8\n'),
        ("a.tsv", "no\tlon\tlat\tpeople\n016\t-74.08\t4.61\t1,234.5\n007\t-74.09\t4.62\t8\n"),
        ("a.txt", "no|lon|lat|people\r\n016|-74.08|4.61|1234.5\r\n007|-74.09|4.62|8\r\n"),
    ],
)
def test_separated_text_in_its_dialects(write, reading, name, text):
    table = reading(write(name, text), id="no", columns={"people": "count"}).table
    assert list(table.index) == ["007", "016"]
    assert table["people"].tolist() == [8.0, 1234.5]
    assert table.geometry.tolist() == [Point(-74.09, 4.62), Point(-74.08, 4.61)]
    assert table.crs == "EPSG:4326"


def test_a_table_with_eastings_states_its_crs(write, reading, refused):
    name = write("a.csv", "e,n\n600000,510000\n")
    assert "does not say its reference system" in refused(name, coordinates=("e", "n"))
    table = reading(name, coordinates=("e", "n"), crs="EPSG:32618").table
    assert table.crs == "EPSG:32618"
    assert table.geometry.iloc[0] == Point(600_000, 510_000)


def test_well_known_text(write, reading, refused):
    text = 'no,shape\na,"POLYGON ((0 0, 1 0, 1 1, 0 0))"\nb,\n'
    name = write("a.csv", text)
    source = reading(name, "polygons", wkt="shape", crs="EPSG:4326", id="no")
    assert source.table.loc["a"].geometry.area == 0.5
    assert [(one.kind, one.count, one.total) for one in source.notices] == [("dropped", 1, 2)]
    name = write("b.csv", "no,shape\na,here\n")
    assert "no cell holds well-known text" in refused(name, wkt="shape")


def test_well_known_text_with_srid(write, reading):
    name = write("a.csv", 'no,shape\na,"SRID=32618;POINT (600000 510000)"\n')
    assert reading(name, wkt="shape").table.crs == "EPSG:32618"


def test_a_workbook_keeps_text_as_text_and_numbers_as_numbers(folder, reading, refused):
    table = pd.DataFrame(
        {"no": ["016", "017"], "lon": [-74.08, -74.09], "lat": [4.61, 4.62], "n": [1.234, None]}
    )
    with pd.ExcelWriter(folder / "a.xlsx") as book:
        pd.DataFrame({"read": ["me"]}).to_excel(book, sheet_name="About", index=False)
        table.to_excel(book, sheet_name="Data", index=False)
    assert "write table = one of 'About', 'Data'" in refused("a.xlsx")
    assert "no sheet 'data'; did you mean 'Data'?" in refused("a.xlsx", table="data")
    found = reading("a.xlsx", table="Data", id="no", columns={"n": "value"}).table
    assert list(found.index) == ["016", "017"]
    np.testing.assert_array_equal(found["n"], [1.234, np.nan])


def test_parquet_without_geometry_is_a_table(folder, reading):
    pd.DataFrame({"lon": [-74.0], "lat": [4.6]}).to_parquet(folder / "a.parquet")
    assert len(reading("a.parquet").table) == 1


CREDIT = (
    'OpenStreetMap data must be credited: write attribution = "© OpenStreetMap contributors" '
    'and licence = "ODbL-1.0"'
)


@pytest.mark.parametrize("name", ["town.osm", "town.osm.pbf"])
def test_osm_features_of_a_file_that_is_cut_off(folder, write, reading, refused, name):
    nodes = "".join(
        f'<node id="{n}" lat="4.{n}" lon="-74"><tag k="amenity" v="bench{n}"/></node>'
        for n in range(1, 20_000)
    )
    write("town.osm", f'<osm version="0.6">{nodes}</osm>')
    if name == "town.osm.pbf":
        with osmium.SimpleWriter(folder / name) as writer:
            for one in osmium.FileProcessor(folder / "town.osm"):
                writer.add_node(one)
    assert len(reading(name).table) == 19_999
    whole = (folder / name).read_bytes()
    for share in (0.1, 0.5, 0.95):
        write(name, whole[: int(len(whole) * share)])
        assert f"layers/{name}: cannot be read as OpenStreetMap data" in refused(name)


def test_osm_features_with_a_declared_tag(write, reading):
    nodes = "".join(
        f'<node id="{n}" lat="{4.6 + y}" lon="{-74 + x}"/>'
        for n, x, y in [(1, 0, 0), (2, 0.001, 0), (3, 0.001, 0.001), (4, 0, 0.001)]
    )
    refs = "".join(f'<nd ref="{n}"/>' for n in (1, 2, 3, 4, 1))
    ways = "".join(
        f'<way id="{n}">{refs}<tag k="{key}" v="yes"/></way>'
        for n, key in [(10, "building"), (11, "leisure")]
    )
    name = write("town.osm", f'<osm version="0.6">{nodes}{ways}</osm>')
    source = reading(name, "polygons", columns={"building": "category"})
    assert source.table["building"].tolist() == ["yes"]
    assert source.table.crs == "EPSG:4326"
    assert "only elements with a tag 'building'" in source.notices[0].reason
    assert source.notices[-1] == Notice("layers/things", "flagged", 1, 1, CREDIT)
    for credit in ({"attribution": "© OpenStreetMap contributors"}, {"fictional": True}):
        assert CREDIT not in {one.reason for one in reading(name, "polygons", **credit).notices}


def test_a_network_is_handed_to_its_reader(write, reading, refused):
    nodes = "".join(f'<node id="{n}" lat="{4.6 + n / 1e3}" lon="-74"/>' for n in (1, 2))
    way = '<way id="9"><nd ref="1"/><nd ref="2"/><tag k="highway" v="footway"/></way>'
    source = reading(write("town.osm", f'<osm version="0.6">{nodes}{way}</osm>'), "network")
    assert {"u", "v", "steps", "bridge", "highway"} <= set(source.table.columns)
    assert source.rules
    assert source.notices == (Notice("layers/things", "flagged", 1, 1, CREDIT),)
    assert reading("town.osm", "network", attribution="OSM").notices == ()
    assert 'or write kind = "lines"' in refused(write("a.geojson", "{}"), "network")
    assert "layers/no.osm: " in refused(write("no.osm", "<osm version='0.6'></osm>"), "network")
