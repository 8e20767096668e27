"""From a review folder to a layer: whole, the same bytes, nobody else's rows touched."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from siteplanner import InputError, Project, sources
from siteplanner.cli import main
from siteplanner.errors import OutputError
from siteplanner.marks.accepting import Agreement, _words_of, accept
from siteplanner.marks.merging import merged
from siteplanner.model import read_layer
from siteplanner.plan import Plan
from siteplanner.project import init
from tests.marks.reviews import X, Y, by_hand, row, sheet, write_review

AREA = f"POLYGON (({X} {Y}, {X + 200} {Y}, {X + 200} {Y + 100}, {X} {Y + 100}, {X} {Y}))"
LINE = f"LINESTRING ({X} {Y}, {X + 200} {Y})"
KEY = {"green": "support"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "town" / "layers" / "workshop.review"


def rows() -> list[dict[str, object]]:
    return [
        row("a", note="Ana, 0123456", photo="Ana.jpg"),
        row("b", keep="no"),
        by_hand("c", people=12, group="carers", round=2),
        row("d", kind="area", says="pitch", geometry=AREA),
        row("e", kind="line", says="closed", geometry=LINE),
    ]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_marks_say_is_told_and_a_bare_colour_is_flagged():
    table = gpd.GeoDataFrame({"says": ["support", "blue", "support", None]})
    told = [str(one) for one in _words_of(table, "w")]
    assert told[0].endswith("nothing 1, blue 1, support 2; a scenario counts what it names")
    assert told[1].startswith("layers/w: 1 of 4 rows flagged: they say only their colour (blue)")
    assert len(_words_of(table.replace("blue", "needed"), "w")) == 1


def test_kept_rows_become_layers_that_a_plan_can_read(folder):
    done = accept(write_review(folder, rows()), colours=KEY)
    assert done.layers == ("workshop", "workshop_lines", "workshop_areas")
    assert done.counts == {"points": 2, "lines": 1, "areas": 1}
    layers = {name: read_layer(folder.parent / f"{name}.toml") for name in done.layers}
    read = sources.read_all(layers, folder.parent)
    points = read["workshop"].table
    assert list(points.index) == ["a", "c"]
    assert points["says"].tolist() == ["support", "support"]
    assert points["people"].tolist() == [1, 12]
    assert points["round"].tolist()[1] == "2"
    assert read["workshop_areas"].table.geometry.area.tolist() == pytest.approx([20_000])
    assert read["workshop_lines"].table.geometry.length.tolist() == pytest.approx([200])
    assert any("1 of 5 rows dropped: keep says no" in str(one) for one in done.notices)


def test_neither_photos_nor_notes_nor_names_reach_the_layer(folder):
    accept(write_review(folder, rows()))
    whole = b"".join(path.read_bytes() for path in folder.parent.iterdir() if path.is_file())
    for private in (b"Ana", b"0123456", b".jpg", b"photo", b"note\x00"):
        assert private not in whole


def test_the_same_review_gives_the_same_bytes_whatever_the_order_of_its_rows(folder):
    accept(write_review(folder, rows()))
    first = digest(folder.parent / "workshop.gpkg")
    (folder.parent / "workshop.gpkg").unlink()
    accept(write_review(folder, rows()[::-1]))
    assert digest(folder.parent / "workshop.gpkg") == first
    accept(write_review(folder, rows()))  # over what is there already
    assert digest(folder.parent / "workshop.gpkg") == first


def test_accepting_again_replaces_what_came_from_this_review_only(folder):
    gpkg = folder.parent / "workshop.gpkg"
    accept(write_review(folder, rows()))
    other = write_review(folder.with_name("second.review"), [row("a", says="x"), row("z")])
    accept(other, into=gpkg)
    by_a_person = gpd.read_file(gpkg, layer="points")
    mine = by_a_person.iloc[[0]].assign(mark="mine", review=None, says="mine")
    pyogrio.write_dataframe(pd.concat([by_a_person, mine]), gpkg, layer="points")
    gpd.GeoDataFrame({"name": ["x"]}, geometry=[Point(X, Y)], crs="EPSG:32618").to_file(
        gpkg, layer="gates"
    )
    done = accept(write_review(folder, [row("a", says="objection"), row("new")]))
    points = gpd.read_file(gpkg, layer="points").set_index("mark")
    assert sorted(points.index) == ["a", "mine", "new", "second:a", "z"]
    assert points["says"].to_dict() | {"z": ""} == {
        "a": "objection", "mine": "mine", "new": "green", "second:a": "x", "z": "",
    }  # fmt: skip
    assert gpd.read_file(gpkg, layer="gates")["name"].tolist() == ["x"]
    assert sorted(name for name, _ in pyogrio.list_layers(gpkg)) == ["gates", "points"]
    assert not (folder.parent / "workshop_areas.toml").exists()
    assert "points that this review had given before are replaced: 2" in str(done.notices)


def test_a_toml_that_a_person_has_edited_stays(folder):
    accept(write_review(folder, rows()))
    toml = folder.parent / "workshop.toml"
    ours = toml.read_text("utf-8")
    assert "agreed = false" in ours
    accept(folder, said=Agreement(agreed=True))  # nobody has changed it: it follows
    assert read_layer(toml).agreed is True
    theirs = ours.replace("Marks of workshop", "The evening in the school")
    toml.write_text(theirs, "utf-8")
    done = accept(folder, said=Agreement(agreed=True))
    assert toml.read_text("utf-8") == theirs
    assert any(
        "somebody has changed this file: it is left as it is; write agreed = true there"
        in one.reason
        for one in done.notices
    )


def test_group_and_round_come_from_the_rows_or_from_whoever_accepts(folder):
    marks = [row(f"m{place:02d}") for place in range(10)] + [
        by_hand("x", group="carers", people=10)
    ]
    done = accept(write_review(folder, marks), said=Agreement("school", "first"))
    table = gpd.read_file(done.geopackage, layer="points").set_index("mark")
    assert table.loc["x", ["group", "round"]].tolist() == ["carers", "first"]
    assert table.loc["m00", ["group", "round"]].tolist() == ["school", "first"]


def test_small_groups_are_merged_and_it_is_said(folder):
    marks = [by_hand("a", group="mothers", people=12), by_hand("b", group="carers", people=7)]
    marks.append(by_hand("c", group="the family at the corner", people=5))
    done = accept(write_review(folder, marks))
    table = gpd.read_file(done.geopackage, layer="points").set_index("mark")
    assert table["group"].tolist() == ["mothers", "other groups", "other groups"]
    assert b"corner" not in done.geopackage.read_bytes()
    assert any("fewer than 10 people: it is merged" in one.reason for one in done.notices)


@given(
    st.lists(st.tuples(st.sampled_from(["", "a", "b", "c", "d"]), st.integers(1, 15)), max_size=9)
)
def test_no_group_of_fewer_than_ten_is_ever_named(marks):
    groups = pd.Series([group for group, _ in marks], dtype=object)
    people = pd.Series([count for _, count in marks], dtype=float)
    before = groups.copy()
    found, gone = merged(groups, people)
    pd.testing.assert_series_equal(groups, before)
    sizes = people.groupby(found).sum()
    assert (sizes[sizes.index != ""] >= 10).all()
    assert not set(gone) & set(found)
    assert (found[before == ""] == "").all()


def test_a_bad_cell_writes_nothing(folder):
    review = write_review(folder, [*rows(), by_hand("x", cell="K9")])
    with pytest.raises(InputError, match="no cell 'K9'; did you mean 'H8'"):
        accept(review)
    assert [path.name for path in folder.parent.iterdir()] == ["workshop.review"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("marks.geojson", "'marks.geojson' is no GeoPackage; give a name that ends in .gpkg"),
        ("-x'y.gpkg", "is no name for a layer; use letters, digits and _"),
    ],
)
def test_a_name_that_no_layer_can_have(folder, name, said):
    with pytest.raises(InputError, match=said):
        accept(write_review(folder, rows()), into=folder.parent / name)


def test_a_folder_that_is_no_review_folder(folder):
    review = write_review(folder.with_name("photos"), rows())
    with pytest.raises(InputError, match=r"'photos' is no review folder: its name does not end in"):
        accept(review)


def test_what_is_not_ours_is_never_written_over(folder):
    review, gpkg = write_review(folder, rows()), folder.parent / "workshop.gpkg"
    gpkg.write_bytes(b"not a geopackage at all")
    with pytest.raises(OutputError, match="is no GeoPackage; nothing was written"):
        accept(review)
    assert gpkg.read_bytes() == b"not a geopackage at all"
    gpkg.unlink()
    theirs = gpd.GeoDataFrame({"name": ["x"]}, geometry=[Point(0, 0)], crs="EPSG:32618")
    theirs.to_file(gpkg, layer="points")
    before = digest(gpkg)
    with pytest.raises(OutputError, match="its table 'points' is not ours"):
        accept(review)
    gpkg.unlink()
    pyogrio.write_dataframe(pd.DataFrame({"secret": [1]}), gpkg, layer="list")
    with pytest.raises(OutputError, match="its table 'list' has no geometry and would be lost"):
        accept(review)
    assert digest(gpkg) != before


# ---- in plans ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Give the plan that the workshop looked at."""
    return init(tmp_path_factory.mktemp("before") / "town").run("micro_parks")


