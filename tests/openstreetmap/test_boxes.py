"""Boxes against files: outside, in another order, too large; and nothing left behind."""

from __future__ import annotations

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from siteplanner import InputError
from siteplanner.cli import commands
from siteplanner.founding import Asking, found
from siteplanner.openstreetmap import Area, Server, box_problems

PORTO = (-8.70, 41.10, -8.50, 41.25)
"""West, south, east, north of a file."""
ASKED = (-8.65, 41.14, -8.60, 41.17)
QUIET = Asking(Server())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ((1, 0, 3, 2), "latitude and longitude are swapped"),
        ((0, 2, 1, 3), "in the order west east south north"),
        ((1, 3, 0, 2), "in the order south north west east"),
        ((2, 1, 0, 3), "the lower number comes first"),
        ((3, 2, 1, 0), "latitude and longitude are swapped"),
    ],
)
def test_another_order_that_fits_the_file_is_named(written, said):
    given_box = tuple(ASKED[one] for one in written)
    found_ = box_problems(given_box, PORTO, "porto.osm.pbf")
    assert found_
    for one in found_:
        assert "covers -8.7 41.1 -8.5 41.25 (west south east north)" in one.found
        assert one.todo.endswith("write --bbox -8.65 41.14 -8.6 41.17")
        assert said in one.todo


def test_an_order_that_makes_a_huge_box_round_the_file_is_not_offered():
    """South north west east; as two sorted pairs the numbers would reach to the equator."""
    (one,) = box_problems((41.11, 41.24, -8.69, -8.51), PORTO, "porto.osm.pbf")[:1]
    assert one.todo == (
        "it is in the order south north west east: write --bbox -8.69 41.11 -8.51 41.24"
    )


@pytest.mark.parametrize(
    "fits",
    [PORTO, ASKED, (-9, 41, -8, 42), (-8.8, 41.0, -8.69, 41.11), (-8.6, 41.2, -8.4, 41.4)],
)
def test_a_box_that_touches_the_file_is_taken(fits):
    assert box_problems(fits, PORTO, "porto.osm.pbf") == []


def test_a_box_elsewhere_that_no_order_helps():
    (one,) = box_problems((2.1, 48.8, 2.5, 48.9), PORTO, "porto.osm.pbf")
    assert "lies outside porto.osm.pbf" in one.found
    assert one.todo == "choose a box inside it, or take another file"


def test_without_a_file_only_what_is_impossible_is_turned():
    """Sapporo, latitude first: 141 is no latitude, and one small box is left."""
    problems = box_problems((43.0, 141.3, 43.1, 141.4))
    assert {one.todo for one in problems} == {
        "latitude and longitude are swapped: write --bbox 141.3 43 141.4 43.1"
    }
    assert box_problems((41.14, -8.65, 41.17, -8.60)) == []  # a place at sea, and possible


@given(
    st.tuples(st.floats(-170, 169), st.floats(-80, 79), st.floats(0.01, 1), st.floats(0.01, 1)),
    st.sampled_from([(0, 1, 2, 3), (1, 0, 3, 2), (0, 2, 1, 3), (2, 1, 0, 3)]),
)
def test_what_it_says_to_write_can_be_written(where, order):
    """Whatever is advised is a box that fits, and a box inside the file is never refused."""
    west, south, wide, high = where
    extent = (west, south, west + wide, south + high)
    inner = (west + wide / 4, south + high / 4, west + wide / 2, south + high / 2)
    assert box_problems(inner, extent, "a.pbf") == []
    for one in box_problems([inner[at] for at in order], extent, "a.pbf"):
        _, advised, numbers = one.todo.rpartition("--bbox ")
        if advised:
            assert box_problems([float(word) for word in numbers.split()], extent, "a.pbf") == []


def test_the_command_names_box_and_file_and_leaves_no_folder(tmp_path, village):
    """The village lies at 10° E, 50° N: somebody wrote latitude first."""
    folder = tmp_path / "deep" / "v"
    wrong = ["--bbox", "50.0", "10.0", "50.008", "10.008"]
    with pytest.raises(InputError) as caught:
        commands.main(["init", str(folder), "--osm", str(village), *wrong], standalone_mode=False)
    said = str(caught.value)
    assert "50 10 50.008 10.008: it lies outside village.osm.pbf, which covers 10 50" in said
    assert said.endswith("latitude and longitude are swapped: write --bbox 10 50 10.008 50.008")
    assert not (tmp_path / "deep").exists()


def test_an_outline_outside_of_the_file(tmp_path, village):
    edge = tmp_path / "edge.geojson"
    gpd.GeoSeries([box(24, 60, 24.1, 60.1)], crs=4326).to_file(edge)
    with pytest.raises(InputError, match=r"edge.geojson: it lies outside village.osm.pbf, which"):
        found(tmp_path / "v", Area(file=str(village), outline=str(edge)), QUIET)
    assert not (tmp_path / "v").exists()


def test_a_box_that_reaches_beyond_is_told(tmp_path, village):
    said = []
    asking = Asking(Server(), say=said.append)
    found(tmp_path / "v", Area(file=str(village), bbox=(9.99, 50.0, 10.008, 50.008)), asking)
    assert said[0].startswith("the area reaches beyond village.osm.pbf, which covers 10")


@pytest.mark.parametrize("there", ["", "an empty folder", "somebody's file", "somebody's folder"])
def test_what_was_there_before_stays(tmp_path, village, there):
    """A failure takes away what it made, and nothing else."""
    folder = tmp_path / "v"
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(village.read_bytes()[:-400])
    if there:
        folder.mkdir()
    if there == "somebody's file":
        (folder / "city.csv").write_text("a\n")
    if there == "somebody's folder":
        (folder / "photos").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError):
        found(folder, Area(file=str(cut), place="Village"), QUIET)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_finished_project_without_its_data_is_left_alone(tmp_path, village):
    folder = tmp_path / "v"
    found(folder, Area(file=str(village)), QUIET)
    for path in (folder / "layers" / "fetched").iterdir():
        path.unlink()
    before = sorted(folder.rglob("*"))
    with pytest.raises(InputError, match="already holds something"):
        found(folder, Area(file=str(village)), QUIET)
    assert sorted(folder.rglob("*")) == before


def test_somebodys_file_in_a_begun_project_is_left_alone(tmp_path, village):
    """Stopped before anything came, then a note was put there; the next failure keeps it."""
    folder = tmp_path / "v"
    area = Area(file=str(village), place="Nowhere")

    def stop(_):
        raise SystemExit

    with pytest.raises(SystemExit):
        found(folder, area, Asking(Server(), say=stop))
    (folder / "notes.txt").write_text("ask Ana")
    with pytest.raises(InputError, match="no such boundary"):
        found(folder, area, QUIET)
    assert (folder / "notes.txt").read_text() == "ask Ana"
    (folder / "notes.txt").unlink()
    with pytest.raises(InputError, match="no such boundary"):
        found(folder, area, QUIET)
    assert list(folder.iterdir()) == []
