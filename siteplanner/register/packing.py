"""A workbook packed by hand: many rows quickly, and the same bytes for the same content."""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from siteplanner.register.sheets import letters

FIRST = 3
_EPOCH = (1980, 1, 1, 0, 0, 0)
_ORIGIN = datetime.date(1899, 12, 30)
_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_FORMULA_STARTS = ("=", "+", "-", "@")
_AT_ONCE = 2000
MOST_LETTERS = 32_767
"""Of a cell, in Excel."""


@dataclass(frozen=True)
class Rows:
    """The rows of a sheet below its two head rows.

    Parameters
    ----------
    styles
        By column: number of the style, and of that for text that looks like a formula.
    cells
        Row by row: text, number, date or None.
    """

    styles: Sequence[tuple[int, int]]
    cells: Iterable[Sequence[Any]]


def settle(rough: Path, path: Path, rows: Sequence[Rows], sortable: Sequence[str]) -> None:
    """Pack a workbook anew with fixed dates, its rows, and the right to sort locked cells.

    Parameters
    ----------
    rough
        A workbook that has the two head rows of each sheet.
    path
        Where to.
    rows
        Of each sheet in order.
    sortable
        Of each sheet: the cells that may be sorted under protection; empty for none.
    """
    with zipfile.ZipFile(rough) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            content = old.read(name)
            sheet = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", name)
            with new.open(info, "w", force_zip64=True) as out:
                if sheet is None:
                    out.write(_STAMP.sub(rb"\g<1>1980-01-01T00:00:00Z", content))
                    continue
                number = int(sheet[1]) - 1
                head, end, tail = content.partition(b"</sheetData>")
                out.write(head)
                for text in _row_texts(rows[number]):
                    out.write(text)
                out.write(end + _with_right_to_sort(tail, sortable[number]))


def cell_text(name: str, value: Any, style: tuple[int, int]) -> str:
    """Write one cell; a text never becomes a formula.

    Examples
    --------
    >>> cell_text("A3", "=1+1", (0, 4))
    '<c r="A3" s="4" t="inlineStr"><is><t xml:space="preserve">=1+1</t></is></c>'
    >>> cell_text("B3", 12.5, (2, 4)), cell_text("C3", None, (0, 0))
    ('<c r="B3" s="2"><v>12.5</v></c>', '')
    """
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return f'<c r="{name}" s="{style[0]}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{name}" s="{style[0]}"><v>{value!r}</v></c>'
    if isinstance(value, datetime.date):
        return f'<c r="{name}" s="{style[0]}"><v>{(value - _ORIGIN).days}</v></c>'
    text = _UNWRITABLE.sub("", str(value))[:MOST_LETTERS]
    own = style[text.startswith(_FORMULA_STARTS)]
    text = escape(text).replace("\r", "&#13;")
    return f'<c r="{name}" s="{own}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _row_texts(rows: Rows) -> Iterator[bytes]:
    names = [letters(column) for column in range(len(rows.styles))]
    texts = []
    for number, row in enumerate(rows.cells, start=FIRST):
        cells = "".join(
            cell_text(f"{name}{number}", value, style)
            for name, value, style in zip(names, row, rows.styles, strict=True)
            if value is not None
        )
        texts.append(f'<row r="{number}">{cells}</row>')
        if len(texts) == _AT_ONCE:
            yield "".join(texts).encode()
            texts = []
    yield "".join(texts).encode()


def _with_right_to_sort(tail: bytes, cells: str) -> bytes:
    mark = b"<autoFilter"
    if not cells:
        return tail
    allowed = f'<protectedRanges><protectedRange name="rows" sqref="{cells}"/></protectedRanges>'
    return tail.replace(mark, allowed.encode() + mark, 1)
