"""Who is within reach of what: the walks that a plan asks for."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from siteplanner import choice, fairness, outcomes, sites, study, walk
from siteplanner.model import Moment, Scenario
from siteplanner.sources.opening import opened


def walker_of(
    scenario: Scenario,
    ground: study.Study,
    cache: walk.Cache | None,
    at: Moment | None = None,
) -> walk.AnyWalker | None:
    """Give who finds the walks: on streets, as the crow flies, or nobody.

    ``at`` is the time that the ground is looked at, where it is looked at at a time.
    """
    if scenario.walk is None:
        return None
    way = scenario.walk.by_light(dark=at is not None and at.dark)
    if way.network is None:
        return walk.StraightWalker(walk.profile_of(way), way)
    streets = opened(ground.tables[way.network])
    conditions = walk.conditions_of(way, ground)
    network = walk.build_cached(streets, walk.profile_of(way), cache, conditions)
    return walk.Walker(network, way, cache=cache)


def homes_of(table: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """People at home start at a point inside their cell."""
    return table.geometry.representative_point()


def reach(
    walker: walk.AnyWalker, people: gpd.GeoDataFrame, places: gpd.GeoDataFrame
) -> sparse.csr_array:
    """Give how fully each place reaches each cell, 0..1, cells × places."""
    doors = walk.doors_of(places, walker.streets)
    return walk.fade(walk.walks_to(walker, homes_of(people), doors), walker.walk)


def served(
    walker: walk.AnyWalker | None, people: gpd.GeoDataFrame, existing: gpd.GeoDataFrame
) -> pd.Series:
    """Give how fully existing places reach each cell; NaN where nobody can tell."""
    if walker is None or existing.empty:
        return pd.Series(np.nan if len(existing) else 0.0, index=people.index, name="served_before")
    best = reach(walker, people, existing).max(axis=1)
    values = best.toarray().ravel() if sparse.issparse(best) else np.asarray(best).ravel()
    return pd.Series(values, index=people.index, name="served_before")


def going_on(existing: gpd.GeoDataFrame, chosen: choice.Chosen) -> gpd.GeoDataFrame:
    """Leave out the existing places that the choice closes."""
    closed = chosen.closed.to_numpy(dtype=bool)
    return existing[~closed] if len(closed) == len(existing) else existing


def served_by_phase(
    reach: sparse.csr_array,
    served: tuple[pd.Series, pd.Series],
    names: pd.Index,
    chosen: choice.Chosen,
) -> pd.DataFrame:
    """Give how fully each cell is reached before and after each phase.

    ``served`` is by all existing places, and by those that go on.
    """
    columns = sparse.csc_array(reach)
    before, after = served[0].to_numpy(), served[1].to_numpy()
    table = {"before": before}
    for phase in chosen.phases.index:
        picked = chosen.table.index[chosen.table["phase"] <= phase]
        numbers = names.get_indexer(picked)
        table[f"phase {phase}"] = choice.reached(columns, numbers, after)
    return pd.DataFrame(table, index=served[0].index)


def walks(
    walker: walk.AnyWalker,
    origins: gpd.GeoSeries,
    places: gpd.GeoDataFrame,
    *,
    limit_m: float | None = None,
    limit_min: float | None = None,
) -> walk.Catchment:
    """Give the walks from points to the best door of each place."""
    doors = walk.doors_of(places, walker.streets)
    return walk.walks_to(walker, origins, doors, limit_m=limit_m, limit_min=limit_min)


def between(
    walker: walk.AnyWalker, places: gpd.GeoDataFrame, *, limit_m: float
) -> sparse.csr_array:
    """Give the metres walked between places, stored where they are within a limit."""
    doors = walk.doors_of(places, walker.streets)
    return walk.walks_to(walker, doors, doors, limit_m=limit_m).metres


def with_people(
    found: sites.Candidates, reach: sparse.csr_array, people: gpd.GeoDataFrame
) -> sites.Candidates:
    """Add the people and the need that each site would reach by itself."""
    known = people[["people", "demand"]].fillna(0.0).to_numpy()
    both = reach.T @ known
    new = reach.T @ (known * (1 - people[["served_before"]].to_numpy()))
    table = found.table.assign(people_reached=both[:, 0], need_reached=new[:, 1])
    return dataclasses.replace(found, table=table)


def outcomes_of(
    scenario: Scenario,
    ground: study.Study,
    people: gpd.GeoDataFrame,
    served: pd.DataFrame,
    walks: pd.DataFrame,
) -> outcomes.Reached:
    """Count who is newly within reach, of the places before and of those after."""
    limits = scenario.outcomes.minutes
    minutes = walks[["before_min", "after_min"]].set_axis(["before", "after"], axis=1)
    return outcomes.count(
        people,
        groups=scenario.demand.groups,
        served=served,
        minutes=minutes,
        limits_min=limits,
        places={name: ground.tables[name] for name in scenario.outcomes.by},
    )


def totals_of(
    scenario: Scenario, ground: study.Study, people: gpd.GeoDataFrame
) -> outcomes.Reached:
    """Count people and need where nobody asks who can walk where."""
    counted = outcomes.count(
        people,
        groups=scenario.demand.groups,
        served=pd.DataFrame({"before": 0.0}, index=people.index),
        places={name: ground.tables[name] for name in scenario.outcomes.by},
    )
    return dataclasses.replace(
        counted,
        by_group=_totals(counted.by_group),
        by_decile=_totals(counted.by_decile),
        by_place={name: _totals(table) for name, table in counted.by_place.items()},
        left_out=counted.left_out.iloc[:0],
    )


def _totals(table: pd.DataFrame) -> pd.DataFrame:
    return table[[one for one in table if str(one) == "label" or str(one).endswith("total")]]


def nearest_walks(
    walker: walk.AnyWalker, people: gpd.GeoDataFrame, places: Mapping[str, gpd.GeoDataFrame]
) -> pd.DataFrame:
    """Give the walk to the nearest of each kind of places: ``<kind>_m`` and ``<kind>_min``."""
    homes = homes_of(people)
    found = pd.DataFrame(index=people.index)
    for kind, table in places.items():
        near = pd.DataFrame({"metres": np.nan, "minutes": np.nan}, index=people.index)
        if len(table):
            near = walk.nearest_to(walker, homes, walk.doors_of(table, walker.streets))
        found[f"{kind}_m"], found[f"{kind}_min"] = near["metres"], near["minutes"]
    return found


def fairness_of(
    scenario: Scenario, people: gpd.GeoDataFrame, served: pd.DataFrame, walks: pd.DataFrame
) -> fairness.Judged:
    """Judge how evenly the plan shares what it brings."""
    limits = scenario.walk
    return fairness.judge(
        people,
        groups=scenario.demand.groups,
        served=served,
        walks=walks,
        limit_m=limits.limit_m if limits else None,
        limit_min=limits.limit_min if limits else None,
    )


def newly_around(people: gpd.GeoDataFrame, served: pd.DataFrame) -> list[float]:
    """Give, phase by phase, the need newly reached in the ring around the area."""
    ring = ~people["in_area"].astype(bool)
    demand = people["demand"][ring]
    before = served["before"][ring]
    return [float((demand * (served[phase][ring] - before)).sum()) for phase in served.columns[1:]]
