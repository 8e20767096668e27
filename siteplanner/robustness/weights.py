"""Many weightings: drawn from all there are, around published ones, or from what people agree on.

Every function on arrays takes a generator of numpy, so that the same seed gives the same draws.
`siteplanner.robustness.drawing` does it for a scenario's criteria, level by level.

References
----------
Butler, J., Jia, J. and Dyer, J. (1997). Simulation techniques for the sensitivity analysis of
multi-criteria decision models. European Journal of Operational Research 103, 531-546.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from siteplanner.robustness.nesting import Floats, Ints

SWEEPS = 30
"""Exchanges of a draw from intervals: so many × criteria × (1 + ln criteria)."""


def uniform(count: int, criteria: int, rng: np.random.Generator) -> Floats:
    """Draw from all weightings there are, each as likely as any other.

    This is the Dirichlet distribution whose parameters are all 1; the gaps between sorted
    uniform numbers have it too.

    Parameters
    ----------
    count
        Weightings.
    criteria
        How many criteria.
    rng
        Source of chance.

    Returns
    -------
    Weightings × criteria, at least 0, rows adding up to 1.

    References
    ----------
    Rubinstein, R. (1982). Generating random vectors uniformly distributed inside and on the
    surface of different regions. European Journal of Operational Research 10, 205-209.

    Examples
    --------
    >>> uniform(10_000, 4, np.random.default_rng(1)).mean(axis=0).round(2).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    drawn = rng.standard_exponential((count, criteria))
    return np.asarray(drawn / drawn.sum(axis=1, keepdims=True))


def around(weights: Floats, spread: float, count: int, rng: np.random.Generator) -> Floats:
    r"""Draw around given weights, which are the mean of what is drawn.

    Dirichlet with the parameters :math:`\kappa w_i`: the standard deviation of weight i is
    :math:`\sqrt{w_i (1 - w_i) / (\kappa + 1)}`.  With :math:`\kappa + 1 = (n - 1) / s^2` the
    mean square of deviation over weight, weighted by the weights, is :math:`s^2`; of equal
    weights each has a standard deviation of exactly ``spread`` times itself.  Small weights
    vary more in proportion, large ones less.

    Parameters
    ----------
    weights
        Given weights, at least 0; only their proportions matter.  A weight of 0 stays 0.
    spread
        Standard deviation as a share of the weight: 0.25 turns 20 % into 20 ± 5 %.
    count
        Weightings.
    rng
        Source of chance.

    Returns
    -------
    Weightings × criteria, rows adding up to 1.

    Raises
    ------
    ValueError
        If the weights are not all at least 0 with some above, or the spread is not above 0 or
        so large that there is no such distribution.

    References
    ----------
    Butler, Jia and Dyer (1997), response distribution weights.
    Kotz, S., Balakrishnan, N. and Johnson, N. (2000). Continuous multivariate distributions 1,
    chapter 49: the variance of a Dirichlet distribution.

    Examples
    --------
    >>> drawn = around(np.array([1.0, 1.0, 2.0]), 0.2, 20_000, np.random.default_rng(1))
    >>> drawn.mean(axis=0).round(2).tolist(), drawn.std(axis=0).round(2).tolist()
    ([0.25, 0.25, 0.5], [0.06, 0.06, 0.07])
    """
    given = np.asarray(weights, dtype=np.float64)
    if not (np.isfinite(given).all() and (given >= 0).all() and given.sum() > 0):
        msg = "found weights that are negative or unknown, or all 0; give some above 0"
        raise ValueError(msg)
    free = np.flatnonzero(given)
    result = np.zeros((count, len(given)))
    if len(free) == 1:
        result[:, free] = 1.0
        return result
    largest = np.sqrt(len(free) - 1)
    if not 0 < spread < largest:
        msg = f"found a spread of {spread:g}; with {len(free)} criteria it can be from above 0 "
        msg += f"to below {largest:.2f}"
        raise ValueError(msg)
    kappa = (len(free) - 1) / spread**2 - 1
    drawn = rng.standard_gamma(kappa * given[free] / given.sum(), (count, len(free)))
    total = drawn.sum(axis=1, keepdims=True)
    nothing = (total == 0).ravel()  # tiny parameters may all come out as 0: a corner is meant
    drawn[nothing, rng.choice(len(free), nothing.sum(), p=given[free] / given.sum())] = 1.0
    result[:, free] = drawn / np.where(total > 0, total, 1.0)
    return result


