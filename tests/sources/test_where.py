"""Rows that a ``where`` keeps."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely import Point

from siteplanner.sources import select, unmatched


@pytest.fixture
def table():
    columns = {
        "use": ["school", "park", None, "3"],
        "floors": [1.0, 2.0, np.nan, 3.0],
        "open": [True, False, True, True],
    }
    return gpd.GeoDataFrame(columns, index=list("abcd"), geometry=[Point(0, 0)] * 4, crs=32618)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, "abcd"),
        ({"use": ["school"]}, "a"),
        ({"use": ["school", "park"], "floors": [2, 3]}, "b"),
        ({"use": [3]}, "d"),
        ({"use": [3.0]}, "d"),
        ({"floors": ["3", 1.0]}, "ad"),
        ({"floors": ["three"]}, ""),
        ({"floors": [float("nan"), "nan"]}, ""),
        ({"use": ["None", "nan"]}, ""),
        ({"open": [True]}, "acd"),
        ({"open": [False]}, "b"),
        ({"use": []}, ""),
    ],
)
def test_by_eye(table, where, expected):
    before = table.copy(deep=True)
    found = select(table, where)
    assert "".join(found.index) == expected
    assert found.crs == table.crs
    assert_geodataframe_equal(table, before)


def test_true_in_words(table):
    table["open"] = ["true", "True", "false", None]
    assert "".join(select(table, {"open": [True]}).index) == "ab"


def test_unknown_column(table):
    with pytest.raises(KeyError, match="height"):
        select(table, {"height": [1]})


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, []),
        ({"use": ["school", "park"], "floors": [2], "open": [True]}, []),
        ({"use": ["Schol", "park"]}, [("use", "Schol", ("school",))]),
        ({"use": ["SCHOOL "]}, [("use", "SCHOOL ", ("school",))]),
        ({"use": ["hospital"], "floors": [7]}, [("use", "hospital", ()), ("floors", 7, ())]),
        ({"floors": [2.5]}, [("floors", 2.5, ())]),
        ({"use": ["None"]}, [("use", "None", ())]),
    ],
)
def test_values_that_no_row_has(table, where, expected):
    before = table.copy(deep=True)
    assert unmatched(table, where) == expected
    assert_geodataframe_equal(table, before)


def test_values_that_no_row_of_an_open_column_has(table):
    assert unmatched(table[table["open"]], {"open": [False]}) == [("open", False, ())]
    with pytest.raises(KeyError, match="height"):
        unmatched(table, {"height": [1]})
