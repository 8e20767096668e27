"""How a plan is put to the test: how many other weightings are tried, and how far off they are."""

from __future__ import annotations

from pydantic import Field

from siteplanner.model.base import Frozen, Number, Whole


class Robustness(Frozen):
    """How a plan is put to the test; none of it changes the answer.

    Examples
    --------
    >>> Robustness().spread
    0.25
    """

    draws: Whole = Field(default=10_000, ge=100, le=1_000_000)
    """Weightings of the site criteria under which all sites are ranked again."""
    spread: Number = Field(default=0.25, gt=0, lt=1)
    """How far weights may be off: standard deviation as a share of the weight."""
    seed: Whole = Field(default=0, ge=0)
    """The same seed draws the same weightings."""
    sets: Whole = Field(default=200, ge=2, le=100_000)
    """Weightings of need and sites under which `siteplanner robustness` looks for the set again."""
