"""Ground: what can become a site, what is out, and what is warned of."""

from __future__ import annotations

from collections.abc import Iterator

from siteplanner.errors import Problem
from siteplanner.model import Exclusion, Sites
from siteplanner.problems.against import NUMBERS, Against
from siteplanner.sources.where import of_layer

OF_ROWS = ("within_m", "min_share")
OF_NUMBERS = ("column", "above", "below", "slope_above_percent")


def of_sites(held: Against, sites: Sites) -> Iterator[Problem]:
    """Find what is wrong with ``[sites]``."""
    for name in sites.layer:
        yield from held.layer("sites.layer", name, {"polygons", "points"})
        yield from held.rows("sites.where", name, of_layer(sites.where, name, sites.layer))
    if sites.where and sites.grid_m is not None:
        todo = "delete it, or name a layer instead of grid_m"
        yield held.problem("sites.where", "points of a grid have no columns", todo)
    for table, rules in (("exclude", sites.exclude), ("warn", sites.warn)):
        for name, exclusion in rules.items():
            key = f"sites.{table}.{name}"
            if exclusion.layer is None:
                yield from _own_columns(held, key, exclusion, sites)
            else:
                yield from _other_layer(held, key, exclusion, exclusion.layer)


def _own_columns(held: Against, key: str, exclusion: Exclusion, sites: Sites) -> Iterator[Problem]:
    """Without a layer, the sites' own columns are looked at."""
    numbers = _given(exclusion, ("above", "below"))
    if not (exclusion.where or exclusion.column or numbers):
        found = "it warns of nothing" if key.startswith("sites.warn") else "it rules nothing out"
        yield held.problem(key, found, "add a layer, where or column")
    elif sites.grid_m is not None:
        todo = "name the layer that has the column"
        yield held.problem(key, "points of a grid have no columns", todo)
    if exclusion.column and not numbers:
        yield held.problem(key, "there is no number to compare with", "add above or below")
    if numbers and not exclusion.column:
        found = f"'{numbers[0]}' needs the column that it is about"
        yield held.problem(key, found, 'add column = "…"')
    idle = _given(exclusion, (*OF_ROWS, "slope_above_percent"))
    yield from held.idle(key, idle, "it is about a layer, and there is none")
    for name in sites.layer:
        yield from held.rows(f"{key}.where", name, exclusion.where)
        if exclusion.column:
            yield from held.column(f"{key}.column", name, exclusion.column, NUMBERS)


def _other_layer(held: Against, key: str, exclusion: Exclusion, name: str) -> Iterator[Problem]:
    kind = held.kind(name)
    yield from held.layer(f"{key}.layer", name, {"points", "lines", "polygons", "raster"})
    if kind == "raster":
        numbers = _given(exclusion, OF_NUMBERS[1:])
        if not numbers:
            todo = "add above, below or slope_above_percent"
            yield held.problem(key, "there is no number to compare with", todo)
        if "slope_above_percent" in numbers and "above" in numbers:
            found = "above and slope_above_percent are two rules"
            yield held.problem(key, found, "write an exclusion for each")
        yield from held.idle(key, _given(exclusion, OF_ROWS), f"'{name}' is a raster")
    elif kind:
        found = f"'{name}' has {kind}, which a site touches or not"
        yield from held.idle(key, _given(exclusion, OF_NUMBERS[1:]), found)
    yield from held.rows(f"{key}.where", name, exclusion.where)
    if kind == "raster" and exclusion.column:
        yield from held.column(f"{key}.column", name, exclusion.column, NUMBERS)
    elif kind and exclusion.column:
        todo = 'delete the key; to pick rows of the layer, write where = { column = ["value"] }'
        yield held.problem(f"{key}.column", f"'{name}' has {kind}, no numbers on the ground", todo)


def _given(exclusion: Exclusion, keys: tuple[str, ...]) -> list[str]:
    """Give which of the keys say something; 0 is a number, but no distance and no share."""
    told = ((key, getattr(exclusion, key)) for key in keys)
    return [key for key, value in told if value is not None and (value or key not in OF_ROWS)]
