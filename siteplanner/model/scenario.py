"""A scenario: every opinion of a plan, in one file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from siteplanner.model.base import Code, Frozen, Names, Number, Texts, as_list, each_once
from siteplanner.model.choice import Choice
from siteplanner.model.correction import Correction
from siteplanner.model.criterion import CELLS, Criteria, Criterion, Where, leaves, names
from siteplanner.model.moment import At, Moments
from siteplanner.model.register import FromRegister
from siteplanner.model.robustness import Robustness
from siteplanner.model.walking import Walk

Aggregation = Literal["arithmetic", "geometric"]
Minutes = Annotated[
    tuple[Annotated[Number, Field(gt=0)], ...], BeforeValidator(as_list), AfterValidator(each_once)
]
WIDEST_M = 100_000
"""Of a cell, or between two points of a grid."""


class Demand(Frozen):
    """Whom the plan is for, and the cells they are counted on.

    Examples
    --------
    >>> Demand(hexagons_m=200, people="census.residents").people
    'census.residents'
    """

    cells: str | None = None
    """A polygon or point layer (city blocks, census blocks) to count people on."""
    hexagons_m: Number | None = Field(default=None, gt=0, le=WIDEST_M)
    """Or hexagons of this width between flat sides."""
    squares_m: Number | None = Field(default=None, gt=0, le=WIDEST_M)
    """Or squares of this side."""
    offset_m: tuple[Number, Number] = (0.0, 0.0)
    """Metres east and north by which hexagons or squares are shifted."""
    people: str
    """``layer.column``: a count."""
    groups: Names = ()
    """Further counts, ``layer.column``: children, carers, older people.  A rate is taken of
    the people of each cell."""
    spread_over: str | None = None
    """Polygons (buildings, built-up land) that the people of a unit live on."""
    spread_by: str | None = None
    """Column of that layer: how densely each polygon is lived on, by floors or by use."""
    densities: dict[str, Number] = Field(default_factory=dict)
    """Where that column is a category: how densely each use is lived on, by comparison."""

    @model_validator(mode="after")
    def _one_kind_of_cell(self) -> Demand:
        given = [k for k in ("cells", "hexagons_m", "squares_m") if getattr(self, k) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none of them"
            msg = f"found {found}; give exactly one of cells, hexagons_m, squares_m"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _spread(self) -> Demand:
        if self.spread_by and not self.spread_over:
            msg = "spread_by names a column, but of no layer; add spread_over"
            raise ValueError(msg)
        if self.densities and not self.spread_by:
            msg = "found densities, but no column with the uses; add spread_by"
            raise ValueError(msg)
        if any(one < 0 for one in self.densities.values()):
            msg = "a density is below 0; write 0 where nobody lives"
            raise ValueError(msg)
        if self.densities and not any(self.densities.values()):
            msg = "all densities are 0; write how densely each use is lived on"
            raise ValueError(msg)
        return self


class Exclusion(Frozen):
    """Ground that is out, and why.

    Examples
    --------
    >>> Exclusion(layer="flood_zone").reason
    ''
    """

    layer: str | None = None
    """A polygon, line or point layer that a site must not touch, or a raster."""
    where: Where = Field(default_factory=dict)
    """Only these rows of the layer; without a layer, these rows of the sites themselves."""
    within_m: Number = Field(default=0.0, ge=0)
    """Sites this near to the layer are out as well."""
    min_share: Number = Field(default=0.0, ge=0, le=1)
    """A site is out only when at least this share of its area is covered."""
    column: str | None = None
    """For a raster (and, without a layer, for the sites): the column with the number."""
    above: Number | None = None
    """Out where the number is above this."""
    below: Number | None = None
    """Out where the number is below this."""
    slope_above_percent: Number | None = Field(default=None, ge=0)
    """For an elevation raster: out where the ground is steeper."""
    reason: str = ""
    """Plain words; by default the exclusion's name."""


