"""A hamlet of nine blocks, looked at on weekdays, on Saturday and after dark: by eye."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, MultiPoint, Point, box

from siteplanner import InputError, Project, init, problems
from siteplanner.maps import released
from siteplanner.plan import timing
from siteplanner.report.by_hour import by_time as told_by_time
from siteplanner.sources.opening import OPEN

CRS = "EPSG:32618"
EAST, NORTH = 500_000, 500_000
"""South west corner of the hamlet."""
BLOCKS = [f"{column}{row}" for row in (1, 2, 3) for column in "abc"]
SATURDAY, EVENING = "Sa 09:00-12:00", "Mo-Fr 18:00-20:00"

SCENARIO = """
title = "Hamlet"
area = "area"
crs = 32618
[demand]
cells = "blocks"
people = "blocks.people"
[need.all]
layer = "blocks"
column = "poor"
measure = "value"
zero_at = 0
full_at = 1
[walk]
network = "streets"
limit_m = 100
limit_min = 1.3
[sites]
layer = "lots"
[site.reach]
measure = "need_reached"
zero_at = 0
full_at = 40
[choice]
existing = "halls"
count = 1
hours = "Mo-Sa 08:00-17:00"
[outcomes]
minutes = [1]
[robustness]
draws = 100
"""
LAYER = 'title = "{name}"\nsource = "{name}.geojson"\nkind = "{kind}"\nfictional = true\n'


def centre(block: str) -> Point:
    """Give the middle of a block; streets run from middle to middle."""
    x, y = "abc".index(block[0]), int(block[1]) - 1
    return Point(EAST + 100 * x + 50, NORTH + 100 * y + 50)


def write(folder: Path, name: str, rows: dict, shapes: list, kind: str, more: str = "") -> None:
    table = gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS)
    table.to_file(folder / "layers" / f"{name}.gpkg", engine="pyogrio")
    text = LAYER.format(name=name, kind=kind).replace("geojson", "gpkg") + more
    (folder / "layers" / f"{name}.toml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def hamlet(tmp_path_factory) -> Project:
    """Give nine blocks of ten people, three halls and a free lot in the north.

    ::

        a3 ─ b3 ─ c3     lot in b3          a3─b3 has no light, b3─c3 is closed on Saturday
        │    │    │
        a2 ─ b2 ─ c2     West in a2 (weekdays until six), park in b2, East in c2 (Saturday)
        │    │    │
        a1 ─ b1 ─ c1     Odd in b1: nobody knows its hours
    """
    folder = tmp_path_factory.mktemp("hamlet")
    for part in ("layers", "scenarios"):
        (folder / part).mkdir()
    squares = [box(*centre(one).buffer(50).bounds) for one in BLOCKS]
    write(folder, "area", {"name": ["all"]}, [box(EAST, NORTH, EAST + 300, NORTH + 300)],
          "polygons")  # fmt: skip
    write(folder, "blocks", {"block": BLOCKS, "people": 10.0, "poor": 1.0}, squares, "polygons",
          'id = "block"\n[columns.people]\nkind = "count"\n[columns.poor]\n')  # fmt: skip
    pairs = [(f"{c}{r}", f"{d}{r}") for r in "123" for c, d in ("ab", "bc")]
    pairs += [(f"{c}{r}", f"{c}{s}") for c in "abc" for r, s in ("12", "23")]
    streets = [LineString([centre(one), centre(other)]) for one, other in pairs]
    lit = ["no" if pair == ("a3", "b3") else "yes" for pair in pairs]
    hours = ["Mo-Fr 06:00-22:00" if pair == ("b3", "c3") else None for pair in pairs]
    write(folder, "streets", {"lit": lit, "hours": hours}, streets, "lines",
          'hours = "hours"\n[columns.lit]\nkind = "category"\n')  # fmt: skip
    halls = {"West": ("a2", "Mo-Fr 08:00-18:00"), "East": ("c2", "Sa 09:00-13:00"),
             "Odd": ("b1", "by arrangement")}  # fmt: skip
    write(folder, "halls", {"name": list(halls), "hours": [one for _, one in halls.values()]},
          [centre(one) for one, _ in halls.values()], "points",
          'id = "name"\nlabel = "name"\nhours = "hours"\n')  # fmt: skip
    write(folder, "bare", {"name": ["West"]}, [centre("a2")], "points", 'id = "name"\n')
    write(folder, "lots", {"name": ["North"]}, [centre("b3")], "points", 'id = "name"\n')
    park = box(*centre("b2").buffer(30).bounds)
    write(folder, "park", {"name": ["Park"], "hours": ["Mo-Fr 06:00-18:00"]}, [park], "polygons",
          'id = "name"\nhours = "hours"\n')  # fmt: skip
    green = 'id = "name"\nentrances = "gates"\n'
    write(folder, "green", {"name": ["Green"]}, [park], "polygons", green)
    gates = {"gate": ["west", "east"], "hours": ["Mo-Fr 06:00-22:00", "Mo-Su 06:00-18:00"]}
    ends = [Point(EAST + 120, NORTH + 150), Point(EAST + 180, NORTH + 150)]
    write(folder, "gates", gates, ends, "points", 'id = "gate"\nhours = "hours"\n')
    (folder / "scenarios" / "base.toml").write_text(SCENARIO, encoding="utf-8")
    return Project(folder)


def scenario(project: Project, text: str, name: str = "other") -> str:
    """Write a scenario that changes the hamlet's."""
    path = project.root / "scenarios" / f"{name}.toml"
    path.write_text(f'extends = "base"\n{text}', encoding="utf-8")
    return name


