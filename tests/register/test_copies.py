"""What messy hands make of a copy: told cell by cell, nothing lost, nothing guessed."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from desk import SITES, columns, logged, rows, sorted_by, typed, workbook

from siteplanner import InputError
from siteplanner.register import Register, grids, merge, read_copy
from siteplanner.register.columns import KEYS

HELD = Register({
    "a": {"status": "desk", "capital_cost": 100.0},
    "b": {"status": "visited", "capital_cost": 200.0},
    "c": {"status": "shortlisted", "capital_cost": 300.0}, "d": {"capital_cost": 400.0},
})  # fmt: skip


def told(copy):
    return {(line.place.rpartition("!")[2], line.now): line.why for line in copy.lines
            if line.what == "not read"}  # fmt: skip


def why(copy):
    return {line.why.partition(";")[0] for line in copy.lines if line.what == "not read"}


def edited(path, change):
    book = openpyxl.load_workbook(path)
    change(book.worksheets[0])
    book.save(path)
    return path


@pytest.fixture
def path(tmp_path) -> Path:
    return workbook(tmp_path / "copy.xlsx", HELD)


def test_a_change_comes_back_and_nothing_else(path):
    merged = merge(HELD, [read_copy(typed(path, {("a", "status"): "rejected"}), {})])
    assert [(one.site, one.column, one.was, one.now) for one in merged.lines] == [
        ("a", "status", "desk", "rejected")
    ]
    assert merged.lines[0].place == "sites!X3"
    assert merged.register.sites["b"] == HELD.sites["b"]


def test_a_cell_that_is_emptied_is_emptied(path):
    merged = merge(HELD, [read_copy(typed(path, {("a", "status"): None}), {})])
    assert merged.register.sites["a"] == {"capital_cost": 100.0}


def test_merged_cells_are_read_for_no_row_and_empty_none(path):
    def change(sheet):
        at = columns(sheet)["status"]
        sheet.merge_cells(start_row=3, end_row=5, start_column=at, end_column=at)

    copy = read_copy(edited(path, change), {})
    assert why(copy) == {"it is part of the merged cells X3:X5"}
    assert len(told(copy)) == 3 or len(copy.lines) == 3
    assert merge(HELD, [copy]).register.sites == HELD.sites


@pytest.mark.parametrize(("header", "read"), [("Status (2026)", True), ("Estado", True),
                                              ("status ", True), ("Colour", False)])  # fmt: skip
def test_a_renamed_header_is_said(path, header, read):
    def change(sheet):
        sheet.cell(2, columns(sheet)["status"]).value = header
        sheet.cell(3, columns(sheet)["status"]).value = "rejected"

    copy = read_copy(edited(path, change), {})
    assert copy.cells["a"].get("status") == ("rejected" if read else None)
    if not read:
        assert ("X3", "rejected") in told(copy)
        assert "was renamed to 'Colour'" in told(copy)["X3", "rejected"]
        assert merge(HELD, [copy]).register.sites == HELD.sites


def test_without_its_hidden_keys_a_sheet_is_read_by_its_headers(path):
    def change(sheet):
        sheet.delete_rows(1)
        at = {cell.value: cell.column for cell in sheet[1]}
        sheet.cell(1, at["Capital cost"]).value = "Capital costs"
        sheet.cell(2, at["Status"]).value = "rejected"

    copy = read_copy(edited(path, change), {})
    assert copy.cells["a"]["status"] == "rejected"
    assert "capital_cost" not in copy.cells["a"]
    assert "did you mean 'capital cost'?" in told(copy)["R2", "100"]


def test_exchanged_headers_are_not_believed(path):
    def change(sheet):
        at = columns(sheet)
        one, two = at["capital_cost"], at["running_cost_per_year"]
        sheet.cell(2, one).value, sheet.cell(2, two).value = (
            sheet.cell(2, two).value,
            sheet.cell(2, one).value,
        )

    copy = read_copy(edited(path, change), {})
    assert "capital_cost" not in copy.cells["a"]
    assert any("were columns exchanged?" in one for one in why(copy))


def test_a_column_of_their_own_is_kept_in_the_report(path):
    def change(sheet):
        sheet.cell(2, 60).value = "My notes"
        sheet.cell(4, 60).value = "ask the mayor"

    copy = read_copy(edited(path, change), {})
    assert told(copy)["BH4", "ask the mayor"] == "no column is called 'My notes'"


def test_a_deleted_id_column_is_refused(path):
    with pytest.raises(InputError, match=r"the column of ids .* is gone"):
        read_copy(edited(path, lambda sheet: sheet.delete_cols(1)), {})


def test_whole_rows_in_another_order_read_the_same(path):
    before = read_copy(path, {})
    copy = read_copy(sorted_by(path, ["016", "d", "c", "b", "a"]), {})
    assert copy.cells == before.cells
    assert copy.lines == ()


@pytest.mark.parametrize("moved", [["site", "name"], ["site", "name", "index"], ["site"],
                                   ["status", "#6"], [*KEYS[:3], "#2"]])  # fmt: skip
def test_half_a_table_sorted_is_seen_and_not_read(path, moved):
    sorted_by(path, ["b", "a", "c", "d", "016"], moved)
    copy = read_copy(path, {})
    assert set(copy.cells) == {"c", "d", "016"}
    assert all("no longer belong together" in one for one in why(copy))
    assert merge(HELD, [copy]).register.sites == HELD.sites


def test_one_column_sorted_alone_is_seen_by_what_it_was_issued_with(path):
    sorted_by(path, ["d", "c", "b", "a", "016"], ["capital_cost"])
    copy = read_copy(path, {})
    assert {key[1] for key in told(copy)} == {"100", "200", "300", "400"}
    assert merge(HELD, [copy]).register.sites == HELD.sites


def test_two_ways_of_writing_numbers_in_one_column(path):
    cells = {"a": "1.234,5", "b": "1,234.5", "c": "1.234", "d": "7"}
    copy = read_copy(typed(path, {(site, "capital_cost"): one for site, one in cells.items()}), {})
    assert {site: one.get("capital_cost") for site, one in copy.cells.items()} == {
        "a": 1234.5, "b": 1234.5, "c": None, "d": 7.0, "016": None}  # fmt: skip
    assert told(copy).keys() == {("R5", "1.234")}


def test_formulas_dates_and_people(path):
    copy = read_copy(typed(path, {
        ("a", "capital_cost"): "=R4*2", ("a", "when"): "31/12/2026", ("b", "when"): "1/2/2026",
        ("b", "reason"): "says Ana, ana@example.org", ("c", "when"): "soon",
    }), {})  # fmt: skip
    assert copy.cells["a"]["when"] == "2026-12-31"
    assert why(copy) == {
        "it is a formula, and what it came to is not trusted", "1/2/2026 can be two days",
        "it seems to hold an e-mail address", "it is no date"}  # fmt: skip
    assert not any("ana@" in line.now for line in copy.lines)


def test_ids_that_come_twice_or_are_unknown_are_told_with_their_cells(path):
    def change(sheet):
        row = rows(sheet)
        sheet.cell(row["b"], 1).value = "a"
        sheet.cell(row["c"], 1).value = "zz"

    copy = read_copy(edited(path, change), {})
    assert set(copy.cells) == {"d", "016"}
    assert {"the id 'a' is in 2 rows", "no site has the id 'zz'"} <= why(copy)
    assert ("X5", "shortlisted") in told(copy)


def test_a_row_of_their_own_without_an_id_is_told(path):
    def change(sheet):
        sheet.cell(9, columns(sheet)["status"]).value = "rejected"

    assert ("X9", "rejected") in told(read_copy(edited(path, change), {}))


def test_ids_that_a_spreadsheet_took_for_numbers_are_found(tmp_path):
    text = "Site,Name,Status,Capital cost\n16,Lot,rejected,5\na,Old mill,desk,\n"
    (tmp_path / "copy.csv").write_text(text, encoding="cp1252")
    copy = read_copy(tmp_path / "copy.csv", SITES)
    assert copy.cells["016"]["status"] == "rejected"
    assert copy.issued is None


def test_a_csv_in_another_order_with_half_of_it_sorted(tmp_path):
    text = "sep=;\nSitio;Nombre;Estado\na;School;rechazado\nb;Old mill;visitado\nc;Depot;visitado\n"
    (tmp_path / "copy.csv").write_text(text, encoding="utf-16")
    copy = read_copy(tmp_path / "copy.csv", SITES)
    assert copy.cells == {"c": {"status": "visited"}}
    assert len(copy.lines) == 2


def test_the_log_takes_new_rows_once_and_keeps_what_is_there(tmp_path):
    held = Register({}, SITES, {"c1": {"site": "a", "kind": "objection", "said": "too near"}})
    path = workbook(tmp_path / "copy.xlsx", held)
    logged(path, [{"site": "b", "date": "2026-02-01", "kind": "apoyo", "said": "good"},
                  {"site": "zz", "said": "where?"}, {"site": "a", "said": "call 300 123 4567"},
                  {"said": "nowhere"}, {"site": "b", "kind": "question"}])  # fmt: skip
    merged = merge(held, [read_copy(path, {})])
    assert {one["said"] for one in merged.register.log.values()} == {"too near", "good"}
    assert {line.why.partition(";")[0] for line in merged.lines if line.what == "not read"} == {
        "no site has the id 'zz'", "it seems to hold a telephone or identity number",
        "a cell of this new row cannot be read: it is taken once that is mended",
        "the row does not say which site it is about", "the row does not say what was said",
    }  # fmt: skip
    assert merge(merged.register, [read_copy(path, {})]).register == merged.register


def test_rows_of_the_log_that_were_sorted_stay_with_their_words(tmp_path):
    held = Register({}, SITES, {
        "c1": {"site": "a", "said": "too near"},
        "c2": {"site": "b", "said": "too far"},
    })  # fmt: skip
    path = workbook(tmp_path / "copy.xlsx", held)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[1]
    for column in range(1, 7):  # all but the hidden names of the entries
        one, two = sheet.cell(3, column), sheet.cell(4, column)
        one.value, two.value = two.value, one.value
    sheet.cell(3, columns(sheet)["answer"]).value = "we moved it"
    book.save(path)
    merged = merge(held, [read_copy(path, {})])
    assert merged.register.log["c1"] == held.log["c1"]
    assert merged.register.log["c2"]["answer"] == "we moved it"


def test_macros_are_not_run_and_it_is_said(path, tmp_path):
    macro = tmp_path / "copy.xlsm"
    macro.write_bytes(path.read_bytes())
    with zipfile.ZipFile(macro, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 Shell calc")
    copy = read_copy(macro, {})
    assert copy.cells == read_copy(path, {}).cells
    assert "macros" in copy.lines[0].why


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99, "protected with a password"),
        ("a.xlsx", b"", "0 bytes"),
        ("a.xlsx", b"<html>not a workbook</html>", "no whole workbook"),
        ("a.xlsx", None, "no whole workbook"),
        ("a.ods", b"PK", "'.ods' is no form that is read"),
        ("~$a.xlsx", b"x", "it only says that a file is open"),
        ("b.csv", b"one,two\n1,2\n", "no sheet of it looks like the register"),
        ("missing.xlsx", ..., "there is no such file"),
    ],
)
def test_files_that_are_none(tmp_path, path, name, content, found):
    if content is None:
        content = path.read_bytes()[:4000]
    if content is not ...:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=found):
        read_copy(tmp_path / name, SITES)


def test_a_workbook_of_another_kind_and_a_bomb(tmp_path, monkeypatch):
    book = openpyxl.Workbook()
    book.active.append(["one", "two"])
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(InputError, match="no sheet of it looks like the register"):
        read_copy(tmp_path / "other.xlsx", SITES)
    monkeypatch.setattr(grids, "SUSPICIOUS", 1_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml", bytes(2_000_000))
    with pytest.raises(InputError, match="it would unpack to"):
        read_copy(tmp_path / "bomb.xlsx", SITES)


def test_a_workbook_written_by_others_with_prefixes_and_shared_formulas(path, tmp_path):
    """Some programs write ``<x:c>``, rich text and attributes in another order."""
    odd = tmp_path / "odd.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(odd, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                text = text.replace(b"<", b"<x:").replace(b"<x:/", b"</x:")
                text = text.replace(b"xmlns=", b"xmlns:x=").replace(b"<x:?", b"<?")
                parts = b"<x:r><x:t>de</x:t></x:r><x:r><x:t>sk</x:t></x:r>"
                text = re.sub(b"<x:t[^>]*>desk</x:t>", parts, text)
                assert parts in text
            new.writestr(name, text)
    assert read_copy(odd, {}).cells == read_copy(path, {}).cells
