"""What monitoring says in sentences: what was reached, who comes, what the next round learns."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siteplanner.maps.audience import in_tens
from siteplanner.monitoring.baseline import Baseline
from siteplanner.monitoring.counting import released
from siteplanner.monitoring.openings import CLOSED, NOT_OPEN, OPEN, UNKNOWN
from siteplanner.monitoring.visitors import Visitors, beyond_of
from siteplanner.monitoring.wording import MonitoringWords
from siteplanner.report.wording import shortened

LESS = 0.8
"""A place that today would bring less than this share of what was promised is named."""
NAMED = 6
"""Places that are named at most; the others are counted."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What the sentences and the page draw from; numbers are as the audience may have them.

    Parameters
    ----------
    baseline
        What was promised.
    on
        The day that it was looked at.
    words
        The language.
    phases, sites
        See `counting.by_phase` and `counting.by_site`.
    altogether
        See `counting.altogether`; one row.
    visitors
        Who comes; None where no attendance was given.
    gates
        Whether the places of the plan had gates, which a published folder does not keep.
    fictional
        Whether some layer is made up.
    """

    baseline: Baseline
    on: datetime.date
    words: MonitoringWords
    phases: pd.DataFrame
    sites: pd.DataFrame
    altogether: pd.DataFrame
    visitors: Visitors | None = None
    gates: bool = False
    fictional: bool = False

    def people(self, count: float) -> str:
        """Write a count of people; where it is missing, that it is withheld or not known."""
        missing = "withheld" if self.baseline.public else "unknown"
        return self.words.people(float(count), none=self.words.say(missing))

    def names(self, sites: pd.DataFrame) -> str:
        """List the names of places, up to a number."""
        named = [shortened(str(one)) for one in sites["label"][:NAMED]]
        if len(sites) > NAMED:
            named.append(self.words.say("list.more", n=len(sites) - NAMED))
        return self.words.many(named)


def shown(baseline: Baseline, table: pd.DataFrame) -> pd.DataFrame:
    """Give a table as the audience of the published plan may have it."""
    return released(table, in_tens) if baseline.public else table


def in_short(seen: Seen) -> Iterator[str]:
    """Say phase by phase what was promised and what is reached, and what else changed."""
    words, sites = seen.words, seen.sites
    planned = sites[sites["kind"] == "planned"]
    for phase, row in seen.phases.iterrows():
        share = row["reached_need"] / row["promised_need"] if row["promised_need"] > 0 else np.nan
        yield words.say(
            "promised", phase=phase, open=words.number(row["open_sites"]),
            planned=words.number(row["planned_sites"]), reached=seen.people(row["reached_need"]),
            promised=seen.people(row["promised_need"]), date=seen.on.isoformat(),
            share=words.percent(float(share), none=words.say("unknown")),
        )  # fmt: skip
    for state, key in ((NOT_OPEN, "not_open"), (CLOSED, "closed_again"), (UNKNOWN, "open_unknown")):
        own = planned[planned["state"] == state]
        if len(own):
            yield words.say(key, n=len(own), names=seen.names(own))
    row = seen.altogether.iloc[0]
    extra = sites[(sites["kind"] == "unplanned") & (sites["state"] == OPEN)]
    known = extra[extra["placed"]]
    if len(known):
        yield words.say("unplanned", n=len(known), names=seen.names(known),
                        people=seen.people(row["more_need"]))  # fmt: skip
    nowhere = extra.drop(index=known.index)
    if len(nowhere):
        yield words.say("nowhere", n=len(nowhere), names=seen.names(nowhere))
    closed = sites[(sites["kind"] == "existing") & (sites["state"] == CLOSED)]
    if len(closed):
        yield words.say("closed_since", n=len(closed), names=seen.names(closed),
                        people=seen.people(row["lost_people"]))  # fmt: skip
    yield words.say(
        "altogether", need=seen.people(row["net_need"]), people=seen.people(row["net_people"])
    )


def who_comes(seen: Seen) -> Iterator[str]:
    """Say how many come, and from how far; unknown where no attendance is given."""
    words, found = seen.words, seen.visitors
    if found is None:
        yield words.say("no_attendance")
        return
    visitors, beyond = _told(seen, found)
    if np.isnan(beyond[0]):
        yield words.say("no_visitors")
    else:
        low, high = (words.percent(one) for one in beyond)
        key = "beyond_one" if low == high else "beyond"
        yield words.say(key, visitors=words.people(visitors), low=low, high=high)
    if found.withheld:
        yield words.say("few", n=found.withheld)
    if not np.isnan(found.silent_people):
        silent = pd.DataFrame({"silent_people": [found.silent_people]})
        people = float(shown(seen.baseline, silent)["silent_people"].iloc[0])
        if found.silent_people > 0:
            yield words.say("silent", people=seen.people(people))


def learned(seen: Seen) -> Iterator[str]:
    """Say what the next round should learn, each with its numbers."""
    words, last = seen.words, seen.phases.iloc[-1]
    numbers = last[["promised_need", "today_need", "reached_need"]].astype(float)
    if numbers.notna().all():
        promised, today, reached = numbers
        yield words.say("learn_data", promised=words.people(promised), today=words.people(today))
        if today - reached >= 1:
            yield words.say("learn_unbuilt", people=words.people(today - reached))
    yield from _weaker(seen)
    opened = seen.sites[(seen.sites["kind"] == "planned") & (seen.sites["state"] == OPEN)]
    if len(opened) and seen.sites["opened"].astype(bool).any():
        yield from _late(seen, opened)
    found = seen.visitors
    if found is not None and len(found.origins):
        rated = shown(seen.baseline, found.origins).dropna(subset=["per_1000", "reached_people"])
        rated = rated[rated["reached_people"] >= NAMED * 10].sort_values("per_1000")
        if len(rated) > 1:
            low, high = rated.iloc[0], rated.iloc[-1]
            yield words.say(
                "learn_rates", low=words.number(round(low["per_1000"])), least=_named(low),
                high=words.number(round(high["per_1000"])), most=_named(high),
            )  # fmt: skip
        least, _ = _told(seen, found)[1]
        if least > 0:
            walk = seen.baseline.scenario.walk
            limit = words.number(walk.limit_m) if walk is not None and walk.limit_m else ""
            limit = words.say("reach.metres", number=limit) if limit else words.say("the_limit")
            yield words.say("learn_far", low=words.percent(least), limit=limit)


def unknown(seen: Seen) -> Iterator[str]:
    """Say what is not known, and what these numbers do not say."""
    words = seen.words
    if int(seen.phases["unknown_sites"].iloc[-1]):
        yield words.say("unknown_open", n=int(seen.phases["unknown_sites"].iloc[-1]))
    yield words.say("unknown_used" if seen.visitors is None else "unknown_visitors")
    yield words.say("unknown_cause")
    if seen.gates:
        yield words.say("unknown_gates")


def _told(seen: Seen, found: Visitors) -> tuple[float, tuple[float, float]]:
    """Give the sum of the visitors that are told, and the shares of it from beyond the walk.

    Sums for the public are of what the public is told of each origin, so that nobody can work
    out more from them.
    """
    if not seen.baseline.public or not len(found.origins):
        return found.visitors, found.beyond
    told = shown(seen.baseline, found.origins)["visitors"]
    return float(told.sum()), beyond_of(told, found.origins["share_within"])


def _weaker(seen: Seen) -> Iterator[str]:
    """Name the planned places that today would bring much less than was promised."""
    table = seen.sites[seen.sites["kind"] == "planned"]
    table = table.dropna(subset=["promised_need", "today_need"])
    share = table["today_need"] / table["promised_need"].where(table["promised_need"] > 0)
    for site in share[share < LESS].sort_values().index[:NAMED]:
        row = table.loc[site]
        yield seen.words.say(
            "learn_weaker", name=shortened(str(row["label"])), today=seen.people(row["today_need"]),
            promised=seen.people(row["promised_need"]),
        )  # fmt: skip


def _late(seen: Seen, opened: pd.DataFrame) -> Iterator[str]:
    """Say how long after publication the first place opened, and the last so far."""
    days = sorted(datetime.date.fromisoformat(one) for one in opened["opened"] if one)
    if not days or not seen.baseline.published:
        return
    since = datetime.date.fromisoformat(seen.baseline.published)
    first, last = ((one - since).days for one in (days[0], days[-1]))
    if first >= 0:
        words = seen.words
        yield words.say("learn_late", first=words.number(float(first)),
                        last=words.number(float(last)))  # fmt: skip


def _named(row: pd.Series) -> str:
    return shortened(str(row["label"] or row.name))
