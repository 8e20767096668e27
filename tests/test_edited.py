"""Places edited in QGIS come back as a layer, with a report; results of the plan do not."""

from __future__ import annotations

import csv
import datetime
import shutil
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon, box
from shapely.affinity import translate

from siteplanner import Project, init
from siteplanner.cli import commands
from siteplanner.errors import InputError
from siteplanner.plan import edited
from siteplanner.plan.changed import compare, sentences
from siteplanner.plan.edited import Edited, check, take_back

CRS = "EPSG:32618"
DAY = datetime.date(2026, 3, 1)
TAKEN = {"label"}


def places(**changes):
    """Give three squares of 100 m beside each other: a, b and c."""
    table = gpd.GeoDataFrame(
        {"label": ["A", "B", "C"], "rank": [1, 2, 3], "index": [0.9, 0.5, np.nan]},
        index=pd.Index(["a", "b", "c"], name="site"),
        geometry=[box(x, 0, x + 100, 100) for x in (0, 200, 400)],
        crs=CRS,
    )
    for site, shape in changes.items():
        table.loc[[site], "geometry"] = gpd.GeoSeries([shape], index=[site], crs=CRS)
    return table


def changes(after, before=None):
    """Give (id, change) of each change."""
    found = compare(places() if before is None else before, after, taken=TAKEN)
    return [tuple(one) for one in found.table[["id", "change"]].to_numpy()], found


def test_nothing_changed():
    found, changed = changes(places().reset_index())
    assert found == []
    assert sentences(changed.table) == []
    turned = places(a=Polygon([(100, 100), (0, 100), (0, 0), (100, 0)]))
    assert changes(turned.reset_index())[0] == []


def test_moved_by_eye():
    found, changed = changes(places(b=box(203, 4, 303, 104)).reset_index())
    assert found == [("b", "moved")]
    assert sentences(changed.table) == ["B (b): moved by 5.0 m"]


def test_reshaped_by_eye():
    found, changed = changes(places(b=box(200, 0, 300, 120)).reset_index())
    assert found == [("b", "reshaped")]
    row = changed.table.iloc[0]
    assert (row["changed_m2"], row["area_before_m2"], row["area_after_m2"]) == (2000, 10000, 12000)
    assert row["moved_m"] == 10
    assert sentences(changed.table) == [
        "B (b): reshaped by 2,000 m² (10,000 m² before, 12,000 m² now)"
    ]


def test_added_deleted_and_rewritten():
    after = places().reset_index()
    after.loc[0, "label"] = "=A"
    after.loc[1, "rank"] = 9
    after.loc[3] = {"site": None, "label": "New", "geometry": box(0, 500, 10, 510)}
    found, changed = changes(after.drop(index=2))
    assert found == [("added-1", "added"), ("c", "deleted"), ("a", "attribute"), ("b", "result")]
    assert sentences(changed.table) == [
        "New (added-1): added",
        "C (c): deleted",
        "A (a): label was 'A', is '=A'",
        "B (b): rank was '2', is '9': a result of the plan, not taken over",
    ]


def test_of_a_row_and_its_copy_the_nearer_one_is_the_row():
    after = places().reset_index()
    copy = after.iloc[[0]].set_geometry([translate(after.geometry[0], 50, 0)])
    found, changed = changes(pd.concat([copy, after], ignore_index=True))
    assert found == [("added-1", "added")]
    assert changed.remarks == ("copies of other rows, with their ids: 1; each counts as added",)
    assert changed.rows.loc["a"].geometry.equals(places().geometry["a"])


def test_without_ids_every_row_is_new():
    found, changed = changes(places().reset_index(drop=True))
    assert sorted(found) == [
        ("a", "deleted"), ("added-1", "added"), ("added-2", "added"), ("added-3", "added"),
        ("b", "deleted"), ("c", "deleted"),
    ]  # fmt: skip
    assert "there is no column 'site': every row counts as added" in changed.remarks


def test_a_name_that_looks_like_ours_is_not_taken_twice():
    after = places().reset_index()
    after.loc[2, "site"] = "added-1"
    after.loc[3] = {"site": "", "label": "", "geometry": box(0, 0, 1, 1)}
    found, _ = changes(after)
    assert found == [("added-1", "added"), ("added-2", "added"), ("c", "deleted")]


def test_a_shape_that_was_lost_or_crosses_itself():
    bowtie = Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    found, changed = changes(places(a=bowtie, b=None).reset_index())
    assert found == [("a", "reshaped")]
    assert changed.remarks == (
        "without a shape now: 1; the earlier one is kept",
        "outlines that cross themselves, mended: 1",
    )
    assert changed.table["changed_m2"].tolist() == [5000]
    assert changed.rows.geometry["a"].is_valid


