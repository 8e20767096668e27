"""The workbook that goes out: typed, locked, in words, and back again."""

from __future__ import annotations

import datetime
import re
import zipfile

import openpyxl
import pandas as pd
import pytest
from desk import SITES, columns, workbook
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from siteplanner.register import Issue, Register, Words, read_copy, write_text
from siteplanner.register.columns import BY_KEY, KEYS, LOCKED, LOG, OFFICERS, issued
from siteplanner.register.wording import folded, headers_of_log, headers_of_sites, languages

FULL = Register(
    {
        "a": {"status": "rejected", "when": "2026-03-05", "reason": "=1+1", "capital_cost": 1200.5},
        "016": {"gate": "open", "capacity": 40.0, "who": "Office 4", "remarks": "two\nlines & <b>"},
    },
    SITES,
    {"c1": {"site": "a", "date": "2026-02-01", "kind": "objection", "said": "@too near"}},
)


@pytest.mark.parametrize("language", languages())
def test_what_goes_out_comes_back(tmp_path, language):
    path = workbook(tmp_path / "register.xlsx", FULL, language)
    copy = read_copy(path, {})
    assert copy.lines == ()
    assert copy.language == language
    kept = {
        site: {k: v for k, v in one.items() if v is not None} for site, one in copy.cells.items()
    }
    assert {site: one for site, one in kept.items() if one} == FULL.sites
    assert {k: v for k, v in copy.log.entries["c1"].items() if v is not None} == FULL.log["c1"]
    assert copy.issued.sites["016"] == FULL.sites["016"]
    assert copy.issued.names == SITES


@pytest.mark.parametrize("language", languages())
def test_the_csv_comes_back_too(tmp_path, language):
    locked = pd.DataFrame({"name": SITES}).rename_axis("site")
    write_text(Issue(locked, FULL, language), tmp_path / "register.csv")
    text = (tmp_path / "register.csv").read_text(encoding="utf-8")
    assert text.startswith("\ufeff")
    assert (";" in text.splitlines()[0]) == (language in ("es", "pt"))
    assert "'=1+1" in text
    copy = read_copy(tmp_path / "register.csv", SITES, language)
    kept = {
        site: {k: v for k, v in one.items() if v is not None} for site, one in copy.cells.items()
    }
    assert {site: one for site, one in kept.items() if one} == FULL.sites
    assert copy.lines == ()


def test_the_same_content_gives_the_same_bytes(tmp_path):
    one, two = (workbook(tmp_path / name, FULL) for name in ("one.xlsx", "two.xlsx"))
    assert one.read_bytes() == two.read_bytes()


@pytest.fixture
def book(tmp_path):
    return openpyxl.load_workbook(workbook(tmp_path / "register.xlsx", FULL, "es"))


def test_ids_are_locked_and_officers_cells_are_not(book):
    sheet = book.worksheets[0]
    at = columns(sheet)
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    assert not sheet.protection.sort
    assert not sheet.protection.autoFilter
    assert sheet.freeze_panes == "C3"
    assert sheet.cell(3, at["site"]).protection.locked
    for key in KEYS:
        cells = [sheet.cell(row, at[key]) for row in range(3, 8)]
        assert not any(one.protection.locked for one in cells if one.value is not None), key
        letter = openpyxl.utils.get_column_letter(at[key])
        assert not sheet.column_dimensions[letter].protection.locked, key
    assert sheet.row_dimensions[1].hidden
    assert [one.sheet_state for one in book.worksheets] == ["visible"] * 2 + ["veryHidden"] * 2


def test_sorting_is_possible_although_ids_are_locked(tmp_path):
    path = workbook(tmp_path / "register.xlsx")
    with zipfile.ZipFile(path) as archive:
        text = archive.read("xl/worksheets/sheet1.xml").decode()
    allowed = re.search(r'<protectedRange name="rows" sqref="A3:([A-Z]+)7"/>', text)
    assert re.search(rf'<autoFilter ref="A2:{allowed[1]}7"', text)
    assert (
        text.index("<sheetProtection") < text.index("<protectedRanges>") < text.index("<autoFilter")
    )


