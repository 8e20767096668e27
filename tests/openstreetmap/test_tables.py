"""The village, taken by eye: each place once, gates on edges, gaps at crossings."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import box

from siteplanner import InputError
from siteplanner.openstreetmap import (
    Area,
    around,
    bbox_area,
    file_area,
    from_buildings,
    from_streets,
    make_tables,
    outline_area,
    parse_settings,
    read_elements,
    settings_text,
    square_km,
    write_streets,
)
from siteplanner.sources.streets import read_streets

SETTINGS = parse_settings(settings_text(Area(place="Village")))


@pytest.fixture
def made(village):
    area = around(file_area(village, "Village"), 100)
    return make_tables(read_elements(village, SETTINGS, area.bounds), SETTINGS, area)


def test_a_school_drawn_twice_is_one(made):
    table = made["schools"].table
    assert table["name"].to_dict() == {"node/202": "Förskolan Älgen", "way/100": "Oak"}
    assert made["schools"].notes == ("1 element left out: the area round it says the same.",)
    assert set(table.geom_type) == {"Point"}
    assert (table["tag"] == "amenity=school").all()


def test_a_themes_columns(made):
    assert list(made["schools"].table) == [
        "tag",
        "name",
        "geometry",
    ]  # tags that no school has are no columns
    nursery = made["nurseries"].table
    assert nursery["opening_hours"].tolist() == ["Mo-Fr 07:00-17:00"]
    assert made["transit_stops"].table["name"].tolist() == ["Market"]
    assert made["parks"].table["size"].tolist() == ["large"]  # 115 m × 178 m
    assert "clinics" not in made


def test_gates_lie_on_the_edge_and_are_open(made):
    assert made["park_gates"].table.index.tolist() == ["node/211", "node/214"]


def test_a_railway_is_open_at_its_crossing_and_a_tunnel_is_no_barrier(made):
    table = made["barriers"].table.to_crs(32632)
    assert table.index.tolist() == ["way/120", "way/521"]  # the motorway too
    table = table.loc[["way/120"]]
    whole = gpd.GeoSeries([shapely.LineString([(9.999, 50.005), (10.011, 50.005)])], crs=4326)
    gap = whole.to_crs(32632).length.sum() - table.length.sum()
    assert gap == pytest.approx(10, abs=0.1)
    assert made["barriers"].notes == ("Level crossings and fords where it is open: 1.",)


def test_a_lake_keeps_its_island(made):
    lake = made["water"].table
    assert lake.index.tolist() == ["relation/300"]
    assert not lake.geometry.iloc[0].contains(shapely.Point(10.001, 50.007))


def test_candidate_ground_says_why(made):
    assert made["open_ground"].table["tag"].to_dict() == {"way/140": "landuse=brownfield"}
    assert made["public_buildings"].table["tag"].to_dict() == {"way/100": "amenity=school"}


def test_people_of_homes(made):
    people = from_buildings(
        made["buildings"].table, SETTINGS.people, public=made["public_buildings"].table.index
    )
    homes = made["buildings"].table.to_crs(32632)
    area = homes.area
    expected = {"way/130": 12 * area["way/130"], "way/131": 2 * area["way/131"]}
    expected["way/132"] = 2 * area["way/132"]
    assert people.table["floor_m2"].to_dict() == pytest.approx(expected, rel=1e-3)
    ratio = people.table["residents"] / people.table["floor_m2"]
    assert np.allclose(ratio, 1 / 40, rtol=1e-3)
    assert "known for 1 of 3 homes" in people.notes[0]


def test_people_of_streets(village, tmp_path):
    target = tmp_path / "streets.osm.pbf"
    write_streets(village, target, (9, 49, 11, 51), SETTINGS.walk_filter)
    table, _, _ = read_streets(target)
    people = from_streets(table, SETTINGS.people)
    metres = table[table["highway"] == "residential"].to_crs(32632).length.sum()
    assert people.table["residents"].sum() == pytest.approx(metres / 5, rel=1e-3)


def test_only_streets_are_written_each_run_alike(village, tmp_path):
    one, two = tmp_path / "a.osm.pbf", tmp_path / "b.osm.pbf"
    done = write_streets(village, one, (9, 49, 11, 51), SETTINGS.walk_filter)
    write_streets(village, two, (9, 49, 11, 51), SETTINGS.walk_filter)
    assert one.read_bytes() == two.read_bytes()
    assert (done.taken, done.left_out, done.let_in) == (12, 3, 0)
    table, _, notices = read_streets(one)
    assert len(table) == 2 * 6 * 5
    assert not notices


def test_a_changed_rule_changes_the_streets(village, tmp_path):
    text = settings_text(Area(place="V")).replace('"busway", "cycleway", ', '"busway", ')
    rules = parse_settings(
        text.replace('"abandoned", ', '"abandoned", "residential", ')
    ).walk_filter
    target = tmp_path / "a.osm.pbf"
    done = write_streets(village, target, (9, 49, 11, 51), rules)
    assert (done.taken, done.left_out, done.let_in) == (1, 14, 1)
    assert read_streets(target)[0]["highway"].tolist() == ["cycleway"]


def test_streets_beyond_are_left_aside(village, tmp_path):
    bounds = (10.0055, 49.9, 10.0065, 50.1)  # between two columns but one
    done = write_streets(village, tmp_path / "a.osm.pbf", bounds, SETTINGS.walk_filter)
    assert done.taken == 6 + 1


def test_places_by_name_box_and_file(village, tmp_path):
    named = file_area(village, "village, Nowhere")
    assert named.bounds == pytest.approx((9.9996, 49.9996, 10.0104, 50.0104))
    assert square_km(named) == pytest.approx(0.93, abs=0.02)
    path = tmp_path / "outline.geojson"
    gpd.GeoSeries([box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=4326).to_crs(3857).to_file(path)
    assert outline_area(path).bounds == pytest.approx((0, 0, 2, 1))
    extent = file_area(village, "")
    assert extent.bounds == pytest.approx((10, 50, 10.01, 50.01), abs=1e-3)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("Vilage", "no such boundary in it; did you mean 'Village'?; or give --bbox"),
        ("Oak", "no such boundary in it"),
    ],
)
def test_a_place_that_the_file_does_not_have(village, place, said):
    with pytest.raises(InputError, match=said.replace("?", r"\?")):
        file_area(village, place)


@pytest.mark.parametrize(
    ("bbox", "said"),
    [
        ((10, 50, 9, 51), "west is not below east"),
        ((50, 100, 51, 101), "latitudes lie between -90 and 90"),
        ((float("nan"), 0, 1, 1), "that is no number"),
        ((10, 50, 10.0000001, 50.0000001), None),
    ],
)
def test_boxes_that_are_none(bbox, said):
    if said is None:
        assert square_km(bbox_area(bbox)) < 1e-4
        return
    with pytest.raises(InputError, match=said):
        bbox_area(bbox)


def test_outlines_that_are_none(tmp_path):
    for name, shape, said in (
        ("points", shapely.Point(0, 0), r"are no polygons \(Point\)"),
        ("line", shapely.LineString([(0, 0), (1, 1)]), r"are no polygons \(LineString\)"),
    ):
        path = tmp_path / f"{name}.geojson"
        gpd.GeoSeries([shape], crs=4326).to_file(path)
        with pytest.raises(InputError, match=said):
            outline_area(path)
    (tmp_path / "text.geojson").write_text("hello")
    with pytest.raises(InputError, match="cannot be read"):
        outline_area(tmp_path / "text.geojson")
    with pytest.raises(InputError, match="no such file"):
        outline_area(tmp_path / "none.geojson")


def test_a_file_that_is_cut_short(village, tmp_path):
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(village.read_bytes()[:-400])
    with pytest.raises(InputError, match="download it again: it may be cut short"):
        read_elements(cut, SETTINGS, (9, 49, 11, 51))
    target = tmp_path / "streets.osm.pbf"
    with pytest.raises(InputError, match="cut short"):
        write_streets(cut, target, (9, 49, 11, 51), SETTINGS.walk_filter)
    assert sorted(path.name for path in tmp_path.iterdir() if "streets" in path.name) == []
    with pytest.raises(InputError, match="no such file"):
        read_elements(tmp_path / "none.osm.pbf", SETTINGS, (9, 49, 11, 51))


def test_the_ring_holds_the_area(village):
    area = file_area(village, "Village")
    wide = around(area, 500)
    assert wide.contains(area)
    metres = gpd.GeoSeries([wide, area], crs=4326).to_crs(32632)
    assert metres.iloc[1].buffer(500).difference(metres.iloc[0]).area < 1
    assert len(wide.exterior.coords) < 30
