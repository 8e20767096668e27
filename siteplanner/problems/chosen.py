"""The choice: which keys a model looks at, and what it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from siteplanner.errors import Problem
from siteplanner.model import Choice, Companions, Size
from siteplanner.problems.against import ANY, NUMBERS, Against

COVERS = frozenset({"max_cover", "set_cover"})
WALKED = frozenset({"p_median", "p_center"})
BY_RULE = frozenset({"top", "spaced"})
SOLVED = COVERS | WALKED | {"fairest", "kolm_pollak", "p_dispersion"}
LOOKED_AT: Mapping[str, frozenset[str]] = {
    "share": frozenset({"set_cover"}),
    "unserved_min": frozenset({"p_median", "kolm_pollak"}),
    "aversion": frozenset({"kolm_pollak"}),
    "spacing_m": SOLVED | {"spaced"},
    "districts": SOLVED,
    "cost": SOLVED,
    "budget": SOLVED,
    "capacity": COVERS | WALKED,
    "backup": COVERS,
    "sizes": frozenset({"max_cover"}),
    "existing_sizes": frozenset({"max_cover"}),
    "gap": SOLVED,
}
"""The models that look at each key; every model looks at the others."""


def of_choice(held: Against) -> Iterator[Problem]:
    """Find what is wrong with ``[choice]``."""
    choice = held.scenario.choice
    if choice.existing:
        yield from held.layer("choice.existing", choice.existing, {"points", "polygons"})
        yield from held.rows("choice.existing_where", choice.existing, choice.existing_where)
    elif choice.existing_where:
        todo = 'name their layer: existing = "…"'
        yield held.problem("choice.existing_where", "there are no existing places", todo)
    yield from _idle(held, choice)
    yield from _together(held, choice)
    for key in ("cost", "capacity"):
        yield from _column(held, key, getattr(choice, key))
    if choice.districts:
        yield from held.layer("choice.districts", choice.districts, {"polygons"})
    if choice.companions:
        yield from _companions(held, choice.companions)
    for name in choice.fixed:
        if name in choice.barred:
            yield held.problem("choice.fixed", f"'{name}' is barred as well", "decide for one")
    if choice.count and len(choice.fixed) > choice.count[0]:
        found = f"{len(choice.fixed)} sites are fixed, but the first phase has {choice.count[0]}"
        yield held.problem("choice.fixed", found, "fix fewer, or raise the first count")


def _idle(held: Against, choice: Choice) -> Iterator[Problem]:
    """Refuse keys that the model does not look at."""
    for key, models in LOOKED_AT.items():
        if not getattr(choice, key) or choice.model in models:
            continue
        able = " or ".join(f'"{one}"' for one in sorted(models))
        found = f"model is {choice.model}, which does not look at it"
        yield held.problem(f"choice.{key}", found, f"delete the key, or set model = {able}")
    if choice.model == "set_cover" and choice.count:
        found = "model is set_cover, which finds the number of sites itself"
        yield held.problem("choice.count", found, 'delete the key, or set model = "max_cover"')
    if choice.cost is not None and choice.budget is None and choice.model in SOLVED - {"set_cover"}:
        yield held.problem("choice.cost", "there is no budget to hold it against", "add budget")


def _together(held: Against, choice: Choice) -> Iterator[Problem]:
    """Refuse keys that do not go together."""
    walk = held.scenario.walk
    counted = choice.capacity is not None or choice.sizes or choice.existing_sizes
    if counted and choice.model in COVERS and walk and walk.decay != "none":
        key = "capacity" if choice.capacity is not None else "sizes"
        found = f"decay is {walk.decay}: who counts only in part cannot be counted into a capacity"
        yield held.problem(f"choice.{key}", found, 'set decay = "none", or delete the key')
    if counted and choice.backup:
        found = "a capacity counts each person once, backup more than once"
        yield held.problem("choice.backup", found, "delete one of the two")
    if choice.existing_sizes and not (choice.existing and choice.sizes):
        todo = "add existing and sizes"
        yield held.problem("choice.existing_sizes", "it needs existing places and sizes", todo)
    if choice.sizes and len(choice.count) > 1:
        found = "sizes are chosen for one phase, and there are several"
        yield held.problem("choice.count", found, "give one number")
    if choice.sizes and choice.fixed:
        found = "with sizes, a fixed site leaves its size open"
        yield held.problem("choice.fixed", found, "delete the key, or give cost and capacity")
    if choice.sizes and len({one.capacity is None for one in _sizes(choice)}) > 1:
        found = "some sizes have a capacity and some have none"
        yield held.problem("choice.sizes", found, "give each of them a capacity, or none")


def _sizes(choice: Choice) -> list[Size]:
    return [*choice.sizes.values(), *choice.existing_sizes.values()]


def _column(held: Against, key: str, said: object) -> Iterator[Problem]:
    sites = held.scenario.sites
    if not isinstance(said, str) or sites is None:
        return
    if sites.grid_m is not None:
        todo = "give one number for all"
        yield held.problem(f"choice.{key}", "points of a grid have no columns", todo)
    for name in sites.layer:
        yield from held.column(f"choice.{key}", name, said, NUMBERS)


def _companions(held: Against, asked: Companions) -> Iterator[Problem]:
    key = "choice.companions"
    for name in asked.layer:
        yield from held.layer(f"{key}.layer", name, {"points", "polygons"})
        yield from held.rows(f"{key}.where", name, asked.where)
        if asked.together_h and name in held.layers and not held.layers[name].hours:
            found = f"layer '{name}' has no hours, so nobody knows when its services are open"
            todo = f'name the column in layers/{name}.toml: hours = "…", or delete the key'
            yield held.problem(f"{key}.together_h", found, todo)
    if asked.column and len(asked.layer) > 1:
        found = f"{len(asked.layer)} layers are families by themselves"
        yield held.problem(f"{key}.column", found, "delete the key, or name one layer")
    elif asked.column:
        yield from held.column(f"{key}.column", asked.layer[0], asked.column, ANY)
    elif len(asked.layer) < asked.at_least:
        found = f"{asked.at_least} families are asked for, but there are {len(asked.layer)} layers"
        todo = "ask for fewer, or name the column that tells families apart"
        yield held.problem(f"{key}.at_least", found, todo)
    if not asked.column:
        for family in asked.required:
            if family not in asked.layer:
                found = f"'{family}' is not one of the layers"
                yield held.problem(f"{key}.required", found, "name a layer of the list")
    if asked.together_h == 0 and asked.hours_unknown == "open":
        found = "hours are left out of account"
        yield held.problem(f"{key}.hours_unknown", found, "delete the key, or add together_h")
