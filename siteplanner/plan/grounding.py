"""What a choice needs to know beside who reaches whom: walks, costs, districts, companions."""

from __future__ import annotations

from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from siteplanner import choice, outcomes, sites, study, walk
from siteplanner.errors import InputError, Problem
from siteplanner.model import Companions, Notice, Scenario
from siteplanner.plan import reaching, registered
from siteplanner.sources import hours, select
from siteplanner.sources.opening import opened

FARTHEST_M = 100_000.0
"""Sites farther apart than this count as not joined."""
Made: TypeAlias = tuple[choice.Ground, pd.Series | None, tuple[Notice, ...]]


def ground_of(
    scenario: Scenario,
    ground: study.Study,
    walker: walk.AnyWalker,
    people: gpd.GeoDataFrame,
    places: tuple[sites.Candidates, gpd.GeoDataFrame],
) -> Made:
    """Gather what the scenario's rule looks at, and no more.

    Parameters
    ----------
    scenario
        Its ``[choice]`` says what matters.
    ground
        The layers.
    walker
        Finds the walks.
    people
        The cells.
    places
        The candidate sites, and the existing places.

    Returns
    -------
    What binds and informs the choice; the services beside each site, in words, where
    companions are asked for; and what was noticed.

    Raises
    ------
    InputError
        If a cost or capacity is missing or negative.
    """
    rule = scenario.choice
    found, existing = places
    standing = existing if len(existing) else None
    minutes = existing_min = existing_reach = between_m = near = None
    homes = reaching.homes_of(people)
    if rule.model in ("p_median", "kolm_pollak", "p_center"):
        minutes = reaching.walks(walker, homes, found.table).minutes
        if standing is not None:
            nearest = reaching.walks(walker, homes, standing).minutes
            existing_min = _least(nearest)
    if (rule.backup or rule.existing_sizes) and standing is not None:
        existing_reach = reaching.reach(walker, people, standing)
    if rule.model == "p_dispersion":
        between_m = reaching.between(walker, found.table, limit_m=FARTHEST_M)
    if rule.spacing_m is not None:
        near = reaching.between(walker, found.table, limit_m=rule.spacing_m)
    beside, lacking, notices = None, dict[str, str](), list[Notice]()
    if rule.companions is not None:
        bundles, names, notices = _bundled(scenario, rule.companions, ground, walker, found)
        site_names = found.table.index.astype(str)
        lacking = {
            site: clause for site, clause in zip(site_names, bundles.missing, strict=True) if clause
        }
        words = ["; ".join(names[one].unique()) for one in bundles.services]
        beside = pd.Series(words, index=found.table.index, dtype=object, name="beside")
    numbers, out, said = registered.bound(scenario, found, _numbers(scenario, found))
    made = choice.Ground(
        near=near,
        minutes=minutes,
        existing_min=existing_min,
        existing_reach=existing_reach,
        existing=_names(existing),
        between_m=between_m,
        people=people["people"].to_numpy(dtype=float),
        tenth=tenth_of(people, people["need"]) if rule.model == "fairest" else None,
        district=_district(scenario, ground, found.table),
        lacking=lacking,
        out=out,
        cells=_names(people),
        districts=_names(ground.tables[rule.districts]) if rule.districts else (),
        **numbers,
    )
    return made, beside, (*notices, *said)


def tenth_of(people: gpd.GeoDataFrame, need: pd.Series) -> np.ndarray:
    """Give the tenth of people by need that each cell of the area is in; 0 for the ring."""
    inside = people["in_area"].to_numpy(dtype=bool)
    tenth = np.zeros(len(people), dtype=np.int64)
    amounts = (need.to_numpy(dtype=float), people["people"].to_numpy(dtype=float))
    tenth[inside] = outcomes.need_decile(*(one[inside] for one in amounts))
    return tenth


def _names(places: gpd.GeoDataFrame) -> tuple[str, ...]:
    """Give what people call each place; its id where it has no name."""
    ids = places.index.to_series().astype(str)
    if "label" not in places:
        return tuple(ids)
    label = places["label"].fillna("").astype(str)
    return tuple(label.where(label != "", ids))


def _least(minutes: sparse.csr_array) -> np.ndarray:
    """Give the shortest stored walk of every row; NaN where none is stored."""
    rows = np.repeat(np.arange(minutes.shape[0]), np.diff(minutes.indptr))
    least = np.full(minutes.shape[0], np.inf)
    np.minimum.at(least, rows, minutes.data)
    return np.where(np.isinf(least), np.nan, least)


