"""Arguments in the types that models compute with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.solution import Floats, Ints, Rules, Solution, Solver

LARGEST = 2.0**40
"""Amounts of demand beyond this are made smaller, since they are compared absolutely."""
SMALLEST = 1.0
"""Where all amounts of demand are below this, they are made larger."""


def plain_table(values: Any, name: str) -> Any:
    """Give a table as an array, or as a sparse one whose entries are added up.

    Parameters
    ----------
    values
        Points × sites: an array, lists of lists, or sparse.
    name
        What it is called.

    Returns
    -------
    The table, of truths or of numbers; the caller's own is not changed.

    Raises
    ------
    ValueError
        If it is no table of numbers.

    Examples
    --------
    >>> plain_table([[1, 0], [0, 1]], "reach").shape
    (2, 2)
    >>> plain_table(sparse.coo_array(([0.5, 0.5], ([0, 0], [1, 1])), shape=(1, 2)), "reach").data
    array([1.])
    """
    if sparse.issparse(values):
        given: Any = values
        table: Any = sparse.csr_array(given)
        if not table.has_canonical_format:
            table = table.copy()
            table.sum_duplicates()
        return table
    try:
        dense = np.asarray(values)
        return dense if dense.dtype.kind in "biuf" else dense.astype(float)
    except (TypeError, ValueError):
        msg = f"{name} is not a table of numbers; give one row a demand point, one column a site"
        raise ValueError(msg) from None


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
    districts, near = rules.districts, rules.min_spacing
    if districts is not None:
        districts = (ints(districts[0]), ints(districts[1]))
    return replace(
        rules,
        fixed=fixed,
        barred=np.setdiff1d(ints(rules.barred), fixed),
        site_cost=floats(rules.site_cost),
        budget=None if rules.budget is None else float(rules.budget),
        capacity=floats(rules.capacity),
        load=floats(rules.load),
        min_spacing=near if near is None or sparse.issparse(near) else np.asarray(near),
        districts=districts,
        backup=int(rules.backup),
        score=floats(rules.score),
    )


def plain_solver(solver: Solver) -> Solver:
    """Give a solver whose counts are whole numbers.

    Examples
    --------
    >>> plain_solver(Solver(restarts=2.0)).restarts
    2
    """
    return replace(
        solver,
        dual_steps=int(solver.dual_steps),
        restarts=int(solver.restarts),
        nodes=int(solver.nodes),
        seed=int(solver.seed),
    )


def unit_of(demand: Floats) -> float:
    """Give the number by which amounts are multiplied so that none is lost in rounding.

    It is a power of two, so that no digit of an amount changes.

    Examples
    --------
    >>> unit_of(np.array([3.0, 800.0])), unit_of(np.array([0.25, 0.125]))
    (1.0, 4.0)
    """
    largest = float(demand.max(initial=0.0))
    if largest == 0 or SMALLEST <= largest <= LARGEST:
        return 1.0
    aim = SMALLEST if largest < SMALLEST else LARGEST
    return float(2.0 ** min(np.floor(np.log2(aim) - np.floor(np.log2(largest))), 1000.0))


def with_loads(rules: Rules, demand: Floats) -> Rules:
    """Give rules that say what each point takes of a capacity, both in amounts that are not tiny.

    Examples
    --------
    >>> rules = with_loads(Rules(capacity=np.array([0.5])), np.array([0.25, 0.125]))
    >>> rules.load, rules.capacity
    (array([1. , 0.5]), array([2.]))
    """
    if rules.capacity is None:
        return rules
    load = demand if rules.load is None else rules.load
    unit = unit_of(load)
    return replace(rules, load=load * unit, capacity=rules.capacity * unit)


def in_own_unit(found: Solution, unit: float) -> Solution:
    """Give what a set comes to in the caller's own amounts again."""
    if unit == 1:
        return found
    return replace(
        found,
        objective=found.objective / unit,
        gains=found.gains / unit,
        bound=found.bound / unit,
    )
