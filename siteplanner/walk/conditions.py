"""What a scenario says about the ground that people walk on, with the layers it names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from siteplanner.model import Penalty, Walk
from siteplanner.sources.opening import OPEN, shut
from siteplanner.sources.where import select
from siteplanner.sources.window import Window, read_window
from siteplanner.study import Study


@dataclass(frozen=True, eq=False)
class Conditions:
    """Heights, penalties and barriers; without any, all streets are flat and alike.

    Parameters
    ----------
    heights
        Metres, in a CRS of their own; NaN is unknown.
    penalties
        By name, in the order of the scenario.
    zones
        For penalties about a layer: its geometries, in the CRS of the streets.
    barriers
        By name of the layer: its lines and polygons, in the CRS of the streets.
    closed
        By name of the layer: parks, passages and gates that are closed, in the same CRS.
    """

    heights: Window | None = None
    penalties: Mapping[str, Penalty] = field(default_factory=dict)
    zones: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    barriers: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    closed: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all of it."""
        digest = hashlib.sha256(repr(list(self.penalties.items())).encode())
        if self.heights is not None:
            digest.update(self.heights.values.tobytes())
            where = (self.heights.values.shape, self.heights.bounds, self.heights.crs.to_wkt())
            digest.update(repr(where).encode())
        for layers in (self.zones, self.barriers, self.closed):
            for name, rows in layers.items():
                digest.update(f"{name} {len(rows)}".encode())
                digest.update(b"".join(one or b"-" for one in shapely.to_wkb(rows)))
        return digest.hexdigest()

    def rows(self, name: str, table: gpd.GeoDataFrame) -> NDArray[np.bool_]:
        """Tell which streets of a table a penalty without a layer is about."""
        numbered = table.set_axis(np.arange(len(table)))
        chosen = select(numbered, self.penalties[name].where).index
        return np.isin(np.arange(len(table)), chosen.to_numpy())


def conditions_of(walk: Walk, study: Study) -> Conditions:
    """Gather the layers that a scenario's ``[walk]`` names.

    Parameters
    ----------
    walk
        The scenario's ``[walk]``; it has a network.
    study
        The layers, in one CRS; where it is looked at at a time, what is closed then is closed,
        and barriers with hours stand only while they are closed.

    Returns
    -------
    The conditions, in the study's CRS; heights stay in their own.
    """
    heights = None
    if walk.elevation is not None:
        streets = study.tables[str(walk.network)].geometry
        heights = read_window(study.rasters[walk.elevation], None, streets)
    zones = {
        name: select(study.tables[one.layer], one.where).geometry.to_numpy()
        for name, one in walk.penalties.items()
        if one.layer is not None
    }
    tables = {name: study.tables[name] for name in walk.barriers}
    barriers = {
        name: (shut(table) if OPEN in table else table).geometry.to_numpy()
        for name, table in tables.items()
    }
    closed = {name: shut(study.tables[name]).geometry.to_numpy() for name in walk.closing}
    there = {name: rows for name, rows in closed.items() if len(rows)}
    return Conditions(heights, walk.penalties, zones, barriers, there)
