from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path

import osmium
import osmnx as ox
import pytest

from siteplanner.errors import InputError
from siteplanner.sources.streets import read_streets
from siteplanner.sources.walk_filter import RULES, is_walkable

PLACES = {1: (0.0, 0.0), 2: (0.001, 0.0), 3: (0.002, 0.0), 4: (0.001, 0.001), 5: (0.003, 0.001)}


def osm(
    ways: dict[int, tuple[list[int], dict[str, str]]], places=PLACES, *, ways_first=False
) -> str:
    nodes = [f'<node id="{k}" version="1" lon="{x}" lat="{y}"/>' for k, (x, y) in places.items()]
    lines = [
        f'<way id="{number}" version="1">'
        + "".join(f'<nd ref="{one}"/>' for one in refs)
        + "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        + "</way>"
        for number, (refs, tags) in ways.items()
    ]
    body = [*lines, *nodes] if ways_first else [*nodes, *lines]
    return f'<?xml version="1.0"?><osm version="0.6">{"".join(body)}</osm>'


@pytest.fixture
def read(tmp_path: Path) -> Callable:
    def read(ways, **options):
        path = tmp_path / "town.osm"
        path.write_text(osm(ways, **options))
        return read_streets(path)

    return read


STREET = {"highway": "residential"}


def ends(table):
    return dict(zip(table.index, zip(table["u"], table["v"], strict=True), strict=True))


def test_ways_are_cut_where_they_meet(read):
    table, rules, notices = read({10: ([1, 2, 3], STREET), 20: ([2, 4], {"highway": "steps"})})
    assert ends(table) == {"10-0": (1, 2), "10-1": (2, 3), "20-0": (2, 4)}
    assert table.index.name == "id"
    assert table.crs == "EPSG:4326"
    assert table["steps"].tolist() == [False, False, True]
    assert table["highway"].tolist() == ["residential", "residential", "steps"]
    assert list(table.geometry.iloc[1].coords) == [(0.001, 0), (0.002, 0)]
    assert rules == RULES
    assert notices == ()


def test_a_bend_is_no_junction(read):
    table, _, _ = read({10: ([1, 2, 4, 3], STREET)})
    assert ends(table) == {"10-0": (1, 3)}
    assert len(table.geometry.iloc[0].coords) == 4


def test_a_way_that_meets_itself_is_cut_there(read):
    table, _, _ = read({10: ([1, 2, 3, 4, 2], STREET)})
    assert ends(table) == {"10-0": (1, 2), "10-1": (2, 2)}


def test_a_way_left_out_makes_no_junction(read):
    table, _, notices = read({10: ([1, 2, 3], STREET), 20: ([2, 4], {"highway": "motorway"})})
    assert ends(table) == {"10-0": (1, 3)}
    assert [str(one) for one in notices] == [
        "town.osm: 1 of 2 rows dropped: the walk filter leaves the way out"
    ]


def test_bridges_and_tunnels(read):
    tags = [{"bridge": "yes"}, {"bridge": "no"}, {"tunnel": "building_passage"}, {"tunnel": "no"}]
    table, _, _ = read({number: ([1, 2], STREET | one) for number, one in enumerate(tags, 1)})
    assert table["bridge"].tolist() == [True, False, True, False]


def test_light_and_surface_are_kept_as_written(read):
    tags = [{"lit": "24/7", "surface": "sett, 50%=old"}, {"name": "lit=no, highway=steps"}]
    table, _, _ = read({number: ([1, 2], STREET | one) for number, one in enumerate(tags, 1)})
    assert table["lit"].fillna("?").tolist() == ["24/7", "?"]
    assert table["surface"].fillna("?").tolist() == ["sett, 50%=old", "?"]
    assert table["highway"].tolist() == ["residential", "residential"]


def test_a_key_that_ends_like_one_of_ours_is_another(read):
    tags = {"sidewalk:left:foot": "no", "was:highway": "motorway", "disused:access": "private"}
    table, _, _ = read({10: ([1, 2], tags | STREET)})
    assert len(table) == 1


def test_blocks_of_text_make_no_difference(read, monkeypatch):
    ways = {10: ([1, 2, 3], STREET), 20: ([99], STREET), 30: ([2, 4], STREET), 40: ([], STREET)}
    whole, _, _ = read(ways)
    monkeypatch.setattr("siteplanner.sources.ways.BLOCK_BYTES", 1)
    piecemeal, _, _ = read(ways)
    assert whole.equals(piecemeal)
    assert len(whole) == 3


def test_ways_that_leave_the_extract_are_cut_and_counted(read):
    table, _, notices = read(
        {10: ([1, 2, 99, 3, 5], STREET), 20: ([98, 97], STREET), 30: ([2, 4], STREET)}
    )
    assert ends(table) == {"10-0": (1, 2), "10-1": (3, 5), "30-0": (2, 4)}
    assert [str(one) for one in notices] == [
        "town.osm: 2 of 3 rows mended: some of the way's nodes are not in the file; it was cut "
        "there (for example 10, 20)"
    ]


def test_repeated_and_lonely_nodes(read):
    table, _, _ = read({10: ([1, 1, 2, 2], STREET), 20: ([3], STREET)})
    assert ends(table) == {"10-0": (1, 2)}
    assert len(table.geometry.iloc[0].coords) == 2


def test_nodes_may_follow_ways_in_any_order(read):
    ways = {10: ([1, 2, 3], STREET), 20: ([2, 4], STREET)}
    table, _, notices = read(ways, ways_first=True, places=dict(reversed(PLACES.items())))
    assert len(table) == 3
    assert notices == ()


