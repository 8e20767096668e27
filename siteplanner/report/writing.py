"""A report as files: a page, a PDF of a few pages, and its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from siteplanner import maps
from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.maps import messages, method
from siteplanner.report import answering, by_hour, explaining, gaining, standing
from siteplanner.report.as_html import render
from siteplanner.report.as_pdf import lay_out
from siteplanner.report.blocks import Block, Figure, Heading, Paragraph
from siteplanner.report.telling import Told, surely
from siteplanner.report.wording import Wording, shortened
from siteplanner.sheets.lettering import letters_for
from siteplanner.sheets.page import bind

SECTIONS = (
    answering.question,
    answering.answer,
    answering.first,
    standing.how_sure,
    gaining.who_gains,
    by_hour.by_time,
    gaining.who_loses,
    explaining.working,
    explaining.sources,
    explaining.limits,
)
LONGEST_TITLE = 200


def write(
    answer: maps.Answer,
    folder: Path,
    *,
    language: str | None = None,
    sure: Mapping[str, Any] | None = None,
    font: Path | None = None,
) -> Path:
    """Write ``report.html``, ``report.pdf`` and each figure as SVG: all of them, or none.

    Parameters
    ----------
    answer
        The whole answer; what is written is what its audience may have.
    folder
        Where they belong; made if it is not there.
    language
        Code of the language; by default the scenario's.
    sure
        How far the answer stands up: ``sites``, a table by site with ``rank_low`` and
        ``rank_high`` (5 and 95 % of the weightings), ``in_top`` and ``in_set`` (shares of the
        weightings, 0..1; NaN where not tried); ``sentences``, a list; ``state`` and
        ``weightings``, see `siteplanner.plan.tried`.  Each may be left out.
    font
        A font file for letters that the usual fonts lack.

    Returns
    -------
    The folder.

    Raises
    ------
    InputError
        If there is no such language, or no font here has a letter of the text.
    OutputError
        If they cannot be written; what was there is untouched.
    """
    told = told_of(answer, language=language, sure=sure, font=font)
    blocks = compose(told)
    title = shortened(answer.scenario.title, LONGEST_TITLE)
    pages = lay_out(blocks, told.letters, foot=f"{title} · {told.say('report')}")
    page = render(blocks, title=title, language=told.words.language)
    figures = {f"{one.name}.svg": one for one in blocks if isinstance(one, Figure)}
    files: dict[str, Callable[[Path], None] | None] = {"map.svg": None, "gains.svg": None}
    files |= {
        name: partial(_write_text, one.drawing.svg(one.caption)) for name, one in figures.items()
    }
    files["report.html"] = partial(_write_text, page)
    about = {"title": title, "subject": answer.scenario.name}
    files["report.pdf"] = lambda path: bind(pages, path, **about)
    maps.publish(files, folder)
    return folder


def told_of(
    answer: maps.Answer,
    *,
    language: str | None = None,
    sure: Mapping[str, Any] | None = None,
    font: Path | None = None,
) -> Told:
    """Gather what the sections of a report draw from, as its audience may have it.

    Parameters
    ----------
    answer, language, sure, font
        As for `write`.

    Raises
    ------
    InputError
        If there is no such language, or no font here has its letters.
    """
    code = language or answer.scenario.language
    if code not in messages.languages():
        todo = nearest_names(code, messages.languages())
        raise InputError([Problem("report", "language", f"no language '{code:.40}'", todo)])
    sites, sentences = surely(sure)
    return Told(
        whole=answer,
        shown=maps.released(answer),
        words=Wording(code),
        letters=letters_for(code, font),
        sites=sites,
        sentences=sentences,
        state=str((sure or {}).get("state", "")),
        weightings=(sure or {}).get("weightings", (0, 0)),
    )


def compose(told: Told) -> list[Block]:
    """Put the report together, from its title to its last notice."""
    words, answer = told.words, told.shown
    programme = words.say(f"programme.{answer.scenario.programme}")
    about = method.about(answer)
    kind = f"{words.say('report')} · {programme}" if programme else words.say("report")
    said = [
        words.say("report.made_by", scenario=answer.scenario.name, version=answer.version),
        words.say("report.warning"),
        words.say("made_up.text") if about["made_up"] else "",
        words.say("report.public") if told.public else "",
    ]
    head: list[Block] = [
        Heading(shortened(answer.scenario.title, LONGEST_TITLE), 1),
        Paragraph(kind, soft=True),
        Paragraph(" ".join(one for one in said if one), soft=True),
    ]
    return [*head, *(block for section in SECTIONS for block in section(told))]


def _write_text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
