"""Files that want to do harm, or have come to some: a sentence, or every row."""

from __future__ import annotations

import sqlite3
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from rasterio import Affine
from shapely.geometry import Point

from siteplanner import InputError, Project
from siteplanner.sources import zips

POINTS = "lon,lat\n-74.08,4.61\n"


@pytest.fixture
def many() -> gpd.GeoDataFrame:
    shapes = [Point(n % 50, n // 50) for n in range(2000)]
    return gpd.GeoDataFrame({"n": range(2000)}, geometry=shapes, crs=4326)


@pytest.fixture
def raster(folder):
    def write(cells, transform, crs="EPSG:4326", nodata=None):
        with rasterio.open(
            folder / "a.tif", "w", driver="GTiff", width=cells.shape[1], height=cells.shape[0],
            count=1, dtype=cells.dtype, crs=crs, transform=transform, nodata=nodata,
        ) as made:  # fmt: skip
            made.write(cells, 1)
        return "a.tif"

    return write


@pytest.mark.parametrize("how", ["rows deleted", "nodes spoilt", "another index spoilt"])
def test_a_geopackage_with_a_broken_index(folder, many, reading, how):
    path = folder / "a.gpkg"
    many.to_file(path, layer="a")
    with sqlite3.connect(path) as base:
        if how == "rows deleted":
            base.execute("DELETE FROM rtree_a_geom_node WHERE nodeno > 1")
        elif how == "nodes spoilt":
            base.execute("UPDATE rtree_a_geom_node SET data = x'00'")
        else:
            base.execute("CREATE INDEX by_n ON a(n)")
            page = base.execute("SELECT rootpage FROM sqlite_master WHERE name = 'by_n'")
            start = (page.fetchone()[0] - 1) * base.execute("PRAGMA page_size").fetchone()[0]
    base.close()
    if how == "another index spoilt":
        whole = bytearray(path.read_bytes())
        whole[start : start + 100] = b"\xff" * 100
        path.write_bytes(whole)
    assert len(reading("a.gpkg", columns={"n": "value"}).table) == 2000


def test_a_geopackage_with_spoilt_pages(folder, many, refused):
    many.to_file(folder / "a.gpkg")
    whole = bytearray((folder / "a.gpkg").read_bytes())
    for place in np.random.default_rng(1).integers(8192, len(whole), 60):
        whole[place] ^= 0xFF
    (folder / "a.gpkg").write_bytes(whole)
    assert "fetch or save it again" in refused("a.gpkg")


def test_a_layer_with_a_name_of_300_letters(folder, many, reading, refused):
    many.to_file(folder / "a.gpkg", layer="x" * 300)
    assert len(reading("a.gpkg").table) == 2000
    many.iloc[:5].to_file(folder / "a.gpkg", layer="y" * 300)
    assert len(reading("a.gpkg", table="y" * 300).table) == 5
    sentence = refused("a.gpkg", table="z" * 300)
    assert "the file has no 'zzz" in sentence


@pytest.mark.parametrize("name", ["a.zip", "a.xlsx"])
def test_a_zip_bomb(folder, refused, monkeypatch, name):
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", POINTS + "\n" * 150_000_000)
    sentence = refused(name)
    assert sentence == (
        f"layers/{name}: it would unpack from 0.1 MB to 0.2 GB; "
        "do not trust it; fetch it from its publisher again"
    )
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", POINTS)
    monkeypatch.setattr(zips, "MOST_UNPACKED", 10)
    assert "it would unpack from" in refused(name)


def test_a_link_out_of_the_project(folder, reading, tmp_path):
    (tmp_path / "elsewhere.csv").write_text(POINTS)
    (folder / "a.csv").symlink_to(tmp_path / "elsewhere.csv")
    said = [str(one) for one in reading("a.csv").notices]
    assert any("'a.csv' is a link to a file outside the project" in one for one in said)
    (folder / "b.csv").write_text(POINTS)
    (folder / "c.csv").symlink_to(folder / "b.csv")
    assert not any("link" in str(one) for one in reading("c.csv").notices)


def test_a_raster_in_degrees_with_swapped_axes(raster, refused):
    ones = np.ones((40, 40), "float32")
    name = raster(ones, Affine(0.001, 0, -23.6, 0, -0.001, -146.6))
    assert refused(name, "raster") == (
        "layers/a.tif: it covers longitudes -23.6 to -23.56 and latitudes -146.64 to -146.6; "
        "longitude and latitude look swapped: save it with its axes the right way round"
    )
    name = raster(ones, Affine(10, 0, 600_000, 0, -10, 510_000))
    assert "these look like metres, declared as degrees" in refused(name, "raster")


def test_a_raster_round_the_whole_earth(raster, reading):
    """Cells whose centres lie on the poles stick out by half a cell; 0 to 360 is a habit."""
    reading(raster(np.ones((181, 360), "uint8"), Affine(1, 0, 0, 0, -1, 90.5)), "raster")


def test_swapped_axes_that_are_a_place_too(town_with_heights):
    with pytest.raises(InputError, match="easting and northing look swapped"):
        Project(town_with_heights).check()


@pytest.fixture
def town_with_heights(tmp_path):
    from siteplanner import init

    root = init(tmp_path / "town").root
    path = root / "layers" / "elevation.tif"
    with rasterio.open(path) as old:
        cells, profile, at = old.read(), old.profile, old.transform
    profile.update(transform=Affine(at.a, 0, at.f, 0, at.e, at.c), width=cells.shape[1])
    with rasterio.open(path, "w", **profile) as new:
        new.write(cells)
    return root


def test_a_sign_for_unknown_that_is_a_number_too(raster, reading):
    where = Affine(10, 0, 600_000, 0, -10, 510_000)
    cells = np.arange(1600, dtype="float32").reshape(40, 40) % 5
    name = raster(cells, where, "EPSG:32618", nodata=0)
    said = "\n".join(
        str(one)
        for one in reading(name, "raster", columns={"a": {"from": 1, "kind": "count"}}).notices
    )
    assert (
        "0 is its sign for unknown, so that 'a' is unknown, not none, in 20% of its cells" in said
    )
    name = raster(cells - 2, where, "EPSG:32618", nodata=0)
    said = "\n".join(
        str(one) for one in reading(name, "raster", columns={"a": {"from": 1}}).notices
    )
    assert "unknown, 0, lies among the numbers of 'a' (-2 to 2) and stands in 20%" in said
    name = raster(cells, where, "EPSG:32618", nodata=-9999)
    assert not reading(name, "raster", columns={"a": {"from": 1, "kind": "count"}}).notices


def test_layers_in_many_reference_systems(tmp_path):
    """One folder, four systems: they are brought together, and the answer is the same."""
    from siteplanner import init

    root = init(tmp_path / "town").root
    first = Project(root).run("micro_parks")
    for name, crs in (("flood_zone", 3857), ("parks", 32725), ("vacant_lots", 4674)):
        path = root / "layers" / f"{name}.geojson"
        gpd.read_file(path).to_crs(crs).to_file(root / "layers" / f"{name}.gpkg")
        toml = root / "layers" / f"{name}.toml"
        toml.write_text(toml.read_text().replace(f"{name}.geojson", f"{name}.gpkg"))
        path.unlink()
    second = Project(root).run("micro_parks")
    assert list(second.choice.table.index) == list(first.choice.table.index)
    assert np.allclose(
        second.ranking["index"].reindex(first.ranking.index), first.ranking["index"], atol=2e-3
    )
