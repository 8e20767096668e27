"""Streets that a map may lack, taken out of a plan's streets.

A gap that cuts homes off is seen on the map and mended; one that only makes walks longer is not.
So streets that are drawn to be missing are such that all others stay connected: a random spanning
tree is kept, and what is drawn is none of its branches.

References
----------
Barrington-Leigh, C. and Millard-Ball, A. (2017). The world's user-generated road map is more than
80% complete. PLoS ONE 12 (8), e0180698.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from siteplanner import walk
from siteplanner.plan import Plan
from siteplanner.sources import Source

MISSING = 0.02
"""Share of the length of all streets that is drawn to be missing."""
DRAWS = 3
FOR_WALKERS = ("footway", "path", "pedestrian", "steps", "track")
"""Classes of OpenStreetMap that are mapped last: ways that nobody drives on."""
LEAST = 0.01
"""A class with less of the length than this is not worth a run."""
Flags = NDArray[np.bool_]


def gaps_of(plan: Plan) -> Iterator[tuple[str, Mapping[str, Source]]]:
    """Give the layers of a plan with some of its streets missing.

    Parameters
    ----------
    plan
        A plan; without a network of streets nothing is given.

    Yields
    ------
    What is missing, and the layers.
    """
    if not isinstance(plan.walk, walk.Walker) or plan.scenario.walk is None:
        return
    name = plan.scenario.walk.network
    if name is None or plan.sources[name].table is None:
        return
    streets = streets_of(plan, name)
    for said, missing in _gaps(streets, plan.scenario.robustness.seed):
        table = streets[~missing]
        yield said, {**plan.sources, name: replace(plan.sources[name], table=table)}


def streets_of(plan: Plan, name: str) -> gpd.GeoDataFrame:
    """Give the streets that a plan's people walk on, a row for each piece between junctions.

    Parameters
    ----------
    plan
        A plan that walks on streets.
    name
        Its layer of streets.

    Returns
    -------
    The columns of the layer; ``u`` and ``v`` name the ends.

    Raises
    ------
    ValueError
        If nobody walks on streets.
    """
    if not isinstance(plan.walk, walk.Walker):
        msg = "this plan walks as the crow flies: it has no streets"
        raise ValueError(msg)
    edges = plan.walk.network.edges
    own = plan.study.tables[name]
    rows = edges["row"].to_numpy()
    table = gpd.GeoDataFrame(
        pd.DataFrame(own.drop(columns=own.geometry.name))
        .iloc[rows]
        .assign(u=edges["u"].array, v=edges["v"].array),
        geometry=edges.geometry.to_numpy(),
        crs=edges.crs,
    )
    again = table.groupby(level=0).cumcount().to_numpy()
    table.index = table.index.where(again == 0, table.index.astype(str) + [f"/{n}" for n in again])
    return table


def spare(u: NDArray[np.int64], v: NDArray[np.int64], order: NDArray[np.int64]) -> Flags:
    """Tell which edges may all go at once without cutting anybody off.

    Parameters
    ----------
    u, v
        Nodes of each edge.
    order
        A number an edge, all different, from 0: the lower ones are kept where there is a choice.

    Returns
    -------
    By edge; the others are a spanning tree of every connected piece.

    Examples
    --------
    >>> square = np.array([0, 1, 2, 3]), np.array([1, 2, 3, 0])
    >>> spare(*square, np.array([0, 1, 2, 3])).tolist()
    [False, False, False, True]
    """
    low, high = np.minimum(u, v), np.maximum(u, v)
    real = np.flatnonzero(low != high)
    real = real[np.argsort(order[real], kind="stable")]
    size = int(max(u.max(initial=0), v.max(initial=0))) + 1
    _, first = np.unique(low[real] * size + high[real], return_index=True)
    once = real[first]  # of several streets between two junctions one is enough
    weights = coo_array((order[once] + 1.0, (low[once], high[once])), shape=(size, size)).tocsr()
    kept = minimum_spanning_tree(weights).data.astype(np.int64) - 1
    found = np.ones(len(u), dtype=bool)
    found[np.isin(order, kept)] = False
    return found


def _gaps(streets: gpd.GeoDataFrame, seed: int) -> Iterator[tuple[str, Flags]]:
    length = streets.geometry.length.to_numpy()
    u, v = (streets[name].to_numpy(dtype=np.int64) for name in ("u", "v"))
    for draw in range(DRAWS):
        rng = np.random.default_rng([seed, draw])
        free = spare(u, v, rng.permutation(len(u)))
        turn = rng.permutation(len(u))
        turn = turn[free[turn]]
        gone = np.cumsum(length[turn]) <= MISSING * length.sum()
        missing = np.zeros(len(u), dtype=bool)
        missing[turn[gone]] = True
        if missing.any():
            yield f"{100 * MISSING:g} % of all streets missing, draw {draw + 1}", missing
    if "highway" not in streets:
        return
    words = streets["highway"].astype(object).to_numpy()
    for one in FOR_WALKERS:
        here = np.asarray(words == one, dtype=bool)
        if LEAST <= length[here].sum() / length.sum() < 1:
            yield f"no {one} mapped", here
