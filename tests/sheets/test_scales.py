"""Scales with round numbers, and atlases that cover the area once."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from siteplanner.sheets import scales

SIZES = st.floats(50, 60_000)
FRAMES = st.tuples(st.floats(80, 700), st.floats(80, 700))


@given(st.floats(100, 9_000_000))
def test_a_nice_scale_shows_enough_and_not_too_much(least):
    found = scales.nice_scale(least)
    assert least * (1 - 1e-9) <= found <= 1.34 * least + 1


@given(SIZES, SIZES, FRAMES)
def test_a_fitting_scale_fits(width, height, frame):
    area = shapely.box(1000, 2000, 1000 + width, 2000 + height)
    scale = scales.fitting_scale(area, frame)
    assert scales.count_tiles(area, frame, scale) == 1
    extent = scales.whole_extent(area, frame, scale)
    assert shapely.box(*extent).buffer(0.5).contains(area)
    assert (extent[2] - extent[0]) * 1000 / frame[0] == pytest.approx(scale, rel=1e-4)


@given(SIZES, SIZES, st.floats(2_000, 40_000))
def test_pages_cover_the_area_once(width, height, scale):
    area = shapely.box(500.5, 700.25, 500.5 + width, 700.25 + height)
    frame = (200.0, 150.0)
    if scales.count_tiles(area, frame, scale) > 300:
        return
    found = scales.tiles(area, frame, scale)
    boxes = [shapely.box(*one.extent) for one in found]
    assert len(found) <= scales.count_tiles(area, frame, scale)
    union = shapely.union_all(boxes)
    assert sum(one.area for one in boxes) == pytest.approx(union.area, rel=1e-6)
    assert union.buffer(0.6).contains(area)
    for one in found:
        xmin, ymin, xmax, ymax = one.extent
        assert (xmax - xmin, ymax - ymin) == pytest.approx((scale * 0.2, scale * 0.15), abs=0.011)


def test_pages_without_any_area_are_left_out():
    area = shapely.box(0, 0, 100, 1000).union(shapely.box(0, 0, 1000, 100))
    found = scales.tiles(area, (100.0, 100.0), 1000)
    assert len(found) == 19
    assert scales.count_tiles(area, (100.0, 100.0), 1000) == 100


@pytest.mark.parametrize(
    ("least", "scale"), [(1, 1), (101, 125), (10_000, 10_000), (45_690, 50_000), (61_000, 75_000)]
)
def test_scales_by_eye(least, scale):
    assert scales.nice_scale(least) == scale
