"""The words of what is published, by language: one file a language, ``messages/<code>.json``.

What reports, sheets and the map have a word for is taken from there.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

from siteplanner.maps import messages
from siteplanner.report.wording import Wording, message

ENGLISH = "en"


class PublishedWords(Wording):
    """The words of one language.

    Examples
    --------
    >>> PublishedWords("es").say("outcome.deferred"), PublishedWords("en").outcome("noted")
    ('aplazado', 'noted')
    """

    def say(self, key: str, **values: object) -> str:
        """Give a message; ``{name}`` in it stands for a value, ``n=1`` asks for one of a kind."""
        text = message(_words(self.language), key, values)
        return super().say(key, **values) if text is None else text

    def outcome(self, outcome: str) -> str:
        """Say what was decided."""
        key = f"outcome.{outcome.replace(' ', '_')}"
        return self.say(key) if key in _words(self.language) else outcome

    def note(self, note: dict[str, Any]) -> str:
        """Say a note of a manifest: ``t`` is its message, the rest its values."""
        values = {name: value for name, value in note.items() if name != "t"}
        key = f"note.{note.get('t')}"
        return self.say(key, **values) if key in _words(self.language) else str(note.get("t"))


def words_of(language: str) -> PublishedWords:
    """Give the words of a language; English where there is none of that code.

    Examples
    --------
    >>> words_of("es").language, words_of("xx").language
    ('es', 'en')
    """
    return PublishedWords(language if language in messages.languages() else ENGLISH)


@lru_cache
def _words(language: str) -> dict[str, str]:
    file = files("siteplanner.publication").joinpath("messages", f"{language}.json")
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return found
