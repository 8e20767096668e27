"""What a project takes, the file that says so, and the rules of the walk filter."""

from __future__ import annotations

import itertools

import pytest

from siteplanner import InputError
from siteplanner.model import file_names
from siteplanner.openstreetmap import FILE, Area, parse_settings, read_settings, settings_text
from siteplanner.openstreetmap.settings import Theme
from siteplanner.openstreetmap.tags import first_match, lets_in, taken_as
from siteplanner.sources import walk_filter

TEXT = settings_text(Area(place="Porto, Portugal"))


def test_every_theme_of_a_plan_is_there():
    themes = parse_settings(TEXT).themes
    assert {
        "schools", "nurseries", "clinics", "libraries", "community_centres", "social_facilities",
        "parks", "park_gates", "playgrounds", "transit_stops", "water", "barriers", "buildings",
        "open_ground", "public_buildings",
    } <= set(themes)  # fmt: skip
    for ground in ("open_ground", "public_buildings"):
        assert any("no land register" in note for note in themes[ground].notes)


def test_the_walk_filter_is_the_runs_own():
    """Every combination of tags that either looks at."""
    rules = parse_settings(TEXT).walk_filter
    highways = [*walk_filter.NOT_A_STREET, *walk_filter.ONLY_IF_FOOT_SAYS_SO, "residential", "x"]
    foots = [None, *walk_filter.FOOT_MAY, *walk_filter.FOOT_MAY_NOT, "destination"]
    accesses = [None, *walk_filter.ACCESS_SHUT, "yes", "permissive"]
    others = [("area", "yes"), ("service", "private"), ("motorroad", "yes"), ("service", "alley")]
    for highway, foot, access, other in itertools.product(
        highways, foots, accesses, [None, *others]
    ):
        tags = {"highway": highway, "foot": foot, "access": access}
        tags |= {} if other is None else dict([other])
        tags = {key: value for key, value in tags.items() if value is not None}
        own = walk_filter.is_walkable(
            highway, *(tags.get(key) for key in walk_filter.KEYS if key != "highway")
        )
        assert lets_in(tags, rules) == own, tags


@pytest.mark.parametrize(
    ("tags", "wanted", "found"),
    [
        ({"building": "yes"}, {"building": True}, "building=yes"),
        ({"building": "no"}, {"building": True}, ""),
        ({"access": "no"}, {"access": ("private", "no")}, "access=no"),
        ({"amenity": "clinic; doctors"}, {"amenity": ("doctors",)}, "amenity=doctors"),
        ({"amenity": "pub"}, {"leisure": True, "amenity": ("pub",)}, "amenity=pub"),
        ({}, {"amenity": True}, ""),
    ],
)
def test_which_tag_is_the_reason(tags, wanted, found):
    assert first_match(tags, wanted) == found


def test_all_of_also_and_none_of_without():
    theme = Theme(
        title="T", kind="points", tags={"a": True}, also={"b": True, "c": "1"}, without={"d": "x"}
    )
    assert taken_as({"a": "1", "b": "2", "c": "1"}, theme) == "a=1"
    assert taken_as({"a": "1", "b": "2", "c": "2"}, theme) == ""
    assert taken_as({"a": "1", "c": "1"}, theme) == ""
    assert taken_as({"a": "1", "b": "2", "c": "1", "d": "x"}, theme) == ""


def test_the_file_is_no_layer(tmp_path):
    """It lies in the root: a layer is any TOML in ``layers/``."""
    (tmp_path / "layers").mkdir()
    (tmp_path / FILE).write_text(TEXT, encoding="utf-8")
    assert file_names(tmp_path / "layers") == ()
    assert read_settings(tmp_path / FILE) == parse_settings(TEXT)


@pytest.mark.parametrize(
    "area",
    [
        Area(place='A "quoted" name\\ with ü'),
        Area(bbox=(1.5, 2, 3, 4)),
        Area(outline="/tmp/a b.geojson"),
        Area(file="C:\\maps\\city.osm.pbf", place="Porto"),
    ],
)
def test_the_area_comes_back_as_it_was_written(area):
    assert parse_settings(settings_text(area)).area == area


def test_all_mistakes_at_once():
    broken = TEXT.replace("ring_m = 1300", "ring_m = -3").replace("[themes.schools]", "[themes.A]")
    broken = broken.replace('kind = "lines"', 'kind = "line"', 1)
    with pytest.raises(InputError) as caught:
        parse_settings(broken)
    said = str(caught.value)
    assert "openstreetmap.toml: ring_m: found -3; write a number of at least 0" in said
    assert "themes.waterways.kind" in said
    with pytest.raises(InputError, match="a theme cannot be called 'A'"):
        parse_settings(TEXT.replace("[themes.schools]", "[themes.A]"))
    with pytest.raises(InputError, match="give one of place, bbox, outline"):
        parse_settings(TEXT.replace('place = "Porto, Portugal"', ""))
    with pytest.raises(InputError, match="is no theme"):
        parse_settings(TEXT.replace('edge_of = "parks"', 'edge_of = "gardens"'))


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match=r"no such file; make a project with it"):
        read_settings(tmp_path / FILE)
    (tmp_path / FILE).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="UTF-8"):
        read_settings(tmp_path / FILE)
