"""How far an answer hangs on how space is drawn: cells, limits, who walks, what lies outside.

Each variant is a whole run of a changed scenario.

References
----------
Openshaw, S. (1984). The modifiable areal unit problem. Geo Books, Norwich.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siteplanner import plan as plans
from siteplanner import walk
from siteplanner.errors import InputError, Problem
from siteplanner.model import Scenario
from siteplanner.plan import Plan
from siteplanner.plan.making import silent
from siteplanner.plan.reweighing import Reweighed, Reweigher
from siteplanner.plan.sureness import best_of

SIZES = (0.75, 1.0, 1.5)
"""Cells of these times the size of the plan's."""
SHIFTS = ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5))
"""Shares of a cell by which the lattice is shifted east and north."""
PROFILES = ("adult", "older_person", "carer_with_child", "wheelchair")
OFTEN = 0.9
Told = Callable[[str], None]


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
        variants whose set has it, ``best_rank`` and ``worst_rank``.
    choices
        Index ``choice``, the one that moves the set most first: ``variants``, ``same_set`` (mean)
        and ``same_set_worst``.
    farthest
        The variant whose set differs most, to be drawn beside the plan; None where none differs.
    sentences
        The same in plain sentences.

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

    def __repr__(self) -> str:
        return "\n".join(self.sentences)


def variants_of(scenario: Scenario, across_m: float) -> Iterator[tuple[str, str, Scenario]]:
    """Give what might have been drawn otherwise: cells, limit, and who walks.

    Parameters
    ----------
    scenario
        The scenario.
    across_m
        Width of a typical cell, for scenarios whose cells are a layer.

    Yields
    ------
    Choice, variant, and the changed scenario.
    """
    demand, walking = scenario.demand, scenario.walk
    own = demand.hexagons_m or demand.squares_m
    key = "squares_m" if demand.squares_m else "hexagons_m"
    width = own or across_m
    for size in SIZES:
        for shift in SHIFTS:
            if own and size == 1.0 and shift == (0.0, 0.0):
                continue
            side = float(f"{width * size:.3g}")
            offset = tuple(base + side * share
                           for base, share in zip(demand.offset_m, shift, strict=True))  # fmt: skip
            changes = {"cells": None, key: side, "offset_m": offset}
            said = f"{key.removesuffix('_m')} of {side:g} m"
            said += (
                f", shifted {offset[0]:g} m east and {offset[1]:g} m north" if any(shift) else ""
            )
            cells = demand.model_copy(update=changes)
            yield "cells", said, scenario.model_copy(update={"demand": cells})
    if walking is None:
        return
    if walking.limit_m is not None:
        fades = "none" if walking.decay != "none" else "linear"
        said = "a hard limit" if fades == "none" else "reach fades with the walk"
        changed = walking.model_copy(update={"decay": fades})
        yield "limit", said, scenario.model_copy(update={"walk": changed})
    for times in (0.9, 1.1):
        limits = {
            one: times * value
            for one in ("limit_m", "limit_min")
            if (value := getattr(walking, one)) is not None
        }
        longer = walking.model_copy(update=limits)
        said = f"limit {100 * abs(times - 1):.0f} % {'longer' if times > 1 else 'shorter'}"
        yield "limit", said, scenario.model_copy(update={"walk": longer})
    for profile in PROFILES:
        if profile != walking.profile:
            other = walking.model_copy(update={"profile": profile, "speed_m_s": None})
            said = profile.replace("_", " ")
            yield "who walks", said, scenario.model_copy(update={"walk": other})


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
    if plan.choice is None or plan.place is None or plan.walk is None:
        where = f"scenarios/{plan.scenario.name}.toml"
        raise InputError([Problem(where, "sites", "this plan has no sites", "add [sites]")])
    across = float(np.sqrt(plan.cells.geometry.area.mean()))
    across = max(100.0, round(across, -1)) if across > 0 else 200.0
    indices: dict[tuple[str, str], pd.Series] = {}
    sets: dict[tuple[str, str], pd.Index] = {}
    failed, farthest, lowest = dict[tuple[str, str], str](), None, 1.0
    own = plan.choice.table.index
    for name, said, scenario in variants_of(plan.scenario, across):
        progress(said)
        try:
            made = plans.make(scenario, plan.sources, cache=cache, folder=plan.folder)
        except InputError as error:
            failed[name, said] = str(error.problems[0].found)
            continue
        if made.choice is None or made.place is None:
            continue
        indices[name, said], sets[name, said] = made.place.index.value, made.choice.table.index
        same = _jaccard(own, sets[name, said])
        if same < lowest:
            lowest, farthest = same, made
    progress("people outside left out")
    inside = _without_ring(plan)
    key = ("edge", "people outside the area do not count")
    indices[key], sets[key] = inside.index, inside.chosen.table.index if inside.chosen else own[:0]
    variants, sites = _tables(plan, indices, sets, failed)
    known = variants[variants["failed"] == ""]
    by_choice = known.groupby(level="choice")["same_set"].agg(["size", "mean", "min"])
    choices = by_choice.set_axis(["variants", "same_set", "same_set_worst"], axis=1)
    choices = choices.sort_values(["same_set", "same_set_worst"], kind="stable")
    words = tuple(_sentences(variants, sites, choices))
    return Varied(variants, sites, choices, farthest, words)


