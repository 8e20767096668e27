"""Of a raster on the web only the cells around the area come; a run needs no more."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import rasterio.shutil
from rasterio import Affine
from shapely.geometry import box

from siteplanner import InputError, Project
from siteplanner.fetched import read_record
from siteplanner.fetched.windows import cut
from siteplanner.sources import read


@pytest.fixture(scope="session")
def large(pristine_town, tmp_path_factory):
    """The town's heights in the middle of a raster 40 times as wide, cloud-optimised."""
    folder = tmp_path_factory.mktemp("large")
    with rasterio.open(pristine_town / "layers" / "elevation.tif") as small:
        heights, at, crs = small.read(1), small.transform, small.crs
        nodata = small.nodata
    rows, columns = (max(4096, 20 * one) for one in heights.shape)
    top, left = rows // 2, columns // 2
    cells = np.random.default_rng(1).uniform(1000, 2000, (rows, columns)).astype(heights.dtype)
    cells[top : top + heights.shape[0], left : left + heights.shape[1]] = heights
    profile = {
        "driver": "GTiff", "height": rows, "width": columns, "count": 1, "crs": crs,
        "dtype": heights.dtype, "nodata": nodata, "transform": at @ Affine.translation(-left, -top),
    }  # fmt: skip
    with rasterio.open(folder / "plain.tif", "w", **profile) as made:
        made.write(cells, 1)
    rasterio.shutil.copy(
        folder / "plain.tif", folder / "large.tif", driver="COG", BLOCKSIZE=256, COMPRESS="DEFLATE"
    )
    return (folder / "large.tif").read_bytes()


@pytest.fixture
def elevation(moved, large):
    page = moved(
        "elevation", etag='"1"', headers={"Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"}
    )
    page.body = large
    return page


def test_only_the_area_comes(town, elevation, fetch, server, large):
    whole = read(Project(town).layer("town"), town / "layers")
    outcome = fetch()["elevation"]
    assert outcome.kind == "fetched", outcome
    print(f"{server.sent:,} of {len(large):,} bytes in {len(server.asked)} answers")
    assert server.sent < len(large) / 20
    copy = town / "layers" / "fetched" / "elevation.tif"
    record = read_record(town / "layers", "elevation")
    with rasterio.open(copy) as kept:
        extent = whole.table.to_crs(kept.crs).total_bounds
        assert kept.bounds.left < extent[0] < extent[2] < kept.bounds.right
        assert kept.bounds.bottom < extent[1] < extent[3] < kept.bounds.top
        assert kept.width * kept.height < 4096 * 4096 / 50
        left, _, right, _ = record.extent
        assert left < kept.bounds.left
        assert (right - left) / kept.res[0] == pytest.approx(4096)
    assert record.data_date == "2015-10-21"
    assert record.area_sha256


def test_the_answer_is_that_of_the_whole_raster(town, elevation, fetch, large):
    fetch()
    there = Project(town).run("micro_parks")
    (town / "layers" / "whole.tif").write_bytes(large)
    toml = town / "layers" / "elevation.toml"
    toml.write_text(re.sub('^source = ".*"', 'source = "whole.tif"', toml.read_text(), flags=re.M))
    here = Project(town).run("micro_parks")
    assert there.ranking.equals(here.ranking)
    assert list(there.choice.table.index) == list(here.choice.table.index)


def test_a_larger_area_needs_another_copy(town, elevation, fetch):
    fetch()
    path = town / "layers" / "town.geojson"
    area = gpd.read_file(path)
    area.set_geometry([box(*area.total_bounds).buffer(0.01)]).to_file(path, driver="GeoJSON")
    with pytest.raises(InputError) as caught:
        Project(town).run("micro_parks")
    assert "layers/elevation.toml: source: the kept copy was cut for a smaller area" in str(
        caught.value
    )
    fetch(refresh=True)
    Project(town).check()


def test_a_server_without_ranges_sends_the_whole(town, elevation, fetch, server, large):
    elevation.ranges = False
    fetch()
    assert server.sent >= len(large)
    with rasterio.open(town / "layers" / "fetched" / "elevation.tif") as kept:
        assert kept.width < 1000


def test_a_server_that_does_not_know_head(town, elevation, fetch, server, large):
    """Signed addresses are for GET alone."""
    elevation.head = 403
    assert fetch()["elevation"].kind == "fetched"
    assert server.sent < len(large) / 4  # what was on its way when GDAL hung up


def test_a_word_in_the_address_of_a_raster_is_told_nowhere(
    town, elevation, fetch, server, monkeypatch, caplog, capfd
):
    monkeypatch.setenv("OUR_WORD", "s3cr3t")
    toml = town / "layers" / "elevation.toml"
    text = toml.read_text().replace("http://", "http://me:${OUR_WORD}@")
    toml.write_text(text.replace("elevation.tif", "elevation.tif?key=${OUR_WORD}"))
    assert fetch()["elevation"].kind == "fetched"
    assert all("authorization" in headers for _, headers in server.asked)
    elevation.body = elevation.body[:3000]
    elevation.head = 403
    assert fetch(refresh=True)["elevation"].kind == "failed"
    written = b"".join(path.read_bytes() for path in town.rglob("*") if path.is_file())
    assert "s3cr3t" not in caplog.text + "".join(capfd.readouterr())
    assert b"s3cr3t" not in written


