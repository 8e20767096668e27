"""A page: exact millimetres, the same bytes, fonts inside, text as it is."""

from __future__ import annotations

import re
import zlib

import matplotlib as mpl
import numpy as np
import pytest
import shapely

from siteplanner.errors import InputError
from siteplanner.sheets import lettering
from siteplanner.sheets.lettering import Letters, letters_for
from siteplanner.sheets.page import Page, Pen

from .conftest import Ruler

LATIN = Letters((lettering.BASE,))


def saved(page, tmp_path, name="page.pdf"):
    path = tmp_path / name
    page.save(path, title="Title", subject="SP1|subject")
    return path


@pytest.fixture
def page() -> Page:
    return Page((210.0, 297.0), LATIN)


def test_a_bar_is_as_long_as_it_says(page, tmp_path):
    page.rectangle((20, 50, 80, 5), Pen(fill=0.0))
    ruler = Ruler(saved(page, tmp_path))
    assert ruler.size_mm == pytest.approx((210, 297), abs=0.01)
    dark = np.flatnonzero(ruler.row(52.5) < 128)
    assert (dark[0] / 10, (dark[-1] + 1) / 10) == pytest.approx((20, 100), abs=0.11)
    assert ruler.at(60, 50.3) < 50 < 200 < ruler.at(60, 49.6)


def test_same_page_same_bytes_and_another_another(page, tmp_path):
    page.write(20, 50, "Where is need highest?", 12)
    version = page.version
    first = saved(page, tmp_path, "a.pdf").read_bytes()
    assert saved(page, tmp_path, "b.pdf").read_bytes() == first
    assert page.version == version
    page.line([(0, 0), (10, 10.01)], Pen(line_pt=0.5))
    assert page.version != version
    assert b"CreationDate" not in first


def test_versions_tell_pens_and_places_apart():
    tall = ((0, 0, 5, 6), Pen(fill=0.5))
    drawn = [((0, 0, 5, 5), Pen(fill=0.5)), ((0, 0, 5, 5), Pen(fill=0.6)), tall]
    versions = set()
    for box, pen in drawn:
        page = Page((210.0, 297.0), LATIN)
        page.rectangle(box, pen)
        versions.add(page.version)
    assert len(versions) == 3


def test_fonts_are_inside_the_file(page, tmp_path):
    page.write(20, 50, "Necesidad ñ ç", 12)
    page.write(20, 60, "bold", 12, bold=True)
    raw = saved(page, tmp_path).read_bytes()
    fonts = re.findall(rb"/BaseFont /(\S+)", raw)
    assert {one.split(b"+")[-1] for one in fonts} == {b"DejaVuSans", b"DejaVuSans-Bold"}
    streams = [zlib.decompress(one) for one in re.findall(rb"stream\n(.*?)\nendstream", raw, re.S)
               if one[:1] == b"x"]  # fmt: skip
    assert raw.count(b"/FontFile2") >= 2
    assert sum(one[:4] == b"\x00\x01\x00\x00" for one in streams) >= 2  # TrueType


@pytest.mark.parametrize(
    "text", ["$x^2$", "\\frac{1}{0}", "<b>bold</b>", "{{ 7*7 }}", "50 % & more", "a_b^c", "$"]
)
def test_text_prints_as_it_is(page, tmp_path, text):
    page.write(20, 50, text, 12)
    assert Ruler(saved(page, tmp_path)).text == text


def test_nothing_of_a_text_runs_out_of_its_box(page, tmp_path):
    box = (30.0, 100.0, 60.0, 20.0)
    page.paragraph(box, "a" * 500, 9, least_pt=6)
    found = Ruler(saved(page, tmp_path)).boxes
    for _, left, bottom, right, top in found:
        assert left >= 29.9
        assert right <= 90.3
        assert bottom >= 99.5
        assert top <= 120.1
    assert found[-1][0] == "…"


def test_lines_break_between_words_and_within_chinese():
    letters = Letters((lettering.BASE,))
    lines = letters.wrapped("one two three four", 10, 20.0)
    assert " ".join(lines) == "one two three four"
    assert len(lines) > 1
    assert len(letters.wrapped("ab" * 40, 10, 20.0)) > 2
    assert list(lettering._pieces("需求 map")) == ["需", "求", " ", "map"]


def test_no_settings_of_others_are_changed_or_used(page, tmp_path):
    page.write(20, 50, "words $x$", 12)
    before = saved(page, tmp_path).read_bytes()
    with mpl.rc_context({"pdf.fonttype": 3, "hatch.linewidth": 3, "font.size": 40}):
        settings = dict(mpl.rcParams)
        assert saved(page, tmp_path).read_bytes() == before
        assert dict(mpl.rcParams) == settings


def test_a_letter_that_no_font_has_is_an_error_and_a_sign_is_left_out():
    with pytest.raises(InputError, match="no font on this machine has the letters '需求'"):
        LATIN.plain("需求")
    assert LATIN.plain("yes \U0001f9d1\u200d no\n\x00") in ("yes no", "yes \u200d no")


def test_chinese_without_a_font_says_what_to_install(monkeypatch):
    monkeypatch.setattr(lettering, "_chinese", lambda: None)
    with pytest.raises(InputError, match=r"language 'zh'; install a font .* Noto Sans CJK"):
        letters_for("zh")


def test_a_font_file_that_is_none_is_a_problem(tmp_path):
    path = tmp_path / "font.ttf"
    path.write_text("no font")
    with pytest.raises(InputError, match="not a font that can be read"):
        letters_for("en", path)
    with pytest.raises(InputError, match="not a font that can be read"):
        letters_for("en", tmp_path / "missing.ttf")


def test_a_hole_stays_open_and_lines_are_lines(page, tmp_path):
    ring = shapely.box(20, 20, 60, 60).difference(shapely.box(30, 30, 50, 50))
    page.shapes([ring], Pen(fill=0.0))
    page.shapes([shapely.LineString([(80, 20), (120, 60)])], Pen(line_pt=2))
    ruler = Ruler(saved(page, tmp_path))
    assert ruler.at(25, 25) == 0
    assert ruler.at(40, 40) == 255
    assert ruler.at(110, 30) == 255  # below the line: it has no inside
    assert ruler.at(100, 40) < 128


def test_a_code_has_no_seams(page, tmp_path):
    dark = np.ones((21, 21), dtype=bool)
    page.modules(dark, 100, 100, 18)
    ruler = Ruler(saved(page, tmp_path))
    rows = ruler.grey.shape[0] - 1 - np.round(np.array([108.8, 91.2]) * 10).astype(int)
    assert ruler.grey[rows[0] : rows[1], 912:1088].max() == 0
    assert ruler.at(100, 109.3) == 255