def _without_ring(plan: Plan) -> Reweighed:
    """Weigh the plan anew with nobody around the area."""
    cells = plan.cells.copy()
    outside = ~cells["in_area"].astype(bool)
    columns = ["people", *(one for one in plan.scenario.demand.groups if one in cells)]
    cells.loc[outside, columns] = 0.0
    return Reweigher(dataclasses.replace(plan, cells=cells))(choose=True)


def _jaccard(one: pd.Index, other: pd.Index) -> float:
    either = one.union(other)
    return len(one.intersection(other)) / len(either) if len(either) else 1.0


def _best(index: pd.Series, many: int) -> pd.Index:
    known = index.dropna()
    enough = known.nlargest(many).min() if len(known) else np.inf
    found: pd.Index = known.index[(known >= enough).to_numpy()]
    return found


def _tables(
    plan: Plan,
    indices: dict[tuple[str, str], pd.Series],
    sets: dict[tuple[str, str], pd.Index],
    failed: dict[tuple[str, str], str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    if plan.choice is None or plan.place is None or plan.sites is None:
        return pd.DataFrame(), pd.DataFrame()
    own, value = plan.choice.table.index, plan.place.index.value
    many, labels = best_of(plan.scenario, len(own), len(value)), plan.sites.table["label"]
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for key in [*indices, *failed]:
        if key in failed:
            rows[key] = {"failed": failed[key]}
            continue
        other = indices[key].reindex(value.index)
        both = pd.DataFrame({"was": value, "is": other}).dropna()
        rows[key] = {
            "same_set": _jaccard(own, sets[key]),
            "same_best": _jaccard(_best(value, many), _best(other, many)),
            "kendall": both["was"].corr(both["is"], method="kendall"),
            "came_in": ", ".join(labels[sets[key].difference(own)]),
            "went_out": ", ".join(labels[own.difference(sets[key])]),
            "failed": "",
        }
    columns = ["same_set", "same_best", "kendall", "came_in", "went_out", "failed"]
    index = pd.MultiIndex.from_tuples(list(rows), names=["choice", "variant"])
    variants = pd.DataFrame(list(rows.values()), index=index, columns=columns)
    ranks = pd.DataFrame(
        {
            key: one.reindex(value.index).rank(ascending=False, method="min")
            for key, one in {**indices, ("plan", ""): value}.items()
        }
    )
    share = pd.Series(
        np.mean([value.index.isin(one) for one in sets.values()], axis=0), index=value.index
    )
    sites = pd.DataFrame(
        {
            "label": labels,
            "chosen": value.index.isin(own),
            "share": share,
            "best_rank": ranks.min(axis=1),
            "worst_rank": ranks.max(axis=1),
        }
    ).rename_axis("site")
    some = sites[sites["chosen"] | (sites["share"] > 0)].sort_index()
    order = pd.DataFrame({"chosen": ~some["chosen"], "share": -some["share"]})
    return variants, some.loc[order.sort_values(["chosen", "share"], kind="stable").index]


def _sentences(variants: pd.DataFrame, sites: pd.DataFrame, choices: pd.DataFrame) -> Iterator[str]:
    known, own = variants[variants["failed"] == ""], sites[sites["chosen"]]
    firm = int((own["share"] >= OFTEN).sum())
    yield (
        f"{firm} of the {len(own)} chosen sites are chosen in at least {100 * OFTEN:.0f} % of the "
        f"{len(known)} ways to draw cells, limits, walkers and edge that were tried."
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
