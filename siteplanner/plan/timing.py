"""A plan at a time of the week: what is open then, and whom that brings within reach."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from siteplanner import outcomes, study, walk
from siteplanner.errors import InputError, Problem
from siteplanner.model import Moment, Notice, Scenario
from siteplanner.plan import reaching
from siteplanner.plan.seeing import ALWAYS, Flags, counted, locked, reached_through, seen_at
from siteplanner.sites.finding import rows_in_layer
from siteplanner.sources import select
from siteplanner.sources.columns import HOURS
from siteplanner.sources.entrances import GATES
from siteplanner.sources.opening import OPEN, STATE, counts_as_open, states

if TYPE_CHECKING:
    from siteplanner.plan.plan import Plan

Floats = NDArray[np.float64]


def open_at(plan: Plan, moment: Moment, layer: str | None = None) -> gpd.GeoDataFrame:
    """Give the places of a layer and their state at a time of the week.

    Parameters
    ----------
    plan
        The plan.
    moment
        The time.
    layer
        The layer; by default the existing places.

    Returns
    -------
    On the ids of the places: ``label``, ``hours`` (text; missing where nothing is said),
    ``state`` (``open``, ``closed``, ``unknown``), ``open_share`` (0..1 of the time, NaN
    where a part of it is unknown), ``counts`` (whether it counts as open) and geometry.

    Raises
    ------
    InputError
        If the plan does not look at such a layer, or nobody knows its hours.
    """
    scenario, file = plan.scenario, f"scenarios/{plan.scenario.name}.toml"
    name = layer or scenario.choice.existing
    if name is None or name not in plan.study.tables:
        found = f"the plan looks at no layer '{name}'" if name else "it names no existing places"
        known = ", ".join(sorted(plan.study.tables))
        raise InputError([Problem(file, "at", found, f"name one of {known}")])
    if HOURS not in plan.study.tables[name] and name not in plan.study.gates:
        raise InputError([Problem(f"layers/{name}.toml", "hours", *no_hours(name))])
    seen = seen_at(plan.study, scenario, moment, [name]).tables[name]
    if name == scenario.choice.existing:
        seen = select(seen, scenario.choice.existing_where)
    texts = seen[HOURS] if HOURS in seen else pd.Series(ALWAYS, index=seen.index)
    columns = {
        "label": seen["label"] if "label" in seen else pd.Series("", index=seen.index),
        "hours": seen[HOURS] if HOURS in seen else pd.Series(None, index=seen.index, dtype=object),
        "state": seen[STATE],
        "open_share": states(texts, moment)["open_share"].mask(locked(seen), 0.0),
        "counts": seen[OPEN],
    }
    return gpd.GeoDataFrame(columns, geometry=seen.geometry, crs=plan.study.crs)


def no_hours(name: str) -> tuple[str, str]:
    """Say what is wrong with a layer that has no hours, and what to do."""
    todo = f'name the column in layers/{name}.toml: hours = "…"'
    return f"layer '{name}' has no hours, so nobody knows when its places are open", todo


def reached_at(
    plan: Plan, moments: Iterable[Moment], cache: walk.Cache | None = None
) -> tuple[pd.DataFrame, tuple[Notice, ...]]:
    """Count the people within reach of a place that is open, at some times of the week.

    Parameters
    ----------
    plan
        The plan, with its walks.
    moments
        The times.
    cache
        Where networks and catchments are kept.

    Returns
    -------
    The table of `siteplanner.outcomes.by_time`, and how many places have unknown hours.

    Raises
    ------
    InputError
        If nobody walks, or nobody says when what will be built is open.
    """
    file = f"scenarios/{plan.scenario.name}.toml"
    if plan.walk is None:
        raise InputError([Problem(file, "walk", "nobody walks in this plan", "add [walk]")])
    if plan.choice is not None and plan.scenario.choice.hours is None:
        found = "nobody says when what will be built is open"
        todo = 'write it, as in hours = "Mo-Fr 08:00-17:00; Sa 09:00-13:00"'
        raise InputError([Problem(file, "choice.hours", found, todo)])
    notices, served, places = list[Notice](), {}, {}
    for moment in moments:
        seen = seen_at(plan.study, plan.scenario, moment, reached_through(plan.scenario))
        walker = _walker_then(plan, seen, moment, cache)
        served[moment.title], places[moment.title] = _served(plan, seen, walker, moment)
        known = set(plan.study.notices)
        notices += [one for one in seen.notices if one.kind == "flagged" and one not in known]
    return outcomes.by_time(plan.cells, served, places), tuple(dict.fromkeys(notices))


def summed_up(plan: Plan) -> list[str]:
    """Say in a few lines what the plan is at its time, and at the times it asks for."""
    lines = []
    at, asked = plan.scenario.at, plan.scenario.choice.existing
    if at is not None:
        said = f"  looked at {at.title}"
        if asked is not None:
            table = select(plan.study.tables[asked], plan.scenario.choice.existing_where)
            said += f": of {len(table)} existing places {counted(table[STATE], at)}"
        lines.append(said)
    if plan.outcomes is not None:
        for time, row in plan.outcomes.by_time.iterrows():
            more = row["people_perhaps"]
            perhaps = f", {more:,.0f} more if places with unknown hours are open" if more else ""
            lines.append(
                f"  {time}: within reach of an open place {row['people before']:,.0f} people "
                f"before, {row['people after']:,.0f} after{perhaps}"
            )
    return lines


def limits_of(scenario: Scenario) -> list[str]:
    """Say what a plan that asks for times does not know."""
    if scenario.at is None and not scenario.outcomes.at:
        return []
    found = [
        "People count where they live, at any hour: where they are at work or at school is not "
        "known.",
        "Public holidays are not known: hours are those of most weeks.",
    ]
    if scenario.at is not None:
        found.insert(
            0, f"The plan is looked at {scenario.at.title}: what is closed does not count."
        )
        if scenario.sites is not None and scenario.choice.hours is None:
            found.append("What will be built is taken to be open then.")
    return found


def _walker_then(
    plan: Plan, seen: study.Study, moment: Moment, cache: walk.Cache | None
) -> walk.AnyWalker:
    """Give who walks then; the plan's own walker where the streets are the same."""
    way, at = plan.scenario.walk, plan.scenario.at
    assert way is not None and plan.walk is not None  # noqa: S101, PT018  asked before
    dark = at is not None and at.dark
    named = [name for name in (way.network, *way.barriers, *way.closing) if name]
    timed = [name for name in named if OPEN in seen.tables[name]]
    if not timed and way.by_light(dark=dark) == way.by_light(dark=moment.dark):
        return plan.walk
    walker = reaching.walker_of(plan.scenario, seen, cache, moment)
    assert walker is not None  # noqa: S101  it has [walk]
    return walker


