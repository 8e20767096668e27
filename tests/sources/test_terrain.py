"""Rasters derived from heights: known ground, bad heights, and what is kept."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rasterio import Affine

from siteplanner.errors import InputError
from siteplanner.model import Layer, read_layer
from siteplanner.sources import read, relief, terrain

PLACE = Affine(10, 0, 600_000, 0, -10, 510_000)
KEYS = {
    "slope_percent": {},
    "depression_m": {},
    "flow_accumulation_m2": {},
    "height_above_drainage_m": {"drains_m2": 300},
}
BOWL = np.array(
    [
        [9.0, 9, 9, 9, 9],
        [9, 5, 4, 5, 9],
        [9, 4, 2, 4, 7],
        [9, 5, 4, 5, 9],
        [9, 9, 9, 9, 9],
    ]
)


@pytest.fixture
def dem(folder):
    """Write heights to a GeoTIFF; give its name."""

    def write(cells, name="dem.tif", **options):
        cells = np.asarray(cells)
        profile = {"crs": "EPSG:32618", "transform": PLACE, "dtype": cells.dtype, **options}
        profile |= {"count": 1, "height": cells.shape[0], "width": cells.shape[1]}
        with rasterio.open(folder / name, "w", driver="GTiff", **profile) as dataset:
            dataset.write(cells, 1)
        return name

    return write


@pytest.fixture
def derived(dem, folder, layer):
    """Write heights, derive a raster through its layer, and read it back."""

    def make(cells, derive, crs="EPSG:32618", transform=PLACE, **keys):
        name = dem(cells, crs=crs, transform=transform)
        keys = {"columns": {"it": {}}, **KEYS[derive], **keys}
        source = read(layer(name, "raster", derive=derive, **keys), folder)
        with rasterio.open(source.raster.path) as opened:
            assert (opened.transform, opened.shape) == (transform, np.shape(cells))
            return opened.read(source.raster.bands["it"]).astype(float), source

    return make


# By hand


def test_a_tilted_plane_has_its_slope_everywhere(derived):
    x, y = np.meshgrid(np.arange(6) * 10.0, np.arange(5) * 10.0)
    found, source = derived(100 + 0.03 * x - 0.04 * y, "slope_percent")
    assert found[1:-1, 1:-1] == pytest.approx(5)
    assert np.isnan(found[0]).all()
    assert source.layer.columns["it"].unit == "%"
    assert source.layer.kind == "raster"
    assert "Horn" in str(source.notices)


def test_a_bowl_fills_to_its_lowest_rim(derived):
    found, source = derived(BOWL, "depression_m")
    assert found[1:4, 1:4].tolist() == [[2, 3, 2], [3, 5, 3], [2, 3, 2]]
    rim = np.ones((5, 5), bool)
    rim[1:4, 1:4] = False
    assert (found[rim] == 0).all()
    assert source.layer.columns["it"].unit == "m"


def test_water_leaves_a_bowl_where_the_ground_is_unknown(derived):
    bowl = BOWL.copy()
    bowl[2, 2] = np.nan
    found, _ = derived(bowl, "depression_m")
    assert np.isnan(found[2, 2])
    assert (found[~np.isnan(found)] == 0).all()


def test_a_valley_lies_as_high_above_its_stream_as_its_sides(derived):
    """A V whose bottom runs south; a metre up for each column away from it."""
    row, column = np.mgrid[0:9, 0:7]
    found, source = derived(
        np.abs(column - 3.0) * 2 + (8 - row) * 0.1, "height_above_drainage_m", drains_m2=700
    )
    stream = found[:, 3]
    assert (stream[1:] == 0).all()
    # a side drops 2 m a column across, 1.48 m along the diagonal: it runs straight across
    across = np.abs(column - 3.0) * 2
    assert found[1:] == pytest.approx(across[1:], abs=1e-6)
    assert "700 m²" in str(source.notices)
    assert not np.isnan(found[1:]).any()


def test_ground_that_never_meets_a_stream_is_unknown(derived):
    """Two planes back to back: the western one is too small for a drainage line."""
    west_to_east = np.array([[1.0, 2, 3, 4, 3, 2, 1, 0]])
    found, source = derived(west_to_east, "height_above_drainage_m", drains_m2=500)
    assert found[0, 5:].tolist() == pytest.approx([2, 1, 0])
    assert np.isnan(found[0, :3]).all()
    assert "3 squares nothing is known" in str(source.notices)


def test_water_adds_up_on_a_grid_of_five(derived):
    """All water runs to the middle column by the steepest way, then south."""
    heights = np.array(
        [
            [30.0, 20, 10, 20, 30],
            [29, 19, 9, 19, 29],
            [28, 18, 8, 18, 28],
            [27, 17, 7, 17, 27],
            [26, 16, 6, 16, 26],
        ]
    )
    found, source = derived(heights, "flow_accumulation_m2")
    assert (found / 100).tolist() == [
        [1, 2, 5, 2, 1],
        [1, 2, 10, 2, 1],
        [1, 2, 15, 2, 1],
        [1, 2, 20, 2, 1],
        [1, 2, 25, 2, 1],
    ]
    assert "beyond the edge" in str(source.notices)
    assert source.layer.columns["it"].unit == "m²"


def test_water_on_a_plane_runs_straight_down_not_aslant():
    """Filling alone would send it along the diagonal."""
    heights = np.tile(np.arange(6.0)[::-1], (5, 1))
    found = relief.flow_accumulation_m2(heights, (10, 10))
    assert (found / 100).tolist() == [[1, 2, 3, 4, 5, 6]] * 5


def test_water_crosses_the_surface_of_a_filled_hollow():
    """The rim falls inwards everywhere but at the gap, where all the water leaves."""
    found = relief.flow_accumulation_m2(BOWL, (1, 1))
    assert found[2, 4] == 25
    assert (found[[0, -1]] == 1).all()


# Brute force and properties


def flooded(heights):
    """Fill hollows the slow way: each cell as high as its lowest way out (a shortest path)."""
    rows, columns = heights.shape
    level = np.full(heights.shape, np.inf)
    queue = []
    for r, c in np.ndindex(rows, columns):
        around = heights[max(r - 1, 0) : r + 2, max(c - 1, 0) : c + 2]
        if np.isnan(heights[r, c]):
            continue
        if around.size < 9 or np.isnan(around).any():
            heapq.heappush(queue, (heights[r, c], r, c))
    while queue:
        height, r, c = heapq.heappop(queue)
        if height >= level[r, c]:
            continue
        level[r, c] = height
        for y in range(max(r - 1, 0), min(r + 2, rows)):
            for x in range(max(c - 1, 0), min(c + 2, columns)):
                if not np.isnan(heights[y, x]):
                    heapq.heappush(queue, (max(height, heights[y, x]), y, x))
    return np.where(np.isnan(heights), np.nan, level)


grounds = arrays(
    float,
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    elements=st.one_of(st.integers(0, 5).map(float), st.integers(0, 5000).map(lambda mm: mm / 1e3)),
)


@settings(max_examples=60, deadline=None)
@given(grounds, st.data())
def test_hollows_are_as_deep_as_the_slow_way_says(heights, data):
    holes = data.draw(arrays(bool, heights.shape, elements=st.sampled_from([False] * 7 + [True])))
    heights = np.where(holes, np.nan, heights)
    before = heights.copy()
    found = relief.depression_m(heights)
    np.testing.assert_allclose(found, flooded(heights) - heights, atol=2e-3)
    np.testing.assert_array_equal(heights, before)
    assert (found[~np.isnan(found)] >= 0).all()


@settings(max_examples=60, deadline=None)
@given(grounds, st.data())
def test_no_water_is_lost_and_none_runs_in_a_circle(heights, data):
    holes = data.draw(arrays(bool, heights.shape, elements=st.sampled_from([False] * 7 + [True])))
    heights = np.where(holes, np.nan, heights)
    found = relief.flow_accumulation_m2(heights, (10, 10))
    known = ~np.isnan(heights)
    assert (np.isnan(found) == ~known).all()
    assert (found[known] >= 100).all()
    assert (found[known] <= 100 * known.sum()).all()
    if known.any():
        high = relief.height_above_drainage_m(heights, (10, 10), 100)
        assert (high[known] == 0).all()  # with so little needed, all is drainage
        high = relief.height_above_drainage_m(heights, (10, 10), 200)
        assert (high[~np.isnan(high)] >= 0).all()
        assert np.nanmax(found) >= 100


@settings(max_examples=40, deadline=None)
@given(grounds)
def test_all_water_comes_out_somewhere(heights):
    """The slow way: follow each cell's water, and count what passes every cell."""
    routes, filled = relief._routes(heights, (10, 10))
    down = routes.idxs_ds
    passes = np.zeros(filled.size)
    for start in np.flatnonzero(~np.isnan(filled)):
        at, steps = start, 0
        passes[at] += 1
        while down[at] != at:
            assert filled.flat[down[at]] <= filled.flat[at]
            at, steps = down[at], steps + 1
            assert steps <= heights.size
            passes[at] += 1
        rim = np.pad(heights, 1, constant_values=np.nan)
        y, x = np.unravel_index(at, filled.shape)
        assert np.isnan(rim[y - 1 : y + 2, x - 1 : x + 2]).any()  # it left over the rim
    found = relief.flow_accumulation_m2(heights, (10, 10))
    assert (found == 100 * passes.reshape(filled.shape)[1:-1, 1:-1]).all()


