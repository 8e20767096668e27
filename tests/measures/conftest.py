"""A town of nine cells by eye, and somebody who walks straight."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine
from pyproj import CRS
from scipy import sparse

from siteplanner.measures import Setting, measure
from siteplanner.model import Choice, Column, Criterion, Demand, Layer, Scenario, Sites, Walk
from siteplanner.sources import Raster
from siteplanner.walk import Catchment

M_A_MINUTE = 60.0


class StraightWalker:
    """Walks as the crow flies, a metre a second; points with a negative x are cut off."""

    streets = None

    def __init__(self, walk: Walk) -> None:
        self.walk = walk

    def reach(self, origins, destinations, *, limit_m=None, limit_min=None) -> Catchment:
        if limit_m is None and limit_min is None:
            limit_m, limit_min = self.walk.limit_m, self.walk.limit_min
        metres = self._metres(origins, destinations)
        keep = metres <= (np.inf if limit_m is None else limit_m)
        keep &= metres / M_A_MINUTE <= (np.inf if limit_min is None else limit_min)
        row, column = np.nonzero(keep)
        where, shape = (row, column), metres.shape
        walks = sparse.csr_array((metres[keep], where), shape=shape)
        minutes = sparse.csr_array((walks.data / M_A_MINUTE, walks.indices, walks.indptr), shape)
        return Catchment(minutes, walks, origins.index, destinations.index)

    def nearest(self, origins, destinations, *, limit_m=None) -> pd.DataFrame:
        metres = self._metres(origins, destinations)
        metres = np.where(metres <= (np.inf if limit_m is None else limit_m), metres, np.inf)
        best = metres.min(axis=1)
        best = np.where(np.isfinite(best), best, np.nan)
        columns = {"metres": best, "minutes": best / M_A_MINUTE}
        return pd.DataFrame(columns, index=origins.index)

    def cut_off(self, points) -> pd.Series:
        return points.x < 0

    def _metres(self, origins, destinations):
        metres = shapely.distance(origins.to_numpy()[:, None], destinations.to_numpy()[None, :])
        metres[(origins.x < 0).to_numpy(), :] = np.inf
        metres[:, (destinations.x < 0).to_numpy()] = np.inf
        return metres


def _criterion(measure: str, **keys: object) -> Criterion:
    return Criterion(measure=measure, **{"zero_at": 0, "full_at": 1, **keys})


@pytest.fixture
def criterion() -> Callable[..., Criterion]:
    """Make a criterion whose score does not matter."""
    return _criterion


@pytest.fixture
def look(setting: Callable[..., Setting]) -> Callable[..., list[float]]:
    """Measure one criterion at the nine cells (or other places), and give the numbers."""

    def measured(one: Criterion, place: Setting, places: gpd.GeoDataFrame | None = None):
        found = measure({"it": one}, place.cells if places is None else places, place)
        return found["it"].round(9).tolist()

    return measured


@pytest.fixture
def setting(grid3: gpd.GeoDataFrame) -> Callable[..., Setting]:
    """Make a setting of the nine cells from tables, rasters and the kinds of their columns."""

    def make(
        tables: Mapping[str, gpd.GeoDataFrame] | None = None,
        columns: Mapping[str, Mapping[str, str]] | None = None,
        *,
        rasters: Mapping[str, Raster] | None = None,
        cells: gpd.GeoDataFrame | None = None,
        walk: Walk | None = None,
        demand: pd.Series | None = None,
        existing: gpd.GeoDataFrame | None = None,
        need: Mapping[str, Criterion] | None = None,
    ) -> Setting:
        walk = walk or Walk(network="streets", limit_m=100)
        layers = {}
        for name, found in (columns or {}).items():
            declared = {column: Column(kind=kind) for column, kind in found.items()}
            keys = {"title": name, "source": "x", "kind": "polygons", "columns": declared}
            layers[name] = Layer(name=name, **keys)
        scenario = Scenario(
            name="town",
            title="Town",
            area="town",
            demand=Demand(squares_m=100, people="census.people", groups=["census.children"]),
            need=dict(need or {"n": _criterion("value", layer="x", column="y")}),
            walk=walk,
            sites=Sites(grid_m=100),
            site={"s": _criterion("need_reached")},
            choice=Choice(count=1),
        )
        study = SimpleNamespace(tables=tables or {}, rasters=rasters or {}, layers=layers)
        table = grid3 if cells is None else cells
        return Setting(scenario, study, StraightWalker(walk), table, demand, existing)

    return make


@pytest.fixture
def table() -> Callable[..., gpd.GeoDataFrame]:
    """Make a layer's rows from ids to geometry, and columns."""

    def make(geometry: Mapping[str, object], **columns: object) -> gpd.GeoDataFrame:
        index = pd.Index(list(geometry), name="id", dtype="str")
        shapes = list(geometry.values())
        return gpd.GeoDataFrame(columns, index=index, geometry=shapes, crs="EPSG:32618")

    return make


@pytest.fixture
def raster(tmp_path: Path) -> Callable[..., Raster]:
    """Write a raster of 100 m pixels whose south-west corner is the town's."""

    def make(pixels: object, *, size_m: float = 100.0, nodata: float | None = None) -> Raster:
        array = np.asarray(pixels, dtype=np.float64)
        transform = Affine(size_m, 0, 0, 0, -size_m, size_m * array.shape[0])
        path = tmp_path / "heat.tif"
        keys = {"driver": "GTiff", "height": array.shape[0], "width": array.shape[1]}
        with rasterio.open(
            path, "w", count=1, dtype="float64", crs="EPSG:32618", transform=transform, **keys
        ) as file:
            file.write(array, 1)
        return Raster(path, CRS("EPSG:32618"), {"heat": 1}, nodata)

    return make
