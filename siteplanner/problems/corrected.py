"""Corrections: which layers they are about, and what they set."""

from __future__ import annotations

from collections.abc import Iterator

from siteplanner.errors import Problem, nearest_names
from siteplanner.model import Correction, Layer
from siteplanner.problems.against import ANY, Against
from siteplanner.problems.walked import OF_NETWORKS

SHAPES = frozenset({"points", "lines", "polygons"})
YES_OR_NO = ("bridge", "steps")
"""The columns of streets from OpenStreetMap that are true or false."""


def of_correction(held: Against, name: str, one: Correction) -> Iterator[Problem]:
    """Find what is wrong with ``[corrections.<name>]``."""
    key = f"corrections.{name}"
    yield from held.layer(f"{key}.layer", one.layer, SHAPES)
    yield from held.rows(f"{key}.where", one.layer, one.where)
    yield from held.layer(f"{key}.of", one.of, SHAPES)
    layer = held.layers.get(one.of)
    if layer is not None:
        if one.of == held.scenario.area:
            found = f"'{one.of}' is the area of the plan"
            yield held.problem(f"{key}.of", found, "mend the layer itself, or name another one")
        elif held.kind(one.of) in SHAPES and one.of not in _looked_at(held):
            found = f"the scenario does not look at '{one.of}'"
            todo = f"delete [{key}], or name a layer that it uses"
            yield held.problem(f"{key}.of", found, todo)
        yield from _values(held, f"{key}.set", one, layer)
    marks, rows = held.kind(one.layer), held.kind(one.of)
    if marks == "points" and rows in ("points", "lines") and not one.within_m:
        found = f"points hardly ever lie on {rows}"
        yield held.problem(key, found, "say how near counts: within_m = …")
    if one.min_share and marks in ("points", "lines"):
        yield from held.idle(key, ["min_share"], f"'{one.layer}' has {marks}: nothing lies inside")


def _looked_at(held: Against) -> set[str]:
    """Give the layers that corrected rows of would be seen: with gates, but not the marks."""
    bare = held.scenario.model_copy(update={"corrections": {}})
    names = set(bare.layer_names()) | {one.layer for one in held.scenario.corrections.values()}
    gates = {held.layers[name].entrances for name in names if name in held.layers}
    return names | {name for name in gates if name}


def _values(held: Against, key: str, one: Correction, layer: Layer) -> Iterator[Problem]:
    """Hold each value against what its column takes."""
    network = layer.kind == "network"
    words = {"label": layer.label, "hours": layer.hours}
    texts = {name for name, column in words.items() if column}
    for column, value in one.set.items():
        if network and column in OF_NETWORKS:
            if isinstance(value, bool) != (column in YES_OR_NO):
                todo = "write true or false" if column in YES_OR_NO else 'write it in quotes: "no"'
                yield held.problem(f"{key}.{column}", f"found {_toml(value)}", todo)
        elif network:
            found = f"streets of a network have no column '{column}'"
            yield held.problem(f"{key}.{column}", found, nearest_names(column, OF_NETWORKS))
        elif column not in texts:
            yield from held.column(f"{key}.{column}", one.of, column, ANY)
            yield from _kind(held, f"{key}.{column}", layer, column, value)


def _kind(
    held: Against, key: str, layer: Layer, column: str, value: str | float
) -> Iterator[Problem]:
    if column not in layer.columns:
        return
    kind = layer.columns[column].kind
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind != "category" and not number:
        found = f"found {_toml(value)}, and '{layer.name}.{column}' is a {kind}"
        yield held.problem(key, found, "write a number, without quotes")
    elif kind == "count" and number and float(value) < 0:
        yield held.problem(key, f"found {_toml(value)}, and no count is below 0", "write 0 or more")


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)
