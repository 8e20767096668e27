"""The rules of a choice as linear rows over sites, and the check that a set keeps to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from siteplanner.choice.solution import Floats, Ints, Rules

ROUNDING = 1e-13
"""Share of a budget by which a sum of costs may be above it, for rounding."""
SLACK = 1e-9
"""By how much another row may be missed, for rounding."""


def most_money(rules: Rules) -> float | None:
    """Give the most that a set may cost, rounding included; None where nothing limits it.

    Examples
    --------
    >>> 0.1 + 0.2 <= 0.3, 0.1 + 0.2 <= most_money(Rules(budget=0.3, site_cost=np.ones(1)))
    (False, True)
    """
    if rules.budget is None or rules.site_cost is None:
        return None
    return float(rules.budget) * (1 + ROUNDING)


@dataclass(frozen=True)
class Rows:
    """Linear rows over the sites: ``lower <= matrix @ picked <= upper``.

    Parameters
    ----------
    matrix
        Rows × sites.
    lower, upper
        One number a row.
    names
        What each row stands for: ``count``, ``budget``, ``spacing``, ``district 3``.
    """

    matrix: sparse.csr_array
    lower: Floats
    upper: Floats
    names: tuple[str, ...]

    def hold(self, x: Floats) -> bool:
        """Tell whether all rows hold, within rounding.

        Examples
        --------
        >>> rows_of(Rules(), 3, 2).hold(np.ones(3))
        False
        """
        left, slack = self.matrix @ x, self.slack
        return bool((left >= self.lower - slack).all() and (left <= self.upper + slack).all())

    @property
    def slack(self) -> Floats:
        """By how much each row may be missed for rounding; a budget has that in it already."""
        return np.array([0.0 if name == "budget" else SLACK for name in self.names])

    @property
    def budget(self) -> int | None:
        """The number of the row that is a budget; None where there is none."""
        return self.names.index("budget") if "budget" in self.names else None


def rows_of(rules: Rules, sites: int, count: int | None, *, exactly: bool = False) -> Rows:
    """Write the count, budget, spacing and districts of a choice as rows over the sites.

    Fixed and barred sites are bounds of the variables, see `limits_of`.

    Parameters
    ----------
    rules
        What binds.
    sites
        Number of sites.
    count
        Most sites, fixed ones included; None for as many as one likes.
    exactly
        Whether it must be just this many.

    Returns
    -------
    The rows; none where nothing binds.

    Examples
    --------
    >>> near = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=bool)
    >>> rows = rows_of(Rules(min_spacing=near), 3, 2)
    >>> rows.names, rows.matrix.toarray().tolist()
    (('count', 'spacing'), [[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
    """
    picks: list[Ints] = []
    weights: list[Floats] = []
    lower: list[float] = []
    upper: list[float] = []
    names: list[str] = []

    def add(inside: Ints, weight: Floats, low: float, high: float, name: str) -> None:
        picks.append(inside)
        weights.append(weight)
        lower.append(low)
        upper.append(high)
        names.append(name)

    everywhere = np.arange(sites)
    if count is not None:
        add(everywhere, np.ones(sites), count if exactly else -np.inf, count, "count")
    most = most_money(rules)
    if most is not None:
        add(everywhere, np.asarray(rules.site_cost, float), -np.inf, most, "budget")
    if rules.districts is not None:
        district, minimum = rules.districts
        for number, least in enumerate(minimum):
            if least > 0:
                inside = np.flatnonzero(np.asarray(district) == number)
                add(inside, np.ones(len(inside)), least, np.inf, f"district {number}")
    for group in cliques(conflicts(rules, sites)):
        add(group, np.ones(len(group)), -np.inf, 1.0, "spacing")
    indptr = np.concatenate([[0], np.cumsum([len(inside) for inside in picks])]).astype(np.int64)
    data = (np.concatenate(weights), np.concatenate(picks)) if picks else (np.empty(0), _none())
    matrix = sparse.csr_array((*data, indptr), shape=(len(picks), sites))
    return Rows(matrix, np.array(lower), np.array(upper), tuple(names))


def _none() -> Ints:
    return np.empty(0, dtype=np.int64)


def limits_of(rules: Rules, sites: int) -> tuple[Floats, Floats]:
    """Give the smallest and largest value of each site's variable: fixed 1, barred 0.

    Examples
    --------
    >>> limits_of(Rules(fixed=np.array([1]), barred=np.array([2])), 3)
    (array([0., 1., 0.]), array([1., 1., 0.]))
    """
    lower, upper = np.zeros(sites), np.ones(sites)
    upper[np.asarray(rules.barred, dtype=np.int64)] = 0.0
    lower[np.asarray(rules.fixed, dtype=np.int64)] = 1.0
    upper[np.asarray(rules.fixed, dtype=np.int64)] = 1.0
    return lower, upper


def conflicts(rules: Rules, sites: int) -> sparse.csr_array:
    """Give the pairs of sites that may not both be chosen; two fixed sites always may.

    Examples
    --------
    >>> near = np.ones((3, 3), dtype=bool)
    >>> conflicts(Rules(fixed=np.array([0, 1]), min_spacing=near), 3).toarray().astype(int)
    array([[0, 0, 1],
           [0, 0, 1],
           [1, 1, 0]])
    """
    if rules.min_spacing is None:
        return sparse.csr_array((sites, sites), dtype=bool)
    pairs = sparse.coo_array(rules.min_spacing)
    row, column = pairs.coords
    is_fixed = np.zeros(sites, dtype=bool)
    is_fixed[np.asarray(rules.fixed, dtype=np.int64)] = True
    kept = (pairs.data != 0) & (row != column) & ~(is_fixed[row] & is_fixed[column])
    both = (np.concatenate([row[kept], column[kept]]), np.concatenate([column[kept], row[kept]]))
    found = sparse.csr_array((np.ones(len(both[0]), dtype=bool), both), shape=(sites, sites))
    found.sum_duplicates()
    return found.astype(bool)


def cliques(pairs: sparse.csr_array) -> list[Ints]:
    """Cover all conflicts with groups of sites of which at most one may be chosen.

    Greedy: each conflict that no group has yet is grown into as large a group as it can be.

    Parameters
    ----------
    pairs
        Site × site, symmetric, true where two sites are in conflict.

    Returns
    -------
    Site numbers of each group.

    Examples
    --------
    >>> [group.tolist() for group in cliques(sparse.csr_array(1 - np.eye(3)))]
    [[0, 1, 2]]
    """
    near = [
        set(pairs.indices[a:b].tolist())
        for a, b in zip(pairs.indptr, pairs.indptr[1:], strict=False)
    ]
    covered: set[tuple[int, int]] = set()
    groups = []
    for one in range(len(near)):
        for other in sorted(near[one]):
            if other < one or (one, other) in covered:
                continue
            group, shared = [one, other], near[one] & near[other]
            while shared:
                grown = min(shared)
                group.append(grown)
                shared = shared & near[grown]
            group.sort()
            covered.update((a, b) for i, a in enumerate(group) for b in group[i + 1 :])
            groups.append(np.array(group, dtype=np.int64))
    return groups


def keeps_to(
    rules: Rules, picked: Ints, sites: int, count: int | None, *, exactly: bool = False
) -> bool:
    """Tell whether a set of sites keeps to the lists, count, budget, spacing and districts.

    Capacity and backup concern demand, and are the model's to check.

    Examples
    --------
    >>> keeps_to(Rules(barred=np.array([1])), np.array([0, 1]), 3, 2)
    False
    """
    x = np.zeros(sites)
    x[picked] = 1.0
    lower, upper = limits_of(rules, sites)
    inside = (x >= lower).all() and (x <= upper).all()
    return bool(inside and rows_of(rules, sites, count, exactly=exactly).hold(x))
