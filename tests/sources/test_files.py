"""Where the file is, and whether it is whole."""

from __future__ import annotations

import hashlib
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import rasterio.shutil
from rasterio import Affine
from shapely.geometry import box

POINTS = "lon,lat\n-74.08,4.61\n"


def test_a_relative_source_starts_at_the_folder_of_the_layer(folder, write, reading):
    (folder / "open data").mkdir()
    write("open data/a.csv", POINTS)
    assert len(reading("open data/a.csv").table) == 1
    assert len(reading("../layers/open data/a.csv").table) == 1


def test_an_environment_variable(write, reading, refused, folder, monkeypatch):
    write("a.csv", POINTS)
    monkeypatch.setenv("TOWN_DATA", str(folder))
    assert len(reading("${TOWN_DATA}/a.csv").table) == 1
    monkeypatch.delenv("TOWN_DATA")
    assert refused("${TOWN_DATA}/a.csv") == (
        "layers/things.toml: source: the environment variable TOWN_DATA is not set; "
        "set it to the folder of the data: export TOWN_DATA=/path/to/folder"
    )


def test_a_missing_file_offers_the_nearest(write, refused, folder):
    write("parks.csv", POINTS)
    assert refused("Parks.csv") == (
        "layers/things.toml: source: no file 'Parks.csv'; did you mean 'parks.csv'?"
    )
    assert "there is no folder 'data' either" in refused("data/parks.csv")
    (folder / "x.csv").mkdir()
    assert "'x.csv' is a folder; name a file inside it" in refused("x.csv")


def test_addresses_and_unknown_kinds(write, refused):
    assert "download the file into layers/" in refused("https://example.org/a.csv")
    assert "unknown kind of file '.doc'; use one of .bz2 .csv" in refused(write("a.doc", "x"))
    assert "save it as .xlsx or .csv" in refused(write("a.xls", "x"))


@pytest.mark.parametrize("name", ["a.csv", "a.gpkg", "a.zip", "a.tif", "a.geojson"])
def test_no_bytes(write, refused, name):
    assert refused(write(name, "")) == (
        f"layers/{name}: the file has 0 bytes; fetch or save it again"
    )


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp", "a.fgb", "a.parquet", "a.zip"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.97])
def test_a_file_that_is_cut_off(folder, refused, name, share):
    table = gpd.GeoDataFrame(
        {"n": range(500)}, geometry=[box(n, 0, n + 1, 1) for n in range(500)], crs="EPSG:32618"
    )
    path = folder / name
    if name == "a.zip":
        table.to_file(folder / "in.gpkg")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(folder / "in.gpkg", "in.gpkg")
    elif name == "a.parquet":
        table.to_parquet(path)
    else:
        table.to_file(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    sentence = refused(name, "polygons")
    assert sentence.startswith(f"layers/{name}: ")
    assert str(folder) not in sentence


def test_a_workbook_and_a_raster_that_are_cut_off(folder, refused, write):
    assert "not a whole Excel workbook" in refused(write("a.xlsx", b"PK\x03\x04 and no more"))
    cells = np.random.default_rng(1).integers(1, 255, (1200, 1200), dtype="uint8")
    with rasterio.open(
        folder / "a.tif", "w", driver="GTiff", height=1200, width=1200, count=1, dtype="uint8",
        crs="EPSG:32618", transform=Affine(10, 0, 0, 0, -10, 0),
    ) as raster:  # fmt: skip
        raster.write(cells, 1)
    rasterio.shutil.copy(folder / "a.tif", folder / "b.tif", driver="COG", BLOCKSIZE=128)
    whole = (folder / "b.tif").read_bytes()  # its overview comes first, its last block last
    write("a.tif", whole[: len(whole) - 5000])
    sentence = refused("a.tif", "raster", columns={"height": {"from": 1}})
    assert sentence == (
        "layers/a.tif: the raster cannot be read; "
        "it is damaged, cut off or no GeoTIFF: fetch it again"
    )


def test_a_shapefile_without_its_parts(folder, blocks, refused):
    blocks.to_file(folder / "a.shp")
    (folder / "a.dbf").unlink()
    assert "the shapefile lacks its .dbf" in refused("a.shp", "polygons")


@pytest.mark.parametrize(
    "inside", ["../evil.csv", "a/../../evil.csv", "/etc/evil.csv", "C:\\evil.csv", "..\\evil.csv"]
)
def test_a_zip_that_leads_out_of_itself(folder, refused, inside):
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("good.csv", POINTS)
        archive.writestr(inside, POINTS)
    assert "the zip holds names that lead out of it" in refused("a.zip")


def test_zips_without_anything_to_read(folder, refused, write):
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("readme.md", "nothing")
    assert "the zip holds no file that can be read" in refused("a.zip")
    assert "not a whole zip file" in refused(write("b.zip", "PK"))


def test_a_zip_with_a_password(folder, refused):
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("a.csv", POINTS)
    data = bytearray((folder / "a.zip").read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (folder / "a.zip").write_bytes(data)
    assert "the zip asks for a password" in refused("a.zip")


def test_the_hash_is_of_the_bytes(write, reading):
    name = write("a.csv", POINTS)
    assert reading(name).sha256 == hashlib.sha256(POINTS.encode()).hexdigest()


def test_the_hash_of_a_shapefile_is_of_all_its_parts(folder, blocks, reading):
    blocks.to_file(folder / "a.shp")
    first = reading("a.shp", "polygons").sha256
    assert first == reading("a.shp", "polygons").sha256
    blocks.assign(people=[1, 2, 3]).to_file(folder / "b.shp")
    (folder / "a.dbf").write_bytes((folder / "b.dbf").read_bytes())
    assert reading("a.shp", "polygons").sha256 != first


def test_no_rows(folder, write, refused):
    assert "layers/a.csv: the layer has no rows" in refused(write("a.csv", "lon,lat\n"))
    empty = gpd.GeoDataFrame({"n": []}, geometry=[], crs="EPSG:4326")
    empty.to_file(folder / "a.gpkg")
    assert "layers/a.gpkg: the layer has no rows" in refused("a.gpkg")
    assert "the table has no rows" in refused(write("b.csv", "\n\n"))
