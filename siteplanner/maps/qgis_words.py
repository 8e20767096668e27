"""The words of a QGIS project, in the language of its scenario."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from siteplanner.maps import counts, messages
from siteplanner.maps.answer import Answer
from siteplanner.maps.classes import Classes, number_text

PARTS = ("value", "score", "contribution")
"""Beginnings of the columns of criteria: ``value_poverty``."""


class ProjectWords:
    """The words of one language: those of the page, and a few of a project's own.

    Examples
    --------
    >>> words = ProjectWords("es")
    >>> words.say("map.need"), words.say("alias.width_m"), words.number(1234.5)
    ('Necesidad', 'Ancho (m)', '1.234')
    >>> words.unit("people"), words.unit("no such unit")
    ('personas', 'no such unit')
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.page: Mapping[str, Any] = _page(language)
        self.own: Mapping[str, str] = _own(language)

    def say(self, key: str, **values: object) -> str:
        """Give a message; ``{name}`` in it stands for a value."""
        text = self.own[key] if key in self.own else str(self.page[key])
        return re.sub(r"\{(\w+)\}", lambda found: str(values[found[1]]), text)

    def number(self, value: float) -> str:
        """Write a number as the language does."""
        change = {",": self.own["thousands"], ".": self.own["decimal"]}
        return "".join(change.get(one, one) for one in number_text(value))

    def unit(self, text: str) -> str:
        """Give a unit; one of the plan's own in this language."""
        return str(self.page.get("sentences", {}).get(text, text))

    def title(self, words: Mapping[str, str]) -> str:
        """Give the title of a layer of the page."""
        return self.say(words["title_key"]) if "title_key" in words else words["title"]

    def unit_of(self, words: Mapping[str, str]) -> str:
        """Give the unit of a layer of the page."""
        return self.say(words["unit_key"]) if "unit_key" in words else self.unit(words["unit"])

    def classes(self, classes: Classes) -> list[str]:
        """Say what each class holds, lowest first, as the page does."""
        if classes.kind == "yes_no":
            return [self.say("map.not_within_reach"), self.say("map.within_reach")]
        far = [self.say("none_within_reach")] * classes.far
        numbers = [self.number(one) for one in classes.breaks]
        if classes.kind == "values":
            return [*numbers, *far]
        if not numbers:
            low, high = (self.number(one) for one in classes.ends)
            return [self.say("legend.range", **{"from": low, "to": high}), *far]
        inner = [
            self.say("legend.range", **{"from": low, "to": high}) for low, high in pairwise(numbers)
        ]
        first = self.say("legend.below", to=numbers[0])
        return [first, *inner, self.say("legend.over", **{"from": numbers[-1]}), *far]


def alias(column: str, level: str, answer: Answer, words: ProjectWords) -> str:
    """Give a column of a GeoPackage in plain words, with its unit.

    Parameters
    ----------
    column
        The column's name in the table, as ``value_poverty`` or ``census.age_0_14``.
    level
        ``need`` for cells, ``site`` for places.
    answer
        Knows the criteria, and the layers that groups and existing places come from.
    words
        The language.

    Returns
    -------
    A title; the column's name where nothing is known of it.
    """
    part, _, name = column.partition("_")
    criteria = answer.criteria_of(level)
    if part in PARTS and name in criteria.index:
        one = criteria.loc[name]
        title, unit = str(one["title"] or name), words.unit(str(one["unit"]))
        if part == "value" and not unit:
            return title
        return words.say(f"alias.{part}", title=title, unit=unit)
    if f"alias.{column}" in words.own:
        return words.say(f"alias.{column}")
    if column in answer.count_columns:
        return f"{counts.count_title(answer, column)} ({words.unit('people')})"
    existing = answer.scenario.choice.existing or ()
    names = [existing] if isinstance(existing, str) else list(existing)
    for layer in (answer.layers[name] for name in names if name in answer.layers):
        if column in layer.columns:
            known = layer.columns[column]
            title = known.title or column.replace("_", " ").capitalize()
            return f"{title} ({known.unit})" if known.unit else title
    return column


@lru_cache
def _page(language: str) -> dict[str, Any]:
    return messages.read()[language]


@lru_cache
def _own(language: str) -> dict[str, str]:
    file = files("siteplanner.maps").joinpath("qgis_messages", f"{language}.json")
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return found
