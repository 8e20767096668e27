"""From a scenario's rule to a set of sites, its phases, and why the others are not in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from siteplanner.choice.greedy import gains_left, max_cover
from siteplanner.choice.plain import spaced, top
from siteplanner.choice.solution import Floats, Ints, Rules, Solution
from siteplanner.model import Choice

RULE_SENTENCES: Mapping[str, str] = {
    "top": "the sites with the highest index, whoever else reaches the same people",
    "spaced": "the sites with the highest index that keep apart",
}


@dataclass(frozen=True)
class Chosen:
    """The chosen set, by phase, and why the other sites are not in it.

    Parameters
    ----------
    table
        Index ``site`` in the order of picking; ``phase`` (from 1), ``label`` is not here,
        ``new_demand``: people × need that it newly reached when it was picked.
    phases
        Index ``phase``; ``sites``, ``new_demand`` so far, ``bound`` and ``gap``.
    why_not
        Index all other sites; one sentence each.
    method
        How the set was found, as a sentence.

    Examples
    --------
    >>> empty = pd.DataFrame()
    >>> Chosen(empty, empty, pd.Series(dtype=str), "by hand").method
    'by hand'
    """

    table: pd.DataFrame
    phases: pd.DataFrame
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

    Returns
    -------
    The set, its phases, and a sentence for each site left out.

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
    score = index.to_numpy(dtype=float)
    named_out = index.index.isin(list(choice.barred))
    fixed = index.index.get_indexer(pd.Index(choice.fixed))
    for names in (choice.fixed, choice.barred):
        unknown = sorted(set(names) - set(index.index))
        if unknown:
            raise KeyError(unknown[0])
    with np.errstate(invalid="ignore"):
        out = (named_out | np.isnan(score) | (score < choice.min_index)).nonzero()[0]
    rules = Rules(fixed=fixed.astype(np.int64), barred=out, score=np.nan_to_num(score))
    columns = sparse.csc_array(reach, dtype=float)
    count = choice.count[-1]
    if choice.model == "max_cover":
        solution = max_cover(sparse.csr_array(reach), demand, count, rules=rules, served=served)
    else:
        apart = near if choice.model == "spaced" else None
        solution = _by_index(score, count, apart, rules, (columns, demand, served))
    table = pd.DataFrame(
        {
            "phase": 1 + np.searchsorted(choice.count, np.arange(len(solution.sites)), "right"),
            "new_demand": solution.gains,
        },
        index=pd.Index(index.index[solution.sites], name="site"),
    )
    return Chosen(
        table=table,
        phases=_phases(choice, columns, demand, served, solution),
        why_not=_why_not(choice, index, solution, (columns, demand, served), near),
        method=solution.method,
    )


Cover = tuple[sparse.csc_array, Floats, Floats]


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


def reached(reach: sparse.csc_array, sites: Ints | list[int], served: Floats) -> Floats:
    """Give how fully each cell is reached by existing places and these sites together.

    Parameters
    ----------
    reach
        Cells × sites, 0..1.
    sites
        Column numbers.
    served
        0..1 a cell: how fully existing places reach it.

    Returns
    -------
    0..1 a cell: the best of all.

    Examples
    --------
    >>> reached(sparse.csc_array(np.array([[1.0, 0.5], [0.0, 0.5]])), [1], np.array([0.7, 0.0]))
    array([0.7, 0.5])
    """
    best = np.array(served, dtype=float)
    for site in sites:
        rows = slice(reach.indptr[site], reach.indptr[site + 1])
        cells = reach.indices[rows]
        best[cells] = np.maximum(best[cells], reach.data[rows])
    return best


def _phases(
    choice: Choice, columns: sparse.csc_array, demand: Floats, served: Floats, solution: Solution
) -> pd.DataFrame:
    rows = []
    for count in choice.count:
        so_far = float(solution.gains[:count].sum())
        if count == choice.count[-1]:
            bound = solution.bound
        else:
            bound = max_cover(columns.tocsr(), demand, count, served=served).bound
        rows.append(
            {
                "sites": min(count, len(solution.sites)),
                "new_demand": so_far,
                "bound": bound,
                "gap": bound / so_far - 1 if so_far else np.nan,
            }
        )
    return pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="phase"))


def _why_not(
    choice: Choice,
    index: pd.Series,
    solution: Solution,
    cover: Cover,
    near: sparse.csr_array | None,
) -> pd.Series:
    columns, demand, served = cover
    alone = gains_left(columns, demand, served)
    after = gains_left(columns, demand, reached(columns, solution.sites, served))
    names = index.index[solution.sites]
    last = float(solution.gains[-1]) if len(solution.gains) else 0.0
    overlaps = _overlaps(solution.sites, cover)
    sentences = {}
    for number, site in enumerate(index.index):
        value = index.iloc[number]
        if site in names:
            continue
        if site in choice.barred:
            sentence = "The scenario strikes it out."
        elif np.isnan(value):
            sentence = "Its index is not known: none of its criteria has a number here."
        elif value < choice.min_index:
            sentence = (
                f"Its index, {100 * value:.0f}, is below the {100 * choice.min_index:.0f} asked."
            )
        elif len(names) == 0:
            sentence = "No site was chosen."
        elif choice.model != "max_cover":
            sentence = _why_not_by_index(number, names, solution, near)
        elif alone[number] <= 0:
            sentence = "Nobody in need would be newly within reach of it."
        else:
            rival = int(np.argmax(overlaps[number]))
            shared = 1 - after[number] / alone[number]
            sentence = (
                f"{100 * shared:.0f} % of the people in need that it would reach are reached by "
                f"the chosen sites ({100 * overlaps[number, rival]:.0f} % by {names[rival]}); "
                f"it would add {after[number]:,.0f}, the last one chosen adds {last:,.0f}."
            )
        sentences[site] = sentence
    return pd.Series(sentences, dtype=object, name="why_not").rename_axis("site")


def _why_not_by_index(
    number: int, names: pd.Index, solution: Solution, near: sparse.csr_array | None
) -> str:
    if near is not None:
        close = set(near.indices[near.indptr[number] : near.indptr[number + 1]])
        for position, site in enumerate(solution.sites):
            if int(site) in close:
                return f"It is too near to {names[position]}, which was picked before it."
    return f"{len(names)} sites with a higher index were picked."


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
