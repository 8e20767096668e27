"""Are the arguments of a model what it takes; everything wrong is said at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.solution import Floats, Ints, Rules, Solver

FEW = 5
"""How many numbers a message lists before it says how many more there are."""


def insist(*found: Iterable[str]) -> None:
    """Raise one error that lists all that was found wrong; nothing where nothing was.

    Parameters
    ----------
    found
        Sentences, in the order in which they are to be read.

    Raises
    ------
    ValueError
        If there is any sentence.

    Examples
    --------
    >>> insist([], [])
    >>> insist(["count is 0"], ["demand is negative at point 3"])
    Traceback (most recent call last):
    ValueError: count is 0; demand is negative at point 3
    """
    wrong = [sentence for part in found for sentence in part]
    if wrong:
        raise ValueError("; ".join(wrong))


def listed(numbers: npt.ArrayLike, one: str = "point", many: str | None = None) -> str:
    """Name the first few of some numbers, and say how many there are.

    Examples
    --------
    >>> listed([3]), listed([3, 17, 90])
    ('point 3', 'points 3, 17 and 90')
    >>> listed(np.arange(9), "site")
    'sites 0, 1, 2, 3, 4 and 4 more'
    """
    values = [str(value) for value in np.asarray(numbers).tolist()]
    many = many or f"{one}s"
    if len(values) == 1:
        return f"{one} {values[0]}"
    if len(values) > FEW:
        return f"{many} {', '.join(values[:FEW])} and {len(values) - FEW} more"
    return f"{many} {', '.join(values[:-1])} and {values[-1]}" if values else f"no {many}"


def wrong_reach(reach: Any) -> list[str]:
    """Say what is wrong with a reach matrix: demand × sites, true or false or 0..1.

    Examples
    --------
    >>> wrong_reach(np.array([[0.5, 2.0]]))
    ['reach is not between 0 and 1 at point 0']
    """
    if reach.ndim != 2:
        return [f"reach has {reach.ndim} dimensions, it needs demand × sites"]
    pairs = sparse.coo_array(reach)
    outside = ~((pairs.data >= 0) & (pairs.data <= 1))
    if outside.any():
        points = np.unique(pairs.coords[0][outside])
        return [f"reach is not between 0 and 1 at {listed(points)}"]
    return []


def wrong_cost(cost: Any) -> list[str]:
    """Say what is wrong with a cost matrix: not negative, NaN only where it is dense.

    Examples
    --------
    >>> wrong_cost(np.array([[1.0, np.nan], [-2.0, 3.0]]))
    ['cost is negative at point 1']
    """
    if cost.ndim != 2:
        return [f"cost has {cost.ndim} dimensions, it needs demand × sites"]
    if sparse.issparse(cost):
        pairs: Any = sparse.coo_array(cast("Any", cost))
        row, values = pairs.coords[0], pairs.data.astype(float)
        unknown = np.unique(row[np.isnan(values)])
        found = [f"cost is unknown (NaN) at {listed(unknown)}"] if len(unknown) else []
    else:
        values = np.asarray(cost, dtype=float)
        row, values, found = np.repeat(np.arange(len(values)), values.shape[1]), values.ravel(), []
    for name, bad in (("negative", values < 0), ("infinite", np.isposinf(values))):
        if bad.any():
            found.append(f"cost is {name} at {listed(np.unique(row[bad]))}")
    return found


def wrong_amounts(values: npt.ArrayLike, size: int, name: str, one: str = "point") -> list[str]:
    """Say what is wrong with one number a point or site: its shape, a negative one or a NaN.

    Examples
    --------
    >>> wrong_amounts(np.array([1.0, -1.0, np.nan]), 3, "demand")
    ['demand is negative or unknown at points 1 and 2']
    >>> wrong_amounts(np.ones(2), 3, "capacity", "site")
    ['capacity has shape (2,), there are 3 sites']
    """
    amounts = np.asarray(values, dtype=float)
    if amounts.shape != (size,):
        return [f"{name} has shape {amounts.shape}, there are {size} {one}s"]
    bad = np.flatnonzero(~(amounts >= 0))
    return [f"{name} is negative or unknown at {listed(bad, one)}"] if len(bad) else []


def wrong_parts(values: npt.ArrayLike, size: int, name: str) -> list[str]:
    """Say what is wrong with one number 0..1 a point.

    Examples
    --------
    >>> wrong_parts(np.array([0.5, 1.5]), 2, "served")
    ['served is not between 0 and 1 at point 1']
    """
    parts = np.asarray(values, dtype=float)
    if parts.shape != (size,):
        return [f"{name} has shape {parts.shape}, there are {size} points"]
    bad = np.flatnonzero(~((parts >= 0) & (parts <= 1)))
    return [f"{name} is not between 0 and 1 at {listed(bad)}"] if len(bad) else []


def wrong_count(count: int, sites: int, fixed: int = 0) -> list[str]:
    """Say what is wrong with the number of sites asked for.

    More than there are is no error: a model takes what there is.

    Examples
    --------
    >>> wrong_count(2, 9, fixed=3)
    ['count is 2, but 3 sites are fixed']
    """
    if isinstance(count, bool) or int(count) != count:
        return [f"count is {count}, it must be a whole number"]
    if count < 1:
        return [f"count is {count}; choose at least one site"]
    if count < fixed:
        return [f"count is {count}, but {fixed} sites are fixed"]
    return ["there are no sites to choose from"] if sites == 0 else []


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
        if value is not None and not (name == "backup" and value == 0):
            found.append(f"{name} cannot be used here: {why}")
    found += _wrong_lists(rules, sites) + _wrong_money(rules)
    for name, one in (("site_cost", "site"), ("capacity", "site"), ("load", "point")):
        values = getattr(rules, name)
        if values is not None:
            found += wrong_amounts(values, sites if one == "site" else points, name, one)
    if rules.score is not None:
        score = np.asarray(rules.score, dtype=float)
        if score.shape != (sites,):
            found.append(f"score has shape {score.shape}, there are {sites} sites")
        elif np.isnan(score).any():
            found.append(f"score is unknown at {listed(np.flatnonzero(np.isnan(score)), 'site')}")
    if rules.min_spacing is not None and rules.min_spacing.shape != (sites, sites):
        found.append(f"min_spacing has shape {rules.min_spacing.shape}, there are {sites} sites")
    return found + _wrong_backup(rules) + _wrong_districts(rules, sites)


def _wrong_money(rules: Rules) -> list[str]:
    if rules.budget is None:
        return []
    found = [] if rules.site_cost is not None else ["a budget needs site_cost"]
    if not rules.budget >= 0:
        found.append(f"budget is {rules.budget}, it must be 0 or more")
    return found


def _wrong_backup(rules: Rules) -> list[str]:
    if isinstance(rules.backup, bool) or int(rules.backup) != rules.backup or rules.backup < 0:
        return [f"backup is {rules.backup}, it must be a whole number, 0 or more"]
    if rules.backup and rules.capacity is not None:
        return ["capacity and backup cannot be asked for together"]
    return []


def _wrong_lists(rules: Rules, sites: int) -> list[str]:
    found = []
    for name in ("fixed", "barred"):
        values = np.asarray(getattr(rules, name))
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
    district, minimum = (np.asarray(part) for part in rules.districts)
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


def wrong_solver(solver: Solver) -> list[str]:
    """Say what is wrong with how hard to look.

    Examples
    --------
    >>> wrong_solver(Solver(gap=-1.0))
    ['gap is -1.0, it must be 0 or more']
    """
    found = [] if solver.gap >= 0 else [f"gap is {solver.gap}, it must be 0 or more"]
    for name in ("dual_steps", "restarts", "nodes"):
        if getattr(solver, name) < 0:
            found.append(f"{name} is {getattr(solver, name)}, it must be 0 or more")
    if solver.seconds is not None and not solver.seconds > 0:
        found.append(f"seconds is {solver.seconds}, it must be more than 0")
    return found


def plain_rules(rules: Rules | None) -> Rules:
    """Give rules whose parts are arrays of the right type, without barred sites that are fixed.

    Examples
    --------
    >>> plain_rules(Rules(fixed=[1], barred=[1, 2])).barred
    array([2])
    """
    rules = rules or Rules()

    def ints(values: npt.ArrayLike) -> Ints:
        return np.asarray(values).astype(np.int64)

    def floats(values: npt.ArrayLike | None) -> Floats | None:
        return None if values is None else np.asarray(values, dtype=float)

    fixed = ints(rules.fixed)
    districts = rules.districts
    if districts is not None:
        districts = (ints(districts[0]), ints(districts[1]))
    return replace(
        rules,
        fixed=fixed,
        barred=np.setdiff1d(ints(rules.barred), fixed),
        site_cost=floats(rules.site_cost),
        capacity=floats(rules.capacity),
        load=floats(rules.load),
        districts=districts,
        score=floats(rules.score),
    )
