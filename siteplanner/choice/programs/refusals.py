"""The answers that there is no set of sites, and that none was found."""

from __future__ import annotations

import numpy as np

from siteplanner.choice.programs.asking import Asked
from siteplanner.choice.programs.infeasible import reasons
from siteplanner.choice.solution import Solution

METHOD = "no set of sites keeps to all the rules"


def no_set(asked: Asked) -> Solution:
    """Give the answer that there is no set, with its reasons."""
    return nothing(reasons(asked))


def not_found() -> Solution:
    """Give the answer that the search ended before it knew whether there is a set."""
    return nothing(
        ("No set was found within the work allowed; there may be one.",),
        method="the search ended before it found a set that keeps to the rules",
        proven=False,
    )


def nothing(why: tuple[str, ...], *, method: str = METHOD, proven: bool = True) -> Solution:
    """Give the answer without any site, for reasons that are known.

    Examples
    --------
    >>> nothing(("There are too few sites.",)).method
    'no set of sites keeps to all the rules'
    """
    return Solution(
        sites=np.empty(0, dtype=np.int64),
        objective=float("nan"),
        gains=np.empty(0),
        bound=float("nan"),
        proven=proven,
        method=method,
        infeasible=why,
    )
