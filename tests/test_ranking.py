"""The order of the sites, and what cannot be told apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteplanner.index import weigh
from siteplanner.model import Criterion
from siteplanner.ranking import alike, rank, separation
from siteplanner.scores import score

unhurried = settings(deadline=None, max_examples=60)  # a busy machine is no failure

SITES = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.floats(0, 1) | st.just(np.nan),
    min_size=1,
)


class TestRank:
    def test_ties_share_the_better_rank(self):
        index = pd.Series({"d": 0.5, "a": 0.1, "c": 0.5, "b": 0.9, "x": np.nan}, name="index")
        index.index.name = "site"
        found = rank(index)
        assert list(found.index) == ["b", "c", "d", "a", "x"]
        assert found["rank"].tolist() == [1, 2, 2, 4, pd.NA]
        assert found["of"].tolist() == [4] * 5
        assert found.index.name == "site"
        assert list(found) == ["rank", "index", "of"]

    def test_the_thirteenth_digit_does_not_count(self):
        assert rank(pd.Series({"a": 0.3, "b": 0.1 + 0.2}))["rank"].tolist() == [1, 1]
        assert rank(pd.Series({"a": 0.3, "b": 0.3 + 2e-12}))["rank"].tolist() == [1, 2]

    def test_nobody(self):
        assert rank(pd.Series([], dtype=float)).empty
        assert rank(pd.Series({"a": np.nan}))["rank"].isna().all()

    @unhurried
    @given(SITES)
    def test_against_counting_the_better_ones(self, sites):
        index = pd.Series(sites)
        found = rank(index)
        rounded = index.round(12)
        for site in sites:
            if np.isnan(sites[site]):
                assert found.loc[site, "rank"] is pd.NA
            else:
                assert found.loc[site, "rank"] == 1 + (rounded > rounded[site]).sum()
        keys = list(zip(found["rank"].fillna(10**6), found.index, strict=True))
        assert keys == sorted(keys)

    def test_input_stays(self):
        index = pd.Series({"b": 0.1234567890123456, "a": 1.0})
        before = index.copy(deep=True)
        rank(index)
        pd.testing.assert_series_equal(index, before, check_exact=True)


@unhurried
@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=3, max_size=8),
    st.floats(0.01, 10),
)
def test_adding_a_site_never_reverses_two_others(rows, weight):
    """From measured values to ranks, under fixed scaling."""
    criteria = {
        "near": Criterion(zero_at=80, full_at=20),
        "many": Criterion(zero_at=0, full_at=50, weight=weight),
    }
    values = pd.DataFrame(rows, columns=["near", "many"])
    all_ranks = rank(weigh(score(values, criteria), criteria).value)["rank"]
    less = values.iloc[:-1]
    fewer_ranks = rank(weigh(score(less, criteria), criteria).value)["rank"]
    for one in less.index:
        for other in less.index:
            assert (all_ranks[one] < all_ranks[other]) == (fewer_ranks[one] < fewer_ranks[other])


class TestAlike:
    def test_by_eye(self):
        table = pd.DataFrame(
            {"x": [0.3 + 1e-13, 0.3, 0.3, np.nan, np.nan], "y": [1.0, 1.0, 0.0, 0.5, 0.5]},
            index=pd.Index(["b", "a", "c", "e", "d"], name="site"),
        )
        found = alike(table)
        assert found.to_dict() == {"b": "a", "a": "a", "c": "c", "e": "d", "d": "d"}
        assert found.index.equals(table.index)
        assert found.name == "alike"

    def test_a_criterion_without_data_separates_nobody(self):
        table = pd.DataFrame({"x": [0.1, 0.2], "none": [np.nan, np.nan]}, index=["a", "b"])
        assert alike(table).tolist() == ["a", "b"]

    def test_no_criteria(self):
        assert alike(pd.DataFrame(index=["b", "a"])).tolist() == ["a", "a"]

    def test_no_sites(self):
        assert alike(pd.DataFrame({"x": []}, dtype=float)).empty
        assert alike(pd.DataFrame()).empty

    def test_minus_zero_is_zero(self):
        assert alike(pd.DataFrame({"x": [0.0, -0.0]}, index=["a", "b"])).tolist() == ["a", "a"]


def test_separation():
    table = pd.DataFrame(
        {"need": [0.2, 0.2, 0.7, np.nan], "none": [np.nan] * 4, "near": [1.0, 2.0, 3.0, 4.0]}
    )
    found = separation(table)
    assert found.index.name == "criterion"
    assert found["distinct"].to_dict() == {"need": 2, "none": 0, "near": 4}
    assert found["known"].to_dict() == {"need": 3, "none": 0, "near": 4}
    assert found["largest_tie"].to_dict() == {"need": 2, "none": 0, "near": 1}


@pytest.mark.parametrize("columns", [[], ["a"]])
def test_separation_of_nothing(columns):
    assert len(separation(pd.DataFrame(columns=columns, dtype=float))) == len(columns)
