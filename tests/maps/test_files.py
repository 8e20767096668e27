"""GeoPackage, CSV, and the publishing of a folder."""

from __future__ import annotations

import csv
import errno
import shutil
import sqlite3
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import Point, box

from siteplanner.errors import OutputError
from siteplanner.maps import publish, ranking_table, write_csv, write_gpkg, writers
from siteplanner.maps.geopackage import CURRENT_DATE


def text_of(text):
    return lambda path: path.write_text(text, encoding="utf-8") and None


def test_geopackage_has_the_same_bytes_every_time(answer, tmp_path):
    tables = {"cells": answer.cells, "sites": answer.sites, "excluded": answer.excluded}
    for name in ("one.gpkg", "two.gpkg"):
        (tmp_path / name[:3]).mkdir()
        write_gpkg(tables, tmp_path / name[:3] / "same.gpkg")
    one, two = (tmp_path / name / "same.gpkg" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    with sqlite3.connect(one) as file:
        dates = file.execute("select table_name, last_change from gpkg_contents").fetchall()
    assert dates == [(name, CURRENT_DATE) for name in tables]
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None


def test_geopackage_replaces_what_was_there_and_keeps_unknown_unknown(answer, tmp_path):
    path = tmp_path / "cells.gpkg"
    path.write_bytes(b"not a geopackage")
    write_gpkg({"cells": answer.cells}, path)
    read = gpd.read_file(path, layer="cells").set_index("cell")
    assert read.index.tolist() == answer.cells.index.tolist()
    assert np.isnan(read.loc["05-05", "need"])
    assert read.crs == answer.crs
    assert [one.name for one in tmp_path.iterdir()] == ["cells.gpkg"]


def test_geopackage_keeps_names_that_sqlite_takes_for_one(tmp_path):
    table = gpd.GeoDataFrame(
        {"Name": ["a"], "name": ["b"], "fid": [7]},
        index=pd.Index(["x"], name="name"),
        geometry=[box(0, 0, 1, 1)],
        crs="EPSG:32618",
    )
    write_gpkg({"t": table}, tmp_path / "t.gpkg")
    read = gpd.read_file(tmp_path / "t.gpkg").drop(columns="geometry")
    assert read.to_dict("records") == [{"name": "x", "Name_2": "a", "name_3": "b", "fid_2": 7}]


def test_all_files_of_an_answer_are_the_same_twice(answer, tmp_path):
    for name in ("one", "two"):
        publish(writers(answer), tmp_path / name / "care_blocks")
    for name in ("index.html", "sites.gpkg", "cells.gpkg", "ranking.csv"):
        one, two = (tmp_path / folder / "care_blocks" / name for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes(), name


def test_files_of_a_map_of_need_alone(need_answer, tmp_path):
    publish(writers(need_answer), tmp_path / "need")
    names = pyogrio.list_layers(tmp_path / "need" / "sites.gpkg")[:, 0].tolist()
    assert names == ["sites", "existing", "excluded"]
    assert gpd.read_file(tmp_path / "need" / "sites.gpkg", layer="sites").empty


def test_ranking_is_in_order_and_complete(answer):
    table = ranking_table(answer)
    assert table["rank"].is_monotonic_increasing
    row = table.set_index("site").loc["b0"]
    assert row["reach_contribution"] + row["station_contribution"] == pytest.approx(row["index"])
    assert {"land_value", "station_score", "why_not", "confidence"} <= set(table)
    assert len(table) == len(answer.sites)


def test_csv_guards_text_and_leaves_numbers_alone(hostile_answer, tmp_path):
    write_csv(ranking_table(hostile_answer), tmp_path / "ranking.csv")
    with (tmp_path / "ranking.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    labels = {row["label"] for row in rows}
    assert "'=cmd()" in labels
    assert not [one for row in rows for one in row.values() if one.startswith(("=", "+", "@"))]
    table = pd.DataFrame({"x": [-51.2, np.nan], "@head": ["-1", None]})
    write_csv(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text("utf-8-sig") == '"x","\'@head"\n-51.2,"\'-1"\n,\n'


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("x;=cmd|'/c calc'!A0", "\"x;'=cmd|'/c calc'!A0\""),
        ('a; "=1+1"', '"a; ""\'=1+1"""'),
        ("a\n+1", '"a\n\'+1"'),
        ("reached by P1; it would add 4", '"reached by P1; it would add 4"'),
    ],
)
def test_csv_guards_what_starts_a_cell_where_semicolons_do(tmp_path, text, cell):
    write_csv(pd.DataFrame({"label": [text]}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text("utf-8-sig") == f'"label"\n{cell}\n'


def test_csv_keeps_whole_numbers_and_unknown_ones(tmp_path):
    table = pd.DataFrame({"rank": pd.array([1, None], dtype="Int64"), "value": [1 / 3, np.inf]})
    write_csv(table, tmp_path / "t.csv")
    text = (tmp_path / "t.csv").read_text("utf-8-sig")
    assert text == '"rank","value"\n1,0.333333333333\n,\n'


def test_none_in_reach_is_a_score_of_0_and_no_value(far_answer, tmp_path):
    publish(writers(far_answer), tmp_path / "out")
    row = pd.read_csv(tmp_path / "out" / "ranking.csv").set_index("site").loc["b3"]
    assert np.isnan(row["station_value"])
    assert row["station_score"] == 0
    sites = gpd.read_file(tmp_path / "out" / "sites.gpkg", layer="sites").set_index("site")
    assert np.isnan(sites.loc["b3", "value_station"])
    assert not np.isinf(sites.select_dtypes("number")).any(axis=None)
    assert "inf" not in (tmp_path / "out" / "ranking.csv").read_text("utf-8-sig").split(",")


@pytest.mark.parametrize(
    ("error", "free", "number"),
    [
        (pyogrio.errors.DataSourceError, 0, errno.ENOSPC),
        (pyogrio.errors.FeatureError, 0, errno.ENOSPC),
        (pyogrio.errors.DataSourceError, 2**40, errno.EIO),
    ],
)
def test_a_disk_that_takes_no_more_is_said(answer, tmp_path, monkeypatch, error, free, number):
    def fails(*_, **__):
        raise error("failed to execute insert : disk I/O error")

    monkeypatch.setattr(pyogrio, "write_dataframe", fails)
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(OSError, match=r"No space|disk I/O") as caught:
        write_gpkg({"cells": answer.cells}, tmp_path / "cells.gpkg")
    assert caught.value.errno == number
    with pytest.raises(OutputError, match="what was there before is untouched"):
        publish(writers(answer), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_defect_in_a_table_is_no_disk_error(answer, tmp_path, monkeypatch):
    def fails(*_, **__):
        raise pyogrio.errors.GeometryError("no such geometry type")

    monkeypatch.setattr(pyogrio, "write_dataframe", fails)
    with pytest.raises(pyogrio.errors.GeometryError):
        write_gpkg({"cells": answer.cells}, tmp_path / "cells.gpkg")


@pytest.mark.parametrize("sign", [None, '{"plan": "of somebody else"}'])
def test_files_of_somebody_else_are_not_written_over(tmp_path, sign):
    (tmp_path / "index.html").write_text("my page", encoding="utf-8")
    files = {"index.html": text_of("new"), "plan.json": text_of('{"siteplanner": "1"}')}
    if sign:
        (tmp_path / "plan.json").write_text(sign, encoding="utf-8")
    with pytest.raises(OutputError, match=r"'index.html', .* name another folder"):
        publish(files, tmp_path)
    assert (tmp_path / "index.html").read_text("utf-8") == "my page"
    assert {one.name for one in tmp_path.iterdir()} <= {"index.html", "plan.json"}


def test_an_older_answer_gives_way(tmp_path):
    ours = text_of('{"siteplanner": "1"}')
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    for text in ("old", "new"):
        publish({"index.html": text_of(text), "plan.json": ours}, tmp_path)
    assert (tmp_path / "index.html").read_text("utf-8") == "new"


def test_a_file_without_a_writer_goes_with_the_old_answer(tmp_path, monkeypatch):
    folder = tmp_path / "parks"
    publish({"a.txt": text_of("old"), "cells.gpkg": text_of("old")}, folder)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("no")))
        with pytest.raises(OutputError):
            publish({"cells.gpkg": None, "a.txt": text_of("new")}, folder)
    publish({"a.txt": text_of("new"), "cells.gpkg": None, "never.txt": None}, folder)
    assert [one.name for one in folder.iterdir()] == ["a.txt"]


def test_publish_keeps_other_files_and_leaves_no_litter(tmp_path):
    folder = tmp_path / "maps" / "parks"
    publish({"a.txt": text_of("old"), "b.txt": text_of("old")}, folder)
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    publish({"a.txt": text_of("new"), "b.txt": text_of("new")}, folder)
    assert {one.name: one.read_text("utf-8") for one in folder.iterdir()} == {
        "a.txt": "new",
        "b.txt": "new",
        "mine.txt": "mine",
    }
    assert [one.name for one in folder.parent.iterdir()] == ["parks"]


@pytest.mark.parametrize(
    ("error", "caught", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), OutputError, "free some space"),
        (
            PermissionError(errno.EACCES, "Permission denied"),
            OutputError,
            "make the folder writable",
        ),
        (KeyboardInterrupt("stop"), KeyboardInterrupt, "stop"),
        (RuntimeError("a defect"), RuntimeError, "a defect"),
    ],
)
def test_a_failing_writer_leaves_the_old_answer_whole(tmp_path, error, caught, words):
    folder = tmp_path / "maps" / "parks"
    publish({"a.txt": text_of("old"), "b.txt": text_of("old")}, folder)

    def fails(path: Path) -> None:
        path.write_text("half", encoding="utf-8")
        raise error

    with pytest.raises(caught, match=words):
        publish({"a.txt": text_of("new"), "b.txt": fails}, folder)
    assert {one.name: one.read_text("utf-8") for one in folder.iterdir()} == {
        "a.txt": "old",
        "b.txt": "old",
    }
    assert [one.name for one in folder.parent.iterdir()] == ["parks"]


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_a_failing_move_puts_the_old_files_back(tmp_path, monkeypatch, fails_at):
    folder = tmp_path / "parks"
    publish({"a.txt": text_of("old"), "c.txt": text_of("old")}, folder)
    moves, real = [], Path.replace

    def replace(source, target):
        moves.append(target)
        if len(moves) == fails_at:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(source, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(OutputError, match=r"parks: could not be written \(Permission denied\)"):
        publish({name: text_of("new") for name in ("a.txt", "b.txt", "c.txt")}, folder)
    assert {one.name: one.read_text("utf-8") for one in folder.iterdir()} == {
        "a.txt": "old",
        "c.txt": "old",
    }
    assert [one.name for one in tmp_path.iterdir()] == ["parks"]


def test_a_first_run_that_fails_leaves_nothing(tmp_path):
    def fails(path: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with pytest.raises(OutputError):
        publish({"a.txt": fails}, tmp_path / "maps" / "parks")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_said(tmp_path):
    (tmp_path / "maps").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match="Not a directory"):
        publish({"a.txt": text_of("new")}, tmp_path / "maps" / "parks")
    assert (tmp_path / "maps").read_text("utf-8") == "a file"


def test_publish_takes_plain_names_only(tmp_path):
    with pytest.raises(ValueError, match="plain file name"):
        publish({"../a.txt": text_of("new")}, tmp_path)


def test_mixed_geometry_can_be_written(tmp_path):
    table = gpd.GeoDataFrame(
        {"label": ["a", "b"]}, geometry=[Point(0, 0), box(0, 0, 1, 1)], crs="EPSG:32618"
    )
    write_gpkg({"existing": table}, tmp_path / "mixed.gpkg")
    assert len(gpd.read_file(tmp_path / "mixed.gpkg")) == 2
