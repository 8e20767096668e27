"""Rank places and pick the set from which most people in need can newly walk.

>>> import siteplanner as sp
>>> project = sp.Project(sp.starter())
>>> "care_blocks" in project.scenario_names
True
"""

from siteplanner.comparison import Comparison, Negotiated, compare, negotiate
from siteplanner.errors import InputError, OutputError, Problem, SiteplannerError
from siteplanner.model import Layer, Scenario
from siteplanner.plan import Plan
from siteplanner.project import Project, init, starter

__all__ = [
    "Comparison",
    "InputError",
    "Layer",
    "Negotiated",
    "OutputError",
    "Plan",
    "Problem",
    "Project",
    "Scenario",
    "SiteplannerError",
    "compare",
    "init",
    "negotiate",
    "starter",
]
