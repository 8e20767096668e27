"""All that tells where a point of a printed sheet lies on the ground, and the code that says it.

Millimetres on paper count from the lower left corner of the page, upwards and to the right.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from urllib.parse import quote, unquote

import numpy as np

from siteplanner.sheets.boxes import TickBox, most_rows, row_height_mm, tick_boxes
from siteplanner.sheets.codes import CODE_MM, CORNERS, EDGE_MM, MARK_MM, Mark, gap_mm, margin_mm

PAPERS_MM = {"A4": (210.0, 297.0), "A3": (297.0, 420.0), "A1": (594.0, 841.0)}
"""Width and height of a page that stands upright (ISO 216)."""
PREFIX = "SP1"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Sheet:
    """One printed page.

    Parameters
    ----------
    project, scenario
        Names; any letters.
    number
        Which page of the set, from 1.
    layer
        What the page shows.
    version
        Eight hexadecimal digits: a hash of everything that is drawn.
    paper
        ``"A4"``, ``"A3"`` or ``"A1"``.
    landscape
        Whether the page lies on its long side.
    crs
        The coordinate system of the ground, such as ``"EPSG:32618"``.
    frame_mm
        Left, bottom, width and height of the map (or of the table of a question sheet); held
        to 0.01 mm.
    extent
        xmin, ymin, xmax, ymax of the map in the ground's system, held to 0.01; None on a
        question sheet.
    language
        The language it is printed in.
    rows
        Rows of a question sheet; 0 on a map.

    Raises
    ------
    ValueError
        If something does not fit: the frame leaves no room for the marks, or the map is not
        drawn at one scale.

    Examples
    --------
    >>> sheet = Sheet("bogota", "care_blocks", 3, "need", "0a1b2c3d", "A3", True, "EPSG:32618",
    ...               (28.0, 28.0, 300.0, 230.0), (600000.0, 500000.0, 603000.0, 502300.0), "es")
    >>> sheet.scale
    10000.0
    >>> sheet.to_ground([[28.0, 28.0], [38.0, 29.0]]).tolist()
    [[600000.0, 500000.0], [600100.0, 500010.0]]
    >>> parse(sheet.text()) == sheet
    True
    """

    project: str
    scenario: str
    number: int
    layer: str
    version: str
    paper: str
    landscape: bool
    crs: str
    frame_mm: tuple[float, float, float, float]
    extent: tuple[float, float, float, float] | None
    language: str = "en"
    rows: int = 0

    def __post_init__(self) -> None:
        for name in ("frame_mm", "extent"):  # as the code can say them
            found = getattr(self, name)
            if found is not None:
                object.__setattr__(self, name, tuple(round(float(value), 2) for value in found))
        wrong = _wrong(self)
        if wrong:
            raise ValueError(wrong)

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the page as it is drawn."""
        width, height = PAPERS_MM[self.paper]
        return (height, width) if self.landscape else (width, height)

    @property
    def scale(self) -> float:
        """How many times smaller than the ground the map is; NaN on a question sheet."""
        if self.extent is None:
            return math.nan
        xmin, _, xmax, _ = self.extent
        return (xmax - xmin) * 1000 / self.frame_mm[2]

    @property
    def tag(self) -> str:
        """Six capital letters and digits that stand for this very page."""
        return _short(self.text(), 6)

    def to_ground(self, points_mm: object) -> np.ndarray:
        """Bring points of the paper to the ground.

        Parameters
        ----------
        points_mm
            Millimetres, shape (n, 2).

        Returns
        -------
        Coordinates in the sheet's system, shape (n, 2); NaN on a question sheet.
        """
        points: np.ndarray = np.asarray(points_mm, dtype=float).reshape(-1, 2)
        if self.extent is None:
            return np.full_like(points, np.nan)
        left, bottom, width, height = self.frame_mm
        xmin, ymin, xmax, ymax = self.extent
        per_mm = np.array([(xmax - xmin) / width, (ymax - ymin) / height])
        moved: np.ndarray = np.array([xmin, ymin]) + (points - [left, bottom]) * per_mm
        return moved

    def to_paper(self, points: object) -> np.ndarray:
        """Bring points of the ground to millimetres on paper; the way back of `to_ground`."""
        ground: np.ndarray = np.asarray(points, dtype=float).reshape(-1, 2)
        if self.extent is None:
            return np.full_like(ground, np.nan)
        left, bottom, width, height = self.frame_mm
        xmin, ymin, xmax, ymax = self.extent
        per_m = np.array([width / (xmax - xmin), height / (ymax - ymin)])
        moved: np.ndarray = np.array([left, bottom]) + (ground - [xmin, ymin]) * per_m
        return moved

    def marks(self) -> tuple[Mark, ...]:
        """Give the registration marks round the frame, then the large code.

        A mark says which project, which page and which corner, so that any one of them tells
        what sheet it belongs to; the large code says everything.
        """
        size = MARK_MM[self.paper]
        left, bottom, width, height = self.frame_mm
        off = gap_mm(self.paper) + size / 2
        xs = {"W": left - off, "": left + width / 2, "E": left + width + off}
        ys = {"S": bottom - off, "": bottom + height / 2, "N": bottom + height + off}
        head = "SP" + project_tag(self.project) + self.tag
        found = [
            Mark(
                corner,
                xs[corner.strip("NS")],
                ys[corner.strip("EW")],
                size,
                f"{head}{place}",
            )
            for place, corner in enumerate(CORNERS)
        ]
        code = CODE_MM[self.paper]
        x = self.size_mm[0] - EDGE_MM - 2 - code / 2
        return (*found, Mark("code", x, EDGE_MM + 2 + code / 2, code, self.text()))

    def boxes(self) -> tuple[TickBox, ...]:
        """Give the boxes of a question sheet, row by row; none on a map."""
        return tick_boxes(self.frame_mm, self.rows)

    @property
    def row_mm(self) -> float:
        """Height of a row of a question sheet; 0 on a map."""
        return row_height_mm(self.frame_mm, self.rows)

    def text(self) -> str:
        """Give the text of the large code: everything, and nothing about any person."""
        fields = (
            PREFIX,
            _quoted(self.project),
            _quoted(self.scenario),
            str(self.number),
            _quoted(self.layer),
            self.version,
            self.paper + ("L" if self.landscape else "P"),
            _quoted(self.crs),
            _numbers(self.frame_mm),
            _numbers(self.extent or ()),
            _quoted(self.language),
            str(self.rows),
        )
        return "|".join(fields)


