"""The choice of a scenario: how many sites, by which rule, and what binds them."""

from __future__ import annotations

import itertools
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from siteplanner.model.base import Frozen, Names, Number, Whole, as_list
from siteplanner.model.criterion import Where

ChoiceModel = Literal[
    "max_cover",
    "set_cover",
    "fairest",
    "p_median",
    "kolm_pollak",
    "p_center",
    "p_dispersion",
    "top",
    "spaced",
]


class Companions(Frozen):
    """What an anchor must have around it: services of other families, open at the same time.

    Examples
    --------
    >>> Companions(layer="services", column="family", at_least=2, limit_min=15).together_h
    0.0
    """

    layer: Names
    """Layers of services; without ``column`` each layer is a family."""
    column: str | None = None
    """Of one layer: the column that names the family."""
    where: Where = Field(default_factory=dict)
    """Only these rows of the layers."""
    at_least: Whole = Field(default=1, ge=1)
    """So many different families."""
    required: Names = ()
    """Families that must be among them."""
    limit_m: Number | None = Field(default=None, gt=0)
    """Longest walk from the anchor, in metres; by default the limits of ``[walk]``."""
    limit_min: Number | None = Field(default=None, gt=0)
    """The same in minutes."""
    together_h: Number = Field(default=0.0, ge=0, le=168)
    """Hours a week in which they are all open at once; 0 leaves hours out of account."""
    hours_unknown: Literal["closed", "open"] = "closed"
    """What a service whose hours nobody can read counts as."""


class Size(Frozen):
    """One way to build, keep or enlarge a place.

    Examples
    --------
    >>> Size(cost=120, capacity=3000).cost
    120.0
    """

    cost: Number = Field(default=0.0, ge=0)
    """What it costs, in the unit of ``budget``."""
    capacity: Number | None = Field(default=None, ge=0)
    """How many people it can serve."""


class Choice(Frozen):
    """How many sites, and by which rule they are picked.

    Examples
    --------
    >>> Choice(count=10).count
    (10,)
    """

    model: ChoiceModel = "max_cover"
    """max_cover reaches most people in need; set_cover needs fewest sites for a share of them;
    fairest serves the tenth of people that is reached least; p_median walks least; kolm_pollak
    keeps walks short and alike; p_center has the shortest longest walk; p_dispersion keeps sites as
    far apart as can be; top takes the best index; spaced takes it and keeps sites apart."""
    existing: str | None = None
    """Layer of the places that already serve."""
    existing_where: Where = Field(default_factory=dict)
    """Only these rows of it."""
    count: Annotated[tuple[Whole, ...], BeforeValidator(as_list)] = ()
    """New sites; several numbers are phases, each counting from the start."""
    share: Number | None = Field(default=None, gt=0, le=1)
    """For set_cover: the share of the people in need to reach; 1 where it is left out."""
    unserved_min: Number | None = Field(default=None, gt=0)
    """For p_median and kolm_pollak: the minutes that count for whoever has no place within the
    limit."""
    aversion: Number = Field(default=0.0, ge=0, le=10)
    """For kolm_pollak: how much unequal walks weigh; 1 where it is left out."""
    min_index: Number = Field(default=0.0, ge=0, le=1)
    """Sites below this index are not chosen."""
    spacing_m: Number | None = Field(default=None, gt=0)
    """The smallest walk between two chosen sites."""
    districts: str | None = None
    """A polygon layer whose every area gets at least ``per_district`` of the sites."""
    per_district: Whole | None = Field(default=None, ge=1)
    """Fewest sites in each of the ``districts`` that has a site to choose."""
    cost: str | Number | None = None
    """What a site costs: a column of the sites' layer, or one number for all."""
    budget: Number | None = Field(default=None, ge=0)
    """Most that the new sites may cost together."""
    capacity: str | Number | None = None
    """How many people a site can serve: a column of the sites' layer, or one number."""
    backup: Whole = Field(default=0, ge=0)
    """For max_cover and set_cover: further places that must reach people before they count."""
    sizes: dict[str, Size] = Field(default_factory=dict)
    """Ways to build a site, of which one is chosen: small, large."""
    existing_sizes: dict[str, Size] = Field(default_factory=dict)
    """Ways to go on with an existing place: keep, enlarge.  One is chosen, or it is closed."""
    companions: Companions | None = None
    """What a site must have around it to be an anchor."""
    hours: str | None = None
    """When what will be built is open: ``Mo-Fr 08:00-17:00; Sa 09:00-13:00``."""
    gap: Number = Field(default=0.0, ge=0, lt=1)
    """Good enough: stop where no set can be better by more than this share."""
    fixed: Names = ()
    """Sites that are in, whatever the numbers say."""
    barred: Names = ()
    """Sites that are out, whatever the numbers say."""

    @field_validator("count")
    @classmethod
    def _rising(cls, count: tuple[int, ...]) -> tuple[int, ...]:
        rising = all(a < b for a, b in itertools.pairwise(count))
        if (count and count[0] < 1) or not rising:
            msg = f"found {list(count)}; give whole numbers from 1 up that rise: [5, 10]"
            raise ValueError(msg)
        return count

    @model_validator(mode="after")
    def _spacing(self) -> Choice:
        if self.model == "spaced" and self.spacing_m is None:
            msg = "model is spaced; give spacing_m"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _pairs(self) -> Choice:
        if (self.districts is None) != (self.per_district is None):
            msg = "districts and per_district belong together; give both or neither"
            raise ValueError(msg)
        if self.sizes and (self.cost is not None or self.capacity is not None):
            msg = "found sizes beside cost or capacity; the sizes say what each costs and serves"
            raise ValueError(msg)
        return self

    def layer_names(self) -> tuple[str, ...]:
        """Name every layer that the choice looks at."""
        own = (self.existing, self.districts)
        beside = self.companions.layer if self.companions else ()
        return (*(name for name in own if name is not None), *beside)
