"""Anchor and companions: a place qualifies with services around it, open at the same time.

A care block is an existing building (the anchor) and services of other families within a walk,
so that a carer's course runs while the child is looked after.  Which anchors have that around
them, which services make it up, and what the others lack, is told here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.solution import Floats, Ints

Weeks = npt.NDArray[np.bool_]
HALF_HOURS = 336
"""Half hours in a week."""


@dataclass(frozen=True)
class Services:
    """The services that could stand beside an anchor.

    Parameters
    ----------
    family
        Number of the family of each service, from 0 (n).
    names
        What people call each family.
    weeks
        n × half hours: when each is open; None where hours do not matter.  A row without any
        True is never open, or its hours are not known and count as closed.
    unknown
        Which services have hours that nobody knows (n); they are named as what might help.
    """

    family: Ints
    names: tuple[str, ...]
    weeks: Weeks | None = None
    unknown: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Wanted:
    """What an anchor must have around it.

    Parameters
    ----------
    at_least
        Families, of whatever kind.
    required
        Numbers of the families that must be among them.
    together_h
        Hours a week in which so many families, and all required ones, are open at once.
    """

    at_least: int
    required: tuple[int, ...] = ()
    together_h: float = 0.0


@dataclass(frozen=True)
class Bundles:
    """What each anchor has around it.

    Parameters
    ----------
    qualifies
        Whether an anchor has what is asked for (n).
    families
        Anchors × families: how many services of each are within the walk.
    together_h
        Hours a week in which what is asked for is open at once (n); NaN where hours do not
        matter.
    missing
        A clause an anchor: what it lacks; empty where it qualifies.
    services
        For each anchor the services that make up its bundle: of the families within the
        walk, those that are open while the bundle is (n lists).
    """

    qualifies: npt.NDArray[np.bool_]
    families: Ints
    together_h: Floats
    missing: tuple[str, ...]
    services: tuple[Ints, ...]


def bundle(near: sparse.csr_array, services: Services, need: Wanted) -> Bundles:
    """Find which anchors have enough services around them, open at the same time.

    Parameters
    ----------
    near
        Anchors × services, stored where the service is within the walk (a stored 0 is a
        walk of nothing).
    services
        Families and hours.
    need
        What is asked for.

    Returns
    -------
    One row an anchor, in the order of ``near``.

    Raises
    ------
    ValueError
        If the shapes do not match, or more families are asked for than there are.

    Examples
    --------
    >>> near = sparse.csr_array(np.array([[1, 1], [1, 0]]))
    >>> both = Services(np.array([0, 1]), ("courses", "child care"))
    >>> found = bundle(near, both, Wanted(at_least=2))
    >>> found.qualifies.tolist(), found.missing[1]
    ([True, False], 'no child care within the walk')
    """
    near = sparse.csr_array(near)
    if near.shape[1] != len(services.family):
        msg = f"near has {near.shape[1]} columns, but there are {len(services.family)} services"
        raise ValueError(msg)
    anchors, kinds = near.shape[0], len(services.names)
    if need.at_least > kinds:
        msg = f"{need.at_least} families are asked for, but there are {kinds}"
        raise ValueError(msg)
    families = np.zeros((anchors, kinds), dtype=np.int64)
    together = np.full(anchors, np.nan)
    missing, chosen = [], []
    for anchor in range(anchors):
        found = near.indices[near.indptr[anchor] : near.indptr[anchor + 1]]
        around: Ints = np.sort(found).astype(np.int64)
        families[anchor] = np.bincount(services.family[around], minlength=kinds)
        lacks = _lacking(families[anchor], services, need)
        bundled = around
        if services.weeks is not None:
            at_once = open_at_once(around, services, need)
            together[anchor] = at_once.sum() / 2
            bundled = around[services.weeks[around][:, at_once].any(axis=1)]
            if not lacks and together[anchor] < max(need.together_h, 0.5):
                lacks = _hours_lacking(around, services, need, together[anchor])
        missing.append(lacks)
        chosen.append(bundled if not lacks else around[:0])
    qualifies = np.array([not one for one in missing], dtype=bool)
    return Bundles(qualifies, families, together, tuple(missing), tuple(chosen))


def open_at_once(around: Ints, services: Services, need: Wanted) -> npt.NDArray[np.bool_]:
    """Give the half hours of the week in which enough families are open at once.

    Parameters
    ----------
    around
        Numbers of the services within the walk.
    services
        Families and hours, with ``weeks``.
    need
        How many families, and which of them, must be open.

    Returns
    -------
    One value a half hour.

    Raises
    ------
    ValueError
        If the services have no hours.

    Examples
    --------
    >>> weeks = np.array([[True, True, False], [False, True, True]])
    >>> both = Services(np.array([0, 1]), ("courses", "child care"), weeks)
    >>> open_at_once(np.array([0, 1]), both, Wanted(at_least=2)).tolist()
    [False, True, False]
    """
    if services.weeks is None:
        msg = "the services have no hours; give weeks"
        raise ValueError(msg)
    is_open = np.zeros((len(services.names), services.weeks.shape[1]), dtype=bool)
    for service in around:
        is_open[services.family[service]] |= services.weeks[service]
    enough = is_open.sum(axis=0) >= need.at_least
    return np.asarray(enough & is_open[list(need.required)].all(axis=0))


def _lacking(families: Ints, services: Services, need: Wanted) -> str:
    """Say which families are missing; empty where none is."""
    absent = [services.names[one] for one in need.required if families[one] == 0]
    if absent:
        return f"no {_listed(absent)} within the walk"
    there = int((families > 0).sum())
    if there >= need.at_least:
        return ""
    absent = [name for name, found in zip(services.names, families, strict=True) if found == 0]
    if need.at_least == len(services.names):
        return f"no {_listed(absent)} within the walk"
    short = need.at_least - there
    return f"{short} more of {_listed(absent)} would be needed within the walk"


def _hours_lacking(around: Ints, services: Services, need: Wanted, together_h: float) -> str:
    wanted = max(need.together_h, 0.5)
    said = f"what is around it is open at once {together_h:g} hours a week, {wanted:g} are asked"
    if services.unknown is None:
        return said
    open_question = np.unique(services.family[around[services.unknown[around]]])
    if len(open_question) == 0:
        return said
    names = _listed([services.names[one] for one in open_question])
    return f"{said}; the hours of some {names} around it are not known"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
