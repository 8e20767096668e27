"""All layers of a project, each after those it needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from siteplanner.errors import InputError, Problem
from siteplanner.model import Layer
from siteplanner.sources.entrances import wrong_entrances
from siteplanner.sources.inside import wrong_insides
from siteplanner.sources.ledger import Ledger, offer
from siteplanner.sources.reading import read
from siteplanner.sources.source import Source
from siteplanner.sources.withholding import leaning_on_private


def read_all(layers: Mapping[str, Layer], folder: Path) -> dict[str, Source]:
    """Read the layers of a project, tables after the layers they join.

    Parameters
    ----------
    layers
        By name; a layer that another one joins has to be among them.
    folder
        The folder of their TOML files.

    Returns
    -------
    A source for every layer, in the order of ``layers``.

    Raises
    ------
    InputError
        With the problems of all layers.
    """
    found_sources, found = read_those_that_can(layers, folder)
    if found:
        raise InputError(found)
    return {name: found_sources[name] for name in layers}


def read_those_that_can(
    layers: Mapping[str, Layer], folder: Path
) -> tuple[dict[str, Source], list[Problem]]:
    """Read the layers that can be read, and give what is wrong with the others.

    Parameters
    ----------
    layers
        By name.
    folder
        The folder of their TOML files.

    Returns
    -------
    The sources that could be read, by name, and the problems of all others.
    """
    problems = [
        *_wrong_joins(layers),
        *wrong_entrances(layers),
        *wrong_insides(layers),
        *leaning_on_private(layers),
    ]
    barred = {name for name, _ in problems}
    found = [problem for _, problem in problems]
    read_so_far: dict[str, Source] = {}
    waiting = [name for name in layers if name not in barred]
    while waiting:
        ready = [name for name in waiting if not set(_needs(layers[name])) & set(waiting)]
        for name in ready:
            if not set(_needs(layers[name])) <= set(read_so_far):
                continue  # what is wrong there is said already
            try:
                read_so_far[name] = read(layers[name], folder, others=read_so_far)
            except InputError as error:
                found.extend(error.problems)
        waiting = [name for name in waiting if name not in ready]
    return read_so_far, found


def _needs(layer: Layer) -> tuple[str, ...]:
    """Name the layers that have to be read before this one."""
    return tuple(one.layer for one in (layer.join, layer.inside) if one is not None)


def _wrong_joins(layers: Mapping[str, Layer]) -> list[tuple[str, Problem]]:
    """Find layers that join an unknown layer, or wait for each other in a circle."""
    wrong = []
    for name, layer in layers.items():
        ledger = Ledger(layer)
        if layer.join is not None and layer.join.layer not in layers:
            known = offer(layer.join.layer, layers)
            ledger.in_toml("join.layer", f"no layer '{layer.join.layer}'", known)
        circle = _circle(name, layers)
        if circle and layer.join is not None:
            todo = "let one of them have its own geometry"
            found = f"the layers join in a circle: {' → '.join(circle)}"
            ledger.in_toml("join.layer", found, todo)
        elif circle:
            found = f"the layers wait for each other in a circle: {' → '.join(circle)}"
            ledger.in_toml("inside.layer", found, "delete [inside] in one of them")
        wrong += [(name, problem) for problem in ledger.problems]
    return wrong


def _circle(name: str, layers: Mapping[str, Layer]) -> list[str]:
    """Give the layers on a way from one back to itself; none where there is no such way."""
    ways = [[name]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for target in _needs(layers[way[-1]]):
            if target == name:
                return [] if len(way) == 1 and layers[name].join is None else [*way, name]
            if target in layers and target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return []