def served(plan, column: str = "served_before") -> set[str]:
    return set(plan.cells.index[plan.cells[column] > 0])


@pytest.fixture(scope="module")
def base(hamlet):
    return hamlet.run("base")


@pytest.fixture(scope="module")
def saturday(hamlet):
    times = f'[outcomes]\nat = ["{SATURDAY}", "Mo-Fr 09:00-11:00", "Su 09:00-10:00"]'
    return hamlet.run(scenario(hamlet, f'at = "{SATURDAY}"\n{times}', "saturday"))


def test_without_a_time_every_place_counts_and_nothing_is_said(base):
    assert served(base) == set(BLOCKS) - {"b3"}
    assert base.outcomes.by_time.empty
    assert "by_time" not in base.answer().outcomes
    assert not any(OPEN in table for table in base.study.tables.values())
    assert not any("open" in one for one in base.answer().limits)


def test_what_is_closed_on_saturday_reaches_nobody(saturday):
    assert list(saturday.existing.index) == ["East"]
    assert OPEN not in saturday.existing
    assert served(saturday) == {"c1", "c2", "c3", "b2"}
    assert served(saturday, "served_after") == {"c1", "c2", "c3", "b2", "b3", "a3"}


def test_hours_that_nobody_can_read_are_counted(saturday):
    said = [str(one) for one in saturday.notices]
    told = f"layers/halls: {SATURDAY}: 1 open, 1 closed, 1 unknown (counted as closed)"
    assert told in said
    assert any("1 of 3 rows flagged: when they are open is unknown" in one for one in said)
    assert "of 3 existing places 1 open, 1 closed, 1 unknown (counted as closed)" in str(saturday)
    assert "layers/streets: Sa 09:00-12:00: 11 open, 1 closed, 0 unknown" in said


def test_the_table_by_time_is_right_by_eye(saturday):
    table = saturday.outcomes.by_time
    assert list(table.index) == [SATURDAY, "Mo-Fr 09:00-11:00", "Su 09:00-10:00"]
    first = table.loc[SATURDAY]
    assert first["people before"] == 40  # East: c1, c2, c3, b2
    assert first["people after"] == 60  # and North, closed to c3: b3, a3
    assert first["people_perhaps"] == 20  # Odd alone would reach a1 and b1
    assert list(first[["places open", "places closed", "places unknown"]]) == [1, 1, 1]
    week = table.loc["Mo-Fr 09:00-11:00"]
    assert week["people before"] == 40  # West: a1, a2, a3, b2
    assert week["people after"] == 60  # North: b3, c3
    assert week["people_perhaps"] == 20  # b1 and c1
    sunday = table.loc["Su 09:00-10:00"]
    assert list(sunday[["people before", "people after"]]) == [0, 0]
    assert sunday["people_perhaps"] == 40
    assert (table["people in need newly"] == table["people newly"]).all()
    own = saturday.outcomes.by_group.loc[("area", "people")]  # the plan is looked at then itself
    assert list(own[["before", "after"]]) == [first["people before"], first["people after"]]


