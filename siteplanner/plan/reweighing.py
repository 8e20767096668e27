"""The same facts under other weights: index, demand and set, without walking again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from siteplanner import choice, index, measures, problems, scores
from siteplanner.errors import nearest_names
from siteplanner.model.criterion import Criteria, Group, leaves, names
from siteplanner.plan import reaching
from siteplanner.plan.demanding import demand_of
from siteplanner.plan.grounding import tenth_of

if TYPE_CHECKING:
    from siteplanner.model import Criterion, Scenario
    from siteplanner.plan.plan import Plan

Weights = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Reweighed:
    """What a plan comes to under other weights.

    Parameters
    ----------
    need
        Index ``cell``: need, 0..1; NaN unknown.
    demand
        Index ``cell``: people × need.
    scores
        Index ``site``: scores 0..1; those that count people in need follow the demand.
    index
        Index ``site``: the weighted index, 0..1; NaN unknown.
    chosen
        The set under these weights; None unless asked for.
    """

    need: pd.Series
    demand: pd.Series
    scores: pd.DataFrame
    index: pd.Series
    chosen: choice.Chosen | None = None


class Reweigher:
    """A plan ready to be weighed anew, as often as one likes.

    Parameters
    ----------
    plan
        A plan with sites.

    Raises
    ------
    ValueError
        If the plan has no sites.
    """

    def __init__(self, plan: Plan) -> None:
        if plan.sites is None or plan.place is None or plan.walk is None:
            msg = "this plan has no sites to weigh anew: its scenario has no [sites]"
            raise ValueError(msg)
        self.plan = plan
        self.walker = plan.walk
        self.place = plan.place
        self.table = plan.sites.table
        self.reach: sparse.csr_array = reaching.reach(plan.walk, plan.cells, self.table)
        self.served = plan.cells["served_before"].to_numpy(dtype=float)
        self.ground = plan.ground or choice.Ground()
        self.rule = problems.by_id(plan.scenario, plan.sites)

    def __call__(
        self, need: Weights | None = None, site: Weights | None = None, *, choose: bool = False
    ) -> Reweighed:
        """Weigh the plan anew.

        Parameters
        ----------
        need, site
            Weights of need and of site criteria or groups that differ from the scenario's.
        choose
            Whether to look for the set too.

        Raises
        ------
        ValueError
            If a name is none of the scenario's criteria, a weight is negative, or no weight is
            left.
        """
        plan, scenario = self.plan, self.plan.scenario
        changed = with_weights(scenario, need or {}, site or {})
        weighed = index.weigh(plan.need.scores, changed.need, aggregation=scenario.index.need)
        demand = demand_of(changed, plan.cells, weighed)
        scored = self._scores(demand)
        value = index.weigh(scored, changed.site, aggregation=scenario.index.site).value
        chosen = self._chosen(value, weighed.value, demand) if choose else None
        return Reweighed(weighed.value, demand, scored, value, chosen)

    def _chosen(self, value: pd.Series, need: pd.Series, demand: pd.Series) -> choice.Chosen:
        ground = self.ground
        if ground.tenth is not None:
            ground = dataclasses.replace(ground, tenth=tenth_of(self.plan.cells, need))
        return choice.choose(
            self.rule,
            index=value,
            reach=self.reach,
            demand=demand.to_numpy(dtype=float),
            served=self.served,
            ground=ground,
            labels=self.table["label"],
        )

    def _scores(self, demand: pd.Series) -> pd.DataFrame:
        """Count people in need anew where a criterion does; all other scores stand."""
        scored = self.place.scores.copy()
        for name, one in leaves(self.plan.scenario.site):
            if one.has_data and one.measure == "need_reached":
                values = self._need_reached(name, one, demand)
                scored[name] = scores.score(values.to_frame(name), {name: one})[name]
        return scored

    def _need_reached(self, name: str, criterion: Criterion, demand: pd.Series) -> pd.Series:
        if criterion.limit_m is not None or criterion.limit_min is not None:
            plan = self.plan
            setting = measures.Setting(
                plan.scenario, plan.study, self.walker, plan.cells, demand, plan.existing
            )
            return measures.measure({name: criterion}, self.table, setting)[name]
        left = np.nan_to_num(demand.to_numpy(dtype=float)) * (1 - np.nan_to_num(self.served))
        values = pd.Series(self.reach.T @ left, index=self.table.index, name=name)
        return values.mask(self.place.measures[name].isna())


def with_weights(scenario: Scenario, need: Weights, site: Weights) -> Scenario:
    """Give a scenario other weights.

    Parameters
    ----------
    scenario
        The scenario; it stays as it is.
    need, site
        Weights by criterion or group; those not named stay.

    Raises
    ------
    ValueError
        If a name is none of the scenario's, or a weight is negative or not a number.
    """
    trees = {}
    for level, tree, weights in (("need", scenario.need, need), ("site", scenario.site, site)):
        known = set(names(tree))
        for name, weight in weights.items():
            if name not in known:
                msg = f"no {level} criterion '{name}'; {nearest_names(name, known)}"
                raise ValueError(msg)
            if not weight >= 0:
                msg = f"the weight of {level}.{name} is {weight}: give a number from 0 up"
                raise ValueError(msg)
        trees[level] = _weighted(tree, weights)
    return scenario.model_copy(update=trees)


def _weighted(tree: Criteria, weights: Weights) -> Criteria:
    found: Criteria = {}
    for name, one in tree.items():
        changes: dict[str, object] = {"weight": float(weights.get(name, one.weight))}
        if isinstance(one, Group):
            changes["criteria"] = _weighted(one.criteria, weights)
        found[name] = one.model_copy(update=changes)
    return found
