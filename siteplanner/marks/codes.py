"""The codes in a photo: which sheet it shows, and roughly where on it each pixel lies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from siteplanner.sheets.codes import CORNERS
from siteplanner.sheets.sheet import PREFIX, Sheet, parse

HEAD = len("SP") + 4 + 6
"""Letters of a mark's text before its corner: sign, project, page."""


@dataclass(frozen=True)
class Seen:
    """One code that was read in a photo.

    Parameters
    ----------
    tag
        The page it belongs to, as `Sheet.tag`.
    project
        The project it belongs to, as `project_tag`; empty for the large code.
    corner
        Which one: one of `CORNERS`, or ``"code"``.
    corners_px
        Its corners, upper left, upper right, lower right, lower left; shape (4, 2), whole pixels.
    sheet
        What the large code says; None for a mark.
    """

    tag: str
    project: str
    corner: str
    corners_px: np.ndarray = field(compare=False, repr=False)
    sheet: Sheet | None = None


def read_codes(grey: np.ndarray) -> tuple[Seen, ...]:
    """Read all codes of ours in a picture.

    The picture is read as it is and at twice its size, which finds the small ones; foreign codes
    are passed over.

    Parameters
    ----------
    grey
        0..255, shape (height, width).

    Returns
    -------
    Each corner of each page once.
    """
    import zxingcpp
    from PIL import Image

    height, width = grey.shape
    found: dict[tuple[str, str], Seen] = {}
    enough = len(CORNERS) + 1
    for factor in (1, 2):
        if factor > 1 and (len(found) >= enough or max(grey.shape) * factor > 5000):
            break
        size = (width * factor, height * factor)
        picture = grey
        if factor > 1:
            picture = np.asarray(Image.fromarray(grey).resize(size, Image.Resampling.BICUBIC))
        for code in zxingcpp.read_barcodes(
            picture,
            formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
            try_invert=False,
        ):
            place = code.position
            four = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
            corners = (np.array([(one.x, one.y) for one in four], dtype=float) + 0.5) / factor
            seen = understood(code.text, corners)
            if seen:
                found.setdefault((seen.tag, seen.corner), seen)
    return tuple(found.values())


def understood(text: str, corners_px: np.ndarray) -> Seen | None:
    """Say what a code's text means; None where it is not ours.

    Examples
    --------
    >>> understood("SPJ98NNCOPN23", np.zeros((4, 2)))
    Seen(tag='NCOPN2', project='J98N', corner='E', sheet=None)
    >>> understood("https://example.org", np.zeros((4, 2))) is None
    True
    """
    if text.startswith(PREFIX + "|"):
        try:
            sheet = parse(text)
        except ValueError:
            return None
        return Seen(sheet.tag, "", "code", corners_px, sheet)
    is_mark = len(text) == HEAD + 1 and text.startswith("SP") and text.isascii()
    if not is_mark or text[HEAD] not in "01234567":
        return None
    return Seen(text[6:HEAD], text[2:6], CORNERS[int(text[HEAD])], corners_px)


def by_page(codes: Iterable[Seen]) -> dict[str, tuple[Seen, ...]]:
    """Gather codes by the page they belong to, the page with most of them first.

    Examples
    --------
    >>> one = Seen("NCOPN2", "J98N", "E", np.zeros((4, 2)))
    >>> list(by_page([one]))
    ['NCOPN2']
    """
    pages: dict[str, list[Seen]] = {}
    for code in codes:
        pages.setdefault(code.tag, []).append(code)
    ordered = sorted(pages.items(), key=lambda item: (-len(item[1]), item[0]))
    return {tag: tuple(found) for tag, found in ordered}