def test_strips_are_the_same_as_the_whole(derived, monkeypatch):
    heights = np.random.default_rng(7).normal(100, 5, (300, 40))
    whole, _ = derived(heights, "slope_percent")
    expected = relief.slope_percent(heights, (10, 10)).astype("float32")
    np.testing.assert_array_equal(whole.astype("float32"), expected)
    monkeypatch.setattr(terrain, "AT_ONCE", 1)
    monkeypatch.setattr(terrain, "TILE", 16)
    assert len(list(terrain._strips(300, 40))) == 19
    monkeypatch.setattr(terrain, "CACHE", terrain.Path(".cache", "again"))
    monkeypatch.setattr("siteplanner.sources.reading.CACHE", terrain.Path(".cache", "again"))
    strips, _ = derived(heights, "slope_percent")
    np.testing.assert_array_equal(strips, whole)


# Degrees and feet


def test_squares_in_degrees_count_in_metres(derived):
    """At 60° north a degree of longitude is half as long as at the equator."""
    step = 1 / 3600
    place = Affine(step, 0, 25, 0, -step, 60 + 2.5 * step)
    rise = np.tile(np.arange(5.0), (5, 1))
    found, _ = derived(rise, "slope_percent", crs="EPSG:4326", transform=place)
    width_m = 111_412.84 * np.cos(np.radians(60)) - 93.5 * np.cos(np.radians(180))
    width_m = (width_m + 0.118 * np.cos(np.radians(300))) * step  # series of the WGS 84 ellipsoid
    assert found[2, 2] == pytest.approx(100 / width_m, rel=1e-5)
    area, _ = derived(rise, "flow_accumulation_m2", crs="EPSG:4326", transform=place)
    assert area[2, 4] == pytest.approx(width_m * 30.948, rel=1e-3)


