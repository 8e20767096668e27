"""What the equality page says: in short, by group, against everybody, walks, what is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from siteplanner.maps import Answer, counts
from siteplanner.maps.audience import SMALLEST, is_public
from siteplanner.outcomes import PEOPLE
from siteplanner.report.blocks import Block, Bullets, Heading, Paragraph, Table
from siteplanner.report.equality_counts import (
    CHARACTERISTICS,
    REACH,
    WALKS,
    characteristics_of,
    compare_shares,
    count_groups,
    not_counted,
    release,
    shared_out,
)
from siteplanner.report.wording import Wording, shortened


@dataclass(frozen=True, eq=False)
class Seen:
    """What the sections of the equality page draw from.

    Parameters
    ----------
    whole
        The whole answer.
    words
        The language.
    table
        The counts, whole: only to tell a withheld number from an unknown one.
    told
        The counts as the audience may have them.
    shares
        Shares and differences, made from ``told``.
    offered
        Columns that say a characteristic in layers that the plan does not read.
    """

    whole: Answer
    words: Wording
    table: pd.DataFrame
    told: pd.DataFrame
    shares: pd.DataFrame
    offered: Mapping[str, str] = field(default_factory=dict)

    @property
    def walked(self) -> bool:
        """Whether the plan knows who walks where."""
        return "after" in self.told

    @property
    def proposes(self) -> bool:
        """Whether the plan proposes something to build."""
        sites = self.whole.sites
        return "phase" in sites and bool(sites["phase"].notna().any())

    def name_of(self, group: str) -> str:
        """Give a group in plain words."""
        word = counts.count_word(self.whole, group)
        return shortened(self.words.say(word["t"]) if isinstance(word, dict) else word, 60)

    def count(self, group: str, column: str) -> str:
        """Write a count; where it is missing, say whether it is withheld."""
        told, whole = (_number(one, group, column) for one in (self.told, self.table))
        if pd.isna(told) and not pd.isna(whole) and is_public(self.whole):
            small = 0 < abs(whole) < SMALLEST and not column.endswith("_min")
            return self.words.say("fewer_than_ten" if small else "withheld")
        if column.endswith("_min"):
            return "–" if pd.isna(told) else self.words.number(round(told, 1))
        return self.words.people(told)

    def share(self, group: str, column: str) -> str:
        """Write a share; where it is missing, that it is withheld or not known."""
        share = _number(self.shares, group, column)
        missing = "withheld" if is_public(self.whole) else "unknown"
        return self.words.percent(share, none=self.words.say(missing))


def see(
    answer: Answer,
    walks: pd.DataFrame | None,
    words: Wording,
    offered: Mapping[str, str] | None = None,
) -> Seen:
    """Count for the equality page, as its audience may have it.

    Parameters
    ----------
    answer
        The whole answer.
    walks
        By cell ``before_min`` and ``after_min``, see `equality_counts.count_groups`.
    words
        The language.
    offered
        See `equality_counts.not_counted`.
    """
    groups = [one for one in answer.scenario.demand.groups if one in answer.cells]
    table = count_groups(pd.DataFrame(answer.cells), groups, walks)
    public = is_public(answer)
    told = release(table) if public else table
    shares = compare_shares(told, step=float(SMALLEST) if public else 1.0)
    return Seen(answer, words, table, told, shares, offered or {})


def in_short(seen: Seen) -> Iterator[Block]:
    """Say who gains less or more than everybody, who walks farther, and what is unknown."""
    words = seen.words
    said: list[str] = []
    if not seen.walked:
        said.append(words.say("eq.total_only"))
    elif not seen.proposes:
        said.append(words.say("eq.nothing_built"))
    else:
        said += [*_losing(seen), *(_of_group(seen, str(one)) for one in seen.shares.index[1:])]
    if len(seen.table) < 2:
        said.append(words.say("eq.no_groups"))
    unknown = not_counted(seen.whole, seen.offered)
    names = [words.say(f"characteristic.{one}") for one in unknown]
    if names:
        said.append(words.say("eq.short_unknown", n=len(names), names=words.many(names)))
    yield Bullets(tuple(said))


def by_group(seen: Seen) -> Iterator[Block]:
    """Count by group who is within reach, and against everybody's share."""
    words = seen.words
    columns = [one for one in ("total", *REACH) if one in seen.told]
    own = {"gained": "eq.gained", "lost": "eq.lost"}
    heads = [words.say(own.get(one, f"outcome.{one}")) for one in columns]
    rows = [
        (seen.name_of(group), *(seen.count(group, one) for one in columns))
        for group in seen.told.index
    ]
    yield Table(
        (words.say("gains.who"), *heads), tuple(rows), (2.4, *[1.1] * len(columns)),
        (False, *[True] * len(columns)),
    )  # fmt: skip
    if seen.walked:
        yield Paragraph(words.say("eq.within_words"), soft=True)
        yield _shares(seen)
        yield Paragraph(words.say("eq.shares_words"), soft=True)


