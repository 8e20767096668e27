"""Tables that take their geometry from another layer."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely.geometry import box

from siteplanner.errors import InputError
from siteplanner.sources import read, read_all

COLUMNS = {"people": "count"}


@pytest.fixture
def joined(folder, blocks, layer, write):
    """Read a table that is joined to the three blocks."""
    blocks.to_file(folder / "blocks.gpkg")

    def join(text, *, columns=None, blocks_keys=None, **keys):
        units = layer("blocks.gpkg", "polygons", name="units", id="code", **(blocks_keys or {}))
        columns = COLUMNS if columns is None else columns
        link = {"layer": "units", "key": "code", **keys.pop("join", {})}
        name = write("table.csv", text)
        table = layer(name, "table", name="table", columns=columns, join=link, **keys)
        return read_all({"table": table, "units": units}, folder)

    return join


def said(source):
    return "\n".join(str(one) for one in source.notices)


def test_a_table_gets_the_geometry_and_the_ids(joined):
    sources = joined("code,people\n003,7\n001,5\n002,6\n")
    table = sources["table"].table
    assert table["people"].to_dict() == {"001": 5.0, "002": 6.0, "003": 7.0}
    assert table.index.name == "id"
    assert table.crs == "EPSG:32618"
    assert table.loc["003"].geometry.equals(box(600_200, 510_000, 600_300, 510_100))
    assert list(sources) == ["table", "units"]
    assert sources["table"].notices == ()


def test_labels_come_from_the_table_or_the_other_layer(joined):
    text = "code,people,word\n001,5,East\n"
    labels = {"label": "name"}
    assert joined(text, label="word")["table"].table["label"].tolist() == ["East"]
    found = joined(text, blocks_keys=labels)["table"].table
    assert found["label"].tolist() == ["São João"]
    assert joined(text, id="code")["table"].table["label"].tolist() == ["001"]


def test_some_keys_that_do_not_match_are_counted(joined):
    source = joined("code,people\n001,5\n002,6\n3,7\nX9,1\n,2\n")["table"]
    assert list(source.table.index) == ["001", "002"]
    assert said(source) == (
        "layers/table: 1 of 5 rows dropped: their key is empty: they hold 2 of 21 people\n"
        "layers/table: 2 of 4 rows dropped: their key is not in 'units', which has for example "
        "'003'; they hold 8 of 21 people; 1 have a likely pair: '3' and '003' (the same number); "
        "write the keys the same way in both files, or confirm the pairs in [join.pairs] "
        "(siteplanner joins table) "
        "(for example 3, X9)\n"
        "layers/table: 1 of 3 rows of 'units' have no row here: nothing is known of them "
        "(for example 003)"
    )


@pytest.mark.parametrize(
    ("keys", "hint"),
    [
        ("1 2 3", "3 have a likely pair: '1' and '001' (the same number)"),
        ("UPZ1 UPZ2 UPZ3", "3 have a likely pair: 'UPZ1' and '001' (the same but for letters in"),
        ("001.0 002.0 003.0", "3 have a likely pair: '001.0' and '001' (the same number)"),
        ("'001 ' ' 002' '003 '", "3 have a likely pair: '001 ' and '001' (the same but for cap"),
        ("1E+0 2E+0 3E+0", "3 have a likely pair: '1E+0' and '001' (the same number)"),
        ("x y z", "name the right key in [join], or another layer"),
    ],
)
def test_no_key_matches(joined, keys, hint):
    keys = [one.strip("'") for one in keys.split("' '")] if "'" in keys else keys.split()
    text = "code,people\n" + "".join(f"{key},1\n" for key in keys)
    with pytest.raises(InputError) as caught:
        joined(text)
    sentence = str(caught.value)
    assert "layers/table.toml: join.key: none of 3 keys matches: here" in sentence
    assert "in 'units' '001', '002', '003'" in sentence
    assert hint in sentence


def test_capitals(folder, blocks, layer, write):
    blocks.assign(code=["A", "B", "C"]).to_file(folder / "capitals.gpkg")
    name = write("t.csv", "code,people\na,1\nb,2\nc,3\n")
    units = layer("capitals.gpkg", "polygons", name="units", id="code")
    table = layer(name, "table", name="t", join={"layer": "units", "key": "code"})
    with pytest.raises(InputError, match="3 have a likely pair: 'a' and 'A'"):
        read_all({"t": table, "units": units}, folder)


def test_keys_that_come_twice_are_refused_and_repeated_rows_are_dropped(joined):
    with pytest.raises(InputError) as caught:
        joined("code,people\n001,5\n001,6\n002,1\n")
    assert "layers/table.csv: code: 1 keys come more than once: '001'" in str(caught.value)
    source = joined("code,people\n001,5\n001,5\n002,1\n")["table"]
    assert "1 of 3 rows dropped: another row says exactly the same" in said(source)


def test_a_key_that_is_any_column_of_the_other_file(joined):
    link = {"join": {"to": "share"}}
    source = joined("code,people\n0.5,5\n0.25,6\n", **link)["table"]
    assert source.table["people"].to_dict() == {"002": 6.0, "003": 5.0}
    with pytest.raises(InputError, match=r"join.to: layers/blocks.gpkg has no column 'shares'"):
        joined("code,people\n0.5,5\n", join={"to": "shares"})


def test_counts_are_not_given_to_several_places(folder, blocks, layer, write):
    blocks.assign(district=["n", "n", "s"]).to_file(folder / "blocks.gpkg")
    name = write("t.csv", "code,people\nn,5\ns,6\n")
    link = {"layer": "units", "key": "code", "to": "district"}
    count, value = (
        layer(name, "table", name="t", join=link, columns={"people": kind})
        for kind in ("count", "value")
    )
    units = layer("blocks.gpkg", "polygons", name="units", id="code")
    with pytest.raises(InputError, match="'people' would count twice"):
        read_all({"units": units, "t": count}, folder)
    source = read_all({"units": units, "t": value}, folder)["t"]
    assert source.table["people"].to_dict() == {"001": 5.0, "002": 6.0, "003": 5.0}
    assert "2 of 3 rows flagged: 2 rows of 'units' share a key: 'n'" in said(source)


def test_cells_of_a_joined_table_that_are_no_numbers_are_counted(joined):
    source = joined("code,people\n001,5\n002,doze\n003,n/d\n")["table"]
    assert source.table["people"].isna().sum() == 2
    assert said(source) == (
        "layers/table: 2 of 3 rows flagged: 'people' is not a number there and counts as unknown "
        "(for example doze, n/d)"
    )


def test_a_total_row_without_a_place_does_no_harm_and_one_with_a_place_is_refused(
    folder, layer, write
):
    squares = [box(n, 0, n + 1, 1) for n in range(12)]
    codes = [f"u{n}" for n in range(11)]
    keys = {"join": {"layer": "units", "key": "code"}, "columns": COLUMNS, "name": "t"}
    rows = "".join(f"{code},{n + 1}\n" for n, code in enumerate(codes))
    write("t.csv", f"code,people\n{rows}all,66\n")
    units = {}
    for name, last in (("without", "else"), ("with", "all")):
        table = gpd.GeoDataFrame({"code": [*codes, last]}, geometry=squares, crs="EPSG:32618")
        table.to_file(folder / f"{name}.gpkg")
        units[name] = layer(f"{name}.gpkg", "polygons", name="units", id="code")
    table = layer("t.csv", "table", **keys)
    read_table = read_all({"t": table, "units": units["without"]}, folder)["t"].table
    assert read_table["people"].sum() == 66
    with pytest.raises(InputError, match="row 'all' alone holds as many people as all others"):
        read_all({"t": table, "units": units["with"]}, folder)


def test_a_layer_with_percent_can_be_joined_by_another_of_its_columns(folder, blocks, layer, write):
    blocks.assign(share=[10, 20, 30]).to_file(folder / "blocks.gpkg")
    percent = {"share": {"kind": "rate", "unit": "%"}}
    units = layer("blocks.gpkg", "polygons", name="units", id="code", columns=percent)
    link = {"layer": "units", "key": "n", "to": "people"}
    name = write("t.csv", "n,jobs\n10,5\n30,6\n")
    table = layer(name, "table", name="t", join=link, columns={"jobs": "count"})
    found = read_all({"units": units, "t": table}, folder)
    assert found["t"].table["jobs"].to_dict() == {"001": 5.0, "003": 6.0}


def test_a_layer_that_is_not_there(folder, layer, write):
    name = write("t.csv", "code,lon,lat\n1,-74,4\n")
    table = layer(name, "table", name="t", join={"layer": "unit", "key": "code"})
    units = layer(name, name="units")
    with pytest.raises(InputError) as caught:
        read_all({"t": table, "units": units}, folder)
    assert str(caught.value) == (
        "layers/t.toml: join.layer: no layer 'unit'; did you mean 'units'?"
    )
    with pytest.raises(InputError, match=r"join.layer: no layer 'unit'; there are none yet"):
        read(table, folder)
    with pytest.raises(InputError, match="'units' has no id to match; name the column"):
        read(
            layer(name, "table", name="t", join={"layer": "units", "key": "code"}),
            folder,
            others={"units": read(units, folder)},
        )


def test_layers_that_join_in_a_circle(folder, layer, write):
    write("t.csv", "code\n1\n")
    one = layer("t.csv", "table", name="one", join={"layer": "two", "key": "code"})
    two = layer("t.csv", "table", name="two", join={"layer": "one", "key": "code"})
    own = layer("t.csv", "table", name="own", join={"layer": "own", "key": "code"})
    after = layer("t.csv", "table", name="after", join={"layer": "one", "key": "code"})
    with pytest.raises(InputError) as caught:
        read_all({"one": one, "two": two, "own": own, "after": after}, folder)
    assert [str(one).partition(";")[0] for one in caught.value.problems] == [
        "layers/one.toml: join.layer: the layers join in a circle: one → two → one",
        "layers/two.toml: join.layer: the layers join in a circle: two → one → two",
        "layers/own.toml: join.layer: the layers join in a circle: own → own",
    ]


def test_tables_may_join_tables(folder, layer, joined, write):
    joined("code,people\n001,5\n")
    write("first.csv", "code\n001\n002\n")
    write("second.csv", "key,people\n002,6\n")
    units = layer("blocks.gpkg", "polygons", name="units", id="code")
    first = layer(
        "first.csv", "table", name="first", id="code", join={"layer": "units", "key": "code"}
    )
    second = layer(
        "second.csv",
        "table",
        name="second",
        columns=COLUMNS,
        join={"layer": "first", "key": "key"},
    )
    table = read_all({"second": second, "first": first, "units": units}, folder)["second"].table
    assert table["people"].to_dict() == {"002": 6.0}


def test_all_problems_of_all_layers_at_once(folder, layer, write):
    layers = {
        "a": layer("gone.csv", name="a"),
        "b": layer(write("b.csv", "lon,lat\n-74,4\n"), name="b", columns={"x": "count"}),
        "c": layer(write("c.csv", ""), name="c"),
    }
    with pytest.raises(InputError) as caught:
        read_all(layers, folder)
    assert [one.where for one in caught.value.problems] == [
        "layers/a.toml",
        "layers/b.toml",
        "layers/c.csv",
    ]


def test_an_id_that_comes_twice_is_not_joined_to_the_first_alone(folder, blocks, layer, write):
    """The second row is called 001-2 by then; its key is still 001."""
    blocks.assign(code=["001", "001", "002"]).to_file(folder / "blocks.gpkg")
    name = write("t.csv", "code,people\n001,5\n002,6\n")
    link = {"layer": "units", "key": "code"}
    count, value = (
        layer(name, "table", name="t", join=link, columns={"people": kind})
        for kind in ("count", "value")
    )
    units = layer("blocks.gpkg", "polygons", name="units", id="code")
    with pytest.raises(InputError, match="'people' would count twice"):
        read_all({"units": units, "t": count}, folder)
    source = read_all({"units": units, "t": value}, folder)["t"]
    assert source.table["people"].to_dict() == {"001": 5.0, "001-2": 5.0, "002": 6.0}
