"""The real OSMnx client against a server on this machine, in good and in bad order."""

from __future__ import annotations

import json
import socket

import osmnx as ox
import pytest
import shapely

from siteplanner import InputError
from siteplanner.openstreetmap import (
    Area,
    Server,
    around,
    ask_place,
    download,
    make_tables,
    merge_answers,
    parse_settings,
    read_elements,
    settings_text,
    size_question,
)

TEXT = settings_text(Area(place="Village, Nowhere"))
SETTINGS = parse_settings(TEXT)
SMALL = SETTINGS.model_copy(update={"themes": {"schools": SETTINGS.themes["schools"]}})
AREA = shapely.box(9.9996, 49.9996, 10.0104, 50.0104)


@pytest.fixture
def naps(monkeypatch):
    """Let nobody wait: OSMnx's and our own pauses are counted, not slept."""
    taken = []
    monkeypatch.setattr("time.sleep", taken.append)
    return taken


@pytest.fixture
def server(osm_server, naps):
    return Server(osm_server.address + "/api", osm_server.address, timeout_s=20)


def fetch(tmp_path, server, settings=SMALL, say=lambda _: None):
    return download(AREA, settings, tmp_path, server, say)


def test_a_place_by_its_name(tmp_path, server, osm_server):
    area = ask_place("Village, Nowhere", tmp_path, server, print)
    assert area.bounds == pytest.approx(AREA.bounds)
    ask_place("Village, Nowhere", tmp_path, server, print)
    assert osm_server.searches == ["Village, Nowhere"]  # the second time it is kept


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("Atlantis", "OpenStreetMap has no such place; write it as on a map, with the country"),
        ("Market", "knows it as a point, without an outline; .* or give --bbox W S E N"),
    ],
)
def test_a_place_without_an_outline(tmp_path, server, place, said):
    with pytest.raises(InputError, match=said):
        ask_place(place, tmp_path, server, print)


def test_what_comes_is_what_the_file_has(tmp_path, village, server):
    """Through the servers or from the file: the same tables."""
    ring = around(AREA, 300)
    answers = download(ring, SETTINGS, tmp_path / "cache", server, print)
    path = tmp_path / "city.osm.pbf"
    parts = sorted({one for part in answers.values() for one in part})
    assert merge_answers(parts, path) == "2026-03-04"
    live, filed = (
        make_tables(read_elements(one, SETTINGS, ring.bounds), SETTINGS, ring)
        for one in (path, village)
    )
    assert list(live) == list(filed)
    for name, one in live.items():
        assert one.notes == filed[name].notes
        assert one.table.drop(columns="geometry").equals(filed[name].table.drop(columns="geometry"))
        assert shapely.equals_exact(
            one.table.geometry.to_numpy(), filed[name].table.geometry.to_numpy(), 1e-7
        ).all()


def test_what_is_here_is_not_asked_for_again(tmp_path, server, osm_server):
    said = []
    fetch(tmp_path, server, say=said.append)
    assert said == ["streets (1 of 2)", "schools (2 of 2)"]
    asked = len(osm_server.queries)
    fetch(tmp_path, server, say=said.append)
    assert len(osm_server.queries) == asked == 2
    assert said[2:] == ["streets: already here (1 of 2)", "schools: already here (2 of 2)"]
    other = SETTINGS.themes["schools"].model_copy(update={"tags": {"amenity": ("kindergarten",)}})
    found = fetch(tmp_path, server, SETTINGS.model_copy(update={"themes": {"schools": other}}))
    assert len(osm_server.queries) == asked + 1
    (path,) = found["schools"]  # and the old answer is not among the new
    assert [one["id"] for one in json.loads(path.read_text())["elements"]] == [203]


@pytest.mark.parametrize("code", [429, 504])
def test_a_busy_server_is_waited_for(tmp_path, server, osm_server, naps, code):
    osm_server.troubles.extend([code, code])
    said = []
    found = fetch(tmp_path, server, say=said.append)
    assert len(found["streets"]) == 1
    assert naps.count(55) == 2
    assert f"is busy ({code}" in said[1]
    assert "waiting 55 s, then trying again" in said[1]


def test_a_server_that_stays_busy_is_left(tmp_path, server, osm_server):
    osm_server.troubles.extend(["", *[429] * 4])
    with pytest.raises(InputError) as caught:
        fetch(tmp_path, server)
    assert "schools: the server is busy (429 Too Many Requests, 4 times in a row); " in str(
        caught.value
    )
    assert "what was fetched is kept: run the same command again later" in str(caught.value)
    asked = len(osm_server.queries)
    fetch(tmp_path, server)  # later
    assert len(osm_server.queries) == asked + 1  # the streets were kept


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("half", "answered something that is no JSON, 4 times"),
        ("no json", "answered something that is no JSON, 4 times"),
        ("cut", "broke off in the middle of its answer, 4 times|cannot be reached"),
        ("remark", r"gave up half-way \(runtime error: Query timed out .*\), 4 times"),
        (500, r"refused \(500 Internal Server Error\), 4 times"),
    ],
)
def test_answers_that_are_none(tmp_path, server, osm_server, trouble, said):
    osm_server.troubles.extend([trouble] * 4)
    with pytest.raises(InputError, match=said):
        fetch(tmp_path, server)
    assert not list(tmp_path.rglob("*.json"))
    osm_server.troubles.append(trouble)  # once is mended by asking again
    assert len(fetch(tmp_path, server)["schools"]) == 1


def test_a_silent_server(tmp_path, osm_server, naps):
    osm_server.troubles.extend(["silent"] * 2)
    patient = Server(osm_server.address + "/api", osm_server.address, timeout_s=1, tries=2)
    with pytest.raises(InputError, match="gave no answer within 1 s, 2 times"):
        fetch(tmp_path, patient)
    assert naps.count(5.0) == 1


def test_no_server_at_all(tmp_path, naps):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(InputError, match=r"cannot be reached \(Connection refused\), 4 times"):
        ask_place("Village", tmp_path, Server(address, address), print)


def test_an_answer_that_was_not_written_to_its_end(tmp_path, server, osm_server):
    (path,) = fetch(tmp_path, server)["schools"]
    path.write_text(path.read_text()[:30])
    (path.parent / "done.json").unlink()
    (again,) = fetch(tmp_path, server)["schools"]
    assert json.loads(again.read_text())["elements"]
    assert len(osm_server.queries) == 3


def test_osmnx_is_left_as_it_was(tmp_path, server, osm_server):
    before = {key: value for key, value in vars(ox.settings).items() if key[0] != "_"}
    resolve = socket.getaddrinfo
    fetch(tmp_path, server)
    osm_server.troubles.extend([429] * 4)
    with pytest.raises(InputError):
        ask_place("Village, Nowhere", tmp_path, server, print)
    assert {key: value for key, value in vars(ox.settings).items() if key[0] != "_"} == before
    assert socket.getaddrinfo is resolve


def test_a_country_is_asked_about_first():
    assert size_question(AREA, 18) == ""
    assert size_question(shapely.box(5.9, 45.8, 10.5, 47.8), 18) == (
        "The area has 77,865 km²: about 560 requests, and up to 152 GB if all of it is built up"
    )
