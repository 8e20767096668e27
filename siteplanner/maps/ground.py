"""What lies under the answer: the edge of the plan, and its streets as the page draws them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siteplanner.maps.answer import Answer

STREET_TOLERANCE_M = 2.0
STREET_VERTICES = 150_000
"""More street than this is left out of the map, shortest lines first."""
LINES = 200
"""Lines to a row of ``ground.gpkg``: near ones lie together, so that far ones are skipped."""


def thinned_streets(answer: Answer) -> tuple[gpd.GeoSeries, int]:
    """Simplify and, where there are too many, thin the streets; say how many went.

    Parameters
    ----------
    answer
        Any answer.

    Returns
    -------
    Single lines in the CRS of the answer, and how many were left out.
    """
    if answer.streets is None or answer.streets.empty:
        return gpd.GeoSeries([], crs=answer.crs), 0
    lines = answer.streets.geometry.to_numpy()
    if (shapely.get_type_id(lines) != shapely.GeometryType.LINESTRING).any():
        lines = shapely.get_parts(lines)
    lines = shapely.simplify(lines, STREET_TOLERANCE_M, preserve_topology=False)
    longest_first = np.argsort(-shapely.length(lines), kind="stable")
    total = np.cumsum(shapely.get_num_coordinates(lines[longest_first]))
    kept = longest_first[total <= STREET_VERTICES]
    return gpd.GeoSeries(lines[np.sort(kept)], crs=answer.crs), len(lines) - len(kept)


def ground_tables(answer: Answer) -> dict[str, gpd.GeoDataFrame]:
    """Give the layers of ``ground.gpkg``: ``area`` and, where people walk on streets, ``streets``.

    Parameters
    ----------
    answer
        Any answer; there are no numbers in these.
    """
    area = gpd.GeoDataFrame(
        index=pd.Index(["area"], name="id"), geometry=[answer.area], crs=answer.crs
    )
    streets, _ = thinned_streets(answer)
    if streets.empty:
        return {"area": area}
    near = streets.iloc[np.argsort(streets.hilbert_distance().to_numpy(), kind="stable")]
    rows = np.arange(len(near)) // LINES
    parts = shapely.multilinestrings(near.to_numpy(), indices=rows)
    index = pd.Index(range(1, len(parts) + 1), name="id")
    return {"area": area, "streets": gpd.GeoDataFrame(index=index, geometry=parts, crs=answer.crs)}
