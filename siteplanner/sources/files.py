"""Where a layer's file is, whether it is whole, and the hash of its bytes."""

from __future__ import annotations

import hashlib
import io
import os
import re
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from siteplanner.fetched.addresses import TroubleError, is_remote
from siteplanner.fetched.copies import kept_copy
from siteplanner.sources.ledger import Ledger, listed, offer
from siteplanner.sources.zips import choose_member, refuse_bombs, unpack_once

VECTORS = (".gpkg", ".geojson", ".json", ".shp", ".fgb", ".parquet", ".geoparquet")
TABLES = (".csv", ".tsv", ".txt", ".xlsx")
RASTERS = (".tif", ".tiff")
STREETS = (".pbf", ".osm", ".gz", ".bz2", ".graphml")
ZIPS = (".zip", ".shz")
READABLE = frozenset((*VECTORS, *TABLES, *RASTERS, *STREETS, *ZIPS))
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Located:
    """A file that is there, perhaps inside a zip.

    Parameters
    ----------
    path
        On disk.
    member
        Name inside the zip; empty where the file is none.

    Examples
    --------
    >>> Located(Path("/data/city.zip"), "city/blocks.shp").gdal
    '/vsizip/{/data/city.zip}/city/blocks.shp'
    >>> Located(Path("/data/blocks.SHP")).suffix
    '.shp'
    """

    path: Path
    member: str = ""

    @property
    def suffix(self) -> str:
        """Extension in small letters, with its dot."""
        return PurePosixPath(self.member or self.path.name).suffix.lower()

    @property
    def gdal(self) -> str:
        """Address for GDAL."""
        return f"/vsizip/{{{self.path}}}/{self.member}" if self.member else str(self.path)

    @property
    def stem(self) -> str:
        """Name without folder and extension."""
        return PurePosixPath(self.member or self.path.name).stem

    def open(self) -> BinaryIO:
        """Open the bytes for reading; a member of a zip is read whole."""
        if not self.member:
            return self.path.open("rb")
        with zipfile.ZipFile(self.path) as archive:
            return io.BytesIO(archive.read(self.member))

    def part(self, suffix: str) -> bytes | None:
        """Read another part of a shapefile (``.dbf``, ``.cpg``); None where there is none."""
        if self.member:
            with zipfile.ZipFile(self.path) as archive:
                name = self._inside(archive, suffix)
                return archive.read(name) if name else None
        beside = _beside(self.path, suffix)
        return beside.read_bytes() if beside else None

    def head(self, suffix: str) -> tuple[bytes, int] | None:
        """Give the first 100 bytes of a part and its length; None where there is none."""
        if self.member:
            with zipfile.ZipFile(self.path) as archive:
                name = self._inside(archive, suffix)
                if name is None:
                    return None
                with archive.open(name) as stream:
                    return stream.read(100), archive.getinfo(name).file_size
        path = self.path if suffix == self.suffix else _beside(self.path, suffix)
        if path is None:
            return None
        with path.open("rb") as stream:
            return stream.read(100), path.stat().st_size

    def _inside(self, archive: zipfile.ZipFile, suffix: str) -> str | None:
        wanted = str(PurePosixPath(self.member).with_suffix(suffix)).lower()
        return next((name for name in archive.namelist() if name.lower() == wanted), None)


def locate(ledger: Ledger, folder: Path) -> Located:
    """Find a layer's file: beside its TOML, under an environment variable, or as it was fetched.

    Parameters
    ----------
    ledger
        Of the layer.
    folder
        The folder of the layer's TOML; relative sources start there.

    Returns
    -------
    The file.  It exists, has bytes, and is as long as its own header says.

    Raises
    ------
    InputError
        If the file is missing, empty, cut off, of an unknown kind, or an unsafe zip; if an
        address was not fetched yet, or its bytes are others than the layer says.
    """
    path = _path(ledger, folder)
    _check_there(ledger, path)
    _look_for_links(ledger, path, folder)
    if path.is_dir():
        raise ledger.refuse_key("source", f"'{path.name}' is a folder", "name a file inside it")
    suffix = path.suffix.lower()
    if suffix not in READABLE:
        known = " ".join(sorted(READABLE))
        todo = "save it as .xlsx or .csv" if suffix == ".xls" else f"use one of {known}"
        raise ledger.refuse_key("source", f"unknown kind of file '{path.suffix}'", todo)
    if not os.access(path, os.R_OK):
        raise ledger.refuse_file("the file may not be read", "change its permissions")
    if path.stat().st_size == 0:
        raise ledger.refuse_file("the file has 0 bytes", "fetch or save it again")
    located = (
        Located(path, choose_member(ledger, path, (*VECTORS, *TABLES)))
        if suffix in ZIPS
        else Located(path)
    )
    if suffix == ".xlsx" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as book:
            refuse_bombs(ledger, book.infolist())
    _check_whole(ledger, located)
    _check_bytes(ledger, located)
    return located


