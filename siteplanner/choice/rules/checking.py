"""Are the arguments of a model what it takes; everything wrong is said at once."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.solution import Floats, Solver

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


def wrong_amounts(
    values: npt.ArrayLike | None, size: int, name: str, one: str = "point", *, endless: bool = False
) -> list[str]:
    """Say what is wrong with one number a point or site: its shape, a negative one or a NaN.

    Parameters
    ----------
    values
        The numbers.
    size
        How many there must be.
    name
        What they are called.
    one
        What each belongs to.
    endless
        Whether a number may be infinite.

    Returns
    -------
    A sentence for each thing that is wrong.

    Examples
    --------
    >>> wrong_amounts(np.array([1.0, -1.0, np.nan]), 3, "demand")
    ['demand is negative or unknown at points 1 and 2']
    >>> wrong_amounts(np.array([1.0, np.inf]), 2, "site_cost", "site")
    ['site_cost is infinite at site 1; give a number']
    >>> wrong_amounts(np.ones(2), 3, "capacity", "site")
    ['capacity has shape (2,), there are 3 sites']
    """
    amounts = numbers_of(values)
    if amounts is None:
        return [f"{name} must be numbers, one a {one}"]
    if amounts.shape != (size,):
        return [f"{name} has shape {amounts.shape}, there are {size} {one}s"]
    found = []
    if (bad := np.flatnonzero(~(amounts >= 0))).size:
        found.append(f"{name} is negative or unknown at {listed(bad, one)}")
    if not endless and (bad := np.flatnonzero(np.isposinf(amounts))).size:
        found.append(f"{name} is infinite at {listed(bad, one)}; give a number")
    return found


def wrong_parts(values: npt.ArrayLike, size: int, name: str) -> list[str]:
    """Say what is wrong with one number 0..1 a point.

    Examples
    --------
    >>> wrong_parts(np.array([0.5, 1.5]), 2, "served")
    ['served is not between 0 and 1 at point 1']
    """
    parts = numbers_of(values)
    if parts is None:
        return [f"{name} must be numbers, one a point"]
    if parts.shape != (size,):
        return [f"{name} has shape {parts.shape}, there are {size} points"]
    bad = np.flatnonzero(~((parts >= 0) & (parts <= 1)))
    return [f"{name} is not between 0 and 1 at {listed(bad)}"] if len(bad) else []


def wrong_number(
    value: Any, name: str, *, least: float = 0.0, most: float = np.inf, whole: bool = False
) -> list[str]:
    """Say what is wrong with a number; true and false are none.

    Examples
    --------
    >>> wrong_number(1.5, "restarts", whole=True)
    ['restarts is 1.5, it must be a whole number, 0 or more']
    """
    must = f"between {least:g} and {most:g}" if most < np.inf else f"{least:g} or more"
    number = number_of(value)
    if whole or number is None:
        must = f"a {'whole ' if whole else ''}number, {must}"
    if number is None or not least <= number <= most:
        return [f"{name} is {value!r}, it must be {must}"]
    if whole and (np.isinf(number) or number != int(number)):
        return [f"{name} is {value!r}, it must be {must}"]
    return []


def wrong_count(count: Any, sites: int, fixed: int = 0) -> list[str]:
    """Say what is wrong with the number of sites asked for.

    More than there are is no error: a model takes what there is.

    Examples
    --------
    >>> wrong_count(2, 9, fixed=3)
    ['count is 2, but 3 sites are fixed']
    """
    number = number_of(count)
    if number is None or not np.isfinite(number) or number != int(number):
        return [f"count is {count!r}, it must be a whole number"]
    if number < 1:
        return [f"count is {count}; choose at least one site"]
    if number < fixed:
        return [f"count is {count}, but {fixed} sites are fixed"]
    return wrong_sites(sites)


def wrong_sites(sites: int) -> list[str]:
    """Say that there is nothing to choose from, where there is not.

    Examples
    --------
    >>> wrong_sites(0)
    ['there are no sites to choose from']
    """
    return ["there are no sites to choose from"] if sites == 0 else []


def wrong_solver(solver: Solver) -> list[str]:
    """Say what is wrong with how hard to look.

    Examples
    --------
    >>> wrong_solver(Solver(gap=-1.0))
    ['gap is -1.0, it must be 0 or more']
    """
    found = wrong_number(solver.gap, "gap")
    for name in ("dual_steps", "restarts", "nodes", "seed"):
        found += wrong_number(getattr(solver, name), name, whole=True)
    seconds = None if solver.seconds is None else number_of(solver.seconds)
    if solver.seconds is not None and (seconds is None or not seconds > 0):
        found.append(f"seconds is {solver.seconds!r}, it must be more than 0")
    return found


def number_of(value: Any) -> float | None:
    """Give a number; None for what is none, true and false among it.

    Examples
    --------
    >>> number_of(np.float32(2)), number_of(True), number_of("2")
    (2.0, None, None)
    """
    value = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        return None
    return float(value)


def numbers_of(values: Any) -> Floats | None:
    """Give numbers as an array; None for what is none.

    Examples
    --------
    >>> numbers_of([1, 2]), numbers_of(["a"])
    (array([1., 2.]), None)
    """
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        return None


def array_of(values: Any) -> npt.NDArray[Any]:
    """Give an array of whatever it is; a text where it cannot be one.

    Examples
    --------
    >>> array_of([1, 2]).ndim, array_of([[1], [1, 2]]).ndim
    (1, 0)
    """
    try:
        return np.asarray(values)
    except ValueError:
        return np.asarray("?")
