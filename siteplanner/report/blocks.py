"""What a report is made of, before anybody says what it looks like: blocks of plain words."""

from __future__ import annotations

from dataclasses import dataclass

from siteplanner.report.drawing import Drawing


@dataclass(frozen=True)
class Heading:
    """A heading: level 1 names the report, 2 a section, 3 a part of one."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """A few sentences; ``lead`` ones matter most, ``soft`` ones least."""

    text: str
    lead: bool = False
    soft: bool = False


@dataclass(frozen=True)
class Bullets:
    """Sentences that stand one under the other."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of words.

    Parameters
    ----------
    heads
        The words above the columns.
    rows
        As many words a row.
    widths
        How the columns share the width.
    numbers
        For each column, whether it holds numbers.
    title
        What is in it.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    numbers: tuple[bool, ...]
    title: str = ""


@dataclass(frozen=True, eq=False)
class Figure:
    """A drawing with its caption; ``name`` is what its file is called."""

    name: str
    drawing: Drawing
    caption: str


Block = Heading | Paragraph | Bullets | Table | Figure
