"""The line from layers and a scenario to a plan, step by step."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

from siteplanner import (
    cells,
    choice,
    compiled,
    index,
    measures,
    problems,
    ranking,
    scores,
    sites,
    study,
    walk,
)
from siteplanner.model import Scenario
from siteplanner.model.criterion import Criteria, leaves
from siteplanner.model.scenario import Aggregation
from siteplanner.plan import grounding, reaching, remarks, seeing, standing_in, sureness, timing
from siteplanner.plan.demanding import demand_of
from siteplanner.plan.plan import Level, Plan
from siteplanner.sources import Source, select
from siteplanner.sources.opening import opened

STEPS = (
    "engine",
    "study",
    "cells",
    "walk",
    "need",
    "sites",
    "measures",
    "ranking",
    "choice",
    "outcomes",
)
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
    The plan, in memory.  Without [sites] it stops at need and at whom the existing places
    reach.

    Raises
    ------
    InputError
        If the data cannot answer the scenario; all problems found at that step.
    """
    plan = _need(scenario, sources, cache, progress)
    if plan.walk is None:
        counted = reaching.totals_of(scenario, plan.study, plan.cells)
        plan = dataclasses.replace(plan, outcomes=counted)
    else:
        finish = _before if scenario.sites is None else _sites
        plan = finish(plan, plan.walk, progress)
    if plan.outcomes is not None and scenario.outcomes.at:
        told, said = timing.reached_at(plan, scenario.outcomes.at, cache)
        counted = dataclasses.replace(plan.outcomes, by_time=told)
        plan = dataclasses.replace(plan, outcomes=counted, notices=(*plan.notices, *said))
    return dataclasses.replace(plan, folder=folder)


def _need(
    scenario: Scenario,
    sources: Mapping[str, Source],
    cache: walk.Cache | None,
    progress: Progress,
) -> Plan:
    """Where is the need, and whom do existing places reach."""
    progress("engine")
    compiled.load()
    progress("study")
    ring_m = walk.longest_m(scenario)
    ground = study.prepare(scenario, sources, ring_m=ring_m)
    if scenario.at is not None:
        ground = seeing.seen_at(ground, scenario, scenario.at, seeing.services_of(scenario))
    progress("cells")
    laid = cells.lay(scenario, ground)
    progress("walk")
    walker = reaching.walker_of(scenario, ground, cache, scenario.at)
    existing = _existing(scenario, ground)
    progress("need")
    setting = measures.Setting(scenario, ground, walker, laid.table, None, existing)
    need = _level(scenario.need, laid.table, setting, scenario.index.need)
    served = reaching.served(walker, laid.table, existing)
    people = laid.table.assign(
        need=need.index.value,
        need_confidence=need.index.confidence,
        demand=demand_of(scenario, laid.table, need.index),
        served_before=served,
        served_after=served,
    )
    return Plan(
        scenario=scenario,
        sources=sources,
        study=ground,
        cells=people,
        need=need,
        walk=walker,
        existing=existing,
        sites=None,
        place=None,
        ranking=pd.DataFrame(),
        choice=None,
        outcomes=None,
        notices=(
            *(notice for source in sources.values() for notice in source.notices),
            *ground.notices,
            *laid.notices,
            *(walker.notices if walker else ()),
            *remarks.unknown_need(people, need),
            *standing_in.beside_need(scenario, sources, need.scores, people),
            *remarks.far_from_streets(walker, {"cells": people, "existing places": existing}),
            *remarks.ways_in(walker, {"existing places": existing}),
            *remarks.ways_in(walker, remarks.looked_for(scenario, "need", ground)),
        ),
    )


def _before(plan: Plan, walker: walk.AnyWalker, progress: Progress) -> Plan:
    """Without sites: whom do the existing places reach."""
    progress("outcomes")
    served = plan.cells["served_before"].rename("before").to_frame()
    places = {"before": plan.existing, "after": plan.existing}
    walks = reaching.nearest_walks(walker, plan.cells, places)
    counted = reaching.outcomes_of(plan.scenario, plan.study, plan.cells, served, walks)
    return dataclasses.replace(plan, outcomes=counted)


