"""The equality page and its table as files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from siteplanner import maps
from siteplanner.errors import InputError, Problem, nearest_names
from siteplanner.maps import messages, method
from siteplanner.maps.audience import is_public
from siteplanner.report.as_html import render
from siteplanner.report.blocks import Block, Heading, Paragraph
from siteplanner.report.equality_counts import CHARACTERISTICS, characteristics_of
from siteplanner.report.equality_sections import Seen, page, see
from siteplanner.report.equality_uk import fill
from siteplanner.report.wording import Wording, shortened

LONGEST_TITLE = 200
TEMPLATES = {"plain": page, "uk": fill}
"""Under which headings the page stands."""


def write(
    answer: maps.Answer,
    walks: pd.DataFrame | None,
    folder: Path,
    *,
    language: str | None = None,
    template: str = "plain",
    offered: Mapping[str, str] | None = None,
) -> Path:
    """Write ``equality.html`` and ``equality.csv``: both, or none.

    Parameters
    ----------
    answer
        The whole answer; what is written is what its audience may have.
    walks
        By cell ``before_min`` and ``after_min``: the walk to the nearest place; None where the
        plan knows no walks.
    folder
        Where they belong; made if it is not there.
    language
        Code of the language; by default the scenario's.
    template
        ``plain``, or ``uk``: under the headings of a United Kingdom equality impact assessment.
    offered
        Columns that say a characteristic in layers that the plan does not read:
        ``layer.column`` to characteristic.

    Returns
    -------
    The folder.

    Raises
    ------
    InputError
        If there is no such language or template.
    OutputError
        If they cannot be written; what was there is untouched.
    """
    code = language or answer.scenario.language
    for given, key, known in (
        (code, "language", messages.languages()),
        (template, "template", tuple(TEMPLATES)),
    ):
        if given not in known:
            found, todo = f"no {key} '{given:.40}'", nearest_names(given, known)
            raise InputError([Problem("equality", key, found, todo)])
    seen = see(answer, walks, Wording(code), offered)
    title = shortened(answer.scenario.title, LONGEST_TITLE)
    blocks = [*_head(seen, title), *TEMPLATES[template](seen)]
    text = render(blocks, title=f"{title} · {seen.words.say('eq.title')}", language=code)
    files = {
        "equality.html": partial(_write_text, text),
        "equality.csv": partial(maps.write_csv, table_of(seen)),
    }
    maps.publish(files, folder)
    return folder


def table_of(seen: Seen) -> pd.DataFrame:
    """Give all numbers of the page as one table.

    Parameters
    ----------
    seen
        What was counted.

    Returns
    -------
    A row for everybody, for each group and for each characteristic that nothing is known of;
    those have no numbers, and ``known`` is false.  Numbers are as the audience may have them.
    """
    own = characteristics_of(seen.whole)
    table = pd.concat([seen.told, seen.shares], axis=1).reset_index()
    table.insert(1, "title", [seen.name_of(str(one)) for one in table["group"]])
    table.insert(2, "characteristic", [own.get(str(one), "") for one in table["group"]])
    table.insert(3, "known", True)
    rest = [one for one in CHARACTERISTICS if one not in set(own.values())]
    titles = [seen.words.say(f"characteristic.{one}") for one in rest]
    unknown = pd.DataFrame({"group": "", "title": titles, "characteristic": rest, "known": False})
    table = pd.concat([table, unknown], ignore_index=True)
    for column in [str(one) for one in table if str(one).endswith("_verdict")]:
        table[column] = table[column].fillna("")
    table["known"] = table["known"].map({True: "yes", False: "no"})
    return table


def _head(seen: Seen, title: str) -> list[Block]:
    words, answer = seen.words, seen.whole
    said = [
        words.say("report.made_by", scenario=answer.scenario.name, version=answer.version),
        words.say("made_up.text") if method.about(answer)["made_up"] else "",
        words.say("report.public") if is_public(answer) else "",
    ]
    return [
        Heading(title, 1),
        Paragraph(words.say("eq.title"), soft=True),
        Paragraph(words.say("eq.lead"), lead=True),
        Paragraph(" ".join(one for one in said if one), soft=True),
    ]


def _write_text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
