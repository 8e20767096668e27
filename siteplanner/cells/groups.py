"""Groups that are known as a share of the people, on cells where the people are counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from siteplanner.cells.counts import count, share_on_cells
from siteplanner.cells.ground import Ground
from siteplanner.model import Demand, Notice

Numbers: TypeAlias = npt.NDArray[np.float64]


def count_all(demand: Demand, ground: Ground) -> tuple[pd.DataFrame, list[Notice]]:
    """Count people and groups on cells.

    Parameters
    ----------
    demand
        Names the people, and the groups: counts, or rates (shares of the people).
    ground
        The cells.

    Returns
    -------
    A row per cell and a column per name, NaN where nothing is known; and the account of each.
    A group that is a rate of coarser areas has, on every cell, that share of the people who
    are counted there: cells add up to the people, and every area to its share of them.
    """
    layers = ground.study.layers
    rates = [
        name
        for name in demand.groups
        if layers[name.partition(".")[0]].columns[name.partition(".")[2]].kind == "rate"
    ]
    counts = [name for name in (demand.people, *demand.groups) if name not in rates]
    result, notices = count(counts, ground)
    people = result[demand.people].to_numpy()
    for name in rates:
        layer, _, column = name.partition(".")
        share = share_on_cells(layer, column, ground)
        result[name] = of_people(share, people)
        notices += _account(name, result[name].to_numpy(), people)
    return result[list(dict.fromkeys((demand.people, *demand.groups)))], notices


def of_people(share: Numbers, people: Numbers) -> Numbers:
    """Take a share of the people of each cell; where there are none, none.

    Parameters
    ----------
    share
        Of the people of each cell, 0 to 1; NaN where not known.
    people
        Of each cell; NaN where not known.

    Notes
    -----
    With one share an area, this is where iterative proportional fitting (Deming and Stephan
    1940) ends after one step: the rows, people by cell, and the columns, the group by area,
    both fit.

    References
    ----------
    Deming, W. E. and Stephan, F. F. (1940). On a least squares adjustment of a sampled
    frequency table when the expected marginal totals are known. The Annals of Mathematical
    Statistics, 11(4), 427-444.

    Examples
    --------
    >>> of_people(np.array([0.25, np.nan, np.nan]), np.array([200.0, 0.0, 5.0])).tolist()
    [50.0, 0.0, nan]
    """
    return np.where(people == 0, 0.0, share * people)


def _account(name: str, group: Numbers, people: Numbers) -> Iterator[Notice]:
    known = np.nansum(people[np.isfinite(group)])
    total = float(np.nansum(group))
    share = f"{total / known:.1%}".replace("%", " %") if known else "0 %"
    reason = f"{name} is a share: {total:,.0f} of {known:,.0f} people on cells ({share})"
    yield Notice("cells", "info", total, float(known), reason)
    missing = float(np.nansum(people) - known)
    if missing > 0:
        reason = f"{name} is not known for {missing:,.0f} people"
        yield Notice("cells", "info", missing, float(np.nansum(people)), reason)