def fingerprint(located: Located) -> str:
    """Hash the bytes of a file; for a shapefile those of all its parts.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.csv"
    ...     _ = path.write_bytes(b"abc")
    ...     fingerprint(Located(path))[:12]
    'ba7816bf8f01'
    """
    digest = hashlib.sha256()
    for path in parts_of(located.path):
        if path != located.path:
            digest.update(path.suffix.lower().encode())
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def parts_of(path: Path) -> list[Path]:
    """Give a file with those beside it that belong to it: a shapefile's, a raster's."""
    if path.suffix.lower() == ".shp":
        return [found for one in SHAPEFILE_PARTS if (found := _beside(path, one))]
    if path.suffix.lower() in RASTERS:
        beside = (path.with_suffix(".tfw"), path.with_name(path.name + ".aux.xml"))
        return [path, *(one for one in beside if one.is_file())]
    return [path]


def _beside(path: Path, suffix: str) -> Path | None:
    """Find the part of a shapefile, however its extension is written."""
    for one in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if one.is_file():
            return one
    return None


def _path(ledger: Ledger, folder: Path) -> Path:
    source = ledger.layer.source
    if is_remote(source):
        try:
            path, record = kept_copy(ledger.layer, folder)
        except TroubleError as error:
            raise ledger.refuse_key(error.key, error.found, error.todo) from None
        ledger.file, ledger.cut_from = f"layers/fetched/{record.copy}", record.extent
        if record.data_date:
            ledger.remark(f"the data are of {record.data_date}, as they were fetched")
        return path
    for name in dict.fromkeys(re.findall(r"\$\{(\w+)\}", source)):
        if not os.environ.get(name):
            todo = f"set it to the folder of the data: export {name}=/path/to/folder"
            ledger.in_toml("source", f"the environment variable {name} is not set", todo)
    ledger.stop_if_wrong()
    return folder / re.sub(r"\$\{(\w+)\}", lambda found: os.environ[found[1]], source)


def _check_bytes(ledger: Ledger, located: Located) -> None:
    """Hold the bytes against the hash that the layer gives."""
    if ledger.layer.sha256 is None:
        return
    found = fingerprint(located)
    if found != ledger.layer.sha256:
        todo = f'if this is the edition you want, write sha256 = "{found}"'
        raise ledger.refuse_key("sha256", f"{ledger.file} has other bytes than that", todo)


def _look_for_links(ledger: Ledger, path: Path, folder: Path) -> None:
    """Remark on a file of the project that is a link to somewhere outside it."""
    inside = os.path.normpath(path).startswith(os.path.normpath(folder.parent) + os.sep)
    if inside and not path.resolve().is_relative_to(folder.parent.resolve()):
        ledger.remark(
            f"'{path.name}' is a link to a file outside the project: who gets the project "
            "does not get that file; copy it into layers/"
        )


def _check_there(ledger: Ledger, path: Path) -> None:
    """Refuse a path that leads nowhere, and offer the data files that are there."""
    try:
        there = path.exists()
    except OSError as error:  # too long for the disk, or a folder that may not be looked into
        found = f"{listed([ledger.layer.source])} cannot be a file ({error.strerror})"
        raise ledger.refuse_key("source", found, "write the path of the data file") from None
    if there:
        return
    todo = f"there is no folder '{path.parent.name}' either; mend the path"
    if path.parent.is_dir():
        beside = (one for one in path.parent.glob("*") if one.suffix.lower() in READABLE)
        names = [one.name for one in beside if one.is_file()]
        todo = offer(path.name, names) if names else "put the data file beside its .toml"
    raise ledger.refuse_key("source", f"no file '{ledger.layer.source}'", todo)


def _check_whole(ledger: Ledger, located: Located) -> None:
    """Compare a file's length with its own header, where GDAL would not notice a cut."""
    if located.member:
        unpack_once(ledger, located.path, located.member)
    parts = [located.suffix]
    if located.suffix == ".shp":
        parts = [".shp", ".shx", ".dbf"]
        missing = [part for part in parts if located.head(part) is None]
        if missing:
            found = f"the shapefile lacks its {' and '.join(missing)}"
            raise ledger.refuse_file(found, "put all parts of the shapefile side by side")
    for part in parts:
        head, size = located.head(part) or (b"", 0)
        said = _said_length(part, head)
        if size < said:
            what = "the file" if part == located.suffix else f"its {part}"
            found = f"{what} has {size:,} bytes where its header says {said:,}"
            raise ledger.refuse_file(found, "it was cut off: fetch or save it again")


def _said_length(suffix: str, head: bytes) -> int:
    """Read the length of a file from its header; 0 where the format does not state it."""
    shortest = {".shp": 100, ".shx": 100, ".dbf": 32, ".gpkg": 100}.get(suffix, 0)
    if len(head) < shortest:
        return shortest
    if suffix in (".shp", ".shx"):
        return int(2 * struct.unpack(">i", head[24:28])[0])
    if suffix == ".dbf":
        rows, start, width = struct.unpack("<IHH", head[4:12])
        return int(start + rows * width)
    if suffix == ".gpkg":
        page, pages = struct.unpack(">H", head[16:18])[0], struct.unpack(">I", head[28:32])[0]
        return int(pages * (65536 if page == 1 else page))
    return 0
