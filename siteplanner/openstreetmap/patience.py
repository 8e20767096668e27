"""Patience with servers: one request, asked again where that helps, and a sentence where not."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from siteplanner.errors import InputError, Problem

BUSY = (429, 504)
_AGENT = "siteplanner (https://www.openstreetmap.org/copyright; through OSMnx)"
_LATER = "what was fetched is kept: run the same command again later, or give a file with --osm"


@dataclass(frozen=True)
class Server:
    """Who is asked, and how patiently.

    Parameters
    ----------
    overpass
        Address of an Overpass API; empty for OSMnx's own.
    nominatim
        Address of a Nominatim; empty for OSMnx's own.
    timeout_s
        The longest wait for an answer.
    tries
        Times that a request is made before we give up.
    pause_s
        Seconds between two tries, times the number of the try; a busy server is given OSMnx's
        55 seconds.
    """

    overpass: str = ""
    nominatim: str = ""
    timeout_s: int = 180
    tries: int = 4
    pause_s: float = 5.0

    @classmethod
    def from_environment(cls) -> Server:
        """Take the addresses from SITEPLANNER_OVERPASS and SITEPLANNER_NOMINATIM, if they are set.

        Examples
        --------
        >>> Server.from_environment().tries
        4
        """
        return cls(
            os.environ.get("SITEPLANNER_OVERPASS", ""), os.environ.get("SITEPLANNER_NOMINATIM", "")
        )


class _BusyError(Exception):
    """The server has asked for patience too often."""


class _HalfError(Exception):
    """The server has given up in the middle of its answer, and says so."""


def patiently(
    ask: Callable[[], Any],
    folder: Path,
    server: Server,
    say: Callable[[str], None],
    what: str,
    *,
    only_keep: bool = False,
) -> Any:
    """Ask, and ask again after a broken line, an answer that is no JSON, or a silent server.

    Parameters
    ----------
    ask
        Calls OSMnx once.
    folder
        Where OSMnx keeps answers.
    server
        Who is asked, and how often.
    say
        Called with a sentence when it has to wait.
    what
        What it is about, for the sentence.
    only_keep
        Whether OSMnx stops with an ``InterruptedError`` once all answers are kept.

    Returns
    -------
    What ``ask`` returns.

    Raises
    ------
    InputError
        If the server does not answer, or not in whole.
    """
    import osmnx as ox
    import requests

    for number in range(1, server.tries + 1):
        last = number == server.tries
        try:
            with _asked_politely(folder, server, say, only_keep=only_keep) as address:
                return ask()
        except _BusyError as error:
            raise trouble(address, what, f"is busy ({error})") from None
        except _HalfError as error:
            said, found = "gave up half-way", f"gave up half-way ({error})"
        except requests.Timeout:
            said = found = f"gave no answer within {server.timeout_s:g} s"
        except requests.ConnectionError as error:
            said, found = "cannot be reached", f"cannot be reached ({_plainly(error)})"
        except requests.RequestException:
            said = found = "broke off in the middle of its answer"
        except ox._errors.ResponseStatusCodeError as error:  # noqa: SLF001
            said = found = f"refused ({_status(str(error))})"
        except ox._errors.InsufficientResponseError as error:  # noqa: SLF001
            if "responded: " not in str(error):
                raise
            said = found = "answered something that is no JSON"
        if last:
            raise trouble(address, what, f"{found}, {server.tries} times")
        pause = server.pause_s * number
        say(f"{_host(address)} {said}; trying again in {pause:g} s ({number} of {server.tries})")
        time.sleep(pause)
    raise AssertionError  # the last try returns or raises


@contextmanager
def _asked_politely(
    folder: Path, server: Server, say: Callable[[str], None], *, only_keep: bool
) -> Iterator[str]:
    """Set OSMnx up for one request, and leave it as it was."""
    from osmnx import settings as ox

    wanted: dict[str, Any] = {
        "use_cache": True,
        "cache_folder": folder,
        "cache_only_mode": only_keep,
        "requests_timeout": server.timeout_s,
        "requests_kwargs": {"hooks": {"response": [_listener(server, say)]}},
        "doh_url_template": None,  # nobody else is told what is looked up
        "http_user_agent": _AGENT,
        "http_referer": _AGENT,
        "overpass_url": server.overpass or ox.overpass_url,
        "nominatim_url": server.nominatim or ox.nominatim_url,
    }
    before = {key: getattr(ox, key) for key in wanted}
    resolve = socket.getaddrinfo  # OSMnx bends it towards one machine
    try:
        for key, value in wanted.items():
            setattr(ox, key, value)
        yield str(wanted["overpass_url" if only_keep else "nominatim_url"])
    finally:
        socket.getaddrinfo = resolve
        for key, value in before.items():
            setattr(ox, key, value)


def _listener(server: Server, say: Callable[[str], None]) -> Callable[..., None]:
    """Give what looks at every answer: OSMnx would wait for a busy server without an end."""
    busy = 0

    def listen(response: Any, **_: Any) -> None:
        nonlocal busy
        if response.url.endswith("/status"):
            return
        if response.status_code in BUSY:
            busy += 1
            response.close()
            reason = f"{response.status_code} {response.reason}"
            if busy >= server.tries:
                raise _BusyError(f"{reason}, {busy} times in a row")
            say(f"{_host(response.url)} is busy ({reason}); waiting 55 s, then trying again")
            return
        busy = 0
        remark = _remark(response)
        if remark:
            response.close()
            raise _HalfError(remark)

    return listen


def _remark(response: Any) -> str:
    """Give what Overpass says where it has not finished, though the answer looks whole."""
    if b'"remark"' not in response.content[-4000:]:
        return ""
    try:
        said = response.json().get("remark", "")
    except (ValueError, AttributeError):
        return ""
    return str(said)[:120] if "error" in str(said) else ""


def trouble(address: str, what: str, found: str) -> InputError:
    """Give the error for a server that does not do what it should."""
    return InputError([Problem(_host(address), what, f"the server {found}", _LATER)])


def _host(address: str) -> str:
    return urlsplit(address).netloc or "overpass"


def _plainly(error: Exception) -> str:
    text = str(error)
    known = ("Connection refused", "Name or service not known", "Network is unreachable")
    return next((one for one in known if one in text), type(error).__name__)


def _status(text: str) -> str:
    return text.partition("responded: ")[2][:60].split("<")[0].strip() or "an error"
