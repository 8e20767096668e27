"""What a workshop said, and what that changed: one plan held against another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from siteplanner.errors import InputError, Problem
from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import SMALLEST, in_tens, is_public, released
from siteplanner.model import Criterion, Scenario
from siteplanner.model.criterion import leaves

COUNTED = ("count", "sum")
LEFT_ASIDE = frozenset(
    {"name", "title", "extends", "notes", "corrections", "need", "site", "language"}
)
_CORRECTED = re.compile(r"layers/(\w+): ([\d,]+) of [\d,]+ rows \w+: corrected by '(\w+)'")


@dataclass(frozen=True, eq=False)
class Change:
    """Two plans of one place: without what people said, and with it.

    Parameters
    ----------
    before, after
        The plans, as their audience may have them.
    tally
        Index ``sheet``, ``says``: ``marks`` and ``people``; NaN where a number is withheld.
    sites
        Index ``site``: ``label``, ``rank_before``, ``rank_after`` (nullable), ``in_before``,
        ``in_after``, ``newly_possible`` and ``ruled_out`` (bool).
    votes
        Index ``site``, a column for each criterion that counts marks; NaN where unknown or
        withheld.
    points
        The marks as points; empty where they may not be drawn.
    corrected
        For each correction: its name, the title of the layer, how many rows, and why.
    other
        What else differs between the two scenarios.
    """

    before: Answer
    after: Answer
    tally: pd.DataFrame
    sites: pd.DataFrame
    votes: pd.DataFrame
    points: gpd.GeoDataFrame
    corrected: tuple[tuple[str, str, int, str], ...]
    other: tuple[str, ...]

    @property
    def came_in(self) -> pd.DataFrame:
        """The sites that are proposed now and were not before, best rank first."""
        return self.sites[self.sites["in_after"] & ~self.sites["in_before"]]

    @property
    def went_out(self) -> pd.DataFrame:
        """The sites that were proposed before and are not now."""
        return self.sites[self.sites["in_before"] & ~self.sites["in_after"]]

    @property
    def heard(self) -> pd.Series:
        """Say of each site whether marks were counted there, withheld counts too."""
        votes = self.votes.reindex(self.sites.index)
        there = (votes > 0) | (votes.isna() & np.array([self.sites.index.isin(self.votes.index)]).T)
        return there.any(axis=1)

    @property
    def others(self) -> pd.DataFrame:
        """The sites with marks that are proposed in neither plan."""
        proposed = self.sites["in_before"] | self.sites["in_after"]
        return self.sites[self.heard & ~proposed]

    @property
    def stayed(self) -> pd.DataFrame:
        """The sites that are proposed in both plans."""
        return self.sites[self.sites["in_before"] & self.sites["in_after"]]


def compare(before: Answer, after: Answer, marks: Mapping[str, gpd.GeoDataFrame]) -> Change:
    """Hold a plan with what people said against the plan without.

    Parameters
    ----------
    before, after
        Two answers about the same area.
    marks
        The layers of marks, by name, in the CRS of ``after``: ``says``, ``people``, and
        ``sheet`` where it is known.

    Returns
    -------
    What was said, and what changed.  For the public, marks are counted and never drawn; counts
    below ten are withheld unless the workshop agreed.

    Raises
    ------
    InputError
        If the plans are about two areas, or the later one looks at no marks.
    """
    where = f"scenarios/{after.scenario.name}.toml"
    if before.crs != after.crs or before.area.symmetric_difference(after.area).area > 1:
        found = f"'{before.scenario.name}' and '{after.scenario.name}' are about two areas"
        raise InputError([Problem(where, "area", found, "compare two plans of one place")])
    if not marks:
        todo = "use the layer that siteplanner accept has written in a criterion or a correction"
        raise InputError([Problem(where, "", "it looks at no marks of a workshop", todo)])
    public = is_public(after)
    hidden = public and any(after.layers[one].agreed is False for one in marks)
    shown = released(after)
    return Change(
        before=released(before),
        after=shown,
        tally=_tally(marks, hidden=hidden),
        sites=_moves(before, after),
        votes=_votes(shown, marks),
        points=_points(marks, shown, drawn=not public),
        corrected=tuple(_corrections(after)),
        other=_other(before.scenario, after.scenario, set(marks)),
    )


def default_before(scenario: Scenario) -> str:
    """Give the scenario that another one is held against unless somebody names one.

    Raises
    ------
    InputError
        If it extends none.
    """
    if scenario.extends:
        return scenario.extends
    found, todo = "it extends no other scenario", "name the plan before: --before SCENARIO"
    raise InputError([Problem(f"scenarios/{scenario.name}.toml", "extends", found, todo)])


def _tally(marks: Mapping[str, gpd.GeoDataFrame], *, hidden: bool) -> pd.DataFrame:
    """Count marks and people by sheet and by what they say."""
    rows = [
        pd.DataFrame(
            {
                "sheet": pd.to_numeric(table["sheet"], errors="coerce")
                if "sheet" in table
                else np.nan,
                "says": table["says"].astype(object).fillna("").astype(str),
                "people": table["people"].astype(float) if "people" in table else 1.0,
            }
        )
        for table in marks.values()
        if "says" in table
    ]
    whole = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()
    if whole.empty:
        return pd.DataFrame({"marks": [], "people": []})
    whole["sheet"] = whole["sheet"].fillna(0).astype(int)
    grouped = whole.groupby(["sheet", "says"])["people"]
    marks_made, people = grouped.size().astype(float), grouped.sum().astype(float)
    if hidden:
        marks_made = in_tens(marks_made.mask(people < SMALLEST))
        people = in_tens(people)
    return pd.DataFrame({"marks": marks_made, "people": people}).sort_index()


def _moves(before: Answer, after: Answer) -> pd.DataFrame:
    names = before.sites.index.union(after.sites.index)
    old, new = before.sites.reindex(names), after.sites.reindex(names)
    table = pd.DataFrame(
        {
            "label": new["label"].where(new["label"].notna(), old["label"]),
            "rank_before": old["rank"].astype("Int64"),
            "rank_after": new["rank"].astype("Int64"),
            "in_before": old["phase"].notna(),
            "in_after": new["phase"].notna(),
            "newly_possible": ~names.isin(before.sites.index),
            "ruled_out": ~names.isin(after.sites.index),
        },
        index=names.rename("site"),
    )
    order = table["rank_after"].astype("Float64").fillna(np.inf).astype(float)
    return table.iloc[np.lexsort((table.index.astype(str), order))]


def _votes(answer: Answer, marks: Mapping[str, gpd.GeoDataFrame]) -> pd.DataFrame:
    names = [
        name
        for name, one in leaves(answer.scenario.site)
        if one.has_data and one.measure in COUNTED and set(one.layer) & set(marks)
    ]
    return answer.site_values[[name for name in names if name in answer.site_values]]


def _points(
    marks: Mapping[str, gpd.GeoDataFrame], answer: Answer, *, drawn: bool
) -> gpd.GeoDataFrame:
    nothing = gpd.GeoDataFrame({"says": pd.Series(dtype=object)}, geometry=[], crs=answer.crs)
    if not drawn:
        return nothing
    tables = [table[["says", "geometry"]] for table in marks.values() if "says" in table]
    return (
        gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=answer.crs)
        if tables
        else nothing
    )


def _corrections(answer: Answer) -> list[tuple[str, str, int, str]]:
    """Find in the notices how many rows each correction changed."""
    found = []
    for notice in answer.notices:
        said = _CORRECTED.match(notice)
        one = said and answer.scenario.corrections.get(said[3])
        if said and one:
            layer = answer.layers.get(said[1])
            title = layer.title if layer else said[1]
            count = int(said[2].replace(",", ""))
            found.append((said[3], title, count, one.reason or said[3].replace("_", " ")))
    return found


def _other(before: Scenario, after: Scenario, marks: set[str]) -> tuple[str, ...]:
    """Name the parts of two scenarios that differ, but for what looks at marks."""
    first, second = (_plain(one, marks) for one in (before, after))
    found = [key for key in first if key not in LEFT_ASIDE and first[key] != second[key]]
    for level, old, new in (
        ("need", before.need, after.need), ("site", before.site, after.site)
    ):  # fmt: skip
        plain = [
            {name: one for name, one in leaves(tree) if not _about(one, marks)}
            for tree in (old, new)
        ]
        found += [level] if plain[0] != plain[1] else []
    return tuple(found)


def _plain(scenario: Scenario, marks: set[str]) -> dict[str, Any]:
    """Give a scenario as plain tables, without marks as possible sites."""
    found = scenario.model_dump(mode="json")
    if found["sites"]:
        sites = found["sites"]
        sites["layer"] = [one for one in sites["layer"] if one not in marks]
        last = {key.rpartition(".")[2] if key.count(".") else key: key for key in sites["where"]}
        sites["where"] = {
            column: sites["where"][key]
            for column, key in last.items()
            if key.partition(".")[0] not in marks
        }
    return found


def _about(criterion: Criterion, marks: set[str]) -> bool:
    return bool(set(criterion.layer) & marks)
