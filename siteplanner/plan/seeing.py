"""A study as it is at a time of the week: what is open then, closed, or unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siteplanner import study
from siteplanner.measures.open_then import may_ask
from siteplanner.model import Moment, Notice, Scenario
from siteplanner.sources.columns import HOURS
from siteplanner.sources.entrances import GATES, with_gates
from siteplanner.sources.opening import OPEN, STATE, STATES, counts_as_open, states

ALWAYS = "24/7"
Flags = NDArray[np.bool_]


def seen_at(
    ground: study.Study, scenario: Scenario, moment: Moment, names: Iterable[str]
) -> study.Study:
    """Look at a study at a time of the week.

    Parameters
    ----------
    ground
        The study.
    scenario
        Whose services they are.
    moment
        The time.
    names
        The layers that may be closed.

    Returns
    -------
    The study, where the tables of these layers have the columns ``@open`` (whether a row counts
    as open) and ``@state`` (``open``, ``closed``, ``unknown``), if hours matter to them, and
    where ``@gates`` of every layer holds the gates that count as open; its notices tell how
    many rows are open, closed and unknown.
    """
    network = scenario.walk.network if scenario.walk else None
    wanted, tables, notices = set(names), dict(ground.tables), list(ground.notices)
    for name, gates in ground.gates.items():
        found = states(gates[HOURS], moment)["state"]
        layer = ground.layers[name].entrances
        notices += _told(f"layers/{layer}", found, moment)
        now = gates[counts_as_open(found, moment)]
        tables[name] = _with_gates(ground, tables[name], gates, now)
    for name in [one for one in tables if one in wanted]:
        table = tables[name]
        if HOURS in table:
            texts = table[HOURS].fillna(ALWAYS) if name == network else table[HOURS]
            if name == network and table[HOURS].isna().any():
                reason = "streets that give no hours are open at any time"
                notices.append(Notice(f"layers/{name}", "info", 0, 0, reason))
            state = states(texts, moment)["state"]
        elif name in ground.gates:
            state = pd.Series("open", index=table.index)
        elif name == scenario.choice.existing:
            state = pd.Series("unknown", index=table.index)
        else:
            if name != network:
                reason = "it gives no hours: its rows count at any time"
                notices.append(Notice(f"layers/{name}", "info", 0, 0, reason))
            continue
        if name in ground.gates:
            state = state.mask(locked(table), "closed")
        notices += _told(f"layers/{name}", state, moment)
        tables[name] = table.assign(**{OPEN: counts_as_open(state, moment), STATE: state})
    return replace(ground, tables=tables, notices=tuple(notices))


def services_of(scenario: Scenario) -> tuple[str, ...]:
    """Name the layers of a scenario whose rows do not count while they are closed.

    Examples
    --------
    >>> from siteplanner.model import Choice, Demand
    >>> services_of(Scenario(name="s", title="S", area="town", need={},
    ...     demand=Demand(cells="blocks", people="census.people"),
    ...     choice=Choice(existing="parks")))
    ('parks',)
    """  # fmt: skip
    beside = scenario.choice.companions
    named = [*reached_through(scenario), *(beside.layer if beside else ())]
    for _, _, criterion in scenario.criteria():
        named += criterion.layer if may_ask(criterion, scenario) else ()
    return tuple(dict.fromkeys(named))


def reached_through(scenario: Scenario) -> tuple[str, ...]:
    """Name the existing places, and the layers whose hours open and close ways."""
    way = scenario.walk
    named = [scenario.choice.existing]
    named += [way.network, *way.barriers, *way.closing] if way else []
    return tuple(dict.fromkeys(name for name in named if name))


def counted(state: pd.Series, moment: Moment) -> str:
    """Say how many places are open, closed and unknown.

    Examples
    --------
    >>> counted(pd.Series(["open", "unknown"]), Moment(time="Sa 09:00-12:00"))
    '1 open, 0 closed, 1 unknown (counted as closed)'
    """
    count = [f"{int((state == one).sum())} {one}" for one in STATES]
    as_open = f" (counted as {moment.hours_unknown})" if (state == "unknown").any() else ""
    return f"{count[0]}, {count[1]}, {count[2]}{as_open}"


def locked(table: gpd.GeoDataFrame) -> Flags:
    """Tell which places have gates, and none that is open."""
    if GATES not in table:
        return np.zeros(len(table), dtype=bool)
    gates = table[GATES].to_numpy()
    return np.asarray(~shapely.is_missing(gates) & shapely.is_empty(gates))


def _told(where: str, state: pd.Series, moment: Moment) -> Iterator[Notice]:
    unknown = state.index[state == "unknown"]
    yield Notice(where, "info", 0, 0, f"{moment.title}: {counted(state, moment)}")
    if len(unknown):
        reason = (
            f"when they are open is unknown: {moment.title} they count as {moment.hours_unknown}"
        )
        examples = tuple(str(one) for one in unknown[:3])
        yield Notice(where, "flagged", len(unknown), len(state), reason, examples)


def _with_gates(
    ground: study.Study, table: gpd.GeoDataFrame, gates: gpd.GeoDataFrame, now: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Keep the gates that are open; a place that has gates, and none open, has an empty one."""
    ever, _ = with_gates(table, gates.geometry, ground.region, "")
    held = ever[GATES].to_numpy(copy=True)
    if len(now):
        then = with_gates(table, now.geometry, ground.region, "")[0][GATES].to_numpy()
    else:
        then = np.full(len(table), None, dtype=object)
    none_open = ~shapely.is_missing(held) & shapely.is_missing(then)
    result = np.array(then, dtype=object)
    result[none_open] = shapely.MultiPoint()
    return table.assign(**{GATES: result})
