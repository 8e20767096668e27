"""One number per place and criterion."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from siteplanner.errors import InputError, Problem
from siteplanner.measures import at_place, in_reach, lacking, surroundings
from siteplanner.measures.ground import Array, Ground, Spots
from siteplanner.measures.open_then import asks, open_only
from siteplanner.measures.setting import Setting
from siteplanner.measures.walkability import epa_walkability, frank_2010
from siteplanner.model import Criterion
from siteplanner.walk import front_doors

AT_PLACE: Mapping[str, Callable[[Ground, Spots, Criterion], Array]] = {
    "value": at_place.value,
    "mean": at_place.mean,
    "share": at_place.share,
    "share_of_area": at_place.share_of_area,
    "sum": at_place.total,
    "count": at_place.count,
    "kinds": at_place.kinds,
}
IN_REACH: Mapping[str, Callable[[Ground, Criterion], Array]] = {
    "value": in_reach.value,
    "mean": in_reach.mean,
    "share": in_reach.share,
    "share_of_area": in_reach.share_of_area,
    "sum": in_reach.total,
    "count": in_reach.count,
    "kinds": in_reach.kinds,
    "nearest": in_reach.nearest,
    "need_reached": lacking.need_reached,
    "not_served": lacking.not_served,
    "two_step": lacking.two_step,
    "enhanced_two_step": lacking.enhanced_two_step,
    "balance": lacking.balance,
}
AROUND: Mapping[str, Callable[[Ground, surroundings.Shapes, Criterion], Array]] = {
    "intersections": surroundings.intersections,
    "street_length": surroundings.street_length,
    "block_size": surroundings.block_size,
    "mix": surroundings.mix,
}
INDICES: Mapping[str, Callable[..., Array]] = {
    "frank_2010": frank_2010,
    "epa_walkability": epa_walkability,
}
"""Made of other criteria of the same level, their parts."""
TO_ROWS = frozenset({"nearest", "not_served", "two_step", "enhanced_two_step", "balance"})
BY_DEFAULT_AT_PLACE = frozenset({"value", "mean", "share", "share_of_area"})


def measure(
    criteria: Mapping[str, Criterion], places: gpd.GeoDataFrame, setting: Setting
) -> pd.DataFrame:
    """Measure every criterion at every place, in its own unit.

    Parameters
    ----------
    criteria
        Name to criterion, without groups (`siteplanner.model.scenario.leaves`).
    places
        Cells, candidate sites or existing places: points or polygons in the study's CRS.  A
        polygon stands where its representative point is, and has its whole area.
    setting
        Layers, people, streets.

    Returns
    -------
    A column per criterion, in their order, on the index of ``places``.  NaN is unknown, and
    so is everything on foot for a place that is cut off from the streets; a criterion
    without data is NaN throughout.  Infinite where nothing is near (see ``nearest``).

    Raises
    ------
    InputError
        If a number is unknown and its criterion says ``when_unknown = "error"``; all such
        criteria at once.
    """
    ground = Ground(setting, places)
    then = open_only(setting)
    services = ground if then is setting else Ground(then, places)
    columns: dict[str, Array] = {}
    problems = []
    for name, criterion in _parts_first(criteria):
        values = np.full(len(places), np.nan)
        if criterion.has_data:
            if criterion.measure in INDICES:
                parts = {part: columns[one] for part, one in criterion.parts.items()}
                values = INDICES[criterion.measure](**parts)
            else:
                values = _measured(services if asks(criterion, setting) else ground, criterion)
            unknown = np.isnan(values)
            if criterion.when_unknown == "error" and unknown.any():
                problems.append(_unknown(name, criterion, setting, places.index[unknown]))
        columns[name] = values
    if problems:
        raise InputError(problems)
    return pd.DataFrame(columns, index=places.index, columns=list(criteria), dtype=np.float64)


def walks_to_rows(criterion: Criterion) -> bool:
    """Tell whether a criterion looks at the way to the rows of its layers.

    Examples
    --------
    >>> walks_to_rows(Criterion(measure="nearest", layer="parks", zero_at=500, full_at=100))
    True
    >>> walks_to_rows(Criterion(measure="mean", layer="units", zero_at=4, full_at=1))
    False
    """
    if criterion.measure == "nearest":
        return criterion.by != "straight_m"
    return criterion.measure in TO_ROWS or (
        criterion.measure in ("count", "kinds") and criterion.within != "place"
    )


def _parts_first(criteria: Mapping[str, Criterion]) -> list[tuple[str, Criterion]]:
    """Put the criteria that are made of others last."""
    return sorted(criteria.items(), key=lambda pair: pair[1].measure in INDICES)


def _measured(ground: Ground, criterion: Criterion) -> Array:
    if criterion.measure in AROUND:
        surround = AROUND[criterion.measure]
        if criterion.within == "place":
            return surround(ground, ground.places.table.geometry.to_numpy(), criterion)
        circles, known = surroundings.around(ground, criterion)
        return np.where(known, surround(ground, circles, criterion), np.nan)
    here = criterion.measure in BY_DEFAULT_AT_PLACE
    if criterion.measure in AT_PLACE and (criterion.within or ("place" if here else "walk")) == (
        "place"
    ):
        return AT_PLACE[criterion.measure](ground, ground.places, criterion)
    values = IN_REACH[criterion.measure](ground, criterion)
    if criterion.measure == "nearest" and criterion.by == "straight_m":
        return values
    fronts = front_doors(ground.places.doors, ground.walker.streets)
    return np.where(ground.walker.cut_off(fronts).to_numpy(), np.nan, values)


def _unknown(name: str, criterion: Criterion, setting: Setting, where: pd.Index) -> Problem:
    scenario = setting.scenario
    level = next((level for level, known, _ in scenario.criteria() if known == name), "")
    examples = ", ".join(str(one) for one in where[:3])
    many = f"{len(where):,} {where.name or 'place'}s" if len(where) > 1 else "1 place"
    return Problem(
        f"scenarios/{scenario.name}.toml",
        f"{level}.{name}" if level else name,
        f"no number for {many} (for example {examples})",
        f"fill the gaps in {' and '.join(criterion.layer) or 'the cells'}, "
        'or set when_unknown = "others carry"',
    )
