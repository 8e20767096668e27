"""What people lack: need that nobody serves yet, and supply per head.

The floating catchment methods and the balance are bare functions on matrices and arrays;
`siteplanner.measures.measure` brings them the walks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from siteplanner.measures.known import stored

Array = NDArray[np.float64]
Matrix = sparse.csr_array | NDArray[np.float64]

ZONE_WEIGHTS = (1.0, 0.68, 0.22)
"""Of the nearest, the middle and the farthest third of the walk, as Luo and Qi set them."""


def supply_ratio(
    reach_weights: Matrix, people: ArrayLike, supply: ArrayLike, *, least_people: float = 0.0
) -> Array:
    """Divide the supply of every place by the people who compete for it.

    Parameters
    ----------
    reach_weights
        Cells × places, 0 (out of reach) to 1.
    people
        By cell; an unknown number (NaN) competes for nothing.
    supply
        By place; NaN is unknown.
    least_people
        Where fewer compete, the ratio is the supply itself instead.

    Returns
    -------
    By place, supply per person; 0 where nobody competes (and ``least_people`` is 0).

    Examples
    --------
    >>> supply_ratio(np.array([[1.0, 0.0], [1.0, 0.0]]), [30, 10], [8, 5]).tolist()
    [0.2, 0.0]
    """
    amount = np.asarray(supply, dtype=np.float64)
    competing = reach_weights.T @ np.nan_to_num(np.asarray(people, dtype=np.float64))
    ratio = np.where(np.isnan(amount), np.nan, 0.0)
    np.divide(amount, competing, out=ratio, where=competing > 0)
    return np.where(competing < least_people, amount, ratio)


def two_step(reach_weights: Matrix, people: ArrayLike, supply: ArrayLike) -> Array:
    """Measure supply per head by the two-step floating catchment area method.

    Step one shares the supply of every place among all who reach it; step two adds up, for
    every cell, the shares of all places it reaches.  With weights of 0 and 1 this is the
    method of Luo and Wang; with `zone_weights` that of Luo and Qi.  People × result sums to
    the supply of all places that somebody reaches.

    Parameters
    ----------
    reach_weights
        Cells × places, 0 (out of reach) to 1.
    people
        By cell.
    supply
        By place, in any unit.

    Returns
    -------
    By cell, supply per person.

    References
    ----------
    Luo, W. and Wang, F. (2003). Measures of spatial accessibility to health care in a GIS
    environment. Environment and Planning B 30(6), 865-884. doi:10.1068/b29120

    Luo, W. and Qi, Y. (2009). An enhanced two-step floating catchment area (E2SFCA) method
    for measuring spatial accessibility to primary care physicians. Health & Place 15(4),
    1100-1107. doi:10.1016/j.healthplace.2009.06.002

    Examples
    --------
    >>> minutes = np.array([[5, 25], [15, 12], [28, 8]])
    >>> within = (minutes <= 30).astype(float)
    >>> two_step(within, [100, 200, 300], [10, 20]).round(3).tolist()
    [0.05, 0.05, 0.05]
    >>> zones = zone_weights(minutes / 30)
    >>> two_step(zones, [100, 200, 300], [10, 20]).round(6).tolist()
    [0.04272, 0.052211, 0.050953]
    """
    result: Array = reach_weights @ supply_ratio(reach_weights, people, supply)
    return result


def zone_weights(walk: ArrayLike) -> Array:
    """Weigh walks by thirds of the limit: 1, 0.68, 0.22, and 0 beyond it.

    Parameters
    ----------
    walk
        Walks as shares of the limit: 1 is the limit itself, which still counts.

    Returns
    -------
    Weights in the shape of ``walk``.

    References
    ----------
    Luo and Qi (2009), see `two_step`.

    Examples
    --------
    >>> zone_weights([0.0, 1 / 3, 0.5, 1.0, 1.01]).tolist()
    [1.0, 1.0, 0.68, 0.22, 0.0]
    """
    share = np.asarray(walk, dtype=np.float64)
    ends = np.array([1 / 3, 2 / 3, 1.0]) + 1e-12  # a walk of just a third is in the first
    return np.array([*ZONE_WEIGHTS, 0.0])[np.searchsorted(ends, share, side="left")]


def balance(supply_per_head: ArrayLike, *, per_head: float) -> Array:
    """Hold supply per head against what a person should have.

    Parameters
    ----------
    supply_per_head
        By cell, as `two_step` or `supply_ratio` give it (with ``least_people=1``).
    per_head
        What a person should have, in the same unit.

    Returns
    -------
    By cell, supply less demand per head: below 0 there is too little.

    References
    ----------
    Natural Capital Project, InVEST User Guide, Urban Nature Access.

    Examples
    --------
    >>> balance([12.0, 4.0], per_head=9).tolist()
    [3.0, -5.0]
    """
    return np.asarray(supply_per_head, dtype=np.float64) - per_head


def newly_reached(
    reach_weights: sparse.csr_array, demand: ArrayLike, served: ArrayLike, people: ArrayLike
) -> Array:
    """Add up the demand that a place would reach and that nobody serves yet.

    Parameters
    ----------
    reach_weights
        Places × cells, 0 to 1; every stored pair is in reach.
    demand
        People × need by cell; NaN is unknown and is not added.
    served
        By cell, how fully existing places already reach it, 0 to 1.
    people
        By cell, to tell how much of the reach is unknown; where unknown itself, a cell
        counts like the mean one.

    Returns
    -------
    By place; NaN where more than half of the people in reach have an unknown demand.

    Examples
    --------
    >>> reach = sparse.csr_array(np.array([[1.0, 1.0], [0.0, 0.5]]))
    >>> newly_reached(reach, [10.0, 20.0], [0.0, 0.25], [30, 30]).tolist()
    [25.0, 7.5]
    """
    amount = np.asarray(demand, dtype=np.float64)
    known = ~np.isnan(amount)
    left = np.where(known, amount, 0.0) * (1.0 - np.asarray(served, dtype=np.float64))
    heads = np.asarray(people, dtype=np.float64)
    counted = heads[~np.isnan(heads)]
    heads = np.where(np.isnan(heads), counted.mean() if counted.size else 1.0, heads)
    entries = stored(reach_weights)
    unknown: Array = entries @ (heads * ~known)
    counted_in: Array = entries @ (heads * known)
    return np.where(unknown > counted_in, np.nan, reach_weights @ left)


def best_weight(reach_weights: sparse.csr_array) -> Array:
    """Give the largest weight of every row; 0 where nothing is in reach.

    Examples
    --------
    >>> best_weight(sparse.csr_array(np.array([[0.2, 0.7], [0.0, 0.0]]))).tolist()
    [0.7, 0.0]
    """
    result = np.zeros(reach_weights.shape[0])
    rows = np.repeat(np.arange(reach_weights.shape[0]), np.diff(reach_weights.indptr))
    np.maximum.at(result, rows, reach_weights.data)
    return result