def test_a_column_that_was_deleted_or_added():
    after = places().reset_index().drop(columns="rank").assign(owner=["city", None, ""])
    found, changed = changes(after)
    assert found == [("a", "attribute")]
    assert changed.new_columns == ("owner",)
    assert "column 'rank' was deleted: its values are as before" in changed.remarks


@settings(max_examples=25, deadline=None)
@given(st.floats(-500, 500), st.floats(-500, 500))
def test_a_move_is_as_long_as_it_is(across, up):
    away = float(np.hypot(across, up))
    square = translate(places().geometry["a"], across, up)
    found, changed = changes(places(a=square).reset_index())
    if away < 0.0005:
        assert found == []
    elif away > 0.0015:
        assert found == [("a", "moved")]
        assert changed.table["moved_m"].tolist() == pytest.approx([away], abs=0.0006)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=3, max_size=3))
def test_reshaping_is_the_area_that_is_in_one_only(sizes):
    """Against squares counted by hand: of a square pushed in at one side, the strip."""
    wide, high, hole = sizes
    after = places(a=box(wide, high, 100, 100), b=box(200, 0, 300, 100 - hole)).reset_index()
    _, changed = changes(after)
    told = changed.table.set_index("id")["changed_m2"].to_dict()
    expected = {"a": 10_000 - (100 - wide) * (100 - high), "b": 100 * hole}
    assert told == {site: area for site, area in expected.items() if area}


def test_the_given_tables_stay_as_they_are():
    before, after = places(), places(a=None, b=box(0, 0, 1, 1)).reset_index()
    copies = before.copy(), after.copy()
    compare(before, after, taken=TAKEN)
    pd.testing.assert_frame_equal(pd.DataFrame(before), pd.DataFrame(copies[0]))
    pd.testing.assert_frame_equal(pd.DataFrame(after), pd.DataFrame(copies[1]))


# The starter town: the whole way.


class Town:
    """The starter town, answered once."""

    def __init__(self, root: Path) -> None:
        self.root = init(root).root
        self.plan = Project(self.root).run("care_blocks")
        self.folder = self.plan.save()
        self.tables = {
            name: gpd.read_file(self.folder / "sites.gpkg", layer=name)
            for name in ("sites", "existing", "excluded")
        }

    def save(self, path: Path, **tables: gpd.GeoDataFrame) -> Path:
        for name, table in (self.tables | tables).items():
            table.to_file(path, layer=name, driver="GPKG")
        return path

    def clear(self) -> None:
        for path in (self.root / "layers").glob("*_edited*"):
            path.unlink()


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Town:
    return Town(tmp_path_factory.mktemp("edited") / "town")


@pytest.fixture
def town(made):
    yield made
    made.clear()


def take(town: Town, path: Path, layer: str | None = None) -> list[Edited]:
    return take_back(town.plan, path, layer, on=DAY)


def test_an_answer_that_nobody_edited_changes_nothing(town):
    assert take(town, town.folder / "sites.gpkg") == []
    assert not list((town.root / "layers").glob("*_edited*"))


def test_a_file_that_a_program_wrote_anew_changes_nothing(town, tmp_path):
    """Another order of rows, another CRS, another version of the format."""
    turned = {name: table.iloc[::-1].to_crs("EPSG:32725") for name, table in town.tables.items()}
    assert take(town, town.save(tmp_path / "again.gpkg", **turned)) == []


def test_edits_come_back_as_a_layer(town, tmp_path):
    sites = town.tables["sites"].set_index("site")
    sites.loc[["P01"], "geometry"] = translate(sites.geometry["P01"], 30, 40)
    sites.loc["P03", "label"] = "=Market"
    sites.loc["P04", "rank"] = 1
    sites = sites.drop(index="P06").reset_index()
    drawn = sites.iloc[[5]].assign(site=None, label="Drawn")
    drawn = drawn.set_geometry([translate(drawn.geometry.iloc[0], 300, 0)], crs=sites.crs)
    sites = pd.concat([sites, drawn], ignore_index=True)
    sites["owner"] = [None, None, "city", *[None] * (len(sites) - 3)]
    (found,) = take(town, town.save(tmp_path / "mine.gpkg", sites=sites))
    assert (found.name, found.source) == ("public_buildings_edited", "public_buildings")
    owner = town.plan.sources["public_buildings"].table["owner"]
    assert list(found.sentences) == [
        "Town hall annex (P01): moved by 50.0 m",
        "Drawn (added-1): added",
        "The mill (P06): deleted",
        "Market hall (P03): label was 'Market hall', is '=Market'",
        f"Market hall (P03): owner was '{owner['P03']}', is 'city'",
        "Colegio Central (P04): rank was '"
        f"{town.plan.ranking['rank']['P04']}', is '1': a result of the plan, not taken over",
    ]
    with found.report.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [one["change"] for one in rows] == found.changes["change"].tolist()
    assert rows[3]["to"] == "'=Market", "no formula for a spreadsheet"
    _read_again(town, found)


