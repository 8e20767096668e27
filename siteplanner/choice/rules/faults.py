"""What is wrong with the rules of a choice, said before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from siteplanner.choice.rules.checking import (
    array_of,
    listed,
    number_of,
    numbers_of,
    wrong_amounts,
    wrong_number,
)
from siteplanner.choice.solution import Rules


def wrong_rules(
    rules: Rules, sites: int, points: int, *, refused: Mapping[str, str] | None = None
) -> list[str]:
    """Say what is wrong with rules.

    Parameters
    ----------
    rules
        What binds.
    sites
        Number of sites.
    points
        Number of demand points.
    refused
        Rules that this model does not take, with the reason:
        ``{"capacity": "p_dispersion has no demand"}``.

    Returns
    -------
    A sentence for each thing that is wrong.

    Examples
    --------
    >>> wrong_rules(Rules(fixed=np.array([7]), budget=3.0), sites=5, points=2)
    ['fixed names site 7, there are sites 0 to 4', 'a budget needs site_cost']
    """
    found = []
    for name, why in (refused or {}).items():
        value = getattr(rules, name)
        if value is not None and not (name == "backup" and number_of(value) == 0):
            found.append(f"{name} cannot be used here: {why}")
    found += _wrong_lists(rules, sites) + _wrong_money(rules)
    for name, one in (("site_cost", "site"), ("capacity", "site"), ("load", "point")):
        values = getattr(rules, name)
        if values is not None:
            size, endless = (points if one == "point" else sites), name == "capacity"
            found += wrong_amounts(values, size, name, one, endless=endless)
    if rules.score is not None:
        score = numbers_of(rules.score)
        if score is None:
            found.append("score must be numbers, one a site")
        elif score.shape != (sites,):
            found.append(f"score has shape {score.shape}, there are {sites} sites")
        elif np.isnan(score).any():
            found.append(f"score is unknown at {listed(np.flatnonzero(np.isnan(score)), 'site')}")
    found += _wrong_spacing(rules, sites) + _wrong_backup(rules)
    return found + _wrong_districts(rules, sites)


def _wrong_money(rules: Rules) -> list[str]:
    if rules.budget is None:
        return []
    found = [] if rules.site_cost is not None else ["a budget needs site_cost"]
    return found + wrong_number(rules.budget, "budget")


def _wrong_spacing(rules: Rules, sites: int) -> list[str]:
    near = rules.min_spacing
    if near is None or sparse.issparse(near):
        shape = (sites, sites) if near is None else near.shape
    else:
        table = numbers_of(near)
        if table is None:
            return ["min_spacing must be site × site, not zero where two sites are too near"]
        shape = table.shape
    if shape == (sites, sites):
        return []
    return [f"min_spacing has shape {shape}, there are {sites} sites"]


def _wrong_backup(rules: Rules) -> list[str]:
    if found := wrong_number(rules.backup, "backup", whole=True):
        return found
    if rules.backup and rules.capacity is not None:
        return ["capacity and backup cannot be asked for together"]
    return []


def _wrong_lists(rules: Rules, sites: int) -> list[str]:
    found = []
    for name in ("fixed", "barred"):
        values = array_of(getattr(rules, name))
        if values.dtype.kind == "b" and values.size:
            found.append(f"{name} is true or false a site; give the site numbers instead")
            continue
        if values.ndim != 1 or (values.size and values.dtype.kind not in "iu"):
            found.append(f"{name} must be a list of site numbers")
            continue
        outside = values[(values < 0) | (values >= sites)]
        if len(outside):
            found.append(f"{name} names {listed(outside, 'site')}, there are {_range(sites)}")
        number, times = np.unique(values, return_counts=True)
        if name == "fixed" and (times > 1).any():
            found.append(f"fixed names {listed(number[times > 1], 'site')} more than once")
    return found


def _range(sites: int) -> str:
    return f"sites 0 to {sites - 1}" if sites else "no sites"


def _wrong_districts(rules: Rules, sites: int) -> list[str]:
    if rules.districts is None:
        return []
    if not isinstance(rules.districts, (tuple, list)) or len(rules.districts) != 2:
        return ["districts must be two lists: the district of each site, and each one's minimum"]
    district, minimum = (array_of(part) for part in rules.districts)
    if minimum.ndim != 1:
        return ["the minimum of the districts must be a list, one number a district"]
    if district.shape != (sites,):
        return [f"districts have shape {district.shape}, there are {sites} sites"]
    if district.dtype.kind not in "iu" or (minimum.size and minimum.dtype.kind not in "iu"):
        return ["districts and their minimum must be whole numbers"]
    found = []
    outside = np.unique(district[(district < -1) | (district >= len(minimum))])
    if len(outside):
        found.append(f"{listed(outside, 'district')} has no minimum; write -1 for no district")
    if (minimum < 0).any():
        less = np.flatnonzero(minimum < 0)
        found.append(f"the minimum is negative for {listed(less, 'district')}")
    return found
