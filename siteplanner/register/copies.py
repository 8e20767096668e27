"""A copy that came back: what it says, and cell by cell what could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from siteplanner.errors import InputError, Problem
from siteplanner.register.cells import (
    Covered,
    Formula,
    Raw,
    Value,
    is_blank,
    repeated,
    shown,
    values_of,
)
from siteplanner.register.columns import BY_KEY, KEYS, NAME, SITE
from siteplanner.register.grids import Book, open_book
from siteplanner.register.held import Entries
from siteplanner.register.issued import Issued, issued_in
from siteplanner.register.layout import Layout, layout_of
from siteplanner.register.said import Said, said_in
from siteplanner.register.sheets import Grid
from siteplanner.register.wording import folded

FEWEST_MOVED = 3
NO_IDS = "the column of ids ('Site') is gone: nobody knows which row is about which site"


@dataclass(frozen=True)
class Line:
    """One line of the report.

    Parameters
    ----------
    what
        ``changed``, ``conflict``, ``not read`` or ``remark``.
    copy, place
        File, and the cell there.
    site, column
        Id, and key or header.
    was, now
        The value before, and the one that the copy gives.
    why
        A sentence.
    """

    what: str
    copy: str
    place: str = ""
    site: str = ""
    column: str = ""
    was: str = ""
    now: str = ""
    why: str = ""


@dataclass(frozen=True)
class Copy:
    """What a copy says.

    Parameters
    ----------
    name, sha256
        Of the file.
    language
        It was issued in.
    cells
        By site, for every column that was read: the value, or None for a blank cell.
    places
        By site: the number of its row.
    issued
        What the copy was issued with; None where it does not say.
    log
        What people said, as far as it has that sheet.
    lines
        What could not be read, and remarks.
    addresses
        By key: the address of a cell of that column, but for the row.
    names
        What each site is called that it may be about.
    """

    name: str
    sha256: str
    language: str
    cells: Entries
    places: Mapping[str, int]
    issued: Issued | None
    log: Said
    lines: tuple[Line, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def place(self, site: str, key: str) -> str:
        """Give the address of a cell."""
        return f"{self.addresses.get(key, '')}{self.places.get(site, '')}"


def read_copy(path: Path, known: Mapping[str, str] | None, language: str = "en") -> Copy:
    """Read a copy of the register back.

    Parameters
    ----------
    path
        A workbook or a CSV; it stays as it is.
    known
        Sites and their names, beside those that the copy itself was issued with; None to take
        every id that stands there, as of the register that a project keeps.
    language
        To take dates by, where the copy does not say in which language it was issued.

    Returns
    -------
    What it says, with a line for every cell that could not be read.

    Raises
    ------
    InputError
        If nothing of it can be read.
    """
    book = open_book(path)
    issued = issued_in(book.grids)
    own = _language_of(issued, language)
    found = _sheet(book)
    if found is None:
        what = "no sheet of it looks like the register"
        todo = "send a copy of the workbook that siteplanner register wrote"
        raise InputError([Problem(book.name, "", what, todo)])
    grid, layout = found
    if SITE not in layout.columns:
        todo = "copy the rows into a fresh register"
        raise InputError([Problem(book.name, grid.title, NO_IDS, todo)])
    own_names = _named(grid, layout) if known is None else known
    named = {**own_names, **(issued.names if issued else {})}
    lines = [Line("remark", book.name, why=one) for one in book.said]
    lines += [Line("remark", book.name, place, why=why) for place, why in layout.said]
    rows, wrong = _rows(book, grid, layout, named)
    lines += wrong
    cells, wrong = _values(book, grid, layout, rows, own)
    lines += wrong
    if issued is not None:
        cells, wrong = _not_moved(book, grid, layout, rows, cells, issued)
        lines += wrong
    log = said_in(book, own, named, issued.log if issued else None)
    lines += [Line(*one) for one in log.lines]
    return Copy(
        book.name, book.sha256, own, cells, {site: row for site, (row, _) in rows.items()},
        issued, log, tuple(lines),
        {key: grid.place(0, column)[:-1] for key, column in layout.columns.items()},
        named,
    )  # fmt: skip


def _named(grid: Grid, layout: Layout) -> dict[str, str]:
    """Take every id of a sheet for a site."""
    rows = [row for number, row in grid.rows if number not in layout.heads]
    ids = [_id(row, layout.columns[SITE]) for row in rows]
    at_name = layout.columns.get(NAME)
    names = ["" if at_name is None else _id(row, at_name) for row in rows]
    return {site: name for site, name in zip(ids, names, strict=True) if site}


def _language_of(issued: Issued | None, language: str) -> str:
    """Give the language of a copy: what it was issued in, else the one given."""
    return issued.language if issued and issued.language else language


def _sheet(book: Book) -> tuple[Grid, Layout] | None:
    """Find the sheet of sites: the one with most of its columns."""
    best: tuple[Grid, Layout] | None = None
    for grid in book.grids:
        if grid.title.startswith("_"):
            continue
        layout = layout_of(grid)
        if layout and set(layout.columns) & set(KEYS) and (
            best is None or len(layout.columns) > len(best[1].columns)
        ):  # fmt: skip
            best = grid, layout
    return best


Rows = dict[str, tuple[int, list[Raw]]]


def _rows(
    book: Book, grid: Grid, layout: Layout, named: Mapping[str, str]
) -> tuple[Rows, list[Line]]:
    """Give the row of each site; rows about nobody knows which site are told."""
    found: Rows = {}
    lines: list[Line] = []
    by_id = list(_by_id(grid, layout, named))
    count = Counter(site for site, *_ in by_id)
    for site, number, row, why in by_id:
        if count[site] > 1 and site in named:
            why = f"the id '{site}' is in {count[site]} rows; leave one of them"
        if why:
            lines += _left(book, grid, layout, (site, number, row), why)
        else:
            found[site] = number, row
    return found, lines


def _by_id(
    grid: Grid, layout: Layout, named: Mapping[str, str]
) -> Iterator[tuple[str, int, list[Raw], str]]:
    """Give site, number, cells of each row, and why it cannot be read."""
    bare = {one.lstrip("0"): one for one in named}
    at_name = layout.columns.get(NAME)
    for number, row in grid.rows:
        if number in layout.heads:
            continue
        site = _id(row, layout.columns[SITE])
        if site not in named and bare.get(site.lstrip("0")):  # a spreadsheet took 016 for 16
            site = bare[site.lstrip("0")]
        repeats = {_id(row, column) for column in layout.repeats} - {""}
        name = _id(row, at_name) if at_name is not None else ""
        apart = "the id and {} no longer belong together: part of the table was sorted or moved"
        todo = "; sort whole rows in a fresh copy"
        if not site:
            yield site, number, row, "the row has no id; write the value into the row of its site"
        elif site not in named:
            yield site, number, row, f"no site has the id '{site}'"
        elif any(one.lstrip("0") != site.lstrip("0") for one in repeats):
            yield site, number, row, apart.format("its hidden copy") + todo
        elif name and folded(name) != folded(_plain(named[site])):
            yield site, number, row, apart.format("the name") + todo
        else:
            yield site, number, row, ""


def _plain(name: str) -> str:
    return " ".join(name.split())


def _id(row: list[Raw], column: int) -> str:
    raw = row[column] if column < len(row) else None
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    return "" if raw is None or isinstance(raw, Formula | Covered) else str(raw).strip()


def _left(
    book: Book, grid: Grid, layout: Layout, row: tuple[str, int, list[Raw]], why: str
) -> list[Line]:
    """Tell every filled cell of a row that is not read, so that nothing of it is lost."""
    site, number, cells = row
    lines = [
        Line("not read", book.name, grid.place(number, column), site, key, "",
             repeated(cells[column], key), why)
        for key, column in layout.columns.items()
        if key in BY_KEY and column < len(cells) and not is_blank(cells[column])
    ]  # fmt: skip
    place = grid.place(number, layout.columns[SITE])
    return lines or [Line("not read", book.name, place, site, why=why)] * bool(site)


def _values(
    book: Book, grid: Grid, layout: Layout, rows: Rows, language: str
) -> tuple[dict[str, dict[str, Value]], list[Line]]:
    """Read the officers' columns of the rows; what cannot be read is not there, not blank."""
    cells: dict[str, dict[str, Value]] = {site: {} for site in rows}
    lines = []
    for key, column in layout.columns.items():
        if key not in BY_KEY:
            continue
        raws = [row[column] if column < len(row) else None for _, row in rows.values()]
        values, wrong = values_of(BY_KEY[key], raws, language)
        for place, (site, value) in enumerate(zip(rows, values, strict=True)):
            if place in wrong:
                at = grid.place(rows[site][0], column)
                now = repeated(raws[place], key)
                lines.append(Line("not read", book.name, at, site, key, "", now, wrong[place]))
            else:
                cells[site][key] = value
    for stray in layout.strays:
        for site, (number, row) in rows.items():
            raw = row[stray.column] if stray.column < len(row) else None
            if not is_blank(raw):
                at = grid.place(number, stray.column)
                lines.append(
                    Line(
                        "not read", book.name, at, site, stray.header, "", repeated(raw), stray.why
                    )
                )
    return cells, lines


def _not_moved(
    book: Book,
    grid: Grid,
    layout: Layout,
    rows: Rows,
    cells: dict[str, dict[str, Value]],
    issued: Issued,
) -> tuple[dict[str, dict[str, Value]], list[Line]]:
    """Refuse columns that hold what they were issued with, but in other rows."""
    lines = []
    why = "what stood in other rows now stands here: the column was sorted without its ids"
    for key in KEYS:
        moved = [
            site
            for site, one in cells.items()
            if key in one and site in issued.sites and one[key] != issued.sites[site].get(key)
        ]
        now = Counter(cells[site][key] for site in moved)
        if len(moved) < FEWEST_MOVED or len(now) < 2 or (len(now) == 2 and len(moved) < 8):
            continue
        if now != Counter(issued.sites[site].get(key) for site in moved):
            continue
        for site in moved:
            at = grid.place(rows[site][0], layout.columns[key])
            lines.append(
                Line("not read", book.name, at, site, key, shown(issued.sites[site].get(key)),
                     shown(cells[site].pop(key)), why)
            )  # fmt: skip
    return cells, lines
