"""What lies where: the rows of a layer that places and cells stand on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import sparse

from siteplanner.cells import area_shares
from siteplanner.measures.setting import Setting
from siteplanner.model import Walk
from siteplanner.model.criterion import CELLS, Where
from siteplanner.model.layer import ColumnKind
from siteplanner.sources.where import select
from siteplanner.walk import Doors, doors_of, one_inside

if TYPE_CHECKING:
    from siteplanner.walk import AnyWalker

Array = NDArray[np.float64]
ON_FOOT = "a measure on foot needs the scenario's [walk] and a walker"

SAME_PLACE_M = 1e-3
"""A point this near to a row of its own id stands for that row."""


@dataclass(frozen=True)
class Spots:
    """Places or cells to measure, and the point each one stands for.

    Parameters
    ----------
    table
        Points or polygons.
    points
        A point inside each.
    area_m2
        0 for points.
    doors
        Where walks begin and end: inside a cell, at the best door of any other place.
    """

    table: gpd.GeoDataFrame
    points: gpd.GeoSeries
    area_m2: Array
    doors: Doors


@dataclass(frozen=True)
class Overlap:
    """How much of a layer's rows lies on each spot.

    Parameters
    ----------
    weights
        Spots × rows: m² in common; 1 for points and lines that the spot touches.
    shares
        Spots × rows: the same as a share of the row, so that it moves counts.
    """

    weights: sparse.csr_array
    shares: sparse.csr_array


class Ground:
    """The places, the cells and the layers of one round of measuring.

    Parameters
    ----------
    setting
        Layers, people, streets.
    places
        What is measured: cells, sites, existing places.
    """

    def __init__(self, setting: Setting, places: gpd.GeoDataFrame) -> None:
        self.setting = setting
        self.cells = _spots(setting.cells, one_inside(setting.cells))
        self.places = self.cells
        if places is not setting.cells:
            self.places = _spots(places, self._doors_of(places))
        self._overlaps: dict[tuple[int, str, str], Overlap] = {}
        self._doors: dict[tuple[str, str], Doors] = {}

    @property
    def walk(self) -> Walk:
        """How far people walk."""
        if self.setting.scenario.walk is None:
            raise ValueError(ON_FOOT)
        return self.setting.scenario.walk

    @property
    def walker(self) -> AnyWalker:
        """Who finds the walks."""
        if self.setting.walker is None:
            raise ValueError(ON_FOOT)
        return self.setting.walker

    def rows(self, layer: str, where: Where) -> gpd.GeoDataFrame:
        """Give the rows of a layer (or the cells) that a criterion asks for."""
        table = self.setting.cells if layer == CELLS else self.setting.study.tables[layer]
        return select(table, where) if where else table

    def doors(self, layer: str, where: Where) -> Doors:
        """Find where the rows that a criterion asks for are reached; remembered for the next."""
        if layer == CELLS and not where:
            return self.cells.doors
        key = (layer, repr(sorted(where.items())))
        if key not in self._doors:
            self._doors[key] = self._doors_of(self.rows(layer, where))
        return self._doors[key]

    def _doors_of(self, places: gpd.GeoDataFrame) -> Doors:
        walker = self.setting.walker
        return doors_of(places, None if walker is None else walker.streets)

    def kind(self, layer: str, column: str) -> ColumnKind:
        """Give the kind of number of a column; whatever is counted on cells is a count."""
        if layer == CELLS:
            return "count"
        return self.setting.study.layers[layer].columns[column].kind

    def private(self, layer: str) -> bool:
        """Tell whether a layer's rows are counts on areas, since its places are private."""
        known = self.setting.study.layers.get(layer)
        return known is not None and known.private is not None

    def people(self, group: str | None) -> Array:
        """Count the people of every cell, or those of a group; NaN unknown."""
        return numbers(self.setting.cells, group or "people")

    def overlap(self, spots: Spots, layer: str, where: Where) -> Overlap:
        """Measure how much of each row lies on each spot; remembered for the next criterion."""
        key = (id(spots), layer, repr(sorted(where.items())))
        if key not in self._overlaps:
            self._overlaps[key] = _overlap(spots, self.rows(layer, where))
        return self._overlaps[key]


