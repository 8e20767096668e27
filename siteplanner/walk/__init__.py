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
from siteplanner.walk.conditions import Conditions, conditions_of
from siteplanner.walk.contours import isochrones
from siteplanner.walk.decay import fade
from siteplanner.walk.doors import Doors, doors_of, front_doors, nearest_to, one_inside, walks_to
from siteplanner.walk.explaining import Explanation, explain
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
    "Conditions",
    "Doors",
    "Explanation",
    "Network",
    "Profile",
    "Snapped",
    "StraightWalker",
    "Walker",
    "build",
    "build_cached",
    "conditions_of",
    "doors_of",
    "explain",
    "fade",
    "front_doors",
    "isochrones",
    "longest_m",
    "nearest",
    "nearest_to",
    "one_inside",
    "profile_of",
    "reach",
    "snap",
    "walks_to",
]
