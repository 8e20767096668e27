"""Judgements on pairs, as people hand them in: checked, and completed by their opposites."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.robustness.nesting import Flags, Floats

MOST = 15
"""Criteria that can be compared at once: there is no random index for more."""
RECIPROCAL = 0.02
"""How far a judgement times its opposite may be from 1: 0.33 stands for a third."""
Pairs = Mapping[tuple[str, str], float]


def table_of(pairs: Pairs, criteria: list[str], *, where: str = "judgements") -> pd.DataFrame:
    """Put judgements on single pairs into a table.

    Parameters
    ----------
    pairs
        (one, two) to how much more important one is than two.
    criteria
        All criteria, in their order.
    where
        What problems are said to be in.

    Returns
    -------
    Criteria × criteria with the judgements as they were given; NaN where there is none.

    Raises
    ------
    InputError
        If a pair names a criterion that is not known, or one twice.

    Examples
    --------
    >>> table_of({("need", "land"): 3}, ["need", "land"]).loc["need", "land"].item()
    3.0
    """
    problems = []
    for one, two in pairs:
        for name in (one, two):
            if name not in criteria:
                found = f"there is no criterion '{name}'"
                problems.append(
                    Problem(where, f"{one}, {two}", found, nearest_names(name, criteria))
                )
        if one == two:
            found = "a criterion is compared with itself"
            problems.append(Problem(where, f"{one}, {two}", found, "name two different ones"))
    if problems:
        raise InputError(problems)
    table = pd.DataFrame(np.nan, index=criteria, columns=criteria)
    for (one, two), value in pairs.items():
        table.loc[one, two] = float(value)
    return table


def completed(judgements: pd.DataFrame, where: str) -> Floats:
    """Check judgements on all pairs, and fill in what follows from their opposites.

    Parameters
    ----------
    judgements
        Criteria × criteria; NaN is one over its opposite.
    where
        What problems are said to be in.

    Returns
    -------
    The full table, exactly reciprocal (the upper half counts).

    Raises
    ------
    InputError
        With all problems at once.

    Examples
    --------
    >>> half = pd.DataFrame([[1, 4], [np.nan, 1]], index=["a", "b"], columns=["a", "b"])
    >>> completed(half, "judgements").tolist()
    [[1.0, 4.0], [0.25, 1.0]]
    """
    names = [str(one) for one in judgements.index]
    if names != [str(one) for one in judgements.columns] or len(set(names)) < len(names):
        found = f"rows are {', '.join(names)}, columns {', '.join(map(str, judgements.columns))}"
        todo = "name every criterion once, rows and columns in the same order"
        raise InputError([Problem(where, "", found, todo)])
    problems = []
    if not 1 <= len(names) <= MOST:
        todo = f"compare 1 to {MOST} at once; put more into groups"
        problems.append(Problem(where, "", f"found {len(names)} criteria", todo))
    matrix = judgements.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64).copy()
    given = judgements.notna().to_numpy()
    for row, one in enumerate(names):
        if given[row, row] and matrix[row, row] != 1:
            found = f"found {matrix[row, row]:g} for a criterion against itself"
            problems.append(Problem(where, f"{one}, {one}", found, "write 1"))
        matrix[row, row] = 1.0
        for column in range(row + 1, len(names)):
            pair = f"{one}, {names[column]}"
            raw = judgements.iloc[row, column], judgements.iloc[column, row]
            found, todo = _wrong(matrix, given, (row, column), raw)
            if found:
                problems.append(Problem(where, pair, found, todo))
            elif not given[row, column]:
                matrix[row, column] = 1 / matrix[column, row]
            else:
                matrix[column, row] = 1 / matrix[row, column]
    if problems:
        raise InputError(problems)
    return np.asarray(matrix)


def _wrong(
    matrix: Floats, given: Flags, at: tuple[int, int], raw: tuple[object, object]
) -> tuple[str, str]:
    """Say what is wrong with a pair of judgements, if anything."""
    row, column = at
    here = [(row, column), (column, row)]
    if not any(given[one] for one in here):
        return "there is no judgement on these two", "say how much more important the first is"
    for one, value in zip(here, raw, strict=True):
        low, high = 1 / 9 - 0.005, 9.0  # 0.11 stands for a ninth
        if given[one] and not low <= matrix[one] <= high:
            return f"found {shown(value)}", "write a number from 1/9 (0.11) to 9"
    if all(given[one] for one in here):
        there, back = matrix[row, column], matrix[column, row]
        if abs(there * back - 1) > RECIPROCAL:
            found = f"found {there:g} one way and {back:g} the other"
            return found, f"the second has to be 1/{there:g} = {1 / there:.3g}; leave one out"
    return "", ""


def shown(value: object) -> str:
    """Show what stood in a cell: a number plainly, anything else in quotes.

    Examples
    --------
    >>> shown(12.0), shown("many")
    ('12', "'many'")
    """
    return f"{value:g}" if isinstance(value, int | float | np.number) else repr(str(value))