def parse(text: str) -> Sheet:
    """Read the text of a large code.

    Raises
    ------
    ValueError
        If it is not the code of a sheet, or of one that cannot be.

    Examples
    --------
    >>> parse("https://example.org")
    Traceback (most recent call last):
    ValueError: not the code of a sheet
    """
    fields = text.split("|")
    if len(text) > 1000 or len(fields) != 12 or fields[0] != PREFIX:
        msg = "not the code of a sheet"
        raise ValueError(msg)
    _, project, scenario, number, layer, version, paper, crs, frame, extent, language, rows = fields
    if paper[-1:] not in ("L", "P"):
        msg = f"no paper {paper!r}"
        raise ValueError(msg)
    return Sheet(
        unquote(project),
        unquote(scenario),
        int(number),
        unquote(layer),
        version,
        paper[:-1],
        paper[-1] == "L",
        unquote(crs),
        _four(frame),
        _four(extent) if extent else None,
        unquote(language),
        int(rows),
    )


def project_tag(project: str) -> str:
    """Give four capital letters and digits that stand for a project.

    Examples
    --------
    >>> len(project_tag("bogota")), project_tag("bogota") == project_tag("porto")
    (4, False)
    """
    return _short(project, 4)


def _short(text: str, length: int) -> str:
    rest = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    letters = []
    for _ in range(length):
        rest, place = divmod(rest, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    return "".join(letters)


def _quoted(text: str) -> str:
    return quote(text, safe=":/ +=,()")


def _numbers(values: tuple[float, ...]) -> str:
    return ",".join(f"{value:.2f}".rstrip("0").rstrip(".") for value in values)


def _four(text: str) -> tuple[float, float, float, float]:
    first, second, third, fourth = (float(part) for part in text.split(","))
    return first, second, third, fourth


def _wrong(sheet: Sheet) -> str:
    """Say what does not fit, or nothing."""
    if not all(math.isfinite(value) for value in (*sheet.frame_mm, *(sheet.extent or ()))):
        return "a number of the frame or the extent is not finite"
    if sheet.paper not in PAPERS_MM:
        return f"no paper {sheet.paper!r}; known are A4, A3 and A1"
    if not 1 <= sheet.number <= 9999:
        return f"no page {sheet.number}; pages are 1 to 9999"
    if not 0 <= sheet.rows <= most_rows(sheet.frame_mm[3]):
        return f"{sheet.rows} rows do not fit; at most {most_rows(sheet.frame_mm[3])} do"
    if len(sheet.version) != 8 or set(sheet.version) - set("0123456789abcdef"):
        return f"no version {sheet.version!r}; it is eight hexadecimal digits"
    return _off_the_page(sheet) or _not_to_scale(sheet)


def _off_the_page(sheet: Sheet) -> str:
    left, bottom, width, height = sheet.frame_mm
    page = sheet.size_mm
    off = margin_mm(sheet.paper) - 0.01
    if min(left, bottom) < off or left + width > page[0] - off or bottom + height > page[1] - off:
        return f"the frame leaves no room for marks; it needs {off + 0.01:g} mm on each side"
    code = CODE_MM[sheet.paper] + EDGE_MM + 2 + gap_mm(sheet.paper)
    beside = left + width + off - EDGE_MM > page[0] - code
    if beside and bottom - off + EDGE_MM < code:
        return f"the frame leaves no room for the code; it needs {code:g} mm below or to the right"
    return ""


def _not_to_scale(sheet: Sheet) -> str:
    if sheet.extent is None:
        return "" if sheet.rows else "a map needs an extent"
    _, _, width, height = sheet.frame_mm
    xmin, ymin, xmax, ymax = sheet.extent
    if min(width, height, xmax - xmin, ymax - ymin) <= 0:
        return "the frame and the extent have to be larger than nothing"
    ratio = (xmax - xmin) / width * height / (ymax - ymin)
    return "" if abs(ratio - 1) < 0.01 else "the map is not drawn at one scale"
