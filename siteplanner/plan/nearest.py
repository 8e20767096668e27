"""The walk of each cell to the nearest place, with and without what a plan proposes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from siteplanner.plan import reaching

if TYPE_CHECKING:
    from siteplanner.plan.plan import Plan


def walks_of(plan: Plan) -> pd.DataFrame | None:
    """Give the walk to the nearest place before and after.

    Parameters
    ----------
    plan
        Any plan.

    Returns
    -------
    Index ``cell``: ``before_m``, ``before_min``, ``after_m``, ``after_min``; NaN where no walk
    leads to any place.  None where the plan knows no walks.
    """
    if plan.walk is None:
        return None
    after = plan.existing
    if plan.sites is not None and plan.choice is not None:
        going_on = reaching.going_on(plan.existing, plan.choice)
        new = plan.sites.table.loc[plan.choice.table.index]
        joined = pd.concat([going_on, new], ignore_index=True)
        after = gpd.GeoDataFrame(joined, geometry="geometry", crs=plan.study.crs)
    places = {"before": plan.existing, "after": after}
    return reaching.nearest_walks(plan.walk, plan.cells, places)
