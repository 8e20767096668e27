"""Many weightings at once: the same index as one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siteplanner.model import Criterion, Group
from siteplanner.robustness import indices, nest
from siteplanner.robustness.nesting import renormalised
from siteplanner.robustness.weighing import prepare, sorted_keys, values

unhurried = settings(deadline=None, max_examples=60)
scores = arrays(
    float,
    st.tuples(st.integers(1, 7), st.just(4)),
    elements=st.floats(0, 1) | st.sampled_from([np.nan, 0.0, 0.5, 1.0]),
)
shapes = st.sampled_from(["flat", "grouped", "nested"])
aggregations = st.sampled_from(["arithmetic", "geometric"])
seeds = st.integers(0, 99)


@unhurried
@given(scores, shapes, aggregations, seeds)
def test_it_is_the_index_of_every_weighting(plain, scores, shape, aggregation, seed):
    before = scores.copy()
    weights = np.random.default_rng(seed).dirichlet(np.ones(4), 3)
    found = indices(scores, weights, plain.TREES[shape], aggregation)
    wanted = plain.index(scores, weights, shape, aggregation)
    assert found == pytest.approx(wanted, abs=2e-12, nan_ok=True)
    assert np.array_equal(scores, before, equal_nan=True)


@pytest.mark.parametrize("aggregation", ["arithmetic", "geometric"])
def test_weights_of_nothing_take_no_part(plain, aggregation):
    table = np.array([[0.0, 0.5, np.nan, np.nan], [np.nan, np.nan, 0.7, np.nan], [0.3, 0, 1, 1]])
    weights = np.array([[0.0, 0.5, 0.0, 0.5], [0.5, 0.0, 0.0, 0.5], [0, 1, 0, 0]])
    found = indices(table, weights, None, aggregation)
    assert found[0, 0] == 0.5
    assert np.isnan(found[:, 1]).all()
    assert found[1, 0] == 0
    assert found[2].tolist()[0::2] == [0.5, 0.0]


def test_sites_alike_are_the_same_to_the_last_bit_wherever_they_stand():
    draw = np.random.default_rng(1)
    table = np.tile(draw.random(7), (1000, 1))
    found = values(prepare(table), draw.dirichlet(np.ones(7), 200))
    assert (found == found[:, :1]).all()


def test_keys_are_sorted_by_index_and_then_by_number():
    keys = sorted_keys(prepare(np.array([[0.5], [np.nan], [0.7], [0.5]])), np.ones((1, 1)))
    assert (keys[0] & ((1 << 23) - 1)).tolist() == [2, 0, 3, 1]


def test_scores_beyond_the_scale_and_no_scores_are_refused():
    with pytest.raises(ValueError, match="beyond 0 to 1"):
        prepare(np.array([[1.5]]))
    with pytest.raises(ValueError, match="found the shape"):
        prepare(np.zeros((3, 0)))
    assert values(prepare(np.empty((0, 2))), np.array([[0.5, 0.5]])).shape == (1, 0)


@unhurried
@given(seeds, st.lists(st.booleans(), min_size=4, max_size=4), shapes)
def test_known_criteria_carry_all_the_weight(plain, seed, known, shape):
    weights = np.random.default_rng(seed).dirichlet(np.ones(4), 5)
    found = renormalised(weights, np.array(known), plain.TREES[shape])
    assert found.sum(axis=1) == pytest.approx(np.full(5, float(any(known))))
    assert (found[:, ~np.array(known)] == 0).all()


def test_nesting_leaves_out_what_weighs_nothing():
    ends = {"zero_at": 0, "full_at": 1}
    empty = Group(weight=5, criteria={"x": Criterion(weight=0, **ends)})
    criteria = {"a": Criterion(weight=3, **ends), "g": empty, "n": Criterion(status="no data")}
    assert nest(criteria).names == ("a",)
    assert nest(criteria).shares.tolist() == [1.0]
    with pytest.raises(ValueError, match="weight above 0"):
        nest({"g": empty})
