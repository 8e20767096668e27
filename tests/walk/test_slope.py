"""Heights along streets, Tobler's function, and who cannot manage what is steep."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from siteplanner.errors import InputError
from siteplanner.model import Scenario, Walk
from siteplanner.sources.window import Window
from siteplanner.walk import PROFILES, Conditions, build, longest_m, profile_of
from siteplanner.walk.slope import bilinear, slopes_of, smooth, tobler_factor

ADULT, WHEELCHAIR = PROFILES["adult"], PROFILES["wheelchair"]
UTM = CRS.from_epsg(32618)


def ground(height, *, cell_m=10.0, west=-200.0, south=-200.0, size=60) -> Window:
    """Sample heights given as a function of easting and northing at the centres of cells."""
    steps = (np.arange(size) + 0.5) * cell_m
    x, y = np.meshgrid(west + steps, south + steps[::-1])
    edge = size * cell_m
    values = np.asarray(height(x, y) + np.zeros_like(x), dtype=float)
    return Window(values, (west, south, west + edge, south + edge), UTM)


def walked(streets: gpd.GeoDataFrame, heights: Window, profile=ADULT):
    return build(streets, profile, Conditions(heights=heights))


@pytest.mark.parametrize(
    ("slope", "km_h"),
    [(0, 5.0367), (0.05, 4.2281), (0.1, 3.5493), (0.2, 2.5012),
     (-0.05, 6.0), (-0.1, 5.0367), (-0.2, 3.5493)],
)  # fmt: skip
def test_toblers_speeds(slope, km_h):
    assert 6 * np.exp(-3.5 * 0.05) * tobler_factor(slope) == pytest.approx(km_h, abs=5e-5)


@pytest.mark.parametrize(("slope", "share"), [(0.05, 0.985), (0.1, 0.827), (0.15, 0.694), (0.2, 0.583)])  # fmt: skip  # noqa: E501
def test_there_and_back_is_slower_than_on_the_flat(slope, share):
    both = 2 / (1 / tobler_factor(slope) + 1 / tobler_factor(-slope))
    assert both == pytest.approx(share, abs=5e-4)


def test_flat_ground_changes_nothing_at_all(town):
    plain, flat = build(town, ADULT), walked(town, ground(lambda x, y: 2640.3))
    assert flat.edges["time_ms"].tolist() == plain.edges["time_ms"].tolist()
    assert flat.edges["back_ms"].tolist() == plain.edges["time_ms"].tolist()
    assert flat.parts == ()
    assert flat.is_proportional
    assert flat.notices == plain.notices


def test_an_even_slope_by_hand(lines):
    network = walked(lines([(0, 50), (134, 50)]), ground(lambda x, y: 0.1 * x))
    there, back = network.edges["time_ms"].item(), network.edges["back_ms"].item()
    assert there == round(100_000 / tobler_factor(0.1).item())  # 1.34 m/s on the flat
    assert back == round(100_000 / tobler_factor(-0.1).item())
    (part,) = network.parts
    assert (part.name, part.ms.item(), part.back_ms.item()) == (
        "slope",
        there - 100_000,
        back - 100_000,
    )


def test_a_hill_is_walked_stretch_by_stretch(lines):
    """Up and down again: the ends are level, the walk is not."""
    network = walked(lines([(0, 0), (200, 0)]), ground(lambda x, y: -0.2 * np.abs(x - 100)))
    there = network.edges["time_ms"].item() / 200_000 * 1.34
    assert there == pytest.approx(np.mean(1 / tobler_factor(np.array([0.2, -0.2]))), rel=0.05)
    assert network.edges["back_ms"].item() == pytest.approx(network.edges["time_ms"].item(), abs=1)


def test_a_crooked_street_over_waves_like_a_fine_sum(lines):
    def height(x, y):
        return 6 * np.sin(x / 60) + 4 * np.cos(y / 45)

    corners = [(0, 0), (120, 40), (150, 180), (320, 200)]
    network = walked(lines(corners), ground(height))
    along = shapely.LineString(corners).interpolate(np.linspace(0, 1, 4001), normalized=True)
    x, y = shapely.get_coordinates(along).T
    slope = np.diff(height(x, y)) / np.hypot(np.diff(x), np.diff(y))
    for column, sign in (("time_ms", 1), ("back_ms", -1)):
        wanted = np.mean(1 / tobler_factor(sign * slope))
        found = network.edges[column].item() * 1.34 / network.edges["length_mm"].item()
        assert found == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize(("cell_m", "noise_m"), [(1.0, 0.2), (10.0, 0.3), (30.0, 1.0)])
def test_noise_makes_no_hills(lines, cell_m, noise_m):
    random = np.random.default_rng(7)
    size = int(400 / cell_m)
    heights = ground(lambda x, y: random.normal(0, noise_m, x.shape), cell_m=cell_m, size=size)
    network = walked(lines(*[[(-150, y), (150, y)] for y in range(-150, 150, 30)],
                           [(-150, -150), (-150, 150)]), heights)  # fmt: skip
    both = network.edges["time_ms"].sum() + network.edges["back_ms"].sum()
    assert both * 1.34 / (2 * network.edges["length_mm"].sum()) < 1.005


def test_smoothing_keeps_slopes_and_what_it_does_not_know():
    values = np.add.outer(np.arange(20.0), 3 * np.arange(20.0))
    values[10, 10] = np.nan
    before = values.copy()
    evened = smooth(values, (10, 10))
    np.testing.assert_allclose(evened, values, atol=1e-9)
    np.testing.assert_array_equal(values, before)
    spike = np.zeros((61, 61))
    spike[30, 30] = 9
    assert smooth(spike, (10, 10)).max() < 3
    assert smooth(spike, (2, 2)).max() < 0.2


def test_heights_between_cells():
    plane = ground(lambda x, y: 2 * x - 3 * y + 1)
    random = np.random.default_rng(1)
    x, y = random.uniform(-190, 390, (2, 50))
    np.testing.assert_allclose(bilinear(plane, x, y), 2 * x - 3 * y + 1)
    outside = np.array([[-201, 0], [401, 0], [0, -201], [0, 401]], dtype=float)
    assert np.isnan(bilinear(plane, *outside.T)).all()
    corners = np.array([[-200, -200], [400, 400.0]])
    assert bilinear(plane, *corners.T).tolist() == [2 * -195 + 3 * 195 + 1, 2 * 395 - 3 * 395 + 1]
    plane = ground(lambda x, y: np.where((x < -190) & (y > 390), np.nan, 2 * x - 3 * y + 1))
    near = bilinear(plane, np.array([-185.0, -194.0]), np.array([385.0, 394.0]))
    assert np.isnan(near).tolist() == [False, True]


@pytest.mark.parametrize("pieces", [1, 2, 5])
def test_a_bridge_over_a_valley_is_level(lines, pieces):
    stops = np.linspace(0, 200, pieces + 1)
    streets = [[(-100, 0), (0, 0)], [(200, 0), (300, 0)]]
    streets += [[(a, 0), (b, 0)] for a, b in pairwise(stops)]
    valley = ground(lambda x, y: -0.3 * np.clip(100 - np.abs(x - 100), 0, None))
    bridge = [False, False] + [True] * pieces
    paces = slopes_of(
        np.array([shapely.LineString(one) for one in streets]), ends_of(streets),
        np.array(bridge), valley, UTM,
    )  # fmt: skip
    level = np.full(pieces, paces.pace[2])
    np.testing.assert_allclose(paces.pace[2:], level)
    assert paces.steepest[2:].max() < 0.01  # only what smoothing takes off the ends
    below = slopes_of(
        np.array([shapely.LineString(one) for one in streets]), ends_of(streets),
        np.zeros(len(streets), dtype=bool), valley, UTM,
    )  # fmt: skip
    assert below.steepest[2:].max() > 0.29


def ends_of(streets):
    names: dict = {}
    number = [[names.setdefault(one[at], len(names)) for one in streets] for at in (0, -1)]
    return tuple(np.array(number))


def test_a_sloping_bridge_in_pieces_has_one_slope():
    streets = [[(-100, 0), (0, 0)], [(0, 0), (50, 0)], [(50, 0), (200, 0)], [(200, 0), (300, 0)]]
    heights = ground(lambda x, y: 0.05 * x - 20 * ((x > 20) & (x < 180)))
    found = slopes_of(
        np.array([shapely.LineString(one) for one in streets]), ends_of(streets),
        np.array([False, True, True, False]), heights, UTM,
    )  # fmt: skip
    np.testing.assert_allclose(found.steepest[1:3], found.steepest[1], rtol=1e-9)
    assert found.steepest[1] == pytest.approx(0.05, abs=0.02)


def test_unknown_heights_are_flat_and_counted(lines):
    heights = ground(lambda x, y: np.where(x > 100, np.nan, 0.1 * x))
    streets = lines([(0, 0), (60, 0)], [(60, 0), (180, 0)], [(180, 0), (900, 0)])
    network = walked(streets, heights)
    flat = build(streets, ADULT).edges["time_ms"]
    slower = network.edges["time_ms"] - flat
    assert slower[0] > 0
    assert slower[1] > 0
    assert slower[2] == 0
    assert str(network.notices[-2]) == (
        "walk: 2 of 3 rows flagged: their height is not known everywhere; there they count as flat"
    )
    apart = pd.concat([streets, lines([(950, 0), (955, 0)])], ignore_index=True)
    assert str(walked(apart, heights).notices[-2]).startswith("walk: 2 of 3 rows flagged")
    everything = walked(streets, ground(lambda x, y: 0 * x, west=5000))
    assert everything.edges["time_ms"].tolist() == flat.tolist()


def test_heights_in_degrees_are_the_same_heights(lines):
    """A raster in its own CRS: heights are looked up there, slopes are measured here."""
    far = 500_000.0, 500_000.0  # on the central meridian
    streets = lines([(far[0], far[1]), (far[0] + 300, far[1] + 100)])
    onto = Transformer.from_crs(UTM, 4326, always_xy=True)
    west, south = onto.transform(far[0] - 500, far[1] - 500)
    east, north = onto.transform(far[0] + 900, far[1] + 900)
    rows = 120
    lon = west + (np.arange(rows) + 0.5) * (east - west) / rows
    lat = north - (np.arange(rows) + 0.5) * (north - south) / rows
    x, y = onto.transform(*np.meshgrid(lon, lat), direction="INVERSE")
    degrees = Window(0.1 * x - 0.05 * y, (west, south, east, north), CRS.from_epsg(4326))
    found = walked(streets, degrees).edges["time_ms"].item()
    rise = (0.1 * 300 - 0.05 * 100) / np.hypot(300, 100)
    wanted = np.hypot(300, 100) * 1000 / 1.34 / tobler_factor(rise)
    assert found == pytest.approx(wanted, rel=1e-3)


def test_steep_streets_are_left_out_both_ways(lines):
    streets = lines([(0, 0), (100, 0)], [(0, 0), (0, 150), (100, 150), (100, 0)])
    heights = ground(lambda x, y: 0.09 * x * np.clip(1 - y / 100, 0, 1))
    assert len(walked(streets, heights).edges) == 2
    network = walked(streets.iloc[[0]], ground(lambda x, y: 0.083 * x), WHEELCHAIR)
    assert len(network.edges) == 1
    with pytest.raises(InputError, match=r"they are steeper than 8\.333 %, which 'wheelchair'"):
        walked(streets.iloc[[0]], ground(lambda x, y: 0.084 * x), WHEELCHAIR)
    with pytest.raises(InputError, match=r"steeper than 8\.333 %"):
        walked(streets.iloc[[0]].reverse().to_frame("geometry"),
               ground(lambda x, y: 0.084 * x), WHEELCHAIR)  # fmt: skip
    assert len(build(streets, WHEELCHAIR).edges) == 2  # no heights, no limit


def test_one_steep_stretch_is_enough(lines):
    """A ramp of 30 m in a street of 400 m: its mean is nothing, its stretch is too much."""
    streets = lines([(0, 0), (300, 0)], [(0, 0), (0, 300), (300, 300), (300, 0)])
    heights = ground(lambda x, y: np.clip(x - 100, 0, 40) * 0.2 * np.clip(1 - y / 300, 0, 1))
    mild = profile_of(Walk(network="s", limit_m=9, steepest_percent=15))
    network = walked(streets, heights, mild)
    assert network.edges["length_mm"].tolist() == [900_000]
    assert [str(one) for one in network.notices if one.kind == "dropped"] == [
        "walk: 1 of 2 rows dropped: they are steeper than 15 %, which 'adult' cannot manage"
    ]


def test_steepest_is_the_profiles_or_the_scenarios():
    def steepest(**keys):
        return profile_of(Walk(network="streets", limit_m=1, **keys)).steepest_percent

    assert steepest() is None
    assert steepest(profile="wheelchair") == pytest.approx(8.333, abs=1e-3)
    assert steepest(profile="wheelchair", steepest_percent=5, speed_m_s=0.8) == 5
    assert steepest(steepest_percent=12) == 12
    assert "1:12 (2010 ADA Standards, 405.2)" in WHEELCHAIR.reference


def test_downhill_reaches_farther_than_the_flat():
    base = {
        "name": "s", "title": "S", "area": "a", "demand": {"hexagons_m": 9, "people": "c.p"},
        "need": {}, "outcomes": {"minutes": []},
    }  # fmt: skip
    flat = {"network": "streets", "limit_min": 20}
    short, long = (
        longest_m(Scenario.model_validate({**base, "walk": walk}))
        for walk in (flat, {**flat, "elevation": "dem"})
    )
    assert long / short == pytest.approx(6 / 5.0367, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_reversing_the_slope_swaps_the_directions(random_network, seed):
    streets = random_network(seed).edges[["u", "v", "geometry"]]
    random = np.random.default_rng(seed)
    bumps = random.normal(0, 8, (4, 60)).cumsum(axis=1)
    hills = ground(lambda x, y: np.add.outer(bumps[0], bumps[1]) + 0.05 * x, cell_m=15)
    pits = replace(hills, values=-hills.values)  # noqa: PD011
    one, other = walked(streets, hills), walked(streets, pits)
    assert one.edges["time_ms"].tolist() == other.edges["back_ms"].tolist()
    assert one.edges["back_ms"].tolist() == other.edges["time_ms"].tolist()
    turned = streets.assign(u=streets["v"], v=streets["u"], geometry=streets.geometry.reverse())
    around = walked(turned, hills).edges
    np.testing.assert_allclose(around["time_ms"], one.edges["back_ms"], atol=1)
    np.testing.assert_allclose(around["back_ms"], one.edges["time_ms"], atol=1)
