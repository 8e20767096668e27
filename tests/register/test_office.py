"""Round trips through LibreOffice: by xlsx, ods and csv, with edits, sorting and filters."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from desk import SITES, columns, logged, rows, sorted_by, typed, workbook

from siteplanner.register import Register, merge, read_copy

pytestmark = pytest.mark.office
HELD = Register(
    {
        "a": {"status": "desk", "capital_cost": 1234.5, "reason": "=1+1", "when": "2026-03-05"},
        "016": {"gate": "open", "remarks": "two\nlines; with “quotes”, and ñ"},
    },
    SITES,
    {"c1": {"site": "a", "kind": "objection", "said": "too near", "date": "2026-02-01"}},
)
CSV = "csv:Text - txt - csv (StarCalc):59,34,76,1"  # ; and quotes, UTF-8, the first sheet


@pytest.fixture(scope="module")
def came_back(tmp_path_factory, missing) -> Path:
    """Send three copies through LibreOffice: untouched, edited, and sorted with a filter."""
    if shutil.which("soffice") is None:
        missing("office", "no LibreOffice here: apt-get install libreoffice-calc-nogui")
    home = tmp_path_factory.mktemp("office")
    plain = workbook(home / "plain.xlsx", HELD, "es")
    edited = typed(plain, {
        ("b", "status"): "rechazado", ("b", "capital_cost"): 99.5, ("a", "status"): "visitado",
        ("c", "capacity"): "=2*20", ("d", "when"): "07/08/2026",
    }, home / "edited.xlsx")  # fmt: skip
    logged(edited, [{"site": "b", "kind": "apoyo", "said": "bien"}])
    shutil.copy(edited, home / "sorted.xlsx")
    filtered(sorted_by(home / "sorted.xlsx", ["d", "016", "b", "c", "a"]))
    every = [home / f"{name}.xlsx" for name in ("plain", "edited", "sorted")]
    convert("ods", home / "ods", every, home)
    convert("xlsx", home / "by_ods", sorted((home / "ods").glob("*.ods")), home)
    convert("xlsx", home / "by_xlsx", every, home)
    convert(CSV, home / "by_csv", every, home)
    return home


def convert(to: str, folder: Path, files: list[Path], home: Path) -> None:
    profile = f"-env:UserInstallation=file://{home}/profile"
    words = ["soffice", "--headless", profile, "--convert-to", to, "--outdir", folder, *files]
    subprocess.run(list(map(str, words)), check=True, capture_output=True, timeout=300)
    assert len(list(folder.iterdir())) == len(files)


def filtered(path: Path) -> None:
    """Show only the rejected: the other rows are hidden, not gone."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    at = columns(sheet)["status"]
    sheet.auto_filter.add_filter_column(at - 1, ["rechazado"])
    for number in rows(sheet).values():
        sheet.row_dimensions[number].hidden = sheet.cell(number, at).value != "rechazado"
    book.save(path)


def known(copy):
    found = {
        site: {k: v for k, v in one.items() if v is not None} for site, one in copy.cells.items()
    }
    return {site: one for site, one in found.items() if one}


@pytest.mark.parametrize("way", ["by_ods", "by_xlsx"])
def test_untouched_it_comes_back_whole(came_back, way):
    copy = read_copy(came_back / way / "plain.xlsx", {})
    assert copy.lines == ()
    assert known(copy) == HELD.sites
    assert copy.issued.sites["a"] == HELD.sites["a"]
    merged = merge(HELD, [copy])
    assert merged.lines == ()
    assert merged.register.log == HELD.log


@pytest.mark.parametrize("name", ["edited", "sorted"])
@pytest.mark.parametrize("way", ["by_ods", "by_xlsx"])
def test_edits_come_back_from_either_form(came_back, way, name):
    merged = merge(HELD, [read_copy(came_back / way / f"{name}.xlsx", {})])
    changed = {(one.site, one.column): one.now for one in merged.lines if one.what == "changed"}
    assert changed == {
        ("b", "status"): "rejected", ("b", "capital_cost"): "99.5", ("a", "status"): "visited",
        ("d", "when"): "2026-08-07", ("b", "site"): "b", ("b", "kind"): "support",
        ("b", "said"): "bien"}  # fmt: skip
    assert [(one.site, one.column) for one in merged.lines if one.what == "not read"] == [
        ("c", "capacity")
    ]
    assert merged.count("conflict") == 0


@pytest.mark.parametrize("name", ["plain", "edited"])
def test_a_csv_that_libreoffice_has_written_is_read(came_back, name):
    (path,) = (came_back / "by_csv").glob(f"{name}*.csv")
    copy = read_copy(path, SITES, "es")
    cells = known(copy)
    assert cells["016"] == HELD.sites["016"]
    assert cells["a"]["capital_cost"] == 1234.5
    assert cells["a"]["when"] == "2026-03-05"
    assert cells["a"]["status"] == ("visited" if name == "edited" else "desk")


def test_of_a_filtered_csv_nothing_is_emptied(came_back):
    """LibreOffice may leave hidden rows out of a CSV: what is not there stays as it is."""
    (path,) = (came_back / "by_csv").glob("sorted*.csv")
    merged = merge(HELD, [read_copy(path, SITES, "es")])
    assert merged.register.sites["016"] == HELD.sites["016"]
    assert merged.register.sites["b"]["status"] == "rejected"


def test_two_officers_and_two_programs_in_conflict(came_back, tmp_path):
    mine = typed(came_back / "plain.xlsx", {("b", "status"): "visitado"}, tmp_path / "mine.xlsx")
    theirs = read_copy(came_back / "by_ods" / "edited.xlsx", {})
    merged = merge(HELD, [read_copy(mine, {}), theirs])
    told = {(one.copy, one.now) for one in merged.lines if one.what == "conflict"}
    assert told == {("mine.xlsx", "visited"), ("edited.xlsx", "rejected")}
    assert "status" not in merged.register.sites["b"]
