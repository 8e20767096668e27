"""What changed between two published versions, in words, from nothing but their ``plan.json``.

The data and the project may be long gone: what is compared was kept with each version.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from siteplanner.comparison.differing import NOTHING, side_by_side
from siteplanner.publication.wording import PublishedWords
from siteplanner.report.wording import shortened

MOST_KEYS = 12
"""Keys of the scenario that are told one by one; the others are counted."""
MOST_NAMES = 12
LONGEST = 80
Plan = Mapping[str, Any]
"""The content of a ``plan.json``."""


def tell_changes(before: Plan, after: Plan, words: PublishedWords) -> list[str]:
    """Say what changed from one version of a plan to the next.

    Parameters
    ----------
    before, after
        The content of their ``plan.json``.
    words
        Of the language to say it in.

    Returns
    -------
    Sentences: software and audience, the scenario's keys, the data, the places, the people.

    Examples
    --------
    >>> one = {"scenario": {"walk": {"limit_m": 500}}, "layers": {}}
    >>> other = {"scenario": {"walk": {"limit_m": 800}}, "layers": {}}
    >>> tell_changes(one, other, PublishedWords("en"))
    ['In the scenario, walk.limit_m: 500 before, 800 now.']
    """
    if before == after:
        return [words.say("changes.same")]
    said = [
        *_software(before, after, words),
        *_scenario(before, after, words),
        *_data(before, after, words),
        *_places(before, after, words),
        *_people(before, after, words),
    ]
    return said or [words.say("changes.nothing")]


def chosen(plan: Plan) -> dict[str, tuple[str, Any]]:
    """Give the places of a plan's set: by id, the name and the phase.

    Examples
    --------
    >>> chosen({"choice": {"sites": [{"site": "a", "label": "School", "phase": 1}]}})
    {'a': ('School', 1)}
    """
    rows = _table(_table(plan, "choice"), "sites")
    return {
        str(row["site"]): (str(row.get("label") or row["site"]), row.get("phase"))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, Mapping) and "site" in row
    }


def counts(plan: Plan, group: str) -> dict[str, float]:
    """Give the people of a group in the area: ``newly`` and ``left_out``; NaN where withheld.

    Examples
    --------
    >>> row = {"place": "area", "group": "people", "newly": 120.4, "left_out": None}
    >>> counts({"outcomes": {"by_group": [row]}}, "people")
    {'newly': 120.4, 'left_out': nan}
    """
    rows = _table(_table(plan, "outcomes"), "by_group")
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, Mapping) and (row.get("place"), row.get("group")) == ("area", group):
            return {key: _number(row.get(key)) for key in ("newly", "left_out") if key in row}
    return {}


def _software(before: Plan, after: Plan, words: PublishedWords) -> Iterator[str]:
    was, now = (str(one.get("siteplanner", "")) for one in (before, after))
    if was != now:
        yield words.say("changes.software", before=was, after=now)
    was, now = (str(_table(one, "scenario").get("audience", "internal")) for one in (before, after))
    if was != now:
        told = {"before": words.say(f"audience.{was}"), "after": words.say(f"audience.{now}")}
        yield words.say("changes.audience", **told)


def _scenario(before: Plan, after: Plan, words: PublishedWords) -> Iterator[str]:
    said = {"before": _table(before, "scenario"), "after": _table(after, "scenario")}
    found = side_by_side(said).drop(index="audience", errors="ignore")
    for key, (was, now) in zip(found.index[:MOST_KEYS], found.to_numpy().tolist(), strict=False):
        start = _start_of_difference(was, now)
        told = [
            words.say("changes.absent") if one == NOTHING else shortened(start(one), LONGEST)
            for one in (was, now)
        ]
        yield words.say("changes.key", name=key, before=told[0], after=told[1])
    if len(found) > MOST_KEYS:
        yield words.say("changes.keys", n=len(found) - MOST_KEYS)


def _start_of_difference(one: str, other: str) -> Callable[[str], str]:
    """Give what leaves out the beginning of two long texts, where that is the same."""
    pairs = zip(one, other, strict=False)
    same = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    if same < LONGEST // 2:
        return str
    return lambda text: f"…{text[same - LONGEST // 4 :]}"


def _data(before: Plan, after: Plan, words: PublishedWords) -> Iterator[str]:
    was, now = (_table(one, "layers") for one in (before, after))

    def titles(names: list[str], layers: Mapping[str, Any]) -> str:
        told = []
        for name in names:
            year = layers[name].get("year")
            told.append(f"{layers[name].get('title', name)}{f' ({year})' if year else ''}")
        return _list(told, words)

    same = [name for name in now if name in was]
    other = [name for name in same if was[name].get("sha256") != now[name].get("sha256")]
    if other:
        yield words.say("changes.data", names=titles(other, now))
    if new := [name for name in now if name not in was]:
        yield words.say("changes.data_new", names=titles(new, now))
    if gone := [name for name in was if name not in now]:
        yield words.say("changes.data_gone", names=titles(gone, was))


def _places(before: Plan, after: Plan, words: PublishedWords) -> Iterator[str]:
    was, now = chosen(before), chosen(after)
    came = [label for site, (label, _) in now.items() if site not in was]
    went = [label for site, (label, _) in was.items() if site not in now]
    moved = [
        f"{label} ({was[site][1]} → {phase})"
        for site, (label, phase) in now.items()
        if site in was and was[site][1] != phase
    ]
    for key, names in (("in", came), ("out", went), ("phase", moved)):
        if names:
            yield words.say(f"changes.{key}", names=_list(names, words))
    if now and not (came or went or moved):
        yield words.say("changes.same_set")


def _people(before: Plan, after: Plan, words: PublishedWords) -> Iterator[str]:
    for message, group, key in (
        ("newly", "people", "newly"),
        ("need", "people in need", "newly"),
        ("left", "people", "left_out"),
    ):
        was, now = (counts(one, group).get(key) for one in (before, after))
        if was is None or now is None:
            continue
        told = [words.people(one, none=words.say("changes.withheld")) for one in (was, now)]
        how = "changes.same_count" if told[0] == told[1] else "changes.after"
        yield words.say(f"changes.{message}", told=words.say(how, before=told[0], after=told[1]))


def _table(found: Mapping[str, Any], key: str) -> Any:
    """Give a part of a plan; an empty one where an older version has none."""
    part = found.get(key)
    return {} if part is None else part


def _number(found: object) -> float:
    return float(found) if isinstance(found, int | float) else math.nan


def _list(names: list[str], words: PublishedWords) -> str:
    told = [shortened(one) for one in names[:MOST_NAMES]]
    if len(names) > MOST_NAMES:
        told.append(words.say("list.more", n=len(names) - MOST_NAMES))
    return words.many(told)
