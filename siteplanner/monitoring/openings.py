"""What has opened and what has closed: a table by site and date, checked row by row."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from siteplanner.errors import InputError, Problem
from siteplanner.model import Layer
from siteplanner.monitoring.baseline import Baseline
from siteplanner.monitoring.naming import places_meant
from siteplanner.sources import files
from siteplanner.sources.columns import as_text
from siteplanner.sources.ledger import Ledger, offer
from siteplanner.sources.numerals import to_numbers
from siteplanner.sources.positions import coordinate_columns, from_coordinates
from siteplanner.sources.source import Rows
from siteplanner.sources.tables import read_table
from siteplanner.sources.vectors import read_vectors

COLUMNS = ("site", "name", "opened", "closed", "kind", "capacity")
OPEN, CLOSED, NOT_OPEN, UNKNOWN = "open", "closed", "not_open", "unknown"
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][\d:.]+Z?)?")


@dataclass(frozen=True, eq=False)
class Openings:
    """Rows of one or several layers of openings.

    Parameters
    ----------
    rows
        ``site`` (text), ``name`` (text, may be empty), ``opened`` and ``closed`` (dates, None
        where not said), ``capacity`` (NaN unknown), and geometry (WGS 84; None where not said).
        ``kind`` (text, may be empty) tells places that share an id apart; ``file`` and ``line``
        say where the row stands.  These three may be left out.
    sources
        By layer: the SHA-256 of its file.
    """

    rows: gpd.GeoDataFrame
    sources: dict[str, str]


def read_openings(layers: Iterable[Layer], folder: Path) -> Openings:
    """Read when places opened and closed.

    Parameters
    ----------
    layers
        Tables or points, each with the columns ``site`` and ``opened``, and perhaps ``name``,
        ``closed``, ``kind``, ``capacity`` and coordinates.  ``[columns.opened] from = …``
        names another column of the file; ``id`` names that of the sites.
    folder
        The project's ``layers/``.

    Returns
    -------
    The rows of all layers; no row is dropped.

    Raises
    ------
    InputError
        With every row whose site is missing, or whose dates are none or in the wrong order.
    """
    tables: list[pd.DataFrame] = []
    hashes: dict[str, str] = {}
    problems: list[Problem] = []
    for layer in layers:
        ledger = Ledger(layer)
        try:
            located = files.locate(ledger, folder)
            if located.suffix in files.TABLES:
                rows = read_table(ledger, located, set(COLUMNS[:5]))
            else:
                rows = read_vectors(ledger, located)
            tables.append(_of_layer(ledger, rows))
            hashes[layer.name] = files.fingerprint(located)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    both = pd.concat(tables, ignore_index=True)
    return Openings(gpd.GeoDataFrame(both, geometry="geometry", crs=4326), hashes)


def state_on(rows: pd.DataFrame, on: datetime.date) -> str:
    """Say what state a place is in on a day.

    Parameters
    ----------
    rows
        Its rows: ``opened`` and ``closed``.  Several rows are several times of being open; a
        closing alone ends those that began before it and have no end of their own.
    on
        The day.

    Returns
    -------
    ``open``, ``closed`` (it was open), ``not_open`` (nothing says that it has opened) or
    ``unknown`` (a row that does not say when).

    Examples
    --------
    >>> day = datetime.date
    >>> rows = pd.DataFrame({"opened": [day(2026, 5, 1)], "closed": [day(2026, 9, 1)]})
    >>> [state_on(rows, day(2026, month, 1)) for month in (4, 5, 9)]
    ['not_open', 'open', 'closed']
    >>> rows = pd.DataFrame({"opened": [day(2026, 5, 1), None], "closed": [None, day(2026, 9, 1)]})
    >>> [state_on(rows, day(2026, month, 1)) for month in (4, 5, 9)]
    ['not_open', 'open', 'closed']
    """
    states = set()
    for opened, closed in _times(rows):
        if closed is not None and closed <= on:
            states.add(CLOSED)
        elif opened is None:
            states.add(UNKNOWN)
        else:
            states.add(OPEN if opened <= on else NOT_OPEN)
    return next((one for one in (OPEN, UNKNOWN, CLOSED) if one in states), NOT_OPEN)


def _times(rows: pd.DataFrame) -> list[tuple[datetime.date | None, datetime.date | None]]:
    """Give the times of being open; a closing alone goes to the openings that it ends."""
    spans = list(zip(rows["opened"], rows["closed"], strict=True))
    alone = sorted(closed for opened, closed in spans if opened is None and closed is not None)
    times, used = [], set()
    for opened, closed in spans:
        if opened is None:
            continue
        end = closed if closed is not None else next((one for one in alone if one > opened), None)
        times.append((opened, end))
        if closed is None:
            used.add(end)
    times += [one for one in spans if one[0] is None and (one[1] is None or one[1] not in used)]
    return times


def settled(openings: Openings, baseline: Baseline, on: datetime.date) -> gpd.GeoDataFrame:
    """Say of every place, planned, opened or existing, what state it is in.

    Parameters
    ----------
    openings
        What has opened and closed.
    baseline
        What was promised.
    on
        The day.

    Returns
    -------
    Index ``place``; ``label``, ``kind`` (``planned``, ``unplanned``, ``existing``), ``phase``
    (NaN but for planned ones), ``state``, ``opened`` and ``closed`` (ISO, empty where not said),
    ``capacity``, ``need_reached`` at publication, and geometry: where it was published, else as
    the row has it, else None.  An index may come twice, with two kinds.

    Raises
    ------
    InputError
        With every row whose id several kinds of places have, if neither ``kind`` nor where it
        lies tells which one is meant.
    """
    crs = baseline.planned.crs
    known = {
        "planned": baseline.planned,
        "existing": baseline.existing.to_crs(crs),
        "unplanned": baseline.others.to_crs(crs),
    }
    rows = openings.rows.to_crs(crs)
    places = places_meant(rows, known)
    found = []
    for kind in ("planned", "existing"):
        for place, row in known[kind].iterrows():
            own = _of_place(rows, places, (kind, str(place)))
            state = state_on(own, on) if len(own) else (NOT_OPEN if kind == "planned" else OPEN)
            if kind == "existing" and state != CLOSED:
                state = OPEN
            found.append(_row((kind, str(place), row.get("label"), row.geometry), own, state))
            found[-1]["phase"] = row.get("phase", np.nan)
            found[-1]["need_reached"] = row.get("need_reached", np.nan)
    for place in dict.fromkeys(one[1] for one in places if one[0] == "unplanned"):
        own = _of_place(rows, places, ("unplanned", place))
        there = known["unplanned"].loc[place] if place in known["unplanned"].index else None
        geometry = there.geometry if there is not None else _first(own.geometry)
        label = _first(own["name"]) or (there["label"] if there is not None else "")
        found.append(_row(("unplanned", place, label, geometry), own, state_on(own, on)))
    table = pd.DataFrame(found).set_index("place")
    return gpd.GeoDataFrame(table, geometry="geometry", crs=crs)


def _of_layer(ledger: Ledger, rows: Rows) -> pd.DataFrame:
    names = [str(one) for one in rows.table.columns]
    layer = ledger.layer
    asked = {
        one: layer.columns[one].source or one if one in layer.columns else one for one in COLUMNS
    }
    if "site" not in layer.columns and layer.id is not None:
        asked["site"] = layer.id
    for key in ("site", "opened"):
        if asked[key] not in names:
            todo = f"add it, or say which one it is: [columns.{key}] from = …"
            todo = f"{offer(asked[key], names)}; {todo}"
            ledger.in_file("", f"there is no column '{asked[key]}'", todo)
    ledger.stop_if_wrong()
    nothing = as_text(pd.Series(None, rows.table.index, dtype=object))
    texts = {
        one: as_text(rows.table[name].astype(object)) if name in names else nothing
        for one, name in asked.items()
    }
    sites = [None if pd.isna(one) else str(one).strip() for one in texts["site"]]
    for number, site in enumerate(sites):
        if site is not None:
            continue
        ledger.in_file(_line(number), "it names no site", "write the site's id, or its name")
    days = {one: [_day(ledger, texts[one], at, one) for at in range(len(sites))]
            for one in ("opened", "closed")}  # fmt: skip
    for at, (opened, closed) in enumerate(zip(days["opened"], days["closed"], strict=True)):
        if opened is not None and closed is not None and closed < opened:
            found = f"closed on {closed}, before it opened on {opened}"
            ledger.in_file(_line(at), found, "mend one of the two dates")
    capacity = _capacity(ledger, texts["capacity"])
    ledger.stop_if_wrong()
    return pd.DataFrame(
        {
            "site": sites,
            "name": ["" if pd.isna(one) else str(one) for one in texts["name"]],
            "opened": pd.Series(days["opened"], dtype=object),
            "closed": pd.Series(days["closed"], dtype=object),
            "kind": ["" if pd.isna(one) else str(one).strip().lower() for one in texts["kind"]],
            "capacity": capacity.to_numpy(),
            "file": ledger.file,
            "line": [_line(number) for number in range(len(sites))],
            "geometry": _geometry(ledger, rows, names),
        }
    )


def _capacity(ledger: Ledger, cells: pd.Series) -> pd.Series:
    read = to_numbers(cells)
    wrong = {*read.ambiguous.index, *read.unreadable.index}
    for number, (at, cell) in enumerate(cells.items()):
        if at in wrong:
            found = f"'{str(cell)[:40]}' is no number, or may be two"
            ledger.in_file(f"{_line(number)}, capacity", found, "write digits only: 1200")
    return read.number


def _geometry(ledger: Ledger, rows: Rows, names: list[str]) -> gpd.GeoSeries:
    """Give where each row says that it lies, in WGS 84; None where it does not say."""
    placed, columns = rows, coordinate_columns(ledger, names)
    if rows.geometry is None and columns is not None and set(columns) <= set(names):
        placed = from_coordinates(ledger, rows, columns)
    if placed.geometry is None:
        return gpd.GeoSeries([None] * len(rows.table), crs=4326)
    crs = ledger.layer.crs or placed.crs or 4326
    return gpd.GeoSeries(placed.geometry.to_numpy(), crs=crs).to_crs(4326)


def _day(ledger: Ledger, cells: pd.Series, at: int, key: str) -> datetime.date | None:
    cell = cells.iloc[at]
    if pd.isna(cell):
        return None
    found = _ISO.fullmatch(str(cell).strip())
    try:
        return datetime.date(*(int(one) for one in found.groups())) if found else _none(cell)
    except ValueError:
        said = f"'{str(cell)[:40]}' is no date"
        ledger.in_file(f"{_line(at)}, {key}", said, "write year, month, day: 2026-09-30")
        return None


def _none(cell: Any) -> datetime.date:
    raise ValueError(cell)


def _line(number: int) -> str:
    return f"row {number + 2}"


def _of_place(
    rows: gpd.GeoDataFrame, places: list[tuple[str, str]], place: tuple[str, str]
) -> gpd.GeoDataFrame:
    return rows[np.array([one == place for one in places], dtype=bool)]


def _row(place: tuple[str, str, Any, Any], own: pd.DataFrame, state: str) -> dict[str, Any]:
    kind, name, label, geometry = place
    days = {one: [day for day in own[one] if day is not None] for one in ("opened", "closed")}
    known = own["capacity"].dropna()
    return {
        "place": name,
        "label": str(label or "").strip() or name,
        "kind": kind,
        "phase": np.nan,
        "state": state,
        "opened": min(days["opened"]).isoformat() if days["opened"] else "",
        "closed": max(days["closed"]).isoformat() if days["closed"] else "",
        "capacity": float(known.iloc[-1]) if len(known) else np.nan,
        "need_reached": np.nan,
        "geometry": geometry,
    }


def _first(values: pd.Series) -> Any:
    there = [one for one in values if one is not None and str(one)]
    return there[0] if there else None
