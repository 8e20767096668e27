"""What might have been drawn otherwise: cells, limits, walkers, streets, the edge of the area."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from siteplanner import walk
from siteplanner.comparison.thinning import gaps_of
from siteplanner.model import Scenario
from siteplanner.plan import Plan
from siteplanner.sources import Source

SIZES = (0.75, 1.0, 1.5)
"""Cells of these times the size of the plan's."""
SHIFTS = ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5))
"""Shares of a cell by which the lattice is shifted east and north."""
PROFILES = ("adult", "older_person", "carer_with_child", "wheelchair")
BESIDE = 0.5
"""Sites up to this share of the longest walk outside the area are looked at, too."""


class Variant(NamedTuple):
    """A plan with one thing drawn otherwise.

    Parameters
    ----------
    choice
        What was chosen otherwise: ``cells``, ``limit``, ``who walks``, ``streets``, ``edge``.
    said
        How.
    scenario, sources
        What goes in.
    """

    choice: str
    said: str
    scenario: Scenario
    sources: Mapping[str, Source]


def variants_of(plan: Plan, across_m: float) -> Iterator[Variant]:
    """Give a plan with one thing after the other drawn otherwise.

    Parameters
    ----------
    plan
        The plan.
    across_m
        Width of a typical cell, for scenarios whose cells are a layer.
    """
    scenario, sources = plan.scenario, plan.sources
    for said, changed in _cells(scenario, across_m):
        yield Variant("cells", said, changed, sources)
    for choice, said, changed in _walking(scenario):
        yield Variant(choice, said, changed, sources)
    for said, thinned in gaps_of(plan):
        yield Variant("streets", said, scenario, thinned)
    yield from _wider(plan)


def _cells(scenario: Scenario, across_m: float) -> Iterator[tuple[str, Scenario]]:
    demand = scenario.demand
    own = demand.hexagons_m or demand.squares_m
    key = "squares_m" if demand.squares_m else "hexagons_m"
    width = own or across_m
    for size in SIZES:
        for shift in SHIFTS:
            if own and size == 1.0 and shift == (0.0, 0.0):
                continue
            side = float(f"{width * size:.3g}")
            offset = tuple(base + side * share
                           for base, share in zip(demand.offset_m, shift, strict=True))  # fmt: skip
            changes = {"cells": None, key: side, "offset_m": offset}
            said = f"{key.removesuffix('_m')} of {side:g} m"
            said += (
                f", shifted {offset[0]:g} m east and {offset[1]:g} m north" if any(shift) else ""
            )
            cells = demand.model_copy(update=changes)
            yield said, scenario.model_copy(update={"demand": cells})


def _walking(scenario: Scenario) -> Iterator[tuple[str, str, Scenario]]:
    walking = scenario.walk
    if walking is None:
        return
    if walking.limit_m is not None:
        fades = "none" if walking.decay != "none" else "linear"
        said = "a hard limit" if fades == "none" else "reach fades with the walk"
        changed = walking.model_copy(update={"decay": fades})
        yield "limit", said, scenario.model_copy(update={"walk": changed})
    for times in (0.9, 1.1):
        limits = {
            one: times * value
            for one in ("limit_m", "limit_min")
            if (value := getattr(walking, one)) is not None
        }
        longer = walking.model_copy(update=limits)
        said = f"limit {100 * abs(times - 1):.0f} % {'longer' if times > 1 else 'shorter'}"
        yield "limit", said, scenario.model_copy(update={"walk": longer})
    for profile in PROFILES:
        if profile != walking.profile:
            other = walking.model_copy(update={"profile": profile, "speed_m_s": None})
            said = profile.replace("_", " ")
            yield "who walks", said, scenario.model_copy(update={"walk": other})


def _wider(plan: Plan) -> Iterator[Variant]:
    """Draw the edge farther out, so that sites just outside are looked at, too."""
    scenario, name = plan.scenario, plan.scenario.area
    table = plan.sources[name].table
    by_m = round(BESIDE * walk.longest_m(scenario), -1)
    if table is None or by_m <= 0:
        return
    whole = plan.study.area.buffer(by_m)
    edge = table.iloc[[0]].to_crs(plan.study.crs)
    edge = edge.set_geometry([whole], crs=plan.study.crs)
    code = plan.study.crs.to_epsg()
    changed = scenario.model_copy(update={"crs": f"EPSG:{code}"}) if code else scenario
    sources = {**plan.sources, name: replace(plan.sources[name], table=edge)}
    said = f"the area {by_m:g} m wider, with the sites and people there"
    yield Variant("edge", said, changed, sources)
