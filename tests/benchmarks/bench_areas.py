"""Raster cells into zones, and counts from one set of polygons to another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from running import Clock, Engine, Job, Run, Verdict

CRS = "EPSG:32618"
SIDE_M = 50_000
SAMPLE = 500
"""Zones that rasterstats gets, because it is slow; its time is scaled up."""


def write_raster(clock: Clock, folder: Path, cells: int) -> None:
    """Store a smooth square raster with noise, compressed as rasters come."""
    import rasterio
    from rasterio.transform import from_bounds

    across = np.linspace(0, 9, cells)
    draw = np.random.default_rng(2)
    values = np.outer(np.sin(across) + 2, np.cos(across) + 2) * draw.uniform(0.5, 1, (cells, cells))
    how = {"driver": "GTiff", "dtype": "float32", "count": 1, "compress": "deflate", "crs": CRS}
    where = from_bounds(0, 0, SIDE_M, SIDE_M, cells, cells)
    path = folder / "raster.tif"
    with rasterio.open(path, "w", width=cells, height=cells, transform=where, **how) as file:
        file.write(values.astype("float32"), 1)


def _hexagons(width_m: float) -> Any:
    from shapely import box

    from siteplanner.cells.lattice import hexagons

    found = hexagons(box(1_000, 1_000, SIDE_M - 1_000, SIDE_M - 1_000), width_m)
    return found.set_crs(CRS, allow_override=True)


def zones(clock: Clock, folder: Path) -> dict[str, Any]:
    import rasterio

    from siteplanner.sources.source import Raster
    from siteplanner.sources.window import read_window, zonal

    hexes = _hexagons(537.0)
    path = folder / "raster.tif"
    with rasterio.open(path) as opened:
        crs = opened.crs
    with clock.running():
        sums = zonal(read_window(_raster(Raster, path, crs), None, hexes), hexes, "sum")
    return {"zones": len(hexes), "sum": float(sums.sum())}


def _raster(kind: Any, path: Path, crs: Any) -> Any:
    from dataclasses import fields

    known = {"path": path, "crs": crs, "bands": {}, "nodata": None}
    return kind(**{field.name: known.get(field.name) for field in fields(kind)})


def zones_by_exactextract(clock: Clock, folder: Path) -> dict[str, Any]:
    from exactextract import exact_extract

    hexes = _hexagons(537.0).to_frame("geometry")
    with clock.running():
        found = exact_extract(
            str(folder / "raster.tif"),
            hexes,
            ["sum"],
            strategy="raster-sequential",
            output="pandas",
        )
    return {"zones": len(hexes), "sum": float(found["sum"].sum())}


def zones_by_rasterstats(clock: Clock, folder: Path) -> dict[str, Any]:
    from rasterstats import zonal_stats

    hexes = _hexagons(537.0)
    with clock.running():
        some = zonal_stats(list(hexes.iloc[:SAMPLE]), str(folder / "raster.tif"), stats=["sum"])
    times = len(hexes) / len(some)
    clock.cpu_s, clock.wall_s = clock.cpu_s * times, clock.wall_s * times
    return {"scaled from": len(some), "weights": "cell centres"}


def _districts(count: int) -> tuple[Any, Any]:
    import geopandas as gpd
    import shapely

    draw = np.random.default_rng(4)
    points = shapely.MultiPoint(draw.uniform(0, SIDE_M, (count, 2)))
    cells = shapely.get_parts(shapely.voronoi_polygons(points))
    cells = shapely.intersection(shapely.segmentize(cells, 50), shapely.box(0, 0, SIDE_M, SIDE_M))
    return gpd.GeoSeries(cells, crs=CRS), draw.uniform(100, 3_000, len(cells))


def interpolation(clock: Clock, folder: Path) -> dict[str, Any]:
    from siteplanner.cells.counts import spread
    from siteplanner.cells.overlap import area_shares

    hexes, (districts, people) = _hexagons(235.0), _districts(5_000)
    with clock.running():
        weights = area_shares(districts, hexes)
        counts, _ = spread(weights, people[:, None])
    return {"cells": len(hexes), "people": float(np.nansum(counts))}


def interpolation_by_overlay(clock: Clock, folder: Path) -> dict[str, Any]:
    import geopandas as gpd

    hexes, (districts, people) = _hexagons(235.0), _districts(5_000)
    left = gpd.GeoDataFrame({"people": people}, geometry=districts)
    right = gpd.GeoDataFrame({"cell": np.arange(len(hexes))}, geometry=hexes.to_numpy(), crs=CRS)
    with clock.running():
        left["district"] = np.arange(len(left))
        parts = gpd.overlay(left, right, how="intersection")
        parts["area"] = parts.area
        share = parts["area"] / parts.groupby("district")["area"].transform("sum")
        counts = (parts["people"] * share).groupby(parts["cell"]).sum()
    return {"cells": len(hexes), "people": float(counts.sum())}


def interpolation_by_tobler(clock: Clock, folder: Path) -> dict[str, Any]:
    import geopandas as gpd
    from tobler.area_weighted import area_interpolate

    hexes, (districts, people) = _hexagons(235.0), _districts(5_000)
    left = gpd.GeoDataFrame({"people": people}, geometry=districts)
    right = gpd.GeoDataFrame(geometry=hexes.to_numpy(), crs=CRS)
    with clock.running():
        counts = area_interpolate(left, right, extensive_variables=["people"], n_jobs=1)
    return {"cells": len(hexes), "people": float(counts["people"].sum())}


def _raster_judge(runs: dict[str, Run]) -> list[Verdict]:
    mine, direct = runs["siteplanner"], runs["exactextract, from the file"]
    same = abs(mine.found["sum"] / direct.found["sum"] - 1) < 1e-7
    number = f"{mine.cpu_s / direct.cpu_s:.2f} × its time, sums {'equal' if same else 'differ'}"
    return [Verdict("uses exactextract", number, same)]


def _areal_judge(runs: dict[str, Run]) -> list[Verdict]:
    mine, overlay = runs["siteplanner"], runs["geopandas overlay"]
    same = abs(mine.found["people"] / overlay.found["people"] - 1) < 1e-9
    times = overlay.cpu_s / mine.cpu_s
    number = f"{times:.1f} × as fast as overlay, sums {'equal' if same else 'differ'}"
    return [Verdict("uses shapely; no slower than overlay", number, same and times >= 1)]


def jobs(*, quick: bool) -> list[Job]:
    cells = 1_000 if quick else 5_000
    return [
        Job(
            f"raster of {cells:,} × {cells:,} into hexagons",
            [
                Engine("siteplanner", "bench_areas:zones", packages=["exactextract"]),
                Engine("exactextract, from the file", "bench_areas:zones_by_exactextract"),
                Engine("rasterstats", "bench_areas:zones_by_rasterstats", packages=["rasterstats"]),
            ],
            _raster_judge,
            prepare=[Engine("raster", "bench_areas:write_raster", {"cells": cells})],
        ),
        Job(
            "people of 5,000 districts into 50k hexagons",
            [
                Engine("siteplanner", "bench_areas:interpolation", packages=["shapely"]),
                Engine(
                    "geopandas overlay",
                    "bench_areas:interpolation_by_overlay",
                    packages=["geopandas"],
                ),
                Engine("tobler", "bench_areas:interpolation_by_tobler", packages=["tobler"]),
            ],
            _areal_judge,
        ),
    ]
