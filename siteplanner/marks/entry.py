"""The table of marks as a person left it: read back, every bad cell said at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.marks.faults import Faults
from siteplanner.marks.placing import Ground, put
from siteplanner.marks.review import COLUMNS, MARKS, SHEET_COLUMNS, SHEETS
from siteplanner.model import Layer, Notice
from siteplanner.sheets.sheet import Sheet, parse
from siteplanner.sources.files import Located
from siteplanner.sources.ledger import Ledger, printable
from siteplanner.sources.numerals import to_numbers
from siteplanner.sources.tables import read_table

YES = ("1", "x", "y", "yes", "true", "s", "si", "sim", "oui", "ja", "verdadero", "verdadeiro",
       "是", "对", "✓", "✔")  # fmt: skip
NO = ("0", "n", "no", "nao", "non", "nein", "false", "falso", "-", "否", "不", "✗", "✘")
KINDS = ("sticker", "tick", "area", "line", "cell")
MOST_PEOPLE = 100_000
"""More in one row is a slip of the pen."""
WORKBOOK = "marks.xlsx"
_NEEDED = ("keep", "sheet")


@dataclass(frozen=True)
class Entries:
    """The marks that a person kept.

    Parameters
    ----------
    table
        Index ``mark``, sorted; the columns of `siteplanner.marks.review.COLUMNS` but ``keep``,
        ``photo`` and ``note``, which stay in the review folder; geometry in the sheets' system.
    notices
        What was left out, placed by hand, mended or flagged.
    """

    table: gpd.GeoDataFrame
    notices: tuple[Notice, ...]


def read_entries(
    folder: Path,
    *,
    colours: Mapping[str, str] | None = None,
    sites: Mapping[str, gpd.GeoSeries] | None = None,
) -> Entries:
    """Read the kept rows of a review folder.

    Parameters
    ----------
    folder
        A review folder with ``marks.csv`` and ``sheets.csv``; instead of the former there may be
        a workbook of the same name.
    colours
        What each colour says, for marks on which nobody wrote a word: ``{"green": "support"}``.
    sites
        By scenario: where its sites lie, for ticks beside a site's name.

    Returns
    -------
    The kept marks.  A mark lies at its geometry; without one in the middle of its grid cell;
    without one at its site.

    Raises
    ------
    InputError
        If the folder holds no review, or a cell cannot be understood: with every bad cell.
    """
    path = _table_of(folder)
    raw = _rows_of(path, set(COLUMNS), folder)
    lacking = [name for name in _NEEDED if name not in raw]
    if lacking:
        todo = f"add a column {' and a column '.join(lacking)}, as scan wrote it"
        found = f"no column {' and no column '.join(lacking)}"
        raise InputError([Problem(_called(path), "", found, todo)])
    lines = {row: int(row) + 2 for row in raw.index}
    raw = raw.reindex(columns=[*COLUMNS])[raw.notna().any(axis=1)]
    faults = Faults(_called(path), lines)
    keep = _kept(raw["keep"], faults)
    rows, notices = raw[keep], list[Notice]()
    sheets, wrong = _sheets_of(folder)
    table = _cleaned(rows, faults, colours or {})
    _marks_named(table, notices, _called(folder))
    ground = Ground(sheets, sites or {})
    placed, said = put(table, ground, faults)
    problems = [*wrong, *faults.problems(), *_idle_colours(colours or {}, rows, path)]
    if problems:
        raise InputError(problems)
    if placed.empty:
        found = f"none of its {len(raw):,} rows is kept"
        todo = "write yes under keep for the marks that are right"
        raise InputError([Problem(_called(path), "keep", found, todo)])
    if not keep.all():
        left = raw.index[~keep]
        examples = tuple(str(raw["mark"][row]) for row in left[:3] if raw["mark"].notna()[row])
        reason = "keep says no"
        notices.insert(0, Notice(_called(path), "dropped", len(left), len(raw), reason, examples))
    placed = placed.set_index("mark").sort_index()
    return Entries(placed, (*notices, *said))


def as_yes(word: str) -> bool | None:
    """Read a word that says yes or no in any of our languages; None for another one.

    Examples
    --------
    >>> [as_yes(word) for word in ("Sí", "sim", "是", "X", "1,0", "não", "", "maybe")]
    [True, True, True, True, True, False, None, None]
    """
    plain = unicodedata.normalize("NFKD", word.strip().casefold())
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    plain = plain.replace(",", ".").removesuffix(".0").strip(".! ") or plain
    return True if plain in YES else False if plain in NO else None


def _called(path: Path) -> str:
    """Name a file of a review as a person finds it: ``layers/workshop.review/marks.csv``."""
    parts = path.parts[-3:] if path.suffix in (".csv", ".xlsx") else path.parts[-2:]
    return "/".join(parts)


def _table_of(folder: Path) -> Path:
    found = [folder / name for name in (MARKS, WORKBOOK) if (folder / name).is_file()]
    if len(found) == 1:
        return found[0]
    if found:
        what, todo = f"there are both {MARKS} and {WORKBOOK}", "delete the older one"
    elif folder.is_dir():
        what, todo = f"no {MARKS} here", "name the folder that siteplanner scan has made"
    else:
        near = [one.name for one in folder.parent.glob("*.review")]
        what, todo = "no such folder", nearest_names(folder.name, near)
    raise InputError([Problem(_called(folder), "", what, todo)])


def _rows_of(path: Path, wanted: set[str], folder: Path) -> pd.DataFrame:
    """Read a table as it is: commas or semicolons, with or without a mark at its start."""
    layer = Layer(name=folder.stem, title=folder.stem, source=path.name, kind="table")
    ledger = Ledger(layer)
    ledger.file = _called(path)
    table = read_table(ledger, Located(path), wanted).table
    table = table.reset_index(drop=True)
    return table[[name for name in table if name in wanted]].map(_text)


def _text(cell: object) -> str | None:
    """Give a cell's text without spaces around it; None for an empty one."""
    if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
        return None
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return printable(str(cell)).strip().removeprefix("'") or None


