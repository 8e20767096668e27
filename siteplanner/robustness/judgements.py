"""Weights from people: points, orders and swings, one group after the other.

Groups are kept apart.  `siteplanner.robustness.groups` brings them together where somebody asks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.robustness.nesting import Floats
from siteplanner.robustness.reciprocals import shown

BUDGET = 100.0
ROUNDING = 0.5
"""How far points may be from adding up to 100, so that rounded ones pass."""


def centroid(criteria: int) -> Floats:
    r"""Give the weights that an order alone stands for: rank order centroid.

    :math:`w_k = \frac{1}{n} \sum_{i=k}^{n} \frac{1}{i}`, the mean of all weightings that keep
    to the order.

    Parameters
    ----------
    criteria
        How many, at least 1.

    Returns
    -------
    Weights, the one of the most important criterion first, adding up to 1.

    References
    ----------
    Barron, F. and Barrett, B. (1996). Decision quality using ranked attribute weights.
    Management Science 42, 1515-1523.

    Examples
    --------
    >>> centroid(3).round(4).tolist()
    [0.6111, 0.2778, 0.1111]
    """
    steps = 1 / np.arange(1, criteria + 1)
    return np.asarray(steps[::-1].cumsum()[::-1] / criteria)


def share_points(points: pd.DataFrame, *, where: str = "points") -> pd.DataFrame:
    """Turn 100 points that each group has given out into weights.

    Parameters
    ----------
    points
        Groups in rows, a column per criterion; an empty cell is 0 points.
    where
        What problems are said to be in, such as a file.

    Returns
    -------
    Groups × criteria, rows adding up to 1.

    Raises
    ------
    InputError
        If points are negative or no numbers, or those of a group do not add up to 100; all
        problems at once.

    Examples
    --------
    >>> share_points(pd.DataFrame({"need": [70, 20], "land": [30, 80]}))["need"].tolist()
    [0.7, 0.2]
    """
    table, problems = _numbers(points.where(points.notna(), 0.0), where, most=BUDGET)
    bad = {problem.key.split(",")[0] for problem in problems}
    for group, total in table.sum(axis=1).items():
        if str(group) not in bad and abs(total - BUDGET) > ROUNDING:
            found = f"the points add up to {total:g}"
            problems.append(Problem(where, str(group), found, "give out 100 points"))
    if problems:
        raise InputError(problems)
    return table.div(table.sum(axis=1), axis="index")


def weigh_orders(orders: pd.DataFrame, *, where: str = "orders") -> pd.DataFrame:
    """Turn each group's order of the criteria into weights: rank order centroid.

    Parameters
    ----------
    orders
        Groups in rows, a column per criterion: 1 for the most important.  Criteria on the
        same rank share the weights of the places they take up.  An empty cell is a criterion
        that does not matter: it weighs nothing.
    where
        What problems are said to be in.

    Returns
    -------
    Groups × criteria, rows adding up to 1.

    Raises
    ------
    InputError
        If a rank is no number of at least 1, or a group ranks nothing; all problems at once.

    References
    ----------
    Barron and Barrett (1996).

    Examples
    --------
    >>> weigh_orders(pd.DataFrame({"need": [1], "reach": [2], "land": [2]})).round(3).to_numpy()
    array([[0.611, 0.194, 0.194]])
    """
    table, problems = _numbers(orders, where, least=1.0)
    bad = {problem.key.split(",")[0] for problem in problems}
    rows = []
    for group, row in table.iterrows():
        known = row.dropna()
        if known.empty and str(group) not in bad:
            todo = "write 1 for the most important criterion, 2 for the next"
            problems.append(Problem(where, str(group), "nothing is ranked", todo))
        weight = pd.Series(0.0, index=table.columns)
        if len(known):
            by_place = pd.Series(centroid(len(known)), index=known.sort_values(kind="stable").index)
            weight.update(by_place.groupby(known).transform("mean"))
        rows.append(weight)
    if problems:
        raise InputError(problems)
    return pd.DataFrame(rows, index=table.index, columns=table.columns)


def weigh_swings(swings: pd.DataFrame, *, where: str = "swings") -> pd.DataFrame:
    """Turn swings into weights: how much it matters to go from the worst to the best.

    The criterion whose swing from worst to best matters most has 100, the others what theirs
    are worth beside it.

    Parameters
    ----------
    swings
        Groups in rows, a column per criterion, 0 to 100; an empty cell is 0.
    where
        What problems are said to be in.

    Returns
    -------
    Groups × criteria, rows adding up to 1.

    Raises
    ------
    InputError
        If a number is below 0 or above 100, or the largest of a group is not 100; all
        problems at once.

    References
    ----------
    von Winterfeldt, D. and Edwards, W. (1986). Decision analysis and behavioral research.
    Cambridge University Press.

    Examples
    --------
    >>> weigh_swings(pd.DataFrame({"need": [100], "reach": [60], "land": [40]})).to_numpy()
    array([[0.5, 0.3, 0.2]])
    """
    table, problems = _numbers(swings.where(swings.notna(), 0.0), where, most=100.0)
    bad = {problem.key.split(",")[0] for problem in problems}
    for group, most in table.max(axis=1).items():
        if str(group) not in bad and most != 100:
            todo = "give 100 to the criterion whose swing matters most"
            problems.append(Problem(where, str(group), f"the largest swing is {most:g}", todo))
    if problems:
        raise InputError(problems)
    return table.div(table.sum(axis=1), axis="index")


def check_names(
    table: pd.DataFrame, criteria: Sequence[str], *, where: str = "judgements"
) -> pd.DataFrame:
    """Hold the criteria that groups name against those of the scenario.

    Parameters
    ----------
    table
        Groups in rows, a column per criterion.
    criteria
        The criteria of the scenario, in their order.
    where
        What problems are said to be in.

    Returns
    -------
    The table with its columns in the order of ``criteria``; NaN in those it does not name.

    Raises
    ------
    InputError
        If a criterion is not known or named twice, a group is there twice, or there is none;
        all problems at once.

    Examples
    --------
    >>> check_names(pd.DataFrame({"land": [40], "need": [60]}), ["need", "land"]).columns.tolist()
    ['need', 'land']
    """
    problems = []
    for name in dict.fromkeys(table.columns):
        if name not in criteria:
            todo = nearest_names(str(name), criteria)
            problems.append(Problem(where, str(name), "there is no such criterion", todo))
        if list(table.columns).count(name) > 1:
            problems.append(Problem(where, str(name), "the column is there twice", "keep one"))
    for group in table.index[table.index.duplicated()].unique():
        todo = "give every group a name of its own"
        problems.append(Problem(where, str(group), "the group is there twice", todo))
    if not len(table):
        problems.append(Problem(where, "", "there is no group", "write a row per group"))
    if problems:
        raise InputError(problems)
    return table.reindex(columns=list(criteria))


def _numbers(
    table: pd.DataFrame, where: str, *, least: float = 0.0, most: float = np.inf
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read numbers, and list every cell that holds none, or one that cannot be."""
    found = table.apply(pd.to_numeric, errors="coerce").astype("float64")
    wrong = table.notna() & ~((found >= least) & (found <= most) & np.isfinite(found))
    todo = f"write a number of at least {least:g}"
    if np.isfinite(most):
        todo = f"write a number from {least:g} to {most:g}"
    problems = [
        Problem(where, f"{table.index[row]}, {table.columns[column]}",
                f"found {shown(table.iloc[row, column])}", todo)
        for row, column in zip(*np.nonzero(wrong.to_numpy()), strict=True)
    ]  # fmt: skip
    return found, problems
