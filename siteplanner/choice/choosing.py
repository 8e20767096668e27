"""From a scenario's rule to a set of sites and its phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import sparse

from siteplanner.choice import naming, reasons
from siteplanner.choice.covering.greedy import gains_left, reached
from siteplanner.choice.covering.maximal import max_cover
from siteplanner.choice.ground import Ground, rules_of
from siteplanner.choice.models import ask, sized
from siteplanner.choice.phases import Nested, grow, order_of
from siteplanner.choice.plain import spaced, top
from siteplanner.choice.sizing import CLOSED
from siteplanner.choice.solution import Cover, Floats, Ints, Rules, Solution
from siteplanner.model import Choice

RULE_SENTENCES: Mapping[str, str] = {
    "top": "the sites with the highest index, whoever else reaches the same people",
    "spaced": "the sites with the highest index that keep apart",
}
APART = "There are sets that keep to the rules, but none that fits the sets of the other phases."


@dataclass(frozen=True)
class Chosen:
    """The chosen set, by phase, and a sentence on every site.

    Parameters
    ----------
    table
        Index ``site`` in the order of picking; ``label``, ``phase`` (from 1), ``fixed``
        (whether the scenario fixes it) and ``new_demand``: people × need that it newly
        reached when it was picked, beside the existing places that go on.
    phases
        Index ``phase``; ``sites`` in all, ``new_demand`` (people in need reached so far, less
        those reached before), ``objective`` (what the set comes to, in the unit of
        ``comes_to``; NaN where no set keeps to the rules), ``bound`` (no set of as many of the
        sites that may be chosen is better), ``gap`` (by how much it might be, as a share; NaN
        where there is nothing to compare with), ``alone`` (what the best set found for this phase
        alone comes to) and ``regret``: the share of it that growing in phases gives up.
    why
        Index the chosen sites: why each is in the set.
    why_not
        Index all other sites: why each is not.
    method
        How the set was found, as a sentence.
    comes_to
        What the objective counts, to be read after its number.
    infeasible
        Sentences: why no set keeps to the rules, and what would help; where that is so in some
        phases only, each names its phase.
    existing
        Where existing places have sizes to choose from: the size of each in their order, or
        ``closed``.
    fewer
        Why fewer sites were picked than asked for, as a clause; empty where there are as many.

    Examples
    --------
    >>> empty = pd.DataFrame()
    >>> words = pd.Series(dtype=str)
    >>> Chosen(empty, empty, words, words, "by hand").method
    'by hand'
    """

    table: pd.DataFrame
    phases: pd.DataFrame
    why: pd.Series
    why_not: pd.Series
    method: str
    comes_to: str = "people in need newly reached"
    infeasible: tuple[str, ...] = ()
    existing: pd.Series = field(default_factory=lambda: pd.Series(dtype=object))
    fewer: str = ""

    @property
    def closed(self) -> pd.Series:
        """Whether each existing place is closed, in their order; empty where none can be."""
        return self.existing == CLOSED


def choose(
    choice: Choice,
    *,
    index: pd.Series,
    reach: sparse.csr_array,
    demand: Floats,
    served: Floats,
    ground: Ground | None = None,
    labels: pd.Series | None = None,
) -> Chosen:
    """Pick the set of sites that a scenario asks for.

    Parameters
    ----------
    choice
        The scenario's rule: model, count by phase, smallest index, fixed and barred sites.
    index
        Site index, 0..1; NaN (unknown) is never picked.
    reach
        Cells × sites, 0..1, columns in the order of ``index``.
    demand
        People × need a cell; unknown counts as 0 here and is reported by the outcomes.
    served
        0..1 a cell: how fully existing places reach it.
    ground
        Walks, costs, districts and what else the scenario's rule needs.
    labels
        What people call each site, for the sentences; by default its id.

    Returns
    -------
    The set, its phases, and a sentence for every site.

    Raises
    ------
    KeyError
        If a fixed or barred site is not among the sites.

    Examples
    --------
    >>> chosen = choose(
    ...     Choice(count=1), index=pd.Series([0.9, 0.8], index=["a", "b"]),
    ...     reach=sparse.csr_array(np.array([[1, 1], [0, 1]])),
    ...     demand=np.array([5.0, 4.0]), served=np.zeros(2))
    >>> chosen.table.index.tolist(), chosen.why_not["a"][:62]
    (['b'], '100 % of the people in need that it would reach are reached by')
    """  # fmt: skip
    ground = ground or Ground()
    demand = np.nan_to_num(demand, nan=0.0)
    score = index.to_numpy(dtype=float)
    called = index.index.to_series().astype(str) if labels is None else labels.reindex(index.index)
    rules = rules_of(choice, index.index.to_numpy(dtype=object), score, ground)
    rules = replace(rules, called=naming.called(choice, called, ground))
    cover = (sparse.csc_array(reach, dtype=float), demand, np.asarray(served, dtype=float))
    counts = choice.count or (len(index),)
    comes_to, size = "people in need newly reached", pd.Series(dtype=object)
    if choice.sizes:
        solution, size, comes_to = sized(choice, cover, ground, rules)
        grown = Nested((solution,), (solution,), (0.0,), 0)
    elif choice.model in RULE_SENTENCES:
        grown = _by_index(choice, score, rules, cover)
    else:
        question = ask(choice, cover, ground)
        comes_to = question.comes_to
        grown = grow(question.solve, counts, len(index), rules, minimise=question.minimise)
    standing = size[size.index >= len(index)].sort_index()
    standing.index = pd.Index([ground.existing[one - len(index)] for one in standing.index])
    after = _going_on(cover, ground, standing)
    order = order_of(grown)
    phase = _phase_of(order, grown)
    table = pd.DataFrame(
        {
            "label": called.to_numpy()[order],
            "phase": phase,
            "fixed": np.isin(order, rules.fixed),
            "new_demand": _gains(order, after),
        },
        index=pd.Index(index.index[order], name="site"),
    )
    if choice.sizes:
        table["size"] = size.reindex(order).to_numpy()
    last = grown.nested[-1]
    others = reasons.why_not(
        choice,
        index,
        table,
        after,
        ground,
        left=_left(choice, ground, table, order, standing, len(index)),
        no_set=f"No set keeps to the rules. {last.infeasible[0]}" if last.infeasible else "",
    )
    lost = float(demand @ (cover[2] - after[2]))
    return Chosen(
        table=table,
        phases=_phases(grown, table, lost),
        why=reasons.why(choice, table, closing=lost > 0),
        why_not=others["sentence"].rename("why_not"),
        method=next((one.method for one in grown.nested[::-1] if not one.infeasible), last.method),
        comes_to=comes_to,
        infeasible=_no_set(grown, counts),
        existing=standing,
        fewer=reasons.fewer(choice, table, others["kind"]),
    )


def _going_on(cover: Cover, ground: Ground, standing: pd.Series) -> Cover:
    """Let only those existing places serve that are not closed."""
    columns, demand, served = cover
    closed = (standing == CLOSED).to_numpy(dtype=bool)
    if not closed.any() or ground.existing_reach is None:
        return cover
    going_on: Ints = np.flatnonzero(~closed)
    own = sparse.csc_array(ground.existing_reach, dtype=float)
    return columns, demand, np.minimum(served, reached(own, going_on, np.zeros(len(served))))


def _left(
    choice: Choice,
    ground: Ground,
    table: pd.DataFrame,
    order: Ints,
    standing: pd.Series,
    sites: int,
) -> reasons.Left | None:
    """Take what the set costs from the budget."""
    if choice.budget is None:
        return None
    if choice.sizes:
        spent = sum(choice.sizes[one].cost for one in table["size"])
        known = choice.existing_sizes
        spent += sum(known[one].cost for one in standing if one in known)
        price = np.full(sites, min(one.cost for one in choice.sizes.values()))
        return reasons.Left(choice.budget, choice.budget - spent, price, "its cheapest size")
    if ground.cost is None:
        return None
    spent = float(ground.cost[order].sum())
    return reasons.Left(choice.budget, choice.budget - spent, ground.cost)


def _no_set(grown: Nested, counts: tuple[int, ...]) -> tuple[str, ...]:
    """Say why no set keeps to the rules, and in which phases; what holds in all is said once."""
    found = [
        alone.infeasible or ((APART,) if one.infeasible else ())
        for alone, one in zip(grown.alone, grown.nested, strict=True)
    ]
    if len(set(found)) == 1:
        return found[0]
    return tuple(
        f"In phase {number} (count {count}): {sentence}"
        for number, (count, sentences) in enumerate(zip(counts, found, strict=True), start=1)
        for sentence in sentences
    )


def _by_index(choice: Choice, score: Floats, rules: Rules, cover: Cover) -> Nested:
    """Take the best index; what each phase reaches is held against the best covering set."""
    columns, demand, served = cover
    listed = Rules(rules.fixed, rules.barred, score=rules.score)
    known = np.where(np.isin(np.arange(len(score)), rules.barred), np.nan, score)
    if choice.model == "top" or rules.min_spacing is None:
        sites = top(known, choice.count[-1], rules=listed)
    else:
        near = sparse.csr_array(rules.min_spacing)
        sites = spaced(known, choice.count[-1], near=near, rules=listed)
    method = f"{RULE_SENTENCES[choice.model]}: a rule of thumb, with no claim to reach most people"
    gains = _gains(sites, cover)
    nested, alone = [], []
    for count in choice.count:
        few = replace(listed, fixed=listed.fixed[:count])
        best = max_cover(columns.tocsr(), demand, count, rules=few, served=served)
        so_far = float(gains[:count].sum())
        bound = max(best.bound, so_far)
        nested.append(Solution(sites[:count], so_far, gains[:count], bound, False, method))
        alone.append(nested[-1])
    return Nested(tuple(nested), tuple(alone), (0.0,) * len(nested), 0)


def _gains(order: Ints, cover: Cover) -> Floats:
    """Give what each site newly reaches where the sites are picked in this order."""
    columns, demand, best = cover
    gains = np.zeros(len(order))
    for step, site in enumerate(order):
        gains[step] = gains_left(columns[:, [site]], demand, best)[0]
        best = reached(columns, [int(site)], best)
    return gains


def _phase_of(order: Ints, grown: Nested) -> Ints:
    phase = np.full(len(order), len(grown.nested), dtype=np.int64)
    for number in range(len(grown.nested) - 1, -1, -1):
        phase[np.isin(order, grown.nested[number].sites)] = number + 1
    return phase


def _phases(grown: Nested, table: pd.DataFrame, lost: float) -> pd.DataFrame:
    rows = []
    for number, nested in enumerate(grown.nested):
        so_far = float(table.loc[table["phase"] <= number + 1, "new_demand"].sum()) - lost
        rows.append(
            {
                "sites": len(nested.sites),
                "new_demand": so_far,
                "objective": nested.objective,
                "bound": nested.bound,
                "gap": nested.gap if nested.objective and np.isfinite(nested.gap) else np.nan,
                "alone": grown.alone[number].objective,
                "regret": grown.regret[number],
            }
        )
    return pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="phase"))
