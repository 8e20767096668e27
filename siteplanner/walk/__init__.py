"""Who can walk where: the street network of a profile, and catchments over it.

::

    network = build(streets, PROFILES["carer_with_child"])
    walker = Walker(network, scenario.walk, cache=Cache(folder))
    catchment = walker.reach(homes, places)
    weights = fade(catchment, scenario.walk)
"""

from typing import TypeAlias

from siteplanner.walk.building import build
from siteplanner.walk.cache import Cache
from siteplanner.walk.catchment import Catchment, nearest, reach
from siteplanner.walk.decay import fade
from siteplanner.walk.network import Network
from siteplanner.walk.profiles import PROFILES, Profile, longest_m, profile_of
from siteplanner.walk.snapping import Snapped, snap
from siteplanner.walk.straight import StraightWalker
from siteplanner.walk.walker import Walker, build_cached

AnyWalker: TypeAlias = Walker | StraightWalker
"""Whoever answers who can walk where: on streets, or as the crow flies."""

__all__ = [
    "PROFILES",
    "AnyWalker",
    "Cache",
    "Catchment",
    "Network",
    "Profile",
    "Snapped",
    "StraightWalker",
    "Walker",
    "build",
    "build_cached",
    "fade",
    "longest_m",
    "nearest",
    "profile_of",
    "reach",
    "snap",
]
