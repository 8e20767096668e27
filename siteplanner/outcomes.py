"""Outcomes: who is newly within reach, and who is still left out.

A plan is judged by people, never by the number or the size of its sites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

PEOPLE, IN_NEED = "people", "people in need"


@dataclass(frozen=True)
class Reached:
    """What a plan changes, counted in people.

    Parameters
    ----------
    by_group
        Rows: ``place`` (``area`` or the ring ``around`` it) and ``group``; columns
        ``total``, ``before``, ``after``, ``newly``, ``left_out``: people.
    by_phase
        Rows: phase; people and people in need newly reached so far, in the area.
    by_decile
        Rows: need decile, 1 the tenth of people with most need; people in the area.
    by_minutes
        Rows: walking limit in minutes; people and people in need within it, in the area.
    by_place
        Layer by layer, rows: its polygons; people in the area.
    left_out
        Index ``cell``: people and people in need still out of reach, most first.
    by_time
        Rows: times of the week; see `by_time`.  Empty where nobody asks for times.

    Examples
    --------
    >>> list(Reached.__dataclass_fields__)[:2]
    ['by_group', 'by_phase']
    """

    by_group: pd.DataFrame
    by_phase: pd.DataFrame
    by_decile: pd.DataFrame
    by_minutes: pd.DataFrame
    by_place: Mapping[str, pd.DataFrame]
    left_out: pd.DataFrame
    by_time: pd.DataFrame = field(default_factory=pd.DataFrame)


def count(
    cells: gpd.GeoDataFrame,
    *,
    groups: Sequence[str],
    served: pd.DataFrame,
    minutes: pd.DataFrame | None = None,
    limits_min: Sequence[float] = (),
    places: Mapping[str, gpd.GeoDataFrame] | None = None,
) -> Reached:
    """Count whom a plan newly reaches.

    Parameters
    ----------
    cells
        ``people``, a column per group, ``need`` (0..1), ``demand`` (people × need), and
        ``in_area``.  Unknown numbers (NaN) are left out of every sum.
    groups
        The group columns.
    served
        Cells × (``before``, ``phase 1``, …), 0..1: how fully a cell is reached.
    minutes
        Cells × (``before``, ``after``): walk to the nearest place, NaN beyond any limit.
    limits_min
        Walking limits to show side by side.
    places
        Polygon layers to report by; a cell belongs where its representative point lies.

    Returns
    -------
    Tables of people, rounded to 1e-6 so that they are the same on every machine.

    Examples
    --------
    >>> from shapely.geometry import box
    >>> cells = gpd.GeoDataFrame(
    ...     {"people": [10.0, 30.0], "need": [1.0, 0.5], "demand": [10.0, 15.0],
    ...      "in_area": True}, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=32618)
    >>> served = pd.DataFrame({"before": [0.0, 0.0], "phase 1": [1.0, 0.0]})
    >>> count(cells, groups=[], served=served).by_group["newly"].tolist()
    [10.0, 10.0]
    """  # fmt: skip
    amounts = pd.DataFrame(
        {PEOPLE: cells["people"], IN_NEED: cells["demand"]}
        | {group: cells[group] for group in groups}
    )
    before, after = served.iloc[:, 0], served.iloc[:, -1]
    inside = cells["in_area"].astype(bool)
    left_out = amounts[inside].mul(1 - after[inside], axis="index")
    left_out = left_out[left_out[PEOPLE] > 0].sort_values(
        [IN_NEED, PEOPLE], ascending=False, kind="stable"
    )
    return Reached(
        by_group=_by_group(amounts, inside, before, after),
        by_phase=_by_phase(amounts[inside], served[inside]),
        by_decile=_by_decile(cells[inside], before[inside], after[inside]),
        by_minutes=_by_minutes(amounts[inside], minutes, limits_min),
        by_place={
            name: _by_place(amounts[inside], cells[inside], table, (before, after))
            for name, table in (places or {}).items()
        },
        left_out=left_out.round(6),
    )


def by_time(
    cells: gpd.GeoDataFrame,
    served: Mapping[str, pd.DataFrame],
    places: Mapping[str, pd.Series],
) -> pd.DataFrame:
    """Count the people within reach of a place that is open, at some times of the week.

    Parameters
    ----------
    cells
        As for `count`.
    served
        By time, cells × (``before``, ``after``, ``perhaps``), 0..1: how fully a cell is reached
        by what is open then, and how much of that hangs on places with unknown hours.
    places
        By time, the state of the existing places: ``open``, ``closed`` or ``unknown``.

    Returns
    -------
    Rows: times.  Of people and people in need in the area ``before``, ``after``, ``newly``,
    ``left_out``; ``people_perhaps``: those who are within reach, with the plan, if all places
    with unknown hours are open, and are not if all are closed.  And how many existing places
    are ``open``, ``closed`` and ``unknown``.

    Examples
    --------
    >>> cells = gpd.GeoDataFrame({"people": [10.0, 30.0], "demand": [10.0, 15.0], "in_area": True})
    >>> served = pd.DataFrame({"before": [0.0, 1.0], "after": [1.0, 1.0], "perhaps": 0.0})
    >>> by_time(cells, {"Sa 09:00-12:00": served}, {})["people newly"].tolist()
    [10.0]
    """
    inside = cells["in_area"].astype(bool)
    amounts = {PEOPLE: cells["people"][inside], IN_NEED: cells["demand"][inside]}
    rows = {}
    for time, table in served.items():
        here = table[inside]
        row: dict[str, float] = {}
        for name, amount in amounts.items():
            sums = _sums(amount, here["before"], here["after"])
            row |= {f"{name} {key}": value for key, value in sums.items() if key != "total"}
        perhaps = amounts[PEOPLE] * here["perhaps"]
        row["people_perhaps"] = round(float(perhaps.sum()), 6)
        state = places.get(time, pd.Series(dtype=str))
        for one in ("open", "closed", "unknown"):
            row[f"places {one}"] = int((state == one).sum())
        rows[time] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("time")


def need_decile(
    need: npt.NDArray[np.float64], people: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Give the person-weighted tenth each cell belongs to, 1 the tenth with most need.

    Cells are ordered by need; a cell belongs to the tenth in which the middle of its people
    stands.  Cells of equal need stay together, so tenths may differ in size.

    Parameters
    ----------
    need
        0..1 a cell; NaN unknown.
    people
        People a cell.

    Returns
    -------
    1..10 a cell, 0 where need or people is unknown.

    Examples
    --------
    >>> need_decile(np.array([0.9, 0.1, np.nan]), np.array([50.0, 50.0, 5.0]))
    array([3, 8, 0])
    """
    known = ~(np.isnan(need) | np.isnan(people))
    table = pd.Series(people[known]).groupby(-need[known]).sum()
    middle = (table.cumsum() - table / 2) / max(float(table.sum()), 1e-300)
    tenth = np.clip(np.floor(middle.to_numpy() * 10) + 1, 1, 10).astype(np.int64)
    result = np.zeros(len(need), dtype=np.int64)
    result[known] = tenth[np.searchsorted(table.index.to_numpy(), -need[known])]
    return result


