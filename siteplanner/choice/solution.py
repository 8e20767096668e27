"""What may bind a choice, and what comes back."""

from __future__ import annotations

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


@dataclass(frozen=True)
class Rules:
    """What binds a choice beside the number of sites.

    Parameters
    ----------
    fixed
        Sites (column numbers) that are in, in this order.
    barred
        Sites that are out.
    score
        One number a site; among equal gains the higher score is picked, then the
        lower column number.

    Examples
    --------
    >>> Rules(fixed=np.array([2])).barred.size
    0
    """

    fixed: Ints = field(default_factory=_none)
    barred: Ints = field(default_factory=_none)
    score: Floats | None = None


@dataclass(frozen=True)
class Solution:
    """A set of sites, what it reaches, and how far it could be from the best set.

    Parameters
    ----------
    sites
        Column numbers in the order they were picked.
    objective
        What the set reaches, in the unit of the demand.
    gains
        What each site added when it was picked, shape of ``sites``.
    bound
        No set of this many sites reaches more.
    proven
        True only where objective and bound are equal.
    method
        How it was found, as a sentence.

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

    @property
    def gap(self) -> float:
        """How much more the best set might reach, as a share of the objective."""
        if self.objective == 0:
            return 0.0 if self.bound == 0 else float("inf")
        return self.bound / self.objective - 1
