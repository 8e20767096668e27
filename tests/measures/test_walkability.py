"""Published indices: their weights, by hand and by properties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siteplanner.measures import epa_walkability, frank_2010, land_use_mix, twentieths, z_scores
from siteplanner.measures.walkability import EPA, FRANK_2010

values = arrays(np.float64, 12, elements=st.integers(0, 40).map(float))


def test_published_weights():
    """Frank et al. 2010: intersections twice; EPA: w/3 + x/3 + y/6 + z/6, not 7/6 in all."""
    assert FRANK_2010 == {
        "intersections": 2, "residential_density": 1, "retail_floor_ratio": 1, "land_use_mix": 1
    }  # fmt: skip
    assert sum(EPA.values()) == pytest.approx(1)
    assert EPA["employment_mix"] == EPA["employment_household_mix"] == EPA["intersections"] / 2


def test_frank_by_hand():
    first, second = [10.0, 20.0, 30.0], [3.0, 1.0, 2.0]  # z: -1 0 1; 1 -1 0
    flat = [5.0, 5.0, 5.0]
    assert frank_2010(first, flat, flat, flat).tolist() == [-2, 0, 2]
    assert frank_2010(flat, first, flat, flat).tolist() == [-1, 0, 1]
    assert frank_2010(flat, flat, flat, second).tolist() == [1, -1, 0]
    assert frank_2010(first, second, flat).tolist() == [-1, -1, 2]


@given(values, values, values, values)
def test_frank_is_about_an_average_of_0(a, b, c, d):
    assert frank_2010(a, b, c, d).sum() == pytest.approx(0, abs=1e-9)
    moved = frank_2010(3 * a + 7, b, c, d)
    assert moved == pytest.approx(frank_2010(a, b, c, d), abs=1e-9)


def test_unknown_stays_unknown():
    found = frank_2010([1, 2, np.nan], [1, 2, 3], [1, 2, 3], [1, np.nan, 3])
    assert np.isnan(found).tolist() == [False, True, True]
    found = epa_walkability([1, 2], [100, np.nan], [1, 2], [1, 2])
    assert np.isnan(found).tolist() == [False, True]


def test_another_number_of_places_is_refused():
    with pytest.raises(ValueError, match="the parts have"):
        frank_2010([1, 2], [1, 2, 3], [1, 2])


def test_epa_ranks_of_those_without_transit():
    """With 70 % of places without transit the others rank 15 to 20, as the EPA published."""
    transit_m = np.r_[np.full(700, np.inf), np.linspace(1200, 50, 300)]
    ranks = twentieths(-transit_m)
    assert set(ranks[:700]) == {1}
    assert sorted(set(ranks[700:])) == [15, 16, 17, 18, 19, 20]
    assert np.bincount(ranks.astype(int))[15:].tolist() == [50] * 6
    assert ranks[-1] == 20  # nearest is best


@given(values, values, values, values)
def test_epa_is_from_1_to_20_and_weighs_as_published(a, b, c, d):
    found = epa_walkability(a, b, c, d)
    assert (found.round(9) >= 1).all()
    assert (found.round(9) <= 20).all()
    by_hand = twentieths(a) / 3 + twentieths(-b) / 3 + twentieths(c) / 6 + twentieths(d) / 6
    assert found == pytest.approx(by_hand, abs=1e-12)


@given(values)
def test_twentieths_are_the_ranks_of_pandas(found):
    below = pd.Series(found).rank(method="min") - 1
    assert twentieths(found).tolist() == (1 + np.floor(20 * below / len(found))).tolist()


def test_mix_of_frank():
    five = np.eye(5) * 3
    assert land_use_mix(five).tolist() == [0, 0, 0, 0, 0]
    assert land_use_mix(np.ones((1, 5)))[0] == pytest.approx(1)
    half = -2 * 0.5 * np.log(0.5) / np.log(5)
    assert land_use_mix([[2, 2, 0, 0, 0]])[0] == pytest.approx(half)
    assert np.isnan(land_use_mix([[0, 0]])[0])
    assert np.isnan(land_use_mix([[4]])[0])


@given(arrays(np.float64, (4, 3), elements=st.integers(0, 9).map(float)))
def test_mix_is_from_0_to_1_and_has_no_unit(areas):
    found = land_use_mix(areas)
    known = areas.sum(axis=1) > 0
    assert np.isnan(found[~known]).all()
    assert ((found[known] >= 0) & (found[known] <= 1 + 1e-12)).all()
    assert found[known] == pytest.approx(land_use_mix(1e4 * areas)[known])


def test_inputs_are_left_alone():
    given_ = np.array([3.0, 1.0, np.inf])
    before = given_.copy()
    epa_walkability(given_[:2], given_[1:], given_[:2], given_[:2])
    z_scores(given_[:2])
    assert np.array_equal(given_, before)
