"""Letters on paper: which fonts have them, how wide they are, and where lines break."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from siteplanner.errors import InputError, Problem

BASE = "DejaVu Sans"
"""Comes with matplotlib: Latin, Greek, Cyrillic, Arabic and many signs."""
CHINESE = (
    "NotoSansSC",
    "NotoSansCJK",
    "SourceHanSans",
    "DroidSansFallback",
    "msyh",
    "simhei",
    "Deng",
    "wqy-zenhei",
    "wqy-microhei",
    "STHeiti",
    "PingFang",
    "Hiragino Sans GB",
    "Arial Unicode",
)
"""How the files of fonts with Chinese letters begin, best first."""
CHINESE_LANGUAGES = ("zh",)
MM_PER_POINT = 25.4 / 72
TODO = (
    "install a font that has them, such as Noto Sans CJK (Debian, Ubuntu: apt install "
    "fonts-noto-cjk, or the smaller fonts-droid-fallback), or name a font file with --font"
)
_KEPT_FORMATS = "\u200c\u200d"  # they join letters of Arabic and Indic words


@dataclass(frozen=True)
class Letters:
    """The fonts of a set of sheets, the first that has a letter counts.

    Examples
    --------
    >>> letters = Letters((BASE,))
    >>> 6 < letters.width_mm("Need", 10) < 12
    True
    >>> letters.wrapped("one two three", 10, 12.0, most=2)
    ('one', 'two …')
    """

    families: tuple[str, ...]

    def font(self, size_pt: float, *, bold: bool = False) -> FontProperties:
        """Give the font at a size."""
        return _font(self.families, size_pt, bold)

    def width_mm(self, text: str, size_pt: float, *, bold: bool = False) -> float:
        """Measure a line of text."""
        return _width_at_100(self.families, text, bold) * size_pt / 100 * MM_PER_POINT

    def wrapped(
        self, text: str, size_pt: float, width_mm: float, *, bold: bool = False, most: int = 99
    ) -> tuple[str, ...]:
        """Break a text into lines of a width; what does not fit ends in "…".

        Lines break between words, and anywhere in Chinese or in a word that is too long.
        """
        lines: list[str] = []
        line = ""
        for piece in _pieces(text):
            longer = line + piece
            if self.width_mm(longer.rstrip(), size_pt, bold=bold) <= width_mm:
                line = longer
                continue
            if line.strip():
                lines.append(line.strip())
            line = piece.lstrip()
            while len(lines) <= most and self.width_mm(line, size_pt, bold=bold) > width_mm:
                cut = self._fitting(line, size_pt, width_mm, bold=bold)
                lines.append(line[:cut])
                line = line[cut:]
            if len(lines) > most:
                break
        lines += [line.strip()] if line.strip() else []
        if len(lines) > most:
            kept = lines[most - 1]
            while kept and self.width_mm(f"{kept} …", size_pt, bold=bold) > width_mm:
                kept = kept[:-1]
            lines = [*lines[: most - 1], f"{kept.rstrip()} …"]
        return tuple(lines)

    def missing(self, text: str) -> str:
        """Give the signs of a text that none of the fonts has, each once."""
        known = _known(self.families)
        return "".join(dict.fromkeys(one for one in text if ord(one) not in known))

    def plain(self, text: str) -> str:
        r"""Make a text one line that can be printed.

        Control signs and line ends become spaces; so do signs that are no letters and that no
        font here has.

        Raises
        ------
        InputError
            If no font here has a letter of it.

        Examples
        --------
        >>> Letters((BASE,)).plain("a\nb\u202ec $x$")
        'a b c $x$'
        """
        signs = (" " if _unprinted(one) else one for one in text)
        line = " ".join("".join(signs).split())
        absent = self.missing(line)
        letters = "".join(one for one in absent if unicodedata.category(one)[0] == "L")
        if letters:
            found = f"no font on this machine has the letters '{letters[:10]}' of '{line[:40]}'"
            raise InputError([Problem("sheets", "fonts", found, TODO)])
        for one in absent:
            line = line.replace(one, " ")
        return " ".join(line.split())

    def _fitting(self, text: str, size_pt: float, width_mm: float, *, bold: bool) -> int:
        """Count the letters that fit, at least one."""
        low, high = 1, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width_mm(text[:middle], size_pt, bold=bold) <= width_mm:
                low = middle
            else:
                high = middle - 1
        return low


def letters_for(language: str, font: Path | None = None) -> Letters:
    """Find the fonts for a language.

    Parameters
    ----------
    language
        Code of a language.
    font
        A font file of the planner's own, to be looked in after the first.

    Raises
    ------
    InputError
        If the file is no font, or no font here has the language's letters.

    Examples
    --------
    >>> letters_for("es").families[0]
    'DejaVu Sans'
    """
    families = [BASE]
    if font is not None:
        families.append(_added(font))
    chinese = _chinese()
    if chinese is not None:
        families.append(chinese)
    letters = Letters(tuple(dict.fromkeys(families)))
    if language in CHINESE_LANGUAGES and letters.missing("需求区地图"):
        found = f"no font on this machine has the letters of the language '{language}'"
        raise InputError([Problem("sheets", "fonts", found, TODO)])
    return letters


@contextmanager
def quiet_fonts() -> Iterator[None]:
    """Keep matplotlib from saying that a font has no bold letters: its plain ones will do."""
    log = logging.getLogger("matplotlib.font_manager")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


@lru_cache(maxsize=64)
def _font(families: tuple[str, ...], size_pt: float, bold: bool) -> FontProperties:
    weight = "bold" if bold else "normal"
    return FontProperties(family=list(families), size=size_pt, weight=weight)


@lru_cache(maxsize=50_000)
def _width_at_100(families: tuple[str, ...], text: str, bold: bool) -> float:
    if not text:
        return 0.0
    font = _font(families, 100.0, bold)
    with quiet_fonts():
        width, _, _ = TextToPath().get_text_width_height_descent(text, font, ismath=False)
    return float(width)


@lru_cache(maxsize=16)
def _known(families: tuple[str, ...]) -> frozenset[int]:
    paths = (font_manager.findfont(FontProperties(family=one)) for one in families)
    fonts = (font_manager.get_font(path) for path in paths)
    return frozenset().union(*(one.get_charmap() for one in fonts))


@lru_cache(maxsize=1)
def _chinese() -> str | None:
    files = sorted(font_manager.findSystemFonts(), key=lambda one: Path(one).name)
    for start in CHINESE:
        for file in files:
            if Path(file).name.casefold().startswith(start.casefold()):
                try:
                    return _added(Path(file))
                except InputError:
                    continue
    return None


@lru_cache(maxsize=16)
def _added(path: Path) -> str:
    """Make a font file known to matplotlib, and give its family."""
    known = {one.fname: one.name for one in font_manager.fontManager.ttflist}
    if str(path) in known:
        return known[str(path)]
    try:
        font_manager.fontManager.addfont(str(path))
    except (OSError, RuntimeError, ValueError) as error:
        found = f"not a font that can be read ({error})".replace("\n", " ")
        todo = "name a TrueType file (.ttf or .ttc)"
        raise InputError([Problem(str(path), "", found, todo)]) from None
    return str(font_manager.fontManager.ttflist[-1].name)


def _pieces(text: str) -> Iterable[str]:
    """Give what a line may be broken between: words with the space after them, or one sign."""
    piece = ""
    for one in text:
        if unicodedata.east_asian_width(one) in "WF":
            if piece:
                yield piece
                piece = ""
            yield one
        else:
            piece += one
            if one == " ":
                yield piece
                piece = ""
    if piece:
        yield piece


def _unprinted(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn") and sign not in _KEPT_FORMATS
