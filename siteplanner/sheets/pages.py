"""Which pages a set of sheets has, before any of them is drawn."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from shapely.geometry.base import BaseGeometry

from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.maps.answer import Answer
from siteplanner.sheets import scales
from siteplanner.sheets.boxes import most_rows
from siteplanner.sheets.layout import map_layout, question_layout
from siteplanner.sheets.scales import Extent, Tile
from siteplanner.sheets.sheet import PAPERS_MM
from siteplanner.sheets.themes import QUESTIONS, Theme, asked
from siteplanner.sheets.words import languages

MOST_SHEETS = 200
"""More sheets than this are a mistake, or a whole tree."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for.

    Parameters
    ----------
    paper
        ``"A4"``, ``"A3"`` or ``"A1"``.
    scale
        Such as 10000; None fits the area on one sheet.
    landscape
        Whether maps lie on their long side; None takes what shows the area larger.
    layers
        Keys of layers; None takes the usual ones.
    per_site
        Whether there is a card for each site.
    sites
        How many possible sites are shown and asked about, the chosen and the best ones first.
    language
        None takes the scenario's.
    font
        A font file for letters that the usual ones lack.

    Examples
    --------
    >>> Wanted(paper="A3").problems()
    []
    >>> print(Wanted(paper="B5").problems()[0])
    sheets: paper: no paper 'B5'; known are: A1, A3, A4
    """

    paper: str = "A3"
    scale: float | None = None
    landscape: bool | None = None
    layers: tuple[str, ...] | None = None
    per_site: bool = False
    sites: int = 40
    language: str | None = None
    font: Path | None = None

    def problems(self) -> list[Problem]:
        """Give everything that is wrong with what is asked for."""
        found = []
        if self.paper not in PAPERS_MM:
            known = nearest_names(self.paper, sorted(PAPERS_MM))
            found.append(Problem("sheets", "paper", f"no paper '{self.paper:.20}'", known))
        low, high = scales.SMALLEST, scales.LARGEST
        if self.scale is not None and not low <= self.scale <= high:
            todo = f"write a number from {low} to {high:,}, such as 10000 for 1:10,000"
            found.append(Problem("sheets", "scale", f"found {self.scale:g}", todo))
        if self.sites < 1:
            todo = "write how many possible sites to show, 1 or more"
            found.append(Problem("sheets", "sites", f"found {self.sites}", todo))
        if self.language is not None and self.language not in languages():
            known = nearest_names(self.language, languages())
            found.append(Problem("sheets", "language", f"no language '{self.language:.20}'", known))
        return found


@dataclass(frozen=True)
class Job:
    """One page to be drawn.

    Parameters
    ----------
    number
        From 1.
    kind
        ``map``, ``overview``, ``questions`` or ``card``.
    theme
        Key of the layer.
    landscape
        Whether it lies on its long side.
    scale, extent
        Of the map; an empty extent on a question sheet.
    tiles
        Of an atlas: its pages by their number.  An overview shows them, a page its neighbours.
    overview
        Of a page of an atlas: the number of its overview.
    sites
        Ids of the rows of a question sheet, or of the one site of a card.
    """

    number: int
    kind: str
    theme: str
    landscape: bool
    scale: float = math.nan
    extent: Extent | None = None
    tiles: tuple[tuple[int, Tile], ...] = ()
    overview: int = 0
    sites: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Name of its file."""
        last = "card" if self.kind == "card" else re.sub(r"\W+", "_", self.theme)
        first = "overview_" if self.kind == "overview" else ""
        return f"{self.number:03d}_{first}{last[:40]}.pdf"

    def neighbours(self) -> dict[str, int]:
        """Give the numbers of the pages on which the map goes on, by side."""
        place = {(one.row, one.column): number for number, one in self.tiles}
        own = next((at for at, number in place.items() if number == self.number), None)
        if own is None:
            return {}
        sides = {"N": (-1, 0), "S": (1, 0), "W": (0, -1), "E": (0, 1)}
        near = {side: (own[0] + row, own[1] + column) for side, (row, column) in sides.items()}
        return {side: place[at] for side, at in near.items() if at in place}


