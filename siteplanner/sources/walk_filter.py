"""Which OpenStreetMap ways people may walk on.

Such rules move the total length of a network more than any engine does, so they are few,
stated here, and returned in words with every network.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

NOT_A_STREET = frozenset(
    [
        "abandoned",
        "construction",
        "demolished",
        "destroyed",
        "disused",
        "elevator",
        "emergency_bay",
        "escape",
        "no",
        "planned",
        "platform",
        "proposed",
        "raceway",
        "razed",
        "removed",
        "rest_area",
        "services",
        "via_ferrata",
    ]
)
ONLY_IF_FOOT_SAYS_SO = frozenset(
    ["bus_guideway", "busway", "cycleway", "motorway", "motorway_link"]
)
FOOT_MAY = frozenset(["yes", "designated", "permissive", "official"])
FOOT_MAY_NOT = frozenset(["no", "private", "use_sidepath"])
ACCESS_SHUT = frozenset(
    ["agricultural", "bus", "emergency", "forestry", "military", "no", "permit", "private", "psv"]
)
KEYS = ("highway", "foot", "access", "area", "service", "motorroad")


def _words(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))


RULES = (
    "a walkable street is a way with the tag highway that is no area (area=yes)",
    f"never walkable: highway = {_words(NOT_A_STREET)}",
    f"the tag foot decides where it says {_words(FOOT_MAY)} (in) or {_words(FOOT_MAY_NOT)} (out)",
    f"else out: highway = {_words(ONLY_IF_FOOT_SAYS_SO)}; motorroad = yes; service = private; "
    f"access = {_words(ACCESS_SHUT)}",
    "everything else is in, also streets whose pavement is mapped apart; one-way does not count",
)
"""The walk filter, in words."""


@lru_cache(maxsize=4096)
def is_walkable(
    highway: str,
    foot: str | None = None,
    access: str | None = None,
    area: str | None = None,
    service: str | None = None,
    motorroad: str | None = None,
) -> bool:
    """Tell whether people may walk on a way with these OpenStreetMap tags.

    Parameters
    ----------
    highway, foot, access, area, service, motorroad
        Values of the tags; None where the way does not have the tag.

    Returns
    -------
    True if it is in, by the rules in ``RULES``.

    References
    ----------
    OpenStreetMap wiki, *Computing access restrictions*: the tag for a mode of transport
    stands above ``access``.

    Examples
    --------
    >>> is_walkable("residential"), is_walkable("motorway"), is_walkable("motorway", "yes")
    (True, False, True)
    >>> is_walkable("service", access="private"), is_walkable("service", "yes", "private")
    (False, True)
    """
    if highway in NOT_A_STREET or area == "yes" or foot in FOOT_MAY_NOT:
        return False
    if foot in FOOT_MAY:
        return True
    shut = highway in ONLY_IF_FOOT_SAYS_SO or access in ACCESS_SHUT
    return not (shut or service == "private" or motorroad == "yes")
