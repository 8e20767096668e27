"""From photos to marks: found where they were put, in their colour, or refused with a sentence."""

from __future__ import annotations

import io
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner
from PIL import Image
from scipy.optimize import linear_sum_assignment

import siteplanner.marks.scanning as scanning
from siteplanner.cli import commands
from siteplanner.errors import InputError
from siteplanner.marks.reviewing import write_review
from siteplanner.marks.scanning import scan


@pytest.fixture(scope="module", autouse=True)
def read_once():
    """Read the same photo with the same knowledge once: it takes seconds, and gives the same."""
    done: dict[object, object] = {}
    plainly = scanning.read_photo

    def remembered(photo, known):
        page = known.project, sorted(known.pages), sorted(known.sheets)
        key = hash(photo.pixels.tobytes()), str(page)
        if key not in done:
            done[key] = plainly(photo, known)
        found = tuple(replace(one, photo=photo.name) for one in done[key].found)
        return replace(done[key], photo=photo.name, found=found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "read_photo", remembered)
        yield


def read(studio, *photos, **options):
    options = {"project": "mini", "folders": [studio.folder]} | options
    return scan(photos, **options)


FELT = (28, 30, 110)


def pairs(dots, marks, sheet):
    """Match truth and stickers, each once: (dot, mark, metres apart)."""
    truth = sheet.to_ground([(dot.x_mm, dot.y_mm) for dot in dots])
    there = np.stack([marks.geometry.x, marks.geometry.y], 1)
    apart = np.hypot(*(truth[:, None] - there[None]).transpose(2, 0, 1))
    near = 4 * sheet.scale / 1000
    rows, columns = linear_sum_assignment(np.where(apart < near, apart, 1e9))
    return [(a, b, apart[a, b]) for a, b in zip(rows, columns, strict=True) if apart[a, b] < near]


@pytest.fixture(scope="module")
def plain(studio):
    return studio.photo("plain", studio.dots(0))


def test_dots_are_found_where_they_are_in_their_colour(studio, plain):
    written = studio.dots(0)
    done = read(studio, plain)
    assert done.photos["state"].tolist() == ["read"]
    marks = done.marks
    assert len(marks) == 40
    assert set(marks["kind"]) == {"sticker"}
    matched = pairs(written.dots, marks, studio.sheet)
    assert len(matched) == 40
    colours = [(written.dots[a].colour, marks["colour"].iloc[b]) for a, b, _ in matched]
    assert all(one == other for one, other in colours)
    away = np.array([metres for *_, metres in matched])
    assert np.median(away) <= 2
    assert np.percentile(away, 95) <= 5
    assert (marks["error_m"] >= np.percentile(away, 80)).all()
    assert marks.crs.to_epsg() == 32618
    assert (marks["keep"] == "yes").all()


def test_a_page_that_is_not_known_is_read_less_surely(studio):
    written = studio.dots(1, dots=24)
    photo = studio.photo("curled", written, seed=1, curl_mm=1.0)
    done = read(studio, photo, folders=[])
    matched = pairs(written.dots, done.marks, studio.sheet)
    assert len(matched) >= 23
    assert len(done.marks) <= 24
    assert np.median([metres for *_, metres in matched]) <= 3
    assert done.marks["confidence"].max() < 0.9
    assert "its printed page was not found" in done.photos["reason"][0]


def test_colours_say_what_they_are_told_to(studio, plain):
    done = read(studio, plain, colours={"green": "support"}, group="parents", turn="2")
    says = done.marks.set_index("colour")["says"]
    assert set(says["green"]) == {"support"}
    assert set(says["red"]) == {"red"}
    assert set(done.marks["group"]) == {"parents"}
    assert set(done.marks["round"]) == {"2"}


def test_a_hidden_code_is_known_from_another_photo_or_from_the_page(studio, plain):
    photo = studio.photo("hand", studio.dots(0), seed=1, hand=True)
    done = read(studio, photo, plain, folders=[])
    assert done.photos["state"].tolist() == ["read", "read"]
    kept = done.marks[done.marks["keep"] == "yes"]
    assert len(kept) == 40  # both show one sheet, and agree
    assert not kept["note"].str.contains("seen in").any()