def walks(seen: Seen) -> Iterator[Block]:
    """Count by group whose walk to the nearest place gets shorter, and whose longer."""
    words = seen.words
    if "shorter" not in seen.told:
        return
    columns = (*WALKS, "saved_min", "added_min")
    keys = ("eq.shorter", "eq.longer", "eq.same", "eq.none", "eq.saved_min", "eq.added_min")
    rows = [
        (seen.name_of(group), *(seen.count(group, one) for one in columns))
        for group in seen.told.index
    ]
    yield Table(
        (words.say("gains.who"), *(words.say(one) for one in keys)), tuple(rows),
        (2.4, *[1.1] * len(columns)), (False, *[True] * len(columns)),
    )  # fmt: skip
    yield Paragraph(words.say("eq.walks_words"), soft=True)


def by_characteristic(seen: Seen, characteristic: str) -> Iterator[str]:
    """Say what is known of one characteristic, a sentence each; never that nothing happens."""
    words = seen.words
    own = [name for name, one in characteristics_of(seen.whole).items() if one == characteristic]
    for group in own:
        if group not in seen.told.index:
            continue
        if not (seen.walked and seen.proposes):
            yield words.say("eq.counted", group=seen.name_of(group), n=seen.count(group, "total"))
            continue
        yield _of_group(seen, group)
        yield words.say(
            "eq.of_walks", group=seen.name_of(group),
            shorter=seen.count(group, "shorter"), longer=seen.count(group, "longer"),
        )  # fmt: skip
    if not own:
        name = words.say(f"characteristic.{characteristic}")
        there = not_counted(seen.whole, seen.offered).get(characteristic, [])
        if there:
            yield words.say("eq.offered", name=name, columns=", ".join(there))
        else:
            yield words.say("eq.unknown_characteristic", name=name)


def unknown(seen: Seen) -> Iterator[Block]:
    """Say which characteristics and which people nothing is known of."""
    words = seen.words
    said = [
        one
        for characteristic in not_counted(seen.whole, seen.offered)
        for one in by_characteristic(seen, characteristic)
    ]
    for group in seen.table.index:
        cells = int(seen.table["unknown_cells"][group])
        if cells and group == PEOPLE:
            said.append(words.say("eq.unknown_people", n=cells))
        elif cells and seen.table["unknown_people"][group] > 0:
            people = seen.count(group, "unknown_people")
            said.append(words.say("eq.unknown_group", group=seen.name_of(group), people=people))
    for group, layer in shared_out(seen.whole).items():
        name = seen.name_of(group)
        said.append(words.say("eq.shared_out", group=name, layer=shortened(layer)))
    plain = [seen.name_of(one) for one, at in characteristics_of(seen.whole).items() if not at]
    if plain:
        said.append(words.say("eq.unnamed", groups=words.many(plain)))
    said.append(words.say("eq.not_crossed"))
    yield Bullets(tuple(said))


def unseen(seen: Seen) -> Iterator[Block]:
    """Say whom numbers like these do not see at all."""
    words, scenario = seen.words, seen.whole.scenario
    people = seen.whole.layers.get(scenario.demand.people.partition(".")[0])
    year = str(people.year) if people is not None and people.year else words.say("unknown")
    said = [words.say("eq.unseen_count", year=year)]
    walk = scenario.walk
    if walk is not None and walk.profile != "wheelchair":
        key = f"walker.{walk.profile}"
        walker = words.say(key) if words.has(key) else walk.profile
        said.append(words.say("eq.unseen_walker", walker=walker))
    said += [words.say("eq.unseen_door"), words.say("eq.unseen_paper")]
    yield Bullets(tuple(said))