def _served(
    plan: Plan, seen: study.Study, walker: walk.AnyWalker, moment: Moment
) -> tuple[pd.DataFrame, pd.Series]:
    """Give how fully each cell is reached then, before and after, and the state of the places."""
    nobody = np.zeros(len(plan.cells))
    state, before, after, least, most = pd.Series(dtype=str), nobody, nobody, nobody, nobody
    name = plan.scenario.choice.existing
    if name is not None:
        places = select(seen.tables[name], plan.scenario.choice.existing_where)
        state = places[STATE]
        reach = reaching.reach(walker, plan.cells, places)
        stays, now = ~_closed(plan, places), counts_as_open(state, moment)
        sure, closed = (state == "open").to_numpy(), (state == "closed").to_numpy()
        before, after, least, most = (
            _best(reach, one) for one in (now, now & stays, sure & stays, ~closed & stays)
        )
    new = _new(plan, seen, walker, moment)
    found = {
        "before": before,
        "after": np.maximum(after, new),
        "perhaps": np.maximum(most, new) - np.maximum(least, new),
    }
    return pd.DataFrame(found, index=plan.cells.index), state


def _new(plan: Plan, seen: study.Study, walker: walk.AnyWalker, moment: Moment) -> Floats:
    """Give how fully the new places reach each cell, if they are open then."""
    nobody = np.zeros(len(plan.cells))
    if plan.choice is None or plan.sites is None or plan.choice.table.empty:
        return nobody
    hours = pd.Series([plan.scenario.choice.hours])
    if states(hours, moment)["state"].iloc[0] != "open":
        return nobody
    table = _gates_then(plan, seen, plan.sites.table.loc[plan.choice.table.index])
    return _best(reaching.reach(walker, plan.cells, table), np.ones(len(table), dtype=bool))


def _gates_then(plan: Plan, seen: study.Study, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give new places the gates that are open then."""
    layers = plan.scenario.sites.layer if plan.scenario.sites else ()
    gates = {name: seen.tables[name][GATES] for name in layers if name in plan.study.gates}
    if not gates:
        return table
    then = table[GATES].to_numpy(copy=True)
    for name, column in gates.items():
        at = rows_in_layer(table, name, column.index)
        then[at >= 0] = column.to_numpy()[at[at >= 0]]
    return table.assign(**{GATES: then})


def _closed(plan: Plan, places: gpd.GeoDataFrame) -> Flags:
    """Tell which existing places the choice closes for good."""
    closed = plan.choice.closed.to_numpy(dtype=bool) if plan.choice else np.zeros(0, dtype=bool)
    if len(closed) != len(plan.existing):
        return np.zeros(len(places), dtype=bool)
    return np.asarray(places.index.isin(plan.existing.index[closed]))


def _best(reach: sparse.csr_array, which: Flags) -> Floats:
    """Give the fullest reach of some places, by cell; 0 where there is none."""
    if not which.any():
        return np.zeros(reach.shape[0])
    best = sparse.csc_array(reach)[:, np.flatnonzero(which)].max(axis=1)
    return np.asarray(best.toarray() if sparse.issparse(best) else best, dtype=float).ravel()
