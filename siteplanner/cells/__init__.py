"""People on cells: hexagons, squares, city blocks or points, with totals conserved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.affinity import translate

from siteplanner.cells.ground import Ground
from siteplanner.cells.groups import count_all
from siteplanner.cells.homes import find_homes
from siteplanner.cells.lattice import hexagons, squares
from siteplanner.cells.overlap import area_shares, overlaps
from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.model import Demand, Notice, Scenario
from siteplanner.model.layer import AREA, FLOOR_AREA
from siteplanner.study import Study

__all__ = ["Cells", "area_shares", "hexagons", "lay", "overlaps", "squares"]

_MOST_CELLS = 2_000_000


@dataclass(frozen=True)
class Cells:
    """Where people are.

    Parameters
    ----------
    table
        Index ``cell``, sorted.  ``geometry``; ``people`` and one column per group, under the
        name the scenario gives it (NaN: not known); ``in_area`` (the cell's inner point lies
        in the area, else it is in the ring); ``area_m2`` (NaN for points).
    notices
        Where everybody went, and who could not be placed.
    """

    table: gpd.GeoDataFrame
    notices: tuple[Notice, ...]


def lay(scenario: Scenario, study: Study) -> Cells:
    """Lay cells over the region and count people and groups on them.

    Counts of the cells' own layer are taken as they are.  Polygons hand their people to the
    cells on them by shared area, or by the shared area of ``spread_over``, weighed by
    ``spread_by`` (dasymetric); where a polygon has none of that, by its own area.  Those
    inside the area go to cells inside, those in the ring to cells in the ring.  Points count
    in the cell they lie in, rasters by the exact share of each raster cell.

    Parameters
    ----------
    scenario
        Says which cells, which people and which groups.
    study
        Has the layers.

    Returns
    -------
    All cells whose inner point lies in the area, and those of the ring where somebody lives.

    Raises
    ------
    InputError
        If a column is not a count, a layer cannot be counted on these cells, there would be
        too many cells, or none lies in the area.

    References
    ----------
    Goodchild, M. F. and Lam, N. S.-N. (1980). Areal interpolation: a variant of the
    traditional spatial problem. Geo-Processing, 1, 297-312.

    Eicher, C. L. and Brewer, C. A. (2001). Dasymetric mapping and areal interpolation:
    implementation and evaluation. Cartography and Geographic Information Science, 28(2),
    125-138.
    """
    demand = scenario.demand
    ground, remarks = _ground(scenario, study)
    problems = list(_problems(scenario, study, ground))
    if problems:
        raise InputError(problems)
    counts, notices = count_all(demand, ground)
    notices = [*_stands_in(demand, study), *remarks, *notices]
    flat = shapely.get_dimensions(ground.cells.array) == 2
    table = gpd.GeoDataFrame(geometry=ground.cells)
    table["people"] = counts[demand.people]
    table[list(demand.groups)] = counts[list(demand.groups)]
    table["in_area"] = ground.in_area
    table["area_m2"] = np.where(flat, shapely.area(ground.cells.array), np.nan)
    kept = ground.in_area | (counts > 0).any(axis=1).to_numpy()
    notices += _remarks(counts[demand.people], ground.in_area, kept)
    return Cells(table[kept].copy(), tuple(notices))


def _ground(scenario: Scenario, study: Study) -> tuple[Ground, list[Notice]]:
    demand = scenario.demand
    if demand.cells is not None:
        cells = study.tables[demand.cells].geometry
    else:
        width_m = demand.hexagons_m or demand.squares_m or np.nan
        west, south, east, north = study.region.bounds
        if (east - west) * (north - south) > _MOST_CELLS * width_m**2:
            key = "demand.hexagons_m" if demand.hexagons_m else "demand.squares_m"
            found = f"cells of {width_m:g} m would be more than {_MOST_CELLS:,} here"
            raise InputError([Problem(_file(scenario), key, found, "choose larger cells")])
        lay_cells = hexagons if demand.hexagons_m else squares
        east_m, north_m = demand.offset_m
        shifted = translate(study.region, -east_m, -north_m)
        cells = lay_cells(shifted, width_m).translate(east_m, north_m).set_crs(study.crs)
    cells = cells.rename_axis("cell").rename("geometry").sort_index()
    homes, remarks = None, list[Notice]()
    over = demand.spread_over
    if over is not None and (over != demand.cells or demand.spread_by):
        column = study.layers[over].columns[demand.spread_by] if demand.spread_by else None
        homes, remarks = find_homes(study.tables[over], demand, column)
    return Ground(study, cells, inside(cells, study), demand.cells, homes), remarks


def inside(shapes: gpd.GeoSeries, study: Study) -> npt.NDArray[np.bool_]:
    """Say of each shape whether its inner point lies in the area or on its edge."""
    shapely.prepare(study.area)
    return np.asarray(shapely.intersects(study.area, shapely.point_on_surface(shapes.array)))


def _problems(scenario: Scenario, study: Study, ground: Ground) -> Iterator[Problem]:
    where, demand = _file(scenario), scenario.demand
    if not ground.in_area.any():
        found = f"none of {len(ground.cells):,} cells lies in the area"
        yield Problem(where, "demand", found, "choose cells that cover the area")
    if ground.are_points and demand.spread_over:
        todo = "delete the key, or choose cells that have an extent"
        yield Problem(where, "demand.spread_over", "the cells are points", todo)
    yield from _wrong_homes(scenario, study, ground)
    keyed = [("demand.people", demand.people), *(("demand.groups", one) for one in demand.groups)]
    for key, name in keyed:
        layer, _, column = name.partition(".")
        kind = study.layers[layer].columns[column].kind
        if kind != "count" and not (kind == "rate" and key == "demand.groups"):
            todo = "name a count: only counts can be added up"
            yield Problem(where, key, f"{name} is a {kind}", todo)
        if layer in study.rasters and ground.are_points:
            todo = "choose cells that have an extent, like hexagons_m"
            yield Problem(where, key, f"{layer} is a raster, and the cells are points", todo)
        elif layer in study.tables:
            dimensions = set(shapely.get_dimensions(study.tables[layer].geometry.array).tolist())
            if dimensions not in ({0}, {2}):
                found = f"{layer} has lines, or points and polygons in one"
                yield Problem(where, key, found, "count people by points or by polygons")


def _wrong_homes(scenario: Scenario, study: Study, ground: Ground) -> Iterator[Problem]:
    demand, where = scenario.demand, _file(scenario)
    if demand.spread_over is None or demand.spread_by is None:
        return
    known = study.tables[demand.spread_over][demand.spread_by].dropna()
    uses = {str(one) for one in known.unique()} if demand.densities else set[str]()
    for use in demand.densities:
        if use not in uses:
            found = f"no row of '{demand.spread_over}' here has {demand.spread_by} = '{use}'"
            yield Problem(where, f"demand.densities.{use}", found, nearest_names(use, uses))
    if ground.homes is not None and not len(ground.homes.shapes):
        found = f"by '{demand.spread_by}' nobody lives anywhere on '{demand.spread_over}'"
        yield Problem(where, "demand.spread_by", found, "name another column, or mend the layer")


def _stands_in(demand: Demand, study: Study) -> Iterator[Notice]:
    """Say where ground or floors are counted, and called people."""
    layer, _, column = demand.people.partition(".")
    if study.layers[layer].columns[column].source in (AREA, FLOOR_AREA):
        what = study.layers[layer].proxy or "square metres, in place of people"
        yield Notice("people stand-in", "info", 0, 0, f"no people are counted here but {what}")


def _remarks(
    people: pd.Series, in_area: npt.NDArray[np.bool_], kept: npt.NDArray[np.bool_]
) -> Iterator[Notice]:
    unknown = people.isna().to_numpy() & in_area
    if unknown.any():
        reason = "how many people live there is not known"
        examples = tuple(people.index[unknown][:3])
        yield Notice("cells", "flagged", int(unknown.sum()), int(in_area.sum()), reason, examples)
    if not kept.all():
        reason = "they lie in the ring and nobody is known to live there"
        yield Notice("cells", "clipped", int((~kept).sum()), len(kept), reason)


def _file(scenario: Scenario) -> str:
    return f"scenarios/{scenario.name}.toml"
