"""SMAA-2: by hand, by brute force, by property; small and large."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siteplanner.model import Criterion
from siteplanner.robustness import (
    acceptability,
    draw,
    overlapping,
    pairwise,
    shares_of,
    smaa,
    uniform,
    wins,
)
from siteplanner.robustness import many as large
from siteplanner.robustness.overlaps import together
from siteplanner.robustness.weighing import prepare

unhurried = settings(deadline=None, max_examples=40)
elements = st.floats(0, 1) | st.sampled_from([np.nan, 0.0, 0.25, 0.5, 1.0])
tables = arrays(float, st.tuples(st.integers(1, 8), st.just(4)), elements=elements)
known_tables = arrays(float, st.tuples(st.integers(2, 8), st.just(4)), elements=st.floats(0, 1))
shapes = st.sampled_from(["flat", "grouped", "nested"])
aggregations = st.sampled_from(["arithmetic", "geometric"])


def weightings(count=200, criteria=4, seed=5):
    return uniform(count, criteria, np.random.default_rng(seed))


class TestByHand:
    """Two criteria: all weightings are the points w of a line from 0 to 1.

    a = (1, 0): w;  b = (0, 1): 1 - w;  c = (0.6, 0.6): 0.6 throughout.
    a is first for w > 0.6, b for w < 0.4, c between.  a is second for 0.5 < w < 0.6 (above b,
    below c) and for 0.4 < w < 0.5 third; for w < 0.4 it is third as well.
    """

    scores = pd.DataFrame({"x": [1.0, 0.0, 0.6], "y": [0.0, 1.0, 0.6]}, index=["a", "b", "c"])
    line = (np.arange(100_000) + 0.5) / 100_000
    draws = pd.DataFrame({"x": line, "y": 1 - line})

    def test_acceptabilities_are_the_lengths_of_the_parts(self):
        found = smaa(self.scores, self.draws, p=2)
        assert found.by_rank.to_numpy() == pytest.approx(
            np.array([[0.4, 0.1, 0.5], [0.4, 0.1, 0.5], [0.2, 0.8, 0.0]]), abs=1e-4
        )
        assert found.table["top"].tolist() == pytest.approx([0.5, 0.5, 1.0], abs=1e-4)
        assert found.table["mean_rank"].tolist() == pytest.approx([2.1, 2.1, 1.8], abs=1e-4)

    def test_central_weights_are_the_middles_of_the_parts(self):
        found = smaa(self.scores, self.draws, p=1)
        assert found.central["x"].tolist() == pytest.approx([0.8, 0.2, 0.5], abs=1e-4)
        assert found.table["confidence"].tolist() == [1, 1, 1]

    def test_intervals_and_groups(self):
        found = smaa(self.scores, self.draws, p=1).table
        assert found[["rank_from", "rank_to"]].to_numpy().tolist() == [[1, 3], [1, 3], [1, 2]]
        assert found["group"].tolist() == [1, 1, 1]

    def test_who_beats_whom(self):
        found = pairwise(self.scores, self.draws, ["a", "b", "c"])
        assert found.to_numpy() == pytest.approx(
            np.array([[0, 0.5, 0.4], [0.5, 0, 0.4], [0.6, 0.6, 0]]), abs=1e-4
        )

    def test_three_criteria_have_the_areas_of_a_triangle(self):
        # d is first where its weight z > 0.6 (area 0.16), else a, b or c; e never is
        table = pd.DataFrame(
            {"x": [0.6, 0.0, 0.0, 0.5], "y": [0.6, 0.0, 0.0, 0.5], "z": [0.6, 1.0, 0.9, 0.5]},
            index=["c", "d", "e", "f"],
        )
        draws = pd.DataFrame(weightings(400_000, 3), columns=list("xyz"))
        found = smaa(table, draws, p=1)
        assert found.table["first"].tolist() == pytest.approx([0.84, 0.16, 0, 0], abs=0.003)
        # d above f where z > 0.5: 0.25; above c where z > 0.6: so second for 0.5 < z < 0.6
        assert found.by_rank.loc["d", 2] == pytest.approx(0.16 * 0 + 0.25 - 0.16, abs=0.003)
        # central weights of d: the centre of the small triangle at z
        assert found.central.loc["d"].tolist() == pytest.approx(
            [2 / 15, 2 / 15, 11 / 15], abs=0.003
        )


class TestTies:
    def test_they_share_their_ranks(self):
        table = pd.DataFrame({"x": [0.5, 0.5, 0.2]}, index=["a", "b", "c"])
        found = smaa(table, pd.DataFrame({"x": [1.0, 1.0]}), p=1)
        assert found.by_rank.to_numpy().tolist() == [[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]]
        assert found.table["top"].tolist() == [0.5, 0.5, 0]
        assert found.table["confidence"].tolist()[:2] == [0.5, 0.5]
        assert found.table["group"].tolist() == [1, 1, 2]

    def test_a_second_site_of_the_same_scores_halves_what_the_first_had(self):
        draw = np.random.default_rng(2)
        table, weights = draw.random((6, 4)), weightings()
        alone = shares_of(table, weights, 2)
        double = shares_of(np.vstack([table, table[:1]]), weights, 2)
        assert double.first[0] == double.first[-1] == pytest.approx(alone.first[0] / 2)
        assert double.first[1:6] == pytest.approx(alone.first[1:])


class TestUnknown:
    def test_a_site_of_which_nothing_is_known_has_no_rank(self):
        table = pd.DataFrame({"x": [0.5, np.nan], "y": [0.1, np.nan]}, index=["a", "b"])
        found = smaa(table, pd.DataFrame(weightings(10, 2), columns=["x", "y"]), p=1)
        assert found.table.loc["a", "top"] == 1
        assert found.table.loc["b"].drop("group").isna().all()
        assert found.table.loc["b", "group"] == 0
        assert np.isnan(wins(table.to_numpy(), weightings(3, 2))[1]).all()

    def test_no_sites_at_all(self):
        found = smaa(pd.DataFrame({"x": []}, dtype=float), pd.DataFrame({"x": [1.0]}), p=1)
        assert found.table.empty


class TestContract:
    def test_index_order_and_input_stay(self):
        table = pd.DataFrame(
            {"x": [0.1, 0.9], "y": [0.4, 0.3]}, index=pd.Index([7, 3], name="site")
        )
        before = table.copy()
        draws = pd.DataFrame(weightings(50, 2), columns=["y", "x"])
        found = smaa(table, draws, p=1)
        assert found.table.index.equals(table.index)
        assert found.by_rank.index.name == "site"
        pd.testing.assert_frame_equal(table, before)

    def test_the_tree_follows_the_columns_of_the_draws(self, plain):
        criteria = plain.criteria([0.1, 0.2, 0.3, 0.4], "nested")
        table = pd.DataFrame(np.random.default_rng(1).random((5, 4)), columns=list("abcd"))
        table.iloc[2, 1] = np.nan
        draws = draw(criteria, 300, seed=1)
        one = smaa(table, draws, p=2, criteria=criteria)
        other = smaa(table, draws[list("dbca")], p=2, criteria=criteria)
        assert one.by_rank.to_numpy() == pytest.approx(other.by_rank.to_numpy(), abs=0.01)
        wanted = plain.rank_shares(plain.index(table, draws.to_numpy(), "nested"))
        assert one.by_rank.to_numpy() == pytest.approx(wanted)

    def test_what_cannot_be_is_said(self):
        table = pd.DataFrame({"x": [0.1]})
        with pytest.raises(ValueError, match="no scores for y"):
            smaa(table, pd.DataFrame({"y": [1.0]}), p=1)
        with pytest.raises(ValueError, match="add up to 1"):
            smaa(table, pd.DataFrame({"x": [0.7]}), p=1)
        with pytest.raises(ValueError, match="p = 0"):
            smaa(table, pd.DataFrame({"x": [1.0]}), p=0)
        one = {"z": Criterion(zero_at=0, full_at=1)}
        with pytest.raises(ValueError, match="do not name the same: x, z"):
            smaa(table, pd.DataFrame({"x": [1.0]}), p=1, criteria=one)


@unhurried
@given(tables, shapes, aggregations, st.integers(1, 3))
def test_it_is_what_counting_one_by_one_gives(plain, scores, shape, aggregation, p):
    weights = weightings(20)
    found = shares_of(scores, weights, p, tree=plain.TREES[shape], aggregation=aggregation)
    index = plain.index(scores, weights, shape, aggregation)
    if _near_ties(index):
        return  # a last digit may fall to either side
    wanted = plain.rank_shares(index)
    assert found.by_rank == pytest.approx(wanted, abs=1e-9)
    assert found.top == pytest.approx(wanted[:, :p].sum(axis=1), abs=1e-9)


def _near_ties(index):
    gaps = np.abs(index[:, :, None] - index[:, None, :])
    return bool(((gaps > 0) & (gaps < 1e-11)).any())


@unhurried
@given(known_tables)
def test_acceptabilities_add_up_to_one_by_site_and_by_rank(scores):
    found = shares_of(scores, weightings(50), 1)
    assert found.by_rank.sum(axis=0) == pytest.approx(np.ones(len(scores)))
    assert found.by_rank.sum(axis=1) == pytest.approx(np.ones(len(scores)))


@unhurried
@given(known_tables, arrays(float, 4, elements=st.floats(0, 1)))
def test_a_dominated_site_is_never_more_often_among_the_best(scores, less):
    scores[1] = scores[0] * less
    upto = np.cumsum(shares_of(scores, weightings(50), 1).by_rank, axis=1)
    assert (upto[1] <= upto[0] + 1e-9).all()


@unhurried
@given(tables, shapes, aggregations, st.integers(1, 4), st.integers(1, 3))
def test_the_way_for_many_sites_finds_the_same_best(plain, scores, shape, aggregation, p, threads):
    scores, weights = (
        np.round(scores, 9),
        weightings(30),
    )  # what 1e-12 rounds away is not told apart
    ready = prepare(scores, plain.TREES[shape], aggregation)
    found = large.count_best(ready, weights, p, threads=threads)
    small = shares_of(scores, weights, p, tree=plain.TREES[shape], aggregation=aggregation)
    assert found.top / 30 == pytest.approx(small.top, abs=1e-9)
    assert found.first / 30 == pytest.approx(small.first, abs=1e-9)


@cache
def town():
    """Give 6,000 sites with ties and holes, and 300 weightings."""
    random = np.random.default_rng(3)
    table = np.round(random.random((6_000, 6)), 2)
    table[random.random(table.shape) < 0.05] = np.nan
    return table, weightings(300, 6)


class TestManySites:
    def test_the_best_are_those_of_the_exact_way(self, monkeypatch):
        table, weights = town()
        found = shares_of(table, weights, 40)
        assert found.by_rank is None
        monkeypatch.setattr(acceptability, "MOST_SITES", 10_000)
        exact = shares_of(table, weights, 40)
        assert found.top == pytest.approx(exact.top, abs=1e-9)
        assert found.first == pytest.approx(exact.first, abs=1e-9)
        assert found.central == pytest.approx(exact.central, abs=1e-9, nan_ok=True)
        assert found.top.sum() == pytest.approx(40)

    def test_ranks_are_as_exact_as_is_said(self, monkeypatch):
        table, weights = town()
        found = shares_of(table, weights, 40)
        assert found.rank_weightings == 300
        assert 0 < found.rank_error < 30
        monkeypatch.setattr(acceptability, "MOST_SITES", 10_000)
        exact = shares_of(table, weights, 40)
        for one, other in (
            (found.mean, exact.mean),
            (found.low, exact.low),
            (found.high, exact.high),
        ):
            assert np.nanmax(np.abs(one - other)) <= found.rank_error + 6

    def test_little_room_halves_the_weightings_and_changes_nothing(self, monkeypatch):
        table, weights = town()
        wide = large.count_best(prepare(table), weights, 40)
        monkeypatch.setattr(large, "ROOM", 10)
        narrow = large.count_best(prepare(table), weights, 40)
        assert np.array_equal(wide.top, narrow.top)

    def test_all_sites_alike_share_everything(self, monkeypatch):
        monkeypatch.setattr(acceptability, "MOST_SITES", 10)
        found = shares_of(np.full((50, 2), 0.5), weightings(20, 2), 5)
        assert found.top == pytest.approx(np.full(50, 0.1))
        assert found.mean == pytest.approx(np.full(50, 25.5))


class TestGroups:
    def test_a_chain_joins_and_a_gap_parts(self):
        low, high = np.array([1.0, 2, 5, 6, np.nan]), np.array([2.0, 4, 6, 9, np.nan])
        assert together(low, high).tolist() == [1, 1, 2, 2, 0]
        assert overlapping(low, high)[0].tolist() == [True, True, False, False, False]
        assert together(np.full(2, np.nan), np.full(2, np.nan)).tolist() == [0, 0]

    @unhurried
    @given(known_tables)
    def test_only_groups_have_an_order(self, scores):
        found = shares_of(scores, weightings(60), 1)
        group = together(found.low, found.high)
        for one in range(len(scores)):
            for other in range(len(scores)):
                if group[one] < group[other]:
                    assert found.high[one] < found.low[other]
