"""The page's words: what the plan is, what came out, and where every number comes from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from siteplanner.maps import leaflet
from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import SMALLEST, counts_people, is_public
from siteplanner.maps.classes import number_text
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
TABLES = {
    "by_group": "Who gains, by group",
    "by_phase": "Who gains, by phase",
    "by_decile": "Who gains, by need: 1 is the tenth of people with most need",
    "by_minutes": "Within reach at different walking times",
}
HEADINGS = {
    "total": "all",
    "before": "reached today",
    "after": "reached with the plan",
    "newly": "newly reached",
    "left_out": "still left out",
    "share_before": "share reached today",
    "share_after": "share reached with the plan",
    "decile": "tenth",
}
PLACES = {"area": "In the area", "around": "Around it, within a walk"}


def about(answer: Answer) -> dict[str, Any]:
    """Give the page's head: title, programme, warnings, credits."""
    scenario = answer.scenario
    made_up = [one.title for one in _used(answer) if one.fictional]
    credit = dict.fromkeys(one.attribution for one in _used(answer) if one.attribution)
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
    found = [f"{places} {gain} more people within reach on foot ({walk})."]
    if total > 0:
        share_before, share_after = (f"{100 * one / total:.0f} %" for one in (before, after))
        found.append(f"Within reach today: {share_before} of the people; then: {share_after}.")
    return found


def _need_summary(answer: Answer) -> list[str]:
    total, before, _ = _people(answer)
    found = [f"{_count_text(total, answer)} people live in the area. No sites are looked for."]
    if answer.scenario.walk and total > 0:
        share = f"{100 * before / total:.0f} %"
        found.append(f"{share} of them are within reach of an existing place on foot "
                     f"({reach_words(answer)}).")  # fmt: skip
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


def count_title(answer: Answer, name: str) -> str:
    """Give the plain title of a count column: ``people`` or a group like ``census.age_0_14``."""
    if name in ("people", "people in need"):
        return name.capitalize()
    layer, _, column = name.partition(".")
    columns = answer.layers[layer].columns if layer in answer.layers else {}
    return (columns[column].title if column in columns else "") or name


def counts(whole: pd.Series, shown: pd.Series) -> list[float | str | None]:
    """Give counts to one place, ``<10`` where one is withheld, None where unknown."""
    return [
        _withheld_mark(one, other) if pd.isna(other) else round(float(other), 1)
        for one, other in zip(whole, shown, strict=True)
    ]


def criteria(answer: Answer) -> list[dict[str, Any]]:
    """Describe each criterion: scale, weight as written and as it counts here, reference."""
    written = {("need", name): share for name, share in _shares(answer.scenario.need, 1.0)} | {
        ("site", name): share for name, share in _shares(answer.scenario.site, 1.0)
    }
    return [
        {
            "name": str(name),
            "level": one["level"],
            "title": str(one["title"] or name),
            "unit": str(one["unit"]),
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
        "outcomes": [
            _outcome(name, table, whole.outcomes[name], shown)
            for name, table in shown.outcomes.items()
        ],
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


def _outcome(name: str, table: pd.DataFrame, whole: pd.DataFrame, answer: Answer) -> dict[str, Any]:
    layer = name.removeprefix("by_")
    title = TABLES.get(name) or "Who gains, by " + (
        answer.layers[layer].title if layer in answer.layers else layer.replace("_", " ")
    )
    flat, original = _flat(table), _flat(whole)
    head = [str(one) for one in flat.columns]
    keys = table.index.nlevels if "label" not in table.columns else 1
    rows = [
        [
            _label(value, answer) if at < keys else _text(head[at], value, other)
            for at, (value, other) in enumerate(zip(row, row_whole, strict=True))
        ]
        for row, row_whole in zip(
            flat.itertuples(index=False, name=None),
            original.itertuples(index=False, name=None),
            strict=True,
        )
    ]
    is_number = [pd.api.types.is_numeric_dtype(dtype) for dtype in flat.dtypes]
    return {
        "title": title,
        "columns": [_heading(one, answer) for one in head],
        "numbers": [at >= keys and one for at, one in enumerate(is_number)],
        "rows": rows,
    }


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """Put the index into columns; where rows have a label, people know them by that."""
    flat = table.reset_index()
    if "label" in table.columns:
        label = flat.pop("label").astype(str)
        first = flat.columns[0]
        flat[first] = label.where(label != "", flat[first].astype(str))
        flat = flat.rename(columns={first: "place"})
    return flat


def _heading(name: str, answer: Answer) -> str:
    """Put a column's name into plain words: ``people left_out`` is ``People still left out``."""
    first, space, last = name.rpartition(" ")
    first = count_title(answer, first) if first else ""
    words = f"{first}{space}{HEADINGS.get(last, last.replace('_', ' '))}".strip()
    return words[:1].upper() + words[1:]


def _label(index: Any, answer: Answer) -> str:
    if isinstance(index, str):
        return PLACES.get(index) or count_title(answer, index)
    return number_text(index) if isinstance(index, int | float) else str(index)


def _text(column: str, value: Any, original: Any) -> str:
    if pd.isna(value):
        return _withheld_mark(original, value) or "not known"
    if isinstance(value, str | bool) or not isinstance(value, int | float):
        return str(value)
    if column.startswith("share"):
        return f"{100 * value:.1f} %"
    if counts_people(column):
        return f"{value:,.0f}"
    return number_text(float(value))


def _withheld_mark(original: Any, shown: Any) -> str | None:
    return f"<{SMALLEST}" if pd.isna(shown) and not pd.isna(original) else None


def _count_text(people: float, answer: Answer) -> str:
    if is_public(answer) and 0 < people < SMALLEST:
        return f"fewer than {SMALLEST}"
    return f"{people:,.0f}"


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else round(float(value), 6)
