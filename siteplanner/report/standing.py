"""How sure the answer is: what is proven, what moves it, and what cannot be told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from siteplanner.report.blocks import Block, Bullets, Heading, Paragraph, Table
from siteplanner.report.telling import Told
from siteplanner.report.wording import shortened

FIRM, WEAK = 0.9, 0.5
"""A place stands up if it stays in the proposal in so many of the weightings, or does not."""


def how_sure(told: Told) -> Iterator[Block]:
    """Say how far the answer stands up."""
    words, shown = told.words, told.shown
    yield Heading(words.say("h.sure"))
    if len(told.chosen):
        yield Paragraph(words.sentence(shown.choice_note))
    if len(told.chosen) and len(told.sites):
        yield from _stands(told)
    elif shown.scenario.sites is not None:
        yield Paragraph(words.say("sure.untried"))
    said = [shortened(words.sentence(one), 600) for one in told.sentences]
    said += [*_data(told), *_alike(told), *_next(told)]
    if said:
        yield Bullets(tuple(said))


def grouped(low: Sequence[float], high: Sequence[float]) -> list[list[int]]:
    """Put intervals that overlap, one reaching into the next, into groups.

    Parameters
    ----------
    low, high
        The ends of each interval; those with NaN are in no group.

    Returns
    -------
    Places in the sequences, by group, lowest first.

    Examples
    --------
    >>> grouped([1, 2, 6, 7], [3, 4, 6, 9])
    [[0, 1], [2], [3]]
    """
    ends = np.array([low, high], dtype=float)
    known = np.flatnonzero(~np.isnan(ends).any(axis=0))
    groups: list[list[int]] = []
    reach = -np.inf
    for at in known[np.argsort(ends[0, known], kind="stable")]:
        if groups and ends[0, at] <= reach:
            groups[-1].append(int(at))
        else:
            groups.append([int(at)])
        reach = max(reach, float(ends[1, at]))
    return groups


def _stands(told: Told) -> Iterator[Block]:
    words = told.words
    sure = told.sites.reindex(told.chosen.index)
    held = sure["in_set"]
    for key, here in (
        ("sure.firm", held >= FIRM),
        ("sure.mostly", (held < FIRM) & (held >= WEAK)),
        ("sure.weak", held < WEAK),
    ):
        sites = list(held.index[here])
        if sites:
            text = words.say(key, names=told.names_of(sites), firm=words.percent(FIRM),
                             weak=words.percent(WEAK))  # fmt: skip
            yield Paragraph(text, lead=key == "sure.firm")
    yield from _how_tried(told)
    yield _standings(told, sure)
    for group in grouped(list(sure["rank_low"]), list(sure["rank_high"])):
        if len(group) > 1:
            names = told.names_of([sure.index[one] for one in sorted(group)])
            yield Paragraph(words.say("sure.group", names=names))


def _how_tried(told: Told) -> Iterator[Block]:
    """Say under how many weightings the set was looked for; or that nobody tried, and how to."""
    if told.state == "tried":
        around, anywhere = (told.words.number(float(one)) for one in told.weightings)
        yield Paragraph(told.say("sure.tried", around=around, anywhere=anywhere), soft=True)
    elif told.state:
        key = "sure.set_other" if told.state == "other" else "sure.set_never"
        yield Paragraph(told.say(key, scenario=told.shown.scenario.name))


def _standings(told: Told, sure: pd.DataFrame) -> Table:
    """List how each proposed place stands; what was not tried has no column."""
    words, known = told.words, bool(sure["in_set"].notna().any())
    rows = [
        (
            told.name_of(site),
            *([words.percent(row["in_set"])] if known else []),
            _interval(told, row["rank_low"], row["rank_high"]),
            words.percent(row["in_top"]),
        )
        for site, row in sure.iterrows()
    ]
    heads = ["first.site", *(["sure.in_set"] if known else []), "sure.rank", "sure.in_top"]
    more = len(heads) - 1
    return Table(
        tuple(words.say(one, n=len(sure)) for one in heads), tuple(rows), (3.2, *[1.6] * more),
        (False, *[True] * more), words.say("sure.table"),
    )  # fmt: skip


def _interval(told: Told, low: float, high: float) -> str:
    if np.isnan(low) or np.isnan(high):
        return "–"
    ends = [told.words.number(float(round(one))) for one in (low, high)]
    return ends[0] if ends[0] == ends[1] else told.say("class.range", low=ends[0], high=ends[1])


def _data(told: Told) -> Iterator[str]:
    """Say which criteria have no data, which sites rest on part of them, and whose weights."""
    words, criteria = told.words, told.shown.criteria
    out = criteria[criteria["status"] != "in use"]
    if len(out):
        titles = words.many([shortened(str(one)) for one in out["title"]])
        yield words.say("site.no_data_for", names=titles)
    told_by = criteria["reference"].fillna("").astype(str).str.lower()
    unsaid = told_by.str.contains("no published weights") | (told_by.str.strip() == "")
    if unsaid.any():
        yield words.say("sure.unpublished")
    known = told.shown.confidence.reindex(told.chosen.index).astype(float)
    asked = criteria[(criteria["level"] == "site") & (criteria["status"] == "in use")]
    most = float(told.shown.confidence.max()) if len(told.shown.confidence) else np.nan
    for site, share in known.items():
        if len(asked) and share < most - 1e-9:
            yield words.say("sure.known", name=told.name_of(site), share=words.percent(share))


def _alike(told: Told) -> Iterator[str]:
    chosen = told.chosen
    if "alike" not in chosen:
        return
    others: dict[Any, int] = {
        site: int(n) for site, n in chosen["alike"].items() if pd.notna(n) and n > 0
    }
    for site, n in others.items():
        yield told.say("sure.alike", name=told.name_of(site), n=n)


def _next(told: Told) -> Iterator[str]:
    """Name the site by points that came nearest to being proposed, and say why it was not."""
    sites = told.shown.sites
    if not len(told.chosen) or "rank" not in sites:
        return
    others = sites[sites["phase"].isna() & sites["rank"].notna()]
    if len(others):
        best = others["rank"].astype(float).idxmin()
        why = told.words.sentence(str(others["why_not"].get(best, "") or ""))
        yield told.say("sure.next", name=told.name_of(best), why=shortened(why, 300)).strip()
