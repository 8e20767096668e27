"""Classes and packing, by eye."""

from __future__ import annotations

import base64

import geopandas as gpd
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from shapely.geometry import MultiPolygon, Point, box

from siteplanner.maps.classes import NO_DATA, classed
from siteplanner.maps.packing import NONE_IN_REACH, UNKNOWN, Frame, packed_polygons, packed_values


def unpacked(pack):
    return np.frombuffer(base64.b64decode(pack["data"]), dtype=f"<u{int(pack['bits']) // 8}")


def test_a_value_on_a_break_belongs_to_the_upper_class():
    classes = classed(np.arange(71.0))
    assert classes.labels[1] == "10 to 20"
    assert classes.codes[[9, 10, 20]].tolist() == [0, 1, 2]


def test_unknown_has_no_class():
    assert classed(np.array([np.nan, 1.0])).codes.tolist() == [NO_DATA, 0]
    assert classed(np.array([np.nan])).labels == ()


def test_breaks_follow_values_that_lie_close_together():
    assert len(classed(1000 + np.arange(70) / 100).labels) > 3


def test_none_in_reach_is_the_last_class_and_not_unknown():
    classes = classed(np.array([np.nan, np.inf, 100.0, *range(50)]))
    assert classes.labels[-1] == "none within reach"
    assert classes.codes[:2].tolist() == [NO_DATA, len(classes.labels) - 1]
    assert len(classes.labels) == len(classes.colours) <= 7
    assert classed(np.array([np.inf])).labels == ("none within reach",)


def test_none_in_reach_has_a_code_of_its_own():
    pack = packed_values(np.array([np.nan, np.inf, 0.0, 120.5]))
    assert unpacked(pack)[:3].tolist() == [UNKNOWN, NONE_IN_REACH, 0]
    assert pack["start"] + pack["step"] * unpacked(pack)[3] == 120.5
    whole = packed_values(np.array([0.0, float(NONE_IN_REACH)]))
    assert NONE_IN_REACH not in unpacked(whole)


def test_small_counts_are_one_class():
    classes = classed(np.array([0.0, 1, 4, 9, 9.9, 10, 11, 200, 3000]), smallest=10)
    assert set(classes.codes[:5]) == {0}
    assert classes.codes[5] == 1
    assert classes.labels[0] == "below 10"


numbers = arrays.arrays(
    np.float64, st.integers(1, 60), elements=st.one_of(st.just(np.nan), st.floats(-1e6, 1e6))
)


@given(numbers)
def test_classes_keep_the_order_and_have_a_label_each(values):
    classes = classed(values)
    known = ~np.isnan(values)
    assert (classes.codes[~known] == NO_DATA).all()
    order = np.argsort(values[known], kind="stable")
    assert (np.diff(classes.codes[known][order].astype(int)) >= 0).all()
    assert len(classes.labels) == len(classes.colours) <= 7
    assert not known.any() or classes.codes[known].max() < len(classes.labels)


@given(numbers)
def test_packed_values_come_back_within_a_step(values):
    pack = packed_values(values)
    counted = unpacked(pack).astype(float)
    back = np.where(counted == UNKNOWN, np.nan, pack["start"] + counted * pack["step"])
    assert np.allclose(back, values, atol=pack["step"] / 2 + 1e-9, equal_nan=True)


def test_polygons_come_back_where_they_were():
    shapes = gpd.GeoSeries(
        [box(0, 0, 1, 1), MultiPolygon([box(2, 0, 3, 1), box(2, 2, 3, 3).difference(
            box(2.2, 2.2, 2.8, 2.8))]), Point(1, 1)], crs="EPSG:4326")  # fmt: skip
    pack = packed_polygons(shapes, Frame(0.0, 0.0, 3.0, 3.0))
    assert unpacked(pack["polygons"]).tolist() == [1, 2, 0]
    assert unpacked(pack["rings"]).tolist() == [1, 1, 2]
    assert unpacked(pack["vertices"]).tolist() == [4, 4, 4, 4]
    corners = unpacked(pack["steps"]).reshape(-1, 2) * 3 / 65535
    assert corners[:4].round(4).tolist() == [[1, 0], [1, 1], [0, 1], [0, 0]]
