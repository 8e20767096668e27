"""Who is within reach of what: the walks that a plan asks for."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from siteplanner import choice, outcomes, sites, study, walk
from siteplanner.model import Scenario


def walker_of(
    scenario: Scenario, ground: study.Study, cache: walk.Cache | None
) -> walk.AnyWalker | None:
    """Give who finds the walks: on streets, as the crow flies, or nobody."""
    if scenario.walk is None:
        return None
    if scenario.walk.network is None:
        return walk.StraightWalker(walk.profile_of(scenario.walk), scenario.walk)
    streets = ground.tables[scenario.walk.network]
    network = walk.build_cached(streets, walk.profile_of(scenario.walk), cache=cache)
    return walk.Walker(network, scenario.walk, cache=cache)


def _points(table: gpd.GeoDataFrame) -> gpd.GeoSeries:
    return table.geometry.representative_point()


def reach(
    walker: walk.AnyWalker, people: gpd.GeoDataFrame, places: gpd.GeoDataFrame
) -> sparse.csr_array:
    """Give how fully each place reaches each cell, 0..1, cells × places."""
    catchment = walker.reach(_points(people), _points(places))
    return walk.fade(catchment, walker.walk)


def served(
    walker: walk.AnyWalker | None, people: gpd.GeoDataFrame, existing: gpd.GeoDataFrame
) -> pd.Series:
    """Give how fully existing places reach each cell; NaN where nobody can tell."""
    if walker is None or existing.empty:
        return pd.Series(np.nan if len(existing) else 0.0, index=people.index, name="served_before")
    best = reach(walker, people, existing).max(axis=1)
    values = best.toarray().ravel() if sparse.issparse(best) else np.asarray(best).ravel()
    return pd.Series(values, index=people.index, name="served_before")


def served_by_phase(
    reach: sparse.csr_array, served: pd.Series, names: pd.Index, chosen: choice.Chosen
) -> pd.DataFrame:
    """Give how fully each cell is reached before and after each phase."""
    columns = sparse.csc_array(reach)
    table = {"before": served.to_numpy()}
    for phase in chosen.phases.index:
        picked = chosen.table.index[chosen.table["phase"] <= phase]
        numbers = names.get_indexer(picked)
        table[f"phase {phase}"] = choice.reached(columns, numbers, served.to_numpy())
    return pd.DataFrame(table, index=served.index)


def near(
    scenario: Scenario, walker: walk.AnyWalker, table: gpd.GeoDataFrame
) -> sparse.csr_array | None:
    """Give the sites that are too near each other; None where that does not matter."""
    if scenario.choice.model != "spaced":
        return None
    return walker.reach(_points(table), _points(table), limit_m=scenario.choice.spacing_m).metres


def with_people(
    found: sites.Candidates, reach: sparse.csr_array, people: gpd.GeoDataFrame
) -> sites.Candidates:
    """Add the people and the need that each site would reach by itself."""
    known = people[["people", "demand"]].fillna(0.0).to_numpy()
    both = reach.T @ known
    new = reach.T @ (known * (1 - people[["served_before"]].to_numpy()))
    table = found.table.assign(people_reached=both[:, 0], need_reached=new[:, 1])
    return sites.Candidates(table, found.excluded, found.notices)


def outcomes_of(
    scenario: Scenario,
    ground: study.Study,
    people: gpd.GeoDataFrame,
    made: tuple[pd.DataFrame, walk.AnyWalker, gpd.GeoDataFrame, gpd.GeoDataFrame],
) -> outcomes.Reached:
    """Count who is newly within reach."""
    served, walker, existing, added = made
    homes = _points(people)
    limits = scenario.outcomes.minutes
    before, after = _points(existing), pd.concat([_points(existing), _points(added)])
    minutes = pd.DataFrame(
        {
            "before": _minutes(walker, homes, before),
            "after": _minutes(walker, homes, gpd.GeoSeries(after, crs=ground.crs)),
        }
    )
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


def _minutes(walker: walk.AnyWalker, homes: gpd.GeoSeries, places: gpd.GeoSeries) -> pd.Series:
    if places.empty:
        return pd.Series(np.nan, index=homes.index)
    return walker.nearest(homes, places.reset_index(drop=True))["minutes"]


def newly_around(people: gpd.GeoDataFrame, served: pd.DataFrame) -> list[float]:
    """Give, phase by phase, the need newly reached in the ring around the area."""
    ring = ~people["in_area"].astype(bool)
    demand = people["demand"][ring]
    before = served["before"][ring]
    return [float((demand * (served[phase][ring] - before)).sum()) for phase in served.columns[1:]]
