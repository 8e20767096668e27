"""From scores to one number per place, taken apart into what each criterion adds.

A weight counts among its neighbours: a group's weight is shared out among the criteria inside
it.  Where a score is unknown at a place, the others of the same group carry its weight there;
where a whole group is unknown, its neighbours carry it.  What was carried shows in the
``confidence`` of that place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from siteplanner.model import Group
from siteplanner.model.criterion import Criteria, leaves
from siteplanner.model.scenario import Aggregation

DECIMALS = 12
"""The index is rounded to this before anybody compares two places."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Weighed:
    """The index of every place, and where it comes from.

    Parameters
    ----------
    value
        The index by place, 0 to 1, rounded to 1e-12; NaN where no score is known.
    contributions
        Places by criteria.  Arithmetic: parts that add up to the index.  Geometric: factors
        that multiply to it.  A criterion that takes no part at a place adds 0 (is a factor
        of 1) there; a row of NaN where nothing is known.
    confidence
        Share of the weight of all criteria with data whose score is known, 0 to 1.
    shares
        By criterion, its share of the weight of all criteria with data; 0 for those without.
    aggregation
        ``arithmetic`` or ``geometric``.
    """

    value: pd.Series
    contributions: pd.DataFrame
    confidence: pd.Series
    shares: pd.Series
    aggregation: Aggregation


def weigh(
    scores: pd.DataFrame, criteria: Criteria, *, aggregation: Aggregation = "arithmetic"
) -> Weighed:
    """Weigh the scores of every place into one index.

    Arithmetic is the weighted mean; a good score makes up for a bad one.  Geometric is the
    product of the scores, each to the power of its weight; a score of 0 makes the index 0.

    Parameters
    ----------
    scores
        Places in rows, a column per criterion, 0 to 1; NaN is unknown.  Criteria without data
        need no column.
    criteria
        The tree of criteria and groups.
    aggregation
        How scores combine; the same in every group.

    Returns
    -------
    The index on the index of ``scores``; its columns are in the order of ``criteria``.

    Raises
    ------
    ValueError
        If no criterion with data has a weight above 0.

    References
    ----------
    OECD and JRC (2008). Handbook on Constructing Composite Indicators, steps 6 and 7.

    Examples
    --------
    >>> from siteplanner.model import Criterion
    >>> scores = pd.DataFrame({"reach": [0.5, 1.0], "price": [0.2, np.nan]}, index=["a", "b"])
    >>> ends = {"zero_at": 0, "full_at": 1}
    >>> criteria = {"reach": Criterion(weight=2, **ends), "price": Criterion(weight=1, **ends)}
    >>> weighed = weigh(scores, criteria)
    >>> weighed.value.tolist(), weighed.confidence.round(3).tolist()
    ([0.4, 1.0], [1.0, 0.667])
    >>> weighed.contributions.loc["a"].round(3).to_dict()
    {'reach': 0.333, 'price': 0.067}
    """
    names = [name for name, _ in leaves(criteria)]
    with_data = {name: np.array([one.has_data]) for name, one in leaves(criteria)}
    shares = _spread(criteria, with_data)
    if shares is None:
        msg = "no criterion with data has a weight above 0"
        raise ValueError(msg)
    known = {
        name: scores[name].notna().to_numpy() if with_data[name][0] else np.zeros(len(scores), bool)
        for name in names
    }
    weights = _table(_spread(criteria, known), names, len(scores))
    filled = scores.reindex(columns=names).fillna(0.0).to_numpy(dtype=np.float64)
    share = _table(shares, names, 1)[0]
    confidence = np.round((np.column_stack(list(known.values())) * share).sum(axis=1), DECIMALS)
    nothing = weights.sum(axis=1) == 0
    if aggregation == "arithmetic":
        contributions = weights * filled
        value = contributions.sum(axis=1)
    else:
        contributions = np.where(weights > 0, filled, 1.0) ** weights
        value = contributions.prod(axis=1)
    contributions[nothing] = np.nan
    value[nothing] = np.nan
    value = np.clip(np.round(value, DECIMALS), 0.0, 1.0)
    return Weighed(
        value=pd.Series(value, index=scores.index, name="index"),
        contributions=pd.DataFrame(contributions, index=scores.index, columns=names),
        confidence=pd.Series(np.minimum(confidence, 1.0), index=scores.index, name="confidence"),
        shares=pd.Series(share, index=pd.Index(names, name="criterion"), name="share"),
        aggregation=aggregation,
    )


def _spread(criteria: Criteria, known: Mapping[str, NDArray[np.bool_]]) -> dict[str, Array] | None:
    """Share out a weight of 1 among the known leaves, row by row; None if no row has one."""
    inside: dict[str, dict[str, Array]] = {}
    for name, one in criteria.items():
        part = _spread(one.criteria, known) if isinstance(one, Group) else _leaf(name, known)
        if part is not None and one.weight > 0:
            inside[name] = part
    if not inside:
        return None
    largest = max(criteria[name].weight for name in inside)
    # an inner share is 0 where that part is unknown, else its sum is 1: it says who takes part
    weights = {
        name: criteria[name].weight / largest * (np.stack(list(part.values())).sum(axis=0) > 0.5)
        for name, part in inside.items()
    }
    total = np.stack(list(weights.values())).sum(axis=0)
    total = np.where(total > 0, total, 1.0)
    return {
        leaf: weights[name] / total * share
        for name, part in inside.items()
        for leaf, share in part.items()
    }


def _leaf(name: str, known: Mapping[str, NDArray[np.bool_]]) -> dict[str, Array] | None:
    return {name: known[name].astype(np.float64)} if known[name].any() else None


def _table(shares: Mapping[str, Array] | None, names: list[str], rows: int) -> Array:
    nothing = np.zeros(rows)
    return np.column_stack([(shares or {}).get(name, nothing) for name in names])
