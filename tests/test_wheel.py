"""The wheel: what is in it, and that it works alone in an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=True,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder))
    run(sys.executable, "-m", "pip", "wheel", *options, str(ROOT), cwd=folder)
    return next(folder.glob("siteplanner-*.whl"))


def test_the_wheel_holds_the_package_and_the_starter_and_nothing_else(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "siteplanner").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "_starter" not in path.parts
    }
    starter = {
        f"siteplanner/_starter/{folder}/{path.name}"
        for folder in ("layers", "scenarios")
        for path in (ROOT / folder).iterdir()
        if path.is_file()
    }
    assert names == package | starter
    assert {Path(name).suffix for name in package} == {
        ".py", ".js", ".css", ".html", ".json", ".toml", ".typed",
    }  # fmt: skip


def test_an_installed_wheel_works_in_an_empty_folder(wheel, tmp_path):
    installed, empty = tmp_path / "installed", tmp_path / "empty"
    empty.mkdir()
    options = ("--quiet", "--no-deps", "--target", str(installed))
    run(sys.executable, "-m", "pip", "install", *options, str(wheel), cwd=empty)

    def siteplanner(*arguments: str, cwd: Path) -> str:
        words = (sys.executable, "-m", "siteplanner", *arguments)
        return run(*words, cwd=cwd, PYTHONPATH=str(installed)).stdout

    siteplanner("init", "x", cwd=empty)
    assert "no problems" in siteplanner("check", cwd=empty / "x")
    siteplanner("run", "care_blocks", cwd=empty / "x")
    assert (empty / "x" / "maps" / "care_blocks" / "index.html").is_file()
    where = "import siteplanner; print(siteplanner.starter())"
    found = run(sys.executable, "-c", where, cwd=empty, PYTHONPATH=str(installed)).stdout
    assert Path(found.strip()) == installed / "siteplanner" / "_starter"
