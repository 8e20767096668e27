"""Weights from comparing criteria two by two: the analytic hierarchy process.

A judgement is a number from 1 (as important) to 9 (extremely more important), or one over it.
Judgements that contradict each other show in the consistency ratio; the one that costs most, and
what value would mend it, is named.

References
----------
Saaty, T. (1980). The analytic hierarchy process. McGraw-Hill.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from siteplanner.robustness.nesting import Floats
from siteplanner.robustness.reciprocals import completed

ACCEPTED = 0.10
"""Saaty's limit: judgements with a higher consistency ratio deserve a second look."""
RANDOM_INDEX = (
    0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59,
)  # fmt: skip
"""Mean consistency index of random judgements on 1 to 15 criteria, as Saaty gives it.  Up to 10
all sources agree; for 12 some give 1.53, for 15 1.58."""
SCALE = tuple(1 / one for one in range(9, 1, -1)) + tuple(float(one) for one in range(1, 10))


@dataclass(frozen=True)
class Advice:
    """The judgement that fits the others least.

    Parameters
    ----------
    one, two
        The criteria.
    found
        How much more important ``one`` was said to be.
    fitting
        The value of the scale that fits the other judgements best.
    ratio
        Consistency ratio with that value.
    sentence
        In plain words.
    """

    one: str
    two: str
    found: float
    fitting: float
    ratio: float
    sentence: str


@dataclass(frozen=True)
class Compared:
    """Weights from comparisons.

    Parameters
    ----------
    weights
        By criterion, adding up to 1.
    largest
        Largest eigenvalue; as many as there are criteria where all judgements agree.
    ratio
        Consistency ratio; 0 where all agree.
    consistent
        Whether it is at most 0.10.
    advice
        The judgement to think about first; None where all agree or there are only two criteria.
    """

    weights: pd.Series
    largest: float
    ratio: float
    consistent: bool
    advice: Advice | None


def principal(matrix: Floats) -> tuple[Floats, float]:
    """Give the principal eigenvector of a positive matrix, adding up to 1, and its eigenvalue.

    Parameters
    ----------
    matrix
        Criteria × criteria, above 0.

    Returns
    -------
    Weights and eigenvalue.

    Raises
    ------
    ValueError
        If the matrix is not square, or a number is not above 0.

    References
    ----------
    Saaty (1980).

    Examples
    --------
    >>> matrix = np.array([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]])
    >>> weights, largest = principal(matrix)
    >>> weights.round(6).tolist(), round(largest, 6)
    ([0.636986, 0.258285, 0.104729], 3.038511)
    """
    matrix = np.asarray(matrix, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        msg = f"judgements are a square table; found the shape {matrix.shape}"
        raise ValueError(msg)
    if not (np.isfinite(matrix).all() and (matrix > 0).all()):
        msg = "judgements are numbers above 0; found others"
        raise ValueError(msg)
    found, vectors = np.linalg.eig(matrix)
    at = int(np.argmax(found.real))
    vector = np.abs(vectors[:, at].real)
    return vector / vector.sum(), float(found[at].real)


def consistency_ratio(largest: float, criteria: int) -> float:
    """Hold the inconsistency of judgements against that of random ones.

    Parameters
    ----------
    largest
        Largest eigenvalue of the judgements.
    criteria
        How many criteria, at most 15.

    Returns
    -------
    (largest - n) / (n - 1) over the random index; 0 for one or two criteria.

    Raises
    ------
    ValueError
        For more than 15 criteria.

    References
    ----------
    Saaty (1980).

    Examples
    --------
    >>> round(consistency_ratio(3.038511, 3), 6)
    0.033199
    """
    if criteria > len(RANDOM_INDEX):
        msg = f"found {criteria} criteria; compare at most {len(RANDOM_INDEX)} at once, in groups"
        raise ValueError(msg)
    if criteria < 3:
        return 0.0
    return max(0.0, (largest - criteria) / (criteria - 1) / RANDOM_INDEX[criteria - 1])


def compare_pairs(judgements: pd.DataFrame, *, where: str = "judgements") -> Compared:
    """Turn judgements on all pairs into weights.

    Parameters
    ----------
    judgements
        Criteria × criteria: how much more important the row is than the column, 1/9 to 9.
        Half a table is enough: what is not known (NaN) is one over its opposite.
    where
        What problems are said to be in, such as a file.

    Returns
    -------
    Weights, consistency ratio, and which judgement to think about.

    Raises
    ------
    InputError
        If a judgement is missing, not a number from 1/9 to 9, or not one over its opposite,
        or rows and columns differ; all problems at once.

    Examples
    --------
    >>> table = pd.DataFrame([[1, 3, 5], [np.nan, 1, 3], [np.nan, np.nan, 1]],
    ...                      index=["need", "reach", "land"], columns=["need", "reach", "land"])
    >>> found = compare_pairs(table)
    >>> found.weights.round(3).tolist(), round(found.ratio, 3), found.consistent
    ([0.637, 0.258, 0.105], 0.033, True)
    """  # fmt: skip
    matrix = completed(judgements, where)
    names = [str(one) for one in judgements.index]
    weights, largest = principal(matrix)
    ratio = consistency_ratio(largest, len(names))
    return Compared(
        weights=pd.Series(weights, index=pd.Index(judgements.index, name="criterion")),
        largest=largest,
        ratio=ratio,
        consistent=ratio <= ACCEPTED,
        advice=_advice(matrix, names, ratio),
    )


def _advice(matrix: Floats, names: list[str], ratio: float) -> Advice | None:
    """Find the judgement that, changed to what fits the others, lowers the ratio most."""
    if len(names) < 3 or ratio < 1e-9:
        return None
    best: tuple[float, int, int, float] | None = None
    for row in range(len(names)):
        for column in range(row + 1, len(names)):
            fitting = _fitting(matrix, row, column)
            changed = matrix.copy()
            changed[row, column], changed[column, row] = fitting, 1 / fitting
            after = consistency_ratio(principal(changed)[1], len(names))
            if best is None or after < best[0] - 1e-12:
                best = (after, row, column, fitting)
    if best is None or best[0] >= ratio:
        return None
    after, row, column, fitting = best
    one, two, found = names[row], names[column], float(matrix[row, column])
    if fitting < 1 or (fitting == 1 and found < 1):
        one, two, found, fitting = two, one, 1 / found, 1 / fitting
    sentence = (
        f"'{one}' against '{two}' was said to be {_said(found)}; the other judgements speak for "
        f"{_said(fitting)}, which would bring the consistency ratio from {ratio:.2f} to {after:.2f}"
    )
    return Advice(one, two, found, fitting, after, sentence)


def _fitting(matrix: Floats, row: int, column: int) -> float:
    """Give the value of the scale nearest to what the other judgements say about two criteria.

    The judgement is taken as missing: its two entries are 0 and one is added to the diagonal of
    both rows (Harker, P. (1987). Incomplete pairwise comparisons in the analytic hierarchy
    process. Mathematical Modelling 9, 837-848).
    """
    without = matrix.copy()
    without[row, column] = without[column, row] = 0.0
    without[row, row] = without[column, column] = 2.0
    found, vectors = np.linalg.eig(without)
    vector = np.abs(vectors[:, int(np.argmax(found.real))].real)
    wanted = np.log(vector[row] / vector[column])
    return float(SCALE[int(np.argmin(np.abs(np.log(SCALE) - wanted)))])


def _said(value: float) -> str:
    fraction = Fraction(value).limit_denominator(9)
    return f"{value:.2g}" if abs(float(fraction) - value) > 0.01 else str(fraction)
