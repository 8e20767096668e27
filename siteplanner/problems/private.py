"""Private layers: counts on areas are all they have, so nothing may ask for their places."""

from __future__ import annotations

from collections.abc import Iterator

from siteplanner.errors import Problem
from siteplanner.problems.against import Against
from siteplanner.problems.tree import keyed

MEASURES = frozenset({"count", "sum", "mean", "share", "value", "share_of_area"})
"""What can be measured on areas that are larger than the places they stand for."""


def of_private(held: Against) -> Iterator[Problem]:
    """Find where a scenario asks a private layer for exact places."""
    for key, name in _placed(held):
        if _is_private(held, name):
            found = f"layer '{name}' is private: its rows have no exact place"
            yield held.problem(key, found, "name another layer; criteria may count on this one")
    for level, tree in (("need", held.scenario.need), ("site", held.scenario.site)):
        for key, one in keyed(level, tree):
            if not one.has_data or one.measure in MEASURES:
                continue
            for name in one.layer:
                if _is_private(held, name):
                    found = f"layer '{name}' is private, and '{one.measure}' asks for exact places"
                    todo = 'count its rows (measure = "count"), or add up a column ("sum")'
                    yield held.problem(f"{key}.measure", found, todo)


def _placed(held: Against) -> Iterator[tuple[str, str]]:
    """Give (key, layer) for every part of a scenario that needs rows where they are."""
    scenario = held.scenario
    yield "area", scenario.area
    demand = scenario.demand
    for key, name in (("cells", demand.cells), ("spread_over", demand.spread_over)):
        if name:
            yield f"demand.{key}", name
    for name in scenario.sites.layer if scenario.sites else ():
        yield "sites.layer", name
    choice = scenario.choice
    for key, name in (("existing", choice.existing), ("districts", choice.districts)):
        if name:
            yield f"choice.{key}", name
    for name in choice.companions.layer if choice.companions else ():
        yield "choice.companions.layer", name
    for name in scenario.walk.barriers if scenario.walk else ():
        yield "walk.barriers", name
    for name in scenario.outcomes.by:
        yield "outcomes.by", name
    for called, correction in scenario.corrections.items():
        yield f"corrections.{called}.layer", correction.layer
        yield f"corrections.{called}.of", correction.of


def _is_private(held: Against, name: str) -> bool:
    return name in held.layers and held.layers[name].private is not None
