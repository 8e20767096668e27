"""The line from layers and a scenario to a plan, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from siteplanner import (
    cells,
    choice,
    index,
    measures,
    outcomes,
    ranking,
    scores,
    sites,
    study,
    walk,
)
from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.model import Notice, Scenario
from siteplanner.model.criterion import Criteria, leaves
from siteplanner.model.scenario import Aggregation
from siteplanner.plan import remarks
from siteplanner.plan.plan import Level, Plan
from siteplanner.sources import Source, select

STEPS = ("study", "cells", "walk", "need", "sites", "measures", "ranking", "choice", "outcomes")
Progress = Callable[[str], None]


def silent(step: str) -> None:
    """Show nothing."""


def make(
    scenario: Scenario,
    sources: Mapping[str, Source],
    *,
    folder: Path = Path("maps"),
    cache: walk.Cache | None = None,
    progress: Progress = silent,
) -> Plan:
    """Take a scenario and its layers through every step.

    Parameters
    ----------
    scenario
        A scenario that `problems.find` had nothing to say about.
    sources
        The layers it names, read.
    folder
        Where `Plan.save` will write.
    cache
        Where networks and catchments are kept by content hash.
    progress
        Called with the name of each step as it starts.

    Returns
    -------
    The plan, in memory.

    Raises
    ------
    InputError
        If the data cannot answer the scenario; all problems found at that step.
    """
    progress("study")
    ring_m = walk.longest_m(scenario) if scenario.walk else 0.0
    ground = study.prepare(scenario, sources, ring_m=ring_m)
    progress("cells")
    laid = cells.lay(scenario, ground)
    progress("walk")
    walker = _walker(scenario, ground, cache)
    existing = _existing(scenario, ground)
    progress("need")
    setting = measures.Setting(scenario, ground, walker, laid.table, None, existing)
    need = _level(scenario.need, laid.table, setting, scenario.index.need)
    demand = _demand(scenario, laid.table, need)
    served = _served(walker, laid.table, existing)
    people = laid.table.assign(
        need=need.index.value,
        need_confidence=need.index.confidence,
        demand=demand,
        served_before=served,
    )
    read = [notice for name in sources for notice in sources[name].notices]
    notices = [*read, *ground.notices, *laid.notices, *(walker.notices if walker else ())]
    notices += remarks.unknown_need(people)
    notices += remarks.far_from_streets(walker, {"cells": people, "existing places": existing})
    if scenario.sites is None or walker is None:
        return _map_of_need(
            scenario, sources, (ground, people, need, walker, existing), notices, folder
        )
    progress("sites")
    found = sites.find(scenario, ground)
    progress("measures")
    setting = measures.Setting(scenario, ground, walker, people, demand, existing)
    place = _level(scenario.site, found.table, setting, scenario.index.site)
    progress("ranking")
    ranked = ranking.rank(place.index.value).join(remarks.alike(place))
    progress("choice")
    _check_names(scenario, found.table.index)
    reach = _reach(walker, people, found.table)
    chosen = choice.choose(
        scenario.choice,
        index=place.index.value,
        reach=reach,
        demand=demand.to_numpy(),
        served=served.to_numpy(),
        near=_near(scenario, walker, found.table),
    )
    progress("outcomes")
    by_phase = _served_by_phase(reach, served, found.table.index, chosen)
    added = found.table.loc[chosen.table.index]
    return Plan(
        scenario=scenario,
        sources=sources,
        study=ground,
        cells=people.assign(served_after=by_phase.iloc[:, -1]),
        need=need,
        walk=walker,
        existing=existing,
        sites=_with_reach(found, reach, people),
        place=place,
        ranking=ranked,
        choice=chosen,
        outcomes=_outcomes(scenario, ground, people, (by_phase, walker, existing, added)),
        notices=(
            *notices,
            *found.notices,
            *remarks.far_from_streets(walker, {"sites": found.table}),
            *remarks.unseparated(place),
            *remarks.too_few(scenario, chosen),
        ),
        folder=folder,
    )


def _map_of_need(
    scenario: Scenario,
    sources: Mapping[str, Source],
    made: tuple[study.Study, gpd.GeoDataFrame, Level, walk.AnyWalker | None, gpd.GeoDataFrame],
    notices: list[Notice],
    folder: Path,
) -> Plan:
    """Stop where the scenario stops: need, and whom the existing places reach."""
    ground, people, need, walker, existing = made
    counted = None
    if walker is not None:
        served = people[["served_before"]].rename(columns={"served_before": "before"})
        counted = _outcomes(scenario, ground, people, (served, walker, existing, existing.iloc[:0]))
    return Plan(
        scenario=scenario,
        sources=sources,
        study=ground,
        cells=people.assign(served_after=people["served_before"]),
        need=need,
        walk=walker,
        existing=existing,
        sites=None,
        place=None,
        ranking=pd.DataFrame(),
        choice=None,
        outcomes=counted,
        notices=tuple(notices),
        folder=folder,
    )


def _walker(
    scenario: Scenario, ground: study.Study, cache: walk.Cache | None
) -> walk.AnyWalker | None:
    if scenario.walk is None:
        return None
    if scenario.walk.network is None:
        return walk.StraightWalker(walk.profile_of(scenario.walk), scenario.walk)
    streets = ground.tables[scenario.walk.network]
    network = walk.build_cached(streets, walk.profile_of(scenario.walk), cache=cache)
    return walk.Walker(network, scenario.walk, cache=cache)


def _existing(scenario: Scenario, ground: study.Study) -> gpd.GeoDataFrame:
    name = scenario.choice.existing
    if name is None:
        return gpd.GeoDataFrame({"label": pd.Series(dtype=str)}, geometry=[], crs=ground.crs)
    return select(ground.tables[name], scenario.choice.existing_where)


def _level(
    tree: Criteria, places: gpd.GeoDataFrame, setting: measures.Setting, aggregation: Aggregation
) -> Level:
    criteria = dict(leaves(tree))
    values = measures.measure(criteria, places, setting)
    scored = scores.score(values, criteria)
    return Level(values, scored, index.weigh(scored, tree, aggregation=aggregation))


def _demand(scenario: Scenario, table: gpd.GeoDataFrame, need: Level) -> pd.Series:
    """Give people × need; a criterion that names a group counts that group instead."""
    groups = {name: one.group for name, one in leaves(scenario.need) if one.group}
    if not groups:
        return need.index.value.mul(table["people"]).rename("demand")
    names = [str(name) for name in need.index.contributions]
    counts = pd.DataFrame({name: table[groups.get(name, "people")] for name in names})
    demand = (need.index.contributions * counts).sum(axis="columns", min_count=1)
    return demand.where(need.index.value.notna()).rename("demand")


def _points(table: gpd.GeoDataFrame) -> gpd.GeoSeries:
    return table.geometry.representative_point()


def _reach(
    walker: walk.AnyWalker, people: gpd.GeoDataFrame, places: gpd.GeoDataFrame
) -> sparse.csr_array:
    catchment = walker.reach(_points(people), _points(places))
    return walk.fade(catchment, walker.walk)


def _served(
    walker: walk.AnyWalker | None, people: gpd.GeoDataFrame, existing: gpd.GeoDataFrame
) -> pd.Series:
    if walker is None or existing.empty:
        return pd.Series(0.0, index=people.index, name="served_before")
    best = _reach(walker, people, existing).max(axis=1)
    values = best.toarray().ravel() if sparse.issparse(best) else np.asarray(best).ravel()
    return pd.Series(values, index=people.index, name="served_before")


def _served_by_phase(
    reach: sparse.csr_array, served: pd.Series, names: pd.Index, chosen: choice.Chosen
) -> pd.DataFrame:
    columns = sparse.csc_array(reach)
    table = {"before": served.to_numpy()}
    for phase in chosen.phases.index:
        picked = chosen.table.index[chosen.table["phase"] <= phase]
        numbers = names.get_indexer(picked)
        table[f"phase {phase}"] = choice.reached(columns, numbers, served.to_numpy())
    return pd.DataFrame(table, index=served.index)


def _near(
    scenario: Scenario, walker: walk.AnyWalker, table: gpd.GeoDataFrame
) -> sparse.csr_array | None:
    if scenario.choice.model != "spaced":
        return None
    return walker.reach(_points(table), _points(table), limit_m=scenario.choice.spacing_m).metres


def _with_reach(
    found: sites.Candidates, reach: sparse.csr_array, people: gpd.GeoDataFrame
) -> sites.Candidates:
    known = people[["people", "demand"]].fillna(0.0).to_numpy()
    both = reach.T @ known
    new = reach.T @ (known * (1 - people[["served_before"]].to_numpy()))
    table = found.table.assign(people_reached=both[:, 0], need_reached=new[:, 1])
    return sites.Candidates(table, found.excluded, found.notices)


def _outcomes(
    scenario: Scenario,
    ground: study.Study,
    people: gpd.GeoDataFrame,
    made: tuple[pd.DataFrame, walk.AnyWalker, gpd.GeoDataFrame, gpd.GeoDataFrame],
) -> outcomes.Reached:
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


def _minutes(walker: walk.AnyWalker, homes: gpd.GeoSeries, places: gpd.GeoSeries) -> pd.Series:
    if places.empty:
        return pd.Series(np.nan, index=homes.index)
    return walker.nearest(homes, places.reset_index(drop=True))["minutes"]


def _check_names(scenario: Scenario, known: pd.Index) -> None:
    where = f"scenarios/{scenario.name}.toml"
    problems = [
        Problem(where, f"choice.{key}", f"no candidate '{name}'", nearest_names(name, known))
        for key in ("fixed", "barred")
        for name in getattr(scenario.choice, key)
        if name not in known
    ]
    if problems:
        raise InputError(problems)
