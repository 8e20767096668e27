"""The register that a project keeps: ``layers/register.xlsx``."""

from __future__ import annotations

from pathlib import Path

from siteplanner.register.copies import Line, read_copy
from siteplanner.register.held import Register


def read_register(path: Path, language: str = "en") -> tuple[Register, tuple[Line, ...]]:
    """Read the register of a project; somebody may have typed into it.

    Parameters
    ----------
    path
        A workbook or a CSV.
    language
        To take dates by, where the file does not say its own.

    Returns
    -------
    What it holds, and a line for each cell that cannot be read.

    Raises
    ------
    InputError
        If nothing of it can be read.
    """
    copy = read_copy(path, None, language)
    sites = {
        site: known
        for site, cells in copy.cells.items()
        if (known := {key: value for key, value in cells.items() if value is not None})
    }
    log = {
        entry: {key: value for key, value in cells.items() if value is not None}
        for entry, cells in copy.log.entries.items()
    }
    return Register(sites, copy.names, log), copy.lines