def test_a_hand_is_no_mark_and_is_told(studio, plain):
    written = studio.dots(0)
    done = read(studio, studio.photo("fingers", written, seed=2, hand=True))
    kept = done.marks[done.marks["keep"] == "yes"]
    assert len(pairs(written.dots, kept, studio.sheet)) == len(kept) == len(done.marks) == 40
    assert "of the map: what is under it was not read" in done.photos["reason"][0]
    assert read(studio, plain).photos["reason"][0] == ""


def test_a_dot_that_a_pen_crosses_is_one_dot(studio, simulator):
    across = np.linspace(0, 20, 60)
    wave = np.stack([103 + across, 97.5 + 1.6 * np.sin(across * 2.6)], 1)
    written = simulator.Written(
        dots=[simulator.Dot(102, 100, "red")], lines=[(wave, (0, 0, 0), 0.1), (wave, FELT, 0.8)]
    )
    assert len(written.lines) == 2  # every second one is drawn over the dots
    done = read(studio, studio.photo("crossed", written, seed=7))
    assert done.marks["colour"].tolist() == ["red"]
    ((_, _, away),) = pairs(written.dots, done.marks, studio.sheet)
    assert away < 6


def test_two_copies_of_a_page_are_two_sheets_of_paper(studio, plain):
    other = studio.photo("other", studio.dots(5, dots=12, scribbles=5), seed=5)
    done = read(studio, plain, other)
    assert done.marks.index.str.contains("-p1-").sum() == 40
    assert done.marks.index.str.contains("-p2-").sum() == 12


def test_many_thick_strokes_are_what_they_were_meant_to_be(studio, simulator):
    written, drawn = simulator.thick(studio.sheet, np.random.default_rng(8))
    done = read(studio, studio.photo("thick", written, seed=8))
    assert len(done.marks) == len(drawn) == 12
    for one in drawn:
        meant = shapely.transform(one.shape_mm, studio.sheet.to_ground)
        same = done.marks[(done.marks["kind"] == one.kind) & (done.marks["colour"] == one.colour)]
        apart = same.geometry.hausdorff_distance(meant).min()
        assert apart < 5 * studio.sheet.scale / 1000


def test_thick_lines_are_areas_and_lines_and_thin_ones_are_nothing(studio, simulator):
    circle = np.array(
        [(120 + 25 * np.cos(a), 150 + 18 * np.sin(a)) for a in np.linspace(0, 6.2, 60)]
    )
    line = np.array([(200.0, 60.0), (230.0, 80.0), (260.0, 70.0)])
    black = np.array([(60.0, 60.0), (100.0, 90.0), (130.0, 85.0)])
    thin = np.array([(200 + 20 * np.cos(a), 190 + 14 * np.sin(a)) for a in np.linspace(0, 6.2, 60)])
    written = simulator.Written(
        lines=[(circle, (30, 90, 190), 3.0), (line, (40, 155, 70), 2.5), (black, (20, 20, 20), 3.0),
               (thin, (28, 30, 110), 0.6)],
    )  # fmt: skip
    done = read(studio, studio.photo("pens", written, seed=3))
    marks = done.marks.set_index("kind")
    assert sorted(done.marks["kind"]) == ["area", "line", "line"]
    area = marks.loc["area"]
    truth = shapely.Polygon(studio.sheet.to_ground(circle))
    assert area["colour"] == "blue"
    together = area.geometry.union(truth).area
    assert area.geometry.intersection(truth).area / together > 0.93
    lines = marks.loc["line"].set_index("colour").geometry
    for colour, track in (("green", line), ("black", black)):
        truth = shapely.LineString(studio.sheet.to_ground(track))
        assert lines[colour].hausdorff_distance(truth) < 40


def test_touching_dots_are_taken_apart_and_said(studio, simulator):
    dots = [simulator.Dot(100, 100, "red"), simulator.Dot(107.5, 101, "red"),
            simulator.Dot(104, 107.5, "red"), simulator.Dot(200, 150, "blue"),
            simulator.Dot(207, 150, "blue"), simulator.Dot(60, 200, "green"),
            simulator.Dot(150, 200, "green"), simulator.Dot(180, 60, "yellow")]  # fmt: skip
    done = read(studio, studio.photo("touching", simulator.Written(dots=dots), seed=2))
    matched = pairs(dots, done.marks, studio.sheet)
    assert len(matched) == len(dots) == len(done.marks)
    assert done.marks["note"].str.contains("taken apart").sum() == 5
    assert max(metres for *_, metres in matched) < 12


