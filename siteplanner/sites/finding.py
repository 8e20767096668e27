"""From layers and rules to candidate sites."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from siteplanner.cells import inside
from siteplanner.cells.lattice import lattice_steps, named
from siteplanner.errors import InputError, Problem
from siteplanner.model import Notice, Scenario, Sites
from siteplanner.sites.rules import Sieve, Watch, by_area, by_exclusion, by_width
from siteplanner.sources.entrances import GATES
from siteplanner.sources.opening import OPEN, STATE
from siteplanner.sources.where import of_layer, select
from siteplanner.study import Study

Numbers: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]

_MOST_SITES = 2_000_000
WARNINGS = "warnings"


@dataclass(frozen=True)
class Candidates:
    """What can become a site.

    Parameters
    ----------
    table
        Index ``site``, sorted.  ``geometry``, ``label`` (the name people know, else the id),
        ``layer``, ``area_m2`` (NaN for points), ``width_m`` (diameter of the largest circle
        inside; NaN where no rule asked for it).  With ``[sites.warn]`` also ``warnings``: what
        to look into there, reasons separated by semicolons; empty where there is nothing.
    excluded
        The others, with the same columns but warnings, and the first ``reason`` that ruled each
        out.
    notices
        How many each rule took.
    columns
        What the sites' own layers say of each, on the index of ``table``; empty for a grid.
    register
        What the site register says of each, possible or ruled out; empty where there is none.
    """

    table: gpd.GeoDataFrame
    excluded: gpd.GeoDataFrame
    notices: tuple[Notice, ...]
    columns: pd.DataFrame = field(default_factory=pd.DataFrame)
    register: pd.DataFrame = field(default_factory=pd.DataFrame)


def find(scenario: Scenario, study: Study) -> Candidates:
    """Gather the candidate sites and rule out the ground that is out.

    A site is a candidate if its inner point lies in the area.  The rules follow in this
    order: area, exclusions as the file has them, and width, which takes longest, last.

    Parameters
    ----------
    scenario
        Has ``[sites]``.
    study
        Has the layers.

    Raises
    ------
    InputError
        If no site is left; the message says how many each rule took.
    """
    rules = scenario.sites
    if rules is None:
        msg = f"scenario '{scenario.name}' has no [sites]"
        raise ValueError(msg)
    _refuse(scenario, rules)
    table, own, notices = _gathered(scenario, rules, study)
    sieve = Sieve(table, notices)
    sieve.drop("they lie outside the area", ~inside(table.geometry, study), "outside the area")
    by_area(sieve, rules)
    for name, exclusion in rules.exclude.items():
        by_exclusion(sieve, name, exclusion, (study, own))
    if rules.min_width_m is not None:
        by_width(sieve, rules.min_width_m)
    if not sieve.left.any():
        taken = "; ".join(f"{n.reason}: {n.count:,.0f}" for n in notices if n.kind == "dropped")
        found = f"none of {len(table):,} possible sites is left" + (f" ({taken})" if taken else "")
        todo = "loosen a rule, or give other layers or a larger area"
        raise InputError([Problem(f"scenarios/{scenario.name}.toml", "sites", found, todo)])
    excluded = sieve.table[~sieve.left].copy()
    excluded["reason"] = sieve.reasons[~sieve.left]
    left = sieve.table[sieve.left].copy()
    own = own.loc[left.index]
    if rules.warn:
        watch = Watch(left, notices)
        for name, warning in rules.warn.items():
            by_exclusion(watch, name, warning, (study, own))
        left[WARNINGS] = watch.warnings
    return Candidates(left, excluded, tuple(notices), own)


def _refuse(scenario: Scenario, rules: Sites) -> None:
    """Points of a grid have no columns of their own."""
    if rules.grid_m is None:
        return
    found, todo = "grid points have no columns", "name the layer that has the column"
    keys = [
        f"sites.{table}.{name}"
        for table in ("exclude", "warn")
        for name, one in getattr(rules, table).items()
        if one.layer is None
    ]
    keys += ["sites.where"] if rules.where else []
    if keys:
        where = f"scenarios/{scenario.name}.toml"
        raise InputError([Problem(where, key, found, todo) for key in keys])


def _gathered(
    scenario: Scenario, rules: Sites, study: Study
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, list[Notice]]:
    """Give all possible sites, the columns their layers declare, and what `where` left out."""
    if rules.grid_m is not None:
        table = _grid(scenario, rules.grid_m, study)
        return table, pd.DataFrame(index=table.index), []
    tables, notices = [], list[Notice]()
    for layer in rules.layer:
        whole = study.tables[layer]
        rows = select(whole, of_layer(rules.where, layer, rules.layer))
        if len(rows) < len(whole):
            count, reason = len(whole) - len(rows), "not one of the rows that [sites] asks for"
            notices.append(Notice(f"layers/{layer}", "dropped", count, len(whole), reason))
        tables.append(rows.assign(layer_=layer))
    whole = gpd.GeoDataFrame(pd.concat(tables), crs=study.crs)
    whole.index = whole.index.astype(str)
    if whole.index.has_duplicates:
        reason = "layers share ids: each site's id now begins with its layer's name"
        notices.append(Notice("sites", "info", int(whole.index.duplicated().sum()), 0, reason))
        whole.index = whole["layer_"].astype(str) + ":" + whole.index
    whole = whole.rename_axis("site").sort_index()
    table = _table(whole.geometry, told_apart(_labels(whole), whole.geometry), whole["layer_"])
    if GATES in whole:
        table[GATES] = whole[GATES]
    internal = ["layer_", whole.geometry.name, *({GATES, OPEN, STATE} & set(whole))]
    return table, pd.DataFrame(whole.drop(columns=internal)), notices


def rows_in_layer(table: pd.DataFrame, layer: str, ids: pd.Index) -> npt.NDArray[np.intp]:
    """Find the row of a layer that each place comes from.

    Parameters
    ----------
    table
        Places by id, with the column ``layer``; without it all are of this layer.
    layer
        The layer.
    ids
        Its own ids, each once.

    Returns
    -------
    The position in ``ids`` of each place; -1 where it comes from another layer, or is not there.

    Examples
    --------
    >>> places = pd.DataFrame({"layer": ["lots", "halls"]}, index=["2", "7"])
    >>> rows_in_layer(places, "lots", pd.Index([1, 2, 7])).tolist()
    [1, -1]
    >>> places = places.set_axis(["lots:2", "halls:2"])
    >>> rows_in_layer(places, "lots", pd.Index([1, 2, 7])).tolist()
    [1, -1]
    """
    places, own = table.index.astype(str), ids.astype(str)
    mine = (table["layer"] == layer).to_numpy() if "layer" in table else np.ones(len(table), bool)
    prefixed = (f"{layer}:" + own).get_indexer(places)
    at = prefixed if (prefixed[mine] >= 0).all() else own.get_indexer(places)
    return np.where(mine, at, -1)


def told_apart(labels: pd.Series, places: gpd.GeoSeries) -> pd.Series:
    """Give places that share a name a number each, from north to south.

    Parameters
    ----------
    labels
        The name of each place.
    places
        Where each is, on the same index.

    Returns
    -------
    The names on the same index: those that were alike end in ``[1]``, ``[2]`` and so on.

    Examples
    --------
    >>> names = pd.Series(["School", "School", "Clinic"])
    >>> where = gpd.GeoSeries(gpd.points_from_xy([0, 0, 0], [10, 20, 30]))
    >>> told_apart(names, where).tolist()
    ['School [2]', 'School [1]', 'Clinic']
    """
    alike = labels.duplicated(keep=False).to_numpy()
    if not alike.any():
        return labels
    _, south, _, north = places[alike].bounds.to_numpy().T
    by_place = np.argsort(-np.round(south + north), kind="stable")  # of one place, by id
    same = labels[alike].iloc[by_place]
    number = same.groupby(same).cumcount() + 1
    named = same + " [" + number.astype(str) + "]"
    return labels.where(~alike, named.reindex(labels.index))


def _labels(table: gpd.GeoDataFrame) -> pd.Series:
    """Give the name people know each site by; its id where there is none."""
    ids = pd.Series(table.index, index=table.index, dtype=object)
    if "label" not in table:
        return ids
    labels: pd.Series = table["label"].astype(object).where(table["label"].notna(), "").astype(str)
    return labels.where(labels.str.strip() != "", ids)


def _grid(scenario: Scenario, step_m: float, study: Study) -> gpd.GeoDataFrame:
    west, south, east, north = study.area.bounds
    if (east - west) * (north - south) > _MOST_SITES * step_m**2:
        found = f"a grid of {step_m:g} m would have more than {_MOST_SITES:,} points here"
        where = f"scenarios/{scenario.name}.toml"
        raise InputError([Problem(where, "sites.grid_m", found, "choose a wider grid")])
    columns, rows = lattice_steps(study.area, step_m, step_m)
    shapely.prepare(study.area)
    here = shapely.intersects_xy(study.area, columns * step_m, rows * step_m)
    columns, rows = columns[here], rows[here]
    points = gpd.GeoSeries(
        shapely.points(columns * step_m, rows * step_m),
        index=pd.Index(named("g", columns, rows), name="site", dtype=str),
        crs=study.crs,
    ).sort_index()
    return _table(points, pd.Series(points.index, index=points.index), "grid")


def _table(geometry: gpd.GeoSeries, label: pd.Series, layer: pd.Series | str) -> gpd.GeoDataFrame:
    table = gpd.GeoDataFrame({"label": label}, geometry=geometry, crs=geometry.crs)
    table["layer"] = layer
    flat = shapely.get_dimensions(geometry.array) == 2
    table["area_m2"] = np.where(flat, shapely.area(geometry.array), np.nan)
    table["width_m"] = np.nan
    return table