def test_the_plan_can_be_asked_at_any_time(base, saturday):
    for plan in (base, saturday):
        found = plan.open_at("Mo-Fr 17:00-20:00")
        assert found["state"].to_dict() == {"East": "closed", "Odd": "unknown", "West": "closed"}
        assert found["open_share"]["West"] == pytest.approx(1 / 3)
        assert pd.isna(found["open_share"]["Odd"])
        assert plan.open_at("Mo-Fr 17:00-20:00", open_share=0.3)["counts"]["West"]
        assert plan.open_at(SATURDAY, hours_unknown="open")["counts"]["Odd"]
    table = base.reached_at(SATURDAY, EVENING)
    pd.testing.assert_series_equal(table.loc[SATURDAY], saturday.outcomes.by_time.loc[SATURDAY])


def test_a_time_or_a_layer_that_says_nothing_is_refused(base):
    for time, todo in (("sábado 09:00-12:00", "write Sa for"), ("Sa 22:00-02:00", "as two")):
        with pytest.raises(InputError, match=todo):
            base.open_at(time)
    with pytest.raises(InputError, match="layer 'lots' has no hours"):
        base.open_at(SATURDAY, "lots")
    with pytest.raises(InputError, match="no layer 'parks'"):
        base.open_at(SATURDAY, "parks")
    with pytest.raises(InputError, match="open_share"):
        base.open_at(SATURDAY, open_share=2)


def test_unknown_hours_may_count_as_open(hamlet, saturday):
    text = f'[at]\ntime = "{SATURDAY}"\nhours_unknown = "open"\n'
    plan = hamlet.run(scenario(hamlet, text))
    assert set(plan.existing.index) == {"East", "Odd"}
    assert served(plan) == served(saturday) | {"a1", "b1"}


def test_a_park_that_is_closed_is_not_crossed(hamlet):
    far = '[walk]\nlimit_m = 200\nlimit_min = 2.6\nclosing = ["park"]\n'
    times = f'[outcomes]\nat = ["Mo-Fr 09:00-11:00", "{SATURDAY}"]\n'
    plan = hamlet.run(scenario(hamlet, far + times))
    assert served(plan) == set(BLOCKS)  # nothing is closed where no time is asked for
    week = plan.outcomes.by_time.loc["Mo-Fr 09:00-11:00"]
    assert week["people before"] == 70  # from West through the park to c2; not to c1 and c3
    closed = hamlet.run(scenario(hamlet, f'at = "{SATURDAY}"\n{far}{times}'))
    assert served(closed) - {"b2"} == {"c1", "c2", "c3", "b1"}  # from East; b3─c3 is closed too
    before = [one.outcomes.by_time["people before"] for one in (plan, closed)]
    assert before[0].equals(before[1])  # whatever time the plan itself is looked at
    said = "they lead through 'park', which is closed then"
    assert any(f"4 of 11 rows dropped: {said}" in str(one) for one in closed.notices)


def test_a_gate_that_is_closed_is_not_passed(hamlet):
    far = 'at = "{}"\n[walk]\nlimit_m = 200\nlimit_min = 2.6\nclosing = ["{}"]\n'
    gate = hamlet.run(scenario(hamlet, far.format(SATURDAY, "gates")))
    assert served(gate) == {"c1", "c2", "c3", "b1", "b2", "b3"}  # the west gate: not to a2
    night = 'unset = ["choice.hours"]\n' + far.format("Su 20:00-21:00", "green")
    locked = hamlet.run(scenario(hamlet, night))
    assert any("lead through 'green', which is closed" in str(one) for one in locked.notices)


