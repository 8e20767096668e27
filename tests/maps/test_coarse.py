"""Numbers of single cells on a public page: coarse, and of no use for counting a family."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from siteplanner.maps.coarse import merged
from siteplanner.maps.live import gather
from siteplanner.maps.packing import gathered


def street(count):
    return gpd.GeoDataFrame(geometry=[Point(x, 0) for x in range(count)], crs=32618)


counts = st.lists(st.integers(0, 60), min_size=1, max_size=40)


@given(counts)
def test_counts_are_tens_and_the_total_stays(given_counts):
    found = merged(np.array(given_counts, dtype=float), street(len(given_counts)))
    assert set(found % 10) == {0}
    assert 0 <= sum(given_counts) - found.sum() < 10


@given(counts, st.data())
def test_one_family_more_moves_no_count_by_other_than_tens(given_counts, data):
    at = data.draw(st.integers(0, len(given_counts) - 1))
    more = list(given_counts)
    more[at] += 3
    places = street(len(more))
    before, after = (merged(np.array(one, dtype=float), places) for one in (given_counts, more))
    assert set(np.abs(after - before)) <= {0, 10}


def test_an_unknown_count_is_handed_on_as_nobody():
    assert merged(np.array([np.nan, 12.0]), street(2)).tolist() == [0, 10]


def test_a_public_page_carries_no_score_finer_than_a_twentieth(public_answer):
    told = gather(public_answer)["need"]["scores"]["poverty"]
    assert told["step"] == pytest.approx(0.05)
    assert told["bits"] == "8"


def test_a_public_page_carries_counts_in_tens(public_answer):
    from base64 import b64decode

    for name, pack in gather(public_answer)["cells"]["counts"].items():
        numbers = np.frombuffer(b64decode(pack["data"]), dtype=f"<u{int(pack['bits']) // 8}")
        counts = pack["start"] + numbers * pack["step"]
        assert set(counts % 10) == {0.0}, name


def test_withheld_scores_of_sites_are_withheld_from_the_arithmetic_too(public_answer):
    from dataclasses import replace

    values = public_answer.site_values.copy()
    values.loc["b1", "reach"] = 7.0
    contents, _ = gathered(gather(replace(public_answer, site_values=values)))
    assert contents["site"]["scores"]["reach"]["bits"] == "64"
    packed = gather(replace(public_answer, site_values=values))["site"]["scores"]["reach"]
    from base64 import b64decode

    scores = np.frombuffer(b64decode(packed["data"]), dtype="<f8")
    assert np.isnan(scores[1])
    assert not np.isnan(scores[0])
