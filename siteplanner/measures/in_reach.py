"""Measures within walking reach of the place, and the walk to what is nearest."""

from __future__ import annotations

from typing import cast

import geopandas as gpd
import numpy as np
import shapely
from scipy import sparse

from siteplanner.measures import at_place
from siteplanner.measures.at_place import both_known, distinct, one_hot, source
from siteplanner.measures.ground import Array, Ground, Spots, areal, numbers
from siteplanner.measures.known import known_mean, known_sum, quotient, stored, with_data
from siteplanner.model import Criterion, Walk
from siteplanner.model.criterion import CELLS
from siteplanner.sources.squares import REPORTS
from siteplanner.walk import Catchment, fade, nearest_to, walks_to


def mean(ground: Ground, criterion: Criterion) -> Array:
    """Average a column over what is in reach.

    Of polygons and rasters: over the cells in reach, weighted by their people (or the people
    of the criterion's group), each with its own mean.  Of points and lines: over the rows.
    """
    layer, column = source(criterion)
    if _lives_on_cells(ground, layer):
        return _mean_over_people(ground, criterion, at_place.mean(ground, ground.cells, criterion))
    walks = to_rows(ground, ground.places, layer, criterion)
    return known_mean(stored(walks.metres), numbers(ground.rows(layer, criterion.where), column))


def value(ground: Ground, criterion: Criterion) -> Array:
    """Average, over the people in reach, the number that each cell's point lies on."""
    return _mean_over_people(ground, criterion, at_place.value(ground, ground.cells, criterion))


def share_of_area(ground: Ground, criterion: Criterion) -> Array:
    """Average, over the people in reach, the share of their cell that polygons cover."""
    covered = at_place.share_of_area(ground, ground.cells, criterion)
    return _mean_over_people(ground, criterion, covered)


def share(ground: Ground, criterion: Criterion) -> Array:
    """Divide the sum of one count in reach by the sum of another; a rate is averaged."""
    layer, column = source(criterion)
    if criterion.of is None or ground.kind(layer, column) != "count":
        return mean(ground, criterion)
    if _lives_on_cells(ground, layer):
        counts = (
            at_place.counted(ground, ground.cells, layer, name, criterion)
            for name in (column, criterion.of)
        )
        reached = stored(to_cells(ground, ground.places, criterion).metres)
    else:
        rows = ground.rows(layer, criterion.where)
        counts = (numbers(rows, name) for name in (column, criterion.of))
        reached = stored(to_rows(ground, ground.places, layer, criterion).metres)
    part, whole = both_known(*counts)
    return quotient(known_sum(reached, part), known_sum(reached, whole))


def total(ground: Ground, criterion: Criterion) -> Array:
    """Add up a count over what is in reach.

    A count that lives on cells (people, need, polygons, rasters) fades with the walk as the
    scenario's decay says.  Rows of points and lines count fully.
    """
    layer, column = source(criterion)
    if _lives_on_cells(ground, layer):
        counts = at_place.counted(ground, ground.cells, layer, column, criterion)
        walks = to_cells(ground, ground.places, criterion)
        return known_sum(faded(ground, walks, criterion), counts)
    walks = to_rows(ground, ground.places, layer, criterion)
    return known_sum(stored(walks.metres), numbers(ground.rows(layer, criterion.where), column))


def count(ground: Ground, criterion: Criterion) -> Array:
    """Count the rows in reach; with ``of = "cells.people"``, per 1,000 people in reach.

    A place that is itself such a row counts, here as in `kinds` and `nearest`.  Rows of a
    private layer are counted on the cells in reach.
    """
    found = np.zeros(len(ground.places.table))
    for layer in criterion.layer:
        if ground.private(layer):
            counts = at_place.counted(ground, ground.cells, layer, REPORTS, criterion)
            cells = stored(to_cells(ground, ground.places, criterion).metres)
            found += known_sum(cells, counts)
            continue
        found += np.diff(to_rows(ground, ground.places, layer, criterion).metres.indptr)
    if criterion.of is None:
        return found
    people = numbers(ground.setting.cells, criterion.of.removeprefix(f"{CELLS}."))
    reached = stored(to_cells(ground, ground.places, criterion).metres)
    return 1000 * quotient(found, known_sum(reached, people))


def kinds(ground: Ground, criterion: Criterion) -> Array:
    """Count the different kinds in reach: of the column, or without one, of the layers."""
    reached = [
        stored(to_rows(ground, ground.places, layer, criterion).metres) for layer in criterion.layer
    ]
    if criterion.column is None:
        return distinct(np.column_stack([np.diff(one.indptr) for one in reached]))
    rows = ground.rows(criterion.layer[0], criterion.where)
    return distinct(reached[0] @ one_hot(rows[criterion.column]))