def test_ticks_say_their_row_and_column(studio, simulator, standin):
    sheet = standin.question_sheet(18)
    sites = tuple(f"site-{row}" for row in range(18))
    home = studio.folder / "questions"
    home.mkdir()
    pdf = standin.write_pdf(sheet, home / "questions.pdf", sites=sites)
    rng = np.random.default_rng(4)
    ticked = rng.choice(54, 15, replace=False)
    written = simulator.Written()
    for place in ticked:
        pen = simulator.PENS[rng.integers(4)]
        written.lines += simulator.tick(sheet.boxes()[place], rng, pen)
    page = simulator.printed(pdf, "A4")
    photo = studio.photo("ticks", written, seed=4, page=page, sheet=sheet)
    (home / "sheets.json").write_text(
        pd.Series({"sheets": [{"code": sheet.text(), "sites": list(sites)}]}).to_json(), "utf-8"
    )
    marks = read(studio, photo, folders=[home]).marks
    boxes = [sheet.boxes()[place] for place in ticked]
    assert set(zip(marks["site"], marks["says"], strict=True)) == {
        (f"site-{box.row}", box.says) for box in boxes
    }
    assert len(marks) == 15
    assert marks.geometry.isna().all()


# what is refused


def refused(studio, photo, **options):
    done = read(studio, photo, **options)
    assert done.photos["state"].tolist() == ["refused"]
    assert not len(done.marks)
    return done.photos["reason"][0]


def changed(plain, change) -> None:
    path = plain.with_name(f"{change.__name__}.jpg")
    with Image.open(plain) as photo:
        change(photo).save(path, quality=90)
    return path


def test_each_refusal_says_why_and_what_to_do(studio, plain):
    def cropped(photo):
        width, height = photo.size
        return photo.crop((0, 0, round(0.42 * width), height))

    def blurred(photo):
        from PIL import ImageFilter

        return photo.filter(ImageFilter.GaussianBlur(9))

    def dark(photo):
        return photo.point(lambda value: value * 0.12)

    def table(photo):
        rng = np.random.default_rng(0)
        pixels = rng.integers(0, 255, (60, 80, 3)).astype(np.uint8)
        return Image.fromarray(pixels).resize((1600, 1200), Image.Resampling.NEAREST)

    for change, found, todo in (
        (cropped, "black squares can be found; 6 are needed", "take the photo again"),
        (blurred, "too blurred", "hold the phone still"),
        (dark, "too dark", "lamp"),
        (table, "it shows no sheet", "black squares"),
    ):
        reason = refused(studio, changed(plain, change))
        assert found in reason
        assert todo in reason


def test_a_sheet_of_another_project_is_refused(studio, plain):
    reason = refused(studio, plain, project="porto")
    assert "a sheet of the project 'mini', not of 'porto'" in reason


def test_another_version_of_the_page_is_refused(studio, standin, plain, tmp_path):
    newer = standin.map_sheet(version="ffffffff")
    standin.write_pdf(newer, tmp_path / "need.pdf", seed=1)
    reason = refused(studio, plain, folders=[tmp_path])
    assert "printed from another version of the page: 0a1b2c3d" in reason
    assert "--sheets FOLDER" in reason
    assert read(studio, plain, folders=[tmp_path, studio.folder]).photos["state"][0] == "read"


def test_a_crumpled_sheet_is_refused(studio):
    photo = studio.photo("folded", studio.dots(0, dots=3), seed=2, fold_deg=9)
    reason = refused(studio, photo, folders=[])
    assert "0.5 mm are needed" in reason
    assert "smooth out" in reason


def test_bad_files_do_not_keep_good_photos_from_being_read(studio, plain, tmp_path):
    (tmp_path / "notes.jpg").write_text("minutes")
    (tmp_path / "plain.jpg").write_bytes(b"%PDF-1.7")  # the same name, another folder
    done = read(studio, tmp_path / "notes.jpg", plain, tmp_path / "plain.jpg", plain)
    assert done.photos.set_index("photo")["state"].to_dict() == {
        "notes.jpg": "refused", "plain.jpg": "read", "plain-2.jpg": "refused",
    }  # fmt: skip
    assert len(done.marks) == 40
    with pytest.raises(InputError, match="no photo is named"):
        scan([])


# the review folder, and the command


