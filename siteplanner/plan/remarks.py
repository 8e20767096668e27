"""What a plan has to say about itself: what is unknown, far, alike or missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from siteplanner import choice, ranking, walk
from siteplanner.model import Notice, Scenario
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
        for notice in walker.remarks(table.geometry.representative_point())
    ]


def unknown_need(people: gpd.GeoDataFrame) -> list[Notice]:
    """Count cells whose people have a need that is not known."""
    unknown = people["need"].isna() & (people["people"] > 0)
    if not unknown.any():
        return []
    reason = (
        f"need is unknown for {people['people'][unknown].sum():,.0f} people: they are not in "
        "the demand, and not counted as having none"
    )
    names = tuple(str(name) for name in people.index[unknown][:3])
    return [Notice("need", "flagged", int(unknown.sum()), len(people), reason, names)]


def alike(place: Level) -> pd.Series:
    """Count, for each site, the others that score the same in every criterion."""
    group = ranking.alike(_weighed(place))
    return (group.groupby(group).transform("size") - 1).rename("alike")


def unseparated(place: Level) -> list[Notice]:
    """Count sites that score the same as another one in every criterion."""
    group = ranking.alike(_weighed(place))
    same = group.duplicated(keep=False)
    if not same.any():
        return []
    reason = "all their criteria score the same as another site's: the data cannot separate them"
    names = tuple(str(name) for name in group.index[same][:3])
    return [Notice("ranking", "flagged", int(same.sum()), len(group), reason, names)]


def too_few(scenario: Scenario, chosen: choice.Chosen) -> list[Notice]:
    """Say where fewer sites were picked than asked for."""
    asked, picked = scenario.choice.count[-1], len(chosen.table)
    if picked == asked:
        return []
    reason = f"only {picked} of the {asked} sites asked for could be picked: the rest are ruled out"
    return [Notice("choice", "info", asked - picked, asked, reason)]


def _weighed(place: Level) -> pd.DataFrame:
    """Give the scores that count: those of a criterion with a weight."""
    return place.scores[[name for name in place.scores if place.index.shares.get(name, 0) > 0]]
