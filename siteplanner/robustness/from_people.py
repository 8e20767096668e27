"""Judgements of groups, as a table or TOML holds them, turned into weights for each group.

===========  =================================================================================
``points``   100 points that each group gives out
``order``    each group's order: 1 for what matters most
``swing``    how much going from worst to best matters, 100 for what matters most
``pairs``    criteria two by two, 1/9 to 9
===========  =================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from siteplanner.errors import InputError, Problem
from siteplanner.robustness.comparisons import Compared, compare_pairs
from siteplanner.robustness.judgements import (
    check_names,
    share_points,
    weigh_orders,
    weigh_swings,
)
from siteplanner.robustness.reciprocals import table_of

KINDS = {"points": share_points, "order": weigh_orders, "swing": weigh_swings}
PAIRS = ("group", "one", "two", "times")


@dataclass(frozen=True, eq=False)
class Judged:
    """Weights of groups.

    Parameters
    ----------
    weights
        Groups × criteria, rows adding up to 1.
    compared
        By group, for comparisons two by two: consistency and advice.
    """

    weights: pd.DataFrame
    compared: dict[str, Compared]


def weights_of(
    table: pd.DataFrame, kind: str, criteria: Sequence[str], *, where: str = "judgements"
) -> Judged:
    """Turn the judgements of groups into weights.

    Parameters
    ----------
    table
        For ``points``, ``order`` and ``swing``: index the groups, a column per criterion.  For
        ``pairs``: columns ``group``, ``one``, ``two`` and ``times``, how much more important
        ``one`` is than ``two``.
    kind
        ``points``, ``order``, ``swing`` or ``pairs``.
    criteria
        Criteria, or groups of them, that may be named.
    where
        What problems are said to be in.

    Returns
    -------
    Weights by group.

    Raises
    ------
    InputError
        With all problems at once.

    Examples
    --------
    >>> table = pd.DataFrame({"need": [70], "land": [30]}, index=["carers"])
    >>> weights_of(table, "points", ["need", "land"]).weights.loc["carers"].to_dict()
    {'need': 0.7, 'land': 0.3}
    """
    if kind == "pairs":
        return _of_pairs(table, criteria, where)
    if kind not in KINDS:
        todo = f"write one of {', '.join([*KINDS, 'pairs'])}"
        raise InputError([Problem(where, "kind", f"found '{kind}'", todo)])
    problems: list[Problem] = []
    try:
        check_names(table, criteria, where=where)
    except InputError as error:
        problems += error.problems
    try:
        found = KINDS[kind](table, where=where)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    return Judged(found, {})


def _of_pairs(table: pd.DataFrame, criteria: Sequence[str], where: str) -> Judged:
    missing = [name for name in PAIRS if name not in table]
    if missing:
        found, todo = f"no column {', '.join(missing)}", f"have the columns {', '.join(PAIRS)}"
        raise InputError([Problem(where, "", found, todo)])
    if table.empty:
        raise InputError([Problem(where, "", "there is no group", "write a row per judgement")])
    problems, compared = [], dict[str, Compared]()
    for group, rows in table.groupby(table["group"].astype(str), sort=False):
        place = f"{where}: {group}"
        twice = rows.duplicated(["one", "two"])
        for _, row in rows[twice].iterrows():
            found = "the pair is there twice"
            problems.append(Problem(place, f"{row['one']}, {row['two']}", found, "keep one"))
        times = pd.to_numeric(rows["times"], errors="coerce")
        for _, row in rows[times.isna()].iterrows():
            found, todo = f"found '{row['times']}'", "write a number from 1/9 (0.11) to 9"
            problems.append(Problem(place, f"{row['one']}, {row['two']}", found, todo))
        kept = rows[~twice & times.notna()]
        named = {str(one) for key in ("one", "two") for one in rows[key]}
        own = [name for name in criteria if name in named]
        pairs = {
            (str(one), str(two)): float(value)
            for one, two, value in zip(kept["one"], kept["two"], times[kept.index], strict=True)
        }
        try:
            table_of(pairs, list(criteria), where=place)
            compared[str(group)] = compare_pairs(table_of(pairs, own, where=place), where=place)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    weights = pd.DataFrame({name: one.weights for name, one in compared.items()}).T
    return Judged(weights.rename_axis("group"), compared)