def with_place(plain, path):
    """Save a photo as a phone does: with the place it was taken at."""
    exif = Image.Exif()
    exif[0x010F] = "ACME"
    exif[0x8825] = {1: "N", 2: (4.0, 35.0, 0.0), 3: "W", 4: (74.0, 4.0, 0.0)}
    with Image.open(plain) as photo:
        photo.save(path, quality=90, exif=exif)
    return path


def test_the_review_folder_holds_what_a_person_needs_and_nothing_of_the_camera(
    studio, plain, tmp_path
):
    photo = with_place(plain, tmp_path / "IMG_1.jpg")
    assert b"ACME" in photo.read_bytes()
    folder = write_review(read(studio, photo), tmp_path / "layers" / "w.gpkg")
    assert sorted(path.name for path in folder.iterdir()) == [
        "IMG_1.jpg", "marks.csv", "photos.csv", "sheets.csv",
    ]  # fmt: skip
    for path in folder.iterdir():
        assert b"ACME" not in path.read_bytes()
        assert b"Exif" not in path.read_bytes()
    assert (folder / "marks.csv").read_bytes().startswith(b"\xef\xbb\xbfmark,keep,kind,says")
    picture = Image.open(io.BytesIO((folder / "IMG_1.jpg").read_bytes()))
    assert picture.size == (1680, 1188)  # the sheet and nothing else
    assert not picture.getexif()
    marks = pd.read_csv(folder / "marks.csv", encoding="utf-8-sig")
    assert shapely.from_wkt(marks["geometry"]).all()
    with pytest.raises(InputError, match="a review is there already"):
        write_review(read(studio, photo), tmp_path / "layers" / "w.gpkg")


def test_where_no_photo_can_be_read_nothing_is_written(studio, tmp_path):
    (tmp_path / "notes.jpg").write_text("minutes")
    with pytest.raises(InputError, match=r"notes.jpg: not a picture; take it"):
        write_review(read(studio, tmp_path / "notes.jpg"), tmp_path / "layers" / "w.gpkg")
    assert not (tmp_path / "layers").exists()


def test_the_command_reads_and_says_what_to_do_next(studio, plain, tmp_path):
    root = tmp_path / "mini"
    for part in ("layers", "scenarios", "maps"):
        (root / part).mkdir(parents=True)
    (tmp_path / "notes.jpg").write_text("minutes")
    arguments = ["--root", str(root), "scan", str(plain), str(tmp_path / "notes.jpg"), "--into",
                 str(root / "layers" / "w.gpkg"), "--sheets", str(studio.folder)]  # fmt: skip
    done = CliRunner().invoke(commands, arguments)
    assert done.exit_code == 0, done.output
    assert "plain.jpg: sheet 3, 40 marks" in done.output
    assert "notes.jpg: refused; not a picture" in done.output
    assert "40 marks in" in done.output
    assert (root / "layers" / "w.review" / "marks.csv").is_file()
    assert not (root / "layers" / "w.gpkg").exists()
    again = CliRunner().invoke(commands, arguments)
    assert isinstance(again.exception, InputError)
    wrong = CliRunner().invoke(commands, [*arguments[:-3], "w.csv"])
    assert isinstance(wrong.exception, InputError)


def test_what_is_scanned_is_accepted_at_once_with_its_group_and_its_meaning(
    studio, plain, tmp_path
):
    root = tmp_path / "mini"
    for part in ("layers", "scenarios", "maps"):
        (root / part).mkdir(parents=True)
    arguments = [
        "--root", str(root), "scan", str(plain), "--into", str(root / "layers" / "w.gpkg"),
        "--sheets", str(studio.folder), "--colours", "green=support,red=objection",
        "--group", "parents", "--round", "2", "--accept",
    ]  # fmt: skip
    done = CliRunner().invoke(commands, arguments)
    assert done.exit_code == 0, done.output
    points = gpd.read_file(root / "layers" / "w.gpkg", layer="points").explode(ignore_index=True)
    assert points["says"].value_counts().to_dict() == {
        "support": 10, "objection": 10, "blue": 10, "yellow": 10,
    }  # fmt: skip
    assert set(points["group"]) == {"parents"}
    assert set(points["round"].astype(str)) == {"2"}
    assert len(pairs(studio.dots(0).dots, points, studio.sheet)) == 40
    assert (root / "layers" / "w.toml").is_file()
    wrong = CliRunner().invoke(commands, [*arguments[:-6], "green", *arguments[-5:]])
    assert isinstance(wrong.exception, InputError)
    assert "colour=word" in str(wrong.exception)
