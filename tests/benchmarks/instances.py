"""Made-up cities to choose sites in: people in clusters and between them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

WITHIN_M = 800.0
"""Walks are as long as east-west plus north-south."""
AREA_PER_SITE_M2 = 4.4e6
CLUSTERS = 25


class City(NamedTuple):
    """Homes and sites in metres, people at each home."""

    homes: Any
    people: Any
    sites: Any


def city(homes: int, sites: int, count: int, seed: int = 3) -> City:
    """Three in five homes live in clusters; sites lie near homes."""
    draw = np.random.default_rng(seed)
    side = np.sqrt(count * AREA_PER_SITE_M2)
    middle = draw.uniform(0.1 * side, 0.9 * side, (CLUSTERS, 2))
    spread = draw.uniform(0.04, 0.12, CLUSTERS) * side
    share = draw.dirichlet(np.full(CLUSTERS, 2.0))
    inside = int(homes * 0.6)
    cluster = draw.choice(CLUSTERS, inside, p=share)
    near = middle[cluster] + draw.normal(size=(inside, 2)) * spread[cluster, None]
    places = np.clip(np.vstack([near, draw.uniform(0, side, (homes - inside, 2))]), 0, side)
    people = np.maximum(1.0, np.round(draw.lognormal(3.5, 0.9, homes)))
    chosen = places[draw.choice(homes, sites, replace=False)]
    return City(places, people, np.clip(chosen + draw.normal(size=(sites, 2)) * 40, 0, side))


def reach(town: City) -> Any:
    """Give homes × sites, true within the limit."""
    found = cKDTree(town.homes).sparse_distance_matrix(
        cKDTree(town.sites), WITHIN_M, p=1.0, output_type="coo_matrix"
    )
    shape = (len(town.homes), len(town.sites))
    return sparse.csr_array((np.ones(found.nnz, dtype=bool), (found.row, found.col)), shape=shape)


def costs(town: City, nearest: int) -> Any:
    """Give homes × sites in metres, for each home only its nearest sites."""
    far, which = cKDTree(town.sites).query(town.homes, k=min(nearest, len(town.sites)), p=1.0)
    rows = np.repeat(np.arange(len(town.homes)), far.shape[1])
    shape = (len(town.homes), len(town.sites))
    return sparse.csr_array((far.ravel(), (rows, which.ravel())), shape=shape)
