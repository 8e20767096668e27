"""What a sheet says about itself: its code, its marks, its grid and its boxes, in millimetres."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siteplanner.sheets.boxes import most_rows
from siteplanner.sheets.codes import CODE_MM, CORNERS, EDGE_MM, MARK_MM, gap_mm, margin_mm, modules
from siteplanner.sheets.grid import cell_at, cell_box, cell_names
from siteplanner.sheets.sheet import PAPERS_MM, Sheet, parse, project_tag

PAPERS = ["A4", "A3", "A1"]


def sheet(paper="A3", landscape=True, scale=10_000.0, **other) -> Sheet:
    width, height = PAPERS_MM[paper][::-1] if landscape else PAPERS_MM[paper]
    margin, room = margin_mm(paper), CODE_MM[paper] + 12
    across = width - 2 * margin - (room if landscape else 0)
    up = height - 2 * margin - (0 if landscape else room)
    bottom = margin if landscape else margin + room
    frame = (margin, bottom, across, up)
    extent = (600_000.0, 500_000.0, 600_000 + across * scale / 1000, 500_000 + up * scale / 1000)
    told = {"project": "p", "scenario": "s", "number": 1, "layer": "need", "version": "0a1b2c3d"}
    return Sheet(**{**told, **other}, paper=paper, landscape=landscape, crs="EPSG:32618",
                 frame_mm=frame, extent=extent)  # fmt: skip


texts = st.text(max_size=20)


@given(project=texts, scenario=texts, layer=texts, number=st.integers(1, 9999),
       paper=st.sampled_from(PAPERS), landscape=st.booleans(),
       scale=st.floats(100, 1e6), language=st.sampled_from(["en", "es", "pt", "zh"]))  # fmt: skip
def test_the_code_says_everything(**told):
    one = sheet(**told)
    assert parse(one.text()) == one
    assert one.text().isascii()
    assert one.text().startswith("SP1|")


@given(st.text(max_size=60))
def test_a_foreign_code_is_refused_and_never_breaks(text):
    for one in (text, "SP1|" + text, "SP1|" + text.replace(",", "|") + "|" * 11):
        with pytest.raises(ValueError, match=r".+"):
            parse(one)


@pytest.mark.parametrize("field", ["nan", "inf", "1e400", "", "a", "-5"])
def test_a_code_with_a_broken_number_is_refused(field):
    parts = sheet().text().split("|")
    for place in (3, 8, 9, 11):
        broken = list(parts)
        broken[place] = ",".join([field] * 4) if place in (8, 9) else field
        if broken[place] == ",,,":
            broken[place] = "1,2"
        with pytest.raises(ValueError, match=r".+"):
            parse("|".join(broken))


@given(st.sampled_from(PAPERS), st.booleans(), st.floats(-50, 50), st.floats(-50, 50))
def test_paper_to_ground_and_back(paper, landscape, x, y):
    one = sheet(paper, landscape)
    there = one.to_ground([[100 + x, 100 + y]])
    assert np.allclose(one.to_paper(there), [[100 + x, 100 + y]], atol=1e-6)


def test_a_millimetre_is_ten_metres_at_one_to_ten_thousand():
    one = sheet()
    left, bottom, *_ = one.frame_mm
    ground = one.to_ground([[left, bottom], [left + 1, bottom + 2]])
    assert ground.tolist()[0] == [600_000, 500_000]
    assert np.allclose(ground[1] - ground[0], [10, 20], rtol=1e-3)
    assert one.scale == pytest.approx(10_000, rel=1e-4)


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("landscape", [True, False])
def test_marks_stand_round_the_frame_on_paper_that_can_be_printed(paper, landscape):
    one = sheet(paper, landscape)
    *marks, code = one.marks()
    assert [mark.corner for mark in marks] == list(CORNERS)
    left, bottom, width, height = one.frame_mm
    size = np.array(one.size_mm)
    for mark in one.marks():
        corners = mark.corners_mm()
        assert corners.min() >= EDGE_MM - 0.01
        assert (corners <= size - EDGE_MM + 0.01).all()
        white = 4 * MARK_MM[paper] / 21 - 0.01
        beside = corners[:, 0].max() <= left - white or corners[:, 0].min() >= left + width + white
        above = corners[:, 1].max() <= bottom - white
        above |= corners[:, 1].min() >= bottom + height + white
        assert beside or above
    for mark in marks:
        away = np.abs(np.array([mark.x_mm - code.x_mm, mark.y_mm - code.y_mm]))
        assert away.max() >= (mark.size_mm + code.size_mm) / 2 + gap_mm(paper) - 0.01


def test_each_mark_says_project_page_and_corner_in_the_smallest_code():
    one, other = sheet(), sheet(number=2)
    texts = [mark.text for mark in one.marks()[:-1]]
    assert len({*texts, *(mark.text for mark in other.marks()[:-1])}) == 16
    assert all(text.startswith("SP" + project_tag("p") + one.tag) for text in texts)
    assert all(modules(text).shape == (21, 21) for text in texts)


def test_nothing_about_people_is_in_a_code():
    assert sheet().text().split("|") == [
        "SP1", "p", "s", "1", "need", "0a1b2c3d", "A3L", "EPSG:32618",
        "27.43,27.43,313.14,242.14", "600000,500000,603131.4,502421.4", "en", "0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"paper": "A2"}, "no paper"),
        ({"number": 0}, "no page"),
        ({"version": "xyz"}, "no version"),
        ({"frame_mm": (5.0, 30.0, 300.0, 230.0)}, "no room for marks"),
        ({"frame_mm": (28.0, 28.0, 362.0, 230.0)}, "no room for the code"),
        ({"extent": (0.0, 0.0, 100.0, 100.0)}, "not drawn at one scale"),
        ({"extent": None}, "needs an extent"),
        ({"extent": None, "rows": 500}, "rows do not fit"),
    ],
)
def test_a_sheet_that_cannot_be_is_refused(change, says):
    told = vars(sheet()) | change
    with pytest.raises(ValueError, match=says):
        Sheet(**told)


@given(st.sampled_from(cell_names()), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_point_of_a_cell_lies_in_it(name, right, up):
    frame = (20.0, 30.0, 160.0, 80.0)
    left, bottom, width, height = cell_box(name, frame)
    assert cell_at(left + right * width, bottom + up * height, frame) == name


def test_cells_cover_the_frame():
    boxes = [cell_box(name, (20.0, 30.0, 160.0, 80.0)) for name in cell_names()]
    assert sum(width * height for _, _, width, height in boxes) == pytest.approx(160 * 80)
    assert cell_box("C4", (0.0, 0.0, 80.0, 80.0)) == (20, 40, 10, 10)


def test_boxes_lie_in_the_frame_and_apart():
    one = Sheet("p", "s", 1, "q", "0a1b2c3d", "A4", False, "EPSG:32618",
                (23.0, 70.0, 164.0, 200.0), None, "en", 20)  # fmt: skip
    boxes = one.boxes()
    assert len(boxes) == 60
    assert [box.says for box in boxes[:3]] == ["strike", "star", "needed"]
    at = np.array([(box.x_mm, box.y_mm) for box in boxes])
    apart = np.abs(at[:, None] - at[None]).max(2)[~np.eye(60, dtype=bool)]
    assert apart.min() >= 7.5
    assert at[:, 0].max() < 187
    assert at[:, 1].min() > 70
    assert most_rows(200) == 25
    assert np.isnan(one.to_ground([[1, 1]])).all()