def test_squares_in_feet_count_in_metres(derived):
    rise = np.tile(np.arange(5.0), (5, 1))
    found, _ = derived(rise, "slope_percent", crs="EPSG:2263")
    assert found[2, 2] == pytest.approx(100 / (10 * 1200 / 3937))


# Bad input


@pytest.mark.parametrize(
    ("cells", "keys", "said"),
    [
        (np.full((5, 5), -32768.0), {}, "no heights in metres; write which number means unknown"),
        (np.full((5, 5), 12_000.0), {}, "turn feet into metres"),
        (np.ones((2, 9)), {"derive": "slope_percent"}, "at least 3 × 3 squares"),
        (
            np.ones((5, 5)),
            {"derive": "height_above_drainage_m", "drains_m2": 1_000_000},
            "drains_m2: nowhere does 1,000,000 m² of ground drain",
        ),
    ],
)
def test_heights_that_are_none(cells, keys, said, dem, refused, folder):
    text = refused(dem(cells), "raster", **{"derive": "depression_m", **keys})
    assert said in text
    kept = folder.parent / ".cache" / "terrain"
    assert not list(kept.glob("*"))


def test_unknown_heights_that_the_layer_declares_are_unknown(dem, reading):
    bowl = BOWL.copy()
    bowl[0, 0] = -32768
    source = reading(dem(bowl), "raster", derive="depression_m", nodata=-32768, columns={"it": {}})
    with rasterio.open(source.raster.path) as opened:
        assert np.isnan(opened.read(1)[0, 0])


