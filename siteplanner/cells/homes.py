"""Where people live inside their units: buildings by floors, or land by its use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse

from siteplanner.cells.overlap import area_shares, overlaps
from siteplanner.model import Column, Demand, Notice

Numbers: TypeAlias = npt.NDArray[np.float64]
Shapes: TypeAlias = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Homes:
    """Ground that people live on.

    Parameters
    ----------
    layer
        Name of its layer.
    shapes
        Polygons; no ground twice.
    per_m2
        How many people live on a square metre of each, compared with the others; above 0.
    """

    layer: str
    shapes: Shapes
    per_m2: Numbers

    def weights(self, pieces: Shapes, cells: Shapes) -> tuple[sparse.csr_array, sparse.csr_array]:
        """Say how much of the homes of each piece lies on each cell.

        Parameters
        ----------
        pieces
            Parts of units that have people.
        cells
            Polygons.

        Returns
        -------
        Two matrices, cells × pieces: square metres times ``per_m2``, and square metres.
        """
        on, home, fragments = overlaps(self.shapes, cells)
        onto = sparse.csr_array(
            (np.ones(len(on)), (on, np.arange(len(on)))), shape=(len(cells), len(on))
        )
        area = area_shares(pieces, fragments)
        weighed = sparse.diags_array(self.per_m2[home]) @ area
        return sparse.csr_array(onto @ weighed), sparse.csr_array(onto @ area)


def find_homes(
    table: gpd.GeoDataFrame, demand: Demand, column: Column | None
) -> tuple[Homes, list[Notice]]:
    """Take the ground that people live on, each square metre once.

    Parameters
    ----------
    table
        Rows of the layer ``spread_over``, in a projected, metric CRS.
    demand
        Says by which column they are weighed, and how densely each use is lived on.
    column
        What that column is; None where rows count by their area alone.

    Returns
    -------
    The ground, the densest first, and what was assumed.  A ``count``, such as floor area or
    homes, is spread evenly over its row; a ``value`` or a ``rate``, such as floors, stands for
    every square metre of it; a ``category`` for the density it is given, 0 where it is given
    none.  Where the column is unknown, the median of the known rows stands in.  Where rows
    overlap, the denser one has the ground.

    References
    ----------
    Eicher, C. L. and Brewer, C. A. (2001). Dasymetric mapping and areal interpolation:
    implementation and evaluation. Cartography and Geographic Information Science, 28(2),
    125-138.

    Mennis, J. (2003). Generating surface models of population using dasymetric mapping. The
    Professional Geographer, 55(1), 31-42.

    Examples
    --------
    >>> from shapely import box
    >>> table = gpd.GeoDataFrame({"floors": [1.0, 4.0]},
    ...                          geometry=[box(0, 0, 20, 10), box(10, 0, 20, 10)])
    >>> demand = Demand(squares_m=9, people="u.p", spread_over="b", spread_by="floors")
    >>> homes, notices = find_homes(table, demand, Column(kind="value"))
    >>> shapely.area(homes.shapes).tolist(), homes.per_m2.tolist()
    ([100.0, 100.0], [4.0, 1.0])
    """
    layer, notices = str(demand.spread_over), list[Notice]()
    shapes: Shapes = table.geometry.to_numpy()
    if column is None or demand.spread_by is None:
        whole = shapely.get_parts(shapely.disjoint_subset_union_all(shapes))
        return Homes(layer, whole, np.ones(len(whole))), notices
    cells = table[demand.spread_by]
    if column.kind == "category":
        per_m2 = _by_use(cells, demand.densities, layer, notices)
    else:
        amount = cells.to_numpy(dtype="float64", na_value=np.nan)
        per_m2 = amount / shapely.area(shapes) if column.kind == "count" else amount.copy()
        per_m2[per_m2 < 0] = np.nan
    unknown = np.isnan(per_m2)
    if unknown.any() and not unknown.all():
        middle = float(np.median(per_m2[~unknown]))
        shown = f" ({middle:g})" if column.kind in ("value", "rate") else ""
        reason = f"'{demand.spread_by}' is not known there: as in the middle row{shown}"
        notices.append(_notice(layer, unknown, reason))
        per_m2[unknown] = middle
    lived_on = per_m2 > 0
    shapes, per_m2 = _each_once(shapes[lived_on], per_m2[lived_on])
    return Homes(layer, shapes, per_m2), notices


def _by_use(
    cells: pd.Series, densities: Mapping[str, float], layer: str, notices: list[Notice]
) -> Numbers:
    """Give each row the density of its use; nobody lives on a use that is given none."""
    found = cells.map(dict(densities)).to_numpy(dtype="float64", na_value=np.nan)
    per_m2: Numbers = np.array(found, dtype=np.float64)
    unlisted = cells.notna().to_numpy() & np.isnan(per_m2)
    if unlisted.any():
        reason = "[demand] densities give no number for their use: nobody is taken to live there"
        uses = tuple(str(one) for one in cells[unlisted].value_counts().index[:3])
        notices.append(_notice(layer, unlisted, reason, uses))
    per_m2[unlisted] = 0.0
    return per_m2


def _each_once(shapes: Shapes, per_m2: Numbers) -> tuple[Shapes, Numbers]:
    """Cut every row by the denser ones on it; of rows as dense, the first has the ground."""
    order = np.argsort(-per_m2, kind="stable")
    shapes, per_m2 = np.array(shapes[order], dtype=object), per_m2[order]
    lower, upper = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = upper < lower
    lower, upper = lower[pairs], upper[pairs]
    both = shapely.area(shapely.intersection(shapes[lower], shapes[upper])) > 0
    lower, upper = lower[both], upper[both]
    cut = shapes.copy()
    rows, first = np.unique(lower, return_index=True)
    for row, those in zip(rows, np.split(upper, first[1:]), strict=bool(len(rows))):
        cut[row] = shapely.difference(shapes[row], shapely.union_all(shapes[those]))
    left = shapely.area(cut) > 0
    return cut[left], per_m2[left]


def _notice(
    layer: str, rows: npt.NDArray[np.bool_], reason: str, examples: tuple[str, ...] = ()
) -> Notice:
    return Notice(f"layers/{layer}", "flagged", int(rows.sum()), len(rows), reason, examples)
