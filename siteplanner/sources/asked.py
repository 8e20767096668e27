"""Rows a scenario asks for that no layer has: most often a misspelt word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import geopandas as gpd
import pandas as pd

from siteplanner.errors import Problem, nearest_names
from siteplanner.model import Scenario
from siteplanner.model.criterion import CELLS, Where
from siteplanner.sources.source import Source
from siteplanner.sources.where import of_layer, unmatched


def asked_in_vain(scenario: Scenario, sources: Mapping[str, Source]) -> list[Problem]:
    """Find the values in a scenario's ``where`` that no row of the layer has.

    Parameters
    ----------
    scenario
        The scenario.
    sources
        Its layers as read, by name.

    Returns
    -------
    A problem for each value, with the nearest ones that are there.
    """
    found = []
    for key, names, where in _asked(scenario):
        tables = [sources[name].table for name in names if name in sources]
        rows = [table for table in tables if table is not None]
        for column, values in where.items():
            known = [table[[column]] for table in rows if column in table]
            if not known:
                continue
            together = gpd.GeoDataFrame(pd.concat(known))
            for _, value, near in unmatched(together, {column: values}):
                what = f"no row of {' or '.join(names)} has {column} = {value!r}"
                todo = nearest_names(str(value), _values(together, column))
                if near:
                    todo = f"did you mean {' or '.join(repr(one) for one in near)}?"
                file = f"scenarios/{scenario.name}.toml"
                found.append(Problem(file, f"{key}.{column}", what, todo))
    return found


def _asked(scenario: Scenario) -> Iterator[tuple[str, tuple[str, ...], Where]]:
    """Give (key, layers, where) for every part of a scenario that asks for some rows only."""
    for level, name, criterion in scenario.criteria():
        if criterion.has_data and CELLS not in criterion.layer:
            yield f"{level}.{name}.where", criterion.layer, criterion.where
    if scenario.choice.existing:
        where = scenario.choice.existing_where
        yield "choice.existing_where", (scenario.choice.existing,), where
    if scenario.choice.companions:
        beside = scenario.choice.companions
        yield "choice.companions.where", beside.layer, beside.where
    for name, correction in scenario.corrections.items():
        yield f"corrections.{name}.where", (correction.layer,), correction.where
    for name, penalty in scenario.walk.penalties.items() if scenario.walk else ():
        about = penalty.layer or (scenario.walk.network if scenario.walk else None)
        yield f"walk.penalties.{name}.where", (about,) if about else (), penalty.where
    if scenario.sites:
        layers = scenario.sites.layer
        where = scenario.sites.where
        plain = of_layer(where, "", layers)
        yield "sites.where", layers, plain
        for name in layers:
            own = of_layer(where, name, layers)
            yield f"sites.where.{name}", (name,), {k: v for k, v in own.items() if k not in plain}
        for table in ("exclude", "warn"):
            for name, exclusion in getattr(scenario.sites, table).items():
                those = (exclusion.layer,) if exclusion.layer else layers
                yield f"sites.{table}.{name}.where", those, exclusion.where


def _values(table: pd.DataFrame, column: str) -> list[str]:
    values = table[column].dropna().unique()
    return [f"{value:g}" if isinstance(value, float) else str(value) for value in values]
