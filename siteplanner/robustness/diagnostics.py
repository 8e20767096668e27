"""What an index is made of: whether criteria say different things and weigh what they should.

The checks of the handbook for composite indicators: correlations, criteria that repeat each
other, skewed ones, and a criterion's weight against its real influence.

References
----------
OECD and JRC (2008). Handbook on Constructing Composite Indicators, steps 3, 4, 6 and 8.
Paruolo, P., Saisana, M. and Saltelli, A. (2013). Ratings and rankings: voodoo or science?
Journal of the Royal Statistical Society A 176, 609-634.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from siteplanner.robustness.balance import correlation, cronbach_alpha, influence

REDUNDANT = 0.9
"""Criteria correlated beyond this, either way, say much the same."""
REPEATS = 0.9
"""An index correlated beyond this with the people counted repeats the map of people."""
SKEW, KURTOSIS = 2.0, 3.5
"""Beyond both a criterion has outliers that deserve a look."""
OUT_OF_BALANCE = 2.0
"""A criterion is out of balance where its influence is this many times its weight, or less."""


@dataclass(frozen=True)
class Diagnosis:
    """What an index is made of.

    Parameters
    ----------
    pearson, spearman
        Criteria × criteria: correlations over places where both are known; NaN where one does
        not vary.
    criteria
        By criterion: ``known`` places, ``mean``, ``deviation``, ``skew``, ``kurtosis``
        (excess, 0 for a normal curve), ``outliers`` (whether both are beyond the handbook's
        limits) and ``constant``.
    balance
        By criterion: ``weight`` (share), ``correlation`` with the index, ``linear`` (its
        square) and ``ratio`` (correlation ratio): the share of the index's variance that goes
        with the criterion, in a straight line and in any way; ``influence``, the ratio as a
        share of all; ``times``, influence over weight.
    redundant
        Pairs of criteria correlated beyond 0.9, either way.
    alpha
        Cronbach's alpha: 0.7 or more is usual where all criteria are to say one thing.
    remarks
        What deserves a look, in plain sentences.
    """

    pearson: pd.DataFrame
    spearman: pd.DataFrame
    criteria: pd.DataFrame
    balance: pd.DataFrame
    redundant: tuple[tuple[str, str], ...]
    alpha: float
    remarks: tuple[str, ...]


def diagnose(
    scores: pd.DataFrame,
    index: pd.Series,
    weights: pd.Series,
    *,
    people: pd.Series | None = None,
) -> Diagnosis:
    """Look at what an index is made of.

    Parameters
    ----------
    scores
        Places in rows, a column per criterion; NaN is unknown.
    index
        The index by place.
    weights
        By criterion, as shares of the whole; criteria of ``scores`` without one are left out.
    people
        People by place, to see whether the index only repeats where they are.

    Returns
    -------
    Tables and remarks.

    Examples
    --------
    >>> scores = pd.DataFrame({"poor": [0.1, 0.4, 0.9, 0.6], "far": [0.5, 0.5, 0.5, 0.5]})
    >>> index = (scores["poor"] + scores["far"]) / 2
    >>> found = diagnose(scores, index, pd.Series({"poor": 0.5, "far": 0.5}))
    >>> found.remarks[0]
    "'far' is 0.5 at every place: it tells no place from another, whatever it weighs"
    """
    names = [name for name in weights.index if name in scores]
    table = scores[names].astype("float64")
    pearson = correlations(table, "pearson")
    balance = influence(table, index, weights[names])
    redundant = tuple(
        (str(one), str(two))
        for at, one in enumerate(names)
        for two in names[at + 1 :]
        if abs(pearson.loc[one, two]) > REDUNDANT
    )
    shape = _shape(table)
    return Diagnosis(
        pearson=pearson,
        spearman=correlations(table, "spearman"),
        criteria=shape,
        balance=balance,
        redundant=redundant,
        alpha=cronbach_alpha(table.to_numpy()),
        remarks=(
            *_about_criteria(table, shape),
            *_about_pairs(pearson, redundant),
            *_about_balance(balance, shape),
            *_about_people(index, people),
        ),
    )


def correlations(table: pd.DataFrame, kind: Literal["pearson", "spearman"]) -> pd.DataFrame:
    """Correlate every two columns over the rows where both are known.

    Parameters
    ----------
    table
        Places in rows; NaN is unknown.
    kind
        ``pearson`` in a straight line, ``spearman`` by rank.

    Returns
    -------
    Columns × columns; NaN where a column does not vary or fewer than 3 rows know both.

    Examples
    --------
    >>> table = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [1.0, 4, 9, 16]})
    >>> correlations(table, "spearman").loc["a", "b"].item()
    1.0
    """
    return table.corr(method=kind, min_periods=3)


def _shape(table: pd.DataFrame) -> pd.DataFrame:
    spread = table.max() - table.min()
    found = pd.DataFrame(
        {
            "known": table.notna().sum(),
            "mean": table.mean(),
            "deviation": table.std(),
            "skew": table.skew().where(spread > 0),
            "kurtosis": table.kurt().where(spread > 0),
        }
    )
    found["outliers"] = (found["skew"].abs() > SKEW) & (found["kurtosis"] > KURTOSIS)
    found["constant"] = (spread == 0) | (found["known"] == 0)
    return found.rename_axis("criterion")


def _about_criteria(table: pd.DataFrame, shape: pd.DataFrame) -> list[str]:
    found = []
    for name, row in shape.iterrows():
        if row["known"] == 0:
            found.append(f"'{name}' is known at no place: the others carry its weight")
        elif row["constant"]:
            value = table[name].dropna().iloc[0]
            found.append(
                f"'{name}' is {value:g} at every place: it tells no place from another, "
                "whatever it weighs"
            )
        elif row["outliers"]:
            found.append(
                f"'{name}' has a few extreme places (skew {row['skew']:.1f}, kurtosis "
                f"{row['kurtosis']:.1f}): look at them, or at its zero_at and full_at"
            )
    return found


def _about_pairs(pearson: pd.DataFrame, redundant: tuple[tuple[str, str], ...]) -> list[str]:
    found = []
    for one, two in redundant:
        r = pearson[one][two]
        same = "say much the same" if r > 0 else "pull against each other"
        found.append(
            f"'{one}' and '{two}' {same} (correlation {r:.2f}): together they count "
            f"{'twice' if r > 0 else 'for nothing'}"
        )
    return found


def _about_balance(balance: pd.DataFrame, shape: pd.DataFrame) -> list[str]:
    found: list[str] = []
    for constant, (name, row) in zip(shape["constant"], balance.iterrows(), strict=True):
        if constant or not np.isfinite(row["times"]):
            continue
        said = (
            f"'{name}' weighs {100 * row['weight']:.0f} % and has "
            f"{100 * row['influence']:.0f} % of the influence on the index"
        )
        if row["times"] <= 0.1:
            found.append(f"{said}: next to nothing")
        elif not 1 / OUT_OF_BALANCE < row["times"] < OUT_OF_BALANCE:
            found.append(said)
    return found


def _about_people(index: pd.Series, people: pd.Series | None) -> list[str]:
    if people is None:
        return []
    both = pd.DataFrame({"index": index, "people": people.reindex(index.index)}).dropna()
    r = correlation(both["index"].to_numpy(float), both["people"].to_numpy(float))
    if not r > REPEATS:
        return []
    return [f"the index repeats where people live (correlation {r:.2f}): it adds little to a count"]
