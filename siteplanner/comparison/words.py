"""A comparison in plain words: one page that a councillor can read aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from siteplanner.comparison.differing import ALIKE, sentences

if TYPE_CHECKING:
    from siteplanner.comparison.comparing import Comparison

NAMED = 6
"""Sites that are named at most; the others are counted."""


def summary(found: Comparison) -> tuple[str, ...]:
    """Sum a comparison up, a sentence or two for each plan.

    Parameters
    ----------
    found
        The comparison.

    Returns
    -------
    Sentences: what differs in the files, then for each plan who gains and which sites change.
    """
    first = found.names[0]
    lines = [*(sentences(found.differences) or (f"{ALIKE[0].upper()}{ALIKE[1:]}.",))]
    lines += [_reaches(found, first)]
    for name in found.names[1:]:
        lines += [_reaches(found, name), _sites(found, name)]
    return tuple(one for one in lines if one)


def _reaches(found: Comparison, name: str) -> str:
    column, key = f"{name} newly", ("area", "people")
    title = title_of(found, name)
    if column not in found.outcomes or key not in found.outcomes.index:
        return f"{title} chooses no sites."
    newly = found.outcomes[column][key]
    if pd.isna(newly):
        return f"{title}: how many people it newly reaches is withheld."
    said = f"{title} newly reaches {newly:,.0f} people in the area"
    more = found.outcomes.get(f"{name} more")
    if more is None or pd.isna(more[key]):
        return f"{said}."
    against = title_of(found, found.names[0])
    if round(more[key]) == 0:
        return f"{said}, as many as {against}."
    return f"{said}, {abs(more[key]):,.0f} {'more' if more[key] > 0 else 'fewer'} than {against}."


def _sites(found: Comparison, name: str) -> str:
    came, went = found.came_in(name), found.went_out(name)
    if not len(came) and not len(went):
        if found.sites[f"{name} phase"].notna().any():
            return f"{title_of(found, name)} chooses the same sites."
        return ""
    parts = [
        f"{verb} {_names(sites)}"
        for verb, sites in (("brings in", came), ("leaves out", went))
        if len(sites)
    ]
    share = float(found.overlap.loc[[found.names[0]], name].iloc[0])
    return f"It {' and '.join(parts)}; {share:.0%} of all sites in either set are in both."


def _names(labels: pd.Series) -> str:
    ids = labels.index.astype(str)
    named = [one or site for one, site in zip(labels.astype(str), ids, strict=True)]
    if len(named) > NAMED:
        return f"{', '.join(named[:NAMED])} and {len(named) - NAMED} more"
    return ", ".join(named[:-1]) + (" and " if named[1:] else "") + named[-1]


def title_of(found: Comparison, name: str) -> str:
    """Quote a plan's title; where two have the same, its name."""
    titles = [one.scenario.title for one in found.answers]
    own = found.answers[found.names.index(name)].scenario.title
    return f"“{own if titles.count(own) == 1 else name}”"
