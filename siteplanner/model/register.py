"""What a scenario makes of the site register: who is out, who is in, what a site costs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from siteplanner.model.base import Frozen, Names, Number, YesNo

STATUSES = ("desk", "visited", "legally checked", "shortlisted", "rejected")
GATES = ("concept", "feasibility", "financing", "building", "open")
COSTS = ("capital_cost", "running_cost_per_year")


class FromRegister(Frozen):
    """What the officers' findings mean for the choice.

    Examples
    --------
    >>> FromRegister(bar=["rejected"], cost=True).priced
    'capital_cost'
    """

    layer: str = "register"
    """The layer of the register."""
    bar: Names = ()
    """Statuses whose sites are out."""
    fix: Names = ()
    """Statuses or phase gates whose sites are in, whatever the numbers say."""
    cost: YesNo | Literal["capital_cost", "running_cost_per_year"] = False
    """What a site costs: true for the capital cost, or the name of the column."""
    cost_unknown: Number | None = Field(default=None, ge=0)
    """What a site is taken to cost whose cost nobody has written down; else it is out."""
    capacity: YesNo = False
    """How many people a site can serve is taken from the register."""
    capacity_unknown: Number | None = Field(default=None, ge=0)
    """The capacity of a site whose capacity nobody has written down; else it is out."""

    @property
    def priced(self) -> str:
        """Name the column that costs are taken from; empty where none is."""
        return COSTS[0] if self.cost is True else self.cost or ""

    @model_validator(mode="after")
    def _known_words(self) -> FromRegister:
        for key, known in (("bar", STATUSES), ("fix", (*STATUSES, *GATES))):
            for one in getattr(self, key):
                if one not in known:
                    msg = f"{key} names '{one:.40}'; write {', '.join(known)}"
                    raise ValueError(msg)
        both = sorted(set(self.bar) & set(self.fix))
        if both:
            msg = f"'{both[0]}' is in bar and in fix; decide for one"
            raise ValueError(msg)
        for key in ("cost", "capacity"):
            if getattr(self, f"{key}_unknown") is not None and not getattr(self, key):
                msg = f"found {key}_unknown, but {key} is not taken from the register; add {key}"
                raise ValueError(msg)
        return self
