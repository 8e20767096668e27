"""The choice: which set of sites serves most people in need.

The kernels work on plain arrays and can be called alone; `choose` gives them a scenario.
"""

from siteplanner.choice.choosing import Chosen, choose
from siteplanner.choice.greedy import gains_left, max_cover, reached
from siteplanner.choice.plain import spaced, top
from siteplanner.choice.solution import Rules, Solution

__all__ = [
    "Chosen",
    "Rules",
    "Solution",
    "choose",
    "gains_left",
    "max_cover",
    "reached",
    "spaced",
    "top",
]
