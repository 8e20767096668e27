"""What a plan has to say about itself: what is unknown, far, alike or missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from siteplanner import choice, measures, ranking, study, walk
from siteplanner.choice.solution import amount
from siteplanner.model import Notice, Scenario
from siteplanner.model.criterion import leaves
from siteplanner.plan.plan import Level


def far_from_streets(
    walker: walk.AnyWalker | None, places: Mapping[str, gpd.GeoDataFrame]
) -> list[Notice]:
    """Count places that are far from every street, or cut off."""
    if walker is None:
        return []
    return [
        dataclasses.replace(notice, where=name)
        for name, table in places.items()
        if len(table)
        for notice in walker.remarks(_fronts(walker, name, table))
    ]


def _fronts(walker: walk.AnyWalker, name: str, table: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Give the best door of each place; people at home start at a point inside their cell."""
    if name == "cells":
        return table.geometry.representative_point()
    return walk.front_doors(walk.doors_of(table, walker.streets), walker.streets)


def ways_in(walker: walk.AnyWalker | None, places: Mapping[str, gpd.GeoDataFrame]) -> list[Notice]:
    """Count how places with an extent are reached: at gates, where streets meet them, inside."""
    if walker is None:
        return []
    told = {name: _told(walk.doors_of(one, walker.streets)) for name, one in places.items()}
    return [Notice(name, "info", 0, 0, reason) for name, reason in told.items() if reason]


def _told(doors: walk.Doors) -> str:
    words = {
        "gates": "at their gates",
        "streets": "where streets meet their edge",
        "edge": f"every {walk.doors.SPACING_M:g} m along their edge",
        "inside": "at a point inside",
        "closed": "nowhere, as their gates are closed then",
    }
    parts = [f"{count:,} {words[way]}" for way in words if (count := (doors.how == way).sum())]
    return f"people reach {', '.join(parts)}" if parts else ""


def looked_for(
    scenario: Scenario, level: Literal["need", "site"], ground: study.Study
) -> dict[str, gpd.GeoDataFrame]:
    """Give the layers that the criteria of a level are the first to walk to, by name."""
    names: dict[str, str] = {}
    for at, _, one in scenario.criteria():
        if one.has_data and measures.walks_to_rows(one):
            names |= {name: at for name in one.layer if name not in names}
    return {
        f"layers/{name}": ground.tables[name]
        for name, at in names.items()
        if at == level and name in ground.tables
    }


def unknown_need(people: gpd.GeoDataFrame, need: Level) -> list[Notice]:
    """Count the people for whom need, or one of its criteria, is not known."""
    total = float(people["people"].sum())
    notices = []
    for name in _weighed(need):
        there = people["people"][need.scores[name].isna() & (people["people"] > 0)]
        if len(there):
            reason = (
                f"{name} is not known for {there.sum():,.0f} people "
                f"({100 * there.sum() / total:.1f} %): other criteria carry its weight where known"
            )
            examples = tuple(str(one) for one in there.index[:3])
            notices.append(Notice("need", "flagged", len(there), len(people), reason, examples))
    unknown = people["people"][people["demand"].isna() & (people["people"] > 0)]
    if len(unknown):
        reason = (
            f"need is not known for {unknown.sum():,.0f} people: they are not in the demand, and "
            "not counted as having none"
        )
        examples = tuple(str(one) for one in unknown.index[:3])
        notices.append(Notice("need", "flagged", len(unknown), len(people), reason, examples))
    return notices


