"""A criterion: has its measure all it needs, and does it use all it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from siteplanner.errors import Problem, nearest_names
from siteplanner.model import Criterion
from siteplanner.model.criterion import CELLS, PARTS, leaves
from siteplanner.problems.against import NUMBERS, Against

PLACES = frozenset({"points", "lines", "polygons"})
NEEDS_COLUMN = frozenset({"value", "mean", "share", "sum", "mix"})
NEEDS_WALK = frozenset({"need_reached", "not_served", "two_step", "enhanced_two_step", "balance"})
SUPPLY = frozenset({"two_step", "enhanced_two_step", "balance"})
AROUND = frozenset({"intersections", "street_length", "block_size", "mix"})
OF_STREETS = frozenset({"intersections", "street_length"})
LAYERLESS = OF_STREETS | {"need_reached", "block_size"} | set(PARTS)
SEVERAL = frozenset({"nearest", "count", "kinds"})
USED_BY: Mapping[str, frozenset[str]] = {
    "column": NEEDS_COLUMN | SUPPLY | {"kinds"},
    "of": frozenset({"share", "count"}),
    "by": frozenset({"nearest"}),
    "per_head": frozenset({"balance"}),
    "parts": frozenset(PARTS),
}
"""The measures that look at a key; all others leave it aside."""
LAYER_KINDS: Mapping[str, frozenset[str]] = {
    "value": frozenset({"polygons", "points", "raster"}),
    "mean": frozenset({"polygons", "points", "raster"}),
    "share": frozenset({"polygons", "points", "raster"}),
    "share_of_area": frozenset({"polygons"}),
    "block_size": frozenset({"polygons"}),
    "mix": frozenset({"polygons"}),
}
COLUMN_KINDS: Mapping[str, frozenset[str]] = {
    "kinds": frozenset({"category"}),
    "mix": frozenset({"category"}),
    "sum": frozenset({"count"}),
    "mean": frozenset({"rate", "value"}),
    "share": frozenset({"count", "rate"}),
    **dict.fromkeys(SUPPLY, frozenset({"count"})),
}


def of_criterion(held: Against, key: str, criterion: Criterion) -> Iterator[Problem]:
    """Find what is wrong with one criterion that has data."""
    measure = criterion.measure
    if _walks(criterion) and held.scenario.walk is None:
        yield held.problem(key, f"'{measure}' walks, but there is no [walk]", "add [walk]")
    yield from _idle(held, key, criterion)
    yield from _group(held, key, criterion)
    if measure == "need_reached":
        if key.startswith("need."):
            todo = "use it under [site.…], or 'not_served' here"
            yield held.problem(f"{key}.measure", "need cannot measure need", todo)
        return
    yield from _parts(held, key, criterion)
    yield from _streets(held, key, criterion)
    if not criterion.layer and measure not in LAYERLESS:
        yield held.problem(key, "it names no layer", 'add layer = "…"')
    if len(criterion.layer) > 1 and measure not in SEVERAL:
        found = f"'{measure}' takes one layer, found {len(criterion.layer)}"
        yield held.problem(f"{key}.layer", found, "name one")
    for name in criterion.layer:
        if name != CELLS:
            yield from held.layer(f"{key}.layer", name, LAYER_KINDS.get(measure, PLACES))
        yield from held.rows(f"{key}.where", name, criterion.where)
    yield from _column(held, key, criterion)
    yield from _of(held, key, criterion)
    if measure == "balance" and criterion.per_head is None:
        found = "'balance' needs the supply that a person should have"
        yield held.problem(key, found, "add per_head, with its source as reference")


def _walks(criterion: Criterion) -> bool:
    measure, within = criterion.measure, criterion.within
    if measure == "nearest":
        return criterion.by != "straight_m" or within == "walk"
    by_default = (measure in ("count", "kinds", "sum") or measure in AROUND) and within != "place"
    return measure in NEEDS_WALK or within == "walk" or by_default


def _idle(held: Against, key: str, criterion: Criterion) -> Iterator[Problem]:
    """Refuse keys that the measure does not look at."""
    measure = criterion.measure
    given = {one for one in criterion.model_fields_set if getattr(criterion, one) not in (None, ())}
    for one, measures in USED_BY.items():
        if one in given and measure not in measures:
            found = f"'{measure}' does not use it"
            todo = f"delete the key: it is for {', '.join(sorted(measures))}"
            yield held.problem(f"{key}.{one}", found, todo)
    if measure == "need_reached":
        idle = [one for one in ("layer", "where") if getattr(criterion, one)]
        yield from held.idle(key, idle, "'need_reached' reads people and need, no layer")
    elif measure in OF_STREETS or measure in PARTS:
        idle = [one for one in ("layer", "where") if getattr(criterion, one)]
        reads = "other criteria" if measure in PARTS else "the streets of [walk]"
        yield from held.idle(key, idle, f"'{measure}' reads {reads}, no layer")
    if measure in PARTS and criterion.within:
        yield from held.idle(key, ["within"], f"'{measure}' is made of other criteria")
    if criterion.within == "place" and (measure in NEEDS_WALK or measure == "nearest"):
        yield from held.idle(key, ["within"], f"'{measure}' always looks around the place")
    if not _walks(criterion):
        limits = ["limit_min"] if measure == "nearest" else ["limit_m", "limit_min"]
        idle = [one for one in limits if one in given]
        yield from held.idle(key, idle, "the criterion does not walk")


def _group(held: Against, key: str, criterion: Criterion) -> Iterator[Problem]:
    groups = held.scenario.demand.groups
    if criterion.group is None:
        return
    if key.startswith("site."):
        todo = 'delete it; to count a group here, use layer = "cells" and its column'
        yield held.problem(f"{key}.group", "a group is for need only", todo)
    elif criterion.group not in groups:
        todo = nearest_names(criterion.group, groups)
        yield held.problem(f"{key}.group", f"no group '{criterion.group}' in [demand]", todo)
    elif held.scenario.index.need == "geometric":
        found = "a group needs scores that add up, but [index] need is geometric"
        yield held.problem(f"{key}.group", found, "delete it, or set need to arithmetic")


def _streets(held: Against, key: str, criterion: Criterion) -> Iterator[Problem]:
    """Ask for streets where they, or the blocks between them, are measured."""
    measure, walk = criterion.measure, held.scenario.walk
    wanted = measure in OF_STREETS or (measure == "block_size" and not criterion.layer)
    if wanted and (walk is None or walk.network is None):
        found = f"'{measure}' measures streets, but [walk] names no network"
        todo = "add network under [walk]"
        if measure == "block_size":
            todo += ", or name a layer of blocks"
        yield held.problem(key, found, todo)


def _parts(held: Against, key: str, criterion: Criterion) -> Iterator[Problem]:
    """Ask for the criteria that an index is made of."""
    measure = criterion.measure
    if measure not in PARTS:
        return
    level = held.scenario.need if key.startswith("need.") else held.scenario.site
    beside = {name: one for name, one in leaves(level) if one.measure not in PARTS}
    optional = {"retail_floor_ratio"}
    for part in PARTS[measure]:
        if part not in criterion.parts and part not in optional:
            todo = f'add parts = {{ {part} = "…" }}: a criterion beside this one'
            yield held.problem(f"{key}.parts", f"'{measure}' needs {part}", todo)
    for part, name in criterion.parts.items():
        if part not in PARTS[measure]:
            todo = nearest_names(part, PARTS[measure])
            yield held.problem(f"{key}.parts.{part}", f"'{measure}' has no such part", todo)
        elif name not in beside:
            found = f"no criterion '{name}' beside this one"
            yield held.problem(f"{key}.parts.{part}", found, nearest_names(name, beside))
        elif not beside[name].has_data:
            found = f"'{name}' is {beside[name].status}"
            yield held.problem(f"{key}.parts.{part}", found, "name a criterion with data")


def _column(held: Against, key: str, criterion: Criterion) -> Iterator[Problem]:
    measure, name = criterion.measure, next(iter(criterion.layer), "")
    needed = measure in NEEDS_COLUMN or (measure == "kinds" and len(criterion.layer) == 1)
    if needed and criterion.column is None:
        yield held.problem(key, f"'{measure}' needs a column", 'add column = "…"')
    elif measure == "kinds" and criterion.column and len(criterion.layer) > 1:
        found = "kinds of several layers are the layers themselves"
        yield held.problem(f"{key}.column", found, "delete the key, or name one layer")
    elif criterion.column is not None and measure in USED_BY["column"]:
        kinds = COLUMN_KINDS.get(measure, NUMBERS)
        yield from held.column(f"{key}.column", name, criterion.column, kinds)


def _of(held: Against, key: str, criterion: Criterion) -> Iterator[Problem]:
    """Of a share, another column of the layer; of a count, people of the cells."""
    name, of = next(iter(criterion.layer), ""), criterion.of
    if criterion.measure == "count" and of is not None:
        known = [f"{CELLS}.people", *(f"{CELLS}.{one}" for one in held.scenario.demand.groups)]
        if of not in known:
            found = f"found '{of}'"
            yield held.problem(f"{key}.of", found, f"{nearest_names(of, known)} (of the cells)")
    if criterion.measure != "share":
        return
    layer = held.layers.get(name)
    column = layer.columns.get(criterion.column or "") if layer else None
    adds_up = name == CELLS or (column is not None and column.kind == "count")
    if of is None and adds_up:
        yield held.problem(key, "a share of a count needs the whole", 'add of = "…"')
    elif of is not None and column is not None and column.kind == "rate":
        yield from held.idle(key, ["of"], f"'{name}.{criterion.column}' is a share already")
    elif of is not None:
        yield from held.column(f"{key}.of", name, of, {"count"})
        if held.kind(name) == "raster":
            found = "a share of two counts cannot be read from a raster"
            yield held.problem(f"{key}.layer", found, "name a layer of polygons or points")