@pytest.mark.parametrize(
    ("tags", "is_in"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "trunk"}, True),
        ({"highway": "cycleway"}, False),
        ({"highway": "cycleway", "foot": "designated"}, True),
        ({"highway": "motorway_link"}, False),
        ({"highway": "construction", "foot": "yes"}, False),
        ({"highway": "primary", "motorroad": "yes"}, False),
        ({"highway": "service", "service": "private"}, False),
        ({"highway": "service", "access": "private"}, False),
        ({"highway": "service", "access": "no", "foot": "permissive"}, True),
        ({"highway": "service", "access": "destination"}, True),
        ({"highway": "residential", "foot": "no"}, False),
        ({"highway": "pedestrian", "area": "yes"}, False),
        ({"highway": "residential", "sidewalk": "separate"}, True),
        ({"highway": "residential", "oneway": "yes"}, True),
        ({"railway": "rail"}, False),
    ],
)
def test_the_walk_filter(read, tags, is_in):
    table, _, _ = read({10: ([1, 2], STREET), 20: ([2, 3], tags)})
    assert ("20-0" in table.index) == is_in


def test_the_rules_in_words_name_every_value_of_the_rules():
    words = " ".join(RULES)
    for value in ("raceway", "busway", "use_sidepath", "permissive", "agricultural", "motorroad"):
        assert value in words
    assert not is_walkable("raceway", foot="yes")


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress)])
def test_packed_xml(tmp_path, ending, pack):
    path = tmp_path / f"town.osm.{ending}"
    path.write_bytes(pack(osm({10: ([1, 2], STREET)}).encode()))
    assert ends(read_streets(path)[0]) == {"10-0": (1, 2)}


def test_pbf_is_the_same_as_xml(tmp_path, read):
    xml, _, _ = read({10: ([1, 2, 3], STREET), 20: ([2, 4], STREET)})
    with osmium.SimpleWriter(tmp_path / "town.osm.pbf") as writer:
        for one in osmium.FileProcessor(tmp_path / "town.osm"):
            writer.add(one)
    pbf, _, _ = read_streets(tmp_path / "town.osm.pbf")
    assert ends(pbf) == ends(xml)
    assert pbf.geometry.geom_equals_exact(xml.geometry, 1e-9).all()


def test_graphml_from_osmnx(tmp_path):
    (tmp_path / "town.osm").write_text(
        osm(
            {
                10: ([1, 2, 3], STREET | {"bridge": "yes"}),
                20: ([2, 4], {"highway": "steps"}),
                30: ([4, 5], {"highway": "motorway"}),
            }
        )
    )
    graph = ox.graph_from_xml(tmp_path / "town.osm", simplify=False, retain_all=True)
    ox.save_graphml(graph, tmp_path / "town.graphml")
    table, rules, notices = read_streets(tmp_path / "town.graphml")
    found = {frozenset(one) for one in zip(table["u"], table["v"], strict=True)}
    assert found == {frozenset({1, 2}), frozenset({2, 3}), frozenset({2, 4})}
    assert len(table) == 3
    steps = table.set_index("highway")["steps"]
    assert steps["steps"]
    assert table.set_index("highway")["bridge"]["residential"].all()
    assert rules == RULES
    assert [one.count for one in notices] == [1]


def test_merged_values_of_simplified_graphml(tmp_path):
    import networkx as nx

    graph = nx.MultiDiGraph(crs="EPSG:4326", simplified=True)
    for name, (x, y) in PLACES.items():
        graph.add_node(name, x=x, y=y)
    graph.add_edge(1, 2, 0, osmid=1, length=9.0, highway=["residential", "steps"], foot="yes")
    ox.save_graphml(graph, tmp_path / "town.graphml")
    table, _, _ = read_streets(tmp_path / "town.graphml")
    assert table["highway"].tolist() == ["residential"]
    assert table.index.tolist() == ["1-2-0"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.osm.pbf", b"", r"a.osm.pbf: the file is empty \(0 bytes\); download it again"),
        ("a.osm", b"hello", "a.osm: cannot be read as OpenStreetMap data"),
        ("a.osm.pbf", b"hello there, no pbf", "cannot be read as OpenStreetMap data"),
        ("a.osm", osm({10: ([1, 2], {"highway": "motorway"})}).encode(), "it has no street that"),
        ("a.osm", osm({}).encode(), "it has no street that people may walk on"),
        ("a.graphml", b"<html>", "cannot be read as GraphML with coordinates"),
        ("a.txt", b"hello", "not a network format we know; give one of .pbf, .osm"),
        ("a.osm.gz", b"hello", "cannot be read as OpenStreetMap data"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        read_streets(tmp_path / name)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(InputError, match=r"gone\.osm: no such file"):
        read_streets(tmp_path / "gone.osm")


@pytest.mark.data
def test_a_file_cut_short_is_said(tmp_path, real_data):
    whole = (real_data / "helsinki" / "Helsinki.osm.pbf").read_bytes()
    (tmp_path / "cut.osm.pbf").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="it may be cut short"):
        read_streets(tmp_path / "cut.osm.pbf")


@pytest.mark.data
def test_porto_is_as_long_as_another_reader_found(real_data):
    table, _, _ = read_streets(real_data / "porto" / "porto.osm.pbf")
    # 93,388 edges and 9,721 km by a plain pyosmium loop with nearly these rules
    assert len(table) == pytest.approx(93_388, rel=0.003)
    assert table.to_crs("EPSG:32629").length.sum() / 1000 == pytest.approx(9721, rel=0.002)
    assert table.index.is_unique
    at_ends = table.geometry.map(lambda line: (line.coords[0], line.coords[-1]))
    where: dict[int, tuple[float, float]] = {}
    for u, v, (first, last) in zip(table["u"], table["v"], at_ends, strict=True):
        assert where.setdefault(u, first) == first
        assert where.setdefault(v, last) == last
