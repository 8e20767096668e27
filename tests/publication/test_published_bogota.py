"""A published folder of Bogotá, proved elsewhere, in a fresh process, without data or network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from siteplanner import Project, publication
from siteplanner.publication import gathering

pytestmark = [pytest.mark.data, pytest.mark.slow]
OWN = Path(__file__).parents[1] / "cities" / "bogota"
OFFLINE = """
import socket, sys
def refuse(*_, **__): raise SystemExit("something goes online")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from siteplanner.cli import main
main(sys.argv[1:])
"""


def test_a_folder_with_data_is_proved_anywhere(real_data, tmp_path, monkeypatch):
    root = tmp_path / "bogota"
    shutil.copytree(OWN, root, ignore=shutil.ignore_patterns("maps", ".cache"))
    monkeypatch.setenv("SITEPLANNER_DATA", str(real_data))
    monkeypatch.setattr(gathering.Wanted, "made", lambda _: {"report": None, "sheets": None})
    wanted = publication.Wanted(with_data=True)
    done = publication.publish(Project(root), "city_need", "2026-03", wanted)
    assert os.environ["SITEPLANNER_DATA"] == str(real_data)
    packed = done.folder / "project" / "variables" / "SITEPLANNER_DATA" / "bogota"
    assert (packed / "upz.geojson").read_bytes() == (
        real_data / "bogota" / "upz.geojson"
    ).read_bytes()
    (unclear,) = [one for one in done.notes if one["t"] == "licence"]
    assert "Care blocks that are open (not stated)" in unclear["names"]
    assert str(real_data) not in (done.folder / "published.json").read_text("utf-8")
    elsewhere = shutil.copytree(done.folder, tmp_path / "archive" / "2026-03")
    shutil.rmtree(root)
    environment = {key: one for key, one in os.environ.items() if key != "SITEPLANNER_DATA"}
    proved = subprocess.run(
        [sys.executable, "-c", OFFLINE, "verify", str(elsewhere), "--seal", done.seal],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert proved.returncode == 0, proved.stdout + proved.stderr
    assert "2026-03, published " in proved.stdout
    assert "proved" in proved.stdout