def planned(
    answer: Answer,
    wanted: Wanted,
    known: Mapping[str, Callable[[], Theme]],
    numbers: pd.Series,
) -> list[Job]:
    """Say which pages there are.

    Parameters
    ----------
    answer
        The answer.
    wanted
        What is asked for.
    known
        The layers that can be printed.
    numbers
        The number of each possible site.

    Raises
    ------
    InputError
        If a layer is not known, or far too many pages would come out.
    """
    names = asked(answer, wanted.layers, known)
    maps = [one for one in names if one != QUESTIONS]
    shown = [str(one) for one in numbers.index[: wanted.sites]]
    landscape = _landscape(answer.area, wanted)
    frame = map_layout(wanted.paper, landscape=landscape).frame[2:]
    fit = scales.fitting_scale(answer.area, frame)
    scale = wanted.scale or float(fit)
    each = scales.count_tiles(answer.area, frame, scale)
    rows = most_rows(question_layout(wanted.paper).frame[3])
    asking = math.ceil(len(shown) / rows) if QUESTIONS in names else 0
    cards = len(shown) if wanted.per_site else 0
    _not_too_many(each * len(maps) + asking + cards, scale, fit)
    jobs: list[Job] = []
    for theme in maps:
        found = scales.tiles(answer.area, frame, scale)
        if len(found) == 1:
            extent = scales.whole_extent(answer.area, frame, scale)
            jobs.append(Job(len(jobs) + 1, "map", theme, landscape, scale, extent))
        else:
            jobs += _atlas(len(jobs) + 1, theme, landscape, scale, found, fit)
    jobs += [
        Job(len(jobs) + at + 1, QUESTIONS, QUESTIONS, False,
            sites=tuple(shown[at * rows : (at + 1) * rows]))
        for at in range(asking)
    ]  # fmt: skip
    first = len(jobs) + 1
    jobs += [
        Job(first + at, "card", "card", False, sites=(shown[at],)) for at in range(cards)
    ]  # fmt: skip
    return jobs


def _atlas(
    first: int, theme: str, landscape: bool, scale: float, found: Iterable[Tile], fit: float
) -> list[Job]:
    numbered = tuple((first + 1 + at, one) for at, one in enumerate(found))
    layout_extent = [one.extent for _, one in numbered]
    width_m = layout_extent[0][2] - layout_extent[0][0]
    height_m = layout_extent[0][3] - layout_extent[0][1]
    frame = (width_m / scale * 1000, height_m / scale * 1000)
    xs = [one[0] for one in layout_extent] + [one[2] for one in layout_extent]
    ys = [one[1] for one in layout_extent] + [one[3] for one in layout_extent]
    least = max((max(xs) - min(xs)) / frame[0], (max(ys) - min(ys)) / frame[1]) * 1000
    wide = scales.nice_scale(max(least, fit))
    middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    extent = scales.extent_around(*middle, frame, wide)
    overview = Job(first, "overview", theme, landscape, float(wide), extent, numbered)
    return [overview] + [
        Job(number, "map", theme, landscape, scale, one.extent, numbered, overview=first)
        for number, one in numbered
    ]


def _landscape(area: BaseGeometry, wanted: Wanted) -> bool:
    """Say whether the page lies: as asked, or as the area is shown larger or on fewer pages."""
    if wanted.landscape is not None:
        return wanted.landscape
    frames = {one: map_layout(wanted.paper, landscape=one).frame[2:] for one in (True, False)}
    if wanted.scale is not None:
        counts = {
            one: scales.count_tiles(area, frame, wanted.scale) for one, frame in frames.items()
        }
        return counts[True] <= counts[False]
    fits = {one: scales.fitting_scale(area, frame) for one, frame in frames.items()}
    return fits[True] <= fits[False]


def _not_too_many(count: int, scale: float, fit: float) -> None:
    if count <= MOST_SHEETS:
        return
    larger = scales.nice_scale(max(scale * math.sqrt(count / MOST_SHEETS), scale))
    todo = f"ask for fewer layers, or a scale of 1:{larger:,} or more; 1:{fit:,} fits on one sheet"
    found = f"1:{scale:,.0f} makes {count:,} sheets, the most is {MOST_SHEETS}"
    raise InputError([Problem("sheets", "scale", found, todo)])