def numbers(table: gpd.GeoDataFrame, column: str) -> Array:
    """Give a column as numbers; NaN is unknown."""
    return cast("Array", table[column].to_numpy(dtype=np.float64, na_value=np.nan))


def areal(table: gpd.GeoDataFrame) -> bool:
    """Tell whether the rows are polygons.

    Examples
    --------
    >>> areal(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)]))
    True
    >>> areal(gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)]))
    False
    """
    return bool((shapely.get_dimensions(table.geometry.to_numpy()) == 2).any())


def row_at(rows: gpd.GeoDataFrame, spots: Spots) -> NDArray[np.intp]:
    """Find the row that each spot's point lies on.

    A spot that is itself a row of the layer (same id, same ground) is on that row.  Where
    rows overlap, the first in the layer's order counts.

    Parameters
    ----------
    rows
        Points, lines or polygons.
    spots
        Places or cells.

    Returns
    -------
    By spot, the position of its row; -1 where there is none.
    """
    result = _own_row(rows, spots)
    others = np.flatnonzero(result < 0)
    points = spots.points.to_numpy()[others]
    tree = shapely.STRtree(rows.geometry.to_numpy())
    if areal(rows):
        found, row = tree.query(points, predicate="intersects")
    else:
        found, row = tree.query(points, predicate="dwithin", distance=SAME_PLACE_M)
    order = np.lexsort((row, found))[::-1]
    result[others[found[order]]] = row[order]  # written last: the first row
    return result


def _spots(table: gpd.GeoDataFrame, doors: Doors) -> Spots:
    area_m2 = table.geometry.area.to_numpy()
    return Spots(table, table.geometry.representative_point(), area_m2, doors)


def _own_row(rows: gpd.GeoDataFrame, spots: Spots) -> NDArray[np.intp]:
    position: NDArray[np.intp] = rows.index.get_indexer(spots.table.index)
    same = np.flatnonzero(position >= 0)
    ground = rows.geometry.to_numpy()[position[same]]
    apart = ~shapely.dwithin(ground, spots.points.to_numpy()[same], SAME_PLACE_M)
    position[same[apart]] = -1
    return position


def _overlap(spots: Spots, rows: gpd.GeoDataFrame) -> Overlap:
    shape = (len(spots.table), len(rows))
    ground = spots.table.geometry.to_numpy()
    own = _own_row(rows, spots)
    if areal(rows):
        size = rows.geometry.area.to_numpy()
        size = np.where(size > 0, size, 1.0)
        single = np.where(own < 0, np.where(spots.area_m2 == 0, row_at(rows, spots), -1), own)
        spread = np.flatnonzero((spots.area_m2 > 0) & (own < 0))
        shared = area_shares(rows.geometry.to_numpy(), ground[spread]).tocoo()
        spot, row, weight = spread[shared.row], shared.col, shared.data
    else:
        size = np.ones(len(rows))
        single = own
        spread = np.flatnonzero(own < 0)
        tree = shapely.STRtree(rows.geometry.to_numpy())
        spot, row = tree.query(ground[spread], predicate="intersects")
        spot, weight = spread[spot], np.ones(len(row))
    alone = np.flatnonzero(single >= 0)
    spot = np.concatenate([spot, alone])
    row = np.concatenate([row, single[alone]])
    weight = np.concatenate([weight, size[single[alone]]])
    weights = sparse.csr_array((weight, (spot, row)), shape=shape)
    shares = sparse.csr_array((weight / size[row], (spot, row)), shape=shape)
    return Overlap(weights, shares)
