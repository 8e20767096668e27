"""What a public answer must not tell: small counts of people.

A count of fewer than ten people, on a block or in a district, can point at a family.  With
``audience = "public"`` such counts become NaN in tables and ``<10`` on the page, and the page
carries the cells' classes only, not their numbers.  A count of 0 stays: it points at nobody.

This withholds the small counts themselves.  It does not yet guard against working one out
from a total or from the difference of two published versions.
"""

from __future__ import annotations

import re
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from siteplanner.maps.answer import Answer

SMALLEST = 10
"""Smallest count of people that a public answer tells."""
UNCOUNTED = frozenset({"share", "percent", "index", "minutes", "min", "m", "mean", "decile"})
"""Words in column names that say that a number of an outcome table counts nobody."""


def counts_people(column: str) -> bool:
    """Say whether a number column of an outcome table counts people, by its name.

    Examples
    --------
    >>> counts_people("people newly"), counts_people("share_after")
    (True, False)
    """
    return UNCOUNTED.isdisjoint(re.split(r"[_ ]", column))


def is_public(answer: Answer) -> bool:
    """Say whether the answer is for everybody to see."""
    return answer.scenario.audience == "public"


def withheld(counts: pd.Series) -> pd.Series:
    """Make counts above 0 and below `SMALLEST` NaN.

    Examples
    --------
    >>> withheld(pd.Series([0.0, 3.0, 10.0])).tolist()
    [0.0, nan, 10.0]
    """
    return counts.mask((counts > 0) & (counts < SMALLEST))


def released(answer: Answer) -> Answer:
    """Give the answer as its audience may have it.

    Parameters
    ----------
    answer
        The whole answer.

    Returns
    -------
    The same object for an internal audience.  For the public a copy in which small counts of
    people are NaN: in the cells (with them the demand, from which they could be worked
    out), in the sites and in the outcomes.
    """
    if not is_public(answer):
        return answer
    sites = answer.sites.copy()
    for column in ("people_reached", "need_reached"):
        sites[column] = withheld(sites[column].astype(float))
    sites["need_reached"] = sites["need_reached"].mask(sites["people_reached"].isna())
    values = answer.site_values.copy()
    units = answer.criteria_of("site")["unit"]
    for name in values.columns.intersection(units.index[units.str.startswith("people")]):
        values[name] = withheld(values[name].astype(float))
    return replace(
        answer,
        cells=_public_cells(answer),
        sites=sites,
        site_values=values,
        outcomes={name: _public_table(table) for name, table in answer.outcomes.items()},
    )


def _public_cells(answer: Answer) -> gpd.GeoDataFrame:
    cells = answer.cells.copy()
    hidden = pd.Series(False, index=cells.index)
    for column in answer.count_columns:
        counts = withheld(cells[column].astype(float))
        hidden |= counts.isna() & cells[column].notna()
        cells[column] = counts
    cells["demand"] = cells["demand"].mask(hidden)
    return cells


def _public_table(table: pd.DataFrame) -> pd.DataFrame:
    """Withhold small counts, and in their rows the shares that would give them away."""
    table = table.copy()
    numeric = table.select_dtypes("number").columns
    shares = [one for one in numeric if not counts_people(str(one))]
    hidden = pd.Series(False, index=table.index)
    for column in numeric.difference(shares, sort=False):
        counts = withheld(table[column].astype(float))
        hidden |= counts.isna() & table[column].notna()
        table[column] = counts
    for column in shares:
        table[column] = table[column].astype(float).where(~hidden, np.nan)
    return table
