"""Asking a web server: where it sends us on, and what its numbers mean in words."""

from __future__ import annotations

import datetime
import email.utils
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from siteplanner.fetched.addresses import TroubleError, host

if TYPE_CHECKING:
    import requests

MOST_REDIRECTS = 5
CONNECT_S, SILENCE_S = 10.0, 60.0
AGAIN = "run siteplanner fetch again later"
_MOVED = (301, 302, 303, 307, 308)


@contextmanager
def answering(address: str, headers: dict[str, str]) -> Iterator[requests.Response]:
    """Ask a server, follow where it sends us, and refuse what is no good answer.

    Raises
    ------
    TroubleError
        In words, without anything secret that the address may hold.
    """
    import requests
    from urllib3.exceptions import HTTPError

    held = {"Accept-Encoding": "identity", "User-Agent": "siteplanner", **headers}
    name = host(address)
    try:
        with requests.Session() as session:
            answer = _followed(session, address, held)
            with answer:
                _refuse(answer.status_code, answer.headers.get("Retry-After", ""), name)
                yield answer
    except requests.exceptions.SSLError:
        found = f"{name} could not prove who it is (its certificate is not valid)"
        raise TroubleError(found, "look whether the address is right; ask its owner") from None
    except (requests.exceptions.Timeout, TimeoutError):
        found = f"{name} did not answer within {SILENCE_S:g} s"
        raise TroubleError(found, AGAIN) from None
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, UnicodeError):
        raise TroubleError("this is no address", "write https://server/path/file") from None
    except (requests.exceptions.RequestException, HTTPError):
        todo = "look whether this machine is online and the address is right; or try again later"
        raise TroubleError(f"{name} cannot be reached", todo) from None


def knows_head(address: str) -> bool:
    """Tell whether a server answers HEAD; many signed addresses are for GET alone.

    Parameters
    ----------
    address
        That has answered a GET just now.
    """
    import requests

    try:
        wait_s = (CONNECT_S, SILENCE_S)
        answer = requests.head(address, timeout=wait_s, headers={"User-Agent": "siteplanner"})
        return answer.status_code == 200
    except requests.exceptions.RequestException:
        return False


def check_hop(old: str, new: str) -> None:
    """Refuse a redirect that leads from the open web to somewhere it has no business.

    Raises
    ------
    TroubleError
        If it leaves https, or leads from a server outside into this machine or its network.

    Examples
    --------
    >>> check_hop("http://example.org/a", "https://example.org/a")
    >>> check_hop("https://example.org/a", "file:///etc/passwd")
    Traceback (most recent call last):
    siteplanner.fetched.addresses.TroubleError: example.org sends us on to a 'file' address
    """
    before, after = urlsplit(old), urlsplit(new)
    todo = "look up the new address of the data, and write that"
    if after.scheme not in ("http", "https"):
        raise TroubleError(f"{host(old)} sends us on to a '{after.scheme:.20}' address", todo)
    if before.scheme == "https" and after.scheme == "http":
        raise TroubleError(f"{host(old)} sends us on to an address without https", todo)
    if is_inside(host(new)) and not is_inside(host(old)):
        raise TroubleError(f"{host(old)} sends us on into this machine or its own network", todo)


def newer(address: str, etag: str, date: str) -> bool | None:
    """Ask whether a server has another version than the one that is kept.

    Parameters
    ----------
    address
        With everything filled in.
    etag, date
        Of the kept version, as its record has them.

    Returns
    -------
    Whether it has; None where the server does not say.

    Raises
    ------
    TroubleError
        If the server cannot be asked.
    """
    with answering(address, {"If-None-Match": etag} if etag else {}) as answer:
        said = {name.lower(): value for name, value in answer.headers.items()}
        if answer.status_code == 304:
            return False
        if etag and said.get("etag"):
            return said["etag"] != etag
        if date and last_changed(said):
            return last_changed(said) != date
        return None


def last_changed(headers: dict[str, str]) -> str:
    """Give the day on which a server last changed what it sends; empty where it says nothing.

    Examples
    --------
    >>> last_changed({"last-modified": "Wed, 21 Oct 2015 07:28:00 GMT"})
    '2015-10-21'
    >>> last_changed({})
    ''
    """
    try:
        found = email.utils.parsedate_to_datetime(headers.get("last-modified", ""))
    except ValueError:
        return ""
    return found.astimezone(datetime.UTC).date().isoformat()


def _followed(session: requests.Session, address: str, headers: dict[str, str]) -> Any:
    for _ in range(MOST_REDIRECTS + 1):
        answer = session.get(
            address,
            headers=headers,
            stream=True,
            allow_redirects=False,
            timeout=(CONNECT_S, SILENCE_S),
        )
        onward = answer.headers.get("Location")
        if answer.status_code not in _MOVED or not onward:
            return answer
        answer.close()
        onward = urljoin(address, onward)
        check_hop(address, onward)
        address = onward
    found = f"{host(address)} sends us on more than {MOST_REDIRECTS} times"
    raise TroubleError(found, "look up the address of the data itself, and write that")


def _refuse(code: int, wait: str, name: str) -> None:
    """Say what a server's number means."""
    if code in (200, 206, 304, 416):
        return
    if code == 429:
        minutes = f" for {-(-int(wait) // 60)} min" if wait.isdecimal() else ""
        raise TroubleError(f"{name} is busy and asks to wait{minutes} (429)", AGAIN)
    if code in (401, 403, 407):
        todo = "write https://${NAME}:${WORD}@… and set both in the environment, or ask its owner"
        raise TroubleError(f"{name} does not let us in ({code})", todo)
    if code in (404, 410):
        todo = "look up its new address at whoever publishes it"
        raise TroubleError(f"{name} has nothing at this address ({code})", todo)
    if code in (408, 504):
        raise TroubleError(f"{name} took too long ({code})", AGAIN)
    if code >= 500:
        raise TroubleError(f"{name} has a fault of its own ({code})", AGAIN)
    raise TroubleError(f"{name} answered with {code}, not with data", "look up its address again")


def is_inside(name: str) -> bool:
    """Tell whether a server is this machine, or one of its own network.

    Examples
    --------
    >>> is_inside("127.0.0.1"), is_inside("::1"), is_inside("192.168.1.1"), is_inside("8.8.8.8")
    (True, True, True, False)
    """
    try:
        numbers = {str(one[4][0]) for one in socket.getaddrinfo(name, None)}
    except (OSError, UnicodeError):
        return False
    return any(not ipaddress.ip_address(one.partition("%")[0]).is_global for one in numbers)
