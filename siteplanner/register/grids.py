"""A file of somebody's as plain grids of cells: workbooks, and CSV in any common form.

Nothing in it runs: macros are never looked at, formulas are told as formulas.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from siteplanner.errors import InputError, Problem
from siteplanner.register.cells import Raw, is_blank
from siteplanner.register.sheets import Grid, sheets_of
from siteplanner.sources.ledger import printable

WORKBOOKS = (".xlsx", ".xlsm")
TEXTS = (".csv", ".tsv", ".txt")
_OLE = b"\xd0\xcf\x11\xe0"
_MOST_UNPACKED = 4_000_000_000
SUSPICIOUS = 300_000_000
"""Bytes beyond which a workbook that packs 200 times smaller is not unpacked."""
_GUARD = re.compile(r"'(?='*[=+\-@\t\r])")


@dataclass(frozen=True)
class Book:
    """A file: its name, its sheets, its hash, and what is to be said about it."""

    name: str
    grids: list[Grid]
    sha256: str
    said: tuple[str, ...] = ()


def open_book(path: Path) -> Book:
    """Read a workbook or a CSV.

    Parameters
    ----------
    path
        A file that came from somebody.

    Returns
    -------
    Its sheets, hidden ones too.

    Raises
    ------
    InputError
        If it is not there, locked, protected with a password, damaged, or something else.
    """
    suffix = path.suffix.lower()
    if path.name.startswith(("~$", ".~lock.")):
        raise _refused(path, "it only says that a file is open", "name the workbook itself")
    if suffix not in (*WORKBOOKS, *TEXTS):
        raise _refused(path, f"'{suffix}' is no form that is read", "save it as .xlsx or .csv")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise _refused(path, "there is no such file", "look at the name") from None
    except PermissionError:
        todo = "close the program that has it open, or ask for the right to read it"
        raise _refused(path, "it is locked, or may not be read", todo) from None
    except OSError as error:
        raise _refused(path, str(error.strerror), "name a file") from None
    if not data:
        raise _refused(path, "it has 0 bytes", "save it again")
    digest = hashlib.sha256(data).hexdigest()
    if suffix in TEXTS:
        return Book(path.name, [Grid("", list(_csv_rows(data)))], digest)
    if data.startswith(_OLE):
        found = "it is protected with a password, or of the kind before 2007"
        raise _refused(path, found, "save it without a password as .xlsx")
    said = ("it may hold macros: they were not run, and are not kept",) if suffix == ".xlsm" else ()
    return Book(path.name, _grids(path, data), digest, said)


def _refused(path: Path, found: str, todo: str) -> InputError:
    return InputError([Problem(printable(path.name), "", found, todo)])


def _grids(path: Path, data: bytes) -> list[Grid]:
    damaged = _refused(path, "it is no whole workbook", "it is damaged or cut off: save it again")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(one.file_size for one in archive.infolist())
            if size > _MOST_UNPACKED or (size > SUSPICIOUS and size > 200 * len(data)):
                found = f"it would unpack to {size / 1e9:,.1f} GB"
                raise _refused(path, found, "do not trust it; ask for another copy")
            if "[Content_Types].xml" not in archive.namelist():
                raise damaged
            return sheets_of(archive)
    except InputError:
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, EOFError, SyntaxError):
        raise damaged from None
    except (IndexError, zlib.error, NotImplementedError, RuntimeError):
        raise damaged from None


def _csv_rows(data: bytes) -> Iterator[tuple[int, list[Raw]]]:
    for mark, name in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            text = data.decode(name, errors="replace")
            break
    else:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("cp1252", errors="replace")
    text = text.removeprefix("\ufeff")
    first = text[: 1 << 14].splitlines()[:3]
    if first and (said := re.fullmatch("sep=(.)", first[0].strip())):
        text, sign = text.partition("\n")[2], said[1]
    else:
        sign = max(";,\t", key=lambda one: min((line.count(one) for line in first), default=0))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    for number, row in enumerate(reader, start=1):
        cells = [_GUARD.sub("", one, count=1) if one[:1] == "'" else one for one in row]
        if not all(is_blank(one) for one in cells):
            yield number, [one or None for one in cells]
