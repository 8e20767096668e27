"""The pages that go back to a workshop: what you told us and what changed, and the count."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from siteplanner import maps
from siteplanner.maps.tables import write_csv
from siteplanner.sheets.changemap import EDGE_MM, THIN, Told, credited, draw_changes, plans
from siteplanner.sheets.changes import Change
from siteplanner.sheets.layout import page_mm
from siteplanner.sheets.lettering import letters_for
from siteplanner.sheets.page import Box, Page, Pen
from siteplanner.sheets.words import Words

RULE = Pen(line_pt=0.4, line=0.6)


def write(change: Change, folder: Path, *, language: str = "en", font: Path | None = None) -> Path:
    """Write ``changes.pdf``, ``tally.pdf`` and ``tally.csv``: all of them, or none.

    Parameters
    ----------
    change
        From `siteplanner.sheets.changes.compare`.
    folder
        Where they belong; made if it is not there.
    language
        Code of the language of the pages.
    font
        A font file for letters that the usual fonts lack.

    Returns
    -------
    The folder.

    Raises
    ------
    OutputError
        If they cannot be written; what was there is untouched.
    """
    book = Told(change, Words(language), letters_for(language, font))
    name = change.after.scenario.name
    pages = {"changes.pdf": draw_changes, "tally.pdf": draw_tally}
    files: dict[str, Callable[[Path], None] | None] = {
        file: partial(_save, book, draw, f"{name}: {book.words.say('told.title')}")
        for file, draw in pages.items()
    }
    files["tally.csv"] = lambda path: write_csv(change.tally.reset_index(), path)
    maps.publish(files, folder)
    return folder


def draw_tally(book: Told) -> Page:
    """Draw the count of marks by sheet and by place, on an A4 page that stands."""
    page, words, change = (
        Page(page_mm("A4", landscape=False), book.letters),
        book.words,
        book.change,
    )
    width, height = page.size_mm
    top = height - EDGE_MM
    box = (EDGE_MM, top - 9, width - 2 * EDGE_MM, 9.0)
    page.paragraph(box, words.say("told.tally"), 16, bold=True, least_pt=10)
    top -= 9 + page.paragraph((box[0], top - 21, box[2], 10), plans(book), 8) + 3
    low = EDGE_MM + 8
    heads = [words.say(f"told.{one}") for one in ("sheet", "says", "marks", "people")]
    top = _table(
        page, (box[0], low, box[2], top - low), heads, list(_tally_rows(book)), words, wide=False
    )
    rows = list(_site_rows(book))
    if rows and top - low > 30:
        page.write(box[0], top - 8, words.say("told.site"), 10, bold=True)
        titles = [_title(change, str(name)) for name in change.votes]
        heads = [words.say("told.place"), words.say("told.rank"), *titles]
        _table(page, (box[0], low, box[2], top - 11 - low), heads, rows, words, wide=True)
    page.paragraph((box[0], 6, box[2], 8), credited(book), 6.0, least_pt=5.0)
    return page


def _save(book: Told, draw: Callable[[Told], Page], title: str, path: Path) -> None:
    page = draw(book)
    page.save(path, title=title, subject=f"{book.change.after.scenario.name} {page.version}")


def _table(
    page: Page, box: Box, heads: list[str], rows: list[list[str]], words: Words, *, wide: bool
) -> float:
    """Draw a table from the top of its box, its first column wider if asked; give where it ends."""
    left, bottom, width, height = box
    size, step = 8.5, 5.2
    shares = np.array([2.4, *[1.0] * (len(heads) - 1)]) if wide else np.ones(len(heads))
    across = width * shares / shares.sum()
    starts = left + np.concatenate([[0.0], np.cumsum(across)[:-1]])
    top = bottom + height
    for x, room, text in zip(starts, across, heads, strict=True):
        page.paragraph((float(x), top - 8, room - 2, 8.0), text, size, bold=True, least_pt=6.0)
    top -= 9
    page.line([(left, top), (left + width, top)], THIN)
    fits = max(1, int((top - bottom) / step))
    shown = rows if len(rows) <= fits else rows[: fits - 1]
    for row in shown:
        top -= step
        for x, room, text in zip(starts, across, row, strict=True):
            lines = page.letters.wrapped(page.letters.plain(text), size, room - 2, most=1)
            if lines:
                page.write(float(x), top + 1.5, lines[0], size)
        page.line([(left, top), (left + width, top)], RULE)
    if len(shown) < len(rows):
        top -= step
        page.write(left, top + 1.5, words.say("told.more", n=len(rows) - len(shown)), size)
    return top


def _tally_rows(book: Told) -> Iterator[list[str]]:
    words, tally = book.words, book.change.tally
    for row in tally.reset_index().to_dict("records"):
        name = words.number(row["sheet"]) if row["sheet"] else words.say("told.by_hand")
        counts = (_count(words, row[one]) for one in ("marks", "people"))
        yield [name, str(row["says"]), *counts]


def _site_rows(book: Told) -> Iterator[list[str]]:
    change, words = book.change, book.words
    moved = change.sites["in_before"] | change.sites["in_after"]
    for site, row in change.sites[moved | change.heard].iterrows():
        ranks = (row["rank_before"], row["rank_after"])
        before, after = ("–" if pd.isna(one) else words.number(one) for one in ranks)
        votes: list[float] = change.votes.reindex([site]).to_numpy(dtype=float)[0].tolist()
        yield [str(row["label"]), f"{before} → {after}", *(_count(words, one) for one in votes)]


def _count(words: Words, value: float) -> str:
    return words.say("told.few") if pd.isna(value) else words.number(value)


def _title(change: Change, name: str) -> str:
    return str(change.after.criteria["title"].get(name, name))