def _read_again(town: Town, found: Edited) -> None:
    """The new layer is one like any other, and rows that nobody touched are as they were."""
    project = Project(town.root)
    layer = project.layer(found.name)
    before = town.plan.sources["public_buildings"]
    assert layer.licence == before.layer.licence
    assert layer.attribution == before.layer.attribution
    assert layer.notes[-1] == (
        "Edited in QGIS on 2026-03-01, from public_buildings: 1 moved, 1 added, 1 deleted, "
        "1 rewritten."
    )
    assert set(layer.columns) == set(before.layer.columns)
    assert layer.columns["access_items"].unit == before.layer.columns["access_items"].unit
    scenario = (town.root / "scenarios" / "care_blocks.toml").read_text("utf-8")
    path = town.root / "scenarios" / "again.toml"
    path.write_text(scenario.replace('"public_buildings"', f'"{found.name}"'), "utf-8")
    try:
        project.check()
    finally:
        path.unlink()
    table = gpd.read_file(found.file).set_index("id")
    assert set(before.table.index) - set(table.index) == {"P06"}
    assert table.crs == before.table.crs
    alike = before.table.index.difference(["P01", "P03", "P06"])
    same = table.loc[alike]
    assert (
        same.geometry.to_crs(CRS)
        .geom_equals_exact(before.table.geometry[alike].to_crs(CRS).apply(_multi), 1e-6)
        .all()
    )
    assert same["use"].tolist() == before.table["use"][alike].tolist()
    assert (table["label"]["P03"], table["owner"]["P03"]) == ("=Market", "city")
    assert np.isnan(table["access_items"]["added-1"])
    moved = table.geometry.to_crs(town.plan.study.crs)["P01"].centroid
    was = town.plan.sites.table.geometry["P01"].centroid
    assert moved.distance(was) == pytest.approx(50, abs=1e-3)


def _multi(shape):
    from shapely import multipolygons

    return shape if shape.geom_type == "MultiPolygon" else multipolygons([shape])


def test_an_edited_layer_is_never_written_over(town, tmp_path):
    sites = town.tables["sites"].copy()
    sites.loc[0, "label"] = "One"
    path = town.save(tmp_path / "mine.gpkg", sites=sites)
    names = [take(town, path)[0].name for _ in range(3)]
    assert names == [f"public_buildings_edited{end}" for end in ("", "_2", "_3")]
    text = (town.root / "layers" / f"{names[1]}.toml").read_text("utf-8")
    assert f'source = "{names[1]}.gpkg"' in text
    for one in (town.root / "layers").glob("*_edited*"):
        if one.suffix != ".csv":
            one.unlink()
    assert take(town, path)[0].name == "public_buildings_edited_4", "a report is left: taken"


def test_existing_places_take_their_own_columns(town, tmp_path):
    existing = town.tables["existing"].copy()
    existing.loc[0, "opened"] = 2025
    existing.loc[[1], "geometry"] = gpd.GeoSeries(
        [translate(existing.geometry[1], 3, 4)], index=[1], crs=existing.crs
    )
    path = tmp_path / "places.gpkg"
    existing.to_file(path, layer="whatever", driver="GPKG")
    (found,) = take(town, path, "existing")
    assert found.name == "care_blocks_open_edited"
    assert found.changes["change"].tolist() == ["moved", "attribute"]
    table = gpd.read_file(found.file).set_index("id")
    assert table["opened"].tolist().count(2025) == 1
    assert Project(town.root).layer(found.name).kind == "points"


@pytest.mark.parametrize("ids", [["1", "2", "3"], ["halls:1", "lots:2", "lots:3"]])
def test_the_columns_of_a_place_are_those_of_its_own_layer(ids):
    """Ids may collide in rows that the scenario leaves out."""
    halls = pd.DataFrame({"owner": ["hall 1", "hall 2"]}, index=["1", "2"])
    lots = pd.DataFrame({"owner": ["lot 1", "lot 2"], "soil": ["a", "b"]}, index=["1", "2"])
    sources = {
        name: SimpleNamespace(table=table, layer=SimpleNamespace(columns=dict.fromkeys(table)))
        for name, table in (("halls", halls), ("lots", lots))
    }
    sites = SimpleNamespace(layer=("halls", "lots"))
    plan = SimpleNamespace(sources=sources, scenario=SimpleNamespace(sites=sites))
    given = pd.DataFrame({"layer": ["halls", "lots", "lots"]}, index=pd.Index(ids, name="site"))
    found = edited._own(plan, "sites", given.iloc[:2])
    assert found["owner"].tolist() == ["hall 1", "lot 2"]
    assert found["soil"].isna().tolist() == [True, False]
    assert list(edited._own(plan, "excluded", given.iloc[:0])) == ["owner", "soil"]
    plan.scenario.choice = SimpleNamespace(existing="lots")
    other = pd.DataFrame({"layer": ["a column of its own"]}, index=["2"])
    assert edited._own(plan, "existing", other)["owner"].tolist() == ["lot 2"]