def test_a_barrier_with_hours_stands_only_while_it_is_closed(hamlet):
    barred = hamlet.run(scenario(hamlet, '[walk]\nbarriers = ["park"]\n'))
    assert "b2" not in served(barred)
    text = 'at = "Mo-Fr 09:00-11:00"\n[walk]\nbarriers = ["park"]\n'
    assert served(hamlet.run(scenario(hamlet, text))) == {"a1", "a2", "a3", "b2"}


def test_after_dark_unlit_streets_take_longer(hamlet):
    unlit = '[walk.penalties.unlit]\nwhere = { lit = ["no"] }\nfactor = 3\nafter_dark = true\n'
    times = '[outcomes]\nat = ["Mo-Fr 08:00-09:00", { time = "Mo-Fr 08:00-09:00", dark = true }]\n'
    plan = hamlet.run(scenario(hamlet, times + unlit))
    day = "Mo-Fr 08:00-09:00"
    assert list(plan.outcomes.by_time.index) == [day, f"{day}, after dark"]
    assert list(plan.outcomes.by_time["people after"]) == [60, 60]  # a3 is near West as well
    dark = hamlet.run(scenario(hamlet, f'[at]\ntime = "{SATURDAY}"\ndark = true\n{unlit}'))
    assert served(dark, "served_after") == {"c1", "c2", "c3", "b2", "b3"}  # not a3 from North
    told = [one for one in dark.answer().limits if one.startswith("Walking times")]
    assert told == ["Walking times ignore hills and crossings."]


def test_places_are_reached_at_gates_that_are_open(hamlet):
    reach = '[choice]\nexisting = "green"\n'
    at = 'at = "{}"\n' + reach
    ever = hamlet.run(scenario(hamlet, reach))
    assert served(ever) == {"a2", "b2", "c2"}
    evening = hamlet.run(scenario(hamlet, 'unset = ["choice.hours"]\n' + at.format(EVENING)))
    assert served(evening) == {"a2", "b2"}  # the east gate is closed
    saturday = hamlet.run(scenario(hamlet, at.format(SATURDAY)))
    assert served(saturday) == {"b2", "c2"}
    night = hamlet.run(scenario(hamlet, 'unset = ["choice.hours"]\n' + at.format("Su 20:00-21:00")))
    assert night.existing.empty
    assert served(night) == set()
    assert night.open_at("Su 20:00-21:00")["state"].tolist() == ["closed"]
    assert night.study.tables["green"]["@gates"].tolist() == [MultiPoint()]


@pytest.mark.parametrize("ids", [["1", "2"], ["halls:1", "lots:2"]])
def test_new_places_have_the_gates_of_their_own_layer(ids):
    """Ids may collide in rows that the scenario leaves out."""
    tables = {
        name: pd.DataFrame({"@gates": [f"{name} gate 1", f"{name} gate 2"]}, index=[1, 2])
        for name in ("halls", "lots")
    }
    plan = SimpleNamespace(
        scenario=SimpleNamespace(sites=SimpleNamespace(layer=tuple(tables))),
        study=SimpleNamespace(gates=set(tables)),
    )
    new = pd.DataFrame({"layer": ["halls", "lots"], "@gates": None}, index=ids)
    found = timing._gates_then(plan, SimpleNamespace(tables=tables), new)
    assert found["@gates"].tolist() == ["halls gate 1", "lots gate 2"]


