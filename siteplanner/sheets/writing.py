"""A set of sheets as files: one PDF a page, and ``sheets.json``, which lists them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd

from siteplanner.errors import InputError, OutputError
from siteplanner.maps.answer import Answer
from siteplanner.maps.atomic import publish
from siteplanner.maps.audience import released
from siteplanner.sheets.cards import draw_card
from siteplanner.sheets.drawing import Book, draw_map
from siteplanner.sheets.lettering import letters_for
from siteplanner.sheets.page import Page
from siteplanner.sheets.pages import Job, Wanted, planned
from siteplanner.sheets.places import numbers
from siteplanner.sheets.questions import draw_questions
from siteplanner.sheets.sheet import Sheet
from siteplanner.sheets.themes import available
from siteplanner.sheets.words import Words

SIGN = "sheets.json"
"""The file by which a folder is known to hold sheets of ours."""
Progress = Callable[[str], None]


def bind(
    answer: Answer,
    wanted: Wanted,
    *,
    project: str,
    names: gpd.GeoDataFrame | None = None,
) -> Book:
    """Say which sheets an answer makes, before any is drawn.

    Parameters
    ----------
    answer
        The whole answer; what its audience may not see is on no sheet.
    wanted
        Paper, scale, layers and so on.
    project
        Name of the project, for the codes.
    names
        Streets with a ``label``, in the answer's system.

    Returns
    -------
    What the pages share, with one job a page.

    Raises
    ------
    InputError
        If what is asked for cannot be had; with all problems.
    """
    found = wanted.problems()
    if found:
        raise InputError(found)
    shown = released(answer)
    words = Words(wanted.language or answer.scenario.language)
    letters = letters_for(words.language, wanted.font)
    known, numbered = available(shown, words), numbers(shown)
    jobs = tuple(planned(shown, wanted, known, numbered))
    labelled = names if names is not None and _labelled(names) else None
    return Book(shown, project, wanted.paper, words, letters, known, numbered, jobs, labelled,
                min(wanted.sites, len(numbered)))  # fmt: skip


def draw(book: Book, job: Job) -> tuple[Page, Sheet, str]:
    """Draw one page.

    Returns
    -------
    The page, what its code says, and its title.
    """
    kinds = {"questions": draw_questions, "card": draw_card}
    return kinds.get(job.kind, draw_map)(book, job)


def write(book: Book, folder: Path, *, progress: Progress = lambda _: None) -> Path:
    """Write all sheets: all of them, or none.

    The sheets of an earlier run go.  ``sheets.json`` lists, for each sheet, its file, title,
    the text of its code, and the sites on it that somebody can tick.

    Parameters
    ----------
    book
        The sheets, from `bind`.
    folder
        Where they belong; made if it is not there.
    progress
        Called with the name of each sheet as it is drawn.

    Returns
    -------
    The folder.

    Raises
    ------
    OutputError
        If it cannot be written, or holds files of somebody else.
    """
    old = _old(folder)
    listed: list[dict[str, Any]] = []
    files: dict[str, Callable[[Path], None] | None] = {
        one: None for one in old if (folder / one).exists()
    }
    for job in book.jobs:
        if job.file not in old and (folder / job.file).exists():
            msg = (
                f"{folder}: holds '{job.file}', which no {SIGN} of siteplanner names; nothing was "
                "written; name another folder, or move the file away"
            )
            raise OutputError(msg)
        files[job.file] = _writer(book, job, listed, progress)
    files[SIGN] = lambda path: _write_list(book, listed, path)
    publish(files, folder)
    return folder


def _writer(
    book: Book, job: Job, listed: list[dict[str, Any]], progress: Progress
) -> Callable[[Path], None]:
    def to(path: Path) -> None:
        progress(book.called(job))
        page, sheet, title = draw(book, job)
        page.save(path, title=f"{book.called(job)}: {title}", subject=sheet.text())
        listed.append(
            {
                "sheet": job.number,
                "file": job.file,
                "name": book.called(job),
                "title": title,
                "version": sheet.version,
                "code": sheet.text(),
                "sites": list(job.sites),
                "numbers": [int(book.numbers[one]) for one in job.sites],
            }
        )

    return to


def _write_list(book: Book, listed: list[dict[str, Any]], path: Path) -> None:
    about = {
        "siteplanner": book.answer.version,
        "project": book.project,
        "scenario": book.answer.scenario.name,
        "sites": {str(number): str(site) for site, number in book.numbers.items()},
        "sheets": listed,
    }
    text = json.dumps(about, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _old(folder: Path) -> Mapping[str, None]:
    """Give the sheets that an earlier run of ours left in the folder."""
    try:
        found = json.loads((folder / SIGN).read_text(encoding="utf-8"))
        names = [str(one["file"]) for one in found["sheets"]] if "siteplanner" in found else []
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return dict.fromkeys(one for one in names if Path(one).name == one and one.endswith(".pdf"))


def _labelled(names: gpd.GeoDataFrame) -> bool:
    return "label" in names and bool(names["label"].fillna("").astype(str).str.strip().any())
