"""What the plan is, what came out, and where every number comes from.

Words from the planner's files are given as they are; for its own the page has messages, named
here as ``{"t": key}``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from siteplanner.fetched import is_remote, shown
from siteplanner.maps import leaflet
from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import SMALLEST, counting_criteria, in_tens, is_public
from siteplanner.maps.counts import outcome_tables
from siteplanner.maps.shares import coarse_pair, reached_in
from siteplanner.maps.times import time_words
from siteplanner.model import Group, Layer

OPENSTREETMAP = "© OpenStreetMap contributors, ODbL"
"""What OpenStreetMap asks of everybody who draws a map from it."""


def about(answer: Answer) -> dict[str, Any]:
    """Give the page's head: title, programme, language, walk, warnings, credits."""
    scenario = answer.scenario
    made_up = [one.title for one in _used(answer) if one.fictional]
    credit = dict.fromkeys(one.attribution for one in _used(answer) if one.attribution)
    if any(_owes_openstreetmap(one) for one in _used(answer)):
        credit[OPENSTREETMAP] = None
    return {
        "title": scenario.title,
        "programme": scenario.programme,
        "people_from": _people_from(answer),
        "language": scenario.language,
        "walk": walked(answer),
        "scenario": scenario.name,
        "version": answer.version,
        "made_up": made_up,
        "public": is_public(answer),
        "credits": list(credit),
        "multiplied": scenario.index.site == "geometric",
        **({"at": time_words(scenario.at.title)} if scenario.at else {}),
    }


def _people_from(answer: Answer) -> str:
    """Name the layer that people are counted from, with its year."""
    layer = answer.layers.get(answer.scenario.demand.people.partition(".")[0])
    if layer is None:
        return ""
    return f"{layer.title} ({layer.year})" if layer.year else layer.title


def _owes_openstreetmap(layer: Layer) -> bool:
    """Say whether a layer is an extract of OpenStreetMap whose attribution does not say so."""
    found = shown(layer.source).lower().partition("?")[0].removesuffix(".gz").removesuffix(".bz2")
    named = "openstreetmap" in layer.attribution.lower()
    return found.endswith((".osm", ".pbf")) and not named and not layer.fictional


def summary(answer: Answer) -> dict[str, Any]:
    """Count what the chosen sites bring: people in the area, for the page's first sentences.

    Returns
    -------
    ``kind`` (``need``: no sites are looked for; ``none_left``, ``none_chosen``, ``chosen``),
    ``places`` chosen, ``existing`` places, ``people``, those ``newly`` reached (both ``<10``
    where withheld), and the shares of the people within reach ``before`` and ``after``; None
    where nobody lives there, and, for the public, where few are reached or left out.
    """
    chosen = int(answer.sites["phase"].notna().sum())
    if answer.scenario.sites is None:
        kind = "need"
    elif not len(answer.sites):
        kind = "none_left"
    else:
        kind = "chosen" if chosen else "none_chosen"
    total, before, after = reached_in(answer.cells)
    shares: tuple[float | None, float | None] = (None, None)
    if is_public(answer):
        shares = coarse_pair(total, before, after)
    elif total > 0:
        shares = round(before / total, 4), round(after / total, 4)
    return {
        "kind": kind,
        "places": chosen,
        "existing": len(answer.existing),
        "people": _count(total, answer),
        "newly": _count(after - before, answer),
        "before": shares[0],
        "after": shares[1],
    }


def walked(answer: Answer) -> dict[str, Any] | None:
    """Say how far people walk, and who; None where nobody does."""
    walk = answer.scenario.walk
    if walk is None:
        return None
    return {
        "limit_m": walk.limit_m,
        "limit_min": walk.limit_min,
        "profile": walk.profile,
        "straight": not walk.network,
    }


