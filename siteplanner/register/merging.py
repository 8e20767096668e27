"""Copies that came back, merged into the register three ways: issued, held now, and given.

A value that a copy changed is taken where the register still holds what the copy was issued
with.  Where two people have written two things, the earlier value stays until somebody decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from siteplanner.register.cells import Value, shown
from siteplanner.register.columns import SITE
from siteplanner.register.copies import Copy, Line
from siteplanner.register.held import Entries, Register

NO_BASE = "the copy does not say what it was issued with, and the register holds something else"
MEANWHILE = "somebody else has changed it since this copy was issued; the earlier value stays"
TWO = "two copies give two values; the earlier value stays until somebody decides"


@dataclass(frozen=True)
class Given:
    """One value that a copy gives for a cell.

    Parameters
    ----------
    copy, place
        File, and the cell there.
    value
        What it gives; None to blank the cell.
    base
        What the copy was issued with.
    based
        Whether it says what it was issued with.
    """

    copy: str
    place: str
    value: Value
    base: Value = None
    based: bool = True


@dataclass(frozen=True)
class Merged:
    """A register after copies have been read, and what became of each cell.

    Parameters
    ----------
    register
        The register as it is now to be kept.
    lines
        What changed, what conflicts, and what could not be read.
    read
        How many cells of sites and rows of the log the copies gave.
    """

    register: Register
    lines: tuple[Line, ...]
    read: int

    def count(self, what: str) -> int:
        """Say how many lines of one sort there are."""
        return sum(one.what == what for one in self.lines)


def merge(held: Register, copies: Sequence[Copy]) -> Merged:
    """Merge copies into a register.

    Parameters
    ----------
    held
        The register as it is kept now; it stays as it is.
    copies
        What came back, in any order.

    Returns
    -------
    The new register, and a line for each cell that changed, conflicts or was not read.

    Examples
    --------
    >>> from siteplanner.register.issued import Issued
    >>> from siteplanner.register.said import Said
    >>> copy = Copy("a.xlsx", "", "en", {"mill": {"status": "rejected"}}, {"mill": 3},
    ...             Issued("en", {"mill": "Old mill"}, {"mill": {"status": "desk"}}, {}), Said())
    >>> merged = merge(Register({"mill": {"status": "desk"}}), [copy])
    >>> merged.register.sites["mill"], merged.lines[0].was, merged.lines[0].now
    ({'status': 'rejected'}, 'desk', 'rejected')
    """
    lines = [line for copy in copies for line in copy.lines]
    sites, more = _merged(held.sites, _given(copies))
    lines += more
    log, more = _merged(held.log, _said(copies), log=True)
    lines += more
    lines += _gone(held, copies)
    names = dict(held.names)
    for copy in copies:
        names |= copy.issued.names if copy.issued else {}
    read = sum(len(one) for copy in copies for one in copy.cells.values())
    read += sum(len(copy.log.entries) for copy in copies)
    whole = {site: one for site, one in sites.items() if one}
    return Merged(Register(whole, names, log), tuple(lines), read)


Cell = tuple[str, str]


def _given(copies: Sequence[Copy]) -> Iterator[tuple[Cell, Given]]:
    for copy in copies:
        for site, cells in copy.cells.items():
            base = copy.issued.sites.get(site, {}) if copy.issued else {}
            for key, value in cells.items():
                if value is None and base.get(key) is None:
                    continue
                at = copy.place(site, key)
                yield (
                    (site, key),
                    Given(copy.name, at, value, base.get(key), copy.issued is not None),
                )


def _said(copies: Sequence[Copy]) -> Iterator[tuple[Cell, Given]]:
    for copy in copies:
        issued = copy.issued.log if copy.issued else {}
        for entry, cells in copy.log.entries.items():
            base = issued.get(entry, {})
            for key, value in cells.items():
                if value is None and base.get(key) is None:
                    continue
                at = copy.log.places[entry]
                yield (entry, key), Given(copy.name, at, value, base.get(key), entry in issued)


def _merged(
    held: Entries, given: Iterator[tuple[Cell, Given]], *, log: bool = False
) -> tuple[dict[str, dict[str, Value]], list[Line]]:
    now: dict[str, dict[str, Value]] = {name: dict(cells) for name, cells in held.items()}
    by_cell: dict[Cell, list[Given]] = {}
    for cell, one in given:
        if one.value != one.base or not one.based:
            by_cell.setdefault(cell, []).append(one)
    lines = list[Line]()
    for (name, key), proposals in by_cell.items():
        ours = held.get(name, {}).get(key)
        news = [one for one in proposals if one.value != ours]
        if not news:
            continue
        about = _about(name, held, by_cell) if log else name
        why = _against(ours, news)
        if why:
            lines += [_line("conflict", one, (about, key), ours, why) for one in news]
            continue
        one = news[0]
        lines.append(_line("changed", one, (about, key), ours, ""))
        if one.value is None:
            now[name].pop(key, None)
        else:
            now.setdefault(name, {})[key] = one.value
    return now, lines


def _against(ours: Value, news: Sequence[Given]) -> str:
    """Say why a value cannot be taken; empty where it can."""
    if len({one.value for one in news}) > 1:
        return TWO
    if any(one.based and one.base == ours for one in news):
        return ""
    if ours is None and not any(one.based and one.base is not None for one in news):
        return ""
    return MEANWHILE if any(one.based for one in news) else NO_BASE


def _about(entry: str, held: Entries, given: Mapping[Cell, Sequence[Given]]) -> str:
    """Give the site that an entry of the log is about."""
    there = held.get(entry, {}).get(SITE)
    new = given.get((entry, SITE))
    return shown(there if there is not None or not new else new[0].value)


def _line(what: str, one: Given, cell: Cell, ours: Value, why: str) -> Line:
    about, key = cell
    return Line(what, one.copy, one.place, about, key, shown(ours), shown(one.value), why)


def _gone(held: Register, copies: Sequence[Copy]) -> Iterator[Line]:
    """Tell rows that a copy was issued with and has no longer: they stay as they are."""
    for copy in copies:
        if copy.issued is None:
            continue
        told = {line.site for line in copy.lines if line.what == "not read"}
        gone = [one for one in copy.issued.names if one not in copy.cells and one not in told]
        if gone:
            known = ", ".join(gone[:3]) + (", …" if len(gone) > 3 else "")
            why = f"{len(gone):,} of its rows are gone ({known}); those sites stay as they are"
            yield Line("remark", copy.name, why=why)
        lost = [one for one in copy.issued.log if one not in copy.log.entries and one in held.log]
        if lost and copy.log.there:
            why = f"{len(lost):,} rows of what people said are gone or not read; they stay"
            yield Line("remark", copy.name, why=why)
