"""The ranking as a table, and as a CSV that a spreadsheet opens without running it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import released

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell of text that starts with one of these is a formula to a spreadsheet."""


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
    for each criterion ``<name>_value`` (in its unit), ``<name>_score`` (0..1) and
    ``<name>_contribution`` (to the index), and why_not.
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
    table["why_not"] = sites["why_not"]
    table = table.reset_index(drop=True)
    return table.sort_values(["rank", "site"], na_position="last", ignore_index=True)


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV for spreadsheets.

    UTF-8 with the mark that Excel needs to read accents.  Text that a spreadsheet would take
    for a formula gets an apostrophe in front; numbers, negative ones too, stay numbers.
    Numbers keep 12 digits; NaN is an empty cell.

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
    ['label,longitude', "'=1+1,-51.2", 'a,3']
    """
    guarded = table.copy()
    for name in guarded:
        if not pd.api.types.is_numeric_dtype(guarded[name].dtype):
            guarded[name] = guarded[name].map(_guarded, na_action="ignore")
    guarded.columns = pd.Index([_guarded(one) for one in guarded.columns])
    guarded.to_csv(
        path,
        index=False,
        encoding="utf-8-sig",
        lineterminator="\n",
        float_format="%.12g",
    )


def _guarded(text: object) -> object:
    return f"'{text}" if isinstance(text, str) and text.startswith(FORMULA_STARTS) else text
