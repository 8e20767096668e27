"""One thing that was found on a sheet, whatever kind it is."""

from __future__ import annotations

from dataclasses import dataclass

from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True)
class Found:
    """A mark on paper.

    Parameters
    ----------
    kind
        ``sticker``, ``tick``, ``area`` or ``line``.
    colour
        By name.
    confidence
        0 to 1.
    shape_mm
        Where it lies, in millimetres from the lower left corner of the page.
    row
        For a tick: the row of the question sheet, from 0; else -1.
    says
        For a tick: what its column means.
    width_mm
        For a sticker: its diameter; for a line or an outline: that of the pen.
    note
        What a person should know.
    photo
        The file it was seen in.
    """

    kind: str
    colour: str
    confidence: float
    shape_mm: BaseGeometry
    row: int = -1
    says: str = ""
    width_mm: float = 0.0
    note: str = ""
    photo: str = ""
