"""The workbook that goes to officers: typed, with drop-downs, locked where nobody types."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from siteplanner.register.cells import Value, label
from siteplanner.register.columns import (
    BY_KEY,
    ENTRY,
    KEYS,
    LOCKED,
    LOG,
    MARK,
    NAME,
    PERSONAL,
    SITE,
    Column,
    issued,
)
from siteplanner.register.held import Register
from siteplanner.register.issued import FORM, SAID, SIGN, SITES
from siteplanner.register.packing import Rows, settle
from siteplanner.register.sheets import letters
from siteplanner.register.wording import Words

FIRST = 3
"""Row of the first site: above are the hidden keys and the headers."""
SPARE = 2000
"""Empty rows of the log that have drop-downs."""
_GREY, _HEAD, _WHITE = "FFEDEDED", "FFD9D9D9", "FFFFFFFF"


@dataclass(frozen=True)
class Issue:
    """What is written into a workbook.

    Parameters
    ----------
    locked
        Index ``site``; columns with the keys of `LOCKED` but the id, as many as there are.
    register
        What officers have filled in so far, and what people said.
    language
        Of headers, notes and choices.
    personal
        Whether the columns about people who work here are written.
    """

    locked: pd.DataFrame
    register: Register = field(default_factory=Register)
    language: str = "en"
    personal: bool = True

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the columns from left to right, hidden ids included."""
        there = {SITE, *self.locked.columns}
        locked = {one.key for one in LOCKED}
        return tuple(
            key for key in issued(personal=self.personal) if key not in locked or key in there
        )


def write_workbook(issue: Issue, path: Path) -> None:
    """Write a register; the same content gives the same bytes.

    Parameters
    ----------
    issue
        What it holds.
    path
        Where to; what is there is written over.
    """
    import openpyxl  # takes long to load

    book = openpyxl.Workbook(write_only=True)
    words = Words(issue.language)
    sites = _write_sites(book.create_sheet(words.say("sites.name")), issue, words)
    log = _write_log(book.create_sheet(words.say("log.name")), issue, words)
    rows = (sites, log, *_write_issued(book, issue))
    sorted_rows = (_sortable(len(issue.locked), len(issue.keys)),
                   _sortable(len(issue.register.log) + SPARE, len(LOG)), "", "")  # fmt: skip
    rough = path.with_name(f"{path.name}.rough")
    try:
        book.save(rough)
        settle(rough, path, rows, sorted_rows)
    finally:
        rough.unlink(missing_ok=True)


def _sortable(rows: int, columns: int) -> str:
    """Give the cells that may be sorted although some of them are locked."""
    return f"A{FIRST}:{letters(columns - 1)}{FIRST + max(rows, 1) - 1}"


def _write_sites(sheet: Any, issue: Issue, words: Words) -> Rows:
    columns = {one.key: one for one in LOCKED} | BY_KEY
    listed = [columns.get(key.split(MARK)[0]) or Column(key) for key in issue.keys]
    rows = len(issue.locked)
    _set_up(sheet, listed, words, rows, frozen="C3")
    return Rows(_styled(sheet, listed), site_rows(issue))


def site_rows(issue: Issue) -> Iterator[list[Any]]:
    """Give the cells of each site as they are shown, hidden ids included."""
    words, known = Words(issue.language), issue.register.sites
    at = {name: place for place, name in enumerate(issue.locked.columns)}
    values = issue.locked.astype(object).to_numpy()
    for site, row in zip(issue.locked.index.astype(str), values, strict=True):
        own = known.get(site, {})
        cells: list[Any] = []
        for key in issue.keys:
            if key == SITE or key.startswith(MARK):
                cells.append(site)
            elif key in BY_KEY:
                cells.append(shown_as(BY_KEY[key], own.get(key), words))
            else:
                cells.append(_plain(row[at[key]]))
        yield cells


