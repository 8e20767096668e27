"""Addresses of sources that lie elsewhere: what may be shown of them, what is filled in."""

from __future__ import annotations

import os
import re
from urllib.parse import quote, urlsplit

WEB = ("https", "http")
DATABASE = ("postgresql", "postgres")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_VARIABLE = re.compile(r"\$\{(\w+)\}")
_SECRETS = re.compile(r"(?:^|[?&])(password|sslpassword)=(?!\$\{\w+\}(?:&|$))", re.IGNORECASE)


class TroubleError(Exception):
    """Something that kept a layer from being fetched: what was found, and what to do.

    Parameters
    ----------
    found, todo
        Two half sentences for a `siteplanner.errors.Problem`.
    key
        The key of the layer's file that they are about.
    """

    def __init__(self, found: str, todo: str, key: str = "source") -> None:
        super().__init__(found)
        self.found, self.todo, self.key = found, todo, key


def scheme(source: str) -> str:
    """Give how a source is reached: ``https``, ``postgresql``; empty for a file.

    Examples
    --------
    >>> scheme("https://example.org/a.csv"), scheme("data/a.csv"), scheme("${DATA}/a.csv")
    ('https', '', '')
    """
    found = _SCHEME.match(source)
    return found[1].lower() if found else ""


def is_remote(source: str) -> bool:
    """Tell whether a source has to be fetched before it can be read.

    Examples
    --------
    >>> is_remote("https://example.org/a.csv"), is_remote("a.csv")
    (True, False)
    """
    return bool(scheme(source))


def shown(source: str) -> str:
    """Write an address without user, password and what a database is told besides.

    Examples
    --------
    >>> shown("https://${WHO}:${WORD}@example.org/a.csv")
    'https://example.org/a.csv'
    >>> shown("postgresql://planner:secret@db.example.org/city?sslmode=require")
    'postgresql://db.example.org/city'
    >>> shown("data/parks.csv")
    'data/parks.csv'
    """
    if not is_remote(source):
        return source
    plain = re.sub(r"^([^/]+://)[^/?#]*@", r"\1", source)
    return plain.partition("?")[0] if scheme(source) in DATABASE else plain


def host(address: str) -> str:
    """Give the server of an address, for a sentence.

    Examples
    --------
    >>> host("https://me:secret@data.example.org:8443/a.csv")
    'data.example.org'
    >>> host("postgresql://")
    'the server'
    """
    try:
        return urlsplit(address).hostname or "the server"
    except ValueError:
        return "the server"


def variables(source: str) -> tuple[str, ...]:
    """Give the environment variables that an address names, each once.

    Examples
    --------
    >>> variables("https://example.org/${CITY}.csv?key=${KEY}")
    ('CITY', 'KEY')
    """
    return tuple(dict.fromkeys(_VARIABLE.findall(source)))


def filled_in(source: str) -> str:
    """Put the environment's values into an address; in front of an @ they are escaped.

    Raises
    ------
    TroubleError
        If a variable is not set, or a password stands in the layer's file itself.

    Examples
    --------
    >>> import os
    >>> os.environ["A_WORD"] = "p@ss/word"
    >>> filled_in("https://me:${A_WORD}@example.org/a.csv")
    'https://me:p%40ss%2Fword@example.org/a.csv'
    >>> del os.environ["A_WORD"]
    """
    if has_password(source):
        raise TroubleError(
            "a password stands in the address, in a file that is passed on",
            "change that password; then write ${NAME} in its place and set NAME in the environment",
        )
    for name in variables(source):
        if not os.environ.get(name):
            raise TroubleError(f"the environment variable {name} is not set", f"export {name}=…")
    front, at, rest = source.rpartition("@")
    if at and "/" in front.partition("://")[2]:  # an @ further on: no user stands before it
        front, at, rest = "", "", source
    escaped = _VARIABLE.sub(lambda found: quote(os.environ[found[1]], safe=""), front)
    return escaped + at + _VARIABLE.sub(lambda found: os.environ[found[1]], rest)


def has_password(source: str) -> bool:
    """Tell whether a password is written out in an address.

    Examples
    --------
    >>> has_password("https://me:secret@example.org"), has_password("https://${A}:${B}@x.org")
    (True, False)
    >>> has_password("postgresql://h/d?user=me&password=secret"), has_password("a.csv")
    (True, False)
    """
    if not is_remote(source):
        return False
    front = re.match(r"[^/]+://([^/?#]*)@", source)
    word = front[1].partition(":")[2] if front else ""
    if word and not _VARIABLE.fullmatch(word):
        return True
    return scheme(source) in DATABASE and bool(_SECRETS.search(source))
