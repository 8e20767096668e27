"""Classes and packing, by eye."""

from __future__ import annotations

import base64
import json
from importlib.resources import files

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import quickjs
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from shapely.geometry import LineString, MultiPolygon, Point, box

from siteplanner.cells import hexagons, squares
from siteplanner.maps.classes import NO_DATA, classed, classed_evenly
from siteplanner.maps.layers import _by_score
from siteplanner.maps.packing import NONE_IN_REACH, UNKNOWN, packed_in_bytes, packed_values
from siteplanner.maps.shapes import Frame, packed_cells, packed_lines, packed_polygons

SHELL = files("siteplanner.maps").joinpath("shell")


def unpacked(pack):
    data = base64.b64decode(pack["data"])
    if pack["bits"] == "path":
        planes = np.frombuffer(data, dtype=np.uint8).reshape(2, 2, -1).astype(np.int64)
        return ((planes[:, 0] + 256 * planes[:, 1]).cumsum(axis=1) % 65536).T
    return np.frombuffer(data, dtype=f"<u{int(pack['bits']) // 8}")


def in_the_page(values, **options):
    """Sort values into classes as the page's own script does."""
    context = quickjs.Context()
    context.eval(SHELL.joinpath("classing.js").read_text(encoding="utf-8"))
    told = json.dumps([None if np.isnan(one) else "far" if np.isinf(one) else one
                       for one in values.tolist()])  # fmt: skip
    text = context.eval(
        f"""const values = Float64Array.from({told},
              (one) => one === null ? NaN : one === "far" ? Infinity : one);
            const found = Classing.quantiles(values, {json.dumps(options)});
            JSON.stringify([found.kind, found.breaks, found.far, Classing.countOf(found),
              Array.from(Classing.codes(values, found, {options.get("factor", 1)})),
              Classing.colours(Math.max(1, Classing.countOf(found)))])"""
    )
    return json.loads(text)


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


@settings(deadline=None)
@given(numbers)
def test_classes_keep_the_order_and_have_a_label_each(values):
    classes = classed(values)
    known = ~np.isnan(values)
    assert (classes.codes[~known] == NO_DATA).all()
    order = np.argsort(values[known], kind="stable")
    assert (np.diff(classes.codes[known][order].astype(int)) >= 0).all()
    assert len(classes.labels) == len(classes.colours) <= 7
    assert not known.any() or classes.codes[known].max() < len(classes.labels)


@settings(deadline=None)
@given(numbers, st.sampled_from([1, 100]), st.sampled_from([None, 10]))
def test_the_page_finds_the_same_classes(values, factor, smallest):
    classes = classed(values, factor=factor, smallest=smallest)
    given_smallest = {} if smallest is None else {"smallest": smallest}
    kind, breaks, far, count, codes, colours = in_the_page(values, factor=factor, **given_smallest)
    assert (kind, far, count) == (classes.kind, classes.far, classes.count)
    assert breaks == list(classes.breaks)
    assert codes == classes.codes.tolist()
    if classes.count:
        assert colours == list(classes.colours)


def test_the_page_puts_none_in_reach_last():
    values = np.array([np.nan, np.inf, *np.arange(40.0)])
    _, _, far, count, codes, _ = in_the_page(values)
    assert far
    assert codes[:2] == [NO_DATA, count - 1]
    assert codes == classed(values).codes.tolist()


def test_even_classes_have_even_breaks():
    shares = np.array([0.0, 0.19, 0.2, 1.0, np.nan])
    assert classed_evenly(shares).codes.tolist() == [0, 0, 1, 4, NO_DATA]
    assert classed_evenly(shares).breaks == (20, 40, 60, 80)


@given(numbers)
def test_numbers_in_a_byte_come_back_near(values):
    pack = packed_in_bytes(values)
    levels = np.array([*pack["levels"], np.nan])
    back = levels[np.minimum(unpacked(pack), len(levels) - 1)]
    known = values[~np.isnan(values)]
    wide = np.ptp(known) if len(known) else 0
    assert np.allclose(back, values, atol=wide / 100 + 1e-9, equal_nan=True)
    assert len(pack["levels"]) <= 254


@given(numbers)
def test_packed_values_come_back_within_a_step(values):
    pack = packed_values(values)
    counted = unpacked(pack).astype(float)
    unknown = UNKNOWN if pack["bits"] == "16" else UNKNOWN % 256
    back = np.where(counted == unknown, np.nan, pack["start"] + counted * pack["step"])
    assert np.allclose(back, values, atol=pack["step"] / 2 + 1e-9, equal_nan=True)


def test_polygons_come_back_where_they_were():
    shapes = gpd.GeoSeries(
        [box(0, 0, 1, 1), MultiPolygon([box(2, 0, 3, 1), box(2, 2, 3, 3).difference(
            box(2.2, 2.2, 2.8, 2.8))]), Point(1, 1)], crs="EPSG:4326")  # fmt: skip
    pack = packed_polygons(shapes, Frame(0.0, 0.0, 3.0, 3.0))
    assert unpacked(pack["polygons"]).tolist() == [1, 2, 0]
    assert unpacked(pack["rings"]).tolist() == [1, 1, 2]
    assert unpacked(pack["vertices"]).tolist() == [4, 4, 4, 4]
    corners = unpacked(pack["steps"]) * 3 / 65535
    assert corners[:4].round(4).tolist() == [[1, 0], [1, 1], [0, 1], [0, 0]]


