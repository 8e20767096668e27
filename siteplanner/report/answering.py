"""The question, the answer, and which site would be built first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from siteplanner.maps import counts, method
from siteplanner.maps.neediest import most_in_need
from siteplanner.maps.times import time_words
from siteplanner.report.blocks import Block, Bullets, Figure, Heading, Paragraph, Table
from siteplanner.report.by_hour import spoken
from siteplanner.report.figures import draw_map
from siteplanner.report.telling import Told
from siteplanner.report.wording import shortened


def question(told: Told) -> Iterator[Block]:
    """Say what was asked, where, and for whom."""
    words, scenario = told.words, told.shown.scenario
    yield Heading(words.say("h.question"))
    if scenario.sites is None:
        yield Paragraph(words.say("question.need"), lead=True)
    else:
        place = words.say(f"place.{scenario.programme}")
        asked = [words.say("question.where", place=place)]
        phases = scenario.choice.count
        if phases:
            asked.append(words.say("question.asked", n=phases[-1]))
        if len(phases) > 1:
            numbers = words.many([words.number(one) for one in phases])
            asked.append(words.say("question.phases", counts=numbers))
        yield Paragraph(" ".join(asked), lead=True)
        yield Paragraph(words.say(f"method.model.{scenario.choice.model}"))
    yield Paragraph(" ".join(_setting(told)))


def answer(told: Told) -> Iterator[Block]:
    """Say what is proposed, how many people it brings within reach, and show where."""
    words, summary = told.words, method.summary(told.whole)
    yield Heading(words.say("h.answer"))
    chosen = list(told.chosen.index)
    if summary["kind"] == "need":
        yield Paragraph(words.say("answer.need"), lead=True)
    elif not chosen:
        yield from _no_proposal(told, none_left=summary["kind"] == "none_left")
    else:
        n = len(chosen)
        yield Paragraph(words.say("answer.build", n=n, names=told.names_of(chosen)), lead=True)
        yield Paragraph(" ".join(_brought(told, n)))
    caption = words.say("map.caption" if chosen else "map.caption_need")
    yield Figure("map", draw_map(told), caption)
    yield from _neediest(told)


def first(told: Told) -> Iterator[Block]:
    """Say which site would be built first and why, then the others in order."""
    words, chosen = told.words, told.chosen
    if not len(chosen):
        return
    yield Heading(words.say("h.first"))
    why = words.sentence(str(chosen["why"].iloc[0])) if "why" in chosen else ""
    name = told.name_of(chosen.index[0])
    yield Paragraph(words.say("first.lead", name=name, why=why).strip(), lead=True)
    if len(chosen) == 1:
        yield Paragraph(words.say("first.alone"))
    else:
        gains = chosen["new_demand"].astype(float).fillna(0.0)
        falls = gains.groupby(chosen["phase"].astype(float)).apply(
            lambda one: one.is_monotonic_decreasing
        )
        yield Paragraph(words.say("first.how" if falls.all() else "first.picked"))
        yield _order(told)
        yield from _half(told, gains)
        if "why" in chosen:
            yield Bullets(
                tuple(
                    f"{told.name_of(site)}: {words.sentence(str(said))}"
                    for site, said in chosen["why"].iloc[1:].items()
                    if said
                )
            )
    yield from _warned(told)


def _setting(told: Told) -> Iterator[str]:
    """Say where people live, how far they walk, and what there is today."""
    words, shown = told.words, told.shown
    summary = method.summary(told.whole)
    if shown.scenario.at is not None:
        yield words.say("summary.at", time=spoken(words, time_words(shown.scenario.at.title)))
    yield words.say("question.area", people=_people(told, summary["people"]))
    walk, n = method.walked(shown), summary["existing"]
    if n and summary["before"] is not None and walk is not None:
        share, limits = words.percent(summary["before"]), _limits(told)
        yield words.say("summary.existing_reach", share=share, how=_how(told), limits=limits)
    elif walk is not None:
        yield words.say("method.within", limits=_limits(told))
    if n:
        yield words.say("summary.existing", n=words.number(n))
    elif walk is not None:
        yield words.say("summary.no_existing")
    groups = [counts.count_title(shown, one) for one in shown.scenario.demand.groups]
    if groups:
        yield words.say("question.groups", groups=words.many(groups))


def _how(told: Told) -> str:
    walk = told.shown.scenario.walk
    return told.say("reach.on_foot" if walk and walk.network else "reach.straight")


def _limits(told: Told) -> str:
    walk, words = told.shown.scenario.walk, told.words
    if walk is None:
        return ""
    parts = []
    if walk.limit_m is not None:
        parts.append(words.say("reach.metres", number=words.number(walk.limit_m)))
    if walk.limit_min is not None:
        parts.append(words.say("reach.minutes", n=words.number(walk.limit_min)))
    limits = words.many(parts)
    walker = f"walker.{walk.profile}"
    if not words.has(walker) or not walk.network:
        return limits
    return words.say("reach.limits", limits=limits, walker=words.say(walker))


def _people(told: Told, count: float | str) -> str:
    if isinstance(count, str):
        return told.say("fewer_than_ten")
    return told.words.people(round(count, -1) if told.public else count)


def _brought(told: Told, n: int) -> Iterator[str]:
    words, summary = told.words, method.summary(told.whole)
    people = _people(told, summary["newly"])
    yield words.say("summary.brings", n=n, people=people, how=_how(told), limits=_limits(told))
    if summary["existing"] and summary["before"] is not None:
        both = {one: words.percent(summary[one]) for one in ("before", "after")}
        yield words.say("summary.shares", **both)
    row = ("area", "people in need")
    newly, left, total = (
        told.counted("by_group", row, one) for one in ("newly", "left_out", "total")
    )
    if pd.notna(told.outcome("by_group", row, "newly")[1]):
        yield words.say("answer.in_need", newly=newly, left=left, total=total)
    around, whole = told.outcome("by_group", ("around", "people"), "newly")
    if whole >= 1:
        yield words.say("answer.around", people=told.people(around, whole))


def _neediest(told: Told) -> Iterator[Block]:
    """List where need is highest, where no sites are looked for; to the public by name only."""
    words, found = told.words, most_in_need(told.whole)
    if not found:
        return
    yield Heading(words.say("list.neediest"), 3)
    yield Paragraph(words.say("list.neediest_hint", n=len(found)), soft=True)
    if told.public:
        yield Bullets(tuple(shortened(one["name"]) for one in found))
        return
    rows = []
    for one in found:
        cell = told.whole.cells.iloc[one["cell"]]
        need = words.number(float(round(100 * cell["need"])))
        rows.append((shortened(one["name"]), need, told.people(cell["people"])))
    heads = ("outcome.place", "map.need", "people")
    yield Table(tuple(words.say(key) for key in heads), tuple(rows), (3.0, 1.0, 1.0),
                (False, True, True))  # fmt: skip


def _no_proposal(told: Told, *, none_left: bool) -> Iterator[Block]:
    words = told.words
    yield Paragraph(words.say("answer.none_left" if none_left else "answer.none"), lead=True)
    if not none_left:
        yield Paragraph(words.sentence(told.shown.choice_note))
    said = method.describe(told.shown, whole=told.whole, streets_left_out=0)["excluded"]
    if said:
        yield Paragraph(words.say("answer.ruled_out"))
        yield Bullets(
            tuple(
                words.say("method.count_of", number=words.number(one["n"]),
                          why=shortened(words.sentence(one["why"]), 160))
                for one in said
            )
        )  # fmt: skip


def _order(told: Told) -> Table:
    words, chosen = told.words, told.chosen
    gains = chosen["new_demand"].astype(float)
    whole = told.whole.sites["new_demand"].astype(float)
    known = gains.fillna(0.0).clip(lower=0)
    part = (known.cumsum() / (known.sum() or np.nan)).tolist()
    rows = [
        (
            str(number),
            told.name_of(site),
            words.number(float(row["phase"])),
            told.people(row["new_demand"], whole.get(site, np.nan)),
            words.percent(part[number - 1]),
            words.number(float(row["rank"])) if pd.notna(row["rank"]) else "–",
        )
        for number, (site, row) in enumerate(chosen.iterrows(), start=1)
    ]
    heads = ("no", "site", "phase", "new", "together", "rank")
    return Table(
        tuple(words.say(f"first.{one}") for one in heads),
        tuple(rows),
        (0.5, 3.2, 0.8, 1.4, 1.5, 1.1),
        (True, False, True, True, True, True),
    )


def _half(told: Told, gains: pd.Series) -> Iterator[Block]:
    """Say how few of the sites bring half of all that is gained."""
    total = gains.clip(lower=0).sum()
    if len(gains) < 4 or not total > 0:
        return
    part = gains.clip(lower=0).cumsum() / total
    k = int((part < 0.5).sum()) + 1
    words = told.words
    if k < len(gains):
        share = words.percent(float(part.iloc[k - 1]))
        yield Paragraph(words.say("first.half", n=k, all=len(gains), share=share))


def _warned(told: Told) -> Iterator[Block]:
    chosen = told.chosen
    if "warnings" not in chosen:
        return
    said = [
        f"{told.name_of(site)}: {shortened(told.words.sentence(str(one)), 200)}"
        for site, one in chosen["warnings"].items()
        if isinstance(one, str) and one
    ]
    if said:
        yield Paragraph(told.say("site.warned"))
        yield Bullets(tuple(said))
