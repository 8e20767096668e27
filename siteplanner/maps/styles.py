"""What each layer of the map shows and how it is classed: one source for page and QGIS."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siteplanner.maps import counts
from siteplanner.maps.answer import Answer
from siteplanner.maps.audience import SMALLEST, counting_criteria, is_public
from siteplanner.maps.classes import Classes, classed, classed_evenly

NEED, PEOPLE, REACH, SITES = (f"map.group_{one}" for one in ("need", "people", "reach", "site"))


@dataclass(frozen=True, eq=False)
class Style:
    """One layer of cells or sites: its words, its numbers and how they are classed.

    Parameters
    ----------
    id
        What the page calls it: ``need``, ``need.poverty``, ``census.age_0_14``.
    on
        ``cells`` or ``sites``.
    words
        ``title`` or ``title_key``, ``group_key``, ``unit`` or ``unit_key``: those that end in
        ``key`` name a message.
    column
        The column of ``cells.gpkg`` or ``sites.gpkg`` that has the values.
    values
        The values; NaN is unknown, infinity none within reach.
    factor
        What the legend multiplies values by.
    live
        Whether the page works it out anew when somebody changes weights.
    criterion
        The criterion it shows, if it shows one.
    smallest
        Below this number of people all is one class.
    even
        For shares of 0..1: classes of even width.
    yes_no
        For shares that are all 0 or 1: two classes.

    Examples
    --------
    >>> words = {"title": "Poverty", "group_key": NEED, "unit": "share"}
    >>> style = Style("need.poor", "cells", words, "value_poor", np.array([0.0, 1.0, np.nan]))
    >>> style.classes.labels, style.empty
    (('0', '1'), False)
    """

    id: str
    on: str
    words: dict[str, str]
    column: str
    values: NDArray[np.float64] = field(repr=False)
    factor: int = 1
    live: bool = False
    criterion: str = ""
    smallest: float | None = None
    even: bool = False
    yes_no: bool = False

    @cached_property
    def classes(self) -> Classes:
        """Sort the values into classes."""
        if self.even:
            return classed_evenly(self.values, words=("no", "yes") if self.yes_no else None)
        return classed(self.values, factor=float(self.factor), smallest=self.smallest)

    @property
    def empty(self) -> bool:
        """Say whether no value is known."""
        return not np.isfinite(self.values).any() and not np.isposinf(self.values).any()

    def described(self) -> dict[str, Any]:
        """Give what the page is told of it beside its numbers."""
        found: dict[str, Any] = {"id": self.id, **self.words, "factor": self.factor}
        return found | ({"criterion": self.criterion} if self.criterion else {})


def cell_styles(answer: Answer) -> list[Style]:
    """Give the layers of cells in the order of the page.

    Parameters
    ----------
    answer
        The whole answer.  Of a public one, only the classes of cells may be told.
    """
    smallest = SMALLEST if is_public(answer) else None
    counting = counting_criteria(answer, "need")
    cells = answer.cells
    styles = [_live("need", NEED, "map.unit_index", floats(cells["need"]), factor=100)]
    for key, one in answer.criteria_of("need").iterrows():
        name = str(key)
        few = smallest if name in counting else None
        styles.append(_criterion(name, one, NEED, answer.need_values, smallest=few))
    styles += [_people(answer, name, smallest) for name in answer.count_columns]
    demand = np.where(np.isnan(styles[0].values), np.nan, floats(cells["demand"]))
    styles.append(_live("demand", PEOPLE, "map.unit_demand", demand, smallest=smallest))
    return styles + _reach(answer)


def site_styles(shown: Answer) -> list[Style]:
    """Give the layers of sites in the order of the page; none for a plan without sites.

    Parameters
    ----------
    shown
        The answer as its audience may have it.
    """
    if shown.scenario.sites is None:
        return []
    index = floats(shown.sites["index"])
    first = _live("index", SITES, "map.unit_site_index", index, factor=100, on="sites")
    criteria = shown.criteria_of("site").iterrows()
    values = shown.site_values.reindex(shown.sites.index)
    return [first, *(_criterion(str(key), one, SITES, values) for key, one in criteria)]


def floats(values: pd.Series) -> NDArray[np.float64]:
    """Give numbers as floats, unknown as NaN."""
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def column_of(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """Give a column as floats; all unknown where there is none."""
    return floats(table[name]) if name in table else np.full(len(table), np.nan)


def _live(
    name: str, group: str, unit: str, values: NDArray[np.float64], *, factor: int = 1,
    on: str = "cells", smallest: float | None = None,
) -> Style:  # fmt: skip
    words = {"title_key": f"map.{name}", "group_key": group, "unit_key": unit}
    return Style(name, on, words, name, values, factor, live=True, smallest=smallest)


def _criterion(
    name: str, one: pd.Series, group: str, table: pd.DataFrame, *, smallest: float | None = None
) -> Style:
    words = {"title": str(one["title"] or name), "group_key": group, "unit": str(one["unit"])}
    on = "cells" if group == NEED else "sites"
    values = column_of(table, name)
    return Style(
        f"{one['level']}.{name}", on, words, f"value_{name}", values, criterion=name,
        smallest=smallest,
    )  # fmt: skip


def _people(answer: Answer, name: str, smallest: float | None) -> Style:
    title = {"title_key": "map.people"} if name == "people" else {
        "title": counts.count_title(answer, name)
    }  # fmt: skip
    words = {**title, "group_key": PEOPLE, "unit_key": "map.unit_people"}
    return Style(name, "cells", words, name, floats(answer.cells[name]), smallest=smallest)


def _reach(answer: Answer) -> list[Style]:
    """Show who is within reach: nobody asks without a walk, and nothing changes without sites."""
    names = ["served_before"] * (answer.scenario.walk is not None)
    names += ["served_after"] * (answer.scenario.sites is not None)
    both = answer.cells[["served_before", "served_after"]].astype(float)
    yes_no = bool(both.isin([0.0, 1.0]).where(both.notna(), True).all(axis=None))
    unit = "map.unit_yes_no" if yes_no else "map.unit_share"
    return [  # both classed alike, so that they can be compared
        Style(
            name,
            "cells",
            {"title_key": f"map.{name}", "group_key": REACH, "unit_key": unit},
            name,
            floats(both[name]),
            factor=100,
            live=name == "served_after",
            even=True,
            yes_no=yes_no,
        )
        for name in names
    ]
