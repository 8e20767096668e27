"""People in need: people × need, cell by cell."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from siteplanner import index
from siteplanner.model import Scenario
from siteplanner.model.criterion import leaves


def demand_of(scenario: Scenario, table: gpd.GeoDataFrame, need: index.Weighed) -> pd.Series:
    """Give people × need; a criterion that names a group counts that group instead.

    Where a count that matters is not known, neither is the demand.
    """
    groups = {name: one.group for name, one in leaves(scenario.need) if one.group}
    if not groups:
        return need.value.mul(table["people"]).rename("demand")
    parts = need.contributions
    counts = pd.DataFrame({str(name): table[groups.get(str(name), "people")] for name in parts})
    demand = (parts * counts).where(parts != 0, 0.0).sum(axis="columns", skipna=False)
    return demand.where(need.value.notna()).rename("demand")
