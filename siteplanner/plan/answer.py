"""From a plan to the tables that maps are drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from siteplanner import maps
from siteplanner.choice import Ground
from siteplanner.model import Criterion, Scenario, Walk
from siteplanner.plan import reaching, registered, sureness, timing, words
from siteplanner.plan.provenance import version
from siteplanner.sources.entrances import GATES
from siteplanner.walk import doors_of, fade, walks_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from siteplanner.model import Layer, Notice
    from siteplanner.plan.plan import Plan


def gather(plan: Plan) -> maps.Answer:
    """Gather the tables of a plan for drawing.

    Parameters
    ----------
    plan
        Any plan, with or without sites.

    Returns
    -------
    The tables, still in the plan's projected CRS.
    """
    layers = {name: source.layer for name, source in plan.sources.items()}
    nothing = pd.DataFrame(index=pd.Index([], name="site"))
    place = plan.place
    return maps.Answer(
        scenario=registered.as_ruled(plan.scenario, plan.sites),
        layers=layers,
        crs=plan.study.crs,
        area=plan.study.area,
        cells=plan.cells,
        need_values=plan.need.measures,
        need_scores=plan.need.scores,
        sites=_sites(plan),
        site_values=place.measures if place else nothing,
        site_scores=place.scores if place else nothing,
        contributions=place.index.contributions if place else nothing,
        confidence=place.index.confidence if place else pd.Series(dtype=float),
        existing=_existing(plan),
        excluded=_without_gates(plan.sites.excluded if plan.sites else _no_sites(plan)),
        criteria=_criteria(plan, layers),
        outcomes=_outcomes(plan),
        notices=tuple(str(notice) for notice in plan.notices),
        limits=(
            *(one.reason[0].upper() + one.reason[1:] + "." for one in _crow_flies(plan)),
            *limits(plan.scenario, layers),
            *_stands_up(plan),
        ),
        streets=plan.walk.streets if plan.walk else None,
        choice_note=_choice_note(plan),
        version=version(),
        walks=_walks(plan),
    )


def limits(scenario: Scenario, layers: Mapping[str, Layer]) -> tuple[str, ...]:
    """Say what a plan does not know.

    Parameters
    ----------
    scenario
        The scenario.
    layers
        The layers it looks at, by name.

    Returns
    -------
    A sentence each: the scenario's and the layers' own notes, proxies, criteria without
    data, and what this version leaves out.
    """
    found = list(scenario.notes)
    for layer in layers.values():
        if layer.proxy:
            found.append(f"{layer.title}: {layer.proxy}")
        found += [f"{layer.title}: {note}" for note in layer.notes]
    for _, name, criterion in scenario.criteria():
        if not criterion.has_data:
            title = criterion.title or name.replace("_", " ")
            found.append(f"{title}: {criterion.status}; the other criteria carry its weight.")
    if scenario.walk and scenario.walk.network:
        dark = scenario.at is not None and scenario.at.dark
        found += _not_counted(scenario.walk.by_light(dark=dark))
    found += timing.limits_of(scenario)
    if scenario.sites:
        found.append(
            "Title, price, permits and the state of a building are not known: a site is a place "
            "to look at, not a decision."
        )
    return tuple(dict.fromkeys(found))


def _stands_up(plan: Plan) -> tuple[str, ...]:
    """Say how far the ranking stands up under other weights."""
    if plan.ranks is None or plan.choice is None:
        return ()
    return sureness.sentences_of(plan.scenario, plan.ranks, len(plan.choice.table))


def _not_counted(walk: Walk) -> list[str]:
    """Say what would lengthen a walk, but is not in the scenario."""
    penalties = walk.penalties.values()
    known = {
        "hills": walk.elevation is not None,
        "crossings": any(one.crossing_s for one in penalties),
        "light": any(one.factor > 1 for one in penalties),
    }
    missing = [name for name, there in known.items() if not there]
    if len(missing) == len(known):
        return ["Walking times are for flat ground: hills, crossings and light are ignored."]
    words = ", ".join(missing[:-1]) + (" and " if missing[1:] else "") + "".join(missing[-1:])
    return [f"Walking times ignore {words}."] if missing else []


def _crow_flies(plan: Plan) -> tuple[Notice, ...]:
    straight = plan.walk is not None and plan.walk.streets is None
    return plan.walk.notices if plan.walk is not None and straight else ()


def _sites(plan: Plan) -> gpd.GeoDataFrame:
    if plan.sites is None or plan.choice is None:
        return _no_sites(plan)
    table = _without_gates(plan.sites.table).copy()
    ranked = plan.ranking.reindex(table.index)
    chosen = plan.choice.table
    order = pd.Series(np.arange(1, len(chosen) + 1), index=chosen.index)
    table["rank"] = ranked["rank"].astype("Int64")
    table["index"] = ranked["index"]
    table["alike"] = ranked["alike"]
    table["phase"] = chosen["phase"].reindex(table.index).astype("Int64")
    table["order"] = order.reindex(table.index).astype("Int64")
    table["new_demand"] = chosen["new_demand"].reindex(table.index)
    table["why"] = plan.choice.why.reindex(table.index).fillna("").astype(str)
    table["why_not"] = plan.choice.why_not.reindex(table.index).fillna("").astype(str)
    return table


def _walks(plan: Plan) -> maps.Walks | None:
    """Find again who can walk where, with the minutes."""
    if plan.walk is None or plan.sites is None or plan.choice is None:
        return None
    doors = doors_of(plan.sites.table, plan.walk.streets)
    found = walks_to(plan.walk, reaching.homes_of(plan.cells), doors)
    ground = plan.ground or Ground()
    return maps.Walks(
        share=fade(found, plan.walk.walk),
        minutes=found.minutes,
        near=ground.near,
        lacking=registered.kept_out(ground),
        phases=plan.choice.phases,
        comes_to=plan.choice.comes_to,
    )


def _without_gates(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return table.drop(columns=GATES, errors="ignore")


def _existing(plan: Plan) -> gpd.GeoDataFrame:
    """Give the existing places; those that the choice closes say so in their label."""
    table = _without_gates(plan.existing)
    closed = plan.choice.closed.to_numpy(dtype=bool) if plan.choice else np.zeros(0, dtype=bool)
    if len(closed) != len(table) or not closed.any():
        return table
    labels = table["label"].fillna("").astype(str).str.strip()
    named = labels.where(labels != "", "Existing place")
    return table.assign(label=labels.where(~closed, named + " (closed)"))


def _no_sites(plan: Plan) -> gpd.GeoDataFrame:
    columns = "label area_m2 rank index alike phase order people_reached need_reached new_demand"
    columns += " why why_not reason"
    empty = pd.DataFrame({name: pd.Series(dtype=object) for name in columns.split()})
    return gpd.GeoDataFrame(empty.rename_axis("site"), geometry=[], crs=plan.study.crs)


def _criteria(plan: Plan, layers: Mapping[str, Layer]) -> pd.DataFrame:
    rows = []
    for level, name, criterion in plan.scenario.criteria():
        at = plan.need if level == "need" else plan.place
        rows.append(
            {
                "name": name,
                "level": level,
                "title": criterion.title or name.replace("_", " ").capitalize(),
                "weight": criterion.weight,
                "share": at.index.shares[name] if at and criterion.has_data else np.nan,
                "unit": _unit(criterion, layers),
                "zero_at": np.nan if criterion.zero_at is None else criterion.zero_at,
                "full_at": np.nan if criterion.full_at is None else criterion.full_at,
                "reference": criterion.reference,
                "status": criterion.status,
                "layer": ", ".join(criterion.layer),
            }
        )
    return pd.DataFrame(rows).set_index("name")


UNITS = {
    "share": "share",
    "share_of_area": "share of the area",
    "count": "places",
    "kinds": "kinds",
    "need_reached": "people in need",
    "not_served": "share of people",
    "intersections": "per km²",
    "street_length": "km per km²",
    "block_size": "ha",
    "mix": "0 (one use) to 1",
    "frank_2010": "sum of z-scores",
    "epa_walkability": "1 to 20",
    "two_step": "per person",
    "enhanced_two_step": "per person",
    "balance": "per person",
}


def _unit(criterion: Criterion, layers: Mapping[str, Layer]) -> str:
    """Give the unit a criterion's values have."""
    if criterion.measure == "nearest":
        return "min" if criterion.by == "walk_min" else "m"
    if criterion.measure == "count" and criterion.of:
        return "per 1,000 people"
    if criterion.measure in UNITS:
        return UNITS[criterion.measure]
    layer = layers.get(next(iter(criterion.layer), ""))
    column = layer.columns.get(criterion.column or "") if layer else None
    return column.unit if column else "people"


