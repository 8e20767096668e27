"""Who gains, and who does not: people left out, just missed, next door, or worse off."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from siteplanner.maps import counts
from siteplanner.maps.audience import in_tens
from siteplanner.report.blocks import Block, Bullets, Figure, Heading, Paragraph, Table
from siteplanner.report.figures import Bar, draw_bars
from siteplanner.report.telling import Told
from siteplanner.report.wording import shortened

NEEDIEST = 3
"""Tenths of people with most need that are counted together."""
PLACES = 6
"""Districts that are listed."""
CLOSED = " (closed)"
"""How the label of an existing place ends that the plan closes: see `siteplanner.plan.answer`."""
MOST = 12
"""Places that close that are named; the others are counted."""
LEAST = 1e-6
GAINS = ("total", "before", "after", "newly", "left_out")


def who_gains(told: Told) -> Iterator[Block]:
    """Say who gains: by group, by tenth of need, in minutes."""
    words, tables = told.words, told.shown.outcomes
    if "by_group" not in tables:
        return
    walked = "before" in tables["by_group"]
    key = "h.gains" if len(told.chosen) else "h.reach" if walked else "h.people"
    yield Heading(words.say(key))
    yield from _ends(told)
    if "share_after" in tables.get("by_decile", ()):
        yield Figure("gains", draw_bars(told, _tenths(told)), words.say("bars.caption"))
        yield Paragraph(words.say("gains.ties"), soft=True)
    yield _groups(told)
    if walked and "by_decile" in tables:
        yield _by_tenth(told)
    yield from _minutes(told)


def who_loses(told: Told) -> Iterator[Block]:
    """Say who does not gain, and who loses."""
    words, tables = told.words, told.shown.outcomes
    if "left_out" not in tables.get("by_group", ()):
        return
    yield Heading(words.say("h.loses" if len(told.chosen) or _closed(told) else "h.left"))
    row = ("area", "people")
    left, whole = told.outcome("by_group", row, "left_out")
    total, _ = told.outcome("by_group", row, "total")
    need = told.counted("by_group", ("area", "people in need"), "left_out")
    share = words.percent(left / total) if total > 0 else "–"
    yield Paragraph(
        words.say("loses.left", people=told.people(left, whole), share=share, need=need), lead=True
    )
    yield Bullets((*_neediest(told), *_missed(told), *_worse(told)))
    yield from _where(told)
    yield from _rings(told)


def _tenths(told: Told) -> list[Bar]:
    table = told.shown.outcomes["by_decile"]
    ends = {int(table.index.min()): "bars.most", int(table.index.max()): "bars.least"}
    return [
        Bar(
            told.say(ends.get(int(number), "gains.tenth"), n=int(number)),
            float(before),
            float(after),
        )
        for number, before, after in zip(
            table.index.to_numpy(), table["share_before"], table["share_after"], strict=True
        )
    ]


def _ends(told: Told) -> Iterator[Block]:
    """Say how the neediest tenth fares beside the least needy one."""
    found = {
        (end, when): told.outcome("fairness", f"reached_{end}_need", f"value_{when}")[0]
        for end in ("most", "least")
        for when in ("before", "after")
    }
    if not np.isnan(list(found.values())).any() and len(told.chosen):
        shares = {f"{end}_{when}": told.words.percent(one) for (end, when), one in found.items()}
        yield Paragraph(told.say("gains.ends", **shares), lead=True)


def _groups(told: Told) -> Table:
    words, table = told.words, told.shown.outcomes["by_group"]
    columns = [one for one in GAINS if one in table]
    rows = []
    for place, group in table.index:
        if place != "area":
            continue
        word = counts.count_word(told.shown, str(group))
        name = words.say(word["t"]) if isinstance(word, dict) else word
        numbers = (told.counted("by_group", (place, group), one) for one in columns)
        rows.append((shortened(str(name), 60), *numbers))
    heads = (words.say("gains.who"), *(words.say(f"outcome.{one}") for one in columns))
    return Table(heads, tuple(rows), (2.4, *[1.2] * len(columns)),
                 (False, *[True] * len(columns)), words.say("gains.by_group"))  # fmt: skip


def _by_tenth(told: Told) -> Table:
    words, table = told.words, told.shown.outcomes["by_decile"]
    columns = [one for one in GAINS if one in table]
    saved = "saved" in told.shown.outcomes
    rows = []
    for number in table.index:
        row = [words.number(float(number))]
        row += [told.counted("by_decile", number, one) for one in columns]
        if saved:
            each, whole = told.outcome("saved", number, "minutes_each")
            gone = np.isnan(each) and not np.isnan(whole)
            row.append(words.say("withheld") if gone else _one_place(told, each))
        rows.append(tuple(row))
    heads = [words.say("outcome.decile"), *(words.say(f"outcome.{one}") for one in columns)]
    heads += [words.say("outcome.minutes_each")] if saved else []
    return Table(tuple(heads), tuple(rows), (1.0, *[1.2] * (len(heads) - 1)),
                 (True,) * len(heads), words.say("outcome.by_decile"))  # fmt: skip


def _one_place(told: Told, value: float) -> str:
    return "–" if np.isnan(value) else told.words.number(round(value, 1))


def _minutes(told: Told) -> Iterator[Block]:
    """Say how much shorter walks become."""
    words, said = told.words, []
    saved = told.shown.outcomes.get("saved")
    if saved is not None and len(saved):
        known = saved.dropna()
        people = float(known["people"].sum())
        minutes = float((known["people"] * known["minutes_each"]).sum())
        if people > 0:
            each = words.number(round(minutes / people, 1))
            said.append(words.say("gains.minutes", people=words.people(people), minutes=each))
    walks = [told.outcome("fairness", "mean_walk_min", f"value_{one}")[0]
             for one in ("before", "after")]  # fmt: skip
    if not np.isnan(walks).any():
        before, after = (words.number(round(one, 1)) for one in walks)
        said.append(words.say("gains.mean", before=before, after=after))
    gather = [told.outcome("fairness", "concentration", f"value_{one}")[0]
              for one in ("before", "after")]  # fmt: skip
    if not np.isnan(gather).any():
        before, after = (words.signed(one) for one in gather)
        said.append(words.say("gains.gather", before=before, after=after))
    if said:
        yield Bullets(tuple(said))


def _neediest(told: Told) -> Iterator[str]:
    """Count those left out who live in the neediest tenths."""
    table, whole = (one.outcomes.get("by_decile") for one in (told.shown, told.whole))
    if table is None or whole is None or "left_out" not in table:
        return
    here = [one for one in whole.index if int(one) <= NEEDIEST]
    left = float(whole.loc[here, "left_out"].sum())
    if left < 0.5:
        yield told.say("loses.neediest_none", n=NEEDIEST)
        return
    if told.public:
        yield told.say("loses.neediest", n=NEEDIEST, people=told.people(_tens(left), left))
    else:
        yield told.say("loses.neediest", n=NEEDIEST, people=told.people(left))


def _missed(told: Told) -> Iterator[str]:
    after, whole = told.outcome("just_missed", "people", "after")
    if not np.isnan(whole):
        yield told.say("loses.missed", people=told.people(after, whole))


def _worse(told: Told) -> Iterator[str]:
    """Count those who lose: whose place closes, who walk farther, who lose reach; or say nobody."""
    closed = _closed(told)
    if not len(told.chosen) and not closed:
        return
    lost = _losing_reach(told)
    longer, cut_off = (told.outcome("changed", one, "people") for one in ("longer", "cut_off"))
    if closed:
        names = told.words.many(
            [shortened(one) for one in closed[:MOST]]
            + [told.say("list.more", n=len(closed) - MOST) for _ in closed[MOST : MOST + 1]]
        )
        yield told.say("loses.closed", n=len(closed), names=names)
        nearest = _closing(told)
        if nearest[1] > 0:
            yield told.say("loses.nearest_closes", people=told.people(*nearest))
    if longer[1] > 0:
        more, people = told.outcome("changed", "longer", "mean_minutes")[0], told.people(*longer)
        if np.isnan(more):  # of so few people that their walk is withheld, too
            yield told.say("loses.longer_few", people=people)
        else:
            minutes = told.words.number(round(more, 1))
            yield told.say("loses.longer", people=people, minutes=minutes)
    if cut_off[1] > 0:
        yield told.say("loses.no_walk", people=told.people(*cut_off))
    if lost >= LEAST:
        shown = _tens(lost) if told.public else lost
        yield told.say("loses.reach", people=told.people(shown, lost))
    elif closed:
        yield told.say("loses.nobody")
    known = "changed" in told.whole.outcomes
    if known and not longer[1] > 0 and not cut_off[1] > 0 and lost < LEAST:
        key = "loses.none_longer" if closed else "loses.nobody_at_all"
        yield told.say(key if len(told.shown.existing) else "loses.nothing_yet")
    elif not known and not closed and lost < LEAST:
        yield told.say("loses.nobody")


def _closed(told: Told) -> list[str]:
    """Name the existing places that close."""
    labels = told.shown.existing["label"].fillna("").astype(str)
    return [one.removesuffix(CLOSED) for one in labels if one.endswith(CLOSED)]


def _losing_reach(told: Told) -> float:
    cells = told.whole.cells[told.whole.cells["in_area"].astype(bool)]
    lost = (cells["served_before"] - cells["served_after"]).astype(float).clip(lower=0)
    return float((cells["people"].astype(float) * lost).sum())


def _closing(told: Told) -> tuple[float, float]:
    """Count the people whose nearest place today closes, as shown and in whole."""
    whole = float(told.whole.outcomes["changed"]["nearest_closes"].sum())
    return _tens(whole) if told.public else whole, whole


def _tens(count: float) -> float:
    return float(in_tens(pd.Series([count])).iloc[0])


def _where(told: Told) -> Iterator[Block]:
    """List the districts where most people in need are left out."""
    words, left = told.words, "people in need left_out"
    for name, table in told.shown.outcomes.items():
        if "label" not in table or left not in table:
            continue
        whole = told.whole.outcomes[name]
        worst = whole[whole[left] > 0.5].sort_values(left, ascending=False, kind="stable")
        if not len(worst):
            continue
        layer = told.shown.layers.get(name.removeprefix("by_"))
        title = shortened(layer.title if layer else name.removeprefix("by_"))
        columns = ("people total", "people left_out", left)
        rows = tuple(
            (
                shortened(str(row["label"] or site)),
                *(told.counted(name, site, one) for one in columns),
            )
            for site, row in worst.head(PLACES).iterrows()
        )
        heads = ("outcome.place", "outcome.total", "loses.people", "loses.in_need")
        yield Table(
            tuple(words.say(one) for one in heads), rows, (2.6, 1, 1.4, 1.4),
            (False, True, True, True), words.say("loses.where", place=title),
        )  # fmt: skip


def _rings(told: Told) -> Iterator[Block]:
    """Say what happens next door."""
    words, table = told.words, told.shown.outcomes.get("rings")
    if table is None or not len(told.chosen):
        return
    rows = tuple(
        (
            words.say(f"ring.{ring}"),
            told.counted("rings", ring, "people"),
            words.signed(100 * float(row["mean_need"])),
            told.counted("rings", ring, "newly"),
            told.counted("rings", ring, "newly_outside"),
        )
        for ring, row in table.iterrows()
    )
    heads = ("outcome.ring", "count.people", "loses.mean_need", "outcome.newly",
             "outcome.newly_outside")  # fmt: skip
    yield Table(
        tuple(words.say(one) for one in heads), rows, (2.2, 1, 1.2, 1.2, 1.4),
        (False, True, True, True, True), words.say("outcome.rings"),
    )  # fmt: skip