def test_places_that_were_ruled_out_belong_to_the_same_layer(town, tmp_path):
    sites, excluded = town.tables["sites"].copy(), town.tables["excluded"].copy()
    sites.loc[0, "label"] = "One"
    gone = excluded["site"].iloc[0]
    path = town.save(tmp_path / "mine.gpkg", sites=sites, excluded=excluded.iloc[1:])
    (found,) = take(town, path)
    assert found.changes["change"].tolist() == ["attribute", "deleted"]
    table = gpd.read_file(found.file).set_index("id")
    assert gone not in table.index
    assert "One" in table["label"].tolist()


def test_results_alone_make_no_layer(town, tmp_path):
    sites = town.tables["sites"].copy()
    sites.loc[0, "index"] = 1.0
    with pytest.raises(InputError, match=r"only results of the plan were changed, as .*index was"):
        take(town, town.save(tmp_path / "mine.gpkg", sites=sites))


def test_a_layer_that_has_changed_since_is_told(town, tmp_path):
    sites = town.tables["sites"].copy()
    sites.loc[0, "label"] = "One"
    path = town.save(tmp_path / "mine.gpkg", sites=sites)
    plan = town.folder / "plan.json"
    text = plan.read_text("utf-8")
    plan.write_text(text.replace(town.plan.sources["public_buildings"].sha256, "0" * 64), "utf-8")
    try:
        (found,) = take(town, path)
    finally:
        plan.write_text(text, "utf-8")
    assert found.remarks == (
        "layers/public_buildings has changed since the answer was written: some of this is no edit",
    )


def problem(file: Path, layer: str | None = None) -> str:
    with pytest.raises(InputError) as caught:
        check(file, layer)
    return str(caught.value)


def test_what_cannot_be_taken_back(town, tmp_path):
    path = tmp_path / "none.gpkg"
    assert problem(path).endswith("no such file; name the GeoPackage that was edited, as "
                                  "maps/SCENARIO/sites.gpkg")  # fmt: skip
    path.write_text("no geopackage", "utf-8")
    assert "it cannot be read" in problem(path)
    assert "did you mean 'sites'?" in problem(path, "site")
    cells = town.folder / "cells.gpkg"
    assert "it has no layer sites, existing or excluded; it has cells" in problem(cells)
    assert check(cells, "sites") == {"sites": "cells"}
    both = tmp_path / "both.gpkg"
    for name in ("one", "two"):
        town.tables["sites"].to_file(both, layer=name, driver="GPKG")
    assert "it has no layer sites; it has one, two; say with --layer" in problem(both, "sites")
    table = tmp_path / "table.gpkg"
    pyogrio.write_dataframe(pd.DataFrame({"site": ["P01"]}), table, layer="sites")
    with pytest.raises(InputError, match="layer 'sites' has no shapes"):
        take(town, table)
    nowhere = tmp_path / "nowhere.gpkg"
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        gpd.GeoDataFrame({"site": ["P01"]}, geometry=[Point(0, 0)]).to_file(
            nowhere, layer="sites", driver="GPKG"
        )
    with pytest.raises(InputError, match="layer 'sites' has no CRS; set it in QGIS"):
        take(town, nowhere)


def test_the_command_says_what_changed(town, tmp_path, monkeypatch):
    monkeypatch.setattr(Project, "run", lambda *_, **__: town.plan)
    sites = town.tables["sites"].copy()
    sites["label"] = [f"Place {at}" for at in range(len(sites))]
    sites = pd.concat([sites, sites.iloc[:5].assign(site=None)], ignore_index=True)
    path = town.save(tmp_path / "mine.gpkg", sites=sites)
    ask = ["--root", str(town.root), "edited", "care_blocks"]
    done = CliRunner().invoke(commands, [*ask, str(path), "--layer", "sites"])
    assert done.exit_code == 0, done.output
    assert "… and 5 other changes" in done.output
    assert "label was 'Town hall annex', is 'Place 0'" in done.output
    assert "Write 'public_buildings_edited' for 'public_buildings' in a scenario" in done.output
    copy = tmp_path / "copy.gpkg"
    shutil.copy(town.folder / "sites.gpkg", copy)
    done = CliRunner().invoke(commands, [*ask, str(copy)])
    assert "nothing was edited; nothing was written" in done.output
