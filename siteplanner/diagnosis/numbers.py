"""Numbers that are read without a fault and hardly can be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from siteplanner.diagnosis.finding import Finding
from siteplanner.model import Column
from siteplanner.sources import Source

_AREA_M2 = {"m2": 1.0, "m²": 1.0, "sqm": 1.0, "ha": 1e4, "hectares": 1e4, "km2": 1e6, "km²": 1e6}
_SENTINELS = (-9999.0, -999.0, -99.0, -1.0, 9999.0, 99999.0, 999999.0)
_WHOLE = re.compile(r"people|person|inhabitants|resid|homes|households|dwellings|jobs|children|"
                    r"votes|seats|places|buildings|pupils", re.IGNORECASE)  # fmt: skip
_NOT_NEGATIVE = re.compile(r"%|percent|share|m2|m²|km|\bha\b|people|departures|per ", re.IGNORECASE)
_PER_CENT = re.compile(r"%|percent", re.IGNORECASE)
_SHARE = re.compile(r"^\s*(share|ratio|proportion)", re.IGNORECASE)
_FEWEST = 5
_FIT = 0.2
"""How far an area may be off the polygon's own, as a share, where most rows are."""


def of_numbers(source: Source) -> Iterator[Finding]:
    """Find columns of a layer whose numbers do not go with their unit or kind.

    Nothing is said of private layers, and of a column that is measured on the polygons.
    """
    layer = source.written or source.layer
    if source.table is None or layer.private is not None:
        return
    for name, column in layer.columns.items():
        if column.kind == "category" or (column.source or "").startswith("@"):
            continue
        if name not in source.table:
            continue
        values = source.table[name].to_numpy(dtype=np.float64)
        known = values[~np.isnan(values)]
        if not len(known):
            continue
        for what, todo in (*_odd(name, column, known), *_area(name, column, source.table)):
            yield Finding("odd", f"layers/{layer.name}.toml", what, todo)


def _odd(name: str, column: Column, known: NDArray[np.float64]) -> Iterator[tuple[str, str]]:
    low, high, unit = known.min(), known.max(), column.unit
    span = f"values from {low:g} to {high:g}"
    if column.kind == "count" and _WHOLE.search(unit) and (known % 1 > 0).any():
        part = int((known % 1 > 0).sum())
        yield (
            f"'{name}' counts {unit}, and {part:,} of {len(known):,} are no whole numbers",
            "see whether it is a density, a mean or an estimate, and say so in kind or notes",
        )
    sentinel = [one for one in _SENTINELS if (known == one).sum() > 1 and _apart(known, one)]
    if sentinel:
        yield (
            f"'{name}' has {int((known == sentinel[0]).sum()):,} times {sentinel[0]:g}, far from "
            "all other values",
            "if that means unknown, empty those cells",
        )
    elif low < 0 and column.kind == "value" and _NOT_NEGATIVE.search(unit):
        yield (
            f"'{name}' is in {unit} and has negative values ({span})",
            "mend the numbers, or empty the cells if that means unknown",
        )
    if column.kind == "value" and _PER_CENT.search(unit) and low >= 0 and 0 < high <= 1:
        yield (
            f"'{name}' is said to be in {unit}, with {span}: a share of 1?",
            'write unit = "share", or multiply by 100',
        )
    if column.kind == "value" and _SHARE.search(unit) and 1.5 < high <= 100:
        yield f"'{name}' is said to be a {unit}, with {span}: percent?", 'write unit = "%"'
    if column.kind == "rate" and len(known) >= _FEWEST and 0 < high <= 0.011 and low >= 0:
        yield (
            f"the rate '{name}' has {span}: divided by 100 twice?",
            "look at the file: a share goes from 0 to 1",
        )
    if len(known) >= _FEWEST and low == high and column.kind != "count":
        yield (
            f"'{name}' is {low:g} in every row: it tells no place from another",
            "see whether the right column is read",
        )


def _apart(known: NDArray[np.float64], sentinel: float) -> bool:
    """Tell whether a number lies far outside all others, as no measurement would."""
    others = known[known != sentinel]
    if len(others) < _FEWEST:
        return False
    low, high = others.min(), others.max()
    if sentinel < 0:
        return bool(low >= 0)
    return bool(sentinel > 10 * max(high, 1.0))


def _area(name: str, column: Column, table: gpd.GeoDataFrame) -> Iterator[tuple[str, str]]:
    """Hold a column of areas against the areas of the polygons."""
    said = column.unit.strip().casefold()
    named = re.search(r"area|superficie|_km2|_m2|_ha\b|hectar", f"{name} {column.source or ''}")
    if said not in _AREA_M2 or not named or table.crs is None:
        return
    ground = table.to_crs(table.estimate_utm_crs()).geometry.area.to_numpy()
    values = table[name].to_numpy(dtype=np.float64)
    both = (ground > 0) & (values > 0)
    if both.sum() < _FEWEST:
        return
    ratio = float(np.median(values[both] * _AREA_M2[said] / ground[both]))
    if abs(ratio - 1) <= _FIT:
        return
    for unit, size in _AREA_M2.items():
        if unit in ("m2", "ha", "km2") and abs(ratio * size / _AREA_M2[said] - 1) <= _FIT:
            yield (
                f"'{name}' is said to be in {column.unit}, and fits the polygons in {unit}",
                f'write unit = "{unit}"',
            )
            return
    if not 0.3 <= ratio <= 3:
        yield (
            f"'{name}' in {column.unit} is {ratio:.2g} times the area of the polygons",
            "look at the unit, and whether the outlines are of these places",
        )
