"""Walks shared evenly: the set whose Kolm-Pollak equivalent walk is shortest."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from siteplanner.choice.medians.median import p_median
from siteplanner.choice.rules.checking import insist, wrong_amounts
from siteplanner.choice.rules.plain import plain_table
from siteplanner.choice.solution import Floats, Rules, Solution, Solver
from siteplanner.equity import kolm_pollak_aversion

STEEPEST = 40.0
"""Largest exponent: beyond it the longest walk alone would decide, and numbers run out."""


def kolm_pollak_median(
    cost: Any,
    demand: npt.ArrayLike,
    count: int,
    *,
    aversion: float = 1.0,
    unserved_cost: float | None = None,
    rules: Rules | None = None,
    solver: Solver | None = None,
) -> Solution:
    """Choose sites so that the walks are short and nobody's is much longer than others'.

    The equally distributed equivalent walk, (1/κ) ln Σ p exp(κ x), is least where Σ p exp(κ x)
    is: a p-median with other costs.

    Parameters
    ----------
    cost
        Demand × sites, walk of one unit of demand: sparse (a stored 0 costs nothing, an absent
        pair has no path) or dense (NaN: no path).
    demand
        Amount at each demand point, not negative.
    count
        Most sites, fixed ones included.
    aversion
        ε, above 0: 1 is common, 0.5 mild, 2 strong.  κ = ε Σ p x / Σ p x² over the walks to the
        nearest of all sites, so that it does not depend on the set.
    unserved_cost
        What a unit of demand walks that is not served; None where everybody must be.
    rules
        What binds; no capacity, since whom a site serves is then not the nearest.
    solver
        How hard to look.

    Returns
    -------
    The set and its equivalent walk, in the unit of ``cost``.  ``gains`` are what each site takes
    off it, added in this order; NaN where nobody can be served without it.

    Raises
    ------
    ValueError
        If an argument does not fit, or some walks are so long against the others that only the
        longest would count.

    References
    ----------
    Horton, D., Logan, T., Speakman, E. and Skipper, D. (2024). Optimizing accessibility and
    equity with the Kolm-Pollak equally-distributed equivalent. arXiv:2401.15452.

    Examples
    --------
    >>> cost = np.array([[1.0, 6.0], [1.0, 6.0], [14.0, 6.0]])
    >>> kolm_pollak_median(cost, [1.0, 1.0, 1.0], 1).sites.tolist()
    [1]
    >>> p_median(cost, [1.0, 1.0, 1.0], 1).sites.tolist()
    [0]
    """
    table = plain_table(cost, "cost")
    points = table.shape[0]
    insist(wrong_amounts(demand, points, "demand"))
    if rules is not None and rules.capacity is not None:
        msg = "an even median knows no capacity: it holds each point's nearest site against others"
        raise ValueError(msg)
    amount = np.asarray(demand, dtype=float)
    walks = _stored(table)
    kappa = aversion_of(walks, amount, aversion, unserved_cost)
    longest = max(float(walks.data.max(initial=0.0)), unserved_cost or 0.0)
    if kappa * longest > STEEPEST:
        msg = (
            f"the longest walk of {longest:g} is so long against the others that it alone would "
            "decide; give a smaller aversion or leave out what lies so far"
        )
        raise ValueError(msg)
    steep = sparse.csr_array((np.exp(kappa * walks.data), walks.indices, walks.indptr), walks.shape)
    worst = None if unserved_cost is None else float(np.exp(kappa * unserved_cost))
    found = p_median(steep, amount, count, unserved_cost=worst, rules=rules, solver=solver)
    return _in_walks(found, amount, kappa)


def aversion_of(
    walks: sparse.csr_array, demand: Floats, epsilon: float, unserved_cost: float | None
) -> float:
    """Give κ for the walks to the nearest of all sites.

    Points that no site reaches walk ``unserved_cost``, or are left out.

    Examples
    --------
    >>> walks = sparse.csr_array(np.array([[100.0, 900.0], [200.0, 300.0]]))
    >>> round(aversion_of(walks, np.array([1.0, 1.0]), 1.0, None), 6)
    0.006
    """
    rows = np.repeat(np.arange(walks.shape[0]), np.diff(walks.indptr))
    nearest = np.full(walks.shape[0], np.inf)
    np.minimum.at(nearest, rows, walks.data)
    nearest[np.isinf(nearest)] = np.nan if unserved_cost is None else unserved_cost
    if not np.nansum(demand * nearest) > 0:
        return float(epsilon)
    return kolm_pollak_aversion(nearest, demand, epsilon)


def _stored(table: Any) -> sparse.csr_array:
    """Store every known walk, a walk of 0 too."""
    if not isinstance(table, np.ndarray):
        stored: sparse.csr_array = sparse.csr_array(table).astype(float)
        return stored
    dense = np.asarray(table, dtype=float)
    known = ~np.isnan(dense)
    indptr = np.concatenate([[0], np.cumsum(known.sum(axis=1))])
    return sparse.csr_array((dense[known], np.nonzero(known)[1], indptr), shape=dense.shape)


def _in_walks(found: Solution, demand: Floats, kappa: float) -> Solution:
    """Turn sums of exponentials back into walks."""
    total = float(demand.sum())
    if found.infeasible or not total > 0:
        return found

    def walk(amount: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.log(np.asarray(amount, dtype=float) / total) / kappa)

    after = found.objective + np.concatenate([np.cumsum(found.gains[::-1])[::-1], [0.0]])
    steps = walk(after)
    objective, bound = float(walk(np.array(found.objective))), float(walk(np.array(found.bound)))
    return replace(found, objective=objective, bound=bound, gains=steps[:-1] - steps[1:])
