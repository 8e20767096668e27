"""The table of marks as people leave it: read whatever a spreadsheet did, every fault said."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from siteplanner import InputError
from siteplanner.marks.entry import as_yes, read_entries
from siteplanner.marks.placing import nearest_cell
from siteplanner.marks.review import MARKS, SHEETS
from siteplanner.sheets.grid import cell_names
from tests.marks.reviews import UTM, X, Y, by_hand, row, sheet, write_review


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "layers" / "workshop.review"


def problems(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [str(one).removeprefix("layers/workshop.review/") for one in error.value.problems]


def test_kept_rows_become_points_where_they_lie(folder):
    found = read_entries(write_review(folder, [row(), row("s03-p1-002", keep="no")]))
    assert list(found.table.index) == ["s03-p1-001"]
    assert found.table.index.name == "mark"
    assert found.table.geometry.iloc[0] == Point(X + 1000, Y + 800)
    assert found.table.crs == UTM
    one = found.table.iloc[0]
    assert (one["says"], one["people"], one["confidence"], one["error_m"]) == (
        "green",
        1,
        0.97,
        2.5,
    )
    assert [str(one) for one in found.notices] == [
        "layers/workshop.review/marks.csv: 1 of 2 rows dropped: keep says no (for example "
        "s03-p1-002)"
    ]


def test_photos_and_notes_stay_in_the_review(folder):
    found = read_entries(write_review(folder, [row(note="Ana from number 12", photo="Ana.jpg")]))
    assert not {"photo", "note", "keep"} & set(found.table)
    assert "Ana" not in found.table.to_csv()


def test_a_row_by_hand_lies_in_the_middle_of_its_cell(folder):
    """Row 4 from the top of 8 rows of 280 m; column C of 8 columns of 350 m."""
    found = read_entries(write_review(folder, [by_hand(people=7)]))
    one = found.table.iloc[0]
    assert one.geometry == Point(X + 2.5 * 350, Y + 4.5 * 280)
    assert (one["people"], one["kind"], one["cell"]) == (7, "cell", "C4")
    assert one["error_m"] == pytest.approx(np.hypot(350, 280) / 2)
    assert found.table.index[0] == "by-hand-0002"
    assert str(found.notices[-1]) == "marks: placed by hand, in the middle of a grid cell: 1"


@pytest.mark.parametrize("name", cell_names())
def test_every_cell_lies_where_the_grid_says(folder, name):
    point = read_entries(write_review(folder, [by_hand(cell=name.lower())])).table.geometry.iloc[0]
    column, line = (point.x - X) / 350, 8 - (point.y - Y) / 280
    assert f"{'ABCDEFGH'[int(column)]}{int(line) + 1}" == name


@pytest.mark.parametrize(
    "style",
    [
        {"sep": ";", "decimal": ","},
        {"sep": ";", "decimal": ",", "encoding": "cp1252"},
        {"sep": "\t", "encoding": "utf-16"},
        {"lineterminator": "\r\n"},
    ],
)
def test_whatever_a_spreadsheet_makes_of_it(folder, style):
    rows = [row(says="apoyo – sí" if "encoding" not in style else "apoyo"), by_hand(people=3)]
    plain = read_entries(write_review(folder, rows)).table
    mangled = read_entries(write_review(folder, rows, **style)).table
    pd.testing.assert_frame_equal(pd.DataFrame(mangled), pd.DataFrame(plain))


def test_numbers_with_decimal_commas_and_points_of_zero(folder):
    cells = {"confidence": "0,950", "error_m": "2,125", "people": "3,0", "sheet": "3.0"}
    one = read_entries(write_review(folder, [row(**cells)])).table.iloc[0]
    assert (one["confidence"], one["error_m"], one["people"], one["sheet"]) == (0.95, 2.125, 3, 3)


def test_a_workbook_will_do(folder):
    rows = [row(), by_hand(people=3), row("x", keep=0)]
    plain = read_entries(write_review(folder, rows)).table
    (folder / MARKS).unlink()
    pd.DataFrame(rows).to_excel(folder / "marks.xlsx", index=False)
    again = read_entries(folder).table
    pd.testing.assert_frame_equal(pd.DataFrame(again), pd.DataFrame(plain))
    (folder / MARKS).write_text("mark,keep\n", "utf-8")
    with pytest.raises(InputError, match=r"both marks.csv and marks.xlsx; delete the older one"):
        read_entries(folder)


def test_sorted_rows_and_columns_and_further_ones_change_nothing(folder):
    rows = [row("a"), row("b", says="objection"), by_hand("c")]
    plain = read_entries(write_review(folder, rows)).table
    (folder / MARKS).unlink()
    table = pd.DataFrame(rows)[::-1].assign(checked_by="me")
    table[table.columns[::-1]].to_csv(folder / MARKS, index=False)
    pd.testing.assert_frame_equal(pd.DataFrame(read_entries(folder).table), pd.DataFrame(plain))


YES = ["yes", "YES", "y", "si", "Sí", "SÍ", "sim", "Sim", "是", "1", "1,0", "x", "X", "true", "✓"]
NO = ["no", "No", "NO", "n", "não", "nao", "0", "0.0", "false", "否", "-"]


@pytest.mark.parametrize(("words", "said"), [(YES, True), (NO, False)])
def test_yes_and_no_in_many_words(words, said):
    assert {word: as_yes(word) for word in words} == dict.fromkeys(words, said)


@given(st.text(max_size=6))
def test_any_word_is_yes_no_or_neither(word):
    assert as_yes(word) in (True, False, None)


def test_colours_say_what_the_key_says_but_written_words_stand(folder):
    rows = [
        row("a"),
        row("b", says="", colour="Red"),
        row("c", says="Closed  Path"),
        row("d", says="red"),
    ]
    key = {"green": "support", "red": "objection"}
    says = read_entries(write_review(folder, rows), colours=key).table["says"]
    assert says.to_dict() == {"a": "support", "b": "objection", "c": "closed path", "d": "red"}


def test_a_row_copied_with_its_name_gets_one_of_its_own(folder):
    found = read_entries(write_review(folder, [row("a"), row("a"), by_hand("a")]))
    assert list(found.table.index) == ["a", "a-2", "a-3"]
    assert any("two rows have the same mark" in str(one) for one in found.notices)


def test_where_cell_and_geometry_disagree_the_geometry_wins_and_it_is_said(folder):
    here = read_entries(write_review(folder, [row("a", cell="C6"), row("b", cell="H8")]))
    assert (here.table.geometry == Point(X + 1000, Y + 800)).all()
    (said,) = [one for one in here.notices if one.kind == "flagged"]
    assert (said.count, said.examples) == (1, ("b",))
    assert said.reason == "cell and geometry disagree: the geometry is taken"


def test_a_tick_lies_at_its_site_even_if_a_spreadsheet_took_its_zeros(folder):
    shapes = [box(X, Y, X + 10, Y + 10), box(X + 50, Y, X + 60, Y + 10)]
    sites = gpd.GeoSeries(shapes, index=["0412", "0413"], crs=UTM).to_crs(4326)
    review = write_review(
        folder, [by_hand(site=412, cell="", sheet=4)], [sheet(), sheet(4, rows=9)]
    )
    one = read_entries(review, sites={"micro_parks": sites}).table.iloc[0]
    assert one.geometry.distance(Point(X + 5, Y + 5)) < 0.01
    assert one["kind"] == "tick"


def test_sheets_in_two_systems_come_together(folder):
    other = sheet(5, crs="EPSG:32617")
    review = write_review(folder, [row("a"), row("b", sheet=5)], [sheet(), other])
    found = read_entries(review).table
    there = gpd.GeoSeries([Point(X + 1000, Y + 800)], crs="EPSG:32617").to_crs(UTM).iloc[0]
    assert found.geometry["b"].distance(there) < 0.01


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"keep": "perhaps"}, "marks.csv: keep, row 3: found 'perhaps'; write yes or no"),
        ({"keep": ""}, "marks.csv: keep, row 3: it is empty; write yes or no"),
        ({"people": "two"}, "marks.csv: people, row 3: found 'two'; write a whole number from 1"),
        ({"people": "2,5"}, "marks.csv: people, row 3: found '2,5'; write a whole number from 1"),
        ({"people": 0}, "marks.csv: people, row 3: found '0'; write a whole number from 1 to 100"),
        ({"sheet": 9}, "marks.csv: sheet, row 3: no sheet 9 was read; known are: 3, 4"),
        ({"sheet": ""}, "marks.csv: sheet, row 3: it is empty; write a whole number from 1"),
        ({"cell": "K9"}, "marks.csv: cell, row 3: no cell 'K9'; did you mean 'H8'?"),
        ({"cell": "4C"}, "marks.csv: cell, row 3: no cell '4C'; did you mean 'C4'?"),
        ({"cell": "left"}, "marks.csv: cell, row 3: no cell 'left'; cells are A1 to H8, as"),
        ({"cell": ""}, "marks.csv: cell, row 3: nothing says where it lies; give a cell such as"),
        ({"sheet": 4}, "marks.csv: cell, row 3: sheet 4 is a list of sites, and has no cells"),
        ({"geometry": "POINT (1 2"}, "marks.csv: geometry, row 3: found 'POINT (1 2'; empty the"),
        ({"geometry": "POINT (1 2)"}, "marks.csv: geometry, row 3: it lies outside sheet 3; mend"),
        ({"geometry": "POINT EMPTY"}, "marks.csv: geometry, row 3: found 'POINT EMPTY'; empty the"),
        ({"kind": "stiker"}, "marks.csv: kind, row 3: found 'stiker'; did you mean 'sticker'"),
        ({"says": ""}, "marks.csv: says, row 3: it is empty, and so is colour; write"),
        ({"confidence": "high"}, "marks.csv: confidence, row 3: found 'high'; write a number, or"),
        ({"cell": "", "site": "12", "sheet": 4},
         "marks.csv: site, row 3: nobody knows where the sites of 'micro_parks' lie; run it first"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named(folder, cells, said):
    review = write_review(folder, [row(), by_hand("b", **cells)], [sheet(), sheet(4, rows=9)])
    with pytest.raises(InputError) as error:
        read_entries(review)
    (found,) = problems(error)
    assert found.startswith(said)


def test_an_unknown_site_is_said_with_the_nearest(folder):
    sites = gpd.GeoSeries([Point(X, Y)], index=["lot-12"], crs=UTM)
    review = write_review(folder, [by_hand(cell="", site="lot-21")])
    with pytest.raises(InputError, match=r"site, row 2: no site 'lot-21'; did you mean 'lot-12'"):
        read_entries(review, sites={"micro_parks": sites})


def test_all_bad_cells_are_said_at_once_and_the_same_ones_together(folder):
    rows = [row(f"m{place}", people="many") for place in range(8)]
    rows += [by_hand("c", cell="K9"), row("d", keep="?")]
    with pytest.raises(InputError) as error:
        read_entries(write_review(folder, rows))
    assert problems(error) == [
        "marks.csv: people, rows 2, 3, 4, 5, 6 and 3 more: found 'many'; write a whole number from "
        "1 to 100,000",
        "marks.csv: cell, row 10: no cell 'K9'; did you mean 'H8'?",
        "marks.csv: keep, row 11: found '?'; write yes or no",
    ]


def test_a_bad_cell_of_a_row_that_is_not_kept_does_not_matter(folder):
    found = read_entries(write_review(folder, [row(), by_hand("b", keep="no", cell="K9")]))
    assert len(found.table) == 1


def test_nothing_kept_is_said(folder):
    with pytest.raises(InputError, match="none of its 2 rows is kept; write yes under keep"):
        read_entries(write_review(folder, [row(keep="no"), row("b", keep="0")]))


def test_a_folder_that_is_no_review(folder, tmp_path):
    with pytest.raises(InputError, match=r"layers/workshop.review: no such folder"):
        read_entries(folder)
    write_review(folder, [row()])
    with pytest.raises(InputError, match=r"no such folder; did you mean 'workshop.review'"):
        read_entries(folder.with_name("worksop.review"))
    (folder / MARKS).unlink()
    with pytest.raises(
        InputError, match=r"no marks.csv here; name the folder that siteplanner scan"
    ):
        read_entries(folder)


def test_a_table_without_keep_or_sheets_without_codes(folder):
    review = write_review(folder, [row()])
    table = pd.read_csv(review / MARKS)
    table.drop(columns="keep").to_csv(review / MARKS, index=False)
    with pytest.raises(InputError, match=r"marks.csv: no column keep; add a column keep, as scan"):
        read_entries(review)
    review = write_review(folder, [row()])
    (review / SHEETS).write_text("sheet,code\n3,hello\n", "utf-8")
    with pytest.raises(InputError, match=r"sheets.csv: code, row 2: not the code of a sheet; put"):
        read_entries(review)
    (review / SHEETS).unlink()
    with pytest.raises(InputError, match=r"sheets.csv: no such file; put it back, or scan"):
        read_entries(review)


def test_a_colour_of_the_key_that_nobody_used_is_said(folder):
    review = write_review(folder, [row()])
    with pytest.raises(InputError, match="no kept mark is gren; did you mean 'green'"):
        read_entries(review, colours={"gren": "support"})


def test_control_characters_do_not_reach_the_layer(folder):
    one = read_entries(write_review(folder, [row(says="no\x1b[31m way")])).table.iloc[0]
    assert one["says"] == "no·[31m way"


@given(st.text(max_size=5))
def test_the_nearest_cell_is_a_cell_or_nothing(name):
    assert nearest_cell(name) in ("", *cell_names())


def test_unknown_numbers_stay_unknown(folder):
    one = read_entries(write_review(folder, [row(confidence="", error_m="n/a")])).table.iloc[0]
    assert np.isnan(one["confidence"])
    assert np.isnan(one["error_m"])
