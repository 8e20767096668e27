"""The columns of the register: what is worked out and locked, and what officers fill in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "choice", "number", "year", "date"]
SITE, NAME, ENTRY = "site", "name", "entry"
"""The keys of the columns that say which site, what it is called, and which entry of the log."""


@dataclass(frozen=True)
class Column:
    """One column of the workbook.

    Parameters
    ----------
    key
        What it is called in every file and every language; the header is a message.
    kind
        What its cells hold.
    options
        Of a choice: the words that may stand there, as they are kept.
    least, most
        Of a number or a year.
    width
        Of the column on the screen, in characters.
    group
        Columns of one group stand side by side; after each group a hidden column repeats the id.

    Examples
    --------
    >>> Column("capacity", "number", least=0).options
    ()
    """

    key: str
    kind: Kind = "text"
    options: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    width: int = 14
    group: str = ""


LOCKED = (
    Column("site", width=16),
    Column("name", width=30),
    Column("candidate", width=12),
    Column("why_out", width=30),
    Column("index", "number", width=8),
    Column("rank", "number", width=8),
    Column("phase", "number", width=8),
    Column("people_reached", "number", width=12),
    Column("need_reached", "number", width=12),
    Column("address", width=30),
    Column("area_m2", "number", width=10),
    Column("width_m", "number", width=10),
    Column("easting", "number", width=12),
    Column("northing", "number", width=12),
    Column("longitude", "number", width=12),
    Column("latitude", "number", width=12),
)
"""What a run works out; nobody types here."""
STATUSES = ("desk", "visited", "legally checked", "shortlisted", "rejected")
GATES = ("concept", "feasibility", "financing", "building", "open")
OFFICERS = (
    Column("title", "choice", ("clear", "pending", "disputed", "none"), group="land"),
    Column(
        "owner_class", "choice", ("city", "state", "private", "community", "other"), group="land"
    ),
    Column("permitted_use", width=24, group="land"),
    Column("hazard", "choice", ("none", "low", "medium", "high"), group="ground"),
    Column("river_reserve", "choice", ("outside", "partly", "inside"), group="ground"),
    Column("utilities", "choice", ("all", "some", "none"), group="ground"),
    Column("entrance", "choice", ("step-free", "steps", "none"), group="ground"),
    Column("operator", width=20, group="use"),
    Column("capacity", "number", least=0, group="use"),
    Column("hours_per_week", "number", least=0, most=168, group="use"),
    Column("capital_cost", "number", least=0, group="money"),
    Column("running_cost_per_year", "number", least=0, width=16, group="money"),
    Column("price_year", "year", least=1950, most=2100, group="money"),
    Column("funding_source", width=20, group="money"),
    Column("gate", "choice", GATES, group="state"),
    Column("status", "choice", STATUSES, width=16, group="state"),
    Column("reason", width=40, group="state"),
    Column("who", width=16, group="state"),
    Column("when", "date", width=12, group="state"),
    Column("remarks", width=40, group="state"),
)
"""What officers fill in; an empty cell means unknown."""
LOG = (
    Column("site", width=16),
    Column("date", "date", width=12),
    Column("kind", "choice", ("objection", "support", "question"), width=14),
    Column("said", width=60),
    Column("answer", width=60),
    Column("answered_on", "date", width=14),
    Column("entry", width=12),
)
"""The sheet of what people said about sites; ``entry`` is hidden and names a row."""
KEYS = tuple(one.key for one in OFFICERS)
PERSONAL = frozenset({"who"})
"""Columns that no answer, map or published file shows."""
CHECKED = frozenset(one.key for one in (*OFFICERS, *LOG) if one.kind == "text") - {
    *PERSONAL,
    SITE,
    ENTRY,
}
"""Columns of free words that must hold no e-mail, telephone or identity number."""
BY_KEY = {one.key: one for one in OFFICERS}
LOG_BY_KEY = {one.key: one for one in LOG}
MARK = "#"
"""The first cell of the hidden row of keys, in front of the key of the id."""


def issued(*, personal: bool = True) -> tuple[str, ...]:
    """Give the keys of the sheet of sites from left to right, hidden ids (``#2``…) included.

    Parameters
    ----------
    personal
        Whether the columns about people who work here are among them.

    Examples
    --------
    >>> issued()[:2], [one for one in issued() if one.startswith("#")]
    (('site', 'name'), ['#2', '#3', '#4', '#5', '#6'])
    """
    keys = [one.key for one in LOCKED]
    groups = list(dict.fromkeys(one.group for one in OFFICERS))
    for number, group in enumerate(groups, start=2):
        own = [one.key for one in OFFICERS if one.group == group]
        keys += [key for key in own if personal or key not in PERSONAL]
        keys.append(f"{MARK}{number}")
    return tuple(keys)
