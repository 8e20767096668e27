"""GeoTIFFs: opened, looked at, left on disk."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from rasterio import Affine

PLACE = Affine(10, 0, 600_000, 0, -10, 510_000)
HEIGHT = {"height": {"unit": "m"}}


@pytest.fixture
def raster(folder):
    """Write bands to a GeoTIFF; give its name."""

    def write(*bands, name="dem.tif", names=(), **options):
        cells = np.array(bands)
        count, height, width = cells.shape
        profile = {"crs": "EPSG:32618", "transform": PLACE, "dtype": cells.dtype, **options}
        path = folder / name
        with rasterio.open(
            path, "w", driver="GTiff", count=count, height=height, width=width, **profile
        ) as dataset:
            dataset.write(cells)
            for band, text in enumerate(names, start=1):
                dataset.set_band_description(band, text)
        return name

    return write


def test_a_raster_stays_on_disk(raster, reading, folder):
    name = raster([[1.0, 2.0], [3.0, np.nan]], nodata=np.nan)
    source = reading(name, "raster", columns=HEIGHT)
    assert source.table is None
    assert source.raster.path == folder / name
    assert source.raster.crs == source.crs == "EPSG:32618"
    assert source.raster.bands == {"height": 1}
    assert np.isnan(source.raster.nodata)
    assert source.notices == ()


def test_bands_by_number_and_by_name(raster, reading, refused):
    name = raster([[1]], [[2]], names=("height", "slope"), nodata=0)
    columns = {"a": {"from": 2}, "height": {}, "b": {"from": "slope"}}
    assert reading(name, "raster", columns=columns).raster.bands == {"a": 2, "height": 1, "b": 2}
    assert refused(name, "raster", columns={"a": {"from": 3}}) == (
        "layers/things.toml: columns.a.from: the raster has 2 bands and none is '3'; "
        "known are: 1, 2, height, slope"
    )


def test_a_raster_without_nodata_is_reported_and_runs(raster, reading):
    source = reading(raster([[1, 2]]), "raster", columns=HEIGHT)
    assert source.raster.nodata is None
    assert str(source.notices[0]) == (
        "layers/things: the raster names no value for unknown (nodata): every number counts"
    )
    source = reading(raster([[1, 2]]), "raster", columns=HEIGHT, nodata=2)
    assert source.raster.nodata == 2
    assert source.notices == ()


def test_two_values_for_unknown(raster, refused):
    name = raster([[1, 2]], nodata=0)
    assert "nodata: the layer says 2, but layers/dem.tif itself says 0" in refused(
        name, "raster", columns=HEIGHT, nodata=2
    )


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_that_does_not_say_where_it_lies(raster, refused, reading):
    name = raster([[1, 2]], crs=None)
    assert "layers/dem.tif: the file does not say its reference system" in refused(name, "raster")
    assert reading(name, "raster", crs="EPSG:32618").raster.crs == "EPSG:32618"
    name = raster([[1, 2]], transform=None)
    assert "the raster does not say where it lies" in refused(name, "raster")


@pytest.mark.parametrize("unknown", [-9999.0, np.nan])
def test_a_band_without_anything_known(raster, refused, reading, unknown):
    cells = np.full((1000, 1300), unknown)
    name = raster(cells, nodata=-9999.0, tiled=True, blockxsize=256, blockysize=256)
    assert "layers/dem.tif: band 1: nothing is known in the band for 'height'" in refused(
        name, "raster", columns=HEIGHT
    )
    cells[1, 1] = 7  # not among the cells that are looked at first
    name = raster(cells, nodata=-9999.0)
    assert reading(name, "raster", columns=HEIGHT).raster.bands == {"height": 1}


def test_a_raster_is_hashed_with_its_world_file(raster, reading, folder):
    name = raster([[1, 2]], nodata=0)
    first = reading(name, "raster").sha256
    (folder / "dem.tfw").write_text("10\n0\n0\n-10\n600005\n509995\n")
    assert reading(name, "raster").sha256 != first
