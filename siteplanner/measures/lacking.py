"""Gap measures of places: the walks and counts that the arithmetic in `gaps` needs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse

from siteplanner.measures import gaps
from siteplanner.measures.ground import Array, Ground, numbers
from siteplanner.measures.in_reach import faded, reach_of, to_cells, to_rows
from siteplanner.measures.known import known_sum, stored, with_data
from siteplanner.model import Criterion
from siteplanner.walk import Catchment, doors_of, walks_to


def need_reached(ground: Ground, criterion: Criterion) -> Array:
    """Add up people × need newly within reach: not yet served by the existing places.

    Raises
    ------
    ValueError
        If the setting has no demand yet.
    """
    setting = ground.setting
    if setting.demand is None:
        msg = "need_reached needs the demand of the cells; need itself cannot be measured by it"
        raise ValueError(msg)
    weights = faded(ground, to_cells(ground, ground.places, criterion), criterion)
    demand = setting.demand.reindex(setting.cells.index).to_numpy(dtype=np.float64)
    served = np.zeros(len(demand))
    if setting.existing is not None and len(setting.existing):
        standing = doors_of(setting.existing, ground.walker.streets)
        walk = reach_of(criterion, ground.walk)
        walks = walks_to(
            ground.walker,
            ground.cells.doors,
            standing,
            limit_m=walk.limit_m,
            limit_min=walk.limit_min,
        )
        served = gaps.best_weight(faded(ground, walks, criterion))
    return gaps.newly_reached(weights, demand, served, ground.people(None))


def not_served(ground: Ground, criterion: Criterion) -> Array:
    """Give the share of a place's people beyond reach of the layers, 0 to 1.

    One less the weight of the best walk, by the scenario's decay: 0 or 1 without one.
    """
    best = np.zeros(len(ground.places.table))
    for layer in criterion.layer:
        walks = to_rows(ground, ground.places, layer, criterion)
        best = np.maximum(best, gaps.best_weight(faded(ground, walks, criterion)))
    return 1.0 - best


def two_step(ground: Ground, criterion: Criterion) -> Array:
    """Measure supply per head, everybody within the limit counting fully."""
    return _supply_per_head(ground, criterion, lambda walks: stored(walks.metres))


def enhanced_two_step(ground: Ground, criterion: Criterion) -> Array:
    """Measure supply per head, weighted by thirds of the limit."""
    return _supply_per_head(ground, criterion, lambda walks: _zones(ground, walks, criterion))


def balance(ground: Ground, criterion: Criterion) -> Array:
    """Measure supply per head, by the scenario's decay, less ``per_head``.

    Raises
    ------
    ValueError
        If the criterion has no ``per_head``.
    """
    if criterion.per_head is None:
        msg = "balance needs per_head"
        raise ValueError(msg)
    supply = _supply_per_head(
        ground, criterion, lambda walks: faded(ground, walks, criterion), least_people=1.0
    )
    return gaps.balance(supply, per_head=criterion.per_head)


def _supply_per_head(
    ground: Ground,
    criterion: Criterion,
    weigh: Callable[[Catchment], sparse.csr_array],
    *,
    least_people: float = 0.0,
) -> Array:
    """Share supply among the people of all cells, then add up what each place reaches."""
    layer, column = criterion.layer[0], criterion.column
    rows = ground.rows(layer, criterion.where)
    supply = np.ones(len(rows)) if column is None else numbers(rows, column)
    weights = weigh(to_rows(ground, ground.cells, layer, criterion))
    people = ground.people(criterion.group)
    ratio = gaps.supply_ratio(weights, people, supply, least_people=least_people)
    if ground.places is not ground.cells:
        weights = weigh(to_rows(ground, ground.places, layer, criterion))
    return known_sum(weights, ratio)


def _zones(ground: Ground, walks: Catchment, criterion: Criterion) -> sparse.csr_array:
    walk = reach_of(criterion, ground.walk)
    share = np.zeros(len(walks.metres.data))
    if walk.limit_m is not None:
        share = np.maximum(share, walks.metres.data / walk.limit_m)
    if walk.limit_min is not None:
        share = np.maximum(share, walks.minutes.data / walk.limit_min)
    return with_data(walks.metres, gaps.zone_weights(share))
