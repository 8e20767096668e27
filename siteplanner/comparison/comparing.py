"""Plans of one place, held against the first of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from siteplanner.comparison.differing import differences
from siteplanner.errors import InputError, Problem
from siteplanner.maps import Answer, released
from siteplanner.plan import Plan

SAME_M2 = 1.0
"""Areas that differ by less are the same."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Plans of one place side by side; the first is what the others are held against.

    Parameters
    ----------
    answers
        The plans, as their audience may have them.
    differences
        Index ``key``; a column a plan: what its scenario says.
    sites
        Index ``site``: ``label``; for each plan ``<name> rank`` and ``<name> phase`` (nullable;
        NA where it is no site, or not in the set), and for each but the first ``<name> moved``:
        places up (above 0) or down in the ranking.
    outcomes
        Index ``place``, ``group``; for each plan ``<name> newly`` reached and ``<name> left_out``
        (people), and for each but the first ``<name> more``: newly reached beyond the first.
    tenths
        Index ``decile`` of need: ``<name> share_after``, the share within reach.
    overlap
        Plan × plan: Jaccard index of the sets, 0 nothing in common to 1 the same; NaN where
        both are empty.
    tau
        Plan × plan: Kendall's τ of the rankings of the sites they share, -1 to 1.

    Examples
    --------
    >>> "overlap" in Comparison.__dataclass_fields__
    True
    """

    answers: tuple[Answer, ...]
    differences: pd.DataFrame
    sites: pd.DataFrame
    outcomes: pd.DataFrame
    tenths: pd.DataFrame
    overlap: pd.DataFrame
    tau: pd.DataFrame

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the scenarios, in the order given."""
        return tuple(one.scenario.name for one in self.answers)

    def came_in(self, name: str) -> pd.Series:
        """Give the names of the sites in a plan's set that are not in the first one's."""
        own, first = (self.sites[f"{one} phase"].notna() for one in (name, self.names[0]))
        return self.sites["label"][own & ~first]

    def went_out(self, name: str) -> pd.Series:
        """Give the names of the sites in the first plan's set that are not in this one's."""
        own, first = (self.sites[f"{one} phase"].notna() for one in (name, self.names[0]))
        return self.sites["label"][first & ~own]

    def __repr__(self) -> str:
        from siteplanner.comparison.words import summary

        return "\n".join(summary(self))


def compare(*plans: Plan | Answer) -> Comparison:
    """Hold plans of one place against the first of them.

    Parameters
    ----------
    plans
        Two or more plans, or their answers, each of a scenario of its own.

    Returns
    -------
    What differs.  If one of them is for the public, small counts are withheld in all.

    Raises
    ------
    InputError
        If there is one plan only, two are of the same scenario, or they are of different areas.

    References
    ----------
    Kendall, M. (1945). The treatment of ties in ranking problems. Biometrika 33, 239-251 (τ-b).
    Jaccard, P. (1901). Étude comparative de la distribution florale. Bulletin de la Société
    vaudoise des sciences naturelles 37, 547-579.
    """
    answers = [one.answer() if isinstance(one, Plan) else one for one in plans]
    _check(answers)
    public = any(one.scenario.audience == "public" for one in answers)
    shown = tuple(_public(one) if public else one for one in answers)
    return Comparison(
        answers=shown,
        differences=differences([one.scenario for one in answers]),
        sites=_sites(shown),
        outcomes=_outcomes(shown),
        tenths=_tenths(shown),
        overlap=_pairs(shown, _jaccard),
        tau=_pairs(shown, _kendall),
    )


def _public(answer: Answer) -> Answer:
    from dataclasses import replace

    scenario = answer.scenario.model_copy(update={"audience": "public"})
    return released(replace(answer, scenario=scenario))


def _check(answers: Sequence[Answer]) -> None:
    if len(answers) < 2:
        found = f"{len(answers)} plan to compare" if answers else "nothing to compare"
        raise InputError([Problem("compare", "", found, "name two or more scenarios")])
    names = [one.scenario.name for one in answers]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        found = f"{', '.join(twice)} twice"
        raise InputError([Problem("compare", "", found, "name each scenario once")])
    first, problems = answers[0], []
    for one in answers[1:]:
        same = one.crs == first.crs and one.area.symmetric_difference(first.area).area <= SAME_M2
        if not same:
            where = f"scenarios/{one.scenario.name}.toml"
            found = f"its area is not that of '{names[0]}'"
            problems.append(Problem(where, "area", found, "compare plans of one place"))
    if problems:
        raise InputError(problems)


def _sites(answers: Sequence[Answer]) -> pd.DataFrame:
    names = answers[0].sites.index
    for one in answers[1:]:
        names = names.union(one.sites.index, sort=False)
    label = pd.Series(pd.NA, index=names, dtype=object)
    found: dict[str, pd.Series] = {"label": label}
    for one in answers:
        table = one.sites.reindex(names)
        if "label" in table:
            label = label.where(label.notna(), table["label"])
        rank, phase = (
            table[key].astype("Int64") if key in table else pd.Series(pd.NA, names, dtype="Int64")
            for key in ("rank", "phase")
        )
        found |= {f"{one.scenario.name} rank": rank, f"{one.scenario.name} phase": phase}
    first = answers[0].scenario.name
    for one in answers[1:]:
        name = one.scenario.name
        found[f"{name} moved"] = found[f"{first} rank"] - found[f"{name} rank"]
    found["label"] = label.fillna("")
    table = pd.DataFrame(found).rename_axis("site")
    order = table[f"{first} rank"].astype("Float64").fillna(np.inf).astype(float)
    return table.iloc[np.argsort(order.to_numpy(), kind="stable")]


def _outcomes(answers: Sequence[Answer]) -> pd.DataFrame:
    parts = {}
    for one in answers:
        table = one.outcomes.get("by_group", pd.DataFrame())
        for column in ("newly", "left_out"):
            if column in table:
                parts[f"{one.scenario.name} {column}"] = table[column]
    found = pd.DataFrame(parts)
    first = f"{answers[0].scenario.name} newly"
    for one in answers[1:]:
        name = one.scenario.name
        if f"{name} newly" in found and first in found:
            found[f"{name} more"] = (found[f"{name} newly"] - found[first]).round(6)
    return found


def _tenths(answers: Sequence[Answer]) -> pd.DataFrame:
    parts = {
        f"{one.scenario.name} share_after": one.outcomes["by_decile"]["share_after"]
        for one in answers
        if "share_after" in one.outcomes.get("by_decile", pd.DataFrame())
    }
    return pd.DataFrame(parts).rename_axis("decile")


def _pairs(answers: Sequence[Answer], measure: object) -> pd.DataFrame:
    names = [one.scenario.name for one in answers]
    values = [[measure(a.sites, b.sites) for b in answers] for a in answers]  # type: ignore[operator]
    return pd.DataFrame(values, index=names, columns=names).round(6)


def _jaccard(one: pd.DataFrame, other: pd.DataFrame) -> float:
    a, b = (set(table.index[table["phase"].notna()]) if "phase" in table else set()
            for table in (one, other))  # fmt: skip
    return len(a & b) / len(a | b) if a | b else float("nan")


def _kendall(one: pd.DataFrame, other: pd.DataFrame) -> float:
    if "rank" not in one or "rank" not in other:
        return float("nan")
    both = pd.concat([one["rank"], other["rank"]], axis=1, join="inner").astype(float).dropna()
    if len(both) < 2:
        return float("nan")
    return float(both.iloc[:, 0].corr(both.iloc[:, 1], method="kendall"))