def test_criteria_leave_out_what_is_closed_but_not_the_ground(hamlet):
    text = f"""at = "{SATURDAY}"
[need.near]
layer = "halls"
measure = "nearest"
by = "straight_m"
zero_at = 0
full_at = 300
[need.number]
layer = "halls"
measure = "count"
within = "walk"
zero_at = 3
full_at = 0
[need.here]
layer = "halls"
measure = "count"
within = "place"
zero_at = 3
full_at = 0
[need.lacking]
layer = "halls"
measure = "not_served"
zero_at = 0
full_at = 1
[need.green]
layer = "park"
measure = "share_of_area"
zero_at = 1
full_at = 0
"""
    closed = hamlet.run(scenario(hamlet, text)).need.measures
    ever = hamlet.run(scenario(hamlet, text.partition("\n")[2])).need.measures
    assert ever.loc["a2", ["near", "number", "here", "lacking"]].tolist() == [0, 1, 1, 0]
    assert closed.loc["a2", ["near", "number", "here", "lacking"]].tolist() == [200, 0, 0, 1]
    assert closed.loc["c2", ["near", "number", "here", "lacking"]].tolist() == [0, 1, 1, 0]
    assert (ever["green"] == closed["green"]).all()  # a park is green when it is closed


def test_companions_have_to_be_open(hamlet):
    asked = '[choice.companions]\nlayer = "halls"\nlimit_m = 250\n'
    ever = hamlet.run(scenario(hamlet, asked))
    assert len(ever.choice.table) == 1
    at = 'at = "{}"\n' + asked
    open_then = hamlet.run(scenario(hamlet, at.format(SATURDAY)))
    assert "East" in open_then.choice.why.iloc[0]
    assert "West" not in open_then.choice.why.iloc[0]
    with pytest.raises(InputError) as error:
        hamlet.run(scenario(hamlet, 'unset = ["choice.hours"]\n' + at.format("Su 20:00-21:00")))
    assert "there are 0 within the area and open Su 20:00-21:00" in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('at = "noon"', r"at.time: found 'noon'; write days as Mo"),
        ("at = 9", "at: found 9; make it a table"),
        ('at = "Sa 09:15-12:00"', "write full or half hours"),
        ('at = "Fr 22:00-02:00"', 'write it as two: "Fr 22:00-24:00; Sa 00:00-02:00"'),
        ('at = "domingo 09:00-12:00"', "write Su for domingo"),
        ('[at]\ntime = "Sa 09:00-12:00"\nshare = 1', "at.share: unknown key"),
        ('[at]\ntime = "Sa 09:00-12:00"\ndark = true', "no penalty has after_dark"),
        ('at = "Su 09:00-12:00"', "what will be built is closed Su 09:00-12:00"),
        ('[outcomes]\nat = ["Sa 09:00-12:00", "Sa  9:00-12:00"]', "stands there twice"),
        ('unset = ["choice.hours"]\n[outcomes]\nat = "Sa 09:00-12:00"', "when what will be built"),
        ('[choice]\nhours = "on demand"', "cannot be read as the hours of a week"),
        ('at = "Sa 09:00-12:00"\n[choice]\nexisting = "bare"', "layer 'bare' has no hours"),
        ('[outcomes]\nat = "Sa 09:00-12:00"\n[choice]\nexisting = "bare"', "outcomes.at.0: layer"),
        ('[walk]\nclosing = ["lots"]', "layer 'lots' has no hours, so it never closes"),
        ('[walk]\nclosing = ["streets"]', "is the network itself"),
    ],
)
def test_what_cannot_be_asked_is_said_at_the_door(hamlet, text, said):
    name = scenario(hamlet, text, "wrong")
    layers = {one: hamlet.layer(one) for one in hamlet.layer_names}
    try:
        found = problems.find(hamlet.scenario(name), layers)
    except InputError as error:
        found = error.problems
    (hamlet.root / "scenarios" / "wrong.toml").unlink()
    assert said in "\n".join(map(str, found))


def test_the_door_is_the_same_for_a_run(hamlet):
    wrong = scenario(hamlet, 'at = "noon"\n[walk]\nclosing = ["lots"]\n', "wrong")
    with pytest.raises(InputError, match="found 'noon'; write days as Mo"):
        hamlet.run(wrong)
    (hamlet.root / "scenarios" / "wrong.toml").unlink()


def test_places_that_never_close_may_be_said_to_be_open(hamlet):
    text = f'[at]\ntime = "{SATURDAY}"\nhours_unknown = "open"\n[choice]\nexisting = "bare"\n'
    plan = hamlet.run(scenario(hamlet, text))
    assert len(plan.existing) == 1
    assert "1 unknown (counted as open)" in str(plan)


