"""Units cut at the edge of the area, and how their people are shared among cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
from scipy import sparse

from siteplanner.cells.ground import Ground
from siteplanner.cells.overlap import area_shares, overlaps
from siteplanner.study import Study

Numbers: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Shapes: TypeAlias = npt.NDArray[np.object_]

_EVIDENT = 0.25
"""Cells that cover less than this part of what they cover elsewhere do not reach here."""


@dataclass(frozen=True)
class Pieces:
    """The parts of units inside the area and in the ring, by unit.

    Parameters
    ----------
    shapes
        The part of each.
    unit
        Its unit's position.
    in_ring
        Whether it lies in the ring, and not in the area.
    share
        Of the unit's area, 0 to 1.
    """

    shapes: Shapes
    unit: npt.NDArray[np.intp]
    in_ring: Flags
    share: Numbers

    @classmethod
    def of(cls, units: Shapes, study: Study) -> Pieces:
        """Cut units by the edge of the area, and by that of the region."""
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


def weights_of(pieces: Pieces, ground: Ground) -> tuple[sparse.csr_array, Flags]:
    """Say in which proportion the people of each piece are shared among cells.

    Parameters
    ----------
    pieces
        Parts of units.
    ground
        The cells.

    Returns
    -------
    Cells × pieces: in m², or 1 for a point in it, or in m² of homes by how densely they are
    lived on; and which pieces have no homes, so that their ground stands in.
    """
    none = np.zeros(len(pieces.unit), dtype=bool)
    if ground.homes is None:
        return _kept(_covered(pieces.shapes, ground), pieces, ground, edge=ground.layer), none
    weighed, area = ground.homes.weights(pieces.shapes, ground.cells.to_numpy())
    weighed = _kept(weighed, pieces, ground, edge=ground.homes.layer, cover=area)
    homeless = np.asarray(weighed.sum(axis=0)).ravel() == 0
    if not homeless.any():
        return weighed, homeless
    plain = _kept(_covered(pieces.shapes, ground), pieces, ground, edge=ground.layer)
    plain = plain @ sparse.diags_array(homeless.astype(float))
    return sparse.csr_array(weighed + plain), homeless


def _kept(
    weights: sparse.csr_array,
    pieces: Pieces,
    ground: Ground,
    *,
    edge: str | None,
    cover: sparse.csr_array | None = None,
) -> sparse.csr_array:
    """Keep the weights of pieces that a layer with an edge reaches, on their own side."""
    reached = _reached(pieces, weights if cover is None else cover, ground, edge)
    own = _own_side(weights, pieces.in_ring, ground)
    return sparse.csr_array(own @ sparse.diags_array(reached.astype(float)))


def _covered(pieces: Shapes, ground: Ground) -> sparse.csr_array:
    """Say how much of each piece lies on each cell: in m², or 1 for a point in it."""
    cells = ground.cells.to_numpy()
    if not ground.are_points:
        return area_shares(pieces, cells)
    shapely.prepare(pieces)
    rows, columns = shapely.STRtree(pieces).query(cells, predicate="intersects")
    ones = np.ones(len(rows))
    return sparse.csr_array((ones, (rows, columns)), shape=(len(cells), len(pieces)))


def _reached(pieces: Pieces, weights: sparse.csr_array, ground: Ground, edge: str | None) -> Flags:
    """Say which pieces have cells.

    A layer of cells (or of homes) that stops at an edge has a few slivers beyond it: they do
    not take the people of all that lies there.
    """
    covered = np.asarray(weights.sum(axis=0)).ravel()
    if ground.are_points or edge is None:
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
