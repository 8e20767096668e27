"""The pages themselves: maps with one question each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from siteplanner.maps.answer import Answer
from siteplanner.sheets import furniture, ground, places
from siteplanner.sheets.furniture import KeyRow
from siteplanner.sheets.greys import UNKNOWN, pens
from siteplanner.sheets.ground import Taken, View
from siteplanner.sheets.layout import Layout, map_layout
from siteplanner.sheets.lettering import Letters
from siteplanner.sheets.page import Box, Page, Pen
from siteplanner.sheets.pages import Job
from siteplanner.sheets.sheet import Sheet
from siteplanner.sheets.themes import PROPOSAL, SITES, Theme, credited, gaps_word, place
from siteplanner.sheets.words import Words

EXISTING_MM = 3.0


@dataclass(frozen=True, eq=False)
class Book:
    """What all pages of a set share.

    Parameters
    ----------
    answer
        The answer as its audience may have it.
    project
        Name of the project, for the codes.
    paper
        ``"A4"``, ``"A3"`` or ``"A1"``.
    words, letters
        Language and fonts.
    known
        What makes each layer.
    numbers
        The number of each possible site.
    jobs
        All pages.
    names
        Streets with a ``label``, in the answer's system; None where no names are known.
    sites
        How many possible sites are shown.
    """

    answer: Answer
    project: str
    paper: str
    words: Words
    letters: Letters
    known: Mapping[str, Callable[[], Theme]]
    numbers: pd.Series
    jobs: tuple[Job, ...]
    names: gpd.GeoDataFrame | None = None
    sites: int = 40
    _kept: dict[Any, Any] = field(default_factory=dict)

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """What the plan does not know, in the language of the sheets where we wrote it."""
        return tuple(self.words.sentence(one) for one in self.answer.limits)

    @property
    def streets(self) -> gpd.GeoDataFrame | None:
        """The streets that are drawn: those with names where there are such."""
        return self.answer.streets if self.names is None else self.names

    @cached_property
    def crs(self) -> str:
        """The system of coordinates, as short as it can be said."""
        known = self.answer.crs.to_authority()
        return ":".join(known) if known else str(self.answer.crs.to_string())

    def cells_at(self, m_per_mm: float) -> NDArray[np.object_]:
        """Give the cells, simplified for a scale; worked out once."""
        found: NDArray[np.object_] = self._once(
            ("cells", m_per_mm),
            lambda: ground.simpler(self.answer.cells.geometry.to_numpy(), m_per_mm),
        )
        return found

    def streets_at(
        self, view: View, *, over_classes: bool
    ) -> list[tuple[NDArray[np.object_], Pen]]:
        """Give the streets of a frame with their pens; worked out once for pages alike."""
        found: list[tuple[NDArray[np.object_], Pen]] = self._once(
            ("streets", view, over_classes),
            lambda: ground.street_lines(view, self.streets, over_classes=over_classes),
        )
        return found

    def named_at(self, view: View) -> list[tuple[str, NDArray[np.object_]]]:
        """Give the streets of a frame that have a name; worked out once for pages alike."""
        found: list[tuple[str, NDArray[np.object_]]] = self._once(
            ("names", view), lambda: ground.named_parts(view, self.names)
        )
        return found

    def _once(self, key: object, make: Callable[[], Any]) -> Any:
        """Keep what was worked out last for each kind of thing."""
        kind = key[0] if isinstance(key, tuple) else key
        if self._kept.get(kind, (None,))[0] != key:
            self._kept[kind] = (key, make())
        return self._kept[kind][1]

    def called(self, job: Job) -> str:
        """Give the name of a page in words: "care-blocks 3 of 12"."""
        name = self.answer.scenario.name.replace("_", "-")
        return self.words.say("name", name=name, n=job.number, all=len(self.jobs))

    def shown_sites(self, *, chosen_only: bool = False) -> gpd.GeoDataFrame:
        """Give the sites that are drawn: geometry, ``label``, ``number``, ``chosen``."""
        ids = self.numbers.index[: self.sites]
        sites = self.answer.sites.loc[ids]
        made = gpd.GeoDataFrame(
            {
                "label": sites["label"].to_numpy(),
                "number": self.numbers.loc[ids].to_numpy(),
                "chosen": sites["phase"].notna().to_numpy(),
            },
            index=ids,
            geometry=sites.geometry.to_numpy(),
            crs=sites.crs,
        )
        return made[made["chosen"]] if chosen_only else made

    def sheet(self, job: Job, layout: Layout, version: str) -> Sheet:
        """Give what tells where the points of a page lie."""
        layer = job.theme
        if job.kind == "questions":  # the numbers of its rows, so that the code says all
            first, last = (int(self.numbers[job.sites[at]]) for at in (0, -1))
            layer = f"{job.theme} {first}-{last}"
        elif job.kind == "card":
            layer = f"card {int(self.numbers[job.sites[0]])}"
        return Sheet(
            self.project, self.answer.scenario.name, job.number, layer, version, layout.paper,
            layout.landscape, self.crs, layout.frame, job.extent, self.words.language,
            len(job.sites) if job.kind == "questions" else 0,
        )  # fmt: skip


def draw_map(book: Book, job: Job) -> tuple[Page, Sheet, str]:
    """Draw a map with one question.

    Parameters
    ----------
    book
        What all pages share.
    job
        Which page: of kind ``map`` or ``overview``.

    Returns
    -------
    The page, what its code says, and its title.
    """
    layout = map_layout(book.paper, landscape=job.landscape)
    page = Page(layout.size_mm, book.letters)
    theme = book.known[job.theme]()
    words = book.words
    overview = job.kind == "overview"
    title = words.say("title.overview", title=theme.title) if overview else theme.title
    draw_ground(page, book, job, layout, theme)
    furniture.draw_head(page, layout, title, words.say("how.map"))
    furniture.draw_key(
        page, layout, words.say("key.title"), theme.unit, _key(book, job, theme), words
    )
    furniture.draw_unknown(page, layout, book.remarks, words)
    furniture.draw_notes(page, layout, words)
    page.paragraph(layout.credits, credited(book.answer, theme, words), layout.pt(6.5, 5.5),
                   least_pt=4.5)  # fmt: skip
    furniture.draw_bar(page, layout, job.scale, words)
    return page, finished(page, book, job, layout), title


def draw_ground(page: Page, book: Book, job: Job, layout: Layout, theme: Theme) -> None:
    """Draw the map inside its frame."""
    if job.extent is None:
        return
    answer, taken = book.answer, Taken()
    view = View(job.extent, layout.frame)
    sized = EXISTING_MM * max(1.0, layout.pt(1, 1))
    ground.draw_classes(page, view, book.cells_at(view.m_per_mm), theme)
    draw_streets(page, book, view, over_classes=theme.classes is not None)
    ground.draw_edge(page, view, answer.area)
    furniture.draw_grid(page, layout)
    places.draw_existing(page, view, answer.existing, taken, sized)
    if theme.key in (SITES, PROPOSAL):
        sites = book.shown_sites(chosen_only=theme.key == PROPOSAL)
        places.draw_sites(page, view, sites, taken, layout.pt(places.NUMBER_PT, places.NUMBER_PT))
    size = layout.pt(ground.NAME_PT, ground.NAME_PT)
    ground.draw_names(page, book.named_at(view), taken, size)
    if job.kind == "overview":
        _draw_pages(page, view, job, layout)
    furniture.draw_frame(page, layout)
    furniture.draw_neighbours(page, layout, job.neighbours())


def draw_streets(page: Page, book: Book, view: View, *, over_classes: bool) -> None:
    """Draw the streets of a frame."""
    for lines, pen in book.streets_at(view, over_classes=over_classes):
        page.shapes(lines, pen)


def finished(page: Page, book: Book, job: Job, layout: Layout) -> Sheet:
    """Name the page, and draw its codes: the last, since they hold the version of all else."""
    version = page.version
    furniture.draw_name(page, layout, book.called(job), version, book.words)
    sheet = book.sheet(job, layout, version)
    furniture.draw_codes(page, sheet)
    return sheet


def _key(book: Book, job: Job, theme: Theme) -> list[KeyRow]:
    words, rows = book.words, list[KeyRow]()
    if theme.classes is not None:
        classes = zip(pens(theme.classes.count), theme.labels, strict=True)
        rows += [KeyRow(furniture.swatch(pen), label) for pen, label in classes][::-1]
        if theme.has_gaps:
            rows.append(KeyRow(furniture.swatch(UNKNOWN), gaps_word(book.answer, words)))
    if theme.key == SITES:
        said = words.say("key.site")
        if book.sites < len(book.numbers):
            more = words.say("key.more_sites", n=book.sites, all=len(book.numbers))
            said = f"{said}. {more}"
        rows.append(KeyRow(_site_in_key(chosen=False), said))
    if theme.key in (SITES, PROPOSAL) and book.answer.sites["phase"].notna().any():
        rows.append(KeyRow(_site_in_key(chosen=True), words.say("key.chosen")))
    if len(book.answer.existing):
        said = words.say("key.existing", place=place(book.answer, words))
        rows.append(KeyRow(_existing_in_key, said))
    rows.append(KeyRow(_edge_in_key, words.say("key.area")))
    if job.kind == "overview":
        rows.append(KeyRow(_page_in_key, words.say("key.pages")))
    elif job.overview:
        rows.append(KeyRow(_page_in_key, words.say("key.this_page", n=job.overview)))
    return rows


def _draw_pages(page: Page, view: View, job: Job, layout: Layout) -> None:
    """Draw the pages of an atlas with their numbers."""
    size = layout.pt(11)
    for number, tile in job.tiles:
        xmin, ymin, xmax, ymax = tile.extent
        (left, low), (right, top) = view.to_paper(
            shapely.get_coordinates(shapely.LineString([(xmin, ymin), (xmax, ymax)]))
        ).tolist()
        page.rectangle((left, low, right - left, top - low), Pen(line_pt=1.0))
        wide = page.letters.width_mm(str(number), size, bold=True) + 2
        high = size * 0.353 * 1.3
        page.rectangle((left, top - high, wide, high), Pen(fill=1.0, line_pt=0.7))
        page.write(left + wide / 2, top - high / 2, str(number), size, bold=True, align="center",
                   level="center_baseline")  # fmt: skip


def _site_in_key(*, chosen: bool) -> furniture.Sign:
    def draw(page: Page, box: Box) -> None:
        x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
        places.site_sign(page, x, y, "1", 7.0, chosen=chosen)

    return draw


def _existing_in_key(page: Page, box: Box) -> None:
    places.existing_sign(page, box[0] + box[2] / 2, box[1] + box[3] / 2, min(EXISTING_MM, box[3]))


def _edge_in_key(page: Page, box: Box) -> None:
    y = box[1] + box[3] / 2
    page.line([(box[0], y), (box[0] + box[2], y)], ground.EDGE)


def _page_in_key(page: Page, box: Box) -> None:
    page.rectangle((box[0] + 1, box[1], box[2] - 2, box[3]), Pen(line_pt=1.0))
