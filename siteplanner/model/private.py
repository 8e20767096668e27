"""Layers that hold what people said in confidence: how coarse they have to become."""

from __future__ import annotations

from pydantic import Field

from siteplanner.model.base import Frozen, Names, Number, Whole


class Sensitive(Frozen):
    """Rows that no place may ever be told of.

    Examples
    --------
    >>> Sensitive(column="kind", values="eviction").values
    ('eviction',)
    """

    column: str
    """The category column that tells which rows are sensitive."""
    values: Names = Field(min_length=1)
    """Its words that make a row sensitive; capitals, accents and spaces make no difference."""


class Private(Frozen):
    """How a private layer is made coarse before anything else sees it.

    Examples
    --------
    >>> Private(cell_m=500).at_least
    10
    """

    cell_m: Number = Field(ge=100)
    """Side of the squares that rows are counted on, 100 m or more."""
    at_least: Whole = Field(default=10, ge=10)
    """Squares with fewer rows are joined with others until there are as many."""
    sensitive: Sensitive | None = None
    """Rows that are told only as one total for the whole layer."""
    keep_text: Names = ()
    """Category columns that stay; all other words are left out."""
