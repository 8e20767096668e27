"""The reference grid of a sheet: columns A to H from the left, rows 1 to 8 from the top."""

from __future__ import annotations

import math

COLUMNS = "ABCDEFGH"
ROWS = "12345678"
Box = tuple[float, float, float, float]


def cell_names() -> tuple[str, ...]:
    """Name every cell, row by row from the top.

    Examples
    --------
    >>> cell_names()[:2], cell_names()[-1], len(cell_names())
    (('A1', 'B1'), 'H8', 64)
    """
    return tuple(f"{column}{row}" for row in ROWS for column in COLUMNS)


def cell_box(name: str, frame: Box) -> Box:
    """Give the box of a cell: left, bottom, width, height, in the units of the frame.

    Parameters
    ----------
    name
        ``"C4"``; small letters and spaces around it are forgiven.
    frame
        Left, bottom, width and height of the map on the paper.

    Raises
    ------
    ValueError
        If there is no such cell.

    Examples
    --------
    >>> cell_box("A1", (20.0, 30.0, 160.0, 80.0))
    (20.0, 100.0, 20.0, 10.0)
    >>> cell_box("h8", (20.0, 30.0, 160.0, 80.0))
    (160.0, 30.0, 20.0, 10.0)
    >>> cell_box("K9", (20.0, 30.0, 160.0, 80.0))
    Traceback (most recent call last):
    ValueError: no cell 'K9'; cells are A1 to H8, a letter and then a number
    """
    found = name.strip().upper()
    if len(found) != 2 or found[0] not in COLUMNS or found[1] not in ROWS:
        msg = f"no cell {name!r}; cells are A1 to H8, a letter and then a number"
        raise ValueError(msg)
    left, bottom, width, height = frame
    across, down = width / len(COLUMNS), height / len(ROWS)
    column, row = COLUMNS.index(found[0]), ROWS.index(found[1])
    return left + column * across, bottom + height - (row + 1) * down, across, down


def cell_at(x: float, y: float, frame: Box) -> str:
    """Name the cell that a point lies in; empty outside the frame.

    A point on a line between two cells belongs to the right or the upper one, but for the
    frame's own edges.

    Examples
    --------
    >>> frame = (20.0, 30.0, 160.0, 80.0)
    >>> cell_at(25.0, 105.0, frame), cell_at(0.0, 0.0, frame)
    ('A1', '')
    """
    left, bottom, width, height = frame
    across, up = (x - left) / width, (y - bottom) / height
    if not (0 <= across <= 1 and 0 <= up <= 1):
        return ""
    column = min(math.floor(across * len(COLUMNS)), len(COLUMNS) - 1)
    row = len(ROWS) - 1 - min(math.floor(up * len(ROWS)), len(ROWS) - 1)
    return COLUMNS[column] + ROWS[row]
