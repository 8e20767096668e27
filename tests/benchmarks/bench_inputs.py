"""Inputs of the size that planners bring: read, clipped and filtered on a laptop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from running import Clock, Engine, Job, Run, Verdict

CRS = "EPSG:32618"
WEST, NORTH = 500_000, 700_000
MEMORY_MIB = 2048
PARCEL_M = 20


def write_raster(clock: Clock, folder: Path, cells: int) -> None:
    """Store a square raster of 10 m cells as tiled GeoTIFF: one strip, moved on row by row."""
    import rasterio
    from rasterio import Affine
    from rasterio.windows import Window

    draw = np.random.default_rng(3)
    how = {"driver": "GTiff", "dtype": "float32", "count": 1, "crs": CRS, "nodata": -1}
    how |= {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate", "zlevel": 1}
    where = Affine(10, 0, WEST, 0, -10, NORTH)
    path = folder / "heights.tif"
    with rasterio.open(path, "w", width=cells, height=cells, transform=where, **how) as file:
        strip = draw.integers(0, 60, (256, cells)).astype("float32")
        for top in range(0, cells, 256):
            rows = min(256, cells - top)
            part = np.roll(strip, top, axis=1)[:rows]
            file.write(part, 1, window=Window(0, top, cells, rows))


def raster(clock: Clock, folder: Path, share: float) -> dict[str, Any]:
    """Look at the raster, and average it on hexagons over a part of it."""
    import geopandas as gpd
    import rasterio
    from shapely import box

    from siteplanner.cells.lattice import hexagons
    from siteplanner.model import Layer
    from siteplanner.sources import read
    from siteplanner.sources.window import view_window, zonal

    path = folder / "heights.tif"
    with rasterio.open(path) as opened:
        side_m = opened.width * 10 * share
    around = box(WEST + 5000, NORTH - 5000 - side_m, WEST + 5000 + side_m, NORTH - 5000)
    zones = hexagons(around, max(200.0, side_m / 100)).set_crs(CRS, allow_override=True)
    keys = {"title": "Heights", "source": path.name, "kind": "raster"}
    layer = Layer.model_validate({"name": "heights", **keys, "columns": {"m": {"from": 1}}})
    with clock.running():
        source = read(layer, folder)
        assert source.raster is not None
        means = zonal(
            view_window(source.raster, "m", gpd.GeoSeries([around], crs=CRS)), zones, "mean"
        )
    return {"zones": len(zones), "mean": float(np.nanmean(means)), "mb": path.stat().st_size / 1e6}


def cut(clock: Clock, folder: Path, share: float) -> dict[str, Any]:
    """Cut a part out of the raster, as is done with one on the web."""
    import geopandas as gpd
    import rasterio
    from shapely import box

    from siteplanner.fetched import windows

    path, target = folder / "heights.tif", folder / "cut.tif"
    with rasterio.open(path) as opened:
        side_m = opened.width * 10 * share
    around = gpd.GeoSeries([box(WEST, NORTH - side_m, WEST + side_m, NORTH)], crs=CRS)
    with clock.running():
        windows.cut(str(path), around, target, None, 10**10, lambda done, total: None)
    with rasterio.open(target) as made:
        return {"cells": made.width * made.height}


def write_parcels(clock: Clock, folder: Path, parcels: int) -> None:
    """Store parcels side by side, each of seven uses, and the area in their middle."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    side = int(np.sqrt(parcels))
    number = np.arange(parcels)
    x, y = WEST + number % side * PARCEL_M, NORTH - number // side * PARCEL_M
    shapes = shapely.segmentize(shapely.box(x, y, x + PARCEL_M - 1, y + PARCEL_M - 1), 5)
    uses = pd.Series(
        np.array(["home", "shop", "school", "vacant", "farm", "office", "park"])[number % 7]
    )
    table = {"id": number.astype(str), "use": uses, "people": number % 5}
    gpd.GeoDataFrame(table, geometry=shapes, crs=CRS).to_file(folder / "parcels.gpkg")
    middle = shapely.Point(WEST + side * PARCEL_M / 2, NORTH - side * PARCEL_M / 2)
    area = gpd.GeoSeries([middle.buffer(side * PARCEL_M / 3)], crs=CRS)
    area.to_file(folder / "area.geojson", driver="GeoJSON")


