"""The words of monitoring, by language: one file a language, ``messages/<code>.json``."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib.resources import files

from siteplanner.report.wording import Wording


class MonitoringWords(Wording):
    """The words of one language; what reports have a word for is taken from there.

    Examples
    --------
    >>> MonitoringWords("es").say("state.open"), MonitoringWords("en").say("h.sources")
    ('abierto', 'Sources')
    """

    def say(self, key: str, **values: object) -> str:
        """Give a message; ``{name}`` in it stands for a value, ``n=1`` asks for one of a kind."""
        own = _words(self.language)
        one = own.get(f"{key}#one") if str(values.get("n")) == "1" else None
        text = one or own.get(f"{key}#other") or own.get(key)
        if text is None:
            return super().say(key, **values)
        return re.sub(r"\{(\w+)\}", lambda found: str(values[found[1]]), text)


@lru_cache
def _words(language: str) -> dict[str, str]:
    file = files("siteplanner.monitoring").joinpath("messages", f"{language}.json")
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return found
