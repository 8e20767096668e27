"""Bogotá end to end, on its real streets, blocks, planning units and care blocks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from siteplanner import Project

pytestmark = [pytest.mark.data, pytest.mark.slow]
FILES = {
    "index.html", "sites.gpkg", "cells.gpkg", "ground.gpkg", "map.qgz", "ranking.csv",
    "plan.json", "run.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def bogota(real_data, tmp_path_factory) -> Project:
    root = tmp_path_factory.mktemp("bogota") / "project"
    own = Path(__file__).parent / "bogota"
    shutil.copytree(own, root, ignore=shutil.ignore_patterns("maps", ".cache"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SITEPLANNER_DATA", str(real_data))
        yield Project(root)


@pytest.fixture(scope="module")
def plan(bogota):
    return bogota.run("care_blocks")


@pytest.fixture(scope="module")
def need(bogota):
    return bogota.run("city_need")


def test_every_output_is_written_and_a_warm_run_writes_the_same(bogota, plan):
    folder = plan.save()
    assert {path.name for path in folder.iterdir()} == FILES
    first = {name: (folder / name).read_bytes() for name in FILES - {"run.json"}}
    bogota.run("care_blocks").save()
    assert first == {name: (folder / name).read_bytes() for name in FILES - {"run.json"}}
    assert len(first["index.html"]) < 3_000_000


def test_why_adds_up_for_every_site(plan):
    for site in plan.ranking.index:
        total = plan.why(site)["contribution"].sum()
        assert total == pytest.approx(plan.ranking.loc[site, "index"], abs=1e-12)
    assert plan.why_not(plan.choice.table.index[0]) == ""
    assert plan.why_not(plan.sites.excluded.index[0]).startswith("It was ruled out: ")


def test_the_set_is_no_worse_than_the_top_of_the_ranking(bogota, plan, tmp_path):
    path = bogota.root / "scenarios" / "by_index.toml"
    path.write_text('extends = "care_blocks"\n[choice]\nmodel = "top"\n', encoding="utf-8")
    by_index = bogota.run("by_index").choice.phases["new_demand"].iloc[-1]
    path.unlink()
    last = plan.choice.phases.iloc[-1]
    assert by_index < last["new_demand"] <= last["bound"]


def test_people_are_conserved(plan, need, real_data):
    units = gpd.read_file(real_data / "bogota" / "upz.geojson")
    assert need.cells["people"].sum() == pytest.approx(units["poblacion_total"].sum(), rel=1e-9)
    inside = plan.cells.loc[plan.cells["in_area"], "people"].sum()
    assert plan.outcomes.by_group.loc[("area", "people"), "total"] == pytest.approx(inside)
    assert plan.outcomes.by_decile["total"].sum() == pytest.approx(inside, rel=1e-6)


def test_outcomes_grow_with_every_phase_and_minute(plan):
    newly = plan.outcomes.by_phase["people newly"]
    assert (newly.diff().dropna() >= 0).all()
    for column in ("people before", "people after"):
        assert (plan.outcomes.by_minutes[column].diff().dropna() >= 0).all()
    assert (plan.outcomes.by_decile["newly"] >= -1e-6).all()


def test_need_at_the_real_anchors(need):
    """All 26 lie in a unit with known need; where they rank is reported, not tuned."""
    percentile = need.cells["need"].rank(pct=True) * 100
    joined = gpd.sjoin(need.existing, need.cells[["geometry"]], predicate="within")
    at_anchors = percentile[joined[joined.columns[-1]]]
    assert len(at_anchors) == 26
    assert at_anchors.notna().all()
    assert at_anchors.median() > 50


def test_what_the_data_cannot_separate_is_said(plan):
    assert any("cannot separate" in str(notice) for notice in plan.notices)
    assert any("not placed" in str(notice) for notice in plan.notices)


def test_plan_json_says_where_everything_came_from(plan):
    traced = json.loads((plan.save() / "plan.json").read_text(encoding="utf-8"))
    assert set(traced["layers"]) == set(plan.sources)
    for layer in traced["layers"].values():
        assert len(layer["sha256"]) == 64
        assert layer["licence"]
    assert traced["walk"]["speed_m_s"] == 0.92
    assert traced["choice"]["phases"][-1]["gap"] >= 0


def test_shuffled_files_give_the_same_answer(plan, bogota, real_data, tmp_path, monkeypatch):
    """Rows of every vector file in another order: ids, ranks and the set stay."""
    data = tmp_path / "data"
    shutil.copytree(real_data / "bogota", data / "bogota")
    for name in ("colegios.geojson", "upz.geojson", "manzanas_cuidado_ancla.geojson"):
        path = data / "bogota" / name
        table = gpd.read_file(path)
        order = np.random.default_rng(3).permutation(len(table))
        table.iloc[order].to_file(path, driver="GeoJSON")
    monkeypatch.setenv("SITEPLANNER_DATA", str(data))
    again = bogota.run("care_blocks")
    pd.testing.assert_frame_equal(again.ranking, plan.ranking)
    assert again.choice.table.index.tolist() == plan.choice.table.index.tolist()


@pytest.mark.parametrize("scenario", ["micro_parks", "community_hubs"])
def test_the_other_programmes_run(bogota, scenario):
    made = bogota.run(scenario)
    assert len(made.choice.table) == made.scenario.choice.count[-1]
    assert made.outcomes.by_group.loc[("area", "people"), "newly"] > 0
    assert (made.save() / "index.html").stat().st_size < 3_000_000


@pytest.mark.parametrize("city", ["sao_paulo", "helsinki"])
def test_the_other_cities_run(real_data, tmp_path, monkeypatch, city):
    monkeypatch.setenv("SITEPLANNER_DATA", str(real_data))
    own = Path(__file__).parent / city
    root = tmp_path / city
    shutil.copytree(own, root, ignore=shutil.ignore_patterns("maps", ".cache"))
    made = Project(root).run("community_hubs")
    assert made.outcomes.by_group.loc[("area", "people"), "newly"] > 0
    page = (made.save() / "index.html").read_text(encoding="utf-8")
    assert "OpenStreetMap" in page
