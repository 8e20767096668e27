"""The words of sheets, by language: one file a language, ``messages/<code>.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

from siteplanner.maps import messages
from siteplanner.maps.classes import Classes, number_text

Template = tuple[re.Pattern[str], tuple[str, ...], str]
Templates = tuple[Template, ...]
NUMBER = r"(?:fewer than 10|-?\d[\d,]*(?:\.\d+)?)"
MOST = 12
"""Sentences in a row that are looked for."""


@dataclass(frozen=True)
class Words:
    """The words of one language.

    Examples
    --------
    >>> Words("es").say("scale", n="10 000", paper="A3")
    'Escala 1:10 000 en A3'
    >>> Words("pt").number(1234.5), Words("zh").number(1234.5)
    ('1.234', '1,234')
    """

    language: str

    def say(self, key: str, **values: object) -> str:
        """Give a message; ``{name}`` in it stands for a value."""
        text = _messages(self.language)[key]
        return re.sub(r"\{(\w+)\}", lambda found: str(values[found[1]]), text)

    def has(self, key: str) -> bool:
        """Say whether there is such a message."""
        return key in _messages(self.language)

    def number(self, value: float) -> str:
        """Write a number as the language does."""
        own = _messages(self.language)
        change = {",": own["thousands"], ".": own["decimal"]}
        return "".join(change.get(one, one) for one in number_text(value))

    def classes(self, classes: Classes) -> list[str]:
        """Say what each class holds, lowest first."""
        numbers = [self.number(one) for one in classes.breaks]
        far = [self.say("class.far")] if classes.far else []
        if classes.kind == "values":
            return [*numbers, *far]
        if classes.kind == "yes_no":
            return [self.say("class.yes"), self.say("class.no")]
        if not numbers:
            low, high = (self.number(one) for one in classes.ends)
            return [self.say("class.range", low=low, high=high), *far]
        inner = [self.say("class.range", low=low, high=high) for low, high in pairwise(numbers)]
        first = self.say("class.below", high=numbers[0])
        return [first, *inner, self.say("class.over", low=numbers[-1]), *far]

    def sentence(self, text: str) -> str:
        """Say one of the plan's own English sentences in this language; others stay as they are.

        Examples
        --------
        >>> Words("es").sentence("It newly reaches 1,830 people in need.")
        'Pone al alcance a 1.830 personas con necesidad más.'
        >>> Words("es").sentence("Nobody else ever wrote this.")
        'Nobody else ever wrote this.'
        """
        found = _translated(self.templates(), text, self, MOST)
        return text if found is None else found

    def clause(self, text: str) -> str | None:
        """Say one of the plan's own clauses in this language; None if there is no such one."""
        return _one(self.templates(), text, self)

    def templates(self) -> Templates:
        """Give what English sentences are recognised by, and what they are in this language."""
        return _templates(self.language)

    def figure(self, text: str) -> str:
        """Write a number that is written in English as this language does."""
        own = _messages(self.language)
        change = {",": own["thousands"], ".": own["decimal"]}
        return "".join(change.get(one, one) for one in text)


def languages() -> tuple[str, ...]:
    """Give the codes of the languages that sheets can be in: those of the map.

    Examples
    --------
    >>> languages()
    ('en', 'es', 'pt', 'zh')
    """
    return messages.languages()


@lru_cache
def _messages(language: str) -> dict[str, str]:
    file = files("siteplanner.sheets").joinpath("messages", f"{language}.json")
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return found


@lru_cache
def _templates(language: str) -> Templates:
    own: dict[str, str] = messages.read()[language].get("sentences", {})
    return compiled(own)


def compiled(own: Mapping[str, str]) -> Templates:
    """Make templates ready for matching, those with most words of their own first.

    Parameters
    ----------
    own
        By English template, the same in another language.  In a template ``{n}`` or another
        single letter is a number, ``{clause}`` has to have a template of its own, and any other
        name is free text.

    Examples
    --------
    >>> pattern, names, said = compiled({"{n} of {name}": "{n} de {name}"})[0]
    >>> pattern.fullmatch("3 of all").groups(), names
    (('3', 'all'), ('n', 'name'))
    """
    found = []
    for english, said in own.items():
        names: list[str] = []
        source, letters = "", 0
        for part in re.split(r"(\{\w+\})", english):
            name = re.fullmatch(r"\{(\w+)\}", part)
            if name:
                names.append(name[1])
                source += f"({NUMBER})" if len(name[1]) == 1 else "(.+?)"
            else:
                source += re.escape(part)
                letters += len(part)
        found.append((letters, (re.compile(source, re.DOTALL), tuple(names), said)))
    found.sort(key=lambda one: -one[0])
    return tuple(one for _, one in found)


def _translated(templates: Templates, text: str, words: Words, left: int) -> str | None:
    if not left or not text or not templates:
        return None
    whole = _one(templates, text, words) or _one(templates, text.removesuffix("."), words, ".")
    if whole is not None:
        return whole
    for stop in list(re.finditer(r"[.;] ", text))[:MOST]:
        first = _one(templates, text[: stop.start() + 1], words)
        rest = first and _translated(templates, text[stop.end() :], words, left - 1)
        if first and rest:
            return f"{first} {rest}"
    return None


def _one(templates: Templates, text: str, words: Words, end: str = "") -> str | None:
    for pattern, names, said in templates:
        match = pattern.fullmatch(text) or pattern.fullmatch(text[:1].lower() + text[1:])
        if match is None:
            continue
        values = dict[str, str]()
        for name, found in zip(names, match.groups(), strict=True):
            if len(name) == 1:
                values[name] = words.figure(found)
            elif name.startswith("clause"):
                clause = _one(templates, found, words)
                if clause is None:
                    break
                values[name] = clause
            else:
                values[name] = found
        if len(values) < len(set(names)):
            continue
        whole = re.sub(r"\{(\w+)\}", lambda one, own=values: own[one[1]], said)  # type: ignore[misc]
        return (whole[:1].upper() + whole[1:] if text[:1].isupper() else whole) + end
    return None
