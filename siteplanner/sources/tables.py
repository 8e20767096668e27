"""CSV, TSV and Excel tables: their alphabet, their separator, their header."""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from siteplanner.sources.files import Located
from siteplanner.sources.ledger import Ledger, listed, offer
from siteplanner.sources.source import Rows

_SEPARATORS = ",;\t|"
_HEAD = 1 << 16
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NUMBER = re.compile(r"[+-]?[\d.,\s]*\d[\d.,\s]*%?")


def read_table(ledger: Ledger, located: Located, wanted: set[str]) -> Rows:
    """Read a table as it is: text stays text, ``016`` stays ``016``.

    Parameters
    ----------
    ledger
        Of the layer; a guessed alphabet is said there.
    located
        A CSV, TSV or XLSX file.
    wanted
        Names of the columns that will be needed; they help to find header and separator.

    Returns
    -------
    All rows, without geometry.  Cells of a CSV are text, cells of a workbook are what they
    are there; an empty cell is missing.

    Raises
    ------
    InputError
        If the file is damaged, has no header, or has rows longer than its header.
    """
    if located.suffix == ".xlsx":
        table = _from_workbook(ledger, located, wanted)
    else:
        table = _from_text(ledger, located, wanted)
    named = [str(name) for name in table.columns]
    twice = sorted({name for name in named if named.count(name) > 1 and name in wanted})
    if twice:
        raise ledger.refuse_file(f"two columns are called {listed(twice)}", "rename one")
    return Rows(table)


@dataclass(frozen=True)
class _Form:
    encoding: str
    separator: str
    header: list[str]


def _from_text(ledger: Ledger, located: Located, wanted: set[str]) -> pd.DataFrame:
    form = _form(ledger, located, wanted)
    columns = len(form.header)
    todo = f"put text that holds a '{form.separator}' in quotes"
    if form.separator == ",":
        todo += ", and write decimals with a point or separate columns with ;"
    try:
        with located.open() as stream, warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(
                stream,
                sep=form.separator,
                encoding=form.encoding,
                dtype=str,
                keep_default_na=False,
                na_values=[""],
                index_col=False,
            )
    except pd.errors.ParserWarning:
        found = f"the rows have more fields than the {columns} names of the header"
        raise ledger.refuse_file(found, todo) from None
    except pd.errors.ParserError as error:
        said = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        if said is None:
            found = "a quotation mark is opened and never closed"
            raise ledger.refuse_file(found, "close it, or fetch the file again") from None
        found = f"found {said[3]} fields where the header has {said[1]}"
        ledger.in_file(f"line {said[2]}", found, todo)
        ledger.stop_if_wrong()
    table.columns = form.header
    _look_for_mixture(ledger, table, form)
    _look_at_end(ledger, located, form)
    return table


def _form(ledger: Ledger, located: Located, wanted: set[str]) -> _Form:
    encoding = _encoding(ledger, located)
    with located.open() as stream:
        data = stream.read(_HEAD)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(data)
    if len(data) == _HEAD:
        text = text[: text.rfind("\n") + 1] or text
    best: tuple[tuple[int, int], str, list[list[str]]] | None = None
    for separator in _SEPARATORS:
        rows = list(_rows_of(text, separator))
        if not rows:
            continue
        header = [name.strip() for name in rows[0]]
        width = len(header) if all(len(row) == len(header) for row in rows[:20]) else 1
        mark = (len(wanted & set(header)), width)
        if best is None or mark > best[0]:
            best = mark, separator, rows
    if best is None:
        raise ledger.refuse_file("the table has no rows", "fetch or save it again")
    _, separator, rows = best
    _check_header(ledger, rows, wanted)
    return _Form(encoding, separator, [name.strip() for name in rows[0]])


