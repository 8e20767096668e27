from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from siteplanner.model import Walk
from siteplanner.walk import PROFILES, Cache, Walker, build, build_cached, walker

ADULT = PROFILES["adult"]
LIMITS = Walk(network="streets", limit_m=150, limit_min=20)


@pytest.fixture
def counted(monkeypatch):
    """Count the searches that are really made."""
    searches = []
    real = walker.find_pairs

    def find_pairs(*args, **kwargs):
        searches.append(kwargs)
        return real(*args, **kwargs)

    monkeypatch.setattr(walker, "find_pairs", find_pairs)
    return searches


def test_without_limits_the_scenarios_hold(town, points, counted):
    walks = Walker(build(town, ADULT), LIMITS)
    homes, shops = points((0, 0), (0, 100)), points((100, 100), index=["shop"])
    found = walks.reach(homes, shops)
    assert found.metres.data.tolist() == [100]
    assert found.rows.tolist() == [0, 1]
    assert found.columns.tolist() == ["shop"]
    assert walks.reach(homes, shops, limit_m=200).metres.data.tolist() == [200, 100]
    assert walks.reach(homes, shops, limit_min=1).metres.nnz == 0
    assert counted == [
        {"limit_m": 150, "limit_min": 20},
        {"limit_m": 200, "limit_min": None},
        {"limit_m": None, "limit_min": 1},
    ]


def test_a_question_is_answered_once_whatever_the_labels(town, points, counted):
    walks = Walker(build(town, ADULT), LIMITS)
    homes, shops = points((0, 0), (0, 100)), points((100, 100))
    first = walks.reach(homes, shops)
    again = walks.reach(homes.set_axis(["x", "y"]), shops)
    assert again.rows.tolist() == ["x", "y"]
    assert np.array_equal(first.metres.data, again.metres.data)
    assert len(counted) == 1
    walks.reach(homes.iloc[::-1], shops)
    assert len(counted) == 2


def test_nearest_and_snapped(town, points):
    walks = Walker(build(town, ADULT), LIMITS)
    homes, shops = points((0, 0), index=["home"]), points((100, 100), (0, 90))
    assert walks.nearest(homes, shops).loc["home", "nearest"] == 1
    assert walks.nearest(homes, shops, limit_m=89)["nearest"].tolist() == [None]
    assert walks.snapped(homes).table.index.tolist() == ["home"]


def test_the_cache_survives_and_gives_the_same(town, points, counted, tmp_path):
    homes, shops = points((0, 0), (0, 100)), points((100, 100), (0, 0))
    walks = Walker(build(town, ADULT), LIMITS, cache=Cache(tmp_path / "new" / "cache"))
    first = walks.reach(homes, shops)
    warm = Walker(build(town, ADULT), LIMITS, cache=Cache(tmp_path / "new" / "cache"))
    again = warm.reach(homes, shops)
    assert len(counted) == 1
    for what in ("metres", "minutes"):
        one, other = getattr(first, what), getattr(again, what)
        assert one.nnz == other.nnz == 3  # a stored zero among them
        assert one.data.tolist() == other.data.tolist()
        assert one.indices.tolist() == other.indices.tolist()
        assert one.indptr.tolist() == other.indptr.tolist()
    slow = build(town, PROFILES["older_person"])
    Walker(slow, LIMITS, cache=Cache(tmp_path / "new" / "cache")).reach(homes, shops)
    assert len(counted) == 2


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"not a zip"])
def test_a_broken_entry_counts_as_missing(town, points, counted, tmp_path, content):
    homes = points((0, 0), (0, 100))
    Walker(build(town, ADULT), LIMITS, cache=Cache(tmp_path)).reach(homes, homes)
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(content)
    walks = Walker(build(town, ADULT), LIMITS, cache=Cache(tmp_path))
    assert walks.reach(homes, homes).metres.nnz == 4
    assert len(counted) == 2
    assert Cache(tmp_path).load(entry.stem) is not None  # and it was mended


def test_a_cut_entry_counts_as_missing(tmp_path):
    cache = Cache(tmp_path)
    cache.save("a", {"x": np.arange(1000), "y": np.arange(9)})
    whole = (tmp_path / "a.npz").read_bytes()
    for size in range(0, len(whole), 97):
        (tmp_path / "a.npz").write_bytes(whole[:size])
        assert cache.load("a") is None


def test_pickles_are_not_opened(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.array([{"evil": 1}], dtype=object))
    assert Cache(tmp_path).load("a") is None


def test_a_folder_that_cannot_be_written_to_is_left_alone(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file" / "cache")
    cache.save("a", {"x": np.arange(3)})
    assert cache.load("a") is None


def test_nothing_half_written_stays(tmp_path, monkeypatch):
    def full_disk(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    Cache(tmp_path).save("a", {"x": np.arange(3)})
    assert list(tmp_path.iterdir()) == []

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Cache(tmp_path).save("a", {"x": np.arange(3)})
    assert list(tmp_path.iterdir()) == []


def test_a_network_from_the_cache_is_the_same(town, lines, tmp_path, monkeypatch):
    lonely = lines([(9000, 9000), (9000, 9001)])
    streets = pd.concat([town, lonely], ignore_index=True)
    cache = Cache(tmp_path)
    first = build_cached(streets, ADULT, cache)
    monkeypatch.setattr(walker, "build", None)  # from here on, building is an error
    again = build_cached(streets, ADULT, cache)
    assert again.fingerprint == first.fingerprint
    assert again.notices == first.notices
    assert len(again.notices) == 2
    pd.testing.assert_frame_equal(again.edges, first.edges)
    for changed, profile in [
        (streets, PROFILES["older_person"]),
        (streets.iloc[::-1], ADULT),
        (streets.assign(steps=[True] + [False] * 12), ADULT),
        (streets.set_crs("EPSG:32619", allow_override=True), ADULT),
    ]:
        with pytest.raises(TypeError):
            build_cached(changed, profile, cache)


def test_without_a_cache_it_is_built(town):
    assert len(build_cached(town, ADULT, None).edges) == 12
