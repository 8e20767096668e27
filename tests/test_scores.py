"""Scores: by eye, by published numbers, by property."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siteplanner.model import Criterion
from siteplanner.scores import imd_exponential, linear, logistic, min_max, percentile, score

unhurried = settings(deadline=None, max_examples=60)  # a busy machine is no failure

RELATIVE = ("min_max", "percentile", "imd_exponential")
numbers = st.floats(-1e6, 1e6)
values = arrays(float, st.integers(1, 12), elements=numbers | st.sampled_from([np.nan, np.inf]))


class TestByEye:
    def test_linear_both_ways(self):
        assert linear([0, 1, 2, 3, 9], zero_at=1, full_at=3).tolist() == [0, 0, 0.5, 1, 1]
        assert linear([0, 1, 2, 3, 9], zero_at=3, full_at=1).tolist() == [1, 1, 0.5, 0, 0]

    def test_nothing_within_reach_takes_the_worse_end(self):
        assert linear([np.inf], zero_at=500, full_at=100).tolist() == [0]
        assert logistic([np.inf], zero_at=500, full_at=100).tolist() == [0]
        assert linear([np.inf], zero_at=100, full_at=500).tolist() == [1]

    def test_logistic(self):
        found = logistic([500, 300, 100], zero_at=500, full_at=100)
        assert found == pytest.approx([0.01, 0.5, 0.99])

    def test_min_max(self):
        assert min_max([1, 3, 5, np.nan]).tolist()[:3] == [0, 0.5, 1]
        assert min_max([1, 3, 5], falling=True).tolist() == [1, 0.5, 0]
        assert min_max([1, 3, np.inf], falling=True).tolist() == [1, 0, 0]

    def test_min_max_without_a_scale(self):
        found = min_max([7, np.nan, np.inf])
        assert found == pytest.approx([0.5, np.nan, 1], nan_ok=True)
        found = min_max([7, np.nan, np.inf], falling=True)
        assert found == pytest.approx([0.5, np.nan, 0], nan_ok=True)
        assert np.isnan(min_max([np.nan])).all()

    def test_percentile(self):
        found = percentile([10, 30, np.nan, 20, 20])
        assert found == pytest.approx([0.25, 1, np.nan, 0.625, 0.625], nan_ok=True)
        assert percentile([10, 30], falling=True).tolist() == [1, 0.5]


def test_published_imd_exponential():
    """English Indices of Deprivation 2015, technical report, appendix F."""
    share = [0.1, 0.5, 0.8, 0.9, 0.95, 0.99, 1]
    expected = [2.3903, 15.6468, 35.8568, 50.4267, 63.8476, 86.9573, 100]
    assert 100 * imd_exponential(share) == pytest.approx(expected, abs=5e-5)


def test_a_tenth_scores_above_half():
    """The constant 23 was chosen for this."""
    one = Criterion(score="imd_exponential")
    found = score(pd.DataFrame({"x": np.arange(1000.0)}), {"x": one})
    assert (found["x"] > 0.5).sum() == pytest.approx(100, abs=3)


@pytest.mark.parametrize("kind", RELATIVE)
def test_the_order_of_zero_at_and_full_at_turns_relative_scores(kind):
    table = pd.DataFrame({"x": [1.0, 2.0, 4.0]})
    rising = score(table, {"x": Criterion(score=kind)})["x"]
    falling = score(table, {"x": Criterion(score=kind, zero_at=1, full_at=0)})["x"]
    assert rising.is_monotonic_increasing
    assert falling.is_monotonic_decreasing
    assert (rising.iloc[-1], falling.iloc[0]) == pytest.approx((1, 1))


@unhurried
@given(values, numbers, numbers, st.sampled_from(["linear", "logistic", *RELATIVE]))
def test_scores_lie_between_0_and_1_and_unknown_stays_unknown(found, zero_at, full_at, kind):
    assume(abs(zero_at - full_at) > 1e-6)
    one = Criterion(score=kind, zero_at=zero_at, full_at=full_at)
    table = pd.DataFrame({"x": found})
    scored = score(table, {"x": one})["x"]
    assert (scored.isna() == table["x"].isna()).all()
    assert scored.dropna().between(0, 1).all()


@unhurried
@given(values, numbers, numbers, st.sampled_from(["linear", "logistic", *RELATIVE]))
def test_scores_keep_the_order(found, zero_at, full_at, kind):
    assume(abs(zero_at - full_at) > 1e-6)
    one = Criterion(score=kind, zero_at=zero_at, full_at=full_at)
    known = np.sort(found[~np.isnan(found)])
    scored = score(pd.DataFrame({"x": known}), {"x": one})["x"]
    turned = scored[::-1] if full_at < zero_at else scored
    assert (np.diff(turned) >= 0).all()


@unhurried
@given(values, numbers)
def test_under_fixed_scaling_nobody_else_matters(found, newcomer):
    one = {"x": Criterion(zero_at=-10, full_at=1000)}
    alone = score(pd.DataFrame({"x": found}), one)["x"]
    together = score(pd.DataFrame({"x": [*found, newcomer]}), one)["x"]
    pd.testing.assert_series_equal(together.iloc[:-1], alone)


def test_contract():
    table = pd.DataFrame({"a": [1, 2], "b": [3.0, 4.0]}, index=pd.Index(["s", "t"], name="site"))
    before = table.copy(deep=True)
    ends = {"zero_at": 0, "full_at": 4}
    criteria = {
        "b": Criterion(**ends),
        "none": Criterion(status="no data"),
        "a": Criterion(**ends),
        "late": Criterion(status="suspended"),
    }
    found = score(table, criteria)
    assert list(found.columns) == ["b", "none", "a", "late"]
    assert found.index.equals(table.index)
    assert found.index.name == "site"
    assert found["b"].tolist() == [0.75, 1]
    assert found[["none", "late"]].isna().all(axis=None)
    pd.testing.assert_frame_equal(table, before)