def _rows_of(text: str, separator: str) -> Iterator[list[str]]:
    """Give the first lines that are not blank, split."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield row
            if reader.line_num > 200:
                return
    except csv.Error:
        return


def _check_header(ledger: Ledger, rows: list[list[str]], wanted: set[str]) -> None:
    """See whether the first line has names; pandas would take data for names."""
    header = [str(cell).strip() for cell in rows[0]]
    if not wanted or wanted & set(header):
        return
    for number, row in enumerate(rows[1:20], start=2):
        names = {str(cell).strip() for cell in row}
        if len(wanted & names) > len(wanted) / 2:
            found = f"the column names are in row {number}"
            raise ledger.refuse_file(found, "delete what stands above them")
    cells = [cell for cell in header if cell]
    if sum(bool(_NUMBER.fullmatch(cell)) for cell in cells) * 2 >= max(len(cells), 1):
        found = f"the first row holds data, not column names: {listed(cells)}"
        raise ledger.refuse_file(found, "add a first row with the column names")


def _encoding(ledger: Ledger, located: Located) -> str:
    """Tell the alphabet: a byte-order mark, else UTF-8, else Windows-1252."""
    with located.open() as stream:
        start = stream.read(4)
        for mark, name in _BOMS:
            if start.startswith(mark):
                return name
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := stream.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            pass
        else:
            return "utf-8"
        stream.seek(0)
        body = stream.read()
    try:
        body.decode("cp1252")
    except UnicodeDecodeError:
        encoding, called = "latin-1", "Latin-1"
    else:
        encoding, called = "cp1252", "Windows-1252 (Latin-1)"
    ledger.remark(f"the file is not UTF-8: it is read as {called}; look at names with accents")
    return encoding


def _look_for_mixture(ledger: Ledger, table: pd.DataFrame, form: _Form) -> None:
    """Flag lines that separate their fields by another sign: all of them stand in the first."""
    if table.shape[1] < 2 or table.empty:
        return
    alone = table[table.iloc[:, 1:].isna().all(axis=1) & table.iloc[:, 0].notna()].iloc[:, 0]
    for sign in _SEPARATORS.replace(form.separator, ""):
        lines = alone[alone.str.count(re.escape(sign)) == table.shape[1] - 1]
        shown = "a tab" if sign == "\t" else f"'{sign}'"
        reason = f"their fields are separated by {shown}, not '{form.separator}' as in other lines"
        ledger.notice("flagged", len(lines), len(table), f"{reason}: write one sign", lines)


def _look_at_end(ledger: Ledger, located: Located, form: _Form) -> None:
    """Flag a last line that stops early: pandas would fill it up in silence."""
    with located.open() as stream:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(max(0, size - _HEAD))
        end = stream.read()
    if form.encoding == "utf-16" or end.endswith((b"\n", b"\r")):
        return
    last = end.decode(form.encoding, errors="replace").splitlines()[-1:]
    for row in csv.reader(last, delimiter=form.separator):
        if len(row) < len(form.header):
            ledger.notice("flagged", 1, 0, "the last line stops early: is the file cut off?", last)


def _from_workbook(ledger: Ledger, located: Located, wanted: set[str]) -> pd.DataFrame:
    try:
        with located.open() as stream, warnings.catch_warnings():
            import openpyxl  # takes long to load

            warnings.simplefilter("ignore")  # openpyxl on styles and validation lists
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            sheet = _sheet(ledger, book.sheetnames)
            rows = [list(row) for row in book[sheet].iter_rows(values_only=True)]
            book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError):
        todo = "it is damaged, cut off or of another kind: save it again"
        raise ledger.refuse_file("the file is not a whole Excel workbook", todo) from None
    rows = [row for row in rows if any(cell is not None and cell != "" for cell in row)]
    if not rows:
        raise ledger.refuse_file(f"sheet '{sheet}' is empty", "name another sheet: table = …")
    _check_header(ledger, [["" if c is None else str(c) for c in row] for row in rows[:20]], wanted)
    header = ["" if cell is None else str(cell).strip() for cell in rows[0]]
    table = pd.DataFrame(rows[1:], columns=pd.Index(header, dtype=object), dtype=object)
    return table.where(table.notna() & (table != ""), None)


def _sheet(ledger: Ledger, names: list[str]) -> str:
    wanted = ledger.layer.table
    if wanted in names:
        return str(wanted)
    if wanted is not None and ledger.layer.source.lower().endswith(".xlsx"):
        raise ledger.refuse_key("table", f"no sheet '{wanted}'", offer(wanted, names))
    if len(names) > 1:
        todo = f"write table = one of {listed(names, 9)}"
        raise ledger.refuse_key("table", f"the workbook has {len(names)} sheets", todo)
    return names[0]
