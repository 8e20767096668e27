"""Walking: who walks, on which streets, and what slows people down or stops them."""

from __future__ import annotations

from collections.abc import Iterator

from siteplanner.errors import Problem, nearest_names
from siteplanner.model import Penalty, Walk
from siteplanner.problems.against import Against
from siteplanner.walk import PROFILES

ON_STREETS = ("elevation", "steepest_percent", "penalties", "barriers", "closing")
TAKEN = ("crossings", "flat", "slope", "steps", "time", "way")
"""What parts of a walk are called already."""
OF_NETWORKS = ("bridge", "highway", "lit", "steps", "surface")
"""The columns that streets from OpenStreetMap have."""


def of_walk(held: Against, walk: Walk) -> Iterator[Problem]:
    """Find what is wrong with ``[walk]``."""
    if walk.network:
        yield from held.layer("walk.network", walk.network, {"lines", "network"})
    else:
        idle = [key for key in ON_STREETS if getattr(walk, key)]
        yield from held.idle("walk", idle, "there are no streets, so nothing looks at it")
    if walk.profile not in PROFILES:
        todo = nearest_names(walk.profile, PROFILES)
        yield held.problem("walk.profile", f"no profile '{walk.profile}'", todo)
    if walk.plateau_m is not None and walk.decay != "plateau":
        found = f"decay is {walk.decay}, which has no plateau"
        yield held.problem("walk.plateau_m", found, 'delete the key, or set decay = "plateau"')
    if walk.elevation:
        yield from _elevation(held, walk.elevation)
    elif walk.steepest_percent is not None and walk.network:
        todo = 'name a raster of heights: elevation = "…"'
        yield held.problem("walk.steepest_percent", "slopes are not known", todo)
    for name, penalty in walk.penalties.items():
        if name in TAKEN:
            found = f"a part of every walk is called '{name}'"
            yield held.problem(f"walk.penalties.{name}", found, "give it another name")
        yield from _penalty(held, f"walk.penalties.{name}", penalty, walk.network)
    for name in walk.barriers:
        yield from held.layer("walk.barriers", name, {"lines", "polygons"})
        if name == walk.network:
            found = f"'{name}' is the network itself"
            yield held.problem("walk.barriers", found, "name what streets do not cross")


def _elevation(held: Against, name: str) -> Iterator[Problem]:
    yield from held.layer("walk.elevation", name, {"raster"})
    if held.kind(name) == "raster" and len(held.layers[name].columns) > 1:
        found = f"layer '{name}' declares {len(held.layers[name].columns)} columns"
        yield held.problem("walk.elevation", found, "name a raster that declares heights only")


def _penalty(held: Against, key: str, penalty: Penalty, network: str | None) -> Iterator[Problem]:
    """With a layer, its rows are looked at; without one, the streets themselves."""
    if penalty.layer is None:
        if penalty.within_m:
            yield from held.idle(key, ["within_m"], "it is about a layer, and there is none")
        if network:
            yield from _streets(held, key, penalty, network)
        return
    yield from held.layer(f"{key}.layer", penalty.layer, {"points", "lines", "polygons"})
    yield from held.rows(f"{key}.where", penalty.layer, penalty.where)
    kind = held.kind(penalty.layer)
    if kind in ("points", "lines") and not penalty.within_m:
        found = f"'{penalty.layer}' has {kind}, and no street lies inside them"
        yield held.problem(key, found, "say how near counts: within_m = …")


def _streets(held: Against, key: str, penalty: Penalty, network: str) -> Iterator[Problem]:
    layer = held.layers.get(network)
    if layer is None or layer.kind != "network":
        yield from held.rows(f"{key}.where", network, penalty.where)
        return
    for column in penalty.where:
        if column not in OF_NETWORKS:
            found = f"streets of a network have no column '{column}'"
            yield held.problem(f"{key}.where.{column}", found, nearest_names(column, OF_NETWORKS))
