"""How far the ranking of a plan stands up when its weights and other choices change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from siteplanner import robustness
from siteplanner.errors import InputError, Problem
from siteplanner.model import Scenario
from siteplanner.model.criterion import Criteria, leaves, names

if TYPE_CHECKING:
    from siteplanner.plan.plan import Level, Plan

OFTEN = 0.9
"""A site stands up where it keeps its place in this share of the weightings."""
TOP = 20
"""Sites that are held against each other two by two."""
FEW_SITES, FEW_BEST = 300, 6
"""Up to so many sites and best ones, the nearest weights are looked for among all rivals."""
RANKS = ["rank_low", "rank_high", "first", "in_top", "group"]
TRIED = 50
"""Drawn weightings that stand for the choice of weights, beside other choices."""


@dataclass(frozen=True, eq=False)
class Sureness:
    """How far the ranking stands up.

    Parameters
    ----------
    sites
        Index ``site``, best first: what `ranks_of` gives.
    central
        Sites that are first under some weighting × criteria: the mean of those weightings.
    pairs
        The best sites two by two: share of the weightings in which the row beats the column.
    unseating
        Index ``site``, the chosen ones: the smallest change of weights that takes each from its
        place, as a sentence.
    choices
        Index ``choice``: which of the analyst's choices moves the ranking most, that one first;
        see `robustness.rank_choices`.
    need, place
        What the two indices are made of, with remarks.
    sentences
        The same in a few plain sentences.

    Examples
    --------
    >>> "choices" in Sureness.__dataclass_fields__
    True
    """

    sites: pd.DataFrame
    central: pd.DataFrame
    pairs: pd.DataFrame
    unseating: pd.Series
    choices: pd.DataFrame
    need: robustness.Diagnosis
    place: robustness.Diagnosis
    sentences: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join(self.sentences)

    def told(self, in_set: pd.Series | None = None) -> dict[str, Any]:
        """Give what a report says: ``sites``, with ``in_set`` where it is known, and sentences."""
        shares = pd.Series(np.nan, self.sites.index) if in_set is None else in_set
        sites = self.sites.assign(in_set=shares.reindex(self.sites.index).fillna(0.0))
        if in_set is None:
            sites["in_set"] = np.nan
        return {"sites": sites, "sentences": list(self.sentences)}


def best_of(scenario: Scenario, chosen: int, ranked: int) -> int:
    """Give how many sites count as the best: as many as the plan asks for, or has chosen.

    Examples
    --------
    >>> best_of(Scenario.model_construct(choice=Scenario.model_fields["choice"].default), 0, 5)
    1
    """
    asked = scenario.choice.count[-1] if scenario.choice.count else chosen
    return max(1, min(asked, ranked))


def ranks_of(scenario: Scenario, place: Level, ranking: pd.DataFrame, chosen: int) -> pd.DataFrame:
    """Rank all sites again under many weightings around the scenario's.

    Parameters
    ----------
    scenario
        Its criteria, and ``[robustness]``.
    place
        The sites' scores.
    ranking
        Index ``site``, best first: ``label`` and ``rank``.
    chosen
        How many sites the plan has chosen.

    Returns
    -------
    Index ``site`` as in ``ranking``: ``label``, ``rank``; ``rank_low`` and ``rank_high``, between
    which nine weightings of ten leave it; ``first`` and ``in_top``, the shares of the weightings
    in which it is first and among the best; ``group``, from 1: only groups have an order.
    """
    if ranking.empty or ranking["rank"].isna().all():
        return ranking[["label", "rank"]].assign(**dict.fromkeys(RANKS, np.nan))
    return _ranked(scenario, place, ranking, chosen)[0]


def _ranked(
    scenario: Scenario, place: Level, ranking: pd.DataFrame, chosen: int
) -> tuple[pd.DataFrame, robustness.Acceptability, pd.DataFrame]:
    how = scenario.robustness
    draws = robustness.draw(scenario.site, how.draws, seed=how.seed, spread=how.spread)
    found = robustness.smaa(
        place.scores,
        draws,
        p=best_of(scenario, chosen, len(ranking)),
        criteria=scenario.site,
        aggregation=scenario.index.site,
    )
    own = found.table.rename(columns={"rank_from": "rank_low", "rank_to": "rank_high"})
    own = own.rename(columns={"top": "in_top"})
    return ranking[["label", "rank"]].join(own[RANKS]), found, draws


def sentences_of(scenario: Scenario, ranks: pd.DataFrame, chosen: int) -> tuple[str, ...]:
    """Say in a few sentences how far the ranking stands up.

    Parameters
    ----------
    scenario, ranks, chosen
        As for `ranks_of`, and what it gives.
    """
    ranks = ranks[ranks["rank"].notna()]
    if len(ranks) < 2:
        return ()
    how, best = scenario.robustness, best_of(scenario, chosen, len(ranks))
    weighing = robustness.nest(scenario.site).names
    if len(weighing) < 2:
        return ("Only one site criterion has a weight: no other weights could move the ranking.",)
    top = ranks.head(best)
    firm = int((top["in_top"] >= OFTEN).sum())
    found = [
        f"Ranked again under {how.draws:,} weightings, each weight {100 * how.spread:.0f} % up or "
        f"down, {firm or 'none'} of the {best} best-ranked sites are among the best {best} in "
        f"{100 * OFTEN:.0f} of 100."
    ]
    alike = ranks[ranks["group"] == ranks["group"].iloc[best - 1]]
    if len(alike) > 1:
        first, last = int(alike["rank"].min()), int(alike["rank"].max())
        found.append(
            f"Ranks {first} to {last} ({len(alike)} sites) are one group: with slightly other "
            "weights they change places, so do not read an order into them."
        )
    return tuple(found)


def judge(plan: Plan) -> Sureness:
    """Put a plan's ranking to the test.

    Parameters
    ----------
    plan
        A plan with sites.

    Returns
    -------
    Tables and sentences.  Site criteria only: what other weights of need do to the set is for
    `siteplanner.plan.sets`.

    Raises
    ------
    InputError
        If the plan has no sites.
    """
    place, choice = plan.place, plan.choice
    if place is None or choice is None or plan.ranking.empty or plan.ranking["rank"].isna().all():
        where = f"scenarios/{plan.scenario.name}.toml"
        found = "this plan has no sites, so there is no ranking to test"
        raise InputError([Problem(where, "sites", found, "add [sites]")])
    scenario, many = plan.scenario, len(choice.table)
    table, tried, draws = _ranked(scenario, place, plan.ranking, many)
    top = list(table.index[table["rank"].notna()][:TOP])
    nesting = robustness.nest(scenario.site)
    pairs = robustness.pairwise(
        place.scores[list(draws.columns)],
        draws,
        top,
        tree=nesting.tree,
        aggregation=scenario.index.site,
    )
    best = best_of(scenario, many, len(table))
    unseating = _unseating(plan, place, table, best)
    choices = robustness.rank_choices(
        robustness.compare(place.index.value, _otherwise(scenario, place, draws), p=best)
    )
    diagnoses = [
        robustness.diagnose(level.scores, level.index.value, level.index.shares, people=people)
        for level, people in ((plan.need, plan.cells["people"]), (place, None))
    ]
    return Sureness(
        sites=table,
        central=tried.central,
        pairs=pairs,
        unseating=unseating,
        choices=choices,
        need=diagnoses[0],
        place=diagnoses[1],
        sentences=(
            *sentences_of(scenario, table, many),
            *_moving(choices),
            *unseating.unique()[:TOP],
            *(f"Need: {one}." for one in diagnoses[0].remarks),
            *(f"Sites: {one}." for one in diagnoses[1].remarks),
        ),
    )


def _otherwise(
    scenario: Scenario, place: Level, draws: pd.DataFrame
) -> dict[str, dict[str, pd.Series]]:
    """Weigh the sites by the other choices that an analyst might have made."""
    tree, way = scenario.site, scenario.index.site
    falling = pd.Series(_falling(tree), dtype=bool)
    return {
        "weights": robustness.weighed_otherwise(
            place.scores, tree, draws.head(TRIED), aggregation=way
        ),
        "criterion left out": robustness.without_each(place.scores, tree, aggregation=way),
        "scaling": robustness.scaled_otherwise(
            place.measures, tree, falling=falling, aggregation=way
        ),
        "aggregation": robustness.aggregated_otherwise(place.scores, tree, aggregation=way),
    }


def _falling(tree: Criteria) -> dict[str, bool]:
    return {
        name: one.zero_at is not None and one.full_at is not None and one.full_at < one.zero_at
        for name, one in leaves(tree)
    }


def _unseating(plan: Plan, place: Level, table: pd.DataFrame, best: int) -> pd.Series:
    """Say for each chosen site what takes it from the best, or past the next one behind them."""
    scenario = plan.scenario
    chosen = plan.choice.table.index if plan.choice else pd.Index([])
    titles = dict(table["label"].astype(str).items())
    titles |= {name: _title(scenario.site, name) for name in names(scenario.site)}
    now = robustness.Weighting(
        place.scores, None, scenario.site, scenario.index.site, titles=titles
    )
    ranked = table.index[table["rank"].notna()]
    exact = len(ranked) <= FEW_SITES and best <= FEW_BEST
    said = {}
    for site in chosen:
        here = table["rank"][site]
        if pd.isna(here) or len(ranked) < 2:
            continue
        if int(here) > best:
            said[site] = (
                f"{titles[site]} is in the set for whom it reaches beside the others, not for its "
                f"rank, which is {int(here)}."
            )
        elif exact:
            said[site] = robustness.drop(now, site, best).sentence
        else:
            behind = [one for one in ranked[best:] if one != site][:1]
            said[site] = robustness.overtake(now, site, behind[0]).sentence if behind else ""
    return pd.Series(said, dtype=object).rename_axis("site").rename("sentence")


def _title(tree: Criteria, name: str) -> str:
    one = dict(leaves(tree)).get(name)
    return (one.title if one is not None else "") or name.replace("_", " ")


def _moving(choices: pd.DataFrame) -> tuple[str, ...]:
    """Name the choice that moves the answer most."""
    if choices.empty or choices["jaccard"].isna().all():
        return ()
    first = choices.iloc[0]
    return (
        f"Of the analyst's choices, {choices.index[0]} moves the ranking most: of all sites that "
        f"are among the best before or after, {100 * first['jaccard']:.0f} % are so both times, at "
        f"worst {100 * first['jaccard_worst']:.0f} % ({first['worst_option']}).",
    )
