"""The words of monitoring, by language: one file a language, ``messages/<code>.json``."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files

from siteplanner.report.wording import Wording, message


class MonitoringWords(Wording):
    """The words of one language; what reports have a word for is taken from there.

    Examples
    --------
    >>> MonitoringWords("es").say("state.open"), MonitoringWords("en").say("h.sources")
    ('abierto', 'Sources')
    """

    def say(self, key: str, **values: object) -> str:
        """Give a message; ``{name}`` in it stands for a value, ``n=1`` asks for one of a kind."""
        text = message(_words(self.language), key, values)
        return super().say(key, **values) if text is None else text


@lru_cache
def _words(language: str) -> dict[str, str]:
    file = files("siteplanner.monitoring").joinpath("messages", f"{language}.json")
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return found
