"""What is said after OpenStreetMap was taken anew: which rows, not only how many."""

from __future__ import annotations

import osmium
import pytest

from siteplanner.founding import Asking, found, refresh
from siteplanner.founding.differences import keep
from siteplanner.openstreetmap import Area, Server

QUIET = Asking(Server())


@pytest.fixture
def project(tmp_path, village):
    """Give the root of a project and a function that edits the file it was taken from."""
    root = tmp_path / "v"
    found(root, Area(file=str(village), place="Village"), QUIET)
    text = village.with_suffix(".opl")

    def edit(*changes):
        lines = text.read_text(encoding="utf-8")
        for one, other in changes:
            assert one in lines, one
            lines = lines.replace(one, other)
        text.write_text("\n".join(filter(None, lines.splitlines())) + "\n", encoding="utf-8")
        village.unlink()
        with osmium.SimpleWriter(str(village)) as writer:
            osmium.apply(str(text), writer)

    return root, edit


def test_rows_that_came_went_and_changed(project):
    root, edit = project
    edit(
        ("name=Oak", "name=Old%20%Oak"),
        ("opening_hours=Mo-Fr%20%07:00-17:00", "opening_hours=24/7"),
        ("w513 v1 Thighway=residential,lit=no", "w513 v1 Thighway=residential,lit=yes"),
        ("n230 v1 x10.0042000 y50.0002000 Thighway=bus_stop,name=Market", ""),
        ("n211 v1", "n210 v1 x10.0061000 y50.0002000 Thighway=bus_stop,name=Mill\nn211 v1"),
    )
    said = {line.partition(": ")[0]: line for line in refresh(root, QUIET)}
    assert said["schools"] == (
        "schools: 2 rows, before 2: 1 changed (for example way/100 'Old Oak': name Oak → Old Oak)"
    )
    assert said["nurseries"].endswith(
        "(for example node/203: opening_hours Mo-Fr 07:00-17:00 → 24/7)"
    )
    assert said["transit_stops"] == (
        "transit_stops: 1 row, before 1: 1 added (for example node/210 'Mill'), "
        "1 gone (for example node/230 'Market')"
    )
    assert (
        said["streets"]
        == "streets: 12 rows, before 12: 1 changed (for example way/513: lit no → yes)"
    )
    assert "parks" not in said
    assert refresh(root, QUIET) == ()
    assert not (root / ".cache" / "openstreetmap" / "before").exists()


def test_a_layer_of_which_nothing_is_left_stays_and_is_told(project):
    root, edit = project
    record = root / "layers" / "fetched" / "transit_stops.json"
    edit(("n230 v1 x10.0042000 y50.0002000 Thighway=bus_stop,name=Market", ""))
    for path in record.parent.glob("*.json"):  # it was taken a while ago
        path.write_text(path.read_text().replace('"fetched": "2', '"fetched": "1'))
    year = "1" + record.read_text().partition('"fetched": "1')[2][:3]
    (line,) = [one for one in refresh(root, QUIET) if one.startswith("transit_stops")]
    assert "nothing was taken this time; the layer stays as it was on " + year in line


def test_an_interrupted_refresh_compares_with_what_was_there_before_it(project, tmp_path):
    root, _ = project
    layers = root / "layers"
    first = keep(layers, tmp_path / "before")
    (layers / "fetched" / "schools.gpkg").write_bytes(b"half")
    again = keep(layers, tmp_path / "before")
    assert (again.folder / "schools.gpkg").read_bytes() != b"half"
    assert first.records == again.records
