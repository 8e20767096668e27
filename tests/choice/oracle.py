"""Every set of sites, tried one by one: the answers that the kernels must give on small cases.

Nothing here is shared with the kernels.  Row ``k`` of `all_sets` holds the sites that are the
bits of ``k``; every model gives one value a row, NaN where the set breaks a rule.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from siteplanner.choice.solution import Rules

CLOSE = 1e-9


@dataclass(frozen=True)
class Best:
    """The best value of all sets, and every set that has it; NaN and none where no set holds."""

    value: float
    sets: tuple[tuple[int, ...], ...]


def best_of(values: np.ndarray, *, maximise: bool) -> Best:
    """Pick the best of one value a set."""
    if np.isnan(values).all():
        return Best(float("nan"), ())
    value = float(np.nanmax(values) if maximise else np.nanmin(values))
    same = np.array([is_close(one, value) for one in values])
    picked = all_sets(count_of(values))[same]
    return Best(value, tuple(sorted(tuple(np.flatnonzero(one).tolist()) for one in picked)))


def is_close(one: float, other: float) -> bool:
    """Equal but for rounding; infinite equals infinite, NaN equals nothing."""
    if np.isinf(one) or np.isinf(other):
        return bool(one == other)
    return bool(abs(one - other) <= CLOSE * max(1.0, abs(other)))


def count_of(values: np.ndarray) -> int:
    """Give the number of sites that have so many sets."""
    return len(values).bit_length() - 1


def all_sets(sites: int) -> np.ndarray:
    """Give every set as a row of true and false."""
    return (np.arange(2**sites)[:, None] >> np.arange(sites)) & 1 == 1


def number_of(sites: np.ndarray) -> int:
    """Give the row of a set of sites."""
    return sum(1 << int(one) for one in sites)


def dense(matrix: object, absent: float = 0.0) -> np.ndarray:
    """Give a matrix as a plain array, with ``absent`` where nothing is stored (or NaN)."""
    if not sparse.issparse(matrix):
        return np.where(np.isnan(np.array(matrix, float)), absent, np.array(matrix, float))
    stored = sparse.coo_array(matrix)
    plain = np.full(stored.shape, absent)
    plain[stored.coords] = stored.data
    return plain


def within(rules: Rules, sites: int, count: int | None, *, exactly: bool = False) -> np.ndarray:
    """Tell which sets keep to the rules that concern sites alone."""
    picked = all_sets(sites)
    good = np.ones(len(picked), dtype=bool)
    fixed = {int(one) for one in rules.fixed}
    for site in range(sites):
        if site in fixed:
            good &= picked[:, site]
        elif site in {int(one) for one in rules.barred}:
            good &= ~picked[:, site]
    size = picked.sum(axis=1)
    if count is not None:
        good &= size == count if exactly else size <= count
    if rules.budget is not None:
        good &= picked @ np.asarray(rules.site_cost, float) <= rules.budget + CLOSE
    if rules.min_spacing is not None:
        near = dense(rules.min_spacing) != 0
        for a, b in itertools.combinations(range(sites), 2):
            if (near[a, b] or near[b, a]) and not {a, b} <= fixed:
                good &= ~(picked[:, a] & picked[:, b])
    if rules.districts is not None:
        district, minimum = rules.districts
        for number, least in enumerate(minimum):
            good &= picked[:, np.asarray(district) == number].sum(axis=1) >= least
    return good


def most_served(
    reaches: np.ndarray, worth: np.ndarray, load: np.ndarray, capacity: np.ndarray
) -> np.ndarray:
    """Give the most worth that each set can serve when demand may be split.

    What can flow from any group of demand points is a polymatroid, so serving the points
    in the order of worth a load is best; each flow is the smallest cut: of the sites of
    the set, some are full and the rest take on whoever reaches them.
    """
    sites = len(capacity)
    touches = (all_sets(sites)[:, None, :] & reaches[None]).any(axis=2)
    free = load <= 0
    total = touches[:, free] @ worth[free]
    paying = np.flatnonzero(~free & (worth > 0))
    order = paying[np.argsort(-worth[paying] / load[paying], kind="stable")]
    before = np.zeros(2**sites)
    for place, point in enumerate(order):
        now = _flow(touches[:, order[: place + 1]], load[order[: place + 1]], capacity)
        total = total + (now - before) * worth[point] / load[point]
        before = now
    return total


def _flow(touches: np.ndarray, load: np.ndarray, capacity: np.ndarray) -> np.ndarray:
    """Give the largest flow into each set: the least, over its parts, of both kinds of cut."""
    sites = len(capacity)
    room = all_sets(sites) @ capacity
    least = touches @ load - room
    for site in range(sites):  # the least over all parts of a set, one site after the other
        has = all_sets(sites)[:, site]
        without = np.arange(2**sites) ^ (1 << site)
        least = np.where(has, np.minimum(least, least[without]), least)
    return room + least


def max_cover(reach, demand, count, rules, served=None) -> np.ndarray:
    """Give the demand that each set newly reaches."""
    reach, demand = dense(reach), np.asarray(demand, float)
    before = np.zeros(len(demand)) if served is None else np.asarray(served, float)
    if rules.capacity is not None:
        load = demand if rules.load is None else np.asarray(rules.load, float)
        left = 1 - before
        value = most_served(reach > 0, demand * left, load * left, rules.capacity)
    else:
        value = (np.maximum(_extent(reach, rules.backup), before) - before) @ demand
    return np.where(within(rules, reach.shape[1], count), value, np.nan)


def _extent(reach: np.ndarray, backup: int) -> np.ndarray:
    """Sets × demand: the best reach, or the next best, and so on."""
    chosen = np.where(all_sets(reach.shape[1])[:, None, :], reach[None], 0.0)
    if backup >= reach.shape[1]:
        return np.zeros(chosen.shape[:2])
    return np.sort(chosen, axis=2)[:, :, -1 - backup]


def set_cover(reach, demand, share, rules) -> np.ndarray:
    """Give the number, or the cost, of the sites of each set that reaches enough."""
    reach = dense(reach)
    demand = np.ones(reach.shape[0]) if demand is None else np.asarray(demand, float)
    if rules.capacity is not None:
        load = demand if rules.load is None else np.asarray(rules.load, float)
        value = most_served(reach > 0, demand, load, rules.capacity)
    else:
        value = _extent(reach, rules.backup) @ demand
    enough = value >= share * demand.sum() - CLOSE * max(1.0, demand.sum())
    picked = all_sets(reach.shape[1])
    cost = np.ones(reach.shape[1]) if rules.site_cost is None else np.asarray(rules.site_cost)
    return np.where(within(rules, reach.shape[1], None) & enough, picked @ cost, np.nan)


def p_median(cost, demand, count, rules, unserved_cost=None) -> np.ndarray:
    """Give what it costs to bring all demand to each set.

    Under capacity, sets that even without capacities cost more than the best one does with
    them are not looked at: NaN.
    """
    cost, demand = dense(cost, np.inf), np.asarray(demand, float)
    good = within(rules, cost.shape[1], count)
    outside = np.inf if unserved_cost is None else unserved_cost
    needed = demand > 0
    nearest = np.where(all_sets(cost.shape[1])[:, None, :], cost[None], np.inf).min(axis=2)
    value = np.minimum(nearest, outside)[:, needed] @ demand[needed]
    if rules.capacity is not None:
        floor, value, least = value, np.full(len(value), np.inf), np.inf
        for number in np.argsort(floor, kind="stable"):
            if good[number] and np.isfinite(floor[number]) and floor[number] <= least + 1e-6:
                sites = np.flatnonzero(all_sets(cost.shape[1])[number])
                value[number] = p_median_of(cost, demand, rules, sites, outside)
                least = min(least, value[number])
    return np.where(good & np.isfinite(value), value, np.nan)


def p_median_of(cost, demand, rules, sites, outside) -> float:
    """Give what it costs to bring all demand to these sites within their capacities."""
    demand = np.asarray(demand, float)
    load = demand if rules.load is None else np.asarray(rules.load, float)
    return transport(dense(cost, np.inf)[:, sites], demand, load, rules.capacity[sites], outside)


def transport(cost, demand, load, capacity, outside) -> float:
    """Give the least cost of bringing demand to sites with capacities; infinite if it cannot be."""
    points = np.flatnonzero(demand > 0)
    row, column = np.nonzero(np.isfinite(cost[points]))
    objective = demand[points][row] * cost[points][row, column]
    shares = sparse.csr_array((np.ones(len(row)), (row, np.arange(len(row)))),
                              shape=(len(points), len(row)))  # fmt: skip
    rooms = sparse.csr_array((load[points][row], (column, np.arange(len(row)))),
                             shape=(len(capacity), len(row)))  # fmt: skip
    if np.isfinite(outside):
        objective = np.concatenate([objective, demand[points] * outside])
        shares = sparse.hstack([shares, sparse.eye_array(len(points))])
        rooms = sparse.hstack([rooms, sparse.csr_array((len(capacity), len(points)))])
    if not len(objective):
        return np.inf if len(points) else 0.0
    some = {"A_ub": rooms, "b_ub": capacity} if len(capacity) else {}
    found = linprog(objective, A_eq=shares, b_eq=np.ones(len(points)), bounds=(0, 1), **some)
    return float(found.fun) if found.status == 0 else np.inf


def p_center(cost, count, rules, demand=None) -> np.ndarray:
    """Give how far the worst-off demand point is from each set; no demand, no matter."""
    cost = dense(cost, np.inf)
    demand = np.ones(cost.shape[0]) if demand is None else np.asarray(demand, float)
    load = demand if rules.load is None else np.asarray(rules.load, float)
    points = demand > 0
    cost, demand, load = cost[points], demand[points], load[points]
    picked = all_sets(cost.shape[1])
    if not len(cost):
        value = np.zeros(len(picked))
    elif rules.capacity is None:
        value = np.where(picked[:, None, :], cost[None], np.inf).min(axis=2).max(axis=1)
    else:
        value = np.full(len(picked), np.inf)
        for radius in np.unique(cost[np.isfinite(cost)])[::-1]:
            all_in = most_served(cost <= radius, demand, load, rules.capacity)
            value[all_in >= demand.sum() * (1 - CLOSE)] = radius
    good = within(rules, picked.shape[1], count)
    return np.where(good & np.isfinite(value), value, np.nan)


def p_dispersion(cost, count, rules) -> np.ndarray:
    """Give the smallest cost between any two sites of each set; infinite where none is."""
    cost = dense(cost, np.inf)
    picked = all_sets(len(cost))
    value = np.full(len(picked), np.inf)
    for a, b in itertools.permutations(range(len(cost)), 2):
        both = picked[:, a] & picked[:, b]
        value[both] = np.minimum(value[both], cost[a, b])
    return np.where(within(rules, len(cost), count, exactly=True), value, np.nan)
