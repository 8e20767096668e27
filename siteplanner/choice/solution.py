"""What may bind a choice, how hard to look, and what comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Cover = tuple[sparse.csc_array, Floats, Floats]
"""Reach (cells × sites), demand by cell, and how fully each cell is served already."""


def _none() -> Ints:
    return np.empty(0, dtype=np.int64)


def _no_help(share: float) -> str:
    del share
    return ""


def amount(value: float) -> str:
    """Write an amount with six digits, thousands separators and no exponent.

    Examples
    --------
    >>> amount(1_292_700.4), amount(12.5), amount(0.1234567)
    ('1,292,700', '12.5', '0.123457')
    """
    if not 1e-4 <= abs(value) < 1e15:
        return f"{value:,.6g}"
    places = max(0, 5 - int(np.floor(np.log10(abs(value)))))
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class Called:
    """What people call the numbers of a case, in sentences on why no set keeps to the rules.

    Parameters
    ----------
    points, sites, districts
        Names in the order of the numbers; without names the numbers are told.  A district of
        the name ``""`` is none that anybody asked for.
    demand
        What demand is.
    barred
        What barred sites are.
    standing
        Sites that stand already: the count that people know leaves them out.
    help
        What would help where at most some share of the demand can be served, as a clause.

    Examples
    --------
    >>> Called().much(5.0), Called(demand="people in need").much(5.0)
    ('demand 5', 'fewer than 10 people in need')
    """

    points: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    demand: str = "demand"
    barred: str = "barred"
    standing: int = 0
    help: Callable[[float], str] = _no_help

    def district(self, number: int) -> str:
        """Name a district."""
        return self.districts[number] if self.districts else f"district {number}"

    def much(self, demand: float) -> str:
        """Write an amount of demand; fewer than ten people are not counted out."""
        if self.demand == "demand":
            return f"demand {amount(demand)}"
        return f"{demand:,.0f} {self.demand}" if demand >= 10 else f"fewer than 10 {self.demand}"


@dataclass(frozen=True)
class Rules:
    """What binds a choice beside the number of sites.

    Parameters
    ----------
    fixed
        Sites (column numbers) that are in, in this order: places that stand already, or
        that were promised.  They count towards the number of sites.
    barred
        Sites that are out.
    site_cost
        What a site costs, one number a site; fixed sites cost too.
    budget
        Most that the chosen sites may cost together.
    capacity
        What a site can take on, one number a site, in the unit of ``load``.  A demand point
        may then be split between sites.
    load
        What each demand point takes of a capacity; by default its demand.
    min_spacing
        Site × site (sparse or dense, symmetric); stored and not zero where two sites are too
        near each other to be both chosen.  The diagonal does not matter, nor do two fixed
        sites.
    districts
        ``(district, minimum)``: the district number of each site (-1 for none), and the
        fewest sites that each district must get, fixed ones included.
    backup
        Further sites that must reach a demand point, beside the first, before it counts.
    score
        One number a site; among equally good sets the higher score is preferred, then the
        lower column number.
    called
        What people call points, sites and districts.

    Examples
    --------
    >>> Rules(fixed=np.array([2])).barred.size
    0
    """

    fixed: Ints = field(default_factory=_none)
    barred: Ints = field(default_factory=_none)
    site_cost: Floats | None = None
    budget: float | None = None
    capacity: Floats | None = None
    load: Floats | None = None
    min_spacing: sparse.csr_array | npt.NDArray[np.bool_] | None = None
    districts: tuple[Ints, Ints] | None = None
    backup: int = 0
    score: Floats | None = None
    called: Called = field(default_factory=Called)

    @property
    def only_lists(self) -> bool:
        """Whether nothing binds but fixed and barred sites."""
        extra = (self.budget, self.capacity, self.min_spacing, self.districts)
        return self.backup == 0 and all(one is None for one in extra)


@dataclass(frozen=True)
class Solver:
    """How hard to look for the best set.

    Work is limited by counts, so that the same question has the same answer on every
    machine.

    Parameters
    ----------
    gap
        Good enough: stop where no set can be better by more than this share.
    dual_steps
        Steps in search of a bound.
    restarts
        Times that a good set is shaken and improved again.
    nodes
        Branches that an exact search may open; 0 for no exact search.
    seconds
        Emergency brake; an answer that it cut short says so in its ``method``, and may
        differ from run to run.
    seed
        For whatever is drawn by lot.
    all_optima
        Give every best set, on small cases.

    Examples
    --------
    >>> Solver(gap=0.01).seed
    0
    """

    gap: float = 0.0
    dual_steps: int = 1_000
    restarts: int = 50
    nodes: int = 10_000
    seconds: float | None = None
    seed: int = 0
    all_optima: bool = False


@dataclass(frozen=True)
class Solution:
    """A set of sites, what it comes to, and how far it could be from the best set.

    Parameters
    ----------
    sites
        Column numbers, fixed ones first, then in the order in which each adds most; empty
        where no set keeps to the rules.
    objective
        What the set comes to: demand reached, cost, number of sites or metres, as the model
        says; NaN where no set keeps to the rules.
    gains
        What each site adds to the objective in that order, shape of ``sites``; for models
        that minimise, what it saves (NaN where there is nothing to compare with).
    bound
        No set that keeps to the rules is better than this.
    proven
        True only where objective and bound are equal, or where it is certain that no set
        keeps to the rules.
    method
        How it was found, as a sentence.
    assignment
        The site that serves each demand point, its best one; -1 for none; where capacity
        splits a demand point, the site that serves most of it.
    flows
        Under capacity, demand × sites: the share of a demand point that each site serves.
    optima
        Every best set, where ``all_optima`` asked for them; each sorted by column number.
    infeasible
        Sentences: why no set keeps to the rules, and what would help; empty where one does.

    Examples
    --------
    >>> Solution(np.array([0]), 80.0, np.array([80.0]), 100.0, False, "by hand").gap
    0.25
    """

    sites: Ints
    objective: float
    gains: Floats
    bound: float
    proven: bool
    method: str
    assignment: Ints = field(default_factory=_none)
    flows: sparse.csr_array | None = None
    optima: tuple[Ints, ...] = ()
    infeasible: tuple[str, ...] = ()

    @property
    def gap(self) -> float:
        """How much better the best set might be, as a share of the objective."""
        if self.infeasible:
            return float("nan")
        if self.objective == 0:
            return 0.0 if self.bound == 0 else float("inf")
        return abs(self.bound - self.objective) / abs(self.objective)
