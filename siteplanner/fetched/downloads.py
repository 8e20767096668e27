"""One file from the web: whole or not at all, never larger than said, resumed where it stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from siteplanner.fetched.addresses import TroubleError, host
from siteplanner.fetched.asking import AGAIN, answering, last_changed
from siteplanner.fetched.kinds import suffix_of

if TYPE_CHECKING:
    import requests

Bytes = Callable[[int, int | None], None]
"""Told how many bytes are there, and of how many, where that is known."""
LIMIT_BYTES = 2_000_000_000
_CHUNK = 1 << 16
_HEAD = 2048


@dataclass(frozen=True)
class Download:
    """A file that came from the web.

    Parameters
    ----------
    path
        Where it is, under a temporary name.
    suffix
        The ending that fits it.
    sha256
        Of its bytes.
    date
        Day on which the server last changed it; empty where the server does not say.
    etag
        The server's name for this version; empty where it gives none.
    """

    path: Path
    suffix: str
    sha256: str
    date: str
    etag: str


def silent(done: int, total: int | None) -> None:
    """Show nothing."""


def download(
    address: str, part: Path, *, limit_bytes: int = LIMIT_BYTES, progress: Bytes = silent
) -> Download:
    """Fetch a file; where an earlier try stopped half-way, go on from there.

    Parameters
    ----------
    address
        ``https://…`` or ``http://…``, with everything filled in.
    part
        Where its bytes are put as they come; what is there already is gone on with, if the
        server still has the same version.
    limit_bytes
        The most that may come.
    progress
        Called as bytes come in.

    Returns
    -------
    The file, still at ``part``.

    Raises
    ------
    TroubleError
        If it cannot be had; what has come so far stays at ``part``.
    """
    if part.is_symlink() or _note(part).is_symlink():
        forget(part)  # whoever made it wants us to write elsewhere
    version, done = _begun(part, address)
    headers = {"Range": f"bytes={done}-", "If-Range": version} if done else {}
    with answering(address, headers) as answer:
        said = {name.lower(): value for name, value in answer.headers.items()}
        begins = f"bytes {done}-"
        goes_on = answer.status_code == 206 and said.get("content-range", "").startswith(begins)
        done = done if goes_on else 0
        if answer.status_code == 416:  # all of it had come already, or the file is shorter now
            forget(part)
            raise TroubleError("what had come before does not fit any more", AGAIN)
        total = _total(said, done)
        if total is not None and total > limit_bytes:
            forget(part)
            raise _too_large(total, limit_bytes)
        _begin(part, address, said, fresh=not goes_on)
        _take(answer, part, done, total, limit_bytes, progress)
        return _finished(part, answer.url, said)


def forget(part: Path) -> None:
    """Take away what an unfinished download has left."""
    part.unlink(missing_ok=True)
    _note(part).unlink(missing_ok=True)


def _total(said: dict[str, str], done: int) -> int | None:
    """Give the length that the whole file will have, where the server tells."""
    length = said.get("content-length", "")
    if said.get("content-encoding", "identity") != "identity" or not length.isdecimal():
        return None
    return done + int(length)


def _finished(part: Path, address: str, said: dict[str, str]) -> Download:
    """See what kind of file has come; what is none is not kept."""
    with part.open("rb") as stream:
        head = stream.read(_HEAD)
        stream.seek(0)
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    try:
        if not head:
            raise TroubleError(f"{host(address)} sent 0 bytes", AGAIN)
        suffix = suffix_of(address, said, head)
    except TroubleError:
        forget(part)
        raise
    return Download(part, suffix, digest, last_changed(said), said.get("etag", ""))


def _take(
    answer: requests.Response,
    part: Path,
    done: int,
    total: int | None,
    limit_bytes: int,
    progress: Bytes,
) -> None:
    """Write what comes, and count it."""
    from requests.exceptions import RequestException

    broke = ""
    progress(done, total)
    with part.open("ab" if done else "wb") as stream:
        try:
            for chunk in answer.iter_content(_CHUNK):
                done += len(chunk)
                if done > limit_bytes:
                    break
                stream.write(chunk)
                progress(done, total)
        except RequestException:
            broke = f"the answer broke off after {done:,} bytes"
    if done > limit_bytes:
        forget(part)
        raise _too_large(done, limit_bytes)
    if total is not None and done != total:
        broke = f"the answer broke off after {done:,} of {total:,} bytes"
    if broke:
        todo = "it goes on where it stopped" if _note(part).exists() else "it starts anew"
        raise TroubleError(broke, f"run siteplanner fetch again: {todo}")


def _too_large(found: int, limit: int) -> TroubleError:
    size = f"{found / 1e9:.1f} GB" if found >= 1e8 else f"{found / 1e6:.1f} MB"
    most = f"{limit / 1e9:g} GB"
    return TroubleError(
        f"the file has {size} or more, and the limit is {most}",
        "look for a smaller extract, or allow more: siteplanner fetch --limit-gb …",
    )


def _note(part: Path) -> Path:
    return part.with_name(f"{part.name}.note")


def _begun(part: Path, address: str) -> tuple[str, int]:
    """Give what an unfinished download is named by its server, and its length so far."""
    try:
        note = json.loads(_note(part).read_text(encoding="utf-8"))
        same = note["address"] == _hashed(address)
        return (str(note["version"]), part.stat().st_size) if same else ("", 0)
    except (OSError, ValueError, KeyError, TypeError):
        return "", 0


def _begin(part: Path, address: str, said: dict[str, str], *, fresh: bool) -> None:
    """Note the version that is coming, so that it can be gone on with later."""
    if not fresh:
        return
    forget(part)
    etag = said.get("etag", "")
    version = "" if etag.startswith("W/") else etag
    version = version or said.get("last-modified", "")
    if version and said.get("content-encoding", "identity") == "identity":
        note = {"address": _hashed(address), "version": version}
        _note(part).write_text(json.dumps(note), encoding="utf-8")


def _hashed(address: str) -> str:
    """Hash an address, which may hold a password."""
    return hashlib.sha256(address.encode()).hexdigest()