def lattice(make, width_m, cut=False):
    area = shapely.box(599_000, 510_000, 603_000, 513_000)
    cells = make(area, width_m)
    if cut:
        cells = cells.intersection(area.buffer(-70))
        cells = cells[~cells.is_empty]
    return cells.set_crs(32618).to_crs(4326)


def rings_of(pack, frame):
    """Give the corners of each cell in degrees, as the page finds them."""
    size = np.array([frame.east - frame.west, frame.north - frame.south]) / 65535
    shape = np.array(pack["shape"]).reshape(-1, 2)
    return np.array([frame.west, frame.south]) + (unpacked(pack["steps"])[:, None] + shape) * size


@pytest.mark.parametrize("make", [hexagons, squares])
def test_cells_that_are_alike_are_packed_as_one_shape(make):
    cells = lattice(make, 100)
    frame = Frame.around(cells)
    pack = packed_cells(cells, frame)
    assert pack["kind"] == "alike"
    assert pack["others"] is None
    assert len(pack["shape"]) == 2 * (6 if make is hexagons else 4)
    found = shapely.polygons(rings_of(pack, frame))
    shared = shapely.area(shapely.intersection(found, cells.to_numpy()))
    assert (shared / shapely.area(cells.to_numpy()) > 0.98).all()


def test_cells_cut_at_the_edge_stay_polygons_beside_the_others():
    cells = lattice(hexagons, 100, cut=True)
    frame = Frame.around(cells)
    pack = packed_cells(cells, frame)
    whole = shapely.area(cells.to_numpy()) > 0.999 * shapely.area(cells.to_numpy()).max()
    others = unpacked(pack["others"]["at"])
    assert set(others) == set(np.flatnonzero(~whole))
    assert len(unpacked(pack["steps"])) == whole.sum()
    assert len(unpacked(pack["others"]["vertices"])) == len(others)


def test_alike_cells_may_begin_anywhere_and_turn_either_way():
    cells = lattice(squares, 100)
    turned = np.array([
        shapely.Polygon(np.roll(np.asarray(one.exterior.coords)[:-1], at % 4, axis=0)[
            :: 1 if at % 3 else -1])
        for at, one in enumerate(cells)
    ])  # fmt: skip
    frame = Frame.around(cells)
    assert packed_cells(gpd.GeoSeries(turned, crs=4326), frame) == packed_cells(cells, frame)


def test_fifty_thousand_hexagons_take_four_bytes_each():
    cells = hexagons(shapely.box(590_000, 500_000, 611_000, 520_500), 100)
    cells = cells.set_crs(32618).to_crs(4326)
    pack = packed_cells(cells, Frame.around(cells))
    assert len(cells) > 45_000
    assert pack["others"] is None
    assert len(base64.b64decode(pack["steps"]["data"])) == 4 * len(cells)


def test_blocks_of_all_kinds_stay_polygons():
    blocks = gpd.GeoSeries([Point(x, x % 7).buffer(1 + x % 5) for x in range(80)], crs=4326)
    assert packed_cells(blocks, Frame.around(blocks))["kind"] == "polygons"
    points = blocks.representative_point()
    assert packed_cells(points, Frame.around(points))["kind"] == "points"


def test_lines_come_back_whole_and_near_ones_follow_each_other():
    lines = gpd.GeoSeries(
        [LineString([(x, y), (x + 0.1, y), (x + 0.1, y + 0.1)])
         for x, y in ((9, 9), (0, 0), (9, 8.9))]
        + [LineString([(0.1, 0), (0.3, 0.2)])], crs=4326)  # fmt: skip
    pack = packed_lines(lines, Frame(0.0, 0.0, 10.0, 10.0))
    assert unpacked(pack["vertices"]).tolist() == [3, 2, 3, 3]
    steps = unpacked(pack["steps"]) * 10 / 65535
    assert np.allclose(steps[:3], [(0, 0), (0.1, 0), (0.1, 0.1)], atol=1e-3)
    assert np.allclose(steps[5:8], [(9, 8.9), (9.1, 8.9), (9.1, 9)], atol=1e-3)


@pytest.mark.parametrize("fine", [True, False])
@pytest.mark.parametrize("whole", [True, False])
def test_values_follow_from_scores_but_for_those_beyond_the_scale(fine, whole):
    values = np.linspace(0, 165, 400)
    values = np.round(values) if whole else values
    values[[3, 9]] = np.nan, np.inf
    scores = pd.DataFrame({"x": np.clip((values - 10) / 140, 0, 1)})
    criterion = pd.Series({"zero_at": 10.0, "full_at": 150.0})
    told = _by_score(values, scores, "x", criterion, fine=fine)
    steps = 5_000 if fine else 250
    back = 10 + np.round(scores["x"].to_numpy() * steps) / steps * 140
    back = np.round(back) if whole else back
    at = np.cumsum(steps_of(told["at"]))
    assert len(at) < len(values) / 2
    pack = told["values"]
    codes = unpacked(pack).astype(float)
    unknown = 65536 if pack["bits"] == "16" else 256
    others = pack["start"] + pack["step"] * codes
    others[codes == unknown - 1], others[codes == unknown - 2] = np.nan, np.inf
    back[at] = others
    assert np.allclose(back, values, rtol=0, atol=1 if whole else 1.5, equal_nan=True)


def steps_of(pack):
    found, value, shift = [], 0, 0
    for byte in base64.b64decode(pack["data"]):
        value += (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(value)
            value = shift = 0
    return found
