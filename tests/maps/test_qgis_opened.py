"""The project in a real QGIS, without a window: every layer valid, every row in its class."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from siteplanner.maps import kept_edits, noting, publish, released, said_in, writers
from siteplanner.maps.classes import NO_DATA
from siteplanner.maps.qgis_words import ProjectWords
from siteplanner.maps.styles import cell_styles, site_styles

from .conftest import HOSTILE, make_answer

pytestmark = pytest.mark.qgis


def publish_all(answer: Any, folder: Path) -> None:
    """Write the files that QGIS reads, with a note of what they hold."""
    files = {
        name: write for name, write in writers(answer).items() if name.endswith((".gpkg", ".qgz"))
    }
    publish({**files, "run.json": noting({})}, folder)


def open_in_qgis(python: str, folder: Path, rename: str = "") -> dict[str, Any]:
    script = Path(__file__).with_name("qgis_reading.py")
    out = folder.parent / "told.json"
    more = {"QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(folder.parent)}
    paths = ("PATH", "HOME", "LANG")
    done = subprocess.run(
        [python, str(script), str(folder / "map.qgz"), str(out), rename],
        env={one: os.environ[one] for one in paths if one in os.environ} | more,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert out.exists(), done.stderr
    told: dict[str, Any] = json.loads(out.read_text("utf-8"))
    told["stderr"] = done.stderr
    return told


@pytest.fixture(scope="module")
def opened(qgis_python, tmp_path_factory) -> dict[str, Any]:
    """Open the project, and move and rename the first existing place there."""
    folder = tmp_path_factory.mktemp("opened") / "care_blocks"
    publish_all(make_answer(), folder)
    return {"folder": folder, **open_in_qgis(qgis_python, folder, rename=HOSTILE[0])}


def test_it_opens_clean(opened):
    assert opened["read"] is True
    assert (opened["error"], opened["told"]) == ("", [])
    assert "Warning" not in opened["stderr"]
    assert opened["crs"] == "EPSG:32618"
    assert opened["title"] == "Care blocks: the next three"
    assert "Statistics office" in opened["abstract"]
    layers = opened["layers"].values()
    assert len(layers) == 16
    assert all(one["valid"] and one["crs"] == "EPSG:32618" for one in layers)
    assert not any(one["errors"] or one["missing"] for one in layers)


def test_its_classes_are_those_of_the_page(opened):
    answer, words = make_answer(), ProjectWords("en")
    by_name: dict[str, list[Any]] = {}
    for one in opened["layers"].values():
        by_name.setdefault(one["name"], []).append(one)
    for style in [*cell_styles(answer), *site_styles(released(answer))]:
        if style.empty:
            continue
        classes = style.classes
        rows = [[classes.count if one == NO_DATA else int(one)] for one in classes.codes]
        same = [one for one in by_name[words.title(style.words)] if one["rows"] == rows]
        assert same, style.id
        assert same[0]["labels"][: classes.count] == list(classes.labels) or style.even
        assert same[0]["colours"][: classes.count] == list(classes.colours)


def test_its_tree_and_its_words(opened):
    def shown(tree: list[Any]) -> list[str]:
        return [
            name
            for one, _, visible, inside in tree
            for name in (shown(inside) if inside is not None else [one] * visible)
        ]

    assert shown(opened["tree"]) == [
        "The chosen sites", "Existing places", "All possible sites", "Edge of the plan",
        "Streets", "Need",
    ]  # fmt: skip
    (chosen,) = (one for one in opened["layers"].values() if one["numbered"])
    assert chosen["rows"] == [[0] if at in (0, 2, 4) else [] for at in range(8)]
    assert chosen["aliases"]["need_reached"].startswith("People in need newly reached alone")


def test_what_was_edited_there_is_kept(opened):
    """Opening changes bytes, or not; saving an edit changes the content."""
    assert opened["edited"] is True
    folder = opened["folder"]
    kept = kept_edits(folder, public=False)
    assert set(kept.copies) == {"sites.gpkg"}
    files = {name: write for name, write in writers(make_answer()).items() if "gpkg" in name}
    publish({**kept.writers(), **files, "run.json": noting({}, kept)}, folder)
    assert (folder / "sites-edited-1.gpkg").exists()
    assert said_in(folder)[0].startswith("sites.gpkg had been edited: it is kept as ")
    assert kept_edits(folder, public=False).copies == {}
