"""A report from its first word to its last, as blocks that can be drawn in any way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from siteplanner.maps import Answer
from siteplanner.maps.audience import is_public
from siteplanner.report.wording import Wording, shortened
from siteplanner.sheets.lettering import Letters

COLUMNS = ("rank_low", "rank_high", "in_top", "in_set")
"""Columns of the table that says how sure each site's place is."""


@dataclass(frozen=True, eq=False)
class Told:
    """What every section of a report draws from.

    Parameters
    ----------
    whole
        The whole answer: only to tell a withheld number from an unknown one.
    shown
        The answer as its audience may have it.
    words, letters
        Language and fonts.
    sites
        How sure each site's place is, by site: ``rank_low`` and ``rank_high`` (5 and 95 % of the
        weightings), ``in_top`` and ``in_set`` (shares of the weightings, 0..1).  May be empty.
    sentences
        What else is known of how sure the answer is.
    state
        Whether it was tried how often each site is in the best set: ``tried``; ``other``, for
        another state of the plan; ``never``; empty where nothing is to be said of it.
    weightings
        How many were tried around the plan's weights, and anywhere.
    """

    whole: Answer
    shown: Answer
    words: Wording
    letters: Letters
    sites: pd.DataFrame = field(default_factory=pd.DataFrame)
    sentences: Sequence[str] = ()
    state: str = ""
    weightings: tuple[int, int] = (0, 0)

    @property
    def chosen(self) -> pd.DataFrame:
        """The proposed sites in the order in which they would be built."""
        sites = self.shown.sites
        return pd.DataFrame(sites[sites["phase"].notna()]).sort_values(["phase", "order"])

    @property
    def public(self) -> bool:
        """Whether the report is for everybody to see."""
        return is_public(self.whole)

    def say(self, key: str, **values: object) -> str:
        """Give a message."""
        return self.words.say(key, **values)

    def people(self, count: Any, whole: Any = float("nan")) -> str:
        """Write a count of people; where it is missing, say whether it is withheld.

        Parameters
        ----------
        count
            As the audience may have it.
        whole
            The same number of the whole answer.
        """
        if pd.isna(count) and not pd.isna(whole) and self.public:
            return self.say("fewer_than_ten" if 0 < abs(whole) < 10 else "withheld")
        return self.words.people(float("nan") if pd.isna(count) else float(count))

    def outcome(self, table: str, row: Any, column: str) -> tuple[float, float]:
        """Give a number of an outcome table as shown and in whole; NaN where there is none."""
        found = []
        for answer in (self.shown, self.whole):
            try:
                value: Any = answer.outcomes[table][column].loc[row]
                found.append(float(value))
            except (KeyError, ValueError, TypeError):
                found.append(float("nan"))
        return found[0], found[1]

    def counted(self, table: str, row: Any, column: str) -> str:
        """Write a count of an outcome table."""
        return self.people(*self.outcome(table, row, column))

    def name_of(self, site: Any) -> str:
        """Give the name that people know a site by, else its id."""
        label = str(self.shown.sites["label"].get(site, "") or "").strip()
        return shortened(label if label and label != "nan" else str(site))

    def names_of(self, sites: Sequence[Any], most: int = 12) -> str:
        """List the names of sites, up to a number."""
        names = [self.name_of(one) for one in sites[:most]]
        if len(sites) > most:
            names.append(self.say("list.more", n=len(sites) - most))
        return self.words.many(names)


def surely(sure: Mapping[str, Any] | None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Take apart what is known of how sure the answer is.

    Parameters
    ----------
    sure
        ``sites``: a table with the columns of `COLUMNS`, and ``sentences``; either may be left
        out.

    Returns
    -------
    The table, whole numbers and shares, and the sentences.

    Raises
    ------
    ValueError
        If a column is missing, or a share is not 0..1.

    Examples
    --------
    >>> surely(None)[1]
    ()
    """
    given = sure or {}
    table = given.get("sites")
    sentences = tuple(str(one) for one in given.get("sentences", ()))
    if table is None or not len(table):
        return pd.DataFrame(columns=list(COLUMNS), dtype=float), sentences
    missing = [one for one in COLUMNS if one not in table]
    if missing:
        msg = f"the table of sites has no column {', '.join(missing)}; it needs {COLUMNS}"
        raise ValueError(msg)
    shares = table[["in_top", "in_set"]].astype(float)
    if ((shares < 0) | (shares > 1)).any(axis=None):
        msg = "in_top and in_set are shares of the weightings, 0..1"
        raise ValueError(msg)
    return table[list(COLUMNS)].astype(float), sentences
