"""Times of the week: whether anybody knows when the places that a scenario looks at are open."""

from __future__ import annotations

from collections.abc import Iterator

from siteplanner.errors import Problem
from siteplanner.model import Moment
from siteplanner.problems.against import Against
from siteplanner.sources.hours import week

FOR_WEEKS = '"Mo-Fr 08:00-17:00; Sa 09:00-13:00"'


def of_times(held: Against) -> Iterator[Problem]:
    """Find what is wrong with ``at``, with ``[outcomes]`` ``at`` and with the hours they need."""
    scenario = held.scenario
    yield from _hours_to_be(held)
    yield from _closing(held)
    if scenario.at is not None:
        yield from _existing(held, "at", scenario.at)
        yield from _dark(held, "at", scenario.at)
        yield from _idle(held, scenario.at)
    for number, moment in enumerate(scenario.outcomes.at):
        key = f"outcomes.at.{number}"
        yield from _existing(held, key, moment)
        yield from _dark(held, key, moment)
    if scenario.outcomes.at:
        yield from _counted(held)


def _counted(held: Against) -> Iterator[Problem]:
    """Ask for what people are counted by: walks, and places that open."""
    scenario = held.scenario
    if scenario.walk is None:
        yield held.problem("outcomes.at", "nobody walks in this scenario", "add [walk]")
    if scenario.sites is None and scenario.choice.existing is None:
        todo = 'name their layer: [choice] existing = "…"'
        yield held.problem("outcomes.at", "there are no places that could be open", todo)
    if scenario.sites is not None and scenario.choice.hours is None:
        found = "nobody says when what will be built is open"
        todo = f"write it: [choice] hours = {FOR_WEEKS}"
        yield held.problem("outcomes.at", found, todo)
    if "time" in scenario.outcomes.by:
        found = "people are told by 'time' already"
        yield held.problem("outcomes.by", found, "rename layers/time.toml")


def _hours_to_be(held: Against) -> Iterator[Problem]:
    """Read the hours of what will be built; a plan for a time at which it is closed is none."""
    said, at = held.scenario.choice.hours, held.scenario.at
    if said is None:
        return
    hours = week(said)
    if hours is None:
        found = f"'{said:.60}' cannot be read as the hours of a week"
        yield held.problem("choice.hours", found, f"write it as in {FOR_WEEKS}")
    elif held.scenario.sites is None:
        todo = "delete the key, or add [sites]"
        yield held.problem("choice.hours", "nothing will be built", todo)
    elif at is not None and hours[list(at.half_hours)].mean() < at.open_share - 1e-9:
        found = f"what will be built is closed {at.title}, the time that the plan is looked at"
        yield held.problem("choice.hours", found, "change these hours, or at")


def _closing(held: Against) -> Iterator[Problem]:
    """Ask for layers that can close."""
    way = held.scenario.walk
    if way is None:
        return
    for name in way.closing:
        yield from held.layer("walk.closing", name, {"points", "lines", "polygons"})
        if name == way.network:
            found = f"'{name}' is the network itself"
            yield held.problem("walk.closing", found, "its own hours are looked at: leave it out")
        elif name in held.layers and not _has_hours(held, name):
            found = f"layer '{name}' has no hours, so it never closes"
            todo = f'name the column in layers/{name}.toml: hours = "…"'
            yield held.problem("walk.closing", found, todo)


def _existing(held: Against, key: str, moment: Moment) -> Iterator[Problem]:
    """Ask for the hours of existing places, or for a word that they are always open."""
    name = held.scenario.choice.existing
    if name is None or name not in held.layers or _has_hours(held, name):
        return
    if moment.hours_unknown == "closed":
        found = f"layer '{name}' has no hours, so nobody knows when its places are open"
        todo = f'name the column in layers/{name}.toml: hours = "…"; or, if they never close, '
        todo += f'write {{ time = "{moment.time}", hours_unknown = "open" }}'
        yield held.problem(key, found, todo)


def _dark(held: Against, key: str, moment: Moment) -> Iterator[Problem]:
    """Refuse a dark that changes nothing."""
    penalties = held.scenario.walk.penalties.values() if held.scenario.walk else ()
    if moment.dark and not any(one.after_dark for one in penalties):
        found = "nothing is different after dark: no penalty has after_dark"
        todo = "add one, [walk.penalties.unlit] with after_dark = true, or delete dark"
        yield held.problem(f"{key}.dark", found, todo)


def _idle(held: Against, moment: Moment) -> Iterator[Problem]:
    """Refuse a time at which nothing that the scenario looks at can be closed."""
    scenario = held.scenario
    if moment.dark or any(_has_hours(held, name) for name in scenario.layer_names()):
        return
    if scenario.choice.existing is None or moment.hours_unknown == "open":
        found = "no layer that this scenario looks at has hours: the answer is that of any time"
        todo = 'name the column of opening hours in a layer: hours = "…", or delete the key'
        yield held.problem("at", found, todo)


def _has_hours(held: Against, name: str) -> bool:
    """Tell whether rows of a layer can be closed, by their own hours or those of their gates."""
    layer = held.layers.get(name)
    if layer is None:
        return False
    gates = held.layers.get(layer.entrances or "")
    return layer.hours is not None or (gates is not None and gates.hours is not None)
