"""Writing a review folder, whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pandas as pd

from siteplanner.errors import InputError, Problem
from siteplanner.maps.atomic import publish
from siteplanner.marks.pictures import picture_of
from siteplanner.marks.review import MARKS, PHOTOS, SHEET_COLUMNS, SHEETS
from siteplanner.marks.scanning import Scan

FORMULA = re.compile(r"^[=+\-@\t\r]")
"""A spreadsheet would run a text that begins so."""


def review_folder(into: Path) -> Path:
    """Give the review folder of a layer that is to be.

    Examples
    --------
    >>> review_folder(Path("layers/workshop_2026.gpkg")).as_posix()
    'layers/workshop_2026.review'
    """
    return into.with_name(into.stem + ".review")


def check_free(into: Path, *, again: bool) -> None:
    """Refuse to write over an earlier review, in which a person may have changed something.

    Raises
    ------
    InputError
        If one is there, or ``into`` is not named like a layer.
    """
    if into.suffix.lower() != ".gpkg":
        todo = "write the layer's file: layers/workshop.gpkg"
        raise InputError([Problem("scan", "--into", f"found '{into.name:.40}'", todo)])
    folder = review_folder(into)
    if (folder / MARKS).exists() and not again:
        todo = "accept it, name another layer with --into, or write over it with --again"
        raise InputError([Problem(str(folder), "", "a review is there already", todo)])


def write_review(scan: Scan, into: Path, *, again: bool = False) -> Path:
    """Write what photos say beside the layer that it may become.

    Parameters
    ----------
    scan
        What they say.
    into
        The layer's GeoPackage, which is not touched.
    again
        Write over an earlier review, with whatever a person changed in it.

    Returns
    -------
    The folder.

    Raises
    ------
    InputError
        If no photo could be read, or an earlier review is there.
    OutputError
        If the folder cannot be written.
    """
    folder = review_folder(into)
    check_free(into, again=again)
    if not scan.reads:
        raise InputError(
            Problem(str(row.photo), "", *str(row.reason).split("; ", 1))
            for row in scan.photos.itertuples()
        )
    files: dict[str, Callable[[Path], None] | None] = dict.fromkeys(_old_pictures(folder))
    for name in scan.reads:
        files[_picture_name(name)] = partial(_write_picture, scan, name)
    codes = pd.DataFrame(
        [(number, sheet.text()) for number, sheet in sorted(scan.sheets.items())],
        columns=[*SHEET_COLUMNS],
    )
    files |= {
        MARKS: partial(_write_table, _plain(scan)),
        SHEETS: partial(_write_table, codes),
        PHOTOS: partial(_write_table, _harmless(scan.photos)),
    }
    publish(files, folder)
    return folder


def _plain(scan: Scan) -> pd.DataFrame:
    table = pd.DataFrame(scan.marks.drop(columns="geometry")).reset_index()
    shapes = scan.marks.geometry
    table["geometry"] = ["" if one is None else one.wkt for one in shapes]
    return _harmless(table)


def _harmless(table: pd.DataFrame) -> pd.DataFrame:
    """Keep file names from being run as formulas."""
    table = table.copy()
    for name in ("photo", "reason", "note", "group", "round"):
        if name in table:
            texts = table[name].astype(str)
            table[name] = texts.where(~texts.str.match(FORMULA), "'" + texts)
    return table


def _write_table(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _write_picture(scan: Scan, name: str, path: Path) -> None:
    path.write_bytes(picture_of(scan.reads[name], scan.shown[name]))


def _picture_name(photo: str) -> str:
    return f"{Path(photo).stem}.jpg" if photo.lower().endswith(".jpg") else f"{photo}.jpg"


def _old_pictures(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*.jpg")] if folder.is_dir() else []
