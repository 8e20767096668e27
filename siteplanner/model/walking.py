"""How people walk: who, how far, on what, and what slows them down."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from siteplanner.model.base import Frozen, Names, Number, YesNo
from siteplanner.model.criterion import Where

Decay = Literal["none", "linear", "exponential", "gaussian", "plateau"]


class Penalty(Frozen):
    """Streets that people walk more slowly, or that take time to cross.

    Examples
    --------
    >>> Penalty(where={"lit": ["no"]}, factor=1.5).crossing_s
    0.0
    """

    where: Where = Field(default_factory=dict)
    """Only streets whose column has one of the listed values; with a layer, only its rows."""
    layer: str | None = None
    """Polygons, lines or points: streets count by the share of their length in or near them."""
    within_m: Number = Field(default=0.0, ge=0)
    """Streets this near to the layer count as well."""
    factor: Number = Field(default=1.0, ge=1)
    """The time on such a street, or on the part that counts, is multiplied by this."""
    crossing_s: Number = Field(default=0.0, ge=0)
    """Seconds that it takes to cross such a street."""
    after_dark: YesNo = False
    """True: it holds only where the plan is looked at after dark, ``dark = true``."""
    title: str = ""
    """Plain words for the map; by default the penalty's name."""
    reference: str = "the scenario's own"
    """Where the numbers come from."""

    @model_validator(mode="after")
    def _says_something(self) -> Penalty:
        if self.factor == 1 and not self.crossing_s:
            msg = "it costs nothing; give a factor above 1, or crossing_s"
            raise ValueError(msg)
        if not self.where and self.layer is None:
            msg = "it is about no street; give where or layer"
            raise ValueError(msg)
        return self


class Walk(Frozen):
    """How far people walk, and on what.

    Examples
    --------
    >>> Walk(network="streets", profile="adult", limit_m=500).decay
    'none'
    """

    network: str | None = None
    """A line layer or a network layer; without one, walks are as the crow flies."""
    profile: str = "adult"
    """Who walks: adult, older_person, carer_with_child, wheelchair."""
    speed_m_s: Number | None = Field(default=None, gt=0, le=3)
    """Another speed than the profile's."""
    limit_m: Number | None = Field(default=None, gt=0)
    """Longest walk in metres."""
    limit_min: Number | None = Field(default=None, gt=0)
    """Longest walk in minutes; where both are given, both must hold."""
    decay: Decay = "none"
    """How reach fades with the walk; ``none`` counts everybody within the limit fully."""
    plateau_m: Number | None = Field(default=None, ge=0)
    """For ``plateau``: reach is full up to here and fades to 0 at ``limit_m``."""
    elevation: str | None = None
    """A raster of heights in metres: walking uphill takes longer."""
    steepest_percent: Number | None = Field(default=None, gt=0)
    """Streets steeper than this are left out; by default what the profile can manage."""
    penalties: dict[str, Penalty] = Field(default_factory=dict)
    """Streets that take longer: main roads to cross, unlit or unsafe ways."""
    barriers: Names = ()
    """Line or polygon layers (railways, rivers) that nobody crosses but on a bridge."""
    closing: Names = ()
    """Layers with hours (parks, passages, gates) that nobody walks through while closed."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Every layer that a walk depends on, each once."""
        named = [self.network, self.elevation, *self.barriers, *self.closing]
        named += [one.layer for one in self.penalties.values()]
        return tuple(dict.fromkeys(name for name in named if name))

    def by_light(self, *, dark: bool) -> Walk:
        """Give the walk with the penalties that hold by day or after dark.

        Examples
        --------
        >>> unlit = Penalty(where={"lit": ["no"]}, factor=1.5, after_dark=True)
        >>> walk = Walk(network="streets", limit_m=500, penalties={"unlit": unlit})
        >>> len(walk.by_light(dark=True).penalties), len(walk.by_light(dark=False).penalties)
        (1, 0)
        """
        held = {name: one for name, one in self.penalties.items() if dark or not one.after_dark}
        if len(held) == len(self.penalties):
            return self
        return self.model_copy(update={"penalties": held})

    @model_validator(mode="after")
    def _limit(self) -> Walk:
        if self.limit_m is None and self.limit_min is None:
            msg = "found no limit; give limit_m, limit_min or both"
            raise ValueError(msg)
        if self.decay == "plateau":
            if self.plateau_m is None or self.limit_m is None:
                msg = "decay is plateau; give plateau_m and limit_m"
                raise ValueError(msg)
            if self.plateau_m >= self.limit_m:
                msg = "plateau_m is not below limit_m; give a smaller plateau_m"
                raise ValueError(msg)
        return self
