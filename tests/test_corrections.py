"""Corrections: which rows a mark means, what becomes of them, and who said so."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import geopandas.testing
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import LineString, Point, box

from siteplanner import InputError, Project, problems, study
from siteplanner.corrections import correct, meant
from siteplanner.model import Column, Criterion, Demand, Layer, Scenario, Sites, Walk
from siteplanner.project import init
from siteplanner.sources import Source

UTM = "EPSG:32618"
X, Y = 600_000.0, 500_000.0


def moved(shape):
    return shapely.transform(shape, lambda xy: xy + np.array([X, Y]))


def source(name: str, shapes: list, kind: str = "polygons", **columns) -> Source:
    """Give a layer as read: ids a, b, c, …; text columns are words, others values."""
    words = {n: "category" if isinstance(v[0], str) else "value" for n, v in columns.items()}
    layer = Layer(
        name=name, title=name.title(), source=f"{name}.geojson", kind=kind,
        columns={n: Column(kind=k) for n, k in words.items()},
    )  # fmt: skip
    ids = [chr(ord("a") + place) for place in range(len(shapes))]
    table = gpd.GeoDataFrame(columns, index=ids, geometry=[moved(s) for s in shapes], crs=UTM)
    return Source(layer, table.rename_axis("id"), None, (), "0" * 64)


def scenario(**corrections) -> Scenario:
    return Scenario(
        name="parks", title="Parks", area="city",
        demand=Demand(squares_m=100, people="people.n"),
        need={"p": Criterion(layer="flood", measure="share_of_area", zero_at=0, full_at=1)},
        walk=Walk(network="paths", limit_m=300), sites=Sites(layer="lots"),
        site={"reach": Criterion(measure="need_reached", zero_at=0, full_at=9)},
        choice={"count": 1}, corrections=corrections,
    )  # fmt: skip


@pytest.fixture
def town() -> dict[str, Source]:
    """Give two lots 2 m apart, two paths, a flood, and three marks."""
    return {
        "city": source("city", [box(0, 0, 300, 300)]),
        "people": source("people", [Point(10, 10)], "points", n=[4.0]),
        "lots": source(
            "lots", [box(0, 0, 10, 10), box(12, 0, 20, 10)], use=["vacant", "vacant"],
            floors=[1.0, 2.0],
        ),
        "paths": source("paths", [LineString([(0, 0), (100, 0)]), LineString([(0, 30), (100, 30)])],
                        "lines", lit=["yes", "no"]),
        "flood": source("flood", [box(50, 50, 90, 90), box(200, 200, 220, 220)]),
        "marks": source("marks", [Point(11.5, 5), Point(50, 8), Point(70, 70), Point(250, 20)],
                        "points", says=["pitch", "closed", "dry", "pitch"]),
        "areas": source("areas", [box(-1, -1, 13, 11)], says=["pitch"]),
    }  # fmt: skip


PITCH = {
    "layer": "marks", "where": {"says": ["pitch"]}, "of": "lots", "within_m": 5,
    "set": {"use": "football_pitch", "floors": 0},
}  # fmt: skip
CLOSED = {
    "layer": "marks", "where": {"says": ["closed"]}, "of": "paths", "within_m": 20, "drop": True,
}  # fmt: skip
DRY = {"layer": "marks", "where": {"says": ["dry"]}, "of": "flood", "drop": True}


# ---- which rows a mark means ----------------------------------------------------------------


def test_a_point_means_the_nearest_row_only():
    lots = np.array([box(0, 0, 10, 10), box(12, 0, 20, 10)])
    assert [one.tolist() for one in meant(np.array([Point(9, 5)]), lots, within_m=50)] == [[0], [0]]


def test_a_point_in_two_areas_means_both():
    floods = np.array([box(0, 0, 10, 10), box(5, 0, 20, 10), box(30, 0, 40, 10)])
    _, row = meant(np.array([Point(7, 5)]), floods)
    assert row.tolist() == [0, 1]


def test_a_line_and_an_area_mean_all_they_touch():
    lots = np.array([box(0, 0, 10, 10), box(12, 0, 20, 10), box(40, 0, 50, 10)])
    marks = np.array([LineString([(5, 5), (15, 5)]), box(8, 0, 45, 10)])
    mark, row = meant(marks, lots)
    assert list(zip(mark.tolist(), row.tolist(), strict=True)) == [
        (0, 0), (0, 1), (1, 0), (1, 1), (1, 2),
    ]  # fmt: skip


def test_of_what_is_outlined_by_hand_half_has_to_lie_inside():
    lots = np.array(
        [box(0, 0, 10, 10), box(12, 0, 20, 10), LineString([(0, 5), (8, 5)]), Point(1, 1)]
    )
    _, row = meant(np.array([box(-1, -1, 13, 11)]), lots, min_share=0.5)
    assert row.tolist() == [0, 2, 3]
    mark = np.array([box(11, -1, 17, 11)])  # five of the eight metres of the second lot
    assert meant(mark, lots, min_share=0.625)[1].tolist() == [1]
    assert meant(mark, lots, min_share=0.63)[1].tolist() == []


def test_near_enough_holds_at_the_very_limit():
    lots = np.array([box(0, 0, 10, 10)])
    assert len(meant(np.array([Point(15, 5)]), lots, within_m=5)[1]) == 1
    assert len(meant(np.array([Point(15.01, 5)]), lots, within_m=5)[1]) == 0


spot = st.tuples(st.floats(0, 100), st.floats(0, 100))


@settings(max_examples=60, deadline=None)
@given(st.lists(spot, min_size=1, max_size=8), st.lists(spot, min_size=1, max_size=8),
       st.floats(0.5, 60))  # fmt: skip
def test_points_mean_what_looking_at_every_row_finds(marks, rows, within_m):
    dots = np.array([Point(one) for one in marks])
    lots = np.array([box(x, y, x + 6, y + 4) for x, y in rows])
    mark, row = meant(dots, lots, within_m=within_m)
    found = set(zip(mark.tolist(), row.tolist(), strict=True))
    for number, dot in enumerate(dots):
        away = [dot.distance(lot) for lot in lots]
        near = {(number, k) for k, m in enumerate(away) if m <= min(away) + 0.001 and m <= within_m}
        assert {pair for pair in found if pair[0] == number} == near


# ---- what becomes of the rows ---------------------------------------------------------------


def test_rows_are_dropped_and_set_and_every_one_is_counted(town):
    who = {"who": "workshop, 18 people", "when": "2026-05-12", "reason": "children play there"}
    asked = scenario(pitch={**PITCH, **who}, closed=CLOSED, dry=DRY)
    made, notices, found = correct(asked, town, CRS(UTM))
    assert not found
    assert made["lots"].table["use"].to_dict() == {"a": "vacant", "b": "football_pitch"}
    assert made["lots"].table["floors"].to_dict() == {"a": 1.0, "b": 0.0}
    assert list(made["paths"].table.index) == ["b"]
    assert list(made["flood"].table.index) == ["b"]
    assert [str(one) for one in notices] == [
        "layers/lots: 1 of 2 rows mended: corrected by 'pitch', use is now football_pitch, floors "
        "is now 0.0: children play there (workshop, 18 people; 2026-05-12) (for example b)",
        "layers/marks: 1 of 2 rows flagged: none of them lies within 5 m of a row of 'lots', so "
        "'pitch' has no use for them (for example d)",
        "layers/paths: 1 of 2 rows dropped: corrected by 'closed' (for example a)",
        "layers/flood: 1 of 2 rows dropped: corrected by 'dry' (for example a)",
    ]


def test_what_went_in_stays_as_it_was(town):
    before = {name: one.table.copy() for name, one in town.items()}
    made, _, _ = correct(scenario(pitch=PITCH, closed=CLOSED), town, CRS(UTM))
    for name, table in before.items():
        geopandas.testing.assert_geodataframe_equal(town[name].table, table)
    assert made["people"] is town["people"]
    lots = made["lots"].table
    assert (lots.index.name, list(lots.columns)) == ("id", list(before["lots"].columns))
    assert lots.dtypes.equals(before["lots"].dtypes)
    assert lots.crs == CRS(UTM)


def test_layers_in_degrees_are_corrected_in_metres_and_stay_in_degrees(town):
    degrees = {
        name: Source(one.layer, one.table.to_crs(4326), None, (), one.sha256)
        for name, one in town.items()
    }
    made, _, found = correct(scenario(closed=CLOSED), degrees, CRS(UTM))
    assert not found
    assert list(made["paths"].table.index) == ["b"]
    assert made["paths"].table.crs == CRS(4326)


def test_corrections_follow_each_other(town):
    again = {**PITCH, "set": {"use": "garden"}}
    made, _, _ = correct(scenario(a=PITCH, b=again), town, CRS(UTM))
    assert made["lots"].table["use"]["b"] == "garden"
    first = {"layer": "areas", "of": "marks", "drop": True}  # takes the mark of the pitch away
    _, _, found = correct(scenario(a=first, b=PITCH), town, CRS(UTM))
    assert [one.key for one in found] == ["corrections.b"]


def test_a_rate_in_percent_is_set_in_percent(town):
    rate = {"kind": "rate", "unit": "% of homes"}
    written = town["lots"].layer.model_copy(update={"columns": {"poor": Column(**rate)}})
    read = written.model_copy(update={"columns": {"poor": Column(kind="rate", unit="share")}})
    table = town["lots"].table.assign(poor=0.2)
    town["lots"] = Source(read, table, None, (), "0", written=written)
    made, _, _ = correct(scenario(a={**PITCH, "set": {"poor": 35}}), town, CRS(UTM))
    assert made["lots"].table["poor"].tolist() == [0.2, 0.35]


def test_a_correction_that_does_nothing_is_a_problem_and_says_how_far_off_it_is(town):
    far = {**PITCH, "within_m": 0.25}
    none = {**DRY, "where": {"says": ["dry"], "kind": ["x"]}}
    town["marks"].table["kind"] = ["x", "x", "y", "x"]
    small = {"layer": "areas", "of": "flood", "min_share": 0.5, "drop": True}
    much = {"layer": "areas", "of": "lots", "min_share": 1, "set": {"use": "x"}}
    town["areas"].table.geometry = [moved(box(1, 1, 2, 2))]
    every = {**CLOSED, "within_m": 500, "layer": "city", "where": {}}
    asked = scenario(far=far, none=none, small=small, much=much, every=every)
    made, notices, found = correct(asked, town, CRS(UTM))
    assert not notices
    assert made == town
    assert [str(one).partition("corrections.")[2] for one in found] == [
        "far: no mark of 'marks' lies within 0.25 m of a row of 'lots' "
        "(the nearest is 0.5 m away); raise within_m, or delete the correction",
        "none: no mark of 'marks' has all the values that where asks for; "
        "ask for less, or delete the correction",
        "small: no mark of 'areas' touches a row of 'flood' (the nearest is 68 m away); "
        "raise within_m, or delete the correction",
        "much: no mark of 'areas' touches a row of 'lots' and holds 100 % of it; "
        "lower min_share, or delete the correction",
        "every: it drops every row of 'paths'; look at where and within_m, or leave the layer out",
    ]


def test_a_misspelt_value_is_said_once(town):
    asked = scenario(a={**CLOSED, "where": {"says": ["clsed"]}})
    with pytest.raises(InputError) as error:
        study.prepare(asked, town, ring_m=0)
    assert str(error.value) == (
        "scenarios/parks.toml: corrections.a.where.says: no row of marks has says = 'clsed'; "
        "did you mean 'closed'?"
    )


def test_a_gate_that_is_shut_is_no_gate(town):
    lots = town["lots"].layer.model_copy(update={"entrances": "gates"})
    town["lots"] = Source(lots, town["lots"].table, None, (), "0")
    town["gates"] = source("gates", [Point(0, 5), Point(10, 5)], "points")
    town["marks"] = source("marks", [Point(0, 6)], "points", says=["shut"])
    shut = {"layer": "marks", "of": "gates", "within_m": 3, "drop": True}
    found = []
    for asked in (scenario(), scenario(a=shut)):
        lots = study.prepare(asked, town, ring_m=300).tables["lots"]
        found.append([len(shapely.get_parts(one)) if one else 0 for one in lots["@gates"]])
    assert found == [[2, 0], [1, 0]]


# ---- the file ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"of": "lots"}, "it changes nothing; give drop = true"),
        ({"of": "lots", "drop": True, "set": {"use": "x"}}, "both drop and set; give drop = true"),
        ({"of": "marks", "drop": True}, "the marks and the layer they correct are the same"),
    ],
)
def test_a_correction_does_one_thing(keys, said):
    with pytest.raises(ValueError, match=said):
        scenario(a={"layer": "marks", **keys})


LAYERS = {
    one.name: one
    for one in (
        Layer(name="city", title="C", source="c.x", kind="polygons"),
        Layer(name="people", title="P", source="p.x", kind="points",
              columns={"n": Column(kind="count")}),
        Layer(name="flood", title="F", source="f.x", kind="polygons"),
        Layer(name="paths", title="W", source="w.osm", kind="network"),
        Layer(name="lots", title="L", source="l.x", kind="polygons", label="who", entrances="gates",
              columns={"use": Column(kind="category"), "n": Column(kind="count")}),
        Layer(name="gates", title="G", source="g.x", kind="points"),
        Layer(name="marks", title="M", source="m.x", kind="points",
              columns={"says": Column(kind="category")}),
        Layer(name="areas", title="M", source="m.x", kind="polygons"),
        Layer(name="dem", title="D", source="d.tif", kind="raster"),
        Layer(name="other", title="O", source="o.x", kind="polygons"),
    )
}  # fmt: skip


@pytest.mark.parametrize(
    "keys",
    [
        {"layer": "marks", "of": "gates", "within_m": 5, "drop": True},
        {"layer": "areas", "of": "lots", "min_share": 0.5, "set": {"use": "x", "who": "y", "n": 2}},
        {"layer": "marks", "of": "paths", "within_m": 9, "set": {"lit": "no", "steps": True}},
        {"layer": "marks", "of": "flood", "drop": True},
    ],
)
def test_what_is_well_has_no_problem(keys):
    if "who" in keys.get("set", {}):
        keys = {**keys, "set": {"use": "x", "label": "y", "n": 2}}
    assert problems.find(scenario(a=keys), LAYERS) == []


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"layer": "mark"}, "layer: no layer 'mark'; did you mean 'marks'?"),
        ({"of": "lot"}, "of: no layer 'lot'; did you mean 'lots'?"),
        ({"of": "dem"}, "of: layer 'dem' has raster; name a layer of lines or points or polygons"),
        ({"of": "city"}, "of: 'city' is the area of the plan; mend the layer itself"),
        ({"of": "other"}, "of: the scenario does not look at 'other'; delete [corrections.a], or"),
        ({"where": {"say": ["x"]}}, "where.say: layer 'marks' declares no column 'say'; did you"),
        ({"of": "paths"}, "points hardly ever lie on lines; say how near counts: within_m = …"),
        ({"min_share": 0.5}, "min_share: 'marks' has points: nothing lies inside; delete the key"),
        ({"set": {"used": "x"}}, "set.used: layer 'lots' declares no column 'used'; did you mean"),
        ({"set": {"n": "x"}}, "set.n: found 'x', and 'lots.n' is a count; write a number"),
        ({"set": {"n": True}}, "set.n: found true, and 'lots.n' is a count; write a number"),
        ({"set": {"n": -1}}, "set.n: found -1.0, and no count is below 0; write 0 or more"),
        ({"of": "paths", "within_m": 9, "set": {"lit": True}}, "set.lit: found true; write it in"),
        ({"of": "paths", "within_m": 9, "set": {"steps": "no"}}, "set.steps: found 'no'; write tr"),
        ({"of": "paths", "within_m": 9, "set": {"width": 2}}, "set.width: streets of a network ha"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(keys, said):
    whole = {"layer": "marks", "of": "lots", **keys}
    whole |= {} if "set" in keys else {"drop": True}
    found = [str(one) for one in problems.find(scenario(a=whole), LAYERS)]
    assert len(found) == 1
    assert found[0].partition("corrections.a")[2].lstrip(".: ").startswith(said)


def test_when_may_be_a_date(tmp_path):
    project = town_with_marks(tmp_path, [])
    extend(project, '[corrections.a]\nlayer = "marks"\nof = "flood_zone"\nwhen = 2026-05-12\n'
                    "drop = true\n")  # fmt: skip
    assert project.scenario("corrected").corrections["a"].when == "2026-05-12"


# ---- in a plan -----------------------------------------------------------------------------


def town_with_marks(folder: Path, marks: list[tuple[str, shapely.Geometry]]) -> Project:
    """Give the made-up town with a layer of marks, in degrees."""
    project = init(folder / "town")
    table = gpd.GeoDataFrame(
        {"says": [says for says, _ in marks]}, geometry=[shape for _, shape in marks], crs=4326
    )
    layers = project.root / "layers"
    if marks:
        table.to_file(layers / "marks.geojson")
    (layers / "marks.toml").write_text(
        'title = "Marks"\nsource = "marks.geojson"\nkind = "points"\n[columns.says]\n'
        'kind = "category"\n',
        encoding="utf-8",
    )
    return project


def extend(project: Project, text: str, base: str = "micro_parks") -> None:
    path = project.root / "scenarios" / "corrected.toml"
    path.write_text(f'extends = "{base}"\ntitle = "Corrected"\n{text}', encoding="utf-8")


def test_a_closed_street_lengthens_the_walk_and_the_cache_notices(tmp_path):
    plain = init(tmp_path / "plain").run("micro_parks")
    streets = plain.walk.streets
    crs = plain.study.crs
    home = plain.cells.geometry.representative_point().iloc[40]
    site = plain.choice.table.index[0]
    place = plain.sites.table.geometry.representative_point()[site]
    before = plain.walk.explain(home, place)
    line = before.table.geometry.iloc[int(before.table.geometry.length.argmax())]
    middle = gpd.GeoSeries([line.interpolate(0.5, normalized=True)], crs=crs).to_crs(4326)
    project = town_with_marks(tmp_path, [("closed", middle.iloc[0])])
    first = project.run("micro_parks")  # fills the cache
    assert first.walk.explain(home, place).table["metres"].sum() == pytest.approx(
        before.table["metres"].sum()
    )
    extend(
        project,
        '[corrections.fence]\nlayer = "marks"\nof = "streets"\nwithin_m = 20\ndrop = true\n'
        'who = "workshop, 18 people"\nreason = "fenced off"\n',
    )
    assert project.check() is not None
    made = project.run("corrected")
    assert len(made.walk.streets) == len(streets) - 1
    assert made.walk.explain(home, place).table["metres"].sum() > (before.table["metres"].sum() + 1)
    (said,) = [one for one in made.notices if "fence" in one.reason]
    assert (said.kind, said.count) == ("dropped", 1)
    assert said.reason == "corrected by 'fence': fenced off (workshop, 18 people)"
    told = json.loads((made.save() / "plan.json").read_text(encoding="utf-8"))
    assert any("fenced off" in one for one in told["notices"])
    assert told["layers"]["marks"]["sha256"]


def test_a_lot_that_is_a_pitch_is_out_with_its_reason(tmp_path):
    plain = init(tmp_path / "plain").run("micro_parks")
    site = plain.choice.table.index[0]
    point = plain.sites.table.geometry.representative_point().to_crs(4326)[site]
    project = town_with_marks(tmp_path, [("pitch", point)])
    extend(
        project,
        '[corrections.pitch]\nlayer = "marks"\nwhere = { says = ["pitch"] }\nof = "vacant_lots"\n'
        'set = { dumping = "pitch" }\n[sites.exclude.pitch]\nwhere = { dumping = ["pitch"] }\n'
        'reason = "people play football there"\n',
    )
    assert project.check() is not None
    made = project.run("corrected")
    assert site not in made.ranking.index
    assert made.why_not(site) == ("It was ruled out: people play football there: dumping is pitch.")


def test_a_visit_that_found_it_dry_takes_the_flood_away(tmp_path):
    project = town_with_marks(tmp_path, [("dry", Point(0, 0))])
    layers = project.root / "layers"
    flood = gpd.read_file(layers / "flood_zone.geojson").to_crs(4326)
    west, south, east, north = flood.total_bounds
    middle = (south + north) / 2
    halves = [box(west, south, east, middle), box(west, middle, east, north)]
    parts = [flood.union_all().intersection(half) for half in halves]
    dots = gpd.GeoDataFrame({"says": ["dry"]}, geometry=[parts[0].representative_point()], crs=4326)
    dots.to_file(layers / "marks.geojson")
    flood.to_file(layers / "flood_zone.geojson")
    extend(
        project,
        '[corrections.drained]\nlayer = "marks"\nwhere = { says = ["dry"] }\nof = "flood_zone"\n'
        'drop = true\nwho = "two people of the works department"\nwhen = 2026-10-02\n'
        'reason = "dry since the drain was built"\n',
        base="care_blocks",
    )
    with pytest.raises(InputError, match="it drops every row of 'flood_zone'"):
        project.check()
    two = gpd.GeoDataFrame({"name": ["south", "north"]}, geometry=parts, crs=4326)
    two.to_file(layers / "flood_zone.geojson")
    project.check()
    before, after = (
        project.run(name).sites.excluded["reason"].str.contains("flood zone")
        for name in ("care_blocks", "corrected")
    )
    assert (before.sum(), after.sum()) == (1, 0)
