"""Which place a row of openings means: by id, name, kind, or where it lies."""

from __future__ import annotations

from typing import Any

import geopandas as gpd

from siteplanner.errors import InputError, Problem
from siteplanner.sources.ledger import printable

NEAR_M = 100.0
"""A row this near to a place, and to no other of that id, means that place."""
_CALLED = {"planned": "a planned site", "existing": "an existing place",
           "unplanned": "a possible place that was not planned"}  # fmt: skip


def places_meant(
    rows: gpd.GeoDataFrame, known: dict[str, gpd.GeoDataFrame]
) -> list[tuple[str, str]]:
    """Find the place of every row.

    Parameters
    ----------
    rows
        ``site`` (an id, or a name), perhaps ``kind``, ``file``, ``line``, and a geometry.
    known
        The places by kind: ``planned``, ``existing``, ``unplanned``; index the id, ``label``.

    Returns
    -------
    Kind and id of each row's place; what nobody knows is unplanned.

    Raises
    ------
    InputError
        With all rows that may mean several places.

    Examples
    --------
    >>> from shapely import Point
    >>> here = gpd.GeoDataFrame({"label": ["Old mill"]}, index=["P1"], geometry=[Point(0, 0)])
    >>> rows = gpd.GeoDataFrame({"site": ["P1", "Old mill", "kiosk"]}, geometry=[None] * 3)
    >>> places_meant(rows, {"planned": here})
    [('planned', 'P1'), ('planned', 'P1'), ('unplanned', 'kiosk')]
    """
    found: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for _, row in rows.iterrows():
        site, kind = str(row["site"]), str(row.get("kind") or "")
        able = _able(site, known)
        meant = _meant(able, kind, row.geometry, known)
        if len(meant) == 1:
            found.append(meant[0])
        elif not able:
            found.append(("unplanned", site))
        else:
            where, line = row.get("file") or "openings", row.get("line") or ""
            said = " and ".join(_CALLED[one] for one, _ in able)
            problems.append(
                Problem(
                    where,
                    f"{line}, site".removeprefix(", "),
                    printable(f"'{site:.60}' is {said}"),
                    f"say which in a column kind: {' or '.join(one for one, _ in able)}",
                )
            )
    if problems:
        raise InputError(problems)
    return found


def _able(site: str, known: dict[str, gpd.GeoDataFrame]) -> list[tuple[str, str]]:
    """Find the places with an id, or else those with a name that is theirs alone in their kind."""
    found = [(kind, site) for kind, table in known.items() if site in table.index]
    if not found:
        for kind, table in known.items():
            called = table.index[table["label"].str.strip() == site]
            found += [(kind, str(called[0]))] if len(called) == 1 else []
    spots = {kind: _spot(known[kind], place) for kind, place in found}
    if {"existing", "unplanned"} <= set(spots) and _near(spots["existing"], spots["unplanned"], 1):
        return [one for one in found if one[0] != "unplanned"]  # one place in two layers
    return found


def _meant(
    able: list[tuple[str, str]], kind: str, there: Any, known: dict[str, gpd.GeoDataFrame]
) -> list[tuple[str, str]]:
    """Choose from several places by what the row says of itself: its kind, else where it lies."""
    if len(able) < 2:
        return able
    if kind in known:
        return [one for one in able if one[0] == kind]
    return [one for one in able if _near(_spot(known[one[0]], one[1]), there, NEAR_M)]


def _spot(table: gpd.GeoDataFrame, place: str) -> Any:
    return table.geometry[table.index == place].iloc[0]


def _near(one: Any, other: Any, metres: float) -> bool:
    known = not (one is None or other is None or one.is_empty or other.is_empty)
    return known and float(one.distance(other)) <= metres
