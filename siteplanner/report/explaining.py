"""How it was worked out, from what, and what nobody knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from siteplanner.maps import method
from siteplanner.report.blocks import Block, Bullets, Heading, Paragraph, Table
from siteplanner.report.telling import Told
from siteplanner.report.wording import shortened

MOST = 60
"""Notices that are printed; ``plan.json`` has all."""
LONGEST = 500
PROVEN = re.compile(r"\bproven\b")
CHANGED = re.compile(
    r"rows (dropped|mended|clipped|flagged): |^(people not placed|people stand-in|walk as the crow)"
)
"""What notices say that a reader has to know; the others are the books, for specialists."""


def working(told: Told) -> Iterator[Block]:
    """Say how need and sites are measured, and by which rule the set is chosen."""
    words, scenario = told.words, told.shown.scenario
    yield Heading(words.say("h.method"))
    criteria = method.criteria(told.shown)
    for level in ("need", "site"):
        own = [one for one in criteria if one["level"] == level]
        if not own:
            continue
        yield Heading(words.say(f"method.{level}"), 3)
        yield Paragraph(words.say(f"method.{level}_words"))
        yield _criteria(told, own)
    how = scenario.index.site if scenario.site else scenario.index.need
    said = [words.say("method.multiplied" if how == "geometric" else "method.added")]
    said += [words.say("method.in_need")]
    if scenario.sites is not None:
        said += [words.say("method.inside")]
        said += [words.say("method.min_index")] if scenario.choice.min_index > 0 else []
        said += [words.say("method.phases")] if len(scenario.choice.count) > 1 else []
        said += [words.say("method.proven")] if PROVEN.search(told.shown.choice_note) else []
    yield Bullets(tuple(said))


def sources(told: Told) -> Iterator[Block]:
    """Name every layer with its year, licence and attribution."""
    words = told.words
    yield Heading(words.say("h.sources"))
    found = method.describe(told.shown, whole=told.whole, streets_left_out=0)["sources"]
    rows = tuple(
        (
            shortened(one["title"]),
            str(one["year"] or words.say("method.no_year")),
            shortened(one["licence"]) or words.say("method.no_licence"),
            shortened(one["attribution"], 160) or words.say("method.no_attribution"),
        )
        for one in found
    )
    heads = tuple(words.say(f"method.{one}") for one in ("layer", "year", "licence", "attribution"))
    yield Table(heads, rows, (2.2, 1.0, 1.6, 3.0), (False,) * 4)
    credit = method.about(told.shown)["credits"]
    if credit:
        yield Paragraph(
            words.say("credits", names="; ".join(shortened(one, 200) for one in credit))
        )


def limits(told: Told) -> Iterator[Block]:
    """Say what the plan does not know, and what was left out of the data or mended."""
    words = told.words
    described = method.describe(told.shown, whole=told.whole, streets_left_out=0)
    yield Heading(words.say("h.limits"))
    said = [_limit(told, one) for one in (*described["own"], *described["limits"])]
    yield Bullets(tuple(said) or (words.say("method.nothing"),))
    notices = [one for one in told.shown.notices if CHANGED.search(one)]
    others = len(told.shown.notices) - len(notices[:MOST])
    yield Heading(words.say("h.notices"))
    if words.language != "en" and notices:
        yield Paragraph(words.say("method.in_english"), soft=True)
    told_ones = [shortened(words.sentence(one), LONGEST) for one in notices[:MOST]]
    if others:
        told_ones.append(words.say("notices.more", n=others))
    yield Bullets(tuple(told_ones) or (words.say("method.nothing"),))


def _limit(told: Told, one: Any) -> str:
    if isinstance(one, dict):
        values = {name: value for name, value in one.items() if name != "t"}
        return told.words.say(one["t"], **values)
    return shortened(told.words.sentence(str(one)), LONGEST)


def _criteria(told: Told, own: list[dict[str, Any]]) -> Table:
    words = told.words
    rows = []
    for one in own:
        share = one["share"]
        counted = words.percent(share) if share is not None else words.say("class.unknown")
        unit = words.sentence(str(one["unit"])) if one["unit"] else ""
        scale = "–"
        if one["zero_at"] is not None and one["full_at"] is not None:
            low, high = (words.number(one[end]) for end in ("zero_at", "full_at"))
            scale = f"{low} → {high}" + (f"; {unit}" if unit else "")
        reference = words.sentence(one["reference"]) or words.say("sure.no_reference")
        rows.append(
            (shortened(one["title"]), counted, shortened(scale, 60), shortened(reference, 240))
        )
    heads = ("method.criterion", "method.weight", "method.scale", "method.reference")
    return Table(tuple(words.say(key) for key in heads), tuple(rows), (2.4, 0.9, 1.8, 3.2),
                 (False, True, False, False))  # fmt: skip
