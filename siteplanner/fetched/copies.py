"""The copy of a layer that a run reads: there, unchanged, and of what the layer asks for."""

from __future__ import annotations

from pathlib import Path

from siteplanner.fetched.addresses import (
    DATABASE,
    WEB,
    TroubleError,
    has_password,
    scheme,
    shown,
)
from siteplanner.fetched.record import Record, file_sha256, kept_folder, read_record
from siteplanner.model import Layer


def asked(layer: Layer) -> str:
    """Give what a layer asks a database for; empty of any other source.

    Examples
    --------
    >>> layer = Layer(name="lots", title="Lots", source="postgresql://", kind="polygons",
    ...               table="city.lots")
    >>> asked(layer)
    'city.lots'
    """
    if scheme(layer.source) not in DATABASE:
        return ""
    return " ".join((layer.query or layer.table or "").split())


def kept_copy(layer: Layer, layers: Path) -> tuple[Path, Record]:
    """Find the copy of a layer that was fetched.

    Parameters
    ----------
    layer
        Its source is an address.
    layers
        The project's ``layers/``.

    Returns
    -------
    The path of the copy, which is as it was when it was fetched, and its record.

    Raises
    ------
    TroubleError
        If it was not fetched yet, not from there, or changed since.
    InputError
        If its record cannot be read.
    """
    fetch = f"run: siteplanner fetch {layer.name}"
    if scheme(layer.source) not in (*WEB, *DATABASE):
        found = f"found the address '{shown(layer.source):.80}'"
        raise TroubleError(found, "download the file into layers/ and write its name")
    if has_password(layer.source):
        raise TroubleError(
            "a password stands in the address, in a file that is passed on",
            "change that password; then write ${NAME} in its place and set NAME in the environment",
        )
    record = read_record(layers, layer.name)
    if record is None:
        raise TroubleError("it has not been fetched yet, and a run never goes online", fetch)
    path = kept_folder(layers) / record.copy
    if path.is_symlink() or path.parent.is_symlink():
        raise TroubleError(f"layers/fetched/{record.copy} is a link, not a copy", fetch)
    if not path.is_file():
        raise TroubleError(f"the copy layers/fetched/{record.copy} is gone", fetch)
    if record.source != shown(layer.source):
        raise TroubleError("the kept copy came from another address", fetch)
    if record.query != asked(layer):
        key = "query" if layer.query else "table"
        raise TroubleError("the kept copy came from another query", fetch, key)
    if file_sha256(path) != record.sha256:
        found = f"the copy layers/fetched/{record.copy} was changed after it was fetched"
        todo = f"{fetch} --refresh; data that you change yourself belongs into a file of your own"
        raise TroubleError(found, todo)
    return path, record
