"""Which choice moves the answer: other scales, other ways, a criterion less, other rankings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kendalltau

from siteplanner.index import weigh
from siteplanner.model import Criterion
from siteplanner.robustness import (
    aggregate,
    aggregated_otherwise,
    compare,
    critic,
    draw,
    entropy,
    rank_choices,
    rescaled,
    scaled_otherwise,
    topsis,
    weighed_otherwise,
    without_each,
)
from siteplanner.robustness.scaling import rescale

PUBLISHED = np.array([[250.0, 16, 12], [200, 16, 8], [300, 32, 16], [275, 32, 8]])


def town(seed=1, sites=30):
    table = pd.DataFrame(np.random.default_rng(seed).random((sites, 4)), columns=list("abcd"))
    table.iloc[3, 1] = np.nan
    return table


class TestPublished:
    def test_entropy(self):
        assert entropy(PUBLISHED) == pytest.approx([0.095957, 0.507852, 0.396191], abs=5e-7)

    def test_critic(self):
        assert critic(PUBLISHED) == pytest.approx([0.175338, 0.410976, 0.413686], abs=5e-7)

    def test_topsis(self):
        found = topsis(PUBLISHED, np.ones(3))
        assert found == pytest.approx([0.347571, 0, 1, 0.497378], abs=5e-7)

    def test_entropy_and_critic_at_their_ends(self):
        even = np.ones((3, 2))
        assert entropy(even).tolist() == critic(even).tolist() == [0.5, 0.5]
        assert critic(np.array([[1.0, 5], [2, 5]])).tolist() == [1, 0]
        with pytest.raises(ValueError, match="above it in every criterion"):
            entropy(np.array([[0.0, 1], [0, 2]]))
        with pytest.raises(ValueError, match="two places"):
            critic(np.array([[1.0, np.nan], [1, 2]]))


class TestScales:
    def test_by_eye(self):
        values = np.array([1.0, 2.0, 3.0, np.nan, np.inf])
        assert rescale(values, "min_max").tolist()[:3] == [0, 0.5, 1]
        assert rescale(values, "z").round(4).tolist()[:3] == [-1.2247, 0, 1.2247]
        assert rescale(values, "z")[4] == rescale(values, "z")[2]
        assert np.isnan(rescale(values, "z")[3])
        assert rescale(np.full(3, 7.0), "z").tolist() == [0, 0, 0]
        assert np.isnan(rescale(np.full(2, np.nan), "z")).all()

    def test_less_is_better_turns_the_order_round(self):
        values = pd.DataFrame({"price": [1.0, 5.0, 9.0], "need": [1.0, 5.0, 9.0]})
        for how in ("min_max", "percentile", "z"):
            found = rescaled(values, how, falling=pd.Series({"price": True, "need": False}))
            assert found["price"].is_monotonic_decreasing
            assert found["need"].is_monotonic_increasing

    def test_z_scores_add_up_and_are_not_multiplied(self, plain):
        values = town()
        falling = pd.Series(False, index=list("abcd"))
        criteria = plain.criteria([0.1, 0.2, 0.3, 0.4])
        z = scaled_otherwise(values, criteria, falling=falling)["z"]
        by_hand = rescaled(values, "z", falling=falling).drop(3) @ [0.1, 0.2, 0.3, 0.4]
        assert z.drop(3).to_numpy() == pytest.approx(by_hand.to_numpy())
        geometric = scaled_otherwise(values, criteria, falling=falling, aggregation="geometric")
        assert set(geometric) == {"min_max", "percentile"}
        with pytest.raises(ValueError, match="beyond 0 to 1"):
            aggregate(np.array([[-1.0]]), np.ones(1), "geometric")


class TestOneLess:
    @pytest.mark.parametrize("shape", ["flat", "grouped", "nested"])
    @pytest.mark.parametrize("aggregation", ["arithmetic", "geometric"])
    def test_it_is_the_index_of_the_others(self, plain, shape, aggregation):
        table, criteria = town(), plain.criteria([0.1, 0.2, 0.3, 0.4], shape)
        found = without_each(table, criteria, aggregation=aggregation)
        for name, index in found.items():
            less = table.copy()
            less[name] = np.nan
            wanted = weigh(less, criteria, aggregation=aggregation).value
            pd.testing.assert_series_equal(index, wanted, check_names=False, atol=2e-12)

    def test_one_alone_cannot_be_left_out(self):
        one = {"a": Criterion(zero_at=0, full_at=1)}
        assert without_each(town(), one) == {}


class TestCompare:
    def test_by_eye(self):
        reference = pd.Series([0.9, 0.8, 0.7, 0.1], index=list("abcd"))
        other = pd.Series([0.1, 0.8, 0.7, 0.9], index=list("abcd"))
        found = compare(reference, {"weights": {"w": other}}, p=2).loc[("weights", "w")]
        assert found["jaccard"] == pytest.approx(1 / 3)  # {a, b} and {d, b}
        assert found["largest_move"] == 3
        assert found["mean_move"] == 1.5
        assert found["moved_most"] == "a"
        assert found["kendall"] == pytest.approx(kendalltau([4, 3, 2, 1], [1, 3, 2, 4])[0])

    def test_the_same_ranking_moves_nothing(self):
        reference = town()["a"]
        found = compare(reference, {"x": {"y": reference * 0.5}}, p=3).iloc[0]
        assert found[["kendall", "jaccard", "mean_move", "largest_move"]].tolist() == [1, 1, 0, 0]

    def test_unknown_sites_are_left_out_and_counted(self):
        reference = pd.Series([0.9, np.nan, 0.7], index=list("abc"))
        other = pd.Series([0.2, 0.3], index=["c", "a"])
        found = compare(reference, {"profile": {"wheelchair": other}}, p=1).iloc[0]
        assert found["sites"] == 2
        assert found["kendall"] == 1
        level = compare(reference, {"x": {"y": reference * 0}}, p=1).iloc[0]
        assert np.isnan(level["kendall"])
        assert compare(reference, {"x": {"y": reference[:0]}}, p=1).iloc[0]["sites"] == 0
        with pytest.raises(ValueError, match="p = 0"):
            compare(reference, {}, p=0)

    def test_the_whole_table(self, plain):
        table, criteria = town(), plain.criteria([0.1, 0.2, 0.3, 0.4])
        reference = weigh(table, criteria).value
        choices = {
            "criterion left out": without_each(table, criteria),
            "aggregation": aggregated_otherwise(table, criteria),
            "scaling": scaled_otherwise(
                table, criteria, falling=pd.Series(False, index=list("abcd"))
            ),
            "weights": weighed_otherwise(table, criteria, draw(criteria, 40)),
            "walking profile": {"wheelchair": reference.iloc[::-1].set_axis(reference.index)},
        }
        compared = compare(reference, choices, p=5)
        own = weighed_otherwise(table, criteria, draw(criteria, 1))["equal"]
        assert compared.loc[("weights", "equal"), "sites"] == own.notna().sum()
        assert "arithmetic" not in compared.loc["aggregation"].index
        ranked = rank_choices(compared)
        assert ranked.index[0] == "walking profile"
        assert ranked.loc["weights", "options"] == 41
        assert ranked.loc["aggregation", "worst_option"] in {"geometric", "topsis"}
        assert (ranked["jaccard_worst"] <= ranked["jaccard"]).all()

    def test_weights_drawn_are_those_of_the_index(self, plain):
        table, criteria = town(), plain.criteria([0.1, 0.2, 0.3, 0.4])
        draws = draw(criteria, 3)
        found = weighed_otherwise(table, criteria, draws)
        wanted = plain.index(table, draws.to_numpy())
        for at in range(3):
            assert found[f"draw {at}"].to_numpy() == pytest.approx(wanted[at], abs=2e-12)


def test_topsis_at_its_ends():
    assert topsis(np.array([[1.0, 1], [np.nan, 1]]), np.ones(2))[0] == 0.5
    assert np.isnan(topsis(np.array([[np.nan]]), np.ones(1))).all()
