"""What the criteria of one scenario are measured in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from siteplanner.model import Scenario

if TYPE_CHECKING:
    from siteplanner.study import Study
    from siteplanner.walk import AnyWalker


@dataclass(frozen=True)
class Setting:
    """The layers, people, streets and existing places around whatever is measured.

    Parameters
    ----------
    scenario
        Whose limits, decay and columns count.
    study
        Its layers, in one projected CRS.
    walker
        Finds walks between points; None where nothing is measured on foot.
    cells
        Index ``cell``; ``people`` and one column per group (NaN unknown), geometry.
        Criteria may read every number column of it, as the layer ``cells``.
    demand
        People × need by cell (NaN unknown); None while need itself is measured.
    existing
        Places that already serve; None or empty where there are none.
    """

    scenario: Scenario
    study: Study
    walker: AnyWalker | None
    cells: gpd.GeoDataFrame
    demand: pd.Series | None = None
    existing: gpd.GeoDataFrame | None = None
