"""The picture of a photo laid flat, with its marks numbered, for a person to look through.

Only what lies on the sheet is on it: the room, the table and the people round it are not, and
neither is anything that the camera wrote into the file.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

import shapely
from PIL import Image, ImageDraw

from siteplanner.marks.found import Found
from siteplanner.marks.reading import Read

INK = {
    "sticker": (0, 0, 0), "tick": (200, 0, 120), "area": (200, 0, 120), "line": (200, 0, 120),
}  # fmt: skip
UNSURE = (255, 0, 255)


def picture_of(read: Read, marks: Iterable[tuple[str, Found]]) -> bytes:
    """Draw the marks on the flat photo.

    Parameters
    ----------
    read
        The photo.
    marks
        Name and mark; the running number of the name is drawn beside the mark.

    Returns
    -------
    A JPEG without any metadata.
    """
    page = Image.fromarray(read.view)
    pen = ImageDraw.Draw(page)
    rows, per_mm = read.view.shape[0], read.per_mm
    for name, one in marks:
        ink = INK[one.kind] if one.confidence >= 0.5 else UNSURE

        def px(x: float, y: float) -> tuple[float, float]:
            return x * per_mm, rows - y * per_mm

        if one.kind in ("sticker", "tick"):
            reach = (one.width_mm / 2 + 1 if one.kind == "sticker" else 3.6) * per_mm
            x, y = px(one.shape_mm.centroid.x, one.shape_mm.centroid.y)
            pen.ellipse([x - reach, y - reach, x + reach, y + reach], outline=ink, width=2)
            at = x + reach * 0.75, y - reach * 1.2
        else:
            edge = one.shape_mm.boundary if one.kind == "area" else one.shape_mm
            track = [px(*point) for point in shapely.get_coordinates(edge)]
            pen.line(track, fill=ink, width=2)
            at = track[0]
        _label(pen, at, name.rsplit("-", 1)[-1].lstrip("0"), ink)
    out = io.BytesIO()
    page.save(out, "JPEG", quality=82)
    return out.getvalue()


def _label(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, ink: tuple[int, int, int]
) -> None:
    box = pen.textbbox(at, text, font_size=15)
    pen.rectangle([box[0] - 2, box[1] - 1, box[2] + 2, box[3] + 1], fill=(255, 255, 255))
    pen.text(at, text, fill=ink, font_size=15)
