"""The question sheet: a table of possible sites with boxes to tick."""

from __future__ import annotations

from siteplanner.maps.audience import is_public
from siteplanner.sheets import furniture
from siteplanner.sheets.boxes import COLUMN_MM, COLUMNS
from siteplanner.sheets.drawing import Book, finished
from siteplanner.sheets.layout import question_layout
from siteplanner.sheets.lettering import MM_PER_POINT
from siteplanner.sheets.page import LINE_HEIGHT, Page, Pen
from siteplanner.sheets.pages import Job
from siteplanner.sheets.sheet import Sheet
from siteplanner.sheets.themes import QUESTIONS, credited

NUMBER_MM = 12.0
RULE = Pen(line_pt=0.35, line=0.4)
BOX = Pen(fill=1.0, line_pt=0.9)


def draw_questions(book: Book, job: Job) -> tuple[Page, Sheet, str]:
    """Draw a table of sites: number, name, and three boxes to tick.

    Parameters
    ----------
    book
        What all pages share.
    job
        Which page; its ``sites`` are the rows.

    Returns
    -------
    The page, what its code says, and its title.
    """
    layout = question_layout(book.paper)
    page, words = Page(layout.size_mm, book.letters), book.words
    sheet = book.sheet(job, layout, "0" * 8)  # where rows and boxes stand does not depend on it
    title = words.say("title.questions")
    furniture.draw_head(page, layout, title, words.say("how.questions"))
    _table(page, book, sheet, job)
    furniture.draw_notes(page, layout, words)
    furniture.draw_unknown(page, layout, book.remarks, words)
    theme = book.known[QUESTIONS]()
    page.paragraph(layout.credits, credited(book.answer, theme, words), layout.pt(6.5, 5.5),
                   least_pt=4.5)  # fmt: skip
    return page, finished(page, book, job, layout), title


def _table(page: Page, book: Book, sheet: Sheet, job: Job) -> None:
    left, bottom, width, height = sheet.frame_mm
    top, row_mm, words = bottom + height, sheet.row_mm, book.words
    low = top - row_mm * (len(job.sites) + 1)
    size = max(7.0, min(9.0, row_mm * 0.95))
    heads = [words.say(f"question.{one}") for one in COLUMNS]
    first = left + width - COLUMN_MM * len(COLUMNS)
    _head(page, left + 2, top, NUMBER_MM - 2, row_mm, words.say("question.number"))
    room = first - left - NUMBER_MM - 2
    _head(page, left + NUMBER_MM, top, room, row_mm, words.say("question.place"))
    for at, text in enumerate(heads):
        _head(page, first + at * COLUMN_MM + 1, top, COLUMN_MM - 2, row_mm, text)
    for at, site in enumerate(job.sites):
        y = top - row_mm * (at + 1)
        page.write(left + 2, y - row_mm / 2, str(int(book.numbers[site])), size, bold=True,
                   level="center_baseline")  # fmt: skip
        _place(page, book, site, (left + NUMBER_MM, y - row_mm, room, row_mm), size)
    for at in range(len(job.sites) + 2):
        y = top - row_mm * at
        page.line([(left, y), (left + width, y)], RULE)
    for x in (first + COLUMN_MM * at for at in range(len(COLUMNS))):
        page.line([(x, low), (x, top)], RULE)
    for box in sheet.boxes():
        half = box.size_mm / 2
        page.rectangle((box.x_mm - half, box.y_mm - half, box.size_mm, box.size_mm), BOX)
    page.rectangle(sheet.frame_mm, furniture.FRAME)


def _head(page: Page, left: float, top: float, width: float, row_mm: float, text: str) -> None:
    size = 7.0
    line = size * LINE_HEIGHT * MM_PER_POINT
    lines = min(
        len(page.letters.wrapped(page.letters.plain(text), size, width)), int(row_mm / line)
    )
    high = max(lines, 1) * line
    page.paragraph((left, top - row_mm / 2 - high / 2, width, high), text, size, bold=True,
                   least_pt=5.5)  # fmt: skip


def _place(
    page: Page, book: Book, site: str, box: tuple[float, float, float, float], size: float
) -> None:
    """Write a site's name, and under it how many people can walk there."""
    left, bottom, width, height = box
    label = str(book.answer.sites["label"][site] or "").strip() or site
    facts = _facts(book, site)
    small = max(5.5, size - 2)
    second = small * LINE_HEIGHT * MM_PER_POINT if facts else 0.0
    first = size * LINE_HEIGHT * MM_PER_POINT
    low = bottom + (height - first - second) / 2
    page.paragraph((left, low + second, width, first), label, size, bold=True, least_pt=6.0)
    if facts:
        page.paragraph((left, low, width, second), facts, small)


def _facts(book: Book, site: str) -> str:
    sites, words = book.answer.sites, book.words
    people = float(sites["people_reached"].astype(float)[site])
    said = []
    if people == people:  # known
        said.append(words.say("question.people", people=words.number(round(people))))
    elif is_public(book.answer):
        said.append(words.say("question.few"))
    if sites["phase"].notna()[site]:
        said.append(words.say("question.chosen"))
    return " · ".join(said)
