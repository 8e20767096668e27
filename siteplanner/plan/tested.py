"""What a plan can be asked about itself: how far it stands up, and what fairness costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from siteplanner.plan import evenness, sets, sureness

if TYPE_CHECKING:
    from siteplanner.plan.plan import Plan


class Tested:
    """The questions of a plan that put it to the test.

    Examples
    --------
    >>> [name for name in vars(Tested) if not name.startswith("_")]
    ['robustness', 'sets', 'frontier']
    """

    def robustness(self) -> sureness.Sureness:
        """Say how far the ranking stands up under other weights and other choices."""
        return sureness.judge(cast("Plan", self))

    def sets(self, count: int | None = None, **how: Any) -> sets.Sets:
        """Say how far the set stands up; ``how`` as for `siteplanner.plan.sets.put_to_test`."""
        return sets.put_to_test(cast("Plan", self), count, **how)

    def frontier(self, steps: int = 5) -> pd.DataFrame:
        """Go from the set that reaches most to the fairest: see `evenness.frontier_of`."""
        return evenness.frontier_of(cast("Plan", self), steps)
