"""Counts from their own layer onto cells: nobody is lost, nobody counted twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse

from siteplanner.cells.books import Books
from siteplanner.cells.ground import Ground
from siteplanner.cells.pieces import Pieces, weights_of
from siteplanner.cells.rasters import from_raster, mean_of_raster
from siteplanner.model import Notice

Numbers: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Shapes: TypeAlias = npt.NDArray[np.object_]

_NEAR_M = 75.0
"""A point beside every cell counts on the nearest one up to here, as a walk starts there."""


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


def share_on_cells(layer: str, column: str, ground: Ground) -> Numbers:
    """Give each cell the share that polygons say of the people on it.

    Parameters
    ----------
    layer, column
        A rate, 0 to 1: of polygons, of the cells themselves, or of a raster.
    ground
        The cells.

    Returns
    -------
    The average over the parts of a cell for which it is known, by their area, or by their
    homes; NaN where it is known for none.
    """
    if layer in ground.study.rasters:
        return mean_of_raster(layer, column, ground)
    table = ground.study.tables[layer]
    values = table[column].to_numpy(dtype="float64", na_value=np.nan)
    rows = _own_rows(layer, table, ground)
    result = np.full(len(ground.cells), np.nan)
    if rows is not None:
        result[rows] = values
        return result
    pieces = Pieces.of(table.geometry.to_numpy(), ground.study)
    weights, _ = weights_of(pieces, ground)
    known = np.isfinite(values[pieces.unit])
    total = np.asarray(weights @ known.astype(float))
    amount = np.asarray(weights @ np.where(known, values[pieces.unit], 0.0))
    np.divide(amount, total, out=result, where=total > 0)
    return result


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
        return from_raster(layer, columns, ground)
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
    pieces = Pieces.of(table.geometry.to_numpy(), ground.study)
    weights, homeless = weights_of(pieces, ground)
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
    remarks = [*books.account(values, ground.in_area), *_partly(columns, partly, layer)]
    homeless &= placed
    if ground.homes and homeless.any():
        names = table.index[np.unique(pieces.unit[homeless])]
        without = np.nansum(parts[homeless], axis=0)
        remarks += _without_homes(ground.homes.layer, layer, columns, without, names)
    return values, remarks


def _without_homes(
    homes: str, layer: str, columns: list[str], amounts: Numbers, names: pd.Index
) -> Iterator[Notice]:
    """Say how many live where there are no homes, and are shared out by area."""
    for column, amount in zip(columns, amounts, strict=True):
        if amount > 0:
            reason = (
                f"{layer}.{column}: {amount:,.0f} people of areas where '{homes}' has nothing are "
                "shared out over all the ground there"
            )
            shown = tuple(str(one) for one in names[:3])
            yield Notice("cells", "info", float(amount), 0, reason, shown)


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


def _partly(columns: list[str], partly: Flags, layer: str) -> Iterator[Notice]:
    for column, flags in zip(columns, partly.T, strict=True):
        if flags.any():
            reason = f"part of their {layer}.{column} is not known; the known part is counted"
            yield Notice("cells", "flagged", int(flags.sum()), len(flags), reason)
