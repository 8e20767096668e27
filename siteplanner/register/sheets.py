"""The sheets of a workbook as plain grids of cells, read in one pass and little memory.

Only what cells hold is looked at: no macro, no link, no result of a formula.  Written out because a
register may have 100,000 rows, which takes minutes through openpyxl.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, unescape

from siteplanner.register.cells import Covered, Formula, Raw

MOST_COLUMNS = 400
"""Columns beyond this are not looked at."""
_CHUNK = 1 << 22
_RELS = "xl/_rels/workbook.xml.rels"
_ROW = re.compile(r"<row\b([^>]*?)(?:/>|>(.*?)</row>)", re.DOTALL)
_NUMBER = re.compile(r'\br="(\d+)"')
_CELL = re.compile(
    r'<c r="([A-Z]+)\d+"(?: s="(\d+)")?(?: t="(\w+)")?\s*'
    r"(?:/>|>(?:<v>([^<]*)</v>|<is><t[^>]*>([^<]*)</t></is>)?</c>)"
)
_MERGED = re.compile(r'<mergeCell\s[^>]*?ref="([^"]+)"')
_MARKS = {"&quot;": '"', "&apos;": "'", "&#10;": "\n", "&#13;": "\r", "&#9;": "\t", "&#xA;": "\n"}
_AREA = re.compile(r"([A-Z]+)(\d+):([A-Z]+)(\d+)")


@dataclass(frozen=True)
class Grid:
    """One sheet.

    Parameters
    ----------
    title
        Of the sheet; empty for a CSV.
    rows
        Number of each row that is not empty, from 1, and its cells.
    """

    title: str
    rows: list[tuple[int, list[Raw]]]

    def place(self, row: int, column: int) -> str:
        """Give the address of a cell: ``sites!D14``.

        Examples
        --------
        >>> Grid("sites", []).place(14, 3), Grid("", []).place(2, 27)
        ('sites!D14', 'AB2')
        """
        return f"{self.title}!{letters(column)}{row}" if self.title else f"{letters(column)}{row}"


@dataclass(frozen=True)
class _Facts:
    """What holds for all sheets of a workbook: its texts, and which styles are dates."""

    texts: Sequence[str]
    dates: frozenset[int]
    epoch: datetime


def sheets_of(archive: zipfile.ZipFile) -> list[Grid]:
    """Read all sheets of a workbook, hidden ones too.

    Parameters
    ----------
    archive
        The workbook as the zip that it is.

    Raises
    ------
    Exception
        Of many kinds, where it is damaged.
    """
    names = {name.lower(): name for name in archive.namelist()}
    book = _xml(archive, "xl/workbook.xml")
    targets = {one.get("Id"): one.get("Target") or "" for one in _xml(archive, _RELS)}
    dated = next((one.get("date1904") for one in book.iter() if _tag(one) == "workbookPr"), None)
    epoch = datetime(1904, 1, 1) if dated in ("1", "true") else datetime(1899, 12, 30)
    texts = _texts(archive, names.get("xl/sharedstrings.xml"))
    facts = _Facts(texts, _date_styles(archive, names.get("xl/styles.xml")), epoch)
    grids = []
    for sheet in (one for one in book.iter() if _tag(one) == "sheet"):
        own = next((value for key, value in sheet.items() if key.endswith("}id")), None)
        target = targets.get(own, "")
        if "worksheets" not in target:  # a sheet that is a chart
            continue
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        with archive.open(names[path.lower()]) as part:
            grids.append(_grid(str(sheet.get("name")), part, facts))
    return grids


def letters(column: int) -> str:
    """Name a column as spreadsheets do; 0 is A.

    Examples
    --------
    >>> letters(0), letters(25), letters(26), letters(702)
    ('A', 'Z', 'AA', 'AAA')
    """
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def number_of(name: str) -> int:
    """Give the number of a column; A is 0.

    Examples
    --------
    >>> number_of("A"), number_of("AA")
    (0, 26)
    """
    number = 0
    for one in name:
        number = 26 * number + ord(one) - 64
    return number - 1


def _tag(found: Any) -> str:
    return str(found.tag).rpartition("}")[2]


def _xml(archive: zipfile.ZipFile, name: str) -> Any:
    return ET.fromstring(archive.read(name))  # noqa: S314  expat bounds what entities may do


def _texts(archive: zipfile.ZipFile, name: str | None) -> list[str]:
    """Read the texts that cells share."""
    if name is None:
        return []
    found = []
    with archive.open(name) as part:
        for _, one in ET.iterparse(part):  # noqa: S314
            if _tag(one) == "si":
                found.append("".join(each.text or "" for each in one.iter() if _tag(each) == "t"))
                one.clear()
    return found


def _date_styles(archive: zipfile.ZipFile, name: str | None) -> frozenset[int]:
    """Give the numbers of the styles that show a date."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

    if name is None:
        return frozenset()
    styles = _xml(archive, name)
    formats: dict[int, str] = dict(BUILTIN_FORMATS)
    cells: list[int] = []
    for one in styles.iter():
        if _tag(one) == "numFmt":
            formats[int(one.get("numFmtId"))] = one.get("formatCode") or ""
        elif _tag(one) == "cellXfs":
            cells = [int(each.get("numFmtId") or 0) for each in one]
    return frozenset(at for at, one in enumerate(cells) if is_date_format(formats.get(one, "")))


