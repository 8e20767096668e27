"""Votes, pledges and reports held against need: who takes part is not who lacks most."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import stats

from siteplanner.model import Notice, Scenario
from siteplanner.model.criterion import leaves
from siteplanner.sources import Source

_FEWEST = 10
"""Cells from which on a correlation is told."""


def beside_need(
    scenario: Scenario,
    sources: Mapping[str, Source],
    scores: pd.DataFrame,
    people: gpd.GeoDataFrame,
) -> list[Notice]:
    """Say how need criteria from private layers go with the other need criteria.

    Parameters
    ----------
    scenario
        Names the criteria.
    sources
        The layers, by name.
    scores
        Of the need criteria, 0..1, cells × criteria; NaN is unknown.
    people
        The cells; only those with ``people`` are looked at.

    Returns
    -------
    For each criterion from a private layer one remark: Spearman's rank correlation with every
    other need criterion over the cells where both are known (Spearman 1904, ties by average
    ranks), whichever sign it has.
    """
    criteria = {name: one for name, one in leaves(scenario.need) if one.has_data}
    from_people = [
        name
        for name, one in criteria.items()
        if any(at in sources and sources[at].layer.private is not None for at in one.layer)
    ]
    lived_in = scores[(people["people"] > 0).to_numpy()]
    notices = []
    for name in from_people:
        told = []
        for other in criteria:
            if other in from_people or other not in lived_in or name not in lived_in:
                continue
            rho, cells = rank_correlation(lived_in[name], lived_in[other])
            if not np.isnan(rho):
                told.append(f"{other} {rho:+.2f} (over {cells:,} cells)".replace("-", "−"))
        if told:
            reason = (
                f"{name} comes from who took part, which is not the same as need; it goes with "
                f"the other criteria of need like this, +1 always and −1 the other way round: "
                f"{', '.join(told)} (Spearman's rank correlation)"
            )
            notices.append(Notice("need", "info", 0, 0, reason))
    return notices


def rank_correlation(ones: pd.Series, others: pd.Series) -> tuple[float, int]:
    """Give Spearman's rank correlation where both are known, and of how many rows.

    NaN for fewer than ten rows, and where one of them is the same everywhere.

    Examples
    --------
    >>> rank_correlation(pd.Series(range(12)), pd.Series(range(12, 0, -1)))
    (-1.0, 12)
    >>> rank_correlation(pd.Series([1.0] * 12), pd.Series(range(12)))
    (nan, 12)
    """
    known = (ones.notna() & others.notna()).to_numpy()
    first, second = (one.to_numpy(dtype=np.float64)[known] for one in (ones, others))
    if len(first) < _FEWEST or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan"), len(first)
    return round(float(stats.spearmanr(first, second).statistic), 12), len(first)
