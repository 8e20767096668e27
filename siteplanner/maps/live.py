"""What the page needs to weigh, rank and choose again by itself, in the reader's browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from siteplanner.maps.answer import Answer, Walks
from siteplanner.maps.audience import is_public, released
from siteplanner.maps.coarse import coarse_counts, coarse_scores
from siteplanner.maps.counts import count_title
from siteplanner.maps.packing import (
    packed,
    packed_exactly,
    packed_finely,
    packed_steps,
    packed_values,
)
from siteplanner.maps.shares import coarse_phases
from siteplanner.model import Choice, Group
from siteplanner.model.criterion import Criteria, leaves
from siteplanner.outcomes import need_decile

FINE = 50_000
"""Up to so many scores of cells are told in 32 bits; of more, in 8."""
MODELS = frozenset({"max_cover", "top", "spaced"})
"""Models whose set the page can form anew."""


def gather(answer: Answer) -> dict[str, Any]:
    """Gather scores, weights, people and walks, ready for JSON.

    Parameters
    ----------
    answer
        The whole answer; what is not for its audience is made coarse here.

    Returns
    -------
    ``need`` and ``site`` (the tree of weights, the aggregation, the scores), ``presets``,
    ``cells`` (people, groups, how fully they are served, their tenth of need), ``walks``
    (by site: cells, shares, minutes) and ``set`` (how the set is chosen).  ``walks`` and
    ``set`` are None where nothing is chosen.
    """
    scenario = answer.scenario
    at_sites = released(answer).site_scores
    found: dict[str, Any] = {
        "need": {
            "tree": _tree(scenario.need),
            "aggregation": scenario.index.need,
            "scores": _cell_scores(answer),
            "groups": {name: one.group for name, one in leaves(scenario.need) if one.group},
        },
        "site": {
            "tree": _tree(scenario.site),
            "aggregation": scenario.index.site,
            "scores": {
                name: packed_exactly(_floats(at_sites[name]))
                for name, one in leaves(scenario.site)
                if one.has_data and name in at_sites
            },
            "measured_by_need": _measured_by_need(scenario.site),
        },
        "presets": _presets(answer),
        "cells": _cells(answer),
        "walks": None,
        "set": None,
    }
    if answer.walks is not None and len(answer.sites):
        found["walks"] = _walks(answer.walks)
        found["set"] = _set(answer, answer.walks)
    return found


def _tree(criteria: Criteria) -> list[dict[str, Any]]:
    """Give criteria and groups with the weights that the scenario writes."""
    found: list[dict[str, Any]] = []
    for name, one in criteria.items():
        title = one.title or name.replace("_", " ").capitalize()
        node: dict[str, Any] = {"name": name, "title": title, "weight": one.weight}
        if isinstance(one, Group):
            node["parts"] = _tree(one.criteria)
        else:
            node["data"] = one.has_data
        found.append(node)
    return found


def _cell_scores(answer: Answer) -> dict[str, Any]:
    names = [name for name, one in leaves(answer.scenario.need) if one.has_data]
    names = [name for name in names if name in answer.need_scores]
    found = {}
    for name in names:
        scores = _floats(answer.need_scores[name])
        if is_public(answer):
            found[name] = coarse_scores(scores)
        elif len(scores) * len(names) <= FINE:
            found[name] = packed_finely(scores)
        else:
            found[name] = _in_a_byte(scores)
    return found


def _in_a_byte(scores: NDArray[np.float64]) -> dict[str, Any]:
    """Pack scores of 0..1 as 250 even steps; 255 is unknown."""
    steps = np.where(np.isnan(scores), 255, np.round(np.nan_to_num(scores) * 250))
    return {"start": 0.0, "step": 1 / 250, **packed(steps.astype(np.uint8))}


def _measured_by_need(criteria: Criteria) -> dict[str, Any]:
    """Name the site criteria that count people in need within the scenario's own walk."""
    return {
        name: {"score": one.score, "zero_at": one.zero_at, "full_at": one.full_at}
        for name, one in leaves(criteria)
        if one.has_data
        and one.measure == "need_reached"
        and one.limit_m is None
        and one.limit_min is None
    }


