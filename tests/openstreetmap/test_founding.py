"""Whole projects from OpenStreetMap: made, gone on with, taken anew, run."""

from __future__ import annotations

import re
import socket
import tomllib

import geopandas as gpd
import pytest
import shapely

from siteplanner import InputError, Project
from siteplanner.cli import commands
from siteplanner.fetched import file_sha256, read_record
from siteplanner.founding import Asking, found, refresh
from siteplanner.founding.filling import PROGRAMMES, TEMPLATES, fill
from siteplanner.openstreetmap import Area, Server

VILLAGE = Area(place="Village, Nowhere")


@pytest.fixture
def asking(osm_server, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    return Asking(Server(osm_server.address + "/api", osm_server.address, timeout_s=20))


def offline(monkeypatch):
    def refuse(*_):
        raise AssertionError("a run went online")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_from_a_place_to_a_map(tmp_path, asking, monkeypatch):
    project = found(tmp_path / "village", VILLAGE, asking)
    assert project.scenario_names == PROGRAMMES
    assert {"boundary", "streets", "people", "schools", "park_gates", "barriers"} <= set(
        project.layer_names
    )
    offline(monkeypatch)
    project.check()
    for name in PROGRAMMES:
        folder = project.run(name).save()
        page = (folder / "index.html").read_text(encoding="utf-8")
        assert "floors, in place of residents" in page.replace("\\u00d7", "×")
        assert "OpenStreetMap contributors" in page
        assert "2026-03-04" not in (folder / "plan.json").read_text()
    plan = project.run("micro_parks")
    assert plan.sites.table.index.tolist() == ["way/140"]
    assert "no land register" in page


def test_every_layer_says_where_it_is_from(tmp_path, asking):
    project = found(tmp_path / "village", VILLAGE, asking)
    hashes = set()
    for name in project.layer_names:
        layer = project.layer(name)
        assert (layer.licence, layer.year) == ("ODbL-1.0", 2026)
        assert layer.attribution == "© OpenStreetMap contributors"
        record = read_record(project.root / "layers", name)
        copy = project.root / "layers" / "fetched" / record.copy
        assert layer.source == f"fetched/{record.copy}"
        assert file_sha256(copy) == record.sha256
        assert record.data_date == "2026-03-04"
        assert record.rows
        assert record.query
        hashes.add(record.area_sha256)
    assert len(hashes) == 1
    assert '"school"' in read_record(project.root / "layers", "schools").query
    assert project.layer("people").proxy
    assert project.layer("parks").entrances == "park_gates"
    assert project.layer("nurseries").hours == "opening_hours"


def test_the_same_file_gives_the_same_project(tmp_path, village):
    area = Area(file=str(village), place="Village")
    one, two = (found(tmp_path / name, area) for name in "ab")
    for path in sorted((one.root).rglob("*")):
        if path.is_file() and path.suffix != ".json":  # records hold the day
            other = two.root / path.relative_to(one.root)
            assert path.read_bytes() == other.read_bytes(), path


def test_without_any_network(tmp_path, village, monkeypatch):
    offline(monkeypatch)
    project = found(tmp_path / "v", Area(file=str(village), bbox=(10.0, 50.0, 10.008, 50.008)))
    plan = project.run("care_blocks")
    assert plan.sites.table["label"].tolist() == ["Oak"]


@pytest.mark.parametrize("stopper", [KeyboardInterrupt, InputError])
def test_stopped_and_gone_on_with(tmp_path, asking, osm_server, stopper):
    """Ctrl-C, or a server that stays busy: the same call goes on, and asks for nothing twice."""
    folder, said = tmp_path / "village", []

    def say(sentence):
        said.append(sentence)
        if stopper is KeyboardInterrupt and sentence.startswith("parks"):
            raise KeyboardInterrupt

    if stopper is InputError:
        osm_server.troubles.extend(["", *[""] * 7, *[504] * 4])
    with pytest.raises(stopper):
        found(folder, VILLAGE, Asking(asking.server, say=say))
    asked, searched = len(osm_server.queries), len(osm_server.searches)
    assert asked >= 6
    toml = folder / "openstreetmap.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace('title = "Playgrounds"', 'title = "Swings"'), encoding="utf-8")
    wanted = len(tomllib.loads(text)["themes"]) + 1
    project = found(folder, VILLAGE, asking)
    assert len(osm_server.searches) == searched == 1
    again = 4 if stopper is InputError else 0  # busy answers were no answers
    assert len(osm_server.queries) == wanted + again
    assert "Swings" in toml.read_text(encoding="utf-8")  # what was changed meanwhile is kept
    project.check()
    with pytest.raises(InputError, match="already holds something"):
        found(folder, VILLAGE, asking)


def test_stopped_and_begun_for_elsewhere(tmp_path, asking, osm_server):
    osm_server.troubles.extend(["", "", *[429] * 4])
    with pytest.raises(InputError, match="busy"):
        found(tmp_path / "v", VILLAGE, asking)
    with pytest.raises(InputError, match="was begun for Village, Nowhere; name a new folder"):
        found(tmp_path / "v", Area(place="Market"), asking)


@pytest.mark.parametrize(
    ("area", "said"),
    [
        (Area(place="Atlantis"), "no such place"),
        (Area(place="Market"), "a point"),
        (Area(bbox=(5.9, 45.8, 10.5, 47.8)), "or add --yes"),
        (Area(bbox=(10, 50, 9, 51)), "west is not below east"),
        (Area(file="none.osm.pbf"), "no such file"),
        (Area(bbox=(20, 20, 20.01, 20.01)), "no street that people may walk on"),
    ],
)
def test_a_wrong_area_leaves_the_folder_free(tmp_path, asking, area, said):
    """Nothing is left behind that would be in the way of the next try."""
    folder = tmp_path / "v"
    with pytest.raises(InputError, match=said):
        found(folder, area, asking)
    if area.bbox != (20, 20, 20.01, 20.01):  # an empty answer is an answer, and kept
        assert not folder.exists()


def test_a_country_may_be_agreed_to(tmp_path, asking, osm_server):
    asked = []
    agreed = Asking(asking.server, agree=lambda text: bool(asked.append(text)) or True)
    project = found(tmp_path / "v", Area(bbox=(9.7, 49.7, 10.3, 50.3)), agreed)
    assert "km²: about" in asked[0]
    assert "boundary" in project.layer_names


def test_a_cut_file_leaves_the_folder_free(tmp_path, village):
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(village.read_bytes()[:-400])
    with pytest.raises(InputError, match="cut short"):
        found(tmp_path / "v", Area(file=str(cut), bbox=(10, 50, 10.01, 50.01)))
    assert not (tmp_path / "v").exists()


def test_taken_anew(tmp_path, asking, osm_server):
    project = found(tmp_path / "v", VILLAGE, asking)
    scenario = project.root / "scenarios" / "micro_parks.toml"
    scenario.write_text(scenario.read_text().replace("the next six", "ours"), encoding="utf-8")
    layer = project.root / "layers" / "schools.toml"
    layer.write_text(layer.read_text().replace('"Schools"', '"Our schools"'), encoding="utf-8")
    assert refresh(project.root, asking) == ()  # nothing has changed
    del osm_server.city.nodes[202]
    osm_server.city.nodes[9001] = {
        "type": "node", "id": 9001, "lat": 50.001, "lon": 10.001, "tags": {"amenity": "library"}
    }  # fmt: skip
    assert refresh(project.root, asking) == (
        "libraries: 1 row (new)",
        "schools: 1 row, before 2: 1 gone (for example node/202 'Förskolan Älgen')",
    )
    assert "ours" in scenario.read_text()
    assert project.layer("schools").title == "Our schools"
    project.check()


def test_what_nobody_has_changed_is_written_anew(tmp_path, village):
    project = found(tmp_path / "v", Area(file=str(village)))
    rules = project.root / "openstreetmap.toml"
    rules.write_text(
        re.sub(r"floors_if_unknown = \d+", "floors_if_unknown = 7", rules.read_text("utf-8")),
        encoding="utf-8",
    )
    people = project.root / "layers" / "people.toml"
    before = people.read_text("utf-8")
    refresh(project.root)
    after = people.read_text("utf-8")
    assert "count as 7" in after
    assert "count as 7" not in before
    people.write_text(after.replace("count as 7", "count as seven"), encoding="utf-8")
    refresh(project.root)
    assert "count as seven" in people.read_text("utf-8")


def test_a_refresh_that_fails_changes_nothing(tmp_path, asking, osm_server):
    project = found(tmp_path / "v", VILLAGE, asking)
    layers = project.root / "layers"
    before = {path: path.read_bytes() for path in layers.rglob("*") if path.is_file()}
    osm_server.troubles.extend([*[""] * 5, *[429] * 4])
    with pytest.raises(InputError, match="busy"):
        refresh(project.root, asking)
    assert {path: path.read_bytes() for path in layers.rglob("*") if path.is_file()} == before
    asked = len(osm_server.queries)
    refresh(project.root, asking)  # goes on where it stopped
    assert len(osm_server.queries) - asked < 18


def test_a_theme_of_ones_own(tmp_path, village):
    folder = tmp_path / "v"
    project = found(folder, Area(file=str(village), place="Village"))
    text = (folder / "openstreetmap.toml").read_text(encoding="utf-8")
    own = '[themes.brooks]\ntitle = "Brooks"\nkind = "lines"\ntags = { waterway = ["stream"] }\n'
    (folder / "openstreetmap.toml").write_text(text + "\n" + own, encoding="utf-8")
    assert refresh(folder) == ("brooks: 1 row (new)",)
    assert project.layer("brooks").title == "Brooks"


def test_roads_alone_make_a_project(tmp_path, village):
    """No buildings, parks or lots: streets tell where people may live, a grid is the sites."""
    import osmium

    bare = tmp_path / "bare.osm.pbf"
    with osmium.BackReferenceWriter(str(bare), ref_src=str(village)) as writer:
        for way in osmium.FileProcessor(str(village), osmium.osm.WAY):
            if way.tags.get("highway") == "residential":
                writer.add_way(way)
    project = found(tmp_path / "v", Area(file=str(bare)))
    assert project.layer_names == ("boundary", "people", "streets")
    assert "streets" in project.layer("people").proxy
    for name in PROGRAMMES:
        scenario = project.scenario(name)
        assert scenario.sites.grid_m == 200
        assert any("OpenStreetMap has no" in note for note in scenario.notes)
        assert len(project.run(name).choice.table)


@pytest.mark.parametrize("name", PROGRAMMES)
def test_a_template_fits_whatever_is_there(name):
    """Every layer alone, and all of them, gives a scenario that can be read as TOML."""
    text = (TEMPLATES / f"{name}.toml").read_text(encoding="utf-8")
    conditions = re.findall("#if (.*)", text)
    names = {word for line in conditions for word in re.split(" or | and |not ", line)} - {""}
    values = dict.fromkeys(re.findall("@([a-z0-9_]+)@", text), 7)
    for there in (set(), names, *({one} for one in names)):
        filled = fill(text, there, values)
        found = tomllib.loads(filled)
        assert "#if" not in filled
        assert "@" not in filled
        layers = re.findall('layer = "(.*?)"', filled)
        assert set(layers) - {"cells", "core"} <= there | {"public_buildings"}
        assert ("grid_m" in found["sites"]) != ("layer" in found["sites"])


def test_the_command_line(tmp_path, village, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    arguments = ["init", "v", "--osm", str(village), "--place", "Village"]
    commands.main(arguments, standalone_mode=False)
    told = capsys.readouterr()
    assert "Next: cd v && siteplanner run micro_parks" in told.out
    assert "streets" in told.err.split()
    for wrong, said in (
        (["init", "w", "--place", "a", "--bbox", "1", "2", "3", "4"], "--place and --bbox: each"),
        (["init", "w", "--empty", "--osm", "x.pbf"], "it goes with no other option"),
        (["init", "v", "--osm", str(village)], "already holds something"),
    ):
        with pytest.raises(InputError, match=said):
            commands.main(wrong, standalone_mode=False)


def test_the_command_that_takes_anew(tmp_path, asking, osm_server, monkeypatch, capsys):
    project = found(tmp_path / "v", VILLAGE, asking)
    monkeypatch.setenv("SITEPLANNER_OVERPASS", osm_server.address + "/api")
    monkeypatch.setenv("SITEPLANNER_NOMINATIM", osm_server.address)
    del osm_server.city.nodes[202]
    monkeypatch.chdir(project.root)
    commands.main(["fetch"], standalone_mode=False)  # alone it asks for nothing
    asked = len(osm_server.queries)
    assert asked == 18
    commands.main(["fetch", "--refresh"], standalone_mode=False)
    assert len(osm_server.queries) == 2 * asked
    assert "OpenStreetMap: changed\n  schools: 1 row, before 2: 1 gone" in capsys.readouterr().out


def test_a_country_is_not_fetched_unasked(tmp_path, monkeypatch, asking, osm_server):
    """Without a terminal nobody can answer: a sentence, and nothing is asked of the server."""
    monkeypatch.setenv("SITEPLANNER_OVERPASS", osm_server.address + "/api")
    monkeypatch.setenv("SITEPLANNER_NOMINATIM", osm_server.address)
    box = ["--bbox", "5.9", "45.8", "10.5", "47.8"]
    with pytest.raises(InputError, match=r"up to 1.. GB"):
        commands.main(["init", str(tmp_path / "v"), *box], standalone_mode=False)
    assert not osm_server.queries


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "layers", "sites"),
    [("helsinki/Helsinki.osm.pbf", 18, "open_ground"), ("sao_paulo/spo_osm.pbf", 6, "")],
)
def test_real_cities(tmp_path, real_data, file, layers, sites):
    project = found(tmp_path / "city", Area(file=str(real_data / file)))
    assert len(project.layer_names) == layers
    project.check()
    plan = project.run("micro_parks")
    assert (project.scenario("micro_parks").sites.layer == (sites,)) == bool(sites)
    assert len(plan.choice.table)
    assert (plan.save() / "index.html").stat().st_size > 100_000
    edge = gpd.read_file(project.root / "layers" / "fetched" / "boundary.gpkg")
    people = gpd.read_file(project.root / "layers" / "fetched" / "people.gpkg")
    assert (people["residents"] >= 0).all()
    assert shapely.intersects(edge.geometry.iloc[0], people.geometry.to_numpy()).any()
    assert isinstance(project, Project)


