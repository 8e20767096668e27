"""Measures of equity: published vectors, by hand, against the definition, and properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from siteplanner import equity

AMOUNT, PEOPLE, INCOME = [1, 2, 3, 4, 10], [10, 20, 30, 25, 15], [5, 4, 3, 2, 1]

places = st.lists(
    st.tuples(st.integers(0, 1000), st.integers(1, 500), st.integers(0, 6), st.floats(0.01, 100)),
    min_size=2,
    max_size=12,
).filter(lambda rows: any(row[0] for row in rows))


def columns(rows):
    amount, people, order, _ = (np.array(one, dtype=float) for one in zip(*rows, strict=True))
    return amount, people, order


def person_by_person(amount, people):
    """Give everybody's amount, one entry a person."""
    return np.repeat(np.asarray(amount, float), np.asarray(people, int))


def test_gini_is_half_the_mean_difference_between_two_people():
    each = person_by_person(AMOUNT, PEOPLE)
    by_definition = np.abs(each[:, None] - each[None, :]).mean() / 2 / each.mean()
    assert equity.gini(AMOUNT, PEOPLE) == pytest.approx(by_definition)
    assert equity.gini(AMOUNT, PEOPLE) == pytest.approx(0.334615, abs=5e-7)


def test_concentration_of_a_reversed_order_is_the_gini_turned_round():
    assert equity.concentration(AMOUNT, PEOPLE, INCOME) == pytest.approx(-0.334615, abs=5e-7)


def test_kolm_pollak_of_the_five_walks():
    walks, one = [100, 200, 300, 400, 800], np.ones(5)
    aversion = equity.kolm_pollak_aversion(walks, one, 1.0)
    assert equity.kolm_pollak(walks, one, aversion) == pytest.approx(422.648, abs=5e-4)


def test_palma_splits_the_place_on_the_edge():
    # richest tenth: 10 of the 50 people of the second place; poorest four tenths: 40 of 50
    assert equity.palma([2.0, 6.0], [50, 50], [1, 2]) == 3.0
    # the tenth reaches into the poorer place: 5 people with 6, 5 with 2
    assert equity.palma([2.0, 6.0], [95, 5], [1, 2]) == pytest.approx(4.0 / 2.0)


def test_palma_of_nothing_at_the_bottom_is_not_known():
    assert np.isnan(equity.palma([0.0, 6.0], [50, 50], [1, 2]))


def test_theil_by_hand():
    by_hand = 0.5 * (0.5 * np.log(0.5)) + 0.5 * (1.5 * np.log(1.5))
    assert equity.theil([1, 3], [10, 10]) == pytest.approx(by_hand)


@pytest.mark.parametrize(("power", "expected"), [(0, 0.5), (1, 0.3), (2, 0.2)])
def test_access_poverty_by_hand(power, expected):
    # gaps 1, 0.2 (×0), none, none → mean over four equal places
    access = {0: [5, 0, 20, 20], 1: [8, 0, 20, 20], 2: [6.0, 2.0, 10, 10]}[power]
    assert equity.access_poverty(access, [1, 1, 1, 1], 10, power=power) == pytest.approx(expected)


def test_unknown_places_and_places_without_people_are_left_out():
    nan = np.nan
    known = equity.gini([1, 2, 3], [5, 5, 5])
    assert equity.gini([1, nan, 2, 3, 9], [5, 5, 5, 5, 0]) == pytest.approx(known)
    assert equity.concentration([1, 2, 3, 9], [5, 5, 5, 5], [1, 2, 3, nan]) == pytest.approx(
        equity.concentration([1, 2, 3], [5, 5, 5], [1, 2, 3])
    )


@pytest.mark.parametrize(
    ("does", "words"),
    [
        (lambda: equity.gini([1, -2], [1, 1]), "not defined for negative amounts; 1 of 2"),
        (lambda: equity.theil([0, 0], [1, 1]), "nobody has anything"),
        (lambda: equity.gini([1, 2], [1, -1]), "negative counts of people"),
        (lambda: equity.gini([1, np.nan], [np.nan, 1]), "nobody is left"),
        (lambda: equity.gini([1, 2, 3], [1, 2]), "columns of 3, 2 rows"),
        (lambda: equity.gini([1, np.inf], [1, 2]), "infinite"),
        (lambda: equity.erreygers([0, 2], [1, 1], [1, 2]), "beyond 0 and 1"),
        (lambda: equity.kolm_pollak([1, 2], [1, 1], 0.0), "above 0"),
        (lambda: equity.kolm_pollak_aversion([0, 0], [1, 1], 1.0), "bears anything"),
        (lambda: equity.access_poverty([1], [1], 0.0), "a line above 0"),
    ],
)
def test_what_cannot_be_measured_is_said(does, words):
    with pytest.raises(ValueError, match=words):
        does()


