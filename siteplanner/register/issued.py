"""What the officers' cells held when a copy was issued: its hidden sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from siteplanner.register.cells import Value, shown
from siteplanner.register.columns import BY_KEY, ENTRY, LOG_BY_KEY, NAME, SITE, Column
from siteplanner.register.held import Entries
from siteplanner.register.sheets import Grid

SIGN = "siteplanner register"
FORM = "1"
SITES, SAID = "_issued", "_issued_log"
"""Titles of the hidden sheets."""


@dataclass(frozen=True)
class Issued:
    """What a copy was issued with.

    Parameters
    ----------
    language
        Of the copy.
    names
        What each of its sites was called.
    sites
        By site: what the officers' cells held; unknown cells are not there.
    log
        By entry: what the sheet of what people said held.

    Examples
    --------
    >>> Issued("es", {"a": "Mill"}, {}, {}).names["a"]
    'Mill'
    """

    language: str
    names: Mapping[str, str]
    sites: Entries
    log: Entries


def issued_in(grids: Sequence[Grid]) -> Issued | None:
    """Find the hidden sheets of a copy.

    Parameters
    ----------
    grids
        All its sheets.

    Returns
    -------
    What it was issued with; None where the sheets are gone or of another program.
    """
    found = {one.title: one for one in grids}
    if SITES not in found or not found[SITES].rows:
        return None
    (_, head), *rows = found[SITES].rows
    texts = [shown(one) for one in head]
    if texts[:2] != [SIGN, FORM] or not rows:
        return None
    keys = [shown(one) for one in rows[0][1]]
    names, sites = {}, {}
    for site, cells in _entries(keys, [row for _, row in rows[1:]], SITE, BY_KEY):
        names[site] = str(cells.pop(NAME, "") or "")
        sites[site] = cells
    log = {}
    if SAID in found and found[SAID].rows:
        (_, keys_of_log), *said = found[SAID].rows
        own = [shown(one) for one in keys_of_log]
        log = dict(_entries(own, [row for _, row in said], ENTRY, LOG_BY_KEY))
    return Issued(texts[2] if len(texts) > 2 else "", names, sites, log)


def _entries(
    keys: list[str], rows: list[list[object]], id_key: str, known: Mapping[str, Column]
) -> Iterator[tuple[str, dict[str, Value]]]:
    """Give id and known values of each row; numbers that became text are numbers again."""
    if id_key not in keys:
        return
    for row in rows:
        cells = dict(zip(keys, row, strict=False))
        name = cells.pop(id_key, None)
        if name is None:
            continue
        if isinstance(name, float) and name.is_integer():
            name = int(name)
        yield (
            str(name),
            {key: _kept(known.get(key), raw) for key, raw in cells.items() if raw is not None},
        )


def _kept(column: Column | None, raw: object) -> Value:
    if column is not None and column.kind in ("number", "year"):
        try:
            return float(str(raw))
        except ValueError:
            return None
    return shown(raw) if not isinstance(raw, str) else raw
