"""The page's words: what the plan is, what came out, and where every number comes from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from siteplanner.maps import leaflet
from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import SMALLEST, counting_criteria, is_public
from siteplanner.maps.classes import number_text
from siteplanner.maps.counts import outcome_tables
from siteplanner.model import Group, Layer

PROGRAMMES = {
    "care_block": "Care blocks",
    "micro_park": "Micro-parks",
    "community_hub": "Community hubs",
    "other": "",
}
WALKERS = {
    "adult": "an adult",
    "older_person": "an older person",
    "carer_with_child": "a carer with a small child",
    "wheelchair": "a person in a wheelchair",
}
OPENSTREETMAP = "© OpenStreetMap contributors, ODbL"
"""What OpenStreetMap asks of everybody who draws a map from it."""


def about(answer: Answer) -> dict[str, Any]:
    """Give the page's head: title, programme, warnings, credits."""
    scenario = answer.scenario
    made_up = [one.title for one in _used(answer) if one.fictional]
    credit = dict.fromkeys(one.attribution for one in _used(answer) if one.attribution)
    if any(_owes_openstreetmap(one) for one in _used(answer)):
        credit[OPENSTREETMAP] = None
    return {
        "title": scenario.title,
        "programme": PROGRAMMES[scenario.programme],
        "scenario": scenario.name,
        "version": answer.version,
        "made_up": made_up,
        "public": is_public(answer),
        "credits": list(credit),
        "multiplied": scenario.index.site == "geometric",
    }


def _owes_openstreetmap(layer: Layer) -> bool:
    """Say whether a layer is an extract of OpenStreetMap whose attribution does not say so."""
    found = layer.source.lower().removesuffix(".gz").removesuffix(".bz2")
    named = "openstreetmap" in layer.attribution.lower()
    return found.endswith((".osm", ".pbf")) and not named and not layer.fictional


def summary(answer: Answer) -> list[str]:
    """Say in a few sentences what the chosen sites bring, counting people in the area."""
    if answer.scenario.sites is None:
        return _need_summary(answer)
    chosen = int(answer.sites["phase"].notna().sum())
    if not len(answer.sites):
        return ["No possible site is left, so none is chosen. See “Ruled out” for the reasons."]
    if not chosen:
        return ["No site is chosen. Open a site in the ranking to see why not."]
    total, before, after = _people(answer)
    places = "1 new place brings" if chosen == 1 else f"{chosen} new places bring"
    gain, walk = _count_text(after - before, answer), reach_words(answer)
    found = [f"{places} {gain} more people within reach {_how(answer)} ({walk})."]
    if total > 0:
        share_before, share_after = (f"{100 * one / total:.0f} %" for one in (before, after))
        found.append(f"Within reach today: {share_before} of the people; then: {share_after}.")
    return found


def _how(answer: Answer) -> str:
    walk = answer.scenario.walk
    return "on foot" if walk is None or walk.network else "as the crow flies"


def _need_summary(answer: Answer) -> list[str]:
    total, before, _ = _people(answer)
    found = [f"{_count_text(total, answer)} people live in the area. No sites are looked for."]
    if answer.scenario.walk and total > 0:
        share = f"{100 * before / total:.0f} %"
        found.append(f"{share} of them are within reach of an existing place "
                     f"{_how(answer)} ({reach_words(answer)}).")  # fmt: skip
    if count := len(answer.existing):
        found.append("1 place exists." if count == 1 else f"{count:,} places exist.")
    return found


def _people(answer: Answer) -> tuple[float, float, float]:
    """Count the people in the area: all, within reach without and with the chosen sites."""
    cells = answer.cells[answer.cells["in_area"].astype(bool)]
    people = cells["people"].astype(float)
    shares = (cells[name].astype(float) for name in ("served_before", "served_after"))
    before, after = (float((people * share).sum()) for share in shares)
    return float(people.sum()), before, after


def reach_words(answer: Answer) -> str:
    """Say how far people walk: ``800 m and 20 minutes, for an older person``."""
    walk = answer.scenario.walk
    if walk is None:
        return ""
    limits = []
    if walk.limit_m is not None:
        limits.append(f"{number_text(walk.limit_m)} m")
    if walk.limit_min is not None:
        limits.append(f"{number_text(walk.limit_min)} minutes")
    return f"{' and '.join(limits)}, for {WALKERS.get(walk.profile, walk.profile)}"


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
    limits = list(dict.fromkeys([*shown.scenario.notes, *shown.limits]))
    if is_public(shown):
        limits.append(
            f"Counts of fewer than {SMALLEST} people are withheld (“<{SMALLEST}”), and "
            "the map carries classes, not the numbers of single blocks."
        )
    if streets_left_out:
        limits.append(f"{streets_left_out:,} of the shortest streets are not drawn.")
    return {
        "walk": reach_words(shown),
        "choice": shown.choice_note,
        "limits": limits,
        "sources": [_source(one) for one in _used(shown)],
        "notices": list(shown.notices),
        "excluded": _ruled_out(shown),
        "outcomes": outcome_tables(shown, whole=whole),
        "leaflet": leaflet.licence(),
    }


def _ruled_out(answer: Answer) -> list[list[Any]]:
    """Count the sites that are out by reason; reasons that differ in a number are one."""
    reasons = answer.excluded["reason"].astype(str) if len(answer.excluded) else pd.Series()
    found = []
    for _, alike in reasons.groupby(reasons.replace(r"\d[\d.,]*", "…", regex=True)):
        example = alike.iloc[0]
        found.append([len(alike), example if (alike == example).all() else f"such as “{example}”"])
    return found


def _used(answer: Answer) -> list[Layer]:
    return [answer.layers[name] for name in sorted(answer.layers)]


def _source(layer: Layer) -> dict[str, Any]:
    facts = [
        str(layer.year) if layer.year else "year not stated",
        layer.attribution or "no attribution stated",
        layer.licence or "licence not stated",
        layer.source if "://" in layer.source else PurePosixPath(layer.source).name,
    ]
    warnings = ["Made up: not a real place."] if layer.fictional else []
    if layer.proxy:
        warnings.append(f"Stands in for other numbers: {layer.proxy}")
    return {
        "title": layer.title,
        "facts": facts,
        "warnings": warnings,
        "notes": list(layer.notes),
    }


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


def _count_text(people: float, answer: Answer) -> str:
    if is_public(answer) and 0 < people < SMALLEST:
        return f"fewer than {SMALLEST}"
    return f"{people:,.0f}"


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else round(float(value), 6)
