"""Answers that others have published, or that every set was tried for, on real instances.

The instances are not in the project: ``facility_location`` in SITEPLANNER_DATA holds San
Francisco (spopt's test data) and OR-Library's ``pmed`` files.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csc_array, csr_array
from scipy.sparse.csgraph import shortest_path

from siteplanner import choice
from siteplanner.choice import Rules, Solver, gains_left

pytestmark = pytest.mark.data
STORES = [1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 15, 16, 17, 18, 19]


@dataclass(frozen=True)
class City:
    """San Francisco: census tracts × stores, metres on the streets."""

    metres: np.ndarray
    people: np.ndarray

    @property
    def within(self) -> csr_array:
        return csr_array(self.metres <= 5000)


@pytest.fixture(scope="module")
def city(real_data) -> City:
    folder = real_data / "facility_location" / "sf_spopt"
    table = pd.read_csv(
        folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv",
        dtype={"DestinationName": str},
    )
    metres = table.pivot_table(index="DestinationName", columns="name", values="distance")
    metres = metres[[f"Store_{number}" for number in STORES]]
    people = table.drop_duplicates("DestinationName").set_index("DestinationName")["demand"]
    assert metres.shape == (205, 16)
    assert people.sum() == 955_113
    return City(metres.to_numpy(), people.reindex(metres.index).to_numpy(float))


def stores(sites) -> list[int]:
    return sorted(STORES[one] for one in sites)


def test_san_francisco_most_people_within_5_km(city):
    found = choice.max_cover(city.within, city.people, 4)
    assert (found.objective, found.bound, found.proven) == (875_247, 875_247, True)
    assert stores(found.sites) == [2, 11, 12, 15]
    assert found.objective / city.people.sum() == pytest.approx(0.91638, abs=5e-6)
    assert (found.assignment >= 0).sum() == 184


@pytest.mark.parametrize(
    ("count", "greedy", "best"),
    [
        (1, 448_255, 448_255),
        (2, 671_938, 671_938),
        (3, 788_863, 791_499),
        (4, 872_611, 875_247),
        (5, 910_944, 927_402),
    ],
)
def test_san_francisco_one_after_the_other_and_best(city, count, greedy, best):
    reached, one_by_one = np.zeros(205), 0.0
    for _ in range(count):
        gains = gains_left(csc_array(city.within, dtype=float), city.people, reached)
        one_by_one += gains.max()
        reached = np.maximum(reached, city.metres[:, gains.argmax()] <= 5000)
    assert one_by_one == greedy
    found = choice.max_cover(city.within, city.people, count)
    assert (found.objective, found.proven) == (best, True)
    assert found.gains.sum() == best


def test_san_francisco_fewest_sites(city):
    found = choice.set_cover(city.within, solver=Solver(all_optima=True))
    assert (found.objective, found.bound, found.proven) == (8, 8, True)
    assert [stores(one) for one in found.optima] == [
        [2, 3, 6, 7, 11, 12, 14, 15],
        [2, 3, 6, 7, 11, 12, 14, 16],
        [2, 3, 6, 7, 11, 12, 14, 18],
        [2, 3, 6, 7, 11, 12, 14, 19],
        [3, 4, 6, 7, 11, 12, 14, 15],
        [3, 4, 6, 7, 11, 12, 14, 16],
        [3, 4, 6, 7, 11, 12, 14, 18],
        [3, 4, 6, 7, 11, 12, 14, 19],
    ]
    by_people = choice.set_cover(city.within, city.people)
    assert (by_people.objective, by_people.proven) == (8, True)
    most = choice.set_cover(city.within, city.people, share=875_247 / 955_113)
    assert (most.objective, most.proven) == (4, True)
    a_little_more = choice.set_cover(city.within, city.people, share=875_248 / 955_113)
    assert (a_little_more.objective, a_little_more.proven) == (5, True)


def test_san_francisco_p_median(city):
    found = choice.p_median(city.metres, city.people, 4)
    assert found.objective == pytest.approx(2_848_268_129.7145, rel=1e-12)
    assert found.objective / city.people.sum() == pytest.approx(2_982.127, abs=5e-4)
    assert found.proven
    assert stores(found.sites) == [2, 11, 12, 15]


def test_san_francisco_p_center(city):
    found = choice.p_center(city.metres, 4)
    assert found.objective == pytest.approx(7_403.0638, abs=5e-5)
    assert found.objective == found.bound
    assert found.proven
    sites = sorted(found.sites)
    assert city.metres[:, sites].min(axis=1).max() == found.objective
    optima = choice.p_center(city.metres, 4, solver=Solver(all_optima=True)).optima
    assert [7, 11, 13, 15] in [stores(one) for one in optima]
    assert [one.tolist() for one in optima] == sorted(
        list(some)
        for size in range(1, 5)
        for some in itertools.combinations(range(16), size)
        if city.metres[:, some].min(axis=1).max() <= found.objective
    )


def test_san_francisco_with_rules(city):
    """By trying all sets of four: two fixed, one barred, none of the best stores' neighbours."""
    rules = Rules(fixed=np.array([3]), barred=np.array([7]))
    allowed = [some for some in itertools.combinations(range(16), 4) if 3 in some and 7 not in some]
    cover = max(city.people @ (city.metres[:, some] <= 5000).any(axis=1) for some in allowed)
    walk = min(city.people @ city.metres[:, some].min(axis=1) for some in allowed)
    assert choice.max_cover(city.within, city.people, 4, rules=rules).objective == cover
    found = choice.p_median(city.metres, city.people, 4, rules=rules)
    assert found.objective == pytest.approx(walk, rel=1e-12)
    assert found.proven
    assert found.sites[0] == 3


