"""Corrections: what people on the spot know better than a layer."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from siteplanner.model.base import Frozen, Number, YesNo
from siteplanner.model.criterion import Where


def _in_words(found: object) -> object:
    """Read a date of TOML as text: ``when = 2026-05-12``."""
    return found.isoformat() if isinstance(found, date) else found


class Correction(Frozen):
    """Rows of a layer that somebody marked as gone, or as something else.

    Examples
    --------
    >>> closed = Correction(layer="workshop", of="streets", within_m=20, drop=True)
    >>> closed.set, closed.who
    ({}, '')
    """

    layer: str
    """The layer of marks: points, lines or polygons."""
    where: Where = Field(default_factory=dict)
    """Only these marks."""
    of: str
    """The layer that is corrected."""
    within_m: Number = Field(default=0.0, ge=0)
    """How near a mark has to be; 0 asks that it touches."""
    min_share: Number = Field(default=0.0, ge=0, le=1)
    """For marks that are polygons: at least this share of a row lies within them."""
    drop: YesNo = False
    """The rows are not there."""
    set: dict[str, str | YesNo | Number] = Field(default_factory=dict)
    """Or these columns of the rows have these values."""
    who: str = ""
    """Which group said so, and how many: no names."""
    when: Annotated[str, BeforeValidator(_in_words)] = ""
    """When it was said or seen."""
    reason: str = ""
    """Plain words; by default the correction's name."""

    @model_validator(mode="after")
    def _does_one_thing(self) -> Correction:
        if self.drop == bool(self.set):
            found = "found both drop and set" if self.drop else "it changes nothing"
            msg = f'{found}; give drop = true, or set = {{ column = "value" }}'
            raise ValueError(msg)
        if self.layer == self.of:
            msg = "the marks and the layer they correct are the same; name two layers"
            raise ValueError(msg)
        return self
