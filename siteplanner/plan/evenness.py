"""What fairness costs: from the set that reaches most to the one that is fairest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from siteplanner import choice, problems
from siteplanner.choice.ground import rules_of
from siteplanner.errors import InputError, Problem
from siteplanner.plan.grounding import tenth_of
from siteplanner.plan.registered import as_ruled
from siteplanner.plan.reweighing import Reweigher

if TYPE_CHECKING:
    from siteplanner.plan.plan import Plan

BEYOND = ("capacity", "backup", "sizes")


def frontier_of(plan: Plan, steps: int = 5) -> pd.DataFrame:
    """Go from the set that reaches most people in need to the fairest, in steps between.

    Parameters
    ----------
    plan
        A plan with sites and a count.
    steps
        Sets that are looked for, both ends among them.

    Returns
    -------
    Index ``step``: ``newly``, people in need newly reached; ``worst_tenth``, the share of people
    in need within reach in the tenth of people that is reached least, 0..1; ``sites``, names;
    ``stays``, how many of them the plan's set has; ``proven``.

    Raises
    ------
    InputError
        If the plan has no sites or no count, or its sites have capacities, sizes or backup.
    """
    rule = as_ruled(plan.scenario, plan.sites).choice
    where = f"scenarios/{plan.scenario.name}.toml"
    wrong = []
    if plan.sites is None or plan.choice is None or not rule.count:
        found = "no sites, or no number of them, to choose"
        wrong.append(Problem(where, "choice.count", found, "add [sites] and [choice] count"))
    wrong += [
        Problem(where, f"choice.{key}", f"the frontier does not know {key}", "leave it out here")
        for key in BEYOND
        if getattr(rule, key)
    ]
    if wrong or plan.sites is None or plan.choice is None or plan.place is None:
        raise InputError(wrong)
    weigher = Reweigher(plan)
    ids, value = weigher.table.index, plan.place.index.value
    demand = np.nan_to_num(plan.cells["demand"].to_numpy(dtype=float))
    served = np.nan_to_num(weigher.served)
    tenth = tenth_of(plan.cells, plan.need.index.value)
    inside = np.flatnonzero(tenth > 0)
    reach = weigher.reach.tocsr()
    solved = choice.frontier(
        reach[inside],
        demand[inside],
        tenth[inside] - 1,
        rule.count[-1],
        served=served[inside],
        rules=rules_of(
            problems.by_id(plan.scenario, plan.sites),
            ids.to_numpy(dtype=object),
            value.to_numpy(dtype=float),
            weigher.ground,
        ),
        steps=steps,
    )
    labels, own = weigher.table["label"].astype(str), plan.choice.table.index
    rows = []
    for one in solved:
        after = choice.reached(reach.tocsc(), one.sites, served)
        whole = np.bincount(tenth[inside], demand[inside], 11)[1:]
        within = np.bincount(tenth[inside], (demand * after)[inside], 11)[1:]
        rows.append(
            {
                "newly": float(demand[inside] @ (after - served)[inside]),
                "worst_tenth": float((within[whole > 0] / whole[whole > 0]).min(initial=1.0)),
                "sites": ", ".join(labels.iloc[np.sort(one.sites)]),
                "stays": int(ids[one.sites].isin(own).sum()),
                "proven": bool(one.proven),
            }
        )
    return pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="step")).round(6)
