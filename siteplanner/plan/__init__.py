"""The plan: every step's table on one line, from layers and a scenario to an answer."""

from siteplanner.plan.making import STEPS, make
from siteplanner.plan.plan import Level, Plan

__all__ = ["STEPS", "Level", "Plan", "make"]
