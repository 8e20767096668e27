"""From a scenario's rule to a set of sites and its phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import sparse

from siteplanner.choice import reasons
from siteplanner.choice.covering.greedy import gains_left, reached
from siteplanner.choice.covering.maximal import max_cover
from siteplanner.choice.ground import Ground, rules_of
from siteplanner.choice.models import ask, sized
from siteplanner.choice.phases import Nested, grow, order_of
from siteplanner.choice.plain import spaced, top
from siteplanner.choice.solution import Cover, Floats, Ints, Rules, Solution
from siteplanner.model import Choice

RULE_SENTENCES: Mapping[str, str] = {
    "top": "the sites with the highest index, whoever else reaches the same people",
    "spaced": "the sites with the highest index that keep apart",
}


@dataclass(frozen=True)
class Chosen:
    """The chosen set, by phase, and a sentence on every site.

    Parameters
    ----------
    table
        Index ``site`` in the order of picking; ``label``, ``phase`` (from 1), ``fixed``
        (whether the scenario fixes it) and ``new_demand``: people × need that it newly
        reached when it was picked.
    phases
        Index ``phase``; ``sites`` in all, ``new_demand`` so far, ``objective`` (what the set
        comes to, in the unit of ``comes_to``), ``bound`` (no set of as many of the sites that
        may be chosen is better), ``gap`` (by how much it might be, as a share; NaN where
        there is nothing to compare with), ``alone`` (what the best set found for this phase
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
        Sentences: why no set keeps to the rules, and what would help.
    existing
        Where existing places have sizes to choose from: the size of each, or ``closed``.

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
    rules = rules_of(choice, index.index.to_numpy(dtype=object), score, ground)
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
    called = index.index.to_series().astype(str) if labels is None else labels.reindex(index.index)
    order = order_of(grown)
    phase = _phase_of(order, grown)
    table = pd.DataFrame(
        {
            "label": called.to_numpy()[order],
            "phase": phase,
            "fixed": np.isin(order, rules.fixed),
            "new_demand": _gains(order, cover),
        },
        index=pd.Index(index.index[order], name="site"),
    )
    if choice.sizes:
        table["size"] = size.reindex(order).to_numpy()
    standing = size[size.index >= len(index)]
    standing.index = pd.Index([ground.existing[one - len(index)] for one in standing.index])
    last = grown.nested[-1]
    infeasible = next((one.infeasible for one in grown.nested if one.infeasible), ())
    why_not = reasons.why_not(choice, index, table, cover, ground)
    if infeasible:
        why_not = why_not.replace({reasons.NO_SITE: f"No set keeps to the rules. {infeasible[0]}"})
    return Chosen(
        table=table,
        phases=_phases(grown, table),
        why=reasons.why(choice, table),
        why_not=why_not,
        method=last.method,
        comes_to=comes_to,
        infeasible=infeasible,
        existing=standing,
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


def _phases(grown: Nested, table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for number, nested in enumerate(grown.nested):
        so_far = float(table.loc[table["phase"] <= number + 1, "new_demand"].sum())
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