def test_san_francisco_stores_far_from_each_other(city, real_data):
    table = pd.read_csv(
        real_data / "facility_location" / "sf_spopt" / "SF_store_site_16_longlat.csv"
    )
    assert table["NAME"].tolist() == [f"Store_{number}" for number in STORES]
    place = table[["long", "lat"]].to_numpy()
    apart = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    best = max(
        min(apart[a, b] for a, b in itertools.combinations(some, 2))
        for some in itertools.combinations(range(16), 5)
    )
    found = choice.p_dispersion(apart, 5)
    assert (found.objective, found.bound, found.proven) == (best, best, True)


def read_pmed(path) -> tuple[np.ndarray, int]:
    """Read a graph of OR-Library; of an edge that repeats, the last one counts."""
    numbers = np.array(path.read_text(encoding="ascii").split(), dtype=int)
    nodes, edges, sites = numbers[:3]
    cost = {(min(a, b) - 1, max(a, b) - 1): c for a, b, c in numbers[3:].reshape(edges, 3)}
    row, column = np.array(list(cost)).T
    graph = csr_array((np.array(list(cost.values()), float), (row, column)), shape=(nodes, nodes))
    return shortest_path(graph, directed=False), int(sites)


@pytest.mark.parametrize(
    ("number", "median", "center"),
    [  # p-median: Beasley 1985 (pmedopt); p-center: Daskin 2000, Elloumi et al. 2004
        (1, 5819, 127),
        (2, 4093, 98),
        (3, 4250, 93),
        (6, 7824, 84),
        (7, 5631, 64),
        (11, 7696, 59),
        (16, 8162, 47),
        (21, 9138, 40),
    ],
)
def test_or_library(real_data, number, median, center):
    folder = real_data / "facility_location" / "orlib"
    published = pd.read_csv(folder / "pmedopt.csv").set_index("instance")["published_optimum"]
    assert published[f"pmed{number}"] == median
    cost, sites = read_pmed(folder / f"pmed{number}.txt")
    found = choice.p_median(cost, np.ones(len(cost)), sites)
    assert (found.objective, found.proven) == (median, True)
    assert found.bound == pytest.approx(median, rel=1e-9)
    assert cost[:, found.sites].min(axis=1).sum() == median
    assert len(found.sites) == sites
    worst = choice.p_center(cost, sites)
    assert (worst.objective, worst.bound, worst.proven) == (center, center, True)
    assert cost[:, worst.sites].min(axis=1).max() == center
