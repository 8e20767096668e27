"""How far an answer hangs on how space is drawn: cells, limits, who walks, streets, the edge.

Each variant is a whole run of a changed scenario, or of changed layers.

References
----------
Openshaw, S. (1984). The modifiable areal unit problem. Geo Books, Norwich.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siteplanner import choice as choices_of
from siteplanner import plan as plans
from siteplanner import walk
from siteplanner.comparison import flipping
from siteplanner.comparison.variants import variants_of
from siteplanner.errors import InputError, Problem
from siteplanner.plan import Plan, reaching
from siteplanner.plan.making import silent
from siteplanner.plan.reweighing import Reweigher
from siteplanner.plan.sureness import best_of

OFTEN = 0.9
EDGE = ("edge", "people outside the area do not count")
Told = Callable[[str], None]
Key = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Varied:
    """How far the answer hangs on how space is drawn.

    Parameters
    ----------
    variants
        Index ``choice``, ``variant``: ``same_set`` and ``same_best`` (Jaccard index of the set and
        of the best ranked sites against the plan's), ``kendall`` (τ-b of the rankings),
        ``came_in`` and ``went_out`` (names), ``failed`` (why it could not be answered).
    sites
        Index ``site``, those that any set has: ``label``, ``chosen`` by the plan, ``share`` of the
        variants whose set has it, ``best_rank`` and ``worst_rank`` (NaN outside the area).
    choices
        Index ``choice``, the one that moves the set most first: ``variants``, ``same_set`` (mean)
        and ``same_set_worst``.
    farthest
        The variant whose set differs most, to be drawn beside the plan; None where none differs.
    sentences
        The same in plain sentences.
    site_flips, cell_flips
        The same sites on a map, and the cells that are within reach in some variants and not in
        others: see `siteplanner.comparison.flipping`.

    Examples
    --------
    >>> "farthest" in Varied.__dataclass_fields__
    True
    """

    variants: pd.DataFrame
    sites: pd.DataFrame
    choices: pd.DataFrame
    farthest: Plan | None
    sentences: tuple[str, ...]
    site_flips: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)
    cell_flips: gpd.GeoDataFrame = field(default_factory=gpd.GeoDataFrame)

    def __repr__(self) -> str:
        return "\n".join(self.sentences)


@dataclass(frozen=True, eq=False)
class _Answered:
    """What one variant comes to: index and set of its sites, and how the plan's cells fare."""

    index: pd.Series
    chosen: pd.Index
    sites: gpd.GeoDataFrame
    reached: NDArray[np.float64]


def vary(plan: Plan, *, cache: walk.Cache | None = None, progress: Told = silent) -> Varied:
    """Answer a scenario again with space drawn otherwise.

    Parameters
    ----------
    plan
        A plan with sites.
    cache
        Where networks and catchments are kept.
    progress
        Called with the name of each variant as it starts.

    Returns
    -------
    How far the set and the ranking move.

    Raises
    ------
    InputError
        If the plan has no sites.
    """
    if plan.choice is None or plan.place is None or plan.sites is None or plan.walk is None:
        where = f"scenarios/{plan.scenario.name}.toml"
        raise InputError([Problem(where, "sites", "this plan has no sites", "add [sites]")])
    across = float(np.sqrt(plan.cells.geometry.area.mean()))
    across = max(100.0, round(across, -1)) if across > 0 else 200.0
    homes = reaching.homes_of(plan.cells).to_numpy()
    answered, failed = dict[Key, _Answered](), dict[Key, str]()
    farthest, lowest = None, 1.0
    own = plan.choice.table.index
    for one in variants_of(plan, across):
        key = (one.choice, one.said)
        progress(one.said)
        try:
            made = plans.make(one.scenario, one.sources, cache=cache, folder=plan.folder)
        except InputError as error:
            failed[key] = str(error.problems[0].found)
            continue
        if made.choice is None or made.place is None or made.sites is None:
            continue
        served = made.cells["served_after"].to_numpy(dtype=float)
        reached = flipping.reached_at(homes, made.cells, served)
        chosen = made.choice.table.index
        answered[key] = _Answered(made.place.index.value, chosen, made.sites.table, reached)
        if _jaccard(own, chosen) < lowest:
            lowest, farthest = _jaccard(own, chosen), made
    progress("people outside left out")
    answered[EDGE] = _without_ring(plan, plan.sites.table)
    variants = _variants(plan, own, answered, failed)
    sites, geometry = _sites(plan.place.index.value, own, plan.sites.table, answered)
    known = variants[variants["failed"] == ""]
    by_choice = known.groupby(level="choice")["same_set"].agg(["size", "mean", "min"])
    choices = by_choice.set_axis(["variants", "same_set", "same_set_worst"], axis=1)
    choices = choices.sort_values(["same_set", "same_set_worst"], kind="stable")
    return Varied(
        variants=variants,
        sites=sites,
        choices=choices,
        farthest=farthest,
        sentences=tuple(_sentences(variants, sites, choices)),
        site_flips=flipping.site_flips(sites, geometry, plan.study.crs),
        cell_flips=flipping.flips_at(
            plan.cells, {key: one.reached for key, one in answered.items()}
        ),
    )


def _without_ring(plan: Plan, table: gpd.GeoDataFrame) -> _Answered:
    """Weigh the plan anew with nobody around the area."""
    cells = plan.cells.copy()
    outside = ~cells["in_area"].astype(bool)
    columns = ["people", *(one for one in plan.scenario.demand.groups if one in cells)]
    cells.loc[outside, columns] = 0.0
    weigher = Reweigher(dataclasses.replace(plan, cells=cells))
    found = weigher(choose=True)
    if found.chosen is None:
        return _Answered(found.index, table.index[:0], table, np.full(len(cells), np.nan))
    served = reaching.served(plan.walk, cells, reaching.going_on(plan.existing, found.chosen))
    chosen = found.chosen.table.index
    numbers = table.index.get_indexer(chosen)
    reached = choices_of.reached(weigher.reach.tocsc(), numbers, served.to_numpy(dtype=float))
    return _Answered(found.index, chosen, table, np.asarray(reached, dtype=float))


def _jaccard(one: pd.Index, other: pd.Index) -> float:
    either = one.union(other)
    return len(one.intersection(other)) / len(either) if len(either) else 1.0


def _best(index: pd.Series, many: int) -> pd.Index:
    known = index.dropna()
    enough = known.nlargest(many).min() if len(known) else np.inf
    found: pd.Index = known.index[(known >= enough).to_numpy()]
    return found


def _variants(
    plan: Plan, own: pd.Index, answered: Mapping[Key, _Answered], failed: Mapping[Key, str]
) -> pd.DataFrame:
    if plan.place is None or plan.sites is None:
        return pd.DataFrame()
    value, labels = plan.place.index.value, plan.sites.table["label"]
    many = best_of(plan.scenario, len(own), len(value))
    rows: dict[Key, dict[str, object]] = {key: {"failed": why} for key, why in failed.items()}
    for key, one in answered.items():
        other = one.index.reindex(value.index)
        both = pd.DataFrame({"was": value, "is": other}).dropna()
        rows[key] = {
            "same_set": _jaccard(own, one.chosen),
            "same_best": _jaccard(_best(value, many), _best(one.index, many)),
            "kendall": both["was"].corr(both["is"], method="kendall"),
            "came_in": ", ".join(one.sites["label"][one.chosen.difference(own)].astype(str)),
            "went_out": ", ".join(labels[own.difference(one.chosen)].astype(str)),
            "failed": "",
        }
    keys = [*answered, *failed]
    columns = ["same_set", "same_best", "kendall", "came_in", "went_out", "failed"]
    index = pd.MultiIndex.from_tuples(keys, names=["choice", "variant"])
    return pd.DataFrame([rows[key] for key in keys], index=index, columns=columns)


def _sites(
    value: pd.Series, own: pd.Index, table: gpd.GeoDataFrame, answered: Mapping[Key, _Answered]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Say of each site that any set has how often that is so, and where all those sites lie."""
    ranks = pd.DataFrame(
        {
            key: one.reindex(value.index).rank(ascending=False, method="min")
            for key, one in (
                *((key, one.index) for key, one in answered.items()),
                (("plan", ""), value),
            )
        }
    )
    best, worst = ranks.min(axis=1), ranks.max(axis=1)
    rows, geometry = dict[str, dict[str, object]](), dict[str, Any]()
    for some in (table.loc[own], *(one.sites.loc[one.chosen] for one in answered.values())):
        for site, label, shape in zip(some.index, some["label"], some.geometry, strict=True):
            rows.setdefault(str(site), {"label": label})
            geometry.setdefault(str(site), shape)
    for site, row in rows.items():
        inside = site in value.index
        row["chosen"] = site in own
        row["share"] = float(np.mean([site in one.chosen for one in answered.values()]))
        row["best_rank"] = best[site] if inside else np.nan
        row["worst_rank"] = worst[site] if inside else np.nan
    sites = pd.DataFrame.from_dict(rows, orient="index").rename_axis("site").sort_index()
    if sites.empty:
        columns = ["label", "chosen", "share", "best_rank", "worst_rank"]
        return pd.DataFrame(columns=columns).rename_axis("site"), geometry
    order = pd.DataFrame({"chosen": ~sites["chosen"].astype(bool), "share": -sites["share"]})
    order = order.sort_values(["chosen", "share"], kind="stable")
    return sites.loc[order.index].astype({"chosen": bool}), geometry


def _sentences(variants: pd.DataFrame, sites: pd.DataFrame, choices: pd.DataFrame) -> Iterator[str]:
    known, own = variants[variants["failed"] == ""], sites[sites["chosen"]]
    firm = int((own["share"] >= OFTEN).sum())
    yield (
        f"{firm} of the {len(own)} chosen sites are chosen in at least {100 * OFTEN:.0f} % of the "
        f"{len(known)} ways to draw cells, limits, walkers, streets and edge that were tried."
    )
    for _, row in own[own["share"] < OFTEN].iterrows():
        yield (
            f"{row['label']}: chosen in {100 * row['share']:.0f} %, rank {row['best_rank']:.0f} to "
            f"{row['worst_rank']:.0f}."
        )
    if len(choices) and choices["same_set"].iloc[0] < 1:
        table = known.loc[[choices.index[0]]].reset_index("variant")
        worst = table.sort_values("same_set", kind="stable").iloc[0]
        yield (
            f"What moves the set most is the choice of {choices.index[0]}: at worst "
            f"({worst['variant']}) {100 * worst['same_set']:.0f} % of the sites in either set are "
            "in both."
        )
    for _, row in variants[variants["failed"] != ""].reset_index("variant").iterrows():
        yield f"Could not be answered with {row['variant']}: {row['failed']}."
