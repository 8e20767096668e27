"""Counts from their own layer onto cells: nobody is lost, nobody counted twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse

from siteplanner.cells.books import Books
from siteplanner.cells.overlap import area_shares, overlaps
from siteplanner.model import Notice
from siteplanner.sources.window import read_window, zonal
from siteplanner.study import Study

Numbers: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Shapes: TypeAlias = npt.NDArray[np.object_]

_NEAR_M = 75.0
"""A point beside every cell counts on the nearest one up to here, as a walk starts there."""
_EVIDENT = 0.25
"""Cells that cover less than this part of what they cover elsewhere do not reach here."""


@dataclass(frozen=True)
class Ground:
    """The cells that counts are laid on, and where they lie.

    Parameters
    ----------
    study
        Has the layers, the area and the region.
    cells
        Polygons or points, by cell.
    in_area
        Which of them lie in the area; the others lie in the ring.
    layer
        The layer the cells come from, if any.
    spread_over
        The polygon layer that people live on, if any.
    """

    study: Study
    cells: gpd.GeoSeries
    in_area: Flags
    layer: str | None = None
    spread_over: str | None = None

    @property
    def are_points(self) -> bool:
        """Whether the cells have no extent."""
        return bool((shapely.get_dimensions(self.cells.array) == 0).all())


def count(names: Iterable[str], ground: Ground) -> tuple[pd.DataFrame, list[Notice]]:
    """Count people and groups on cells.

    Parameters
    ----------
    names
        ``layer.column`` of counts.
    ground
        The cells.

    Returns
    -------
    A row per cell and a column per name, NaN where nothing is known; and the account of
    each count: how many there were, and where they are now.
    """
    result, notices = pd.DataFrame(index=ground.cells.index), list[Notice]()
    names = list(dict.fromkeys(names))
    for layer, members in groupby(sorted(names), key=lambda name: name.partition(".")[0]):
        columns = [name.partition(".")[2] for name in members]
        values, remarks = _from_layer(layer, columns, ground)
        result[[f"{layer}.{column}" for column in columns]] = values
        notices += remarks
    return result[names], notices


def spread(weights: sparse.csr_array, amounts: Numbers) -> tuple[Numbers, Flags]:
    """Share amounts among cells in proportion to weights.

    Parameters
    ----------
    weights
        Cells × pieces, none negative.  A piece without any weight is not placed.
    amounts
        Pieces × counts; NaN is unknown.

    Returns
    -------
    values
        Cells × counts; NaN where a cell has no part in any piece that is known.
    partly
        Cells × counts: part of it is unknown, part of it is known.

    Examples
    --------
    >>> weights = sparse.csr_array([[1.0, 0.0], [3.0, 0.0], [0.0, 2.0]])
    >>> spread(weights, np.array([[100.0], [np.nan]]))[0].ravel().tolist()
    [25.0, 75.0, nan]
    """
    totals = np.asarray(weights.sum(axis=0)).ravel()
    factors = np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)
    shares = weights @ sparse.diags_array(factors)
    known = np.isfinite(amounts)
    values = np.asarray(shares @ np.where(known, amounts, 0.0))
    has_known = np.asarray(shares @ known.astype(float)) > 0
    has_unknown = np.asarray(shares @ (~known).astype(float)) > 0
    return np.where(has_known, values, np.nan), has_known & has_unknown


def _from_layer(layer: str, columns: list[str], ground: Ground) -> tuple[Numbers, list[Notice]]:
    if layer in ground.study.rasters:
        return _from_raster(layer, columns, ground)
    table = ground.study.tables[layer]
    amounts = table[columns].to_numpy(dtype="float64", na_value=np.nan)
    rows = _own_rows(layer, table, ground)
    if rows is not None:
        values = np.full((len(ground.cells), len(columns)), np.nan)
        values[rows] = amounts
        books = Books(f"{layer}.", columns, np.nansum(amounts, axis=0))
        return values, list(books.account(values, ground.in_area))
    polygons = bool((shapely.get_dimensions(table.geometry.array) == 2).all())
    place = _from_polygons if polygons else _from_points
    return place(layer, columns, ground)


def _own_rows(layer: str, table: gpd.GeoDataFrame, ground: Ground) -> npt.NDArray[np.intp] | None:
    """Give the cell of each row, where the rows are the cells themselves or joined to them."""
    join = ground.study.layers[layer].join
    if layer != ground.layer and (join is None or join.layer != ground.layer):
        return None
    rows = ground.cells.index.get_indexer(table.index)
    return rows if (rows >= 0).all() else None


def _from_polygons(layer: str, columns: list[str], ground: Ground) -> tuple[Numbers, list[Notice]]:
    table = ground.study.tables[layer]
    amounts = table[columns].to_numpy(dtype="float64", na_value=np.nan)
    pieces = _Pieces.of(table.geometry.to_numpy(), ground.study)
    weights = _weights(pieces.shapes, ground)
    reached = _reached(pieces, weights, ground)
    weights = _own_side(weights, pieces.in_ring, ground) @ sparse.diags_array(reached.astype(float))
    placed = np.asarray(weights.sum(axis=0)).ravel() > 0
    parts = amounts[pieces.unit] * pieces.share[:, None]
    values, partly = spread(weights, parts)
    inside = np.bincount(pieces.unit, pieces.share, minlength=len(table))
    books = Books(
        f"{layer}.",
        columns,
        total=np.nansum(amounts, axis=0),
        beyond=np.nansum(amounts * np.clip(1 - inside, 0, 1)[:, None], axis=0),
        unplaced=np.nansum(parts[~placed], axis=0),
        examples=tuple(str(one) for one in table.index[np.unique(pieces.unit[~placed])][:3]),
    )
    return values, [*books.account(values, ground.in_area), *_partly(columns, partly, layer)]


@dataclass(frozen=True)
class _Pieces:
    """The parts of units inside the area, then those in the ring."""

    shapes: Shapes
    unit: npt.NDArray[np.intp]
    in_ring: Flags
    share: Numbers
    """Of the unit's area."""

    @classmethod
    def of(cls, units: Shapes, study: Study) -> _Pieces:
        sides = np.array([study.area, study.region.difference(study.area)])
        unit, side, shapes = overlaps(sides, units)
        share = shapely.area(shapes) / shapely.area(units[unit])
        return cls(shapes, unit, side == 1, share)

    @property
    def other(self) -> npt.NDArray[np.intp]:
        """Position of the same unit's other piece, -1 where it has one piece only."""
        result = np.full(len(self.unit), -1)
        twin = np.flatnonzero(self.unit[1:] == self.unit[:-1])  # pieces are ordered by unit
        result[twin], result[twin + 1] = twin + 1, twin
        return result