def with_confidence_in_need(
    place: Level, scenario: Scenario, reach: sparse.csr_array, people: gpd.GeoDataFrame
) -> Level:
    """Lower the confidence of sites that reach people whose need is only partly known."""
    counted = people["people"].fillna(0.0).to_numpy()
    known = people["need_confidence"].fillna(0.0).to_numpy()
    within = reach.T @ counted
    somebody = within > 0
    sure = np.ones_like(within)
    sure[somebody] = (reach.T @ (counted * known))[somebody] / within[somebody]
    share = sum(
        float(place.index.shares.get(name, 0.0))
        for name, one in leaves(scenario.site)
        if one.has_data and one.measure == "need_reached"
    )
    confidence = (place.index.confidence - share * (1 - sure)).clip(lower=0.0).round(12)
    return dataclasses.replace(place, index=dataclasses.replace(place.index, confidence=confidence))


def alike(place: Level) -> pd.Series:
    """Count, for each site, the others that score the same in every criterion."""
    group = ranking.alike(place.scores[_weighed(place)])
    return (group.groupby(group).transform("size") - 1).rename("alike")


def unseparated(place: Level) -> list[Notice]:
    """Count sites that score the same as another one in every criterion."""
    group = ranking.alike(place.scores[_weighed(place)])
    same = group.duplicated(keep=False)
    if not same.any():
        return []
    reason = "all their criteria score the same as another site's: the data cannot separate them"
    names = tuple(str(name) for name in group.index[same][:3])
    return [Notice("ranking", "flagged", int(same.sum()), len(group), reason, names)]


def weak_criteria(place: Level) -> list[Notice]:
    """Count the sites that score the same in a criterion, where that is most of them."""
    notices = []
    weighed = _weighed(place)
    for name, row in ranking.separation(place.scores[weighed]).iterrows():
        tie, known = int(row["largest_tie"]), int(row["known"])
        if known > 2 and tie > known / 2:
            values = place.measures[str(name)]
            common = float(place.scores[str(name)].round(12).mode().iloc[0])
            reason = (
                f"they score {100 * common:.0f} of 100 in {name}, which hardly tells sites apart: "
                f"its values go from {values.min():,.4g} to {values.max():,.4g}, look at zero_at "
                "and full_at"
            )
            notices.append(Notice("sites", "flagged", tie, known, reason))
    return notices


def too_few(scenario: Scenario, chosen: choice.Chosen, place: Level) -> list[Notice]:
    """Say where fewer sites were picked than asked for, and why."""
    if chosen.infeasible:
        where = "" if chosen.table.empty else "in some phases "
        said = (f"{where}no set of sites keeps to the rules", *chosen.infeasible)
        return [Notice("choice", "info", 0, 0, one) for one in said]
    picked = len(chosen.table)
    asked = scenario.choice.count[-1] if scenario.choice.count else picked
    if picked == asked:
        return []
    best, least = place.index.value.max(), scenario.choice.min_index
    are = "is" if picked == 1 else "are"
    reason = f"only {picked} of the {asked} sites asked for {are} picked"
    if not picked:
        reason = f"none of the {asked} sites asked for is picked"
    if best < least:
        reason += f": none has an index of {100 * least:.0f} or more, the best has {100 * best:.0f}"
    else:
        reason += f": {chosen.fewer}"
    return [Notice("choice", "info", asked - picked, asked, reason)]


def money(
    scenario: Scenario, chosen: choice.Chosen, places: pd.Index, cost: np.ndarray | None
) -> list[Notice]:
    """Say what the chosen sites cost, each and together, and what the budget was."""
    if cost is None or chosen.table.empty:
        return []
    own = pd.Series(cost, index=places).reindex(chosen.table.index)
    each = "; ".join(
        f"{label}: {amount(price)}" for label, price in zip(chosen.table["label"], own, strict=True)
    )
    budget = scenario.choice.budget
    of = "" if budget is None else f" of a budget of {amount(budget)}"
    reason = f"the chosen sites cost {amount(float(own.sum()))} together{of} ({each})"
    return [Notice("cost", "info", 0, 0, reason)]


def _weighed(place: Level) -> list[str]:
    """Name the criteria that count: those with a weight."""
    return [str(name) for name in place.scores if place.index.shares.get(name, 0) > 0]
