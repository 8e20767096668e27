"""The square codes of a sheet: their sizes, and their dark and light modules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

MARK_MM = {"A4": 14.0, "A3": 18.0, "A1": 30.0}
"""Side of a registration mark, by paper."""
CODE_MM = {"A4": 32.0, "A3": 40.0, "A1": 68.0}
"""Side of the large code."""
EDGE_MM = 6.0
"""What a printer may leave white along the edge of the paper."""
CORNERS = ("NW", "N", "NE", "E", "SE", "S", "SW", "W")
QUIET_MODULES = 4
"""White modules that have to stay free around a code (ISO/IEC 18004, 6.3.8)."""
MARK_MODULES = 21
"""A registration mark is a code of version 1."""


@dataclass(frozen=True)
class Mark:
    """One square code on the paper.

    Parameters
    ----------
    corner
        Where it stands round the frame: one of `CORNERS`, or ``"code"`` for the large one.
    x_mm, y_mm
        Its centre.
    size_mm
        Its side, without the white edge.
    text
        What it says.
    """

    corner: str
    x_mm: float
    y_mm: float
    size_mm: float
    text: str

    def corners_mm(self) -> np.ndarray:
        """Give its corners: upper left, upper right, lower right, lower left; shape (4, 2)."""
        half = self.size_mm / 2
        signs = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]])
        return np.array([self.x_mm, self.y_mm]) + half * signs


def modules(text: str) -> np.ndarray:
    """Give a code's modules, without the white edge.

    Text of up to 16 capital letters and digits makes a code of version 1 with the level of
    correction Q; longer text makes a larger code with level M or better (ISO/IEC 18004).

    Returns
    -------
    Boolean, square; True is dark; the first row is the upper edge.

    Examples
    --------
    >>> modules("SP4F2K9QX3ZB0").shape
    (21, 21)
    >>> modules("a")[0, :8].astype(int).tolist()
    [1, 1, 1, 1, 1, 1, 1, 0]
    """
    return _made(text).copy()


@lru_cache(maxsize=64)
def _made(text: str) -> np.ndarray:
    import segno

    made = segno.make(text, error="m", micro=False, boost_error=True)
    return np.array([[module > 0 for module in row] for row in made.matrix], dtype=bool)


def gap_mm(paper: str) -> float:
    """Give how far a mark stands from the frame: four of its modules, which stay white."""
    return round(MARK_MM[paper] * 4 / 21, 2)


def margin_mm(paper: str) -> float:
    """Give what the marks need between the frame and the edge of the paper.

    Examples
    --------
    >>> margin_mm("A3")
    27.43
    """
    return round(EDGE_MM + MARK_MM[paper] + gap_mm(paper), 2)
