"""How sure are we: how far ranks stand up when weights and other choices change.

Everything here takes arrays and tables, and knows nothing of a plan.

=================  ========================================================================
`draw`             many weightings: any, around given ones, from intervals, from an order
`smaa`             how often each site is where, over many weightings (SMAA-2)
`pairwise`         who beats whom in how many weightings
`overtake`, `lead`, `drop`  the smallest change of weights that unseats a site
`compare`          which of the analyst's choices moves the answer most
`diagnose`         what an index is made of, as the OECD/JRC handbook asks
`compare_pairs`, `share_points`, `weigh_orders`, `weigh_swings`  weights from people
=================  ========================================================================

They build on each other in this order: `nesting`, `weighing` (the index under many weightings),
`counting` (ranks of up to some thousand sites) and `many` (of a million), `acceptability`.
"""

from siteplanner.robustness.acceptability import Acceptability, shares_of, smaa
from siteplanner.robustness.balance import correlation_ratio, cronbach_alpha, influence
from siteplanner.robustness.comparisons import (
    Advice,
    Compared,
    compare_pairs,
    consistency_ratio,
    principal,
)
from siteplanner.robustness.diagnostics import Diagnosis, correlations, diagnose
from siteplanner.robustness.drawing import draw
from siteplanner.robustness.from_data import critic, entropy
from siteplanner.robustness.groups import disagreement, joined, together
from siteplanner.robustness.judgements import (
    centroid,
    check_names,
    share_points,
    weigh_orders,
    weigh_swings,
)
from siteplanner.robustness.leaving_out import (
    aggregated_otherwise,
    compare,
    rank_choices,
    scaled_otherwise,
    weighed_otherwise,
    without_each,
)
from siteplanner.robustness.nesting import Nesting, Tree, nest
from siteplanner.robustness.overlaps import overlapping, pairwise, wins
from siteplanner.robustness.reciprocals import table_of
from siteplanner.robustness.scaling import aggregate, rescaled, topsis
from siteplanner.robustness.unseating import Unseating, Weighting, drop, lead, overtake
from siteplanner.robustness.weighing import indices
from siteplanner.robustness.weights import around, ordered, uniform, within

__all__ = [
    "Acceptability",
    "Advice",
    "Compared",
    "Diagnosis",
    "Nesting",
    "Tree",
    "Unseating",
    "Weighting",
    "aggregate",
    "aggregated_otherwise",
    "around",
    "centroid",
    "check_names",
    "compare",
    "compare_pairs",
    "consistency_ratio",
    "correlation_ratio",
    "correlations",
    "critic",
    "cronbach_alpha",
    "diagnose",
    "disagreement",
    "draw",
    "drop",
    "entropy",
    "indices",
    "influence",
    "joined",
    "lead",
    "nest",
    "ordered",
    "overlapping",
    "overtake",
    "pairwise",
    "principal",
    "rank_choices",
    "rescaled",
    "scaled_otherwise",
    "share_points",
    "shares_of",
    "smaa",
    "table_of",
    "together",
    "topsis",
    "uniform",
    "weigh_orders",
    "weigh_swings",
    "weighed_otherwise",
    "wins",
    "within",
    "without_each",
]
