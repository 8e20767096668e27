"""Photos at the door: whatever a folder holds, a sentence; of a photo nothing but its pixels."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from siteplanner.errors import InputError
from siteplanner.marks.photos import open_photo


def jpeg(width=800, height=600, **options) -> bytes:
    out = io.BytesIO()
    ramp = np.linspace(0, 255, width * height * 3).reshape(height, width, 3).astype(np.uint8)
    Image.fromarray(ramp).save(out, "JPEG", **options)
    return out.getvalue()


def png_that_says(width: int, height: int) -> bytes:
    """Give a PNG of a few bytes whose head promises a giant."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def one_pixel() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1, 1)).save(out, "PNG")
    return out.getvalue()


WRONG = {
    "200_megapixels.png": (png_that_says(20_000, 10_000), "more than 120 megapixels"),
    "150_megapixels.png": (png_that_says(15_000, 10_000), "150 megapixels, more than 120"),
    "bomb.png": (png_that_says(60_000, 60_000), "megapixels"),
    "pixel.png": (one_pixel(), "only 1 × 1 pixels"),
    "preview.jpg": (jpeg(320, 240), "only 320 × 240 pixels"),
    "sheet.jpg": (b"%PDF-1.7\n...", "it is a PDF, not a photo"),
    "notes.jpg": (b"minutes of the workshop", "not a picture"),
    "empty.jpg": (b"", "the file is empty"),
    "cut.jpg": (jpeg()[:2000], "damaged or cut off"),
    "phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
    "film.mp4": (b"\0\0\0\x18ftypisom\0\0\2\0", "a film"),
    "all.jpg": (b"PK\x03\x04....", "a zip archive"),
    "page.jpg": (b"<!DOCTYPE html><html>", "a web page"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_photo_is_said(name, tmp_path):
    content, found = WRONG[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        open_photo(tmp_path / name)
    (problem,) = caught.value.problems
    assert problem.where == name
    assert found in problem.found
    assert problem.todo


def test_a_file_that_is_not_there_and_a_folder(tmp_path):
    for path in (tmp_path / "none.jpg", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            open_photo(path)


def test_it_is_turned_upright_and_its_place_is_forgotten(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned
    exif[0x8825] = {1: "N", 2: (4.0, 35.0, 0.0)}
    (tmp_path / "a.jpg").write_bytes(jpeg(800, 600, exif=exif))
    photo = open_photo(tmp_path / "a.jpg")
    assert photo.shape == (800, 600)
    assert set(vars(photo)) == {"name", "pixels"}


def test_large_photos_are_shrunk_and_small_ones_are_not(tmp_path):
    (tmp_path / "a.jpg").write_bytes(jpeg(4000, 1000))
    (tmp_path / "b.jpg").write_bytes(jpeg(1600, 1200))
    assert open_photo(tmp_path / "a.jpg").shape == (650, 2600)
    assert open_photo(tmp_path / "b.jpg").shape == (1200, 1600)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "I;16"])
def test_other_kinds_of_pixels_become_red_green_blue(mode, tmp_path):
    suffix = "jpg" if mode == "CMYK" else "png"
    path = tmp_path / f"a.{suffix}"
    if mode == "I;16":
        Image.fromarray(np.full((700, 800), 40_000, np.uint16)).save(path)
    else:
        Image.new("RGB", (800, 700), (200, 100, 50)).convert(mode).save(path)
    photo = open_photo(path)
    assert photo.pixels.shape == (700, 800, 3)
    assert photo.pixels.dtype == np.uint8


def test_a_name_cannot_spoil_the_terminal(tmp_path):
    path = tmp_path / "a\x1b[31m\n.jpg"
    path.write_bytes(b"x")
    with pytest.raises(InputError) as caught:
        open_photo(path)
    assert "\x1b" not in str(caught.value)
    assert "\n" not in str(caught.value)