def parcels(clock: Clock, folder: Path) -> dict[str, Any]:
    """Read all parcels, clip them to the area and its ring, and keep the vacant ones."""
    from siteplanner import sites, sources, study
    from siteplanner.model import Layer, Scenario

    columns = {"use": {"kind": "category"}, "people": {"kind": "count"}}
    layers = {
        "area": {"title": "Area", "source": "area.geojson", "kind": "polygons", "crs": CRS},
        "parcels": {
            "title": "Parcels", "source": "parcels.gpkg", "kind": "polygons", "id": "id",
            "columns": columns,
        },
    }  # fmt: skip
    scenario = Scenario.model_validate({
        "name": "lots", "title": "Lots", "area": "area", "crs": CRS,
        "demand": {"hexagons_m": 200, "people": "parcels.people"},
        "need": {"all": {"layer": "cells", "column": "people", "measure": "sum",
                         "zero_at": 0, "full_at": 100}},
        "walk": {"limit_m": 800},
        "sites": {"layer": "parcels", "where": {"use": ["vacant"]}, "min_area_m2": 300},
        "site": {"reach": {"measure": "need_reached", "zero_at": 0, "full_at": 1000}},
        "choice": {"count": 5},
    })  # fmt: skip
    known = {name: Layer.model_validate({"name": name, **keys}) for name, keys in layers.items()}
    with clock.running():
        read = sources.read_all(known, folder)
        ground = study.prepare(scenario, read, ring_m=800)
        found = sites.find(scenario, ground)
    return {"rows": len(ground.tables["parcels"]), "sites": len(found.table)}


def streets(clock: Clock, folder: Path, pbf: str) -> dict[str, Any]:
    """Read the streets of an extract as a layer."""
    from siteplanner.model import Layer
    from siteplanner.sources import read

    keys = {"title": "Streets", "source": pbf, "kind": "network", "attribution": "OpenStreetMap"}
    with clock.running():
        source = read(Layer.model_validate({"name": "streets", **keys}), folder)
    assert source.table is not None
    return {"streets": len(source.table), "mb": (folder / pbf).stat().st_size / 1e6}


def _memory(runs: dict[str, Run]) -> list[Verdict]:
    peak = max(one.peak_mib for one in runs.values())
    return [Verdict(f"memory ≤ {MEMORY_MIB} MiB", f"{peak:,.0f} MiB", peak <= MEMORY_MIB)]


def _in_time(runs: dict[str, Run]) -> list[Verdict]:
    mine = next(iter(runs.values()))
    return [Verdict("≤ 30 s CPU", f"{mine.cpu_s:.1f} s", mine.cpu_s <= 30), *_memory(runs)]


def jobs(*, quick: bool) -> list[Job]:
    cells, lots = (2_000, 5_000) if quick else (20_000, 500_000)
    store = Engine("raster", "bench_inputs:write_raster", {"cells": cells})
    found = [
        Job(
            f"raster of {cells:,} × {cells:,}: a twentieth of its width on hexagons",
            [Engine("siteplanner", "bench_inputs:raster", {"share": 0.05})],
            _memory,
            prepare=[store],
        ),
        Job(
            f"raster of {cells:,} × {cells:,}: a quarter of its width on hexagons",
            [Engine("siteplanner", "bench_inputs:raster", {"share": 0.25})],
            _memory,
        ),
        Job(
            f"raster of {cells:,} × {cells:,}: nine tenths of its width on hexagons",
            [Engine("siteplanner", "bench_inputs:raster", {"share": 0.9})],
            _memory,
        ),
        Job(
            f"raster of {cells:,} × {cells:,}: half of its width cut out",
            [Engine("siteplanner", "bench_inputs:cut", {"share": 0.5})],
            _memory,
        ),
        Job(
            f"{lots:,} parcels read, clipped, filtered",
            [Engine("siteplanner", "bench_inputs:parcels")],
            _in_time,
            prepare=[Engine("parcels", "bench_inputs:write_parcels", {"parcels": lots})],
        ),
    ]
    if quick:
        return found
    tile = Engine("tiles", "networks:tile", {"times": 10, "name": "tiled.osm.pbf"})
    read = Engine("siteplanner", "bench_inputs:streets", {"pbf": "tiled.osm.pbf"})
    return [*found, Job("PBF of 32 MB as a layer", [read], _memory, prepare=[tile])]