def _sites(plan: Plan, walker: walk.AnyWalker, progress: Progress) -> Plan:
    """Where can be built, how good is each place, and which set reaches most."""
    scenario, ground, people = plan.scenario, plan.study, plan.cells
    progress("sites")
    found = problems.with_register(scenario, plan.sources, sites.find(scenario, ground))
    rule = problems.by_id(scenario, found)
    progress("measures")
    setting = measures.Setting(scenario, ground, walker, people, people["demand"], plan.existing)
    place = _level(scenario.site, found.table, setting, scenario.index.site)
    reach = reaching.reach(walker, people, found.table)
    place = remarks.with_confidence_in_need(place, scenario, reach, people)
    progress("ranking")
    ranked = ranking.rank(place.index.value).join(remarks.alike(place))
    ranked.insert(0, "label", found.table["label"])
    progress("choice")
    grounds, beside, told = grounding.ground_of(
        scenario, ground, walker, people, (found, plan.existing)
    )
    chosen = choice.choose(
        rule,
        index=place.index.value,
        reach=reach,
        demand=people["demand"].to_numpy(),
        served=people["served_before"].to_numpy(),
        ground=grounds,
        labels=found.table["label"],
    )
    if beside is not None:
        table = chosen.table.assign(beside=beside.reindex(chosen.table.index))
        chosen = dataclasses.replace(
            chosen, table=table, why=chosen.why + " Beside it: " + table["beside"] + "."
        )
    progress("outcomes")
    going_on = reaching.going_on(plan.existing, chosen)
    both = (people["served_before"], reaching.served(walker, people, going_on))
    served = reaching.served_by_phase(reach, both, found.table.index, chosen)
    around = reaching.newly_around(people, served)
    new = found.table.loc[chosen.table.index]
    after = gpd.GeoDataFrame(pd.concat([going_on, new], ignore_index=True), crs=ground.crs)
    places = {"before": plan.existing, "after": after, "new": new}
    if len(going_on) < len(plan.existing):
        places["staying"] = going_on
    walks = reaching.nearest_walks(walker, people, places)
    return dataclasses.replace(
        plan,
        cells=people.assign(served_after=served.iloc[:, -1]),
        sites=reaching.with_people(found, reach, people),
        place=place,
        ranking=ranked,
        choice=dataclasses.replace(chosen, phases=chosen.phases.assign(around=around)),
        outcomes=reaching.outcomes_of(scenario, ground, people, served, walks),
        fairness=reaching.fairness_of(scenario, people, served, walks),
        ground=grounds,
        ranks=sureness.ranks_of(scenario, place, ranked, len(chosen.table)),
        notices=(
            *plan.notices,
            *found.notices,
            *remarks.far_from_streets(walker, {"sites": found.table}),
            *remarks.ways_in(walker, {"sites": found.table}),
            *remarks.ways_in(walker, remarks.looked_for(scenario, "site", ground)),
            *remarks.unseparated(place),
            *remarks.weak_criteria(place),
            *told,
            *remarks.too_few(scenario, chosen, place),
            *remarks.money(scenario, chosen, found.table.index, grounds.cost),
        ),
    )


def _existing(scenario: Scenario, ground: study.Study) -> gpd.GeoDataFrame:
    name = scenario.choice.existing
    if name is None:
        return gpd.GeoDataFrame({"label": pd.Series(dtype=str)}, geometry=[], crs=ground.crs)
    table = opened(select(ground.tables[name], scenario.choice.existing_where))
    return table if "label" in table else table.assign(label="")


def _level(
    tree: Criteria, places: gpd.GeoDataFrame, setting: measures.Setting, aggregation: Aggregation
) -> Level:
    criteria = dict(leaves(tree))
    values = measures.measure(criteria, places, setting)
    scored = scores.score(values, criteria)
    return Level(values, scored, index.weigh(scored, tree, aggregation=aggregation))
