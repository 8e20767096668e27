"""Seven classes with printed breaks, in colours that colour-blind people can tell apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Context
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

CIVIDIS = ("#ffe945", "#d3c064", "#a59c74", "#7b7a77", "#555b6c", "#213d6b", "#00204c")
"""The cividis colours, more is darker (Nuñez, Anderton and Renslow 2018)."""
NO_DATA = 255
"""Stands for "no data" among the class numbers."""
NONE_IN_REACH = "none within reach"
"""What infinity is called: a walk to something that nothing is near enough for."""


@dataclass(frozen=True)
class Classes:
    """How one layer is coloured.

    Parameters
    ----------
    kind
        How the breaks were found: ``values`` (a class per value), ``quantiles`` (about equally
        many rows in each), ``even`` (even width) or ``yes_no``.
    breaks
        The values themselves, or the breaks between the classes; a value on a break belongs to
        the upper class.
    codes
        The class of each row, from 0; `NO_DATA` where the value is unknown.
    ends
        The lowest and the highest value.
    far
        Whether the last class is of those that have none within reach.
    words
        What to call the two classes of ``yes_no``.
    """

    kind: str
    breaks: tuple[float, ...]
    codes: NDArray[np.uint8]
    ends: tuple[float, float] = (0.0, 0.0)
    far: bool = False
    words: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Count the classes."""
        between = 0 if self.kind == "values" else 1
        return len(self.breaks) + between + self.far

    @property
    def colours(self) -> tuple[str, ...]:
        """Give one colour per class, lowest first."""
        if self.count == 1:
            return (CIVIDIS[3],)
        places = np.round(np.linspace(0, len(CIVIDIS) - 1, self.count)).astype(int)
        return tuple(CIVIDIS[one] for one in places)

    @property
    def labels(self) -> tuple[str, ...]:
        """Say in English what each class holds, lowest first."""
        last = (NONE_IN_REACH,) * self.far
        texts = [number_text(one) for one in self.breaks]
        if self.kind == "values" or self.words:
            return (*(self.words or texts), *last)
        if not texts:
            low, high = (number_text(one) for one in self.ends)
            return (f"{low} to {high}", *last)
        inner = [f"{low} to {high}" for low, high in pairwise(texts)]
        return (f"below {texts[0]}", *inner, f"{texts[-1]} and more", *last)


def classed(
    values: NDArray[np.float64],
    *,
    factor: float = 1.0,
    smallest: float | None = None,
    most: int = len(CIVIDIS),
) -> Classes:
    """Sort values into at most seven classes that hold about equally many rows.

    Up to seven different values are a class each.  Otherwise breaks are quantiles, rounded to
    two figures; a value on a break belongs to the upper class.  Infinity, a distance to
    something that is not there, is the last class, `NONE_IN_REACH`.

    Parameters
    ----------
    values
        Shape (n,); NaN is unknown, infinity is none within reach.
    factor
        What the legend multiplies by: 100 for an index of 0..1.
    smallest
        If given, all values below it are one class, and no break tells them apart.
    most
        Classes at most.

    Examples
    --------
    >>> classed(np.array([0.0, 1.0, np.nan])).labels
    ('0', '1')
    >>> classed(np.arange(71.0)).labels
    ('below 10', '10 to 20', '20 to 30', '30 to 40', '40 to 50', '50 to 60', '60 and more')
    >>> classed(np.arange(3.0), smallest=10).labels
    ('below 10', '10 and more')
    """
    far = np.isposinf(values)
    if far.any():
        near = classed(np.where(far, np.nan, values), factor=factor, smallest=smallest,
                       most=most - 1)  # fmt: skip
        codes = np.where(far, near.count, near.codes).astype(np.uint8)
        return replace(near, codes=codes, far=True)
    codes = np.full(len(values), NO_DATA, dtype=np.uint8)
    known = np.isfinite(values)
    shown = values[known] * factor
    if not len(shown):
        return Classes("values", (), codes)
    ends = (float(shown.min()), float(shown.max()))
    few = _few(shown, most) if smallest is None else None
    if few is not None:
        codes[known] = np.searchsorted(few, shown).astype(np.uint8)
        return Classes("values", tuple(few.tolist()), codes, ends)
    breaks = _breaks(shown, smallest, most)
    codes[known] = np.searchsorted(breaks, shown, side="right").astype(np.uint8)
    return Classes("quantiles", tuple(breaks.tolist()), codes, ends)


def classed_evenly(shares: NDArray[np.float64], *, words: tuple[str, str] | None = None) -> Classes:
    """Sort shares of 0..1 into five classes of even width, the same for every layer.

    Parameters
    ----------
    shares
        Shape (n,); NaN is unknown.
    words
        For shares that are all 0 or 1: what to call the two.

    Examples
    --------
    >>> classed_evenly(np.array([0.0, 0.2, 1.0])).codes.tolist()
    [0, 1, 4]
    >>> classed_evenly(np.array([0.0, 1.0]), words=("no", "yes")).labels
    ('no', 'yes')
    """
    codes = np.full(len(shares), NO_DATA, dtype=np.uint8)
    known = np.isfinite(shares)
    breaks = (0.5,) if words else (0.2, 0.4, 0.6, 0.8)
    codes[known] = np.searchsorted(breaks, shares[known], side="right").astype(np.uint8)
    kind = "yes_no" if words else "even"
    return Classes(kind, tuple(100 * one for one in breaks), codes, (0.0, 100.0),
                   words=words or ())  # fmt: skip


def number_text(value: float) -> str:
    """Print a number for people: 1,234; 12.5; 0.25.

    Examples
    --------
    >>> [number_text(one) for one in (1234.4, 12.5, 0.25, 3.0, 0.00123)]
    ['1,234', '12.5', '0.25', '3', '0.0012']
    """
    size = abs(value)
    if size and size < 0.01:
        return f"{value:.2g}"
    decimals = 0 if size >= 100 else 1 if size >= 10 else 2
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text


def _few(values: NDArray[np.float64], most: int) -> NDArray[np.float64] | None:
    """Give the different values, if they are at most so many."""
    sample = values[:200]
    if len(np.unique(sample)) > most:
        return None
    seen = np.unique(values)
    return seen if len(seen) <= most else None


def _breaks(values: NDArray[np.float64], smallest: float | None, most: int) -> NDArray[np.float64]:
    """Find the inner breaks, each a round number where that still tells the classes apart."""
    if smallest is not None:
        values = values[values >= smallest]
    classes = most if smallest is None else most - 1
    if not len(values):
        return np.array([smallest], dtype=np.float64)
    exact = np.unique(np.quantile(values, np.arange(1, classes) / classes))
    least = values.min() if smallest is None else smallest
    found = exact
    for digits in range(2, 7):
        found = np.unique([_round(float(one), digits) for one in exact])
        if len(found) == len(exact):
            break
    found = found[(found > least) & (found <= values.max())]
    return found if smallest is None else np.append(smallest, found)


def _round(value: float, digits: int) -> float:
    """Round to so many figures, halves away from zero, as browsers do."""
    return float(Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal_from_float(value))
