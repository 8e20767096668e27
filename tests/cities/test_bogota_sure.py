"""How far Bogotá's care blocks stand up: a few weightings, on two processes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from siteplanner import Project

pytestmark = [pytest.mark.data, pytest.mark.slow]


@pytest.fixture(scope="module")
def plan(real_data, tmp_path_factory):
    root = tmp_path_factory.mktemp("bogota") / "project"
    own = Path(__file__).parent / "bogota"
    shutil.copytree(own, root, ignore=shutil.ignore_patterns("maps", ".cache"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SITEPLANNER_DATA", str(real_data))
        yield Project(root).run("care_blocks")


def test_some_sites_stand_up_and_some_do_not(plan):
    found = plan.sets(12, workers=2)
    own = found.sites[found.sites["chosen"]]
    assert (own["around"] == 1).sum() >= 3
    assert (own["around"] < 1).any()
    assert (own["lost_share"] < 0.02).all()  # many schools stand near each other
    assert found.others["differs"].iloc[-1] >= 2


def test_the_ranking_has_no_strict_order(plan):
    top = plan.ranks.head(6)
    assert (top["in_top"] >= 0.9).sum() == 2
    assert plan.ranks["group"].max() < len(plan.ranks) / 10
