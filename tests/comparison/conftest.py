"""A town whose people stand in hexagons, put to the test once for all tests here."""

from __future__ import annotations

import dataclasses

import pytest

from siteplanner import Project, walk
from siteplanner.comparison import varying
from siteplanner.project import init

HEXAGONS = (
    'extends = "care_blocks"\ntitle = "x"\nunset = ["demand.cells"]\n[demand]\nhexagons_m = 200\n'
)
ASKED = (
    "hexagons of 200 m, shifted 100 m east and 0 m north", "limit 10 % shorter", "wheelchair",
    "2 % of all streets missing, draw 1", "no steps mapped",
    "the area 550 m wider, with the sites and people there",
)  # fmt: skip
"""A variant of each kind; all of them would take long."""


@pytest.fixture(scope="session")
def hexagon_town(tmp_path_factory) -> Project:
    folder = tmp_path_factory.mktemp("hexagons") / "town"
    init(folder)
    (folder / "scenarios" / "hexagons.toml").write_text(HEXAGONS, encoding="utf-8")
    more = HEXAGONS + "offset_m = [100.0, 0.0]\n"
    (folder / "scenarios" / "shifted.toml").write_text(more, encoding="utf-8")
    return Project(folder)


@pytest.fixture(scope="session")
def hexagon_plan(hexagon_town):
    return hexagon_town.run("hexagons")


@pytest.fixture(scope="session")
def varied_plan(hexagon_town, hexagon_plan):
    with pytest.MonkeyPatch.context() as patched:
        every = varying.variants_of
        patched.setattr(
            varying, "variants_of", lambda *of: (one for one in every(*of) if one.said in ASKED)
        )
        return varying.vary(hexagon_plan, cache=walk.Cache(hexagon_town.root / ".cache"))


@pytest.fixture(scope="session")
def public_plan(hexagon_plan):
    scenario = hexagon_plan.scenario.model_copy(update={"audience": "public"})
    return dataclasses.replace(hexagon_plan, scenario=scenario)


@pytest.fixture(scope="session")
def public_sets(public_plan):
    return public_plan.sets(4)


@pytest.fixture(scope="session")
def hexagon_sure(hexagon_plan):
    return hexagon_plan.robustness()
