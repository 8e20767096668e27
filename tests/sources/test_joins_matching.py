"""How keys of two files are held against each other: what is offered, and what never is."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from siteplanner.errors import InputError
from siteplanner.sources import look_at_join, read_all
from siteplanner.sources.keys import bare, digits_left, is_cut, numeral, plain, rounded
from siteplanner.sources.matching import Table, match, save
from siteplanner.sources.pairs import Side, likely


def pairs_of(ours, theirs, **more):
    """Give {ours: theirs} as offered."""
    here, there = pd.Series(ours, dtype=object), pd.Series(theirs, dtype=object)
    names = {side: pd.Series(found) for side, found in more.get("names", {}).items()}
    places = {
        side: gpd.GeoSeries(found, crs=32618) for side, found in more.get("places", {}).items()
    }
    left = Side(here, names.get("ours"), places.get("ours"))
    right = Side(there, names.get("theirs"), places.get("theirs"))
    found = likely(left, right)
    assert found.index.equals(here.index)
    return {key: other for key, other in zip(here, found["offered"], strict=True) if other}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("ENGATIVÁ", "engativa"),
        ("Santafe", "SANTA FE"),
        ("11-001", "11001"),
        ("San José", "San Jose"),
        ("16", "016"),
        ("16.0", "016"),
        ("16,0", "016"),
        ("1.1E+10", "11000000000"),
        ("1,1E+10", "11000000000"),
        ("1.10012E+10", "11001234567"),
        ("UPZ16", "016"),
        ("016", "UPZ 16"),
        ("CANDELARIA", "La Candelaria"),
        ("Ciudad Bolivar", "Cuidad Bolívar"),
    ],
)
def test_likely_pairs(ours, theirs):
    assert pairs_of([ours, "zzzz"], ["qqqq", theirs]) == {ours: theirs}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("016", "017"),
        ("Zona 1", "Zona 2"),
        ("16A", "16B"),
        ("16A", "16"),
        ("Usme", "Suba"),
        ("1.1E+10", "12000000000"),
        ("", "0"),
        ("  ", "--"),
    ],
)
def test_what_is_never_offered(ours, theirs):
    assert pairs_of([ours], [theirs]) == {}


def test_two_that_fit_one_are_not_offered_and_named():
    """Urban and rural planning units that are numbered alike."""
    here = Side(pd.Series(["UPZ1", "UPR1", "UPZ2"]))
    found = likely(here, Side(pd.Series(["001", "002"])))
    assert found["offered"].tolist() == ["", "", "002"]
    assert set(found["why"][:2]) == {"'UPZ1' and 'UPR1' both fit '001'"}
    found = likely(Side(pd.Series(["1"])), Side(pd.Series(["UPZ1", "UPR1", "UPL1", "UPX1"])))
    assert found["offered"].tolist() == [""]
    assert found["why"][0] == "it fits several: 'UPZ1', 'UPR1', 'UPL1' and 1 more"


def test_names_and_places_tell_apart_what_keys_do_not():
    codes = (["UPZ1", "UPR1"], ["001", "077"])
    names = {"ours": ["Libertadores", "Zona Norte"], "theirs": ["LIBERTADORES", "Alamos"]}
    assert pairs_of(*codes, names=names) == {"UPZ1": "001"}
    places = {
        "ours": [Point(5e5, 1e6), Point(5e5 + 900, 1e6)],
        "theirs": [box(5e5 - 1, 1e6 - 1, 5e5 + 1, 1e6 + 1), box(0, 0, 1, 1)],
    }
    assert pairs_of(*codes, places=places) == {"UPZ1": "001"}


def test_a_key_may_be_the_other_layers_name():
    names = {"theirs": ["Engativá", "Suba"]}
    assert pairs_of(["ENGATIVA", "SUBA"], ["10", "11"], names=names) == {
        "ENGATIVA": "10",
        "SUBA": "11",
    }


def test_codes_that_excel_has_cut_cannot_be_told_apart():
    here = Side(pd.Series(["1.1E+10"]))
    found = likely(here, Side(pd.Series(["11001000017", "11002000012", "12001000000"])))
    assert found.to_numpy().tolist() == [["", "it fits several: '11001000017' and '11002000012'"]]
    assert is_cut("1.1E+10")
    assert digits_left("1e5") == 0
    assert digits_left("E12") is None


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), max_size=12), st.lists(st.text(max_size=12), max_size=12))
def test_nothing_is_offered_twice_whatever_the_keys(ours, theirs):
    ours, theirs = list(dict.fromkeys(ours)), list(dict.fromkeys(theirs))
    found = pairs_of(ours, theirs)
    assert len(set(found.values())) == len(found)
    assert set(found) <= set(ours)
    assert set(found.values()) <= set(theirs)


@settings(deadline=None)
@given(st.text(max_size=20))
def test_forms_are_stable(key):
    one = pd.Series([key])
    for form in (plain, numeral):
        again = form(form(one))
        assert again.equals(form(one))
    assert bare(one).iloc[0] == "" or bare(one).iloc[0].isdecimal()
    assert rounded(one, 2).iloc[0] == "" or "E+" in rounded(one, 2).iloc[0]


def test_every_row_is_accounted_for():
    table = Table(
        key=pd.Series(["a", "b", "b", None, "Total", "9", "old"]),
        name=pd.Series(list("uvwxyzq")),
        total=pd.Index([4]),
    )
    there = Side(
        pd.Series(["a", "b", "009", "c", "c", "new"], index=list("ABCDEF")),
        pd.Series(list("123456"), index=list("ABCDEF")),
    )
    found = match("t", table, "units", there, {"old": "new"})
    own = found.table[found.table["state"] != "no row"]
    assert own["state"].tolist() == [
        "matched", "comes again", "comes again", "no key", "total", "not there", "confirmed"
    ]  # fmt: skip
    assert own["id"].tolist() == ["A", "B", "B", "", "", "", "F"]
    assert own["row"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert found.pairs == {"9": "009"}
    assert found.rows("no row")["id"].tolist() == ["C", "D", "E"]
    assert found.rows("no row")["other_key"].tolist() == ["009", "c", "c"]
    assert str(found).splitlines()[0] == (
        "t joins units: 2 of 7 rows matched, 2 comes again, 1 no key, 1 total, 1 not there; "
        "3 of 5 rows of units without a row"
    )


def test_a_total_whose_key_is_a_place_is_no_total():
    there = Side(pd.Series(["a", "b"], index=["A", "B"]))
    found = match("t", Table(pd.Series(["a", "b"]), total=pd.Index([1])), "u", there, {})
    assert found.table["state"].tolist() == ["matched", "matched"]


@pytest.fixture
def town(folder, blocks, layer, write):
    """Three blocks, and a table that joins them."""
    blocks.to_file(folder / "blocks.gpkg")
    units = layer("blocks.gpkg", "polygons", name="units", id="code", label="name")

    def make(text, *, name="table.csv", columns=None, **keys):
        link = {"layer": "units", "key": "code", **keys.pop("join", {})}
        columns = {"people": "count"} if columns is None else columns
        table = layer(write(name, text), "table", name="table", columns=columns, join=link, **keys)
        return {"table": table, "units": units}

    return make


def said(source):
    return "\n".join(str(one) for one in source.notices)


def test_pairs_that_the_planner_confirms_are_joined(town, folder):
    layers = town("code,people\n1,5\ntwo,6\n003,7\n", join={"pairs": {"1": "001", "two": "002"}})
    source = read_all(layers, folder)["table"]
    assert source.table["people"].to_dict() == {"001": 5.0, "002": 6.0, "003": 7.0}
    assert source.notices == ()
    assert source.matching.table["state"].tolist() == ["confirmed", "confirmed", "matched"]


def test_pairs_that_name_nothing_are_all_named(town, folder):
    layers = town("code,people\n001,5\n2,6\n", join={"pairs": {"22": "002", "2": "0002"}})
    with pytest.raises(InputError) as caught:
        read_all(layers, folder)
    assert str(caught.value) == (
        "layers/table.toml: join.pairs: layers/table.csv has no key '22'; did you mean '2'?\n"
        "layers/table.toml: join.pairs: 'units' has no key '0002'; did you mean '002'?"
    )


def test_a_pair_that_makes_a_key_come_twice_is_refused(town, folder):
    layers = town("code,people\n001,5\n1,6\n", join={"pairs": {"1": "001"}})
    with pytest.raises(InputError, match=r"1 keys come more than once: '001' \(rows 1, 2\)"):
        read_all(layers, folder)


def test_a_join_that_fails_can_be_looked_at(town, folder):
    layers = town("code,people\n1,5\n2,6\n3,7\n")
    with pytest.raises(InputError, match="none of 3 keys matches"):
        read_all(layers, folder)
    others = {"units": read_all({"units": layers["units"]}, folder)["units"]}
    found = look_at_join(layers["table"], folder, others=others)
    assert found.pairs == {"1": "001", "2": "002", "3": "003"}
    assert '[join.pairs]\n"1" = "001"  # the same number' in str(found)
    with pytest.raises(InputError, match="the layer joins no other"):
        look_at_join(layers["units"], folder)


def test_the_offered_pairs_can_be_copied(town, folder):
    import tomllib

    layers = town('code,people\n"O""Higgins\\",5\n001,6\n')
    source = read_all({**layers}, folder)["table"]
    assert source.matching.pairs == {}
    found = match("t", Table(pd.Series(['O"Higgins\\'])), "u", Side(pd.Series(["O Higgins"])), {})
    assert tomllib.loads(str(found).partition("\n")[2]) == {
        "join": {"pairs": {'O"Higgins\\': "O Higgins"}}
    }


@pytest.mark.parametrize("word", ["Total", "TOTAL GENERAL", "Subtotal", "Suma", "合计"])
def test_a_total_row_is_left_out_and_said(town, folder, word):
    text = f"code,people\n001,5\n002,6\n003,7\n{word},18\n"
    source = read_all(town(text), folder)["table"]
    assert source.table["people"].sum() == 18
    assert said(source) == (
        "layers/table: 1 of 4 rows dropped: it holds as many as all others together: a total, no "
        f"place (for example {word})"
    )


def test_the_whole_city_as_a_row_is_a_total_too(folder, layer, write):
    squares = [box(n, 0, n + 1, 1) for n in range(12)]
    codes = [f"u{n}" for n in range(12)]
    table = gpd.GeoDataFrame({"code": codes}, geometry=squares, crs="EPSG:32618")
    table.to_file(folder / "units.gpkg")
    units = layer("units.gpkg", "polygons", name="units", id="code")
    rows = "".join(f"{code},{n + 1},{n}\n" for n, code in enumerate(codes))
    name = write("t.csv", f"code,people,old\n{rows}Bogotá D.C.,78,66\n")
    keys = {"join": {"layer": "units", "key": "code"}, "name": "t"}
    census = layer(name, "table", columns={"people": "count", "old": "count"}, **keys)
    source = read_all({"t": census, "units": units}, folder)["t"]
    assert "a total, no place (for example Bogotá D.C.)" in said(source)
    text = f"code,people,old\n{rows}Bogotá D.C.,78,99\n"
    write("t.csv", text)  # not the sum in one column: no total, but no place either
    source = read_all({"t": census, "units": units}, folder)["t"]
    assert "their key is not in 'units'" in said(source)


def test_codes_cut_by_excel_are_named(folder, layer, write):
    codes = ["11001000017", "11002000012", "12001000000"]
    squares = [box(n, 0, n + 1, 1) for n in range(3)]
    gpd.GeoDataFrame({"code": codes}, geometry=squares, crs=32618).to_file(folder / "u.gpkg")
    units = layer("u.gpkg", "polygons", name="units", id="code")
    name = write("t.csv", "code;people\n1,1E+10;5\n12001000000;6\n")
    link = {"layer": "units", "key": "code"}
    table = layer(name, "table", name="t", join=link, columns={"people": "count"})
    source = read_all({"t": table, "units": units}, folder)["t"]
    assert "1 cannot be told apart: it fits several: '11001000017' and '11002000012'" in said(
        source
    )
    assert "a spreadsheet has rounded '1,1E+10': digits are lost, so fetch the table" in said(
        source
    )


def test_rows_whose_coordinates_contradict_their_key_are_flagged(town, folder):
    """Also where the longitudes stand in a table that is joined by its key."""
    places = gpd.GeoSeries(
        [Point(600_050, 510_050), Point(600_450, 510_050), Point(600_250, 510_050)], crs=32618
    ).to_crs(4326)
    rows = zip(("001", "002", "3"), places.x, places.y, strict=True)
    text = "code,people,lon,lat\n" + "".join(f"{c},5,{x},{y}\n" for c, x, y in rows)
    source = read_all(town(text), folder)["table"]
    assert "1 of 2 rows flagged: their own coordinates lie elsewhere" in said(source)
    assert "(for example 002: 250 m)" in said(source)
    assert source.matching.table["off_m"][:2].round().tolist() == [0, 250]
    assert source.matching.pairs == {"3": "003"}


def test_a_shared_key_names_the_places_that_share_it(folder, blocks, layer, write):
    blocks.assign(old=["1", "1", "2"], name=["Zona Norte", "Libertadores", "Sur"]).to_file(
        folder / "blocks.gpkg"
    )
    units = layer("blocks.gpkg", "polygons", name="units", id="code", label="name")
    link = {"layer": "units", "key": "code", "to": "old"}
    name = write("t.csv", "code,people\n1,5\n2,6\n")
    table = layer(name, "table", name="t", join=link, columns={"people": "count"})
    with pytest.raises(InputError) as caught:
        read_all({"t": table, "units": units}, folder)
    assert (
        "2 rows of 'units' share a key: '1' stands for 'Libertadores', 'Zona Norte', "
        "so 'people' would count twice"
    ) in str(caught.value)


def test_all_rows_are_saved_whole_or_not_at_all(tmp_path):
    found = match("t", Table(pd.Series(["é", "9"])), "u", Side(pd.Series(["é", "009"])), {})
    save([found, found], tmp_path / "joins.csv")
    back = pd.read_csv(tmp_path / "joins.csv", dtype=str, keep_default_na=False)
    assert back[["layer", "other", "key", "state", "offered"]].to_numpy().tolist()[:2] == [
        ["t", "u", "é", "matched", ""],
        ["t", "u", "9", "not there", "009"],
    ]
    assert [one.name for one in tmp_path.iterdir()] == ["joins.csv"]
    from siteplanner.errors import OutputError

    with pytest.raises(OutputError, match="name a file that can be written"):
        save([found], tmp_path / "nowhere" / "joins.csv")


def test_the_table_and_the_other_layer_stay_as_they_are():
    key, there = pd.Series(["a", "B"]), pd.Series(["a", "b"])
    before = key.copy(), there.copy()
    match("t", Table(key), "u", Side(there), {})
    assert key.equals(before[0])
    assert there.equals(before[1])


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("code;people\n001;5\n002,6\n", "',', not ';'"),
        ("code,people\n001,5\n002;6\n", "';', not ','"),
    ],
)
def test_lines_with_another_separator_are_said(town, folder, text, sign):
    source = read_all(town(text), folder)["table"]
    assert f"1 of 2 rows flagged: their fields are separated by {sign} as in other lines" in said(
        source
    )
    assert source.table["people"].to_dict() == {"001": 5.0}