def test_too_many_heights_to_follow_water(dem, refused, monkeypatch):
    monkeypatch.setattr(terrain, "MOST_CELLS", 20)
    text = refused(dem(BOWL), "raster", derive="flow_accumulation_m2")
    assert "25 heights are too many" in text
    assert "cut out the basin" in text


def test_a_turned_grid(dem, refused):
    turned = PLACE @ Affine.rotation(30)
    text = refused(dem(BOWL, transform=turned), "raster", derive="depression_m")
    assert "turned or upside down" in text


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('kind = "points"\nderive = "slope_percent"', 'write kind = "raster"'),
        ('kind = "raster"\nderive = "height_above_drainage_m"', "write drains_m2 = 1_000_000"),
        ('kind = "raster"\nderive = "slope_percent"\ndrains_m2 = 5', "delete it"),
        ('kind = "raster"\nderive = "slope"', "slope_percent"),
        ('kind = "raster"\nderive = "depression_m"\n[columns.a]\n[columns.b]', "one column"),
        ('kind = "raster"\nderive = "depression_m"\n[columns.a]\nkind = "count"', "kind = "),
        ('kind = "raster"\nderive = "height_above_drainage_m"\ndrains_m2 = 0', "above 0"),
    ],
)
def test_keys_that_do_not_fit(keys, said, tmp_path):
    (tmp_path / "low.toml").write_text(f'title = "Low"\nsource = "dem.tif"\n{keys}\n')
    with pytest.raises(InputError) as caught:
        read_layer(tmp_path / "low.toml")
    assert said in str(caught.value)
    assert "low.toml" in str(caught.value)


# What is kept


def test_a_raster_is_made_once(derived, folder, monkeypatch):
    first, source = derived(BOWL, "depression_m")
    kept = folder.parent / ".cache" / "terrain"
    assert list(kept.iterdir()) == [source.raster.path]
    data = source.raster.path.read_bytes()

    def never(heights):
        raise AssertionError

    with monkeypatch.context() as patched:
        patched.setattr(relief, "depression_m", never)
        second, again = derived(BOWL, "depression_m")
    assert (first == second).all()
    assert again.notices == source.notices
    source.raster.path.write_bytes(data[: len(data) // 2])  # cut off: made anew, the same bytes
    derived(BOWL, "depression_m")
    assert source.raster.path.read_bytes() == data


def test_other_heights_and_other_keys_make_another_raster(derived, folder):
    kept = folder.parent / ".cache" / "terrain"
    derived(BOWL, "height_above_drainage_m", drains_m2=300)
    derived(BOWL, "height_above_drainage_m", drains_m2=200)
    derived(BOWL + 1, "height_above_drainage_m", drains_m2=200)
    assert len(list(kept.iterdir())) == 3


def test_where_nothing_can_be_kept_it_is_made_for_this_run(derived, folder):
    (folder.parent / ".cache").write_text("a file where the folder would be")
    found, source = derived(BOWL, "depression_m")
    assert found[2, 2] == 5
    assert folder.parent not in source.raster.path.parents


def test_the_heights_themselves_are_left_alone(dem, reading, folder):
    name = dem(BOWL)
    before = (folder / name).read_bytes()
    source = reading(name, "raster", derive="slope_percent", columns={"it": {}})
    assert (folder / name).read_bytes() == before
    assert source.sha256 == reading(name, "raster", columns={"it": {}}).sha256
    assert isinstance(source.layer, Layer)
