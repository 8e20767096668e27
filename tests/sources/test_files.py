"""Where the file is, and whether it is whole."""

from __future__ import annotations

import hashlib
import re
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import rasterio.shutil
from rasterio import Affine
from shapely.geometry import box

from siteplanner.sources import vectors

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
    write("buildings.toml", "")
    assert refused("buildings.geojson").endswith(
        "no file 'buildings.geojson'; known are: parks.csv"
    )
    (folder / "parks.csv").unlink()
    assert refused("buildings.geojson").endswith("; put the data file beside its .toml")
    assert "there is no folder 'data' either" in refused("data/parks.csv")
    (folder / "x.csv").mkdir()
    assert "'x.csv' is a folder; name a file inside it" in refused("x.csv")


def test_addresses_and_unknown_kinds(write, refused):
    assert "run: siteplanner fetch things" in refused("https://example.org/a.csv")
    assert "download the file into layers/" in refused("ftp://example.org/a.csv")
    assert "unknown kind of file '.doc'; use one of .bz2 .csv" in refused(write("a.doc", "x"))
    assert "save it as .xlsx or .csv" in refused(write("a.xls", "x"))


@pytest.mark.parametrize("name", ["a.csv", "a.gpkg", "a.zip", "a.tif", "a.geojson"])
def test_no_bytes(write, refused, name):
    assert refused(write(name, "")) == (
        f"layers/{name}: the file has 0 bytes; fetch or save it again"
    )


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp", "a.fgb", "a.parquet", "a.zip"])
@pytest.mark.parametrize("share", [0.0001, 0.05, 0.5, 0.95, 0.97])
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


@pytest.mark.parametrize("share", [0.2, 0.3, 0.5, 0.95])
def test_points_of_a_flatgeobuf_that_is_cut_off(folder, refused, share):
    shapes = gpd.points_from_xy(np.arange(5000) / 1000, np.arange(5000) / 2000)
    gpd.GeoDataFrame({"n": range(5000)}, geometry=shapes, crs=4326).to_file(folder / "a.fgb")
    whole = (folder / "a.fgb").read_bytes()
    (folder / "a.fgb").write_bytes(whole[: int(len(whole) * share)])
    assert "fetch or save it again" in refused("a.fgb")


def test_rows_that_gdal_leaves_out_in_silence(folder, blocks, refused, monkeypatch):
    blocks.to_file(folder / "a.fgb")
    whole = vectors.raw.read_arrow

    def half(*args, **keys):
        meta, table = whole(*args, **keys)
        return meta, table[:2]

    monkeypatch.setattr(vectors.raw, "read_arrow", half)
    assert refused("a.fgb", "polygons") == (
        "layers/a.fgb: only 2 of its 3 rows can be read; "
        "it is damaged or cut off: fetch or save it again"
    )


@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf"])
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.95])
def test_a_part_of_a_shapefile_that_is_cut_off(folder, blocks, refused, part, zipped, share):
    pd.concat([blocks] * 20).to_file(folder / "a.shp")
    path = folder / f"a{part}"
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    if zipped:
        with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for one in sorted(folder.glob("a.*")):
                if one.suffix != ".zip":
                    archive.write(one, one.name)
    what = "the file" if part == ".shp" else f"its {part}"
    sentence = refused("a.zip" if zipped else "a.shp", "polygons")
    assert re.search(rf": {what} has [\d,]+ bytes where its header says [\d,]+; it was", sentence)


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("name", ["a.csv", "a.gpkg", "a.shp"])
def test_a_zip_with_a_wrong_checksum(folder, blocks, refused, name, packing):
    if name == "a.csv":
        (folder / name).write_text(POINTS + "-74.1,4.6\n" * 200)
    else:
        blocks.to_file(folder / name)
    parts = sorted(folder.glob("a.*"))
    with zipfile.ZipFile(folder / "a.zip", "w", packing) as archive:
        for one in parts:
            archive.write(one, one.name)
        spoilt = archive.getinfo("a.dbf" if name == "a.shp" else name)
        place = spoilt.header_offset + 30 + len(spoilt.filename) + spoilt.compress_size // 2
    data = bytearray((folder / "a.zip").read_bytes())
    data[place] ^= 0xFF
    (folder / "a.zip").write_bytes(data)
    assert refused("a.zip", "points" if name == "a.csv" else "polygons") == (
        f"layers/a.zip: '{name}' cannot be unpacked; it is damaged: fetch it again"
    )


@pytest.mark.parametrize("source", ["x" * 400 + ".csv", "x" * 400 + "/a.csv", "a\0b.csv"])
def test_a_source_that_no_disk_can_have(refused, source):
    sentence = refused(source)
    assert sentence.startswith("layers/things.toml: source: ")
    assert sentence.isprintable()


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
