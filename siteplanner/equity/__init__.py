"""How evenly something is shared among people: bare measures on arrays."""

from siteplanner.equity.access import access_poverty, kolm_pollak, kolm_pollak_aversion
from siteplanner.equity.inequality import gini, palma, theil
from siteplanner.equity.ordered import concentration, erreygers, slope_index

__all__ = [
    "access_poverty",
    "concentration",
    "erreygers",
    "gini",
    "kolm_pollak",
    "kolm_pollak_aversion",
    "palma",
    "slope_index",
    "theil",
]
