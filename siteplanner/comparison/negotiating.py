"""What each group would choose, where they agree, and the set that leaves nobody far behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from siteplanner import choice
from siteplanner.choice.ground import rules_of
from siteplanner.errors import InputError, Problem
from siteplanner.plan.reweighing import Reweighed, Reweigher

if TYPE_CHECKING:
    from siteplanner.plan import Plan

NAMED = 5
"""Sites that a sentence names at most."""


@dataclass(frozen=True, eq=False)
class Negotiated:
    """A table for a room in which groups weigh need differently.

    Parameters
    ----------
    groups
        Index ``group``: ``title``, ``own`` (people in need newly reached by the set it would
        choose, need as it weighs it), ``compromise`` (by the compromise set), ``published`` (by
        the plan's set) and the regrets ``gives_up`` and ``gives_up_published``: the share of
        ``own`` that each set leaves out, 0..1.
    sites
        Index ``site``, those that any set has: ``label``, a column for each group (whether its
        own set has the site), ``groups`` (how many have it), ``compromise`` and ``published``.
    sentences
        By group: what it gains and what it gives up.
    method
        How the compromise was found, as a sentence.

    Examples
    --------
    >>> list(Negotiated.__dataclass_fields__)
    ['groups', 'sites', 'sentences', 'method']
    """

    groups: pd.DataFrame
    sites: pd.DataFrame
    sentences: pd.Series
    method: str

    @property
    def agreed(self) -> pd.DataFrame:
        """The sites that every group would choose."""
        return self.sites[self.sites["groups"] == len(self.groups)]

    @property
    def contested(self) -> pd.DataFrame:
        """The sites that some groups would choose and others would not."""
        some = self.sites["groups"]
        return self.sites[(some > 0) & (some < len(self.groups))]


def negotiate(plan: Plan) -> Negotiated:
    """Let each profile of a scenario choose, and look for the set that all can live with.

    The compromise is the set whose worst-off group gives up the smallest share of what its own
    set would reach (the smallest largest regret).

    Parameters
    ----------
    plan
        A plan of the model ``max_cover`` with two or more profiles.

    Returns
    -------
    What each group would choose, and what it gives up.

    Raises
    ------
    InputError
        If the scenario has fewer than two profiles, no sites, another model than ``max_cover``,
        or a capacity, backup or sizes, which each group would use differently.

    References
    ----------
    Savage, L. (1951). The theory of statistical decision. Journal of the American Statistical
    Association 46, 55-67 (minimax regret).
    """
    problems = problems_of(plan)
    if problems:
        raise InputError(problems)
    weigher = Reweigher(plan)
    profiles = plan.scenario.profiles
    found = {name: weigher(one.need, one.site, choose=True) for name, one in profiles.items()}
    ids = weigher.table.index
    sets = {name: _places(ids, one) for name, one in found.items()}
    published = ids.get_indexer(plan.choice.table.index if plan.choice else ids[:0])
    best = {name: _newly(weigher, one, sets[name]) for name, one in found.items()}
    compromise, method = _compromise(weigher, found, best)
    groups = pd.DataFrame(
        {
            name: {
                "title": profiles[name].title or name.replace("_", " ").capitalize(),
                "own": best[name],
                "compromise": _newly(weigher, one, compromise),
                "published": _newly(weigher, one, published),
            }
            for name, one in found.items()
        }
    ).T.rename_axis("group")
    for column in ("own", "compromise", "published"):
        groups[column] = groups[column].astype(float).round(6)
    own = groups["own"].where(groups["own"] > 0)
    groups["gives_up"] = (1 - groups["compromise"] / own).fillna(0.0).round(6)
    groups["gives_up_published"] = (1 - groups["published"] / own).fillna(0.0).round(6)
    sites = _sites(weigher, sets, compromise, published)
    words = {name: _sentence(name, groups, sites) for name in found}
    return Negotiated(groups, sites, pd.Series(words, dtype=object).rename_axis("group"), method)


def problems_of(plan: Plan) -> list[Problem]:
    """Say what keeps a plan from being negotiated."""
    where, rule, problems = f"scenarios/{plan.scenario.name}.toml", plan.scenario.choice, []
    if len(plan.scenario.profiles) < 2:
        found = f"{len(plan.scenario.profiles)} profiles: nobody to agree with"
        todo = "add a [profiles.<name>] with its weights for each group in the room"
        problems.append(Problem(where, "profiles", found, todo))
    if plan.sites is None:
        problems.append(Problem(where, "sites", "the plan has no sites", "add [sites]"))
    if rule.model != "max_cover":
        found = f"model is {rule.model}: what groups give up is counted in people newly reached"
        problems.append(Problem(where, "choice.model", found, 'set model = "max_cover"'))
    for key in ("capacity", "backup", "sizes"):
        if getattr(rule, key):
            found = f"a compromise cannot be looked for with {key}"
            problems.append(Problem(where, f"choice.{key}", found, "leave it out here"))
    return problems


def _places(ids: pd.Index, one: Reweighed) -> np.ndarray:
    chosen = ids[:0] if one.chosen is None else one.chosen.table.index
    return np.asarray(ids.get_indexer(chosen), dtype=np.int64)


def _newly(weigher: Reweigher, one: Reweighed, sites: np.ndarray) -> float:
    """Count the people in need, as a group weighs need, whom a set newly reaches."""
    demand = np.nan_to_num(one.demand.to_numpy(dtype=float))
    before = np.nan_to_num(weigher.served)
    after = choice.reached(sparse.csc_array(weigher.reach), sites, before)
    return float(demand @ (after - before))


def _compromise(
    weigher: Reweigher, found: dict[str, Reweighed], best: dict[str, float]
) -> tuple[np.ndarray, str]:
    """Stack the groups' people; what existing places serve already counts for nobody."""
    rule, plan = weigher.plan.scenario.choice, weigher.plan
    reach = sparse.csr_array(weigher.reach)
    left = sparse.csr_array(_beyond(reach, np.nan_to_num(weigher.served)))
    many, cells = len(found), reach.shape[0]
    demand = np.concatenate(
        [np.nan_to_num(one.demand.to_numpy(dtype=float)) for one in found.values()]
    )
    index = plan.place.index.value if plan.place is not None else pd.Series(dtype=float)
    rules = rules_of(
        rule, index.index.to_numpy(dtype=object), index.to_numpy(dtype=float), weigher.ground
    )
    solved = choice.fairest_cover(
        sparse.vstack([left] * many, format="csr"),
        demand,
        np.repeat(np.arange(many), cells),
        rule.count[-1] if rule.count else reach.shape[1],
        whole=np.array(list(best.values())),
        rules=rules,
    )
    if solved.infeasible:
        return solved.sites, solved.infeasible[0]
    how = "proven" if solved.proven else f"no other set could keep more than {solved.bound:.1%}"
    kept = f"every group keeps at least {solved.objective:.1%} of what its own set would reach"
    return solved.sites, f"In the compromise {kept} ({how})."


def _beyond(reach: sparse.csr_array, served: np.ndarray) -> sparse.csr_array:
    """Give what each site reaches beyond what is served."""
    rows = np.repeat(np.arange(reach.shape[0]), np.diff(reach.indptr))
    more = np.clip(np.asarray(reach.data, dtype=float) - served[rows], 0.0, 1.0)
    left: sparse.csr_array = sparse.csr_array((more, reach.indices, reach.indptr), reach.shape)
    left.eliminate_zeros()
    return left


def _sites(
    weigher: Reweigher,
    sets: dict[str, np.ndarray],
    compromise: np.ndarray,
    published: np.ndarray,
) -> pd.DataFrame:
    every = np.unique(np.concatenate([*sets.values(), compromise, published])).astype(np.int64)
    table = pd.DataFrame({"label": weigher.table["label"].iloc[every]})
    for name, those in sets.items():
        table[name] = np.isin(every, those)
    table["groups"] = table[list(sets)].sum(axis=1).astype(int)
    table["compromise"] = np.isin(every, compromise)
    table["published"] = np.isin(every, published)
    order = np.lexsort((table.index.astype(str), -table["groups"]))
    return table.iloc[order].rename_axis("site")


def _sentence(name: str, groups: pd.DataFrame, sites: pd.DataFrame) -> str:
    row = groups.loc[name]
    own, share = row["own"], row["gives_up"]
    if not own > 0:
        return f"{row['title']}: their own choice would newly reach nobody; they give up nothing."
    start = f"{row['title']}: "
    if round(share, 4) <= 0:
        return f"{start}the compromise newly reaches as many people in need as their own choice."
    lost = sites[sites[name] & ~sites["compromise"]]
    instead = sites[~sites[name] & sites["compromise"]]
    more = f" It leaves out {_names(lost['label'])}" if len(lost) else ""
    more += f" and has {_names(instead['label'])} instead" if len(lost) and len(instead) else ""
    return (
        f"{start}the compromise newly reaches {row['compromise']:,.0f} of the {own:,.0f} people in "
        f"need, as they weigh need, that their own choice would reach: they give up {share:.1%}."
        + (f"{more}." if more else "")
    )


def _names(labels: pd.Series) -> str:
    named = [str(one) or str(site) for site, one in labels.items()]
    if len(named) > NAMED:
        return f"{', '.join(named[:NAMED])} and {len(named) - NAMED} more"
    return ", ".join(named[:-1]) + (" and " if named[1:] else "") + named[-1]
