"""Weights from people: published numbers, by eye, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteplanner.errors import InputError
from siteplanner.robustness import (
    centroid,
    check_names,
    compare_pairs,
    consistency_ratio,
    disagreement,
    joined,
    principal,
    share_points,
    table_of,
    together,
    weigh_orders,
    weigh_swings,
)
from siteplanner.robustness.comparisons import RANDOM_INDEX

unhurried = settings(deadline=None, max_examples=40)
SAATY = [[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]]


def table(rows, names="abcdef"):
    names = list(names)[: len(rows)]
    return pd.DataFrame(rows, index=names, columns=names)


class TestPublished:
    def test_three_criteria_of_saaty(self):
        weights, largest = principal(np.array(SAATY))
        assert weights == pytest.approx([0.636986, 0.258285, 0.104729], abs=5e-7)
        assert largest == pytest.approx(3.038511, abs=5e-7)
        assert consistency_ratio(largest, 3) == pytest.approx(0.033199, abs=5e-7)

    def test_random_indices(self):
        assert RANDOM_INDEX[:10] == (0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
        assert RANDOM_INDEX[10:] == (1.51, 1.48, 1.56, 1.57, 1.59)

    def test_rank_order_centroids(self):
        # Barron and Barrett (1996), table 1, n = 2 to 4
        assert centroid(2) == pytest.approx([0.75, 0.25])
        assert centroid(3) == pytest.approx([0.6111, 0.2778, 0.1111], abs=5e-5)
        assert centroid(4) == pytest.approx([0.5208, 0.2708, 0.1458, 0.0625], abs=5e-5)


class TestPairs:
    @unhurried
    @given(st.lists(st.floats(1, 3), min_size=1, max_size=7))
    def test_judgements_that_agree_give_back_the_weights(self, weights):
        weights = np.array(weights)
        found = compare_pairs(table(weights[:, None] / weights[None, :], "abcdefg"))
        assert found.weights.to_numpy() == pytest.approx(weights / weights.sum())
        assert found.ratio == pytest.approx(0, abs=1e-6)
        assert found.consistent

    def test_half_a_table_is_enough(self):
        half = table(np.where(np.triu(np.ones((3, 3)), 1) > 0, SAATY, np.nan))
        whole = compare_pairs(table(SAATY))
        assert compare_pairs(half).weights.equals(whole.weights)
        pairs = table_of({("a", "b"): 3, ("c", "a"): 1 / 5, ("b", "c"): 3}, ["a", "b", "c"])
        assert compare_pairs(pairs).weights.to_numpy() == pytest.approx(whole.weights.to_numpy())

    def test_a_slip_of_the_pen_is_found_and_mended(self):
        weights = np.array([0.5, 0.25, 0.15, 0.1])
        rows = weights[:, None] / weights[None, :]
        rows[0, 2], rows[2, 0] = 1 / 3, 3.0  # said the wrong way round
        found = compare_pairs(table(rows))
        assert not found.consistent
        assert (found.advice.one, found.advice.two) == ("a", "c")
        assert found.advice.fitting == 3
        assert found.advice.ratio < 0.1
        assert found.advice.sentence.startswith(
            "'a' against 'c' was said to be 1/3; the other judgements speak for 3, which would "
            "bring the consistency ratio from 0."
        )
        rows[0, 2], rows[2, 0] = found.advice.fitting, 1 / found.advice.fitting
        assert compare_pairs(table(rows)).ratio == pytest.approx(found.advice.ratio)

    def test_going_round_in_a_circle_has_advice(self):
        found = compare_pairs(table([[1, 5, 1 / 5], [1 / 5, 1, 5], [5, 1 / 5, 1]]))
        assert found.ratio > 1
        assert found.advice is not None
        assert found.advice.ratio < found.ratio

    def test_one_and_two_criteria(self):
        assert compare_pairs(table([[1]])).weights.tolist() == [1]
        found = compare_pairs(table([[1, 4], [1 / 4, 1]]))
        assert found.weights.tolist() == pytest.approx([0.8, 0.2])
        assert found.ratio == 0
        assert found.advice is None

    def test_all_that_is_wrong_is_said_at_once(self):
        rows = [[2, 3, 12, 3], [1 / 2, 1, np.nan, "x"], [1 / 5, np.nan, 1, 1], [0.33, 5, 1, 1]]
        with pytest.raises(InputError) as caught:
            compare_pairs(table(pd.DataFrame(rows).to_numpy()), where="north.csv")
        said = [str(one) for one in caught.value.problems]
        assert said == [
            "north.csv: a, a: found 2 for a criterion against itself; write 1",
            "north.csv: a, b: found 3 one way and 0.5 the other; the second has to be 1/3 = 0.333; "
            "leave one out",
            "north.csv: a, c: found 12; write a number from 1/9 (0.11) to 9",
            "north.csv: b, c: there is no judgement on these two; say how much more important the "
            "first is",
            "north.csv: b, d: found 'x'; write a number from 1/9 (0.11) to 9",
        ]

    def test_names_have_to_agree(self):
        with pytest.raises(InputError, match="rows are a, b, columns b, a"):
            compare_pairs(table([[1, 2], [1 / 2, 1]]).loc[:, ["b", "a"]])
        with pytest.raises(InputError, match="no criterion 'neeed'; did you mean 'need'"):
            table_of({("neeed", "land"): 3}, ["need", "land"])
        names = [f"c{one}" for one in range(16)]
        with pytest.raises(InputError, match="found 16 criteria"):
            compare_pairs(pd.DataFrame(1.0, index=names, columns=names))

    def test_bare_arrays_are_checked(self):
        with pytest.raises(ValueError, match="square"):
            principal(np.ones((2, 3)))
        with pytest.raises(ValueError, match="above 0"):
            principal(np.zeros((2, 2)))


class TestPointsOrdersSwings:
    def test_points(self):
        found = share_points(pd.DataFrame({"x": [50, 99.7], "y": [50, np.nan]}, index=["n", "s"]))
        assert found.to_numpy().tolist() == [[0.5, 0.5], [1.0, 0.0]]
        points = pd.DataFrame({"x": [-1, 60, "many"], "y": [101, 60, 50]}, index=["n", "s", "w"])
        with pytest.raises(InputError) as caught:
            share_points(points)
        assert [str(one) for one in caught.value.problems] == [
            "points: n, x: found -1; write a number from 0 to 100",
            "points: n, y: found 101; write a number from 0 to 100",
            "points: w, x: found 'many'; write a number from 0 to 100",
            "points: s: the points add up to 120; give out 100 points",
        ]

    def test_orders(self):
        orders = pd.DataFrame({"x": [1, 2], "y": [2, 1], "z": [3, np.nan]}, index=["n", "s"])
        found = weigh_orders(orders)
        assert found.loc["n"].tolist() == pytest.approx(centroid(3))
        assert found.loc["s"].tolist() == pytest.approx([0.25, 0.75, 0])
        tied = weigh_orders(pd.DataFrame({"x": [1], "y": [1], "z": [1]}))
        assert tied.to_numpy() == pytest.approx(np.full((1, 3), 1 / 3))
        with pytest.raises(InputError, match="nothing is ranked"):
            weigh_orders(pd.DataFrame({"x": [np.nan]}))
        with pytest.raises(InputError, match="found 0; write a number of at least 1"):
            weigh_orders(pd.DataFrame({"x": [0]}))

    def test_swings(self):
        assert weigh_swings(pd.DataFrame({"x": [100], "y": [25]})).to_numpy().tolist() == [
            [0.8, 0.2]
        ]
        with pytest.raises(InputError, match="the largest swing is 80; give 100"):
            weigh_swings(pd.DataFrame({"x": [80], "y": [25]}))

    def test_groups_that_name_unknown_criteria(self):
        points = pd.DataFrame([[40, 60], [50, 50]], index=["n", "n"], columns=["need", "lnad"])
        with pytest.raises(InputError) as caught:
            check_names(points, ["need", "land"], where="groups.csv")
        assert [str(one) for one in caught.value.problems] == [
            "groups.csv: lnad: there is no such criterion; did you mean 'land'?",
            "groups.csv: n: the group is there twice; give every group a name of its own",
        ]
        with pytest.raises(InputError, match="there is no group"):
            check_names(pd.DataFrame({"need": []}), ["need"])

    def test_input_stays(self):
        points = pd.DataFrame({"x": [50.0], "y": [50.0]})
        before = points.copy()
        share_points(points)
        pd.testing.assert_frame_equal(points, before)


class TestTogether:
    groups = pd.DataFrame({"x": [0.8, 0.5], "y": [0.2, 0.5]}, index=["n", "s"])

    def test_means(self):
        assert together(self.groups).tolist() == pytest.approx([0.65, 0.35])
        geometric = together(self.groups, how="geometric")
        assert geometric.tolist() == pytest.approx([2 / 3, 1 / 3])
        voices = pd.Series({"n": 3, "s": 0})
        assert together(self.groups, voices=voices).tolist() == pytest.approx([0.8, 0.2])

    @unhurried
    @given(st.integers(0, 99), st.sampled_from(["arithmetic", "geometric"]))
    def test_merging_two_equal_groups_changes_nothing(self, seed, how):
        rows = np.random.default_rng(seed).dirichlet(np.ones(4), 3)
        three = pd.DataFrame(rows, index=list("nsw"))
        four = pd.DataFrame(rows[[0, 1, 2, 2]], index=list("nswx"))
        merged = together(three, how=how, voices=pd.Series({"n": 1, "s": 1, "w": 2}))
        assert together(four, how=how).to_numpy() == pytest.approx(merged.to_numpy())

    def test_joined_judgements_stay_reciprocal(self):
        one, two = table(SAATY), table(np.array(SAATY).T)
        both = joined({"n": one, "s": two}, voices=pd.Series({"n": 3.0, "s": 1.0}))
        assert both.to_numpy() * both.to_numpy().T == pytest.approx(np.ones((3, 3)))
        alone = compare_pairs(one).weights.to_numpy()
        assert compare_pairs(joined({"n": one, "s": one})).weights.to_numpy() == pytest.approx(
            alone
        )

    def test_what_cannot_be_joined(self):
        with pytest.raises(ValueError, match="no group"):
            together(self.groups.iloc[:0])
        with pytest.raises(ValueError, match="voice"):
            together(self.groups, voices=pd.Series({"n": -1, "s": 2}))
        with pytest.raises(ValueError, match="different criteria"):
            joined({"n": table(SAATY), "s": table(SAATY, "xyz")})
        with pytest.raises(ValueError, match="missing or not above 0"):
            joined({"n": table([[1, np.nan], [2, 1]])})
        none = pd.DataFrame({"x": [1.0, 0], "y": [0, 1.0]}, index=["n", "s"])
        with pytest.raises(ValueError, match="use the arithmetic one"):
            together(none, how="geometric")

    def test_where_they_differ(self):
        found = disagreement(self.groups)
        assert found.loc["x", ["least_by", "most_by"]].tolist() == ["s", "n"]
