"""Which column of a sheet is which: by the hidden row of keys, else by the headers."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from siteplanner.register.cells import Covered, Raw, is_blank, shown
from siteplanner.register.columns import KEYS, LOCKED, LOG, MARK, SITE
from siteplanner.register.sheets import Grid
from siteplanner.register.wording import folded, headers_of_log, headers_of_sites

HEAD = 40
"""Rows in which header and keys are looked for first."""
ALIKE = 0.8
_KEYS_OF_SITES = frozenset((*KEYS, *(one.key for one in LOCKED)))
_KEYS_OF_LOG = frozenset(one.key for one in LOG)


@dataclass(frozen=True)
class Stray:
    """A column that cannot be read: nothing in it is lost, but nothing of it is taken."""

    column: int
    header: str
    why: str


@dataclass(frozen=True)
class Layout:
    """Where things are in a sheet.

    Parameters
    ----------
    columns
        Number of the column of each key.
    repeats
        Numbers of the hidden columns that repeat the id.
    strays
        Columns with something in them that are not read.
    heads
        Numbers of the rows that hold keys or headers.
    said
        What is to be said about headers: address and sentence.
    """

    columns: Mapping[str, int]
    repeats: tuple[int, ...] = ()
    strays: tuple[Stray, ...] = ()
    heads: frozenset[int] = frozenset()
    said: tuple[tuple[str, str], ...] = field(default=())


def layout_of(grid: Grid, *, log: bool = False) -> Layout | None:
    """Find out which column is which.

    Parameters
    ----------
    grid
        A sheet.
    log
        Whether it should be the sheet of what people said, not that of the sites.

    Returns
    -------
    Where things are; None where this is no such sheet at all.
    """
    known = _KEYS_OF_LOG if log else _KEYS_OF_SITES
    headers = headers_of_log() if log else headers_of_sites()
    keys = _best(grid, lambda raw: isinstance(raw, str) and raw.strip() in known, 3)
    names = _best(
        grid, lambda raw: isinstance(raw, str) and folded(raw) in headers, 2 + (not log), keys
    )
    if keys is None and names is None:
        return None
    of_keys = _row(grid, keys)
    of_names = _row(grid, names)
    width = max(len(of_keys), len(of_names))
    width = max([width, *(len(row) for _, row in grid.rows[:HEAD])])
    found: dict[str, int] = {}
    repeats, strays, said = [], list[Stray](), list[tuple[str, str]]()
    for column in range(width):
        key = _at(of_keys, column).strip()
        header = _at(of_names, column).strip()
        if key.startswith(MARK):
            repeats.append(column)
            continue
        place = grid.place(names or keys or 1, column)
        own, why = _which(key if key in known else "", header, headers)
        if own and own in found:
            strays.append(
                Stray(column, header or own, f"the column '{header or own}' is there twice")
            )
        elif own:
            found[own] = column
            if why:
                said.append((place, why))
        elif header or _filled(grid, column, {keys, names}):
            strays.append(Stray(column, header, why))
    heads = frozenset(one for one in (keys, names) if one is not None)
    return Layout(found, tuple(repeats), tuple(strays), heads, tuple(said))


def _which(key: str, header: str, headers: Mapping[str, str]) -> tuple[str, str]:
    """Give the key of a column, or nothing; and what is to be said."""
    by_name = headers.get(folded(header), "") if header else ""
    if not key:
        if by_name:
            return by_name, ""
        near = difflib.get_close_matches(folded(header), headers, n=1) if header else []
        if not header:
            return "", "a column without a header is not read"
        tail = f"; did you mean '{near[0]}'?" if near else ""
        return "", f"no column is called '{header}'{tail}"
    if by_name == key or not header:
        return key, "" if header else "its header is gone; it is read by its hidden key"
    if by_name:
        return "", f"'{header}' stands above the column of '{key}': were columns exchanged?"
    own = [text for text, one in headers.items() if one == key]
    alike = max(difflib.SequenceMatcher(None, folded(header), text).ratio() for text in own)
    if alike >= ALIKE or any(text in folded(header) for text in own if len(text) > 3):
        return key, f"the header was '{own[0]}' and is now '{header}'; it is read as before"
    return "", f"the header of '{own[0]}' was renamed to '{header}': does it still mean that?"


def _best(grid: Grid, fits: object, least: int, other: int | None = None) -> int | None:
    """Give the number of the row with most cells that fit; None where too few do."""
    assert callable(fits)  # noqa: S101
    deep = [(number, row) for number, row in grid.rows[HEAD:] if SITE in row]
    for rows in (grid.rows[:HEAD], deep):
        best, most = None, least - 1
        for number, row in rows:
            count = sum(1 for raw in row if fits(raw)) if number != other else 0
            if count > most:
                best, most = number, count
        if best is not None:
            return best
    return None


def _row(grid: Grid, number: int | None) -> list[Raw]:
    return next((row for one, row in grid.rows if one == number), [])


def _at(row: list[Raw], column: int) -> str:
    raw = row[column] if column < len(row) else None
    return "" if isinstance(raw, Covered) else shown(raw)


def _filled(grid: Grid, column: int, heads: set[int | None]) -> bool:
    return any(
        column < len(row) and not is_blank(row[column])
        for number, row in grid.rows
        if number not in heads
    )


def has_ids(layout: Layout) -> bool:
    """Say whether a sheet still has its column of ids."""
    return SITE in layout.columns