def workshop_in(
    folder: Path, plan: Plan, *, agreed: bool = False, audience: str = "internal"
) -> Project:
    """Give the made-up town after a workshop: support at its third best lot, objection at its best.

    Twelve people support, four object; beside the dots an area is drawn around a further lot.
    """
    project = init(folder / "town")
    crs = plan.study.crs.to_string()
    west, south, _, _ = plan.study.area.bounds
    place = sheet(3, crs=crs)
    extent = (west - 100, south - 100, west + 2700, south + 2140)
    place = type(place)(**{**place.__dict__, "extent": extent})
    ranked = plan.ranking.index
    where = plan.sites.table.geometry.representative_point()
    marks = [
        row(f"s{place:02d}", geometry=where[ranked[2]].wkt, colour="green", says="green")
        for place in range(12)
    ]
    marks += [
        row(f"o{place:02d}", geometry=where[ranked[0]].wkt, colour="red", says="red")
        for place in range(4)
    ]
    lot = plan.sites.table.geometry[ranked[5]].buffer(2)
    marks.append(row("area", kind="area", says="needed", geometry=lot.wkt))
    new = plan.cells.geometry.representative_point().iloc[50]
    marks.append(row("new", says="needed", colour="blue", geometry=new.wkt, people=3))
    review = write_review(project.root / "layers" / "workshop.review", marks, [place])
    accept(review, colours={"green": "support", "red": "objection"}, said=Agreement(agreed=agreed))
    criteria = """
[site.support]
layer = "workshop"
measure = "count"
where = { says = ["support"] }
within = "walk"
limit_m = 100
zero_at = 0
full_at = 10
weight = 1

[site.supporters]
layer = "workshop"
measure = "sum"
column = "people"
where = { says = ["support"] }
within = "walk"
limit_m = 100
zero_at = 0
full_at = 10
weight = 1

[site.objection]
layer = "workshop"
measure = "count"
where = { says = ["objection"] }
within = "walk"
limit_m = 100
zero_at = 5
full_at = 0
weight = 1
"""
    (project.root / "scenarios" / "heard.toml").write_text(
        f'extends = "micro_parks"\ntitle = "Heard"\naudience = "{audience}"\n{criteria}', "utf-8"
    )
    return project


