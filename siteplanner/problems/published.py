"""Public answers: marks of a workshop that has not agreed are counted, never shown."""

from __future__ import annotations

from collections.abc import Iterator

from siteplanner.errors import Problem
from siteplanner.problems.against import Against
from siteplanner.problems.tree import keyed

COUNTED = frozenset({"count", "sum"})
"""Measures of marks that a public answer can withhold where they are small."""


def of_marks(held: Against) -> Iterator[Problem]:
    """Find where a public answer would show single marks that were made in confidence."""
    scenario = held.scenario
    drawn = [("sites.layer", name) for name in (scenario.sites.layer if scenario.sites else ())]
    if scenario.choice.existing:
        drawn.append(("choice.existing", scenario.choice.existing))
    for key, name in drawn:
        if _in_confidence(held, name):
            yield _refusal(held, key, name, "single marks would be shown on a public map")
    for level, tree in (("need", scenario.need), ("site", scenario.site)):
        for key, one in keyed(level, tree):
            if one.measure in COUNTED and one.of is None:
                continue
            for name in one.layer:
                if one.has_data and _in_confidence(held, name):
                    found = f"from {one.measure} one could tell where single marks are"
                    yield _refusal(held, f"{key}.measure", name, found)


def _in_confidence(held: Against, name: str) -> bool:
    return name in held.layers and held.layers[name].agreed is False


def _refusal(held: Against, key: str, name: str, found: str) -> Problem:
    todo = (
        f"if those who made the marks agree, write agreed = true in layers/{name}.toml; else count "
        'them (measure = "count" or "sum"), or write audience = "internal"'
    )
    return held.problem(key, found, todo)
