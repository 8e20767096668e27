"""Who has an open place within reach, at the times of the week that a scenario asks for."""

from __future__ import annotations

from collections.abc import Iterator

from siteplanner.maps.times import Said, time_words
from siteplanner.report.blocks import Block, Bullets, Heading, Paragraph, Table
from siteplanner.report.telling import Told
from siteplanner.report.wording import Wording

COUNTED = ("people before", "people after", "people newly", "people in need newly")
PLACES = ("open", "closed", "unknown")


def by_time(told: Told) -> Iterator[Block]:
    """Say at which times people have an open place within reach, today and with the plan."""
    words, table = told.words, told.shown.outcomes.get("by_time")
    if table is None or table.empty:
        return
    yield Heading(words.say("h.times"))
    yield Paragraph(words.say("times.lead"), lead=True)
    rows = []
    for time in table.index:
        state = (words.number(float(table[f"places {one}"][time])) for one in PLACES)
        counted = (told.counted("by_time", time, one) for one in COUNTED)
        rows.append((spoken(words, time_words(str(time))), *state, *counted))
    heads = (
        words.say("outcome.time"),
        *(words.say("times.places", state=words.say(f"outcome.{one}")) for one in PLACES),
        *(words.say(f"outcome.{one}") for one in ("before", "after", "newly")),
        words.say("times.in_need"),
    )
    yield Table(heads, tuple(rows), (2.4, *[1.0] * 3, *[1.2] * 4), (False, *[True] * 7),
                words.say("outcome.by_time"))  # fmt: skip
    perhaps = tuple(_perhaps(told))
    if perhaps:
        yield Bullets(perhaps)
    yield Paragraph(words.say("times.note"), soft=True)


def spoken(words: Wording, said: Said) -> str:
    """Say a message that is made of others.

    Examples
    --------
    >>> spoken(Wording("es"), time_words("Mo-Fr 18:00-20:00, after dark"))
    'lun a vie 18:00–20:00, de noche'
    """
    if isinstance(said, str):
        return said
    values = {name: spoken(words, one) for name, one in said.items() if name != "t"}
    return words.say(said["t"], **values)


def _perhaps(told: Told) -> Iterator[str]:
    """Say how much hangs on places whose hours nobody knows."""
    for time in told.whole.outcomes["by_time"].index:
        shown, whole = told.outcome("by_time", time, "people_perhaps")
        if whole > 0:
            when = spoken(told.words, time_words(str(time)))
            yield told.say("times.perhaps", time=when, people=told.people(shown, whole))
