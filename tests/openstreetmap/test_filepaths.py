"""Where the file of a project lies is written so that the project can be moved."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from siteplanner import InputError, Project
from siteplanner.diagnosis import diagnose
from siteplanner.diagnosis.origins import of_openstreetmap
from siteplanner.founding import Asking, found, refresh
from siteplanner.founding.beginning import said_area
from siteplanner.openstreetmap import FILE, Area, Server, found_path, said_path, settings_text

QUIET = Asking(Server())


@pytest.fixture
def moved(tmp_path, village):
    """Give a project made beside its file, in a folder that was moved as a whole."""
    plans = tmp_path / "ana" / "plans"
    plans.mkdir(parents=True)
    shutil.copy(village, plans / "city.osm.pbf")
    found(plans / "city", Area(file=str(plans / "city.osm.pbf")), QUIET)
    plans.rename(tmp_path / "elsewhere")
    return tmp_path / "elsewhere" / "city"


def test_a_project_and_the_file_beside_it_can_be_moved(moved, tmp_path):
    """It is taken anew, runs, and no file of it knows where it was made."""
    assert tomllib.loads((moved / FILE).read_text())["area"]["file"] == "../city.osm.pbf"
    assert refresh(moved, QUIET) == ()
    Project(moved).run("micro_parks").save()
    for path in moved.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert str(tmp_path).encode() not in content, path
            assert b"ana/plans" not in content, path
    said = [one for one in diagnose(moved).findings if one.where == FILE]
    assert not said


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/p/city/in/a.pbf", "in/a.pbf"),
        ("/p/a.pbf", "../a.pbf"),
        ("/p/data/a.pbf", "../data/a.pbf"),
        ("/data/x/a.pbf", "${SITEPLANNER_DATA}/x/a.pbf"),
        ("/elsewhere/a.pbf", "/elsewhere/a.pbf"),
        ("/p/city/../../elsewhere/a.pbf", "/elsewhere/a.pbf"),
        ("${OTHER}/a.pbf", "${OTHER}/a.pbf"),
        ("", ""),
    ],
)
def test_how_a_path_is_said(monkeypatch, path, said):
    monkeypatch.setenv("SITEPLANNER_DATA", "/data")
    monkeypatch.setenv("OTHER", "/other")
    root = Path("/p/city")
    assert said_path(path, root) == said
    if path:
        found_ = found_path(said, root)
        assert (
            found_
            == Path(path.replace("${OTHER}", "/other").replace("city/../../", "../")).resolve()
        )


def test_a_path_as_it_is_typed(tmp_path, monkeypatch):
    """From the folder people are in, however they write it."""
    monkeypatch.chdir(tmp_path)
    assert said_path("a.pbf", Path("city")) == "../a.pbf"
    assert said_path("city/a.pbf", Path("city")) == "a.pbf"
    assert said_path("./x/../a.pbf", Path("./city")) == "../a.pbf"


def test_a_variable_that_is_not_set(tmp_path, monkeypatch):
    monkeypatch.delenv("OSM_FILES", raising=False)
    with pytest.raises(InputError, match=r"variable OSM_FILES is not set; set it to the folder"):
        found(tmp_path / "v", Area(file="${OSM_FILES}/a.osm.pbf"), QUIET)
    assert not (tmp_path / "v").exists()


def test_a_file_far_from_the_project_is_told_by_doctor(tmp_path, village, monkeypatch):
    """It works here and nowhere else; with a variable it works wherever that is set."""
    far = tmp_path / "far" / "v"
    far.mkdir(parents=True)
    file = far / FILE
    file.write_text(settings_text(said_area(Area(file=str(village)), far)))
    (line,) = of_openstreetmap(far)
    assert "lies on this machine alone" in line.what
    assert 'file = "${NAME}/village.osm.pbf"' in line.todo
    monkeypatch.setenv("OSM_FILES", village.parent.as_posix())
    file.write_text(file.read_text().replace(village.parent.as_posix(), "${OSM_FILES}"))
    assert not list(of_openstreetmap(far))
    village.unlink()
    (line,) = of_openstreetmap(far)
    assert "is not there: ${OSM_FILES}/village.osm.pbf" in line.what
    monkeypatch.delenv("OSM_FILES")
    (line,) = of_openstreetmap(far)
    assert "OSM_FILES is not set" in line.what
    file.write_text("ring_m = ")
    (line,) = of_openstreetmap(far)
    assert "not TOML" in line.what
