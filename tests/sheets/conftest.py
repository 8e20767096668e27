"""Sheets of the made-up answer, drawn once, and a ruler for PDFs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString

from siteplanner.maps import Answer
from siteplanner.sheets.drawing import Book
from siteplanner.sheets.pages import Wanted
from siteplanner.sheets.writing import bind, write

from ..maps.conftest import CRS, EAST, HOSTILE, NORTH, make_answer, make_scenario

POINTS_A_MM = 72 / 25.4


def names() -> gpd.GeoDataFrame:
    """Give streets of which one in three has a name."""
    lines = [LineString([(EAST, y), (EAST + 2400, y)]) for y in NORTH + 195 + 200.0 * np.arange(10)]
    labels = [f"Calle {at}" if at % 3 == 0 else "" for at in range(10)]
    return gpd.GeoDataFrame({"label": labels}, geometry=lines, crs=CRS)


def make_book(answer: Answer | None = None, **wanted: Any) -> Book:
    return bind(answer or make_answer(), Wanted(**wanted), project="town", names=names())


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Give what draws a set of sheets of the made-up answer, each set once."""
    made: dict[str, Path] = {}

    def draw(**wanted: Any) -> Path:
        key = repr(sorted(wanted.items()))
        if key not in made:
            made[key] = write(make_book(**wanted), tmp_path_factory.mktemp("sheets"))
        return made[key]

    return draw


class Ruler:
    """A PDF page and its picture, measured in millimetres from the lower left corner."""

    DPI = 254

    def __init__(self, path: Path) -> None:
        import pypdfium2

        self.path = path
        with pypdfium2.PdfDocument(path) as document:
            self.size_mm = tuple(one / POINTS_A_MM for one in document[0].get_size())
            self.about = document.get_metadata_dict()

    @cached_property
    def grey(self) -> np.ndarray:
        """Ten dots a millimetre: 0 black, 255 white."""
        return self._picture(self.DPI / 72, "L")

    @cached_property
    def colours(self) -> np.ndarray:
        """A small picture with its three colours."""
        return self._picture(1.0, "RGB").astype(int)

    @cached_property
    def text(self) -> str:
        """All words, single spaces between."""
        import pypdfium2

        with pypdfium2.PdfDocument(self.path) as document:
            return " ".join(document[0].get_textpage().get_text_bounded().split())

    @cached_property
    def boxes(self) -> list[tuple[str, float, float, float, float]]:
        """Each sign: left, bottom, right, top."""
        import pypdfium2

        with pypdfium2.PdfDocument(self.path) as document:
            text = document[0].get_textpage()
            return [
                (text.get_text_range(at, 1), *(one / POINTS_A_MM for one in text.get_charbox(at)))
                for at in range(text.count_chars())
            ]

    def _picture(self, scale: float, kind: str) -> np.ndarray:
        import pypdfium2

        with pypdfium2.PdfDocument(self.path) as document:
            return np.asarray(document[0].render(scale=scale).to_pil().convert(kind))

    def at(self, x_mm: float, y_mm: float) -> int:
        """Give the grey at a point: 0 black, 255 white."""
        row = self.grey.shape[0] - 1 - round(y_mm * self.DPI / 25.4)
        return int(self.grey[row, round(x_mm * self.DPI / 25.4)])

    def row(self, y_mm: float) -> np.ndarray:
        """Give the greys along a line across the page, ten a millimetre."""
        return self.grey[self.grey.shape[0] - 1 - round(y_mm * self.DPI / 25.4)]


@pytest.fixture
def hostile() -> Answer:
    """Give an answer whose names come from somebody who means harm."""
    answer = make_answer(make_scenario(title="$x^2$ <b> " + HOSTILE[0]))
    sites, existing = answer.sites.copy(), answer.existing.copy()
    sites["label"] = [*HOSTILE[7:12], "$\\frac{1}{0}$", "a" * 500, "\U0001f600 50 % \\alpha_$"]
    existing["label"] = list(HOSTILE[:3])
    return replace(answer, sites=sites, existing=existing, limits=HOSTILE)