@pytest.mark.data
def test_a_real_city_by_its_name(tmp_path, real_data, servers, monkeypatch):
    """What the servers say of a quarter of Helsinki is what its file says, busy or not."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    file = real_data / "helsinki" / "Helsinki.osm.pbf"
    box = shapely.box(24.94, 60.165, 24.955, 60.175)
    edge = tmp_path / "edge.geojson"
    gpd.GeoSeries([box], crs="EPSG:4326").to_file(edge)
    said = {
        "place_id": 1, "osm_type": "relation", "osm_id": 1, "lat": "60", "lon": "25",
        "importance": 0.5, "boundingbox": ["60", "61", "24", "25"], "display_name": "Kluuvi",
        "geojson": shapely.geometry.mapping(box),
    }  # fmt: skip
    with servers.serving(servers.City(file, {"Kluuvi, Helsinki": [said]})) as server:
        server.troubles.extend([429, "", 504])
        asking = Asking(Server(server.address + "/api", server.address, timeout_s=60))
        named = found(tmp_path / "named", Area(place="Kluuvi, Helsinki"), asking)
    assert not server.troubles
    filed = found(tmp_path / "filed", Area(file=str(file), outline=str(edge)))
    assert named.layer_names == filed.layer_names
    assert len(named.layer_names) >= 12
    for name in ("schools", "parks", "stops", "buildings"):
        if name in named.layer_names:
            tables = [
                gpd.read_file(one.root / "layers" / "fetched" / f"{name}.gpkg")
                for one in (named, filed)
            ]
            assert len(tables[0]) == len(tables[1]) > 0, name
    offline(monkeypatch)
    named.check()
    assert (named.run("micro_parks").save() / "index.html").stat().st_size > 100_000
