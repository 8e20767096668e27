"""Measures at the place itself: what lies on its ground."""

from __future__ import annotations

from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siteplanner.measures.ground import Array, Ground, Spots, areal, numbers, row_at
from siteplanner.measures.known import known_mean, known_sum, quotient, stored
from siteplanner.model import Criterion
from siteplanner.model.criterion import CELLS
from siteplanner.sources.squares import REPORTS
from siteplanner.sources.window import view_window, zonal


def value(ground: Ground, spots: Spots, criterion: Criterion) -> Array:
    """Read the number of the row (or pixel) that the place's point lies on.

    A place that is itself a row of the layer has its own number.  NaN where the point lies on
    no row, or on one whose number is unknown.
    """
    layer, column = source(criterion)
    if layer in ground.setting.study.rasters:
        return _pixels(ground, layer, column, spots.points, "mean")
    rows = ground.rows(layer, criterion.where)
    at = row_at(rows, spots)
    result = np.full(len(at), np.nan)
    result[at >= 0] = numbers(rows, column)[at[at >= 0]]
    return result


def mean(ground: Ground, spots: Spots, criterion: Criterion) -> Array:
    """Average a column over the place's area; over the rows it touches for points and lines.

    A place that is a point has the number of the row (or pixel) it lies on.
    """
    layer, column = source(criterion)
    if layer in ground.setting.study.rasters:
        return _pixels(ground, layer, column, spots.table.geometry, "mean")
    values = numbers(ground.rows(layer, criterion.where), column)
    return known_mean(ground.overlap(spots, layer, criterion.where).weights, values)


def share(ground: Ground, spots: Spots, criterion: Criterion) -> Array:
    """Divide two counts of the place, both moved to it by area; a rate is averaged by area.

    A place that is a point takes both from the row it lies on.  NaN where the whole is 0.
    """
    layer, column = source(criterion)
    if criterion.of is None or ground.kind(layer, column) != "count":
        return mean(ground, spots, criterion)
    rows = ground.rows(layer, criterion.where)
    part, whole = both_known(numbers(rows, column), numbers(rows, criterion.of))
    moved = ground.overlap(spots, layer, criterion.where)
    return quotient(
        known_sum(moved.shares, part, extent=moved.weights),
        known_sum(moved.shares, whole, extent=moved.weights),
    )


def share_of_area(ground: Ground, spots: Spots, criterion: Criterion) -> Array:
    """Measure which share of the place's area polygons cover, 0 to 1; ground counts once.

    A place that is a point is covered (1) or not (0).
    """
    geometries = [
        ground.rows(layer, criterion.where).geometry.to_numpy() for layer in criterion.layer
    ]
    polygons = np.concatenate(geometries)
    places = spots.table.geometry.to_numpy()
    spot, row = shapely.STRtree(polygons).query(places, predicate="intersects")
    covered = np.zeros(len(places))
    covered[spot[spots.area_m2[spot] == 0]] = 1.0
    wide = spots.area_m2[spot] > 0
    pieces = pd.Series(shapely.intersection(places[spot[wide]], polygons[row[wide]]))
    by_spot = pieces.groupby(spot[wide])
    ground_m2 = by_spot.agg(lambda parts: _area_once(parts.to_numpy()))
    at = ground_m2.index.to_numpy()
    covered[at] = np.clip(ground_m2.to_numpy(dtype=np.float64) / spots.area_m2[at], 0.0, 1.0)
    return covered


def total(ground: Ground, spots: Spots, criterion: Criterion) -> Array:
    """Add up a count over the place: by area share for polygons, whole rows for points."""
    layer, column = source(criterion)
    return counted(ground, spots, layer, column, criterion)


def count(ground: Ground, spots: Spots, criterion: Criterion) -> Array:
    """Count the rows that touch the place; with ``of``, per 1,000 people of the place.

    The rows of a private layer are counts on areas, moved to the place by area.
    """
    found = np.zeros(len(spots.table))
    for layer in criterion.layer:
        if ground.private(layer):
            found += counted(ground, spots, layer, REPORTS, criterion)
            continue
        weights = ground.overlap(spots, layer, criterion.where).weights
        found += np.diff(weights.indptr)
    if criterion.of is None:
        return found
    column = criterion.of.removeprefix(f"{CELLS}.")
    return 1000 * quotient(found, counted(ground, spots, CELLS, column, criterion))


