"""Measures: a number per place and criterion, in its own unit.

Cells and sites are measured alike, at the place (`at_place`) or within walking reach of it
(`in_reach`, `lacking`), or on the ground around it (`surroundings`).  What holds for all of them:

- Counts move between units by area; rates and values are averaged, never added up.
- Shares are from 0 to 1.
- Unknown is NaN.  What is known speaks as long as it is at least half of the whole (of the
  area, the people, the rows); where more is unknown, so is the answer.
- A criterion's own ``limit_m`` or ``limit_min`` replaces both limits of the scenario.
- Walks begin at a point inside a cell, and at the best door of any other place; they end at the
  best door of a row: see `siteplanner.walk.doors`.
- The scenario's decay applies where people, or counts that live on cells, are added up
  (``sum``, ``need_reached``, ``not_served``, ``balance``).  Rows are counted fully, and so are
  the people that a mean, a share or a number per 1,000 rests on.
"""

from siteplanner.measures.gaps import balance, supply_ratio, two_step, zone_weights
from siteplanner.measures.measuring import measure, walks_to_rows
from siteplanner.measures.setting import Setting
from siteplanner.measures.walkability import (
    epa_walkability,
    frank_2010,
    land_use_mix,
    twentieths,
    z_scores,
)

__all__ = [
    "Setting",
    "balance",
    "epa_walkability",
    "frank_2010",
    "land_use_mix",
    "measure",
    "supply_ratio",
    "twentieths",
    "two_step",
    "walks_to_rows",
    "z_scores",
    "zone_weights",
]
