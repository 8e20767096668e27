"""Slow and plain answers to hold the quick ones against."""

from __future__ import annotations

import numpy as np
import pandas as pd

from siteplanner.index import weigh
from siteplanner.model import Criterion, Group

ENDS = {"zero_at": 0, "full_at": 1}
NAMES = ("a", "b", "c", "d")


def criteria(weights, shape="flat"):
    """Give four criteria, flat or nested, whose shares of the whole are the weights."""
    one = {
        name: Criterion(weight=float(weight), **ENDS)
        for name, weight in zip(NAMES, weights, strict=False)
    }
    if shape == "flat":
        return one
    _, b, c, d = weights
    if shape == "grouped":
        inner = Group(weight=b + c, criteria={"b": one["b"], "c": one["c"]})
        return {"a": one["a"], "g": inner, "d": one["d"]}
    last = Group(weight=c + d, criteria={"c": one["c"], "d": one["d"]})
    return {"a": one["a"], "g": Group(weight=b + c + d, criteria={"b": one["b"], "h": last})}


TREES = {"flat": (0, 1, 2, 3), "grouped": (0, (1, 2), 3), "nested": (0, (1, (2, 3)))}


def index(scores, weights, shape="flat", aggregation="arithmetic"):
    """Weigh with the index module, one weighting after the other."""
    table = pd.DataFrame(np.asarray(scores), columns=list(NAMES[: np.shape(scores)[1]]))
    rows = [
        weigh(table, criteria(one, shape), aggregation=aggregation).value.to_numpy()
        for one in weights
    ]
    return np.array(rows)


def rank_shares(values):
    """Give sites × ranks, ties shared, from weightings × sites; NaN has no rank."""
    weightings, sites = values.shape
    found = np.zeros((sites, sites))
    for row in values:
        for site in np.flatnonzero(~np.isnan(row)):
            above = int((row > row[site]).sum())
            level = int((row == row[site]).sum())
            found[site, above : above + level] += 1 / level
    return found / weightings
