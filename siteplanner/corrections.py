"""Layers as people on the spot have corrected them: a closed path, a lot that is a pitch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from siteplanner.errors import Problem
from siteplanner.model import Correction, Notice, Scenario
from siteplanner.sources.ledger import printable
from siteplanner.sources.source import Source
from siteplanner.sources.where import select, unmatched

Shapes: TypeAlias = npt.NDArray[np.object_]
Places: TypeAlias = npt.NDArray[np.int64]
TIE_M = 0.001
"""Rows that are as near to a mark as this count as equally near."""


def correct(
    scenario: Scenario, sources: Mapping[str, Source], crs: CRS
) -> tuple[dict[str, Source], list[Notice], list[Problem]]:
    """Apply a scenario's corrections to its layers, in the order of the file.

    Parameters
    ----------
    scenario
        Its ``[corrections]`` hold against its layers (`siteplanner.problems.find`).
    sources
        The layers as read, by name; they stay as they are.
    crs
        Projected, in metres: in it ``within_m`` is measured.

    Returns
    -------
    sources
        All of them; those that are corrected with other rows or values, in their own CRS.
    notices
        How many rows each correction dropped or changed, who said so and why, and the marks
        that are near no row.
    problems
        Corrections that touch nothing, and those that leave nothing.
    """
    corrected, notices, problems = dict(sources), list[Notice](), list[Problem]()
    for name, one in scenario.corrections.items():
        try:
            source, said = _corrected(name, one, corrected, crs)
        except _InVainError as error:
            where, key = f"scenarios/{scenario.name}.toml", f"corrections.{name}"
            problems += [Problem(where, key, *pair) for pair in error.pairs]
            continue
        corrected[one.of] = source
        notices += said
    return corrected, notices, problems


def meant(
    marks: Shapes, rows: Shapes, *, within_m: float = 0.0, min_share: float = 0.0
) -> tuple[Places, Places]:
    """Find the rows that marks mean.

    A point means the nearest row, if that is near enough; where several are equally near, as
    areas that overlap, it means all of them.  A line or a polygon means every row that is near
    enough; of a polygon one can ask in addition that a share of the row lies inside.

    Parameters
    ----------
    marks, rows
        Geometries in one CRS in metres.
    within_m
        How near is near enough; at 0 they have to touch.
    min_share
        For marks that are polygons: the share of a row's area (of its length, where it is a
        line) that has to lie inside.

    Returns
    -------
    Places in ``marks`` and in ``rows`` of every pair, sorted.

    Examples
    --------
    >>> lots = np.array([shapely.box(0, 0, 10, 10), shapely.box(12, 0, 20, 10)])
    >>> dots = np.array([shapely.Point(11.5, 5), shapely.Point(40, 5)])
    >>> [one.tolist() for one in meant(dots, lots, within_m=5)]
    [[0], [1]]
    """
    if not len(marks) or not len(rows):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    tree = shapely.STRtree(rows)
    if within_m:
        mark, row = tree.query(marks, predicate="dwithin", distance=within_m)
    else:
        mark, row = tree.query(marks, predicate="intersects")
    dimension = shapely.get_dimensions(marks)
    away_m = shapely.distance(marks[mark], rows[row])
    least_m = np.full(len(marks), np.inf)
    np.minimum.at(least_m, mark, away_m)
    keep = (dimension[mark] > 0) | (away_m <= least_m[mark] + TIE_M)
    flat = np.flatnonzero(dimension[mark] == 2)  # polygons
    if min_share > 0 and len(flat):
        keep[flat] &= _inside(marks[mark[flat]], rows[row[flat]]) >= min_share
    order = np.lexsort((row[keep], mark[keep]))
    return mark[keep][order], row[keep][order]


def _inside(marks: Shapes, rows: Shapes) -> npt.NDArray[np.float64]:
    """Give the share of each row inside its mark; 1 for points that touch, else 0."""
    common = shapely.intersection(marks, rows)
    share = shapely.intersects(marks, rows).astype(float)
    for size in (shapely.length, shapely.area):
        whole = size(rows)
        of_this = whole > 0
        share[of_this] = size(common[of_this]) / whole[of_this]
    return share


class _InVainError(Exception):
    """A correction that does nothing, or leaves nothing: (found, todo) of each problem."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        super().__init__()
        self.pairs = pairs


