"""All photos of a workshop: each is read or refused, and what they say is one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from siteplanner.errors import InputError, Problem
from siteplanner.marks.agreeing import Copy, agreed, copies
from siteplanner.marks.found import Found
from siteplanner.marks.known import Page, find_pages
from siteplanner.marks.photos import Photo, open_photo, shown_name
from siteplanner.marks.reading import Read, read_photo
from siteplanner.marks.recognising import CodeHiddenError, Known
from siteplanner.marks.review import COLUMNS, PHOTO_COLUMNS
from siteplanner.sheets.grid import cell_at
from siteplanner.sheets.sheet import Sheet

NEEDED = ("PIL", "pypdfium2", "zxingcpp")
SURE = 0.4
"""Marks less sure than this are not kept unless a person says so."""
COVERED = 0.002
"""A larger share of the map under a hand or a thing is told."""


@dataclass(frozen=True, eq=False)
class Scan:
    """What the photos of a workshop say.

    Parameters
    ----------
    marks
        Index ``mark``; the columns of `siteplanner.marks.review.COLUMNS` but ``mark`` itself;
        geometry in the sheets' system, None for ticks.
    photos
        One row a photo: ``photo``, ``state`` (read or refused), ``sheet``, ``found``,
        ``residual_mm``, ``reason``.
    sheets
        The sheets that were read, by number.
    reads
        The photos that were read, by name.
    shown
        For each photo the marks to draw on its picture: name and what was found.
    """

    marks: gpd.GeoDataFrame
    photos: pd.DataFrame
    sheets: Mapping[int, Sheet]
    reads: Mapping[str, Read] = field(repr=False)
    shown: Mapping[str, tuple[tuple[str, Found], ...]] = field(repr=False)


def scan(
    photos: Iterable[Path],
    *,
    project: str = "",
    folders: Iterable[Path] = (),
    colours: Mapping[str, str] | None = None,
    group: str = "",
    turn: str = "",
    progress: Callable[[str], None] = lambda _: None,
) -> Scan:
    """Read photos of sheets.

    A photo that cannot be read is refused with a sentence; the others are read all the same.

    Parameters
    ----------
    photos
        Files.
    project
        The project whose sheets are expected; empty for any.
    folders
        Where the printed PDFs lie.
    colours
        What a colour says: ``{"green": "support"}``; others say their own name.
    group, turn
        Who wrote on the sheets, and in which round; nothing about any person.
    progress
        Called with the name of each photo.

    Returns
    -------
    The marks, for a person to confirm.

    Raises
    ------
    InputError
        If no photo is named.
    """
    paths = list(dict.fromkeys(Path(one) for one in photos))
    if not paths:
        raise InputError([Problem("scan", "", "no photo is named", "name one: photos/*.jpg")])
    _needed()
    pages = find_pages(folders)
    names = _names(paths)
    rows: dict[str, dict[str, object]] = {}
    reads: dict[str, Read] = {}
    waiting = list(names)
    for _ in range(2):  # a second look where another photo shows the code that was hidden
        known = Known(project, pages, {read.sheet.tag: read.sheet for read in reads.values()})
        hidden = []
        for path in waiting:
            progress(names[path])
            try:
                reads[names[path]] = _read(path, names[path], known, reads)
                rows[names[path]] = _row(reads[names[path]])
            except InputError as error:
                rows[names[path]] = _refused(names[path], error)
                hidden += [path] if isinstance(error, CodeHiddenError) else []
        waiting = hidden
    table = pd.DataFrame([rows[name] for name in sorted(rows)], columns=[*PHOTO_COLUMNS])
    marks, shown = _marks(reads, pages, dict(colours or {}), (group, turn))
    sheets = {read.sheet.number: read.sheet for read in reads.values()}
    return Scan(marks, table, sheets, reads, shown)


def _needed() -> None:
    """Say at once if a package is missing that only reading photos needs."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        found = f"reading photos needs a package that is not installed: {', '.join(missing)}"
        raise InputError([Problem("scan", "", found, "run: pip install 'siteplanner[scan]'")])


def _names(paths: Iterable[Path]) -> dict[Path, str]:
    """Name photos; those of one name in several folders are told apart."""
    names: dict[Path, str] = {}
    for path in paths:
        taken = {name.lower() for name in names.values()}
        number, name = 2, shown_name(path)
        while name.lower() in taken:
            name, number = f"{path.stem}-{number}{path.suffix}", number + 1
        names[path] = name
    return names


