"""Files inside a zip: which one is meant, and whether it may be unpacked."""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from siteplanner.sources.ledger import Ledger, listed, offer

MOST_UNPACKED = 8_000_000_000
"""Bytes that a zip may unpack to."""
MOST_PACKED = 400
"""Times that a file may be larger than its zip, from 100 MB on; text packs 5 to 20 times."""
FEED = ("stops.txt", "stop_times.txt", "trips.txt")
_CHUNK = 1 << 20
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError)


def choose_member(ledger: Ledger, path: Path, readable: tuple[str, ...]) -> str:
    """Choose the file inside a zip, none of whose names may lead out of it.

    Parameters
    ----------
    ledger
        Of the layer; its ``table`` may name the file.
    path
        Of the zip.
    readable
        Endings of the files that can be read.

    Returns
    -------
    The name inside the zip.

    Raises
    ------
    InputError
        If the zip is damaged, unsafe, locked or holds nothing to read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [one for one in archive.infolist() if not one.is_dir()]
    except (zipfile.BadZipFile, OSError):
        todo = "the file is damaged or cut off: fetch it again"
        raise ledger.refuse_file("not a whole zip file", todo) from None
    unsafe = [one.filename for one in infos if _leads_out(one.filename)]
    if unsafe:
        found = f"the zip holds names that lead out of it: {listed(unsafe)}"
        raise ledger.refuse_file(found, "do not trust it; zip the data files alone")
    if any(one.flag_bits & 1 for one in infos):
        raise ledger.refuse_file("the zip asks for a password", "unpack it and zip it without")
    refuse_bombs(ledger, infos)
    names = sorted(
        one.filename
        for one in infos
        if PurePosixPath(one.filename).suffix.lower() in readable
        and not one.filename.startswith("__MACOSX/")
    )
    return _one_of(ledger, names)


def refuse_bombs(ledger: Ledger, infos: list[zipfile.ZipInfo]) -> None:
    """Refuse a zip, or a workbook, that would fill memory or disk when it is unpacked.

    Raises
    ------
    InputError
        If it would.
    """
    size, packed = sum(one.file_size for one in infos), sum(one.compress_size for one in infos)
    if size > MOST_UNPACKED or (size > 1e8 and size > MOST_PACKED * packed):
        found = f"it would unpack from {packed / 1e6:,.1f} MB to {size / 1e9:,.1f} GB"
        raise ledger.refuse_file(found, "do not trust it; fetch it from its publisher again")


def unpack_once(ledger: Ledger, path: Path, member: str) -> None:
    """Unpack the file in question once, to hold it against its checksum.

    Raises
    ------
    InputError
        If it does not fit.
    """
    stem = member.rpartition(".")[0].lower()
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.filename.rpartition(".")[0].lower() == stem:
                    with archive.open(info) as stream:
                        while stream.read(_CHUNK):
                            pass
    except NotImplementedError:
        found = f"'{member}' is packed in a way that cannot be read"
        raise ledger.refuse_file(found, "unpack it and zip it in the usual way") from None
    except _DAMAGED:
        todo = "it is damaged: fetch it again"
        raise ledger.refuse_file(f"'{member}' cannot be unpacked", todo) from None


def _one_of(ledger: Ledger, names: list[str]) -> str:
    """Take the member that ``table`` names, or the only one (shapefiles before the rest)."""
    wanted = ledger.layer.table
    if wanted is not None:
        for name in names:
            if wanted in (name, PurePosixPath(name).name, PurePosixPath(name).stem):
                return name
        raise ledger.refuse_key("table", f"the zip has no file '{wanted}'", offer(wanted, names))
    feed = feed_of(names, asked=ledger.layer.timetable is not None)
    if feed and ledger.layer.kind == "points":
        return feed[0]
    shapefiles = [name for name in names if name.lower().endswith(".shp")]
    found = shapefiles or names
    if not found:
        todo = "zip a shapefile, GeoPackage, GeoJSON or table"
        raise ledger.refuse_file("the zip holds no file that can be read", todo)
    if len(found) > 1:
        todo = f"write table = one of {listed(found, 9)}"
        raise ledger.refuse_key("table", f"the zip holds {len(found)} files to choose from", todo)
    return found[0]


def feed_of(names: list[str], *, asked: bool = False) -> list[str]:
    """Give the files of a zip that make it a timetable (GTFS), stops first; nothing if it is none.

    Examples
    --------
    >>> feed_of(["feed/trips.txt", "feed/stops.txt", "feed/agency.txt"])
    ['feed/stops.txt', 'feed/trips.txt']
    >>> feed_of(["stops.txt"])
    []
    """
    found = [name for part in FEED for name in names if PurePosixPath(name).name == part]
    return found if len(found) > 1 or (asked and found) else []


def _leads_out(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return parts[0] == "" or ".." in parts or bool(re.match(r"[A-Za-z]:", name))