def shown_as(column: Column, value: Value, words: Words) -> Any:
    """Give a kept value as a cell: a day as a date, a choice in the language's words."""
    if column.kind == "date" and isinstance(value, str):
        return datetime.date.fromisoformat(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return label(column, value, words)


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return value.item() if hasattr(value, "item") else value


def _write_log(sheet: Any, issue: Issue, words: Words) -> Rows:
    said = issue.register.consultation()
    _set_up(sheet, LOG, words, len(said) + SPARE, frozen="B3")
    ids = (
        f"{_quoted(words.say('sites.name'))}!$A${FIRST}:$A${FIRST + max(len(issue.locked), 1) - 1}"
    )
    _validate(
        sheet, 0, len(said) + SPARE, type="list", formula1=ids, error=words.say("choice.error")
    )
    rows = (
        [entry if one.key == ENTRY else shown_as(one, row[one.key], words) for one in LOG]
        for entry, row in zip(said.index, said.to_dict("records"), strict=True)
    )
    return Rows(_styled(sheet, LOG), rows)


def _write_issued(book: Any, issue: Issue) -> tuple[Rows, Rows]:
    """Make the hidden sheets, and give what stands in them below their two head rows."""
    sheet = book.create_sheet(SITES)
    sheet.sheet_state = "veryHidden"
    keys = [key for key in KEYS if issue.personal or key not in PERSONAL]
    sheet.append([SIGN, FORM, issue.language])
    sheet.append([SITE, NAME, *keys])
    names = issue.locked.get(NAME, pd.Series("", index=issue.locked.index)).astype(str)
    known = issue.register.sites
    sites = (
        [site, name, *(known.get(site, {}).get(key) for key in keys)]
        for site, name in zip(issue.locked.index.astype(str), names, strict=True)
    )
    log = book.create_sheet(SAID)
    log.sheet_state = "veryHidden"
    keys_of_log = [one.key for one in LOG if one.key != ENTRY]
    log.append([ENTRY, *keys_of_log])
    log.append([])
    said = (
        [entry, *(one.get(key) for key in keys_of_log)] for entry, one in issue.register.log.items()
    )
    return Rows([(0, 0)] * (len(keys) + 2), sites), Rows([(0, 0)] * len(LOG), said)


def _set_up(sheet: Any, columns: Sequence[Column], words: Words, rows: int, *, frozen: str) -> None:
    """Write keys and headers, and set widths, locks, drop-downs, filter and protection."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill, Protection

    for place, one in enumerate(columns):
        own = sheet.column_dimensions[letters(place)]
        own.width = one.width
        hidden = one.key.startswith(MARK) or one.key == ENTRY
        own.hidden = hidden
        if one.group or columns is LOG:
            own.protection = Protection(locked=hidden)
            own.number_format = _format(one)
        else:
            own.fill = PatternFill("solid", _GREY, _GREY)
    sheet.row_dimensions[1].hidden = True
    sheet.row_dimensions[2].height = 45
    sheet.freeze_panes = frozen
    end = f"{letters(len(columns) - 1)}{FIRST + max(rows, 1) - 1}"
    sheet.auto_filter.ref = f"A2:{end}"
    _protect(sheet)
    for place, one in enumerate(columns):
        _validate_column(sheet, place, one, rows, words)
    sheet.append([one.key for one in columns])
    heads = []
    for one in columns:
        hidden = one.key.startswith(MARK)
        cell = WriteOnlyCell(sheet, one.key if hidden else words.header(one.key))
        cell.font = Font(name="Calibri", size=11, bold=True)
        cell.fill = PatternFill("solid", _HEAD, _HEAD)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if not hidden and one.key != ENTRY:
            note = words.note(one.key)
            if one.key == SITE:
                note = f"{note}\n\n{words.say('about.fill')}"
            cell.comment = Comment(note, "siteplanner", height=40 + len(note), width=280)
        heads.append(cell)
    sheet.append(heads)


def _protect(sheet: Any) -> None:
    """Lock what is locked, without a password; sorting and filtering stay possible."""
    rules = sheet.protection
    rules.enable()
    for allowed in ("sort", "autoFilter", "formatColumns", "formatRows", "formatCells"):
        setattr(rules, allowed, False)
    rules.selectLockedCells = True  # True refuses it: a locked id cannot be typed over


def _format(column: Column) -> str:
    if column.kind == "date":
        return "yyyy-mm-dd"
    if column.kind == "year":
        return "0"
    return "General" if column.kind == "number" else "@"


def _validate_column(sheet: Any, place: int, one: Column, rows: int, words: Words) -> None:
    if not one.group and one.key not in ("kind", "date", "answered_on"):
        return
    if one.options:
        shown = ",".join(words.option(one.key, value) for value in one.options)
        _validate(sheet, place, rows, type="list", formula1=f'"{shown}"',
                  error=words.say("choice.error"))  # fmt: skip
    elif one.kind in ("number", "year"):
        kind = "whole" if one.kind == "year" else "decimal"
        most = 1e15 if one.most is None else one.most
        said = words.say("year.error" if one.kind == "year" else "number.error")
        _validate(sheet, place, rows, type=kind, operator="between", formula1=f"{one.least:g}",
                  formula2=f"{most:g}", error=said)  # fmt: skip
    elif one.kind == "date":
        _validate(sheet, place, rows, type="date", operator="between", formula1="18264",
                  formula2="73415", error=words.say("date.error"))  # fmt: skip


def _validate(sheet: Any, place: int, rows: int, **rule: Any) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    made = DataValidation(allow_blank=True, showErrorMessage=True, **rule)
    name = letters(place)
    made.add(f"{name}{FIRST}:{name}{FIRST + max(rows, 1) - 1}")
    sheet.data_validations.append(made)


def _styled(sheet: Any, columns: Sequence[Column]) -> list[tuple[int, int]]:
    """Give for each column its style, and that of text that looks like a formula."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, PatternFill, Protection

    found = []
    for one in columns:
        pair = WriteOnlyCell(sheet), WriteOnlyCell(sheet)
        for cell in pair:
            hidden = one.key.startswith(MARK) or one.key == ENTRY
            if (one.group or columns is LOG) and not hidden:
                cell.protection = Protection(locked=False)
                cell.number_format = _format(one)
                cell.alignment = Alignment(wrap_text=one.width >= 40, vertical="top")
            elif not hidden:
                cell.fill = PatternFill("solid", _GREY, _GREY)
        pair[1].quotePrefix = True
        found.append((int(pair[0].style_id), int(pair[1].style_id)))
    return found


def _quoted(title: str) -> str:
    return "'" + title.replace("'", "''") + "'"
