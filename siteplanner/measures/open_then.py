"""Criteria of a plan that is looked at at a time: which of them a closed door matters to."""

from __future__ import annotations

from dataclasses import replace

from siteplanner.measures.ground import areal
from siteplanner.measures.setting import Setting
from siteplanner.model import Criterion, Scenario
from siteplanner.sources.opening import OPEN, opened

SERVICES = frozenset(
    {"nearest", "count", "kinds", "not_served", "two_step", "enhanced_two_step", "balance"}
)
"""Measures of rows that people go to."""
OF_ROWS = frozenset({"sum", "mean", "share"})
"""Measures of rows that people go to, where those are points or lines; else of the ground."""

GROUND = frozenset({"mean", "share"})
"""Of these, those that read the ground where nothing is said."""


def may_ask(criterion: Criterion, scenario: Scenario) -> bool:
    """Tell whether hours may matter to a criterion, whatever its layers hold.

    Not to one that reads the ground a place lies on, nor to what a possible site is itself.

    Examples
    --------
    >>> from siteplanner.model import Demand
    >>> scenario = Scenario(name="s", title="S", area="town", need={},
    ...                     demand=Demand(cells="blocks", people="census.people"))
    >>> parks = Criterion(measure="nearest", layer="parks", zero_at=500, full_at=100)
    >>> stratum = Criterion(measure="value", layer="units", column="c", zero_at=4, full_at=1)
    >>> may_ask(parks, scenario), may_ask(stratum, scenario)
    (True, False)
    """  # fmt: skip
    measure, within = criterion.measure, criterion.within
    if not criterion.has_data:
        return False
    if within == "place" or (within is None and measure in GROUND):
        own = set(scenario.sites.layer) if scenario.sites else set()
        return measure in SERVICES | OF_ROWS - GROUND and not own & set(criterion.layer)
    return measure in SERVICES | OF_ROWS


def asks(criterion: Criterion, setting: Setting) -> bool:
    """Tell whether a criterion leaves out rows that are closed."""
    tables = [setting.study.tables.get(name) for name in criterion.layer]
    timed = [table for table in tables if table is not None and OPEN in table]
    if not timed or not may_ask(criterion, setting.scenario):
        return False
    return criterion.measure in SERVICES or not any(areal(table) for table in timed)


def open_only(setting: Setting) -> Setting:
    """Leave closed rows out of every layer; the same object where nobody asks for a time."""
    tables = setting.study.tables
    if not any(OPEN in table for table in tables.values()):
        return setting
    left = {name: opened(table) for name, table in tables.items()}
    return replace(setting, study=replace(setting.study, tables=left))