def criteria(answer: Answer) -> list[dict[str, Any]]:
    """Describe each criterion: scale, weight as written and as it counts here, reference."""
    written = {("need", name): share for name, share in _shares(answer.scenario.need, 1.0)} | {
        ("site", name): share for name, share in _shares(answer.scenario.site, 1.0)
    }
    counting = {level: counting_criteria(answer, level) for level in ("need", "site")}
    return [
        {
            "name": str(name),
            "level": one["level"],
            "title": str(one["title"] or name),
            "unit": str(one["unit"]),
            "counts": str(name) in counting[one["level"]],
            "status": one["status"],
            "written": _number(written.get((one["level"], str(name)))),
            "share": _number(one["share"]) if one["status"] == "in use" else None,
            "zero_at": _number(one["zero_at"]),
            "full_at": _number(one["full_at"]),
            "reference": str(one["reference"]),
            "source": _layer_titles(answer, one["layer"]),
        }
        for name, one in answer.criteria.iterrows()
    ]


def describe(shown: Answer, *, whole: Answer, streets_left_out: int) -> dict[str, Any]:
    """Gather the section on method and sources.

    Parameters
    ----------
    shown
        The answer as its audience may have it.
    whole
        The whole answer, to tell a withheld number from an unknown one.
    streets_left_out
        Lines that are not on the map because it would have become too big.
    """
    own = _own_words(whole)
    told = zip(whole.limits, shown.limits, strict=True)
    limits: list[Any] = [said for one, said in told if one not in own]
    if is_public(shown):
        limits.append({"t": "method.withheld", "n": SMALLEST})
    if streets_left_out:
        limits.append({"t": "method.streets_left_out", "n": streets_left_out})
    return {
        "choice": shown.choice_note,
        "own": own,
        "limits": limits,
        "sources": [_source(one) for one in _used(shown)],
        "notices": list(shown.notices),
        "excluded": _ruled_out(shown),
        "outcomes": outcome_tables(shown, whole=whole),
        "leaflet": leaflet.licence(),
    }


def _own_words(answer: Answer) -> list[str]:
    """Give what the planner's files say that a reader must know: in whatever language."""
    found = list(answer.scenario.notes)
    for layer in _used(answer):
        found += [f"{layer.title}: {one}" for one in (layer.proxy, *layer.notes) if one]
    return list(dict.fromkeys(found))


def _ruled_out(answer: Answer) -> list[dict[str, Any]]:
    """Count the sites that are out by reason; reasons that differ in a number are one."""
    reasons = answer.excluded["reason"].astype(str) if len(answer.excluded) else pd.Series()
    found = []
    for _, same in reasons.groupby(reasons.replace(r"\d[\d.,]*", "…", regex=True)):
        example = same.iloc[0]
        found.append({"n": len(same), "why": example, "alike": bool((same == example).all())})
    return found


def _used(answer: Answer) -> list[Layer]:
    return [answer.layers[name] for name in sorted(answer.layers)]


def _source(layer: Layer) -> dict[str, Any]:
    return {
        "title": layer.title,
        "year": layer.year,
        "attribution": layer.attribution,
        "licence": layer.licence,
        "file": _named(layer.source),
        "fictional": layer.fictional,
        "proxy": layer.proxy,
        "notes": list(layer.notes),
    }


def _named(source: str) -> str:
    return shown(source) if is_remote(source) else PurePosixPath(source).name


def _layer_titles(answer: Answer, names: Any) -> str:
    given = names.split(",") if isinstance(names, str) else list(names or ())
    given = [one.strip() for one in given]
    titles = (answer.layers[one].title if one in answer.layers else one for one in given if one)
    return ", ".join(titles)


def _shares(tree: Any, whole: float) -> Iterator[tuple[str, float]]:
    """Give each criterion's share of the weight as the scenario writes it."""
    total = sum(one.weight for one in tree.values())
    for name, one in tree.items():
        share = whole * one.weight / total if total else 0.0
        if isinstance(one, Group):
            yield from _shares(one.criteria, share)
        else:
            yield name, share


def _count(people: float, answer: Answer) -> float | str:
    if not is_public(answer):
        return round(people, 1)
    coarse = float(in_tens(pd.Series([round(people, 6)])).iloc[0]) + 0.0  # no -0.0
    return f"<{SMALLEST}" if pd.isna(coarse) else coarse


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else round(float(value), 6)