def _corrected(
    name: str, one: Correction, sources: Mapping[str, Source], crs: CRS
) -> tuple[Source, list[Notice]]:
    table, said = sources[one.of].table, sources[one.layer].table
    if table is None or said is None:
        raise _InVainError(("it is about a raster", "name layers of points, lines or polygons"))
    marks = select(said, one.where)
    if marks.empty:
        if unmatched(said, one.where):
            raise _InVainError  # said where all such values are looked for
        found = f"no mark of '{one.layer}' has all the values that where asks for"
        raise _InVainError((found, "ask for less, or delete the correction"))
    shapes, rows = (np.array(it.geometry.to_crs(crs), dtype=object) for it in (marks, table))
    mark, row = meant(shapes, rows, within_m=one.within_m, min_share=one.min_share)
    if not len(row):
        raise _InVainError(_nothing(one, shapes, rows))
    chosen = np.zeros(len(table), dtype=bool)
    chosen[row] = True
    if one.drop and chosen.all():
        found = f"it drops every row of '{one.of}'"
        raise _InVainError((found, "look at where and within_m, or leave the layer out"))
    changed = table[~chosen].copy() if one.drop else _with_values(table, chosen, one, sources)
    notices = [_told(name, one, table.index[chosen], len(table))]
    idle = np.setdiff1d(np.arange(len(marks)), mark)
    if len(idle):
        reason = f"none of them {_near(one)} a row of '{one.of}', so '{name}' has no use for them"
        examples = tuple(str(it) for it in marks.index[idle[:3]])
        where = f"layers/{one.layer}"
        notices.append(Notice(where, "flagged", len(idle), len(marks), reason, examples))
    return replace(sources[one.of], table=changed), notices


def _with_values(
    table: gpd.GeoDataFrame,
    chosen: npt.NDArray[np.bool_],
    one: Correction,
    sources: Mapping[str, Source],
) -> gpd.GeoDataFrame:
    source, changed = sources[one.of], table.copy()
    for column, value in one.set.items():
        changed.loc[chosen, column] = _in_units(source, column, value, changed[column])
    return changed


def _in_units(source: Source, column: str, value: Any, now: pd.Series) -> Any:
    """Give a value as the column holds it: words as text, rates in percent as shares."""
    if pd.api.types.is_bool_dtype(now.dtype):
        return bool(value)
    if not pd.api.types.is_numeric_dtype(now.dtype):
        return str(value).lower() if isinstance(value, bool) else f"{value}"
    number = float(value)
    before = source.written.columns.get(column) if source.written else None
    read = source.layer.columns.get(column)
    return number / 100 if before and read and before.unit != read.unit else number


def _nothing(one: Correction, marks: Shapes, rows: Shapes) -> tuple[str, str]:
    """Say that no mark is near a row, and how near the nearest is."""
    found = f"no mark of '{one.layer}' {_near(one)} a row of '{one.of}'"
    _, away_m = shapely.STRtree(rows).query_nearest(marks, return_distance=True)
    if len(away_m) and away_m.min() <= one.within_m:
        share = f"{one.min_share:.0%}".replace("%", " %")
        return f"{found} and holds {share} of it", "lower min_share, or delete the correction"
    if len(away_m):
        least_m = away_m.min()
        far = f"{least_m:,.0f}" if least_m >= 10 else f"{least_m:.2g}"
        found += f" (the nearest is {far} m away)"
    return found, "raise within_m, or delete the correction"


def _near(one: Correction) -> str:
    return f"lies within {one.within_m:g} m of" if one.within_m else "touches"


def _told(name: str, one: Correction, rows: pd.Index, total: int) -> Notice:
    kind: Literal["dropped", "mended"] = "dropped" if one.drop else "mended"
    values = ", ".join(f"{column} is now {value}" for column, value in one.set.items())
    source = "; ".join(part for part in (one.who, one.when) if part)
    reason = f"corrected by '{name}'" + (f", {values}" if values else "")
    reason += f": {one.reason}" if one.reason else ""
    reason += f" ({source})" if source else ""
    examples = tuple(str(row) for row in rows[:3])
    return Notice(f"layers/{one.of}", kind, len(rows), total, printable(reason), examples)