def nearest(ground: Ground, criterion: Criterion) -> Array:
    """Measure the way to the nearest row of any of the layers.

    Infinite where none can be reached, or none within the criterion's own limit.  Without
    one there is no limit: the scenario's does not apply.
    """
    places = ground.places
    result = np.full(len(places.table), np.inf)
    for layer in criterion.layer:
        targets = ground.rows(layer, criterion.where).geometry
        if targets.empty:
            continue
        if criterion.by == "straight_m":
            result = np.minimum(result, _straight_m(places.points, targets))
            continue
        doors = ground.doors(layer, criterion.where)
        walks = nearest_to(ground.walker, places.doors, doors, limit_m=criterion.limit_m)
        found = walks["metres" if criterion.by == "walk_m" else "minutes"].to_numpy(np.float64)
        if criterion.limit_min is not None:
            found = np.where(walks["minutes"] > criterion.limit_min, np.inf, found)
        result = np.fmin(result, found)
    if criterion.limit_m is not None and criterion.by == "straight_m":
        result = np.where(result > criterion.limit_m, np.inf, result)
    return result


def reach_of(criterion: Criterion, walk: Walk) -> Walk:
    """Give the walk of a criterion: a limit of its own replaces both of the scenario's.

    Examples
    --------
    >>> walk = Walk(network="streets", limit_m=800, limit_min=20)
    >>> own = reach_of(Criterion(measure="count", limit_min=15, status="no data"), walk)
    >>> own.limit_m, own.limit_min
    (None, 15.0)
    """
    if criterion.limit_m is None and criterion.limit_min is None:
        return walk
    limits = {"limit_m": criterion.limit_m, "limit_min": criterion.limit_min}
    return walk.model_copy(update=limits)


def to_cells(ground: Ground, spots: Spots, criterion: Criterion) -> Catchment:
    """Find the walks from the cells within the criterion's reach, places × cells.

    People walk from home to the place: on a slope that is not the way back.
    """
    walk = reach_of(criterion, ground.walk)
    walks = walks_to(
        ground.walker,
        ground.cells.doors,
        spots.doors,
        limit_m=walk.limit_m,
        limit_min=walk.limit_min,
    )
    minutes, metres = walks.minutes.T.tocsr(), walks.metres.T.tocsr()
    return Catchment(minutes, metres, walks.columns, walks.rows)


def to_rows(ground: Ground, spots: Spots, layer: str, criterion: Criterion) -> Catchment:
    """Find the walks from places (or cells) to rows of a layer within the criterion's reach."""
    walk = reach_of(criterion, ground.walk)
    doors = ground.doors(layer, criterion.where)
    limits = {"limit_m": walk.limit_m, "limit_min": walk.limit_min}
    return walks_to(ground.walker, spots.doors, doors, **limits)


def faded(ground: Ground, walks: Catchment, criterion: Criterion) -> sparse.csr_array:
    """Give how much each walk counts, 0 to 1, by the scenario's decay."""
    own, walk = reach_of(criterion, ground.walk), ground.walk
    if walk.decay == "plateau" and walk.plateau_m is not None:
        if own.limit_m is None:  # a limit in minutes only: the scenario's slope stays
            own = own.model_copy(update={"limit_m": walk.limit_m})
        elif own.limit_m <= walk.plateau_m:
            own = own.model_copy(update={"decay": "none"})
    weights = fade(walks, own)
    return with_data(walks.metres, weights.data)


def _lives_on_cells(ground: Ground, layer: str) -> bool:
    if layer == CELLS or layer in ground.setting.study.rasters:
        return True
    return areal(ground.setting.study.tables[layer])


def _mean_over_people(ground: Ground, criterion: Criterion, values: Array) -> Array:
    walks = to_cells(ground, ground.places, criterion).metres
    people = np.nan_to_num(ground.people(criterion.group))
    return known_mean(with_data(walks, people[walks.indices]), values)


def _straight_m(points: gpd.GeoSeries, targets: gpd.GeoSeries) -> Array:
    result = np.full(len(points), np.inf)
    tree = shapely.STRtree(targets.to_numpy())
    (point, _), metres = tree.query_nearest(
        points.to_numpy(), all_matches=False, return_distance=True
    )
    result[point] = metres
    return cast("Array", result)
