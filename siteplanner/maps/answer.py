"""The tables that maps draw from.

Maps know nothing of how a plan is made: whoever has these tables can draw them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd
from pyproj import CRS
from scipy import sparse
from shapely.geometry.base import BaseGeometry

from siteplanner.model import Layer, Scenario


@dataclass(frozen=True, eq=False)
class Walks:
    """Who can walk where, and what else the choice of a set looked at.

    Parameters
    ----------
    share
        Cells × sites: how fully a site reaches a cell, 0..1; every pair within the limit
        is stored.
    minutes
        The same pairs: minutes on foot.
    near
        Site × site, stored where two are too near each other to be in one set; None where
        that does not matter.
    lacking
        By site: why it cannot be in a set at all.
    phases
        Index ``phase``: ``sites`` in all, ``objective``, ``bound``, ``gap`` of the set.
    comes_to
        What the objective counts.
    """

    share: sparse.csr_array
    minutes: sparse.csr_array
    near: sparse.csr_array | None = None
    lacking: Mapping[str, str] = field(default_factory=dict)
    phases: pd.DataFrame = field(default_factory=pd.DataFrame)
    comes_to: str = ""


@dataclass(frozen=True, eq=False)
class Answer:
    """Everything a map of one scenario shows, as plain tables on shared indexes.

    All geometry is in `crs`, which is projected and metric.  NaN means unknown
    throughout, never none.

    Parameters
    ----------
    scenario
        The scenario that was answered.
    layers
        The layers it looked at, by name.
    crs
        Coordinate reference system of all geometry here.
    area
        The outline of the plan.
    cells
        Index ``cell``: geometry (polygon or point), ``people``, one column per group
        under the name the scenario gives it, ``in_area`` (bool), ``need`` (0..1),
        ``demand`` (people × need), ``served_before`` and ``served_after`` (0..1, the share
        of the people there who are within reach without and with the chosen sites).
    need_values, need_scores
        Index ``cell``, a column per need criterion: value in its own unit; score 0..1.
    sites
        Index ``site``: geometry, ``label``, ``area_m2``, ``rank`` (nullable), ``index``
        (0..1), ``alike`` (others that score the same in every criterion), ``phase``
        (nullable, 1 and up for chosen sites), ``order`` (nullable, in which they were
        chosen), ``people_reached``, ``need_reached``, ``new_demand`` (what it
        newly reached when it was chosen), ``why_not`` (a sentence; empty for
        chosen sites); where the scenario warns of sites, ``warnings`` (reasons, or empty).
    site_values, site_scores, contributions
        Index ``site``, a column per site criterion.  Contributions add up to the index;
        with geometric aggregation they multiply to it.
    confidence
        Index ``site``: share of the weight that rests on known values, 0..1.
    existing
        Places that already serve: ``label`` and geometry.  May be empty.
    excluded
        Places that were ruled out: geometry and ``reason``.  May be empty.
    criteria
        Index ``name``; ``level`` ("need" or "site"), ``title``, ``weight``, ``share`` (of the
        weight that has data, 0..1; NaN without data), ``unit``, ``zero_at``, ``full_at``,
        ``reference``, ``status``, ``layer``.
    outcomes
        Tables of people by group, decile, minutes or district: ``by_group`` and so on.
    notices
        What was dropped, mended or flagged on the way, a sentence each.
    limits
        What this plan does not know, a sentence each.
    streets
        Lines for a light basemap, or None.
    choice_note
        How the set was found and what is proven about it.
    version
        Version of siteplanner.
    walks
        Who can walk from where to which site; None without sites.
    """

    scenario: Scenario
    layers: Mapping[str, Layer]
    crs: CRS
    area: BaseGeometry
    cells: gpd.GeoDataFrame
    need_values: pd.DataFrame
    need_scores: pd.DataFrame
    sites: gpd.GeoDataFrame
    site_values: pd.DataFrame
    site_scores: pd.DataFrame
    contributions: pd.DataFrame
    confidence: pd.Series
    existing: gpd.GeoDataFrame
    excluded: gpd.GeoDataFrame
    criteria: pd.DataFrame
    outcomes: Mapping[str, pd.DataFrame]
    notices: tuple[str, ...]
    limits: tuple[str, ...]
    streets: gpd.GeoDataFrame | None
    choice_note: str
    version: str
    walks: Walks | None = None

    @property
    def count_columns(self) -> list[str]:
        """Name the columns of `cells` that count people: all, and each group."""
        return ["people", *(one for one in self.scenario.demand.groups if one in self.cells)]

    def criteria_of(self, level: str) -> pd.DataFrame:
        """Give the criteria of one level, ``need`` or ``site``, in file order."""
        return self.criteria[self.criteria["level"] == level]
