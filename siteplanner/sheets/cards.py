"""Candidate cards: one possible site on a page, with a map, what is known, and a photo's place."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from siteplanner.maps.audience import is_public
from siteplanner.sheets import furniture, ground, places, scales
from siteplanner.sheets.drawing import Book, draw_streets, finished
from siteplanner.sheets.ground import Taken, View
from siteplanner.sheets.layout import Layout, card_layout
from siteplanner.sheets.lettering import MM_PER_POINT
from siteplanner.sheets.page import LINE_HEIGHT, Page, Pen
from siteplanner.sheets.pages import Job
from siteplanner.sheets.sheet import Sheet
from siteplanner.sheets.themes import SITES, credited

SCALE = 10_000
"""Of the small map: 100 m are 10 mm."""
PAPER = "A4"


def draw_card(book: Book, job: Job) -> tuple[Page, Sheet, str]:
    """Draw the card of one site.

    Parameters
    ----------
    book
        What all pages share.
    job
        Which page; its ``sites`` hold the one.

    Returns
    -------
    The page, what its code says, and its title.
    """
    (site,) = job.sites
    layout = card_layout(PAPER)
    page, words = Page(layout.size_mm, book.letters), book.words
    label = str(book.answer.sites["label"][site] or "").strip() or site
    title = words.say("card.title", n=int(book.numbers[site]), label=label)
    furniture.draw_head(page, layout, title, words.say("how.map"))
    placed = _map(page, book, job, layout, site)
    _words(page, book, layout, site)
    left, bottom, width, height = layout.photo
    page.rectangle(layout.photo, Pen(line_pt=0.7, dash=(4, 3), line=0.3))
    page.write(left + width / 2, bottom + height / 2, words.say("card.photo"), 9, align="center",
               grey=0.4)  # fmt: skip
    furniture.draw_unknown(page, layout, book.remarks[::-1], words)
    furniture.draw_notes(page, layout, words)
    furniture.draw_bar(page, layout, SCALE, words)
    theme = book.known[SITES]()
    page.paragraph(layout.credits, credited(book.answer, theme, words), 6.0, least_pt=4.5)
    return page, finished(page, book, placed, layout), title


def breakdown(book: Book, site: str) -> list[str]:
    """Say in words what a site scores, criterion by criterion, and what the plan says of it.

    Parameters
    ----------
    book
        What all pages share.
    site
        Its id.

    Returns
    -------
    Sentences.
    """
    answer, words = book.answer, book.words
    said = []
    index, rank = answer.sites["index"][site], answer.sites["rank"][site]
    if pd.notna(index) and pd.notna(rank):
        points, count = words.number(round(100 * float(index))), int(answer.sites["rank"].count())
        said.append(words.say("card.index", points=points, rank=int(rank), all=count))
    for name, one in answer.criteria_of("site").iterrows():
        said.append(_criterion(book, site, str(name), one))
    chosen = pd.notna(answer.sites["phase"][site])
    said.append(words.say("card.chosen" if chosen else "card.not_chosen"))
    column = "why" if chosen else "why_not"
    if column in answer.sites:
        said.append(words.sentence(str(answer.sites[column][site] or "")))
    return [one for one in said if one]


def _criterion(book: Book, site: str, name: str, one: pd.Series) -> str:
    answer, words = book.answer, book.words
    title = str(one["title"] or name)
    value, score = (
        float(table[name].astype(float).get(site, np.nan)) if name in table else np.nan
        for table in (answer.site_values, answer.site_scores)
    )
    if np.isposinf(value):
        return words.say("card.far", title=title, score=words.number(round(100 * score)))
    if np.isnan(value) or np.isnan(score):
        hidden = is_public(answer) and one["status"] == "in use"
        return words.say("card.withheld" if hidden else "card.unknown", title=title)
    shown = round(value) if abs(value) >= 10 else value
    return words.say(
        "card.criterion", title=title, value=words.number(shown),
        unit=words.sentence(str(one["unit"])), score=words.number(round(100 * score)),
    )  # fmt: skip


def _map(page: Page, book: Book, job: Job, layout: Layout, site: str) -> Job:
    """Draw the small map around the site; give the job with the ground that it shows."""
    answer, taken = book.answer, Taken()
    point = shapely.point_on_surface(answer.sites.geometry[site])
    extent = scales.extent_around(point.x, point.y, layout.frame[2:], SCALE)
    view = View(extent, layout.frame)
    draw_streets(page, book, view, over_classes=False)
    ground.draw_edge(page, view, answer.area)
    outline = view.cut(np.array([answer.sites.geometry[site]], dtype=object))
    if answer.sites.geometry[site].geom_type in ("Polygon", "MultiPolygon"):
        page.shapes(outline, Pen(fill=0.8, line_pt=0.8))
    places.draw_existing(page, view, answer.existing, taken, 3.0)
    own = book.shown_sites().loc[[site]]
    others = book.shown_sites().drop(index=site)
    places.draw_sites(page, view, own.assign(chosen=True), taken, 10.0)
    places.draw_sites(page, view, others.assign(chosen=False), taken)
    ground.draw_names(page, book.named_at(view), taken)
    furniture.draw_frame(page, layout, lettered=False)
    return Job(job.number, job.kind, job.theme, job.landscape, SCALE, extent, sites=job.sites)


def _words(page: Page, book: Book, layout: Layout, site: str) -> None:
    left, bottom, width, height = layout.key
    low = bottom + height - 10 * MM_PER_POINT
    page.write(left, low, book.words.say("card.words"), 10, bold=True)
    low -= 2.5
    size = 8.0
    sentences = [page.letters.plain(one) for one in breakdown(book, site)]
    while size > 6 and _height(page, sentences, size, width) > low - bottom:
        size -= 0.5
    for one in sentences:
        need = _height(page, [one], size, width)
        room = min(need, low - bottom)
        low -= page.paragraph((left, low - room, width, room), one, size) + 1.0


def _height(page: Page, sentences: list[str], size: float, width: float) -> float:
    step = size * LINE_HEIGHT * MM_PER_POINT
    return sum(len(page.letters.wrapped(one, size, width)) * step + 1.0 for one in sentences)