def _read(path: Path, name: str, known: Known, others: Mapping[str, Read]) -> Read:
    """Read one photo, which has to be of the same plan as the others."""
    read = read_photo(Photo(name, open_photo(path).pixels), known)
    sheet = read.sheet
    for other in others.values():
        first = other.sheet
        if (sheet.project, sheet.scenario) != (first.project, first.scenario):
            found = f"it shows a sheet of '{sheet.scenario:.40}', others of '{first.scenario:.40}'"
            todo = "read the sheets of each scenario into a layer of their own"
            raise InputError([Problem(name, "", found, todo)])
        if sheet.number == first.number and sheet.tag != first.tag:
            found = f"sheet {sheet.number} is there in two versions, {first.version} before"
            todo = "read the photos of each version into a layer of their own"
            raise InputError([Problem(name, "", found, todo)])
    return read


def _refused(name: str, error: InputError) -> dict[str, object]:
    problem = error.problems[0]
    reason = f"{problem.found}; {problem.todo}"
    return {"photo": name, "state": "refused", "sheet": pd.NA, "found": 0,
            "residual_mm": np.nan, "reason": reason}  # fmt: skip


def _row(read: Read) -> dict[str, object]:
    reasons = []
    if not read.page_known:
        reasons.append("its printed page was not found: marks are less sure")
    if read.covered > COVERED:
        share = f"{max(1, round(100 * read.covered))} % of the map"
        reasons.append(f"something lies over {share}: what is under it was not read")
    return {"photo": read.photo, "state": "read", "sheet": read.sheet.number,
            "found": len(read.found), "residual_mm": round(read.flat.residual_mm, 2),
            "reason": "; ".join(reasons)}  # fmt: skip


def _marks(
    reads: Mapping[str, Read],
    pages: Mapping[str, Page],
    colours: Mapping[str, str],
    told: tuple[str, str],
) -> tuple[gpd.GeoDataFrame, dict[str, tuple[tuple[str, Found], ...]]]:
    rows: list[dict[str, object]] = []
    shown: dict[str, list[tuple[str, Found]]] = {name: [] for name in reads}
    by_sheet: dict[int, list[Read]] = {}
    for read in reads.values():
        by_sheet.setdefault(read.sheet.number, []).append(read)
    for number in sorted(by_sheet):
        for count, copy in enumerate(copies(by_sheet[number]), 1):
            ordered = sorted(agreed(copy), key=lambda pair: _order(pair[0]))
            for place, (one, most) in enumerate(ordered, 1):
                name = f"s{number:02}-p{count}-{place:03}"
                rows.append(_as_row(name, one, copy, most, pages, colours) | _told(told))
                for read in copy.reads:
                    shown[read.photo].append((name, one))
    crs = next((read.sheet.crs for read in reads.values()), None)
    table = pd.DataFrame(rows, columns=[*COLUMNS]).set_index("mark")
    marks = gpd.GeoDataFrame(table, geometry="geometry", crs=crs)
    return marks, {name: tuple(found) for name, found in shown.items()}


def _told(told: tuple[str, str]) -> dict[str, object]:
    return {"group": told[0], "round": told[1]}


def _order(one: Found) -> tuple[str, int, float, float]:
    middle = one.shape_mm.centroid
    return one.kind, one.row, -round(middle.y, 1), round(middle.x, 1)


def _as_row(
    name: str,
    one: Found,
    copy: Copy,
    most: bool,
    pages: Mapping[str, Page],
    colours: Mapping[str, str],
) -> dict[str, object]:
    sheet = copy.reads[0].sheet
    page = pages.get(sheet.tag)
    sites = page.sites if page else ()
    note = one.note
    site = sites[one.row] if 0 <= one.row < len(sites) else ""
    if one.row >= 0 and not site:
        note = "; ".join(part for part in (f"row {one.row + 1} of the sheet", note) if part)
    middle = one.shape_mm.representative_point() if one.kind == "area" else one.shape_mm.centroid
    error_mm = max(read.error_mm for read in copy.reads)
    return {
        "mark": name,
        "keep": "yes" if most and one.confidence >= SURE else "no",
        "kind": one.kind,
        "says": one.says or colours.get(one.colour, one.colour),
        "colour": one.colour,
        "site": site,
        "sheet": sheet.number,
        "cell": "" if sheet.extent is None else cell_at(middle.x, middle.y, sheet.frame_mm),
        "people": 1,
        "group": "",
        "round": "",
        "note": note,
        "photo": one.photo,
        "confidence": one.confidence,
        "error_m": np.nan if sheet.extent is None else round(error_mm * sheet.scale / 1000, 1),
        "geometry": _on_ground(one.shape_mm, sheet),
    }


def _on_ground(shape_mm: BaseGeometry, sheet: Sheet) -> BaseGeometry | None:
    import shapely

    if sheet.extent is None:
        return None
    moved = shapely.transform(shape_mm, sheet.to_ground)
    if isinstance(moved, Point):
        return Point(round(moved.x, 2), round(moved.y, 2))
    return shapely.set_precision(moved, 0.01)