def test_support_and_objection_move_the_ranking(tmp_path, before):
    project = workshop_in(tmp_path, before)
    assert project.check() is not None
    after = project.run("heard")
    first, third = before.ranking.index[0], before.ranking.index[2]
    values = after.place.measures
    assert values["support"][third] == 12
    assert values["supporters"][third] == 12
    assert values["objection"][first] == 4
    assert after.place.scores["objection"][first] == pytest.approx(0.2)
    assert after.place.scores["objection"][third] == 1
    assert after.ranking["rank"][first] > after.ranking["rank"][third]
    assert after.ranking["rank"][third] < before.ranking["rank"][third]
    assert after.why(third).loc["support", "score"] == 1


def test_areas_count_as_a_share_of_a_place(tmp_path, before):
    project = workshop_in(tmp_path, before)
    sixth = before.ranking.index[5]
    (project.root / "scenarios" / "drawn.toml").write_text(
        'extends = "micro_parks"\ntitle = "Drawn"\n[site.drawn]\nlayer = "workshop_areas"\n'
        'measure = "share_of_area"\nwhere = { says = ["needed"] }\nzero_at = 0\nfull_at = 1\n',
        encoding="utf-8",
    )
    values = project.run("drawn").place.measures["drawn"]
    assert values[sixth] == pytest.approx(1)
    assert values.drop(sixth).max() < 0.5


def test_marks_as_new_candidates_beside_another_layer(tmp_path, before):
    project = workshop_in(tmp_path, before)
    text = 'extends = "micro_parks"\ntitle = "New"\nunset = ["sites.where"]\n'
    text += '[sites]\nlayer = ["vacant_lots", "workshop"]\n'
    text += '[sites.where]\n"vacant_lots.owner" = ["public"]\n"workshop.says" = ["needed"]\n'
    path = project.root / "scenarios" / "new.toml"
    path.write_text(text.replace('"needed"', '"neded"'), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"where.workshop.says: no row of workshop has says = 'ned"
    ):
        project.run("new")
    path.write_text(text.replace('"workshop.says"', '"says"'), encoding="utf-8")
    with pytest.raises(InputError, match=r"sites.where.says: layer 'vacant_lots' declares no col"):
        project.run("new")
    path.write_text(text, encoding="utf-8")
    made = project.run("new")
    table = made.sites.table
    assert table.index[table["layer"] == "workshop"].tolist() == ["new"]
    assert set(table.index) == {*before.sites.table.index, "new"}
    assert np.isnan(table["area_m2"]["new"])


