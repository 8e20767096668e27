"""What a workshop said and what followed, in plain words."""

from __future__ import annotations

import pandas as pd

from siteplanner.sheets.changes import Change
from siteplanner.sheets.words import Words

MOST = 8
"""Places in a row that are told one by one."""


def told(change: Change, words: Words) -> list[str]:
    """Say how many marks say what, the most frequent first.

    Parameters
    ----------
    change
        Two plans.
    words
        The language.

    Returns
    -------
    A sentence for each thing that marks say, and one for each correction of the map.
    """
    said = []
    if len(change.tally):
        sums = change.tally.groupby(level="says").sum(min_count=1)
        known = change.tally.notna().groupby(level="says").all()
        sums = sums.where(known)
        for says, row in sums.sort_values("marks", ascending=False, kind="stable").iterrows():
            marks, people = (
                words.say("told.few") if pd.isna(row[one]) else words.number(row[one])
                for one in ("marks", "people")
            )
            said.append(words.say("told.total", says=says, marks=marks, people=people))
    for _, layer, count, reason in change.corrected:
        said.append(words.say("told.corrected", layer=layer, n=words.number(count), reason=reason))
    return said


def changed(change: Change, words: Words) -> list[str]:
    """Say which places came in, went out, stayed, and moved, and whether anything else did.

    Parameters
    ----------
    change
        Two plans.
    words
        The language.

    Returns
    -------
    Sentences.
    """
    said = []
    for rows, key in ((change.came_in, "told.in"), (change.went_out, "told.out")):
        for site, row in rows.head(MOST).iterrows():
            parts = [words.say(key, label=row["label"]), _moved(row, words)]
            parts += [_votes(change, str(site), words), _why_not(change, str(site), words)]
            said.append(" ".join(one for one in parts if one))
        if len(rows) > MOST:
            said.append(words.say("told.more", n=len(rows) - MOST))
    if change.came_in.empty and change.went_out.empty:
        said.append(words.say("told.none"))
    stayed = [
        f"{row['label']} ({words.number(row['rank_after'])})" if pd.notna(row["rank_after"])
        else str(row["label"])
        for _, row in change.stayed.iterrows()
    ]  # fmt: skip
    if stayed:
        said.append(words.say("told.stays", labels=", ".join(stayed)))
    said += _movers(change, words)
    if change.other:
        said.append(words.say("told.other", keys=", ".join(change.other)))
    return said


def _moved(row: pd.Series, words: Words) -> str:
    if row["newly_possible"]:
        return words.say("told.not_before")
    if row["ruled_out"]:
        return words.say("told.out_why")
    if pd.isna(row["rank_before"]) or pd.isna(row["rank_after"]):
        return ""
    return words.say("told.by_points", a=row["rank_before"], b=row["rank_after"])


def _votes(change: Change, site: str, words: Words) -> str:
    """Say what was counted at a place; nothing where nobody made a mark."""
    if site not in change.votes.index:
        return ""
    parts = []
    for name, value in change.votes.loc[site].items():
        if value == 0:
            continue
        title = change.after.criteria["title"].get(name, name)
        count: str = words.say("told.few") if pd.isna(value) else words.number(value)
        parts.append(f"{title} {count}")
    return words.say("told.votes", votes="; ".join(parts)) if parts else ""


def _why_not(change: Change, site: str, words: Words) -> str:
    """Say why a place is not proposed, in the plan's own words; nothing for one that is."""
    sites = change.after.sites
    if change.sites["in_after"].get(site, False):
        return ""
    text = sites["why_not"].get(site, "") if "why_not" in sites else ""
    return words.sentence(str(text)) if text else ""


def _movers(change: Change, words: Words) -> list[str]:
    """Say which other places with marks moved furthest by points."""
    sites = change.sites
    others = sites[sites["in_before"] == sites["in_after"]].dropna(
        subset=["rank_before", "rank_after"]
    )
    moved = others["rank_before"] != others["rank_after"]
    others = others[change.heard.reindex(others.index) & moved]
    far = (
        (others["rank_before"] - others["rank_after"])
        .abs()
        .sort_values(ascending=False, kind="stable")
    )
    said = []
    for site in far.index[:MOST]:
        row = others.loc[site]
        text = words.say(
            "told.moved", label=row["label"], a=row["rank_before"], b=row["rank_after"]
        )
        parts = [text, _votes(change, str(site), words), _why_not(change, str(site), words)]
        said.append(" ".join(one for one in parts if one))
    return said
