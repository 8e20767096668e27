"""Everyday mistakes: each is refused or mended with a sentence that says what to do."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point, box

POINTS = "no,lon,lat,people\n1,-74.08,4.61,10\n2,-74.09,4.62,20\n"


def points(folder, name, xy, crs="EPSG:4326", **columns):
    gpd.GeoDataFrame(columns, geometry=[Point(one) for one in xy], crs=crs).to_file(folder / name)
    return name


def said(source):
    return "\n".join(str(one) for one in source.notices)


def test_a_column_that_does_not_exist_offers_the_nearest(write, refused):
    name = write("a.csv", POINTS)
    sentence = refused(
        name,
        id="num",
        label="nombre",
        columns={"people": {"from": "poeple", "kind": "count"}, "LAT": "value"},
    )
    assert sentence.splitlines() == [
        "layers/things.toml: id: layers/a.csv has no column 'num'; known are: lat, lon, no, people",
        "layers/things.toml: label: layers/a.csv has no column 'nombre'; "
        "known are: lat, lon, no, people",
        "layers/things.toml: columns.people: layers/a.csv has no column 'poeple'; "
        "did you mean 'people'?",
        "layers/things.toml: columns.LAT: layers/a.csv has no column 'LAT'; did you mean 'lat'?",
    ]


@pytest.mark.parametrize("name", ["geometry", "label"])
def test_names_siteplanner_uses_itself(write, refused, name):
    sentence = refused(write("a.csv", POINTS), columns={name: {"from": "no"}})
    assert f"columns.{name}: '{name}' is a name siteplanner uses itself" in sentence


def test_missing_crs(folder, refused, reading):
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        points(folder, "a.gpkg", [(600_000, 510_000)], crs=None)
    assert refused("a.gpkg") == (
        "layers/a.gpkg: the file does not say its reference system (CRS); "
        'ask whoever made it and write crs = "EPSG:…" into the layer'
    )
    assert reading("a.gpkg", crs="EPSG:32618").table.crs == "EPSG:32618"


def test_two_reference_systems(folder, refused, reading):
    points(folder, "a.gpkg", [(600_000, 510_000)], crs="EPSG:32618")
    assert "the layer says EPSG:3116, but layers/a.gpkg itself says EPSG:32618" in refused(
        "a.gpkg", crs="EPSG:3116"
    )
    assert "unknown reference system 'UTM 18'" in refused("a.gpkg", crs="UTM 18")
    assert len(reading("a.gpkg", crs="EPSG:32618").table) == 1


def test_the_same_system_by_another_name(folder, reading):
    points(folder, "a.gpkg", [(-74, 4.6)])
    assert reading("a.gpkg", crs="OGC:CRS84").table.crs == "EPSG:4326"


def test_swapped_longitude_and_latitude(write, refused):
    name = write("a.csv", "x,y\n24.9,160.2\n25.0,160.3\n")
    assert "latitudes beyond 90 (160.2): longitude and latitude are swapped" in refused(
        name, coordinates=("x", "y"), crs="EPSG:4326"
    )
    assert 'write ["lon", "lat"]' in refused(write("b.csv", POINTS), coordinates=("lat", "lon"))


def test_metres_declared_as_degrees(folder, write, refused):
    name = write("a.csv", "lon,lat\n600000,510000\n")
    assert "EPSG:4326 is in degrees, but the coordinates look like metres" in refused(name)
    points(folder, "a.gpkg", [(600_000, 510_000)], crs="EPSG:4326")
    assert "look like metres (600000, 510000)" in refused("a.gpkg")


def test_degrees_declared_as_metres(folder, refused, grid3, reading):
    points(folder, "a.gpkg", [(-74.08, 4.61), (-74.09, 4.6)], crs="EPSG:32618")
    assert "EPSG:32618 is in metres, but the coordinates look like degrees" in refused("a.gpkg")
    grid3.to_file(folder / "grid.gpkg", index=False)
    assert len(reading("grid.gpkg", "polygons").table) == 9


def test_a_few_impossible_coordinates_are_dropped(write, reading):
    name = write("a.csv", POINTS + "3,-74.08,461,5\n")
    source = reading(name, id="no")
    assert list(source.table.index) == ["1", "2"]
    assert "1 of 3 rows dropped: their coordinates are impossible in EPSG:4326" in said(source)


def test_semicolons_and_decimal_commas(write, reading):
    name = write("a.csv", "no;lon;lat;people\n1;-74,08;4,61;1.234,5\n2;-74,09;4,62;7\n")
    source = reading(name, id="no", columns={"people": "count"})
    assert source.table["people"].tolist() == [1234.5, 7.0]
    assert "'people' is read with a decimal comma" in said(source)


def test_a_number_with_two_meanings(write, refused):
    name = write("a.csv", 'lon;lat;people\n-74.08;4.61;"1,234"\n')
    assert refused(name, columns={"people": "count"}) == (
        "layers/a.csv: people: '1,234' can mean 1234 or 1.234; "
        "write the numbers without thousands separators"
    )


@pytest.mark.parametrize("others", [["12"], ["1500", "3.456"], ["n/a", "20.000"]])
def test_counts_that_look_like_thousands_are_refused(write, refused, others):
    cells = ["1.234", *others]
    rows = "".join(f"-74.08,4.6{n},{cell}\n" for n, cell in enumerate(cells))
    assert refused(write("a.csv", f"lon,lat,people\n{rows}"), columns={"people": "count"}) == (
        "layers/a.csv: people: '1.234' can mean 1234 or 1.234; "
        "write the numbers without thousands separators, or decimals as 1.2340"
    )


@pytest.mark.parametrize("other", ["0.512", "1234.567", "1.5", "1.2340", "1,234.567"])
def test_another_cell_shows_what_the_point_of_a_count_means(write, reading, other):
    name = write("a.csv", f"lon;lat;people\n-74.08;4.61;1.234\n-74.09;4.61;{other}\n")
    source = reading(name, columns={"people": "count"})
    assert 1.234 in source.table["people"].tolist()


def test_a_value_may_have_three_decimals(write, reading):
    name = write("a.csv", "lon,lat,people\n-74.08,4.61,1.234\n")
    assert reading(name, columns={"people": "value"}).table["people"].tolist() == [1.234]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_first_name(write, reading, encoding):
    name = write("a.csv", "código,lon,lat\nñ,-74,4\n", encoding)
    source = reading(name, id="código")
    assert list(source.table.index) == ["ñ"]
    assert source.notices == ()


def test_latin_1(write, reading):
    name = write("a.csv", "no,lon,lat,barrio\n1,-74,4,Ñuñoa “x”\n", "cp1252")
    source = reading(name, id="no", label="barrio")
    assert source.table["label"].tolist() == ["Ñuñoa “x”"]
    assert "the file is not UTF-8: it is read as Windows-1252 (Latin-1)" in said(source)


@pytest.mark.parametrize(("encoding", "notices"), [("UTF-8", 0), ("ISO-8859-1", 1)])
def test_a_shapefile_that_does_not_say_its_alphabet(folder, blocks, reading, encoding, notices):
    blocks.to_file(folder / "a.shp", encoding=encoding)
    (folder / "a.cpg").unlink()
    source = reading("a.shp", "polygons", id="code", label="name")
    assert source.table["label"].tolist() == ["São João", "", "Ñemby"]
    assert len(source.notices) == notices


def test_a_shapefile_that_says_latin_1(folder, blocks, reading):
    blocks.to_file(folder / "a.shp", encoding="ISO-8859-1")
    source = reading("a.shp", "polygons", id="code", label="name")
    assert source.table["label"].tolist() == ["São João", "", "Ñemby"]


def test_words_that_pandas_takes_for_nothing_stay_words(write, reading):
    name = write("a.csv", "no,lon,lat,word\nNA,-74,4,null\nnan,-74,5,None\n")
    table = reading(name, id="no", columns={"word": "category"}).table
    assert table["word"].to_dict() == {"NA": "null", "nan": "None"}


def test_a_missing_header(write, refused):
    name = write("a.csv", "-74.08,4.61,10\n-74.09,4.62,20\n")
    assert refused(name, coordinates=("lon", "lat")) == (
        "layers/a.csv: the first row holds data, not column names: '-74.08', '4.61', '10'; "
        "add a first row with the column names"
    )


def test_a_title_above_the_header(folder, write, refused):
    name = write("a.csv", "Parks of the town,,\n,,\nno,lon,lat\n1,-74,4\n")
    assert "the column names are in row 2" in refused(name, coordinates=("lon", "lat"))
    table = pd.DataFrame([["Parks", None], ["lon", "lat"], [-74, 4]])
    table.to_excel(folder / "a.xlsx", header=False, index=False)
    assert "the column names are in row 2" in refused("a.xlsx", coordinates=("lon", "lat"))


def test_a_row_longer_than_the_header(write, refused):
    name = write("a.csv", "no,lon,lat\n1,-74.08,4.61\n2,-74,09,4,62\n")
    assert "layers/a.csv: line 3: found 5 fields where the header has 3" in refused(name)
    name = write("b.csv", "no,lon,lat\n1,-74,08,4,61\n2,-74,09,4,62\n")
    assert "more fields than the 3 names of the header" in refused(name)
    name = write("c.csv", 'no,lon,lat\n1,-74,"4\n')
    assert "a quotation mark is opened and never closed" in refused(name)


def test_separators_at_the_end_of_every_line(write, reading):
    name = write("a.csv", "no,lon,lat,\n1,-74.08,4.61,\n")
    assert list(reading(name, id="no").table.index) == ["1"]


def test_a_last_line_that_stops_early(write, reading):
    name = write("a.csv", "no,lon,lat,people\n1,-74.08,4.61,10\n2,-74.09,4.6")
    source = reading(name, id="no", columns={"people": "count"})
    assert "the last line stops early: is the file cut off?" in said(source)


def test_one_name_for_two_columns(write, refused):
    name = write("a.csv", "lon,lat,n,n\n-74,4,1,2\n")
    assert "two columns are called 'n'; rename one" in refused(name, columns={"n": "count"})


def test_cells_that_are_no_numbers(write, reading, refused):
    name = write("a.csv", POINTS + "3,-74,4.6,many\n4,-74,4.7,n/a\n")
    source = reading(name, id="no", columns={"people": "count"})
    assert source.table["people"].isna().tolist() == [False, False, True, True]
    assert said(source) == (
        "layers/things: 1 of 4 rows flagged: 'people' is not a number there and counts as "
        "unknown (for example many)\n"
        "layers/things: 1 of 4 rows flagged: 'people' has a word or sign for unknown there "
        "(for example n/a)"
    )
    name = write("b.csv", "lon,lat,people\n-74,4,few\n-74,5,many\n")
    assert "the column for 'people' holds no number, such as 'few', 'many'" in refused(
        name, columns={"people": "count"}
    )


@pytest.mark.parametrize("kind", ["count", "category"])
def test_an_empty_column(write, refused, kind):
    name = write("a.csv", "lon,lat,people\n-74,4,\n-74,5,\n")
    assert "the column for 'people'" in refused(name, columns={"people": kind})


@pytest.mark.parametrize("cell", ["doze", "n/d", "-", "s/d", "12 pessoas", "#REF!"])
def test_every_cell_that_is_no_number_is_counted(write, reading, cell):
    name = write("a.csv", POINTS + f"3,-74,4.6,{cell}\n4,-74,4.7,{cell}\n")
    source = reading(name, id="no", columns={"people": "count"})
    assert source.table["people"].isna().sum() == 2
    assert [(one.kind, one.count, one.examples) for one in source.notices] == [
        ("flagged", 2, (cell,))
    ]


def test_empty_counts_are_said_in_plain_words(write, reading):
    name = write("a.csv", POINTS + "3,-74,4.6,\n4,-74,4.7, \n")
    source = reading(name, id="no", columns={"people": "count"})
    assert said(source) == (
        "layers/things: 2 of 4 rows flagged: 'people' is empty there: unknown, not zero "
        "(for example row 3, row 4)"
    )
    both = {"people": "count", "children": {"from": "people", "kind": "count"}}
    assert [one.reason for one in reading(name, id="no", columns=both).notices] == [
        "'people', 'children' are empty there: unknown, not zero"
    ]


def test_dates_are_no_counts(folder, refused):
    when = pd.to_datetime(["2024-01-02", "2024-02-03"])
    points(folder, "a.gpkg", [(0, 1), (0, 2)], people=when)
    assert "holds no number, such as '2024-01-02" in refused("a.gpkg", columns={"people": "count"})


def test_signs_for_unknown_alone_are_shown(write, refused):
    name = write("a.csv", "lon,lat,people\n-74,4,-\n-74,5,n/a\n")
    sentence = refused(name, columns={"people": "count"})
    assert "the column for 'people' holds no number, such as '-', 'n/a'" in sentence


def test_negative_counts_are_unknown(write, reading, refused):
    name = write("a.csv", POINTS + "3,-74,4.6,-99\n")
    source = reading(name, id="no", columns={"people": "count"})
    assert source.table["people"].fillna(0).to_dict() == {"1": 10.0, "2": 20.0, "3": 0.0}
    assert said(source) == (
        "layers/things: 1 of 3 rows flagged: negative counts in 'people', taken as unknown "
        "(for example -99)"
    )
    assert reading(name, id="no", columns={"people": "value"}).notices == ()
    name = write("b.csv", "lon,lat,people\n-74,4,-1\n-74,5,-2\n")
    sentence = refused(name, columns={"people": "count"})
    assert "layers/b.csv: people: the count 'people' has no number that is not neg" in sentence


def test_control_characters_are_not_shown(write, reading, refused):
    spoilt = "a\x1b[31mred\r\nline"
    name = write("a.csv", POINTS + f'3,-74,4.6,"{spoilt}"\n')
    source = reading(name, id="no", columns={"people": "count"})
    assert source.notices[0].examples == ("a·[31mred·line",)
    name = write("b.csv", f'"{spoilt}",lon,lat\n1,-74,4\n')
    sentence = refused(name, columns={"a\x1b": {"from": "a\x1b[31m", "kind": "count"}})
    assert sentence.isprintable()
    assert "has no column 'a·[31m'" in sentence


def test_points_where_polygons_are_needed(folder, refused):
    points(folder, "a.geojson", [(-74, 4)])
    assert refused("a.geojson", "polygons") == (
        "layers/things.toml: kind: layers/a.geojson holds points, but the layer's kind is "
        'polygons; write kind = "points", or name a file of polygons'
    )


def test_kinds_of_file_that_do_not_fit_the_kind(write, refused):
    assert "cannot be read as points" in refused(write("a.tif", "x"))
    assert "'a.csv' is no raster" in refused(write("a.csv", POINTS), "raster")


@pytest.mark.parametrize("kind", ["points", "table"])
def test_a_table_without_a_place(write, refused, kind):
    sentence = refused(write("a.csv", "no,x\n1,2\n"), kind)
    assert "the table does not say where its rows lie; give coordinates = [east, north]" in sentence
    assert "known are: no, x" in sentence


def test_coordinates_that_are_text(write, refused):
    name = write("a.csv", "a,b\nhere,there\n")
    sentence = refused(name, coordinates=("a", "b"), crs="EPSG:4326")
    assert "no cell holds a coordinate, but for example 'here'" in sentence
    name = write("b.csv", 'a;b\n"1,234";"2,345"\n')
    sentence = refused(name, coordinates=("a", "b"), crs="EPSG:4326")
    assert "'1,234' can mean two numbers" in sentence


@pytest.mark.parametrize(
    "text",
    ["<img src=x onerror=alert(1)>", "{{ 7*7 }}", "${x}", "=cmd|' /C calc'!A0", "☃ ñ \u202e"],
)
def test_hostile_text_is_text(folder, write, reading, text):
    name = write("a.csv", f'lon,lat,name\n-74,4,"{text}"\n')
    source = reading(name, id="name", columns={"word": {"from": "name", "kind": "category"}})
    assert list(source.table.index) == source.table["word"].tolist() == [text]
    assert source.table["label"].tolist() == [text]
    gpd.GeoDataFrame({"name": [text]}, geometry=[box(0, 0, 1, 1)], crs=4326).to_file(
        folder / "a.gpkg"
    )
    assert list(reading("a.gpkg", "polygons", id="name").table.index) == [text]


def test_categories_stay_words_and_unknown_stays_missing(folder, reading):
    points(folder, "a.gpkg", [(0, 1), (0, 2), (0, 3)], n=[1.0, None, 3.0], b=["yes", " ", None])
    columns = {"n": "category", "b": "category"}
    table = reading("a.gpkg", columns=columns).table
    assert sorted(table["n"].dropna()) == ["1", "3"]
    assert table["b"].dropna().tolist() == ["yes"]


def test_rings_that_are_not_closed_are_closed_and_gdal_is_heard(folder, write, reading):
    ring = [[0, 0], [1, 0], [1, 1], [0, 1]]
    text = json.dumps({"type": "Polygon", "coordinates": [ring]})
    source = reading(write("a.geojson", text), "polygons")
    assert source.table.geometry.iloc[0].area == 1
    assert "1 of 1 rows mended: their rings were not closed" in said(source)
    assert "GDAL says: Non closed ring detected" in said(source)
