"""Why a site is in the set, and why another is not, in a sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siteplanner.choice.covering.greedy import gains_left, reached
from siteplanner.choice.ground import Ground
from siteplanner.choice.solution import Cover, Floats, Ints, amount
from siteplanner.model import Choice, Size

OTHER_MODELS = {
    "set_cover": "The share asked for is reached without it.",
    "p_median": "No set with it was found in which people in need walk less.",
    "kolm_pollak": "No set with it was found in which walks are shorter and more alike.",
    "fairest": "No set with it was found that serves those who are served least better.",
    "p_center": "No set with it was found in which the longest walk is shorter.",
    "p_dispersion": "No set with it was found in which the sites lie farther apart.",
}
SHARED = 0.005
"""Below this share, two sites are not said to reach the same people."""
NOBODY = 1e-9
KINDS: Mapping[str, tuple[str, str]] = {
    "barred": ("is struck out by the scenario", "are struck out by the scenario"),
    "rejected": ("is out by the site register", "are out by the site register"),
    "unpriced": ("has no known cost or capacity", "have no known cost or capacity"),
    "unknown": ("has no known index", "have no known index"),
    "below": ("has too low an index", "have too low an index"),
    "lacking": ("cannot be an anchor", "cannot be anchors"),
    "near": ("is too near to a site of the set", "are too near to a site of the set"),
    "dear": ("costs more than is left of the budget", "cost more than is left of the budget"),
    "nobody": ("would newly reach nobody in need", "would newly reach nobody in need"),
    "other": ("would not make the set any better", "would not make the set any better"),
}
"""Why sites are not in the set, of one and of many, in the order in which they are told."""
Reason = tuple[str, str]
"""A kind, and a sentence."""


@dataclass(frozen=True)
class Left:
    """What is left of the budget, and what each site costs at least.

    Parameters
    ----------
    budget, left
        The budget, and what the set leaves of it.
    price
        One number a site: its cost, or that of its cheapest size.
    what
        What costs that: ``it``, or ``its cheapest size``.
    """

    budget: float
    left: float
    price: Floats
    what: str = "it"

    def too_dear(self, site: int) -> str:
        """Give the clause that says that a site costs too much; empty where it does not."""
        price = float(self.price[site])
        if price <= self.left + 1e-9 * max(1.0, self.budget):
            return ""
        left = f"{amount(max(self.left, 0.0))} of the budget of {amount(self.budget)} is left"
        return f"{self.what} costs {amount(price)}, and only {left}"


def why(choice: Choice, table: pd.DataFrame, *, closing: bool = False) -> pd.Series:
    """Say why each chosen site is in the set.

    Parameters
    ----------
    choice
        The scenario's rule.
    table
        The chosen sites in the order of picking, with ``new_demand``.
    closing
        Whether existing places are closed: then sites are held against those that go on.

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
        if closing:
            others = " whom no existing place that goes on" + (
                " and none of the sites picked before it reaches" if place else " reaches"
            )
        newly = "reaches" if closing else "newly reaches"
        sentences[site] = f"{first}It {newly} {new:,.0f} people in need{others}."
    return pd.Series(sentences, dtype=object, name="why").rename_axis("site")


def why_not(
    choice: Choice,
    index: pd.Series,
    table: pd.DataFrame,
    cover: Cover,
    ground: Ground,
    *,
    left: Left | None = None,
    no_set: str = "",
) -> pd.DataFrame:
    """Say why each other site is not in the set.

    Parameters
    ----------
    choice
        The scenario's rule.
    index
        Site index, 0..1; NaN unknown.
    table
        The chosen sites in the order of picking, with ``label``, ``fixed`` and ``new_demand``.
    cover
        Reach, demand, and how fully the existing places that go on serve.
    ground
        Which sites are too near each other, and which cannot be anchors.
    left
        What is left of the budget, where there is one.
    no_set
        Why no set keeps to the rules, where none does.

    Returns
    -------
    ``kind`` (one of `KINDS`) and ``sentence`` of every site that was not chosen.
    """
    columns, demand, served = cover
    sites = index.index.get_indexer(table.index).astype(np.int64)
    alone = gains_left(columns, demand, served)
    more = gains_left(columns, demand, reached(columns, sites, served))
    overlaps = _overlaps(sites, cover)
    found: dict[object, Reason] = {}
    for number, (site, value) in enumerate(index.items()):
        if site in table.index:
            continue
        reason = _ruled_out(choice, site, value, ground)
        if reason is None and no_set:
            reason = "other", no_set
        if reason is None and choice.model != "top":
            reason = _too_near(choice, number, table, sites, ground)
        if reason is None and choice.model in ("top", "spaced"):
            reason = "other", f"{_many(len(table), 'site')} with a higher index were picked."
            if len(table) == 1:
                reason = "other", "A site with a higher index was picked."
        dear = left.too_dear(number) if left is not None else ""
        if reason is None and choice.model in OTHER_MODELS:
            reason = "other", OTHER_MODELS[choice.model]
            if dear and _short(choice, table):
                reason = "dear", f"{dear[0].upper()}{dear[1:]}."
        if reason is None:
            gain = (alone[number], more[number])
            reason = _by_reach(choice, table, gain, overlaps[number], dear)
        found[site] = reason
    return pd.DataFrame.from_dict(
        found, orient="index", columns=["kind", "sentence"], dtype=object
    ).rename_axis("site")


