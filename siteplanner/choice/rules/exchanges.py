"""Which sites may join a set, or take another one's place, by the rules."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from siteplanner.choice.rules.rows import conflicts, most_money
from siteplanner.choice.solution import Floats, Ints, Rules

Flags = npt.NDArray[np.bool_]


class Exchanges:
    """The rules of a choice, as what may be done to a set.

    Parameters
    ----------
    rules
        What binds; capacity and backup are not looked at.
    sites
        Number of sites.
    count
        Most sites.

    Examples
    --------
    >>> near = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=bool)
    >>> moves = Exchanges(Rules(min_spacing=near, fixed=np.array([0])), 3, 2)
    >>> moves.joining(np.array([0])).tolist()
    [False, False, True]
    """

    def __init__(self, rules: Rules, sites: int, count: int) -> None:
        self.count, self.plain = count, rules.only_lists
        self.open = np.ones(sites, dtype=bool)
        self.open[rules.barred] = False
        self.is_fixed = np.zeros(sites, dtype=bool)
        self.is_fixed[rules.fixed] = True
        self.open |= self.is_fixed
        self.fixed = rules.fixed
        self.score = np.zeros(sites) if rules.score is None else rules.score
        self.budget = most_money(rules)
        self.cost: Floats = np.zeros(sites) if rules.site_cost is None else rules.site_cost
        self.near = None if rules.min_spacing is None else conflicts(rules, sites).astype(float)
        self.district, self.least = None, np.zeros(0, dtype=np.int64)
        if rules.districts is not None:
            self.district, self.least = rules.districts

    def joining(self, chosen: Ints) -> Flags:
        """Tell which sites may be added to a set, so that the districts can still be filled."""
        free = self.open.copy()
        free[chosen] = False
        if len(chosen) >= self.count:
            free[:] = False
        if self.budget is not None:
            free &= self.cost[chosen].sum() + self.cost <= self.budget
        if self.near is not None:
            free &= self._conflicts(chosen) == 0
        missing = self.missing(chosen)
        if self.district is not None and missing.sum() >= self.count - len(chosen):
            free &= (self.district >= 0) & (missing[self.district] > 0)
        return free

    def exchanging(self, slots: Ints) -> Flags:
        """Tell which sites may be put into each slot of a set, slots × sites; -1 is empty."""
        chosen = slots[slots >= 0]
        free = np.repeat(self.open[None, :], len(slots), axis=0)
        free[:, chosen] = False
        taken = np.flatnonzero(slots >= 0)
        free[taken[self.is_fixed[chosen]]] = False
        if self.plain:
            return free
        leaving = np.zeros(len(slots))
        leaving[taken] = self.cost[chosen]
        if self.budget is not None:
            left = self.budget - self.cost[chosen].sum() + leaving
            free &= self.cost <= left[:, None]
        if self.near is not None:
            clash = np.repeat(self._conflicts(chosen)[None, :], len(slots), axis=0)
            clash[taken] -= self.near[chosen].toarray()
            free &= clash < 0.5
        if self.district is not None:
            spare = self._have(chosen) - self.least
            for slot in taken:
                home = self.district[slots[slot]]
                if home >= 0 and spare[home] <= 0:
                    free[slot] &= self.district == home
        return free

    def spares(self, chosen: Ints, site: int) -> bool:
        """Tell whether a site of a set may be left out."""
        if self.is_fixed[site]:
            return False
        home = -1 if self.district is None else int(self.district[site])
        return home < 0 or bool(self._have(chosen)[home] > self.least[home])

    def missing(self, chosen: Ints) -> Ints:
        """Give how many sites each district still needs."""
        return np.asarray(np.maximum(self.least - self._have(chosen), 0))

    def _have(self, chosen: Ints) -> Ints:
        if self.district is None:
            return np.zeros(0, dtype=np.int64)
        home: Ints = np.asarray(self.district[chosen])
        have: Ints = np.bincount(home[home >= 0], minlength=len(self.least))
        return have

    def _conflicts(self, chosen: Ints) -> Floats:
        inside = np.zeros(len(self.open))
        inside[chosen] = 1.0
        return np.asarray(inside if self.near is None else self.near @ inside)