def _kept(column: pd.Series, faults: Faults) -> pd.Series:
    kept = {}
    for row, word in column.items():
        said = as_yes(word) if isinstance(word, str) else None
        if said is None:
            found = f"found '{word}'" if isinstance(word, str) else "it is empty"
            faults.add(row, "keep", found, "write yes or no")
        kept[row] = bool(said)
    return pd.Series(kept, dtype=bool).reindex(column.index)


def _sheets_of(folder: Path) -> tuple[dict[int, Sheet], list[Problem]]:
    """Give the sheets by number, from the codes that were read."""
    path = folder / SHEETS
    if not path.is_file():
        todo = "put it back, or scan the photos again"
        return {}, [Problem(_called(path), "", "no such file", todo)]
    sheets, problems = dict[int, Sheet](), list[Problem]()
    for row, cells in _rows_of(path, set(SHEET_COLUMNS), folder).iterrows():
        try:
            sheet = parse(str(cells.get("code")))
        except ValueError as error:
            key, todo = f"code, row {int(str(row)) + 2}", "put the file back as scan wrote it"
            problems.append(Problem(_called(path), key, str(error), todo))
        else:
            sheets[sheet.number] = sheet
    return sheets, problems


def _cleaned(rows: pd.DataFrame, faults: Faults, colours: Mapping[str, str]) -> pd.DataFrame:
    """Read the cells of the kept rows, whatever a spreadsheet made of them."""
    table = rows.copy()
    table["people"] = _whole(rows["people"].fillna("1"), faults, "people", (1, MOST_PEOPLE))
    table["sheet"] = _whole(rows["sheet"], faults, "sheet", (1, 9999))
    for name in ("confidence", "error_m"):
        table[name] = _numbers(rows[name], faults, name)
    table["kind"] = rows["kind"].str.casefold()
    for row, kind in table["kind"].dropna().items():
        if kind not in KINDS:
            faults.add(row, "kind", f"found '{kind}'", nearest_names(kind, KINDS))
    table["colour"] = rows["colour"].str.casefold()
    says = rows["says"].str.casefold().str.split().str.join(" ")
    meaning = {colour.casefold(): word.casefold() for colour, word in colours.items()}
    plain = says.isna() | (says == table["colour"])
    said_by_colour = table["colour"].map(lambda one: meaning.get(one, one), na_action="ignore")
    table["says"] = says.mask(plain, said_by_colour)
    for row in table.index[table["says"].isna()]:
        faults.add(row, "says", "it is empty, and so is colour", "write what the mark says")
    return table


def _numbers(column: pd.Series, faults: Faults, name: str) -> pd.Series:
    read = to_numbers(column)
    if len(read.ambiguous):
        read = to_numbers(column.str.replace(",", ".", regex=False))
    for row, cell in read.unreadable.items():
        faults.add(row, name, f"found '{cell}'", "write a number, or leave it empty")
    return read.number


def _whole(column: pd.Series, faults: Faults, name: str, limits: tuple[int, int]) -> pd.Series:
    least, most = limits
    read = to_numbers(column)
    numbers = read.number
    whole = (numbers % 1 == 0) & (numbers >= least) & (numbers <= most)
    for row, cell in column[~whole].items():
        found = f"found '{cell}'" if isinstance(cell, str) else "it is empty"
        faults.add(row, name, found, f"write a whole number from {least} to {most:,}")
    return numbers


def _marks_named(table: pd.DataFrame, notices: list[Notice], where: str) -> None:
    """Give rows without a name one, and rows that were copied with their name another."""
    bare = table["mark"].isna()
    names = table["mark"].where(~bare, [f"by-hand-{row + 2:04d}" for row in table.index])
    number = names.groupby(names).cumcount()
    again = number > 0
    table["mark"] = names.where(~again, names + "-" + (number + 1).astype(str))
    if again.any():
        reason = "two rows have the same mark: the later ones got a name of their own"
        examples = tuple(names[again].unique()[:3])
        notices.append(Notice(where, "mended", int(again.sum()), len(table), reason, examples))


def _idle_colours(colours: Mapping[str, str], rows: pd.DataFrame, path: Path) -> list[Problem]:
    known = set(rows["colour"].dropna().str.casefold())
    return [
        Problem(_called(path), "colour", f"no kept mark is {one}", nearest_names(one, known))
        for one in colours
        if one.casefold() not in known
    ]
