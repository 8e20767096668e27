"""Columns that are measured on the polygons themselves: ground area and floor area."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from siteplanner.model import Column
from siteplanner.model.layer import AREA, FLOOR_AREA
from siteplanner.sources.ledger import Ledger
from siteplanner.sources.numerals import to_numbers

EQUAL_AREA = "EPSG:6933"
MOST_FLOORS = 200
"""The tallest building of 2026 has 163."""


def with_measured(
    ledger: Ledger, raw: pd.DataFrame, geometry: gpd.GeoSeries, crs: CRS
) -> pd.DataFrame:
    """Add the ground area of each polygon, and its floor area, where a column asks for them.

    Parameters
    ----------
    ledger
        Of the layer; buildings whose floors are assumed or not known are counted there.
    raw
        The columns of the file.
    geometry
        Polygons on the same index.
    crs
        Where they lie.

    Returns
    -------
    The columns of the file; and, where a column is read from ``@area_m2`` or
    ``@floor_area_m2``, that column: square metres on the ground (equal-area projection), and
    these times the floors.  A floor area is NaN where the floors are not known and the layer
    does not say how many to take.
    """
    asked = {column.source: column for column in ledger.layer.columns.values()}
    if AREA not in asked and FLOOR_AREA not in asked:
        return raw
    plain = gpd.GeoSeries(geometry.to_numpy(), index=geometry.index, crs=crs)
    area = plain.to_crs(EQUAL_AREA).area
    raw = raw.assign(**{AREA: area})
    if FLOOR_AREA in asked:
        raw = raw.assign(**{FLOOR_AREA: area * _floors(ledger, asked[FLOOR_AREA], raw)})
    return raw


def _floors(ledger: Ledger, column: Column, raw: pd.DataFrame) -> pd.Series:
    """Read how many floors each building has; what cannot be meant is unknown."""
    name = str(column.floors)
    read = to_numbers(raw[name])
    floors = read.number
    wrong = (floors <= 0) | (floors > MOST_FLOORS)
    shown = (f"{one:g}" for one in floors[wrong])
    reason = f"'{name}' is no number of floors there (0, negative, or over {MOST_FLOORS})"
    ledger.notice("flagged", int(wrong.sum()), len(floors), reason, shown)
    reason = f"'{name}' is not a number there and counts as unknown"
    ledger.notice("flagged", len(read.unreadable), len(floors), reason, read.unreadable.unique())
    floors = floors.mask(wrong)
    unknown = floors.isna()
    if not unknown.any():
        return floors
    share = f"{np.mean(unknown):.0%}".replace("%", " %")
    if column.floors_unknown is None:
        reason = f"'{name}' is not known there ({share}), so their floor area is not"
    else:
        reason = f"'{name}' is not known there ({share}): {column.floors_unknown:g} assumed"
        floors = floors.fillna(column.floors_unknown)
    ledger.notice("flagged", int(unknown.sum()), len(floors), reason)
    return floors
