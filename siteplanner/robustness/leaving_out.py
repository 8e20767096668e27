"""Which of the analyst's choices moves the answer most: one table.

A choice (weights, scaling, aggregation, a criterion left out, and whatever else somebody has
ranked again: another walking profile, other cells) has options.  Each option is an index by
site, and is compared with the index of the plan.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from siteplanner.model.criterion import Criteria
from siteplanner.model.scenario import Aggregation
from siteplanner.robustness.nesting import Floats, nest, renormalised
from siteplanner.robustness.scaling import SCALES, WAYS, aggregate, rescaled
from siteplanner.robustness.weighing import indices

Options = Mapping[str, pd.Series]
LEFT_OUT, SCALING, AGGREGATION, WEIGHTS = "criterion left out", "scaling", "aggregation", "weights"


def without_each(
    scores: pd.DataFrame, criteria: Criteria, *, aggregation: Aggregation = "arithmetic"
) -> dict[str, pd.Series]:
    """Weigh all sites anew, each time with one criterion left out.

    Parameters
    ----------
    scores
        Sites in rows, a column per criterion, 0 to 1; NaN is unknown.
    criteria
        The tree of criteria and groups; the others of a group carry the weight.
    aggregation
        How scores combine.

    Returns
    -------
    By criterion, the index by site without it; none where only one criterion weighs anything.

    Examples
    --------
    >>> from siteplanner.model import Criterion
    >>> ends = {"zero_at": 0, "full_at": 1}
    >>> scores = pd.DataFrame({"a": [0.5, 1.0], "b": [1.0, 0.0]})
    >>> found = without_each(scores, {"a": Criterion(**ends), "b": Criterion(**ends)})
    >>> {name: one.tolist() for name, one in found.items()}
    {'a': [1.0, 0.0], 'b': [0.5, 1.0]}
    """
    nesting = nest(criteria)
    if len(nesting.names) < 2:
        return {}
    table = scores[list(nesting.names)].to_numpy(dtype=np.float64)
    found = {}
    for at, name in enumerate(nesting.names):
        kept = np.arange(len(nesting.names)) != at
        shares = renormalised(nesting.shares[None, :], kept, nesting.tree)
        index = indices(np.where(kept, table, np.nan), shares, nesting.tree, aggregation)[0]
        found[name] = pd.Series(index, index=scores.index, name=name)
    return found


def scaled_otherwise(
    values: pd.DataFrame,
    criteria: Criteria,
    *,
    falling: pd.Series,
    aggregation: Aggregation = "arithmetic",
) -> dict[str, pd.Series]:
    """Weigh all sites anew with values brought to other scales.

    Parameters
    ----------
    values
        Sites in rows, a column per criterion, each in its own unit; NaN is unknown.
    criteria
        The tree of criteria and groups.
    falling
        By criterion, whether less is better.
    aggregation
        How scores combine.  z scores may be negative and are only added up: with a geometric
        index they are left out.

    Returns
    -------
    By scale, the index by site.

    Examples
    --------
    >>> from siteplanner.model import Criterion
    >>> values = pd.DataFrame({"a": [1.0, 2.0, 9.0]})
    >>> found = scaled_otherwise(
    ...     values, {"a": Criterion(zero_at=0, full_at=9)}, falling=pd.Series({"a": False}))
    >>> found["min_max"].tolist(), found["percentile"].round(3).tolist()
    ([0.0, 0.125, 1.0], [0.333, 0.667, 1.0])
    """  # fmt: skip
    nesting = nest(criteria)
    found: dict[str, pd.Series] = {}
    for how in SCALES:
        if how == "z" and aggregation == "geometric":
            continue
        scores = rescaled(values[list(nesting.names)], how, falling=falling).to_numpy()
        index = aggregate(scores, nesting.shares, aggregation, nesting.tree)
        found[how] = pd.Series(index, index=values.index, name=how)
    return found


def aggregated_otherwise(
    scores: pd.DataFrame, criteria: Criteria, *, aggregation: Aggregation = "arithmetic"
) -> dict[str, pd.Series]:
    """Weigh all sites anew with scores brought together in the other ways there are.

    Parameters
    ----------
    scores
        Sites in rows, a column per criterion, 0 to 1; NaN is unknown.
    criteria
        The tree of criteria and groups.
    aggregation
        The plan's own way, which is left out.

    Returns
    -------
    By way (``arithmetic`` or ``geometric``, and ``topsis``), the index by site.

    Examples
    --------
    >>> from siteplanner.model import Criterion
    >>> scores = pd.DataFrame({"a": [0.25, 1.0], "b": [1.0, 0.0]})
    >>> criteria = {name: Criterion(zero_at=0, full_at=1) for name in "ab"}
    >>> {way: one.round(3).tolist() for way, one in aggregated_otherwise(scores, criteria).items()}
    {'geometric': [0.5, 0.0], 'topsis': [0.579, 0.421]}
    """
    nesting = nest(criteria)
    table = scores[list(nesting.names)].to_numpy(dtype=np.float64)
    return {
        way: pd.Series(
            aggregate(table, nesting.shares, way, nesting.tree), index=scores.index, name=way
        )
        for way in WAYS
        if way != aggregation
    }


def weighed_otherwise(
    scores: pd.DataFrame,
    criteria: Criteria,
    draws: pd.DataFrame,
    *,
    aggregation: Aggregation = "arithmetic",
) -> dict[str, pd.Series]:
    """Weigh all sites anew with equal weights, and with weights that were drawn.

    Parameters
    ----------
    scores
        Sites in rows, a column per criterion, 0 to 1; NaN is unknown.
    criteria
        The tree of criteria and groups.
    draws
        A row per weighting, a column per criterion; a few dozen are enough.
    aggregation
        How scores combine.

    Returns
    -------
    ``equal`` and, by row of ``draws``, ``draw 0`` and so on: the index by site.

    Examples
    --------
    >>> from siteplanner.model import Criterion
    >>> scores = pd.DataFrame({"a": [0.25, 1.0], "b": [1.0, 0.0]})
    >>> criteria = {name: Criterion(zero_at=0, full_at=1) for name in "ab"}
    >>> draws = pd.DataFrame({"a": [1.0], "b": [0.0]})
    >>> found = weighed_otherwise(scores, criteria, draws)
    >>> {name: one.tolist() for name, one in found.items()}
    {'equal': [0.625, 0.5], 'draw 0': [0.25, 1.0]}
    """
    nesting = nest(criteria)
    names = list(nesting.names)
    equal = np.full((1, len(names)), 1 / len(names))
    weights = np.vstack([equal, draws[names].to_numpy(dtype=np.float64)])
    table = scores[names].to_numpy(dtype=np.float64)
    rows = indices(table, weights, nesting.tree, aggregation)
    called = ["equal", *(f"draw {one}" for one in draws.index)]
    return {
        name: pd.Series(row, index=scores.index, name=name)
        for name, row in zip(called, rows, strict=True)
    }


def compare(reference: pd.Series, choices: Mapping[str, Options], *, p: int) -> pd.DataFrame:
    """Say how far every option moves the answer.

    Parameters
    ----------
    reference
        The index of the plan, by site; NaN where nothing is known.
    choices
        Choice to option to the index by site; sites that an option lacks count as unknown.
    p
        How many sites are among the best.

    Returns
    -------
    A row per ``choice`` and ``option``: ``kendall`` (tau-b over sites ranked in both),
    ``jaccard`` (of the best p: shared over all), ``mean_move`` and ``largest_move`` in ranks,
    ``moved_most`` (the site), ``sites`` ranked in both.

    Raises
    ------
    ValueError
        If p is below 1.

    References
    ----------
    Saisana, M., Saltelli, A. and Tarantola, S. (2005). Uncertainty and sensitivity analysis
    techniques as tools for the quality assessment of composite indicators. Journal of the
    Royal Statistical Society A 168, 307-323: the mean move is their average shift in rank.

    Examples
    --------
    >>> reference = pd.Series({"a": 0.9, "b": 0.5, "c": 0.1})
    >>> other = pd.Series({"a": 0.4, "b": 0.5, "c": 0.1})
    >>> found = compare(reference, {"weights": {"equal": other}}, p=1)
    >>> found.loc[("weights", "equal"), ["kendall", "jaccard", "mean_move"]].round(3).tolist()
    [0.333, 0.0, 0.667]
    """
    if p < 1:
        msg = f"found p = {p}; at least one site is among the best"
        raise ValueError(msg)
    rows = {
        (choice, option): _moved(reference, index, p)
        for choice, options in choices.items()
        for option, index in options.items()
    }
    columns = ["kendall", "jaccard", "mean_move", "largest_move", "moved_most", "sites"]
    index = pd.MultiIndex.from_tuples(list(rows), names=["choice", "option"])
    return pd.DataFrame(list(rows.values()), index=index, columns=columns)


def rank_choices(compared: pd.DataFrame) -> pd.DataFrame:
    """Put the choices into an order: which one moves the answer most.

    Parameters
    ----------
    compared
        What `compare` gives.

    Returns
    -------
    A row per choice, the one with the lowest typical overlap of the best p first: the median
    over its options and the worst of them.  ``worst_option`` is the one with the lowest
    Jaccard (and tau).

    Examples
    --------
    >>> reference = pd.Series({"a": 0.9, "b": 0.5, "c": 0.1})
    >>> other = {"weights": {"equal": reference[::-1]}, "scaling": {"z": 1 - reference}}
    >>> rank_choices(compare(reference, other, p=1)).index.tolist()
    ['scaling', 'weights']
    """
    groups = compared.groupby(level="choice", sort=False)
    worst = compared.sort_values(["jaccard", "kendall"], kind="stable").groupby(level="choice")
    table = pd.DataFrame(
        {
            "options": groups.size(),
            "jaccard": groups["jaccard"].median(),
            "jaccard_worst": groups["jaccard"].min(),
            "kendall": groups["kendall"].median(),
            "kendall_worst": groups["kendall"].min(),
            "mean_move": groups["mean_move"].median(),
            "largest_move": groups["largest_move"].max(),
            "worst_option": worst.head(1).reset_index("option").groupby("choice")["option"].first(),
        }
    )
    return table.sort_values(["jaccard", "kendall"], kind="stable")


def _moved(
    reference: pd.Series, index: pd.Series, p: int
) -> tuple[float, float, float, float, object, int]:
    from scipy.stats import kendalltau

    both = pd.DataFrame({"was": reference, "is": index.reindex(reference.index)})
    best = [set(one.dropna().nlargest(p, keep="all").index) for _, one in both.items()]
    union = best[0] | best[1]
    jaccard = len(best[0] & best[1]) / len(union) if union else np.nan
    both = both.dropna()
    if len(both) < 2:
        return np.nan, jaccard, np.nan, np.nan, None, len(both)
    ranks: Floats = both.rank(ascending=False, method="average").to_numpy()
    move = pd.Series(np.abs(ranks[:, 0] - ranks[:, 1]), index=both.index)
    flat_line = np.ptp(both.to_numpy(), axis=0).min() == 0
    tau = np.nan if flat_line else float(kendalltau(both["was"], both["is"]).statistic)
    return tau, jaccard, float(move.mean()), float(move.max()), move.idxmax(), len(both)
