"""From a scenario's rule to a set of sites and its phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from siteplanner.choice import reasons
from siteplanner.choice.greedy import gains_left, max_cover, reached
from siteplanner.choice.plain import spaced, top
from siteplanner.choice.solution import Cover, Floats, Rules, Solution
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
        Index ``site`` in the order of picking; ``label``, ``phase`` (from 1) and
        ``new_demand``: people × need that it newly reached when it was picked.
    phases
        Index ``phase``; ``sites`` in all, ``new_demand`` so far, ``bound`` (no set of as many
        of the sites that may be chosen reaches more) and ``gap`` (NaN where nobody is reached).
    why
        Index the chosen sites: why each is in the set.
    why_not
        Index all other sites: why each is not.
    method
        How the set was found, as a sentence.

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


def choose(
    choice: Choice,
    *,
    index: pd.Series,
    reach: sparse.csr_array,
    demand: Floats,
    served: Floats,
    near: sparse.csr_array | None = None,
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
    near
        Site × site, stored where two sites are nearer than ``choice.spacing_m``.
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
    demand = np.nan_to_num(demand, nan=0.0)
    for names in (choice.fixed, choice.barred):
        unknown = sorted(set(names) - set(index.index))
        if unknown:
            raise KeyError(unknown[0])
    score = index.to_numpy(dtype=float)
    with np.errstate(invalid="ignore"):
        out = np.isnan(score) | (score < choice.min_index)
    out |= index.index.isin(list(choice.barred))
    fixed = index.index.get_indexer(pd.Index(choice.fixed)).astype(np.int64)
    rules = Rules(fixed=fixed, barred=out.nonzero()[0], score=np.nan_to_num(score))
    cover = (sparse.csc_array(reach, dtype=float), demand, served)
    count = choice.count[-1]
    if choice.model == "max_cover":
        solution = max_cover(sparse.csr_array(reach), demand, count, rules=rules, served=served)
    else:
        apart = near if choice.model == "spaced" else None
        solution = _by_index(score, count, apart, rules, cover)
    called = index.index.to_series().astype(str) if labels is None else labels.reindex(index.index)
    picked = pd.Index(index.index[solution.sites], name="site")
    table = pd.DataFrame(
        {
            "label": called.to_numpy()[solution.sites],
            "phase": 1 + np.searchsorted(choice.count, np.arange(len(picked)), "right"),
            "new_demand": solution.gains,
        },
        index=picked,
    )
    return Chosen(
        table=table,
        phases=_phases(choice, rules, cover, solution),
        why=reasons.why(choice, table),
        why_not=reasons.why_not(choice, index, table, cover, near),
        method=solution.method,
    )


def _by_index(
    score: Floats, count: int, near: sparse.csr_array | None, rules: Rules, cover: Cover
) -> Solution:
    columns, demand, served = cover
    if near is None:
        sites = top(score, count, rules=rules)
        method = RULE_SENTENCES["top"]
    else:
        sites = spaced(score, count, near=near, rules=rules)
        method = RULE_SENTENCES["spaced"]
    gains, best = np.zeros(len(sites)), served
    for step, site in enumerate(sites):
        gains[step] = gains_left(columns, demand, best)[site]
        best = reached(columns, [site], best)
    method = f"{method}: a rule of thumb, with no claim to reach most people"
    bound = max_cover(columns.tocsr(), demand, count, rules=rules, served=served).bound
    objective = float(gains.sum())
    return Solution(sites, objective, gains, max(bound, objective), False, method)


def _phases(choice: Choice, rules: Rules, cover: Cover, solution: Solution) -> pd.DataFrame:
    columns, demand, served = cover
    rows = []
    for count in choice.count:
        so_far = float(solution.gains[:count].sum())
        bound = solution.bound
        if count != choice.count[-1]:
            few = Rules(rules.fixed[:count], rules.barred, rules.score)
            alone = max_cover(columns.tocsr(), demand, count, rules=few, served=served)
            bound = max(so_far, min(alone.bound, solution.bound))
        rows.append(
            {
                "sites": min(count, len(solution.sites)),
                "new_demand": so_far,
                "bound": bound,
                "gap": bound / so_far - 1 if so_far else np.nan,
            }
        )
    return pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="phase"))