@given(places)
def test_equality_is_zero(rows):
    _, people, order = columns(rows)
    same = np.full(len(people), 7.0)
    assert equity.gini(same, people) == pytest.approx(0, abs=1e-12)
    assert equity.theil(same, people) == pytest.approx(0, abs=1e-12)
    assert equity.concentration(same, people, order) == pytest.approx(0, abs=1e-12)
    assert equity.kolm_pollak(same, people, 0.1) == pytest.approx(7.0)


@given(places, st.floats(0.01, 1000))
def test_scaling_changes_nothing(rows, factor):
    amount, people, order = columns(rows)
    for measure in (equity.gini, equity.theil):
        assert measure(amount * factor, people) == pytest.approx(measure(amount, people), abs=1e-9)
        assert measure(amount, people * factor) == pytest.approx(measure(amount, people), abs=1e-9)
    assert equity.concentration(amount * factor, people, order) == pytest.approx(
        equity.concentration(amount, people, order), abs=1e-9
    )


@given(places)
def test_merging_two_equal_groups_changes_nothing(rows):
    amount, people, order = columns(rows)
    twice = [np.append(one, one[0]) for one in (amount, people, order)]
    half = people.copy()
    half[0] /= 2
    twice[1] = np.append(half, half[0])
    assert equity.gini(twice[0], twice[1]) == pytest.approx(equity.gini(amount, people), abs=1e-9)
    assert equity.theil(twice[0], twice[1]) == pytest.approx(equity.theil(amount, people), abs=1e-9)
    for measure in (equity.concentration, equity.slope_index):
        one, other = measure(*twice), measure(amount, people, order)
        assert (np.isnan(one) and np.isnan(other)) or one == pytest.approx(other, abs=1e-9)
    one, other = equity.palma(*twice), equity.palma(amount, people, order)
    assert (np.isnan(one) and np.isnan(other)) or one == pytest.approx(other, rel=1e-6)


@given(places)
def test_concentration_is_never_larger_than_the_gini(rows):
    amount, people, order = columns(rows)
    index = equity.concentration(amount, people, order)
    assert abs(index) <= equity.gini(amount, people) + 1e-9


@given(places)
def test_a_transfer_from_more_to_less_lowers_inequality(rows):
    amount, people, _ = columns(rows)
    rich, poor = int(np.argmax(amount)), int(np.argmin(amount))
    assume(amount[rich] > amount[poor])
    persons = np.ones(len(people))
    after = amount.copy()
    step = (amount[rich] - amount[poor]) / 4
    after[rich] -= step
    after[poor] += step
    assert equity.gini(after, persons) < equity.gini(amount, persons)
    assert equity.theil(after, persons) < equity.theil(amount, persons)
    assert equity.kolm_pollak(after, persons, 0.01) < equity.kolm_pollak(amount, persons, 0.01)


@given(places)
def test_a_burden_shared_unequally_is_never_better_than_its_mean(rows):
    amount, people, _ = columns(rows)
    aversion = equity.kolm_pollak_aversion(amount, people, 1.0)
    mean = float(amount @ people / people.sum())
    assert equity.kolm_pollak(amount, people, aversion) >= mean - 1e-9 * (1 + mean)


@given(places)
def test_being_reached_and_being_left_out_mirror_each_other(rows):
    amount, people, order = columns(rows)
    share = amount / 1000
    assert equity.erreygers(1 - share, people, order) == pytest.approx(
        -equity.erreygers(share, people, order), abs=1e-9
    )


def test_inputs_are_not_touched():
    amount, people, order = (np.array(one, float) for one in (AMOUNT, PEOPLE, INCOME))
    copies = amount.copy(), people.copy(), order.copy()
    equity.palma(amount, people, order)
    equity.slope_index(amount, people, order)
    assert all((a == b).all() for a, b in zip(copies, (amount, people, order), strict=True))
