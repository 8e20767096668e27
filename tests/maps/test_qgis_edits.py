"""A run keeps what somebody edited, and says so; what nobody edited it writes over."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from siteplanner import Project, init
from siteplanner.cli import commands
from siteplanner.errors import OutputError
from siteplanner.maps import kept_edits, noting, publish, said_in, write_gpkg
from siteplanner.maps.edits import content_of, noted

from .conftest import make_answer


def edit(path: Path, statement: str, *values: object) -> None:
    """Change a GeoPackage as a program would."""
    with closing(sqlite3.connect(path)) as file:
        triggers = file.execute("select name from sqlite_master where type = 'trigger'").fetchall()
        for (name,) in triggers:  # they call functions that only GDAL has
            file.execute(f'drop trigger "{name}"')
        file.execute(statement, values)
        file.commit()


def touch_bytes(path: Path) -> None:
    """Change the bytes and not the content, as opening may do."""
    before = path.read_bytes()
    with closing(sqlite3.connect(path)) as file:
        file.execute("create table scratch (a)")
        file.execute("drop table scratch")
        file.execute("vacuum")
        file.commit()
    assert path.read_bytes() != before


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "maps" / "care_blocks"
    write(made)
    return made


def write(folder: Path, *, public: bool = False) -> None:
    """Write a small answer as a run does."""
    answer = make_answer()
    kept = kept_edits(folder, public=public)
    files = {
        **kept.writers(),
        "sites.gpkg": lambda path: write_gpkg({"existing": answer.existing}, path),
        "map.qgz": lambda path: path.write_bytes(b"project") and None,
        "run.json": noting({"date": "2026-03-01"}, kept),
    }
    kept.put_away()
    publish(files, folder)


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


PLAIN = ["map.qgz", "run.json", "sites.gpkg"]


def test_what_nobody_edited_is_written_over(folder):
    write(folder)
    assert names(folder) == PLAIN
    assert said_in(folder) == ()


def test_opening_is_no_edit(folder):
    touch_bytes(folder / "sites.gpkg")
    write(folder)
    assert names(folder) == PLAIN


def test_an_edit_is_kept_and_said(folder):
    edit(folder / "sites.gpkg", "update existing set label = ? where fid = 1", "New hall")
    held = content_of(folder / "sites.gpkg")
    write(folder)
    assert names(folder) == ["map.qgz", "run.json", "sites-edited-1.gpkg", "sites.gpkg"]
    assert content_of(folder / "sites-edited-1.gpkg") == held
    said = f"sites.gpkg had been edited: it is kept as {folder.as_posix()}/sites-edited-1.gpkg"
    assert said_in(folder) == (said,)
    write(folder)
    assert said_in(folder) == ()
    edit(folder / "sites.gpkg", "update existing set label = ? where fid = 1", "Newer hall")
    write(folder)
    assert "sites-edited-2.gpkg" in names(folder)
    assert content_of(folder / "sites-edited-1.gpkg") == held


@pytest.mark.parametrize(
    "statement",
    [
        "delete from existing where fid = 2",
        "update existing set geom = (select geom from existing where fid = 2) where fid = 1",
        "alter table existing add column note text",
        "insert into existing (label) values ('Fourth')",
    ],
)
def test_every_kind_of_edit_is_seen(folder, statement):
    edit(folder / "sites.gpkg", statement)
    assert set(kept_edits(folder, public=False).copies) == {"sites.gpkg"}


def test_a_project_that_somebody_saved_is_kept(folder):
    (folder / "map.qgz").write_bytes(b"project with my own layers")
    write(folder)
    assert (folder / "map-edited-1.qgz").read_bytes() == b"project with my own layers"


def test_the_public_folder_holds_nothing_of_before(folder):
    edit(folder / "sites.gpkg", "update existing set label = 'x' where fid = 1")
    kept = kept_edits(folder, public=True)
    assert kept.writers() == {}
    kept.put_away()
    away = folder.parent / "care_blocks-edited"
    assert names(away) == ["sites-edited-1.gpkg"]
    publish({"run.json": noting({}, kept)}, folder)
    assert said_in(folder)[0].endswith("maps/care_blocks-edited/sites-edited-1.gpkg")
    assert str(folder.parent) not in (folder / "run.json").read_text("utf-8")


def test_copies_of_an_internal_run_leave_the_folder_of_a_public_one(folder):
    edit(folder / "sites.gpkg", "update existing set label = 'one' where fid = 1")
    write(folder)
    first = content_of(folder / "sites-edited-1.gpkg")
    edit(folder / "sites.gpkg", "update existing set label = 'two' where fid = 1")
    away = folder.parent / "care_blocks-edited"
    away.mkdir()
    (away / "map-edited-1.qgz").write_bytes(b"earlier")
    (folder / "map-edited-1.qgz").write_bytes(b"later")
    write(folder, public=True)
    assert names(folder) == PLAIN
    assert names(away) == [
        "map-edited-1-2.qgz", "map-edited-1.qgz", "sites-edited-1-2.gpkg", "sites-edited-1.gpkg",
    ]  # fmt: skip
    assert (away / "map-edited-1.qgz").read_bytes() == b"earlier"
    assert (away / "map-edited-1-2.qgz").read_bytes() == b"later"
    assert content_of(away / "sites-edited-1-2.gpkg") == first
    said = said_in(folder)
    assert len(said) == 3
    assert said[0].startswith("sites.gpkg had been edited")
    assert said[2] == (
        "sites-edited-1.gpkg may not be for the public: it was moved, and is kept as "
        f"{away.as_posix()}/sites-edited-1-2.gpkg"
    )
    write(folder, public=True)
    assert said_in(folder) == ()
    assert len(names(away)) == 4


def test_a_copy_that_is_open_is_not_moved(folder):
    edit(folder / "sites.gpkg", "update existing set label = 'one' where fid = 1")
    write(folder)
    with closing(sqlite3.connect(folder / "sites-edited-1.gpkg")) as other:
        other.execute("pragma journal_mode = wal")
        other.execute("create table own (a)")
        other.commit()
        with pytest.raises(OutputError, match=r"sites-edited-1.gpkg: it is open in another"):
            write(folder, public=True)
    write(folder, public=True)
    assert names(folder) == PLAIN


def test_without_a_note_a_younger_file_counts_as_edited(folder):
    (folder / "run.json").write_text("{}", "utf-8")
    for name in ("sites.gpkg", "map.qgz"):
        os.utime(folder / name, (1, 1))
    assert kept_edits(folder, public=False).copies == {}
    os.utime(folder / "run.json", (0, 0))
    assert set(kept_edits(folder, public=False).copies) == {"sites.gpkg", "map.qgz"}
    (folder / "run.json").unlink()
    assert set(kept_edits(folder, public=False).copies) == {"sites.gpkg", "map.qgz"}


def test_a_spoilt_file_is_kept_as_it_is(folder):
    (folder / "sites.gpkg").write_bytes(b"nonsense")
    write(folder)
    assert (folder / "sites-edited-1.gpkg").read_bytes() == b"nonsense"


def test_a_file_that_is_open_is_not_replaced(folder):
    path = folder / "sites.gpkg"
    with closing(sqlite3.connect(path)) as other:
        other.execute("pragma journal_mode = wal")
        other.execute("create table own (a)")
        other.commit()
        before = noted(folder / "map.qgz")
        with pytest.raises(OutputError, match=r"open in another program, as QGIS; nothing was"):
            write(folder)
        assert noted(folder / "map.qgz") == before
    write(folder)  # closed again; a table that is no layer is no edit


def test_no_folder_and_no_answer_keep_nothing(tmp_path):
    assert kept_edits(tmp_path / "none", public=False).copies == {}
    assert kept_edits(tmp_path / ("x" * 5000), public=False).copies == {}
    assert kept_edits(tmp_path, public=False).copies == {}
    assert said_in(tmp_path) == ()


def test_a_run_says_what_it_keeps(tmp_path, monkeypatch):
    root = init(tmp_path / "town").root
    plan = Project(root).run("micro_parks")
    folder = plan.save()
    assert set(json.loads((folder / "run.json").read_text("utf-8"))["written"]) == {
        "sites.gpkg", "cells.gpkg", "ground.gpkg", "map.qgz",
    }  # fmt: skip
    edit(folder / "sites.gpkg", "update existing set label = 'x' where fid = 1")
    edit(folder / "cells.gpkg", "update cells set need = 1 where fid = 1")
    monkeypatch.setattr(Project, "run", lambda *_, **__: plan)
    done = CliRunner().invoke(commands, ["--root", str(root), "run", "micro_parks"])
    assert done.exit_code == 0, done.output
    assert "sites.gpkg had been edited: it is kept as " in done.output
    assert "cells.gpkg had been edited" in done.output
    assert {"sites-edited-1.gpkg", "cells-edited-1.gpkg"} <= set(names(folder))
