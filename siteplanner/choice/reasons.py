"""Why a site is in the set, and why another is not, in a sentence each."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from siteplanner.choice.covering.greedy import gains_left, reached
from siteplanner.choice.ground import Ground
from siteplanner.choice.solution import Cover, Floats, Ints
from siteplanner.model import Choice

OTHER_MODELS = {
    "set_cover": "The share asked for is reached without it.",
    "p_median": "No set with it was found in which people in need walk less.",
    "p_center": "No set with it was found in which the longest walk is shorter.",
    "p_dispersion": "No set with it was found in which the sites lie farther apart.",
}
NO_SITE = "No site was chosen."
"""Said of every site that could have been in a set, where there is none."""
SHARED = 0.005
"""Below this share, two sites are not said to reach the same people."""


def why(choice: Choice, table: pd.DataFrame) -> pd.Series:
    """Say why each chosen site is in the set.

    Parameters
    ----------
    choice
        The scenario's rule.
    table
        The chosen sites in the order of picking, with ``new_demand``.

    Returns
    -------
    A sentence a site, on the index of ``table``.

    Examples
    --------
    >>> table = pd.DataFrame({"new_demand": [308.0]}, index=["mill"])
    >>> why(Choice(count=1), table)["mill"]
    'It newly reaches 308 people in need.'
    """
    sentences = {}
    for place, (site, new) in enumerate(table["new_demand"].items()):
        first = "The scenario fixes it. " if site in choice.fixed else ""
        if choice.model in ("top", "spaced") and not first:
            first = "Its index is among the highest. "
        others = " whom none of the sites picked before it reaches" if place else ""
        sentences[site] = f"{first}It newly reaches {new:,.0f} people in need{others}."
    return pd.Series(sentences, dtype=object, name="why").rename_axis("site")


def why_not(
    choice: Choice,
    index: pd.Series,
    table: pd.DataFrame,
    cover: Cover,
    ground: Ground,
) -> pd.Series:
    """Say why each other site is not in the set.

    Parameters
    ----------
    choice
        The scenario's rule.
    index
        Site index, 0..1; NaN unknown.
    table
        The chosen sites in the order of picking, with ``label`` and ``new_demand``.
    cover
        Reach, demand, and how fully existing places serve.
    ground
        Which sites are too near each other, and which cannot be anchors.

    Returns
    -------
    A sentence a site, on the index of all sites that were not chosen.
    """
    columns, demand, served = cover
    sites = index.index.get_indexer(table.index).astype(np.int64)
    alone = gains_left(columns, demand, served)
    more = gains_left(columns, demand, reached(columns, sites, served))
    overlaps = _overlaps(sites, cover)
    sentences = {}
    for number, (site, value) in enumerate(index.items()):
        if site in table.index:
            continue
        sentence = _ruled_out(choice, site, value, ground)
        if sentence is None and choice.model != "top":
            sentence = _too_near(choice, number, table, sites, ground.near)
        if sentence is None and choice.model in ("top", "spaced"):
            sentence = f"{len(table)} sites with a higher index were picked."
        if sentence is None and choice.model in OTHER_MODELS:
            sentence = OTHER_MODELS[choice.model]
        if sentence is None:
            sentence = _by_reach(table, alone[number], more[number], overlaps[number])
        sentences[site] = sentence
    return pd.Series(sentences, dtype=object, name="why_not").rename_axis("site")


def _ruled_out(choice: Choice, site: object, value: float, ground: Ground) -> str | None:
    if site in choice.barred:
        return "The scenario strikes it out."
    if np.isnan(value):
        return "Its index is not known: none of its criteria has a number here."
    if value < choice.min_index:
        return f"Its index, {100 * value:.0f}, is below the {100 * choice.min_index:.0f} asked."
    if str(site) in ground.lacking:
        return f"It cannot be an anchor: {ground.lacking[str(site)]}."
    return None


def _too_near(
    choice: Choice, number: int, table: pd.DataFrame, sites: Ints, near: sparse.csr_array | None
) -> str | None:
    if near is None:
        return None
    close = set(near.indices[near.indptr[number] : near.indptr[number + 1]].tolist())
    for place, site in enumerate(sites.tolist()):
        if site in close:
            how = "picked before it" if choice.model == "spaced" else "which is in the set"
            return f"It is too near to {table['label'].iloc[place]}, {how}."
    return None


def _by_reach(table: pd.DataFrame, alone: float, more: float, overlaps: Floats) -> str:
    if alone <= 0:
        return "Nobody in need would be newly within reach of it."
    if table.empty:
        return NO_SITE
    shared = 1 - more / alone
    least = float(table["new_demand"].min())
    would = f"it would add {more:,.0f}, every chosen site newly reaches at least {least:,.0f}."
    if more > 0 and round(more) >= round(least):
        would = (
            f"it would add {more:,.0f}, no more than the chosen site that adds least "
            f"({least:,.0f}): it comes next."
        )
    if shared < SHARED:
        return would[0].upper() + would[1:]
    rival = int(np.argmax(overlaps))
    who = f"{100 * overlaps[rival]:.0f} % by {table['label'].iloc[rival]}"
    return (
        f"{100 * shared:.0f} % of the people in need that it would reach are reached by the "
        f"chosen sites ({who}); {would}"
    )


def _overlaps(sites: Ints, cover: Cover) -> Floats:
    """Give, site by chosen site, the share of one's new demand that the other reaches too."""
    columns, demand, served = cover
    site = np.repeat(np.arange(columns.shape[1]), np.diff(columns.indptr))
    new = np.maximum(columns.data - served[columns.indices], 0.0)
    weight = demand[columns.indices]
    total = np.bincount(site, weights=new * weight, minlength=columns.shape[1])
    shared = np.zeros((columns.shape[1], len(sites)))
    for position, rival in enumerate(sites):
        theirs = np.maximum(reached(columns, [int(rival)], served) - served, 0.0)
        both = np.minimum(new, theirs[columns.indices]) * weight
        shared[:, position] = np.bincount(site, weights=both, minlength=columns.shape[1])
    return shared / np.where(total > 0, total, 1.0)[:, np.newaxis]
