"""The words of the register, by language: one file a language, ``messages/<code>.json``."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from siteplanner.register.columns import LOCKED, LOG, OFFICERS, Column

ENGLISH = "en"


@dataclass(frozen=True)
class Words:
    """The words of one language; one that has no file is told in English.

    Examples
    --------
    >>> Words("es").header("status"), Words("pt").option("status", "rejected")
    ('Estado', 'rejeitado')
    """

    language: str

    def say(self, key: str) -> str:
        """Give a message."""
        return _messages(self.language if self.language in languages() else ENGLISH)[key]

    def header(self, key: str) -> str:
        """Give what stands above a column."""
        return self.say(f"column.{key}")

    def note(self, key: str) -> str:
        """Give what explains a column."""
        return self.say(f"note.{key}")

    def option(self, key: str, value: str) -> str:
        """Give what a choice is called."""
        return self.say(f"option.{key}.{value}")

    @property
    def decimal(self) -> str:
        """Sign in front of decimals in a CSV file of this language."""
        return self.say("decimal")


def languages() -> tuple[str, ...]:
    """Give the codes of the languages: English first.

    Examples
    --------
    >>> languages()
    ('en', 'es', 'pt', 'zh')
    """
    names = (one.name for one in files("siteplanner.register").joinpath("messages").iterdir())
    codes = {name.removesuffix(".json") for name in names if name.endswith(".json")}
    return (ENGLISH, *sorted(codes - {ENGLISH}))


@lru_cache(maxsize=1 << 16)
def folded(text: object) -> str:
    """Write a text without capitals, accents and doubled spaces, to compare it.

    Examples
    --------
    >>> folded("  Año   de PRECIOS ")
    'ano de precios'
    """
    plain = unicodedata.normalize("NFKD", str(text))
    bare = "".join(one for one in plain if not unicodedata.combining(one))
    return " ".join(bare.casefold().split())


@lru_cache
def headers_of_sites() -> Mapping[str, str]:
    """Give the key of every header of the sheet of sites, in every language, folded."""
    return _headers((*LOCKED, *OFFICERS))


@lru_cache
def headers_of_log() -> Mapping[str, str]:
    """Give the key of every header of the log, in every language, folded."""
    return _headers(LOG)


@lru_cache
def options_of(column: Column) -> Mapping[str, str]:
    """Give the word that is kept for every way to write an option, in every language, folded.

    Examples
    --------
    >>> from siteplanner.register.columns import BY_KEY
    >>> options_of(BY_KEY["status"])["rechazado"]
    'rejected'
    """
    found = {folded(value): value for value in column.options}
    for language in languages():
        words = Words(language)
        found |= {folded(words.option(column.key, one)): one for one in column.options}
    return found


def _headers(columns: tuple[Column, ...]) -> dict[str, str]:
    return {
        folded(Words(language).header(one.key)): one.key
        for language in languages()
        for one in columns
    }


@lru_cache
def _messages(language: str) -> dict[str, str]:
    file = files("siteplanner.register").joinpath("messages", f"{language}.json")
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return found
