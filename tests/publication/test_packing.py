"""Which files go along, where they lie in the folder, and that a run finds them there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box

from siteplanner import InputError, Layer, Project
from siteplanner.publication import extracts, packing, staging
from siteplanner.register import Issue, Register, read_register, write_workbook
from siteplanner.sources import read_all

POINTS = "name,lon,lat\na,-74.1,4.6\nb,-74.2,4.7\n"


def layer(name: str, source: str, **more: object) -> Layer:
    return Layer(name=name, title=name, source=source, kind="points", **more)


@pytest.fixture
def project(tmp_path, monkeypatch) -> Project:
    """Make a project whose layers lie beside it, above it, and where a variable says."""
    root = tmp_path / "work" / "town"
    for folder in ("layers", "scenarios", "data"):
        (root / folder).mkdir(parents=True)
    (tmp_path / "shared" / "deep").mkdir(parents=True)
    sources = {
        "near": "near.csv",
        "inside": "../data/inside.csv",
        "above": "../../../shared/above.csv",
        "named": "${CITY_DATA}/deep/named.csv",
        "shape": "shape.shp",
    }
    monkeypatch.setenv("CITY_DATA", str(tmp_path / "shared"))
    for path in (
        root / "layers" / "near.csv",
        root / "data" / "inside.csv",
        tmp_path / "shared" / "above.csv",
        tmp_path / "shared" / "deep" / "named.csv",
    ):
        path.write_text(POINTS)  # fmt: skip
    gpd.GeoDataFrame({"a": [1]}, geometry=[box(0, 0, 1, 1)], crs=4326).to_file(
        root / "layers" / "shape.shp"
    )
    for name, source in sources.items():
        kind = "polygons" if name == "shape" else "points"
        text = f'# by Ana\ntitle = "{name}"\nsource = "{source}"\nkind = "{kind}"\n'
        (root / "layers" / f"{name}.toml").write_text(text)
    return Project(root)


def layers_of(project: Project) -> dict[str, Layer]:
    return {name: project.layer(name) for name in project.layer_names}


def test_every_file_has_a_place_and_a_run_finds_it_there(project, tmp_path, monkeypatch):
    layers = layers_of(project)
    parts = packing.parts_of(layers, project.root)
    places = {one.said: one.place for one in parts}
    assert places["layers/near.csv"] == "layers/near.csv"
    assert places["data/inside.csv"] == "data/inside.csv"
    assert places["../../shared/above.csv"] == "outside/2/shared/above.csv"
    assert places["${CITY_DATA}/deep/named.csv"] == "variables/CITY_DATA/deep/named.csv"
    assert {one.said for one in parts if one.layer == "shape"} == {
        f"layers/shape{end}" for end in (".shp", ".shx", ".dbf", ".prj", ".cpg")
    }
    packing.refuse_to_pack(layers, parts, "internal")
    before = {name: one.sha256 for name, one in read_all(layers, project.root / "layers").items()}
    texts = {f"layers/{name}.toml": b"" for name in layers}
    monkeypatch.setenv("CITY_DATA", str(tmp_path / "shared"))
    with staging.laid_out(texts, parts, name="town") as own:
        assert own.root.name == "town"
        for path in (tmp_path / "shared").rglob("*.csv"):
            path.rename(path.with_suffix(".away"))  # what is read now is what was laid out
        again = read_all(layers, own.root / "layers")
        assert {name: one.sha256 for name, one in again.items()} == before
        assert not any("link" in str(notice) for one in again.values() for notice in one.notices)
        home = own.root
    assert not home.exists()
    import os

    assert os.environ["CITY_DATA"] == str(tmp_path / "shared")


def test_a_manifest_finds_the_files_again_or_says_nobody_knows(project, tmp_path, monkeypatch):
    for part in packing.parts_of(layers_of(project), project.root):
        found = packing.where_it_lies({"path": part.said}, project.root)
        assert found is not None
        assert found.resolve() == part.found.resolve()
    monkeypatch.delenv("CITY_DATA")
    assert packing.where_it_lies({"path": "${CITY_DATA}/a.csv"}, project.root) is None
    assert packing.where_it_lies({"path": "layers/a.csv"}, None) is None


@pytest.mark.parametrize(
    "source", ["/data/a.csv", "data-${YEAR}.csv", "${A}/../../a.csv", f"{'../' * 12}a.csv"]
)
def test_paths_of_this_machine_only_are_refused(source):
    said = packing._said(layer("lots", source), Path("/data/a.csv"))
    part = packing.Part("lots", said, Path("/data/a.csv"))
    with pytest.raises(InputError, match="path of this machine only"):
        packing.refuse_to_pack({"lots": layer("lots", source)}, [part], "internal")


def test_all_missing_files_are_named_at_once(project):
    (project.root / "layers" / "near.csv").unlink()
    (project.root / "data" / "inside.csv").unlink()
    with pytest.raises(InputError) as caught:
        packing.parts_of(layers_of(project), project.root)
    assert {one.where for one in caught.value.problems} == {
        "layers/near.toml", "layers/inside.toml"
    }  # fmt: skip


def test_remarks_and_who_may_log_in_stay_in_the_office(project):
    path = project.root / "layers" / "near.toml"
    path.write_text('# by Ana\ntitle = "near"\nsource = "postgresql://ana@db.example.org/city"\n')
    assert b"# by Ana" in path.read_bytes()
    text = packing._without_remarks(path.read_bytes()).decode()
    assert "Ana" not in text
    assert "ana" not in text
    assert "db.example.org/city" in text


def test_what_was_said_in_confidence_is_held_back():
    votes = layer("votes", "votes.csv", private={"cell_m": 500})
    assert extracts.holds_back(votes) == "private"
    assert extracts.holds_back(Layer(name="r", title="R", source="r.xlsx", kind="register"))


def test_a_packed_register_has_all_but_the_names(tmp_path):
    import pandas as pd

    sites = {"P1": {"status": "rejected", "who": "Benito", "capital_cost": 12.0}}
    log = {"e1": {"site": "P1", "kind": "support", "said": "Yes."}}
    held = Register(sites, {"P1": "Mill", "P2": "Depot"}, log)
    locked = pd.DataFrame({"name": ["Mill", "Depot"]}, index=["P1", "P2"])
    write_workbook(Issue(locked, held), tmp_path / "register.xlsx")
    extracts.pack_register(tmp_path / "register.xlsx", tmp_path / "packed.xlsx", "en")
    found, lines = read_register(tmp_path / "packed.xlsx")
    assert not lines
    assert found.sites == {"P1": {"status": "rejected", "capital_cost": 12.0}}
    assert list(found.log.values()) == list(log.values())
    import zipfile

    with zipfile.ZipFile(tmp_path / "packed.xlsx") as book:
        assert not any(b"Benito" in book.read(name) for name in book.namelist())
    assert json.dumps(found.names, sort_keys=True) == '{"P1": "Mill", "P2": "Depot"}'


@pytest.mark.parametrize(
    "said",
    [
        "../" * 30 + "planted.txt",
        "${CITY}/../../../../planted.txt",
        "${PATH}/lots.csv",
        "${LD_PRELOAD}/lots.csv",
        "${HOME}/lots.csv",
    ],
)
def test_a_project_that_is_laid_out_stays_in_its_folder(tmp_path, said):
    found = tmp_path / "x.csv"
    found.write_text("a\n1\n")
    before = dict(os.environ)
    with (
        pytest.raises(InputError, match="do not trust this folder"),
        staging.laid_out({}, [packing.Part("lots", said, found)], name="town", inside=tmp_path),
    ):
        pass
    assert dict(os.environ) == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["x.csv"]


def test_only_what_the_command_wrote_goes_along(tmp_path):
    found = tmp_path / "robustness"
    found.mkdir()
    ours = ("index.html", "robustness.json", "ranks.csv", "flips.gpkg")
    for name in (*ours, "notes-internal.txt", "flips-edited-1.gpkg", "flips.gpkg-wal"):
        (found / name).write_text(name)
    (found / "linked.csv").symlink_to(found / "ranks.csv")
    staging.copy_found(found, tmp_path / "to")
    assert sorted(one.name for one in (tmp_path / "to").iterdir()) == sorted(ours)
