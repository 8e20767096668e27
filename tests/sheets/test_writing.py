"""Whole sheets: measured on paper, whole or not at all, and the same bytes again."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely

from siteplanner.errors import InputError, OutputError
from siteplanner.maps import released
from siteplanner.model import Choice
from siteplanner.sheets import boxes, grid, places
from siteplanner.sheets.cards import breakdown
from siteplanner.sheets.layout import card_layout, map_layout, question_layout
from siteplanner.sheets.pages import Wanted
from siteplanner.sheets.sheet import PAPERS_MM, parse
from siteplanner.sheets.writing import bind, draw, write

from ..maps.conftest import make_answer, make_scenario, without_sites
from .conftest import Ruler, make_book

PAPERS = [(paper, lying) for paper in PAPERS_MM for lying in (True, False)]


def one(folder, part):
    (path,) = folder.glob(f"*{part}*.pdf")
    return path


def overlap(first, second):
    a, b = (shapely.box(x, y, x + width, y + height) for x, y, width, height in (first, second))
    return a.intersection(b).area


@pytest.mark.parametrize(("paper", "lying"), [one for one in PAPERS if one != ("A1", False)])
def test_page_scale_bar_and_grid_in_millimetres(drawn, paper, lying):
    folder = drawn(paper=paper, landscape=lying, layers=("need",))
    ruler = Ruler(folder / "001_need.pdf")
    width, height = PAPERS_MM[paper]
    assert ruler.size_mm == pytest.approx((height, width) if lying else (width, height), abs=0.05)
    layout = map_layout(paper, landscape=lying)
    left, bottom, width, _ = layout.bar
    dark = (ruler.grey[:, round(left * 10) : round((left + width) * 10)] < 90).sum(axis=1)
    height = round((bottom + layout.bar[3]) * 10)
    rows = ruler.grey.shape[0] - 1 - np.arange(round(bottom * 10), height)
    row = rows[np.argmax(dark[rows])]
    parts = ruler.grey[row - 3 : row + 4, round(left * 10) : round((left + width) * 10)].min(axis=0)
    found = np.flatnonzero(parts < 150)
    assert (found[-1] - found[0] + 1) / 10 == pytest.approx(80, abs=0.35)
    sheet = parse(ruler.about["Subject"])
    for name in ("A1", "C4", "H8"):  # each cell's left line, at its middle
        x, y, _, high = grid.cell_box(name, sheet.frame_mm)
        near = ruler.row(y + high * 0.37)[round(x * 10) - 4 : round(x * 10) + 5]
        column = ruler.grey[-round((y + high) * 10) : -round(y * 10), round(x * 10) - 3 :][:, :7]
        assert min(near.min(), column.min()) < 170
    assert f"1:{sheet.scale:,.0f}" in ruler.text


@pytest.mark.parametrize(("paper", "lying"), PAPERS)
def test_nothing_is_laid_over_anything(paper, lying):
    layouts = {"map": map_layout(paper, landscape=lying), "questions": question_layout(paper)}
    layouts |= {"card": card_layout()}
    for kind, layout in layouts.items():
        names = ["frame", "title", "how", "credits", "key", "notes", "name", "bar", "unknown"]
        if kind == "questions":
            names = [one for one in names if one not in ("key", "bar")]
        if kind == "card":
            names += ["photo"]
        width, height = layout.size_mm
        given = {name: getattr(layout, name) for name in names}
        if given.get("bar") == given["unknown"]:
            given.pop("bar")
        sheet_of = make_book(paper=layout.paper).sheet
        job = make_book(paper=layout.paper, layers=("need",)).jobs[0]
        extent = (0.0, 0.0, layout.frame[2] * 10, layout.frame[3] * 10)
        marks = sheet_of(replace(job, extent=extent), layout, "0" * 8).marks()
        given |= {
            one.corner: (one.x_mm - one.size_mm / 2, one.y_mm - one.size_mm / 2, *[one.size_mm] * 2)
            for one in marks
        }
        for name, box in given.items():
            assert min(box) > 0, (kind, name)
            assert box[0] >= 5.9, (kind, name)
            assert box[1] >= 5.9, (kind, name)
            assert box[0] + box[2] <= width - 5.9, (kind, name)
            assert box[1] + box[3] <= height - 5.9, (kind, name)
            for other, its in given.items():
                if other != name:
                    assert overlap(box, its) < 0.5, (kind, name, other)


def test_the_white_edge_round_every_mark_stays_white(drawn):
    for path in drawn().glob("*.pdf"):
        ruler = Ruler(path)
        for mark in parse(ruler.about["Subject"]).marks():
            edge = 2 * mark.size_mm / 21 if mark.corner != "code" else 1.2
            half = mark.size_mm / 2
            for reach in (half + 0.3, half + edge):
                xs = np.round((mark.x_mm + np.linspace(-reach, reach, 200)) * 10).astype(int)
                ys = (
                    ruler.grey.shape[0]
                    - 1
                    - np.round((mark.y_mm + np.linspace(-reach, reach, 200)) * 10).astype(int)
                )
                assert ruler.grey[ys[[0, -1]]][:, xs].min() > 200, (path.name, mark.corner)
                assert ruler.grey[ys][:, xs[[0, -1]]].min() > 200, (path.name, mark.corner)


def test_the_page_is_grey_and_light(drawn):
    for path in drawn().glob("*.pdf"):
        ruler = Ruler(path)
        assert np.ptp(ruler.colours, axis=2).max() <= 2, path.name
    ruler = Ruler(one(drawn(), "001_need"))
    left, bottom, width, height = parse(ruler.about["Subject"]).frame_mm
    inside = ruler.grey[-round((bottom + height) * 10) : -round(bottom * 10),
                        round(left * 10) : round((left + width) * 10)]  # fmt: skip
    assert inside.mean() > 190
    assert np.median(inside) >= 0.75 * 255


def test_same_answer_same_bytes(tmp_path):
    wanted = {"layers": ("need", "questions"), "per_site": True, "sites": 2}
    folders = [write(make_book(**wanted), tmp_path / name) for name in "ab"]
    for path in folders[0].iterdir():
        assert path.read_bytes() == (folders[1] / path.name).read_bytes(), path.name


def test_another_number_is_another_version():
    answer = make_answer()
    cells = answer.cells.copy()
    cells["need"] = 1 - cells["need"]
    first, second = (
        draw(make_book(given, layers=("need",)), make_book(given, layers=("need",)).jobs[0])[1]
        for given in (answer, replace(answer, cells=cells))
    )
    assert first.version != second.version


def test_sheets_json_says_what_stands_where(drawn):
    folder = drawn()
    found = json.loads((folder / "sheets.json").read_text("utf-8"))
    assert [one["file"] for one in found["sheets"]] == sorted(p.name for p in folder.glob("*.pdf"))
    for at, each in enumerate(found["sheets"], start=1):
        ruler = Ruler(folder / each["file"])
        sheet = parse(each["code"])
        assert ruler.about["Subject"] == each["code"]
        assert (sheet.number, sheet.project, sheet.version) == (at, "town", each["version"])
        assert f"care-blocks {at} of {len(found['sheets'])}" in ruler.text
        assert each["version"] in ruler.text
    last = found["sheets"][-1]
    assert last["sites"] == [found["sites"][str(number)] for number in last["numbers"]]
    assert parse(last["code"]).layer == "questions 1-8"


def test_ticks_stand_where_the_sheet_says(drawn):
    ruler = Ruler(one(drawn(), "questions"))
    sheet = parse(ruler.about["Subject"])
    assert sheet.rows == 8
    for box in sheet.boxes():
        half = box.size_mm / 2
        assert ruler.at(box.x_mm, box.y_mm) == 255
        for x, y in ((half, 0), (-half, 0), (0, half), (0, -half)):
            assert ruler.at(box.x_mm + x, box.y_mm + y) < 128, box
    row = next(one for one in ruler.boxes if one[0] == "8")
    box = sheet.boxes()[-1]
    middles = [(low + high) / 2 for sign, left, low, _, high in ruler.boxes
               if sign == "8" and left < sheet.frame_mm[0] + boxes.COLUMN_MM]  # fmt: skip
    assert row
    assert min(abs(middle - box.y_mm) for middle in middles) < 1.0


def test_places_stand_where_the_map_says(drawn):
    ruler = Ruler(one(drawn(layers=("need",)), "need"))
    sheet = parse(ruler.about["Subject"])
    for x, y in sheet.to_paper([(one.x, one.y) for one in make_answer().existing.geometry]):
        assert ruler.at(x, y) < 120  # the middle of its cross
        assert ruler.at(x + 0.6, y + 0.6) > 230


def test_numbers_are_those_of_the_council_map_and_large_enough(drawn):
    numbers = places.numbers(make_answer())
    assert numbers.head(3).index.tolist() == ["b0", "b2", "b4"]  # as they were chosen
    assert numbers.tolist() == list(range(1, 9))
    ruler = Ruler(one(drawn(layers=("sites",)), "sites"))
    left, bottom, width, height = parse(ruler.about["Subject"]).frame_mm
    tall = [top - low for sign, x, low, _, top in ruler.boxes
            if sign in "12345678" and left + 2 < x < left + width - 2
            and bottom + 2 < low < bottom + height - 2]  # fmt: skip
    assert len(tall) >= 8
    assert places.NUMBER_PT >= 7


def test_crowded_sites_stand_aside_and_cover_nothing(tmp_path):
    answer = make_answer()
    sites = answer.sites.copy()
    spot = sites.geometry.iloc[0].centroid
    sites.geometry = [shapely.Point(spot.x + at, spot.y) for at in range(len(sites))]
    book = make_book(replace(answer, sites=sites), layers=("sites",))
    page, _, _ = draw(book, book.jobs[0])
    page.save(tmp_path / "a.pdf", title="", subject="x")
    found = Ruler(tmp_path / "a.pdf").text
    assert all(f" {number} " in f" {found} " for number in range(1, 9))


@pytest.mark.parametrize("language", ["es", "pt"])
def test_every_sheet_in_every_language(drawn, language):
    layers = ("need", "reach", "set", "questions")
    folder = drawn(language=language, layers=layers, per_site=True, sites=1)
    for path in folder.glob("*.pdf"):
        text = Ruler(path).text
        assert "{" not in text
        assert "…" not in text, path.name
        for english in ("What this map", "Where", "Notes ", "Scale 1", "black squares"):
            assert english not in text, path.name


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_nothing_is_cut_short_on_the_smallest_paper(drawn, language):
    folder = drawn(language=language, paper="A4", landscape=False, layers=("need",))
    text = Ruler(folder / "001_need.pdf").text
    assert "…" not in text
    assert "100 %." in text


def test_chinese_where_there_is_a_font(tmp_path, missing):
    try:
        book = make_book(language="zh", layers=("need",))
    except InputError:
        missing("fonts", "no font with Chinese letters: apt-get install fonts-droid-fallback")
    ruler = Ruler(write(book, tmp_path / "sheets") / "001_need.pdf")
    assert "哪里的需求最高" in ruler.text


def test_what_comes_from_data_prints_as_it_is(hostile, tmp_path):
    book = make_book(hostile, layers=("questions",), per_site=True)
    for job in book.jobs:
        page, _, _ = draw(book, job)
        if job.kind == "questions":
            page.save(tmp_path / "questions.pdf", title="", subject="x")
    assert len(book.jobs) == 9
    text = Ruler(tmp_path / "questions.pdf").text
    assert "$\\frac{1}{0}$" in text
    assert "=cmd()" in text
    assert "aaaa" in text
    assert "50 % \\alpha_$" in text


def test_a_public_sheet_tells_no_small_count():
    answer = make_answer(make_scenario(audience="public"))
    book = make_book(answer, per_site=True)
    small = answer.sites.index[answer.sites["people_reached"].between(1, 9)][0]
    said = " ".join(breakdown(book, small))
    assert not re.search(r"\b[37]\b people", said)
    assert book.answer.sites["people_reached"].isna()[small]
    assert book.answer.cells["people"].equals(released(answer).cells["people"])


def test_an_atlas_has_an_overview_and_says_where_the_map_goes_on(drawn):
    folder = drawn(paper="A4", scale=10_000, landscape=True, layers=("need",))
    found = json.loads((folder / "sheets.json").read_text("utf-8"))["sheets"]
    assert found[0]["file"] == "001_overview_need.pdf"
    sheets = [parse(each["code"]) for each in found[1:]]
    assert {round(sheet.scale, 6) for sheet in sheets} == {10_000.0}
    area = shapely.union_all([shapely.box(*sheet.extent) for sheet in sheets])
    assert area.buffer(1).contains(make_answer().area)
    book = make_book(paper="A4", scale=10_000, landscape=True, layers=("need",))
    second, third = book.jobs[1:3]
    assert second.neighbours()["E"] == third.number
    assert third.neighbours()["W"] == second.number
    text = Ruler(folder / "001_overview_need.pdf").text
    assert all(str(each["sheet"]) in text for each in found[1:])


def test_a_plan_without_sites_prints_need_only():
    changes = {"sites": None, "site": {}, "choice": Choice(existing="open")}
    answer = without_sites(make_answer(), make_scenario(**changes))
    book = make_book(answer)
    assert [job.theme for job in book.jobs] == ["need", "census.age_0_14", "reach"]


def test_cells_that_are_points_and_layers_without_data(tmp_path):
    answer = make_answer()
    cells = answer.cells.copy()
    cells.geometry = cells.geometry.centroid
    cells["need"] = np.nan
    book = make_book(replace(answer, cells=cells), layers=("need", "people"))
    assert len(list(write(book, tmp_path / "sheets").glob("*.pdf"))) == 2


def test_the_answer_is_not_touched():
    answer = make_answer()
    before = {name: getattr(answer, name).copy() for name in ("cells", "sites", "existing")}
    book = make_book(answer)
    for job in book.jobs:
        draw(book, job)
    for name, table in before.items():
        pd.testing.assert_frame_equal(getattr(answer, name), table)


def test_sheets_of_before_go_and_files_of_others_stay(tmp_path):
    folder = tmp_path / "sheets"
    write(make_book(layers=("need", "sites")), folder)
    (folder / "mine.txt").write_text("mine")
    write(make_book(layers=("sites",)), folder)
    left = sorted(path.name for path in folder.iterdir())
    assert left == ["001_sites.pdf", "mine.txt", "sheets.json"]


def test_a_file_of_somebody_else_is_never_written_over(tmp_path):
    folder = tmp_path / "sheets"
    folder.mkdir()
    (folder / "001_need.pdf").write_text("mine")
    with pytest.raises(OutputError, match=r"holds '001_need.pdf', which no sheets.json"):
        write(make_book(layers=("need",)), folder)
    assert (folder / "001_need.pdf").read_text() == "mine"


def test_a_failure_leaves_the_old_sheets_whole(tmp_path, monkeypatch):
    folder = tmp_path / "sheets"
    write(make_book(layers=("need",)), folder)
    before = (folder / "001_need.pdf").read_bytes()
    book = make_book(layers=("need", "sites"))

    def fail(name):
        if "2 of" in name:
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="free some space"):
        write(book, folder, progress=fail)
    assert [path.name for path in sorted(folder.iterdir())] == ["001_need.pdf", "sheets.json"]
    assert (folder / "001_need.pdf").read_bytes() == before


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"paper": "A5"}, "sheets: paper: no paper 'A5'; known are"),
        ({"scale": 0.0}, "sheets: scale: found 0; write a number from 100 to 10,000,000"),
        ({"scale": -5.0}, "sheets: scale: found -5"),
        ({"scale": float("nan")}, "sheets: scale: found nan"),
        ({"scale": float("inf")}, "sheets: scale: found inf"),
        ({"scale": 100.0, "layers": ("need",)}, r"1:100 makes [\d,]+ sheets, the most is 200; ask"),
        ({"layers": ("ned",)}, "sheets: layers: no layer 'ned' to print; .*need"),
        ({"layers": ()}, "sheets: layers: no layer is named"),
        ({"language": "eo"}, "sheets: language: no language 'eo'; known are: en, es, pt, zh"),
        ({"sites": 0}, "sheets: sites: found 0"),
    ],
)
def test_what_cannot_be_had(wanted, said):
    with pytest.raises(InputError, match=said):
        make_book(**wanted)


def test_all_problems_are_said_at_once():
    with pytest.raises(InputError) as error:
        bind(make_answer(), Wanted(paper="B5", scale=0, sites=-1, language="xx"), project="town")
    assert len(error.value.problems) == 4
