"""The choice: which set of sites serves most people in need.

The kernels work on plain arrays and can be called alone; `choose` gives them a scenario.

============  ==================================================================
`max_cover`   reaches as much demand as it can
`set_cover`   needs the fewest, or cheapest, sites to reach a share of the demand
`p_median`    has the least walking, added up over all demand
`p_center`    has the shortest longest walk
`p_dispersion`  has its sites as far apart as can be
`fairest_cover`  serves the worst-served group as well as can be
`kolm_pollak_median`  has short walks of which none is much longer than the others
============  ==================================================================

`solution` says what is asked and answered.  The rooms build on each other in this order: `rules`
(what a set must keep to), `programs` (models for HiGHS), `covering`, `medians`.  The modules
beside them put a scenario's question to a kernel: `ground`, `models`, `phases`, `choosing`.
"""

from siteplanner.choice.bundles import Bundles, Services, Wanted, bundle
from siteplanner.choice.choosing import Chosen, choose
from siteplanner.choice.covering.fairest import fairest_cover, frontier
from siteplanner.choice.covering.fewest import set_cover
from siteplanner.choice.covering.greedy import gains_left, reached
from siteplanner.choice.covering.maximal import max_cover
from siteplanner.choice.ground import Ground
from siteplanner.choice.medians.center import p_center
from siteplanner.choice.medians.dispersion import p_dispersion
from siteplanner.choice.medians.even import kolm_pollak_median
from siteplanner.choice.medians.median import p_median
from siteplanner.choice.phases import Nested, grow
from siteplanner.choice.plain import spaced, top
from siteplanner.choice.solution import Rules, Solution, Solver

__all__ = [
    "Bundles",
    "Chosen",
    "Ground",
    "Nested",
    "Rules",
    "Services",
    "Solution",
    "Solver",
    "Wanted",
    "bundle",
    "choose",
    "fairest_cover",
    "frontier",
    "gains_left",
    "grow",
    "kolm_pollak_median",
    "max_cover",
    "p_center",
    "p_dispersion",
    "p_median",
    "reached",
    "set_cover",
    "spaced",
    "top",
]