def sources(seen: Seen) -> Iterator[Block]:
    """Name the layers that people and groups were counted from."""
    words, demand = seen.words, seen.whole.scenario.demand
    names = dict.fromkeys(one.partition(".")[0] for one in (demand.people, *demand.groups))
    rows = tuple(
        (
            shortened(layer.title),
            str(layer.year or words.say("method.no_year")),
            shortened(layer.licence) or words.say("method.no_licence"),
            shortened(layer.attribution, 160) or words.say("method.no_attribution"),
        )
        for layer in (seen.whole.layers[one] for one in names if one in seen.whole.layers)
    )
    heads = tuple(words.say(f"method.{one}") for one in ("layer", "year", "licence", "attribution"))
    yield Table(heads, rows, (2.2, 1.0, 1.6, 3.0), (False,) * 4)


def page(seen: Seen) -> list[Block]:
    """Put the page together, with headings of its own."""
    words = seen.words
    parts: list[tuple[str, Any]] = [
        ("eq.h_short", in_short),
        ("eq.h_groups", by_group),
        ("eq.h_walks", walks),
        ("eq.h_unknown", unknown),
        ("eq.h_unseen", unseen),
        ("h.sources", sources),
    ]
    blocks: list[Block] = []
    for key, section in parts:
        own = list(section(seen))
        blocks += [Heading(words.say(key)), *own] if own else []
    return blocks


def characteristics(seen: Seen) -> Table:
    """Give what is known by protected characteristic, a row each."""
    words = seen.words
    rows = tuple(
        (words.say(f"characteristic.{one}"), " ".join(by_characteristic(seen, one)))
        for one in CHARACTERISTICS
    )
    heads = (words.say("eq.characteristic"), words.say("eq.known"))
    return Table(heads, rows, (1.4, 4.6), (False, False))


def _of_group(seen: Seen, group: str) -> str:
    """Hold one group against everybody: what it newly has, and what it has then."""
    words, row = seen.words, seen.shares.loc[group]
    everybody = str(seen.shares.index[0])
    said = []
    for column in ("newly", "after"):
        verdict = str(row[f"{column}_verdict"])
        people = words.people(_number(seen.shares, group, f"{column}_people"))
        share, all_share = (seen.share(one, f"share_{column}") for one in (group, everybody))
        if verdict:
            key = f"eq_newly.{verdict}" if column == "newly" else f"eq_after.{verdict}"
            name = seen.name_of(group)
            said.append(words.say(key, group=name, share=share, all=all_share, people=people))
    return " ".join(said) or words.say("eq.newly_unknown", group=seen.name_of(group))


def _losing(seen: Seen) -> Iterator[str]:
    """Say how many people lose a place, and how many walk farther."""
    words = seen.words
    for column, some, nobody in (
        ("lost", "loses.reach", "loses.nobody"),
        ("longer", "eq.walk_farther", "eq.nobody_farther"),
    ):
        if column in seen.table:
            none = seen.table[column][PEOPLE] == 0
            people = seen.count(PEOPLE, column)
            yield words.say(nobody) if none else words.say(some, people=people)


def _shares(seen: Seen) -> Table:
    words = seen.words
    rows = []
    for group, row in seen.shares.iterrows():
        verdict, differs = str(row["newly_verdict"]), float(row["newly_differs"])
        points = words.signed(round(100 * differs, 1)) if verdict else "–"
        heads = words.people(float(row["newly_people"])) if verdict else "–"
        shares = (seen.share(str(group), f"share_{one}") for one in ("before", "after", "newly"))
        told = words.say(f"eq_verdict.{verdict}") if verdict else "–"
        rows.append((seen.name_of(str(group)), *shares, points, heads, told))
    keys = ("outcome.before", "outcome.after", "outcome.newly", "eq.points", "eq.heads", "eq.told")
    return Table(
        (words.say("gains.who"), *(words.say(one) for one in keys)), tuple(rows),
        (2.2, 1.0, 1.0, 1.0, 1.2, 1.2, 1.6), (False, True, True, True, True, True, False),
        words.say("eq.shares"),
    )  # fmt: skip


def _number(table: pd.DataFrame, group: str, column: str) -> float:
    return float(table[column].to_numpy(dtype=float)[table.index.get_loc(group)])
