"""The sheet of what people said: objections, support and questions, and what was answered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from siteplanner.register.cells import Raw, Value, is_blank, repeated, shown, values_of
from siteplanner.register.columns import ENTRY, LOG, LOG_BY_KEY, SITE
from siteplanner.register.grids import Book
from siteplanner.register.held import Entries
from siteplanner.register.layout import Layout, layout_of
from siteplanner.register.sheets import Grid

Told = tuple[str, str, str, str, str, str, str, str]
"""As `siteplanner.register.copies.Line`."""


@dataclass(frozen=True)
class Said:
    """What a copy holds of what people said.

    Parameters
    ----------
    entries
        By entry: every column that was read; None for a blank cell.
    places
        By entry: address of its row's first cell.
    lines
        What could not be read.
    there
        Whether the copy has such a sheet.
    """

    entries: Entries = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[Told, ...] = ()
    there: bool = False


def said_in(book: Book, language: str, named: Mapping[str, str], issued: Entries | None) -> Said:
    """Read the log of a copy.

    Parameters
    ----------
    book
        The copy.
    language
        It was issued in.
    named
        The sites that it may be about.
    issued
        What the log held when the copy was issued; None where nobody knows.

    Returns
    -------
    The entries; a new row is named after what it says, so that read twice it is one.
    """
    for grid in book.grids:
        layout = None if grid.title.startswith("_") else layout_of(grid, log=True)
        if layout and {"said", "answer"} & set(layout.columns):
            return _read(book, grid, layout, language, (named, issued or {}))
    return Said()


def name_of(entry: Mapping[str, Value]) -> str:
    """Name an entry after site, day, kind and words.

    Examples
    --------
    >>> name_of({"site": "a", "said": "too near the river"})
    'cf5fbee82b'
    """
    parts = "\x1f".join(str(entry.get(key) or "") for key in ("site", "date", "kind", "said"))
    return "c" + hashlib.sha256(parts.encode()).hexdigest()[:9]


def _read(
    book: Book,
    grid: Grid,
    layout: Layout,
    language: str,
    about: tuple[Mapping[str, str], Entries],
) -> Said:
    named, issued = about
    if SITE not in layout.columns:
        why = "the column of ids ('Site') is gone from this sheet: nothing of it was read"
        return Said({}, {}, (("not read", book.name, grid.title, "", "", "", "", why),), there=True)
    rows = [(number, row) for number, row in grid.rows if number not in layout.heads]
    rows = [(number, row) for number, row in rows if any(not is_blank(one) for one in row)]
    cells: list[dict[str, Value]] = [{} for _ in rows]
    spoilt: set[int] = set()
    lines: list[Told] = []
    for key, column in layout.columns.items():
        raws = [_raw(row, column) for _, row in rows]
        values, wrong = values_of(LOG_BY_KEY[key], raws, language)
        for place, value in enumerate(values):
            if place in wrong:
                at = grid.place(rows[place][0], column)
                now = repeated(raws[place], key)
                site = shown(_raw(rows[place][1], layout.columns[SITE]))
                lines.append(("not read", book.name, at, site, key, "", now, wrong[place]))
                spoilt.add(place)
            else:
                cells[place][key] = value
    by_words = {name_of(one): entry for entry, one in issued.items()}  # if rows were sorted
    entries, places = dict[str, dict[str, Value]](), dict[str, str]()
    for place, ((number, row), one) in enumerate(zip(rows, cells, strict=True)):
        at = grid.place(number, layout.columns[SITE])
        entry = by_words.get(name_of(one)) or str(one.pop(ENTRY, None) or "")
        one.pop(ENTRY, None)
        why = _unfit(one, entry in issued, place in spoilt, named)
        if why:
            lines += _left(book, grid, layout, (number, row), why)
            continue
        name = entry if entry in issued else name_of(one)
        if name in entries:
            lines += _left(book, grid, layout, (number, row), "the same entry stands there twice")
            continue
        entries[name], places[name] = one, at
    return Said(entries, places, tuple(lines), there=True)


def _unfit(
    one: Mapping[str, Value],
    known: bool,
    spoilt: bool,
    named: Mapping[str, str],
) -> str:
    """Say why a row is no entry; empty where it is one."""
    site = str(one.get(SITE) or "")
    if site and site not in named:
        return f"no site has the id '{site}'"
    if known:
        return ""
    if not site:
        return "the row does not say which site it is about"
    if spoilt:
        return "a cell of this new row cannot be read: it is taken once that is mended"
    return "" if one.get("said") else "the row does not say what was said"


def _left(
    book: Book, grid: Grid, layout: Layout, row: tuple[int, list[Raw]], why: str
) -> list[Told]:
    number, cells = row
    site = shown(_raw(cells, layout.columns[SITE]))
    return [
        ("not read", book.name, grid.place(number, column), site, one.key, "",
         repeated(_raw(cells, column), one.key), why)
        for one in LOG
        if (column := layout.columns.get(one.key)) is not None
        and one.key not in (SITE, ENTRY)
        and not is_blank(_raw(cells, column))
    ]  # fmt: skip


def _raw(row: list[Raw], column: int) -> Raw:
    return row[column] if column < len(row) else None
