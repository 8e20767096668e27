"""The cover page of a published folder: what it is, who decided, from what, and how to prove it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from siteplanner.publication.changes import chosen, counts
from siteplanner.publication.listing import PAGES, decided
from siteplanner.publication.pages import bullets, heading, links, page_of, paragraph, table
from siteplanner.publication.wording import PublishedWords, words_of
from siteplanner.report.wording import shortened

HASH = 16
"""Signs of a fingerprint that the page shows; the manifest has all."""


def render(content: Mapping[str, Any], plan: Mapping[str, Any], *, there: frozenset[str]) -> str:
    """Draw the page.

    Parameters
    ----------
    content
        What the manifest will say, but for its files.
    plan
        The content of ``plan.json``.
    there
        The files of the folder.

    Returns
    -------
    HTML, in the language of the version.
    """
    words = words_of(str(content["language"]))
    said = words.say(
        "record.frozen",
        day=content["published"][:10],
        time=content["published"][11:16],
        scenario=content["scenario"],
        version=content["siteplanner"],
        audience=words.say(f"audience.{content['audience']}"),
    )
    known = [(key, path) for key, path in PAGES.items() if key != "record"]
    body = [
        paragraph(str(content["title"]), "lead"),
        paragraph(said, "soft"),
        links(
            [(words.say("go.list"), "../index.html")]
            + [
                (words.say(f"go.{key}"), path)
                for key, path in known
                if path in there or any(name.startswith(f"{path}/") for name in there)
            ]
        ),
        heading(words.say("record.decision")),
        *decided(content["decision"], words),
        heading(words.say("record.proposal")),
        *_proposal(plan, words),
        *_consultation(content.get("consultation"), words),
        heading(words.say("record.inputs")),
        *_inputs(content, words),
        heading(words.say("record.made")),
        paragraph(_software(content)),
    ]
    if content["notes"]:
        body += [heading(words.say("record.notes")), bullets(map(words.note, content["notes"]))]
    proofs = [words.say(f"record.prove_{at}", name=content["name"]) for at in (1, 2, 3)]
    body += [heading(words.say("record.prove")), bullets(proofs)]
    return page_of(words.say("record.title", name=content["name"]), words.language, body)


def _proposal(plan: Mapping[str, Any], words: PublishedWords) -> Iterator[str]:
    rows = plan.get("choice", {}).get("sites", [])
    if not chosen(plan):
        yield paragraph(words.say("record.proposal_none"))
        return
    heads = [words.say(f"column.{key}") for key in ("place", "id", "phase", "reach")]
    told = [
        (
            shortened(str(row.get("label") or row["site"])),
            row["site"],
            words.number(float(row["phase"])),
            _count(row.get("need_reached"), words),
        )
        for row in rows
    ]
    yield table(heads, told, numbers=2)
    found = counts(plan, "people")
    if found:
        none = words.say("changes.withheld")
        said = [
            words.say(f"changes.{name}", told=words.people(found[key], none=none))
            for name, key in (("newly", "newly"), ("left", "left_out"))
            if key in found
        ]
        yield bullets(said)


def _consultation(found: Mapping[str, Any] | None, words: PublishedWords) -> Iterator[str]:
    """Say what people said, by place: counts, and how many have an answer."""
    if not found or not found.get("sites"):
        return
    yield heading(words.say("record.consultation"))
    if found.get("coarse"):
        yield paragraph(words.say("consultation.coarse"), "soft")
    else:
        sites = len(found["sites"])
        yield paragraph(words.say("consultation.lead", n=found["entries"], sites=sites))
        yield paragraph(
            words.say("consultation.answered", n=found["answered"], all=found["entries"])
        )
    kinds = ("objection", "support", "question")
    heads = [words.say(f"column.{key}") for key in ("place", "id")]
    heads += [words.say(f"column.{key}") for key in ("objections", "support", "questions")]
    rows = [
        (
            shortened(str(one.get("label") or one["site"])),
            one["site"],
            *(_count(one.get(kind), words) for kind in kinds),
        )
        for one in found["sites"]
    ]
    yield table(heads, rows, numbers=3)


def _inputs(content: Mapping[str, Any], words: PublishedWords) -> Iterator[str]:
    heads = [words.say(f"method.{key}") for key in ("layer", "year", "licence", "attribution")]
    rows = [
        (
            shortened(str(one["title"])),
            one["year"] or words.say("method.no_year"),
            shortened(one["licence"]) or words.say("method.no_licence"),
            shortened(one["attribution"], 160) or words.say("method.no_attribution"),
            str(one["sha256"] or "–")[:HASH],
        )
        for one in content["inputs"]
    ]
    yield table([*heads, words.say("column.hash")], rows)


def _software(content: Mapping[str, Any]) -> str:
    named = [f"siteplanner {content['siteplanner']}", f"Python {content['python']}"]
    named += [f"{name} {version}" for name, version in content["libraries"].items()]
    return f"{', '.join(named)}; {content['system']}."


def _count(found: object, words: PublishedWords) -> str:
    """Write a count; a dash where it is unknown or withheld."""
    return words.people(float(found)) if isinstance(found, int | float) else "–"
