"""Rows that a ``where`` keeps."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely import Point

from siteplanner.sources import select


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