def _presets(answer: Answer) -> list[dict[str, Any]]:
    """Give the scenario's other sets of weights: those of its profiles."""
    return [
        {
            "name": name,
            "title": one.title or name.replace("_", " ").capitalize(),
            "note": one.reference,
            "need": dict(one.need),
            "site": dict(one.site),
        }
        for name, one in answer.scenario.profiles.items()
    ]


def _cells(answer: Answer) -> dict[str, Any]:
    cells = answer.cells
    need, people = _floats(cells["need"]), _floats(cells["people"])
    inside = cells["in_area"].to_numpy(dtype=bool)
    decile = np.zeros(len(cells), dtype=np.int64)
    decile[inside] = need_decile(need[inside], people[inside])

    def pack(one: NDArray[np.float64]) -> dict[str, Any]:
        if is_public(answer):
            return coarse_counts(one, cells)
        return packed_finely(one) if len(cells) <= FINE / 2 else packed_values(one)

    return {
        "counts": {name: pack(_floats(cells[name])) for name in answer.count_columns},
        "titles": {name: count_title(answer, name) for name in answer.count_columns},
        "served": packed_values(_floats(cells["served_before"])),
        "decile": packed(np.maximum(decile, 0)),
        "inside": packed(inside.astype(np.uint8)),
    }


def _walks(walks: Walks) -> dict[str, Any]:
    """Pack by site: how many cells, the steps from one cell to the next, shares, minutes."""
    minutes = sparse.csc_array(walks.minutes)
    minutes.sort_indices()
    share = sparse.csc_array(walks.share)
    share.sort_indices()
    counts = np.diff(minutes.indptr)
    cell = minutes.indices.astype(np.int64)
    steps = np.diff(cell, prepend=0)
    first = minutes.indptr[:-1][counts > 0]
    steps[first] = cell[first]
    told = np.minimum(np.ceil(minutes.data), 255).astype(np.int64)
    return {
        "counts": packed(counts),
        "steps": packed_steps(steps),
        "minutes": packed(told),
        "share": None if (share.data == 1).all() else packed_values(share.data.astype(float)),
    }


def _set(answer: Answer, walks: Walks) -> dict[str, Any]:
    choice = answer.scenario.choice
    phases = walks.phases
    if is_public(answer) and len(phases):
        phases = coarse_phases(phases, walks.comes_to)
    ids = [str(one) for one in answer.sites.index]
    place = {name: number for number, name in enumerate(ids)}
    near = walks.near.tocoo() if walks.near is not None and choice.model != "top" else None
    pairs = [] if near is None else sorted(
        (int(a), int(b)) for a, b in zip(near.row, near.col, strict=True) if a < b
    )  # fmt: skip
    return {
        "model": choice.model,
        "refused": refused(choice),
        "counts": list(choice.count),
        "fixed": [place[one] for one in choice.fixed if one in place],
        "barred": sorted(place[one] for one in choice.barred if one in place),
        "lacking": {str(place[name]): why for name, why in walks.lacking.items() if name in place},
        "min_index": choice.min_index,
        "near": [list(one) for one in pairs],
        "phases": [
            {name: _plain(row[name]) for name in ("sites", "objective", "bound", "gap")}
            for _, row in phases.iterrows()
        ],
        "comes_to": walks.comes_to,
    }


def refused(choice: Choice) -> str:
    """Name what the page cannot form a set with; empty where it can.

    Examples
    --------
    >>> refused(Choice(count=3, budget=5, cost=1)), refused(Choice(count=3))
    ('budget', '')
    """
    if choice.model not in MODELS:
        return choice.model
    bound = ("budget", "capacity", "districts")
    named = [name for name in bound if getattr(choice, name) is not None]
    named += [name for name in ("backup", "sizes") if getattr(choice, name)]
    return named[0] if named else ""


def _plain(value: Any) -> float | None:
    return None if pd.isna(value) or not np.isfinite(value) else float(value)


def _floats(values: pd.Series) -> NDArray[np.float64]:
    return values.to_numpy(dtype=np.float64, na_value=np.nan)