def fewer(choice: Choice, table: pd.DataFrame, kinds: pd.Series) -> str:
    """Say why fewer sites were picked than asked for, by what holds the others back.

    Parameters
    ----------
    choice
        The scenario's rule.
    table
        The chosen sites.
    kinds
        The kind of reason of every other site.

    Returns
    -------
    A clause; empty where there are as many sites as asked for.

    Examples
    --------
    >>> fewer(Choice(count=2), pd.DataFrame(index=["mill"]), pd.Series(["dear", "dear", "nobody"]))
    'of the other 3, 2 cost more than is left of the budget and 1 would newly reach nobody in need'
    """
    if not _short(choice, table):
        return ""
    counts = kinds.value_counts()
    parts = [
        f"{counts[kind]:,} {words[0] if counts[kind] == 1 else words[1]}"
        for kind, words in KINDS.items()
        if kind in counts
    ]
    if not parts:
        return "there are no others"
    if len(parts) == 1 and len(kinds) > 1:
        words = KINDS[str(kinds.iloc[0])][1]
        return f"{'the other' if len(table) else 'all'} {len(kinds):,} {words}"
    told = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"of the other {len(kinds):,}, {told}" if len(table) else told


def _short(choice: Choice, table: pd.DataFrame) -> bool:
    return bool(choice.count) and len(table) < choice.count[-1]


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _ruled_out(choice: Choice, site: object, value: float, ground: Ground) -> Reason | None:
    if site in choice.barred:
        return "barred", "The scenario strikes it out."
    if str(site) in ground.out:
        return ground.out[str(site)]
    if np.isnan(value):
        return "unknown", "Its index is not known: none of its criteria has a number here."
    if value < choice.min_index:
        asked = f"{100 * choice.min_index:.0f} asked"
        return "below", f"Its index, {100 * value:.0f}, is below the {asked}."
    if str(site) in ground.lacking:
        return "lacking", f"It cannot be an anchor: {ground.lacking[str(site)]}."
    return None


def _too_near(
    choice: Choice, number: int, table: pd.DataFrame, sites: Ints, ground: Ground
) -> Reason | None:
    near = ground.near
    if near is None:
        return None
    close = set(near.indices[near.indptr[number] : near.indptr[number + 1]].tolist())
    for place, site in enumerate(sites.tolist()):
        if site in close:
            how = "picked before it" if choice.model == "spaced" else "which is in the set"
            return "near", f"It is too near to {table['label'].iloc[place]}, {how}."
    return None


def _by_reach(
    choice: Choice,
    table: pd.DataFrame,
    gain: tuple[float, float],
    overlaps: Floats,
    dear: str,
) -> Reason:
    alone, more = gain
    if alone <= 0:
        return "nobody", "Nobody in need would be newly within reach of it."
    kind, would = _would(choice, table, more, dear)
    shared = 1 - more / alone
    if table.empty or shared < SHARED:
        return kind, would[0].upper() + would[1:]
    rival = int(np.argmax(overlaps))
    who = f"{100 * overlaps[rival]:.0f} % by {table['label'].iloc[rival]}"
    return kind, (
        f"{100 * shared:.0f} % of the people in need that it would reach are reached by the "
        f"chosen sites ({who}); {would}"
    )


def _would(choice: Choice, table: pd.DataFrame, more: float, dear: str) -> Reason:
    """Say what a site would add, and what stands against it."""
    free = table["new_demand"][~table["fixed"].astype(bool)]
    least = round(float(free.min())) if len(free) else -np.inf
    adds, room = f"it would add {more:,.0f}", _short(choice, table)
    kind = "other" if more > NOBODY else "nobody"
    counted = choice.capacity is not None or any(one.capacity is not None for one in _sizes(choice))
    if counted or choice.backup:
        if dear and room:
            return "dear", f"{dear}."
        ends = "serves more within the capacity"
        if choice.backup:
            ends = f"reaches more people by {choice.backup + 1} places"
        return "other", f"no set with it was found that {ends}."
    if dear and more > NOBODY and (room or round(more) > least):
        return "dear", f"{adds}, but {dear}."
    if room or round(more) > least:
        if kind == "nobody":
            return kind, "it would add nobody."
        found = "no set with it was found that keeps to the rules and reaches more"
        return kind, f"{adds}, but {found}."
    if round(more) == round(least):
        if round(more) == 0:
            return kind, "it would add nobody."
        return kind, (
            f"{adds}, no more than the chosen site that adds least ({least:,.0f}): it comes next."
        )
    every = "every chosen site" if len(free) == len(table) else "every site that is not fixed"
    return kind, f"{adds}, {every} newly reaches at least {least:,.0f}."


def _sizes(choice: Choice) -> list[Size]:
    return [*choice.sizes.values(), *choice.existing_sizes.values()]


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