def _weights(pieces: Shapes, ground: Ground) -> sparse.csr_array:
    """Say how much of each piece lies on each cell: in m², or 1 for a point in it."""
    cells = ground.cells.to_numpy()
    if ground.are_points:
        shapely.prepare(pieces)
        rows, columns = shapely.STRtree(pieces).query(cells, predicate="intersects")
        ones = np.ones(len(rows))
        return sparse.csr_array((ones, (rows, columns)), shape=(len(cells), len(pieces)))
    if ground.spread_over in (None, ground.layer):
        return area_shares(pieces, cells)
    homes = ground.study.tables[ground.spread_over].geometry.to_numpy()
    homes = shapely.get_parts(shapely.disjoint_subset_union_all(homes))  # overlaps count once
    on, _, fragments = overlaps(homes, cells)
    cell_of = (np.ones(len(on)), (on, np.arange(len(on))))
    onto = sparse.csr_array(cell_of, shape=(len(cells), len(on)))
    return sparse.csr_array(onto @ area_shares(pieces, fragments))


def _reached(pieces: _Pieces, weights: sparse.csr_array, ground: Ground) -> Flags:
    """Say which pieces have cells.

    A layer of cells (or of homes) that stops at an edge has a few slivers beyond it: they do
    not take the people of all that lies there.
    """
    covered = np.asarray(weights.sum(axis=0)).ravel()
    if ground.are_points or (ground.layer is None and ground.spread_over is None):
        return covered > 0
    area = shapely.area(pieces.shapes)
    cover = covered / area
    overall = covered.sum() / area.sum()
    expected = np.where(pieces.in_ring, overall, 0.0)
    other = pieces.other
    larger = (other >= 0) & (area[other] >= area)
    expected[larger] = cover[other[larger]]
    return (covered > 0) & (cover >= _EVIDENT * expected)


