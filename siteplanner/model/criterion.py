"""Criteria: what is measured, how it scores, what it weighs, and how criteria nest in groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from siteplanner.model.base import Frozen, Names, Number

Measure = Literal[
    "value", "mean", "share", "share_of_area", "sum", "count", "kinds", "nearest",
    "need_reached", "not_served", "two_step", "enhanced_two_step", "balance",
    "intersections", "street_length", "block_size", "mix", "frank_2010", "epa_walkability",
]  # fmt: skip
Scoring = Literal["linear", "logistic", "min_max", "percentile", "imd_exponential"]
Where = dict[str, list[str | int | float | bool]]
PARTS: Mapping[str, tuple[str, ...]] = {
    "frank_2010": ("intersections", "residential_density", "retail_floor_ratio", "land_use_mix"),
    "epa_walkability": (
        "intersections",
        "transit_m",
        "employment_mix",
        "employment_household_mix",
    ),
}
"""What the published indices are made of."""
CELLS = "cells"
"""As a criterion's layer: the cells of this plan themselves."""


class Criterion(Frozen):
    """One thing that makes need high or a site good, from measure to score to weight.

    Examples
    --------
    >>> Criterion(layer="units", column="stratum", measure="mean", zero_at=4, full_at=1).weight
    1.0
    """

    title: str = ""
    """Plain words for the map; by default the criterion's name."""
    layer: Names = ()
    """The layer it is read from; ``nearest``, ``count`` and ``kinds`` take several."""
    column: str | None = None
    """The column of that layer."""
    of: str | None = None
    """For ``share``: the count it is a share of, a column of the layer; for ``count``:
    ``cells.people`` or ``cells.<group>``, to count per 1,000 of them."""
    measure: Measure = "value"
    """How a number is read from the layer, see the README of ``scenarios/``."""
    within: Literal["place", "walk"] | None = None
    """Where it is measured: at the ``place`` itself or over all within ``walk``ing reach."""
    by: Literal["walk_m", "walk_min", "straight_m"] = "walk_m"
    """For ``nearest``: metres or minutes on foot, or metres as the crow flies."""
    limit_m: Number | None = Field(default=None, gt=0)
    """Walking reach of this criterion, where it differs from ``[walk]``."""
    limit_min: Number | None = Field(default=None, gt=0)
    """The same in minutes."""
    where: Where = Field(default_factory=dict)
    """Only rows of the layer whose column has one of the listed values."""
    per_head: Number | None = Field(default=None, gt=0)
    """For ``balance``: supply a person should have, in the column's unit."""
    parts: dict[str, str] = Field(default_factory=dict)
    """For ``frank_2010`` and ``epa_walkability``: part of the index to criterion beside it."""
    score: Scoring = "linear"
    """How the number becomes 0..1; all but linear and logistic are relative to this run."""
    zero_at: Number | None = None
    """The number that scores 0."""
    full_at: Number | None = None
    """The number that scores 1; below ``zero_at`` where less is more."""
    weight: Number = Field(default=1.0, ge=0)
    """Its weight among its neighbours; only the proportions matter."""
    group: str | None = None
    """Need only: the group of ``[demand]`` whose count stands instead of all people."""
    status: Literal["in use", "no data", "suspended"] = "in use"
    """``no data`` and ``suspended`` stay visible and empty; the others carry their weight."""
    when_unknown: Literal["others carry", "error"] = "others carry"
    """What happens where the number is not known."""
    reference: str = "no published weights"
    """Where weight and scale come from."""

    @property
    def has_data(self) -> bool:
        """Whether the criterion takes part in the index."""
        return self.status == "in use"

    @model_validator(mode="after")
    def _scale(self) -> Criterion:
        if not self.has_data or self.score not in ("linear", "logistic"):
            return self
        if self.zero_at is None or self.full_at is None:
            msg = f"found no zero_at or full_at; a {self.score} score needs both"
            raise ValueError(msg)
        if self.zero_at == self.full_at:
            msg = f"zero_at and full_at are both {self.zero_at:g}; give two different numbers"
            raise ValueError(msg)
        return self


class Group(Frozen):
    """Criteria that share one weight.

    Examples
    --------
    >>> inner = {"a": Criterion(zero_at=0, full_at=1), "b": Criterion(zero_at=0, full_at=1)}
    >>> [name for name, _ in Group(weight=2, criteria=inner).leaves()]
    ['a', 'b']
    """

    title: str = ""
    """Plain words for the map."""
    weight: Number = Field(default=1.0, ge=0)
    """The group's weight among its neighbours."""
    reference: str = "no published weights"
    """Where the weight comes from."""
    criteria: Criteria
    """The criteria (or further groups) inside."""

    def leaves(self) -> Iterator[tuple[str, Criterion]]:
        """Give the criteria inside, with their names, in file order."""
        yield from leaves(self.criteria)


def _criterion_or_group(found: object) -> str:
    if isinstance(found, Group) or (isinstance(found, dict) and "criteria" in found):
        return "group"
    return "criterion"


Criteria = dict[
    str,
    Annotated[
        Annotated[Criterion, Tag("criterion")] | Annotated[Group, Tag("group")],
        Discriminator(_criterion_or_group),
    ],
]


def leaves(criteria: Criteria) -> Iterator[tuple[str, Criterion]]:
    """Give every criterion of a tree of criteria and groups, in file order."""
    for name, one in criteria.items():
        if isinstance(one, Group):
            yield from leaves(one.criteria)
        else:
            yield name, one


def names(criteria: Criteria) -> Iterator[str]:
    """Give the name of every criterion and group of a tree, in file order."""
    for name, one in criteria.items():
        yield name
        if isinstance(one, Group):
            yield from names(one.criteria)