def _sums(amount: pd.Series, before: pd.Series, after: pd.Series) -> dict[str, float]:
    total, was, now = amount.sum(), (amount * before).sum(), (amount * after).sum()
    row = {"total": total, "before": was, "after": now, "newly": now - was, "left_out": total - now}
    return {name: round(float(value), 6) for name, value in row.items()}


def _by_group(
    amounts: pd.DataFrame, inside: pd.Series, before: pd.Series, after: pd.Series
) -> pd.DataFrame:
    rows = {
        (place, str(group)): _sums(amounts[group][here], before[here], after[here])
        for place, here in (("area", inside), ("around", ~inside))
        if here.any()
        for group in amounts
    }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index = pd.MultiIndex.from_tuples(list(rows), names=["place", "group"])
    return table


def _by_phase(amounts: pd.DataFrame, served: pd.DataFrame) -> pd.DataFrame:
    before = served.iloc[:, 0]
    rows = [
        {f"{name} newly": _sums(amounts[name], before, served[phase])["newly"] for name in amounts}
        for phase in served.columns[1:]
    ]
    return pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="phase"))


def _by_decile(cells: gpd.GeoDataFrame, before: pd.Series, after: pd.Series) -> pd.DataFrame:
    decile = need_decile(cells["need"].to_numpy(float), cells["people"].to_numpy(float))
    rows = {
        number: _sums(cells.loc[here, "people"], before[here], after[here])
        for number in range(1, 11)
        if (here := decile == number).any()
    }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("decile")
    if len(table):
        people = table["total"].where(table["total"] > 0)
        table["share_before"] = (table["before"] / people).round(9)
        table["share_after"] = (table["after"] / people).round(9)
    return table


def _by_minutes(
    amounts: pd.DataFrame, minutes: pd.DataFrame | None, limits_min: Sequence[float]
) -> pd.DataFrame:
    rows = {}
    for limit in limits_min if minutes is not None else ():
        within = (minutes.loc[amounts.index] <= limit + 1e-9).astype(float)  # type: ignore[union-attr]
        row: dict[str, float] = {}
        for name in (PEOPLE, IN_NEED):
            sums = _sums(amounts[name], within["before"], within["after"])
            row |= {f"{name} {key}": value for key, value in sums.items() if key != "total"}
        rows[limit] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("minutes")


def _by_place(
    amounts: pd.DataFrame,
    cells: gpd.GeoDataFrame,
    table: gpd.GeoDataFrame,
    served: tuple[pd.Series, pd.Series],
) -> pd.DataFrame:
    names = table["label"] if "label" in table else pd.Series(table.index, index=table.index)
    points = shapely.STRtree(cells.representative_point().to_numpy())
    polygon, cell = points.query(table.geometry.to_numpy(), predicate="intersects")
    place = np.full(len(cells), -1)
    order = np.lexsort((-polygon, cell))  # where two polygons overlap, the first one counts
    place[cell[order]] = polygon[order]
    before, after = served
    rows = []
    for number in np.unique(place[place >= 0]):
        here = cells.index[place == number]
        row: dict[str, object] = {"id": str(table.index[number])}
        row["label"] = names.iloc[number]
        for name in (PEOPLE, IN_NEED):
            sums = _sums(amounts.loc[here, name], before[here], after[here])
            row |= {f"{name} {key}": value for key, value in sums.items()}
        rows.append(row)
    return pd.DataFrame(rows).set_index("id") if rows else pd.DataFrame()