def kinds(ground: Ground, spots: Spots, criterion: Criterion) -> Array:
    """Count the different kinds of rows that touch the place."""
    found = [
        stored(ground.overlap(spots, layer, criterion.where).weights) for layer in criterion.layer
    ]
    if criterion.column is None:
        return distinct(np.column_stack([np.diff(one.indptr) for one in found]))
    rows = ground.rows(criterion.layer[0], criterion.where)
    return distinct(found[0] @ one_hot(rows[criterion.column]))


def counted(ground: Ground, spots: Spots, layer: str, column: str, criterion: Criterion) -> Array:
    """Move a count to places or cells; NaN where no row of a polygon layer lies there.

    The people columns of ``[demand]`` are read from the cells, where they already are.  Cells
    that are points share the count of the polygon they lie in, by their people.
    """
    study = ground.setting.study
    if layer in study.rasters:
        return _pixels(ground, layer, column, spots.table.geometry, "sum")
    if spots is ground.cells:
        demand = ground.setting.scenario.demand
        own = {demand.people: "people"} | {group: group for group in demand.groups}
        name = column if layer == CELLS else own.get(f"{layer}.{column}")
        if name is not None and not criterion.where:
            return numbers(ground.rows(CELLS, {}), name)
    rows = ground.rows(layer, criterion.where)
    values = numbers(rows, column)
    moved = ground.overlap(spots, layer, criterion.where)
    if not areal(rows):
        return known_sum(moved.shares, values)
    if spots is ground.cells and not spots.area_m2.any():
        return _split_among_points(ground, row_at(rows, spots), values)
    uncovered = np.diff(moved.shares.indptr) == 0
    nobody = 0.0 if ground.private(layer) else np.nan  # no area: nobody, or too few to be told
    return np.where(uncovered, nobody, known_sum(moved.shares, values, extent=moved.weights))


def source(criterion: Criterion) -> tuple[str, str]:
    """Give the layer and the column of a criterion that reads exactly one of each."""
    if not criterion.layer or criterion.column is None:
        msg = f"{criterion.measure} needs a layer and a column"
        raise ValueError(msg)
    return criterion.layer[0], criterion.column


def both_known(part: Array, whole: Array) -> tuple[Array, Array]:
    """Make both numbers unknown where one of them is."""
    unknown = np.isnan(part) | np.isnan(whole)
    return np.where(unknown, np.nan, part), np.where(unknown, np.nan, whole)


def one_hot(kind: pd.Series) -> Array:
    """Give a column of 0 and 1 per kind; an unknown kind is none of them."""
    codes, names = pd.factorize(kind)
    result = np.zeros((len(kind), len(names)))
    known = codes >= 0
    result[np.flatnonzero(known), codes[known]] = 1.0
    return result


def distinct(number: NDArray[Any]) -> Array:
    """Count the kinds (columns) of which there is at least one."""
    return np.asarray((number > 0).sum(axis=1), dtype=np.float64)


def _pixels(
    ground: Ground, layer: str, column: str, shapes: gpd.GeoSeries, how: Literal["sum", "mean"]
) -> Array:
    """Sum up a raster's pixels by their share in each shape; a point has that of its pixel."""
    if shapes.empty:
        return np.full(0, np.nan)
    return zonal(view_window(ground.setting.study.rasters[layer], column, shapes), shapes, how)


def _area_once(parts: NDArray[np.object_]) -> float:
    """Measure ground that several polygons may cover, once."""
    return float(shapely.area(parts[0] if len(parts) == 1 else shapely.union_all(parts)))


def _split_among_points(ground: Ground, at: NDArray[np.intp], values: Array) -> Array:
    people = np.nan_to_num(ground.people(None))
    found = at >= 0
    inside = np.bincount(at[found], people[found], minlength=len(values))
    number = np.bincount(at[found], minlength=len(values))
    result = np.full(len(at), np.nan)
    unit = at[found]
    with_people = inside[unit] > 0
    part = np.where(
        with_people, people[found] / np.where(with_people, inside[unit], 1.0), 1.0 / number[unit]
    )
    result[found] = values[unit] * part
    return result
