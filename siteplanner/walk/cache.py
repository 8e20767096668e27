"""A folder of arrays named by the hash of what they were made from."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Cache:
    """Keep arrays between runs; losing any of it changes nothing but time.

    An entry is written whole or not at all.  One that cannot be read counts as missing,
    and a folder that cannot be written to is left alone.

    Parameters
    ----------
    folder
        Where the entries are; it is made when the first one is saved.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = Cache(Path(folder))
    ...     cache.save("ab12", {"cost": np.array([3, 4])})
    ...     cache.load("ab12")["cost"], cache.load("missing")
    (array([3, 4]), None)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    def load(self, key: str) -> dict[str, NDArray[Any]] | None:
        """Give the arrays saved under a key; None where there are none, or they are broken."""
        try:
            path = self.folder / f"{key}.npz"
            with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
                return {name: found[name] for name in found.files}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
            return None

    def save(self, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Save arrays under a key; do nothing where that is not possible."""
        entries: dict[str, Any] = dict(arrays)
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.folder, suffix=".tmp")
            try:
                with os.fdopen(handle, "wb") as file:
                    np.savez(file, **entries)
                Path(temporary).replace(self.folder / f"{key}.npz")
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise


def key_of(*parts: str | bytes) -> str:
    """Hash the parts, this package's code and the libraries that can change its answers.

    Examples
    --------
    >>> key_of("a", "b") == key_of("a", "b"), key_of("ab") == key_of("a", "b")
    (True, False)
    """
    digest = hashlib.sha256(_code().encode())
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(f"{len(data)}:".encode())
        digest.update(data)
    return digest.hexdigest()


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    libraries = [f"{name} {version(name)}" for name in ("numpy", "scipy", "shapely")]
    return " ".join([digest.hexdigest(), *libraries])
