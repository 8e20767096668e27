"""What every test may use: a city by eye, the real cities, and what may be skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import hypothesis
import pytest
from shapely.geometry import box

hypothesis.settings.register_profile("whole", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("whole")

ROOT = Path(__file__).parents[1]
REQUIRED = {word for word in os.environ.get("SITEPLANNER_REQUIRE", "").split(",") if word}


def missing(what: str, why: str) -> None:
    """Skip, loudly; or fail, where SITEPLANNER_REQUIRE says that it must be there."""
    if what in REQUIRED:
        pytest.fail(f"{why} (SITEPLANNER_REQUIRE has '{what}')")
    pytest.skip(why)


@pytest.fixture(scope="session", name="missing")
def say_missing() -> Callable[[str, str], None]:
    """Give `missing` to fixtures of other folders."""
    return missing


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Give the folder of the real cities."""
    folder = Path(os.environ.get("SITEPLANNER_DATA", ROOT.parent / "shared" / "data")).resolve()
    if not (folder / "bogota").is_dir():
        missing("data", f"no real cities in {folder}: set SITEPLANNER_DATA")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Give the path of a Chromium to drive."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    found = found or shutil.which("google-chrome")
    if found is None:
        missing("browser", "no Chromium on this machine: apt-get install chromium")
    return str(found)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """Start a Chromium that can reach no network."""
    from playwright.sync_api import sync_playwright

    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND",
    ]
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium, args=flags)
        yield started
        started.close()


@pytest.fixture
def grid3() -> gpd.GeoDataFrame:
    """Give nine square cells of 100 m, named a1 (south west) to c3, ten people each."""
    names = [f"{column}{row}" for row in (1, 2, 3) for column in "abc"]
    squares = [
        box(100 * column, 100 * row, 100 * column + 100, 100 * row + 100)
        for row in range(3)
        for column in range(3)
    ]
    table = gpd.GeoDataFrame({"people": 10.0}, index=names, geometry=squares, crs="EPSG:32618")
    table.index.name = "cell"
    table["in_area"] = True
    return table
