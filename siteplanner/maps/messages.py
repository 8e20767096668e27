"""The page's words, by language: one file a language, ``messages/<code>.json``."""

from __future__ import annotations

import base64
import json
from importlib.resources import files
from typing import Any

from siteplanner.errors import Problem, nearest_names
from siteplanner.model import Scenario

ENGLISH = "en"


def read() -> dict[str, dict[str, Any]]:
    """Read the messages of every language: English first, the others by code.

    Returns
    -------
    By language: messages by key, in the order of the keys.  A language's ``sentences`` turn the
    English sentences that a plan holds into its own, by template.

    Examples
    --------
    >>> list(read())
    ['en', 'es', 'pt', 'zh']
    >>> read()["es"]["language"]
    'Español'
    """
    folder = files("siteplanner.maps").joinpath("messages")
    found = {}
    for code in languages():
        own = json.loads(folder.joinpath(f"{code}.json").read_text(encoding="utf-8"))
        found[code] = {key: own[key] for key in sorted(own)}
    return found


def languages() -> tuple[str, ...]:
    """Give the codes of the languages that there is a file for: English first.

    Examples
    --------
    >>> languages()
    ('en', 'es', 'pt', 'zh')
    """
    names = (one.name for one in files("siteplanner.maps").joinpath("messages").iterdir())
    codes = {name.removesuffix(".json") for name in names if name.endswith(".json")}
    return (ENGLISH, *sorted(codes - {ENGLISH}))


def unknown_language(scenario: Scenario) -> list[Problem]:
    """Give the problem of a scenario whose page is to open in a language that has no file.

    Parameters
    ----------
    scenario
        Any scenario.

    Returns
    -------
    One problem, or none.
    """
    if scenario.language in languages():
        return []
    where, found = f"scenarios/{scenario.name}.toml", f"no language '{scenario.language}'"
    return [Problem(where, "language", found, nearest_names(scenario.language, languages()))]


def packed() -> dict[str, dict[str, Any]]:
    """Give the page its messages: English as it is, the other languages to be compressed.

    Examples
    --------
    >>> packed()["es"]["bits"]
    'text'
    """
    return {
        code: own if code == ENGLISH else {"bits": "text", "data": _text(own)}
        for code, own in read().items()
    }


def _text(own: dict[str, Any]) -> str:
    text = json.dumps(own, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(text.encode("utf-8")).decode("ascii")
