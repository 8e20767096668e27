"""Who gains and who does not, counted for everybody and for each group beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import SMALLEST, in_tens
from siteplanner.model import Column
from siteplanner.model.layer import Protected
from siteplanner.outcomes import PEOPLE

CHARACTERISTICS: tuple[str, ...] = get_args(Protected)
"""Characteristics that a column of a layer may be counted by."""
REACH = ("before", "after", "newly", "left_out", "gained", "lost")
"""Counts of one group that follow from each other."""
WALKS = ("shorter", "longer", "same", "none")
"""Counts that add up to the group."""
ONE_POINT = 0.01
"""Shares that differ by less are not told as different: counts by area are not that exact."""
SAME_MIN = 1e-9
"""Walks that differ by less, in minutes, are the same."""
Floats = npt.NDArray[np.float64]


def count_groups(
    cells: pd.DataFrame, groups: Sequence[str], walks: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Count for everybody and for each group who gains, who loses, and what is not known.

    Parameters
    ----------
    cells
        ``people``, a column per group, ``in_area``, and ``served_before`` and ``served_after``
        (0..1).  Unknown counts (NaN) are left out of every sum and told apart.
    groups
        The group columns.
    walks
        On the same index: ``before_min`` and ``after_min``, the walk to the nearest place, NaN
        where none leads there; None where nobody walks.

    Returns
    -------
    Index ``group``, ``people`` first; people in the area.  ``total``; where walks are given
    ``before`` and ``after`` (within reach), ``newly`` (the difference), ``left_out``, ``gained``
    and ``lost`` (``newly`` is one less the other), and by the walk to the nearest place
    ``shorter`` (also: a first one), ``longer`` (also: none any more), ``same`` and ``none`` (no
    walk, before or after), ``saved_min`` and ``added_min`` (on one way, a head among those whose
    walk is known both times; NaN without any); and ``unknown_cells`` and ``unknown_people``:
    where the group was not counted, and who lives there.

    Examples
    --------
    >>> cells = pd.DataFrame({
    ...     "people": [100.0, 50.0], "old": [20.0, np.nan], "in_area": True,
    ...     "served_before": [0.0, 1.0], "served_after": [1.0, 1.0]})
    >>> walks = pd.DataFrame({"before_min": [30.0, 5.0], "after_min": [10.0, 5.0]})
    >>> found = count_groups(cells, ["old"], walks)
    >>> found[["total", "newly", "shorter", "same", "unknown_people"]].loc["old"].tolist()
    [20.0, 20.0, 20.0, 0.0, 50.0]
    """
    here = cells["in_area"].to_numpy(dtype=bool)
    inside = cells[here]
    people = inside[PEOPLE].to_numpy(dtype=float)
    served = None
    if walks is not None:
        served = tuple(inside[f"served_{when}"].to_numpy(float) for when in ("before", "after"))
    ways = None if walks is None else _ways(walks[here])
    rows = {}
    for name in (PEOPLE, *groups):
        count = inside[name].to_numpy(dtype=float)
        row = {"total": float(np.nansum(count))}
        if served is not None:
            row |= _reached(count, *served)
        if ways is not None:
            row |= _walked(count, ways)
        unknown = np.isnan(count)
        row["unknown_cells"] = float(unknown.sum())
        row["unknown_people"] = float(np.nansum(people[unknown]))
        rows[name] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("group").round(6)


def release(table: pd.DataFrame) -> pd.DataFrame:
    """Make the counts fit for everybody to see: in tens, small ones withheld.

    Where one of the counts that follow from each other is small, all of them are withheld,
    for before, after, newly, left out, gained and lost, and for the four kinds of walk.

    Parameters
    ----------
    table
        As `count_groups` gives it.

    Returns
    -------
    A copy; NaN where a number is withheld.

    Examples
    --------
    >>> table = pd.DataFrame({"total": [94.0], "shorter": [90.0], "longer": [4.0]})
    >>> release(table).iloc[0].tolist()
    [90.0, nan, nan]
    """
    public = table.copy()
    for family, means in ((REACH, ()), (WALKS, ("saved_min", "added_min"))):
        own = [one for one in family if one in table]
        small = ((table[own].abs() > 0) & (table[own].abs() < SMALLEST)).any(axis=1)
        for column in own:
            public[column] = in_tens(table[column]).mask(small)
        for column in means:
            if column in table:
                public[column] = table[column].round(0).mask(small)
    for column in ("total", "unknown_people"):
        if column in table:
            public[column] = in_tens(table[column])
    return public