def test_what_changed_is_said_in_cells(town, elevation, fetch, large, tmp_path):
    fetch()
    assert fetch(refresh=True)["elevation"].said[0].endswith(": the same bytes as on " + (
        read_record(town / "layers", "elevation").fetched[:10]
    ))  # fmt: skip
    path = tmp_path / "new.tif"
    path.write_bytes(large)
    kept_path = town / "layers" / "fetched" / "elevation.tif"
    with rasterio.open(path) as old, rasterio.open(kept_path) as kept:
        cells, profile = old.read(), old.profile
        row, column = old.index(*kept.xy(kept.height // 2, kept.width // 2))
    cells[0, row, column] += 1
    cells[0, 0, 0] += 1
    with rasterio.open(path, "w", **profile) as new:
        new.write(cells)
    elevation.body, elevation.etag = path.read_bytes(), '"2"'
    assert re.match(
        r"1 of [\d,]+ cells have other numbers", fetch(refresh=True)["elevation"].said[0]
    )


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"status": 404}, r"has nothing at this address \(404\)"),
        ({"body": b"<!doctype html>"}, r"a web page in place of data"),
        ({"body": b"a,b,c\n"}, r"ends in .tif, but what the server sent is no such file"),
        ({"cut": 3000}, r"the raster cannot be read: it is damaged, or the connection broke"),
        ({"far": True}, r"the raster does not touch the area: it covers"),
        (
            {"limit_bytes": 1000},
            r"the area's part of the raster has 0.0 GB, and the limit is 1e-06",
        ),
    ],
)
def test_trouble_with_a_raster(town, elevation, fetch, change, sentence, tmp_path):
    fetch()
    before = (town / "layers" / "fetched" / "elevation.tif").read_bytes()
    how = {"limit_bytes": change.pop("limit_bytes")} if "limit_bytes" in change else {}
    if "cut" in change:
        elevation.body = elevation.body[: change["cut"]]
    elif "far" in change:
        path = tmp_path / "far.tif"
        path.write_bytes(elevation.body)
        with rasterio.open(path, "r+", IGNORE_COG_LAYOUT_BREAK="YES") as far:
            far.transform = far.transform @ Affine.translation(10_000, 10_000)
        elevation.body = path.read_bytes()
    else:
        for key, value in change.items():
            setattr(elevation, key, value)
    outcome = fetch(refresh=True, **how)["elevation"]
    assert re.search(sentence, str(outcome.problem))
    folder = town / "layers" / "fetched"
    assert (folder / "elevation.tif").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["elevation.json", "elevation.tif"]


def test_an_area_that_is_fetched_itself(town, elevation, moved, fetch):
    """The area comes first; where it fails, the raster says so."""
    page = moved("town")
    page.status = 500
    outcomes = fetch()
    assert list(outcomes)[-1] == "elevation"
    assert "the area it is wanted for cannot be read" in str(outcomes["elevation"].problem)
    page.status = 200
    assert fetch()["elevation"].kind == "fetched"


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_a_cut_has_the_cells_of_the_whole(tmp_path, bands, dtype):
    draw = np.random.default_rng(2)
    cells = draw.integers(0, 250, (bands, 700, 900)).astype(dtype)
    path, target = tmp_path / "whole.tif", tmp_path / "cut.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=900, height=700, count=bands, dtype=dtype,
        crs="EPSG:32618", transform=Affine(10, 0, 600_000, 0, -10, 500_000), nodata=7,
    ) as made:  # fmt: skip
        made.write(cells)
        made.set_band_description(1, "people")
    around = gpd.GeoSeries([box(601_000, 495_000, 603_000, 497_000)], crs="EPSG:32618")
    told = []
    extent = cut(
        str(path), around, target, None, 10**9, lambda done, total: told.append((done, total))
    )
    assert extent == (600_000, 493_000, 609_000, 500_000)
    with rasterio.open(target) as kept:
        assert kept.bounds == (600_960, 494_960, 603_040, 497_040)
        assert np.array_equal(kept.read(), cells[:, 296:504, 96:304])
        assert (kept.nodata, kept.descriptions[0], kept.dtypes[0]) == (7, "people", dtype)
    assert told[-1][0] == told[-1][1] == bands * 208 * 208 * np.dtype(dtype).itemsize


def test_cells_that_a_mask_hides_stay_hidden(tmp_path):
    path, target = tmp_path / "whole.tif", tmp_path / "cut.tif"
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(
        path, "w", driver="GTiff", width=50, height=50, count=1, dtype="uint8",
        crs="EPSG:32618", transform=Affine(10, 0, 600_000, 0, -10, 500_000),
    ) as made:  # fmt: skip
        made.write(np.ones((1, 50, 50), "uint8"))
        mask = np.full((50, 50), 255, "uint8")
        mask[25, 25] = 0
        made.write_mask(mask)
    around = gpd.GeoSeries([box(600_200, 499_700, 600_300, 499_800)], crs="EPSG:32618")
    cut(str(path), around, target, None, 10**9, lambda done, total: None)
    with rasterio.open(target) as kept:
        assert np.ma.count_masked(kept.read(1, masked=True)) == 1
