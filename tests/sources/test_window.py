"""Rasters too large for memory: the same numbers, read part by part."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS
from rasterio import Affine
from shapely import Point, box

from siteplanner.sources import window as windows
from siteplanner.sources.source import Raster
from siteplanner.sources.window import Unread, Window, view_window, zonal

ROWS, COLUMNS, CELL_M = 60, 40, 10
WEST, NORTH = 500_000, 700_000


@pytest.fixture(scope="module")
def raster(tmp_path_factory):
    """A raster with unknown cells of three sorts: nodata, a stand-in, and counts below 0."""
    values = np.random.default_rng(1).integers(-2, 50, (ROWS, COLUMNS)).astype("float32")
    values[5:9, 5:9] = -9999
    values[30, :] = 77
    path = tmp_path_factory.mktemp("raster") / "r.tif"
    how = {"driver": "GTiff", "dtype": "float32", "count": 1, "crs": "EPSG:32618",
           "nodata": -9999, "tiled": True, "blockxsize": 16, "blockysize": 16}  # fmt: skip
    where = Affine(CELL_M, 0, WEST, 0, -CELL_M, NORTH)
    with rasterio.open(path, "w", width=COLUMNS, height=ROWS, transform=where, **how) as file:
        file.write(values, 1)
    return Raster(path, CRS.from_epsg(32618), {"n": 1}, 77.0, frozenset({"n"}))


def shapes(*parts):
    moved = [(WEST + a, NORTH - d, WEST + c, NORTH - b) for a, b, c, d in parts]
    return gpd.GeoSeries([box(*one) for one in moved], crs="EPSG:32618")


ALL = shapes((-50, -50, 450, 650))
SOME = shapes((0, 0, 400, 600), (13, 7, 87, 200), (-30, -30, 25, 25), (333, 280, 444, 333),
              (50, 50, 90, 90), (0, 300, 400, 310), (900, 900, 999, 999))  # fmt: skip


@pytest.mark.parametrize("how", ["sum", "mean"])
@pytest.mark.parametrize("at_once", [7, 100, 900])
def test_part_by_part_gives_what_all_at_once_gives(raster, monkeypatch, how, at_once):
    whole = view_window(raster, "n", ALL)
    assert isinstance(whole, Window)
    monkeypatch.setattr(windows, "AT_ONCE", at_once)
    parts = view_window(raster, "n", ALL)
    assert isinstance(parts, Unread)
    one, other = zonal(whole, SOME, how), zonal(parts, SOME, how)
    np.testing.assert_allclose(other, one, rtol=1e-12)
    assert np.isnan(one).tolist() == [False, False, False, False, True, True, True]
    with rasterio.open(raster.path) as opened:
        cells = opened.read(1).astype(float)
    cells[(cells == 77) | (cells < 0)] = np.nan
    wanted = np.nansum(cells) if how == "sum" else np.nanmean(cells)
    assert other[0] == pytest.approx(wanted, rel=1e-12)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.floats(-30, 430), st.floats(-30, 630)), min_size=1, max_size=20),
    st.sampled_from([41, 200, 2000]),
)
def test_points_have_the_number_of_their_cell(raster, monkeypatch, at, at_once):
    points = gpd.GeoSeries([Point(WEST + a, NORTH - b) for a, b in at], crs="EPSG:32618")
    monkeypatch.setattr(windows, "AT_ONCE", 10**9)
    whole = zonal(view_window(raster, "n", ALL), points, "mean")
    monkeypatch.setattr(windows, "AT_ONCE", at_once)
    parts = zonal(view_window(raster, "n", ALL), points, "mean")
    np.testing.assert_array_equal(parts, whole)


def test_only_some_cells_are_held_at_once(raster, monkeypatch):
    """No part that is read has more cells than it may."""
    monkeypatch.setattr(windows, "AT_ONCE", 300)
    held = []
    read = windows._cells

    def watch(opened, raster, column, pixels):
        values = read(opened, raster, column, pixels)
        held.append(values.size)
        return values

    monkeypatch.setattr(windows, "_cells", watch)
    zonal(view_window(raster, "n", ALL), SOME, "sum")
    assert len(held) > 8
    assert max(held) <= 300


def test_beyond_the_raster_nothing_is_known(raster, monkeypatch):
    monkeypatch.setattr(windows, "AT_ONCE", 1)
    far = shapes((5000, 5000, 5100, 5100))
    assert np.isnan(zonal(view_window(raster, "n", far), far, "sum")).all()
