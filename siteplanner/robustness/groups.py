"""Several groups' weights: where they differ, and one for all of them where somebody asks for it.

A common weighting hides who wanted what, so nothing here is done unasked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from siteplanner.robustness.nesting import Floats


def together(
    weights: pd.DataFrame,
    *,
    how: Literal["arithmetic", "geometric"] = "arithmetic",
    voices: pd.Series | None = None,
) -> pd.Series:
    """Bring the weights of several groups together: aggregation of individual priorities.

    Parameters
    ----------
    weights
        Groups × criteria, rows adding up to 1.
    how
        Mean of each criterion's weights, or their geometric mean brought back to a sum of 1
        (0 where one group gives nothing).
    voices
        How much each group counts; by default all the same.

    Returns
    -------
    By criterion, adding up to 1.

    Raises
    ------
    ValueError
        If there is no group, voices are not at least 0 with one above, or nothing is left of
        a geometric mean.

    References
    ----------
    Forman, E. and Peniwati, K. (1998). Aggregating individual judgments and priorities with
    the analytic hierarchy process. European Journal of Operational Research 108, 165-169.

    Examples
    --------
    >>> groups = pd.DataFrame({"need": [0.8, 0.2], "land": [0.2, 0.8]}, index=["north", "south"])
    >>> together(groups).round(3).to_dict()
    {'need': 0.5, 'land': 0.5}
    """
    voice = _voices(weights.index, voices)
    table = weights.to_numpy(dtype=np.float64)
    if how == "arithmetic":
        found = voice @ table
    else:
        with np.errstate(divide="ignore"):
            logs = np.log(table)
        found = np.exp((voice[voice > 0, None] * logs[voice > 0]).sum(axis=0))
    if found.sum() <= 0:
        msg = "no criterion has a weight with every group, so their geometric mean is 0; use "
        msg += "the arithmetic one"
        raise ValueError(msg)
    return pd.Series(found / found.sum(), index=weights.columns, name="weight")


def joined(
    judgements: Mapping[str, pd.DataFrame], *, voices: pd.Series | None = None
) -> pd.DataFrame:
    """Bring comparisons of several groups together: aggregation of individual judgements.

    Parameters
    ----------
    judgements
        Group to its full table of comparisons, the same criteria for all.
    voices
        How much each group counts; by default all the same.

    Returns
    -------
    The geometric mean of the judgements: the only mean that keeps them reciprocal.

    Raises
    ------
    ValueError
        If there is no group, groups compare different criteria, or a judgement is missing.

    References
    ----------
    Aczél, J. and Saaty, T. (1983). Procedures for synthesizing ratio judgements. Journal of
    Mathematical Psychology 27, 93-102.  Forman and Peniwati (1998).

    Examples
    --------
    >>> one = pd.DataFrame([[1, 4], [1 / 4, 1]], index=["a", "b"], columns=["a", "b"])
    >>> joined({"north": one, "south": one.T}).loc["a", "b"].item()
    1.0
    """
    tables = list(judgements.values())
    voice = _voices(pd.Index(list(judgements)), voices)
    if any(not one.index.equals(tables[0].index) for one in tables):
        msg = "the groups compare different criteria; give each the same, in the same order"
        raise ValueError(msg)
    stacked = np.stack([one.to_numpy(dtype=np.float64) for one in tables])
    if not (stacked > 0).all():
        msg = "a judgement is missing or not above 0; complete each group's table first"
        raise ValueError(msg)
    mean = np.exp(np.tensordot(voice, np.log(stacked), axes=1))
    return pd.DataFrame(mean, index=tables[0].index, columns=tables[0].columns)


def disagreement(weights: pd.DataFrame) -> pd.DataFrame:
    """Say on which criteria groups differ most.

    Parameters
    ----------
    weights
        Groups × criteria, rows adding up to 1.

    Returns
    -------
    By criterion, the widest first: ``least``, ``most``, ``range``, and the groups they come
    from, ``least_by`` and ``most_by``.

    Examples
    --------
    >>> groups = pd.DataFrame({"need": [0.8, 0.2], "land": [0.2, 0.8]}, index=["north", "south"])
    >>> disagreement(groups).loc["need", ["least_by", "most_by"]].tolist()
    ['south', 'north']
    """
    table = pd.DataFrame(
        {
            "least": weights.min(),
            "most": weights.max(),
            "range": weights.max() - weights.min(),
            "least_by": weights.idxmin(),
            "most_by": weights.idxmax(),
        }
    )
    return table.rename_axis("criterion").sort_values("range", ascending=False, kind="stable")


def _voices(groups: pd.Index, voices: pd.Series | None) -> Floats:
    if not len(groups):
        msg = "there is no group to bring together"
        raise ValueError(msg)
    found = np.ones(len(groups))
    if voices is not None:
        found = voices.reindex(groups).to_numpy(dtype=np.float64)
    if not ((found >= 0).all() and found.sum() > 0):
        msg = "every group needs a voice of at least 0, and one a voice above it"
        raise ValueError(msg)
    return np.asarray(found / found.sum())