class Sites(Frozen):
    """What can become a site.

    Examples
    --------
    >>> Sites(layer="public_buildings", min_area_m2=600).min_width_m is None
    True
    """

    layer: Names = ()
    """Buildings, parcels or points; one layer or several."""
    grid_m: Number | None = Field(default=None, gt=0, le=WIDEST_M)
    """Or a square grid of points this far apart."""
    where: Where = Field(default_factory=dict)
    """Only rows of the layer whose column has one of the listed values."""
    min_area_m2: Number | None = Field(default=None, ge=0)
    """Smallest area."""
    max_area_m2: Number | None = Field(default=None, gt=0)
    """Largest area."""
    min_width_m: Number | None = Field(default=None, gt=0)
    """Smallest width: the diameter of the largest circle that fits inside."""
    exclude: dict[str, Exclusion] = Field(default_factory=dict)
    """Ground that is out."""
    warn: dict[str, Exclusion] = Field(default_factory=dict)
    """Ground that stays in, and says what to look into there."""

    @model_validator(mode="after")
    def _one_source(self) -> Sites:
        if bool(self.layer) == (self.grid_m is not None):
            msg = "give exactly one of layer, grid_m"
            raise ValueError(msg)
        return self


class Index(Frozen):
    """How scores become one number.

    Examples
    --------
    >>> Index().need
    'arithmetic'
    """

    need: Aggregation = "arithmetic"
    """Of the need criteria."""
    site: Aggregation = "arithmetic"
    """Of the site criteria."""


class Profile(Frozen):
    """How one group of people would weigh the criteria; the scenario's own weights stand.

    Examples
    --------
    >>> Profile(title="Carers", need={"carers": 3}).need
    {'carers': 3.0}
    """

    title: str = ""
    """Whose view it is, in plain words."""
    need: dict[str, Number] = Field(default_factory=dict)
    """Weights of need criteria or groups that differ from the scenario's."""
    site: dict[str, Number] = Field(default_factory=dict)
    """The same for site criteria."""
    reference: str = "no published weights"
    """Where these weights come from."""


class Outcomes(Frozen):
    """Which answers are counted beside the main one.

    Examples
    --------
    >>> Outcomes().minutes
    (10.0, 15.0, 20.0)
    """

    minutes: Minutes = (10.0, 15.0, 20.0)
    """Walking limits shown side by side, in minutes."""
    by: Names = ()
    """Polygon layers (districts, planning units) to report people by."""
    at: Moments = ()
    """Times of the week at which people within reach of an open place are counted."""


