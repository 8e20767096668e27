"""The boxes of a question sheet: where they stand follows from its frame and its number of rows.

The first row of the table is its head.  The three columns of boxes stand at the right edge of the
frame, each 20 mm wide; a row is 10 mm high, or less where many have to fit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

COLUMNS = ("strike", "star", "needed")
"""What a tick says, from left to right."""
BOX_MM, COLUMN_MM, ROW_MM, LEAST_ROW_MM = 5.0, 20.0, 10.0, 7.5


@dataclass(frozen=True)
class TickBox:
    """One box of a question sheet: row (0 is the first), what a tick says, and its square."""

    row: int
    says: str
    x_mm: float
    y_mm: float
    size_mm: float


def tick_boxes(frame_mm: tuple[float, float, float, float], rows: int) -> tuple[TickBox, ...]:
    """Give the boxes, row by row.

    Parameters
    ----------
    frame_mm
        Left, bottom, width and height of the table.
    rows
        Rows besides its head.

    Examples
    --------
    >>> tick_boxes((20.0, 50.0, 170.0, 200.0), 2)[0]
    TickBox(row=0, says='strike', x_mm=140.0, y_mm=235.0, size_mm=5.0)
    """
    left, bottom, width, height = frame_mm
    row_mm = row_height_mm(frame_mm, rows)
    right, top = left + width, bottom + height
    return tuple(
        TickBox(
            row,
            says,
            right - COLUMN_MM * (len(COLUMNS) - place - 0.5),
            top - row_mm * (row + 1.5),
            BOX_MM,
        )
        for row in range(rows)
        for place, says in enumerate(COLUMNS)
    )


def row_height_mm(frame_mm: tuple[float, float, float, float], rows: int) -> float:
    """Give the height of a row, the head's too; 0 where there are none."""
    return min(ROW_MM, frame_mm[3] / (rows + 1)) if rows else 0.0


def most_rows(height_mm: float) -> int:
    """Give how many rows, besides its head, a question sheet's frame can hold."""
    return max(0, math.floor(height_mm / LEAST_ROW_MM) - 1)
