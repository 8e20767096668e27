"""The index: by eye, by property, by contract."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siteplanner.index import weigh
from siteplanner.model import Criterion, Group
from siteplanner.ranking import rank

unhurried = settings(deadline=None, max_examples=60)  # a busy machine is no failure

AGGREGATIONS = ("arithmetic", "geometric")
NAMES = ("a", "b", "c", "d")


def criterion(weight=1.0, **keys):
    return Criterion(weight=weight, **{"zero_at": 0, "full_at": 1, **keys})


def frame(rows, names=NAMES):
    return pd.DataFrame(np.atleast_2d(rows), columns=list(names)[: np.shape(rows)[-1]])


scores = arrays(
    float, st.tuples(st.integers(2, 6), st.just(4)), elements=st.floats(0, 1) | st.just(np.nan)
)
weights = st.lists(st.floats(0.01, 100), min_size=4, max_size=4)
aggregations = st.sampled_from(AGGREGATIONS)
shapes = st.sampled_from(["flat", "grouped", "nested"])


def tree(four, shape="flat"):
    a, b, c, d = (criterion(one) for one in four)
    if shape == "flat":
        return {"a": a, "b": b, "c": c, "d": d}
    if shape == "grouped":
        return {"a": a, "g": Group(weight=2, criteria={"b": b, "c": c}), "d": d}
    inner = Group(weight=0.5, criteria={"c": c, "d": d})
    return {"a": a, "g": Group(weight=3, criteria={"b": b, "h": inner})}


class TestByEye:
    def test_arithmetic_and_geometric(self):
        criteria = {"a": criterion(3), "b": criterion(1)}
        table = frame([[0.5, 1.0], [0.0, 1.0]])
        assert weigh(table, criteria).value.tolist() == [0.625, 0.25]
        geometric = weigh(table, criteria, aggregation="geometric")
        assert geometric.value.tolist() == [pytest.approx(0.5**0.75), 0]
        assert geometric.contributions.loc[1].tolist() == [0, 1]

    def test_groups_nest_their_weights(self):
        group = Group(weight=1, criteria={"b": criterion(1), "c": criterion(3)})
        found = weigh(frame([[1.0, 0.0, 0.0]]), {"a": criterion(1), "g": group})
        assert found.shares.to_dict() == {"a": 0.5, "b": 0.125, "c": 0.375}
        assert found.value.tolist() == [0.5]

    @pytest.mark.parametrize("aggregation", AGGREGATIONS)
    def test_an_unknown_score_is_carried_by_its_group(self, aggregation):
        group = Group(weight=1, criteria={"b": criterion(1), "c": criterion(1)})
        criteria = {"a": criterion(1), "g": group}
        found = weigh(frame([[1.0, np.nan, 0.25]]), criteria, aggregation=aggregation)
        expected = 0.5 + 0.125 if aggregation == "arithmetic" else 0.25**0.5
        assert found.value.tolist() == [expected]
        assert found.confidence.tolist() == [0.75]
        neutral = 0 if aggregation == "arithmetic" else 1
        assert found.contributions.loc[0, "b"] == neutral

    def test_an_unknown_group_is_carried_by_its_neighbours(self):
        group = Group(weight=3, criteria={"b": criterion(1), "c": criterion(1)})
        found = weigh(frame([[0.5, np.nan, np.nan]]), {"a": criterion(1), "g": group})
        assert (found.value.tolist(), found.confidence.tolist()) == ([0.5], [0.25])

    def test_nothing_known(self):
        found = weigh(frame([[np.nan, np.nan], [0.5, 0.5]]), {"a": criterion(), "b": criterion()})
        assert found.value.isna().tolist() == [True, False]
        assert found.confidence.tolist() == [0, 1]
        assert found.contributions.loc[0].isna().all()

    def test_criteria_without_data_take_no_part(self):
        criteria = {
            "a": criterion(1),
            "b": criterion(5, status="no data"),
            "c": criterion(1, status="suspended"),
            "g": Group(weight=9, criteria={"d": criterion(status="no data")}),
        }
        found = weigh(frame([[0.5, 0.9, 0.9, 0.9]]), criteria)
        assert found.value.tolist() == [0.5]
        assert found.shares.to_dict() == {"a": 1, "b": 0, "c": 0, "d": 0}
        assert found.confidence.tolist() == [1]
        assert weigh(frame([[0.5]]), criteria).value.tolist() == [0.5]  # no column needed

    def test_a_group_whose_weights_are_all_0_is_as_if_absent(self):
        group = Group(weight=3, criteria={"b": criterion(0), "c": criterion(0)})
        found = weigh(frame([[0.5, 1.0, 1.0]]), {"a": criterion(1), "g": group})
        assert found.value.tolist() == [0.5]

    def test_huge_and_tiny_weights(self):
        criteria = {"a": criterion(1e308), "b": criterion(1e308), "c": criterion(5e-324)}
        assert weigh(frame([[1.0, 0.0, 1.0]]), criteria).value.tolist() == [0.5]


@pytest.mark.parametrize(
    "criteria",
    [
        {"a": criterion(0), "b": criterion(0)},
        {"a": criterion(1, status="no data"), "b": criterion(0)},
        {"g": Group(weight=0, criteria={"a": criterion(1), "b": criterion(1)})},
    ],
)
def test_no_weight_at_all_is_an_error(criteria):
    with pytest.raises(ValueError, match="no criterion with data has a weight above 0"):
        weigh(frame([[0.5, 0.5]]), criteria)


@unhurried
@given(scores, weights, aggregations, shapes)
def test_contributions_make_the_index(rows, four, aggregation, shape):
    found = weigh(frame(rows), tree(four, shape), aggregation=aggregation)
    known = found.value.notna()
    assert (known == frame(rows).notna().any(axis=1)).all()
    assert found.value[known].between(0, 1).all()
    parts = found.contributions[known]
    together = parts.sum(axis=1) if aggregation == "arithmetic" else parts.prod(axis=1)
    assert (abs(together - found.value[known]) <= 1e-12).all()
    assert found.confidence.between(0, 1).all()
    assert found.shares.sum() == pytest.approx(1, abs=1e-12)


@unhurried
@given(scores, weights, aggregations, shapes)
def test_the_index_lies_between_the_worst_and_the_best_score(rows, four, aggregation, shape):
    table = frame(rows)
    value = weigh(table, tree(four, shape), aggregation=aggregation).value
    known = value.notna()
    assert (value[known] >= table.min(axis=1)[known] - 1e-12).all()
    assert (value[known] <= table.max(axis=1)[known] + 1e-12).all()


@unhurried
@given(scores, weights, st.floats(1e-6, 1e6), aggregations)
def test_scaling_all_weights_changes_nothing(rows, four, factor, aggregation):
    found = weigh(frame(rows), tree(four), aggregation=aggregation)
    scaled = weigh(frame(rows), tree([factor * one for one in four]), aggregation=aggregation)
    assert scaled.value.to_numpy() == pytest.approx(found.value.to_numpy(), abs=2e-12, nan_ok=True)


@unhurried
@given(scores, weights, st.integers(-40, 40), aggregations)
def test_scaling_by_a_power_of_two_does_not_even_move_a_digit(rows, four, power, aggregation):
    found = weigh(frame(rows), tree(four), aggregation=aggregation)
    scaled = weigh(frame(rows), tree([2.0**power * one for one in four]), aggregation=aggregation)
    np.testing.assert_array_equal(scaled.value, found.value)


@unhurried
@given(scores, weights, st.data(), aggregations, shapes)
def test_raising_one_score_never_lowers_a_rank(rows, four, data, aggregation, shape):
    site = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, 3))
    if np.isnan(rows[site, column]):
        return
    raised = rows.copy()
    raised[site, column] = data.draw(st.floats(rows[site, column], 1))
    criteria = tree(four, shape)
    before = rank(weigh(frame(rows), criteria, aggregation=aggregation).value)
    after = rank(weigh(frame(raised), criteria, aggregation=aggregation).value)
    assert after.loc[site, "rank"] <= before.loc[site, "rank"]


@unhurried
@given(scores, weights, st.randoms(use_true_random=False), aggregations, shapes)
def test_shuffling_places_permutes_the_answer(rows, four, random, aggregation, shape):
    table = frame(rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    criteria = tree(four, shape)
    found = weigh(table, criteria, aggregation=aggregation)
    shuffled = weigh(table.iloc[order], criteria, aggregation=aggregation)
    expected = found.value.iloc[order]
    if aggregation == "geometric":  # a power may differ in its last digit by place in the array
        assert shuffled.value.to_numpy() == pytest.approx(expected, abs=2e-12, nan_ok=True)
        return
    pd.testing.assert_series_equal(shuffled.value, expected, check_exact=True)
    parts = found.contributions.iloc[order]
    pd.testing.assert_frame_equal(shuffled.contributions, parts, check_exact=True)
    pd.testing.assert_frame_equal(rank(shuffled.value), rank(found.value), check_exact=True)


@unhurried
@given(scores, weights, st.integers(0, 3), aggregations)
def test_a_criterion_without_weight_is_as_if_absent(rows, four, column, aggregation):
    four[column] = 0.0
    criteria = tree(four)
    found = weigh(frame(rows), criteria, aggregation=aggregation)
    name = NAMES[column]
    without = {key: one for key, one in criteria.items() if key != name}
    absent = weigh(frame(rows), without, aggregation=aggregation)
    pd.testing.assert_series_equal(found.value, absent.value, check_exact=True)
    pd.testing.assert_series_equal(found.confidence, absent.confidence, check_exact=True)
    assert found.shares[name] == 0


@unhurried
@given(scores, weights, arrays(float, 4, elements=st.floats(0, 1)), aggregations, shapes)
def test_adding_a_place_changes_no_other(rows, four, newcomer, aggregation, shape):
    criteria = tree(four, shape)
    alone = weigh(frame(rows), criteria, aggregation=aggregation).value
    together = weigh(frame(np.vstack([rows, newcomer])), criteria, aggregation=aggregation).value
    assert together.iloc[:-1].to_numpy() == pytest.approx(alone, abs=2e-12, nan_ok=True)


def test_contract():
    index = pd.Index(["t", "s"], name="site")
    table = pd.DataFrame({"x": [9.0, 9.0], "b": [0.1, 0.2], "a": [0.3, np.nan]}, index=index)
    before = table.copy(deep=True)
    found = weigh(table, {"a": criterion(), "g": Group(criteria={"b": criterion()})})
    for one in (found.value, found.confidence, found.contributions):
        assert one.index.equals(index)
    assert list(found.contributions) == ["a", "b"] == list(found.shares.index)
    assert found.aggregation == "arithmetic"
    pd.testing.assert_frame_equal(table, before)
