"""The page of monitoring, as blocks."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from siteplanner.model import Layer
from siteplanner.monitoring.lessons import Seen, in_short, learned, shown, unknown, who_comes
from siteplanner.report.blocks import Block, Bullets, Heading, Paragraph, Table
from siteplanner.report.wording import shortened

MOST = 40
"""Origins and places that the page lists; the tables have all."""
PHASES = (
    "planned_sites", "open_sites", "promised_need", "today_need", "reached_need",
    "promised_people", "reached_people",
)  # fmt: skip


def compose(seen: Seen, layers: Mapping[str, Layer]) -> list[Block]:
    """Put the page together.

    Parameters
    ----------
    seen
        What was found, as the audience may have it.
    layers
        The layers of openings and attendance, by name.
    """
    words, baseline = seen.words, seen.baseline
    title = shortened(baseline.scenario.title, 200)
    since = baseline.published or words.say("unpublished")
    blocks: list[Block] = [
        Heading(title, 1),
        Paragraph(words.say("monitoring"), soft=True),
        Paragraph(words.say("outcome_first"), lead=True),
        Paragraph(
            words.say("about", name=baseline.name, since=since, date=seen.on.isoformat()), soft=True
        ),
    ]
    if seen.fictional:
        blocks.append(Paragraph(words.say("made_up.text"), soft=True))
    if baseline.public:
        blocks.append(Paragraph(words.say("report.public"), soft=True))
    blocks += [Heading(words.say("h.phases")), Bullets(tuple(in_short(seen))), _phases(seen)]
    blocks += [Paragraph(words.say("phases_words"), soft=True)]
    blocks += [Heading(words.say("h.places")), _sites(seen)]
    blocks += [Heading(words.say("h.visitors")), Bullets(tuple(who_comes(seen)))]
    if seen.visitors is not None and len(seen.visitors.origins):
        blocks += [_origins(seen), Paragraph(words.say("origins_words"), soft=True)]
    lessons = tuple(learned(seen))
    blocks += [Heading(words.say("h.learned"))]
    blocks += [Bullets(lessons) if lessons else Paragraph(words.say("nothing_learned"))]
    blocks += [Heading(words.say("h.unknown")), Bullets(tuple(unknown(seen)))]
    return [*blocks, Heading(words.say("h.sources")), _sources(seen, layers)]


def _phases(seen: Seen) -> Table:
    words = seen.words
    rows = tuple(
        (
            str(phase),
            *(
                words.number(row[one]) if one.endswith("_sites") else seen.people(row[one])
                for one in PHASES
            ),
        )
        for phase, row in seen.phases.iterrows()
    )
    heads = (words.say("first.phase"), *(words.say(f"phases.{one}") for one in PHASES))
    return Table(heads, rows, (0.7, *[1.2] * len(PHASES)), (True,) * len(heads))


def _sites(seen: Seen) -> Table:
    words = seen.words
    rows = tuple(
        (
            shortened(str(row["label"])),
            words.say(f"kind.{row['kind']}"),
            "–" if pd.isna(row["phase"]) else words.number(float(row["phase"])),
            words.say(f"state.{row['state']}"),
            row["opened"] or "–",
            row["closed"] or "–",
            _known(seen, row, "promised_need"),
            _known(seen, row, "today_need"),
        )
        for _, row in seen.sites.head(MOST).iterrows()
    )
    keys = ("first.site", "kind", "first.phase", "state", "opened", "closed", "alone_promised",
            "alone_today")  # fmt: skip
    return Table(
        tuple(words.say(one) for one in keys), rows, (2.4, 1.1, 0.7, 1.2, 1.1, 1.1, 1.2, 1.2),
        (False, False, True, False, False, False, True, True),
    )  # fmt: skip


def _known(seen: Seen, row: pd.Series, column: str) -> str:
    """Write a count; one that no place of this kind has is a dash."""
    promised = row["kind"] == "planned" or (row["kind"] == "unplanned" and column == "today_need")
    return seen.people(row[column]) if promised else "–"


def _origins(seen: Seen) -> Table:
    words = seen.words
    assert seen.visitors is not None  # noqa: S101  the caller has seen to it
    table = shown(seen.baseline, seen.visitors.origins).head(MOST)
    rows = tuple(
        (
            shortened(str(row["label"] or origin)),
            shortened(str(row["visited"])) or "–",
            words.people(row["visitors"]),
            seen.people(row["reached_people"]),
            words.percent(float(row["share_within"])),
            "–" if pd.isna(row["per_1000"]) else words.number(float(round(row["per_1000"]))),
        )
        for origin, row in table.iterrows()
    )
    keys = ("origin", "visited", "visitors", "reached", "within", "per_1000")
    return Table(
        tuple(words.say(f"origins.{one}") for one in keys), rows, (2.2, 1.6, 1, 1.2, 1.2, 1.2),
        (False, False, True, True, True, True),
    )  # fmt: skip


def _sources(seen: Seen, layers: Mapping[str, Layer]) -> Table:
    words = seen.words
    rows = tuple(
        (
            shortened(one.title),
            str(one.year or words.say("method.no_year")),
            shortened(one.licence) or words.say("method.no_licence"),
            shortened(one.attribution, 160) or words.say("method.no_attribution"),
        )
        for one in layers.values()
    )
    heads = tuple(words.say(f"method.{one}") for one in ("layer", "year", "licence", "attribution"))
    return Table(heads, rows, (2.2, 1.0, 1.6, 3.0), (False,) * 4)
