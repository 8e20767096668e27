"""The map of what a workshop said and what changed, with both in plain words beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from siteplanner.sheets import furniture, ground, places, scales
from siteplanner.sheets.changes import Change
from siteplanner.sheets.furniture import KeyRow
from siteplanner.sheets.ground import Taken, View
from siteplanner.sheets.layout import BAR_MM, Layout, page_mm
from siteplanner.sheets.lettering import MM_PER_POINT, Letters
from siteplanner.sheets.page import LINE_HEIGHT, Box, Page, Pen
from siteplanner.sheets.sentences import changed, told
from siteplanner.sheets.words import Words

EDGE_MM = 14.0
COLUMN_MM = 128.0
SIGN_PT = 7.5
LABEL_PT = 6.5
MARK_MM = 1.1
MOST_OTHERS = 40
"""Places with marks that are proposed in neither plan, the best by points."""
OUT = Pen(fill=1.0, line_pt=0.7, dash=(2, 1.5))
DARK = Pen(fill=0.0)
THIN = Pen(line_pt=0.9)
OPEN = Pen(fill=1.0, line_pt=0.7)


@dataclass(frozen=True, eq=False)
class Told:
    """What both pages share: the change, the language and its letters."""

    change: Change
    words: Words
    letters: Letters


def draw_changes(book: Told) -> Page:
    """Draw the map of what changed, with what people said and what followed, on an A3 page."""
    layout = _layout()
    page, words, change = Page(layout.size_mm, book.letters), book.words, book.change
    scale = scales.fitting_scale(change.after.area, layout.frame[2:])
    extent = scales.whole_extent(change.after.area, layout.frame[2:], scale)
    view = View(extent, layout.frame)
    for lines, pen in ground.street_lines(view, change.after.streets, over_classes=False):
        page.shapes(lines, pen)
    ground.draw_edge(page, view, change.after.area)
    kinds = _draw_marks(page, view, change)
    _draw_sites(page, view, change, words)
    furniture.draw_frame(page, layout, lettered=False)
    furniture.draw_head(page, layout, words.say("told.title"), words.say("told.how"))
    furniture.draw_key(
        page,
        layout,
        words.say("told.key"),
        words.say("told.key.number"),
        [*_key(words), *kinds(words)],
        words,
    )
    furniture.draw_bar(page, layout, scale, words)
    page.paragraph(layout.credits, credited(book), 6.5, least_pt=5.0)
    _column(page, layout.notes, _sayings(book))
    return page


def _layout() -> Layout:
    """Lay out the A3 page: the map on the left, words on the right."""
    width, height = page_mm("A3", landscape=True)
    map_mm = width - 3 * EDGE_MM - COLUMN_MM
    frame = (EDGE_MM, EDGE_MM + 14, map_mm, height - 2 * EDGE_MM - 14 - 18)
    left = 2 * EDGE_MM + map_mm
    top = height - EDGE_MM
    nothing = (0.0, 0.0, 0.0, 0.0)
    return Layout(
        "A3", True, frame,
        title=(EDGE_MM, top - 14, map_mm, 14.0), how=(left, top - 12, COLUMN_MM, 12.0),
        credits=(EDGE_MM, EDGE_MM - 6, map_mm - BAR_MM - 40, 15.0),
        bar=(EDGE_MM + map_mm - BAR_MM - 32, EDGE_MM - 5, BAR_MM + 32, 15.0),
        key=(left, EDGE_MM, COLUMN_MM, 62.0),
        notes=(left, EDGE_MM + 64, COLUMN_MM, top - 18 - EDGE_MM - 64),
        unknown=nothing, name=nothing,
    )  # fmt: skip


def _draw_marks(page: Page, view: View, change: Change) -> Callable[[Words], list[KeyRow]]:
    """Draw each mark as a small sign that tells what it says; give the rows of the key."""
    said = change.points["says"].value_counts().sort_index()
    common = list(said.sort_values(ascending=False, kind="stable").index[: len(_SIGNS)])
    signs = dict(zip(common, _SIGNS, strict=False))
    inside = shapely.intersects(change.points.geometry.to_numpy(), view.window)
    shown = change.points[inside]
    middle = shapely.point_on_surface(shown.geometry.to_numpy())
    at = view.to_paper(shapely.get_coordinates(middle)) if len(shown) else np.zeros((0, 2))
    for (x, y), says in zip(at.round(3), shown["says"], strict=True):
        signs.get(says, _SIGNS[-1])(page, (float(x), float(y)))
    return lambda words: [
        KeyRow(partial(_in_key, sign), words.say("told.mark", says=says))
        for says, sign in signs.items()
    ]


def _draw_sites(page: Page, view: View, change: Change, words: Words) -> None:
    """Draw the places of both plans and those with marks, with their number by points now."""
    taken, labels = Taken(), list[tuple[float, float, str, str]]()
    for rows, draw in (
        (change.went_out, _sign_out), (change.stayed, _sign_stays), (change.came_in, _sign_in)
    ):  # fmt: skip
        for site, row in rows.iterrows():
            source = change.before if row["ruled_out"] else change.after
            point = shapely.point_on_surface(source.sites.geometry[site])
            if not view.window.intersects(point):
                continue
            x, y = (float(one) for one in view.to_paper(shapely.get_coordinates(point))[0].round(3))
            rank = row["rank_before"] if row["ruled_out"] else row["rank_after"]
            draw(page, x, y, "" if pd.isna(rank) else str(rank))
            taken.take(shapely.Point(x, y).buffer(places.radius_mm(page, str(rank), SIGN_PT) + 1.3))
            labels.append((x, y, str(row["label"]), _counted(change, str(site), words)))
    others = change.others[~change.others["ruled_out"]].head(MOST_OTHERS)
    signs = gpd.GeoDataFrame(
        {"number": others["rank_after"].astype(str).replace("<NA>", ""), "chosen": False},
        geometry=change.after.sites.geometry.reindex(others.index),
        crs=change.after.crs,
    )
    places.draw_sites(page, view, signs, taken, SIGN_PT)
    for x, y, label, counted in labels:
        _label(page, (x, y), label, taken, up=True)
        _label(page, (x, y), counted, taken, up=False)


def _label(page: Page, at: tuple[float, float], text: str, taken: Taken, *, up: bool) -> None:
    """Write a small text above or below a sign, or beside it; nothing where there is no room."""
    lines = page.letters.wrapped(page.letters.plain(text), LABEL_PT, 46, most=1)
    if not lines:
        return
    wide = page.letters.width_mm(lines[0], LABEL_PT)
    side = 1 if up else -1
    for right, high in ((0.0, 4.2), (0.0, 6.4), (wide / 2 + 4, 1.4), (-wide / 2 - 4, 1.4)):
        x, y = at[0] + right, at[1] + side * high - (0 if up else 1.6)
        room = shapely.box(x - wide / 2 - 0.3, y - 0.5, x + wide / 2 + 0.3, y + 2)
        if taken.free(room):
            page.rectangle((x - wide / 2 - 0.3, y - 0.5, wide + 0.6, 2.5), Pen(fill=1.0))
            page.write(x, y, lines[0], LABEL_PT, align="center")
            taken.take(room)
            return


def _counted(change: Change, site: str, words: Words) -> str:
    """Say how many marks were counted at a place: "Support 12, Objection 4"."""
    votes = change.votes.loc[site] if site in change.votes.index else pd.Series(dtype=float)
    titles = change.after.criteria["title"]
    return ", ".join(
        f"{titles.get(name, name)} {words.say('told.few') if pd.isna(one) else words.number(one)}"
        for name, one in votes.items()
        if one != 0
    )


def _sign_other(page: Page, x: float, y: float, number: str) -> None:
    places.site_sign(page, x, y, number, SIGN_PT, chosen=False)


def _sign_stays(page: Page, x: float, y: float, number: str) -> None:
    places.site_sign(page, x, y, number, SIGN_PT, chosen=True)


def _sign_in(page: Page, x: float, y: float, number: str) -> None:
    radius = places.radius_mm(page, number or "1", SIGN_PT)
    page.circle(x, y, radius + 1.2, Pen(fill=1.0, line_pt=0.9))
    places.site_sign(page, x, y, number, SIGN_PT, chosen=True)


def _sign_out(page: Page, x: float, y: float, number: str) -> None:
    radius = places.radius_mm(page, number or "1", SIGN_PT)
    page.circle(x, y, radius, OUT)
    page.write(x, y, number, SIGN_PT, align="center", level="center_baseline")
    page.line([(x - radius, y - radius), (x + radius, y + radius)], THIN)


def _dot(page: Page, at: tuple[float, float]) -> None:
    page.circle(*at, MARK_MM * 0.55, DARK)


def _cross(page: Page, at: tuple[float, float]) -> None:
    x, y = at
    for side in (-1, 1):
        page.line([(x - MARK_MM, y - side * MARK_MM), (x + MARK_MM, y + side * MARK_MM)], THIN)


def _square(page: Page, at: tuple[float, float]) -> None:
    page.rectangle(
        (at[0] - MARK_MM * 0.8, at[1] - MARK_MM * 0.8, MARK_MM * 1.6, MARK_MM * 1.6), OPEN
    )


def _plus(page: Page, at: tuple[float, float]) -> None:
    x, y = at
    page.line([(x - MARK_MM, y), (x + MARK_MM, y)], THIN)
    page.line([(x, y - MARK_MM), (x, y + MARK_MM)], THIN)


def _ring(page: Page, at: tuple[float, float]) -> None:
    page.circle(*at, MARK_MM * 0.8, OPEN)


_SIGNS = (_dot, _cross, _square, _plus, _ring)


def _in_key(sign: Callable[[Page, tuple[float, float]], None], page: Page, box: Box) -> None:
    sign(page, (box[0] + box[2] / 2, box[1] + box[3] / 2))


def _key(words: Words) -> list[KeyRow]:
    signs = {"stays": _sign_stays, "in": _sign_in, "out": _sign_out, "other": _sign_other}

    def row(draw: Callable[[Page, float, float, str], None]) -> furniture.Sign:
        return lambda page, box: draw(page, box[0] + box[2] / 2, box[1] + box[3] / 2, "1")

    return [KeyRow(row(draw), words.say(f"told.key.{name}")) for name, draw in signs.items()]


def _sayings(book: Told) -> list[tuple[str, bool]]:
    """Give the paragraphs of the page, headings marked."""
    words = book.words
    return [
        (plans(book), False),
        (words.say("told.told"), True),
        *((one, False) for one in told(book.change, words)),
        (words.say("told.changed"), True),
        *((one, False) for one in changed(book.change, words)),
    ]


def _column(page: Page, box: Box, paragraphs: list[tuple[str, bool]]) -> None:
    """Write paragraphs from the top, smaller where they are many, and say how many are left."""
    left, bottom, width, height = box
    for size in (10.0, 9.0, 8.0, 7.0, 6.5):
        step = size * LINE_HEIGHT * MM_PER_POINT
        need = [
            len(page.letters.wrapped(page.letters.plain(text), size + 2 * head, width, bold=head))
            * step * (1.25 if head else 1.0) + step * (0.9 if head else 0.35)
            for text, head in paragraphs
        ]  # fmt: skip
        if sum(need) <= height:
            break
    low = bottom + height
    for (text, head), room in zip(paragraphs, need, strict=True):
        if low - room < bottom:
            page.write(left, bottom, "…", size)
            return
        low -= step * 0.55 if head else 0
        page.paragraph((left, low - room, width, room), text, size + 2 * head, bold=head)
        low -= room - (step * 0.55 if head else 0)


def plans(book: Told) -> str:
    """Say which two plans are compared."""
    before, after = (one.scenario.title for one in (book.change.before, book.change.after))
    return book.words.say("told.plans", before=before, after=after)


def credited(book: Told) -> str:
    """Say whose data the pages stand on, and what made them."""
    answer, words = book.change.after, book.words
    given = dict.fromkeys(one.attribution for one in answer.layers.values() if one.attribution)
    said = [words.say("credits", names="; ".join(given))] if given else []
    if any(one.fictional for one in answer.layers.values()):
        said.append(words.say("credits.made_up"))
    made = words.say("credits.made_by", scenario=answer.scenario.title, version=answer.version)
    return " ".join([*said, made])