def _outcomes(plan: Plan) -> dict[str, pd.DataFrame]:
    counted = plan.outcomes
    if counted is None:
        return {}
    tables = {
        "by_group": counted.by_group,
        "by_phase": counted.by_phase,
        "by_decile": counted.by_decile,
        "by_minutes": counted.by_minutes,
        "by_time": counted.by_time,
    }
    tables |= {f"by_{name}": table for name, table in counted.by_place.items()}
    if plan.fairness is not None:
        fair = plan.fairness
        told = fair.measures.drop("people_no_path").add_prefix("value_")
        tables |= {
            "fairness": told,
            "saved": fair.saved.drop(columns="minutes"),
            "just_missed": fair.just_missed,
        }
        tables |= {"changed": fair.changed, "rings": fair.rings}
    return {name: table for name, table in tables.items() if not table.empty}


def _choice_note(plan: Plan) -> str:
    if plan.choice is None:
        return "This scenario asks where the need is; it chooses no sites."
    if plan.choice.infeasible and plan.choice.table.empty:
        return words.reached_sentence(plan)
    method = plan.choice.method
    if len(plan.choice.phases) > 1:
        keeping = "the best of all sets that keep the earlier phases"
        method = method.replace("the best of all sets that keep", f"{keeping} and keep", 1)
        method = method.replace("the best of all sets:", f"{keeping}:", 1)
    return f"The set was {method}. {words.reached_sentence(plan)}"