def _own_side(weights: sparse.csr_array, in_ring: Flags, ground: Ground) -> sparse.csr_array:
    """Keep area people on cells of the area and ring people on cells of the ring.

    A lattice covers everything: there, a piece too narrow for a cell of its own side goes to
    the cells that it lies on.
    """
    pairs = weights.tocoo()
    cell, piece = pairs.coords
    own = ground.in_area[cell] != in_ring[piece]
    has_own = np.zeros(len(in_ring), dtype=bool)
    has_own[piece[own]] = True
    keep = own | ~has_own[piece] if ground.layer is None else own
    return sparse.csr_array((pairs.data[keep], (cell[keep], piece[keep])), shape=weights.shape)


def _from_points(layer: str, columns: list[str], ground: Ground) -> tuple[Numbers, list[Notice]]:
    table = ground.study.tables[layer]
    amounts = table[columns].to_numpy(dtype="float64", na_value=np.nan)
    cell = cell_of_points(table.geometry.to_numpy(), ground)
    lost = cell < 0
    points = np.flatnonzero(~lost)
    onto = (np.ones(len(points)), (cell[points], points))
    shape = (len(ground.cells), len(table))
    values, partly = spread(sparse.csr_array(onto, shape=shape), amounts)
    empty = np.bincount(cell[points], minlength=len(ground.cells)) == 0
    values[empty] = 0.0  # a list of points says that nobody is elsewhere
    books = Books(
        f"{layer}.",
        columns,
        total=np.nansum(amounts, axis=0),
        unplaced=np.nansum(amounts[lost], axis=0),
        examples=tuple(str(one) for one in table.index[lost][:3]),
    )
    return values, [*books.account(values, ground.in_area), *_partly(columns, partly, layer)]


def cell_of_points(points: Shapes, ground: Ground) -> npt.NDArray[np.intp]:
    """Find the cell of each point: where it lies in, else the nearest within 75 m.

    On a shared edge the first cell by id; among point cells the nearest, however far.

    Returns
    -------
    Positions of cells, -1 where there is none.
    """
    cells = ground.cells.to_numpy()
    tree, result = shapely.STRtree(cells), np.full(len(points), len(cells))
    point, cell = tree.query(points, predicate="intersects")
    np.minimum.at(result, point, cell)
    outside = np.flatnonzero(result == len(cells))
    limit_m = np.inf if ground.are_points else _NEAR_M
    near, cell = tree.query_nearest(points[outside], max_distance=limit_m)
    np.minimum.at(result, outside[near], cell)
    result = np.where(result == len(cells), -1, result)
    return _on_own_side(result, points, ground) if ground.layer is None else result


def _on_own_side(
    cell: npt.NDArray[np.intp], points: Shapes, ground: Ground
) -> npt.NDArray[np.intp]:
    """Give people inside the area the nearest lattice cell of the area; so for the ring."""
    shapely.prepare(ground.study.area)
    inside = shapely.intersects(ground.study.area, points)
    moved = cell.copy()
    for side in (True, False):
        own = np.flatnonzero(ground.in_area == side)
        stray = np.flatnonzero((cell >= 0) & (inside == side) & (ground.in_area[cell] != side))
        if len(own) and len(stray):
            tree = shapely.STRtree(ground.cells.to_numpy()[own])
            nearest = np.full(len(points), len(ground.cells))
            point, near = tree.query_nearest(points[stray])
            np.minimum.at(nearest, stray[point], own[near])
            moved[stray] = nearest[stray]
    return moved


def _from_raster(layer: str, columns: list[str], ground: Ground) -> tuple[Numbers, list[Notice]]:
    raster, study = ground.study.rasters[layer], ground.study
    region = gpd.GeoSeries([study.region], crs=study.crs)
    cell, _, shapes = overlaps(region.to_numpy(), ground.cells.to_numpy())
    within = gpd.GeoSeries(shapes, crs=study.crs)  # as for polygons: nobody from beyond
    values = np.full((len(ground.cells), len(columns)), np.nan)
    notices = list[Notice]()
    for place, column in enumerate(columns):
        window = read_window(raster, column, region)
        values[cell, place] = zonal(window, within, "sum")
        total = np.nan_to_num(zonal(window, region, "sum"))
        on_cells = np.nansum(values[:, place])
        books = Books(f"{layer}.", [column], total, unplaced=total - on_cells)
        notices += books.account(values[:, [place]], ground.in_area)
    return values, notices


def _partly(columns: list[str], partly: Flags, layer: str) -> Iterator[Notice]:
    for column, flags in zip(columns, partly.T, strict=True):
        if flags.any():
            reason = f"part of their {layer}.{column} is not known; the known part is counted"
            yield Notice("cells", "flagged", int(flags.sum()), len(flags), reason)