def _grid(title: str, part: IO[bytes], facts: _Facts) -> Grid:
    """Read a sheet piece by piece, a row at a time."""
    decode = codecs.getincrementaldecoder("utf-8-sig")().decode
    rows: list[tuple[int, list[Raw]]] = []
    merged: list[str] = []
    known: dict[str, int] = {}
    rest, prefix = "", None
    while chunk := part.read(_CHUNK):
        text = decode(chunk)
        if prefix is None:
            root = re.search(r"<(\w+:)?worksheet[\s>]", text)
            if root is None:
                msg = "no worksheet"
                raise ValueError(msg)
            prefix = root[1] or ""
        text = rest + text
        if prefix:
            text = text.replace(f"<{prefix}", "<").replace(f"</{prefix}", "</")
        end = 0
        for found in _ROW.finditer(text):
            end = found.end()
            said = _NUMBER.search(found[1])
            number = int(said[1]) if said else (rows[-1][0] + 1 if rows else 1)
            cells = _cells(found[2], facts, known) if found[2] else []
            if cells:
                rows.append((number, cells))
        for area in _MERGED.finditer(text, end):
            merged.append(area[1])
            end = area.end()
        rest = text[end:]
    return Grid(title, _covered(rows, merged) if merged else rows)


def _cells(row: str, facts: _Facts, known: dict[str, int]) -> list[Raw]:
    """Give the cells of a row up to the last that holds something."""
    found = _CELL.findall(row)
    if len(found) != row.count("<c ") + row.count("<c>"):
        found = list(_unusual(row))
    cells: list[Raw] = []
    for name, style, kind, text, inline in found:
        if not text and not inline:
            continue
        column = known.get(name)
        if column is None:
            column = known[name] = number_of(name)
        if column >= MOST_COLUMNS:
            continue
        missing = column + 1 - len(cells)
        if missing > 0:
            cells += [None] * missing
        if inline:
            cells[column] = unescape(inline, _MARKS) if "&" in inline else inline
        else:
            cells[column] = _value(kind, style, text, facts)
    return cells


def _unusual(row: str) -> Iterator[tuple[str, str, str, str, str]]:
    """Give cells that are written in another way, or hold formulas or formatted text."""
    bare = re.sub(r"\s(?!xml:)\w+:\w+=\"[^\"]*\"", "", row)
    for place, cell in enumerate(ET.fromstring(f"<row>{bare}</row>")):  # noqa: S314
        name = (cell.get("r") or letters(place)).rstrip("0123456789")
        style, kind, text, inline = cell.get("s") or "", cell.get("t") or "", "", ""
        for part in cell:
            if part.tag == "v" and kind != "f":
                text = part.text or ""
            elif part.tag == "f":
                text, kind = f"={part.text or ''}", "f"
            elif part.tag == "is":
                text, kind = "".join(one.text or "" for one in part.iter("t")), "inlineStr"
        yield name, style, kind, escape(text) if kind != "f" else text, inline


def _value(kind: str, style: str, text: str, facts: _Facts) -> Raw:
    if kind == "s":
        return facts.texts[int(text)]
    if kind == "f":
        return Formula(text)
    if kind == "b":
        return text == "1"
    if kind == "d":
        return datetime.fromisoformat(text)
    if kind in ("inlineStr", "str", "e"):
        return unescape(text, _MARKS) if "&" in text else text
    number = float(text)
    if style and facts.dates and int(style) in facts.dates:
        return _day(number, facts.epoch)
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _day(number: float, epoch: datetime) -> Raw:
    """Give the day that a number stands for; Excel counts a 29 February 1900 that never was."""
    if epoch.year == 1899 and 0 < number < 60:
        number += 1
    try:
        return epoch + timedelta(days=number)
    except OverflowError:
        return number


def _covered(rows: list[tuple[int, list[Raw]]], merged: list[str]) -> list[tuple[int, list[Raw]]]:
    """Mark the cells of merged areas: nobody knows for which row they are meant."""
    by_number: Mapping[int, list[Raw]] = {number: list(row) for number, row in rows}
    for area in merged:
        found = _AREA.fullmatch(area)
        if found is None:
            continue
        left, right = number_of(found[1]), min(number_of(found[3]), MOST_COLUMNS)
        top, bottom = int(found[2]), int(found[4])
        value = next(iter(by_number.get(top, [])[left : left + 1]), None)
        for number in range(top, bottom + 1) if bottom - top < len(rows) else by_number:
            row = by_number.get(number)
            if row is None or not top <= number <= bottom:
                continue
            row += [None] * (right + 1 - len(row))
            for column in range(left, right + 1):
                if bottom > top or column > left:
                    row[column] = Covered(area, value if column == left else None)
    return [(number, by_number[number]) for number, _ in rows]