def compare_shares(table: pd.DataFrame, *, step: float = 1.0) -> pd.DataFrame:
    """Hold the share of each group that is reached against everybody's.

    Parameters
    ----------
    table
        Counts as shown to the reader, everybody in the first row.
    step
        What counts were rounded to: each may be off by half of it.

    Returns
    -------
    The same index.  ``share_before``, ``share_after``, ``share_newly`` of the group, 0..1 and
    NaN where unknown or withheld; for ``newly`` and ``after`` the difference from everybody's
    share (``newly_differs``, ``after_differs``), how many people of the group that is
    (``…_people``), and a word (``…_verdict``): ``more`` or ``less``; ``alike`` where the
    difference is below one point of a hundred, or fewer than ten people of the group, or the
    rounding, make all of it; empty where it cannot be told.  For everybody these are NaN and empty.

    Examples
    --------
    >>> table = pd.DataFrame({"total": [1000.0, 200.0, 50.0], "before": 0.0,
    ...     "after": [600.0, 90.0, 29.0], "newly": [600.0, 90.0, 29.0]}, index=["all", "a", "b"])
    >>> compare_shares(table)["newly_verdict"].tolist()
    ['', 'less', 'alike']
    """
    found = pd.DataFrame(index=table.index)
    if "after" not in table:
        return found
    total = table["total"].where(table["total"] > 0)
    for column in ("before", "after", "newly"):
        found[f"share_{column}"] = table[column] / total
    for column in ("newly", "after"):
        share = found[f"share_{column}"]
        differs = share - share.iloc[0]
        heads = (differs.abs() * total).round(6)
        slack = step / 2 * (1 + share.abs()) / total
        found[f"{column}_differs"] = differs
        found[f"{column}_people"] = heads
        told = (heads >= SMALLEST) & (differs.abs() > slack + slack.iloc[0])
        told &= differs.abs() >= ONE_POINT - 1e-12
        word = np.where(told, np.where(differs > 0, "more", "less"), "alike")
        found[f"{column}_verdict"] = np.where(differs.isna(), "", word)
        found.loc[found.index[:1], f"{column}_verdict"] = ""
        found.loc[found.index[:1], [f"{column}_differs", f"{column}_people"]] = np.nan
    return found.round(9)


def characteristics_of(answer: Answer) -> dict[str, str]:
    """Say by which characteristic each group of the plan is counted; empty for none.

    Parameters
    ----------
    answer
        The answer, with its layers.
    """
    found: dict[str, str] = {}
    for name in answer.scenario.demand.groups:
        column = _column(answer, name)
        found[name] = (column.group or "") if column is not None else ""
    return found


def shared_out(answer: Answer) -> dict[str, str]:
    """Name the groups that are known for areas other than the cells: inside one all are alike.

    Parameters
    ----------
    answer
        The answer, with its layers.

    Returns
    -------
    By group, the title of the layer that counts it.
    """
    demand, found = answer.scenario.demand, {}
    for name in demand.groups:
        layer = answer.layers.get(name.partition(".")[0])
        column = _column(answer, name)
        if layer is None or column is None:
            continue
        own = {layer.name, layer.join.layer if layer.join else layer.name}
        areas = layer.kind == "polygons" or layer.join is not None
        if column.kind == "rate" or (areas and demand.cells not in own):
            found[name] = layer.title
    return found


def not_counted(answer: Answer, offered: Mapping[str, str]) -> dict[str, list[str]]:
    """Name columns that say a characteristic, and that the scenario does not count.

    Parameters
    ----------
    answer
        The answer.
    offered
        Columns of layers that the plan does not read, ``layer.column`` to characteristic.

    Returns
    -------
    By characteristic without a counted group, the columns that could be counted.
    """
    counted = set(characteristics_of(answer).values())
    known = dict(offered)
    for layer in answer.layers.values():
        known |= {f"{layer.name}.{key}": one.group for key, one in layer.columns.items()
                  if one.group is not None}  # fmt: skip
    found: dict[str, list[str]] = {one: [] for one in CHARACTERISTICS if one not in counted}
    for name, characteristic in sorted(known.items()):
        if characteristic in found:
            found[characteristic].append(name)
    return found


def _column(answer: Answer, name: str) -> Column | None:
    layer, _, key = name.partition(".")
    return answer.layers[layer].columns.get(key) if layer in answer.layers else None


def _reached(count: Floats, before: Floats, after: Floats) -> dict[str, float]:
    amount = np.nan_to_num(count)
    was, now = float(np.nansum(amount * before)), float(np.nansum(amount * after))
    change = np.nan_to_num(after - before)
    return {
        "before": was,
        "after": now,
        "newly": now - was,
        "left_out": float(amount.sum()) - now,
        "gained": float(amount @ np.clip(change, 0, None)),
        "lost": float(amount @ np.clip(-change, 0, None)),
    }


def _ways(walks: pd.DataFrame) -> dict[str, npt.NDArray[np.bool_] | Floats]:
    """Say of each cell what becomes of its walk, and by how many minutes it changes."""
    before, after = (walks[f"{one}_min"].to_numpy(dtype=float) for one in ("before", "after"))
    none_before, none_after = np.isnan(before), np.isnan(after)
    saves = before - after
    shorter = (saves > SAME_MIN) | (none_before & ~none_after)
    longer = (saves < -SAME_MIN) | (~none_before & none_after)
    none = none_before & none_after
    return {"shorter": shorter, "longer": longer, "same": ~(shorter | longer | none),
            "none": none, "saves": saves}  # fmt: skip


def _walked(count: Floats, ways: Mapping[str, npt.NDArray[np.bool_] | Floats]) -> dict[str, float]:
    amount = np.nan_to_num(count)
    row = {one: float(amount[ways[one].astype(bool)].sum()) for one in WALKS}
    saves = ways["saves"].astype(float)
    for name, here in (("saved_min", saves > SAME_MIN), ("added_min", saves < -SAME_MIN)):
        heads = amount[here].sum()
        each = float(amount[here] @ np.abs(saves[here]) / heads) if heads > 0 else float("nan")
        row[name] = each
    return row