def test_an_answer_tells_its_time_in_all_languages(saturday):
    answer = saturday.answer()
    assert f"The plan is looked at {SATURDAY}: what is closed does not count." in answer.limits
    folder = saturday.save()
    traced = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    assert traced["scenario"]["at"] == {"time": SATURDAY}
    assert traced["outcomes"]["by_time"][0]["people after"] == 60
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert '"outcome.by_time"' in page
    for layer in gpd.list_layers(folder / "sites.gpkg")["name"]:
        assert not {"@open", "@state"} & set(gpd.read_file(folder / "sites.gpkg", layer=layer))


def test_the_report_tells_the_hours_in_all_languages(saturday):
    from siteplanner.report.telling import Told
    from siteplanner.report.wording import Wording

    answer = saturday.answer()
    for code, word in (("en", "Sat 09:00–12:00"), ("es", "sáb"), ("pt", "sáb"), ("zh", "周六")):
        told = Told(answer, answer, Wording(code), None)
        blocks = list(told_by_time(told))
        table = next(one for one in blocks if hasattr(one, "rows"))
        assert table.rows[0][0].startswith(word)
        assert table.rows[0][4:6] == ("40", "60")
        assert any("20" in item for one in blocks for item in getattr(one, "items", ()))


def test_small_counts_by_time_are_withheld_from_the_public(hamlet):
    text = f'audience = "public"\n[outcomes]\nat = ["{SATURDAY}"]\n'
    plan = hamlet.run(scenario(hamlet, text))
    plan.outcomes.by_time.loc[SATURDAY, "people_perhaps"] = 4.0
    shown = released(plan.answer()).outcomes["by_time"].loc[SATURDAY]
    assert pd.isna(shown["people_perhaps"])
    assert shown["places unknown"] == 1  # a place is nobody
    assert shown["people before"] == 40


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Project:
    """Give the made-up town with the examples of scenarios/README.md."""
    project = init(tmp_path_factory.mktemp("town") / "town")
    text = (project.root / "scenarios" / "README.md").read_text(encoding="utf-8")
    for name, example in re.findall(r"```toml\n# scenarios/(\w+).toml\n(.*?)```", text, flags=re.S):
        if name in ("saturday", "after_dark"):
            example = example.replace('lit = ["no"]', 'highway = ["path"]')  # all streets are lit
            (project.root / "scenarios" / f"{name}.toml").write_text(example, encoding="utf-8")
    return project


def test_the_examples_run(town):
    saturday, dark = town.run("saturday"), town.run("after_dark")
    assert saturday.existing["label"].tolist() == ["Care block Town Hall"]
    assert dark.scenario.at.title == f"{EVENING}, after dark"
    assert dark.existing["label"].tolist() == ["Care block Town Hall"]
    assert "What will be built is taken to be open then." in dark.answer().limits
    assert any("layers/services: it gives no hours" in str(one) for one in dark.notices)


def test_the_town_has_hours(town):
    """The same town, the same answer, but for what is asked for besides."""
    (town.root / "scenarios" / "by_time.toml").write_text(
        'extends = "care_blocks"\n[choice]\nhours = "Mo-Fr 08:00-17:00; Sa 09:00-13:00"\n'
        f'[outcomes]\nat = ["{SATURDAY}", "{EVENING}"]\n',
        encoding="utf-8",
    )
    plain, asked = town.run("care_blocks"), town.run("by_time")
    assert plain.open_at(SATURDAY)["state"].tolist() == ["closed", "open"]
    tables = plain.answer().outcomes, asked.answer().outcomes
    assert set(tables[1]) - set(tables[0]) == {"by_time"}
    for name, table in tables[0].items():
        pd.testing.assert_frame_equal(table, tables[1][name])
    table = asked.outcomes.by_time
    assert (
        table.loc[SATURDAY, "people before"]
        < plain.outcomes.by_group.loc[("area", "people"), "before"]
    )
    assert table.loc[EVENING, "people newly"] == 0  # what is built closes at five