class Scenario(Frozen):
    """Every opinion of a plan.

    Examples
    --------
    >>> scenario = Scenario(
    ...     name="parks", title="Parks", area="city",
    ...     demand=Demand(hexagons_m=200, people="census.residents"),
    ...     need={"poverty": Criterion(layer="u", column="c", zero_at=0, full_at=1)},
    ...     walk=Walk(network="streets", limit_m=500),
    ...     sites=Sites(layer="lots"),
    ...     site={"reach": Criterion(measure="need_reached", zero_at=0, full_at=3000)},
    ...     choice=Choice(count=3))
    >>> scenario.layer_names()
    ('census', 'city', 'lots', 'streets', 'u')
    """  # fmt: skip

    name: str
    """The scenario's name: the name of its file without ``.toml``."""
    extends: str | None = None
    """Another scenario of this project that this one only changes."""
    title: str
    """What a reader of the map sees."""
    programme: Literal["care_block", "micro_park", "community_hub", "other"] = "other"
    """Which kind of place the plan is for."""
    area: str
    """The polygon layer that bounds the plan."""
    crs: Code = "auto"
    """Projected, metric CRS to work in; ``auto`` picks the UTM zone of the area."""
    audience: Literal["internal", "public"] = "internal"
    """``public`` withholds small counts and raw cells."""
    language: str = "en"
    """The language the page opens in: the name of a file of messages."""
    notes: Texts = ()
    """What a reader must know; printed on the map."""
    at: At | None = None
    """The time of the week that the plan is looked at: what is closed then does not count."""
    corrections: dict[str, Correction] = Field(default_factory=dict)
    """What people on the spot know better than a layer."""
    demand: Demand
    """Whom the plan is for."""
    need: Criteria
    """What need means."""
    walk: Walk | None = None
    """How far people walk; a plan without it is a map of need."""
    sites: Sites | None = None
    """What can become a site; a plan without it counts whom the existing places reach."""
    site: Criteria = Field(default_factory=dict)
    """What makes a good site."""
    profiles: dict[str, Profile] = Field(default_factory=dict)
    """Other views of the weights, to be tried out on the map; they change no answer."""
    index: Index = Index()
    """How scores become one number."""
    choice: Choice = Choice()
    """Which places exist, how many are added, and how the set is picked."""
    site_register: FromRegister | None = Field(default=None, alias="register")
    """What the officers' register of sites means for the choice."""
    outcomes: Outcomes = Outcomes()
    """Which further answers are counted."""
    robustness: Robustness = Robustness()
    """How the answer is put to the test."""

    @model_validator(mode="after")
    def _whole(self) -> Scenario:
        if self.sites is None:
            if self.site or self.choice.count:
                msg = "found [site] or [choice] count, but no [sites]; say what can become a site"
                raise ValueError(msg)
            return self
        tables = {"[walk]": self.walk, "[site.…]": self.site, "[choice] count": self.choice.count}
        if self.choice.model == "set_cover":
            del tables["[choice] count"]
        missing = [name for name, found in tables.items() if not found]
        if missing:
            msg = f"found [sites], but no {', '.join(missing)}; add it"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _something_costs(self) -> Scenario:
        choice, register = self.choice, self.site_register
        priced = choice.cost is not None or choice.sizes or (register and register.priced)
        if choice.budget is not None and not priced:
            msg = (
                "found choice.budget, but nothing costs; give cost or sizes under [choice], "
                "or cost under [register]"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _known_views(self) -> Scenario:
        known = {"need": set(names(self.need)), "site": set(names(self.site))}
        for profile, one in self.profiles.items():
            for level, given in (("need", one.need), ("site", one.site)):
                unknown = sorted(set(given) - known[level])
                if unknown:
                    there = ", ".join(sorted(known[level])) or "none"
                    msg = (
                        f"profiles.{profile}.{level} names {', '.join(unknown)}; the criteria and "
                        f"groups of [{level}] are {there}"
                    )
                    raise ValueError(msg)
                if any(weight < 0 for weight in given.values()):
                    msg = f"profiles.{profile}.{level} has a weight below 0; give 0 or more"
                    raise ValueError(msg)
        return self

    def criteria(self) -> Iterator[tuple[str, str, Criterion]]:
        """Give (level, name, criterion) for every need and site criterion."""
        for level, tree in (("need", self.need), ("site", self.site)):
            for name, criterion in leaves(tree):
                yield level, name, criterion

    def layer_names(self) -> tuple[str, ...]:
        """Name every layer the scenario looks at, sorted."""
        counts = [self.demand.people, *self.demand.groups]
        names = {self.area, *self.outcomes.by, *(count.partition(".")[0] for count in counts)}
        names |= {name for _, _, one in self.criteria() if one.has_data for name in one.layer}
        optional = [self.demand.cells, self.demand.spread_over, *self.choice.layer_names()]
        if self.walk:
            optional += self.walk.layers
        if self.sites:
            rules = (*self.sites.exclude.values(), *self.sites.warn.values())
            optional += [*self.sites.layer, *(one.layer for one in rules)]
        optional += [one.layer for one in self.corrections.values()]
        optional += [self.site_register.layer] if self.site_register else []
        names |= {name for name in optional if name}
        return tuple(sorted(names - {CELLS}))
