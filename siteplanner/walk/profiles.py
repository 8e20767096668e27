"""Who walks, how fast, and how far a scenario makes anybody walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from siteplanner.errors import nearest_names
from siteplanner.model import Criterion, Scenario, Walk
from siteplanner.walk.slope import tobler_factor


@dataclass(frozen=True)
class Profile:
    """One kind of person on foot.

    Parameters
    ----------
    name
        As scenarios write it.
    speed_m_s
        Walking speed on flat ground, in metres a second.
    steps
        Whether the person can use steps.
    reference
        Where the speed comes from, or that it is assumed.
    steepest_percent
        Steepest street that the person can manage, where heights are known; None is any.

    Examples
    --------
    >>> Profile("jogger", 2.5, steps=True, reference="made up").speed_m_s
    2.5
    """

    name: str
    speed_m_s: float
    steps: bool
    reference: str
    steepest_percent: float | None = None


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        one.name: one
        for one in (
            Profile(
                "adult",
                1.34,
                steps=True,
                reference="Trust for Public Land, ParkServe: half a mile in ten minutes",
            ),
            Profile(
                "older_person",
                0.76,
                steps=True,
                reference="mean of 768 adults of 65 and over at risk of losing mobility, "
                "a randomised trial reported by the University of Bath",
            ),
            Profile(
                "carer_with_child",
                0.92,
                steps=True,
                reference="Gates et al. 2006: slowest 15 % of people over 65 at crossings, "
                "adults with children being similar; no figure for pushchairs is published",
            ),
            Profile(
                "wheelchair",
                0.92,
                steps=False,
                reference="assumption after Gates et al. 2006: slowest 15 % of people over 65 "
                "at crossings, disabled people being similar; no steps; where heights are "
                "known, nothing steeper than a ramp may be, 1:12 (2010 ADA Standards, 405.2)",
                steepest_percent=100 / 12,
            ),
        )
    }
)
"""The profiles a scenario may name."""


def profile_of(walk: Walk) -> Profile:
    """Give the profile of a scenario, with what the scenario says otherwise.

    Parameters
    ----------
    walk
        The scenario's ``[walk]``.

    Returns
    -------
    The profile, with the scenario's own speed and steepest street.

    Raises
    ------
    ValueError
        If there is no profile of that name.

    Examples
    --------
    >>> profile_of(Walk(network="streets", profile="wheelchair", limit_m=500)).steps
    False
    >>> own = profile_of(Walk(network="streets", speed_m_s=1.1, limit_m=500))
    >>> own.speed_m_s, own.reference
    (1.1, "the scenario's own")
    """
    profile = PROFILES.get(walk.profile)
    if profile is None:
        msg = f"no profile '{walk.profile}'; {nearest_names(walk.profile, PROFILES)}"
        raise ValueError(msg)
    if walk.steepest_percent is not None:
        profile = replace(profile, steepest_percent=walk.steepest_percent)
    if walk.speed_m_s is None:
        return profile
    return replace(profile, speed_m_s=walk.speed_m_s, reference="the scenario's own")


def longest_m(scenario: Scenario) -> float:
    """Give the longest walk, in metres, that any part of a scenario looks at.

    People, streets and places this far outside the area still count.  Looked at are
    ``[walk]``, the criteria with a reach of their own, ``nearest`` criteria up to the
    distance where their score stops changing, and the minutes of the outcomes.

    Parameters
    ----------
    scenario
        The whole scenario.

    Returns
    -------
    Metres; 0 where nothing is looked for around a place.

    Raises
    ------
    ValueError
        If there is no profile of the scenario's name.
    """
    walks = [_settled(one) for _, _, one in scenario.criteria() if one.by == "straight_m"]
    if scenario.walk is None:
        return max(walks, default=0.0)
    speed = profile_of(scenario.walk).speed_m_s
    if scenario.walk.elevation is not None:
        speed *= float(tobler_factor(-0.05))  # downhill is quicker
    walks.append(_limit_m(scenario.walk.limit_m, scenario.walk.limit_min, speed))
    walks += [minutes * 60 * speed for minutes in scenario.outcomes.minutes]
    for _, _, one in scenario.criteria():
        if one.has_data:
            walks.append(_limit_m(one.limit_m, one.limit_min, speed))
            walks.append(_settled(one) * (60 * speed if one.by == "walk_min" else 1.0))
    return max(walks)


def _limit_m(limit_m: float | None, limit_min: float | None, speed_m_s: float) -> float:
    """Both limits have to hold, so the shorter counts."""
    given = [limit_m] if limit_m is not None else []
    given += [limit_min * 60 * speed_m_s] if limit_min is not None else []
    return min(given, default=0.0)


def _settled(criterion: Criterion) -> float:
    """Give the number beyond which the score of a ``nearest`` criterion stays the same."""
    own_limit = criterion.limit_m is not None or criterion.limit_min is not None
    if criterion.measure != "nearest" or own_limit or not criterion.has_data:
        return 0.0
    return max(criterion.zero_at or 0.0, criterion.full_at or 0.0)