# ---- what the public sees ------------------------------------------------------------------


def test_counts_of_marks_below_ten_are_withheld_unless_the_workshop_agreed(tmp_path, before):
    kept, told = (
        workshop_in(tmp_path / name, before, agreed=agreed, audience="public")
        for name, agreed in (("kept", False), ("told", True))
    )
    tables = {}
    for name, project in (("kept", kept), ("told", told)):
        made = project.run("heard")
        folder = made.save()
        first = made.place.measures["objection"].idxmax()
        table = pd.read_csv(folder / "ranking.csv", dtype={"site": str}).set_index("site")
        tables[name] = table.loc[first, ["objection_value", "objection_score"]]
        for path in folder.iterdir():
            whole = path.read_bytes()
            for private in (b"s03-p1", b"o01", b"IMG_"):
                assert private not in whole, path.name
    assert tables["kept"].isna().all()
    assert tables["told"].tolist() == pytest.approx([4, 0.2])


def test_marks_made_in_confidence_are_never_points_on_a_public_map(tmp_path, before):
    project = workshop_in(tmp_path, before)
    text = 'extends = "micro_parks"\ntitle = "New"\naudience = "public"\nunset = ["sites.where"]\n'
    text += '[sites]\nlayer = ["vacant_lots", "workshop"]\n'
    text += '[site.drawn]\nlayer = "workshop_areas"\nmeasure = "share_of_area"\n'
    text += "zero_at = 0\nfull_at = 1\n"
    (project.root / "scenarios" / "new.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        project.run("new")
    assert [one.key for one in error.value.problems] == ["sites.layer", "site.drawn.measure"]
    assert "write agreed = true in layers/workshop.toml; else count" in str(error.value)
    accept(project.root / "layers" / "workshop.review", said=Agreement(agreed=True))
    made = project.run("new")
    assert "new" in made.sites.table.index


def test_the_example_of_the_readme_is_well(tmp_path, before):
    project = workshop_in(tmp_path, before)
    text = (project.root / "scenarios" / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(# scenarios/with_workshop.*?)```", text, flags=re.DOTALL)
    path = project.root / "scenarios" / "with_workshop.toml"
    path.write_text(example, encoding="utf-8")
    assert project.check() is not None
    assert list(project.scenario("with_workshop").site)[-2:] == ["support", "objection"]


# ---- the command ---------------------------------------------------------------------------


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(words))
    return int(stopped.value.code or 0)


def test_the_command_says_what_it_made_and_what_it_left_out(folder, capsys):
    write_review(folder, rows())
    root = folder.parent.parent
    code = run("--root", str(root), "accept", "layers/workshop.review", "--colours",
               "green=support", "--group", "school", "--agreed")  # fmt: skip
    said = capsys.readouterr().out
    assert code == 0
    assert "marks.csv: 1 of 5 rows dropped: keep says no" in said
    assert "workshop.gpkg: points: 2, lines: 1, areas: 1" in said
    assert "a scenario can now name: workshop, workshop_lines, workshop_areas" in said
    assert read_layer(folder.parent / "workshop.toml").agreed is True


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--colours", "green"], "--colours: found 'green'; write colour=word, with commas"),
        (["--colours", "gren=support"], "no kept mark is gren; did you mean 'green'?"),
        (["--into", "layers/x.shp"], "'x.shp' is no GeoPackage; give a name that ends in .gpkg"),
    ],
)
def test_the_command_explains_a_mistake(folder, capsys, words, said):
    write_review(folder, rows())
    assert run("accept", str(folder), *words) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in folder.parent.iterdir()] == ["workshop.review"]


def test_the_command_for_the_way_back_needs_a_plan_before(tmp_path, capsys):
    root = init(tmp_path / "town").root
    assert run("--root", str(root), "told", "micro_parks") == 2
    said = capsys.readouterr().err
    assert "extends: it extends no other scenario; name the plan before: --before" in said
    assert run("--root", str(root), "told", "micro_parks", "--before", "micro_park") == 2
    assert "no such scenario; did you mean 'micro_parks'" in capsys.readouterr().err
