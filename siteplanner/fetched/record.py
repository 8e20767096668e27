"""What was fetched, from where and when: ``layers/fetched/<layer>.json``, beside the kept copy."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from siteplanner.errors import InputError, OutputError, Problem

KEPT = "fetched"
"""The folder inside ``layers/`` that holds the copies and their records."""
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Record:
    """Where a kept copy came from.

    Parameters
    ----------
    layer
        Name of the layer.
    source
        Address it came from, as the layer's file writes it: variables are not filled in, and
        there is no user and no password in it.
    copy
        Name of the kept copy, inside ``layers/fetched/``.
    sha256
        Of the bytes of the kept copy.
    fetched
        Day and time of the download, UTC, as ISO 8601 writes it.
    data_date
        Day of the data, where the server or the file tells it; empty where nobody does.
    query
        What was asked for: SQL, a table's name, tags; empty where the whole file was.
    area_sha256
        Hash of the area that it was asked for; empty where there was none.
    rows
        Rows of the copy; None where there are none to count.
    extent
        Of a raster that was cut: west, south, east, north of the whole one, in its own CRS.
    etag
        The server's own name for this version; empty where it gives none.

    Examples
    --------
    >>> record = Record("parks", "https://example.org/a.csv", "parks.csv", "ba78…", "2026-11-22")
    >>> record.rows is None
    True
    """

    layer: str
    source: str
    copy: str
    sha256: str
    fetched: str
    data_date: str = ""
    query: str = ""
    area_sha256: str = ""
    rows: int | None = None
    extent: tuple[float, float, float, float] | None = None
    etag: str = ""


def kept_folder(layers: Path) -> Path:
    """Give the folder of the kept copies of a project's ``layers/``.

    Examples
    --------
    >>> kept_folder(Path("layers")).as_posix()
    'layers/fetched'
    """
    return layers / KEPT


def record_path(layers: Path, name: str) -> Path:
    """Give the path of a layer's record.

    Examples
    --------
    >>> record_path(Path("layers"), "parks").as_posix()
    'layers/fetched/parks.json'
    """
    return kept_folder(layers) / f"{name}.json"


def read_record(layers: Path, name: str) -> Record | None:
    """Read the record of a layer.

    Parameters
    ----------
    layers
        The project's ``layers/``.
    name
        Of the layer.

    Returns
    -------
    The record; None where nothing was fetched for the layer.

    Raises
    ------
    InputError
        If the file is there but is no record.
    """
    path = record_path(layers, name)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raise _no_record(path) from None
    try:
        record = Record(**_known(found))
    except (TypeError, AttributeError):
        raise _no_record(path) from None
    texts = (record.layer, record.source, record.copy, record.sha256, record.fetched)
    if not all(isinstance(text, str) for text in texts) or Path(record.copy).name != record.copy:
        raise _no_record(path)
    return record


def write_record(record: Record, layers: Path) -> Path:
    """Write the record of a layer, whole or not at all.

    Parameters
    ----------
    record
        What to write.
    layers
        The project's ``layers/``.

    Returns
    -------
    The path of the file.

    Raises
    ------
    OutputError
        If it cannot be written; an older record is still there then.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> record = Record("parks", "https://example.org/parks.csv", "parks.csv", "ba78", "2026-11-22")
    >>> with TemporaryDirectory() as home:
    ...     _ = write_record(record, Path(home))
    ...     read_record(Path(home), "parks") == record
    True
    """
    path = record_path(layers, record.layer)
    held = {key: value for key, value in vars(record).items() if value not in ("", None)}
    text = json.dumps(held, indent=1, ensure_ascii=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix=f".{record.layer}-", dir=path.parent)
        try:
            with os.fdopen(number, "w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        message = f"{path}: could not be written ({error.strerror}); make the folder writable"
        raise OutputError(message) from None
    return path


def file_sha256(path: Path) -> str:
    """Hash the bytes of a file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.csv"
    ...     _ = path.write_bytes(b"abc")
    ...     file_sha256(path)[:12]
    'ba7816bf8f01'
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def now() -> str:
    """Give day and time of now, for a record.

    Examples
    --------
    >>> len(now())
    25
    """
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _known(found: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a later version may have added, and give tuples back."""
    names = {field.name for field in dataclasses.fields(Record)}
    held = {key: value for key, value in found.items() if key in names}
    if isinstance(held.get("extent"), list):
        held["extent"] = tuple(held["extent"])
    return held


def _no_record(path: Path) -> InputError:
    where = f"layers/{KEPT}/{path.name}"
    todo = f"delete it and run: siteplanner fetch {path.stem}"
    return InputError([Problem(where, "", "it is no record of what was fetched", todo)])
