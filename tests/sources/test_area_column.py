"""A column may be the polygon's own area, the same in every CRS."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import box

from siteplanner.errors import InputError
from siteplanner.model import Layer
from siteplanner.sources import read


def layer(kind: str = "polygons") -> Layer:
    columns = {"footprint": {"from": "@area_m2", "unit": "m2", "kind": "count"}}
    data = {"name": "b", "title": "B", "source": "b.gpkg", "kind": kind, "columns": columns}
    return Layer.model_validate(data)


@pytest.mark.parametrize("crs", ["EPSG:32618", "EPSG:4326"])
def test_the_area_is_measured_on_the_ground(tmp_path, crs):
    squares = gpd.GeoSeries([box(500_000, 510_000, 500_100, 510_100)], crs="EPSG:32618")
    gpd.GeoDataFrame(geometry=squares.to_crs(crs)).to_file(tmp_path / "b.gpkg")
    table = read(layer(), tmp_path).table
    assert table["footprint"].iloc[0] == pytest.approx(10_000, rel=0.01)


def test_points_have_no_area(tmp_path):
    points = gpd.GeoDataFrame(geometry=gpd.GeoSeries.from_xy([1], [2], crs="EPSG:4326"))
    points.to_file(tmp_path / "b.gpkg")
    with pytest.raises(InputError, match="has no column '@area_m2'"):
        read(layer("points"), tmp_path)
