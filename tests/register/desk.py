"""What an officer does with a workbook, by openpyxl: type, sort, merge, rename."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

from siteplanner.register import Issue, Register, write_workbook

SITES = {"a": "Old mill", "b": "School", "c": "Depot", "d": "Clinic", "016": "Lot"}


def workbook(path: Path, register: Register | None = None, language: str = "en", **more) -> Path:
    """Write a small register."""
    locked = pd.DataFrame(
        {"name": list(SITES.values()), "candidate": "possible", "index": [90.0, 80, 70, 60, 50]},
        index=pd.Index(list(SITES), name="site"),
    )
    write_workbook(Issue(locked, register or Register(), language, **more), path)
    return path


def columns(sheet: Any) -> dict[str, int]:
    """Give the number of each column, from 1, by the hidden keys."""
    return {cell.value: cell.column for cell in sheet[1] if cell.value}


def rows(sheet: Any) -> dict[str, int]:
    """Give the number of the row of each site."""
    at = columns(sheet)["site"]
    return {
        str(sheet.cell(row, at).value): row
        for row in range(3, sheet.max_row + 1)
        if sheet.cell(row, at).value is not None
    }


def typed(path: Path, cells: Mapping[tuple[str, str], Any], to: Path | None = None) -> Path:
    """Type values into the sheet of sites, by (site, key)."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    column, row = columns(sheet), rows(sheet)
    for (site, key), value in cells.items():
        sheet.cell(row[site], column[key]).value = value
    book.save(to or path)
    return to or path


def logged(path: Path, entries: Iterable[Mapping[str, Any]], to: Path | None = None) -> Path:
    """Add rows to the sheet of what people said."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[1]
    column = columns(sheet)
    free = 1 + max(
        [2, *(c.row for c in sheet["A"] if c.row > 2 and c.value is not None)],
    )
    for number, entry in enumerate(entries, start=free):
        for key, value in entry.items():
            sheet.cell(number, column[key]).value = value
    book.save(to or path)
    return to or path


def sorted_by(path: Path, order: list[str], keys: Iterable[str] | None = None) -> Path:
    """Put rows into another order: all their cells, or only those of some columns."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    column, row = columns(sheet), rows(sheet)
    wanted = list(column.values()) if keys is None else [column[key] for key in keys]
    held = {
        site: [(sheet.cell(at, one).value, sheet.cell(at, one).data_type) for one in wanted]
        for site, at in row.items()
    }
    for number, site in zip(sorted(row.values()), order, strict=True):
        for one, (value, kind) in zip(wanted, held[site], strict=True):
            sheet.cell(number, one).value = value
            sheet.cell(number, one).data_type = kind
    book.save(path)
    return path