def _numbers(scenario: Scenario, found: sites.Candidates) -> dict[str, np.ndarray | None]:
    """Give cost and capacity of each site, from a column or as one number for all."""
    numbers: dict[str, np.ndarray | None] = {}
    problems = []
    for key in ("cost", "capacity"):
        said = getattr(scenario.choice, key)
        if said is None:
            numbers[key] = None
        elif isinstance(said, str):
            column = pd.to_numeric(found.columns[said], errors="coerce").astype(float)
            bad = column.index[~(column >= 0)]
            if len(bad):
                what = f"{len(bad)} of {len(column)} sites have no {said} of 0 or more"
                what += f" (e.g. {', '.join(map(str, bad[:3]))})"
                todo = f"complete the column '{said}', or leave those sites out with sites.where"
                where = f"scenarios/{scenario.name}.toml"
                problems.append(Problem(where, f"choice.{key}", what, todo))
            numbers[key] = column.to_numpy()
        else:
            numbers[key] = np.full(len(found.table), float(said))
    if problems:
        raise InputError(problems)
    return numbers


def _district(
    scenario: Scenario, ground: study.Study, table: gpd.GeoDataFrame
) -> np.ndarray | None:
    """Give the number of the district of each site, the first where they overlap."""
    name = scenario.choice.districts
    if name is None:
        return None
    areas = ground.tables[name].geometry.reset_index(drop=True)
    points = table.geometry.representative_point().reset_index(drop=True)
    point, area = areas.sindex.query(points, predicate="intersects")
    district = np.full(len(table), -1, dtype=np.int64)
    order = np.lexsort((area, point))[::-1]
    district[point[order]] = area[order]
    return district


def _bundled(
    scenario: Scenario,
    asked: Companions,
    ground: study.Study,
    walker: walk.AnyWalker,
    found: sites.Candidates,
) -> tuple[choice.Bundles, pd.Series, list[Notice]]:
    """Find what each candidate has around it, and what people call the services."""
    tables = {name: opened(select(ground.tables[name], asked.where)) for name in asked.layer}
    kinds = pd.concat(
        [
            table[asked.column] if asked.column else pd.Series(name, index=table.index)
            for name, table in tables.items()
        ]
    ).astype(str)
    names = tuple(sorted(kinds.unique()))
    absent = [one for one in asked.required if one not in names]
    within = "within the area" + (f" and open {scenario.at.title}" if scenario.at else "")
    if absent:
        what = f"no service {within} is of the family '{absent[0]}'"
        todo = f"name one of {', '.join(names)}" if names else "check the layer"
        where = f"scenarios/{scenario.name}.toml"
        raise InputError([Problem(where, "choice.companions.required", what, todo)])
    if len(names) < asked.at_least:
        what = f"{asked.at_least} families are asked for, but there "
        what += f"are {len(names)}" if len(names) != 1 else "is 1"
        what += f" {within}: {', '.join(names)}" if names else f" {within}"
        where = f"scenarios/{scenario.name}.toml"
        raise InputError([Problem(where, "choice.companions.at_least", what, "ask for fewer")])
    family = np.array([names.index(one) for one in kinds], dtype=np.int64)
    weeks, unknown, notices = _weeks(tables, asked)
    services = choice.Services(family, names, weeks, unknown)
    together = pd.concat(tables.values(), ignore_index=True)
    points = gpd.GeoDataFrame(together, crs=ground.crs)
    limits = {"limit_m": asked.limit_m, "limit_min": asked.limit_min}
    doors = [walk.doors_of(one, walker.streets) for one in (found.table, points)]
    near = walk.walks_to(walker, doors[0], doors[1], **limits).metres
    required = tuple(names.index(one) for one in asked.required)
    need = choice.Wanted(asked.at_least, required, asked.together_h)
    bundles = choice.bundle(near, services, need)
    out = int((~bundles.qualifies).sum())
    if out:
        clauses = pd.Series(bundles.missing)[~bundles.qualifies]
        common = clauses.value_counts()
        reason = f"cannot be anchors, most often because there is {common.index[0]}"
        examples = tuple(str(one) for one in found.table.index[~bundles.qualifies][:3])
        notices.append(Notice("choice", "flagged", out, len(found.table), reason, examples))
    return bundles, _called(together, kinds), notices


def _called(services: pd.DataFrame, kinds: pd.Series) -> pd.Series:
    """Give each service's name with its family: ``Driving lessons (courses)``."""
    family = kinds.reset_index(drop=True)
    label = services.get("label", family)
    return label.fillna(family).astype(str) + " (" + family + ")"


def _weeks(
    tables: dict[str, gpd.GeoDataFrame], asked: Companions
) -> tuple[np.ndarray | None, np.ndarray | None, list[Notice]]:
    """Read when each service is open; None where hours do not matter."""
    if asked.together_h == 0:
        return None, None, []
    texts = pd.concat(
        [
            table["hours"] if "hours" in table else pd.Series(None, index=table.index, dtype=object)
            for table in tables.values()
        ],
        ignore_index=True,
    )
    weeks, known = hours.weeks(texts)
    weeks = weeks.copy()
    weeks[~known] = asked.hours_unknown == "open"
    notices = []
    if not known.all():
        reason = f"services have hours that nobody can read: they count as {asked.hours_unknown}"
        examples = tuple(str(one) for one in texts[~known].dropna().unique()[:3])
        found = Notice("choice", "flagged", int((~known).sum()), len(known), reason, examples)
        notices.append(found)
    return weeks, ~known, notices
