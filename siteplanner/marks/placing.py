"""Where a mark lies: at its geometry, in the middle of a grid cell, or at its site."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from siteplanner.errors import nearest_names
from siteplanner.marks.faults import Faults
from siteplanner.model import Notice
from siteplanner.sheets.grid import COLUMNS, ROWS, cell_box
from siteplanner.sheets.sheet import Sheet

KEPT = (
    "mark", "kind", "says", "colour", "site", "sheet", "cell", "people", "group", "round",
    "confidence", "error_m",
)  # fmt: skip
BESIDE = 0.05
"""A mark may lie outside its sheet's map by this share of the map's width."""
_CELL = re.compile(r"\s*([A-Za-z])\s*(\d{1,2})\s*")


@dataclass(frozen=True)
class Ground:
    """What tells where things lie.

    Parameters
    ----------
    sheets
        By number.
    sites
        By scenario: the sites that a tick can stand beside, index ``site``.
    """

    sheets: Mapping[int, Sheet]
    sites: Mapping[str, gpd.GeoSeries]


def put(
    rows: pd.DataFrame, ground: Ground, faults: Faults
) -> tuple[gpd.GeoDataFrame, list[Notice]]:
    """Give every row a geometry.

    Parameters
    ----------
    rows
        The kept rows, cleaned: ``sheet`` a number, ``geometry`` well-known text.
    ground
        Sheets and sites.
    faults
        Where rows that lie nowhere are noted.

    Returns
    -------
    The rows that could be placed, with the columns of `KEPT`, in the system of the sheet with the
    lowest number; and how many were placed by cell or site, and where cell and geometry disagree.
    """
    crs = ground.sheets[min(ground.sheets)].crs if ground.sheets else None
    found: dict[Hashable, BaseGeometry] = {}
    table = rows.copy()
    by_cell, by_site, apart = list[str](), list[str](), list[str]()
    for row, cells in rows.iterrows():
        sheet = _sheet(row, cells, ground, faults)
        if sheet is None:
            continue
        name, shape = str(cells["mark"]), None
        if isinstance(cells["geometry"], str):
            shape = _drawn(row, cells["geometry"], sheet, faults)
            apart += [name] if shape is not None and _elsewhere(cells["cell"], shape, sheet) else []
        elif isinstance(cells["cell"], str):
            shape, error_m = _of_cell(row, cells["cell"], sheet, faults)
            table.loc[row, "cell"] = cells["cell"].strip().upper()
            if pd.isna(cells["error_m"]):
                table.loc[row, "error_m"] = error_m
            by_cell.append(name)
        elif isinstance(cells["site"], str):
            shape = _of_site(row, cells["site"], sheet, ground, faults)
            by_site.append(name)
        else:
            todo = "give a cell such as C4, a site, or a geometry; or write no under keep"
            faults.add(row, "cell", "nothing says where it lies", todo)
        if shape is not None:
            found[row] = _in(shape, sheet.crs, crs)
    placed = table.loc[list(found)]
    placed["kind"] = _kinds(placed, list(found.values()))
    made = gpd.GeoDataFrame(placed[[*KEPT]], geometry=list(found.values()), crs=crs)
    return made, _said(len(rows), by_cell, by_site, apart)


def nearest_cell(name: str) -> str:
    """Give the cell that somebody may have meant; empty where nothing is near.

    Examples
    --------
    >>> nearest_cell("K9"), nearest_cell("4c"), nearest_cell("C0"), nearest_cell("left")
    ('H8', 'C4', 'C1', '')
    """
    turned = re.sub(r"^\s*(\d+)\s*([A-Za-z])\s*$", r"\2\1", name)
    said = _CELL.fullmatch(turned)
    if said is None:
        return ""
    column = min(said[1].upper(), COLUMNS[-1])
    return f"{column}{min(max(int(said[2]), 1), len(ROWS))}"


def _sheet(row: Hashable, cells: pd.Series, ground: Ground, faults: Faults) -> Sheet | None:
    if pd.isna(cells["sheet"]) or cells["sheet"] % 1:
        return None  # said already
    number = int(cells["sheet"])
    sheet = ground.sheets.get(number)
    if sheet is None and ground.sheets:
        todo = nearest_names(str(number), map(str, ground.sheets))
        faults.add(row, "sheet", f"no sheet {number} was read", todo)
    return sheet


def _drawn(row: Hashable, text: str, sheet: Sheet, faults: Faults) -> BaseGeometry | None:
    shape = shapely.from_wkt(text, on_invalid="ignore")
    if shape is None or shape.is_empty or not np.isfinite(shape.bounds).all():
        found = f"found '{text:.40}'"
        faults.add(row, "geometry", found, "empty the cell and give a grid cell such as C4 instead")
        return None
    if sheet.extent is not None:
        xmin, ymin, xmax, ymax = sheet.extent
        room = BESIDE * max(xmax - xmin, ymax - ymin)
        if not shapely.box(xmin - room, ymin - room, xmax + room, ymax + room).covers(shape):
            found = f"it lies outside sheet {sheet.number}"
            todo = "mend the numbers, or empty the cell and give a grid cell such as C4 instead"
            faults.add(row, "geometry", found, todo)
            return None
    return shape if shape.is_valid else shapely.make_valid(shape)


def _of_cell(
    row: Hashable, name: str, sheet: Sheet, faults: Faults
) -> tuple[BaseGeometry | None, float]:
    """Give the middle of a cell on the ground, and half its diagonal."""
    if sheet.extent is None:
        found = f"sheet {sheet.number} is a list of sites, and has no cells"
        faults.add(row, "cell", found, "give the site instead")
        return None, np.nan
    try:
        left, bottom, width, height = cell_box(name, sheet.frame_mm)
    except ValueError:
        near = nearest_cell(name)
        todo = f"did you mean '{near}'?" if near else "cells are A1 to H8, as printed on the sheet"
        faults.add(row, "cell", f"no cell '{name}'", todo)
        return None, np.nan
    corners = sheet.to_ground([[left, bottom], [left + width, bottom + height]])
    middle = corners.mean(axis=0)
    return shapely.Point(middle), float(np.hypot(*(corners[1] - corners[0])) / 2)


def _of_site(
    row: Hashable, name: str, sheet: Sheet, ground: Ground, faults: Faults
) -> BaseGeometry | None:
    """Give a point inside a site; zeros that a spreadsheet took off its id do not matter."""
    sites = ground.sites.get(sheet.scenario)
    if sites is None:
        found = f"nobody knows where the sites of '{sheet.scenario}' lie"
        faults.add(row, "site", found, f"run it first: siteplanner run {sheet.scenario}")
        return None
    if name not in sites.index:
        bare = [one for one in sites.index if str(one).lstrip("0") == name.lstrip("0")]
        if len(bare) != 1:
            todo = nearest_names(name, map(str, sites.index))
            faults.add(row, "site", f"no site '{name}'", todo)
            return None
        name = bare[0]
    point = sites.representative_point()[name]
    return _in(point, sites.crs, sheet.crs)


def _in(shape: BaseGeometry, crs: object, wanted: object) -> BaseGeometry:
    if crs == wanted:
        return shape
    moved: BaseGeometry = gpd.GeoSeries([shape], crs=crs).to_crs(wanted).iloc[0]
    return moved


def _elsewhere(cell: object, shape: BaseGeometry, sheet: Sheet) -> bool:
    """Say whether a geometry lies in another cell than the one that is written beside it."""
    if not isinstance(cell, str) or sheet.extent is None:
        return False
    try:
        left, bottom, width, height = cell_box(cell, sheet.frame_mm)
    except ValueError:
        return True
    corners = sheet.to_ground([[left, bottom], [left + width, bottom + height]])
    return not shapely.box(*corners.ravel()).buffer(1.0).intersects(shape)


def _kinds(rows: pd.DataFrame, shapes: list[BaseGeometry]) -> pd.Series:
    """Say what kind of mark each is, where the row itself does not."""
    flat = ("sticker", "line", "area")
    drawn = rows["geometry"].notna().to_numpy()
    ticked = rows["cell"].isna().to_numpy()
    made = [
        flat[int(shapely.get_dimensions(shape))] if has else ("tick" if tick else "cell")
        for shape, has, tick in zip(shapes, drawn, ticked, strict=True)
    ]
    return rows["kind"].where(rows["kind"].notna(), pd.Series(made, index=rows.index, dtype=object))


def _said(total: int, by_cell: list[str], by_site: list[str], apart: list[str]) -> list[Notice]:
    told = (
        ("info", by_cell, "placed by hand, in the middle of a grid cell"),
        ("info", by_site, "placed at their site"),
        ("flagged", apart, "cell and geometry disagree: the geometry is taken"),
    )
    notices = []
    for kind, names, reason in told:
        if names and kind == "info":
            notices.append(Notice("marks", "info", 0, 0, f"{reason}: {len(names):,}"))
        elif names:
            some = tuple(names[:3])
            notices.append(Notice("marks", "flagged", len(names), total, reason, some))
    return notices
