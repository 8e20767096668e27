"""What the three programmes ask for, held against what a project has."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from siteplanner.diagnosis.finding import Finding
from siteplanner.model import Layer, Scenario

_TABLE = Path(__file__).with_name("programmes.toml")
_MOST = 4
"""Layers and columns that are named for one criterion."""


def asked_for(layers: Mapping[str, Layer], scenarios: Iterable[Scenario]) -> pd.DataFrame:
    """Hold the criteria of each programme against the layers and scenarios of a project.

    Parameters
    ----------
    layers, scenarios
        Of the project, as far as their files can be read.

    Returns
    -------
    A row for each criterion: ``programme``, ``criterion``; ``has``, the layers and columns
    whose names or titles suggest that they serve it, empty where there are none; ``in_use``,
    whether a scenario of the programme has one of them; ``needs``, in words.

    Examples
    --------
    >>> votes = Layer(name="votes", title="Votes 2025", source="v.csv", kind="points")
    >>> table = asked_for({"votes": votes}, [])
    >>> table[table["has"] != ""][["programme", "has"]].values.tolist()
    [['care_block', 'votes']]
    """
    rows = []
    used: dict[str, set[str]] = {}
    for scenario in scenarios:
        used.setdefault(_short(scenario.programme), set()).update(_used(scenario))
    for programme, criteria in _programmes().items():
        for one in criteria:
            found = list(_serving(one, layers))
            in_use = any(name in used.get(_short(programme), ()) for name in found)
            has = ", ".join(found[:_MOST]) + (", …" if len(found) > _MOST else "")
            rows.append((programme, one["criterion"], has, in_use, one["needs"]))
    return pd.DataFrame(rows, columns=["programme", "criterion", "has", "in_use", "needs"])


def without_data(scenarios: Iterable[Scenario]) -> Iterator[Finding]:
    """Find criteria that stand in a scenario without data."""
    for scenario in scenarios:
        known = _programmes().get(scenario.programme, [])
        for level, name, criterion in scenario.criteria():
            if criterion.has_data:
                continue
            needs = _needs(f"{name} {criterion.title}", known)
            what = f"{level}.{name} is '{criterion.status}': the other criteria carry its weight"
            todo = f"it could be had from {needs}" if needs else "bring a layer for it"
            if criterion.status == "suspended":
                todo = f"bring data that can be trusted{f': {needs}' if needs else ''}"
            yield Finding("missing", f"scenarios/{scenario.name}.toml", what, todo)


def _needs(text: str, known: Iterable[Mapping[str, Any]]) -> str:
    """Say what a criterion could be made of; empty where nobody knows."""
    plain = _plain(text)
    for one in known:
        if _plain(one["criterion"]) in plain:
            return str(one["needs"])
    for key in ("layers", "columns"):
        for one in known:
            if _fits(plain, one.get(key, [])):
                return str(one["needs"])
    return ""


@cache
def _programmes() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


def _serving(criterion: Mapping[str, Any], layers: Mapping[str, Layer]) -> Iterator[str]:
    for name, layer in layers.items():
        if _fits(f"{name} {layer.title}", criterion.get("layers", [])):
            yield name
        for called, column in layer.columns.items():
            words = f"{called} {column.source or ''} {column.title}"
            kinds = criterion.get("kinds", (column.kind,))
            if column.kind in kinds and _fits(words, criterion.get("columns", [])):
                yield f"{name}.{called}"


def _fits(text: str, words: Iterable[str]) -> bool:
    plain = _plain(text)
    return any(re.search(rf"\b{re.escape(word)}", plain) for word in words)


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(one for one in bare if not unicodedata.combining(one))
    return re.sub(r"[^a-z0-9]+", " ", letters)


def _short(programme: str) -> str:
    return _plain(programme).strip().replace(" ", "_").removesuffix("s")


def _used(scenario: Scenario) -> Iterator[str]:
    """Name the layers and the columns that a scenario reads."""
    yield from scenario.layer_names()
    yield from (scenario.demand.people, *scenario.demand.groups)
    for _, _, criterion in scenario.criteria():
        for layer in criterion.layer if criterion.has_data else ():
            yield layer
            yield f"{layer}.{criterion.column}"
            if layer == "cells":
                yield str(criterion.column)
