"""Numbers from text: by eye, and there and back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siteplanner.sources.numerals import to_numbers


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1", "-2.5", " 3 "], [1, -2.5, 3]),
        (["1,5", "2"], [1.5, 2]),
        (["1.234,5", "1.234"], [1234.5, 1234]),
        (["1,234.5", "1,234"], [1234.5, 1234]),
        (["1,234,567", "1,234"], [1_234_567, 1234]),
        (["1.234.567", "1.234"], [1_234_567, 1234]),
        (["1.234", "5"], [1.234, 5]),
        (["2.5", "1,234"], [2.5, 1234]),
        (["1 234,5", "7"], [1234.5, 7]),
        (["1'234.5", "7"], [1234.5, 7]),
        (["1e5", "2,5"], [1e5, 2.5]),
        (["n/a", "-", "s/d", "", None, "4"], [np.nan] * 5 + [4]),
        (["inf", "4"], [np.nan, 4]),
        ([3, "4,5", None], [3, 4.5, np.nan]),
    ],
)
def test_by_eye(cells, numbers):
    np.testing.assert_array_equal(to_numbers(pd.Series(cells, dtype=object)).number, numbers)


def test_what_cannot_be_read_is_told_apart_from_what_is_unknown():
    read = to_numbers(pd.Series(["1", "n/a", "many", "12 %", None]))
    assert read.unreadable.tolist() == ["many", "12 %"]
    assert read.unsaid.tolist() == ["n/a"]
    assert read.number.notna().sum() == 1


def test_one_comma_and_three_digits_can_mean_two_numbers():
    assert to_numbers(pd.Series(["1,234", "5"])).ambiguous.tolist() == ["1,234"]
    assert to_numbers(pd.Series(["1,234", "5,5"])).ambiguous.empty


def test_a_stray_decimal_comma_does_not_turn_the_points_of_others():
    read = to_numbers(pd.Series(["1.25", "1.234", "3.5", "2,75"]))
    assert read.number.tolist()[:3] == [1.25, 1.234, 3.5]
    assert read.unreadable.tolist() == ["2,75"]


def test_the_input_stays_as_it_is():
    cells = pd.Series(["1,5", "x"], index=[7, 3])
    before = cells.copy()
    read = to_numbers(cells)
    pd.testing.assert_series_equal(cells, before)
    assert list(read.number.index) == [7, 3]


@settings(deadline=None)
@given(st.lists(st.integers(-(10**9), 10**9), min_size=1), st.integers(0, 2))
def test_both_ways_of_writing_come_back(numbers, places):
    numbers = [*(n / 10**places for n in numbers), 1_234_567.5]
    english = [f"{n:,.2f}" for n in numbers]
    continental = [one.translate(str.maketrans(",.", ".,")) for one in english]
    wanted = [float(f"{n:.2f}") for n in numbers]
    assert to_numbers(pd.Series(english)).number.tolist() == wanted
    assert to_numbers(pd.Series(continental)).number.tolist() == wanted
