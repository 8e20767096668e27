"""Rows that lie far from all others: geocoded to another city of the same street name."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

from siteplanner.sources.ledger import Ledger

_ENOUGH = 10
_TIMES = 10.0
_LEAST_M = 20_000.0
_MOST = 0.2
"""If more rows than this share are far off, they are no mistakes."""


def far_off(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Measure how far rows lie from the middle, where that is far for the others.

    Parameters
    ----------
    lon, lat
        Degrees, finite.

    Returns
    -------
    Metres from the median point for rows more than ten times as far from it as three
    quarters of all rows, and more than 20 km; 0 for the others.  All 0 for fewer than ten
    rows, or where more than a fifth would be far.

    Examples
    --------
    >>> far_off(np.array([0.0] * 9 + [0.1, 10.0]), np.zeros(11)).round(-3)[-2:].tolist()
    [0.0, 1113000.0]
    """
    if len(lon) < _ENOUGH:
        return np.zeros(len(lon))
    middle = np.full(len(lon), np.median(lon)), np.full(len(lat), np.median(lat))
    away = np.asarray(Geod(ellps="WGS84").inv(lon, lat, *middle)[2], dtype=float)
    far = away > max(_TIMES * float(np.quantile(away, 0.75)), _LEAST_M)
    if far.mean() > _MOST:
        return np.zeros(len(lon))
    return np.where(far, away, 0.0)


def flag_far_off(ledger: Ledger, table: gpd.GeoDataFrame) -> None:
    """Flag the rows of a layer that lie far from all others; they stay.

    Parameters
    ----------
    ledger
        Of the layer.
    table
        Its rows; they are looked at by the middle of their bounds.
    """
    if len(table) < _ENOUGH:
        return
    box = shapely.bounds(table.geometry.to_numpy())
    middle = gpd.GeoSeries(
        gpd.points_from_xy(box[:, [0, 2]].mean(axis=1), box[:, [1, 3]].mean(axis=1)), crs=table.crs
    ).to_crs("EPSG:4326")
    lon, lat = middle.x.to_numpy(), middle.y.to_numpy()
    usable = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    away = np.zeros(len(table))
    away[usable] = far_off(lon[usable], lat[usable])
    far = np.flatnonzero(away)
    if not len(far):
        return
    order = far[np.argsort(-away[far], kind="stable")]
    called = table["label"] if "label" in table.columns else table.index.to_series()
    called = called.where(called != "", table.index.to_series())
    shown = [f"{called.iloc[row]} ({away[row] / 1000:,.0f} km)" for row in order]
    how_far = dict.fromkeys(f"{one / 1000:,.0f}" for one in (away[far].min(), away[far].max()))
    reason = (
        f"they lie {' to '.join(how_far)} km from the middle of the layer, far from all others: "
        "are their coordinates right?"
    )
    ledger.notice("flagged", len(far), len(table), reason, shown)