def test_every_header_is_explained(book):
    for sheet, keys in zip(book.worksheets, (issued(), [one.key for one in LOG]), strict=False):
        for cell in sheet[2]:
            key = sheet.cell(1, cell.column).value
            assert key in keys
            if not key.startswith("#") and key != "entry":
                assert cell.value == Words("es").header(key)
                assert Words("es").note(key) in cell.comment.text


def test_drop_downs_and_limits(book):
    sheet = book.worksheets[0]
    at = {number: key for key, number in columns(sheet).items()}
    rules = {}
    for rule in sheet.data_validations.dataValidation:
        column = next(iter(rule.sqref.ranges)).min_col
        rules[at[column]] = rule
        assert str(rule.sqref).endswith("7")
    assert set(rules) == {one.key for one in OFFICERS if one.kind != "text"}
    assert rules["status"].formula1.strip('"').split(",")[-1] == "rechazado"
    assert (rules["hours_per_week"].formula1, rules["hours_per_week"].formula2) == ("0", "168")


@pytest.mark.parametrize("language", languages())
def test_lists_are_short_enough_and_headers_are_told_apart(language):
    words = Words(language)
    for one in (*OFFICERS, *LOG):
        shown = [words.option(one.key, value) for value in one.options]
        assert len(",".join(shown)) <= 255
        assert not any("," in each or '"' in each for each in shown)
        assert len({folded(each) for each in shown}) == len(shown)
    for columns_ in ((*LOCKED, *OFFICERS), LOG):
        names = [folded(words.header(one.key)) for one in columns_]
        assert len(set(names)) == len(names)
    assert all(headers_of_sites()[folded(words.header(key))] == key for key in KEYS)
    assert all(headers_of_log()[folded(words.header(one.key))] == one.key for one in LOG)


def test_text_never_becomes_a_formula(book):
    for sheet in book.worksheets:
        assert not [cell.coordinate for row in sheet for cell in row if cell.data_type == "f"]
    assert book.worksheets[0].cell(3, columns(book.worksheets[0])["reason"]).quotePrefix


def test_a_day_is_a_day_and_a_number_a_number(book):
    sheet = book.worksheets[0]
    at = columns(sheet)
    assert sheet.cell(3, at["when"]).value == datetime.datetime(2026, 3, 5)
    assert sheet.cell(3, at["when"]).number_format == "yyyy-mm-dd"
    assert sheet.cell(3, at["capital_cost"]).value == 1200.5


def test_who_checked_is_not_in_a_workbook_for_the_public(tmp_path):
    path = workbook(tmp_path / "register.xlsx", FULL, personal=False)
    with zipfile.ZipFile(path) as archive:
        assert not any(b"Office 4" in archive.read(name) for name in archive.namelist())
    copy = read_copy(path, {})
    assert "who" not in copy.cells["016"]


_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(st.sampled_from(list(SITES)), st.fixed_dictionaries({}, optional={
    "operator": _texts, "capital_cost": st.floats(0, 1e14), "price_year": st.integers(1950, 2100),
    "status": st.sampled_from(BY_KEY["status"].options),
    "when": st.dates(datetime.date(1950, 1, 1), datetime.date(2099, 1, 1)).map(str)})))  # fmt: skip
def test_any_register_comes_back(tmp_path, sites):
    from siteplanner.register.cells import values_of

    wanted = {}
    for site, cells in sites.items():
        clean = {key: values_of(BY_KEY[key], [value], "en")[0][0] for key, value in cells.items()}
        wanted[site] = {key: value for key, value in clean.items() if value is not None}
    wanted = {site: one for site, one in wanted.items() if one}
    copy = read_copy(workbook(tmp_path / "any.xlsx", Register(wanted)), {})
    found = {s: {k: v for k, v in one.items() if v is not None} for s, one in copy.cells.items()}
    assert {site: one for site, one in found.items() if one} == wanted
    assert copy.issued.sites == {site: wanted.get(site, {}) for site in SITES}
