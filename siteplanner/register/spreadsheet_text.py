"""The register as a CSV, in the form that a spreadsheet of the language opens by itself."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

from siteplanner.register.columns import MARK
from siteplanner.register.wording import Words
from siteplanner.register.workbook import Issue, site_rows

_GUARDED = re.compile(r"'*[=+\-@\t\r]")
"""What a spreadsheet might run, or what looks like it once guarded."""


def write_text(issue: Issue, path: Path) -> None:
    """Write the sites of a register as CSV: UTF-8 with a byte order mark.

    Decimal comma and semicolons in a language that writes so, else point and commas.

    Parameters
    ----------
    issue
        What it holds.
    path
        Where to.
    """
    words = Words(issue.language)
    sign = ";" if words.decimal == "," else ","
    shown = [place for place, key in enumerate(issue.keys) if not key.startswith(MARK)]
    lines = [sign.join(_cell(words.header(issue.keys[place]), words.decimal) for place in shown)]
    for row in site_rows(issue):
        lines.append(sign.join(_cell(row[place], words.decimal) for place in shown))
    path.write_text("\n".join([*lines, ""]), encoding="utf-8-sig", newline="\n")


def number_text(value: float, decimal: str) -> str:
    """Write a number so that its sign can be nothing but that of decimals.

    Examples
    --------
    >>> number_text(1234.5, ","), number_text(1.234, ","), number_text(7, ".")
    ('1234,5', '1,2340', '7')
    """
    text = f"{value:.12g}"
    if "e" in text:
        text = f"{value:.6f}".rstrip("0").rstrip(".")
    whole, point, rest = text.partition(".")
    return whole + (f"{decimal}{rest}{'0' if len(rest) == 3 else ''}" if point else "")


def _cell(value: Any, decimal: str) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_text(value, decimal)
    text = str(value)
    text = f"'{text}" if _GUARDED.match(text) else text
    return '"' + text.replace('"', '""') + '"'
