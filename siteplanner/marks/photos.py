"""Photos, opened with care: whatever a folder holds, a sentence says what is wrong with it."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from siteplanner.errors import InputError, Problem

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 120_000_000
"""More than this no phone takes unless told to, and no sheet needs."""
MOST_BYTES = 150_000_000
LEAST_SIDE_PX = 640
WORKING_PX = 2600
"""Longer sides are shrunk to this; it is more than a sheet needs."""
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF")
SMALLER = "take it with the camera's normal setting, 8 to 50 megapixels"
AGAIN = "take it with the phone's camera and save it as JPEG"
_KINDS = (
    (rb"%PDF-", "a PDF", "photograph the paper; a PDF of it is not read"),
    (rb"....ftyp(heic|heix|hevc|mif1|msf1|heim|heis)", "a HEIC picture",
     "set the phone to save JPEG ('most compatible'), or convert it"),
    (rb"....ftyp", "a film", "take a photo of the sheet"),
    (rb"<svg|<\?xml|<!DOCTYPE|<html", "a web page or a drawing", AGAIN),
    (rb"PK\x03\x04", "a zip archive", "unpack it and name the photos in it"),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo as it is worked with.

    Parameters
    ----------
    name
        File name, without folders.
    pixels
        Red, green, blue, 0..255, shape (height, width, 3), upright.  Nothing else of the file,
        neither place nor time nor camera, is kept.
    """

    name: str
    pixels: np.ndarray = field(repr=False)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]


def open_photo(path: Path) -> Photo:
    """Read a photo, turned upright as its camera says.

    Large photos are shrunk to 2,600 pixels on the long side.

    Parameters
    ----------
    path
        A JPEG, PNG, WebP or TIFF.

    Raises
    ------
    InputError
        If it is not a photo, is cut off, too small or far too large.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     path = Path(home) / "notes.jpg"
    ...     _ = path.write_text("minutes of the workshop", "utf-8")
    ...     open_photo(path)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    siteplanner.errors.InputError: notes.jpg: not a picture; take it with the phone's camera ...
    """
    name = shown_name(path)
    try:
        with path.open("rb") as file:
            head, size = file.read(64), os.fstat(file.fileno()).st_size
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _wrong(name, f"cannot be read ({reason})", "name photos that are there") from None
    if size == 0:
        raise _wrong(name, "the file is empty", "copy it from the phone again")
    for sign, what, todo in _KINDS:
        if re.match(sign, head.lstrip(b"\xef\xbb\xbf \r\n"), re.DOTALL):
            raise _wrong(name, f"it is {what}, not a photo", todo)
    if size > MOST_BYTES:
        raise _wrong(name, f"the file has {size / 1e6:,.0f} MB", AGAIN)
    return Photo(name, _pixels(path, name))


def shown_name(path: Path) -> str:
    """Give a file's name as it can be printed and written into a table."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+", " ", path.name)


def _pixels(path: Path, name: str) -> np.ndarray:
    from PIL import Image, UnidentifiedImageError

    Image.init()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of strange metadata and of size, which is checked
            with Image.open(path, formats=FORMATS) as picture:
                width, height = picture.size
                _check_size(name, width, height)
                return _upright(picture)
    except UnidentifiedImageError:
        raise _wrong(name, "not a picture", AGAIN) from None
    except Image.DecompressionBombError:
        raise _wrong(name, f"far more than {MOST_PIXELS / 1e6:.0f} megapixels", SMALLER) from None
    except InputError:
        raise
    except Exception:  # a decoder may raise anything at broken data
        raise _wrong(
            name, "the picture is damaged or cut off", "copy it from the phone again"
        ) from None


def _check_size(name: str, width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        found = f"{width * height / 1e6:,.0f} megapixels, more than {MOST_PIXELS / 1e6:.0f}"
        raise _wrong(name, found, SMALLER)
    if max(width, height) < LEAST_SIDE_PX:
        found = f"only {width:,} × {height:,} pixels"
        raise _wrong(
            name, found, "send the photo itself, not a preview: 1,600 pixels or more a side"
        )


def _upright(picture: Image.Image) -> np.ndarray:
    """Decode, turn, and leave everything but the pixels behind."""
    from PIL import Image, ImageOps

    picture.draft("RGB", (WORKING_PX, WORKING_PX))  # a large JPEG is decoded small
    picture.load()
    turned = ImageOps.exif_transpose(picture)
    if turned.mode in ("RGBA", "LA", "PA", "P"):
        clear = turned.convert("RGBA")
        turned = Image.new("RGB", clear.size, (255, 255, 255))
        turned.paste(clear, mask=clear.getchannel("A"))
    elif turned.mode.startswith("I") or turned.mode == "F":
        grey = np.asarray(turned, dtype=float)
        grey = (grey / max(grey.max(), 1) * 255).astype(np.uint8)
        turned = Image.fromarray(grey)
    turned = turned.convert("RGB")
    turned.thumbnail((WORKING_PX, WORKING_PX), Image.Resampling.BOX, reducing_gap=None)
    return np.array(turned, dtype=np.uint8)


def _wrong(name: str, found: str, todo: str) -> InputError:
    return InputError([Problem(name, "", found, todo)])
