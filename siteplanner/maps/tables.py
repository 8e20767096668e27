"""The ranking as a table, and as a CSV that a spreadsheet opens without running it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import released

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell of text that starts with one of these is a formula to a spreadsheet."""

LATER_FORMULA = re.compile(r"""[;\t\r\n][\s"']*(?=[=+\-@])""")
"""Where a spreadsheet that separates cells by semicolon or tab would start another one."""


def ranking_table(answer: Answer) -> pd.DataFrame:
    """Put all that is known of each site into one row, best rank first.

    Parameters
    ----------
    answer
        The answer; small counts are withheld where it is public.

    Returns
    -------
    A table with the columns rank, site, label, index (0..1), alike (how many others score the
    same in every criterion), phase, order, people_reached, need_reached, area_m2, confidence,
    for each criterion ``<name>_value`` (in its unit; infinity where none is within reach),
    ``<name>_score`` (0..1) and ``<name>_contribution`` (to the index), why, why_not, and
    warnings, where the scenario warns of sites.
    """
    answer = released(answer)
    sites = answer.sites
    first = ["rank", "label", "index", "alike", "phase", "order", "people_reached", "need_reached"]
    table = pd.DataFrame(sites[[*first, "area_m2"]])
    table.insert(1, "site", sites.index)
    table["confidence"] = answer.confidence.reindex(sites.index)
    parts = {
        "value": answer.site_values,
        "score": answer.site_scores,
        "contribution": answer.contributions,
    }
    wide = {
        f"{name}_{part}": values[name].reindex(sites.index)
        for name in answer.criteria_of("site").index
        for part, values in parts.items()
        if name in values
    }
    table = pd.concat([table, pd.DataFrame(wide, index=sites.index)], axis=1)
    if "why" in sites:
        table["why"] = sites["why"]
    table["why_not"] = sites["why_not"]
    if "warnings" in sites:
        table["warnings"] = sites["warnings"]
    table = table.reset_index(drop=True)
    return table.sort_values(["rank", "site"], na_position="last", ignore_index=True)


def write_csv(table: pd.DataFrame, path: Path) -> None:
    r"""Write a table as CSV for spreadsheets.

    UTF-8 with the mark that Excel needs to read accents.  All text stands in quotes.  Text
    that a spreadsheet would take for a formula, at its start or after a semicolon, tab or line
    end, where some spreadsheets start a new cell, gets an apostrophe in front of it; numbers,
    negative ones too, stay numbers.  Numbers keep 12 digits; NaN and infinity are empty cells.

    Parameters
    ----------
    table
        The table; its index is not written.
    path
        The file to write.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "table.csv"
    ...     write_csv(pd.DataFrame({"label": ["=1+1", "a"], "longitude": [-51.2, 3.0]}), path)
    ...     path.read_text("utf-8-sig").splitlines()
    ['"label","longitude"', '"\'=1+1",-51.2', '"a",3']
    """
    rows = zip(*(table[name].tolist() for name in table), strict=True)
    lines = [",".join(_cell(one) for one in row) for row in ([str(one) for one in table], *rows)]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8-sig", newline="\n")


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return '"' + _guarded(value).replace('"', '""') + '"'
    if pd.isna(value) or value in (np.inf, -np.inf):
        return ""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _guarded(text: str) -> str:
    text = f"'{text}" if text.startswith(FORMULA_STARTS) else text
    return LATER_FORMULA.sub(r"\g<0>'", text)
