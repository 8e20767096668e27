"""What an index is made of: published and known numbers, and the remarks they lead to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from siteplanner.robustness import correlation_ratio, cronbach_alpha, diagnose, influence
from siteplanner.scores import min_max

PUBLISHED = np.array([[250.0, 16, 12], [200, 16, 8], [300, 32, 16], [275, 32, 8]])


def table(columns, seed=1, places=400):
    draw = np.random.default_rng(seed)
    return pd.DataFrame(draw.random((places, len(columns))), columns=list(columns))


class TestNumbers:
    def test_alpha_as_published(self):
        scaled = np.column_stack([min_max(one) for one in PUBLISHED.T])
        assert cronbach_alpha(scaled) == pytest.approx(0.801303, abs=5e-7)

    def test_alpha_at_its_ends(self):
        one = np.linspace(0, 1, 5)
        assert cronbach_alpha(np.column_stack([one, one])) == pytest.approx(1)
        assert np.isnan(cronbach_alpha(one[:, None]))
        assert np.isnan(cronbach_alpha(np.ones((3, 2))))

    def test_correlations_skew_and_kurtosis_are_those_of_scipy(self):
        scores = table("ab")
        scores["a"] **= 3
        found = diagnose(scores, scores.mean(axis=1), pd.Series({"a": 0.5, "b": 0.5}))
        assert found.pearson.loc["a", "b"] == pytest.approx(stats.pearsonr(scores.a, scores.b)[0])
        assert found.spearman.loc["a", "b"] == pytest.approx(stats.spearmanr(scores.a, scores.b)[0])
        assert found.criteria.loc["a", "skew"] == pytest.approx(stats.skew(scores.a, bias=False))
        wanted = stats.kurtosis(scores.a, bias=False)
        assert found.criteria.loc["a", "kurtosis"] == pytest.approx(wanted)

    def test_independent_criteria_have_the_influence_of_their_variances(self):
        # I = 0.8 a + 0.2 b with equal variances: S = 0.64 / 0.68 and 0.04 / 0.68
        scores = table("ab", places=20_000)
        found = influence(scores, scores @ [0.8, 0.2], pd.Series({"a": 0.8, "b": 0.2}))
        assert found["linear"].tolist() == pytest.approx([0.9412, 0.0588], abs=0.01)
        assert found["ratio"].tolist() == pytest.approx([0.9412, 0.0588], abs=0.01)
        assert found["influence"].sum() == pytest.approx(1)

    def test_a_curve_is_seen_and_noise_is_not(self):
        draw = np.random.default_rng(2)
        x, noise = draw.uniform(-1, 1, 5000), draw.random(5000)
        assert correlation_ratio(x, x**2) > 0.97
        assert correlation_ratio(x, noise) < 0.01
        assert correlation_ratio(np.round(x), x) > 0.7
        assert np.isnan(correlation_ratio(np.ones(50), noise[:50]))
        assert np.isnan(correlation_ratio(x[:10], noise[:10]))


class TestRemarks:
    def test_a_constant_criterion_contributes_nothing(self):
        scores = table("ab").assign(c=0.25)
        found = diagnose(scores, scores.mean(axis=1), pd.Series({"a": 0.4, "b": 0.4, "c": 0.2}))
        assert found.criteria.loc["c", "constant"]
        assert np.isnan(found.criteria.loc["c", "skew"])
        assert found.remarks == (
            "'c' is 0.25 at every place: it tells no place from another, whatever it weighs",
        )

    def test_a_criterion_that_is_never_known(self):
        scores = table("ab").assign(c=np.nan)
        weights = pd.Series({"a": 0.5, "b": 0.3, "c": 0.2})
        found = diagnose(scores, scores[["a", "b"]].mean(axis=1), weights)
        assert "'c' is known at no place: the others carry its weight" in found.remarks

    def test_two_that_say_the_same_or_the_opposite(self):
        scores = table("a")
        scores["b"] = 0.9 * scores["a"] + 0.02 * table("b", seed=2)["b"]
        scores["c"] = 1 - scores["a"]
        weights = pd.Series({"a": 0.4, "b": 0.4, "c": 0.2})
        found = diagnose(scores, scores @ weights, weights)
        assert set(found.redundant) == {("a", "b"), ("a", "c"), ("b", "c")}
        said = " ".join(found.remarks)
        assert "'a' and 'b' say much the same (correlation 1.00): together they count twice" in said
        assert "'a' and 'c' pull against each other (correlation -1.00)" in said

    def test_a_weight_that_has_no_influence(self):
        scores = table("ab", places=2000)
        scores["b"] = 0.5 + 0.01 * scores["b"]
        found = diagnose(scores, scores.mean(axis=1), pd.Series({"a": 0.5, "b": 0.5}))
        assert (
            "'b' weighs 50 % and has 0 % of the influence on the index: next to nothing"
            in found.remarks
        )

    def test_extreme_places(self):
        scores = table("ab")
        scores["a"] = 0.01 * scores["a"]
        scores.loc[:2, "a"] = 1.0
        found = diagnose(scores, scores.mean(axis=1), pd.Series({"a": 0.5, "b": 0.5}))
        assert found.criteria.loc["a", "outliers"]
        assert found.remarks[0].startswith("'a' has a few extreme places (skew ")

    def test_an_index_that_repeats_population(self):
        scores = table("ab")
        index, weights = scores.mean(axis=1), pd.Series({"a": 0.5, "b": 0.5})
        people = 1000 * index + table("p", seed=3)["p"]
        said = diagnose(scores, index, weights, people=people).remarks[-1]
        assert said.startswith("the index repeats where people live (correlation 1.00)")
        other = table("p", seed=3)["p"]
        assert not diagnose(scores, index, weights, people=other).remarks

    def test_input_stays_and_rows_are_put_together_by_label(self):
        scores = table("ab")
        before = scores.copy()
        weights = pd.Series({"a": 0.5, "b": 0.5})
        index = scores.mean(axis=1)
        one = diagnose(scores, index, weights)
        other = diagnose(scores, index[::-1], weights)
        pd.testing.assert_frame_equal(one.balance, other.balance)
        pd.testing.assert_frame_equal(scores, before)
