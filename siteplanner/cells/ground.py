"""What counts are laid on: the cells, and the homes in them."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from siteplanner.cells.homes import Homes
from siteplanner.study import Study


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
    homes
        The ground that people live on, if it is known.
    """

    study: Study
    cells: gpd.GeoSeries
    in_area: npt.NDArray[np.bool_]
    layer: str | None = None
    homes: Homes | None = None

    @property
    def are_points(self) -> bool:
        """Whether the cells have no extent."""
        return bool((shapely.get_dimensions(self.cells.array) == 0).all())