def within(low: Floats, high: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Draw weightings whose shares keep to intervals, each as likely as any other.

    A walk, for every draw one of its own: it starts inside, and each step takes two criteria
    and shares their sum out anew, uniformly between what the intervals allow (hit-and-run
    along the edges of the simplex, a Gibbs sampler).  After ``30 c (1 + ln c)`` steps it has
    forgotten where it began; there is no rejection, so that narrow intervals cost no more.

    Parameters
    ----------
    low, high
        Smallest and largest share of each criterion, 0 to 1.
    count
        Weightings.
    rng
        Source of chance.

    Returns
    -------
    Weightings × criteria, rows adding up to 1.

    Raises
    ------
    ValueError
        If an interval is empty or beyond 0 to 1, or no weighting keeps to all of them.

    References
    ----------
    Tervonen, T. et al. (2013). Hit-and-run enables efficient weight generation for
    simulation-based multiple criteria decision analysis. European Journal of Operational
    Research 224, 552-559.
    Smith, A. (2014). A Gibbs sampler on the n-simplex. Annals of Applied Probability 24,
    114-130: it forgets its start after the order of n ln n steps.

    Examples
    --------
    >>> low, high = np.array([0.2, 0.0, 0.0]), np.array([0.4, 1.0, 0.1])
    >>> drawn = within(low, high, 1000, np.random.default_rng(1))
    >>> bool((drawn >= low).all() and (drawn <= high).all())
    True
    """
    low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    if not ((low >= 0).all() and (low <= high).all() and (high <= 1).all()):
        msg = "found an interval that is empty or beyond 0 to 1; give 0 ≤ low ≤ high ≤ 1"
        raise ValueError(msg)
    if low.sum() > 1 + 1e-12 or high.sum() < 1 - 1e-12:
        msg = f"no weights keep to all intervals: their lower ends add up to {low.sum():.3g} and "
        msg += f"their upper ends to {high.sum():.3g}; the first must be at most 1, the second at "
        msg += "least 1"
        raise ValueError(msg)
    wide = high - low
    start = low + wide * ((1 - low.sum()) / wide.sum() if wide.sum() > 0 else 0.0)
    drawn = np.tile(start, (count, 1))
    free = np.flatnonzero(wide > 0)
    if len(free) < 2:
        return drawn
    rows = np.arange(count)
    for _ in range(int(np.ceil(SWEEPS * len(free) * (1 + np.log(len(free)))))):
        first = rng.integers(0, len(free), count)
        other = (first + rng.integers(1, len(free), count)) % len(free)
        one, two = free[first], free[other]
        both = drawn[rows, one] + drawn[rows, two]
        least = np.maximum(low[one], both - high[two])
        most = np.minimum(high[one], both - low[two])
        share = least + rng.random(count) * np.maximum(most - least, 0.0)
        drawn[rows, one] = share
        drawn[rows, two] = both - share
    return np.clip(drawn, low, high)


def ordered(orders: Sequence[Ints], count: int, criteria: int, rng: np.random.Generator) -> Floats:
    """Draw weightings that keep to an order, each as likely as any other.

    Uniform weights are sorted along each order: all ways to sort are equally likely, so what
    comes out is uniform among the weightings that keep to it.

    Parameters
    ----------
    orders
        Numbers of criteria, the one that matters most first; no criterion in two of them.
        Criteria in none are free.
    count
        Weightings.
    criteria
        How many criteria.
    rng
        Source of chance.

    Returns
    -------
    Weightings × criteria, rows adding up to 1.

    Raises
    ------
    ValueError
        If a criterion is named twice.

    References
    ----------
    Butler, Jia and Dyer (1997), rank order weights.

    Examples
    --------
    >>> drawn = ordered([np.array([2, 0])], 1000, 3, np.random.default_rng(1))
    >>> bool((drawn[:, 2] >= drawn[:, 0]).all())
    True
    """
    named = np.array([number for one in orders for number in one], dtype=np.int64)
    if len(np.unique(named)) < len(named):
        msg = "a criterion is named twice in the orders; name each once"
        raise ValueError(msg)
    drawn = uniform(count, criteria, rng)
    for one in orders:
        drawn[:, one] = -np.sort(-drawn[:, one], axis=1)
    return drawn
